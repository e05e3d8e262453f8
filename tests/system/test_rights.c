/*
 * Rights between the daemon and HQ's program over two brokers: granted, spent by an order, asked
 * back by somebody and by a breach, and given back by HQ's word alone, also over a kill of both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/store_node.h"

static struct store_node node;

/* What HQ may promise of product A, in 1/1000. */
static void hq_may(int64_t wanted)
{
	store_node_hq_must(&node, "select value from meta where name='rights/0412/A'", wanted);
}

static void store_says(const char *part)
{
	store_node_must_say(&node, "/api/v1/rights", part);
}

static void no_recall_is_open(void)
{
	store_node_must_say(&node, "/api/v1/rights?recalled=1", "{\"rows\":[],");
}

static void test_hq_spends_what_it_was_granted(void)
{
	store_node_start(&node, true, NULL);
	store_node_must(&node, 0, "", "product", "upsert", "--sku", "A", "--name", "Apples");
	store_node_must(&node, 0, "", "stock", "move", "A", "receive", "10", NULL);
	store_node_must(&node, 0, "", "rights", "grant", "A", "4", NULL, NULL);
	hq_may(4000);
	CHECK_HAS(store_node_hq_say("{\"cmd\":\"order\",\"order\":\"W1\",\"lines\":[{\"sku\":\"A\","
				    "\"quantity\":1}]}\n"),
		"\"ok\":true");
	hq_may(3000);
	store_node_must_say(&node, "/api/v1/orders/W1", "\"state\":\"offered\"");
	store_node_must(&node, 0, "", "order", "accept", "W1", NULL, NULL, NULL);
	store_says("\"rights\":3,");
	/* What HQ does not hold it orders without rights. */
	CHECK_HAS(store_node_hq_say("{\"cmd\":\"order\",\"order\":\"W2\",\"lines\":[{\"sku\":\"A\","
				    "\"quantity\":5}]}\n"),
		"\"ok\":true");
	hq_may(3000);
}

static void test_rights_come_back_by_hqs_word(void)
{
	store_node_must(&node, 1, "only the central system may give rights back", "rights",
		"revoke", "A", "1", NULL, NULL);
	store_node_must(&node, 0, "", "rights", "recall", "A", "2", "party", NULL);
	hq_may(1000);
	store_says("\"rights\":1,");
	no_recall_is_open();
	store_node_hq_must(&node,
		"select count(*) from command where type='rights.revoke' and outcome='accepted'",
		1);
}

static void test_what_hq_has_spent_it_keeps(void)
{
	CHECK_HAS(store_node_hq_say("{\"cmd\":\"order\",\"order\":\"W3\",\"lines\":[{\"sku\":\"A\","
				    "\"quantity\":1}]}\n"),
		"\"ok\":true");
	hq_may(0);
	store_node_must(&node, 0, "", "rights", "recall", "A", "1", NULL, NULL);
	store_node_hq_must(&node,
		"select count(*) from command where type='rights.keep' and outcome='accepted'", 1);
	store_says("\"rights\":1,");
	no_recall_is_open();
	store_node_must(&node, 0, "", "order", "accept", "W3", NULL, NULL, NULL);
	store_says("\"rights\":0,");
}

/* HQ is away while the goods go, and both are killed: the recall is still open, then answered. */
static void test_a_breach_recalls_what_it_hits_and_seeks_the_goods_elsewhere(void)
{
	store_node_must(&node, 0, "", "rights", "grant", "A", "2", NULL, NULL);
	hq_may(2000);
	test_process_kill(&node.hq);
	store_node_must(&node, 0, "", "stock", "move", "A", "waste", "9", "frost");
	store_says("\"recalled\":2,");
	test_process_kill(&node.daemon);
	store_node_daemon_start(&node);
	store_says("\"recalled\":2,");
	store_node_hq_start(&node);
	hq_may(0);
	store_says("\"rights\":0,");
	no_recall_is_open();
	store_node_hq_must(&node,
		"select count(*) from event where type='org.backroom.order.resource_wanted.v1' and "
		"json_extract(body,'$.data.quantity')=1",
		1);
	store_node_must(&node, 0, "clean", "verify", NULL, NULL, NULL, NULL, NULL);
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
