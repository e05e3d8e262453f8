#include "node/count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/stock.h"
#include "node/task.h"
#include "tests/node/bench.h"

static struct br_count get(struct bench *bench, const char *count)
{
	struct br_count row;

	REQUIRE(br_count_get(bench_read(bench), br_str_from(count), &bench->arena, &row) == 0);
	return row;
}

static struct br_count_line line(struct bench *bench, const char *sku)
{
	struct br_count_line row;

	REQUIRE(br_count_line_get(bench_read(bench), BR_STR("N"), br_str_from(sku), &bench->arena,
			&row) == 0);
	return row;
}

static enum br_refusal enter(struct bench *bench, const char *sku, const char *quantity)
{
	return bench_do(
		bench, "count.enter", "{'count':'N','sku':'%s','quantity':%s}", sku, quantity);
}

/* A and B on the shelf, 10 and 20 of them, and an open count of A, B and C. */
static void begin(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(bench_do(bench, "stock.move", "{'sku':'A','kind':'fill','quantity':10}"), 0);
	CHECK_INT(bench_do(bench, "stock.move", "{'sku':'B','kind':'fill','quantity':20}"), 0);
	CHECK_INT(bench_do(bench, "policy.set",
			  "{'count_approve_above':2,'count_approve_amount':50}"),
		0);
	CHECK_INT(bench_do(bench, "count.open", "{'count':'N','skus':['A','B','C']}"), 0);
}

static void bring(struct bench *bench, enum br_count_state state)
{
	if (state == BR_COUNT_CLOSED || state == BR_COUNT_REJECTED)
		CHECK_INT(enter(bench, "A", "5"), 0);
	else
		CHECK_INT(enter(bench, "A", "9"), 0);
	if (state == BR_COUNT_CANCELLED)
		CHECK_INT(bench_do(bench, "count.cancel", "{'count':'N'}"), 0);
	else if (state != BR_COUNT_OPEN)
		CHECK_INT(bench_do(bench, "count.close", "{'count':'N'}"), 0);
	if (state == BR_COUNT_REJECTED)
		CHECK_INT(bench_do(bench, "count.reject", "{'count':'N','associate':'kim'}"), 0);
	CHECK_INT(get(bench, "N").state, state);
}

/* Every verb in every state; `open` counts 9 of 10, which closes without approval. */
static void test_the_table_of_states(void)
{
	static const struct {
		const char *verb, *data;
		bool allowed[BR_COUNT_STATE_N];
		enum br_count_state after;
	} rows[] = {
		{"count.enter", ",'sku':'B','quantity':1", {true, false, false, false, false},
			BR_COUNT_OPEN},
		{"count.close", "", {true, false, false, false, false}, BR_COUNT_APPROVED},
		{"count.approve", ",'associate':'kim'", {false, true, false, false, false},
			BR_COUNT_APPROVED},
		{"count.reject", ",'reason':'no','associate':'kim'",
			{false, true, false, false, false}, BR_COUNT_REJECTED},
		{"count.cancel", "", {true, false, false, false, false}, BR_COUNT_CANCELLED},
	};

	for (unsigned state = 0; state < BR_COUNT_STATE_N; state++) {
		for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
			struct bench bench;
			char name[32];

			(void)snprintf(name, sizeof(name), "table-%u-%zu", state, i);
			begin(&bench, name);
			bring(&bench, state);
			CHECK_INT(bench_do(&bench, rows[i].verb, "{'count':'N'%s}", rows[i].data),
				rows[i].allowed[state] ? 0 : BR_REFUSAL_ILLEGAL_MOVE);
			CHECK_INT(get(&bench, "N").state,
				rows[i].allowed[state] ? rows[i].after : state);
			CHECK_INT(bench_do(&bench, "count.open", "{'count':'N','skus':['A']}"),
				BR_REFUSAL_ALREADY);
			bench_verify(&bench);
			bench_close(&bench);
		}
	}
}

