/* HQ's commands through the link: welcome, batches and answers as HQ sees them. */
#include "cloud-sync/inbox.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/metrics.h"
#include "node/product.h"
#include "node/tables.h"
#include "tests/cloud-sync/shop.h"

#define EPOCH "00000000000000aa"
#define OTHER "00000000000000bb"

static struct shop shop;
/* The acks of commands that came out, in order. */
static char acks[64][65537];
static unsigned ack_n;

static void keep(void *context BR_UNUSED, const char *topic, struct br_str payload)
{
	if (strcmp(topic, "backroom/up/ctl") != 0 || strstr(payload.s, "\"ack\"") == NULL)
		return;
	REQUIRE(ack_n < BR_ARRAY_LEN(acks));
	memcpy(acks[ack_n], payload.s, payload.n);
	acks[ack_n++][payload.n] = '\0';
}

static const char *last_ack(void)
{
	return ack_n > 0 ? acks[ack_n - 1] : "";
}

static void say(const char *lane, const char *format, ...) BR_PRINTF(2, 3);

/* A message from HQ, and the turn it comes in. */
static void say(const char *lane, const char *format, ...)
{
	static char payload[70000];
	char topic[64];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(payload, sizeof(payload), format, arguments);
	va_end(arguments);
	REQUIRE(n >= 0 && (size_t)n < sizeof(payload));
	(void)snprintf(topic, sizeof(topic), "backroom/dn/%s", lane);
	shop_message(&shop, topic, (struct br_str){payload, (size_t)n});
	shop_turn(&shop);
}

static void welcome(const char *epoch)
{
	say("ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"%s\",\"lanes\":{\"orders\":{\"cum_seq\":0},"
		"\"stock\":{\"cum_seq\":0}}}",
		epoch);
}

static void begin(const char *name)
{
	ack_n = 0;
	shop_open(&shop, name);
	shop.out = keep;
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome(EPOCH);
	CHECK_INT(shop_state(&shop).condition, BR_LINK_UP);
}

static struct br_inbox_figures figures(void)
{
	return shop_state(&shop).figures.inbox;
}

static uint64_t mark(void)
{
	return shop_state(&shop).down[BR_DOWN_CATALOG];
}

/* One command that makes the product `sku`. */
static void product(char *buffer, size_t size, uint64_t hq_seq, const char *id, const char *sku)
{
	(void)snprintf(buffer, size,
		"{\"hq_seq\":%" PRIu64
		",\"id\":\"%s\",\"type\":\"product.upsert\",\"data\":{\"sku\":"
		"\"%s\",\"name\":\"Product\"}}",
		hq_seq, id, sku);
}

static void say_product(uint64_t hq_seq, const char *id, const char *sku)
{
	char command[512];

	product(command, sizeof(command), hq_seq, id, sku);
	say("catalog",
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":%" PRIu64
		",\"commands\":[%s]}",
		hq_seq - 1, command);
}

static bool product_known(const char *sku)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_key key = br_key_of_str(br_str_from(sku));

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	return br_txn_has(txn, BR_TABLE_PRODUCT, br_key_str(&key));
}

/* A whole catalogue comes in many messages: how far it is can be told. */
static void test_hq_tells_how_much_there_is(void)
{
	begin("head");
	say_product(1, "hq-1", "A");
	CHECK_INT(shop_state(&shop).down_heads[BR_DOWN_CATALOG], 1);
	say("catalog",
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":1,\"head\":500,"
		"\"commands\":[{\"hq_seq\":2,\"id\":\"hq-2\",\"type\":\"product.remove\",\"data\":{"
		"\"sku\":\"A\"}}]}");
	CHECK_INT(mark(), 2);
	CHECK_INT(shop_state(&shop).down_heads[BR_DOWN_CATALOG], 500);
	CHECK_INT(shop_state(&shop).down_heads[BR_DOWN_ORDERS], 0);
	say("catalog",
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":2,\"head\":-1,"
		"\"commands\":[]}");
	CHECK_HAS(shop_state(&shop).last_error, "head: allowed is");
	/* Another HQ counts anew. */
	shop_wait(&shop, 40000);
	welcome("bbbbbbbbbbbbbbbb");
	CHECK_INT(shop_state(&shop).down_heads[BR_DOWN_CATALOG], 0);
	shop_close(&shop);
}

