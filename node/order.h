/*
 * Orders: a store's fulfilment orders, from the offer to the hand-over.
 *
 *	offered ─► accepted ─► picked ─► ready ─► handed_over
 *	   └──────────┴───────────┴────────┴────► cancelled
 *
 * The allowed moves are one table (order.c). `accepted` checks and reserves in one transaction: the
 * demand is summed per SKU over all lines first, because two lines of one item each would both pass
 * alone. From then on each unit of a line is in exactly one place:
 *
 *	reserved + picked + handed_over <= ordered
 *
 * `picked` units lie in the stock's staged bucket. A reservation is given back exactly once,
 * however the order ends.
 *
 * What a move does to the stock stands in its event, product by product, so that the journal alone
 * explains a product's numbers: what was reserved, from where it was picked, what has left. An
 * order of many products says the rest in events of their own right behind.
 */
#pragma once

#include "node/channel.h"
#include "node/command.h"

enum br_order_state {
	BR_ORDER_OFFERED,
	BR_ORDER_ACCEPTED,
	BR_ORDER_PICKED,
	BR_ORDER_READY,
	BR_ORDER_HANDED_OVER,
	BR_ORDER_CANCELLED,
	BR_ORDER_STATE_N
};
extern const char *const br_order_state_words[];

extern const char *const br_method_words[]; /* pickup, curbside */

struct br_order_offer_line {
	struct br_str line; /* the creator's id of the line */
	struct br_str sku;
	int64_t quantity;
	int64_t price;
};

/* order.offer */
struct br_order_offer {
	struct br_str order;
	uint8_t channel, method;
	struct br_str customer;				 /* a reference, no personal data */
	int64_t placed, accept_by, ready_by, collect_by; /* unix ms, 0 = not given */
	struct br_str note;
	struct br_list lines; /* of struct br_order_offer_line */
};

/* order.advance */
struct br_order_advance {
	struct br_str order;
	uint8_t to;	  /* enum br_order_state, never offered */
	uint64_t version; /* 0, or the version the sender saw: another one is refused */
	struct br_str reason;
};

/* order.offered: the order without its lines, which follow as events of their own. */
struct br_order_offered {
	struct br_str order;
	uint8_t channel, method;
	struct br_str customer;
	int64_t placed, accept_by, ready_by, collect_by;
	struct br_str note;
	uint64_t line_n;
};

/* order.line_offered; the row of a line has the counters behind it. */
struct br_order_line_offered {
	struct br_str order;
	uint64_t index; /* from 0 */
	struct br_str line, sku;
	int64_t quantity, price;
};

/* What an order's move does to one product's stock; each is signed: what the counter gained. */
struct br_order_movement {
	struct br_str sku;
	int64_t reserved, backroom, shelf, staged;
};

/* order.accepted … order.cancelled */
struct br_order_moved {
	struct br_str order;
	uint64_t version; /* after the move */
	struct br_str reason;
	struct br_list movements; /* of struct br_order_movement; the first of them, if many */
};

/* order.movements: more of those of the order's event before it. */
struct br_order_movements {
	struct br_str order;
	uint8_t to; /* enum br_order_state: what the order has become */
	struct br_list movements;
};

struct br_order {
	struct br_str order;
	uint8_t channel, method, state;
	struct br_str customer;
	int64_t placed, accept_by, ready_by, collect_by;
	struct br_str note, reason;
	uint64_t line_n;
	uint64_t version;  /* 1 at the offer, one more with each move */
	uint64_t sequence; /* of the last event */
	int64_t since;	   /* unix ms: when it came into its state */
};

struct br_order_line {
	struct br_str line, sku;
	int64_t ordered, reserved, picked, handed_over;
	int64_t price;
};

extern const struct br_shape br_order_offer_shape, br_order_advance_shape, br_order_offered_shape,
	br_order_line_offered_shape, br_order_moved_shape, br_order_movements_shape, br_order_shape,
	br_order_line_shape;

int br_order_decide_offer(struct br_decision *decision, const void *body);
int br_order_decide_advance(struct br_decision *decision, const void *body);
void br_order_apply_offered(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_apply_line(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_apply_moved(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_movements(const struct br_event *event, const struct br_movement_visit *visit);

/*
 * The movements in an event of an order's move or of order.movements, and what the order became by
 * it; NULL for other events.
 */
const struct br_list *br_order_event_movements(
	const struct br_event *event, enum br_order_state *ret_to);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_order_get(struct br_txn *txn, struct br_str order, struct br_arena *arena,
	struct br_order *ret_order);
BR_MUST_CHECK int br_order_line_get(struct br_txn *txn, struct br_str order, uint32_t index,
	struct br_arena *arena, struct br_order_line *ret_line);

bool br_order_move_allowed(enum br_order_state from, enum br_order_state to);

/* True once nothing more can happen to it. */
bool br_order_ended(enum br_order_state state);

/* The deadline that counts in this state (unix ms), 0 when there is none. */
int64_t br_order_due_ms(const struct br_order *order);
