#include "node/correction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/pick_list.h"
#include "node/price.h"
#include "node/timer.h"
#include "tests/node/bench.h"
#include "tests/node/order_bench.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static struct bench bench;

static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

/* The clock is set, and the ledger told. */
static enum br_refusal set_back(int64_t to_ms)
{
	bench.now_ms = to_ms;
	return bench_do(&bench, "clock.correct", "{'why':'server'}");
}

/* A price of product A; times as distances from the bench's first instant, 0 = none. */
static void price_set(const char *kind, const char *amount, int64_t from_in_ms, int64_t to_in_ms)
{
	char from[64] = "", to[64] = "", text[BR_TIME_TEXT_BYTES];

	if (from_in_ms != 0) {
		br_time_format(BENCH_NOW_MS + from_in_ms, text);
		(void)snprintf(from, sizeof(from), ",'from':'%s'", text);
	}
	if (to_in_ms != 0) {
		br_time_format(BENCH_NOW_MS + to_in_ms, text);
		(void)snprintf(to, sizeof(to), ",'to':'%s'", text);
	}
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'A','kind':'%s','amount':%s,'currency':'EUR',"
			  "'reason':'test'%s%s}",
			  kind, amount, from, to),
		0);
}

/* What product A costs at the till, in 1/1000; -1 for nothing. */
static int64_t till(int64_t at_ms)
{
	struct br_price_quote quote =
		br_price_till_at(bench_read(&bench), BR_STR("A"), at_ms, &bench.arena);

	return quote.known ? quote.amount : -1;
}

static int64_t shelf(int64_t at_ms)
{
	struct br_price_quote quote =
		br_price_at(bench_read(&bench), BR_STR("A"), at_ms, &bench.arena);

	return quote.known ? quote.amount : -1;
}

/* Submits all timers that are due, as the schedule does. */
static unsigned timers_fire(void)
{
	struct br_timer timer;
	unsigned n = 0;

	while (br_timer_next(bench_read(&bench), NULL, &timer) && timer.at_ms <= bench.now_ms) {
		char at[BR_TIME_TEXT_BYTES];

		br_time_format(timer.at_ms, at);
		(void)bench_do(&bench, br_timer_commands[timer.kind], "{'key':'%s','at':'%s'}",
			timer.key, at);
		REQUIRE(++n < 100);
	}
	return n;
}

static bool timer_stands(enum br_timer_kind kind, const char *key, int64_t at_ms)
{
	return br_timer_has(bench_read(&bench), kind, br_str_from(key), at_ms);
}

static void test_nothing_is_corrected_without_need(void)
{
	begin("need");
	CHECK_INT(set_back(bench.now_ms), BR_REFUSAL_ALREADY);
	/* The time stands still for that: it is no correction. */
	CHECK_INT(set_back(bench.now_ms - 8 * MINUTE_MS), BR_REFUSAL_ALREADY);
	CHECK(!br_correction_due(br_core_latest_ms(bench.core), BENCH_NOW_MS - 10 * MINUTE_MS));
	CHECK(br_correction_due(br_core_latest_ms(bench.core), BENCH_NOW_MS - 10 * MINUTE_MS - 1));
	/* What is decided before the ledger is told does not make it forget. */
	bench.now_ms = BENCH_NOW_MS - HOUR_MS;
	price_set("regular", "2", 0, 0);
	bench_reopen(&bench);
	CHECK_INT(br_core_latest_ms(bench.core), BENCH_NOW_MS);
	CHECK_INT(set_back(bench.now_ms), BR_REFUSAL_NONE);
	CHECK_INT(br_core_latest_ms(bench.core), bench.now_ms);
	CHECK_INT(bench_event(&bench, br_core_head(bench.core)).kind, BR_EVENT_CLOCK_CORRECTED);
	/* It is said once. */
	CHECK_INT(set_back(bench.now_ms), BR_REFUSAL_ALREADY);
	bench_reopen(&bench);
	CHECK_INT(br_core_latest_ms(bench.core), bench.now_ms);
	end();
}

static void test_an_old_price_does_not_come_back(void)
{
	begin("old");
	price_set("regular", "2", 0, 0);
	/* The clock runs a day ahead when somebody sets another price, from now on. */
	bench.now_ms += DAY_MS;
	price_set("regular", "3", 0, 0);
	CHECK_INT(till(bench.now_ms), 3000);
	CHECK_INT(set_back(BENCH_NOW_MS + HOUR_MS), 0);
	CHECK_INT(till(bench.now_ms), 3000);
	CHECK_INT(shelf(bench.now_ms), 3000);
	CHECK_INT(shelf(bench.now_ms - 1), 2000);
	/* And labels look. */
	CHECK(timer_stands(BR_TIMER_PRICE, "A", bench.now_ms));
	CHECK_INT(timers_fire(), 1);
	CHECK_INT(till(bench.now_ms + 2 * DAY_MS), 3000);
	end();
}

