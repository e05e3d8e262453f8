#include "esl/expression.h"

#include <string.h>

static struct br_expression_part *part_add(struct br_expression *expression)
{
	br_assert(expression->n <= BR_EXPRESSION_PARTS_MAX);
	if (expression->n == BR_EXPRESSION_PARTS_MAX)
		return NULL;
	return &expression->parts[expression->n++];
}

static int format_read(
	struct br_str name, enum br_expression_format *ret_format, struct br_fault *fault)
{
	static const char *const names[] = {"text", "number", "money", "currency", "date"};

	for (size_t i = 0; i < BR_ARRAY_LEN(names); i++) {
		if (br_str_is(name, names[i])) {
			*ret_format = (enum br_expression_format)(BR_EXPRESSION_TEXT + i);
			return 0;
		}
	}
	return br_fault_set(fault, BR_E_INVALID,
		"unknown format \"%.*s\"; text, number, money, currency and date are allowed",
		BR_STR_ARG(name));
}

/* Reads what stands between the braces. */
static int place_read(struct br_str inside, struct br_expression_part *part, struct br_fault *fault)
{
	struct br_str rest = inside;
	struct br_str head = br_str_split(&rest, '|');

	*part = (struct br_expression_part){.format = BR_EXPRESSION_PLAIN};
	part->has_otherwise = head.n < inside.n;
	part->otherwise = rest;
	br_assert(head.n <= inside.n);
	rest = head;
	part->text = br_str_split(&rest, ':');
	if (!br_fields_known(part->text))
		return br_fault_set(fault, BR_E_INVALID,
			"unknown field \"%.*s\"; own fields begin with x_, words with word_",
			BR_STR_ARG(part->text));
	if (part->text.n == head.n)
		return 0;
	return format_read(rest, &part->format, fault);
}

/* The number of bytes before the next brace. */
static size_t literal_bytes(struct br_str text)
{
	size_t n = 0;

	while (n < text.n && text.s[n] != '{' && text.s[n] != '}')
		n++;
	br_assert(n <= text.n);
	return n;
}

/*
 * Takes one part off the front of the text. A doubled brace is a literal of its first brace alone.
 */
static int part_take(struct br_str *text, struct br_expression_part *part, struct br_fault *fault)
{
	size_t n = literal_bytes(*text), skip = n;
	const char *close;
	int error = 0;

	br_assert(text->n > 0);
	*part = (struct br_expression_part){.format = BR_EXPRESSION_LITERAL};
	if (n == 0 && text->n >= 2 && text->s[0] == text->s[1]) {
		n = 1;
		skip = 2;
	} else if (n == 0) {
		close = text->s[0] == '{' ? memchr(text->s, '}', text->n) : NULL;
		if (close == NULL)
			return br_fault_set(fault, BR_E_INVALID,
				"a lone \"%c\" in a text; write it twice to show it", text->s[0]);
		skip = (size_t)(close - text->s) + 1;
		error = place_read((struct br_str){text->s + 1, skip - 2}, part, fault);
	}
	if (part->format == BR_EXPRESSION_LITERAL)
		part->text = (struct br_str){text->s, n};
	text->s += skip;
	text->n -= skip;
	return error;
}

int br_expression_parse(
	struct br_str text, struct br_expression *ret_expression, struct br_fault *fault)
{
	struct br_expression expression = {.n = 0};
	struct br_expression_part *part;
	int error;

	if (text.n > BR_EXPRESSION_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"a text of %zu bytes; at most %d are allowed", text.n,
			BR_EXPRESSION_BYTES_MAX);
	while (text.n > 0) {
		part = part_add(&expression);
		if (part == NULL)
			return br_fault_set(fault, BR_E_TOO_LARGE, "a text of more than %d parts",
				BR_EXPRESSION_PARTS_MAX);
		error = part_take(&text, part, fault);
		if (error < 0)
			return error;
	}
	br_assert(expression.n <= BR_EXPRESSION_PARTS_MAX);
	*ret_expression = expression;
	return 0;
}

bool br_expression_amount(const struct br_expression *expression)
{
	br_assert(expression->n <= BR_EXPRESSION_PARTS_MAX);
	for (unsigned i = 0; i < expression->n; i++) {
		const struct br_expression_part *part = &expression->parts[i];

		if (part->format == BR_EXPRESSION_MONEY || part->format == BR_EXPRESSION_CURRENCY ||
			(part->format != BR_EXPRESSION_LITERAL && br_fields_money(part->text)))
			return true;
	}
	return false;
}

/* Line breaks and other control characters would break the setting of the line. */
static void clean_add(struct br_str value, struct br_text *text)
{
	size_t from = 0;

	br_assert(value.n <= BR_FIELD_BYTES_MAX);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.s[i];

		if (c >= 0x20 && c != 0x7F)
			continue;
		br_text_add(text, value.s + from, i - from);
		br_text_putc(text, ' ');
		from = i + 1;
	}
	br_text_add(text, value.s + from, value.n - from);
}

static int money_add(const struct br_expression_part *part, const struct br_label_field *field,
	const struct br_fields *fields, const struct br_format *format, struct br_text *text,
	struct br_fault *fault)
{
	struct br_money money;
	int error;

	br_assert(field->number);
	error = br_format_money(
		format, field->milli, br_fields_text_of(fields, "currency"), &money, fault);
	if (error == 0)
		br_money_write(&money, part->format == BR_EXPRESSION_CURRENCY, text);
	return error;
}

static int field_add(const struct br_expression_part *part, const struct br_label_field *field,
	const struct br_fields *fields, const struct br_format *format, struct br_text *text,
	struct br_fault *fault)
{
	bool wants_text = part->format == BR_EXPRESSION_TEXT || part->format == BR_EXPRESSION_DATE;

	br_assert(part->format != BR_EXPRESSION_LITERAL);
	if (part->format != BR_EXPRESSION_PLAIN && wants_text == field->number)
		return br_fault_set(fault, BR_E_INVALID, "the field %s is a %s, not a %s",
			field->name, field->number ? "number" : "text",
			field->number ? "text" : "number");
	if (part->format == BR_EXPRESSION_DATE)
		return br_format_date(format, field->text, text, fault);
	if (!field->number)
		clean_add(field->text, text);
	else if (part->format == BR_EXPRESSION_MONEY || part->format == BR_EXPRESSION_CURRENCY)
		return money_add(part, field, fields, format, text, fault);
	else
		br_format_number(format, field->milli, text);
	return 0;
}

int br_expression_write(const struct br_expression *expression, const struct br_fields *fields,
	const struct br_format *format, struct br_text *text, struct br_fault *fault)
{
	int error = 0;

	br_assert(expression->n <= BR_EXPRESSION_PARTS_MAX);
	for (unsigned i = 0; i < expression->n && error == 0; i++) {
		const struct br_expression_part *part = &expression->parts[i];
		const struct br_label_field *field = NULL;

		if (part->format == BR_EXPRESSION_LITERAL) {
			br_text_add_str(text, part->text);
			continue;
		}
		field = br_fields_find(fields, part->text);
		if (field != NULL)
			error = field_add(part, field, fields, format, text, fault);
		else if (part->has_otherwise)
			br_text_add_str(text, part->otherwise);
		else
			return BR_EXPRESSION_ABSENT;
	}
	if (error == 0 && br_text_error(text) == BR_E_MEMORY)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for a text");
	return error;
}
