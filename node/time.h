/*
 * Times: unix milliseconds (UTC), their RFC 3339 text, and the clock as an interface.
 *
 * Wall-clock is for showing and for what people schedule; deadlines inside the process count on
 * CLOCK_BOOTTIME. Everything that needs the time takes a `struct br_clock`, so tests set it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/str.h"

/* "2026-03-01T10:15:00.120Z" and the NUL. */
#define BR_TIME_TEXT_BYTES 25

/* Years 1970 to 9999. */
#define BR_TIME_MAX_MS INT64_C(253402300799999)

struct br_clock {
	int64_t (*wall_ms)(void *context); /* unix milliseconds; may jump */
	int64_t (*boot_ms)(void *context); /* never goes back, counts through suspend */
	void *context;
};

/* The machine's own clocks. */
extern const struct br_clock br_clock_system;

/* Writes RFC 3339 in UTC with milliseconds; values outside 0..BR_TIME_MAX_MS are clamped. */
void br_time_format(int64_t unix_ms, char buffer[BR_TIME_TEXT_BYTES]);

/*
 * Reads RFC 3339 (section 5.6) with any number of decimals and `Z` or a numeric offset, whose colon
 * may be missing. False for anything else and for times outside 0..BR_TIME_MAX_MS.
 */
BR_MUST_CHECK bool br_time_parse(struct br_str text, int64_t *ret_unix_ms);

/* Reads a date such as "2026-03-01": its first instant in UTC. */
BR_MUST_CHECK bool br_time_day_parse(struct br_str text, int64_t *ret_unix_ms);

/* Days since 1970-01-01 of a date in the Gregorian calendar; month 1–12, day 1–31. */
int64_t br_time_days(int year, int month, int day);
