/* The keys' part of bringing a backup back. _GNU_SOURCE is for mkdtemp() and renameat2(). */
#define _GNU_SOURCE
#include "node/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/keys.h"

/* The identity of the keys in a folder: 0, BR_E_NOT_FOUND when there are none, or an error. */
static int identity_read(const char *path, unsigned char ret_identity[BR_KEYS_IDENTITY_BYTES],
	struct br_fault *fault)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *store = NULL;
	int result;

	br_assert(path[0] != '\0');
	if (access(br_path_in(path, "data.mdb").s, F_OK) < 0)
		return BR_E_NOT_FOUND;
	result = br_keys_look(path, &store, fault);
	if (result < 0)
		return result;
	result = br_keys_identity(store, ret_identity);
	return result < 0 ? br_fault_set(fault, BR_E_CORRUPT, "%s: no keys can be read", path) : 0;
}

/* Copies the backup's keys into the folder `fresh` and checks what arrived there. */
static int keys_copy(const char *folder, const char *fresh,
	const struct br_backup_manifest *manifest, struct br_fault *fault)
{
	struct br_path copy = br_path_in(fresh, "data.mdb");
	char sha256[BR_SHA256_TEXT_BYTES];
	uint64_t bytes;
	int result = br_file_copy(br_path_in(folder, "keys/data.mdb").s, copy.s, fault);

	br_assert(manifest->keys_sha256[0] != '\0');
	if (result == 0)
		result = br_file_measure(copy.s, &bytes, sha256, fault);
	if (result < 0)
		return result;
	if (bytes != manifest->keys_bytes || strcmp(sha256, manifest->keys_sha256) != 0)
		return br_fault_set(fault, BR_E_CORRUPT,
			"the backup's keys/data.mdb is not what its manifest says: it is damaged "
			"or "
			"was changed");
	return 0;
}

int br_restore_keys_fill(const char *folder, const char *state_dir,
	const struct br_backup_manifest *manifest, struct br_restore_keys *ret_keys,
	struct br_fault *fault)
{
	unsigned char here[BR_KEYS_IDENTITY_BYTES], there[BR_KEYS_IDENTITY_BYTES];
	struct br_path fresh = br_path_in(state_dir, "keys.restore-XXXXXX");
	int result, own;

	br_assert(ret_keys->fresh[0] == '\0');
	if (manifest->keys_sha256[0] == '\0')
		return 0;
	if (mkdtemp(fresh.s) == NULL)
		return br_path_fault(fault, state_dir);
	_Static_assert(sizeof(fresh.s) == sizeof(ret_keys->fresh), "both are a path");
	memcpy(ret_keys->fresh, fresh.s, sizeof(fresh.s));
	result = keys_copy(folder, fresh.s, manifest, fault);
	if (result == 0)
		result = identity_read(fresh.s, there, fault);
	own = result < 0 ? result : identity_read(br_path_in(state_dir, "keys").s, here, fault);
	/* The node's own lack only what was erased since, and that must stay erased. */
	if (own == 0 && memcmp(here, there, sizeof(here)) == 0)
		br_restore_keys_drop(ret_keys);
	else if (result == 0 && (own == 0 || own == BR_E_NOT_FOUND))
		result = br_restore_owner_give(fresh.s, state_dir, fault);
	else
		result = own;
	return result < 0 || ret_keys->fresh[0] == '\0' ? result : br_folder_sync(fresh.s, fault);
}

/* Other keys, such as those that a new machine made at its first start, are kept aside. */
int br_restore_keys_place(
	struct br_restore_keys *keys, const char *state_dir, int64_t now_ms, struct br_fault *fault)
{
	struct br_path place = br_path_in(state_dir, "keys"), kept;
	int lock = -1, result = 0, length;

	br_assert(now_ms >= 0);
	if (keys->fresh[0] == '\0')
		return 0;
	length = snprintf(kept.s, sizeof(kept.s), "%s.before-%" PRId64, place.s, now_ms);
	if (length < 0 || length >= (int)sizeof(kept.s))
		return br_fault_set(fault, BR_E_INVALID, "the path is too long");
	if (access(place.s, F_OK) == 0) {
		result = br_store_lock(place.s, &lock, fault);
		if (result == 0 &&
			renameat2(AT_FDCWD, place.s, AT_FDCWD, kept.s, RENAME_NOREPLACE) < 0)
			result = br_path_fault(fault, place.s);
	}
	if (result == 0)
		result = br_folder_place(keys->fresh, place.s, fault);
	if (lock >= 0)
		(void)close(lock);
	if (result == 0)
		keys->fresh[0] = '\0';
	return result;
}

/* A copy of the keys must not stay behind in a folder that nobody looks into. */
void br_restore_keys_drop(struct br_restore_keys *keys)
{
	br_assert(strlen(keys->fresh) < sizeof(keys->fresh));
	if (keys->fresh[0] != '\0')
		br_store_remove(keys->fresh);
	keys->fresh[0] = '\0';
}
