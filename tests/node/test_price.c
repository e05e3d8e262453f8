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

/* Sends price.set with the members given, `from` and `to` in days from the bench's clock. */
static enum br_refusal override_set(
	struct bench *bench, const char *amount, const char *reason, int64_t from_ms, int64_t to_ms)
{
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	br_time_format(from_ms, from);
	br_time_format(to_ms, to);
	return bench_do(bench, "price.set",
		"{'sku':'A','kind':'override','amount':%s,'currency':'EUR','from':'%s',"
		"'to':'%s','reason':'%s','associate':'anna'}",
		amount, from, to, reason);
}

/* An emergency price wins over all others while it lasts, and HQ is told. */
static void test_an_override_wins_over_everything(void)
{
	const struct br_price *price;
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "override");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-40), 0);
	price_set(&bench, "promotion", "3", day(0), day(9));
	CHECK_INT(override_set(&bench, "3.50", "wrong sign", day(0), day(1)), 0);
	event = bench_event(&bench, br_core_head(bench.core));
	price = event.body;
	CHECK_INT(event.kind, BR_EVENT_PRICE_OVERRIDDEN);
	CHECK_INT(br_event_type(&event)->lane, BR_LANE_STOCK);
	CHECK_STR(price->reason, "wrong sign");
	CHECK_STR(price->associate, "anna");
	CHECK(quote_at(&bench, day(0)).override);
	CHECK(!quote_at(&bench, day(0)).promotion);
	CHECK_INT(quote_at(&bench, day(0)).amount, 3500);
	CHECK_INT(quote_at(&bench, day(0)).regular, 4000);
	CHECK_INT(quote_at(&bench, day(1)).amount, 3000);
	CHECK(quote_at(&bench, day(1)).promotion);
	CHECK_INT(timer_next(&bench), 1);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_an_override_says_why_and_until_when(void)
{
	struct bench bench;

	bench_open(&bench, "why");
	bench_catalogue(&bench);
	CHECK_INT(override_set(&bench, "1", "", day(0), day(1)), BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "reason: is missing");
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'A','kind':'override','amount':1,'currency':'EUR',"
			  "'reason':'x'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "to: is missing");
	CHECK_INT(override_set(&bench, "1", "x", day(0), day(3) + 1), BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "longer than 72 hours");
	CHECK_INT(override_set(&bench, "1", "x", day(0), day(3)), 0);
	CHECK_INT(bench_do(&bench, "policy.set", "{'override_hours':96}"), 0);
	CHECK_INT(override_set(&bench, "2", "x", day(0), day(4)), 0);
	CHECK_INT(quote_at(&bench, day(1)).amount, 2000);
	/* The node's own kind is no command's. */
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'A','kind':'held','amount':1,'currency':'EUR'}"),
		BR_REFUSAL_MALFORMED);
	bench_close(&bench);
}

static enum br_refusal cancel(struct bench *bench, const char *kind, int64_t from_ms)
{
	char from[BR_TIME_TEXT_BYTES];

	br_time_format(from_ms, from);
	if (from_ms == 0)
		return bench_do(
			bench, "price.cancel", "{'sku':'A','kind':'%s','reason':'mistake'}", kind);
	return bench_do(bench, "price.cancel",
		"{'sku':'A','kind':'%s','from':'%s','reason':'mistake'}", kind, from);
}

