/* What can be asked about prices: what counts at an instant, and a product's whole history. */
#include <string.h>

#include "node/price.h"
#include "node/product.h"
#include "node/timer.h"
#include "web-ui/query.h"

#define PLANNED_LOOKED_MAX 20000 /* timers looked through for one page */

static int product_missing(struct br_str sku, struct br_web_refusal *refusal)
{
	return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product",
		"product \"%.*s\": not in the catalogue", BR_STR_ARG(sku));
}

/* The amount that counts and, when it is a reduction, what the law wants beside it. */
static void quote_write(const struct br_price_quote *quote, const struct br_product *product,
	struct br_json_out *out)
{
	enum br_unit unit;
	int64_t unit_price;

	br_assert(quote->known);
	br_json_out_milli(out, "amount", quote->amount);
	br_json_out_puts(out, "currency", quote->currency);
	br_json_out_puts(out, "kind", br_price_kind_words[quote->kind]);
	br_json_out_time(out, "from", quote->from_ms);
	if (quote->to_ms > 0)
		br_json_out_time(out, "to", quote->to_ms);
	if (quote->regular > 0)
		br_json_out_milli(out, "regular", quote->regular);
	if (br_price_unit(product, quote->amount, &unit_price, &unit)) {
		br_json_out_milli(out, "unit_price", unit_price);
		br_json_out_puts(out, "unit", br_unit_words[unit]);
	}
	if (quote->lowest_30d > 0) {
		br_json_out_milli(out, "prior_price", quote->lowest_30d);
		br_json_out_time(out, "prior_from", quote->prior_from_ms);
		br_json_out_u64(out, "reduction_percent", br_price_reduction(quote));
	}
	if (quote->held) {
		br_json_out_milli(out, "target", quote->target);
		if (quote->held_until_ms > 0)
			br_json_out_time(out, "held_until", quote->held_until_ms);
	}
}

static void quote_member(const char *name, const struct br_price_quote *quote,
	const struct br_product *product, struct br_json_out *out)
{
	br_assert(name[0] != '\0');
	if (!quote->known) {
		br_json_out_null(out, name);
		return;
	}
	br_json_out_object(out, name);
	quote_write(quote, product, out);
	br_json_out_end(out);
}

/*
 * What the tills charge and what the labels shall show, now or at any other instant: "what should
 * the till have charged at 14:03?".
 */
BR_WEB_QUERY(price_get)
{
	struct br_str sku = args->texts[0];
	int64_t at_ms = args->numbers[1] > 0 ? args->numbers[1] : view->now_ms;
	struct br_price_quote till, label, next;
	struct br_product product;
	int result = br_product_get(view->txn, sku, view->arena, &product);
	int64_t next_ms;

	if (result == BR_E_NOT_FOUND)
		return product_missing(sku, refusal);
	if (result < 0)
		return result;
	till = br_price_till_at(view->txn, sku, at_ms, view->arena);
	label = br_price_at(view->txn, sku, at_ms, view->arena);
	br_assert(till.known == label.known);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "sku", sku);
	br_json_out_time(out, "at", at_ms);
	quote_member("till", &till, &product, out);
	quote_member("label", &label, &product, out);
	if (br_price_next(view->txn, sku, at_ms, view->arena, &next_ms, &next)) {
		br_json_out_time(out, "next_at", next_ms);
		quote_member("next", &next, &product, out);
	}
	br_json_out_end(out);
	return br_txn_error(view->txn);
}

static bool row_runs(const struct br_price_row *row, int64_t now_ms)
{
	br_assert(row->from_ms > 0);
	return row->from_ms <= now_ms && (row->to_ms == 0 || row->to_ms > now_ms);
}

/* True when a price of its kind has begun later: that one counts and this one no more. */
static bool row_replaced(const struct br_price_row *rows, unsigned index, int64_t now_ms)
{
	br_assert(rows[index].kind != BR_PRICE_HELD);
	for (unsigned i = 0; i < index; i++)
		if (rows[i].kind == rows[index].kind && row_runs(&rows[i], now_ms))
			return true;
	return false;
}

/* Where a price stands at this moment, in one word; the rows before it began later. */
static const char *row_state(const struct br_price_row *rows, unsigned index, int64_t now_ms)
{
	const struct br_price_row *row = &rows[index];

	if (row->kind != BR_PRICE_HELD && row->cancelled_ms > 0)
		return row->to_ms <= row->from_ms ? "cancelled" : "ended";
	if (row->to_ms > 0 && row->to_ms <= now_ms)
		return "over";
	if (row->from_ms > now_ms)
		return "planned";
	return row->kind != BR_PRICE_HELD && row_replaced(rows, index, now_ms) ? "replaced"
									       : "running";
}

