/*
 * Pick-up codes: how a person proves that an order is theirs, with the link down.
 *
 * Whoever places the order makes the code (4 to 12 letters and digits, case does not matter). The
 * ledger keeps only HMAC-SHA-256 of it under the secret of the keys (keys.h), cut to 128 bits (RFC
 * 2104, section 5), so that the journal alone does not give codes away. The second factor is the
 * order's id or the surname, which is kept the same way. A code works once: it is gone when the
 * order ends.
 *
 *	wrong code ─► order.code_refused, counted for the order and for who asked
 *	       └────► at the policy's limit both are locked for a while: even the right code
 *	              is refused then
 */
#pragma once

#include "node/order.h"

/* order.code_refused: a refused order.hand_over left this behind. */
struct br_code_refused {
	struct br_str order; /* empty when no order was named and none was found */
	struct br_str associate;
	uint64_t order_tries, actor_tries; /* wrong ones in a row, this one included */
	int64_t locked;			   /* unix ms until which both are locked, 0 = not yet */
};

/* The row of who tried: BR_TABLE_CODE_TRY. */
struct br_code_try {
	uint64_t tries;
	int64_t locked; /* unix ms, 0 = not */
};

extern const struct br_shape br_code_refused_shape, br_code_try_shape;

void br_pickup_code_hash(const unsigned char *secret, struct br_str code,
	unsigned char ret_hash[BR_CODE_HASH_BYTES]);
/* Of the folded words of the name: case, accents and punctuation do not matter. */
void br_pickup_surname_hash(const unsigned char *secret, struct br_str surname,
	unsigned char ret_hash[BR_CODE_HASH_BYTES]);

/* Lets an order be found by its code, or no longer. Only the orders' apply calls them. */
void br_pickup_code_put(
	struct br_txn *txn, const unsigned char hash[BR_CODE_HASH_BYTES], struct br_str order);
void br_pickup_code_delete(
	struct br_txn *txn, const unsigned char hash[BR_CODE_HASH_BYTES], struct br_str order);

/*
 * The order with this surname and code: 0 and its id, which points into the store, or
 * BR_E_NOT_FOUND, or an error kept by the transaction.
 */
BR_MUST_CHECK int br_pickup_code_find(struct br_decision *decision, struct br_str surname,
	struct br_str code, struct br_str *ret_order);

/*
 * Looks whether `code` opens the order: 0, or BR_DECIDED_NO when tries are locked, or
 * BR_DECIDED_NO_BUT with the event emitted that counts the wrong try. `order` NULL: there is none,
 * so the code is wrong.
 */
BR_MUST_CHECK int br_pickup_code_check(struct br_decision *decision, const struct br_order *order,
	struct br_str associate, struct br_str code);

void br_pickup_code_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
/* The order was handed over to the right person by `actor`: both count from 0 again. */
void br_pickup_code_used(struct br_txn *txn, struct br_str order, struct br_str actor);
