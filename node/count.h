/*
 * Counts: people count what lies there without being told what should, and the ledger learns.
 *
 *	open ─► closed ─► approved
 *	  │        └────► rejected
 *	  ├─────────────► approved	nothing above the store's limits
 *	  └─────────────► cancelled
 *
 * A count is of one bucket, and of named products, of a category with all below it, or of a range
 * of the planogram. Several people may enter at once: the entries of a product are summed, so two
 * may count one product in two places. With the last entry of a product the ledger's number is kept
 * beside it: the variance is between those two, at that moment. It is applied as a difference when
 * the count is approved, so what was sold meanwhile stays sold.
 *
 * A variance above the limits of the store's policy (policy.h), by one product's quantity or by the
 * value of all together, waits until one of the store's managers approves or rejects it (of the
 * policy; anybody who gives a name when there are none); below them closing approves. Rejecting
 * changes no stock and asks for the products to be counted again. Nobody is shown what was expected
 * while the count is open: whoever makes a page of it must leave it out.
 */
#pragma once

#include "node/command.h"
#include "node/position.h"

enum br_count_state {
	BR_COUNT_OPEN,
	BR_COUNT_CLOSED,
	BR_COUNT_APPROVED,
	BR_COUNT_REJECTED,
	BR_COUNT_CANCELLED,
	BR_COUNT_STATE_N
};
extern const char *const br_count_state_words[];

enum br_count_scope { BR_COUNT_OF_SKUS, BR_COUNT_OF_CATEGORY, BR_COUNT_OF_POSITIONS };
extern const char *const br_count_scope_words[];

struct br_count_sku {
	struct br_str sku;
};

/* count.open */
struct br_count_open {
	struct br_str count;
	uint8_t scope;		/* enum br_count_scope */
	struct br_list skus;	/* of struct br_count_sku; of scope sku */
	struct br_str category; /* of scope category: a path */
	/* Of scope position, of struct br_position: the first and, when there is a second, the
	 * last place; what a place leaves out counts as all of it. */
	struct br_list range;
	uint8_t bucket; /* 0 = shelf, 1 = backroom, 2 = display, 3 = damaged */
	int64_t due;	/* unix ms, 0 = whenever */
	struct br_str note, associate;
};

/* count.enter */
struct br_count_enter {
	struct br_str count;
	struct br_str sku, barcode; /* exactly one */
	int64_t quantity;	    /* counted, 0 or more */
	bool again;		    /* forget the product's entries so far */
	struct br_str place;	    /* where it was counted, for people */
	struct br_str associate;
};

/* count.close, .approve, .reject and .cancel */
struct br_count_step {
	struct br_str count;
	struct br_str reason, associate;
};

/* count.opened; the products that were named follow in count.listed. */
struct br_count_opened {
	struct br_str count;
	uint8_t scope;
	struct br_str category;
	struct br_list range;
	uint8_t bucket;
	int64_t due;
	struct br_str note, associate;
};

struct br_count_listed {
	struct br_str count;
	struct br_list skus; /* of struct br_count_sku */
};

struct br_count_entered {
	struct br_str count;
	struct br_str sku;
	int64_t quantity;
	int64_t expected; /* what the ledger says of the bucket now */
	bool again;
	struct br_str place, associate;
};

/* count.closed, .approved, .rejected and .cancelled */
struct br_count_moved {
	struct br_str count;
	uint8_t state; /* enum br_count_state, after it */
	struct br_str reason, associate;
	uint64_t counted_n;  /* products with an entry */
	uint64_t variance_n; /* of them those that differ */
	int64_t value;	     /* of all variances, taken positive, at today's prices */
};

struct br_count_variance {
	struct br_str sku;
	int64_t counted, expected;
};

/* count.adjusted: what the approval does to the stock. */
struct br_count_adjusted {
	struct br_str count;
	uint8_t bucket;
	struct br_list lines; /* of struct br_count_variance */
};

struct br_count {
	struct br_str count;
	uint8_t state, scope, bucket;
	struct br_str category;
	struct br_list range;
	int64_t due;
	struct br_str note, reason, associate;
	uint64_t line_n;    /* products that were named or entered */
	uint64_t counted_n; /* of them those with an entry */
	uint64_t variance_n;
	int64_t value;
	int64_t opened, since; /* unix ms: since when it is in its state */
	uint64_t sequence;
};

struct br_count_line {
	struct br_str sku;
	uint64_t entries;	 /* 0 = named, not counted yet */
	int64_t counted;	 /* sum of the entries */
	int64_t expected;	 /* the ledger's at the last entry */
	int64_t entered;	 /* unix ms: the last entry */
	struct br_str associate; /* who made it */
};

extern const struct br_shape br_count_open_shape, br_count_enter_shape, br_count_step_shape,
	br_count_opened_shape, br_count_listed_shape, br_count_entered_shape, br_count_moved_shape,
	br_count_adjusted_shape, br_count_shape, br_count_line_shape;

int br_count_decide_open(struct br_decision *decision, const void *body);
int br_count_decide_enter(struct br_decision *decision, const void *body);
int br_count_decide_close(struct br_decision *decision, const void *body);
int br_count_decide_approve(struct br_decision *decision, const void *body);
int br_count_decide_reject(struct br_decision *decision, const void *body);
int br_count_decide_cancel(struct br_decision *decision, const void *body);
void br_count_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_count_movements(const struct br_event *event, const struct br_movement_visit *visit);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_count_get(
	struct br_txn *txn, struct br_str name, struct br_arena *arena, struct br_count *ret_count);
BR_MUST_CHECK int br_count_line_get(struct br_txn *txn, struct br_str name, struct br_str sku,
	struct br_arena *arena, struct br_count_line *ret_line);

/* Calls `visit` for each of a count's products until it returns false. Texts live until then. */
void br_count_line_walk(struct br_txn *txn, struct br_str name,
	bool (*visit)(void *context, const struct br_count_line *line), void *context);

/* True when a product at `position` lies in the range of one or two places. */
bool br_count_range_has(const struct br_list *range, const struct br_position *position);

extern const char *const br_count_bucket_words[];
/* enum br_bucket of a count's bucket. */
unsigned br_count_bucket(uint8_t bucket);

/* The verbs that the state allows, as bits of: open, enter, close, approve, reject, cancel. */
extern const char *const br_count_verb_words[];
unsigned br_count_allowed(enum br_count_state state);
