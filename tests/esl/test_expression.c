#include "esl/expression.h"

#include <string.h>

#include "tests/lib/test.h"

static struct br_fields milk(void)
{
	struct br_fields fields = {.n = 0};

	REQUIRE(br_fields_text(&fields, "name", BR_STR("Milk")) == 0);
	REQUIRE(br_fields_text(&fields, "unit", BR_STR("l")) == 0);
	REQUIRE(br_fields_text(&fields, "currency", BR_STR("EUR")) == 0);
	REQUIRE(br_fields_text(&fields, "promo_until", BR_STR("2026-03-31")) == 0);
	REQUIRE(br_fields_milli(&fields, "unit_price", 990) == 0);
	REQUIRE(br_fields_milli(&fields, "stock", 12500) == 0);
	return fields;
}

/* Evaluates; returns the outcome and leaves the value in `text`. */
static int evaluate(const char *source, const struct br_fields *fields, struct br_text *text,
	struct br_fault *fault)
{
	struct br_expression expression;
	struct br_format format;
	int error = br_expression_parse(br_str_from(source), &expression, fault);

	br_text_clear(text);
	REQUIRE(br_format_read(fields, &format, NULL) == 0);
	if (error < 0)
		return error;
	return br_expression_write(&expression, fields, &format, text, fault);
}

static void test_values(void)
{
	static const struct {
		const char *source, *want;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"{name}", "Milk"},
		{"{name:text}", "Milk"},
		{"{unit_price:currency} / {unit}", "0.99\u00a0€ / l"},
		{"{unit_price:money}", "0.99"},
		{"{unit_price}", "0.99"},
		{"{stock:number} left", "12.5 left"},
		{"{word_until|until} {promo_until:date}", "until 31.03.2026"},
		{"{brand|}", ""},
		{"{deposit:money|none}", "none"},
		{"{{{name}}}", "{Milk}"},
		{"}}{{", "}{"},
		{"{name|a:b|c}", "Milk"},
		{"{brand|a:b|c}", "a:b|c"},
	};
	struct br_fields fields = milk();
	struct br_text text;

	br_text_init(&text, 256);
	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		CHECK_INT(evaluate(cases[i].source, &fields, &text, NULL), 0);
		CHECK_STR(br_text_str(&text), cases[i].want);
	}
	br_text_finish(&text);
}

static void test_an_absent_field_is_an_outcome(void)
{
	struct br_fields fields = milk();
	struct br_text text;

	br_text_init(&text, 256);
	CHECK_INT(evaluate("{name} {brand}", &fields, &text, NULL), BR_EXPRESSION_ABSENT);
	CHECK_INT(evaluate("{word_was} {stock}", &fields, &text, NULL), BR_EXPRESSION_ABSENT);
	br_text_finish(&text);
}

static void test_control_characters_become_blanks(void)
{
	struct br_fields fields = milk();
	struct br_text text;

	br_text_init(&text, 256);
	REQUIRE(br_fields_text(&fields, "name", BR_STR("a\nb\tc\x7f\x1f")) == 0);
	CHECK_INT(evaluate("{name}", &fields, &text, NULL), 0);
	CHECK_STR(br_text_str(&text), "a b c  ");
	br_text_finish(&text);
}

static void test_errors_say_what_is_allowed(void)
{
	static const struct {
		const char *source, *part;
	} bad[] = {
		{"{nmae}", "unknown field \"nmae\""},
		{"{}", "unknown field \"\""},
		{"{name", "a lone \"{\""},
		{"name}", "a lone \"}\""},
		{"{name:upper}", "unknown format \"upper\"; text, number"},
		{"{name:}", "unknown format \"\""},
		{"{{name}", "a lone \"}\""},
		{"{name:money}", "the field name is a text, not a number"},
		{"{stock:text}", "the field stock is a number, not a text"},
		{"{stock:date}", "the field stock is a number, not a text"},
		{"{name:date}", "\"Milk\" is no date"},
		{"{name}{name}{name}{name}{name}{name}{name}{name}{name}{name}{name}{name}{name}",
			"more than 12 parts"},
	};
	struct br_fields fields = milk();
	struct br_text text;

	br_text_init(&text, 256);
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_fault fault = {""};

		CHECK(evaluate(bad[i].source, &fields, &text, &fault) < 0);
		CHECK_HAS(fault.text, bad[i].part);
	}
	br_text_finish(&text);
}

static void test_the_length_is_limited(void)
{
	static char source[BR_EXPRESSION_BYTES_MAX + 1];
	struct br_expression expression;

	memset(source, 'x', sizeof(source));
	CHECK_INT(br_expression_parse(
			  (struct br_str){source, BR_EXPRESSION_BYTES_MAX}, &expression, NULL),
		0);
	CHECK_INT(br_expression_parse(
			  (struct br_str){source, BR_EXPRESSION_BYTES_MAX + 1}, &expression, NULL),
		BR_E_TOO_LARGE);
}

static void test_amounts_are_recognized(void)
{
	struct br_expression expression;

	REQUIRE(br_expression_parse(BR_STR("{name} {price:money}"), &expression, NULL) == 0);
	CHECK(br_expression_amount(&expression));
	REQUIRE(br_expression_parse(BR_STR("{price:currency}"), &expression, NULL) == 0);
	CHECK(br_expression_amount(&expression));
	REQUIRE(br_expression_parse(BR_STR("{stock} {name:text}"), &expression, NULL) == 0);
	CHECK(!br_expression_amount(&expression));
}

/* Any bytes give an expression or a sentence, and what parses can be evaluated. */
static void test_noise_is_total(void)
{
	static const char letters[] = "{{{}}}|:name price money date x_ ";
	struct br_fields fields = milk();
	unsigned parsed = 0;
	struct br_text text;

	br_text_init(&text, 256);
	for (int round = 0; round < 5000; round++) {
		struct br_fault fault = {""};
		char source[24];
		size_t n = test_random() % sizeof(source);
		int outcome;

		for (size_t i = 0; i < n; i++)
			source[i] = letters[test_random() % (sizeof(letters) - 1)];
		source[n < sizeof(source) ? n : sizeof(source) - 1] = '\0';
		outcome = evaluate(source, &fields, &text, &fault);
		parsed += outcome >= 0;
		if (outcome < 0 && fault.text[0] == '\0')
			CHECK_TEXT(source, "has a sentence");
	}
	CHECK(parsed > 0 && parsed < 5000);
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_values);
	TEST(test_an_absent_field_is_an_outcome);
	TEST(test_control_characters_become_blanks);
	TEST(test_errors_say_what_is_allowed);
	TEST(test_the_length_is_limited);
	TEST(test_amounts_are_recognized);
	TEST(test_noise_is_total);
	return test_end(argc, argv);
}
