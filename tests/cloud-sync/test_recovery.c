#include "cloud-sync/recovery.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/ctl_window.h"
#include "node/quarantine.h"
#include "tests/cloud-sync/shop.h"

/* A restored store whose link is up; HQ is written out by hand. */
static struct shop shop;
static char recovers[64][300];
static unsigned recover_n, hello_n;

#define HQ_EPOCH "aaaaaaaaaaaaaaaa"

static void heard(void *context BR_UNUSED, const char *topic, struct br_str payload)
{
	hello_n += strstr(payload.s, "\"type\":\"hello\"") != NULL;
	if (strcmp(topic, "backroom/up/ctl") != 0 ||
		strstr(payload.s, "\"type\":\"recover\"") == NULL)
		return;
	REQUIRE(recover_n < BR_ARRAY_LEN(recovers));
	(void)snprintf(recovers[recover_n++], sizeof(recovers[0]), "%.*s", BR_STR_ARG(payload));
}

static void say(const char *text)
{
	shop_message(&shop, "backroom/dn/ctl", br_str_from(text));
	shop_turn(&shop);
}

static void begin(const char *name)
{
	recover_n = hello_n = 0;
	shop_open(&shop, name);
	shop_catalogue(&shop);
	shop_backup(&shop);
	REQUIRE(shop_restore(&shop));
	shop.out = heard;
	shop_connect(&shop, true, true);
	shop_wait(&shop, 5000);
	say("{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
	    "\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}");
	CHECK_INT(shop_state(&shop).condition, BR_LINK_UP);
}

static struct br_hole hole(void)
{
	struct br_link_state state = shop_state(&shop);

	CHECK(state.restored);
	return state.hole;
}

/* HQ's answer; `events` is a list without its brackets. */
static void answer(uint64_t after, bool end, const char *events)
{
	static char text[8192];

	(void)snprintf(text, sizeof(text),
		"{\"type\":\"recovered\",\"epoch\":\"%s\",\"after\":%" PRIu64 ",\"until\":%" PRIu64
		",\"told\":30,\"whole\":{\"orders\":20,\"stock\":20},"
		"\"end\":%s,\"events\":[%s]}",
		br_core_epoch(shop.core), after, hole().until, end ? "true" : "false", events);
	say(text);
	/* A mark is kept first, in a turn of its own. */
	shop_wait(&shop, 10);
}

/* One event of the kind that stands in the shop's own journal, under other numbers. */
static void event_text(char *text, size_t size, uint64_t id, const char *command, unsigned left)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_arena arena;
	struct br_json_out out;
	struct br_event event = {.sequence = 0};
	struct br_text json;

	br_arena_init(&arena, 1 << 16);
	br_text_init(&json, 8192);
	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	for (uint64_t at = br_journal_next(txn, 0); event.kind != BR_EVENT_STOCK_MOVED;
		at = br_journal_next(txn, at))
		REQUIRE(at > 0 && br_event_get(txn, at, &arena, &event) == 0);
	event.sequence = id;
	event.command = br_str_from(command);
	event.left = left;
	br_json_out_begin(&out, &json);
	br_event_to_json(&event, BR_STR(SHOP_ID), &out, NULL);
	REQUIRE(br_text_error(&json) == 0 && json.n < size);
	memcpy(text, json.bytes, json.n + 1);
	br_text_finish(&json);
	br_arena_finish(&arena);
}

static void test_it_asks_behind_the_backup_until_hq_has_no_more(void)
{
	char events[4096], one[1024], two[1024];
	uint64_t after;

	begin("asks");
	after = hole().after;
	CHECK_INT(recover_n, 1);
	(void)snprintf(events, sizeof(events), "\"after\":%" PRIu64 ",\"until\":%" PRIu64 "}",
		after, hole().until);
	CHECK_HAS(recovers[0], events);
	/* No answer: it asks again. */
	shop_wait(&shop, 2500);
	CHECK_INT(recover_n, 2);
	event_text(one, sizeof(one), 12, "m1", 0);
	event_text(two, sizeof(two), 13, "m2", 0);
	(void)snprintf(events, sizeof(events), "%s,%s", one, two);
	answer(after, false, events);
	CHECK_INT(hole().reached, 13);
	CHECK_INT(recover_n, 3);
	CHECK_HAS(recovers[2], "\"after\":13,");
	/* The same once more answers a question that is no longer open. */
	answer(after, false, events);
	CHECK_INT(recover_n, 3);
	answer(13, true, "");
	CHECK(hole().closed);
	CHECK_INT(hole().merged, 2);
	CHECK_INT(hole().told, 30);
	shop_wait(&shop, 10000);
	CHECK_INT(recover_n, 3);
	shop_close(&shop);
}

