/*
 * Clients that do not read, on real sockets: the node's clock is the test's, so half a minute is a
 * moment.
 */
#include "web-ui/server.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "tests/web-ui/web_client.h"
#include "web-ui/limits.h"

#define LABELS 4000
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
};

static void node_open(struct slow_node *node, const char *name)
{
	struct br_web_options options;

	*node = (struct slow_node){.live = br_web_live_null};
	node->live.label = many_label;
	node->live.label_next = many_label_next;
	node->clock = (struct br_clock){slow_wall_ms, slow_boot_ms, NULL};
	ledger_open(&node->ledger, name);
	REQUIRE(br_loop_create(&node->loop) == 0);
	REQUIRE(br_queue_create(node->loop, node->ledger.core, &node->clock, &node->queue) == 0);
	options = (struct br_web_options){
		.ledger = node->ledger.store,
		.queue = node->queue,
		.clock = &node->clock,
		.live = &node->live,
		.store_id = "0412",
		.store_name = "",
		.currency = "GBP",
		.epoch = "",
		.version = "",
		.send_buffer_bytes = 16384,
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

	node_open(&node, "slow");
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

	node_open(&node, "nothing");
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

	node_open(&node, "others");
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

int main(int argc, char **argv)
{
	TEST(test_a_slow_reader_gets_everything_in_its_time);
	TEST(test_one_that_reads_nothing_is_told_to_try_again);
	TEST(test_the_others_do_not_wait_for_it);
	return test_end(argc, argv);
}
