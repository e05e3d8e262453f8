/*
 * Parked sales: lines that a till sets aside, for any till to go on with.
 *
 *	       sale.park		  sale.unpark
 *	(none) ─────────► parked ────────────────────────► taken
 *	  ▲		   │  ▲	 sale.park by who took it    │ │
 *	  │		   │  └──────────────────────────────┘ │
 *	  └────────────────┴───────────────────────────────────┘
 *	    sale.unpark with `drop`; or sale.record with `parked`
 *
 * One till at a time has it: of two that ask for it the second is refused and told who was first.
 * The lines stay until the sale is recorded, so that the till that took it may ask for them again.
 * Nothing is reserved by it, and lines without a price are priced when they are sold.
 */
#pragma once

#include "node/sale.h"

#define BR_PARKED_LINES_MAX 200

/* sale.park */
struct br_park {
	struct br_str parked; /* the till's id of it */
	struct br_str till, associate, note;
	struct br_list lines; /* of struct br_sale_line */
};

/* sale.unpark and its event sale.unparked */
struct br_unpark {
	struct br_str parked, till, associate;
	bool drop; /* nobody goes on with it */
};

/* sale.parked: the lines follow in events sale.parked_lines. */
struct br_parked_made {
	struct br_str parked, till, associate, note;
	uint64_t line_n;
};

struct br_parked_lines {
	struct br_str parked;
	uint64_t first;	      /* index of the first of them, from 0 */
	struct br_list lines; /* of struct br_sale_line, by SKU */
};

struct br_parked {
	struct br_str parked, till, associate, note;
	uint64_t line_n;
	int64_t since_ms;	/* unix ms */
	struct br_str taken_by; /* the till that goes on with it; empty = none yet */
};

extern const struct br_shape br_park_shape, br_unpark_shape, br_parked_made_shape,
	br_parked_lines_shape, br_parked_line_shape, br_parked_shape;

int br_parked_decide_park(struct br_decision *decision, const void *body);
int br_parked_decide_unpark(struct br_decision *decision, const void *body);
void br_parked_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* Removes it, if it is there: for the sale that ends it. */
void br_parked_forget(struct br_txn *txn, struct br_str parked, struct br_arena *arena);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_parked_get(struct br_txn *txn, struct br_str parked, struct br_arena *arena,
	struct br_parked *ret_parked);
BR_MUST_CHECK int br_parked_line_get(struct br_txn *txn, struct br_str parked, uint32_t index,
	struct br_arena *arena, struct br_sale_line *ret_line);

/* Calls `visit` for each, in the order of their ids, until it returns false. */
void br_parked_walk(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_parked *parked), void *context);
