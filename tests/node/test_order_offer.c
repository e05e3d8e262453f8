/* Offering, accepting and rejecting. */
#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "tests/node/order_bench.h"

static void test_an_offer_keeps_every_field(void)
{
	struct br_order_line line;
	struct br_order order;
	struct bench bench;

	bench_open(&bench, "offer");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','fo':'F-1','channel':'app','method':'curbside',"
			  "'customer':'c-7','person':'Ann Lee','surname':'Lee','code':'AB12',"
			  "'vehicle':'red car','bay':'3','placed':'2026-03-01T09:00:00Z',"
			  "'accept_by':'2026-03-01T10:00:00Z','ready_by':'2026-03-01T11:00:00Z',"
			  "'collect_by':'2026-03-01T12:00:00Z','priority':7,'payment':'paid',"
			  "'note':'ring twice','lines':[{'line':'x','sku':'A','quantity':2,"
			  "'price':2.5,'policy':'same_brand','rights':true,'note':'cold'},"
			  "{'line':'y','barcode':'2000000000015','quantity':0.5}]}"),
		0);
	order = order_of(&bench, "O");
	CHECK_STR(order.fo, "F-1");
	CHECK_INT(order.channel, BR_CHANNEL_APP);
	CHECK_INT(order.method, BR_METHOD_CURBSIDE);
	CHECK_STR(order.customer, "c-7");
	CHECK_STR(bench_plain(&bench, "person", order.person), "Ann Lee");
	CHECK_STR(bench_plain(&bench, "vehicle", order.vehicle), "red car");
	CHECK_STR(order.bay, "3");
	CHECK_INT(order.priority, 7);
	CHECK_INT(order.payment, BR_PAYMENT_PAID);
	CHECK_STR(bench_plain(&bench, "note", order.note), "ring twice");
	CHECK(br_order_has_code(&order));
	CHECK(!order.provisional);
	CHECK_INT(order.line_n, 2);
	CHECK_INT(order.counts.ordered, 2500);
	CHECK_INT(order.version, 1);
	CHECK_INT(order.since, BENCH_NOW_MS);
	CHECK_INT(order.ready_by - order.accept_by, 3600000);
	line = order_line_of(&bench, "O", 0);
	CHECK_STR(line.line, "x");
	CHECK_INT(line.counts.ordered, 2000);
	CHECK_INT(line.price, 2500);
	CHECK_INT(line.policy, BR_SUBSTITUTION_SAME_BRAND);
	CHECK(line.rights);
	CHECK_STR(bench_plain(&bench, "note", line.note), "cold");
	/* A line may be scanned. */
	line = order_line_of(&bench, "O", 1);
	CHECK_STR(line.sku, "A");
	CHECK_INT(line.counts.ordered, 500);
	/* An offer holds nothing back yet. */
	CHECK_INT(bench_available(&bench, "A"), 10000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_an_offer_refuses(void)
{
	static const struct {
		const char *members, *lines;
		enum br_refusal refusal;
		const char *words;
	} rows[] = {
		{"'order':'O'", "{'line':'1','sku':'A','quantity':1}", BR_REFUSAL_ALREADY,
			"is here already and is accepted"},
		{"'order':'P'",
			"{'line':'1','sku':'A','quantity':1},{'line':'2','sku':'Z','quantity':1}",
			BR_REFUSAL_UNKNOWN_PRODUCT, "lines[1].sku \"Z\""},
		{"'order':'P'", "{'line':'1','quantity':1}", BR_REFUSAL_MALFORMED, "lines[0]"},
		{"'order':'P'",
			"{'line':'1','sku':'A','quantity':1},{'line':'1','sku':'B','quantity':1}",
			BR_REFUSAL_MALFORMED, "lines[1].line \"1\": stands twice"},
		{"'order':'P'", "", BR_REFUSAL_MALFORMED, "lines"},
		{"'order':'P','method':'mail'", "{'line':'1','sku':'A','quantity':1}",
			BR_REFUSAL_MALFORMED,
			"allowed is one of: pickup, curbside, ship_from_store, endless_aisle, "
			"return"},
		{"'order':'P','original':'O'", "{'line':'1','sku':'A','quantity':1}",
			BR_REFUSAL_MALFORMED, "only a return comes from another order"},
		{"'order':'P','method':'return','code':'AB12'",
			"{'line':'1','sku':'A','quantity':1}", BR_REFUSAL_MALFORMED,
			"only what is picked up has one, not return"},
		{"'order':'P','code':'A-12'", "{'line':'1','sku':'A','quantity':1}",
			BR_REFUSAL_MALFORMED, "letters A to Z and digits"},
		{"'order':'P','code':'A12'", "{'line':'1','sku':'A','quantity':1}",
			BR_REFUSAL_MALFORMED, "allowed is 4 to 12"},
		{"'order':'P','priority':10", "{'line':'1','sku':'A','quantity':1}",
			BR_REFUSAL_MALFORMED, "priority"},
	};
	struct bench bench;

	bench_open(&bench, "offers");
	bench_catalogue(&bench);
	order_offer(&bench, "O", "pickup", "");
	order_go(&bench, "O", "accept");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		if (!CHECK_INT(bench_do(&bench, "order.offer", "{%s,'lines':[%s]}", rows[i].members,
				       rows[i].lines),
			    rows[i].refusal))
			printf("%s\n", rows[i].members);
		CHECK_HAS(bench.answer.message, rows[i].words);
	}
	bench_close(&bench);
}

