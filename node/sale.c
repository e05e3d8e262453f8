#include "node/sale.h"

#include <stdio.h>

#include "node/product.h"
#include "node/rules.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/time.h"

#define DATE_BYTES 10 /* "2026-03-01" */

static const struct br_field line_fields[] = {
	BR_TEXT(br_sale_line, barcode, 0, 14),
	BR_TEXT(br_sale_line, sku, 0, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_sale_line, quantity, 1, BR_QUANTITY_MAX),
	BR_MILLI(br_sale_line, price, 0, BR_AMOUNT_MAX),
};
BR_DEFINE_SHAPE(br_sale_line_shape, br_sale_line, 1, line_fields);

static const struct br_field sale_fields[] = {
	BR_MUST_TEXT_RULED(br_sale, till, 1, BR_WORD_BYTES_MAX, &br_rule_slug),
	BR_TEXT_RULED(br_sale, currency, 0, 3, &br_rule_currency),
	BR_MUST_LIST(br_sale, lines, 1, BR_SALE_LINES_MAX, &br_sale_line_shape),
	BR_MILLI(br_sale, total, 0, INT64_MAX),
};
BR_DEFINE_SHAPE(br_sale_shape, br_sale, 1, sale_fields);

static const struct br_field sold_line_fields[] = {
	BR_U64(br_sold_line, line, 1, BR_SALE_LINES_MAX),
	BR_MUST_TEXT(br_sold_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_sold_line, quantity, 1, BR_QUANTITY_MAX),
	BR_MUST_MILLI(br_sold_line, price, 0, BR_AMOUNT_MAX),
};
static BR_DEFINE_SHAPE(sold_line_shape, br_sold_line, 1, sold_line_fields);

static const struct br_field sold_fields[] = {
	BR_MUST_TEXT(br_sold, till, 1, BR_WORD_BYTES_MAX),
	BR_TEXT_RULED(br_sold, currency, 0, 3, &br_rule_currency),
	BR_MUST_LIST(br_sold, lines, 1, BR_SALE_LINES_PER_EVENT_MAX, &sold_line_shape),
};
BR_DEFINE_SHAPE(br_sold_shape, br_sold, 1, sold_fields);

static const struct br_field day_fields[] = {
	BR_U64(br_day, sales, 0, 0),
	BR_U64(br_day, returns, 0, 0),
	BR_U64(br_day, lines, 0, 0),
	BR_MILLI(br_day, sold, 0, INT64_MAX),
	BR_MILLI(br_day, given_back, 0, INT64_MAX),
};
BR_DEFINE_SHAPE(br_day_shape, br_day, 1, day_fields);

static int64_t line_total(int64_t quantity, int64_t price)
{
	br_assert(quantity >= 0 && price >= 0);
	return (int64_t)(((__int128)quantity * price + 500) / 1000);
}

int64_t br_sale_total(const struct br_sale *sale)
{
	int64_t total = 0;

	br_assert(sale->lines.n <= BR_SALE_LINES_MAX);
	for (uint32_t i = 0; i < sale->lines.n; i++) {
		const struct br_sale_line *line = BR_LIST_AT(sale->lines, br_sale_line, i);

		/* Asked before the lines are checked, so their sum may be beyond all reason. */
		if (__builtin_add_overflow(total, line_total(line->quantity, line->price), &total))
			return INT64_MAX;
	}
	return total;
}

/* Resolves every line to its product; BR_DECIDED_NO at the first that has none. */
static int lines_resolve(
	struct br_decision *decision, const struct br_sale *sale, struct br_sold_line *sold)
{
	br_assert(sale->lines.n <= BR_SALE_LINES_MAX);
	for (uint32_t i = 0; i < sale->lines.n; i++) {
		const struct br_sale_line *line = BR_LIST_AT(sale->lines, br_sale_line, i);
		char where[32];
		int result;

		(void)snprintf(where, sizeof(where), "lines[%u]", i);
		result =
			br_product_resolve(decision, line->sku, line->barcode, where, &sold[i].sku);
		if (result != 0)
			return result;
		if (line_total(line->quantity, line->price) > BR_AMOUNT_MAX)
			return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
				"%s: quantity times price is over 100 million", where);
		sold[i].line = i + 1;
		sold[i].quantity = line->quantity;
		sold[i].price = line->price;
	}
	return 0;
}

