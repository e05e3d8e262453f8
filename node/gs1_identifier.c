#include "node/gs1_identifier.h"

#include <string.h>

#include "node/gtin.h"

static const struct br_gs1_identifier identifiers[] = {
	{"00", "00", "N18c", true, true, false, ""},
	{"01", "01", "N14c", true, true, false, "22,10,21|235"},
	{"02", "02", "N14c", true, true, false, NULL},
	{"03", "03", "N14c", true, false, false, NULL},
	{"10", "10", "X..20", false, true, false, NULL},
	{"11", "13", "N6d", true, true, false, NULL},
	{"15", "17", "N6d", true, true, false, NULL},
	{"20", "20", "N2", true, true, false, NULL},
	{"21", "22", "X..20", false, false, false, NULL},
	{"235", "235", "X..28", false, false, false, NULL},
	{"240", "241", "X..30", false, true, false, NULL},
	{"242", "242", "N..6", false, true, false, NULL},
	{"243", "243", "X..20", false, true, false, NULL},
	{"250", "251", "X..30", false, true, false, NULL},
	{"253", "253", "N13c [X..17", false, true, false, ""},
	{"254", "254", "X..20", false, false, false, NULL},
	{"255", "255", "N13c [N..12", false, true, false, ""},
	{"30", "30", "N..8", false, true, false, NULL},
	{"3100", "3165", "N6", true, true, true, NULL},
	{"3200", "3375", "N6", true, true, true, NULL},
	{"3400", "3575", "N6", true, true, true, NULL},
	{"3600", "3695", "N6", true, true, true, NULL},
	{"37", "37", "N..8", false, true, false, NULL},
	{"3900", "3909", "N..15", false, true, false, NULL},
	{"3910", "3919", "N3 N..15", false, true, false, NULL},
	{"3920", "3929", "N..15", false, true, false, NULL},
	{"3930", "3939", "N3 N..15", false, true, false, NULL},
	{"3940", "3943", "N4", false, true, false, NULL},
	{"3950", "3955", "N6", false, true, true, NULL},
	{"400", "400", "X..30", false, true, false, NULL},
	{"401", "401", "X..30", false, true, false, ""},
	{"402", "402", "N17c", false, true, false, ""},
	{"403", "403", "X..30", false, true, false, NULL},
	{"410", "413", "N13c", true, true, false, NULL},
	{"414", "414", "N13c", true, true, false, "254|7040"},
	{"415", "415", "N13c", true, true, false, "8020"},
	{"416", "416", "N13c", true, true, false, NULL},
	{"417", "417", "N13c", true, true, false, "7040"},
	{"420", "420", "X..20", false, true, false, NULL},
	{"421", "421", "N3 X..9", false, true, false, NULL},
	{"422", "422", "N3", false, true, false, NULL},
	{"423", "423", "N3 [N3 [N3 [N3 [N3", false, true, false, NULL},
	{"424", "424", "N3", false, true, false, NULL},
	{"425", "425", "N3 [N3 [N3 [N3 [N3", false, true, false, NULL},
	{"426", "426", "N3", false, true, false, NULL},
	{"427", "427", "X..3", false, true, false, NULL},
	{"4300", "4301", "X..35", false, true, false, NULL},
	{"4302", "4306", "X..70", false, true, false, NULL},
	{"4307", "4307", "X2", false, true, false, NULL},
	{"4308", "4308", "X..30", false, true, false, NULL},
	{"4309", "4309", "N10 N10", false, true, false, NULL},
	{"4310", "4311", "X..35", false, true, false, NULL},
	{"4312", "4316", "X..70", false, true, false, NULL},
	{"4317", "4317", "X2", false, true, false, NULL},
	{"4318", "4318", "X..20", false, true, false, NULL},
	{"4319", "4319", "X..30", false, true, false, NULL},
	{"4320", "4320", "X..35", false, true, false, NULL},
	{"4321", "4323", "N1", false, true, false, NULL},
	{"4324", "4325", "N6d N4", false, true, false, NULL},
	{"4326", "4326", "N6d", false, true, false, NULL},
	{"4330", "4333", "N6 [X1", false, true, false, NULL},
	{"7001", "7001", "N13", false, true, false, NULL},
	{"7002", "7002", "X..30", false, true, false, NULL},
	{"7003", "7003", "N6d N4", false, true, false, NULL},
	{"7004", "7004", "N..4", false, true, false, NULL},
	{"7005", "7005", "X..12", false, true, false, NULL},
	{"7006", "7006", "N6d", false, true, false, NULL},
	{"7007", "7007", "N6d [N6d", false, true, false, NULL},
	{"7008", "7008", "X..3", false, true, false, NULL},
	{"7009", "7009", "X..10", false, true, false, NULL},
	{"7010", "7010", "X..2", false, true, false, NULL},
	{"7011", "7011", "N6d [N4", false, true, false, NULL},
	{"7020", "7022", "X..20", false, true, false, NULL},
	{"7023", "7023", "X..30", false, true, false, NULL},
	{"7030", "7039", "N3 X..27", false, true, false, NULL},
	{"7040", "7040", "N1 X1 X1 X1", false, false, false, NULL},
	{"7041", "7041", "X..4", false, false, false, NULL},
	{"710", "717", "X..20", false, true, false, NULL},
	{"7230", "7239", "X2 X..28", false, true, false, NULL},
	{"7240", "7240", "X..20", false, true, false, NULL},
	{"7241", "7241", "N2", false, true, false, NULL},
	{"7242", "7242", "X..25", false, true, false, NULL},
	{"7250", "7250", "N8", false, true, false, NULL},
	{"7251", "7251", "N8 N4", false, true, false, NULL},
	{"7252", "7252", "N1", false, true, false, NULL},
	{"7253", "7254", "X..40", false, true, false, NULL},
	{"7255", "7255", "X..10", false, true, false, NULL},
	{"7256", "7256", "X..90", false, true, false, NULL},
	{"7257", "7257", "X..70", false, true, false, NULL},
	{"7258", "7258", "X3", false, true, false, NULL},
	{"7259", "7259", "X..40", false, true, false, NULL},
	{"8001", "8001", "N4 N5 N3 N1 N1", false, true, false, NULL},
	{"8002", "8002", "X..20", false, true, false, NULL},
	{"8003", "8003", "N1z N13c [X..16", false, true, false, ""},
	{"8004", "8004", "X..30", false, true, false, "7040"},
	{"8005", "8005", "N6", false, true, false, NULL},
	{"8006", "8006", "N14c N4", false, true, false, "22,10,21"},
	{"8007", "8007", "X..34", false, true, false, NULL},
	{"8008", "8008", "N6d N2 [N2 [N2", false, true, false, NULL},
	{"8009", "8009", "X..50", false, true, false, NULL},
	{"8010", "8010", "Y..30", false, true, false, "8011"},
	{"8011", "8011", "N..12", false, false, false, NULL},
	{"8012", "8012", "X..20", false, true, false, NULL},
	{"8013", "8013", "X..25", false, true, false, ""},
	{"8014", "8014", "X..25", false, false, false, NULL},
	{"8017", "8017", "N18c", false, true, false, "8019"},
	{"8018", "8018", "N18c", false, true, false, "8019"},
	{"8019", "8019", "N..10", false, false, false, NULL},
	{"8020", "8020", "X..25", false, false, false, NULL},
	{"8026", "8026", "N14c N4", false, true, false, NULL},
	{"8030", "8030", "Z..90", false, true, false, NULL},
	{"8040", "8041", "N15", false, false, false, NULL},
	{"8042", "8042", "N32", false, false, false, NULL},
	{"8043", "8043", "N18 [N..2", false, false, false, NULL},
	{"8110", "8110", "X..70", false, true, false, NULL},
	{"8111", "8111", "N4", false, true, false, NULL},
	{"8112", "8112", "X..70", false, true, false, NULL},
	{"8200", "8200", "X..70", false, false, false, NULL},
	{"90", "90", "X..30", false, true, false, NULL},
	{"91", "99", "X..90", false, true, false, NULL},
};

