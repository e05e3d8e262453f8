#include "node/stock_set.h"

#include "node/stock.h"
#include "tests/node/bench.h"

static void test_stock_is_set_by_the_difference(void)
{
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "set");
	bench_catalogue(&bench);
	CHECK_INT(
		bench_do(&bench, "stock.set", "{'sku':'A','bucket':'backroom','quantity':7.5}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 7500);
	CHECK_INT(bench_do(&bench, "stock.set", "{'barcode':'2000000000015','quantity':2}"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 2000);
	(void)bench_read(&bench);
	event = bench_event(&bench, br_core_head(bench.core));
	CHECK_INT(event.kind, BR_EVENT_STOCK_MOVED);
	CHECK_INT(((const struct br_stock_moved *)event.body)->expected, 0);
	CHECK_INT(((const struct br_stock_moved *)event.body)->counted, 2000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_is_so_already_gets_no_event(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "again");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'A','bucket':'shelf','quantity':3}"), 0);
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'A','bucket':'shelf','quantity':3}"), 0);
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'C','bucket':'display','quantity':0}"), 0);
	CHECK_INT(br_core_head(bench.core), head);
	bench_close(&bench);
}

static void test_what_cannot_be_set_is_refused(void)
{
	struct bench bench;

	bench_open(&bench, "refused");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'A','bucket':'staged','quantity':3}"),
		BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'A','quantity':-1}"), BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "stock.set", "{'sku':'none','quantity':1}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "stock.set", "{'quantity':1}"), BR_REFUSAL_MALFORMED);
	bench_close(&bench);
}

/* A check says what would be answered, and leaves everything as it is. */
static void test_a_checked_command_takes_no_effect(void)
{
	struct br_stock_set set = {.sku = BR_STR("A"), .quantity = 5000};
	struct br_command command = {.id = BR_STR("1"),
		.actor = BR_STR("tool"),
		.type = br_command_type_named(BR_STR("stock.set")),
		.body = &set,
		.now_ms = BENCH_NOW_MS};
	struct br_answer answer;
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "check");
	bench_catalogue(&bench);
	head = br_core_head(bench.core);
	CHECK_INT(br_command_check(bench_read(&bench), br_keys_secret(bench.keys), &command,
			  &bench.arena, &answer),
		0);
	CHECK_INT(answer.outcome, BR_OUTCOME_ACCEPTED);
	set.sku = BR_STR("none");
	CHECK_INT(br_command_check(bench_read(&bench), br_keys_secret(bench.keys), &command,
			  &bench.arena, &answer),
		0);
	CHECK_INT(answer.refusal, BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(br_core_head(bench.core), head);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 0);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_stock_is_set_by_the_difference);
	TEST(test_what_is_so_already_gets_no_event);
	TEST(test_what_cannot_be_set_is_refused);
	TEST(test_a_checked_command_takes_no_effect);
	return test_end(argc, argv);
}
