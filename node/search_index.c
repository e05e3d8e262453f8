/* _GNU_SOURCE for qsort_r(). */
#define _GNU_SOURCE
#include "node/search_index.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 1024u
/* The living are numbered anew when the dead are more than this and more than a quarter of them. */
#define DEAD_MIN 4096u
#define FREE 0u

void br_search_index_init(struct br_search_index *index)
{
	br_assert(index != NULL);
	*index = (struct br_search_index){.failed = false};
}

static struct br_search_product *product_at(const struct br_search_index *index, uint32_t number)
{
	br_assert(number < index->products.n);
	return (struct br_search_product *)index->products.items + number;
}

static struct br_search_word *word_at(const struct br_search_index *index, uint32_t word)
{
	br_assert(word < index->words.n);
	return (struct br_search_word *)index->words.items + word;
}

void br_search_index_finish(struct br_search_index *index)
{
	for (uint32_t i = 0; i < index->words.n; i++)
		if (word_at(index, i)->space > 0)
			free(word_at(index, i)->many);
	free(index->products.items);
	free(index->words.items);
	free(index->sorted.items);
	free(index->skus.items);
	free(index->texts.items);
	free(index->sku_slots);
	free(index->word_slots);
	br_search_index_init(index);
}

/* Room for `more` items of `size` bytes; false when there is none. */
static bool array_reserve(struct br_search_array *array, size_t more, size_t size)
{
	size_t space = array->space + array->space / 4 + more + 64;
	void *items;

	br_assert(array->n <= array->space);
	if (array->n + more <= array->space)
		return true;
	items = realloc(array->items, space * size);
	if (items == NULL)
		return false;
	array->items = items;
	array->space = space;
	return true;
}

/* Appends bytes; their offset, or false. */
static bool bytes_add(struct br_search_array *array, struct br_str bytes, uint32_t *ret_offset)
{
	if (array->n + bytes.n > UINT32_MAX || !array_reserve(array, bytes.n, 1))
		return false;
	if (bytes.n > 0)
		memcpy((char *)array->items + array->n, bytes.s, bytes.n);
	*ret_offset = (uint32_t)array->n;
	array->n += bytes.n;
	br_assert(array->n <= array->space);
	return true;
}

struct br_str br_search_index_sku(const struct br_search_index *index, uint32_t number)
{
	const struct br_search_product *product = product_at(index, number);

	br_assert(product->sku + product->sku_n <= index->skus.n);
	return (struct br_str){(const char *)index->skus.items + product->sku, product->sku_n};
}

static struct br_str word_text(const struct br_search_index *index, uint32_t word)
{
	const struct br_search_word *at = word_at(index, word);

	br_assert(at->text + at->text_n <= index->texts.n);
	return (struct br_str){(const char *)index->texts.items + at->text, at->text_n};
}

/* FNV-1a; what it hashes is the store's own catalogue. */
static uint32_t hash_of(struct br_str text)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.s[i]) * 16777619u;
	return hash ^ hash >> 15;
}

/* The slot that holds the SKU's number, or the free one where it belongs. */
static uint32_t *sku_slot(const struct br_search_index *index, struct br_str sku)
{
	uint32_t at = hash_of(sku) & (index->sku_slot_n - 1);

	br_assert(index->sku_slot_n > index->sku_n);
	while (index->sku_slots[at] != FREE &&
		!br_str_equal(br_search_index_sku(index, index->sku_slots[at] - 1), sku))
		at = (at + 1) & (index->sku_slot_n - 1);
	return &index->sku_slots[at];
}

static uint32_t *word_slot(const struct br_search_index *index, struct br_str text)
{
	uint32_t at = hash_of(text) & (index->word_slot_n - 1);

	br_assert(index->word_slot_n > index->words.n);
	while (index->word_slots[at] != FREE &&
		!br_str_equal(word_text(index, index->word_slots[at] - 1), text))
		at = (at + 1) & (index->word_slot_n - 1);
	return &index->word_slots[at];
}

