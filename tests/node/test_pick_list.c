#include "node/pick_list.h"

#include <stdio.h>
#include <string.h>

#include "node/timer.h"
#include "tests/node/order_bench.h"

static struct bench bench;

/* `n` accepted orders O0, O1 … */
static void begin(const char *name, int n)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':999}"), 0);
	for (int i = 0; i < n; i++) {
		char order[16];

		(void)snprintf(order, sizeof(order), "O%d", i);
		order_offer(&bench, order, "pickup", "");
		order_go(&bench, order, "accept");
	}
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

static struct br_pick_list list_of(const char *name)
{
	struct br_pick_list list;

	REQUIRE(br_pick_list_get(bench_read(&bench), br_str_from(name), &bench.arena, &list) == 0);
	return list;
}

static bool list_exists(const char *name)
{
	struct br_pick_list list;

	return br_pick_list_get(bench_read(&bench), br_str_from(name), &bench.arena, &list) == 0;
}

static void test_the_most_urgent_orders_are_taken(void)
{
	begin("urgent", 0);
	order_offer(&bench, "late", "pickup", ",'ready_by':'2026-03-01T15:00:00Z'");
	order_offer(&bench, "soon", "pickup", ",'ready_by':'2026-03-01T11:00:00Z'");
	order_offer(&bench, "vip", "ship_from_store", ",'priority':5");
	order_offer(&bench, "none", "curbside", "");
	order_offer(&bench, "held", "pickup", ",'priority':9");
	order_offer(&bench, "offered", "pickup", ",'priority':9");
	order_go(&bench, "late", "accept");
	order_go(&bench, "soon", "accept pick1");
	order_go(&bench, "vip", "accept");
	order_go(&bench, "none", "accept");
	order_go(&bench, "held", "accept hold");
	CHECK_INT(bench_do(&bench, "pick_list.make",
			  "{'list':'L','associate':'ann','kind':'batch','max':3}"),
		0);
	CHECK_INT(list_of("L").order_n, 3);
	CHECK_STR(order_of(&bench, "vip").list, "L");
	CHECK_STR(order_of(&bench, "soon").list, "L");
	CHECK_STR(order_of(&bench, "late").list, "L");
	CHECK_STR(order_of(&bench, "none").list, "");
	/* The next list has the rest; then there is none. */
	CHECK_INT(bench_do(&bench, "pick_list.make", "{'list':'M','associate':'bob'}"), 0);
	CHECK_STR(order_of(&bench, "none").list, "M");
	CHECK_INT(bench_do(&bench, "pick_list.make", "{'list':'N','associate':'bob'}"),
		BR_REFUSAL_UNKNOWN_ORDER);
	CHECK_HAS(bench.answer.message, "none waits to be picked");
	end();
}

static void test_what_a_list_refuses(void)
{
	static const struct {
		const char *body;
		enum br_refusal refusal;
		const char *words;
	} rows[] = {
		{"'list':'L','associate':'bob'", BR_REFUSAL_ALREADY, "is here already, of \"ann\""},
		{"'list':'M','associate':'bob','orders':['X']", BR_REFUSAL_UNKNOWN_ORDER,
			"orders[0] \"X\": not known"},
		{"'list':'M','associate':'bob','orders':['O0']", BR_REFUSAL_ON_LIST,
			"is on list \"L\""},
		{"'list':'M','associate':'bob','orders':['O2']", BR_REFUSAL_ILLEGAL_MOVE,
			"is picked: allowed is accepted or picking"},
		{"'list':'M','associate':'bob','kind':'batch','orders':['O1','O1']",
			BR_REFUSAL_MALFORMED, "stands twice"},
		{"'list':'M','associate':'bob','orders':['O1','O3']", BR_REFUSAL_MALFORMED,
			"a single list has 1 order, not 2"},
		{"'list':'M'", BR_REFUSAL_MALFORMED, "associate"},
		{"'list':'M','associate':'bob','max':51", BR_REFUSAL_MALFORMED, "max"},
	};

	begin("refuses", 4);
	order_go(&bench, "O2", "pick");
	CHECK_INT(bench_do(&bench, "pick_list.make",
			  "{'list':'L','associate':'ann','orders':['O0']}"),
		0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(
			bench_do(&bench, "pick_list.make", "{%s}", rows[i].body), rows[i].refusal);
		CHECK_HAS(bench.answer.message, rows[i].words);
	}
	CHECK_INT(bench_do(&bench, "pick_list.end", "{'list':'X'}"), BR_REFUSAL_UNKNOWN_LIST);
	CHECK_INT(bench_do(&bench, "pick_list.hand_over", "{'list':'L','to':'ann'}"),
		BR_REFUSAL_ALREADY);
	end();
}

