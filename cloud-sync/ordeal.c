#include "cloud-sync/ordeal.h"

#include <stdlib.h>
#include <string.h>

#include "node/tables.h"

#define ARENA_BYTES_MAX (1u << 14)
#define STREAK_MAX 255

struct suspect {
	char what[BR_ID_BYTES_MAX + 1];
	unsigned deaths;
};

struct br_ordeal {
	struct br_core *core; /* borrowed */
	struct br_ordeal_options options;
	bool kept; /* the ledger says that this process is at work, this turn included */
	bool careful;
	unsigned careful_left;		  /* so many must go well before it is easy again */
	char marked[BR_ID_BYTES_MAX + 1]; /* "" for nothing */
	uint64_t due;			  /* so many commits, and what was put last is durable */
	struct suspect suspects[BR_ORDEAL_SUSPECTS_MAX]; /* the newest first */
	unsigned suspect_n;
	unsigned streak; /* deaths with a mark, in a row */
	int64_t rest_until_ms;
};

/* In the ledger, below the ordeal's name. */
struct suspect_row {
	struct br_str what;
	uint64_t deaths;
};

struct ordeal_row {
	bool running;
	struct br_str marked;
	uint64_t streak;
	struct br_list suspects;
};

static const struct br_field suspect_fields[] = {
	BR_TEXT(suspect_row, what, 1, BR_ID_BYTES_MAX),
	BR_U64(suspect_row, deaths, 0, 0),
};
static BR_DEFINE_SHAPE(suspect_shape, suspect_row, 1, suspect_fields);
static const struct br_field ordeal_fields[] = {
	BR_BOOL(ordeal_row, running),
	BR_TEXT(ordeal_row, marked, 0, BR_ID_BYTES_MAX),
	BR_U64(ordeal_row, streak, 0, 0),
	BR_LIST(ordeal_row, suspects, 0, BR_ORDEAL_SUSPECTS_MAX, &suspect_shape),
};
static BR_DEFINE_SHAPE(ordeal_shape, ordeal_row, 1, ordeal_fields);

static void invariant_check(const struct br_ordeal *ordeal)
{
	br_assert(ordeal->suspect_n <= BR_ORDEAL_SUSPECTS_MAX);
	br_assert(ordeal->streak <= STREAK_MAX);
	br_assert(ordeal->careful == (ordeal->careful_left > 0));
	/* Who is not careful blames nobody. */
	br_assert(ordeal->careful || (ordeal->marked[0] == '\0' && ordeal->suspect_n == 0));
}

/* Its place among the suspects, or their number. */
static unsigned suspect_at(const struct br_ordeal *ordeal, struct br_str what)
{
	unsigned at = 0;

	br_assert(ordeal->suspect_n <= BR_ORDEAL_SUSPECTS_MAX);
	while (at < ordeal->suspect_n && !br_str_is(what, ordeal->suspects[at].what))
		at++;
	return at;
}

static void suspect_remove(struct br_ordeal *ordeal, struct br_str what)
{
	unsigned at = suspect_at(ordeal, what);

	if (at == ordeal->suspect_n)
		return;
	ordeal->suspect_n--;
	br_assert(at <= ordeal->suspect_n);
	memmove(&ordeal->suspects[at], &ordeal->suspects[at + 1],
		(ordeal->suspect_n - at) * sizeof(ordeal->suspects[0]));
}

/* Puts it in front; the oldest falls out. False when it is no such text. */
static bool suspect_add(struct br_ordeal *ordeal, struct br_str what, uint64_t deaths)
{
	struct suspect suspect = {.deaths = deaths < STREAK_MAX ? (unsigned)deaths : STREAK_MAX};

	if (what.n == 0 || !br_str_copy(what, suspect.what, sizeof(suspect.what)))
		return false;
	suspect_remove(ordeal, what);
	if (ordeal->suspect_n == BR_ORDEAL_SUSPECTS_MAX)
		ordeal->suspect_n--;
	memmove(&ordeal->suspects[1], &ordeal->suspects[0],
		ordeal->suspect_n * sizeof(ordeal->suspects[0]));
	ordeal->suspects[0] = suspect;
	ordeal->suspect_n++;
	br_assert(ordeal->suspect_n <= BR_ORDEAL_SUSPECTS_MAX);
	return true;
}

