/*
 * Clients that do not read, or hardly say anything, on real sockets: the node's clock is the
 * test's, so half a minute is a moment.
 */
#include "web-ui/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "tests/web-ui/web_client.h"
#include "web-ui/limits.h"

#define LABELS 4000
#define PAGE_BYTES_MIN 150000u /* a thousand labels have more */
#define WAIT_MS 20000

static int64_t boot_ahead_ms; /* atomic */

static int64_t slow_boot_ms(void *context BR_UNUSED)
{
	return test_now_ms() + __atomic_load_n(&boot_ahead_ms, __ATOMIC_RELAXED);
}

static int64_t slow_wall_ms(void *context BR_UNUSED)
{
	return LEDGER_NOW_MS;
}

/* Four thousand labels that nobody has bound: a snapshot that fills any socket. */
static bool many_label(
	void *context BR_UNUSED, struct br_str label, struct br_web_live_label *ret_label)
{
	*ret_label = (struct br_web_live_label){.ap = "ap-1", .type = "m29", .w = 296, .h = 128};
	return br_str_copy(label, ret_label->label, sizeof(ret_label->label));
}

static bool many_label_next(void *context, struct br_str after, struct br_web_live_label *ret_label)
{
	unsigned number = 0;
	char text[17];

	if (after.n > 0) {
		/* On the web thread, where no checks are counted. */
		br_assert(br_str_copy(after, text, sizeof(text)));
		br_assert(sscanf(text, "%12X", &number) == 1);
		number++;
	}
	(void)snprintf(text, sizeof(text), "%012X", number);
	return number < LABELS && many_label(context, br_str_from(text), ret_label);
}

struct slow_node {
	struct ledger ledger;
	struct br_web_live live;
	struct br_clock clock;
	struct br_loop *loop;
	struct br_queue *queue;
	struct br_web *web;
	char socket[256];
};

static void node_open(struct slow_node *node, const char *name, unsigned timeout_s)
{
	struct br_web_options options;

	*node = (struct slow_node){.live = br_web_live_null};
	node->live.label = many_label;
	node->live.label_next = many_label_next;
	node->clock = (struct br_clock){slow_wall_ms, slow_boot_ms, NULL};
	ledger_open(&node->ledger, name);
	(void)snprintf(node->socket, sizeof(node->socket), "%s/%s.sock", test_folder(), name);
	REQUIRE(br_loop_create(&node->loop) == 0);
	REQUIRE(br_queue_create(node->loop, node->ledger.core, &node->clock, &node->queue) == 0);
	options = (struct br_web_options){
		.ledger = node->ledger.store,
		.keys = node->ledger.keys,
		.queue = node->queue,
		.clock = &node->clock,
		.live = &node->live,
		.store_id = "0412",
		.store_name = "",
		.currency = "GBP",
		.epoch = "",
		.version = "",
		.send_buffer_bytes = 16384,
		.timeout_s = timeout_s,
		.socket = node->socket,
	};
	REQUIRE(br_web_create(&options, &node->web, NULL) == 0);
	REQUIRE(br_web_start(node->web) == 0);
}

static void node_close(struct slow_node *node)
{
	br_web_destroy(node->web);
	br_queue_destroy(node->queue);
	br_loop_destroy(node->loop);
	ledger_close(&node->ledger);
}

static int client_open(struct slow_node *node)
{
	int fd = web_socket_open(br_web_port(node->web), NULL, NULL), bytes = 4096;

	REQUIRE(fd >= 0);
	REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) == 0);
	return fd;
}

static void subscribe(int fd)
{
	web_socket_send(fd,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"noun\":"
		"\"label\"}}",
		0);
}

/* Reads to the end; the rows that came, and how it ended in *ret_code (0: it goes on). */
static unsigned rows_read(int fd, int *ret_code)
{
	const char *message;
	unsigned rows = 0;

	while ((message = web_socket_read(fd, 1000, ret_code)) != NULL) {
		for (const char *at = message; (at = strstr(at, "{\"key\"")) != NULL; at++)
			rows++;
		if (strstr(message, "\"more\":true") == NULL)
			break;
	}
	return rows;
}

static void test_a_slow_reader_gets_everything_in_its_time(void)
{
	struct slow_node node;
	int fd, code;

	node_open(&node, "slow", 0);
	fd = client_open(&node);
	subscribe(fd);
	test_sleep_ms(300);
	/* Not half a minute: it may take its time. */
	__atomic_store_n(&boot_ahead_ms, BR_WEB_BLOCKED_MS_MAX / 2, __ATOMIC_RELAXED);
	test_sleep_ms(300);
	CHECK_INT(rows_read(fd, &code), LABELS);
	CHECK_INT(code, 0);
	(void)close(fd);
	__atomic_store_n(&boot_ahead_ms, 0, __ATOMIC_RELAXED);
	node_close(&node);
}

