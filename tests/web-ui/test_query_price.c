/* What can be asked about prices and about how the store works. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "web-ui/query.h"

static struct ledger ledger;
static struct fake_live fake;
static struct br_web_refusal refusal;

/* Products A (content 0.75 l) and B; A costs 2 since the beginning of 2026. */
static void begin(const char *name)
{
	ledger_open(&ledger, name);
	fake_live_init(&fake);
	ledger_must(&ledger, "product.upsert",
		"{\"sku\":\"A\",\"name\":\"Apple juice\",\"content\":0.75,\"content_unit\":\"l\"}");
	ledger_must(&ledger, "product.upsert", "{\"sku\":\"B\",\"name\":\"Bread\"}");
	ledger_must(&ledger, "price.set",
		"{\"sku\":\"A\",\"amount\":2,\"currency\":\"EUR\",\"source\":\"list 7\","
		"\"from\":\"2026-01-01T00:00:00Z\"}");
}

/* A promotion of A in the first week of April. */
static void promotion_plan(void)
{
	ledger_must(&ledger, "price.set",
		"{\"sku\":\"A\",\"kind\":\"promotion\",\"amount\":1.50,\"currency\":\"EUR\","
		"\"from\":\"2026-04-01T00:00:00Z\",\"to\":\"2026-04-08T00:00:00Z\"}");
}

static const char *ask(const char *name, const char *params)
{
	return ledger_ask(&ledger, &fake.live, name, params, &refusal);
}

static void test_the_price_now(void)
{
	begin("now");
	CHECK_TEXT(ask("price.get", "{\"sku\":\"A\"}"),
		"{\"sku\":\"A\",\"at\":\"2026-03-01T10:10:00.000Z\","
		"\"till\":{\"amount\":2,\"currency\":\"EUR\",\"kind\":\"regular\","
		"\"from\":\"2026-01-01T00:00:00.000Z\",\"regular\":2,\"unit_price\":2.667,"
		"\"unit\":\"l\"},"
		"\"label\":{\"amount\":2,\"currency\":\"EUR\",\"kind\":\"regular\","
		"\"from\":\"2026-01-01T00:00:00.000Z\",\"regular\":2,\"unit_price\":2.667,"
		"\"unit\":\"l\"}}");
	CHECK_HAS(ask("price.get", "{\"sku\":\"B\"}"), "\"till\":null,\"label\":null}");
	CHECK_TEXT(ask("price.get", "{\"sku\":\"Z\"}"), "");
	CHECK_INT(refusal.status, 404);
	ledger_close(&ledger);
}

/* What should the till have charged at 14:03? And what will it charge in April? */
static void test_the_price_at_an_instant(void)
{
	const char *answer;

	begin("instant");
	promotion_plan();
	CHECK_HAS(ask("price.get", "{\"sku\":\"A\",\"at\":\"2025-12-31T23:59:59Z\"}"),
		"\"till\":null");
	answer = ask("price.get", "{\"sku\":\"A\",\"at\":\"2026-04-02T14:03:00Z\"}");
	CHECK_HAS(answer, "\"till\":{\"amount\":1.5,\"currency\":\"EUR\",\"kind\":\"promotion\"");
	CHECK_HAS(answer, "\"to\":\"2026-04-08T00:00:00.000Z\",\"regular\":2");
	CHECK_HAS(answer, "\"prior_price\":2,\"prior_from\":\"2026-03-02T00:00:00.000Z\","
			  "\"reduction_percent\":25");
	CHECK_HAS(answer, "\"next_at\":\"2026-04-08T00:00:00.000Z\",\"next\":{\"amount\":2,");
	CHECK_HAS(ask("price.get", "{\"sku\":\"A\"}"),
		"\"next_at\":\"2026-04-01T00:00:00.000Z\",\"next\":{\"amount\":1.5,");
	ledger_close(&ledger);
}

static void test_a_held_price_is_told_with_its_target(void)
{
	const char *answer;

	begin("held");
	ledger_must(&ledger, "label.bind", "{\"label\":\"0123456789AB\",\"sku\":\"A\"}");
	ledger_must(&ledger, "price.set", "{\"sku\":\"A\",\"amount\":3,\"currency\":\"EUR\"}");
	answer = ask("price.get", "{\"sku\":\"A\"}");
	CHECK_HAS(answer, "\"till\":{\"amount\":2,\"currency\":\"EUR\",\"kind\":\"held\"");
	CHECK_HAS(answer, "\"target\":3,\"held_until\":\"2026-03-01T11:10:00.000Z\"");
	CHECK_HAS(answer, "\"label\":{\"amount\":3,");
	CHECK_HAS(ask("price.planned", "{}"),
		"{\"rows\":[{\"at\":\"2026-03-01T11:10:00.000Z\",\"what\":\"hold_over\","
		"\"sku\":\"A\",\"name\":\"Apple juice\",\"before\":{\"amount\":2,");
	ledger_close(&ledger);
}

