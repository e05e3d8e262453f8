/*
 * Erasures: which keys go with a turn, and what is made good at the start.
 *
 *	customer.erased in the journal ─► commit ─► keys destroyed ─► answers leave
 *	                                     └ a crash here: destroyed at the next start
 *
 * The core's own: it adds each such event as it is written, and destroys behind its commit.
 */
#pragma once

#include "node/event.h"
#include "node/keys.h"
#include "node/limits.h"

/* A command erases one person at most, a turn has so many commands. */
#define BR_ERASURES_MAX BR_TURN_COMMANDS_MAX

struct br_erasures {
	struct br_keys *keys; /* borrowed; NULL: a core without keys, which erases nobody */
	struct br_keys_doomed *doomed;
	unsigned n; /* of this turn */
};

/* 0 or BR_E_MEMORY. */
BR_MUST_CHECK int br_erasures_init(struct br_erasures *erasures, struct br_keys *keys);
void br_erasures_finish(struct br_erasures *erasures);

/* Who is erased by an event: their keys that are older go when it is committed. */
void br_erasures_add(struct br_erasures *erasures, const struct br_event *event);

/*
 * The last erasure of a person in this turn, 0 = none: a key that is older is doomed. `context` is
 * the struct br_erasures.
 */
uint64_t br_erasures_of(void *context, const char *person);

/* Behind the commit of everything up to `upto`. */
BR_MUST_CHECK int br_erasures_commit(
	struct br_erasures *erasures, uint64_t upto, struct br_fault *fault);

/*
 * At the start: does what the journal of `store` has and the keys do not, then destroys keys that
 * nobody in the ledger has any more. The arena is reset.
 */
BR_MUST_CHECK int br_erasures_continue(struct br_erasures *erasures, struct br_store *store,
	struct br_arena *arena, struct br_fault *fault);
