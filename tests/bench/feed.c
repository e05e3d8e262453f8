#include "tests/bench/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/bridge.h"
#include "tests/bench/figure.h"
#include "tests/peers/hq_scan.h"
#include "tests/peers/mqtt.h"

#define WAIT_MS 120000
#define IN_FLIGHT_MAX 64
#define BUDGET 1000000

/* Streams on their way. */
struct flow {
	const struct bench_stream *streams;
	size_t n;
	struct peer_mqtt *mqtt;
	size_t stream, batch; /* the next one to be sent */
	size_t sent, taken, total;
};

static void batch_keep(struct bench_feed *feed, struct br_str message)
{
	char *bytes = malloc(message.n);

	/* It grows at each power of two. */
	if ((feed->n & (feed->n - 1)) == 0)
		feed->batches =
			realloc(feed->batches, (feed->n * 2 + 1) * sizeof(feed->batches[0]));
	br_assert(feed->batches != NULL && bytes != NULL);
	memcpy(bytes, message.s, message.n);
	feed->batches[feed->n++] = (struct br_str){bytes, message.n};
	feed->bytes += message.n;
}

/* The sequence before the lane's first event. */
static uint64_t feed_begin(struct br_txn *txn, enum br_lane lane)
{
	struct br_lane_walk walk;
	struct br_str record;
	uint64_t sequence = 1;

	br_lane_walk_begin(&walk, txn, lane, 0, BUDGET);
	(void)!br_lane_walk_next(&walk, &sequence, &record);
	if (br_lane_walk_end(&walk) < 0)
		bench_fail(NULL, "the lane cannot be read");
	return sequence - 1;
}

/* Batches from the request on, until there are `n` or no more; `alone` cuts one event off each. */
static void feed_fill(struct bench_feed *feed, struct br_txn *txn, struct br_batch_request *request,
	size_t n, bool alone)
{
	struct br_batch_builder builder;
	struct br_batch batch = {.cut = false};
	int result = 1;

	br_batch_builder_init(&builder);
	builder.epcis = feed->epcis;
	while (feed->n < n) {
		request->until = alone ? request->after + 1 : UINT64_MAX;
		result = br_batch_build(&builder, txn, request, &batch);
		if (result <= 0)
			break;
		batch_keep(feed, br_text_str(&builder.message));
		feed->events += batch.n;
		request->prev = feed->last = batch.last;
		request->after = alone ? batch.last : batch.looked;
	}
	if (result < 0 || batch.cut)
		bench_fail(NULL, "the lane cannot be read");
	br_batch_builder_finish(&builder);
}

void bench_feed_make(struct bench_feed *feed, struct bench_shop *shop, const char *store,
	enum br_lane lane, bool epcis)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_batch_request request = {.store = br_str_from(store),
		.epoch = br_core_epoch(shop->core),
		.lane = lane,
		.budget = BUDGET};

	*feed = (struct bench_feed){.epcis = epcis};
	br_assert(br_txn_begin(shop->store, false, &txn) == 0);
	feed_fill(feed, txn, &request, SIZE_MAX, false);
}

void bench_feed_make_alone(struct bench_feed *feed, struct bench_shop *shop, const char *store,
	enum br_lane lane, size_t n)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_batch_request request = {.store = br_str_from(store),
		.epoch = br_core_epoch(shop->core),
		.lane = lane,
		.budget = BUDGET};

	*feed = (struct bench_feed){.n = 0};
	br_assert(br_txn_begin(shop->store, false, &txn) == 0);
	request.after = feed_begin(txn, lane);
	feed_fill(feed, txn, &request, n, true);
}

/* Where the list of events stands in a batch. */
static struct br_str events_of(struct br_str batch)
{
	static const char name[] = "\"events\":";
	size_t n = sizeof(name) - 1, at = 0;

	while (at + n < batch.n && memcmp(batch.s + at, name, n) != 0)
		at++;
	br_assert(at + n < batch.n);
	return (struct br_str){batch.s + at + n, batch.n - at - n - 1};
}

void bench_feed_split(struct bench_feed *feed, const struct bench_feed *whole)
{
	*feed = (struct bench_feed){.last = whole->last, .events = whole->events};
	for (size_t i = 0; i < whole->n; i++) {
		struct br_str event;
		struct peer_scan scan;

		peer_scan_begin(&scan, events_of(whole->batches[i]));
		if (!peer_scan_enter(&scan, '['))
			break;
		while (peer_scan_element(&scan, &event))
			batch_keep(feed, event);
	}
	br_assert(feed->n == feed->events);
}

void bench_feed_finish(struct bench_feed *feed)
{
	for (size_t i = 0; i < feed->n; i++)
		free((void *)(uintptr_t)feed->batches[i].s);
	free(feed->batches);
	*feed = (struct bench_feed){.n = 0};
}

/* The next batch, turn about; false behind the last. */
static bool batch_next(struct flow *flow, const char **ret_topic, struct br_str *ret_batch)
{
	while (flow->sent < flow->total) {
		const struct bench_stream *stream = &flow->streams[flow->stream];
		size_t batch = flow->batch;

		flow->stream = (flow->stream + 1) % flow->n;
		flow->batch += flow->stream == 0;
		if (batch >= stream->feed->n)
			continue;
		*ret_topic = stream->topic;
		*ret_batch = stream->feed->batches[batch];
		flow->sent++;
		return true;
	}
	return false;
}

static void flow_fill(struct flow *flow)
{
	struct br_str batch;
	const char *topic;

	while (flow->sent - flow->taken < IN_FLIGHT_MAX && !peer_mqtt_is_full(flow->mqtt) &&
		batch_next(flow, &topic, &batch))
		if (peer_mqtt_publish(flow->mqtt, topic, batch, 1, false, NULL) < 0)
			bench_fail(NULL, "the broker does not take %s", topic);
}

static void flow_taken(void *context, int mid BR_UNUSED)
{
	struct flow *flow = context;

	flow->taken++;
	flow_fill(flow);
}

static void flow_up(void *context)
{
	flow_fill(context);
}

static bool flow_ended(void *context)
{
	struct flow *flow = context;

	/* What the full socket held up goes on here. */
	if (peer_mqtt_is_up(flow->mqtt))
		flow_fill(flow);
	return flow->taken == flow->total;
}

void bench_streams_publish(const struct bench_stream *streams, size_t n, const char *socket)
{
	struct flow flow = {.streams = streams, .n = n};
	struct peer_mqtt_settings settings = {.socket = socket};
	struct peer_mqtt_events events = {.up = flow_up, .taken = flow_taken, .context = &flow};
	struct peer_loop *loop = NULL;

	for (size_t i = 0; i < n; i++)
		flow.total += streams[i].feed->n;
	if (peer_loop_create(&loop) < 0 ||
		peer_mqtt_create(loop, &settings, &events, &flow.mqtt) < 0 ||
		!peer_loop_until(loop, flow_ended, &flow, WAIT_MS))
		bench_fail(NULL, "the broker does not take all of %s", streams[0].topic);
	peer_mqtt_destroy(flow.mqtt);
	peer_loop_destroy(loop);
}

void bench_stream_begin(struct bench_stream *stream, const struct bench_feed *feed,
	const char *store, const char *lane)
{
	char shard[BR_SHARD_BYTES];

	br_link_shard(store, shard);
	stream->feed = feed;
	(void)snprintf(stream->topic, sizeof(stream->topic), "up/%s/%s/%s", shard, store, lane);
}
