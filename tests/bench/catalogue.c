/*
 * bench-catalogue: a catalogue of 400,000 products put into the core and searched as people type.
 *
 * With BACKROOM_DATA the names are those of a real catalogue, else made up ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/product.h"
#include "node/search.h"
#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"
#include "tests/peers/products.h"
#include "tests/peers/zip.h"

#define PRODUCTS 400000
#define NAME_BYTES 120
#define QUERIES 5000
#define SETTLE_MS 5000

enum { IMPORT, CORE, SEARCH_P50, SEARCH_P99, FILL, BYTES, ANONYMOUS };

static struct bench_figure figures[] = {
	[IMPORT] = {.name = "catalogue/import",
		.what = "`backroom import products` of 400,000 rows: read, checked, sent, "
			"committed",
		.unit = "rows/s"},
	[CORE] = {.name = "catalogue/core",
		.what = "the same products put to the core, 1,000 a commit",
		.unit = "products/s"},
	[SEARCH_P50] = {.name = "catalogue/search-p50",
		.what = "one search of 20 hits among 400,000 products, as it is typed",
		.unit = "ms"},
	[SEARCH_P99] = {.name = "catalogue/search-p99", .what = "the same", .unit = "ms"},
	[FILL] = {.name = "catalogue/search-filled",
		.what = "the search's index made from the ledger",
		.unit = "s"},
	[BYTES] = {.name = "catalogue/search-memory",
		.what = "what the index takes",
		.unit = "MiB"},
	[ANONYMOUS] = {.name = "catalogue/anonymous-memory",
		.what = "anonymous memory of the daemon with them, the search filled",
		.unit = "MiB"},
};

struct names {
	char (*items)[NAME_BYTES];
	size_t n;
};

/* The names of the real catalogue, one a line behind a code; false when it is not there. */
static bool names_read(struct names *names, size_t max)
{
	const char *folder = getenv("BACKROOM_DATA");
	struct peer_unzip *file;
	char block[8192], line[1024], path[512];
	size_t length = 0;
	int64_t n;

	(void)snprintf(path, sizeof(path), "%s/catalogue/off-2019-gtin-name-half.tsv.gz",
		folder != NULL ? folder : ".");
	if (folder == NULL || peer_unzip_open(path, &file) < 0)
		return false;
	while (names->n < max && (n = peer_unzip_read(file, block, sizeof(block))) > 0)
		for (int64_t i = 0; i < n && names->n < max; i++) {
			char *tab;

			if (block[i] != '\n') {
				if (length < sizeof(line) - 1)
					line[length++] = block[i];
				continue;
			}
			line[length] = '\0';
			length = 0;
			tab = strchr(line, '\t');
			if (tab == NULL || tab[1] == '\0')
				continue;
			tab[1 + br_utf8_cut(tab + 1, strlen(tab + 1) < NAME_BYTES
							     ? strlen(tab + 1)
							     : NAME_BYTES - 1)] = '\0';
			(void)strcpy(names->items[names->n++], tab + 1);
		}
	peer_unzip_close(file);
	return names->n > 0;
}

static void names_make(struct names *names, size_t n)
{
	names->items = calloc(n, sizeof(*names->items));
	if (names->items == NULL)
		bench_fail(NULL, "out of memory");
	if (!names_read(names, n)) {
		/* Beside the figures, which programs read. */
		if (n == PRODUCTS)
			(void)fprintf(stderr, "BACKROOM_DATA names no real catalogue: all products "
					      "have one name\n");
		(void)strcpy(names->items[names->n++], "Apple juice pressed");
	}
	/* What is missing comes again. */
	for (size_t real = names->n; names->n < n; names->n++)
		memcpy(names->items[names->n], names->items[names->n % real], NAME_BYTES);
}

static double products_put(struct bench_shop *shop, const struct names *names, size_t n)
{
	int64_t start_us = bench_now_us();

	for (size_t i = 0; i < n; i++) {
		char sku[16], gtin[16];
		struct br_barcode barcode;
		struct br_product product = {
			.name = br_str_from(names->items[i]), .gtins = {&barcode, 1}};

		(void)snprintf(sku, sizeof(sku), "%07zu", i * 7 % 10000000);
		peer_gtin_restricted(PEER_PRODUCTS_GTIN_FIRST + i, gtin);
		product.sku = br_str_from(sku);
		barcode.gtin = br_str_from(gtin);
		bench_shop_submit(shop, "product.upsert", "tool", &product);
	}
	bench_shop_commit(shop);
	return (double)n * 1e6 / (double)(bench_now_us() - start_us);
}

static void hit_count(void *context, struct br_str sku BR_UNUSED)
{
	++*(unsigned *)context;
}

