/*
 * Comparisons: finds what resending cannot, by comparing a view of the store with what HQ holds
 * (anti-entropy), and sees to the repair.
 *
 *	      due            HQ has all       all rows     nothing
 *	                     up to base       are read     waits
 *	idle ──────► waiting ──────────► reading ──────► asking ─┬─► stating ─┐
 *	 ▲                                                       └─► telling ─┤
 *	 └─────────────────────────────── ended ◄─────────────────────────────┘
 *
 * Stating: a view of the store's own; telling: one of HQ's. From any state a session also comes to
 * its end as failed: no answer, HQ's refusal, another HQ, an answer that does not fit.
 *
 * When a view is due: at the hour of link.reconcile_hour, once a night, at a random time of that
 * hour so that stores do not come together; after the link was away for
 * link.reconcile_outage_hours; when somebody asks (link.reconcile, or HQ's message); and again at
 * once after a session that found more than one session repairs. Views come one after the other.
 *
 * What is only on its way is no difference. `base` is the journal's head when the session begins;
 * it asks HQ only after HQ has confirmed everything up to there, and what was touched behind it,
 * here or by then, is left for the next time. So nothing needs to stand still for a comparison.
 *
 * Who is right (view.h): of its own views the store states every row that differs, as an event;
 * of HQ's it tells the keys, and HQ sends its commands. Each session ends as an event
 * reconcile.ended (node/reconcile.h). A session that dies with the process is not remembered;
 * whoever asked for it is answered by the next one.
 *
 * Work is done in slices: 200 rows a tick, 32 commands a tick. 100,000 items with keys of 10 bytes
 * take 3 MB while the session lasts. One message is on its way at a time; without an answer it is
 * sent again after 10 s, doubling to 60 s, and given up after 10 minutes.
 *
 * The link owns it and calls it on the core thread: br_comparison_tick() where commands may be
 * submitted, br_comparison_send() after the commit.
 */
#pragma once

#include "cloud-sync/ctl.h"
#include "cloud-sync/outbox.h"
#include "cloud-sync/range_search.h"
#include "cloud-sync/view.h"
#include "node/bus.h"
#include "node/core.h"

struct br_comparison;

struct br_comparison_settings {
	int64_t hour;	    /* of the night, 0 to 23; -1 = never by itself */
	int64_t outage_ms;  /* so long without a link, then compare; 0 = not for that */
	int64_t order_days; /* orders that ended longer ago are not compared */
};

/* All borrowed. BR_E_MEMORY. */
BR_MUST_CHECK int br_comparison_create(struct br_core *core, struct br_store *store,
	const struct br_clock *clock, struct br_dice dice,
	const struct br_comparison_settings *settings, struct br_comparison **ret_comparison);
void br_comparison_destroy(struct br_comparison *comparison);
BR_DEFINE_CLEANUP(comparison, br_comparison_destroy)

/* What the link knows, at each tick. */
struct br_comparison_link {
	bool up;	      /* HQ answers */
	const char *hq_epoch; /* "" before the first welcome */
	struct br_outbox_state lanes[BR_LANES_UP];
};

/*
 * A message on backroom/dn/ctl. False when it is none of these; else it was taken or refused, and
 * then the fault says why (it is "" otherwise).
 */
BR_MUST_CHECK bool br_comparison_message(
	struct br_comparison *comparison, struct br_str payload, struct br_fault *fault);

/* Goes on with what can be done; negative: the store failed, the process must end. */
BR_MUST_CHECK int br_comparison_tick(
	struct br_comparison *comparison, const struct br_comparison_link *link);

/* Sends the message that is due, when the link is up. 0 or the publisher's refusal: try later. */
BR_MUST_CHECK int br_comparison_send(
	struct br_comparison *comparison, const struct br_publisher *publisher);

/* When a tick is next wanted (boot ms). */
int64_t br_comparison_due_ms(const struct br_comparison *comparison);

enum br_comparison_phase {
	BR_COMPARISON_IDLE,
	BR_COMPARISON_WAITING,
	BR_COMPARISON_READING,
	BR_COMPARISON_ASKING,
	BR_COMPARISON_STATING,
	BR_COMPARISON_TELLING,
	BR_COMPARISON_ENDED
};
/* "idle", "waiting", "reading", "asking", "stating", "telling", "ended" */
extern const char *const br_comparison_phase_words[];

struct br_comparison_state {
	enum br_comparison_phase phase;
	enum br_view view; /* while it is not idle */
	uint64_t items;	   /* read so far */
	uint64_t found;	   /* differences so far */
};
struct br_comparison_state br_comparison_state(const struct br_comparison *comparison);
