#include "node/sale.h"

#include <stdio.h>

#include "node/breach.h"
#include "node/currency.h"
#include "node/parked.h"
#include "node/price.h"
#include "node/product.h"
#include "node/rules.h"
#include "node/sale_inside.h"
#include "node/scan.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/till_day.h"

static const struct br_field line_fields[] = {
	BR_TEXT_RULED(br_sale_line, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_TEXT(br_sale_line, sku, 0, BR_ID_BYTES_MAX),
	BR_MILLI(br_sale_line, quantity, 1, BR_QUANTITY_MAX),
	BR_MILLI_OR(br_sale_line, price, 0, BR_AMOUNT_MAX, BR_PRICE_UNSAID),
};
BR_DEFINE_SHAPE(br_sale_line_shape, br_sale_line, 1, line_fields);

#define TILL BR_MUST_TEXT_RULED(br_sale, till, 1, BR_WORD_BYTES_MAX, &br_rule_slug)
#define ASSOCIATE BR_TEXT_RULED(br_sale, associate, 0, BR_WORD_BYTES_MAX, &br_rule_no_card)
#define REASON BR_TEXT_RULED(br_sale, reason, 0, BR_REASON_BYTES_MAX, &br_rule_no_card)
#define SALE_TILL BR_TEXT_RULED(br_sale, sale_till, 0, BR_WORD_BYTES_MAX, &br_rule_slug)
static const struct br_field sale_fields[] = {
	TILL,
	ASSOCIATE,
	BR_TEXT_RULED(br_sale, currency, 0, 3, &br_rule_currency),
	BR_MUST_LIST(br_sale, lines, 1, BR_SALE_LINES_MAX, &br_sale_line_shape),
	BR_MILLI(br_sale, total, 0, INT64_MAX),
	BR_TEXT(br_sale, parked, 0, BR_ID_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_sale_shape, br_sale, 1, sale_fields);

static const struct br_field return_fields[] = {
	TILL,
	ASSOCIATE,
	BR_TEXT_RULED(br_sale, currency, 0, 3, &br_rule_currency),
	BR_MUST_LIST(br_sale, lines, 1, BR_SALE_LINES_MAX, &br_sale_line_shape),
	BR_MILLI(br_sale, total, 0, INT64_MAX),
	BR_TEXT(br_sale, sale, 0, BR_ID_BYTES_MAX),
	SALE_TILL,
	REASON,
};
BR_DEFINE_SHAPE(br_sale_return_shape, br_sale, 1, return_fields);

static const struct br_field void_fields[] = {
	TILL,
	ASSOCIATE,
	BR_MUST_TEXT(br_sale, sale, 1, BR_ID_BYTES_MAX),
	SALE_TILL,
	REASON,
};
BR_DEFINE_SHAPE(br_sale_void_shape, br_sale, 1, void_fields);

#define SOLD_LINE_FIELDS \
	BR_U64(br_sold_line, line, 1, 2 * BR_SALE_LINES_MAX), \
		BR_MUST_TEXT(br_sold_line, sku, 1, BR_ID_BYTES_MAX), \
		BR_MUST_MILLI(br_sold_line, quantity, 1, BR_QUANTITY_MAX), \
		BR_MUST_MILLI(br_sold_line, price, 0, BR_AMOUNT_MAX)
static const struct br_field sold_line_fields[] = {SOLD_LINE_FIELDS};
static BR_DEFINE_SHAPE(sold_line_shape, br_sold_line, 1, sold_line_fields);

static const struct br_field back_line_fields[] = {
	SOLD_LINE_FIELDS, BR_U64(br_sold_line, of_line, 0, 2 * BR_SALE_LINES_MAX)};
static BR_DEFINE_SHAPE(back_line_shape, br_sold_line, 1, back_line_fields);

static const struct br_field sold_fields[] = {
	BR_MUST_TEXT(br_sold, till, 1, BR_WORD_BYTES_MAX),
	BR_TEXT(br_sold, associate, 0, BR_WORD_BYTES_MAX),
	BR_TEXT_RULED(br_sold, currency, 0, 3, &br_rule_currency),
	BR_TEXT(br_sold, parked, 0, BR_ID_BYTES_MAX),
	BR_MUST_LIST(br_sold, lines, 1, BR_SALE_LINES_PER_EVENT_MAX, &sold_line_shape),
};
BR_DEFINE_SHAPE(br_sold_shape, br_sold, 1, sold_fields);

static const struct br_field sold_back_fields[] = {
	BR_MUST_TEXT(br_sold, till, 1, BR_WORD_BYTES_MAX),
	BR_TEXT(br_sold, associate, 0, BR_WORD_BYTES_MAX),
	BR_TEXT_RULED(br_sold, currency, 0, 3, &br_rule_currency),
	BR_TEXT(br_sold, sale, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_sold, sale_till, 0, BR_WORD_BYTES_MAX),
	BR_U64(br_sold, of, 0, 0),
	BR_TEXT(br_sold, reason, 0, BR_REASON_BYTES_MAX),
	BR_MUST_LIST(br_sold, lines, 1, BR_SALE_LINES_PER_EVENT_MAX, &back_line_shape),
};
BR_DEFINE_SHAPE(br_sold_back_shape, br_sold, 1, sold_back_fields);

bool br_sale_event(enum br_event_kind kind)
{
	return kind == BR_EVENT_SALE_RECORDED || kind == BR_EVENT_RETURN_RECORDED ||
	       kind == BR_EVENT_SALE_VOIDED;
}

int64_t br_sale_line_total(struct br_str currency, int64_t quantity, int64_t price)
{
	br_assert(quantity >= 0 && price >= 0);
	if (quantity % 1000 != 0)
		return br_currency_line(currency, quantity, price);
	return (int64_t)(((__int128)quantity * price + 500) / 1000);
}

bool br_sale_total(const struct br_sale *sale, int64_t *ret_total)
{
	int64_t total = 0;

	br_assert(sale->lines.n <= BR_SALE_LINES_MAX);
	for (uint32_t i = 0; i < sale->lines.n; i++) {
		const struct br_sale_line *line = BR_LIST_AT(sale->lines, br_sale_line, i);

		if (line->price < 0 || line->quantity == 0)
			return false;
		/* Asked before the lines are checked, so their sum may be beyond all reason. */
		if (__builtin_add_overflow(total,
			    br_sale_line_total(sale->currency, line->quantity, line->price),
			    &total))
			total = INT64_MAX;
	}
	*ret_total = total;
	return true;
}

int br_sale_charged(struct br_txn *txn, uint64_t sequence, struct br_arena *arena,
	int64_t *ret_total, uint32_t *ret_line_n)
{
	uint64_t head = br_journal_head(txn), at = sequence;
	struct br_str command = {NULL, 0};
	int64_t total = 0;
	uint32_t line_n = 0;

	br_assert(sequence > 0);
	for (; at <= head; at++) {
		const struct br_sold *sold;
		struct br_event event;
		int result = br_event_get(txn, at, arena, &event);

		if (result < 0)
			return result;
		/* The command's events stand together, its sales first. */
		if (!br_sale_event(event.kind) ||
			(at > sequence && !br_str_equal(command, event.command)))
			break;
		command = event.command;
		sold = event.body;
		for (uint32_t i = 0; i < sold->lines.n; i++) {
			const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);

			total += br_sale_line_total(sold->currency, line->quantity, line->price);
		}
		line_n += sold->lines.n;
	}
	if (at == sequence)
		return BR_E_NOT_FOUND;
	*ret_total = total;
	*ret_line_n = line_n;
	return 0;
}

/* What counts at the till at the command's time; BR_DECIDED_NO without a price. */
static int line_price(struct br_decision *decision, struct br_str currency, unsigned index,
	struct br_sold_line *line)
{
	struct br_price_quote quote = br_price_till_at(
		decision->txn, line->sku, decision->command->happened_ms, decision->arena);

	br_assert(line->sku.n > 0 && line->price == BR_PRICE_UNSAID);
	if (!quote.known)
		return br_decision_refuse(decision, BR_REFUSAL_NO_PRICE,
			"lines[%u]: \"%.*s\" had no price then: send the line with its price",
			index, BR_STR_ARG(line->sku));
	if (currency.n > 0 && !br_str_is(currency, quote.currency))
		return br_decision_refuse(decision, BR_REFUSAL_CURRENCY,
			"lines[%u]: \"%.*s\" is priced in %s, the sale is in %.*s", index,
			BR_STR_ARG(line->sku), quote.currency, BR_STR_ARG(currency));
	line->price = quote.amount;
	return 0;
}

/*
 * A code that says a price says that of the whole piece. Where the product has a price for the
 * unit, the two give the weight, which the stock must lose; else it is one piece.
 */
static void line_of_price(
	struct br_decision *decision, int64_t piece, bool priced, struct br_sold_line *line)
{
	struct br_price_quote quote = br_price_till_at(
		decision->txn, line->sku, decision->command->happened_ms, decision->arena);
	struct br_product product;

	br_assert(piece >= 0 && line->sku.n > 0);
	if (line->quantity == 0) {
		line->quantity = 1000;
		if (quote.known && quote.amount > 0 && piece > 0 && piece <= BR_AMOUNT_MAX &&
			br_product_get(decision->txn, line->sku, decision->arena, &product) == 0 &&
			product.sold_by != BR_SOLD_BY_PIECE)
			line->quantity = (int64_t)(((__int128)piece * 1000 + quote.amount / 2) /
						   quote.amount);
		if (line->quantity == 0)
			line->quantity = 1;
	}
	if (!priced)
		line->price =
			(int64_t)(((__int128)piece * 1000 + line->quantity / 2) / line->quantity);
}

int br_sale_line_resolve(struct br_decision *decision, const struct br_sale_line *line,
	unsigned index, struct br_sold_line *ret_line)
{
	struct br_sold_line sold = {
		.line = index + 1, .quantity = line->quantity, .price = line->price};
	struct br_scan_result scanned;
	char where[32];
	int result;

	(void)snprintf(where, sizeof(where), "lines[%u]", index);
	result = br_product_resolve_scan(decision, line->sku, line->barcode, where, &scanned);
	if (result != 0)
		return result;
	br_assert(scanned.sku.n > 0);
	sold.sku = scanned.sku;
	if (sold.quantity == 0)
		sold.quantity = scanned.quantity;
	if (scanned.price >= 0 && (sold.quantity == 0 || line->price == BR_PRICE_UNSAID))
		line_of_price(decision, scanned.price, line->price != BR_PRICE_UNSAID, &sold);
	if (sold.quantity < 1 || sold.quantity > BR_QUANTITY_MAX || sold.price > BR_AMOUNT_MAX)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"%s.quantity: is missing, and the code does not say it", where);
	*ret_line = sold;
	return 0;
}

