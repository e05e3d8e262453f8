/*
 * A feed: the batches that a store would send of one lane, made beforehand, so that something else
 * than the daemon can carry the very same bytes.
 */
#pragma once

#include "cloud-sync/batch.h"
#include "tests/bench/shop.h"

struct bench_feed {
	struct br_str *batches; /* owned, each with its bytes */
	size_t n;
	uint64_t events, bytes;
	uint64_t last; /* sequence of the last event */
};

/* All of the lane in the shop's ledger, as the store `store` tells it. */
void bench_feed_make(
	struct bench_feed *feed, struct bench_shop *shop, const char *store, enum br_lane lane);

/* The same events, each as a message of its own. */
void bench_feed_split(struct bench_feed *feed, const struct bench_feed *whole);
void bench_feed_finish(struct bench_feed *feed);

/*
 * Publishes the batches on `topic` at the broker on this unix socket, at QoS 1 and as fast as it
 * takes them, so many on their way at a time. Returns when it has taken all.
 */
void bench_feed_publish(const struct bench_feed *feed, const char *socket, const char *topic);
