#include "web-ui/assets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"

#define MANIFEST_BYTES_MAX (1u << 20)
#define PATH_BYTES 512
#define HASH_SHOWN 16 /* digits of the hash that make the tag */

/* One file in memory; several assets may share it. */
struct file {
	char name[128];
	char *bytes;
	size_t n;
};

struct br_assets {
	struct br_asset assets[BR_ASSETS_MAX];
	unsigned asset_n;
	struct file files[2 * BR_ASSETS_MAX];
	unsigned file_n;
	const struct br_asset *page; /* served for every place of the app */
};

static int bytes_read(FILE *file, const char *path, size_t max, char **ret_bytes, size_t *ret_n,
	struct br_fault *fault)
{
	size_t n;
	char *bytes = malloc(max + 1);

	br_assert(max > 0);
	if (bytes == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for %s", path);
	n = fread(bytes, 1, max + 1, file);
	if (ferror(file) || n > max) {
		free(bytes);
		return br_fault_set(fault, BR_E_INVALID, "%s: %s", path,
			n > max ? "is larger than an asset may be" : "cannot be read");
	}
	*ret_bytes = realloc(bytes, n + 1);
	if (*ret_bytes == NULL)
		*ret_bytes = bytes;
	*ret_n = n;
	return 0;
}

/* The whole file at once: the app is small, and what is in memory cannot change under a reader. */
static int file_read(const char *folder, struct br_str name, size_t max, char **ret_bytes,
	size_t *ret_n, struct br_fault *fault)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/%.*s", folder, BR_STR_ARG(name));
	FILE *file;
	int result;

	br_assert(folder[0] != '\0');
	if (n < 0 || (size_t)n >= sizeof(path))
		return br_fault_set(fault, BR_E_INVALID, "%s: the path is too long", folder);
	file = fopen(path, "rbe");
	if (file == NULL)
		return br_fault_set(fault,
			errno == ENOENT ? BR_E_NOT_FOUND : br_error_from_errno(errno), "%s: %s",
			path, strerror(errno));
	result = bytes_read(file, path, max, ret_bytes, ret_n, fault);
	(void)fclose(file);
	return result;
}

/* The file's bytes, read once. Names are plain: none leads out of the folder. */
static int file_get(struct br_assets *assets, const char *folder, struct br_str name,
	struct br_str *ret_bytes, struct br_fault *fault)
{
	struct file *file = &assets->files[assets->file_n];
	int result;
	bool fits;

	br_assert(assets->file_n <= BR_ARRAY_LEN(assets->files));
	if (name.n == 0 || memchr(name.s, '/', name.n) != NULL || name.s[0] == '.' ||
		name.n >= sizeof(file->name))
		return br_fault_set(fault, BR_E_INVALID,
			"assets.json: file \"%.*s\": must be a name in the folder",
			BR_STR_ARG(name));
	for (unsigned i = 0; i < assets->file_n; i++) {
		if (!br_str_is(name, assets->files[i].name))
			continue;
		*ret_bytes = (struct br_str){assets->files[i].bytes, assets->files[i].n};
		return 0;
	}
	br_assert(assets->file_n < BR_ARRAY_LEN(assets->files));
	result = file_read(folder, name, BR_ASSET_BYTES_MAX, &file->bytes, &file->n, fault);
	if (result < 0)
		return result == BR_E_NOT_FOUND ? BR_E_INVALID : result;
	fits = br_str_copy(name, file->name, sizeof(file->name));
	br_assert(fits);
	assets->file_n++;
	*ret_bytes = (struct br_str){file->bytes, file->n};
	return 0;
}

/* Media types are written into a header as they stand. */
static bool type_valid(struct br_str type)
{
	br_assert(type.n == 0 || type.s != NULL);
	for (size_t i = 0; i < type.n; i++)
		if (type.s[i] < ' ' || type.s[i] > '~')
			return false;
	return type.n > 0;
}

static int asset_read(struct br_assets *assets, const char *folder, const struct br_json *entry,
	struct br_fault *fault)
{
	struct br_asset *asset = &assets->assets[assets->asset_n];
	struct br_str path, file, type, hash, packed = {NULL, 0};
	int result;

