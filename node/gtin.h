/*
 * GTINs (GS1 General Specifications, section 7.9 for the check digit, 1.4 and 2.1 for restricted
 * circulation): kept as 14 digits, whatever the length they were scanned in.
 */
#pragma once

#include <stdbool.h>

#include "node/str.h"

#define BR_GTIN_DIGITS 14

struct br_gtin {
	char digits[BR_GTIN_DIGITS + 1]; /* 14 digits and NUL */
	bool restricted; /* GTIN-13 02, 04, 20–29, GTIN-8 0 or 2: numbers the store gives out itself
			  */
};

/*
 * Reads a GTIN-8, -12, -13 or -14 with a right check digit; false for everything else. Eleven
 * digits are not guessed at.
 */
BR_MUST_CHECK bool br_gtin_parse(struct br_str text, struct br_gtin *ret_gtin);

/* The check digit ('0'–'9') that closes `digits`, of any length. */
char br_gtin_check_digit(struct br_str digits);
