/*
 * The schedule: what begins or ends by itself. Today that is prices.
 *
 * The times are in the ledger, so what passed while the node was down takes effect at the next
 * start. Wall-clock times are looked at again at least once a minute, because the clock may be set.
 */
#pragma once

#include "node/core.h"
#include "node/loop.h"

struct br_schedule;

BR_MUST_CHECK int br_schedule_create(struct br_loop *loop, struct br_core *core,
	struct br_store *store, const struct br_clock *clock, struct br_schedule **ret_schedule);
void br_schedule_destroy(struct br_schedule *schedule);
BR_DEFINE_CLEANUP(schedule, br_schedule_destroy)

/* After a turn's commit: sets the timer to what comes next. */
void br_schedule_arm(struct br_schedule *schedule);
