#include "node/timer.h"

#include "node/key.h"
#include "node/tables.h"
#include "node/time.h"

const char *const br_timer_commands[BR_TIMER_N] = {
	[BR_TIMER_PRICE] = "price.activate",
	[BR_TIMER_PRICE_HOLD] = "price.hold_over",
	[BR_TIMER_ORDER] = "order.timer",
	[BR_TIMER_PICK_LIST] = "pick_list.timer",
	[BR_TIMER_CUSTOMER] = "customer.timer",
	[BR_TIMER_FORGET] = "customer.forget",
	[BR_TIMER_FORGET_DAY] = "customer.forget_day",
	[BR_TIMER_RIGHTS] = "rights.sweep",
};

static const struct br_field fired_fields[] = {
	BR_MUST_TEXT(br_timer_fired, key, 1, BR_ID_BYTES_MAX),
	{.name = "at",
		.kind = BR_FIELD_TIME,
		.offset = offsetof(struct br_timer_fired, at_ms),
		.required = true},
};
BR_DEFINE_SHAPE(br_timer_fired_shape, br_timer_fired, 1, fired_fields);

static struct br_key mark_key(enum br_timer_kind kind, struct br_str key, int64_t at_ms)
{
	struct br_key mark = br_key_of_u64((uint64_t)at_ms);

	br_assert(kind < BR_TIMER_N && at_ms >= 0);
	br_assert(key.n > 0 && key.n <= BR_ID_BYTES_MAX);
	br_key_add_u8(&mark, (uint8_t)kind);
	br_key_add_str(&mark, key);
	return mark;
}

void br_timer_put(struct br_txn *txn, enum br_timer_kind kind, struct br_str key, int64_t at_ms)
{
	struct br_key mark = mark_key(kind, key, at_ms);

	br_assert(at_ms <= BR_TIME_MAX_MS);
	br_mark_put(txn, BR_TABLE_TIMER, &mark);
}

void br_timer_delete(struct br_txn *txn, enum br_timer_kind kind, struct br_str key, int64_t at_ms)
{
	struct br_key mark = mark_key(kind, key, at_ms);

	br_txn_delete(txn, BR_TABLE_TIMER, br_key_str(&mark));
}

bool br_timer_has(struct br_txn *txn, enum br_timer_kind kind, struct br_str key, int64_t at_ms)
{
	struct br_key mark = mark_key(kind, key, at_ms);

	return br_txn_has(txn, BR_TABLE_TIMER, br_key_str(&mark));
}

/* Total: a row of another form is BR_E_CORRUPT. */
static int mark_read(struct br_str mark, struct br_timer *ret_timer)
{
	struct br_timer timer;
	struct br_str key;
	uint64_t at_ms;

	if (!br_key_take_u64(&mark, &at_ms) || at_ms > (uint64_t)BR_TIME_MAX_MS || mark.n == 0)
		return BR_E_CORRUPT;
	timer.at_ms = (int64_t)at_ms;
	if ((unsigned char)mark.s[0] >= BR_TIMER_N)
		return BR_E_CORRUPT;
	timer.kind = (enum br_timer_kind)(unsigned char)mark.s[0];
	mark = (struct br_str){mark.s + 1, mark.n - 1};
	if (!br_key_take_str(&mark, &key) || mark.n != 0 || key.n == 0 ||
		!br_str_copy(key, timer.key, sizeof(timer.key)))
		return BR_E_CORRUPT;
	br_assert(timer.kind < BR_TIMER_N && timer.key[0] != '\0');
	*ret_timer = timer;
	return 0;
}

bool br_timer_next(struct br_txn *txn, const struct br_timer *after, struct br_timer *ret_timer)
{
	struct br_str none = {NULL, 0}, from = none, key, value;
	struct br_scan scan;
	struct br_key start;
	bool found;
	int result;

	if (after != NULL) {
		start = mark_key(after->kind, br_str_from(after->key), after->at_ms);
		/* Nothing sorts between a key and the same with a zero byte more. */
		br_key_add_u8(&start, 0);
		from = br_key_str(&start);
	}
	br_assert(after == NULL || from.n > 0);
	br_scan_begin(&scan, txn, BR_TABLE_TIMER, none, from, false);
	found = br_scan_next(&scan, &key, &value);
	result = found ? mark_read(key, ret_timer) : 0;
	br_scan_end(&scan);
	if (result < 0)
		(void)br_txn_fail(txn, result);
	return found && result == 0;
}
