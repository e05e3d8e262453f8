/*
 * A disk that fails: every n-th write or flush of the ledger, and a disk that is full. The daemon
 * says so and ends, or refuses; nothing is half done, and it works again afterwards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/store_node.h"

#define PRODUCT "{\"sku\":\"A\",\"name\":\"Apples\",\"gtins\":[\"2000000000015\"]}"
#define CALLS_MAX 40

static const char *preload(const char *name)
{
	static char variable[TEST_PATH_BYTES];

	(void)snprintf(variable, sizeof(variable), "LD_PRELOAD=%s", test_program(name));
	return variable;
}

/* The stock of product A on hand, from the API; -1 when there is none. */
static long on_hand(struct store_node *node)
{
	char *output, *at;
	long number = -1;

	if (store_node_tool(node, &output, "product", "show", "A", "--json", NULL) == 0 &&
		(at = strstr(output, "\"on_hand\":")) != NULL)
		number = strtol(at + 10, NULL, 10);
	free(output);
	return number;
}

/* Receives one and tells whether that was acknowledged. */
static bool receive_one(struct store_node *node)
{
	return store_node_tool(node, NULL, "stock", "move", "A", "receive", "1", NULL) == 0;
}

/*
 * Lets call n of the ledger fail, for each n until the daemon comes through untouched. Whenever it
 * ended it must have said why, and what was acknowledged must be there at the next start.
 */
static void every_call_fails(const char *kind, const char *number)
{
	char call[64], path[TEST_PATH_BYTES + 64], fault_number[64], fault_kind[64];
	struct store_node node;
	unsigned n, deaths = 0;
	long expected = 0;

	store_node_prepare(&node, false, "");
	store_node_daemon_start(&node);
	REQUIRE(store_node_tool(&node, NULL, "command", "product.upsert", PRODUCT, NULL) == 0);
	CHECK_INT(test_process_stop(&node.daemon), 0);
	(void)snprintf(path, sizeof(path), "BACKROOM_FAULT_PATH=%s/ledger/data.mdb", node.state);
	(void)snprintf(fault_number, sizeof(fault_number), "BACKROOM_FAULT_ERRNO=%s", number);
	(void)snprintf(fault_kind, sizeof(fault_kind), "BACKROOM_FAULT_KIND=%s", kind);
	for (n = 1; n < CALLS_MAX; n++) {
		const char *faulty[] = {preload("tests/lib/preload/fault.so"), path, call,
			fault_number, fault_kind, "ASAN_OPTIONS=verify_asan_link_order=0", NULL};
		bool first, second;

		(void)snprintf(call, sizeof(call), "BACKROOM_FAULT_CALL=%u", n);
		memcpy(node.environment, faulty, sizeof(faulty));
		store_node_daemon_start(&node);
		first = receive_one(&node);
		second = receive_one(&node);
		expected += first + second;
		if (first && second) {
			/* The call was not reached, or nothing was lost by it. */
			node.environment[0] = NULL;
			CHECK_INT(test_process_stop(&node.daemon), 0);
			break;
		}
		CHECK(test_process_wait(&node.daemon, 10000));
		deaths++;
		CHECK_INT(node.daemon.code, 1);
		node.environment[0] = NULL;
		store_node_daemon_start(&node);
		/* An unacknowledged one may be there too, as the flush can fail behind the write.
		 */
		CHECK(on_hand(&node) >= expected);
		CHECK(on_hand(&node) <= expected + 1);
		expected = on_hand(&node);
		CHECK_INT(store_node_tool(&node, NULL, "verify", NULL), 0);
		CHECK_INT(test_process_stop(&node.daemon), 0);
	}
	printf("%s, %s: %u calls failed one by one\n", kind, number, deaths);
	CHECK(deaths > 0);
	CHECK(n < CALLS_MAX);
	test_broker_stop(&node.broker);
}

static void test_every_write_can_fail(void)
{
	every_call_fails("write", "EIO");
}

static void test_every_flush_can_fail(void)
{
	every_call_fails("sync", "EIO");
}

static void test_every_write_can_find_the_disk_full(void)
{
	every_call_fails("write", "ENOSPC");
}

/* A ledger that may not grow is told by clear answers, and sales go on longest. */
static void test_a_full_ledger_refuses_clearly(void)
{
	struct store_node node;
	char *output = NULL;
	char data[512];
	bool refused = false;

	/* 16 MiB, of which four fifths are soon filled by products with long names. */
	store_node_start(&node, false, "[store]\nledger_max_mb = 16");
	for (unsigned round = 0; round < 400 && !refused; round++) {
		char path[TEST_PATH_BYTES];
		FILE *file;

		(void)snprintf(path, sizeof(path), "%s/many.csv", test_folder());
		file = fopen(path, "we");
		REQUIRE(file != NULL);
		(void)fputs("sku,name\n", file);
		for (unsigned i = 0; i < 1000; i++)
			(void)fprintf(file, "S%u-%u,%0150u\n", round, i, i);
		(void)fclose(file);
		refused = store_node_tool(&node, &output, "import", "products", path, NULL) != 0;
		if (!refused)
			free(output);
	}
	REQUIRE(refused);
	CHECK_HAS(output, "only sales and orders are taken");
	free(output);
	(void)snprintf(data, sizeof(data),
		"{\"till\":\"t1\",\"lines\":[{\"sku\":\"S0-1\",\"quantity\":1,\"price\":2}]}");
	CHECK_INT(store_node_tool(&node, NULL, "command", "sale.record", data, NULL), 0);
	CHECK_INT(store_node_tool(&node, NULL, "verify", NULL), 0);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_every_write_can_fail);
	TEST(test_every_flush_can_fail);
	TEST(test_every_write_can_find_the_disk_full);
	TEST(test_a_full_ledger_refuses_clearly);
	return test_end(argc, argv);
}