static int sale_decide(
	struct br_decision *decision, const struct br_sale *sale, enum br_event_kind kind)
{
	struct br_sold_line *sold =
		br_arena_take(decision->arena, sale->lines.n * sizeof(struct br_sold_line));
	int result;

	br_assert(sale->lines.n > 0);
	if (sold == NULL)
		return BR_E_MEMORY;
	result = lines_resolve(decision, sale, sold);
	if (result != 0)
		return result;
	for (uint32_t i = 0; i < sale->lines.n; i += BR_SALE_LINES_PER_EVENT_MAX) {
		uint32_t left = sale->lines.n - i;
		struct br_sold event = {
			.till = sale->till,
			.currency = sale->currency,
			.lines = {&sold[i], left < BR_SALE_LINES_PER_EVENT_MAX
						    ? left
						    : BR_SALE_LINES_PER_EVENT_MAX},
		};

		br_decision_emit(decision, kind, &event);
	}
	return 0;
}

int br_sale_decide(struct br_decision *decision, const void *body)
{
	return sale_decide(decision, body, BR_EVENT_SALE_RECORDED);
}

int br_sale_decide_return(struct br_decision *decision, const void *body)
{
	return sale_decide(decision, body, BR_EVENT_RETURN_RECORDED);
}

static struct br_key day_key(int64_t at_ms)
{
	char date[BR_TIME_TEXT_BYTES];

	br_time_format(at_ms, date);
	return br_key_of_str((struct br_str){date, DATE_BYTES});
}

struct br_day br_day_get(struct br_txn *txn, int64_t at_ms)
{
	struct br_key key = day_key(at_ms);
	struct br_day day = {.sales = 0}, row;

	if (br_row_get(txn, BR_TABLE_DAY, br_key_str(&key), &br_day_shape, NULL, &row) == 0)
		day = row;
	return day;
}

/* Adds one event of a sale to its day; the sale itself is counted with its first line. */
static void day_add(struct br_txn *txn, const struct br_event *event)
{
	const struct br_sold *sold = event->body;
	struct br_day day = br_day_get(txn, event->happened_ms);
	struct br_key key = day_key(event->happened_ms);
	bool sale = event->kind == BR_EVENT_SALE_RECORDED;
	bool first = BR_LIST_AT(sold->lines, br_sold_line, 0)->line == 1;

	br_assert(sold->lines.n > 0 && sold->lines.n <= BR_SALE_LINES_PER_EVENT_MAX);
	day.sales += sale && first;
	day.returns += !sale && first;
	day.lines += sold->lines.n;
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);

		*(sale ? &day.sold : &day.given_back) += line_total(line->quantity, line->price);
	}
	br_assert(day.sales + day.returns <= day.lines);
	br_row_put(txn, BR_TABLE_DAY, br_key_str(&key), &br_day_shape, &day);
}

void br_sale_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_sold *sold = event->body;

	br_assert(event->kind == BR_EVENT_SALE_RECORDED || event->kind == BR_EVENT_RETURN_RECORDED);
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);
		struct br_movement movement = {.sku = line->sku, .source = sold->till};

		/* What comes back is looked at before it may be sold again. */
		if (event->kind == BR_EVENT_SALE_RECORDED) {
			movement.kind = BR_MOVEMENT_SALE;
			movement.buckets[BR_BUCKET_SHELF] = -line->quantity;
		} else {
			movement.kind = BR_MOVEMENT_RETURN;
			movement.buckets[BR_BUCKET_RETURNED] = line->quantity;
		}
		visit->visit(visit->context, &movement);
	}
}

void br_sale_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	br_assert(event->kind == BR_EVENT_SALE_RECORDED || event->kind == BR_EVENT_RETURN_RECORDED);
	day_add(txn, event);
}
