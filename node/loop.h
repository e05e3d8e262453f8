/*
 * The core thread's event loop, on sd-event: descriptors, timers, signals, and the watchdog.
 *
 * A turn: whatever is ready runs its callback (which only sets state, submits commands, or queues
 * messages), then the `turn` callback commits and sends. Callbacks never block.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/attributes.h"

struct br_loop;
struct br_loop_source;

#define BR_LOOP_READ 1u
#define BR_LOOP_WRITE 2u

BR_MUST_CHECK int br_loop_create(struct br_loop **ret_loop);
void br_loop_destroy(struct br_loop *loop);
BR_DEFINE_CLEANUP(loop, br_loop_destroy)

/* Called once per turn, after the callbacks; a negative return ends the loop with it. */
void br_loop_on_turn(struct br_loop *loop, int (*turn)(void *owner), void *owner);

/* Watches `fd` (borrowed) for `events`; the callback gets those that are ready. */
BR_MUST_CHECK int br_loop_watch(struct br_loop *loop, int fd, unsigned events,
	void (*ready)(void *owner, unsigned events), void *owner,
	struct br_loop_source **ret_source);
void br_loop_watch_events(struct br_loop_source *source, unsigned events);

/*
 * A timer on CLOCK_BOOTTIME, not armed at first. br_loop_timer_set() arms it `delay_ms` from now
 * (0 = in the next turn); it fires once per setting.
 */
BR_MUST_CHECK int br_loop_timer(struct br_loop *loop, void (*fired)(void *owner), void *owner,
	struct br_loop_source **ret_source);
void br_loop_timer_set(struct br_loop_source *source, int64_t delay_ms);
void br_loop_timer_stop(struct br_loop_source *source);

/* Removes a watch or a timer; NULL is allowed. */
void br_loop_source_destroy(struct br_loop_source *source);

/* SIGTERM and SIGINT end the loop with 0, SIGHUP calls `reload`. Blocks them for all threads. */
BR_MUST_CHECK int br_loop_signals(struct br_loop *loop, void (*reload)(void *owner), void *owner);

/* Pets the service manager's watchdog from this loop when WATCHDOG_USEC says so. */
BR_MUST_CHECK int br_loop_watchdog(struct br_loop *loop);

/*
 * Asks for one more turn right after this one: somebody stopped at a limit and has more to do. A
 * turn that was gathering commands has enough of them, and ends.
 */
void br_loop_again(struct br_loop *loop);

/* Runs until told to end: the value given to br_loop_end(), or a negative error. May run again. */
BR_MUST_CHECK int br_loop_run(struct br_loop *loop);
void br_loop_end(struct br_loop *loop, int result);
