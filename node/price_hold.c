/* Price safety: a rise waits for the shelf labels before the tills charge it. */
#include <stdio.h>
#include <string.h>

#include "node/device.h"
#include "node/label.h"
#include "node/policy.h"
#include "node/price_inside.h"
#include "node/rules.h"
#include "node/tables.h"
#include "node/timer.h"

#define MINUTE_MS INT64_C(60000)
#define ALARM_RULE "price_hold"
/* Labels named in the alarm; what is more is counted. */
#define LABELS_NAMED_MAX 4

#define TIME_NAMED(S, F, NAME) \
	{ \
		.name = (NAME), .kind = BR_FIELD_TIME, .offset = offsetof(struct S, F), \
		.required = true \
	}

static const struct br_field effective_fields[] = {
	BR_MUST_TEXT(br_price_effective, sku, 1, BR_ID_BYTES_MAX),
	TIME_NAMED(br_price_effective, at_ms, "at"),
	BR_WORD(br_price_effective, kind, br_price_kind_words),
	BR_MUST_MILLI(br_price_effective, amount, 0, BR_AMOUNT_MAX),
	BR_TEXT_RULED(br_price_effective, currency, 0, 3, &br_rule_currency),
};
BR_DEFINE_SHAPE(br_price_effective_shape, br_price_effective, 1, effective_fields);

static const struct br_field held_fields[] = {
	BR_MUST_TEXT(br_price_held, sku, 1, BR_ID_BYTES_MAX),
	TIME_NAMED(br_price_held, at_ms, "at"),
	BR_MUST_MILLI(br_price_held, amount, 0, BR_AMOUNT_MAX),
	BR_MUST_TEXT_RULED(br_price_held, currency, 3, 3, &br_rule_currency),
	TIME_NAMED(br_price_held, until_ms, "until"),
	BR_MUST_MILLI(br_price_held, target, 0, BR_AMOUNT_MAX),
};
BR_DEFINE_SHAPE(br_price_held_shape, br_price_held, 1, held_fields);

static const struct br_field release_fields[] = {
	BR_MUST_TEXT(br_price_released_by_labels, sku, 1, BR_ID_BYTES_MAX),
	BR_U64(br_price_released_by_labels, hold, 0, 0),
};
BR_DEFINE_SHAPE(br_price_release_shape, br_price_released_by_labels, 1, release_fields);

static const struct br_field released_fields[] = {
	BR_MUST_TEXT(br_price_released, sku, 1, BR_ID_BYTES_MAX),
	TIME_NAMED(br_price_released, at_ms, "at"),
	BR_WORD(br_price_released, reason, br_price_release_words),
	BR_MUST_U64(br_price_released, hold, 1, 0),
	TIME_NAMED(br_price_released, since_ms, "since"),
};
BR_DEFINE_SHAPE(br_price_released_shape, br_price_released, 1, released_fields);

/* Ends a hold's row at an instant and takes its timer away. */
static void hold_end(struct br_txn *txn, struct br_str sku, int64_t from_ms, uint64_t sequence,
	int64_t at_ms, struct br_arena *arena)
{
	struct br_key key = br_price_row_key(sku, BR_PRICE_HELD, from_ms, sequence);
	struct br_price_row row;

	if (br_row_get_copy(
		    txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, arena, &row) < 0)
		return;
	br_assert(row.kind == BR_PRICE_HELD && row.to_ms > 0);
	br_timer_delete(txn, BR_TIMER_PRICE_HOLD, sku, row.to_ms);
	if (at_ms >= row.to_ms)
		return;
	row.to_ms = at_ms > row.from_ms ? at_ms : row.from_ms;
	row.cancelled_ms = at_ms;
	br_row_put(txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, &row);
}

/*
 * A price that changes again while it is held is held anew, so the hold before ends; also one that
 * lies ahead because the clock was set back since.
 */
static void holds_end(struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	const struct br_price_row *rows;
	unsigned n = br_price_rows(txn, sku, arena, &rows);

	br_assert(at_ms > 0);
	for (unsigned i = 0; i < n; i++)
		if (rows[i].kind == BR_PRICE_HELD && rows[i].to_ms > at_ms &&
			rows[i].to_ms > rows[i].from_ms)
			hold_end(txn, sku, rows[i].from_ms, rows[i].sequence, at_ms, arena);
}

