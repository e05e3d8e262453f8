#include "web-ui/keymap.h"

#include <stdlib.h>
#include <string.h>

#include "node/error.h"

#define ENTRIES_FIRST 16u
#define POOL_FIRST 512u

struct br_keymap_entry {
	uint32_t at, n; /* in the pool */
	uint32_t hash;
	bool dead;
	uint64_t value;
};

/* FNV-1a. Keys come from inside the store's own limits, and the maps are bounded. */
static uint32_t key_hash(struct br_str key)
{
	uint32_t hash = 2166136261u;

	br_assert(key.n == 0 || key.s != NULL);
	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (unsigned char)key.s[i]) * 16777619u;
	return hash;
}

void br_keymap_init(struct br_keymap *map, uint32_t max)
{
	br_assert(max > 0);
	*map = (struct br_keymap){.max = max};
}

void br_keymap_finish(struct br_keymap *map)
{
	free(map->entries);
	free(map->slots);
	free(map->pool);
	*map = (struct br_keymap){.max = map->max};
}

/* Cheap on an empty map, which most are most of the time. */
void br_keymap_clear(struct br_keymap *map)
{
	br_assert(map->max > 0);
	if (map->entry_n > 0)
		memset(map->slots, 0, map->slot_n * sizeof(*map->slots));
	map->entry_n = map->first = map->count = 0;
	map->pool_n = 0;
}

static void slot_put(struct br_keymap *map, uint32_t index)
{
	uint32_t mask = map->slot_n - 1;
	uint32_t slot = map->entries[index].hash & mask;

	br_assert(index < map->entry_space);
	br_assert(map->count < map->slot_n);
	while (map->slots[slot] != 0)
		slot = (slot + 1) & mask;
	map->slots[slot] = index + 1;
}

/* Moves the living entries and their keys together and builds the slots anew. */
static void map_compact(struct br_keymap *map)
{
	uint32_t n = 0;
	size_t pool_n = 0;

	br_assert(map->first <= map->entry_n);
	memset(map->slots, 0, map->slot_n * sizeof(*map->slots));
	for (uint32_t i = map->first; i < map->entry_n; i++) {
		struct br_keymap_entry entry = map->entries[i];

		if (entry.dead)
			continue;
		/* Keys lie in the pool in the entries' order, so none is written over. */
		memmove(map->pool + pool_n, map->pool + entry.at, entry.n);
		entry.at = (uint32_t)pool_n;
		pool_n += entry.n;
		map->entries[n] = entry;
		slot_put(map, n++);
	}
	br_assert(n == map->count);
	map->entry_n = n;
	map->first = 0;
	map->pool_n = pool_n;
}

/* Twice the entries, and slots that are never more than half full. */
static int map_grow(struct br_keymap *map)
{
	uint32_t space = map->entry_space > 0 ? map->entry_space * 2 : ENTRIES_FIRST;
	struct br_keymap_entry *entries = realloc(map->entries, space * sizeof(*entries));
	uint32_t *slots;

	br_assert(map->entry_n == map->entry_space);
	if (entries == NULL)
		return BR_E_MEMORY;
	map->entries = entries;
	slots = realloc(map->slots, 2 * space * sizeof(*slots));
	if (slots == NULL)
		return BR_E_MEMORY;
	map->slots = slots;
	map->slot_n = 2 * space;
	map->entry_space = space;
	map_compact(map);
	return 0;
}

/* Makes room for one entry with a key of `n` bytes. */
static int map_reserve(struct br_keymap *map, size_t n)
{
	size_t space = map->pool_space > 0 ? map->pool_space : POOL_FIRST;
	char *pool;
	int result;

	br_assert(map->entry_n <= map->entry_space);
	if (map->entry_n == map->entry_space) {
		if (map->count <= map->entry_space / 2 && map->entry_space > 0)
			map_compact(map);
		else if ((result = map_grow(map)) < 0)
			return result;
	}
	while (space < map->pool_n + n)
		space *= 2;
	if (space == map->pool_space)
		return 0;
	pool = realloc(map->pool, space);
	if (pool == NULL)
		return BR_E_MEMORY;
	map->pool = pool;
	map->pool_space = space;
	return 0;
}

/* The living entry of the key, NULL when there is none. */
static struct br_keymap_entry *map_find(const struct br_keymap *map, struct br_str key)
{
	uint32_t hash = key_hash(key), mask = map->slot_n - 1;

	if (map->count == 0)
		return NULL;
	br_assert((map->slot_n & mask) == 0);
	for (uint32_t slot = hash & mask; map->slots[slot] != 0; slot = (slot + 1) & mask) {
		struct br_keymap_entry *entry = &map->entries[map->slots[slot] - 1];

		if (!entry->dead && entry->hash == hash && entry->n == key.n &&
			(key.n == 0 || memcmp(map->pool + entry->at, key.s, key.n) == 0))
			return entry;
	}
	return NULL;
}

int br_keymap_put(struct br_keymap *map, struct br_str key, uint64_t value)
{
	struct br_keymap_entry *entry = map_find(map, key);
	int result;

	br_assert(map->max > 0);
	br_assert(key.n == 0 || key.s != NULL);
	if (entry != NULL) {
		entry->value = value;
		return 0;
	}
	if (map->count >= map->max)
		return BR_E_TOO_LARGE;
	result = map_reserve(map, key.n);
	if (result < 0)
		return result;
	map->entries[map->entry_n] = (struct br_keymap_entry){
		.at = (uint32_t)map->pool_n,
		.n = (uint32_t)key.n,
		.hash = key_hash(key),
		.value = value,
	};
	if (key.n > 0)
		memcpy(map->pool + map->pool_n, key.s, key.n);
	map->pool_n += key.n;
	slot_put(map, map->entry_n++);
	map->count++;
	br_assert(map->count <= map->max && map->entry_n <= map->entry_space);
	return 0;
}

bool br_keymap_has(const struct br_keymap *map, struct br_str key)
{
	br_assert(map->max > 0);
	return map_find(map, key) != NULL;
}

bool br_keymap_get(const struct br_keymap *map, struct br_str key, uint64_t *ret_value)
{
	const struct br_keymap_entry *entry = map_find(map, key);

	br_assert(map->max > 0);
	if (entry == NULL)
		return false;
	*ret_value = entry->value;
	return true;
}

/* The entry stays as a dead one, so that the probes behind it still find theirs. */
void br_keymap_remove(struct br_keymap *map, struct br_str key)
{
	struct br_keymap_entry *entry = map_find(map, key);

	if (entry == NULL)
		return;
	entry->dead = true;
	map->count--;
	while (map->first < map->entry_n && map->entries[map->first].dead)
		map->first++;
}

bool br_keymap_next(
	const struct br_keymap *map, uint32_t *cursor, struct br_str *ret_key, uint64_t *ret_value)
{
	uint32_t i = *cursor > map->first ? *cursor : map->first;

	br_assert(map->count <= map->entry_n);
	while (i < map->entry_n && map->entries[i].dead)
		i++;
	*cursor = i + 1;
	if (i >= map->entry_n)
		return false;
	*ret_key = (struct br_str){map->pool + map->entries[i].at, map->entries[i].n};
	*ret_value = map->entries[i].value;
	return true;
}
