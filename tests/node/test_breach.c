#include "node/breach.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "node/task.h"
#include "tests/node/bench.h"

/* Offers and accepts an order of `quantity` of A. */
static void promise(struct bench *bench, const char *order, unsigned quantity, unsigned priority,
	const char *ready_by)
{
	CHECK_INT(bench_do(bench, "order.offer",
			  "{'order':'%s','priority':%u,'ready_by':'%s','lines':[{'line':'l1','sku':"
			  "'A','quantity':%u}]}",
			  order, priority, ready_by, quantity),
		0);
	CHECK_INT(bench_do(bench, "order.accept", "{'order':'%s'}", order), 0);
}

static enum br_refusal sell(struct bench *bench, const char *quantity)
{
	return bench_do(bench, "sale.record",
		"{'till':'t1','lines':[{'sku':'A','quantity':%s,'price':1}]}", quantity);
}

/* The n-th event behind the last sale, which must be a breach. */
static struct br_breached breached_at(struct bench *bench, unsigned n)
{
	struct br_event event = bench_event(bench, bench->answer.sequence + n);

	REQUIRE(event.kind == BR_EVENT_STOCK_BREACHED);
	return *(const struct br_breached *)event.body;
}

static const struct br_breach_order *hit(const struct br_breached *breached, unsigned i)
{
	REQUIRE(i < breached->orders.n);
	return BR_LIST_AT(breached->orders, br_breach_order, i);
}

static void test_goods_that_nobody_was_promised_are_free(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "free");
	bench_catalogue(&bench);
	promise(&bench, "O", 4, 1, "2026-03-01T12:00:00Z");
	head = br_core_head(bench.core);
	CHECK_INT(sell(&bench, "6"), 0);
	CHECK_INT(br_core_head(bench.core), head + 1);
	CHECK_TEXT(bench.answer.message, "");
	/* Other products are none of it, however few there are. */
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'C','quantity':9,'price':1}]}"),
		0);
	CHECK_INT(br_core_head(bench.core), head + 2);
	bench_close(&bench);
}

static void test_the_sale_stands_and_tells_whom_it_hits(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "hit");
	bench_catalogue(&bench);
	promise(&bench, "O-1", 4, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(sell(&bench, "8"), 0);
	CHECK_HAS(bench.answer.message, "2 of \"A\" is promised to order O-1");
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.kind, BR_BREACH_RESERVATION);
	CHECK_STR(breached.sku, "A");
	CHECK_STR(breached.till, "t1");
	CHECK_INT(breached.quantity, 2000);
	REQUIRE(breached.orders.n == 1);
	CHECK_STR(hit(&breached, 0)->order, "O-1");
	CHECK_STR(hit(&breached, 0)->line, "l1");
	CHECK_INT(hit(&breached, 0)->quantity, 2000);
	/* The reservation stays: who picks finds out, and the customer is to be called before. */
	CHECK_INT(br_stock_get(bench_read(&bench), BR_STR("A")).reserved, 4000);
	CHECK(br_task_has(bench.read, BR_TASK_CALL, BR_STR("O-1")));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_each_sale_adds_what_it_took(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "each");
	bench_catalogue(&bench);
	promise(&bench, "O-1", 3, 1, "2026-03-01T12:00:00Z");
	promise(&bench, "O-2", 3, 1, "2026-03-01T11:00:00Z");
	CHECK_INT(sell(&bench, "5"), 0);
	CHECK_INT(breached_at(&bench, 1).quantity, 1000);
	/* O-1 is ready later, so it is hit first, and O-2 when nothing of O-1 is left. */
	breached = breached_at(&bench, 1);
	CHECK_STR(hit(&breached, 0)->order, "O-1");
	CHECK_INT(sell(&bench, "3"), 0);
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.quantity, 3000);
	REQUIRE(breached.orders.n == 2);
	CHECK_STR(hit(&breached, 0)->order, "O-1");
	CHECK_INT(hit(&breached, 0)->quantity, 2000);
	CHECK_STR(hit(&breached, 1)->order, "O-2");
	CHECK_INT(hit(&breached, 1)->quantity, 1000);
	/* Below nothing there is no promise left to break. */
	CHECK_INT(sell(&bench, "10"), 0);
	CHECK_INT(breached_at(&bench, 1).quantity, 2000);
	CHECK_INT(sell(&bench, "1"), 0);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence);
	CHECK_TEXT(bench.answer.message, "");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_the_least_promised_is_hit_first(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "least");
	bench_catalogue(&bench);
	promise(&bench, "urgent", 3, 9, "2026-03-01T18:00:00Z");
	promise(&bench, "early", 3, 2, "2026-03-01T11:00:00Z");
	promise(&bench, "late", 3, 2, "2026-03-01T17:00:00Z");
	CHECK_INT(sell(&bench, "8"), 0);
	breached = breached_at(&bench, 1);
	REQUIRE(breached.orders.n == 3);
	CHECK_STR(hit(&breached, 0)->order, "late");
	CHECK_STR(hit(&breached, 1)->order, "early");
	CHECK_STR(hit(&breached, 2)->order, "urgent");
	CHECK_INT(hit(&breached, 2)->quantity, 1000);
	bench_close(&bench);
}

