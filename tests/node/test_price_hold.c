/* Price safety: the shopper never pays more than the shelf says. */
#include "node/device.h"
#include "node/price.h"
#include "node/timer.h"
#include "tests/node/bench.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define LABEL_1 "0123456789AB"
#define LABEL_2 "0123456789AC"

/* Product A costs 2 since yesterday; with a label bound to it when `label` says so. */
static void scene_open(struct bench *bench, const char *name, bool label)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	bench->now_ms -= 24 * HOUR_MS;
	CHECK_INT(bench_do(bench, "price.set", "{'sku':'A','amount':2,'currency':'EUR'}"), 0);
	bench->now_ms = BENCH_NOW_MS;
	if (label)
		CHECK_INT(bench_do(bench, "label.bind", "{'label':'" LABEL_1 "','sku':'A'}"), 0);
}

static void scene_close(struct bench *bench)
{
	bench_verify(bench);
	bench_close(bench);
}

static struct br_price_quote till_at(struct bench *bench, int64_t at_ms)
{
	return br_price_till_at(bench_read(bench), BR_STR("A"), at_ms, &bench->arena);
}

static int64_t till_now(struct bench *bench)
{
	return till_at(bench, bench->now_ms).amount;
}

static int64_t label_now(struct bench *bench)
{
	return br_price_at(bench_read(bench), BR_STR("A"), bench->now_ms, &bench->arena).amount;
}

static void regular_set(struct bench *bench, const char *amount)
{
	CHECK_INT(bench_do(bench, "price.set", "{'sku':'A','amount':%s,'currency':'EUR'}", amount),
		0);
}

static void planned_set(struct bench *bench, const char *kind, const char *amount,
	int64_t from_in_ms, int64_t to_in_ms)
{
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	br_time_format(bench->now_ms + from_in_ms, from);
	br_time_format(bench->now_ms + to_in_ms, to);
	CHECK_INT(bench_do(bench, "price.set",
			  "{'sku':'A','kind':'%s','amount':%s,'currency':'EUR','from':'%s',"
			  "'to':'%s','reason':'test'}",
			  kind, amount, from, to),
		0);
}

static struct br_event last(struct bench *bench)
{
	return bench_event(bench, br_core_head(bench->core));
}

/* The last event released the hold for this reason. */
static void released_check(struct bench *bench, enum br_price_release reason)
{
	struct br_event event = last(bench);
	const struct br_price_released *released = event.body;

	CHECK_INT(event.kind, BR_EVENT_PRICE_RELEASED);
	CHECK_INT(released->reason, reason);
}

/* The hold that stands, 0 without one. */
static uint64_t hold_now(struct bench *bench)
{
	uint64_t sequence;

	return br_price_unconfirmed(
		       bench_read(bench), BR_STR("A"), bench->now_ms, &bench->arena, &sequence)
		       ? sequence
		       : 0;
}

/* Fires the earliest timer at its time, as the schedule does. */
static void timer_fire(struct bench *bench, enum br_timer_kind kind)
{
	struct br_timer timer;
	char at[BR_TIME_TEXT_BYTES];

	REQUIRE(br_timer_next(bench_read(bench), NULL, &timer));
	CHECK_INT(timer.kind, kind);
	if (bench->now_ms < timer.at_ms)
		bench->now_ms = timer.at_ms;
	br_time_format(timer.at_ms, at);
	CHECK_INT(bench_do(bench, br_timer_commands[timer.kind], "{'key':'%s','at':'%s'}",
			  timer.key, at),
		0);
}

static unsigned timers_n(struct bench *bench)
{
	return (unsigned)br_txn_count(bench_read(bench), BR_TABLE_TIMER);
}

