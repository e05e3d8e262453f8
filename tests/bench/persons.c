/* bench-persons: what it costs that nothing said of persons is kept plain. */
#include <stdio.h>
#include <string.h>

#include "node/crypto.h"
#include "node/order.h"
#include "node/person.h"
#include "tests/bench/figure.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"

#define LINES 10
#define ORDERS_MAX 300
#define TEXTS 20000
#define OTHERS 10000

enum { SEAL, OPEN, OFFER_P50, OFFER_P99, ACCEPT_P50, ACCEPT_P99, ERASE };

static struct bench_figure figures[] = {
	[SEAL] = {.name = "persons/seal",
		.what = "texts of 40 bytes sealed : the cipher alone",
		.unit = "texts/s"},
	[OPEN] = {.name = "persons/open",
		.what = "such texts opened, each key looked up : the cipher alone",
		.unit = "texts/s"},
	[OFFER_P50] = {.name = "persons/offer-p50",
		.what = "an offer with a new person, committed : one that says nothing of anybody",
		.unit = "ms"},
	[OFFER_P99] = {.name = "persons/offer-p99",
		.what = "the slowest of a hundred : the same",
		.unit = "ms"},
	[ACCEPT_P50] = {.name = "persons/accept-p50",
		.what = "accepting an order of a person, committed : of nobody",
		.unit = "ms"},
	[ACCEPT_P99] = {.name = "persons/accept-p99",
		.what = "the slowest of a hundred : the same",
		.unit = "ms"},
	[ERASE] = {.name = "persons/erase",
		.what = "one person erased among 10,000, the keys' file written anew",
		.unit = "ms"},
};

static const struct br_order_offer nobody;
static const struct br_order_offer somebody = {
	.person = {"Grimhilde Quacksalber", 21},
	.vehicle = {"a beige estate car", 18},
	.note = {"rings three times and waits at the side door", 44},
};

/* The same text over and over, by a key that is there. */
static void cipher_measure(struct bench_shop *shop, unsigned n)
{
	static const char plain[41] = "forty bytes that somebody said of an eel";
	unsigned char nonce[BR_GCM_NONCE_BYTES] = {1}, tag[BR_GCM_TAG_BYTES], bytes[64], back[64];
	struct br_gcm_bound bound = {"12345678note", 12};
	struct br_str text = {plain, 40}, sealed = {NULL, 0};
	struct br_person_key key;
	struct br_arena arena;
	struct br_text into;
	double rates[4];

	br_arena_init(&arena, 1 << 20);
	br_text_init(&into, 1000);
	br_assert(br_keys_make(shop->keys, BR_STR("cbench"), 1, &key) == 0);
	br_assert(br_keys_commit(shop->keys) == 0);
	for (unsigned what = 0; what < BR_ARRAY_LEN(rates); what++) {
		int64_t start_us = bench_now_us();

		for (unsigned i = 0; i < n; i++) {
			if (what == 0) {
				br_arena_reset(&arena);
				br_assert(br_person_seal(shop->keys, &key, "note", text, &arena,
						  &sealed) == 0);
			} else if (what == 1) {
				br_gcm_seal(key.bytes, nonce, bound, plain, 40, bytes, tag);
			} else if (what == 2) {
				br_text_clear(&into);
				br_assert(br_person_open(shop->keys, sealed, "note", &into) == 0);
			} else {
				br_assert(br_gcm_open(key.bytes, nonce, bound, bytes, 40, tag,
						  back) == 0);
			}
		}
		rates[what] = (double)n * 1e6 / (double)(bench_now_us() - start_us + 1);
	}
	bench_figure_add(&figures[SEAL], rates[0], rates[1]);
	bench_figure_add(&figures[OPEN], rates[2], rates[3]);
	br_text_finish(&into);
	br_arena_finish(&arena);
}

/* Offers and accepts one order; adds what each took. */
static void order_measure(struct bench_shop *shop, const struct br_order_offer *says,
	double *ret_offer_ms, double *ret_accept_ms)
{
	int64_t start_us;

	*ret_offer_ms = bench_shop_offer_time(shop, LINES, says);
	start_us = bench_now_us();
	bench_shop_accept(shop);
	bench_shop_commit(shop);
	*ret_accept_ms = (double)(bench_now_us() - start_us) / 1000;
}

/* In turns, since a machine that others use too is not the same a minute later. */
static void orders_measure(struct bench_shop *shop, unsigned n)
{
	static double offers[2][ORDERS_MAX], accepts[2][ORDERS_MAX];

	br_assert(n > 0 && n <= ORDERS_MAX);
	for (unsigned i = 0; i < n; i++) {
		order_measure(shop, &somebody, &offers[0][i], &accepts[0][i]);
		order_measure(shop, &nobody, &offers[1][i], &accepts[1][i]);
	}
	bench_figure_add(&figures[OFFER_P50], bench_quantile(offers[0], n, 0.5),
		bench_quantile(offers[1], n, 0.5));
	bench_figure_add(&figures[OFFER_P99], bench_quantile(offers[0], n, 0.99),
		bench_quantile(offers[1], n, 0.99));
	bench_figure_add(&figures[ACCEPT_P50], bench_quantile(accepts[0], n, 0.5),
		bench_quantile(accepts[1], n, 0.5));
	bench_figure_add(&figures[ACCEPT_P99], bench_quantile(accepts[0], n, 0.99),
		bench_quantile(accepts[1], n, 0.99));
}

static void others_make(struct bench_shop *shop, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct br_person_key key;
		char name[16];

		(void)snprintf(name, sizeof(name), "o%u", i);
		br_assert(br_keys_make(shop->keys, br_str_from(name), 1, &key) == 0);
	}
	br_assert(br_keys_commit(shop->keys) == 0);
}

static void erase_measure(struct bench_shop *shop)
{
	struct br_keys_doomed doomed = {.sequence = UINT64_MAX};
	int64_t start_us;

	(void)snprintf(doomed.person, sizeof(doomed.person), "oO%llu",
		(unsigned long long)shop->orders - 1);
	start_us = bench_now_us();
	br_assert(br_keys_destroy(shop->keys, &doomed, 1, br_core_head(shop->core), NULL) == 0);
	bench_figure_add(&figures[ERASE], (double)(bench_now_us() - start_us) / 1000, 0);
}

static void run(const struct bench_run *run)
{
	struct bench_shop shop;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/persons", test_folder());
	bench_shop_open(&shop, path, true);
	bench_shop_stock(&shop, run->brief ? 200 : 5000);
	for (unsigned round = 0; round < run->rounds; round++) {
		cipher_measure(&shop, run->brief ? 200 : TEXTS);
		orders_measure(&shop, run->brief ? 10 : ORDERS_MAX);
	}
	others_make(&shop, run->brief ? 100 : OTHERS);
	for (unsigned round = 0; round < run->rounds; round++) {
		double offer_ms, accept_ms;

		order_measure(&shop, &somebody, &offer_ms, &accept_ms);
		bench_shop_offer(&shop, 1);
		erase_measure(&shop);
	}
	bench_shop_close(&shop);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "persons",
		.summary = "sealing, opening and erasing",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 5,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
