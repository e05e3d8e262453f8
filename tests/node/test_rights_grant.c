#include "node/rights_grant.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/hole.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/time.h"
#include "node/timer.h"
#include "tests/node/bench.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static int64_t rights_of(struct bench *bench, const char *sku)
{
	return br_stock_get(bench_read(bench), br_str_from(sku)).rights;
}

/* The next mark of the sweep; false when none stands. */
static bool mark_next(struct bench *bench, struct br_timer *ret_timer)
{
	struct br_txn *txn = bench_read(bench);
	struct br_timer timer;
	bool found = br_timer_next(txn, NULL, &timer);

	while (found && timer.kind != BR_TIMER_RIGHTS)
		found = br_timer_next(txn, &timer, &timer);
	if (found)
		*ret_timer = timer;
	return found;
}

/* As the schedule does it: the clock is at least at the mark. False when none stands. */
static bool sweep(struct bench *bench)
{
	char at[BR_TIME_TEXT_BYTES];
	struct br_timer timer;

	if (!mark_next(bench, &timer))
		return false;
	if (bench->now_ms < timer.at_ms)
		bench->now_ms = timer.at_ms;
	br_time_format(timer.at_ms, at);
	CHECK_INT(bench_do(bench, "rights.sweep", "{'key':'store','at':'%s'}", at), 0);
	return true;
}

/* `n` pieces of the product are ordered online, and sold again so that the stock stays. */
static void demand(struct bench *bench, const char *sku, unsigned n)
{
	static unsigned number;

	number++;
	CHECK_INT(bench_do(bench, "order.offer",
			  "{'order':'D-%u','channel':'web','lines':[{'line':'1','sku':'%s',"
			  "'quantity':%u}]}",
			  number, sku, n),
		0);
	CHECK_INT(bench_do(bench, "order.accept", "{'order':'D-%u'}", number), 0);
	CHECK_INT(bench_do(bench, "order.cancel", "{'order':'D-%u','reason':'test'}", number), 0);
}

/* Twenty of B lie there, 14 were ordered online in four weeks, HQ is heard once a day. */
static void begin(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	demand(bench, "B", 14);
	CHECK_INT(bench_do(bench, "policy.set", "{'rights_contact_minutes':1440}"), 0);
}

static void test_rights_are_off_until_the_policy_says_so(void)
{
	struct bench bench;

	bench_open(&bench, "off");
	bench_catalogue(&bench);
	demand(&bench, "B", 14);
	CHECK(!sweep(&bench));
	CHECK_INT(bench_do(&bench, "policy.set", "{'rights_stock_min':1}"), 0);
	CHECK(!sweep(&bench));
	bench.actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(&bench, "rights.request", "{'sku':'B','quantity':1}"),
		BR_REFUSAL_NOT_ALLOWED);
	CHECK_HAS(bench.answer.message, "rights_contact_minutes is 0");
	CHECK_INT(rights_of(&bench, "B"), 0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_grant_is_the_demand_until_the_next_contact(void)
{
	static const struct {
		unsigned minutes;
		int64_t rights;
	} rows[] = {
		/* Half a piece a day, and no half pieces. */
		{1440, 1000},
		{2 * 1440, 1000},
		{2 * 1440 + 1, 2000},
		{10 * 1440, 5000},
		/* More than all that there is: the store keeps nothing then. */
		{60 * 1440, 20000},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;
		char name[16];

		(void)snprintf(name, sizeof(name), "size-%zu", i);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		demand(&bench, "B", 14);
		CHECK_INT(bench_do(&bench, "policy.set", "{'rights_contact_minutes':%u}",
				  rows[i].minutes),
			0);
		CHECK(sweep(&bench));
		CHECK_INT(rights_of(&bench, "B"), rows[i].rights);
		CHECK_INT(rights_of(&bench, "A"), 0);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

static void test_what_was_spent_is_topped_up_in_the_next_round(void)
{
	struct br_timer before, after;
	struct bench bench;

	begin(&bench, "top-up");
	CHECK(sweep(&bench));
	CHECK_INT(rights_of(&bench, "B"), 1000);
	REQUIRE(mark_next(&bench, &before));
	CHECK_INT(before.at_ms, bench.now_ms + HOUR_MS);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'S','channel':'web','lines':[{'line':'1','sku':'B',"
			  "'quantity':1,'rights':true}]}"),
		0);
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'S'}"), 0);
	CHECK_INT(rights_of(&bench, "B"), 0);
	CHECK(sweep(&bench));
	CHECK_INT(rights_of(&bench, "B"), 1000);
	/* A round that finds nothing to do says nothing but when the next one is. */
	REQUIRE(mark_next(&bench, &after));
	CHECK(sweep(&bench));
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence);
	CHECK_INT(bench_event(&bench, bench.answer.sequence).kind, BR_EVENT_RIGHTS_SWEPT);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_gets_no_rights(void)
{
	static const struct {
		const char *command, *data, *why;
	} rows[] = {
		{"policy.set", "{'rights_stock_min':20.001}", "fewer are free than"},
		{"stock.policy", "{'scope':'sku','key':'B','safety':18}", "fewer are free than"},
		{"sale.record", "{'till':'t','lines':[{'sku':'B','quantity':18,'price':1}]}",
			"fewer are free than"},
		{"sale.record", "{'till':'t','lines':[{'sku':'B','quantity':25,'price':1}]}",
			"fewer are free than"},
		{"product.remove", "{'sku':'B'}", NULL},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;
		char name[16];

		(void)snprintf(name, sizeof(name), "none-%zu", i);
		begin(&bench, name);
		CHECK_INT(bench_do(&bench, rows[i].command, "%s", rows[i].data), 0);
		CHECK(sweep(&bench));
		CHECK_INT(rights_of(&bench, "B"), 0);
		bench.actor = BR_ACTOR_CENTRAL;
		CHECK_INT(bench_do(&bench, "rights.request", "{'sku':'B','quantity':1}"),
			rows[i].why != NULL ? BR_REFUSAL_INSUFFICIENT_STOCK
					    : BR_REFUSAL_UNKNOWN_PRODUCT);
		if (rows[i].why != NULL)
			CHECK_HAS(bench.answer.message, rows[i].why);
		bench_close(&bench);
	}
}

static void request_refused(struct bench *bench, const char *why)
{
	bench->actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(bench, "rights.request", "{'sku':'B','quantity':1}"),
		BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_HAS(bench->answer.message, why);
	bench->actor = "test";
}

static void request_granted(struct bench *bench)
{
	bench->actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(bench, "rights.request", "{'sku':'B','quantity':1}"), 0);
	bench->actor = "test";
}

static void test_stale_stock_gets_none_until_somebody_touches_it(void)
{
	struct bench bench;

	begin(&bench, "stale");
	bench.now_ms += 31 * DAY_MS;
	request_refused(&bench, "nobody counted or moved it");
	/* What is said of a product touches no goods. */
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'B','amount':2,'currency':'EUR'}"), 0);
	request_refused(&bench, "nobody counted or moved it");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B','kind':'fill','quantity':1}"), 0);
	request_granted(&bench);
	bench_close(&bench);
}