/* Slots for `n` entries, at most half of them taken; all free. NULL without memory. */
static uint32_t *slots_make(uint32_t n, uint32_t *ret_n)
{
	uint32_t slot_n = SLOTS_MIN;

	while (slot_n < 2 * (n + 1))
		slot_n *= 2;
	br_assert((slot_n & (slot_n - 1)) == 0);
	*ret_n = slot_n;
	return calloc(slot_n, sizeof(uint32_t));
}

/* Room in the table of SKUs for one more. */
static bool skus_reserve(struct br_search_index *index)
{
	uint32_t *old = index->sku_slots, old_n = index->sku_slot_n, n;
	uint32_t *slots;

	if (old_n > 0 && (index->sku_n + 1) * 4 <= old_n * 3)
		return true;
	slots = slots_make(index->sku_n, &n);
	if (slots == NULL)
		return false;
	index->sku_slots = slots;
	index->sku_slot_n = n;
	br_assert(n > old_n);
	for (uint32_t i = 0; i < old_n; i++)
		if (old[i] != FREE)
			*sku_slot(index, br_search_index_sku(index, old[i] - 1)) = old[i];
	free(old);
	return true;
}

static bool words_reserve(struct br_search_index *index)
{
	uint32_t *old = index->word_slots, old_n = index->word_slot_n, n;
	uint32_t *slots;

	if (old_n > 0 && (index->words.n + 1) * 4 <= (size_t)old_n * 3)
		return true;
	slots = slots_make((uint32_t)index->words.n, &n);
	if (slots == NULL)
		return false;
	index->word_slots = slots;
	index->word_slot_n = n;
	br_assert(n > old_n);
	for (uint32_t i = 0; i < old_n; i++)
		if (old[i] != FREE)
			*word_slot(index, word_text(index, old[i] - 1)) = old[i];
	free(old);
	return true;
}

bool br_search_index_find(
	const struct br_search_index *index, struct br_str sku, uint32_t *ret_number)
{
	uint32_t entry;

	if (index->sku_slot_n == 0)
		return false;
	entry = *sku_slot(index, sku);
	if (entry == FREE || !product_at(index, entry - 1)->live)
		return false;
	br_assert(entry <= index->products.n);
	*ret_number = entry - 1;
	return true;
}

void br_search_index_remove(struct br_search_index *index, struct br_str sku)
{
	uint32_t number;

	if (!br_search_index_find(index, sku, &number))
		return;
	br_assert(index->live_n > 0);
	/* Its slot keeps the dead number: the SKU may well come back. */
	product_at(index, number)->live = false;
	index->live_n--;
}

void br_search_index_rank(struct br_search_index *index, uint32_t number, uint8_t rank)
{
	br_assert(product_at(index, number)->live);
	product_at(index, number)->rank = rank;
}

static uint64_t first_of(struct br_str text)
{
	uint64_t first = 0;

	for (size_t i = 0; i < sizeof(first); i++)
		first = first << 8 | (i < text.n ? (unsigned char)text.s[i] : 0);
	return first;
}

/* The word's place in the order of coming; a new one when it was not there. */
static bool word_make(struct br_search_index *index, struct br_str text, uint32_t *ret_word)
{
	struct br_search_word word = {.first = first_of(text), .text_n = (uint8_t)text.n};
	uint32_t *slot;

	br_assert(text.n > 0 && text.n <= BR_FOLD_WORD_BYTES_MAX);
	if (!words_reserve(index))
		return false;
	slot = word_slot(index, text);
	if (*slot != FREE) {
		*ret_word = *slot - 1;
		return true;
	}
	if (!array_reserve(&index->words, 1, sizeof(word)) ||
		!bytes_add(&index->texts, text, &word.text))
		return false;
	*ret_word = (uint32_t)index->words.n++;
	*word_at(index, *ret_word) = word;
	*slot = *ret_word + 1;
	return true;
}

