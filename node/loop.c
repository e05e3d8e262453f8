#include "node/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "node/error.h"

/* Sources run in one turn at most, so that a busy one cannot put off the commit. */
#define TURN_SOURCES_MAX 64

struct br_loop {
	sd_event *event;
	int (*turn)(void *owner);
	void *turn_owner;
	void (*reload)(void *owner);
	void *reload_owner;
	bool ended, again;
	int result;
};

struct br_loop_source {
	sd_event_source *source;
	void (*ready)(void *owner, unsigned events);
	void (*fired)(void *owner);
	void *owner;
};

static int loop_error(int code)
{
	return code < 0 ? br_error_from_errno(-code) : 0;
}

int br_loop_create(struct br_loop **ret_loop)
{
	BR_CLEANUP(br_loop_cleanup) struct br_loop *loop = calloc(1, sizeof(*loop));
	int result;

	if (loop == NULL)
		return BR_E_MEMORY;
	result = loop_error(sd_event_new(&loop->event));
	if (result == 0)
		*ret_loop = BR_TAKE(loop);
	return result;
}

void br_loop_destroy(struct br_loop *loop)
{
	if (loop == NULL)
		return;
	sd_event_unref(loop->event);
	free(loop);
}

void br_loop_on_turn(struct br_loop *loop, int (*turn)(void *owner), void *owner)
{
	br_assert(turn != NULL);
	br_assert(loop->turn == NULL);
	loop->turn = turn;
	loop->turn_owner = owner;
}

static uint32_t epoll_from(unsigned events)
{
	br_assert((events & ~(unsigned)(BR_LOOP_READ | BR_LOOP_WRITE)) == 0);
	return ((events & BR_LOOP_READ) != 0 ? EPOLLIN : 0u) |
	       ((events & BR_LOOP_WRITE) != 0 ? EPOLLOUT : 0u);
}

static int descriptor_ready(
	sd_event_source *source BR_UNUSED, int fd BR_UNUSED, uint32_t revents, void *userdata)
{
	const struct br_loop_source *watch = userdata;
	unsigned events = 0;

	br_assert(watch->ready != NULL);
	/* A hang-up is told as readable: the reader finds out what it means. */
	if ((revents & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		events |= BR_LOOP_READ;
	if ((revents & EPOLLOUT) != 0)
		events |= BR_LOOP_WRITE;
	watch->ready(watch->owner, events);
	return 0;
}

static int timer_fired(sd_event_source *source BR_UNUSED, uint64_t usec BR_UNUSED, void *userdata)
{
	const struct br_loop_source *timer = userdata;

	br_assert(timer->fired != NULL);
	timer->fired(timer->owner);
	return 0;
}

int br_loop_watch(struct br_loop *loop, int fd, unsigned events,
	void (*ready)(void *owner, unsigned events), void *owner,
	struct br_loop_source **ret_source)
{
	struct br_loop_source *watch = calloc(1, sizeof(*watch));
	int result;

	br_assert(fd >= 0 && ready != NULL);
	if (watch == NULL)
		return BR_E_MEMORY;
	watch->ready = ready;
	watch->owner = owner;
	result = loop_error(sd_event_add_io(
		loop->event, &watch->source, fd, epoll_from(events), descriptor_ready, watch));
	if (result < 0) {
		free(watch);
		return result;
	}
	*ret_source = watch;
	return 0;
}

void br_loop_watch_events(struct br_loop_source *source, unsigned events)
{
	int code = sd_event_source_set_io_events(source->source, epoll_from(events));

	br_assert(code >= 0);
}

int br_loop_timer(struct br_loop *loop, void (*fired)(void *owner), void *owner,
	struct br_loop_source **ret_source)
{
	struct br_loop_source *timer = calloc(1, sizeof(*timer));
	int result;

	br_assert(fired != NULL);
	if (timer == NULL)
		return BR_E_MEMORY;
	timer->fired = fired;
	timer->owner = owner;
	result = loop_error(sd_event_add_time(
		loop->event, &timer->source, CLOCK_BOOTTIME, 0, 1000, timer_fired, timer));
	if (result == 0)
		result = loop_error(sd_event_source_set_enabled(timer->source, SD_EVENT_OFF));
	if (result < 0) {
		br_loop_source_destroy(timer);
		return result;
	}
	*ret_source = timer;
	return 0;
}

void br_loop_timer_set(struct br_loop_source *source, int64_t delay_ms)
{
	struct timespec now;
	int code = clock_gettime(CLOCK_BOOTTIME, &now);
	int64_t usec;

	br_assert(delay_ms >= 0 && code == 0);
	usec = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + delay_ms * 1000;
	code = sd_event_source_set_time(source->source, (uint64_t)usec);
	if (code >= 0)
		code = sd_event_source_set_enabled(source->source, SD_EVENT_ONESHOT);
	/* Only a source that is none, or a process that was forked, makes them fail. */
	br_assert(code >= 0);
}

void br_loop_timer_stop(struct br_loop_source *source)
{
	int code = sd_event_source_set_enabled(source->source, SD_EVENT_OFF);

	br_assert(source->fired != NULL && code >= 0);
}

void br_loop_source_destroy(struct br_loop_source *source)
{
	if (source == NULL)
		return;
	if (source->source != NULL)
		(void)sd_event_source_set_enabled(source->source, SD_EVENT_OFF);
	sd_event_source_unref(source->source);
	free(source);
}

static int end_signal(sd_event_source *source BR_UNUSED,
	const struct signalfd_siginfo *information BR_UNUSED, void *userdata)
{
	br_loop_end(userdata, 0);
	return 0;
}

static int reload_signal(sd_event_source *source BR_UNUSED,
	const struct signalfd_siginfo *information BR_UNUSED, void *userdata)
{
	const struct br_loop *loop = userdata;

	if (loop->reload != NULL)
		loop->reload(loop->reload_owner);
	return 0;
}

int br_loop_signals(struct br_loop *loop, void (*reload)(void *owner), void *owner)
{
	sigset_t signals;
	int result;

	br_assert(loop->reload == NULL);
	loop->reload = reload;
	loop->reload_owner = owner;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	/* A peer that went away is an error of the write, not the end of the process. */
	(void)sigaddset(&signals, SIGPIPE);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return br_error_from_errno(errno);
	result = loop_error(sd_event_add_signal(loop->event, NULL, SIGTERM, end_signal, loop));
	if (result == 0)
		result = loop_error(
			sd_event_add_signal(loop->event, NULL, SIGINT, end_signal, loop));
	if (result == 0)
		result = loop_error(
			sd_event_add_signal(loop->event, NULL, SIGHUP, reload_signal, loop));
	return result;
}

int br_loop_watchdog(struct br_loop *loop)
{
	return loop_error(sd_event_set_watchdog(loop->event, 1));
}

int br_loop_run(struct br_loop *loop)
{
	br_assert(loop->event != NULL);
	while (!loop->ended) {
		uint64_t wait_us = loop->again ? 0 : UINT64_MAX;
		int code;

		loop->again = false;
		code = sd_event_run(loop->event, wait_us);
		for (int i = 1; i < TURN_SOURCES_MAX && code > 0 && !loop->again; i++)
			code = sd_event_run(loop->event, 0);
		if (code < 0)
			return loop_error(code);
		if (loop->turn != NULL) {
			int result = loop->turn(loop->turn_owner);

			if (result < 0)
				return result;
		}
	}
	loop->ended = false;
	return loop->result;
}

void br_loop_again(struct br_loop *loop)
{
	loop->again = true;
}

void br_loop_end(struct br_loop *loop, int result)
{
	loop->ended = true;
	loop->result = result;
}
