#include "node/delivery.h"

#include <stdio.h>
#include <string.h>

#include "node/lot.h"
#include "node/open.h"
#include "tests/node/bench.h"

static enum br_refusal announce(struct bench *bench, const char *delivery)
{
	return bench_do(bench, "delivery.announce",
		"{'delivery':'%s','sender':'dairy','expected':'2026-03-02T06:00:00Z','lines':["
		"{'sku':'A','quantity':6},{'barcode':'2000000000015','quantity':4,'lot':'x',"
		"'expiry':'2026-04-01T00:00:00Z'},{'sku':'B','quantity':1.5}]}",
		delivery);
}

static struct br_delivery get(struct bench *bench, const char *delivery)
{
	struct br_delivery row;

	REQUIRE(br_delivery_get(bench_read(bench), br_str_from(delivery), &bench->arena, &row) ==
		0);
	return row;
}

static struct br_delivery_line line(struct bench *bench, const char *delivery, uint64_t index)
{
	struct br_delivery_line row;

	REQUIRE(br_delivery_line_get(
			bench_read(bench), br_str_from(delivery), index, &bench->arena, &row) == 0);
	return row;
}

static void begin(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(announce(bench, "D"), 0);
}

/* Brings a delivery into a state. */
static void bring(struct bench *bench, enum br_delivery_state state)
{
	if (state == BR_DELIVERY_RECEIVING || state == BR_DELIVERY_CLOSED)
		CHECK_INT(bench_do(bench, "delivery.receive",
				  "{'delivery':'D','sku':'A','quantity':1}"),
			0);
	if (state == BR_DELIVERY_CLOSED)
		CHECK_INT(bench_do(bench, "delivery.close", "{'delivery':'D'}"), 0);
	if (state == BR_DELIVERY_CANCELLED)
		CHECK_INT(bench_do(bench, "delivery.cancel", "{'delivery':'D'}"), 0);
	CHECK_INT(get(bench, "D").state, state);
}

/* Every verb in every state. */
static void test_the_table_of_states(void)
{
	static const struct {
		const char *verb, *data;
		bool allowed[BR_DELIVERY_STATE_N];
		enum br_delivery_state after;
	} rows[] = {
		{"delivery.receive", "'sku':'B','quantity':1", {true, true, false, false},
			BR_DELIVERY_RECEIVING},
		{"delivery.close", "'reason':'r'", {true, true, false, false}, BR_DELIVERY_CLOSED},
		{"delivery.cancel", "'reason':'r'", {true, false, false, false},
			BR_DELIVERY_CANCELLED},
	};

	for (unsigned state = 0; state < BR_DELIVERY_STATE_N; state++) {
		for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
			struct bench bench;
			char name[32];

			(void)snprintf(name, sizeof(name), "table-%u-%zu", state, i);
			begin(&bench, name);
			bring(&bench, state);
			CHECK_INT(
				bench_do(&bench, rows[i].verb, "{'delivery':'D',%s}", rows[i].data),
				rows[i].allowed[state] ? 0 : BR_REFUSAL_ILLEGAL_MOVE);
			CHECK_INT(get(&bench, "D").state,
				rows[i].allowed[state] ? rows[i].after : state);
			if (!rows[i].allowed[state])
				CHECK_HAS(bench.answer.message, br_delivery_state_words[state]);
			CHECK_INT(announce(&bench, "D"), BR_REFUSAL_ALREADY);
			bench_verify(&bench);
			bench_close(&bench);
		}
	}
}

static void test_what_is_announced_is_in_transit(void)
{
	struct bench bench;

	begin(&bench, "transit");
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_IN), 10000);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_TRANSIT_IN), 1500);
	CHECK_INT(bench_available(&bench, "A"), 10000);
	CHECK_INT(get(&bench, "D").line_n, 3);
	CHECK_STR(get(&bench, "D").sender, "dairy");
	CHECK_STR(line(&bench, "D", 1).sku, "A");
	CHECK_INT(line(&bench, "D", 1).expected, 4000);
	bench_close(&bench);
}

