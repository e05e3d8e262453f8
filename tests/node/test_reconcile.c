#include "node/reconcile.h"

#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "node/tables.h"
#include "tests/node/bench.h"

static struct br_reconcile_row row_of(struct bench *bench, enum br_view view)
{
	return br_reconcile_row_get(bench_read(bench), view, &bench->arena);
}

/* An ask waits on its view until a session answers just this ask. */
static void test_an_ask_waits_until_it_is_answered(void)
{
	struct bench bench;
	struct br_reconcile_row row;
	uint64_t first;

	bench_open(&bench, "ask");
	row = row_of(&bench, BR_VIEW_ORDERS);
	CHECK(row.asked == 0 && row.served == 0 && row.sequence == 0);
	CHECK_INT(bench_do(&bench, "link.reconcile", "{'view':'orders'}"), 0);
	first = bench.answer.sequence;
	CHECK_INT(row_of(&bench, BR_VIEW_ORDERS).asked, first);
	CHECK_INT(row_of(&bench, BR_VIEW_STOCK).asked, 0);
	CHECK_INT(bench_do(&bench, "link.reconcile", "{}"), 0);
	CHECK_INT(row_of(&bench, BR_VIEW_STOCK).asked, bench.answer.sequence);
	CHECK_INT(bench_do(&bench, "link.reconcile", "{'view':'x'}"), BR_REFUSAL_MALFORMED);
	/* A session that began before the second ask answers the first one only. */
	CHECK_INT(bench_do(&bench, "reconcile.end",
			  "{'view':'orders','session':'0123456789abcdef','outcome':'repaired',"
			  "'asked':%u,'compared':7,'differing':3,'repaired':2,'left':1,'rounds':4}",
			  (unsigned)first),
		0);
	row = row_of(&bench, BR_VIEW_ORDERS);
	CHECK_INT(row.served, first);
	CHECK(row.asked > row.served);
	CHECK_INT(row.sequence, bench.answer.sequence);
	CHECK_INT(row.at_ms, BENCH_NOW_MS);
	CHECK_INT(row.last.outcome, BR_RECONCILE_REPAIRED);
	CHECK_STR(row.last.session, "0123456789abcdef");
	CHECK(row.last.compared == 7 && row.last.differing == 3 && row.last.left == 1);
	/* One that ran by itself answers nobody. */
	CHECK_INT(bench_do(&bench, "reconcile.end",
			  "{'view':'orders','outcome':'failed','reason':'no answer'}"),
		0);
	row = row_of(&bench, BR_VIEW_ORDERS);
	CHECK_INT(row.served, first);
	CHECK_STR(row.last.reason, "no answer");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_stock_is_stated_as_it_is(void)
{
	const struct br_stock_stated *stated;
	struct br_stock before, after;
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "stock");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':4}"), 0);
	before = br_stock_get(bench_read(&bench), BR_STR("A"));
	CHECK_INT(bench_do(&bench, "stock.state", "{'sku':'A','session':'0123456789abcdef'}"), 0);
	event = bench_event(&bench, bench.answer.sequence);
	CHECK_INT(event.kind, BR_EVENT_STOCK_STATED);
	stated = event.body;
	CHECK_STR(stated->sku, "A");
	CHECK_INT(stated->backroom + stated->shelf, 10000);
	CHECK_INT(stated->rights, 4000);
	after = br_stock_get(bench_read(&bench), BR_STR("A"));
	CHECK(memcmp(before.buckets, after.buckets, sizeof(before.buckets)) == 0);
	CHECK_INT(after.reserved, before.reserved);
	CHECK_INT(after.rights, before.rights);
	/* What this store never had is stated as nothing. */
	CHECK_INT(bench_do(&bench, "stock.state", "{'sku':'Z'}"), 0);
	stated = bench_event(&bench, bench.answer.sequence).body;
	CHECK(stated->shelf == 0 && stated->reserved == 0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void offer(struct bench *bench, unsigned line_n)
{
	struct br_text text;

	br_text_init(&text, 1 << 16);
	br_text_printf(&text, "{'order':'O1','channel':'web','method':'pickup','lines':[");
	for (unsigned i = 0; i < line_n; i++)
		br_text_printf(
			&text, "%s{'line':'%u','sku':'A','quantity':0.5}", i > 0 ? "," : "", i);
	br_text_printf(&text, "]}");
	CHECK_INT(bench_do(bench, "order.offer", "%s", text.bytes), 0);
	br_text_finish(&text);
}

/* Over the edge of one event, and the largest order. */
static void test_an_order_is_stated_line_by_line(void)
{
	static const unsigned sizes[] = {
		1, BR_ORDER_STATED_LINES_MAX, BR_ORDER_STATED_LINES_MAX + 1, BR_ORDER_LINES_MAX};

	for (size_t s = 0; s < BR_ARRAY_LEN(sizes); s++) {
		unsigned events =
			(sizes[s] + BR_ORDER_STATED_LINES_MAX - 1) / BR_ORDER_STATED_LINES_MAX;
		struct bench bench;
		uint64_t sequence;
		unsigned seen = 0;
		char name[16];

		(void)snprintf(name, sizeof(name), "order%zu", s);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		offer(&bench, sizes[s]);
		CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O1','partial':true}"), 0);
		CHECK_INT(bench_do(&bench, "order.state", "{'order':'O1'}"), 0);
		sequence = bench.answer.sequence;
		CHECK_INT(br_core_head(bench.core), sequence + events - 1);
		for (unsigned i = 0; i < events; i++) {
			struct br_event event = bench_event(&bench, sequence + i);
			const struct br_order_stated *stated = event.body;

			REQUIRE(event.kind == BR_EVENT_ORDER_STATED);
			CHECK(!stated->unknown);
			CHECK_INT(stated->first, seen);
			CHECK_INT(stated->line_n, sizes[s]);
			CHECK_INT(stated->version, 2);
			for (uint32_t k = 0; k < stated->lines.n; k++)
				CHECK_INT(BR_LIST_AT(stated->lines, br_order_stated_line, k)
						  ->counts.ordered,
					500);
			seen += stated->lines.n;
			CHECK_INT(stated->left, sizes[s] - seen);
		}
		CHECK_INT(seen, sizes[s]);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

static void test_an_order_that_is_not_here_is_stated_as_such(void)
{
	const struct br_order_stated *stated;
	struct bench bench;

	bench_open(&bench, "unknown");
	CHECK_INT(bench_do(&bench, "order.state", "{'order':'O9'}"), 0);
	stated = bench_event(&bench, bench.answer.sequence).body;
	CHECK(stated->unknown && stated->lines.n == 0);
	bench_close(&bench);
}

static void test_views_have_names(void)
{
	for (unsigned i = 0; i < BR_VIEW_N; i++)
		CHECK_INT(br_view_named(br_str_from(br_view_words[i])), i);
	CHECK_INT(br_view_named(BR_STR("x")), BR_VIEW_N);
	CHECK(br_view_words[BR_VIEW_N] == NULL);
}

int main(int argc, char **argv)
{
	TEST(test_an_ask_waits_until_it_is_answered);
	TEST(test_stock_is_stated_as_it_is);
	TEST(test_an_order_is_stated_line_by_line);
	TEST(test_an_order_that_is_not_here_is_stated_as_such);
	TEST(test_views_have_names);
	return test_end(argc, argv);
}
