#include "node/json.h"

#include <string.h>

#include "node/json_out.h"
#include "tests/lib/test.h"

static int parse(const char *text, struct br_json **ret_root, struct br_fault *fault)
{
	return br_json_parse(br_str_from(text), ret_root, fault);
}

static void test_reads_every_kind(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str text;
	int64_t number;
	bool flag;

	REQUIRE(parse("{\"t\":\"x\",\"n\":-7,\"b\":true,\"z\":null,\"a\":[1,2]}", &root, NULL) ==
		0);
	CHECK(br_json_string(br_json_member(root, "t"), &text) && br_str_is(text, "x"));
	CHECK(br_json_i64(br_json_member(root, "n"), &number) && number == -7);
	CHECK(br_json_bool(br_json_member(root, "b"), &flag) && flag);
	CHECK_INT(br_json_kind(br_json_member(root, "z")), BR_JSON_NULL);
	CHECK_INT(br_json_kind(br_json_member(root, "none")), BR_JSON_ABSENT);
	CHECK_INT(br_json_count(br_json_member(root, "a")), 2);
	CHECK_INT(br_json_count(root), 5);
	CHECK_TEXT(br_json_kind_text(BR_JSON_ARRAY), "a list");
}

static void test_refuses_what_is_not_json(void)
{
	static const char *const bad[] = {
		"", "{", "{\"a\":}", "[1,2", "{} x", "\xff", "\"\\u0000\"", "nul", "{\"a\" 1}"};
	struct br_json *root = NULL;
	struct br_fault fault;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		fault.text[0] = '\0';
		CHECK_INT(parse(bad[i], &root, &fault), BR_E_INVALID);
		CHECK(fault.text[0] != '\0');
	}
	CHECK(root == NULL);
}

static void test_an_escaped_backslash_begins_no_nul(void)
{
	struct br_json *root = NULL;

	CHECK_INT(parse("\"\\\\u0000\"", &root, NULL), 0);
	br_json_free(root);
	CHECK_INT(parse("\"\\\\\\u0000\"", &root, NULL), BR_E_INVALID);
	CHECK_INT(parse("\"\\\\\\\\u0000\"", &root, NULL), 0);
	br_json_free(root);
}

static void test_decimals_are_exact(void)
{
	static const struct {
		const char *json;
		int64_t milli;
	} good[] = {{"2.55", 2550}, {"\"2.55\"", 2550}, {"-0.001", -1}, {"0.29", 290},
		{"80995", 80995000}, {"1999999999999.999", 1999999999999999}, {"1e2", 100000}};
	static const char *const bad[] = {
		"1.2345", "\"1.2345\"", "\"x\"", "1e300", "true", "\"9223372036854775807\""};
	int64_t milli;

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;

		REQUIRE(parse(good[i].json, &root, NULL) == 0);
		milli = 0;
		CHECK(br_json_milli(root, &milli));
		CHECK_INT(milli, good[i].milli);
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;

		REQUIRE(parse(bad[i], &root, NULL) == 0);
		CHECK(!br_json_milli(root, &milli));
	}
}

static void test_a_child_outlives_the_tree_it_was_taken_from(void)
{
	struct br_json *root, *first, *member;
	const struct br_json *list;
	struct br_str text;
	int64_t number;

	REQUIRE(parse("{\"list\":[1,2,3],\"own\":{\"t\":\"x\"}}", &root, NULL) == 0);
	list = br_json_member(root, "list");
	first = br_json_take(list, br_json_first(list));
	CHECK_INT(br_json_count(list), 2);
	CHECK(br_json_i64(br_json_first(list), &number) && number == 2);
	member = br_json_take(root, br_json_member(root, "own"));
	CHECK_INT(br_json_count(root), 1);
	br_json_free(root);
	CHECK(br_json_i64(first, &number) && number == 1);
	CHECK(br_json_string(br_json_member(member, "t"), &text) && br_str_is(text, "x"));
	br_json_free(first);
	br_json_free(member);
}

static void test_writes_what_it_reads(void)
{
	struct br_text text;
	struct br_json_out out;

	br_text_init(&text, 4096);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_string(&out, "s", BR_STR("a\"b\\\n\x01"));
	br_json_out_string(&out, "e", (struct br_str){NULL, 0});
	br_json_out_milli(&out, "m", -12340);
	br_json_out_array(&out, "l");
	br_json_out_i64(&out, NULL, 1);
	br_json_out_null(&out, NULL);
	br_json_out_end(&out);
	br_json_out_hex(&out, "h", "\x0f\xa0", 2);
	br_json_out_time(&out, "t", 1);
	br_json_out_double(&out, "d", 0.5);
	br_json_out_bool(&out, "b", false);
	br_json_out_end(&out);
	CHECK_INT(br_text_error(&text), 0);
	CHECK_STR(br_text_str(&text),
		"{\"s\":\"a\\\"b\\\\\\n\\u0001\",\"e\":\"\",\"m\":-12.34,\"l\":[1,null],"
		"\"h\":\"0fa0\",\"t\":\"1970-01-01T00:00:00.001Z\",\"d\":0.5,"
		"\"b\":false}");
	br_text_finish(&text);
}

/* Short ones are put together first, long ones and those with escapes are not: the same comes. */
static void test_names_and_texts_of_every_length_come_back(void)
{
	for (size_t n = 0; n <= 260; n++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		char name[300], value[300];
		struct br_json_out out;
		struct br_text text;
		struct br_str got;

		memset(name, 'n', n);
		memset(value, 'v', n);
		name[n] = value[n] = '\0';
		if (n > 0 && n % 3 == 0)
			name[test_random() % n] = "\"\\\n\x01"[test_random() % 4];
		if (n > 0 && n % 2 == 0)
			value[test_random() % n] = "\"\\\n\x01"[test_random() % 4];
		br_text_init(&text, 4096);
		br_json_out_begin(&out, &text);
		br_json_out_object(&out, NULL);
		br_json_out_i64(&out, "before", -7);
		br_json_out_puts(&out, name, value);
		br_json_out_end(&out);
		REQUIRE(br_json_parse(br_text_str(&text), &root, NULL) == 0);
		CHECK_INT(br_json_count(root), 2);
		CHECK(br_json_string(br_json_member(root, name), &got));
		CHECK_STR(got, value);
		br_text_finish(&text);
	}
}

static void test_the_limit_of_a_text_holds(void)
{
	struct br_text text;

	br_text_init(&text, 10);
	br_text_puts(&text, "12345678");
	br_text_puts(&text, "90123");
	CHECK_INT(br_text_error(&text), BR_E_TOO_LARGE);
	CHECK_STR(br_text_str(&text), "12345678");
	br_text_clear(&text);
	br_text_puts(&text, "1234567890");
	CHECK_INT(br_text_error(&text), 0);
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_reads_every_kind);
	TEST(test_refuses_what_is_not_json);
	TEST(test_an_escaped_backslash_begins_no_nul);
	TEST(test_decimals_are_exact);
	TEST(test_a_child_outlives_the_tree_it_was_taken_from);
	TEST(test_writes_what_it_reads);
	TEST(test_names_and_texts_of_every_length_come_back);
	TEST(test_the_limit_of_a_text_holds);
	return test_end(argc, argv);
}
