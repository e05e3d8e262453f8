/*
 * Chains with a mistake planted in the product, from seed 1 on until one breaks. Says each seed
 * before it runs, because some mistakes end the process, and what broke; the exit status is 1 then,
 * and 0 when all of CHAIN_MUTANT_SEEDS held.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tests/cloud-sync/chain.h"

static struct chain chain;

int main(void)
{
	shop_in_memory();
	for (uint64_t seed = 1; seed <= CHAIN_MUTANT_SEEDS; seed++) {
		printf("seed %" PRIu64 "\n", seed);
		(void)fflush(stdout);
		if (!chain_run(&chain, seed, CHAIN_STEPS)) {
			printf("found %s\n", chain.broken);
			return 1;
		}
	}
	return 0;
}
