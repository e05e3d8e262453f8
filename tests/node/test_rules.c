#include "node/rules.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

/* The numbers are the public test numbers of the schemes. */
static void test_the_number_of_a_card_is_seen(void)
{
	static const char *const cards[] = {"4111111111111111", "4111 1111 1111 1111",
		"4111-1111-1111-1111", "paid with 4111111111111111", "5500005555555559 (Kim)",
		"378282246310005", "order 12 4111111111111111", "x4222222222222x",
		"6011000990139424, 2 pieces", "3530111333300000", "36227206271667",
		"4111111111111111 12", "6304000000000000000"};

	for (unsigned i = 0; i < BR_ARRAY_LEN(cards); i++)
		if (!CHECK(!br_rule_no_card.check(br_str_from(cards[i]))))
			printf("%s\n", cards[i]);
}

static void test_what_is_no_card_passes(void)
{
	static const char *const texts[] = {"", "too small", "4111111111111112", "411111111111",
		"+49 30 1234567", "2026-03-01 10:15", "12 34 56", "4111  1111  1111  1111",
		"4111.1111.1111.1111", "---", "41111111111111111111111111", "1 2 3 4 5 6"};

	for (unsigned i = 0; i < BR_ARRAY_LEN(texts); i++)
		if (!CHECK(br_rule_no_card.check(br_str_from(texts[i]))))
			printf("%s\n", texts[i]);
}

/* Texts as long as any text may be, of digits and of groups. */
static void test_long_texts_are_no_trouble(void)
{
	char text[1000];

	memset(text, '7', sizeof(text));
	(void)br_rule_no_card.check((struct br_str){text, sizeof(text)});
	for (size_t i = 0; i < sizeof(text); i += 2)
		text[i] = ' ';
	(void)br_rule_no_card.check((struct br_str){text, sizeof(text)});
	memset(text, ' ', sizeof(text));
	CHECK(br_rule_no_card.check((struct br_str){text, sizeof(text)}));
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = (size_t)(test_random() % 120);

		for (size_t i = 0; i < n; i++)
			text[i] = "0123456789 -a"[test_random() % 13];
		(void)br_rule_no_card.check((struct br_str){text, n});
	}
}

static void test_which_glns_are_right(void)
{
	CHECK(br_rule_gln.check(BR_STR("9506000134352")));
	CHECK(!br_rule_gln.check(BR_STR("9506000134353")));
	CHECK(!br_rule_gln.check(BR_STR("06000134352")));
	CHECK(!br_rule_gln.check(BR_STR("")));
}

int main(int argc, char **argv)
{
	TEST(test_the_number_of_a_card_is_seen);
	TEST(test_what_is_no_card_passes);
	TEST(test_long_texts_are_no_trouble);
	TEST(test_which_glns_are_right);
	return test_end(argc, argv);
}
