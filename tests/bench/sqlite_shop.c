#include "tests/bench/sqlite_shop.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/text.h"
#include "tests/bench/figure.h"
#include "tests/bench/shop.h"
#include "tests/peers/gtin.h"
#include "tests/peers/products.h"

#define RECORD_BYTES_MAX 8192

enum statement {
	SEEN,	/* was the command there before? */
	FIND,	/* barcode -> SKU */
	MOVE,	/* stock */
	TRACE,	/* history */
	WRITE,	/* journal */
	ANSWER, /* the command's id */
	DAY,
	STATEMENTS
};

static const char *const statements[STATEMENTS] = {
	[SEEN] = "SELECT sequence FROM command WHERE id = ?",
	[FIND] = "SELECT sku FROM barcode WHERE gtin = ?",
	[MOVE] = "UPDATE stock SET shelf = shelf - ?2 WHERE sku = ?1",
	[TRACE] = "INSERT INTO history(sku, sequence) VALUES(?, ?)",
	[WRITE] = "INSERT INTO journal(sequence, time, kind, actor, body) VALUES(?, ?, 'sale', ?, "
		  "?)",
	[ANSWER] = "INSERT INTO command(id, hash, sequence) VALUES(?, ?, ?)",
	[DAY] = "INSERT INTO day(day, sales, lines) VALUES(?, 1, ?) ON CONFLICT(day) DO UPDATE SET "
		"sales = sales + 1, lines = lines + excluded.lines",
};

