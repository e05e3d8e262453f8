/*
 * A disk that fails: every n-th write or flush of the ledger, a small disk that runs full, and a
 * ledger that may not grow. The daemon says so and ends, or refuses; nothing is half done, and it
 * works again afterwards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
		node.environment[0] = NULL;
		/* The call was not reached, or nothing was lost by it. Else a consumer's cursor may
		 * have met it, which is written behind the answers, when there is time. */
		if (first && second && test_process_stop(&node.daemon) == 0)
			break;
		CHECK(test_process_wait(&node.daemon, 30000));
		deaths++;
		CHECK_INT(node.daemon.code, 1);
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

/* Holds a small disk of its own, in a namespace of its own, over the node's state. */
static struct test_process disk;

/* nsenter's words to come in there; who is not root made a namespace of users for it too. */
static const char *disk_entry(void)
{
	static char words[64];

	(void)snprintf(words, sizeof(words), "nsenter -t %d -m%s", (int)disk.pid,
		geteuid() == 0 ? "" : " -U --preserve-credentials");
	return words;
}

static void disk_mount(const struct store_node *node)
{
	char script[2 * TEST_PATH_BYTES];
	const char *argv[] = {"unshare", geteuid() == 0 ? "-m" : "-Urm", "sh", "-c", script, NULL};

	(void)snprintf(script, sizeof(script),
		"mount -t tmpfs -o size=100m,mode=700 tmpfs '%s' && echo mounted && exec sleep 900",
		node->state);
	REQUIRE(mkdir(node->state, 0700) == 0);
	test_process_start(&disk, "disk", argv, NULL);
	if (!test_process_says(&disk, "mounted", 10000)) {
		test_process_log_show(&disk);
		test_abandon();
	}
}

/* Somebody else fills the disk until so many MiB are free. */
static void disk_leave(const struct store_node *node, unsigned free_mb)
{
	char command[4 * TEST_PATH_BYTES];

	(void)snprintf(command, sizeof(command),
		"%s sh -c 'cd \"%s\" && rm -f filler && "
		"fallocate -l $(($(df --output=avail -k . | tail -n 1) - %u * 1024))K filler'",
		disk_entry(), node->state, free_mb);
	REQUIRE(system(command) == 0);
}

static void daemon_start_on_disk(struct store_node *node)
{
	char *program = strdup(test_program("node/backroomd"));
	char script[3 * TEST_PATH_BYTES];
	const char *argv[] = {"sh", "-c", script, NULL};

	(void)snprintf(script, sizeof(script), "exec %s '%s' --config '%s'", disk_entry(), program,
		node->config);
	test_process_start(&node->daemon, "backroomd", argv, NULL);
	REQUIRE(test_process_says(&node->daemon, "is running", 20000));
	free(program);
}

/* What was received and not sold, as far as it was acknowledged. */
static long expected;

/* The tool's command ends with this code and says this, as soon as the daemon has looked. */
static bool comes_to(
	struct store_node *node, int code, const char *part, const char *const words[4])
{
	int64_t end_ms = test_now_ms() + 20000;
	bool done = false;

	while (!done) {
		char *output;
		int got = store_node_tool(node, &output, words[0], words[1], words[2], words[3],
			words[3] != NULL ? "1" : NULL, (char *)NULL);

		done = got == code && strstr(output, part) != NULL;
		if (got == 0)
			expected += words[3] != NULL ? 1 : -1;
		if (!done && test_now_ms() >= end_ms) {
			printf("last: %s", output);
			free(output);
			return false;
		}
		free(output);
		test_sleep_ms(200);
	}
	return true;
}

static void test_a_disk_that_others_fill_is_told_and_survived(void)
{
	static const char *const receive[] = {"stock", "move", "A", "receive"};
	static const char *const sale[] = {"command", "sale.record",
		"{\"till\":\"t1\",\"lines\":[{\"sku\":\"A\",\"quantity\":1,\"price\":2}]}", NULL};
	struct store_node node;
	char command[3 * TEST_PATH_BYTES];

	store_node_prepare(&node, false, "");
	disk_mount(&node);
	daemon_start_on_disk(&node);
	REQUIRE(store_node_tool(&node, NULL, "command", "product.upsert", PRODUCT, NULL) == 0);
	expected = 0;
	CHECK(comes_to(&node, 0, "accepted", receive));
	CHECK_INT(on_hand(&node), expected);
	/* It runs full: sales and orders go on longest. */
	disk_leave(&node, 40);
	CHECK(comes_to(&node, 1, "only sales and orders are taken", receive));
	CHECK(comes_to(&node, 0, "accepted", sale));
	CHECK(store_node_says(&node, "/api/v1/status", "\"what\":\"space_low\"", 20000));
	disk_leave(&node, 8);
	CHECK(comes_to(&node, 1, "the node's disk is full: free some space", sale));
	CHECK(comes_to(&node, 1, "the node's disk is full", receive));
	CHECK(store_node_says(&node, "/api/v1/status", "\"what\":\"space_none\"", 20000));
	/* Not one byte is left: still it answers, reads, and is sound. */
	disk_leave(&node, 0);
	CHECK(comes_to(&node, 1, "the node's disk is full", sale));
	CHECK_INT(on_hand(&node), expected);
	CHECK(store_node_says(&node, "/metrics", "backroom_store_used_bytes", 20000));
	CHECK(test_process_runs(&node.daemon));
	/* With space again all is taken again, and only once what was refused before. */
	disk_leave(&node, 90);
	CHECK(comes_to(&node, 0, "accepted", receive));
	CHECK_INT(on_hand(&node), expected);
	(void)snprintf(command, sizeof(command), "%s '%s' --config '%s' verify", disk_entry(),
		test_program("node/backroom"), node.config);
	CHECK_INT(system(command), 0);
	CHECK_INT(test_process_stop(&node.daemon), 0);
	CHECK_INT(system(command), 0);
	test_process_kill(&disk);
	test_broker_stop(&node.broker);
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
	TEST(test_a_disk_that_others_fill_is_told_and_survived);
	TEST(test_a_full_ledger_refuses_clearly);
	return test_end(argc, argv);
}