int br_sale_lines_resolve(struct br_decision *decision, const struct br_sale *sale, bool unsaid,
	struct br_sold_line *ret_lines)
{
	br_assert(sale->lines.n > 0 && sale->lines.n <= BR_SALE_LINES_MAX);
	for (uint32_t i = 0; i < sale->lines.n; i++) {
		struct br_sold_line *sold = &ret_lines[i];
		int result = br_sale_line_resolve(
			decision, BR_LIST_AT(sale->lines, br_sale_line, i), i, sold);

		if (result == 0 && sold->price == BR_PRICE_UNSAID && !unsaid)
			result = line_price(decision, sale->currency, i, sold);
		if (result != 0)
			return result;
		if (sold->price > 0 && br_sale_line_total(sale->currency, sold->quantity,
					       sold->price) > BR_AMOUNT_MAX)
			return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
				"lines[%u]: quantity times price is over 100 million", i);
	}
	return 0;
}

void br_sale_emit(struct br_decision *decision, enum br_event_kind kind, const struct br_sold *sold,
	struct br_sold_line *lines, uint32_t line_n)
{
	br_assert(br_sale_event(kind) && line_n > 0);
	for (uint32_t i = 0; i < line_n; i += BR_SALE_LINES_PER_EVENT_MAX) {
		uint32_t left = line_n - i;
		struct br_sold event = *sold;

		event.lines = (struct br_list){&lines[i],
			left < BR_SALE_LINES_PER_EVENT_MAX ? left : BR_SALE_LINES_PER_EVENT_MAX};
		br_decision_emit(decision, kind, &event);
	}
}

