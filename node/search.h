/*
 * Search: products by what people type or scan, as they type it.
 *
 * A text that is a code (scan.h) finds its product. Otherwise every word of it must begin a word of
 * the product's names, brand or SKU, in any order, in any script and without regard to case and
 * accents. Words of five and more letters may have one letter wrong, missing, too many or two
 * swapped, when there are not enough that fit exactly.
 *
 * First comes what fits without a mistake; then what is in stock; then what has all words whole;
 * then what the tills sold most of.
 *
 * The index (search_index.h) lies in memory and is made from the views and the journal, which say
 * all that is in it: nothing of it is stored, and an import costs the ledger nothing. It is filled
 * and follows the journal in steps, so that nobody waits long for it; until it is filled, less is
 * found. It belongs to one thread. With 400,000 products it takes some 40 MB.
 *
 *	create ──► follow … follow (filled) ──► follow, find, find, follow …
 */
#pragma once

#include "node/store.h"

struct br_search;

/* BR_E_MEMORY. */
BR_MUST_CHECK int br_search_create(struct br_search **ret_search);
void br_search_destroy(struct br_search *search);
BR_DEFINE_CLEANUP(search, br_search_destroy)

/*
 * Brings the index nearer to what the transaction shows: takes at most `steps` products or events,
 * a few microseconds each. True when there is nothing left to take.
 */
bool br_search_follow(struct br_search *search, struct br_txn *txn, unsigned steps);

/*
 * Calls `found` for at most `limit` (1 to BR_SEARCH_HITS_MAX) products that are in the catalogue,
 * best first. Takes the newest events first, as many as can be taken in a moment.
 */
#define BR_SEARCH_HITS_MAX 100
void br_search_find(struct br_search *search, struct br_txn *txn, struct br_str text,
	unsigned limit, void (*found)(void *context, struct br_str sku), void *context);

/* Bytes that the index takes, about. */
size_t br_search_bytes(const struct br_search *search);
