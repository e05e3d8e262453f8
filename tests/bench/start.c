/*
 * bench-start: how long a store of full size takes from exec to READY=1, and what memory it then
 * holds, beside an empty one.
 */
#include <stdio.h>

#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"

#define LINES 10
#define SETTLE_MS 2000

enum { READY, ANONYMOUS, DISK };

static struct bench_figure figures[] = {
	[READY] = {.name = "start/ready",
		.what = "exec -> READY=1, 100,000 products, 1,000,000 records : an empty store",
		.unit = "ms"},
	[ANONYMOUS] = {.name = "start/anonymous-memory",
		.what = "anonymous memory after 2 s of it : an empty store",
		.unit = "MiB"},
	[DISK] = {.name = "start/ledger",
		.what = "the ledger of it on disk, all views included : the same without records",
		.unit = "MiB"},
};

struct size {
	uint64_t products, records;
};

static double ledger_mb(const struct bench_shop *shop)
{
	return (double)br_store_usage(shop->store).used_bytes / (1 << 20);
}

/* Fills the state directory: deliveries and ten-line sales, turn about. */
static void fill(const char *state, struct size size, double *ret_stocked_mb, double *ret_mb)
{
	struct bench_shop shop;

	bench_shop_open(&shop, state, false);
	bench_shop_stock(&shop, size.products);
	*ret_stocked_mb = ledger_mb(&shop);
	for (uint64_t i = br_core_head(shop.core); i < size.records; i++) {
		if (i % 2 == 0)
			bench_shop_sell(&shop, LINES);
		else
			bench_shop_receive(&shop);
	}
	bench_shop_commit(&shop);
	*ret_mb = ledger_mb(&shop);
	bench_shop_close(&shop);
}

/* Starts and stops; returns when it was ready and what it held some time later. */
static void start_measure(
	struct bench_node *node, const struct bench_run *run, double *ret_ms, double *ret_mb)
{
	bench_node_start(node, 0);
	*ret_ms = node->ready_ms;
	test_sleep_ms(run->brief ? 100 : SETTLE_MS);
	*ret_mb = bench_node_anonymous_mb(node);
	bench_node_stop(node);
}

static void run(const struct bench_run *run)
{
	struct size size = {run->brief ? 500 : 100000, run->brief ? 2000 : 1000000};
	double stocked_mb, full_mb;
	struct bench_node full, empty;

	bench_node_prepare(&full, "full");
	bench_node_prepare(&empty, "empty");
	fill(full.state, size, &stocked_mb, &full_mb);
	bench_figure_add(&figures[DISK], full_mb, stocked_mb);
	for (unsigned round = 0; round < run->rounds; round++) {
		double full_ms, empty_ms, full_anonymous, empty_anonymous;

		start_measure(&full, run, &full_ms, &full_anonymous);
		start_measure(&empty, run, &empty_ms, &empty_anonymous);
		bench_figure_add(&figures[READY], full_ms, empty_ms);
		bench_figure_add(&figures[ANONYMOUS], full_anonymous, empty_anonymous);
	}
	bench_node_finish(&full);
	bench_node_finish(&empty);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "start",
		.summary = "starting a store of full size",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 5,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
