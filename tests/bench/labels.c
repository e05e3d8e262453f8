/*
 * bench-labels: how many pictures a core draws, and how long a price change takes until its picture
 * is at the access point.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esl/draw.h"
#include "esl/render.h"
#include "esl/template_set.h"
#include "tests/bench/bare_label.h"
#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/bench/receiver.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"
#include "tests/peers/products.h"

#define PRODUCTS 200
#define LABELS "200"
#define WAIT_MS 60000
#define PING_TOPIC "brap/1/bench/job/ping"

enum { SMALL, LARGE, JOB_P50, JOB_P99 };

static struct bench_figure figures[] = {
	[SMALL] = {.name = "labels/pictures-296x128",
		.what = "2.9 inch pictures by one core : three bare lines of Pango",
		.unit = "pictures/s"},
	[LARGE] = {.name = "labels/pictures-800x480",
		.what = "7.5 inch pictures by one core : three bare lines of Pango",
		.unit = "pictures/s"},
	[JOB_P50] = {.name = "labels/job-p50",
		.what = "price change -> job at the access point, p50 : a bare MQTT hop, p50",
		.unit = "ms"},
	[JOB_P99] = {.name = "labels/job-p99",
		.what = "price change -> job at the access point, p99 : a bare MQTT hop, p99",
		.unit = "ms"},
};

/* What a render worker has: its context, and the contents of all products. */
struct studio {
	struct br_template_set *templates;
	struct br_draw *draw;
	struct br_label_content contents[PRODUCTS];
};

