/* The row of a product: catalogue, price and stock together. */
#include "web-ui/rows.h"

#include "node/history.h"
#include "node/price.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"

#define LABELS_SHOWN_MAX 200

/* Members are written even when empty, so that a program finds them where it looks. */
static void catalogue_write(const struct br_product *product, struct br_json_out *out)
{
	br_assert(product->sold_by <= BR_SOLD_BY_VOLUME);
	br_assert(product->content_unit <= BR_UNIT_M);
	br_json_out_string(out, "sku", product->sku);
	br_json_out_string(out, "name", product->name);
	br_json_out_string(out, "lang", product->lang.n > 0 ? product->lang : BR_STR("en"));
	br_json_out_string(out, "brand", product->brand);
	br_json_out_array(out, "gtins");
	for (uint32_t i = 0; i < product->gtins.n; i++)
		br_json_out_string(out, NULL, BR_LIST_AT(product->gtins, br_barcode, i)->gtin);
	br_json_out_end(out);
	br_json_out_puts(out, "sold_by", br_sold_by_words[product->sold_by]);
	if (product->content > 0) {
		br_json_out_milli(out, "content", product->content);
		br_json_out_puts(out, "content_unit", br_unit_words[product->content_unit]);
	}
	br_json_out_string(out, "origin", product->origin);
	br_json_out_string(out, "category", product->category);
	if (product->image.n > 0)
		br_json_out_string(out, "image", product->image);
}

