#include "node/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/product.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/till_day.h"
#include "node/hlc.h"
#include "tests/node/bench.h"

#define SALE "{'till':'t1','lines':[{'barcode':'2000000000015','quantity':3,'price':2.5}]}"

static void test_a_command_is_answered_once_decided(void)
{
	uint64_t sequence;
	struct bench bench;

	bench_open(&bench, "once");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	sequence = bench.answer.sequence;
	CHECK_INT(bench_available(&bench, "A"), 7000);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(bench.answer.sequence, sequence);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	CHECK_INT(br_core_figures(bench.core).repeated, 1);
	bench_close(&bench);
}

/* The same members in another order, and numbers written otherwise, are the same command. */
static void test_the_same_command_may_be_written_otherwise(void)
{
	struct bench bench;

	bench_open(&bench, "written");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record",
			  "{'lines':[{'price':2.500,'quantity':3.0,'barcode':'2000000000015'}],"
			  "'currency':'','till':'t1'}",
			  true),
		0);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	bench_close(&bench);
}

static void test_the_same_id_with_another_body_is_a_conflict(void)
{
	uint64_t sequence;
	struct bench bench;

	bench_open(&bench, "conflict");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	sequence = bench.answer.sequence;
	CHECK_INT(bench_submit(&bench, "s1", "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':1,'price':1}]}", true),
		BR_REFUSAL_CONFLICT);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_CONFLICT);
	CHECK_INT(bench.answer.sequence, sequence);
	/* The same body under another type is another body, too. */
	CHECK_INT(bench_submit(&bench, "s1", "return.record", SALE, true), BR_REFUSAL_CONFLICT);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	CHECK_INT(br_core_figures(bench.core).conflicts, 2);
	/* The first answer still stands. */
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	bench_close(&bench);
}

static void test_ids_belong_to_their_actor(void)
{
	struct bench bench;

	bench_open(&bench, "actors");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	bench.actor = "till/t2";
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	CHECK_INT(bench_available(&bench, "A"), 4000);
	bench_close(&bench);
}

/* Even when the reason has gone by: a late duplicate must not do what its sender was denied. */
static void test_a_refusal_is_final(void)
{
	static const char move[] = "{'sku':'N','kind':'receive','quantity':1}";
	char message[BR_MESSAGE_BYTES_MAX];
	struct bench bench;

	bench_open(&bench, "final");
	CHECK_INT(bench_submit(&bench, "m", "stock.move", move, true), BR_REFUSAL_UNKNOWN_PRODUCT);
	(void)strcpy(message, bench.answer.message);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'N','name':'new'}"), 0);
	bench_reopen(&bench);
	CHECK_INT(bench_submit(&bench, "m", "stock.move", move, true), BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_TEXT(bench.answer.message, message);
	CHECK_INT(bench_submit(&bench, "m2", "stock.move", move, true), 0);
	CHECK_INT(bench_available(&bench, "N"), 1000);
	bench_close(&bench);
}

static void answer_keep(
	void *owner, const struct br_ticket *ticket BR_UNUSED, const struct br_answer *answer)
{
	*(struct br_answer *)owner = *answer;
}

/* Refuses the command `id` of the bench's actor unread, and commits; the answer that came. */
static struct br_answer refuse_unread(struct bench *bench, const char *id)
{
	struct br_answer answer = {.outcome = BR_OUTCOME_BUSY};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = &answer};

	(void)snprintf(ticket.command, sizeof(ticket.command), "%s", id);
	CHECK_INT(br_core_refuse(bench->core, br_str_from(bench->actor), BR_REFUSAL_POISON,
			  "it was died of", &ticket),
		0);
	CHECK_INT(answer.outcome, BR_OUTCOME_BUSY);
	CHECK_INT(br_core_commit(bench->core), 0);
	return answer;
}

