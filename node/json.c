/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "node/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#define INTEGER_MAX 9007199254740992.0 /* 2^53: every integer up to it is exact in a double */
#define MILLI_MAX 2e12		       /* up to here three decimals are told apart by a double */

/* `struct br_json` is never defined: outside this file the tree is opaque. */
static const cJSON *inner(const struct br_json *value)
{
	return (const cJSON *)value;
}

static const struct br_json *outer(const cJSON *value)
{
	return (const struct br_json *)value;
}

/*
 * True when some text holds an escaped NUL. A backslash that is itself escaped begins nothing, so
 * the number of backslashes in a row before the `u` must be odd.
 */
static bool nul_escaped(struct br_str text)
{
	const char *from = text.s, *end = text.s + text.n, *at;

	while ((at = memmem(from, (size_t)(end - from), "\\u0000", 6)) != NULL) {
		size_t backslashes = 1;

		while (at - backslashes >= text.s && at[-(ptrdiff_t)backslashes] == '\\')
			backslashes++;
		if (backslashes % 2 == 1)
			return true;
		from = at + 6;
	}
	return false;
}

static bool only_blanks(const char *from, const char *end)
{
	for (; from < end; from++)
		if (*from != ' ' && *from != '\t' && *from != '\n' && *from != '\r')
			return false;
	return true;
}

int br_json_parse(struct br_str text, struct br_json **ret_root, struct br_fault *fault)
{
	const char *stop = NULL;
	cJSON *root;

	if (text.n == 0)
		return br_fault_set(fault, BR_E_INVALID, "empty text where JSON is expected");
	if (!br_utf8_valid(text.s, text.n))
		return br_fault_set(fault, BR_E_INVALID, "not well-formed UTF-8");
	/* cJSON keeps C strings, which an escaped NUL would cut short without a word. */
	if (nul_escaped(text))
		return br_fault_set(fault, BR_E_INVALID, "\\u0000 is not allowed in a text");
	br_assert(text.s != NULL);
	root = cJSON_ParseWithLengthOpts(text.s, text.n, &stop, false);
	if (root != NULL && only_blanks(stop, text.s + text.n)) {
		*ret_root = (struct br_json *)root;
		return 0;
	}
	cJSON_Delete(root);
	return br_fault_set(fault, BR_E_INVALID,
		"not JSON: the text breaks off or errs at byte %zu",
		stop != NULL ? (size_t)(stop - text.s) : text.n);
}

struct br_json *br_json_take(const struct br_json *parent, const struct br_json *child)
{
	cJSON *from = (cJSON *)(uintptr_t)parent, *item = (cJSON *)(uintptr_t)child;

	br_assert(parent != NULL && child != NULL);
	return (struct br_json *)cJSON_DetachItemViaPointer(from, item);
}

void br_json_free(struct br_json *root)
{
	cJSON_Delete((cJSON *)root);
}

enum br_json_kind br_json_kind(const struct br_json *value)
{
	if (value == NULL)
		return BR_JSON_ABSENT;
	switch (inner(value)->type & 0xFF) {
	case cJSON_False:
	case cJSON_True:
		return BR_JSON_BOOL;
	case cJSON_Number:
		return BR_JSON_NUMBER;
	case cJSON_String:
		return BR_JSON_STRING;
	case cJSON_Array:
		return BR_JSON_ARRAY;
	case cJSON_Object:
		return BR_JSON_OBJECT;
	default:
		return BR_JSON_NULL;
	}
}

const char *br_json_kind_text(enum br_json_kind kind)
{
	static const char *const texts[] = {
		"nothing", "null", "true or false", "a number", "a text", "a list", "an object"};

	br_assert((size_t)kind < BR_ARRAY_LEN(texts));
	return texts[kind];
}

const struct br_json *br_json_member(const struct br_json *object, const char *name)
{
	br_assert(name != NULL);
	if (br_json_kind(object) != BR_JSON_OBJECT)
		return NULL;
	return outer(cJSON_GetObjectItemCaseSensitive(inner(object), name));
}

size_t br_json_count(const struct br_json *value)
{
	size_t count = 0;

	BR_JSON_EACH (child, value)
		count++;
	return count;
}

const struct br_json *br_json_first(const struct br_json *value)
{
	enum br_json_kind kind = br_json_kind(value);

	if (kind != BR_JSON_ARRAY && kind != BR_JSON_OBJECT)
		return NULL;
	return outer(inner(value)->child);
}

const struct br_json *br_json_next(const struct br_json *child)
{
	br_assert(child != NULL);
	return outer(inner(child)->next);
}

struct br_str br_json_name(const struct br_json *child)
{
	br_assert(child != NULL);
	return br_str_from(inner(child)->string);
}

bool br_json_string(const struct br_json *value, struct br_str *ret_string)
{
	if (br_json_kind(value) != BR_JSON_STRING)
		return false;
	br_assert(inner(value)->valuestring != NULL);
	*ret_string = br_str_from(inner(value)->valuestring);
	return true;
}

bool br_json_bool(const struct br_json *value, bool *ret_flag)
{
	if (br_json_kind(value) != BR_JSON_BOOL)
		return false;
	*ret_flag = cJSON_IsTrue(inner(value));
	return true;
}

bool br_json_number(const struct br_json *value, double *ret_number)
{
	if (br_json_kind(value) != BR_JSON_NUMBER || !isfinite(inner(value)->valuedouble))
		return false;
	*ret_number = inner(value)->valuedouble;
	return true;
}

bool br_json_i64(const struct br_json *value, int64_t *ret_number)
{
	double number;

	if (!br_json_number(value, &number) || fabs(number) > INTEGER_MAX ||
		trunc(number) != number)
		return false;
	*ret_number = (int64_t)number;
	return true;
}

bool br_json_milli(const struct br_json *value, int64_t *ret_milli)
{
	struct br_str text;
	double number, whole;

	if (br_json_string(value, &text))
		return br_str_to_milli(text, ret_milli);
	if (!br_json_number(value, &number) || fabs(number) > MILLI_MAX)
		return false;
	/*
	 * A decimal of three places is at most half a unit in the last place away from its double,
	 * so times 1000 it is within a relative 2^-52 of the whole number it stands for.
	 */
	whole = round(number * 1000.0);
	if (fabs(number * 1000.0 - whole) > fmax(1.0, fabs(whole)) * 4.5e-16)
		return false;
	br_assert(fabs(whole) <= MILLI_MAX * 1000.0);
	*ret_milli = (int64_t)whole;
	return true;
}
