/* Returns and voids: each unit of a sale comes back once at most. */
#include <stdio.h>
#include <string.h>

#include "node/sale.h"
#include "tests/node/bench.h"

/* A sale of till t1: 2 of A at 1.5, 3 of B at 2, 1 of A at 1. */
static const char sold[] =
	"{'till':'t1','currency':'EUR','lines':[{'sku':'A','quantity':2,"
	"'price':1.5},{'sku':'B','quantity':3,'price':2},{'sku':'A','quantity':1,"
	"'price':1}]}";

static void shop_open(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	bench->actor = "till/t1";
	REQUIRE(bench_submit(bench, "s1", "sale.record", sold, true) == 0);
}

static struct br_sold back_at(struct bench *bench)
{
	struct br_event event = bench_event(bench, bench->answer.sequence);

	REQUIRE(event.kind == BR_EVENT_RETURN_RECORDED || event.kind == BR_EVENT_SALE_VOIDED);
	return *(const struct br_sold *)event.body;
}

static void test_a_return_knows_its_lines_and_prices(void)
{
	const struct br_sold_line *line;
	struct br_sold back;
	struct bench bench;

	shop_open(&bench, "lines");
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t2','sale':'s1','sale_till':'t1','reason':'too small',"
			  "'lines':[{'sku':'A','quantity':3},{'sku':'B','quantity':1,'price':1}]}"),
		0);
	back = back_at(&bench);
	CHECK_STR(back.sale, "s1");
	CHECK_STR(back.sale_till, "t1");
	CHECK_STR(back.currency, "EUR");
	CHECK_STR(back.reason, "too small");
	CHECK_INT(back.of, 6);
	/* The three pieces of A are of two lines, each with its own price. */
	REQUIRE(back.lines.n == 3);
	line = BR_LIST_AT(back.lines, br_sold_line, 0);
	CHECK_INT(line->quantity, 2000);
	CHECK_INT(line->price, 1500);
	CHECK_INT(line->of_line, 1);
	line = BR_LIST_AT(back.lines, br_sold_line, 1);
	CHECK_INT(line->quantity, 1000);
	CHECK_INT(line->price, 1000);
	CHECK_INT(line->of_line, 3);
	CHECK_INT(BR_LIST_AT(back.lines, br_sold_line, 2)->price, 1000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_RETURNED), 3000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), -3000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_unit_comes_back_once(void)
{
	struct bench bench;

	shop_open(&bench, "once");
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'B','quantity':2}]}"),
		0);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'B','quantity':2}]}"),
		BR_REFUSAL_NOT_SOLD);
	CHECK_HAS(bench.answer.message, "lines[0]: \"B\": the sale has 1 left");
	/* Two lines of one return do not share a unit either. */
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'B','quantity':1},"
			  "{'sku':'B','quantity':1}]}"),
		BR_REFUSAL_NOT_SOLD);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'B','quantity':1}]}"),
		0);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'C','quantity':1}]}"),
		BR_REFUSAL_NOT_SOLD);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_RETURNED), 3000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_void_takes_all_of_it_back(void)
{
	struct br_sold back;
	struct bench bench;

	shop_open(&bench, "void");
	CHECK_INT(bench_available(&bench, "A"), 7000);
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'s1','reason':'wrong'}"), 0);
	back = back_at(&bench);
	CHECK_INT(back.lines.n, 3);
	CHECK_INT(back.of, 6);
	CHECK_STR(back.sale_till, "t1");
	CHECK_INT(bench_available(&bench, "A"), 10000);
	CHECK_INT(bench_available(&bench, "B"), 20000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_RETURNED), 0);
	/* Not a second time, and nothing of it may be returned any more. */
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'s1'}"), BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'A','quantity':1}]}"),
		BR_REFUSAL_NOT_SOLD);
	CHECK_INT(bench_available(&bench, "A"), 10000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_came_back_in_part_is_not_voided(void)
{
	struct bench bench;

	shop_open(&bench, "part");
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'A','quantity':0.5}]}"),
		0);
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'s1'}"), BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "line 1 came back already");
	bench_close(&bench);
}