static void test_a_rise_waits_for_its_labels(void)
{
	const struct br_price_held *held;
	struct br_price_quote quote;
	struct br_event event;
	struct bench bench;

	scene_open(&bench, "rise", true);
	regular_set(&bench, "3");
	event = last(&bench);
	held = event.body;
	CHECK_INT(event.kind, BR_EVENT_PRICE_HELD);
	CHECK_INT(held->amount, 2000);
	CHECK_INT(held->target, 3000);
	CHECK_INT(held->until_ms, bench.now_ms + HOUR_MS);
	quote = till_at(&bench, bench.now_ms);
	CHECK(quote.known && quote.held && !quote.promotion);
	CHECK_INT(quote.amount, 2000);
	CHECK_INT(quote.target, 3000);
	CHECK_INT(quote.held_until_ms, bench.now_ms + HOUR_MS);
	CHECK_TEXT(quote.currency, "EUR");
	CHECK_INT(label_now(&bench), 3000);
	bench.now_ms += 5 * MINUTE_MS;
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A','hold':%llu}",
			  (unsigned long long)hold_now(&bench)),
		0);
	released_check(&bench, BR_PRICE_RELEASE_SHOWN);
	CHECK_INT(till_now(&bench), 3000);
	CHECK(!till_at(&bench, bench.now_ms).held);
	CHECK_INT(timers_n(&bench), 0);
	/* What was charged before stays known. */
	CHECK_INT(till_at(&bench, bench.now_ms - 1).amount, 2000);
	CHECK_INT(till_at(&bench, BENCH_NOW_MS - 1).amount, 2000);
	scene_close(&bench);
}

static void test_a_fall_is_charged_at_once(void)
{
	struct bench bench;

	scene_open(&bench, "fall", true);
	regular_set(&bench, "1.50");
	CHECK_INT(last(&bench).kind, BR_EVENT_PRICE_SET);
	CHECK_INT(till_now(&bench), 1500);
	planned_set(&bench, "promotion", "1", 0, HOUR_MS);
	CHECK_INT(till_now(&bench), 1000);
	CHECK_INT(hold_now(&bench), 0);
	scene_close(&bench);
}

static void test_without_labels_nothing_waits(void)
{
	struct bench bench;

	scene_open(&bench, "no-labels", false);
	regular_set(&bench, "3");
	CHECK_INT(last(&bench).kind, BR_EVENT_PRICE_SET);
	CHECK_INT(till_now(&bench), 3000);
	scene_close(&bench);
}

static void test_a_store_may_do_without_holds(void)
{
	struct bench bench;

	scene_open(&bench, "no-holds", true);
	CHECK_INT(bench_do(&bench, "policy.set", "{'price_hold_minutes':0}"), 0);
	regular_set(&bench, "3");
	CHECK_INT(till_now(&bench), 3000);
	scene_close(&bench);
}

/* The first price of a product cannot be more than the shelf says. */
static void test_a_first_price_is_no_rise(void)
{
	struct bench bench;

	scene_open(&bench, "first", true);
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'" LABEL_2 "','sku':'B'}"), 0);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'B','amount':9,'currency':'EUR'}"), 0);
	CHECK_INT(br_price_till_at(bench_read(&bench), BR_STR("B"), bench.now_ms, &bench.arena)
			  .amount,
		9000);
	scene_close(&bench);
}

/* The end of a promotion is a rise like any other, decided when its time comes. */
static void test_the_end_of_a_promotion_waits_too(void)
{
	struct bench bench;

	scene_open(&bench, "promotion", true);
	planned_set(&bench, "promotion", "1", 0, HOUR_MS);
	CHECK_INT(till_now(&bench), 1000);
	bench.now_ms += HOUR_MS;
	/* The timer is about to fire: nobody pays more in that moment. */
	CHECK_INT(label_now(&bench), 2000);
	CHECK_INT(till_now(&bench), 1000);
	CHECK(till_at(&bench, bench.now_ms).held);
	timer_fire(&bench, BR_TIMER_PRICE);
	CHECK_INT(last(&bench).kind, BR_EVENT_PRICE_HELD);
	CHECK_INT(till_now(&bench), 1000);
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A','hold':%llu}",
			  (unsigned long long)hold_now(&bench)),
		0);
	CHECK_INT(till_now(&bench), 2000);
	scene_close(&bench);
}

