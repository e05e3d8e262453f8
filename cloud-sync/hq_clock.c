#include "cloud-sync/hq_clock.h"

#include <inttypes.h>

#include "node/hlc.h"
#include "node/metrics.h"

bool br_hq_clock_stamp(struct br_hq_clock *hq, uint64_t stamp, struct br_fault *ret_sentence)
{
	int64_t now_ms = hq->clock->wall_ms(hq->clock->context);
	bool was_ahead = hq->ahead;

	br_assert(hq->core != NULL);
	if (stamp == 0)
		return false;
	hq->ahead = !br_core_hear(hq->core, stamp, now_ms);
	if (!hq->ahead)
		return false;
	hq->ahead_n++;
	br_metric_add(BR_METRIC_LINK_CLOCK_AHEAD, 1);
	if (was_ahead)
		return false;
	(void)br_fault_set(ret_sentence, BR_E_INVALID,
		"HQ's clock is %" PRId64
		" minutes ahead of this store's: its stamps are not followed; one of the two is "
		"wrong, see to their time servers",
		(br_hlc_ms(stamp) - now_ms) / 60000);
	return true;
}

bool br_hq_clock_welcome(struct br_hq_clock *hq, const struct br_ctl *ctl, int64_t uncertain_ms,
	struct br_fault *ret_sentence)
{
	br_assert(ctl->kind == BR_CTL_WELCOME && uncertain_ms >= -1);
	/* The time first: the stamp may be no longer ahead of what it makes of the store's. */
	if (ctl->time_ms > 0 && uncertain_ms >= 0 && hq->listener.heard != NULL)
		hq->listener.heard(hq->listener.owner, ctl->time_ms, uncertain_ms);
	return br_hq_clock_stamp(hq, ctl->hlc, ret_sentence);
}
