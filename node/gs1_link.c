/* Digital Link URIs (GS1 Digital Link URI syntax, sections 4.3 to 4.10). */
#include "node/gs1.h"

#include <string.h>

#include "node/gs1_identifier.h"
#include "node/gtin.h"

#define SEGMENTS_MAX 64
#define PAIRS_MAX 8 /* of the path: the key and its qualifiers */

/* A path's segments from left to right. */
struct path {
	struct br_str segments[SEGMENTS_MAX];
	unsigned n;
};

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Resolves %XX, and in a query "+", which stands for a blank there. */
static int percent_decode(
	struct br_str text, bool query, struct br_arena *arena, struct br_str *ret_text)
{
	char *bytes = br_arena_take(arena, text.n + 1);
	size_t n = 0;

	if (bytes == NULL)
		return BR_E_MEMORY;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.s[i];

		if (c == '%') {
			int high = i + 2 < text.n ? hex_of(text.s[i + 1]) : -1;
			int low = i + 2 < text.n ? hex_of(text.s[i + 2]) : -1;

			if (high < 0 || low < 0)
				return BR_E_INVALID;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (query && c == '+') {
			c = ' ';
		}
		bytes[n++] = c;
	}
	br_assert(n <= text.n);
	*ret_text = (struct br_str){bytes, n};
	return 0;
}

/* A GTIN of a link may lack the zeros in front, as links printed before 2020 do. */
static int gtin_widen(struct br_str *value, struct br_arena *arena)
{
	struct br_gtin gtin;
	char *digits;

	if (!br_gtin_parse(*value, &gtin))
		return 0;
	digits = br_arena_take(arena, BR_GTIN_DIGITS);
	if (digits == NULL)
		return BR_E_MEMORY;
	memcpy(digits, gtin.digits, BR_GTIN_DIGITS);
	*value = (struct br_str){digits, BR_GTIN_DIGITS};
	return 0;
}

/* Decodes one pair, checks it and adds it; an AI must not come twice. */
static int pair_add(struct br_gs1 *gs1, struct br_str ai, struct br_str text, bool query,
	struct br_arena *arena)
{
	const struct br_gs1_identifier *identifier = br_gs1_identifier_of(ai);
	struct br_str value;
	int result;

	if (identifier == NULL || gs1->n == BR_GS1_ELEMENTS_MAX)
		return BR_E_INVALID;
	br_assert(ai.n >= 2 && ai.n <= 4);
	result = percent_decode(text, query, arena, &value);
	if (result == 0 && br_str_is(ai, "01"))
		result = gtin_widen(&value, arena);
	if (result < 0)
		return result;
	for (unsigned i = 0; i < gs1->n; i++)
		if (br_str_equal(gs1->elements[i].ai, ai))
			return BR_E_INVALID;
	if (!br_gs1_value_valid(identifier, value))
		return BR_E_INVALID;
	gs1->elements[gs1->n++] = (struct br_gs1_element){ai, value};
	return 0;
}

/* The path's segments; false when there are too many. */
static bool path_split(struct br_str text, struct path *ret_path)
{
	ret_path->n = 0;
	for (;;) {
		bool last = text.n == 0 || memchr(text.s, '/', text.n) == NULL;

		if (ret_path->n == SEGMENTS_MAX)
			return false;
		ret_path->segments[ret_path->n++] = br_str_split(&text, '/');
		br_assert(ret_path->n <= SEGMENTS_MAX);
		if (last)
			return true;
	}
}

/* True when `qualifiers` ("22,10,21") has all of the AIs from `from` on in its order. */
static bool sequence_has(struct br_str qualifiers, const struct br_gs1 *gs1, unsigned from)
{
	for (unsigned i = from; i < gs1->n; i++) {
		bool found = false;

		while (!found && qualifiers.n > 0)
			found = br_str_equal(br_str_split(&qualifiers, ','), gs1->elements[i].ai);
		if (!found)
			return false;
	}
	br_assert(from <= gs1->n);
	return true;
}

/* True when one of the key's alternatives has the qualifiers behind it, `more` added to them. */
static bool qualifiers_valid(const char *qualifiers, const struct br_gs1 *gs1, struct br_str more)
{
	struct br_str alternatives = br_str_from(qualifiers);
	struct br_gs1 behind = {.n = 0};

	br_assert(gs1->n > 0 && gs1->n < BR_GS1_ELEMENTS_MAX);
	if (alternatives.n == 0)
		return gs1->n == 1 && more.n == 0;
	/* Every place that `more` could take among them. */
	for (unsigned at = 1; at <= gs1->n; at++) {
		struct br_str rest = alternatives;

		behind.n = 0;
		for (unsigned i = 1; i <= gs1->n; i++) {
			if (i == at && more.n > 0)
				behind.elements[behind.n++].ai = more;
			if (i < gs1->n)
				behind.elements[behind.n++].ai = gs1->elements[i].ai;
		}
		while (rest.n > 0)
			if (sequence_has(br_str_split(&rest, '|'), &behind, 0))
				return true;
	}
	return false;
}