static void test_one_that_reads_nothing_is_told_to_try_again(void)
{
	struct slow_node node;
	int fd, code = 0;

	node_open(&node, "nothing", 0);
	fd = client_open(&node);
	subscribe(fd);
	test_sleep_ms(300);
	__atomic_store_n(&boot_ahead_ms, BR_WEB_BLOCKED_MS_MAX + 1000, __ATOMIC_RELAXED);
	test_sleep_ms(300);
	CHECK(rows_read(fd, &code) < LABELS);
	CHECK_INT(code, 1013);
	(void)close(fd);
	__atomic_store_n(&boot_ahead_ms, 0, __ATOMIC_RELAXED);
	node_close(&node);
}

static void test_the_others_do_not_wait_for_it(void)
{
	struct slow_node node;
	int64_t began_ms;
	int slow, quick;

	node_open(&node, "others", 0);
	slow = client_open(&node);
	subscribe(slow);
	test_sleep_ms(200);
	quick = client_open(&node);
	began_ms = test_now_ms();
	web_socket_send(
		quick, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"hello\",\"params\":{}}", 0);
	CHECK(web_socket_expect(quick, "\"id\":2", WAIT_MS) != NULL);
	CHECK(test_now_ms() - began_ms < 5000);
	(void)close(slow);
	(void)close(quick);
	node_close(&node);
}

static void say(int fd, const char *text, size_t n)
{
	(void)!send(fd, text, n, MSG_NOSIGNAL);
}

/* Takes what comes within the time; true when the connection has ended. *bytes counts. */
static bool ended(int fd, int64_t wait_ms, size_t *bytes)
{
	int64_t until_ms = test_now_ms() + wait_ms;
	char taken[4096];

	do {
		ssize_t n = recv(fd, taken, sizeof(taken), MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
			return true;
		if (n > 0 && bytes != NULL)
			*bytes += (size_t)n;
		if (n < 0)
			test_sleep_ms(5);
	} while (test_now_ms() < until_ms);
	return false;
}

#define POST_HEAD \
	"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"

static void test_a_head_that_trickles_is_given_up(void)
{
	struct slow_node node;
	bool over = false;
	int64_t began_ms;
	int fd;

	node_open(&node, "head", 1);
	fd = web_connect(br_web_port(node.web));
	began_ms = test_now_ms();
	say(fd, "GET / HTTP/1.1\r\nX: ", 19);
	while (!over && test_now_ms() - began_ms < WAIT_MS) {
		say(fd, "x", 1);
		over = ended(fd, 100, NULL);
	}
	CHECK(over);
	CHECK(test_now_ms() - began_ms < 5000);
	(void)close(fd);
	/* Neither does one stay that says nothing at all. */
	fd = web_connect(br_web_port(node.web));
	CHECK(ended(fd, 5000, NULL));
	(void)close(fd);
	node_close(&node);
}

static void test_a_body_that_does_not_come_is_given_up(void)
{
	struct slow_node node;
	int fd;

	node_open(&node, "body", 1);
	fd = web_connect(br_web_port(node.web));
	say(fd, POST_HEAD "{", sizeof(POST_HEAD));
	CHECK(ended(fd, 5000, NULL));
	(void)close(fd);
	node_close(&node);
}

static void test_a_body_that_trickles_is_given_up_in_the_end(void)
{
	struct slow_node node;
	int fd;

	node_open(&node, "trickle", 0);
	fd = web_connect(br_web_port(node.web));
	say(fd, POST_HEAD "{", sizeof(POST_HEAD));
	CHECK(!ended(fd, 200, NULL));
	__atomic_store_n(&boot_ahead_ms, BR_WEB_EXCHANGE_MS_MAX / 2, __ATOMIC_RELAXED);
	say(fd, " ", 1);
	CHECK(!ended(fd, 200, NULL));
	__atomic_store_n(&boot_ahead_ms, BR_WEB_EXCHANGE_MS_MAX, __ATOMIC_RELAXED);
	say(fd, " ", 1);
	CHECK(ended(fd, 2000, NULL));
	(void)close(fd);
	__atomic_store_n(&boot_ahead_ms, 0, __ATOMIC_RELAXED);
	node_close(&node);
}

/* A page of a thousand labels, which no buffer takes whole; the bytes of all of it. */
static int page_ask(const struct slow_node *node)
{
	static const char request[] = "GET /api/v1/labels?limit=1000 HTTP/1.1\r\nHost: "
				      "localhost\r\n\r\n";
	int fd = web_connect(br_web_port(node->web)), bytes = 4096;

	REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) == 0);
	say(fd, request, sizeof(request) - 1);
	return fd;
}

