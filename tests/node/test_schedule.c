#include "node/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/price.h"
#include "node/timer.h"
#include "tests/node/bench.h"

/*
 * The loop of these tests: a timer that the test fires by hand, linked instead of node/loop.c, so
 * that no time has to pass.
 */
struct br_loop_source {
	void (*fired)(void *owner);
	void *owner;
	int64_t delay_ms; /* -1 = not set */
	unsigned settings;
};

static struct br_loop_source timer;

int br_loop_timer(struct br_loop *loop BR_UNUSED, void (*fired)(void *owner), void *owner,
	struct br_loop_source **ret_source)
{
	timer = (struct br_loop_source){fired, owner, -1, 0};
	*ret_source = &timer;
	return 0;
}

void br_loop_timer_set(struct br_loop_source *source, int64_t delay_ms)
{
	source->delay_ms = delay_ms;
	source->settings++;
}

void br_loop_source_destroy(struct br_loop_source *source BR_UNUSED)
{
}

static int64_t wall_ms(void *context)
{
	return ((const struct bench *)context)->now_ms;
}

struct scene {
	struct bench bench;
	struct br_clock clock;
	struct br_schedule *schedule;
};

static void schedule_open(struct scene *scene)
{
	scene->clock = (struct br_clock){.wall_ms = wall_ms, .context = &scene->bench};
	REQUIRE(br_schedule_create(NULL, scene->bench.core, scene->bench.store, &scene->clock,
			&scene->schedule) == 0);
}

static void scene_open(struct scene *scene, const char *name)
{
	*scene = (struct scene){.schedule = NULL};
	bench_open(&scene->bench, name);
	bench_catalogue(&scene->bench);
	schedule_open(scene);
}

static void scene_close(struct scene *scene)
{
	br_schedule_destroy(scene->schedule);
	bench_verify(&scene->bench);
	bench_close(&scene->bench);
}

/* One turn of the loop: the timer when it is due after `pass_ms`, the commit, the arming. */
static void turn(struct scene *scene, int64_t pass_ms)
{
	scene->bench.now_ms += pass_ms;
	if (timer.delay_ms >= 0 && timer.delay_ms <= pass_ms) {
		timer.delay_ms = -1;
		timer.fired(timer.owner);
	}
	bench_commit(&scene->bench);
	br_schedule_arm(scene->schedule);
}

/* A promotion of product A between two times, both ahead of the bench's clock. */
static void promotion_set(
	struct scene *scene, const char *sku, int64_t from_in_ms, int64_t to_in_ms)
{
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	br_time_format(scene->bench.now_ms + from_in_ms, from);
	br_time_format(scene->bench.now_ms + to_in_ms, to);
	CHECK_INT(bench_do(&scene->bench, "price.set",
			  "{'sku':'%s','kind':'promotion','amount':1.5,'currency':'EUR',"
			  "'from':'%s','to':'%s'}",
			  sku, from, to),
		0);
}

static void regular_set(struct scene *scene, const char *sku)
{
	CHECK_INT(bench_do(&scene->bench, "price.set",
			  "{'sku':'%s','kind':'regular','amount':2,'currency':'EUR'}", sku),
		0);
}

/* How many events price.effective the journal holds. */
static unsigned effective_n(struct scene *scene)
{
	uint64_t head = br_core_head(scene->bench.core);
	unsigned n = 0;

	for (uint64_t sequence = 1; sequence <= head; sequence++)
		n += bench_event(&scene->bench, sequence).kind == BR_EVENT_PRICE_EFFECTIVE;
	return n;
}

static const struct br_price_effective *last_effective(
	struct scene *scene, int64_t *ret_happened_ms)
{
	struct br_event event = bench_event(&scene->bench, br_core_head(scene->bench.core));

	REQUIRE(event.kind == BR_EVENT_PRICE_EFFECTIVE);
	*ret_happened_ms = event.happened_ms;
	return event.body;
}

