#include "node/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/error.h"
#include "tests/lib/process.h"
#include "tests/lib/test.h"

/* A loop with what happened in it, as letters in order: a test's own and T for each turn. */
struct scene {
	struct br_loop *loop;
	struct br_loop_source *source, *other;
	char said[256];
	unsigned turns, turns_max; /* the loop is ended after so many */
	int turn_result;
	unsigned events, fired;
	int fds[2];
	void (*in_turn)(struct scene *scene);
};

static void say(struct scene *scene, char letter)
{
	size_t n = strlen(scene->said);

	if (n + 1 < sizeof(scene->said)) {
		scene->said[n] = letter;
		scene->said[n + 1] = '\0';
	}
}

static int turn(void *owner)
{
	struct scene *scene = owner;

	say(scene, 'T');
	if (scene->in_turn != NULL)
		scene->in_turn(scene);
	if (++scene->turns >= scene->turns_max)
		br_loop_end(scene->loop, 0);
	return scene->turn_result;
}

static void scene_open(struct scene *scene, unsigned turns_max)
{
	*scene = (struct scene){.turns_max = turns_max, .fds = {-1, -1}};
	REQUIRE(br_loop_create(&scene->loop) == 0);
	br_loop_on_turn(scene->loop, turn, scene);
}

static void scene_close(struct scene *scene)
{
	br_loop_source_destroy(scene->source);
	br_loop_source_destroy(scene->other);
	br_loop_destroy(scene->loop);
	for (unsigned i = 0; i < 2; i++)
		if (scene->fds[i] >= 0)
			(void)close(scene->fds[i]);
}

static void fired(void *owner)
{
	struct scene *scene = owner;

	say(scene, 'f');
	scene->fired++;
}

static void other_fired(void *owner)
{
	say(owner, 'o');
}

static void test_a_timer_fires_once_for_each_setting(void)
{
	struct scene scene;

	scene_open(&scene, 2);
	CHECK_INT(br_loop_timer(scene.loop, fired, &scene, &scene.source), 0);
	CHECK_INT(br_loop_timer(scene.loop, other_fired, &scene, &scene.other), 0);
	br_loop_timer_set(scene.source, 0);
	/* Far enough away for a turn of its own, however busy the machine. */
	br_loop_timer_set(scene.other, 700);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_TEXT(scene.said, "fToT");
	scene_close(&scene);
}

static void test_a_timer_waits_its_time(void)
{
	int64_t begin_ms = test_now_ms();
	struct scene scene;

	scene_open(&scene, 1);
	CHECK_INT(br_loop_timer(scene.loop, fired, &scene, &scene.source), 0);
	br_loop_timer_set(scene.source, 5);
	/* The last setting counts. */
	br_loop_timer_set(scene.source, 60);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK(test_now_ms() - begin_ms >= 59);
	scene_close(&scene);
}

static void test_a_stopped_timer_is_silent(void)
{
	struct scene scene;

	scene_open(&scene, 1);
	CHECK_INT(br_loop_timer(scene.loop, fired, &scene, &scene.source), 0);
	CHECK_INT(br_loop_timer(scene.loop, other_fired, &scene, &scene.other), 0);
	br_loop_timer_set(scene.source, 0);
	br_loop_timer_stop(scene.source);
	br_loop_timer_set(scene.other, 20);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_TEXT(scene.said, "oT");
	scene_close(&scene);
}

static void ready(void *owner, unsigned events)
{
	struct scene *scene = owner;
	char byte;

	scene->events = events;
	if ((events & BR_LOOP_READ) != 0) {
		say(scene, 'r');
		(void)!read(scene->fds[0], &byte, 1);
	}
	if ((events & BR_LOOP_WRITE) != 0)
		say(scene, 'w');
}

static void pair_watch(struct scene *scene, unsigned events)
{
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, scene->fds) ==
		0);
	CHECK_INT(
		br_loop_watch(scene->loop, scene->fds[0], events, ready, scene, &scene->source), 0);
}

static void test_a_descriptor_tells_when_it_can_be_read(void)
{
	struct scene scene;

	scene_open(&scene, 1);
	pair_watch(&scene, BR_LOOP_READ);
	REQUIRE(write(scene.fds[1], "x", 1) == 1);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_TEXT(scene.said, "rT");
	CHECK_INT(scene.events, BR_LOOP_READ);
	scene_close(&scene);
}

