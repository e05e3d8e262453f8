#include "node/crypto.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/error.h"
#include "tests/lib/test.h"

static void hex_write(const unsigned char digest[BR_SHA256_BYTES], char ret_text[65])
{
	for (size_t i = 0; i < BR_SHA256_BYTES; i++)
		(void)snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
}

/* FIPS 180-4's examples of NIST's Cryptographic Standards pages. */
static void test_the_vectors_of_the_standard(void)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	unsigned char digest[BR_SHA256_BYTES];
	char text[65];

	br_sha256("", 0, digest);
	hex_write(digest, text);
	CHECK_TEXT(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	br_sha256("abc", 3, digest);
	hex_write(digest, text);
	CHECK_TEXT(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	br_sha256(two_blocks, strlen(two_blocks), digest);
	hex_write(digest, text);
	CHECK_TEXT(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231, test cases 2 and 6: a short key, and one longer than a block. */
static void test_keyed_hashes_of_the_standard(void)
{
	static const char longer[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	unsigned char digest[BR_SHA256_BYTES], key[131];
	char text[65];

	br_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest);
	hex_write(digest, text);
	CHECK_TEXT(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	br_hmac_sha256(key, sizeof(key), longer, strlen(longer), digest);
	hex_write(digest, text);
	CHECK_TEXT(text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_two_pieces_are_hashed_as_one(void)
{
	static const char text[] = "abcdef";
	unsigned char whole[BR_SHA256_BYTES], pieces[BR_SHA256_BYTES];

	br_sha256(text, 6, whole);
	for (size_t cut = 0; cut <= 6; cut++) {
		br_sha256_two(text, cut, &text[cut], 6 - cut, pieces);
		CHECK(memcmp(whole, pieces, sizeof(whole)) == 0);
	}
}

static void test_a_file_is_hashed_from_its_position(void)
{
	unsigned char whole[BR_SHA256_BYTES], file[BR_SHA256_BYTES];
	static char bytes[100001];
	char path[512];
	int fd;

	memset(bytes, 'x', sizeof(bytes));
	(void)snprintf(path, sizeof(path), "%s/hashed", test_folder());
	fd = open(path, O_RDWR | O_CREAT, 0600);
	REQUIRE(fd >= 0 && write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes));
	REQUIRE(lseek(fd, 1, SEEK_SET) == 1);
	CHECK_INT(br_sha256_file(fd, file), 0);
	br_sha256(bytes, sizeof(bytes) - 1, whole);
	CHECK(memcmp(whole, file, sizeof(whole)) == 0);
	(void)close(fd);
	fd = open(test_folder(), O_RDONLY);
	CHECK_INT(br_sha256_file(fd, file), BR_E_IO);
	(void)close(fd);
}

static void test_random_bytes_differ(void)
{
	unsigned char a[1024] = {0}, b[1024] = {0};
	unsigned zeros = 0;

	CHECK_INT(br_random(a, sizeof(a)), 0);
	CHECK_INT(br_random(b, sizeof(b)), 0);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	for (size_t i = 0; i < sizeof(a); i++)
		zeros += a[i] == 0;
	CHECK(zeros < 40);
}

static size_t hex_read(const char *hex, unsigned char *ret_bytes)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte = 0;

		REQUIRE(sscanf(hex + 2 * i, "%2x", &byte) == 1);
		ret_bytes[i] = (unsigned char)byte;
	}
	return n;
}

/*
 * Test cases 13, 14 and 16 of McGrew and Viega's specification, which NIST SP 800-38D took over:
 * 256 bits of key, 96 of nonce; nothing, one block, and a text that is no whole number of blocks.
 */
static void test_sealing_as_the_standard_says(void)
{
	static const struct {
		const char *key, *nonce, *bound, *plain, *sealed, *tag;
	} cases[] = {
		{"0000000000000000000000000000000000000000000000000000000000000000",
			"000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
		{"0000000000000000000000000000000000000000000000000000000000000000",
			"000000000000000000000000", "", "00000000000000000000000000000000",
			"cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
		{"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
			"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
			"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595"
			"6809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
			"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e4859"
			"0dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
			"76fc6ece0f4e1768cddf8853bb2d551b"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		unsigned char key[32], nonce[12], bound[32], plain[64], want[64], tag[16], got[64],
			made[16], back[64];
		size_t n = hex_read(cases[i].plain, plain);
		struct br_gcm_bound with = {bound, hex_read(cases[i].bound, bound)};

		(void)hex_read(cases[i].key, key);
		(void)hex_read(cases[i].nonce, nonce);
		(void)hex_read(cases[i].sealed, want);
		(void)hex_read(cases[i].tag, tag);
		br_gcm_seal(key, nonce, with, plain, n, got, made);
		CHECK(memcmp(got, want, n) == 0);
		CHECK(memcmp(made, tag, sizeof(tag)) == 0);
		CHECK_INT(br_gcm_open(key, nonce, with, got, n, made, back), 0);
		CHECK(memcmp(back, plain, n) == 0);
	}
}

/* Whatever is not as it was sealed opens to nothing, and leaves nothing half opened behind. */
static void test_what_was_changed_does_not_open(void)
{
	unsigned char key[32] = {1}, nonce[12] = {2}, tag[16], sealed[8], back[8], zeros[8] = {0};
	struct br_gcm_bound bound = {"field", 5}, other = {"fiele", 5};

	br_gcm_seal(key, nonce, bound, "a secret", 8, sealed, tag);
	CHECK_INT(br_gcm_open(key, nonce, other, sealed, 8, tag, back), BR_E_CORRUPT);
	sealed[7] ^= 1;
	memset(back, 9, sizeof(back));
	CHECK_INT(br_gcm_open(key, nonce, bound, sealed, 8, tag, back), BR_E_CORRUPT);
	CHECK(memcmp(back, zeros, sizeof(back)) == 0);
	sealed[7] ^= 1;
	tag[0] ^= 1;
	CHECK_INT(br_gcm_open(key, nonce, bound, sealed, 8, tag, back), BR_E_CORRUPT);
	tag[0] ^= 1;
	nonce[11] ^= 1;
	CHECK_INT(br_gcm_open(key, nonce, bound, sealed, 8, tag, back), BR_E_CORRUPT);
	nonce[11] ^= 1;
	key[31] ^= 1;
	CHECK_INT(br_gcm_open(key, nonce, bound, sealed, 8, tag, back), BR_E_CORRUPT);
	key[31] ^= 1;
	CHECK_INT(br_gcm_open(key, nonce, bound, sealed, 8, tag, back), 0);
	br_wipe(key, sizeof(key));
	CHECK(key[0] == 0);
}

int main(int argc, char **argv)
{
	TEST(test_sealing_as_the_standard_says);
	TEST(test_what_was_changed_does_not_open);
	TEST(test_the_vectors_of_the_standard);
	TEST(test_keyed_hashes_of_the_standard);
	TEST(test_two_pieces_are_hashed_as_one);
	TEST(test_a_file_is_hashed_from_its_position);
	TEST(test_random_bytes_differ);
	return test_end(argc, argv);
}
