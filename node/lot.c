#include "node/lot.h"

#include "node/limits.h"
#include "node/tables.h"

static const struct br_field row_fields[] = {
	BR_MUST_MILLI(br_lot_row, quantity, 1, INT64_MAX),
	BR_TIME(br_lot_row, since),
	BR_BOOL(br_lot_row, marked_down),
};
BR_DEFINE_SHAPE(br_lot_row_shape, br_lot_row, 1, row_fields);

/* A date before 1970 would sort behind all others; there are none in a store. */
static uint64_t date_key(int64_t expiry_ms)
{
	return expiry_ms > 0 ? (uint64_t)expiry_ms : 0;
}

static struct br_key lot_key(struct br_str sku, int64_t expiry_ms, struct br_str lot)
{
	struct br_key key = br_key_of_str(sku);

	br_assert(sku.n > 0 && lot.n <= BR_LOT_BYTES_MAX);
	br_key_add_u64(&key, date_key(expiry_ms));
	br_key_add_str(&key, lot);
	return key;
}

/* The mark that finds lots by their date. */
static struct br_key expiry_key(struct br_str sku, int64_t expiry_ms, struct br_str lot)
{
	struct br_key key = br_key_of_u64(date_key(expiry_ms));

	br_assert(sku.n > 0 && lot.n <= BR_LOT_BYTES_MAX);
	br_key_add_str(&key, sku);
	br_key_add_str(&key, lot);
	return key;
}

/* Writes what is left of a lot; nothing left is no lot. */
static void lot_put(struct br_txn *txn, const struct br_lot *lot)
{
	struct br_key key = lot_key(lot->sku, lot->expiry_ms, lot->lot);
	struct br_key mark = expiry_key(lot->sku, lot->expiry_ms, lot->lot);
	struct br_lot_row row = {lot->quantity, lot->since_ms, lot->marked_down};

	br_assert(lot->quantity >= 0);
	if (lot->quantity == 0) {
		br_txn_delete(txn, BR_TABLE_LOT, br_key_str(&key));
		br_txn_delete(txn, BR_TABLE_LOT_EXPIRY, br_key_str(&mark));
		return;
	}
	br_row_put(txn, BR_TABLE_LOT, br_key_str(&key), &br_lot_row_shape, &row);
	br_mark_put(txn, BR_TABLE_LOT_EXPIRY, &mark);
}

/* Reads a row and its key; false keeps the error in the transaction. */
static bool lot_read(
	struct br_txn *txn, struct br_str key, struct br_str value, struct br_lot *ret_lot)
{
	struct br_lot_row row;
	struct br_lot lot;
	uint64_t expiry;
	int result = br_record_decode(&br_lot_row_shape, value, NULL, &row);

	if (result == 0 && (!br_key_take_str(&key, &lot.sku) || !br_key_take_u64(&key, &expiry) ||
				   !br_key_take_str(&key, &lot.lot) || row.quantity <= 0))
		result = BR_E_CORRUPT;
	if (result < 0) {
		(void)br_txn_fail(txn, result);
		return false;
	}
	lot.expiry_ms = (int64_t)expiry;
	lot.quantity = row.quantity;
	lot.since_ms = row.since;
	lot.marked_down = row.marked_down;
	br_assert(lot.quantity > 0);
	*ret_lot = lot;
	return true;
}

void br_lot_walk(struct br_txn *txn, struct br_str sku, const struct br_lot_visit *visit)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value;
	struct br_scan scan;
	struct br_lot lot;
	bool more = true;

	br_assert(sku.n > 0 && visit->visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_LOT, br_key_str(&prefix), br_key_str(&prefix), false);
	while (more && br_scan_next(&scan, &key, &value))
		more = lot_read(txn, key, value, &lot) && visit->visit(visit->context, &lot);
	br_scan_end(&scan);
}

