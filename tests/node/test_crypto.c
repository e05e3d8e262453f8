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

int main(int argc, char **argv)
{
	TEST(test_the_vectors_of_the_standard);
	TEST(test_keyed_hashes_of_the_standard);
	TEST(test_two_pieces_are_hashed_as_one);
	TEST(test_a_file_is_hashed_from_its_position);
	TEST(test_random_bytes_differ);
	return test_end(argc, argv);
}
