#include "node/count.h"

#include <stdio.h>

#include "node/breach.h"
#include "node/open.h"
#include "node/policy.h"
#include "node/price.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/task.h"
#include "node/verb.h"

enum verb { OPEN, ENTER, CLOSE, APPROVE, REJECT, CANCEL };
const char *const br_count_verb_words[] = {
	"open", "enter", "close", "approve", "reject", "cancel", NULL};

#define MAY(VERB) (1u << (VERB))
static const unsigned allowed[BR_COUNT_STATE_N] = {
	[BR_COUNT_OPEN] = MAY(ENTER) | MAY(CLOSE) | MAY(CANCEL),
	[BR_COUNT_CLOSED] = MAY(APPROVE) | MAY(REJECT),
	[BR_COUNT_APPROVED] = 0,
	[BR_COUNT_REJECTED] = 0,
	[BR_COUNT_CANCELLED] = 0,
};
static const struct br_verbs verbs = {"count", br_count_verb_words, br_count_state_words, allowed};

unsigned br_count_allowed(enum br_count_state state)
{
	br_assert(state < BR_COUNT_STATE_N);
	return allowed[state];
}

static struct br_key line_key(struct br_str name, struct br_str sku)
{
	struct br_key key = br_key_of_str(name);

	br_assert(name.n > 0 && sku.n > 0);
	br_key_add_str(&key, sku);
	return key;
}

int br_count_get(
	struct br_txn *txn, struct br_str name, struct br_arena *arena, struct br_count *ret_count)
{
	struct br_key key = br_key_of_str(name);

	return br_row_get(txn, BR_TABLE_COUNT, br_key_str(&key), &br_count_shape, arena, ret_count);
}

int br_count_line_get(struct br_txn *txn, struct br_str name, struct br_str sku,
	struct br_arena *arena, struct br_count_line *ret_line)
{
	struct br_key key = line_key(name, sku);

	return br_row_get(
		txn, BR_TABLE_COUNT_LINE, br_key_str(&key), &br_count_line_shape, arena, ret_line);
}

void br_count_line_walk(struct br_txn *txn, struct br_str name,
	bool (*visit)(void *context, const struct br_count_line *line), void *context)
{
	struct br_key prefix = br_key_of_str(name);
	struct br_str key, value;
	struct br_scan scan;
	bool more = true;

	br_assert(visit != NULL);
	br_scan_begin(
		&scan, txn, BR_TABLE_COUNT_LINE, br_key_str(&prefix), br_key_str(&prefix), false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_count_line line;
		int result = br_record_decode(&br_count_line_shape, value, NULL, &line);

		if (result < 0)
			(void)br_txn_fail(txn, result);
		more = result == 0 && visit(context, &line);
	}
	br_scan_end(&scan);
}

/* The position without the parts that `like` leaves open at its end. */
static struct br_position position_cut(
	const struct br_position *position, const struct br_position *like)
{
	struct br_position cut = *position;
	struct br_str *const parts[] = {
		&cut.position, &cut.shelf, &cut.bay, &cut.aisle, &cut.department};
	const struct br_str given[] = {
		like->position, like->shelf, like->bay, like->aisle, like->department};

	_Static_assert(BR_ARRAY_LEN(parts) == BR_ARRAY_LEN(given), "one for each part");
	for (size_t i = 0; i < BR_ARRAY_LEN(parts) && given[i].n == 0; i++)
		*parts[i] = (struct br_str){NULL, 0};
	return cut;
}

bool br_count_range_has(const struct br_list *range, const struct br_position *position)
{
	const struct br_position *first, *last;
	struct br_position cut;

	br_assert(range->n >= 1 && range->n <= 2);
	first = BR_LIST_AT(*range, br_position, 0);
	last = BR_LIST_AT(*range, br_position, range->n - 1);
	cut = position_cut(position, last);
	return br_position_compare(position, first) >= 0 && br_position_compare(&cut, last) <= 0;
}

