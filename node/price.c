#include "node/price.h"

#include <string.h>

#include "node/product.h"
#include "node/rules.h"
#include "node/tables.h"
#include "node/timer.h"

#define DAYS_30_MS (INT64_C(30) * 86400000)
#define LOWEST_NONE INT64_MAX

const char *const br_price_kind_words[] = {"regular", "promotion", NULL};

static const struct br_field price_fields[] = {
	BR_MUST_TEXT(br_price, sku, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_price, kind, br_price_kind_words),
	BR_MUST_MILLI(br_price, amount, 0, BR_AMOUNT_MAX),
	BR_MUST_TEXT_RULED(br_price, currency, 3, 3, &br_rule_currency),
	{.name = "from", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_price, from_ms)},
	{.name = "to", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_price, to_ms)},
};
BR_DEFINE_SHAPE(br_price_shape, br_price, 1, price_fields);

static const struct br_field effective_fields[] = {
	BR_MUST_TEXT(br_price_effective, sku, 1, BR_ID_BYTES_MAX),
	{.name = "at",
		.kind = BR_FIELD_TIME,
		.offset = offsetof(struct br_price_effective, at_ms),
		.required = true},
	BR_WORD(br_price_effective, kind, br_price_kind_words),
	BR_MUST_MILLI(br_price_effective, amount, 0, BR_AMOUNT_MAX),
	BR_TEXT_RULED(br_price_effective, currency, 0, 3, &br_rule_currency),
};
BR_DEFINE_SHAPE(br_price_effective_shape, br_price_effective, 1, effective_fields);

int br_price_decide_activate(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;
	struct br_price_quote quote =
		br_price_at(decision->txn, fired->key, fired->at_ms, decision->arena);
	struct br_price_effective effective = {
		.sku = fired->key,
		.at_ms = fired->at_ms,
		.kind = quote.promotion ? BR_PRICE_PROMOTION : BR_PRICE_REGULAR,
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
	return 0;
}

static struct br_key price_prefix(struct br_str sku, enum br_price_kind kind)
{
	struct br_key key = br_key_of_str(sku);

	br_assert(kind <= BR_PRICE_PROMOTION);
	br_key_add_u8(&key, (uint8_t)kind);
	return key;
}

void br_price_apply_set(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_price *price = event->body;
	struct br_key key = price_prefix(price->sku, price->kind);

	br_assert(price->amount >= 0 && event->sequence > 0);
	br_assert(price->from_ms > 0);
	br_key_add_u64(&key, (uint64_t)price->from_ms);
	br_key_add_u64(&key, event->sequence);
	br_row_put(txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_shape, price);
	if (price->from_ms > event->recorded_ms)
		br_timer_put(txn, BR_TIMER_PRICE, price->sku, price->from_ms);
	if (price->to_ms > event->recorded_ms)
		br_timer_put(txn, BR_TIMER_PRICE, price->sku, price->to_ms);
}

void br_price_apply_effective(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_price_effective *effective = event->body;

	br_assert(effective->at_ms > 0);
	br_timer_delete(txn, BR_TIMER_PRICE, effective->sku, effective->at_ms);
}

/* The price of one kind that counts at an instant; false when none does. */
static bool price_counting(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	int64_t at_ms, struct br_arena *arena, struct br_price *ret_price)
{
	struct br_key prefix = price_prefix(sku, kind), from = prefix;
	unsigned looked = 0;
	struct br_str key, value;
	struct br_scan scan;
	bool found = false;

	br_key_add_u64(&from, (uint64_t)(at_ms < 0 ? 0 : at_ms) + 1);
	br_scan_begin(&scan, txn, BR_TABLE_PRICE, br_key_str(&prefix), br_key_str(&from), true);
	while (!found && looked++ < BR_PRICES_PER_PRODUCT_SCAN_MAX &&
		br_scan_next(&scan, &key, &value)) {
		struct br_price price;
		int result = br_record_decode(&br_price_shape, value, arena, &price);

		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		found = price.to_ms == 0 || at_ms < price.to_ms;
		if (found)
			*ret_price = price;
	}
	br_scan_end(&scan);
	/* Keys are in the order of the beginnings, so the walk met none that begins later. */
	br_assert(!found || ret_price->from_ms <= at_ms);
	return found;
}

/*
 * True for "this price from now on" when it is the regular price already and has no end: nothing
 * would change.
 */
static bool price_unchanged(struct br_decision *decision, const struct br_price *price)
{
	struct br_price counts;

	br_assert(price->sku.n > 0);
	return price->kind == BR_PRICE_REGULAR && price->from_ms == 0 && price->to_ms == 0 &&
	       price_counting(decision->txn, price->sku, BR_PRICE_REGULAR,
		       decision->command->now_ms, decision->arena, &counts) &&
	       counts.to_ms == 0 && counts.amount == price->amount &&
	       br_str_equal(counts.currency, price->currency);
}

int br_price_decide_set(struct br_decision *decision, const void *body)
{
	struct br_price price = *(const struct br_price *)body;

	if (!br_product_exists(decision->txn, price.sku))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(price.sku));
	if (price_unchanged(decision, &price))
		return 0;
	if (price.from_ms == 0)
		price.from_ms = decision->command->now_ms;
	if (price.to_ms != 0 && price.to_ms <= price.from_ms)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"to: the price ends before it begins, allowed is a time after from");
	br_assert(price.from_ms > 0);
	br_decision_emit(decision, BR_EVENT_PRICE_SET, &price);
	return 0;
}

