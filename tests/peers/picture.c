#include "tests/peers/picture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/peers/zip.h"

#define ZLIB12_HEAD_BYTES 6

size_t peer_picture_bytes(unsigned w, unsigned h, unsigned planes)
{
	br_assert(w <= PEER_PICTURE_SIDE_MAX && h <= PEER_PICTURE_SIDE_MAX && planes <= 2);
	return ((size_t)w * h + 7) / 8 * planes;
}

static unsigned u16_le(const uint8_t *bytes)
{
	return bytes[0] | (unsigned)bytes[1] << 8;
}

static int zlib12_decode(struct br_str bytes, struct peer_picture *picture)
{
	const uint8_t *p = (const uint8_t *)bytes.s;
	size_t n = ZLIB12_HEAD_BYTES + picture->n;
	uint8_t *plain;
	int error;

	if (bytes.n < 4 || ((size_t)u16_le(p) | (size_t)u16_le(p + 2) << 16) != n)
		return BR_E_CORRUPT;
	plain = malloc(n);
	if (plain == NULL)
		return BR_E_MEMORY;
	error = peer_inflate12(bytes.s + 4, bytes.n - 4, plain, n);
	if (error == 0 && (plain[0] != ZLIB12_HEAD_BYTES || u16_le(plain + 1) != picture->w ||
				  u16_le(plain + 3) != picture->h || plain[5] != picture->planes))
		error = BR_E_CORRUPT;
	if (error == 0)
		memcpy(picture->bytes, plain + ZLIB12_HEAD_BYTES, picture->n);
	free(plain);
	return error;
}

int peer_picture_decode(struct br_str bytes, struct br_str encoding, unsigned w, unsigned h,
	unsigned planes, struct peer_picture *ret_picture)
{
	struct peer_picture picture = {.w = w, .h = h, .planes = planes};
	int error = 0;

	picture.n = peer_picture_bytes(w, h, planes);
	picture.bytes = malloc(picture.n + 1);
	if (picture.bytes == NULL)
		return BR_E_MEMORY;
	if (br_str_is(encoding, "zlib12"))
		error = zlib12_decode(bytes, &picture);
	else if (!br_str_is(encoding, "raw"))
		error = BR_E_UNSUPPORTED;
	else if (bytes.n != picture.n)
		error = BR_E_CORRUPT;
	else
		memcpy(picture.bytes, bytes.s, picture.n);
	if (error < 0) {
		peer_picture_finish(&picture);
		return error;
	}
	*ret_picture = picture;
	return 0;
}

void peer_picture_finish(struct peer_picture *picture)
{
	free(picture->bytes);
	*picture = (struct peer_picture){.n = 0};
}

enum peer_colour peer_picture_at(const struct peer_picture *picture, unsigned x, unsigned y)
{
	size_t pixel = (size_t)y * picture->w + x;
	uint8_t mask = (uint8_t)(0x80 >> (pixel % 8));

	br_assert(x < picture->w && y < picture->h);
	if (picture->planes == 2 && (picture->bytes[picture->n / 2 + pixel / 8] & mask) != 0)
		return PEER_RED;
	return (picture->bytes[pixel / 8] & mask) != 0 ? PEER_BLACK : PEER_WHITE;
}

static void u32_be(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* One PNG chunk: length, type, content, CRC over type and content (PNG, section 5.3). */
static void chunk_write(FILE *file, const char type[5], const void *content, size_t n)
{
	uint8_t number[4];
	uint32_t crc = peer_crc32(peer_crc32(0, type, 4), content, n);

	u32_be(number, (uint32_t)n);
	(void)fwrite(number, 1, 4, file);
	(void)fwrite(type, 1, 4, file);
	(void)fwrite(content, 1, n, file);
	u32_be(number, crc);
	(void)fwrite(number, 1, 4, file);
}

/* Every row is a filter byte of 0 and one byte a pixel, an index into the palette. */
static int rows_pack(const struct peer_picture *picture, void **ret_packed, size_t *ret_n)
{
	size_t n = (size_t)(picture->w + 1) * picture->h;
	uint8_t *rows = malloc(n), *p = rows;
	int error;

	if (rows == NULL)
		return BR_E_MEMORY;
	for (unsigned y = 0; y < picture->h; y++) {
		*p++ = 0;
		for (unsigned x = 0; x < picture->w; x++)
			*p++ = (uint8_t)peer_picture_at(picture, x, y);
	}
	error = peer_deflate(rows, n, 15, ret_packed, ret_n);
	free(rows);
	return error;
}

static void png_write(FILE *file, const struct peer_picture *picture, const void *rows, size_t n)
{
	static const uint8_t mark[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
	static const uint8_t palette[9] = {0xF4, 0xF4, 0xF0, 0x10, 0x10, 0x10, 0xC0, 0x20, 0x20};
	uint8_t head[13] = {[8] = 8 /* bits */, [9] = 3 /* palette */};

	u32_be(head, picture->w);
	u32_be(head + 4, picture->h);
	(void)fwrite(mark, 1, sizeof(mark), file);
	chunk_write(file, "IHDR", head, sizeof(head));
	chunk_write(file, "PLTE", palette, sizeof(palette));
	chunk_write(file, "IDAT", rows, n);
	chunk_write(file, "IEND", "", 0);
}

int peer_picture_write(const struct peer_picture *picture, const char *path)
{
	char beside[600];
	void *rows = NULL;
	size_t n = 0;
	FILE *file;
	int error = rows_pack(picture, &rows, &n);

	if (error < 0)
		return error;
	(void)snprintf(beside, sizeof(beside), "%s.part", path);
	file = fopen(beside, "we");
	if (file != NULL) {
		png_write(file, picture, rows, n);
		error = ferror(file) != 0 ? BR_E_IO : 0;
		if (fclose(file) != 0)
			error = BR_E_IO;
	}
	free(rows);
	if (file == NULL || error < 0 || rename(beside, path) < 0)
		return error < 0 ? error : br_error_from_errno(errno);
	return 0;
}
