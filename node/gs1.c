#include "node/gs1.h"

#include <string.h>

#include "node/gs1_identifier.h"

struct br_str br_gs1_value(const struct br_gs1 *gs1, const char *ai)
{
	br_assert(gs1->n <= BR_GS1_ELEMENTS_MAX);
	for (unsigned i = 0; i < gs1->n; i++)
		if (br_str_is(gs1->elements[i].ai, ai))
			return gs1->elements[i].value;
	return (struct br_str){NULL, 0};
}

/* The same AI may come twice only with the same value (General Specifications, section 4.14.1). */
static int element_add(struct br_gs1 *gs1, struct br_str ai, struct br_str value)
{
	br_assert(ai.n >= 2 && ai.n <= 4);
	for (unsigned i = 0; i < gs1->n; i++)
		if (br_str_equal(gs1->elements[i].ai, ai))
			return br_str_equal(gs1->elements[i].value, value) ? 0 : BR_E_INVALID;
	if (gs1->n == BR_GS1_ELEMENTS_MAX)
		return BR_E_INVALID;
	gs1->elements[gs1->n++] = (struct br_gs1_element){ai, value};
	return 0;
}

/* How much of what follows an AI is its value: a fixed length, or all up to the separator. */
static size_t value_length(const struct br_gs1_identifier *identifier, struct br_str rest)
{
	const char *end = rest.n > 0 ? memchr(rest.s, BR_GS1_SEPARATOR, rest.n) : NULL;
	size_t n = end != NULL ? (size_t)(end - rest.s) : rest.n;
	size_t max = br_gs1_value_max(identifier);

	br_assert(max > 0);
	return identifier->fixed && n > max ? max : n;
}

int br_gs1_element_string(struct br_str code, struct br_gs1 *ret_gs1)
{
	struct br_gs1 gs1 = {.n = 0};

	if (code.n > BR_GS1_BYTES_MAX)
		return BR_E_INVALID;
	while (code.n > 0) {
		size_t digits, n;
		const struct br_gs1_identifier *identifier = br_gs1_identifier_at(code, &digits);
		struct br_str ai = code;

		if (identifier == NULL)
			return BR_E_INVALID;
		ai.n = digits;
		code = (struct br_str){code.s + digits, code.n - digits};
		n = value_length(identifier, code);
		if (!br_gs1_value_valid(identifier, (struct br_str){code.s, n}) ||
			element_add(&gs1, ai, (struct br_str){code.s, n}) < 0)
			return BR_E_INVALID;
		code = (struct br_str){code.s + n, code.n - n};
		/* Some printers close every value; one separator too many harms nobody. */
		if (code.n > 0 && code.s[0] == BR_GS1_SEPARATOR)
			code = (struct br_str){code.s + 1, code.n - 1};
	}
	br_assert(gs1.n <= BR_GS1_ELEMENTS_MAX);
	if (gs1.n == 0)
		return BR_E_INVALID;
	*ret_gs1 = gs1;
	return 0;
}

/* Reads a value up to the next bracket; "\(" stands for a bracket of the value. */
static int bracketed_value(struct br_str *code, char *bytes, struct br_str *ret_value)
{
	size_t n = 0, at = 0;

	br_assert(bytes != NULL);
	while (at < code->n && code->s[at] != '(') {
		if (code->s[at] == '\\' && at + 1 < code->n && code->s[at + 1] == '(')
			at++;
		bytes[n++] = code->s[at++];
	}
	br_assert(n <= at);
	*code = (struct br_str){code->s + at, code->n - at};
	*ret_value = (struct br_str){bytes, n};
	return n > 0 ? 0 : BR_E_INVALID;
}

/* Reads "(AI)". */
static int bracketed_ai(struct br_str *code, struct br_str *ret_ai)
{
	const char *end = code->n > 0 ? memchr(code->s, ')', code->n) : NULL;

	if (code->n == 0 || code->s[0] != '(' || end == NULL)
		return BR_E_INVALID;
	*ret_ai = (struct br_str){code->s + 1, (size_t)(end - code->s) - 1};
	*code = (struct br_str){end + 1, code->n - ret_ai->n - 2};
	br_assert(code->n < BR_GS1_BYTES_MAX);
	return 0;
}

int br_gs1_bracketed(struct br_str code, struct br_arena *arena, struct br_gs1 *ret_gs1)
{
	struct br_gs1 gs1 = {.n = 0};
	char *bytes;

	if (code.n == 0 || code.n > BR_GS1_BYTES_MAX)
		return BR_E_INVALID;
	bytes = br_arena_take(arena, code.n);
	if (bytes == NULL)
		return BR_E_MEMORY;
	while (code.n > 0) {
		const struct br_gs1_identifier *identifier;
		struct br_str ai, value;

		if (bracketed_ai(&code, &ai) < 0 || bracketed_value(&code, bytes, &value) < 0)
			return BR_E_INVALID;
		bytes += value.n;
		identifier = br_gs1_identifier_of(ai);
		if (identifier == NULL || !br_gs1_value_valid(identifier, value) ||
			element_add(&gs1, ai, value) < 0)
			return BR_E_INVALID;
	}
	br_assert(gs1.n > 0);
	*ret_gs1 = gs1;
	return 0;
}