static const char schema[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	"CREATE TABLE journal(sequence INTEGER PRIMARY KEY, time INTEGER, kind TEXT, actor TEXT, "
	"body TEXT);"
	"CREATE TABLE command(id TEXT PRIMARY KEY, hash BLOB, sequence INTEGER) WITHOUT ROWID;"
	"CREATE TABLE barcode(gtin TEXT PRIMARY KEY, sku TEXT) WITHOUT ROWID;"
	"CREATE TABLE stock(sku TEXT PRIMARY KEY, backroom INTEGER, shelf INTEGER) WITHOUT ROWID;"
	"CREATE TABLE history(sku TEXT, sequence INTEGER, PRIMARY KEY(sku, sequence)) WITHOUT "
	"ROWID;"
	"CREATE TABLE day(day INTEGER PRIMARY KEY, sales INTEGER, lines INTEGER);";

struct bench_sqlite {
	sqlite3 *database;
	sqlite3_stmt *prepared[STATEMENTS];
	uint64_t products, random, sequence;
	bool open;
};

/* Takes a result code and ends the program when it is not the one wanted. */
static void expect(struct bench_sqlite *shop, int code, int wanted)
{
	if (code != wanted)
		bench_fail(NULL, "sqlite: %s", sqlite3_errmsg(shop->database));
}

static void execute(struct bench_sqlite *shop, const char *sql)
{
	expect(shop, sqlite3_exec(shop->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void text_bind(sqlite3_stmt *statement, int column, const char *text)
{
	int code = sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);

	br_assert(code == SQLITE_OK);
}

/* Runs a statement that changes something. */
static void change(struct bench_sqlite *shop, enum statement which)
{
	expect(shop, sqlite3_step(shop->prepared[which]), SQLITE_DONE);
	expect(shop, sqlite3_reset(shop->prepared[which]), SQLITE_OK);
}

static void products_add(struct bench_sqlite *shop)
{
	static const char *const inserts[] = {
		"INSERT INTO barcode(gtin, sku) VALUES(?2, ?1)",
		"INSERT INTO stock(sku, backroom, shelf) VALUES(?1, 0, 0)",
	};

	execute(shop, "BEGIN");
	for (unsigned i = 0; i < BR_ARRAY_LEN(inserts); i++) {
		sqlite3_stmt *insert;

		expect(shop, sqlite3_prepare_v2(shop->database, inserts[i], -1, &insert, NULL),
			SQLITE_OK);
		for (uint64_t product = 0; product < shop->products; product++) {
			char sku[32], barcode[BENCH_BARCODE_BYTES];

			bench_sku(product, sku, sizeof(sku));
			bench_barcode(product, barcode);
			text_bind(insert, 1, sku);
			if (i == 0)
				text_bind(insert, 2, barcode);
			expect(shop, sqlite3_step(insert), SQLITE_DONE);
			expect(shop, sqlite3_reset(insert), SQLITE_OK);
		}
		(void)sqlite3_finalize(insert);
	}
	execute(shop, "COMMIT");
}

struct bench_sqlite *bench_sqlite_open(const char *path, uint64_t products)
{
	struct bench_sqlite *shop = calloc(1, sizeof(*shop));

	br_assert(shop != NULL && products > 0);
	shop->products = products;
	shop->random = 1;
	expect(shop, sqlite3_open(path, &shop->database), SQLITE_OK);
	execute(shop, schema);
	products_add(shop);
	for (unsigned i = 0; i < STATEMENTS; i++)
		expect(shop,
			sqlite3_prepare_v2(
				shop->database, statements[i], -1, &shop->prepared[i], NULL),
			SQLITE_OK);
	return shop;
}

void bench_sqlite_close(struct bench_sqlite *shop)
{
	if (shop == NULL)
		return;
	for (unsigned i = 0; i < STATEMENTS; i++)
		(void)sqlite3_finalize(shop->prepared[i]);
	(void)sqlite3_close(shop->database);
	free(shop);
}

/* One line: its SKU by its barcode, the stock, the history; and its text for the journal. */
static void line_sell(struct bench_sqlite *shop, unsigned line, struct br_text *body)
{
	char barcode[BENCH_BARCODE_BYTES], sku[32];

	peer_gtin_restricted(
		PEER_PRODUCTS_GTIN_FIRST + bench_random(&shop->random, shop->products), barcode);
	text_bind(shop->prepared[FIND], 1, barcode);
	expect(shop, sqlite3_step(shop->prepared[FIND]), SQLITE_ROW);
	(void)snprintf(
		sku, sizeof(sku), "%s", (const char *)sqlite3_column_text(shop->prepared[FIND], 0));
	(void)sqlite3_reset(shop->prepared[FIND]);
	text_bind(shop->prepared[MOVE], 1, sku);
	(void)sqlite3_bind_int64(shop->prepared[MOVE], 2, 1000);
	change(shop, MOVE);
	text_bind(shop->prepared[TRACE], 1, sku);
	(void)sqlite3_bind_int64(shop->prepared[TRACE], 2, (int64_t)shop->sequence);
	/* The same product twice in a sale is one row of its history. */
	(void)sqlite3_step(shop->prepared[TRACE]);
	(void)sqlite3_reset(shop->prepared[TRACE]);
	br_text_printf(body, "%s{\"line\":%u,\"sku\":\"%s\",\"quantity\":1,\"price\":1.99}",
		line > 1 ? "," : "", line, sku);
}

void bench_sqlite_sell(struct bench_sqlite *shop, unsigned lines)
{
	char id[32];
	struct br_text body;

	if (!shop->open)
		execute(shop, "BEGIN");
	shop->open = true;
	br_text_init(&body, RECORD_BYTES_MAX);
	(void)snprintf(id, sizeof(id), "till/till-1 b-%08" PRIu64, ++shop->sequence);
	text_bind(shop->prepared[SEEN], 1, id);
	expect(shop, sqlite3_step(shop->prepared[SEEN]), SQLITE_DONE);
	(void)sqlite3_reset(shop->prepared[SEEN]);
	br_text_puts(&body, "{\"till\":\"till-1\",\"currency\":\"GBP\",\"lines\":[");
	for (unsigned line = 1; line <= lines; line++)
		line_sell(shop, line, &body);
	br_text_puts(&body, "]}");
	br_assert(br_text_error(&body) == 0);
	(void)sqlite3_bind_int64(shop->prepared[WRITE], 1, (int64_t)shop->sequence);
	(void)sqlite3_bind_int64(shop->prepared[WRITE], 2, (int64_t)shop->sequence * 10);
	text_bind(shop->prepared[WRITE], 3, "till/till-1");
	text_bind(shop->prepared[WRITE], 4, body.bytes);
	change(shop, WRITE);
	text_bind(shop->prepared[ANSWER], 1, id);
	(void)sqlite3_bind_blob(shop->prepared[ANSWER], 2, "0123456789abcdef", 16, SQLITE_STATIC);
	(void)sqlite3_bind_int64(shop->prepared[ANSWER], 3, (int64_t)shop->sequence);
	change(shop, ANSWER);
	(void)sqlite3_bind_int64(shop->prepared[DAY], 1, 20260301);
	(void)sqlite3_bind_int64(shop->prepared[DAY], 2, lines);
	change(shop, DAY);
	br_text_finish(&body);
}

void bench_sqlite_commit(struct bench_sqlite *shop)
{
	if (shop->open)
		execute(shop, "COMMIT");
	shop->open = false;
}

static uint64_t pragma_read(struct bench_sqlite *shop, const char *pragma)
{
	sqlite3_stmt *statement;
	uint64_t value;

	expect(shop, sqlite3_prepare_v2(shop->database, pragma, -1, &statement, NULL), SQLITE_OK);
	expect(shop, sqlite3_step(statement), SQLITE_ROW);
	value = (uint64_t)sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return value;
}

uint64_t bench_sqlite_bytes(struct bench_sqlite *shop)
{
	execute(shop, "PRAGMA wal_checkpoint(TRUNCATE)");
	return pragma_read(shop, "PRAGMA page_count") * pragma_read(shop, "PRAGMA page_size");
}
