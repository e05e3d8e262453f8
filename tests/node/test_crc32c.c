#include "node/crc32c.h"

#include <string.h>

#include "tests/lib/test.h"

/* RFC 3720, appendix B.4. */
static void test_the_vectors_of_the_standard(void)
{
	static const unsigned char read_command[48] = {0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0,
		0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0};
	unsigned char bytes[32];

	memset(bytes, 0, sizeof(bytes));
	CHECK_INT(br_crc32c(bytes, sizeof(bytes)), 0x8A9136AA);
	memset(bytes, 0xFF, sizeof(bytes));
	CHECK_INT(br_crc32c(bytes, sizeof(bytes)), 0x62A8AB43);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	CHECK_INT(br_crc32c(bytes, sizeof(bytes)), 0x46DD794E);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(31 - i);
	CHECK_INT(br_crc32c(bytes, sizeof(bytes)), 0x113FDB5C);
	CHECK_INT(br_crc32c(read_command, sizeof(read_command)), 0xD9963A56);
}

static void test_short_and_odd_lengths(void)
{
	CHECK_INT(br_crc32c("", 0), 0);
	CHECK_INT(br_crc32c("a", 1), 0xC1D04330);
	CHECK_INT(br_crc32c("123456789", 9), 0xE3069283);
}

/* Bit by bit, straight from the polynomial: what both implementations must agree with. */
static uint32_t crc_plain(const unsigned char *p, size_t n)
{
	uint32_t crc = ~UINT32_C(0);

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? UINT32_C(0x82F63B78) : 0);
	}
	return ~crc;
}

static void test_random_bytes_at_every_alignment(void)
{
	unsigned char bytes[256];
	bool held = true;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)test_random();
	for (size_t from = 0; from < 16; from++)
		for (size_t n = 0; n <= sizeof(bytes) - from; n++)
			held &= br_crc32c(bytes + from, n) == crc_plain(bytes + from, n);
	CHECK(held);
}

int main(int argc, char **argv)
{
	TEST(test_the_vectors_of_the_standard);
	TEST(test_short_and_odd_lengths);
	TEST(test_random_bytes_at_every_alignment);
	return test_end(argc, argv);
}
