/*
 * A barcode of the EAN/UPC family: the row of modules for a product's GTIN.
 *
 * The symbol follows from the number (GS1 General Specifications 5.2): a GTIN-13 is an EAN-13, a
 * GTIN-12 a UPC-A, a GTIN-8 an EAN-8. A GTIN-14 with a packaging indicator has no EAN symbol. The
 * drawing calls this and paints the modules.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"

#define BR_BARCODE_MODULES_MAX 95
#define BR_BARCODE_DIGITS_MAX 13

/* The positive outcome of br_barcode_encode(). */
#define BR_BARCODE_NONE 1

struct br_barcode {
	unsigned n; /* modules: 95, or 67 for EAN-8 */
	bool bars[BR_BARCODE_MODULES_MAX];
	bool guards[BR_BARCODE_MODULES_MAX]; /* these bars reach down beside the digits */
	unsigned quiet_left, quiet_right;    /* modules that must stay white */
	char digits[BR_BARCODE_DIGITS_MAX + 1];
	/* Where each digit's centre stands, in half modules from the first bar. */
	int16_t centres[BR_BARCODE_DIGITS_MAX];
};

/*
 * Encodes a GTIN of 8, 12, 13 or 14 digits; leading zeros of 14 digits say the shorter form.
 * Returns 0; BR_BARCODE_NONE for a GTIN-14 whose first digit is not 0; BR_E_INVALID for what is not
 * digits, has another length or a wrong check digit (GS1 General Specifications 7.9); BR_E_MEMORY.
 */
BR_MUST_CHECK int br_barcode_encode(
	struct br_str gtin, struct br_barcode *ret_barcode, struct br_fault *fault);