/* While the node was down the labels could not follow: the hold counts from the start. */
static void test_a_rise_that_passed_while_the_node_was_down(void)
{
	struct bench bench;

	scene_open(&bench, "down", true);
	planned_set(&bench, "promotion", "1", 0, HOUR_MS);
	bench_reopen(&bench);
	bench.now_ms += 10 * HOUR_MS;
	CHECK_INT(till_now(&bench), 1000);
	timer_fire(&bench, BR_TIMER_PRICE);
	CHECK_INT(till_now(&bench), 1000);
	CHECK_INT(till_at(&bench, bench.now_ms).held_until_ms, bench.now_ms + HOUR_MS);
	/* It was in force all along since the promotion ended. */
	CHECK_INT(till_at(&bench, BENCH_NOW_MS + HOUR_MS).amount, 1000);
	timer_fire(&bench, BR_TIMER_PRICE_HOLD);
	CHECK_INT(till_now(&bench), 2000);
	scene_close(&bench);
}

static void test_a_hold_ends_with_an_alarm_that_names_the_labels(void)
{
	const struct br_price_released *released;
	struct br_alarm alarm;
	struct br_event event;
	struct bench bench;

	scene_open(&bench, "hold-over", true);
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'" LABEL_2 "','sku':'A'}"), 0);
	regular_set(&bench, "3");
	timer_fire(&bench, BR_TIMER_PRICE_HOLD);
	CHECK_INT(bench.now_ms, BENCH_NOW_MS + HOUR_MS);
	event = bench_event(&bench, br_core_head(bench.core) - 1);
	released = event.body;
	CHECK_INT(event.kind, BR_EVENT_PRICE_RELEASED);
	CHECK_INT(released->reason, BR_PRICE_RELEASE_HOLD_OVER);
	CHECK_INT(till_now(&bench), 3000);
	CHECK_INT(till_at(&bench, bench.now_ms - 1).amount, 2000);
	REQUIRE(br_alarm_get(bench_read(&bench), BR_STR("price/A/price_hold"), &bench.arena,
			&alarm) == 0);
	CHECK_INT(alarm.severity, BR_SEVERITY_PROBLEM);
	CHECK_INT(alarm.cleared, 0);
	CHECK_INT(alarm.value, 2000);
	CHECK_HAS(alarm.text.s, LABEL_1 ", " LABEL_2);
	CHECK_INT(timers_n(&bench), 0);
	/* When the labels have followed, the alarm has no reason any more. */
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A','hold':0}"), 0);
	REQUIRE(br_alarm_get(bench_read(&bench), BR_STR("price/A/price_hold"), &bench.arena,
			&alarm) == 0);
	CHECK_INT(alarm.cleared, bench.now_ms);
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A','hold':0}"), BR_REFUSAL_ALREADY);
	scene_close(&bench);
}

/* Many labels are counted, not listed without end. */
static void test_an_alarm_names_a_few_labels(void)
{
	struct br_alarm alarm;
	struct bench bench;

	scene_open(&bench, "few", true);
	for (unsigned i = 0; i < 9; i++)
		CHECK_INT(bench_do(&bench, "label.bind", "{'label':'AAAAAAAAAAA%u','sku':'A'}", i),
			0);
	regular_set(&bench, "3");
	timer_fire(&bench, BR_TIMER_PRICE_HOLD);
	REQUIRE(br_alarm_get(bench_read(&bench), BR_STR("price/A/price_hold"), &bench.arena,
			&alarm) == 0);
	CHECK_INT(alarm.value, 10000);
	CHECK_HAS(alarm.text.s, "AAAAAAAAAAA2 and 6 more");
	scene_close(&bench);
}

/* The till keeps the lowest that a label may show, whatever happens meanwhile. */
static void test_a_price_that_changes_while_it_is_held(void)
{
	uint64_t first;
	struct bench bench;

	scene_open(&bench, "again", true);
	regular_set(&bench, "3");
	first = hold_now(&bench);
	bench.now_ms += 10 * MINUTE_MS;
	regular_set(&bench, "4");
	CHECK(hold_now(&bench) > first);
	CHECK_INT(till_now(&bench), 2000);
	CHECK_INT(till_at(&bench, bench.now_ms).target, 4000);
	CHECK_INT(till_at(&bench, bench.now_ms).held_until_ms, bench.now_ms + HOUR_MS);
	CHECK_INT(timers_n(&bench), 1);
	/* What confirms the first price confirms nothing about the second. */
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A','hold':%llu}",
			  (unsigned long long)first),
		BR_REFUSAL_ALREADY);
	CHECK_INT(till_now(&bench), 2000);
	bench.now_ms += MINUTE_MS;
	regular_set(&bench, "2.50");
	CHECK_INT(till_now(&bench), 2000);
	bench.now_ms += MINUTE_MS;
	regular_set(&bench, "1.90");
	released_check(&bench, BR_PRICE_RELEASE_FALLEN);
	CHECK_INT(till_now(&bench), 1900);
	CHECK_INT(timers_n(&bench), 0);
	scene_close(&bench);
}

