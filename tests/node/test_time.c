#include "node/time.h"

#include "tests/lib/test.h"

static void test_known_instants_format_and_parse(void)
{
	static const struct {
		int64_t unix_ms;
		const char *text;
	} rows[] = {{0, "1970-01-01T00:00:00.000Z"}, {1, "1970-01-01T00:00:00.001Z"},
		{INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
		{INT64_C(1772359800120), "2026-03-01T10:10:00.120Z"},
		{INT64_C(4107542399999), "2100-02-28T23:59:59.999Z"},
		{INT64_C(4107542400000), "2100-03-01T00:00:00.000Z"},
		{BR_TIME_MAX_MS, "9999-12-31T23:59:59.999Z"}};
	char text[BR_TIME_TEXT_BYTES];
	int64_t unix_ms;

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		br_time_format(rows[i].unix_ms, text);
		CHECK_TEXT(text, rows[i].text);
		unix_ms = -1;
		CHECK(br_time_parse(br_str_from(rows[i].text), &unix_ms));
		CHECK_INT(unix_ms, rows[i].unix_ms);
	}
}

static void test_times_out_of_range_are_clamped(void)
{
	char text[BR_TIME_TEXT_BYTES];

	br_time_format(-5, text);
	CHECK_TEXT(text, "1970-01-01T00:00:00.000Z");
	br_time_format(INT64_MAX, text);
	CHECK_TEXT(text, "9999-12-31T23:59:59.999Z");
}

static void test_every_day_of_four_centuries_comes_back(void)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t days = br_time_days(1970, 1, 1);
	bool held = true;

	CHECK_INT(days, 0);
	for (int year = 1970; year < 2370; year++)
		for (int month = 1; month <= 12; month++) {
			bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
			int length = lengths[month - 1] + (month == 2 && leap);

			for (int day = 1; day <= length; day++)
				held &= br_time_days(year, month, day) == days++;
		}
	CHECK(held);
}

static void test_forms_that_are_read(void)
{
	static const struct {
		const char *text;
		int64_t unix_ms;
	} rows[] = {{"1970-01-01T01:00:00+01:00", 0}, {"1970-01-01T01:30:00+0130", 0},
		{"1969-12-31T23:00:00-01:00", 0}, {"1970-01-01t00:00:00z", 0},
		{"1970-01-01 00:00:00Z", 0}, {"1970-01-01T00:00:00.1Z", 100},
		{"1970-01-01T00:00:00.123456789Z", 123}, {"1970-01-01T00:00:60Z", 60000}};
	int64_t unix_ms;

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		unix_ms = -1;
		CHECK(br_time_parse(br_str_from(rows[i].text), &unix_ms));
		CHECK_INT(unix_ms, rows[i].unix_ms);
	}
}

static void test_forms_that_are_refused(void)
{
	static const char *const bad[] = {"", "1970", "1970-01-01", "1970-01-01T00:00:00",
		"1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z", "1970-02-29T00:00:00Z",
		"1970-01-32T00:00:00Z", "1970-01-00T00:00:00Z", "1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z", "1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+1:00",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "70-01-01T00:00:00Z",
		"1970-1-1T00:00:00Z", "9999-12-31T23:59:59-01:00", "-970-01-01T00:00:00Z"};
	int64_t unix_ms = 77;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_time_parse(br_str_from(bad[i]), &unix_ms));
	CHECK_INT(unix_ms, 77);
}

static void test_random_instants_come_back(void)
{
	bool held = true;

	for (int i = 0; i < 20000; i++) {
		int64_t unix_ms = (int64_t)(test_random() % (uint64_t)(BR_TIME_MAX_MS + 1));
		char text[BR_TIME_TEXT_BYTES];
		int64_t back = -1;

		br_time_format(unix_ms, text);
		held &= br_time_parse(br_str_from(text), &back) && back == unix_ms;
	}
	CHECK(held);
}

static void test_the_machines_clocks_go_on(void)
{
	int64_t boot = br_clock_system.boot_ms(br_clock_system.context);

	CHECK(boot > 0);
	CHECK(br_clock_system.boot_ms(br_clock_system.context) >= boot);
	CHECK(br_clock_system.wall_ms(br_clock_system.context) > INT64_C(1500000000000));
}

int main(int argc, char **argv)
{
	TEST(test_known_instants_format_and_parse);
	TEST(test_times_out_of_range_are_clamped);
	TEST(test_every_day_of_four_centuries_comes_back);
	TEST(test_forms_that_are_read);
	TEST(test_forms_that_are_refused);
	TEST(test_random_instants_come_back);
	TEST(test_the_machines_clocks_go_on);
	return test_end(argc, argv);
}