/* What is named says the scope: "sku" is also what a command has that says none. */
static uint8_t scope_of(const struct br_count_open *open)
{
	br_assert(open->scope < BR_COUNT_OF_POSITIONS + 1);
	if (open->scope != BR_COUNT_OF_SKUS || open->skus.n > 0)
		return open->scope;
	if (open->category.n > 0)
		return BR_COUNT_OF_CATEGORY;
	return open->range.n > 0 ? BR_COUNT_OF_POSITIONS : BR_COUNT_OF_SKUS;
}

/* What a scope needs is there, and nothing of another one. */
static int scope_refuse(struct br_decision *decision, const struct br_count_open *open)
{
	uint8_t scope = scope_of(open);
	static const char *const members[] = {"skus", "category", "range"};
	bool given[] = {open->skus.n > 0, open->category.n > 0, open->range.n > 0};

	br_assert(scope < BR_ARRAY_LEN(given));
	for (unsigned i = 0; i < BR_ARRAY_LEN(given); i++) {
		if (given[i] == (i == scope))
			continue;
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			given[i] ? "%s: is of no use when the scope is \"%s\""
				 : "%s: is missing, the scope \"%s\" needs it",
			members[i], br_count_scope_words[scope]);
	}
	for (uint32_t i = 0; i < open->range.n; i++)
		if (br_position_empty(BR_LIST_AT(open->range, br_position, i)))
			return br_decision_refuse(
				decision, BR_REFUSAL_MALFORMED, "range[%u]: names no place", i);
	return 0;
}

static int skus_refuse(struct br_decision *decision, const struct br_list *skus)
{
	br_assert(skus->n <= BR_COUNT_SKUS_MAX);
	for (uint32_t i = 0; i < skus->n; i++) {
		struct br_str sku = BR_LIST_AT(*skus, br_count_sku, i)->sku;

		if (!br_product_exists(decision->txn, sku))
			return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
				"skus[%u] \"%.*s\": not in the catalogue", i, BR_STR_ARG(sku));
		for (uint32_t j = 0; j < i; j++)
			if (br_str_equal(sku, BR_LIST_AT(*skus, br_count_sku, j)->sku))
				return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
					"skus[%u] \"%.*s\": stands twice", i, BR_STR_ARG(sku));
	}
	return 0;
}

int br_count_decide_open(struct br_decision *decision, const void *body)
{
	const struct br_count_open *open = body;
	struct br_count_opened event = {
		.count = open->count,
		.scope = scope_of(open),
		.category = open->category,
		.range = open->range,
		.bucket = open->bucket,
		.due = open->due,
		.note = open->note,
		.associate = open->associate,
	};
	struct br_count old;
	int result = br_count_get(decision->txn, open->count, decision->arena, &old);

	br_assert(open->count.n > 0);
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"count \"%.*s\" is here already and is %s", BR_STR_ARG(open->count),
			br_count_state_words[old.state]);
	if (result != BR_E_NOT_FOUND)
		return result;
	result = scope_refuse(decision, open);
	if (result == 0)
		result = skus_refuse(decision, &open->skus);
	if (result != 0)
		return result;
	br_decision_emit(decision, BR_EVENT_COUNT_OPENED, &event);
	for (uint32_t i = 0; i < open->skus.n; i += BR_STOCK_LINES_PER_EVENT_MAX) {
		uint32_t left = open->skus.n - i;
		struct br_count_listed listed = {
			.count = open->count,
			.skus = {BR_LIST_AT(open->skus, br_count_sku, i),
				left < BR_STOCK_LINES_PER_EVENT_MAX ? left
								    : BR_STOCK_LINES_PER_EVENT_MAX},
		};

		br_decision_emit(decision, BR_EVENT_COUNT_LISTED, &listed);
	}
	return 0;
}

/* The count that a command is about, when its state allows the verb. */
static int count_find(struct br_decision *decision, struct br_str name, enum verb verb,
	struct br_count *ret_count)
{
	int result = br_count_get(decision->txn, name, decision->arena, ret_count);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_COUNT,
			"count \"%.*s\": not known here", BR_STR_ARG(name));
	if (result < 0)
		return result;
	return br_verb_check(decision, &verbs, name, ret_count->state, verb);
}

