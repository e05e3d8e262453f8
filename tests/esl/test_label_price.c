/*
 * Price safety between tills and labels: a rise is charged when every label of the product shows
 * it, and not before.
 */
#include <stdio.h>
#include <string.h>

#include "esl/labels.h"
#include "node/device.h"
#include "node/price.h"
#include "node/timer.h"
#include "tests/esl/label_shop.h"

#define L1 "0000000000A1"
#define L2 "0000000000A2"
#define MINUTE_MS INT64_C(60000)

/* A shop whose labels L1 and L2 show product A at 2.50. */
static void shop_shown(struct shop *shop, const char *name, unsigned labels)
{
	static const char *const ids[] = {L1, L2};

	shop_open(shop, name);
	(void)air_ap_add(&shop->air, "ap-1", 4);
	for (unsigned i = 0; i < labels; i++) {
		(void)air_label_add(&shop->air, ids[i], "bw29");
		shop_bind(shop, ids[i], "A");
	}
	shop_pass(shop, 2 * MINUTE_MS, 1000);
	for (unsigned i = 0; i < labels; i++)
		CHECK_INT(air_label_find(&shop->air, ids[i])->pictures, 1);
}

static struct br_price_quote till_now(struct shop *shop)
{
	return br_price_till_at(
		bench_read(&shop->bench), BR_STR("A"), shop->wall_ms, &shop->bench.arena);
}

/* Events price.released in the journal with that reason. */
static unsigned released_n(struct shop *shop, enum br_price_release reason)
{
	uint64_t head = br_core_head(shop->bench.core);
	unsigned n = 0;

	for (uint64_t sequence = 1; sequence <= head; sequence++) {
		struct br_event event = bench_event(&shop->bench, sequence);

		n += event.kind == BR_EVENT_PRICE_RELEASED &&
		     ((const struct br_price_released *)event.body)->reason == reason;
	}
	return n;
}

/* What the schedule does when the hold is over: the labels' shop has none. */
static void hold_over(struct shop *shop)
{
	struct br_timer timer;
	char at[BR_TIME_TEXT_BYTES];

	REQUIRE(br_timer_next(bench_read(&shop->bench), NULL, &timer));
	REQUIRE(timer.kind == BR_TIMER_PRICE_HOLD);
	if (timer.at_ms > shop->wall_ms)
		shop_pass(shop, timer.at_ms - shop->wall_ms, 10000);
	br_time_format(timer.at_ms, at);
	CHECK_INT(bench_do(&shop->bench, "price.hold_over", "{'key':'A','at':'%s'}", at), 0);
	shop_pump(shop);
}

static void test_a_rise_is_charged_when_the_label_shows_it(void)
{
	struct shop shop;

	shop_shown(&shop, "rise", 1);
	CHECK_INT(till_now(&shop).amount, 2500);
	shop_price(&shop, "A", 300);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	CHECK(till_now(&shop).held);
	CHECK_INT(till_now(&shop).amount, 2500);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop_shows_check(&shop, air_label_find(&shop.air, L1));
	CHECK(!till_now(&shop).held);
	CHECK_INT(till_now(&shop).amount, 3000);
	CHECK_INT(released_n(&shop, BR_PRICE_RELEASE_SHOWN), 1);
	/* And that is said once. */
	shop_pass(&shop, 90 * MINUTE_MS, 10000);
	CHECK_INT(released_n(&shop, BR_PRICE_RELEASE_SHOWN), 1);
	shop_close(&shop);
}

/* While the new picture waits for the label's check-in the old price is charged. */
static void test_nobody_pays_more_while_the_picture_is_under_way(void)
{
	struct shop shop;

	shop_shown(&shop, "under-way", 1);
	air_label_find(&shop.air, L1)->silent = true;
	shop_price(&shop, "A", 300);
	for (unsigned i = 0; i < 10; i++) {
		shop_pass(&shop, MINUTE_MS, 10000);
		CHECK_INT(till_now(&shop).amount, 2500);
	}
	air_label_find(&shop.air, L1)->silent = false;
	shop_pass(&shop, 60 * MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 3000);
	shop_close(&shop);
}

static void test_a_fall_is_charged_before_the_label_shows_it(void)
{
	struct shop shop;

	shop_shown(&shop, "fall", 1);
	air_label_find(&shop.air, L1)->silent = true;
	shop_price(&shop, "A", 200);
	CHECK_INT(till_now(&shop).amount, 2000);
	CHECK(!till_now(&shop).held);
	shop_close(&shop);
}

