/*
 * The schedule: submits the command of every timer (timer.h) whose time has come.
 *
 * It is armed for the earliest mark in the ledger, to the millisecond, and looks again at least
 * once a minute, because the wall clock may be set. What fell due while the node was down is
 * submitted at the start, in the order of its times. At most half a turn's commands are its own, so
 * that a whole shop's new prices at midnight leave room for the tills.
 *
 * When the journal has seen a time that is still to come, because the clock was wrong, the first
 * thing it submits is clock.correct (correction.h), which gives back the marks that an instant took
 * away too early.
 *
 * A mark that still stands after its command (the disk is full, or the command was refused) is
 * passed over until the next minute's look, so it never keeps the loop busy. A mark put before such
 * a one meanwhile waits for that look, too.
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