/* Planning something for later neither lengthens a hold nor makes one. */
static void test_a_plan_for_later_touches_no_hold(void)
{
	struct bench bench;
	uint64_t hold;

	scene_open(&bench, "later", true);
	planned_set(&bench, "regular", "9", 5 * HOUR_MS, 9 * HOUR_MS);
	CHECK_INT(hold_now(&bench), 0);
	regular_set(&bench, "3");
	hold = hold_now(&bench);
	CHECK(hold > 0);
	bench.now_ms += MINUTE_MS;
	planned_set(&bench, "promotion", "1", 6 * HOUR_MS, 7 * HOUR_MS);
	CHECK_INT(hold_now(&bench), hold);
	scene_close(&bench);
}

/* Somebody decided for this store and said why: that is not held up. */
static void test_an_override_is_never_held(void)
{
	struct bench bench;

	scene_open(&bench, "override", true);
	regular_set(&bench, "3");
	CHECK_INT(till_now(&bench), 2000);
	planned_set(&bench, "override", "9", 0, HOUR_MS / 2);
	released_check(&bench, BR_PRICE_RELEASE_OVERRIDE);
	CHECK_INT(till_now(&bench), 9000);
	/* Its end is a fall here. */
	timer_fire(&bench, BR_TIMER_PRICE);
	CHECK_INT(till_now(&bench), 3000);
	CHECK_INT(hold_now(&bench), 0);
	scene_close(&bench);
}

static void test_the_end_of_a_low_override_is_a_rise(void)
{
	struct bench bench;

	scene_open(&bench, "low-override", true);
	planned_set(&bench, "override", "1", 0, HOUR_MS);
	CHECK_INT(till_now(&bench), 1000);
	bench.now_ms += MINUTE_MS;
	CHECK_INT(bench_do(&bench, "price.cancel", "{'sku':'A','kind':'override'}"), 0);
	CHECK_INT(last(&bench).kind, BR_EVENT_PRICE_HELD);
	CHECK_INT(till_now(&bench), 1000);
	CHECK_INT(label_now(&bench), 2000);
	/* The override's own end finds nothing to do any more. */
	timer_fire(&bench, BR_TIMER_PRICE);
	CHECK_INT(till_now(&bench), 1000);
	timer_fire(&bench, BR_TIMER_PRICE_HOLD);
	CHECK_INT(till_now(&bench), 2000);
	scene_close(&bench);
}

/* Amounts of two currencies cannot be compared, so a change of currency waits as well. */
static void test_a_new_currency_waits(void)
{
	struct br_price_quote quote;
	struct bench bench;

	scene_open(&bench, "currency", true);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':1,'currency':'CHF'}"), 0);
	quote = till_at(&bench, bench.now_ms);
	CHECK(quote.held);
	CHECK_INT(quote.amount, 2000);
	CHECK_TEXT(quote.currency, "EUR");
	scene_close(&bench);
}

static void test_the_last_label_that_leaves_ends_the_hold(void)
{
	struct bench bench;

	scene_open(&bench, "leaves", true);
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'" LABEL_2 "','sku':'A'}"), 0);
	regular_set(&bench, "3");
	CHECK_INT(bench_do(&bench, "label.unbind", "{'label':'" LABEL_1 "'}"), 0);
	CHECK_INT(till_now(&bench), 2000);
	/* Bound to another product it is gone, too; to the same one it is not. */
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'" LABEL_2 "','sku':'A'}"), 0);
	CHECK_INT(till_now(&bench), 2000);
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'" LABEL_2 "','sku':'B'}"), 0);
	released_check(&bench, BR_PRICE_RELEASE_NO_LABEL);
	CHECK_INT(till_now(&bench), 3000);
	scene_close(&bench);
}

