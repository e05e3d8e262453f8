/*
 * The poll loop every peer turns in: sources (sockets, stdin), timers, and a clean stop on SIGTERM
 * or SIGINT. It sleeps in poll() until the next thing is due, so an idle peer costs nothing.
 *
 * Single-threaded. Callbacks may add and remove sources and timers, also their own, and may call
 * peer_loop_stop(); they must not call peer_loop_turn() or peer_loop_run().
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/error.h"

struct peer_loop;

/* Something with a file descriptor; embedded in its owner, who outlives it in the loop. */
struct peer_source {
	/* Says what to wait for this turn: fd (-1 for nothing) and events. */
	void (*prepare)(void *context, struct pollfd *ret_poll);
	/* Called when poll() reports something for the descriptor. */
	void (*ready)(void *context, short revents);
	void *context;
};

/* A moment in the future; embedded in its owner. All zero but the callback is a timer at rest. */
struct peer_timer {
	void (*fire)(void *context);
	void *context;
	int64_t due_ms;
	size_t place; /* position in the loop's heap, counted from 1; 0 = not armed */
};

/* Takes SIGTERM and SIGINT for itself and ignores SIGPIPE. The caller destroys *ret_loop. */
BR_MUST_CHECK int peer_loop_create(struct peer_loop **ret_loop);
void peer_loop_destroy(struct peer_loop *loop);

/* CLOCK_BOOTTIME of this turn, and the wall clock right now, in milliseconds. */
int64_t peer_loop_now(const struct peer_loop *loop);
int64_t peer_wall_ms(void);
/* CLOCK_BOOTTIME right now, in microseconds: for measuring. */
int64_t peer_boot_us(void);

/* At most PEER_SOURCES_MAX; both calls take a source that is in, or is not, already. */
#define PEER_SOURCES_MAX 128
void peer_loop_add(struct peer_loop *loop, struct peer_source *source);
void peer_loop_remove(struct peer_loop *loop, struct peer_source *source);

/* Arms the timer (again) to fire once in `delay_ms`; clear takes a timer at rest. */
void peer_timer_set(struct peer_loop *loop, struct peer_timer *timer, int64_t delay_ms);
void peer_timer_clear(struct peer_loop *loop, struct peer_timer *timer);

/* One turn that waits at most `wait_ms`; false once the loop was told to stop. */
bool peer_loop_turn(struct peer_loop *loop, int64_t wait_ms);

/* Turns until a signal or peer_loop_stop(); returns the code given there, 0 after a signal. */
int peer_loop_run(struct peer_loop *loop);
void peer_loop_stop(struct peer_loop *loop, int code);

/* Turns until `holds` says true or the time is over; returns what it said last. For tests. */
bool peer_loop_until(
	struct peer_loop *loop, bool (*holds)(void *context), void *context, int64_t wait_ms);
