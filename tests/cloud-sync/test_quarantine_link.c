#include "cloud-sync/quarantine_link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/quarantine.h"
#include "tests/cloud-sync/shop.h"

/* A store whose link is up; HQ is written out by hand. */
static struct shop shop;
static uint64_t adjusted; /* an event of the lane of stock that HQ has */

#define HQ_EPOCH "aaaaaaaaaaaaaaaa"

static void say(const char *text)
{
	shop_message(&shop, "backroom/dn/ctl", br_str_from(text));
	shop_turn(&shop);
	/* What was decided in that turn is committed with the next one at the latest. */
	br_link_tick(shop.link);
	shop_turn(&shop);
}

static void welcome(uint64_t has)
{
	char text[300];

	/* A welcome answers a hello. */
	shop_wait(&shop, BR_LINK_HELLO_INTERVAL_MS);
	(void)snprintf(text, sizeof(text),
		"{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":%" PRIu64 "}}}",
		has);
	say(text);
	CHECK_INT(shop_state(&shop).condition, BR_LINK_UP);
}

static void begin(const char *name)
{
	shop_open(&shop, name);
	shop_catalogue(&shop);
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	shop_connect(&shop, true, true);
	shop_wait(&shop, 1000);
	adjusted = br_core_head(shop.core);
	welcome(0);
	/* It sends what it has, and HQ has it then. */
	welcome(adjusted);
}

static void verdict(uint64_t event, const char *rest)
{
	char text[600];

	(void)snprintf(text, sizeof(text),
		"{\"type\":\"verdict\",\"epoch\":\"%s\",\"events\":[{\"event\":%" PRIu64 ",%s}]}",
		br_core_epoch(shop.core), event, rest);
	say(text);
}

static void refuse(void)
{
	verdict(adjusted, "\"code\":\"unknown_sku\",\"message\":\"no A here\"");
}

static uint64_t quarantined(void)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	return br_quarantine_count(txn);
}

static void person(const char *command)
{
	char json[200];

	(void)snprintf(json, sizeof(json),
		"{\"id\":\"p%" PRIu64 "\",\"type\":\"%s\",\"data\":{\"event\":%" PRIu64 "}}",
		++shop.command_n, command, adjusted);
	shop_run(&shop, json);
	CHECK_INT(shop.answer.outcome, BR_OUTCOME_ACCEPTED);
}

static void test_a_refused_event_blocks_nothing_and_is_journalled_once(void)
{
	uint64_t head;

	begin("once");
	refuse();
	CHECK_INT(quarantined(), 1);
	head = br_core_head(shop.core);
	CHECK(head > adjusted);
	refuse();
	refuse();
	CHECK_INT(br_core_head(shop.core), head);
	/* What comes behind it in its lane goes on. */
	shop_adjust(&shop, "B", -1);
	shop_turn(&shop);
	CHECK_INT(shop_state(&shop).lanes[br_lane_index(BR_LANE_STOCK)].in_flight, 1);
	shop_close(&shop);
}

static void test_sent_again_it_is_refused_again_or_taken(void)
{
	begin("again");
	refuse();
	person("event.resend");
	refuse();
	CHECK_INT(quarantined(), 1);
	person("event.resend");
	/* HQ's word comes to the next process as well as to this one. */
	shop_crash(&shop);
	shop_wait(&shop, 5000);
	welcome(adjusted);
	verdict(adjusted, "\"accepted\":true");
	CHECK_INT(quarantined(), 0);
	verdict(adjusted, "\"accepted\":true");
	CHECK_INT(quarantined(), 0);
	shop_close(&shop);
}

static void test_a_verdict_that_cannot_be_followed_is_said_and_moves_nothing(void)
{
	static const char *const bad[] = {
		"",
		",\"events\":7",
		",\"events\":[{\"event\":0,\"code\":\"x\"}]",
		",\"events\":[{\"event\":1}]",
		",\"events\":[{\"event\":1,\"accepted\":3}]",
		",\"events\":[{\"event\":1,\"code\":\"a\\nb\"}]",
		/* The number of no event. */
		",\"events\":[{\"event\":777777,\"code\":\"x\"}]",
	};
	int64_t error_ms;
	char text[300];
	uint64_t head;

	begin("bad");
	refuse();
	head = br_core_head(shop.core);
	for (unsigned i = 0; i < BR_ARRAY_LEN(bad); i++) {
		error_ms = shop_state(&shop).last_error_ms;
		shop_wait(&shop, 1000);
		(void)snprintf(text, sizeof(text), "{\"type\":\"verdict\",\"epoch\":\"%s\"%s}",
			br_core_epoch(shop.core), bad[i]);
		say(text);
		CHECK(shop_state(&shop).last_error_ms > error_ms);
	}
	shop_wait(&shop, 1000);
	verdict(head, "\"code\":\"x\"");
	CHECK_HAS(shop_state(&shop).last_error, "only tells of the quarantine");
	/* One of an epoch that is over is passed over: numbers mean something else now. */
	say("{\"type\":\"verdict\",\"epoch\":\"0123456789abcdef\",\"events\":[{\"event\":1,"
	    "\"code\":\"x\"}]}");
	CHECK_INT(br_core_head(shop.core), head);
	CHECK_INT(quarantined(), 1);
	shop_close(&shop);
}

static void test_more_verdicts_than_there_is_room_for_come_again(void)
{
	struct br_text text;

	begin("many");
	for (unsigned i = 0; i < 100; i++)
		shop_adjust(&shop, "B", -1);
	shop_turn(&shop);
	br_text_init(&text, 65000);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 2; i++) {
			br_text_clear(&text);
			br_text_printf(&text, "{\"type\":\"verdict\",\"epoch\":\"%s\",\"events\":[",
				br_core_epoch(shop.core));
			for (unsigned k = 0; k < 50; k++)
				br_text_printf(&text, "%s{\"event\":%" PRIu64 ",\"code\":\"x\"}",
					k > 0 ? "," : "", adjusted + 1 + i * 50 + k);
			br_text_puts(&text, "]}");
			shop_message(&shop, "backroom/dn/ctl", br_text_str(&text));
		}
		shop_turn(&shop);
		br_link_tick(shop.link);
		shop_turn(&shop);
	}
	CHECK_INT(quarantined(), 100);
	br_text_finish(&text);
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_a_refused_event_blocks_nothing_and_is_journalled_once);
	TEST(test_sent_again_it_is_refused_again_or_taken);
	TEST(test_a_verdict_that_cannot_be_followed_is_said_and_moves_nothing);
	TEST(test_more_verdicts_than_there_is_room_for_come_again);
	return test_end(argc, argv);
}
