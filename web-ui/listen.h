/*
 * Addresses to listen on, and our own address of a connection.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "node/error.h"
#include "node/str.h"

/* An IPv6 address with room for its NUL. */
#define BR_LISTEN_ADDRESS_BYTES 48

/* 0 when `address` is an IPv4 or IPv6 address, else BR_E_INVALID. Names are not looked up. */
BR_MUST_CHECK int br_listen_check(const char *address, struct br_fault *fault);

bool br_listen_is_v6(const char *address);
/* "0.0.0.0" and "::": every address of this machine. */
bool br_listen_is_wildcard(const char *address);
bool br_listen_is_loopback(const char *address);

/* Our own end of the socket as text; "" when it has no address, as unix sockets. */
struct br_str br_listen_local(int fd, char buffer[BR_LISTEN_ADDRESS_BYTES]);

/*
 * 0 when both files can be read, or neither is given; else BR_E_INVALID. It must be asked, because
 * libwebsockets serves without TLS when a certificate's file is not there, which nobody who has
 * configured one can want.
 */
BR_MUST_CHECK int br_listen_certificate(
	const char *certificate, const char *key, struct br_fault *fault);