static void studio_open(struct studio *studio)
{
	const char *source = getenv("BACKROOM_SOURCE");
	struct br_fault fault = {""};
	struct br_txn *txn = NULL;
	struct bench_shop shop;
	struct br_arena arena;
	struct br_label_place place = {.link_host = "id.gs1.org"};
	char path[TEST_PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/esl/templates", source != NULL ? source : ".");
	if (br_template_set_load(path, &studio->templates, &fault) < 0 ||
		br_draw_create(&studio->draw, &fault) < 0)
		bench_fail(NULL, "%s", fault.text);
	(void)snprintf(path, sizeof(path), "%s/studio", test_folder());
	bench_shop_open(&shop, path, false);
	bench_shop_stock(&shop, PRODUCTS);
	br_arena_init(&arena, 16 << 20);
	if (br_txn_begin(shop.store, false, &txn) < 0)
		bench_fail(NULL, "the ledger cannot be read");
	for (unsigned i = 0; i < PRODUCTS; i++) {
		char sku[32];

		bench_sku(i, sku, sizeof(sku));
		if (br_label_content_read(txn, br_str_from(sku), shop.now_ms, &place, &arena,
			    &studio->contents[i]) < 0)
			bench_fail(NULL, "%s: no content", sku);
	}
	br_txn_abort(txn);
	br_arena_finish(&arena);
	bench_shop_close(&shop);
}

static void studio_close(struct studio *studio)
{
	br_draw_destroy(studio->draw);
	br_template_set_destroy(studio->templates);
}

static double pictures_per_second(struct studio *studio, struct br_display display, unsigned n)
{
	static struct br_render_request request;
	int64_t start_us = bench_now_us();

	request = (struct br_render_request){.display = display, .encoding = BR_ENCODING_ZLIB12};
	for (unsigned i = 0; i < n; i++) {
		struct br_render_result result;

		request.content = studio->contents[i % PRODUCTS];
		br_label_content_moved(&request.content, &studio->contents[i % PRODUCTS]);
		request.template = br_template_set_find(
			studio->templates, BR_STR(""), &display, request.content.state);
		br_assert(request.template != NULL);
		br_render_now(studio->draw, &request, &result);
		if (result.error < 0)
			bench_fail(NULL, "product %u: %s", i % PRODUCTS, result.fault.text);
		br_text_finish(&result.bytes);
	}
	return (double)n * 1e6 / (double)(bench_now_us() - start_us);
}

static double bare_per_second(struct br_display display, unsigned n)
{
	int64_t start_us = bench_now_us();

	for (unsigned i = 0; i < n; i++) {
		struct peer_product product;
		struct bench_bare_label label = {product.name, product.brand, "12.99"};

		peer_product_make(1, i % PRODUCTS, BENCH_CURRENCY, &product);
		(void)bench_bare_label_draw(&label, display.w, display.h);
	}
	return (double)n * 1e6 / (double)(bench_now_us() - start_us);
}

static void pictures_round(struct studio *studio, unsigned n)
{
	static const struct br_display small = {296, 128, BR_ACCENT_RED, 0};
	static const struct br_display large = {800, 480, BR_ACCENT_RED, 0};
	double ours = pictures_per_second(studio, small, n);

	bench_figure_add(&figures[SMALL], ours, bare_per_second(small, n));
	ours = pictures_per_second(studio, large, n / 2);
	bench_figure_add(&figures[LARGE], ours, bare_per_second(large, n / 2));
}

/* Watches the jobs that leave for access points. */
struct watcher {
	struct bench_receiver *receiver;
	char wanted[128]; /* the topic that is waited for */
	int64_t seen_us;  /* 0 = not yet */
};

static void job_seen(void *owner, const struct bench_message *message)
{
	struct watcher *watcher = owner;

	if (watcher->seen_us == 0 && strcmp(message->topic, watcher->wanted) == 0)
		watcher->seen_us = bench_now_us();
}

static bool watcher_enough(void *owner)
{
	const struct watcher *watcher = owner;

	return watcher->seen_us > 0;
}

static void watcher_open(struct watcher *watcher, const struct bench_node *node)
{
	struct bench_receiver_options options = {
		.socket = node->broker.socket,
		.client_id = "bench-watcher",
		.filter = "brap/1/+/job/#",
		.qos = 1,
		.turn_max = 64,
		.message = job_seen,
		.turn = watcher_enough,
		.owner = watcher,
	};

	*watcher = (struct watcher){.seen_us = 0};
	watcher->receiver = bench_receiver_create(&options);
}

static double wait_from(struct watcher *watcher, int64_t start_us)
{
	if (watcher->seen_us == 0 && !bench_receiver_run(watcher->receiver, WAIT_MS))
		bench_fail(NULL, "%s: nothing comes", watcher->wanted);
	return (double)(watcher->seen_us - start_us) / 1000;
}

/* One change of one product's price, until its label's job is seen behind the broker. */
static double change_measure(struct bench_node *node, struct watcher *watcher, const char *label,
	unsigned product, unsigned change)
{
	char body[512], sku[32];
	int64_t start_us;

	bench_sku(product, sku, sizeof(sku));
	(void)snprintf(watcher->wanted, sizeof(watcher->wanted), "brap/1/ap-1/job/%.16s", label);
	(void)snprintf(body, sizeof(body),
		"{\"id\":\"change-%u-%u\",\"type\":\"price.set\",\"data\":{\"sku\":\"%s\","
		"\"kind\":\"regular\",\"amount\":%u.%02u,\"currency\":\"" BENCH_CURRENCY "\"}}",
		change, product, sku, 500 + change, product % 100);
	watcher->seen_us = 0;
	start_us = bench_now_us();
	(void)bench_node_ask(node, "/api/v1/commands", body);
	return wait_from(watcher, start_us);
}

/* A message to itself through the broker: the least that anything over MQTT takes. */
static double hop_measure(struct watcher *watcher)
{
	int64_t start_us = bench_now_us();

	(void)snprintf(watcher->wanted, sizeof(watcher->wanted), PING_TOPIC);
	watcher->seen_us = 0;
	bench_receiver_publish(watcher->receiver, PING_TOPIC, "ping", 4, 1);
	return wait_from(watcher, start_us);
}

/* The labels of peer-ap's list, one a line before the first comma; line 0 is the head. */
static void labels_read(const char *path, char labels[PRODUCTS][17])
{
	char *list = test_file_read(path, NULL);
	char *line = list;

	for (unsigned i = 0; i < PRODUCTS; i++) {
		line = line != NULL ? strchr(line, '\n') : NULL;
		if (line == NULL)
			bench_fail(NULL, "%s: too few labels", path);
		line++;
		(void)snprintf(labels[i], 17, "%.*s", (int)strcspn(line, ",\n"), line);
	}
	free(list);
}

static void bind_write(void *context, unsigned number, char *buffer, size_t size)
{
	char(*labels)[17] = context;
	char sku[32];

	bench_sku(number, sku, sizeof(sku));
	(void)snprintf(buffer, size,
		"{\"id\":\"bind-%u\",\"type\":\"label.bind\",\"data\":{\"label\":\"%s\",\"sku\":"
		"\"%s\"}}",
		number, labels[number], sku);
}

/* Access point and labels on the air, every label bound and showing its product. */
static void air_start(
	struct bench_node *node, struct test_process *air, unsigned n, char labels[PRODUCTS][17])
{
	char list[TEST_PATH_BYTES];
	const char *argv[] = {test_program("tests/peers/peer-ap"), "--socket", node->broker.socket,
		"--labels", LABELS, "--types", "bwr29:1", "--check-in", "1", "--refresh", "0",
		"--speed", "0", "--win", "64", "--labels-out", list, NULL};

	(void)snprintf(list, sizeof(list), "%s/labels.csv", test_folder());
	test_process_start(air, "peer-ap", argv, NULL);
	if (!test_process_says(air, "access points", WAIT_MS))
		bench_fail(air, "the access point does not begin");
	labels_read(list, labels);
	bench_node_command_all(node, n, bind_write, labels);
	if (!bench_node_metric_reaches(node, "backroom_label_shown_total", n, WAIT_MS))
		bench_fail(&node->daemon, "the labels do not show their products");
}

static void jobs_round(struct bench_node *node, struct watcher *watcher, char labels[PRODUCTS][17],
	unsigned n, unsigned round)
{
	double times[PRODUCTS], hops[PRODUCTS];
	double shown = bench_node_metric(node, "backroom_label_shown_total");

	for (unsigned i = 0; i < n; i++) {
		hops[i] = hop_measure(watcher);
		times[i] = change_measure(node, watcher, labels[i], i, round + 1);
	}
	if (!bench_node_metric_reaches(node, "backroom_label_shown_total", shown + n, WAIT_MS))
		bench_fail(&node->daemon, "not every change was shown");
	bench_figure_add(
		&figures[JOB_P50], bench_quantile(times, n, 0.5), bench_quantile(hops, n, 0.5));
	bench_figure_add(
		&figures[JOB_P99], bench_quantile(times, n, 0.99), bench_quantile(hops, n, 0.99));
}

static void jobs_run(const struct bench_run *run)
{
	static char labels[PRODUCTS][17];
	unsigned n = run->brief ? 10 : PRODUCTS;
	struct test_process air = {.pid = 0};
	struct watcher watcher;
	struct bench_node node;
	struct bench_shop shop;

	bench_node_prepare(&node, "node");
	bench_shop_open(&shop, node.state, false);
	bench_shop_stock(&shop, PRODUCTS);
	bench_shop_close(&shop);
	bench_node_start(&node, 0);
	air_start(&node, &air, n, labels);
	watcher_open(&watcher, &node);
	for (unsigned round = 0; round < run->rounds; round++)
		jobs_round(&node, &watcher, labels, n, round);
	bench_receiver_destroy(watcher.receiver);
	(void)test_process_stop(&air);
	bench_node_finish(&node);
}

static void run(const struct bench_run *run)
{
	static const struct br_display warm = {296, 128, BR_ACCENT_RED, 0};
	static struct studio studio;

	studio_open(&studio);
	/* The first pictures load the fonts. */
	(void)pictures_per_second(&studio, warm, 20);
	(void)bare_per_second(warm, 20);
	for (unsigned round = 0; round < run->rounds; round++)
		pictures_round(&studio, run->brief ? 20 : 1000);
	studio_close(&studio);
	jobs_run(run);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "labels",
		.summary = "shelf labels: drawing, and the way to the access point",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 5,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
