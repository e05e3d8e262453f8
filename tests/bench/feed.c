#include "tests/bench/feed.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/figure.h"
#include "tests/peers/hq_scan.h"
#include "tests/peers/mqtt.h"

#define WAIT_MS 600000
#define IN_FLIGHT_MAX 64
#define BUDGET 1000000

/* A feed on its way. */
struct flow {
	const struct bench_feed *feed;
	struct peer_mqtt *mqtt;
	const char *topic;
	size_t sent, taken;
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

void bench_feed_make(
	struct bench_feed *feed, struct bench_shop *shop, const char *store, enum br_lane lane)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_batch_request request = {.store = br_str_from(store),
		.epoch = br_core_epoch(shop->core),
		.lane = lane,
		.until = UINT64_MAX,
		.budget = BUDGET};
	struct br_batch_builder builder;
	struct br_batch batch;
	int result;

	*feed = (struct bench_feed){.n = 0};
	br_batch_builder_init(&builder);
	br_assert(br_txn_begin(shop->store, false, &txn) == 0);
	while ((result = br_batch_build(&builder, txn, &request, &batch)) > 0) {
		batch_keep(feed, br_text_str(&builder.message));
		feed->events += batch.n;
		request.prev = feed->last = batch.last;
		request.after = batch.looked;
	}
	if (result < 0 || batch.cut)
		bench_fail(NULL, "the lane cannot be read");
	br_batch_builder_finish(&builder);
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

static void flow_fill(struct flow *flow)
{
	while (flow->sent < flow->feed->n && flow->sent - flow->taken < IN_FLIGHT_MAX &&
		!peer_mqtt_is_full(flow->mqtt)) {
		if (peer_mqtt_publish(flow->mqtt, flow->topic, flow->feed->batches[flow->sent], 1,
			    false, NULL) < 0)
			bench_fail(NULL, "the broker does not take %s", flow->topic);
		flow->sent++;
	}
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
	return flow->taken == flow->feed->n;
}

void bench_feed_publish(const struct bench_feed *feed, const char *socket, const char *topic)
{
	struct flow flow = {.feed = feed, .topic = topic};
	struct peer_mqtt_settings settings = {.socket = socket};
	struct peer_mqtt_events events = {.up = flow_up, .taken = flow_taken, .context = &flow};
	struct peer_loop *loop = NULL;

	if (peer_loop_create(&loop) < 0 ||
		peer_mqtt_create(loop, &settings, &events, &flow.mqtt) < 0 ||
		!peer_loop_until(loop, flow_ended, &flow, WAIT_MS))
		bench_fail(NULL, "the broker does not take all of %s", topic);
	peer_mqtt_destroy(flow.mqtt);
	peer_loop_destroy(loop);
}
