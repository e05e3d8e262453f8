#include "web-ui/fanout.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"

static struct ledger ledger;
static struct fake_live fake;
static struct br_fanout fanout;
static struct br_web_recent recent;

static void begin(const char *name)
{
	ledger_open(&ledger, name);
	ledger_fill(&ledger);
	fake_live_init(&fake);
	memset(&recent, 0, sizeof(recent));
	br_fanout_init(&fanout, 15);
}

static void end(void)
{
	br_fanout_finish(&fanout);
	ledger_close(&ledger);
}

/* Runs a command and reads what is new. */
static void run(const char *type, const char *body)
{
	struct view view;
	bool more;

	ledger_must(&ledger, type, body);
	br_fanout_clear(&fanout);
	view_open(&view, &ledger, &fake.live);
	CHECK_INT(br_fanout_read(&fanout, &view.view, &recent, &more), 0);
	CHECK(!more);
	CHECK_INT(fanout.sequence, view.view.head);
	view_close(&view);
}

/* The keys of a map, joined by blanks. */
static const char *keys(const struct br_keymap *map)
{
	static char text[512];
	struct br_str key;
	uint32_t cursor = 0;
	uint64_t value;

	text[0] = '\0';
	while (br_keymap_next(map, &cursor, &key, &value))
		(void)snprintf(
			text + strlen(text), sizeof(text) - strlen(text), "%.*s ", BR_STR_ARG(key));
	return text;
}

static const char *fresh(enum br_web_noun noun)
{
	return keys(&fanout.fresh[noun]);
}

static void test_a_price_changes_the_product_and_its_labels(void)
{
	begin("price");
	run("price.set", "{\"sku\":\"A\",\"kind\":\"regular\",\"amount\":3,\"currency\":\"GBP\"}");
	CHECK_TEXT(fresh(BR_WEB_PRODUCT), "A ");
	CHECK_TEXT(fresh(BR_WEB_LABEL), "0123456789AB ");
	CHECK_TEXT(fresh(BR_WEB_ORDER), "");
	run("product.upsert", "{\"sku\":\"A\",\"name\":\"Juice\"}");
	CHECK_TEXT(fresh(BR_WEB_LABEL), "0123456789AB ");
	run("stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":1}");
	CHECK_TEXT(fresh(BR_WEB_PRODUCT), "A ");
	CHECK_TEXT(fresh(BR_WEB_LABEL), "");
	end();
}

static void test_an_order_changes_its_products_when_goods_move(void)
{
	begin("order");
	run("order.offer", "{\"order\":\"O-9\",\"channel\":\"web\",\"method\":\"pickup\",\"lines\":"
			   "[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1},{\"line\":\"2\",\"sku\":"
			   "\"B\",\"quantity\":1}]}");
	CHECK_TEXT(fresh(BR_WEB_ORDER), "O-9 ");
	CHECK_TEXT(fresh(BR_WEB_PRODUCT), "");
	run("order.accept", "{\"order\":\"O-1\"}");
	CHECK_TEXT(fresh(BR_WEB_PRODUCT), "A ");
	run("order.cancel", "{\"order\":\"O-1\"}");
	CHECK_TEXT(fresh(BR_WEB_PRODUCT), "A ");
	/* Nothing of it was reserved. */
	run("order.cancel", "{\"order\":\"O-9\"}");
	CHECK_TEXT(fresh(BR_WEB_PRODUCT), "");
	/* What has ended is kept to be shown in snapshots. */
	CHECK_INT(recent.n, 2);
	end();
}

static void test_an_alarm_changes_its_sensor(void)
{
	begin("alarm");
	run("alarm.clear", "{\"alarm\":\"zigbee2mqtt/cooler/dairy-1/temperature/high\"}");
	CHECK_TEXT(fresh(BR_WEB_ALARM), "zigbee2mqtt/cooler/dairy-1/temperature/high ");
	CHECK_TEXT(fresh(BR_WEB_SENSOR), "zigbee2mqtt/cooler/dairy-1 ");
	run("device.lost", "{\"device\":\"zigbee2mqtt/cooler/dairy-1\"}");
	CHECK_TEXT(fresh(BR_WEB_SENSOR), "zigbee2mqtt/cooler/dairy-1 ");
	CHECK_TEXT(fresh(BR_WEB_ALARM), "");
	/* An alarm is told with its device's name. */
	run("device.adopt", "{\"device\":\"zigbee2mqtt/cooler/dairy-1\",\"name\":\"Dairy\"}");
	CHECK_TEXT(fresh(BR_WEB_ALARM), "zigbee2mqtt/cooler/dairy-1/temperature/high ");
	end();
}

static void test_what_finds_no_place_is_not_forgotten(void)
{
	begin("overflow");
	run("stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":1}");
	CHECK(!fanout.overflow);
	fanout.fresh[BR_WEB_PRODUCT].max = 1;
	run("sale.record",
		"{\"till\":\"t1\",\"lines\":[{\"sku\":\"A\",\"quantity\":1,\"price\":1},{"
		"\"sku\":\"B\",\"quantity\":1,\"price\":1}]}");
	CHECK(fanout.overflow);
	br_fanout_clear(&fanout);
	CHECK(!fanout.overflow);
	end();
}

static void test_a_binding_makes_products_unclear(void)
{
	begin("binding");
	run("label.bind", "{\"label\":\"0123456789AB\",\"sku\":\"B\"}");
	CHECK(fanout.bindings);
	CHECK_TEXT(fresh(BR_WEB_LABEL), "0123456789AB ");
	run("stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":1}");
	CHECK(!fanout.bindings);
	end();
}

