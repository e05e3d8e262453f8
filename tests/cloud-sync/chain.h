/*
 * The simulation of a whole chain: two to four stores with their own ledgers, cores and links, one
 * HQ that knows them all, and two brokers at each line between, in one process under simulated
 * time. Everything follows from the seed, so a chain that broke is run again by its number.
 *
 *	tills, associates, timers ──► store ═══ line ═══╗
 *	tills, associates, timers ──► store ═══ line ═══╬═══ HQ ◄── online shoppers
 *	tills, associates, timers ──► store ═══ line ═══╝
 *
 * What happens: lines lose, double, delay, reorder; brokers forget their queue, or bring what they
 * had brought before; bridges and local brokers are away; processes die at either side of any
 * commit, the stores' and HQ's; stores and HQ are put back to an old backup; clocks jump. HQ
 * refuses events, which people send again or give up; it sets prices, some for a time to come, the
 * catalogue and the policy.
 *
 * What must hold, at every step and when all is quiet again, stands in chain_check.c.
 */
#pragma once

#include "tests/cloud-sync/office.h"

#define CHAIN_SITES_MAX OFFICE_SITES_MAX
#define CHAIN_STEPS 50
#define CHAIN_ASKED 4

struct chain_figures {
	uint64_t events, messages, lost, doubled, crashes, hq_crashes, restores, hq_restores,
		brokers, spent, placed, resourced, commands, jumps, refused, resent, dismissed,
		aside, repaired;
};

struct chain {
	struct site *sites[CHAIN_SITES_MAX]; /* owned */
	unsigned site_n;
	struct office office;
	uint64_t seed, random;
	bool calm;		    /* nothing goes wrong any more */
	bool dies;		    /* processes die by chance */
	uint64_t turn, doomed_turn; /* else one dies in this turn of all, counted from 1 */
	enum shop_fate doom;
	/* A restore forgets what HQ has reacted to: these wishes may stand at two stores. */
	bool excused[CHAIN_SITES_MAX];
	unsigned crashes_seen[CHAIN_SITES_MAX];
	unsigned epochs_seen[CHAIN_SITES_MAX]; /* generations of HQ, as each store follows it */
	/* Commands that may come once more under their ids: whoever asked has not heard. */
	char asked[CHAIN_SITES_MAX][CHAIN_ASKED][400];
	unsigned asked_n[CHAIN_SITES_MAX];
	struct chain_figures figures;
	char broken[400]; /* what does not hold; empty while all does */
};

/* Runs a seed's chain from its beginning until all is quiet. True when everything held. */
bool chain_run(struct chain *chain, uint64_t seed, unsigned steps);

/*
 * Runs one busy, but otherwise undisturbed hour in which one process dies in the given turn. False
 * when it broke; *ret_turns is how many turns there were.
 */
bool chain_run_doomed(struct chain *chain, uint64_t turn, enum shop_fate doom, uint64_t *ret_turns);

/* Says what does not hold; the first one stays. */
void chain_break(struct chain *chain, const char *format, ...) BR_PRINTF(2, 3);

/* What must hold at any moment between two turns. */
void chain_check_always(struct chain *chain);

/* What must hold when all is quiet; counts what is left in quarantine. */
void chain_check_quiet(struct chain *chain);