static void test_a_breach_waits_for_a_count(void)
{
	struct bench bench;

	begin(&bench, "breach");
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'B','quantity':10}"), 0);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'B','quantity':15,'price':1}]}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B','kind':'receive','quantity':40}"), 0);
	request_refused(&bench, "a recall of its rights is open");
	bench.actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(&bench, "rights.revoke", "{'sku':'B','quantity':5,'recall':'%.*s'}",
			  BR_STR_ARG(br_rights_get(bench_read(&bench), BR_STR("B"), &bench.arena)
					     .recall)),
		0);
	request_refused(&bench, "a promise of it was broken");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B','kind':'count','quantity':5}"), 0);
	request_granted(&bench);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_request_gets_what_is_free(void)
{
	struct bench bench;

	begin(&bench, "request");
	bench.actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(&bench, "rights.request", "{'sku':'B','quantity':12}"), 0);
	CHECK_TEXT(bench.answer.message, "");
	CHECK_INT(rights_of(&bench, "B"), 12000);
	CHECK_INT(bench_do(&bench, "rights.request", "{'sku':'B','quantity':12}"), 0);
	CHECK_HAS(bench.answer.message, "12 of \"B\" are asked for, 8 are granted");
	CHECK_INT(rights_of(&bench, "B"), 20000);
	CHECK_INT(bench_available(&bench, "B"), 0);
	CHECK_INT(bench_do(&bench, "rights.request", "{'sku':'X','quantity':1}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	bench_verify(&bench);
	bench_close(&bench);
}

/* More products than a slice takes: each slice is a command of its own, half a second later. */
static void test_a_round_goes_in_slices_and_over_restarts(void)
{
	const unsigned products = 2 * BR_RIGHTS_SLICE + 1;
	struct br_timer timer;
	struct bench bench;
	int64_t begun_ms;

	bench_open(&bench, "slices");
	for (unsigned i = 0; i < products; i++) {
		char sku[16];

		(void)snprintf(sku, sizeof(sku), "P%03u", i);
		CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'%s','name':'p'}", sku), 0);
		CHECK_INT(bench_do(&bench, "stock.move",
				  "{'sku':'%s','kind':'receive','quantity':20}", sku),
			0);
		demand(&bench, sku, 14);
	}
	CHECK_INT(bench_do(&bench, "policy.set", "{'rights_contact_minutes':1440}"), 0);
	begun_ms = bench.now_ms;
	for (unsigned i = 1; i <= 3; i++) {
		unsigned last = i * BR_RIGHTS_SLICE - 1;
		char sku[16], next[16];

		CHECK(sweep(&bench));
		(void)snprintf(sku, sizeof(sku), "P%03u", last < products ? last : products - 1);
		(void)snprintf(next, sizeof(next), "P%03u", last + 1);
		CHECK_INT(rights_of(&bench, sku), 1000);
		CHECK_INT(rights_of(&bench, next), 0);
		bench_reopen(&bench);
	}
	CHECK_INT(bench.now_ms, begun_ms + 2 * BR_RIGHTS_SLICE_PAUSE_MS);
	REQUIRE(mark_next(&bench, &timer));
	CHECK_INT(timer.at_ms, bench.now_ms + HOUR_MS);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_switched_off_the_sweep_ends_and_rights_stay(void)
{
	struct br_timer timer;
	struct bench bench;

	begin(&bench, "switch");
	CHECK(sweep(&bench));
	CHECK_INT(bench_do(&bench, "policy.set", "{'rights_contact_minutes':0}"), 0);
	CHECK(!mark_next(&bench, &timer));
	CHECK_INT(rights_of(&bench, "B"), 1000);
	/* A mark that fired meanwhile does nothing. */
	CHECK_INT(bench_do(&bench, "rights.sweep", "{'key':'store','at':'2026-03-01T10:10:00Z'}"),
		BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "policy.set", "{'rights_contact_minutes':14400}"), 0);
	CHECK(sweep(&bench));
	CHECK_INT(rights_of(&bench, "B"), 5000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* tests/model/rights.pml, GRANT_EARLY: what is not known to be granted would be granted twice. */
static void test_a_restored_store_grants_nothing_before_it_has_heard(void)
{
	struct br_hole hole;
	struct bench bench;

	begin(&bench, "restored");
	CHECK_INT(br_core_renew(bench.core, 0, bench.now_ms), 0);
	request_refused(&bench, "has not heard what it had granted");
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'B','quantity':1}"),
		BR_REFUSAL_NOT_ALLOWED);
	CHECK_HAS(bench.answer.message, "this store was restored");
	CHECK(sweep(&bench));
	CHECK_INT(rights_of(&bench, "B"), 0);
	REQUIRE(br_hole_last(bench_read(&bench), &bench.arena, &hole) == 0);
	CHECK_INT(br_core_recovered(bench.core, hole.after, hole.after, bench.now_ms), 0);
	bench_commit(&bench);
	CHECK(sweep(&bench));
	CHECK_INT(rights_of(&bench, "B"), 1000);
	bench_close(&bench);
}