/*
 * HQ's broker takes everything and HQ is away: its queue must not fill with questions. A hello goes
 * out when the window is full, and its welcome opens it.
 */
static void test_a_silent_hq_gets_no_more_than_the_window(void)
{
	unsigned hellos;

	begin("silent");
	hellos = hello_n;
	shop_wait(&shop, 85000);
	CHECK_INT(recover_n, BR_CTL_WINDOW);
	CHECK(hello_n - hellos <= 14);
	say("{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
	    "\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}");
	shop_wait(&shop, 10000);
	CHECK(recover_n > BR_CTL_WINDOW && recover_n <= BR_CTL_WINDOW + 6);
	shop_close(&shop);
}

static void test_a_command_comes_back_whole_or_not_yet(void)
{
	char one[1024], two[1024];
	uint64_t after, head;

	begin("whole");
	after = hole().after;
	head = br_core_head(shop.core);
	event_text(one, sizeof(one), 12, "m1", 1);
	answer(after, false, one);
	/* Nobody may see half of it; its rest is asked for. */
	CHECK_INT(br_core_head(shop.core), head);
	CHECK_HAS(recovers[recover_n - 1], "\"after\":12,");
	event_text(two, sizeof(two), 14, "m1", 0);
	answer(12, true, two);
	CHECK_INT(hole().merged, 2);
	CHECK(hole().closed);
	shop_close(&shop);
}

static void test_hqs_commands_wait_until_the_past_is_back(void)
{
	begin("wait");
	shop_message(&shop, "backroom/dn/catalog",
		BR_STR("{\"hq_epoch\":\"" HQ_EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,"
		       "\"commands\":[{\"hq_seq\":1,\"id\":\"p1\",\"type\":\"product.remove\","
		       "\"data\":{\"sku\":\"E\"}}]}"));
	shop_turn(&shop);
	CHECK_INT(shop_state(&shop).down[BR_DOWN_CATALOG], 0);
	CHECK_INT(shop_state(&shop).figures.recovering, 1);
	answer(hole().after, true, "");
	shop_message(&shop, "backroom/dn/catalog",
		BR_STR("{\"hq_epoch\":\"" HQ_EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,"
		       "\"commands\":[{\"hq_seq\":1,\"id\":\"p1\",\"type\":\"product.remove\","
		       "\"data\":{\"sku\":\"E\"}}]}"));
	shop_turn(&shop);
	CHECK_INT(shop_state(&shop).down[BR_DOWN_CATALOG], 1);
	shop_close(&shop);
}

static uint64_t quarantined(void)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	return br_quarantine_count(txn);
}

/* Else the past would come back on top of what HQ thinks of the same event by now. */
static void test_verdicts_wait_until_the_past_is_back(void)
{
	char verdict[300];

	begin("verdict");
	(void)snprintf(verdict, sizeof(verdict),
		"{\"type\":\"verdict\",\"epoch\":\"%s\",\"events\":[{\"event\":2,"
		"\"accepted\":false,\"code\":\"no\",\"message\":\"not now\"}]}",
		br_core_epoch(shop.core));
	say(verdict);
	CHECK_INT(quarantined(), 0);
	answer(hole().after, true, "");
	say(verdict);
	shop_wait(&shop, 10);
	CHECK_INT(quarantined(), 1);
	shop_close(&shop);
}

