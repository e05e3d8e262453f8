#include "node/product.h"

#include "node/rules.h"
#include "node/scan.h"
#include "node/stock.h"
#include "node/tables.h"

#define REVIEWS_MAX INT64_C(1000000000)
/* All fields at their longest: only decide() may meet it, which then refuses. */
#define PRODUCT_BYTES_MAX 8000

const char *const br_sold_by_words[] = {"piece", "weight", "length", "volume", NULL};
const char *const br_unit_words[] = {"piece", "kg", "l", "m", NULL};

static const struct br_field barcode_fields[] = {
	BR_TEXT_RULED(br_barcode, gtin, 8, 14, &br_rule_gtin),
};
static BR_DEFINE_SHAPE(barcode_shape, br_barcode, 1, barcode_fields);

static const struct br_field name_fields[] = {
	BR_MUST_TEXT(br_product_name, lang, 1, BR_WORD_BYTES_MAX),
	BR_MUST_TEXT(br_product_name, text, 1, BR_NAME_BYTES_MAX),
};
static BR_DEFINE_SHAPE(name_shape, br_product_name, 1, name_fields);

static const struct br_field product_fields[] = {
	BR_MUST_TEXT(br_product, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_product, name, 1, BR_NAME_BYTES_MAX),
	BR_TEXT(br_product, lang, 0, BR_WORD_BYTES_MAX),
	BR_LIST(br_product, names, 0, BR_NAMES_MAX, &name_shape),
	BR_TEXT(br_product, brand, 0, BR_PATH_BYTES_MAX),
	BR_LIST(br_product, gtins, 0, BR_GTINS_MAX, &barcode_shape),
	BR_WORD(br_product, sold_by, br_sold_by_words),
	BR_MILLI(br_product, content, 0, BR_QUANTITY_MAX),
	BR_WORD(br_product, content_unit, br_unit_words),
	BR_TEXT(br_product, category, 0, BR_PATH_BYTES_MAX),
	BR_TEXT(br_product, image, 0, BR_PATH_BYTES_MAX),
	BR_TEXT(br_product, origin, 0, BR_PATH_BYTES_MAX),
	BR_TEXT(br_product, allergens, 0, BR_ALLERGENS_BYTES_MAX),
	BR_TEXT(br_product, tax, 0, BR_WORD_BYTES_MAX),
	BR_U64(br_product, age, 0, 99),
	BR_BOOL(br_product, fragile),
	BR_MILLI(br_product, deposit, 0, BR_AMOUNT_MAX),
	BR_BOOL(br_product, not_stocked),
	BR_MILLI(br_product, rating, 0, 5000),
	BR_U64(br_product, reviews, 0, REVIEWS_MAX),
	BR_LIST(br_product, positions, 0, BR_POSITIONS_MAX, &br_position_shape),
	BR_MILLI(br_product, case_size, 0, BR_QUANTITY_MAX),
	BR_TEXT(br_product, supplier, 0, BR_ID_BYTES_MAX),
	BR_MILLI(br_product, min, 0, BR_QUANTITY_MAX),
	BR_MILLI(br_product, max, 0, BR_QUANTITY_MAX),
	BR_BOOL(br_product, track_expiry),
	BR_U64(br_product, markdown_days, 0, 365),
};
BR_DEFINE_SHAPE(br_product_shape, br_product, 1, product_fields);

