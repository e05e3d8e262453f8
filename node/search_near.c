/*
 * Words one edit away: a walk down the sorted words, letter by letter as the query has them, that
 * tries at each letter every mistake which could have been made there. What follows the mistake
 * must be right, so each try is one search in the order of words.
 */
#include "node/search_match.h"

struct near {
	const struct br_search_index *index;
	void (*range)(void *context, struct br_search_range range);
	void *context;
};

/* The bytes of the character that the text begins with. */
static size_t character_bytes(struct br_str text)
{
	size_t n = 1;

	br_assert(text.n > 0);
	while (n < text.n && ((unsigned char)text.s[n] & 0xC0) == 0x80)
		n++;
	return n;
}

static struct br_str behind(struct br_str text, size_t n)
{
	br_assert(n <= text.n);
	return (struct br_str){text.s + n, text.n - n};
}

/* Gives out the words of the range that go on with `rest`. */
static void rest_try(
	const struct near *near, struct br_search_range range, size_t depth, struct br_str rest)
{
	struct br_search_range found = br_search_index_narrow(near->index, range, depth, rest);

	br_assert(found.first >= range.first && found.end <= range.end);
	if (found.first < found.end)
		near->range(near->context, found);
}

/* The words go on with `character` where the query has `rest`: replaced, put in or swapped. */
static void character_try(const struct near *near, struct br_search_range range, size_t depth,
	struct br_str character, struct br_str rest)
{
	size_t n = character_bytes(rest), next_n;

	br_assert(character.n > 0);
	depth += character.n;
	rest_try(near, range, depth, behind(rest, n));
	rest_try(near, range, depth, rest);
	if (rest.n == n)
		return;
	next_n = character_bytes(behind(rest, n));
	if (!br_str_equal(character, (struct br_str){rest.s + n, next_n}))
		return;
	range = br_search_index_narrow(near->index, range, depth, (struct br_str){rest.s, n});
	rest_try(near, range, depth + n, behind(rest, n + next_n));
}

/* Every character that words of the range have at `depth`. */
static void characters_try(
	const struct near *near, struct br_search_range range, size_t depth, struct br_str rest)
{
	while (range.first < range.end) {
		struct br_str text = br_search_index_text(near->index, range.first), character;
		struct br_search_range same;

		br_assert(text.n >= depth);
		if (text.n == depth) {
			range.first++;
			continue;
		}
		character = (struct br_str){text.s + depth, character_bytes(behind(text, depth))};
		same = br_search_index_narrow(near->index, range, depth, character);
		character_try(near, same, depth, character, rest);
		range.first = same.end;
	}
}

void br_search_near(const struct br_search_index *index, struct br_str letters,
	void (*range)(void *context, struct br_search_range range), void *context)
{
	const struct near near = {index, range, context};
	struct br_search_range at = {0, (uint32_t)index->sorted.n};
	struct br_str rest = letters;
	size_t depth = 0;

	br_assert(letters.n > 0 && letters.n <= BR_FOLD_WORD_BYTES_MAX);
	while (rest.n > 0 && at.first < at.end) {
		size_t n = character_bytes(rest);

		/* The query's letter is one too many. */
		rest_try(&near, at, depth, behind(rest, n));
		characters_try(&near, at, depth, rest);
		at = br_search_index_narrow(index, at, depth, (struct br_str){rest.s, n});
		depth += n;
		rest = behind(rest, n);
	}
}
