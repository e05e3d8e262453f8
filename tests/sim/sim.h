/*
 * The simulation of one store: the ledger's core in this process, on a real LMDB file, under
 * simulated time, with everything around it that can go wrong.
 *
 *	actors ── letters ──► mail (delays, repeats, reorders) ──► core ──► commit ──► answers
 *	                                                             crash before │ crash after
 *
 * An actor (a till, an associate, HQ, a timer) looks at what is committed, as a person looks at the
 * dashboard, and writes a letter: one command as JSON. The mail keeps it until its answer was
 * heard, and sends it again, also when it was heard. Every commit has two boundaries, and a crash
 * at either closes the store and opens it again: before it all of the turn is lost, after it all
 * of the turn is kept and no answer leaves. Clocks jump by a year and back.
 *
 * Everything follows from the seed, so a run that failed is repeated by its number.
 */
#pragma once

#include <stdio.h>

#include "node/core.h"

#define SIM_LETTERS_MAX 256
#define SIM_JSON_BYTES_MAX 4096
#define SIM_SKUS 12
#define SIM_IDS_MAX 8192

/* One command on its way. */
struct sim_letter {
	char id[32], actor[32], type[32], json[SIM_JSON_BYTES_MAX];
	int64_t happened_ms; /* 0 = when it arrives */
	bool answered;
	struct br_answer answer; /* the first that was heard */
};

/* What the journal adds up to for one product, apart from the store's own views. */
struct sim_sum {
	int64_t buckets[BR_BUCKET_N], reserved, rights;
};

struct sim_figures {
	unsigned letters, accepted, refused, repeats, conflicts, crashes, jumps, commits, timers,
		corrections;
};

struct sim {
	uint64_t seed, random;
	bool trace;
	const char *path, *scratch; /* of the ledger, and for the views rebuilt; borrowed */
	struct br_store *store;
	struct br_keys *keys;
	struct br_core *core;
	struct br_arena arena; /* of one step */
	int64_t now_ms;
	bool corrected; /* the clock was, and prices were not looked at since */
	bool deaf;	/* answers do not reach anybody: the process dies as they leave */
	struct sim_letter letters[SIM_LETTERS_MAX];
	unsigned letter_n; /* written so far; the slot is the number modulo SIM_LETTERS_MAX */
	struct sim_sum sums[SIM_SKUS];
	int64_t promised[SIM_SKUS]; /* reserved, picked and rights at the last command's end */
	uint64_t summed;	    /* the last event in the sums */
	/* Hashes of the commands whose events were seen, so that none is seen twice. */
	uint64_t commands[SIM_IDS_MAX];
	unsigned command_n;
	uint64_t command_last;	    /* hash of the last event's command */
	unsigned kinds[BR_EVENT_N]; /* events of each kind that were seen */
	/* NULL, or where commands of others and events go as JSON, one a line. Set before the run;
	 * the caller's. */
	FILE *said, *epcis; /* epcis: an EPCIS document for each event that is some */
	struct sim_figures figures;
	char broken[400]; /* what does not hold; empty while all does */
};

/* Runs `steps` steps of the seed on a new ledger at `path`, which must not exist yet, then lets
 * everything come to rest. True when all held; else `sim->broken` says what did not. */
bool sim_run(struct sim *sim, const char *path, const char *scratch, uint64_t seed, unsigned steps,
	bool trace);

/* A number below n, from the seed. */
unsigned sim_upto(struct sim *sim, unsigned n);

/* Writes a new letter from `actor`; the body is JSON with ' for ". */
struct sim_letter *sim_write(struct sim *sim, const char *actor, const char *type,
	const char *format, ...) BR_PRINTF(4, 5);

/* Somebody does something: writes a letter that makes sense to him, mostly. */
void sim_act(struct sim *sim, struct br_txn *txn);

/* The catalogue and the first goods, as letters. */
void sim_open_store(struct sim *sim);

/* Looks at everything that was committed since the last call; sets `broken`. */
void sim_check(struct sim *sim);

/* The slow checks: all products, all orders, views rebuilt from the journal. */
void sim_check_all(struct sim *sim);

/* The part of both that concerns orders. */
void sim_check_orders(struct sim *sim, struct br_txn *txn, bool all);

/* A new ledger is filled with what HQ was told, and must hold the same. */
void sim_come_back(struct sim *sim);

/* Says what does not hold; the first one stays. */
void sim_break(struct sim *sim, const char *format, ...) BR_PRINTF(2, 3);
