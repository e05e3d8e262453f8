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

#include "node/json.h"
#include "tests/bench/central.h"
#include "tests/bench/feed.h"
#include "tests/bench/figure.h"
#include "tests/lib/proxy.h"
#include "tests/lib/test.h"

#define PRODUCTS 2000
#define LINES 10
#define WAIT_MS 120000
#define LIVE_MAX 500
#define ALONE_PRODUCTS 200

enum {
	CATCH_UP,
	CATCH_UP_HQ,
	CATCH_UP_SINGLE,
	LIVE_ORDER_P50,
	LIVE_ORDER_P99,
	LIVE_STOCK_P50,
	LIVE_STOCK_P99,
	BYTES_PER_LINE,
	BYTES_ALONE,
	BYTES_EPCIS,
	CATCH_UP_EPCIS
};

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
	[LIVE_ORDER_P50] = {.name = "sync/live-order-p50",
		.what = "an order offered amidst it, until HQ has it, p50 : the same with nothing "
			"behind",
		.unit = "ms"},
	[LIVE_ORDER_P99] = {.name = "sync/live-order-p99",
		.what = "the same, p99 : the same with nothing behind, p99",
		.unit = "ms"},
	[LIVE_STOCK_P50] = {.name = "sync/live-stock-p50",
		.what = "a delivery amidst it, in the lane that is behind, p50 : with nothing "
			"behind",
		.unit = "ms"},
	[LIVE_STOCK_P99] = {.name = "sync/live-stock-p99",
		.what = "the same, p99 : the same with nothing behind, p99",
		.unit = "ms"},
	[BYTES_PER_LINE] = {.name = "sync/bytes-per-line",
		.what = "uplink bytes for each line of a sale, in full batches : its bytes in the "
			"ledger",
		.unit = "bytes"},
	[BYTES_ALONE] = {.name = "sync/bytes-per-line-alone",
		.what = "bytes of both directions for each, ten-line sales one by one : in full "
			"batches",
		.unit = "bytes"},
	[BYTES_EPCIS] = {.name = "sync/bytes-per-line-epcis",
		.what = "uplink bytes for each line, in full batches, for an HQ that asks for "
			"EPCIS's words : for one that does not",
		.unit = "bytes"},
	[CATCH_UP_EPCIS] = {.name = "sync/catch-up-epcis",
		.what = "events through the bridge into the file of such an HQ : of one that does "
			"not ask",
		.unit = "events/s"},
};

