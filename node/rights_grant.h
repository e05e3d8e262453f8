/*
 * Granting rights by the store's policy: so many of a product as online customers are expected to
 * order until HQ is heard again, out of what is free.
 *
 *	target = what was ordered in BR_RIGHTS_DEMAND_DAYS (rights.h) * rights_contact_minutes
 *		 / BR_RIGHTS_DEMAND_DAYS, up to the next whole unit
 *	grant  = target − the rights that are unspent, at most what is free in whole units
 *
 * Nothing is granted when rights_contact_minutes is 0: rights are off, which is the default; nor of
 * a product of which fewer than rights_stock_min are free, for the last ones are for who stands
 * before them; nor of one that nobody counted or moved for rights_stale_days, or that had a breach
 * in that time and was not counted since, for what the ledger says of it may be wrong; nor while a
 * recall of it is open, nor before a restored store has heard what it had granted (hole.h).
 *
 * The sweep goes through the products with demand in slices of BR_RIGHTS_SLICE, one slice in half a
 * second, by a timer of the ledger; a round begins every rights_top_up_minutes. Where the next
 * slice begins stands in BR_TABLE_RIGHTS_SWEEP, so a restart goes on there.
 *
 *	off ── policy.changed ──► slice ──► slice … ──► round over ── top_up ──► slice …
 *	 ▲                          └───────── policy.changed: off ──┘
 *	 └──────────────────────────────────────┘
 */
#pragma once

#include "node/rights.h"

#define BR_RIGHTS_SLICE 64
#define BR_RIGHTS_SLICE_PAUSE_MS 500
/* So many of a product's last events are looked at to see how old its numbers are. */
#define BR_RIGHTS_HISTORY_MAX 64

/* rights.swept: internal, it goes nowhere. */
struct br_rights_swept {
	int64_t at;	      /* unix ms: of the mark that fired */
	int64_t next;	      /* of the one that stands now */
	struct br_str cursor; /* the last product looked at; empty when the round is over */
};

/* The row of BR_TABLE_RIGHTS_SWEEP. */
struct br_rights_sweep {
	int64_t mark; /* unix ms: the timer's mark that stands; 0 = none, rights are off */
	struct br_str cursor;
};

extern const struct br_shape br_rights_swept_shape, br_rights_sweep_shape;

/* rights.request: HQ asks for more than the policy would give; stock and age count all the same. */
int br_rights_decide_request(struct br_decision *decision, const void *body);

/* rights.sweep, the timer's command: one slice. */
int br_rights_decide_sweep(struct br_decision *decision, const void *body);
void br_rights_apply_swept(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* The clock went back: the next slice is looked at no later than a round after `at_ms`. */
void br_rights_correct(struct br_txn *txn, int64_t at_ms, struct br_arena *arena);

/* For the apply of policy.changed, after its row is written: begins or ends the sweep. */
void br_rights_policy_follow(struct br_txn *txn, const struct br_event *event);
