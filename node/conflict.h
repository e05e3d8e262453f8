/*
 * Conflicts: a command that came under an id which was used before for another body.
 *
 * The first one stands; the second is answered "conflict" and, once for each id, written into the
 * journal, because one of the two is a sale that the store does not have: somebody must look at the
 * till. It reaches the central system on the lane of the stock.
 */
#pragma once

#include "node/event.h"

/* command.conflicted */
struct br_conflict {
	struct br_str command; /* the id */
	struct br_str actor;
	struct br_str type; /* of the second command */
	uint64_t first;	    /* sequence of what the first one did; 0 = it did nothing */
	int64_t at_ms;	    /* unix ms when the second came; in the row only */
};

extern const struct br_shape br_conflict_shape, br_conflict_row_shape;

/* True when this id's conflict is in the journal already. */
bool br_conflict_known(struct br_txn *txn, struct br_str actor, struct br_str command);
void br_conflict_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* Calls `visit` for each, by actor and id, until it returns false. */
void br_conflict_walk(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_conflict *conflict), void *context);
