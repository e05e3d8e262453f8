/* What the files of sales share; nobody else includes it. */
#pragma once

#include "node/sale.h"

/*
 * Emits `lines` (numbered by the caller) as events of `kind` with the head of *sold, as many as are
 * needed.
 */
void br_sale_emit(struct br_decision *decision, enum br_event_kind kind, const struct br_sold *sold,
	struct br_sold_line *lines, uint32_t line_n);

/*
 * Finds out the product and the price of each line of the command, `price` may stay
 * BR_PRICE_UNSAID when `unsaid` is allowed. BR_DECIDED_NO at the first that cannot be.
 */
BR_MUST_CHECK int br_sale_lines_resolve(struct br_decision *decision, const struct br_sale *sale,
	bool unsaid, struct br_sold_line *ret_lines);

/*
 * One line: its product, and what the till left out as far as the code says it. `price` stays
 * BR_PRICE_UNSAID when neither said one.
 */
BR_MUST_CHECK int br_sale_line_resolve(struct br_decision *decision,
	const struct br_sale_line *line, unsigned index, struct br_sold_line *ret_line);

/* Notes what came back by a return or a void of a known sale. */
void br_sale_back_apply(struct br_txn *txn, const struct br_sold *sold);
