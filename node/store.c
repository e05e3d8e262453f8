#include "node/store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define META_TABLE "meta"
#define LAYOUT_KEY "layout"

struct br_store {
	MDB_env *env;
	MDB_dbi dbis[BR_STORE_TABLES_MAX];
	unsigned table_n;
	int lock_fd; /* the process that holds it may write; -1 when read-only */
	int (*fault)(void *context, const char *call); /* NULL outside tests */
	void *fault_context;
};

struct br_txn {
	struct br_store *store;
	MDB_txn *mdb;
	bool write;
	int error;
};

static int store_error(int code)
{
	switch (code) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
		return BR_E_NOT_FOUND;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
		return BR_E_MAP_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
		return BR_E_CORRUPT;
	case MDB_VERSION_MISMATCH:
		return BR_E_VERSION;
	case MDB_READERS_FULL:
		return BR_E_BUSY;
	default:
		return code > 0 ? br_error_from_errno(code) : BR_E_IO;
	}
}

static MDB_val val(struct br_str str)
{
	/* LMDB never writes through the pointer of a key or value that it is given. */
	return (MDB_val){str.n, (void *)(uintptr_t)str.s};
}

static struct br_str str(MDB_val value)
{
	return (struct br_str){value.mv_data, value.mv_size};
}

/*
 * LMDB allows several writing processes; Backroom does not, because the second daemon would answer
 * for the same store. The lock is the kernel's, so it goes with the process however it ends.
 */
int br_store_lock(const char *path, int *ret_fd, struct br_fault *fault)
{
	char name[4096];
	int length = snprintf(name, sizeof(name), "%s/owner.lock", path);
	int fd;

	if (length < 0 || length >= (int)sizeof(name))
		return br_fault_set(fault, BR_E_INVALID, "the path is over 4,000 bytes");
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return br_fault_set(
			fault, br_error_from_errno(errno), "%s: %s", name, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		(void)close(fd);
		return br_fault_set(fault, BR_E_BUSY,
			"%s is in use by another process: stop that one first", path);
	}
	*ret_fd = fd;
	return 0;
}

static int env_open(struct br_store *store, const char *path,
	const struct br_store_options *options, struct br_fault *fault)
{
	unsigned flags = MDB_NOTLS;
	int code = mdb_env_create(&store->env);

	br_assert(options->map_bytes > 0);
	if (code != MDB_SUCCESS)
		return br_fault_set(fault, store_error(code), "%s", mdb_strerror(code));
	if (options->read_only)
		flags |= MDB_RDONLY;
	if (options->meta_sync_off)
		flags |= MDB_NOMETASYNC;
	if (options->sync_off)
		flags |= MDB_NOSYNC;
	code = mdb_env_set_mapsize(store->env, options->map_bytes);
	if (code == MDB_SUCCESS)
		code = mdb_env_set_maxdbs(store->env, BR_STORE_TABLES_MAX + 1);
	if (code == MDB_SUCCESS)
		code = mdb_env_set_maxreaders(store->env, BR_STORE_READERS_MAX);
	if (code == MDB_SUCCESS)
		code = mdb_env_open(store->env, path, flags, 0600);
	if (code != MDB_SUCCESS)
		return br_fault_set(fault, store_error(code), "%s: %s", path, mdb_strerror(code));
	return 0;
}

static int layout_write(MDB_txn *txn, MDB_dbi meta, uint32_t layout)
{
	MDB_val key = val(BR_STR(LAYOUT_KEY));
	unsigned char bytes[4] = {(unsigned char)(layout >> 24), (unsigned char)(layout >> 16),
		(unsigned char)(layout >> 8), (unsigned char)layout};
	MDB_val value = {sizeof(bytes), bytes};

	return mdb_put(txn, meta, &key, &value, 0);
}

/* Another layout than this program's is refused: tables would be read as what they are not. */
static int layout_refuse(uint32_t layout, uint32_t known, struct br_fault *fault)
{
	br_assert(layout != known);
	if (layout > known)
		return br_fault_set(fault, BR_E_VERSION,
			"the store has layout %u, this program knows up to %u: install the newer "
			"Backroom or restore a backup of this version",
			layout, known);
	return br_fault_set(fault, BR_E_VERSION,
		"the store has layout %u, this program needs %u and cannot turn one into the "
		"other: install the older Backroom, or set the folder aside to begin a new store",
		layout, known);
}

