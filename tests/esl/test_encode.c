#include "esl/encode.h"

#include <stdlib.h>
#include <string.h>

#include "esl/deflate.h"
#include "tests/lib/test.h"

static struct br_picture *noise(const struct br_display *display)
{
	unsigned colours = display->accent == BR_ACCENT_NONE ? 2 : 3;
	struct br_picture *picture = NULL;

	REQUIRE(br_picture_create(display, &picture, NULL) == 0);
	for (int y = 0; y < display->h; y++)
		for (int x = 0; x < display->w; x++)
			br_picture_set(picture, x, y, (enum br_colour)(test_random() % colours));
	return picture;
}

static void test_every_encoding_turn_and_palette_comes_back(void)
{
	for (unsigned i = 0; i < 2 * 4 * 3; i++) {
		struct br_display display = {37, 22, (enum br_accent)(i / 8), (uint8_t)(i / 2 % 4)};
		enum br_encoding encoding = (enum br_encoding)(i % 2);
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = noise(&display);
		BR_CLEANUP(br_picture_cleanup) struct br_picture *back = NULL;
		struct br_text text;

		br_text_init(&text, BR_ENCODED_BYTES_MAX);
		CHECK_INT(br_encode_picture(picture, encoding, &text), 0);
		CHECK_INT(
			br_decode_picture(br_text_str(&text), encoding, &display, &back, NULL), 0);
		REQUIRE(back != NULL);
		CHECK(br_picture_equal(picture, back));
		br_text_finish(&text);
	}
}

static void test_raw_is_the_planes(void)
{
	struct br_display display = {19, 17, BR_ACCENT_RED, 0};
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = noise(&display);
	struct br_text text;

	br_text_init(&text, BR_ENCODED_BYTES_MAX);
	CHECK_INT(br_encode_picture(picture, BR_ENCODING_RAW, &text), 0);
	CHECK_INT(text.n, 2 * ((19 * 17 + 7) / 8));
	CHECK(br_str_equal(br_text_str(&text), br_picture_planes(picture)));
	br_text_finish(&text);
}

static void test_zlib12_has_its_length_header_and_window(void)
{
	struct br_display display = {296, 128, BR_ACCENT_RED, 1};
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = noise(&display);
	static const unsigned char header[] = {6, 128, 0, 40, 1, 2};
	static unsigned char unpacked[6 + 9472];
	struct br_text text;

	br_text_init(&text, BR_ENCODED_BYTES_MAX);
	CHECK_INT(br_encode_picture(picture, BR_ENCODING_ZLIB12, &text), 0);
	CHECK(memcmp(text.bytes, "\x06\x25\0\0", 4) == 0);
	/* The first byte of the stream: deflate with a window of 2^12 bytes (RFC 1950, 2.2). */
	CHECK_INT(text.bytes[4], 0x48);
	CHECK_INT(
		br_inflate((struct br_str){text.bytes + 4, text.n - 4}, unpacked, sizeof(unpacked)),
		0);
	CHECK(memcmp(unpacked, header, sizeof(header)) == 0);
	br_text_finish(&text);
}

static void test_the_same_picture_gives_the_same_bytes(void)
{
	struct br_display display = {200, 96, BR_ACCENT_RED, 0};
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = noise(&display);
	struct br_text a, b;

	br_text_init(&a, BR_ENCODED_BYTES_MAX);
	br_text_init(&b, BR_ENCODED_BYTES_MAX);
	CHECK_INT(br_encode_picture(picture, BR_ENCODING_ZLIB12, &a), 0);
	CHECK_INT(br_encode_picture(picture, BR_ENCODING_ZLIB12, &b), 0);
	CHECK(br_str_equal(br_text_str(&a), br_text_str(&b)));
	br_text_finish(&a);
	br_text_finish(&b);
}