/* HQ is asked to fill so much of the order's line elsewhere. */
static void resource_check(struct bench *bench, unsigned at, const char *order, int64_t quantity)
{
	struct br_event event = bench_event(bench, bench->answer.sequence + at);
	const struct br_order_resource *wanted = event.body;

	REQUIRE(event.kind == BR_EVENT_ORDER_RESOURCE_WANTED);
	CHECK_STR(wanted->order, order);
	CHECK_STR(wanted->line, "l1");
	CHECK_STR(wanted->sku, "A");
	CHECK_INT(wanted->quantity, quantity);
	CHECK_INT(br_event_types[event.kind].lane, BR_LANE_ORDERS);
}

static void test_a_product_on_several_lines_is_summed(void)
{
	struct bench bench;

	bench_open(&bench, "lines");
	bench_catalogue(&bench);
	promise(&bench, "O", 5, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':3,'price':1},{'sku':'B',"
			  "'quantity':1,'price':1},{'sku':'A','quantity':4,'price':1}]}"),
		0);
	CHECK_INT(breached_at(&bench, 1).quantity, 2000);
	resource_check(&bench, 2, "O", 2000);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence + 2);
	bench_close(&bench);
}

static void test_many_orders_are_told_in_several_events(void)
{
	int64_t told = 0;
	struct bench bench;

	bench_open(&bench, "many");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':10}"), 0);
	for (unsigned i = 0; i < 20; i++) {
		char order[16];

		(void)snprintf(order, sizeof(order), "O-%02u", i);
		promise(&bench, order, 1, 1, "2026-03-01T12:00:00Z");
	}
	CHECK_INT(sell(&bench, "20"), 0);
	/* Three breaches, and each order is to be filled elsewhere. */
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence + 3 + 20);
	for (unsigned i = 1; i <= 3; i++) {
		struct br_breached breached = breached_at(&bench, i);

		CHECK_INT(breached.orders.n, i < 3 ? 8 : 4);
		CHECK_INT(breached.quantity, 1000 * (int64_t)breached.orders.n);
		told += breached.quantity;
	}
	CHECK_INT(told, 20000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_rights_are_hit_before_orders(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "rights");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':2}"), 0);
	CHECK_INT(sell(&bench, "6"), 0);
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.kind, BR_BREACH_RIGHTS);
	CHECK_INT(breached.quantity, 1000);
	CHECK_INT(breached.orders.n, 0);
	CHECK_HAS(bench.answer.message, "was granted to the central system");
	CHECK_INT(sell(&bench, "2"), 0);
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.kind, BR_BREACH_RIGHTS);
	CHECK_INT(breached.quantity, 1000);
	breached = breached_at(&bench, 2);
	CHECK_INT(breached.kind, BR_BREACH_RESERVATION);
	CHECK_INT(breached.quantity, 1000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* A repeat gets the warning again, and neither it nor a restart tells it twice. */
static void test_a_repeat_warns_again_and_records_once(void)
{
	static const char sale[] = "{'till':'t1','lines':[{'sku':'A','quantity':9,'price':1}]}";
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "repeat");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", sale, true), 0);
	CHECK_HAS(bench.answer.message, "promised to order O");
	head = br_core_head(bench.core);
	bench_reopen(&bench);
	bench.answer.message[0] = '\0';
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", sale, true), 0);
	CHECK_HAS(bench.answer.message, "promised to order O");
	CHECK_INT(br_core_head(bench.core), head);
	bench_close(&bench);
}