/* Several people, several places: their entries are summed, and one may begin again. */
static void test_entries_are_summed(void)
{
	struct bench bench;

	begin(&bench, "sum");
	CHECK_INT(line(&bench, "A").entries, 0);
	CHECK_INT(enter(&bench, "A", "4"), 0);
	CHECK_INT(enter(&bench, "A", "3.5"), 0);
	CHECK_INT(line(&bench, "A").counted, 7500);
	CHECK_INT(line(&bench, "A").entries, 2);
	CHECK_INT(get(&bench, "N").counted_n, 1);
	CHECK_INT(get(&bench, "N").line_n, 3);
	CHECK_INT(bench_do(&bench, "count.enter",
			  "{'count':'N','barcode':'2000000000015','quantity':2,'again':true,"
			  "'place':'window','associate':'kim'}"),
		0);
	CHECK_INT(line(&bench, "A").counted, 2000);
	CHECK_INT(line(&bench, "A").entries, 1);
	CHECK_STR(line(&bench, "A").associate, "kim");
	CHECK_INT(get(&bench, "N").counted_n, 1);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 10000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* What is expected is the ledger's number at the last entry; what is sold later stays sold. */
static void test_the_variance_is_of_the_moment_of_counting(void)
{
	struct bench bench;

	begin(&bench, "moment");
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':2,'price':1}]}"),
		0);
	CHECK_INT(enter(&bench, "A", "7"), 0);
	CHECK_INT(line(&bench, "A").expected, 8000);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':3,'price':1}]}"),
		0);
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'N'}"), 0);
	CHECK_INT(get(&bench, "N").state, BR_COUNT_APPROVED);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 4000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Above 2 pieces of one product or 50 together somebody must say yes. */
static void test_what_differs_much_wants_approval(void)
{
	static const struct {
		const char *a, *b;
		enum br_count_state state;
		int64_t value;
	} rows[] = {
		{"10", "20", BR_COUNT_APPROVED, 0},
		{"12", "18", BR_COUNT_APPROVED, 50000},
		{"8", "22", BR_COUNT_APPROVED, 50000},
		{"12.001", "20", BR_COUNT_CLOSED, 20010},
		{"7.999", "20", BR_COUNT_CLOSED, 20010},
		{"10", "18", BR_COUNT_APPROVED, 30000},
		{"12", "22", BR_COUNT_APPROVED, 50000},
		{"12", "17.999", BR_COUNT_CLOSED, 50015},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;
		char name[32];

		(void)snprintf(name, sizeof(name), "limit-%zu", i);
		begin(&bench, name);
		CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':10,'currency':'EUR'}"),
			0);
		CHECK_INT(bench_do(&bench, "price.set", "{'sku':'B','amount':15,'currency':'EUR'}"),
			0);
		CHECK_INT(enter(&bench, "A", rows[i].a), 0);
		CHECK_INT(enter(&bench, "B", rows[i].b), 0);
		CHECK_INT(bench_do(&bench, "count.close", "{'count':'N'}"), 0);
		CHECK_INT(get(&bench, "N").state, rows[i].state);
		CHECK_INT(get(&bench, "N").value, rows[i].value);
		if (rows[i].state == BR_COUNT_CLOSED) {
			CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 10000);
			CHECK_INT(bench_do(&bench, "count.approve",
					  "{'count':'N','associate':'kim'}"),
				0);
		}
		CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF),
			(int64_t)(strtod(rows[i].a, NULL) * 1000 + 0.5));
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* Who judges a count: a manager of the policy; without one, whoever says who they are. */
static void test_managers_approve_and_reject(void)
{
	static const struct {
		const char *managers, *associate;
		enum br_refusal refusal;
		const char *sentence;
	} rows[] = {
		{"", "", BR_REFUSAL_MALFORMED, "it must be said who does, allowed is anybody"},
		{"", ",'associate':'kim'", BR_REFUSAL_NONE, ""},
		{"'anna','bert'", "", BR_REFUSAL_MALFORMED, "allowed is anna, bert"},
		{"'anna','bert'", ",'associate':'kim'", BR_REFUSAL_NOT_ALLOWED,
			"associate \"kim\": may not "},
		{"'anna','bert'", ",'associate':'Anna'", BR_REFUSAL_NOT_ALLOWED,
			"count \"N\", allowed is anna, bert"},
		{"'anna','bert'", ",'associate':'bert'", BR_REFUSAL_NONE, ""},
	};
	static const char *const verbs[] = {"count.approve", "count.reject"};

	for (size_t i = 0; i < 2 * BR_ARRAY_LEN(rows); i++) {
		const char *verb = verbs[i % 2];
		struct bench bench;
		char name[32];

		(void)snprintf(name, sizeof(name), "manager-%zu", i);
		begin(&bench, name);
		if (rows[i / 2].managers[0] != '\0')
			CHECK_INT(bench_do(&bench, "policy.set", "{'managers':[%s]}",
					  rows[i / 2].managers),
				0);
		/* Below the limits anybody closes, with or without a name. */
		CHECK_INT(bench_do(&bench, "count.open", "{'count':'small','skus':['B']}"), 0);
		CHECK_INT(bench_do(&bench, "count.enter",
				  "{'count':'small','sku':'B','quantity':20}"),
			0);
		CHECK_INT(bench_do(&bench, "count.close", "{'count':'small'}"), 0);
		CHECK_INT(get(&bench, "small").state, BR_COUNT_APPROVED);
		bring(&bench, BR_COUNT_CLOSED);
		CHECK_INT(bench_do(&bench, verb, "{'count':'N'%s}", rows[i / 2].associate),
			rows[i / 2].refusal);
		CHECK_HAS(bench.answer.message, rows[i / 2].sentence);
		CHECK(rows[i / 2].refusal != BR_REFUSAL_NOT_ALLOWED ||
			strstr(bench.answer.message, verb + strlen("count.")) != NULL);
		CHECK((get(&bench, "N").state == BR_COUNT_CLOSED) == (rows[i / 2].refusal != 0));
		bench_verify(&bench);
		bench_close(&bench);
	}
}

