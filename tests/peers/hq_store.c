#include "tests/peers/hq_store.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tests/peers/digest.h"
#include "tests/peers/loop.h"

#define RESTORED "org.backroom.store.restored.v1"
/* The event ?2 of the store ?1, and the one that counts in its place. */
#define COUNTS " (?2, (SELECT number FROM event WHERE store=?1 AND sequence=?2))"

#define BUSY_MS 20000

static const char schema[] =
	/* Events have about 1 kB; a file of small pages would be split and spilled all the time. */
	"PRAGMA page_size=16384; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4096;"
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	"CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value);"
	"CREATE TABLE IF NOT EXISTS store(id TEXT PRIMARY KEY, epoch TEXT, seen INTEGER);"
	"CREATE TABLE IF NOT EXISTS epoch(store TEXT, epoch TEXT, since INTEGER, told INTEGER,"
	" PRIMARY KEY(store, epoch)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS whole(store TEXT, since INTEGER, lane TEXT, cum_seq INTEGER,"
	" PRIMARY KEY(store, since, lane)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS piece(store TEXT, lane TEXT, after INTEGER, until INTEGER,"
	" PRIMARY KEY(store, lane, after)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS event(store TEXT, epoch TEXT, sequence INTEGER, lane TEXT,"
	" type TEXT, subject TEXT, time TEXT, body TEXT, withdrawn INTEGER,"
	" refused TEXT, verdict INTEGER, about INTEGER, number INTEGER, known INTEGER, PRIMARY "
	"KEY(store, "
	"sequence))"
	" WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS verdict ON event(store, sequence) WHERE verdict;"
	"CREATE INDEX IF NOT EXISTS about ON event(store, about, sequence) WHERE about>0;"
	"CREATE INDEX IF NOT EXISTS restored ON event(store) WHERE type='" RESTORED "';"
	"CREATE TABLE IF NOT EXISTS refusal(type TEXT PRIMARY KEY, code TEXT) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS command(store TEXT, lane TEXT, hq_seq INTEGER, id TEXT, type "
	"TEXT,"
	" data TEXT, outcome TEXT, code TEXT, message TEXT,"
	" PRIMARY KEY(store, lane, hq_seq)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS down(store TEXT, lane TEXT, cum_seq INTEGER,"
	" PRIMARY KEY(store, lane)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS product(sku TEXT PRIMARY KEY, name TEXT, lang TEXT, brand TEXT,"
	" gtin TEXT, sold_by TEXT, content INTEGER, content_unit TEXT, price INTEGER, currency "
	"TEXT,"
	" category TEXT, origin TEXT) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS planted(store TEXT, view TEXT, key TEXT, value TEXT,"
	" after INTEGER);";

enum statement {
	BEGIN,
	COMMIT,
	META_GET,
	META_PUT,
	NUMBER_NEXT,
	SHOPS,
	SHOP_PUT,
	PIECES,
	PIECES_CUT,
	PIECE_PUT,
	PIECES_LAST,
	EPOCH_PASSED,
	EPOCH_PUT,
	EPOCH_TELL,
	TOLD,
	WHOLE_PUT,
	WHOLE,
	EVENT_ADD,
	EVENT_WITHDRAW,
	EVENT_JUDGE,
	EVENT_RENAME,
	VERDICTS,
	VERDICT_LOOK,
	REFUSAL_PUT,
	REFUSAL_DROP,
	PAST,
	COMMAND_ADD,
	COMMANDS,
	COMMAND_LAST,
	RESULT,
	ANSWERED,
	DOWN_GET,
	DOWN_PUT,
	PRODUCT_PUT,
	PRODUCTS,
	COUNT_EVENTS,
	COUNT_COMMANDS,
	EVENTS,
	EVENT_DROP,
	COMMANDS_TAKEN,
	PLANT,
	PLANTED,
	STATEMENT_N
};