static void write_no_more(struct scene *scene)
{
	br_loop_watch_events(scene->source, BR_LOOP_READ);
	REQUIRE(write(scene->fds[1], "x", 1) == 1);
}

static void test_what_is_watched_can_change(void)
{
	struct scene scene;

	scene_open(&scene, 2);
	scene.in_turn = write_no_more;
	pair_watch(&scene, BR_LOOP_READ | BR_LOOP_WRITE);
	CHECK_INT(br_loop_run(scene.loop), 0);
	/* Writable without end, until the first turn lets it be. */
	CHECK_HAS(scene.said, "wT");
	CHECK_TEXT(strchr(scene.said, 'T'), "TrT");
	scene_close(&scene);
}

static void test_a_hang_up_is_told_as_readable(void)
{
	struct scene scene;

	scene_open(&scene, 1);
	pair_watch(&scene, BR_LOOP_READ);
	(void)close(scene.fds[1]);
	scene.fds[1] = -1;
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK(scene.events & BR_LOOP_READ);
	scene_close(&scene);
}

static void test_a_closed_descriptor_cannot_be_watched(void)
{
	struct br_loop_source *source = NULL;
	struct scene scene;

	scene_open(&scene, 1);
	CHECK(br_loop_watch(scene.loop, 1000000, BR_LOOP_READ, ready, &scene, &source) < 0);
	CHECK(source == NULL);
	scene_close(&scene);
}

static void destroys_itself(void *owner)
{
	struct scene *scene = owner;

	say(scene, 'd');
	br_loop_source_destroy(BR_TAKE(scene->source));
}

static void test_a_source_may_destroy_itself(void)
{
	struct scene scene;

	scene_open(&scene, 2);
	CHECK_INT(br_loop_timer(scene.loop, destroys_itself, &scene, &scene.source), 0);
	CHECK_INT(br_loop_timer(scene.loop, other_fired, &scene, &scene.other), 0);
	br_loop_timer_set(scene.source, 0);
	br_loop_timer_set(scene.other, 700);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_TEXT(scene.said, "dToT");
	br_loop_source_destroy(NULL);
	scene_close(&scene);
}

/* All that is ready runs before the turn, so that it shares the turn's commit. */
static void test_what_is_ready_shares_a_turn(void)
{
	struct scene scene;

	scene_open(&scene, 1);
	pair_watch(&scene, BR_LOOP_READ);
	CHECK_INT(br_loop_timer(scene.loop, other_fired, &scene, &scene.other), 0);
	REQUIRE(write(scene.fds[1], "xyz", 3) == 3);
	br_loop_timer_set(scene.other, 0);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_INT(strlen(scene.said), 5);
	CHECK_TEXT(strchr(scene.said, 'T'), "T");
	scene_close(&scene);
}

static void floods(void *owner, unsigned events BR_UNUSED)
{
	struct scene *scene = owner;

	scene->events++;
}

/* A descriptor that is always ready neither puts off the turn nor starves a timer. */
static void test_a_busy_source_lets_the_others_live(void)
{
	struct scene scene;
	unsigned a_turn;

	scene_open(&scene, 20);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, scene.fds) == 0);
	CHECK_INT(br_loop_watch(
			  scene.loop, scene.fds[0], BR_LOOP_WRITE, floods, &scene, &scene.source),
		0);
	CHECK_INT(br_loop_timer(scene.loop, fired, &scene, &scene.other), 0);
	br_loop_timer_set(scene.other, 0);
	CHECK_INT(br_loop_run(scene.loop), 0);
	a_turn = scene.events / scene.turns;
	CHECK(a_turn >= 1 && a_turn <= 64);
	CHECK_INT(scene.fired, 1);
	scene_close(&scene);
}

static void floods_to_its_limit(void *owner, unsigned events)
{
	struct scene *scene = owner;

	floods(owner, events);
	br_loop_again(scene->loop);
}

/* Whoever has brought a turn enough to do ends its gathering, and goes on in the next one. */
static void test_a_full_turn_gathers_no_more(void)
{
	struct scene scene;

	scene_open(&scene, 20);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, scene.fds) == 0);
	CHECK_INT(br_loop_watch(scene.loop, scene.fds[0], BR_LOOP_WRITE, floods_to_its_limit,
			  &scene, &scene.source),
		0);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_INT(scene.events, scene.turns);
	scene_close(&scene);
}

static void once_more(struct scene *scene)
{
	if (scene->turns == 0)
		br_loop_again(scene->loop);
}

