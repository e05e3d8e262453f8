/*
 * Stretches: which numbers of a lane something is true of, as a sorted set of pieces (after,
 * until].
 *
 * HQ may have a lane's newest events before the older ones, so neither what it has nor what is
 * still to be sent is one number. Both are such a set: few pieces, however many events. Pure; a set
 * that is full refuses to break a piece in two, and whoever asks must live with the larger one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/attributes.h"

/* HQ keeps BR_LANE_HELD_MAX pieces of a lane; between and behind them lies what it has not. */
#define BR_LANE_HELD_MAX 32
#define BR_STRETCHES_MAX (BR_LANE_HELD_MAX + 8)

struct br_stretch {
	uint64_t after, until; /* after < until */
};

struct br_stretches {
	struct br_stretch pieces[BR_STRETCHES_MAX]; /* ascending, none overlaps the next */
	unsigned n;
};

/* Joins (after, until] to the set, with all pieces that touch it. False when the set is full and
 * was left as it is. */
bool br_stretches_add(struct br_stretches *set, uint64_t after, uint64_t until);

/*
 * Takes (after, until] out. True when the set changed; a piece that would have to be broken in two
 * stays whole when the set is full.
 */
bool br_stretches_remove(struct br_stretches *set, uint64_t after, uint64_t until);

/* Breaks the piece that has both `at` and the number behind it in two. False: none, or full. */
bool br_stretches_part(struct br_stretches *set, uint64_t at);

/* True when all of (after, until] is in one piece. */
bool br_stretches_cover(const struct br_stretches *set, uint64_t after, uint64_t until);
