#include "node/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "node/stock.h"
#include "node/hlc.h"
#include "tests/node/bench.h"
#include "tests/node/shapes.h"

/* A body made up, of a size that decide() lets into the journal: a product may not have it all. */
static const void *body_random(const struct br_shape *shape, struct br_arena *arena)
{
	struct br_text text;
	const void *body;
	size_t n;

	do {
		br_text_init(&text, 4 * BR_RECORD_BYTES_MAX);
		body = shape_random(shape, arena, test_random);
		REQUIRE(body != NULL);
		br_record_encode(shape, body, &text);
		REQUIRE(br_text_error(&text) == 0);
		n = text.n;
		br_text_finish(&text);
	} while (n > BR_RECORD_BYTES_MAX);
	return body;
}

/* An event of every kind with a body made up. */
static struct br_event event_random(enum br_event_kind kind, struct br_arena *arena)
{
	struct br_event event = {
		.sequence = 1 + test_random() % 1000000,
		.kind = kind,
		.happened_ms = (int64_t)(test_random() % 4000000000000),
		.recorded_ms = (int64_t)(test_random() % 4000000000000),
		.command = BR_STR("t1-000123"),
		.actor = BR_STR("till/t1"),
		.body = body_random(br_event_types[kind].shape, arena),
	};

	REQUIRE(event.body != NULL);
	return event;
}

static void test_every_kind_comes_back_from_the_journal(void)
{
	struct br_arena arena;

	br_arena_init(&arena, 16 << 20);
	for (unsigned i = 0; i < BR_EVENT_N * 20; i++) {
		struct br_event event, back;
		struct br_text text;

		br_arena_reset(&arena);
		event = event_random(i % BR_EVENT_N, &arena);
		br_text_init(&text, 2 * BR_RECORD_BYTES_MAX);
		br_event_encode(&event, &text);
		REQUIRE(br_text_error(&text) == 0);
		REQUIRE(br_event_decode(event.sequence, br_text_str(&text), &arena, &back) == 0);
		CHECK_INT(back.kind, event.kind);
		CHECK_INT(back.sequence, event.sequence);
		CHECK_INT(back.happened_ms, event.happened_ms);
		CHECK_INT(back.recorded_ms, event.recorded_ms);
		CHECK_STR(back.command, "t1-000123");
		CHECK_STR(back.actor, "till/t1");
		CHECK(shape_equal(br_event_type(&event)->shape, event.body, back.body));
		br_text_finish(&text);
	}
	br_arena_finish(&arena);
}

static void test_an_event_cut_or_flipped_is_corrupt(void)
{
	struct br_event event, back;
	struct br_arena arena;
	struct br_text text;

	br_arena_init(&arena, 16 << 20);
	event = event_random(BR_EVENT_STOCK_MOVED, &arena);
	br_text_init(&text, 2 * BR_RECORD_BYTES_MAX);
	br_event_encode(&event, &text);
	for (size_t n = 0; n < text.n; n++)
		CHECK_INT(br_event_decode(1, (struct br_str){text.bytes, n}, &arena, &back),
			BR_E_CORRUPT);
	for (size_t i = 0; i < text.n; i++) {
		text.bytes[i] = (char)(text.bytes[i] ^ 0x10);
		CHECK_INT(br_event_decode(1, br_text_str(&text), &arena, &back), BR_E_CORRUPT);
		text.bytes[i] = (char)(text.bytes[i] ^ 0x10);
	}
	br_text_finish(&text);
	br_arena_finish(&arena);
}

static void test_a_kind_of_a_newer_program_is_told(void)
{
	struct br_event event, back;
	struct br_arena arena;
	struct br_text text;

	br_arena_init(&arena, 16 << 20);
	event = event_random(BR_EVENT_STOCK_MOVED, &arena);
	br_text_init(&text, 2 * BR_RECORD_BYTES_MAX);
	br_event_encode(&event, &text);
	/* The kind is the first field behind the version, one byte as long as there are few. */
	CHECK_INT(text.bytes[1], BR_EVENT_STOCK_MOVED);
	text.bytes[1] = BR_EVENT_N;
	shape_reseal((unsigned char *)text.bytes, text.n);
	CHECK_INT(br_event_decode(1, br_text_str(&text), &arena, &back), BR_E_VERSION);
	br_text_finish(&text);
	br_arena_finish(&arena);
}

static void test_every_kind_is_in_the_table(void)
{
	for (unsigned i = 0; i < BR_EVENT_N; i++) {
		CHECK(br_event_types[i].name != NULL &&
			strchr(br_event_types[i].name, '.') != NULL);
		CHECK(br_event_types[i].shape != NULL);
		CHECK(br_event_types[i].apply != NULL || br_event_types[i].movements != NULL);
		CHECK(br_event_types[i].touches != NULL && br_event_types[i].subject != NULL);
		for (unsigned j = 0; j < i; j++)
			CHECK(strcmp(br_event_types[i].name, br_event_types[j].name) != 0);
	}
}