static const struct br_field removed_fields[] = {
	BR_MUST_TEXT(br_product_removed, sku, 1, BR_ID_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_product_removed_shape, br_product_removed, 1, removed_fields);

static const struct br_field place_fields[] = {
	BR_MUST_TEXT(br_product_place, sku, 1, BR_ID_BYTES_MAX),
	BR_LIST(br_product_place, positions, 0, BR_POSITIONS_MAX, &br_position_shape),
};
BR_DEFINE_SHAPE(br_product_place_shape, br_product_place, 1, place_fields);

int br_product_get(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	struct br_product *ret_product)
{
	struct br_key key = br_key_of_str(sku);

	return br_row_get(
		txn, BR_TABLE_PRODUCT, br_key_str(&key), &br_product_shape, arena, ret_product);
}

bool br_product_exists(struct br_txn *txn, struct br_str sku)
{
	struct br_key key = br_key_of_str(sku);

	return br_txn_has(txn, BR_TABLE_PRODUCT, br_key_str(&key));
}

static enum br_table barcode_table(const struct br_gtin *gtin)
{
	return gtin->restricted ? BR_TABLE_BARCODE_OWN : BR_TABLE_BARCODE;
}

int br_product_by_barcode(struct br_txn *txn, struct br_str barcode, struct br_str *ret_sku)
{
	struct br_gtin gtin;

	if (!br_gtin_parse(barcode, &gtin))
		return BR_E_INVALID;
	return br_txn_get(
		txn, barcode_table(&gtin), (struct br_str){gtin.digits, BR_GTIN_DIGITS}, ret_sku);
}

int br_product_resolve_scan(struct br_decision *decision, struct br_str sku, struct br_str barcode,
	const char *where, struct br_scan_result *ret_result)
{
	int result;

	br_assert(where[0] != '\0');
	if ((sku.n > 0) == (barcode.n > 0))
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"%s: exactly one of sku and barcode is needed", where);
	if (sku.n > 0) {
		if (!br_product_exists(decision->txn, sku))
			return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
				"%s.sku \"%.*s\": not in the catalogue", where, BR_STR_ARG(sku));
		*ret_result = (struct br_scan_result){.sku = sku, .price = -1};
		return 0;
	}
	result = br_scan_resolve(decision->txn, barcode, decision->arena, ret_result);
	if (result == BR_E_INVALID)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"%s.barcode \"%.*s\": allowed is %s", where, BR_STR_ARG(barcode),
			br_rule_gtin.allowed);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_BARCODE,
			"%s.barcode %.*s: not in the catalogue", where, BR_STR_ARG(barcode));
	return result;
}

int br_product_resolve(struct br_decision *decision, struct br_str sku, struct br_str barcode,
	const char *where, struct br_str *ret_sku)
{
	struct br_scan_result scanned;
	int result = br_product_resolve_scan(decision, sku, barcode, where, &scanned);

	br_assert(result <= BR_DECIDED_NO);
	if (result == 0)
		*ret_sku = scanned.sku;
	return result;
}

/* True when the catalogue holds exactly this: then a repeated import writes nothing. */
static bool product_unchanged(struct br_txn *txn, struct br_str sku, struct br_str record)
{
	struct br_key key = br_key_of_str(sku);
	struct br_str stored;

	br_assert(sku.n > 0 && record.n > 0);
	return br_txn_get(txn, BR_TABLE_PRODUCT, br_key_str(&key), &stored) == 0 &&
	       br_str_equal(record, stored);
}

/*
 * Emits the product as it shall be, unless it is so already, or refuses what is too large. One that
 * is `fresh` is not in the catalogue.
 */
static int product_settle(
	struct br_decision *decision, const struct br_product *product, bool fresh)
{
	struct br_text record;
	int result = 0;

	br_text_init(&record, PRODUCT_BYTES_MAX);
	br_record_encode(&br_product_shape, product, &record);
	br_assert(br_text_error(&record) != BR_E_TOO_LARGE);
	if (br_text_error(&record) != 0)
		result = br_text_error(&record);
	else if (record.n > BR_RECORD_BYTES_MAX)
		result = br_decision_refuse(decision, BR_REFUSAL_TOO_LARGE,
			"product \"%.*s\": takes %zu bytes, allowed is %d: shorten its texts",
			BR_STR_ARG(product->sku), record.n, BR_RECORD_BYTES_MAX);
	else if (fresh || !product_unchanged(decision->txn, product->sku, br_text_str(&record)))
		br_decision_emit(decision, BR_EVENT_PRODUCT_CHANGED, product);
	br_text_finish(&record);
	return result;
}

/* Refuses positions that say nothing. */
static int positions_check(struct br_decision *decision, const struct br_list *positions)
{
	br_assert(positions->n <= BR_POSITIONS_MAX);
	for (uint32_t i = 0; i < positions->n; i++)
		if (br_position_empty(BR_LIST_AT(*positions, br_position, i)))
			return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
				"positions[%u]: one of department, aisle, bay, shelf and position "
				"is needed",
				i);
	return 0;
}

