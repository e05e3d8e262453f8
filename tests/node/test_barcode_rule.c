#include "node/barcode_rule.h"

#include <string.h>

#include "node/text.h"
#include "tests/node/bench.h"

static void test_the_check_digit_of_a_value(void)
{
	/* The examples of the standard's section on price check digits. */
	CHECK_INT(br_barcode_value_check(BR_STR("2875")), '9');
	CHECK_INT(br_barcode_value_check(BR_STR("14685")), '6');
	CHECK_INT(br_barcode_value_check(BR_STR("0000")), '0');
	CHECK_INT(br_barcode_value_check(BR_STR("00000")), '0');
}

/* Whatever single digit of a value is misread, its check digit tells. */
static void test_a_misread_digit_changes_the_check_digit(void)
{
	char digits[6];

	for (size_t n = 4; n <= 5; n++) {
		unsigned missed = 0;

		for (unsigned value = 0; value < (n == 4 ? 10000 : 100000); value += 7) {
			char right;

			for (size_t i = 0, rest = value; i < n; i++, rest /= 10)
				digits[n - 1 - i] = (char)('0' + rest % 10);
			right = br_barcode_value_check((struct br_str){digits, n});
			for (size_t i = 0; i < n; i++) {
				char kept = digits[i];

				digits[i] = kept == '9' ? '0' : (char)(kept + 1);
				missed +=
					br_barcode_value_check((struct br_str){digits, n}) == right;
				digits[i] = kept;
			}
		}
		CHECK_INT(missed, 0);
	}
}

static void test_patterns_that_say_nothing_are_refused(void)
{
	static const char *const wrong[] = {"'20','pattern':'21IIIIIPPPPPC'",
		"'20','pattern':'20IIIIIPPPP1C'", "'20','pattern':'20PPPPPPPPPPC'",
		"'20','pattern':'20IIIIIIIIIIC'", "'20','pattern':'20IIIIIPPWWWC'",
		"'20','pattern':'20IIIIVPPPVPC'", "'20','pattern':'20IIIIIIVPPPC'",
		"'20','pattern':'20IIIIIPPPPP'", "'20','pattern':'20IIIIIPPPPPP'",
		"'20','pattern':'20CIIIIPPPPPC'", "'20','pattern':'20iiiiippppp'",
		"'30','pattern':'30IIIIIPPPPPC'", "'03','pattern':'03IIIIIPPPPPC'",
		"'2','pattern':'2IIIIIIPPPPPC'", "'20','pattern':'20IIIIIPPPPPC','decimals':4"};
	struct bench bench;

	bench_open(&bench, "patterns");
	for (size_t i = 0; i < BR_ARRAY_LEN(wrong); i++)
		CHECK_INT(bench_do(&bench, "barcode.rule", "{'prefix':%s}", wrong[i]),
			BR_REFUSAL_MALFORMED);
	CHECK_INT(br_core_head(bench.core), 0);
	bench_close(&bench);
}

static void rule_add(void *context, const struct br_barcode_rule *rule)
{
	br_text_add_str(context, rule->prefix);
	br_text_putc(context, ' ');
}

static void test_rules_are_listed_and_said_twice_only_once(void)
{
	struct br_text text;
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "list");
	CHECK_INT(bench_do(&bench, "barcode.rule", "{'prefix':'21','pattern':'21IIIIVPPPPPC'}"), 0);
	CHECK_INT(bench_do(&bench, "barcode.rule", "{'prefix':'02','pattern':'02IIIIIVPPPPC'}"), 0);
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "barcode.rule", "{'prefix':'02','pattern':'02IIIIIVPPPPC'}"), 0);
	CHECK_INT(br_core_head(bench.core), head);
	br_text_init(&text, 100);
	br_barcode_rule_walk(bench_read(&bench), &bench.arena, rule_add, &text);
	CHECK_STR(br_text_str(&text), "02 21 ");
	br_text_finish(&text);
	bench_verify(&bench);
	bench_close(&bench);
}

static int read_of(struct bench *bench, const char *digits, struct br_barcode_parts *ret_parts)
{
	struct br_gtin gtin;

	REQUIRE(br_gtin_parse(br_str_from(digits), &gtin));
	return br_barcode_rule_read(bench_read(bench), &gtin, &bench->arena, ret_parts);
}

static void test_a_wrong_check_digit_of_the_value_is_no_price(void)
{
	struct br_barcode_parts parts = {.price = 1};
	struct bench bench;

	bench_open(&bench, "value");
	CHECK_INT(bench_do(&bench, "barcode.rule",
			  "{'prefix':'02','pattern':'02IIIIIVPPPPC','decimals':2}"),
		0);
	CHECK_INT(read_of(&bench, "0212345928752", &parts), 0);
	CHECK_TEXT(parts.item, "12345");
	CHECK_TEXT(parts.base, "00212345000007");
	CHECK_TEXT(parts.sku, "");
	CHECK_INT(parts.price, 28750);
	CHECK_INT(parts.quantity, 0);
	CHECK_INT(read_of(&bench, "0212345828755", &parts), BR_E_INVALID);
	CHECK_INT(read_of(&bench, "2012345028753", &parts), BR_E_NOT_FOUND);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_the_check_digit_of_a_value);
	TEST(test_a_misread_digit_changes_the_check_digit);
	TEST(test_patterns_that_say_nothing_are_refused);
	TEST(test_rules_are_listed_and_said_twice_only_once);
	TEST(test_a_wrong_check_digit_of_the_value_is_no_price);
	return test_end(argc, argv);
}