static const char *const statements[STATEMENT_N] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[META_GET] = "SELECT value FROM meta WHERE name=?1",
	[META_PUT] = "INSERT INTO meta VALUES(?1,?2) ON CONFLICT DO UPDATE SET value=?2",
	[NUMBER_NEXT] = "INSERT INTO meta VALUES(?1,?2) ON CONFLICT DO UPDATE SET "
			"value=value+?2 RETURNING value",
	[SHOPS] = "SELECT id, epoch FROM store ORDER BY id",
	[SHOP_PUT] =
		"INSERT INTO store VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET epoch=?2, seen=?3",
	[PIECES] = "SELECT after, until FROM piece WHERE store=?1 AND lane=?2 ORDER BY after",
	[PIECES_CUT] = "DELETE FROM piece WHERE store=?1 AND lane=?2 AND after<=?4 AND until>=?3",
	[PIECE_PUT] = "INSERT INTO piece VALUES(?1,?2,?3,?4)",
	[PIECES_LAST] = "SELECT coalesce(max(until),0) FROM piece WHERE store=?1",
	[EPOCH_PASSED] = "SELECT 1 FROM epoch WHERE store=?1 AND (epoch=?2 OR since>?3)",
	[EPOCH_PUT] = "INSERT OR IGNORE INTO epoch VALUES(?1,?2,?3,0)",
	[EPOCH_TELL] = "UPDATE epoch SET told=?3 WHERE store=?1 AND epoch=?2 AND told<?3",
	[TOLD] = "SELECT coalesce(max(told),0) FROM epoch WHERE store=?1 AND told<=?2",
	[WHOLE_PUT] = "INSERT OR IGNORE INTO whole VALUES(?1,?2,?3,?4)",
	[WHOLE] = "SELECT coalesce(min(cum_seq),?4) FROM whole"
		  " WHERE store=?1 AND since>?2 AND lane=?3 AND cum_seq<?4",
	/* What came back to a restored store and is here already does not count again. */
	[EVENT_ADD] = "INSERT OR IGNORE INTO event SELECT ?1,?2,?3,?4,?5,?6,?7,?8,again,"
		      " CASE WHEN NOT again THEN code END, CASE WHEN again THEN 0 ELSE"
		      " max(code IS NOT NULL,"
		      " EXISTS(SELECT 1 FROM event INDEXED BY about WHERE store=?1"
		      " AND about=?3 AND about>0)) END, ?10,"
		      " CASE WHEN ?9>0 THEN ?9 ELSE ?3 END, ?3 FROM (SELECT ?9>0 AND"
		      " EXISTS(SELECT 1 FROM event WHERE store=?1 AND sequence=?9) AS again,"
		      " (SELECT code FROM refusal WHERE type=?5) AS code)",
	[EVENT_WITHDRAW] = "UPDATE event SET withdrawn=1 WHERE store=?1 AND sequence=?2",
	[EVENT_JUDGE] = "UPDATE event SET verdict=1,"
			" refused=(SELECT code FROM refusal WHERE refusal.type=event.type)"
			" WHERE store=?1 AND sequence IN" COUNTS " AND refused IS NOT NULL",
	/* It was refused under its old number, and is judged by the new one. */
	[EVENT_RENAME] = "UPDATE event SET verdict=1, known=?3,"
			 " refused=(SELECT code FROM refusal WHERE refusal.type=event.type)"
			 " WHERE store=?1 AND sequence=?2 AND refused IS NOT NULL AND known<?3",
	/*
	 * By the primary key SQLite would read all events of the store, at each ack.
	 * The store has heard it when the last event about it says so. What a restore has forgotten
	 * is spoken of by the number that it came back under.
	 */
	[VERDICTS] = "SELECT known, coalesce(refused,'') FROM (SELECT known, refused, verdict,"
		     " coalesce((SELECT substr(other.type, 20) FROM"
		     " event AS other INDEXED BY about WHERE other.store=?1"
		     " AND other.about=one.known AND other.about>0"
		     " AND NOT other.withdrawn AND other.type<>'" RESTORED "'"
		     " ORDER BY other.sequence DESC LIMIT 1),'') AS said FROM event AS one INDEXED "
		     "BY verdict"
		     " WHERE one.store=?1 AND one.verdict AND NOT one.withdrawn"
		     " AND NOT EXISTS(SELECT 1 FROM event AS restored INDEXED BY restored WHERE "
		     "restored.store=?1"
		     " AND restored.type='" RESTORED "' AND restored.about<one.known"
		     " AND restored.sequence>one.known)) WHERE CASE WHEN refused IS NULL"
		     " THEN said IN ('quarantined.v1','resent.v1')"
		     " ELSE said NOT IN ('quarantined.v1','dismissed.v1') END LIMIT 64",
	[VERDICT_LOOK] = "UPDATE event SET verdict=1 WHERE store=?1 AND sequence IN" COUNTS,
	[REFUSAL_PUT] = "INSERT OR REPLACE INTO refusal VALUES(?1,?2)",
	[REFUSAL_DROP] = "DELETE FROM refusal WHERE type=?1",
	[PAST] = "SELECT sequence, body FROM event WHERE store=?1 AND sequence>?2"
		 " AND sequence<=?3 AND NOT withdrawn ORDER BY sequence",
	[COMMAND_ADD] =
		"INSERT INTO command(store,lane,hq_seq,id,type,data) VALUES(?1,?2,"
		" 1+coalesce((SELECT max(hq_seq) FROM command WHERE store=?1 AND lane=?2),0),"
		" ?3,?4,?5) RETURNING hq_seq",
	[COMMANDS] = "SELECT hq_seq, id, type, data FROM command"
		     " WHERE store=?1 AND lane=?2 AND hq_seq>?3 ORDER BY hq_seq",
	[COMMAND_LAST] = "SELECT coalesce(max(hq_seq),0) FROM command WHERE store=?1 AND lane=?2",
	[RESULT] = "UPDATE command SET outcome=?4, code=?5, message=?6"
		   " WHERE store=?1 AND lane=?2 AND hq_seq=?3",
	[ANSWERED] = "SELECT coalesce(min(hq_seq)-1,?4) FROM command"
		     " WHERE store=?1 AND lane=?2 AND hq_seq>?3 AND hq_seq<=?4 AND outcome IS NULL",
	[DOWN_GET] = "SELECT cum_seq FROM down WHERE store=?1 AND lane=?2",
	[DOWN_PUT] = "INSERT INTO down VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET cum_seq=?3",
	[PRODUCT_PUT] = "INSERT OR REPLACE INTO product"
			" VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
	[PRODUCTS] = "SELECT * FROM product ORDER BY sku",
	[COUNT_EVENTS] = "SELECT count(*) FROM event WHERE store=?1",
	[COUNT_COMMANDS] = "SELECT count(*), count(*) FILTER (WHERE outcome='accepted'),"
			   " count(*) FILTER (WHERE outcome<>'accepted'),"
			   " count(*) FILTER (WHERE outcome IS NULL) FROM command WHERE store=?1",
	/* Its place in history is the one it had before a restore. */
	[EVENTS] = "SELECT number, type, body FROM event WHERE store=?1"
		   " AND NOT withdrawn AND refused IS NULL ORDER BY number",
	[EVENT_DROP] = "DELETE FROM event WHERE store=?1 AND sequence=(SELECT max(sequence)"
		       " FROM event WHERE store=?1 AND type=?2 AND subject=?3) RETURNING sequence",
	[COMMANDS_TAKEN] = "SELECT hq_seq, id, type, data FROM command WHERE store=?1 AND lane=?2"
			   " AND outcome='accepted' ORDER BY hq_seq",
	/* It is believed from what HQ has by now on. */
	[PLANT] = "INSERT INTO planted VALUES(?1,?2,?3,?4,CASE WHEN ?5"
		  " THEN coalesce((SELECT max(sequence) FROM event WHERE store=?1),0)"
		  " ELSE coalesce((SELECT max(hq_seq) FROM command WHERE store=?1"
		  " AND lane='catalog'),0) END)",
	[PLANTED] = "SELECT view, key, value, after FROM planted WHERE store=?1"
		    " ORDER BY after, rowid",
};

