#include "node/transfer.h"

#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "tests/node/bench.h"

/* Five of A in two lines and two of B, which has 20; A has 10. */
static enum br_refusal send(struct bench *bench, const char *transfer)
{
	return bench_do(bench, "transfer.send",
		"{'transfer':'%s','to':'0815','associate':'kim','lines':[{'sku':'A','quantity':3},"
		"{'sku':'B','quantity':2},{'barcode':'2000000000015','quantity':2}]}",
		transfer);
}

static struct br_transfer get(struct bench *bench, const char *transfer)
{
	struct br_transfer row;

	REQUIRE(br_transfer_get(bench_read(bench), br_str_from(transfer), &bench->arena, &row) ==
		0);
	return row;
}

static int64_t received(struct bench *bench, uint64_t index)
{
	struct br_transfer_line row;

	REQUIRE(br_transfer_line_get(bench_read(bench), BR_STR("T"), index, &bench->arena, &row) ==
		0);
	return row.received;
}

static void begin(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(send(bench, "T"), 0);
}

static void bring(struct bench *bench, enum br_transfer_state state)
{
	if (state == BR_TRANSFER_CONFIRMED)
		CHECK_INT(bench_do(bench, "transfer.confirm", "{'transfer':'T'}"), 0);
	if (state == BR_TRANSFER_DIFFERS || state == BR_TRANSFER_SETTLED)
		CHECK_INT(bench_do(bench, "transfer.confirm",
				  "{'transfer':'T','lines':[{'sku':'A','quantity':5}]}"),
			0);
	if (state == BR_TRANSFER_SETTLED)
		CHECK_INT(
			bench_do(bench, "transfer.settle", "{'transfer':'T','outcome':'lost'}"), 0);
	if (state == BR_TRANSFER_CANCELLED)
		CHECK_INT(bench_do(bench, "transfer.cancel", "{'transfer':'T'}"), 0);
	CHECK_INT(get(bench, "T").state, state);
}

/* Every verb in every state. */
static void test_the_table_of_states(void)
{
	static const struct {
		const char *verb, *data;
		bool allowed[BR_TRANSFER_STATE_N];
		enum br_transfer_state after;
	} rows[] = {
		{"transfer.confirm", "", {true, false, false, false, false}, BR_TRANSFER_CONFIRMED},
		{"transfer.confirm", ",'lines':[{'sku':'B','quantity':2}]",
			{true, false, false, false, false}, BR_TRANSFER_DIFFERS},
		{"transfer.settle", ",'outcome':'found'", {false, false, true, false, false},
			BR_TRANSFER_SETTLED},
		{"transfer.cancel", ",'reason':'truck'", {true, false, false, false, false},
			BR_TRANSFER_CANCELLED},
	};

	for (unsigned state = 0; state < BR_TRANSFER_STATE_N; state++) {
		for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
			struct bench bench;
			char name[32];

			(void)snprintf(name, sizeof(name), "table-%u-%zu", state, i);
			begin(&bench, name);
			bring(&bench, state);
			CHECK_INT(
				bench_do(&bench, rows[i].verb, "{'transfer':'T'%s}", rows[i].data),
				rows[i].allowed[state] ? 0 : BR_REFUSAL_ILLEGAL_MOVE);
			CHECK_INT(get(&bench, "T").state,
				rows[i].allowed[state] ? rows[i].after : state);
			CHECK_INT(send(&bench, "T"), BR_REFUSAL_ALREADY);
			bench_verify(&bench);
			bench_close(&bench);
		}
	}
}

/* What is where after each way through the states: A and B in the back room and in transit. */
static void test_goods_are_in_one_place(void)
{
	static const struct {
		const char *confirm, *then;
		int64_t a_here, a_transit, b_here, b_transit;
	} rows[] = {
		{NULL, NULL, 5000, 5000, 18000, 2000},
		{"", NULL, 5000, 0, 18000, 0},
		{",'lines':[{'sku':'A','quantity':4}]", NULL, 5000, 1000, 18000, 2000},
		{",'lines':[{'sku':'A','quantity':4}]", "'outcome':'lost'", 5000, 0, 18000, 0},
		{",'lines':[{'sku':'A','quantity':4}]", "'outcome':'found'", 6000, 0, 20000, 0},
		{",'lines':[{'sku':'A','quantity':6},{'sku':'B','quantity':2}]", NULL, 5000, 0,
			18000, 0},
		{",'lines':[{'sku':'A','quantity':6},{'sku':'B','quantity':2}]",
			"'outcome':'found'", 4000, 0, 18000, 0},
		{",'lines':[{'sku':'A','quantity':7},{'sku':'B','quantity':0.5}]",
			"'outcome':'lost'", 3000, 0, 18000, 0},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;
		char name[32];

		(void)snprintf(name, sizeof(name), "place-%zu", i);
		begin(&bench, name);
		if (rows[i].confirm != NULL)
			CHECK_INT(bench_do(&bench, "transfer.confirm", "{'transfer':'T'%s}",
					  rows[i].confirm),
				0);
		if (rows[i].then != NULL)
			CHECK_INT(bench_do(&bench, "transfer.settle", "{'transfer':'T',%s}",
					  rows[i].then),
				0);
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), rows[i].a_here);
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_OUT), rows[i].a_transit);
		CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_BACKROOM), rows[i].b_here);
		CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_TRANSIT_OUT), rows[i].b_transit);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* What arrived of a product fills its lines in their order; too much goes to the last one. */
