/*
 * A command of HQ's that the process dies of, through the link and its inbox: the process is
 * dropped in the midst of the turn in which that command was applied, before its commit, as an
 * assertion or the watchdog would end it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/ordeal.h"
#include "node/metrics.h"
#include "node/product.h"
#include "node/tables.h"
#include "tests/cloud-sync/shop.h"

#define EPOCH "00000000000000aa"
#define OTHER "00000000000000bb"

static struct shop shop;
/* All answers since they were last looked at. */
static char acks[65537];
static size_t acks_n;
static unsigned deaths;
static const char *hq_epoch;

static void keep(void *context BR_UNUSED, const char *topic, struct br_str payload)
{
	if (strcmp(topic, "backroom/up/ctl") == 0 && strstr(payload.s, "\"ack\"") != NULL)
		acks_n += (size_t)snprintf(
			acks + acks_n, sizeof(acks) - acks_n, "%.*s\n", BR_STR_ARG(payload));
	REQUIRE(acks_n < sizeof(acks));
}

static void welcome(void)
{
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"%s\",\"lanes\":{\"orders\":{\"cum_seq\":0},"
		"\"stock\":{\"cum_seq\":0}}}",
		hq_epoch);
}

static void begin(const char *name)
{
	deaths = 0;
	acks_n = 0;
	hq_epoch = EPOCH;
	shop_open(&shop, name);
	shop.out = keep;
	shop_connect(&shop, true, true);
	shop_turn(&shop);
	welcome();
	CHECK_INT(shop_state(&shop).condition, BR_LINK_UP);
}

static uint64_t mark(void)
{
	return shop_state(&shop).down[BR_DOWN_CATALOG];
}

static struct br_inbox_figures figures(void)
{
	return shop_state(&shop).figures.inbox;
}

static bool product_known(struct br_txn *txn, const char *sku)
{
	struct br_key key = br_key_of_str(br_str_from(sku));

	return br_txn_has(txn, BR_TABLE_PRODUCT, br_key_str(&key));
}

static bool product_kept(const char *sku)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	return product_known(txn, sku);
}

static void process_dies(void)
{
	deaths++;
	shop_crash(&shop);
	shop_turn(&shop);
	/* Longer than any rest. */
	shop_wait(&shop, BR_ORDEAL_REST_MAX_MS);
	welcome();
}

/*
 * Turns until nothing waits; the process dies when it has just applied a product whose SKU begins
 * with X. False then.
 */
static bool turns(void)
{
	static const char *const deadly[] = {"X", "X1", "X2", "X3", "X4", "X5", "X6"};

	do {
		for (unsigned i = 0; i < BR_ARRAY_LEN(deadly); i++)
			if (br_core_open(shop.core) &&
				product_known(br_core_txn(shop.core), deadly[i]) &&
				!product_kept(deadly[i])) {
				process_dies();
				return false;
			}
		shop_turn(&shop);
		br_link_tick(shop.link);
	} while (br_core_open(shop.core));
	return true;
}

/* Products of these SKUs as commands from `first` on, under ids that begin with `id`. */
static void products_say(uint64_t first, const char *id, const char *skus)
{
	static char payload[8192];
	size_t n = (size_t)snprintf(payload, sizeof(payload),
		"{\"hq_epoch\":\"%s\",\"lane\":\"catalog\",\"prev_seq\":%" PRIu64 ",\"commands\":[",
		hq_epoch, first - 1);

	for (const char *sku = skus; *sku != '\0'; sku += strcspn(sku, " ") + 1) {
		int length = (int)strcspn(sku, " ");

		n += (size_t)snprintf(payload + n, sizeof(payload) - n,
			"%s{\"hq_seq\":%" PRIu64 ",\"id\":\"%s%.*s\",\"type\":\"product.upsert\","
			"\"data\":{\"sku\":\"%.*s\",\"name\":\"Product\"}}",
			sku > skus ? "," : "", first, id, length, sku, length, sku);
		first++;
		if (sku[length] == '\0')
			break;
	}
	n += (size_t)snprintf(payload + n, sizeof(payload) - n, "]}");
	shop_message(&shop, "backroom/dn/catalog", (struct br_str){payload, n});
}

/* HQ sends from the store's mark, until it has come to `last` or the process has died often. */
static void hq_sends(const char *id, const char *skus, uint64_t last, unsigned deaths_max)
{
	for (unsigned tries = 0; mark() < last && deaths < deaths_max; tries++) {
		REQUIRE(tries < 200);
		products_say(1, id, skus);
		(void)turns();
	}
}

