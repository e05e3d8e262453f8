#include "node/reconcile.h"

#include <string.h>

#include "node/stock.h"
#include "node/tables.h"

const char *const br_view_words[] = {"stock", "orders", "prices", "catalogue", NULL};
const char *const br_reconcile_outcome_words[] = {"equal", "repaired", "failed", NULL};

/* 1 + enum br_view; not given is every view. */
static const char *const view_asked_words[] = {"", "stock", "orders", "prices", "catalogue", NULL};

enum br_view br_view_named(struct br_str word)
{
	for (unsigned i = 0; i < BR_VIEW_N; i++)
		if (br_str_is(word, br_view_words[i]))
			return i;
	return BR_VIEW_N;
}

static const struct br_field ask_fields[] = {
	BR_WORD(br_reconcile_ask, view, view_asked_words),
};
BR_DEFINE_SHAPE(br_reconcile_ask_shape, br_reconcile_ask, 1, ask_fields);

#define SESSION(S) BR_TEXT(S, session, 0, BR_SESSION_BYTES)

#define ENDED(S, M) \
	{ \
		.name = #M, .kind = BR_FIELD_U64, .offset = offsetof(struct S, M) \
	}
static const struct br_field ended_fields[] = {
	BR_MUST_WORD(br_reconcile_ended, view, br_view_words),
	SESSION(br_reconcile_ended),
	BR_MUST_WORD(br_reconcile_ended, outcome, br_reconcile_outcome_words),
	BR_TEXT(br_reconcile_ended, reason, 0, BR_REASON_BYTES_MAX),
	ENDED(br_reconcile_ended, asked),
	ENDED(br_reconcile_ended, compared),
	ENDED(br_reconcile_ended, differing),
	ENDED(br_reconcile_ended, repaired),
	ENDED(br_reconcile_ended, left),
	BR_BOOL(br_reconcile_ended, more),
	ENDED(br_reconcile_ended, rounds),
	ENDED(br_reconcile_ended, up_bytes),
	ENDED(br_reconcile_ended, dn_bytes),
};
BR_DEFINE_SHAPE(br_reconcile_ended_shape, br_reconcile_ended, 1, ended_fields);

#define LAST(M, KIND) \
	.name = #M, .kind = (KIND), .offset = offsetof(struct br_reconcile_row, last.M)
static const struct br_field row_fields[] = {
	{LAST(view, BR_FIELD_WORD), .words = br_view_words},
	{.name = "asked", .kind = BR_FIELD_U64, .offset = offsetof(struct br_reconcile_row, asked)},
	{.name = "served",
		.kind = BR_FIELD_U64,
		.offset = offsetof(struct br_reconcile_row, served)},
	ENDED(br_reconcile_row, sequence),
	{.name = "at", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_reconcile_row, at_ms)},
	{LAST(session, BR_FIELD_TEXT), .max = BR_SESSION_BYTES},
	{LAST(outcome, BR_FIELD_WORD), .words = br_reconcile_outcome_words},
	{LAST(reason, BR_FIELD_TEXT), .max = BR_REASON_BYTES_MAX},
	{LAST(compared, BR_FIELD_U64)},
	{LAST(differing, BR_FIELD_U64)},
	{LAST(repaired, BR_FIELD_U64)},
	{LAST(left, BR_FIELD_U64)},
	{LAST(more, BR_FIELD_BOOL)},
	{LAST(rounds, BR_FIELD_U64)},
	{LAST(up_bytes, BR_FIELD_U64)},
	{LAST(dn_bytes, BR_FIELD_U64)},
};
BR_DEFINE_SHAPE(br_reconcile_row_shape, br_reconcile_row, 1, row_fields);

static const struct br_field stock_fields[] = {
	BR_MUST_TEXT(br_stock_state, sku, 1, BR_ID_BYTES_MAX),
	SESSION(br_stock_state),
};
BR_DEFINE_SHAPE(br_stock_state_shape, br_stock_state, 1, stock_fields);

#define COUNTER(M) BR_MILLI(br_stock_stated, M, INT64_MIN, INT64_MAX)
static const struct br_field stock_stated_fields[] = {
	BR_MUST_TEXT(br_stock_stated, sku, 1, BR_ID_BYTES_MAX),
	SESSION(br_stock_stated),
	COUNTER(backroom),
	COUNTER(shelf),
	COUNTER(staged),
	COUNTER(damaged),
	COUNTER(returned),
	COUNTER(in_transit_in),
	COUNTER(in_transit_out),
	COUNTER(display),
	COUNTER(reserved),
	COUNTER(rights),
};
BR_DEFINE_SHAPE(br_stock_stated_shape, br_stock_stated, 1, stock_stated_fields);

