/*
 * bench-catalogue: a catalogue of 400,000 products put into the core and searched as people type.
 *
 * With BACKROOM_DATA the names are those of a real catalogue, else made up ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/csv.h"
#include "node/product.h"
#include "node/search.h"
#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/bench/shop.h"
#include "tests/bench/sqlite_catalogue.h"
#include "tests/lib/test.h"
#include "tests/peers/products.h"
#include "tests/peers/zip.h"

#define PRODUCTS 400000
#define NAME_BYTES 120
#define QUERIES 5000
#define HITS 20
#define SETTLE_MS 5000

enum { IMPORT, CORE, SEARCH_P50, SEARCH_P99, BARE_P50, BARE_P99, FILL, BYTES, ANONYMOUS };

static struct bench_figure figures[] = {
	[IMPORT] = {.name = "catalogue/import",
		.what = "`backroom import products` of 400,000 rows: read, checked, sent, "
			"committed; against the rows put into SQLite",
		.unit = "rows/s"},
	[CORE] = {.name = "catalogue/core",
		.what = "the same products put to the core, 1,000 a commit; against SQLite",
		.unit = "products/s"},
	[SEARCH_P50] = {.name = "catalogue/search-p50",
		.what = "one search of 20 hits among 400,000 products, as it is typed; against "
			"FTS5, best first",
		.unit = "ms"},
	[SEARCH_P99] = {.name = "catalogue/search-p99", .what = "the same", .unit = "ms"},
	[BARE_P50] = {.name = "catalogue/search-p50-bare",
		.what = "the same; against FTS5, any 20 that fit",
		.unit = "ms"},
	[BARE_P99] = {.name = "catalogue/search-p99-bare", .what = "the same", .unit = "ms"},
	[FILL] = {.name = "catalogue/search-filled",
		.what = "the search's index made from the ledger; against FTS5's",
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

/* One product as both ledgers get it. */
struct item {
	char sku[16], gtin[16];
	struct br_str name;
};

static struct item item_of(const struct names *names, size_t i)
{
	struct item item = {.name = br_str_from(names->items[i])};

	(void)snprintf(item.sku, sizeof(item.sku), "%07zu", i * 7 % 10000000);
	peer_gtin_restricted(PEER_PRODUCTS_GTIN_FIRST + i, item.gtin);
	return item;
}

static double products_put(struct bench_shop *shop, const struct names *names, size_t n)
{
	int64_t start_us = bench_now_us();

	for (size_t i = 0; i < n; i++) {
		struct item item = item_of(names, i);
		struct br_barcode barcode = {.gtin = br_str_from(item.gtin)};
		struct br_product product = {
			.sku = br_str_from(item.sku), .name = item.name, .gtins = {&barcode, 1}};

		bench_shop_submit(shop, "product.upsert", "tool", &product);
	}
	bench_shop_commit(shop);
	return (double)n * 1e6 / (double)(bench_now_us() - start_us);
}

static double rows_put(
	struct bench_sqlite_catalogue *catalogue, const struct names *names, size_t n)
{
	int64_t start_us = bench_now_us();

