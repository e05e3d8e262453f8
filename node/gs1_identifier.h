/*
 * GS1 application identifiers: which there are and what their values look like (GS1 General
 * Specifications, section 3.2). For the readers in gs1.h.
 */
#pragma once

#include <stdbool.h>

#include "node/str.h"

struct br_gs1_identifier {
	const char *first, *last; /* a range of AIs of the same number of digits */
	/*
	 * Parts apart by a blank: N digits, X character set 82, Y character set 39, Z base64url;
	 * "6" six of them, "..20" one to twenty; "c" closes with a check digit, "d" is a date,
	 * "z" zero. A "[" before a part: it and those behind it may be missing.
	 */
	const char *format;
	bool fixed;	/* of known length: no separator follows */
	bool attribute; /* may stand in a Digital Link's query */
	bool decimals;	/* the last digit of the AI is a number of decimals, 0 to 5 */
	/* A primary key of Digital Links: its qualifiers in order, alternatives apart by a bar. */
	const char *qualifiers;
};

/* The identifier that `code` begins with, its digits in *ret_n; NULL when there is none. */
const struct br_gs1_identifier *br_gs1_identifier_at(struct br_str code, size_t *ret_n);

/* The identifier that `ai` is, to its last digit. */
const struct br_gs1_identifier *br_gs1_identifier_of(struct br_str ai);

/* True when the value has the identifier's form. */
bool br_gs1_value_valid(const struct br_gs1_identifier *identifier, struct br_str value);

/* How many bytes a value of the identifier takes at most. */
size_t br_gs1_value_max(const struct br_gs1_identifier *identifier);

/* A date of six digits YYMMDD (section 7.12); day 00 stands for the month as a whole. */
bool br_gs1_date_valid(struct br_str digits);
