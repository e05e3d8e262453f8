#include "esl/png.h"

#include <stdlib.h>
#include <string.h>

#include "esl/deflate.h"
#include "tests/lib/test.h"

/* A PNG taken apart by the rules of ISO/IEC 15948, clause 5, with its CRCs checked. */
struct parts {
	unsigned w, h, bits, colour_type;
	unsigned char palette[3][3];
	unsigned colours;
	struct br_str image;
	bool ended;
};

static unsigned u32_read(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;

	return (unsigned)p[0] << 24 | (unsigned)p[1] << 16 | (unsigned)p[2] << 8 | p[3];
}

static void chunk_take(struct parts *parts, const char *type, struct br_str content)
{
	if (memcmp(type, "IHDR", 4) == 0) {
		parts->w = u32_read(content.s);
		parts->h = u32_read(content.s + 4);
		parts->bits = (unsigned char)content.s[8];
		parts->colour_type = (unsigned char)content.s[9];
	} else if (memcmp(type, "PLTE", 4) == 0) {
		parts->colours = (unsigned)content.n / 3;
		memcpy(parts->palette, content.s, content.n);
	} else if (memcmp(type, "IDAT", 4) == 0) {
		parts->image = content;
	} else if (memcmp(type, "IEND", 4) == 0) {
		parts->ended = content.n == 0;
	} else {
		CHECK_TEXT("another chunk", "none");
	}
}

static struct parts parts_of(struct br_str png)
{
	struct parts parts = {.w = 0};
	size_t at = 8;

	REQUIRE(png.n > 8 && memcmp(png.s, "\x89PNG\r\n\x1a\n", 8) == 0);
	while (at + 12 <= png.n) {
		size_t n = u32_read(png.s + at);

		REQUIRE(at + 12 + n <= png.n);
		CHECK_INT(br_crc32(0, png.s + at + 4, n + 4), u32_read(png.s + at + 8 + n));
		chunk_take(&parts, png.s + at + 4, (struct br_str){png.s + at + 8, n});
		at += 12 + n;
	}
	CHECK_INT(at, png.n);
	return parts;
}

static void picture_check(enum br_accent accent)
{
	struct br_display display = {37, 21, accent, 3};
	unsigned bits = br_display_planes(&display);
	size_t row = 1 + (37 * bits + 7) / 8;
	struct br_picture *picture = NULL;
	unsigned char *rows = malloc(row * 21);
	struct parts parts;
	struct br_text text;
	bool same = true;

	REQUIRE(rows != NULL && br_picture_create(&display, &picture, NULL) == 0);
	for (int i = 0; i < 37 * 21; i++)
		br_picture_set(picture, i % 37, i / 37, (enum br_colour)(test_random() % 3));
	br_text_init(&text, BR_PNG_BYTES_MAX);
	CHECK_INT(br_png_write(picture, &text), 0);
	parts = parts_of(br_text_str(&text));
	CHECK(parts.w == 37 && parts.h == 21 && parts.ended);
	CHECK_INT(parts.bits, bits);
	CHECK_INT(parts.colour_type, 3);
	CHECK_INT(parts.colours, bits == 1 ? 2 : 3);
	CHECK(memcmp(parts.palette[0], "\xff\xff\xff", 3) == 0);
	CHECK(memcmp(parts.palette[1], "\0\0\0", 3) == 0);
	if (bits == 2)
		CHECK(parts.palette[2][0] > 150 &&
			(parts.palette[2][1] > 150) == (accent == BR_ACCENT_YELLOW));
	REQUIRE(br_inflate(parts.image, rows, row * 21) == 0);
	for (int y = 0; y < 21; y++) {
		const unsigned char *line = rows + (size_t)y * row;

		same = same && line[0] == 0;
		for (int x = 0; x < 37; x++) {
			unsigned bit = (unsigned)x * bits;
			unsigned byte = line[1 + bit / 8];
			unsigned code = byte >> (8 - bits - bit % 8) & ((1u << bits) - 1);

			same = same && code == (unsigned)br_picture_get(picture, x, y);
		}
	}
	CHECK(same);
	br_text_finish(&text);
	br_picture_destroy(picture);
	free(rows);
}

static void test_every_pixel_is_in_the_png(void)
{
	picture_check(BR_ACCENT_NONE);
	picture_check(BR_ACCENT_RED);
	picture_check(BR_ACCENT_YELLOW);
}

static void test_the_texts_limit_holds(void)
{
	struct br_display display = {64, 64, BR_ACCENT_NONE, 0};
	struct br_picture *picture = NULL;
	struct br_text text;

	REQUIRE(br_picture_create(&display, &picture, NULL) == 0);
	br_text_init(&text, 40);
	CHECK_INT(br_png_write(picture, &text), BR_E_TOO_LARGE);
	br_text_finish(&text);
	br_picture_destroy(picture);
}

int main(int argc, char **argv)
{
	TEST(test_every_pixel_is_in_the_png);
	TEST(test_the_texts_limit_holds);
	return test_end(argc, argv);
}
