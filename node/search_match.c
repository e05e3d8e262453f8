#include "node/search_match.h"

#include <stdlib.h>
#include <string.h>

#define BITS 64u
/* Scores: no mistake goes before everything, whole words before what the tills sold. */
#define SCORE_RIGHT 0x10000u
#define SCORE_IN_STOCK 0x1000u
#define SCORE_WHOLE 0x100u
#define RANK_IN_STOCK 0x80u

struct query {
	char words[BR_FOLD_WORDS_MAX][BR_FOLD_WORD_BYTES_MAX];
	size_t lengths[BR_FOLD_WORDS_MAX];
	unsigned n;
};

/* Where a range's products are marked. */
struct marks {
	const struct br_search_index *index;
	uint64_t *bits;
};

static void query_add(void *context, struct br_str word)
{
	struct query *query = context;

	br_assert(query->n < BR_FOLD_WORDS_MAX && word.n <= BR_FOLD_WORD_BYTES_MAX);
	memcpy(query->words[query->n], word.s, word.n);
	query->lengths[query->n++] = word.n;
}

static struct br_str query_word(const struct query *query, unsigned i)
{
	br_assert(i < query->n);
	return (struct br_str){query->words[i], query->lengths[i]};
}

void br_search_match_finish(struct br_search_match *match)
{
	free(match->all);
	free(match->one);
	free(match->whole);
	*match = (struct br_search_match){.space = 0};
}

/* Room for a bit of every product. */
static bool match_reserve(struct br_search_match *match, size_t products)
{
	size_t space = products / BITS + 1;

	if (space <= match->space)
		return true;
	br_search_match_finish(match);
	space += space / 4;
	match->all = calloc(space, sizeof(uint64_t));
	match->one = calloc(space, sizeof(uint64_t));
	match->whole = calloc(space, sizeof(uint64_t));
	if (match->all == NULL || match->one == NULL || match->whole == NULL) {
		br_search_match_finish(match);
		return false;
	}
	match->space = space;
	br_assert(match->space * BITS > products);
	return true;
}

static void place_mark(const struct br_search_index *index, uint32_t place, uint64_t *bits)
{
	uint32_t n;
	const uint32_t *numbers = br_search_index_products(index, place, &n);

	br_assert(bits != NULL);
	for (uint32_t i = 0; i < n; i++)
		bits[numbers[i] / BITS] |= UINT64_C(1) << numbers[i] % BITS;
}

static void range_mark(void *context, struct br_search_range range)
{
	const struct marks *marks = context;

	br_assert(range.first <= range.end);
	for (uint32_t place = range.first; place < range.end; place++)
		place_mark(marks->index, place, marks->bits);
}

static size_t letters_count(struct br_str word)
{
	size_t n = 0;

	for (size_t i = 0; i < word.n; i++)
		n += ((unsigned char)word.s[i] & 0xC0) != 0x80;
	return n;
}

/* Keeps in `all` what has the word, too, with a mistake when `typos`. */
static void word_match(struct br_search_match *match, const struct br_search_index *index,
	struct br_str word, bool typos, size_t n)
{
	struct br_search_range every = {0, (uint32_t)index->sorted.n};
	struct br_search_range range = br_search_index_narrow(index, every, 0, word);
	struct marks marks = {index, match->one};

	br_assert(word.n > 0 && n <= match->space);
	memset(match->one, 0, n * sizeof(uint64_t));
	range_mark(&marks, range);
	if (typos && letters_count(word) >= BR_SEARCH_TYPO_LETTERS_MIN)
		br_search_near(index, word, range_mark, &marks);
	for (size_t i = 0; i < n; i++)
		match->all[i] &= match->one[i];
	if (typos)
		return;
	memset(match->one, 0, n * sizeof(uint64_t));
	if (range.first < range.end && br_str_equal(br_search_index_text(index, range.first), word))
		place_mark(index, range.first, match->one);
	for (size_t i = 0; i < n; i++)
		match->whole[i] &= match->one[i];
}

