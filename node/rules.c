#include "node/rules.h"

#include <string.h>

#include "node/gtin.h"
#include "node/limits.h"

static bool made_of(struct br_str text, const char *allowed)
{
	br_assert(allowed[0] != '\0');
	for (size_t i = 0; i < text.n; i++)
		/* strchr() finds the NUL that closes the list, too. */
		if (text.s[i] == '\0' || strchr(allowed, text.s[i]) == NULL)
			return false;
	return true;
}

static bool gtin_check(struct br_str text)
{
	struct br_gtin gtin;

	return br_gtin_parse(text, &gtin);
}

/* A GLN has the form and the check digit of a GTIN-13. */
static bool gln_check(struct br_str text)
{
	return text.n == 13 && gtin_check(text);
}

static bool currency_check(struct br_str text)
{
	return text.n == 3 && made_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool label_check(struct br_str text)
{
	return (text.n == 12 || text.n == 16) && made_of(text, "0123456789ABCDEF");
}

/* What it is a code of is found out by who resolves it. */
static bool scan_check(struct br_str text)
{
	return text.n > 0;
}

static bool slug_check(struct br_str text)
{
	return made_of(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

#define CARD_DIGITS_MIN 13
#define CARD_DIGITS_MAX 19

/* The check digit of ISO/IEC 7812-1, annex B: every second digit counts double, from the right. */
static bool card_digits(const char *digits, size_t n)
{
	unsigned sum = 0;

	br_assert(n >= CARD_DIGITS_MIN && n <= CARD_DIGITS_MAX);
	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)(digits[n - 1 - i] - '0') << (i % 2);

		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0;
}

/* Looks at all numbers of a card's length that begin and end with one of the groups. */
static bool groups_hold_card(const char *digits, const size_t *ends, size_t group_n)
{
	br_assert(group_n > 0);
	for (size_t first = 0; first < group_n; first++)
		for (size_t last = first; last < group_n; last++) {
			size_t from = first > 0 ? ends[first - 1] : 0, n = ends[last] - from;

			if (n >= CARD_DIGITS_MIN && n <= CARD_DIGITS_MAX &&
				card_digits(digits + from, n))
				return true;
		}
	return false;
}

#define GROUPS_MAX 64

static bool no_card_check(struct br_str text)
{
	char digits[BR_NOTE_BYTES_MAX];
	size_t ends[GROUPS_MAX], n = 0, group_n = 0;

	for (size_t i = 0; i <= text.n; i++) {
		bool digit = i < text.n && text.s[i] >= '0' && text.s[i] <= '9';
		bool joins = i < text.n && (text.s[i] == ' ' || text.s[i] == '-');
		bool ends_group = !digit && n > (group_n > 0 ? ends[group_n - 1] : 0);

		if (digit && n < sizeof(digits))
			digits[n++] = text.s[i];
		if (ends_group && group_n < GROUPS_MAX)
			ends[group_n++] = n;
		/* One blank or hyphen groups; anything else ends the number. */
		if (digit || (joins && ends_group))
			continue;
		if (group_n > 0 && groups_hold_card(digits, ends, group_n))
			return false;
		n = group_n = 0;
	}
	return true;
}

const struct br_text_rule br_rule_gtin = {
	gtin_check, "8, 12, 13 or 14 digits with a right GS1 check digit"};
const struct br_text_rule br_rule_gln = {gln_check, "13 digits with a right GS1 check digit"};
const struct br_text_rule br_rule_currency = {currency_check, "an ISO 4217 code such as \"EUR\""};
const struct br_text_rule br_rule_label = {label_check, "12 or 16 upper-case hexadecimal digits"};
const struct br_text_rule br_rule_no_card = {
	no_card_check, "a text without the number of a payment card"};
const struct br_text_rule br_rule_scan = {scan_check, "what a scanner reads"};
const struct br_text_rule br_rule_slug = {slug_check, "made of a-z, 0-9 and '-'"};