/* Refuses a store that another version of Backroom wrote; marks a new one with its layout. */
static int layout_check(
	MDB_txn *txn, const struct br_store_options *options, struct br_fault *fault)
{
	MDB_val key = val(BR_STR(LAYOUT_KEY)), value;
	const unsigned char *p;
	uint32_t layout;
	MDB_dbi meta;
	int code = mdb_dbi_open(txn, META_TABLE, options->read_only ? 0 : MDB_CREATE, &meta);

	br_assert(options->layout > 0);
	if (code == MDB_SUCCESS)
		code = mdb_get(txn, meta, &key, &value);
	if (code == MDB_NOTFOUND && !options->read_only)
		code = layout_write(txn, meta, options->layout);
	else if (code == MDB_SUCCESS) {
		if (value.mv_size != 4)
			return br_fault_set(
				fault, BR_E_CORRUPT, "the store's layout mark is damaged");
		p = value.mv_data;
		layout = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
		if (layout != options->layout)
			return layout_refuse(layout, options->layout, fault);
	}
	if (code != MDB_SUCCESS)
		return br_fault_set(fault, store_error(code), "layout: %s", mdb_strerror(code));
	return 0;
}

static int tables_open(
	struct br_store *store, const struct br_store_options *options, struct br_fault *fault)
{
	MDB_txn *txn;
	int result;
	int code = mdb_txn_begin(store->env, NULL, options->read_only ? MDB_RDONLY : 0, &txn);

	br_assert(store->table_n == options->table_n);
	if (code != MDB_SUCCESS)
		return br_fault_set(fault, store_error(code), "%s", mdb_strerror(code));
	result = layout_check(txn, options, fault);
	for (unsigned i = 0; i < options->table_n && result == 0; i++) {
		code = mdb_dbi_open(txn, options->tables[i], options->read_only ? 0 : MDB_CREATE,
			&store->dbis[i]);
		if (code != MDB_SUCCESS)
			result = br_fault_set(fault, store_error(code), "table %s: %s",
				options->tables[i], mdb_strerror(code));
	}
	if (result < 0) {
		mdb_txn_abort(txn);
		return result;
	}
	code = mdb_txn_commit(txn);
	if (code != MDB_SUCCESS)
		return br_fault_set(fault, store_error(code), "commit: %s", mdb_strerror(code));
	return 0;
}

int br_store_open(const char *path, const struct br_store_options *options,
	struct br_store **ret_store, struct br_fault *fault)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *store = calloc(1, sizeof(*store));
	int result = 0;

	br_assert(options->table_n <= BR_STORE_TABLES_MAX);
	br_assert(options->tables != NULL && options->layout > 0);
	if (store == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	store->table_n = options->table_n;
	store->lock_fd = -1;
	if (!options->read_only) {
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return br_fault_set(
				fault, br_error_from_errno(errno), "%s: %s", path, strerror(errno));
		result = br_store_lock(path, &store->lock_fd, fault);
	}
	/* Who may write holds the lock, and nobody else does. */
	br_assert(result < 0 || (store->lock_fd >= 0) == !options->read_only);
	if (result == 0)
		result = env_open(store, path, options, fault);
	if (result == 0)
		result = tables_open(store, options, fault);
	if (result == 0)
		*ret_store = BR_TAKE(store);
	return result;
}

void br_store_close(struct br_store *store)
{
	if (store == NULL)
		return;
	if (store->env != NULL)
		mdb_env_close(store->env);
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
	free(store);
}

void br_store_remove(const char *path)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "owner.lock"};
	char name[4096];

	br_assert(path[0] != '\0');
	for (size_t i = 0; i < BR_ARRAY_LEN(files); i++) {
		int length = snprintf(name, sizeof(name), "%s/%s", path, files[i]);

		if (length > 0 && length < (int)sizeof(name))
			(void)unlink(name);
	}
	(void)rmdir(path);
}

struct br_store_usage br_store_usage(struct br_store *store)
{
	MDB_envinfo info;
	MDB_stat stat;

	br_assert(store->env != NULL);
	mdb_env_info(store->env, &info);
	mdb_env_stat(store->env, &stat);
	return (struct br_store_usage){
		((uint64_t)info.me_last_pgno + 1) * stat.ms_psize, info.me_mapsize};
}

unsigned br_store_sweep(struct br_store *store)
{
	int dead = 0;

	br_assert(store->env != NULL);
	/* When it fails it is tried again at the next sweep; nothing depends on this one. */
	(void)mdb_reader_check(store->env, &dead);
	return dead > 0 ? (unsigned)dead : 0;
}

