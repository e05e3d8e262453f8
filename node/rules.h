/* The text rules that several nouns share. */
#pragma once

#include "node/record.h"

extern const struct br_text_rule br_rule_gtin;	   /* GTIN-8/12/13/14 with a right check digit */
extern const struct br_text_rule br_rule_gln;	   /* 13 digits with a right check digit */
extern const struct br_text_rule br_rule_currency; /* ISO 4217: three upper-case letters */
extern const struct br_text_rule br_rule_label;	   /* 12 or 16 upper-case hexadecimal digits */
/*
 * No number of a payment card: 13 to 19 digits, maybe grouped by blanks or hyphens, that pass the
 * check of ISO/IEC 7812-1, annex B. For texts that people type. No refusal quotes a text
 * that breaks it.
 */
extern const struct br_text_rule br_rule_no_card;
/* What a scanner reads (scan.h): it alone may hold the separator of GS1 codes, 0x1D. */
extern const struct br_text_rule br_rule_scan;
extern const struct br_text_rule br_rule_slug; /* a–z, 0–9 and '-' */