static struct br_json *cloud_event(const struct br_event *event, struct br_text *text)
{
	struct br_json *root = NULL;
	struct br_json_out out;

	br_json_out_begin(&out, text);
	br_event_to_json(event, BR_STR("0412"), &out, NULL);
	REQUIRE(br_text_error(text) == 0);
	REQUIRE(br_json_parse(br_text_str(text), &root, NULL) == 0);
	return root;
}

static void member_is(const struct br_json *root, const char *name, const char *want)
{
	struct br_str got = BR_STR("(not a text)");

	(void)!br_json_string(br_json_member(root, name), &got);
	CHECK_STR(got, want);
}

static void test_a_cloud_event_says_what_happened(void)
{
	struct br_stock_moved moved = {
		.sku = BR_STR("J-1"), .kind = BR_MOVE_ADJUST, .quantity = -1500};
	struct br_event event = {
		.sequence = 81234,
		.kind = BR_EVENT_STOCK_MOVED,
		.happened_ms = BENCH_NOW_MS,
		.recorded_ms = BENCH_NOW_MS + 1,
		.hlc = br_hlc_at(BENCH_NOW_MS + 1) + 0x1f,
		.command = BR_STR("c-1"),
		.actor = BR_STR("web"),
		.body = &moved,
	};
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_text text;
	int64_t milli = 0;

	br_text_init(&text, 1 << 20);
	root = cloud_event(&event, &text);
	member_is(root, "specversion", "1.0");
	member_is(root, "id", "00000000000000081234");
	member_is(root, "source", "/store/0412");
	member_is(root, "type", "org.backroom.stock.moved.v1");
	member_is(root, "subject", "J-1");
	member_is(root, "time", "2026-03-01T10:10:00.000Z");
	member_is(root, "recordedtime", "2026-03-01T10:10:00.001Z");
	member_is(root, "sequence", "00000000000000081234");
	member_is(root, "hlc", "019ca8e054c1001f");
	member_is(root, "commandid", "c-1");
	member_is(root, "actor", "web");
	member_is(root, "datacontenttype", "application/json");
	member_is(br_json_member(root, "data"), "kind", "adjust");
	CHECK(br_json_milli(br_json_member(br_json_member(root, "data"), "quantity"), &milli));
	CHECK_INT(milli, -1500);
	br_text_finish(&text);
}

/* Read back with its stamp; one without has the smallest of its time, and none has a smaller. */
static void test_a_stamp_comes_back(void)
{
	static const struct {
		const char *member;
		uint64_t want;
		int result;
	} rows[] = {
		{",\"hlc\":\"019ca8e054c0001f\"", UINT64_C(0x019ca8e054c0001f), 0},
		{"", UINT64_C(0x019ca8e054c00000), 0},
		{",\"hlc\":\"019ca8e054bfffff\"", UINT64_C(0x019ca8e054c00000), 0},
		{",\"hlc\":\"ffffffffffffffff\"", UINT64_MAX, 0},
		{",\"hlc\":\"now\"", 0, BR_E_INVALID},
		{",\"hlc\":7", 0, BR_E_INVALID},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_event event = {.hlc = 0}, back = {.hlc = 0};
		struct br_fault fault;
		struct br_arena arena;
		struct br_text text;

		br_arena_init(&arena, 1 << 20);
		br_text_init(&text, 1 << 20);
		br_text_printf(&text,
			"{\"type\":\"org.backroom.stock.moved.v1\",\"id\":\"00000000000000000007\","
			"\"time\":\"2026-03-01T10:10:00Z\",\"recordedtime\":"
			"\"2026-03-01T10:10:00Z\",\"commandid\":\"c\",\"actor\":\"web\"%s,"
			"\"data\":{\"sku\":\"A\",\"kind\":\"adjust\",\"bucket\":\"shelf\","
			"\"quantity\":1}}",
			rows[i].member);
		REQUIRE(br_json_parse(br_text_str(&text), &root, NULL) == 0);
		CHECK_INT(br_event_from_json(root, &arena, &event, &fault), rows[i].result);
		if (rows[i].result == 0) {
			CHECK(event.hlc == rows[i].want);
			br_text_clear(&text);
			br_event_encode(&event, &text);
			REQUIRE(br_event_decode(7, br_text_str(&text), &arena, &back) == 0);
			CHECK(back.hlc == rows[i].want);
		}
		br_text_finish(&text);
		br_arena_finish(&arena);
	}
}

