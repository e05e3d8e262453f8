/*
 * bench-reconcile: what it takes to find the differences between the store's side and HQ's among
 * 100,000 keys, beside sending all pairs of key and digest; and what a store's turns bear of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/range_search.h"
#include "cloud-sync/view.h"
#include "node/crypto.h"
#include "tests/bench/figure.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"
#include "tests/peers/hq_ranges.h"

#define ROWS_PER_SLICE 200 /* as the daemon reads them */
#define SLICES_MAX 1000
#define VALUE_BYTES 64
/* ["A000001","0123456789abcdef"], */
#define PAIR_BYTES(KEY) ((KEY) + 24)

enum {
	BYTES_0,
	BYTES_10,
	BYTES_1000,
	ROUNDS_0,
	ROUNDS_10,
	ROUNDS_1000,
	STORE,
	HQ,
	READ,
	SLICE_P50,
	SLICE_P99,
	MEMORY
};

static struct bench_figure figures[] = {
	[BYTES_0] = {.name = "reconcile/bytes-0",
		.what = "both ways, nothing differs among 100,000 keys : all pairs of key and "
			"digest",
		.unit = "bytes"},
	[BYTES_10] = {.name = "reconcile/bytes-10",
		.what = "the same with 10 differences : all pairs",
		.unit = "bytes"},
	[BYTES_1000] = {.name = "reconcile/bytes-1000",
		.what = "the same with 1,000 differences : all pairs",
		.unit = "bytes"},
	[ROUNDS_0] = {.name = "reconcile/rounds-0",
		.what = "messages and their answers, nothing differs : all pairs, 60 kB each",
		.unit = "rounds"},
	[ROUNDS_10] = {.name = "reconcile/rounds-10",
		.what = "the same with 10 differences : all pairs",
		.unit = "rounds"},
	[ROUNDS_1000] = {.name = "reconcile/rounds-1000",
		.what = "the same with 1,000 differences : all pairs",
		.unit = "rounds"},
	[STORE] = {.name = "reconcile/store-time",
		.what = "the store's marks of 100,000 items and its part of 1,000 differences : "
			"HMAC alone",
		.unit = "ms"},
	[HQ] = {.name = "reconcile/hq-time",
		.what = "the same at HQ, as the test's program does it with its own SHA-256",
		.unit = "ms"},
	[READ] = {.name = "reconcile/read-time",
		.what = "100,000 products read from the ledger in slices, with their marks : the "
			"walk alone",
		.unit = "ms"},
	[SLICE_P50] = {.name = "reconcile/slice-p50",
		.what = "one of those slices, which is what a turn bears",
		.unit = "ms"},
	[SLICE_P99] = {.name = "reconcile/slice-p99",
		.what = "the slowest of a hundred",
		.unit = "ms"},
	[MEMORY] = {.name = "reconcile/memory",
		.what = "what the store holds for them while a comparison lasts",
		.unit = "bytes"},
};

struct sides {
	struct br_range_set *set;
	struct peer_ranges *hq;
	uint64_t pairs; /* bytes of all pairs of key and digest */
	double store_us, hq_us;
};

static const unsigned char session_key[BR_RANGE_KEY_BYTES] = {1, 2, 3};

static struct br_str item_make(
	uint64_t index, char key[VALUE_BYTES], char value[VALUE_BYTES], struct br_str *ret_value)
{
	bench_sku(index, key, VALUE_BYTES);
	ret_value->n = (size_t)snprintf(value, VALUE_BYTES, "%u000|%u000|0|0|0|0|0|0|0|0",
		(unsigned)(index % 40), (unsigned)(index % 17));
	ret_value->s = value;
	return br_str_from(key);
}

/* Both sides of `n` keys, of which every so many-th has another value at HQ. */
static void sides_make(struct sides *sides, unsigned n, unsigned changes)
{
	*sides = (struct sides){.hq = peer_ranges_create(session_key)};
	br_assert(br_range_set_create(session_key, &sides->set) == 0);
	for (unsigned i = 0; i < n; i++) {
		bool changed = changes > 0 && i % (n / changes) == n / changes / 2;
		char key_text[VALUE_BYTES], value_text[VALUE_BYTES];
		struct br_str value, key = item_make(i, key_text, value_text, &value);
		int64_t start_us = bench_now_us();

		br_assert(br_range_set_add(sides->set, key, 0, value) == 0);
		sides->store_us += (double)(bench_now_us() - start_us);
		value.n -= changed;
		start_us = bench_now_us();
		peer_ranges_add(sides->hq, key, 0, value);
		sides->hq_us += (double)(bench_now_us() - start_us);
		sides->pairs += PAIR_BYTES(key.n);
	}
}

static void sides_finish(struct sides *sides)
{
	br_range_set_destroy(sides->set);
	peer_ranges_destroy(sides->hq);
}

static void hq_answer(struct sides *sides, struct br_text *up, struct br_text *down)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct peer_ranges_message message;
	struct peer_ranges_at at = {0, 0};
	int64_t start_us = bench_now_us();

	if (br_json_parse(br_text_str(up), &root, NULL) < 0 || !peer_ranges_read(root, &message) ||
		!peer_ranges_answer(sides->hq, &message, at, down))
		bench_fail(NULL, "HQ's side does not understand the store's");
	sides->hq_us += (double)(bench_now_us() - start_us);
}

static struct br_range_figures search_run(struct sides *sides, unsigned changes)
{
	struct br_range_head head = {.session = "0123456789abcdef", .view = BR_VIEW_STOCK};
	struct br_range_reply *reply = calloc(1, sizeof(*reply));
	struct br_range_search *search = NULL;
	struct br_range_figures result;
	struct br_text up, down;

