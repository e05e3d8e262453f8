/* What a till is told of an order: before it is handed over, and in the reply to that. */
#pragma once

#include "node/json_out.h"
#include "node/order.h"

/*
 * Writes members: order, state, method, payment, person, location, bay, code_needed, lines and
 * `total`, which is that of the goods that the customer gets: what is short or was substituted is
 * not in it. It is in `currency`, the store's, as are all orders' prices. 0 or the store's error.
 */
BR_MUST_CHECK int br_till_order_write(struct br_json_out *out, struct br_txn *txn,
	const struct br_order *order, const char *currency, struct br_arena *arena);
