/*
 * Shoppers of a simulated shop: which products go over a till, at which quantities.
 *
 * Reads the product list from a CSV with the columns gtins or gtin, price, and if there, sku,
 * currency and sold_by (weight, length and volume are sold in fractions). Few products sell often
 * and many seldom, as in every shop.
 */
#pragma once

#include "tests/peers/request.h"

struct peer_shopper;

struct peer_shopper_settings {
	const char *products; /* the CSV */
	uint64_t seed;
	int64_t count;	     /* drafts before the end; 0: no end */
	int64_t basket;	     /* lines of every sale; 0: by chance, 1 to 30 */
	const char *only;    /* a request kind's word: nothing else is made; NULL: a mix */
	double unknown_rate; /* share of look-ups with a barcode nobody has */
};

BR_MUST_CHECK int peer_shopper_open(const struct peer_shopper_settings *settings,
	struct peer_shopper **ret_shopper, struct br_fault *fault);
void peer_shopper_close(struct peer_shopper *shopper);

struct peer_draft_source peer_shopper_source(struct peer_shopper *shopper);

/* The till learned what a barcode costs now. */
void peer_shopper_price(struct peer_shopper *shopper, struct br_str barcode, int64_t price_milli);