static bool category_has(struct br_str path, struct br_str category)
{
	br_assert(path.n > 0);
	return category.n >= path.n && br_str_equal(path, (struct br_str){category.s, path.n}) &&
	       (category.n == path.n || category.s[path.n] == '/');
}

static bool positions_have(const struct br_count *count, const struct br_product *product)
{
	br_assert(count->scope == BR_COUNT_OF_POSITIONS);
	for (uint32_t i = 0; i < product->positions.n; i++)
		if (br_count_range_has(
			    &count->range, BR_LIST_AT(product->positions, br_position, i)))
			return true;
	return false;
}

/*
 * Refuses a product that the count is not about. What lies in the wrong place would otherwise be
 * taken for all there is of it.
 */
static int product_refuse(struct br_decision *decision, const struct br_count *count,
	struct br_str sku, bool has_line)
{
	struct br_product product;
	bool within = has_line;
	int result = br_product_get(decision->txn, sku, decision->arena, &product);

	br_assert(sku.n > 0);
	if (result < 0)
		return br_txn_fail(decision->txn, result == BR_E_NOT_FOUND ? BR_E_CORRUPT : result);
	if (count->scope == BR_COUNT_OF_CATEGORY)
		within = within || category_has(count->category, product.category);
	else if (count->scope == BR_COUNT_OF_POSITIONS)
		within = within || positions_have(count, &product);
	if (!within)
		return br_decision_refuse(decision, BR_REFUSAL_OUT_OF_SCOPE,
			"product \"%.*s\" does not belong to count \"%.*s\": put it aside and "
			"count "
			"it by itself",
			BR_STR_ARG(sku), BR_STR_ARG(count->count));
	return 0;
}

int br_count_decide_enter(struct br_decision *decision, const void *body)
{
	const struct br_count_enter *enter = body;
	struct br_count_entered event = {
		.count = enter->count,
		.quantity = enter->quantity,
		.again = enter->again,
		.place = enter->place,
		.associate = enter->associate,
	};
	struct br_count_line line = {.entries = 0};
	struct br_count count;
	struct br_stock stock;
	bool has_line = false;
	int result = count_find(decision, enter->count, ENTER, &count);

	if (result == 0)
		result = br_product_resolve(
			decision, enter->sku, enter->barcode, "data", &event.sku);
	if (result != 0)
		return result;
	result = br_count_line_get(decision->txn, enter->count, event.sku, decision->arena, &line);
	has_line = result == 0;
	if (result < 0 && result != BR_E_NOT_FOUND)
		return result;
	result = product_refuse(decision, &count, event.sku, has_line);
	if (result != 0)
		return result;
	if (!has_line && count.line_n >= BR_COUNT_LINES_MAX)
		return br_decision_refuse(decision, BR_REFUSAL_TOO_LARGE,
			"count \"%.*s\" has %d products: close it and open another one",
			BR_STR_ARG(enter->count), BR_COUNT_LINES_MAX);
	if (!enter->again && line.counted + enter->quantity > BR_QUANTITY_MAX)
		return br_decision_refuse(
			decision, BR_REFUSAL_TOO_LARGE, "quantity: together over one million");
	br_assert(enter->quantity >= 0 && line.counted >= 0);
	stock = br_stock_get(decision->txn, event.sku);
	event.expected = stock.buckets[br_count_bucket(count.bucket)];
	br_decision_emit(decision, BR_EVENT_COUNT_ENTERED, &event);
	return 0;
}

/* The count's variances, gathered for a decision. */
struct tally {
	struct br_decision *decision;
	struct br_count_variance *lines;
	uint32_t n, max;
	uint64_t variance_n;
	int64_t largest; /* variance of one product, taken positive */
	int64_t value;
};

static int64_t absolute(int64_t value)
{
	return value < 0 ? -value : value;
}

