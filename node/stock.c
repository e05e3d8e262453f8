#include "node/stock.h"

#include "node/product.h"
#include "node/stock_policy.h"
#include "node/tables.h"

/* As br_bucket_words, behind a word for "not given"; only a command may say it. */
static const char *const bucket_or_words[] = {"auto", "backroom", "shelf", "staged", "damaged",
	"returned", "in_transit_in", "in_transit_out", "display", NULL};
static const char *const bucket_to_words[] = {"", "backroom", "shelf", "staged", "damaged",
	"returned", "in_transit_in", "in_transit_out", "display", NULL};
const char *const br_move_kind_words[] = {"receive", "adjust", "count", "fill", "waste", NULL};

static const struct br_field move_fields[] = {
	BR_TEXT(br_stock_move, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_stock_move, barcode, 0, 14),
	BR_MUST_WORD(br_stock_move, kind, br_move_kind_words),
	BR_WORD(br_stock_move, bucket, bucket_or_words),
	BR_MUST_MILLI(br_stock_move, quantity, -BR_QUANTITY_MAX, BR_QUANTITY_MAX),
	BR_TEXT(br_stock_move, reason, 0, BR_REASON_BYTES_MAX),
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
};
BR_DEFINE_SHAPE(br_stock_moved_shape, br_stock_moved, 1, moved_fields);

/* The stored row: the buckets by name, so that a new one can be added with `since`. */
struct stock_row {
	int64_t backroom, shelf, staged, damaged, returned, in_transit_in, in_transit_out, display;
	int64_t reserved, rights, sold;
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

/* What each kind of movement implies and allows. */
static const struct {
	uint8_t bucket, to_bucket;
	bool positive, needs_reason;
	int sign;
} kinds[] = {
	[BR_MOVE_RECEIVE] = {BR_BUCKET_BACKROOM, 0, true, false, 1},
	[BR_MOVE_ADJUST] = {BR_BUCKET_SHELF, 0, false, false, 1},
	[BR_MOVE_COUNT] = {BR_BUCKET_SHELF, 0, false, false, 1},
	[BR_MOVE_FILL] = {BR_BUCKET_BACKROOM, 1 + BR_BUCKET_SHELF, true, false, -1},
	[BR_MOVE_WASTE] = {BR_BUCKET_SHELF, 0, true, true, -1},
};

static int move_refuse(struct br_decision *decision, const struct br_stock_move *move)
{
	br_assert(move->kind < BR_ARRAY_LEN(kinds) && move->bucket <= BR_BUCKET_N);
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
	if (kinds[move->kind].needs_reason && move->reason.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"reason: is missing, \"%s\" needs one", br_move_kind_words[move->kind]);
	if (kinds[move->kind].to_bucket > 0 && move->bucket == kinds[move->kind].to_bucket)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"bucket: \"%s\" goes to the %s, so it cannot come from there",
			br_move_kind_words[move->kind], br_bucket_words[move->bucket - 1]);
	/* What is staged or reserved belongs to orders; only they move it. */
	if (move->bucket == 1 + BR_BUCKET_STAGED)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"bucket: what is staged belongs to its order, allowed is any other bucket");
	return 0;
}

int br_stock_decide_move(struct br_decision *decision, const void *body)
{
	const struct br_stock_move *move = body;
	struct br_stock_moved moved = {.kind = move->kind, .reason = move->reason};
	struct br_stock stock;
	int result;

	br_assert(move->kind < BR_ARRAY_LEN(kinds));
	result = br_product_resolve(decision, move->sku, move->barcode, "data", &moved.sku);
	if (result == 0)
		result = move_refuse(decision, move);
	if (result != 0)
		return result;
	moved.bucket = move->bucket > 0 ? (uint8_t)(move->bucket - 1) : kinds[move->kind].bucket;
	moved.to_bucket = kinds[move->kind].to_bucket;
	moved.quantity = kinds[move->kind].sign * move->quantity;
	if (move->kind == BR_MOVE_COUNT) {
		stock = br_stock_get(decision->txn, moved.sku);
		moved.counted = move->quantity;
		moved.expected = stock.buckets[moved.bucket];
		moved.quantity = moved.counted - moved.expected;
	}
	br_assert(moved.bucket != BR_BUCKET_STAGED && moved.bucket < BR_BUCKET_N);
	br_decision_emit(decision, BR_EVENT_STOCK_MOVED, &moved);
	return 0;
}

void br_stock_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_stock_moved *moved = event->body;
	struct br_movement movement = {.sku = moved->sku};

	br_assert(moved->bucket < BR_BUCKET_N && moved->to_bucket <= BR_BUCKET_N);
	br_assert(moved->to_bucket != moved->bucket + 1);
	movement.buckets[moved->bucket] = moved->quantity;
	if (moved->to_bucket > 0)
		movement.buckets[moved->to_bucket - 1] = -moved->quantity;
	visit->visit(visit->context, &movement);
}

void br_stock_add(
	struct br_txn *txn, const struct br_event *event, const struct br_movement *movement)
{
	struct br_stock stock = br_stock_get(txn, movement->sku);

	/* What could not be read must not be counted on. */
	if (br_txn_error(txn) < 0)
		return;
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		stock.buckets[i] += movement->buckets[i];
	if (event->kind == BR_EVENT_SALE_RECORDED)
		stock.sold -= movement->buckets[BR_BUCKET_SHELF];
	stock.reserved += movement->reserved;
	stock.rights += movement->rights;
	stock_put(txn, movement->sku, &stock);
}