void br_price_apply_held(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_price_held *held = event->body;
	struct br_key key =
		br_price_row_key(held->sku, BR_PRICE_HELD, held->at_ms, br_event_number(event));
	struct br_price_row row = {
		.kind = BR_PRICE_HELD,
		.amount = held->amount,
		.currency = held->currency,
		.from_ms = held->at_ms,
		.to_ms = held->until_ms,
		.set_ms = event->recorded_ms,
	};

	br_assert(held->until_ms > held->at_ms);
	holds_end(txn, held->sku, held->at_ms, arena);
	br_row_put(txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, &row);
	br_timer_put(txn, BR_TIMER_PRICE_HOLD, held->sku, held->until_ms);
}

void br_price_apply_released(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_price_released *released = event->body;

	br_assert(released->hold < event->sequence);
	hold_end(txn, released->sku, released->since_ms, released->hold, released->at_ms, arena);
}

void br_price_apply_effective(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_price_effective *effective = event->body;

	br_assert(effective->at_ms > 0);
	br_timer_delete(txn, BR_TIMER_PRICE, effective->sku, effective->at_ms);
}

static void released_emit(struct br_decision *decision, struct br_str sku,
	const struct br_price_row *hold, int64_t at_ms, enum br_price_release reason)
{
	struct br_price_released released = {
		.sku = sku,
		.at_ms = at_ms,
		.reason = (uint8_t)reason,
		.hold = hold->sequence,
		.since_ms = hold->from_ms,
	};

	br_assert(hold->kind == BR_PRICE_HELD && hold->sequence > 0);
	br_decision_emit(decision, BR_EVENT_PRICE_RELEASED, &released);
}

/* Holds at the old price; the texts of `old` must outlive this stack, so they move. */
static void held_emit(struct br_decision *decision, struct br_str sku, int64_t at_ms,
	const struct br_price_quote *old, int64_t target)
{
	int64_t now_ms = decision->command->now_ms;
	uint64_t minutes = br_policy_get(decision->txn).price_hold_minutes;
	struct br_price_held held = {
		.sku = sku,
		.at_ms = at_ms,
		.amount = old->amount,
		.target = target,
		/* Counted from when the labels can begin, not from while the node was down. */
		.until_ms = (now_ms > at_ms ? now_ms : at_ms) + (int64_t)minutes * MINUTE_MS,
	};
	char *currency = br_arena_take(decision->arena, BR_CURRENCY_BYTES);

	br_assert(minutes > 0 && old->known);
	if (currency == NULL) {
		(void)br_txn_fail(decision->txn, BR_E_MEMORY);
		return;
	}
	memcpy(currency, old->currency, BR_CURRENCY_BYTES);
	held.currency = br_str_from(currency);
	br_decision_emit(decision, BR_EVENT_PRICE_HELD, &held);
}

/* Why what counts now needs no hold; -1 when it does. */
static int needless(struct br_decision *decision, const struct br_price_quote *old,
	const struct br_price_quote *new)
{
	br_assert(old->amount >= 0 && new->amount >= 0);
	if (new->override)
		return BR_PRICE_RELEASE_OVERRIDE;
	if (br_policy_get(decision->txn).price_hold_minutes == 0)
		return BR_PRICE_RELEASE_NO_LABEL;
	if (!old->known || !new->known ||
		(strcmp(old->currency, new->currency) == 0 && new->amount <= old->amount))
		return BR_PRICE_RELEASE_FALLEN;
	return -1;
}

void br_price_guard(struct br_decision *decision, struct br_str sku, int64_t before_ms,
	int64_t at_ms, const struct br_price_what_if *what_if)
{
	struct br_txn *txn = decision->txn;
	struct br_price_quote old, new;
	struct br_price_row hold;
	int reason;
	bool holds;

	br_assert(before_ms <= at_ms);
	/* Whoever has no labels has no holds either: the last one that leaves ends them. */
	if (!br_label_any(txn, sku, (struct br_str){NULL, 0}))
		return;
	holds = br_price_counting(txn, sku, BR_PRICE_HELD, at_ms, decision->arena, &hold);
	old = br_price_till_plain(txn, sku, before_ms, decision->arena);
	new = br_price_plain(txn, sku, at_ms, what_if, decision->arena);
	reason = needless(decision, &old, &new);
	/* A plan for later changes nothing about the rise that waits. */
	if (reason < 0 && !(holds && old.held && old.target == new.amount))
		held_emit(decision, sku, at_ms, &old, new.amount);
	else if (reason >= 0 && holds)
		released_emit(decision, sku, &hold, at_ms, (enum br_price_release)reason);
}

