/* What the files of the prices share. For node/price*.c only. */
#pragma once

#include "node/price.h"

#define BR_PRICE_SOURCE_BYTES_MAX 32
#define BR_PRICE_ALARM_BYTES (BR_ID_BYTES_MAX + 32)

/* Asks as if the ledger had one price more, or fewer. */
struct br_price_what_if {
	const struct br_price *added;
	uint64_t left_out;   /* sequence of the event that set it; 0 = none */
	int64_t known_by_ms; /* only prices recorded by then; 0 = all */
};

/* The key of all rows of a kind, and that of one row. */
struct br_key br_price_prefix(struct br_str sku, enum br_price_kind kind);
struct br_key br_price_row_key(
	struct br_str sku, enum br_price_kind kind, int64_t from_ms, uint64_t sequence);

/* Reads a row and its sequence, which is the key's last part. */
BR_MUST_CHECK int br_price_row_read(struct br_str key, struct br_str value, struct br_arena *arena,
	struct br_price_row *ret_row);

/* The price of one kind that counts at an instant; false when none does. */
BR_MUST_CHECK bool br_price_counting(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	int64_t at_ms, struct br_arena *arena, struct br_price_row *ret_row);

/* The latest price of a kind that begins exactly then. */
BR_MUST_CHECK bool br_price_beginning(struct br_txn *txn, struct br_str sku,
	enum br_price_kind kind, int64_t from_ms, struct br_arena *arena,
	struct br_price_row *ret_row);

/* br_price_at() without the prior price; `what_if` may be NULL. */
struct br_price_quote br_price_plain(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	const struct br_price_what_if *what_if, struct br_arena *arena);

/* br_price_till_at() without the prior price. */
struct br_price_quote br_price_till_plain(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena);

/* Sets the prior price of a promotion's quote: Art. 6a. */
void br_price_prior_set(struct br_txn *txn, struct br_str sku, struct br_price_quote *quote,
	struct br_arena *arena);

/* True when a row counts at an instant. */
static inline bool br_price_covers(const struct br_price_row *row, int64_t at_ms)
{
	return row->from_ms <= at_ms && (row->to_ms == 0 || at_ms < row->to_ms);
}

/*
 * For decide(), after the event that changes the price at `at_ms` was emitted: holds what rises for
 * the tills, and releases what needs no holding any more. `before_ms` is the instant whose till
 * price was the old one, `what_if` what the emitted event does.
 */
void br_price_guard(struct br_decision *decision, struct br_str sku, int64_t before_ms,
	int64_t at_ms, const struct br_price_what_if *what_if);