/* Every text of an order as long as it may be, and as many lines as there may be. */
static void long_offer(struct bench *bench, const char *order, const char *fill)
{
	struct br_text text;

	br_text_init(&text, 1 << 20);
	br_text_printf(&text,
		"{'order':'%s','fo':'%.64s','channel':'marketplace','method':'curbside',"
		"'customer':'%.64s','person':'%.80s','surname':'%.80s','code':'ABCDEFGH1234',"
		"'vehicle':'%.64s','bay':'%.16s','placed':'9999-12-31T23:59:59Z',"
		"'accept_by':'9999-12-31T23:59:59Z','ready_by':'9999-12-31T23:59:59Z',"
		"'collect_by':'9999-12-31T23:59:59Z','priority':9,'payment':'paid',"
		"'note':'%.400s','lines':[",
		order, fill, fill, fill, fill, fill, fill, fill);
	for (int i = 0; i < BR_ORDER_LINES_MAX - 1; i++)
		br_text_printf(&text,
			"%s{'line':'%.60s%d','sku':'%.64s','quantity':9000.123,'price':100000000,"
			"'policy':'any','note':'%.120s'}",
			i > 0 ? "," : "", fill, i, fill, fill);
	br_text_puts(&text, "]}");
	CHECK_INT(bench_submit(bench, order, "order.offer", text.bytes, true), 0);
	br_text_finish(&text);
}

static char fill[401], largest[65];

/* The largest order there can be, accepted. */
static void largest_begin(struct bench *bench, const char *name)
{
	memset(fill, 'x', sizeof(fill) - 1);
	memset(largest, 'o', sizeof(largest) - 1);
	bench_open(bench, name);
	bench->actor = "0123456789012345678901234567890123456789012345678901234567890123";
	CHECK_INT(
		bench_do(bench, "product.upsert",
			"{'sku':'%.64s','name':'a','gtins':['4006381333931'],'track_expiry':true}",
			fill),
		0);
	CHECK_INT(bench_do(bench, "product.upsert", "{'sku':'y%.63s','name':'b'}", fill), 0);
	CHECK_INT(bench_do(bench, "stock.move",
			  "{'sku':'%.64s','kind':'receive','quantity':1000000}", fill),
		0);
	CHECK_INT(bench_do(bench, "stock.move",
			  "{'sku':'y%.63s','kind':'receive','quantity':1000000}", fill),
		0);
	long_offer(bench, largest, fill);
	CHECK_INT(bench_do(bench, "order.accept",
			  "{'order':'%s','associate':'%.32s','partial':true}", largest, fill),
		0);
}

