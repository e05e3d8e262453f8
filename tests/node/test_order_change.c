/* Splits, updates and holds. */
#include <stdio.h>
#include <string.h>

#include "tests/node/order_bench.h"

static struct bench bench;

static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','fo':'F','channel':'phone','method':'curbside',"
			  "'surname':'Lee','code':'AB12','priority':4,'note':'n','lines':["
			  "{'line':'1','sku':'A','quantity':3,'price':2},"
			  "{'line':'2','sku':'B','quantity':2,'policy':'any'}]}"),
		0);
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_split_takes_all_words_along(void)
{
	struct br_order order;

	begin("words");
	CHECK_INT(bench_do(&bench, "order.split",
			  "{'order':'O','into':'P','reason':'too heavy','lines':[{'line':'2'}]}"),
		0);
	order = order_of(&bench, "P");
	CHECK_STR(order.parent, "O");
	CHECK_STR(order.fo, "F");
	CHECK_STR(bench_plain(&bench, "note", order.note), "n");
	CHECK_INT(order.channel, BR_CHANNEL_PHONE);
	CHECK_INT(order.method, BR_METHOD_CURBSIDE);
	CHECK_INT(order.priority, 4);
	CHECK_INT(order.state, BR_ORDER_OFFERED);
	CHECK_INT(order.line_n, 1);
	CHECK_STR(order_line_of(&bench, "P", 0).line, "2");
	CHECK_INT(order_line_of(&bench, "P", 0).policy, BR_SUBSTITUTION_ANY);
	CHECK_INT(order_line_of(&bench, "O", 1).counts.ordered, 0);
	CHECK_INT(order_of(&bench, "O").counts.ordered, 3000);
	/* One code opens both. */
	order_go(&bench, "P", "accept");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'P','line':'2'}"), 0);
	order_go(&bench, "P", "ready");
	CHECK_INT(bench_do(&bench, "order.hand_over", "{'order':'P','code':'AB12'}"), 0);
	order_go(&bench, "O", "accept pick ready");
	CHECK_INT(bench_do(&bench, "order.hand_over", "{'order':'O','code':'AB12'}"), 0);
	end();
}

/* What was reserved goes over in one step: nobody can take it in between. */
static void test_a_split_takes_its_reservation_along(void)
{
	begin("reserved");
	order_go(&bench, "O", "accept pick1");
	CHECK_INT(bench_do(&bench, "order.split",
			  "{'order':'O','into':'P','lines':[{'line':'1','quantity':1.5},"
			  "{'line':'2'}]}"),
		0);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	CHECK_INT(bench_available(&bench, "B"), 18000);
	CHECK_INT(order_of(&bench, "P").state, BR_ORDER_ACCEPTED);
	CHECK_INT(order_of(&bench, "P").counts.reserved, 3500);
	CHECK_INT(order_line_of(&bench, "O", 0).counts.reserved, 500);
	CHECK_INT(order_line_of(&bench, "O", 0).counts.ordered, 1500);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_PICKING);
	order_go(&bench, "O", "cancel restock");
	order_go(&bench, "P", "cancel");
	CHECK_INT(bench_available(&bench, "A"), 10000);
	CHECK_INT(bench_available(&bench, "B"), 20000);
	end();
}

static void test_what_a_split_refuses(void)
{
	static const struct {
		const char *rest;
		enum br_refusal refusal;
		const char *words;
	} rows[] = {
		{"'into':'O','lines':[{'line':'1'}]", BR_REFUSAL_ALREADY, "is here already"},
		{"'into':'P','lines':[{'line':'7'}]", BR_REFUSAL_UNKNOWN_LINE, "no such line"},
		{"'into':'P','lines':[{'line':'1','quantity':3}]", BR_REFUSAL_TOO_MUCH,
			"left to split is 2"},
		{"'into':'P','lines':[{'line':'1'},{'line':'1'}]", BR_REFUSAL_TOO_MUCH,
			"left to split is 0"},
		{"'into':'P','lines':[]", BR_REFUSAL_MALFORMED, "lines"},
	};

	begin("refused");
	CHECK_INT(bench_do(&bench, "order.split",
			  "{'order':'O','into':'P','lines':[{'line':'1'},{'line':'2'}]}"),
		BR_REFUSAL_TOO_MUCH);
	CHECK_HAS(bench.answer.message, "would keep nothing");
	order_go(&bench, "O", "accept pick1");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "order.split", "{'order':'O',%s}", rows[i].rest),
			rows[i].refusal);
		CHECK_HAS(bench.answer.message, rows[i].words);
	}
	/* What is picked stays with it, so all the rest may go. */
	CHECK_INT(bench_do(&bench, "order.split",
			  "{'order':'O','into':'P','lines':[{'line':'1'},{'line':'2'}]}"),
		0);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_PICKED);
	end();
}

static void test_an_update_changes_what_it_names(void)
{
	begin("update");
	CHECK_INT(bench_do(&bench, "order.update", "{'order':'O'}"), BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "nothing is to be changed");
	CHECK_INT(bench_do(&bench, "order.update",
			  "{'order':'O','person':'Bo','priority':9,'payment':'paid'}"),
		0);
	CHECK_STR(bench_plain(&bench, "person", order_of(&bench, "O").person), "Bo");
	CHECK_INT(order_of(&bench, "O").priority, 9);
	CHECK_INT(order_of(&bench, "O").payment, BR_PAYMENT_PAID);
	CHECK_STR(bench_plain(&bench, "note", order_of(&bench, "O").note), "n");
	CHECK_INT(order_of(&bench, "O").version, 2);
	CHECK_INT(bench_do(&bench, "order.update",
			  "{'order':'O','ready_by':'2026-03-01T12:00:00Z','payment':'none',"
			  "'associate':'ann','version':2}"),
		0);
	CHECK_INT(order_of(&bench, "O").payment, BR_PAYMENT_NONE);
	CHECK_INT(br_order_due_ms(&(struct br_order){
			  .state = BR_ORDER_PICKING, .ready_by = order_of(&bench, "O").ready_by}),
		BENCH_NOW_MS + 6600000);
	CHECK_STR(order_of(&bench, "O").associate, "ann");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_a_split_takes_all_words_along);
	TEST(test_a_split_takes_its_reservation_along);
	TEST(test_what_a_split_refuses);
	TEST(test_an_update_changes_what_it_names);
	return test_end(argc, argv);
}
