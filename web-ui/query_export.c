/*
 * What an export reads: the catalogue, the prices and the stock in the words of the commands that
 * would make them, page by page in the order of SKUs.
 */
#include "web-ui/query.h"

#include "node/price.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"

/* Writes what there is of one product, as elements of the open list. */
struct part {
	const char *noun;
	void (*write)(const struct br_web_view *view, struct br_str sku,
		const struct br_product *product, struct br_json_out *out);
};

static void product_write(const struct br_web_view *view BR_UNUSED, struct br_str sku BR_UNUSED,
	const struct br_product *product, struct br_json_out *out)
{
	br_assert(product->sku.n > 0);
	br_json_out_object(out, NULL);
	br_record_to_json(&br_product_shape, product, out);
	br_json_out_end(out);
}

/* Prices that count or will count: the others are the past. */
static void prices_write(const struct br_web_view *view, struct br_str sku,
	const struct br_product *product BR_UNUSED, struct br_json_out *out)
{
	const struct br_price_row *rows;
	unsigned n = br_price_rows(view->txn, sku, view->arena, &rows);

	br_assert(sku.n > 0);
	/* The earliest beginning first, as they were set. */
	for (unsigned i = n; i > 0; i--) {
		const struct br_price_row *row = &rows[i - 1];

		if ((row->to_ms != 0 && row->to_ms <= view->now_ms) || row->cancelled_ms != 0 ||
			row->kind == BR_PRICE_HELD)
			continue;
		br_json_out_object(out, NULL);
		br_json_out_string(out, "sku", sku);
		br_json_out_puts(out, "kind", br_price_kind_words[row->kind]);
		br_json_out_milli(out, "amount", row->amount);
		br_json_out_string(out, "currency", row->currency);
		br_json_out_time(out, "from", row->from_ms);
		if (row->to_ms != 0)
			br_json_out_time(out, "to", row->to_ms);
		if (row->source.n > 0)
			br_json_out_string(out, "source", row->source);
		if (row->reason.n > 0)
			br_json_out_string(out, "reason", row->reason);
		br_json_out_end(out);
	}
}

/* Every bucket that holds something; what is staged belongs to orders, and below zero to a count.
 */
static void stock_write(const struct br_web_view *view, struct br_str sku,
	const struct br_product *product BR_UNUSED, struct br_json_out *out)
{
	struct br_stock stock = br_stock_get(view->txn, sku);

	br_assert(sku.n > 0);
	for (unsigned i = 0; i < BR_BUCKET_N; i++) {
		if (i == BR_BUCKET_STAGED || stock.buckets[i] <= 0)
			continue;
		br_json_out_object(out, NULL);
		br_json_out_string(out, "sku", sku);
		br_json_out_puts(out, "bucket", br_bucket_words[i]);
		br_json_out_milli(out, "quantity", stock.buckets[i]);
		br_json_out_end(out);
	}
}

static const struct part parts[] = {
	{"products", product_write}, {"prices", prices_write}, {"stock", stock_write}};

/* Writes the products behind `after`, at most `limit`; the last one's SKU when there are more. */
static int page_write(const struct br_web_view *view, const struct part *part, struct br_str after,
	unsigned limit, struct br_json_out *out)
{
	struct br_str none = {NULL, 0}, key, value, last = none;
	struct br_key from = br_key_of_str(after);
	struct br_scan scan;
	unsigned n = 0;

	br_assert(limit > 0);
	br_key_add_u8(&from, 0);
	br_json_out_array(out, "rows");
	br_scan_begin(&scan, view->txn, BR_TABLE_PRODUCT, none,
		after.n > 0 ? br_key_str(&from) : none, false);
	while (n < limit && br_scan_next(&scan, &key, &value)) {
		struct br_product product;

		br_arena_reset(view->arena);
		if (br_record_decode(&br_product_shape, value, view->arena, &product) < 0)
			continue;
		part->write(view, product.sku, &product, out);
		/* In the store, whose pages stay as long as the transaction. */
		last = product.sku;
		n++;
	}
	br_scan_end(&scan);
	br_json_out_end(out);
	if (n == limit)
		br_json_out_string(out, "next", last);
	return br_txn_error(view->txn);
}

BR_WEB_QUERY(export_rows)
{
	const struct part *part = NULL;
	int result;

	for (size_t i = 0; i < BR_ARRAY_LEN(parts); i++)
		if (br_str_is(args->texts[0], parts[i].noun))
			part = &parts[i];
	if (part == NULL)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "not_found",
			"export of \"%.*s\": there are products, prices and stock",
			BR_STR_ARG(args->texts[0]));
	br_assert(args->numbers[2] > 0);
	br_json_out_object(out, NULL);
	result = page_write(view, part, args->texts[1], (unsigned)args->numbers[2], out);
	br_json_out_end(out);
	return result;
}