static void test_a_price_begins_and_ends_on_time(void)
{
	int64_t begins_ms, happened_ms;
	struct scene scene;

	scene_open(&scene, "begins");
	regular_set(&scene, "A");
	promotion_set(&scene, "A", 10000, 25000);
	begins_ms = scene.bench.now_ms + 10000;
	turn(&scene, 0);
	CHECK_INT(timer.delay_ms, 10000);
	turn(&scene, 9999);
	CHECK_INT(effective_n(&scene), 0);
	timer.delay_ms -= 9999;
	turn(&scene, 1);
	CHECK_INT(effective_n(&scene), 1);
	CHECK_INT(last_effective(&scene, &happened_ms)->amount, 1500);
	CHECK_INT(happened_ms, begins_ms);
	CHECK_INT(timer.delay_ms, 15000);
	turn(&scene, 15000);
	CHECK_INT(effective_n(&scene), 2);
	CHECK_INT(last_effective(&scene, &happened_ms)->amount, 2000);
	CHECK_INT(happened_ms, begins_ms + 15000);
	/* Nothing is left: it only looks at the clock now and then. */
	CHECK_INT(timer.delay_ms, 60000);
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 2);
	scene_close(&scene);
}

static void test_the_clock_is_looked_at_every_minute(void)
{
	struct scene scene;

	scene_open(&scene, "minute");
	promotion_set(&scene, "A", 86400000, 90000000);
	turn(&scene, 0);
	CHECK_INT(timer.delay_ms, 60000);
	/* Somebody sets the clock ahead by a day: the next look finds it. */
	scene.bench.now_ms += 86400000;
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 1);
	scene_close(&scene);
}

static void test_what_passed_while_the_node_was_down_takes_effect(void)
{
	int64_t begins_ms, happened_ms;
	struct scene scene;

	scene_open(&scene, "down");
	promotion_set(&scene, "A", 10000, 20000);
	promotion_set(&scene, "B", 15000, 86400000);
	begins_ms = scene.bench.now_ms + 15000;
	br_schedule_destroy(scene.schedule);
	bench_reopen(&scene.bench);
	scene.bench.now_ms += 3600000;
	schedule_open(&scene);
	CHECK_INT(timer.delay_ms, 0);
	turn(&scene, 0);
	/* A's beginning and end, and B's beginning, in the order of their times. */
	CHECK_INT(effective_n(&scene), 3);
	CHECK_STR(last_effective(&scene, &happened_ms)->sku, "A");
	CHECK_INT(happened_ms, begins_ms + 5000);
	CHECK_INT(bench_event(&scene.bench, br_core_head(scene.bench.core) - 1).happened_ms,
		begins_ms);
	CHECK_INT(timer.delay_ms, 60000);
	scene_close(&scene);
}

/* What took effect is not undone and not done again by a clock that goes back a little. */
static void test_a_clock_set_back_repeats_nothing(void)
{
	struct scene scene;

	scene_open(&scene, "back");
	promotion_set(&scene, "A", 1000, 86400000);
	turn(&scene, 0);
	turn(&scene, 1000);
	CHECK_INT(effective_n(&scene), 1);
	scene.bench.now_ms -= 600000;
	for (unsigned i = 0; i < 5; i++)
		turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 1);
	/* And when the same instant comes by again. */
	turn(&scene, 600000);
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 1);
	scene_close(&scene);
}

/* A time that passes twice because the clock went back in between may hold a new price. */
static void test_a_new_price_after_the_clock_was_set_back_takes_effect(void)
{
	struct scene scene;

	scene_open(&scene, "again");
	promotion_set(&scene, "A", 1000, 86400000);
	turn(&scene, 0);
	turn(&scene, 1000);
	scene.bench.now_ms -= 1000;
	promotion_set(&scene, "A", 1000, 90000000);
	turn(&scene, 0);
	CHECK_INT(timer.delay_ms, 1000);
	turn(&scene, 1000);
	CHECK_INT(effective_n(&scene), 2);
	scene_close(&scene);
}