/* No record of that order is larger than what the store takes. */
static void test_the_largest_order_fits_its_records(void)
{
	struct bench bench;
	char line[80];

	largest_begin(&bench, "largest");
	(void)snprintf(line, sizeof(line), "%.60s0", fill);
	CHECK_INT(bench_do(&bench, "order.substitute",
			  "{'order':'%s','line':'%s','sku':'y%.63s','quantity':9000}", largest,
			  line, fill),
		0);
	for (int i = 0; i < BR_ORDER_LINES_MAX - 1; i++)
		CHECK_INT(bench_do(&bench, "order.pick",
				  "{'order':'%s','line':'%.60s%d','associate':'%.32s'}", largest,
				  fill, i, fill),
			0);
	CHECK_INT(bench_do(&bench, "order.ready",
			  "{'order':'%s','location':'%.32s','associate':'%.32s'}", largest, fill,
			  fill),
		0);
	CHECK_INT(bench_do(&bench, "order.arrive",
			  "{'order':'%s','bay':'%.16s','vehicle':'%.64s','associate':'%.32s'}",
			  largest, fill, fill, fill),
		0);
	CHECK_INT(bench_do(&bench, "order.hand_over",
			  "{'order':'%s','waived':'%.120s','associate':'%.32s'}", largest, fill,
			  fill),
		0);
	CHECK_INT(order_of(&bench, largest).state, BR_ORDER_HANDED_OVER);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Nor when all of it goes back, each line to a lot of its own. */
static void test_the_largest_restock_fits_its_records(void)
{
	struct bench bench;

	largest_begin(&bench, "largest_back");
	for (int i = 0; i < BR_ORDER_LINES_MAX - 1; i++)
		CHECK_INT(
			bench_do(&bench, "order.pick",
				"{'order':'%s','line':'%.60s%d','quantity':9000.123,'barcode':"
				"'(01)04006381333931(17)260401(10)%.17s%03d','associate':'%.32s'}",
				largest, fill, i, fill, i, fill),
			0);
	CHECK_INT(bench_do(&bench, "order.cancel",
			  "{'order':'%s','reason':'%.120s','associate':'%.32s'}", largest, fill,
			  fill),
		0);
	CHECK_INT(bench_do(&bench, "order.restock",
			  "{'order':'%s','to':'backroom','associate':'%.32s'}", largest, fill),
		0);
	CHECK_INT(order_of(&bench, largest).state, BR_ORDER_CANCELLED);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_demand_is_summed_over_the_lines_of_a_product(void)
{
	struct bench bench;

	bench_open(&bench, "sum");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':6},{'line':'2',"
			  "'sku':'B','quantity':1},{'line':'3','sku':'A','quantity':6}]}"),
		0);
	CHECK_INT(order_do(&bench, "O", "accept"), BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_HAS(bench.answer.message, "product \"A\": the order needs 12, available is 10");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_OFFERED);
	CHECK_INT(bench_available(&bench, "B"), 20000);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':2}"), 0);
	CHECK_INT(order_do(&bench, "O", "accept"), 0);
	CHECK_INT(bench_available(&bench, "A"), 0);
	CHECK_INT(bench_available(&bench, "B"), 19000);
	bench_close(&bench);
}

static void test_what_one_order_holds_another_cannot_have(void)
{
	struct bench bench;

	bench_open(&bench, "holds");
	bench_catalogue(&bench);
	for (int i = 0; i < 4; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "O%d", i);
		order_offer(&bench, name, i % 2 == 0 ? "pickup" : "ship_from_store", "");
		CHECK_INT(order_do(&bench, name, "accept"),
			i < 3 ? BR_REFUSAL_NONE : BR_REFUSAL_INSUFFICIENT_STOCK);
	}
	/* Picked goods are still not free. */
	order_go(&bench, "O0", "pick");
	CHECK_INT(order_do(&bench, "O3", "accept"), BR_REFUSAL_INSUFFICIENT_STOCK);
	/* What is sent from elsewhere needs nothing of this store. */
	order_offer(&bench, "E", "endless_aisle", "");
	order_go(&bench, "E", "accept");
	order_go(&bench, "O1", "cancel");
	order_go(&bench, "O3", "accept");
	CHECK_INT(bench_available(&bench, "A"), 1000);
	bench_close(&bench);
}

