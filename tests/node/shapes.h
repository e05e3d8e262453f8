/*
 * All shapes of the core, and records made up from their field tables.
 */
#pragma once

#include "node/record.h"

extern const struct br_shape *const shapes_all[];
extern const unsigned shapes_all_n;

/*
 * A record with random values within its shape's limits, in the arena: what a text's rule asks for
 * is not looked at. `next` gives random numbers. NULL when the arena is out.
 */
void *shape_random(const struct br_shape *shape, struct br_arena *arena, uint64_t (*next)(void));

/* Whether two records of a shape hold the same values. */
bool shape_equal(const struct br_shape *shape, const void *a, const void *b);

/* Writes the checksum behind bytes that were changed, so that the fields' decoder sees them. */
void shape_reseal(unsigned char *bytes, size_t n);