struct seen {
	unsigned n;
	uint64_t last;
	char text[200];
};

static bool see(void *context, uint64_t sequence, const struct br_breached *breached)
{
	struct seen *seen = context;
	size_t n = strlen(seen->text);

	CHECK(seen->last == 0 || sequence < seen->last);
	(void)snprintf(seen->text + n, sizeof(seen->text) - n, "%.*s %" PRId64 " %.*s; ",
		BR_STR_ARG(breached->sku), breached->quantity, BR_STR_ARG(breached->sale));
	CHECK_INT(breached->at_ms, BENCH_NOW_MS);
	seen->last = sequence;
	return ++seen->n < 2;
}

static void test_they_are_listed_newest_first(void)
{
	struct seen seen = {.n = 0};
	struct bench bench;

	bench_open(&bench, "list");
	bench_catalogue(&bench);
	promise(&bench, "O", 10, 1, "2026-03-01T12:00:00Z");
	for (unsigned i = 1; i <= 3; i++) {
		char id[8], json[100];

		(void)snprintf(id, sizeof(id), "s%u", i);
		(void)snprintf(json, sizeof(json),
			"{'till':'t1','lines':[{'sku':'A','quantity':%u,'price':1}]}", i);
		CHECK_INT(bench_submit(&bench, id, "sale.record", json, true), 0);
	}
	br_breach_walk(bench_read(&bench), 0, &bench.arena, see, &seen);
	CHECK_TEXT(seen.text, "A 3000 s3; A 2000 s2; ");
	br_breach_walk(bench_read(&bench), seen.last, &bench.arena, see, &seen);
	CHECK_TEXT(seen.text, "A 3000 s3; A 2000 s2; A 1000 s1; ");
	bench_close(&bench);
}

/* Whatever takes promised goods tells it: each of these takes 9 of 10, of which 3 are promised. */
static void test_whatever_takes_promised_goods_tells_it(void)
{
	static const char *const takes[] = {
		"{'sku':'A','kind':'waste','quantity':9,'reason':'mould'}",
		"{'sku':'A','kind':'damage','quantity':9,'reason':'fell'}",
		"{'sku':'A','kind':'adjust','quantity':-9,'reason':'lost'}",
		"{'sku':'A','kind':'count','bucket':'backroom','quantity':1}",
		"{'sku':'A','kind':'display','quantity':9}",
	};

	for (unsigned i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		struct br_breached breached;
		struct bench bench;
		char name[16];

		(void)snprintf(name, sizeof(name), "takes-%u", i);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
		CHECK_INT(bench_do(&bench, "stock.move", "%s", takes[i]), 0);
		CHECK_HAS(bench.answer.message, "promised to order O");
		breached = breached_at(&bench, 1);
		CHECK_INT(breached.kind, BR_BREACH_RESERVATION);
		CHECK_INT(breached.quantity, 2000);
		CHECK_STR(breached.till, "");
		CHECK_STR(hit(&breached, 0)->order, "O");
		CHECK(br_task_has(bench_read(&bench), BR_TASK_CALL, BR_STR("O")));
		bench_verify(&bench);
		bench_close(&bench);
	}
}

