#include "node/search.h"

#include <stdlib.h>
#include <string.h>

#include "node/event.h"
#include "node/product.h"
#include "node/scan.h"
#include "node/search_index.h"
#include "node/search_match.h"
#include "node/stock.h"
#include "node/tables.h"

#define ARENA_BYTES_MAX (1u << 20)
/* What a search may take of the journal before it answers. */
#define FIND_STEPS_MAX 2000u
#define RANK_IN_STOCK 0x80u

struct br_search {
	struct br_search_index index;
	struct br_search_match match;
	struct br_arena arena;
	uint64_t sequence;		  /* of the last event that is in the index */
	char resume[BR_ID_BYTES_MAX + 1]; /* the last SKU taken while it is filled */
	size_t resume_n;
	bool begun, filled;
};

int br_search_create(struct br_search **ret_search)
{
	struct br_search *search = calloc(1, sizeof(*search));

	if (search == NULL)
		return BR_E_MEMORY;
	br_search_index_init(&search->index);
	br_arena_init(&search->arena, ARENA_BYTES_MAX);
	*ret_search = search;
	return 0;
}

void br_search_destroy(struct br_search *search)
{
	if (search == NULL)
		return;
	br_search_index_finish(&search->index);
	br_search_match_finish(&search->match);
	br_arena_finish(&search->arena);
	free(search);
}

/* In stock first, then by the order of magnitude of what was sold. */
static uint8_t rank_of(struct br_txn *txn, struct br_str sku)
{
	struct br_stock stock = br_stock_get(txn, sku);
	unsigned rank = 0;

	br_assert(sku.n > 0);
	for (int64_t sold = stock.sold / 1000; sold > 0; sold /= 2)
		rank++;
	br_assert(rank < RANK_IN_STOCK);
	return (uint8_t)(rank | (br_stock_on_hand(&stock) > 0 ? RANK_IN_STOCK : 0));
}

static void word_add(void *context, struct br_str word)
{
	br_assert(word.n > 0);
	br_search_index_word(context, word);
}

static void product_add(
	struct br_search *search, struct br_txn *txn, const struct br_product *product)
{
	struct br_search_index *index = &search->index;

	br_assert(product->names.n <= BR_NAMES_MAX);
	br_search_index_product(index, product->sku, rank_of(txn, product->sku));
	if (index->failed)
		return;
	br_fold_words(product->name, word_add, index);
	br_fold_words(product->brand, word_add, index);
	br_fold_words(product->sku, word_add, index);
	for (uint32_t i = 0; i < product->names.n; i++)
		br_fold_words(
			BR_LIST_AT(product->names, br_product_name, i)->text, word_add, index);
}

/* Takes products in the order of their SKUs; true at the end of the catalogue. */
static bool catalogue_take(struct br_search *search, struct br_txn *txn, unsigned *steps)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_key from = br_key_of_str((struct br_str){search->resume, search->resume_n});
	struct br_scan scan;
	bool more = true;

	br_key_add_u8(&from, 0);
	br_scan_begin(&scan, txn, BR_TABLE_PRODUCT, none,
		search->resume_n > 0 ? br_key_str(&from) : none, false);
	while (*steps > 0 && (more = br_scan_next(&scan, &key, &value))) {
		struct br_product product;

		br_arena_reset(&search->arena);
		(*steps)--;
		if (br_record_decode(&br_product_shape, value, &search->arena, &product) < 0)
			continue;
		br_assert(product.sku.n <= BR_ID_BYTES_MAX);
		memcpy(search->resume, product.sku.s, product.sku.n);
		search->resume_n = product.sku.n;
		product_add(search, txn, &product);
	}
	br_scan_end(&scan);
	return !more;
}

/* One event on its way into the index. */
struct change {
	struct br_search *search;
	struct br_txn *txn;
};

/* The product as it is now, which is what the last of its events made of it. */
static void product_renew(struct br_search *search, struct br_txn *txn, struct br_str sku)
{
	struct br_product product;
	int result = br_product_get(txn, sku, &search->arena, &product);

	br_assert(sku.n > 0);
	if (result == 0)
		product_add(search, txn, &product);
	else if (result == BR_E_NOT_FOUND)
		br_search_index_remove(&search->index, sku);
}

static void movement_take(void *context, const struct br_movement *movement)
{
	const struct change *change = context;
	uint32_t number;

	br_assert(movement->sku.n > 0);
	if (br_search_index_find(&change->search->index, movement->sku, &number))
		br_search_index_rank(
			&change->search->index, number, rank_of(change->txn, movement->sku));
}