static void test_what_cannot_be_read_is_taken_back_and_blocks_nothing(void)
{
	char events[4096], good[1024];

	begin("poison");
	event_text(good, sizeof(good), 15, "m3", 0);
	(void)snprintf(events, sizeof(events),
		"{\"id\":\"00000000000000000012\",\"type\":\"org.backroom.no.such.v9\"},"
		"{\"id\":\"00000000000000000013\"},%s",
		good);
	answer(hole().after, true, events);
	CHECK(hole().closed);
	CHECK_INT(hole().withdrawn, 2);
	CHECK_INT(hole().merged, 1);
	shop_close(&shop);
}

/* What is HQ's own comes by its commands, and not as something that the store has said. */
static void test_what_the_store_never_tells_is_no_past(void)
{
	char events[4096], good[1024];

	begin("untold");
	event_text(good, sizeof(good), 15, "m3", 0);
	(void)snprintf(events, sizeof(events),
		"{\"specversion\":\"1.0\",\"id\":\"00000000000000000012\",\"source\":\"/"
		"store/" SHOP_ID
		"\",\"type\":\"org.backroom.barcode.unruled.v1\",\"subject\":\"20\",\"time\":"
		"\"2026-03-01T10:10:00.000Z\",\"recordedtime\":\"2026-03-01T10:10:00.000Z\","
		"\"sequence\":\"00000000000000000012\",\"commandid\":\"c\",\"actor\":\"hq\","
		"\"datacontenttype\":\"application/json\",\"data\":{\"prefix\":\"20\"}},%s",
		good);
	answer(hole().after, true, events);
	CHECK(hole().closed);
	CHECK_INT(hole().withdrawn, 1);
	CHECK_INT(hole().merged, 1);
	shop_close(&shop);
}

static void test_a_malformed_answer_is_refused_and_moves_nothing(void)
{
	static const char *const bad[] = {
		"{\"type\":\"recovered\"}",
		"{\"type\":\"recovered\",\"epoch\":\"0123456789abcdef\",\"after\":-1,\"told\":1,"
		"\"whole\":{\"orders\":1,\"stock\":1},\"end\":true,\"events\":[]}",
		"{\"type\":\"recovered\",\"epoch\":\"0123456789abcdef\",\"after\":1,\"told\":1,"
		"\"whole\":{\"orders\":1},\"end\":true,\"events\":[]}",
		"{\"type\":\"recovered\",\"epoch\":\"0123456789abcdef\",\"after\":1,\"told\":1,"
		"\"whole\":{\"orders\":1,\"stock\":1},\"end\":false,\"events\":[]}",
		"{\"type\":\"recovered\",\"epoch\":\"0123456789abcdef\",\"after\":1,\"told\":1,"
		"\"whole\":{\"orders\":1,\"stock\":1},\"end\":true,\"events\":7}",
	};
	char two[2048], one[1024];
	uint64_t head;

	begin("malformed");
	head = br_core_head(shop.core);
	for (unsigned i = 0; i < BR_ARRAY_LEN(bad); i++) {
		say(bad[i]);
		CHECK_INT(shop_state(&shop).figures.malformed, i + 1);
		CHECK_HAS(shop_state(&shop).last_error, "recovered: ");
	}
	/* Out of order, and out of the hole. */
	event_text(one, sizeof(one), 12, "m1", 0);
	(void)snprintf(two, sizeof(two), "%s,%s", one, one);
	answer(hole().after, true, two);
	event_text(one, sizeof(one), hole().until + 1, "m1", 0);
	answer(hole().after, true, one);
	CHECK_INT(shop_state(&shop).figures.malformed, BR_ARRAY_LEN(bad) + 2);
	CHECK_INT(br_core_head(shop.core), head);
	CHECK(!hole().closed);
	/* The right answer is taken all the same. */
	answer(hole().after, true, "");
	CHECK(hole().closed);
	shop_close(&shop);
}

