#include "node/sale.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/stock.h"
#include "node/text.h"
#include "tests/node/bench.h"

/* Records a sale or return of `n` lines, one piece of B at 1.005 each. */
static void lines_record(struct bench *bench, const char *id, const char *type, unsigned n)
{
	struct br_text text;

	br_text_init(&text, 1 << 20);
	br_text_puts(&text, "{'till':'t1','currency':'EUR','lines':[");
	for (unsigned i = 0; i < n; i++)
		br_text_printf(&text, "%s{'sku':'B','quantity':1,'price':1.005}", i > 0 ? "," : "");
	br_text_puts(&text, "]}");
	(void)bench_submit(bench, id, type, text.bytes, true);
	br_text_finish(&text);
}

static struct br_sold sold_at(struct bench *bench, uint64_t sequence, enum br_event_kind kind)
{
	struct br_event event = bench_event(bench, sequence);

	REQUIRE(event.kind == kind);
	return *(const struct br_sold *)event.body;
}

static void test_a_sale_leaves_the_shelf(void)
{
	struct br_sold sold;
	struct bench bench;

	bench_open(&bench, "sale");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','currency':'GBP','total':8.5,'lines':[{'barcode':"
			  "'2000000000015','quantity':2,'price':2.5},{'sku':'B','quantity':0.355,"
			  "'price':9.99}]}"),
		0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), -2000);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_SHELF), -355);
	CHECK_INT(bench_available(&bench, "A"), 8000);
	sold = sold_at(&bench, bench.answer.sequence, BR_EVENT_SALE_RECORDED);
	CHECK_STR(sold.till, "t1");
	CHECK_STR(sold.currency, "GBP");
	REQUIRE(sold.lines.n == 2);
	CHECK_STR(BR_LIST_AT(sold.lines, br_sold_line, 0)->sku, "A");
	CHECK_INT(BR_LIST_AT(sold.lines, br_sold_line, 1)->line, 2);
	CHECK_INT(BR_LIST_AT(sold.lines, br_sold_line, 1)->quantity, 355);
	bench_close(&bench);
}

static void test_a_sale_is_never_refused_for_stock(void)
{
	struct bench bench;

	bench_open(&bench, "short");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'C','quantity':50,'price':1}]}"),
		0);
	CHECK_INT(bench_available(&bench, "C"), -50000);
	bench_close(&bench);
}

static void test_a_return_is_looked_at_before_it_is_sold_again(void)
{
	struct bench bench;

	bench_open(&bench, "return");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','lines':[{'sku':'B','quantity':3,'price':2}]}"),
		0);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_RETURNED), 3000);
	CHECK_INT(bench_available(&bench, "B"), 20000);
	CHECK_INT(bench_event(&bench, bench.answer.sequence).kind, BR_EVENT_RETURN_RECORDED);
	bench_close(&bench);
}

static void test_long_sales_are_split_into_events(void)
{
	static const unsigned sizes[] = {1, 19, 20, 21, 40, 41, 1500};
	struct bench bench;

	bench_open(&bench, "split");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(sizes); i++) {
		uint64_t before = br_core_head(bench.core);
		unsigned events = (sizes[i] + 19) / 20, line = 1;
		char id[16];

		(void)snprintf(id, sizeof(id), "s%u", sizes[i]);
		lines_record(&bench, id, "sale.record", sizes[i]);
		CHECK_INT(bench.answer.refusal, 0);
		CHECK_INT(bench.answer.sequence, before + 1);
		CHECK_INT(br_core_head(bench.core), before + events);
		for (unsigned e = 1; e <= events; e++) {
			struct br_sold sold = sold_at(&bench, before + e, BR_EVENT_SALE_RECORDED);

			CHECK(sold.lines.n <= BR_SALE_LINES_PER_EVENT_MAX);
			for (uint32_t j = 0; j < sold.lines.n; j++)
				CHECK_INT(BR_LIST_AT(sold.lines, br_sold_line, j)->line, line++);
			CHECK_STR(bench_event(&bench, before + e).command, id);
		}
		CHECK_INT(line, sizes[i] + 1);
	}
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_SHELF),
		-1000 * (1 + 19 + 20 + 21 + 40 + 41 + 1500));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_sale_over_the_limit_is_refused(void)
{
	struct bench bench;

	bench_open(&bench, "over");
	bench_catalogue(&bench);
	lines_record(&bench, "big", "sale.record", BR_SALE_LINES_MAX + 1);
	CHECK_INT(bench.answer.refusal, BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "lines: has 1501 items, allowed is 1 to 1500");
	bench_close(&bench);
}