static void test_what_stays_in_reach_of_a_picker_breaches_nothing(void)
{
	static const char *const moves[] = {
		"{'sku':'A','kind':'pull_back','quantity':9}",
		"{'sku':'A','kind':'fill','quantity':9}",
		"{'sku':'A','kind':'receive','quantity':9}",
		"{'sku':'A','kind':'waste','bucket':'damaged','quantity':9,'reason':'old'}",
		"{'sku':'A','kind':'waste','quantity':7,'reason':'old'}",
	};

	for (unsigned i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		struct bench bench;
		char name[16];

		(void)snprintf(name, sizeof(name), "reach-%u", i);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
		CHECK_INT(bench_do(&bench, "stock.move", "%s", moves[i]), 0);
		CHECK_INT(br_core_head(bench.core), bench.answer.sequence);
		CHECK(strstr(bench.answer.message, "promised") == NULL);
		bench_close(&bench);
	}
}

static void test_a_count_that_misses_promised_goods_tells_it(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "count");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_do(&bench, "count.open",
			  "{'count':'C','bucket':'backroom','skus':['A','B']}"),
		0);
	CHECK_INT(bench_do(&bench, "count.enter", "{'count':'C','sku':'A','quantity':1}"), 0);
	CHECK_INT(bench_do(&bench, "count.enter", "{'count':'C','sku':'B','quantity':0}"), 0);
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'C'}"), 0);
	if (bench_event(&bench, bench.answer.sequence).kind == BR_EVENT_COUNT_CLOSED)
		CHECK_INT(bench_do(&bench, "count.approve", "{'count':'C','associate':'kim'}"), 0);
	/* The approval, what it changed, and then whom it hits. */
	breached = breached_at(&bench, 2);
	CHECK_INT(breached.quantity, 2000);
	CHECK_STR(breached.sku, "A");
	resource_check(&bench, 3, "O", 2000);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence + 3);
	CHECK(br_task_has(bench_read(&bench), BR_TASK_CALL, BR_STR("O")));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_hq_sets_tells_it_too(void)
{
	struct bench bench;

	bench_open(&bench, "set");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'A','bucket':'backroom','quantity':1}"), 0);
	CHECK_INT(breached_at(&bench, 1).quantity, 2000);
	bench_close(&bench);
}