/* That the delivery does not come, as the first ledger told it: this one never heard of it. */
static void cancelled_text(char *text, size_t size)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_arena arena;
	struct br_json_out out;
	struct br_event event;
	struct br_text json;

	br_arena_init(&arena, 1 << 16);
	br_text_init(&json, 8192);
	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	REQUIRE(br_event_get(txn, shop.answer.sequence, &arena, &event) == 0);
	REQUIRE(event.kind == BR_EVENT_DELIVERY_CANCELLED);
	event.sequence = 12;
	event.left = 0;
	br_json_out_begin(&out, &json);
	br_event_to_json(&event, BR_STR(SHOP_ID), &out, NULL);
	REQUIRE(br_text_error(&json) == 0 && json.n < size);
	memcpy(text, json.bytes, json.n + 1);
	br_text_finish(&json);
	br_arena_finish(&arena);
}

/* What HQ tells cannot have been: the process dies of it, and must not do so for ever. */
static void test_a_past_that_cannot_have_been_is_withdrawn_after_some_deaths(void)
{
	static const char *const steps[] = {
		"{\"id\":\"d1\",\"type\":\"delivery.announce\",\"data\":{\"delivery\":\"D-1\","
		"\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}}",
		"{\"id\":\"d2\",\"type\":\"delivery.cancel\",\"data\":{\"delivery\":\"D-1\"}}"};
	static char text[8192];
	char events[4096], bad[2048], good[1024];
	unsigned deaths = 0;

	recover_n = 0;
	shop_open(&shop, "deaths");
	shop_catalogue(&shop);
	shop_backup(&shop);
	for (unsigned i = 0; i < BR_ARRAY_LEN(steps); i++)
		shop_run(&shop, steps[i]);
	cancelled_text(bad, sizeof(bad));
	REQUIRE(shop_restore(&shop));
	event_text(good, sizeof(good), 15, "m3", 0);
	(void)snprintf(events, sizeof(events), "%s,%s", bad, good);
	while (deaths < 10) {
		shop_connect(&shop, true, true);
		shop_wait(&shop, 5000);
		say("{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
		    "\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}");
		(void)snprintf(text, sizeof(text),
			"{\"type\":\"recovered\",\"epoch\":\"%s\",\"after\":%" PRIu64
			",\"until\":%" PRIu64 ",\"told\":30,\"whole\":{\"orders\":20,"
			"\"stock\":20},\"end\":true,\"events\":[%s]}",
			br_core_epoch(shop.core), hole().after, hole().until, events);
		shop_message(&shop, "backroom/dn/ctl", br_str_from(text));
		/* The mark is kept first; what comes from HQ is merged in a turn behind it. */
		for (unsigned i = 0;
			i < 4 && br_core_commit(shop.core) == 0 && br_link_turn(shop.link) == 0;
			i++)
			br_link_tick(shop.link);
		if (br_core_commit(shop.core) == 0 && hole().closed)
			break;
		deaths++;
		shop.out = heard;
		shop_crash(&shop);
	}
	CHECK_INT(deaths, 4);
	CHECK_INT(hole().withdrawn, 1);
	CHECK_INT(hole().merged, 1);
	shop_close(&shop);
}

static void test_it_goes_on_where_a_crash_came_between(void)
{
	char one[1024];

	begin("crash");
	event_text(one, sizeof(one), 12, "m1", 0);
	answer(hole().after, false, one);
	CHECK_INT(hole().reached, 12);
	shop_crash(&shop);
	shop_wait(&shop, 5000);
	say("{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH
	    "\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}");
	CHECK_HAS(recovers[recover_n - 1], "\"after\":12,");
	answer(12, true, "");
	CHECK(hole().closed);
	CHECK_INT(hole().merged, 1);
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_it_asks_behind_the_backup_until_hq_has_no_more);
	TEST(test_a_silent_hq_gets_no_more_than_the_window);
	TEST(test_a_command_comes_back_whole_or_not_yet);
	TEST(test_hqs_commands_wait_until_the_past_is_back);
	TEST(test_verdicts_wait_until_the_past_is_back);
	TEST(test_what_cannot_be_read_is_taken_back_and_blocks_nothing);
	TEST(test_what_the_store_never_tells_is_no_past);
	TEST(test_a_malformed_answer_is_refused_and_moves_nothing);
	TEST(test_a_past_that_cannot_have_been_is_withdrawn_after_some_deaths);
	TEST(test_it_goes_on_where_a_crash_came_between);
	return test_end(argc, argv);
}
