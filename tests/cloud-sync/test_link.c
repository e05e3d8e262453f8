#include "cloud-sync/link.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/metrics.h"
#include "node/tables.h"
#include "tests/cloud-sync/shop.h"

#define HQ_EPOCH "00000000000000aa"

static struct shop shop;
static unsigned hellos, batches;
static uint64_t last_prev, last_first, last_last;

/* Counts what came out by kind, and keeps the last batch's numbers. */
static void out(void *context BR_UNUSED, const char *topic, struct br_str payload)
{
	if (strcmp(topic, "backroom/up/ctl") == 0) {
		hellos += strstr(payload.s, "\"hello\"") != NULL;
		return;
	}
	batches++;
	CHECK_INT(
		sscanf(strstr(payload.s, "\"prev_seq\""),
			"\"prev_seq\":%" SCNu64 ",\"first_seq\":%" SCNu64 ",\"last_seq\":%" SCNu64,
			&last_prev, &last_first, &last_last),
		3);
}

static void welcome(uint64_t stock)
{
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":%" PRIu64 "}}}",
		stock);
}

static void ack(const char *epoch, uint64_t cum_seq)
{
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"ack\",\"epoch\":\"%s\",\"lane\":\"stock\",\"cum_seq\":%" PRIu64
		",\"nack\":[],\"credit\":32}",
		epoch, cum_seq);
}

static struct br_link_state state(void)
{
	return shop_state(&shop);
}

static void begin(const char *name)
{
	hellos = batches = 0;
	shop_open(&shop, name);
	shop.out = out;
	shop_catalogue(&shop);
	/* An earlier run of the process may have sent all this. */
	shop_crash(&shop);
	shop_turn(&shop);
}

static void test_nothing_leaves_without_broker_bridge_and_welcome(void)
{
	begin("leave");
	shop_wait(&shop, 120000);
	CHECK_INT(shop.published, 0);
	CHECK_INT(state().condition, BR_LINK_DOWN);
	shop_connect(&shop, true, false);
	shop_wait(&shop, 120000);
	CHECK_INT(shop.published, 0);
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	CHECK_INT(hellos, 1);
	CHECK_INT(batches, 0);
	/* HQ itself is away: hellos, more and more seldom, and no batch in any broker's queue. */
	shop_wait(&shop, 300000);
	CHECK(hellos >= 12 && hellos <= 16);
	CHECK_INT(batches, 0);
	CHECK_INT(state().condition, BR_LINK_DOWN);
	welcome(0);
	CHECK_INT(batches, 1);
	CHECK_INT(state().condition, BR_LINK_UP);
	CHECK_TEXT(state().hq, HQ_EPOCH);
	shop_close(&shop);
}

/* An HQ that was restored works out from the heads what it has not heard: none may be too low. */
static void test_a_hello_tells_what_its_turn_has_committed(void)
{
	char head[64];

	begin("heads");
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	shop_crash(&shop);
	shop_connect(&shop, true, true);
	shop_adjust(&shop, "B", -1);
	shop_turn(&shop);
	CHECK_INT(hellos, 1);
	(void)snprintf(
		head, sizeof(head), "\"stock\":{\"head\":%" PRIu64 "}", br_core_head(shop.core));
	CHECK_HAS(shop.last_payload, head);
	shop_close(&shop);
}

static void test_other_bridges_and_odd_states_mean_nothing(void)
{
	begin("odd");
	shop_connect(&shop, true, false);
	shop_say(&shop, "$SYS/broker/connection/another/state", "1");
	CHECK(!state().bridge);
	shop_say(&shop, "$SYS/broker/connection/backroom-0412/state", "yes");
	CHECK(!state().bridge);
	shop_say(&shop, "$SYS/broker/connection/backroom-0412/state", "%s", "");
	CHECK(!state().bridge);
	CHECK_INT(shop.published, 0);
	shop_connect(&shop, true, true);
	CHECK(state().bridge);
	shop_say(&shop, "$SYS/broker/connection/backroom-0412/state", "0");
	CHECK(!state().bridge);
	shop_close(&shop);
}

