/* _GNU_SOURCE for mkdtemp() and renameat2(). */
#define _GNU_SOURCE
#include "node/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/core.h"
#include "node/crypto.h"

#define PATH_BYTES 4096
#define FORMAT 1

struct path {
	char s[PATH_BYTES];
};

static int errno_fault(struct br_fault *fault, const char *path)
{
	return br_fault_set(fault, br_error_from_errno(errno), "%s: %s", path, strerror(errno));
}

/* `folder`/`name`; a path too long becomes empty, which no call takes. */
static struct path path_in(const char *folder, const char *name)
{
	struct path path;
	int length = snprintf(path.s, sizeof(path.s), "%s/%s", folder, name);

	if (length < 0 || length >= (int)sizeof(path.s))
		path.s[0] = '\0';
	return path;
}

/* Makes what was done in a folder (new names, renames) survive a loss of power. */
static int folder_sync(const char *path, struct br_fault *fault)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return errno_fault(fault, path);
	if (fsync(fd) < 0)
		result = errno_fault(fault, path);
	(void)close(fd);
	return result;
}

/* Removes a copy's folder with all that this file and the store put into it. */
static void copy_remove(const char *folder)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "owner.lock"};

	for (size_t i = 0; i < BR_ARRAY_LEN(files); i++)
		(void)unlink(path_in(folder, files[i]).s);
	(void)rmdir(folder);
}

static void backup_remove(const char *folder)
{
	copy_remove(path_in(folder, "ledger").s);
	(void)unlink(path_in(folder, "manifest.json").s);
	(void)rmdir(folder);
}

static int file_write(const char *path, struct br_str bytes, struct br_fault *fault)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int result = 0;

	if (fd < 0)
		return errno_fault(fault, path);
	while (bytes.n > 0 && result == 0) {
		ssize_t n = write(fd, bytes.s, bytes.n);

		if (n < 0) {
			result = errno_fault(fault, path);
			break;
		}
		bytes.s += n;
		bytes.n -= (size_t)n;
	}
	if (result == 0 && fsync(fd) < 0)
		result = errno_fault(fault, path);
	(void)close(fd);
	return result;
}

