/*
 * The prior price of a reduction, paragraph by paragraph of Article 6a of Directive 98/6/EC as
 * inserted by Directive (EU) 2019/2161.
 */
#include "node/price.h"
#include "tests/node/bench.h"

#define DAY_MS INT64_C(86400000)

/* Days from the bench's clock on. */
static int64_t day(int days)
{
	return BENCH_NOW_MS + days * DAY_MS;
}

static void price_set(
	struct bench *bench, const char *kind, const char *amount, int64_t from_ms, int64_t to_ms)
{
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	br_time_format(from_ms, from);
	br_time_format(to_ms, to);
	CHECK_INT(bench_do(bench, "price.set",
			  "{'sku':'A','kind':'%s','amount':%s,'currency':'EUR','reason':'test',"
			  "'from':'%s'%s%s%s}",
			  kind, amount, from, to_ms > 0 ? ",'to':'" : "", to_ms > 0 ? to : "",
			  to_ms > 0 ? "'" : ""),
		0);
}

static struct br_price_quote quote_at(struct bench *bench, int64_t at_ms)
{
	return br_price_at(bench_read(bench), BR_STR("A"), at_ms, &bench->arena);
}

static void scene_open(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
}

/* (1): an announced reduction has a prior price, other prices have none. */
static void test_paragraph_1_only_a_promotion_is_announced(void)
{
	struct bench bench;

	scene_open(&bench, "announced");
	price_set(&bench, "regular", "4", day(-100), 0);
	price_set(&bench, "regular", "3", day(0), 0);
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 0);
	price_set(&bench, "override", "2", day(1), day(2));
	CHECK_INT(quote_at(&bench, day(1)).lowest_30d, 0);
	price_set(&bench, "promotion", "2.50", day(3), day(9));
	CHECK(quote_at(&bench, day(3)).lowest_30d > 0);
	bench_close(&bench);
}

/* (2): the lowest price applied in the 30 days before the reduction is applied. */
static void test_paragraph_2_the_lowest_of_thirty_days(void)
{
	struct bench bench;

	scene_open(&bench, "lowest");
	price_set(&bench, "regular", "5", day(-100), 0);
	/* Lower, but over before the 30 days begin. */
	price_set(&bench, "promotion", "1", day(-60), day(-30));
	price_set(&bench, "regular", "3.50", day(-20), 0);
	price_set(&bench, "regular", "4", day(-10), 0);
	price_set(&bench, "promotion", "3", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 3500);
	CHECK_INT(quote_at(&bench, day(0)).prior_from_ms, day(-30));
	/* A week later it is still the reduction's beginning that counts. */
	CHECK_INT(quote_at(&bench, day(6)).lowest_30d, 3500);
	/* The next reduction has the promotion among its 30 days. */
	price_set(&bench, "promotion", "2.90", day(20), day(22));
	CHECK_INT(quote_at(&bench, day(21)).lowest_30d, 3000);
	bench_close(&bench);
}

static void test_paragraph_2_a_price_that_reaches_into_the_period_counts(void)
{
	struct bench bench;

	scene_open(&bench, "reach");
	price_set(&bench, "regular", "5", day(-100), 0);
	price_set(&bench, "promotion", "1", day(-60), day(-30) + 1);
	price_set(&bench, "promotion", "3", day(0), 0);
	CHECK_INT(quote_at(&bench, day(1)).lowest_30d, 1000);
	bench_close(&bench);
}

/* A store that was cut off hears late of a rise: until then the tills charged the old price. */
static void test_paragraph_2_a_rise_that_comes_late_was_not_applied_before(void)
{
	struct bench bench;

	scene_open(&bench, "late");
	price_set(&bench, "regular", "2", day(0), 0);
	bench.now_ms = day(30);
	price_set(&bench, "regular", "3", day(5), 0);
	price_set(&bench, "promotion", "1", day(40), day(41));
	CHECK_INT(quote_at(&bench, day(40)).lowest_30d, 2000);
	price_set(&bench, "promotion", "1", day(71), day(72));
	CHECK_INT(quote_at(&bench, day(71)).lowest_30d, 3000);
	bench_close(&bench);
}

/* One that was put right before it was ever charged, and one that was charged for a while. */
static void test_paragraph_2_what_was_charged_until_it_was_put_right_counts(void)
{
	struct bench bench;

	scene_open(&bench, "put-right");
	price_set(&bench, "regular", "5", day(0), 0);
	bench.now_ms = day(20);
	price_set(&bench, "regular", "3", day(10), 0);
	bench.now_ms = day(30);
	price_set(&bench, "regular", "4", day(10), 0);
	price_set(&bench, "promotion", "1", day(45), day(46));
	CHECK_INT(quote_at(&bench, day(45)).lowest_30d, 3000);
	bench_close(&bench);
}

