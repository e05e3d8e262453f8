/* _GNU_SOURCE for mkdtemp(). */
#define _GNU_SOURCE
#include "node/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/core.h"
#include "node/crypto.h"
#include "node/limits.h"
#include "node/verify_row.h"

/* Records or rows in one transaction: some ten milliseconds of reading. */
#define SLICE_ROWS 5000
#define PATH_BYTES 4096

const char *const br_verify_step_words[] = {"journal", "rebuild", "views", NULL};

struct verification {
	struct br_store *store;	  /* under test, only read */
	struct br_store *scratch; /* the views rebuilt */
	char folder[PATH_BYTES];  /* of the scratch store; "" while there is none */
	const struct br_verify_options *options;
	struct br_verify_report report;
	struct br_arena arena;
	unsigned char chain[BR_HASH_BYTES];
	uint64_t applied; /* last sequence that the scratch store holds */
	unsigned table;	  /* where the comparison stands: the table and the last key compared */
	struct br_key key;
	bool key_set;
};

static void verification_finish(struct verification *v)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "owner.lock"};
	char path[PATH_BYTES + 16];

	br_store_close(v->scratch);
	br_arena_finish(&v->arena);
	for (size_t i = 0; i < BR_ARRAY_LEN(files) && v->folder[0] != '\0'; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", v->folder, files[i]);
		(void)unlink(path);
	}
	if (v->folder[0] != '\0')
		(void)rmdir(v->folder);
}

BR_PRINTF(2, 3) static void found(struct verification *v, const char *format, ...)
{
	va_list arguments;

	v->report.problems++;
	if (v->report.finding_n == BR_VERIFY_FINDINGS_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(v->report.findings[v->report.finding_n++], BR_VERIFY_FINDING_BYTES, format,
		arguments);
	va_end(arguments);
}

static void progress(
	const struct verification *v, enum br_verify_step step, uint64_t done, uint64_t total)
{
	if (v->options->progress != NULL)
		v->options->progress(v->options->context, step, done, total > done ? total : done);
}

/* Compares one stored hash with the chain as recomputed so far. */
static void chain_compare(
	struct verification *v, struct br_txn *txn, enum br_table table, struct br_str key)
{
	struct br_str value;
	int result = br_txn_get(txn, table, key, &value);

	if (result == BR_E_NOT_FOUND)
		found(v, "%s after record %" PRIu64 ": is missing", br_table_names[table],
			v->report.head);
	else if (result == 0 &&
		 (value.n != sizeof(v->chain) || memcmp(value.s, v->chain, sizeof(v->chain)) != 0))
		found(v,
			"%s after record %" PRIu64
			": the hash chain over the journal does not come to it",
			br_table_names[table], v->report.head);
}

/* One record of the journal: its key, its bytes, the seal behind it. */
static void record_check(
	struct verification *v, struct br_txn *txn, struct br_str key, struct br_str bytes)
{
	struct br_key seal = br_key_of_u64(0);
	struct br_event event;
	uint64_t sequence;
	int result;

	if (!br_key_take_u64(&key, &sequence) || key.n != 0) {
		found(v, "journal: a key that is no sequence, after %" PRIu64, v->report.head);
		return;
	}
	if (sequence != v->report.head + 1)
		found(v, "journal: %" PRIu64 " follows on %" PRIu64 ", records are missing",
			sequence, v->report.head);
	br_arena_reset(&v->arena);
	result = br_event_decode(sequence, bytes, &v->arena, &event);
	if (result < 0)
		found(v, "journal %" PRIu64 ": %s", sequence, br_error_text(result));
	br_sha256_two(v->chain, sizeof(v->chain), bytes.s, bytes.n, v->chain);
	v->report.head = sequence;
	v->report.events++;
	if (sequence % BR_SEAL_INTERVAL != 0)
		return;
	seal = br_key_of_u64(sequence);
	chain_compare(v, txn, BR_TABLE_SEAL, br_key_str(&seal));
	v->report.seals++;
}

/* Cursors of consumers point into the journal. */
static void cursors_check(struct verification *v, struct br_txn *txn)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;

	br_scan_begin(&scan, txn, BR_TABLE_CURSOR, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		char name[BR_VERIFY_KEY_BYTES];
		uint64_t sequence = 0;

		br_verify_key_text(BR_TABLE_CURSOR, key, name);
		if (!br_key_take_u64(&value, &sequence) || value.n != 0)
			found(v, "cursor %s: is no sequence", name);
		else if (sequence > v->report.head)
			found(v, "cursor %s: is at %" PRIu64 ", the journal ends at %" PRIu64, name,
				sequence, v->report.head);
	}
	br_scan_end(&scan);
}

