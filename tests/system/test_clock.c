/* The real daemon on a machine whose clock cannot be right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/machine.h"
#include "node/timekeeper.h"
#include "tests/system/store_node.h"

#define DAY_MS INT64_C(86400000)

/* The store has seen a time that this machine's clock has not come to: its battery was dead. */
static void seen_keep(const struct store_node *node, int64_t time_ms)
{
	struct br_time_record record = {.time_ms = time_ms, .boot_ms = 1, .boot = "0"};
	struct br_fault fault = {""};
	char path[TEST_PATH_BYTES + 16];

	(void)mkdir(node->state, 0700);
	(void)snprintf(path, sizeof(path), "%s/" BR_TIME_RECORD_NAME, node->state);
	REQUIRE(br_time_record_keep(path, &record, &fault) == 0);
}

/* A store that has seen that time, on a machine whose clock a time server keeps, or nobody. */
static void store_begin(struct store_node *node, int64_t seen_ms, bool server)
{
	static char library[TEST_PATH_BYTES + 16];
	const char *environment[] = {library,
		server ? "BACKROOM_TIME_SERVER=yes" : "BACKROOM_TIME_SERVER=no",
		"ASAN_OPTIONS=verify_asan_link_order=0", NULL};

	(void)snprintf(library, sizeof(library), "LD_PRELOAD=%s",
		test_program("tests/lib/preload/time_server.so"));
	store_node_prepare(node, false, "");
	memcpy(node->environment, environment, sizeof(environment));
	seen_keep(node, seen_ms);
	store_node_daemon_start(node);
}

static void test_a_store_goes_on_from_the_last_time_it_knew(void)
{
	int64_t seen_ms = br_clock_system.wall_ms(br_clock_system.context) + 3 * DAY_MS;
	char day[BR_TIME_TEXT_BYTES], *output;
	struct store_node node;

	store_begin(&node, seen_ms, false);
	CHECK(store_node_says(&node, "/api/v1/status", "\"what\":\"clock_kept\"", 15000));
	CHECK(store_node_says(&node, "/api/v1/status",
		"\"clock\":{\"state\":\"behind\",\"source\":\"kept\"", 5000));
	CHECK(test_process_says(&node.daemon, "says a time that has passed for certain", 5000));
	CHECK_INT(store_node_metric(&node, "backroom_clock_doubted"), 1);
	CHECK(store_node_metric(&node, "backroom_clock_apart_seconds") >= 3 * 86400 - 60);
	/* What is done now is recorded at that time. */
	CHECK_INT(
		store_node_tool(&node, &output, "product", "upsert", "A", "--name", "Apple", NULL),
		0);
	free(output);
	br_time_format(seen_ms, day);
	day[sizeof("2026-03-01") - 1] = '\0';
	CHECK_INT(store_node_tool(&node, &output, "product", "show", "A", "--json", NULL), 0);
	CHECK_HAS(output, "Apple");
	free(output);
	CHECK(store_node_says(&node, "/api/v1/status", day, 5000));
	store_node_stop(&node);
}

/* One line of the tool, which must be accepted. */
static void vouch(struct store_node *node, const char *clock)
{
	store_node_must(node, 0, "", "clock", "vouch", clock, "--associate", "eva", NULL);
}

/* What somebody vouches for goes forward and back; what was priced in a wrong time is put right. */
static void test_a_person_vouches_for_the_clock(void)
{
	int64_t seen_ms = br_clock_system.wall_ms(br_clock_system.context) + 3 * DAY_MS;
	char text[BR_TIME_TEXT_BYTES];
	struct store_node node;

	store_begin(&node, seen_ms, false);
	store_node_must_say(&node, "/api/v1/clock", "\"source\":\"kept\"");
	store_node_must(
		&node, 1, "associate: is missing", "clock", "vouch", "store", NULL, NULL, NULL);
	vouch(&node, "store");
	store_node_must_say(&node, "/api/v1/status", "\"what\":\"clock_person\"");
	store_node_must(&node, 0, "person", "clock", "show", NULL, NULL, NULL, NULL);
	store_node_must(&node, 0, "", "product", "upsert", "A", "--name", "Apple", NULL);
	store_node_must(&node, 0, "", "price", "set", "A", "2", "GBP", NULL);
	/* The machine's clock was right after all: three days back. */
	vouch(&node, "machine");
	store_node_must_say(&node, "/api/v1/clock", "\"source\":\"machine\"");
	store_node_must_say(&node, "/api/v1/journal", "org.backroom.clock.corrected.v1");
	store_node_must_say(&node, "/api/v1/products/A/price", "\"amount\":2");
	br_time_format(seen_ms, text);
	text[sizeof("2026-03-01") - 1] = '\0';
	store_node_must(
		&node, 1, "not doubted", "clock", "vouch", "store", "--associate", "eva", NULL);
	/* And another time: nothing is set back in silence, nothing is set on the machine. */
	store_node_must(&node, 0, "", "clock", "vouch", "--time", text, "--associate", "eva");
	store_node_must_say(&node, "/api/v1/clock", "\"state\":\"behind\",\"source\":\"person\"");
	store_node_stop(&node);
}

static void test_a_clock_that_can_be_right_is_followed(void)
{
	struct store_node node;

	store_begin(&node, br_clock_system.wall_ms(br_clock_system.context) - 3 * DAY_MS, false);
	CHECK(store_node_says(&node, "/api/v1/status", "\"clock\":{\"state\":\"good\"", 15000));
	CHECK_INT(store_node_metric(&node, "backroom_clock_doubted"), 0);
	CHECK(store_node_metric(&node, "backroom_clock_apart_seconds") < 5);
	store_node_stop(&node);
}

/* Whatever the store has seen: the time server is right. */
static void test_a_time_server_is_believed(void)
{
	struct store_node node;

	store_begin(&node, br_clock_system.wall_ms(br_clock_system.context) + 3 * DAY_MS, true);
	store_node_must_say(
		&node, "/api/v1/status", "\"clock\":{\"state\":\"good\",\"source\":\"server\"");
	CHECK_INT(store_node_metric(&node, "backroom_clock_doubted"), 0);
	CHECK(store_node_metric(&node, "backroom_clock_apart_seconds") < 5);
	store_node_must(&node, 1, "a time server keeps this machine's clock", "clock", "vouch",
		"store", "--associate", "eva", NULL);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_a_store_goes_on_from_the_last_time_it_knew);
	TEST(test_a_person_vouches_for_the_clock);
	TEST(test_a_clock_that_can_be_right_is_followed);
	TEST(test_a_time_server_is_believed);
	return test_end(argc, argv);
}