/* Size and hash of a file, as the manifest has them. */
static int file_measure(
	const char *path, uint64_t *ret_bytes, char ret_sha256[65], struct br_fault *fault)
{
	unsigned char digest[BR_SHA256_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	int result;

	if (fd < 0)
		return errno_fault(fault, path);
	result = fstat(fd, &status) < 0 ? BR_E_IO : br_sha256_file(fd, digest);
	(void)close(fd);
	if (result < 0)
		return br_fault_set(fault, result, "%s: cannot be read", path);
	*ret_bytes = (uint64_t)status.st_size;
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(ret_sha256 + 2 * i, 3, "%02x", digest[i]);
	return 0;
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
	for (size_t i = 0; i < epoch.n; i++)
		(void)snprintf(manifest->epoch + 2 * i, 3, "%02x", (unsigned char)epoch.s[i]);
	manifest->head = br_journal_head(txn);
	return br_txn_error(txn);
}

static int manifest_write(
	const char *path, const struct br_backup_manifest *manifest, struct br_fault *fault)
{
	struct br_json_out out;
	struct br_text text;
	int result;

	br_text_init(&text, BR_BACKUP_MANIFEST_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_u64(&out, "format", FORMAT);
	br_json_out_puts(&out, "store", manifest->store);
	br_json_out_puts(&out, "epoch", manifest->epoch);
	br_json_out_u64(&out, "head", manifest->head);
	br_json_out_u64(&out, "layout", manifest->layout);
	br_json_out_time(&out, "time", manifest->made_ms);
	br_json_out_puts(&out, "file", "ledger/data.mdb");
	br_json_out_u64(&out, "bytes", manifest->bytes);
	br_json_out_puts(&out, "sha256", manifest->sha256);
	br_json_out_end(&out);
	br_text_putc(&text, '\n');
	result = br_text_error(&text);
	if (result == 0)
		result = file_write(path, br_text_str(&text), fault);
	br_text_finish(&text);
	return result;
}

/* Fills the folder `part`, which is there and empty. */
static int backup_fill(struct br_store *store, const char *part,
	struct br_backup_manifest *manifest, struct br_fault *fault)
{
	struct path ledger = path_in(part, "ledger"), copy = path_in(ledger.s, "data.mdb");
	int result;

	if (mkdir(ledger.s, 0700) < 0)
		return errno_fault(fault, ledger.s);
	result = br_store_copy(store, copy.s, fault);
	if (result == 0)
		result = copy_look(ledger.s, manifest, fault);
	if (result < 0)
		return result;
	(void)unlink(path_in(ledger.s, "lock.mdb").s);
	result = file_measure(copy.s, &manifest->bytes, manifest->sha256, fault);
	if (result == 0)
		result = folder_sync(ledger.s, fault);
	if (result == 0)
		result = manifest_write(path_in(part, "manifest.json").s, manifest, fault);
	return result < 0 ? result : folder_sync(part, fault);
}

/* The folder that `path` lies in. */
static struct path parent_of(const char *path)
{
	struct path parent;
	char *slash;

	(void)snprintf(parent.s, sizeof(parent.s), "%s", path);
	while ((slash = strrchr(parent.s, '/')) != NULL && slash[1] == '\0' && slash != parent.s)
		*slash = '\0';
	if (slash == NULL)
		(void)strcpy(parent.s, ".");
	else
		slash[slash == parent.s] = '\0';
	return parent;
}

/* Renames the finished folder to its name, which nobody may have taken meanwhile. */
static int folder_place(const char *from, const char *to, struct br_fault *fault)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		return errno_fault(fault, to);
	return folder_sync(parent_of(to).s, fault);
}

int br_backup(struct br_store *store, const char *folder, struct br_str store_id, int64_t now_ms,
	struct br_backup_manifest *ret_manifest, struct br_fault *fault)
{
	struct br_backup_manifest manifest = {.layout = BR_LEDGER_LAYOUT, .made_ms = now_ms};
	struct path part = path_in(parent_of(folder).s, ".backup-XXXXXX");
	int result;

	if (!br_str_copy(store_id, manifest.store, sizeof(manifest.store)))
		return br_fault_set(
			fault, BR_E_INVALID, "the store's id is over %d bytes", BR_ID_BYTES_MAX);
	if (access(folder, F_OK) == 0)
		return br_fault_set(fault, BR_E_EXISTS,
			"%s is there already: a backup never overwrites, name a new folder",
			folder);
	if (mkdtemp(part.s) == NULL)
		return errno_fault(fault, parent_of(folder).s);
	result = backup_fill(store, part.s, &manifest, fault);
	if (result == 0)
		result = folder_place(part.s, folder, fault);
	if (result < 0) {
		backup_remove(part.s);
		return result;
	}
	if (ret_manifest != NULL)
		*ret_manifest = manifest;
	return 0;
}

static bool hex_is(const char *text, size_t digits)
{
	return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static bool text_read(const struct br_json *json, const char *name, char *ret_text, size_t size)
{
	struct br_str text;

	return br_json_string(br_json_member(json, name), &text) &&
	       br_str_copy(text, ret_text, size);
}

static bool number_read(const struct br_json *json, const char *name, uint64_t *ret_number)
{
	int64_t number;

	if (!br_json_i64(br_json_member(json, name), &number) || number < 0)
		return false;
	*ret_number = (uint64_t)number;
	return true;
}

static int manifest_parse(
	struct br_str text, struct br_backup_manifest *manifest, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	uint64_t format;
	struct br_str made;
	int result = br_json_parse(text, &json, fault);

	if (result < 0)
		return result;
	if (!number_read(json, "format", &format))
		return br_fault_set(fault, BR_E_INVALID, "format: is missing");
	if (format != FORMAT)
		return br_fault_set(fault, BR_E_VERSION,
			"the backup has format %" PRIu64 ", this program knows %d", format, FORMAT);
	if (!text_read(json, "store", manifest->store, sizeof(manifest->store)) ||
		!text_read(json, "epoch", manifest->epoch, sizeof(manifest->epoch)) ||
		!text_read(json, "sha256", manifest->sha256, sizeof(manifest->sha256)) ||
		!hex_is(manifest->epoch, 16) || !hex_is(manifest->sha256, 64))
		return br_fault_set(
			fault, BR_E_INVALID, "store, epoch or sha256: is missing or damaged");
	if (!number_read(json, "head", &manifest->head) ||
		!number_read(json, "layout", &manifest->layout) ||
		!number_read(json, "bytes", &manifest->bytes) ||
		!br_json_string(br_json_member(json, "time"), &made) ||
		!br_time_parse(made, &manifest->made_ms))
		return br_fault_set(
			fault, BR_E_INVALID, "head, layout, bytes or time: is missing or damaged");
	return 0;
}

int br_backup_manifest_read(
	const char *folder, struct br_backup_manifest *ret_manifest, struct br_fault *fault)
{
	struct path path = path_in(folder, "manifest.json");
	struct br_backup_manifest manifest = {.head = 0};
	char bytes[BR_BACKUP_MANIFEST_BYTES_MAX + 1];
	int fd = open(path.s, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int result;

	if (fd < 0)
		return errno_fault(fault, path.s);
	n = read(fd, bytes, sizeof(bytes));
	(void)close(fd);
	if (n < 0)
		return br_fault_set(fault, BR_E_IO, "%s: cannot be read", path.s);
	if (n > BR_BACKUP_MANIFEST_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%s: is over %d bytes, no manifest",
			path.s, BR_BACKUP_MANIFEST_BYTES_MAX);
	result = manifest_parse((struct br_str){bytes, (size_t)n}, &manifest, fault);
	if (result == 0)
		*ret_manifest = manifest;
	else
		br_fault_prefix(fault, "manifest.json");
	return result;
}

/* Refuses a manifest that is not for this node or this program. */
static int manifest_check(
	const struct br_backup_manifest *manifest, struct br_str store_id, struct br_fault *fault)
{
	if (!br_str_is(store_id, manifest->store))
		return br_fault_set(fault, BR_E_INVALID,
			"the backup is store \"%s\"'s, this node is store \"%.*s\"",
			manifest->store, BR_STR_ARG(store_id));
	if (manifest->layout > BR_LEDGER_LAYOUT)
		return br_fault_set(fault, BR_E_VERSION,
			"the backup has layout %" PRIu64
			", this program knows up to %d: install the newer Backroom",
			manifest->layout, BR_LEDGER_LAYOUT);
	return 0;
}

static int stream_copy(int from, int to)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		for (ssize_t done = 0; done < n;) {
			ssize_t written = write(to, bytes + done, (size_t)(n - done));

			if (written < 0)
				return -1;
			done += written;
		}
	return n < 0 || fsync(to) < 0 ? -1 : 0;
}

static int file_copy(const char *from, const char *to, struct br_fault *fault)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out, result = 0;

	if (in < 0)
		return errno_fault(fault, from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 || stream_copy(in, out) < 0)
		result = errno_fault(fault, to);
	if (out >= 0)
		(void)close(out);
	(void)close(in);
	return result;
}

/* Gives the copy its new epoch. */
static int epoch_renew(const char *ledger, struct br_fault *fault)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *store = NULL;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_store_options options = br_ledger_options(false);
	char bytes[BR_EPOCH_BYTES];
	int result = br_store_open(ledger, &options, &store, fault);

	if (result < 0)
		return result;
	result = br_random(bytes, sizeof(bytes));
	if (result == 0)
		result = br_txn_begin(store, true, &txn);
	if (result < 0)
		return br_fault_set(fault, result, "the copy's epoch could not be made");
	br_txn_put(txn, BR_TABLE_STATE, BR_STATE_EPOCH, (struct br_str){bytes, sizeof(bytes)});
	result = br_txn_commit(BR_TAKE(txn));
	if (result < 0)
		return br_fault_set(fault, result, "the copy's epoch could not be written");
	return 0;
}