/* Its body counts for nothing, since nobody has looked at it; what was answered before stays. */
static void test_what_is_refused_unread_stays_refused(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "unread");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	CHECK_INT(refuse_unread(&bench, "s1").outcome, BR_OUTCOME_ACCEPTED);
	head = br_core_head(bench.core);
	CHECK_INT(refuse_unread(&bench, "s2").refusal, BR_REFUSAL_POISON);
	bench_reopen(&bench);
	CHECK_INT(bench_submit(&bench, "s2", "sale.record", SALE, true), BR_REFUSAL_POISON);
	CHECK_TEXT(bench.answer.message, "it was died of");
	CHECK_INT(bench_submit(&bench, "s2", "product.remove", "{'sku':'A'}", true),
		BR_REFUSAL_POISON);
	CHECK_INT(br_core_head(bench.core), head);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	bench_close(&bench);
}

static void test_no_answer_leaves_before_the_commit(void)
{
	struct bench bench;
	unsigned answers;

	bench_open(&bench, "before");
	bench_catalogue(&bench);
	answers = bench.answers;
	(void)bench_submit(&bench, "s1", "sale.record", SALE, false);
	(void)bench_submit(&bench, "s2", "sale.record", SALE, false);
	CHECK_INT(bench.answers, answers);
	CHECK_INT(br_core_turn_n(bench.core), 2);
	/* Nobody else sees it yet. */
	CHECK_INT(bench_available(&bench, "A"), 10000);
	CHECK_INT(br_core_head(bench.core), 5);
	bench_commit(&bench);
	CHECK_INT(bench.answers, answers + 2);
	CHECK_TEXT(bench.ticket.command, "s2");
	CHECK_INT(br_core_turn_n(bench.core), 0);
	CHECK_INT(bench_available(&bench, "A"), 4000);
	bench_close(&bench);
}

static void test_a_turn_shares_one_commit(void)
{
	uint64_t commits;
	struct bench bench;

	bench_open(&bench, "group");
	bench_catalogue(&bench);
	commits = br_core_figures(bench.core).commits;
	/* Within the turn each command sees what those before it did. */
	(void)bench_submit(&bench, "o", "order.offer",
		"{'order':'O','lines':[{'line':'1','sku':'A','quantity':8}]}", false);
	(void)bench_submit(&bench, "a", "order.accept", "{'order':'O'}", false);
	(void)bench_submit(&bench, "o2", "order.offer",
		"{'order':'O2','lines':[{'line':'1','sku':'A','quantity':8}]}", false);
	(void)bench_submit(&bench, "a2", "order.accept", "{'order':'O2'}", false);
	(void)bench_submit(&bench, "a2", "order.accept", "{'order':'O2'}", false);
	bench_commit(&bench);
	CHECK_INT(bench.answer.refusal, BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_INT(br_core_figures(bench.core).repeated, 1);
	CHECK_INT(bench_available(&bench, "A"), 2000);
	CHECK_INT(br_core_figures(bench.core).commits, commits + 1);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_an_empty_turn_commits_nothing(void)
{
	uint64_t commits;
	struct bench bench;

	bench_open(&bench, "empty");
	commits = br_core_figures(bench.core).commits;
	bench_commit(&bench);
	CHECK_INT(br_core_figures(bench.core).commits, commits);
	bench_close(&bench);
}

static void test_a_full_turn_is_busy_and_decides_nothing(void)
{
	struct bench bench;
	char id[16];

	bench_open(&bench, "busy");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'C','kind':'receive','quantity':1}"), 0);
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "s%u", i);
		(void)bench_submit(&bench, id, "sale.record",
			"{'till':'t1','lines':[{'sku':'C','quantity':0.001,'price':1}]}", false);
	}
	CHECK_INT(br_core_turn_n(bench.core), BR_TURN_COMMANDS_MAX);
	/* Refused at once; nothing was decided, so nothing has to be committed first. */
	CHECK_INT(bench_submit(&bench, "late", "sale.record", SALE, false), BR_REFUSAL_BUSY);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_BUSY);
	bench_commit(&bench);
	CHECK_INT(bench_available(&bench, "C"), 0);
	CHECK_INT(bench_available(&bench, "A"), 10000);
	/* Sent again it is decided. */
	CHECK_INT(bench_submit(&bench, "late", "sale.record", SALE, true), 0);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	bench_close(&bench);
}

