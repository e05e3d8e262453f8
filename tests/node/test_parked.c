#include "node/parked.h"

#include <stdio.h>
#include <string.h>

#include "tests/node/bench.h"

static const char lines2[] = "[{'barcode':'2000000000015','quantity':2},{'sku':'B','quantity':0.5,"
			     "'price':3}]";

static enum br_refusal park(struct bench *bench, const char *till, const char *name)
{
	return bench_do(bench, "sale.park",
		"{'parked':'%s','till':'%s','associate':'Kim','note':'forgot the milk','lines':%s}",
		name, till, lines2);
}

static enum br_refusal unpark(struct bench *bench, const char *till, const char *name, bool drop)
{
	return bench_do(bench, "sale.unpark", "{'parked':'%s','till':'%s','drop':%s}", name, till,
		drop ? "true" : "false");
}

/* 0 = not there, 1 = parked, 2 = taken by t1, 3 = taken by another one. */
static int state_of(struct bench *bench, const char *name)
{
	struct br_parked parked;

	if (br_parked_get(bench_read(bench), br_str_from(name), &bench->arena, &parked) < 0)
		return 0;
	if (parked.taken_by.n == 0)
		return 1;
	return br_str_is(parked.taken_by, "t1") ? 2 : 3;
}

static void test_what_is_kept_of_it(void)
{
	struct br_parked parked;
	struct br_sale_line line;
	struct bench bench;

	bench_open(&bench, "kept");
	bench_catalogue(&bench);
	CHECK_INT(park(&bench, "t1", "p1"), 0);
	REQUIRE(br_parked_get(bench_read(&bench), BR_STR("p1"), &bench.arena, &parked) == 0);
	CHECK_STR(parked.till, "t1");
	CHECK_STR(parked.associate, "Kim");
	CHECK_STR(bench_plain(&bench, "note", parked.note), "forgot the milk");
	CHECK_INT(parked.line_n, 2);
	CHECK_INT(parked.since_ms, BENCH_NOW_MS);
	REQUIRE(br_parked_line_get(bench.read, BR_STR("p1"), 0, &bench.arena, &line) == 0);
	CHECK_STR(line.sku, "A");
	CHECK_INT(line.price, BR_PRICE_UNSAID);
	REQUIRE(br_parked_line_get(bench.read, BR_STR("p1"), 1, &bench.arena, &line) == 0);
	CHECK_INT(line.price, 3000);
	CHECK_INT(br_parked_line_get(bench.read, BR_STR("p1"), 2, &bench.arena, &line),
		BR_E_NOT_FOUND);
	/* Nothing is reserved by it. */
	CHECK_INT(bench_available(&bench, "A"), 10000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Every state with everything that can be asked, and what becomes of it. */
static void test_every_move_of_the_drawing(void)
{
	enum ask { PARK_T1, PARK_T2, TAKE_T1, TAKE_T2, DROP_T1, DROP_T2, SELL };
	static const struct {
		int from;
		enum ask ask;
		enum br_refusal refusal;
		int to;
	} rows[] = {
		{0, PARK_T1, BR_REFUSAL_NONE, 1},
		{0, TAKE_T1, BR_REFUSAL_UNKNOWN_SALE, 0},
		{0, DROP_T1, BR_REFUSAL_UNKNOWN_SALE, 0},
		{0, SELL, BR_REFUSAL_NONE, 0},
		{1, PARK_T1, BR_REFUSAL_ALREADY, 1},
		{1, PARK_T2, BR_REFUSAL_ALREADY, 1},
		{1, TAKE_T1, BR_REFUSAL_NONE, 2},
		{1, TAKE_T2, BR_REFUSAL_NONE, 3},
		{1, DROP_T1, BR_REFUSAL_NONE, 0},
		{1, DROP_T2, BR_REFUSAL_NONE, 0},
		{1, SELL, BR_REFUSAL_NONE, 0},
		{2, PARK_T1, BR_REFUSAL_NONE, 1},
		{2, PARK_T2, BR_REFUSAL_ALREADY, 2},
		{2, TAKE_T1, BR_REFUSAL_NONE, 2},
		{2, TAKE_T2, BR_REFUSAL_ALREADY, 2},
		{2, DROP_T1, BR_REFUSAL_NONE, 0},
		{2, DROP_T2, BR_REFUSAL_ALREADY, 2},
		{2, SELL, BR_REFUSAL_NONE, 0},
	};
	struct bench bench;

	bench_open(&bench, "moves");
	bench_catalogue(&bench);
	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		const char *till =
			rows[i].ask == PARK_T2 || rows[i].ask == TAKE_T2 || rows[i].ask == DROP_T2
				? "t2"
				: "t1";
		enum br_refusal refusal;
		char name[16];

		(void)snprintf(name, sizeof(name), "p%u", i);
		if (rows[i].from >= 1)
			REQUIRE(park(&bench, "t3", name) == 0);
		if (rows[i].from == 2)
			REQUIRE(unpark(&bench, "t1", name, false) == 0);
		if (rows[i].ask <= PARK_T2)
			refusal = park(&bench, till, name);
		else if (rows[i].ask == SELL)
			refusal = bench_do(&bench, "sale.record",
				"{'till':'t1','parked':'%s','lines':[{'sku':'A','quantity':1,"
				"'price':1}]}",
				name);
		else
			refusal = unpark(&bench, till, name, rows[i].ask >= DROP_T1);
		CHECK_INT(refusal, rows[i].refusal);
		if (!CHECK_INT(state_of(&bench, name), rows[i].to))
			printf("row %u\n", i);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_the_second_till_is_told_who_was_first(void)
{
	struct bench bench;

	bench_open(&bench, "second");
	bench_catalogue(&bench);
	CHECK_INT(park(&bench, "t1", "p"), 0);
	CHECK_INT(unpark(&bench, "t2", "p", false), 0);
	CHECK_INT(unpark(&bench, "t1", "p", false), BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "till t2 goes on with it");
	CHECK_INT(park(&bench, "t1", "p"), BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "till t2 has a parked sale of this name");
	bench_close(&bench);
}

static bool list_see(void *context, const struct br_parked *parked)
{
	unsigned *n = context;

	CHECK(parked->line_n > 0);
	return ++*n < 3;
}

static void test_a_long_one_is_split_and_listed(void)
{
	static char json[16384];
	size_t n = (size_t)snprintf(json, sizeof(json), "{'parked':'long','till':'t1','lines':[");
	struct br_sale_line line;
	struct bench bench;
	unsigned listed = 0;
	uint64_t head;

	bench_open(&bench, "long");
	bench_catalogue(&bench);
	for (unsigned i = 0; i < BR_PARKED_LINES_MAX; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, "%s{'sku':'%c','quantity':%u}",
			i > 0 ? "," : "", 'A' + i % 3, i + 1);
	(void)snprintf(json + n, sizeof(json) - n, "]}");
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "sale.park", "%s", json), 0);
	CHECK_INT(br_core_head(bench.core), head + 1 + BR_PARKED_LINES_MAX / 20);
	for (uint32_t i = 0; i < BR_PARKED_LINES_MAX; i++) {
		REQUIRE(br_parked_line_get(
				bench_read(&bench), BR_STR("long"), i, &bench.arena, &line) == 0);
		CHECK_INT(line.quantity, 1000 * ((int64_t)i + 1));
	}
	(void)snprintf(json + n, sizeof(json) - n, ",{'sku':'A','quantity':1}]}");
	CHECK_INT(bench_do(&bench, "sale.park", "%s", json), BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "lines: has 201 items, allowed is 1 to 200");
	for (unsigned i = 0; i < 4; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "p%u", i);
		CHECK_INT(park(&bench, "t1", name), 0);
	}
	br_parked_walk(bench_read(&bench), &bench.arena, list_see, &listed);
	CHECK_INT(listed, 3);
	/* Put back with fewer lines, the old ones are gone. */
	CHECK_INT(unpark(&bench, "t1", "long", false), 0);
	CHECK_INT(park(&bench, "t1", "long"), 0);
	CHECK_INT(br_parked_line_get(bench_read(&bench), BR_STR("long"), 2, &bench.arena, &line),
		BR_E_NOT_FOUND);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_is_refused(void)
{
	struct bench bench;

	bench_open(&bench, "refused");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "sale.park",
			  "{'parked':'p','till':'t1','lines':[{'sku':'none','quantity':1}]}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "sale.park",
			  "{'parked':'p','till':'t1','note':'card 4111-1111-1111-1111','lines':"
			  "[{'sku':'A','quantity':1}]}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "note: allowed is a text without the number");
	CHECK(strstr(bench.answer.message, "4111") == NULL);
	CHECK_INT(bench_do(&bench, "sale.park", "{'till':'t1','lines':[]}"), BR_REFUSAL_MALFORMED);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_what_is_kept_of_it);
	TEST(test_every_move_of_the_drawing);
	TEST(test_the_second_till_is_told_who_was_first);
	TEST(test_a_long_one_is_split_and_listed);
	TEST(test_what_is_refused);
	return test_end(argc, argv);
}