static void test_a_command_that_the_process_dies_of_is_refused(void)
{
	uint64_t metric = br_metric_get(BR_METRIC_LINK_POISON);

	begin("refused");
	hq_sends("hq-", "A X B", 3, 20);
	/* Once unsuspected, and then marked. */
	CHECK_INT(deaths, 1 + BR_ORDEAL_DEATHS);
	CHECK(product_kept("A") && !product_kept("X") && product_kept("B"));
	CHECK_INT(mark(), 3);
	CHECK_INT(figures().poison, 1);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_POISON), metric + 1);
	CHECK_HAS(shop_state(&shop).last_error,
		"command hq-X, 2 of the lane catalog, is refused: this program ended 3 times");
	/* HQ asks again, since its answer may be lost, and gets the same. */
	acks_n = 0;
	products_say(2, "hq-", "X B");
	CHECK(turns());
	CHECK_HAS(acks, "{\"hq_seq\":2,\"id\":\"hq-X\",\"outcome\":\"refused\",\"code\":"
			"\"poison\",\"message\":\"the store's program ended 3 times while it "
			"was applying this command");
	CHECK_HAS(acks, "{\"hq_seq\":3,\"id\":\"hq-B\",\"outcome\":\"accepted\"}");
	CHECK_INT(figures().poison, 1);
	shop_close(&shop);
}

/* HQ was restored and begins anew: what was refused is known by its id. */
static void test_another_epoch_of_hqs_brings_it_back_no_more(void)
{
	begin("epoch");
	hq_sends("hq-", "A X B", 3, 20);
	deaths = 0;
	acks_n = 0;
	shop_wait(&shop, 40000);
	hq_epoch = OTHER;
	welcome();
	CHECK_INT(mark(), 0);
	products_say(1, "hq-", "X A B");
	/* The body is not looked at: nobody dies of it. */
	CHECK(turns());
	CHECK_INT(mark(), 3);
	CHECK_HAS(acks, "\"hq_epoch\":\"" OTHER "\"");
	CHECK_HAS(acks, "\"poison\"");
	CHECK_INT(deaths, 0);
	shop_close(&shop);
}

/* And if that comes in the midst of its deaths, they count on. */
static void test_deaths_are_counted_by_the_id(void)
{
	begin("id");
	hq_sends("hq-", "A X B", 3, 3);
	CHECK_INT(deaths, 3);
	hq_epoch = OTHER;
	shop_wait(&shop, 40000);
	welcome();
	for (unsigned i = 0; i < 20 && mark() < 2; i++) {
		products_say(1, "hq-", "B X");
		(void)turns();
	}
	CHECK_INT(deaths, 1 + BR_ORDEAL_DEATHS);
	CHECK(product_kept("B") && !product_kept("X"));
	shop_close(&shop);
}

/* HQ puts another command where the bad one was. */
static void test_another_command_under_its_number_is_innocent(void)
{
	begin("number");
	hq_sends("hq-", "A X B", 3, 1 + BR_ORDEAL_DEATHS);
	CHECK_INT(mark(), 1);
	products_say(2, "better-", "C B");
	CHECK(turns());
	CHECK_INT(mark(), 3);
	CHECK_INT(figures().poison, 0);
	CHECK(product_kept("C"));
	shop_close(&shop);
}

/* Power cuts at the worst moment: once unmarked, and twice upon the very same command. */
static void test_some_deaths_for_other_reasons_refuse_nobody(void)
{
	begin("cuts");
	for (unsigned i = 0; i < 3; i++) {
		products_say(1, "hq-", "A B");
		if (i > 0)
			shop_turn(&shop);
		br_link_tick(shop.link);
		process_dies();
		CHECK_INT(mark(), 0);
	}
	products_say(1, "hq-", "A B");
	CHECK(turns());
	CHECK_INT(mark(), 2);
	CHECK_INT(figures().poison, 0);
	CHECK(product_kept("A") && product_kept("B"));
	shop_close(&shop);
}

/* One bad command behind the other: each is refused, and the good ones come through. */
static void test_many_of_them_are_refused_one_by_one(void)
{
	begin("many");
	hq_sends("hq-", "A X1 B X2 X3 C X4 X5 D X6 E", 11, 60);
	CHECK_INT(mark(), 11);
	CHECK_INT(deaths, 1 + 6 * BR_ORDEAL_DEATHS);
	CHECK(product_kept("A") && product_kept("C") && product_kept("E"));
	CHECK(!product_kept("X1") && !product_kept("X6"));
	shop_close(&shop);
}

