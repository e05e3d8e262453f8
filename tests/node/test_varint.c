#include "node/varint.h"

#include <string.h>

#include "tests/lib/test.h"

static struct br_str slice(const unsigned char *bytes, size_t n)
{
	return (struct br_str){(const char *)bytes, n};
}

static void test_numbers_come_back(void)
{
	static const int64_t numbers[] = {0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192,
		INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 4340, -19400};
	unsigned char bytes[BR_VARINT_BYTES_MAX];

	for (size_t i = 0; i < BR_ARRAY_LEN(numbers); i++) {
		struct br_str rest = slice(bytes, br_varint_put_signed(bytes, numbers[i]));
		int64_t number = 5;

		CHECK(br_varint_take_signed(&rest, &number));
		CHECK_INT(number, numbers[i]);
		CHECK_INT(rest.n, 0);
	}
}

static void test_small_numbers_are_short(void)
{
	unsigned char bytes[BR_VARINT_BYTES_MAX];

	CHECK_INT(br_varint_put(bytes, 127), 1);
	CHECK_INT(br_varint_put(bytes, 128), 2);
	CHECK_INT(br_varint_put(bytes, UINT64_MAX), 10);
	CHECK_INT(br_varint_put_signed(bytes, -64), 1);
	CHECK_INT(br_varint_put_signed(bytes, -65), 2);
}

static void test_bytes_that_are_no_number(void)
{
	static const struct {
		unsigned char bytes[12];
		size_t n;
	} bad[] = {{{0}, 0}, {{0x80}, 1}, {{0xFF, 0xFF}, 2}, {{0x80, 0x00}, 2}, {{0x81, 0x00}, 2},
		{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, 10},
		{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x01}, 11}};

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_str rest = slice(bad[i].bytes, bad[i].n);
		uint64_t number = 5;

		CHECK(!br_varint_take(&rest, &number));
		CHECK_INT(number, 5);
		CHECK_INT(rest.n, bad[i].n);
	}
}

static void test_any_number_comes_back(void)
{
	unsigned char bytes[BR_VARINT_BYTES_MAX];

	for (int i = 0; i < 20000; i++) {
		uint64_t want = test_random() >> (test_random() % 64), got = 0;
		struct br_str rest = slice(bytes, br_varint_put(bytes, want));

		if (!br_varint_take(&rest, &got) || got != want)
			CHECK(got == want);
	}
	CHECK(true);
}

static void test_the_checksum_notices_every_bit(void)
{
	unsigned char bytes[20] = "thirteen byte";
	size_t n = br_checksum_put(bytes, 13);
	struct br_str whole = slice(bytes, n);

	CHECK_INT(n, 17);
	CHECK(br_checksum_take(&whole));
	CHECK_INT(whole.n, 13);
	for (size_t bit = 0; bit < n * 8; bit++) {
		struct br_str broken = slice(bytes, n);

		bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
		CHECK(!br_checksum_take(&broken));
		CHECK_INT(broken.n, n);
		bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
	}
}

static void test_too_short_for_a_checksum(void)
{
	unsigned char bytes[8] = {0};

	for (size_t n = 0; n < BR_CHECKSUM_BYTES; n++) {
		struct br_str rest = slice(bytes, n);

		CHECK(!br_checksum_take(&rest));
	}
}

int main(int argc, char **argv)
{
	TEST(test_numbers_come_back);
	TEST(test_small_numbers_are_short);
	TEST(test_bytes_that_are_no_number);
	TEST(test_any_number_comes_back);
	TEST(test_the_checksum_notices_every_bit);
	TEST(test_too_short_for_a_checksum);
	return test_end(argc, argv);
}
