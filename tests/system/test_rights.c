/*
 * Rights between the daemon and HQ's program over two brokers: granted, spent by an order, asked
 * back by somebody and by a breach, and given back by HQ's word alone, also over a kill of both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/store_node.h"

#define WAIT_MS 60000

static struct store_node node;

static void comes(const char *sql, int64_t wanted)
{
	int64_t end_ms = test_now_ms() + WAIT_MS;

	while (store_node_hq_number(&node, sql) != wanted && test_now_ms() < end_ms)
		test_sleep_ms(100);
	if (!CHECK_INT(store_node_hq_number(&node, sql), wanted))
		printf("%s\n", sql);
}

/* What HQ may promise of product A, in 1/1000. */
static void hq_may(int64_t wanted)
{
	comes("select value from meta where name='rights/0412/A'", wanted);
}

static void tool(int code, const char *part, const char *noun, const char *verb, const char *a,
	const char *b, const char *c, const char *d)
{
	char *output = NULL;

	if (!CHECK_INT(
		    store_node_tool(&node, &output, noun, verb, a, b, c, d, (char *)NULL), code) ||
		!CHECK_HAS(output, part))
		printf("%s %s: %s\n", noun, verb, output);
	free(output);
}

static void store_says(const char *part)
{
	if (!CHECK(store_node_says(&node, "/api/v1/rights", part, WAIT_MS)))
		printf("%s does not come\n", part);
}

static void no_recall_is_open(void)
{
	CHECK(store_node_says(&node, "/api/v1/rights?recalled=1", "{\"rows\":[],", WAIT_MS));
}

static void test_hq_spends_what_it_was_granted(void)
{
	store_node_start(&node, true, NULL);
	tool(0, "", "product", "upsert", "--sku", "A", "--name", "Apples");
	tool(0, "", "stock", "move", "A", "receive", "10", NULL);
	tool(0, "", "rights", "grant", "A", "4", NULL, NULL);
	hq_may(4000);
	CHECK_HAS(store_node_hq_say("{\"cmd\":\"order\",\"order\":\"W1\",\"lines\":[{\"sku\":\"A\","
				    "\"quantity\":1}]}\n"),
		"\"ok\":true");
	hq_may(3000);
	CHECK(store_node_says(&node, "/api/v1/orders/W1", "\"state\":\"offered\"", WAIT_MS));
	tool(0, "", "order", "accept", "W1", NULL, NULL, NULL);
	store_says("\"rights\":3,");
	/* What HQ does not hold it orders without rights. */
	CHECK_HAS(store_node_hq_say("{\"cmd\":\"order\",\"order\":\"W2\",\"lines\":[{\"sku\":\"A\","
				    "\"quantity\":5}]}\n"),
		"\"ok\":true");
	hq_may(3000);
}

static void test_rights_come_back_by_hqs_word(void)
{
	tool(1, "only the central system may give rights back", "rights", "revoke", "A", "1", NULL,
		NULL);
	tool(0, "", "rights", "recall", "A", "2", "party", NULL);
	hq_may(1000);
	store_says("\"rights\":1,");
	no_recall_is_open();
	comes("select count(*) from command where type='rights.revoke' and outcome='accepted'", 1);
}

static void test_what_hq_has_spent_it_keeps(void)
{
	CHECK_HAS(store_node_hq_say("{\"cmd\":\"order\",\"order\":\"W3\",\"lines\":[{\"sku\":\"A\","
				    "\"quantity\":1}]}\n"),
		"\"ok\":true");
	hq_may(0);
	tool(0, "", "rights", "recall", "A", "1", NULL, NULL);
	comes("select count(*) from command where type='rights.keep' and outcome='accepted'", 1);
	store_says("\"rights\":1,");
	no_recall_is_open();
	tool(0, "", "order", "accept", "W3", NULL, NULL, NULL);
	store_says("\"rights\":0,");
}

/* HQ is away while the goods go, and both are killed: the recall is still open, then answered. */
static void test_a_breach_recalls_what_it_hits_and_seeks_the_goods_elsewhere(void)
{
	tool(0, "", "rights", "grant", "A", "2", NULL, NULL);
	hq_may(2000);
	test_process_kill(&node.hq);
	tool(0, "", "stock", "move", "A", "waste", "9", "frost");
	store_says("\"recalled\":2,");
	test_process_kill(&node.daemon);
	store_node_daemon_start(&node);
	store_says("\"recalled\":2,");
	store_node_hq_start(&node);
	hq_may(0);
	store_says("\"rights\":0,");
	no_recall_is_open();
	comes("select count(*) from event where type='org.backroom.order.resource_wanted.v1' and "
	      "json_extract(body,'$.data.quantity')=1",
		1);
	tool(0, "clean", "verify", NULL, NULL, NULL, NULL, NULL);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_hq_spends_what_it_was_granted);
	TEST(test_rights_come_back_by_hqs_word);
	TEST(test_what_hq_has_spent_it_keeps);
	TEST(test_a_breach_recalls_what_it_hits_and_seeks_the_goods_elsewhere);
	return test_end(argc, argv);
}