static const struct br_field order_fields[] = {
	BR_MUST_TEXT(br_order_state_ask, order, 1, BR_ID_BYTES_MAX),
	SESSION(br_order_state_ask),
};
BR_DEFINE_SHAPE(br_order_state_shape, br_order_state_ask, 1, order_fields);

#define COUNT_OF(NAME, M) \
	{ \
		.name = (NAME), .kind = BR_FIELD_MILLI, .min = INT64_MIN, .max = INT64_MAX, \
		.offset = offsetof(struct br_order_stated_line, counts.M) \
	}
static const struct br_field stated_line_fields[] = {
	BR_U64(br_order_stated_line, index, 0, BR_ORDER_LINES_MAX),
	BR_MUST_TEXT(br_order_stated_line, sku, 1, BR_ID_BYTES_MAX),
	COUNT_OF("ordered", ordered),
	COUNT_OF("reserved", reserved),
	COUNT_OF("picked", picked),
	COUNT_OF("short", shortage),
	COUNT_OF("substituted", substituted),
	COUNT_OF("staged", staged),
	COUNT_OF("handed_over", handed_over),
	COUNT_OF("shipped", shipped),
	COUNT_OF("returned", returned),
	COUNT_OF("restocked", restocked),
};
static BR_DEFINE_SHAPE(stated_line_shape, br_order_stated_line, 1, stated_line_fields);

static const struct br_field order_stated_fields[] = {
	BR_MUST_TEXT(br_order_stated, order, 1, BR_ID_BYTES_MAX),
	SESSION(br_order_stated),
	BR_BOOL(br_order_stated, unknown),
	BR_WORD(br_order_stated, state, br_order_state_words),
	BR_U64(br_order_stated, version, 0, 0),
	BR_U64(br_order_stated, sequence, 0, 0),
	BR_U64(br_order_stated, line_n, 0, BR_ORDER_LINES_MAX),
	BR_U64(br_order_stated, first, 0, BR_ORDER_LINES_MAX),
	BR_U64(br_order_stated, left, 0, BR_ORDER_LINES_MAX),
	BR_LIST(br_order_stated, lines, 0, BR_ORDER_STATED_LINES_MAX, &stated_line_shape),
};
BR_DEFINE_SHAPE(br_order_stated_shape, br_order_stated, 1, order_stated_fields);

int br_reconcile_decide_ask(struct br_decision *decision, const void *body)
{
	const struct br_reconcile_ask *ask = body;

	br_assert(ask->view <= BR_VIEW_N);
	br_decision_emit(decision, BR_EVENT_RECONCILE_ASKED, ask);
	return 0;
}

int br_reconcile_decide_end(struct br_decision *decision, const void *body)
{
	const struct br_reconcile_ended *ended = body;

	br_assert(ended->view < BR_VIEW_N && ended->repaired + ended->left <= ended->differing);
	br_decision_emit(decision, BR_EVENT_RECONCILE_ENDED, ended);
	return 0;
}

int br_reconcile_decide_stock(struct br_decision *decision, const void *body)
{
	const struct br_stock_state *ask = body;
	struct br_stock stock = br_stock_get(decision->txn, ask->sku);
	struct br_stock_stated stated = {
		.sku = ask->sku,
		.session = ask->session,
		.backroom = stock.buckets[BR_BUCKET_BACKROOM],
		.shelf = stock.buckets[BR_BUCKET_SHELF],
		.staged = stock.buckets[BR_BUCKET_STAGED],
		.damaged = stock.buckets[BR_BUCKET_DAMAGED],
		.returned = stock.buckets[BR_BUCKET_RETURNED],
		.in_transit_in = stock.buckets[BR_BUCKET_TRANSIT_IN],
		.in_transit_out = stock.buckets[BR_BUCKET_TRANSIT_OUT],
		.display = stock.buckets[BR_BUCKET_DISPLAY],
		.reserved = stock.reserved,
		.rights = stock.rights,
	};

	_Static_assert(BR_BUCKET_N == 8, "every bucket is stated");
	br_assert(ask->sku.n > 0);
	br_decision_emit(decision, BR_EVENT_STOCK_STATED, &stated);
	return br_txn_error(decision->txn);
}

