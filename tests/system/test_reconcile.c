/*
 * Anti-entropy between the daemon and HQ's program over two brokers: mistakes are planted on either
 * side in each of the four views, found, repaired as events and commands, and a second comparison
 * finds nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/time.h"
#include "tests/system/store_node.h"

static struct store_node node;

static int64_t number(const char *sql)
{
	return store_node_hq_number(&node, sql);
}

static bool comes(const char *sql, int64_t wanted)
{
	int64_t end_ms = test_now_ms() + STORE_NODE_WAIT_MS;

	while (number(sql) != wanted && test_now_ms() < end_ms)
		test_sleep_ms(100);
	return CHECK_INT(number(sql), wanted);
}

static void hq_does(const char *line)
{
	CHECK_HAS(store_node_hq_say(line), "\"ok\":true");
}

/* Sessions that have ended so far, as HQ was told. */
#define ENDED "select count(*) from event where type='org.backroom.reconcile.ended.v1'"
/* A member of the last session over a view. */
static int64_t last_of(const char *view, const char *member)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
		"select coalesce(json_extract(body,'$.data.%s'),0) from event where "
		"type='org.backroom.reconcile.ended.v1' and subject='%s' order by sequence desc "
		"limit 1",
		member, view);
	return number(sql);
}

/* Everything that HQ has told is answered, and everything that it shall know is there. */
static void settle(void)
{
	CHECK(comes("select count(*) from command where outcome is null", 0));
	store_node_must_say(&node, "/metrics", "\nbackroom_link_backlog_events 0\n");
}

static void compare_all(void)
{
	static const char *const views[] = {"stock", "orders", "prices", "catalogue"};
	int64_t before = number(ENDED);

	settle();
	store_node_must(&node, 0, "", "link", "reconcile", NULL, NULL, NULL, NULL);
	CHECK(comes(ENDED, before + 4));
	for (size_t i = 0; i < BR_ARRAY_LEN(views); i++)
		printf("%s: compared %d, differing %d, repaired %d, left %d, rounds %d, bytes %d\n",
			views[i], (int)last_of(views[i], "compared"),
			(int)last_of(views[i], "differing"), (int)last_of(views[i], "repaired"),
			(int)last_of(views[i], "left"), (int)last_of(views[i], "rounds"),
			(int)(last_of(views[i], "up_bytes") + last_of(views[i], "dn_bytes")));
	settle();
}

static void all_equal(void)
{
	compare_all();
	CHECK_INT(number("select count(*) from (select json_extract(body,'$.data.outcome') o from "
			 "event where type='org.backroom.reconcile.ended.v1' order by sequence "
			 "desc limit 4) where o='equal'"),
		4);
}

static void order_place(const char *order, const char *sku, unsigned quantity)
{
	char line[256];

	(void)snprintf(line, sizeof(line),
		"{\"cmd\":\"order\",\"order\":\"%s\",\"lines\":[{\"sku\":\"%s\",\"quantity\":%u}"
		"]}\n",
		order, sku, quantity);
	hq_does(line);
	(void)snprintf(line, sizeof(line), "/api/v1/orders/%s", order);
	store_node_must_say(&node, line, "\"offered\"");
}

