/* What a call can be given, for people: one line, a page, a man page's paragraph, completions. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/call.h"
#include "node/limits.h"

#define NAME_WIDTH 24
#define TEXT_WIDTH 100

static void name_write(struct br_text *text, const char *name)
{
	br_assert(name[0] != '\0');
	for (const char *c = name; *c != '\0'; c++)
		br_text_putc(text, *c == '_' ? '-' : *c);
}

static void upper_write(struct br_text *text, struct br_str name)
{
	br_assert(name.n > 0);
	for (size_t i = 0; i < name.n; i++)
		br_text_putc(text, name.s[i] == '|' || name.s[i] == '_' ? name.s[i]
									: (char)toupper(name.s[i]));
}

/* The noun and the verb; true when there is a verb. */
static void title_write(const struct br_call *call, struct br_text *text)
{
	char name[BR_ID_BYTES_MAX];

	br_call_noun(call, name, sizeof(name));
	br_text_puts(text, name);
	br_call_verb(call, name, sizeof(name));
	br_assert(strlen(name) < sizeof(name));
	if (name[0] != '\0')
		br_text_printf(text, " %s", name);
}

/* "sku|barcode" is needed when both of them together are, which no shape can say: as the first. */
static bool name_required(const struct br_shape *shape, struct br_str names)
{
	bool either = memchr(names.s, '|', names.n) != NULL;
	const struct br_field *field = br_call_field(shape, br_str_split(&names, '|'));

	br_assert(shape->field_n > 0);
	return either || (field != NULL && field->required);
}

static void word_write(struct br_text *text, struct br_str name, bool required)
{
	br_assert(name.n > 0);
	br_text_puts(text, required ? " " : " [");
	upper_write(text, name);
	if (!required)
		br_text_putc(text, ']');
}

/* Writes the words without a name, in their order. */
static void words_write(const struct br_call *call, struct br_text *text)
{
	struct br_str rest = br_str_from(call->words);

	while (rest.n > 0) {
		struct br_str names = br_str_split(&rest, ' ');

		word_write(text, names, name_required(call->shape, names));
	}
	br_assert(rest.n == 0);
	if (call->words != NULL)
		return;
	for (unsigned i = 0; i < call->shape->field_n; i++)
		if (call->shape->fields[i].required && call->shape->fields[i].kind != BR_FIELD_LIST)
			word_write(text, br_str_from(call->shape->fields[i].name), true);
}

/* True when one of the words without a name fills the field. */
static bool field_is_word(const struct br_call *call, const struct br_field *field)
{
	struct br_str rest = br_str_from(call->words);

	if (call->words == NULL)
		return field->required && field->kind != BR_FIELD_LIST;
	while (rest.n > 0) {
		struct br_str names = br_str_split(&rest, ' ');

		while (names.n > 0)
			if (br_str_is(br_str_split(&names, '|'), field->name))
				return true;
	}
	br_assert(rest.n == 0);
	return false;
}

/* A list's item is said by the singular. */
static void option_write(struct br_text *text, const struct br_field *field)
{
	char one[BR_ID_BYTES_MAX];
	size_t n = strlen(field->name);

	br_assert(n < sizeof(one));
	memcpy(one, field->name, n + 1);
	if (field->kind == BR_FIELD_LIST && n > 2 && one[n - 1] == 's')
		one[n - 1] = '\0';
	if (field->kind == BR_FIELD_LIST && n > 4 && strcmp(field->name + n - 3, "ies") == 0)
		(void)snprintf(one + n - 3, 2, "y");
	name_write(text, one);
}

void br_call_usage(const struct br_call *call, struct br_text *text)
{
	unsigned others = 0;

	br_assert(call->name[0] != '\0');
	title_write(call, text);
	words_write(call, text);
	for (unsigned i = 0; i < call->shape->field_n; i++) {
		const struct br_field *field = &call->shape->fields[i];

		if (field_is_word(call, field))
			continue;
		others += !field->required;
		if (!field->required)
			continue;
		br_text_puts(text, " --");
		option_write(text, field);
		br_text_puts(text, field->kind == BR_FIELD_LIST ? " ITEM..." : " VALUE");
	}
	if (others > 0)
		br_text_puts(text, " [--FIELD VALUE]...");
}

