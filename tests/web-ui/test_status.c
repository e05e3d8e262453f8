#include "web-ui/status.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"

static struct ledger ledger;
static struct fake_live fake;
static struct br_web_status status;
static struct view view;

static void begin(const char *name, bool fill)
{
	ledger_open(&ledger, name);
	if (fill)
		ledger_fill(&ledger);
	fake_live_init(&fake);
	br_web_status_init(&status);
}

/* Opens a view with the status in it. */
static void look(void)
{
	view_open(&view, &ledger, &fake.live);
	view.view.status = &status;
	if (!status.loaded)
		REQUIRE(br_web_status_load(&status, &view.view) == 0);
}

static void end(void)
{
	view_close(&view);
	br_web_status_finish(&status);
	ledger_close(&ledger);
}

static const char *row(void)
{
	return view_row(&view, BR_WEB_STATUS, "store");
}

static void test_an_empty_store_is_all_right(void)
{
	begin("empty", false);
	look();
	CHECK_TEXT(row(),
		"{\"key\":\"store\",\"state\":\"ok\",\"since\":\"2026-03-01T10:10:00.000Z\","
		"\"items\":[],\"counts\":{\"products\":0,\"orders_open\":0,\"orders_overdue\":0,"
		"\"labels\":0,\"labels_waiting\":0,\"labels_failed\":0,\"sensors\":0,"
		"\"sensors_stale\":0,\"alarms\":0,\"sales_today\":0,\"lines_today\":0},\"tasks\":{}"
		",\"link\":{"
		"\"state\":\"up\",\"since\":\"2026-03-01T09:10:00.000Z\",\"backlog\":3},"
		"\"clock\":{\"state\":\"good\",\"source\":\"machine\",\"since\":null},"
		"\"sequence\":0}");
	end();
}

static void test_what_needs_somebody_is_listed_worst_first(void)
{
	begin("worst", true);
	look();
	CHECK_HAS(row(), "\"state\":\"problem\",\"since\":\"2026-03-01T10:00:00.000Z\"");
	/* The order past its deadline, then the alarm: both problems, the older first. */
	CHECK_HAS(row(),
		"\"items\":[{\"severity\":\"problem\",\"what\":\"orders_overdue\",\"noun\":"
		"\"order\",\"key\":\"O-1\",\"text\":\"1 order is past its deadline\",\"since\":"
		"\"2026-03-01T10:00:00.000Z\",\"count\":1},{\"severity\":\"problem\",\"what\":"
		"\"alarm\",\"noun\":\"alarm\",\"key\":"
		"\"zigbee2mqtt/cooler/dairy-1/temperature/high\",\"text\":\"Dairy cooler: 9.3 °C, "
		"above 5 °C\",\"since\":\"2026-03-01T10:10:00.000Z\",\"count\":1}]");
	CHECK_HAS(row(), "\"counts\":{\"products\":2,\"orders_open\":2,\"orders_overdue\":1,"
			 "\"labels\":1,\"labels_waiting\":1,\"labels_failed\":0,\"sensors\":1,"
			 "\"sensors_stale\":0,\"alarms\":1,\"sales_today\":1,\"lines_today\":2}");
	end();
}

static void test_an_acknowledged_alarm_is_no_problem_any_more(void)
{
	begin("acknowledged", true);
	ledger_must(&ledger, "order.cancel", "{\"order\":\"O-1\"}");
	ledger_must(&ledger, "alarm.acknowledge",
		"{\"alarm\":\"zigbee2mqtt/cooler/dairy-1/temperature/high\",\"reason\":\"seen\"}");
	look();
	CHECK_HAS(row(), "\"state\":\"attention\"");
	CHECK_HAS(row(), "\"severity\":\"attention\",\"what\":\"alarm\"");
	end();
}

static void test_many_of_a_kind_are_one_item(void)
{
	begin("many", true);
	ledger_must(&ledger, "order.offer",
		"{\"order\":\"O-3\",\"channel\":\"web\",\"method\":\"pickup\",\"accept_by\":"
		"\"2026-03-01T09:00:00Z\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]"
		"}");
	ledger_must(&ledger, "order.offer",
		"{\"order\":\"O-4\",\"channel\":\"web\",\"method\":\"pickup\",\"lines\":[{\"line\":"
		"\"1\",\"sku\":\"A\",\"quantity\":1}]}");
	look();
	CHECK_HAS(row(), "\"key\":\"O-3\",\"text\":\"2 orders are past their deadline\",\"since\":"
			 "\"2026-03-01T09:00:00.000Z\",\"count\":2}");
	CHECK_HAS(row(), "\"what\":\"orders_waiting\",\"noun\":\"order\",\"key\":\"O-4\",\"text\":"
			 "\"1 order waits to be accepted\"");
	end();
}

