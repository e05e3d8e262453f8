/* _GNU_SOURCE for mkdtemp(). */
#define _GNU_SOURCE
#include "node/backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/core.h"
#include "node/folder.h"

static void backup_remove(const char *folder)
{
	br_assert(folder[0] != '\0');
	br_store_remove(br_path_in(folder, "ledger").s);
	br_store_remove(br_path_in(folder, "keys").s);
	(void)unlink(br_path_in(folder, "manifest.json").s);
	(void)rmdir(folder);
}

/* Reads epoch and head out of the copy itself: the daemon may have gone on since. */
static int copy_look(
	const char *ledger, struct br_backup_manifest *manifest, struct br_fault *fault)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *copy = NULL;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_store_options options = br_ledger_options(true);
	struct br_str epoch;
	int result = br_store_open(ledger, &options, &copy, fault);

	if (result < 0)
		return result;
	result = br_txn_begin(copy, false, &txn);
	if (result == 0)
		result = br_txn_get(txn, BR_TABLE_STATE, BR_STATE_EPOCH, &epoch);
	if (result < 0 || epoch.n != BR_EPOCH_BYTES)
		return br_fault_set(
			fault, result < 0 ? result : BR_E_CORRUPT, "the copy has no epoch");
	br_assert(sizeof(manifest->epoch) == 2 * BR_EPOCH_BYTES + 1);
	for (size_t i = 0; i < epoch.n; i++)
		(void)snprintf(manifest->epoch + 2 * i, 3, "%02x", (unsigned char)epoch.s[i]);
	manifest->head = br_journal_head(txn);
	result = br_txn_error(txn);
	return result < 0 ? br_fault_set(fault, result, "the copy's journal cannot be read") : 0;
}

static int manifest_write(
	const char *path, const struct br_backup_manifest *manifest, struct br_fault *fault)
{
	struct br_json_out out;
	struct br_text text;
	int result;

	br_assert(strlen(manifest->sha256) == 64 && strlen(manifest->epoch) == 16);
	br_text_init(&text, BR_BACKUP_MANIFEST_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_u64(&out, "format", BR_BACKUP_FORMAT);
	br_json_out_puts(&out, "store", manifest->store);
	br_json_out_puts(&out, "epoch", manifest->epoch);
	br_json_out_u64(&out, "head", manifest->head);
	br_json_out_u64(&out, "layout", manifest->layout);
	br_json_out_time(&out, "time", manifest->made_ms);
	br_json_out_puts(&out, "file", "ledger/data.mdb");
	br_json_out_u64(&out, "bytes", manifest->bytes);
	br_json_out_puts(&out, "sha256", manifest->sha256);
	if (manifest->keys_sha256[0] != '\0') {
		br_json_out_u64(&out, "keys_bytes", manifest->keys_bytes);
		br_json_out_puts(&out, "keys_sha256", manifest->keys_sha256);
	}
	br_json_out_end(&out);
	br_text_putc(&text, '\n');
	result = br_text_error(&text);
	if (result == 0)
		result = br_file_write(path, br_text_str(&text), fault);
	br_text_finish(&text);
	return result;
}

static int keys_fill(struct br_store *keys, const char *part, struct br_backup_manifest *manifest,
	struct br_fault *fault)
{
	struct br_path folder = br_path_in(part, "keys"), copy = br_path_in(folder.s, "data.mdb");
	int result;

	br_assert(part[0] != '\0');
	if (keys == NULL)
		return 0;
	if (mkdir(folder.s, 0700) < 0)
		return br_path_fault(fault, folder.s);
	result = br_store_copy(keys, copy.s, fault);
	if (result == 0)
		result = br_file_measure(
			copy.s, &manifest->keys_bytes, manifest->keys_sha256, fault);
	return result < 0 ? result : br_folder_sync(folder.s, fault);
}

/* Fills the folder `part`, which is there and empty. */
static int backup_fill(struct br_store *store, struct br_store *keys, const char *part,
	struct br_backup_manifest *manifest, struct br_fault *fault)
{
	struct br_path ledger = br_path_in(part, "ledger"), copy = br_path_in(ledger.s, "data.mdb");
	int result;

	br_assert(manifest->layout == BR_LEDGER_LAYOUT && part[0] != '\0');
	if (mkdir(ledger.s, 0700) < 0)
		return br_path_fault(fault, ledger.s);
	result = br_store_copy(store, copy.s, fault);
	if (result == 0)
		result = copy_look(ledger.s, manifest, fault);
	if (result < 0)
		return result;
	(void)unlink(br_path_in(ledger.s, "lock.mdb").s);
	result = br_file_measure(copy.s, &manifest->bytes, manifest->sha256, fault);
	if (result == 0)
		result = br_folder_sync(ledger.s, fault);
	if (result == 0)
		result = keys_fill(keys, part, manifest, fault);
	if (result == 0)
		result = manifest_write(br_path_in(part, "manifest.json").s, manifest, fault);
	return result < 0 ? result : br_folder_sync(part, fault);
}

int br_backup(struct br_store *ledger, struct br_store *keys, const char *folder,
	struct br_str store_id, int64_t now_ms, struct br_backup_manifest *ret_manifest,
	struct br_fault *fault)
{
	struct br_backup_manifest manifest = {.layout = BR_LEDGER_LAYOUT, .made_ms = now_ms};
	struct br_path part = br_path_in(br_path_parent(folder).s, ".backup-XXXXXX");
	int result;

	br_assert(now_ms >= 0);
	if (folder[0] == '\0')
		return br_fault_set(fault, BR_E_INVALID, "a backup needs the name of a folder");
	if (!br_str_copy(store_id, manifest.store, sizeof(manifest.store)))
		return br_fault_set(
			fault, BR_E_INVALID, "the store's id is over %d bytes", BR_ID_BYTES_MAX);
	if (access(folder, F_OK) == 0)
		return br_fault_set(fault, BR_E_EXISTS,
			"%s is there already: a backup never overwrites, name a new folder",
			folder);
	if (mkdtemp(part.s) == NULL)
		return br_path_fault(fault, br_path_parent(folder).s);
	result = backup_fill(ledger, keys, part.s, &manifest, fault);
	if (result == 0)
		result = br_folder_place(part.s, folder, fault);
	if (result < 0) {
		backup_remove(part.s);
		return result;
	}
	br_assert(manifest.bytes > 0);
	if (ret_manifest != NULL)
		*ret_manifest = manifest;
	return 0;
}
