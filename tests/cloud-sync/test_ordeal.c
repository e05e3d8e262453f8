/* Ordeals by themselves: what is kept, when something may be tried, and when it is poison. */
#include "cloud-sync/ordeal.h"

#include <stdio.h>
#include <string.h>

#include "node/tables.h"
#include "tests/cloud-sync/shop.h"

#define NAME "ordeal/test"
#define CAREFUL_N 3

static struct shop shop;
static struct br_ordeal *ordeal;

static void ordeal_make(void)
{
	struct br_ordeal_options options = {NAME, CAREFUL_N};

	REQUIRE(br_ordeal_create(shop.core, shop.store, &shop.clock, &options, &ordeal) == 0);
}

static void begin(const char *name)
{
	shop_open(&shop, name);
	ordeal_make();
}

static void end(void)
{
	br_ordeal_destroy(BR_TAKE(ordeal));
	shop_close(&shop);
}

/* The process dies; what the turn had open is lost. */
static void die(void)
{
	br_ordeal_destroy(BR_TAKE(ordeal));
	shop_crash(&shop);
	ordeal_make();
}

/* It ends on purpose, and another starts. */
static void stop(void)
{
	REQUIRE(br_ordeal_end(ordeal) == 0);
	shop_turn(&shop);
	die();
}

static int may(const char *what)
{
	return br_ordeal_begin(ordeal, br_str_from(what));
}

static void done(const char *what)
{
	REQUIRE(br_ordeal_done(ordeal, br_str_from(what)) == 0);
}

static unsigned deaths(const char *what)
{
	return br_ordeal_deaths(ordeal, br_str_from(what));
}

static uint64_t commits(void)
{
	return br_core_figures(shop.core).commits;
}

/* Marks, commits, tries, commits: as a user of it does over two turns. */
static void goes_well(const char *what)
{
	if (may(what) == BR_ORDEAL_WAIT)
		shop_turn(&shop);
	CHECK_INT(may(what), BR_ORDEAL_GO);
	done(what);
	shop_turn(&shop);
}

/* A process that dies of it behind its mark. */
static void dies_of(const char *what)
{
	CHECK_INT(may(what), BR_ORDEAL_WAIT);
	shop_turn(&shop);
	CHECK_INT(may(what), BR_ORDEAL_GO);
	die();
}

static void test_the_first_waits_for_one_commit_and_the_others_for_none(void)
{
	uint64_t before;

	begin("first");
	CHECK(!br_ordeal_careful(ordeal));
	CHECK_INT(may("a"), BR_ORDEAL_WAIT);
	CHECK_INT(may("b"), BR_ORDEAL_WAIT);
	shop_turn(&shop);
	before = commits();
	for (unsigned i = 0; i < 1000; i++) {
		char what[16];

		(void)snprintf(what, sizeof(what), "c-%u", i);
		CHECK_INT(may(what), BR_ORDEAL_GO);
		done(what);
	}
	CHECK(!br_core_open(shop.core));
	shop_turn(&shop);
	CHECK_INT(commits(), before);
	end();
}

static void test_who_expects_something_need_not_wait_for_it(void)
{
	begin("expect");
	CHECK_INT(br_ordeal_expect(ordeal), 0);
	shop_turn(&shop);
	CHECK_INT(may("a"), BR_ORDEAL_GO);
	CHECK_INT(br_ordeal_expect(ordeal), 0);
	CHECK(!br_core_open(shop.core));
	end();
}

static void test_a_process_that_never_began_leaves_nothing_behind(void)
{
	begin("never");
	die();
	CHECK(!br_ordeal_careful(ordeal));
	CHECK_INT(br_ordeal_end(ordeal), 0);
	CHECK(!br_core_open(shop.core));
	end();
}

static void test_an_end_on_purpose_is_no_death(void)
{
	begin("purpose");
	goes_well("a");
	stop();
	CHECK(!br_ordeal_careful(ordeal));
	goes_well("b");
	die();
	CHECK(br_ordeal_careful(ordeal));
	end();
}

