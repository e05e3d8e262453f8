/* Rows from a ledger that was filled by commands, compared with what the contract says. */
#include "web-ui/rows.h"

#include <stdio.h>
#include <string.h>

#include "node/label.h"
#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"

static struct ledger ledger;
static struct fake_live fake;

static void begin(const char *name)
{
	ledger_open(&ledger, name);
	ledger_fill(&ledger);
	fake_live_init(&fake);
}

static void test_a_product_shows_catalogue_price_and_stock(void)
{
	struct view view;

	begin("product");
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(view_row(&view, BR_WEB_PRODUCT, "A"),
		"{\"key\":\"A\",\"sequence\":15,\"sku\":\"A\",\"name\":\"Apple "
		"juice\",\"lang\":\"en\","
		"\"brand\":\"Orchard\",\"gtins\":[\"2000000000015\"],\"sold_by\":\"piece\","
		"\"content\":0.5,\"content_unit\":\"l\",\"origin\":\"\",\"category\":\"drinks\","
		"\"names\":[],\"allergens\":\"\",\"tax\":\"\",\"age\":0,\"fragile\":false,"
		"\"deposit\":0,\"rating\":0,\"reviews\":0,\"not_stocked\":false,"
		"\"positions\":[],\"case_size\":0,\"supplier\":\"\",\"min\":0,\"max\":0,"
		"\"track_expiry\":false,\"markdown_days\":0,"
		"\"price\":2.5,\"currency\":\"GBP\",\"regular_price\":2.5,\"promotion\":null,"
		"\"override\":false,\"held\":null,\"unit_price\":5,\"unit_price_base\":\"l\","
		"\"lowest_30d\":null,\"on_hand\":7,"
		"\"available\":6,\"reserved\":1,\"buckets\":{\"backroom\":6,\"shelf\":1,"
		"\"staged\":0,\"damaged\":0,\"returned\":0,\"in_transit_in\":0,"
		"\"in_transit_out\":0,\"display\":0},\"labels\":[\"0123456789AB\"],"
		"\"removed\":false}");
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "B"),
		"\"price\":null,\"regular_price\":null,\"promotion\":null,\"override\":false,"
		"\"held\":null,\"unit_price\":null");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_a_product_shows_what_the_shelf_needs(void)
{
	struct view view;

	begin("shelf");
	ledger_must(&ledger, "product.upsert",
		"{\"sku\":\"A\",\"name\":\"Rum\",\"age\":18,\"names\":[{\"lang\":\"fr\","
		"\"text\":\"Rhum\"}],\"positions\":[{\"department\":\"drinks\",\"aisle\":"
		"\"4\"}],\"min\":2,\"max\":12,\"track_expiry\":true}");
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "A"),
		"\"names\":[{\"lang\":\"fr\",\"text\":\"Rhum\"}],");
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "A"),
		"\"positions\":[{\"department\":\"drinks\",\"aisle\":\"4\"}],");
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "A"),
		"\"min\":2,\"max\":12,\"track_expiry\":true,");
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "A"), "\"age\":18,");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_a_promotion_shows_what_it_was_before(void)
{
	struct view view;

	begin("promotion");
	ledger_must(&ledger, "price.set",
		"{\"sku\":\"A\",\"kind\":\"promotion\",\"amount\":2,\"currency\":\"GBP\",\"from\":"
		"\"2026-03-01T10:00:00Z\",\"to\":\"2026-03-08T00:00:00Z\"}");
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "A"),
		"\"price\":2,\"currency\":\"GBP\",\"regular_price\":2.5,\"promotion\":{\"amount\":"
		"2,"
		"\"from\":\"2026-03-01T10:00:00.000Z\",\"to\":\"2026-03-08T00:00:00.000Z\"},"
		"\"override\":false,\"held\":null,\"unit_price\":4,");
	view_close(&view);
	ledger_close(&ledger);
}

