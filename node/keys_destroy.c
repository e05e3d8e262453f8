/* Destroying keys: all that is left goes into a new file, and the old one is overwritten. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/keys_inside.h"

#define ZEROS_BYTES 65536

/*
 *	build   keys.new/data.mdb holds all that is left, synced
 *	link    keys/data.old names the old file, too
 *	rename  the new file is keys/data.mdb: from here on the keys are destroyed
 *	wipe    what data.old names is overwritten, and removed
 *
 * Who dies before `rename` has the old keys and does it again; who dies after it wipes at the next
 * start.
 */
static int step_fault(const struct br_keys *keys, const char *step)
{
	return keys->fault != NULL ? keys->fault(keys->fault_context, step) : 0;
}

/* The environment that is filled while the old one is still in use. */
static struct br_path new_path(const char *path)
{
	struct br_path fresh;
	int length = snprintf(fresh.s, sizeof(fresh.s), "%s.new", path);

	br_assert(length > 0 && length < (int)sizeof(fresh.s));
	return fresh;
}

/* Overwrites a file with zeros and removes it; 0 when there is none. */
static int file_wipe(const char *path, struct br_fault *fault)
{
	static const char zeros[ZEROS_BYTES];
	struct stat file;
	int fd = open(path, O_WRONLY | O_CLOEXEC), result = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : br_path_fault(fault, path);
	if (fstat(fd, &file) < 0)
		result = br_path_fault(fault, path);
	for (off_t at = 0; result == 0 && at < file.st_size; at += ZEROS_BYTES) {
		off_t rest = file.st_size - at;
		size_t n = rest < ZEROS_BYTES ? (size_t)rest : ZEROS_BYTES;

		if (pwrite(fd, zeros, n, at) != (ssize_t)n)
			result = br_path_fault(fault, path);
	}
	/* Overwritten on the disk, too, before the last name of it goes. */
	if (result == 0 && fsync(fd) < 0)
		result = br_path_fault(fault, path);
	(void)close(fd);
	if (result == 0 && unlink(path) < 0)
		result = br_path_fault(fault, path);
	return result;
}

/* What data.old names: another file than data.mdb only behind `rename`. */
static int old_wipe(const char *path, struct br_fault *fault)
{
	struct br_path old = br_path_in(path, "data.old"), now = br_path_in(path, "data.mdb");
	struct stat old_file, now_file;
	int result;

	if (lstat(old.s, &old_file) < 0)
		return errno == ENOENT ? 0 : br_path_fault(fault, old.s);
	if (lstat(now.s, &now_file) == 0 && now_file.st_ino == old_file.st_ino)
		result = unlink(old.s) < 0 ? br_path_fault(fault, old.s) : 0;
	else
		result = file_wipe(old.s, fault);
	return result < 0 ? result : br_folder_sync(path, fault);
}

/* It holds keys too, so it is overwritten like the old one and not only removed. */
static int new_remove(const char *path, struct br_fault *fault)
{
	struct br_path fresh = new_path(path);
	int result = file_wipe(br_path_in(fresh.s, "data.mdb").s, fault);

	br_store_remove(fresh.s);
	return result;
}

/* The old file first: were the new one gone before, a crash would leave two to choose from. */
int br_keys_rewrite_clear(const char *path, struct br_fault *fault)
{
	int result = old_wipe(path, fault);

	br_assert(path[0] != '\0');
	return result < 0 ? result : new_remove(path, fault);
}

/* One key into the new environment, wrapped as it is to be from now on. */
static int key_carry(
	struct br_keys *keys, struct br_txn *to, struct br_str id, const struct br_key_row *row)
{
	unsigned char bytes[BR_PERSON_KEY_BYTES], room[BR_WRAPPED_BYTES_MAX];
	struct br_key by_person = br_key_of_str(row->person);
	struct br_key_row carried = *row;
	struct br_text text;
	int result = br_keys_unwrap(keys, id, row->wrapped, bytes);

