/*
 * Positions: where the planogram puts a product, and the order in which people walk past them.
 *
 * A position narrows down from the department to the place on one shelf. Parts are texts, because
 * stores number their aisles and name their departments; what a store does not use stays empty.
 */
#pragma once

#include "node/record.h"

#define BR_POSITION_BYTES_MAX 16 /* of each part */

struct br_position {
	struct br_str department, aisle, bay, shelf, position;
};

extern const struct br_shape br_position_shape;

/*
 * Below 0, 0 or above it as `a` comes before, at or behind `b` on the way through the store: by
 * department, aisle, bay, shelf and position. Numbers inside the texts compare as numbers, so aisle
 * "2" comes before aisle "10"; an empty part comes before all others.
 */
int br_position_compare(const struct br_position *a, const struct br_position *b);

/* True when no part is given: such a position says nothing. */
bool br_position_empty(const struct br_position *position);
