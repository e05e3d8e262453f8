/* HQ's time and stamps, through the link. */
#include "cloud-sync/hq_clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/hlc.h"
#include "tests/cloud-sync/shop.h"

#define HQ_EPOCH "aaaaaaaaaaaaaaaa"
#define MINUTE_MS INT64_C(60000)

static struct shop shop;
static char hello[4096]; /* the last one */

static void out(void *context BR_UNUSED, const char *topic, struct br_str payload)
{
	if (strcmp(topic, "backroom/up/ctl") == 0 && strstr(payload.s, "\"hello\"") != NULL)
		REQUIRE(br_str_copy(payload, hello, sizeof(hello)));
}

static int64_t now(void)
{
	return shop.clock.wall_ms(shop.clock.context);
}

/* The stamp in a text's first member "hlc". */
static uint64_t stamp_in(const char *text)
{
	const char *at = strstr(text, "\"hlc\":\"");
	uint64_t stamp = 0;

	REQUIRE(at != NULL);
	REQUIRE(br_hlc_parse((struct br_str){at + 7, BR_HLC_TEXT_BYTES - 1}, &stamp));
	return stamp;
}

/* HQ's clock is `ahead_ms` ahead of the store's; it answers this hello. */
static void welcome(int64_t ahead_ms, const char *to)
{
	char time[BR_TIME_TEXT_BYTES], stamp[BR_HLC_TEXT_BYTES];
	const char *id = strstr(to, "\"id\":\"");

	br_time_format(now() + ahead_ms, time);
	br_hlc_format(br_hlc_at(now() + ahead_ms) + 9, stamp);
	REQUIRE(id != NULL);
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
		"\",\"time\":\"%s\",\"hlc\":\"%s\",%.23s,"
		"\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}",
		time, stamp, id);
}

static void begin(const char *name)
{
	shop_open(&shop, name);
	shop.out = out;
	shop_catalogue(&shop);
	shop_turn(&shop);
	shop_connect(&shop, true, true);
	shop_turn(&shop);
}

/* The stamp of the journal's last event. */
static uint64_t last_stamp(void)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_event event = {.hlc = 0};
	struct br_arena arena;

	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	REQUIRE(br_event_get(txn, br_core_head(shop.core), &arena, &event) == 0);
	br_arena_finish(&arena);
	return event.hlc;
}

static void test_a_hello_has_a_stamp_behind_all_events(void)
{
	uint64_t event, asked;

	begin("hello");
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	event = last_stamp();
	CHECK_INT(br_hlc_ms(event), now());
	shop_wait(&shop, 31000);
	asked = stamp_in(hello);
	CHECK(asked > event);
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	CHECK(last_stamp() > asked);
	shop_close(&shop);
}

static void test_only_the_answer_to_the_last_hello_tells_the_time(void)
{
	char first[sizeof(hello)];

	begin("answer");
	memcpy(first, hello, sizeof(first));
	shop_wait(&shop, 4000);
	CHECK(strcmp(first, hello) != 0);
	welcome(1000, first);
	CHECK_INT(shop_state(&shop).condition, BR_LINK_UP);
	CHECK_INT(shop.hq_ms, 0);
	shop.boot_ms += 400;
	welcome(1000, hello);
	CHECK_INT(shop.hq_ms, now() + 1000);
	CHECK(shop.hq_uncertain_ms >= 400 && shop.hq_uncertain_ms <= 4400);
	shop_close(&shop);
}

static void test_what_follows_hqs_word_is_behind_it(void)
{
	uint64_t hq;

	begin("follows");
	welcome(4 * MINUTE_MS, hello);
	hq = br_hlc_at(now() + 4 * MINUTE_MS) + 9;
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	CHECK(last_stamp() > hq);
	/* It stays so when the process dies. */
	hq = last_stamp();
	shop_crash(&shop);
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	CHECK(last_stamp() > hq);
	CHECK_INT(shop_state(&shop).figures.clock_ahead, 0);
	shop_close(&shop);
}

static void test_a_commands_stamp_is_before_its_events(void)
{
	char stamp[BR_HLC_TEXT_BYTES];
	uint64_t hq;

	begin("command");
	welcome(0, hello);
	hq = br_hlc_at(now() + 3 * MINUTE_MS) + 2;
	br_hlc_format(hq, stamp);
	shop_say(&shop, "backroom/dn/catalog",
		"{\"hq_epoch\":\"" HQ_EPOCH
		"\",\"lane\":\"catalog\",\"prev_seq\":0,\"hlc\":\"%s\",\"commands\":[{"
		"\"hq_seq\":1,\"id\":\"c1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"X\","
		"\"name\":\"new\"}}]}",
		stamp);
	shop_turn(&shop);
	CHECK(last_stamp() > hq);
	/* What is no stamp is no message. */
	shop_say(&shop, "backroom/dn/catalog",
		"{\"hq_epoch\":\"" HQ_EPOCH
		"\",\"lane\":\"catalog\",\"prev_seq\":1,\"hlc\":\"now\",\"commands\":[]}");
	CHECK_HAS(shop_state(&shop).last_error, "hlc: allowed is a text of 16");
	shop_close(&shop);
}

static void test_a_clock_that_is_ahead_is_counted_and_said_once(void)
{
	uint64_t before;

	begin("ahead");
	before = last_stamp();
	welcome(6 * MINUTE_MS, hello);
	CHECK_INT(shop_state(&shop).figures.clock_ahead, 1);
	CHECK_HAS(shop_state(&shop).last_error, "HQ's clock is 6 minutes ahead of this store's");
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	CHECK(last_stamp() > before);
	CHECK_INT(br_hlc_ms(last_stamp()), now());
	/* The time itself is told all the same: who keeps the store's judges it. */
	CHECK_INT(shop.hq_ms, now() + 6 * MINUTE_MS);
	shop_wait(&shop, 31000);
	shop_say(&shop, "backroom/dn/ctl", "{\"type\":\"nonsense\"}");
	welcome(6 * MINUTE_MS, hello);
	CHECK_INT(shop_state(&shop).figures.clock_ahead, 2);
	CHECK_HAS(shop_state(&shop).last_error, "type: allowed is");
	/* The store's own was wrong, and is set right. */
	shop.skew_ms = 6 * MINUTE_MS;
	shop_wait(&shop, 31000);
	welcome(0, hello);
	CHECK_INT(shop_state(&shop).figures.clock_ahead, 2);
	shop_close(&shop);
}

static void test_who_says_no_time_is_asked_for_none(void)
{
	begin("silent");
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}");
	CHECK_INT(shop_state(&shop).condition, BR_LINK_UP);
	CHECK_INT(shop.hq_ms, 0);
	CHECK_INT(shop_state(&shop).figures.clock_ahead, 0);
	shop_wait(&shop, 31000);
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
		"\",\"time\":\"soon\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{"
		"\"cum_seq\":0}}}");
	CHECK_HAS(shop_state(&shop).last_error, "time: allowed is RFC 3339 text");
	CHECK_INT(shop.hq_ms, 0);
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_a_hello_has_a_stamp_behind_all_events);
	TEST(test_only_the_answer_to_the_last_hello_tells_the_time);
	TEST(test_what_follows_hqs_word_is_behind_it);
	TEST(test_a_commands_stamp_is_before_its_events);
	TEST(test_a_clock_that_is_ahead_is_counted_and_said_once);
	TEST(test_who_says_no_time_is_asked_for_none);
	return test_end(argc, argv);
}
