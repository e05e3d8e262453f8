/* What can be asked about products, barcodes and scanned codes. */
#include "web-ui/query.h"

#include <string.h>

#include "node/label.h"
#include "node/order.h"
#include "node/product.h"
#include "node/sale.h"
#include "node/scan.h"
#include "node/stock.h"
#include "node/tables.h"

#define LIMIT_MAX 50
#define MOVEMENT_EVENTS_MAX 5000 /* looked through for one page */

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

/* The members that every movement has, whatever it came from. */
static void movement_open(const struct br_event *event, const char *kind, struct br_json_out *out)
{
	br_assert(event->sequence > 0);
	br_json_out_object(out, NULL);
	br_json_out_u64(out, "sequence", event->sequence);
	br_json_out_time(out, "time", event->happened_ms);
	br_json_out_puts(out, "kind", kind);
}

static void movement_close(
	const struct br_event *event, struct br_str source, struct br_json_out *out)
{
	br_assert(event->sequence > 0);
	if (source.n > 0)
		br_json_out_string(out, "source", source);
	br_json_out_string(out, "actor", event->actor);
	br_json_out_end(out);
}

/* A count keeps what was counted and what was expected: the difference alone explains nothing. */
static unsigned moved_write(const struct br_event *event, struct br_json_out *out)
{
	const struct br_stock_moved *moved = event->body;

	br_assert(moved->bucket < BR_BUCKET_N);
	br_assert(moved->to_bucket <= BR_BUCKET_N);
	movement_open(event, br_move_kind_words[moved->kind], out);
	br_json_out_puts(out, "bucket", br_bucket_words[moved->bucket]);
	if (moved->to_bucket > 0)
		br_json_out_puts(out, "to_bucket", br_bucket_words[moved->to_bucket - 1]);
	br_json_out_milli(out, "quantity", moved->quantity);
	if (moved->kind == BR_MOVE_COUNT) {
		br_json_out_milli(out, "counted", moved->counted);
		br_json_out_milli(out, "expected", moved->expected);
	}
	if (moved->reason.n > 0)
		br_json_out_string(out, "reason", moved->reason);
	movement_close(event, (struct br_str){NULL, 0}, out);
	return 1;
}

/* A sale may hold the product on several lines; each is a movement. */
static unsigned sold_write(const struct br_event *event, struct br_str sku, struct br_json_out *out)
{
	const struct br_sold *sold = event->body;
	bool sale = event->kind == BR_EVENT_SALE_RECORDED;
	bool back = event->kind == BR_EVENT_RETURN_RECORDED;
	unsigned n = 0;

	br_assert(sku.n > 0);
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);

		if (!br_str_equal(line->sku, sku))
			continue;
		movement_open(event, sale ? "sale" : back ? "return" : "sale_void", out);
		br_json_out_puts(out, "bucket",
			br_bucket_words[back ? BR_BUCKET_RETURNED : BR_BUCKET_SHELF]);
		br_json_out_milli(out, "quantity", sale ? -line->quantity : line->quantity);
		movement_close(event, sold->till, out);
		n++;
	}
	return n;
}

/* What one counter of the product gained, or what went from one place to another. */
static unsigned part_write(const struct br_event *event, const char *kind, const char *bucket,
	const char *to_bucket, int64_t quantity, struct br_json_out *out)
{
	if (quantity == 0)
		return 0;
	br_assert(strcmp(bucket, to_bucket != NULL ? to_bucket : "") != 0);
	movement_open(event, kind, out);
	br_json_out_puts(out, "bucket", bucket);
	if (to_bucket != NULL)
		br_json_out_puts(out, "to_bucket", to_bucket);
	br_json_out_milli(out, "quantity", quantity);
	movement_close(event, br_event_type(event)->subject(event), out);
	return 1;
}

/* The rows of one product out of an event that moves several. */
struct movement_rows {
	const struct br_event *event;
	struct br_str sku;
	struct br_json_out *out;
	unsigned n;
};

