/*
 * A made-up catalogue: names in Latin, Cyrillic, Greek and Persian script, brands, contents,
 * plausible prices, and valid restricted GTIN-13s. Product i of a seed is always the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/peers/gtin.h"

#define PEER_PRODUCTS_MAX 200000

/* Generated barcodes are restricted numbers from here on, clear of a replayed retailer's. */
#define PEER_PRODUCTS_GTIN_FIRST UINT64_C(5000000001)

struct peer_product {
	char sku[65];
	char name[161];
	char lang[9];
	char brand[65];
	char gtin[PEER_GTIN13_BYTES + 1]; /* up to 14 digits; may be "" when read from a CSV */
	char sold_by[8];		  /* piece, weight, … */
	char content_unit[8];
	int64_t content_milli; /* net content; 0: none given */
	int64_t price_milli;
	char currency[4];
	char category[65];
	char origin[33];
};

/* Makes product number `index` (from 0) of the catalogue with this seed. */
void peer_product_make(
	uint64_t seed, uint64_t index, const char *currency, struct peer_product *ret_product);

/* The CSV's first line, and one product's line. */
void peer_product_csv_head(FILE *file);
void peer_product_csv(FILE *file, const struct peer_product *product);