	for (size_t i = 0; i < n; i++) {
		struct item item = item_of(names, i);

		bench_sqlite_catalogue_put(
			catalogue, br_str_from(item.sku), item.name, br_str_from(item.gtin));
	}
	bench_sqlite_catalogue_commit(catalogue);
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

/* What is asked, and how long each answer took. */
struct questions {
	char (*texts)[64];
	double *times;
	unsigned n;
};

static void questions_make(
	struct questions *questions, uint64_t *random, const struct names *names, unsigned n)
{
	questions->n = n;
	questions->texts = calloc(n, sizeof(*questions->texts));
	questions->times = calloc(n, sizeof(*questions->times));
	if (questions->texts == NULL || questions->times == NULL)
		bench_fail(NULL, "out of memory");
	for (unsigned i = 0; i < n; i++)
		query_make(random, names->items[bench_random(random, names->n)],
			questions->texts[i], sizeof(questions->texts[i]));
}

/* The middle and the slow end of the times. */
struct spread {
	double p50, p99;
};

static struct spread spread_of(const struct questions *questions)
{
	return (struct spread){bench_quantile(questions->times, questions->n, 0.5),
		bench_quantile(questions->times, questions->n, 0.99)};
}

static struct spread ours_ask(
	struct br_search *search, struct br_txn *txn, struct questions *questions)
{
	for (unsigned i = 0; i < questions->n; i++) {
		int64_t start_us = bench_now_us();
		unsigned hits = 0;

		br_search_find(
			search, txn, br_str_from(questions->texts[i]), HITS, hit_count, &hits);
		questions->times[i] = (double)(bench_now_us() - start_us) / 1e3;
	}
	return spread_of(questions);
}

static struct spread theirs_ask(
	struct bench_sqlite_catalogue *catalogue, struct questions *questions, bool ranked)
{
	for (unsigned i = 0; i < questions->n; i++) {
		int64_t start_us = bench_now_us();

		bench_sqlite_catalogue_find(catalogue, questions->texts[i], HITS, ranked);
		questions->times[i] = (double)(bench_now_us() - start_us) / 1e3;
	}
	return spread_of(questions);
}

static void search_measure(struct bench_shop *shop, struct bench_sqlite_catalogue *catalogue,
	const struct names *names, unsigned queries)
{
	struct spread ours, ranked, bare;
	struct questions questions;
	int64_t start_us = bench_now_us();
	struct br_search *search;
	struct br_txn *txn;
	double filled_s;

	if (br_search_create(&search) < 0 || br_txn_begin(shop->store, false, &txn) < 0)
		bench_fail(NULL, "out of memory");
	while (!br_search_follow(search, txn, 2000))
		continue;
	filled_s = (double)(bench_now_us() - start_us) / 1e6;
	start_us = bench_now_us();
	bench_sqlite_catalogue_index(catalogue);
	bench_figure_add(&figures[FILL], filled_s, (double)(bench_now_us() - start_us) / 1e6);
	questions_make(&questions, &shop->random, names, queries);
	ours = ours_ask(search, txn, &questions);
	ranked = theirs_ask(catalogue, &questions, true);
	bare = theirs_ask(catalogue, &questions, false);
	bench_figure_add(&figures[SEARCH_P50], ours.p50, ranked.p50);
	bench_figure_add(&figures[SEARCH_P99], ours.p99, ranked.p99);
	bench_figure_add(&figures[BARE_P50], ours.p50, bare.p50);
	bench_figure_add(&figures[BARE_P99], ours.p99, bare.p99);
	bench_figure_add(&figures[BYTES], (double)br_search_bytes(search) / (1 << 20), 0);
	br_txn_abort(txn);
	br_search_destroy(search);
	free(questions.texts);
	free(questions.times);
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

/* The same file, read by the same reader, row by row into SQLite. */
static double rows_import(const char *path)
{
	struct br_str columns[BR_CSV_COLUMNS_MAX];
	struct bench_sqlite_catalogue *catalogue;
	int64_t start_us = bench_now_us();
	unsigned rows = 0, n;
	char database[560], *bytes;
	struct br_fault fault;
	struct br_csv csv;
	size_t size;

	(void)snprintf(database, sizeof(database), "%s.sqlite", path);
	(void)unlink(database);
	catalogue = bench_sqlite_catalogue_open(database);
	bytes = test_file_read(path, &size);
	br_csv_init(&csv, bytes, size);
	while (br_csv_next(&csv, columns, &n, &fault) > 0) {
		if (rows++ == 0)
			continue;
		br_assert(n == 3);
		bench_sqlite_catalogue_put(catalogue, columns[0], columns[1], columns[2]);
	}
	bench_sqlite_catalogue_commit(catalogue);
	bench_sqlite_catalogue_close(catalogue);
	free(bytes);
	return (double)(rows - 1) * 1e6 / (double)(bench_now_us() - start_us);
}

/* The tool's own import, into a daemon that has nothing else to do. */
static void import_measure(const struct bench_run *run, const struct names *names, size_t n)
{
	char path[512], command[2048];
	struct bench_node node;
	int64_t start_us;
	double rate;

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
	rate = (double)n * 1e6 / (double)(bench_now_us() - start_us);
	test_sleep_ms(run->brief ? 100 : SETTLE_MS);
	bench_figure_add(&figures[ANONYMOUS], bench_node_anonymous_mb(&node), 0);
	bench_node_stop(&node);
	bench_node_finish(&node);
	bench_figure_add(&figures[IMPORT], rate, rows_import(path));
}

static void run(const struct bench_run *run)
{
	size_t n = run->brief ? 2000 : PRODUCTS;
	struct bench_sqlite_catalogue *catalogue;
	struct names names = {.n = 0};
	struct bench_shop shop;
	char path[512];
	double rate;

	names_make(&names, n);
	for (unsigned round = 0; round < run->rounds; round++) {
		(void)snprintf(path, sizeof(path), "%s/catalogue-%u", test_folder(), round);
		bench_shop_open(&shop, path, true);
		rate = products_put(&shop, &names, n);
		(void)snprintf(path, sizeof(path), "%s/catalogue-%u.sqlite", test_folder(), round);
		catalogue = bench_sqlite_catalogue_open(path);
		bench_figure_add(&figures[CORE], rate, rows_put(catalogue, &names, n));
		search_measure(&shop, catalogue, &names, run->brief ? 200 : QUERIES);
		bench_sqlite_catalogue_close(catalogue);
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
