/* bench-core: the core alone, without broker and network, beside the same work on SQLite. */
#include <stdio.h>

#include "tests/bench/figure.h"
#include "tests/bench/shop.h"
#include "tests/bench/sqlite_shop.h"
#include "tests/lib/test.h"

#define LINES 10
#define SALES_PER_COMMIT 100

enum { LINES_PER_SECOND, LINES_ALONE, BYTES_PER_LINE };

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