/* A rise waits for the label: the row has what the labels shall show, and what is charged. */
static void test_a_held_price_is_told_beside_the_new_one(void)
{
	struct view view;

	begin("held");
	ledger_must(&ledger, "price.set", "{\"sku\":\"A\",\"amount\":3,\"currency\":\"GBP\"}");
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "A"), "\"price\":3,\"currency\":\"GBP\"");
	CHECK_HAS(view_row(&view, BR_WEB_PRODUCT, "A"),
		"\"held\":{\"amount\":2.5,\"currency\":\"GBP\",\"until\":\"2026-03-01T11:10:00."
		"000Z\"},"
		"\"unit_price\":6,");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_what_is_not_there_is_removed(void)
{
	static const enum br_web_noun nouns[] = {BR_WEB_PRODUCT, BR_WEB_ORDER, BR_WEB_LABEL,
		BR_WEB_SENSOR, BR_WEB_ALARM, BR_WEB_STATUS, BR_WEB_LINK};
	struct view view;
	char longest[300];

	begin("removed");
	ledger_must(&ledger, "product.remove", "{\"sku\":\"B\"}");
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(view_row(&view, BR_WEB_PRODUCT, "B"),
		"{\"key\":\"B\",\"sequence\":16,\"removed\":true}");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (unsigned i = 0; i < BR_ARRAY_LEN(nouns); i++) {
		CHECK_TEXT(view_row(&view, nouns[i], "none"),
			"{\"key\":\"none\",\"sequence\":0,\"removed\":true}");
		CHECK_HAS(view_row(&view, nouns[i], longest), "\"removed\":true");
		CHECK_HAS(view_row(&view, nouns[i], ""), "\"removed\":true");
	}
	view_close(&view);
	ledger_close(&ledger);
}

