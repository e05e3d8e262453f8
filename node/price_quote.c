/* Which price counts at an instant, and what the tills charge then. */
#include <string.h>

#include "node/label.h"
#include "node/policy.h"
#include "node/price_inside.h"
#include "node/tables.h"
#include "node/timer.h"

int br_price_row_read(struct br_str key, struct br_str value, struct br_arena *arena,
	struct br_price_row *ret_row)
{
	const size_t tail_n = 1 + 2 * sizeof(uint64_t); /* kind, from, sequence */
	struct br_price_row row;
	uint64_t from_ms;
	struct br_str tail;
	int result = br_record_decode(&br_price_row_shape, value, arena, &row);

	if (result < 0)
		return result;
	if (key.n < tail_n || row.currency.n != BR_CURRENCY_BYTES - 1)
		return BR_E_CORRUPT;
	tail = (struct br_str){key.s + key.n - tail_n + 1, tail_n - 1};
	if ((unsigned char)tail.s[-1] != row.kind || !br_key_take_u64(&tail, &from_ms) ||
		!br_key_take_u64(&tail, &row.sequence) || from_ms != (uint64_t)row.from_ms ||
		row.sequence == 0)
		return BR_E_CORRUPT;
	br_assert(row.kind < BR_PRICE_KIND_N);
	*ret_row = row;
	return 0;
}

/* True when the row is one of those that are asked about. */
static bool row_meant(const struct br_price_row *row, const struct br_price_what_if *what_if)
{
	br_assert(row->sequence > 0);
	return what_if == NULL ||
	       (row->sequence != what_if->left_out &&
		       (what_if->known_by_ms == 0 || row->set_ms <= what_if->known_by_ms));
}

/* The price of one kind that counts, among the stored ones that are meant. */
static bool stored_counting(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	int64_t at_ms, const struct br_price_what_if *what_if, struct br_arena *arena,
	struct br_price_row *ret_row)
{
	struct br_key prefix = br_price_prefix(sku, kind), from = prefix;
	unsigned looked = 0;
	struct br_str key, value;
	struct br_scan scan;
	bool found = false;

	br_key_add_u64(&from, (uint64_t)(at_ms < 0 ? 0 : at_ms) + 1);
	br_scan_begin(&scan, txn, BR_TABLE_PRICE, br_key_str(&prefix), br_key_str(&from), true);
	while (!found && looked++ < BR_PRICES_PER_PRODUCT_SCAN_MAX &&
		br_scan_next(&scan, &key, &value)) {
		struct br_price_row row;
		int result = br_price_row_read(key, value, arena, &row);

		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		found = br_price_covers(&row, at_ms) && row_meant(&row, what_if);
		if (found)
			*ret_row = row;
	}
	br_scan_end(&scan);
	/* Keys are in the order of the beginnings, so the walk met none that begins later. */
	br_assert(!found || ret_row->from_ms <= at_ms);
	return found;
}

bool br_price_counting(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	int64_t at_ms, struct br_arena *arena, struct br_price_row *ret_row)
{
	return stored_counting(txn, sku, kind, at_ms, NULL, arena, ret_row);
}

/* The price of a kind that counts, were the ledger as `what_if` says. */
static bool counting_what_if(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	int64_t at_ms, const struct br_price_what_if *what_if, struct br_arena *arena,
	struct br_price_row *ret_row)
{
	const struct br_price *added = what_if != NULL ? what_if->added : NULL;
	struct br_price_row row;
	bool found = stored_counting(txn, sku, kind, at_ms, what_if, arena, ret_row);

	if (added == NULL || added->kind != kind)
		return found;
	row = (struct br_price_row){
		.kind = added->kind,
		.amount = added->amount,
		.currency = added->currency,
		.from_ms = added->from_ms,
		.to_ms = added->to_ms,
	};
	br_assert(row.currency.n == BR_CURRENCY_BYTES - 1);
	/* Recorded later than all others, it wins for the same beginning. */
	if (!br_price_covers(&row, at_ms) || (found && ret_row->from_ms > row.from_ms))
		return found;
	*ret_row = row;
	return true;
}

static void quote_take(
	struct br_txn *txn, const struct br_price_row *row, struct br_price_quote *quote)
{
	br_assert(row->amount >= 0);
	quote->known = true;
	quote->kind = row->kind;
	quote->amount = row->amount;
	quote->from_ms = row->from_ms;
	quote->to_ms = row->to_ms;
	quote->set_ms = row->set_ms;
	quote->promotion = row->kind == BR_PRICE_PROMOTION;
	quote->override = row->kind == BR_PRICE_OVERRIDE;
	if (!br_str_copy(row->currency, quote->currency, sizeof(quote->currency)))
		(void)br_txn_fail(txn, BR_E_CORRUPT);
}

struct br_price_quote br_price_plain(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	const struct br_price_what_if *what_if, struct br_arena *arena)
{
	struct br_price_quote quote = {.known = false};
	struct br_price_row row;

	/* Later kinds win over earlier ones. */
	for (enum br_price_kind kind = BR_PRICE_REGULAR; kind < BR_PRICE_HELD; kind++) {
		if (!counting_what_if(txn, sku, kind, at_ms, what_if, arena, &row))
			continue;
		quote_take(txn, &row, &quote);
		if (kind == BR_PRICE_REGULAR)
			quote.regular = row.amount;
	}
	br_assert(quote.known || !quote.promotion);
	return quote;
}

