/* What can be asked about products, barcodes and scanned codes. */
#include "web-ui/query.h"

#include <string.h>

#include "node/label.h"
#include "node/order.h"
#include "node/product.h"
#include "node/scan.h"
#include "node/tables.h"

#define LIMIT_MAX 50

struct found {
	unsigned n;
	char skus[LIMIT_MAX][BR_ID_BYTES_MAX + 1];
};

/* The SKUs are kept, since making a row uses the arena. */
static void found_add(void *context, struct br_str sku)
{
	struct found *found = context;

	br_assert(found->n <= LIMIT_MAX);
	if (found->n < LIMIT_MAX && br_str_copy(sku, found->skus[found->n], sizeof(found->skus[0])))
		found->n++;
}

/* Without a text to search for: the catalogue in the order of its SKUs, behind `after`. */
static void catalogue_list(
	const struct br_web_view *view, struct br_str after, unsigned limit, struct found *found)
{
	struct br_key from = br_key_of_str(after);
	struct br_str key, value, sku;
	struct br_scan scan;

	br_assert(limit <= LIMIT_MAX);
	br_key_add_u8(&from, 0);
	br_scan_begin(&scan, view->txn, BR_TABLE_PRODUCT, (struct br_str){NULL, 0},
		after.n > 0 ? br_key_str(&from) : (struct br_str){NULL, 0}, false);
	while (found->n < limit && br_scan_next(&scan, &key, &value))
		if (br_key_take_str(&key, &sku) &&
			br_str_copy(sku, found->skus[found->n], sizeof(found->skus[0])))
			found->n++;
	br_scan_end(&scan);
}

BR_WEB_QUERY(product_search)
{
	unsigned limit = (unsigned)args->numbers[1];
	struct found found = {.n = 0};
	int result = 0;

	(void)refusal;
	br_assert(limit >= 1 && limit <= LIMIT_MAX);
	if (args->texts[0].n > 0)
		br_search_find(view->search, view->txn, args->texts[0], limit, found_add, &found);
	else
		catalogue_list(view, args->texts[2], limit, &found);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	for (unsigned i = 0; i < found.n && result >= 0; i++)
		result = br_web_row(view, BR_WEB_PRODUCT, br_str_from(found.skus[i]), out, NULL);
	br_json_out_end(out);
	br_json_out_end(out);
	return result < 0 ? result : 0;
}

/* A product that was removed is not found, although its row would say that it was. */
static int product_write(const struct br_web_view *view, struct br_str sku, struct br_json_out *out,
	struct br_web_refusal *refusal)
{
	int result;

	br_assert(sku.n > 0);
	if (!br_product_exists(view->txn, sku))
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product",
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(sku));
	result = br_web_row(view, BR_WEB_PRODUCT, sku, out, NULL);
	return result < 0 ? result : 0;
}

BR_WEB_QUERY(product_get)
{
	return product_write(view, args->texts[0], out, refusal);
}

BR_WEB_QUERY(barcode_get)
{
	struct br_scan_result scanned;
	int result = br_scan_resolve(view->txn, args->texts[0], view->arena, &scanned);

	if (result < 0 && result != BR_E_INVALID && result != BR_E_NOT_FOUND)
		return result;
	if (result < 0)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_barcode",
			"barcode \"%.*s\": %s", BR_STR_ARG(args->texts[0]),
			result == BR_E_INVALID ? "no GTIN-8, -12, -13 or -14, nor a GS1 code"
					       : "not in the catalogue");
	return product_write(view, scanned.sku, out, refusal);
}

static void rule_write(void *context, const struct br_barcode_rule *rule)
{
	struct br_json_out *out = context;

	br_assert(rule->prefix.n > 0);
	br_json_out_object(out, NULL);
	br_record_to_json(&br_barcode_rule_shape, rule, out);
	br_json_out_end(out);
}

BR_WEB_QUERY(barcode_rule_list)
{
	br_assert(args != NULL);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_barcode_rule_walk(view->txn, view->arena, rule_write, out);
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}

static void scan_open(struct br_json_out *out, const char *kind, struct br_str key)
{
	br_assert(kind[0] != '\0');
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "kind", kind);
	br_json_out_string(out, "key", key);
}

static void scan_write(struct br_json_out *out, const char *kind, struct br_str key)
{
	scan_open(out, kind, key);
	br_json_out_end(out);
}

/* What a product's code says besides the product. */
static void scanned_write(struct br_json_out *out, const struct br_scan_result *scanned)
{
	br_assert(scanned->form < BR_SCAN_FORM_N && scanned->sku.n > 0);
	scan_open(out, "product", scanned->sku);
	br_json_out_puts(out, "form", br_scan_form_words[scanned->form]);
	br_json_out_puts(out, "gtin", scanned->gtin);
	if (scanned->lot.n > 0)
		br_json_out_string(out, "lot", scanned->lot);
	if (scanned->serial.n > 0)
		br_json_out_string(out, "serial", scanned->serial);
	if (scanned->expiry_ms > 0)
		br_json_out_time(out, "expiry", scanned->expiry_ms);
	if (scanned->quantity > 0)
		br_json_out_milli(out, "quantity", scanned->quantity);
	if (scanned->price >= 0)
		br_json_out_milli(out, "price", scanned->price);
	br_json_out_end(out);
}

/* A label's id as it is printed: hexadecimal digits of any case. */
static bool scan_label(const struct br_web_view *view, struct br_str code, char label[17])
{
	struct br_web_live_label live;
	struct br_label row;
	struct br_str name;

	br_assert(view->txn != NULL);
	if (code.n != 12 && code.n != 16)
		return false;
	for (size_t i = 0; i < code.n; i++) {
		char c = code.s[i];

		label[i] = c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : c;
		if (!((label[i] >= '0' && label[i] <= '9') || (label[i] >= 'A' && label[i] <= 'F')))
			return false;
	}
	label[code.n] = '\0';
	name = (struct br_str){label, code.n};
	return br_label_get(view->txn, name, view->arena, &row) == 0 ||
	       view->live->label(view->live->context, name, &live);
}

BR_WEB_QUERY(scan)
{
	struct br_str code = args->texts[0];
	struct br_scan_result scanned;
	struct br_order order;
	char label[17];

	(void)refusal;
	if (br_scan_resolve(view->txn, code, view->arena, &scanned) == 0)
		scanned_write(out, &scanned);
	else if (scan_label(view, code, label))
		scan_write(out, "label", br_str_from(label));
	else if (code.n <= BR_ID_BYTES_MAX &&
		 br_order_get(view->txn, code, view->arena, &order) == 0)
		scan_write(out, "order", order.order);
	else if (code.n <= BR_ID_BYTES_MAX && br_product_exists(view->txn, code))
		scan_write(out, "product", code);
	else
		scan_write(out, "unknown", code);
	return 0;
}