static void test_a_value_alone_wants_approval(void)
{
	struct bench bench;

	begin(&bench, "value");
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':60,'currency':'EUR'}"), 0);
	CHECK_INT(enter(&bench, "A", "9"), 0);
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'N'}"), 0);
	CHECK_INT(get(&bench, "N").state, BR_COUNT_CLOSED);
	CHECK_INT(get(&bench, "N").variance_n, 1);
	bench_close(&bench);
}

/* What nobody counted is not taken for gone. */
static void test_what_was_not_counted_stays(void)
{
	struct bench bench;

	begin(&bench, "left");
	CHECK_INT(enter(&bench, "A", "9"), 0);
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'N'}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 9000);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_SHELF), 20000);
	CHECK_INT(bench_do(&bench, "count.open", "{'count':'empty','skus':['A']}"), 0);
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'empty'}"), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_HAS(bench.answer.message, "nothing was counted yet");
	bench_close(&bench);
}

/* A count answers the wish for one, also when nothing differs; a rejected one renews it. */
static void test_counts_and_the_tasks_to_count(void)
{
	struct bench bench;

	begin(&bench, "tasks");
	CHECK_INT(bench_do(&bench, "task.create", "{'kind':'count','key':'A'}"), 0);
	CHECK_INT(bench_do(&bench, "task.create", "{'kind':'count','key':'C'}"), 0);
	CHECK_INT(enter(&bench, "A", "10"), 0);
	CHECK_INT(enter(&bench, "B", "3"), 0);
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'N'}"), 0);
	CHECK(br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("A")));
	CHECK_INT(bench_do(&bench, "count.reject", "{'count':'N','associate':'kim'}"), 0);
	CHECK(br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("B")));
	CHECK_INT(bench_do(&bench, "count.open", "{'count':'M','skus':['A','B']}"), 0);
	CHECK_INT(bench_do(&bench, "count.enter", "{'count':'M','sku':'A','quantity':10}"), 0);
	CHECK_INT(bench_do(&bench, "count.enter", "{'count':'M','sku':'B','quantity':20}"), 0);
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'M'}"), 0);
	CHECK(!br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("A")));
	CHECK(!br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("B")));
	CHECK(br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("C")));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_count_of_another_bucket(void)
{
	static const char *const buckets[] = {"shelf", "backroom", "display", "damaged"};
	struct bench bench;

	begin(&bench, "bucket");
	for (uint8_t i = 0; i < BR_ARRAY_LEN(buckets); i++) {
		int64_t before = bench_bucket(&bench, "A", br_count_bucket(i));

		CHECK_INT(
			bench_do(&bench, "count.open", "{'count':'%s','skus':['A'],'bucket':'%s'}",
				buckets[i], buckets[i]),
			0);
		CHECK_INT(bench_do(&bench, "count.enter", "{'count':'%s','sku':'A','quantity':%d}",
				  buckets[i], (int)(before / 1000 + 2)),
			0);
		CHECK_INT(bench_do(&bench, "count.close", "{'count':'%s'}", buckets[i]), 0);
		CHECK_INT(bench_bucket(&bench, "A", br_count_bucket(i)), before + 2000);
	}
	bench_close(&bench);
}

