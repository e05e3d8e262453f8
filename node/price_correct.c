/*
 * Prices after the clock was corrected backwards: see correction.h.
 *
 * A row that says it was recorded later than now was set while the clock was wrong. If it began at
 * that very instant, it was meant "from now on", and goes on to count; if somebody named a time, it
 * waits for that. A row whose beginning or end lies between now and the wrong time had its timer
 * taken away by an instant that had not come: it gets it back.
 */
#include <string.h>

#include "node/price_inside.h"
#include "node/tables.h"
#include "node/timer.h"

struct correction {
	struct br_txn *txn;
	int64_t after_ms, before_ms;
	struct br_arena *arena;
};

static bool between(const struct correction *correction, int64_t time_ms)
{
	return time_ms > correction->after_ms && time_ms <= correction->before_ms;
}

/* True when nothing of the row has to do with the wrong time. */
static bool row_apart(const struct correction *correction, const struct br_price_row *row)
{
	br_assert(row->from_ms > 0);
	return !between(correction, row->from_ms) && !between(correction, row->to_ms) &&
	       row->set_ms <= correction->after_ms && row->cancelled_ms <= correction->after_ms;
}

/* A hold lasts as long as it was meant to, from now on. */
static void hold_move(const struct correction *correction, struct br_str sku,
	const struct br_price_row *before, struct br_price_row *row)
{
	br_assert(row->kind == BR_PRICE_HELD);
	if (row->cancelled_ms != 0 || before->from_ms <= correction->after_ms)
		return;
	br_timer_delete(correction->txn, BR_TIMER_PRICE_HOLD, sku, before->to_ms);
	row->to_ms = row->from_ms + (before->to_ms - before->from_ms);
	br_timer_put(correction->txn, BR_TIMER_PRICE_HOLD, sku, row->to_ms);
}

/* The row as it would stand, had the clock been right. */
static struct br_price_row row_correct(
	const struct correction *correction, struct br_str sku, const struct br_price_row *before)
{
	struct br_price_row row = *before;
	int64_t after_ms = correction->after_ms;

	br_assert(correction->before_ms > after_ms);
	/* What was set without a time begins at the instant it was recorded. */
	if (row.from_ms > after_ms && (row.from_ms == row.set_ms || row.kind == BR_PRICE_HELD))
		row.from_ms = after_ms;
	if (row.set_ms > after_ms)
		row.set_ms = after_ms;
	if (row.cancelled_ms > after_ms) {
		row.cancelled_ms = after_ms;
		if (row.to_ms > after_ms)
			row.to_ms = row.from_ms > after_ms ? row.from_ms : after_ms;
	}
	if (row.kind == BR_PRICE_HELD)
		hold_move(correction, sku, before, &row);
	return row;
}

/* What is to begin or end has its timer again; and labels look at what counts now. */
static void timers_put(
	const struct correction *correction, struct br_str sku, const struct br_price_row *row)
{
	br_assert(sku.n > 0);
	if (row->kind == BR_PRICE_HELD)
		return;
	if (between(correction, row->from_ms))
		br_timer_put(correction->txn, BR_TIMER_PRICE, sku, row->from_ms);
	if (between(correction, row->to_ms))
		br_timer_put(correction->txn, BR_TIMER_PRICE, sku, row->to_ms);
	br_timer_put(correction->txn, BR_TIMER_PRICE, sku, correction->after_ms);
}

/* A row with its key, copied: writing moves what the store's texts point to. */
struct affected {
	struct br_key key;
	char value[BR_RECORD_BYTES_MAX];
	size_t n;
};

/* The next affected row from the key on. */
static bool affected_next(const struct correction *correction, struct affected *affected)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	bool hit = false;
	int result = 0;

	br_scan_begin(
		&scan, correction->txn, BR_TABLE_PRICE, none, br_key_str(&affected->key), false);
	while (!hit && result == 0 && br_scan_next(&scan, &key, &value)) {
		struct br_price_row row;

		result = br_price_row_read(key, value, correction->arena, &row);
		hit = result == 0 && !row_apart(correction, &row);
	}
	if (hit) {
		br_assert(key.n < sizeof(affected->key.bytes) && value.n < BR_RECORD_BYTES_MAX);
		memcpy(affected->key.bytes, key.s, key.n);
		affected->key.n = key.n;
		memcpy(affected->value, value.s, value.n);
		affected->n = value.n;
	}
	br_scan_end(&scan);
	if (result < 0)
		(void)br_txn_fail(correction->txn, result);
	return hit;
}

static void affected_correct(const struct correction *correction, const struct affected *affected)
{
	struct br_str key = br_key_str(&affected->key), sku;
	struct br_price_row before, row;
	struct br_key moved;

	if (br_price_row_read(key, (struct br_str){affected->value, affected->n}, correction->arena,
		    &before) < 0 ||
		!br_key_take_str(&key, &sku)) {
		(void)br_txn_fail(correction->txn, BR_E_CORRUPT);
		return;
	}
	row = row_correct(correction, sku, &before);
	br_assert(row.sequence == before.sequence && row.kind == before.kind);
	br_txn_delete(correction->txn, BR_TABLE_PRICE, br_key_str(&affected->key));
	moved = br_price_row_key(sku, row.kind, row.from_ms, row.sequence);
	br_row_put(correction->txn, BR_TABLE_PRICE, br_key_str(&moved), &br_price_row_shape, &row);
	timers_put(correction, sku, &row);
}

void br_price_correct(
	struct br_txn *txn, int64_t after_ms, int64_t before_ms, struct br_arena *arena)
{
	const struct correction correction = {txn, after_ms, before_ms, arena};
	struct affected affected;

	br_assert(after_ms > 0 && after_ms < before_ms);
	br_key_init(&affected.key);
	while (br_txn_error(txn) == 0 && affected_next(&correction, &affected)) {
		affected_correct(&correction, &affected);
		/* Nothing sorts between a key and the same with a zero byte more; a row that moved
		 * has moved to before it. */
		br_key_add_u8(&affected.key, 0);
	}
}
