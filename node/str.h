/*
 * A slice of text: bytes that somebody else owns, with their length.
 *
 * Parsed input and decoded records hand out slices into their own buffers, so nothing is copied on
 * the way to the store. A slice lives as long as the buffer it points into; the header of whoever
 * hands one out says how long that is. A slice need not end in NUL. The empty slice may have a
 * NULL pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/attributes.h"

struct br_str {
	const char *s;
	size_t n; /* bytes */
};

/* For printf: `"%.*s", BR_STR_ARG(str)`. */
#define BR_STR_ARG(STR) (int)(STR).n, ((STR).s != NULL ? (STR).s : "")

/* A constant slice from a literal. */
#define BR_STR(LITERAL) ((struct br_str){(LITERAL), sizeof(LITERAL) - 1})

/* The slice over a NUL-terminated text that outlives it; NULL gives the empty slice. */
struct br_str br_str_from(const char *text);

bool br_str_equal(struct br_str a, struct br_str b);
bool br_str_is(struct br_str a, const char *text);
bool br_str_starts(struct br_str a, const char *prefix);

/* Byte order, shorter first on a common prefix: <0, 0, >0. */
int br_str_compare(struct br_str a, struct br_str b);

/* Copies into `buffer` of `size` bytes with a closing NUL; false (and "") when it does not fit. */
BR_MUST_CHECK bool br_str_copy(struct br_str a, char *buffer, size_t size);

/*
 * Splits `a` at the first `separator`: returns the part before and moves `a` behind it. Without a
 * separator it returns all of `a` and leaves it empty.
 */
struct br_str br_str_split(struct br_str *a, char separator);

/* Whole decimal number, no sign but '-', no blanks; false when it is not one or overflows. */
BR_MUST_CHECK bool br_str_to_i64(struct br_str a, int64_t *ret_value);

/*
 * Decimal text such as "-12.345" times 1000, exactly: at most three decimals, no exponent. False
 * when it is not one or overflows.
 */
BR_MUST_CHECK bool br_str_to_milli(struct br_str a, int64_t *ret_value);

/*
 * Levenshtein's distance in bytes, for naming what was probably meant; SIZE_MAX when `b` is too
 * long to be looked at.
 */
size_t br_str_distance(struct br_str a, struct br_str b);

/* True when all bytes are well-formed UTF-8 (Unicode 15, table 3-7) without NUL. */
bool br_utf8_valid(const char *bytes, size_t n);

/*
 * The largest length <= n at which `bytes`, which are more than n, can be cut without splitting a
 * character. It looks at the byte behind the cut, bytes[n]: what is not longer needs no cut.
 */
size_t br_utf8_cut(const char *bytes, size_t n);

/*
 * Puts a "?" for every byte that is no part of a whole character, such as what is left of one that
 * was cut in two: texts that quote what came from outside go into JSON and onto screens.
 */
void br_utf8_mend(char *text);