/* Who belongs to a category and to a range of places. */
static void test_only_what_the_count_is_about_is_entered(void)
{
	static const struct {
		const char *open;
		bool milk, butter, nails;
	} rows[] = {
		{"'scope':'category','category':'food'", true, true, false},
		{"'scope':'category','category':'food/dairy/milk'", true, false, false},
		{"'scope':'category','category':'foo'", false, false, false},
		{"'scope':'position','range':[{'aisle':'2'}]", true, false, false},
		{"'scope':'position','range':[{'aisle':'2'},{'aisle':'10'}]", true, true, false},
		{"'scope':'position','range':[{'aisle':'3'},{'aisle':'10','bay':'1'}]", false,
			false, false},
		{"'scope':'position','range':[{'aisle':'3'},{'aisle':'10','bay':'2'}]", false, true,
			false},
		{"'skus':['N']", false, false, true},
	};
	struct bench bench;

	bench_open(&bench, "scope");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'milk','category':'food/dairy/milk','positions':["
			  "{'aisle':'2','bay':'7'}]}"),
		0);
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'B','name':'butter','category':'food/dairy','positions':["
			  "{'aisle':'20'},{'aisle':'10','bay':'2','shelf':'4'}]}"),
		0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'N','name':'nails'}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(
			bench_do(&bench, "count.open", "{'count':'c%zu',%s}", i, rows[i].open), 0);
		CHECK_INT(bench_do(&bench, "count.enter", "{'count':'c%zu','sku':'M','quantity':1}",
				  i),
			rows[i].milk ? 0 : BR_REFUSAL_OUT_OF_SCOPE);
		CHECK_INT(bench_do(&bench, "count.enter", "{'count':'c%zu','sku':'B','quantity':1}",
				  i),
			rows[i].butter ? 0 : BR_REFUSAL_OUT_OF_SCOPE);
		CHECK_INT(bench_do(&bench, "count.enter", "{'count':'c%zu','sku':'N','quantity':1}",
				  i),
			rows[i].nails ? 0 : BR_REFUSAL_OUT_OF_SCOPE);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* What is named says what kind of count it is. */
static void test_the_scope_follows_from_what_is_named(void)
{
	static const struct {
		const char *named;
		enum br_count_scope scope;
	} rows[] = {
		{"'skus':['A']", BR_COUNT_OF_SKUS},
		{"'category':'food'", BR_COUNT_OF_CATEGORY},
		{"'range':[{'aisle':'1'}]", BR_COUNT_OF_POSITIONS},
		{"'scope':'category','category':'food'", BR_COUNT_OF_CATEGORY},
	};
	struct bench bench;

	bench_open(&bench, "scope");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_arena arena;
		struct br_count count;
		char name[8];

		(void)snprintf(name, sizeof(name), "N%zu", i);
		CHECK_INT(bench_do(&bench, "count.open", "{'count':'%s',%s}", name, rows[i].named),
			0);
		br_arena_init(&arena, 65536);
		CHECK_INT(br_count_get(bench_read(&bench), br_str_from(name), &arena, &count), 0);
		CHECK_INT(count.scope, rows[i].scope);
		br_arena_finish(&arena);
	}
	bench_close(&bench);
}

