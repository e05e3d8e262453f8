#include "node/timekeeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/folder.h"
#include "node/mutex.h"

/* The time stands still until it is reached again: both clocks may have been off by that. */
#define STAND_MS_MAX (2 * BR_TIME_APART_MS)

const char *const br_time_condition_words[] = {"good", "behind", "ahead"};
const char *const br_time_source_words[] = {"machine", "server", "hq", "kept", "person"};

_Static_assert(BR_ARRAY_LEN(br_time_source_words) == BR_TIME_SOURCE_N, "each source has a word");
_Static_assert(BR_TIME_SOURCE_N <= BR_TIME_BY_MAX + 1, "the record has room for each source");

/* A time and the BOOTTIME it was true at: so it goes on. */
struct instant {
	int64_t time_ms, boot_ms;
};

struct br_timekeeper {
	struct br_mutex lock; /* over all below it */
	struct br_timekeeper_options options;
	struct br_clock clock;
	char path[BR_PATH_BYTES], boot[BR_TIME_BOOT_BYTES];
	struct instant anchor; /* known for good: the machine's clock is judged by it */
	struct instant base;   /* the last that was given for good: what is kept goes on from it */
	bool open;	       /* the machine was off for nobody knows how long since the anchor */
	bool fresh;	       /* nothing is known but the day of the build */
	bool server;	       /* a time server keeps the machine's clock */
	/* Whose word the anchor is when the machine's clock is wrong: HQ's, a person's, or kept. */
	enum br_time_source by;
	enum br_time_condition condition;
	enum br_time_source source;
	int64_t since_ms, given_ms;
	struct instant hq; /* what HQ's clock said last; 0 = nothing since the start */
	uint64_t journal_at;
	int64_t keep_boot_ms; /* when the record is due */
};

static int64_t machine_now(const struct br_timekeeper *keeper)
{
	return keeper->options.machine->wall_ms(keeper->options.machine->context);
}

static int64_t boot_now(const struct br_timekeeper *keeper)
{
	return keeper->options.machine->boot_ms(keeper->options.machine->context);
}

static int64_t instant_at(struct instant instant, int64_t boot_ms)
{
	return instant.time_ms + (boot_ms > instant.boot_ms ? boot_ms - instant.boot_ms : 0);
}

static bool apart(int64_t a_ms, int64_t b_ms)
{
	int64_t by_ms = a_ms > b_ms ? a_ms - b_ms : b_ms - a_ms;

	return by_ms > BR_TIME_APART_MS;
}

static bool server_ask(struct br_timekeeper *keeper)
{
	return keeper->options.synchronised(keeper->options.context);
}

/* What the machine's clock is by the anchor alone. */
static enum br_time_condition machine_judge(
	const struct br_timekeeper *keeper, struct instant machine)
{
	int64_t known_ms = instant_at(keeper->anchor, machine.boot_ms);
	int64_t latest_ms = known_ms + BR_TIME_APART_MS;

	br_assert(known_ms >= keeper->options.built_ms || !keeper->fresh);
	if (keeper->open)
		latest_ms = keeper->fresh ? BR_TIME_LATEST_MS : known_ms + BR_TIME_OFF_MS;
	if (latest_ms > BR_TIME_LATEST_MS)
		latest_ms = BR_TIME_LATEST_MS;
	if (machine.time_ms > latest_ms)
		return BR_TIME_AHEAD;
	return machine.time_ms < known_ms - BR_TIME_APART_MS ? BR_TIME_BEHIND : BR_TIME_GOOD;
}

/* Times outside are those of no clock that is believed, whoever vouches for it. */
static bool time_possible(const struct br_timekeeper *keeper, int64_t time_ms)
{
	return time_ms >= keeper->options.built_ms && time_ms <= BR_TIME_LATEST_MS;
}

