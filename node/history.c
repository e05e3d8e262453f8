#include "node/history.h"

#include <inttypes.h>
#include <string.h>

#include "node/tables.h"
#include "node/varint.h"

/* A row's value; its key ends in the oldest sequence. */
struct block {
	uint64_t newest;
	struct br_str steps; /* varints, each more than 0, together newest − oldest */
};

static const struct br_field block_fields[] = {
	BR_U64(block, newest, 1, 0),
	BR_TEXT(block, steps, 0, BR_HISTORY_STEPS_BYTES_MAX),
};
static BR_DEFINE_SHAPE(block_shape, block, 1, block_fields);

/* What the keys of a thing's rows begin with. */
static struct br_key prefix_of(enum br_noun noun, struct br_str key)
{
	struct br_key prefix;

	br_assert(noun >= BR_NOUN_PRODUCT && noun < BR_NOUN_END);
	br_key_init(&prefix);
	br_key_add_u8(&prefix, (uint8_t)noun);
	br_key_add_str(&prefix, key);
	return prefix;
}

/* The oldest sequence, which a row's key ends in; false when the key has no room for one. */
static bool oldest_read(struct br_str key, uint64_t *ret_oldest)
{
	struct br_str tail;

	if (key.n < sizeof(*ret_oldest))
		return false;
	tail = (struct br_str){key.s + key.n - sizeof(*ret_oldest), sizeof(*ret_oldest)};
	br_assert(tail.s >= key.s);
	return br_key_take_u64(&tail, ret_oldest);
}

/* Takes a step off the front; false when it is none. */
static bool step_take(struct br_str *steps, uint64_t *ret_step)
{
	br_assert(steps->n > 0);
	return br_varint_take(steps, ret_step) && *ret_step > 0;
}

/*
 * Reads a row, whatever it is: 0, BR_E_CORRUPT or BR_E_VERSION. Its steps are walked once, so that
 * who goes along them later cannot stray.
 */
static int block_read(
	struct br_str key, struct br_str value, struct block *ret_block, unsigned *ret_events)
{
	struct block block;
	uint64_t oldest, at, step;
	int result = br_record_decode(&block_shape, value, NULL, &block);
	struct br_str rest;

	if (result < 0)
		return result;
	if (!oldest_read(key, &oldest) || oldest == 0)
		return BR_E_CORRUPT;
	rest = block.steps;
	at = block.newest;
	*ret_events = 1;
	while (rest.n > 0) {
		if (!step_take(&rest, &step) || step >= at)
			return BR_E_CORRUPT;
		at -= step;
		++*ret_events;
	}
	br_assert(*ret_events <= 1 + BR_HISTORY_STEPS_BYTES_MAX);
	if (at != oldest)
		return BR_E_CORRUPT;
	*ret_block = block;
	return 0;
}

void br_history_begin(struct br_history *history, struct br_txn *txn, enum br_noun noun,
	struct br_str key, uint64_t before)
{
	struct br_str prefix;

	history->from = prefix_of(noun, key);
	history->before = before > 0 ? before : UINT64_MAX;
	history->next = 0;
	prefix = br_key_str(&history->from);
	/* The last block that begins below `before` is the first that has what is wanted. */
	br_key_add_u64(&history->from, history->before);
	br_assert(history->from.n == prefix.n + sizeof(uint64_t));
	br_scan_begin(
		&history->scan, txn, BR_TABLE_HISTORY, prefix, br_key_str(&history->from), true);
}

/* Reads the block before the one at hand; false at the end. */
static bool block_next(struct br_history *history)
{
	struct br_str key, value;
	struct block block;
	unsigned events;
	int result;

	br_assert(history->next == 0);
	if (!br_scan_next(&history->scan, &key, &value))
		return false;
	result = block_read(key, value, &block, &events);
	if (result < 0) {
		(void)br_txn_fail(history->scan.txn, result);
		return false;
	}
	history->next = block.newest;
	history->steps = block.steps;
	return true;
}

bool br_history_next(struct br_history *history, uint64_t *ret_sequence)
{
	uint64_t sequence, step = 0;

	do {
		if (history->next == 0 && !block_next(history))
			return false;
		sequence = history->next;
		if (history->steps.n > 0) {
			bool taken = step_take(&history->steps, &step);

			br_assert(taken && step < sequence);
			history->next = sequence - step;
		} else {
			history->next = 0;
		}
	} while (sequence >= history->before);
	*ret_sequence = sequence;
	return true;
}

void br_history_end(struct br_history *history)
{
	br_scan_end(&history->scan);
}

uint64_t br_history_newest(struct br_txn *txn, enum br_noun noun, struct br_str key)
{
	struct br_history history;
	uint64_t sequence = 0;
	bool any;

	br_history_begin(&history, txn, noun, key, 0);
	any = br_history_next(&history, &sequence);
	br_history_end(&history);
	br_assert(any == (sequence > 0));
	return sequence;
}

/*
 * The thing's last block as it is stored, its steps copied, since the next write moves them; false
 * when there is none or the transaction has failed.
 */
static bool last_read(struct br_txn *txn, const struct br_key *prefix, uint64_t *ret_oldest,
	struct block *ret_block, char steps[BR_HISTORY_STEPS_BYTES_MAX])
{
	struct br_str key, value, none = {NULL, 0};
	struct br_scan scan;
	int result = 0;
	bool found;

	br_scan_begin(&scan, txn, BR_TABLE_HISTORY, br_key_str(prefix), none, true);
	found = br_scan_next(&scan, &key, &value);
	if (found)
		result = br_record_decode(&block_shape, value, NULL, ret_block);
	if (found && result == 0 && !oldest_read(key, ret_oldest))
		result = BR_E_CORRUPT;
	if (result < 0)
		(void)br_txn_fail(txn, result);
	found = found && result == 0;
	br_assert(!found || ret_block->steps.n <= BR_HISTORY_STEPS_BYTES_MAX);
	if (found && ret_block->steps.n > 0)
		memcpy(steps, ret_block->steps.s, ret_block->steps.n);
	br_scan_end(&scan);
	return found;
}

void br_history_add(struct br_txn *txn, enum br_noun noun, struct br_str key, uint64_t sequence)
{
	unsigned char step[BR_VARINT_BYTES_MAX];
	char old[BR_HISTORY_STEPS_BYTES_MAX], steps[BR_HISTORY_STEPS_BYTES_MAX];
	struct br_key row = prefix_of(noun, key);
	struct block last, block = {.newest = sequence, .steps = {steps, 0}};
	uint64_t oldest = sequence;

	br_assert(sequence > 0);
	if (last_read(txn, &row, &oldest, &last, old)) {
		size_t n;

		br_assert(last.newest <= sequence && oldest <= last.newest);
		if (last.newest == sequence)
			return;
		n = br_varint_put(step, sequence - last.newest);
		if (n + last.steps.n <= sizeof(steps)) {
			memcpy(steps, step, n);
			memcpy(steps + n, old, last.steps.n);
			block.steps.n = n + last.steps.n;
		} else {
			oldest = sequence;
		}
	}
	br_key_add_u64(&row, oldest);
	br_row_put(txn, BR_TABLE_HISTORY, br_key_str(&row), &block_shape, &block);
}

void br_history_row_text(struct br_str key, struct br_str value, struct br_text *text)
{
	struct block block;
	unsigned events;
	int result = block_read(key, value, &block, &events);

	br_assert(result <= 0);
	if (result < 0)
		br_text_puts(text, br_error_text(result));
	else
		br_text_printf(text, "%u event%s up to %" PRIu64, events, events == 1 ? "" : "s",
			block.newest);
}