/* What is there is reserved in the order of the lines, the rest is short at once. */
static void test_an_order_is_accepted_in_part(void)
{
	struct bench bench;

	bench_open(&bench, "partial");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':8},"
			  "{'line':'2','sku':'C','quantity':1},{'line':'3','sku':'A',"
			  "'quantity':8}]}"),
		0);
	CHECK_INT(order_do(&bench, "O", "accept"), BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O','partial':true}"), 0);
	CHECK_INT(order_line_of(&bench, "O", 0).counts.reserved, 8000);
	CHECK_INT(order_line_of(&bench, "O", 1).counts.shortage, 1000);
	CHECK_INT(order_line_of(&bench, "O", 2).counts.reserved, 2000);
	CHECK_INT(order_line_of(&bench, "O", 2).counts.shortage, 6000);
	CHECK_INT(bench_available(&bench, "A"), 0);
	/* Nothing at all is no part. */
	order_offer(&bench, "P", "pickup", "");
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'P','partial':true}"),
		BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_HAS(bench.answer.message, "nothing of it is available");
	bench_verify(&bench);
	bench_close(&bench);
}

static struct br_stock stock_of(struct bench *bench, const char *sku)
{
	return br_stock_get(bench_read(bench), br_str_from(sku));
}

/* Rights were taken off what is available when they were granted; an order spends them first. */
static void test_an_order_spends_rights(void)
{
	struct bench bench;

	bench_open(&bench, "rights");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':4}"), 0);
	CHECK_INT(bench_available(&bench, "A"), 6000);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':3,'rights':true},"
			  "{'line':'2','sku':'A','quantity':6}]}"),
		0);
	order_go(&bench, "O", "accept");
	CHECK_INT(stock_of(&bench, "A").rights, 1000);
	CHECK_INT(stock_of(&bench, "A").reserved, 9000);
	CHECK_INT(bench_available(&bench, "A"), 0);
	/* More than what is left of them comes out of what is available to all: nothing is. */
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'P','lines':[{'line':'1','sku':'A','quantity':2,"
			  "'rights':true}]}"),
		0);
	CHECK_INT(order_do(&bench, "P", "accept"), BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'P','partial':true}"), 0);
	CHECK_INT(order_line_of(&bench, "P", 0).counts.reserved, 1000);
	CHECK_INT(stock_of(&bench, "A").rights, 0);
	/* What is given back is everybody's. */
	order_go(&bench, "O", "cancel");
	CHECK_INT(stock_of(&bench, "A").rights, 0);
	CHECK_INT(bench_available(&bench, "A"), 9000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_rejection_keeps_its_reason(void)
{
	struct bench bench;

	bench_open(&bench, "reject");
	bench_catalogue(&bench);
	order_offer(&bench, "O", "pickup", "");
	CHECK_INT(bench_do(&bench, "order.reject", "{'order':'O'}"), BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "reason");
	CHECK_INT(bench_do(&bench, "order.reject",
			  "{'order':'O','reason':'no staff','associate':'ann'}"),
		0);
	CHECK_STR(bench_plain(&bench, "reason", order_of(&bench, "O").reason), "no staff");
	CHECK_STR(order_of(&bench, "O").associate, "ann");
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_an_offer_keeps_every_field);
	TEST(test_what_an_offer_refuses);
	TEST(test_the_largest_order_fits_its_records);
	TEST(test_the_largest_restock_fits_its_records);
	TEST(test_demand_is_summed_over_the_lines_of_a_product);
	TEST(test_what_one_order_holds_another_cannot_have);
	TEST(test_an_order_is_accepted_in_part);
	TEST(test_an_order_spends_rights);
	TEST(test_a_rejection_keeps_its_reason);
	return test_end(argc, argv);
}
