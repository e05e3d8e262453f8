#include "node/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_MIN 16384

struct br_arena_block {
	struct br_arena_block *next;
	size_t size, used;
	_Alignas(16) unsigned char bytes[];
};

void br_arena_init(struct br_arena *arena, size_t max)
{
	br_assert(max > 0);
	*arena = (struct br_arena){.max = max};
}

void br_arena_finish(struct br_arena *arena)
{
	br_assert(arena->taken <= arena->max);
	while (arena->first != NULL) {
		struct br_arena_block *next = arena->first->next;

		free(arena->first);
		arena->first = next;
	}
	*arena = (struct br_arena){.max = arena->max};
}

void br_arena_reset(struct br_arena *arena)
{
	br_assert(arena->taken <= arena->max);
	for (struct br_arena_block *block = arena->first; block != NULL; block = block->next)
		block->used = 0;
	arena->current = arena->first;
	arena->taken = 0;
}

/* Moves on to the next block with room for `n` bytes, made at the end of the chain if need be. */
static struct br_arena_block *block_with(struct br_arena *arena, size_t n)
{
	struct br_arena_block **link = arena->current != NULL ? &arena->current : &arena->first;
	size_t size = n > BLOCK_BYTES_MIN ? n : BLOCK_BYTES_MIN;

	br_assert(n % 16 == 0);
	while (*link != NULL && (*link)->size - (*link)->used < n)
		link = &(*link)->next;
	if (*link == NULL) {
		*link = malloc(sizeof(struct br_arena_block) + size);
		if (*link == NULL)
			return NULL;
		**link = (struct br_arena_block){.size = size};
	}
	br_assert((*link)->size - (*link)->used >= n);
	arena->current = *link;
	return *link;
}

void *br_arena_take(struct br_arena *arena, size_t n)
{
	size_t rounded = (n + 15) & ~(size_t)15;
	struct br_arena_block *block;
	unsigned char *bytes;

	br_assert(arena->taken <= arena->max);
	br_assert(arena->max > 0);
	if (rounded < n || rounded > arena->max - arena->taken)
		return NULL;
	block = block_with(arena, rounded);
	if (block == NULL)
		return NULL;
	bytes = block->bytes + block->used;
	block->used += rounded;
	arena->taken += rounded;
	br_assert(block->used <= block->size && arena->taken <= arena->max);
	memset(bytes, 0, rounded);
	return bytes;
}
