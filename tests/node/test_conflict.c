#include "node/conflict.h"

#include "tests/node/bench.h"

#define SALE(QUANTITY) "{'till':'t1','lines':[{'sku':'A','quantity':" QUANTITY ",'price':1}]}"

struct seen {
	unsigned n;
	struct br_conflict last;
};

static bool see(void *context, const struct br_conflict *conflict)
{
	struct seen *seen = context;

	seen->n++;
	seen->last = *conflict;
	return true;
}

static struct seen walk(struct bench *bench)
{
	struct seen seen = {.n = 0};

	br_conflict_walk(bench_read(bench), &bench->arena, see, &seen);
	return seen;
}

static void test_a_conflict_is_journalled_once(void)
{
	struct br_event event;
	struct bench bench;
	struct seen seen;
	uint64_t head;

	bench_open(&bench, "once");
	bench_catalogue(&bench);
	bench.actor = "till/t1";
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("1"), true), 0);
	head = br_core_head(bench.core);
	bench.now_ms += 5000;
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("2"), true), BR_REFUSAL_CONFLICT);
	CHECK_INT(br_core_head(bench.core), head + 1);
	event = bench_event(&bench, head + 1);
	CHECK_INT(event.kind, BR_EVENT_COMMAND_CONFLICTED);
	CHECK_INT(br_event_types[event.kind].lane, BR_LANE_STOCK);
	seen = walk(&bench);
	CHECK_INT(seen.n, 1);
	CHECK_STR(seen.last.command, "s1");
	CHECK_STR(seen.last.actor, "till/t1");
	CHECK_STR(seen.last.type, "sale.record");
	CHECK_INT(seen.last.first, head);
	CHECK_INT(seen.last.at_ms, BENCH_NOW_MS + 5000);
	/* Whoever goes on sending it fills no disk. */
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("2"), true), BR_REFUSAL_CONFLICT);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("3"), true), BR_REFUSAL_CONFLICT);
	CHECK_INT(br_core_head(bench.core), head + 1);
	/* The first one stands all the while. */
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("1"), true), 0);
	CHECK_INT(bench_available(&bench, "A"), 9000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_ids_of_others_are_others(void)
{
	struct bench bench;

	bench_open(&bench, "others");
	bench_catalogue(&bench);
	bench.actor = "till/t1";
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("1"), true), 0);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("2"), true), BR_REFUSAL_CONFLICT);
	bench.actor = "till/t2";
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("2"), true), 0);
	CHECK(br_conflict_known(bench_read(&bench), BR_STR("till/t1"), BR_STR("s1")));
	CHECK(!br_conflict_known(bench.read, BR_STR("till/t2"), BR_STR("s1")));
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("1"), true), BR_REFUSAL_CONFLICT);
	CHECK_INT(walk(&bench).n, 2);
	bench_close(&bench);
}

/* A store that is running full answers the conflict and writes nothing. */
static void test_a_full_store_only_answers(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "full");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("1"), true), 0);
	head = br_core_head(bench.core);
	br_core_shed(bench.core, BR_SHED_MOST);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("2"), true), BR_REFUSAL_CONFLICT);
	CHECK_INT(br_core_head(bench.core), head);
	br_core_shed(bench.core, BR_SHED_NOTHING);
	CHECK_INT(bench_submit(&bench, "s1", "sale.record", SALE("2"), true), BR_REFUSAL_CONFLICT);
	CHECK_INT(br_core_head(bench.core), head + 1);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_conflict_is_journalled_once);
	TEST(test_ids_of_others_are_others);
	TEST(test_a_full_store_only_answers);
	return test_end(argc, argv);
}
