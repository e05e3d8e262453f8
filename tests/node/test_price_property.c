/*
 * Price safety under random prices, cancels, timers and labels: whatever happens, the tills never
 * charge more than the label says, unless the hold is over or somebody overrides.
 */
#include <stdio.h>

#include "node/policy.h"
#include "node/price.h"
#include "node/timer.h"
#include "tests/node/bench.h"

#define STEPS 300
#define MINUTE_MS INT64_C(60000)
#define SKU BR_STR("A")

struct scene {
	struct bench bench;
	uint64_t random;
	int64_t shelf; /* what the label says, 1/1000; -1 = nothing yet */
	bool patient;  /* holds are so long that none runs out */
	unsigned holds, releases, overs;
};

/* A linear congruential generator is random enough, and the same everywhere. */
static unsigned dice(struct scene *scene, unsigned sides)
{
	scene->random = scene->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(scene->random >> 33) % sides;
}

static struct br_price_quote till_now(struct scene *scene)
{
	struct bench *bench = &scene->bench;

	br_arena_reset(&bench->arena);
	return br_price_till_at(bench_read(bench), SKU, bench->now_ms, &bench->arena);
}

static int64_t label_now(struct scene *scene)
{
	struct bench *bench = &scene->bench;
	struct br_price_quote quote;

	br_arena_reset(&bench->arena);
	quote = br_price_at(bench_read(bench), SKU, bench->now_ms, &bench->arena);
	return quote.known ? quote.amount : -1;
}

static void check(struct scene *scene)
{
	struct br_price_quote till = till_now(scene);

	if (till.known && scene->shelf >= 0)
		CHECK(till.amount <= scene->shelf);
	CHECK(!till.held || till.target > till.amount);
}

/* The label draws what counts now and says that it shows it. */
static void label_shows(struct scene *scene)
{
	struct bench *bench = &scene->bench;
	uint64_t hold;

	scene->shelf = label_now(scene);
	br_arena_reset(&bench->arena);
	if (!br_price_unconfirmed(bench_read(bench), SKU, bench->now_ms, &bench->arena, &hold))
		return;
	CHECK_INT(bench_do(bench, "price.release", "{'sku':'A','hold':%llu}",
			  (unsigned long long)hold),
		0);
	scene->releases++;
}

/* A price of one of the announced kinds, at once or later, for a while or for good. */
static void price_set(struct scene *scene)
{
	struct bench *bench = &scene->bench;
	bool promotion = dice(scene, 2) == 0;
	int64_t from_ms = bench->now_ms + dice(scene, 3) * 40 * MINUTE_MS;
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	br_time_format(from_ms, from);
	br_time_format(from_ms + (1 + dice(scene, 90)) * MINUTE_MS, to);
	CHECK_INT(
		bench_do(bench, "price.set",
			"{'sku':'A','kind':'%s','amount':%u.%u,'currency':'EUR','from':'%s'%s%s%s}",
			promotion ? "promotion" : "regular", 1 + dice(scene, 5), dice(scene, 10),
			from, promotion ? ",'to':'" : "", promotion ? to : "",
			promotion ? "'" : ""),
		0);
}

/* Takes back the promotion that counts, when there is one. */
static void price_cancel(struct scene *scene)
{
	enum br_refusal refusal =
		bench_do(&scene->bench, "price.cancel", "{'sku':'A','kind':'promotion'}");

	CHECK(refusal == 0 || refusal == BR_REFUSAL_UNKNOWN_PRICE);
}

/* Lets time pass; nobody pays more even before the timers that are due have fired. */
static void time_pass(struct scene *scene)
{
	struct bench *bench = &scene->bench;
	struct br_timer timer;

	bench->now_ms += dice(scene, 30) * MINUTE_MS + 1;
	while (br_timer_next(bench_read(bench), NULL, &timer) && timer.at_ms <= bench->now_ms) {
		char at[BR_TIME_TEXT_BYTES];

		/* A hold that is over counts no more, a moment before its alarm is raised. */
		if (scene->patient)
			check(scene);
		br_time_format(timer.at_ms, at);
		CHECK_INT(bench_do(bench, br_timer_commands[timer.kind], "{'key':'%s','at':'%s'}",
				  timer.key, at),
			0);
		if (timer.kind != BR_TIMER_PRICE_HOLD)
			continue;
		/* The alarm names the label, and somebody goes and looks. */
		scene->overs++;
		label_shows(scene);
	}
}

/* The clock goes on while the node is down. */
static void restart(struct bench *bench)
{
	int64_t now_ms = bench->now_ms;

	bench_reopen(bench);
	bench->now_ms = now_ms;
}

static void steps_run(uint64_t seed, unsigned hold_minutes)
{
	struct scene scene = {.random = seed, .shelf = -1, .patient = hold_minutes > 60};
	struct bench *bench = &scene.bench;
	char name[32];

	(void)snprintf(name, sizeof(name), "steps-%u", (unsigned)seed);
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(bench_do(bench, "label.bind", "{'label':'0123456789AB','sku':'A'}"), 0);
	CHECK_INT(bench_do(bench, "policy.set", "{'price_hold_minutes':%u}", hold_minutes), 0);
	CHECK_INT(bench_do(bench, "price.set", "{'sku':'A','amount':3,'currency':'EUR'}"), 0);
	label_shows(&scene);
	for (unsigned i = 0; i < STEPS; i++) {
		switch (dice(&scene, 6)) {
		case 0:
		case 1:
			price_set(&scene);
			break;
		case 2:
			price_cancel(&scene);
			break;
		case 3:
			label_shows(&scene);
			break;
		default:
			time_pass(&scene);
		}
		check(&scene);
		scene.holds += till_now(&scene).held;
		if (i % 100 == 99)
			restart(bench);
	}
	/* All that is tested has happened. */
	CHECK(scene.holds > 5 && scene.releases > 0);
	CHECK(hold_minutes > 60 || scene.overs > 0);
	bench_verify(bench);
	bench_close(bench);
}

static void test_nobody_pays_more_than_the_shelf_says(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		steps_run(seed, 10080);
}

static void test_nor_when_holds_run_out(void)
{
	for (uint64_t seed = 11; seed <= 13; seed++)
		steps_run(seed, 10);
}

int main(int argc, char **argv)
{
	TEST(test_nobody_pays_more_than_the_shelf_says);
	TEST(test_nor_when_holds_run_out);
	return test_end(argc, argv);
}
