#include "node/parked.h"

#include "node/customer.h"
#include "node/rules.h"
#include "node/sale_inside.h"
#include "node/tables.h"

#define PARKED(S) BR_MUST_TEXT(S, parked, 1, BR_ID_BYTES_MAX)
#define TILL(S) BR_MUST_TEXT_RULED(S, till, 1, BR_WORD_BYTES_MAX, &br_rule_slug)
#define ASSOCIATE(S) BR_TEXT_RULED(S, associate, 0, BR_WORD_BYTES_MAX, &br_rule_no_card)
/* As it is kept: barcodes were looked up. */
static const struct br_field kept_fields[] = {
	BR_MUST_TEXT(br_sale_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_sale_line, quantity, 1, BR_QUANTITY_MAX),
	BR_MILLI_OR(br_sale_line, price, 0, BR_AMOUNT_MAX, BR_PRICE_UNSAID),
};
BR_DEFINE_SHAPE(br_parked_line_shape, br_sale_line, 1, kept_fields);

#define NOTE(S) BR_PERSONAL_RULED(S, note, 0, BR_REASON_BYTES_MAX, &br_rule_no_card)

static const struct br_field park_fields[] = {
	PARKED(br_park),
	TILL(br_park),
	ASSOCIATE(br_park),
	NOTE(br_park),
	BR_MUST_LIST(br_park, lines, 1, BR_PARKED_LINES_MAX, &br_sale_line_shape),
};
BR_DEFINE_SHAPE(br_park_shape, br_park, 1, park_fields);

static const struct br_field unpark_fields[] = {
	PARKED(br_unpark),
	TILL(br_unpark),
	ASSOCIATE(br_unpark),
	BR_BOOL(br_unpark, drop),
};
BR_DEFINE_SHAPE(br_unpark_shape, br_unpark, 1, unpark_fields);

static const struct br_field made_fields[] = {
	PARKED(br_parked_made),
	TILL(br_parked_made),
	ASSOCIATE(br_parked_made),
	NOTE(br_parked_made),
	BR_MUST_U64(br_parked_made, line_n, 1, BR_PARKED_LINES_MAX),
};
BR_DEFINE_SHAPE(br_parked_made_shape, br_parked_made, 1, made_fields);

static const struct br_field lines_fields[] = {
	PARKED(br_parked_lines),
	BR_U64(br_parked_lines, first, 0, BR_PARKED_LINES_MAX),
	BR_MUST_LIST(br_parked_lines, lines, 1, BR_SALE_LINES_PER_EVENT_MAX, &br_parked_line_shape),
};
BR_DEFINE_SHAPE(br_parked_lines_shape, br_parked_lines, 1, lines_fields);

static const struct br_field row_fields[] = {
	PARKED(br_parked),
	TILL(br_parked),
	ASSOCIATE(br_parked),
	NOTE(br_parked),
	BR_MUST_U64(br_parked, line_n, 1, BR_PARKED_LINES_MAX),
	{.name = "since", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_parked, since_ms)},
	BR_TEXT(br_parked, taken_by, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_parked_shape, br_parked, 1, row_fields);

int br_parked_get(struct br_txn *txn, struct br_str parked, struct br_arena *arena,
	struct br_parked *ret_parked)
{
	struct br_key key = br_key_of_str(parked);

	br_assert(parked.n > 0);
	return br_row_get(
		txn, BR_TABLE_PARKED, br_key_str(&key), &br_parked_shape, arena, ret_parked);
}

static struct br_key line_key(struct br_str parked, uint32_t index)
{
	struct br_key key = br_key_of_str(parked);

	br_assert(index < BR_PARKED_LINES_MAX);
	br_key_add_u32(&key, index);
	return key;
}

int br_parked_line_get(struct br_txn *txn, struct br_str parked, uint32_t index,
	struct br_arena *arena, struct br_sale_line *ret_line)
{
	struct br_key key = line_key(parked, index);

	return br_row_get(txn, BR_TABLE_PARKED_LINE, br_key_str(&key), &br_parked_line_shape, arena,
		ret_line);
}

void br_parked_walk(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_parked *parked), void *context)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	bool more = true;

	br_scan_begin(&scan, txn, BR_TABLE_PARKED, none, none, false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_parked parked;
		int result = br_record_decode(&br_parked_shape, value, arena, &parked);

		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		br_assert(parked.line_n > 0);
		more = visit(context, &parked);
	}
	br_scan_end(&scan);
}

/* It may be put back by the till that has taken it, and by nobody while it lies there. */
static int park_refuse(struct br_decision *decision, const struct br_park *park)
{
	struct br_parked there;
	int result = br_parked_get(decision->txn, park->parked, decision->arena, &there);

	if (result == BR_E_NOT_FOUND)
		return 0;
	if (result < 0)
		return result;
	br_assert(there.till.n > 0);
	if (br_str_equal(there.taken_by, park->till))
		return 0;
	return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
		"parked \"%.*s\": till %.*s has a parked sale of this name",
		BR_STR_ARG(park->parked),
		BR_STR_ARG(there.taken_by.n > 0 ? there.taken_by : there.till));
}

