#include "esl/barcode.h"

#include <string.h>

#include "tests/lib/test.h"

/* Encodes and returns the modules as a text of 1 and 0. */
static const char *modules_of(const char *gtin, struct br_barcode *barcode)
{
	static char text[BR_BARCODE_MODULES_MAX + 1];

	REQUIRE(br_barcode_encode(br_str_from(gtin), barcode, NULL) == 0);
	for (unsigned i = 0; i < barcode->n; i++)
		text[i] = barcode->bars[i] ? '1' : '0';
	text[barcode->n] = '\0';
	return text;
}

/* The digit sets of GS1 General Specifications 5.2.1.2.1, written out for this test. */
static const char *const set_a[] = {"0001101", "0011001", "0010011", "0111101", "0100011",
	"0110001", "0101111", "0111011", "0110111", "0001011"};
static const char *const parity[] = {"AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB",
	"ABBBAA", "ABABAB", "ABABBA", "ABBABA"};

static void digit_append(char *text, char set, char digit)
{
	const char *code = set_a[digit - '0'];
	size_t n = strlen(text);

	/* Set C is A with bars and spaces swapped, B is C read backwards. */
	for (size_t i = 0; i < 7; i++) {
		char c = set == 'B' ? code[6 - i] : code[i];

		text[n + i] = set == 'A' ? c : c == '1' ? '0' : '1';
	}
	text[n + 7] = '\0';
}

static void ean13_expect(const char *gtin, char *text)
{
	(void)strcpy(text, "101");
	for (size_t i = 1; i <= 6; i++)
		digit_append(text, parity[gtin[0] - '0'][i - 1], gtin[i]);
	(void)strcat(text, "01010");
	for (size_t i = 7; i <= 12; i++)
		digit_append(text, 'C', gtin[i]);
	(void)strcat(text, "101");
}

static void test_ean13_follows_the_digit_sets(void)
{
	static const char *const gtins[] = {"4006381333931", "5201234567894", "9780306406157",
		"2012345678903", "0012345678905"};
	struct br_barcode barcode;
	char want[128];

	for (size_t i = 0; i < BR_ARRAY_LEN(gtins); i++) {
		ean13_expect(gtins[i], want);
		CHECK_TEXT(modules_of(gtins[i], &barcode), want);
		CHECK_TEXT(barcode.digits, gtins[i]);
		CHECK_INT(barcode.quiet_left, 11);
		CHECK_INT(barcode.quiet_right, 7);
	}
}

static void test_the_symbol_follows_from_the_number(void)
{
	struct br_barcode barcode;
	char ean13[128];

	(void)modules_of("04006381333931", &barcode);
	CHECK_TEXT(barcode.digits, "4006381333931");
	(void)modules_of("00000096385074", &barcode);
	CHECK_TEXT(barcode.digits, "96385074");
	CHECK_INT(barcode.n, 67);
	CHECK_INT(barcode.quiet_left + barcode.quiet_right, 14);
	/* A UPC-A has the bars of the EAN-13 with a zero in front. */
	ean13_expect("0012345678905", ean13);
	CHECK_TEXT(modules_of("00012345678905", &barcode), ean13);
	CHECK_TEXT(barcode.digits, "012345678905");
	CHECK_INT(barcode.quiet_left, 9);
}

static void test_guards_and_digit_places(void)
{
	struct br_barcode barcode;

	(void)modules_of("4006381333931", &barcode);
	CHECK(barcode.guards[0] && barcode.guards[2] && !barcode.guards[3]);
	CHECK(barcode.guards[45] && barcode.guards[49] && !barcode.guards[50]);
	CHECK(barcode.guards[92] && barcode.guards[94]);
	CHECK_INT(barcode.centres[0], -11);
	CHECK_INT(barcode.centres[1], 13);
	CHECK_INT(barcode.centres[7], 107);
	(void)modules_of("96385074", &barcode);
	CHECK(barcode.guards[31] && barcode.guards[35] && !barcode.guards[36]);
	CHECK_INT(barcode.centres[0], 13);
	CHECK_INT(barcode.centres[4], 79);
	(void)modules_of("012345678905", &barcode);
	CHECK_INT(barcode.centres[0], -11);
	CHECK_INT(barcode.centres[11], 201);
	CHECK(barcode.guards[9] && !barcode.guards[10] && barcode.guards[85]);
}

static void test_a_trade_unit_has_no_symbol(void)
{
	struct br_barcode barcode = {.n = 7};

	CHECK_INT(br_barcode_encode(BR_STR("14006381333938"), &barcode, NULL), BR_BARCODE_NONE);
	CHECK_INT(barcode.n, 7);
}

static void test_wrong_numbers_are_refused(void)
{
	static const struct {
		const char *gtin, *part;
	} bad[] = {{"", "8, 12, 13 or 14 digits"}, {"4006381333930", "wrong check digit"},
		{"40063813339", "8, 12, 13 or 14 digits"},
		{"400638133393x", "8, 12, 13 or 14 digits"},
		{"0000000000000000", "8, 12, 13 or 14 digits"},
		{"04006381333930", "04006381333930 has a wrong check digit"}};
	struct br_barcode barcode = {.n = 7};

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_fault fault = {""};

		CHECK_INT(br_barcode_encode(br_str_from(bad[i].gtin), &barcode, &fault),
			BR_E_INVALID);
		CHECK_HAS(fault.text, bad[i].part);
	}
	CHECK_INT(barcode.n, 7);
}

static void test_every_check_digit_but_one_is_wrong(void)
{
	struct br_barcode barcode;
	char gtin[] = "978030640615x";
	unsigned right = 0;

	for (char c = '0'; c <= '9'; c++) {
		gtin[12] = c;
		right += br_barcode_encode(br_str_from(gtin), &barcode, NULL) == 0;
	}
	CHECK_INT(right, 1);
}

int main(int argc, char **argv)
{
	TEST(test_ean13_follows_the_digit_sets);
	TEST(test_the_symbol_follows_from_the_number);
	TEST(test_guards_and_digit_places);
	TEST(test_a_trade_unit_has_no_symbol);
	TEST(test_wrong_numbers_are_refused);
	TEST(test_every_check_digit_but_one_is_wrong);
	return test_end(argc, argv);
}
