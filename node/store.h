/*
 * The store: one LMDB environment with its tables and transactions. The only user of LMDB.
 *
 * Who may do what: the core thread is the only writer; any thread may read, in a transaction of its
 * own that ends before the thread waits for anything (a reader that lives long keeps every page the
 * writer has since replaced, and the file grows without end).
 *
 * A transaction keeps its first error: what follows is refused with it, and commit returns it. So
 * callers may write a whole step and look once. After a failed commit the environment must not be
 * trusted (LMDB may let later commits succeed on top of a lost one): the process ends, and the next
 * start verifies.
 *
 * Keys and values handed out point into the map: valid until the transaction ends, and in a write
 * transaction until the next write.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/key.h"
#include "node/str.h"

#define BR_STORE_TABLES_MAX 64
#define BR_STORE_READERS_MAX 126

struct br_store;
struct br_txn;

struct br_store_options {
	const char *const *tables; /* names; a table is its index from here on */
	unsigned table_n;
	uint64_t map_bytes; /* address space, fixed for the life of the process */
	bool read_only;	    /* for the offline tool */
	bool meta_sync_off; /* telemetry only: a crash of the machine may lose the last commits */
	bool sync_off;	 /* scratch stores only: a crash of the machine may ruin the whole file */
	uint32_t layout; /* version of what the tables mean; another one on disk is refused */
};

struct br_store_usage {
	uint64_t used_bytes; /* pages in use, from the file's own accounting */
	uint64_t map_bytes;
};

/*
 * Opens or creates the environment in the folder `path` (made with mode 0700 when missing) and all
 * its tables. Errors: BR_E_VERSION (fault names both versions), BR_E_BUSY (another process holds
 * it), BR_E_CORRUPT, BR_E_IO, BR_E_DISK_FULL, BR_E_NOT_FOUND (read_only and nothing there).
 */
BR_MUST_CHECK int br_store_open(const char *path, const struct br_store_options *options,
	struct br_store **ret_store, struct br_fault *fault);
void br_store_close(struct br_store *store);
BR_DEFINE_CLEANUP(store, br_store_close)

struct br_store_usage br_store_usage(struct br_store *store);

/*
 * Gives back the places of readers whose process has died; their number. Such a reader (a
 * verification that was killed) would keep every page that the writer has since replaced, and the
 * file would grow without end: whoever holds a store open for long sweeps now and then.
 */
unsigned br_store_sweep(struct br_store *store);

/* Removes a closed environment's files and its folder, as far as they are there. */
void br_store_remove(const char *path);

/*
 * Takes the lock by which one process owns the environment in the folder `path`, without opening
 * it: who replaces a store's files must hold it. close() of *ret_fd gives it back. BR_E_BUSY when
 * another process holds it, BR_E_NOT_FOUND when there is no such folder.
 */
BR_MUST_CHECK int br_store_lock(const char *path, int *ret_fd, struct br_fault *fault);

/*
 * Fault injection for tests: `fault` is asked before every "put", "delete", "clear" and "commit"
 * and before the "begin" of a transaction that writes, and its non-zero return (a BR_E_* code)
 * happens instead of the call. NULL turns it off.
 */
void br_store_fault_set(
	struct br_store *store, int (*fault)(void *context, const char *call), void *context);

/*
 * Writes a compact copy of the environment to `path` (a file that must not exist) and syncs it.
 * Holds a reader while it runs; safe beside the writer.
 */
BR_MUST_CHECK int br_store_copy(struct br_store *store, const char *path, struct br_fault *fault);

/* Begins; for writing only on the core thread. The caller ends it with commit or abort. */
BR_MUST_CHECK int br_txn_begin(struct br_store *store, bool write, struct br_txn **ret_txn);

/* Ends a transaction and frees it whatever comes back: 0 or the first error. */
BR_MUST_CHECK int br_txn_commit(struct br_txn *txn);
void br_txn_abort(struct br_txn *txn);
BR_DEFINE_CLEANUP(txn, br_txn_abort)

/* The first error so far, 0 when none. */
BR_MUST_CHECK int br_txn_error(const struct br_txn *txn);

/* Keeps `error` as the transaction's error when it is the first; returns the one that is kept. */
int br_txn_fail(struct br_txn *txn, int error);

/* 0, BR_E_NOT_FOUND (not kept as an error) or the transaction's error. */
BR_MUST_CHECK int br_txn_get(
	struct br_txn *txn, unsigned table, struct br_str key, struct br_str *ret_value);
bool br_txn_has(struct br_txn *txn, unsigned table, struct br_str key);

/* Writers; errors are kept by the transaction and reported at commit. */
void br_txn_put(struct br_txn *txn, unsigned table, struct br_str key, struct br_str value);
/* The key must be greater than all in the table: fills pages to the brim. */
void br_txn_append(struct br_txn *txn, unsigned table, struct br_str key, struct br_str value);
/* Deleting what is not there is no error. */
void br_txn_delete(struct br_txn *txn, unsigned table, struct br_str key);
/* Removes all of a table. */
void br_txn_clear(struct br_txn *txn, unsigned table);

/* Rows in a table. */
uint64_t br_txn_count(struct br_txn *txn, unsigned table);

/*
 * A walk over a table in key order, from the first key >= `from` (or, backwards, from the last key
 * < `from`; an empty `from` is the end), as long as keys begin with `prefix`.
 *
 *	br_scan_begin(&scan, txn, table, prefix, from, false);
 *	while (br_scan_next(&scan, &key, &value)) ...
 *	br_scan_end(&scan);
 *
 * In a write transaction the table must not be written while the walk goes on.
 */
struct br_scan {
	struct br_txn *txn;
	void *cursor;
	struct br_str prefix;
	struct br_str from;
	bool backwards, started;
};

void br_scan_begin(struct br_scan *scan, struct br_txn *txn, unsigned table, struct br_str prefix,
	struct br_str from, bool backwards);
BR_MUST_CHECK bool br_scan_next(
	struct br_scan *scan, struct br_str *ret_key, struct br_str *ret_value);
void br_scan_end(struct br_scan *scan);
