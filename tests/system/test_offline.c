/*
 * Thirty days without HQ: a journal full of events that it never got, then the line comes back.
 * What happens in the store from then on reaches HQ before the past has drained, the past arrives
 * whole and once, and neither the daemon nor the store's broker needs more memory or disk for it.
 *
 *	the past ──► daemon ──► store's broker ══ bridge ══ line, slow ══► HQ's broker ──► HQ
 *	             ▲ orders and deliveries of now
 *
 * 20,000 events; 1,000,000 with BACKROOM_TEST_LONG, or as many as BACKROOM_OFFLINE_EVENTS says.
 * Nothing here is measured against a clock but for what is printed: tests/bench/run sync is for
 * that.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/proxy.h"
#include "tests/system/store_node.h"

#define PRODUCTS 300
#define LONG_EVENTS INT64_C(1000000)
#define SHORT_EVENTS INT64_C(20000)
/* Each way: so that the past is on its way for some seconds, however fast the machine is. */
#define WAY_MS 100
#define LONG_WAY_MS 10
#define DRAIN_MS 900000
/* Window, queues and what a broker doubles of them; a backlog in memory would be hundreds. */
#define GROWTH_MAX_KB 65536
#define PAUSE_MS 50

static struct store_node node;
static struct test_broker hq_broker;
static struct test_proxy *line;

static int64_t events_wanted(void)
{
	const char *wanted = getenv("BACKROOM_OFFLINE_EVENTS");

	if (wanted != NULL)
		return atoll(wanted);
	return getenv("BACKROOM_TEST_LONG") != NULL ? LONG_EVENTS : SHORT_EVENTS;
}

/* The journal of those days; its last sequence. */
static int64_t days_pass(int64_t records)
{
	struct test_process fill = {.pid = 0};
	char *program = strdup(test_program("tests/bench/bench-fill")), *said;
	char products_text[32], records_text[32];
	const char *argv[] = {program, node.state, products_text, records_text, NULL};
	int64_t head;

	REQUIRE(program != NULL);
	(void)snprintf(products_text, sizeof(products_text), "%d", PRODUCTS);
	(void)snprintf(records_text, sizeof(records_text), "%" PRId64, records);
	test_process_start(&fill, "fill", argv, NULL);
	REQUIRE(test_process_wait(&fill, DRAIN_MS));
	REQUIRE(fill.code == 0);
	said = test_file_read(fill.log, NULL);
	head = atoll(said);
	free(said);
	free(program);
	return head;
}

static int64_t anonymous_kb(const struct test_process *process)
{
	char path[64], *text;
	const char *at;
	int64_t kb;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)process->pid);
	text = test_file_read(path, NULL);
	at = strstr(text, "RssAnon:");
	REQUIRE(at != NULL);
	kb = atoll(at + strlen("RssAnon:"));
	free(text);
	return kb;
}

/* How far HQ has the past without a gap; what comes now is not in it before all is there. */
static int64_t hq_drained(void)
{
	return store_node_hq_number(
		&node, "select coalesce(max(until),0) from piece where lane='stock' and after=0");
}

/* Something new in the store; its sequence. */
static int64_t now_happens(bool order, unsigned number)
{
	char body[256], *said, *at;
	int64_t sequence;

	if (order)
		(void)snprintf(body, sizeof(body),
			"{\"order\":\"F%u\",\"lines\":[{\"line\":\"1\",\"sku\":\"A000001\","
			"\"quantity\":1}]}",
			number);
	else
		(void)snprintf(body, sizeof(body),
			"{\"sku\":\"A000002\",\"kind\":\"receive\",\"quantity\":%u}", number + 1);
	REQUIRE(store_node_tool(&node, &said, "command", order ? "order.offer" : "stock.move", body,
			(char *)NULL) == 0);
	at = strstr(said, "sequence ");
	REQUIRE(at != NULL);
	sequence = atoll(at + strlen("sequence "));
	free(said);
	return sequence;
}

/* Waits until HQ has that event; how far it had the past when it was seen there. */
static int64_t past_when_seen(int64_t sequence, int64_t *ret_took_ms)
{
	int64_t start_ms = test_now_ms(), past = -1;
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		"select (select coalesce(max(until),0) from piece where lane='stock' and after=0) "
		"from event where store='0412' and sequence=%" PRId64,
		sequence);
	while (past < 0 && test_now_ms() - start_ms < DRAIN_MS) {
		past = store_node_hq_number(&node, sql);
		if (past < 0)
			test_sleep_ms(5);
	}
	*ret_took_ms = test_now_ms() - start_ms;
	return past;
}

