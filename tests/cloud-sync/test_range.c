/*
 * The comparison of two sides by ranges: the store's search against HQ's answers, each by its own
 * implementation. What it costs is asserted in messages and bytes, never in time.
 */
#include "cloud-sync/range_search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/error.h"
#include "tests/lib/test.h"
#include "tests/peers/hq_ranges.h"

#define KEYS_MAX 100000
#define CHANGES_MAX 1000

static const unsigned char session_key[BR_RANGE_KEY_BYTES] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static struct br_range_head head_of(enum br_view view)
{
	struct br_range_head head = {.session = "0123456789abcdef", .view = view};

	memcpy(head.key, session_key, sizeof(head.key));
	return head;
}

/* Both sides, and what came of comparing them. */
struct world {
	struct br_range_set *set;
	struct peer_ranges *hq;
	struct br_range_search *search;
	struct br_range_reply *reply;
	struct br_text up, down;
	unsigned up_bytes_max, down_bytes_max;
};

static void world_open(struct world *world)
{
	memset(world, 0, sizeof(*world));
	REQUIRE(br_range_set_create(session_key, &world->set) == 0);
	world->hq = peer_ranges_create(session_key);
	world->reply = calloc(1, sizeof(*world->reply));
	REQUIRE(world->reply != NULL);
	br_text_init(&world->up, BR_RANGE_MESSAGE_BYTES_MAX);
	br_text_init(&world->down, BR_RANGE_MESSAGE_BYTES_MAX);
}

static void world_close(struct world *world)
{
	br_range_search_destroy(world->search);
	br_range_set_destroy(world->set);
	peer_ranges_destroy(world->hq);
	br_range_reply_finish(world->reply);
	free(world->reply);
	br_text_finish(&world->up);
	br_text_finish(&world->down);
}

/* HQ's answer to what was written last, into world->down. */
static void hq_answer(struct world *world)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct peer_ranges_message message;
	struct peer_ranges_at at = {1, 2};

	REQUIRE(br_json_parse(br_text_str(&world->up), &root, NULL) == 0);
	REQUIRE(peer_ranges_read(root, &message));
	REQUIRE(peer_ranges_answer(world->hq, &message, at, &world->down));
	if (world->up.n > world->up_bytes_max)
		world->up_bytes_max = (unsigned)world->up.n;
	if (world->down.n > world->down_bytes_max)
		world->down_bytes_max = (unsigned)world->down.n;
}

static int reply_take(struct world *world)
{
	struct br_fault fault = {""};
	int result = br_range_reply_parse(world->reply, br_text_str(&world->down), &fault);

	if (result < 0)
		printf("%s\n", fault.text);
	REQUIRE(result == 0);
	return br_range_search_take(world->search, world->reply, world->down.n, &fault);
}

static void search_begin(struct world *world)
{
	struct br_range_head head = head_of(BR_VIEW_STOCK);

	REQUIRE(br_range_search_create(world->set, &head, &world->search) == 0);
}

static void search_run(struct world *world)
{
	int result;

	while ((result = br_range_search_write(world->search, &world->up)) > 0) {
		hq_answer(world);
		REQUIRE(reply_take(world) == 1);
	}
	REQUIRE(result == 0);
	CHECK(world->up_bytes_max <= BR_RANGE_MESSAGE_BYTES_MAX);
	CHECK(world->down_bytes_max <= BR_RANGE_MESSAGE_BYTES_MAX);
}

static struct br_str key_of(char buffer[16], unsigned number)
{
	return (struct br_str){buffer, (size_t)snprintf(buffer, 16, "%09u", number)};
}

/* What is planted at a key: 1 = only here, 2 = only there, 3 = another value, 4 = version. */
static unsigned char planted[KEYS_MAX];

static void sides_fill(struct world *world, unsigned keys, unsigned changes)
{
	memset(planted, 0, sizeof(planted));
	for (unsigned i = 0; i < changes;) {
		unsigned at = (unsigned)(test_random() % keys);

		if (planted[at] != 0)
			continue;
		planted[at] = (unsigned char)(1 + test_random() % 4);
		i++;
	}
	for (unsigned i = 0; i < keys; i++) {
		char key[16], value[32];
		struct br_str text = {
			value, (size_t)snprintf(value, sizeof(value), "%u|0|%u", i * 7, i % 5)};

		if (planted[i] != 2)
			REQUIRE(br_range_set_add(world->set, key_of(key, i), i, text) == 0);
		text.n -= planted[i] == 3;
		if (planted[i] != 1)
			peer_ranges_add(world->hq, key_of(key, i), i + (planted[i] == 4), text);
	}
}