/* Each row receives something more; the numbers are those of A: line 0 wants 6, line 1 wants 4. */
static void test_goods_are_received_line_by_line(void)
{
	static const struct {
		const char *data;
		int64_t first, second, transit, backroom, shelf, damaged;
	} rows[] = {
		{"'sku':'A','quantity':2", 2000, 0, 8000, 12000, 0, 0},
		{"'barcode':'2000000000015','quantity':1,'to':'shelf'", 3000, 0, 7000, 12000, 1000,
			0},
		{"'sku':'A','quantity':1,'expiry':'2026-04-01T00:00:00Z','lot':'x'", 4000, 0, 6000,
			13000, 1000, 0},
		{"'sku':'A','damaged':2", 4000, 0, 4000, 13000, 1000, 2000},
		{"'sku':'A','quantity':3", 4000, 3000, 1000, 16000, 1000, 2000},
		{"'sku':'A','quantity':4,'damaged':1", 4000, 7000, 0, 20000, 1000, 3000},
		{"'sku':'A','quantity':-4", 0, 7000, 4000, 16000, 1000, 3000},
		{"'sku':'A','quantity':1", 1000, 7000, 3000, 17000, 1000, 3000},
	};
	struct bench bench;

	begin(&bench, "receive");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "delivery.receive", "{'delivery':'D',%s}", rows[i].data),
			0);
		CHECK_INT(line(&bench, "D", 0).received, rows[i].first);
		CHECK_INT(line(&bench, "D", 1).received, rows[i].second);
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_IN), rows[i].transit);
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), rows[i].backroom);
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), rows[i].shelf);
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_DAMAGED), rows[i].damaged);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_was_not_announced_gets_a_line(void)
{
	struct bench bench;

	begin(&bench, "unannounced");
	CHECK_INT(
		bench_do(&bench, "delivery.receive", "{'delivery':'D','sku':'C','quantity':2}"), 0);
	CHECK_INT(
		bench_do(&bench, "delivery.receive", "{'delivery':'D','sku':'C','quantity':1}"), 0);
	CHECK_INT(get(&bench, "D").line_n, 4);
	CHECK_STR(line(&bench, "D", 3).sku, "C");
	CHECK_INT(line(&bench, "D", 3).expected, 0);
	CHECK_INT(line(&bench, "D", 3).received, 3000);
	CHECK_INT(bench_bucket(&bench, "C", BR_BUCKET_TRANSIT_IN), 0);
	CHECK_INT(bench_bucket(&bench, "C", BR_BUCKET_BACKROOM), 3000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* What is short leaves the transit, once; short, over and damaged are told. */
static void test_closing_tells_what_differs(void)
{
	struct br_delivery row;
	struct bench bench;

	begin(&bench, "close");
	CHECK_INT(bench_do(&bench, "delivery.receive",
			  "{'delivery':'D','sku':'A','quantity':4,'damaged':1}"),
		0);
	CHECK_INT(
		bench_do(&bench, "delivery.receive", "{'delivery':'D','sku':'B','quantity':2}"), 0);
	CHECK_INT(bench_do(&bench, "delivery.close",
			  "{'delivery':'D','associate':'kim','reason':'driver gone'}"),
		0);
	row = get(&bench, "D");
	CHECK_INT(row.short_n, 2);
	CHECK_INT(row.over_n, 1);
	CHECK_INT(row.damaged_n, 1);
	CHECK_STR(row.associate, "kim");
	CHECK_STR(row.reason, "driver gone");
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_IN), 0);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_TRANSIT_IN), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 14000);
	CHECK_INT(br_delivery_outstanding(&(struct br_delivery_line){.expected = 3, .received = 5}),
		0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_cancelled_delivery_is_not_in_transit(void)
{
	struct bench bench;

	begin(&bench, "cancel");
	CHECK_INT(bench_do(&bench, "delivery.cancel", "{'delivery':'D','reason':'truck'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_IN), 0);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_TRANSIT_IN), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 10000);
	bench_close(&bench);
}

static bool open_count(void *context, struct br_str key)
{
	unsigned *n = context;

	CHECK_STR(key, "D");
	++*n;
	return true;
}

static void test_open_ones_are_listed(void)
{
	struct bench bench;
	unsigned n = 0;

	begin(&bench, "open");
	br_open_walk(bench_read(&bench), BR_NOUN_DELIVERY, open_count, &n);
	CHECK_INT(n, 1);
	CHECK_INT(bench_do(&bench, "delivery.close", "{'delivery':'D'}"), 0);
	br_open_walk(bench_read(&bench), BR_NOUN_DELIVERY, open_count, &n);
	CHECK_INT(n, 1);
	bench_close(&bench);
}

/* The announced date counts, and the one that is read off the goods counts more. */
static void test_dates_become_lots(void)
{
	struct br_lot lot;
	struct bench bench;

	bench_open(&bench, "lots");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'m','track_expiry':true,"
			  "'gtins':['4006381333931']}"),
		0);
	CHECK_INT(bench_do(&bench, "delivery.announce",
			  "{'delivery':'D','lines':[{'sku':'M','quantity':4,'lot':'x','expiry':"
			  "'2026-04-01T00:00:00Z'}]}"),
		0);
	CHECK_INT(
		bench_do(&bench, "delivery.receive", "{'delivery':'D','sku':'M','quantity':1}"), 0);
	CHECK(br_lot_first(bench_read(&bench), BR_STR("M"), bench.now_ms, &lot));
	CHECK_STR(lot.lot, "x");
	CHECK_INT(lot.quantity, 1000);
	CHECK_INT(bench_do(&bench, "delivery.receive",
			  "{'delivery':'D','sku':'M','quantity':2,'lot':'y','expiry':"
			  "'2026-03-20T00:00:00Z'}"),
		0);
	CHECK(br_lot_first(bench_read(&bench), BR_STR("M"), bench.now_ms, &lot));
	CHECK_STR(lot.lot, "y");
	CHECK_INT(lot.quantity, 2000);
	/* What the case says need not be typed. */
	CHECK_INT(bench_do(&bench, "delivery.receive",
			  "{'delivery':'D','barcode':'(01)04006381333931(17)260315(10)z',"
			  "'quantity':3}"),
		0);
	CHECK(br_lot_first(bench_read(&bench), BR_STR("M"), bench.now_ms, &lot));
	CHECK_STR(lot.lot, "z");
	CHECK_INT(lot.quantity, 3000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* As long as a delivery may be: its events are many, its numbers right. */
static void test_a_delivery_of_all_lines(void)
{
	static char json[40000];
	struct bench bench;
	size_t n;

	bench_open(&bench, "long");
	bench_catalogue(&bench);
	n = (size_t)snprintf(json, sizeof(json), "{\"delivery\":\"D\",\"lines\":[");
	for (int i = 0; i < BR_DELIVERY_LINES_MAX; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n,
			"%s{\"sku\":\"%s\",\"quantity\":1}", i > 0 ? "," : "",
			i % 2 == 0 ? "A" : "B");
	(void)snprintf(json + n, sizeof(json) - n, "]}");
	CHECK_INT(bench_submit(&bench, "long", "delivery.announce", json, true), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_IN), 250000);
	CHECK_INT(
		bench_do(&bench, "delivery.receive", "{'delivery':'D','sku':'B','quantity':7}"), 0);
	CHECK_INT(line(&bench, "D", 1).received, 7000);
	CHECK_INT(bench_do(&bench, "delivery.receive", "{'delivery':'D','sku':'C','quantity':7}"),
		BR_REFUSAL_TOO_LARGE);
	CHECK_INT(bench_do(&bench, "delivery.close", "{'delivery':'D'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_IN), 0);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_TRANSIT_IN), 0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_a_delivery_refuses(void)
{
	static const struct bench_refused rows[] = {
		{"delivery.announce", "{'delivery':'E','lines':[]}", "lines", BR_REFUSAL_MALFORMED},
		{"delivery.announce", "{'delivery':'E','lines':[{'sku':'Z','quantity':1}]}",
			"lines[0].sku \"Z\"", BR_REFUSAL_UNKNOWN_PRODUCT},
		{"delivery.announce", "{'delivery':'E','lines':[{'sku':'A','quantity':0}]}",
			"quantity", BR_REFUSAL_MALFORMED},
		{"delivery.receive", "{'delivery':'E','sku':'A','quantity':1}", "not known here",
			BR_REFUSAL_UNKNOWN_DELIVERY},
		{"delivery.receive", "{'delivery':'D','sku':'A'}", "one of quantity and damaged",
			BR_REFUSAL_MALFORMED},
		{"delivery.receive", "{'delivery':'D','sku':'Z','quantity':1}", "not in the",
			BR_REFUSAL_UNKNOWN_PRODUCT},
		{"delivery.receive", "{'delivery':'D','sku':'A','quantity':-1}",
			"more cannot be taken back", BR_REFUSAL_MALFORMED},
		{"delivery.receive", "{'delivery':'D','quantity':1}", "exactly one",
			BR_REFUSAL_MALFORMED},
		{"delivery.close", "{'delivery':'E'}", "not known here",
			BR_REFUSAL_UNKNOWN_DELIVERY},
		{"delivery.cancel", "{'delivery':'E'}", "not known here",
			BR_REFUSAL_UNKNOWN_DELIVERY},
	};
	struct bench bench;

	begin(&bench, "refuses");
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_IN), 10000);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_the_table_of_states);
	TEST(test_what_is_announced_is_in_transit);
	TEST(test_goods_are_received_line_by_line);
	TEST(test_what_was_not_announced_gets_a_line);
	TEST(test_closing_tells_what_differs);
	TEST(test_a_cancelled_delivery_is_not_in_transit);
	TEST(test_open_ones_are_listed);
	TEST(test_dates_become_lots);
	TEST(test_a_delivery_of_all_lines);
	TEST(test_what_a_delivery_refuses);
	return test_end(argc, argv);
}
