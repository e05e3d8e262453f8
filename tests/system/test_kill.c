/*
 * Everything dies at random under load: the daemon, the store's broker, HQ's broker, HQ. Afterwards
 * nothing that was acknowledged is lost or doubled, on either side.
 * BACKROOM_KILL_SECONDS sets for how long (default 30; ten minutes with BACKROOM_TEST_LONG).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/proof.h"
#include "tests/system/store_node.h"

#define CATCH_UP_MS 120000

static struct store_node node;
static struct test_process till;
static char products[TEST_PATH_BYTES], tills[TEST_PATH_BYTES];

static void till_start(void)
{
	char *program = strdup(test_program("tests/peers/peer-till"));
	char port[16];
	const char *argv[] = {program, "--port", port, "--products", products, "--tills", "4",
		"--rate", "3000", "--in-flight", "8", "--timeout", "500", "--ledger", tills,
		"--ledger-sync", NULL};

	(void)snprintf(port, sizeof(port), "%u", node.broker.port);
	test_process_start(&till, "peer-till", argv, NULL);
	free(program);
}

/* HQ's made-up products, as the tills' list. */
static void products_print(void)
{
	char command[2 * TEST_PATH_BYTES];

	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	(void)snprintf(command, sizeof(command), "'%s' --print-products 200 --currency GBP > '%s'",
		test_program("tests/peers/peer-hq"), products);
	REQUIRE(system(command) == 0);
}

static void one_dies(void)
{
	switch (test_random() % 5) {
	case 0:
		test_broker_kill(&node.broker);
		test_broker_restart(&node.broker);
		return;
	case 1:
		test_broker_kill(&node.hq_broker);
		test_broker_restart(&node.hq_broker);
		return;
	case 2:
		test_process_kill(&node.hq);
		store_node_hq_start(&node);
		return;
	default:
		test_process_kill(&node.daemon);
		store_node_daemon_start(&node);
		return;
	}
}

static void hq_equals(const char *lane, uint64_t head)
{
	char sql[256], journal[256];
	int64_t end_ms = test_now_ms() + CATCH_UP_MS;

	(void)snprintf(sql, sizeof(sql),
		"select coalesce(max(sequence),0) from event where lane='%s'", lane);
	while (store_node_hq_number(&node, sql) != (int64_t)head && test_now_ms() < end_ms)
		test_sleep_ms(200);
	CHECK_INT(store_node_hq_number(&node, sql), head);
	(void)snprintf(journal, sizeof(journal),
		"select count(*)-count(distinct sequence) from event where lane='%s'", lane);
	CHECK_INT(store_node_hq_number(&node, journal), 0);
}

/* Downwards: every command has its answer, and every order that was taken began once. */
static void commands_once(void)
{
	static const char offered[] = "from event where type='org.backroom.order.offered.v1'";
	int64_t taken = store_node_hq_number(&node,
		"select count(*) from command where type='order.offer' and outcome='accepted'");
	char sql[200];

	CHECK(taken > 0);
	CHECK_INT(store_node_hq_number(&node, "select count(*) from command where outcome is null"),
		0);
	(void)snprintf(sql, sizeof(sql), "select count(*) %s", offered);
	CHECK_INT(store_node_hq_number(&node, sql), taken);
	(void)snprintf(sql, sizeof(sql), "select count(distinct subject) %s", offered);
	CHECK_INT(store_node_hq_number(&node, sql), taken);
}

/* Beyond events and numbers: HQ works out the same stock, orders, prices and catalogue of them. */
static void nothing_differs(void)
{
	static const char equal[] =
		"select count(*) from event where type='org.backroom.reconcile.ended.v1' and "
		"json_extract(body,'$.data.outcome')='equal'";
	int64_t end_ms = test_now_ms() + CATCH_UP_MS, before = store_node_hq_number(&node, equal);

	CHECK_INT(store_node_tool(&node, NULL, "link", "reconcile", NULL), 0);
	while (store_node_hq_number(&node, equal) < before + 4 && test_now_ms() < end_ms)
		test_sleep_ms(200);
	CHECK_INT(store_node_hq_number(&node, equal), before + 4);
	CHECK_INT(store_node_metric(&node, "backroom_reconcile_differences_total"), 0);
	CHECK(store_node_quiet(&node, CATCH_UP_MS));
}

static void test_random_deaths_lose_and_double_nothing(void)
{
	const char *wanted = getenv("BACKROOM_KILL_SECONDS");
	int64_t seconds = wanted != NULL			 ? atoll(wanted)
			  : getenv("BACKROOM_TEST_LONG") != NULL ? 600
								 : 30;
	int64_t end_ms;
	unsigned deaths = 0;
	struct proof proof;
	char *output;

	store_node_prepare(&node, true, "");
	node.hq_more[0] = "--generate";
	node.hq_more[1] = "200";
	node.hq_more[2] = "--orders-per-minute";
	node.hq_more[3] = "120";
	products_print();
	(void)snprintf(tills, sizeof(tills), "%s/tills.jsonl", test_folder());
	store_node_hq_start(&node);
	store_node_daemon_start(&node);
	REQUIRE(store_node_says(&node, "/api/v1/status", "\"products\":200", 60000));
	till_start();
	end_ms = test_now_ms() + seconds * 1000;
	while (test_now_ms() < end_ms) {
		test_sleep_ms((int64_t)(test_random() % 1200) + 100);
		one_dies();
		deaths++;
	}
	printf("%u deaths\n", deaths);
	/* The tills and the shoppers end; HQ goes on without new orders. */
	(void)test_process_stop(&till);
	test_process_kill(&node.hq);
	node.hq_more[2] = NULL;
	store_node_hq_start(&node);
	REQUIRE(store_node_quiet(&node, CATCH_UP_MS));
	nothing_differs();
	CHECK_INT(store_node_tool(&node, &output, "verify", NULL), 0);
	CHECK_HAS(output, "clean");
	free(output);
	(void)test_process_stop(&node.hq);
	CHECK_INT(test_process_stop(&node.daemon), 0);
	proof = proof_read(tills, node.state);
	printf("%" PRIu64 " requests acknowledged, %" PRIu64 " lines, %" PRIu64
	       " lines in the journal, %" PRIu64 " stock events\n",
		proof.acknowledged, proof.lines, proof.journal_lines, proof.stock_events);
	CHECK(proof.acknowledged > 100);
	CHECK_INT(proof.missing, 0);
	CHECK_INT(proof.doubled, 0);
	/* What had no answer may be in the journal all the same, but never twice. */
	CHECK(proof.journal_lines >= proof.lines);
	hq_equals("stock", proof.stock_head);
	hq_equals("orders", proof.orders_head);
	CHECK_INT(store_node_hq_number(&node, "select count(*) from event where lane='stock'"),
		proof.stock_events);
	CHECK_INT(store_node_hq_number(&node, "select count(*) from event where lane='orders'"),
		proof.orders_events);
	commands_once();
	test_broker_stop(&node.hq_broker);
	test_broker_stop(&node.broker);
}

int main(int argc, char **argv)
{
	TEST(test_random_deaths_lose_and_double_nothing);
	return test_end(argc, argv);
}