struct peer_hq_store {
	sqlite3 *database;
	sqlite3_stmt *prepared[STATEMENT_N];
	bool writing;
	bool failed;
	char error[256];
	char epoch[PEER_EPOCH_BYTES];
};

static const char *const down_texts[PEER_DOWN_LANES] = {"orders", "catalog"};
static const char *const up_texts[PEER_UP_LANES] = {"orders", "stock", "telemetry"};

const char *peer_lane_down_text(int lane)
{
	br_assert(lane >= 0 && lane < PEER_DOWN_LANES);
	return down_texts[lane];
}

const char *peer_lane_up_text(int lane)
{
	br_assert(lane >= 0 && lane < PEER_UP_LANES);
	return up_texts[lane];
}

int peer_lane_down_parse(struct br_str text)
{
	for (int i = 0; i < PEER_DOWN_LANES; i++)
		if (br_str_is(text, down_texts[i]))
			return i;
	return -1;
}

int peer_lane_up_parse(struct br_str text)
{
	for (int i = 0; i < PEER_UP_LANES; i++)
		if (br_str_is(text, up_texts[i]))
			return i;
	return -1;
}

/* Keeps the first error; after it nothing is written any more. */
static void fail(struct peer_hq_store *store)
{
	if (!store->failed)
		(void)snprintf(
			store->error, sizeof(store->error), "%s", sqlite3_errmsg(store->database));
	store->failed = true;
}

