#include "tests/peers/latency.h"

#include "node/attributes.h"

/* Bucket 0–63 are the microseconds themselves; then 32 steps for each doubling. */
static unsigned bucket_of(uint64_t us)
{
	unsigned shift;

	if (us < 64)
		return (unsigned)us;
	shift = 63u - (unsigned)__builtin_clzll(us) - 5;
	return shift * 32 + (unsigned)(us >> shift);
}

static int64_t bucket_end(unsigned bucket)
{
	unsigned shift;

	if (bucket < 64)
		return bucket;
	shift = bucket / 32 - 1;
	return (int64_t)(((uint64_t)(bucket - shift * 32) + 1) << shift) - 1;
}

void peer_latency_add(struct peer_latency *latency, int64_t us)
{
	uint64_t value = us > 0 ? (uint64_t)us : 0;

	br_assert(bucket_of(value) < PEER_LATENCY_BUCKETS);
	latency->counts[bucket_of(value)]++;
	latency->n++;
	if ((int64_t)value > latency->max_us)
		latency->max_us = (int64_t)value;
}

void peer_latency_merge(struct peer_latency *latency, const struct peer_latency *other)
{
	for (unsigned i = 0; i < PEER_LATENCY_BUCKETS; i++)
		latency->counts[i] += other->counts[i];
	latency->n += other->n;
	if (other->max_us > latency->max_us)
		latency->max_us = other->max_us;
}

int64_t peer_latency_at(const struct peer_latency *latency, double share)
{
	uint64_t want = (uint64_t)((double)latency->n * share), seen = 0;

	for (unsigned i = 0; i < PEER_LATENCY_BUCKETS; i++) {
		seen += latency->counts[i];
		if (latency->counts[i] > 0 && seen > want)
			return bucket_end(i) < latency->max_us ? bucket_end(i) : latency->max_us;
	}
	return latency->max_us;
}
