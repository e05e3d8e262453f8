/*
 * Views: what of the ledger is compared with HQ, as items (key, version, value text).
 *
 *	stock	   SKU     | 0             | ten counters in 1/1000: backroom|shelf|staged|damaged|
 *	           |       |               | returned|in_transit_in|in_transit_out|display|reserved|
 *	           |       |               | rights; a product of which all are 0 is no item
 *	orders	   order   | the order's   | its state, then a line for each line of the order:
 *	           |       |               | index|ordered|reserved|picked|short|substituted|staged|
 *	           |       |               | handed_over|shipped|returned|restocked in 1/1000
 *	prices	   SKU     | 0             | a line for the regular price that counts, one for the
 *	           |       |               | promotion that does, and one for each of both that is
 *	           |       |               | planned: kind|amount|currency|from|to; `from` is empty
 *	           |       |               | once it counts, `to` when it has no end; amounts in
 *	           |       |               | 1/1000, times in unix ms
 *	catalogue  SKU     | 0             | its product as JSON, the members in the order of the
 *	           |       |               | schema of product.upsert without positions, empty and
 *	           |       |               | zero ones and false left out, no blanks
 *
 * Lines end in a line feed; those of prices are in byte order. Which orders: all that are not
 * ended, and the ended ones whose last event is behind `after`. Which prices: those of products
 * that are in the catalogue; this store's own emergency prices are nothing that HQ set, and are not
 * compared. Versions are 0 where the value alone decides.
 *
 * Stock and orders are the store's own, prices and catalogue HQ's: that decides who is right.
 *
 * A view is read in slices, each in a read transaction of its own. What changes meanwhile is read
 * as it was or as it is; br_view_touched() tells it apart.
 */
#pragma once

#include "cloud-sync/range_set.h"
#include "node/reconcile.h"
#include "node/text.h"

/* The store is right, and states its rows; else HQ is, and sends its commands. */
bool br_view_own(enum br_view view);

struct br_view_walk {
	enum br_view view;
	uint64_t after; /* orders */
	int64_t at_ms;	/* prices: unix ms of the instant */
	struct br_key from;
	bool ended;
};

void br_view_walk_begin(
	struct br_view_walk *walk, enum br_view view, uint64_t after, int64_t at_ms);

/*
 * Adds the items of the next `rows` rows to the set. 1: there are more, 0: that was all. Negative:
 * an item the set does not take, a row that does not decode, memory, or the store's own error. The
 * arena is reset, the text used.
 */
BR_MUST_CHECK int br_view_walk_step(struct br_view_walk *walk, struct br_txn *txn,
	struct br_range_set *set, unsigned rows, struct br_arena *arena, struct br_text *text);

/*
 * The value of one key as it is now, "" for none. 0 or an error; it is appended to the text.
 */
BR_MUST_CHECK int br_view_value(struct br_txn *txn, enum br_view view, struct br_str key,
	int64_t at_ms, struct br_arena *arena, struct br_text *text);

/* The sequence of the last event that touched the key, 0 for none. */
uint64_t br_view_touched(struct br_txn *txn, enum br_view view, struct br_str key);

/*
 * The last sequence that was recorded before `at_ms`, as far as the journal goes and its clock was
 * not set: 0 for none. Errors are kept by the transaction.
 */
uint64_t br_view_sequence_at(struct br_txn *txn, int64_t at_ms, struct br_arena *arena);