static void found_check(const struct world *world, unsigned changes)
{
	CHECK_INT(br_range_search_found(world->search), changes);
	for (size_t i = 0; i < br_range_search_found(world->search); i++) {
		struct br_range_difference found = br_range_search_difference(world->search, i);
		int64_t number;

		REQUIRE(br_str_to_i64(found.key, &number) && number < KEYS_MAX);
		CHECK(planted[number] != 0);
		CHECK_INT(found.here, planted[number] != 2);
		CHECK_INT(found.there, planted[number] != 1);
		planted[number] = 0;
	}
}

static const struct {
	unsigned keys, changes;
	unsigned rounds_max, kilobytes_max; /* kilobytes both ways */
} cases[] = {
	{0, 0, 1, 1},
	{1, 0, 1, 1},
	{1, 1, 1, 1},
	{2, 2, 1, 1},
	{16, 5, 1, 1},
	{17, 1, 2, 2},
	{300, 10, 3, 8},
	{1000, 1000, 4, 45},
	{5000, 10, 4, 25},
	{100000, 0, 1, 1},
	{100000, 1, 4, 6},
	{100000, 10, 4, 35},
	{100000, 1000, 20, 900},
};

/* The differences are found, all of them and nothing else, within the rounds and bytes. */
static void test_exactly_the_differences_are_found(void)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_range_figures figures;
		struct world world;
		uint64_t bytes;

		world_open(&world);
		sides_fill(&world, cases[i].keys, cases[i].changes);
		search_begin(&world);
		search_run(&world);
		found_check(&world, cases[i].changes);
		figures = br_range_search_figures(world.search);
		bytes = figures.up_bytes + figures.dn_bytes;
		printf("%6u keys, %4u differences: %" PRIu64 " rounds, %" PRIu64
		       " bytes up, %" PRIu64 " down\n",
			cases[i].keys, cases[i].changes, figures.rounds, figures.up_bytes,
			figures.dn_bytes);
		CHECK(figures.complete);
		CHECK(figures.rounds <= cases[i].rounds_max);
		CHECK(bytes <= cases[i].kilobytes_max * 1000);
		world_close(&world);
	}
}

/* Random sizes and random changes, some of them clustered at one end. */
static void test_random_sets(void)
{
	for (unsigned run = 0; run < 60; run++) {
		unsigned keys = 1 + (unsigned)(test_random() % 3000);
		unsigned changes = (unsigned)(test_random() % (keys < 200 ? keys + 1 : 200));
		struct world world;

		world_open(&world);
		sides_fill(&world, keys, changes);
		search_begin(&world);
		search_run(&world);
		found_check(&world, changes);
		world_close(&world);
	}
}

/* One side has nothing at all: the other one's keys are the differences. */
static void test_an_empty_side(void)
{
	for (unsigned there = 0; there < 2; there++) {
		struct world world;
		char key[16];

		world_open(&world);
		memset(planted, 0, sizeof(planted));
		for (unsigned i = 0; i < 500; i++) {
			planted[i] = there ? 2 : 1;
			if (there)
				peer_ranges_add(world.hq, key_of(key, i), 0, BR_STR("x"));
			else
				REQUIRE(br_range_set_add(
						world.set, key_of(key, i), 0, BR_STR("x")) == 0);
		}
		search_begin(&world);
		search_run(&world);
		found_check(&world, 500);
		world_close(&world);
	}
}

