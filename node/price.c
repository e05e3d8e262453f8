#include "node/price.h"

#include <string.h>

#include "node/policy.h"
#include "node/price_inside.h"
#include "node/rules.h"
#include "node/tables.h"
#include "node/timer.h"

#define HOUR_MS INT64_C(3600000)

const char *const br_price_kind_words[] = {"regular", "promotion", "override", "held", NULL};
/* What a command may name: the node alone holds prices. */
static const char *const settable_words[] = {"regular", "promotion", "override", NULL};
const char *const br_price_release_words[] = {
	"shown", "hold_over", "fallen", "override", "no_label", NULL};

#define TIME_NAMED(S, F, NAME, REQUIRED) \
	{ \
		.name = (NAME), .kind = BR_FIELD_TIME, .offset = offsetof(struct S, F), \
		.required = (REQUIRED) \
	}

static const struct br_field price_fields[] = {
	BR_MUST_TEXT(br_price, sku, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_price, kind, settable_words),
	BR_MUST_MILLI(br_price, amount, 0, BR_AMOUNT_MAX),
	BR_MUST_TEXT_RULED(br_price, currency, 3, 3, &br_rule_currency),
	TIME_NAMED(br_price, from_ms, "from", false),
	TIME_NAMED(br_price, to_ms, "to", false),
	BR_TEXT(br_price, source, 0, BR_PRICE_SOURCE_BYTES_MAX),
	BR_TEXT(br_price, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_price, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_price_shape, br_price, 1, price_fields);

static const struct br_field row_fields[] = {
	BR_WORD(br_price_row, kind, br_price_kind_words),
	BR_MUST_MILLI(br_price_row, amount, 0, BR_AMOUNT_MAX),
	BR_TEXT(br_price_row, currency, 3, 3),
	TIME_NAMED(br_price_row, from_ms, "from", true),
	TIME_NAMED(br_price_row, to_ms, "to", false),
	TIME_NAMED(br_price_row, set_ms, "set", false),
	TIME_NAMED(br_price_row, cancelled_ms, "cancelled", false),
	BR_TEXT(br_price_row, source, 0, BR_PRICE_SOURCE_BYTES_MAX),
	BR_TEXT(br_price_row, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_price_row, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_price_row_shape, br_price_row, 1, row_fields);

static const struct br_field cancel_fields[] = {
	BR_MUST_TEXT(br_price_cancel, sku, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_price_cancel, kind, settable_words),
	TIME_NAMED(br_price_cancel, from_ms, "from", false),
	BR_TEXT(br_price_cancel, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_price_cancel, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_price_cancel_shape, br_price_cancel, 1, cancel_fields);

static const struct br_field cancelled_fields[] = {
	BR_MUST_TEXT(br_price_cancelled, sku, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_price_cancelled, kind, settable_words),
	TIME_NAMED(br_price_cancelled, from_ms, "from", true),
	BR_MUST_U64(br_price_cancelled, price, 1, 0),
	TIME_NAMED(br_price_cancelled, at_ms, "at", true),
	BR_TEXT(br_price_cancelled, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_price_cancelled, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_price_cancelled_shape, br_price_cancelled, 1, cancelled_fields);

struct br_key br_price_prefix(struct br_str sku, enum br_price_kind kind)
{
	struct br_key key = br_key_of_str(sku);

	br_assert(kind < BR_PRICE_KIND_N);
	br_key_add_u8(&key, (uint8_t)kind);
	return key;
}

struct br_key br_price_row_key(
	struct br_str sku, enum br_price_kind kind, int64_t from_ms, uint64_t sequence)
{
	struct br_key key = br_price_prefix(sku, kind);

	br_assert(from_ms >= 0 && sequence > 0);
	br_key_add_u64(&key, (uint64_t)from_ms);
	br_key_add_u64(&key, sequence);
	return key;
}

void br_price_apply_set(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_price *price = event->body;
	struct br_key key =
		br_price_row_key(price->sku, price->kind, price->from_ms, br_event_number(event));
	struct br_price_row row = {
		.kind = price->kind,
		.amount = price->amount,
		.currency = price->currency,
		.from_ms = price->from_ms,
		.to_ms = price->to_ms,
		.set_ms = event->recorded_ms,
		.source = price->source,
		.reason = price->reason,
		.associate = price->associate,
	};

	br_assert(price->amount >= 0 && price->from_ms > 0);
	br_row_put(txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, &row);
	if (price->from_ms > event->recorded_ms)
		br_timer_put(txn, BR_TIMER_PRICE, price->sku, price->from_ms);
	if (price->to_ms > event->recorded_ms)
		br_timer_put(txn, BR_TIMER_PRICE, price->sku, price->to_ms);
}

bool br_price_known(
	struct br_txn *txn, const struct br_price_cancelled *cancelled, struct br_arena *arena)
{
	struct br_key key = br_price_row_key(
		cancelled->sku, cancelled->kind, cancelled->from_ms, cancelled->price);
	struct br_price_row row;

	br_assert(cancelled->price > 0);
	return br_row_get_copy(txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, arena,
		       &row) == 0;
}

/* The timers stay: at their time they find that nothing changes, and another price may need them.
 */
void br_price_apply_cancelled(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_price_cancelled *cancelled = event->body;
	struct br_key key = br_price_row_key(
		cancelled->sku, cancelled->kind, cancelled->from_ms, cancelled->price);
	struct br_price_row row;

	br_assert(cancelled->price < event->sequence);
	if (br_row_get_copy(
		    txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, arena, &row) < 0)
		return;
	row.to_ms = cancelled->at_ms > row.from_ms ? cancelled->at_ms : row.from_ms;
	row.cancelled_ms = event->recorded_ms;
	br_row_put(txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, &row);
}

/* True when the ledger has this very price, so that sending a price list twice changes nothing. */
static bool price_planned(struct br_decision *decision, const struct br_price *price)
{
	struct br_price_row row;

	br_assert(price->from_ms > 0);
	return br_price_beginning(decision->txn, price->sku, price->kind, price->from_ms,
		       decision->arena, &row) &&
	       row.cancelled_ms == 0 && row.to_ms == price->to_ms && row.amount == price->amount &&
	       br_str_equal(row.currency, price->currency);
}

/*
 * True when nothing would change: the same price is planned for then, or "this price from now on"
 * is the regular price already and has no end.
 */
static bool price_unchanged(struct br_decision *decision, const struct br_price *price)
{
	struct br_price_row row;

	br_assert(price->sku.n > 0);
	if (price->from_ms != 0)
		return price_planned(decision, price);
	return price->kind == BR_PRICE_REGULAR && price->to_ms == 0 &&
	       br_price_counting(decision->txn, price->sku, BR_PRICE_REGULAR,
		       decision->command->now_ms, decision->arena, &row) &&
	       row.to_ms == 0 && row.amount == price->amount &&
	       br_str_equal(row.currency, price->currency);
}

/* Who departs from the price list says why and until when. 0 or BR_DECIDED_NO. */
static int override_check(struct br_decision *decision, const struct br_price *price)
{
	uint64_t hours;

	br_assert(price->from_ms > 0);
	if (price->kind != BR_PRICE_OVERRIDE)
		return 0;
	hours = br_policy_get(decision->txn).override_hours;
	if (price->reason.n == 0)
		return br_decision_refuse(
			decision, BR_REFUSAL_MALFORMED, "reason: is missing, an override says why");
	if (price->to_ms == 0)
		return br_decision_refuse(
			decision, BR_REFUSAL_MALFORMED, "to: is missing, an override has an end");
	if (price->to_ms - price->from_ms > (int64_t)hours * HOUR_MS)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"to: the override lasts longer than %u hours, which the store's policy "
			"allows",
			(unsigned)hours);
	return 0;
}

int br_price_decide_set(struct br_decision *decision, const void *body)
{
	struct br_price price = *(const struct br_price *)body;
	struct br_price_what_if what_if = {.added = &price};
	int64_t now_ms = decision->command->now_ms;
	int result;

	if (!br_product_exists(decision->txn, price.sku))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(price.sku));
	if (price_unchanged(decision, &price))
		return 0;
	if (price.from_ms == 0)
		price.from_ms = now_ms;
	if (price.to_ms != 0 && price.to_ms <= price.from_ms)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"to: the price ends before it begins, allowed is a time after from");
	result = override_check(decision, &price);
	if (result != 0)
		return result;
	br_assert(price.from_ms > 0);
	br_decision_emit(decision,
		price.kind == BR_PRICE_OVERRIDE ? BR_EVENT_PRICE_OVERRIDDEN : BR_EVENT_PRICE_SET,
		&price);
	br_price_guard(decision, price.sku, now_ms, now_ms, &what_if);
	return 0;
}

/* The price that a cancel means: the latest with that beginning, or the one that counts. */
static bool cancel_find(struct br_decision *decision, const struct br_price_cancel *cancel,
	struct br_price_row *ret_row)
{
	br_assert(cancel->kind < BR_PRICE_HELD);
	if (cancel->from_ms == 0)
		return br_price_counting(decision->txn, cancel->sku, cancel->kind,
			decision->command->now_ms, decision->arena, ret_row);
	return br_price_beginning(decision->txn, cancel->sku, cancel->kind, cancel->from_ms,
		decision->arena, ret_row);
}

/* What may not be cancelled: 0 or BR_DECIDED_NO. */
static int cancel_check(struct br_decision *decision, const struct br_price_cancel *cancel,
	const struct br_price_row *row)
{
	const char *kind = br_price_kind_words[cancel->kind];
	int64_t now_ms = decision->command->now_ms;

	br_assert(row->kind == cancel->kind);
	if (row->cancelled_ms != 0)
		return br_decision_refuse(
			decision, BR_REFUSAL_ALREADY, "that %s price was cancelled already", kind);
	if (row->to_ms != 0 && row->to_ms <= now_ms)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"that %s price is over: what was charged stays in the history", kind);
	if (row->kind == BR_PRICE_REGULAR && row->from_ms <= now_ms)
		return br_decision_refuse(decision, BR_REFUSAL_ILLEGAL_MOVE,
			"a regular price that counts cannot be cancelled: set another one");
	return 0;
}