/* tests/model/rights.pml, WITHDRAW_GRANT: HQ may have spent it, so it is never taken back so. */
static void test_a_grant_that_a_restore_forgot_is_always_merged(void)
{
	struct br_rights rights = {.sku = BR_STR("B"), .quantity = 4000};
	struct br_event event = {.kind = BR_EVENT_RIGHTS_GRANTED,
		.actor = BR_STR("test"),
		.command = BR_STR("G"),
		.body = &rights};
	struct bench bench;

	begin(&bench, "merged");
	event.sequence = br_core_head(bench.core) + 1;
	event.happened_ms = event.recorded_ms = bench.now_ms;
	CHECK_INT(br_core_renew(bench.core, 0, bench.now_ms), 0);
	/* Its sender asks again, and is told no. */
	CHECK_INT(bench_submit(&bench, "G", "rights.grant", "{'sku':'B','quantity':4}", true),
		BR_REFUSAL_NOT_ALLOWED);
	CHECK_INT(br_core_recover(bench.core, &event, BR_DOUBT_NONE), 1);
	bench_commit(&bench);
	CHECK_INT(rights_of(&bench, "B"), 4000);
	/* More than is free by now is a fact, too. */
	event.sequence++;
	rights.quantity = 40000;
	CHECK_INT(br_core_recover(bench.core, &event, BR_DOUBT_GAP), 1);
	bench_commit(&bench);
	CHECK_INT(rights_of(&bench, "B"), 44000);
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_rights_are_off_until_the_policy_says_so);
	TEST(test_a_grant_is_the_demand_until_the_next_contact);
	TEST(test_what_was_spent_is_topped_up_in_the_next_round);
	TEST(test_what_gets_no_rights);
	TEST(test_stale_stock_gets_none_until_somebody_touches_it);
	TEST(test_a_breach_waits_for_a_count);
	TEST(test_a_request_gets_what_is_free);
	TEST(test_a_round_goes_in_slices_and_over_restarts);
	TEST(test_switched_off_the_sweep_ends_and_rights_stay);
	TEST(test_a_restored_store_grants_nothing_before_it_has_heard);
	TEST(test_a_grant_that_a_restore_forgot_is_always_merged);
	return test_end(argc, argv);
}