/* Only the store's broker knows why its bridge does not come up: the link says where to look. */
static void test_a_bridge_that_stays_away_is_told_with_its_causes(void)
{
	int64_t told_ms;

	begin("away");
	shop_connect(&shop, true, false);
	shop_wait(&shop, 9000);
	CHECK_TEXT(state().last_error, "");
	/* The broker has said nothing of it: it was never given one. */
	shop_wait(&shop, 2000);
	CHECK_HAS(state().last_error, "has no bridge backroom-0412: give it what `backroom config");
	told_ms = state().last_error_ms;
	shop_wait(&shop, 120000);
	CHECK_INT(state().last_error_ms, told_ms);
	/* After the broker's restart it has one, which is refused somewhere. */
	shop_connect(&shop, false, false);
	shop_connect(&shop, true, false);
	shop_say(&shop, "$SYS/broker/connection/backroom-0412/state", "0");
	shop_wait(&shop, 9000);
	CHECK_INT(state().last_error_ms, told_ms);
	shop_wait(&shop, 2000);
	CHECK_HAS(state().last_error, "a certificate is not accepted (link.ca, link.certificate)");
	CHECK_HAS(state().last_error, "the log of the store's broker says which");
	CHECK_INT(shop.published, 0);
	/* One that comes up and goes away: first that it went, then where to look. */
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(10);
	shop_wait(&shop, 20000);
	shop_connect(&shop, true, false);
	shop_turn(&shop);
	CHECK_HAS(state().last_error, "the bridge to HQ's broker is down");
	shop_wait(&shop, 11000);
	CHECK_HAS(state().last_error, "no bridge to HQ's broker");
	shop_close(&shop);
}

/* Also when nothing else happens, and not beyond HQ's word. */
static void test_the_age_of_what_waits_is_measured(void)
{
	begin("age");
	CHECK_INT(br_metric_get(BR_METRIC_LINK_OLDEST), 0);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_BACKLOG), 5);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_UP), 0);
	shop.boot_ms += 65000;
	shop_turn(&shop);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_OLDEST), 65);
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_UP), 1);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_OLDEST), 65);
	ack(br_core_epoch(shop.core), 10);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_OLDEST), 0);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_BACKLOG), 0);
	shop.boot_ms += 65000;
	shop_turn(&shop);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_OLDEST), 0);
	/* A clock that was set back makes nothing old. */
	shop_adjust(&shop, "A", -1);
	shop.boot_ms -= 100000;
	shop_turn(&shop);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_OLDEST), 0);
	shop.boot_ms += 100000;
	shop_close(&shop);
}

static void test_a_hello_every_thirty_seconds(void)
{
	unsigned before;

	begin("hello");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(10);
	before = hellos;
	for (unsigned i = 0; i < 10; i++) {
		shop_wait(&shop, 30000);
		welcome(10);
	}
	CHECK(hellos - before >= 10 && hellos - before <= 12);
	CHECK_INT(state().condition, BR_LINK_UP);
	CHECK_INT(state().figures.welcomes, 11);
	CHECK_INT(state().figures.rewinds, 0);
	shop_close(&shop);
}

static void test_a_silent_hq_is_down_after_ninety_seconds(void)
{
	int64_t since_ms;

	begin("silent");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(10);
	since_ms = state().since_ms;
	CHECK_INT(since_ms, SHOP_WALL_MS + shop.boot_ms);
	shop_wait(&shop, 89000);
	CHECK_INT(state().condition, BR_LINK_UP);
	CHECK_INT(state().since_ms, since_ms);
	shop_wait(&shop, 2000);
	CHECK_INT(state().condition, BR_LINK_DOWN);
	CHECK_HAS(state().last_error, "HQ has not answered for 90 s");
	CHECK(state().since_ms > since_ms);
	welcome(10);
	CHECK_INT(state().condition, BR_LINK_UP);
	shop_close(&shop);
}

