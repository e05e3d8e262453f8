#include "sensors/watch.h"

/* Rows are where it is, columns where it may go. */
static const bool moves[BR_WATCH_STATES][BR_WATCH_STATES] = {
	[BR_WATCH_QUIET] = {[BR_WATCH_PENDING] = true},
	[BR_WATCH_PENDING] = {[BR_WATCH_QUIET] = true, [BR_WATCH_RAISED] = true},
	[BR_WATCH_RAISED] = {[BR_WATCH_QUIET] = true},
};

static void watch_move(struct br_watch *watch, enum br_watch_state state)
{
	br_assert((unsigned)watch->state < BR_WATCH_STATES && (unsigned)state < BR_WATCH_STATES);
	br_assert(moves[watch->state][state]);
	watch->state = state;
}

enum br_watch_due br_watch_step(struct br_watch *watch, enum br_watch_zone zone,
	struct br_sensor_moment since, int64_t delay_ms, struct br_sensor_moment now)
{
	br_assert(since.boot_ms <= now.boot_ms || zone != BR_WATCH_BEYOND);
	br_assert(delay_ms >= 0);
	if (watch->state == BR_WATCH_RAISED)
		return zone == BR_WATCH_INSIDE ? BR_WATCH_CLEAR : BR_WATCH_NOTHING;
	if (zone != BR_WATCH_BEYOND) {
		if (watch->state == BR_WATCH_PENDING)
			watch_move(watch, BR_WATCH_QUIET);
		return BR_WATCH_NOTHING;
	}
	if (watch->state == BR_WATCH_QUIET) {
		watch_move(watch, BR_WATCH_PENDING);
		watch->since_boot_ms = since.boot_ms;
		watch->since_ms = since.wall_ms;
	}
	return now.boot_ms - watch->since_boot_ms >= delay_ms ? BR_WATCH_RAISE : BR_WATCH_NOTHING;
}

void br_watch_told(struct br_watch *watch)
{
	br_assert(watch->state != BR_WATCH_QUIET);
	if (watch->state == BR_WATCH_PENDING)
		watch_move(watch, BR_WATCH_RAISED);
	else
		watch_move(watch, BR_WATCH_QUIET);
}

void br_watch_restore(struct br_watch *watch, int64_t since_ms)
{
	br_assert(watch != NULL);
	*watch = (struct br_watch){.state = BR_WATCH_RAISED, .since_ms = since_ms};
}