int br_price_decide_activate(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;
	struct br_price_quote quote =
		br_price_plain(decision->txn, fired->key, fired->at_ms, NULL, decision->arena);
	struct br_price_effective effective = {
		.sku = fired->key,
		.at_ms = fired->at_ms,
		.kind = (uint8_t)quote.kind,
		.amount = quote.amount,
	};
	char *currency;

	br_assert(fired->at_ms >= 0);
	if (!br_timer_has(decision->txn, BR_TIMER_PRICE, fired->key, fired->at_ms))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"no price of \"%.*s\" begins or ends then", BR_STR_ARG(fired->key));
	/* The quote is on this stack, the event's texts must outlive it. */
	currency = br_arena_take(decision->arena, BR_CURRENCY_BYTES);
	if (currency == NULL)
		return BR_E_MEMORY;
	memcpy(currency, quote.currency, BR_CURRENCY_BYTES);
	effective.currency = br_str_from(currency);
	br_decision_emit(decision, BR_EVENT_PRICE_EFFECTIVE, &effective);
	br_price_guard(decision, fired->key, fired->at_ms - 1, fired->at_ms, NULL);
	return 0;
}

static struct br_str alarm_name(struct br_str sku, char buffer[BR_PRICE_ALARM_BYTES])
{
	int n = snprintf(buffer, BR_PRICE_ALARM_BYTES, "price/%.*s/" ALARM_RULE, BR_STR_ARG(sku));

	br_assert(n > 0 && n < BR_PRICE_ALARM_BYTES);
	return (struct br_str){buffer, (size_t)n};
}

static bool alarm_stands(struct br_txn *txn, struct br_str sku, struct br_arena *arena)
{
	char name[BR_PRICE_ALARM_BYTES];
	struct br_alarm alarm;

	return br_alarm_get(txn, alarm_name(sku, name), arena, &alarm) == 0 && alarm.cleared == 0;
}

bool br_price_unconfirmed(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	struct br_arena *arena, uint64_t *ret_sequence)
{
	struct br_price_row hold;

	br_assert(sku.n > 0);
	if (br_price_counting(txn, sku, BR_PRICE_HELD, at_ms, arena, &hold)) {
		*ret_sequence = hold.sequence;
		return true;
	}
	*ret_sequence = 0;
	return alarm_stands(txn, sku, arena);
}

/* Appends the names of the product's labels, or of those that are not clean; how many there are. */
static unsigned labels_name(
	struct br_decision *decision, struct br_str sku, bool all, struct br_text *text)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value, part, name;
	struct br_label label;
	struct br_scan scan;
	unsigned n = 0;

	br_scan_begin(&scan, decision->txn, BR_TABLE_LABEL_SKU, br_key_str(&prefix),
		br_key_str(&prefix), false);
	while (br_scan_next(&scan, &key, &value)) {
		if (!br_key_take_str(&key, &part) || !br_key_take_str(&key, &name) ||
			br_label_get(decision->txn, name, decision->arena, &label) < 0 ||
			(!all && br_label_clean(&label)))
			continue;
		if (n < LABELS_NAMED_MAX)
			br_text_printf(text, "%s%.*s", n > 0 ? ", " : "", BR_STR_ARG(name));
		n++;
	}
	br_scan_end(&scan);
	if (n > LABELS_NAMED_MAX)
		br_text_printf(text, " and %u more", n - LABELS_NAMED_MAX);
	br_assert(br_text_error(text) != BR_E_TOO_LARGE);
	return n;
}