static void test_a_promotion_that_began_too_early_waits_for_its_time(void)
{
	int64_t from_ms = BENCH_NOW_MS + 3 * HOUR_MS, to_ms = BENCH_NOW_MS + 5 * HOUR_MS;

	begin("early");
	price_set("regular", "2", 0, 0);
	price_set("promotion", "1", 3 * HOUR_MS, 5 * HOUR_MS);
	bench.now_ms += DAY_MS;
	CHECK_INT(timers_fire(), 2);
	CHECK(!timer_stands(BR_TIMER_PRICE, "A", from_ms));
	CHECK_INT(set_back(BENCH_NOW_MS + HOUR_MS), 0);
	CHECK_INT(till(bench.now_ms), 2000);
	CHECK(timer_stands(BR_TIMER_PRICE, "A", from_ms));
	CHECK(timer_stands(BR_TIMER_PRICE, "A", to_ms));
	CHECK_INT(timers_fire(), 1);
	bench.now_ms = from_ms;
	CHECK_INT(timers_fire(), 1);
	CHECK_INT(till(bench.now_ms), 1000);
	bench.now_ms = to_ms;
	CHECK_INT(timers_fire(), 1);
	CHECK_INT(till(bench.now_ms), 2000);
	end();
}

static void test_a_plan_made_at_the_wrong_time_keeps_its_time(void)
{
	begin("plan");
	price_set("regular", "2", 0, 0);
	bench.now_ms += DAY_MS;
	/* Planned for a time that had passed by the wrong clock, and one that had not. */
	price_set("regular", "3", 2 * HOUR_MS, 0);
	price_set("regular", "4", 30 * HOUR_MS, 0);
	CHECK_INT(set_back(BENCH_NOW_MS + HOUR_MS), 0);
	CHECK_INT(till(bench.now_ms), 2000);
	(void)timers_fire();
	bench.now_ms = BENCH_NOW_MS + 2 * HOUR_MS;
	CHECK_INT(timers_fire(), 1);
	CHECK_INT(till(bench.now_ms), 3000);
	bench.now_ms = BENCH_NOW_MS + 30 * HOUR_MS;
	CHECK_INT(timers_fire(), 1);
	CHECK_INT(till(bench.now_ms), 4000);
	end();
}

static void test_what_was_cancelled_stays_cancelled(void)
{
	begin("cancelled");
	price_set("regular", "2", 0, 0);
	price_set("promotion", "1", 30 * MINUTE_MS, 2 * DAY_MS);
	bench.now_ms += DAY_MS;
	(void)timers_fire();
	CHECK_INT(till(bench.now_ms), 1000);
	CHECK_INT(bench_do(&bench, "price.cancel", "{'sku':'A','kind':'promotion'}"), 0);
	CHECK_INT(till(bench.now_ms), 2000);
	/* It began by both clocks, and was ended: so it is over. */
	CHECK_INT(set_back(BENCH_NOW_MS + HOUR_MS), 0);
	CHECK_INT(till(bench.now_ms), 2000);
	CHECK_INT(till(BENCH_NOW_MS + 23 * HOUR_MS), 2000);
	/* An override of the wrong time can still be ended. */
	bench.now_ms += DAY_MS;
	price_set("override", "1.5", 0, 40 * HOUR_MS);
	CHECK_INT(set_back(BENCH_NOW_MS + 2 * HOUR_MS), 0);
	CHECK_INT(till(bench.now_ms), 1500);
	CHECK_INT(bench_do(&bench, "price.cancel", "{'sku':'A','kind':'override'}"), 0);
	CHECK_INT(till(bench.now_ms), 2000);
	end();
}

static void test_a_hold_lasts_as_long_as_it_was_meant_to(void)
{
	begin("hold");
	price_set("regular", "2", 0, 0);
	CHECK_INT(bench_do(&bench, "label.bind",
			  "{'label':'0123456789AB','sku':'A','template':'shelf'}"),
		0);
	bench.now_ms += DAY_MS;
	price_set("regular", "3", 0, 0);
	CHECK_INT(till(bench.now_ms), 2000);
	CHECK_INT(set_back(BENCH_NOW_MS + HOUR_MS), 0);
	CHECK_INT(shelf(bench.now_ms), 3000);
	CHECK_INT(till(bench.now_ms), 2000);
	CHECK(timer_stands(BR_TIMER_PRICE_HOLD, "A", bench.now_ms + HOUR_MS));
	(void)timers_fire();
	CHECK_INT(till(bench.now_ms + HOUR_MS - 1), 2000);
	bench.now_ms += HOUR_MS;
	CHECK_INT(timers_fire(), 1);
	CHECK_INT(till(bench.now_ms), 3000);
	end();
}

