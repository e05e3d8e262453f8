#include "node/stock.h"

#include <stdio.h>

#include "node/breach.h"
#include "node/history.h"
#include "node/lot.h"
#include "node/product.h"
#include "node/rules.h"
#include "node/scan.h"
#include "node/stock_policy.h"
#include "node/tables.h"
#include "node/task.h"

/* As br_bucket_words, behind a word for "not given"; only a command may say it. */
static const char *const bucket_or_words[] = {"auto", "backroom", "shelf", "staged", "damaged",
	"returned", "in_transit_in", "in_transit_out", "display", NULL};
static const char *const bucket_to_words[] = {"", "backroom", "shelf", "staged", "damaged",
	"returned", "in_transit_in", "in_transit_out", "display", NULL};
const char *const br_move_kind_words[] = {"receive", "put_away", "fill", "pull_back", "adjust",
	"count", "waste", "damage", "inspect", "display", "undisplay", NULL};

static const struct br_field move_fields[] = {
	BR_TEXT(br_stock_move, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_stock_move, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_MUST_WORD(br_stock_move, kind, br_move_kind_words),
	BR_WORD(br_stock_move, bucket, bucket_or_words),
	BR_MUST_MILLI(br_stock_move, quantity, -BR_QUANTITY_MAX, BR_QUANTITY_MAX),
	BR_WORD(br_stock_move, to, bucket_to_words),
	BR_TEXT(br_stock_move, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_stock_move, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_stock_move, expiry),
	BR_TEXT(br_stock_move, source, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_stock_move, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_stock_move_shape, br_stock_move, 1, move_fields);

#define MOVED_KIND (&moved_fields[1])
static const struct br_field moved_fields[] = {
	BR_MUST_TEXT(br_stock_moved, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_stock_moved, kind, br_move_kind_words),
	BR_MUST_WORD(br_stock_moved, bucket, br_bucket_words),
	BR_MUST_MILLI(br_stock_moved, quantity, -2 * BR_QUANTITY_MAX, 2 * BR_QUANTITY_MAX),
	BR_WORD(br_stock_moved, to_bucket, bucket_to_words),
	BR_MILLI_WHEN(br_stock_moved, counted, 0, BR_QUANTITY_MAX, MOVED_KIND, BR_MOVE_COUNT),
	BR_MILLI_WHEN(br_stock_moved, expected, INT64_MIN, INT64_MAX, MOVED_KIND, BR_MOVE_COUNT),
	BR_TEXT(br_stock_moved, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_stock_moved, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_stock_moved, expiry),
	BR_TEXT(br_stock_moved, source, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_stock_moved, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_stock_moved_shape, br_stock_moved, 1, moved_fields);

/* The stored row: the buckets by name, so that a new one can be added with `since`. */
struct stock_row {
	int64_t backroom, shelf, staged, damaged, returned, in_transit_in, in_transit_out, display;
	int64_t reserved, rights, sold;
	int64_t shelf_min;
	bool track_expiry;
};

#define ROW_MILLI(F) BR_MILLI(stock_row, F, INT64_MIN, INT64_MAX)
static const struct br_field row_fields[] = {
	ROW_MILLI(backroom),
	ROW_MILLI(shelf),
	ROW_MILLI(staged),
	ROW_MILLI(damaged),
	ROW_MILLI(returned),
	ROW_MILLI(in_transit_in),
	ROW_MILLI(in_transit_out),
	ROW_MILLI(display),
	ROW_MILLI(reserved),
	ROW_MILLI(rights),
	ROW_MILLI(sold),
	ROW_MILLI(shelf_min),
	BR_BOOL(stock_row, track_expiry),
};
BR_DEFINE_SHAPE(br_stock_row_shape, stock_row, 1, row_fields);

struct br_stock br_stock_get(struct br_txn *txn, struct br_str sku)
{
	struct br_key key = br_key_of_str(sku);
	struct br_stock stock = {.reserved = 0};
	struct stock_row row;

	if (br_row_get(txn, BR_TABLE_STOCK, br_key_str(&key), &br_stock_row_shape, NULL, &row) < 0)
		return stock;
	return (struct br_stock){
		.buckets = {row.backroom, row.shelf, row.staged, row.damaged, row.returned,
			row.in_transit_in, row.in_transit_out, row.display},
		.reserved = row.reserved,
		.rights = row.rights,
		.sold = row.sold,
		.shelf_min = row.shelf_min,
		.track_expiry = row.track_expiry,
	};
}

static void stock_put(struct br_txn *txn, struct br_str sku, const struct br_stock *stock)
{
	struct br_key key = br_key_of_str(sku);
	struct stock_row row = {
		.backroom = stock->buckets[BR_BUCKET_BACKROOM],
		.shelf = stock->buckets[BR_BUCKET_SHELF],
		.staged = stock->buckets[BR_BUCKET_STAGED],
		.damaged = stock->buckets[BR_BUCKET_DAMAGED],
		.returned = stock->buckets[BR_BUCKET_RETURNED],
		.in_transit_in = stock->buckets[BR_BUCKET_TRANSIT_IN],
		.in_transit_out = stock->buckets[BR_BUCKET_TRANSIT_OUT],
		.display = stock->buckets[BR_BUCKET_DISPLAY],
		.reserved = stock->reserved,
		.rights = stock->rights,
		.sold = stock->sold,
		.shelf_min = stock->shelf_min,
		.track_expiry = stock->track_expiry,
	};

	br_assert(stock->reserved >= 0 && stock->rights >= 0);
	br_assert(stock->buckets[BR_BUCKET_STAGED] >= 0);
	br_row_put(txn, BR_TABLE_STOCK, br_key_str(&key), &br_stock_row_shape, &row);
}

int64_t br_stock_on_hand(const struct br_stock *stock)
{
	return stock->buckets[BR_BUCKET_BACKROOM] + stock->buckets[BR_BUCKET_SHELF] +
	       stock->buckets[BR_BUCKET_STAGED] + stock->buckets[BR_BUCKET_DISPLAY];
}

int64_t br_stock_sellable(const struct br_stock *stock)
{
	return stock->buckets[BR_BUCKET_BACKROOM] + stock->buckets[BR_BUCKET_SHELF];
}

int64_t br_stock_available(struct br_txn *txn, struct br_str sku, const struct br_stock *stock,
	enum br_channel channel)
{
	struct br_stock_kept kept = br_stock_kept(txn, sku);
	int64_t buffer = 0;

	br_assert(channel <= BR_CHANNEL_NONE);
	if (channel != BR_CHANNEL_NONE)
		buffer = kept.buffers[channel];
	return br_stock_sellable(stock) - stock->reserved - stock->rights - kept.safety - buffer;
}

#define IN(BUCKET) (1u << BR_BUCKET_##BUCKET)
#define HERE (IN(BACKROOM) | IN(SHELF) | IN(DAMAGED) | IN(RETURNED) | IN(DISPLAY))
/* What each kind implies and allows: buckets as bits, `to` the first of those it may end in. */
static const struct {
	uint8_t bucket, to; /* `to`: 0 = it leaves or enters the store, else 1 + bucket */
	unsigned from_allowed, to_allowed;
	bool positive, needs_reason;
	int sign;
	enum br_movement_kind movement;
} kinds[BR_MOVE_N] = {
	[BR_MOVE_RECEIVE] = {BR_BUCKET_BACKROOM, 0, IN(BACKROOM) | IN(SHELF) | IN(DAMAGED), 0, true,
		false, 1, BR_MOVEMENT_RECEIVE},
	[BR_MOVE_PUT_AWAY] = {BR_BUCKET_BACKROOM, 1 + BR_BUCKET_SHELF, IN(BACKROOM),
		IN(SHELF) | IN(DISPLAY), true, false, -1, BR_MOVEMENT_PUT_AWAY},
	[BR_MOVE_FILL] = {BR_BUCKET_BACKROOM, 1 + BR_BUCKET_SHELF, IN(BACKROOM), IN(SHELF), true,
		false, -1, BR_MOVEMENT_FILL},
	[BR_MOVE_PULL_BACK] = {BR_BUCKET_SHELF, 1 + BR_BUCKET_BACKROOM, IN(SHELF) | IN(DISPLAY),
		IN(BACKROOM), true, false, -1, BR_MOVEMENT_PULL_BACK},
	[BR_MOVE_ADJUST] = {BR_BUCKET_SHELF, 0, HERE, 0, false, true, 1, BR_MOVEMENT_ADJUST},
	[BR_MOVE_COUNT] = {BR_BUCKET_SHELF, 0, HERE, 0, false, false, 1, BR_MOVEMENT_COUNT},
	[BR_MOVE_WASTE] = {BR_BUCKET_SHELF, 0, HERE, 0, true, true, -1, BR_MOVEMENT_WASTE},
	[BR_MOVE_DAMAGE] = {BR_BUCKET_SHELF, 1 + BR_BUCKET_DAMAGED,
		IN(BACKROOM) | IN(SHELF) | IN(DISPLAY), IN(DAMAGED), true, true, -1,
		BR_MOVEMENT_DAMAGE},
	[BR_MOVE_INSPECT] = {BR_BUCKET_RETURNED, 1 + BR_BUCKET_SHELF, IN(RETURNED),
		IN(SHELF) | IN(BACKROOM) | IN(DAMAGED), true, false, -1, BR_MOVEMENT_INSPECT},
	[BR_MOVE_DISPLAY] = {BR_BUCKET_SHELF, 1 + BR_BUCKET_DISPLAY, IN(SHELF) | IN(BACKROOM),
		IN(DISPLAY), true, false, -1, BR_MOVEMENT_DISPLAY},
	[BR_MOVE_UNDISPLAY] = {BR_BUCKET_DISPLAY, 1 + BR_BUCKET_SHELF, IN(DISPLAY),
		IN(SHELF) | IN(BACKROOM), true, false, -1, BR_MOVEMENT_UNDISPLAY},
};

/* "backroom or shelf": the buckets of a mask in words. */
static void buckets_text(unsigned mask, char *text, size_t size)
{
	size_t n = 0;

	br_assert(size > 0);
	text[0] = '\0';
	for (unsigned i = 0; i < BR_BUCKET_N; i++) {
		if ((mask & (1u << i)) == 0)
			continue;
		mask &= ~(1u << i);
		n += (size_t)snprintf(text + n, size - n, "%s%s",
			n == 0	    ? ""
			: mask == 0 ? " or "
				    : ", ",
			br_bucket_words[i]);
		br_assert(n < size);
	}
}

/* Refuses a bucket that the kind does not work on. `member` is the command's. */
static int bucket_refuse(struct br_decision *decision, const struct br_stock_move *move,
	const char *member, unsigned given, unsigned allowed)
{
	char words[96];

	br_assert(move->kind < BR_MOVE_N);
	if (given == 0 || (allowed & (1u << (given - 1))) != 0)
		return 0;
	/* What is staged belongs to orders; only they move it. */
	if (given == 1 + BR_BUCKET_STAGED)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"%s: what is staged belongs to its order, allowed is any other bucket",
			member);
	if (allowed == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"%s: \"%s\" goes nowhere, so it has none", member,
			br_move_kind_words[move->kind]);
	buckets_text(allowed, words, sizeof(words));
	return br_decision_refuse(decision, BR_REFUSAL_MALFORMED, "%s: allowed for \"%s\" is %s",
		member, br_move_kind_words[move->kind], words);
}

static int quantity_refuse(struct br_decision *decision, const struct br_stock_move *move)
{
	br_assert(move->kind < BR_MOVE_N);
	if (kinds[move->kind].positive && move->quantity <= 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"quantity: allowed for \"%s\" is more than 0",
			br_move_kind_words[move->kind]);
	if (move->kind == BR_MOVE_COUNT && move->quantity < 0)
		return br_decision_refuse(
			decision, BR_REFUSAL_MALFORMED, "quantity: what was counted is 0 or more");
	if (move->kind == BR_MOVE_ADJUST && move->quantity == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"quantity: an adjustment by 0 changes nothing");
	return 0;
}

static int move_refuse(struct br_decision *decision, const struct br_stock_move *move)
{
	int result = quantity_refuse(decision, move);

	br_assert(move->bucket <= BR_BUCKET_N && move->to <= BR_BUCKET_N);
	if (result == 0)
		result = bucket_refuse(
			decision, move, "bucket", move->bucket, kinds[move->kind].from_allowed);
	if (result == 0)
		result =
			bucket_refuse(decision, move, "to", move->to, kinds[move->kind].to_allowed);
	if (result != 0)
		return result;
	if (kinds[move->kind].needs_reason && move->reason.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"reason: is missing, \"%s\" needs one", br_move_kind_words[move->kind]);
	if (move->lot.n > 0 && move->expiry == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"expiry: is missing, a lot is known by its date and its number");
	return 0;
}

bool br_stock_bucket_sellable(enum br_bucket bucket)
{
	br_assert(bucket < BR_BUCKET_N);
	return bucket == BR_BUCKET_BACKROOM || bucket == BR_BUCKET_SHELF;
}

/* What there is more, or less, to keep promises with. */
static int64_t sellable_gained(const struct br_stock_moved *moved)
{
	int64_t gained = br_stock_bucket_sellable(moved->bucket) ? moved->quantity : 0;

	br_assert(moved->to_bucket <= BR_BUCKET_N);
	if (moved->to_bucket > 0 && br_stock_bucket_sellable(moved->to_bucket - 1))
		gained -= moved->quantity;
	return gained;
}

/* Who moves goods has them in hand and is believed; but then the ledger was wrong. */
static void shortfall_warn(struct br_decision *decision, const struct br_stock_moved *moved)
{
	struct br_stock stock = br_stock_get(decision->txn, moved->sku);
	int64_t held = stock.buckets[moved->bucket];

	br_assert(moved->kind != BR_MOVE_COUNT);
	if (moved->quantity < 0 && held + moved->quantity < 0)
		br_decision_warn(decision,
			"of \"%.*s\" there were %.10g at \"%s\", and %.10g were taken: count it",
			BR_STR_ARG(moved->sku), (double)held / 1000, br_bucket_words[moved->bucket],
			(double)-moved->quantity / 1000);
}

int br_stock_decide_move(struct br_decision *decision, const void *body)
{
	const struct br_stock_move *move = body;
	struct br_stock_moved moved = {
		.kind = move->kind,
		.reason = move->reason,
		.lot = move->lot,
		.expiry = move->expiry,
		.source = move->source,
		.associate = move->associate,
	};
	struct br_scan_result scan;
	struct br_stock stock;
	int result;

	br_assert(move->kind < BR_MOVE_N);
	result = br_product_resolve_scan(decision, move->sku, move->barcode, "data", &scan);
	if (result == 0)
		result = move_refuse(decision, move);
	if (result != 0)
		return result;
	moved.sku = scan.sku;
	/* What was typed counts before what the code says. */
	if (move->lot.n == 0 && move->expiry == 0)
		(void)br_lot_of_scan(&scan, &moved.lot, &moved.expiry);
	moved.bucket = move->bucket > 0 ? (uint8_t)(move->bucket - 1) : kinds[move->kind].bucket;
	moved.to_bucket = move->to > 0 ? move->to : kinds[move->kind].to;
	moved.quantity = kinds[move->kind].sign * move->quantity;
	if (move->kind == BR_MOVE_COUNT) {
		stock = br_stock_get(decision->txn, moved.sku);
		moved.counted = move->quantity;
		moved.expected = stock.buckets[moved.bucket];
		moved.quantity = moved.counted - moved.expected;
	}
	br_assert(moved.bucket != BR_BUCKET_STAGED && moved.to_bucket != moved.bucket + 1);
	br_decision_emit(decision, BR_EVENT_STOCK_MOVED, &moved);
	result = br_breach_of(decision, moved.sku, -sellable_gained(&moved));
	/* Behind it: that a customer goes without is the more urgent word. */
	if (result == 0 && move->kind != BR_MOVE_COUNT)
		shortfall_warn(decision, &moved);
	return result;
}

void br_stock_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_stock_moved *moved = event->body;
	struct br_movement movement = {
		.sku = moved->sku,
		.counted = moved->counted,
		.expected = moved->expected,
		.lot = moved->lot,
		.expiry_ms = moved->expiry,
		.reason = moved->reason,
		.source = moved->source,
	};

	br_assert(moved->bucket < BR_BUCKET_N && moved->to_bucket <= BR_BUCKET_N);
	br_assert(moved->kind < BR_MOVE_N && moved->to_bucket != moved->bucket + 1);
	movement.kind = kinds[moved->kind].movement;
	movement.bucket = moved->bucket;
	movement.buckets[moved->bucket] = moved->quantity;
	if (moved->to_bucket > 0)
		movement.buckets[moved->to_bucket - 1] = -moved->quantity;
	visit->visit(visit->context, &movement);
}

/* The shelf has less than it should, and the back room could help. */
static bool fill_wanted(const struct br_stock *stock)
{
	return stock->shelf_min > 0 && stock->buckets[BR_BUCKET_SHELF] < stock->shelf_min &&
	       stock->buckets[BR_BUCKET_BACKROOM] > 0;
}

/*
 * Keeps the tasks that follow from the counters. They are touched only when a counter crosses the
 * line, because nearly every movement crosses none.
 */
static void tasks_follow(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	const struct br_stock *before, const struct br_stock *after)
{
	bool negative = br_stock_on_hand(after) < 0;
	bool returned = after->buckets[BR_BUCKET_RETURNED] > 0;
	bool fill = fill_wanted(after);

	br_assert(sku.n > 0);
	if (negative != (br_stock_on_hand(before) < 0))
		br_task_follow(txn, event, BR_TASK_COUNT, sku, negative,
			BR_STR("less than nothing in stock"));
	if (returned != (before->buckets[BR_BUCKET_RETURNED] > 0))
		br_task_follow(
			txn, event, BR_TASK_INSPECT, sku, returned, BR_STR("goods came back"));
	if (fill != fill_wanted(before))
		br_task_follow(txn, event, BR_TASK_FILL, sku, fill,
			BR_STR("the shelf is low, the back room has some"));
}

/* A count answers whoever asked for one, unless it shows that not all was counted. */
static void count_done(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	const struct br_stock *after)
{
	br_assert(sku.n > 0);
	br_task_remove(txn, BR_TASK_COUNT, sku);
	if (br_stock_on_hand(after) < 0)
		br_task_follow(
			txn, event, BR_TASK_COUNT, sku, true, BR_STR("less than nothing in stock"));
}

void br_stock_add(struct br_txn *txn, const struct br_event *event,
	const struct br_movement *movement, struct br_arena *arena)
{
	struct br_stock before = br_stock_get(txn, movement->sku), stock = before;

	/* What could not be read must not be counted on. */
	if (br_txn_error(txn) < 0)
		return;
	br_assert(movement->kind < BR_MOVEMENT_N);
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		stock.buckets[i] += movement->buckets[i];
	if (event->kind == BR_EVENT_SALE_RECORDED)
		stock.sold -= movement->buckets[BR_BUCKET_SHELF];
	stock.reserved += movement->reserved;
	stock.rights += movement->rights;
	stock_put(txn, movement->sku, &stock);
	if (stock.track_expiry)
		br_lot_move(txn, event, movement, &stock);
	tasks_follow(txn, event, movement->sku, &before, &stock);
	if (before.reserved > 0)
		br_breach_follow(txn, event, movement->sku, &before, &stock, arena);
	if (movement->kind == BR_MOVEMENT_COUNT)
		count_done(txn, event, movement->sku, &stock);
}

void br_stock_follow(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	int64_t shelf_min, bool track_expiry)
{
	struct br_stock before = br_stock_get(txn, sku), stock = before;

	br_assert(shelf_min >= 0);
	/* Most products say nothing, and most changes of one leave this as it is. */
	if (br_txn_error(txn) < 0 ||
		(before.shelf_min == shelf_min && before.track_expiry == track_expiry))
		return;
	stock.shelf_min = shelf_min;
	stock.track_expiry = track_expiry;
	stock_put(txn, sku, &stock);
	if (before.track_expiry && !track_expiry)
		br_lot_forget(txn, sku);
	tasks_follow(txn, event, sku, &before, &stock);
}

/* Undoing what happened to one product after an instant. */
struct undo {
	struct br_str sku;
	struct br_stock *stock;
};

static void movement_undo(void *context, const struct br_movement *movement)
{
	const struct undo *undo = context;

	br_assert(undo->stock != NULL);
	if (!br_str_equal(movement->sku, undo->sku))
		return;
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		undo->stock->buckets[i] -= movement->buckets[i];
	undo->stock->reserved -= movement->reserved;
	undo->stock->rights -= movement->rights;
}

struct br_stock br_stock_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	struct br_stock stock = br_stock_get(txn, sku);
	struct undo undo = {sku, &stock};
	struct br_movement_visit visit = {movement_undo, &undo};
	struct br_history history;
	uint64_t sequence;

	br_assert(sku.n > 0);
	/*
	 * All of the product's events are looked at, because a till that was away brings old sales
	 * late and a clock that was set brings order into nothing.
	 */
	br_history_begin(&history, txn, BR_NOUN_PRODUCT, sku, 0);
	while (br_history_next(&history, &sequence)) {
		struct br_event event;

		br_arena_reset(arena);
		/* What is older than the journal's first record has been cut off. */
		if (br_event_get(txn, sequence, arena, &event) < 0)
			break;
		if (event.happened_ms > at_ms && br_event_type(&event)->movements != NULL)
			br_event_type(&event)->movements(&event, &visit);
	}
	br_history_end(&history);
	return stock;
}
