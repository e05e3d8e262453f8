/*
 * The guide for whoever connects a central system: its examples are a conversation, which is held
 * here with HQ's program. What the guide has the store say is said, and HQ must answer what the
 * guide has HQ answer; only HQ's epoch and the times are others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crc32c.h"
#include "node/json.h"
#include "node/visit.h"
#include "tests/system/store_node.h"

#define BLOCKS_MAX 64
#define HEARD_MAX 512
#define WAIT_MS 20000

struct block {
	bool up;
	char lane[16], *text; /* owned */
};

static struct block blocks[BLOCKS_MAX];
static unsigned block_n;
static struct test_broker broker;
static struct test_process hq;
static char hq_epoch[17], guide_epoch[17]; /* HQ's own, and the one in the guide */

static const char *source_path(const char *name)
{
	static char path[TEST_PATH_BYTES];
	const char *source = getenv("BACKROOM_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/%s", source != NULL ? source : ".", name);
	return path;
}

/* ```json up ctl, a line, ``` */
static void test_the_guide_has_its_examples(void)
{
	char *guide = test_file_read(source_path("cloud-sync/GUIDE.md"), NULL);
	struct br_str rest = br_str_from(guide);

	while (rest.n > 0) {
		struct br_str line = br_str_split(&rest, '\n');
		struct block *block = &blocks[block_n];

		if (!br_str_starts(line, "```json "))
			continue;
		REQUIRE(block_n++ < BLOCKS_MAX);
		(void)br_str_split(&line, ' ');
		block->up = br_str_is(br_str_split(&line, ' '), "up");
		REQUIRE(br_str_copy(line, block->lane, sizeof(block->lane)));
		line = br_str_split(&rest, '\n');
		block->text = strndup(line.s, line.n);
		REQUIRE(block->text != NULL);
	}
	CHECK(block_n > 15);
	free(guide);
}

/* The checksums that are shown are right. */
static void test_the_checksums_are_right(void)
{
	unsigned batches = 0;

	for (unsigned i = 0; i < block_n; i++) {
		const char *events = strstr(blocks[i].text, "\"events\":");
		const char *told = strstr(blocks[i].text, "\"crc32c\":\"");
		char crc[9];

		if (events == NULL || told == NULL)
			continue;
		events += 9;
		(void)snprintf(crc, sizeof(crc), "%08x", br_crc32c(events, strlen(events) - 1));
		CHECK(strncmp(told + 10, crc, 8) == 0);
		batches++;
	}
	CHECK_INT(batches, 4);
}

/* The guide's epoch of HQ is learnt from the first welcome. */
static bool epoch_same(struct br_str guide, struct br_str is)
{
	if (hq_epoch[0] == '\0')
		return br_str_copy(guide, guide_epoch, sizeof(guide_epoch)) &&
		       br_str_copy(is, hq_epoch, sizeof(hq_epoch));
	return br_str_is(guide, guide_epoch) && br_str_is(is, hq_epoch);
}

static bool same(const struct br_json *guide, const struct br_json *is);

/* What HQ says and the guide does not: its time and its stamp, which may be left out. */
static size_t left_out(const struct br_json *guide, const struct br_json *is)
{
	static const char *const optional[] = {"time", "hlc"};
	size_t n = 0;

	for (unsigned i = 0; i < BR_ARRAY_LEN(optional); i++)
		n += br_json_kind(br_json_member(guide, optional[i])) == BR_JSON_ABSENT &&
		     br_json_kind(br_json_member(is, optional[i])) != BR_JSON_ABSENT;
	return n;
}

static bool members_same(const struct br_json *guide, const struct br_json *is)
{
	if (br_json_count(guide) + left_out(guide, is) != br_json_count(is))
		return false;
	BR_JSON_EACH (member, guide) {
		struct br_str name = br_json_name(member), a, b;
		char text[64];

		if (!br_str_copy(name, text, sizeof(text)) ||
			br_json_kind(br_json_member(is, text)) != br_json_kind(member))
			return false;
		if (br_str_is(name, "hq_epoch")) {
			if (!br_json_string(member, &a) ||
				!br_json_string(br_json_member(is, text), &b) || !epoch_same(a, b))
				return false;
		} else if (!br_str_is(name, "time") && !same(member, br_json_member(is, text))) {
			return false;
		}
	}
	return true;
}

static bool same(const struct br_json *guide, const struct br_json *is)
{
	enum br_json_kind kind = br_json_kind(guide);
	const struct br_json *other = br_json_first(is);
	struct br_str a = {"", 0}, b = {"", 0};
	double x = 0, y = 0;
	bool p = false, q = false;

	if (kind != br_json_kind(is))
		return false;
	if (kind == BR_JSON_OBJECT)
		return members_same(guide, is);
	if (br_json_count(guide) != br_json_count(is))
		return false;
	BR_JSON_EACH (item, guide) {
		if (!same(item, other))
			return false;
		other = br_json_next(other);
	}
	(void)!br_json_string(guide, &a);
	(void)!br_json_string(is, &b);
	(void)!br_json_number(guide, &x);
	(void)!br_json_number(is, &y);
	(void)!br_json_bool(guide, &p);
	(void)!br_json_bool(is, &q);
	return br_str_equal(a, b) && x == y && p == q;
}

/* All that has come from HQ; the guide's answers are looked for among them. */
static struct heard {
	char topic[64];
	struct br_json *json; /* owned */
} heard[HEARD_MAX];
static unsigned heard_n;

