/*
 * A histogram of times, exact to one part in 64, in constant memory: for p50 and p99 over millions.
 */
#pragma once

#include <stdint.h>

#define PEER_LATENCY_BUCKETS (64 * 32)

struct peer_latency {
	uint64_t counts[PEER_LATENCY_BUCKETS];
	uint64_t n;
	int64_t max_us;
};

/* Starts all zero. Negative times count as 0. */
void peer_latency_add(struct peer_latency *latency, int64_t us);

/* Adds what another one has seen. */
void peer_latency_merge(struct peer_latency *latency, const struct peer_latency *other);

/* The time that `share` of all stay at or below, in microseconds; 0 when empty. */
int64_t peer_latency_at(const struct peer_latency *latency, double share);