static void test_live_values_are_told_once(void)
{
	struct view view;

	begin("live");
	fake.label_n = 1;
	memcpy(fake.labels[0].label, "FFFFFFFFFFFF", 13);
	fake.version = 3;
	view_open(&view, &ledger, &fake.live);
	br_fanout_live(&fanout, &view.view);
	CHECK_TEXT(fresh(BR_WEB_LABEL), "FFFFFFFFFFFF ");
	br_fanout_clear(&fanout);
	br_fanout_live(&fanout, &view.view);
	CHECK_TEXT(fresh(BR_WEB_LABEL), "");
	view_close(&view);
	end();
}

static void test_a_client_that_was_away_gets_events_and_live_changes(void)
{
	struct br_keymap missed;
	struct view view;

	begin("away");
	br_keymap_init(&missed, 100);
	fake.label_n = 1;
	memcpy(fake.labels[0].label, "FFFFFFFFFFFF", 13);
	fake.version = 1;
	view_open(&view, &ledger, &fake.live);
	br_fanout_live(&fanout, &view.view);
	view_close(&view);
	run("label.bind", "{\"label\":\"CCCCCCCCCCCC\",\"sku\":\"B\"}");
	fake.version = 2;
	view_open(&view, &ledger, &fake.live);
	br_fanout_live(&fanout, &view.view);
	CHECK_INT(br_fanout_changes(&fanout, &view.view, BR_WEB_LABEL, 15, &missed), 0);
	CHECK_TEXT(keys(&missed), "FFFFFFFFFFFF CCCCCCCCCCCC ");
	br_keymap_clear(&missed);
	CHECK_INT(br_fanout_changes(&fanout, &view.view, BR_WEB_ORDER, 5, &missed), 0);
	CHECK_TEXT(keys(&missed), "O-1 O-2 ");
	/* Before the first look at live values nobody knows what has changed since. */
	CHECK_INT(
		br_fanout_changes(&fanout, &view.view, BR_WEB_LABEL, 14, &missed), BR_E_TOO_LARGE);
	CHECK_INT(br_fanout_changes(&fanout, &view.view, BR_WEB_STATUS, 15, &missed),
		BR_E_UNSUPPORTED);
	view_close(&view);
	br_keymap_finish(&missed);
	end();
}

static void test_too_many_changes_are_too_large(void)
{
	struct br_keymap missed;
	struct view view;

	begin("toomany");
	br_keymap_init(&missed, 1);
	view_open(&view, &ledger, &fake.live);
	CHECK_INT(br_fanout_changes(&fanout, &view.view, BR_WEB_ORDER, 0, &missed), BR_E_TOO_LARGE);
	fanout.sequence = BR_WEB_RESUME_EVENTS_MAX + 20;
	CHECK_INT(
		br_fanout_changes(&fanout, &view.view, BR_WEB_ALARM, 15, &missed), BR_E_TOO_LARGE);
	view_close(&view);
	br_keymap_finish(&missed);
	end();
}

static void test_a_long_journal_is_read_in_parts(void)
{
	char body[96];
	struct view view;
	unsigned parts = 0;
	bool more = true;

	begin("parts");
	for (int i = 0; i < BR_WEB_FANOUT_EVENTS_MAX + 10; i++) {
		(void)snprintf(body, sizeof(body),
			"{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":%d}", i % 5 + 1);
		ledger_must(&ledger, "stock.move", body);
	}
	view_open(&view, &ledger, &fake.live);
	for (; more; parts++)
		CHECK_INT(br_fanout_read(&fanout, &view.view, &recent, &more), 0);
	CHECK_INT(parts, 2);
	CHECK_INT(fanout.sequence, view.view.head);
	CHECK_TEXT(fresh(BR_WEB_PRODUCT), "A ");
	view_close(&view);
	end();
}

static void test_recent_orders_are_found_in_the_journal(void)
{
	char body[160];
	struct br_str order;
	struct view view;

	begin("recent");
	for (int i = 0; i < BR_WEB_RECENT_MAX + 5; i++) {
		(void)snprintf(body, sizeof(body),
			"{\"order\":\"R-%03d\",\"channel\":\"web\",\"method\":\"pickup\",\"lines\":"
			"[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}",
			i);
		run("order.offer", body);
		(void)snprintf(body, sizeof(body), "{\"order\":\"R-%03d\"}", i);
		run("order.cancel", body);
	}
	CHECK_INT(recent.n, BR_WEB_RECENT_MAX);
	CHECK(br_web_recent_at(&recent, 0, &order));
	CHECK_STR(order, "R-005");
	CHECK(!br_web_recent_at(&recent, BR_WEB_RECENT_MAX, &order));
	/* Read from the journal it is the same. */
	view_open(&view, &ledger, &fake.live);
	br_web_recent_load(&recent, view.view.txn, &view.arena);
	CHECK_INT(recent.n, BR_WEB_RECENT_MAX);
	CHECK(br_web_recent_at(&recent, BR_WEB_RECENT_MAX - 1, &order));
	CHECK_STR(order, "R-204");
	CHECK(br_web_recent_at(&recent, 0, &order));
	CHECK_STR(order, "R-005");
	view_close(&view);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_a_price_changes_the_product_and_its_labels);
	TEST(test_an_order_changes_its_products_when_goods_move);
	TEST(test_an_alarm_changes_its_sensor);
	TEST(test_what_finds_no_place_is_not_forgotten);
	TEST(test_a_binding_makes_products_unclear);
	TEST(test_live_values_are_told_once);
	TEST(test_a_client_that_was_away_gets_events_and_live_changes);
	TEST(test_too_many_changes_are_too_large);
	TEST(test_a_long_journal_is_read_in_parts);
	TEST(test_recent_orders_are_found_in_the_journal);
	return test_end(argc, argv);
}