static void test_commands_are_applied_marked_and_answered(void)
{
	begin("applied");
	say("catalog",
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":["
		"{\"hq_seq\":1,\"id\":\"hq-1\",\"type\":\"product.upsert\",\"data\":{\"sku\":"
		"\"A\",\"name\":\"Apple\"}},"
		"{\"hq_seq\":2,\"id\":\"hq-2\",\"type\":\"price.set\",\"data\":{\"sku\":\"Z\","
		"\"amount\":2,\"currency\":\"EUR\"}}]}");
	CHECK(product_known("A"));
	CHECK_INT(mark(), 2);
	CHECK_INT(ack_n, 1);
	CHECK_HAS(last_ack(), "\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"cum_seq\":2");
	CHECK_HAS(last_ack(), "{\"hq_seq\":1,\"id\":\"hq-1\",\"outcome\":\"accepted\"}");
	CHECK_HAS(last_ack(), "{\"hq_seq\":2,\"id\":\"hq-2\",\"outcome\":\"refused\",\"code\":"
			      "\"unknown_product\",\"message\":\"");
	say("orders",
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"orders\",\"prev_seq\":0,\"commands\":["
		"{\"hq_seq\":1,\"id\":\"hq-3\",\"type\":\"order.offer\",\"data\":{\"order\":"
		"\"O-1\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}}]}");
	CHECK_HAS(last_ack(), "\"lane\":\"orders\",\"cum_seq\":1");
	CHECK_HAS(last_ack(), "\"accepted\"");
	CHECK_INT(shop_state(&shop).down[BR_DOWN_ORDERS], 1);
	shop_close(&shop);
}

static void test_nothing_is_answered_before_the_commit(void)
{
	char command[512], payload[700];

	begin("before");
	product(command, sizeof(command), 1, "hq-1", "A");
	(void)snprintf(payload, sizeof(payload),
		"{\"hq_epoch\":\"" EPOCH
		"\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[%s]}",
		command);
	shop_message(&shop, "backroom/dn/catalog", br_str_from(payload));
	/* A wiring that called the link too early would still say nothing. */
	CHECK_INT(br_link_turn(shop.link), 0);
	CHECK_INT(ack_n, 0);
	/* The process dies: neither the product nor the mark is there. */
	shop_crash(&shop);
	CHECK(!product_known("A"));
	CHECK_INT(mark(), 0);
	shop_turn(&shop);
	say_product(1, "hq-1", "A");
	/* Behind a death it is marked in a turn of its own: test_poison.c. */
	CHECK_INT(ack_n, 0);
	shop_wait(&shop, 0);
	CHECK_INT(ack_n, 1);
	CHECK_INT(mark(), 1);
	shop_close(&shop);
}

static void test_a_repeat_gets_its_first_answer(void)
{
	char first[1024];

	begin("repeat");
	say_product(1, "hq-1", "A");
	say("catalog", "{\"hq_epoch\":\"" EPOCH
		       "\",\"lane\":\"catalog\",\"prev_seq\":1,\"commands\":[{\"hq_seq\":2,\"id\":"
		       "\"hq-2\",\"type\":\"product.remove\",\"data\":{\"sku\":\"none\"}}]}");
	(void)snprintf(first, sizeof(first), "%s", last_ack());
	CHECK_HAS(first, "unknown_product");
	say_product(3, "hq-3", "none");
	say("catalog", "{\"hq_epoch\":\"" EPOCH
		       "\",\"lane\":\"catalog\",\"prev_seq\":1,\"commands\":[{\"hq_seq\":2,\"id\":"
		       "\"hq-2\",\"type\":\"product.remove\",\"data\":{\"sku\":\"none\"}}]}");
	/* It exists now, and still the answer is the one from then. */
	CHECK_HAS(last_ack(), strstr(first, "\"results\""));
	CHECK_HAS(last_ack(), "\"cum_seq\":3");
	CHECK(product_known("none"));
	CHECK_INT(figures().commands, 3);
	CHECK_INT(figures().repeats, 1);
	shop_close(&shop);
}

