#include "node/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

static int64_t clock_ms(clockid_t id)
{
	struct timespec now;
	int result = clock_gettime(id, &now);

	br_assert(result == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *context BR_UNUSED)
{
	return clock_ms(CLOCK_REALTIME);
}

static int64_t system_boot_ms(void *context BR_UNUSED)
{
	return clock_ms(CLOCK_BOOTTIME);
}

const struct br_clock br_clock_system = {system_wall_ms, system_boot_ms, NULL};

/*
 * Counts in years that begin in March, so that the leap day is the last day of its year and the
 * months' lengths follow one line (Richards, "Calendars", in the Explanatory Supplement, ch. 15).
 */
int64_t br_time_days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	br_assert(year >= 0 && year <= 10000);
	br_assert(month >= 1 && month <= 12);
	br_assert(day >= 1);
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static void date_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	int year = (int)(1970 + days / 366);
	int month = 12;

	br_assert(days >= 0);
	while (br_time_days(year + 1, 1, 1) <= days)
		year++;
	while (br_time_days(year, month, 1) > days)
		month--;
	*ret_year = year;
	*ret_month = month;
	*ret_day = (int)(days - br_time_days(year, month, 1)) + 1;
	br_assert(*ret_day >= 1 && *ret_day <= 31);
}

/* The last `n` decimal digits of a number, with zeros in front. */
static void digits_put(char *at, int n, int number)
{
	br_assert(number >= 0);
	while (n > 0) {
		at[--n] = (char)('0' + number % 10);
		number /= 10;
	}
}

_Static_assert(BR_TIME_TEXT_BYTES == sizeof("0000-00-00T00:00:00.000Z"), "a text of fixed length");

void br_time_format(int64_t unix_ms, char buffer[BR_TIME_TEXT_BYTES])
{
	int64_t clamped = unix_ms < 0 ? 0 : unix_ms > BR_TIME_MAX_MS ? BR_TIME_MAX_MS : unix_ms;
	int in_day = (int)(clamped % DAY_MS);
	int year, month, day;

	date_from_days(clamped / DAY_MS, &year, &month, &day);
	memcpy(buffer, "0000-00-00T00:00:00.000Z", BR_TIME_TEXT_BYTES);
	digits_put(buffer, 4, year);
	digits_put(buffer + 5, 2, month);
	digits_put(buffer + 8, 2, day);
	digits_put(buffer + 11, 2, in_day / 3600000);
	digits_put(buffer + 14, 2, in_day / 60000 % 60);
	digits_put(buffer + 17, 2, in_day / 1000 % 60);
	digits_put(buffer + 20, 3, in_day % 1000);
}

/* Takes exactly `n` digits off the front. */
static bool digits_take(struct br_str *text, size_t n, int *ret_number)
{
	int number = 0;
	size_t i;

	/* More digits would not fit the number. */
	br_assert(n > 0 && n <= 9);
	if (text->n < n)
		return false;
	for (i = 0; i < n; i++) {
		if (text->s[i] < '0' || text->s[i] > '9')
			return false;
		number = number * 10 + (text->s[i] - '0');
	}
	text->s += n;
	text->n -= n;
	*ret_number = number;
	return true;
}

static bool char_take(struct br_str *text, const char *allowed)
{
	br_assert(allowed[0] != '\0');
	for (; *allowed != '\0'; allowed++) {
		if (text->n > 0 && text->s[0] == *allowed) {
			text->s++;
			text->n--;
			return true;
		}
	}
	return false;
}

static bool date_take(struct br_str *text, int64_t *ret_days)
{
	int year, month, day;

	if (!digits_take(text, 4, &year) || !char_take(text, "-") ||
		!digits_take(text, 2, &month) || !char_take(text, "-") ||
		!digits_take(text, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1)
		return false;
	*ret_days = br_time_days(year, month, day);
	return *ret_days <
	       (month < 12 ? br_time_days(year, month + 1, 1) : br_time_days(year + 1, 1, 1));
}

static bool clock_take(struct br_str *text, int64_t *ret_ms)
{
	int hour, minute, second, digit, weight = 100, ms = 0;

	if (!digits_take(text, 2, &hour) || !char_take(text, ":") ||
		!digits_take(text, 2, &minute) || !char_take(text, ":") ||
		!digits_take(text, 2, &second))
		return false;
	/* Second 60 is a leap second; it counts as the first one of the next minute. */
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	if (char_take(text, ".")) {
		if (!digits_take(text, 1, &digit))
			return false;
		do {
			ms += digit * weight;
			weight /= 10;
		} while (digits_take(text, 1, &digit));
	}
	br_assert(ms >= 0 && ms < 1000);
	*ret_ms = ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + ms;
	return true;
}

static bool offset_take(struct br_str *text, int64_t *ret_ms)
{
	bool west = text->n > 0 && text->s[0] == '-';
	int hour, minute;

	if (char_take(text, "Zz")) {
		*ret_ms = 0;
		return true;
	}
	if (!char_take(text, "+-") || !digits_take(text, 2, &hour))
		return false;
	(void)char_take(text, ":");
	if (!digits_take(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ret_ms = (west ? -1 : 1) * (hour * 60 + minute) * INT64_C(60000);
	br_assert(*ret_ms > -DAY_MS && *ret_ms < DAY_MS);
	return true;
}

bool br_time_parse(struct br_str text, int64_t *ret_unix_ms)
{
	int64_t days, in_day_ms, offset_ms, unix_ms;

	if (!date_take(&text, &days) || !char_take(&text, "Tt ") ||
		!clock_take(&text, &in_day_ms) || !offset_take(&text, &offset_ms) || text.n != 0)
		return false;
	/* Second 60 of a day's last minute reaches into the next day. */
	br_assert(in_day_ms >= 0 && in_day_ms < DAY_MS + 1000);
	unix_ms = days * DAY_MS + in_day_ms - offset_ms;
	if (unix_ms < 0 || unix_ms > BR_TIME_MAX_MS)
		return false;
	*ret_unix_ms = unix_ms;
	return true;
}

bool br_time_day_parse(struct br_str text, int64_t *ret_unix_ms)
{
	char whole[sizeof("2026-03-01T00:00:00Z")];

	br_assert(text.s != NULL || text.n == 0);
	if (text.n != sizeof("2026-03-01") - 1)
		return false;
	(void)snprintf(whole, sizeof(whole), "%.*sT00:00:00Z", BR_STR_ARG(text));
	return br_time_parse(br_str_from(whole), ret_unix_ms);
}