static void test_a_planned_price_can_be_taken_back(void)
{
	const struct br_price_row *rows;
	struct bench bench;
	struct br_event event;

	bench_open(&bench, "take-back");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-1), 0);
	price_set(&bench, "regular", "5", day(2), 0);
	CHECK_INT(quote_at(&bench, day(2)).amount, 5000);
	CHECK_INT(cancel(&bench, "regular", day(2)), 0);
	event = bench_event(&bench, br_core_head(bench.core));
	CHECK_INT(event.kind, BR_EVENT_PRICE_CANCELLED);
	CHECK_INT(quote_at(&bench, day(2)).amount, 4000);
	CHECK_INT(quote_at(&bench, day(9)).amount, 4000);
	/* It stays in the history, as one that never counted. */
	REQUIRE(br_price_rows(bench_read(&bench), BR_STR("A"), &bench.arena, &rows) == 2);
	CHECK_INT(rows[0].amount, 5000);
	CHECK_INT(rows[0].to_ms, rows[0].from_ms);
	CHECK_INT(rows[0].cancelled_ms, BENCH_NOW_MS);
	CHECK_INT(rows[1].cancelled_ms, 0);
	CHECK_INT(cancel(&bench, "regular", day(2)), BR_REFUSAL_ALREADY);
	/* Its time comes and finds that nothing changes. */
	bench.now_ms = day(2);
	activate(&bench, 2);
	CHECK_INT(timer_next(&bench), -1000);
	/* The same price may be planned again. */
	price_set(&bench, "regular", "5", day(3), 0);
	CHECK_INT(quote_at(&bench, day(3)).amount, 5000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_promotion_that_counts_is_ended_by_a_cancel(void)
{
	struct bench bench;

	bench_open(&bench, "end");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-9), 0);
	price_set(&bench, "promotion", "3", day(-2), day(5));
	bench.now_ms = day(1);
	CHECK_INT(cancel(&bench, "promotion", 0), 0);
	CHECK_INT(quote_at(&bench, day(1) - 1).amount, 3000);
	CHECK_INT(quote_at(&bench, day(1)).amount, 4000);
	CHECK_INT(quote_at(&bench, day(0)).amount, 3000);
	CHECK_INT(cancel(&bench, "promotion", day(-2)), BR_REFUSAL_ALREADY);
	CHECK_INT(cancel(&bench, "promotion", 0), BR_REFUSAL_UNKNOWN_PRICE);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_a_cancel_refuses(void)
{
	struct bench bench;

	bench_open(&bench, "cancel-refuses");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-9), 0);
	price_set(&bench, "promotion", "3", day(-5), day(-4));
	CHECK_INT(cancel(&bench, "regular", 0), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_HAS(bench.answer.message, "set another one");
	CHECK_INT(cancel(&bench, "regular", day(-9)), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_INT(cancel(&bench, "promotion", day(-5)), BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "is over");
	CHECK_INT(cancel(&bench, "override", 0), BR_REFUSAL_UNKNOWN_PRICE);
	CHECK_INT(cancel(&bench, "promotion", day(7)), BR_REFUSAL_UNKNOWN_PRICE);
	CHECK_HAS(bench.answer.message, "no promotion price that begins then");
	CHECK_INT(bench_do(&bench, "price.cancel", "{'sku':'Z','kind':'override'}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	bench_close(&bench);
}

/* A price list that is sent twice changes nothing the second time. */
static void test_the_same_plan_twice_is_no_change(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "twice");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-1), 0);
	price_set(&bench, "promotion", "3", day(1), day(2));
	head = br_core_head(bench.core);
	price_set(&bench, "regular", "4", day(-1), 0);
	price_set(&bench, "promotion", "3", day(1), day(2));
	CHECK_INT(br_core_head(bench.core), head);
	price_set(&bench, "promotion", "3", day(1), day(3));
	CHECK_INT(br_core_head(bench.core), head + 1);
	CHECK_INT(quote_at(&bench, day(2)).amount, 3000);
	bench_close(&bench);
}

static void test_the_rows_tell_everything_latest_first(void)
{
	const struct br_price_row *rows;
	struct bench bench;

	bench_open(&bench, "rows");
	bench_catalogue(&bench);
	CHECK_INT(br_price_rows(bench_read(&bench), BR_STR("A"), &bench.arena, &rows), 0);
	price_set(&bench, "regular", "4", day(-1), 0);
	price_set(&bench, "promotion", "3", day(1), day(2));
	CHECK_INT(override_set(&bench, "2", "flood", day(0), day(1)), 0);
	price_set(&bench, "promotion", "2.5", day(1), day(2));
	REQUIRE(br_price_rows(bench_read(&bench), BR_STR("A"), &bench.arena, &rows) == 4);
	CHECK_INT(rows[0].amount, 2500);
	CHECK_INT(rows[1].amount, 3000);
	CHECK_INT(rows[2].kind, BR_PRICE_OVERRIDE);
	CHECK_STR(rows[2].reason, "flood");
	CHECK_INT(rows[2].set_ms, BENCH_NOW_MS);
	CHECK_INT(rows[3].kind, BR_PRICE_REGULAR);
	CHECK(rows[0].sequence > rows[1].sequence);
	/* Another product's rows are not among them. */
	CHECK_INT(br_price_rows(bench_read(&bench), BR_STR("B"), &bench.arena, &rows), 0);
	bench_close(&bench);
}

static void test_what_comes_next_is_known(void)
{
	struct br_price_quote next;
	struct bench bench;
	int64_t at_ms;

	bench_open(&bench, "next");
	bench_catalogue(&bench);
	price_set(&bench, "regular", "4", day(-1), 0);
	CHECK(!br_price_next(bench_read(&bench), BR_STR("A"), day(0), &bench.arena, &at_ms, &next));
	/* A plan that changes nothing is passed over. */
	price_set(&bench, "regular", "4", day(1), 0);
	price_set(&bench, "promotion", "3", day(2), day(4));
	REQUIRE(br_price_next(
		bench_read(&bench), BR_STR("A"), day(0), &bench.arena, &at_ms, &next));
	CHECK_INT(at_ms, day(2));
	CHECK_INT(next.amount, 3000);
	CHECK_INT(next.lowest_30d, 4000);
	REQUIRE(br_price_next(
		bench_read(&bench), BR_STR("A"), day(2), &bench.arena, &at_ms, &next));
	CHECK_INT(at_ms, day(4));
	CHECK_INT(next.amount, 4000);
	CHECK_INT(cancel(&bench, "promotion", day(2)), 0);
	CHECK(!br_price_next(bench_read(&bench), BR_STR("A"), day(0), &bench.arena, &at_ms, &next));
	bench_close(&bench);
}