void br_lot_walk_until(struct br_txn *txn, int64_t until_ms, const struct br_lot_visit *visit)
{
	struct br_str none = {NULL, 0}, key, value, sku, number;
	struct br_scan scan;
	uint64_t expiry;
	bool more = true;

	br_assert(visit->visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_LOT_EXPIRY, none, none, false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_key at;
		struct br_lot lot;

		if (!br_key_take_u64(&key, &expiry) || !br_key_take_str(&key, &sku) ||
			!br_key_take_str(&key, &number)) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			break;
		}
		if (expiry >= date_key(until_ms))
			break;
		at = lot_key(sku, (int64_t)expiry, number);
		if (br_txn_get(txn, BR_TABLE_LOT, br_key_str(&at), &value) == 0)
			more = lot_read(txn, br_key_str(&at), value, &lot) &&
			       visit->visit(visit->context, &lot);
	}
	br_scan_end(&scan);
}

/* What is printed on goods is a day; it ends with that day and not when it begins. */
int64_t br_lot_end(int64_t expiry_ms)
{
	const int64_t day_ms = INT64_C(24) * 3600 * 1000;

	br_assert(expiry_ms >= 0);
	return expiry_ms - expiry_ms % day_ms + day_ms - 1;
}

bool br_lot_expired(int64_t expiry_ms, int64_t now_ms)
{
	br_assert(now_ms >= 0);
	return br_lot_end(expiry_ms) < now_ms;
}

bool br_lot_of_scan(
	const struct br_scan_result *scan, struct br_str *ret_lot, int64_t *ret_expiry_ms)
{
	br_assert(scan->expiry_ms >= 0);
	if (scan->expiry_ms == 0 || scan->lot.n > BR_LOT_BYTES_MAX)
		return false;
	*ret_lot = scan->lot;
	*ret_expiry_ms = scan->expiry_ms;
	return true;
}

/* A visitor that stops at the first lot which has not expired. */
struct search {
	int64_t now_ms;
	bool any; /* an expired one, too */
	bool found;
	struct br_lot lot;
};

static bool search_visit(void *context, const struct br_lot *lot)
{
	struct search *search = context;

	br_assert(!search->found);
	search->found = search->any || !br_lot_expired(lot->expiry_ms, search->now_ms);
	search->lot = *lot;
	return !search->found;
}

bool br_lot_first(struct br_txn *txn, struct br_str sku, int64_t now_ms, struct br_lot *ret_lot)
{
	struct search search = {.now_ms = now_ms};
	struct br_lot_visit visit = {search_visit, &search};

	br_lot_walk(txn, sku, &visit);
	br_assert(!search.found || search.lot.quantity > 0);
	if (search.found)
		*ret_lot = search.lot;
	return search.found;
}

static bool total_visit(void *context, const struct br_lot *lot)
{
	int64_t *total = context;

	br_assert(lot->quantity > 0);
	*total += lot->quantity;
	return true;
}

static int64_t lots_total(struct br_txn *txn, struct br_str sku)
{
	int64_t total = 0;
	struct br_lot_visit visit = {total_visit, &total};

	br_lot_walk(txn, sku, &visit);
	br_assert(total >= 0);
	return total;
}

/*
 * A lot as it may be written back: its texts do not point into the store, whose pages the write
 * changes.
 */
struct lot_copy {
	struct br_lot lot;
	char number[BR_LOT_BYTES_MAX + 1];
};

/* The first lot to expire; false when there is none. */
static bool lot_next(struct br_txn *txn, struct br_str sku, struct lot_copy *ret_copy)
{
	struct search search = {.any = true};
	struct br_lot_visit visit = {search_visit, &search};

	br_lot_walk(txn, sku, &visit);
	if (!search.found ||
		!br_str_copy(search.lot.lot, ret_copy->number, sizeof(ret_copy->number)))
		return false;
	ret_copy->lot = search.lot;
	ret_copy->lot.sku = sku;
	ret_copy->lot.lot = (struct br_str){ret_copy->number, search.lot.lot.n};
	return true;
}

/* Takes from the lots in the order of their dates. More than there is leaves none. */
static void lots_take(struct br_txn *txn, struct br_str sku, int64_t quantity)
{
	struct lot_copy next;

	br_assert(quantity >= 0);
	while (quantity > 0 && br_txn_error(txn) == 0 && lot_next(txn, sku, &next)) {
		int64_t taken = quantity < next.lot.quantity ? quantity : next.lot.quantity;

		next.lot.quantity -= taken;
		quantity -= taken;
		lot_put(txn, &next.lot);
	}
}

