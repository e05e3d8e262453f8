#include "node/price.h"

#include <stdio.h>

#include "node/timer.h"
#include "tests/node/bench.h"

#define DAY_MS INT64_C(86400000)

static void price_set(
	struct bench *bench, const char *kind, const char *amount, int64_t from_ms, int64_t to_ms)
{
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	br_time_format(from_ms, from);
	br_time_format(to_ms, to);
	CHECK_INT(bench_do(bench, "price.set",
			  "{'sku':'A','kind':'%s','amount':%s,'currency':'EUR','from':'%s'%s%s%s}",
			  kind, amount, from, to_ms > 0 ? ",'to':'" : "", to_ms > 0 ? to : "",
			  to_ms > 0 ? "'" : ""),
		0);
}

static struct br_price_quote quote_at(struct bench *bench, int64_t at_ms)
{
	return br_price_at(bench_read(bench), BR_STR("A"), at_ms, &bench->arena);
}

/* Days from the bench's clock on. */
static int64_t day(int days)
{
	return BENCH_NOW_MS + days * DAY_MS;
}

static void test_no_price_is_known_before_the_first(void)
{
	struct bench bench;

	bench_open(&bench, "none");
	bench_catalogue(&bench);
	CHECK(!quote_at(&bench, day(0)).known);
	price_set(&bench, "regular", "2.50", day(5), 0);
	CHECK(!quote_at(&bench, day(5) - 1).known);
	CHECK(quote_at(&bench, day(5)).known);
	CHECK_INT(quote_at(&bench, day(5)).amount, 2500);
	CHECK_TEXT(quote_at(&bench, day(5)).currency, "EUR");
	CHECK(!br_price_at(bench_read(&bench), BR_STR("B"), day(9), &bench.arena).known);
	bench_close(&bench);
}

/* The same amount for good is a change when what counts now would have ended. */
static void test_a_price_for_good_replaces_one_with_an_end(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "for-good");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "2.00", day(-9), 0);
	price_set(&bench, "regular", "1.50", day(-1), day(1));
	CHECK_INT(quote_at(&bench, day(0)).amount, 1500);
	CHECK_INT(quote_at(&bench, day(2)).amount, 2000);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':1.5,'currency':'EUR'}"), 0);
	CHECK_INT(quote_at(&bench, day(2)).amount, 1500);
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':1.5,'currency':'EUR'}"), 0);
	CHECK_INT(br_core_head(bench.core), head);
	bench_close(&bench);
}

static void test_a_price_without_a_beginning_counts_at_once(void)
{
	struct bench bench;

	bench_open(&bench, "now");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':1,'currency':'EUR'}"), 0);
	CHECK_INT(quote_at(&bench, BENCH_NOW_MS).amount, 1000);
	CHECK_INT(quote_at(&bench, BENCH_NOW_MS).from_ms, BENCH_NOW_MS);
	bench_close(&bench);
}

static void test_the_price_of_any_past_instant_is_known(void)
{
	struct bench bench;

	bench_open(&bench, "past");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "2", day(-10), 0);
	price_set(&bench, "regular", "3", day(-5), 0);
	price_set(&bench, "regular", "4", day(5), 0);
	CHECK_INT(quote_at(&bench, day(-10)).amount, 2000);
	CHECK_INT(quote_at(&bench, day(-5) - 1).amount, 2000);
	CHECK_INT(quote_at(&bench, day(-5)).amount, 3000);
	CHECK_INT(quote_at(&bench, day(4)).amount, 3000);
	CHECK_INT(quote_at(&bench, day(400)).amount, 4000);
	bench_close(&bench);
}

static void test_the_later_record_wins_for_the_same_beginning(void)
{
	struct bench bench;

	bench_open(&bench, "same");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "2", day(1), 0);
	price_set(&bench, "regular", "9", day(1), 0);
	CHECK_INT(quote_at(&bench, day(1)).amount, 9000);
	bench_close(&bench);
}

