/* Reading a backup's manifest. */
#include "node/backup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/json.h"
#include "node/time.h"

static bool hex_is(const char *text, size_t digits)
{
	br_assert(digits > 0);
	return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static bool text_read(const struct br_json *json, const char *name, char *ret_text, size_t size)
{
	struct br_str text;

	br_assert(size > 0);
	return br_json_string(br_json_member(json, name), &text) &&
	       br_str_copy(text, ret_text, size);
}

static bool number_read(const struct br_json *json, const char *name, uint64_t *ret_number)
{
	int64_t number;

	br_assert(name[0] != '\0');
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

	br_assert(text.n <= BR_BACKUP_MANIFEST_BYTES_MAX);
	if (result < 0)
		return result;
	if (!number_read(json, "format", &format))
		return br_fault_set(fault, BR_E_INVALID, "format: is missing");
	if (format != BR_BACKUP_FORMAT)
		return br_fault_set(fault, BR_E_VERSION,
			"the backup has format %" PRIu64 ", this program knows %d", format,
			BR_BACKUP_FORMAT);
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
	if (br_json_kind(br_json_member(json, "keys_sha256")) != BR_JSON_ABSENT &&
		(!text_read(json, "keys_sha256", manifest->keys_sha256,
			 sizeof(manifest->keys_sha256)) ||
			!hex_is(manifest->keys_sha256, 64) ||
			!number_read(json, "keys_bytes", &manifest->keys_bytes)))
		return br_fault_set(
			fault, BR_E_INVALID, "keys_sha256 or keys_bytes: is missing or damaged");
	return 0;
}

int br_backup_manifest_read(
	const char *folder, struct br_backup_manifest *ret_manifest, struct br_fault *fault)
{
	struct br_path path = br_path_in(folder, "manifest.json");
	struct br_backup_manifest manifest = {.head = 0};
	char bytes[BR_BACKUP_MANIFEST_BYTES_MAX + 1];
	int fd = open(path.s, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int result;

	if (fd < 0)
		return br_path_fault(fault, path.s);
	n = read(fd, bytes, sizeof(bytes));
	(void)close(fd);
	if (n < 0)
		return br_fault_set(fault, BR_E_IO, "%s: cannot be read", path.s);
	if (n > BR_BACKUP_MANIFEST_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%s: is over %d bytes, no manifest",
			path.s, BR_BACKUP_MANIFEST_BYTES_MAX);
	br_assert(n >= 0 && n < (ssize_t)sizeof(bytes));
	result = manifest_parse((struct br_str){bytes, (size_t)n}, &manifest, fault);
	if (result == 0)
		*ret_manifest = manifest;
	else
		br_fault_prefix(fault, "manifest.json");
	return result;
}
