/* Bringing a backup back. _GNU_SOURCE is for mkdtemp(), pipe2() and renameat2(). */
#define _GNU_SOURCE
#include "node/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/core.h"
#include "node/folder.h"
#include "node/timekeeper.h"

/* Later numbers are not given out: a jump more must fit into what JSON's readers can tell apart. */
#define SEQUENCE_GIVEN_MAX ((UINT64_C(1) << 53) - 2 * BR_HOLE_JUMP)

/* Refuses a manifest that is not for this node or this program. */
static int manifest_check(
	const struct br_backup_manifest *manifest, struct br_str store_id, struct br_fault *fault)
{
	br_assert(strlen(manifest->sha256) == 64 && strlen(manifest->epoch) == 16);
	if (!br_str_is(store_id, manifest->store))
		return br_fault_set(fault, BR_E_INVALID,
			"the backup is store \"%s\"'s, this node is store \"%.*s\"",
			manifest->store, BR_STR_ARG(store_id));
	if (manifest->layout > BR_LEDGER_LAYOUT)
		return br_fault_set(fault, BR_E_VERSION,
			"the backup has layout %" PRIu64
			", this program knows up to %d: install the newer Backroom",
			manifest->layout, BR_LEDGER_LAYOUT);
	if (manifest->layout < BR_LEDGER_LAYOUT)
		return br_fault_set(fault, BR_E_VERSION,
			"the backup has layout %" PRIu64
			", this program needs %d and cannot turn one into the other: restore it "
			"with the older Backroom",
			manifest->layout, BR_LEDGER_LAYOUT);
	return 0;
}

/*
 * The new epoch's numbers lie beyond those of the restores before it because time has passed since
 * (hole.h): a clock that was not set yet would give some out a second time.
 */
static int time_check(
	const struct br_backup_manifest *manifest, int64_t now_ms, struct br_fault *fault)
{
	char now[BR_TIME_TEXT_BYTES], made[BR_TIME_TEXT_BYTES];

	br_assert(now_ms >= 0);
	if (now_ms >= manifest->made_ms - BR_TIME_APART_MS)
		return 0;
	br_time_format(now_ms, now);
	br_time_format(manifest->made_ms, made);
	return br_fault_set(fault, BR_E_INVALID,
		"this machine's clock is wrong: it says %s, and the backup was made %s; set the "
		"clock, then restore",
		now, made);
}

/* The last sequence of a ledger that nobody uses; 0 when it cannot be read. */
static uint64_t sequence_read(const char *ledger)
{
	struct br_store_options options = br_ledger_options(true);
	BR_CLEANUP(br_store_cleanup) struct br_store *store = NULL;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_fault fault;
	uint64_t head;
	int lock;

	br_assert(ledger[0] != '\0');
	/* A daemon that has it will not let it be replaced either; the process' end gives it back.
	 */
	if (br_store_lock(ledger, &lock, &fault) < 0 ||
		br_store_open(ledger, &options, &store, &fault) < 0 ||
		br_txn_begin(store, false, &txn) < 0)
		return 0;
	head = br_journal_head(txn);
	return br_txn_error(txn) < 0 ? 0 : head;
}

/*
 * The last sequence of the ledger that is to be replaced; 0 without one, or when it cannot be read:
 * then the time alone tells the numbers apart. It may be replaced because it is damaged, so badly
 * that whoever reads it dies: so a child does.
 */
static uint64_t sequence_given(const char *ledger)
{
	uint64_t given = 0;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	child = fork();
	if (child == 0) {
		given = sequence_read(ledger);
		_exit(write(ends[1], &given, sizeof(given)) == (ssize_t)sizeof(given) ? 0 : 1);
	}
	(void)close(ends[1]);
	if (child < 0 || read(ends[0], &given, sizeof(given)) != (ssize_t)sizeof(given) ||
		given >= SEQUENCE_GIVEN_MAX)
		given = 0;
	(void)close(ends[0]);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
	br_assert(given < SEQUENCE_GIVEN_MAX);
	return given;
}

/* Gives the copy its new epoch, beyond what was `given` out. */
static int epoch_renew(const char *ledger, uint64_t given, int64_t now_ms, struct br_fault *fault)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *store = NULL;
	BR_CLEANUP(br_core_cleanup) struct br_core *core = NULL;
	struct br_store_options options = br_ledger_options(false);
	int result = br_store_open(ledger, &options, &store, fault);

	if (result == 0)
		result = br_core_create(store, NULL, &core, fault);
	if (result < 0)
		return result;
	br_assert(core != NULL);
	result = br_core_renew(core, given, now_ms);
	return result < 0 ? br_fault_set(fault, result, "the copy's epoch could not be written")
			  : 0;
}

/*
 * A person restores as root, the daemon runs as a user of its own: what is made here belongs to
 * whom the state folder belongs to, or the daemon could not open it.
 */
int br_restore_owner_give(const char *fresh, const char *state_dir, struct br_fault *fault)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "owner.lock"};
	struct stat owner;

	br_assert(fresh[0] != '\0');
	if (geteuid() != 0)
		return 0;
	if (stat(state_dir, &owner) < 0)
		return br_path_fault(fault, state_dir);
	for (size_t i = 0; i < BR_ARRAY_LEN(files); i++) {
		struct br_path file = br_path_in(fresh, files[i]);

		if (lchown(file.s, owner.st_uid, owner.st_gid) < 0 && errno != ENOENT)
			return br_path_fault(fault, file.s);
	}
	return lchown(fresh, owner.st_uid, owner.st_gid) < 0 ? br_path_fault(fault, fresh) : 0;
}

