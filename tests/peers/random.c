#include "tests/peers/random.h"

#include <math.h>

#include "node/attributes.h"

/* splitmix64: every state is good, so any seed is. */
uint64_t peer_random_next(struct peer_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

void peer_random_init(struct peer_random *random, uint64_t seed, uint64_t stream)
{
	random->state = seed;
	random->state = peer_random_next(random) ^ (stream * UINT64_C(0xD1342543DE82EF95));
	(void)peer_random_next(random);
}

uint64_t peer_random_below(struct peer_random *random, uint64_t below)
{
	br_assert(below > 0);
	return (uint64_t)(((unsigned __int128)peer_random_next(random) * below) >> 64);
}

int64_t peer_random_range(struct peer_random *random, int64_t first, int64_t last)
{
	br_assert(first <= last);
	return first + (int64_t)peer_random_below(random, (uint64_t)(last - first) + 1);
}

double peer_random_share(struct peer_random *random)
{
	return (double)(peer_random_next(random) >> 11) * 0x1p-53;
}

bool peer_random_hit(struct peer_random *random, double share)
{
	return peer_random_share(random) < share;
}

double peer_random_bell(struct peer_random *random)
{
	double sum = -6.0;

	for (int i = 0; i < 12; i++)
		sum += peer_random_share(random);
	return sum;
}

double peer_random_gap(struct peer_random *random, double mean)
{
	double gap = -log(1.0 - peer_random_share(random)) * mean;

	return gap < mean * 8 ? gap : mean * 8;
}