/* A shop-wide sale begins at midnight for more products than a turn may take. */
static void test_many_at_once_are_spread_over_turns(void)
{
	enum { MANY = 1300 };
	struct scene scene;
	unsigned turns = 0, before;

	scene_open(&scene, "many");
	for (unsigned i = 0; i < MANY; i++) {
		char sku[16];

		(void)snprintf(sku, sizeof(sku), "M%u", i);
		CHECK_INT(bench_do(&scene.bench, "product.upsert", "{'sku':'%s','name':'x'}", sku),
			0);
		promotion_set(&scene, sku, 100000, 200000);
	}
	turn(&scene, 0);
	scene.bench.now_ms += 100000;
	timer.delay_ms = 0;
	while (timer.delay_ms == 0 && turns < 20) {
		before = effective_n(&scene);
		turn(&scene, 0);
		turns++;
		/* Half a turn is left to everybody else. */
		CHECK(effective_n(&scene) - before <= BR_TURN_COMMANDS_MAX / 2);
	}
	CHECK_INT(effective_n(&scene), MANY);
	CHECK_INT(turns, (MANY + BR_TURN_COMMANDS_MAX / 2 - 1) / (BR_TURN_COMMANDS_MAX / 2));
	scene_close(&scene);
}

/* Commands of others in the same turn leave less room, never none for good. */
static void test_a_full_turn_is_waited_for(void)
{
	struct scene scene;
	char id[32];

	scene_open(&scene, "full-turn");
	promotion_set(&scene, "A", 1000, 86400000);
	turn(&scene, 0);
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "c%u", i);
		CHECK_INT(bench_submit(&scene.bench, id, "stock.move",
				  "{'sku':'A','kind':'receive','quantity':1}", false),
			0);
	}
	turn(&scene, 1000);
	CHECK_INT(effective_n(&scene), 0);
	CHECK_INT(timer.delay_ms, 0);
	turn(&scene, 0);
	CHECK_INT(effective_n(&scene), 1);
	scene_close(&scene);
}

/* On a full disk what is due waits quietly, and comes when there is space again. */
static void test_a_full_disk_is_no_busy_loop(void)
{
	struct scene scene;

	scene_open(&scene, "full");
	promotion_set(&scene, "A", 1000, 86400000);
	turn(&scene, 0);
	br_core_shed(scene.bench.core, BR_SHED_ALL);
	turn(&scene, 1000);
	CHECK_INT(effective_n(&scene), 0);
	CHECK_INT(timer.delay_ms, 60000);
	turn(&scene, 60000);
	CHECK_INT(timer.delay_ms, 60000);
	br_core_shed(scene.bench.core, BR_SHED_NOTHING);
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 1);
	scene_close(&scene);
}

static void test_a_removed_product_does_not_stop_the_others(void)
{
	struct scene scene;

	scene_open(&scene, "removed");
	promotion_set(&scene, "A", 1000, 5000);
	promotion_set(&scene, "B", 1000, 5000);
	CHECK_INT(bench_do(&scene.bench, "product.remove", "{'sku':'A'}"), 0);
	turn(&scene, 0);
	turn(&scene, 1000);
	CHECK(timer.delay_ms > 0);
	turn(&scene, 4000);
	CHECK_INT(timer.delay_ms, 60000);
	CHECK_INT(bench_event(&scene.bench, br_core_head(scene.bench.core)).kind,
		BR_EVENT_PRICE_EFFECTIVE);
	scene_close(&scene);
}

/* A mark that its command leaves standing is asked about once a minute, and stops nobody. */
static void test_a_mark_that_stays_is_no_busy_loop(void)
{
	struct br_core_figures figures;
	struct scene scene;

	scene_open(&scene, "stays");
	for (unsigned i = 0; i < 3; i++) {
		char order[8];

		(void)snprintf(order, sizeof(order), "none%u", i);
		br_timer_put(br_core_txn(scene.bench.core), BR_TIMER_ORDER, br_str_from(order),
			scene.bench.now_ms + 1000);
	}
	promotion_set(&scene, "A", 1000, 2000);
	turn(&scene, 0);
	turn(&scene, 1000);
	CHECK_INT(effective_n(&scene), 1);
	CHECK_INT(timer.delay_ms, 1000);
	figures = br_core_figures(scene.bench.core);
	turn(&scene, 1000);
	CHECK_INT(effective_n(&scene), 2);
	CHECK_INT(timer.delay_ms, 60000);
	CHECK_INT(br_core_figures(scene.bench.core).commands, figures.commands + 1);
	/* What is put before them meanwhile waits for the next look, and comes with it. */
	promotion_set(&scene, "B", 500, 86400000);
	scene.bench.now_ms += 500;
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 3);
	CHECK_INT(timer.delay_ms, 60000);
	br_schedule_destroy(scene.schedule);
	bench_close(&scene.bench);
}

