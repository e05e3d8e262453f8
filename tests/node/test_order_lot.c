/* Which lots an order's goods are of: what a scan says at the pick, and where goods go back to. */
#include <stdio.h>
#include <string.h>

#include "node/lot.h"
#include "node/time.h"
#include "tests/node/order_bench.h"

/* As it stands under the bars of a piece of M: its date "260305", its lot. */
#define PIECE(DATE, LOT) "'barcode':'(01)09506000134352(17)" DATE "(10)" LOT "'"

static struct bench bench;

/*
 * Milk of the lots a (5 March, 3 pieces), b (7 March, 3) and c (9 March, 2), and 2 of which nobody
 * knows; an accepted order O over 6 of them.
 */
static void begin(const char *name)
{
	bench_open(&bench, name);
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'milk','gtins':['09506000134352'],"
			  "'track_expiry':true}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'kind':'receive','quantity':3," PIECE("260305", "a") "}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'kind':'receive','quantity':3," PIECE("260307", "b") "}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'kind':'receive','quantity':2," PIECE("260309", "c") "}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'M','kind':'receive','quantity':2}"), 0);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'M','quantity':6}]}"),
		0);
	order_go(&bench, "O", "accept");
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

static void lot_add(char *text, size_t size, struct br_str lot, int64_t expiry, int64_t quantity)
{
	size_t n = strlen(text);
	char date[BR_TIME_TEXT_BYTES];

	br_time_format(expiry, date);
	(void)snprintf(text + n, size - n, "%s%.5s/%.*s=%g", n > 0 ? " " : "", date + 5,
		BR_STR_ARG(lot), (double)quantity / 1000);
}

static char shown[400];

static bool lot_visit(void *context, const struct br_lot *lot)
{
	lot_add(context, sizeof(shown), lot->lot, lot->expiry_ms, lot->quantity);
	return true;
}

/* What the store believes to have, as "03-05/a=3 …". */
static const char *store_lots(void)
{
	struct br_lot_visit visit = {lot_visit, shown};

	shown[0] = '\0';
	br_lot_walk(bench_read(&bench), BR_STR("M"), &visit);
	return shown;
}

/* What the order's line remembers, in the same form. */
static const char *line_lots(const char *order, uint32_t index)
{
	struct br_order_line line = order_line_of(&bench, order, index);

	shown[0] = '\0';
	for (uint32_t i = 0; i < line.lots.n; i++) {
		const struct br_order_lot *lot = BR_LIST_AT(line.lots, br_order_lot, i);

		lot_add(shown, sizeof(shown), lot->lot, lot->expiry, lot->quantity);
	}
	return shown;
}

/* Each row does one thing; behind it stand the lots of the store and those of the line. */
static void test_goods_go_down_in_their_lot_and_back_to_it(void)
{
	static const struct {
		const char *command, *data, *store, *line;
	} rows[] = {
		{"order.pick", "'order':'O'," PIECE("260307", "b"), "03-05/a=3 03-07/b=2 03-09/c=2",
			"03-07/b=1"},
		{"order.pick", "'order':'O'," PIECE("260307", "b"), "03-05/a=3 03-07/b=1 03-09/c=2",
			"03-07/b=2"},
		{"order.pick", "'order':'O'," PIECE("260305", "a") ",'quantity':2",
			"03-05/a=1 03-07/b=1 03-09/c=2", "03-05/a=2 03-07/b=2"},
		/* Not said: of the store it is the first to expire, of the line nothing is known.
		 */
		{"order.pick", "'order':'O','sku':'M'", "03-07/b=1 03-09/c=2",
			"03-05/a=2 03-07/b=2"},
		/* Scanned when it is put back: that lot and no other. */
		{"order.unpick", "'order':'O'," PIECE("260307", "b"), "03-07/b=2 03-09/c=2",
			"03-05/a=2 03-07/b=1"},
		/* Not scanned: first what is of no lot, which goes to the first to expire. */
		{"order.unpick", "'order':'O','line':'1','quantity':1", "03-07/b=3 03-09/c=2",
			"03-05/a=2 03-07/b=1"},
		{"order.unpick", "'order':'O','line':'1','quantity':1,'to':'backroom'",
			"03-05/a=1 03-07/b=3 03-09/c=2", "03-05/a=1 03-07/b=1"},
		/* A lot that the line never had goes back to where its scan says. */
		{"order.unpick", "'order':'O'," PIECE("260309", "c"),
			"03-05/a=1 03-07/b=3 03-09/c=3", "03-05/a=1"},
	};

	begin("back");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		if (!CHECK_INT(bench_do(&bench, rows[i].command, "{%s}", rows[i].data), 0))
			printf("%s\n", bench.answer.message);
		if (!CHECK_TEXT(store_lots(), rows[i].store) ||
			!CHECK_TEXT(line_lots("O", 0), rows[i].line))
			printf("row %zu\n", i);
	}
	end();
}

