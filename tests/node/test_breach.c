#include "node/breach.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "node/task.h"
#include "tests/node/bench.h"

/* Offers and accepts an order of `quantity` of A. */
static void promise(struct bench *bench, const char *order, unsigned quantity, unsigned priority,
	const char *ready_by)
{
	CHECK_INT(bench_do(bench, "order.offer",
			  "{'order':'%s','priority':%u,'ready_by':'%s','lines':[{'line':'l1','sku':"
			  "'A','quantity':%u}]}",
			  order, priority, ready_by, quantity),
		0);
	CHECK_INT(bench_do(bench, "order.accept", "{'order':'%s'}", order), 0);
}

static enum br_refusal sell(struct bench *bench, const char *quantity)
{
	return bench_do(bench, "sale.record",
		"{'till':'t1','lines':[{'sku':'A','quantity':%s,'price':1}]}", quantity);
}

/* The n-th event behind the last sale, which must be a breach. */
static struct br_breached breached_at(struct bench *bench, unsigned n)
{
	struct br_event event = bench_event(bench, bench->answer.sequence + n);

	REQUIRE(event.kind == BR_EVENT_STOCK_BREACHED);
	return *(const struct br_breached *)event.body;
}

static const struct br_breach_order *hit(const struct br_breached *breached, unsigned i)
{
	REQUIRE(i < breached->orders.n);
	return BR_LIST_AT(breached->orders, br_breach_order, i);
}

static void test_goods_that_nobody_was_promised_are_free(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "free");
	bench_catalogue(&bench);
	promise(&bench, "O", 4, 1, "2026-03-01T12:00:00Z");
	head = br_core_head(bench.core);
	CHECK_INT(sell(&bench, "6"), 0);
	CHECK_INT(br_core_head(bench.core), head + 1);
	CHECK_TEXT(bench.answer.message, "");
	/* Other products are none of it, however few there are. */
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'C','quantity':9,'price':1}]}"),
		0);
	CHECK_INT(br_core_head(bench.core), head + 2);
	bench_close(&bench);
}

static void test_the_sale_stands_and_tells_whom_it_hits(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "hit");
	bench_catalogue(&bench);
	promise(&bench, "O-1", 4, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(sell(&bench, "8"), 0);
	CHECK_HAS(bench.answer.message, "2.000 of \"A\" is promised to order O-1");
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.kind, BR_BREACH_RESERVATION);
	CHECK_STR(breached.sku, "A");
	CHECK_STR(breached.till, "t1");
	CHECK_INT(breached.quantity, 2000);
	REQUIRE(breached.orders.n == 1);
	CHECK_STR(hit(&breached, 0)->order, "O-1");
	CHECK_STR(hit(&breached, 0)->line, "l1");
	CHECK_INT(hit(&breached, 0)->quantity, 2000);
	/* The reservation stays: who picks finds out, and the customer is to be called before. */
	CHECK_INT(br_stock_get(bench_read(&bench), BR_STR("A")).reserved, 4000);
	CHECK(br_task_has(bench.read, BR_TASK_CALL, BR_STR("O-1")));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_each_sale_adds_what_it_took(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "each");
	bench_catalogue(&bench);
	promise(&bench, "O-1", 3, 1, "2026-03-01T12:00:00Z");
	promise(&bench, "O-2", 3, 1, "2026-03-01T11:00:00Z");
	CHECK_INT(sell(&bench, "5"), 0);
	CHECK_INT(breached_at(&bench, 1).quantity, 1000);
	/* O-1 is ready later, so it is hit first, and O-2 when nothing of O-1 is left. */
	breached = breached_at(&bench, 1);
	CHECK_STR(hit(&breached, 0)->order, "O-1");
	CHECK_INT(sell(&bench, "3"), 0);
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.quantity, 3000);
	REQUIRE(breached.orders.n == 2);
	CHECK_STR(hit(&breached, 0)->order, "O-1");
	CHECK_INT(hit(&breached, 0)->quantity, 2000);
	CHECK_STR(hit(&breached, 1)->order, "O-2");
	CHECK_INT(hit(&breached, 1)->quantity, 1000);
	/* Below nothing there is no promise left to break. */
	CHECK_INT(sell(&bench, "10"), 0);
	CHECK_INT(breached_at(&bench, 1).quantity, 2000);
	CHECK_INT(sell(&bench, "1"), 0);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence);
	CHECK_TEXT(bench.answer.message, "");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_the_least_promised_is_hit_first(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "least");
	bench_catalogue(&bench);
	promise(&bench, "urgent", 3, 9, "2026-03-01T18:00:00Z");
	promise(&bench, "early", 3, 2, "2026-03-01T11:00:00Z");
	promise(&bench, "late", 3, 2, "2026-03-01T17:00:00Z");
	CHECK_INT(sell(&bench, "8"), 0);
	breached = breached_at(&bench, 1);
	REQUIRE(breached.orders.n == 3);
	CHECK_STR(hit(&breached, 0)->order, "late");
	CHECK_STR(hit(&breached, 1)->order, "early");
	CHECK_STR(hit(&breached, 2)->order, "urgent");
	CHECK_INT(hit(&breached, 2)->quantity, 1000);
	bench_close(&bench);
}

