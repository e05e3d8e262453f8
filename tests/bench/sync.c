/*
 * bench-sync: the link to HQ. How fast a store that was cut off catches up, through the real bridge
 * and with HQ committing to its disk before it acknowledges, beside what the same bridge carries of
 * the same bytes when nobody acknowledges; what that costs on the line.
 *
 * HQ is the peers' own program; it begins every round with an empty file, so the store sends all of
 * its journal again.
 */
#include <stdio.h>
#include <string.h>

#include "cloud-sync/bridge.h"
#include "tests/bench/central.h"
#include "tests/bench/feed.h"
#include "tests/bench/figure.h"
#include "tests/lib/test.h"

#define PRODUCTS 2000
#define LINES 10
#define WAIT_MS 600000

enum { CATCH_UP, CATCH_UP_HQ, CATCH_UP_SINGLE, BYTES_PER_LINE };

static struct bench_figure figures[] = {
	[CATCH_UP] = {.name = "sync/catch-up",
		.what = "events through the bridge into HQ's file : the same batches to a "
			"subscriber that counts",
		.unit = "events/s",
		.aim = 0.7},
	[CATCH_UP_HQ] = {.name = "sync/catch-up-hq",
		.what = "the same : the same batches into the same HQ, by a program that waits for "
			"no ack",
		.unit = "events/s"},
	[CATCH_UP_SINGLE] = {.name = "sync/catch-up-single",
		.what = "the same : the same events to that subscriber, each a message of its own",
		.unit = "events/s"},
	[BYTES_PER_LINE] = {.name = "sync/bytes-per-line",
		.what = "uplink bytes for each line of a sale, in full batches : its bytes in the "
			"ledger",
		.unit = "bytes"},
};

/* A store and what it has to tell. */
struct site {
	struct bench_node node;
	struct bench_central central;
	struct bench_feed feed, single;
	char topic[96]; /* of its stock lane, at HQ's broker */
};

/* Ten-line sales alone: what they take in the ledger and on the line. */
static void sales_fill(struct bench_shop *shop, uint64_t sales, double *ret_ledger_bytes)
{
	uint64_t before = br_store_usage(shop->store).used_bytes;

	for (uint64_t i = 0; i < sales; i++)
		bench_shop_sell(shop, LINES);
	bench_shop_commit(shop);
	*ret_ledger_bytes = (double)(br_store_usage(shop->store).used_bytes - before);
}

/* In the store everybody has heard of it long since: only HQ was away. */
static void local_feed_skip(struct bench_shop *shop)
{
	if (br_core_cursor(shop->core, BR_STR("feed"), br_core_head(shop->core)) < 0)
		bench_fail(NULL, "the local feed's cursor cannot be put");
	bench_shop_commit(shop);
}

static void site_open(struct site *site, const struct bench_run *run)
{
	uint64_t sales = run->brief ? 1000 : 100000;
	char shard[BR_SHARD_BYTES];
	double ledger_bytes;
	struct bench_shop shop;

	bench_central_prepare(&site->central, "hq-broker");
	bench_node_prepare_linked(&site->node, "sync", site->central.broker.port);
	bench_shop_open(&shop, site->node.state, false);
	bench_shop_stock(&shop, PRODUCTS);
	sales_fill(&shop, sales, &ledger_bytes);
	local_feed_skip(&shop);
	bench_feed_make(&site->feed, &shop, BENCH_STORE, BR_LANE_STOCK);
	bench_feed_split(&site->single, &site->feed);
	bench_shop_close(&shop);
	br_link_shard(BENCH_STORE, shard);
	(void)snprintf(site->topic, sizeof(site->topic), "up/%s/%s/stock", shard, BENCH_STORE);
	bench_figure_add(&figures[BYTES_PER_LINE],
		(double)site->feed.bytes / (double)(sales * LINES),
		ledger_bytes / (double)(sales * LINES));
}

static void site_close(struct site *site)
{
	bench_feed_finish(&site->feed);
	bench_feed_finish(&site->single);
	bench_node_finish(&site->node);
	bench_central_finish(&site->central);
}

/* From HQ's welcome until it has the last event, on its disk. */
static double catch_up_rate(struct site *site)
{
	int64_t start_us, end_us;

	bench_central_start(&site->central, NULL);
	bench_node_start(&site->node, 0);
	start_us = bench_central_welcomed(&site->central);
	end_us = bench_central_has_all(&site->central, BENCH_LANE_STOCK, site->feed.last);
	bench_node_stop(&site->node);
	bench_central_stop(&site->central);
	return (double)site->feed.events * 1e6 / (double)(end_us - start_us);
}

/* Through the same two brokers, to somebody who drops it. */
static double bridge_rate(struct site *site, const struct bench_feed *feed)
{
	struct test_process subscriber = {.pid = 0};
	char count[32];
	const char *argv[] = {test_program("tests/bench/bench-bare-subscriber"), "--socket",
		site->central.broker.socket, "--filter", site->topic, "--forget", "--count", count,
		NULL};
	int64_t start_us, end_us;

	(void)snprintf(count, sizeof(count), "%zu", feed->n);
	test_process_start(&subscriber, "subscriber", argv, NULL);
	if (!test_process_says(&subscriber, "ready", WAIT_MS))
		bench_fail(&subscriber, "the subscriber does not begin");
	start_us = bench_now_us();
	bench_feed_publish(feed, site->node.broker.socket, "backroom/up/stock");
	if (!test_process_says(&subscriber, "done", WAIT_MS))
		bench_fail(&subscriber, "the subscriber did not get all batches");
	end_us = bench_now_us();
	(void)test_process_stop(&subscriber);
	return (double)feed->events * 1e6 / (double)(end_us - start_us);
}

/* Through them to HQ, which commits and acknowledges as ever; nobody listens to that. */
static double hq_rate(struct site *site)
{
	int64_t start_us, end_us;

	bench_central_start(&site->central, NULL);
	start_us = bench_now_us();
	bench_feed_publish(&site->feed, site->node.broker.socket, "backroom/up/stock");
	end_us = bench_central_has_all(&site->central, BENCH_LANE_STOCK, site->feed.last);
	bench_central_stop(&site->central);
	return (double)site->feed.events * 1e6 / (double)(end_us - start_us);
}

static void run(const struct bench_run *run)
{
	struct site site;

	site_open(&site, run);
	for (unsigned round = 0; round < run->rounds; round++) {
		double ours = catch_up_rate(&site);

		bench_figure_add(&figures[CATCH_UP], ours, bridge_rate(&site, &site.feed));
		bench_figure_add(&figures[CATCH_UP_HQ], ours, hq_rate(&site));
		bench_figure_add(&figures[CATCH_UP_SINGLE], ours, bridge_rate(&site, &site.single));
	}
	site_close(&site);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "sync",
		.summary = "the link to HQ",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 3,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
