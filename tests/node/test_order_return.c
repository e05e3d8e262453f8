/* What customers bring back. */
#include <stdio.h>
#include <string.h>

#include "tests/node/order_bench.h"

static struct bench bench;

/* O: 3 of A handed over. */
static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	order_offer(&bench, "O", "pickup", "");
	order_go(&bench, "O", "accept pick ready hand_over");
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_goods_go_where_they_belong(void)
{
	static const struct {
		const char *to;
		enum br_bucket bucket;
	} rows[] = {{"shelf", BR_BUCKET_SHELF}, {"backroom", BR_BUCKET_BACKROOM},
		{"damaged", BR_BUCKET_DAMAGED}};

	begin("places");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		int64_t before = bench_bucket(&bench, "A", rows[i].bucket);
		char name[16];

		(void)snprintf(name, sizeof(name), "R%zu", i);
		order_offer(&bench, name, "return", ",'original':'O'");
		order_go(&bench, name, "receive1");
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_RETURNED), 1000);
		CHECK_INT(bench_do(&bench, "order.inspect",
				  "{'order':'%s','line':'1','to':'%s','reason':'seal intact'}",
				  name, rows[i].to),
			0);
		CHECK_INT(bench_bucket(&bench, "A", rows[i].bucket), before + 1000);
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_RETURNED), 0);
	}
	CHECK_INT(order_line_of(&bench, "O", 0).counts.returned, 3000);
	end();
}

static void test_to_the_vendor_leaves_the_store(void)
{
	begin("vendor");
	order_offer(&bench, "R", "return", "");
	order_go(&bench, "R", "receive2");
	CHECK_INT(bench_do(&bench, "order.inspect", "{'order':'R','to':'vendor'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_RETURNED), 0);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	order_go(&bench, "R", "refund close");
	CHECK_INT(order_of(&bench, "R").amount, 4500);
	CHECK_INT(order_of(&bench, "R").state, BR_ORDER_CLOSED);
	end();
}

/* More than the original order gave away cannot come back, in one return or in several. */
static void test_no_more_comes_back_than_was_bought(void)
{
	begin("bought");
	order_offer(&bench, "R1", "return", ",'original':'O'");
	CHECK(!order_of(&bench, "R1").provisional);
	order_go(&bench, "R1", "receive2");
	order_offer(&bench, "R2", "return", ",'original':'O'");
	CHECK_INT(order_do(&bench, "R2", "receive2"), BR_REFUSAL_TOO_MUCH);
	CHECK_HAS(bench.answer.message, "order \"O\" has 1 left to bring back");
	order_go(&bench, "R2", "receive1");
	CHECK_INT(order_line_of(&bench, "O", 0).counts.returned, 3000);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_HANDED_OVER);
	CHECK_INT(bench_event(&bench, br_core_head(bench.core)).kind, BR_EVENT_ORDER_RETURNED);
	/* Not more than was announced either. */
	CHECK_INT(order_do(&bench, "R1", "receive2"), BR_REFUSAL_TOO_MUCH);
	CHECK_HAS(bench.answer.message, "left to receive is 1");
	end();
}

static void test_a_closed_order_takes_goods_back(void)
{
	begin("closed");
	order_go(&bench, "O", "close");
	order_offer(&bench, "R", "return", ",'original':'O'");
	order_go(&bench, "R", "receive");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_CLOSED);
	CHECK_INT(order_of(&bench, "O").counts.returned, 3000);
	/* An order that never left has nothing to bring back. */
	order_offer(&bench, "P", "pickup", "");
	order_offer(&bench, "S", "return", ",'original':'P'");
	CHECK_INT(order_do(&bench, "S", "receive1"), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_HAS(bench.answer.message, "order \"P\" (pickup) is offered");
	end();
}

/* Bought elsewhere, or the link is down: taken all the same, and marked. */
static void test_what_is_not_known_here_is_provisional(void)
{
	begin("provisional");
	order_offer(&bench, "R1", "return", ",'original':'unknown'");
	order_offer(&bench, "R2", "return", "");
	CHECK(order_of(&bench, "R1").provisional);
	CHECK(order_of(&bench, "R2").provisional);
	order_go(&bench, "R1", "receive inspect refund close");
	order_go(&bench, "R2", "receive1 inspect receive1 inspect1 refund");
	CHECK_INT(order_of(&bench, "R2").state, BR_ORDER_REFUND_DUE);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_goods_go_where_they_belong);
	TEST(test_to_the_vendor_leaves_the_store);
	TEST(test_no_more_comes_back_than_was_bought);
	TEST(test_a_closed_order_takes_goods_back);
	TEST(test_what_is_not_known_here_is_provisional);
	return test_end(argc, argv);
}
