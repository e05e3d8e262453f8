/*
 * The search's index: which products have which words. Inside of search.h.
 *
 * Products have numbers in the order in which they came, words are sorted, and every word has the
 * numbers of its products in ascending order. A product that changes gets a new number and its old
 * one dies: so lists only grow at their ends, and whoever reads them passes over the dead. When the
 * dead are many, the living are numbered anew.
 *
 * All of it lies in a handful of arrays, because hundreds of thousands of words that are objects of
 * their own would take three times the memory.
 */
#pragma once

#include "node/fold.h"
#include "node/str.h"

struct br_search_product {
	uint32_t sku; /* offset in `skus` */
	uint8_t sku_n;
	uint8_t rank; /* what goes first among equals is greater */
	bool live;
};

struct br_search_word {
	uint64_t first; /* its first eight bytes as a number: most comparisons end there */
	uint32_t text;	/* offset in `texts` */
	uint32_t n;	/* of its products */
	uint32_t space; /* of `many`; 0 = the one product is in `one` */
	uint32_t one;
	uint32_t *many;
	uint8_t text_n;
};

/* A growing array of bytes or of items. */
struct br_search_array {
	void *items;
	size_t n, space; /* items */
};

struct br_search_index {
	struct br_search_array products; /* of struct br_search_product */
	struct br_search_array words;	 /* of struct br_search_word, in the order they came */
	struct br_search_array sorted;	 /* of uint32_t: words in byte order */
	struct br_search_array skus, texts;
	uint32_t *sku_slots, *word_slots; /* hash tables of number + 1, 0 = free */
	uint32_t sku_slot_n, word_slot_n; /* powers of two */
	uint32_t sku_n;			  /* SKUs in the hash table */
	uint32_t live_n;
	bool failed; /* memory ran out: what is found is not all there is */
};

void br_search_index_init(struct br_search_index *index);
void br_search_index_finish(struct br_search_index *index);

/* The number of a product that lives; false when there is none. */
bool br_search_index_find(
	const struct br_search_index *index, struct br_str sku, uint32_t *ret_number);

/* Gives the product a new number; the words are added to that one. */
void br_search_index_product(struct br_search_index *index, struct br_str sku, uint8_t rank);
void br_search_index_word(struct br_search_index *index, struct br_str word);

/* The product's number dies. */
void br_search_index_remove(struct br_search_index *index, struct br_str sku);

void br_search_index_rank(struct br_search_index *index, uint32_t number, uint8_t rank);

struct br_str br_search_index_sku(const struct br_search_index *index, uint32_t number);

/* Sorts what came since the last time; before any of what follows. */
void br_search_index_sort(struct br_search_index *index);

/* The word at a place of the order, and its products in ascending order. */
struct br_str br_search_index_text(const struct br_search_index *index, uint32_t place);
const uint32_t *br_search_index_products(
	const struct br_search_index *index, uint32_t place, uint32_t *ret_n);

/* Places in the order of words: from `first` up to `end`. */
struct br_search_range {
	uint32_t first, end;
};

/*
 * Of the words in `range`, which all have the same first `depth` bytes, those that go on with
 * `bytes`.
 */
struct br_search_range br_search_index_narrow(const struct br_search_index *index,
	struct br_search_range range, size_t depth, struct br_str bytes);