static void test_a_cut_bridge_is_down_at_once(void)
{
	begin("cut");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(10);
	shop_connect(&shop, true, false);
	shop_turn(&shop);
	CHECK_INT(state().condition, BR_LINK_DOWN);
	CHECK_HAS(state().last_error, "bridge");
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	CHECK_INT(batches, 0);
	CHECK_INT(state().backlog, 1);
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	CHECK_INT(batches, 0);
	welcome(10);
	CHECK_INT(batches, 1);
	CHECK_INT(last_prev, 10);
	shop_close(&shop);
}

static void test_only_hqs_word_moves_the_cursor(void)
{
	begin("word");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	CHECK_INT(batches, 1);
	CHECK_INT(shop_cursor(&shop, "hq/stock"), 0);
	CHECK_INT(state().backlog, 5);
	CHECK_INT(state().oldest_ms, SHOP_WALL_MS + 1000);
	ack(br_core_epoch(shop.core), 10);
	CHECK_INT(shop_cursor(&shop, "hq/stock"), 10);
	CHECK_INT(state().backlog, 0);
	CHECK_INT(state().oldest_ms, 0);
	CHECK_INT(state().last_ack_ms, SHOP_WALL_MS + shop.boot_ms);
	CHECK_INT(state().round_trip_ms, 0);
	/* After a restart it is still so. */
	shop_crash(&shop);
	shop_turn(&shop);
	CHECK_INT(state().lanes[br_lane_index(BR_LANE_STOCK)].acked, 10);
	shop_close(&shop);
}

/* What the contract does not allow: counted, said, and nothing has moved. */
static void test_hostile_acks_move_nothing(void)
{
	uint64_t metric;

	begin("hostile");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	metric = br_metric_get(BR_METRIC_LINK_MALFORMED);
	ack("ffffffffffffffff", 10);
	CHECK_INT(state().figures.other_epoch, 1);
	CHECK_HAS(state().last_error, "epoch ffffffffffffffff");
	ack(br_core_epoch(shop.core), 11);
	ack(br_core_epoch(shop.core), UINT64_C(9007199254740992));
	CHECK_INT(state().figures.acks_beyond, 2);
	CHECK_HAS(state().last_error, "never sent");
	shop_say(&shop, "backroom/dn/ctl", "{\"type\":\"ack\"");
	shop_say(&shop, "backroom/dn/ctl", "[1,2,3]");
	shop_say(&shop, "backroom/dn/ctl", "%s", "");
	shop_say(&shop, "backroom/dn/nolane", "{}");
	shop_say(&shop, "backroom/dn/", "{}");
	shop_say(&shop, "backroom/dn/orders/x", "{}");
	CHECK_INT(state().figures.malformed, 6);
	CHECK_HAS(state().last_error, "no lane");
	CHECK_INT(br_metric_get(BR_METRIC_LINK_MALFORMED), metric + 9);
	CHECK_INT(state().lanes[br_lane_index(BR_LANE_STOCK)].acked, 0);
	CHECK_INT(shop_cursor(&shop, "hq/stock"), 0);
	CHECK_INT(state().figures.acks, 0);
	/* A good one replayed in between is no harm. */
	ack(br_core_epoch(shop.core), 10);
	ack(br_core_epoch(shop.core), 10);
	ack(br_core_epoch(shop.core), 3);
	CHECK_INT(shop_cursor(&shop, "hq/stock"), 10);
	shop_close(&shop);
}

static void id_read(char ret_id[17])
{
	const char *at = strstr(shop.last_payload, "\"id\":\"");

	REQUIRE(at != NULL);
	memcpy(ret_id, at + 6, 16);
	ret_id[16] = '\0';
}

static void welcome_of(const char *id, const char *hq_epoch)
{
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"id\":\"%s\",\"hq_epoch\":\"%s\",\"lanes\":{"
		"\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}",
		id, hq_epoch);
}

