#include "node/till_look.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/price.h"
#include "node/product.h"
#include "node/reservation.h"
#include "node/rules.h"
#include "node/sale.h"
#include "node/scan.h"
#include "node/stock.h"
#include "node/till_day.h"
#include "node/till_order.h"
#include "node/till_reply.h"

static void found(struct br_json_out *out, const struct br_till_request *request)
{
	br_assert(br_till_request_looks(request));
	br_json_out_object(out, NULL);
	br_json_out_string(out, "id", request->id);
	br_json_out_puts(out, "outcome", "found");
}

/*
 * The product that is asked for: 0, BR_DECIDED_NO with the refusal written, or the store's error.
 */
static int product_find(const struct br_till_view *view, const struct br_till_request *request,
	struct br_json_out *out, struct br_scan_result *ret_scanned, struct br_product *ret_product)
{
	struct br_scan_result scanned = {.sku = request->sku, .price = -1};
	int result = 0;

	br_assert((request->sku.n > 0) != (request->barcode.n > 0));
	if (request->barcode.n > 0)
		result = br_scan_resolve(view->txn, request->barcode, view->arena, &scanned);
	if (result == 0)
		result = br_product_get(view->txn, scanned.sku, view->arena, ret_product);
	if (result == 0)
		*ret_scanned = scanned;
	else if (result == BR_E_INVALID)
		br_till_reply_refuse(out, request->id, BR_OUTCOME_REFUSED, BR_REFUSAL_MALFORMED,
			"barcode: allowed is 8, 12, 13 or 14 digits with a right GS1 check digit, "
			"or a GS1 code");
	else if (result == BR_E_NOT_FOUND && request->sku.n > 0)
		br_till_reply_refuse(out, request->id, BR_OUTCOME_REFUSED,
			BR_REFUSAL_UNKNOWN_PRODUCT, "sku: not in the catalogue");
	else if (result == BR_E_NOT_FOUND)
		br_till_reply_refuse(out, request->id, BR_OUTCOME_REFUSED,
			BR_REFUSAL_UNKNOWN_BARCODE, "barcode: not in the catalogue");
	else
		return result;
	return result == 0 ? 0 : BR_DECIDED_NO;
}

/* What the code says beside the product: of this one piece. */
static void scanned_write(const struct br_scan_result *scanned, const struct br_price_quote *quote,
	struct br_json_out *out)
{
	br_assert(scanned->sku.n > 0);
	if (scanned->quantity > 0)
		br_json_out_milli(out, "quantity", scanned->quantity);
	if (scanned->price >= 0)
		br_json_out_milli(out, "amount", scanned->price);
	else if (scanned->quantity > 0 && scanned->quantity <= BR_QUANTITY_MAX && quote->known)
		br_json_out_milli(out, "amount",
			br_sale_line_total(
				br_str_from(quote->currency), scanned->quantity, quote->amount));
	if (scanned->lot.n > 0)
		br_json_out_string(out, "lot", scanned->lot);
	if (scanned->expiry_ms > 0)
		br_json_out_time(out, "expiry", scanned->expiry_ms);
}

static void price_write(const struct br_till_view *view, const struct br_product *product,
	const struct br_scan_result *scanned, struct br_json_out *out)
{
	struct br_price_quote quote =
		br_price_till_at(view->txn, product->sku, view->now_ms, view->arena);
	struct br_price_quote next;
	int64_t next_ms, unit_price;
	enum br_unit unit;

	scanned_write(scanned, &quote, out);
	if (!quote.known)
		return;
	br_assert(quote.amount >= 0);
	br_json_out_milli(out, "price", quote.amount);
	br_json_out_puts(out, "currency", quote.currency);
	if (quote.promotion) {
		br_json_out_milli(out, "regular_price", quote.regular);
		br_json_out_bool(out, "promotion", true);
		if (quote.lowest_30d > 0)
			br_json_out_milli(out, "lowest_30d", quote.lowest_30d);
	}
	if (quote.override)
		br_json_out_bool(out, "override", true);
	if (quote.to_ms > 0)
		br_json_out_time(out, "until", quote.to_ms);
	if (br_price_next(view->txn, product->sku, view->now_ms, view->arena, &next_ms, &next)) {
		br_json_out_time(out, "next_from", next_ms);
		if (next.known)
			br_json_out_milli(out, "next_price", next.amount);
	}
	if (br_price_unit(product, quote.amount, &unit_price, &unit)) {
		br_json_out_milli(out, "unit_price", unit_price);
		br_json_out_puts(out, "unit_price_base", br_unit_words[unit]);
	}
}