static void test_a_promotion_counts_while_it_lasts(void)
{
	struct br_price_quote quote;
	struct bench bench;

	bench_open(&bench, "promotion");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-40), 0);
	price_set(&bench, "promotion", "3", day(1), day(3));
	CHECK(!quote_at(&bench, day(1) - 1).promotion);
	quote = quote_at(&bench, day(1));
	CHECK(quote.promotion && quote.known);
	CHECK_INT(quote.amount, 3000);
	CHECK_INT(quote.regular, 4000);
	CHECK_INT(quote.from_ms, day(1));
	CHECK_INT(quote.to_ms, day(3));
	CHECK_INT(quote_at(&bench, day(3) - 1).amount, 3000);
	CHECK_INT(quote_at(&bench, day(3)).amount, 4000);
	CHECK_INT(quote_at(&bench, day(3)).lowest_30d, 0);
	bench_close(&bench);
}

static void test_the_promotion_that_began_last_counts(void)
{
	struct bench bench;

	bench_open(&bench, "overlap");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-40), 0);
	price_set(&bench, "promotion", "3", day(1), day(9));
	price_set(&bench, "promotion", "2", day(2), day(4));
	CHECK_INT(quote_at(&bench, day(2)).amount, 2000);
	/* The later one has ended, the earlier one still lasts. */
	CHECK_INT(quote_at(&bench, day(5)).amount, 3000);
	bench_close(&bench);
}

/* Directive 98/6/EC, Article 6a: the lowest price of the 30 days before the reduction. */
static void test_the_lowest_price_of_thirty_days_before_a_reduction(void)
{
	struct bench bench;

	bench_open(&bench, "lowest");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "5", day(-100), 0);
	/* Lower, but over before the 30 days begin. */
	price_set(&bench, "promotion", "1", day(-60), day(-31));
	price_set(&bench, "regular", "3.50", day(-20), 0);
	price_set(&bench, "regular", "4", day(-10), 0);
	price_set(&bench, "promotion", "3", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 3500);
	/* A week later it is still the reduction's beginning that counts. */
	CHECK_INT(quote_at(&bench, day(6)).lowest_30d, 3500);
	/* The next reduction has the promotion among its 30 days. */
	price_set(&bench, "promotion", "2.90", day(20), day(22));
	CHECK_INT(quote_at(&bench, day(21)).lowest_30d, 3000);
	bench_close(&bench);
}

static void test_a_price_that_reaches_into_the_thirty_days_counts(void)
{
	struct bench bench;

	bench_open(&bench, "reach");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "5", day(-100), 0);
	price_set(&bench, "promotion", "1", day(-60), day(-29));
	price_set(&bench, "promotion", "3", day(0), 0);
	CHECK_INT(quote_at(&bench, day(1)).lowest_30d, 1000);
	bench_close(&bench);
}

static void test_the_lowest_price_is_found_behind_a_long_history(void)
{
	struct bench bench;

	bench_open(&bench, "long");
	bench_catalogue(&bench);
	for (int i = 0; i < 450; i++)
		price_set(&bench, "regular", "9", day(-600 + i), 0);
	price_set(&bench, "regular", "6", day(-20), 0);
	price_set(&bench, "regular", "8", day(-10), 0);
	price_set(&bench, "promotion", "5", day(0), 0);
	CHECK_INT(quote_at(&bench, day(1)).lowest_30d, 6000);
	bench_close(&bench);
}

static void test_what_a_price_refuses(void)
{
	struct bench bench;

	bench_open(&bench, "refuses");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'Z','amount':1,'currency':'EUR'}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'A','amount':1,'currency':'EUR','from':'2026-04-01T00:00:00Z',"
			  "'to':'2026-04-01T00:00:00Z'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "to: the price ends before it begins");
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':-1,'currency':'EUR'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':1,'currency':'eur'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':1}"), BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "price.activate", "{'key':'A','at':'2026-04-01T00:00:00Z'}"),
		BR_REFUSAL_ALREADY);
	bench_close(&bench);
}

