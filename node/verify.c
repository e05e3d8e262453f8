/* _GNU_SOURCE for mkdtemp(). */
#define _GNU_SOURCE
#include "node/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crypto.h"
#include "node/hole.h"
#include "node/limits.h"
#include "node/verification.h"
#include "node/verify_row.h"

const char *const br_verify_step_words[] = {"journal", "rebuild", "views", NULL};

static void verification_finish(struct br_verification *v)
{
	br_assert(v->scratch == NULL || v->folder[0] != '\0');
	br_store_close(v->scratch);
	br_arena_finish(&v->arena);
	if (v->folder[0] != '\0')
		br_store_remove(v->folder);
}

void br_verification_found(struct br_verification *v, const char *format, ...)
{
	/* Longer than what is kept, so that a cut can see whether it would split a character. */
	char text[BR_VERIFY_FINDING_BYTES + 8] = "";
	size_t n = BR_VERIFY_FINDING_BYTES - 1;
	va_list arguments;

	br_assert(v->report.finding_n <= BR_VERIFY_FINDINGS_MAX);
	v->report.problems++;
	if (v->report.finding_n == BR_VERIFY_FINDINGS_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (strlen(text) > n)
		text[br_utf8_cut(text, n)] = '\0';
	br_assert(strlen(text) < BR_VERIFY_FINDING_BYTES);
	memcpy(v->report.findings[v->report.finding_n++], text, BR_VERIFY_FINDING_BYTES);
}

void br_verification_progress(
	const struct br_verification *v, enum br_verify_step step, uint64_t done, uint64_t total)
{
	br_assert(step <= BR_VERIFY_VIEWS);
	if (v->options->progress != NULL)
		v->options->progress(v->options->context, step, done, total > done ? total : done);
}

/* Remembers how far a walk has come, for the next slice to go on behind it. */
void br_verification_walked(struct br_verification *v, struct br_str key)
{
	br_assert(key.n > 0);
	br_assert(key.n <= sizeof(v->key.bytes));
	memcpy(v->key.bytes, key.s, key.n);
	v->key.n = key.n;
	v->key_set = true;
}

bool br_verification_walked_is(const struct br_verification *v, struct br_str key)
{
	br_assert(!v->key_set || v->key.n > 0);
	return v->key_set && br_str_equal(key, br_key_str(&v->key));
}

struct br_str br_verification_walked_from(const struct br_verification *v)
{
	br_assert(!v->key_set || v->key.n > 0);
	return v->key_set ? br_key_str(&v->key) : (struct br_str){NULL, 0};
}

/* Compares one stored hash with the chain as recomputed so far. */
static void chain_compare(
	struct br_verification *v, struct br_txn *txn, enum br_table table, struct br_str key)
{
	struct br_str value;
	int result = br_txn_get(txn, table, key, &value);

	br_assert(table == BR_TABLE_SEAL || table == BR_TABLE_STATE);
	if (result == BR_E_NOT_FOUND)
		br_verification_found(v, "%s after record %" PRIu64 ": is missing",
			br_table_names[table], v->report.head);
	else if (result == 0 &&
		 (value.n != sizeof(v->chain) || memcmp(value.s, v->chain, sizeof(v->chain)) != 0))
		br_verification_found(v,
			"%s after record %" PRIu64
			": the hash chain over the journal does not come to it",
			br_table_names[table], v->report.head);
}

/* One record of the journal: its key, its bytes, the seal behind it. */
static void record_check(
	struct br_verification *v, struct br_txn *txn, struct br_str key, struct br_str bytes)
{
	struct br_key seal = br_key_of_u64(0);
	struct br_event event;
	uint64_t sequence;
	int result;

	if (!br_key_take_u64(&key, &sequence) || key.n != 0) {
		br_verification_found(
			v, "journal: a key that is no sequence, after %" PRIu64, v->report.head);
		return;
	}
	br_arena_reset(&v->arena);
	result = br_event_decode(sequence, bytes, &v->arena, &event);
	if (result < 0)
		br_verification_found(
			v, "journal %" PRIu64 ": %s", sequence, br_error_text(result));
	/* Only a restore may leave numbers out, and says behind which. */
	if (sequence != v->report.head + 1 &&
		(result < 0 || event.kind != BR_EVENT_STORE_RESTORED ||
			((const struct br_restored *)event.body)->head != v->report.head))
		br_verification_found(v,
			"journal: %" PRIu64 " follows on %" PRIu64 ", records are missing",
			sequence, v->report.head);
	br_sha256_two(v->chain, sizeof(v->chain), bytes.s, bytes.n, v->chain);
	v->report.head = sequence;
	v->report.events++;
	br_assert(v->report.events <= sequence || v->report.problems > 0);
	if (sequence % BR_SEAL_INTERVAL != 0)
		return;
	seal = br_key_of_u64(sequence);
	chain_compare(v, txn, BR_TABLE_SEAL, br_key_str(&seal));
	v->report.seals++;
}

/* Cursors of consumers point into the journal. */
static void cursors_check(struct br_verification *v, struct br_txn *txn)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;

	br_scan_begin(&scan, txn, BR_TABLE_CURSOR, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		char name[BR_VERIFY_KEY_BYTES];
		uint64_t sequence = 0;

		br_verify_key_text(BR_TABLE_CURSOR, key, name);
		if (!br_key_take_u64(&value, &sequence) || value.n != 0)
			br_verification_found(v, "cursor %s: is no sequence", name);
		else if (sequence > v->report.head)
			br_verification_found(v,
				"cursor %s: is at %" PRIu64 ", the journal ends at %" PRIu64, name,
				sequence, v->report.head);
	}
	br_scan_end(&scan);
}

