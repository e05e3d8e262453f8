#include "sensors/watch.h"

#include "tests/lib/test.h"

static struct br_sensor_moment at(int64_t ms)
{
	return (struct br_sensor_moment){.wall_ms = 1000000 + ms, .boot_ms = ms};
}

static enum br_watch_due step(
	struct br_watch *watch, enum br_watch_zone zone, int64_t delay_ms, int64_t now_ms)
{
	return br_watch_step(watch, zone, at(now_ms), delay_ms, at(now_ms));
}

static void test_inside_nothing_happens(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(step(&watch, BR_WATCH_INSIDE, 0, 1), BR_WATCH_NOTHING);
	CHECK_INT(step(&watch, BR_WATCH_BAND, 0, 2), BR_WATCH_NOTHING);
	CHECK_INT(watch.state, BR_WATCH_QUIET);
}

static void test_without_a_delay_it_is_due_at_once(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 0, 1), BR_WATCH_RAISE);
	br_watch_told(&watch);
	CHECK_INT(watch.state, BR_WATCH_RAISED);
	CHECK_INT(watch.since_ms, 1000001);
}

static void test_the_delay_must_pass(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 100, 10), BR_WATCH_NOTHING);
	CHECK_INT(watch.state, BR_WATCH_PENDING);
	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 100, 109), BR_WATCH_NOTHING);
	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 100, 110), BR_WATCH_RAISE);
	CHECK_INT(watch.since_boot_ms, 10);
}

static void test_coming_back_in_time_begins_anew(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 100, 10), BR_WATCH_NOTHING);
	CHECK_INT(step(&watch, BR_WATCH_BAND, 100, 90), BR_WATCH_NOTHING);
	CHECK_INT(watch.state, BR_WATCH_QUIET);
	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 100, 110), BR_WATCH_NOTHING);
	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 100, 209), BR_WATCH_NOTHING);
	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 100, 210), BR_WATCH_RAISE);
}

static void test_the_time_before_we_looked_counts(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(br_watch_step(&watch, BR_WATCH_BEYOND, at(10), 100, at(500)), BR_WATCH_RAISE);
	CHECK_INT(watch.since_ms, 1000010);
}

static void test_it_is_said_once(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 0, 1), BR_WATCH_RAISE);
	br_watch_told(&watch);
	for (int64_t t = 2; t < 50; t++)
		CHECK_INT(step(&watch, BR_WATCH_BEYOND, 0, t), BR_WATCH_NOTHING);
}

static void test_what_was_not_taken_stays_due(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 0, 1), BR_WATCH_RAISE);
	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 0, 2), BR_WATCH_RAISE);
	br_watch_told(&watch);
	CHECK_INT(step(&watch, BR_WATCH_INSIDE, 0, 3), BR_WATCH_CLEAR);
	CHECK_INT(watch.state, BR_WATCH_RAISED);
	CHECK_INT(step(&watch, BR_WATCH_INSIDE, 0, 4), BR_WATCH_CLEAR);
	br_watch_told(&watch);
	CHECK_INT(watch.state, BR_WATCH_QUIET);
}

static void test_the_band_holds_it(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 0, 1), BR_WATCH_RAISE);
	br_watch_told(&watch);
	CHECK_INT(step(&watch, BR_WATCH_BAND, 0, 2), BR_WATCH_NOTHING);
	CHECK_INT(watch.state, BR_WATCH_RAISED);
	CHECK_INT(step(&watch, BR_WATCH_INSIDE, 0, 3), BR_WATCH_CLEAR);
}

static void test_what_was_raised_before_is_taken_up(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};

	br_watch_restore(&watch, 77);
	CHECK_INT(watch.since_ms, 77);
	CHECK_INT(step(&watch, BR_WATCH_BEYOND, 0, 1), BR_WATCH_NOTHING);
	CHECK_INT(step(&watch, BR_WATCH_INSIDE, 0, 2), BR_WATCH_CLEAR);
}

/* Any walk: raises and clears take turns, and a raise never comes before its delay. */
static void test_any_walk_takes_turns(void)
{
	struct br_watch watch = {.state = BR_WATCH_QUIET};
	enum br_watch_due last = BR_WATCH_CLEAR;
	int64_t beyond_since = -1;

	for (int64_t t = 1; t < 20000; t++) {
		enum br_watch_zone zone = (enum br_watch_zone)(test_random() % 3);
		enum br_watch_due due = step(&watch, zone, 2, t);

		if (zone != BR_WATCH_BEYOND)
			beyond_since = -1;
		else if (beyond_since < 0)
			beyond_since = t;
		if (due == BR_WATCH_NOTHING)
			continue;
		CHECK(due != last);
		if (due == BR_WATCH_RAISE)
			CHECK(t - beyond_since >= 2);
		/* Now and then whoever is told cannot take it. */
		if (test_random() % 4 == 0)
			continue;
		br_watch_told(&watch);
		last = due;
	}
}

int main(int argc, char **argv)
{
	TEST(test_inside_nothing_happens);
	TEST(test_without_a_delay_it_is_due_at_once);
	TEST(test_the_delay_must_pass);
	TEST(test_coming_back_in_time_begins_anew);
	TEST(test_the_time_before_we_looked_counts);
	TEST(test_it_is_said_once);
	TEST(test_what_was_not_taken_stays_due);
	TEST(test_the_band_holds_it);
	TEST(test_what_was_raised_before_is_taken_up);
	TEST(test_any_walk_takes_turns);
	return test_end(argc, argv);
}