static enum br_refusal pick(const char *order, const char *who)
{
	return bench_do(&bench, "order.pick",
		"{'order':'%s','line':'1','quantity':1,'associate':'%s'}", order, who);
}

static void test_only_its_associate_picks(void)
{
	begin("owner", 1);
	CHECK_INT(bench_do(&bench, "pick_list.make", "{'list':'L','associate':'ann'}"), 0);
	CHECK_INT(pick("O0", "bob"), BR_REFUSAL_ON_LIST);
	CHECK_HAS(bench.answer.message, "on list \"L\" of \"ann\", who alone picks it");
	CHECK_INT(order_do(&bench, "O0", "short1"), BR_REFUSAL_ON_LIST);
	CHECK_INT(pick("O0", "ann"), 0);
	CHECK_INT(bench_do(&bench, "pick_list.hand_over",
			  "{'list':'L','associate':'ann','to':'bob'}"),
		0);
	CHECK_STR(list_of("L").associate, "bob");
	CHECK_INT(pick("O0", "ann"), BR_REFUSAL_ON_LIST);
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O0','line':'1','quantity':1,'associate':'bob','list':'M'}"),
		BR_REFUSAL_ON_LIST);
	CHECK_HAS(bench.answer.message, "is not on list \"M\"");
	CHECK_INT(pick("O0", "bob"), 0);
	end();
}

/* An order leaves by being picked, held or cancelled; the list goes with its last order. */
static void test_orders_leave_and_the_list_with_the_last(void)
{
	begin("leave", 4);
	CHECK_INT(bench_do(&bench, "pick_list.make",
			  "{'list':'L','associate':'ann','kind':'wave','max':50}"),
		0);
	CHECK_INT(list_of("L").order_n, 4);
	for (int i = 0; i < 3; i++)
		CHECK_INT(pick("O0", "ann"), 0);
	CHECK_STR(order_of(&bench, "O0").list, "");
	order_go(&bench, "O1", "hold");
	CHECK_STR(order_of(&bench, "O1").list, "");
	order_go(&bench, "O2", "cancel");
	CHECK_INT(list_of("L").order_n, 1);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_PICK_LIST_ORDER), 1);
	order_go(&bench, "O3", "cancel");
	CHECK(!list_exists("L"));
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_PICK_LIST_ORDER), 0);
	/* Its timer went with it: that of the order that was held has no end. */
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_TIMER), 0);
	order_go(&bench, "O1", "release");
	CHECK_INT(bench_do(&bench, "pick_list.make", "{'list':'L','associate':'ann'}"), 0);
	end();
}

static void timer_fire(void)
{
	char at[BR_TIME_TEXT_BYTES];
	struct br_timer timer;

	REQUIRE(br_timer_next(bench_read(&bench), NULL, &timer));
	br_time_format(timer.at_ms, at);
	CHECK_INT(bench_do(&bench, "pick_list.timer", "{'key':'%s','at':'%s'}", timer.key, at), 0);
}

static void test_an_abandoned_list_ends(void)
{
	begin("abandoned", 2);
	CHECK_INT(bench_do(&bench, "policy.set", "{'pick_list_minutes':30}"), 0);
	CHECK_INT(bench_do(&bench, "pick_list.make",
			  "{'list':'L','associate':'ann','kind':'batch','max':2}"),
		0);
	CHECK_INT(list_of("L").expires, bench.now_ms + 1800000);
	/* Each pick keeps it alive. */
	bench.now_ms += 600000;
	CHECK_INT(pick("O0", "ann"), 0);
	CHECK_INT(list_of("L").expires, bench.now_ms + 1800000);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_TIMER), 1);
	CHECK_INT(bench_do(&bench, "pick_list.timer", "{'key':'L','at':'2026-03-01T10:40:00Z'}"),
		BR_REFUSAL_ALREADY);
	timer_fire();
	CHECK(!list_exists("L"));
	CHECK_STR(order_of(&bench, "O0").list, "");
	CHECK_STR(order_of(&bench, "O1").list, "");
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_TIMER), 0);
	/* What was picked stays picked, and anybody goes on. */
	CHECK_INT(order_of(&bench, "O0").state, BR_ORDER_PICKING);
	CHECK_INT(pick("O0", "bob"), 0);
	end();
}