static void test_an_order_shows_its_lines_and_next_states(void)
{
	struct view view;

	begin("order");
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(view_row(&view, BR_WEB_ORDER, "O-1"),
		"{\"key\":\"O-1\",\"sequence\":6,\"order\":\"O-1\",\"channel\":\"web\",\"method\":"
		"\"pickup\",\"state\":\"offered\",\"since\":\"2026-03-01T10:10:00.000Z\","
		"\"customer\":\"c1\",\"accept_by\":\"2026-03-01T10:00:00.000Z\",\"code\":false,"
		"\"due\":\"2026-03-01T10:00:00.000Z\",\"work\":\"answer\",\"version\":1,"
		"\"currency\":\"GBP\",\"allowed\":[\"accept\",\"reject\",\"hold\",\"cancel\","
		"\"split\",\"update\"],"
		"\"lines\":[{\"line\":\"1\",\"sku\":\"A\","
		"\"name\":\"Apple "
		"juice\",\"sold_by\":\"piece\",\"quantity\":2,\"picked\":0,\"price\":2.5}]}");
	CHECK_HAS(view_row(&view, BR_WEB_ORDER, "O-2"),
		"\"code\":false,\"work\":\"pick\",\"version\":2,\"currency\":\"GBP\","
		"\"allowed\":[\"hold\",\"pick\",\"short\",\"substitute\",\"cancel\",\"split\","
		"\"update\"]");
	view_close(&view);
	ledger_must(&ledger, "order.pick", "{\"order\":\"O-2\",\"line\":\"1\"}");
	ledger_must(&ledger, "order.ready", "{\"order\":\"O-2\"}");
	ledger_must(&ledger, "order.hand_over", "{\"order\":\"O-2\"}");
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_ORDER, "O-2"), "\"allowed\":[\"close\",\"update\"],");
	CHECK_HAS(view_row(&view, BR_WEB_ORDER, "O-2"),
		"\"quantity\":1,\"picked\":0,\"handed_over\":1,");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_a_label_shows_ledger_and_access_point_together(void)
{
	struct view view;

	begin("label");
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(view_row(&view, BR_WEB_LABEL, "0123456789AB"),
		"{\"key\":\"0123456789AB\",\"sequence\":12,\"label\":\"0123456789AB\",\"sku\":"
		"\"A\","
		"\"name\":\"Apple juice\",\"price\":2.5,\"currency\":\"GBP\",\"state\":\"dirty\","
		"\"since\":\"2026-03-01T10:10:00.000Z\",\"wanted\":"
		"\"00112233445566778899aabbccddeeff\",\"shown\":null,\"rev\":10,\"tries\":0,"
		"\"error\":null}");
	fake.label_n = 1;
	fake.labels[0] = (struct br_web_live_label){.label = "0123456789AB",
		.ap = "ap-1",
		.type = "m29",
		.w = 296,
		.h = 128,
		.delivery = BR_WEB_DELIVERY_OFFERED,
		.tries = 2,
		.last_seen_ms = LEDGER_NOW_MS,
		.battery_mv = 2950,
		.rssi = BR_WEB_UNKNOWN,
		.tc = 21};
	CHECK_HAS(view_row(&view, BR_WEB_LABEL, "0123456789AB"), "\"state\":\"offered\"");
	CHECK_HAS(view_row(&view, BR_WEB_LABEL, "0123456789AB"), "\"ap\":\"ap-1\"");
	CHECK_HAS(view_row(&view, BR_WEB_LABEL, "0123456789AB"),
		"\"tries\":2,\"error\":null,\"type\":\"m29\",\"w\":296,\"h\":128,\"last_seen\":"
		"\"2026-03-01T10:10:00.000Z\",\"battery_mv\":2950,\"tc\":21}");
	/* One that was heard and never bound is there to be bound. */
	memcpy(fake.labels[0].label, "FFFFFFFFFFFF", 13);
	CHECK_HAS(view_row(&view, BR_WEB_LABEL, "FFFFFFFFFFFF"),
		"\"sequence\":0,\"label\":\"FFFFFFFFFFFF\",\"ap\":\"ap-1\",\"sku\":null,\"state\":"
		"\"unbound\"");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_the_state_of_a_label_is_the_worst_that_is_true(void)
{
	struct br_web_live_label live = {.delivery = BR_WEB_DELIVERY_SENDING};
	struct br_label label = {.label = BR_STR("0123456789AB")};

	CHECK_TEXT(br_web_label_state(&label, &live), "unbound");
	label.sku = BR_STR("A");
	CHECK_TEXT(br_web_label_state(&label, NULL), "unknown");
	CHECK_TEXT(br_web_label_state(&label, &live), "sending");
	label.wanted_rev = 5;
	CHECK_TEXT(br_web_label_state(&label, NULL), "dirty");
	label.error = BR_STR("no answer");
	CHECK_TEXT(br_web_label_state(&label, &live), "failed");
	label.shown_rev = 5;
	CHECK_TEXT(br_web_label_state(&label, &live), "clean");
	live.lost = true;
	CHECK_TEXT(br_web_label_state(&label, &live), "lost");
}

static void test_a_sensor_shows_limits_values_and_alarm(void)
{
	struct view view;

	begin("sensor");
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(view_row(&view, BR_WEB_SENSOR, "zigbee2mqtt/cooler/dairy-1"),
		"{\"key\":\"zigbee2mqtt/cooler/dairy-1\",\"sequence\":13,\"device\":"
		"\"zigbee2mqtt/cooler/dairy-1\",\"source\":\"zigbee2mqtt\",\"name\":\"Dairy "
		"cooler\",\"zone\":\"dairy\",\"adopted\":true,\"state\":\"alarm\",\"since\":"
		"\"2026-03-01T10:10:00.000Z\",\"last_seen\":null,\"battery\":null,\"channels\":[{"
		"\"channel\":\"temperature\",\"value\":null,\"low\":1,\"high\":5,\"alarm\":true}]"
		"}");
	fake.sensor_n = 1;
	fake.sensors[0] = (struct br_web_live_sensor){.device = "zigbee2mqtt/cooler/dairy-1",
		.last_seen_ms = LEDGER_NOW_MS,
		.battery = 87000,
		.channel_n = 2,
		.channels = {{.channel = "temperature",
				     .kind = "temperature",
				     .unit = "°C",
				     .has_value = true,
				     .value = 9340,
				     .observed_ms = LEDGER_NOW_MS},
			{.channel = "humidity", .kind = "humidity", .unit = "%"}}};
	CHECK_HAS(view_row(&view, BR_WEB_SENSOR, "zigbee2mqtt/cooler/dairy-1"),
		"\"battery\":87,\"channels\":[{\"channel\":\"temperature\",\"kind\":"
		"\"temperature\","
		"\"unit\":\"°C\",\"value\":9.34,\"observed\":\"2026-03-01T10:10:00.000Z\",\"low\":"
		"1,"
		"\"high\":5,\"alarm\":true},{\"channel\":\"humidity\",\"kind\":\"humidity\","
		"\"unit\":\"%\",\"value\":null,\"low\":null,\"high\":null,\"alarm\":false}]}");
	view_close(&view);
	ledger_must(&ledger, "alarm.clear",
		"{\"alarm\":\"zigbee2mqtt/cooler/dairy-1/temperature/high\"}");
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_SENSOR, "zigbee2mqtt/cooler/dairy-1"), "\"state\":\"ok\"");
	fake.sensors[0].stale = true;
	CHECK_HAS(view_row(&view, BR_WEB_SENSOR, "zigbee2mqtt/cooler/dairy-1"),
		"\"state\":\"stale\",\"since\":\"2026-03-01T10:10:00.000Z\"");
	/* A device that nobody has adopted is shown, so that it can be. */
	memcpy(fake.sensors[0].device, "tasmota/x", 10);
	CHECK_HAS(view_row(&view, BR_WEB_SENSOR, "tasmota/x"),
		"\"source\":\"tasmota\",\"name\":\"\",\"zone\":\"\",\"adopted\":false");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_an_alarm_says_who_took_it(void)
{
	struct view view;

	begin("alarm");
	ledger_must(&ledger, "alarm.acknowledge",
		"{\"alarm\":\"zigbee2mqtt/cooler/dairy-1/temperature/high\",\"reason\":\"door was "
		"open\"}");
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(view_row(&view, BR_WEB_ALARM, "zigbee2mqtt/cooler/dairy-1/temperature/high"),
		"{\"key\":\"zigbee2mqtt/cooler/dairy-1/temperature/high\",\"sequence\":16,"
		"\"alarm\":\"zigbee2mqtt/cooler/dairy-1/temperature/high\",\"device\":"
		"\"zigbee2mqtt/cooler/dairy-1\",\"channel\":\"temperature\",\"rule\":\"high\","
		"\"severity\":\"problem\",\"text\":\"Dairy cooler: 9.3 °C, above 5 °C\",\"value\":"
		"9.3,\"name\":\"Dairy cooler\",\"low\":1,\"high\":5,"
		"\"raised\":\"2026-03-01T10:10:00.000Z\",\"cleared\":null,\"acknowledged\":"
		"\"2026-03-01T10:10:00.000Z\",\"acknowledged_by\":\"test\",\"reason\":\"door was "
		"open\"}");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_the_link_adds_its_lanes_up(void)
{
	struct view view;

	begin("link");
	fake.link.lane_n = 2;
	fake.link.down_n = 1;
	fake.link.down[0] = (struct br_web_live_down){"catalog", 45000, 100000};
	fake.link.lanes[1] = (struct br_web_live_lane){.name = "orders",
		.backlog = 2,
		.oldest_ms = LEDGER_NOW_MS - 60000,
		.head = 7,
		.thinned = 9};
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(view_row(&view, BR_WEB_LINK, "hq"),
		"{\"key\":\"hq\",\"sequence\":15,\"state\":\"up\",\"since\":"
		"\"2026-03-01T09:10:00.000Z\",\"hq\":\"hq.example:8883\",\"certificate\":null,"
		"\"backlog\":5,\"lanes\":{"
		"\"stock\":{\"backlog\":3,\"oldest\":\"2026-03-01T10:09:55.000Z\",\"acked\":10,"
		"\"head\":13,\"thinned\":0},\"orders\":{\"backlog\":2,\"oldest\":\"2026-03-01T10:"
		"09:00.000Z\","
		"\"acked\":0,\"head\":7,\"thinned\":9}},\"down\":{\"catalog\":{\"taken\":45000,"
		"\"head\":100000}},"
		"\"oldest_unacknowledged\":\"2026-03-01T10:09:00.000Z\","
		"\"last_ack\":\"2026-03-01T10:09:59.000Z\",\"round_trip_ms\":12,\"last_error\":"
		"null,\"comparisons\":{}}");
	(void)snprintf(fake.link.fallback, sizeof(fake.link.fallback), "hq2.example:8884");
	fake.link.certificate = (struct br_web_live_certificate){
		.state = BR_WEB_CERTIFICATE_SOON,
		.since_ms = LEDGER_NOW_MS,
		.until_ms = LEDGER_NOW_MS + INT64_C(20) * 24 * 3600 * 1000,
		.days = 20,
		.text = "good for 20 days",
	};
	CHECK_HAS(view_row(&view, BR_WEB_LINK, "hq"),
		"\"hq\":\"hq.example:8883\",\"fallback\":\"hq2.example:8884\",\"certificate\":{"
		"\"state\":\"soon\",\"since\":\"2026-03-01T10:10:00.000Z\",\"until\":"
		"\"2026-03-21T10:10:00.000Z\",\"days\":20,\"text\":\"good for 20 days\"}");
	/* HQ's clock in whole minutes, once it was heard. */
	CHECK(strstr(view_row(&view, BR_WEB_LINK, "hq"), "hq_clock") == NULL);
	fake.link.hq_clock_ms = 59999;
	CHECK_HAS(
		view_row(&view, BR_WEB_LINK, "hq"), "\"hq_clock\":{\"minutes\":0,\"apart\":false}");
	fake.link.hq_clock_ms = -7 * 60000;
	fake.link.hq_clock_apart = true;
	CHECK_HAS(
		view_row(&view, BR_WEB_LINK, "hq"), "\"hq_clock\":{\"minutes\":-7,\"apart\":true}");
	view.view.live = &br_web_live_null;
	CHECK_HAS(view_row(&view, BR_WEB_LINK, "hq"), "\"state\":\"off\"");
	CHECK_HAS(view_row(&view, BR_WEB_LINK, "hq"), "\"round_trip_ms\":null");
	view_close(&view);
	/* A restored ledger says how much of what it forgot has come back. */
	CHECK_INT(br_core_renew(ledger.core, 0, LEDGER_NOW_MS), 0);
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_LINK, "hq"),
		"\"restored\":{\"at\":\"2026-03-01T10:10:00.000Z\",\"backup_head\":15,\"merged\":0,"
		"\"withdrawn\":0,\"done\":false,\"until\":null,\"lost\":0}");
	CHECK_INT(br_core_recovered(ledger.core, 15, 19, LEDGER_NOW_MS), 0);
	CHECK_INT(br_core_commit(ledger.core), 0);
	view_close(&view);
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_LINK, "hq"), "\"done\":true,\"until\":null,\"lost\":4}");
	view_close(&view);
	ledger_close(&ledger);
}

