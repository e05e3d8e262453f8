/*
 * The quarantine: events that HQ refuses for good, because of a rule or a fault of its own. They
 * happened all the same, so here nothing is undone; they count as sent, so that what comes behind
 * them in their lane goes on, and wait until a person has seen to it.
 *
 *	HQ refuses ──► event.quarantined ──► open ──event.resend──► event.resent ──► on its way
 *	                                      ▲ │                                        │ │
 *	                                      │ └─event.dismiss──► event.dismissed ──► gone │
 *	                                      └──── HQ refuses again: event.quarantined ────┘
 *	                                             HQ takes it: event.accepted ──► gone
 *
 * HQ hears all of it as events of the lane that goes first, and repeats its verdict until it has
 * (cloud-sync/quarantine_link.h). So nothing of it is lost on the way, or by a restore; but what
 * was done once does not come back over what somebody has done with that event since (hole.h).
 */
#pragma once

#include "node/command.h"

/* So many events at most; what HQ refuses beyond them, it goes on refusing until there is room. */
#define BR_QUARANTINE_MAX 1000

/* event.quarantine */
struct br_quarantine_ask {
	uint64_t event; /* its sequence */
	struct br_str code, message;
};

/* event.quarantined */
struct br_quarantined {
	struct br_str subject, type; /* as the event has them */
	uint64_t event;
	struct br_str code, message; /* HQ's: a word for programs, a sentence for people */
};

/* event.resend, .accept, .dismiss; event.resent, .accepted, .dismissed */
struct br_quarantine_step {
	struct br_str subject; /* of the event; in events only */
	uint64_t event;
	struct br_str reason; /* of whoever dismisses it */
};

/* BR_TABLE_QUARANTINE */
struct br_quarantine_row {
	struct br_quarantined last; /* as HQ refused it last */
	int64_t at_ms;		    /* unix ms of that */
	bool resent;		    /* HQ has not said what it thinks of it now */
	uint64_t tries;		    /* how often it was sent again */
};

extern const struct br_shape br_quarantine_ask_shape, br_quarantined_shape,
	br_quarantine_named_shape, br_quarantine_step_shape, br_quarantine_row_shape;

/* What a verdict of HQ's would do. */
enum br_verdict_use {
	BR_VERDICT_NEWS,  /* the quarantine changes by it */
	BR_VERDICT_KNOWN, /* a repeat, of what is not in quarantine, or of what a restore forgot */
	BR_VERDICT_UNKNOWN, /* no event of that number was ever sent */
	BR_VERDICT_OWN,	    /* it refuses what is told of the quarantine itself */
	BR_VERDICT_FULL	    /* there is no room for another one */
};

/* Pure; 0 with *ret_use, or an error kept by the transaction. */
BR_MUST_CHECK int br_quarantine_judge(struct br_txn *txn, uint64_t event, bool accepted,
	struct br_arena *arena, enum br_verdict_use *ret_use);

int br_quarantine_decide_add(struct br_decision *decision, const void *body);
int br_quarantine_decide_resend(struct br_decision *decision, const void *body);
int br_quarantine_decide_accept(struct br_decision *decision, const void *body);
int br_quarantine_decide_dismiss(struct br_decision *decision, const void *body);
void br_quarantine_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* 0, BR_E_NOT_FOUND when that event is not in quarantine, or an error kept by the transaction. */
BR_MUST_CHECK int br_quarantine_get(struct br_txn *txn, uint64_t event, struct br_arena *arena,
	struct br_quarantine_row *ret_row);

/* Calls `visit` for each behind the event `after`, in order, until it returns false. */
void br_quarantine_walk(struct br_txn *txn, uint64_t after, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_quarantine_row *row), void *context);

/* How many there are. */
uint64_t br_quarantine_count(struct br_txn *txn);
