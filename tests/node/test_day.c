#include "node/day.h"

#include <stdlib.h>
#include <time.h>

#include "node/time.h"
#include "tests/lib/test.h"

/* In full, so that no table of zones is needed; the last one's clocks leap over midnight. */
#define EAST "EET-2EEST,M3.5.0/3,M10.5.0/4"
#define WEST "EST5EDT,M3.2.0,M11.1.0"
#define LEAPS "EET-2EEST,M4.5.5/0,M10.5.4/24"

static void zone_set(const char *zone)
{
	REQUIRE(setenv("TZ", zone, 1) == 0);
	tzset();
}

static int64_t at(const char *text)
{
	int64_t unix_ms = -1;

	REQUIRE(br_time_parse(br_str_from(text), &unix_ms));
	return unix_ms;
}

static void test_a_day_lasts_from_midnight_to_midnight(void)
{
	static const struct {
		const char *zone, *at, *date, *from, *to;
	} rows[] = {
		{"UTC", "2026-03-01T00:00:00Z", "2026-03-01", "2026-03-01T00:00:00Z",
			"2026-03-02T00:00:00Z"},
		{"UTC", "2026-02-28T23:59:59.999Z", "2026-02-28", "2026-02-28T00:00:00Z",
			"2026-03-01T00:00:00Z"},
		{EAST, "2026-01-09T22:30:00Z", "2026-01-10", "2026-01-09T22:00:00Z",
			"2026-01-10T22:00:00Z"},
		/* Summer time begins, and ends. */
		{EAST, "2026-03-29T12:00:00Z", "2026-03-29", "2026-03-28T22:00:00Z",
			"2026-03-29T21:00:00Z"},
		{EAST, "2026-10-25T12:00:00Z", "2026-10-25", "2026-10-24T21:00:00Z",
			"2026-10-25T22:00:00Z"},
		{"<+0545>-5:45", "2026-03-01T18:14:00Z", "2026-03-01", "2026-02-28T18:15:00Z",
			"2026-03-01T18:15:00Z"},
		{WEST, "2026-01-01T04:59:00Z", "2025-12-31", "2025-12-31T05:00:00Z",
			"2026-01-01T05:00:00Z"},
		/* Clocks leapt from midnight to one, and back from midnight to eleven. */
		{LEAPS, "2026-04-24T12:00:00Z", "2026-04-24", "2026-04-23T22:00:00Z",
			"2026-04-24T21:00:00Z"},
		{LEAPS, "2026-04-23T21:59:59Z", "2026-04-23", "2026-04-22T22:00:00Z",
			"2026-04-23T22:00:00Z"},
		{LEAPS, "2026-10-29T21:30:00Z", "2026-10-29", "2026-10-28T21:00:00Z",
			"2026-10-29T22:00:00Z"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_day day;

		zone_set(rows[i].zone);
		day = br_day_of(at(rows[i].at));
		CHECK_TEXT(day.date, rows[i].date);
		CHECK_INT(day.from_ms, at(rows[i].from));
		CHECK_INT(day.to_ms, at(rows[i].to));
		CHECK(br_day_read(br_str_from(rows[i].date), &day));
		CHECK_TEXT(day.date, rows[i].date);
		CHECK_INT(day.from_ms, at(rows[i].from));
	}
}

/* Every instant belongs to one day, and the days of a year follow each other without a gap. */
static void test_days_follow_each_other(void)
{
	static const char *const zones[] = {"UTC", EAST, WEST, LEAPS,
		"EET-2EEST,M3.5.0/0,M10.5.0/0", "CST5CDT,M3.2.0/0,M11.1.0/1",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		"<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45"};

	for (size_t i = 0; i < BR_ARRAY_LEN(zones); i++) {
		struct br_day day;

		zone_set(zones[i]);
		day = br_day_of(at("2024-01-01T12:00:00Z"));
		for (unsigned n = 0; n < 3 * 366; n++) {
			struct br_day next = br_day_of(day.to_ms);

			CHECK_INT(next.from_ms, day.to_ms);
			CHECK_TEXT(br_day_of(day.to_ms - 1).date, day.date);
			day = next;
		}
	}
}

static void test_instants_at_the_ends_of_time(void)
{
	struct br_day day;

	zone_set(WEST);
	CHECK_TEXT(br_day_of(-1).date, "1969-12-31");
	zone_set("NZST-12");
	day = br_day_of(INT64_MAX);
	CHECK_TEXT(day.date, "9999-12-31");
	CHECK(day.from_ms <= BR_TIME_MAX_MS);
}

static void test_what_is_no_date_is_refused(void)
{
	static const char *const texts[] = {"", "2026-03", "2026-02-29", "2026-13-01", "2026-3-1",
		"01.03.2026", "2026-03-01T", "2026/03/01", "yesterday1"};
	struct br_day day = {.from_ms = -7};

	zone_set(EAST);
	for (size_t i = 0; i < BR_ARRAY_LEN(texts); i++)
		CHECK(!br_day_read(br_str_from(texts[i]), &day));
	CHECK_INT(day.from_ms, -7);
}

static void test_a_time_on_the_wall_is_read(void)
{
	static const char *const wrong[] = {"", "10:15", "2026-03-01", "2026-03-01 25:00",
		"2026-03-01 10:60", "2026-03-01  10:15", "2026-02-29 10:15", "2026-03-01_10:15",
		"2026-03-01 10:15Z", "2026-03-01 10:15:3"};
	int64_t unix_ms = -7;

	zone_set(EAST);
	for (size_t i = 0; i < BR_ARRAY_LEN(wrong); i++)
		CHECK(!br_day_time_read(br_str_from(wrong[i]), &unix_ms));
	CHECK_INT(unix_ms, -7);
	CHECK(br_day_time_read(BR_STR("2026-03-01 10:15"), &unix_ms));
	CHECK_INT(unix_ms, at("2026-03-01T08:15:00Z"));
	CHECK(br_day_time_read(BR_STR("2026-07-01T10:15:30"), &unix_ms));
	CHECK_INT(unix_ms, at("2026-07-01T07:15:30Z"));
	CHECK(br_day_time_read(BR_STR("2026-06-30 23:59"), &unix_ms));
	CHECK_INT(unix_ms, at("2026-06-30T20:59:00Z"));
	/* Before 1970 there is no time. */
	CHECK(!br_day_time_read(BR_STR("1970-01-01 00:00"), &unix_ms));
}

int main(int argc, char **argv)
{
	TEST(test_a_day_lasts_from_midnight_to_midnight);
	TEST(test_days_follow_each_other);
	TEST(test_instants_at_the_ends_of_time);
	TEST(test_what_is_no_date_is_refused);
	TEST(test_a_time_on_the_wall_is_read);
	return test_end(argc, argv);
}
