/*
 * A TCP line that a test can cut, slow down or freeze: listens on a loopback port and passes bytes
 * to another one, in a thread of its own.
 *
 * The calls may come from any one thread of the test.
 */
#pragma once

#include <stdint.h>

#include "node/attributes.h"

#define TEST_PROXY_LINES_MAX 64

struct test_proxy;

/* Starts passing to 127.0.0.1:target_port; port 0 takes a free one. Ends the test on failure. */
struct test_proxy *test_proxy_start(unsigned port, unsigned target_port);
void test_proxy_stop(struct test_proxy *proxy);

unsigned test_proxy_port(const struct test_proxy *proxy);

/* Closes every connection and refuses new ones until mended. */
void test_proxy_cut(struct test_proxy *proxy);

/* Keeps connections open but passes nothing, as a dead radio link does. */
void test_proxy_freeze(struct test_proxy *proxy);

/*
 * Half-open: of every present connection this side is closed, and the other one is left believing
 * in it; what it still says goes nowhere. New connections pass. So it is when a router or a NAT box
 * forgets.
 */
enum test_proxy_side { TEST_PROXY_CLIENT, TEST_PROXY_TARGET };
void test_proxy_strand(struct test_proxy *proxy, enum test_proxy_side closed);

/* Passes everything again, but for what is half-open. */
void test_proxy_mend(struct test_proxy *proxy);

/* Adds so much to every byte's way, in each direction. */
void test_proxy_delay(struct test_proxy *proxy, int64_t delay_ms);

/* Bytes passed so far, both directions. */
uint64_t test_proxy_bytes(const struct test_proxy *proxy);