	br_assert(id.n == BR_KEY_ID_BYTES);
	if (result == 0)
		result = br_keys_wrap(keys, id, bytes, room, &carried.wrapped);
	br_wipe(bytes, sizeof(bytes));
	if (result < 0)
		return result;
	br_text_init(&text, BR_RECORD_BYTES_MAX);
	br_record_encode(&br_key_row_shape, &carried, &text);
	result = br_text_error(&text);
	if (result == 0)
		br_txn_append(to, BR_KEYS_KEY, id, br_text_str(&text));
	br_text_finish(&text);
	br_wipe(room, sizeof(room));
	br_key_add_u64(&by_person, row->born);
	for (size_t i = 0; i < id.n; i++)
		br_key_add_u8(&by_person, (uint8_t)id.s[i]);
	br_txn_put(to, BR_KEYS_PERSON, br_key_str(&by_person), (struct br_str){"", 0});
	return result < 0 ? result : br_txn_error(to);
}

static int keys_carry(struct br_keys *keys, struct br_txn *from, struct br_txn *to,
	bool (*keep)(void *context, const struct br_key_row *row), void *context)
{
	struct br_str none = {NULL, 0}, id, value;
	struct br_scan scan;
	int result = 0;

	br_scan_begin(&scan, from, BR_KEYS_KEY, none, none, false);
	while (result == 0 && br_scan_next(&scan, &id, &value)) {
		struct br_key_row row;

		result = br_record_decode(&br_key_row_shape, value, NULL, &row);
		if (result == 0 && (id.n != BR_KEY_ID_BYTES || row.wrapped.n == 0))
			result = BR_E_CORRUPT;
		if (result == 0 && keep(context, &row))
			result = key_carry(keys, to, id, &row);
	}
	br_scan_end(&scan);
	br_assert(result <= 0);
	return result < 0 ? result : br_txn_error(from);
}

/* What is beside the keys; the secret is wrapped anew like them. */
static int rest_carry(struct br_keys *keys, struct br_txn *to)
{
	struct br_key erased = br_key_of_u64(keys->erased);

	br_assert(to != NULL);
	br_keys_secret_put(keys, to);
	br_txn_put(to, BR_KEYS_STATE, BR_KEYS_ERASED, br_key_str(&erased));
	return br_txn_error(to);
}

/*
 * Row by row and not as a copy of the file: pages that are copied whole bring along what was
 * deleted on them.
 */
static int new_build(struct br_keys *keys,
	bool (*keep)(void *context, const struct br_key_row *row), void *context,
	struct br_fault *fault)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *fresh = NULL;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *from = NULL, *to = NULL;
	int result = new_remove(keys->path, fault);

	br_assert(keys->store != NULL && keys->txn == NULL);
	if (result == 0)
		result = br_keys_store_open(
			new_path(keys->path).s, keys->sync_off, false, &fresh, fault);
	if (result < 0)
		return result;
	result = br_txn_begin(keys->store, false, &from);
	if (result == 0)
		result = br_txn_begin(fresh, true, &to);
	if (result == 0)
		result = keys_carry(keys, from, to, keep, context);
	if (result == 0)
		result = rest_carry(keys, to);
	if (result == 0)
		result = br_txn_commit(BR_TAKE(to));
	return result < 0 ? br_fault_set(fault, result, "the keys cannot be written anew") : 0;
}

/* Gives the new file the old one's name. The environment is closed meanwhile. */
static int new_place(const struct br_keys *keys, struct br_fault *fault)
{
	struct br_path old = br_path_in(keys->path, "data.old");
	struct br_path now = br_path_in(keys->path, "data.mdb");
	struct br_path fresh = br_path_in(new_path(keys->path).s, "data.mdb");
	int result = step_fault(keys, "link");

	br_assert(keys->store == NULL);
	if (result < 0)
		return br_fault_set(fault, result, "a fault was asked for");
	if (link(now.s, old.s) < 0)
		return br_path_fault(fault, old.s);
	result = step_fault(keys, "rename");
	if (result < 0)
		return br_fault_set(fault, result, "a fault was asked for");
	if (rename(fresh.s, now.s) < 0)
		return br_path_fault(fault, now.s);
	return br_folder_sync(keys->path, fault);
}

/*
 * The environment is closed for the swap, because LMDB must never have one file open twice, and its
 * locks go by the file. Readers on other threads wait that long at the mutex.
 */
int br_keys_rewrite(struct br_keys *keys, bool (*keep)(void *context, const struct br_key_row *row),
	void *context, struct br_fault *fault)
{
	int result = step_fault(keys, "build");

	br_assert(keys->txn == NULL);
	if (result == 0)
		result = new_build(keys, keep, context, fault);
	if (result < 0)
		return result;
	br_mutex_lock(&keys->lock);
	br_store_close(BR_TAKE(keys->store));
	result = new_place(keys, fault);
	if (result == 0)
		result = br_keys_store_open(keys->path, keys->sync_off, false, &keys->store, fault);
	br_mutex_unlock(&keys->lock);
	if (result == 0)
		result = step_fault(keys, "wipe");
	/* Behind this nothing of the old file is left under any name. */
	return result < 0 ? result : br_keys_rewrite_clear(keys->path, fault);
}

