/*
 * Summaries: what a device measured in some hours, for the central system.
 *
 * The series themselves are telemetry and stay in the store (sensors/series.h). Of each adopted
 * device that measured anything the node's sensors part makes a summary, normally of every hour:
 * one event on the lane of telemetry, without any effect but that the next summary begins where
 * this one ends. When space runs short they are of a day, so that less is kept and nothing is
 * missing; when the lane has more to tell than it can, the older ones are left out (lane.h).
 *
 *	summary of a device: [from, until), the next one from `until` on
 */
#pragma once

#include "node/command.h"

#define BR_SUMMARY_PERIOD_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)

struct br_summary_channel {
	struct br_str channel, unit;
	int64_t min, mean, max; /* 1/1000 of the unit */
	uint64_t n;		/* readings, at least one */
};

/* device.summarise and device.summarised. */
struct br_summary {
	struct br_str device;
	int64_t from, until; /* unix ms */
	struct br_list channels;
};

/* A row of BR_TABLE_SUMMARY; its key is the device. */
struct br_summary_row {
	int64_t until; /* unix ms: the end of the last summary */
};

extern const struct br_shape br_summary_shape, br_summary_row_shape;

int br_summary_decide(struct br_decision *decision, const void *body);
void br_summary_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * Up to when the device has been summed up, as of `now_ms`; 0 for never. What was told of a time
 * that is still to come was told by a clock that was wrong, and counts as never: or nothing would
 * be told of the hours until then. Errors are kept by the transaction.
 */
int64_t br_summary_until(
	struct br_txn *txn, struct br_str device, int64_t now_ms, struct br_arena *arena);
