/*
 * The same catalogue on SQLite, as somebody would write it with tables and prepared statements
 * (WAL, synchronous=FULL): a row for each product, found by its SKU and by its barcode, which comes
 * again without harm, and FTS5 over the names. Nothing that comes in is looked at.
 */
#pragma once

#include <stdbool.h>

#include "node/str.h"

struct bench_sqlite_catalogue;

struct bench_sqlite_catalogue *bench_sqlite_catalogue_open(const char *path);
void bench_sqlite_catalogue_close(struct bench_sqlite_catalogue *catalogue);

/* A row, within a transaction of 1,000 of them. */
void bench_sqlite_catalogue_put(struct bench_sqlite_catalogue *catalogue, struct br_str sku,
	struct br_str name, struct br_str gtin);
void bench_sqlite_catalogue_commit(struct bench_sqlite_catalogue *catalogue);

/* Makes the index over the names there are. */
void bench_sqlite_catalogue_index(struct bench_sqlite_catalogue *catalogue);

/*
 * Looks for products whose names have words that begin as those of the text; the SKUs of at most
 * `limit` are fetched. `ranked` means best first, which needs a look at all that fit.
 */
void bench_sqlite_catalogue_find(
	struct bench_sqlite_catalogue *catalogue, const char *text, unsigned limit, bool ranked);