/* Fifty orders are several events, and end as one. */
static void test_the_largest_wave(void)
{
	begin("wave", BR_PICK_LIST_ORDERS_MAX + 1);
	CHECK_INT(bench_do(&bench, "pick_list.make",
			  "{'list':'L','associate':'ann','kind':'wave','max':50}"),
		0);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence + 2);
	CHECK_INT(list_of("L").order_n, BR_PICK_LIST_ORDERS_MAX);
	CHECK_INT(bench_do(&bench, "pick_list.end", "{'list':'L','reason':'shift is over'}"), 0);
	CHECK(!list_exists("L"));
	CHECK_STR(order_of(&bench, "O7").list, "");
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_PICK_LIST_ORDER), 0);
	end();
}

/* Two orders over three products: the walk goes by the planogram, not by the orders. */
static void test_lines_come_in_the_planograms_order(void)
{
	static const struct {
		const char *order, *sku;
	} wanted[] = {{"P1", "C"}, {"P1", "B"}, {"P2", "B"}, {"P2", "A"}};
	struct br_pick_line *lines;
	uint32_t n = 0;

	begin("walk", 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'C','kind':'receive','quantity':9}"), 0);
	CHECK_INT(bench_do(&bench, "product.place",
			  "{'sku':'A','positions':[{'aisle':'10','shelf':'1'}]}"),
		0);
	CHECK_INT(bench_do(&bench, "product.place",
			  "{'sku':'B','positions':[{'aisle':'2','shelf':'4'}]}"),
		0);
	CHECK_INT(
		bench_do(&bench, "order.offer",
			"{'order':'P1','lines':[{'line':'1','sku':'B','quantity':1,'note':'ripe'},"
			"{'line':'2','sku':'C','quantity':2}]}"),
		0);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'P2','lines':[{'line':'1','sku':'A','quantity':2,"
			  "'policy':'ask'},{'line':'2','sku':'B','quantity':1}]}"),
		0);
	order_go(&bench, "P1", "accept");
	order_go(&bench, "P2", "accept");
	CHECK_INT(bench_do(&bench, "pick_list.make",
			  "{'list':'L','associate':'ann','kind':'batch','max':9}"),
		0);
	CHECK_INT(br_pick_list_lines(bench_read(&bench), BR_STR("L"), &bench.arena, &lines, &n), 0);
	REQUIRE(n == BR_ARRAY_LEN(wanted));
	for (uint32_t i = 0; i < n; i++) {
		CHECK_STR(lines[i].order, wanted[i].order);
		CHECK_STR(lines[i].sku, wanted[i].sku);
	}
	CHECK_STR(lines[1].position.aisle, "2");
	CHECK_STR(bench_plain(&bench, "note", lines[1].note), "ripe");
	CHECK_STR(lines[3].name, "Apple juice");
	CHECK_INT(lines[3].policy, BR_SUBSTITUTION_ASK);
	CHECK_INT(lines[3].reserved, 2000);
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'P2','line':'1','quantity':1,'associate':'ann'}"),
		0);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'P1','line':'1','associate':'ann'}"), 0);
	CHECK_INT(br_pick_list_lines(bench_read(&bench), BR_STR("L"), &bench.arena, &lines, &n), 0);
	CHECK_INT(n, 3);
	CHECK_INT(lines[2].reserved, 1000);
	CHECK_INT(lines[2].picked, 1000);
	CHECK_INT(br_pick_list_lines(bench_read(&bench), BR_STR("X"), &bench.arena, &lines, &n),
		BR_E_NOT_FOUND);
	end();
}

static bool list_count(void *context, const struct br_pick_list *list)
{
	unsigned *n = context;

	CHECK(list->order_n > 0);
	++*n;
	return true;
}

static void test_lists_are_walked(void)
{
	unsigned n = 0;

	begin("each", 2);
	CHECK_INT(bench_do(&bench, "pick_list.make", "{'list':'L1','associate':'ann'}"), 0);
	CHECK_INT(bench_do(&bench, "pick_list.make", "{'list':'L2','associate':'bob'}"), 0);
	br_pick_list_each(bench_read(&bench), &bench.arena, list_count, &n);
	CHECK_INT(n, 2);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_the_most_urgent_orders_are_taken);
	TEST(test_what_a_list_refuses);
	TEST(test_only_its_associate_picks);
	TEST(test_orders_leave_and_the_list_with_the_last);
	TEST(test_an_abandoned_list_ends);
	TEST(test_the_largest_wave);
	TEST(test_lines_come_in_the_planograms_order);
	TEST(test_lists_are_walked);
	return test_end(argc, argv);
}
