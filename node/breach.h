/*
 * Breaches: a sale at the till took goods that were promised.
 *
 *	free  = on_hand − staged − display		what lies there for anybody
 *	short = reserved + rights − free, from 0 up	promises that nothing lies behind
 *
 * A sale is a fact and is never refused for stock, so it may make `short` grow. What it grew by is
 * recorded in the same decision, as events stock.breached right behind the sale: first the rights
 * that the central system was granted and did not spend, which cost nobody an order yet, then the
 * reservations of accepted orders, least promised first (lowest priority, then latest ready_by).
 * They reach the central system on the lane of the stock and become a task to call the customer.
 */
#pragma once

#include "node/sale.h"

enum br_breach_kind { BR_BREACH_RESERVATION, BR_BREACH_RIGHTS };
extern const char *const br_breach_kind_words[];

/* More orders than this are told in events of their own. */
#define BR_BREACH_ORDERS_PER_EVENT_MAX 8

struct br_breach_order {
	struct br_str order, line;
	int64_t quantity; /* that this line of it lacks now */
};

/* stock.breached, and its row, keyed by the event's sequence. */
struct br_breached {
	struct br_str sku;
	uint8_t kind;	       /* enum br_breach_kind */
	int64_t quantity;      /* more than 0 */
	struct br_str till;    /* whose sale it was */
	struct br_list orders; /* of struct br_breach_order: whose reservations; may be empty */
	struct br_str sale;    /* the command's id; in the row only */
	int64_t at_ms;	       /* unix ms when the sale happened; in the row only */
};

extern const struct br_shape br_breached_shape, br_breach_row_shape;

/*
 * Emits what the sale of these lines breaches, called by its decision behind the sale's own events,
 * and warns in the answer. 0 or a negative error.
 */
BR_MUST_CHECK int br_breach_of_sale(struct br_decision *decision, struct br_str till,
	const struct br_sold_line *lines, uint32_t line_n);
void br_breach_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * Calls `visit` for the breaches, newest first, from those before `before` (0 = all) until it
 * returns false. Texts point into the store.
 */
void br_breach_walk(struct br_txn *txn, uint64_t before, struct br_arena *arena,
	bool (*visit)(void *context, uint64_t sequence, const struct br_breached *breached),
	void *context);
