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
	bool epcis;    /* in EPCIS's words, too */
};

/*
 * All of the lane in the shop's ledger, as the store `store` tells it, in full batches; `epcis`
 * when HQ has asked for EPCIS's words.
 */
void bench_feed_make(struct bench_feed *feed, struct bench_shop *shop, const char *store,
	enum br_lane lane, bool epcis);

/*
 * The lane's first `n` events, which follow each other without a gap, in a batch for each: as a
 * store that is not behind sends them.
 */
void bench_feed_make_alone(struct bench_feed *feed, struct bench_shop *shop, const char *store,
	enum br_lane lane, size_t n);

/* The same events, each as a message of its own. */
void bench_feed_split(struct bench_feed *feed, const struct bench_feed *whole);
void bench_feed_finish(struct bench_feed *feed);

/* A feed and the topic it goes to. */
struct bench_stream {
	const struct bench_feed *feed;
	char topic[96];
};

/* The topic of a store's lane at HQ's broker. */
void bench_stream_begin(struct bench_stream *stream, const struct bench_feed *feed,
	const char *store, const char *lane);

/*
 * Publishes all streams, turn about, at the broker on this unix socket, at QoS 1 and as fast as it
 * takes them. Returns when it has taken all.
 */
void bench_streams_publish(const struct bench_stream *streams, size_t n, const char *socket);