int br_store_copy(struct br_store *store, const char *path, struct br_fault *fault)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int code;

	br_assert(store->env != NULL);
	if (fd < 0)
		return br_fault_set(
			fault, br_error_from_errno(errno), "%s: %s", path, strerror(errno));
	code = mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT);
	if (code == MDB_SUCCESS && fsync(fd) < 0)
		code = errno;
	if (close(fd) < 0 && code == MDB_SUCCESS)
		code = errno;
	if (code == MDB_SUCCESS)
		return 0;
	(void)unlink(path);
	return br_fault_set(fault, store_error(code), "%s: %s", path, mdb_strerror(code));
}

void br_store_fault_set(
	struct br_store *store, int (*fault)(void *context, const char *call), void *context)
{
	store->fault = fault;
	store->fault_context = context;
}

/* What a test wants to happen instead of `call`; 0 = the call itself. */
static int fault_injected(const struct br_store *store, const char *call)
{
	return store->fault != NULL ? store->fault(store->fault_context, call) : 0;
}

int br_txn_begin(struct br_store *store, bool write, struct br_txn **ret_txn)
{
	struct br_txn *txn = calloc(1, sizeof(*txn));
	int error;

	br_assert(!write || store->lock_fd >= 0);
	if (txn == NULL)
		return BR_E_MEMORY;
	txn->store = store;
	txn->write = write;
	error = write ? fault_injected(store, "begin") : 0;
	if (error == 0)
		error = store_error(
			mdb_txn_begin(store->env, NULL, write ? 0 : MDB_RDONLY, &txn->mdb));
	if (error < 0) {
		free(txn);
		return error;
	}
	*ret_txn = txn;
	return 0;
}

int br_txn_commit(struct br_txn *txn)
{
	int error = txn->error;

	br_assert(txn->mdb != NULL && error <= 0);
	if (error == 0 && txn->write)
		error = fault_injected(txn->store, "commit");
	if (error == 0)
		error = store_error(mdb_txn_commit(txn->mdb));
	else
		mdb_txn_abort(txn->mdb);
	free(txn);
	return error;
}

void br_txn_abort(struct br_txn *txn)
{
	if (txn == NULL)
		return;
	br_assert(txn->mdb != NULL);
	mdb_txn_abort(txn->mdb);
	free(txn);
}

int br_txn_error(const struct br_txn *txn)
{
	br_assert(txn->error <= 0);
	return txn->error;
}

int br_txn_fail(struct br_txn *txn, int error)
{
	br_assert(error < 0);
	if (txn->error == 0)
		txn->error = error;
	return txn->error;
}

static MDB_dbi table_dbi(const struct br_txn *txn, unsigned table)
{
	br_assert(table < txn->store->table_n);
	return txn->store->dbis[table];
}

int br_txn_get(struct br_txn *txn, unsigned table, struct br_str key, struct br_str *ret_value)
{
	MDB_val mdb_key = val(key), value;
	int error;

	br_assert(key.n > 0 && key.n <= BR_KEY_BYTES_MAX);
	if (txn->error != 0)
		return txn->error;
	error = store_error(mdb_get(txn->mdb, table_dbi(txn, table), &mdb_key, &value));
	if (error == 0)
		*ret_value = str(value);
	else if (error != BR_E_NOT_FOUND)
		(void)br_txn_fail(txn, error);
	return error;
}

bool br_txn_has(struct br_txn *txn, unsigned table, struct br_str key)
{
	struct br_str value;

	return br_txn_get(txn, table, key, &value) == 0;
}

static void value_put(
	struct br_txn *txn, unsigned table, struct br_str key, struct br_str value, unsigned flags)
{
	MDB_val mdb_key = val(key), mdb_value = val(value);
	int error;

	br_assert(txn->write);
	br_assert(key.n > 0 && key.n <= BR_KEY_BYTES_MAX);
	if (txn->error != 0)
		return;
	error = fault_injected(txn->store, "put");
	if (error == 0)
		error = store_error(
			mdb_put(txn->mdb, table_dbi(txn, table), &mdb_key, &mdb_value, flags));
	if (error != 0)
		(void)br_txn_fail(txn, error);
}

void br_txn_put(struct br_txn *txn, unsigned table, struct br_str key, struct br_str value)
{
	value_put(txn, table, key, value, 0);
}

void br_txn_append(struct br_txn *txn, unsigned table, struct br_str key, struct br_str value)
{
	value_put(txn, table, key, value, MDB_APPEND);
}

void br_txn_delete(struct br_txn *txn, unsigned table, struct br_str key)
{
	MDB_val mdb_key = val(key);
	int error;

	br_assert(key.n > 0 && key.n <= BR_KEY_BYTES_MAX);
	br_assert(txn->write);
	if (txn->error != 0)
		return;
	error = fault_injected(txn->store, "delete");
	if (error == 0)
		error = store_error(mdb_del(txn->mdb, table_dbi(txn, table), &mdb_key, NULL));
	if (error != 0 && error != BR_E_NOT_FOUND)
		(void)br_txn_fail(txn, error);
}

