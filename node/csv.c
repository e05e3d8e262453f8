#include "node/csv.h"

#include <string.h>

static bool line_end_is(char c)
{
	return c == '\n' || c == '\r';
}

static const char separators[] = ",;\t";

/* True where a quote opens a field, or, doubled, goes on with it. */
static bool quote_opens(struct br_str text, size_t from, size_t at)
{
	br_assert(from <= at && at < text.n);
	return at == from || text.s[at - 1] == '"' ||
	       (text.s[at - 1] != '\0' && strchr(separators, text.s[at - 1]) != NULL);
}

/* What the first line that is not blank has most of; what stands in quotes is text. */
static char separator_guess(struct br_str text)
{
	size_t counts[sizeof(separators)] = {0}, best = 0, from = 0;
	bool quoted = false;

	br_assert(text.n > 0);
	while (from < text.n && line_end_is(text.s[from]))
		from++;
	for (size_t i = from; i < text.n && (quoted || !line_end_is(text.s[i])); i++) {
		const char *found = text.s[i] != '\0' ? strchr(separators, text.s[i]) : NULL;

		if (text.s[i] == '"')
			quoted = !quoted && quote_opens(text, from, i);
		else if (found != NULL && !quoted)
			counts[found - separators]++;
	}
	for (size_t i = 1; separators[i] != '\0'; i++)
		if (counts[i] > counts[best])
			best = i;
	return separators[best];
}

void br_csv_init(struct br_csv *csv, char *bytes, size_t n)
{
	br_assert(n == 0 || bytes != NULL);
	*csv = (struct br_csv){.rest = {bytes, n}, .next_line = 1};
	if (br_str_starts(csv->rest, "\xEF\xBB\xBF")) {
		csv->rest.s += 3;
		csv->rest.n -= 3;
	}
	csv->separator = csv->rest.n > 0 ? separator_guess(csv->rest) : ',';
}

static char peek(const struct br_csv *csv)
{
	return csv->rest.n > 0 ? csv->rest.s[0] : '\n';
}

/* Passes over a byte. A line ends with its LF, or with a CR that none follows. */
static void skip(struct br_csv *csv)
{
	if (csv->rest.n == 0)
		return;
	if (csv->rest.s[0] == '\n' ||
		(csv->rest.s[0] == '\r' && (csv->rest.n == 1 || csv->rest.s[1] != '\n')))
		csv->next_line++;
	csv->rest.s++;
	csv->rest.n--;
}

/* CR LF, LF, or the lone CR of old spreadsheets: one line each. */
static void line_end_skip(struct br_csv *csv)
{
	bool cr = csv->rest.n > 0 && csv->rest.s[0] == '\r';

	br_assert(csv->rest.n == 0 || line_end_is(peek(csv)));
	skip(csv);
	if (cr && csv->rest.n > 0 && csv->rest.s[0] == '\n')
		skip(csv);
}

/* A quoted field: doubled quotes become one, in place. */
static int quoted_read(struct br_csv *csv, struct br_str *ret_field, struct br_fault *fault)
{
	char *to;

	br_assert(peek(csv) == '"');
	skip(csv);
	to = (char *)(uintptr_t)csv->rest.s;
	ret_field->s = to;
	while (csv->rest.n > 0) {
		char c = peek(csv);

		skip(csv);
		if (c != '"') {
			*to++ = c;
		} else if (peek(csv) == '"' && csv->rest.n > 0) {
			*to++ = '"';
			skip(csv);
		} else {
			/* Taking quotes away only shortens: what is not read yet is never written
			 * over. */
			br_assert(to <= csv->rest.s);
			ret_field->n = (size_t)(to - ret_field->s);
			return 0;
		}
	}
	return br_fault_set(
		fault, BR_E_INVALID, "line %u: a quote is opened and never closed", csv->line);
}

static int field_read(struct br_csv *csv, struct br_str *ret_field, struct br_fault *fault)
{
	char c = peek(csv);

	if (c == '"') {
		int result = quoted_read(csv, ret_field, fault);

		if (result < 0)
			return result;
		c = peek(csv);
		if (c != csv->separator && !line_end_is(c))
			return br_fault_set(fault, BR_E_INVALID,
				"line %u: text follows a closing quote", csv->line);
	} else {
		ret_field->s = csv->rest.s;
		ret_field->n = 0;
		while (csv->rest.n > 0 && (c = peek(csv)) != csv->separator && !line_end_is(c)) {
			ret_field->n++;
			skip(csv);
		}
	}
	if (!br_utf8_valid(ret_field->s, ret_field->n))
		return br_fault_set(fault, BR_E_INVALID,
			"line %u: not UTF-8: save the file as UTF-8", csv->line);
	return 0;
}

int br_csv_next(struct br_csv *csv, struct br_str ret_columns[BR_CSV_COLUMNS_MAX], unsigned *ret_n,
	struct br_fault *fault)
{
	unsigned n = 0;

	while (csv->rest.n > 0 && line_end_is(peek(csv)))
		line_end_skip(csv);
	if (csv->rest.n == 0)
		return 0;
	csv->line = csv->next_line;
	br_assert(csv->line > 0);
	for (;;) {
		int result;

		if (n == BR_CSV_COLUMNS_MAX)
			return br_fault_set(fault, BR_E_INVALID,
				"line %u: has more than %d columns", csv->line, BR_CSV_COLUMNS_MAX);
		result = field_read(csv, &ret_columns[n], fault);
		if (result < 0)
			return result;
		n++;
		if (csv->rest.n == 0 || peek(csv) != csv->separator)
			break;
		skip(csv);
	}
	line_end_skip(csv);
	br_assert(n > 0 && n <= BR_CSV_COLUMNS_MAX);
	*ret_n = n;
	return 1;
}
