#include "esl/format.h"

#include "tests/lib/test.h"

static struct br_format format_of(const char *decimal, const char *group, const char *place)
{
	struct br_fields fields = {.n = 0};
	struct br_format format;

	REQUIRE(br_fields_text(&fields, "decimal_mark", br_str_from(decimal)) == 0);
	REQUIRE(br_fields_text(&fields, "group_mark", br_str_from(group)) == 0);
	REQUIRE(br_fields_text(&fields, "currency_place", br_str_from(place)) == 0);
	REQUIRE(br_format_read(&fields, &format, NULL) == 0);
	return format;
}

static void number_check(const struct br_format *format, int64_t milli, const char *want)
{
	struct br_text text;

	br_text_init(&text, 128);
	br_format_number(format, milli, &text);
	CHECK_STR(br_text_str(&text), want);
	br_text_finish(&text);
}

static void money_check(
	const struct br_format *format, int64_t milli, const char *currency, const char *want)
{
	struct br_money money;
	struct br_text text;

	br_text_init(&text, 128);
	REQUIRE(br_format_money(format, milli, br_str_from(currency), &money, NULL) == 0);
	br_money_write(&money, true, &text);
	CHECK_STR(br_text_str(&text), want);
	br_text_finish(&text);
}

static void test_numbers_are_grouped_and_keep_only_needed_decimals(void)
{
	struct br_format format = format_of("", "", "");

	number_check(&format, 0, "0");
	number_check(&format, 1000, "1");
	number_check(&format, -1500, "-1.5");
	number_check(&format, 12, "0.012");
	number_check(&format, 999990, "999.99");
	number_check(&format, 1000000, "1,000");
	number_check(&format, 1234567000, "1,234,567");
	number_check(&format, INT64_MIN, "-9,223,372,036,854,775.808");
	number_check(&format, INT64_MAX, "9,223,372,036,854,775.807");
}

static void test_money_has_its_currency_decimals_symbol_and_place(void)
{
	struct br_format format = format_of("", "", "");

	money_check(&format, 2500, "EUR", "2.50\u00a0€");
	money_check(&format, 2500, "USD", "$2.50");
	money_check(&format, 1234567000, "USD", "$1,234,567.00");
	money_check(&format, 499000, "JPY", "¥499");
	money_check(&format, 499000, "HUF", "499\u00a0Ft");
	money_check(&format, 1234, "KWD", "1.234\u00a0د.ك");
	money_check(&format, 2500, "XTS", "2.50\u00a0XTS");
	money_check(&format, 2500, "", "2.50");
	money_check(&format, -2500, "GBP", "£-2.50");
}

static void test_money_is_never_rounded(void)
{
	struct br_format format = format_of("", "", "");

	money_check(&format, 1995, "EUR", "1.995\u00a0€");
	money_check(&format, 499500, "JPY", "¥499.5");
	money_check(&format, 1, "EUR", "0.001\u00a0€");
}

static void test_marks_and_place_are_the_stores(void)
{
	struct br_format german = format_of(",", ".", "");
	struct br_format dutch = format_of(",", ".", "before");
	struct br_format polish = format_of(",", "\u00a0", "after");

	money_check(&german, 1234567500, "EUR", "1.234.567,50\u00a0€");
	money_check(&dutch, 2500, "EUR", "€2,50");
	money_check(&polish, 1234500, "USD",
		"1\u00a0"
		"234,50\u00a0$");
	money_check(&dutch, 2500, "PLN",
		"zł\u00a0"
		"2,50");
}

static void test_digits_of_other_scripts(void)
{
	struct br_fields fields = {.n = 0};
	struct br_format format;

	REQUIRE(br_fields_text(&fields, "digit_zero", BR_STR("۰")) == 0);
	REQUIRE(br_fields_text(&fields, "decimal_mark", BR_STR("٫")) == 0);
	REQUIRE(br_format_read(&fields, &format, NULL) == 0);
	number_check(&format, 1234567890, "۱,۲۳۴,۵۶۷٫۸۹");
	REQUIRE(br_fields_text(&fields, "digit_zero", BR_STR("०")) == 0);
	REQUIRE(br_format_read(&fields, &format, NULL) == 0);
	number_check(&format, 9500, "९٫५");
}

