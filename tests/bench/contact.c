/*
 * bench-contact: the first contact of a new store with HQ, which sends its whole catalogue and all
 * prices as commands: how long it takes until they are all in, and what memory that needs.
 */
#include <stdio.h>
#include <string.h>

#include "tests/bench/central.h"
#include "tests/bench/figure.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"

#define WAIT_MS 300000
#define LOOK_MS 20

enum { TIME, MEMORY };

static struct bench_figure figures[] = {
	[TIME] = {.name = "contact/time",
		.what = "100,000 products and prices from HQ, all committed : straight to the core",
		.unit = "s"},
	[MEMORY] = {.name = "contact/peak-memory",
		.what = "the most anonymous memory of the daemon meanwhile : before it",
		.unit = "MiB"},
};

/* Until the daemon has taken so many commands; the most memory that was seen. */
static double commands_wait(struct bench_node *node, double commands)
{
	int64_t end_us = bench_now_us() + WAIT_MS * INT64_C(1000);
	double most_mb = 0;
	bool all;

	do {
		double mb = bench_node_anonymous_mb(node);

		most_mb = mb > most_mb ? mb : most_mb;
		all = bench_node_metric(node, "backroom_link_commands_total") >= commands;
		if (bench_now_us() > end_us)
			bench_fail(&node->daemon, "HQ's catalogue does not come in");
		if (!all)
			test_sleep_ms(LOOK_MS);
	} while (!all);
	return most_mb;
}

/* The same products and prices, committed as durably, without anything around the core. */
static double core_s(uint64_t products, unsigned round)
{
	char path[TEST_PATH_BYTES];
	struct bench_shop shop;
	int64_t start_us;
	double took_s;

	(void)snprintf(path, sizeof(path), "%s/core-%u", test_folder(), round);
	bench_shop_open(&shop, path, true);
	start_us = bench_now_us();
	bench_shop_stock(&shop, products);
	took_s = (double)(bench_now_us() - start_us) / 1e6;
	bench_shop_close(&shop);
	return took_s;
}

static void contact_round(unsigned products, unsigned round)
{
	struct bench_central central;
	struct bench_node node;
	char count[32], name[32];
	const char *more[] = {"--generate", count, NULL};
	double before_mb, most_mb;
	int64_t start_us, end_us;

	(void)snprintf(count, sizeof(count), "%u", products);
	(void)snprintf(name, sizeof(name), "hq-%u", round);
	bench_central_prepare(&central, name);
	(void)snprintf(name, sizeof(name), "contact-%u", round);
	bench_node_prepare_linked(&node, name, central.broker.port);
	bench_node_start(&node, 0);
	before_mb = bench_node_anonymous_mb(&node);
	bench_central_start(&central, more);
	start_us = bench_central_welcomed(&central);
	most_mb = commands_wait(&node, 2.0 * products);
	end_us = bench_now_us();
	bench_node_finish(&node);
	bench_central_finish(&central);
	bench_figure_add(
		&figures[TIME], (double)(end_us - start_us) / 1e6, core_s(products, round));
	bench_figure_add(&figures[MEMORY], most_mb, before_mb);
}

static void run(const struct bench_run *run)
{
	for (unsigned round = 0; round < run->rounds; round++)
		contact_round(run->brief ? 500 : 100000, round);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "contact",
		.summary = "a new store's first contact with HQ",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 3,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