/* A restored HQ answers under another epoch; what the one before it wrote may come behind that. */
static void test_a_welcome_that_was_long_on_its_way_is_ignored(void)
{
	char first[17], second[17], third[17];

	begin("late");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	id_read(first);
	shop_wait(&shop, 2000);
	CHECK_INT(hellos, 2);
	id_read(second);
	welcome_of(second, HQ_EPOCH);
	CHECK_INT(state().condition, BR_LINK_UP);
	shop_connect(&shop, true, false);
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	CHECK_INT(hellos, 3);
	id_read(third);
	welcome_of(first, "00000000000000e2");
	welcome_of(second, HQ_EPOCH);
	CHECK_INT(state().condition, BR_LINK_DOWN);
	CHECK_INT(state().figures.unasked, 2);
	CHECK_TEXT(state().hq, HQ_EPOCH);
	welcome_of(third, HQ_EPOCH);
	CHECK_INT(state().condition, BR_LINK_UP);
	shop_close(&shop);
}

static void test_a_welcome_nobody_asked_for_is_ignored(void)
{
	begin("unasked");
	shop_connect(&shop, true, false);
	welcome(0);
	CHECK_INT(state().figures.unasked, 1);
	CHECK_TEXT(state().hq, "");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	ack(br_core_epoch(shop.core), 10);
	/* Doubled on the way: it may not take the outbox back. */
	welcome(0);
	CHECK_INT(state().figures.unasked, 2);
	CHECK_INT(state().figures.rewinds, 0);
	CHECK_INT(state().lanes[br_lane_index(BR_LANE_STOCK)].acked, 10);
	/* One that names another epoch of this store is from before a restore. */
	shop_wait(&shop, 30000);
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"epoch\":\"ffffffffffffffff\",\"hq_epoch\":"
		"\"" HQ_EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}");
	CHECK_INT(state().figures.other_epoch, 1);
	CHECK_INT(state().figures.rewinds, 0);
	shop_close(&shop);
}

static void test_an_hq_that_lost_events_gets_them_again(void)
{
	begin("lost");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	ack(br_core_epoch(shop.core), 10);
	shop_wait(&shop, 30000);
	welcome(4);
	CHECK_INT(state().figures.rewinds, 1);
	CHECK_INT(last_prev, 4);
	CHECK_INT(last_first, 6);
	CHECK_INT(last_last, 10);
	CHECK_INT(state().backlog, 3);
	/* The stored number never goes back. */
	CHECK_INT(shop_cursor(&shop, "hq/stock"), 10);
	ack(br_core_epoch(shop.core), 10);
	CHECK_INT(state().backlog, 0);
	shop_close(&shop);
}

/* A ledger that was restored has a new epoch: HQ has nothing of it, and gets everything. */
static void test_a_new_epoch_of_the_store_sends_all_again(void)
{
	char before[17];

	begin("restored");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	ack(br_core_epoch(shop.core), 10);
	(void)snprintf(before, sizeof(before), "%s", br_core_epoch(shop.core));
	br_txn_put(br_core_txn(shop.core), BR_TABLE_STATE, BR_STR("epoch"), BR_STR("restored"));
	shop_turn(&shop);
	shop_crash(&shop);
	shop_turn(&shop);
	CHECK(strcmp(before, br_core_epoch(shop.core)) != 0);
	/* What was under way for the old epoch is nothing to the new one. */
	ack(before, 10);
	CHECK_INT(state().figures.other_epoch, 1);
	batches = 0;
	welcome(0);
	CHECK_INT(batches, 1);
	CHECK_INT(last_prev, 0);
	CHECK_INT(last_last, 10);
	CHECK_HAS(shop.last_payload, br_core_epoch(shop.core));
	ack(br_core_epoch(shop.core), 10);
	CHECK_INT(state().backlog, 0);
	shop_close(&shop);
}