static void test_labels_are_followed_without_looking_through_them(void)
{
	begin("labels", true);
	look();
	CHECK(strstr(row(), "labels_late") == NULL);
	view_close(&view);
	/* Sixteen minutes later it still does not show its picture. */
	ledger.now_ms += INT64_C(16) * 60 * 1000;
	br_web_status_touch(&status);
	look();
	CHECK_HAS(row(), "\"what\":\"labels_late\",\"noun\":\"label\",\"key\":\"0123456789AB\"");
	view_close(&view);
	ledger_must(&ledger, "label.give_up",
		"{\"label\":\"0123456789AB\",\"rev\":10,\"tries\":4,\"error\":\"no answer\"}");
	look();
	br_web_status_label(&status, &view.view, BR_STR("0123456789AB"));
	view.view.now_ms += 1000;
	CHECK_HAS(row(), "\"severity\":\"problem\",\"what\":\"labels_failed\"");
	CHECK_HAS(row(), "\"labels_waiting\":0,\"labels_failed\":1");
	view_close(&view);
	ledger_must(&ledger, "label.report",
		"{\"label\":\"0123456789AB\",\"hash\":\"00112233445566778899aabbccddeeff\",\"rev\":"
		"10}");
	look();
	br_web_status_label(&status, &view.view, BR_STR("0123456789AB"));
	view.view.now_ms += 2000;
	CHECK(strstr(row(), "labels_failed\",\"noun") == NULL);
	CHECK_HAS(row(), "\"labels_waiting\":0,\"labels_failed\":0");
	end();
}

static void test_the_node_says_what_it_lacks(void)
{
	begin("node", false);
	fake.node = (struct br_web_live_node){
		.broker_away = true,
		.broker_since_ms = LEDGER_NOW_MS - BR_WEB_BROKER_LATE_MS,
		.space = BR_WEB_SPACE_LOW,
		.space_since_ms = LEDGER_NOW_MS - 1000,
	};
	look();
	/* A broker that restarts is back before anybody has read of it. */
	CHECK(strstr(row(), "broker_away") == NULL);
	CHECK_HAS(row(),
		"\"state\":\"problem\",\"since\":\"2026-03-01T10:09:59.000Z\",\"items\":[{"
		"\"severity\":\"problem\",\"what\":\"space_low\",\"noun\":\"node\",\"key\":"
		"\"\",\"text\":\"The node's disk is nearly full: only sales and orders are "
		"taken\"");
	fake.node.broker_since_ms--;
	fake.node.space = BR_WEB_SPACE_NONE;
	br_web_status_unreadable(&status, LEDGER_NOW_MS);
	br_web_status_unreadable(&status, LEDGER_NOW_MS + 1);
	CHECK_HAS(row(), "[{\"severity\":\"problem\",\"what\":\"broker_away\",\"noun\":\"node\"");
	CHECK_HAS(row(), "\"text\":\"The node's disk is full: nothing is taken\"");
	CHECK_HAS(row(),
		"\"what\":\"rows_unreadable\",\"noun\":\"node\",\"key\":\"\",\"text\":\"The "
		"ledger is damaged: run backroom verify\",\"since\":"
		"\"2026-03-01T10:10:00.000Z\",\"count\":1");
	end();
}