/* A rise that waits for labels is charged to the second when they never answer, also offline. */
static void test_a_hold_ends_on_time(void)
{
	const struct br_price_released *released;
	struct br_event event;
	struct scene scene;
	int64_t over_ms;

	scene_open(&scene, "hold");
	regular_set(&scene, "A");
	CHECK_INT(bench_do(&scene.bench, "label.bind", "{'label':'0123456789AB','sku':'A'}"), 0);
	CHECK_INT(bench_do(&scene.bench, "policy.set", "{'price_hold_minutes':1}"), 0);
	CHECK_INT(
		bench_do(&scene.bench, "price.set", "{'sku':'A','amount':3,'currency':'EUR'}"), 0);
	over_ms = scene.bench.now_ms + 60000;
	turn(&scene, 0);
	CHECK_INT(timer.delay_ms, 60000);
	turn(&scene, 60000);
	event = bench_event(&scene.bench, br_core_head(scene.bench.core) - 1);
	released = event.body;
	REQUIRE(event.kind == BR_EVENT_PRICE_RELEASED);
	CHECK_INT(released->reason, BR_PRICE_RELEASE_HOLD_OVER);
	CHECK_INT(released->at_ms, over_ms);
	CHECK_INT(event.happened_ms, over_ms);
	CHECK_INT(bench_event(&scene.bench, br_core_head(scene.bench.core)).kind,
		BR_EVENT_ALARM_RAISED);
	CHECK_INT(timer.delay_ms, 60000);
	scene_close(&scene);
}

/* A year of changes falls due at once when the clock leaps, and each in the order of its time. */
static void test_a_clock_that_leaps_a_year(void)
{
	int64_t happened_ms, before_ms = 0;
	struct scene scene;
	uint64_t head;

	scene_open(&scene, "leap");
	regular_set(&scene, "A");
	for (int64_t i = 1; i <= 12; i++)
		promotion_set(&scene, "A", i * 30 * 86400000, i * 30 * 86400000 + 5 * 86400000);
	turn(&scene, 0);
	head = br_core_head(scene.bench.core);
	scene.bench.now_ms += INT64_C(366) * 86400000;
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 24);
	for (uint64_t sequence = head + 1; sequence <= br_core_head(scene.bench.core); sequence++) {
		happened_ms = bench_event(&scene.bench, sequence).happened_ms;
		CHECK(happened_ms > before_ms);
		before_ms = happened_ms;
	}
	/* Back a year: labels look, and all waits for its time. Forward again: all takes effect. */
	scene.bench.now_ms -= INT64_C(366) * 86400000;
	turn(&scene, 60000);
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 25);
	scene.bench.now_ms += INT64_C(366) * 86400000;
	turn(&scene, 60000);
	CHECK_INT(effective_n(&scene), 49);
	scene_close(&scene);
}

/* Between two commits nothing can have changed, so no turn pays for a look. */
static void test_a_turn_without_a_commit_costs_nothing(void)
{
	struct scene scene;
	unsigned settings;

	scene_open(&scene, "idle");
	turn(&scene, 0);
	settings = timer.settings;
	for (unsigned i = 0; i < 10; i++)
		turn(&scene, 0);
	CHECK_INT(timer.settings, settings);
	scene_close(&scene);
}