/* What stands behind the option. */
static const char *value_word(const struct br_field *field)
{
	br_assert(field->kind <= BR_FIELD_LIST);
	switch (field->kind) {
	case BR_FIELD_U64:
	case BR_FIELD_MILLI:
		return "NUMBER";
	case BR_FIELD_TIME:
		return "TIME";
	case BR_FIELD_BOOL:
		return "[no]";
	case BR_FIELD_WORD:
		return "WORD";
	case BR_FIELD_BYTES:
		return "HEX";
	case BR_FIELD_LIST:
		return field->item->field_n == 1 ? value_word(&field->item->fields[0])
						 : "NAME=VALUE,...";
	case BR_FIELD_TEXT:
		break;
	}
	return "TEXT";
}

static void words_list(struct br_text *text, const struct br_field *field)
{
	const char *separator = "";

	br_assert(field->kind == BR_FIELD_WORD);
	for (unsigned i = 0; field->words[i] != NULL; i++) {
		if (field->words[i][0] == '\0')
			continue;
		/* Of those that need not be said the first stands for "not said". */
		br_text_printf(text, "%s%s%s", separator, field->words[i],
			i == 0 && !field->required ? " (if left out)" : "");
		separator = ", ";
	}
}

static void number_range(struct br_text *text, const struct br_field *field)
{
	if (field->kind == BR_FIELD_U64) {
		br_text_printf(text, "%" PRId64, field->min);
		if (field->max > 0)
			br_text_printf(text, " to %" PRId64, field->max);
		else
			br_text_puts(text, " or more");
		return;
	}
	br_assert(field->kind == BR_FIELD_MILLI);
	if (field->min == INT64_MIN || field->max == INT64_MAX) {
		br_text_puts(text, "with at most 3 places");
		return;
	}
	br_text_add_milli(text, field->min);
	br_text_puts(text, " to ");
	br_text_add_milli(text, field->max);
}

/* What is allowed, in a phrase. */
static void allowed_write(struct br_text *text, const struct br_field *field)
{
	br_assert(field->name != NULL);
	switch (field->kind) {
	case BR_FIELD_U64:
	case BR_FIELD_MILLI:
		number_range(text, field);
		break;
	case BR_FIELD_TIME:
		if (field->day) {
			br_text_puts(text, "a day such as 2026-03-01");
			break;
		}
		br_text_puts(text, "such as 2026-03-01T10:15:00Z, \"2026-03-01 10:15\", "
				   "2026-03-01, +30m, -2h");
		break;
	case BR_FIELD_BOOL:
		br_text_puts(text, "yes when given");
		break;
	case BR_FIELD_WORD:
		words_list(text, field);
		break;
	case BR_FIELD_BYTES:
		br_text_printf(text, "%" PRId64 " hexadecimal digits", 2 * field->max);
		break;
	case BR_FIELD_LIST:
		if (field->min > 0)
			br_text_printf(text, "again for each, %" PRId64 " to %" PRId64, field->min,
				field->max);
		else
			br_text_printf(text, "again for each, up to %" PRId64, field->max);
		break;
	case BR_FIELD_TEXT:
		if (field->rule != NULL)
			br_text_printf(text, "%s, ", field->rule->allowed);
		br_text_printf(text, "up to %" PRId64 " bytes", field->max);
		break;
	}
	if (field->when != NULL)
		br_text_printf(text, "; only when %s is %s", field->when->name,
			field->when->words[field->when_word]);
}

/* Adds a line whose first column is filled up, and whose second is broken between words. */
static void columns_add(
	struct br_text *text, unsigned indent, struct br_str first, struct br_str second)
{
	size_t column = (size_t)NAME_WIDTH + indent, at;