static void event_take(
	struct br_search *search, struct br_txn *txn, uint64_t sequence, struct br_str record)
{
	struct change change = {search, txn};
	struct br_movement_visit visit = {movement_take, &change};
	enum br_event_kind kind;
	struct br_event event;
	bool product;

	if (br_event_kind_peek(record, &kind) < 0)
		return;
	product = kind == BR_EVENT_PRODUCT_CHANGED || kind == BR_EVENT_PRODUCT_REMOVED;
	if (!product && br_event_types[kind].movements == NULL)
		return;
	br_arena_reset(&search->arena);
	if (br_event_decode(sequence, record, &search->arena, &event) < 0)
		return;
	br_assert(event.kind == kind);
	/* Both bodies begin with the SKU. */
	if (product)
		product_renew(search, txn, *(const struct br_str *)event.body);
	else
		br_event_types[kind].movements(&event, &visit);
}

/* Takes the journal's news; true at its end. */
static bool journal_take(struct br_search *search, struct br_txn *txn, unsigned *steps)
{
	struct br_key from = br_key_of_u64(search->sequence + 1);
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	bool more = true;

	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, br_key_str(&from), false);
	while (*steps > 0 && (more = br_scan_next(&scan, &key, &value))) {
		uint64_t sequence;

		(*steps)--;
		if (!br_key_take_u64(&key, &sequence))
			continue;
		br_assert(sequence > search->sequence);
		event_take(search, txn, sequence, value);
		search->sequence = sequence;
	}
	br_scan_end(&scan);
	return !more;
}

bool br_search_follow(struct br_search *search, struct br_txn *txn, unsigned steps)
{
	br_assert(steps > 0);
	if (!search->begun) {
		/* What happens while it is filled is taken from the journal afterwards. */
		search->sequence = br_journal_head(txn);
		search->begun = true;
	}
	if (!search->filled) {
		search->filled = catalogue_take(search, txn, &steps);
		/* Here, so that the first who searches need not wait for it. */
		if (search->filled)
			br_search_index_sort(&search->index);
	}
	return search->filled && journal_take(search, txn, &steps);
}

/* A product that somebody holds in hand, or whose SKU was typed; false when it is none. */
static bool code_find(struct br_search *search, struct br_txn *txn, struct br_str text,
	char ret_sku[BR_ID_BYTES_MAX + 1])
{
	struct br_scan_result scanned;

	br_assert(txn != NULL);
	br_arena_reset(&search->arena);
	if (br_scan_resolve(txn, text, &search->arena, &scanned) == 0)
		return br_str_copy(scanned.sku, ret_sku, BR_ID_BYTES_MAX + 1);
	return text.n > 0 && text.n <= BR_ID_BYTES_MAX && br_product_exists(txn, text) &&
	       br_str_copy(text, ret_sku, BR_ID_BYTES_MAX + 1);
}

void br_search_find(struct br_search *search, struct br_txn *txn, struct br_str text,
	unsigned limit, void (*found)(void *context, struct br_str sku), void *context)
{
	char first[BR_ID_BYTES_MAX + 1] = "";
	unsigned n;

	br_assert(limit > 0 && limit <= BR_SEARCH_HITS_MAX);
	(void)br_search_follow(search, txn, FIND_STEPS_MAX);
	if (code_find(search, txn, text, first)) {
		found(context, br_str_from(first));
		limit--;
	}
	n = limit > 0 ? br_search_match_run(&search->match, &search->index, text, limit) : 0;
	for (unsigned i = 0; i < n; i++) {
		struct br_str sku =
			br_search_index_sku(&search->index, search->match.hits[i].number);

		/* The index may be a moment behind the catalogue. */
		if (!br_str_is(sku, first) && br_product_exists(txn, sku))
			found(context, sku);
	}
}

size_t br_search_bytes(const struct br_search *search)
{
	const struct br_search_index *index = &search->index;
	size_t bytes = sizeof(*search) + index->skus.space + index->texts.space;

	br_assert(index->words.n >= index->sorted.n);
	bytes += index->products.space * sizeof(struct br_search_product);
	bytes += index->words.space * sizeof(struct br_search_word);
	bytes += (index->sorted.space + index->sku_slot_n + index->word_slot_n) * sizeof(uint32_t);
	for (size_t i = 0; i < index->words.n; i++)
		bytes += ((const struct br_search_word *)index->words.items)[i].space *
			 sizeof(uint32_t);
	return bytes;
}