static void test_a_product_on_several_lines_is_summed(void)
{
	struct bench bench;

	bench_open(&bench, "lines");
	bench_catalogue(&bench);
	promise(&bench, "O", 5, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':3,'price':1},{'sku':'B',"
			  "'quantity':1,'price':1},{'sku':'A','quantity':4,'price':1}]}"),
		0);
	CHECK_INT(breached_at(&bench, 1).quantity, 2000);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence + 1);
	bench_close(&bench);
}

static void test_many_orders_are_told_in_several_events(void)
{
	int64_t told = 0;
	struct bench bench;

	bench_open(&bench, "many");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':10}"), 0);
	for (unsigned i = 0; i < 20; i++) {
		char order[16];

		(void)snprintf(order, sizeof(order), "O-%02u", i);
		promise(&bench, order, 1, 1, "2026-03-01T12:00:00Z");
	}
	CHECK_INT(sell(&bench, "20"), 0);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence + 3);
	for (unsigned i = 1; i <= 3; i++) {
		struct br_breached breached = breached_at(&bench, i);

		CHECK_INT(breached.orders.n, i < 3 ? 8 : 4);
		CHECK_INT(breached.quantity, 1000 * (int64_t)breached.orders.n);
		told += breached.quantity;
	}
	CHECK_INT(told, 20000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_rights_are_hit_before_orders(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "rights");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':2}"), 0);
	CHECK_INT(sell(&bench, "6"), 0);
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.kind, BR_BREACH_RIGHTS);
	CHECK_INT(breached.quantity, 1000);
	CHECK_INT(breached.orders.n, 0);
	CHECK_HAS(bench.answer.message, "was granted to the central system");
	CHECK_INT(sell(&bench, "2"), 0);
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.kind, BR_BREACH_RIGHTS);
	CHECK_INT(breached.quantity, 1000);
	breached = breached_at(&bench, 2);
	CHECK_INT(breached.kind, BR_BREACH_RESERVATION);
	CHECK_INT(breached.quantity, 1000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* A repeat gets the warning again, and neither it nor a restart tells it twice. */
static void test_a_repeat_warns_again_and_records_once(void)
{
	static const char sale[] = "{'till':'t1','lines':[{'sku':'A','quantity':9,'price':1}]}";
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "repeat");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", sale, true), 0);
	CHECK_HAS(bench.answer.message, "promised to order O");
	head = br_core_head(bench.core);
	bench_reopen(&bench);
	bench.answer.message[0] = '\0';
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", sale, true), 0);
	CHECK_HAS(bench.answer.message, "promised to order O");
	CHECK_INT(br_core_head(bench.core), head);
	bench_close(&bench);
}

struct seen {
	unsigned n;
	uint64_t last;
	char text[200];
};

static bool see(void *context, uint64_t sequence, const struct br_breached *breached)
{
	struct seen *seen = context;
	size_t n = strlen(seen->text);

	CHECK(seen->last == 0 || sequence < seen->last);
	(void)snprintf(seen->text + n, sizeof(seen->text) - n, "%.*s %" PRId64 " %.*s; ",
		BR_STR_ARG(breached->sku), breached->quantity, BR_STR_ARG(breached->sale));
	CHECK_INT(breached->at_ms, BENCH_NOW_MS);
	seen->last = sequence;
	return ++seen->n < 2;
}

static void test_they_are_listed_newest_first(void)
{
	struct seen seen = {.n = 0};
	struct bench bench;

	bench_open(&bench, "list");
	bench_catalogue(&bench);
	promise(&bench, "O", 10, 1, "2026-03-01T12:00:00Z");
	for (unsigned i = 1; i <= 3; i++) {
		char id[8], json[100];

		(void)snprintf(id, sizeof(id), "s%u", i);
		(void)snprintf(json, sizeof(json),
			"{'till':'t1','lines':[{'sku':'A','quantity':%u,'price':1}]}", i);
		CHECK_INT(bench_submit(&bench, id, "sale.record", json, true), 0);
	}
	br_breach_walk(bench_read(&bench), 0, &bench.arena, see, &seen);
	CHECK_TEXT(seen.text, "A 3000 s3; A 2000 s2; ");
	br_breach_walk(bench_read(&bench), seen.last, &bench.arena, see, &seen);
	CHECK_TEXT(seen.text, "A 3000 s3; A 2000 s2; A 1000 s1; ");
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_goods_that_nobody_was_promised_are_free);
	TEST(test_the_sale_stands_and_tells_whom_it_hits);
	TEST(test_each_sale_adds_what_it_took);
	TEST(test_the_least_promised_is_hit_first);
	TEST(test_a_product_on_several_lines_is_summed);
	TEST(test_many_orders_are_told_in_several_events);
	TEST(test_rights_are_hit_before_orders);
	TEST(test_a_repeat_warns_again_and_records_once);
	TEST(test_they_are_listed_newest_first);
	return test_end(argc, argv);
}
