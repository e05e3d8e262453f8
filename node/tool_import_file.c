/* The file of an import: its bytes, and what stood in it already. */
#include <stdio.h>
#include <stdlib.h>

#include "node/tool_import.h"

#define FILE_BYTES_MAX (512u << 20)
#define SEEN_MIN 1024u

int br_import_file_load(const char *path, char **ret_bytes, size_t *ret_n, struct br_fault *fault)
{
	FILE *file = fopen(path, "rbe");
	long size = -1;
	char *bytes;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size < 0 || size > (long)FILE_BYTES_MAX) {
		if (file != NULL)
			(void)fclose(file);
		return br_fault_set(fault, BR_E_INVALID, "%s: %s", path,
			size < 0 ? "cannot be read" : "is over 512 MiB");
	}
	rewind(file);
	bytes = malloc((size_t)size + 1);
	*ret_n = bytes != NULL ? fread(bytes, 1, (size_t)size, file) : 0;
	(void)fclose(file);
	if (bytes == NULL || *ret_n != (size_t)size) {
		free(bytes);
		return br_fault_set(fault, BR_E_IO, "%s: cannot be read", path);
	}
	*ret_bytes = bytes;
	return 0;
}

struct br_import_seen_slot {
	uint64_t hash;
	unsigned line; /* 0 = free */
};

static uint64_t hash_of(struct br_str text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.s[i]) * UINT64_C(1099511628211);
	return hash;
}

static struct br_import_seen_slot *slot_find(const struct br_import_seen *seen, uint64_t hash)
{
	size_t at = (size_t)(hash ^ hash >> 32) & (seen->space - 1);

	br_assert(seen->n < seen->space);
	while (seen->slots[at].line != 0 && seen->slots[at].hash != hash)
		at = (at + 1) & (seen->space - 1);
	return &seen->slots[at];
}

static int seen_grow(struct br_import_seen *seen)
{
	struct br_import_seen grown = {
		.n = seen->n, .space = seen->space > 0 ? 2 * seen->space : SEEN_MIN};

	br_assert((grown.space & (grown.space - 1)) == 0);
	grown.slots = calloc(grown.space, sizeof(*grown.slots));
	if (grown.slots == NULL)
		return BR_E_MEMORY;
	for (size_t i = 0; i < seen->space; i++)
		if (seen->slots[i].line != 0)
			*slot_find(&grown, seen->slots[i].hash) = seen->slots[i];
	free(seen->slots);
	*seen = grown;
	return 0;
}

int br_import_seen_add(
	struct br_import_seen *seen, struct br_str text, unsigned line, unsigned *ret_line)
{
	struct br_import_seen_slot *slot;
	uint64_t hash = hash_of(text);

	br_assert(line > 0);
	if (2 * (seen->n + 1) > seen->space && seen_grow(seen) < 0)
		return BR_E_MEMORY;
	slot = slot_find(seen, hash);
	*ret_line = slot->line;
	if (slot->line == 0) {
		*slot = (struct br_import_seen_slot){hash, line};
		seen->n++;
	}
	return 0;
}

void br_import_seen_finish(struct br_import_seen *seen)
{
	free(seen->slots);
	*seen = (struct br_import_seen){.n = 0};
}
