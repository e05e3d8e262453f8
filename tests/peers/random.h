/*
 * Repeatable chance: everything a peer decides by chance comes from one seed, so a run that showed
 * a fault can be run again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct peer_random {
	uint64_t state;
};

/* Any seed, also 0; `stream` separates generators that share a seed. */
void peer_random_init(struct peer_random *random, uint64_t seed, uint64_t stream);

uint64_t peer_random_next(struct peer_random *random);

/* Even in 0 … below-1; `below` > 0. */
uint64_t peer_random_below(struct peer_random *random, uint64_t below);

/* Even in first … last, both included. */
int64_t peer_random_range(struct peer_random *random, int64_t first, int64_t last);

/* Even in [0, 1). */
double peer_random_share(struct peer_random *random);

/* True in `share` of all calls. */
bool peer_random_hit(struct peer_random *random, double share);

/* Bell-shaped about 0 with deviation 1 (sum of twelve even draws). */
double peer_random_bell(struct peer_random *random);

/* The time to the next of events that come at random, `mean` apart (at most 8 × mean). */
double peer_random_gap(struct peer_random *random, double mean);