/* Most words have one product, which needs no list. */
static bool word_grow(struct br_search_word *word)
{
	uint32_t space = word->space == 0 ? 4 : word->space + word->space / 2;
	uint32_t *many;

	br_assert(word->n > 0);
	if (word->n < word->space)
		return true;
	many = realloc(word->many, space * sizeof(*many));
	if (many == NULL)
		return false;
	if (word->space == 0)
		many[0] = word->one;
	word->many = many;
	word->space = space;
	return true;
}

void br_search_index_word(struct br_search_index *index, struct br_str text)
{
	uint32_t number = (uint32_t)index->products.n - 1, place;
	struct br_search_word *word;

	if (index->failed || !word_make(index, text, &place)) {
		index->failed = true;
		return;
	}
	br_assert(product_at(index, number)->live);
	word = word_at(index, place);
	if (word->n == 0) {
		word->one = number;
		word->n = 1;
		return;
	}
	/* A word that stands twice in a name. */
	if ((word->space > 0 ? word->many[word->n - 1] : word->one) == number)
		return;
	if (word_grow(word))
		word->many[word->n++] = number;
	else
		index->failed = true;
}

/* Gives the living new numbers without gaps; *ret_map has them by the old ones. */
static void products_renumber(struct br_search_index *index, uint32_t *map)
{
	struct br_search_product *products = index->products.items;
	char *skus = index->skus.items;
	uint32_t n = 0, skus_n = 0;

	for (uint32_t i = 0; i < index->products.n; i++) {
		map[i] = UINT32_MAX;
		if (!products[i].live)
			continue;
		memmove(skus + skus_n, skus + products[i].sku, products[i].sku_n);
		products[n] = products[i];
		products[n].sku = skus_n;
		skus_n += products[i].sku_n;
		map[i] = n++;
	}
	br_assert(n == index->live_n);
	index->products.n = n;
	index->skus.n = skus_n;
}

static void word_renumber(struct br_search_word *word, const uint32_t *map)
{
	uint32_t n = 0;

	br_assert(word->space == 0 || word->n <= word->space);
	if (word->space == 0 && word->n == 1) {
		word->n = map[word->one] != UINT32_MAX;
		word->one = word->n > 0 ? map[word->one] : 0;
	}
	for (uint32_t i = 0; i < word->n && word->space > 0; i++)
		if (map[word->many[i]] != UINT32_MAX)
			word->many[n++] = map[word->many[i]];
	if (word->space > 0)
		word->n = n;
	if (word->space > 0 && n == 0) {
		free(word->many);
		word->many = NULL;
		word->space = 0;
	}
}

/* Forgets the dead when they are many. Without memory for that they stay. */
static void index_compact(struct br_search_index *index)
{
	size_t dead = index->products.n - index->live_n;
	uint32_t *map;

	br_assert(index->live_n <= index->products.n);
	if (dead <= DEAD_MIN || dead <= index->live_n / 4)
		return;
	map = malloc(index->products.n * sizeof(*map));
	if (map == NULL)
		return;
	products_renumber(index, map);
	for (uint32_t i = 0; i < index->words.n; i++)
		word_renumber(word_at(index, i), map);
	memset(index->sku_slots, 0, index->sku_slot_n * sizeof(*index->sku_slots));
	index->sku_n = 0;
	for (uint32_t i = 0; i < index->products.n; i++) {
		*sku_slot(index, br_search_index_sku(index, i)) = i + 1;
		index->sku_n++;
	}
	free(map);
}

