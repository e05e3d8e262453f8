#include "node/till_reply.h"

#include "node/currency.h"
#include "node/metrics.h"
#include "node/policy.h"
#include "node/product.h"
#include "node/sale.h"
#include "node/till_order.h"

void br_till_reply_refuse(struct br_json_out *out, struct br_str id, enum br_outcome outcome,
	enum br_refusal refusal, const char *message)
{
	struct br_answer answer;

	br_assert(id.n <= BR_ID_BYTES_MAX);
	br_answer_refuse(&answer, outcome, refusal, message);
	br_answer_to_json(&answer, id, out, NULL);
	if (refusal == BR_REFUSAL_MALFORMED || refusal == BR_REFUSAL_TOO_LARGE)
		br_metric_add(BR_METRIC_TILL_MALFORMED, 1);
}

static void parked_line_write(struct br_json_out *out, struct br_txn *txn,
	const struct br_sale_line *line, struct br_arena *arena)
{
	struct br_product product;

	br_assert(line->sku.n > 0 && line->quantity > 0);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "sku", line->sku);
	/* A product that has left the catalogue since has no name any more. */
	if (br_product_get(txn, line->sku, arena, &product) == 0)
		br_json_out_string(out, "name", product.name);
	br_json_out_milli(out, "quantity", line->quantity);
	if (line->price != BR_PRICE_UNSAID)
		br_json_out_milli(out, "price", line->price);
	br_json_out_end(out);
}

int br_till_reply_parked(struct br_json_out *out, struct br_txn *txn,
	const struct br_parked *parked, struct br_arena *arena)
{
	int result = 0;

	br_assert(parked->line_n > 0 && parked->line_n <= BR_PARKED_LINES_MAX);
	br_json_out_array(out, "lines");
	for (uint32_t i = 0; i < parked->line_n && result == 0; i++) {
		struct br_sale_line line;

		result = br_parked_line_get(txn, parked->parked, i, arena, &line);
		if (result == 0)
			parked_line_write(out, txn, &line, arena);
	}
	br_json_out_end(out);
	return result;
}

/* The total, and in a store that rounds cash what is to be paid in coins. */
static void total_write(struct br_json_out *out, struct br_txn *txn, uint64_t line_n, int64_t total)
{
	int64_t step = txn != NULL ? br_policy_get(txn).cash_step : 0;

	br_assert(total >= 0 && step >= 0);
	br_json_out_u64(out, "lines", line_n);
	br_json_out_milli(out, "total", total);
	if (step > 0)
		br_json_out_milli(out, "cash", br_amount_round(total, step));
}

/* The same for a sale whose till said all prices, so that its events need not be read. */
static void said_write(
	struct br_json_out *out, const struct br_till_asked *asked, struct br_store *store)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	br_assert(asked->charged);
	/* Without the ledger the reply is right, too, but for the cash. */
	if (br_txn_begin(store, false, &txn) < 0)
		txn = NULL;
	total_write(out, txn, asked->line_n, asked->total);
}

/* What a sale charged, from its events: the core found the prices. */
static void charged_write(struct br_json_out *out, struct br_txn *txn,
	const struct br_answer *answer, struct br_arena *arena)
{
	uint32_t line_n;
	int64_t total;

	br_assert(answer->sequence > 0);
	if (br_sale_charged(txn, answer->sequence, arena, &total, &line_n) < 0)
		return;
	total_write(out, txn, line_n, total);
}

/* What the till goes on with. A repeat that comes after the sale finds nothing more to tell. */
static void unparked_write(struct br_json_out *out, struct br_txn *txn,
	const struct br_answer *answer, struct br_arena *arena)
{
	const struct br_unpark *unpark;
	struct br_parked parked;
	struct br_event event;

	br_assert(answer->sequence > 0);
	if (br_event_get(txn, answer->sequence, arena, &event) < 0 ||
		event.kind != BR_EVENT_SALE_UNPARKED)
		return;
	unpark = event.body;
	if (br_parked_get(txn, unpark->parked, arena, &parked) < 0)
		return;
	/* A line that cannot be read is missing; the till sees by the look-up that it cannot. */
	(void)!br_till_reply_parked(out, txn, &parked, arena);
}

/* The order with what the customer gets of it. */
static void handed_over_write(struct br_json_out *out, struct br_txn *txn,
	const struct br_answer *answer, const char *currency, struct br_arena *arena)
{
	struct br_order order;
	struct br_event event;

	br_assert(answer->sequence > 0);
	if (br_event_get(txn, answer->sequence, arena, &event) < 0 ||
		event.kind != BR_EVENT_ORDER_HANDED_OVER ||
		br_order_get(txn, br_event_type(&event)->subject(&event), arena, &order) < 0)
		return;
	(void)!br_till_order_write(out, txn, &order, currency, arena);
}

/* Reads what the ledger alone knows; the reply is right without it, too. */
static void ledger_write(struct br_json_out *out, const struct br_till_asked *asked,
	const struct br_answer *answer, struct br_store *store, const char *currency,
	struct br_arena *arena)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	br_assert(answer->outcome == BR_OUTCOME_ACCEPTED);
	if (answer->sequence == 0 || br_txn_begin(store, false, &txn) < 0)
		return;
	br_arena_reset(arena);
	if (asked->type == BR_TILL_UNPARK)
		unparked_write(out, txn, answer, arena);
	else if (asked->type == BR_TILL_HAND_OVER)
		handed_over_write(out, txn, answer, currency, arena);
	else
		charged_write(out, txn, answer, arena);
}

void br_till_reply_answer(struct br_json_out *out, struct br_str id,
	const struct br_till_asked *asked, const struct br_answer *answer, struct br_store *store,
	const char *currency, struct br_arena *arena)
{
	br_assert((answer->outcome == BR_OUTCOME_ACCEPTED) == (answer->refusal == BR_REFUSAL_NONE));
	br_json_out_object(out, NULL);
	br_answer_members(answer, id, out);
	if (answer->outcome == BR_OUTCOME_ACCEPTED) {
		if (asked->charged) {
			said_write(out, asked, store);
		} else if (asked->type == BR_TILL_ADJUST) {
			/* What it always said; an adjustment is one line of no money. */
			br_json_out_u64(out, "lines", 1);
			br_json_out_milli(out, "total", 0);
		} else if (asked->type != BR_TILL_PARK) {
			ledger_write(out, asked, answer, store, currency, arena);
		}
	}
	br_json_out_end(out);
}
