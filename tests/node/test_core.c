#include "node/core.h"

#include <stdio.h>

#include "node/order.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"
#include "tests/lib/test.h"

#define NOW_MS INT64_C(1772359800000) /* 2026-03-01T10:10:00Z */

/* A ledger in a folder of its own, and the last answer that was delivered. */
struct bench {
	struct br_store *store;
	struct br_core *core;
	struct br_answer answer;
	unsigned answers;
};

static void answer_keep(
	void *owner, const struct br_ticket *ticket BR_UNUSED, const struct br_answer *answer)
{
	struct bench *bench = owner;

	bench->answer = *answer;
	bench->answers++;
}

static void bench_open(struct bench *bench, const char *name)
{
	struct br_store_options options = br_ledger_options(false);
	char path[512];

	*bench = (struct bench){.store = NULL};
	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	REQUIRE(br_store_open(path, &options, &bench->store, NULL) == 0);
	REQUIRE(br_core_create(bench->store, &bench->core, NULL) == 0);
}

static void bench_close(struct bench *bench)
{
	br_core_destroy(bench->core);
	br_store_close(bench->store);
}

/* Submits a command written as JSON and commits; the answer is in the bench. */
static void run(struct bench *bench, const char *json)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.actor = BR_STR("test"), .now_ms = NOW_MS};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = bench};
	enum br_refusal refusal;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_json_parse(br_str_from(json), &root, &fault) == 0);
	if (br_command_from_json(root, &arena, &command, &refusal, &fault) < 0) {
		br_answer_refuse(&bench->answer, BR_OUTCOME_REFUSED, refusal, fault.text);
	} else {
		REQUIRE(br_core_submit(bench->core, &command, &ticket) == 0);
		REQUIRE(br_core_commit(bench->core) == 0);
	}
	br_arena_finish(&arena);
}

static int64_t available(struct bench *bench, const char *sku)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_stock stock;

	REQUIRE(br_txn_begin(bench->store, false, &txn) == 0);
	stock = br_stock_get(txn, br_str_from(sku));
	return br_stock_available(&stock);
}

static void catalogue(struct bench *bench)
{
	run(bench, "{\"id\":\"p1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\",\"name\":"
		   "\"Apple juice\",\"gtins\":[\"2000000000015\"]}}");
	CHECK_INT(bench->answer.outcome, BR_OUTCOME_ACCEPTED);
	run(bench, "{\"id\":\"r1\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":"
		   "\"receive\",\"quantity\":10}}");
	CHECK_INT(bench->answer.outcome, BR_OUTCOME_ACCEPTED);
}

static void test_a_sale_is_recorded_once(void)
{
	static const char sale[] =
		"{\"id\":\"s1\",\"type\":\"sale.record\",\"data\":{\"till\":\"t1\","
		"\"lines\":[{\"barcode\":\"2000000000015\",\"quantity\":3,"
		"\"price\":2.5}]}}";
	struct bench bench;
	uint64_t sequence;

	bench_open(&bench, "once");
	catalogue(&bench);
	run(&bench, sale);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	sequence = bench.answer.sequence;
	CHECK_INT(available(&bench, "A"), 7000);
	run(&bench, sale);
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(bench.answer.sequence, sequence);
	CHECK_INT(available(&bench, "A"), 7000);
	run(&bench, "{\"id\":\"s1\",\"type\":\"sale.record\",\"data\":{\"till\":\"t1\",\"lines\":[{"
		    "\"sku\":\"A\",\"quantity\":1,\"price\":1}]}}");
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_CONFLICT);
	CHECK_INT(available(&bench, "A"), 7000);
	bench_close(&bench);
}

static void test_an_unknown_barcode_is_refused_with_its_line(void)
{
	struct bench bench;

	bench_open(&bench, "barcode");
	catalogue(&bench);
	run(&bench, "{\"id\":\"s1\",\"type\":\"sale.record\",\"data\":{\"till\":\"t1\",\"lines\":[{"
		    "\"sku\":\"A\",\"quantity\":1,\"price\":1},{\"barcode\":\"4006381333931\","
		    "\"quantity\":1}]}}");
	CHECK_INT(bench.answer.refusal, BR_REFUSAL_UNKNOWN_BARCODE);
	CHECK_HAS(bench.answer.message, "lines[1].barcode 4006381333931");
	CHECK_INT(available(&bench, "A"), 10000);
	bench_close(&bench);
}

static void test_an_order_reserves_and_gives_back(void)
{
	struct bench bench;

	bench_open(&bench, "order");
	catalogue(&bench);
	run(&bench,
		"{\"id\":\"o1\",\"type\":\"order.offer\",\"data\":{\"order\":\"O-1\",\"lines\":["
		"{\"line\":\"1\",\"sku\":\"A\",\"quantity\":6},{\"line\":\"2\",\"sku\":\"A\","
		"\"quantity\":6}]}}");
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	run(&bench, "{\"id\":\"o2\",\"type\":\"order.advance\",\"data\":{\"order\":\"O-1\",\"to\":"
		    "\"accepted\"}}");
	CHECK_INT(bench.answer.refusal, BR_REFUSAL_INSUFFICIENT_STOCK);
	run(&bench, "{\"id\":\"r2\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":"
		    "\"receive\",\"quantity\":10}}");
	run(&bench, "{\"id\":\"o3\",\"type\":\"order.advance\",\"data\":{\"order\":\"O-1\",\"to\":"
		    "\"accepted\"}}");
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(available(&bench, "A"), 8000);
	run(&bench, "{\"id\":\"o4\",\"type\":\"order.advance\",\"data\":{\"order\":\"O-1\",\"to\":"
		    "\"ready\"}}");
	CHECK_INT(bench.answer.refusal, BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_HAS(bench.answer.message, "allowed is: picked, cancelled");
	run(&bench, "{\"id\":\"o5\",\"type\":\"order.advance\",\"data\":{\"order\":\"O-1\",\"to\":"
		    "\"picked\"}}");
	CHECK_INT(available(&bench, "A"), 8000);
	run(&bench, "{\"id\":\"o6\",\"type\":\"order.advance\",\"data\":{\"order\":\"O-1\",\"to\":"
		    "\"cancelled\"}}");
	CHECK_INT(bench.answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(available(&bench, "A"), 20000);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_sale_is_recorded_once);
	TEST(test_an_unknown_barcode_is_refused_with_its_line);
	TEST(test_an_order_reserves_and_gives_back);
	return test_end(argc, argv);
}