/* A transfer is a choice, so it is refused where a sale would breach. */
static void test_a_transfer_takes_nothing_that_is_promised(void)
{
	struct bench bench;

	bench_open(&bench, "transfer");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T12:00:00Z");
	CHECK_INT(bench_do(&bench, "transfer.send",
			  "{'transfer':'T','to':'0413','lines':[{'sku':'A','quantity':8}]}"),
		BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_INT(bench_do(&bench, "transfer.send",
			  "{'transfer':'T','to':'0413','lines':[{'sku':'A','quantity':7}]}"),
		0);
	CHECK(!br_task_has(bench_read(&bench), BR_TASK_CALL, BR_STR("O")));
	bench_close(&bench);
}

static bool call_wanted(struct bench *bench, const char *order)
{
	return br_task_has(bench_read(bench), BR_TASK_CALL, br_str_from(order));
}

static void test_new_stock_ends_the_calls_that_it_covers(void)
{
	struct bench bench;

	bench_open(&bench, "cover");
	bench_catalogue(&bench);
	promise(&bench, "late", 3, 1, "2026-03-01T17:00:00Z");
	promise(&bench, "early", 3, 1, "2026-03-01T11:00:00Z");
	CHECK_INT(sell(&bench, "9"), 0);
	CHECK(call_wanted(&bench, "late") && call_wanted(&bench, "early"));
	/* One more is there for who was promised it first; two are still missing for that order. */
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"), 0);
	CHECK(call_wanted(&bench, "late") && call_wanted(&bench, "early"));
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"), 0);
	CHECK(call_wanted(&bench, "late") && !call_wanted(&bench, "early"));
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':3}"), 0);
	CHECK(!call_wanted(&bench, "late"));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_call_stays_while_another_product_is_missing(void)
{
	struct bench bench;

	bench_open(&bench, "another");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':2},"
			  "{'line':'2','sku':'B','quantity':2}]}"),
		0);
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O'}"), 0);
	CHECK_INT(sell(&bench, "10"), 0);
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'B','quantity':0,'bucket':'backroom'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':9}"), 0);
	CHECK(call_wanted(&bench, "O"));
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B','kind':'receive','quantity':9}"), 0);
	CHECK(!call_wanted(&bench, "O"));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_the_call_ends_with_the_order(void)
{
	struct bench bench;

	bench_open(&bench, "ends");
	bench_catalogue(&bench);
	promise(&bench, "cancelled", 3, 1, "2026-03-01T17:00:00Z");
	promise(&bench, "picked", 3, 1, "2026-03-01T11:00:00Z");
	CHECK_INT(sell(&bench, "9"), 0);
	CHECK(call_wanted(&bench, "cancelled") && call_wanted(&bench, "picked"));
	CHECK_INT(bench_do(&bench, "order.cancel", "{'order':'cancelled'}"), 0);
	CHECK(!call_wanted(&bench, "cancelled") && call_wanted(&bench, "picked"));
	/* It was found after all: the customer gets everything. */
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'picked','line':'l1'}"), 0);
	CHECK(!call_wanted(&bench, "picked"));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_call_for_what_is_short_waits_for_the_end(void)
{
	struct bench bench;

	bench_open(&bench, "short");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T17:00:00Z");
	CHECK_INT(sell(&bench, "9"), 0);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'l1','quantity':1}"), 0);
	CHECK_INT(bench_do(&bench, "order.short", "{'order':'O','line':'l1','reason':'gone'}"), 0);
	CHECK(call_wanted(&bench, "O"));
	CHECK_INT(bench_do(&bench, "order.ready", "{'order':'O'}"), 0);
	CHECK_INT(bench_do(&bench, "order.hand_over", "{'order':'O'}"), 0);
	CHECK(!call_wanted(&bench, "O"));
	bench_verify(&bench);
	bench_close(&bench);
}

/* Two of three pieces of A are left, of which `first` is hit; both orders want all of three. */
static void begin_two(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	promise(bench, "first", 3, 1, "2026-03-01T17:00:00Z");
	promise(bench, "next", 3, 1, "2026-03-01T11:00:00Z");
	CHECK_INT(sell(bench, "5"), 0);
	CHECK(call_wanted(bench, "first") && !call_wanted(bench, "next"));
}

/* Nothing more is missing by it, but now it is missing for somebody else. */
static void test_who_picks_the_last_piece_leaves_the_next_order_without(void)
{
	struct br_breached breached;
	struct bench bench;

	begin_two(&bench, "last");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'first','line':'l1','quantity':2}"), 0);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence);
	CHECK(call_wanted(&bench, "first") && !call_wanted(&bench, "next"));
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'first','line':'l1'}"), 0);
	CHECK_HAS(bench.answer.message, "1 of \"A\" is promised to order next");
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.quantity, 1000);
	REQUIRE(breached.orders.n == 1);
	CHECK_STR(hit(&breached, 0)->order, "next");
	CHECK(!call_wanted(&bench, "first") && call_wanted(&bench, "next"));
	/* Put back, it is the first one's to lack again. */
	CHECK_INT(bench_do(&bench, "order.unpick", "{'order':'first','line':'l1'}"), 0);
	CHECK(call_wanted(&bench, "first") && !call_wanted(&bench, "next"));
	bench_verify(&bench);
	bench_close(&bench);
}

