#include "esl/qr.h"

#include <string.h>

#include "tests/lib/test.h"

static bool dark(const struct br_qr *qr, unsigned x, unsigned y)
{
	return qr->dark[y * qr->side + x];
}

/* The finder pattern of ISO/IEC 18004, 6.3.3.1: dark 7, light 5, dark 3, around a corner. */
static bool finder_at(const struct br_qr *qr, unsigned left, unsigned top)
{
	for (unsigned y = 0; y < 7; y++) {
		for (unsigned x = 0; x < 7; x++) {
			bool ring = x == 0 || x == 6 || y == 0 || y == 6;
			bool heart = x >= 2 && x <= 4 && y >= 2 && y <= 4;

			if (dark(qr, left + x, top + y) != (ring || heart))
				return false;
		}
	}
	return true;
}

static void test_a_link_is_version_three(void)
{
	static struct br_qr qr;

	REQUIRE(br_qr_encode(BR_STR("https://shop.example/01/09506000134352"), 57, &qr, NULL) == 0);
	CHECK_INT(qr.side, 29);
	CHECK(finder_at(&qr, 0, 0));
	CHECK(finder_at(&qr, 22, 0));
	CHECK(finder_at(&qr, 0, 22));
	CHECK(!finder_at(&qr, 22, 22));
}

/* 53 bytes are more than version 3 holds at level M, and just what it holds at L. */
static void test_correction_gives_way_to_room(void)
{
	static const char link[] = "https://very-long-name.shop.example/01/02012345678903";
	static struct br_qr qr;
	struct br_fault fault = {""};

	CHECK_INT(strlen(link), 53);
	REQUIRE(br_qr_encode(br_str_from(link), 57, &qr, NULL) == 0);
	CHECK_INT(qr.side, 33);
	REQUIRE(br_qr_encode(br_str_from(link), 29, &qr, NULL) == 0);
	CHECK_INT(qr.side, 29);
	CHECK_INT(br_qr_encode(br_str_from(link), 28, &qr, &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "more than the 28 modules");
	CHECK_INT(qr.side, 29);
}

static void test_limits(void)
{
	static char text[BR_QR_TEXT_BYTES_MAX + 1];
	static struct br_qr qr;
	struct br_fault fault = {""};

	memset(text, 'q', sizeof(text));
	CHECK_INT(br_qr_encode((struct br_str){text, BR_QR_TEXT_BYTES_MAX}, 57, &qr, NULL), 0);
	CHECK_INT(qr.side, 57);
	CHECK_INT(
		br_qr_encode((struct br_str){text, sizeof(text)}, 57, &qr, &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "at most 213");
	CHECK_INT(br_qr_encode((struct br_str){NULL, 0}, 57, &qr, NULL), BR_E_INVALID);
}

static void test_the_same_text_gives_the_same_symbol(void)
{
	static struct br_qr a, b;

	REQUIRE(br_qr_encode(BR_STR("https://id.gs1.org/01/04006381333931"), 57, &a, NULL) == 0);
	REQUIRE(br_qr_encode(BR_STR("https://id.gs1.org/01/04006381333931"), 57, &b, NULL) == 0);
	CHECK(memcmp(a.dark, b.dark, a.side * a.side) == 0);
}

int main(int argc, char **argv)
{
	TEST(test_a_link_is_version_three);
	TEST(test_correction_gives_way_to_room);
	TEST(test_limits);
	TEST(test_the_same_text_gives_the_same_symbol);
	return test_end(argc, argv);
}