/* The next timer's day counted from the bench's clock; -1000 when there is none. */
static int timer_next(struct bench *bench)
{
	struct br_timer timer;

	if (!br_timer_next(bench_read(bench), NULL, &timer))
		return -1000;
	CHECK_INT(timer.kind, BR_TIMER_PRICE);
	CHECK_TEXT(timer.key, "A");
	return (int)((timer.at_ms - BENCH_NOW_MS) / DAY_MS);
}

static void activate(struct bench *bench, int days)
{
	char at[BR_TIME_TEXT_BYTES];

	br_time_format(day(days), at);
	CHECK_INT(bench_do(bench, "price.activate", "{'key':'A','at':'%s'}", at), 0);
}

/* A price that begins later is journalled when its time comes, even if the node was down then. */
static void test_timers_stand_until_they_are_activated(void)
{
	const struct br_price_effective *effective;
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "timers");
	bench_catalogue(&bench);
	CHECK_INT(timer_next(&bench), -1000);
	price_set(&bench, "regular", "4", day(-1), 0);
	CHECK_INT(timer_next(&bench), -1000);
	price_set(&bench, "promotion", "3", day(2), day(5));
	CHECK_INT(timer_next(&bench), 2);
	bench_reopen(&bench);
	bench.now_ms = day(9);
	activate(&bench, 2);
	event = bench_event(&bench, br_core_head(bench.core));
	effective = event.body;
	CHECK_INT(event.kind, BR_EVENT_PRICE_EFFECTIVE);
	CHECK_INT(effective->kind, BR_PRICE_PROMOTION);
	CHECK_INT(effective->amount, 3000);
	CHECK_STR(effective->currency, "EUR");
	CHECK_INT(timer_next(&bench), 5);
	activate(&bench, 5);
	event = bench_event(&bench, br_core_head(bench.core));
	effective = event.body;
	CHECK_INT(effective->kind, BR_PRICE_REGULAR);
	CHECK_INT(effective->amount, 4000);
	CHECK_INT(timer_next(&bench), -1000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_price_may_end_without_another(void)
{
	const struct br_price_effective *effective;
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "ends");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(0), day(1));
	CHECK(!quote_at(&bench, day(1)).known);
	activate(&bench, 1);
	event = bench_event(&bench, br_core_head(bench.core));
	effective = event.body;
	CHECK_INT(effective->amount, 0);
	CHECK_INT(effective->currency.n, 0);
	bench_close(&bench);
}

static void test_unit_prices_are_rounded_half_up(void)
{
	CHECK_INT(br_price_per_unit(2500, 500), 5000);
	CHECK_INT(br_price_per_unit(1000, 3000), 333);
	CHECK_INT(br_price_per_unit(2000, 3000), 667);
	CHECK_INT(br_price_per_unit(1, 2000), 1);
	CHECK_INT(br_price_per_unit(1, 2001), 0);
	CHECK_INT(br_price_per_unit(0, 500), 0);
	CHECK_INT(br_price_per_unit(2500, 0), 0);
	CHECK_INT(br_price_per_unit(BR_AMOUNT_MAX, 1), BR_AMOUNT_MAX * 1000);
}

int main(int argc, char **argv)
{
	TEST(test_no_price_is_known_before_the_first);
	TEST(test_a_price_for_good_replaces_one_with_an_end);
	TEST(test_a_price_without_a_beginning_counts_at_once);
	TEST(test_the_price_of_any_past_instant_is_known);
	TEST(test_the_later_record_wins_for_the_same_beginning);
	TEST(test_a_promotion_counts_while_it_lasts);
	TEST(test_the_promotion_that_began_last_counts);
	TEST(test_the_lowest_price_of_thirty_days_before_a_reduction);
	TEST(test_a_price_that_reaches_into_the_thirty_days_counts);
	TEST(test_the_lowest_price_is_found_behind_a_long_history);
	TEST(test_what_a_price_refuses);
	TEST(test_timers_stand_until_they_are_activated);
	TEST(test_a_price_may_end_without_another);
	TEST(test_unit_prices_are_rounded_half_up);
	return test_end(argc, argv);
}