/* What hangs on the journal's end, in the transaction that saw the end. */
static void head_check(struct br_verification *v, struct br_txn *txn)
{
	uint64_t seals = br_txn_count(txn, BR_TABLE_SEAL);
	struct br_str value;

	br_assert(v->report.seals <= v->report.events);
	if (seals != v->report.seals)
		br_verification_found(v, "seal: there are %" PRIu64 ", the journal makes %" PRIu64,
			seals, v->report.seals);
	chain_compare(v, txn, BR_TABLE_STATE, BR_STATE_CHAIN);
	if (br_txn_get(txn, BR_TABLE_STATE, BR_STATE_EPOCH, &value) != 0 ||
		value.n != BR_EPOCH_BYTES)
		br_verification_found(v, "state: the epoch is missing or damaged");
	cursors_check(v, txn);
}

/* Walks up to BR_VERIFY_SLICE_ROWS records; 1 when the journal's end was reached, else 0 or an
 * error. */
static int journal_slice(struct br_verification *v)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str none = {NULL, 0}, key, bytes;
	struct br_scan scan;
	unsigned rows = 0;
	bool more = false;
	int result = br_txn_begin(v->store, false, &txn);

	if (result < 0)
		return result;
	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, br_verification_walked_from(v), false);
	while (rows < BR_VERIFY_SLICE_ROWS && (more = br_scan_next(&scan, &key, &bytes))) {
		if (br_verification_walked_is(v, key))
			continue;
		record_check(v, txn, key, bytes);
		br_verification_walked(v, key);
		rows++;
	}
	br_scan_end(&scan);
	br_assert(rows <= BR_VERIFY_SLICE_ROWS);
	if (!more)
		head_check(v, txn);
	result = br_txn_error(txn);
	if (result == 0)
		br_verification_progress(v, BR_VERIFY_JOURNAL, v->report.events,
			br_txn_count(txn, BR_TABLE_JOURNAL));
	return result < 0 ? result : !more;
}

/* Makes the scratch store in a folder of its own. */
static int scratch_open(struct br_verification *v, struct br_fault *fault)
{
	struct br_store_options options = br_ledger_options(false);
	int length =
		snprintf(v->folder, sizeof(v->folder), "%s/verify-XXXXXX", v->options->scratch);

	br_assert(v->scratch == NULL);
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
static int until_done(struct br_verification *v, int (*slice)(struct br_verification *v))
{
	int result;

	br_assert(slice != NULL);
	do
		result = slice(v);
	while (result == 0);
	return result < 0 ? result : 0;
}

static int verify_run(struct br_verification *v, struct br_fault *fault)
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
	br_assert(v->report.events <= v->report.head);
	v->table = BR_TABLE_VIEW_FIRST;
	v->key_set = false;
	result = until_done(v, br_verification_rebuild);
	if (result == 0)
		result = until_done(v, br_verification_compare);
	if (result < 0)
		return br_fault_set(fault, result, "the views could not be compared: %s",
			br_error_text(result));
	v->report.rebuilt = true;
	return 0;
}

int br_verify(struct br_store *store, const struct br_verify_options *options,
	struct br_verify_report *ret_report, struct br_fault *fault)
{
	struct br_verification *v = calloc(1, sizeof(*v));
	int result;

	br_assert(options->scratch != NULL);
	if (v == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	v->store = store;
	v->options = options;
	br_arena_init(&v->arena, BR_COMMAND_ARENA_BYTES_MAX);
	result = verify_run(v, fault);
	br_assert(v->report.finding_n <= v->report.problems);
	if (result == 0)
		*ret_report = v->report;
	verification_finish(v);
	free(v);
	return result;
}
