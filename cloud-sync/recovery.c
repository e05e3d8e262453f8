#include "cloud-sync/recovery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/ordeal.h"
#include "node/limits.h"
#include "node/log.h"
#include "node/tables.h"

#define ASK_INTERVAL_MS 2000
#define ASK_BYTES_MAX 300
#define ARENA_BYTES_MAX (1u << 20)
/* Recovery leaves half of a turn to the store's own work. */
#define TURN_SHARE (BR_TURN_COMMANDS_MAX / 2)
/* HQ's messages that may wait for a command's last event: the longest sale has a quarter of it. */
#define CHUNKS_MAX 32
/* No command of this program has more events; it has room in any turn. */
#define COMMAND_EVENTS_MAX (TURN_SHARE - 1)
#define EVENTS_MAX (CHUNKS_MAX * BR_LINK_BATCH_EVENTS_MAX)

struct br_recovery {
	struct br_core *core; /* borrowed, as the store and the clock */
	struct br_store *store;
	const struct br_clock *clock;
	struct br_arena arena;
	struct br_hole hole; /* the one that is being filled, else the last one */
	bool any;	     /* there is a hole */
	bool stale;	     /* the ledger knows more of it by now */
	/* What HQ sent and is not judged yet. */
	struct br_json *chunks[CHUNKS_MAX];
	unsigned chunk_n;
	const struct br_json *events[EVENTS_MAX];
	unsigned event_n, done_n;
	uint64_t asked; /* HQ has sent up to here */
	bool end;	/* behind the last one there are no more */
	uint64_t told, whole[BR_LANES_UP];
	int64_t due_ms; /* boot ms: when HQ is asked (again) */
	/* What comes from HQ may be no past of this store's, and the process may die of it. */
	struct br_ordeal *ordeal;
};

static void events_forget(struct br_recovery *recovery)
{
	br_assert(recovery->chunk_n <= CHUNKS_MAX);
	for (unsigned i = 0; i < recovery->chunk_n; i++)
		br_json_free(recovery->chunks[i]);
	recovery->chunk_n = 0;
	recovery->event_n = recovery->done_n = 0;
	recovery->end = false;
	recovery->asked = recovery->hole.reached;
}

/* Reads the hole that is to be filled next. */
static int hole_load(struct br_recovery *recovery)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_hole before = recovery->hole;
	int result = br_txn_begin(recovery->store, false, &txn);

	br_arena_reset(&recovery->arena);
	if (result == 0)
		result = br_hole_open(txn, &recovery->arena, &recovery->hole);
	if (result == BR_E_NOT_FOUND)
		result = br_hole_last(txn, &recovery->arena, &recovery->hole);
	recovery->any = result == 0;
	recovery->stale = false;
	/* What was passed over left no trace in the ledger. */
	if (result == 0 && before.after == recovery->hole.after &&
		before.reached > recovery->hole.reached)
		recovery->hole.reached = before.reached;
	if (result == 0 && before.after != recovery->hole.after)
		events_forget(recovery);
	br_assert(!recovery->any || recovery->hole.reached <= recovery->hole.until);
	return result == BR_E_NOT_FOUND ? 0 : result;
}

int br_recovery_create(struct br_core *core, struct br_store *store, const struct br_clock *clock,
	struct br_recovery **ret_recovery)
{
	BR_CLEANUP(br_recovery_cleanup) struct br_recovery *recovery = calloc(1, sizeof(*recovery));
	struct br_ordeal_options options = {"ordeal/past", TURN_SHARE};
	int result;

	br_assert(core != NULL && store != NULL);
	if (recovery == NULL)
		return BR_E_MEMORY;
	recovery->core = core;
	recovery->store = store;
	recovery->clock = clock;
	br_arena_init(&recovery->arena, ARENA_BYTES_MAX);
	result = hole_load(recovery);
	if (result == 0)
		result = br_ordeal_create(core, store, clock, &options, &recovery->ordeal);
	if (result < 0)
		return result;
	events_forget(recovery);
	/* What is not asked for does not come. */
	recovery->due_ms = br_ordeal_rest_until_ms(recovery->ordeal);
	*ret_recovery = BR_TAKE(recovery);
	return 0;
}