/* A name as somebody types it: some of its words, the last one begun, at times with a mistake. */
static void query_make(uint64_t *random, const char *name, char *query, size_t size)
{
	size_t n = strlen(name), from = 0, to;

	while (from < n && bench_random(random, 3) == 0)
		from += strcspn(name + from, " ") + 1;
	if (from >= n)
		from = 0;
	to = from + 2 + bench_random(random, 18);
	if (to > n)
		to = n;
	to = from + br_utf8_cut(name + from, to - from);
	(void)snprintf(query, size, "%.*s", (int)(to - from), name + from);
	n = strlen(query);
	if (n > 5 && bench_random(random, 4) == 0) {
		size_t at = 1 + bench_random(random, n - 2);

		if ((query[at] & 0x80) == 0 && query[at] != ' ')
			query[at] = (char)('a' + bench_random(random, 26));
	}
}

static void search_measure(struct bench_shop *shop, const struct names *names, unsigned queries)
{
	double *times = calloc(queries, sizeof(*times));
	int64_t start_us = bench_now_us();
	struct br_search *search;
	struct br_txn *txn;

	if (times == NULL || br_search_create(&search) < 0 ||
		br_txn_begin(shop->store, false, &txn) < 0)
		bench_fail(NULL, "out of memory");
	while (!br_search_follow(search, txn, 2000))
		continue;
	bench_figure_add(&figures[FILL], (double)(bench_now_us() - start_us) / 1e6, 0);
	for (unsigned i = 0; i < queries; i++) {
		char query[64];
		unsigned hits = 0;

		query_make(&shop->random, names->items[bench_random(&shop->random, names->n)],
			query, sizeof(query));
		start_us = bench_now_us();
		br_search_find(search, txn, br_str_from(query), 20, hit_count, &hits);
		times[i] = (double)(bench_now_us() - start_us) / 1e3;
	}
	bench_figure_add(&figures[SEARCH_P50], bench_quantile(times, queries, 0.5), 0);
	bench_figure_add(&figures[SEARCH_P99], bench_quantile(times, queries, 0.99), 0);
	bench_figure_add(&figures[BYTES], (double)br_search_bytes(search) / (1 << 20), 0);
	br_txn_abort(txn);
	br_search_destroy(search);
	free(times);
}

static void csv_write(const char *path, const struct names *names, size_t n)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		bench_fail(NULL, "%s: cannot be written", path);
	(void)fprintf(file, "sku\tname\tgtins\n");
	for (size_t i = 0; i < n; i++) {
		char gtin[16];

		peer_gtin_restricted(PEER_PRODUCTS_GTIN_FIRST + i, gtin);
		(void)fprintf(file, "%07zu\t\"", i);
		for (const char *p = names->items[i]; *p != '\0'; p++)
			if ((unsigned char)*p >= ' ' && *p != 0x7F)
				(void)fprintf(file, *p == '"' ? "\"\"" : "%c", *p);
		(void)fprintf(file, "\"\t%s\n", gtin);
	}
	if (fclose(file) != 0)
		bench_fail(NULL, "%s: cannot be written", path);
}

/* The tool's own import, into a daemon that has nothing else to do. */
static void import_measure(const struct bench_run *run, const struct names *names, size_t n)
{
	char path[512], command[2048];
	struct bench_node node;
	int64_t start_us;

	(void)snprintf(path, sizeof(path), "%s/products.tsv", test_folder());
	csv_write(path, names, n);
	bench_node_prepare(&node, "import");
	bench_node_start(&node, 0);
	(void)snprintf(command, sizeof(command),
		"'%s' --config '%s' --url 'http://localhost:%u' import products '%s' > '%s.out' "
		"2>&1",
		test_program("node/backroom"), node.config, node.port, path, path);
	start_us = bench_now_us();
	if (system(command) != 0)
		bench_fail(&node.daemon, "the import failed: see %s.out", path);
	bench_figure_add(
		&figures[IMPORT], (double)n * 1e6 / (double)(bench_now_us() - start_us), 0);
	test_sleep_ms(run->brief ? 100 : SETTLE_MS);
	bench_figure_add(&figures[ANONYMOUS], bench_node_anonymous_mb(&node), 0);
	bench_node_stop(&node);
	bench_node_finish(&node);
}

static void run(const struct bench_run *run)
{
	size_t n = run->brief ? 2000 : PRODUCTS;
	struct names names = {.n = 0};
	struct bench_shop shop;
	char path[512];

	names_make(&names, n);
	for (unsigned round = 0; round < run->rounds; round++) {
		(void)snprintf(path, sizeof(path), "%s/catalogue-%u", test_folder(), round);
		bench_shop_open(&shop, path, true);
		bench_figure_add(&figures[CORE], products_put(&shop, &names, n), 0);
		search_measure(&shop, &names, run->brief ? 200 : QUERIES);
		bench_shop_close(&shop);
		import_measure(run, &names, n);
	}
	free(names.items);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "catalogue",
		.summary = "a large catalogue, taken in and searched",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 3,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
