/*
 * Barcode rules: what the store's own scales print (GS1 General Specifications, section 2.1.12:
 * variable measure items scanned at the point of sale).
 *
 * A number for restricted circulation (GTIN-13 beginning with 02, 04 or 20 to 29) may hold the
 * product's item number and the price or the weight of this one piece. A rule says for a prefix
 * where they stand, by a pattern of thirteen characters:
 *
 *	0-9	this digit, as in the prefix
 *	I	a digit of the item number
 *	P	a digit of the price, in 1/10^decimals of the currency
 *	W	a digit of the weight, length or volume, in 1/10^decimals of kg, m or l
 *	Q	a digit of a number of pieces
 *	V	the check digit of the four or five digits of the value (section 7.9)
 *	X	any digit
 *	C	the check digit of the whole, last
 *
 * The product is the one whose SKU is `sku_prefix` and the item number; without a `sku_prefix` it
 * is the one that holds the same number with all of value and V zero, as scales' catalogues have
 * it. The longest prefix that fits wins. A number that a product holds exactly goes before rules.
 */
#pragma once

#include "node/command.h"
#include "node/gtin.h"

#define BR_BARCODE_RULE_DIGITS 13
#define BR_BARCODE_RULE_PREFIX_MAX 7

struct br_barcode_rule {
	struct br_str prefix;  /* 2 to 7 digits */
	struct br_str pattern; /* BR_BARCODE_RULE_DIGITS characters */
	uint64_t decimals;     /* of the value, 0 to 3 */
	struct br_str sku_prefix;
};

struct br_barcode_unrule {
	struct br_str prefix;
};

extern const struct br_shape br_barcode_rule_shape, br_barcode_unrule_shape;

int br_barcode_rule_decide(struct br_decision *decision, const void *body);
int br_barcode_rule_decide_remove(struct br_decision *decision, const void *body);
void br_barcode_rule_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* What a rule read out of a number. */
struct br_barcode_parts {
	char item[BR_BARCODE_RULE_DIGITS + 1]; /* the digits of the item number */
	char base[BR_GTIN_DIGITS + 1];	       /* the number with a value of zero, 14 digits */
	char sku[2 * BR_ID_BYTES_MAX];	       /* sku_prefix and item; "" without a sku_prefix */
	int64_t price;			       /* in 1/1000 of the currency; -1 = none */
	int64_t quantity;		       /* in 1/1000 of the unit; 0 = none */
};

/*
 * Reads a restricted number by the rule for it: 0, BR_E_NOT_FOUND when no rule fits, BR_E_INVALID
 * when the check digit of its value is wrong, or an error kept by the transaction.
 */
BR_MUST_CHECK int br_barcode_rule_read(struct br_txn *txn, const struct br_gtin *gtin,
	struct br_arena *arena, struct br_barcode_parts *ret_parts);

/* The check digit of a value of four or five digits (section 7.9.2 to 7.9.4). */
char br_barcode_value_check(struct br_str digits);

/* Calls `visit` for each rule in the order of prefixes. */
void br_barcode_rule_walk(struct br_txn *txn, struct br_arena *arena,
	void (*visit)(void *context, const struct br_barcode_rule *rule), void *context);