/* Some of an order's lines, from stated->first on, as one event. */
static int lines_state(struct br_decision *decision, struct br_order_stated *stated)
{
	uint64_t n = stated->line_n - stated->first;
	struct br_order_stated_line *lines;

	if (n > BR_ORDER_STATED_LINES_MAX)
		n = BR_ORDER_STATED_LINES_MAX;
	br_assert(stated->first <= stated->line_n);
	lines = br_arena_take(decision->arena, (n + 1) * sizeof(*lines));
	if (lines == NULL)
		return br_txn_fail(decision->txn, BR_E_MEMORY);
	for (uint64_t i = 0; i < n; i++) {
		struct br_order_line line;
		int result = br_order_line_get(decision->txn, stated->order,
			(uint32_t)(stated->first + i), decision->arena, &line);

		if (result < 0)
			return br_txn_fail(decision->txn, result);
		lines[i] = (struct br_order_stated_line){stated->first + i, line.sku, line.counts};
	}
	stated->lines = (struct br_list){lines, (uint32_t)n};
	stated->left = stated->line_n - stated->first - n;
	br_decision_emit(decision, BR_EVENT_ORDER_STATED, stated);
	stated->first += n;
	return 0;
}

int br_reconcile_decide_order(struct br_decision *decision, const void *body)
{
	const struct br_order_state_ask *ask = body;
	struct br_order_stated stated = {.order = ask->order, .session = ask->session};
	struct br_order order;
	int result = br_order_get(decision->txn, ask->order, decision->arena, &order);

	if (result == BR_E_NOT_FOUND) {
		stated.unknown = true;
		br_decision_emit(decision, BR_EVENT_ORDER_STATED, &stated);
		return 0;
	}
	if (result < 0)
		return result;
	stated.state = order.state;
	stated.version = order.version;
	stated.sequence = order.sequence;
	stated.line_n = order.line_n;
	br_assert(order.line_n > 0);
	do
		result = lines_state(decision, &stated);
	while (result == 0 && stated.left > 0);
	return result;
}

static struct br_key row_key(enum br_view view)
{
	br_assert(view < BR_VIEW_N);
	return br_key_of_str(br_str_from(br_view_words[view]));
}

struct br_reconcile_row br_reconcile_row_get(
	struct br_txn *txn, enum br_view view, struct br_arena *arena)
{
	struct br_reconcile_row row = {.last = {.view = (uint8_t)view}};
	struct br_key key = row_key(view);
	struct br_reconcile_row none = row;

	if (br_row_get_copy(txn, BR_TABLE_RECONCILE, br_key_str(&key), &br_reconcile_row_shape,
		    arena, &row) < 0)
		return none;
	br_assert(row.served <= row.asked);
	return row;
}

static void row_put(struct br_txn *txn, enum br_view view, const struct br_reconcile_row *row)
{
	struct br_key key = row_key(view);

	br_assert(row->last.view == view);
	br_row_put(txn, BR_TABLE_RECONCILE, br_key_str(&key), &br_reconcile_row_shape, row);
}

static void ended_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_reconcile_ended *ended = event->body;
	struct br_reconcile_row row = br_reconcile_row_get(txn, ended->view, arena);

	br_assert(event->kind == BR_EVENT_RECONCILE_ENDED);
	row.last = *ended;
	if (ended->asked > row.served && ended->asked <= row.asked)
		row.served = ended->asked;
	row.sequence = event->sequence;
	row.at_ms = event->recorded_ms;
	row_put(txn, ended->view, &row);
}

static void asked_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_reconcile_ask *ask = event->body;

	br_assert(event->kind == BR_EVENT_RECONCILE_ASKED);
	for (unsigned view = 0; view < BR_VIEW_N; view++) {
		struct br_reconcile_row row;

		if (ask->view != 0 && ask->view != view + 1)
			continue;
		row = br_reconcile_row_get(txn, view, arena);
		row.asked = event->sequence;
		row_put(txn, view, &row);
	}
}

void br_reconcile_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	br_assert(event->kind < BR_EVENT_N);
	if (event->kind == BR_EVENT_RECONCILE_ASKED)
		asked_apply(txn, event, arena);
	else if (event->kind == BR_EVENT_RECONCILE_ENDED)
		ended_apply(txn, event, arena);
	/* What is stated is so already. */
}
