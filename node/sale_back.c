/* What takes a sale back: returns and voids, each unit once at most. */
#include <stdio.h>

#include "node/core.h"
#include "node/sale_inside.h"
#include "node/tables.h"

static const struct br_field back_fields[] = {
	BR_MILLI(br_sale_back, quantity, 0, BR_QUANTITY_MAX),
};
BR_DEFINE_SHAPE(br_sale_back_shape, br_sale_back, 1, back_fields);

/* A sale as the journal has it. */
struct original {
	uint64_t number; /* of its first event */
	struct br_str currency;
	struct br_sold_line *lines;
	int64_t *left; /* of each line: what has not come back yet */
	uint32_t line_n;
};

static struct br_key back_key(uint64_t of, uint64_t line)
{
	struct br_key key = br_key_of_u64(of);

	br_assert(of > 0 && line > 0 && line <= UINT32_MAX);
	br_key_add_u32(&key, (uint32_t)line);
	return key;
}

static int64_t back_get(struct br_txn *txn, uint64_t of, uint64_t line)
{
	struct br_key key = back_key(of, line);
	struct br_sale_back back;

	if (br_row_get(txn, BR_TABLE_SALE_BACK, br_key_str(&key), &br_sale_back_shape, NULL,
		    &back) < 0)
		return 0;
	br_assert(back.quantity >= 0);
	return back.quantity;
}

void br_sale_back_apply(struct br_txn *txn, const struct br_sold *sold)
{
	br_assert(sold->of > 0);
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);
		struct br_key key = back_key(sold->of, line->of_line);
		struct br_sale_back back = {
			back_get(txn, sold->of, line->of_line) + line->quantity};

		br_row_put(txn, BR_TABLE_SALE_BACK, br_key_str(&key), &br_sale_back_shape, &back);
	}
}

int br_sale_find(struct br_txn *txn, struct br_str till, struct br_str sender, struct br_str sale,
	struct br_arena *arena, uint64_t *ret_sequence)
{
	char actor[sizeof("till/") + BR_WORD_BYTES_MAX];
	struct br_answer answer;
	int result;

	br_assert(till.n > 0 && till.n <= BR_WORD_BYTES_MAX);
	(void)snprintf(actor, sizeof(actor), "till/%.*s", BR_STR_ARG(till));
	result = br_core_answer_find(txn, br_str_from(actor), sale, arena, &answer);
	if (result == BR_E_NOT_FOUND)
		result = br_core_answer_find(txn, sender, sale, arena, &answer);
	if (result == 0 && answer.sequence == 0)
		result = BR_E_NOT_FOUND;
	if (result == 0)
		*ret_sequence = answer.sequence;
	return result;
}

/* Adds the lines of one event; false when it is none of this sale's. */
static bool original_add(struct br_decision *decision, const struct br_sale *sale,
	const struct br_event *event, struct original *original)
{
	const struct br_sold *sold = event->body;

	if (event->kind != BR_EVENT_SALE_RECORDED || !br_str_equal(event->command, sale->sale))
		return false;
	br_assert(original->line_n + sold->lines.n <= BR_SALE_LINES_MAX);
	original->currency = sold->currency;
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		struct br_sold_line *line = &original->lines[original->line_n];

		*line = *BR_LIST_AT(sold->lines, br_sold_line, i);
		original->left[original->line_n++] =
			line->quantity - back_get(decision->txn, original->number, line->line);
	}
	return true;
}

/* Reads the sale out of the journal; BR_DECIDED_NO when it is not there (any more). */
static int original_read(
	struct br_decision *decision, const struct br_sale *sale, struct original *original)
{
	uint64_t at = 0;
	int result =
		br_sale_find(decision->txn, sale->sale_till.n > 0 ? sale->sale_till : sale->till,
			decision->command->actor, sale->sale, decision->arena, &at);

	original->line_n = 0;
	original->lines =
		br_arena_take(decision->arena, BR_SALE_LINES_MAX * sizeof(struct br_sold_line));
	original->left = br_arena_take(decision->arena, BR_SALE_LINES_MAX * sizeof(int64_t));
	if (original->lines == NULL || original->left == NULL)
		return BR_E_MEMORY;
	original->number = 0;
	for (; result == 0 && at > 0; at = br_journal_next(decision->txn, at)) {
		struct br_event event;

		result = br_event_get(decision->txn, at, decision->arena, &event);
		if (result == 0 && original->number == 0)
			original->number = br_event_number(&event);
		if (result == 0 && !original_add(decision, sale, &event, original))
			break;
	}
	br_assert(original->line_n <= BR_SALE_LINES_MAX);
	if (result == BR_E_NOT_FOUND || (result == 0 && original->line_n == 0))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_SALE,
			"sale \"%.*s\": not known here as a sale of till %.*s",
			BR_STR_ARG(sale->sale),
			BR_STR_ARG(sale->sale_till.n > 0 ? sale->sale_till : sale->till));
	return result;
}

