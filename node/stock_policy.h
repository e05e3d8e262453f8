/*
 * Stock policies: how much of a product is kept back, and from whom.
 *
 * `safety` is kept back from every order and from the central system, because the ledger and the
 * shelf never agree quite; a channel's buffer is kept back from that channel's orders only. A
 * policy is for one product, for a category with all below it, or for the whole store. The nearest
 * one counts as a whole: the product's own, else that of the longest category path, else the
 * store's. The till knows no policy: what lies on the counter is sold.
 */
#pragma once

#include "node/channel.h"
#include "node/command.h"

enum br_policy_scope { BR_SCOPE_DEFAULT, BR_SCOPE_CATEGORY, BR_SCOPE_SKU };
extern const char *const br_policy_scope_words[];

struct br_stock_buffer {
	uint8_t channel;  /* enum br_channel */
	int64_t quantity; /* 1/1000 of the unit */
};

/* The command stock.policy and the event stock.policy_set. */
struct br_stock_policy {
	struct br_str key; /* category path or SKU; empty for the whole store */
	uint8_t scope;	   /* enum br_policy_scope */
	int64_t safety;
	struct br_list buffers; /* of struct br_stock_buffer, each channel once */
	bool remove;		/* take the policy away, so that the next wider one counts */
	struct br_str associate;
};

/* What is kept back of one product, in 1/1000 of its unit. */
struct br_stock_kept {
	int64_t safety;
	int64_t buffers[BR_CHANNEL_N];
};

extern const struct br_shape br_stock_policy_shape, br_stock_policy_row_shape;

int br_stock_policy_decide(struct br_decision *decision, const void *body);
void br_stock_policy_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* What counts for the product; all zero without a policy. Errors are kept by the transaction. */
struct br_stock_kept br_stock_kept(struct br_txn *txn, struct br_str sku);

/*
 * Calls `visit` for each policy there is, the widest scope first and then by key, until it returns
 * false. The key is the visit's alone. Errors are kept by the transaction.
 */
void br_stock_policy_walk(struct br_txn *txn,
	bool (*visit)(void *context, enum br_policy_scope scope, struct br_str key,
		const struct br_stock_kept *kept),
	void *context);
