/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "node/pickup_code.h"

#include <stdio.h>
#include <string.h>

#include "tests/node/order_bench.h"

static struct bench bench;

/* Ready orders O1 (code AB12, Müller), O2 (the same code, Lee) and O3 without a code. */
static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	bench.actor = "till/1";
	order_offer(&bench, "O1", "pickup", ",'code':'AB12','surname':'Müller'");
	order_offer(&bench, "O2", "pickup", ",'code':'AB12','surname':'Lee'");
	order_offer(&bench, "O3", "pickup", "");
	order_go(&bench, "O1", "accept pick ready");
	order_go(&bench, "O2", "accept pick ready");
	order_go(&bench, "O3", "accept pick ready");
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

static enum br_refusal give(const char *body)
{
	return bench_do(&bench, "order.hand_over", "{%s}", body);
}

static void test_the_right_code_works_once(void)
{
	begin("once");
	CHECK_INT(give("'order':'O1','code':'ab12'"), 0);
	CHECK_INT(order_of(&bench, "O1").state, BR_ORDER_HANDED_OVER);
	CHECK_INT(give("'order':'O1','code':'AB12'"), BR_REFUSAL_ILLEGAL_MOVE);
	/* An order without a code needs no proof here; the person at the till decides. */
	CHECK_INT(give("'order':'O3'"), 0);
	end();
}

static void test_surname_and_code_find_the_order(void)
{
	begin("found");
	/* Two orders have the code; the surname tells which is meant, however it is written. */
	CHECK_INT(give("'surname':'MULLER','code':'AB12'"), 0);
	CHECK_INT(order_of(&bench, "O1").state, BR_ORDER_HANDED_OVER);
	CHECK_INT(give("'surname':'Müller','code':'AB12'"), BR_REFUSAL_WRONG_CODE);
	CHECK_INT(give("'surname':'lee','code':'AB12'"), 0);
	CHECK_INT(order_of(&bench, "O2").state, BR_ORDER_HANDED_OVER);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_ORDER_CODE), 0);
	CHECK_INT(give("'code':'AB12'"), BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "surname and code together");
	CHECK_INT(give("'surname':'Lee'"), BR_REFUSAL_MALFORMED);
	end();
}

static void test_without_the_code_a_reason_is_needed(void)
{
	begin("waived");
	CHECK_INT(give("'order':'O1'"), BR_REFUSAL_WRONG_CODE);
	CHECK_HAS(bench.answer.message, "`waived` says why");
	/* A code that was not given is no wrong try. */
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_CODE_TRY), 0);
	CHECK_INT(give("'order':'O1','waived':'passport shown','associate':'ann'"), 0);
	CHECK_STR(bench_plain(&bench, "reason", order_of(&bench, "O1").reason), "passport shown");
	end();
}

static struct br_code_refused refused_event(void)
{
	struct br_event event = bench_event(&bench, br_core_head(bench.core));

	REQUIRE(event.kind == BR_EVENT_ORDER_CODE_REFUSED);
	return *(const struct br_code_refused *)event.body;
}

/* The default policy allows 5 tries and locks for 15 minutes, for the order and for the till. */
static void test_wrong_codes_lock_for_a_while(void)
{
	begin("locked");
	CHECK_INT(bench_do(&bench, "policy.set", "{'code_tries':3,'code_lock_minutes':10}"), 0);
	CHECK_INT(give("'order':'O1','code':'XX99'"), BR_REFUSAL_WRONG_CODE);
	CHECK_INT(refused_event().order_tries, 1);
	CHECK_INT(refused_event().locked, 0);
	CHECK_INT(give("'order':'O1','code':'XX98'"), BR_REFUSAL_WRONG_CODE);
	CHECK_INT(give("'order':'O1','code':'XX97'"), BR_REFUSAL_WRONG_CODE);
	CHECK_HAS(bench.answer.message, "too many wrong ones");
	CHECK_INT(refused_event().order_tries, 3);
	CHECK_INT(refused_event().locked, bench.now_ms + 600000);
	/* Even the right one, here and by another till. */
	CHECK_INT(give("'order':'O1','code':'AB12'"), BR_REFUSAL_LOCKED);
	CHECK_HAS(bench.answer.message, "locked for the next 10 minutes");
	CHECK_INT(give("'order':'O2','code':'AB12'"), BR_REFUSAL_LOCKED);
	bench.actor = "till/2";
	CHECK_INT(give("'order':'O1','code':'AB12'"), BR_REFUSAL_LOCKED);
	CHECK_INT(give("'order':'O2','code':'AB12'"), 0);
	/* The lock ends, and counts from 0 again. */
	bench.now_ms += 600000;
	CHECK_INT(give("'order':'O1','code':'XX96'"), BR_REFUSAL_WRONG_CODE);
	CHECK_INT(refused_event().order_tries, 1);
	CHECK_INT(give("'order':'O1','code':'AB12'"), 0);
	end();
}