static void test_an_answer_that_nobody_takes_is_given_up(void)
{
	struct slow_node node;
	size_t bytes = 0;
	int fd;

	node_open(&node, "page", 1);
	fd = page_ask(&node);
	test_sleep_ms(4000);
	/* What its buffers had taken is there; the rest never came. */
	CHECK(ended(fd, WAIT_MS, &bytes));
	CHECK(bytes > 0 && bytes < PAGE_BYTES_MIN);
	(void)close(fd);
	node_close(&node);
}

static void test_an_answer_taken_bit_by_bit_is_given_up_in_the_end(void)
{
	struct slow_node node;
	struct web_response response;
	size_t bytes = 0;
	char taken[2048];
	int fd;

	node_open(&node, "bits", 0);
	fd = page_ask(&node);
	CHECK(recv(fd, taken, sizeof(taken), 0) > 0);
	test_sleep_ms(200);
	__atomic_store_n(&boot_ahead_ms, BR_WEB_EXCHANGE_MS_MAX, __ATOMIC_RELAXED);
	CHECK(ended(fd, WAIT_MS, &bytes));
	CHECK(bytes < PAGE_BYTES_MIN);
	(void)close(fd);
	__atomic_store_n(&boot_ahead_ms, 0, __ATOMIC_RELAXED);
	/* Who takes it as it comes gets all of it. */
	response = web_get(br_web_port(node.web), "/api/v1/labels?limit=1000");
	CHECK_INT(response.status, 200);
	CHECK(response.body_n > PAGE_BYTES_MIN);
	node_close(&node);
}

static void test_a_head_over_its_limit_ends_the_connection(void)
{
	size_t n = 64u << 10;
	char *head = malloc(n);
	struct slow_node node;
	int fd;

	REQUIRE(head != NULL);
	memset(head, 'a', n);
	memcpy(head, "GET / HTTP/1.1\r\nHost: localhost\r\nX: ", 37);
	memcpy(head + n - 4, "\r\n\r\n", 4);
	node_open(&node, "headers", 0);
	fd = web_connect(br_web_port(node.web));
	say(fd, head, n);
	CHECK(ended(fd, 2000, NULL));
	(void)close(fd);
	CHECK_INT(web_get(br_web_port(node.web), "/healthz").status, 200);
	node_close(&node);
	free(head);
}

static void test_connections_over_the_limit_are_not_taken(void)
{
	static int fds[BR_WEB_CONNECTIONS_MAX];
	struct web_response response = {.status = 0};
	struct slow_node node;
	int fd;

	node_open(&node, "many", 0);
	for (unsigned i = 0; i < BR_WEB_CONNECTIONS_MAX; i++)
		fds[i] = web_connect(br_web_port(node.web));
	test_sleep_ms(300);
	fd = web_connect(br_web_port(node.web));
	CHECK(ended(fd, 2000, NULL));
	(void)close(fd);
	/* The tool is let in all the same. */
	fd = web_connect_unix(node.socket);
	CHECK_INT(web_ask_on(fd, "GET /healthz HTTP/1.1\r\nHost: backroom\r\n\r\n").status, 200);
	(void)close(fd);
	for (unsigned i = 0; i < BR_WEB_CONNECTIONS_MAX; i++)
		(void)close(fds[i]);
	for (int tries = 0; tries < 50 && response.status != 200; tries++) {
		test_sleep_ms(100);
		response = web_get(br_web_port(node.web), "/healthz");
	}
	CHECK_INT(response.status, 200);
	node_close(&node);
}

int main(int argc, char **argv)
{
	TEST(test_a_slow_reader_gets_everything_in_its_time);
	TEST(test_one_that_reads_nothing_is_told_to_try_again);
	TEST(test_the_others_do_not_wait_for_it);
	TEST(test_a_head_that_trickles_is_given_up);
	TEST(test_a_body_that_does_not_come_is_given_up);
	TEST(test_a_body_that_trickles_is_given_up_in_the_end);
	TEST(test_an_answer_that_nobody_takes_is_given_up);
	TEST(test_an_answer_taken_bit_by_bit_is_given_up_in_the_end);
	TEST(test_a_head_over_its_limit_ends_the_connection);
	TEST(test_connections_over_the_limit_are_not_taken);
	return test_end(argc, argv);
}
