#include "node/key.h"

#include <string.h>

#include "tests/lib/test.h"

static void test_numbers_sort_as_numbers(void)
{
	bool held = true;

	for (int i = 0; i < 2000; i++) {
		uint64_t a = test_random() >> (test_random() % 64), b = test_random();
		struct br_key ka = br_key_of_u64(a), kb = br_key_of_u64(b);
		int order = br_str_compare(br_key_str(&ka), br_key_str(&kb));

		held &= (a < b) == (order < 0) && (a == b) == (order == 0);
	}
	CHECK(held);
}

static void test_a_text_sorts_before_its_longer_ones(void)
{
	struct br_key a = br_key_of_str(BR_STR("a")), ab = br_key_of_str(BR_STR("ab"));
	struct br_key a_high = br_key_of_str(BR_STR("a"));

	br_key_add_u64(&a_high, UINT64_MAX);
	CHECK(br_str_compare(br_key_str(&a), br_key_str(&ab)) < 0);
	CHECK(br_str_compare(br_key_str(&a_high), br_key_str(&ab)) < 0);
}

static void test_parts_come_back(void)
{
	struct br_str rest, text;
	struct br_key key;
	uint64_t number;

	br_key_init(&key);
	br_key_add_str(&key, BR_STR("sku"));
	br_key_add_u8(&key, 7);
	br_key_add_u32(&key, 0x01020304);
	br_key_add_u64(&key, UINT64_C(0x0102030405060708));
	CHECK_INT(key.n, 4 + 1 + 4 + 8);
	rest = br_key_str(&key);
	CHECK(br_key_take_str(&rest, &text));
	CHECK_STR(text, "sku");
	CHECK(memcmp(rest.s, "\x07\x01\x02\x03\x04", 5) == 0);
	rest.s += 5;
	rest.n -= 5;
	CHECK(br_key_take_u64(&rest, &number));
	CHECK(number == UINT64_C(0x0102030405060708));
	CHECK_INT(rest.n, 0);
}

static void test_parts_that_are_not_there_are_refused(void)
{
	struct br_str rest = BR_STR("1234567"), text = BR_STR("kept");
	uint64_t number = 77;

	CHECK(!br_key_take_u64(&rest, &number));
	CHECK(!br_key_take_str(&rest, &text));
	CHECK_STR(rest, "1234567");
	CHECK_STR(text, "kept");
	CHECK_INT(number, 77);
	rest.n = 0;
	CHECK(!br_key_take_str(&rest, &text));
}

static void test_an_empty_text_is_a_part(void)
{
	struct br_key key = br_key_of_str((struct br_str){NULL, 0});
	struct br_str rest = br_key_str(&key), text;

	CHECK_INT(key.n, 1);
	CHECK(br_key_take_str(&rest, &text));
	CHECK_INT(text.n, 0);
	CHECK_INT(rest.n, 0);
}

int main(int argc, char **argv)
{
	TEST(test_numbers_sort_as_numbers);
	TEST(test_a_text_sorts_before_its_longer_ones);
	TEST(test_parts_come_back);
	TEST(test_parts_that_are_not_there_are_refused);
	TEST(test_an_empty_text_is_a_part);
	return test_end(argc, argv);
}