/* A hold that ran out is an alarm like any other, of no device. */
static void test_a_hold_that_ran_out_is_an_alarm(void)
{
	const char *answer;

	begin("alarm");
	ledger_must(&ledger, "label.bind", "{\"label\":\"0123456789AB\",\"sku\":\"A\"}");
	ledger_must(&ledger, "price.set", "{\"sku\":\"A\",\"amount\":3,\"currency\":\"EUR\"}");
	ledger.now_ms += 3600000;
	ledger_must(&ledger, "price.hold_over", "{\"key\":\"A\",\"at\":\"2026-03-01T11:10:00Z\"}");
	answer = ask("alarm.list", "{}");
	CHECK_HAS(answer, "\"key\":\"price/A/price_hold\"");
	CHECK_HAS(answer, "\"rule\":\"price_hold\",\"severity\":\"problem\"");
	CHECK_HAS(answer, "label 0123456789AB may still show the lower");
	CHECK_HAS(ask("price.get", "{\"sku\":\"A\"}"), "\"till\":{\"amount\":3,");
	ledger_close(&ledger);
}

static void test_the_history_has_everything(void)
{
	const char *answer;

	begin("history");
	promotion_plan();
	ledger_must(&ledger, "price.set",
		"{\"sku\":\"A\",\"kind\":\"override\",\"amount\":1,\"currency\":\"EUR\","
		"\"to\":\"2026-03-02T00:00:00Z\",\"reason\":\"flood\",\"associate\":\"anna\"}");
	ledger_must(&ledger, "price.cancel",
		"{\"sku\":\"A\",\"kind\":\"promotion\",\"from\":\"2026-04-01T00:00:00Z\"}");
	answer = ask("price.history", "{\"sku\":\"A\"}");
	CHECK_HAS(answer,
		"{\"rows\":[{\"sequence\":4,\"state\":\"cancelled\",\"kind\":\"promotion\"");
	CHECK_HAS(answer, "\"cancelled\":\"2026-03-01T10:10:00.000Z\"");
	CHECK_HAS(answer, "\"state\":\"running\",\"kind\":\"override\",\"amount\":1");
	CHECK_HAS(answer, "\"reason\":\"flood\",\"associate\":\"anna\"");
	CHECK_HAS(answer, "\"source\":\"list 7\"}],\"more\":false}");
	CHECK_HAS(ask("price.history", "{\"sku\":\"A\",\"limit\":1}"), "\"more\":true}");
	CHECK_HAS(ask("price.history", "{\"sku\":\"A\",\"limit\":1,\"skip\":2}"),
		"{\"rows\":[{\"sequence\":3,");
	CHECK_TEXT(
		ask("price.history", "{\"sku\":\"A\",\"skip\":3}"), "{\"rows\":[],\"more\":false}");
	CHECK_TEXT(ask("price.history", "{\"sku\":\"B\"}"), "{\"rows\":[],\"more\":false}");
	CHECK_TEXT(ask("price.history", "{\"sku\":\"Z\"}"), "");
	CHECK_INT(refusal.status, 404);
	ledger.now_ms += INT64_C(10) * 86400000;
	ledger_must(&ledger, "price.set", "{\"sku\":\"B\",\"amount\":3,\"currency\":\"EUR\"}");
	CHECK_HAS(ask("price.history", "{\"sku\":\"B\"}"), "\"state\":\"running\"");
	/* Of the prices of one kind whose time is now the last to begin counts. */
	ledger.now_ms += 1000;
	ledger_must(&ledger, "price.set", "{\"sku\":\"B\",\"amount\":4,\"currency\":\"EUR\"}");
	answer = ask("price.history", "{\"sku\":\"B\"}");
	CHECK_HAS(answer, "\"state\":\"running\",\"kind\":\"regular\",\"amount\":4");
	CHECK_HAS(answer, "\"state\":\"replaced\",\"kind\":\"regular\",\"amount\":3");
	ledger_close(&ledger);
}

