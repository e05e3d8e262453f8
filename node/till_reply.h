/*
 * What a till is told: one form over MQTT and over HTTP.
 *
 *	{id, outcome, sequence?, code?, message?, warning?, …what was asked for}
 *
 * `id` is null when the request's could not be read.
 */
#pragma once

#include "node/parked.h"
#include "node/till_request.h"

#define BR_TILL_REPLY_BYTES_MAX (128u << 10)

/* Writes a refusal that is no decision of the core; what was malformed is counted. */
void br_till_reply_refuse(struct br_json_out *out, struct br_str id, enum br_outcome outcome,
	enum br_refusal refusal, const char *message);

/*
 * Writes the reply to a decided command. What only the ledger knows (what was charged, the lines of
 * a parked sale) is read in a transaction of its own; when that fails it is left out, since what
 * was decided stands. `currency` is the store's.
 */
void br_till_reply_answer(struct br_json_out *out, struct br_str id,
	const struct br_till_asked *asked, const struct br_answer *answer, struct br_store *store,
	const char *currency, struct br_arena *arena);

/* Writes the lines of a parked sale, as far as they can be read, as a member: [{sku, name,
 * quantity, price?}]. */
BR_MUST_CHECK int br_till_reply_parked(struct br_json_out *out, struct br_txn *txn,
	const struct br_parked *parked, struct br_arena *arena);