/* From here on the machine's clock is measured by this instant. */
static void anchor_set(struct br_timekeeper *keeper, struct instant instant, enum br_time_source by)
{
	br_assert(instant.time_ms >= 0 && instant.time_ms <= BR_TIME_LATEST_MS);
	if (keeper->open || by != keeper->by ||
		apart(instant.time_ms, instant_at(keeper->anchor, instant.boot_ms)))
		keeper->keep_boot_ms = instant.boot_ms;
	keeper->anchor = keeper->base = instant;
	keeper->open = keeper->fresh = false;
	keeper->by = by;
}

/* The time from now on: it does not go back for little. */
static int64_t time_give(struct br_timekeeper *keeper, int64_t time_ms)
{
	if (time_ms >= keeper->given_ms || keeper->given_ms - time_ms > STAND_MS_MAX)
		keeper->given_ms = time_ms;
	br_assert(keeper->given_ms >= time_ms);
	return keeper->given_ms;
}

static void condition_move(
	struct br_timekeeper *keeper, enum br_time_condition condition, int64_t now_ms)
{
	enum br_time_source source = keeper->server ? BR_TIME_SERVER : BR_TIME_MACHINE;

	if (condition != BR_TIME_GOOD)
		source = keeper->by;
	else
		keeper->by = BR_TIME_KEPT;
	br_assert(condition <= BR_TIME_AHEAD && source < BR_TIME_SOURCE_N);
	/* What began at a time that was wrong began no later than now. */
	if (condition != keeper->condition || source != keeper->source || keeper->since_ms == 0 ||
		keeper->since_ms > now_ms)
		keeper->since_ms = now_ms;
	keeper->condition = condition;
	keeper->source = source;
}

/*
 * Judges the machine's clock at each look, so that no jump of it gets through; a server's word
 * counts before all that is known here. Returns the time; the lock is held.
 */
static int64_t look(struct br_timekeeper *keeper)
{
	struct instant machine = {machine_now(keeper), boot_now(keeper)};
	enum br_time_condition condition = machine_judge(keeper, machine);
	int64_t now_ms;

	if (condition != BR_TIME_GOOD || keeper->open)
		keeper->server = server_ask(keeper);
	if (keeper->server && time_possible(keeper, machine.time_ms))
		condition = BR_TIME_GOOD;
	if (condition == BR_TIME_GOOD && (keeper->server || keeper->open))
		anchor_set(keeper, machine, BR_TIME_KEPT);
	else if (condition == BR_TIME_GOOD)
		keeper->base = machine;
	now_ms = time_give(keeper, instant_at(keeper->base, machine.boot_ms));
	condition_move(keeper, condition, now_ms);
	br_assert(now_ms > 0);
	return now_ms;
}

static int64_t clock_wall_ms(void *context)
{
	struct br_timekeeper *keeper = context;
	int64_t now_ms;

	br_mutex_lock(&keeper->lock);
	now_ms = look(keeper);
	br_mutex_unlock(&keeper->lock);
	return now_ms;
}

static int64_t clock_boot_ms(void *context)
{
	return boot_now(context);
}

const struct br_clock *br_timekeeper_clock(struct br_timekeeper *keeper)
{
	br_assert(keeper->clock.wall_ms != NULL);
	return &keeper->clock;
}

/* What the record says, if there is one of a time behind the program's build. */
static bool record_take(struct br_timekeeper *keeper, int64_t boot_ms)
{
	struct br_time_record record;

	if (keeper->path[0] == '\0' || br_time_record_load(keeper->path, &record) < 0 ||
		record.time_ms > BR_TIME_LATEST_MS)
		return false;
	keeper->journal_at = record.journal_at;
	/* Of the same start of the machine it is known how long ago that was. */
	if (keeper->boot[0] != '\0' && strcmp(keeper->boot, record.boot) == 0 &&
		boot_ms >= record.boot_ms) {
		record.time_ms += boot_ms - record.boot_ms;
		keeper->open = record.open;
		if (record.by == BR_TIME_HQ || record.by == BR_TIME_PERSON)
			keeper->by = (enum br_time_source)record.by;
	}
	br_assert(record.time_ms >= 0);
	if (record.time_ms > keeper->anchor.time_ms)
		keeper->anchor.time_ms = record.time_ms;
	return true;
}

