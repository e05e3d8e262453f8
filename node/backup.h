/*
 * Backups: a hot compact copy of the ledger, and bringing one back.
 *
 *	<backup>/ledger/data.mdb   the copy, an environment of its own
 *	<backup>/keys/data.mdb     the keys of persons, as they lie in the node: wrapped or not
 *	<backup>/manifest.json     what it is: store, epoch, head, layout, time, size and SHA-256
 *
 * A backup is made beside a running daemon, in its process or in another one, and takes none of its
 * turns. The keys are copied behind the ledger, so that none that it needs is missing. A backup has
 * what is erased later until it is deleted itself: its keys are as good as the node's.
 *
 * Restoring needs the ledger to itself. Where the node still has the keys that the backup was made
 * with, they stay: they lack only those of persons who were erased since. Else the backup's are put
 * in place; who was erased since is erased again when the central system says so. A restored ledger
 * begins a new epoch, with sequences beyond all that were given out since; what HQ has of the time
 * between comes back from there (hole.h).
 */
#pragma once

#include <stdbool.h>

#include "node/error.h"
#include "node/limits.h"
#include "node/store.h"

#define BR_BACKUP_FORMAT 1 /* of the manifest and the folder */
#define BR_BACKUP_MANIFEST_BYTES_MAX 16384

struct br_backup_manifest {
	char store[BR_ID_BYTES_MAX + 1];
	char epoch[17]; /* 16 hexadecimal digits */
	char sha256[65];
	uint64_t head; /* last sequence in the copy */
	uint64_t layout;
	uint64_t bytes; /* size of the copy */
	uint64_t keys_bytes;
	char keys_sha256[65]; /* empty: a backup without keys */
	int64_t made_ms;
};

/*
 * Copies the ledger and the keys (NULL: none) into the folder `folder`, which must not exist: it
 * appears whole, with everything synced, or not at all. `store_id` and `now_ms` go into the
 * manifest. Errors: BR_E_EXISTS, BR_E_DISK_FULL, BR_E_IO, the store's own. *ret_manifest may be
 * NULL.
 */
BR_MUST_CHECK int br_backup(struct br_store *ledger, struct br_store *keys, const char *folder,
	struct br_str store_id, int64_t now_ms, struct br_backup_manifest *ret_manifest,
	struct br_fault *fault);

/*
 * Puts the backup in `folder`, or with NULL an empty ledger that HQ is to fill, into place as
 * <state_dir>/ledger with a new epoch. `store_id` is the store this node is configured as: another
 * store's backup is refused. A ledger that is there is refused (BR_E_EXISTS) unless `replace`; then
 * it is kept as <state_dir>/ledger.before-<now_ms>. Other errors: BR_E_BUSY (a daemon has the
 * ledger), BR_E_CORRUPT (size or hash differ from the manifest), BR_E_VERSION, BR_E_NOT_FOUND,
 * BR_E_INVALID, also for a time before the backup was made. On an error nothing has changed.
 */
BR_MUST_CHECK int br_restore(const char *folder, const char *state_dir, struct br_str store_id,
	int64_t now_ms, bool replace, struct br_backup_manifest *ret_manifest,
	struct br_fault *fault);

/*
 * The keys' part of restoring. They are put in place just before the ledger, because a ledger
 * without them would get new ones at the next start.
 */
struct br_restore_keys {
	char fresh[4096]; /* the backup's, checked and ready; empty when the node's own stay */
};
BR_MUST_CHECK int br_restore_keys_fill(const char *folder, const char *state_dir,
	const struct br_backup_manifest *manifest, struct br_restore_keys *ret_keys,
	struct br_fault *fault);
BR_MUST_CHECK int br_restore_keys_place(struct br_restore_keys *keys, const char *state_dir,
	int64_t now_ms, struct br_fault *fault);
/* Removes what was filled and not placed. */
void br_restore_keys_drop(struct br_restore_keys *keys);
/* Gives a folder of an environment to whom the state folder belongs to. */
BR_MUST_CHECK int br_restore_owner_give(
	const char *fresh, const char *state_dir, struct br_fault *fault);

/* Reads and checks <folder>/manifest.json. */
BR_MUST_CHECK int br_backup_manifest_read(
	const char *folder, struct br_backup_manifest *ret_manifest, struct br_fault *fault);
