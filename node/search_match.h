/*
 * Matching: which products have the words of a query, and which of them come first. Inside of
 * search.h.
 */
#pragma once

#include "node/search.h"
#include "node/search_index.h"

/* Words of a query that may have a mistake: a sentence full of them finds everything. */
#define BR_SEARCH_TYPO_WORDS_MAX 4
#define BR_SEARCH_TYPO_LETTERS_MIN 5

struct br_search_hit {
	uint32_t number;
	uint32_t score;
};

struct br_search_match {
	/* A bit for each product: those that have all words so far, those that have the one at
	 * hand, and those that have all words whole. */
	uint64_t *all, *one, *whole;
	size_t space; /* words of 64 bits in each */
	struct br_search_hit hits[BR_SEARCH_HITS_MAX];
};

/* Finds at most `limit` products, best first in `hits`; their number. */
unsigned br_search_match_run(struct br_search_match *match, struct br_search_index *index,
	struct br_str text, unsigned limit);

void br_search_match_finish(struct br_search_match *match);

/*
 * Calls `range` for the words that begin with a text one edit away from `letters`, characters in
 * UTF-8: one replaced, left out, put in, or two neighbours swapped. A word may come twice.
 */
void br_search_near(const struct br_search_index *index, struct br_str letters,
	void (*range)(void *context, struct br_search_range range), void *context);