static void test_a_clock_that_is_not_believed_is_said(void)
{
	begin("clock", false);
	look();
	CHECK_HAS(row(), "\"clock\":{\"state\":\"good\",\"source\":\"machine\",");
	CHECK(strstr(row(), "clock_kept") == NULL);
	fake.node.clock = BR_WEB_CLOCK_BEHIND;
	fake.node.time = BR_WEB_TIME_KEPT;
	fake.node.clock_since_ms = LEDGER_NOW_MS - 1000;
	br_web_status_touch(&status);
	CHECK_HAS(row(), "[{\"severity\":\"problem\",\"what\":\"clock_kept\",\"noun\":\"node\"");
	CHECK_HAS(row(), "the time goes on from the last that was known");
	CHECK_HAS(row(), "\"clock\":{\"state\":\"behind\",\"source\":\"kept\",\"since\":"
			 "\"2026-03-01T10:09:59.000Z\"}");
	/* HQ has told the time; and it is far from what was known here. */
	fake.node.clock = BR_WEB_CLOCK_AHEAD;
	fake.node.time = BR_WEB_TIME_HQ;
	fake.node.clock_apart = true;
	fake.node.apart_since_ms = LEDGER_NOW_MS;
	br_web_status_touch(&status);
	CHECK_HAS(row(), "\"severity\":\"attention\",\"what\":\"clock_hq\"");
	CHECK_HAS(row(), "\"severity\":\"attention\",\"what\":\"clock_apart\"");
	CHECK_HAS(row(), "\"clock\":{\"state\":\"ahead\",\"source\":\"hq\"");
	fake.node.time = BR_WEB_TIME_PERSON;
	br_web_status_touch(&status);
	CHECK_HAS(row(), "\"severity\":\"attention\",\"what\":\"clock_person\"");
	CHECK_HAS(row(), "the time is what somebody vouched for");
	CHECK_HAS(row(), "\"clock\":{\"state\":\"ahead\",\"source\":\"person\"");
	end();
}

static void test_stock_below_zero_is_followed(void)
{
	begin("negative", true);
	ledger_must(&ledger, "sale.record",
		"{\"till\":\"t1\",\"lines\":[{\"sku\":\"B\",\"quantity\":2,\"price\":1}]}");
	look();
	CHECK_HAS(row(), "\"severity\":\"attention\",\"what\":\"stock_negative\",\"noun\":"
			 "\"product\",\"key\":\"B\",\"text\":\"1 product has less than nothing in "
			 "stock\"");
	view_close(&view);
	ledger_must(&ledger, "stock.move", "{\"sku\":\"B\",\"kind\":\"receive\",\"quantity\":5}");
	look();
	br_web_status_product(&status, &view.view, BR_STR("B"));
	view.view.now_ms += 1000;
	CHECK(strstr(row(), "stock_negative") == NULL);
	end();
}

static void test_silent_sensors_and_the_link_are_said(void)
{
	begin("silent", true);
	ledger_must(&ledger, "device.lost", "{\"device\":\"zigbee2mqtt/cooler/dairy-1\"}");
	fake.link.state = BR_WEB_LINK_DOWN;
	fake.link.since_ms = LEDGER_NOW_MS - 30000;
	look();
	CHECK_HAS(row(), "\"what\":\"sensors_lost\",\"noun\":\"sensor\",\"key\":"
			 "\"zigbee2mqtt/cooler/dairy-1\",\"text\":\"1 sensor is silent\"");
	/* A link that has been away for half a minute may be back before anyone has read it. */
	CHECK(strstr(row(), "link_down") == NULL);
	view.view.now_ms += 60000;
	br_web_status_touch(&status);
	CHECK_HAS(row(), "\"what\":\"link_down\",\"noun\":\"link\",\"key\":\"hq\",\"text\":\"HQ is "
			 "unreachable, the store works\"");
	end();
}

static void test_what_hq_refuses_is_said_until_somebody_sends_it_again(void)
{
	unsigned refused;
	char json[100];

	begin("refused", true);
	ledger_must(&ledger, "stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":1}");
	refused = (unsigned)ledger.answer.sequence;
	(void)snprintf(json, sizeof(json), "{\"event\":%u,\"code\":\"c\"}", refused);
	ledger_must(&ledger, "event.quarantine", json);
	look();
	CHECK_HAS(row(), "\"severity\":\"attention\",\"what\":\"events_refused\",\"noun\":\"link\","
			 "\"key\":\"hq\",\"text\":\"HQ refuses 1 event\"");
	view_close(&view);
	(void)snprintf(json, sizeof(json), "{\"event\":%u}", refused);
	ledger_must(&ledger, "event.resend", json);
	look();
	br_web_status_touch(&status);
	view.view.now_ms += 1000;
	CHECK(strstr(row(), "events_refused") == NULL);
	end();
}