void br_recovery_destroy(struct br_recovery *recovery)
{
	if (recovery == NULL)
		return;
	events_forget(recovery);
	br_ordeal_destroy(recovery->ordeal);
	br_arena_finish(&recovery->arena);
	free(recovery);
}

bool br_recovery_open(const struct br_recovery *recovery)
{
	return recovery->any && !recovery->hole.closed;
}

bool br_recovery_hole(const struct br_recovery *recovery, struct br_hole *ret_hole)
{
	br_assert(!recovery->any || recovery->hole.until > 0);
	if (recovery->any)
		*ret_hole = recovery->hole;
	return recovery->any;
}

static uint64_t number_of(const struct br_json *root, const char *name)
{
	int64_t number = -1;

	(void)!br_json_i64(br_json_member(root, name), &number);
	return number < 0 ? UINT64_MAX : (uint64_t)number;
}

static struct br_str text_of(const struct br_json *root, const char *name)
{
	struct br_str text = {"", 0};

	(void)!br_json_string(br_json_member(root, name), &text);
	return text;
}

/* The sequence that HQ knows an event by; 0 when it cannot be read. */
static uint64_t sequence_of(const struct br_json *event)
{
	int64_t sequence = 0;

	(void)!br_str_to_i64(text_of(event, "id"), &sequence);
	return sequence > 0 ? (uint64_t)sequence : 0;
}

/* Events come in order, each behind `after` and inside of the hole. */
static bool events_ordered(
	const struct br_recovery *recovery, const struct br_json *events, uint64_t after)
{
	BR_JSON_EACH (event, events) {
		uint64_t sequence = sequence_of(event);

		if (sequence <= after || sequence > recovery->hole.until)
			return false;
		after = sequence;
	}
	br_assert(after <= recovery->hole.until || recovery->hole.until == 0);
	return true;
}

int br_recovery_message(struct br_recovery *recovery, struct br_json *tree, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = tree;
	const struct br_json *events = br_json_member(root, "events");
	uint64_t after = number_of(root, "after"), told = number_of(root, "told");
	uint64_t whole[BR_LANES_UP];
	bool numbers = after != UINT64_MAX && told != UINT64_MAX, end = false;
	size_t n = br_json_count(events);

	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		whole[i] = number_of(br_json_member(root, "whole"), br_lane_word(br_lane_at(i)));
		/* Of a lane that HQ does not take it has nothing. */
		if (whole[i] == UINT64_MAX && br_lane_at(i) == BR_LANE_TELEMETRY)
			whole[i] = 0;
		numbers = numbers && whole[i] != UINT64_MAX;
	}
	if (!numbers || !br_epoch_valid(text_of(root, "epoch")) ||
		br_json_kind(events) != BR_JSON_ARRAY || n > BR_LINK_BATCH_EVENTS_MAX ||
		!br_json_bool(br_json_member(root, "end"), &end) || (n == 0 && !end))
		return br_fault_set(fault, BR_E_INVALID,
			"recovered: epoch, after, told, whole, end and a list of 1 to %d events "
			"are expected",
			BR_LINK_BATCH_EVENTS_MAX);
	/* A repeat, or the answer to what was asked before a restart. */
	if (!br_recovery_open(recovery) || recovery->end || after != recovery->asked ||
		recovery->chunk_n == CHUNKS_MAX ||
		!br_str_is(text_of(root, "epoch"), br_core_epoch(recovery->core)))
		return 0;
	if (!events_ordered(recovery, events, after))
		return br_fault_set(fault, BR_E_INVALID,
			"recovered: events are expected in order, behind `after`");
	BR_JSON_EACH (event, events) {
		recovery->events[recovery->event_n++] = event;
		recovery->asked = sequence_of(event);
	}
	recovery->chunks[recovery->chunk_n++] = BR_TAKE(root);
	recovery->end = end;
	memcpy(recovery->whole, whole, sizeof(whole));
	recovery->told = told < recovery->hole.until ? told : recovery->hole.until;
	recovery->due_ms = 0;
	return 1;
}

