#include "cloud-sync/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/history.h"
#include "node/price.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"

#define PRICE_LINES_MAX 64
#define PRICE_LINE_BYTES 128

static const enum br_table tables[BR_VIEW_N] = {
	[BR_VIEW_STOCK] = BR_TABLE_STOCK,
	[BR_VIEW_ORDERS] = BR_TABLE_ORDER,
	[BR_VIEW_PRICES] = BR_TABLE_PRODUCT,
	[BR_VIEW_CATALOGUE] = BR_TABLE_PRODUCT,
};

bool br_view_own(enum br_view view)
{
	br_assert(view < BR_VIEW_N);
	return view == BR_VIEW_STOCK || view == BR_VIEW_ORDERS;
}

static void stock_value(struct br_txn *txn, struct br_str sku, struct br_text *text)
{
	struct br_stock stock = br_stock_get(txn, sku);
	bool any = stock.reserved != 0 || stock.rights != 0;

	br_assert(sku.n > 0);
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		any = any || stock.buckets[i] != 0;
	if (!any)
		return;
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		br_text_printf(text, "%" PRId64 "|", stock.buckets[i]);
	br_text_printf(text, "%" PRId64 "|%" PRId64, stock.reserved, stock.rights);
}

static int order_value(struct br_txn *txn, const struct br_order *order, struct br_arena *arena,
	struct br_text *text)
{
	br_text_printf(text, "%s\n", br_order_state_words[order->state]);
	for (uint32_t i = 0; i < order->line_n; i++) {
		const struct br_order_counts *counts;
		struct br_order_line line;
		int result = br_order_line_get(txn, order->order, i, arena, &line);

		if (result < 0)
			return result;
		counts = &line.counts;
		br_text_printf(text,
			"%" PRIu32 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64
			"|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "\n",
			i, counts->ordered, counts->reserved, counts->picked, counts->shortage,
			counts->substituted, counts->staged, counts->handed_over, counts->shipped,
			counts->returned, counts->restocked);
	}
	br_assert(text->n > 0);
	return 0;
}

static int lines_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* True when a row of the kind that begins at the same time, or counts now, was seen before it. */
static bool price_hidden(const struct br_price_row *rows, unsigned i, int64_t at_ms)
{
	for (unsigned k = 0; k < i; k++) {
		if (rows[k].kind != rows[i].kind || rows[k].to_ms == rows[k].from_ms)
			continue;
		if (rows[k].from_ms == rows[i].from_ms)
			return true;
		if (rows[k].from_ms <= at_ms && (rows[k].to_ms == 0 || rows[k].to_ms > at_ms))
			return true;
	}
	return false;
}

/* Rows come with the latest beginning first, so of those that count now the first one does. */
static void price_value(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	struct br_arena *arena, struct br_text *text)
{
	char lines[PRICE_LINES_MAX][PRICE_LINE_BYTES];
	const struct br_price_row *rows;
	unsigned n = br_price_rows(txn, sku, arena, &rows), line_n = 0;

	for (unsigned i = 0; i < n && line_n < PRICE_LINES_MAX; i++) {
		const struct br_price_row *row = &rows[i];
		char from[24] = "", to[24] = "";

		br_assert(row->kind < BR_PRICE_KIND_N);
		if ((row->kind != BR_PRICE_REGULAR && row->kind != BR_PRICE_PROMOTION) ||
			(row->to_ms != 0 && (row->to_ms <= at_ms || row->to_ms <= row->from_ms)) ||
			price_hidden(rows, i, at_ms))
			continue;
		if (row->from_ms > at_ms)
			(void)snprintf(from, sizeof(from), "%" PRId64, row->from_ms);
		if (row->to_ms != 0)
			(void)snprintf(to, sizeof(to), "%" PRId64, row->to_ms);
		(void)snprintf(lines[line_n++], PRICE_LINE_BYTES, "%s|%" PRId64 "|%.*s|%s|%s\n",
			br_price_kind_words[row->kind], row->amount, BR_STR_ARG(row->currency),
			from, to);
	}
	qsort(lines, line_n, PRICE_LINE_BYTES, lines_compare);
	for (unsigned i = 0; i < line_n; i++)
		br_text_puts(text, lines[i]);
}

static int product_value(
	struct br_txn *txn, struct br_str sku, struct br_arena *arena, struct br_text *text)
{
	struct br_product product;
	struct br_json_out out;
	int result = br_product_get(txn, sku, arena, &product);

	if (result < 0)
		return result == BR_E_NOT_FOUND ? 0 : result;
	br_assert(product.sku.n > 0);
	/* The planogram has its own commands, and mostly its own people. */
	product.positions.n = 0;
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_record_to_json(&br_product_shape, &product, &out);
	br_json_out_end(&out);
	return 0;
}

int br_view_value(struct br_txn *txn, enum br_view view, struct br_str key, int64_t at_ms,
	struct br_arena *arena, struct br_text *text)
{
	struct br_order order;
	int result = 0;

