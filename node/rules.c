#include "node/rules.h"

#include <string.h>

#include "node/gtin.h"

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

static bool currency_check(struct br_str text)
{
	return text.n == 3 && made_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool label_check(struct br_str text)
{
	return (text.n == 12 || text.n == 16) && made_of(text, "0123456789ABCDEF");
}

static bool slug_check(struct br_str text)
{
	return made_of(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

const struct br_text_rule br_rule_gtin = {
	gtin_check, "8, 12, 13 or 14 digits with a right GS1 check digit"};
const struct br_text_rule br_rule_currency = {currency_check, "an ISO 4217 code such as \"EUR\""};
const struct br_text_rule br_rule_label = {label_check, "12 or 16 upper-case hexadecimal digits"};
const struct br_text_rule br_rule_slug = {slug_check, "made of a-z, 0-9 and '-'"};
