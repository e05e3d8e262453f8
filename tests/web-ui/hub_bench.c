#include "tests/web-ui/hub_bench.h"

#include "tests/lib/test.h"

static int64_t bench_wall_ms(void *context)
{
	return ((struct hub_bench *)context)->ledger.now_ms;
}

static int64_t bench_boot_ms(void *context)
{
	return ((struct hub_bench *)context)->boot_ms;
}

/* The turn in which something was decided is the last one of this run. */
static int bench_commit(void *owner)
{
	struct hub_bench *bench = owner;
	unsigned turn_n = br_core_turn_n(bench->ledger.core);
	int result = br_core_commit(bench->ledger.core);

	if (turn_n > 0 || result < 0)
		br_loop_end(bench->loop, result);
	return result;
}

void hub_bench_open(struct hub_bench *bench, const char *name)
{
	struct br_hub_options options;

	*bench = (struct hub_bench){.boot_ms = 1000};
	bench->clock = (struct br_clock){bench_wall_ms, bench_boot_ms, bench};
	ledger_open(&bench->ledger, name);
	ledger_fill(&bench->ledger);
	fake_live_init(&bench->fake);
	REQUIRE(br_loop_create(&bench->loop) == 0);
	REQUIRE(br_queue_create(bench->loop, bench->ledger.core, &bench->clock, &bench->queue) ==
		0);
	br_loop_on_turn(bench->loop, bench_commit, bench);
	options = (struct br_hub_options){
		.ledger = bench->ledger.store,
		.keys = bench->ledger.keys,
		.queue = bench->queue,
		.clock = &bench->clock,
		.live = &bench->fake.live,
		.store_id = "0412",
		.store_name = "Corner shop",
		.currency = "GBP",
		.epoch = "0011223344556677",
		.version = "0.1.0",
	};
	REQUIRE(br_hub_create(&options, &bench->hub, NULL) == 0);
}

void hub_bench_close(struct hub_bench *bench)
{
	br_hub_destroy(bench->hub);
	br_queue_destroy(bench->queue);
	br_loop_destroy(bench->loop);
	ledger_close(&bench->ledger);
}

void hub_bench_turn(struct hub_bench *bench)
{
	REQUIRE(br_loop_run(bench->loop) == 0);
	while (br_hub_wake(bench->hub))
		;
}

void hub_bench_run(struct hub_bench *bench, const char *type, const char *body)
{
	ledger_must(&bench->ledger, type, body);
	while (br_hub_wake(bench->hub))
		;
}