static void test_lanes_do_not_wait_for_each_other(void)
{
	static const char record[] = {1, BR_EVENT_STOCK_MOVED, ' ', 'n', 'o', 'n', 'e'};
	struct br_key key = br_key_of_u64(4);

	begin("lanes");
	br_txn_put(br_core_txn(shop.core), BR_TABLE_JOURNAL, br_key_str(&key),
		(struct br_str){record, sizeof(record)});
	shop_turn(&shop);
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	/* The lane of stock stands before its damaged record and says so. */
	CHECK_INT(batches, 0);
	CHECK_HAS(state().last_error, "the lane stock stands");
	CHECK_HAS(state().last_error, "backroom verify");
	CHECK(br_link_due_ms(shop.link) > shop.boot_ms);
	shop_run(&shop, "{\"id\":\"o1\",\"type\":\"order.offer\",\"data\":{\"order\":\"O-1\","
			"\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}}");
	CHECK_INT(batches, 1);
	CHECK_INT(last_first, 11);
	CHECK_INT(state().lanes[br_lane_index(BR_LANE_ORDERS)].backlog, 2);
	shop_close(&shop);
}

/* After days without HQ: what is new, order or sale, leaves at once, ahead of the backlog. */
static void test_nothing_new_waits_behind_a_backlog(void)
{
	unsigned before;

	begin("ahead");
	for (unsigned i = 0; i < 40 * BR_LINK_BATCH_EVENTS_MAX; i++) {
		shop_adjust(&shop, "A", 1);
		if (i % 100 == 99)
			shop_turn(&shop);
	}
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(0);
	for (unsigned i = 0; i < 20; i++) {
		br_link_tick(shop.link);
		shop_turn(&shop);
	}
	CHECK(batches > 0 && batches < BR_LINK_WINDOW_BATCHES);
	CHECK_TEXT(shop.last_topic, "backroom/up/stock");
	CHECK(state().lanes[br_lane_index(BR_LANE_STOCK)].behind);
	before = batches;
	CHECK(state().backlog > BR_LINK_WINDOW_BATCHES * 100);
	shop_run(&shop, "{\"id\":\"o1\",\"type\":\"order.offer\",\"data\":{\"order\":\"O-1\","
			"\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}}");
	CHECK_TEXT(shop.last_topic, "backroom/up/orders");
	CHECK_INT(batches, before + 1);
	CHECK_INT(state().lanes[br_lane_index(BR_LANE_ORDERS)].in_flight, 1);
	shop_adjust(&shop, "B", 1);
	shop_turn(&shop);
	CHECK_TEXT(shop.last_topic, "backroom/up/stock");
	CHECK_HAS(shop.last_payload, "\"subject\":\"B\"");
	CHECK_INT(batches, before + 2);
	shop_close(&shop);
}

static void telemetry_welcome(uint64_t stock)
{
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":%" PRIu64
		"},\"telemetry\":{\"cum_seq\":0}}}",
		stock);
}

/* A sick cold room is told beside a backlog of sales, which hardly notices it. */
static void test_telemetry_stands_back_but_is_told(void)
{
	unsigned i = br_lane_index(BR_LANE_TELEMETRY);

	begin("telemetry");
	shop_telemetry(&shop, SHOP_ADOPT);
	for (unsigned n = 0; n < 20 * BR_LINK_BATCH_EVENTS_MAX; n++) {
		shop_adjust(&shop, "A", 1);
		shop_telemetry(&shop, n % 2 == 0 ? SHOP_LOST : SHOP_BACK);
		if (n % 100 == 99)
			shop_turn(&shop);
	}
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	telemetry_welcome(0);
	for (unsigned n = 0; n < 20; n++) {
		br_link_tick(shop.link);
		shop_turn(&shop);
	}
	CHECK(state().lanes[br_lane_index(BR_LANE_STOCK)].in_flight > 1);
	CHECK_INT(state().lanes[i].in_flight, 1);
	/* Nothing else waits any more: it may use the line. */
	shop_crash(&shop);
	shop_turn(&shop);
	telemetry_welcome(br_core_head(shop.core) - 1);
	for (unsigned n = 0; n < 20; n++) {
		br_link_tick(shop.link);
		shop_turn(&shop);
	}
	CHECK_INT(state().lanes[br_lane_index(BR_LANE_STOCK)].backlog, 0);
	CHECK(state().lanes[i].in_flight > 1);
	CHECK(state().lanes[i].backlog > 1000);
	shop_close(&shop);
}