static void test_the_largest_noise_stays_below_the_limit(void)
{
	struct br_display display = {1600, 1200, BR_ACCENT_RED, 0};
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = noise(&display);
	struct br_text text;

	br_text_init(&text, BR_ENCODED_BYTES_MAX);
	CHECK_INT(br_encode_picture(picture, BR_ENCODING_ZLIB12, &text), 0);
	br_text_finish(&text);
	br_text_init(&text, 100);
	CHECK_INT(br_encode_picture(picture, BR_ENCODING_RAW, &text), BR_E_TOO_LARGE);
	br_text_clear(&text);
	CHECK_INT(br_encode_picture(picture, BR_ENCODING_ZLIB12, &text), BR_E_TOO_LARGE);
	br_text_finish(&text);
}

/* Every cut, a byte too many and every damaged byte: a picture or "corrupt", never more. */
static void test_damaged_bytes_are_refused(void)
{
	struct br_display display = {32, 16, BR_ACCENT_RED, 0};
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = noise(&display);

	for (int e = 0; e < BR_ENCODING_N; e++) {
		enum br_encoding encoding = (enum br_encoding)e;
		struct br_picture *back = NULL;
		struct br_fault fault = {""};
		struct br_text text;

		br_text_init(&text, BR_ENCODED_BYTES_MAX);
		REQUIRE(br_encode_picture(picture, encoding, &text) == 0);
		br_text_putc(&text, '\0');
		for (size_t n = 0; n <= text.n; n++) {
			if (n == text.n - 1)
				continue;
			CHECK_INT(br_decode_picture((struct br_str){text.bytes, n}, encoding,
					  &display, &back, &fault),
				BR_E_CORRUPT);
			CHECK(fault.text[0] != '\0');
		}
		for (size_t i = 0; i < text.n - 1; i++) {
			text.bytes[i] = (char)(text.bytes[i] ^ 0x55);
			if (br_decode_picture((struct br_str){text.bytes, text.n - 1}, encoding,
				    &display, &back, NULL) == 0)
				br_picture_destroy(BR_TAKE(back));
			text.bytes[i] = (char)(text.bytes[i] ^ 0x55);
		}
		CHECK(back == NULL);
		br_text_finish(&text);
	}
}

static void test_what_does_not_suit_the_display_is_refused(void)
{
	struct br_display display = {32, 16, BR_ACCENT_RED, 0};
	struct br_display other = {16, 32, BR_ACCENT_RED, 0};
	struct br_display broken = {1, 1, BR_ACCENT_RED, 0};
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = noise(&display);
	struct br_picture *back = NULL;
	struct br_fault fault = {""};
	unsigned char both[128];
	struct br_text text;

	br_text_init(&text, BR_ENCODED_BYTES_MAX);
	REQUIRE(br_encode_picture(picture, BR_ENCODING_ZLIB12, &text) == 0);
	CHECK_INT(br_decode_picture(br_text_str(&text), BR_ENCODING_ZLIB12, &other, &back, &fault),
		BR_E_CORRUPT);
	CHECK_HAS(fault.text, "a header of 32x16 pixels with 2 planes; the display has 16x32");
	CHECK_INT(br_decode_picture(br_text_str(&text), BR_ENCODING_ZLIB12, &broken, &back, &fault),
		BR_E_INVALID);
	memset(both, 0xFF, sizeof(both));
	CHECK_INT(br_decode_picture((struct br_str){(const char *)both, sizeof(both)},
			  BR_ENCODING_RAW, &display, &back, &fault),
		BR_E_CORRUPT);
	CHECK_HAS(fault.text, "colour code 3");
	CHECK(back == NULL);
	br_text_finish(&text);
}

static void test_names(void)
{
	enum br_encoding encoding = BR_ENCODING_ZLIB12;

	CHECK_TEXT(br_encoding_text(BR_ENCODING_RAW), "raw");
	CHECK(br_encoding_find(BR_STR("raw"), &encoding) && encoding == BR_ENCODING_RAW);
	CHECK(br_encoding_find(BR_STR("zlib12"), &encoding) && encoding == BR_ENCODING_ZLIB12);
	CHECK(!br_encoding_find(BR_STR("zip"), &encoding));
}