static void test_a_store_running_full_sheds_all_but_sales_and_orders(void)
{
	static const char move[] = "{'sku':'A','kind':'receive','quantity':1}";
	struct bench bench;

	bench_open(&bench, "shed");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "m0", "stock.move", move, true), 0);
	br_core_shed(bench.core, BR_SHED_MOST);
	CHECK_INT(bench_submit(&bench, "m1", "stock.move", move, true), BR_REFUSAL_STORE_FULL);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_BUSY);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE, true), 0);
	/* What was decided before is answered as before. */
	CHECK_INT(bench_submit(&bench, "m0", "stock.move", move, true), 0);
	br_core_shed(bench.core, BR_SHED_ALL);
	CHECK_INT(bench_submit(&bench, "s2", "sale.record", SALE, true), BR_REFUSAL_STORE_FULL);
	br_core_shed(bench.core, BR_SHED_NOTHING);
	/* Nothing was decided, so the same command is decided now. */
	CHECK_INT(bench_submit(&bench, "m1", "stock.move", move, true), 0);
	CHECK_INT(bench_submit(&bench, "s2", "sale.record", SALE, true), 0);
	CHECK_INT(bench_available(&bench, "A"), 10000 + 2000 - 6000);
	bench_close(&bench);
}

/* The creator's time is kept; what lies ahead of the node's clock by more than 5 minutes is not. */
static void test_times_ahead_of_the_clock_are_taken_as_now(void)
{
	static const struct {
		int64_t happened_ms, kept_ms;
	} rows[] = {
		{0, BENCH_NOW_MS},
		{-1, BENCH_NOW_MS},
		{1000, 1000},
		{BENCH_NOW_MS - 86400000, BENCH_NOW_MS - 86400000},
		{BENCH_NOW_MS + 300000, BENCH_NOW_MS + 300000},
		{BENCH_NOW_MS + 300001, BENCH_NOW_MS},
	};
	struct bench bench;

	bench_open(&bench, "clock");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_event event;

		bench.happened_ms = rows[i].happened_ms;
		CHECK_INT(
			bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"),
			0);
		event = bench_event(&bench, bench.answer.sequence);
		CHECK_INT(event.happened_ms, rows[i].kept_ms);
		CHECK_INT(event.recorded_ms, BENCH_NOW_MS);
	}
	bench_close(&bench);
}

static void test_cursors_are_kept_with_the_turn(void)
{
	struct bench bench;

	bench_open(&bench, "cursor");
	bench_catalogue(&bench);
	CHECK_INT(br_cursor_get(bench_read(&bench), BR_STR("hq/stock")), 0);
	CHECK_INT(br_core_cursor(bench.core, BR_STR("hq/stock"), 3), 0);
	CHECK_INT(br_cursor_get(bench_read(&bench), BR_STR("hq/stock")), 0);
	bench_commit(&bench);
	CHECK_INT(br_core_cursor(bench.core, BR_STR("hq/stock"), 3), 0);
	bench_commit(&bench);
	bench_reopen(&bench);
	CHECK_INT(br_cursor_get(bench_read(&bench), BR_STR("hq/stock")), 3);
	CHECK_INT(br_cursor_get(bench_read(&bench), BR_STR("hq/orders")), 0);
	bench_close(&bench);
}

struct told {
	uint64_t head;
	unsigned times;
};

static void told_committed(void *owner, uint64_t head)
{
	struct told *told = owner;

	told->head = head;
	told->times++;
}