/* More than one search may find: it ends, says so, and the next one would find the others. */
static void test_too_many_differences_end_the_search(void)
{
	struct br_range_figures figures;
	struct world world;
	char key[16];

	world_open(&world);
	for (unsigned i = 0; i < 2 * BR_RANGE_DIFFERENCES_MAX; i++) {
		REQUIRE(br_range_set_add(world.set, key_of(key, i), 0, BR_STR("x")) == 0);
		peer_ranges_add(world.hq, key_of(key, i), 0, BR_STR("y"));
	}
	search_begin(&world);
	search_run(&world);
	figures = br_range_search_figures(world.search);
	printf("all of %u differ: %" PRIu64 " rounds, %" PRIu64 " bytes\n",
		2 * BR_RANGE_DIFFERENCES_MAX, figures.rounds, figures.up_bytes + figures.dn_bytes);
	CHECK_INT(br_range_search_found(world.search), BR_RANGE_DIFFERENCES_MAX);
	CHECK(!figures.complete);
	world_close(&world);
}

/* Keys of all lengths and of characters that JSON escapes: messages stay within their bound. */
static void test_long_and_odd_keys(void)
{
	struct world world;
	char key[BR_ID_BYTES_MAX];

	world_open(&world);
	for (unsigned i = 0; i < 2000; i++) {
		memset(key, 1 + (int)(i % 2), sizeof(key));
		for (unsigned k = 0; k < 8; k++)
			key[k] = (char)('0' + (i >> (3 * (7 - k))) % 8);
		REQUIRE(br_range_set_add(
				world.set, (struct br_str){key, sizeof(key)}, 0, BR_STR("")) == 0);
		if (i % 3 == 0)
			peer_ranges_add(
				world.hq, (struct br_str){key, sizeof(key)}, 0, BR_STR("y"));
	}
	search_begin(&world);
	search_run(&world);
	CHECK_INT(br_range_search_found(world.search), 2000);
	world_close(&world);
}

/* The same message again until it is answered; what comes twice or late changes nothing. */
static void test_repeats_change_nothing(void)
{
	struct world world;
	char *first;

	world_open(&world);
	sides_fill(&world, 1000, 20);
	search_begin(&world);
	REQUIRE(br_range_search_write(world.search, &world.up) == 1);
	first = strdup(world.up.bytes);
	REQUIRE(first != NULL);
	CHECK_INT(br_range_search_write(world.search, &world.up), 1);
	CHECK_STR(br_text_str(&world.up), first);
	hq_answer(&world);
	CHECK_INT(reply_take(&world), 1);
	CHECK_INT(reply_take(&world), 0);
	REQUIRE(br_range_search_write(world.search, &world.up) == 1);
	CHECK_INT(reply_take(&world), 0);
	search_run(&world);
	found_check(&world, 20);
	free(first);
	world_close(&world);
}

static void mark_hex(struct br_range_sum sum, char ret_text[33])
{
	(void)snprintf(ret_text, 33, "%016" PRIx64 "%016" PRIx64, sum.high, sum.low);
}

/* Worked out with another program (Python's hmac), so that both sides cannot be wrong alike. */
static void test_marks_are_as_written_down(void)
{
	struct br_range_set *set = NULL;
	char text[33];

	REQUIRE(br_range_set_create(session_key, &set) == 0);
	REQUIRE(br_range_set_add(set, BR_STR("A"), 0, BR_STR("12000|0")) == 0);
	REQUIRE(br_range_set_add(set, BR_STR("B"), 7, BR_STR("")) == 0);
	mark_hex(br_range_set_mark(set, 0), text);
	CHECK_TEXT(text, "e83ab3ddcb48454acea7e2aee1b0a353");
	mark_hex(br_range_set_mark(set, 1), text);
	CHECK_TEXT(text, "a877cfb995c512fdddfc1b8e6534a12b");
	mark_hex(br_range_set_sum(set, 0, 2), text);
	CHECK_TEXT(text, "90b28397610d5848aca3fe3d46e5447e");
	mark_hex(br_range_set_sum(set, 1, 1), text);
	CHECK_TEXT(text, "00000000000000000000000000000000");
	CHECK(br_range_set_bytes(set) < 10000);
	br_range_set_destroy(set);
}

