/*
 * Pick lists: orders that one associate picks in one walk through the store.
 *
 *	pick_list.make ─► order.pick … pick_list.hand_over … order.pick ─► every order is picked
 *	       └────────────────────────► pick_list.end, or nobody picked for too long:
 *	                                  what is left is free for other lists
 *
 * An order is on one list at most, while it is accepted or being picked; it leaves the list by
 * being picked, held or cancelled. Only the list's associate picks its orders. A list whose last
 * order has left is gone: the journal keeps what it was.
 */
#pragma once

#include "node/order.h"
#include "node/position.h"

enum br_pick_list_kind { BR_PICK_SINGLE, BR_PICK_BATCH, BR_PICK_WAVE };
extern const char *const br_pick_list_kind_words[];

#define BR_PICK_LIST_ORDERS_MAX 50
#define BR_PICK_LIST_ORDERS_PER_EVENT_MAX 20

struct br_pick_list_order {
	struct br_str order;
};

/* pick_list.make: of `orders`, or of the `max` most urgent ones that are on no list (0 = 1). */
struct br_pick_list_make {
	struct br_str list;
	struct br_str associate;
	uint8_t kind; /* enum br_pick_list_kind; single is one order */
	uint64_t max;
	struct br_list orders; /* of struct br_pick_list_order */
};

/* pick_list.hand_over: `to` goes on with it. */
struct br_pick_list_hand_over {
	struct br_str list;
	struct br_str associate, to;
};

/* pick_list.end: what is not picked goes back into the pool. */
struct br_pick_list_end {
	struct br_str list;
	struct br_str associate, reason;
};

/* pick_list.made; more orders follow as pick_list.extended. */
struct br_pick_list_made {
	struct br_str list, associate;
	uint8_t kind;
	struct br_list orders;
};

/* pick_list.extended */
struct br_pick_list_extended {
	struct br_str list;
	struct br_list orders;
};

/* pick_list.handed_over and pick_list.ended have the bodies of their commands. */

struct br_pick_list {
	struct br_str list, associate;
	uint8_t kind;
	int64_t since;	  /* unix ms */
	int64_t expires;  /* unix ms: when it ends unless something is picked before */
	uint64_t order_n; /* orders on it */
};

extern const struct br_shape br_pick_list_make_shape, br_pick_list_hand_over_shape,
	br_pick_list_end_shape, br_pick_list_made_shape, br_pick_list_extended_shape,
	br_pick_list_shape;

int br_pick_list_decide_make(struct br_decision *decision, const void *body);
int br_pick_list_decide_hand_over(struct br_decision *decision, const void *body);
int br_pick_list_decide_end(struct br_decision *decision, const void *body);
int br_pick_list_decide_timer(struct br_decision *decision, const void *body);
void br_pick_list_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* Something was picked by the list at `at_ms`: it expires later. Only the orders' apply calls it.
 */
void br_pick_list_picked(
	struct br_txn *txn, struct br_str list, int64_t at_ms, struct br_arena *arena);
/* The clock went back: no list lives longer than if it were picked at `at_ms`. */
void br_pick_list_correct(struct br_txn *txn, int64_t at_ms, struct br_arena *arena);
/* The order leaves its list. Only the orders' apply calls it. */
void br_pick_list_leave(
	struct br_txn *txn, struct br_str list, struct br_str order, struct br_arena *arena);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_pick_list_get(struct br_txn *txn, struct br_str list, struct br_arena *arena,
	struct br_pick_list *ret_list);

/* One line that is still to be picked. */
struct br_pick_line {
	struct br_str order, line, sku, name;
	uint32_t index;
	int64_t reserved; /* to pick */
	int64_t picked;	  /* already */
	uint8_t policy;	  /* enum br_substitution */
	struct br_str note;
	struct br_str image;
	struct br_position position; /* where the product stands; empty when it has no place */
};

#define BR_PICK_LINES_MAX (BR_PICK_LIST_ORDERS_MAX * BR_ORDER_LINES_MAX)

/*
 * The list's lines in the arena, in the planogram's order, so that one walk picks them all: lines
 * of one product stand together. 0, BR_E_NOT_FOUND, BR_E_MEMORY or an error kept by the
 * transaction.
 */
BR_MUST_CHECK int br_pick_list_lines(struct br_txn *txn, struct br_str list, struct br_arena *arena,
	struct br_pick_line **ret_lines, uint32_t *ret_n);

/* Calls `visit` for the lists in the order of their ids, until it returns false. */
void br_pick_list_each(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_pick_list *list), void *context);

/* Calls `visit` for the orders on the list. */
void br_pick_list_orders(struct br_txn *txn, struct br_str list,
	bool (*visit)(void *context, struct br_str order), void *context);