static void test_what_arrived_is_spread_over_the_lines(void)
{
	static const struct {
		int arrived;
		int64_t first, last;
	} rows[] = {{0, 0, 0}, {2, 2000, 0}, {4, 3000, 1000}, {5, 3000, 2000}, {9, 3000, 6000}};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;
		char name[32];

		(void)snprintf(name, sizeof(name), "spread-%zu", i);
		begin(&bench, name);
		CHECK_INT(bench_do(&bench, "transfer.confirm",
				  "{'transfer':'T','lines':[{'sku':'A','quantity':%d}]}",
				  rows[i].arrived),
			0);
		CHECK_INT(received(&bench, 0), rows[i].first);
		CHECK_INT(received(&bench, 1), 0);
		CHECK_INT(received(&bench, 2), rows[i].last);
		bench_close(&bench);
	}
}

static void test_a_cancelled_transfer_brings_its_goods_back(void)
{
	struct bench bench;

	begin(&bench, "cancel");
	CHECK_INT(bench_do(&bench, "transfer.cancel", "{'transfer':'T','reason':'no truck'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 10000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_OUT), 0);
	CHECK_STR(get(&bench, "T").reason, "no truck");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_nothing_promised_is_sent_away(void)
{
	static const struct {
		const char *lines;
		enum br_refusal refusal;
	} rows[] = {
		{"{'sku':'A','quantity':8}", BR_REFUSAL_INSUFFICIENT_STOCK},
		{"{'sku':'A','quantity':4},{'sku':'A','quantity':4}",
			BR_REFUSAL_INSUFFICIENT_STOCK},
		{"{'sku':'A','quantity':4},{'sku':'A','quantity':3}", 0},
		{"{'sku':'C','quantity':1}", BR_REFUSAL_INSUFFICIENT_STOCK},
	};
	struct bench bench;

	bench_open(&bench, "promised");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':3}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		CHECK_INT(bench_do(&bench, "transfer.send",
				  "{'transfer':'T%zu','to':'0815','lines':[%s]}", i, rows[i].lines),
			rows[i].refusal);
	CHECK_INT(bench_available(&bench, "A"), 0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_transfer_may_leave_from_the_shelf(void)
{
	struct bench bench;

	bench_open(&bench, "shelf");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'fill','quantity':4}"), 0);
	CHECK_INT(bench_do(&bench, "transfer.send",
			  "{'transfer':'T','to':'0815','bucket':'shelf','lines':[{'sku':'A',"
			  "'quantity':3}]}"),
		0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 1000);
	CHECK_INT(bench_do(&bench, "transfer.cancel", "{'transfer':'T'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 4000);
	bench_close(&bench);
}

static void test_a_transfer_of_all_lines(void)
{
	static char json[20000];
	struct bench bench;
	size_t n;

	bench_open(&bench, "long");
	bench_catalogue(&bench);
	n = (size_t)snprintf(json, sizeof(json), "{\"transfer\":\"T\",\"to\":\"x\",\"lines\":[");
	for (int i = 0; i < BR_TRANSFER_LINES_MAX; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n,
			"%s{\"sku\":\"B\",\"quantity\":0.1}", i > 0 ? "," : "");
	(void)snprintf(json + n, sizeof(json) - n, "]}");
	CHECK_INT(bench_submit(&bench, "long", "transfer.send", json, true), 0);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_BACKROOM), 0);
	CHECK_INT(bench_do(&bench, "transfer.confirm",
			  "{'transfer':'T','lines':[{'sku':'B','quantity':19.95}]}"),
		0);
	CHECK_INT(get(&bench, "T").state, BR_TRANSFER_DIFFERS);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_TRANSIT_OUT), 50);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_a_transfer_refuses(void)
{
	static const struct bench_refused rows[] = {
		{"transfer.send", "{'transfer':'U','to':'x','lines':[]}", "lines",
			BR_REFUSAL_MALFORMED},
		{"transfer.send", "{'transfer':'U','lines':[{'sku':'A','quantity':1}]}", "to: is",
			BR_REFUSAL_MALFORMED},
		{"transfer.send", "{'transfer':'U','to':'x','lines':[{'sku':'Z','quantity':1}]}",
			"lines[0].sku \"Z\"", BR_REFUSAL_UNKNOWN_PRODUCT},
		{"transfer.confirm", "{'transfer':'U'}", "not known here",
			BR_REFUSAL_UNKNOWN_TRANSFER},
		{"transfer.confirm", "{'transfer':'T','lines':[{'sku':'C','quantity':1}]}",
			"was not sent with it", BR_REFUSAL_MALFORMED},
		{"transfer.confirm",
			"{'transfer':'T','lines':[{'sku':'A','quantity':1},{'sku':'A',"
			"'quantity':1}]}",
			"stands twice", BR_REFUSAL_MALFORMED},
		{"transfer.settle", "{'transfer':'T'}", "outcome: is missing",
			BR_REFUSAL_MALFORMED},
		{"transfer.settle", "{'transfer':'T','outcome':'lost'}",
			"settle is not allowed, allowed is confirm, cancel",
			BR_REFUSAL_ILLEGAL_MOVE},
		{"transfer.cancel", "{'transfer':'U'}", "not known here",
			BR_REFUSAL_UNKNOWN_TRANSFER},
	};
	struct bench bench;

	begin(&bench, "refuses");
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_TRANSIT_OUT), 5000);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_the_table_of_states);
	TEST(test_goods_are_in_one_place);
	TEST(test_what_arrived_is_spread_over_the_lines);
	TEST(test_a_cancelled_transfer_brings_its_goods_back);
	TEST(test_nothing_promised_is_sent_away);
	TEST(test_a_transfer_may_leave_from_the_shelf);
	TEST(test_a_transfer_of_all_lines);
	TEST(test_what_a_transfer_refuses);
	return test_end(argc, argv);
}
