/*
 * Whole chains of stores under many seeds: chain.h tells the story. In the environment CHAIN_SEEDS
 * runs that many instead of CI's slice, CHAIN_SEED one alone, CHAIN_STEPS makes each longer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/cloud-sync/chain.h"
#include "tests/lib/test.h"

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static struct chain chain;

static void figures_add(struct chain_figures *sum, const struct chain_figures *more)
{
	for (size_t i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
		((uint64_t *)sum)[i] += ((const uint64_t *)more)[i];
}

static void figures_tell(uint64_t seeds, const struct chain_figures *sum)
{
	printf("%" PRIu64 " chains: %" PRIu64 " events; of %" PRIu64 " messages %" PRIu64
	       " lost, %" PRIu64 " doubled; %" PRIu64 " deaths of stores, %" PRIu64
	       " of HQs; %" PRIu64 " stores and %" PRIu64 " HQs restored, %" PRIu64
	       " brokers restarted, %" PRIu64 " clocks set; %" PRIu64 " commands, %" PRIu64
	       " orders placed, %" PRIu64 " elsewhere again; %" PRIu64
	       " rights spent or given back; HQ refused %" PRIu64 " events, %" PRIu64
	       " were sent again, %" PRIu64 " given up, %" PRIu64 " stand; %" PRIu64 " repairs\n",
		seeds, sum->events, sum->messages, sum->lost, sum->doubled, sum->crashes,
		sum->hq_crashes, sum->restores, sum->hq_restores, sum->brokers, sum->jumps,
		sum->commands, sum->placed, sum->resourced, sum->spent, sum->refused, sum->resent,
		sum->dismissed, sum->aside, sum->repaired);
}

static void test_every_chain_holds(void)
{
	const char *only = getenv("CHAIN_SEED");
	uint64_t first = setting("CHAIN_SEED", 1);
	uint64_t n = only != NULL ? 1 : setting("CHAIN_SEEDS", CHAIN_SEEDS);
	unsigned steps = (unsigned)setting("CHAIN_STEPS", CHAIN_STEPS);
	struct chain_figures sum = {0};

	for (uint64_t seed = first; seed < first + n; seed++) {
		if (!chain_run(&chain, seed, steps))
			printf("seed %" PRIu64 ": %s\n  again: CHAIN_SEED=%" PRIu64 "\n", seed,
				chain.broken, seed);
		CHECK_TEXT(chain.broken, "");
		figures_add(&sum, &chain.figures);
	}
	figures_tell(n, &sum);
	/* Else the simulation has not tried what it is for. */
	CHECK(n < 200 ||
		(sum.lost > n && sum.doubled > n && sum.crashes > n && sum.hq_crashes > n &&
			sum.restores > n / 4 && sum.hq_restores > n / 8 && sum.brokers > n &&
			sum.jumps > n && sum.resourced > n / 2 && sum.spent > n &&
			sum.refused > n && sum.resent > n && sum.dismissed > n / 2 &&
			sum.aside > n && sum.repaired > n / 8));
}

/* A process dies at each boundary of each turn of an hour, in turn. */
static void test_a_death_in_each_turn(void)
{
	uint64_t turns = 1, deaths = 0;

	for (uint64_t turn = 1; turn <= turns; turn++)
		for (unsigned doom = SHOP_LIVES + 1; doom < SHOP_FATES; doom++) {
			if (!chain_run_doomed(&chain, turn, doom, &turns))
				printf("turn %" PRIu64 ", death %u: %s\n", turn, doom,
					chain.broken);
			CHECK_TEXT(chain.broken, "");
			deaths++;
		}
	printf("%" PRIu64 " deaths, one in each of %" PRIu64 " turns and at each boundary\n",
		deaths, turns);
	CHECK(turns > 20);
}

int main(int argc, char **argv)
{
	shop_in_memory();
	TEST(test_every_chain_holds);
	TEST(test_a_death_in_each_turn);
	return test_end(argc, argv);
}
