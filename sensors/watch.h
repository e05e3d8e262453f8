/*
 * A watch: what a rule remembers between readings, so that it speaks once when something goes wrong
 * and once when it is right again.
 *
 *	          beyond the limit            beyond for the delay, told
 *	 QUIET ──────────────────► PENDING ─────────────────────────────► RAISED
 *	   ▲                          │                                      │
 *	   ├──────────────────────────┘ no longer beyond                     │
 *	   └─────────────────────────────────────────────────────────────────┘
 *	                                inside by the hysteresis, told
 *
 * It moves to and from RAISED only when whoever was told has taken it (br_watch_told); until then
 * the same thing stays due, so a full command queue delays an alarm but never loses it.
 *
 * Delays count on the clock that never jumps (boot_ms); wall time is kept for people.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/attributes.h"

/* Both clocks at one moment: see node/time.h. */
struct br_sensor_moment {
	int64_t wall_ms;
	int64_t boot_ms;
};

enum br_watch_state { BR_WATCH_QUIET, BR_WATCH_PENDING, BR_WATCH_RAISED, BR_WATCH_STATES };

/* Where the value stands. The band lies between the limit and the limit less its hysteresis. */
enum br_watch_zone { BR_WATCH_INSIDE, BR_WATCH_BAND, BR_WATCH_BEYOND };

enum br_watch_due { BR_WATCH_NOTHING, BR_WATCH_RAISE, BR_WATCH_CLEAR };

struct br_watch {
	enum br_watch_state state;
	int64_t since_boot_ms; /* when it left QUIET */
	int64_t since_ms;      /* the same as unix time */
};

/*
 * Looks at where the value stands and says what is due. `since` is when it began to stand there, as
 * far as is known.
 */
BR_MUST_CHECK enum br_watch_due br_watch_step(struct br_watch *watch, enum br_watch_zone zone,
	struct br_sensor_moment since, int64_t delay_ms, struct br_sensor_moment now);

/* What was due has been taken. Only after a step that was not BR_WATCH_NOTHING. */
void br_watch_told(struct br_watch *watch);

/* Takes up what was raised before the program started. */
void br_watch_restore(struct br_watch *watch, int64_t since_ms);
