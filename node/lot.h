/*
 * Lots: how many of a product that runs out of date are of which date, as far as anybody said.
 *
 * A view beside the stock's counters, for the products of which the catalogue says `track_expiry`.
 * A receipt that names its date adds to a lot. What leaves (a sale, a pick, waste) is taken from
 * the lot it names, else from those that expire first, because that is how goods are sold: first
 * expired, first out. What a count misses is taken from none. Nobody scans a lot at the till, so
 * the lots are a belief and not a ledger: they never become negative and together they are never
 * more than
 *
 *	back room + shelf + display
 *
 * What was received without a date is in no lot. What an order gives back to the shelf goes to the
 * lot that was scanned when it was picked; of goods that nobody scanned, to the lot that expires
 * first, where it does the least harm when that is wrong.
 *
 * The date and the lot's number are GS1's application identifiers 17 and 10.
 */
#pragma once

#include "node/scan.h"
#include "node/stock.h"

struct br_lot {
	struct br_str sku, lot; /* the number may be empty */
	int64_t expiry_ms;	/* unix ms: the last day on which it may be sold, at 00:00 UTC */
	int64_t quantity;	/* more than 0 */
	int64_t since_ms;	/* unix ms: first received */
	bool marked_down;
};

/* A row of BR_TABLE_LOT; its key is SKU, date and number. */
struct br_lot_row {
	int64_t quantity;
	int64_t since;
	bool marked_down;
};
extern const struct br_shape br_lot_row_shape;

/*
 * Follows a movement of a product that has lots; `after` are its counters with the movement in
 * them. Only br_stock_add() calls it.
 */
void br_lot_move(struct br_txn *txn, const struct br_event *event,
	const struct br_movement *movement, const struct br_stock *after);

/* Drops all lots of a product; the catalogue says that it has none any more. */
void br_lot_forget(struct br_txn *txn, struct br_str sku);

/* Notes that the product's lots up to that date have been marked down; for the task's apply. */
void br_lot_mark(struct br_txn *txn, struct br_str sku, int64_t until_ms);

/*
 * The lot that a code says, so that nobody need type it off; false when it says none, since a lot
 * has a date and may have a number of at most BR_LOT_BYTES_MAX.
 */
bool br_lot_of_scan(
	const struct br_scan_result *scan, struct br_str *ret_lot, int64_t *ret_expiry_ms);

/* The last instant of the day until which goods of that date may be sold. */
int64_t br_lot_end(int64_t expiry_ms);

/* True when the day until which such goods may be sold is over. */
bool br_lot_expired(int64_t expiry_ms, int64_t now_ms);

/*
 * The lot to take first: of those that have not expired at `now_ms` the one that expires first.
 * False when there is none. Texts point into the store.
 */
BR_MUST_CHECK bool br_lot_first(
	struct br_txn *txn, struct br_str sku, int64_t now_ms, struct br_lot *ret_lot);

/* Called for each lot; false ends the walk. Texts live until it returns. */
struct br_lot_visit {
	bool (*visit)(void *context, const struct br_lot *lot);
	void *context;
};

/* A product's lots, first to expire first. Errors are kept by the transaction. */
void br_lot_walk(struct br_txn *txn, struct br_str sku, const struct br_lot_visit *visit);

/* All lots that expire before `until_ms`, first to expire first. */
void br_lot_walk_until(struct br_txn *txn, int64_t until_ms, const struct br_lot_visit *visit);