/* Art. 2(b) and 3 of Directive 98/6/EC. */
static void test_the_unit_price_that_is_to_be_shown(void)
{
	struct br_product product = {
		.sold_by = BR_SOLD_BY_PIECE, .content = 500, .content_unit = BR_UNIT_KG};
	enum br_unit unit = BR_UNIT_M;
	int64_t price = -1;

	CHECK(br_price_unit(&product, 2500, &price, &unit));
	CHECK_INT(price, 5000);
	CHECK_INT(unit, BR_UNIT_KG);
	/* Art. 3(1): it need not be shown when it is the selling price. */
	product.content = 1000;
	product.content_unit = BR_UNIT_PIECE;
	CHECK(!br_price_unit(&product, 2500, &price, &unit));
	product.content = 6000;
	CHECK(br_price_unit(&product, 2500, &price, &unit));
	CHECK_INT(price, 417);
	CHECK_INT(unit, BR_UNIT_PIECE);
	product.content = 0;
	CHECK(!br_price_unit(&product, 2500, &price, &unit));
	/* Art. 3(3): what is sold loose has one price, that of the unit. */
	product.sold_by = BR_SOLD_BY_WEIGHT;
	CHECK(br_price_unit(&product, 2500, &price, &unit));
	CHECK_INT(price, 2500);
	CHECK_INT(unit, BR_UNIT_KG);
	product.sold_by = BR_SOLD_BY_LENGTH;
	CHECK(br_price_unit(&product, 2500, &price, &unit));
	CHECK_INT(unit, BR_UNIT_M);
	product.sold_by = BR_SOLD_BY_VOLUME;
	CHECK(br_price_unit(&product, 2500, &price, &unit));
	CHECK_INT(unit, BR_UNIT_L);
}

static void test_a_markdown_comes_to_what_can_be_paid(void)
{
	struct br_price_quote quote = {.known = true, .amount = 1990, .currency = "EUR"};

	CHECK_INT(br_price_marked_down(&quote, 30), 1390);
	CHECK_INT(br_price_marked_down(&quote, 50), 1000);
	CHECK_INT(br_price_marked_down(&quote, 0), 1990);
	CHECK_INT(br_price_marked_down(&quote, 100), 0);
	quote = (struct br_price_quote){.known = true, .amount = 199000, .currency = "JPY"};
	CHECK_INT(br_price_marked_down(&quote, 30), 139000);
}

/* A row under another key than its own, or with no currency, is damage and told as such. */
static void test_a_damaged_row_is_told(void)
{
	static const struct br_price_row good = {.kind = BR_PRICE_REGULAR,
		.amount = 1000,
		.currency = {"EUR", 3},
		.from_ms = BENCH_NOW_MS};

	for (unsigned i = 0; i < 5; i++) {
		struct br_price_row row = good;
		struct br_key key = br_key_of_str(BR_STR("A"));
		const struct br_price_row *rows;
		struct bench bench;
		struct br_txn *txn;

		br_key_add_u8(&key, i == 1 ? BR_PRICE_PROMOTION : BR_PRICE_REGULAR);
		br_key_add_u64(&key, (uint64_t)BENCH_NOW_MS - (i == 2));
		br_key_add_u64(&key, i == 3 ? 0 : 7);
		if (i == 4)
			row.currency = (struct br_str){NULL, 0};
		bench_open(&bench, "row");
		txn = br_core_txn(bench.core);
		REQUIRE(txn != NULL);
		br_row_put(txn, BR_TABLE_PRICE, br_key_str(&key), &br_price_row_shape, &row);
		CHECK(br_price_at(txn, BR_STR("A"), BENCH_NOW_MS, &bench.arena).known == (i == 0));
		CHECK_INT(br_txn_error(txn), i == 0 ? 0 : BR_E_CORRUPT);
		CHECK_INT(br_price_rows(txn, BR_STR("A"), &bench.arena, &rows), i == 0);
		bench_close(&bench);
	}
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
	TEST(test_what_a_price_refuses);
	TEST(test_timers_stand_until_they_are_activated);
	TEST(test_a_price_may_end_without_another);
	TEST(test_an_override_wins_over_everything);
	TEST(test_an_override_says_why_and_until_when);
	TEST(test_a_planned_price_can_be_taken_back);
	TEST(test_a_promotion_that_counts_is_ended_by_a_cancel);
	TEST(test_what_a_cancel_refuses);
	TEST(test_the_same_plan_twice_is_no_change);
	TEST(test_the_rows_tell_everything_latest_first);
	TEST(test_what_comes_next_is_known);
	TEST(test_the_unit_price_that_is_to_be_shown);
	TEST(test_a_markdown_comes_to_what_can_be_paid);
	TEST(test_a_damaged_row_is_told);
	TEST(test_unit_prices_are_rounded_half_up);
	return test_end(argc, argv);
}
