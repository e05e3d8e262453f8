/*
 * What is open: deliveries, transfers and counts that somebody still has to do something about.
 *
 * A view of marks (BR_TABLE_OPEN: noun, key), so that the lists of what is to be done need not walk
 * over years of what is done.
 */
#pragma once

#include "node/history.h"
#include "node/store.h"

/* For apply(): sets or takes away the mark. */
void br_open_set(struct br_txn *txn, enum br_noun noun, struct br_str key, bool open);

/*
 * Calls `visit` with the key of everything open of that noun, in the keys' order, until it returns
 * false. The key points into the store. Errors are kept by the transaction.
 */
void br_open_walk(struct br_txn *txn, enum br_noun noun,
	bool (*visit)(void *context, struct br_str key), void *context);