/* A late price list does not make yesterday's late sales dearer than they were. */
static void test_a_rise_that_was_recorded_later_was_charged_by_nobody(void)
{
	struct bench bench;

	scene_open(&bench, "late", false);
	planned_set(&bench, "regular", "3", -10 * HOUR_MS, HOUR_MS);
	CHECK_INT(till_now(&bench), 3000);
	CHECK_INT(till_at(&bench, bench.now_ms - 1).amount, 2000);
	CHECK_INT(till_at(&bench, bench.now_ms - 9 * HOUR_MS).amount, 2000);
	CHECK_INT(
		br_price_at(bench_read(&bench), BR_STR("A"), bench.now_ms - 1, &bench.arena).amount,
		3000);
	/* A fall is given to whoever bought since. */
	planned_set(&bench, "promotion", "1", -5 * HOUR_MS, HOUR_MS);
	CHECK_INT(till_at(&bench, bench.now_ms - 4 * HOUR_MS).amount, 1000);
	CHECK_INT(till_at(&bench, bench.now_ms - 6 * HOUR_MS).amount, 2000);
	scene_close(&bench);
}

/* A history that is loaded afterwards is all that there is to know. */
static void test_prices_loaded_afterwards_count_where_nothing_was_known(void)
{
	struct bench bench;

	scene_open(&bench, "loaded", false);
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'B','amount':5,'currency':'EUR','from':'2026-01-01T00:00:00Z'}"),
		0);
	CHECK_INT(br_price_till_at(bench_read(&bench), BR_STR("B"), bench.now_ms - 24 * HOUR_MS,
			  &bench.arena)
			  .amount,
		5000);
	scene_close(&bench);
}

/* A hold that lies ahead because the clock was set back is not charged a second time. */
static void test_a_clock_set_back_leaves_no_old_hold_behind(void)
{
	struct bench bench;

	scene_open(&bench, "back", true);
	regular_set(&bench, "3");
	bench.now_ms -= 10 * HOUR_MS;
	CHECK_INT(till_now(&bench), 2000);
	regular_set(&bench, "2.50");
	CHECK_INT(till_now(&bench), 2000);
	CHECK_INT(timers_n(&bench), 1);
	timer_fire(&bench, BR_TIMER_PRICE_HOLD);
	CHECK_INT(till_now(&bench), 2500);
	bench.now_ms = BENCH_NOW_MS + MINUTE_MS;
	CHECK_INT(till_now(&bench), 3000);
	scene_close(&bench);
}

static void test_a_late_or_wrong_word_releases_nothing(void)
{
	struct bench bench;

	scene_open(&bench, "wrong", true);
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A','hold':1}"), BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A'}"), BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "price.hold_over", "{'key':'A','at':'2026-03-01T11:10:00Z'}"),
		BR_REFUSAL_ALREADY);
	regular_set(&bench, "3");
	CHECK_INT(bench_do(&bench, "price.hold_over", "{'key':'A','at':'2026-03-01T11:10:01Z'}"),
		BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "price.release", "{'sku':'A','hold':0}"), BR_REFUSAL_ALREADY);
	CHECK_INT(till_now(&bench), 2000);
	scene_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_rise_waits_for_its_labels);
	TEST(test_a_fall_is_charged_at_once);
	TEST(test_without_labels_nothing_waits);
	TEST(test_a_store_may_do_without_holds);
	TEST(test_a_first_price_is_no_rise);
	TEST(test_the_end_of_a_promotion_waits_too);
	TEST(test_a_rise_that_passed_while_the_node_was_down);
	TEST(test_a_hold_ends_with_an_alarm_that_names_the_labels);
	TEST(test_an_alarm_names_a_few_labels);
	TEST(test_a_price_that_changes_while_it_is_held);
	TEST(test_a_plan_for_later_touches_no_hold);
	TEST(test_an_override_is_never_held);
	TEST(test_the_end_of_a_low_override_is_a_rise);
	TEST(test_a_new_currency_waits);
	TEST(test_the_last_label_that_leaves_ends_the_hold);
	TEST(test_a_rise_that_was_recorded_later_was_charged_by_nobody);
	TEST(test_prices_loaded_afterwards_count_where_nothing_was_known);
	TEST(test_a_clock_set_back_leaves_no_old_hold_behind);
	TEST(test_a_late_or_wrong_word_releases_nothing);
	return test_end(argc, argv);
}
