#include "web-ui/row_cache.h"

#include <string.h>

#define LENGTH_BITS 24 /* of the number that tells where a row lies */

/* A row's key in the map: a byte for the noun before it. */
struct cache_key {
	char bytes[1 + BR_WEB_ROW_KEY_BYTES_MAX];
	size_t n; /* 0 = too long to be kept */
};

static struct cache_key key_make(enum br_web_noun noun, struct br_str key)
{
	struct cache_key made = {.n = 0};

	br_assert(noun < BR_WEB_NOUN_N);
	if (key.n > BR_WEB_ROW_KEY_BYTES_MAX)
		return made;
	made.bytes[0] = (char)noun;
	if (key.n > 0)
		memcpy(made.bytes + 1, key.s, key.n);
	made.n = 1 + key.n;
	return made;
}

void br_row_cache_init(struct br_row_cache *cache)
{
	memset(cache, 0, sizeof(*cache));
	br_keymap_init(&cache->map, BR_WEB_CACHE_ROWS_MAX);
	br_text_init(&cache->pool, BR_WEB_CACHE_BYTES_MAX);
}

void br_row_cache_finish(struct br_row_cache *cache)
{
	br_keymap_finish(&cache->map);
	br_text_finish(&cache->pool);
}

bool br_row_cache_get(struct br_row_cache *cache, enum br_web_noun noun, struct br_str key,
	struct br_str *ret_row)
{
	struct cache_key made = key_make(noun, key);
	uint64_t place;
	size_t at, n;

	br_assert(cache->map.max > 0);
	if (made.n == 0 || !br_keymap_get(&cache->map, (struct br_str){made.bytes, made.n}, &place))
		return false;
	at = (size_t)(place >> LENGTH_BITS);
	n = (size_t)(place & ((1u << LENGTH_BITS) - 1));
	br_assert(at + n <= cache->pool.n);
	*ret_row = (struct br_str){cache->pool.bytes + at, n};
	cache->shared++;
	return true;
}

/* The pool only grows until it is full; what was dropped lies in it until then. */
struct br_str br_row_cache_put(
	struct br_row_cache *cache, enum br_web_noun noun, struct br_str key, struct br_str row)
{
	struct cache_key made = key_make(noun, key);
	size_t at;

	br_assert(cache->map.max > 0);
	cache->made++;
	if (made.n == 0 || row.n == 0 || row.n >= BR_WEB_CACHE_BYTES_MAX / 16)
		return row;
	if (cache->pool.n + row.n > BR_WEB_CACHE_BYTES_MAX ||
		cache->map.count == BR_WEB_CACHE_ROWS_MAX) {
		br_row_cache_clear(cache);
	}
	at = cache->pool.n;
	br_text_add_str(&cache->pool, row);
	if (br_text_error(&cache->pool) < 0 ||
		br_keymap_put(&cache->map, (struct br_str){made.bytes, made.n},
			(uint64_t)at << LENGTH_BITS | row.n) < 0) {
		br_row_cache_clear(cache);
		return row;
	}
	return (struct br_str){cache->pool.bytes + at, row.n};
}

/* Dropping what is not there is the usual case: most rows that change nobody looks at. */
void br_row_cache_drop(struct br_row_cache *cache, enum br_web_noun noun, struct br_str key)
{
	struct cache_key made = key_make(noun, key);

	br_assert(cache->map.max > 0);
	if (made.n > 0)
		br_keymap_remove(&cache->map, (struct br_str){made.bytes, made.n});
}

void br_row_cache_clear(struct br_row_cache *cache)
{
	br_assert(cache->map.max > 0);
	br_keymap_clear(&cache->map);
	br_text_clear(&cache->pool);
}
