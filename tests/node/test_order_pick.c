/* Picking by scan, what is missing, and what takes its place. */
#include <stdio.h>
#include <string.h>

#include "node/task.h"
#include "tests/node/order_bench.h"

static struct bench bench;

/* An accepted order over 3 A (line 1), 0.5 B (line 2) and 2 A (line 3). */
static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':3},"
			  "{'line':'2','sku':'B','quantity':0.5,'policy':'any'},"
			  "{'line':'3','sku':'A','quantity':2}]}"),
		0);
	order_go(&bench, "O", "accept");
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

static int64_t picked(uint32_t index)
{
	return order_line_of(&bench, "O", index).counts.picked;
}

/* A scan is one piece of the first line that still wants it. */
static void test_scans_fill_line_after_line(void)
{
	begin("scan");
	for (int i = 0; i < 4; i++)
		CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','barcode':'2000000000015'}"),
			0);
	CHECK_INT(picked(0), 3000);
	CHECK_INT(picked(2), 1000);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_PICKING);
	/* Of what is weighed less than one piece may be left. */
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','sku':'B'}"), 0);
	CHECK_INT(picked(1), 500);
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O','line':'3','barcode':'2000000000015','quantity':1}"),
		0);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_PICKED);
	end();
}

/* What a scale has printed: the weight is in the code, and is never just what was ordered. */
static void test_a_weighed_piece_counts_by_its_weight(void)
{
	bench_open(&bench, "weighed");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'K12345','name':'Cheese','sold_by':'weight'}"),
		0);
	CHECK_INT(
		bench_do(&bench, "barcode.rule",
			"{'prefix':'20','pattern':'20IIIIIWWWWWC','decimals':3,'sku_prefix':'K'}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'K12345','kind':'receive','quantity':9}"),
		0);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'K12345','quantity':0.5}]}"),
		0);
	order_go(&bench, "O", "accept");
	/* 0.287 kg, then 0.320 kg. */
	if (!CHECK_INT(
		    bench_do(&bench, "order.pick", "{'order':'O','barcode':'2012345002876'}"), 0))
		printf("%s\n", bench.answer.message);
	CHECK_INT(picked(0), 287);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','barcode':'2012345003200'}"), 0);
	CHECK_INT(picked(0), 500);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_PICKED);
	end();
}

static void test_a_wrong_scan_says_what_was_expected(void)
{
	begin("wrong");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','sku':'C'}"),
		BR_REFUSAL_WRONG_PRODUCT);
	CHECK_HAS(bench.answer.message, "\"C\" is not what order \"O\" waits for");
	CHECK_HAS(bench.answer.message, "expected is: \"A\" (Apple juice), \"B\" (Bread)");
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O','line':'2','barcode':'2000000000015'}"),
		BR_REFUSAL_WRONG_PRODUCT);
	CHECK_HAS(bench.answer.message, "not that of line \"2\", expected is \"B\"");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','barcode':'4006381333931'}"),
		BR_REFUSAL_UNKNOWN_BARCODE);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'9'}"),
		BR_REFUSAL_UNKNOWN_LINE);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O'}"), BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "one of them is needed");
	CHECK_INT(order_of(&bench, "O").version, 2);
	end();
}

static void test_more_than_is_left_is_refused(void)
{
	begin("more");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1','quantity':4}"),
		BR_REFUSAL_TOO_MUCH);
	CHECK_HAS(bench.answer.message, "4 of line \"1\", left to pick is 3");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1'}"), 0);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1'}"), BR_REFUSAL_TOO_MUCH);
	CHECK_INT(
		bench_do(&bench, "order.unpick", "{'order':'O','line':'2'}"), BR_REFUSAL_TOO_MUCH);
	CHECK_HAS(bench.answer.message, "left to unpick is 0");
	end();
}

static void test_goods_come_from_where_they_are(void)
{
	begin("places");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'fill','quantity':2}"), 0);
	/* Not said: the shelf first, then the back room. */
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 7000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_STAGED), 3000);
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O','line':'3','quantity':1,'from':'backroom'}"),
		0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 6000);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'3','from':'shelf'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), -1000);
	CHECK_INT(bench_do(&bench, "order.unpick",
			  "{'order':'O','line':'3','quantity':1,'to':'backroom'}"),
		0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 7000);
	CHECK_INT(order_line_of(&bench, "O", 2).counts.reserved, 1000);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'2','from':'damaged'}"),
		BR_REFUSAL_MALFORMED);
	end();
}

/* The till sold what an order had reserved: the order is picked all the same, the shelf shows it.
 */
static void test_picking_what_was_sold_meanwhile_shows_on_the_shelf(void)
{
	begin("oversold");
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':8,'price':1}]}"),
		0);
	CHECK_INT(bench_available(&bench, "A"), -3000);
	order_go(&bench, "O", "pick");
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_STAGED), 3000);
	CHECK_INT(bench_available(&bench, "A"), -3000);
	end();
}

