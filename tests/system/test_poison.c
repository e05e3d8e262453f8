/*
 * A command of HQ's that ends the real daemon whenever it is applied: it is refused in the end, HQ
 * hears why, those behind it are applied, and the store works.
 *
 * No command is known that does so, and the product has no door for one. So a library that is
 * loaded before the daemon aborts it when it is about to write a certain product's name into the
 * ledger, which is in the midst of the commit that applies it; as an assertion would. The test
 * plays the service manager and starts it again.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/ordeal.h"
#include "tests/system/store_node.h"

#define DEADLY "Deadly nightshade"

static struct store_node node;

static void hq_commands(const char *id, const char *name)
{
	char line[300];

	(void)snprintf(line, sizeof(line),
		"{\"cmd\":\"command\",\"lane\":\"catalog\",\"id\":\"%s\",\"type\":"
		"\"product.upsert\",\"data\":{\"sku\":\"%s\",\"name\":\"%s\"}}\n",
		id, id, name);
	CHECK_HAS(store_node_hq_say(line), "\"ok\":true");
}

static int64_t answered(const char *id, const char *outcome)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
		"select count(*) from command where id='%s' and outcome='%s'", id, outcome);
	return store_node_hq_number(&node, sql);
}

static void environment_set(void)
{
	static char library[TEST_PATH_BYTES + 16], path[TEST_PATH_BYTES + 64];
	const char *deadly[] = {library, path, "BACKROOM_FAULT_DEADLY=" DEADLY,
		"ASAN_OPTIONS=verify_asan_link_order=0", NULL};

	(void)snprintf(library, sizeof(library), "LD_PRELOAD=%s",
		test_program("tests/lib/preload/fault.so"));
	(void)snprintf(path, sizeof(path), "BACKROOM_FAULT_PATH=%s/ledger/data.mdb", node.state);
	memcpy(node.environment, deadly, sizeof(deadly));
}

/* Starts it again whenever it dies, until HQ has the answer; how often it died. */
static unsigned deaths_until_answered(const char *id)
{
	unsigned deaths = 0;

	for (unsigned looks = 0; looks < 600 && answered(id, "refused") != 1; looks++) {
		if (!test_process_wait(&node.daemon, 200))
			continue;
		CHECK_INT(node.daemon.code, 128 + SIGABRT);
		deaths++;
		REQUIRE(deaths < 10);
		store_node_daemon_start(&node);
	}
	return deaths;
}

static void test_a_command_that_ends_the_daemon_is_refused_and_blocks_nothing(void)
{
	store_node_prepare(&node, true, NULL);
	environment_set();
	store_node_daemon_start(&node);
	store_node_hq_start(&node);
	store_node_must_say(&node, "/api/v1/link", "\"state\":\"up\"");
	hq_commands("before", "Apples");
	hq_commands("bad", DEADLY);
	hq_commands("behind", "Pears");
	/* Once unsuspected, then marked. */
	CHECK_INT(deaths_until_answered("bad"), 1 + BR_ORDEAL_DEATHS);
	store_node_hq_must(&node,
		"select count(*) from command where id='bad' and outcome='refused' and "
		"code='poison' and message like 'the store''s program ended 3 times%'",
		1);
	store_node_hq_must(&node,
		"select count(*) from command where id in ('before', 'behind') and "
		"outcome='accepted'",
		2);
	store_node_must_say(&node, "/api/v1/link", "bad, 2 of the lane catalog, is refused");
	CHECK_INT(store_node_metric(&node, "backroom_link_poison_commands_total"), 1);
	store_node_must(&node, 0, "Pears", "product", "show", "behind", NULL, NULL, NULL);
	store_node_must(&node, 1, "", "product", "show", "bad", NULL, NULL, NULL);
}

/* The next of its kind is found sooner, since the daemon is careful by now. */
static void test_the_next_one_is_refused_as_well(void)
{
	hq_commands("worse", DEADLY " berries");
	CHECK_INT(deaths_until_answered("worse"), BR_ORDEAL_DEATHS);
	store_node_must(&node, 0, "", "stock", "move", "behind", "receive", "5", NULL);
}

/* Killed from outside, as by a power cut, in the midst of other commands: all of them count. */
static void test_a_killed_daemon_refuses_nobody(void)
{
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 20; i++) {
			char id[32];

			(void)snprintf(id, sizeof(id), "more-%u-%u", round, i);
			hq_commands(id, "Plums");
		}
		test_process_kill(&node.daemon);
		store_node_daemon_start(&node);
	}
	store_node_hq_must(&node,
		"select count(*) from command where id like 'more-%' and outcome='accepted'", 60);
	store_node_hq_must(&node, "select count(*) from command where code='poison'", 2);
	CHECK_INT(test_process_stop(&node.daemon), 0);
	store_node_must(&node, 0, "clean", "verify", NULL, NULL, NULL, NULL, NULL);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_a_command_that_ends_the_daemon_is_refused_and_blocks_nothing);
	TEST(test_the_next_one_is_refused_as_well);
	TEST(test_a_killed_daemon_refuses_nobody);
	return test_end(argc, argv);
}