static bool tally_visit(void *context, const struct br_count_line *line)
{
	struct tally *tally = context;
	struct br_decision *decision = tally->decision;
	int64_t variance = absolute(line->counted - line->expected);
	struct br_price_quote quote;
	__int128 value;

	if (line->entries == 0)
		return true;
	br_assert(tally->n < tally->max);
	tally->lines[tally->n++] = (struct br_count_variance){
		.sku = line->sku, .counted = line->counted, .expected = line->expected};
	if (variance == 0)
		return true;
	quote = br_price_at(decision->txn, line->sku, decision->command->now_ms, decision->arena);
	value = (__int128)variance * (quote.known ? quote.amount : 0) / 1000 + tally->value;
	tally->value = value > INT64_MAX ? INT64_MAX : (int64_t)value;
	tally->largest = variance > tally->largest ? variance : tally->largest;
	tally->variance_n++;
	return true;
}

static int tally_make(
	struct br_decision *decision, const struct br_count *count, struct tally *ret_tally)
{
	struct tally tally = {.decision = decision, .max = (uint32_t)count->line_n};

	br_assert(count->line_n <= BR_COUNT_LINES_MAX);
	tally.lines = br_arena_take(decision->arena, (count->line_n + 1) * sizeof(*tally.lines));
	if (tally.lines == NULL)
		return BR_E_MEMORY;
	br_count_line_walk(decision->txn, count->count, tally_visit, &tally);
	br_assert(tally.variance_n <= tally.n);
	*ret_tally = tally;
	return br_txn_error(decision->txn);
}

static void moved_emit(struct br_decision *decision, const struct br_count_step *step,
	enum br_event_kind kind, enum br_count_state state, const struct tally *tally)
{
	struct br_count_moved moved = {
		.count = step->count,
		.state = (uint8_t)state,
		.reason = step->reason,
		.associate = step->associate,
		.counted_n = tally->n,
		.variance_n = tally->variance_n,
		.value = tally->value,
	};

	br_assert(state != BR_COUNT_OPEN);
	br_decision_emit(decision, kind, &moved);
}

/* What was not found may have been promised. */
static int missing_breach(
	struct br_decision *decision, const struct br_count *count, const struct tally *tally)
{
	int result = 0;

	br_assert(tally->n <= tally->max);
	if (!br_stock_bucket_sellable(br_count_bucket(count->bucket)))
		return 0;
	for (uint32_t i = 0; i < tally->n && result == 0; i++)
		result = br_breach_of(decision, tally->lines[i].sku,
			tally->lines[i].expected - tally->lines[i].counted);
	return result;
}

/* The approval and what it does, product by product; those without variance are counted, too. */
static int approval_emit(struct br_decision *decision, const struct br_count_step *step,
	const struct br_count *count, const struct tally *tally)
{
	moved_emit(decision, step, BR_EVENT_COUNT_APPROVED, BR_COUNT_APPROVED, tally);
	br_assert(tally->n <= BR_COUNT_LINES_MAX);
	for (uint32_t i = 0; i < tally->n; i += BR_STOCK_LINES_PER_EVENT_MAX) {
		uint32_t left = tally->n - i;
		struct br_count_adjusted event = {
			.count = step->count,
			.bucket = count->bucket,
			.lines = {&tally->lines[i], left < BR_STOCK_LINES_PER_EVENT_MAX
							    ? left
							    : BR_STOCK_LINES_PER_EVENT_MAX},
		};

		br_decision_emit(decision, BR_EVENT_COUNT_ADJUSTED, &event);
	}
	return missing_breach(decision, count, tally);
}

int br_count_decide_close(struct br_decision *decision, const void *body)
{
	const struct br_count_step *step = body;
	struct br_policy policy = br_policy_get(decision->txn);
	struct br_count count;
	struct tally tally;
	int result = count_find(decision, step->count, CLOSE, &count);

	if (result == 0)
		result = tally_make(decision, &count, &tally);
	if (result != 0)
		return result;
	if (tally.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ILLEGAL_MOVE,
			"count \"%.*s\": nothing was counted yet, it can be cancelled",
			BR_STR_ARG(step->count));
	br_assert(tally.largest >= 0 && tally.value >= 0);
	if (tally.largest > policy.count_approve_above || tally.value > policy.count_approve_amount)
		moved_emit(decision, step, BR_EVENT_COUNT_CLOSED, BR_COUNT_CLOSED, &tally);
	else
		result = approval_emit(decision, step, &count, &tally);
	return result;
}

