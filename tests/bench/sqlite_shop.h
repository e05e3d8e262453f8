/*
 * The same shop on SQLite: what one transaction of the ledger does, as somebody would write it with
 * tables and prepared statements (WAL, synchronous=FULL). A sale is a row in the journal with its
 * lines as JSON, a row of its id, and for each line a look-up of the barcode, a changed stock and a
 * row of the product's history.
 */
#pragma once

#include <stdint.h>

struct bench_sqlite;

struct bench_sqlite *bench_sqlite_open(const char *path, uint64_t products);
void bench_sqlite_close(struct bench_sqlite *shop);

/* A sale of `lines` products by chance, within the open transaction. */
void bench_sqlite_sell(struct bench_sqlite *shop, unsigned lines);
void bench_sqlite_commit(struct bench_sqlite *shop);

/* Bytes of the database's pages, once the log is written back. */
uint64_t bench_sqlite_bytes(struct bench_sqlite *shop);