/* A store and what it has to tell. */
struct site {
	struct bench_node node;
	struct bench_central central;
	struct bench_feed feed, single;
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

static void site_open(struct site *site, const struct bench_run *run)
{
	uint64_t sales = run->brief ? 1000 : 100000;
	double ledger_bytes;
	struct bench_shop shop;
	struct bench_feed epcis;

	bench_central_prepare(&site->central, "hq-broker");
	bench_node_prepare_linked(&site->node, "sync", site->central.broker.port);
	bench_shop_open(&shop, site->node.state, false);
	bench_shop_stock(&shop, PRODUCTS);
	sales_fill(&shop, sales, &ledger_bytes);
	bench_shop_told(&shop);
	bench_feed_make(&site->feed, &shop, BENCH_STORE, BR_LANE_STOCK, false);
	bench_feed_make(&epcis, &shop, BENCH_STORE, BR_LANE_STOCK, true);
	bench_feed_split(&site->single, &site->feed);
	bench_shop_close(&shop);
	bench_figure_add(&figures[BYTES_PER_LINE],
		(double)site->feed.bytes / (double)(sales * LINES),
		ledger_bytes / (double)(sales * LINES));
	bench_figure_add(&figures[BYTES_EPCIS], (double)epcis.bytes / (double)(sales * LINES),
		(double)site->feed.bytes / (double)(sales * LINES));
	bench_feed_finish(&epcis);
}

static void site_close(struct site *site)
{
	bench_feed_finish(&site->feed);
	bench_feed_finish(&site->single);
	bench_node_finish(&site->node);
	bench_central_finish(&site->central);
}

/* From HQ's welcome until it has the last event, on its disk. */
static double catch_up_rate(struct site *site, bool epcis)
{
	static const char *const asking[] = {"--epcis", NULL};
	int64_t start_us, end_us;

	bench_central_start(&site->central, epcis ? asking : NULL);
	bench_node_start(&site->node, 0);
	start_us = bench_central_welcomed(&site->central);
	end_us = bench_central_has_all(&site->central, BENCH_LANE_STOCK, site->feed.last);
	bench_node_stop(&site->node);
	bench_central_stop(&site->central);
	return (double)site->feed.events * 1e6 / (double)(end_us - start_us);
}

/* As the daemon does it, at the store's own broker. */
static void feed_publish(struct site *site, const struct bench_feed *feed)
{
	struct bench_stream stream = {.feed = feed, .topic = "backroom/up/stock"};

	bench_streams_publish(&stream, 1, site->node.broker.socket);
}

/* Through the same two brokers, to somebody who drops it. */
static double bridge_rate(struct site *site, const struct bench_feed *feed)
{
	struct test_process subscriber = {.pid = 0};
	char count[32];
	const char *argv[] = {test_program("tests/bench/bench-bare-subscriber"), "--socket",
		site->central.broker.socket, "--filter", "up/+/+/stock", "--forget", "--count",
		count, NULL};
	int64_t start_us, end_us;

	(void)snprintf(count, sizeof(count), "%zu", feed->n);
	test_process_start(&subscriber, "subscriber", argv, NULL);
	if (!test_process_says(&subscriber, "ready", WAIT_MS))
		bench_fail(&subscriber, "the subscriber does not begin");
	start_us = bench_now_us();
	feed_publish(site, feed);
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
	feed_publish(site, &site->feed);
	end_us = bench_central_has_all(&site->central, BENCH_LANE_STOCK, site->feed.last);
	bench_central_stop(&site->central);
	return (double)site->feed.events * 1e6 / (double)(end_us - start_us);
}

/* A command at the store's own API; the sequence of what came of it. */
static uint64_t command_give(struct bench_node *node, const char *body)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const char *answer = bench_node_ask(node, "/api/v1/commands", body);
	int64_t sequence = 0;

	if (br_json_parse(br_str_from(answer), &root, NULL) < 0 ||
		!br_json_i64(br_json_member(root, "sequence"), &sequence) || sequence < 1)
		bench_fail(&node->daemon, "%s: %.400s", body, answer);
	return (uint64_t)sequence;
}

/* From the asking until HQ has said that the order, or the delivery, is on its disk; in ms. */
static double live_measure(struct site *site, bool order)
{
	static unsigned number;
	char body[512], sku[32];
	int64_t start_us = bench_now_us();
	uint64_t sequence;

	bench_sku(++number % PRODUCTS, sku, sizeof(sku));
	if (order)
		(void)snprintf(body, sizeof(body),
			"{\"id\":\"live-%u\",\"type\":\"order.offer\",\"data\":{\"order\":\"L%u\","
			"\"lines\":[{\"line\":\"1\",\"sku\":\"%s\",\"quantity\":1,\"price\":1.99}]}"
			"}",
			number, number, sku);
	else
		(void)snprintf(body, sizeof(body),
			"{\"id\":\"live-%u\",\"type\":\"stock.move\",\"data\":{\"sku\":\"%s\","
			"\"kind\":\"receive\",\"quantity\":1}}",
			number, sku);
	sequence = command_give(&site->node, body);
	return (double)(bench_central_has(&site->central,
				order ? BENCH_LANE_ORDERS : BENCH_LANE_STOCK, sequence) -
			start_us) /
	       1000;
}

/* Turn about, at most LIVE_MAX of each; while the store is behind, or without end. */
static unsigned live_collect(
	struct site *site, bool behind, unsigned max, double *ret_orders, double *ret_stock)
{
	unsigned n = 0;

	do {
		ret_orders[n] = live_measure(site, true);
		ret_stock[n++] = live_measure(site, false);
	} while (n < max && !(behind && bench_central_has_all_now(&site->central, BENCH_LANE_STOCK,
						site->feed.last)));
	return n;
}

