/*
 * What a till looks up: prices, stock, parked sales, its own totals. Answered from what is
 * committed; nothing changes.
 */
#pragma once

#include "node/till_request.h"

struct br_till_view {
	struct br_txn *txn;
	int64_t now_ms;	      /* unix ms */
	const char *currency; /* the store's */
	struct br_arena *arena;
	struct br_opener opener; /* the cashier sees for whom an order is */
};

/*
 * Writes the whole reply, a refusal too: `outcome` is "found" or "refused". 0, or the store's error
 * with an unfinished reply in the text: then there is no answer, and the till asks again.
 */
BR_MUST_CHECK int br_till_look(const struct br_till_view *view, const char *till,
	const struct br_till_request *request, struct br_text *text);