static void test_listeners_are_told_when_the_journal_grew(void)
{
	struct told told = {.head = 0};
	struct bench bench;

	bench_open(&bench, "listen");
	br_core_listen(bench.core, (struct br_core_listener){told_committed, &told});
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'Z'}"), BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(told.times, 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'Z','name':'z'}"), 0);
	CHECK_INT(told.times, 1);
	CHECK_INT(told.head, 1);
	bench_close(&bench);
}

static void test_a_command_without_a_ticket_is_done(void)
{
	struct br_product_removed body = {BR_STR("A")};
	struct br_command command = {.id = BR_STR("timer-1"),
		.actor = BR_STR("timer"),
		.type = br_command_type_named(BR_STR("product.remove")),
		.body = &body,
		.now_ms = BENCH_NOW_MS};
	struct bench bench;
	unsigned answers;

	bench_open(&bench, "ticketless");
	bench_catalogue(&bench);
	answers = bench.answers;
	CHECK_INT(br_core_submit(bench.core, &command, NULL), 0);
	bench_commit(&bench);
	CHECK_INT(bench.answers, answers);
	CHECK_INT(bench_event(&bench, br_core_head(bench.core)).kind, BR_EVENT_PRODUCT_REMOVED);
	bench_close(&bench);
}

static void test_the_epoch_is_made_once(void)
{
	char epoch[2 * BR_EPOCH_BYTES + 1];
	struct bench bench, other;

	bench_open(&bench, "epoch");
	(void)strcpy(epoch, br_core_epoch(bench.core));
	CHECK_INT(strlen(epoch), 2 * BR_EPOCH_BYTES);
	bench_reopen(&bench);
	CHECK_TEXT(br_core_epoch(bench.core), epoch);
	bench_open(&other, "other");
	CHECK(strcmp(br_core_epoch(other.core), epoch) != 0);
	bench_close(&other);
	bench_close(&bench);
}

static void test_a_ledger_without_its_epoch_or_chain_is_corrupt(void)
{
	static const char *const names[] = {"epoch", "chain"};

	for (size_t i = 0; i < BR_ARRAY_LEN(names); i++) {
		struct br_core *core = NULL;
		struct br_fault fault;
		struct br_txn *txn;
		struct bench bench;

		bench_open(&bench, names[i]);
		bench_catalogue(&bench);
		REQUIRE(br_txn_begin(bench.store, true, &txn) == 0);
		br_txn_delete(txn, BR_TABLE_STATE, br_str_from(names[i]));
		REQUIRE(br_txn_commit(txn) == 0);
		CHECK_INT(br_core_create(bench.store, bench.keys, &core, &fault), BR_E_CORRUPT);
		CHECK_HAS(fault.text, "run `backroom verify`");
		CHECK(core == NULL);
		bench_close(&bench);
	}
}

/*
 * The n-th write fails: a script of commands, two a turn, runs into an injected failure at its n-th
 * put, delete or commit, for every n until it passes untouched. Then the process is taken to end;
 * after reopening there must be no half state, and the script sent again must come to its end.
 */
static const struct {
	const char *type, *json;
} script[] = {
	{"product.upsert", "{'sku':'A','name':'apple juice','gtins':['2000000000015']}"},
	{"price.set", "{'sku':'A','amount':2,'currency':'EUR','to':'2026-04-01T00:00:00Z'}"},
	{"stock.move", "{'sku':'A','kind':'receive','quantity':10}"},
	{"order.offer", "{'order':'O','lines':[{'line':'1','sku':'A','quantity':4},"
			"{'line':'2','sku':'A','quantity':1}]}"},
	{"order.accept", "{'order':'O'}"},
	{"sale.record", SALE},
	{"order.pick", "{'order':'O','line':'1'}"},
	{"label.bind", "{'label':'00000218B3A91F01','sku':'A'}"},
	{"order.cancel", "{'order':'O'}"},
	{"order.restock", "{'order':'O'}"},
	{"product.upsert", "{'sku':'A','name':'pear juice'}"},
};

