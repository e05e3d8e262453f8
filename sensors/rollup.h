/*
 * A roll-up: what remains of the readings of one channel in one minute or hour: how many they were,
 * the least, the greatest and their sum (the mean is sum / n).
 *
 * The open minute of each channel is kept in memory; when a reading of another minute arrives, or
 * time has passed, it is closed and merged into what is stored. Hours are made by merging closed
 * minutes, so a crash loses at most the open minute of either. Merging is the only way in: a minute
 * stored twice in parts (late readings, a restart in between) adds up all the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/attributes.h"
#include "node/str.h"

#define BR_MINUTE_MS INT64_C(60000)
#define BR_HOUR_MS INT64_C(3600000)

struct br_rollup {
	int64_t start_ms; /* of its minute or hour, unix time */
	int64_t min, max; /* 1/1000 */
	int64_t sum;	  /* 1/1000; stops at its greatest rather than overflow */
	uint32_t n;	  /* readings; 0 = empty */
};

#define BR_ROLLUP_BYTES_MAX 40

/* The beginning of the span of `span_ms` that holds the time; times before 1970 count as 0. */
int64_t br_rollup_start(int64_t t_ms, int64_t span_ms);

/*
 * Adds a value to the open minute. Returns true when something is to be merged into the store, in
 * *ret_closed: the minute that was open, since this value opened a newer one; or, when the value is
 * older than the open minute, a roll-up of it alone.
 */
bool br_rollup_add(
	struct br_rollup *open, int64_t t_ms, int64_t value, struct br_rollup *ret_closed);

/* Closes the open minute when it has ended at `now_ms`: true, and *ret_closed set. */
bool br_rollup_close(struct br_rollup *open, int64_t now_ms, struct br_rollup *ret_closed);

/* Merges two of the same or a smaller span; `into` keeps its start. Either may be empty. */
void br_rollup_merge(struct br_rollup *into, const struct br_rollup *other);

/* The mean, rounded half away from zero; 0 when it is empty. */
int64_t br_rollup_mean(const struct br_rollup *rollup);

/*
 * The stored form: version, n, min, max - min, sum (varints), CRC-32C. The start is in the key.
 * Returns the bytes written; the roll-up must not be empty.
 */
size_t br_rollup_encode(const struct br_rollup *rollup, unsigned char buffer[BR_ROLLUP_BYTES_MAX]);

/* Total: 0, BR_E_CORRUPT or BR_E_VERSION; *ret_rollup untouched unless 0. */
BR_MUST_CHECK int br_rollup_decode(
	struct br_str bytes, int64_t start_ms, struct br_rollup *ret_rollup);
