#include "node/schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/price.h"

#define LOOK_AGAIN_MS 60000
/* Half a turn's commands, so that tills find room in the same turn. */
#define TURN_ACTIVATIONS_MAX (BR_TURN_COMMANDS_MAX / 2)

struct br_schedule {
	struct br_core *core;	/* borrowed */
	struct br_store *store; /* borrowed */
	const struct br_clock *clock;
	const struct br_command_type *type; /* price.activate */
	struct br_loop_source *timer;
	uint64_t armed_at;    /* the journal's head when the timer was set */
	unsigned activations; /* since the start */
	bool armed;
};

/*
 * Never the same id twice, also after the clock was set back: the timer's row in the ledger, which
 * the event takes away, is what keeps an instant from taking effect twice.
 */
static int activate(struct br_schedule *schedule, int64_t at_ms, struct br_str sku, int64_t now_ms)
{
	struct br_price_activate body = {.sku = sku, .at_ms = at_ms};
	char id[BR_ID_BYTES_MAX + 1];
	struct br_command command = {
		.actor = BR_STR("timer"),
		.type = schedule->type,
		.body = &body,
		.happened_ms = at_ms,
		.now_ms = now_ms,
	};
	int n = snprintf(id, sizeof(id), "price-%" PRId64 "-%" PRId64 "-%u", at_ms, now_ms,
		++schedule->activations);

	br_assert(n > 0 && n < (int)sizeof(id));
	br_assert(at_ms <= now_ms);
	command.id = br_str_from(id);
	return br_core_submit(schedule->core, &command, NULL);
}

/* Submits what is due, one instant and product a round; the rest comes in the next turn. */
static void timer_fired(void *owner)
{
	struct br_schedule *schedule = owner;
	int64_t now_ms = schedule->clock->wall_ms(schedule->clock->context), at_ms;
	struct br_str sku;

	br_assert(schedule->type != NULL && schedule->timer != NULL);
	schedule->armed = false;
	while (br_core_turn_n(schedule->core) < TURN_ACTIVATIONS_MAX &&
		!br_core_sheds(schedule->core, schedule->type)) {
		struct br_txn *txn = br_core_txn(schedule->core);
		char copy[BR_ID_BYTES_MAX + 1];
		bool copied;

		if (txn == NULL || !br_price_timer_next(txn, &at_ms, &sku) || at_ms > now_ms)
			break;
		/* The text is the store's, which the activation writes to. */
		copied = br_str_copy(sku, copy, sizeof(copy));
		br_assert(copied);
		/* A failure stays with the turn, whose commit returns it and ends the process. */
		if (activate(schedule, at_ms, br_str_from(copy), now_ms) < 0)
			return;
	}
}

void br_schedule_arm(struct br_schedule *schedule)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int64_t now_ms, at_ms, delay_ms = LOOK_AGAIN_MS;
	struct br_str sku;

	br_assert(schedule->timer != NULL);
	if (schedule->armed && schedule->armed_at == br_core_head(schedule->core))
		return;
	if (br_txn_begin(schedule->store, false, &txn) < 0)
		return;
	now_ms = schedule->clock->wall_ms(schedule->clock->context);
	/* On a full disk nothing is taken: what is due waits, and nobody asks without end. */
	if (!br_core_sheds(schedule->core, schedule->type) &&
		br_price_timer_next(txn, &at_ms, &sku) && at_ms - now_ms < delay_ms)
		delay_ms = at_ms > now_ms ? at_ms - now_ms : 0;
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
	schedule->type = br_command_type_named(BR_STR("price.activate"));
	br_assert(schedule->type != NULL);
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
