#include "node/schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/correction.h"
#include "node/timer.h"

#define LOOK_AGAIN_MS 60000
/* Half a turn's commands, so that tills find room in the same turn. */
#define TURN_TIMERS_MAX (BR_TURN_COMMANDS_MAX / 2)

struct br_schedule {
	struct br_core *core;	/* borrowed */
	struct br_store *store; /* borrowed */
	const struct br_clock *clock;
	const struct br_command_type *types[BR_TIMER_N];
	struct br_loop_source *timer;
	uint64_t armed_at; /* the journal's head when the timer was set */
	unsigned fired;	   /* since the start */
	bool armed;
	/* Marks up to this one stood after their commands; they come again a minute later. */
	bool behind_set;
	struct br_timer behind;
	int64_t behind_ms; /* wall clock when the first of them was passed over */
	/* When clock.correct was last submitted: what a full disk refuses is asked for again. */
	int64_t corrected_ms;
	const struct br_command_type *correct;
};

/*
 * Never the same id twice, also after the clock was set back: the mark in the ledger, which the
 * event takes away, is what keeps an instant from taking effect twice.
 */
static int timer_submit(struct br_schedule *schedule, const struct br_timer *timer, int64_t now_ms)
{
	struct br_timer_fired body = {.key = br_str_from(timer->key), .at_ms = timer->at_ms};
	char id[BR_ID_BYTES_MAX + 1];
	struct br_command command = {
		.actor = BR_STR("timer"),
		.type = schedule->types[timer->kind],
		.body = &body,
		.happened_ms = timer->at_ms,
		.now_ms = now_ms,
	};
	int n = snprintf(id, sizeof(id), "%s-%" PRId64 "-%" PRId64 "-%u", command.type->name,
		timer->at_ms, now_ms, ++schedule->fired);

	br_assert(n > 0 && n < (int)sizeof(id));
	br_assert(timer->at_ms <= now_ms);
	command.id = br_str_from(id);
	return br_core_submit(schedule->core, &command, NULL);
}

/* True when the ledger is to be told that the clock went back. */
static bool correction_due(const struct br_schedule *schedule, int64_t now_ms)
{
	int64_t passed_ms = now_ms - schedule->corrected_ms;

	br_assert(now_ms >= 0);
	return br_correction_due(br_core_latest_ms(schedule->core), now_ms) &&
	       (schedule->corrected_ms == 0 || passed_ms >= LOOK_AGAIN_MS || passed_ms < 0);
}

static int correction_submit(struct br_schedule *schedule, int64_t now_ms)
{
	struct br_correct body = {.why = BR_STR("set back")};
	char id[BR_ID_BYTES_MAX + 1];
	struct br_command command = {
		.actor = BR_STR("timer"),
		.type = schedule->correct,
		.body = &body,
		.happened_ms = now_ms,
		.now_ms = now_ms,
	};
	int n = snprintf(id, sizeof(id), "%s-%" PRId64 "-%" PRId64 "-%u", command.type->name,
		br_core_latest_ms(schedule->core), now_ms, ++schedule->fired);

	br_assert(n > 0 && n < (int)sizeof(id));
	command.id = br_str_from(id);
	schedule->corrected_ms = now_ms;
	return br_core_submit(schedule->core, &command, NULL);
}

static void pass_over(struct br_schedule *schedule, const struct br_timer *timer, int64_t now_ms)
{
	br_assert(timer->at_ms <= now_ms);
	if (!schedule->behind_set)
		schedule->behind_ms = now_ms;
	schedule->behind_set = true;
	schedule->behind = *timer;
}

/* The next mark that was not passed over. */
static bool timer_next(struct br_schedule *schedule, struct br_txn *txn, struct br_timer *ret_timer)
{
	br_assert(!schedule->behind_set || schedule->behind.key[0] != '\0');
	return br_timer_next(txn, schedule->behind_set ? &schedule->behind : NULL, ret_timer);
}