/* Who was promised it more surely picks what is there, and nobody hears anything new. */
static void test_the_better_promised_picks_in_silence(void)
{
	struct bench bench;

	begin_two(&bench, "silence");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'next','line':'l1'}"), 0);
	CHECK_INT(br_core_head(bench.core), bench.answer.sequence);
	CHECK_TEXT(bench.answer.message, "");
	CHECK(call_wanted(&bench, "first") && !call_wanted(&bench, "next"));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_is_unpicked_into_the_window_is_missing(void)
{
	static const struct {
		const char *to;
		bool missing;
	} rows[] = {{"display", true}, {"shelf", false}, {"backroom", false}};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;

		bench_open(&bench, rows[i].to);
		bench_catalogue(&bench);
		promise(&bench, "O", 9, 1, "2026-03-01T12:00:00Z");
		CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'l1'}"), 0);
		CHECK_INT(bench_do(&bench, "order.unpick",
				  "{'order':'O','line':'l1','quantity':3,'to':'%s'}", rows[i].to),
			0);
		CHECK_INT(br_core_head(bench.core),
			bench.answer.sequence + (rows[i].missing ? 2 : 0));
		if (rows[i].missing)
			CHECK_INT(breached_at(&bench, 1).quantity, 2000);
		CHECK(call_wanted(&bench, "O") == rows[i].missing);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* Who is more urgent now is not the first to lack any more, so another one is. */
static void test_urgency_moves_what_is_missing(void)
{
	static const struct {
		const char *update;
		bool moves;
	} rows[] = {
		{"'priority':9", true},
		{"'ready_by':'2026-03-01T10:30:00Z'", true},
		{"'ready_by':'2026-03-01T18:00:00Z'", false},
		{"'note':'ring twice'", false},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;
		char name[16];

		(void)snprintf(name, sizeof(name), "urgent-%u", i);
		begin_two(&bench, name);
		CHECK_INT(bench_do(&bench, "order.update", "{'order':'first',%s}", rows[i].update),
			0);
		CHECK_INT(
			br_core_head(bench.core), bench.answer.sequence + (rows[i].moves ? 2 : 0));
		CHECK(call_wanted(&bench, "next") == rows[i].moves);
		CHECK(call_wanted(&bench, "first") == !rows[i].moves);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* The central system spends rights for what a till has sold: nobody lacked it before. */
static void test_rights_that_are_spent_for_nothing_are_missing(void)
{
	struct br_breached breached;
	struct bench bench;

	bench_open(&bench, "spent");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':3}"), 0);
	CHECK_INT(sell(&bench, "9"), 0);
	CHECK_INT(breached_at(&bench, 1).kind, BR_BREACH_RIGHTS);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'l1','sku':'A','quantity':3,"
			  "'rights':true}]}"),
		0);
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O'}"), 0);
	breached = breached_at(&bench, 1);
	CHECK_INT(breached.kind, BR_BREACH_RESERVATION);
	CHECK_INT(breached.quantity, 2000);
	CHECK_STR(hit(&breached, 0)->order, "O");
	CHECK(call_wanted(&bench, "O"));
	bench_verify(&bench);
	bench_close(&bench);
}

static void split(struct bench *bench, const char *order, const char *into, const char *lines)
{
	CHECK_INT(bench_do(bench, "order.split", "{'order':'%s','into':'%s','lines':[%s]}", order,
			  into, lines),
		0);
}

