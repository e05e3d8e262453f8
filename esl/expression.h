/*
 * An expression: the text of a box, with places for fields.
 *
 *	"{unit_price:currency} / {unit}"     "{word_was|was} {regular_price:money}"
 *
 *	{field}  {field:format}  {field|otherwise}  {field:format|otherwise}
 *	{{ and }} for braces
 *
 * Formats: text (as it stands; the default of texts), number (the default of numbers), money
 * (an amount without symbol), currency (an amount with its symbol), date. `otherwise` stands for a
 * field that is absent. It is total: no loops, no nesting, no arithmetic.
 *
 * The template's parser makes expressions, the drawing evaluates them. An expression borrows the
 * text it was parsed from.
 */
#pragma once

#include "esl/format.h"

#define BR_EXPRESSION_PARTS_MAX 12
#define BR_EXPRESSION_BYTES_MAX 512
/* What evaluation may produce; longer texts are cut, since no label can show them. */
#define BR_EXPRESSION_RESULT_BYTES_MAX 2048

/* The positive outcome of br_expression_write(). */
#define BR_EXPRESSION_ABSENT 1

enum br_expression_format {
	BR_EXPRESSION_LITERAL,
	BR_EXPRESSION_PLAIN, /* no format was given */
	BR_EXPRESSION_TEXT,
	BR_EXPRESSION_NUMBER,
	BR_EXPRESSION_MONEY,
	BR_EXPRESSION_CURRENCY,
	BR_EXPRESSION_DATE
};

struct br_expression_part {
	enum br_expression_format format;
	struct br_str text; /* the literal, or the field's name */
	struct br_str otherwise;
	bool has_otherwise;
};

struct br_expression {
	unsigned n;
	struct br_expression_part parts[BR_EXPRESSION_PARTS_MAX];
};

/* Returns 0, BR_E_INVALID or BR_E_TOO_LARGE with the sentence. */
BR_MUST_CHECK int br_expression_parse(
	struct br_str text, struct br_expression *ret_expression, struct br_fault *fault);

/* True when it shows an amount of money, in whatever format. */
bool br_expression_amount(const struct br_expression *expression);

/*
 * Appends the expression's value. Control characters in fields become blanks.
 * Returns 0; BR_EXPRESSION_ABSENT when a field without `otherwise` is absent (what was appended is
 * then to be dropped); BR_E_INVALID when a field is not of the kind its format needs; BR_E_MEMORY.
 */
BR_MUST_CHECK int br_expression_write(const struct br_expression *expression,
	const struct br_fields *fields, const struct br_format *format, struct br_text *text,
	struct br_fault *fault);
