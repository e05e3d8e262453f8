#include "node/task.h"

#include <stdio.h>
#include <string.h>

#include "tests/node/bench.h"

struct list {
	char text[1000];
	unsigned n, max;
	struct br_task last; /* its texts are gone */
};

static bool task_tell(void *context, const struct br_task *task)
{
	struct list *list = context;
	size_t n = strlen(list->text);

	(void)snprintf(list->text + n, sizeof(list->text) - n, "%s%s %s %.*s", n > 0 ? ", " : "",
		br_task_kind_words[task->kind], br_task_noun_words[task->noun],
		BR_STR_ARG(task->key));
	CHECK(task->reason.n > 0 && task->since_ms > 0 && task->priority > 0);
	list->last = *task;
	return ++list->n < list->max;
}

/* All tasks as "kind noun key, …"; `last` stays for a look at one. */
static struct list list;
static const char *tasks(struct bench *bench)
{
	struct br_task_visit visit = {task_tell, &list};
	struct br_txn *txn = bench_read(bench);
	struct br_arena arena;

	list = (struct list){.max = 100};
	br_arena_init(&arena, 1 << 20);
	CHECK_INT(br_task_walk(txn, bench->now_ms, &arena, &visit), 0);
	br_arena_finish(&arena);
	return list.text;
}

static void test_what_people_ask_for(void)
{
	static const struct {
		const char *command, *data;
		enum br_refusal refusal;
		const char *tasks;
	} rows[] = {
		{"task.create", "{'kind':'other','key':'t1','reason':'clean the window'}", 0,
			"other task t1"},
		{"task.create", "{'kind':'other','key':'t2'}", BR_REFUSAL_MALFORMED,
			"other task t1"},
		{"task.create", "{'kind':'call','key':'O-9','reason':'late'}", 0,
			"call order O-9, other task t1"},
		{"task.create", "{'kind':'fill','key':'A','reason':'tv spot'}", 0,
			"fill product A, call order O-9, other task t1"},
		{"task.create", "{'kind':'fill','key':'Z','reason':'x'}",
			BR_REFUSAL_UNKNOWN_PRODUCT,
			"fill product A, call order O-9, other task t1"},
		{"task.create", "{'kind':'pick','key':'O-9','reason':'x'}", BR_REFUSAL_MALFORMED,
			"fill product A, call order O-9, other task t1"},
		{"task.done", "{'kind':'call','key':'O-9'}", 0, "fill product A, other task t1"},
		{"task.done", "{'kind':'call','key':'O-9'}", BR_REFUSAL_UNKNOWN_TASK,
			"fill product A, other task t1"},
		{"task.done", "{'kind':'pick','key':'O-9'}", BR_REFUSAL_UNKNOWN_TASK,
			"fill product A, other task t1"},
		{"task.done", "{'kind':'markdown','key':'A'}", BR_REFUSAL_UNKNOWN_TASK,
			"fill product A, other task t1"},
		{"task.done", "{'kind':'fill','key':'A'}", 0, "other task t1"},
		{"stock.move", "{'sku':'A','kind':'adjust','quantity':-11,'reason':'r'}", 0,
			"count product A, other task t1"},
		{"task.done", "{'kind':'count','key':'A'}", BR_REFUSAL_ILLEGAL_MOVE,
			"count product A, other task t1"},
	};
	struct bench bench;

	bench_open(&bench, "ask");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, rows[i].command, "%s", rows[i].data), rows[i].refusal);
		CHECK_TEXT(tasks(&bench), rows[i].tasks);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* Asked for again it keeps how long it has waited and takes the newer words. */
static void test_asking_twice_is_one_task(void)
{
	struct bench bench;

	bench_open(&bench, "twice");
	CHECK_INT(bench_do(&bench, "task.create", "{'kind':'other','key':'t','reason':'one'}"), 0);
	bench.now_ms += 60000;
	CHECK_INT(bench_do(&bench, "task.create",
			  "{'kind':'other','key':'t','reason':'two','priority':9,'due':"
			  "'2026-03-01T12:00:00Z'}"),
		0);
	CHECK_TEXT(tasks(&bench), "other task t");
	CHECK_INT(list.last.since_ms, BENCH_NOW_MS);
	CHECK_INT(list.last.priority, 9);
	CHECK_INT(list.last.due_ms, INT64_C(1772366400000));
	bench_close(&bench);
}

static void test_deliveries_counts_and_transfers_are_tasks(void)
{
	static const struct {
		const char *command, *data, *tasks;
	} rows[] = {
		{"delivery.announce",
			"{'delivery':'D','expected':'2026-03-01T20:00:00Z','lines':[{'sku':'A',"
			"'quantity':1}]}",
			"receive delivery D"},
		{"delivery.announce",
			"{'delivery':'E','expected':'2026-03-04T20:00:00Z','lines':[{'sku':'A',"
			"'quantity':1}]}",
			"receive delivery D"},
		{"delivery.announce", "{'delivery':'F','lines':[{'sku':'A','quantity':1}]}",
			"receive delivery D, receive delivery F"},
		{"delivery.receive", "{'delivery':'E','sku':'A','quantity':1}",
			"receive delivery D, receive delivery E, receive delivery F"},
		{"delivery.close", "{'delivery':'E'}", "receive delivery D, receive delivery F"},
		{"delivery.cancel", "{'delivery':'D'}", "receive delivery F"},
		{"delivery.close", "{'delivery':'F'}", ""},
		{"count.open", "{'count':'N','skus':['B']}", "count count N"},
		{"count.enter", "{'count':'N','sku':'B','quantity':500}", "count count N"},
		{"count.close", "{'count':'N'}", "approve count N"},
		{"count.approve", "{'count':'N','associate':'kim'}", ""},
		{"transfer.send", "{'transfer':'T','to':'x','lines':[{'sku':'A','quantity':2}]}",
			""},
		{"transfer.confirm", "{'transfer':'T','lines':[{'sku':'A','quantity':1}]}",
			"approve transfer T"},
		{"transfer.settle", "{'transfer':'T','outcome':'lost'}", ""},
	};
	struct bench bench;

	bench_open(&bench, "derived");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, rows[i].command, "%s", rows[i].data), 0);
		CHECK_TEXT(tasks(&bench), rows[i].tasks);
	}
	bench_close(&bench);
}