/* What the last process left behind. False when its row makes no sense. */
static bool row_take(struct br_ordeal *ordeal, const struct ordeal_row *row)
{
	bool good = true;

	br_assert(row->suspects.n <= BR_ORDEAL_SUSPECTS_MAX);
	/* The newest comes first in the row, and goes to the front last. */
	for (uint32_t i = row->suspects.n; i > 0 && good; i--) {
		const struct suspect_row *suspect = BR_LIST_AT(row->suspects, suspect_row, i - 1);

		good = suspect_add(ordeal, suspect->what, suspect->deaths);
	}
	ordeal->streak = row->streak < STREAK_MAX ? (unsigned)row->streak : STREAK_MAX;
	if (row->running && row->marked.n > 0) {
		good = good && suspect_add(ordeal, row->marked,
				       br_ordeal_deaths(ordeal, row->marked) + UINT64_C(1));
		ordeal->streak += ordeal->streak < STREAK_MAX;
	}
	if (row->running || ordeal->suspect_n > 0)
		ordeal->careful_left = ordeal->options.careful_n;
	else
		ordeal->streak = 0;
	return good;
}

/* 0 also when the row is damaged: then there is all the more reason to be careful. */
static int row_load(struct br_ordeal *ordeal, struct br_store *store)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_key key = br_key_of_str(br_str_from(ordeal->options.name));
	struct ordeal_row row;
	struct br_arena arena;
	int result = br_txn_begin(store, false, &txn);

	br_assert(ordeal->suspect_n == 0 && ordeal->careful_left == 0);
	if (result < 0)
		return result;
	br_arena_init(&arena, ARENA_BYTES_MAX);
	result = br_row_get(txn, BR_TABLE_STATE, br_key_str(&key), &ordeal_shape, &arena, &row);
	if (result == BR_E_CORRUPT || result == BR_E_VERSION ||
		(result == 0 && !row_take(ordeal, &row))) {
		ordeal->suspect_n = ordeal->streak = 0;
		ordeal->careful_left = ordeal->options.careful_n;
		result = 0;
	}
	br_arena_finish(&arena);
	return result == BR_E_NOT_FOUND ? 0 : result;
}

/* The streak so far has been this many deaths too long. */
static int64_t rest_ms(unsigned streak)
{
	int64_t rest = BR_ORDEAL_REST_MS;

	if (streak <= BR_ORDEAL_STREAK)
		return 0;
	br_assert(streak <= STREAK_MAX);
	for (unsigned i = BR_ORDEAL_STREAK + 1; i < streak && rest < BR_ORDEAL_REST_MAX_MS; i++)
		rest *= 2;
	return rest < BR_ORDEAL_REST_MAX_MS ? rest : BR_ORDEAL_REST_MAX_MS;
}

int br_ordeal_create(struct br_core *core, struct br_store *store, const struct br_clock *clock,
	const struct br_ordeal_options *options, struct br_ordeal **ret_ordeal)
{
	BR_CLEANUP(br_ordeal_cleanup) struct br_ordeal *ordeal = calloc(1, sizeof(*ordeal));
	int result;

	br_assert(options->name[0] != '\0' && options->careful_n > 0);
	if (ordeal == NULL)
		return BR_E_MEMORY;
	ordeal->core = core;
	ordeal->options = *options;
	result = row_load(ordeal, store);
	if (result < 0)
		return result;
	ordeal->careful = ordeal->careful_left > 0;
	if (rest_ms(ordeal->streak) > 0)
		ordeal->rest_until_ms = clock->boot_ms(clock->context) + rest_ms(ordeal->streak);
	invariant_check(ordeal);
	*ret_ordeal = BR_TAKE(ordeal);
	return 0;
}

void br_ordeal_destroy(struct br_ordeal *ordeal)
{
	free(ordeal);
}