/* A day's work: goods, sales, orders in several states. Then both sides hold the same. */
static void test_nothing_differs_after_a_days_work(void)
{
	node.hq_more[0] = "--generate";
	store_node_prepare(&node, true, NULL);
	node.hq_more[0] = "--generate";
	node.hq_more[1] = "300";
	store_node_hq_start(&node);
	store_node_daemon_start(&node);
	store_node_must_say(&node, "/api/v1/status", "\"products\":300");
	for (unsigned i = 1; i <= 9; i++) {
		char sku[16];

		(void)snprintf(sku, sizeof(sku), "A%06u", i);
		store_node_must(&node, 0, "", "stock", "move", sku, "receive", "20", NULL);
		if (i % 2 == 0)
			store_node_must(&node, 0, "", "stock", "move", sku, "put_away", "12", NULL);
	}
	CHECK_INT(store_node_tool(&node, NULL, "stock", "move", "A000002", "waste", "1", "broken",
			  (char *)NULL),
		0);
	store_node_must(&node, 0, "", "rights", "grant", "A000003", "4", NULL, NULL);
	for (unsigned i = 1; i <= 4; i++) {
		char order[16], sku[16];

		(void)snprintf(order, sizeof(order), "O%u", i);
		(void)snprintf(sku, sizeof(sku), "A%06u", i);
		order_place(order, sku, 2);
		if (i > 1)
			store_node_must(&node, 0, "", "order", "accept", order, NULL, NULL, NULL);
	}
	store_node_must(&node, 0, "", "order", "pick", "O3", "A000003", "2", NULL);
	store_node_must(&node, 0, "", "order", "cancel", "O4", "changed", NULL, NULL);
	all_equal();
	CHECK_INT(last_of("catalogue", "compared"), 300);
	CHECK_INT(last_of("prices", "compared"), 300);
	CHECK_INT(last_of("stock", "compared"), 9);
	CHECK_INT(last_of("orders", "compared"), 4);
}

/* HQ's copy of the stock is wrong in three ways: a wrong row, a lost event, a row of nothing. */
static void test_stock_is_stated_where_hq_is_wrong(void)
{
	settle();
	hq_does("{\"cmd\":\"plant\",\"view\":\"stock\",\"key\":\"A000005\",\"value\":"
		"\"0|7000|0|0|0|0|0|0|0|0\"}\n");
	hq_does("{\"cmd\":\"plant\",\"view\":\"stock\",\"key\":\"A000099\",\"value\":"
		"\"0|1000|0|0|0|0|0|0|0|0\"}\n");
	hq_does("{\"cmd\":\"drop\",\"type\":\"org.backroom.stock.moved.v1\",\"subject\":"
		"\"A000002\"}\n");
	compare_all();
	CHECK_INT(last_of("stock", "differing"), 3);
	CHECK_INT(last_of("stock", "repaired"), 3);
	CHECK_INT(last_of("orders", "differing"), 0);
	CHECK_INT(
		number("select count(*) from event where type='org.backroom.stock.stated.v1'"), 3);
	CHECK_INT(number("select json_extract(body,'$.data.backroom') from event where "
			 "type='org.backroom.stock.stated.v1' and subject='A000005'"),
		20);
	all_equal();
}

static void test_orders_are_stated_where_hq_is_wrong(void)
{
	settle();
	hq_does("{\"cmd\":\"plant\",\"view\":\"orders\",\"key\":\"O2\",\"value\":\"shipped\"}\n");
	hq_does("{\"cmd\":\"plant\",\"view\":\"orders\",\"key\":\"O3\",\"value\":\"\"}\n");
	hq_does("{\"cmd\":\"plant\",\"view\":\"orders\",\"key\":\"O9\",\"value\":\"accepted\"}\n");
	compare_all();
	CHECK_INT(last_of("orders", "differing"), 3);
	CHECK_INT(last_of("orders", "repaired"), 3);
	CHECK_INT(number("select json_extract(body,'$.data.unknown') from event where "
			 "type='org.backroom.order.stated.v1' and subject='O9'"),
		1);
	all_equal();
}