	br_text_printf(text, "%*s%.*s", (int)indent, "", BR_STR_ARG(first));
	at = indent + first.n;
	if (at + 2 > column) {
		br_text_putc(text, '\n');
		at = 0;
	}
	br_text_printf(text, "%*s", (int)(column - at), "");
	br_assert(TEXT_WIDTH > column);
	while (second.n > TEXT_WIDTH - column) {
		size_t cut = TEXT_WIDTH - column;

		while (cut > 0 && second.s[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		br_text_printf(text, "%.*s\n%*s", (int)cut, second.s, (int)column, "");
		second = (struct br_str){second.s + cut + 1, second.n - cut - 1};
	}
	br_text_add_str(text, second);
	br_text_putc(text, '\n');
}

/* One field's lines; a list's items have lines of their own below it. */
static void field_help(struct br_text *text, const struct br_field *field, bool part)
{
	struct br_text first, second;

	br_text_init(&first, 256);
	br_text_init(&second, 4096);
	if (part) {
		br_text_printf(&first, "%s=%s", field->name, value_word(field));
	} else {
		br_text_puts(&first, "--");
		option_write(&first, field);
		br_text_printf(&first, " %s", value_word(field));
	}
	if (field->required)
		br_text_puts(&second, "needed; ");
	allowed_write(&second, field);
	if (field->kind == BR_FIELD_LIST && field->item->field_n > 1)
		br_text_printf(&second, ", or --%s @FILE with JSON", field->name);
	columns_add(text, part ? 6 : 2, br_text_str(&first), br_text_str(&second));
	br_assert(first.error == 0 && second.error == 0);
	br_text_finish(&first);
	br_text_finish(&second);
	if (field->kind == BR_FIELD_LIST && field->item->field_n > 1 && !part)
		for (unsigned i = 0; i < field->item->field_n; i++)
			field_help(text, &field->item->fields[i], true);
}

void br_call_help(const struct br_call *call, struct br_text *text)
{
	br_assert(call->shape != NULL);
	br_text_puts(text, "usage: backroom ");
	br_call_usage(call, text);
	br_text_printf(text, "\n\n%s\n\n", call->help != NULL ? call->help : call->name);
	for (unsigned i = 0; i < call->shape->field_n; i++)
		field_help(text, &call->shape->fields[i], false);
	if (call->path != NULL)
		return;
	br_text_puts(text,
		"\n"
		"  --id ID                 the command's id, to say a call again without "
		"doing it twice\n"
		"  --happened TIME         when it happened, if not now\n"
		"  --dry-run               print the command and send nothing\n"
		"\nA word @FILE stands for all fields: a JSON object, @- from standard "
		"input.\n");
}

/* Text for troff: its own sign is escaped. */
static void roff_write(struct br_text *text, struct br_str plain)
{
	for (size_t i = 0; i < plain.n; i++) {
		if (plain.s[i] == '\\')
			br_text_puts(text, "\\e");
		else if (plain.s[i] == '-')
			br_text_puts(text, "\\-");
		else
			br_text_putc(text, plain.s[i]);
	}
	br_assert(plain.s != NULL || plain.n == 0);
}

void br_call_man(const struct br_call *call, struct br_text *text)
{
	const char *separator = "\nFields: ";
	struct br_text usage;

	br_text_init(&usage, 4096);
	br_call_usage(call, &usage);
	br_text_puts(text, ".TP\n.B ");
	roff_write(text, br_text_str(&usage));
	br_text_putc(text, '\n');
	roff_write(text, br_str_from(call->help != NULL ? call->help : call->name));
	br_assert(usage.error == 0);
	br_text_finish(&usage);
	for (unsigned i = 0; i < call->shape->field_n; i++) {
		br_text_puts(text, separator);
		br_text_puts(text, "\\fB");
		roff_write(text, br_str_from(call->shape->fields[i].name));
		br_text_puts(text, "\\fR");
		separator = ", ";
	}
	br_text_puts(text, call->shape->field_n > 0 ? ".\n" : "\n");
}

static bool field_given(
	const char *const *words, unsigned word_n, const struct br_shape *shape, unsigned index)
{
	br_assert(index < shape->field_n);
	for (unsigned i = 0; i < word_n; i++)
		if (strncmp(words[i], "--", 2) == 0 &&
			br_call_field(shape, br_str_from(words[i] + 2)) == &shape->fields[index])
			return true;
	return false;
}

void br_call_complete(
	const struct br_call *call, const char *const *words, unsigned word_n, struct br_text *text)
{
	const struct br_shape *shape = call->shape;
	const char *last = word_n > 0 ? words[word_n - 1] : "";
	const char *before = word_n > 1 ? words[word_n - 2] : "";
	const struct br_field *field = strncmp(before, "--", 2) == 0
					       ? br_call_field(shape, br_str_from(before + 2))
					       : NULL;

	br_assert(words != NULL || word_n == 0);
	if (field != NULL && field->kind != BR_FIELD_BOOL) {
		for (unsigned i = 0; field->kind == BR_FIELD_WORD && field->words[i] != NULL; i++)
			if (field->words[i][0] != '\0')
				br_text_printf(text, "%s\n", field->words[i]);
		return;
	}
	if (last[0] != '\0' && last[0] != '-')
		return;
	for (unsigned i = 0; i < shape->field_n; i++) {
		if (shape->fields[i].kind != BR_FIELD_LIST &&
			field_given(words, word_n - (word_n > 0), shape, i))
			continue;
		br_text_puts(text, "--");
		option_write(text, &shape->fields[i]);
		br_text_putc(text, '\n');
	}
}
