/* Rebuilding the views from the journal and comparing them. */
#include "node/verification.h"

#include "node/verify_row.h"

/*
 * Brings the scratch store up to the journal's end as `txn` sees it, at most `max` events: 1 when
 * it is there, 0 when more is to be done, or an error.
 */
static int events_apply(struct br_verification *v, struct br_txn *txn, unsigned max)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *scratch = NULL;
	struct br_key from = br_key_of_u64(v->applied + 1);
	struct br_str none = {NULL, 0}, key, bytes;
	struct br_scan scan;
	unsigned rows = 0;
	bool more = false;
	int result = br_txn_begin(v->scratch, true, &scratch);

	if (result < 0)
		return result;
	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, br_key_str(&from), false);
	while (result == 0 && (more = br_scan_next(&scan, &key, &bytes)) && rows++ < max) {
		struct br_event event;
		uint64_t sequence = 0;

		br_arena_reset(&v->arena);
		result = br_key_take_u64(&key, &sequence) ? 0 : BR_E_CORRUPT;
		if (result == 0)
			result = br_event_decode(sequence, bytes, &v->arena, &event);
		if (result == 0)
			br_event_apply(scratch, &event, &v->arena);
		v->applied = sequence;
	}
	br_scan_end(&scan);
	br_assert(rows <= max + UINT64_C(1));
	if (result == 0)
		result = br_txn_error(txn);
	if (result == 0)
		result = br_txn_commit(BR_TAKE(scratch));
	return result < 0 ? result : !more;
}

int br_verification_rebuild(struct br_verification *v)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(v->store, false, &txn);

	br_assert(v->scratch != NULL);
	if (result < 0)
		return result;
	result = events_apply(v, txn, BR_VERIFY_SLICE_ROWS);
	if (result >= 0)
		br_verification_progress(v, BR_VERIFY_REBUILD, v->applied, v->report.head);
	return result;
}

/* A side of the comparison: a walk and the row it stands at. */
struct side {
	struct br_scan scan;
	struct br_str key, value;
	bool there;
};

static void side_next(struct side *side)
{
	side->there = br_scan_next(&side->scan, &side->key, &side->value);
}

/* Begins behind the last key compared. */
static void side_begin(struct side *side, const struct br_verification *v, struct br_txn *txn)
{
	struct br_str none = {NULL, 0};

	br_assert(v->table >= BR_TABLE_VIEW_FIRST && v->table < BR_TABLE_N);
	br_scan_begin(
		&side->scan, txn, v->table, none, v->key_set ? br_key_str(&v->key) : none, false);
	side_next(side);
	if (side->there && v->key_set && br_str_equal(side->key, br_key_str(&v->key)))
		side_next(side);
}

static void row_found(struct br_verification *v, struct br_str key, const char *what)
{
	char text[BR_VERIFY_KEY_BYTES];

	br_assert(v->table >= BR_TABLE_VIEW_FIRST && v->table < BR_TABLE_N);
	br_verify_key_text(v->table, key, text);
	br_verification_found(v, "%s %s: %s", br_table_names[v->table], text, what);
}

static void rows_compare(
	struct br_verification *v, const struct side *stored, const struct side *rebuilt)
{
	char what[BR_VERIFY_FINDING_BYTES];

	br_assert(br_str_equal(stored->key, rebuilt->key));
	if (br_str_equal(stored->value, rebuilt->value))
		return;
	br_arena_reset(&v->arena);
	br_verify_row_difference(v->table, stored->key, stored->value, rebuilt->value, &v->arena,
		what, sizeof(what));
	row_found(v, stored->key, what);
}

/* Compares the rows at which both sides stand and moves on whichever is behind. */
static void sides_step(struct br_verification *v, struct side *stored, struct side *rebuilt)
{
	int order = !stored->there    ? 1
		    : !rebuilt->there ? -1
				      : br_str_compare(stored->key, rebuilt->key);

	br_assert(stored->there || rebuilt->there);
	if (order < 0)
		row_found(v, stored->key, "is there, the journal does not give it");
	else if (order > 0)
		row_found(v, rebuilt->key, "is missing, the journal gives it");
	else
		rows_compare(v, stored, rebuilt);
	br_verification_walked(v, order <= 0 ? stored->key : rebuilt->key);
	v->report.rows++;
	if (order <= 0)
		side_next(stored);
	if (order >= 0)
		side_next(rebuilt);
}

/* Compares a slice of the current table: 1 when the table is done, else 0 or an error. */
static int table_slice(struct br_verification *v, struct br_txn *txn, struct br_txn *scratch)
{
	struct side stored, rebuilt;
	unsigned rows = 0;
	bool done;
	int result;

	side_begin(&stored, v, txn);
	side_begin(&rebuilt, v, scratch);
	while ((stored.there || rebuilt.there) && rows++ < BR_VERIFY_SLICE_ROWS)
		sides_step(v, &stored, &rebuilt);
	done = !stored.there && !rebuilt.there;
	br_assert(done || rows > BR_VERIFY_SLICE_ROWS);
	br_scan_end(&stored.scan);
	br_scan_end(&rebuilt.scan);
	result = br_txn_error(txn);
	if (result == 0)
		result = br_txn_error(scratch);
	return result < 0 ? result : done;
}

/*
 * One slice of the comparison: 1 when all tables are done. A live daemon may have gone on since the
 * last one, so the scratch store is first brought to where this transaction sees the journal end.
 */
int br_verification_compare(struct br_verification *v)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL, *scratch = NULL;
	int result = br_txn_begin(v->store, false, &txn);

	br_assert(v->scratch != NULL);
	if (result == 0)
		result = events_apply(v, txn, UINT32_MAX);
	if (result == 1)
		result = br_txn_begin(v->scratch, false, &scratch);
	if (result < 0)
		return result;
	br_assert(v->applied >= v->report.head);
	v->report.head = v->applied;
	result = table_slice(v, txn, scratch);
	br_verification_progress(v, BR_VERIFY_VIEWS, v->table - BR_TABLE_VIEW_FIRST,
		BR_TABLE_N - BR_TABLE_VIEW_FIRST);
	if (result != 1)
		return result;
	v->table++;
	v->key_set = false;
	br_assert(v->table <= BR_TABLE_N);
	return v->table == BR_TABLE_N;
}