struct countdown {
	unsigned left;
	int error;
	bool struck;
};

static int countdown_fault(void *context, const char *call BR_UNUSED)
{
	struct countdown *countdown = context;

	if (countdown->struck || countdown->left-- > 0)
		return 0;
	countdown->struck = true;
	return countdown->error;
}

/* Sends the script from its beginning; false where the core failed. */
static bool script_run(struct bench *bench, unsigned *ret_accepted)
{
	*ret_accepted = 0;
	for (unsigned i = 0; i < BR_ARRAY_LEN(script); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_command command = {.actor = BR_STR("script"), .now_ms = BENCH_NOW_MS};
		struct br_arena arena;
		enum br_refusal refusal;
		char json[1000];
		int result;

		(void)snprintf(json, sizeof(json), "{'id':'%u','type':'%s','data':%s}", i,
			script[i].type, script[i].json);
		br_arena_init(&arena, 1 << 20);
		REQUIRE(br_json_parse(br_str_from(bench_quote(json)), &root, NULL) == 0);
		REQUIRE(br_command_from_json(root, &arena, &command, &refusal, NULL) == 0);
		result = br_core_submit(bench->core, &command, NULL);
		if (result == 0 && (i % 2 == 1 || i + 1 == BR_ARRAY_LEN(script)))
			result = br_core_commit(bench->core);
		br_arena_finish(&arena);
		if (result < 0)
			return false;
		*ret_accepted = i + 1;
	}
	return true;
}

static bool script_fails_at(unsigned n, int error)
{
	struct countdown countdown = {.left = n, .error = error};
	struct bench bench;
	unsigned sent, again;
	struct br_day day;
	uint64_t committed;
	char name[32];
	bool untouched;

	(void)snprintf(name, sizeof(name), "nth-%d-%u", -error, n);
	bench_open(&bench, name);
	br_store_fault_set(bench.store, countdown_fault, &countdown);
	untouched = script_run(&bench, &sent);
	CHECK_INT(untouched, !countdown.struck);
	committed = br_core_head(bench.core);
	/* The process ends here and starts again. */
	bench_reopen(&bench);
	CHECK_INT(br_core_head(bench.core), committed);
	bench_verify(&bench);
	CHECK(script_run(&bench, &again));
	/* Everything before the failed turn was answered again, not done again. */
	CHECK_INT(br_core_figures(bench.core).repeated, untouched ? again : sent - sent % 2);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	day = br_day_of(BENCH_NOW_MS);
	CHECK_INT(br_till_day_all(bench_read(&bench), &day).sales, 1);
	bench_verify(&bench);
	bench_close(&bench);
	return untouched;
}

static void test_the_nth_failed_write_leaves_no_half_state(void)
{
	unsigned n = 0;

	while (!script_fails_at(n, BR_E_IO))
		n++;
	/* Every write of ten commands was hit. */
	CHECK(n > 60);
	printf("%u writes failed one by one\n", n);
	for (n = 0; n < 60; n += 7)
		(void)script_fails_at(n, BR_E_DISK_FULL);
}

/* Who ignores that a command failed is told by the commit, so that nothing is acknowledged. */
static void test_a_turn_that_cannot_begin_ends_the_process(void)
{
	struct br_sale_line line = {.sku = BR_STR("A"), .quantity = 1000, .price = 1};
	struct br_sale sale = {.till = BR_STR("t1"), .lines = {&line, 1}};
	struct br_command command = {.id = BR_STR("s-1"),
		.actor = BR_STR("till/t1"),
		.type = br_command_type_named(BR_STR("sale.record")),
		.body = &sale,
		.now_ms = BENCH_NOW_MS};
	struct countdown countdown = {.left = 0, .error = BR_E_MEMORY};
	struct bench bench;

	bench_open(&bench, "begin");
	bench_catalogue(&bench);
	br_store_fault_set(bench.store, countdown_fault, &countdown);
	CHECK_INT(br_core_submit(bench.core, &command, NULL), BR_E_MEMORY);
	CHECK(countdown.struck);
	CHECK_INT(br_core_commit(bench.core), BR_E_MEMORY);
	/* The store would do again; the core has lost a command and must not go on. */
	CHECK_INT(br_core_submit(bench.core, &command, NULL), BR_E_MEMORY);
	CHECK_INT(br_core_cursor(bench.core, BR_STR("feed"), 1), BR_E_MEMORY);
	CHECK(br_core_txn(bench.core) == NULL);
	CHECK_INT(br_core_commit(bench.core), BR_E_MEMORY);
	bench_reopen(&bench);
	CHECK_INT(br_core_submit(bench.core, &command, NULL), 0);
	bench_commit(&bench);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), -1000);
	bench_close(&bench);
}

