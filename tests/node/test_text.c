#include "node/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/error.h"
#include "tests/lib/test.h"

static void test_texts_grow_by_every_kind_of_piece(void)
{
	struct br_text text;

	br_text_init(&text, 100000);
	CHECK_INT(br_text_str(&text).n, 0);
	br_text_add(&text, "ab", 2);
	br_text_add_str(&text, BR_STR("cd"));
	br_text_add_str(&text, (struct br_str){NULL, 0});
	br_text_puts(&text, "ef");
	br_text_putc(&text, 'g');
	br_text_printf(&text, "%d-%s", 7, "x");
	CHECK_STR(br_text_str(&text), "abcdefg7-x");
	CHECK_TEXT(text.bytes, "abcdefg7-x");
	br_text_finish(&text);
	CHECK(text.bytes == NULL && text.n == 0);
}

static void test_long_texts_keep_what_was_there(void)
{
	struct br_text text;
	char wide[600];

	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	br_text_init(&text, 1 << 20);
	for (int i = 0; i < 100; i++)
		br_text_printf(&text, "%s%d", wide, i % 10);
	CHECK_INT(br_text_error(&text), 0);
	CHECK_INT(text.n, 100 * 600);
	CHECK(text.bytes[599] == '0' && text.bytes[600 * 99 + 599] == '9');
	br_text_finish(&text);
}

static void test_decimals_have_no_needless_zeros(void)
{
	static const struct {
		int64_t milli;
		const char *text;
	} rows[] = {{0, "0"}, {2550, "2.55"}, {3000, "3"}, {1, "0.001"}, {-1, "-0.001"},
		{-12340, "-12.34"}, {INT64_MAX, "9223372036854775.807"},
		{INT64_MIN, "-9223372036854775.808"}};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_text text;

		br_text_init(&text, 100);
		br_text_add_milli(&text, rows[i].milli);
		CHECK_STR(br_text_str(&text), rows[i].text);
		br_text_finish(&text);
	}
}

static void test_the_first_failure_stays(void)
{
	struct br_text text;

	br_text_init(&text, 4);
	br_text_puts(&text, "1234");
	CHECK_INT(br_text_error(&text), 0);
	br_text_putc(&text, '5');
	br_text_printf(&text, "%s", "");
	CHECK_INT(br_text_error(&text), BR_E_TOO_LARGE);
	CHECK_STR(br_text_str(&text), "1234");
	br_text_clear(&text);
	CHECK_INT(br_text_error(&text), 0);
	CHECK_INT(text.n, 0);
	br_text_printf(&text, "%0500d", 1);
	CHECK_INT(br_text_error(&text), BR_E_TOO_LARGE);
	br_text_finish(&text);
}

/* A fault's sentence is cut at its limit, never inside a character. */
/* A quoted piece of what came from outside may begin or end inside a character. */
static void test_faults_are_always_utf8(void)
{
	struct br_fault fault;

	CHECK_INT(br_fault_set(&fault, BR_E_INVALID, "\"%.4s\": no", "x\xE2\x82\xAC\xE2\x82\xAC"),
		BR_E_INVALID);
	CHECK_TEXT(fault.text, "\"x\xE2\x82\xAC\": no");
	CHECK_INT(
		br_fault_set(&fault, BR_E_INVALID, "\"%.3s\": no", "x\xE2\x82\xAC"), BR_E_INVALID);
	CHECK_TEXT(fault.text, "\"x??\": no");
	CHECK_INT(
		br_fault_set(&fault, BR_E_INVALID, "%s", "\xAC\xF0\x9F\x92\xA9\xFF"), BR_E_INVALID);
	CHECK_TEXT(fault.text, "?\xF0\x9F\x92\xA9?");
}

static void test_faults_are_cut_at_a_character(void)
{
	struct br_fault fault;

	for (int shift = 0; shift < 4; shift++) {
		char wide[BR_FAULT_BYTES_MAX + 20];
		size_t n = (size_t)shift;

		memset(wide, 'x', n);
		for (; n + 3 < sizeof(wide); n += 3)
			memcpy(wide + n, "\xE2\x82\xAC", 3);
		wide[n] = '\0';
		CHECK_INT(br_fault_set(&fault, BR_E_INVALID, "%s", wide), BR_E_INVALID);
		CHECK(br_utf8_valid(fault.text, strlen(fault.text)));
		CHECK(strlen(fault.text) > BR_FAULT_BYTES_MAX - 5);
		br_fault_prefix(&fault, "where");
		CHECK(br_str_starts(br_str_from(fault.text), "where: "));
		CHECK(br_utf8_valid(fault.text, strlen(fault.text)));
	}
	CHECK_INT(br_fault_set(NULL, BR_E_IO, "nobody listens"), BR_E_IO);
	br_fault_prefix(NULL, "x");
}

static void test_every_error_has_a_text(void)
{
	for (int error = -14; error <= 0; error++)
		CHECK(br_error_text(error)[0] != '\0');
	CHECK(br_error_text(1)[0] != '\0');
	CHECK(br_error_text(-1000)[0] != '\0');
	CHECK(strcmp(br_error_text(BR_E_IO), br_error_text(BR_E_DISK_FULL)) != 0);
}

/* printf() says the same, of every length and sign. */
static void test_whole_numbers_are_those_of_printf(void)
{
	char wanted[32];
	struct br_text text;
	uint64_t number = 1;

	br_text_init(&text, 64);
	for (int i = 0; i < 200; i++) {
		br_text_clear(&text);
		br_text_add_u64(&text, number);
		(void)snprintf(wanted, sizeof(wanted), "%" PRIu64, number);
		CHECK_TEXT(text.bytes, wanted);
		br_text_clear(&text);
		br_text_add_i64(&text, (int64_t)number);
		(void)snprintf(wanted, sizeof(wanted), "%" PRId64, (int64_t)number);
		CHECK_TEXT(text.bytes, wanted);
		number = i % 2 == 0 ? number * 10 - 1 : number + 1 + test_random() % 7;
	}
	br_text_clear(&text);
	br_text_add_u64(&text, 0);
	br_text_putc(&text, ' ');
	br_text_add_i64(&text, INT64_MIN);
	br_text_putc(&text, ' ');
	br_text_add_u64(&text, UINT64_MAX);
	CHECK_TEXT(text.bytes, "0 -9223372036854775808 18446744073709551615");
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_texts_grow_by_every_kind_of_piece);
	TEST(test_long_texts_keep_what_was_there);
	TEST(test_decimals_have_no_needless_zeros);
	TEST(test_whole_numbers_are_those_of_printf);
	TEST(test_the_first_failure_stays);
	TEST(test_faults_are_always_utf8);
	TEST(test_faults_are_cut_at_a_character);
	TEST(test_every_error_has_a_text);
	return test_end(argc, argv);
}
