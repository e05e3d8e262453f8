#include "node/currency.h"

#include "tests/lib/test.h"

#define EUR BR_STR("EUR")
#define JPY BR_STR("JPY")
#define KWD BR_STR("KWD")

static void test_every_currency_has_its_minor_unit(void)
{
	CHECK_INT(br_currency_minor(EUR), 10);
	CHECK_INT(br_currency_minor(BR_STR("GBP")), 10);
	CHECK_INT(br_currency_minor(BR_STR("HUF")), 10);
	CHECK_INT(br_currency_minor(JPY), 1000);
	/* The first and the last of each list. */
	CHECK_INT(br_currency_minor(BR_STR("BIF")), 1000);
	CHECK_INT(br_currency_minor(BR_STR("XPF")), 1000);
	CHECK_INT(br_currency_minor(BR_STR("BHD")), 1);
	CHECK_INT(br_currency_minor(KWD), 1);
	CHECK_INT(br_currency_minor(BR_STR("UYW")), 1);
	CHECK_INT(br_currency_decimals(EUR), 2);
	CHECK_INT(br_currency_decimals(JPY), 0);
	CHECK_INT(br_currency_decimals(KWD), 3);
}

static void test_what_is_no_code_has_two_decimals(void)
{
	CHECK_INT(br_currency_minor(BR_STR("")), 10);
	CHECK_INT(br_currency_minor((struct br_str){NULL, 0}), 10);
	CHECK_INT(br_currency_minor(BR_STR("JP")), 10);
	CHECK_INT(br_currency_minor(BR_STR("JPYX")), 10);
	CHECK_INT(br_currency_minor(BR_STR("PYG ")), 10);
	/* Letters that stand in the list across two codes. */
	CHECK_INT(br_currency_minor(BR_STR("F C")), 10);
	CHECK_INT(br_currency_minor(BR_STR("jpy")), 10);
}

static void test_amounts_are_rounded_half_away_from_zero(void)
{
	static const struct {
		int64_t amount, step, rounded;
	} rows[] = {
		{0, 10, 0},
		{4, 10, 0},
		{5, 10, 10},
		{-4, 10, 0},
		{-5, 10, -10},
		{1995, 10, 2000},
		{1994, 10, 1990},
		{499, 1000, 0},
		{500, 1000, 1000},
		/* Swiss coins: 5 centimes. */
		{1024, 50, 1000},
		{1025, 50, 1050},
		{-1025, 50, -1050},
		/* An odd step has no half. */
		{1, 3, 0},
		{2, 3, 3},
		{7, 1, 7},
		{INT64_MAX, 1000, INT64_MAX / 1000 * 1000},
		{INT64_MIN, 1000, INT64_MIN / 1000 * 1000},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++)
		CHECK_INT(br_amount_round(rows[i].amount, rows[i].step), rows[i].rounded);
}

static void test_a_currency_rounds_to_its_minor_unit(void)
{
	CHECK_INT(br_currency_round(EUR, 1234), 1230);
	CHECK_INT(br_currency_round(EUR, 1235), 1240);
	CHECK_INT(br_currency_round(JPY, 99500), 100000);
	CHECK_INT(br_currency_round(KWD, 1234), 1234);
}

static void test_cash_is_rounded_where_the_store_rounds(void)
{
	CHECK_INT(br_currency_cash(EUR, 9980, 0), 9980);
	CHECK_INT(br_currency_cash(EUR, 9980, 50), 10000);
	CHECK_INT(br_currency_cash(EUR, 9970, 50), 9950);
	CHECK_INT(br_currency_cash(BR_STR("HUF"), 1237000, 5000), 1235000);
	CHECK_INT(br_currency_cash(BR_STR("SEK"), 10500, 1000), 11000);
	/* A return gives back what the sale took. */
	CHECK_INT(br_currency_cash(BR_STR("SEK"), -10500, 1000), -11000);
}

static void test_a_line_is_rounded_once(void)
{
	/* 0.145 kg at 0.10: 0.0145, which is not half a cent more than one. */
	CHECK_INT(br_currency_line(EUR, 145, 100), 10);
	CHECK_INT(br_currency_line(EUR, 150, 100), 20);
	CHECK_INT(br_currency_line(EUR, -150, 100), -20);
	CHECK_INT(br_currency_line(EUR, 3000, 1990), 5970);
	CHECK_INT(br_currency_line(JPY, 1500, 99000), 149000);
	CHECK_INT(br_currency_line(KWD, 333, 1000), 333);
	CHECK_INT(br_currency_line(EUR, 0, 1990), 0);
	/* Beyond all reason it stays a number of cents. */
	CHECK_INT(br_currency_line(EUR, INT64_MAX, INT64_MAX), INT64_MAX / 10 * 10);
	CHECK_INT(br_currency_line(EUR, INT64_MAX, -INT64_MAX), -(INT64_MAX / 10 * 10));
}

int main(int argc, char **argv)
{
	TEST(test_every_currency_has_its_minor_unit);
	TEST(test_what_is_no_code_has_two_decimals);
	TEST(test_amounts_are_rounded_half_away_from_zero);
	TEST(test_a_currency_rounds_to_its_minor_unit);
	TEST(test_cash_is_rounded_where_the_store_rounds);
	TEST(test_a_line_is_rounded_once);
	return test_end(argc, argv);
}