	br_assert(key.n > 0 && view < BR_VIEW_N);
	switch (view) {
	case BR_VIEW_STOCK:
		stock_value(txn, key, text);
		break;
	case BR_VIEW_ORDERS:
		result = br_order_get(txn, key, arena, &order);
		if (result == 0)
			result = order_value(txn, &order, arena, text);
		else if (result == BR_E_NOT_FOUND)
			result = 0;
		break;
	case BR_VIEW_PRICES:
		price_value(txn, key, at_ms, arena, text);
		break;
	case BR_VIEW_CATALOGUE:
		result = product_value(txn, key, arena, text);
		break;
	case BR_VIEW_N:
		break;
	}
	if (result == 0)
		result = br_txn_error(txn);
	return result < 0 ? result : br_text_error(text);
}

/* Whether an order is compared, and its version. */
static int order_taken(const struct br_view_walk *walk, struct br_txn *txn, struct br_str key,
	struct br_arena *arena, uint64_t *ret_version)
{
	struct br_order order;
	int result = br_order_get(txn, key, arena, &order);

	br_assert(walk->view == BR_VIEW_ORDERS);
	if (result < 0)
		return result;
	*ret_version = order.version;
	return !br_order_ended(order.state) || order.sequence > walk->after;
}

static int item_add(const struct br_view_walk *walk, struct br_txn *txn, struct br_range_set *set,
	struct br_str row_key, struct br_arena *arena, struct br_text *text)
{
	uint64_t version = 0;
	struct br_str key;
	int result = 1;

	if (!br_key_take_str(&row_key, &key))
		return BR_E_CORRUPT;
	br_arena_reset(arena);
	br_text_clear(text);
	if (walk->view == BR_VIEW_ORDERS)
		result = order_taken(walk, txn, key, arena, &version);
	if (result <= 0)
		return result;
	result = br_view_value(txn, walk->view, key, walk->at_ms, arena, text);
	if (result < 0 || text->n == 0)
		return result;
	return br_range_set_add(set, key, version, br_text_str(text));
}

void br_view_walk_begin(struct br_view_walk *walk, enum br_view view, uint64_t after, int64_t at_ms)
{
	br_assert(view < BR_VIEW_N);
	*walk = (struct br_view_walk){.view = view, .after = after, .at_ms = at_ms};
	br_key_init(&walk->from);
}

int br_view_walk_step(struct br_view_walk *walk, struct br_txn *txn, struct br_range_set *set,
	unsigned rows, struct br_arena *arena, struct br_text *text)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_key next = walk->from;
	struct br_scan scan;
	int result = 0;

	br_assert(!walk->ended && rows > 0);
	br_scan_begin(&scan, txn, tables[walk->view], none, br_key_str(&walk->from), false);
	while (result >= 0 && rows-- > 0) {
		if (!br_scan_next(&scan, &key, &value)) {
			walk->ended = true;
			break;
		}
		br_assert(key.n < sizeof(next.bytes));
		/* The next slice begins at the smallest key behind this one. */
		memcpy(next.bytes, key.s, key.n);
		next.bytes[key.n] = 0;
		next.n = key.n + 1;
		result = item_add(walk, txn, set, key, arena, text);
	}
	br_scan_end(&scan);
	walk->from = next;
	if (result == 0 && br_txn_error(txn) < 0)
		result = br_txn_error(txn);
	return result < 0 ? result : !walk->ended;
}

uint64_t br_view_touched(struct br_txn *txn, enum br_view view, struct br_str key)
{
	br_assert(key.n > 0 && view < BR_VIEW_N);
	return br_history_newest(
		txn, view == BR_VIEW_ORDERS ? BR_NOUN_ORDER : BR_NOUN_PRODUCT, key);
}

/* The first event at or behind a sequence: false when there is none. */
static bool event_from(struct br_txn *txn, uint64_t sequence, struct br_arena *arena,
	uint64_t *ret_sequence, int64_t *ret_recorded_ms)
{
	struct br_key from = br_key_of_u64(sequence);
	struct br_str none = {NULL, 0}, key, record;
	struct br_event event;
	struct br_scan scan;
	bool found;

	br_arena_reset(arena);
	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, br_key_str(&from), false);
	found = br_scan_next(&scan, &key, &record) && br_key_take_u64(&key, ret_sequence) &&
		br_event_decode(*ret_sequence, record, arena, &event) == 0;
	if (found)
		*ret_recorded_ms = event.recorded_ms;
	br_scan_end(&scan);
	br_assert(!found || *ret_sequence >= sequence);
	return found;
}

uint64_t br_view_sequence_at(struct br_txn *txn, int64_t at_ms, struct br_arena *arena)
{
	uint64_t low = 0, high = br_journal_head(txn) + 1;

	/* All up to `low` was recorded before at_ms; the first event from `high` on was not. */
	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2, sequence;
		int64_t recorded_ms;

		if (event_from(txn, middle, arena, &sequence, &recorded_ms) && recorded_ms < at_ms)
			low = sequence;
		else
			high = middle;
	}
	br_assert(low < high);
	return low;
}
