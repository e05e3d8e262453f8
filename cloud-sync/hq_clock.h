/*
 * HQ's clock, as far as it is heard: the time in its welcome, and the stamps (node/hlc.h) of its
 * welcomes and commands.
 *
 * A time counts only in the answer to the last hello, which names that one: a welcome that was long
 * on its way would say a time long ago.
 *
 *	welcome: time ──► whoever keeps the store's time (node/timekeeper.h), with how old it may be
 *	stamps        ──► the core: what happens here next has a larger one
 *
 * A stamp more than five minutes ahead is not followed: it is counted, and said once for as long as
 * that goes on. Core thread only.
 */
#pragma once

#include "cloud-sync/ctl.h"
#include "node/core.h"

/* Gets HQ's time, which was true at most `uncertain_ms` ago; `heard` NULL = nobody. */
struct br_time_listener {
	void (*heard)(void *owner, int64_t hq_ms, int64_t uncertain_ms);
	void *owner;
};

struct br_hq_clock {
	struct br_core *core; /* borrowed, as the clock */
	const struct br_clock *clock;
	struct br_time_listener listener;
	uint64_t ahead_n; /* stamps that were not followed */
	bool ahead;	  /* the last one was such */
};

/*
 * HQ's welcome; `uncertain_ms` is how long ago the last hello left when it answers that one, -1
 * otherwise. As br_hq_clock_stamp().
 */
BR_MUST_CHECK bool br_hq_clock_welcome(struct br_hq_clock *hq, const struct br_ctl *ctl,
	int64_t uncertain_ms, struct br_fault *ret_sentence);

/*
 * A stamp of HQ's, 0 for none. True when somebody is to be told that HQ's clock is ahead, with the
 * sentence.
 */
BR_MUST_CHECK bool br_hq_clock_stamp(
	struct br_hq_clock *hq, uint64_t stamp, struct br_fault *ret_sentence);