int br_sale_decide(struct br_decision *decision, const void *body)
{
	const struct br_sale *sale = body;
	struct br_sold_line *lines =
		br_arena_take(decision->arena, sale->lines.n * sizeof(struct br_sold_line));
	struct br_sold sold = {
		.till = sale->till,
		.associate = sale->associate,
		.currency = sale->currency,
		.parked = sale->parked,
	};
	int result;

	br_assert(sale->lines.n > 0);
	if (lines == NULL)
		return BR_E_MEMORY;
	result = br_sale_lines_resolve(decision, sale, false, lines);
	if (result != 0)
		return result;
	br_sale_emit(decision, BR_EVENT_SALE_RECORDED, &sold, lines, sale->lines.n);
	return br_breach_of_sale(decision, sale->till, lines, sale->lines.n);
}

void br_sale_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_sold *sold = event->body;

	br_assert(br_sale_event(event->kind));
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);
		struct br_movement movement = {.sku = line->sku, .source = sold->till};

		/*
		 * What comes back is looked at before it may be sold again; what was voided never
		 * left.
		 */
		if (event->kind == BR_EVENT_RETURN_RECORDED) {
			movement.kind = BR_MOVEMENT_RETURN;
			movement.buckets[BR_BUCKET_RETURNED] = line->quantity;
		} else if (event->kind == BR_EVENT_SALE_VOIDED) {
			movement.kind = BR_MOVEMENT_SALE_VOID;
			movement.buckets[BR_BUCKET_SHELF] = line->quantity;
		} else {
			movement.kind = BR_MOVEMENT_SALE;
			movement.buckets[BR_BUCKET_SHELF] = -line->quantity;
		}
		visit->visit(visit->context, &movement);
	}
}

void br_sale_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_sold *sold = event->body;

	br_assert(br_sale_event(event->kind));
	br_till_day_add(txn, event);
	if (sold->of > 0)
		br_sale_back_apply(txn, sold);
	if (sold->parked.n > 0)
		br_parked_forget(txn, sold->parked, arena);
}