/* What hangs on the journal's end, in the transaction that saw the end. */
static void head_check(struct verification *v, struct br_txn *txn)
{
	uint64_t seals = br_txn_count(txn, BR_TABLE_SEAL);
	struct br_str value;

	if (seals != v->report.head / BR_SEAL_INTERVAL)
		found(v, "seal: there are %" PRIu64 ", the journal makes %" PRIu64, seals,
			v->report.head / BR_SEAL_INTERVAL);
	chain_compare(v, txn, BR_TABLE_STATE, BR_STATE_CHAIN);
	if (br_txn_get(txn, BR_TABLE_STATE, BR_STATE_EPOCH, &value) != 0 ||
		value.n != BR_EPOCH_BYTES)
		found(v, "state: the epoch is missing or damaged");
	cursors_check(v, txn);
}

/* Remembers how far a walk has come, for the next slice to go on behind it. */
static void walked(struct verification *v, struct br_str key)
{
	br_assert(key.n <= sizeof(v->key.bytes));
	memcpy(v->key.bytes, key.s, key.n);
	v->key.n = key.n;
	v->key_set = true;
}

static bool walked_is(const struct verification *v, struct br_str key)
{
	return v->key_set && br_str_equal(key, br_key_str(&v->key));
}

static struct br_str walked_from(const struct verification *v)
{
	return v->key_set ? br_key_str(&v->key) : (struct br_str){NULL, 0};
}

/* Walks up to SLICE_ROWS records; 1 when the journal's end was reached, else 0 or an error. */
static int journal_slice(struct verification *v)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str none = {NULL, 0}, key, bytes;
	struct br_scan scan;
	unsigned rows = 0;
	bool more = false;
	int result = br_txn_begin(v->store, false, &txn);

	if (result < 0)
		return result;
	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, walked_from(v), false);
	while (rows < SLICE_ROWS && (more = br_scan_next(&scan, &key, &bytes))) {
		if (walked_is(v, key))
			continue;
		record_check(v, txn, key, bytes);
		walked(v, key);
		rows++;
	}
	br_scan_end(&scan);
	if (!more)
		head_check(v, txn);
	result = br_txn_error(txn);
	if (result == 0)
		progress(v, BR_VERIFY_JOURNAL, v->report.events,
			br_txn_count(txn, BR_TABLE_JOURNAL));
	return result < 0 ? result : !more;
}

/*
 * Brings the scratch store up to the journal's end as `txn` sees it, at most `max` events: 1 when
 * it is there, 0 when more is to be done, or an error.
 */
static int events_apply(struct verification *v, struct br_txn *txn, unsigned max)
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

		br_arena_reset(&v->arena);
		result = br_event_decode(v->applied + 1, bytes, &v->arena, &event);
		if (result == 0)
			br_event_apply(scratch, &event, &v->arena);
		v->applied++;
	}
	br_scan_end(&scan);
	if (result == 0)
		result = br_txn_error(txn);
	if (result == 0)
		result = br_txn_commit(BR_TAKE(scratch));
	return result < 0 ? result : !more;
}

static int rebuild_slice(struct verification *v)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(v->store, false, &txn);

	if (result < 0)
		return result;
	result = events_apply(v, txn, SLICE_ROWS);
	if (result >= 0)
		progress(v, BR_VERIFY_REBUILD, v->applied, v->report.head);
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
static void side_begin(struct side *side, const struct verification *v, struct br_txn *txn)
{
	struct br_str none = {NULL, 0};

	br_scan_begin(
		&side->scan, txn, v->table, none, v->key_set ? br_key_str(&v->key) : none, false);
	side_next(side);
	if (side->there && v->key_set && br_str_equal(side->key, br_key_str(&v->key)))
		side_next(side);
}

static void row_found(struct verification *v, struct br_str key, const char *what)
{
	char text[BR_VERIFY_KEY_BYTES];

	br_verify_key_text(v->table, key, text);
	found(v, "%s %s: %s", br_table_names[v->table], text, what);
}

static void rows_compare(
	struct verification *v, const struct side *stored, const struct side *rebuilt)
{
	char what[BR_VERIFY_FINDING_BYTES];

