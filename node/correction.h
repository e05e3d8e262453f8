/*
 * Corrections: the store's time went back, because it had been wrong.
 *
 * The timekeeper goes back only when a time server, HQ or a person vouches for it (timekeeper.h).
 * What was done meanwhile is journalled with times that are still to come, and what is planned for
 * those times has begun too early:
 *
 *	                 now               the latest that was recorded
 *	─────────────────┼──────────── (after, before] ────────┼────►
 *
 * The schedule then submits clock.correct before anything else, and its event puts right what
 * hangs on such times:
 *
 *	prices       one that was set "from now on" counts from `after`, so that no older one comes
 *	             back; one that was planned for then waits for its time again; labels follow
 *	pick lists   live no longer than if they were picked from now
 *	rights       the next look at them comes no later than if the last had been now
 *
 * Everything else that was to happen some time after what was done happens later by as much. The
 * ledger itself says that it is needed, so no crash can lose it.
 */
#pragma once

#include "node/command.h"
#include "node/timekeeper.h"

/* The latest time is kept in such steps (BR_STATE_LATEST): it may have been that much later. */
#define BR_CORRECTION_STEP_MS 60000

/* clock.correct: the journal and the command's time say all that counts. */
struct br_correct {
	struct br_str why; /* for whoever reads the journal: "set back" */
};

/* clock.corrected */
struct br_corrected {
	struct br_str why;
	int64_t before_ms; /* unix ms: the latest at which something was recorded */
	int64_t after_ms;  /* unix ms: now */
};

extern const struct br_shape br_correct_shape, br_corrected_shape;

/* True when a journal in which `latest_ms` is the latest time has seen a wrong one. */
static inline bool br_correction_due(int64_t latest_ms, int64_t now_ms)
{
	return latest_ms > now_ms + 2 * BR_TIME_APART_MS;
}

int br_correction_decide(struct br_decision *decision, const void *body);
void br_correction_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