static void test_what_is_planned_comes_in_the_order_of_its_time(void)
{
	const char *answer;

	begin("planned");
	promotion_plan();
	ledger_must(&ledger, "price.set",
		"{\"sku\":\"B\",\"amount\":3,\"currency\":\"EUR\","
		"\"from\":\"2026-04-01T00:00:00Z\"}");
	answer = ask("price.planned", "{\"limit\":1}");
	CHECK_HAS(answer,
		"{\"rows\":[{\"at\":\"2026-04-01T00:00:00.000Z\",\"what\":\"change\",\"sku\":\"A\","
		"\"name\":\"Apple juice\",\"before\":{\"amount\":2,");
	CHECK_HAS(answer, "\"after\":{\"amount\":1.5,");
	CHECK_HAS(answer, "\"more\":true}");
	/* On from the last row of the page before. */
	answer = ask(
		"price.planned", "{\"limit\":1,\"from\":\"2026-04-01T00:00:00Z\",\"after\":\"A\"}");
	CHECK_HAS(answer,
		"\"sku\":\"B\",\"name\":\"Bread\",\"before\":null,\"after\":{\"amount\":3,");
	answer = ask("price.planned", "{\"from\":\"2026-04-01T00:00:00.001Z\"}");
	CHECK_HAS(answer, "{\"rows\":[{\"at\":\"2026-04-08T00:00:00.000Z\"");
	CHECK_HAS(answer, "\"more\":false}");
	/* What was taken back changes nothing any more. */
	ledger_must(&ledger, "price.cancel",
		"{\"sku\":\"A\",\"kind\":\"promotion\",\"from\":\"2026-04-01T00:00:00Z\"}");
	CHECK(strstr(ask("price.planned", "{}"), "\"sku\":\"A\"") == NULL);
	/* A product that has gone has no price to plan. */
	ledger_must(&ledger, "product.remove", "{\"sku\":\"B\"}");
	CHECK(strstr(ask("price.planned", "{}"), "\"sku\":\"B\"") == NULL);
	ledger_close(&ledger);
}

static void test_the_policy_is_told_whole(void)
{
	begin("policy");
	CHECK_HAS(ask("policy.get", "{}"), "\"price_hold_minutes\":60");
	ledger_must(&ledger, "policy.set", "{\"price_hold_minutes\":0,\"associate\":\"anna\"}");
	CHECK_HAS(ask("policy.get", "{}"), "\"price_hold_minutes\":0");
	CHECK_HAS(ask("policy.get", "{}"), "\"associate\":\"anna\"");
	ledger_close(&ledger);
}

static void test_the_clocks_stand_side_by_side(void)
{
	begin("clocks");
	CHECK_TEXT(ask("clock.get", "{}"),
		"{\"time\":\"2026-03-01T10:10:00.000Z\",\"state\":\"good\","
		"\"source\":\"machine\",\"since\":null,\"machine\":\"2026-03-01T10:10:00.000Z\"}");
	fake.node.clock = BR_WEB_CLOCK_BEHIND;
	fake.node.time = BR_WEB_TIME_PERSON;
	fake.node.clock_since_ms = LEDGER_NOW_MS - 60000;
	fake.node.machine_apart_ms = -86400000;
	fake.link.hq_clock_ms = 120000;
	CHECK_TEXT(ask("clock.get", "{}"),
		"{\"time\":\"2026-03-01T10:10:00.000Z\",\"state\":\"behind\","
		"\"source\":\"person\",\"since\":\"2026-03-01T10:09:00.000Z\","
		"\"machine\":\"2026-02-28T10:10:00.000Z\",\"hq\":\"2026-03-01T10:12:00.000Z\"}");
	ledger_close(&ledger);
}

/* What is read can be sent, and the other way round. */
static void test_what_is_kept_back_is_listed(void)
{
	begin("kept");
	CHECK_TEXT(ask("stock_policy.list", "{}"), "{\"rows\":[]}");
	ledger_must(&ledger, "stock.policy", "{\"scope\":\"sku\",\"key\":\"B\",\"safety\":2.5}");
	ledger_must(&ledger, "stock.policy",
		"{\"scope\":\"category\",\"key\":\"a/b\",\"safety\":0,\"buffers\":[{"
		"\"channel\":\"app\",\"quantity\":3}]}");
	ledger_must(&ledger, "stock.policy", "{\"safety\":1}");
	CHECK_TEXT(ask("stock_policy.list", "{}"),
		"{\"rows\":[{\"scope\":\"default\",\"safety\":1,\"buffers\":[]},"
		"{\"scope\":\"category\",\"key\":\"a/b\",\"safety\":0,\"buffers\":[{\"channel\":"
		"\"app\",\"quantity\":3}]},"
		"{\"scope\":\"sku\",\"key\":\"B\",\"safety\":2.5,\"buffers\":[]}]}");
	ledger_must(&ledger, "stock.policy", "{\"remove\":true}");
	CHECK(strstr(ask("stock_policy.list", "{}"), "default") == NULL);
	ledger_close(&ledger);
}

int main(int argc, char **argv)
{
	TEST(test_what_is_kept_back_is_listed);
	TEST(test_the_price_now);
	TEST(test_the_price_at_an_instant);
	TEST(test_a_held_price_is_told_with_its_target);
	TEST(test_a_hold_that_ran_out_is_an_alarm);
	TEST(test_the_history_has_everything);
	TEST(test_what_is_planned_comes_in_the_order_of_its_time);
	TEST(test_the_policy_is_told_whole);
	TEST(test_the_clocks_stand_side_by_side);
	return test_end(argc, argv);
}