static void test_again_gives_a_turn_without_any_event(void)
{
	struct scene scene;

	scene_open(&scene, 2);
	scene.in_turn = once_more;
	CHECK_INT(br_loop_timer(scene.loop, fired, &scene, &scene.source), 0);
	br_loop_timer_set(scene.source, 0);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_TEXT(scene.said, "fTT");
	scene_close(&scene);
}

static void test_a_failed_turn_ends_the_loop(void)
{
	struct scene scene;

	scene_open(&scene, 5);
	scene.turn_result = BR_E_DISK_FULL;
	br_loop_again(scene.loop);
	CHECK_INT(br_loop_run(scene.loop), BR_E_DISK_FULL);
	CHECK_INT(scene.turns, 1);
	scene_close(&scene);
}

static void ends_with_seven(void *owner)
{
	struct scene *scene = owner;

	br_loop_end(scene->loop, 7);
}

/* What was taken in the last round is still committed. */
static void test_the_end_comes_after_its_turn(void)
{
	struct scene scene;

	scene_open(&scene, 5);
	CHECK_INT(br_loop_timer(scene.loop, ends_with_seven, &scene, &scene.source), 0);
	br_loop_timer_set(scene.source, 0);
	CHECK_INT(br_loop_run(scene.loop), 7);
	CHECK_INT(scene.turns, 1);
	scene_close(&scene);
}

static void reloads(void *owner)
{
	say(owner, 'h');
	(void)raise(SIGTERM);
}

static void signals_send(struct scene *scene)
{
	if (scene->turns == 0)
		(void)raise(SIGHUP);
}

static void test_signals_reload_and_end(void)
{
	struct scene scene;

	scene_open(&scene, 10);
	scene.in_turn = signals_send;
	CHECK_INT(br_loop_signals(scene.loop, reloads, &scene), 0);
	br_loop_again(scene.loop);
	/* SIGPIPE is held back, so that a peer that is gone is an error of the write. */
	(void)raise(SIGPIPE);
	CHECK_INT(br_loop_run(scene.loop), 0);
	CHECK_HAS(scene.said, "ThT");
	CHECK(scene.turns < 10);
	scene_close(&scene);
}

static void test_the_watchdog_is_petted_as_often_as_asked(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct scene scene;
	unsigned pets = 0;
	char bytes[64];
	ssize_t n;

	REQUIRE(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/watchdog", test_folder());
	REQUIRE(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	(void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
	(void)setenv("WATCHDOG_USEC", "100000", 1);
	scene_open(&scene, 1000);
	CHECK_INT(br_loop_watchdog(scene.loop), 0);
	CHECK_INT(br_loop_timer(scene.loop, ends_with_seven, &scene, &scene.source), 0);
	br_loop_timer_set(scene.source, 450);
	CHECK_INT(br_loop_run(scene.loop), 7);
	while ((n = recv(fd, bytes, sizeof(bytes) - 1, 0)) > 0) {
		bytes[n] = '\0';
		CHECK_TEXT(bytes, "WATCHDOG=1");
		pets++;
	}
	CHECK(pets >= 4);
	scene_close(&scene);
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	/* Without a service manager there is nothing to pet, which is no error. */
	scene_open(&scene, 1);
	CHECK_INT(br_loop_watchdog(scene.loop), 0);
	scene_close(&scene);
	(void)close(fd);
}

int main(int argc, char **argv)
{
	TEST(test_a_timer_fires_once_for_each_setting);
	TEST(test_a_timer_waits_its_time);
	TEST(test_a_stopped_timer_is_silent);
	TEST(test_a_descriptor_tells_when_it_can_be_read);
	TEST(test_what_is_watched_can_change);
	TEST(test_a_hang_up_is_told_as_readable);
	TEST(test_a_closed_descriptor_cannot_be_watched);
	TEST(test_a_source_may_destroy_itself);
	TEST(test_what_is_ready_shares_a_turn);
	TEST(test_a_busy_source_lets_the_others_live);
	TEST(test_a_full_turn_gathers_no_more);
	TEST(test_again_gives_a_turn_without_any_event);
	TEST(test_a_failed_turn_ends_the_loop);
	TEST(test_the_end_comes_after_its_turn);
	TEST(test_signals_reload_and_end);
	TEST(test_the_watchdog_is_petted_as_often_as_asked);
	return test_end(argc, argv);
}