/* What happens now, while all of the past is on its way. */
static void live_round(struct site *site, unsigned max)
{
	static double orders[LIVE_MAX], stock[LIVE_MAX], quiet_orders[LIVE_MAX],
		quiet_stock[LIVE_MAX];
	unsigned n, quiet_n;

	bench_central_start(&site->central, NULL);
	bench_node_start(&site->node, 0);
	(void)bench_central_welcomed(&site->central);
	n = live_collect(site, true, max, orders, stock);
	(void)bench_central_has_all(&site->central, BENCH_LANE_STOCK, site->feed.last);
	quiet_n = live_collect(site, false, max < 100 ? max : 100, quiet_orders, quiet_stock);
	bench_node_stop(&site->node);
	bench_central_stop(&site->central);
	bench_figure_add(&figures[LIVE_ORDER_P50], bench_quantile(orders, n, 0.5),
		bench_quantile(quiet_orders, quiet_n, 0.5));
	bench_figure_add(&figures[LIVE_ORDER_P99], bench_quantile(orders, n, 0.99),
		bench_quantile(quiet_orders, quiet_n, 0.99));
	bench_figure_add(&figures[LIVE_STOCK_P50], bench_quantile(stock, n, 0.5),
		bench_quantile(quiet_stock, quiet_n, 0.5));
	bench_figure_add(&figures[LIVE_STOCK_P99], bench_quantile(stock, n, 0.99),
		bench_quantile(quiet_stock, quiet_n, 0.99));
}

static uint64_t sale_give(struct bench_node *node, unsigned number)
{
	struct br_text body;
	uint64_t sequence;

	br_text_init(&body, 8192);
	br_text_printf(&body,
		"{\"id\":\"sale-%u\",\"type\":\"sale.record\",\"data\":{\"till\":\"till-1\","
		"\"currency\":\"" BENCH_CURRENCY "\",\"lines\":[",
		number);
	for (unsigned i = 0; i < LINES; i++) {
		char barcode[BENCH_BARCODE_BYTES];

		bench_barcode((number * LINES + i) % ALONE_PRODUCTS, barcode);
		br_text_printf(&body, "%s{\"barcode\":\"%s\",\"quantity\":1,\"price\":1.99}",
			i > 0 ? "," : "", barcode);
	}
	br_text_puts(&body, "]}}");
	sequence = command_give(node, body.bytes);
	br_text_finish(&body);
	return sequence;
}

/* Sales one by one over a line that counts: MQTT's own bytes and HQ's acks are in it. */
static void bytes_measure(const struct site *site, unsigned sales)
{
	struct test_proxy *line;
	struct bench_central central;
	struct bench_node node;
	struct bench_shop shop;
	uint64_t before;

	bench_central_prepare(&central, "line-broker");
	line = test_proxy_start(0, central.broker.port);
	bench_node_prepare_linked(&node, "line", test_proxy_port(line));
	bench_shop_open(&shop, node.state, false);
	bench_shop_stock(&shop, ALONE_PRODUCTS);
	bench_shop_close(&shop);
	bench_central_start(&central, NULL);
	bench_node_start(&node, 0);
	(void)bench_central_welcomed(&central);
	(void)bench_central_has_all(&central, BENCH_LANE_STOCK, sale_give(&node, 0));
	before = test_proxy_bytes(line);
	for (unsigned i = 1; i <= sales; i++)
		(void)bench_central_has_all(&central, BENCH_LANE_STOCK, sale_give(&node, i));
	bench_figure_add(&figures[BYTES_ALONE],
		(double)(test_proxy_bytes(line) - before) / (sales * LINES),
		(double)site->feed.bytes / (double)(site->feed.events * LINES));
	bench_node_finish(&node);
	bench_central_finish(&central);
	test_proxy_stop(line);
}

static void run(const struct bench_run *run)
{
	struct site site;

	site_open(&site, run);
	bytes_measure(&site, run->brief ? 20 : 100);
	for (unsigned round = 0; round < run->rounds; round++) {
		double ours = catch_up_rate(&site, false);

		bench_figure_add(&figures[CATCH_UP], ours, bridge_rate(&site, &site.feed));
		bench_figure_add(&figures[CATCH_UP_HQ], ours, hq_rate(&site));
		bench_figure_add(&figures[CATCH_UP_SINGLE], ours, bridge_rate(&site, &site.single));
		bench_figure_add(&figures[CATCH_UP_EPCIS], catch_up_rate(&site, true), ours);
		live_round(&site, run->brief ? 5 : LIVE_MAX);
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