/* What differs by more than the store's limits is for its managers to judge. */
static int manager_refuse(
	struct br_decision *decision, const struct br_count_step *step, enum verb verb)
{
	char what[BR_ID_BYTES_MAX + 24];

	br_assert(verb == APPROVE || verb == REJECT);
	(void)snprintf(what, sizeof(what), "%s count \"%.*s\"", br_count_verb_words[verb],
		BR_STR_ARG(step->count));
	return br_policy_manager_refuse(decision, step->associate, what);
}

int br_count_decide_approve(struct br_decision *decision, const void *body)
{
	const struct br_count_step *step = body;
	struct br_count count;
	struct tally tally;
	int result = count_find(decision, step->count, APPROVE, &count);

	if (result == 0)
		result = manager_refuse(decision, step, APPROVE);
	if (result == 0)
		result = tally_make(decision, &count, &tally);
	if (result != 0)
		return result;
	br_assert(tally.n > 0);
	return approval_emit(decision, step, &count, &tally);
}

/* Rejecting and cancelling change no stock. */
static int count_drop(struct br_decision *decision, const struct br_count_step *step,
	enum verb verb, enum br_event_kind kind, enum br_count_state state)
{
	struct br_count count;
	struct tally tally;
	int result = count_find(decision, step->count, verb, &count);

	br_assert(verb == REJECT || verb == CANCEL);
	if (result == 0 && verb == REJECT)
		result = manager_refuse(decision, step, verb);
	if (result == 0)
		result = tally_make(decision, &count, &tally);
	if (result != 0)
		return result;
	moved_emit(decision, step, kind, state, &tally);
	return 0;
}

int br_count_decide_reject(struct br_decision *decision, const void *body)
{
	return count_drop(decision, body, REJECT, BR_EVENT_COUNT_REJECTED, BR_COUNT_REJECTED);
}

int br_count_decide_cancel(struct br_decision *decision, const void *body)
{
	return count_drop(decision, body, CANCEL, BR_EVENT_COUNT_CANCELLED, BR_COUNT_CANCELLED);
}

static void count_put(struct br_txn *txn, const struct br_count *count)
{
	struct br_key key = br_key_of_str(count->count);

	br_assert(count->counted_n <= count->line_n && count->sequence > 0);
	br_row_put(txn, BR_TABLE_COUNT, br_key_str(&key), &br_count_shape, count);
	br_open_set(txn, BR_NOUN_COUNT, count->count, allowed[count->state] != 0);
}

/* The count's row as it may be written back; an event for one that is not there is corrupt. */
static bool count_take(
	struct br_txn *txn, struct br_str name, struct br_arena *arena, struct br_count *ret_count)
{
	struct br_key key = br_key_of_str(name);

	br_assert(name.n > 0);
	if (br_row_get_copy(
		    txn, BR_TABLE_COUNT, br_key_str(&key), &br_count_shape, arena, ret_count) == 0)
		return true;
	(void)br_txn_fail(txn, BR_E_CORRUPT);
	return false;
}

static void apply_opened(struct br_txn *txn, const struct br_event *event)
{
	const struct br_count_opened *opened = event->body;
	struct br_count count = {
		.count = opened->count,
		.state = BR_COUNT_OPEN,
		.scope = opened->scope,
		.bucket = opened->bucket,
		.category = opened->category,
		.range = opened->range,
		.due = opened->due,
		.note = opened->note,
		.associate = opened->associate,
		.opened = event->happened_ms,
		.since = event->happened_ms,
		.sequence = event->sequence,
	};

	br_assert(opened->count.n > 0);
	count_put(txn, &count);
}