/* Into this turn's transaction. */
static int row_put(struct br_ordeal *ordeal, bool running)
{
	struct br_key key = br_key_of_str(br_str_from(ordeal->options.name));
	struct suspect_row suspects[BR_ORDEAL_SUSPECTS_MAX];
	struct ordeal_row row = {
		.running = running,
		.marked = br_str_from(ordeal->marked),
		.streak = ordeal->streak,
		.suspects = {suspects, ordeal->suspect_n},
	};
	struct br_txn *txn = br_core_txn(ordeal->core);

	if (txn == NULL)
		return BR_E_IO;
	for (unsigned i = 0; i < ordeal->suspect_n; i++)
		suspects[i] = (struct suspect_row){
			br_str_from(ordeal->suspects[i].what), ordeal->suspects[i].deaths};
	br_row_put(txn, BR_TABLE_STATE, br_key_str(&key), &ordeal_shape, &row);
	ordeal->due = br_core_figures(ordeal->core).commits + 1;
	ordeal->kept = running;
	invariant_check(ordeal);
	return br_txn_error(txn);
}

int br_ordeal_begin(struct br_ordeal *ordeal, struct br_str what)
{
	bool durable = br_core_figures(ordeal->core).commits >= ordeal->due;
	bool known = !ordeal->careful || br_str_is(what, ordeal->marked);
	int result;

	br_assert(what.n > 0 && what.n <= BR_ID_BYTES_MAX);
	if (br_ordeal_deaths(ordeal, what) >= BR_ORDEAL_DEATHS)
		return BR_ORDEAL_POISON;
	if (ordeal->kept && known)
		return durable ? BR_ORDEAL_GO : BR_ORDEAL_WAIT;
	/* What was marked in this very turn has its try first. */
	if (ordeal->kept && !durable && ordeal->marked[0] != '\0')
		return BR_ORDEAL_WAIT;
	if (ordeal->careful)
		(void)!br_str_copy(what, ordeal->marked, sizeof(ordeal->marked));
	result = row_put(ordeal, true);
	return result < 0 ? result : BR_ORDEAL_WAIT;
}

int br_ordeal_done(struct br_ordeal *ordeal, struct br_str what)
{
	br_assert(what.n > 0 && what.n <= BR_ID_BYTES_MAX);
	if (!ordeal->careful)
		return 0;
	suspect_remove(ordeal, what);
	if (br_str_is(what, ordeal->marked))
		ordeal->marked[0] = '\0';
	if (--ordeal->careful_left == 0) {
		/* All that the dead process can have been at has gone by. */
		ordeal->careful = false;
		ordeal->marked[0] = '\0';
		ordeal->suspect_n = ordeal->streak = 0;
	}
	return row_put(ordeal, true);
}

int br_ordeal_expect(struct br_ordeal *ordeal)
{
	br_assert(ordeal->core != NULL);
	return ordeal->kept ? 0 : row_put(ordeal, true);
}

int br_ordeal_idle(struct br_ordeal *ordeal)
{
	br_assert(ordeal->kept || ordeal->marked[0] == '\0');
	if (ordeal->marked[0] == '\0')
		return 0;
	ordeal->marked[0] = '\0';
	return row_put(ordeal, true);
}

int br_ordeal_end(struct br_ordeal *ordeal)
{
	br_assert(ordeal->suspect_n <= BR_ORDEAL_SUSPECTS_MAX);
	ordeal->marked[0] = '\0';
	/* Who never began anything leaves the ledger as it was. */
	return ordeal->kept || ordeal->careful ? row_put(ordeal, false) : 0;
}

bool br_ordeal_careful(const struct br_ordeal *ordeal)
{
	return ordeal->careful;
}

unsigned br_ordeal_deaths(const struct br_ordeal *ordeal, struct br_str what)
{
	unsigned at = suspect_at(ordeal, what);

	return at < ordeal->suspect_n ? ordeal->suspects[at].deaths : 0;
}

int64_t br_ordeal_rest_until_ms(const struct br_ordeal *ordeal)
{
	br_assert(ordeal->rest_until_ms >= 0);
	return ordeal->rest_until_ms;
}
