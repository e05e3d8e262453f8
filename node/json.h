/*
 * JSON from outside, parsed with limits and read with types.
 *
 * A parsed document is a tree owned by its root. The readers return slices into the tree, valid
 * until br_json_free(). Nothing here trusts its input: any bytes give a tree or a fault that says
 * where the text stopped being JSON (RFC 8259) and which limit it broke.
 *
 * Absent members read as NULL, and every reader takes NULL, so a chain of look-ups needs one check.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/str.h"

struct br_json;

enum br_json_kind {
	BR_JSON_ABSENT, /* the member is not there */
	BR_JSON_NULL,
	BR_JSON_BOOL,
	BR_JSON_NUMBER,
	BR_JSON_STRING,
	BR_JSON_ARRAY,
	BR_JSON_OBJECT
};

/*
 * Parses one whole document (only blanks may follow it) of well-formed UTF-8. `\u0000` is refused.
 * On success the caller owns *ret_root and frees it with br_json_free().
 * Returns 0, BR_E_INVALID with the fault filled, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_json_parse(
	struct br_str text, struct br_json **ret_root, struct br_fault *fault);

/*
 * Takes a child out of its array or object: it becomes a root of its own, which the caller frees.
 * `parent` is in a tree that the caller owns.
 */
BR_MUST_CHECK struct br_json *br_json_take(
	const struct br_json *parent, const struct br_json *child);

/* Frees a root; NULL is allowed. */
void br_json_free(struct br_json *root);
BR_DEFINE_CLEANUP(json, br_json_free)

enum br_json_kind br_json_kind(const struct br_json *value);

/* "a number", "a text", …: the kind's name for a fault's sentence. */
const char *br_json_kind_text(enum br_json_kind kind);

/* The member of an object, or NULL when absent or when `object` is no object. */
const struct br_json *br_json_member(const struct br_json *object, const char *name);

/* The number of members or elements; 0 for anything else. Walks the list: O(n). */
size_t br_json_count(const struct br_json *value);

/* First child of an array or object, and the next one; NULL at the end. */
const struct br_json *br_json_first(const struct br_json *value);
const struct br_json *br_json_next(const struct br_json *child);

/* The member's own name; the empty slice for array elements. */
struct br_str br_json_name(const struct br_json *child);

#define BR_JSON_EACH(CHILD, PARENT) \
	for (const struct br_json *CHILD = br_json_first(PARENT); CHILD != NULL; \
		CHILD = br_json_next(CHILD))

/* Readers: true and the output set when the value has that type, else false and untouched. */
BR_MUST_CHECK bool br_json_string(const struct br_json *value, struct br_str *ret_string);
BR_MUST_CHECK bool br_json_bool(const struct br_json *value, bool *ret_flag);

/* A finite number. */
BR_MUST_CHECK bool br_json_number(const struct br_json *value, double *ret_number);

/* A number without decimals within ±2^53. */
BR_MUST_CHECK bool br_json_i64(const struct br_json *value, int64_t *ret_number);

/*
 * A decimal times 1000, exactly: a JSON number or a text such as "12.99", with at most three
 * decimals; a number within ±2·10^12. Money and quantities are read with this.
 */
BR_MUST_CHECK bool br_json_milli(const struct br_json *value, int64_t *ret_milli);