static bool digit_is(char c)
{
	return c >= '0' && c <= '9';
}

static bool identifier_has(const struct br_gs1_identifier *identifier, struct br_str code)
{
	size_t n = strlen(identifier->first);

	br_assert(n >= 2 && n <= 4 && n == strlen(identifier->last));
	if (code.n < n || memcmp(code.s, identifier->first, n) < 0 ||
		memcmp(code.s, identifier->last, n) > 0)
		return false;
	return !identifier->decimals || code.s[n - 1] <= '5';
}

const struct br_gs1_identifier *br_gs1_identifier_at(struct br_str code, size_t *ret_n)
{
	for (size_t i = 0; i < 4 && i < code.n; i++)
		if (!digit_is(code.s[i]) && i < 2)
			return NULL;
	for (size_t i = 0; i < BR_ARRAY_LEN(identifiers); i++) {
		size_t n = strlen(identifiers[i].first);
		bool digits = code.n >= n;

		for (size_t j = 0; j < n && digits; j++)
			digits = digit_is(code.s[j]);
		if (!digits || !identifier_has(&identifiers[i], code))
			continue;
		*ret_n = n;
		return &identifiers[i];
	}
	return NULL;
}

const struct br_gs1_identifier *br_gs1_identifier_of(struct br_str ai)
{
	size_t n = 0;
	const struct br_gs1_identifier *identifier = br_gs1_identifier_at(ai, &n);

	br_assert(identifier == NULL || n >= 2);
	return identifier != NULL && n == ai.n ? identifier : NULL;
}