	if (br_str_equal(stored->value, rebuilt->value))
		return;
	br_arena_reset(&v->arena);
	br_verify_row_difference(
		v->table, stored->value, rebuilt->value, &v->arena, what, sizeof(what));
	row_found(v, stored->key, what);
}

/* Compares the rows at which both sides stand and moves on whichever is behind. */
static void sides_step(struct verification *v, struct side *stored, struct side *rebuilt)
{
	int order = !stored->there    ? 1
		    : !rebuilt->there ? -1
				      : br_str_compare(stored->key, rebuilt->key);

	if (order < 0)
		row_found(v, stored->key, "is there, the journal does not give it");
	else if (order > 0)
		row_found(v, rebuilt->key, "is missing, the journal gives it");
	else
		rows_compare(v, stored, rebuilt);
	walked(v, order <= 0 ? stored->key : rebuilt->key);
	v->report.rows++;
	if (order <= 0)
		side_next(stored);
	if (order >= 0)
		side_next(rebuilt);
}

/* Compares a slice of the current table: 1 when the table is done, else 0 or an error. */
static int table_slice(struct verification *v, struct br_txn *txn, struct br_txn *scratch)
{
	struct side stored, rebuilt;
	unsigned rows = 0;
	bool done;
	int result;

	side_begin(&stored, v, txn);
	side_begin(&rebuilt, v, scratch);
	while ((stored.there || rebuilt.there) && rows++ < SLICE_ROWS)
		sides_step(v, &stored, &rebuilt);
	done = !stored.there && !rebuilt.there;
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
static int views_slice(struct verification *v)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL, *scratch = NULL;
	int result = br_txn_begin(v->store, false, &txn);

	if (result == 0)
		result = events_apply(v, txn, UINT32_MAX);
	if (result == 1)
		result = br_txn_begin(v->scratch, false, &scratch);
	if (result < 0)
		return result;
	v->report.head = v->applied;
	result = table_slice(v, txn, scratch);
	progress(v, BR_VERIFY_VIEWS, v->table - BR_TABLE_VIEW_FIRST,
		BR_TABLE_N - BR_TABLE_VIEW_FIRST);
	if (result != 1)
		return result;
	v->table++;
	v->key_set = false;
	return v->table == BR_TABLE_N;
}

/* Makes the scratch store in a folder of its own. */
static int scratch_open(struct verification *v, struct br_fault *fault)
{
	struct br_store_options options = br_ledger_options(false);
	int length =
		snprintf(v->folder, sizeof(v->folder), "%s/verify-XXXXXX", v->options->scratch);

	options.sync_off = true;
	if (length < 0 || length >= (int)sizeof(v->folder) || mkdtemp(v->folder) == NULL) {
		v->folder[0] = '\0';
		return br_fault_set(fault, BR_E_IO,
			"cannot make a folder in \"%s\" for the views to be rebuilt in",
			v->options->scratch);
	}
	return br_store_open(v->folder, &options, &v->scratch, fault);
}

/* Repeats a step until it says that it is through. */
static int until_done(struct verification *v, int (*slice)(struct verification *v))
{
	int result;

	do
		result = slice(v);
	while (result == 0);
	return result < 0 ? result : 0;
}

static int verify_run(struct verification *v, struct br_fault *fault)
{
	int result = until_done(v, journal_slice);

	if (result < 0)
		return br_fault_set(
			fault, result, "the journal could not be read: %s", br_error_text(result));
	/* Applying relies on what the core let into the journal; a damaged one proves nothing. */
	if (v->report.problems > 0)
		return 0;
	result = scratch_open(v, fault);
	if (result < 0)
		return result;
	v->table = BR_TABLE_VIEW_FIRST;
	v->key_set = false;
	result = until_done(v, rebuild_slice);
	if (result == 0)
		result = until_done(v, views_slice);
	if (result < 0)
		return br_fault_set(fault, result, "the views could not be compared: %s",
			br_error_text(result));
	v->report.rebuilt = true;
	return 0;
}

int br_verify(struct br_store *store, const struct br_verify_options *options,
	struct br_verify_report *ret_report, struct br_fault *fault)
{
	struct verification *v = calloc(1, sizeof(*v));
	int result;

	br_assert(options->scratch != NULL);
	if (v == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	v->store = store;
	v->options = options;
	br_arena_init(&v->arena, BR_COMMAND_ARENA_BYTES_MAX);
	result = verify_run(v, fault);
	if (result == 0)
		*ret_report = v->report;
	verification_finish(v);
	free(v);
	return result;
}