/* The journal may know of a later time than the record, up to where that was written. */
static void known_take(struct br_timekeeper *keeper)
{
	const struct br_timekeeper_options *options = &keeper->options;
	int64_t boot_ms = boot_now(keeper), journal_ms = options->journal_ms;

	br_assert(options->built_ms > 0 && options->built_ms < BR_TIME_LATEST_MS);
	keeper->anchor = (struct instant){options->built_ms, boot_ms};
	keeper->by = BR_TIME_KEPT;
	keeper->open = true;
	keeper->fresh = !record_take(keeper, boot_ms);
	if (journal_ms > BR_TIME_LATEST_MS)
		journal_ms = 0;
	if (options->journal_at > keeper->journal_at && journal_ms > 0) {
		keeper->fresh = false;
		if (journal_ms > keeper->anchor.time_ms + STAND_MS_MAX)
			keeper->anchor.time_ms = journal_ms;
	}
	keeper->base = keeper->anchor;
	keeper->given_ms = keeper->anchor.time_ms;
	if (journal_ms > keeper->given_ms && journal_ms - keeper->given_ms <= STAND_MS_MAX)
		keeper->given_ms = journal_ms;
	keeper->journal_at = options->journal_at;
}

int br_timekeeper_create(
	const struct br_timekeeper_options *options, struct br_timekeeper **ret_keeper)
{
	BR_CLEANUP(br_timekeeper_cleanup) struct br_timekeeper *keeper = NULL;

	br_assert(options->machine != NULL && options->synchronised != NULL);
	keeper = calloc(1, sizeof(*keeper));
	if (keeper == NULL)
		return BR_E_MEMORY;
	br_mutex_init(&keeper->lock);
	keeper->options = *options;
	keeper->clock = (struct br_clock){clock_wall_ms, clock_boot_ms, keeper};
	if (!br_str_copy(br_str_from(options->boot), keeper->boot, sizeof(keeper->boot)) ||
		!br_str_copy(br_str_from(options->path), keeper->path, sizeof(keeper->path)))
		return BR_E_INVALID;
	known_take(keeper);
	keeper->server = server_ask(keeper);
	(void)look(keeper);
	keeper->keep_boot_ms = boot_now(keeper);
	*ret_keeper = BR_TAKE(keeper);
	return 0;
}

/* What is to be kept now; the lock is held. */
static struct br_time_record record_of(const struct br_timekeeper *keeper)
{
	int64_t boot_ms = boot_now(keeper);
	struct br_time_record record = {
		.time_ms = instant_at(keeper->base, boot_ms),
		.boot_ms = boot_ms,
		.journal_at = keeper->journal_at,
		.open = keeper->open,
		.by = (unsigned)keeper->by,
	};

	br_assert(record.time_ms > 0 && record.by < BR_TIME_SOURCE_N);
	memcpy(record.boot, keeper->boot, sizeof(record.boot));
	return record;
}

void br_timekeeper_destroy(struct br_timekeeper *keeper)
{
	struct br_time_record record;
	struct br_fault fault;

	if (keeper == NULL)
		return;
	/* What cannot be written now was written within the last minute. */
	if (keeper->path[0] != '\0' && keeper->since_ms > 0) {
		(void)look(keeper);
		record = record_of(keeper);
		(void)!br_time_record_keep(keeper->path, &record, &fault);
	}
	br_mutex_finish(&keeper->lock);
	free(keeper);
}

/*
 * Somebody says the time. The machine's clock is right when it agrees; else the word itself counts
 * when that is `enough`.
 */
static void word_take(
	struct br_timekeeper *keeper, struct instant word, enum br_time_source whose, bool enough)
{
	struct instant machine = {machine_now(keeper), word.boot_ms};

