/*
 * GS1 elements: what a scanned code says besides which product it is.
 *
 * A GS1 barcode holds pairs of an application identifier (AI) and its value, in one of three
 * spellings (GS1 General Specifications, sections 3 and 7.8; GS1 Digital Link URI syntax, section
 * 4):
 *
 *	element string	0109506000134352 17261231 10ABC <GS> 21XYZ	as scanners send it
 *	bracketed	(01)09506000134352(17)261231(10)ABC		as it stands under the bars
 *	Digital Link	https://id.gs1.org/01/09506000134352/10/ABC?17=261231
 *
 * Checked are the AI itself, the length and character set of its value, check digits and dates; not
 * the associations between AIs, because a store must sell what its supplier printed carelessly.
 */
#pragma once

#include "node/arena.h"
#include "node/error.h"
#include "node/str.h"

#define BR_GS1_ELEMENTS_MAX 32
#define BR_GS1_BYTES_MAX 512	/* of the whole code */
#define BR_GS1_SEPARATOR '\x1D' /* FNC1, as scanners send it between values of open length */

struct br_gs1_element {
	struct br_str ai; /* 2 to 4 digits */
	struct br_str value;
};

struct br_gs1 {
	struct br_gs1_element elements[BR_GS1_ELEMENTS_MAX];
	unsigned n;
};

/*
 * Each reads one spelling: 0, BR_E_INVALID when it is none or damaged, BR_E_MEMORY. Values point
 * into `code` or, where escapes had to be resolved, into the arena.
 */
BR_MUST_CHECK int br_gs1_element_string(struct br_str code, struct br_gs1 *ret_gs1);
BR_MUST_CHECK int br_gs1_bracketed(
	struct br_str code, struct br_arena *arena, struct br_gs1 *ret_gs1);
BR_MUST_CHECK int br_gs1_link(struct br_str uri, struct br_arena *arena, struct br_gs1 *ret_gs1);

/* The value of an AI; empty when it is not there. */
struct br_str br_gs1_value(const struct br_gs1 *gs1, const char *ai);