/* So that HQ can tell it from what a ledger answered that was replaced by a backup. */
static void test_an_answer_names_its_ledger(void)
{
	char epoch[48];

	begin("named");
	(void)snprintf(epoch, sizeof(epoch), "\"epoch\":\"%s\"", br_core_epoch(shop.core));
	say_product(1, "hq-1", "A");
	CHECK_HAS(last_ack(), epoch);
	shop_close(&shop);
}

static void test_an_old_number_with_another_body_decides_nothing(void)
{
	begin("old");
	say_product(1, "hq-1", "A");
	say_product(1, "hq-1", "B");
	CHECK_HAS(last_ack(), "\"outcome\":\"conflict\"");
	CHECK(!product_known("B"));
	/* A command that was never seen, under a number that was. */
	say_product(1, "hq-new", "C");
	CHECK_HAS(last_ack(), "\"code\":\"already\"");
	CHECK(!product_known("C"));
	CHECK_INT(mark(), 1);
	shop_close(&shop);
}

static void test_a_gap_is_answered_with_the_mark(void)
{
	begin("gap");
	say_product(1, "hq-1", "A");
	say_product(3, "hq-3", "C");
	CHECK_HAS(last_ack(), "\"cum_seq\":1,\"results\":[]");
	CHECK(!product_known("C"));
	CHECK_INT(figures().gaps, 1);
	say_product(2, "hq-2", "B");
	say_product(3, "hq-3", "C");
	CHECK_INT(mark(), 3);
	CHECK(product_known("C"));
	shop_close(&shop);
}

static void test_poison_never_blocks(void)
{
	begin("poison");
	say("catalog",
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":["
		"{\"hq_seq\":1,\"id\":\"hq-1\",\"type\":\"coffee.brew\",\"data\":{}},"
		"{\"hq_seq\":2},"
		"{\"hq_seq\":3,\"id\":7,\"type\":\"price.set\"},"
		"{\"hq_seq\":4,\"id\":\"hq-4\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"\"}}"
		","
		"{\"hq_seq\":5,\"id\":\"hq-5\",\"type\":\"product.upsert\",\"data\":[1]},"
		"{\"hq_seq\":6,\"id\":\"hq-6\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\","
		"\"kind\":\"adjust\",\"quantity\":1,\"reason\":\"HQ\"}},"
		"{\"hq_seq\":7,\"id\":\"hq-7\",\"type\":\"price.activate\",\"data\":{\"sku\":\"A\"}"
		"},"
		"{\"hq_seq\":8,\"id\":\"hq-8\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"Y\","
		"\"name\":\"y\"}}]}");
	CHECK_HAS(last_ack(), "\"cum_seq\":8");
	CHECK_HAS(last_ack(), "{\"hq_seq\":1,\"id\":\"hq-1\",\"outcome\":\"refused\",\"code\":"
			      "\"unknown_type\"");
	CHECK_HAS(last_ack(), "{\"hq_seq\":2,\"id\":null,\"outcome\":\"refused\",\"code\":"
			      "\"malformed\"");
	CHECK_HAS(last_ack(), "{\"hq_seq\":3,\"id\":null");
	CHECK_HAS(last_ack(), "{\"hq_seq\":4,\"id\":\"hq-4\",\"outcome\":\"refused\",\"code\":"
			      "\"malformed\"");
	CHECK_HAS(last_ack(), "{\"hq_seq\":6,\"id\":\"hq-6\",\"outcome\":\"refused\",\"code\":"
			      "\"unknown_type\",\"message\":\"type: stock.move is the store's own");
	CHECK_HAS(last_ack(), "{\"hq_seq\":7,\"id\":\"hq-7\",\"outcome\":\"refused\"");
	CHECK_HAS(last_ack(), "{\"hq_seq\":8,\"id\":\"hq-8\",\"outcome\":\"accepted\"}");
	CHECK(product_known("Y"));
	/* Also when it stands alone, and after a crash. */
	say("catalog", "{\"hq_epoch\":\"" EPOCH
		       "\",\"lane\":\"catalog\",\"prev_seq\":8,\"commands\":[{\"hq_seq\":9,\"id\":"
		       "\"hq-9\",\"type\":\"x\"}]}");
	shop_crash(&shop);
	CHECK_INT(mark(), 9);
	shop_close(&shop);
}

