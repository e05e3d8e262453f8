/*
 * The main job on real input: a retailer's transactions through the broker into the daemon, which
 * is killed again and again on the way. BACKROOM_REPLAY_LINES sets how many rows (default
 * 20,000; all of them with BACKROOM_TEST_LONG).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/proof.h"
#include "tests/system/store_node.h"

#define KILLS 20
#define REPLAY_MS (15 * 60000)
#define CATCH_UP_MS 120000

static struct store_node node;
static char products[TEST_PATH_BYTES], tills[TEST_PATH_BYTES], socket_path[128], lines[16];
/* Requests a minute: slow enough that every kill meets a replay under way. */
static const char rate[] = "4000";

static void till_start(struct test_process *till, const char *csv, bool products_only)
{
	char *program = strdup(test_program("tests/peers/peer-till"));
	const char *replay[] = {program, "--replay", csv, "--lines", lines, "--socket", socket_path,
		"--tills", "8", "--in-flight", "16", "--rate", rate, "--ledger", tills, "--timeout",
		"500", NULL};
	const char *list[] = {
		program, "--replay", csv, "--lines", lines, "--products-out", products, NULL};

	test_process_start(till, "peer-till", products_only ? list : replay, NULL);
	free(program);
}

/* Kills the daemon at random moments while the tills go on, and starts it again each time. */
static unsigned kill_and_restart(struct test_process *till)
{
	unsigned kills = 0;

	while (kills < KILLS && !test_process_wait(till, (int64_t)(test_random() % 400) + 20)) {
		test_process_kill(&node.daemon);
		store_node_daemon_start(&node);
		kills++;
	}
	return kills;
}

static void test_nothing_acknowledged_is_lost_or_doubled(void)
{
	const char *csv = test_data("retail/online-retail-2010-12_2011-06.csv.gz");
	const char *wanted = getenv("BACKROOM_REPLAY_LINES");
	struct test_process till = {0};
	struct proof proof;
	char *output = NULL, *copy;
	char sql[128];
	uint64_t moving;
	unsigned kills;
	int64_t end_ms;

	if (csv == NULL) {
		/* Said by test_data(); the test of killing everything plays made-up sales. */
		CHECK(csv == NULL);
		return;
	}
	copy = strdup(csv);
	(void)snprintf(lines, sizeof(lines), "%s",
		wanted != NULL			       ? wanted
		: getenv("BACKROOM_TEST_LONG") != NULL ? "245903"
						       : "20000");
	store_node_start(&node, true, "");
	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	(void)snprintf(tills, sizeof(tills), "%s/tills.jsonl", test_folder());
	(void)snprintf(socket_path, sizeof(socket_path), "%s", node.broker.socket);
	till_start(&till, copy, true);
	REQUIRE(test_process_wait(&till, 60000) && till.code == 0);
	CHECK_INT(store_node_tool(&node, &output, "import", "products", products, NULL), 0);
	printf("%s", output);
	free(output);
	till_start(&till, copy, false);
	kills = kill_and_restart(&till);
	REQUIRE(test_process_wait(&till, REPLAY_MS));
	CHECK_INT(till.code, 0);
	test_process_log_show(&till);
	CHECK_INT(kills, KILLS);
	REQUIRE(store_node_quiet(&node, CATCH_UP_MS));
	CHECK_INT(store_node_tool(&node, &output, "verify", NULL), 0);
	CHECK_HAS(output, "clean");
	printf("%s", output);
	free(output);
	CHECK_INT(test_process_stop(&node.daemon), 0);
	proof = proof_read(tills, node.state);
	printf("%" PRIu64 " requests acknowledged with %" PRIu64 " lines, %" PRIu64
	       " lines in the journal\n",
		proof.acknowledged, proof.lines, proof.journal_lines);
	CHECK_INT(proof_retail_differ(copy, atoll(lines), node.state, &moving), 0);
	printf("%" PRIu64 " of the file's first %s rows move stock\n", moving, lines);
	CHECK_INT(proof.lines, moving);
	CHECK(moving > (uint64_t)atoll(lines) / 10 * 9);
	CHECK(proof.acknowledged > 0);
	CHECK_INT(proof.missing, 0);
	CHECK_INT(proof.doubled, 0);
	CHECK_INT(proof.sums_differ, 0);
	CHECK_INT(proof.journal_lines, proof.lines);
	/* HQ's own file holds the same. */
	end_ms = test_now_ms() + CATCH_UP_MS;
	(void)snprintf(sql, sizeof(sql),
		"select count(*) from event where lane='stock' and sequence<=%" PRIu64,
		proof.stock_head);
	while (store_node_hq_number(&node, sql) != (int64_t)proof.stock_events &&
		test_now_ms() < end_ms)
		test_sleep_ms(200);
	CHECK_INT(store_node_hq_number(&node, sql), proof.stock_events);
	CHECK_INT(store_node_hq_number(&node, "select count(distinct sequence) from event where "
					      "lane='stock'"),
		proof.stock_events);
	(void)test_process_stop(&node.hq);
	test_broker_stop(&node.hq_broker);
	test_broker_stop(&node.broker);
	free(copy);
}

int main(int argc, char **argv)
{
	TEST(test_nothing_acknowledged_is_lost_or_doubled);
	return test_end(argc, argv);
}