static void test_inflate_wants_the_exact_size(void)
{
	unsigned char buffer[65];
	struct br_text text;
	char zeros[64] = {0};

	br_text_init(&text, 1024);
	REQUIRE(br_deflate((struct br_str){zeros, sizeof(zeros)}, 9, &text) == 0);
	CHECK_INT(br_inflate(br_text_str(&text), buffer, 64), 0);
	CHECK_INT(br_inflate(br_text_str(&text), buffer, 63), BR_E_CORRUPT);
	CHECK_INT(br_inflate(br_text_str(&text), buffer, 65), BR_E_CORRUPT);
	CHECK_INT(br_inflate((struct br_str){NULL, 0}, buffer, 64), BR_E_CORRUPT);
	br_text_finish(&text);
	/* The check value that every CRC-32 of this polynomial gives for the nine digits. */
	CHECK_INT(br_crc32(0, "123456789", 9), 0xCBF43926);
}

/* The file as OpenEPaperLink lays it out, made from its description by another program. */
static void test_an_openepaperlink_file_is_read_and_written(void)
{
	struct br_display display = {296, 128, BR_ACCENT_RED, 1};
	struct br_picture *from_raw = NULL, *from_zlib = NULL, *again = NULL;
	char *raw = NULL, *packed = NULL;
	struct br_text text;
	size_t raw_n, packed_n;
	const char *path = test_data("oepl_vectors/296x128_rb1_bwr.raw2bpp");

	if (path == NULL)
		return;
	raw = test_file_read(path, &raw_n);
	path = test_data("oepl_vectors/296x128_rb1_bwr.zlib");
	REQUIRE(path != NULL);
	packed = test_file_read(path, &packed_n);
	REQUIRE(br_decode_picture((struct br_str){raw, raw_n}, BR_ENCODING_RAW, &display, &from_raw,
			NULL) == 0);
	REQUIRE(br_decode_picture((struct br_str){packed, packed_n}, BR_ENCODING_ZLIB12, &display,
			&from_zlib, NULL) == 0);
	CHECK(br_picture_equal(from_raw, from_zlib));
	br_text_init(&text, BR_ENCODED_BYTES_MAX);
	CHECK_INT(br_encode_picture(from_zlib, BR_ENCODING_RAW, &text), 0);
	CHECK(br_str_equal(br_text_str(&text), (struct br_str){raw, raw_n}));
	br_text_clear(&text);
	/* Two packers may press the same planes differently; what a label unpacks is the same. */
	CHECK_INT(br_encode_picture(from_raw, BR_ENCODING_ZLIB12, &text), 0);
	CHECK(text.n <= packed_n + 8 && memcmp(text.bytes, packed, 5) == 0);
	REQUIRE(br_decode_picture(br_text_str(&text), BR_ENCODING_ZLIB12, &display, &again, NULL) ==
		0);
	CHECK(br_picture_equal(from_raw, again));
	br_text_finish(&text);
	br_picture_destroy(from_raw);
	br_picture_destroy(from_zlib);
	br_picture_destroy(again);
	free(raw);
	free(packed);
}

int main(int argc, char **argv)
{
	TEST(test_every_encoding_turn_and_palette_comes_back);
	TEST(test_raw_is_the_planes);
	TEST(test_zlib12_has_its_length_header_and_window);
	TEST(test_the_same_picture_gives_the_same_bytes);
	TEST(test_the_largest_noise_stays_below_the_limit);
	TEST(test_damaged_bytes_are_refused);
	TEST(test_what_does_not_suit_the_display_is_refused);
	TEST(test_names);
	TEST(test_inflate_wants_the_exact_size);
	TEST(test_an_openepaperlink_file_is_read_and_written);
	return test_end(argc, argv);
}