/* Batches that are none: nothing moves, it is counted and said; HQ learns where the store stands.
 */
static const char *const hostile[] = {
	"",
	"{",
	"\xff\xfe",
	"[]",
	"7",
	"{}",
	"{\"hq_epoch\":7,\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[]}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"orders\",\"prev_seq\":0,\"commands\":[]}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":-1,\"commands\":[]}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":1e30,\"commands\":[]}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"commands\":[]}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":{}}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[7]}",
	"{\"hq_epoch\":\"" EPOCH
	"\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[{\"id\":\"a\"}]}",
	"{\"hq_epoch\":\"" EPOCH
	"\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[{\"hq_seq\":2,\"id\":\"a\"}]}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[{\"hq_seq\":"
	"1,\"id\":\"a\"},{\"hq_seq\":3,\"id\":\"b\"}]}",
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[{\"hq_seq\":"
	"1,\"id\":\"a\"},{\"hq_seq\":1,\"id\":\"b\"}]}",
	"{\"hq_epoch\":\"" EPOCH
	"\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[{\"hq_seq\":0.5,\"id\":\"a\"}]}",
};

static void test_hostile_batches_move_nothing(void)
{
	uint64_t head, metric;

	begin("hostile");
	head = br_core_head(shop.core);
	metric = br_metric_get(BR_METRIC_LINK_MALFORMED);
	for (size_t i = 0; i < BR_ARRAY_LEN(hostile); i++) {
		say("catalog", "%s", hostile[i]);
		CHECK_INT(figures().malformed, i + 1);
		CHECK_HAS(last_ack(), "\"cum_seq\":0,\"results\":[]");
		CHECK(shop_state(&shop).last_error[0] != '\0');
	}
	CHECK_INT(br_metric_get(BR_METRIC_LINK_MALFORMED), metric + BR_ARRAY_LEN(hostile));
	CHECK_INT(br_core_head(shop.core), head);
	CHECK_INT(mark(), 0);
	say_product(1, "hq-1", "A");
	CHECK_INT(mark(), 1);
	shop_close(&shop);
}

static void test_too_large_a_batch_is_refused_with_the_limit(void)
{
	static char big[BR_LINK_MESSAGE_BYTES_MAX + 1];

	begin("large");
	memset(big, ' ', sizeof(big));
	shop_message(&shop, "backroom/dn/catalog", (struct br_str){big, sizeof(big)});
	shop_turn(&shop);
	CHECK_INT(shop_state(&shop).figures.malformed, 1);
	CHECK_HAS(shop_state(&shop).last_error, "65537 bytes not taken");
	CHECK_INT(mark(), 0);
	shop_close(&shop);
}

static void test_more_commands_than_allowed_are_refused(void)
{
	static char payload[60000];
	size_t n;

	begin("many");
	n = (size_t)snprintf(payload, sizeof(payload),
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[");
	for (unsigned i = 1; i <= 257; i++)
		n += (size_t)snprintf(payload + n, sizeof(payload) - n,
			"%s{\"hq_seq\":%u,\"id\":\"%u\",\"type\":\"x\"}", i > 1 ? "," : "", i, i);
	(void)snprintf(payload + n, sizeof(payload) - n, "]}");
	say("catalog", "%s", payload);
	CHECK_HAS(shop_state(&shop).last_error, "more than the 256");
	CHECK_INT(mark(), 0);
	shop_close(&shop);
}

/* HQ may be quicker with its commands than with its welcome: nobody's mistake. */
static void test_what_comes_before_the_welcome_waits_for_it(void)
{
	ack_n = 0;
	shop_open(&shop, "early");
	shop.out = keep;
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	say_product(1, "hq-1", "A");
	CHECK(!product_known("A"));
	CHECK_INT(mark(), 0);
	CHECK_INT(ack_n, 0);
	CHECK_INT(figures().epochs, 1);
	CHECK_TEXT(shop_state(&shop).last_error, "");
	welcome(EPOCH);
	say_product(1, "hq-1", "A");
	CHECK(product_known("A"));
	CHECK_INT(mark(), 1);
	shop_close(&shop);
}

static void test_another_epoch_is_refused_until_hq_says_so(void)
{
	unsigned hellos;

	begin("epoch");
	say_product(1, "hq-1", "A");
	shop_wait(&shop, 5000);
	hellos = (unsigned)shop_state(&shop).figures.hellos;
	say("catalog",
		"{\"hq_epoch\":\"" OTHER
		"\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[{\"hq_seq\":1,\"id\":"
		"\"n-1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"N\",\"name\":\"n\"}}]}");
	CHECK(!product_known("N"));
	CHECK_INT(mark(), 1);
	CHECK_INT(figures().epochs, 1);
	/* HQ is asked who it is. */
	CHECK_INT(shop_state(&shop).figures.hellos, hellos + 1);
	CHECK_HAS(shop.last_payload, "\"hq_epoch\":\"" EPOCH "\"");
	welcome(OTHER);
	CHECK_INT(mark(), 0);
	say("catalog",
		"{\"hq_epoch\":\"" OTHER "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":["
		"{\"hq_seq\":1,\"id\":\"hq-1\",\"type\":\"product.upsert\",\"data\":{\"sku\":"
		"\"A\",\"name\":\"Product\"}},"
		"{\"hq_seq\":2,\"id\":\"n-1\",\"type\":\"product.upsert\",\"data\":{\"sku\":"
		"\"N\",\"name\":\"n\"}}]}");
	CHECK_INT(mark(), 2);
	CHECK(product_known("N"));
	CHECK_HAS(last_ack(), "\"hq_epoch\":\"" OTHER "\"");
	/* The old epoch is over for good, also after a restart. */
	shop_crash(&shop);
	shop_turn(&shop);
	welcome(EPOCH);
	CHECK_INT(shop_state(&shop).figures.unasked, 1);
	CHECK_HAS(shop_state(&shop).last_error, "has left before");
	CHECK_TEXT(shop_state(&shop).hq, OTHER);
	CHECK_INT(mark(), 2);
	say_product(2, "hq-2", "B");
	CHECK(!product_known("B"));
	shop_close(&shop);
}

/* The same command under HQ's new epoch is answered, not applied again. */
static void test_a_new_epoch_applies_nothing_twice(void)
{
	uint64_t head;

	begin("twice");
	say_product(1, "hq-1", "A");
	head = br_core_head(shop.core);
	shop_wait(&shop, 30000);
	welcome(OTHER);
	say("catalog", "{\"hq_epoch\":\"" OTHER
		       "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[{\"hq_seq\":1,\"id\":"
		       "\"hq-1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\",\"name\":"
		       "\"Product\"}}]}");
	CHECK_HAS(last_ack(), "\"hq_epoch\":\"" OTHER "\",\"lane\":\"catalog\",\"cum_seq\":1");
	CHECK_HAS(last_ack(), "\"accepted\"");
	CHECK_INT(br_core_head(shop.core), head);
	shop_close(&shop);
}

/* More than a turn takes: it goes on in the next turns, and every command is answered once. */
static void test_a_large_batch_is_taken_over_several_turns(void)
{
	static char payload[65536];
	unsigned results = 0;
	size_t n;

	begin("turns");
	n = (size_t)snprintf(payload, sizeof(payload),
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[");
	for (unsigned i = 1; i <= 256; i++) {
		char command[512], id[32], sku[32];

		(void)snprintf(id, sizeof(id), "hq-%u", i);
		(void)snprintf(sku, sizeof(sku), "S%u", i);
		product(command, sizeof(command), i, id, sku);
		n += (size_t)snprintf(
			payload + n, sizeof(payload) - n, "%s%s", i > 1 ? "," : "", command);
	}
	(void)snprintf(payload + n, sizeof(payload) - n, "]}");
	say("catalog", "%s", payload);
	CHECK_INT(mark(), BR_INBOX_TURN_MAX);
	CHECK_HAS(last_ack(), "\"cum_seq\":128");
	CHECK_INT(br_link_due_ms(shop.link), shop.boot_ms);
	shop_wait(&shop, 0);
	CHECK_INT(mark(), 256);
	CHECK(product_known("S256"));
	for (unsigned i = 0; i < ack_n; i++)
		for (const char *at = acks[i]; (at = strstr(at, "\"hq_seq\"")) != NULL; at++)
			results++;
	CHECK_INT(results, 256);
	CHECK_INT(figures().repeats, 0);
	shop_close(&shop);
}

/* A till's turn that is full already leaves HQ to the next one. */
static void test_a_full_turn_leaves_hq_to_the_next(void)
{
	char command[512], payload[700];

	begin("full");
	shop_catalogue(&shop);
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX / 2; i++)
		shop_adjust(&shop, "A", -1);
	product(command, sizeof(command), 1, "hq-1", "N");
	(void)snprintf(payload, sizeof(payload),
		"{\"hq_epoch\":\"" EPOCH
		"\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[%s]}",
		command);
	shop_message(&shop, "backroom/dn/catalog", br_str_from(payload));
	shop_turn(&shop);
	CHECK_INT(mark(), 0);
	shop_wait(&shop, 0);
	CHECK_INT(mark(), 1);
	shop_close(&shop);
}

static void test_a_full_disk_holds_the_catalogue_but_not_orders(void)
{
	begin("disk");
	shop_catalogue(&shop);
	br_core_shed(shop.core, BR_SHED_MOST);
	say_product(1, "hq-1", "N");
	CHECK_HAS(last_ack(), "\"cum_seq\":0,\"results\":[]");
	CHECK_INT(mark(), 0);
	CHECK_INT(figures().held, 1);
	CHECK_HAS(shop_state(&shop).last_error, "disk space");
	/* It waits without turning the loop round and round. */
	CHECK(br_link_due_ms(shop.link) > shop.boot_ms);
	say("orders", "{\"hq_epoch\":\"" EPOCH
		      "\",\"lane\":\"orders\",\"prev_seq\":0,\"commands\":[{\"hq_seq\":1,\"id\":"
		      "\"hq-o\",\"type\":\"order.offer\",\"data\":{\"order\":\"O-1\",\"lines\":[{"
		      "\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}}]}");
	CHECK_INT(shop_state(&shop).down[BR_DOWN_ORDERS], 1);
	br_core_shed(shop.core, BR_SHED_NOTHING);
	say_product(1, "hq-1", "N");
	CHECK_HAS(last_ack(), "\"accepted\"");
	CHECK_INT(mark(), 1);
	shop_close(&shop);
}

static void test_answers_wait_for_the_bridge(void)
{
	char command[512], payload[700];

	begin("wait");
	product(command, sizeof(command), 1, "hq-1", "A");
	(void)snprintf(payload, sizeof(payload),
		"{\"hq_epoch\":\"" EPOCH
		"\",\"lane\":\"catalog\",\"prev_seq\":0,\"commands\":[%s]}",
		command);
	shop_message(&shop, "backroom/dn/catalog", br_str_from(payload));
	shop_connect(&shop, true, false);
	shop_turn(&shop);
	CHECK_INT(mark(), 1);
	CHECK_INT(ack_n, 0);
	shop_connect(&shop, true, true);
	shop.publish_fails = 1;
	shop_turn(&shop);
	CHECK_INT(ack_n, 0);
	shop_wait(&shop, 2000);
	CHECK_INT(ack_n, 1);
	CHECK_HAS(last_ack(), "\"cum_seq\":1");
	CHECK_HAS(last_ack(), "\"accepted\"");
	shop_close(&shop);
}

/* 128 commands that are none, each with an id that doubles when it is escaped. */
static void say_poison(uint64_t prev_seq)
{
	static char payload[65536], quotes[61];
	size_t n;

	for (unsigned i = 0; i < 60; i += 2)
		memcpy(quotes + i, "\\\"", 2);
	n = (size_t)snprintf(payload, sizeof(payload),
		"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":%" PRIu64
		",\"commands\":[",
		prev_seq);
	for (unsigned i = 1; i <= 128; i++)
		n += (size_t)snprintf(payload + n, sizeof(payload) - n,
			"%s{\"hq_seq\":%" PRIu64
			",\"id\":\"%s%s\",\"type\":\"product.upsert\",\"data\":{\"%s\":1}}",
			i > 1 ? "," : "", prev_seq + i, quotes, quotes, quotes);
	(void)snprintf(payload + n, sizeof(payload) - n, "]}");
	say("catalog", "%s", payload);
}

/* Long sentences for many commands: several acks, none past an answer that is still to come. */
static void test_many_long_answers_are_split(void)
{
	uint64_t cum_seq = 0, last = 0;

	begin("split");
	shop_connect(&shop, true, false);
	say_poison(0);
	say_poison(128);
	CHECK_INT(mark(), 256);
	CHECK_INT(ack_n, 0);
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	CHECK(ack_n > 1);
	for (unsigned i = 0; i < ack_n; i++) {
		const char *at = acks[i];

		CHECK(strlen(acks[i]) <= 64000);
		CHECK_INT(sscanf(strstr(at, "\"cum_seq\""), "\"cum_seq\":%" SCNu64, &cum_seq), 1);
		while ((at = strstr(at, "\"hq_seq\":")) != NULL) {
			CHECK_INT(strtoull(at + 9, NULL, 10), ++last);
			at++;
		}
		CHECK_INT(last, cum_seq);
	}
	CHECK_INT(cum_seq, 256);
	shop_close(&shop);
}

static void test_the_queue_is_bounded(void)
{
	begin("queue");
	shop_catalogue(&shop);
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX / 2; i++)
		shop_adjust(&shop, "A", -1);
	for (unsigned i = 0; i < BR_LINK_WINDOW_BATCHES + 3; i++)
		shop_message(&shop, "backroom/dn/orders",
			BR_STR("{\"hq_epoch\":\"" EPOCH
			       "\",\"lane\":\"orders\",\"prev_seq\":0,\"commands\":[]}"));
	CHECK_INT(figures().dropped, 3);
	shop_turn(&shop);
	shop_wait(&shop, 0);
	CHECK_INT(br_link_due_ms(shop.link) > shop.boot_ms, 1);
	shop_close(&shop);
}

static void valid_ignore(void *owner BR_UNUSED)
{
}

static void refused_ignore(void *owner BR_UNUSED, const char *text BR_UNUSED)
{
}

static void stamp_ignore(void *owner BR_UNUSED, uint64_t stamp BR_UNUSED)
{
}

static void test_a_damaged_mark_stops_the_start(void)
{
	struct br_inbox_listener listener = {valid_ignore, refused_ignore, stamp_ignore, NULL};
	struct br_key key = br_key_of_str(BR_STR("catalog"));
	struct br_inbox *inbox = NULL;

	begin("mark");
	br_txn_put(br_core_txn(shop.core), BR_TABLE_INBOX, br_key_str(&key), BR_STR("no mark"));
	shop_turn(&shop);
	CHECK_INT(br_inbox_create(shop.core, shop.store, &shop.clock, listener, &inbox),
		BR_E_CORRUPT);
	CHECK(inbox == NULL);
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_hq_tells_how_much_there_is);
	TEST(test_commands_are_applied_marked_and_answered);
	TEST(test_nothing_is_answered_before_the_commit);
	TEST(test_a_repeat_gets_its_first_answer);
	TEST(test_an_answer_names_its_ledger);
	TEST(test_an_old_number_with_another_body_decides_nothing);
	TEST(test_a_gap_is_answered_with_the_mark);
	TEST(test_poison_never_blocks);
	TEST(test_hostile_batches_move_nothing);
	TEST(test_too_large_a_batch_is_refused_with_the_limit);
	TEST(test_more_commands_than_allowed_are_refused);
	TEST(test_what_comes_before_the_welcome_waits_for_it);
	TEST(test_another_epoch_is_refused_until_hq_says_so);
	TEST(test_a_new_epoch_applies_nothing_twice);
	TEST(test_a_large_batch_is_taken_over_several_turns);
	TEST(test_a_full_turn_leaves_hq_to_the_next);
	TEST(test_a_full_disk_holds_the_catalogue_but_not_orders);
	TEST(test_answers_wait_for_the_bridge);
	TEST(test_many_long_answers_are_split);
	TEST(test_the_queue_is_bounded);
	TEST(test_a_damaged_mark_stops_the_start);
	return test_end(argc, argv);
}