/* Out of the store it stays of its lot: what a maker calls back is found at its customer. */
static void test_what_is_handed_over_stays_of_its_lot(void)
{
	begin("gone");
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O'," PIECE("260305", "a") ",'quantity':3}"),
		0);
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O'," PIECE("260307", "b") ",'quantity':3}"),
		0);
	order_go(&bench, "O", "ready hand_over");
	CHECK_TEXT(line_lots("O", 0), "03-05/a=3 03-07/b=3");
	CHECK_TEXT(store_lots(), "03-09/c=2");
	end();
}

/* The cancelled order is put back as a whole, though it was staged, and each lot by itself. */
static void test_a_cancelled_order_gives_each_lot_back(void)
{
	begin("cancelled");
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O'," PIECE("260307", "b") ",'quantity':2}"),
		0);
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O'," PIECE("260309", "c") ",'quantity':2}"),
		0);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1'}"), 0);
	CHECK_TEXT(store_lots(), "03-05/a=1 03-07/b=1");
	order_go(&bench, "O", "ready cancel");
	CHECK_INT(bench_do(&bench, "order.restock", "{'order':'O','line':'1','quantity':3}"), 0);
	CHECK_TEXT(store_lots(), "03-05/a=3 03-07/b=2");
	CHECK_TEXT(line_lots("O", 0), "03-07/b=1 03-09/c=2");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_RESTOCKING);
	order_go(&bench, "O", "restock");
	CHECK_TEXT(store_lots(), "03-05/a=3 03-07/b=3 03-09/c=2");
	CHECK_TEXT(line_lots("O", 0), "");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_CANCELLED);
	CHECK_INT(bench_bucket(&bench, "M", BR_BUCKET_STAGED), 0);
	end();
}

/* What is broken is of no lot any more. */
static void test_what_is_put_back_damaged_is_in_no_lot(void)
{
	begin("damaged");
	CHECK_INT(bench_do(&bench, "order.pick",
			  "{'order':'O'," PIECE("260305", "a") ",'quantity':6}"),
		0);
	order_go(&bench, "O", "cancel");
	CHECK_INT(bench_do(&bench, "order.restock", "{'order':'O','to':'damaged'}"), 0);
	CHECK_TEXT(store_lots(), "03-09/c=2");
	CHECK_INT(bench_bucket(&bench, "M", BR_BUCKET_DAMAGED), 6000);
	end();
}

/* The day that is printed on it ends it, not the morning of that day. */
static void test_what_is_out_of_date_is_not_picked(void)
{
	static const struct {
		const char *piece;
		enum br_refusal refusal;
	} rows[] = {
		{PIECE("260220", "x"), BR_REFUSAL_EXPIRED},
		{PIECE("260228", "x"), BR_REFUSAL_EXPIRED},
		{PIECE("260301", "x"), BR_REFUSAL_NONE},
		{PIECE("260302", "x"), BR_REFUSAL_NONE},
	};

	begin("expired");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O',%s}", rows[i].piece),
			rows[i].refusal);
		if (rows[i].refusal != 0)
			CHECK_HAS(bench.answer.message,
				"book it off as waste and pick one of 2026-03-05 (lot \"a\")");
	}
	CHECK_INT(order_line_of(&bench, "O", 0).counts.picked, 2000);
	/* It may go back all the same: then it is the store's to throw away. */
	bench.now_ms += INT64_C(2) * 86400000;
	CHECK_INT(bench_do(&bench, "order.unpick", "{'order':'O'," PIECE("260302", "x") "}"), 0);
	CHECK_HAS(store_lots(), "03-02/x=1 ");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O'," PIECE("260302", "x") "}"),
		BR_REFUSAL_EXPIRED);
	end();
}