int br_price_decide_cancel(struct br_decision *decision, const void *body)
{
	const struct br_price_cancel *cancel = body;
	int64_t now_ms = decision->command->now_ms;
	struct br_price_cancelled cancelled = {
		.sku = cancel->sku,
		.kind = cancel->kind,
		.at_ms = now_ms,
		.reason = cancel->reason,
		.associate = cancel->associate,
	};
	struct br_price_what_if what_if = {.added = NULL};
	struct br_price_row row;
	int result;

	if (!br_product_exists(decision->txn, cancel->sku))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(cancel->sku));
	if (!cancel_find(decision, cancel, &row))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRICE,
			"product \"%.*s\" has no %s price %s", BR_STR_ARG(cancel->sku),
			br_price_kind_words[cancel->kind],
			cancel->from_ms != 0 ? "that begins then" : "that counts now");
	result = cancel_check(decision, cancel, &row);
	if (result != 0)
		return result;
	br_assert(row.sequence > 0 && row.from_ms > 0);
	cancelled.price = what_if.left_out = row.sequence;
	cancelled.from_ms = row.from_ms;
	br_decision_emit(decision, BR_EVENT_PRICE_CANCELLED, &cancelled);
	br_price_guard(decision, cancel->sku, now_ms, now_ms, &what_if);
	return 0;
}
