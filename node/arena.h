/*
 * An arena: memory that is taken bit by bit and given back all at once.
 *
 * One command's parsed lists and encoded events live in it, until br_arena_reset(). The blocks stay
 * for the next command, so a busy node allocates nothing; past `max` bytes it refuses.
 */
#pragma once

#include <stddef.h>

#include "node/attributes.h"

struct br_arena_block;

struct br_arena {
	struct br_arena_block *first, *current;
	size_t taken, max; /* bytes */
};

void br_arena_init(struct br_arena *arena, size_t max);
void br_arena_finish(struct br_arena *arena);
void br_arena_reset(struct br_arena *arena);

/* `n` zeroed bytes aligned to 16, or NULL when memory or the limit is out. */
BR_MUST_CHECK void *br_arena_take(struct br_arena *arena, size_t n);