/* The reduction's own price is not prior to it, nor is what begins in the same moment. */
static void test_paragraph_2_the_reduction_is_not_its_own_prior_price(void)
{
	struct bench bench;

	scene_open(&bench, "own");
	price_set(&bench, "regular", "5", day(-100), 0);
	price_set(&bench, "regular", "2", day(0), 0);
	price_set(&bench, "promotion", "3", day(0), day(5));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 5000);
	bench_close(&bench);
}

/* Applied is what was charged: an emergency price counts, a cancelled plan does not. */
static void test_paragraph_2_what_was_applied_counts(void)
{
	struct bench bench;

	scene_open(&bench, "applied");
	price_set(&bench, "regular", "5", day(-100), 0);
	price_set(&bench, "override", "4.50", day(-9), day(-8));
	price_set(&bench, "promotion", "3", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 4500);
	price_set(&bench, "regular", "1", day(10), 0);
	CHECK_INT(bench_do(&bench, "price.cancel",
			  "{'sku':'A','kind':'regular','from':'2026-03-11T10:10:00Z'}"),
		0);
	price_set(&bench, "promotion", "2.50", day(31), day(33));
	CHECK_INT(quote_at(&bench, day(31)).lowest_30d, 3000);
	bench_close(&bench);
}

/* Only prices of one currency can be compared. */
static void test_paragraph_2_a_currency_that_is_gone_does_not_count(void)
{
	struct bench bench;

	scene_open(&bench, "currency");
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'A','amount':1.95,'currency':'BGN','from':'2026-01-01T00:00:00Z',"
			  "'to':'2026-02-15T00:00:00Z'}"),
		0);
	price_set(&bench, "regular", "3", day(-14), 0);
	price_set(&bench, "promotion", "2", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 3000);
	bench_close(&bench);
}

static void test_paragraph_2_a_store_may_look_back_further(void)
{
	struct bench bench;

	scene_open(&bench, "further");
	price_set(&bench, "regular", "5", day(-100), 0);
	price_set(&bench, "promotion", "1", day(-60), day(-50));
	price_set(&bench, "promotion", "3", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 5000);
	CHECK_INT(bench_do(&bench, "policy.set", "{'prior_price_days':60}"), 0);
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 1000);
	bench_close(&bench);
}

static void test_paragraph_2_it_is_found_behind_a_long_history(void)
{
	struct bench bench;

	scene_open(&bench, "long");
	for (int i = 0; i < 450; i++)
		price_set(&bench, "regular", i % 2 == 0 ? "9" : "9.10", day(-600 + i), 0);
	price_set(&bench, "regular", "6", day(-20), 0);
	price_set(&bench, "regular", "8", day(-10), 0);
	price_set(&bench, "promotion", "5", day(0), 0);
	CHECK_INT(quote_at(&bench, day(1)).lowest_30d, 6000);
	bench_close(&bench);
}

/* (3): goods that expire rapidly may have other rules. */
static void test_paragraph_3_goods_that_expire_rapidly(void)
{
	struct bench bench;

	scene_open(&bench, "expire");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'A','name':'Yoghurt','track_expiry':true}"),
		0);
	price_set(&bench, "regular", "5", day(-100), 0);
	price_set(&bench, "promotion", "3", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 5000);
	CHECK_INT(bench_do(&bench, "policy.set", "{'prior_price_perishable':'none'}"), 0);
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 0);
	CHECK_INT(quote_at(&bench, day(0)).amount, 3000);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'Rice'}"), 0);
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 5000);
	bench_close(&bench);
}

/* (4): goods that are on the market for less than 30 days. */
static void test_paragraph_4_goods_new_on_the_market(void)
{
	struct bench bench;

	scene_open(&bench, "new");
	price_set(&bench, "regular", "3", day(-20), 0);
	price_set(&bench, "regular", "4", day(-10), 0);
	price_set(&bench, "promotion", "2", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 3000);
	/* The quote tells since when prices are known, so that people can be told. */
	CHECK_INT(quote_at(&bench, day(0)).prior_from_ms, day(-20));
	CHECK_INT(bench_do(&bench, "policy.set", "{'prior_price_new_days':7}"), 0);
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 4000);
	CHECK_INT(quote_at(&bench, day(0)).prior_from_ms, day(-7));
	bench_close(&bench);
}

/* The shorter period is for new goods alone. */
static void test_paragraph_4_old_goods_keep_the_whole_period(void)
{
	struct bench bench;

	scene_open(&bench, "old");
	CHECK_INT(bench_do(&bench, "policy.set", "{'prior_price_new_days':7}"), 0);
	price_set(&bench, "regular", "3", day(-31), 0);
	price_set(&bench, "regular", "4", day(-10), 0);
	price_set(&bench, "promotion", "2", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 3000);
	bench_close(&bench);
}