/* The README's example, word by word: what it shows is what both sides write. */
static void test_the_example_for_integrators_is_true(void)
{
	static const struct {
		const char *key, *value;
		bool here, there;
	} rows[] = {
		{"A", "0|12000|0|0|0|0|0|0|0|0", true, true},
		{"B", "5000|0|0|0|0|0|0|0|0|0", true, false},
		{"B", "4000|0|0|0|0|0|0|0|0|0", false, true},
		{"C", "0|1000|0|0|0|0|0|0|0|0", false, true},
	};
	const char *source = getenv("BACKROOM_SOURCE");
	struct br_range_head head = head_of(BR_VIEW_STOCK);
	char path[512], mark[33], *text;
	struct world world;

	(void)snprintf(
		path, sizeof(path), "%s/cloud-sync/README.md", source != NULL ? source : ".");
	text = test_file_read(path, NULL);
	world_open(&world);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		if (rows[i].here)
			REQUIRE(br_range_set_add(world.set, br_str_from(rows[i].key), 0,
					br_str_from(rows[i].value)) == 0);
		if (rows[i].there)
			peer_ranges_add(
				world.hq, br_str_from(rows[i].key), 0, br_str_from(rows[i].value));
		CHECK_HAS(text, rows[i].value);
	}
	for (size_t i = 0; i < br_range_set_n(world.set); i++) {
		mark_hex(br_range_set_mark(world.set, i), mark);
		CHECK_HAS(text, mark);
	}
	head.at_ms = INT64_C(1772331000000);
	REQUIRE(br_range_search_create(world.set, &head, &world.search) == 0);
	REQUIRE(br_range_search_write(world.search, &world.up) == 1);
	CHECK_HAS(text, world.up.bytes);
	hq_answer(&world);
	CHECK_HAS(text, world.down.bytes);
	REQUIRE(reply_take(&world) == 1);
	CHECK_INT(br_range_search_found(world.search), 2);
	free(text);
	world_close(&world);
}

static void test_a_set_takes_only_what_is_in_order(void)
{
	struct br_range_set *set = NULL;
	char key[BR_ID_BYTES_MAX + 1];

	memset(key, 'x', sizeof(key));
	REQUIRE(br_range_set_create(session_key, &set) == 0);
	CHECK_INT(br_range_set_add(set, BR_STR(""), 0, BR_STR("")), BR_E_INVALID);
	CHECK_INT(br_range_set_add(set, (struct br_str){key, sizeof(key)}, 0, BR_STR("")),
		BR_E_INVALID);
	CHECK_INT(br_range_set_add(set, BR_STR("B"), 0, BR_STR("")), 0);
	CHECK_INT(br_range_set_add(set, BR_STR("B"), 0, BR_STR("")), BR_E_INVALID);
	CHECK_INT(br_range_set_add(set, BR_STR("A"), 0, BR_STR("")), BR_E_INVALID);
	CHECK_INT(br_range_set_add(set, BR_STR("BA"), 0, BR_STR("")), 0);
	CHECK_INT(br_range_set_n(set), 2);
	CHECK_INT(br_range_set_find(set, BR_STR("")), 0);
	CHECK_INT(br_range_set_find(set, BR_STR("B")), 0);
	CHECK_INT(br_range_set_find(set, BR_STR("B0")), 1);
	CHECK_INT(br_range_set_find(set, BR_STR("C")), 2);
	CHECK_STR(br_range_set_key(set, 1), "BA");
	br_range_set_destroy(set);
}

