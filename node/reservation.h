/*
 * Reservations: what is promised of a product, and to whom. A view over the orders' lines
 * (BR_TABLE_RESERVATION: sku, order, line index -> quantity), kept by the order's events.
 *
 * Tills ask it to say "the last one is promised to order …"; when a sale takes what was promised,
 * the orders that are hit are found here, the least promised first.
 */
#pragma once

#include "node/order.h"

struct br_reservation {
	struct br_str order;
	uint32_t index;	  /* of the line */
	int64_t quantity; /* reserved and not picked yet, more than 0 */
	uint64_t priority;
	int64_t ready_by; /* unix ms, 0 = none */
	uint8_t state;	  /* enum br_order_state */
};

/* The stored row. */
struct br_reservation_row {
	int64_t quantity;
};
extern const struct br_shape br_reservation_row_shape;

/* Sets what the line holds of the product; 0 takes the row away. Only the orders' apply calls it.
 */
void br_reservation_put(struct br_txn *txn, struct br_str sku, struct br_str order, uint32_t index,
	int64_t quantity);

/*
 * Calls `visit` for each reservation of the product until it returns false. Texts live in the
 * arena. Errors are kept by the transaction.
 */
void br_reservation_walk(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_reservation *reservation), void *context);

#define BR_RESERVATIONS_MAX 200

/*
 * The product's reservations in the arena, the least promised first: lowest priority, then latest
 * ready_by (none is latest), then the order's id backwards. At most BR_RESERVATIONS_MAX. 0,
 * BR_E_MEMORY, or an error kept by the transaction.
 */
BR_MUST_CHECK int br_reservation_list(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	struct br_reservation **ret_reservations, unsigned *ret_n);

/*
 * Lets the line of an order hold `gained->quantity` more (less, when it is negative) in a list of
 * that kind, which stays sorted. A line that is not listed is put in, with room for it behind *n;
 * one that holds nothing any more is taken out.
 */
void br_reservation_add(
	struct br_reservation *list, unsigned *n, const struct br_reservation *gained);
