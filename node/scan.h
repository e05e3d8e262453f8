/*
 * Scans: what somebody held before a scanner, or typed in its place, and which product it is.
 *
 *	4006381333931, 40170725		GTIN-13, GTIN-8, also -12 and -14
 *	]E004006381333931		the same with the symbology identifier of ISO/IEC 15424
 *	]E001234565			UPC-E, eight digits behind ]E0
 *	2012345002875			the store's own number; a rule reads price or weight
 *	]C10109506000134352 17261231	GS1 element string (]C1 ]e0 ]d2 ]Q3 ]J1, or FNC1 first)
 *	(01)09506000134352(10)ABC	the same as printed
 *	https://id.gs1.org/01/…		Digital Link
 *
 * Pure: the transaction is all it sees. Total: any bytes give an answer.
 */
#pragma once

#include "node/barcode_rule.h"
#include "node/gs1.h"

enum br_scan_form {
	BR_SCAN_GTIN,	  /* a barcode of the product */
	BR_SCAN_RULE,	  /* the store's own, read by a rule: price or quantity is in it */
	BR_SCAN_ELEMENTS, /* GS1 element string, also as printed */
	BR_SCAN_LINK,	  /* Digital Link */
	BR_SCAN_FORM_N
};
extern const char *const br_scan_form_words[];

struct br_scan_result {
	enum br_scan_form form;
	struct br_str sku;	       /* in the store or in the arena */
	char gtin[BR_GTIN_DIGITS + 1]; /* 14 digits */
	struct br_str lot, serial;     /* AI 10 and 21; empty = not said */
	int64_t expiry_ms;	       /* the day of AI 17, else of 15 or 16, 00:00 UTC; 0 = none */
	int64_t quantity;	       /* in 1/1000 of the product's unit; 0 = not said */
	int64_t price;		       /* of this piece in 1/1000 of the currency; -1 = not said */
	char currency[4];	       /* ISO 4217 numeric, of AI 393n; "" = the store's own */
};

/*
 * 0 with the result; BR_E_INVALID: no code of a product; BR_E_NOT_FOUND: one that the catalogue
 * does not know, with all but the SKU in the result; or an error kept by the transaction.
 */
BR_MUST_CHECK int br_scan_resolve(struct br_txn *txn, struct br_str code, struct br_arena *arena,
	struct br_scan_result *ret_result);
