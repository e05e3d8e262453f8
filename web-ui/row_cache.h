/*
 * The row cache: each row is made once for all clients that want it.
 *
 * Whoever hears that a row changed drops it here; it is made again by the first client that is to
 * be told, and the others get the same bytes. When the memory is used up the cache begins anew.
 */
#pragma once

#include "node/text.h"
#include "web-ui/keymap.h"
#include "web-ui/rows.h"

#define BR_WEB_CACHE_BYTES_MAX (24u << 20)
#define BR_WEB_CACHE_ROWS_MAX 65536

struct br_row_cache {
	struct br_keymap map; /* noun and key -> where in the pool, and how long */
	struct br_text pool;
	uint64_t made, shared; /* rows */
};

void br_row_cache_init(struct br_row_cache *cache);
void br_row_cache_finish(struct br_row_cache *cache);

/* The row's bytes, valid until the next put; false when it is not there. */
BR_MUST_CHECK bool br_row_cache_get(struct br_row_cache *cache, enum br_web_noun noun,
	struct br_str key, struct br_str *ret_row);

/* Keeps a row; the slice given back is the cache's own, or `row` when it cannot be kept. */
struct br_str br_row_cache_put(
	struct br_row_cache *cache, enum br_web_noun noun, struct br_str key, struct br_str row);

void br_row_cache_drop(struct br_row_cache *cache, enum br_web_noun noun, struct br_str key);

/* Drops all. */
void br_row_cache_clear(struct br_row_cache *cache);