/* What is weighed comes to an amount that can be paid, line by line. */
static void test_totals_round_each_line_to_the_currency(void)
{
	struct br_sale_line lines[] = {
		{.quantity = 1000, .price = 2500}, /* 2.500 */
		{.quantity = 333, .price = 1000},  /* 0.333 */
		{.quantity = 1, .price = 500},	   /* 0.0005 */
		{.quantity = 1, .price = 499},	   /* 0.000499 */
		{.quantity = BR_QUANTITY_MAX, .price = 100},
	};
	static const struct {
		const char *currency;
		int64_t totals[6]; /* by the number of lines */
	} rows[] = {
		{"EUR", {0, 2500, 2830, 2830, 2830, 2830 + BR_QUANTITY_MAX / 10}},
		{"KWD", {0, 2500, 2833, 2834, 2834, 2834 + BR_QUANTITY_MAX / 10}},
		{"JPY", {0, 2500, 2500, 2500, 2500, 2500 + BR_QUANTITY_MAX / 10}},
		{"", {0, 2500, 2830, 2830, 2830, 2830 + BR_QUANTITY_MAX / 10}},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++)
		for (uint32_t n = 0; n <= 5; n++) {
			struct br_sale sale = {
				.currency = br_str_from(rows[i].currency), .lines = {lines, n}};
			int64_t total;

			CHECK(br_sale_total(&sale, &total));
			CHECK_INT(total, rows[i].totals[n]);
		}
}

static void test_what_a_sale_refuses(void)
{
	static const struct {
		const char *json;
		enum br_refusal refusal;
		const char *sentence;
	} rows[] = {
		{"{'till':'t1','lines':[]}", BR_REFUSAL_MALFORMED, "lines: has 0 items"},
		{"{'till':'t1'}", BR_REFUSAL_MALFORMED, "lines: is missing"},
		{"{'till':'T 1','lines':[{'sku':'A','quantity':1}]}", BR_REFUSAL_MALFORMED,
			"till: \"T 1\" is not valid"},
		{"{'till':'t1','lines':[{'sku':'A','quantity':0}]}", BR_REFUSAL_MALFORMED,
			"lines: item 0: quantity: 0 is out of range"},
		{"{'till':'t1','lines':[{'sku':'A','quantity':1,'price':-1}]}",
			BR_REFUSAL_MALFORMED, "price: -1 is out of range"},
		{"{'till':'t1','lines':[{'quantity':1}]}", BR_REFUSAL_MALFORMED,
			"lines[0]: exactly one of sku and barcode is needed"},
		{"{'till':'t1','lines':[{'sku':'A','quantity':1,'price':1},{'sku':'Z','quantity':1}"
		 "]}",
			BR_REFUSAL_UNKNOWN_PRODUCT, "lines[1].sku \"Z\""},
		{"{'till':'t1','lines':[{'barcode':'4006381333931','quantity':1}]}",
			BR_REFUSAL_UNKNOWN_BARCODE, "lines[0].barcode 4006381333931"},
		{"{'till':'t1','lines':[{'barcode':'4006381333932','quantity':1}]}",
			BR_REFUSAL_MALFORMED, "lines[0].barcode \"4006381333932\": allowed is"},
		{"{'till':'t1','lines':[{'sku':'A','quantity':1000000,'price':1000000}]}",
			BR_REFUSAL_MALFORMED, "quantity times price is over 100 million"},
		{"{'till':'t1','currency':'euro','lines':[{'sku':'A','quantity':1}]}",
			BR_REFUSAL_MALFORMED, "currency"},
		{"{'till':'t1','lines':[{'sku':'A','quantity':1}]}", BR_REFUSAL_NO_PRICE,
			"lines[0]: \"A\" had no price then"},
		{"{'till':'t1','associate':'4111 1111 1111 1111','lines':[{'sku':'A','quantity':1,"
		 "'price':1}]}",
			BR_REFUSAL_MALFORMED,
			"associate: allowed is a text without the number of a payment card"},
	};
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "refuses");
	bench_catalogue(&bench);
	head = br_core_head(bench.core);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "sale.record", "%s", rows[i].json), rows[i].refusal);
		CHECK_HAS(bench.answer.message, rows[i].sentence);
		CHECK_INT(bench_do(&bench, "return.record", "%s", rows[i].json), rows[i].refusal);
	}
	CHECK_INT(br_core_head(bench.core), head);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_sale_leaves_the_shelf);
	TEST(test_a_sale_is_never_refused_for_stock);
	TEST(test_a_return_is_looked_at_before_it_is_sold_again);
	TEST(test_long_sales_are_split_into_events);
	TEST(test_a_sale_over_the_limit_is_refused);
	TEST(test_totals_round_each_line_to_the_currency);
	TEST(test_what_a_sale_refuses);
	return test_end(argc, argv);
}