static void test_behind_a_death_each_has_its_mark_until_some_went_well(void)
{
	begin("careful");
	goes_well("a");
	die();
	CHECK_INT(may("b"), BR_ORDEAL_WAIT);
	/* Another one has to wait for this one's try. */
	CHECK_INT(may("c"), BR_ORDEAL_WAIT);
	shop_turn(&shop);
	CHECK_INT(may("b"), BR_ORDEAL_GO);
	done("b");
	/* The next one's mark shares the commit. */
	CHECK_INT(may("c"), BR_ORDEAL_WAIT);
	shop_turn(&shop);
	CHECK_INT(may("c"), BR_ORDEAL_GO);
	done("c");
	shop_turn(&shop);
	CHECK(br_ordeal_careful(ordeal));
	goes_well("d");
	CHECK(!br_ordeal_careful(ordeal));
	CHECK_INT(may("e"), BR_ORDEAL_GO);
	CHECK_INT(may("f"), BR_ORDEAL_GO);
	end();
}

static void test_what_it_died_of_often_enough_is_poison(void)
{
	begin("poison");
	goes_well("a");
	die();
	for (unsigned i = 0; i < BR_ORDEAL_DEATHS; i++) {
		CHECK_INT(deaths("bad"), i);
		dies_of("bad");
	}
	CHECK_INT(deaths("bad"), BR_ORDEAL_DEATHS);
	/* It need not be marked to be refused, and others are not meant. */
	CHECK_INT(may("bad"), BR_ORDEAL_POISON);
	CHECK_INT(may("good"), BR_ORDEAL_WAIT);
	done("bad");
	shop_turn(&shop);
	/* Refused it is over; who says it once more begins anew. */
	CHECK_INT(deaths("bad"), 0);
	goes_well("good");
	end();
}

/* The refusal may be lost, as anything that is not committed. */
static void test_a_death_while_it_is_refused_forgets_nothing(void)
{
	begin("refused");
	goes_well("a");
	die();
	for (unsigned i = 0; i < BR_ORDEAL_DEATHS; i++)
		dies_of("bad");
	CHECK_INT(may("bad"), BR_ORDEAL_POISON);
	done("bad");
	die();
	CHECK_INT(may("bad"), BR_ORDEAL_POISON);
	end();
}

static void test_power_cuts_refuse_nobody(void)
{
	begin("cuts");
	goes_well("a");
	die();
	/* Two that fell upon the same thing, and then it goes well. */
	dies_of("b");
	dies_of("b");
	CHECK_INT(deaths("b"), 2);
	goes_well("b");
	CHECK_INT(deaths("b"), 0);
	/* Those before the mark is durable, or when nothing is under way, are nobody's fault. */
	for (unsigned i = 0; i < 2 * BR_ORDEAL_DEATHS; i++) {
		CHECK_INT(may("c"), BR_ORDEAL_WAIT);
		die();
		CHECK_INT(deaths("c"), 0);
	}
	CHECK_INT(may("c"), BR_ORDEAL_WAIT);
	shop_turn(&shop);
	CHECK_INT(br_ordeal_idle(ordeal), 0);
	shop_turn(&shop);
	die();
	CHECK_INT(deaths("c"), 0);
	CHECK_INT(br_ordeal_idle(ordeal), 0);
	CHECK(!br_core_open(shop.core));
	end();
}

/* A process that dies before it has come to HQ's work says nothing new of it. */
static void test_a_death_is_counted_once(void)
{
	begin("once");
	goes_well("a");
	die();
	dies_of("b");
	for (unsigned i = 0; i < 2 * BR_ORDEAL_DEATHS; i++)
		die();
	CHECK_INT(deaths("b"), 1);
	end();
}

/* Somebody restarts the daemon by hand in between: what it died of is still known. */
static void test_an_end_on_purpose_forgets_no_death(void)
{
	begin("between");
	goes_well("a");
	die();
	for (unsigned i = 0; i < BR_ORDEAL_DEATHS; i++) {
		dies_of("bad");
		stop();
		CHECK(br_ordeal_careful(ordeal));
	}
	CHECK_INT(may("bad"), BR_ORDEAL_POISON);
	/* It never comes again: when all that can have been meant went by, it is forgotten. */
	goes_well("b");
	goes_well("c");
	goes_well("d");
	CHECK_INT(deaths("bad"), 0);
	stop();
	CHECK(!br_ordeal_careful(ordeal));
	end();
}