/* What one bucket lost goes to those that gained: an amount each, the rest came from outside. */
static void buckets_write(struct movement_rows *rows, const struct br_movement *movement)
{
	const char *kind = br_movement_kind_words[movement->kind];
	int64_t gained[BR_BUCKET_N];

	br_assert(movement->kind < BR_MOVEMENT_N);
	memcpy(gained, movement->buckets, sizeof(gained));
	for (unsigned from = 0; from < BR_BUCKET_N; from++)
		for (unsigned to = 0; to < BR_BUCKET_N && gained[from] < 0; to++) {
			int64_t n = gained[to] < -gained[from] ? gained[to] : -gained[from];

			if (gained[to] <= 0)
				continue;
			rows->n += part_write(rows->event, kind, br_bucket_words[from],
				br_bucket_words[to], -n, rows->out);
			gained[from] += n;
			gained[to] -= n;
		}
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		rows->n += part_write(
			rows->event, kind, br_bucket_words[i], NULL, gained[i], rows->out);
}

/* Added up by place, the rows are what the product's numbers gained. */
static void movement_rows_add(void *context, const struct br_movement *movement)
{
	struct movement_rows *rows = context;
	const char *kind = br_movement_kind_words[movement->kind];

	br_assert(movement->sku.n > 0);
	if (!br_str_equal(movement->sku, rows->sku))
		return;
	rows->n += part_write(rows->event, kind, "reserved", NULL, movement->reserved, rows->out);
	rows->n += part_write(rows->event, kind, "rights", NULL, movement->rights, rows->out);
	buckets_write(rows, movement);
}

static unsigned movements_of_event(
	const struct br_event *event, struct br_str sku, struct br_json_out *out)
{
	struct movement_rows rows = {.event = event, .sku = sku, .out = out};
	struct br_movement_visit visit = {movement_rows_add, &rows};

	br_assert(sku.n > 0);
	if (br_event_type(event)->movements != NULL)
		br_event_type(event)->movements(event, &visit);
	return rows.n;
}

/* Events that touch a product without moving it, such as prices, are no movements. */
static unsigned movement_write(
	const struct br_event *event, struct br_str sku, struct br_json_out *out)
{
	br_assert(event->body != NULL);
	switch (event->kind) {
	case BR_EVENT_STOCK_MOVED:
		return moved_write(event, out);
	case BR_EVENT_SALE_RECORDED:
	case BR_EVENT_RETURN_RECORDED:
	case BR_EVENT_SALE_VOIDED:
		return sold_write(event, sku, out);
	default:
		return movements_of_event(event, sku, out);
	}
}

/* Writes movements older than `before`, newest first; true when there are more. */
static bool movements_write(const struct br_web_view *view, struct br_str sku, uint64_t before,
	unsigned limit, struct br_json_out *out)
{
	unsigned written = 0, looked = 0;
	struct br_history history;
	uint64_t sequence;
	bool more = false;

	br_assert(sku.n > 0 && limit > 0);
	/* Nothing is older than the journal's beginning. */
	if (before == 0)
		return false;
	br_history_begin(&history, view->txn, BR_NOUN_PRODUCT, sku, before);
	while (br_history_next(&history, &sequence)) {
		struct br_event event;

		more = written >= limit || looked++ == MOVEMENT_EVENTS_MAX;
		if (more)
			break;
		br_arena_reset(view->arena);
		if (br_event_get(view->txn, sequence, view->arena, &event) == 0)
			written += movement_write(&event, sku, out);
	}
	br_history_end(&history);
	return more;
}

BR_WEB_QUERY(product_movements)
{
	bool more;

	if (!br_product_exists(view->txn, args->texts[0]))
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product",
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(args->texts[0]));
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	more = movements_write(
		view, args->texts[0], (uint64_t)args->numbers[1], (unsigned)args->numbers[2], out);
	br_json_out_end(out);
	br_json_out_bool(out, "more", more);
	br_json_out_end(out);
	return 0;
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