void br_txn_clear(struct br_txn *txn, unsigned table)
{
	int error;

	br_assert(txn->write);
	if (txn->error != 0)
		return;
	error = fault_injected(txn->store, "clear");
	if (error == 0)
		error = store_error(mdb_drop(txn->mdb, table_dbi(txn, table), 0));
	if (error != 0)
		(void)br_txn_fail(txn, error);
}

uint64_t br_txn_count(struct br_txn *txn, unsigned table)
{
	MDB_stat stat;
	int error;

	br_assert(txn->mdb != NULL);
	if (txn->error != 0)
		return 0;
	error = store_error(mdb_stat(txn->mdb, table_dbi(txn, table), &stat));
	if (error != 0) {
		(void)br_txn_fail(txn, error);
		return 0;
	}
	return stat.ms_entries;
}

void br_scan_begin(struct br_scan *scan, struct br_txn *txn, unsigned table, struct br_str prefix,
	struct br_str from, bool backwards)
{
	MDB_cursor *cursor = NULL;

	br_assert(prefix.n <= BR_KEY_BYTES_MAX && from.n <= BR_KEY_BYTES_MAX);
	*scan = (struct br_scan){
		.txn = txn, .prefix = prefix, .from = from, .backwards = backwards};
	if (txn->error == 0) {
		int error = store_error(mdb_cursor_open(txn->mdb, table_dbi(txn, table), &cursor));

		if (error != 0)
			(void)br_txn_fail(txn, error);
	}
	scan->cursor = cursor;
}

/* The first key behind all that begin with `prefix`; empty when there is none. */
static struct br_key prefix_behind(struct br_str prefix)
{
	struct br_key key;

	br_assert(prefix.n <= sizeof(key.bytes));
	key.n = prefix.n;
	if (prefix.n > 0)
		memcpy(key.bytes, prefix.s, prefix.n);
	while (key.n > 0 && key.bytes[key.n - 1] == 0xFF)
		key.n--;
	if (key.n > 0)
		key.bytes[key.n - 1]++;
	br_assert(key.n <= prefix.n);
	return key;
}

/* Moves to the first row of the walk. */
static int scan_start(struct br_scan *scan, MDB_val *key, MDB_val *value)
{
	struct br_key behind;
	int code;

	br_assert(scan->cursor != NULL && !scan->started);
	if (!scan->backwards) {
		*key = val(
			br_str_compare(scan->from, scan->prefix) > 0 ? scan->from : scan->prefix);
		return mdb_cursor_get(
			scan->cursor, key, value, key->mv_size > 0 ? MDB_SET_RANGE : MDB_FIRST);
	}
	if (scan->from.n > 0) {
		*key = val(scan->from);
	} else {
		behind = prefix_behind(scan->prefix);
		*key = val(br_key_str(&behind));
	}
	if (key->mv_size == 0)
		return mdb_cursor_get(scan->cursor, key, value, MDB_LAST);
	code = mdb_cursor_get(scan->cursor, key, value, MDB_SET_RANGE);
	return mdb_cursor_get(scan->cursor, key, value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

bool br_scan_next(struct br_scan *scan, struct br_str *ret_key, struct br_str *ret_value)
{
	MDB_val key, value;
	int code;

	if (scan->cursor == NULL || scan->txn->error != 0)
		return false;
	if (scan->started)
		code = mdb_cursor_get(
			scan->cursor, &key, &value, scan->backwards ? MDB_PREV : MDB_NEXT);
	else
		code = scan_start(scan, &key, &value);
	scan->started = true;
	if (code == MDB_NOTFOUND)
		return false;
	if (code != MDB_SUCCESS) {
		(void)br_txn_fail(scan->txn, store_error(code));
		return false;
	}
	if (key.mv_size < scan->prefix.n ||
		(scan->prefix.n > 0 && memcmp(key.mv_data, scan->prefix.s, scan->prefix.n) != 0))
		return false;
	br_assert(key.mv_size > 0 && key.mv_size <= BR_KEY_BYTES_MAX);
	*ret_key = str(key);
	*ret_value = str(value);
	return true;
}

void br_scan_end(struct br_scan *scan)
{
	br_assert(scan->txn != NULL);
	if (scan->cursor != NULL)
		mdb_cursor_close(scan->cursor);
	scan->cursor = NULL;
}
