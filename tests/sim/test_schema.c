/*
 * The contract's schemas, held against what a store says and takes: the commands and events of some
 * seeds of the simulation, judged by a validator that is not ours (Debian's python3-jsonschema).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/lib/process.h"
#include "tests/lib/test.h"
#include "tests/sim/sim.h"

#define SEEDS 12
#define STEPS 120
#define WAIT_MS 300000

static char said[TEST_PATH_BYTES], goods[TEST_PATH_BYTES], folder[TEST_PATH_BYTES];

/* Runs tests/lib/schema; the output is the caller's. */
static char *schema_run(const char *verb, const char *file, int code)
{
	const char *source = getenv("BACKROOM_SOURCE");
	struct test_process process = {0};
	char program[TEST_PATH_BYTES];
	const char *argv[] = {program, verb, folder, file, NULL};

	(void)snprintf(
		program, sizeof(program), "%s/tests/lib/schema", source != NULL ? source : ".");
	test_process_start(&process, "schema", argv, NULL);
	CHECK(test_process_wait(&process, WAIT_MS));
	CHECK_INT(process.code, code);
	if (process.code != code)
		test_process_log_show(&process);
	return test_file_read(process.log, NULL);
}

static void test_the_tool_writes_the_schemas(void)
{
	struct test_process tool = {0};
	const char *argv[] = {test_program("node/backroom"), "contract", "schemas", folder, NULL};

	(void)snprintf(folder, sizeof(folder), "%s/schemas", test_folder());
	test_process_start(&tool, "tool", argv, NULL);
	REQUIRE(test_process_wait(&tool, 60000));
	REQUIRE(tool.code == 0);
	/* Over what is there already, as a new version would. */
	test_process_start(&tool, "tool", argv, NULL);
	REQUIRE(test_process_wait(&tool, 60000) && tool.code == 0);
	argv[3] = "/proc/no-such-place";
	test_process_start(&tool, "tool", argv, NULL);
	REQUIRE(test_process_wait(&tool, 60000));
	CHECK_INT(tool.code, 1);
	CHECK(test_process_says(&tool, "/proc/no-such-place", 1000));
}

static void store_lives(uint64_t seed, FILE *file, FILE *epcis, unsigned *kinds)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	char path[TEST_PATH_BYTES];

	REQUIRE(sim != NULL);
	(void)snprintf(path, sizeof(path), "%s/%" PRIu64, test_folder(), seed);
	sim->said = file;
	sim->epcis = epcis;
	CHECK(sim_run(sim, path, test_folder(), seed, STEPS, false));
	for (unsigned i = 0; i < BR_EVENT_N; i++)
		kinds[i] += sim->kinds[i];
	free(sim);
}

static void test_what_a_store_says_is_valid(void)
{
	unsigned kinds[BR_EVENT_N] = {0}, kind_n = 0;
	FILE *file, *epcis;
	char *report;

	(void)snprintf(goods, sizeof(goods), "%s/epcis.jsonl", test_folder());
	epcis = fopen(goods, "we");
	(void)snprintf(said, sizeof(said), "%s/said.jsonl", test_folder());
	file = fopen(said, "we");
	REQUIRE(file != NULL && epcis != NULL);
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		store_lives(seed, file, epcis, kinds);
	REQUIRE(fclose(file) == 0 && fclose(epcis) == 0);
	report = schema_run("check", said, 0);
	printf("%s", report);
	for (unsigned i = 0; i < BR_EVENT_N; i++)
		kind_n += kinds[i] > 0;
	/* A store in which little happens would show little. */
	CHECK(kind_n > 50);
	free(report);
}