#define PROMISED_LISTED_MAX 8

/* To whom: the best promised first, since they come for it first. */
static void promised_write(const struct br_till_view *view, struct br_str sku,
	const struct br_stock *stock, int64_t available, struct br_json_out *out)
{
	struct br_reservation *reservations;
	char warning[160];
	unsigned n;

	br_assert(stock->reserved > 0);
	if (br_reservation_list(view->txn, sku, view->arena, &reservations, &n) < 0 || n == 0)
		return;
	br_json_out_array(out, "promised");
	for (unsigned i = 0; i < n && i < PROMISED_LISTED_MAX; i++) {
		const struct br_reservation *each = &reservations[n - 1 - i];

		br_json_out_object(out, NULL);
		br_json_out_string(out, "order", each->order);
		br_json_out_milli(out, "quantity", each->quantity);
		if (each->ready_by > 0)
			br_json_out_time(out, "ready_by", each->ready_by);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	if (available > 0)
		return;
	(void)snprintf(warning, sizeof(warning), "the last %.10g %s promised to order %.*s%s",
		(double)stock->reserved / 1000, stock->reserved == 1000 ? "is" : "are",
		BR_STR_ARG(reservations[n - 1].order), n > 1 ? " and others" : "");
	br_json_out_puts(out, "warning", warning);
}

/* What lies there and whose it is; in words when nothing is left that is promised to nobody. */
static void stock_write(const struct br_till_view *view, struct br_str sku, struct br_json_out *out)
{
	struct br_stock stock = br_stock_get(view->txn, sku);
	int64_t available = br_stock_available(view->txn, sku, &stock, BR_CHANNEL_NONE);

	br_assert(sku.n > 0);
	br_json_out_milli(out, "on_hand", br_stock_on_hand(&stock));
	br_json_out_milli(out, "available", available > 0 ? available : 0);
	br_json_out_milli(out, "reserved", stock.reserved);
	if (stock.reserved > 0)
		promised_write(view, sku, &stock, available, out);
}

static int product_look(const struct br_till_view *view, const struct br_till_request *request,
	struct br_json_out *out)
{
	struct br_scan_result scanned;
	struct br_product product;
	int result = product_find(view, request, out, &scanned, &product);

	if (result != 0)
		return result < 0 ? result : 0;
	br_assert(product.sku.n > 0);
	found(out, request);
	br_json_out_string(out, "sku", product.sku);
	br_json_out_string(out, "name", product.name);
	if (request->type == BR_TILL_PRICE)
		price_write(view, &product, &scanned, out);
	stock_write(view, product.sku, out);
	br_json_out_end(out);
	return br_txn_error(view->txn);
}

static int order_look(const struct br_till_view *view, const struct br_till_request *request,
	struct br_json_out *out)
{
	struct br_order order;
	int result = br_order_get(view->txn, request->order, view->arena, &order);

	br_assert(request->type == BR_TILL_ORDER);
	if (result == BR_E_NOT_FOUND) {
		br_till_reply_refuse(out, request->id, BR_OUTCOME_REFUSED, BR_REFUSAL_UNKNOWN_ORDER,
			"order: not known here");
		return 0;
	}
	if (result < 0)
		return result;
	found(out, request);
	result = br_till_order_write(out, view->txn, &order, view->currency, view->arena);
	br_json_out_end(out);
	return result;
}

static void parked_write(const struct br_parked *parked, struct br_json_out *out)
{
	br_assert(parked->line_n > 0);
	br_json_out_string(out, "parked", parked->parked);
	br_json_out_string(out, "till", parked->till);
	if (parked->associate.n > 0)
		br_json_out_string(out, "associate", parked->associate);
	br_json_out_personal(out, "note", parked->note);
	br_json_out_time(out, "since", parked->since_ms);
	if (parked->taken_by.n > 0)
		br_json_out_string(out, "taken_by", parked->taken_by);
}

/* More than this lie nowhere; a list without end would be no answer. */
#define PARKED_LISTED_MAX 200

struct parked_list {
	struct br_json_out *out;
	unsigned n;
};

static bool parked_list_add(void *context, const struct br_parked *parked)
{
	struct parked_list *list = context;

	br_assert(list->n < PARKED_LISTED_MAX);
	br_json_out_object(list->out, NULL);
	parked_write(parked, list->out);
	br_json_out_u64(list->out, "lines", parked->line_n);
	br_json_out_end(list->out);
	return ++list->n < PARKED_LISTED_MAX;
}

static int parked_look(const struct br_till_view *view, const struct br_till_request *request,
	struct br_json_out *out)
{
	struct parked_list list = {.out = out};
	struct br_parked parked;
	int result;

	br_assert(request->type == BR_TILL_PARKED);
	if (request->parked.n == 0) {
		found(out, request);
		br_json_out_array(out, "parked");
		br_parked_walk(view->txn, view->arena, parked_list_add, &list);
		br_json_out_end(out);
		br_json_out_end(out);
		return br_txn_error(view->txn);
	}
	result = br_parked_get(view->txn, request->parked, view->arena, &parked);
	if (result == BR_E_NOT_FOUND) {
		br_till_reply_refuse(out, request->id, BR_OUTCOME_REFUSED, BR_REFUSAL_UNKNOWN_SALE,
			"parked: no sale is parked under this name");
		return 0;
	}
	if (result < 0)
		return result;
	found(out, request);
	parked_write(&parked, out);
	result = br_till_reply_parked(out, view->txn, &parked, view->arena);
	br_json_out_end(out);
	return result;
}

struct totals {
	struct br_json_out *out;
	const char *currency;
};

static void totals_add(
	void *context, struct br_str till, struct br_str currency, const struct br_till_day *day)
{
	const struct totals *totals = context;

	br_assert(till.n > 0);
	br_json_out_object(totals->out, NULL);
	br_json_out_string(
		totals->out, "currency", currency.n > 0 ? currency : br_str_from(totals->currency));
	br_json_out_u64(totals->out, "sales", day->sales);
	br_json_out_u64(totals->out, "returns", day->returns);
	br_json_out_u64(totals->out, "voids", day->voids);
	br_json_out_u64(totals->out, "lines", day->lines);
	br_json_out_milli(totals->out, "sold", day->sold);
	br_json_out_milli(totals->out, "given_back", day->given_back);
	br_json_out_milli(totals->out, "voided", day->voided);
	br_json_out_milli(totals->out, "net", day->sold - day->given_back - day->voided);
	br_json_out_end(totals->out);
}

static int totals_look(const struct br_till_view *view, const char *till,
	const struct br_till_request *request, struct br_json_out *out)
{
	struct totals totals = {out, view->currency};
	struct br_day day = br_day_of(view->now_ms);
	/* A date was checked when the request was read. */
	bool right = request->date.n == 0 || br_day_read(request->date, &day);

	br_assert(request->type == BR_TILL_TOTALS && right);
	found(out, request);
	br_json_out_puts(out, "date", day.date);
	br_json_out_array(out, "totals");
	br_till_day_walk(view->txn, &day, br_str_from(till), totals_add, &totals);
	br_json_out_end(out);
	br_json_out_end(out);
	return br_txn_error(view->txn);
}

int br_till_look(const struct br_till_view *view, const char *till,
	const struct br_till_request *request, struct br_text *text)
{
	struct br_json_out out;

	br_assert(view->txn != NULL && till[0] != '\0');
	br_json_out_begin(&out, text);
	out.opener = view->opener.open != NULL ? &view->opener : NULL;
	switch ((enum br_till_type)request->type) {
	case BR_TILL_PRICE:
	case BR_TILL_STOCK:
		return product_look(view, request, &out);
	case BR_TILL_ORDER:
		return order_look(view, request, &out);
	case BR_TILL_PARKED:
		return parked_look(view, request, &out);
	default:
		br_assert(request->type == BR_TILL_TOTALS);
		return totals_look(view, till, request, &out);
	}
}
