#include "tests/peers/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "node/time.h"

struct peer_loop {
	struct peer_source *sources[PEER_SOURCES_MAX];
	size_t source_n;
	struct peer_timer **heap; /* binary heap by due_ms; owned */
	size_t timer_n, timer_space;
	int64_t now_ms;
	int signal_fd;
	int code;
	bool stopped;
};

int peer_loop_create(struct peer_loop **ret_loop)
{
	struct peer_loop *loop = calloc(1, sizeof(*loop));
	sigset_t stop;

	if (loop == NULL)
		return BR_E_MEMORY;
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	loop->signal_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signal_fd < 0) {
		free(loop);
		return br_error_from_errno(errno);
	}
	loop->now_ms = br_clock_system.boot_ms(NULL);
	*ret_loop = loop;
	return 0;
}

void peer_loop_destroy(struct peer_loop *loop)
{
	if (loop == NULL)
		return;
	(void)close(loop->signal_fd);
	free(loop->heap);
	free(loop);
}

int64_t peer_loop_now(const struct peer_loop *loop)
{
	return loop->now_ms;
}

int64_t peer_wall_ms(void)
{
	return br_clock_system.wall_ms(NULL);
}

int64_t peer_boot_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void peer_loop_add(struct peer_loop *loop, struct peer_source *source)
{
	for (size_t i = 0; i < loop->source_n; i++)
		if (loop->sources[i] == source)
			return;
	br_assert(loop->source_n < PEER_SOURCES_MAX);
	loop->sources[loop->source_n++] = source;
}

void peer_loop_remove(struct peer_loop *loop, struct peer_source *source)
{
	for (size_t i = 0; i < loop->source_n; i++) {
		if (loop->sources[i] != source)
			continue;
		loop->sources[i] = loop->sources[--loop->source_n];
		return;
	}
}

static void timer_place(struct peer_loop *loop, size_t place, struct peer_timer *timer)
{
	loop->heap[place - 1] = timer;
	timer->place = place;
}

/* Moves the timer that stands at `place` to where its due time belongs. */
static void timer_settle(struct peer_loop *loop, size_t place)
{
	struct peer_timer *timer = loop->heap[place - 1];

	while (place > 1 && loop->heap[place / 2 - 1]->due_ms > timer->due_ms) {
		timer_place(loop, place, loop->heap[place / 2 - 1]);
		place /= 2;
	}
	for (size_t child = place * 2; child <= loop->timer_n; child = place * 2) {
		if (child < loop->timer_n &&
			loop->heap[child]->due_ms < loop->heap[child - 1]->due_ms)
			child++;
		if (loop->heap[child - 1]->due_ms >= timer->due_ms)
			break;
		timer_place(loop, place, loop->heap[child - 1]);
		place = child;
	}
	timer_place(loop, place, timer);
}

void peer_timer_set(struct peer_loop *loop, struct peer_timer *timer, int64_t delay_ms)
{
	br_assert(timer->fire != NULL && delay_ms >= 0);
	timer->due_ms = br_clock_system.boot_ms(NULL) + delay_ms;
	if (timer->place == 0) {
		if (loop->timer_n == loop->timer_space) {
			loop->timer_space = loop->timer_space * 2 + 16;
			loop->heap = realloc(loop->heap, loop->timer_space * sizeof(*loop->heap));
			br_assert(loop->heap != NULL);
		}
		timer_place(loop, ++loop->timer_n, timer);
	}
	timer_settle(loop, timer->place);
}

void peer_timer_clear(struct peer_loop *loop, struct peer_timer *timer)
{
	size_t place = timer->place;

	if (place == 0)
		return;
	br_assert(loop->heap[place - 1] == timer);
	timer->place = 0;
	loop->timer_n--;
	if (place <= loop->timer_n) {
		timer_place(loop, place, loop->heap[loop->timer_n]);
		timer_settle(loop, place);
	}
}

static void timers_fire(struct peer_loop *loop)
{
	/* What a callback arms for now waits for the next turn, so sources get their share. */
	for (size_t left = loop->timer_n; left > 0 && loop->timer_n > 0; left--) {
		struct peer_timer *timer = loop->heap[0];

		if (timer->due_ms > loop->now_ms || loop->stopped)
			return;
		peer_timer_clear(loop, timer);
		timer->fire(timer->context);
	}
}

static int wait_length(const struct peer_loop *loop, int64_t wait_ms)
{
	if (loop->timer_n > 0) {
		int64_t next = loop->heap[0]->due_ms - br_clock_system.boot_ms(NULL);

		if (wait_ms < 0 || next < wait_ms)
			wait_ms = next > 0 ? next : 0;
	}
	return wait_ms > 60000 ? 60000 : (int)wait_ms;
}

static bool source_is_in(const struct peer_loop *loop, const struct peer_source *source)
{
	for (size_t i = 0; i < loop->source_n; i++)
		if (loop->sources[i] == source)
			return true;
	return false;
}

bool peer_loop_turn(struct peer_loop *loop, int64_t wait_ms)
{
	struct pollfd polls[PEER_SOURCES_MAX + 1];
	struct peer_source *asked[PEER_SOURCES_MAX];
	size_t n = loop->source_n;

	for (size_t i = 0; i < n; i++) {
		asked[i] = loop->sources[i];
		polls[i] = (struct pollfd){.fd = -1};
		asked[i]->prepare(asked[i]->context, &polls[i]);
	}
	polls[n] = (struct pollfd){.fd = loop->signal_fd, .events = POLLIN};
	if (poll(polls, n + 1, wait_length(loop, wait_ms)) < 0)
		br_assert(errno == EINTR);
	loop->now_ms = br_clock_system.boot_ms(NULL);
	if (polls[n].revents != 0)
		peer_loop_stop(loop, 0);
	for (size_t i = 0; i < n && !loop->stopped; i++)
		if (polls[i].revents != 0 && source_is_in(loop, asked[i]))
			asked[i]->ready(asked[i]->context, polls[i].revents);
	timers_fire(loop);
	return !loop->stopped;
}

int peer_loop_run(struct peer_loop *loop)
{
	while (!loop->stopped)
		(void)peer_loop_turn(loop, -1);
	return loop->code;
}

void peer_loop_stop(struct peer_loop *loop, int code)
{
	if (!loop->stopped)
		loop->code = code;
	loop->stopped = true;
}

bool peer_loop_until(
	struct peer_loop *loop, bool (*holds)(void *context), void *context, int64_t wait_ms)
{
	int64_t end_ms = br_clock_system.boot_ms(NULL) + wait_ms;

	while (!holds(context)) {
		if (br_clock_system.boot_ms(NULL) >= end_ms || !peer_loop_turn(loop, 20))
			return holds(context);
	}
	return true;
}
