/*
 * bench-till: ten-line sales through a real broker, from the till's asking to the reply that leaves
 * after the commit.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/bench/probe.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"

#define PRODUCTS 2000
#define TILLS "40"
#define LINES "10"
#define SENSORS 20 /* as many as the flood plays by default */
#define SENSORS_PER_SECOND "1000"
#define WAIT_MS 120000

enum { MANY, ALONE_P50, ALONE_P99, BUSY_P50, BUSY_P99, BARE_P50 };

static struct bench_figure figures[] = {
	[MANY] = {.name = "till/sales",
		.what = "ten-line sales, 40 tills in flight : a reply without keeping anything",
		.unit = "sales/s"},
	[ALONE_P50] = {.name = "till/reply-p50",
		.what = "reply to one sale at a time, p50 : one fdatasync, p50",
		.unit = "ms"},
	[ALONE_P99] = {.name = "till/reply-p99",
		.what = "reply to one sale at a time, p99 : one fdatasync, p99",
		.unit = "ms"},
	[BUSY_P50] = {.name = "till/reply-busy-p50",
		.what = "the same under 1,000 sensor messages/s, p50",
		.unit = "ms"},
	[BUSY_P99] = {.name = "till/reply-busy-p99",
		.what = "the same under 1,000 sensor messages/s, p99",
		.unit = "ms"},
	[BARE_P50] = {.name = "till/reply-p50-bare",
		.what = "reply to one sale, p50 : a reply without keeping anything",
		.unit = "ms"},
};

struct result {
	double per_second, p50_ms, p99_ms;
};

static double number_of(const struct br_json *json, const char *name)
{
	double number = 0;

	if (!br_json_number(br_json_member(json, name), &number))
		bench_fail(NULL, "peer-till says no %s", name);
	return number;
}

/* Reads the summary that peer-till ends with. */
static struct result result_read(const struct test_process *till, double wanted)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_fault fault = {""};
	char *log = test_file_read(till->log, NULL);
	const char *json = strchr(log, '{');
	const struct br_json *reply;
	struct result result;

	if (json == NULL || br_json_parse(br_str_from(json), &root, &fault) < 0)
		bench_fail(till, "peer-till has no summary: %s", fault.text);
	if (number_of(root, "accepted") != wanted)
		bench_fail(till, "not every sale was accepted");
	reply = br_json_member(root, "reply");
	result = (struct result){number_of(root, "answers_per_second"), number_of(reply, "p50_ms"),
		number_of(reply, "p99_ms")};
	free(log);
	return result;
}

/* So many sales, so many at a time. */
static struct result sell(const char *socket, const char *in_flight, unsigned sales)
{
	static unsigned runs;
	struct test_process till = {.pid = 0};
	char products[TEST_PATH_BYTES], count[32], seed[32];
	const char *argv[] = {test_program("tests/peers/peer-till"), "--socket", socket, "--tills",
		in_flight, "--in-flight", in_flight, "--only", "sale", "--basket", LINES, "--count",
		count, "--products", products, "--seed", seed, "--json", NULL};

	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	(void)snprintf(count, sizeof(count), "%u", sales);
	(void)snprintf(seed, sizeof(seed), "%u", ++runs);
	test_process_start(&till, "peer-till", argv, NULL);
	if (!test_process_wait(&till, WAIT_MS) || till.code != 0)
		bench_fail(&till, "the tills did not end well");
	return result_read(&till, sales);
}

/* The same sales answered by a program that keeps nothing. */
static void bare_sell(
	const struct bench_run *run, struct result *ret_many, struct result *ret_alone)
{
	struct test_process replier = {.pid = 0};
	struct test_broker broker;
	const char *argv[] = {test_program("tests/bench/bench-bare-subscriber"), "--socket", NULL,
		"--filter", "backroom/v1/till/+/request", "--reply", NULL};

	bench_broker_start(&broker, "baseline");
	argv[2] = broker.socket;
	test_process_start(&replier, "replier", argv, NULL);
	if (!test_process_says(&replier, "ready", WAIT_MS))
		bench_fail(&replier, "the replier does not begin");
	*ret_many = sell(broker.socket, TILLS, run->brief ? 200 : 5000);
	*ret_alone = sell(broker.socket, "1", run->brief ? 20 : 300);
	test_process_kill(&replier);
	test_broker_stop(&broker);
}

/* One sale at a time while sensors report. */
static struct result busy_sell(struct bench_node *node, unsigned sales)
{
	struct test_process flood = {.pid = 0};
	const char *argv[] = {test_program("tests/peers/peer-sensors"), "--socket",
		node->broker.socket, "--flood", SENSORS_PER_SECOND, "--qos", "1", NULL};
	struct result result;

	test_process_start(&flood, "flood", argv, NULL);
	test_sleep_ms(300);
	result = sell(node->broker.socket, "1", sales);
	(void)test_process_stop(&flood);
	return result;
}

static void round_run(struct bench_node *node, const struct bench_run *run)
{
	unsigned alone = run->brief ? 20 : 300;
	struct result many, one, busy, bare_many, bare_one;
	struct bench_flush flush;

	many = sell(node->broker.socket, TILLS, run->brief ? 200 : 5000);
	bare_sell(run, &bare_many, &bare_one);
	flush = bench_flush_measure(test_folder(), alone);
	one = sell(node->broker.socket, "1", alone);
	busy = busy_sell(node, alone);
	bench_figure_add(&figures[MANY], many.per_second, bare_many.per_second);
	bench_figure_add(&figures[ALONE_P50], one.p50_ms, flush.p50_ms);
	bench_figure_add(&figures[ALONE_P99], one.p99_ms, flush.p99_ms);
	bench_figure_add(&figures[BUSY_P50], busy.p50_ms, flush.p50_ms);
	bench_figure_add(&figures[BUSY_P99], busy.p99_ms, flush.p99_ms);
	bench_figure_add(&figures[BARE_P50], one.p50_ms, bare_one.p50_ms);
}

static void run(const struct bench_run *run)
{
	struct bench_node node;
	struct bench_shop shop;
	char path[TEST_PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/products.csv", test_folder());
	bench_products_write(path, PRODUCTS);
	bench_node_prepare(&node, "node");
	bench_shop_open(&shop, node.state, false);
	bench_shop_stock(&shop, PRODUCTS);
	bench_shop_close(&shop);
	bench_node_start(&node, 0);
	bench_node_adopt(&node, SENSORS);
	for (unsigned round = 0; round < run->rounds; round++)
		round_run(&node, run);
	bench_node_finish(&node);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "till",
		.summary = "ten-line sales through a real broker, answered after the commit",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 5,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