static uint32_t score_of(const struct br_search_match *match, const struct br_search_index *index,
	uint32_t number, bool typos)
{
	uint8_t rank = ((const struct br_search_product *)index->products.items)[number].rank;
	uint32_t score = rank & (RANK_IN_STOCK - 1);

	br_assert(number < index->products.n);
	if (rank & RANK_IN_STOCK)
		score += SCORE_IN_STOCK;
	if (!typos)
		score += SCORE_RIGHT;
	if (match->whole[number / BITS] >> number % BITS & 1)
		score += SCORE_WHOLE;
	return score;
}

/* Puts the product where its score belongs; among equals the one that came first stays first. */
static void hit_put(
	struct br_search_match *match, struct br_search_hit hit, unsigned limit, unsigned *n)
{
	unsigned at;

	br_assert(*n <= limit && limit <= BR_SEARCH_HITS_MAX);
	if (*n == limit && match->hits[limit - 1].score >= hit.score)
		return;
	at = *n < limit ? (*n)++ : limit - 1;
	for (; at > 0 && match->hits[at - 1].score < hit.score; at--)
		match->hits[at] = match->hits[at - 1];
	match->hits[at] = hit;
}

static bool hit_is(const struct br_search_match *match, unsigned n, uint32_t number)
{
	for (unsigned i = 0; i < n; i++)
		if (match->hits[i].number == number)
			return true;
	return false;
}

static unsigned hits_collect(struct br_search_match *match, const struct br_search_index *index,
	unsigned limit, unsigned n, bool typos)
{
	const struct br_search_product *products = index->products.items;
	unsigned exact = n;

	for (size_t i = 0; i * BITS < index->products.n; i++)
		for (uint64_t bits = match->all[i]; bits != 0; bits &= bits - 1) {
			uint32_t number = (uint32_t)(i * BITS) + (uint32_t)__builtin_ctzll(bits);

			br_assert(number < index->products.n);
			if (products[number].live && (!typos || !hit_is(match, exact, number)))
				hit_put(match,
					(struct br_search_hit){
						number, score_of(match, index, number, typos)},
					limit, &n);
		}
	return n;
}

/* One pass over the words, with mistakes or without. */
static unsigned query_run(struct br_search_match *match, const struct br_search_index *index,
	const struct query *query, unsigned limit, unsigned n, bool typos)
{
	size_t bits = index->products.n / BITS + 1;
	unsigned wrong = 0;

	br_assert(bits <= match->space && query->n > 0);
	memset(match->all, 0xFF, bits * sizeof(uint64_t));
	memset(match->whole, typos ? 0 : 0xFF, bits * sizeof(uint64_t));
	/* Bits behind the last product stand for nothing. */
	match->all[bits - 1] = (UINT64_C(1) << index->products.n % BITS) - 1;
	for (unsigned i = 0; i < query->n; i++) {
		struct br_str word = query_word(query, i);
		bool may = typos && wrong < BR_SEARCH_TYPO_WORDS_MAX;

		wrong += letters_count(word) >= BR_SEARCH_TYPO_LETTERS_MIN;
		word_match(match, index, word, may, bits);
	}
	return hits_collect(match, index, limit, n, typos);
}

unsigned br_search_match_run(struct br_search_match *match, struct br_search_index *index,
	struct br_str text, unsigned limit)
{
	struct query query = {.n = 0};
	bool long_word = false;
	unsigned n;

	br_assert(limit > 0 && limit <= BR_SEARCH_HITS_MAX);
	br_fold_words(text, query_add, &query);
	if (query.n == 0 || index->products.n == 0 || !match_reserve(match, index->products.n))
		return 0;
	br_search_index_sort(index);
	n = query_run(match, index, &query, limit, 0, false);
	for (unsigned i = 0; i < query.n; i++)
		long_word |= letters_count(query_word(&query, i)) >= BR_SEARCH_TYPO_LETTERS_MIN;
	if (n < limit && long_word)
		n = query_run(match, index, &query, limit, n, true);
	return n;
}