/* How many events from the first one on are of one command; *ret_whole: all that it has. */
static unsigned command_events(const struct br_recovery *recovery, bool *ret_whole)
{
	const struct br_json *first = recovery->events[recovery->done_n];
	struct br_str command = text_of(first, "commandid"), actor = text_of(first, "actor");
	unsigned n = 0;
	uint64_t left = 0;

	br_assert(recovery->done_n < recovery->event_n);
	*ret_whole = true;
	for (unsigned i = recovery->done_n; i < recovery->event_n; i++) {
		const struct br_json *event = recovery->events[i];
		uint64_t behind = number_of(event, "left");

		if (!br_str_equal(text_of(event, "commandid"), command) ||
			!br_str_equal(text_of(event, "actor"), actor) || n == COMMAND_EVENTS_MAX)
			break;
		behind = behind == UINT64_MAX ? 0 : behind;
		*ret_whole = *ret_whole && (n == 0 || behind + 1 == left);
		left = behind;
		n++;
		/* The same id may have been used again, for a conflict that was told. */
		if (left == 0)
			break;
	}
	*ret_whole = *ret_whole && left == 0;
	return n;
}

static enum br_doubt doubt_of(
	const struct br_recovery *recovery, const struct br_event *event, enum br_doubt doubt)
{
	enum br_lane lane = br_event_types[event->kind].lane;

	br_assert(event->sequence > 0);
	br_assert(lane != BR_LANE_NONE);
	if (doubt == BR_DOUBT_NONE && event->sequence > recovery->whole[br_lane_index(lane)])
		doubt = BR_DOUBT_GAP;
	return doubt;
}

/* One event. What cannot be read is withdrawn, so that it does not stop those behind it. */
static int event_work(struct br_recovery *recovery, const struct br_json *json, enum br_doubt doubt)
{
	uint64_t sequence = sequence_of(json);
	struct br_fault fault;
	struct br_event event;
	int result;

	br_arena_reset(&recovery->arena);
	result = br_event_from_json(json, &recovery->arena, &event, &fault);
	if (result == 0 && br_event_type(&event)->lane == BR_LANE_NONE)
		result = br_fault_set(
			&fault, BR_E_INVALID, "type: no store tells HQ of such events");
	if (result == 0) {
		br_assert(event.sequence == sequence);
		result = br_core_recover(recovery->core, &event, doubt_of(recovery, &event, doubt));
	} else {
		br_log(BR_LOG_WARNING, "link",
			"HQ: event %" PRIu64
			" of this store's past cannot be read (%s): HQ is told",
			sequence, fault.text);
		result = br_core_unreadable(recovery->core, sequence, text_of(json, "type"),
			recovery->clock->wall_ms(recovery->clock->context));
	}
	/* Also over what was known: the next question must not bring the same again. */
	if (result >= 0 && sequence > recovery->hole.reached)
		recovery->hole.reached = sequence;
	return result;
}

/* The next command's events are here, all that there will be; *ret_whole: all that it has. */
static bool command_ready(const struct br_recovery *recovery, unsigned *ret_n, bool *ret_whole)
{
	if (recovery->done_n == recovery->event_n)
		return false;
	*ret_n = command_events(recovery, ret_whole);
	br_assert(*ret_n > 0);
	/* The rest of it may come with the next message. */
	return *ret_whole || recovery->done_n + *ret_n < recovery->event_n || recovery->end ||
	       recovery->chunk_n == CHUNKS_MAX;
}

/* May the next command be merged? As br_ordeal_begin(); *ret_what is what it goes by. */
static int command_begin(struct br_recovery *recovery, char ret_what[24])
{
	uint64_t sequence = sequence_of(recovery->events[recovery->done_n]);

	br_assert(recovery->done_n < recovery->event_n && sequence > 0);
	(void)snprintf(ret_what, 24, "%" PRIu64, sequence);
	return br_ordeal_begin(recovery->ordeal, br_str_from(ret_what));
}

/* All events of one command in one turn, so that nobody sees half of it. */
static int command_work(struct br_recovery *recovery, unsigned n, enum br_doubt doubt)
{
	int result = 0;

	br_assert(recovery->done_n + n <= recovery->event_n);
	for (unsigned i = 0; i < n && result >= 0; i++)
		result = event_work(recovery, recovery->events[recovery->done_n + i], doubt);
	recovery->done_n += n;
	return result;
}

