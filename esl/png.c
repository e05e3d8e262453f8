#include "esl/png.h"

#include <stdlib.h>
#include <string.h>

#include "esl/deflate.h"

#define WINDOW_BITS 15
#define COLOUR_TYPE_PALETTE 3

static void u32_write(unsigned char *bytes, size_t number)
{
	br_assert(number <= UINT32_MAX);
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(number >> (24 - 8 * i));
}

/* A chunk: length, type, content, and the CRC of type and content (clause 5.3). */
static void chunk_add(struct br_text *text, const char *type, struct br_str content)
{
	unsigned char number[4];
	uint32_t crc = br_crc32(0, type, 4);

	br_assert(strlen(type) == 4);
	u32_write(number, content.n);
	br_text_add(text, number, sizeof(number));
	br_text_add(text, type, 4);
	br_text_add_str(text, content);
	u32_write(number, content.n > 0 ? br_crc32(crc, content.s, content.n) : crc);
	br_text_add(text, number, sizeof(number));
}

static void header_add(struct br_text *text, const struct br_display *display)
{
	/* Width, height, bits a pixel, colour type, and the only compression, filter, no interlace.
	 */
	unsigned char header[13] = {0};

	u32_write(header, display->w);
	u32_write(header + 4, display->h);
	header[8] = (unsigned char)br_display_planes(display);
	header[9] = COLOUR_TYPE_PALETTE;
	br_assert(header[8] == 1 || header[8] == 2);
	chunk_add(text, "IHDR", (struct br_str){(const char *)header, sizeof(header)});
}

static void palette_add(struct br_text *text, const struct br_display *display)
{
	unsigned char palette[BR_COLOUR_N][3] = {
		[BR_COLOUR_WHITE] = {255, 255, 255}, [BR_COLOUR_RED] = {200, 16, 30}};
	size_t n = br_display_planes(display) == 1 ? 2 : BR_COLOUR_N;

	if (display->accent == BR_ACCENT_YELLOW)
		memcpy(palette[BR_COLOUR_RED], (unsigned char[]){240, 190, 0}, 3);
	br_assert(n <= BR_COLOUR_N);
	chunk_add(text, "PLTE", (struct br_str){(const char *)palette, n * 3});
}

/* The rows, each with its filter byte (0: none) and padded to whole bytes (clause 7.2). */
static unsigned char *rows_make(const struct br_picture *picture, size_t *ret_n)
{
	const struct br_display *display = br_picture_display(picture);
	unsigned bits = br_display_planes(display);
	size_t row_bytes = 1 + ((size_t)display->w * bits + 7) / 8;
	unsigned char *rows = calloc(display->h, row_bytes);

	if (rows == NULL)
		return NULL;
	for (int y = 0; y < display->h; y++) {
		unsigned char *row = rows + (size_t)y * row_bytes + 1;

		for (int x = 0; x < display->w; x++) {
			unsigned bit = (unsigned)x * bits;
			unsigned code = (unsigned)br_picture_get(picture, x, y);

			br_assert(code < 1u << bits);
			row[bit / 8] = (unsigned char)(row[bit / 8] | code << (8 - bits - bit % 8));
		}
	}
	*ret_n = row_bytes * display->h;
	return rows;
}

static void image_add(struct br_text *text, const unsigned char *rows, size_t n)
{
	struct br_text stream;
	int error;

	br_assert(rows != NULL && n > 0);
	br_text_init(&stream, BR_PNG_BYTES_MAX);
	error = br_deflate((struct br_str){(const char *)rows, n}, WINDOW_BITS, &stream);
	if (error < 0)
		text->error = error;
	else
		chunk_add(text, "IDAT", br_text_str(&stream));
	br_text_finish(&stream);
}

int br_png_write(const struct br_picture *picture, struct br_text *text)
{
	const struct br_display *display = br_picture_display(picture);
	unsigned char *rows;
	size_t n;

	rows = rows_make(picture, &n);
	if (rows == NULL)
		return BR_E_MEMORY;
	br_assert(n > display->h);
	br_text_add(text, "\x89PNG\r\n\x1a\n", 8);
	header_add(text, display);
	palette_add(text, display);
	image_add(text, rows, n);
	chunk_add(text, "IEND", (struct br_str){NULL, 0});
	free(rows);
	return br_text_error(text);
}