	br_assert(whose == BR_TIME_HQ || whose == BR_TIME_PERSON);
	if (!time_possible(keeper, word.time_ms))
		return;
	if (!apart(machine.time_ms, word.time_ms) && machine.time_ms <= BR_TIME_LATEST_MS)
		anchor_set(keeper, machine, BR_TIME_KEPT);
	else if (enough)
		anchor_set(keeper, word, whose);
	(void)look(keeper);
}

/*
 * HQ is the second witness: asked only when the machine's clock is doubted, and it is better than a
 * time that is too early when nobody knows how long the machine was off.
 */
void br_timekeeper_heard(void *owner, int64_t hq_ms, int64_t uncertain_ms)
{
	struct br_timekeeper *keeper = owner;
	int64_t known_ms;

	br_assert(uncertain_ms >= 0);
	if (uncertain_ms > BR_TIME_APART_MS || hq_ms <= 0)
		return;
	br_mutex_lock(&keeper->lock);
	(void)look(keeper);
	/* It was true some time on the way here. */
	keeper->hq = (struct instant){hq_ms + uncertain_ms / 2, boot_now(keeper)};
	known_ms = instant_at(keeper->anchor, keeper->hq.boot_ms);
	if (keeper->condition != BR_TIME_GOOD)
		word_take(keeper, keeper->hq, BR_TIME_HQ,
			keeper->open && keeper->hq.time_ms >= known_ms - BR_TIME_APART_MS);
	br_mutex_unlock(&keeper->lock);
}

void br_timekeeper_vouched(void *owner, int64_t time_ms)
{
	struct br_timekeeper *keeper = owner;

	br_assert(time_ms >= 0);
	br_mutex_lock(&keeper->lock);
	(void)look(keeper);
	if (keeper->source != BR_TIME_SERVER)
		word_take(
			keeper, (struct instant){time_ms, boot_now(keeper)}, BR_TIME_PERSON, true);
	br_mutex_unlock(&keeper->lock);
}

int br_timekeeper_tick(struct br_timekeeper *keeper, uint64_t journal_at, struct br_fault *fault)
{
	struct br_time_record record;
	bool due;

	br_mutex_lock(&keeper->lock);
	keeper->server = server_ask(keeper);
	(void)look(keeper);
	keeper->journal_at = journal_at;
	due = keeper->path[0] != '\0' && boot_now(keeper) >= keeper->keep_boot_ms;
	if (due) {
		keeper->keep_boot_ms = boot_now(keeper) + BR_TIME_KEEP_INTERVAL_MS;
		record = record_of(keeper);
	}
	br_mutex_unlock(&keeper->lock);
	return due ? br_time_record_keep(keeper->path, &record, fault) : 0;
}

void br_timekeeper_state(struct br_timekeeper *keeper, struct br_time_state *ret_state)
{
	struct br_time_state state;
	int64_t now_ms;

	/* The gaps between the members too: whoever asks may compare two states as bytes. */
	memset(&state, 0, sizeof(state));
	br_mutex_lock(&keeper->lock);
	now_ms = look(keeper);
	state.condition = keeper->condition;
	state.source = keeper->source;
	state.since_ms = keeper->since_ms;
	state.earliest_ms = keeper->options.built_ms;
	state.machine_ms = machine_now(keeper);
	state.apart_ms = state.machine_ms - now_ms;
	state.hq_heard = keeper->hq.time_ms > 0;
	if (state.hq_heard)
		state.hq_apart_ms = instant_at(keeper->hq, boot_now(keeper)) - now_ms;
	br_mutex_unlock(&keeper->lock);
	memcpy(ret_state, &state, sizeof(state));
}

bool br_time_disputed(const struct br_time_state *state)
{
	br_assert(state->condition <= BR_TIME_AHEAD);
	return state->hq_heard && apart(state->hq_apart_ms, 0);
}