/* Those whose keys are destroyed together. */
struct doom {
	const struct br_keys_doomed *doomed;
	unsigned n;
	uint64_t upto;
};

/*
 * A key that was born behind the journal's end is from before a restore, and not from after the
 * erasure.
 */
static bool doom_keep(void *context, const struct br_key_row *row)
{
	const struct doom *doom = context;

	br_assert(doom->n > 0);
	for (unsigned i = 0; i < doom->n; i++)
		if ((row->born < doom->doomed[i].sequence || row->born > doom->upto) &&
			br_str_is(row->person, doom->doomed[i].person))
			return false;
	return true;
}

/* Without a key to destroy the mark is all there is to write. */
static int erased_note(struct br_keys *keys, struct br_fault *fault)
{
	struct br_key erased = br_key_of_u64(keys->erased);
	struct br_txn *txn;
	int result = br_txn_begin(keys->store, true, &txn);

	if (result == 0) {
		br_txn_put(txn, BR_KEYS_STATE, BR_KEYS_ERASED, br_key_str(&erased));
		result = br_txn_commit(txn);
	}
	return result < 0 ? br_fault_set(fault, result, "the keys cannot be written") : 0;
}

/* Whoever has no key needs no new file: the most of what expires does, but not all. */
static bool doomed_has_key(struct br_keys *keys, const struct br_keys_doomed *doomed, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct br_person_key key;
		int result = br_keys_find(keys, br_str_from(doomed[i].person), 0, &key);

		br_wipe(&key, sizeof(key));
		/* What cannot be read is no reason to leave it. */
		if (result != BR_E_NOT_FOUND)
			return true;
	}
	return false;
}

int br_keys_destroy(struct br_keys *keys, const struct br_keys_doomed *doomed, unsigned n,
	uint64_t upto, struct br_fault *fault)
{
	struct doom doom = {doomed, n, upto};

	br_assert(keys->store != NULL && keys->txn == NULL);
	br_assert(doomed != NULL || n == 0);
	if (upto > keys->erased)
		keys->erased = upto;
	if (!doomed_has_key(keys, doomed, n))
		return erased_note(keys, fault);
	return br_keys_rewrite(keys, doom_keep, &doom, fault);
}

/* Whom a sweep asks about each key. */
struct sweep {
	bool (*known)(void *context, struct br_str person);
	void *context;
	uint64_t n;
};

static bool sweep_keep(void *context, const struct br_key_row *row)
{
	struct sweep *sweep = context;
	bool known = sweep->known(sweep->context, row->person);

	br_assert(row->person.n > 0);
	sweep->n += !known;
	return known;
}

/* Counts first: at nearly every start there is nothing to sweep, and no file to write. */
static int sweep_count(struct br_keys *keys, struct sweep *sweep)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str none = {NULL, 0}, id, value;
	struct br_scan scan;
	int result = br_txn_begin(keys->store, false, &txn);

	if (result < 0)
		return result;
	br_scan_begin(&scan, txn, BR_KEYS_KEY, none, none, false);
	while (result == 0 && br_scan_next(&scan, &id, &value)) {
		struct br_key_row row;

		result = br_record_decode(&br_key_row_shape, value, NULL, &row);
		if (result == 0)
			(void)sweep_keep(sweep, &row);
	}
	br_scan_end(&scan);
	br_assert(result <= 0);
	return result < 0 ? result : br_txn_error(txn);
}

int br_keys_sweep(struct br_keys *keys, bool (*known)(void *context, struct br_str person),
	void *context, uint64_t *ret_n, struct br_fault *fault)
{
	struct sweep sweep = {known, context, 0};
	uint64_t n;
	int result = sweep_count(keys, &sweep);

	br_assert(keys->txn == NULL);
	if (result < 0)
		return br_fault_set(fault, result, "the keys cannot be read");
	n = sweep.n;
	if (n > 0)
		result = br_keys_rewrite(keys, sweep_keep, &sweep, fault);
	if (result == 0)
		*ret_n = n;
	return result;
}
