#include "node/timer.h"

#include <string.h>

#include "tests/node/bench.h"

/* The bench's write transaction, for what an event's apply() would do. */
static struct br_txn *write_begin(struct bench *bench)
{
	struct br_txn *txn = br_core_txn(bench->core);

	REQUIRE(txn != NULL);
	return txn;
}

static void mark_check(
	const struct br_timer *timer, enum br_timer_kind kind, const char *key, int64_t at_ms)
{
	CHECK_INT(timer->kind, kind);
	CHECK_TEXT(timer->key, key);
	CHECK_INT(timer->at_ms, at_ms);
}

static void test_the_earliest_comes_first(void)
{
	struct br_timer timer, next;
	struct bench bench;
	struct br_txn *txn;

	bench_open(&bench, "earliest");
	txn = write_begin(&bench);
	CHECK(!br_timer_next(txn, NULL, &timer));
	br_timer_put(txn, BR_TIMER_ORDER, BR_STR("o1"), 3000);
	br_timer_put(txn, BR_TIMER_PICK_LIST, BR_STR("l1"), 1000);
	br_timer_put(txn, BR_TIMER_PRICE, BR_STR("B"), 3000);
	br_timer_put(txn, BR_TIMER_PRICE, BR_STR("A"), 3000);
	REQUIRE(br_timer_next(txn, NULL, &timer));
	mark_check(&timer, BR_TIMER_PICK_LIST, "l1", 1000);
	REQUIRE(br_timer_next(txn, &timer, &next));
	mark_check(&next, BR_TIMER_PRICE, "A", 3000);
	REQUIRE(br_timer_next(txn, &next, &timer));
	mark_check(&timer, BR_TIMER_PRICE, "B", 3000);
	REQUIRE(br_timer_next(txn, &timer, &next));
	mark_check(&next, BR_TIMER_ORDER, "o1", 3000);
	CHECK(!br_timer_next(txn, &next, &timer));
	bench_commit(&bench);
	bench_close(&bench);
}

/* A walk goes on behind a mark that is no longer there, and behind a key that begins another. */
static void test_a_walk_goes_on_behind_any_mark(void)
{
	struct br_timer timer, next;
	struct bench bench;
	struct br_txn *txn;

	bench_open(&bench, "walk");
	txn = write_begin(&bench);
	br_timer_put(txn, BR_TIMER_PRICE, BR_STR("A"), 1000);
	br_timer_put(txn, BR_TIMER_PRICE, BR_STR("A1"), 1000);
	REQUIRE(br_timer_next(txn, NULL, &timer));
	REQUIRE(br_timer_next(txn, &timer, &next));
	mark_check(&next, BR_TIMER_PRICE, "A1", 1000);
	br_timer_delete(txn, BR_TIMER_PRICE, BR_STR("A"), 1000);
	REQUIRE(br_timer_next(txn, &timer, &next));
	mark_check(&next, BR_TIMER_PRICE, "A1", 1000);
	bench_commit(&bench);
	bench_close(&bench);
}

static void test_a_mark_stands_until_it_is_deleted(void)
{
	struct bench bench;
	struct br_txn *txn;

	bench_open(&bench, "stands");
	txn = write_begin(&bench);
	br_timer_put(txn, BR_TIMER_ORDER, BR_STR("o1"), 1000);
	br_timer_put(txn, BR_TIMER_ORDER, BR_STR("o1"), 1000);
	br_timer_put(txn, BR_TIMER_ORDER, BR_STR("o1"), 2000);
	CHECK(br_timer_has(txn, BR_TIMER_ORDER, BR_STR("o1"), 1000));
	CHECK(!br_timer_has(txn, BR_TIMER_PRICE, BR_STR("o1"), 1000));
	CHECK(!br_timer_has(txn, BR_TIMER_ORDER, BR_STR("o"), 1000));
	CHECK(!br_timer_has(txn, BR_TIMER_ORDER, BR_STR("o1"), 1001));
	bench_commit(&bench);
	bench_reopen(&bench);
	txn = write_begin(&bench);
	CHECK(br_timer_has(txn, BR_TIMER_ORDER, BR_STR("o1"), 1000));
	br_timer_delete(txn, BR_TIMER_ORDER, BR_STR("o1"), 1000);
	br_timer_delete(txn, BR_TIMER_ORDER, BR_STR("o1"), 1000);
	CHECK(!br_timer_has(txn, BR_TIMER_ORDER, BR_STR("o1"), 1000));
	CHECK(br_timer_has(txn, BR_TIMER_ORDER, BR_STR("o1"), 2000));
	bench_commit(&bench);
	bench_close(&bench);
}

/* Bytes that no version of the program has written are an error of the transaction. */
static void test_damaged_rows_are_told(void)
{
	static const struct br_str rows[] = {
		{"\0", 1},
		{"\0\0\0\0\0\0\0\1", 8},
		{"\0\0\0\0\0\0\0\1\0A", 10},
		{"\0\0\0\0\0\0\0\1\0\0", 10},
		{"\0\0\0\0\0\0\0\1\x63"
		 "A\0",
			11},
		{"\0\0\0\0\0\0\0\1\0A\0B", 12},
		{"\xff\0\0\0\0\0\0\1\0A\0", 11},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_timer timer = {.key = "untouched"};
		struct bench bench;
		struct br_txn *txn;

		bench_open(&bench, "damaged");
		txn = write_begin(&bench);
		br_txn_put(txn, BR_TABLE_TIMER, rows[i], BR_STR(""));
		CHECK(!br_timer_next(txn, NULL, &timer));
		CHECK_INT(br_txn_error(txn), BR_E_CORRUPT);
		CHECK_TEXT(timer.key, "untouched");
		bench_close(&bench);
	}
}

/* Every kind's time has somebody to tell, and nobody outside can say that it has come. */
static void test_every_kind_has_its_command(void)
{
	for (unsigned i = 0; i < BR_TIMER_N; i++) {
		const struct br_command_type *type =
			br_command_type_named(br_str_from(br_timer_commands[i]));

		REQUIRE(type != NULL);
		CHECK(type->internal && !type->sheds);
		CHECK(type->shape == &br_timer_fired_shape);
	}
}

/* The longest key and the last time still fit. */
static void test_the_limits_fit(void)
{
	char key[BR_ID_BYTES_MAX];
	struct br_timer timer;
	struct bench bench;
	struct br_txn *txn;

	memset(key, 'k', sizeof(key));
	bench_open(&bench, "limits");
	txn = write_begin(&bench);
	br_timer_put(txn, BR_TIMER_ORDER, (struct br_str){key, sizeof(key)}, BR_TIME_MAX_MS);
	REQUIRE(br_timer_next(txn, NULL, &timer));
	CHECK_INT(strlen(timer.key), BR_ID_BYTES_MAX);
	CHECK_INT(timer.at_ms, BR_TIME_MAX_MS);
	bench_commit(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_the_earliest_comes_first);
	TEST(test_a_walk_goes_on_behind_any_mark);
	TEST(test_a_mark_stands_until_it_is_deleted);
	TEST(test_damaged_rows_are_told);
	TEST(test_every_kind_has_its_command);
	TEST(test_the_limits_fit);
	return test_end(argc, argv);
}
