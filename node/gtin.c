#include "node/gtin.h"

#include <string.h>

char br_gtin_check_digit(struct br_str digits)
{
	unsigned sum = 0;

	for (size_t i = 0; i < digits.n; i++) {
		unsigned digit = (unsigned)(digits.s[digits.n - 1 - i] - '0');

		br_assert(digit <= 9);
		sum += digit * (i % 2 == 0 ? 3 : 1);
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

static bool digits_only(struct br_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] < '0' || text.s[i] > '9')
			return false;
	return true;
}

/* Numbers for restricted circulation, read off the form that was scanned. */
static bool restricted_is(struct br_str text)
{
	br_assert(text.n == 8 || (text.n >= 12 && text.n <= 14));
	if (text.n == 8)
		return text.s[0] == '0' || text.s[0] == '2';
	if (text.n == 12)
		return text.s[0] == '2' || text.s[0] == '4';
	if (text.n == 14 && text.s[0] != '0')
		return false;
	if (text.n == 14)
		text.s++;
	return text.s[0] == '2' || (text.s[0] == '0' && (text.s[1] == '2' || text.s[1] == '4'));
}

bool br_gtin_parse(struct br_str text, struct br_gtin *ret_gtin)
{
	struct br_gtin gtin;

	if ((text.n != 8 && text.n != 12 && text.n != 13 && text.n != 14) || !digits_only(text))
		return false;
	if (br_gtin_check_digit((struct br_str){text.s, text.n - 1}) != text.s[text.n - 1])
		return false;
	memset(gtin.digits, '0', BR_GTIN_DIGITS);
	memcpy(gtin.digits + BR_GTIN_DIGITS - text.n, text.s, text.n);
	gtin.digits[BR_GTIN_DIGITS] = '\0';
	gtin.restricted = restricted_is(text);
	br_assert(strlen(gtin.digits) == BR_GTIN_DIGITS);
	*ret_gtin = gtin;
	return true;
}