/* The rise counts now whatever the labels show: somebody must go and look. */
static int alarm_emit(struct br_decision *decision, struct br_str sku)
{
	char *name = br_arena_take(decision->arena, BR_PRICE_ALARM_BYTES);
	char *words = br_arena_take(decision->arena, BR_NAME_BYTES_MAX + 1);
	struct br_alarm_raise raise = {.rule = BR_STR(ALARM_RULE), .severity = BR_SEVERITY_PROBLEM};
	struct br_text text;
	unsigned n;
	int result;

	if (name == NULL || words == NULL)
		return BR_E_MEMORY;
	br_text_init(&text, 4 * BR_NAME_BYTES_MAX);
	n = labels_name(decision, sku, false, &text);
	/* All are clean and yet one has not been heard of since: any may be behind. */
	if (n == 0)
		n = labels_name(decision, sku, true, &text);
	raise.alarm = alarm_name(sku, name);
	raise.value = (int64_t)n * 1000;
	/* Names of labels are ASCII, so a cut at the end splits no character. */
	(void)snprintf(words, BR_NAME_BYTES_MAX + 1,
		"%.*s: the tills charge a higher price now, label %.*s may still show the lower",
		BR_STR_ARG(sku), BR_STR_ARG(br_text_str(&text)));
	raise.text = br_str_from(words);
	result = br_text_error(&text);
	br_text_finish(&text);
	br_assert(raise.text.n > 0);
	if (result == 0)
		br_decision_emit(decision, BR_EVENT_ALARM_RAISED, &raise);
	return result;
}

/* The hold that ends then; another may cover the same time after the clock was set back. */
static bool hold_until(struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena,
	struct br_price_row *ret_hold)
{
	const struct br_price_row *rows;
	unsigned n = br_price_rows(txn, sku, arena, &rows);

	br_assert(at_ms >= 0);
	for (unsigned i = 0; i < n; i++)
		if (rows[i].kind == BR_PRICE_HELD && rows[i].to_ms == at_ms &&
			rows[i].cancelled_ms == 0) {
			*ret_hold = rows[i];
			return true;
		}
	return false;
}

int br_price_decide_hold_over(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;
	struct br_price_row hold;

	if (!br_timer_has(decision->txn, BR_TIMER_PRICE_HOLD, fired->key, fired->at_ms) ||
		!hold_until(decision->txn, fired->key, fired->at_ms, decision->arena, &hold))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"no price of \"%.*s\" is held until then", BR_STR_ARG(fired->key));
	br_assert(hold.to_ms == fired->at_ms);
	released_emit(decision, fired->key, &hold, fired->at_ms, BR_PRICE_RELEASE_HOLD_OVER);
	if (!br_product_exists(decision->txn, fired->key) ||
		alarm_stands(decision->txn, fired->key, decision->arena))
		return 0;
	return alarm_emit(decision, fired->key);
}

int br_price_decide_release(struct br_decision *decision, const void *body)
{
	const struct br_price_released_by_labels *release = body;
	int64_t now_ms = decision->command->now_ms;
	char *name = br_arena_take(decision->arena, BR_PRICE_ALARM_BYTES);
	struct br_alarm_named cleared = {.reason = BR_STR("every label shows the price")};
	struct br_price_row hold;
	uint64_t sequence;

	if (name == NULL)
		return BR_E_MEMORY;
	if (!br_price_unconfirmed(
		    decision->txn, release->sku, now_ms, decision->arena, &sequence) ||
		sequence != release->hold)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"that hold on the price of \"%.*s\" has ended", BR_STR_ARG(release->sku));
	if (sequence > 0 && br_price_counting(decision->txn, release->sku, BR_PRICE_HELD, now_ms,
				    decision->arena, &hold))
		released_emit(decision, release->sku, &hold, now_ms, BR_PRICE_RELEASE_SHOWN);
	if (!alarm_stands(decision->txn, release->sku, decision->arena))
		return 0;
	cleared.alarm = alarm_name(release->sku, name);
	br_assert(cleared.alarm.n > 0);
	br_decision_emit(decision, BR_EVENT_ALARM_CLEARED, &cleared);
	return 0;
}

void br_price_label_leaves(struct br_decision *decision, struct br_str sku, struct br_str label)
{
	int64_t now_ms = decision->command->now_ms;
	struct br_price_row hold;

	br_assert(sku.n > 0 && label.n > 0);
	if (!br_label_any(decision->txn, sku, label) &&
		br_price_counting(
			decision->txn, sku, BR_PRICE_HELD, now_ms, decision->arena, &hold))
		released_emit(decision, sku, &hold, now_ms, BR_PRICE_RELEASE_NO_LABEL);
}