static struct br_sold sold_of(const struct br_sale *sale)
{
	return (struct br_sold){
		.till = sale->till,
		.associate = sale->associate,
		.currency = sale->currency,
		.sale = sale->sale,
		.sale_till =
			sale->sale.n > 0 && sale->sale_till.n == 0 ? sale->till : sale->sale_till,
		.reason = sale->reason,
	};
}

int br_sale_decide_void(struct br_decision *decision, const void *body)
{
	const struct br_sale *sale = body;
	struct br_sold sold = sold_of(sale);
	struct original original;
	int result = original_read(decision, sale, &original);

	if (result != 0)
		return result;
	br_assert(original.line_n > 0);
	for (uint32_t i = 0; i < original.line_n; i++) {
		struct br_sold_line *line = &original.lines[i];

		if (original.left[i] < line->quantity)
			return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
				"sale \"%.*s\": line %u came back already, wholly or in part",
				BR_STR_ARG(sale->sale), (unsigned)line->line);
		line->of_line = line->line;
	}
	sold.of = original.number;
	sold.currency = original.currency;
	br_sale_emit(decision, BR_EVENT_SALE_VOIDED, &sold, original.lines, original.line_n);
	return 0;
}

/* What comes back of a sale, line by line. */
struct back {
	struct br_sold_line *lines;
	uint32_t line_n;
};

/*
 * Takes `wanted` off the sale's lines of this product, the first ones first: one line that comes
 * back may be of several that were sold.
 */
static int back_take(struct br_decision *decision, const struct br_sold_line *wanted,
	unsigned index, struct original *original, struct back *back)
{
	int64_t missing = wanted->quantity;

	for (uint32_t i = 0; i < original->line_n && missing > 0; i++) {
		const struct br_sold_line *line = &original->lines[i];
		int64_t taken = original->left[i] < missing ? original->left[i] : missing;

		if (taken <= 0 || !br_str_equal(line->sku, wanted->sku))
			continue;
		original->left[i] -= taken;
		missing -= taken;
		back->lines[back->line_n] = (struct br_sold_line){
			.line = back->line_n + 1,
			.sku = wanted->sku,
			.quantity = taken,
			.price = wanted->price == BR_PRICE_UNSAID ? line->price : wanted->price,
			.of_line = line->line,
		};
		back->line_n++;
	}
	br_assert(missing >= 0);
	if (missing > 0)
		return br_decision_refuse(decision, BR_REFUSAL_NOT_SOLD,
			"lines[%u]: \"%.*s\": the sale has %.10g left that did not come back yet",
			index, BR_STR_ARG(wanted->sku),
			(double)(wanted->quantity - missing) / 1000);
	return 0;
}

/* A return of a known sale. Each step takes a line of one or the other, so their sum is enough. */
static int return_of_sale(
	struct br_decision *decision, const struct br_sale *sale, struct br_sold_line *lines)
{
	struct br_sold sold = sold_of(sale);
	struct original original;
	struct back back = {.line_n = 0};
	int result = original_read(decision, sale, &original);

	if (result != 0)
		return result;
	back.lines = br_arena_take(
		decision->arena, (sale->lines.n + original.line_n) * sizeof(struct br_sold_line));
	if (back.lines == NULL)
		return BR_E_MEMORY;
	for (uint32_t i = 0; i < sale->lines.n && result == 0; i++)
		result = back_take(decision, &lines[i], i, &original, &back);
	if (result != 0)
		return result;
	br_assert(back.line_n > 0 && back.line_n <= sale->lines.n + original.line_n);
	sold.of = original.number;
	if (original.currency.n > 0)
		sold.currency = original.currency;
	br_sale_emit(decision, BR_EVENT_RETURN_RECORDED, &sold, back.lines, back.line_n);
	return 0;
}

int br_sale_decide_return(struct br_decision *decision, const void *body)
{
	const struct br_sale *sale = body;
	struct br_sold sold = sold_of(sale);
	struct br_sold_line *lines =
		br_arena_take(decision->arena, sale->lines.n * sizeof(struct br_sold_line));
	int result;

	br_assert(sale->lines.n > 0);
	if (lines == NULL)
		return BR_E_MEMORY;
	result = br_sale_lines_resolve(decision, sale, sale->sale.n > 0, lines);
	if (result != 0)
		return result;
	if (sale->sale.n > 0)
		return return_of_sale(decision, sale, lines);
	/* Sold elsewhere, or before this node was here: nothing to hold it against. */
	br_sale_emit(decision, BR_EVENT_RETURN_RECORDED, &sold, lines, sale->lines.n);
	return 0;
}
