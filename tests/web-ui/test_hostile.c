/*
 * Connections that no decent client makes: requests cut, mixed, repeated and sent together, frames
 * of all kinds behind an upgrade. Nothing may come of it but refusals; the sanitizers look on.
 */
#include "web-ui/server.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "tests/web-ui/web_client.h"

#define CONNECTIONS 3000
#define PIECES_MAX 4
#define PIECE_BYTES 1024

#define HOST " HTTP/1.1\r\nHost: localhost\r\n"

/* A frame of text whose mask is all zero, so that it can be read here; at most 125 bytes. */
#define FRAME(FIRST, LENGTH, TEXT) FIRST LENGTH "\0\0\0\0" TEXT

#define UPGRADE \
	"GET /ws" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Protocol: backroom.v1\r\n\r\n"

struct piece {
	const char *bytes;
	size_t n;
};

#define PIECE(TEXT) \
	{ \
		TEXT, sizeof(TEXT) - 1 \
	}

static const struct piece pieces[] = {
	PIECE("GET /api/v1/status" HOST "\r\n"),
	PIECE("GET /api/v1/products?q=apple&limit=3" HOST "\r\n"),
	PIECE("HEAD /" HOST "Accept-Encoding: gzip\r\nIf-None-Match: \"x\", W/\"y\"\r\n\r\n"),
	PIECE("GET /api/v1/labels/0123456789AB/picture.png?v=1" HOST "\r\n"),
	PIECE("GET /api/v1/sensors/a%2Fb/series?channel=c&from=1&to=2" HOST "\r\n"),
	PIECE("POST /api/v1/commands" HOST "Content-Length: 13\r\n\r\n{\"id\":\"p-1\"} "),
	PIECE("POST /api/v1/commands" HOST "Content-Length: 25\r\n\r\n"
	      "{\"commands\":[{\"id\":\"1\"}]}"),
	PIECE("POST /api/v1/commands" HOST
	      "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
	PIECE(UPGRADE),
	PIECE(UPGRADE FRAME("\x81", "\xa9", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}")),
	PIECE(UPGRADE FRAME("\x01", "\x84", "{\"js") FRAME("\x80", "\x82", "on")),
	PIECE(UPGRADE FRAME("\x89", "\x81", "p") FRAME("\x88", "\x82", "\x03\xe8")),
	PIECE(FRAME("\x82", "\x81", "b")),
};

/* Appends a piece, most of the time with a few of its bytes changed, doubled or left out. */
static size_t piece_add(unsigned char *to, size_t n, const struct piece *piece)
{
	unsigned changes = test_random() % 3 == 0 ? 0 : (unsigned)(test_random() % 5);
	size_t begin = n;

	REQUIRE(piece->n < PIECE_BYTES / 2);
	memcpy(to + n, piece->bytes, piece->n);
	n += piece->n;
	for (; changes > 0; changes--) {
		size_t at = begin + (size_t)(test_random() % (n - begin)), rest = n - at;

		if (test_random() % 3 == 0) {
			to[at] = (unsigned char)test_random();
		} else if (test_random() % 2 == 0 && n - begin < PIECE_BYTES - 16) {
			memmove(to + at + 8, to + at, rest);
			n += 8;
		} else if (rest > 8 && n - begin > 16) {
			memmove(to + at, to + at + 8, rest - 8);
			n -= 8;
		}
	}
	return n;
}

/* Sends some pieces, at times in two packets, and reads a little of what comes. */
static void connection_make(unsigned port)
{
	static unsigned char bytes[PIECES_MAX * PIECE_BYTES];
	unsigned piece_n = 1 + (unsigned)(test_random() % PIECES_MAX);
	int fd = web_connect(port);
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	char taken[4096];
	size_t n = 0, cut;

	for (unsigned i = 0; i < piece_n; i++)
		n = piece_add(bytes, n, &pieces[test_random() % BR_ARRAY_LEN(pieces)]);
	cut = test_random() % 3 == 0 ? (size_t)(test_random() % n) : n;
	(void)!send(fd, bytes, cut, MSG_NOSIGNAL);
	if (poll(&answer, 1, 4) > 0)
		(void)!recv(fd, taken, sizeof(taken), MSG_DONTWAIT);
	(void)!send(fd, bytes + cut, n - cut, MSG_NOSIGNAL);
	if (poll(&answer, 1, 4) > 0)
		(void)!recv(fd, taken, sizeof(taken), MSG_DONTWAIT);
	(void)close(fd);
}

static void test_whatever_is_sent_the_others_are_served(void)
{
	struct br_web_options options;
	struct fake_live fake;
	struct ledger ledger;
	struct br_loop *loop;
	struct br_queue *queue;
	struct br_web *web;

	ledger_open(&ledger, "hostile");
	ledger_fill(&ledger);
	fake_live_init(&fake);
	REQUIRE(br_loop_create(&loop) == 0);
	REQUIRE(br_queue_create(loop, ledger.core, &br_clock_system, &queue) == 0);
	options = (struct br_web_options){
		.ledger = ledger.store,
		.keys = ledger.keys,
		.queue = queue,
		.clock = &br_clock_system,
		.live = &fake.live,
		.store_id = "0412",
		.store_name = "",
		.currency = "GBP",
		.epoch = "",
		.version = "",
	};
	REQUIRE(br_web_create(&options, &web, NULL) == 0);
	REQUIRE(br_web_start(web) == 0);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		connection_make(br_web_port(web));
		if (i % 50 == 0)
			CHECK_INT(web_get(br_web_port(web), "/api/v1/status").status, 200);
	}
	br_web_destroy(web);
	br_queue_destroy(queue);
	br_loop_destroy(loop);
	ledger_close(&ledger);
}

int main(int argc, char **argv)
{
	TEST(test_whatever_is_sent_the_others_are_served);
	return test_end(argc, argv);
}