/* Copies the backup into the folder `fresh`, checks what arrived there, and makes it ready. */
static int restore_fill(const char *folder, const char *fresh,
	const struct br_backup_manifest *manifest, uint64_t given, int64_t now_ms,
	struct br_fault *fault)
{
	struct br_path copy = br_path_in(fresh, "data.mdb");
	char sha256[65];
	uint64_t bytes;
	int result = br_file_copy(br_path_in(folder, "ledger/data.mdb").s, copy.s, fault);

	br_assert(fresh[0] != '\0' && manifest->layout == BR_LEDGER_LAYOUT);
	if (result == 0)
		result = br_file_measure(copy.s, &bytes, sha256, fault);
	if (result < 0)
		return result;
	if (bytes != manifest->bytes || strcmp(sha256, manifest->sha256) != 0)
		return br_fault_set(fault, BR_E_CORRUPT,
			"the backup's ledger/data.mdb is not what its manifest says: it is damaged "
			"or was changed");
	result = epoch_renew(fresh, given, now_ms, fault);
	return result < 0 ? result : br_folder_sync(fresh, fault);
}

/*
 * Swaps the fresh ledger with the old one, which is then kept under another name. From the swap on
 * `fresh` names nothing that may be removed: what lies there is the old ledger.
 */
static int ledger_swap(
	struct br_path *fresh, const char *ledger, int64_t now_ms, struct br_fault *fault)
{
	struct br_path kept;
	int length = snprintf(kept.s, sizeof(kept.s), "%s.before-%" PRId64, ledger, now_ms);

	br_assert(fresh->s[0] != '\0');
	if (length < 0 || length >= (int)sizeof(kept.s))
		return br_fault_set(fault, BR_E_INVALID, "the path is too long");
	if (renameat2(AT_FDCWD, fresh->s, AT_FDCWD, ledger, RENAME_EXCHANGE) < 0)
		return br_path_fault(fault, ledger);
	/* When this fails the old ledger stays under the temporary name, which is no loss. */
	(void)renameat2(AT_FDCWD, fresh->s, AT_FDCWD, kept.s, RENAME_NOREPLACE);
	br_assert(strcmp(fresh->s, kept.s) != 0);
	fresh->s[0] = '\0';
	return br_folder_sync(br_path_parent(ledger).s, fault);
}

/* Puts the fresh folder in the ledger's place, which a daemon must not be using. */
static int ledger_place(struct br_path *fresh, const char *ledger, struct br_restore_keys *keys,
	bool replace, int64_t now_ms, struct br_fault *fault)
{
	const struct br_path state_dir = br_path_parent(ledger);
	int lock = -1, result;

	br_assert(strcmp(fresh->s, ledger) != 0);
	if (access(ledger, F_OK) < 0) {
		result = br_restore_keys_place(keys, state_dir.s, now_ms, fault);
		return result < 0 ? result : br_folder_place(fresh->s, ledger, fault);
	}
	if (!replace)
		return br_fault_set(fault, BR_E_EXISTS,
			"%s is there already: --force restores over it, and keeps it aside",
			ledger);
	result = br_store_lock(ledger, &lock, fault);
	if (result < 0)
		return result;
	result = br_restore_keys_place(keys, state_dir.s, now_ms, fault);
	if (result == 0)
		result = ledger_swap(fresh, ledger, now_ms, fault);
	(void)close(lock);
	return result;
}

int br_restore(const char *folder, const char *state_dir, struct br_str store_id, int64_t now_ms,
	bool replace, struct br_backup_manifest *ret_manifest, struct br_fault *fault)
{
	struct br_path fresh = br_path_in(state_dir, "ledger.restore-XXXXXX");
	struct br_path ledger = br_path_in(state_dir, "ledger");
	struct br_restore_keys keys = {.fresh = ""};
	struct br_backup_manifest manifest = {.head = 0};
	uint64_t given;
	int result = 0;

	br_assert(now_ms >= 0);
	if (folder != NULL)
		result = br_backup_manifest_read(folder, &manifest, fault);
	if (folder != NULL && result == 0)
		result = manifest_check(&manifest, store_id, fault);
	if (folder != NULL && result == 0)
		result = time_check(&manifest, now_ms, fault);
	if (result < 0)
		return result;
	if (mkdtemp(fresh.s) == NULL)
		return br_path_fault(fault, state_dir);
	given = sequence_given(ledger.s);
	if (folder != NULL)
		result = restore_fill(folder, fresh.s, &manifest, given, now_ms, fault);
	else
		result = epoch_renew(fresh.s, given, now_ms, fault);
	if (result == 0)
		result = br_restore_owner_give(fresh.s, state_dir, fault);
	if (folder != NULL && result == 0)
		result = br_restore_keys_fill(folder, state_dir, &manifest, &keys, fault);
	if (result == 0)
		result = ledger_place(&fresh, ledger.s, &keys, replace, now_ms, fault);
	br_restore_keys_drop(&keys);
	if (result < 0) {
		if (fresh.s[0] != '\0')
			br_store_remove(fresh.s);
		return result;
	}
	if (ret_manifest != NULL)
		*ret_manifest = manifest;
	return 0;
}
