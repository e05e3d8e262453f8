#include "tests/peers/hq_scan.h"

#include <string.h>

#define LEVELS_MAX 32

static bool value_skip(struct peer_scan *scan, unsigned level);

static void blanks_skip(struct peer_scan *scan)
{
	while (scan->at < scan->end &&
		(*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

/* Takes `c` when it is next. */
static bool take(struct peer_scan *scan, char c)
{
	bool there = scan->at < scan->end && *scan->at == c;

	scan->at += there;
	return there;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What stands behind a backslash. */
static bool escape_skip(struct peer_scan *scan)
{
	const char *digits = scan->at + 1;

	if (scan->at == scan->end || strchr("\"\\/bfnrtu", *scan->at) == NULL || *scan->at == '\0')
		return false;
	if (*scan->at++ != 'u')
		return true;
	if (scan->end - digits < 4 || memcmp(digits, "0000", 4) == 0)
		return false;
	for (int i = 0; i < 4; i++)
		if (!is_hex(digits[i]))
			return false;
	scan->at = digits + 4;
	return true;
}

static bool text_skip(struct peer_scan *scan)
{
	if (!take(scan, '"'))
		return false;
	while (scan->at < scan->end) {
		unsigned char c = (unsigned char)*scan->at++;

		if (c == '"')
			return true;
		if (c < 0x20 || (c == '\\' && !escape_skip(scan)))
			return false;
	}
	return false;
}

static bool digits_skip(struct peer_scan *scan)
{
	const char *from = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return scan->at > from;
}

static bool number_skip(struct peer_scan *scan)
{
	(void)take(scan, '-');
	if (!take(scan, '0') && !digits_skip(scan))
		return false;
	if (take(scan, '.') && !digits_skip(scan))
		return false;
	if (take(scan, 'e') || take(scan, 'E')) {
		if (!take(scan, '+'))
			(void)take(scan, '-');
		return digits_skip(scan);
	}
	return true;
}

static bool word_skip(struct peer_scan *scan, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(scan->end - scan->at) < n || memcmp(scan->at, word, n) != 0)
		return false;
	scan->at += n;
	return true;
}

/* A member's name and its colon. */
static bool name_skip(struct peer_scan *scan)
{
	blanks_skip(scan);
	if (!text_skip(scan))
		return false;
	blanks_skip(scan);
	return take(scan, ':');
}

/* All of an object or a list, from behind its opening. */
static bool members_skip(struct peer_scan *scan, bool object, unsigned level)
{
	char closing = object ? '}' : ']';

	if (level > LEVELS_MAX)
		return false;
	blanks_skip(scan);
	if (take(scan, closing))
		return true;
	for (;;) {
		if ((object && !name_skip(scan)) || !value_skip(scan, level))
			return false;
		if (take(scan, closing))
			return true;
		if (!take(scan, ','))
			return false;
	}
}

/* A value with the blanks around it. `level` counts the objects and lists that it is in. */
static bool value_skip(struct peer_scan *scan, unsigned level)
{
	bool whole;

	blanks_skip(scan);
	if (scan->at == scan->end)
		return false;
	switch (*scan->at) {
	case '"':
		whole = text_skip(scan);
		break;
	case '{':
	case '[':
		whole = members_skip(scan, *scan->at++ == '{', level + 1);
		break;
	case 't':
		whole = word_skip(scan, "true");
		break;
	case 'f':
		whole = word_skip(scan, "false");
		break;
	case 'n':
		whole = word_skip(scan, "null");
		break;
	default:
		whole = number_skip(scan);
	}
	blanks_skip(scan);
	return whole;
}

void peer_scan_begin(struct peer_scan *scan, struct br_str text)
{
	*scan = (struct peer_scan){.at = text.s, .end = text.s + text.n, .first = true};
}

bool peer_scan_enter(struct peer_scan *scan, char opening)
{
	br_assert(scan->first && !scan->closed);
	blanks_skip(scan);
	scan->broken = !take(scan, opening);
	return !scan->broken;
}

/* True when another member or element begins here; `closing` ends them. */
static bool next_begins(struct peer_scan *scan, char closing)
{
	if (scan->broken || scan->closed)
		return false;
	blanks_skip(scan);
	scan->closed = take(scan, closing);
	if (!scan->closed && !scan->first)
		scan->broken = !take(scan, ',');
	scan->first = false;
	return !scan->closed && !scan->broken;
}

/* The text of the value here, without the blanks around it. */
static bool value_take(struct peer_scan *scan, struct br_str *ret_value)
{
	const char *from;

	blanks_skip(scan);
	from = scan->at;
	scan->broken = !value_skip(scan, 1);
	if (scan->broken)
		return false;
	ret_value->s = from;
	ret_value->n = (size_t)(scan->at - from);
	while (strchr(" \t\r\n", from[ret_value->n - 1]) != NULL)
		ret_value->n--;
	br_assert(ret_value->n > 0);
	return true;
}

bool peer_scan_member(struct peer_scan *scan, struct br_str *ret_name, struct br_str *ret_value)
{
	const char *from;

	if (!next_begins(scan, '}'))
		return false;
	blanks_skip(scan);
	from = scan->at;
	scan->broken = !text_skip(scan);
	if (scan->broken)
		return false;
	*ret_name = (struct br_str){from + 1, (size_t)(scan->at - from) - 2};
	blanks_skip(scan);
	scan->broken = !take(scan, ':');
	return !scan->broken && value_take(scan, ret_value);
}

bool peer_scan_element(struct peer_scan *scan, struct br_str *ret_value)
{
	return next_begins(scan, ']') && value_take(scan, ret_value);
}

bool peer_scan_ended(struct peer_scan *scan)
{
	blanks_skip(scan);
	return scan->closed && !scan->broken && scan->at == scan->end;
}

bool peer_scan_plain(struct br_str value, struct br_str *ret_text)
{
	if (value.n < 2 || value.s[0] != '"' || memchr(value.s, '\\', value.n) != NULL)
		return false;
	*ret_text = (struct br_str){value.s + 1, value.n - 2};
	return true;
}