/* Copies the backup into the folder `fresh`, checks what arrived there, and makes it ready. */
static int restore_fill(const char *folder, const char *fresh,
	const struct br_backup_manifest *manifest, struct br_fault *fault)
{
	struct path copy = path_in(fresh, "data.mdb");
	char sha256[65];
	uint64_t bytes;
	int result = file_copy(path_in(folder, "ledger/data.mdb").s, copy.s, fault);

	if (result == 0)
		result = file_measure(copy.s, &bytes, sha256, fault);
	if (result < 0)
		return result;
	if (bytes != manifest->bytes || strcmp(sha256, manifest->sha256) != 0)
		return br_fault_set(fault, BR_E_CORRUPT,
			"the backup's ledger/data.mdb is not what its manifest says: it is damaged "
			"or was changed");
	result = epoch_renew(fresh, fault);
	return result < 0 ? result : folder_sync(fresh, fault);
}

/*
 * Swaps the fresh ledger with the old one, which is then kept under another name. From the swap on
 * `fresh` names nothing that may be removed: what lies there is the old ledger.
 */
static int ledger_swap(
	struct path *fresh, const char *ledger, int64_t now_ms, struct br_fault *fault)
{
	struct path kept;
	int length = snprintf(kept.s, sizeof(kept.s), "%s.before-%" PRId64, ledger, now_ms);

