#include "node/lot.h"

#include <stdio.h>
#include <string.h>

#include "tests/node/bench.h"

static void begin(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	CHECK_INT(bench_do(bench, "product.upsert",
			  "{'sku':'M','name':'milk','track_expiry':true,'markdown_days':2}"),
		0);
}

static bool lot_tell(void *context, const struct br_lot *lot)
{
	char *text = context;
	size_t n = strlen(text);
	char date[BR_TIME_TEXT_BYTES];

	br_time_format(lot->expiry_ms, date);
	(void)snprintf(text + n, 400 - n, "%s%.5s/%.*s=%g%s", n > 0 ? " " : "", date + 5,
		BR_STR_ARG(lot->lot), (double)lot->quantity / 1000, lot->marked_down ? "!" : "");
	return true;
}

/* The lots of M as "03-05/a=2 …". */
static const char *lots(struct bench *bench)
{
	static char text[400];
	struct br_lot_visit visit = {lot_tell, text};
	struct br_txn *txn = bench_read(bench);

	text[0] = '\0';
	br_lot_walk(txn, BR_STR("M"), &visit);
	CHECK_INT(br_txn_error(txn), 0);
	return text;
}

static void move(struct bench *bench, const char *kind, const char *rest)
{
	CHECK_INT(bench_do(bench, "stock.move", "{'sku':'M','kind':'%s',%s}", kind, rest), 0);
}

/* Each row does one thing; behind it stand the lots that are left. */
static void test_lots_follow_what_moves(void)
{
	static const struct {
		const char *command, *data, *lots;
	} rows[] = {
		{"stock.move", "'kind':'receive','quantity':5,'expiry':'2026-03-07T00:00:00Z'",
			"03-07/=5"},
		{"stock.move",
			"'kind':'receive','quantity':3,'expiry':'2026-03-05T00:00:00Z','lot':'a'",
			"03-05/a=3 03-07/=5"},
		{"stock.move",
			"'kind':'receive','quantity':2,'expiry':'2026-03-05T00:00:00Z','lot':'b'",
			"03-05/a=3 03-05/b=2 03-07/=5"},
		{"stock.move", "'kind':'receive','quantity':4", "03-05/a=3 03-05/b=2 03-07/=5"},
		{"stock.move", "'kind':'fill','quantity':9", "03-05/a=3 03-05/b=2 03-07/=5"},
		{"sale", "1", "03-05/a=2 03-05/b=2 03-07/=5"},
		{"sale", "3", "03-05/b=1 03-07/=5"},
		{"stock.move",
			"'kind':'waste','quantity':2,'reason':'r','expiry':'2026-03-07T00:00:00Z'",
			"03-05/b=1 03-07/=3"},
		{"stock.move", "'kind':'display','quantity':1", "03-05/b=1 03-07/=3"},
		{"stock.move", "'kind':'damage','quantity':0.5,'reason':'r'",
			"03-05/b=0.5 03-07/=3"},
		{"stock.move",
			"'kind':'receive','quantity':1,'expiry':'2026-03-05T00:00:00Z',"
			"'lot':'b','bucket':'damaged'",
			"03-05/b=0.5 03-07/=3"},
		/* More of a lot than there is takes the rest from the first to expire. */
		{"stock.move",
			"'kind':'waste','quantity':4,'reason':'r','bucket':'backroom',"
			"'expiry':'2026-03-07T00:00:00Z'",
			""},
		{"stock.move", "'kind':'receive','quantity':1,'expiry':'2026-03-09T00:00:00Z'",
			"03-09/=1"},
		/* The shelf says 0 and the display 1: two pieces, one of them of no lot. */
		{"stock.move", "'kind':'count','quantity':0,'bucket':'backroom'", "03-09/=1"},
		{"stock.move", "'kind':'count','quantity':0,'bucket':'display'", "03-09/=1"},
		{"stock.move", "'kind':'count','quantity':0", ""},
		{"stock.move", "'kind':'adjust','quantity':-3,'reason':'r'", ""},
		/* Three were sold that the ledger did not know of: two of the five are left. */
		{"stock.move", "'kind':'receive','quantity':5,'expiry':'2026-03-09T00:00:00Z'",
			"03-09/=2"},
	};
	struct bench bench;

	begin(&bench, "follow");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].command, "sale") == 0)
			CHECK_INT(bench_do(&bench, "sale.record",
					  "{'till':'t','lines':[{'sku':'M','quantity':%s,'price':"
					  "1}]}",
					  rows[i].data),
				0);
		else
			CHECK_INT(bench_do(&bench, rows[i].command, "{'sku':'M',%s}", rows[i].data),
				0);
		if (!CHECK_TEXT(lots(&bench), rows[i].lots))
			printf("row %zu\n", i);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_the_first_to_expire_is_proposed(void)
{
	struct br_lot lot;
	struct bench bench;

	begin(&bench, "first");
	CHECK(!br_lot_first(bench_read(&bench), BR_STR("M"), bench.now_ms, &lot));
	move(&bench, "receive", "'quantity':5,'expiry':'2026-03-07T00:00:00Z','lot':'late'");
	move(&bench, "receive", "'quantity':1,'expiry':'2026-03-04T00:00:00Z','lot':'soon'");
	move(&bench, "receive", "'quantity':1,'expiry':'2026-02-20T00:00:00Z','lot':'gone'");
	CHECK(br_lot_first(bench_read(&bench), BR_STR("M"), bench.now_ms, &lot));
	CHECK_STR(lot.lot, "soon");
	CHECK_INT(lot.quantity, 1000);
	CHECK(br_lot_first(
		bench_read(&bench), BR_STR("M"), bench.now_ms + INT64_C(4) * 86400000, &lot));
	CHECK_STR(lot.lot, "late");
	CHECK(!br_lot_first(
		bench_read(&bench), BR_STR("M"), bench.now_ms + INT64_C(40) * 86400000, &lot));
	bench_close(&bench);
}