	br_assert(assets->asset_n <= BR_ASSETS_MAX);
	if (assets->asset_n == BR_ASSETS_MAX)
		return br_fault_set(
			fault, BR_E_INVALID, "assets.json: more than %d entries", BR_ASSETS_MAX);
	if (!br_json_string(br_json_member(entry, "path"), &path) ||
		!br_json_string(br_json_member(entry, "file"), &file) ||
		!br_json_string(br_json_member(entry, "type"), &type) ||
		!br_json_string(br_json_member(entry, "hash"), &hash) || hash.n < HASH_SHOWN ||
		!type_valid(type) || path.n == 0 || path.s[0] != '/' ||
		!br_str_copy(path, asset->path, sizeof(asset->path)) ||
		!br_str_copy(type, asset->type, sizeof(asset->type)))
		return br_fault_set(fault, BR_E_INVALID,
			"assets.json: entry %u must have path, file, type and hash",
			assets->asset_n + 1);
	(void)snprintf(asset->etag, sizeof(asset->etag), "\"%.*s\"", HASH_SHOWN, hash.s);
	result = file_get(assets, folder, file, &asset->bytes, fault);
	if (result == 0 && br_json_string(br_json_member(entry, "gz"), &packed))
		result = file_get(assets, folder, packed, &asset->packed, fault);
	if (result < 0)
		return result;
	/* The page keeps its name; every other name has its hash in it. */
	asset->immutable = !br_str_is(file, "index.html");
	assets->asset_n++;
	return 0;
}

/*
 * An entry that is wrong refuses the whole list, since half an app is worse than a page that says
 * so.
 */
static int manifest_read(
	struct br_assets *assets, const char *folder, struct br_str text, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int result = br_json_parse(text, &root, fault);

	br_assert(assets->asset_n == 0);
	if (result == 0 && br_json_kind(root) != BR_JSON_ARRAY)
		result = br_fault_set(fault, BR_E_INVALID, "must be a list");
	if (result < 0) {
		br_fault_prefix(fault, "assets.json");
		return result;
	}
	BR_JSON_EACH (entry, root) {
		result = asset_read(assets, folder, entry, fault);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Read once: an upgrade replaces the files and restarts the node. */
int br_assets_read(const char *folder, struct br_assets **ret_assets, struct br_fault *fault)
{
	BR_CLEANUP(br_assets_cleanup) struct br_assets *assets = calloc(1, sizeof(*assets));
	char *manifest;
	size_t n;
	int result;

	br_assert(folder != NULL);
	if (assets == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for the app");
	result = file_read(folder, BR_STR("assets.json"), MANIFEST_BYTES_MAX, &manifest, &n, fault);
	if (result < 0)
		return result;
	result = manifest_read(assets, folder, (struct br_str){manifest, n}, fault);
	free(manifest);
	if (result < 0)
		return result;
	for (unsigned i = 0; i < assets->asset_n; i++)
		if (strcmp(assets->assets[i].path, "/") == 0)
			assets->page = &assets->assets[i];
	if (assets->page == NULL)
		return br_fault_set(fault, BR_E_INVALID, "assets.json: nothing is served at \"/\"");
	*ret_assets = BR_TAKE(assets);
	return 0;
}

void br_assets_destroy(struct br_assets *assets)
{
	if (assets == NULL)
		return;
	for (unsigned i = 0; i < assets->file_n; i++)
		free(assets->files[i].bytes);
	free(assets);
}

/* A hundred paths at most, compared in order; browsers keep what they have been given. */
const struct br_asset *br_assets_find(const struct br_assets *assets, struct br_str path)
{
	if (assets == NULL)
		return NULL;
	br_assert(assets->page != NULL);
	for (unsigned i = 0; i < assets->asset_n; i++)
		if (br_str_is(path, assets->assets[i].path))
			return &assets->assets[i];
	return path.n == 0 || memchr(path.s, '.', path.n) != NULL ? NULL : assets->page;
}

bool br_asset_matches(const struct br_asset *asset, struct br_str if_none_match)
{
	br_assert(asset->etag[0] != '\0');
	while (if_none_match.n > 0) {
		struct br_str tag = br_str_split(&if_none_match, ',');

		while (tag.n > 0 && *tag.s == ' ')
			tag = (struct br_str){tag.s + 1, tag.n - 1};
		while (tag.n > 0 && tag.s[tag.n - 1] == ' ')
			tag.n--;
		/* Proxies that compress weaken a tag. */
		if (br_str_starts(tag, "W/"))
			tag = (struct br_str){tag.s + 2, tag.n - 2};
		if (br_str_is(tag, "*") || br_str_is(tag, asset->etag))
			return true;
	}
	return false;
}