/* How many events of a kind the journal holds. */
static unsigned events_n(struct scene *scene, enum br_event_kind kind)
{
	unsigned n = 0;

	for (uint64_t i = 1; i <= br_core_head(scene->bench.core); i++)
		n += bench_event(&scene->bench, i).kind == kind;
	return n;
}

static void test_a_clock_set_back_is_told_at_once(void)
{
	const int64_t day_ms = 24 * 3600 * 1000;
	struct scene scene;

	scene_open(&scene, "set-back");
	regular_set(&scene, "A");
	promotion_set(&scene, "A", 3600000, 2 * 3600000);
	turn(&scene, 0);
	/* A day ahead, as the machine's clock has it: what is planned begins and ends. */
	turn(&scene, day_ms);
	turn(&scene, 0);
	CHECK_INT(effective_n(&scene), 2);
	/* It was wrong. Nothing else has to happen for the ledger to be told. */
	turn(&scene, -day_ms);
	CHECK_INT(timer.delay_ms, 0);
	turn(&scene, 0);
	CHECK_INT(events_n(&scene, BR_EVENT_CLOCK_CORRECTED), 1);
	CHECK_INT(br_core_latest_ms(scene.bench.core), scene.bench.now_ms);
	/* The labels look once, and the promotion begins at its time. */
	turn(&scene, 0);
	CHECK_INT(effective_n(&scene), 3);
	turn(&scene, 60000);
	CHECK_INT(events_n(&scene, BR_EVENT_CLOCK_CORRECTED), 1);
	turn(&scene, 3600000);
	turn(&scene, 0);
	CHECK_INT(effective_n(&scene), 4);
	/* The process dies while the clock is wrong: the ledger knows by itself. */
	turn(&scene, day_ms);
	regular_set(&scene, "B");
	br_schedule_destroy(scene.schedule);
	bench_reopen(&scene.bench);
	scene.bench.now_ms -= day_ms;
	schedule_open(&scene);
	CHECK_INT(timer.delay_ms, 0);
	turn(&scene, 0);
	CHECK_INT(events_n(&scene, BR_EVENT_CLOCK_CORRECTED), 2);
	scene_close(&scene);
}

static void test_a_correction_that_is_refused_is_asked_for_again(void)
{
	struct scene scene;

	scene_open(&scene, "refused");
	br_core_shed(scene.bench.core, BR_SHED_ALL);
	turn(&scene, -3600000);
	CHECK_INT(timer.delay_ms, 0);
	turn(&scene, 0);
	CHECK_INT(events_n(&scene, BR_EVENT_CLOCK_CORRECTED), 0);
	/* Not at once, or a full disk would keep the loop busy. */
	CHECK(timer.delay_ms > 0);
	br_core_shed(scene.bench.core, BR_SHED_NOTHING);
	turn(&scene, 30000);
	CHECK_INT(events_n(&scene, BR_EVENT_CLOCK_CORRECTED), 0);
	turn(&scene, 60000);
	turn(&scene, 0);
	CHECK_INT(events_n(&scene, BR_EVENT_CLOCK_CORRECTED), 1);
	scene_close(&scene);
}

int main(int argc, char **argv)
{
	TEST(test_a_price_begins_and_ends_on_time);
	TEST(test_the_clock_is_looked_at_every_minute);
	TEST(test_what_passed_while_the_node_was_down_takes_effect);
	TEST(test_a_clock_set_back_repeats_nothing);
	TEST(test_a_new_price_after_the_clock_was_set_back_takes_effect);
	TEST(test_many_at_once_are_spread_over_turns);
	TEST(test_a_full_turn_is_waited_for);
	TEST(test_a_full_disk_is_no_busy_loop);
	TEST(test_a_removed_product_does_not_stop_the_others);
	TEST(test_a_mark_that_stays_is_no_busy_loop);
	TEST(test_a_hold_ends_on_time);
	TEST(test_a_clock_that_leaps_a_year);
	TEST(test_a_turn_without_a_commit_costs_nothing);
	TEST(test_a_clock_set_back_is_told_at_once);
	TEST(test_a_correction_that_is_refused_is_asked_for_again);
	return test_end(argc, argv);
}
