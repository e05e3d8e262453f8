/*
 * Rights: how many of a product the central system may promise online without asking the store.
 *
 * The store owns the goods; it grants rights of them and takes them out of what it promises itself.
 * The central system spends them by the orders it places (order.accept of a line with `rights`).
 * Cut off from each other, both sides go on within what they hold, and nothing is sold twice:
 *
 *	on_hand − staged − display − reserved − safety − rights >= 0
 *
 * after every grant, in the transaction that makes it. What a till sells is a fact and may break
 * this; then a breach is recorded, and the rights that it hit are recalled. Rights come back only
 * by a revoke that the central system has agreed to, never by a timer, and never more than are
 * unspent:
 *
 *	granted ──► recalled ──► revoke (what was unspent is the store's again) or
 *	   ▲                     keep (all of it is spent, orders are on their way)
 *	   └── rights_grant.h: the policy's grants, rights.request
 *
 * A product has one open recall at most; it stands in BR_TABLE_RIGHTS until it is answered, over
 * any crash, and the rights stay granted as long. tests/model/rights.pml checks why all this holds.
 *
 * request, revoke and keep are the central system's words: anybody else is refused (not_allowed).
 */
#pragma once

#include "node/command.h"

/* rights.grant, rights.request, rights.recall, rights.revoke and their events. */
struct br_rights {
	struct br_str sku;
	int64_t quantity; /* more than 0, in 1/1000 of the unit */
	struct br_str reason, associate;
	/* Of a revoke, the recall that it answers; of rights.recalled the name that is answered. */
	struct br_str recall;
};

/* rights.keep and rights.kept: no to a recall. */
struct br_rights_keep {
	struct br_str sku;
	struct br_str recall, reason;
};

/*
 * What is known of a product's rights beside how many there are, which the stock's row has. Every
 * product has one that was ever granted, or ordered online.
 */
struct br_rights_row {
	/*
	 * What online orders asked for, fading: each day takes its part of BR_RIGHTS_DEMAND_DAYS,
	 * so that it is about what was asked for in so many days. As it was at `demand_at`.
	 */
	int64_t demand;
	int64_t demand_at; /* unix ms */
	/* The recall that is open; 0 = none. */
	int64_t recalled;
	int64_t recalled_at; /* unix ms */
	struct br_str recall, reason, associate;
};

#define BR_RIGHTS_DEMAND_DAYS 28

extern const struct br_shape br_rights_shape, br_rights_keep_shape, br_rights_row_shape;

int br_rights_decide_grant(struct br_decision *decision, const void *body);
int br_rights_decide_recall(struct br_decision *decision, const void *body);
int br_rights_decide_revoke(struct br_decision *decision, const void *body);
int br_rights_decide_keep(struct br_decision *decision, const void *body);
void br_rights_movements(const struct br_event *event, const struct br_movement_visit *visit);
void br_rights_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * True while HQ has not given back what a restore forgot (hole.h): this store does not know then
 * what it has granted already, and grants nothing.
 */
bool br_rights_forgotten(struct br_decision *decision);

/* Refuses (not_allowed) whoever is not the central system; 0 for it. `what` is what is asked. */
BR_MUST_CHECK int br_rights_central_refuse(struct br_decision *decision, const char *what);

/*
 * For a breach: asks for `quantity` of unspent rights back, unless a recall is open already; then
 * the next breach, or somebody, asks for the rest.
 */
void br_rights_recall(struct br_decision *decision, struct br_str sku, int64_t quantity);

/* All zero when nothing is known. Texts live in the arena; errors are kept by the transaction. */
struct br_rights_row br_rights_get(struct br_txn *txn, struct br_str sku, struct br_arena *arena);

/* For apply(): an online order of so many was accepted. */
void br_rights_demanded(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	int64_t quantity, struct br_arena *arena);

/* The demand of a row as it has faded until `now_ms`. */
int64_t br_rights_demand(const struct br_rights_row *row, int64_t now_ms);

/*
 * Calls `visit` for the products behind `after` that have a row, by SKU, until it returns false or
 * none is left. Texts are the visit's alone. Errors are kept by the transaction.
 */
void br_rights_walk(struct br_txn *txn, struct br_str after,
	bool (*visit)(void *context, struct br_str sku, const struct br_rights_row *row),
	void *context);