static void row_write(
	const struct br_price_row *rows, unsigned index, int64_t now_ms, struct br_json_out *out)
{
	br_assert(rows[index].sequence > 0);
	br_json_out_object(out, NULL);
	br_json_out_u64(out, "sequence", rows[index].sequence);
	br_json_out_puts(out, "state", row_state(rows, index, now_ms));
	br_record_to_json(&br_price_row_shape, &rows[index], out);
	br_json_out_end(out);
}

/* The whole history with what is planned, the latest beginning first. */
BR_WEB_QUERY(price_history)
{
	unsigned skip = (unsigned)args->numbers[1], limit = (unsigned)args->numbers[2];
	const struct br_price_row *rows;
	unsigned n;

	if (!br_product_exists(view->txn, args->texts[0]))
		return product_missing(args->texts[0], refusal);
	n = br_price_rows(view->txn, args->texts[0], view->arena, &rows);
	br_assert(limit > 0);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	for (unsigned i = skip; i < n && i - skip < limit; i++)
		row_write(rows, i, view->now_ms, out);
	br_json_out_end(out);
	br_json_out_bool(out, "more", n > skip && n - skip > limit);
	br_json_out_end(out);
	return br_txn_error(view->txn);
}

/* The time of a price that was taken back stays marked, and then nothing changes. */
static bool quote_same(const struct br_price_quote *a, const struct br_price_quote *b)
{
	if (!a->known || !b->known)
		return a->known == b->known;
	br_assert(a->currency[0] != '\0' && b->currency[0] != '\0');
	return a->kind == b->kind && a->amount == b->amount && a->from_ms == b->from_ms &&
	       strcmp(a->currency, b->currency) == 0;
}

/* One change of one product: what counts before and after it. False when nothing changes then. */
static bool change_write(
	const struct br_web_view *view, const struct br_timer *timer, struct br_json_out *out)
{
	struct br_str sku = br_str_from(timer->key);
	bool hold = timer->kind == BR_TIMER_PRICE_HOLD;
	struct br_price_quote before, after;
	struct br_product product;

	br_assert(hold || timer->kind == BR_TIMER_PRICE);
	if (br_product_get(view->txn, sku, view->arena, &product) < 0)
		return false;
	before = br_price_till_at(view->txn, sku, timer->at_ms - 1, view->arena);
	after = br_price_at(view->txn, sku, timer->at_ms, view->arena);
	if (!hold && quote_same(&before, &after))
		return false;
	br_json_out_object(out, NULL);
	br_json_out_time(out, "at", timer->at_ms);
	br_json_out_puts(out, "what", hold ? "hold_over" : "change");
	br_json_out_string(out, "sku", product.sku);
	br_json_out_string(out, "name", product.name);
	quote_member("before", &before, &product, out);
	quote_member("after", &after, &product, out);
	br_json_out_end(out);
	return true;
}

/*
 * What begins and ends next in the whole store, in the order of the times, and how long rises are
 * held: what people look at before a store opens. `from` and `after` are the time and the SKU of
 * the last row of the page before.
 */
BR_WEB_QUERY(price_planned)
{
	unsigned limit = (unsigned)args->numbers[2], written = 0, looked = 0;
	struct br_timer timer, last;
	bool begun = false, more = false;

	(void)refusal;
	br_assert(limit > 0);
	if (args->texts[1].n > 0 && br_str_copy(args->texts[1], last.key, sizeof(last.key))) {
		last.at_ms = args->numbers[0];
		/* A product has one change at a time; a hold that ends then comes behind it. */
		last.kind = BR_TIMER_PRICE;
		begun = true;
	}
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	while (looked++ < PLANNED_LOOKED_MAX &&
		br_timer_next(view->txn, begun ? &last : NULL, &timer)) {
		last = timer;
		begun = true;
		if (timer.kind > BR_TIMER_PRICE_HOLD || timer.at_ms < args->numbers[0])
			continue;
		more = written == limit;
		if (more)
			break;
		br_arena_reset(view->arena);
		written += change_write(view, &timer, out);
	}
	br_json_out_end(out);
	br_json_out_bool(out, "more", more);
	br_json_out_end(out);
	return br_txn_error(view->txn);
}