static void names_write(const struct br_product *product, struct br_json_out *out)
{
	br_assert(product->names.n <= BR_NAMES_MAX);
	br_json_out_array(out, "names");
	for (uint32_t i = 0; i < product->names.n; i++) {
		const struct br_product_name *name = BR_LIST_AT(product->names, br_product_name, i);

		br_json_out_object(out, NULL);
		br_json_out_string(out, "lang", name->lang);
		br_json_out_string(out, "text", name->text);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

static void positions_write(const struct br_product *product, struct br_json_out *out)
{
	br_assert(product->positions.n <= BR_POSITIONS_MAX);
	br_json_out_array(out, "positions");
	for (uint32_t i = 0; i < product->positions.n; i++) {
		br_json_out_object(out, NULL);
		br_record_to_json(
			&br_position_shape, BR_LIST_AT(product->positions, br_position, i), out);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

/* What a shopper or the law asks about it. */
static void facts_write(const struct br_product *product, struct br_json_out *out)
{
	names_write(product, out);
	br_json_out_string(out, "allergens", product->allergens);
	br_json_out_string(out, "tax", product->tax);
	br_json_out_u64(out, "age", product->age);
	br_json_out_bool(out, "fragile", product->fragile);
	br_json_out_milli(out, "deposit", product->deposit);
	br_json_out_milli(out, "rating", product->rating);
	br_json_out_u64(out, "reviews", product->reviews);
}

/* What the people who fill the shelf go by. */
static void handling_write(const struct br_product *product, struct br_json_out *out)
{
	br_json_out_bool(out, "not_stocked", product->not_stocked);
	positions_write(product, out);
	br_json_out_milli(out, "case_size", product->case_size);
	br_json_out_string(out, "supplier", product->supplier);
	br_json_out_milli(out, "min", product->min);
	br_json_out_milli(out, "max", product->max);
	br_json_out_bool(out, "track_expiry", product->track_expiry);
	br_json_out_u64(out, "markdown_days", product->markdown_days);
}

/* Zero is a price, no price is null. */
static void milli_or_null(struct br_json_out *out, const char *name, bool known, int64_t value)
{
	if (known)
		br_json_out_milli(out, name, value);
	else
		br_json_out_null(out, name);
}

/* While a rise waits for its labels: what the tills still charge, and until when at the latest. */
static void held_write(
	const struct br_web_view *view, const struct br_product *product, struct br_json_out *out)
{
	struct br_price_quote till =
		br_price_till_at(view->txn, product->sku, view->now_ms, view->arena);

	if (!till.held) {
		br_json_out_null(out, "held");
		return;
	}
	br_assert(till.known);
	br_json_out_object(out, "held");
	br_json_out_milli(out, "amount", till.amount);
	br_json_out_puts(out, "currency", till.currency);
	if (till.held_until_ms > 0)
		br_json_out_time(out, "until", till.held_until_ms);
	br_json_out_end(out);
}

/* Per what the price must be told beside the price itself; null when that is the same. */
static void unit_price_write(const struct br_product *product, const struct br_price_quote *quote,
	struct br_json_out *out)
{
	enum br_unit unit;
	int64_t unit_price;

	br_assert(quote->amount >= 0);
	if (!quote->known || !br_price_unit(product, quote->amount, &unit_price, &unit)) {
		br_json_out_null(out, "unit_price");
		return;
	}
	br_json_out_milli(out, "unit_price", unit_price);
	br_json_out_puts(out, "unit_price_base", br_unit_words[unit]);
}

/* What counts now, and what the law wants shown beside it when that is a promotion. */
static void price_write(
	const struct br_web_view *view, const struct br_product *product, struct br_json_out *out)
{
	struct br_price_quote quote =
		br_price_at(view->txn, product->sku, view->now_ms, view->arena);

	br_assert(product->sku.n > 0);
	milli_or_null(out, "price", quote.known, quote.amount);
	if (quote.known)
		br_json_out_puts(out, "currency", quote.currency);
	milli_or_null(out, "regular_price", quote.regular > 0, quote.regular);
	if (quote.promotion) {
		br_json_out_object(out, "promotion");
		br_json_out_milli(out, "amount", quote.amount);
		br_json_out_time(out, "from", quote.from_ms);
		br_json_out_time(out, "to", quote.to_ms);
		br_json_out_end(out);
	} else {
		br_json_out_null(out, "promotion");
	}
	br_json_out_bool(out, "override", quote.override);
	held_write(view, product, out);
	unit_price_write(product, &quote, out);
	milli_or_null(out, "lowest_30d", quote.lowest_30d > 0, quote.lowest_30d);
}

/* Every bucket is written: the page adds them up by itself and must not guess at missing ones. */
static void stock_write(struct br_txn *txn, struct br_str sku, struct br_json_out *out)
{
	struct br_stock stock = br_stock_get(txn, sku);
	int64_t available = br_stock_available(txn, sku, &stock, BR_CHANNEL_NONE);

	br_assert(sku.n > 0);
	br_json_out_milli(out, "on_hand", br_stock_on_hand(&stock));
	br_json_out_milli(out, "available", available > 0 ? available : 0);
	br_json_out_milli(out, "reserved", stock.reserved);
	br_json_out_object(out, "buckets");
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		br_json_out_milli(out, br_bucket_words[i], stock.buckets[i]);
	br_json_out_end(out);
}

/* Which labels show this product, so that a page can lead from one to the other. */
static void labels_write(struct br_txn *txn, struct br_str sku, struct br_json_out *out)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value, part, label;
	struct br_scan scan;
	unsigned n = 0;

	br_assert(sku.n > 0);
	br_json_out_array(out, "labels");
	br_scan_begin(
		&scan, txn, BR_TABLE_LABEL_SKU, br_key_str(&prefix), br_key_str(&prefix), false);
	while (n++ < LABELS_SHOWN_MAX && br_scan_next(&scan, &key, &value))
		if (br_key_take_str(&key, &part) && br_key_take_str(&key, &label))
			br_json_out_string(out, NULL, label);
	br_scan_end(&scan);
	br_json_out_end(out);
}

int br_web_row_product(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	uint64_t sequence = br_history_newest(view->txn, BR_NOUN_PRODUCT, key);
	struct br_product product;
	int result = br_product_get(view->txn, key, view->arena, &product);

	br_assert(key.n > 0);
	if (result == BR_E_NOT_FOUND) {
		br_web_row_removed(key, sequence, out, name);
		return 1;
	}
	if (result < 0)
		return result;
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(out, "sequence", sequence);
	catalogue_write(&product, out);
	facts_write(&product, out);
	handling_write(&product, out);
	price_write(view, &product, out);
	stock_write(view->txn, key, out);
	labels_write(view->txn, key, out);
	br_json_out_bool(out, "removed", false);
	br_json_out_end(out);
	return 0;
}