/* Of equal orders the one with the later id is hit first: here the part, there what stays. */
static void test_the_call_goes_with_the_part_that_lacks(void)
{
	static const struct {
		const char *order, *into;
		bool stays;
	} rows[] = {{"O", "O-2", false}, {"O", "A-2", true}};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;

		bench_open(&bench, rows[i].into);
		bench_catalogue(&bench);
		promise(&bench, rows[i].order, 3, 1, "2026-03-01T12:00:00Z");
		CHECK_INT(sell(&bench, "8"), 0);
		split(&bench, rows[i].order, rows[i].into, "{'line':'l1','quantity':1}");
		CHECK(call_wanted(&bench, rows[i].order) == rows[i].stays);
		CHECK(call_wanted(&bench, rows[i].into) == !rows[i].stays);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* The part has the product whole: what stays lacks the other one only, or nothing. */
static void test_the_call_stays_with_what_is_missing_of_another_product(void)
{
	static const struct {
		const char *sold_b; /* of 20 */
		bool stays;
	} rows[] = {{"19", true}, {"1", false}};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;

		bench_open(&bench, rows[i].sold_b);
		bench_catalogue(&bench);
		CHECK_INT(bench_do(&bench, "order.offer",
				  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':2},"
				  "{'line':'2','sku':'B','quantity':2},"
				  "{'line':'3','sku':'A','quantity':1}]}"),
			0);
		CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O'}"), 0);
		CHECK_INT(sell(&bench, "10"), 0);
		CHECK_INT(bench_do(&bench, "sale.record",
				  "{'till':'t1','lines':[{'sku':'B','quantity':%s,'price':1}]}",
				  rows[i].sold_b),
			0);
		split(&bench, "O", "P", "{'line':'1'},{'line':'3'}");
		CHECK(call_wanted(&bench, "P"));
		CHECK(call_wanted(&bench, "O") == rows[i].stays);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* Who called says so; what a person asked for stays until it is done, whatever the stock says. */
static void test_a_call_is_said_done(void)
{
	struct bench bench;

	bench_open(&bench, "done");
	bench_catalogue(&bench);
	promise(&bench, "O", 3, 1, "2026-03-01T17:00:00Z");
	CHECK_INT(sell(&bench, "9"), 0);
	CHECK_INT(bench_do(&bench, "task.done", "{'kind':'call','key':'O'}"), 0);
	CHECK(!call_wanted(&bench, "O"));
	CHECK_INT(bench_do(&bench, "task.create", "{'kind':'call','key':'O','reason':'gift?'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':9}"), 0);
	CHECK(call_wanted(&bench, "O"));
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_goods_that_nobody_was_promised_are_free);
	TEST(test_the_sale_stands_and_tells_whom_it_hits);
	TEST(test_each_sale_adds_what_it_took);
	TEST(test_the_least_promised_is_hit_first);
	TEST(test_a_product_on_several_lines_is_summed);
	TEST(test_many_orders_are_told_in_several_events);
	TEST(test_rights_are_hit_before_orders);
	TEST(test_a_repeat_warns_again_and_records_once);
	TEST(test_they_are_listed_newest_first);
	TEST(test_whatever_takes_promised_goods_tells_it);
	TEST(test_what_stays_in_reach_of_a_picker_breaches_nothing);
	TEST(test_a_count_that_misses_promised_goods_tells_it);
	TEST(test_what_hq_sets_tells_it_too);
	TEST(test_a_transfer_takes_nothing_that_is_promised);
	TEST(test_new_stock_ends_the_calls_that_it_covers);
	TEST(test_a_call_stays_while_another_product_is_missing);
	TEST(test_the_call_ends_with_the_order);
	TEST(test_a_call_for_what_is_short_waits_for_the_end);
	TEST(test_who_picks_the_last_piece_leaves_the_next_order_without);
	TEST(test_the_better_promised_picks_in_silence);
	TEST(test_what_is_unpicked_into_the_window_is_missing);
	TEST(test_urgency_moves_what_is_missing);
	TEST(test_rights_that_are_spent_for_nothing_are_missing);
	TEST(test_the_call_goes_with_the_part_that_lacks);
	TEST(test_the_call_stays_with_what_is_missing_of_another_product);
	TEST(test_a_call_is_said_done);
	return test_end(argc, argv);
}