/* The characters of GS1's sets 82 and 39 (section 7.11) and of base64url. */
static bool character_in(char set, char c)
{
	static const char any[] = "!\"%&'()*+,-./:;<=>?_";

	br_assert(set == 'N' || set == 'X' || set == 'Y' || set == 'Z');
	if (digit_is(c))
		return true;
	if (set == 'N' || c == '\0')
		return false;
	if (set == 'Y')
		return (c >= 'A' && c <= 'Z') || c == '#' || c == '-' || c == '/';
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return set == 'Z' ? c == '-' || c == '_' || c == '=' : strchr(any, c) != NULL;
}

bool br_gs1_date_valid(struct br_str digits)
{
	static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int month, day, year;

	br_assert(digits.n == 6);
	year = (digits.s[0] - '0') * 10 + digits.s[1] - '0';
	month = (digits.s[2] - '0') * 10 + digits.s[3] - '0';
	day = (digits.s[4] - '0') * 10 + digits.s[5] - '0';
	/* Two digits of a year between 1951 and 2050: 2000 is a leap year, so every fourth is. */
	if (month < 1 || month > 12 || day > days[month - 1])
		return false;
	return month != 2 || day < 29 || year % 4 == 0;
}

/* One part of a format. */
struct part {
	char set;
	bool open, optional; /* of any length up to `n`; it and the rest may be missing */
	size_t n;
	char rule; /* 'c', 'd', 'z' or NUL */
};

/* Takes the part off the front of a format; false at its end. */
static bool part_take(const char **format, struct part *ret_part)
{
	const char *p = *format;
	struct part part = {.n = 0};

	if (*p == '\0')
		return false;
	part.optional = *p == '[';
	p += part.optional;
	part.set = *p++;
	part.open = *p == '.';
	p += part.open ? 2 : 0;
	while (digit_is(*p))
		part.n = part.n * 10 + (size_t)(*p++ - '0');
	if (*p != '\0' && *p != ' ')
		part.rule = *p++;
	br_assert(part.n > 0 && (*p == '\0' || *p == ' '));
	*format = p + (*p == ' ');
	*ret_part = part;
	return true;
}

static bool part_valid(const struct part *part, struct br_str text)
{
	br_assert(text.n <= part->n);
	for (size_t i = 0; i < text.n; i++)
		if (!character_in(part->set, text.s[i]))
			return false;
	switch (part->rule) {
	case 'c':
		return br_gtin_check_digit((struct br_str){text.s, text.n - 1}) ==
		       text.s[text.n - 1];
	case 'd':
		return br_gs1_date_valid(text);
	case 'z':
		return text.s[0] == '0';
	default:
		return true;
	}
}

bool br_gs1_value_valid(const struct br_gs1_identifier *identifier, struct br_str value)
{
	const char *format = identifier->format;
	struct part part;

	br_assert(format[0] != '\0');
	while (part_take(&format, &part)) {
		size_t n = part.open && value.n < part.n ? value.n : part.n;

		if (part.optional && value.n == 0)
			return true;
		if (n == 0 || value.n < n || !part_valid(&part, (struct br_str){value.s, n}))
			return false;
		value = (struct br_str){value.s + n, value.n - n};
	}
	return value.n == 0;
}

size_t br_gs1_value_max(const struct br_gs1_identifier *identifier)
{
	const char *format = identifier->format;
	struct part part;
	size_t n = 0;

	br_assert(format[0] != '\0');
	while (part_take(&format, &part))
		n += part.n;
	return n;
}