static void test_every_label_of_the_product_must_show_it(void)
{
	struct shop shop;

	shop_shown(&shop, "every", 2);
	air_label_find(&shop.air, L2)->silent = true;
	shop_price(&shop, "A", 300);
	shop_pass(&shop, 5 * MINUTE_MS, 1000);
	shop_shows_check(&shop, air_label_find(&shop.air, L1));
	CHECK_INT(till_now(&shop).amount, 2500);
	/* A sale makes the first one stale again, in no hurry: that changes nothing. */
	CHECK_INT(bench_do(&shop.bench, "stock.move", "{'sku':'A','kind':'receive','quantity':5}"),
		0);
	shop_pump(&shop);
	air_label_find(&shop.air, L2)->silent = false;
	shop_pass(&shop, 30 * MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 3000);
	CHECK_INT(released_n(&shop, BR_PRICE_RELEASE_SHOWN), 1);
	shop_close(&shop);
}

/* What confirms the price before confirms nothing about this one. */
static void test_the_latest_price_is_what_must_be_shown(void)
{
	struct shop shop;

	shop_shown(&shop, "latest", 1);
	shop_price(&shop, "A", 300);
	shop_price(&shop, "A", 400);
	CHECK_INT(till_now(&shop).amount, 2500);
	CHECK_INT(till_now(&shop).target, 4000);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 4000);
	CHECK_INT(released_n(&shop, BR_PRICE_RELEASE_SHOWN), 1);
	shop_close(&shop);
}

/* A label that was not heard since the start proves nothing until it is. */
static void test_a_restart_asks_the_labels_again(void)
{
	struct shop shop;

	shop_shown(&shop, "restart", 2);
	air_label_find(&shop.air, L1)->silent = air_label_find(&shop.air, L2)->silent = true;
	shop_price(&shop, "A", 300);
	shop_restart(&shop);
	shop_pass(&shop, MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 2500);
	air_label_find(&shop.air, L1)->silent = false;
	shop_pass(&shop, 20 * MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 2500);
	air_label_find(&shop.air, L2)->silent = false;
	shop_pass(&shop, 20 * MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 3000);
	CHECK_INT(released_n(&shop, BR_PRICE_RELEASE_SHOWN), 1);
	shop_close(&shop);
}

static void test_an_alarm_stands_until_the_labels_have_followed(void)
{
	struct br_alarm alarm;
	struct shop shop;

	shop_shown(&shop, "alarm", 2);
	air_label_find(&shop.air, L2)->silent = true;
	shop_price(&shop, "A", 300);
	hold_over(&shop);
	CHECK_INT(till_now(&shop).amount, 3000);
	REQUIRE(br_alarm_get(bench_read(&shop.bench), BR_STR("price/A/price_hold"),
			&shop.bench.arena, &alarm) == 0);
	CHECK_INT(alarm.cleared, 0);
	CHECK_INT(alarm.value, 1000);
	CHECK_HAS(alarm.text.s, "label " L2 " may");
	air_label_find(&shop.air, L2)->silent = false;
	shop_pass(&shop, 90 * MINUTE_MS, 10000);
	REQUIRE(br_alarm_get(bench_read(&shop.bench), BR_STR("price/A/price_hold"),
			&shop.bench.arena, &alarm) == 0);
	CHECK(alarm.cleared > 0);
	shop_close(&shop);
}

/* The full disk that keeps the label's words waiting keeps this one waiting too. */
static void test_the_word_waits_for_room_in_the_core(void)
{
	struct shop shop;

	shop_shown(&shop, "room", 1);
	shop_price(&shop, "A", 300);
	br_core_shed(shop.bench.core, BR_SHED_MOST);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 2500);
	br_core_shed(shop.bench.core, BR_SHED_NOTHING);
	shop_pass(&shop, MINUTE_MS, 1000);
	CHECK_INT(till_now(&shop).amount, 3000);
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_a_rise_is_charged_when_the_label_shows_it);
	TEST(test_nobody_pays_more_while_the_picture_is_under_way);
	TEST(test_a_fall_is_charged_before_the_label_shows_it);
	TEST(test_every_label_of_the_product_must_show_it);
	TEST(test_the_latest_price_is_what_must_be_shown);
	TEST(test_a_restart_asks_the_labels_again);
	TEST(test_an_alarm_stands_until_the_labels_have_followed);
	TEST(test_the_word_waits_for_room_in_the_core);
	return test_end(argc, argv);
}
