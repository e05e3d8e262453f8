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
 * this; then a breach is recorded. Rights come back only by a revoke that the central system has
 * agreed to, never by a timer, and never more than are unspent.
 */
#pragma once

#include "node/command.h"

/* rights.grant, rights.revoke and their events. */
struct br_rights {
	struct br_str sku;
	int64_t quantity; /* more than 0, in 1/1000 of the unit */
	struct br_str reason, associate;
};

extern const struct br_shape br_rights_shape;

int br_rights_decide_grant(struct br_decision *decision, const void *body);
int br_rights_decide_revoke(struct br_decision *decision, const void *body);
void br_rights_movements(const struct br_event *event, const struct br_movement_visit *visit);
