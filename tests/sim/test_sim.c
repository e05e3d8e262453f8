/*
 * The simulated store under many seeds. SIM_SEEDS runs that many instead of the short slice,
 * SIM_SEED runs one of them alone and tells every step, SIM_STEPS makes each longer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/sim/sim.h"

#define SEEDS 200
#define STEPS 120

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static unsigned kinds[BR_EVENT_N];

static void seed_run(uint64_t seed, struct sim_figures *figures)
{
	bool trace = getenv("SIM_SEED") != NULL;
	struct sim *sim = calloc(1, sizeof(*sim));
	char path[512];

	REQUIRE(sim != NULL);
	(void)snprintf(path, sizeof(path), "%s/%" PRIu64, test_folder(), seed);
	if (!sim_run(sim, path, test_folder(), seed, (unsigned)setting("SIM_STEPS", STEPS), trace))
		printf("seed %" PRIu64 ": %s\n  again, step by step: SIM_SEED=%" PRIu64 "\n", seed,
			sim->broken, seed);
	CHECK_TEXT(sim->broken, "");
	for (size_t i = 0; i < sizeof(*figures) / sizeof(unsigned); i++)
		((unsigned *)figures)[i] += ((const unsigned *)&sim->figures)[i];
	for (unsigned i = 0; i < BR_EVENT_N; i++)
		kinds[i] += sim->kinds[i];
	br_store_remove(path);
	(void)snprintf(path, sizeof(path), "%s/%" PRIu64 "-keys", test_folder(), seed);
	br_store_remove(path);
	free(sim);
}

/*
 * Whatever can happen to goods and orders happens in some seed, but what only lengthens an event of
 * very many lines, and what is stated to HQ, which is not here.
 */
static void kinds_check(void)
{
	static const char *const nouns[] = {
		"order.", "delivery.", "transfer.", "count.", "sale.", "pick_list.", "rights."};

	for (unsigned i = 0; i < BR_EVENT_N; i++) {
		const char *name = br_event_types[i].name;

		if (kinds[i] == 0)
			printf("never: %s\n", name);
		for (unsigned j = 0; j < BR_ARRAY_LEN(nouns); j++)
			if (strncmp(name, nouns[j], strlen(nouns[j])) == 0 &&
				i != BR_EVENT_ORDER_MOVEMENTS && i != BR_EVENT_PICK_LIST_EXTENDED &&
				i != BR_EVENT_ORDER_STATED)
				CHECK(kinds[i] > 0);
	}
}

static void test_every_seed_holds(void)
{
	uint64_t first = setting("SIM_SEED", 1);
	uint64_t n = getenv("SIM_SEED") != NULL ? 1 : setting("SIM_SEEDS", SEEDS);
	struct sim_figures figures = {0};

	for (uint64_t seed = first; seed < first + n; seed++)
		seed_run(seed, &figures);
	printf("%" PRIu64 " seeds: %u letters, %u accepted, %u refused, %u repeats, %u conflicts, "
	       "%u commits, %u crashes, %u clock jumps, %u corrections, %u timers\n",
		n, figures.letters, figures.accepted, figures.refused, figures.repeats,
		figures.conflicts, figures.commits, figures.crashes, figures.jumps,
		figures.corrections, figures.timers);
	/* A simulation in which nothing goes wrong shows nothing. */
	if (n >= SEEDS) {
		CHECK(figures.crashes > n && figures.repeats > n && figures.conflicts > 0);
		CHECK(figures.jumps > 0 && figures.timers > 0 && figures.corrections > 0);
		CHECK(figures.accepted > figures.letters / 3);
		kinds_check();
	}
}

int main(int argc, char **argv)
{
	TEST(test_every_seed_holds);
	return test_end(argc, argv);
}