	if (length < 0 || length >= (int)sizeof(kept.s))
		return br_fault_set(fault, BR_E_INVALID, "the path is too long");
	if (renameat2(AT_FDCWD, fresh->s, AT_FDCWD, ledger, RENAME_EXCHANGE) < 0)
		return errno_fault(fault, ledger);
	/* When this fails the old ledger stays under the temporary name, which is no loss. */
	(void)renameat2(AT_FDCWD, fresh->s, AT_FDCWD, kept.s, RENAME_NOREPLACE);
	fresh->s[0] = '\0';
	return folder_sync(parent_of(ledger).s, fault);
}

/* Puts the fresh folder in the ledger's place, which a daemon must not be using. */
static int ledger_place(struct path *fresh, const char *ledger, bool replace, int64_t now_ms,
	struct br_fault *fault)
{
	int lock = -1, result;

	if (access(ledger, F_OK) < 0)
		return folder_place(fresh->s, ledger, fault);
	if (!replace)
		return br_fault_set(fault, BR_E_EXISTS,
			"%s is there already: restoring over it must be asked for", ledger);
	result = br_store_lock(ledger, &lock, fault);
	if (result < 0)
		return result;
	result = ledger_swap(fresh, ledger, now_ms, fault);
	(void)close(lock);
	return result;
}

int br_restore(const char *folder, const char *state_dir, struct br_str store_id, int64_t now_ms,
	bool replace, struct br_backup_manifest *ret_manifest, struct br_fault *fault)
{
	struct path fresh = path_in(state_dir, "ledger.restore-XXXXXX");
	struct path ledger = path_in(state_dir, "ledger");
	struct br_backup_manifest manifest;
	int result = br_backup_manifest_read(folder, &manifest, fault);

	if (result == 0)
		result = manifest_check(&manifest, store_id, fault);
	if (result < 0)
		return result;
	if (mkdtemp(fresh.s) == NULL)
		return errno_fault(fault, state_dir);
	result = restore_fill(folder, fresh.s, &manifest, fault);
	if (result == 0)
		result = ledger_place(&fresh, ledger.s, replace, now_ms, fault);
	if (result < 0) {
		if (fresh.s[0] != '\0')
			copy_remove(fresh.s);
		return result;
	}
	if (ret_manifest != NULL)
		*ret_manifest = manifest;
	return 0;
}