static void test_pick_lists_and_rights_do_not_wait_for_the_wrong_time(void)
{
	struct br_timer timer;

	begin("lists");
	CHECK_INT(bench_do(&bench, "policy.set",
			  "{'rights_contact_minutes':60,'rights_top_up_minutes':30}"),
		0);
	order_offer(&bench, "O-1", "pickup", "");
	order_go(&bench, "O-1", "accept");
	bench.now_ms += 3 * DAY_MS;
	(void)timers_fire();
	CHECK_INT(bench_do(&bench, "pick_list.make", "{'list':'L-1','associate':'eva'}"), 0);
	CHECK(timer_stands(BR_TIMER_PICK_LIST, "L-1", bench.now_ms + 30 * MINUTE_MS));
	CHECK_INT(set_back(BENCH_NOW_MS + HOUR_MS), 0);
	CHECK(timer_stands(BR_TIMER_PICK_LIST, "L-1", bench.now_ms + 30 * MINUTE_MS));
	CHECK(timer_stands(BR_TIMER_RIGHTS, "store", bench.now_ms));
	/* Nothing of those is left for later. */
	bench.now_ms += 31 * MINUTE_MS;
	(void)timers_fire();
	REQUIRE(br_timer_next(bench_read(&bench), NULL, &timer));
	CHECK(timer.kind != BR_TIMER_PICK_LIST);
	CHECK(timer.at_ms <= bench.now_ms + 30 * MINUTE_MS);
	end();
}

static void test_a_correction_from_elsewhere_may_say_anything(void)
{
	struct br_corrected bodies[] = {{.before_ms = 0, .after_ms = 0},
		{.before_ms = 5, .after_ms = 0}, {.before_ms = 5, .after_ms = 5},
		{.before_ms = 5, .after_ms = BR_TIME_MAX_MS},
		{.before_ms = BR_TIME_MAX_MS, .after_ms = 1}};

	begin("elsewhere");
	price_set("regular", "2", 0, 0);
	price_set("promotion", "1", HOUR_MS, 2 * HOUR_MS);
	for (size_t i = 0; i < BR_ARRAY_LEN(bodies); i++) {
		struct br_event event = {
			.sequence = 1000, .kind = BR_EVENT_CLOCK_CORRECTED, .body = &bodies[i]};
		struct br_txn *txn = NULL;

		bodies[i].why = BR_STR("");
		REQUIRE(br_txn_begin(bench.store, true, &txn) == 0);
		br_correction_apply(txn, &event, &bench.arena);
		CHECK_INT(br_txn_error(txn), 0);
		br_txn_abort(txn);
	}
	end();
}

/*
 * Whatever was planned, set, ended and corrected: a correction changes no price that counts because
 * somebody set it, and after all of it each product costs at every instant what a ledger says whose
 * clock was right all the time.
 */
static void test_random_corrections(void)
{
	for (unsigned round = 0; round < 20; round++) {
		int64_t truth_ms = BENCH_NOW_MS, wanted = -1;
		char name[32];

		(void)snprintf(name, sizeof(name), "random-%u", round);
		begin(name);
		for (unsigned i = 0; i < 12; i++) {
			char amount[16];

			truth_ms += (int64_t)(test_random() % (uint64_t)HOUR_MS) + 1;
			/* The clock runs ahead by up to ten days, or is right. */
			bench.now_ms = truth_ms;
			if (test_random() % 2 == 0)
				bench.now_ms += 11 * MINUTE_MS +
						(int64_t)(test_random() % (uint64_t)(10 * DAY_MS));
			(void)timers_fire();
			wanted = 1000 * (int64_t)(1 + test_random() % 50);
			(void)snprintf(amount, sizeof(amount), "%lld", (long long)wanted / 1000);
			price_set("regular", amount, 0, 0);
			truth_ms += MINUTE_MS;
			if (br_correction_due(br_core_latest_ms(bench.core), truth_ms))
				CHECK_INT(set_back(truth_ms), 0);
			bench.now_ms = truth_ms;
			(void)timers_fire();
			CHECK_INT(till(truth_ms), wanted);
			CHECK_INT(shelf(truth_ms + 100 * DAY_MS), wanted);
		}
		end();
	}
}

int main(int argc, char **argv)
{
	TEST(test_nothing_is_corrected_without_need);
	TEST(test_an_old_price_does_not_come_back);
	TEST(test_a_promotion_that_began_too_early_waits_for_its_time);
	TEST(test_a_plan_made_at_the_wrong_time_keeps_its_time);
	TEST(test_what_was_cancelled_stays_cancelled);
	TEST(test_a_hold_lasts_as_long_as_it_was_meant_to);
	TEST(test_pick_lists_and_rights_do_not_wait_for_the_wrong_time);
	TEST(test_a_correction_from_elsewhere_may_say_anything);
	TEST(test_random_corrections);
	return test_end(argc, argv);
}