static void test_a_product_without_dates_has_no_lots(void)
{
	struct bench bench;

	begin(&bench, "none");
	move(&bench, "receive", "'quantity':5,'expiry':'2026-03-07T00:00:00Z'");
	CHECK_TEXT(lots(&bench), "03-07/=5");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'M','name':'milk'}"), 0);
	CHECK_TEXT(lots(&bench), "");
	move(&bench, "receive", "'quantity':5,'expiry':'2026-03-07T00:00:00Z'");
	CHECK_TEXT(lots(&bench), "");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_markdown_marks_what_is_near_its_date(void)
{
	struct bench bench;

	begin(&bench, "marked");
	move(&bench, "receive", "'quantity':1,'expiry':'2026-03-02T00:00:00Z'");
	move(&bench, "receive", "'quantity':1,'expiry':'2026-03-03T00:00:00Z','lot':'x'");
	move(&bench, "receive", "'quantity':1,'expiry':'2026-03-09T00:00:00Z'");
	CHECK_INT(bench_do(&bench, "task.done", "{'kind':'markdown','key':'M'}"), 0);
	CHECK_TEXT(lots(&bench), "03-02/=1! 03-03/x=1! 03-09/=1");
	move(&bench, "fill", "'quantity':1");
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'M','quantity':1,'price':1}]}"),
		0);
	CHECK_TEXT(lots(&bench), "03-03/x=1! 03-09/=1");
	bench_verify(&bench);
	bench_close(&bench);
}

/* Whatever people scan may be a GS1 code, with its separator in it and longer than a GTIN. */
static void test_every_scan_may_be_a_gs1_code(void)
{
	static const char *const asks[][2] = {
		{"stock.move", "'kind':'receive','quantity':9"},
		{"stock.set", "'quantity':9"},
		{"delivery.announce", "D"},
		{"delivery.receive", "'delivery':'D','quantity':1"},
		{"count.enter", "'count':'N','quantity':1"},
		{"order.offer", "O"},
		{"order.pick", "'order':'O','quantity':1"},
		{"transfer.send", "T"},
	};
	static const char code[] = "'barcode':']C1010200000000001510L7\\u001d17260305'";
	struct bench bench;

	bench_open(&bench, "gs1");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "count.open", "{'count':'N','skus':['A']}"), 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(asks); i++) {
		enum br_refusal refusal;

		if (asks[i][1][0] == 'D')
			refusal = bench_do(&bench, asks[i][0],
				"{'delivery':'D','lines':[{%s,'quantity':2}]}", code);
		else if (asks[i][1][0] == 'O')
			refusal = bench_do(&bench, asks[i][0],
				"{'order':'O','lines':[{'line':'1',%s,'quantity':2}]}", code);
		else if (asks[i][1][0] == 'T')
			refusal = bench_do(&bench, asks[i][0],
				"{'transfer':'T','to':'0413','lines':[{%s,'quantity':1}]}", code);
		else
			refusal = bench_do(&bench, asks[i][0], "{%s,%s}", code, asks[i][1]);
		CHECK_INT(refusal, 0);
		if (i == 5)
			CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O'}"), 0);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* What the code says of lot and date need not be typed; what is typed counts before it. */
static void test_a_scan_names_the_lot_that_is_moved(void)
{
	static const char code[] = "'barcode':'(01)02000000000015(17)260305(10)L7'";
	struct bench bench;

	begin(&bench, "scanned");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'milk','track_expiry':true,"
			  "'gtins':['2000000000015']}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'M','kind':'receive','quantity':2,"
			  "'expiry':'2026-03-04T00:00:00Z'}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move", "{%s,'kind':'receive','quantity':3}", code), 0);
	CHECK_TEXT(lots(&bench), "03-04/=2 03-05/L7=3");
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{%s,'kind':'waste','bucket':'backroom','quantity':1,'reason':'torn'}",
			  code),
		0);
	CHECK_TEXT(lots(&bench), "03-04/=2 03-05/L7=2");
	CHECK_INT(
		bench_do(&bench, "stock.move",
			"{%s,'kind':'receive','quantity':1,'expiry':'2026-03-09T00:00:00Z'}", code),
		0);
	CHECK_TEXT(lots(&bench), "03-04/=2 03-05/L7=2 03-09/=1");
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_lots_follow_what_moves);
	TEST(test_the_first_to_expire_is_proposed);
	TEST(test_a_product_without_dates_has_no_lots);
	TEST(test_a_markdown_marks_what_is_near_its_date);
	TEST(test_every_scan_may_be_a_gs1_code);
	TEST(test_a_scan_names_the_lot_that_is_moved);
	return test_end(argc, argv);
}