static void apply_listed(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_count_listed *listed = event->body;
	struct br_count count;

	if (!count_take(txn, listed->count, arena, &count))
		return;
	for (uint32_t i = 0; i < listed->skus.n; i++) {
		struct br_count_line line = {.sku = BR_LIST_AT(listed->skus, br_count_sku, i)->sku};
		struct br_key key = line_key(listed->count, line.sku);

		br_row_put(txn, BR_TABLE_COUNT_LINE, br_key_str(&key), &br_count_line_shape, &line);
	}
	count.line_n += listed->skus.n;
	count.sequence = event->sequence;
	br_assert(count.line_n <= BR_COUNT_LINES_MAX);
	count_put(txn, &count);
}

static void apply_entered(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_count_entered *entered = event->body;
	struct br_key key = line_key(entered->count, entered->sku);
	struct br_count_line line = {.entries = 0};
	struct br_count count;
	int result;

	if (!count_take(txn, entered->count, arena, &count))
		return;
	result = br_row_get_copy(
		txn, BR_TABLE_COUNT_LINE, br_key_str(&key), &br_count_line_shape, arena, &line);
	count.line_n += result == BR_E_NOT_FOUND;
	count.counted_n += line.entries == 0;
	count.sequence = event->sequence;
	line.sku = entered->sku;
	line.counted = (entered->again ? 0 : line.counted) + entered->quantity;
	line.entries = (entered->again ? 0 : line.entries) + 1;
	line.expected = entered->expected;
	line.entered = event->happened_ms;
	line.associate = entered->associate;
	br_assert(line.counted <= BR_QUANTITY_MAX);
	br_row_put(txn, BR_TABLE_COUNT_LINE, br_key_str(&key), &br_count_line_shape, &line);
	count_put(txn, &count);
}

/* Asks for a product to be counted again after its count was rejected. */
struct again {
	struct br_txn *txn;
	const struct br_event *event;
};

static bool again_visit(void *context, const struct br_count_line *line)
{
	const struct again *again = context;
	char sku[BR_ID_BYTES_MAX + 1];

	br_assert(line->sku.n > 0);
	/* The name is copied, because the task's row moves the pages that it lies in. */
	if (line->entries > 0 && line->counted != line->expected &&
		br_str_copy(line->sku, sku, sizeof(sku)))
		br_task_put(again->txn, again->event, BR_TASK_COUNT, br_str_from(sku),
			BR_STR("its count was rejected"), 0);
	return true;
}

static void apply_moved(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_count_moved *moved = event->body;
	struct again again = {txn, event};
	struct br_count count;

	if (!count_take(txn, moved->count, arena, &count))
		return;
	br_assert(allowed[count.state] != 0);
	count.state = moved->state;
	count.reason = moved->reason;
	count.associate = moved->associate;
	count.variance_n = moved->variance_n;
	count.value = moved->value;
	count.since = event->happened_ms;
	count.sequence = event->sequence;
	count_put(txn, &count);
	if (moved->state == BR_COUNT_REJECTED)
		br_count_line_walk(txn, moved->count, again_visit, &again);
}

void br_count_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	br_assert(event->sequence > 0);
	switch (event->kind) {
	case BR_EVENT_COUNT_OPENED:
		apply_opened(txn, event);
		return;
	case BR_EVENT_COUNT_LISTED:
		apply_listed(txn, event, arena);
		return;
	case BR_EVENT_COUNT_ENTERED:
		apply_entered(txn, event, arena);
		return;
	default:
		apply_moved(txn, event, arena);
		return;
	}
}

void br_count_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_count_adjusted *adjusted = event->body;

	br_assert(event->kind == BR_EVENT_COUNT_ADJUSTED);
	for (uint32_t i = 0; i < adjusted->lines.n; i++) {
		const struct br_count_variance *line =
			BR_LIST_AT(adjusted->lines, br_count_variance, i);
		struct br_movement movement = {
			.sku = line->sku,
			.kind = BR_MOVEMENT_COUNT,
			.bucket = br_count_bucket(adjusted->bucket),
			.counted = line->counted,
			.expected = line->expected,
			.source = adjusted->count,
		};

		movement.buckets[movement.bucket] = line->counted - line->expected;
		visit->visit(visit->context, &movement);
	}
}