/* Nothing waits any more: the next question can be asked, or there is none. */
static int events_end(struct br_recovery *recovery)
{
	bool end = recovery->end;

	br_assert(recovery->done_n == recovery->event_n);
	recovery->stale = true;
	events_forget(recovery);
	if (!end)
		return 0;
	recovery->hole.closed = true;
	return br_core_recovered(recovery->core, recovery->hole.after, recovery->told,
		recovery->clock->wall_ms(recovery->clock->context));
}

/* The next command, which is ready. 1: it was, 0: it is only marked yet, or an error. */
static int command_try(struct br_recovery *recovery, unsigned n, bool whole)
{
	enum br_doubt doubt = whole ? BR_DOUBT_NONE : BR_DOUBT_GAP;
	char what[24];
	int word = command_begin(recovery, what), result;

	if (word < 0 || word == BR_ORDEAL_WAIT)
		return word < 0 ? word : 0;
	br_assert(word == BR_ORDEAL_GO || word == BR_ORDEAL_POISON);
	result = command_work(recovery, n, word == BR_ORDEAL_POISON ? BR_DOUBT_POISON : doubt);
	if (result >= 0)
		result = br_ordeal_done(recovery->ordeal, br_str_from(what));
	return result < 0 ? result : 1;
}

/*
 * As many commands as the turn has room for. When there is reason to be careful that is one, since
 * the one behind it waits for its mark, which goes with this turn's commit.
 */
static int commands_work(struct br_recovery *recovery)
{
	unsigned n, done = 0;
	bool whole;
	int result = 1;

	while (result > 0 && command_ready(recovery, &n, &whole) &&
		(br_core_turn_n(recovery->core) + n <= TURN_SHARE ||
			br_core_turn_n(recovery->core) == 0)) {
		result = command_try(recovery, n, whole);
		done += result > 0;
	}
	br_assert(done <= TURN_SHARE + 1);
	return result < 0 ? result : 0;
}

int br_recovery_work(struct br_recovery *recovery)
{
	int result = 0;

	if (recovery->chunk_n == 0)
		return 0;
	result = commands_work(recovery);
	if (result >= 0 && recovery->done_n == recovery->event_n)
		result = events_end(recovery);
	br_assert(recovery->done_n <= recovery->event_n);
	if (result >= 0 && !br_recovery_waits(recovery))
		result = br_ordeal_idle(recovery->ordeal);
	return result;
}

int br_recovery_end(struct br_recovery *recovery)
{
	br_assert(recovery->ordeal != NULL);
	return br_ordeal_end(recovery->ordeal);
}

bool br_recovery_waits(const struct br_recovery *recovery)
{
	unsigned n;
	bool whole;

	return command_ready(recovery, &n, &whole) ||
	       (recovery->chunk_n > 0 && recovery->done_n == recovery->event_n);
}

int64_t br_recovery_due_ms(const struct br_recovery *recovery)
{
	return br_recovery_open(recovery) && !recovery->end ? recovery->due_ms : INT64_MAX;
}

int br_recovery_send(
	struct br_recovery *recovery, const struct br_publisher *publisher, int64_t now_ms)
{
	struct br_json_out out;
	struct br_text text;
	int result = 0;

	/* What the turn has committed, as it stands in the ledger; another hole may be open. */
	if (recovery->chunk_n == 0 && recovery->stale)
		result = hole_load(recovery);
	if (result < 0 || now_ms < br_recovery_due_ms(recovery))
		return result;
	br_text_init(&text, ASK_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "recover");
	br_json_out_puts(&out, "epoch", br_core_epoch(recovery->core));
	br_json_out_u64(&out, "after", recovery->asked);
	br_json_out_u64(&out, "until", recovery->hole.until);
	br_json_out_end(&out);
	result = br_text_error(&text);
	if (result == 0)
		result = publisher->publish(
			publisher->context, "backroom/up/ctl", br_text_str(&text), 1, false);
	br_text_finish(&text);
	br_assert(result <= 0);
	if (result == 0)
		recovery->due_ms = now_ms + ASK_INTERVAL_MS;
	return result;
}
