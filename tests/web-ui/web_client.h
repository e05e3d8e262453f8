/*
 * A raw HTTP and WebSocket client for tests: it sends what a test says, also what no decent client
 * would, and reads with a time limit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/attributes.h"

/* Opens a connection to 127.0.0.1:port, or to a unix socket; ends the test when it cannot. */
int web_connect(unsigned port);
int web_connect_unix(const char *path);

/* A response; the texts are valid until the next one. */
struct web_response {
	int status; /* 0 = the connection ended before one came */
	const char *head, *body;
	size_t body_n;
};

/* Sends `request` on a new connection and reads the response. */
struct web_response web_ask(unsigned port, const char *request);

/* On a connection that is open, for keep-alive. */
struct web_response web_ask_on(int fd, const char *request);

/* GET with the right Host, and a POST with a JSON body. */
struct web_response web_get(unsigned port, const char *path);
struct web_response web_post(unsigned port, const char *path, const char *body);

/* The value of a header, lower-case name; "" when it is not there. Valid until the next call. */
const char *web_header(const struct web_response *response, const char *name);

/* A WebSocket after its handshake; -1 when it was refused, with the status in *ret_status. */
int web_socket_open(unsigned port, const char *headers, int *ret_status);
int web_socket_open_unix(const char *path);

/* Sends a text message, masked; in fragments of at most `fragment` bytes when that is not 0. */
void web_socket_send(int fd, const char *text, size_t fragment);

/* Sends a frame with this first byte and payload. */
void web_socket_send_frame(int fd, unsigned char first, const void *payload, size_t n);

/*
 * The next text message, valid until the next call; NULL when the time is over. A close frame gives
 * NULL with its code in *ret_close, the end of the connection without one 1006.
 */
const char *web_socket_read(int fd, int64_t wait_ms, int *ret_close);

/* Reads until a message holds `part`; NULL when none came in time. */
const char *web_socket_expect(int fd, const char *part, int64_t wait_ms);