/* Attribute names are lower-case letters and digits (CloudEvents 1.0, section "Naming"). */
static void names_check(const struct br_json *root)
{
	BR_JSON_EACH (child, root) {
		struct br_str name = br_json_name(child);

		for (size_t i = 0; i < name.n; i++)
			CHECK((name.s[i] >= 'a' && name.s[i] <= 'z') ||
				(name.s[i] >= '0' && name.s[i] <= '9'));
	}
}

static void test_every_kind_is_a_valid_cloud_event(void)
{
	struct br_arena arena;

	br_arena_init(&arena, 16 << 20);
	for (unsigned kind = 0; kind < BR_EVENT_N; kind++) {
		struct br_event event = event_random(kind, &arena);
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_text text;

		br_text_init(&text, 1 << 20);
		root = cloud_event(&event, &text);
		names_check(root);
		CHECK_INT(br_json_kind(br_json_member(root, "data")), BR_JSON_OBJECT);
		br_text_finish(&text);
	}
	br_arena_finish(&arena);
}

static void test_the_members_that_the_schema_requires_are_there(void)
{
	const char *path = test_data("cloudevents/cloudevents.schema.json");
	BR_CLEANUP(br_json_cleanup) struct br_json *schema = NULL, *root = NULL;
	struct br_stock_moved moved = {.sku = BR_STR("J-1")};
	struct br_event event = {.sequence = 1, .kind = BR_EVENT_STOCK_MOVED, .body = &moved};
	struct br_text text;
	char *bytes;

	if (path == NULL)
		return;
	bytes = test_file_read(path, NULL);
	REQUIRE(br_json_parse(br_str_from(bytes), &schema, NULL) == 0);
	br_text_init(&text, 1 << 20);
	event.happened_ms = event.recorded_ms = 1;
	root = cloud_event(&event, &text);
	CHECK(br_json_count(br_json_member(schema, "required")) >= 4);
	BR_JSON_EACH (required, br_json_member(schema, "required")) {
		struct br_str name;
		char member[64], value[200];
		struct br_str got;

		REQUIRE(br_json_string(required, &name) &&
			br_str_copy(name, member, sizeof(member)));
		REQUIRE(br_json_string(br_json_member(root, member), &got));
		CHECK(got.n > 0 && br_str_copy(got, value, sizeof(value)));
	}
	br_text_finish(&text);
	free(bytes);
}

static void touched(void *context, enum br_noun noun, struct br_str key)
{
	br_text_printf(context, "%d:%.*s ", noun, BR_STR_ARG(key));
}

static void test_an_event_tells_what_it_touches(void)
{
	struct br_text text;
	struct br_touch touch = {touched, &text};
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "touches");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':1,'price':1},{'sku':'B',"
			  "'quantity':1,'price':1}]}"),
		0);
	event = bench_event(&bench, bench.answer.sequence);
	br_text_init(&text, 1000);
	br_event_type(&event)->touches(&event, &touch);
	CHECK_STR(br_text_str(&text), "1:A 1:B ");
	CHECK_STR(br_event_type(&event)->subject(&event), "t1");
	/* An order's move is one of its products, too. */
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'B','quantity':1},{'line':'2',"
			  "'sku':'A','quantity':1},{'line':'3','sku':'B','quantity':1}]}"),
		0);
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O'}"), 0);
	event = bench_event(&bench, bench.answer.sequence);
	br_text_clear(&text);
	br_event_type(&event)->touches(&event, &touch);
	CHECK_STR(br_text_str(&text), "2:O 1:B 1:A 1:B ");
	CHECK_STR(br_event_type(&event)->subject(&event), "O");
	br_text_finish(&text);
	bench_close(&bench);
}

static void test_the_journals_head_and_what_is_not_there(void)
{
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "head");
	CHECK_INT(br_journal_head(bench_read(&bench)), 0);
	CHECK_INT(br_event_get(bench_read(&bench), 1, &bench.arena, &event), BR_E_NOT_FOUND);
	bench_catalogue(&bench);
	CHECK_INT(br_journal_head(bench_read(&bench)), 5);
	CHECK_INT(bench_event(&bench, 5).kind, BR_EVENT_STOCK_MOVED);
	CHECK_INT(br_event_get(bench_read(&bench), 6, &bench.arena, &event), BR_E_NOT_FOUND);
	bench_reopen(&bench);
	CHECK_INT(br_core_head(bench.core), 5);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_every_kind_comes_back_from_the_journal);
	TEST(test_an_event_cut_or_flipped_is_corrupt);
	TEST(test_a_kind_of_a_newer_program_is_told);
	TEST(test_every_kind_is_in_the_table);
	TEST(test_a_cloud_event_says_what_happened);
	TEST(test_a_stamp_comes_back);
	TEST(test_every_kind_is_a_valid_cloud_event);
	TEST(test_the_members_that_the_schema_requires_are_there);
	TEST(test_an_event_tells_what_it_touches);
	TEST(test_the_journals_head_and_what_is_not_there);
	return test_end(argc, argv);
}
