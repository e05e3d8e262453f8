/*
 * WebSocket clients as browsers are, many of them in one loop: for measuring how fast a change
 * reaches the last one. They speak as much of RFC 6455 as the server uses towards them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "node/attributes.h"

struct bench_pool;

/*
 * Connects `n` clients to 127.0.0.1:port. `path` NULL makes them plain TCP connections that take
 * the same frames, for a baseline without a web server. Ends the program when one cannot.
 */
struct bench_pool *bench_pool_create(unsigned port, const char *path, unsigned n,
	void (*frame)(void *owner, unsigned client, const char *text, size_t size), void *owner);
void bench_pool_destroy(struct bench_pool *pool);

/* Sends one text frame; it must fit the socket's buffer. */
void bench_pool_send(struct bench_pool *pool, unsigned client, const char *text);

/* Takes what comes until `until_us` of bench_now_us(), or until bench_pool_enough() was called. */
void bench_pool_run(struct bench_pool *pool, int64_t until_us);
void bench_pool_enough(struct bench_pool *pool);

/* Writes a server's text frame (unmasked) of `n` bytes into the buffer; returns its length. */
size_t bench_frame_write(char *buffer, size_t size, const char *text, size_t n);