void br_search_index_product(struct br_search_index *index, struct br_str sku, uint8_t rank)
{
	struct br_search_product product = {.sku_n = (uint8_t)sku.n, .rank = rank, .live = true};
	uint32_t *slot;

	br_assert(sku.n > 0 && sku.n <= UINT8_MAX);
	br_search_index_remove(index, sku);
	index_compact(index);
	if (index->failed || !skus_reserve(index) ||
		!array_reserve(&index->products, 1, sizeof(product)) ||
		!bytes_add(&index->skus, sku, &product.sku)) {
		index->failed = true;
		return;
	}
	slot = sku_slot(index, sku);
	index->sku_n += *slot == FREE;
	((struct br_search_product *)index->products.items)[index->products.n++] = product;
	*slot = (uint32_t)index->products.n;
	index->live_n++;
}

/* Byte order, by the first eight bytes where they differ. */
static int words_compare(const void *a, const void *b, void *context)
{
	const struct br_search_index *index = context;
	uint32_t word_a = *(const uint32_t *)a, word_b = *(const uint32_t *)b;
	uint64_t first_a = word_at(index, word_a)->first, first_b = word_at(index, word_b)->first;

	br_assert(index->sorted.n <= index->words.n);
	if (first_a != first_b)
		return first_a < first_b ? -1 : 1;
	return br_str_compare(word_text(index, word_a), word_text(index, word_b));
}

/* Sorts the new words among themselves, then merges them from the back. */
void br_search_index_sort(struct br_search_index *index)
{
	uint32_t old_n = (uint32_t)index->sorted.n;
	uint32_t new_n = (uint32_t)index->words.n - old_n, at = (uint32_t)index->words.n;
	uint32_t *fresh, *sorted;

	br_assert(index->sorted.n <= index->words.n);
	if (new_n == 0)
		return;
	fresh = malloc(new_n * sizeof(*fresh));
	if (fresh == NULL || !array_reserve(&index->sorted, new_n, sizeof(*sorted))) {
		free(fresh);
		index->failed = true;
		return;
	}
	for (uint32_t i = 0; i < new_n; i++)
		fresh[i] = old_n + i;
	qsort_r(fresh, new_n, sizeof(*fresh), words_compare, index);
	sorted = index->sorted.items;
	while (new_n > 0)
		if (old_n > 0 && words_compare(&sorted[old_n - 1], &fresh[new_n - 1], index) > 0)
			sorted[--at] = sorted[--old_n];
		else
			sorted[--at] = fresh[--new_n];
	index->sorted.n = index->words.n;
	free(fresh);
}

static uint32_t sorted_at(const struct br_search_index *index, uint32_t place)
{
	br_assert(place < index->sorted.n);
	return ((const uint32_t *)index->sorted.items)[place];
}

struct br_str br_search_index_text(const struct br_search_index *index, uint32_t place)
{
	return word_text(index, sorted_at(index, place));
}

const uint32_t *br_search_index_products(
	const struct br_search_index *index, uint32_t place, uint32_t *ret_n)
{
	const struct br_search_word *word = word_at(index, sorted_at(index, place));

	br_assert(word->space == 0 || word->n <= word->space);
	*ret_n = word->n;
	return word->space > 0 ? word->many : &word->one;
}

/* Below 0, 0 or above it as the word's bytes from `depth` on are below, begin with or above. */
static int begins_compare(
	const struct br_search_index *index, uint32_t place, size_t depth, struct br_str bytes)
{
	struct br_str text = br_search_index_text(index, place);

	br_assert(depth <= text.n);
	text = (struct br_str){text.s + depth, text.n - depth};
	if (text.n > bytes.n)
		text.n = bytes.n;
	return br_str_compare(text, bytes);
}

struct br_search_range br_search_index_narrow(const struct br_search_index *index,
	struct br_search_range range, size_t depth, struct br_str bytes)
{
	uint32_t first = range.first, end = range.end, low;

	br_assert(first <= end && end <= index->sorted.n);
	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (begins_compare(index, middle, depth, bytes) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	low = first;
	end = range.end;
	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (begins_compare(index, middle, depth, bytes) <= 0)
			first = middle + 1;
		else
			end = middle;
	}
	return (struct br_search_range){low, first};
}