static void test_paragraph_4_without_any_earlier_price_there_is_no_prior_price(void)
{
	struct bench bench;

	scene_open(&bench, "first");
	price_set(&bench, "promotion", "2", day(0), day(7));
	CHECK_INT(quote_at(&bench, day(0)).amount, 2000);
	CHECK_INT(quote_at(&bench, day(0)).lowest_30d, 0);
	CHECK_INT(quote_at(&bench, day(0)).prior_from_ms, 0);
	bench_close(&bench);
}

/* (5): a reduction that is increased step by step without a break. */
static void test_paragraph_5_steps_of_one_reduction(void)
{
	struct br_price_quote quote;
	struct bench bench;

	scene_open(&bench, "steps");
	price_set(&bench, "regular", "10", day(-100), 0);
	price_set(&bench, "promotion", "8", day(0), day(5));
	price_set(&bench, "promotion", "7", day(5), day(8));
	price_set(&bench, "promotion", "5", day(8), day(20));
	/* The plain rule looks before every step by itself. */
	CHECK_INT(quote_at(&bench, day(1)).lowest_30d, 10000);
	CHECK_INT(quote_at(&bench, day(6)).lowest_30d, 8000);
	CHECK_INT(quote_at(&bench, day(9)).lowest_30d, 7000);
	CHECK_INT(bench_do(&bench, "policy.set", "{'prior_price_steps':'first'}"), 0);
	CHECK_INT(quote_at(&bench, day(6)).lowest_30d, 10000);
	quote = quote_at(&bench, day(9));
	CHECK_INT(quote.lowest_30d, 10000);
	CHECK_INT(br_price_reduction(&quote), 50);
	bench_close(&bench);
}

/* A break, or a step upwards, begins another reduction. */
static void test_paragraph_5_a_break_ends_the_steps(void)
{
	struct bench bench;

	scene_open(&bench, "break");
	CHECK_INT(bench_do(&bench, "policy.set", "{'prior_price_steps':'first'}"), 0);
	price_set(&bench, "regular", "10", day(-100), 0);
	price_set(&bench, "promotion", "8", day(0), day(5));
	price_set(&bench, "promotion", "7", day(6), day(8));
	price_set(&bench, "promotion", "7.50", day(8), day(9));
	CHECK_INT(quote_at(&bench, day(6)).lowest_30d, 8000);
	CHECK_INT(quote_at(&bench, day(8)).lowest_30d, 7000);
	bench_close(&bench);
}

/* Court of Justice, C-330/23: a percentage is worked out from the prior price. */
static void test_the_reduction_is_counted_from_the_prior_price(void)
{
	struct br_price_quote quote;
	struct bench bench;

	scene_open(&bench, "percent");
	price_set(&bench, "regular", "4", day(-100), 0);
	price_set(&bench, "promotion", "3", day(-20), day(-10));
	price_set(&bench, "promotion", "2.99", day(0), day(2));
	quote = quote_at(&bench, day(0));
	CHECK_INT(br_price_reduction(&quote), 0);
	price_set(&bench, "promotion", "2", day(3), day(5));
	quote = quote_at(&bench, day(3));
	CHECK_INT(quote.lowest_30d, 2990);
	CHECK_INT(br_price_reduction(&quote), 33);
	/* Dearer than before is no reduction, whatever it is called. */
	price_set(&bench, "promotion", "3.50", day(6), day(8));
	quote = quote_at(&bench, day(6));
	CHECK_INT(br_price_reduction(&quote), 0);
	quote = quote_at(&bench, day(9));
	CHECK_INT(br_price_reduction(&quote), 0);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_paragraph_1_only_a_promotion_is_announced);
	TEST(test_paragraph_2_the_lowest_of_thirty_days);
	TEST(test_paragraph_2_a_price_that_reaches_into_the_period_counts);
	TEST(test_paragraph_2_a_rise_that_comes_late_was_not_applied_before);
	TEST(test_paragraph_2_what_was_charged_until_it_was_put_right_counts);
	TEST(test_paragraph_2_the_reduction_is_not_its_own_prior_price);
	TEST(test_paragraph_2_what_was_applied_counts);
	TEST(test_paragraph_2_a_currency_that_is_gone_does_not_count);
	TEST(test_paragraph_2_a_store_may_look_back_further);
	TEST(test_paragraph_2_it_is_found_behind_a_long_history);
	TEST(test_paragraph_3_goods_that_expire_rapidly);
	TEST(test_paragraph_4_goods_new_on_the_market);
	TEST(test_paragraph_4_old_goods_keep_the_whole_period);
	TEST(test_paragraph_4_without_any_earlier_price_there_is_no_prior_price);
	TEST(test_paragraph_5_steps_of_one_reduction);
	TEST(test_paragraph_5_a_break_ends_the_steps);
	TEST(test_the_reduction_is_counted_from_the_prior_price);
	return test_end(argc, argv);
}