/* The statement, ready for its parameters; NULL after an error. */
static sqlite3_stmt *ready(struct peer_hq_store *store, enum statement which)
{
	if (store->failed)
		return NULL;
	if (store->prepared[which] == NULL &&
		sqlite3_prepare_v3(store->database, statements[which], -1,
			SQLITE_PREPARE_PERSISTENT, &store->prepared[which], NULL) != SQLITE_OK) {
		fail(store);
		return NULL;
	}
	return store->prepared[which];
}

/* Binds all parameters in order: 'w' a word, 't' a text, 'n' a number of 64 bits. */
static void bind_list(sqlite3_stmt *statement, const char *kinds, va_list values)
{
	for (int place = 1; kinds[place - 1] != '\0'; place++) {
		struct br_str text = {NULL, 0};

		if (kinds[place - 1] == 'n') {
			(void)sqlite3_bind_int64(statement, place, va_arg(values, int64_t));
			continue;
		}
		br_assert(kinds[place - 1] == 'w' || kinds[place - 1] == 't');
		text = kinds[place - 1] == 't' ? va_arg(values, struct br_str)
					       : br_str_from(va_arg(values, const char *));
		(void)sqlite3_bind_text(statement, place, text.s != NULL ? text.s : "", (int)text.n,
			SQLITE_TRANSIENT);
	}
}

static void bind(sqlite3_stmt *statement, const char *kinds, ...)
{
	va_list values;

	va_start(values, kinds);
	bind_list(statement, kinds, values);
	va_end(values);
}