	memcpy(head.key, session_key, sizeof(head.key));
	br_text_init(&up, BR_RANGE_MESSAGE_BYTES_MAX);
	br_text_init(&down, BR_RANGE_MESSAGE_BYTES_MAX);
	br_assert(reply != NULL && br_range_search_create(sides->set, &head, &search) == 0);
	for (;;) {
		int64_t start_us = bench_now_us();
		bool more = br_range_search_write(search, &up) > 0;

		sides->store_us += (double)(bench_now_us() - start_us);
		if (!more)
			break;
		hq_answer(sides, &up, &down);
		start_us = bench_now_us();
		if (br_range_reply_parse(reply, br_text_str(&down), NULL) < 0 ||
			br_range_search_take(search, reply, down.n, NULL) != 1)
			bench_fail(NULL, "the store does not understand HQ's side");
		sides->store_us += (double)(bench_now_us() - start_us);
	}
	if (br_range_search_found(search) != changes)
		bench_fail(NULL, "%zu differences were found, there are %u",
			br_range_search_found(search), changes);
	result = br_range_search_figures(search);
	br_range_search_destroy(search);
	br_range_reply_finish(reply);
	free(reply);
	br_text_finish(&up);
	br_text_finish(&down);
	return result;
}

/* What hashing alone takes: the floor of any comparison by digests. */
static double hashing_us(unsigned n)
{
	unsigned char message[64] = {0}, hash[32];
	int64_t start_us = bench_now_us();

	for (unsigned i = 0; i < n; i++) {
		memcpy(message, &i, sizeof(i));
		br_hmac_sha256(session_key, sizeof(session_key), message, sizeof(message), hash);
	}
	return (double)(bench_now_us() - start_us);
}

static void differences_measure(unsigned n)
{
	static const unsigned changes[] = {0, 10, 1000};

	for (unsigned i = 0; i < BR_ARRAY_LEN(changes); i++) {
		unsigned some = changes[i] < n / 2 ? changes[i] : n / 2;
		struct br_range_figures found;
		struct sides sides;
		double pairs;

		sides_make(&sides, n, some);
		found = search_run(&sides, some);
		pairs = (double)sides.pairs;
		bench_figure_add(
			&figures[BYTES_0 + i], (double)(found.up_bytes + found.dn_bytes), pairs);
		bench_figure_add(&figures[ROUNDS_0 + i], (double)found.rounds,
			(double)(sides.pairs / BR_RANGE_MESSAGE_BYTES_MAX + 1));
		if (i == BR_ARRAY_LEN(changes) - 1) {
			bench_figure_add(
				&figures[STORE], sides.store_us / 1000, hashing_us(n) / 1000);
			bench_figure_add(&figures[HQ], sides.hq_us / 1000, 0);
		}
		sides_finish(&sides);
	}
}

/* Every row of the catalogue looked at, and nothing done with it. */
static double walk_us(struct bench_shop *shop)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str none = {NULL, 0}, key, value;
	int64_t start_us = bench_now_us();
	struct br_scan scan;
	uint64_t n = 0;

	br_assert(br_txn_begin(shop->store, false, &txn) == 0);
	br_scan_begin(&scan, txn, BR_TABLE_PRODUCT, none, none, false);
	while (br_scan_next(&scan, &key, &value))
		n += value.n > 0;
	br_scan_end(&scan);
	br_assert(n == shop->products);
	return (double)(bench_now_us() - start_us);
}

/* The catalogue, the view with the longest values, out of a ledger. */
static void read_measure(struct bench_shop *shop)
{
	struct br_range_set *set = NULL;
	struct br_view_walk walk;
	struct br_arena arena;
	struct br_text text;
	double all_us = 0, bare_us = walk_us(shop), slices[SLICES_MAX];
	unsigned slice_n = 0;
	int64_t start_us;
	int more = 1;

	br_arena_init(&arena, 1 << 20);
	br_text_init(&text, 1 << 16);
	br_assert(br_range_set_create(session_key, &set) == 0);
	br_view_walk_begin(&walk, BR_VIEW_CATALOGUE, 0, shop->now_ms);
	while (more > 0 && slice_n < SLICES_MAX) {
		BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

		start_us = bench_now_us();
		br_assert(br_txn_begin(shop->store, false, &txn) == 0);
		more = br_view_walk_step(&walk, txn, set, ROWS_PER_SLICE, &arena, &text);
		slices[slice_n] = (double)(bench_now_us() - start_us);
		all_us += slices[slice_n++];
	}
	if (more < 0 || br_range_set_n(set) != shop->products)
		bench_fail(NULL, "the catalogue cannot be read");
	bench_figure_add(&figures[READ], all_us / 1000, bare_us / 1000);
	bench_figure_add(&figures[SLICE_P50], bench_quantile(slices, slice_n, 0.5) / 1000, 0);
	bench_figure_add(&figures[SLICE_P99], bench_quantile(slices, slice_n, 0.99) / 1000, 0);
	bench_figure_add(&figures[MEMORY], (double)br_range_set_bytes(set), 0);
	br_range_set_destroy(set);
	br_arena_finish(&arena);
	br_text_finish(&text);
}

static void run(const struct bench_run *run)
{
	unsigned n = run->brief ? 2000 : 100000;
	struct bench_shop shop;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/reconcile", test_folder());
	bench_shop_open(&shop, path, false);
	bench_shop_stock(&shop, n);
	for (unsigned round = 0; round < run->rounds; round++) {
		differences_measure(n);
		read_measure(&shop);
	}
	bench_shop_close(&shop);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "reconcile",
		.summary = "comparing the store's side with HQ's",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 3,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
