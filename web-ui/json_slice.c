#include "web-ui/json_slice.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The four blanks of RFC 8259, section 2. */
static void skip_blanks(struct br_str *rest)
{
	br_assert(rest->n == 0 || rest->s != NULL);
	while (rest->n > 0 && is_blank(*rest->s)) {
		rest->s++;
		rest->n--;
	}
}

static void skip(struct br_str *rest, size_t n)
{
	br_assert(n <= rest->n);
	rest->s += n;
	rest->n -= n;
}

/* The bytes of a text with its quotes; all that is left when it does not end. */
static size_t text_length(struct br_str rest)
{
	br_assert(rest.n > 0 && rest.s[0] == '"');
	for (size_t i = 1; i < rest.n; i++) {
		if (rest.s[i] == '\\')
			i++;
		else if (rest.s[i] == '"')
			return i + 1;
	}
	return rest.n;
}

/* The bytes of the value that `rest` begins with. */
static size_t value_length(struct br_str rest)
{
	unsigned depth = 0;
	size_t i = 0;

	br_assert(rest.n == 0 || rest.s != NULL);
	while (i < rest.n) {
		char c = rest.s[i];

		if (c == '"') {
			i += text_length((struct br_str){rest.s + i, rest.n - i});
			if (depth == 0)
				return i;
			continue;
		}
		if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			if (--depth == 0)
				return i + 1;
		} else if (depth == 0 && (c == ',' || is_blank(c))) {
			return i;
		}
		i++;
	}
	return i;
}

static bool value_take(struct br_str *rest, struct br_str *ret_value)
{
	size_t n;

	br_assert(rest->n == 0 || rest->s != NULL);
	skip_blanks(rest);
	n = value_length(*rest);
	if (n == 0)
		return false;
	*ret_value = (struct br_str){rest->s, n};
	skip(rest, n);
	skip_blanks(rest);
	return true;
}

bool br_json_slice_member(struct br_str json, const char *name, struct br_str *ret_value)
{
	struct br_str key, value, bare;

	br_assert(name[0] != '\0');
	skip_blanks(&json);
	if (json.n == 0 || *json.s != '{')
		return false;
	skip(&json, 1);
	while (value_take(&json, &key)) {
		if (json.n == 0 || *json.s != ':' || key.n < 2)
			return false;
		skip(&json, 1);
		if (!value_take(&json, &value))
			return false;
		bare = (struct br_str){key.s + 1, key.n - 2};
		if (br_str_is(bare, name)) {
			*ret_value = value;
			return true;
		}
		if (json.n == 0 || *json.s != ',')
			return false;
		skip(&json, 1);
	}
	return false;
}

bool br_json_slice_element(struct br_str *rest, struct br_str *ret_value)
{
	br_assert(rest->n == 0 || rest->s != NULL);
	skip_blanks(rest);
	/* The list's opening bracket, or the comma that the element before has left. */
	if (rest->n == 0 || (*rest->s != '[' && *rest->s != ','))
		return false;
	skip(rest, 1);
	return value_take(rest, ret_value);
}
