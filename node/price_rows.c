/* All prices of a product: its history, what is planned, and the unit price. */
#include <stdlib.h>
#include <string.h>

#include "node/currency.h"
#include "node/price_inside.h"
#include "node/tables.h"

/* Planned changes looked at until one makes a difference. */
#define NEXT_CHANGES_MAX 64

bool br_price_beginning(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	int64_t from_ms, struct br_arena *arena, struct br_price_row *ret_row)
{
	struct br_key prefix = br_price_prefix(sku, kind);
	struct br_str key, value;
	struct br_scan scan;
	bool found;
	int result = 0;

	br_assert(from_ms > 0);
	br_key_add_u64(&prefix, (uint64_t)from_ms);
	br_scan_begin(
		&scan, txn, BR_TABLE_PRICE, br_key_str(&prefix), (struct br_str){NULL, 0}, true);
	found = br_scan_next(&scan, &key, &value);
	if (found)
		result = br_price_row_read(key, value, arena, ret_row);
	br_scan_end(&scan);
	if (result < 0)
		(void)br_txn_fail(txn, result);
	return found && result == 0;
}

/* Reads a kind's rows, the latest beginning first; with NULL it only counts them. */
static unsigned kind_rows(struct br_txn *txn, struct br_str sku, enum br_price_kind kind,
	struct br_arena *arena, struct br_price_row *rows)
{
	struct br_key prefix = br_price_prefix(sku, kind);
	struct br_str key, value;
	struct br_scan scan;
	unsigned n = 0;
	int result = 0;

	br_scan_begin(
		&scan, txn, BR_TABLE_PRICE, br_key_str(&prefix), (struct br_str){NULL, 0}, true);
	while (result == 0 && n < BR_PRICES_PER_PRODUCT_SCAN_MAX &&
		br_scan_next(&scan, &key, &value)) {
		if (rows != NULL)
			result = br_price_row_read(key, value, arena, &rows[n]);
		n += result == 0;
	}
	br_scan_end(&scan);
	if (result < 0)
		(void)br_txn_fail(txn, result);
	br_assert(n <= BR_PRICES_PER_PRODUCT_SCAN_MAX);
	return n;
}

/* The latest beginning first, and for the same one the latest recorded. */
static int rows_compare(const void *a, const void *b)
{
	const struct br_price_row *left = a, *right = b;

	if (left->from_ms != right->from_ms)
		return left->from_ms < right->from_ms ? 1 : -1;
	if (left->sequence != right->sequence)
		return left->sequence < right->sequence ? 1 : -1;
	/* Only a damaged store has two of one event. */
	return (int)right->kind - (int)left->kind;
}

unsigned br_price_rows(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	const struct br_price_row **ret_rows)
{
	struct br_price_row *rows;
	unsigned n = 0, read = 0;

	br_assert(sku.n > 0);
	for (enum br_price_kind kind = 0; kind < BR_PRICE_KIND_N; kind++)
		n += kind_rows(txn, sku, kind, arena, NULL);
	*ret_rows = NULL;
	if (n == 0)
		return 0;
	rows = br_arena_take(arena, n * sizeof(*rows));
	if (rows == NULL) {
		(void)br_txn_fail(txn, BR_E_MEMORY);
		return 0;
	}
	for (enum br_price_kind kind = 0; kind < BR_PRICE_KIND_N; kind++)
		read += kind_rows(txn, sku, kind, arena, rows + read);
	/* In one transaction both walks see the same, unless a row is damaged. */
	br_assert(read <= n);
	qsort(rows, read, sizeof(*rows), rows_compare);
	*ret_rows = rows;
	return read;
}

/* The first instant behind `at_ms` at which some price begins or ends; INT64_MAX when none does. */
static int64_t change_after(const struct br_price_row *rows, unsigned n, int64_t at_ms)
{
	int64_t next_ms = INT64_MAX;

	br_assert(rows != NULL || n == 0);
	for (unsigned i = 0; i < n; i++) {
		/* A hold is no plan: when it ends is up to the labels. */
		if (rows[i].kind == BR_PRICE_HELD)
			continue;
		if (rows[i].from_ms > at_ms && rows[i].from_ms < next_ms)
			next_ms = rows[i].from_ms;
		if (rows[i].to_ms > at_ms && rows[i].to_ms < next_ms)
			next_ms = rows[i].to_ms;
	}
	return next_ms;
}

bool br_price_next(struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena,
	int64_t *ret_at_ms, struct br_price_quote *ret_quote)
{
	const struct br_price_row *rows;
	unsigned n = br_price_rows(txn, sku, arena, &rows);
	struct br_price_quote now = br_price_plain(txn, sku, at_ms, NULL, arena);
	int64_t next_ms = at_ms;

	for (unsigned i = 0; i < NEXT_CHANGES_MAX; i++) {
		struct br_price_quote next;

		next_ms = change_after(rows, n, next_ms);
		if (next_ms == INT64_MAX)
			return false;
		br_assert(next_ms > at_ms);
		next = br_price_plain(txn, sku, next_ms, NULL, arena);
		if (next.known == now.known && next.amount == now.amount && next.kind == now.kind &&
			strcmp(next.currency, now.currency) == 0)
			continue;
		*ret_at_ms = next_ms;
		*ret_quote = br_price_at(txn, sku, next_ms, arena);
		return true;
	}
	return false;
}

int64_t br_price_marked_down(const struct br_price_quote *quote, uint64_t percent)
{
	br_assert(quote->known && percent <= 100);
	return br_currency_line(
		br_str_from(quote->currency), (int64_t)(100 - percent) * 10, quote->amount);
}

int64_t br_price_per_unit(int64_t amount, int64_t content)
{
	br_assert(amount >= 0 && amount <= BR_AMOUNT_MAX);
	if (content <= 0)
		return 0;
	return (int64_t)(((__int128)amount * 1000 + content / 2) / content);
}

bool br_price_unit(const struct br_product *product, int64_t amount, int64_t *ret_unit_price,
	enum br_unit *ret_unit)
{
	static const enum br_unit loose[] = {
		[BR_SOLD_BY_WEIGHT] = BR_UNIT_KG,
		[BR_SOLD_BY_LENGTH] = BR_UNIT_M,
		[BR_SOLD_BY_VOLUME] = BR_UNIT_L,
	};

	br_assert(product->sold_by < BR_ARRAY_LEN(loose));
	if (product->sold_by != BR_SOLD_BY_PIECE) {
		*ret_unit_price = amount;
		*ret_unit = loose[product->sold_by];
		return true;
	}
	if (product->content <= 0 ||
		(product->content == 1000 && product->content_unit == BR_UNIT_PIECE))
		return false;
	*ret_unit_price = br_price_per_unit(amount, product->content);
	*ret_unit = product->content_unit;
	return true;
}