#define HEAD "{\"type\":\"ranges\",\"session\":\"0123456789abcdef\",\"round\":1,\"view\":\"stock\""
#define AT HEAD ",\"at\":{\"orders\":1,\"stock\":2},\"answers\":"
#define SUM "00000000000000000000000000000000"

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "empty"},
	{"[]", "type: allowed is"},
	{"{\"type\":\"ack\"}", "type: allowed is"},
	{"{\"type\":\"ranges\"}", "session: allowed is"},
	{"{\"type\":\"ranges\",\"session\":\"0123456789ABCDEF\"}", "session: allowed is"},
	{"{\"type\":\"ranges\",\"session\":\"0123456789abcdef0\"}", "session: allowed is"},
	{"{\"type\":\"ranges\",\"session\":\"0123456789abcdef\",\"round\":-1}", "round: allowed"},
	{"{\"type\":\"ranges\",\"session\":\"0123456789abcdef\",\"round\":1,\"view\":\"x\"}",
		"view: allowed"},
	{HEAD "}", "ranges: one of"},
	{HEAD ",\"answers\":7}", "ranges: one of"},
	{HEAD ",\"answers\":[]}", "at: allowed"},
	{HEAD ",\"at\":{\"orders\":-1,\"stock\":0},\"answers\":[]}", "at: allowed"},
	{AT "[false]}", "answers: allowed are"},
	{AT "[{}]}", "answers: allowed are"},
	{AT "[{\"split\":7}]}", "answers: allowed are"},
	{AT "[{\"split\":[[\"A\",1]]}]}", "split: allowed are"},
	{AT "[{\"split\":[[]]}]}", "split: allowed are"},
	{AT "[{\"split\":[7]}]}", "split: allowed are"},
	{AT "[{\"items\":[[],7]}]}", "items: allowed are"},
	{AT "[{\"split\":[[\"A\",-1,\"" SUM "\"]]}]}", "split: allowed are"},
	{AT "[{\"split\":[[\"A\",1,\"" SUM "0\"]]}]}", "split: allowed are"},
	{AT "[{\"split\":[[\"A\",1,\"0000000000000000000000000000000G\"]]}]}", "split: allowed"},
	{AT "[{\"split\":[[\"B\",1,\"" SUM "\"],[\"A\",1,\"" SUM "\"]]}]}", "not in order"},
	{AT "[{\"split\":[[\"\",1,\"" SUM "\"],[\"A\",1,\"" SUM "\"]]}]}", "not in order"},
	{AT "[{\"items\":[[\"A\"]]}]}", "items: allowed are"},
	{AT "[{\"items\":[[\"\",\"0000000000000000\"]]}]}", "items: allowed are"},
	{AT "[{\"items\":[[\"A\",\"000000000000000\"]]}]}", "items: allowed are"},
	{AT "[{\"items\":[[\"B\",\"0000000000000000\"],[\"A\",\"0000000000000000\"]]}]}",
		"not in order"},
	{"{\"type\":\"reconcile\",\"views\":7}", "views: allowed is"},
	{"{\"type\":\"reconcile\",\"views\":[7]}", "views: allowed are"},
	{"{\"type\":\"reconcile\",\"views\":[\"stock\",\"x\"]}", "views: allowed are"},
};

static void test_what_is_wrong_is_said(void)
{
	struct br_range_reply *reply = calloc(1, sizeof(*reply));
	struct br_fault fault;

	REQUIRE(reply != NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		fault.text[0] = '\0';
		CHECK_INT(br_range_reply_parse(reply, br_str_from(bad[i].text), &fault),
			BR_E_INVALID);
		CHECK_HAS(fault.text, bad[i].says);
		CHECK(reply->root == NULL && reply->answer_n == 0);
	}
	free(reply);
}

