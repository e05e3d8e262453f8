/*
 * An ordeal: work of HQ's making that this program may die of, and must not die of for ever.
 *
 * What HQ sends is checked before it is applied, but a mistake in this program may still end it: an
 * assertion, a crash, a hang that the watchdog ends, an error of the ledger. HQ sends again what
 * has no answer, so the next process would die of the same, and the one behind it: a whole store
 * would stand still for one command. An ordeal tells the culprit by what is durable in the ledger,
 * and costs nothing as long as nobody dies.
 *
 *	start: the last process        start: it did not; what was marked
 *	ended on purpose               has one death more
 *	        │                                 │
 *	        ▼       careful_n went well       ▼
 *	      easy ◄────────────────────────── careful ◄────────────┐
 *	        │ many a turn, no marks           │ one a turn:     │
 *	        │                                 │ marked,         │
 *	        │                                 │ committed,      │ its mark goes with
 *	        │                                 │ then tried      │ its own commit
 *	        │                                 ├───── done ──────┘
 *	        └── dies: the next is careful ◄───┴── dies
 *
 *	BR_ORDEAL_DEATHS deaths with its mark ──► poison: it is refused untried
 *
 * That a process works on such things at all is kept once, before the first of them, and taken back
 * when it ends on purpose: one commit each. So only behind an end that was none each of them has a
 * commit of its own, and the mark of the next one shares it.
 *
 * A power cut is a death like any other. One puts the next process into its careful state; to be
 * refused something must have been marked at BR_ORDEAL_DEATHS of them, without having been done in
 * between. A ledger restored from a hot copy begins carefully, with the counts of then.
 *
 * When one culprit follows the other, the service manager would give the program up (StartLimit…,
 * packaging/backroom.service.in). So behind BR_ORDEAL_STREAK deaths in a row the work rests for a
 * minute, then for two, up to an hour, while the store goes on.
 *
 * Users: the inbox for HQ's commands, by their id, whichever number they come under; recovery for
 * the past that comes back, by its sequence. Each has an ordeal of its own, a row of
 * BR_TABLE_STATE. Core thread only.
 */
#pragma once

#include "node/core.h"

#define BR_ORDEAL_DEATHS 3	 /* of one thing, behind the first death, that nobody can blame */
#define BR_ORDEAL_STREAK 9	 /* deaths with a mark in a row, after which it rests */
#define BR_ORDEAL_SUSPECTS_MAX 8 /* what died is remembered; the oldest falls out */
#define BR_ORDEAL_REST_MS 60000	 /* the first rest, doubled with each death */
#define BR_ORDEAL_REST_MAX_MS 3600000

struct br_ordeal;

struct br_ordeal_options {
	const char *name;   /* of its row; a constant */
	unsigned careful_n; /* as many as one turn can have had under way when the process died */
};

/*
 * All borrowed. What the ledger says of the last process is read here, and a row that cannot be
 * read only makes it careful. The store's errors, BR_E_MEMORY.
 */
BR_MUST_CHECK int br_ordeal_create(struct br_core *core, struct br_store *store,
	const struct br_clock *clock, const struct br_ordeal_options *options,
	struct br_ordeal **ret_ordeal);
void br_ordeal_destroy(struct br_ordeal *ordeal);
BR_DEFINE_CLEANUP(ordeal, br_ordeal_destroy)

enum br_ordeal_word {
	BR_ORDEAL_WAIT,	 /* what must be durable first is in this turn's transaction: ask next turn
			  */
	BR_ORDEAL_GO,	 /* try it, in this turn */
	BR_ORDEAL_POISON /* it has had its deaths: refuse it, in this turn */
};

/*
 * May `what` (1 to BR_ID_BYTES_MAX bytes) be tried? An enum br_ordeal_word, or negative: the store
 * failed.
 */
BR_MUST_CHECK int br_ordeal_begin(struct br_ordeal *ordeal, struct br_str what);

/* It was tried, or refused, in this turn's transaction, whatever came of it. 0 or negative. */
BR_MUST_CHECK int br_ordeal_done(struct br_ordeal *ordeal, struct br_str what);

/* Something will come: what the first of it would wait for is kept with this turn. */
BR_MUST_CHECK int br_ordeal_expect(struct br_ordeal *ordeal);

/* Nothing waits to be tried: a mark that stands is taken away, so that no idle death counts. */
BR_MUST_CHECK int br_ordeal_idle(struct br_ordeal *ordeal);

/* The process ends on purpose: into this turn's transaction. */
BR_MUST_CHECK int br_ordeal_end(struct br_ordeal *ordeal);

/* One a turn. */
bool br_ordeal_careful(const struct br_ordeal *ordeal);

/* How often the process died while it was marked. */
unsigned br_ordeal_deaths(const struct br_ordeal *ordeal, struct br_str what);

/* Boot ms until which nothing is to be begun; 0 when there is no reason to wait. */
int64_t br_ordeal_rest_until_ms(const struct br_ordeal *ordeal);
