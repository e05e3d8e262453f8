#include "node/position.h"

#include <string.h>

#include "tests/lib/test.h"

static struct br_position at(const char *department, const char *aisle, const char *bay,
	const char *shelf, const char *position)
{
	return (struct br_position){br_str_from(department), br_str_from(aisle), br_str_from(bay),
		br_str_from(shelf), br_str_from(position)};
}

/* The way through the store, from the door to the till. */
static void test_the_order_is_the_way_people_walk(void)
{
	const struct br_position walk[] = {
		at("", "", "", "", ""),
		at("", "1", "", "", ""),
		at("bakery", "", "", "", ""),
		at("bakery", "1", "1", "1", "1"),
		at("bakery", "1", "1", "1", "2"),
		at("bakery", "1", "1", "2", "1"),
		at("bakery", "1", "2", "1", "1"),
		at("bakery", "2", "1", "1", "1"),
		at("bakery", "10", "1", "1", "1"),
		at("dairy", "1", "1", "1", "1"),
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(walk); i++)
		for (size_t j = 0; j < BR_ARRAY_LEN(walk); j++) {
			int order = br_position_compare(&walk[i], &walk[j]);

			CHECK_INT(i < j ? order < 0 : i > j ? order > 0 : order == 0, 1);
		}
}

static void test_numbers_inside_texts_compare_as_numbers(void)
{
	static const char *const parts[] = {"", "2", "02", "10", "A", "A1", "A2", "A2b", "A2c",
		"A10", "A10-9", "A10-10", "B1", "a1", "\xC3\xA9", "99999999999999999999"};
	/* The places of the parts above in order: digits come before letters. */
	static const unsigned order[] = {0, 2, 1, 3, 15, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

	for (size_t i = 0; i + 1 < BR_ARRAY_LEN(order); i++) {
		struct br_position a = at("", "", "", "", parts[order[i]]);
		struct br_position b = at("", "", "", "", parts[order[i + 1]]);

		CHECK(br_position_compare(&a, &b) < 0);
		CHECK(br_position_compare(&b, &a) > 0);
	}
}

/* Sorting needs an order that does not contradict itself, whatever stands in the texts. */
static void test_the_order_never_contradicts_itself(void)
{
	static const char *const parts[] = {"0", "00", "1", "01", "1a", "a1", "a01", "a", "1-1",
		"1-01", "01-1", "-", "a-", "10", "9"};
	const size_t n = BR_ARRAY_LEN(parts);
	bool held = true;

	for (size_t i = 0; i < n * n * n; i++) {
		struct br_position a = at(parts[i % n], "", "", "", "");
		struct br_position b = at(parts[i / n % n], "", "", "", "");
		struct br_position c = at(parts[i / n / n], "", "", "", "");
		int ab = br_position_compare(&a, &b), bc = br_position_compare(&b, &c);

		held &= (ab < 0) == (br_position_compare(&b, &a) > 0);
		held &= (ab == 0) == (i % n == i / n % n);
		held &= !(ab < 0 && bc < 0) || br_position_compare(&a, &c) < 0;
	}
	CHECK(held);
}

static void test_a_position_without_parts_says_nothing(void)
{
	struct br_position none = at("", "", "", "", ""), shelf = at("", "", "", "3", "");

	CHECK(br_position_empty(&none));
	CHECK(!br_position_empty(&shelf));
}

int main(int argc, char **argv)
{
	TEST(test_the_order_is_the_way_people_walk);
	TEST(test_numbers_inside_texts_compare_as_numbers);
	TEST(test_the_order_never_contradicts_itself);
	TEST(test_a_position_without_parts_says_nothing);
	return test_end(argc, argv);
}