static void test_what_is_short_is_to_be_counted(void)
{
	begin("short");
	CHECK_INT(bench_do(&bench, "order.short", "{'order':'O','line':'1','quantity':2}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "reason");
	CHECK_INT(bench_do(&bench, "order.short",
			  "{'order':'O','line':'1','quantity':2,'reason':'shelf empty',"
			  "'outcome':'offered_back','associate':'ann'}"),
		0);
	CHECK_INT(order_line_of(&bench, "O", 0).counts.shortage, 2000);
	CHECK_INT(order_line_of(&bench, "O", 0).counts.reserved, 1000);
	CHECK_STR(bench_plain(&bench, "reason", order_of(&bench, "O").reason), "shelf empty");
	CHECK(br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("A")));
	CHECK(!br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("B")));
	/* What was not found is free to be promised again, the count will tell. */
	CHECK_INT(bench_available(&bench, "A"), 7000);
	end();
}

/* An order of which nothing was found can have no other end. */
static void test_an_order_that_is_all_short_is_cancelled(void)
{
	bench_open(&bench, "nothing");
	bench_catalogue(&bench);
	order_offer(&bench, "O", "pickup", "");
	order_go(&bench, "O", "accept short1 short");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_CANCELLED);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_ORDER_OPEN), 0);
	end();
}

/* Each policy, with a product of the same brand (B2), of another (C), and after asking. */
static void test_substitutes_by_the_lines_policy(void)
{
	static const struct {
		const char *policy, *sku, *asked;
		const char *words; /* of the refusal; NULL = allowed */
	} rows[] = {
		{"none", "C", "", "wants no other product"},
		{"none", "C", ",'asked':true", "wants no other product"},
		{"same_brand", "C", "", "the same brand only"},
		{"same_brand", "B2", "", NULL},
		{"any", "C", "", NULL},
		{"any", "B1", "", "it is the same product"},
		{"ask", "C", "", "to be asked first"},
		{"ask", "C", ",'asked':true", NULL},
	};

	bench_open(&bench, "policies");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'B1','name':'b','brand':'X'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'B2','name':'b','brand':'X'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'C','name':'c','brand':'Y'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B1','kind':'receive','quantity':99}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B2','kind':'receive','quantity':99}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'C','kind':'receive','quantity':99}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "O%zu", i);
		CHECK_INT(bench_do(&bench, "order.offer",
				  "{'order':'%s','lines':[{'line':'1','sku':'B1','quantity':2,"
				  "'policy':'%s'}]}",
				  name, rows[i].policy),
			0);
		order_go(&bench, name, "accept");
		CHECK_INT(bench_do(&bench, "order.substitute",
				  "{'order':'%s','line':'1','sku':'%s'%s}", name, rows[i].sku,
				  rows[i].asked),
			rows[i].words != NULL ? BR_REFUSAL_SUBSTITUTION : BR_REFUSAL_NONE);
		if (rows[i].words != NULL)
			CHECK_HAS(bench.answer.message, rows[i].words);
	}
	end();
}

static void test_a_substitute_is_a_line_of_its_own(void)
{
	struct br_order_line line;

	begin("substitute");
	/* Somebody has named a line as ours would be called. */
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'S','lines':[{'line':'s1','sku':'B','quantity':3,'price':1.5,"
			  "'policy':'any'}]}"),
		0);
	order_go(&bench, "S", "accept");
	CHECK_INT(bench_do(&bench, "order.substitute",
			  "{'order':'S','line':'s1','barcode':'2000000000015','quantity':2}"),
		0);
	line = order_line_of(&bench, "S", 1);
	CHECK_STR(line.line, "s2");
	CHECK_STR(line.sku, "A");
	CHECK_INT(line.substitutes, 1);
	CHECK_INT(line.price, 1500);
	CHECK_INT(line.counts.picked, 2000);
	CHECK_INT(order_line_of(&bench, "S", 0).counts.substituted, 2000);
	CHECK_INT(order_line_of(&bench, "S", 0).counts.reserved, 1000);
	CHECK_INT(order_of(&bench, "S").line_n, 2);
	CHECK_INT(order_of(&bench, "S").counts.ordered, 5000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_STAGED), 2000);
	/* What other orders hold is no substitute. */
	CHECK_INT(bench_available(&bench, "A"), 3000);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':3,'price':1}]}"),
		0);
	CHECK_INT(bench_do(&bench, "order.substitute",
			  "{'order':'S','line':'s1','sku':'A','quantity':1}"),
		BR_REFUSAL_INSUFFICIENT_STOCK);
	/* Unpicked, it is reserved like any other line. */
	CHECK_INT(bench_do(&bench, "order.unpick", "{'order':'S','line':'s2'}"), 0);
	CHECK_INT(order_line_of(&bench, "S", 1).counts.reserved, 2000);
	CHECK_INT(order_of(&bench, "S").state, BR_ORDER_ACCEPTED);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_scans_fill_line_after_line);
	TEST(test_a_weighed_piece_counts_by_its_weight);
	TEST(test_a_wrong_scan_says_what_was_expected);
	TEST(test_more_than_is_left_is_refused);
	TEST(test_goods_come_from_where_they_are);
	TEST(test_picking_what_was_sold_meanwhile_shows_on_the_shelf);
	TEST(test_what_is_short_is_to_be_counted);
	TEST(test_an_order_that_is_all_short_is_cancelled);
	TEST(test_substitutes_by_the_lines_policy);
	TEST(test_a_substitute_is_a_line_of_its_own);
	return test_end(argc, argv);
}