/* GS1's own schema judges what the same stores say in GS1's words. */
static void test_what_goods_did_is_epcis(void)
{
	const char *official = test_data("epcis/EPCIS-JSON-Schema.json");
	char *all = test_file_read(goods, NULL), *report;
	static const char *const steps[] = {"receiving", "storing", "stocking", "cycle_counting",
		"destroying", "retail_selling", "reserving", "picking", "staging_outbound",
		"shipping", "inspecting", "errorDeclaration"};

	for (size_t i = 0; i < BR_ARRAY_LEN(steps); i++)
		CHECK_HAS(all, steps[i]);
	free(all);
	all = test_file_read(said, NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(steps); i++)
		CHECK_HAS(all, steps[i]);
	free(all);
	if (official == NULL)
		return;
	(void)snprintf(folder, sizeof(folder), "%s", official);
	report = schema_run("epcis", goods, 0);
	printf("%s", report);
	free(report);
	/* The same in the data of the events that say it. */
	report = schema_run("epcis", said, 0);
	printf("%s", report);
	free(report);
	(void)test_file_write(NULL, "wrong.jsonl",
		"{\"@context\":[],\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\","
		"\"creationDate\":\"2026-03-01T00:00:00Z\",\"epcisBody\":{\"eventList\":[{}]}}\n");
	(void)snprintf(goods, sizeof(goods), "%s/wrong.jsonl", test_folder());
	report = schema_run("epcis", goods, 1);
	CHECK_HAS(report, "0 of 1");
	free(report);
}

/* An event under another's name, with a member that nobody knows, is found. */
static void test_what_is_wrong_is_found(void)
{
	const char *wrong = test_file_write(NULL, "wrong.jsonl",
		"{\"id\":\"1\",\"type\":\"price.set\",\"data\":{\"sku\":\"A\",\"amount\":\"2\","
		"\"currency\":\"EUR\"}}\n");
	char *report = schema_run("check", wrong, 1);

	CHECK_HAS(report, "command/price.set.json: data/amount");
	CHECK_HAS(report, "0 of 1 documents");
	free(report);
}

struct verdicts {
	unsigned both_refuse, both_take, wider, narrower;
};

/* One line of what `mutate` prints: the schema's verdict and the command. */
static void verdict_compare(struct br_str line, struct verdicts *verdicts)
{
	bool valid = br_str_is(br_str_split(&line, '\t'), "valid"), taken;
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_command command = {.id = {NULL, 0}};
	struct br_fault fault = {""};
	enum br_refusal refusal;
	struct br_arena arena;

	REQUIRE(br_json_parse(line, &json, &fault) == 0);
	br_arena_init(&arena, 4 << 20);
	taken = br_command_from_json(json, &arena, &command, &refusal, &fault) == 0;
	br_arena_finish(&arena);
	verdicts->both_take += valid && taken;
	verdicts->both_refuse += !valid && !taken;
	verdicts->wider += valid && !taken;
	verdicts->narrower += !valid && taken;
	if (!valid && taken)
		printf("the node takes what the schema refuses: %.*s\n", BR_STR_ARG(line));
	/* What only the node sees must be a rule, not a matter of form. */
	if (valid && !taken && strstr(fault.text, "allowed is") == NULL)
		printf("the schema lets pass: %s: %.*s\n", fault.text, BR_STR_ARG(line));
	CHECK(taken || !valid || strstr(fault.text, "allowed is") != NULL);
}

static void test_schema_and_node_judge_alike(void)
{
	char *mutants = schema_run("mutate", said, 0);
	struct verdicts verdicts = {0};
	struct br_str rest = br_str_from(mutants);

	while (rest.n > 0)
		verdict_compare(br_str_split(&rest, '\n'), &verdicts);
	printf("broken commands: %u refused by both, %u taken by both, %u against a rule only the "
	       "node sees\n",
		verdicts.both_refuse, verdicts.both_take, verdicts.wider);
	CHECK(verdicts.both_refuse > 1000);
	CHECK_INT(verdicts.narrower, 0);
	CHECK(verdicts.wider < verdicts.both_refuse / 10);
	free(mutants);
}

int main(int argc, char **argv)
{
	TEST(test_the_tool_writes_the_schemas);
	TEST(test_what_a_store_says_is_valid);
	TEST(test_what_is_wrong_is_found);
	TEST(test_schema_and_node_judge_alike);
	TEST(test_what_goods_did_is_epcis);
	return test_end(argc, argv);
}