static void test_an_amount_is_cut_into_parts(void)
{
	struct br_format format = format_of("", "", "");
	struct br_money money;

	REQUIRE(br_format_money(&format, 1234990, BR_STR("EUR"), &money, NULL) == 0);
	CHECK_TEXT(money.whole, "1,234");
	CHECK_TEXT(money.mark, ".");
	CHECK_TEXT(money.decimals, "99");
	CHECK_TEXT(money.symbol, "€");
	CHECK(!money.before && !money.right_to_left);
	REQUIRE(br_format_money(&format, 5000, BR_STR("IRR"), &money, NULL) == 0);
	CHECK_TEXT(money.decimals, "");
	CHECK_TEXT(money.mark, "");
	CHECK(money.right_to_left);
}

static void test_dates(void)
{
	static const struct {
		const char *form, *date, *want;
	} good[] = {{"", "2026-03-31", "31.03.2026"}, {"d/m/y", "2026-12-01", "01/12/2026"},
		{"m/d/y", "2026-12-01T10:00:00Z", "12/01/2026"},
		{"y-m-d", "2028-02-29 08:00", "2028-02-29"}};
	static const char *const bad[] = {
		"", "2026", "2026-02-30", "31.03.2026", "2026-03-31x", "2026/03/31", "soon, soon!"};

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++) {
		struct br_fields fields = {.n = 0};
		struct br_format format;
		struct br_text text;

		br_text_init(&text, 64);
		REQUIRE(br_fields_text(&fields, "date_form", br_str_from(good[i].form)) == 0);
		REQUIRE(br_format_read(&fields, &format, NULL) == 0);
		CHECK_INT(br_format_date(&format, br_str_from(good[i].date), &text, NULL), 0);
		CHECK_STR(br_text_str(&text), good[i].want);
		br_text_finish(&text);
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_format format = format_of("", "", "");
		struct br_fault fault = {""};
		struct br_text text;

		br_text_init(&text, 64);
		CHECK_INT(
			br_format_date(&format, br_str_from(bad[i]), &text, &fault), BR_E_INVALID);
		CHECK_HAS(fault.text, "is no date");
		CHECK_INT(text.n, 0);
		br_text_finish(&text);
	}
}

static void test_bad_writing_fields_are_named(void)
{
	static const struct {
		const char *name, *value, *part;
	} bad[] = {{"decimal_mark", "point", "decimal_mark has 5 bytes"},
		{"group_mark", "comma", "group_mark has 5 bytes"},
		{"digit_zero", "x", "digit_zero is \"x\""},
		{"digit_zero", "00", "digit_zero is \"00\""},
		{"digit_zero", "\u00bf", "digit_zero"},
		{"currency_place", "above", "\"before\" or \"after\""},
		{"date_form", "y.d.m", "d.m.y, d/m/y, m/d/y and y-m-d"}};

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_fields fields = {.n = 0};
		struct br_fault fault = {""};
		struct br_format format;

		REQUIRE(br_fields_text(&fields, bad[i].name, br_str_from(bad[i].value)) == 0);
		CHECK_INT(br_format_read(&fields, &format, &fault), BR_E_INVALID);
		CHECK_HAS(fault.text, bad[i].part);
	}
}

static void test_bad_currencies_are_refused(void)
{
	static const char *const bad[] = {"eur", "EURO", "E", "€"};
	struct br_format format = format_of("", "", "");
	struct br_fault fault;
	struct br_money money;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		fault.text[0] = '\0';
		CHECK_INT(br_format_money(&format, 1000, br_str_from(bad[i]), &money, &fault),
			BR_E_INVALID);
		CHECK_HAS(fault.text, "three capital letters");
	}
}

int main(int argc, char **argv)
{
	TEST(test_numbers_are_grouped_and_keep_only_needed_decimals);
	TEST(test_money_has_its_currency_decimals_symbol_and_place);
	TEST(test_money_is_never_rounded);
	TEST(test_marks_and_place_are_the_stores);
	TEST(test_digits_of_other_scripts);
	TEST(test_an_amount_is_cut_into_parts);
	TEST(test_dates);
	TEST(test_bad_writing_fields_are_named);
	TEST(test_bad_currencies_are_refused);
	return test_end(argc, argv);
}
