#include "node/str.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

static void test_comparing_is_by_bytes_and_length(void)
{
	struct br_str none = {NULL, 0};

	CHECK(br_str_equal(none, BR_STR("")));
	CHECK(br_str_equal(BR_STR("ab"), br_str_from("ab")));
	CHECK(!br_str_equal(BR_STR("ab"), BR_STR("abc")));
	CHECK(br_str_is(br_str_from(NULL), ""));
	CHECK(br_str_compare(BR_STR("a"), BR_STR("ab")) < 0);
	CHECK(br_str_compare(BR_STR("b"), BR_STR("ab")) > 0);
	CHECK(br_str_compare(BR_STR("\xff"), BR_STR("a")) > 0);
	CHECK_INT(br_str_compare(none, none), 0);
	CHECK(br_str_starts(BR_STR("abc"), "ab"));
	CHECK(!br_str_starts(BR_STR("a"), "ab"));
	CHECK(br_str_starts(none, ""));
}

static void test_copying_needs_room_for_the_end(void)
{
	char buffer[4] = "xyz";

	CHECK(br_str_copy(BR_STR("abc"), buffer, sizeof(buffer)));
	CHECK_TEXT(buffer, "abc");
	CHECK(!br_str_copy(BR_STR("abcd"), buffer, sizeof(buffer)));
	CHECK_TEXT(buffer, "");
	CHECK(br_str_copy((struct br_str){NULL, 0}, buffer, 1));
}

static void test_splitting_at_a_separator(void)
{
	struct br_str rest = BR_STR("a//bc");

	CHECK_STR(br_str_split(&rest, '/'), "a");
	CHECK_STR(br_str_split(&rest, '/'), "");
	CHECK_STR(rest, "bc");
	CHECK_STR(br_str_split(&rest, '/'), "bc");
	CHECK_INT(rest.n, 0);
	CHECK_STR(br_str_split(&rest, '/'), "");
}

static void test_whole_numbers(void)
{
	static const struct {
		const char *text;
		int64_t number;
	} good[] = {{"0", 0}, {"-0", 0}, {"007", 7}, {"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN}};
	static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1.0", "0x1",
		"9223372036854775808", "-9223372036854775809", "99999999999999999999999"};
	int64_t number;

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++) {
		number = 77;
		CHECK(br_str_to_i64(br_str_from(good[i].text), &number));
		CHECK_INT(number, good[i].number);
	}
	number = 77;
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_str_to_i64(br_str_from(bad[i]), &number));
	CHECK_INT(number, 77);
}

static void test_decimals(void)
{
	static const struct {
		const char *text;
		int64_t milli;
	} good[] = {{"0", 0}, {"2.5", 2500}, {"-12.345", -12345}, {"0.001", 1}, {"10.050", 10050},
		{"9223372036854775.807", INT64_MAX}, {"-9223372036854775.808", INT64_MIN}};
	static const char *const bad[] = {"", "-", ".", ".5", "5.", "1.2345", "1,5", "1e3", "1.-5",
		"--1", "9223372036854775.808", "1.2.3"};
	int64_t milli;

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++) {
		milli = 77;
		CHECK(br_str_to_milli(br_str_from(good[i].text), &milli));
		CHECK_INT(milli, good[i].milli);
	}
	milli = 77;
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_str_to_milli(br_str_from(bad[i]), &milli));
	CHECK_INT(milli, 77);
}

/* The rows of the Unicode standard's table 3-7, each at its bounds and just outside. */
/* Plain text is looked at eight bytes at a time; what breaks it may stand anywhere. */
static void test_utf8_faults_at_any_place(void)
{
	static const char faults[] = {'\0', (char)0x80, (char)0xC2, (char)0xFF};
	char text[40];

	for (size_t n = 1; n < sizeof(text); n++) {
		memset(text, 'a', sizeof(text));
		text[n / 2] = 0x7F;
		CHECK(br_utf8_valid(text, n));
		for (size_t at = 0; at < n; at++) {
			for (size_t i = 0; i < sizeof(faults); i++) {
				text[at] = faults[i];
				CHECK(!br_utf8_valid(text, n));
			}
			text[at] = 1;
			CHECK(br_utf8_valid(text, n));
			text[at] = 'a';
		}
	}
}

static void test_well_formed_utf8(void)
{
	static const char *const good[] = {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80",
		"\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
		"\xF4\x8F\xBF\xBF", "Stra\xC3\x9F\x65"};
	static const char *const bad[] = {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41",
		"\xE0\x9F\xBF", "\xED\xA0\x80", "\xE1\x80", "\xE1\x80\x41", "\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xF1\x80\x80"};

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++)
		CHECK(br_utf8_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_utf8_valid(bad[i], strlen(bad[i])));
	CHECK(!br_utf8_valid("a\0b", 3));
}

static void test_cutting_keeps_characters_whole(void)
{
	static const char text[] = "a\xC3\xA4\xE2\x82\xAC"; /* aä€ */

	CHECK_INT(br_utf8_cut(text, 6), 6);
	CHECK_INT(br_utf8_cut(text, 5), 3);
	CHECK_INT(br_utf8_cut(text, 4), 3);
	CHECK_INT(br_utf8_cut(text, 3), 3);
	CHECK_INT(br_utf8_cut(text, 2), 1);
	CHECK_INT(br_utf8_cut(text, 1), 1);
	CHECK_INT(br_utf8_cut(text, 0), 0);
}

/* What is cut at its end, and what never was a character, becomes question marks. */
static void test_mending_leaves_utf8(void)
{
	static const struct {
		const char *text, *mended;
	} rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
		{"a\xC3", "a?"},
		{"\xE2\x82", "??"},
		{"\xF0\x9F\x98", "???"},
		{"\xA4x\xFFy\xC3\xA4", "?x?y\xC3\xA4"},
		{"\xED\xA0\x80", "???"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "%s", rows[i].text);
		br_utf8_mend(text);
		CHECK_TEXT(text, rows[i].mended);
	}
}

static void test_how_far_words_are_apart(void)
{
	CHECK_INT(br_str_distance(BR_STR("pick"), BR_STR("pick")), 0);
	CHECK_INT(br_str_distance(BR_STR("pick"), BR_STR("pack")), 1);
	CHECK_INT(br_str_distance(BR_STR("pick"), BR_STR("unpick")), 2);
	CHECK_INT(br_str_distance(BR_STR("kitten"), BR_STR("sitting")), 3);
	CHECK_INT(br_str_distance((struct br_str){NULL, 0}, BR_STR("abc")), 3);
	CHECK_INT(br_str_distance(BR_STR("abc"), (struct br_str){NULL, 0}), 3);
	CHECK(br_str_distance(BR_STR("a"), (struct br_str){"x", 4096}) == SIZE_MAX);
}

int main(int argc, char **argv)
{
	TEST(test_how_far_words_are_apart);
	TEST(test_mending_leaves_utf8);
	TEST(test_comparing_is_by_bytes_and_length);
	TEST(test_copying_needs_room_for_the_end);
	TEST(test_splitting_at_a_separator);
	TEST(test_whole_numbers);
	TEST(test_decimals);
	TEST(test_utf8_faults_at_any_place);
	TEST(test_well_formed_utf8);
	TEST(test_cutting_keeps_characters_whole);
	return test_end(argc, argv);
}