static void test_of_many_suspects_the_oldest_is_forgotten(void)
{
	char what[16];

	begin("suspects");
	goes_well("a");
	die();
	for (unsigned i = 0; i < BR_ORDEAL_SUSPECTS_MAX + 2; i++) {
		(void)snprintf(what, sizeof(what), "s-%u", i);
		dies_of(what);
	}
	CHECK_INT(deaths("s-0"), 0);
	CHECK_INT(deaths("s-1"), 0);
	CHECK_INT(deaths("s-2"), 1);
	CHECK_INT(deaths(what), 1);
	end();
}

static void test_behind_many_deaths_in_a_row_it_rests(void)
{
	int64_t rests[20];

	begin("rest");
	goes_well("a");
	die();
	for (unsigned i = 0; i < BR_ARRAY_LEN(rests); i++) {
		char what[16];

		(void)snprintf(what, sizeof(what), "s-%u", i);
		dies_of(what);
		rests[i] = br_ordeal_rest_until_ms(ordeal);
		if (rests[i] > 0)
			rests[i] -= shop.boot_ms;
	}
	CHECK_INT(rests[BR_ORDEAL_STREAK - 1], 0);
	CHECK_INT(rests[BR_ORDEAL_STREAK], BR_ORDEAL_REST_MS);
	CHECK_INT(rests[BR_ORDEAL_STREAK + 1], 2 * BR_ORDEAL_REST_MS);
	CHECK_INT(rests[BR_ARRAY_LEN(rests) - 1], BR_ORDEAL_REST_MAX_MS);
	/* Enough that went well, and the next death is the first again. */
	goes_well("b");
	goes_well("c");
	goes_well("d");
	die();
	CHECK_INT(br_ordeal_rest_until_ms(ordeal), 0);
	end();
}

static void test_a_damaged_row_only_makes_it_careful(void)
{
	struct br_key key = br_key_of_str(BR_STR(NAME));

	begin("damaged");
	br_txn_put(br_core_txn(shop.core), BR_TABLE_STATE, br_key_str(&key), BR_STR("no row"));
	shop_turn(&shop);
	die();
	CHECK(br_ordeal_careful(ordeal));
	goes_well("a");
	stop();
	CHECK(!br_ordeal_careful(ordeal));
	end();
}

static int put_fails(void *context BR_UNUSED, const char *call)
{
	return strcmp(call, "put") == 0 ? BR_E_DISK_FULL : 0;
}

static void test_an_error_of_the_store_is_told(void)
{
	begin("error");
	br_store_fault_set(shop.store, put_fails, NULL);
	CHECK_INT(may("a"), BR_E_DISK_FULL);
	br_store_fault_set(shop.store, NULL, NULL);
	die();
	CHECK_INT(may("a"), BR_ORDEAL_WAIT);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_the_first_waits_for_one_commit_and_the_others_for_none);
	TEST(test_who_expects_something_need_not_wait_for_it);
	TEST(test_a_process_that_never_began_leaves_nothing_behind);
	TEST(test_an_end_on_purpose_is_no_death);
	TEST(test_behind_a_death_each_has_its_mark_until_some_went_well);
	TEST(test_what_it_died_of_often_enough_is_poison);
	TEST(test_a_death_while_it_is_refused_forgets_nothing);
	TEST(test_power_cuts_refuse_nobody);
	TEST(test_a_death_is_counted_once);
	TEST(test_an_end_on_purpose_forgets_no_death);
	TEST(test_of_many_suspects_the_oldest_is_forgotten);
	TEST(test_behind_many_deaths_in_a_row_it_rests);
	TEST(test_a_damaged_row_only_makes_it_careful);
	TEST(test_an_error_of_the_store_is_told);
	return test_end(argc, argv);
}
