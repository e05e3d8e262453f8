#include "node/str.h"

#include <string.h>

struct br_str br_str_from(const char *text)
{
	return (struct br_str){text, text != NULL ? strlen(text) : 0};
}

bool br_str_equal(struct br_str a, struct br_str b)
{
	br_assert((a.s != NULL || a.n == 0) && (b.s != NULL || b.n == 0));
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

bool br_str_is(struct br_str a, const char *text)
{
	return br_str_equal(a, br_str_from(text));
}

bool br_str_starts(struct br_str a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || memcmp(a.s, prefix, n) == 0);
}

int br_str_compare(struct br_str a, struct br_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.s, b.s, n) : 0;

	br_assert((a.s != NULL || a.n == 0) && (b.s != NULL || b.n == 0));
	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool br_str_copy(struct br_str a, char *buffer, size_t size)
{
	br_assert(a.s != NULL || a.n == 0);
	br_assert(size > 0);
	if (a.n >= size) {
		buffer[0] = '\0';
		return false;
	}
	if (a.n > 0)
		memcpy(buffer, a.s, a.n);
	buffer[a.n] = '\0';
	return true;
}

struct br_str br_str_split(struct br_str *a, char separator)
{
	struct br_str head = *a;
	const char *at = a->n > 0 ? memchr(a->s, separator, a->n) : NULL;

	br_assert(head.s != NULL || head.n == 0);
	if (at == NULL) {
		*a = (struct br_str){NULL, 0};
		return head;
	}
	head.n = (size_t)(at - a->s);
	br_assert(head.n < a->n);
	a->s = at + 1;
	a->n -= head.n + 1;
	return head;
}

static bool digits_append(int64_t *value, char digit)
{
	br_assert(*value <= 0);
	if (digit < '0' || digit > '9')
		return false;
	/* Collected as a negative number, because INT64_MIN has no positive twin. */
	return !__builtin_mul_overflow(*value, (int64_t)10, value) &&
	       !__builtin_sub_overflow(*value, (int64_t)(digit - '0'), value);
}

static bool sign_apply(bool negative, int64_t value, int64_t *ret_value)
{
	br_assert(value <= 0);
	if (!negative && value == INT64_MIN)
		return false;
	*ret_value = negative ? value : -value;
	return true;
}

bool br_str_to_i64(struct br_str a, int64_t *ret_value)
{
	bool negative = a.n > 0 && a.s[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t value = 0;

	br_assert(i <= a.n);
	if (i == a.n)
		return false;
	for (; i < a.n; i++)
		if (!digits_append(&value, a.s[i]))
			return false;
	return sign_apply(negative, value, ret_value);
}

bool br_str_to_milli(struct br_str a, int64_t *ret_value)
{
	bool negative = a.n > 0 && a.s[0] == '-';
	struct br_str decimals = {a.s + (negative ? 1 : 0), a.n - (negative ? 1 : 0)};
	struct br_str whole = br_str_split(&decimals, '.');
	bool point = decimals.s != NULL;
	int64_t value = 0;
	size_t i;

	br_assert(whole.n + decimals.n <= a.n);
	if (whole.n == 0 || decimals.n > 3 || (point && decimals.n == 0))
		return false;
	for (i = 0; i < whole.n; i++)
		if (!digits_append(&value, whole.s[i]))
			return false;
	for (i = 0; i < 3; i++)
		if (!digits_append(&value, i < decimals.n ? decimals.s[i] : '0'))
			return false;
	return sign_apply(negative, value, ret_value);
}

size_t br_str_distance(struct br_str a, struct br_str b)
{
	size_t row[128];

	if (b.n >= BR_ARRAY_LEN(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 0; i < a.n; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b.n; j++) {
			size_t change = corner + (a.s[i] != b.s[j]);
			size_t least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;

			corner = row[j + 1];
			row[j + 1] = change < least ? change : least;
		}
	}
	br_assert(row[b.n] <= a.n + b.n);
	return row[b.n];
}

/*
 * The number of bytes of the well-formed character at `p`, 0 when there is none. The bounds of the
 * second byte are those of the Unicode standard's table 3-7.
 */
static size_t character_bytes(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t length, i;

	br_assert(n > 0);
	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	length = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (n < length)
		return 0;
	if (p[0] == 0xE0)
		low = 0xA0;
	else if (p[0] == 0xED)
		high = 0x9F;
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xF4)
		high = 0x8F;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return 0;
	return length;
}

/* True when eight bytes are all ASCII and none of them is NUL, as nearly all that comes in is. */
static bool plain_eight(const unsigned char *p)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	uint64_t eight;

	memcpy(&eight, p, sizeof(eight));
	/* Taking one from each byte gives a zero its high bit, if none has it already. */
	return ((eight | (eight - UINT64_C(0x0101010101010101))) & high_bits) == 0;
}

bool br_utf8_valid(const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t i = 0;

	br_assert(bytes != NULL || n == 0);
	while (i < n) {
		size_t length =
			n - i >= 8 && plain_eight(p + i) ? 8 : character_bytes(p + i, n - i);

		if (length == 0)
			return false;
		i += length;
	}
	br_assert(i == n);
	return true;
}

size_t br_utf8_cut(const char *bytes, size_t n)
{
	while (n > 0 && ((unsigned char)bytes[n] & 0xC0) == 0x80)
		n--;
	return n;
}

void br_utf8_mend(char *text)
{
	while (*text != '\0') {
		size_t n = character_bytes((const unsigned char *)text, strnlen(text, 4));

		br_assert(n <= 4);
		if (n == 0) {
			*text = '?';
			n = 1;
		}
		text += n;
	}
}
