/*
 * Breaches: goods are gone that were promised.
 *
 *	free  = on_hand − staged − display		what lies there for anybody
 *	short = reserved + rights − free, from 0 up	promises that nothing lies behind
 *
 * A sale is a fact and is never refused for stock, and so is what somebody threw away, found
 * broken, put on display or did not find when counting: each may make `short` grow. What it grew by
 * is recorded in the same decision, as events stock.breached right behind its own: first the rights
 * that the central system was granted and did not spend, which cost nobody an order yet, then the
 * reservations of accepted orders, least promised first (lowest priority, then latest ready_by).
 * They reach the central system on the lane of the stock; the rights that are hit are recalled
 * (rights.h), and for each line of an order that is hit order.resource_wanted asks the central
 * system, on the lane of the orders, to find the goods elsewhere: it answers by cancelling or
 * splitting the order, or lets it wait. They become a task to call the customer,
 * which ends when it is said done, when the order ends or has all it waits for, or when there is
 * again something behind its promises.
 *
 * What orders do to each other is told the same way, though nothing more is missing by it: an order
 * that lacked the last piece and is picked first leaves the next one without; one that puts a piece
 * back to be shown in the window waits for it again; a part that is split off takes what it lacks
 * with it, and the call; one that is more urgent now lets another one lack it, and one that spends
 * rights for goods that are gone lacks them itself. Only what an order lacks more than before is
 * told.
 *
 * What is a choice breaches nothing because it is refused: transfer.send takes only what is free,
 * order.substitute and rights.grant likewise. order.short gives a promise up and takes no goods.
 */
#pragma once

#include "node/reservation.h"
#include "node/sale.h"
#include "node/stock.h"

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
	struct br_str till;    /* whose sale it was; empty = it was no sale */
	struct br_list orders; /* of struct br_breach_order: whose reservations; may be empty */
	struct br_str sale;    /* the command's id, of whatever took it; in the row only */
	int64_t at_ms;	       /* unix ms when it happened; in the row only */
};

/* order.resource_wanted: so many of a line more than before are not here any more. */
struct br_order_resource {
	struct br_str order, line, sku;
	int64_t quantity; /* more than 0 */
};

extern const struct br_shape br_breached_shape, br_breach_row_shape, br_order_resource_shape;

/*
 * Emits what is breached when `taken` of the product leaves the back room and the shelf, and warns
 * in the answer. Called by the decision that takes it, behind its own events and once for each
 * product, since it looks at the stock as it was before all of them; 0 or less breaches nothing.
 * 0 or a negative error.
 */
BR_MUST_CHECK int br_breach_of(struct br_decision *decision, struct br_str sku, int64_t taken);

/* What a decision about orders does to one line's promise, and to what lies behind it. */
struct br_breach_shift {
	struct br_str sku;
	struct br_reservation held; /* its quantity: so much more than now, or less */
	int64_t taken;		    /* left the back room and the shelf by it */
	int64_t rights;		    /* what the central system's unspent rights gain */
};

/* The same for all that one decision shifts; each product is looked at once. */
BR_MUST_CHECK int br_breach_of_shifts(
	struct br_decision *decision, const struct br_breach_shift *shifts, unsigned shift_n);

/* The same for all lines of a sale, of which several may be of one product. */
BR_MUST_CHECK int br_breach_of_sale(struct br_decision *decision, struct br_str till,
	const struct br_sold_line *lines, uint32_t line_n);
void br_breach_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * Ends the calls to orders that a change of the product's stock covers again, or of its promises.
 * Only br_stock_add() calls it, when the counters are written.
 */
void br_breach_follow(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	const struct br_stock *before, const struct br_stock *after, struct br_arena *arena);

/*
 * Calls `visit` for the breaches, newest first, from those before `before` (0 = all) until it
 * returns false. Texts point into the store.
 */
void br_breach_walk(struct br_txn *txn, uint64_t before, struct br_arena *arena,
	bool (*visit)(void *context, uint64_t sequence, const struct br_breached *breached),
	void *context);