static bool message_take(void *context BR_UNUSED, struct br_str topic, struct br_str payload)
{
	REQUIRE(heard_n < HEARD_MAX);
	REQUIRE(br_str_copy(topic, heard[heard_n].topic, sizeof(heard[0].topic)));
	CHECK_INT(br_json_parse(payload, &heard[heard_n].json, NULL), 0);
	heard_n++;
	return false;
}

static void hq_start(void)
{
	char *program = strdup(test_program("tests/peers/peer-hq")), port[16];
	static char file[TEST_PATH_BYTES], control[TEST_PATH_BYTES];
	const char *argv[] = {program, "--port", port, "--file", file, "--store", "0412",
		"--control", control, "--resend", "500", NULL};

	REQUIRE(program != NULL);
	(void)snprintf(file, sizeof(file), "%s/hq.sqlite", test_folder());
	(void)snprintf(control, sizeof(control), "%s/hq.sock", test_folder());
	(void)snprintf(port, sizeof(port), "%u", broker.port);
	test_process_start(&hq, "peer-hq", argv, NULL);
	REQUIRE(test_process_says(&hq, "connected to the broker", 10000));
	free(program);
}

/* HQ gets the commands of the block into its outbox, as its owner would put them there. */
static void commands_give(const char *text)
{
	unsigned n = 0;

	/* {"hq_seq":1,"id":…,"type":…,"data":{…}} as it stands there, from the id to the end. */
	while ((text = strstr(text, "{\"hq_seq\":")) != NULL) {
		const char *id = strstr(text, "\"id\""), *end = strstr(text, "}}");
		char line[1024];

		REQUIRE(id != NULL && end > id);
		(void)snprintf(line, sizeof(line),
			"{\"cmd\":\"command\",\"store\":\"0412\",\"lane\":\"catalog\",%.*s\n",
			(int)(end + 2 - id), id);
		CHECK_HAS(store_node_hq_say(line), "\"ok\":true");
		text = end;
		n++;
	}
	CHECK(n > 1);
}

/* The guide's HQ has another epoch than this one. */
static char *epoch_put(const char *text)
{
	char *copy = strdup(text), *at;

	REQUIRE(copy != NULL);
	for (at = copy; guide_epoch[0] != '\0' && (at = strstr(at, guide_epoch)) != NULL; at++)
		memcpy(at, hq_epoch, 16);
	return copy;
}

static void block_say(struct br_visit *visit, const struct block *block)
{
	char topic[64], *text = epoch_put(block->text);
	struct br_fault fault = {""};

	(void)snprintf(topic, sizeof(topic), "up/d8/0412/%s", block->lane);
	CHECK_INT(br_visit_publish(visit, topic, br_str_from(text), &fault), 0);
	free(text);
}

/* Waits until one of the messages is the block. */
static void block_hear(struct br_visit *visit, const struct block *block)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	int64_t end_ms = test_now_ms() + WAIT_MS;
	char topic[64];
	unsigned at = 0;

	REQUIRE(br_json_parse(br_str_from(block->text), &json, NULL) == 0);
	(void)snprintf(topic, sizeof(topic), "dn/0412/%s", block->lane);
	while (test_now_ms() < end_ms) {
		for (; at < heard_n; at++)
			if (strcmp(heard[at].topic, topic) == 0 && same(json, heard[at].json)) {
				/* No other block is answered by it. */
				heard[at].topic[0] = '\0';
				return;
			}
		(void)!br_visit_wait(visit, 100);
	}
	printf("HQ does not say what the guide has it say: %s\n", block->text);
	CHECK(false);
}

static void test_hq_answers_as_the_guide_says(void)
{
	struct br_visit_options options = {.ca = "",
		.certificate = "",
		.key = "",
		.host = "127.0.0.1",
		.client_id = "backroom-0412",
		.wait_ms = WAIT_MS};
	BR_CLEANUP(br_visit_cleanup) struct br_visit *visit = NULL;
	struct br_fault fault = {""};

	test_broker_start(&broker, "hq-broker", NULL);
	hq_start();
	options.port = broker.port;
	REQUIRE(br_visit_open(&options, &visit, &fault) == 0);
	REQUIRE(br_visit_subscribe(visit, "dn/0412/+", &fault) == 0);
	br_visit_listen(visit, message_take, NULL);
	for (unsigned i = 0; i < block_n; i++) {
		if (!blocks[i].up && strcmp(blocks[i].lane, "catalog") == 0)
			commands_give(blocks[i].text);
		if (blocks[i].up)
			block_say(visit, &blocks[i]);
		else
			block_hear(visit, &blocks[i]);
	}
	CHECK(hq_epoch[0] != '\0');
	(void)test_process_stop(&hq);
	test_broker_stop(&broker);
	for (unsigned i = 0; i < block_n; i++)
		free(blocks[i].text);
	for (unsigned i = 0; i < heard_n; i++)
		br_json_free(heard[i].json);
}

/* And each is what its schema says. */
static void test_the_examples_are_valid(void)
{
	CHECK_INT(store_node_schema("guide", source_path("cloud-sync/GUIDE.md")), 0);
}

int main(int argc, char **argv)
{
	TEST(test_the_guide_has_its_examples);
	TEST(test_the_checksums_are_right);
	TEST(test_the_examples_are_valid);
	TEST(test_hq_answers_as_the_guide_says);
	return test_end(argc, argv);
}