static void test_too_much_is_refused_with_the_limit(void)
{
	struct br_range_reply *reply = calloc(1, sizeof(*reply));
	struct br_fault fault;
	struct br_text text;

	REQUIRE(reply != NULL);
	br_text_init(&text, 1 << 20);
	br_text_puts(&text, AT "[true");
	for (unsigned i = 0; i < BR_RANGES_PER_MESSAGE; i++)
		br_text_puts(&text, ",true");
	br_text_puts(&text, "]}");
	CHECK_INT(br_range_reply_parse(reply, br_text_str(&text), &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "more than the 512");
	br_text_clear(&text);
	for (unsigned i = 0; i <= BR_LINK_MESSAGE_BYTES_MAX; i++)
		br_text_putc(&text, ' ');
	CHECK_INT(br_range_reply_parse(reply, br_text_str(&text), &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "allowed are 65536");
	br_text_finish(&text);
	free(reply);
}

static void test_other_replies_are_read(void)
{
	struct br_range_reply *reply = calloc(1, sizeof(*reply));

	REQUIRE(reply != NULL);
	REQUIRE(br_range_reply_parse(reply, br_str_from(HEAD ",\"repairs\":3}"), NULL) == 0);
	CHECK_INT(reply->kind, BR_REPLY_REPAIRS);
	CHECK_INT(reply->repairs, 3);
	REQUIRE(br_range_reply_parse(reply, br_str_from(HEAD ",\"refused\":\"busy\"}"), NULL) == 0);
	CHECK_INT(reply->kind, BR_REPLY_REFUSED);
	CHECK_STR(reply->refused, "busy");
	REQUIRE(br_range_reply_parse(reply, br_str_from(HEAD ",\"wait\":true}"), NULL) == 0);
	CHECK_INT(reply->kind, BR_REPLY_WAIT);
	REQUIRE(br_range_reply_parse(reply, BR_STR("{\"type\":\"reconcile\"}"), NULL) == 0);
	CHECK_INT(reply->kind, BR_REPLY_RECONCILE);
	CHECK(reply->views[BR_VIEW_STOCK] && reply->views[BR_VIEW_CATALOGUE]);
	REQUIRE(br_range_reply_parse(reply,
			BR_STR("{\"type\":\"reconcile\",\"views\":[\"orders\"]}"), NULL) == 0);
	CHECK(reply->views[BR_VIEW_ORDERS] && !reply->views[BR_VIEW_STOCK]);
	br_range_reply_finish(reply);
	free(reply);
}

/* Answers that are well formed but no answers to what was asked: the search says so and stops. */
static const char *const misfits[] = {
	AT "[]}",
	AT "[true,true]}",
	AT "[{\"split\":[[\"\",1,\"" SUM "\"]]}]}",
	AT "[{\"split\":[[\"A\",1,\"" SUM "\"],[\"B\",1,\"" SUM "\"]]}]}",
	AT "[{\"split\":[]}]}",
};

static void test_answers_that_do_not_fit(void)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(misfits); i++) {
		struct br_fault fault = {""};
		struct world world;

		world_open(&world);
		search_begin(&world);
		REQUIRE(br_range_search_write(world.search, &world.up) == 1);
		REQUIRE(br_range_reply_parse(world.reply, br_str_from(misfits[i]), NULL) == 0);
		CHECK_INT(br_range_search_take(world.search, world.reply, 1, &fault), BR_E_INVALID);
		CHECK(fault.text[0] != '\0');
		world_close(&world);
	}
}

/* Every cut of an answer and every bit of it changed: no crash, and the search stays whole. */
static void test_cut_and_changed_answers_are_borne(void)
{
	struct world world;
	size_t n;

	world_open(&world);
	sides_fill(&world, 40, 10);
	search_begin(&world);
	REQUIRE(br_range_search_write(world.search, &world.up) == 1);
	hq_answer(&world);
	n = world.down.n;
	for (size_t i = 0; i < n * 8; i++) {
		struct br_range_head head = head_of(BR_VIEW_STOCK);
		struct br_range_search *search = NULL;
		struct br_fault fault;

		world.down.bytes[i / 8] = (char)(world.down.bytes[i / 8] ^ (1 << i % 8));
		REQUIRE(br_range_search_create(world.set, &head, &search) == 0);
		REQUIRE(br_range_search_write(search, &world.up) == 1);
		if (br_range_reply_parse(world.reply, br_text_str(&world.down), &fault) == 0 &&
			br_range_search_take(search, world.reply, n, &fault) == 1)
			CHECK(br_range_search_write(search, &world.up) >= 0);
		br_range_search_destroy(search);
		world.down.bytes[i / 8] = (char)(world.down.bytes[i / 8] ^ (1 << i % 8));
	}
	for (size_t i = 0; i < n; i++)
		CHECK(br_range_reply_parse(
			      world.reply, (struct br_str){world.down.bytes, i}, NULL) < 0);
	world_close(&world);
}

int main(int argc, char **argv)
{
	TEST(test_marks_are_as_written_down);
	TEST(test_the_example_for_integrators_is_true);
	TEST(test_a_set_takes_only_what_is_in_order);
	TEST(test_exactly_the_differences_are_found);
	TEST(test_random_sets);
	TEST(test_an_empty_side);
	TEST(test_too_many_differences_end_the_search);
	TEST(test_long_and_odd_keys);
	TEST(test_repeats_change_nothing);
	TEST(test_what_is_wrong_is_said);
	TEST(test_too_much_is_refused_with_the_limit);
	TEST(test_other_replies_are_read);
	TEST(test_answers_that_do_not_fit);
	TEST(test_cut_and_changed_answers_are_borne);
	return test_end(argc, argv);
}