static void test_what_a_count_refuses(void)
{
	static const struct bench_refused rows[] = {
		{"count.open", "{'count':'X'}", "skus: is missing", BR_REFUSAL_MALFORMED},
		{"count.open", "{'count':'X','category':'a','range':[{'aisle':'1'}]}",
			"range: is of no use when the scope is \"category\"", BR_REFUSAL_MALFORMED},
		{"count.open", "{'count':'X','skus':['A'],'category':'a'}",
			"category: is of no use", BR_REFUSAL_MALFORMED},
		{"count.open", "{'count':'X','scope':'category'}", "category: is missing",
			BR_REFUSAL_MALFORMED},
		{"count.open", "{'count':'X','scope':'position','range':[{'aisle':''}]}",
			"range[0]: names no place", BR_REFUSAL_MALFORMED},
		{"count.open", "{'count':'X','skus':['A','Z']}", "skus[1] \"Z\"",
			BR_REFUSAL_UNKNOWN_PRODUCT},
		{"count.open", "{'count':'X','skus':['A','A']}", "stands twice",
			BR_REFUSAL_MALFORMED},
		{"count.enter", "{'count':'X','sku':'A','quantity':1}", "not known here",
			BR_REFUSAL_UNKNOWN_COUNT},
		{"count.enter", "{'count':'N','sku':'A','quantity':-1}", "out of range",
			BR_REFUSAL_MALFORMED},
		{"count.enter", "{'count':'N','sku':'Z','quantity':1}", "not in the catalogue",
			BR_REFUSAL_UNKNOWN_PRODUCT},
		{"count.enter", "{'count':'N','sku':'A','quantity':1000000}", "over one million",
			BR_REFUSAL_TOO_LARGE},
		{"count.close", "{'count':'X'}", "not known here", BR_REFUSAL_UNKNOWN_COUNT},
		{"count.approve", "{'count':'N'}",
			"approve is not allowed, allowed is enter, close, cancel",
			BR_REFUSAL_ILLEGAL_MOVE},
	};
	struct bench bench;

	begin(&bench, "refuses");
	CHECK_INT(enter(&bench, "A", "1"), 0);
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	CHECK_INT(line(&bench, "A").counted, 1000);
	bench_close(&bench);
}

/* A count of many products: its events are many, and all of them are there. */
static void test_a_count_of_many_products(void)
{
	struct bench bench;
	unsigned n = 300;

	bench_open(&bench, "many");
	CHECK_INT(bench_do(&bench, "count.open", "{'count':'N','scope':'category','category':'c'}"),
		0);
	for (unsigned i = 0; i < n; i++) {
		CHECK_INT(bench_do(&bench, "product.upsert",
				  "{'sku':'P%u','name':'p','category':'c/d'}", i),
			0);
		CHECK_INT(bench_do(&bench, "count.enter", "{'count':'N','sku':'P%u','quantity':%u}",
				  i, i % 5),
			0);
	}
	CHECK_INT(bench_do(&bench, "count.close", "{'count':'N'}"), 0);
	CHECK_INT(get(&bench, "N").state, BR_COUNT_APPROVED);
	CHECK_INT(get(&bench, "N").variance_n, 240);
	CHECK_INT(bench_bucket(&bench, "P299", BR_BUCKET_SHELF), 4000);
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_the_table_of_states);
	TEST(test_entries_are_summed);
	TEST(test_the_variance_is_of_the_moment_of_counting);
	TEST(test_what_differs_much_wants_approval);
	TEST(test_managers_approve_and_reject);
	TEST(test_a_value_alone_wants_approval);
	TEST(test_what_was_not_counted_stays);
	TEST(test_counts_and_the_tasks_to_count);
	TEST(test_a_count_of_another_bucket);
	TEST(test_only_what_the_count_is_about_is_entered);
	TEST(test_the_scope_follows_from_what_is_named);
	TEST(test_what_a_count_refuses);
	TEST(test_a_count_of_many_products);
	return test_end(argc, argv);
}