/* Changes the lot that a movement names; returns what could not be taken from it. */
static int64_t lot_change(struct br_txn *txn, const struct br_event *event,
	const struct br_movement *movement, int64_t gained)
{
	struct br_key key = lot_key(movement->sku, movement->expiry_ms, movement->lot);
	struct br_lot_row row = {.since = event->happened_ms};
	struct br_lot lot = {
		.sku = movement->sku, .lot = movement->lot, .expiry_ms = movement->expiry_ms};
	int64_t missing = 0;

	br_assert(movement->expiry_ms != 0 && gained != 0);
	if (br_row_get(txn, BR_TABLE_LOT, br_key_str(&key), &br_lot_row_shape, NULL, &row) < 0 &&
		gained < 0)
		return -gained;
	lot.quantity = row.quantity + gained;
	lot.since_ms = row.since;
	lot.marked_down = row.marked_down;
	if (lot.quantity < 0) {
		missing = -lot.quantity;
		lot.quantity = 0;
	}
	lot_put(txn, &lot);
	return missing;
}

static int64_t covered(const int64_t buckets[BR_BUCKET_N])
{
	return buckets[BR_BUCKET_BACKROOM] + buckets[BR_BUCKET_SHELF] + buckets[BR_BUCKET_DISPLAY];
}

void br_lot_move(struct br_txn *txn, const struct br_event *event,
	const struct br_movement *movement, const struct br_stock *after)
{
	int64_t gained = covered(movement->buckets), cover = covered(after->buckets), total;
	struct lot_copy first;

	br_assert(after->track_expiry);
	if (gained == 0)
		return;
	if (movement->expiry_ms != 0)
		gained = gained > 0 ? lot_change(txn, event, movement, gained)
				    : -lot_change(txn, event, movement, gained);
	else if (gained > 0 && movement->buckets[BR_BUCKET_STAGED] < 0 &&
		 lot_next(txn, movement->sku, &first)) {
		first.lot.quantity += gained;
		lot_put(txn, &first.lot);
	}
	/* What a count or a correction misses may be of any lot: it is not taken for sold. */
	if (gained < 0 && movement->kind != BR_MOVEMENT_COUNT &&
		movement->kind != BR_MOVEMENT_ADJUST)
		lots_take(txn, movement->sku, -gained);
	total = lots_total(txn, movement->sku);
	cover = cover > 0 ? cover : 0;
	if (total > cover)
		lots_take(txn, movement->sku, total - cover);
}

void br_lot_forget(struct br_txn *txn, struct br_str sku)
{
	br_assert(sku.n > 0);
	lots_take(txn, sku, INT64_MAX);
}

/* Lots to be marked, in the order of their dates, behind the one marked last. */
struct marking {
	int64_t until_ms;
	bool found;
	struct br_lot lot;
};

static bool marking_visit(void *context, const struct br_lot *lot)
{
	struct marking *marking = context;

	br_assert(!marking->found);
	if (lot->expiry_ms > marking->until_ms)
		return false;
	marking->found = !lot->marked_down;
	marking->lot = *lot;
	return !marking->found;
}

void br_lot_mark(struct br_txn *txn, struct br_str sku, int64_t until_ms)
{
	struct marking marking;
	struct br_lot_visit visit = {marking_visit, &marking};
	char number[BR_LOT_BYTES_MAX + 1];

	br_assert(sku.n > 0);
	do {
		marking = (struct marking){.until_ms = until_ms};
		br_lot_walk(txn, sku, &visit);
		if (!marking.found || !br_str_copy(marking.lot.lot, number, sizeof(number)))
			return;
		marking.lot.sku = sku;
		marking.lot.lot.s = number;
		marking.lot.marked_down = true;
		lot_put(txn, &marking.lot);
	} while (br_txn_error(txn) == 0);
}