/* An order and a delivery amidst it: HQ has them while it still lacks most of the past. */
static void the_present_goes_ahead(int64_t head)
{
	int64_t start_ms = test_now_ms();

	while (hq_drained() <= 0 && test_now_ms() - start_ms < DRAIN_MS)
		test_sleep_ms(5);
	for (unsigned i = 0; i < 2; i++) {
		int64_t took_ms, sequence = now_happens(i == 0, i);
		int64_t past = past_when_seen(sequence, &took_ms);

		printf("%s at HQ after %" PRId64 " ms, with %" PRId64 " of %" PRId64
		       " numbers of the past\n",
			i == 0 ? "an order" : "a delivery", took_ms, past, head);
		CHECK(sequence > head);
		CHECK(past >= 0 && past < head);
	}
}

struct growth {
	int64_t daemon_kb, broker_kb; /* before, then the most */
};

static struct growth memory_now(void)
{
	return (struct growth){anonymous_kb(&node.daemon), anonymous_kb(&node.broker.process)};
}

static void memory_look(struct growth *most)
{
	struct growth now = memory_now();

	if (now.daemon_kb > most->daemon_kb)
		most->daemon_kb = now.daemon_kb;
	if (now.broker_kb > most->broker_kb)
		most->broker_kb = now.broker_kb;
}

/* The sanitizers keep what was freed: their memory says nothing about the program's. */
static void memory_check(struct growth before, struct growth most)
{
	printf("memory without files: daemon %" PRId64 " -> %" PRId64 " kB, store's broker %" PRId64
	       " -> %" PRId64 " kB\n",
		before.daemon_kb, most.daemon_kb, before.broker_kb, most.broker_kb);
#ifndef __SANITIZE_ADDRESS__
	CHECK(most.daemon_kb - before.daemon_kb < GROWTH_MAX_KB);
#endif
	CHECK(most.broker_kb - before.broker_kb < GROWTH_MAX_KB);
}

/* Until HQ has everything; looks at the memory all the while. */
static void drain(int64_t head, struct growth *most)
{
	int64_t start_ms = test_now_ms();

	while (hq_drained() < head && test_now_ms() - start_ms < DRAIN_MS) {
		memory_look(most);
		test_sleep_ms(PAUSE_MS);
	}
	CHECK(hq_drained() >= head);
}

static void everything_once(int64_t head)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
		"select count(*) from event where lane='stock' and sequence<=%" PRId64, head);
	/* Each product came with its price; neither is told to HQ, whose they are. */
	CHECK_INT(store_node_hq_number(&node, sql), head - INT64_C(2) * PRODUCTS);
	CHECK_INT(
		store_node_hq_number(&node, "select count(*)-count(distinct sequence) from event"),
		0);
}

static void test_thirty_days_drain_behind_the_present(void)
{
	int64_t records = events_wanted(), head, backlog, start_ms, used_before;
	struct growth before, most;
	bool is_long = records >= LONG_EVENTS;

	test_broker_start(&hq_broker, "hq-broker", NULL);
	line = test_proxy_start(0, hq_broker.port);
	store_node_prepare_to(&node, hq_broker.port, test_proxy_port(line), 0, "");
	test_proxy_cut(line);
	head = days_pass(records);
	store_node_daemon_start(&node);
	store_node_hq_start(&node);
	start_ms = test_now_ms();
	while (store_node_metric(&node, "backroom_link_backlog_events") <
			head - INT64_C(2) * PRODUCTS &&
		test_now_ms() - start_ms < DRAIN_MS)
		test_sleep_ms(PAUSE_MS);
	backlog = store_node_metric(&node, "backroom_link_backlog_events");
	CHECK(backlog >= head - INT64_C(2) * PRODUCTS);
	CHECK_INT(store_node_metric(&node, "backroom_link_up"), 0);
	before = most = memory_now();
	used_before = store_node_metric(&node, "backroom_store_used_bytes");
	test_proxy_delay(line, is_long ? LONG_WAY_MS : WAY_MS);
	test_proxy_mend(line);
	REQUIRE(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", DRAIN_MS));
	start_ms = test_now_ms();
	the_present_goes_ahead(head);
	drain(head, &most);
	printf("%" PRId64 " events in %" PRId64 " ms\n", backlog, test_now_ms() - start_ms);
	test_proxy_delay(line, 0);
	REQUIRE(store_node_quiet(&node, DRAIN_MS));
	everything_once(head);
	memory_check(before, most);
	/* Sending moves cursors, and nothing else in the ledger. */
	CHECK(store_node_metric(&node, "backroom_store_used_bytes") < used_before + (1 << 20));
	CHECK_INT(test_process_stop(&node.daemon), 0);
	(void)test_process_stop(&node.hq);
	test_broker_stop(&node.broker);
	test_proxy_stop(line);
	test_broker_stop(&hq_broker);
}

int main(int argc, char **argv)
{
	TEST(test_thirty_days_drain_behind_the_present);
	return test_end(argc, argv);
}