/* The keys of a walk, joined by blanks. */
static const char *walked(struct view *view, enum br_web_noun noun)
{
	struct br_web_walk walk = {.n = 0};
	struct br_str key;

	br_text_clear(&view->text);
	br_text_puts(&view->text, "");
	while (br_web_walk_next(&view->view, noun, &walk, &key)) {
		br_text_add_str(&view->text, key);
		br_text_putc(&view->text, ' ');
	}
	return view->text.n > 0 ? view->text.bytes : "";
}

static void test_a_walk_comes_by_every_row_once(void)
{
	struct view view;

	begin("walk");
	ledger_must(&ledger, "label.bind", "{\"label\":\"CCCCCCCCCCCC\",\"sku\":\"A\"}");
	ledger_must(&ledger, "alarm.raise",
		"{\"alarm\":\"x/y/z\",\"rule\":\"z\",\"text\":\"old\",\"severity\":\"attention\"}");
	ledger_must(&ledger, "alarm.clear", "{\"alarm\":\"x/y/z\"}");
	fake.label_n = 3;
	memcpy(fake.labels[0].label, "0000000000AA", 13);
	memcpy(fake.labels[1].label, "0123456789AB", 13);
	memcpy(fake.labels[2].label, "DDDDDDDDDDDD", 13);
	fake.sensor_n = 1;
	memcpy(fake.sensors[0].device, "tasmota/x", 10);
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(walked(&view, BR_WEB_ORDER), "O-1 O-2 ");
	CHECK_TEXT(walked(&view, BR_WEB_LABEL),
		"0000000000AA 0123456789AB CCCCCCCCCCCC DDDDDDDDDDDD ");
	CHECK_TEXT(walked(&view, BR_WEB_SENSOR), "tasmota/x zigbee2mqtt/cooler/dairy-1 ");
	CHECK_TEXT(
		walked(&view, BR_WEB_ALARM), "x/y/z zigbee2mqtt/cooler/dairy-1/temperature/high ");
	CHECK_TEXT(walked(&view, BR_WEB_STATUS), "store ");
	CHECK_TEXT(walked(&view, BR_WEB_LINK), "hq ");
	CHECK_TEXT(walked(&view, BR_WEB_PRODUCT), "");
	/* A day later the cleared alarm is of no interest. */
	view.view.now_ms += INT64_C(25) * 3600 * 1000;
	CHECK_TEXT(walked(&view, BR_WEB_ALARM), "zigbee2mqtt/cooler/dairy-1/temperature/high ");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_nouns_are_found_by_their_names(void)
{
	enum br_web_noun noun = BR_WEB_LINK;

	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++) {
		CHECK(br_web_noun_named(br_str_from(br_web_noun_names[i]), &noun));
		CHECK_INT(noun, i);
	}
	CHECK(!br_web_noun_named(BR_STR("orders"), &noun));
	CHECK_INT(noun, BR_WEB_NOUN_N - 1);
}

int main(int argc, char **argv)
{
	TEST(test_a_product_shows_catalogue_price_and_stock);
	TEST(test_a_product_shows_what_the_shelf_needs);
	TEST(test_a_promotion_shows_what_it_was_before);
	TEST(test_a_held_price_is_told_beside_the_new_one);
	TEST(test_what_is_not_there_is_removed);
	TEST(test_an_order_shows_its_lines_and_next_states);
	TEST(test_a_label_shows_ledger_and_access_point_together);
	TEST(test_the_state_of_a_label_is_the_worst_that_is_true);
	TEST(test_a_sensor_shows_limits_values_and_alarm);
	TEST(test_an_alarm_says_who_took_it);
	TEST(test_the_link_adds_its_lanes_up);
	TEST(test_a_walk_comes_by_every_row_once);
	TEST(test_nouns_are_found_by_their_names);
	return test_end(argc, argv);
}