static void test_a_restored_ledger_is_said_until_it_is_full(void)
{
	begin("restored", true);
	CHECK_INT(br_core_renew(ledger.core, 0, LEDGER_NOW_MS), 0);
	look();
	CHECK_HAS(row(), "\"severity\":\"attention\",\"what\":\"restore_coming\",\"noun\":\"link\","
			 "\"key\":\"hq\",\"text\":\"The ledger was restored: the rest comes back");
	view_close(&view);
	/* HQ has no more, and had heard of four events that it never got. */
	CHECK_INT(br_core_recovered(ledger.core, 15, 19, LEDGER_NOW_MS), 0);
	CHECK_INT(br_core_commit(ledger.core), 0);
	look();
	br_web_status_touch(&status);
	view.view.now_ms += 1000;
	CHECK(strstr(row(), "restore_coming") == NULL);
	CHECK_HAS(row(), "\"what\":\"restore_lost\",\"noun\":\"link\"");
	br_web_status_touch(&status);
	view.view.now_ms += BR_WEB_LOST_SHOWN_MS;
	CHECK(strstr(row(), "restore_lost") == NULL);
	end();
}

static void test_followers_are_told_once_a_second_and_who_asks_at_once(void)
{
	begin("second", true);
	look();
	CHECK_HAS(row(), "\"sales_today\":1");
	status.changed = false;
	view_close(&view);
	ledger_must(&ledger, "sale.record",
		"{\"till\":\"t1\",\"lines\":[{\"sku\":\"A\",\"quantity\":1,\"price\":1}]}");
	look();
	br_web_status_touch(&status);
	CHECK(!br_web_status_due(&status, view.view.now_ms + 999));
	CHECK(br_web_status_due(&status, view.view.now_ms + 1000));
	CHECK_HAS(row(), "\"sales_today\":2");
	CHECK(status.changed);
	CHECK(!br_web_status_due(&status, view.view.now_ms + 1000));
	/* Worked out again it says the same, which nobody needs to be told. */
	status.changed = false;
	view.view.now_ms += 1000;
	br_web_status_touch(&status);
	CHECK_HAS(row(), "\"sales_today\":2");
	CHECK(!status.changed);
	/* A clock that was set back does not stop it. */
	br_web_status_touch(&status);
	CHECK(br_web_status_due(&status, view.view.now_ms - 3600000));
	end();
}

static void test_the_end_of_the_links_certificate_is_said(void)
{
	static const struct {
		enum br_web_certificate_state state;
		const char *says;
	} cases[] = {
		{BR_WEB_CERTIFICATE_SOON,
			"\"severity\":\"attention\",\"what\":\"certificate_soon\""},
		{BR_WEB_CERTIFICATE_URGENT,
			"\"severity\":\"problem\",\"what\":\"certificate_urgent\""},
		{BR_WEB_CERTIFICATE_OVER, "\"text\":\"The link's certificate has ended\""},
		{BR_WEB_CERTIFICATE_CLOCK, "\"text\":\"The node's clock is wrong\""},
		{BR_WEB_CERTIFICATE_UNREADABLE, "\"what\":\"certificate_unreadable\""},
	};

	begin("certificate", true);
	look();
	CHECK(strstr(row(), "certificate_") == NULL);
	fake.link.certificate.state = BR_WEB_CERTIFICATE_GOOD;
	br_web_status_touch(&status);
	CHECK(strstr(row(), "certificate_") == NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		fake.link.certificate.state = cases[i].state;
		fake.link.certificate.since_ms = LEDGER_NOW_MS;
		br_web_status_touch(&status);
		CHECK_HAS(row(), cases[i].says);
	}
	end();
}

static void test_before_it_is_loaded_it_is_unknown(void)
{
	begin("unknown", true);
	view_open(&view, &ledger, &fake.live);
	CHECK_TEXT(row(), "{\"key\":\"store\",\"sequence\":15,\"state\":\"unknown\",\"items\":[],"
			  "\"counts\":{}}");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_an_empty_store_is_all_right);
	TEST(test_what_needs_somebody_is_listed_worst_first);
	TEST(test_an_acknowledged_alarm_is_no_problem_any_more);
	TEST(test_many_of_a_kind_are_one_item);
	TEST(test_labels_are_followed_without_looking_through_them);
	TEST(test_the_node_says_what_it_lacks);
	TEST(test_a_clock_that_is_not_believed_is_said);
	TEST(test_stock_below_zero_is_followed);
	TEST(test_silent_sensors_and_the_link_are_said);
	TEST(test_the_end_of_the_links_certificate_is_said);
	TEST(test_what_hq_refuses_is_said_until_somebody_sends_it_again);
	TEST(test_a_restored_ledger_is_said_until_it_is_full);
	TEST(test_followers_are_told_once_a_second_and_who_asks_at_once);
	TEST(test_before_it_is_loaded_it_is_unknown);
	return test_end(argc, argv);
}