/* An HQ that does not name the lane does not get it, and nothing is said to wait. */
static void test_hq_may_do_without_telemetry(void)
{
	unsigned i = br_lane_index(BR_LANE_TELEMETRY);

	begin("without");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(10);
	shop_telemetry(&shop, SHOP_ADOPT);
	shop_turn(&shop);
	CHECK_INT(batches, 0);
	CHECK_INT(state().lanes[i].backlog, 0);
	CHECK_INT(state().backlog, 0);
	CHECK_INT(state().oldest_ms, 0);
	/* Another version of HQ's program asks for it from the beginning. */
	shop_wait(&shop, BR_LINK_HELLO_INTERVAL_MS);
	telemetry_welcome(10);
	CHECK_TEXT(shop.last_topic, "backroom/up/telemetry");
	CHECK_HAS(shop.last_payload, "\"type\":\"org.backroom.device.adopted.v1\"");
	CHECK_INT(state().lanes[i].backlog, 1);
	shop_close(&shop);
}

/* HQ does not follow this ledger: nothing is sent, and what to do is said. */
static void test_an_epoch_that_hq_refuses_sends_nothing(void)
{
	static const struct {
		const char *code, *says;
	} rows[] = {{"epoch_left", "another node has taken this store's place"},
		{"sequence_reused", "`backroom restore`"}};
	char text[200];

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		begin(rows[i].code);
		shop_connect(&shop, true, true);
		shop_turn(&shop);
		welcome(0);
		CHECK_INT(state().condition, BR_LINK_UP);
		(void)snprintf(text, sizeof(text),
			"{\"type\":\"refused\",\"epoch\":\"%s\",\"code\":\"%s\"}",
			br_core_epoch(shop.core), rows[i].code);
		shop_message(&shop, "backroom/dn/ctl", br_str_from(text));
		shop_turn(&shop);
		CHECK_INT(state().condition, BR_LINK_DOWN);
		CHECK_INT(state().figures.epochs_refused, 1);
		CHECK_HAS(state().last_error, rows[i].says);
		batches = 0;
		shop_adjust(&shop, "A", 1);
		shop_turn(&shop);
		CHECK_INT(batches, 0);
		shop_close(&shop);
	}
}

static void test_a_commit_is_sent_in_its_own_turn(void)
{
	begin("commit");
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(10);
	shop_adjust(&shop, "A", -1);
	CHECK_INT(batches, 0);
	/* Not before it is durable. */
	CHECK_INT(br_link_turn(shop.link), 0);
	CHECK_INT(batches, 0);
	shop_turn(&shop);
	CHECK_INT(batches, 1);
	CHECK_INT(last_first, 11);
	/* A turn in which nothing happened costs nothing and sends nothing. */
	shop_turn(&shop);
	CHECK_INT(batches, 1);
	shop_close(&shop);
}

static void test_a_refused_publish_is_tried_again(void)
{
	begin("again");
	shop_connect(&shop, true, true);
	shop.publish_fails = 2;
	shop_turn(&shop);
	CHECK_INT(hellos, 0);
	shop_wait(&shop, 3000);
	CHECK_INT(hellos, 1);
	shop.publish_fails = 1;
	welcome(0);
	CHECK_INT(batches, 0);
	shop_wait(&shop, 2000);
	CHECK_INT(batches, 1);
	shop_close(&shop);
}

static int refuse(void *context BR_UNUSED, const char *topic BR_UNUSED,
	struct br_str payload BR_UNUSED, int qos BR_UNUSED, bool retain BR_UNUSED)
{
	CHECK(false);
	return BR_E_OFFLINE;
}

static uint32_t roll(void *context BR_UNUSED)
{
	return 0;
}

static bool away(void *context BR_UNUSED)
{
	return false;
}

