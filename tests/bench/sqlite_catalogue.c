#include "tests/bench/sqlite_catalogue.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/figure.h"

#define COMMIT_ROWS 1000
#define QUERY_BYTES 512

enum statement { PUT, FIND, FIND_RANKED, STATEMENTS };

static const char *const statements[STATEMENTS] = {
	[PUT] = "INSERT INTO product(sku, name, gtin) VALUES(?, ?, ?) ON CONFLICT(sku) DO UPDATE "
		"SET name = excluded.name, gtin = excluded.gtin",
	[FIND] = "SELECT product.sku FROM words JOIN product ON product.id = words.rowid WHERE "
		 "words MATCH ? LIMIT ?",
	[FIND_RANKED] = "SELECT product.sku FROM words JOIN product ON product.id = words.rowid "
			"WHERE words MATCH ? ORDER BY words.rank LIMIT ?",
};

/* The index of beginnings is what FTS5 offers for words that are still being typed. */
static const char schema[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	"CREATE TABLE product(id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, name TEXT NOT "
	"NULL, gtin TEXT);"
	"CREATE INDEX product_gtin ON product(gtin);"
	"CREATE VIRTUAL TABLE words USING fts5(name, content='product', content_rowid='id', "
	"tokenize='unicode61 remove_diacritics 2', prefix='2 3 4');";

struct bench_sqlite_catalogue {
	sqlite3 *database;
	sqlite3_stmt *prepared[STATEMENTS];
	unsigned open_n; /* rows in the open transaction */
};

/* Takes a result code and ends the program when it is not the one wanted. */
static void expect(struct bench_sqlite_catalogue *catalogue, int code, int wanted)
{
	if (code != wanted)
		bench_fail(NULL, "sqlite: %s", sqlite3_errmsg(catalogue->database));
}

static void execute(struct bench_sqlite_catalogue *catalogue, const char *sql)
{
	expect(catalogue, sqlite3_exec(catalogue->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

struct bench_sqlite_catalogue *bench_sqlite_catalogue_open(const char *path)
{
	struct bench_sqlite_catalogue *catalogue = calloc(1, sizeof(*catalogue));

	br_assert(catalogue != NULL);
	expect(catalogue, sqlite3_open(path, &catalogue->database), SQLITE_OK);
	execute(catalogue, schema);
	for (unsigned i = 0; i < STATEMENTS; i++)
		expect(catalogue,
			sqlite3_prepare_v2(catalogue->database, statements[i], -1,
				&catalogue->prepared[i], NULL),
			SQLITE_OK);
	return catalogue;
}

void bench_sqlite_catalogue_close(struct bench_sqlite_catalogue *catalogue)
{
	if (catalogue == NULL)
		return;
	br_assert(catalogue->open_n == 0);
	for (unsigned i = 0; i < STATEMENTS; i++)
		(void)sqlite3_finalize(catalogue->prepared[i]);
	(void)sqlite3_close(catalogue->database);
	free(catalogue);
}

void bench_sqlite_catalogue_put(struct bench_sqlite_catalogue *catalogue, struct br_str sku,
	struct br_str name, struct br_str gtin)
{
	const struct br_str columns[] = {sku, name, gtin};
	sqlite3_stmt *put = catalogue->prepared[PUT];

	br_assert(sku.n > 0 && name.n > 0);
	if (catalogue->open_n == 0)
		execute(catalogue, "BEGIN");
	for (int i = 0; i < (int)BR_ARRAY_LEN(columns); i++)
		expect(catalogue,
			sqlite3_bind_text(
				put, i + 1, columns[i].s, (int)columns[i].n, SQLITE_STATIC),
			SQLITE_OK);
	expect(catalogue, sqlite3_step(put), SQLITE_DONE);
	expect(catalogue, sqlite3_reset(put), SQLITE_OK);
	if (++catalogue->open_n == COMMIT_ROWS)
		bench_sqlite_catalogue_commit(catalogue);
}

void bench_sqlite_catalogue_commit(struct bench_sqlite_catalogue *catalogue)
{
	if (catalogue->open_n > 0)
		execute(catalogue, "COMMIT");
	catalogue->open_n = 0;
}

void bench_sqlite_catalogue_index(struct bench_sqlite_catalogue *catalogue)
{
	br_assert(catalogue->open_n == 0);
	execute(catalogue, "INSERT INTO words(words) VALUES('rebuild')");
}

/* Each word becomes a phrase of which the beginning is enough: "app"* "jui"*. */
static void query_write(const char *text, char query[QUERY_BYTES])
{
	size_t n = 0;

	query[0] = '\0';
	while (*text != '\0' && n + 8 < QUERY_BYTES) {
		size_t length = strcspn(text, " \"");

		if (length > QUERY_BYTES - n - 8)
			length = QUERY_BYTES - n - 8;
		if (length > 0)
			n += (size_t)snprintf(
				query + n, QUERY_BYTES - n, "\"%.*s\"* ", (int)length, text);
		text += length + (text[length] != '\0');
	}
	br_assert(n < QUERY_BYTES);
}

void bench_sqlite_catalogue_find(
	struct bench_sqlite_catalogue *catalogue, const char *text, unsigned limit, bool ranked)
{
	sqlite3_stmt *find = catalogue->prepared[ranked ? FIND_RANKED : FIND];
	char query[QUERY_BYTES];
	int code;

	br_assert(limit > 0);
	query_write(text, query);
	expect(catalogue, sqlite3_bind_text(find, 1, query, -1, SQLITE_STATIC), SQLITE_OK);
	expect(catalogue, sqlite3_bind_int64(find, 2, limit), SQLITE_OK);
	while ((code = sqlite3_step(find)) == SQLITE_ROW)
		br_assert(sqlite3_column_bytes(find, 0) > 0);
	expect(catalogue, code, SQLITE_DONE);
	expect(catalogue, sqlite3_reset(find), SQLITE_OK);
}