/* The last pair of segments whose first is a primary key; negative when there is none. */
static int key_find(const struct path *path)
{
	for (int i = (int)path->n - 2; i >= 0; i -= 2) {
		const struct br_gs1_identifier *identifier =
			br_gs1_identifier_of(path->segments[i]);

		if (identifier == NULL || (int)path->n - i > 2 * PAIRS_MAX)
			return -1;
		if (identifier->qualifiers != NULL)
			return i;
	}
	br_assert(path->n > 0);
	return -1;
}

/* Reads the key and its qualifiers out of the path; *ret_qualifiers are those it may have. */
static int path_read(
	struct br_str text, struct br_arena *arena, struct br_gs1 *gs1, const char **ret_qualifiers)
{
	struct br_str none = {NULL, 0};
	struct path path;
	int at;

	br_assert(gs1->n == 0);
	if (!path_split(text, &path))
		return BR_E_INVALID;
	at = key_find(&path);
	if (at < 0)
		return BR_E_INVALID;
	*ret_qualifiers = br_gs1_identifier_of(path.segments[at])->qualifiers;
	for (unsigned i = (unsigned)at; i + 1 < path.n; i += 2) {
		int result = pair_add(gs1, path.segments[i], path.segments[i + 1], false, arena);

		if (result < 0)
			return result;
	}
	return qualifiers_valid(*ret_qualifiers, gs1, none) ? 0 : BR_E_INVALID;
}

static bool all_digits(struct br_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] < '0' || text.s[i] > '9')
			return false;
	return text.n > 0;
}

/* Attributes: names of digits are AIs, all others belong to somebody else. */
static int query_read(
	struct br_str query, struct br_arena *arena, struct br_gs1 *gs1, const char *qualifiers)
{
	struct br_gs1 path = *gs1;

	br_assert(gs1->n > 0);
	while (query.n > 0) {
		struct br_str pair = br_str_split(&query, '&');
		struct br_str name = br_str_split(&pair, '=');
		const struct br_gs1_identifier *identifier;
		int result;

		if (!all_digits(name))
			continue;
		identifier = br_gs1_identifier_of(name);
		if (identifier == NULL || !(identifier->attribute || identifier->qualifiers) ||
			qualifiers_valid(qualifiers, &path, name))
			return BR_E_INVALID;
		result = pair_add(gs1, name, pair, true, arena);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Passes over "https://domain/"; false when the text does not begin so. */
static bool domain_skip(struct br_str *uri)
{
	static const char *const schemes[] = {"http://", "https://", "HTTP://", "HTTPS://"};
	struct br_str domain;
	size_t scheme = 0;

	for (size_t i = 0; i < BR_ARRAY_LEN(schemes); i++)
		if (br_str_starts(*uri, schemes[i]))
			scheme = strlen(schemes[i]);
	if (scheme == 0)
		return false;
	*uri = (struct br_str){uri->s + scheme, uri->n - scheme};
	if (uri->n == 0 || memchr(uri->s, '/', uri->n) == NULL)
		return false;
	domain = br_str_split(uri, '/');
	for (size_t i = 0; i < domain.n; i++)
		if (strchr("%$", domain.s[i]) != NULL)
			return false;
	br_assert(domain.n < BR_GS1_BYTES_MAX);
	return domain.n > 0;
}

int br_gs1_link(struct br_str uri, struct br_arena *arena, struct br_gs1 *ret_gs1)
{
	struct br_gs1 gs1 = {.n = 0};
	const char *qualifiers = NULL;
	struct br_str path;
	int result;

	if (uri.n > BR_GS1_BYTES_MAX || !domain_skip(&uri))
		return BR_E_INVALID;
	for (size_t i = 0; i < uri.n; i++)
		if (uri.s[i] <= ' ' || uri.s[i] > '~' || strchr("<>{}\\^`\"|", uri.s[i]) != NULL)
			return BR_E_INVALID;
	uri = br_str_split(&uri, '#');
	path = br_str_split(&uri, '?');
	result = path_read(path, arena, &gs1, &qualifiers);
	if (result == 0)
		result = query_read(uri, arena, &gs1, qualifiers);
	if (result < 0)
		return result;
	br_assert(gs1.n > 0 && gs1.n <= BR_GS1_ELEMENTS_MAX);
	*ret_gs1 = gs1;
	return 0;
}
