/*
 * Shelf labels as the store knows them: which product a label shows, which picture it should show
 * and which one it says it shows.
 *
 * Only the label's own report of what is on its glass makes a label clean. `wanted` is the
 * picture's hash that rendering came to, `wanted_rev` the journal sequence it was made at, so
 * revisions grow without a counter of their own. What is under way between the two is the
 * delivery's business (esl/), and telemetry (battery, signal, last seen) is not state.
 */
#pragma once

#include "node/command.h"

#define BR_PICTURE_HASH_BYTES 16 /* the first bytes of SHA-256 over the picture's planes */

struct br_label_bind {
	struct br_str label; /* 12 or 16 upper-case hexadecimal digits */
	struct br_str sku;
	struct br_str template; /* empty = the shipped one for the display and the price's state */
};

struct br_label_unbind {
	struct br_str label;
};

/* label.want and label.wanted: from rendering. */
struct br_label_wanted {
	struct br_str label;
	unsigned char hash[BR_PICTURE_HASH_BYTES];
	uint64_t rev;
};

/* label.report and label.shown: from the label's own report. */
struct br_label_shown {
	struct br_str label;
	unsigned char hash[BR_PICTURE_HASH_BYTES];
	uint64_t rev; /* 0 when the report named none */
	struct br_str ap;
};

/* label.give_up and label.failed: all quick retries went by. */
struct br_label_failed {
	struct br_str label;
	uint64_t rev;
	uint64_t tries;
	struct br_str error;
};

struct br_label {
	struct br_str label;
	struct br_str sku; /* empty = unbound */
	struct br_str template;
	struct br_str ap; /* the access point that reported last */
	unsigned char wanted[BR_PICTURE_HASH_BYTES], shown[BR_PICTURE_HASH_BYTES];
	uint64_t wanted_rev, shown_rev; /* 0 = none yet */
	int64_t dirty_since;		/* unix ms; 0 while what is wanted is shown */
	int64_t shown_at;
	struct br_str error; /* of the last failure; empty after it was shown */
	uint64_t tries;
	uint64_t sequence; /* of the last event */
	int64_t since;	   /* unix ms of the last event */
};

extern const struct br_shape br_label_bind_shape, br_label_unbind_shape, br_label_wanted_shape,
	br_label_shown_shape, br_label_failed_shape, br_label_shape;

int br_label_decide_bind(struct br_decision *decision, const void *body);
int br_label_decide_unbind(struct br_decision *decision, const void *body);
int br_label_decide_want(struct br_decision *decision, const void *body);
int br_label_decide_report(struct br_decision *decision, const void *body);
int br_label_decide_give_up(struct br_decision *decision, const void *body);
void br_label_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_label_get(struct br_txn *txn, struct br_str label, struct br_arena *arena,
	struct br_label *ret_label);

/* True when the label shows what is wanted. */
bool br_label_clean(const struct br_label *label);

/* True when a label other than `but` is bound to the product; an empty `but` leaves none out. */
bool br_label_any(struct br_txn *txn, struct br_str sku, struct br_str but);
