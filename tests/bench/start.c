/*
 * bench-start: how long a store of full size takes from exec to READY=1, and what memory it then
 * holds, beside an empty one; and how long it takes to prove that all of it is sound.
 */
#include <stdio.h>

#include "node/verify.h"
#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"

#define LINES 10
#define SETTLE_MS 2000

enum { READY, ANONYMOUS, DISK, VERIFY };

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
	[VERIFY] = {.name = "start/verify",
		.what = "journal checked, all views rebuilt and compared : the journal's part "
			"alone",
		.unit = "s"},
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

/* When the journal's part of a verification ended. */
static void verify_progress(
	void *context, enum br_verify_step step, uint64_t done BR_UNUSED, uint64_t total BR_UNUSED)
{
	int64_t *journal_us = context;

	if (step != BR_VERIFY_JOURNAL && *journal_us == 0)
		*journal_us = bench_now_us();
}

static void verify_measure(const char *state)
{
	int64_t start_us = bench_now_us(), journal_us = 0;
	struct br_verify_options options = {
		.scratch = state, .progress = verify_progress, .context = &journal_us};
	struct br_verify_report report = {.problems = 0};
	struct br_fault fault = {.text = ""};
	struct bench_shop shop;

	bench_shop_open(&shop, state, false);
	if (br_verify(shop.store, &options, &report, &fault) < 0 || report.problems > 0)
		bench_fail(NULL, "verify: %s%s", fault.text,
			report.problems > 0 ? report.findings[0] : "");
	bench_figure_add(&figures[VERIFY], (double)(bench_now_us() - start_us) / 1e6,
		(double)(journal_us - start_us) / 1e6);
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
	verify_measure(full.state);
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