static void test_a_later_lot_is_picked_with_a_warning(void)
{
	static const struct {
		const char *piece, *warning;
	} rows[] = {
		{PIECE("260307", "b"), "picked is 2026-03-07 (lot \"b\"), but 2026-03-05 (lot "
				       "\"a\") expires first"},
		{PIECE("260305", "other"), ""},
		{PIECE("260305", "a"), ""},
		{PIECE("260304", "new"), ""},
		{"'sku':'M'", ""},
	};

	begin("later");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O',%s}", rows[i].piece), 0);
		if (rows[i].warning[0] != '\0')
			CHECK_HAS(bench.answer.message, rows[i].warning);
		else
			CHECK_TEXT(bench.answer.message, "");
	}
	end();
}

/* The substitute's own line knows the lot, and what is out of date takes nobody's place. */
static void test_a_substitute_is_of_a_lot(void)
{
	begin("substitute");
	bench_catalogue(&bench);
	order_offer(&bench, "S", "pickup", "");
	order_go(&bench, "S", "accept");
	CHECK_INT(bench_do(&bench, "order.substitute",
			  "{'order':'S','line':'1','quantity':1," PIECE("260228", "x") "}"),
		BR_REFUSAL_EXPIRED);
	CHECK_INT(bench_do(&bench, "order.substitute",
			  "{'order':'S','line':'1','quantity':1," PIECE("260307", "b") "}"),
		0);
	CHECK_HAS(bench.answer.message, "expires first");
	CHECK_TEXT(line_lots("S", 1), "03-07/b=1");
	CHECK_TEXT(line_lots("S", 0), "");
	CHECK_TEXT(store_lots(), "03-05/a=3 03-07/b=2 03-09/c=2");
	end();
}

/* What a customer brings back goes to its lot when the inspection scans it. */
static void test_an_inspection_names_the_lot(void)
{
	begin("return");
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'R','method':'return','lines':[{'line':'1','sku':'M',"
			  "'quantity':2}]}"),
		0);
	order_go(&bench, "R", "receive");
	CHECK_INT(bench_do(&bench, "order.inspect",
			  "{'order':'R','to':'shelf'," PIECE("260307", "b") "}"),
		0);
	CHECK_TEXT(store_lots(), "03-05/a=3 03-07/b=4 03-09/c=2");
	end();
}

/* Past what a line remembers, its goods are as those of which nobody said anything. */
static void test_a_line_remembers_so_many_lots(void)
{
	begin("many");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'M','kind':'receive','quantity':20}"), 0);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'P','lines':[{'line':'1','sku':'M','quantity':12}]}"),
		0);
	order_go(&bench, "P", "accept");
	for (unsigned i = 0; i < 12; i++)
		CHECK_INT(bench_do(&bench, "order.pick",
				  "{'order':'P','barcode':'(01)09506000134352(17)2604%02u(10)z'}",
				  30 - i),
			0);
	CHECK_INT(order_line_of(&bench, "P", 0).lots.n, BR_ORDER_LOTS_MAX);
	order_go(&bench, "P", "unpick");
	CHECK_INT(order_line_of(&bench, "P", 0).lots.n, 0);
	CHECK_INT(bench_bucket(&bench, "M", BR_BUCKET_STAGED), 0);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_goods_go_down_in_their_lot_and_back_to_it);
	TEST(test_what_is_handed_over_stays_of_its_lot);
	TEST(test_a_cancelled_order_gives_each_lot_back);
	TEST(test_what_is_put_back_damaged_is_in_no_lot);
	TEST(test_what_is_out_of_date_is_not_picked);
	TEST(test_a_later_lot_is_picked_with_a_warning);
	TEST(test_a_substitute_is_of_a_lot);
	TEST(test_an_inspection_names_the_lot);
	TEST(test_a_line_remembers_so_many_lots);
	return test_end(argc, argv);
}