/* Begins anew with the marks passed over, a minute after the first of them. */
static void look_again(struct br_schedule *schedule, int64_t now_ms)
{
	int64_t passed_ms = now_ms - schedule->behind_ms;

	br_assert(now_ms >= 0);
	if (passed_ms >= LOOK_AGAIN_MS || passed_ms < 0)
		schedule->behind_set = false;
}

/* Submits what is due, in the order of its times; what is too much comes in the next turn. */
static void timer_fired(void *owner)
{
	struct br_schedule *schedule = owner;
	int64_t now_ms = schedule->clock->wall_ms(schedule->clock->context);
	struct br_timer timer;

	br_assert(schedule->timer != NULL);
	schedule->armed = false;
	look_again(schedule, now_ms);
	/* A failure stays with the turn, whose commit returns it and ends the process. */
	if (correction_due(schedule, now_ms) && correction_submit(schedule, now_ms) < 0)
		return;
	for (unsigned i = 0; i < TURN_TIMERS_MAX; i++) {
		struct br_txn *txn = br_core_txn(schedule->core);
		const struct br_command_type *type;

		if (txn == NULL || br_core_turn_n(schedule->core) >= TURN_TIMERS_MAX ||
			!timer_next(schedule, txn, &timer) || timer.at_ms > now_ms)
			return;
		type = schedule->types[timer.kind];
		if (!br_core_sheds(schedule->core, type) &&
			timer_submit(schedule, &timer, now_ms) < 0)
			return;
		if (br_timer_has(txn, timer.kind, br_str_from(timer.key), timer.at_ms))
			pass_over(schedule, &timer, now_ms);
	}
}

void br_schedule_arm(struct br_schedule *schedule)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int64_t now_ms, delay_ms = LOOK_AGAIN_MS;
	struct br_timer timer;

	br_assert(schedule->timer != NULL);
	now_ms = schedule->clock->wall_ms(schedule->clock->context);
	if (schedule->armed && schedule->armed_at == br_core_head(schedule->core) &&
		!correction_due(schedule, now_ms))
		return;
	if (br_txn_begin(schedule->store, false, &txn) < 0)
		return;
	if (timer_next(schedule, txn, &timer) && timer.at_ms - now_ms < delay_ms)
		delay_ms = timer.at_ms > now_ms ? timer.at_ms - now_ms : 0;
	if (correction_due(schedule, now_ms))
		delay_ms = 0;
	br_assert(delay_ms >= 0 && delay_ms <= LOOK_AGAIN_MS);
	br_loop_timer_set(schedule->timer, delay_ms);
	schedule->armed = true;
	schedule->armed_at = br_core_head(schedule->core);
}

int br_schedule_create(struct br_loop *loop, struct br_core *core, struct br_store *store,
	const struct br_clock *clock, struct br_schedule **ret_schedule)
{
	BR_CLEANUP(br_schedule_cleanup) struct br_schedule *schedule = calloc(1, sizeof(*schedule));
	int result;

	if (schedule == NULL)
		return BR_E_MEMORY;
	schedule->core = core;
	schedule->store = store;
	schedule->clock = clock;
	for (unsigned i = 0; i < BR_TIMER_N; i++) {
		schedule->types[i] = br_command_type_named(br_str_from(br_timer_commands[i]));
		br_assert(schedule->types[i] != NULL);
		br_assert(schedule->types[i]->shape == &br_timer_fired_shape);
	}
	schedule->correct = br_command_type_named(BR_STR("clock.correct"));
	br_assert(schedule->correct != NULL && schedule->correct->shape == &br_correct_shape);
	result = br_loop_timer(loop, timer_fired, schedule, &schedule->timer);
	if (result < 0)
		return result;
	br_schedule_arm(schedule);
	*ret_schedule = BR_TAKE(schedule);
	return 0;
}

void br_schedule_destroy(struct br_schedule *schedule)
{
	if (schedule == NULL)
		return;
	br_loop_source_destroy(schedule->timer);
	free(schedule);
}
