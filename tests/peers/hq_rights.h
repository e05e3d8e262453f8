/*
 * What HQ may promise online: the rights that stores grant, what it spends of them, and what it
 * gives back when a store asks.
 *
 *	rights.granted  ──► may + quantity
 *	rights.recalled ──► as much as is unspent: may − back, rights.revoke in the same commit;
 *	                    nothing is: rights.keep
 *	an online order ──► a line of which all can be spent says so (`rights`): may − quantity
 *
 * One number a store and product, "rights/<store>/<sku>", in HQ's durable file, written with what
 * it follows from: so after any crash a right is spent, given back, or neither. What became of a
 * spent right (the store refused the order, say) HQ does not follow up: it counts as spent.
 */
#pragma once

#include "tests/peers/hq.h"

/* Each event of the batch that HQ does not have yet, before the batch is kept. */
void peer_hq_rights_take(struct peer_hq *hq, struct peer_hq_store *store,
	const struct peer_batch *batch, const struct peer_has *has);

/* Spends `quantity_milli` of a product; false when HQ does not hold so many. */
bool peer_hq_rights_spend(
	struct peer_hq_store *store, const char *shop, const char *sku, int64_t quantity_milli);