/* Stamps grow over everything: turns, restarts, a clock that stands or goes back a little. */
static void test_stamps_grow_with_the_journal(void)
{
	uint64_t last = 0, heard;
	struct bench bench;

	bench_open(&bench, "stamps");
	for (unsigned i = 0; i < 50; i++) {
		struct br_event event;

		bench.now_ms += (int64_t)(i % 3) - 1;
		CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'S%u','name':'x'}", i), 0);
		event = bench_event(&bench, br_core_head(bench.core));
		CHECK(event.hlc > last);
		CHECK(event.hlc >= br_hlc_at(event.recorded_ms));
		CHECK(br_hlc_ms(event.hlc) <= BENCH_NOW_MS + 50);
		last = event.hlc;
		if (i % 10 == 9)
			bench_reopen(&bench);
	}
	/* What another node said is before what follows, unless its clock is wrong. */
	heard = br_hlc_at(bench.now_ms + 60000);
	CHECK(br_core_hear(bench.core, heard, bench.now_ms));
	CHECK(!br_core_hear(bench.core, br_hlc_at(bench.now_ms + 360000), bench.now_ms));
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'Z','name':'x'}"), 0);
	last = bench_event(&bench, br_core_head(bench.core)).hlc;
	CHECK(last == heard + 1);
	CHECK(br_core_stamp(bench.core, bench.now_ms) == heard + 2);
	/* A day back is a correction: stamps begin anew. */
	bench.now_ms -= 86400000;
	CHECK_INT(bench_do(&bench, "clock.correct", "{}"), 0);
	CHECK_INT(br_hlc_ms(bench_event(&bench, br_core_head(bench.core)).hlc), bench.now_ms);
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	/* Days are the store's, and the times of these sales are UTC. */
	REQUIRE(setenv("TZ", "UTC", 1) == 0);
	TEST(test_a_command_is_answered_once_decided);
	TEST(test_the_same_command_may_be_written_otherwise);
	TEST(test_the_same_id_with_another_body_is_a_conflict);
	TEST(test_ids_belong_to_their_actor);
	TEST(test_a_refusal_is_final);
	TEST(test_what_is_refused_unread_stays_refused);
	TEST(test_no_answer_leaves_before_the_commit);
	TEST(test_a_turn_shares_one_commit);
	TEST(test_an_empty_turn_commits_nothing);
	TEST(test_a_full_turn_is_busy_and_decides_nothing);
	TEST(test_a_store_running_full_sheds_all_but_sales_and_orders);
	TEST(test_times_ahead_of_the_clock_are_taken_as_now);
	TEST(test_cursors_are_kept_with_the_turn);
	TEST(test_listeners_are_told_when_the_journal_grew);
	TEST(test_a_command_without_a_ticket_is_done);
	TEST(test_the_epoch_is_made_once);
	TEST(test_a_ledger_without_its_epoch_or_chain_is_corrupt);
	TEST(test_the_nth_failed_write_leaves_no_half_state);
	TEST(test_a_turn_that_cannot_begin_ends_the_process);
	TEST(test_stamps_grow_with_the_journal);
	return test_end(argc, argv);
}
