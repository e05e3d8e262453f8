#include "tests/system/glass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SIDE_MAX 4000
#define MARK_BYTES 8
#define CHUNK_FRAME_BYTES 12 /* length, type, CRC */

/* A PNG taken apart. */
struct png {
	unsigned w, h, bits;
	struct br_str palette, stream;
};

static uint32_t u32_be(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool fail(const char *why)
{
	printf("no picture: %s\n", why);
	return false;
}

static bool header_read(struct br_str content, struct png *png)
{
	if (content.n != 13)
		return fail("the header has a wrong length");
	png->w = u32_be(content.s);
	png->h = u32_be(content.s + 4);
	png->bits = (unsigned char)content.s[8];
	/* Palette, the only compression and filter method, no interlace. */
	if (png->w == 0 || png->h == 0 || png->w > SIDE_MAX || png->h > SIDE_MAX ||
		(png->bits != 1 && png->bits != 2 && png->bits != 4 && png->bits != 8) ||
		memcmp(content.s + 9, "\3\0\0\0", 4) != 0)
		return fail("of a kind that is not read here");
	return true;
}

/* The chunks in their order (PNG, section 5.6), each with a right CRC. */
static bool chunks_read(struct br_str rest, struct png *png)
{
	while (rest.n >= CHUNK_FRAME_BYTES) {
		struct br_str content = {rest.s + 8, u32_be(rest.s)};
		const char *type = rest.s + 4;

		if (content.n > rest.n - CHUNK_FRAME_BYTES)
			return fail("it breaks off");
		if (crc32(0, (const Bytef *)type, (uInt)content.n + 4) !=
			u32_be(content.s + content.n))
			return fail("a checksum is wrong");
		if (memcmp(type, "IHDR", 4) == 0 && !header_read(content, png))
			return false;
		if (memcmp(type, "PLTE", 4) == 0)
			png->palette = content;
		if (memcmp(type, "IDAT", 4) == 0 && png->stream.n > 0)
			return fail("in several pieces");
		if (memcmp(type, "IDAT", 4) == 0)
			png->stream = content;
		if (memcmp(type, "IEND", 4) == 0)
			return png->w > 0 && png->palette.n >= 6 && png->stream.n > 0
				       ? true
				       : fail("a part is missing");
		rest.s += CHUNK_FRAME_BYTES + content.n;
		rest.n -= CHUNK_FRAME_BYTES + content.n;
	}
	return fail("it has no end");
}

static enum glass_colour colour_of(struct br_str palette, unsigned index)
{
	const unsigned char *rgb = (const unsigned char *)palette.s + 3u * index;

	if (3u * index + 3 > palette.n)
		return GLASS_ACCENT;
	if (rgb[0] > 200 && rgb[1] > 200 && rgb[2] > 200)
		return GLASS_WHITE;
	return rgb[0] < 64 && rgb[1] < 64 && rgb[2] < 64 ? GLASS_BLACK : GLASS_ACCENT;
}

static bool rows_read(const struct png *png, const unsigned char *rows, struct glass *glass)
{
	size_t row_bytes = 1 + ((size_t)png->w * png->bits + 7) / 8;

	for (unsigned y = 0; y < png->h; y++) {
		const unsigned char *row = rows + y * row_bytes;

		if (row[0] != 0)
			return fail("a filter is not read here");
		for (unsigned x = 0; x < png->w; x++) {
			unsigned bit = x * png->bits;
			unsigned byte = row[1 + bit / 8];
			unsigned index =
				byte >> (8 - png->bits - bit % 8) & ((1u << png->bits) - 1);

			glass->pixels[(size_t)y * png->w + x] =
				(uint8_t)colour_of(png->palette, index);
		}
	}
	return true;
}

bool glass_read(struct br_str png_bytes, struct glass *ret_glass)
{
	struct glass glass = {0};
	struct png png = {0};
	unsigned char *rows;
	uLongf n;
	bool done;

	if (png_bytes.n < MARK_BYTES || memcmp(png_bytes.s, "\x89PNG\r\n\x1a\n", MARK_BYTES) != 0)
		return fail("no PNG");
	if (!chunks_read((struct br_str){png_bytes.s + MARK_BYTES, png_bytes.n - MARK_BYTES}, &png))
		return false;
	n = (1 + ((uLongf)png.w * png.bits + 7) / 8) * png.h;
	rows = malloc(n);
	glass = (struct glass){png.w, png.h, malloc((size_t)png.w * png.h)};
	br_assert(rows != NULL && glass.pixels != NULL);
	done = uncompress(rows, &n, (const Bytef *)png.stream.s, (uLong)png.stream.n) == Z_OK &&
	       n == (1 + ((uLongf)png.w * png.bits + 7) / 8) * png.h &&
	       rows_read(&png, rows, &glass);
	free(rows);
	if (!done) {
		glass_finish(&glass);
		return fail("its rows cannot be unpacked");
	}
	*ret_glass = glass;
	return true;
}

void glass_finish(struct glass *glass)
{
	free(glass->pixels);
	*glass = (struct glass){0};
}

unsigned glass_differ(const struct glass *a, const struct glass *b)
{
	unsigned n = 0;

	if (a->w != b->w || a->h != b->h)
		return a->w * a->h;
	for (size_t i = 0; i < (size_t)a->w * a->h; i++)
		n += a->pixels[i] != b->pixels[i];
	return n;
}