struct br_price_quote br_price_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	struct br_price_quote quote = br_price_plain(txn, sku, at_ms, NULL, arena);

	br_assert(quote.lowest_30d == 0);
	if (quote.promotion)
		br_price_prior_set(txn, sku, &quote, arena);
	return quote;
}

/* Lowers *earliest_ms to an instant up to `at_ms` whose timer still stands. */
static void pending_take(
	struct br_txn *txn, struct br_str sku, int64_t time_ms, int64_t at_ms, int64_t *earliest_ms)
{
	br_assert(*earliest_ms > 0);
	if (time_ms > 0 && time_ms <= at_ms && time_ms < *earliest_ms &&
		br_timer_has(txn, BR_TIMER_PRICE, sku, time_ms))
		*earliest_ms = time_ms;
}

/*
 * The earliest instant up to `at_ms` at which a price of the product began or ended and whose timer
 * has not fired yet: for a moment after midnight, or after the node was down. INT64_MAX when all
 * have.
 */
static int64_t pending_find(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	int64_t earliest_ms = INT64_MAX;
	const struct br_price_row *rows;
	struct br_timer first;
	unsigned n;

	/* Mostly nothing is due at all. */
	if (!br_timer_next(txn, NULL, &first) || first.at_ms > at_ms)
		return earliest_ms;
	n = br_price_rows(txn, sku, arena, &rows);
	br_assert(n <= BR_PRICE_KIND_N * BR_PRICES_PER_PRODUCT_SCAN_MAX);
	for (unsigned i = 0; i < n; i++) {
		pending_take(txn, sku, rows[i].from_ms, at_ms, &earliest_ms);
		pending_take(txn, sku, rows[i].to_ms, at_ms, &earliest_ms);
	}
	return earliest_ms;
}

/* Makes the quote that of the old price, which the tills go on to charge. */
static void quote_hold(struct br_price_quote *quote, int64_t amount, const char *currency,
	int64_t until_ms, int64_t from_ms)
{
	br_assert(amount >= 0);
	quote->held = true;
	quote->target = quote->amount;
	quote->held_until_ms = until_ms;
	quote->amount = amount;
	quote->kind = BR_PRICE_HELD;
	quote->from_ms = from_ms;
	quote->to_ms = until_ms;
	quote->promotion = quote->override = false;
	memcpy(quote->currency, currency, sizeof(quote->currency));
}

/* A hold as it was decided, also in the past. */
static bool held_take(struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena,
	struct br_price_quote *quote)
{
	char currency[BR_CURRENCY_BYTES];
	struct br_price_row row;

	if (!br_price_counting(txn, sku, BR_PRICE_HELD, at_ms, arena, &row))
		return false;
	br_assert(row.to_ms > at_ms);
	if (!br_str_copy(row.currency, currency, sizeof(currency))) {
		(void)br_txn_fail(txn, BR_E_CORRUPT);
		return false;
	}
	/* What has fallen since is charged at once, also before its timer has released the hold. */
	if (strcmp(currency, quote->currency) == 0 && row.amount >= quote->amount)
		return false;
	quote_hold(quote, row.amount, currency, row.to_ms, row.from_ms);
	return true;
}

/*
 * A price list that comes late may say what should have counted since this morning. What was sold
 * before it came was sold at the price that was known then, unless the new one is lower.
 */
static void known_then_take(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	struct br_arena *arena, struct br_price_quote *quote)
{
	struct br_price_what_if then = {.known_by_ms = at_ms};
	struct br_price_quote known;

	br_assert(quote->known && quote->set_ms > at_ms);
	if (at_ms <= 0)
		return;
	known = br_price_plain(txn, sku, at_ms, &then, arena);
	if (known.known && strcmp(known.currency, quote->currency) == 0 &&
		known.amount < quote->amount)
		quote_hold(quote, known.amount, known.currency, 0, known.from_ms);
}

struct br_price_quote br_price_till_plain(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	struct br_price_quote quote = br_price_plain(txn, sku, at_ms, NULL, arena), before;
	int64_t pending_ms;

	if (!quote.known || held_take(txn, sku, at_ms, arena, &quote))
		return quote;
	if (quote.set_ms > at_ms)
		known_then_take(txn, sku, at_ms, arena, &quote);
	if (quote.held || quote.override || !br_label_any(txn, sku, (struct br_str){NULL, 0}))
		return quote;
	/* A rise whose timer is about to fire is charged no sooner than it is decided. */
	pending_ms = pending_find(txn, sku, at_ms, arena);
	if (pending_ms == INT64_MAX || br_policy_get(txn).price_hold_minutes == 0)
		return quote;
	br_assert(pending_ms > 0 && pending_ms <= at_ms);
	before = br_price_plain(txn, sku, pending_ms - 1, NULL, arena);
	(void)held_take(txn, sku, pending_ms - 1, arena, &before);
	if (before.known &&
		(strcmp(before.currency, quote.currency) != 0 || before.amount < quote.amount))
		quote_hold(&quote, before.amount, before.currency, 0, before.from_ms);
	return quote;
}

struct br_price_quote br_price_till_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena)
{
	struct br_price_quote quote = br_price_till_plain(txn, sku, at_ms, arena);

	br_assert(!quote.held || !quote.promotion);
	if (quote.promotion)
		br_price_prior_set(txn, sku, &quote, arena);
	return quote;
}