static void lot_receive(struct bench *bench, const char *sku, const char *date)
{
	CHECK_INT(bench_do(bench, "stock.move",
			  "{'sku':'%s','kind':'receive','quantity':2,'expiry':'%sT00:00:00Z'}", sku,
			  date),
		0);
}

/* One task for a product's expired lots, one for those near their date. */
static void test_dates_are_tasks(void)
{
	struct bench bench;

	bench_open(&bench, "dates");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'m','track_expiry':true,'markdown_days':3}"),
		0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'N','name':'n','track_expiry':true}"),
		0);
	lot_receive(&bench, "M", "2026-03-10");
	CHECK_TEXT(tasks(&bench), "");
	lot_receive(&bench, "M", "2026-03-03");
	lot_receive(&bench, "M", "2026-03-04");
	/* Two lots of one date are one task, too. */
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'M','kind':'receive','quantity':2,'lot':'x','expiry':"
			  "'2026-03-03'}"),
		0);
	CHECK_TEXT(tasks(&bench), "markdown product M");
	lot_receive(&bench, "M", "2026-02-20");
	lot_receive(&bench, "M", "2026-02-21");
	lot_receive(&bench, "N", "2026-02-21");
	lot_receive(&bench, "N", "2026-03-02");
	CHECK_TEXT(tasks(&bench), "waste product M, waste product N, markdown product M");
	CHECK_INT(bench_do(&bench, "task.done", "{'kind':'markdown','key':'M'}"), 0);
	CHECK_TEXT(tasks(&bench), "waste product M, waste product N");
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'M','kind':'waste','bucket':'backroom','quantity':4,'reason':"
			  "'expired'}"),
		0);
	CHECK_TEXT(tasks(&bench), "waste product N");
	bench.now_ms += INT64_C(7) * 86400000;
	CHECK_TEXT(tasks(&bench), "waste product N, waste product M, markdown product M");
	bench_verify(&bench);
	bench_close(&bench);
}

static char markdown_reason[128];

static bool markdown_keep(void *context BR_UNUSED, const struct br_task *task)
{
	if (task->kind == BR_TASK_MARKDOWN)
		CHECK(br_str_copy(task->reason, markdown_reason, sizeof(markdown_reason)));
	return true;
}

/* What is near its date comes with a price that can be paid. */
static void test_a_markdown_proposes_a_price(void)
{
	struct br_task_visit visit = {markdown_keep, NULL};
	struct bench bench;

	bench_open(&bench, "proposes");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'m','track_expiry':true,'markdown_days':3}"),
		0);
	lot_receive(&bench, "M", "2026-03-03");
	REQUIRE(br_task_walk(bench_read(&bench), bench.now_ms, &bench.arena, &visit) == 0);
	CHECK_TEXT(markdown_reason, "2 near their date");
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'M','amount':1.99,'currency':'EUR'}"), 0);
	REQUIRE(br_task_walk(bench_read(&bench), bench.now_ms, &bench.arena, &visit) == 0);
	CHECK_TEXT(markdown_reason, "2 near their date, 1.39 EUR with 30 % off");
	CHECK_INT(bench_do(&bench, "policy.set", "{'markdown_percent':50}"), 0);
	REQUIRE(br_task_walk(bench_read(&bench), bench.now_ms, &bench.arena, &visit) == 0);
	CHECK_TEXT(markdown_reason, "2 near their date, 1 EUR with 50 % off");
	bench_close(&bench);
}

static void test_a_walk_ends_when_the_visitor_has_enough(void)
{
	struct br_task_visit visit = {task_tell, &list};
	struct bench bench;
	struct br_arena arena;

	bench_open(&bench, "enough");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "count.open", "{'count':'N','skus':['B']}"), 0);
	CHECK_INT(bench_do(&bench, "task.create", "{'kind':'fill','key':'A','reason':'r'}"), 0);
	CHECK_INT(bench_do(&bench, "task.create", "{'kind':'fill','key':'B','reason':'r'}"), 0);
	br_arena_init(&arena, 1 << 20);
	for (unsigned max = 1; max <= 4; max++) {
		list = (struct list){.max = max};
		CHECK_INT(br_task_walk(bench_read(&bench), bench.now_ms, &arena, &visit), 0);
		CHECK_INT(list.n, max < 3 ? max : 3);
	}
	br_arena_finish(&arena);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_what_people_ask_for);
	TEST(test_asking_twice_is_one_task);
	TEST(test_deliveries_counts_and_transfers_are_tasks);
	TEST(test_dates_are_tasks);
	TEST(test_a_markdown_proposes_a_price);
	TEST(test_a_walk_ends_when_the_visitor_has_enough);
	return test_end(argc, argv);
}