int br_parked_decide_park(struct br_decision *decision, const void *body)
{
	const struct br_park *park = body;
	struct br_sale_line *lines =
		br_arena_take(decision->arena, park->lines.n * sizeof(struct br_sale_line));
	struct br_parked_made made = {.parked = park->parked,
		.till = park->till,
		.associate = park->associate,
		.note = park->note,
		.line_n = park->lines.n};
	int result = park_refuse(decision, park);

	br_assert(park->lines.n > 0 && park->lines.n <= BR_PARKED_LINES_MAX);
	if (lines == NULL)
		return BR_E_MEMORY;
	for (uint32_t i = 0; i < park->lines.n && result == 0; i++) {
		struct br_sold_line line;

		result = br_sale_line_resolve(
			decision, BR_LIST_AT(park->lines, br_sale_line, i), i, &line);
		if (result == 0)
			lines[i] = (struct br_sale_line){
				.sku = line.sku, .quantity = line.quantity, .price = line.price};
	}
	if (result != 0)
		return result;
	br_decision_emit(decision, BR_EVENT_SALE_PARKED, &made);
	for (uint32_t i = 0; i < park->lines.n; i += BR_SALE_LINES_PER_EVENT_MAX) {
		uint32_t left = park->lines.n - i;
		struct br_parked_lines event = {
			.parked = park->parked,
			.first = i,
			.lines = {&lines[i], left < BR_SALE_LINES_PER_EVENT_MAX
						     ? left
						     : BR_SALE_LINES_PER_EVENT_MAX},
		};

		br_decision_emit(decision, BR_EVENT_SALE_PARKED_LINES, &event);
	}
	return 0;
}

int br_parked_decide_unpark(struct br_decision *decision, const void *body)
{
	const struct br_unpark *unpark = body;
	struct br_parked there;
	int result = br_parked_get(decision->txn, unpark->parked, decision->arena, &there);

	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_SALE,
			"parked \"%.*s\": no sale is parked under this name",
			BR_STR_ARG(unpark->parked));
	if (result < 0)
		return result;
	br_assert(there.line_n > 0);
	if (there.taken_by.n > 0 && !br_str_equal(there.taken_by, unpark->till))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"parked \"%.*s\": till %.*s goes on with it", BR_STR_ARG(unpark->parked),
			BR_STR_ARG(there.taken_by));
	br_decision_emit(decision, BR_EVENT_SALE_UNPARKED, unpark);
	return 0;
}

void br_parked_forget(struct br_txn *txn, struct br_str name, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(name);
	struct br_parked parked;

	/* A sale may name what this node never knew or has ended already. */
	if (br_parked_get(txn, name, arena, &parked) < 0)
		return;
	br_assert(parked.line_n <= BR_PARKED_LINES_MAX);
	for (uint32_t i = 0; i < parked.line_n; i++) {
		struct br_key line = line_key(name, i);

		br_txn_delete(txn, BR_TABLE_PARKED_LINE, br_key_str(&line));
	}
	br_txn_delete(txn, BR_TABLE_PARKED, br_key_str(&key));
}

static void made_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_parked_made *made = event->body;
	struct br_key key = br_key_of_str(made->parked);
	struct br_parked row = {
		.parked = made->parked,
		.till = made->till,
		.associate = made->associate,
		.note = made->note,
		.line_n = made->line_n,
		.since_ms = event->happened_ms,
	};

	br_assert(made->line_n > 0);
	/* What was put back may have fewer lines than before. */
	br_parked_forget(txn, made->parked, arena);
	br_person_day_said(txn, event, made->note);
	br_row_put(txn, BR_TABLE_PARKED, br_key_str(&key), &br_parked_shape, &row);
}

static void lines_apply(struct br_txn *txn, const struct br_parked_lines *lines)
{
	br_assert(lines->first + lines->lines.n <= BR_PARKED_LINES_MAX);
	for (uint32_t i = 0; i < lines->lines.n; i++) {
		struct br_key key = line_key(lines->parked, (uint32_t)lines->first + i);

		br_row_put(txn, BR_TABLE_PARKED_LINE, br_key_str(&key), &br_parked_line_shape,
			BR_LIST_AT(lines->lines, br_sale_line, i));
	}
}

static void taken_apply(struct br_txn *txn, const struct br_unpark *unpark, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(unpark->parked);
	struct br_parked row;

	br_assert(unpark->till.n > 0);
	if (unpark->drop) {
		br_parked_forget(txn, unpark->parked, arena);
		return;
	}
	if (br_row_get_copy(txn, BR_TABLE_PARKED, br_key_str(&key), &br_parked_shape, arena, &row) <
		0)
		return;
	row.taken_by = unpark->till;
	br_row_put(txn, BR_TABLE_PARKED, br_key_str(&key), &br_parked_shape, &row);
}

void br_parked_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	br_assert(event->kind == BR_EVENT_SALE_PARKED ||
		  event->kind == BR_EVENT_SALE_PARKED_LINES ||
		  event->kind == BR_EVENT_SALE_UNPARKED);
	if (event->kind == BR_EVENT_SALE_PARKED)
		made_apply(txn, event, arena);
	else if (event->kind == BR_EVENT_SALE_PARKED_LINES)
		lines_apply(txn, event->body);
	else
		taken_apply(txn, event->body, arena);
}