/* The price that counts, without the 30 days. */
static struct br_price_quote quote_plain(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	struct br_price_quote quote = {.known = false};
	struct br_price regular, promotion;
	const struct br_price *counts = NULL;

	if (price_counting(txn, sku, BR_PRICE_REGULAR, at_ms, arena, &regular)) {
		quote.regular = regular.amount;
		counts = &regular;
	}
	if (price_counting(txn, sku, BR_PRICE_PROMOTION, at_ms, arena, &promotion)) {
		quote.promotion = true;
		counts = &promotion;
	}
	if (counts == NULL)
		return quote;
	br_assert(counts->amount >= 0);
	quote.known = true;
	quote.amount = counts->amount;
	quote.from_ms = counts->from_ms;
	quote.to_ms = counts->to_ms;
	if (!br_str_copy(counts->currency, quote.currency, sizeof(quote.currency)))
		(void)br_txn_fail(txn, BR_E_CORRUPT);
	return quote;
}

/* Lowers *lowest to what counted at `at_ms`. */
static void lowest_take(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	struct br_arena *arena, int64_t *lowest)
{
	struct br_price_quote quote = quote_plain(txn, sku, at_ms, arena);

	br_assert(*lowest >= 0);
	if (quote.known && quote.amount < *lowest)
		*lowest = quote.amount;
}

/* Looks at the instants in `since_ms`..`reduced_ms` at which a price of `kind` begins or ends. */
static void lowest_take_kind(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	int64_t since_ms, int64_t reduced_ms, struct br_arena *arena, int64_t *lowest)
{
	struct br_key prefix = price_prefix(sku, kind), from = prefix;
	unsigned looked = 0;
	struct br_str key, value;
	struct br_scan scan;

	br_assert(since_ms >= 0 && since_ms <= reduced_ms);
	/* Newest first: with more prices than are looked at, the oldest ones are left out. */
	br_key_add_u64(&from, (uint64_t)reduced_ms);
	br_scan_begin(&scan, txn, BR_TABLE_PRICE, br_key_str(&prefix), br_key_str(&from), true);
	while (looked++ < BR_PRICES_PER_PRODUCT_SCAN_MAX && br_scan_next(&scan, &key, &value)) {
		struct br_price price;

		if (br_record_decode(&br_price_shape, value, arena, &price) < 0)
			continue;
		if (price.from_ms > since_ms && price.from_ms < reduced_ms)
			lowest_take(txn, sku, price.from_ms, arena, lowest);
		if (price.to_ms > since_ms && price.to_ms < reduced_ms)
			lowest_take(txn, sku, price.to_ms, arena, lowest);
	}
	br_scan_end(&scan);
}

/*
 * The lowest price that counted in the 30 days before `reduced_ms`. What counts can change only
 * where some price begins or ends, so those instants and the window's first are all that must be
 * looked at.
 */
static int64_t lowest_before(
	struct br_txn *txn, struct br_str sku, int64_t reduced_ms, struct br_arena *arena)
{
	int64_t since_ms = reduced_ms > DAYS_30_MS ? reduced_ms - DAYS_30_MS : 0;
	int64_t lowest = LOWEST_NONE;

	lowest_take(txn, sku, since_ms, arena, &lowest);
	lowest_take_kind(txn, sku, BR_PRICE_REGULAR, since_ms, reduced_ms, arena, &lowest);
	lowest_take_kind(txn, sku, BR_PRICE_PROMOTION, since_ms, reduced_ms, arena, &lowest);
	br_assert(lowest >= 0);
	return lowest == LOWEST_NONE ? 0 : lowest;
}

struct br_price_quote br_price_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	struct br_price_quote quote = quote_plain(txn, sku, at_ms, arena);

	br_assert(quote.known || !quote.promotion);
	if (quote.promotion)
		quote.lowest_30d = lowest_before(txn, sku, quote.from_ms, arena);
	return quote;
}

int64_t br_price_per_unit(int64_t amount, int64_t content)
{
	br_assert(amount >= 0 && amount <= BR_AMOUNT_MAX);
	if (content <= 0)
		return 0;
	return (int64_t)(((__int128)amount * 1000 + content / 2) / content);
}
