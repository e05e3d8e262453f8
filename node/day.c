#include "node/day.h"

#include <stdio.h>
#include <time.h>

#include "node/time.h"

/* Zones differ by quarters of an hour, so days begin at one. */
#define QUARTER_S (15 * 60)
#define SHORTEST_S (20 * 3600)
#define LONGEST_S (30 * 3600)

static struct tm parts_of(time_t at_s)
{
	struct tm parts = {.tm_mday = 1};
	const struct tm *got = localtime_r(&at_s, &parts);

	/* It fails for years beyond the range of an int only. */
	br_assert(got != NULL);
	return parts;
}

/* The instant of a time on the wall; one that the clocks leap over is that as far behind it. */
static time_t instant_of(struct tm parts)
{
	parts.tm_isdst = -1;
	br_assert(parts.tm_mday >= 1);
	return mktime(&parts);
}

/* The first quarter from `at_s` on that lies on the day of the month, or on none but it. */
static time_t quarter_find(time_t at_s, time_t end_s, int day, bool on)
{
	br_assert(at_s <= end_s && day >= 1 && day <= 31);
	while (at_s < end_s && (parts_of(at_s).tm_mday == day) != on)
		at_s += QUARTER_S;
	return at_s;
}

struct br_day br_day_of(int64_t at_ms)
{
	int64_t within_ms = at_ms < 0 ? 0 : at_ms > BR_TIME_MAX_MS ? BR_TIME_MAX_MS : at_ms;
	struct tm parts = parts_of((time_t)(within_ms / 1000));
	struct tm midnight = {
		.tm_year = parts.tm_year, .tm_mon = parts.tm_mon, .tm_mday = parts.tm_mday};
	time_t from_s = instant_of(midnight);
	struct br_day day;

	/* Where clocks leap over midnight, the C library may answer with the evening before. */
	from_s = quarter_find(from_s, from_s + LONGEST_S - SHORTEST_S, parts.tm_mday, true);
	day.from_ms = (int64_t)from_s * 1000;
	day.to_ms = (int64_t)quarter_find(
			    from_s + SHORTEST_S, from_s + LONGEST_S, parts.tm_mday, false) *
		    1000;
	br_assert(day.from_ms < day.to_ms);
	/* East of Greenwich the last hours there are lie in a year of five digits. */
	if (strftime(day.date, sizeof(day.date), "%Y-%m-%d", &parts) != BR_DATE_BYTES)
		(void)snprintf(day.date, sizeof(day.date), "9999-12-31");
	return day;
}

/* Reads the text as if it were of UTC, so that the calendar's rules stand in one place. */
static bool wall_read(struct br_str date, const char *clock, int64_t *ret_unix_ms)
{
	int64_t wall_ms, unix_ms;
	struct tm parts;
	time_t wall_s;
	char text[32];

	br_assert(clock[0] == 'T');
	(void)snprintf(text, sizeof(text), "%.*s%sZ", BR_STR_ARG(date), clock);
	if (!br_time_parse(br_str_from(text), &wall_ms))
		return false;
	wall_s = (time_t)(wall_ms / 1000);
	if (gmtime_r(&wall_s, &parts) == NULL)
		return false;
	unix_ms = (int64_t)instant_of(parts) * 1000;
	if (unix_ms < 0 || unix_ms > BR_TIME_MAX_MS)
		return false;
	*ret_unix_ms = unix_ms;
	return true;
}

bool br_day_read(struct br_str date, struct br_day *ret_day)
{
	int64_t noon_ms;

	br_assert(date.s != NULL || date.n == 0);
	if (date.n != BR_DATE_BYTES || !wall_read(date, "T12:00:00", &noon_ms))
		return false;
	*ret_day = br_day_of(noon_ms);
	return true;
}

bool br_day_time_read(struct br_str text, int64_t *ret_unix_ms)
{
	static const char minute[] = "2026-03-01 10:15", second[] = "2026-03-01 10:15:30";
	char clock[sizeof("T10:15:30")];

	br_assert(text.s != NULL || text.n == 0);
	if ((text.n != sizeof(minute) - 1 && text.n != sizeof(second) - 1) ||
		(text.s[BR_DATE_BYTES] != ' ' && text.s[BR_DATE_BYTES] != 'T'))
		return false;
	(void)snprintf(clock, sizeof(clock), "T%.*s%s", (int)text.n - BR_DATE_BYTES - 1,
		text.s + BR_DATE_BYTES + 1, text.n == sizeof(minute) - 1 ? ":00" : "");
	return wall_read((struct br_str){text.s, BR_DATE_BYTES}, clock, ret_unix_ms);
}