/* Who guesses by surnames is locked as well: there is no order to count the tries on. */
static void test_guessing_by_surname_locks_who_asks(void)
{
	begin("guess");
	for (int i = 0; i < 5; i++) {
		char body[64];

		(void)snprintf(body, sizeof(body), "'surname':'Lee','code':'GUESS%d'", i);
		CHECK_INT(give(body), BR_REFUSAL_WRONG_CODE);
	}
	CHECK_INT(refused_event().actor_tries, 5);
	CHECK_INT(refused_event().order_tries, 0);
	CHECK_INT(give("'surname':'Lee','code':'GUESS9'"), BR_REFUSAL_LOCKED);
	/* The right pair finds the order, and is locked for this till all the same. */
	CHECK_INT(give("'surname':'Lee','code':'AB12'"), BR_REFUSAL_LOCKED);
	CHECK_INT(order_of(&bench, "O2").state, BR_ORDER_READY);
	end();
}

static void test_a_success_forgets_the_wrong_tries(void)
{
	begin("forget");
	CHECK_INT(give("'order':'O1','code':'XX99'"), BR_REFUSAL_WRONG_CODE);
	CHECK_INT(give("'order':'O2','code':'AB12'"), 0);
	CHECK_INT(give("'order':'O1','code':'XX99'"), BR_REFUSAL_WRONG_CODE);
	CHECK_INT(refused_event().actor_tries, 1);
	CHECK_INT(refused_event().order_tries, 2);
	/* However the order ends, its own count goes with it. */
	order_go(&bench, "O1", "cancel restock");
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_CODE_TRY), 1);
	end();
}

/* Neither the code nor the surname stands anywhere in what is kept. */
static void test_the_ledger_keeps_hashes_only(void)
{
	struct br_str none = {NULL, 0}, key, value;

	begin("secret");
	CHECK_INT(give("'order':'O1','code':'XX99'"), BR_REFUSAL_WRONG_CODE);
	for (unsigned table = 0; table < BR_TABLE_N; table++) {
		struct br_txn *txn = bench_read(&bench);
		struct br_scan scan;

		br_scan_begin(&scan, txn, table, none, none, false);
		while (br_scan_next(&scan, &key, &value)) {
			CHECK(memmem(value.s, value.n, "AB12", 4) == NULL);
			CHECK(memmem(value.s, value.n, "XX99", 4) == NULL);
			CHECK(memmem(value.s, value.n, "ller", 4) == NULL);
			CHECK(memmem(key.s, key.n, "AB12", 4) == NULL);
		}
		br_scan_end(&scan);
	}
	/* The same code is kept as the same hash, which another secret would make another one. */
	CHECK(memcmp(order_of(&bench, "O1").code_hash, order_of(&bench, "O2").code_hash,
		      BR_CODE_HASH_BYTES) == 0);
	CHECK(memcmp(order_of(&bench, "O1").surname_hash, order_of(&bench, "O2").surname_hash,
		      BR_CODE_HASH_BYTES) != 0);
	end();
}

static int find(const char *surname, const char *code, struct br_str *ret_order)
{
	struct br_decision decision = {.txn = bench_read(&bench),
		.arena = &bench.arena,
		.secret = br_keys_secret(bench.keys)};

	return br_pickup_code_find(&decision, br_str_from(surname), br_str_from(code), ret_order);
}

static void test_a_code_can_be_looked_up(void)
{
	struct br_str order;

	begin("find");
	CHECK_INT(find("lee", "ab12", &order), 0);
	CHECK_STR(order, "O2");
	CHECK_INT(find("Smith", "AB12", &order), BR_E_NOT_FOUND);
	CHECK_INT(find("Lee", "AB13", &order), BR_E_NOT_FOUND);
	/* Another surname, told later, counts from then on. */
	CHECK_INT(bench_do(&bench, "order.update", "{'order':'O2','surname':'Smith'}"), 0);
	CHECK_INT(find("Smith", "AB12", &order), 0);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_the_right_code_works_once);
	TEST(test_surname_and_code_find_the_order);
	TEST(test_without_the_code_a_reason_is_needed);
	TEST(test_wrong_codes_lock_for_a_while);
	TEST(test_guessing_by_surname_locks_who_asks);
	TEST(test_a_success_forgets_the_wrong_tries);
	TEST(test_the_ledger_keeps_hashes_only);
	TEST(test_a_code_can_be_looked_up);
	return test_end(argc, argv);
}