/* The catalogue is HQ's: what the store was told otherwise, or no longer, is sent again. */
static void test_the_catalogue_is_sent_again_where_the_store_is_wrong(void)
{
	settle();
	store_node_must(&node, 0, "", "product", "remove", "A000200", NULL, NULL, NULL);
	store_node_must(
		&node, 0, "", "product", "upsert", "X1", "Something of our own", NULL, NULL);
	store_node_must(&node, 0, "", "product", "upsert", "A000201", "Another name", NULL, NULL);
	hq_does("{\"cmd\":\"plant\",\"view\":\"catalogue\",\"key\":\"A000202\",\"value\":\"\"}\n");
	store_node_must_say(&node, "/api/v1/status", "\"products\":300");
	compare_all();
	CHECK_INT(last_of("catalogue", "differing"), 4);
	CHECK_INT(last_of("catalogue", "repaired"), 4);
	/* Prices are compared behind it, when the store has answered what came of it. */
	CHECK_INT(last_of("prices", "differing"), 0);
	store_node_must_say(&node, "/api/v1/status", "\"products\":299");
	all_equal();
}

static void test_prices_are_sent_again_where_the_store_is_wrong(void)
{
	settle();
	store_node_must(&node, 0, "", "price", "set", "A000210", "99.99", "GBP", NULL);
	hq_does("{\"cmd\":\"plant\",\"view\":\"prices\",\"key\":\"A000211\",\"value\":"
		"\"{\\\"sku\\\":\\\"A000211\\\",\\\"amount\\\":3.21,\\\"currency\\\":\\\"GBP\\\"}"
		"\"}"
		"\n");
	compare_all();
	CHECK_INT(last_of("prices", "differing"), 2);
	CHECK_INT(last_of("prices", "repaired"), 2);
	store_node_must_say(&node, "/api/v1/products/A000211", "3.21");
	all_equal();
}

/* HQ asks for one view; what people decided here for an emergency is no difference. */
static void test_hq_may_ask_and_an_override_is_the_stores(void)
{
	char until[BR_TIME_TEXT_BYTES];
	int64_t before;

	settle();
	br_time_format((int64_t)time(NULL) * 1000 + 3600000, until);
	CHECK_INT(store_node_tool(&node, NULL, "price", "set", "--sku", "A000212", "--kind",
			  "override", "--amount", "1.11", "--currency", "GBP", "--to", until,
			  "--reason", "damaged", (char *)NULL),
		0);
	settle();
	before = number(ENDED);
	hq_does("{\"cmd\":\"reconcile\",\"view\":\"prices\"}\n");
	CHECK(comes(ENDED, before + 1));
	CHECK_INT(last_of("prices", "differing"), 0);
}

/* HQ dies in the middle of it all, and the store's process, too: the next run finds everything. */
static void test_both_may_die_meanwhile(void)
{
	int64_t before;

	settle();
	hq_does("{\"cmd\":\"plant\",\"view\":\"stock\",\"key\":\"A000006\",\"value\":"
		"\"0|1000|0|0|0|0|0|0|0|0\"}\n");
	before = number(ENDED);
	(void)test_process_stop(&node.hq);
	store_node_must(&node, 0, "", "link", "reconcile", "stock", NULL, NULL, NULL);
	test_sleep_ms(1500);
	test_process_kill(&node.daemon);
	store_node_daemon_start(&node);
	store_node_hq_start(&node);
	CHECK(comes(ENDED, before + 1));
	CHECK_INT(last_of("stock", "differing"), 1);
	CHECK_INT(last_of("stock", "repaired"), 1);
	all_equal();
}

static void test_the_store_ends_well(void)
{
	char *output;

	CHECK(store_node_metric(&node, "backroom_reconcile_sessions_total") > 0);
	CHECK_INT(store_node_tool(&node, &output, "verify", (char *)NULL), 0);
	CHECK_HAS(output, "clean");
	free(output);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_nothing_differs_after_a_days_work);
	TEST(test_stock_is_stated_where_hq_is_wrong);
	TEST(test_orders_are_stated_where_hq_is_wrong);
	TEST(test_the_catalogue_is_sent_again_where_the_store_is_wrong);
	TEST(test_prices_are_sent_again_where_the_store_is_wrong);
	TEST(test_hq_may_ask_and_an_override_is_the_stores);
	TEST(test_both_may_die_meanwhile);
	TEST(test_the_store_ends_well);
	return test_end(argc, argv);
}
