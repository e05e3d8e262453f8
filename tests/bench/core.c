/* bench-core: the core alone, without broker and network, beside the same work on SQLite. */
#include <stdio.h>

#include "tests/bench/figure.h"
#include "tests/bench/probe.h"
#include "tests/bench/shop.h"
#include "tests/bench/sqlite_shop.h"
#include "tests/lib/test.h"

#define LINES 10
#define SALES_PER_COMMIT 100
#define ORDERS_MAX 400

enum { LINES_PER_SECOND, LINES_ALONE, BYTES_PER_LINE, ACCEPT_P50, ACCEPT_P99 };

static struct bench_figure figures[] = {
	[LINES_PER_SECOND] = {.name = "core/sale-lines",
		.what = "lines of ten-line sales, 100 sales a commit : SQLite",
		.unit = "lines/s"},
	[LINES_ALONE] = {.name = "core/sale-lines-alone",
		.what = "the same, each sale its own commit : SQLite",
		.unit = "lines/s"},
	[BYTES_PER_LINE] = {.name = "core/bytes-per-line",
		.what = "disk for a sale line, all views included : SQLite",
		.unit = "bytes"},
	[ACCEPT_P50] = {.name = "core/order-accept-p50",
		.what = "checking and reserving an order of ten lines, committed : one fdatasync",
		.unit = "ms"},
	[ACCEPT_P99] = {.name = "core/order-accept-p99",
		.what = "the slowest of a hundred : one fdatasync",
		.unit = "ms"},
};

struct shops {
	struct bench_shop ours;
	struct bench_sqlite *theirs;
};

static double rate(uint64_t lines, int64_t start_us)
{
	return (double)lines * 1e6 / (double)(bench_now_us() - start_us);
}

static double ours(struct shops *shops, unsigned commits, unsigned sales)
{
	int64_t start_us = bench_now_us();

	for (unsigned commit = 0; commit < commits; commit++) {
		for (unsigned sale = 0; sale < sales; sale++)
			bench_shop_sell(&shops->ours, LINES);
		bench_shop_commit(&shops->ours);
	}
	return rate((uint64_t)commits * sales * LINES, start_us);
}

static double theirs(struct shops *shops, unsigned commits, unsigned sales)
{
	int64_t start_us = bench_now_us();

	for (unsigned commit = 0; commit < commits; commit++) {
		for (unsigned sale = 0; sale < sales; sale++)
			bench_sqlite_sell(shops->theirs, LINES);
		bench_sqlite_commit(shops->theirs);
	}
	return rate((uint64_t)commits * sales * LINES, start_us);
}

/* Orders accepted one at a time, each its own commit. */
static void accept_measure(struct bench_shop *shop, const char *folder, unsigned n)
{
	struct bench_flush flush = bench_flush_measure(folder, n);
	double times[ORDERS_MAX];

	br_assert(n > 0 && n <= ORDERS_MAX);
	for (unsigned i = 0; i < n; i++) {
		int64_t start_us;

		bench_shop_offer(shop, LINES);
		start_us = bench_now_us();
		bench_shop_accept(shop);
		bench_shop_commit(shop);
		times[i] = (double)(bench_now_us() - start_us) / 1000;
	}
	bench_figure_add(&figures[ACCEPT_P50], bench_quantile(times, n, 0.5), flush.p50_ms);
	bench_figure_add(&figures[ACCEPT_P99], bench_quantile(times, n, 0.99), flush.p99_ms);
}

static void run(const struct bench_run *run)
{
	unsigned commits = run->brief ? 2 : 20, alone = run->brief ? 20 : 400;
	uint64_t lines = 0, before, before_theirs;
	struct shops shops;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/core", test_folder());
	bench_shop_open(&shops.ours, path, true);
	bench_shop_stock(&shops.ours, run->brief ? 200 : 10000);
	(void)snprintf(path, sizeof(path), "%s/sqlite", test_folder());
	shops.theirs = bench_sqlite_open(path, shops.ours.products);
	before = br_store_usage(shops.ours.store).used_bytes;
	before_theirs = bench_sqlite_bytes(shops.theirs);
	for (unsigned round = 0; round < run->rounds; round++) {
		double value = ours(&shops, commits, SALES_PER_COMMIT);

		bench_figure_add(&figures[LINES_PER_SECOND], value,
			theirs(&shops, commits, SALES_PER_COMMIT));
		value = ours(&shops, alone, 1);
		bench_figure_add(&figures[LINES_ALONE], value, theirs(&shops, alone, 1));
		lines += ((uint64_t)commits * SALES_PER_COMMIT + alone) * LINES;
		bench_figure_add(&figures[BYTES_PER_LINE],
			(double)(br_store_usage(shops.ours.store).used_bytes - before) /
				(double)lines,
			(double)(bench_sqlite_bytes(shops.theirs) - before_theirs) / (double)lines);
	}
	for (unsigned round = 0; round < run->rounds; round++)
		accept_measure(&shops.ours, test_folder(), run->brief ? 20 : ORDERS_MAX);
	bench_sqlite_close(shops.theirs);
	bench_shop_close(&shops.ours);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "core",
		.summary = "decide, journal and views in process",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 7,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
