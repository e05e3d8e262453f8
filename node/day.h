/*
 * A day in the store: from midnight to midnight by the clock on its wall, which is that of the
 * machine's time zone. Days with a change to or from summer time have 23 or 25 hours.
 *
 * The zone is no part of the ledger, so only what asks and shows uses this: the tool, the tills'
 * look-ups, the dashboard's questions. decide and apply know nothing but unix milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/str.h"

#define BR_DATE_BYTES 10 /* "2026-03-01" */

struct br_day {
	char date[BR_DATE_BYTES + 1];
	int64_t from_ms, to_ms; /* unix ms: the first of it, and the first behind it */
};

/* The day that holds an instant; what lies outside 0..BR_TIME_MAX_MS is clamped. */
struct br_day br_day_of(int64_t at_ms);

/* The day of a date such as "2026-03-01". False for what is none. */
BR_MUST_CHECK bool br_day_read(struct br_str date, struct br_day *ret_day);

/*
 * Reads a time as people write it by the clock on the wall, to the minute or the second:
 * "2026-03-01 10:15", "2026-03-01T10:15:30". False for what is none, or not of that day.
 */
BR_MUST_CHECK bool br_day_time_read(struct br_str text, int64_t *ret_unix_ms);
