/*
 * bench-sqlite-subscriber: what somebody would write instead, and well: the same turns as the
 * daemon, every message a row, one transaction for a turn (WAL, synchronous=FULL), and the
 * acknowledgements after the commit. It does not look into the messages.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/attributes.h"
#include "tests/bench/subscriber.h"

struct keeper {
	struct bench_subscriber options;
	struct bench_receiver *receiver;
	sqlite3 *database;
	sqlite3_stmt *insert;
	int64_t count;
	bool open; /* a transaction is */
};

BR_NORETURN static void database_fail(struct keeper *keeper)
{
	(void)fprintf(stderr, "%s: %s\n", keeper->options.database,
		keeper->database != NULL ? sqlite3_errmsg(keeper->database) : "no database");
	exit(1);
}

static void execute(struct keeper *keeper, const char *sql)
{
	if (sqlite3_exec(keeper->database, sql, NULL, NULL, NULL) != SQLITE_OK)
		database_fail(keeper);
}

static void database_open(struct keeper *keeper)
{
	static const char insert[] = "INSERT INTO reading(time, topic, payload) VALUES(?, ?, ?)";

	if (keeper->options.database == NULL ||
		sqlite3_open(keeper->options.database, &keeper->database) != SQLITE_OK)
		database_fail(keeper);
	execute(keeper, "PRAGMA journal_mode=WAL");
	execute(keeper, "PRAGMA synchronous=FULL");
	execute(keeper, "CREATE TABLE IF NOT EXISTS reading(id INTEGER PRIMARY KEY, time INTEGER, "
			"topic TEXT, payload TEXT)");
	if (sqlite3_prepare_v2(keeper->database, insert, -1, &keeper->insert, NULL) != SQLITE_OK)
		database_fail(keeper);
}

static void stored(void *owner, const struct bench_message *message)
{
	struct keeper *keeper = owner;
	struct timespec now;

	br_assert(message->n < 1 << 20);
	if (!keeper->open)
		execute(keeper, "BEGIN");
	keeper->open = true;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)sqlite3_bind_int64(
		keeper->insert, 1, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	(void)sqlite3_bind_text(keeper->insert, 2, message->topic, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(
		keeper->insert, 3, message->payload, (int)message->n, SQLITE_STATIC);
	if (sqlite3_step(keeper->insert) != SQLITE_DONE ||
		sqlite3_reset(keeper->insert) != SQLITE_OK)
		database_fail(keeper);
	keeper->count++;
}

static bool committed(void *owner)
{
	struct keeper *keeper = owner;

	if (keeper->open)
		execute(keeper, "COMMIT");
	keeper->open = false;
	return keeper->options.count > 0 && keeper->count >= keeper->options.count;
}

int main(int argc, char **argv)
{
	struct keeper keeper = {.count = 0};

	bench_subscriber_read(argc, argv, &keeper.options);
	database_open(&keeper);
	bench_subscriber_run(&keeper.options, stored, committed, &keeper, &keeper.receiver);
	(void)sqlite3_finalize(keeper.insert);
	return sqlite3_close(keeper.database) == SQLITE_OK ? 0 : 1;
}