/* Refuses a barcode that another product has. */
static int gtins_check(struct br_decision *decision, const struct br_product *product)
{
	br_assert(product->sku.n > 0 && product->gtins.n <= BR_GTINS_MAX);
	for (uint32_t i = 0; i < product->gtins.n; i++) {
		struct br_str gtin = BR_LIST_AT(product->gtins, br_barcode, i)->gtin;
		struct br_str holder;
		int result = br_product_by_barcode(decision->txn, gtin, &holder);

		if (result == 0 && !br_str_equal(holder, product->sku))
			return br_decision_refuse(decision, BR_REFUSAL_BARCODE_TAKEN,
				"barcode %.*s belongs to product \"%.*s\" already",
				BR_STR_ARG(gtin), BR_STR_ARG(holder));
		if (result < 0 && result != BR_E_NOT_FOUND)
			return result;
	}
	return 0;
}

/* What a product's own fields say against each other. */
static int product_check(struct br_decision *decision, const struct br_product *product)
{
	int result = gtins_check(decision, product);

	br_assert(product->min >= 0 && product->max >= 0);
	if (result == 0 && product->max > 0 && product->min > product->max)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"min: is more than max, which is what fits on the shelf");
	return result;
}

int br_product_decide_upsert(struct br_decision *decision, const void *body)
{
	struct br_product product = *(const struct br_product *)body, stored;
	int result = product_check(decision, &product);
	bool fresh = false;

	br_assert(product.sku.n > 0);
	if (result == 0)
		result = positions_check(decision, &product.positions);
	if (result != 0)
		return result;
	if (product.positions.n == 0) {
		result = br_product_get(decision->txn, product.sku, decision->arena, &stored);
		if (result == 0)
			product.positions = stored.positions;
		else if (result != BR_E_NOT_FOUND)
			return result;
		fresh = result == BR_E_NOT_FOUND;
	}
	return product_settle(decision, &product, fresh);
}

int br_product_decide_place(struct br_decision *decision, const void *body)
{
	const struct br_product_place *place = body;
	struct br_product product;
	int result = positions_check(decision, &place->positions);

	br_assert(place->sku.n > 0);
	if (result != 0)
		return result;
	result = br_product_get(decision->txn, place->sku, decision->arena, &product);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(place->sku));
	if (result < 0)
		return result;
	product.positions = place->positions;
	return product_settle(decision, &product, false);
}

int br_product_decide_remove(struct br_decision *decision, const void *body)
{
	const struct br_product_removed *removed = body;

	br_assert(removed->sku.n > 0);
	if (!br_product_exists(decision->txn, removed->sku))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(removed->sku));
	br_decision_emit(decision, BR_EVENT_PRODUCT_REMOVED, removed);
	return 0;
}

/* Puts or takes away the barcodes that lead to the product. */
static void index_change(struct br_txn *txn, const struct br_product *product, bool put)
{
	br_assert(product->gtins.n <= BR_GTINS_MAX);
	for (uint32_t i = 0; i < product->gtins.n; i++) {
		struct br_gtin gtin;
		struct br_str digits;

		/* The command's rule let only valid ones into the journal. */
		if (!br_gtin_parse(BR_LIST_AT(product->gtins, br_barcode, i)->gtin, &gtin))
			continue;
		digits = (struct br_str){gtin.digits, BR_GTIN_DIGITS};
		if (put)
			br_txn_put(txn, barcode_table(&gtin), digits, product->sku);
		else
			br_txn_delete(txn, barcode_table(&gtin), digits);
	}
}

/* Takes away what leads to the product as it is stored now. */
static void index_remove(struct br_txn *txn, struct br_str sku, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(sku);
	struct br_product product;

	if (br_row_get_copy(txn, BR_TABLE_PRODUCT, br_key_str(&key), &br_product_shape, arena,
		    &product) == 0)
		index_change(txn, &product, false);
}

void br_product_apply_changed(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_product *product = event->body;
	struct br_key key = br_key_of_str(product->sku);

	br_assert(product->sku.n > 0);
	index_remove(txn, product->sku, arena);
	br_row_put(txn, BR_TABLE_PRODUCT, br_key_str(&key), &br_product_shape, product);
	index_change(txn, product, true);
	br_stock_follow(txn, event, product->sku, product->min, product->track_expiry);
}

void br_product_apply_removed(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_product_removed *removed = event->body;
	struct br_key key = br_key_of_str(removed->sku);

	br_assert(removed->sku.n > 0);
	index_remove(txn, removed->sku, arena);
	br_txn_delete(txn, BR_TABLE_PRODUCT, br_key_str(&key));
	br_stock_follow(txn, event, removed->sku, 0, false);
}
