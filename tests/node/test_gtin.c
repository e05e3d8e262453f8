#include "node/gtin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static void test_every_length_is_kept_as_fourteen_digits(void)
{
	static const struct {
		const char *text, *digits;
		bool restricted;
	} good[] = {{"40170725", "00000040170725", false},
		{"036000291452", "00036000291452", false},
		{"4006381333931", "04006381333931", false},
		{"10614141000415", "10614141000415", false},
		{"2000000000015", "02000000000015", true},
		{"0200000000004", "00200000000004", true},
		{"04000000000006", "04000000000006", false},
		{"00400000000008", "00400000000008", true}, {"20000004", "00000020000004", true},
		{"400000000008", "00400000000008", true},
		{"00000000000000", "00000000000000", false}};
	struct br_gtin gtin;

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++) {
		gtin.digits[0] = '\0';
		CHECK(br_gtin_parse(br_str_from(good[i].text), &gtin));
		CHECK_TEXT(gtin.digits, good[i].digits);
		CHECK_INT(gtin.restricted, good[i].restricted);
	}
}

static void test_what_is_no_gtin_is_refused(void)
{
	static const char *const bad[] = {"", "0", "4006381333930", "40063813339311",
		"400638133393", "4006381333a31", "36000291452", "036000291453", " 4006381333931",
		"4006381333931 ", "100614141000415", "-006381333931"};
	struct br_gtin gtin = {.digits = "kept"};

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_gtin_parse(br_str_from(bad[i]), &gtin));
	CHECK_TEXT(gtin.digits, "kept");
}

/* The check digit finds every single wrong digit (GS1 General Specifications, 7.9). */
static void test_every_wrong_digit_is_found(void)
{
	char text[] = "4006381333931";
	struct br_gtin gtin;

	for (size_t i = 0; i < 13; i++) {
		char right = text[i];

		for (char digit = '0'; digit <= '9'; digit++) {
			text[i] = digit;
			CHECK_INT(br_gtin_parse(br_str_from(text), &gtin), digit == right);
		}
		text[i] = right;
	}
}

static void test_check_digits_are_made(void)
{
	CHECK_INT(br_gtin_check_digit(BR_STR("400638133393")), '1');
	CHECK_INT(br_gtin_check_digit(BR_STR("629104150021")), '3');
	CHECK_INT(br_gtin_check_digit(BR_STR("")), '0');
}

/* Columns: code, length, whether the check digit is right, name. */
static void test_real_barcodes(void)
{
	const char *path = test_data("gs1/gtin-sample.tsv");
	char *text, *line, *rest;
	unsigned rows = 0, wrong = 0;

	if (path == NULL)
		return;
	text = test_file_read(path, NULL);
	line = strtok_r(text, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest)) != NULL) {
		struct br_str row = br_str_from(line), code = br_str_split(&row, '\t');
		struct br_str length = br_str_split(&row, '\t');
		bool valid = br_str_is(br_str_split(&row, '\t'), "1");
		struct br_gtin gtin;

		/* Lengths that are no GTIN's are refused whatever their last digit says. */
		if (!br_str_is(length, "8") && !br_str_is(length, "12") &&
			!br_str_is(length, "13") && !br_str_is(length, "14"))
			valid = false;
		rows++;
		if (br_gtin_parse(code, &gtin) != valid && wrong++ < 5)
			printf("wrong: %s\n", line);
	}
	CHECK(rows > 100);
	CHECK_INT(wrong, 0);
	free(text);
}

int main(int argc, char **argv)
{
	TEST(test_every_length_is_kept_as_fourteen_digits);
	TEST(test_what_is_no_gtin_is_refused);
	TEST(test_every_wrong_digit_is_found);
	TEST(test_check_digits_are_made);
	TEST(test_real_barcodes);
	return test_end(argc, argv);
}