static void test_a_link_that_is_off_does_nothing(void)
{
	struct br_publisher publisher = {refuse, away, NULL};
	struct br_link_options options = {
		.store_id = SHOP_ID, .version = "0", .dice = {roll, NULL}, .enabled = false};
	BR_CLEANUP(br_link_cleanup) struct br_link *link = NULL;
	struct br_message message = {
		.topic = BR_STR("backroom/dn/ctl"), .payload = BR_STR("{}"), .qos = 1};
	struct br_link_state off;

	begin("off");
	REQUIRE(br_link_create(NULL, shop.core, shop.store, publisher, &shop.clock, &options, &link,
			NULL) == 0);
	br_link_connected(link, true);
	br_link_message(link, &message);
	br_link_tick(link);
	CHECK_INT(br_link_turn(link), 0);
	br_link_state(link, &off);
	CHECK_INT(off.condition, BR_LINK_OFF);
	CHECK_INT(off.figures.malformed, 0);
	shop_close(&shop);
}

static void test_a_store_id_that_cannot_stand_in_a_topic_is_refused(void)
{
	static const char *const bad[] = {"", "a b", "a/b", "a+b", "#", "a.b", "\xc3\xa4",
		"12345678901234567890123456789012345678901234567890123456789012345"};
	struct br_publisher publisher = {refuse, away, NULL};
	struct br_link_options options = {.version = "0", .dice = {roll, NULL}, .enabled = true};
	struct br_link *link = NULL;
	struct br_fault fault;

	begin("id");
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		options.store_id = bad[i];
		CHECK_INT(br_link_create(NULL, shop.core, shop.store, publisher, &shop.clock,
				  &options, &link, &fault),
			BR_E_INVALID);
		CHECK_HAS(fault.text, "store.id");
		CHECK(link == NULL);
	}
	shop_close(&shop);
}

static void test_a_cursor_beyond_the_journal_stops_the_start(void)
{
	struct br_publisher publisher = {refuse, away, NULL};
	struct br_link_options options = {
		.store_id = SHOP_ID, .version = "0", .dice = {roll, NULL}, .enabled = true};
	struct br_link *link = NULL;
	struct br_fault fault;

	begin("cursor");
	REQUIRE(br_core_cursor(shop.core, BR_STR("hq/stock"), 11) == 0);
	shop_turn(&shop);
	CHECK_INT(br_link_create(NULL, shop.core, shop.store, publisher, &shop.clock, &options,
			  &link, &fault),
		BR_E_CORRUPT);
	CHECK_HAS(fault.text, "cursors");
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_nothing_leaves_without_broker_bridge_and_welcome);
	TEST(test_a_hello_tells_what_its_turn_has_committed);
	TEST(test_other_bridges_and_odd_states_mean_nothing);
	TEST(test_a_bridge_that_stays_away_is_told_with_its_causes);
	TEST(test_the_age_of_what_waits_is_measured);
	TEST(test_a_hello_every_thirty_seconds);
	TEST(test_a_silent_hq_is_down_after_ninety_seconds);
	TEST(test_a_cut_bridge_is_down_at_once);
	TEST(test_only_hqs_word_moves_the_cursor);
	TEST(test_hostile_acks_move_nothing);
	TEST(test_a_welcome_that_was_long_on_its_way_is_ignored);
	TEST(test_a_welcome_nobody_asked_for_is_ignored);
	TEST(test_an_hq_that_lost_events_gets_them_again);
	TEST(test_a_new_epoch_of_the_store_sends_all_again);
	TEST(test_lanes_do_not_wait_for_each_other);
	TEST(test_nothing_new_waits_behind_a_backlog);
	TEST(test_telemetry_stands_back_but_is_told);
	TEST(test_hq_may_do_without_telemetry);
	TEST(test_an_epoch_that_hq_refuses_sends_nothing);
	TEST(test_a_commit_is_sent_in_its_own_turn);
	TEST(test_a_refused_publish_is_tried_again);
	TEST(test_a_link_that_is_off_does_nothing);
	TEST(test_a_store_id_that_cannot_stand_in_a_topic_is_refused);
	TEST(test_a_cursor_beyond_the_journal_stops_the_start);
	return test_end(argc, argv);
}