static void test_a_sale_of_many_events_comes_back_whole(void)
{
	static char json[70000];
	size_t n = (size_t)snprintf(json, sizeof(json), "{'till':'t1','lines':[");
	uint64_t head;
	struct bench bench;

	shop_open(&bench, "many");
	for (unsigned i = 0; i < 1500; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n,
			"%s{'sku':'%c','quantity':1,'price':1}", i > 0 ? "," : "", 'A' + i % 3);
	(void)snprintf(json + n, sizeof(json) - n, "]}");
	REQUIRE(bench_submit(&bench, "big", "sale.record", json, true) == 0);
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'big','lines':[{'sku':'A','quantity':500}]}"),
		0);
	CHECK_INT(br_core_head(bench.core), head + 25);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_RETURNED), 500000);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'big','lines':[{'sku':'A','quantity':1}]}"),
		BR_REFUSAL_NOT_SOLD);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'big','lines':[{'sku':'C','quantity':500},{'sku':"
			  "'B','quantity':500}]}"),
		0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_sale_that_is_not_known(void)
{
	struct bench bench;

	shop_open(&bench, "unknown");
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'s9'}"),
		BR_REFUSAL_UNKNOWN_SALE);
	CHECK_HAS(bench.answer.message, "sale \"s9\": not known here as a sale of till t1");
	/* An id belongs to its till. */
	bench.actor = "till/t2";
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t2','sale':'s1'}"),
		BR_REFUSAL_UNKNOWN_SALE);
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t2','sale':'s1','sale_till':'t1'}"), 0);
	/* What is no sale cannot be voided, and what was refused was none. */
	bench.actor = "till/t1";
	REQUIRE(bench_submit(&bench, "r1", "return.record",
			"{'till':'t1','lines':[{'sku':'A','quantity':1,'price':1}]}", true) == 0);
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'r1'}"),
		BR_REFUSAL_UNKNOWN_SALE);
	(void)bench_submit(&bench, "x1", "sale.record",
		"{'till':'t1','lines':[{'sku':'none','quantity':1,'price':1}]}", true);
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'x1'}"),
		BR_REFUSAL_UNKNOWN_SALE);
	bench_verify(&bench);
	bench_close(&bench);
}

/* A sale that came by the API has the API as its actor. */
static void test_who_sold_may_take_back(void)
{
	struct bench bench;

	shop_open(&bench, "web");
	bench.actor = "web";
	REQUIRE(bench_submit(&bench, "w1", "sale.record", sold, true) == 0);
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'w1'}"), 0);
	bench_close(&bench);
}

static void test_without_a_sale_anything_may_come_back(void)
{
	struct br_sold back;
	struct bench bench;

	shop_open(&bench, "without");
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','lines':[{'sku':'C','quantity':4,'price':1}]}"),
		0);
	back = back_at(&bench);
	CHECK_INT(back.of, 0);
	CHECK_INT(back.sale.n, 0);
	CHECK_INT(BR_LIST_AT(back.lines, br_sold_line, 0)->of_line, 0);
	CHECK_INT(bench_bucket(&bench, "C", BR_BUCKET_RETURNED), 4000);
	bench_close(&bench);
}

static void test_what_was_charged_is_read_from_the_events(void)
{
	uint32_t line_n;
	int64_t total;
	struct bench bench;
	struct br_txn *txn;

	shop_open(&bench, "charged");
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'s1'}"), 0);
	txn = bench_read(&bench);
	CHECK_INT(br_sale_charged(txn, bench.answer.sequence, &bench.arena, &total, &line_n), 0);
	CHECK_INT(total, 3000 + 6000 + 1000);
	CHECK_INT(line_n, 3);
	CHECK_INT(br_sale_charged(txn, 1, &bench.arena, &total, &line_n), BR_E_NOT_FOUND);
	CHECK_INT(br_sale_charged(txn, 99, &bench.arena, &total, &line_n), BR_E_NOT_FOUND);
	bench_close(&bench);
}

/* Nothing of what has happened is forgotten by a rebuild or a restart. */
static void test_it_holds_after_a_restart(void)
{
	struct bench bench;

	shop_open(&bench, "restart");
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'B','quantity':3}]}"),
		0);
	bench_reopen(&bench);
	bench.actor = "till/t1";
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'B','quantity':0.001}]}"),
		BR_REFUSAL_NOT_SOLD);
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_return_knows_its_lines_and_prices);
	TEST(test_a_unit_comes_back_once);
	TEST(test_a_void_takes_all_of_it_back);
	TEST(test_what_came_back_in_part_is_not_voided);
	TEST(test_a_sale_of_many_events_comes_back_whole);
	TEST(test_a_sale_that_is_not_known);
	TEST(test_who_sold_may_take_back);
	TEST(test_without_a_sale_anything_may_come_back);
	TEST(test_what_was_charged_is_read_from_the_events);
	TEST(test_it_holds_after_a_restart);
	return test_end(argc, argv);
}
