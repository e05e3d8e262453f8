/*
 * A bounded map from keys to numbers, which remembers the order in which the keys came.
 *
 * The sets of changed rows that wait for a client are such maps, so are the rows that stand behind
 * the status. Key bytes are copied in. Adding and removing cost one hash; memory grows to what was
 * needed once and stays.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/str.h"

struct br_keymap_entry;

struct br_keymap {
	struct br_keymap_entry *entries; /* in order of coming; removed ones stay as dead ones */
	uint32_t entry_n, entry_space, first, count, max;
	uint32_t *slots; /* open addressing: index into entries + 1, 0 = empty */
	uint32_t slot_n;
	char *pool; /* the keys' bytes */
	size_t pool_n, pool_space;
};

/* At most `max` keys; allocates nothing yet. */
void br_keymap_init(struct br_keymap *map, uint32_t max);
void br_keymap_finish(struct br_keymap *map);

/* Forgets all keys, keeps the memory. */
void br_keymap_clear(struct br_keymap *map);

/*
 * Sets the key's number; a key that is there keeps its place. 0, BR_E_TOO_LARGE when `max` keys are
 * there, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_keymap_put(struct br_keymap *map, struct br_str key, uint64_t value);

bool br_keymap_has(const struct br_keymap *map, struct br_str key);
BR_MUST_CHECK bool br_keymap_get(
	const struct br_keymap *map, struct br_str key, uint64_t *ret_value);
void br_keymap_remove(struct br_keymap *map, struct br_str key);

/*
 * Walks the keys in the order in which they came, *cursor from 0; false at the end. The key is
 * valid until the next put or clear. Removing the key at hand during the walk is allowed.
 */
BR_MUST_CHECK bool br_keymap_next(
	const struct br_keymap *map, uint32_t *cursor, struct br_str *ret_key, uint64_t *ret_value);
