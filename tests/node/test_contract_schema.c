#include "node/contract_schema.h"

#include <string.h>

#include "node/command.h"
#include "node/json.h"
#include "tests/lib/test.h"

struct folder {
	unsigned file_n, event_n, command_n, fail_at;
	struct br_json *index;
};

static int file_take(void *context, const char *path, struct br_str text)
{
	struct br_json *root = NULL;
	struct folder *folder = context;

	if (++folder->file_n == folder->fail_at)
		return BR_E_IO;
	CHECK_INT(br_json_parse(text, &root, NULL), 0);
	folder->event_n += strncmp(path, "event/", 6) == 0;
	folder->command_n += strncmp(path, "command/", 8) == 0;
	if (strcmp(path, "index.json") == 0)
		folder->index = BR_TAKE(root);
	br_json_free(root);
	return 0;
}

static bool central(const char *type)
{
	return strcmp(type, "price.set") == 0;
}

static const char *lane(enum br_lane lane)
{
	return lane == BR_LANE_ORDERS ? "first" : "other";
}

static int schemas_write(struct folder *folder)
{
	const struct br_contract_files files = {file_take, folder, central, lane};

	return br_contract_schemas_write(&files, "1.2.3");
}

static const struct br_json *row(const struct folder *folder, const char *list, const char *name)
{
	return br_json_member(br_json_member(folder->index, list), name);
}

static void test_each_event_and_command_has_a_file(void)
{
	struct folder folder = {0};
	unsigned said = 0;

	for (unsigned i = 0; i < br_command_type_n; i++)
		said += !br_command_types[i].internal;
	REQUIRE(schemas_write(&folder) == 0);
	CHECK_INT(folder.event_n, BR_EVENT_N);
	CHECK_INT(folder.command_n, said);
	CHECK_INT(folder.file_n, BR_EVENT_N + said + 1);
	br_json_free(folder.index);
}

static void test_the_index_tells_the_lane_and_who_may_send(void)
{
	struct folder folder = {0};
	struct br_str word, version;
	bool may = false;

	REQUIRE(schemas_write(&folder) == 0);
	REQUIRE(br_json_string(br_json_member(folder.index, "version"), &version));
	CHECK_STR(version, "1.2.3");
	REQUIRE(br_json_string(
		br_json_member(row(&folder, "events", "order.accepted"), "lane"), &word));
	CHECK_STR(word, "first");
	REQUIRE(br_json_string(
		br_json_member(row(&folder, "events", "sale.recorded"), "lane"), &word));
	CHECK_STR(word, "other");
	CHECK(br_json_bool(br_json_member(row(&folder, "commands", "price.set"), "central"), &may));
	CHECK(may);
	CHECK(br_json_bool(
		br_json_member(row(&folder, "commands", "sale.record"), "central"), &may));
	CHECK(!may);
	br_json_free(folder.index);
}

static void test_a_file_that_fails_ends_the_writing(void)
{
	for (unsigned at = 1; at < 5; at++) {
		struct folder folder = {.fail_at = at};

		CHECK_INT(schemas_write(&folder), BR_E_IO);
		CHECK_INT(folder.file_n, at);
		br_json_free(folder.index);
	}
}

int main(int argc, char **argv)
{
	TEST(test_each_event_and_command_has_a_file);
	TEST(test_the_index_tells_the_lane_and_who_may_send);
	TEST(test_a_file_that_fails_ends_the_writing);
	return test_end(argc, argv);
}