/* Behind some deaths in a row the store works, and HQ's commands wait. */
static void test_hqs_commands_rest_when_it_goes_on_so(void)
{
	begin("rest");
	hq_sends("hq-", "X1 X2 X3 X4", 4, 2 + BR_ORDEAL_STREAK);
	/* As process_dies() without the wait. */
	shop_crash(&shop);
	shop_turn(&shop);
	welcome();
	products_say(mark() + 1, "new-", "A");
	CHECK(turns());
	CHECK(!product_kept("A"));
	CHECK_INT(shop_state(&shop).figures.resting, 1);
	CHECK_HAS(shop_state(&shop).last_error, "HQ's commands wait for 60 s, because");
	/* Nor does anybody turn in circles for them. */
	shop_turn(&shop);
	CHECK(br_link_due_ms(shop.link) > shop.boot_ms);
	shop_catalogue(&shop);
	shop_wait(&shop, BR_ORDEAL_REST_MS);
	products_say(mark() + 1, "new-", "N");
	CHECK(turns());
	CHECK(product_kept("N"));
	shop_close(&shop);
}

/* The store comes back from a backup that was made between two deaths: they count on. */
static void test_a_restored_store_goes_on_counting(void)
{
	struct br_hole hole;

	begin("restored");
	hq_sends("hq-", "A X B", 3, 3);
	CHECK_INT(deaths, 3);
	/* Two of them with a mark; the second one is in the ledger with what is marked next. */
	products_say(2, "hq-", "X B");
	shop_turn(&shop);
	shop_backup(&shop);
	REQUIRE(shop_restore(&shop));
	shop_wait(&shop, 40000);
	welcome();
	hole = shop_state(&shop).hole;
	shop_say(&shop, "backroom/dn/ctl",
		"{\"type\":\"recovered\",\"epoch\":\"%s\",\"after\":%" PRIu64 ",\"until\":%" PRIu64
		",\"told\":0,\"whole\":{\"orders\":0,\"stock\":0},"
		"\"end\":true,\"events\":[]}",
		br_core_epoch(shop.core), hole.after, hole.until);
	hq_sends("hq-", "A X B", 3, 20);
	/* The copy was made while X was marked, as if the process had died there. */
	CHECK_INT(deaths, 3);
	CHECK_INT(figures().poison, 1);
	CHECK(product_kept("A") && !product_kept("X") && product_kept("B"));
	shop_close(&shop);
}

static uint64_t commits(void)
{
	return br_core_figures(shop.core).commits;
}

/* A process that nothing happened to pays nothing; behind a death a commit for each of some. */
static void test_only_a_death_costs_commits(void)
{
	uint64_t before;

	begin("cost");
	before = commits();
	products_say(1, "hq-", "A B C D");
	CHECK(turns());
	CHECK_INT(mark(), 4);
	CHECK_INT(commits(), before + 1);
	/* On purpose. */
	CHECK_INT(br_link_end(shop.link), 0);
	shop_turn(&shop);
	process_dies();
	before = commits();
	products_say(5, "hq-", "E F G H");
	CHECK(turns());
	CHECK_INT(mark(), 8);
	CHECK_INT(commits(), before + 1);
	process_dies();
	before = commits();
	products_say(9, "hq-", "I J K L");
	CHECK(turns());
	CHECK_INT(mark(), 12);
	CHECK_INT(commits(), before + 5);
	shop_close(&shop);
}

/* A mark that nothing follows is taken away: the bridge goes, or HQ does not send it again. */
static void test_a_mark_does_not_stand_where_nothing_waits(void)
{
	begin("idle");
	products_say(1, "hq-", "A");
	CHECK(turns());
	process_dies();
	for (unsigned i = 0; i < 2 * BR_ORDEAL_DEATHS; i++) {
		products_say(2, "hq-", "B");
		/* It is marked; then HQ becomes another one, and all that waits is dropped. */
		shop_turn(&shop);
		hq_epoch = i % 2 == 0 ? OTHER : "00000000000000cc";
		shop_wait(&shop, 40000);
		br_link_tick(shop.link);
		process_dies();
	}
	CHECK_INT(figures().poison, 0);
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_a_command_that_the_process_dies_of_is_refused);
	TEST(test_another_epoch_of_hqs_brings_it_back_no_more);
	TEST(test_deaths_are_counted_by_the_id);
	TEST(test_another_command_under_its_number_is_innocent);
	TEST(test_some_deaths_for_other_reasons_refuse_nobody);
	TEST(test_many_of_them_are_refused_one_by_one);
	TEST(test_hqs_commands_rest_when_it_goes_on_so);
	TEST(test_a_restored_store_goes_on_counting);
	TEST(test_only_a_death_costs_commits);
	TEST(test_a_mark_does_not_stand_where_nothing_waits);
	return test_end(argc, argv);
}