/* One step; true when there is a row. The caller resets after reading it. */
static bool step(struct peer_hq_store *store, sqlite3_stmt *statement)
{
	int code;

	if (statement == NULL || store->failed)
		return false;
	code = sqlite3_step(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		fail(store);
	return code == SQLITE_ROW;
}

static void reset(sqlite3_stmt *statement)
{
	if (statement == NULL)
		return;
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
}

static uint64_t number_of_row(struct peer_hq_store *store, sqlite3_stmt *statement)
{
	uint64_t number = 0;

	if (step(store, statement))
		number = (uint64_t)sqlite3_column_int64(statement, 0);
	reset(statement);
	return number;
}

/* Makes sure a transaction is open, and hands out a writing statement. */
static sqlite3_stmt *writer(struct peer_hq_store *store, enum statement which)
{
	if (!store->writing) {
		sqlite3_stmt *begin = ready(store, BEGIN);

		(void)step(store, begin);
		reset(begin);
		store->writing = !store->failed;
	}
	return ready(store, which);
}

/* One that writes and has no rows. */
static void run(struct peer_hq_store *store, enum statement which, const char *kinds, ...)
{
	sqlite3_stmt *statement = writer(store, which);
	va_list values;

	va_start(values, kinds);
	bind_list(statement, kinds, values);
	va_end(values);
	(void)step(store, statement);
	reset(statement);
}

int peer_hq_store_commit(struct peer_hq_store *store)
{
	if (store->writing && !store->failed) {
		sqlite3_stmt *commit = ready(store, COMMIT);

		(void)step(store, commit);
		reset(commit);
		store->writing = false;
	}
	return store->failed ? BR_E_IO : 0;
}

const char *peer_hq_store_error(const struct peer_hq_store *store)
{
	return store->error;
}

static void epoch_ready(struct peer_hq_store *store)
{
	sqlite3_stmt *get = ready(store, META_GET);
	unsigned char bytes[8];

	bind(get, "w", "epoch");
	if (step(store, get))
		(void)snprintf(store->epoch, sizeof(store->epoch), "%s",
			(const char *)sqlite3_column_text(get, 0));
	reset(get);
	if (store->epoch[0] != '\0' || store->failed)
		return;
	br_assert(getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	peer_hex(bytes, sizeof(bytes), store->epoch);
	get = writer(store, META_PUT);
	bind(get, "ww", "epoch", store->epoch);
	(void)step(store, get);
	reset(get);
}

int peer_hq_store_open(const char *path, struct peer_hq_store **ret_store, struct br_fault *fault)
{
	struct peer_hq_store *store = calloc(1, sizeof(*store));
	int error;

	if (store == NULL)
		return BR_E_MEMORY;
	/* Before all else: who looks into the file may be the first after a death of this program.
	 */
	if (sqlite3_open(path, &store->database) != SQLITE_OK ||
		sqlite3_busy_timeout(store->database, BUSY_MS) != SQLITE_OK ||
		sqlite3_exec(store->database, schema, NULL, NULL, NULL) != SQLITE_OK)
		fail(store);
	if (!store->failed)
		epoch_ready(store);
	error = peer_hq_store_commit(store);
	if (error < 0) {
		error = br_fault_set(fault, error, "%s: %s", path, store->error);
		peer_hq_store_close(store);
		return error;
	}
	*ret_store = store;
	return 0;
}

void peer_hq_store_close(struct peer_hq_store *store)
{
	if (store == NULL)
		return;
	for (int i = 0; i < STATEMENT_N; i++)
		(void)sqlite3_finalize(store->prepared[i]);
	(void)sqlite3_close(store->database);
	free(store);
}

const char *peer_hq_store_epoch(const struct peer_hq_store *store)
{
	return store->epoch;
}

int64_t peer_hq_store_sum(struct peer_hq_store *store, const char *name, int64_t more)
{
	sqlite3_stmt *next = writer(store, NUMBER_NEXT);
	int64_t sum = 0;

	bind(next, "wn", name, more);
	/* A statement with RETURNING has done its work only when stepped to its end. */
	while (step(store, next))
		sum = sqlite3_column_int64(next, 0);
	reset(next);
	return sum;
}

uint64_t peer_hq_store_number(struct peer_hq_store *store, const char *name)
{
	return (uint64_t)peer_hq_store_sum(store, name, 1);
}

void peer_hq_store_shops(struct peer_hq_store *store,
	void (*shop)(void *context, const char *id, const char *epoch), void *context)
{
	sqlite3_stmt *list = ready(store, SHOPS);

	while (step(store, list))
		shop(context, (const char *)sqlite3_column_text(list, 0),
			(const char *)sqlite3_column_text(list, 1));
	reset(list);
}

void peer_hq_store_shop_put(struct peer_hq_store *store, const char *id, const char *epoch)
{
	run(store, SHOP_PUT, "wwn", id, epoch, peer_wall_ms());
}

void peer_hq_store_has(
	struct peer_hq_store *store, const char *shop, int lane_up, struct peer_has *ret_has)
{
	sqlite3_stmt *list = ready(store, PIECES);
	struct peer_has has = {0};

	bind(list, "ww", shop, peer_lane_up_text(lane_up));
	while (step(store, list)) {
		uint64_t after = (uint64_t)sqlite3_column_int64(list, 0);
		uint64_t until = (uint64_t)sqlite3_column_int64(list, 1);

		if (after == 0) {
			has.cum_seq = until;
			continue;
		}
		br_assert(has.beyond_n < PEER_PIECES_MAX);
		has.beyond[has.beyond_n++] = (struct peer_piece){after, until};
	}
	reset(list);
	*ret_has = has;
}

bool peer_has_all(const struct peer_has *has, uint64_t after, uint64_t until)
{
	for (size_t i = 0; i < has->beyond_n; i++)
		if (has->beyond[i].after <= after && until <= has->beyond[i].until)
			return true;
	return until <= has->cum_seq;
}

uint64_t peer_hq_store_last(struct peer_hq_store *store, const char *shop)
{
	sqlite3_stmt *last = ready(store, PIECES_LAST);

	bind(last, "w", shop);
	return number_of_row(store, last);
}

bool peer_hq_store_epoch_passed(
	struct peer_hq_store *store, const char *shop, const char *epoch, uint64_t since)
{
	sqlite3_stmt *known = ready(store, EPOCH_PASSED);

	bind(known, "wwn", shop, epoch, since);
	return number_of_row(store, known) != 0;
}

void peer_hq_store_epoch_put(
	struct peer_hq_store *store, const char *shop, const char *epoch, uint64_t since)
{
	run(store, EPOCH_PUT, "wwn", shop, epoch, since);
}

void peer_hq_store_tell(
	struct peer_hq_store *store, const char *shop, const char *epoch, uint64_t told)
{
	run(store, EPOCH_TELL, "wwn", shop, epoch, told);
}

uint64_t peer_hq_store_told(struct peer_hq_store *store, const char *shop, uint64_t until)
{
	sqlite3_stmt *get = ready(store, TOLD);

	bind(get, "wn", shop, until);
	return number_of_row(store, get);
}

void peer_hq_store_begin(struct peer_hq_store *store, const char *shop, uint64_t since)
{
	for (int lane = 0; lane < PEER_UP_LANES; lane++) {
		struct peer_has has;

		peer_hq_store_has(store, shop, lane, &has);
		run(store, WHOLE_PUT, "wnwn", shop, since, peer_lane_up_text(lane), has.cum_seq);
	}
}

uint64_t peer_hq_store_whole(
	struct peer_hq_store *store, const char *shop, int lane_up, uint64_t after)
{
	sqlite3_stmt *get = ready(store, WHOLE);
	struct peer_has has;

	peer_hq_store_has(store, shop, lane_up, &has);
	bind(get, "wnwn", shop, after, peer_lane_up_text(lane_up), has.cum_seq);
	return number_of_row(store, get);
}

/* 1 when it is new. */
static size_t event_add(
	struct peer_hq_store *store, const struct peer_batch *batch, const struct peer_event *event)
{
	/* A restored store tells what it got back under a new number: that counts once. */
	run(store, EVENT_ADD, "wwnwttttnn", batch->store, batch->epoch, event->sequence,
		batch->lane, event->type, event->subject, event->time, event->raw, event->origin,
		event->about == PEER_ABOUT_WITHDRAWN ? 0 : event->other);
	return store->failed ? 0 : (size_t)sqlite3_changes(store->database);
}

/* Joins (after, until] with all pieces that touch it. */
static void piece_join(
	struct peer_hq_store *store, const struct peer_batch *batch, struct peer_piece piece)
{
	const enum statement order[] = {PIECES_CUT, PIECE_PUT};
	sqlite3_stmt *list = ready(store, PIECES);
	struct peer_piece joined = piece;

	bind(list, "ww", batch->store, batch->lane);
	while (step(store, list)) {
		uint64_t after = (uint64_t)sqlite3_column_int64(list, 0);
		uint64_t until = (uint64_t)sqlite3_column_int64(list, 1);

		if (until < piece.after || after > piece.until)
			continue;
		joined.after = after < joined.after ? after : joined.after;
		joined.until = until > joined.until ? until : joined.until;
	}
	reset(list);
	for (size_t i = 0; i < BR_ARRAY_LEN(order); i++)
		run(store, order[i], "wwnn", batch->store, batch->lane, joined.after, joined.until);
}

/* What the event says of other events. */
static void event_heed(
	struct peer_hq_store *store, const char *shop, const struct peer_event *event)
{
	br_assert(event->about == PEER_ABOUT_NONE || event->sequence > 0);
	/* It came back under this number and was judged by it. */
	if (event->origin > 0)
		run(store, EVENT_RENAME, "wnn", shop, event->origin, event->sequence);
	if (event->about == PEER_ABOUT_WITHDRAWN)
		run(store, EVENT_WITHDRAW, "wn", shop, event->other);
	else if (event->about == PEER_ABOUT_QUARANTINE)
		run(store, VERDICT_LOOK, "wn", shop, event->other);
	/* The store wants it judged anew. */
	if (br_str_is(event->type, "org.backroom.event.resent.v1"))
		run(store, EVENT_JUDGE, "wn", shop, event->other);
}

size_t peer_hq_store_take(struct peer_hq_store *store, const struct peer_batch *batch)
{
	size_t kept = 0;

	br_assert(batch->prev_seq < batch->last_seq);
	for (size_t i = 0; i < batch->event_n; i++) {
		kept += event_add(store, batch, &batch->events[i]);
		event_heed(store, batch->store, &batch->events[i]);
	}
	piece_join(store, batch, (struct peer_piece){batch->prev_seq, batch->last_seq});
	return kept;
}

void peer_hq_store_refuse(struct peer_hq_store *store, struct br_str type, struct br_str code)
{
	br_assert(type.n > 0);
	if (code.n > 0)
		run(store, REFUSAL_PUT, "tt", type, code);
	else
		run(store, REFUSAL_DROP, "t", type);
}

void peer_hq_store_verdicts(struct peer_hq_store *store, const char *shop,
	void (*each)(void *context, uint64_t sequence, const char *code), void *context)
{
	sqlite3_stmt *list = ready(store, VERDICTS);

	bind(list, "w", shop);
	while (step(store, list))
		each(context, (uint64_t)sqlite3_column_int64(list, 0),
			(const char *)sqlite3_column_text(list, 1));
	reset(list);
}

void peer_hq_store_past(struct peer_hq_store *store, const char *shop, uint64_t after,
	uint64_t until, bool (*each)(void *context, uint64_t sequence, const char *body),
	void *context)
{
	sqlite3_stmt *list = ready(store, PAST);
	bool more = true;

	bind(list, "wnn", shop, after, until);
	while (more && step(store, list))
		more = each(context, (uint64_t)sqlite3_column_int64(list, 0),
			(const char *)sqlite3_column_text(list, 1));
	reset(list);
}

uint64_t peer_hq_store_command(struct peer_hq_store *store, const char *shop, int lane_down,
	const char *id, const char *type, struct br_str body)
{
	sqlite3_stmt *add = writer(store, COMMAND_ADD);
	uint64_t hq_seq = 0;

	bind(add, "wwwwt", shop, peer_lane_down_text(lane_down), id, type, body);
	while (step(store, add))
		hq_seq = (uint64_t)sqlite3_column_int64(add, 0);
	reset(add);
	return hq_seq;
}

void peer_hq_store_commands(struct peer_hq_store *store, const char *shop, int lane_down,
	uint64_t after, bool (*each)(void *context, const struct peer_hq_command *command),
	void *context)
{
	sqlite3_stmt *list = ready(store, COMMANDS);

	bind(list, "wwn", shop, peer_lane_down_text(lane_down), after);
	while (step(store, list)) {
		struct peer_hq_command command = {
			(uint64_t)sqlite3_column_int64(list, 0),
			(const char *)sqlite3_column_text(list, 1),
			(const char *)sqlite3_column_text(list, 2),
			(const char *)sqlite3_column_text(list, 3),
		};

		if (!each(context, &command))
			break;
	}
	reset(list);
}

uint64_t peer_hq_store_command_last(struct peer_hq_store *store, const char *shop, int lane_down)
{
	sqlite3_stmt *last = ready(store, COMMAND_LAST);

	bind(last, "ww", shop, peer_lane_down_text(lane_down));
	return number_of_row(store, last);
}

void peer_hq_store_result(struct peer_hq_store *store, const char *shop, int lane_down,
	uint64_t hq_seq, struct br_str outcome, struct br_str code, struct br_str message)
{
	run(store, RESULT, "wwnttt", shop, peer_lane_down_text(lane_down), hq_seq, outcome, code,
		message);
}

uint64_t peer_hq_store_down(struct peer_hq_store *store, const char *shop, int lane_down)
{
	sqlite3_stmt *get = ready(store, DOWN_GET);

	bind(get, "ww", shop, peer_lane_down_text(lane_down));
	return number_of_row(store, get);
}

uint64_t peer_hq_store_answered(struct peer_hq_store *store, const char *shop, int lane_down,
	uint64_t after, uint64_t until)
{
	sqlite3_stmt *get = ready(store, ANSWERED);

	br_assert(after < until);
	bind(get, "wwnn", shop, peer_lane_down_text(lane_down), after, until);
	return number_of_row(store, get);
}

void peer_hq_store_down_set(
	struct peer_hq_store *store, const char *shop, int lane_down, uint64_t cum_seq)
{
	run(store, DOWN_PUT, "wwn", shop, peer_lane_down_text(lane_down), cum_seq);
}

void peer_hq_store_product_put(struct peer_hq_store *store, const struct peer_product *product)
{
	run(store, PRODUCT_PUT, "wwwwwwnwnwww", product->sku, product->name, product->lang,
		product->brand, product->gtin, product->sold_by, product->content_milli,
		product->content_unit, product->price_milli, product->currency, product->category,
		product->origin);
}

static void column_copy(sqlite3_stmt *list, int column, char *buffer, size_t size)
{
	(void)snprintf(buffer, size, "%s", (const char *)sqlite3_column_text(list, column));
}

void peer_hq_store_products(struct peer_hq_store *store,
	void (*each)(void *context, const struct peer_product *product), void *context)
{
	sqlite3_stmt *list = ready(store, PRODUCTS);

	while (step(store, list)) {
		struct peer_product product;

		column_copy(list, 0, product.sku, sizeof(product.sku));
		column_copy(list, 1, product.name, sizeof(product.name));
		column_copy(list, 2, product.lang, sizeof(product.lang));
		column_copy(list, 3, product.brand, sizeof(product.brand));
		column_copy(list, 4, product.gtin, sizeof(product.gtin));
		column_copy(list, 5, product.sold_by, sizeof(product.sold_by));
		product.content_milli = sqlite3_column_int64(list, 6);
		column_copy(list, 7, product.content_unit, sizeof(product.content_unit));
		product.price_milli = sqlite3_column_int64(list, 8);
		column_copy(list, 9, product.currency, sizeof(product.currency));
		column_copy(list, 10, product.category, sizeof(product.category));
		column_copy(list, 11, product.origin, sizeof(product.origin));
		each(context, &product);
	}
	reset(list);
}

void peer_hq_store_counts(
	struct peer_hq_store *store, const char *shop, struct peer_hq_counts *ret_counts)
{
	sqlite3_stmt *count = ready(store, COUNT_EVENTS);

	*ret_counts = (struct peer_hq_counts){.events = 0};
	bind(count, "w", shop);
	ret_counts->events = number_of_row(store, count);
	count = ready(store, COUNT_COMMANDS);
	bind(count, "w", shop);
	if (step(store, count)) {
		ret_counts->commands = (uint64_t)sqlite3_column_int64(count, 0);
		ret_counts->accepted = (uint64_t)sqlite3_column_int64(count, 1);
		ret_counts->refused = (uint64_t)sqlite3_column_int64(count, 2);
		ret_counts->waiting = (uint64_t)sqlite3_column_int64(count, 3);
	}
	reset(count);
}

void peer_hq_store_events(struct peer_hq_store *store, const char *shop,
	void (*each)(void *context, uint64_t sequence, struct br_str type, struct br_str event),
	void *context)
{
	sqlite3_stmt *list = ready(store, EVENTS);

	bind(list, "w", shop);
	while (step(store, list))
		each(context, (uint64_t)sqlite3_column_int64(list, 0),
			br_str_from((const char *)sqlite3_column_text(list, 1)),
			br_str_from((const char *)sqlite3_column_text(list, 2)));
	reset(list);
}

uint64_t peer_hq_store_event_drop(
	struct peer_hq_store *store, const char *shop, struct br_str type, struct br_str subject)
{
	sqlite3_stmt *drop = writer(store, EVENT_DROP);
	uint64_t sequence = 0;

	bind(drop, "wtt", shop, type, subject);
	while (step(store, drop))
		sequence = (uint64_t)sqlite3_column_int64(drop, 0);
	reset(drop);
	return sequence;
}

void peer_hq_store_commands_taken(struct peer_hq_store *store, const char *shop, int lane_down,
	void (*each)(void *context, const struct peer_hq_command *command), void *context)
{
	sqlite3_stmt *list = ready(store, COMMANDS_TAKEN);

	bind(list, "ww", shop, peer_lane_down_text(lane_down));
	while (step(store, list)) {
		struct peer_hq_command command = {
			(uint64_t)sqlite3_column_int64(list, 0),
			(const char *)sqlite3_column_text(list, 1),
			(const char *)sqlite3_column_text(list, 2),
			(const char *)sqlite3_column_text(list, 3),
		};

		each(context, &command);
	}
	reset(list);
}

void peer_hq_store_plant(
	struct peer_hq_store *store, const char *shop, const struct peer_hq_planted *planted)
{
	run(store, PLANT, "wtttn", shop, planted->view, planted->key, planted->value,
		(int64_t)planted->by_events);
}

void peer_hq_store_planted(struct peer_hq_store *store, const char *shop,
	void (*each)(void *context, const struct peer_hq_planted *planted), void *context)
{
	sqlite3_stmt *list = ready(store, PLANTED);

	bind(list, "w", shop);
	while (step(store, list)) {
		struct peer_hq_planted planted = {
			br_str_from((const char *)sqlite3_column_text(list, 0)),
			br_str_from((const char *)sqlite3_column_text(list, 1)),
			br_str_from((const char *)sqlite3_column_text(list, 2)),
			(uint64_t)sqlite3_column_int64(list, 3),
			false,
		};

		each(context, &planted);
	}
	reset(list);
}
