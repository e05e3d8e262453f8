#include "esl/encode.h"

#include <stdlib.h>
#include <string.h>

#include "esl/deflate.h"

#define ZLIB12_WINDOW_BITS 12
#define ZLIB12_LENGTH_BYTES 4
#define ZLIB12_HEADER_BYTES 6

static const char *const encoding_texts[BR_ENCODING_N] = {"raw", "zlib12"};

const char *br_encoding_text(enum br_encoding encoding)
{
	br_assert((unsigned)encoding < BR_ENCODING_N);
	return encoding_texts[encoding];
}

bool br_encoding_find(struct br_str name, enum br_encoding *ret_encoding)
{
	br_assert(ret_encoding != NULL);
	for (unsigned i = 0; i < BR_ENCODING_N; i++) {
		if (br_str_is(name, encoding_texts[i])) {
			*ret_encoding = (enum br_encoding)i;
			return true;
		}
	}
	return false;
}

static void u16_write(unsigned char *bytes, unsigned number)
{
	br_assert(number <= UINT16_MAX);
	bytes[0] = (unsigned char)(number & 0xFF);
	bytes[1] = (unsigned char)(number >> 8);
}

static unsigned u16_read(const unsigned char *bytes)
{
	br_assert(bytes != NULL);
	return bytes[0] | (unsigned)bytes[1] << 8;
}

static void zlib12_header(const struct br_display *buffer, unsigned char header[])
{
	br_assert(buffer->rotation == 0);
	header[0] = ZLIB12_HEADER_BYTES;
	u16_write(header + 1, buffer->w);
	u16_write(header + 3, buffer->h);
	header[5] = (unsigned char)br_display_planes(buffer);
}

/* `turned` lies as the display's memory does. */
static int zlib12_encode(const struct br_picture *turned, struct br_text *text)
{
	struct br_str planes = br_picture_planes(turned);
	size_t n = ZLIB12_HEADER_BYTES + planes.n;
	unsigned char length[ZLIB12_LENGTH_BYTES];
	unsigned char *bytes = malloc(n);
	int error;

	if (bytes == NULL)
		return BR_E_MEMORY;
	br_assert(n <= BR_ENCODED_BYTES_MAX);
	u16_write(length, n & 0xFFFF);
	u16_write(length + 2, (unsigned)(n >> 16));
	zlib12_header(br_picture_display(turned), bytes);
	memcpy(bytes + ZLIB12_HEADER_BYTES, planes.s, planes.n);
	br_text_add(text, length, sizeof(length));
	error = br_deflate((struct br_str){(const char *)bytes, n}, ZLIB12_WINDOW_BITS, text);
	free(bytes);
	return error;
}

int br_encode_picture(
	const struct br_picture *picture, enum br_encoding encoding, struct br_text *text)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *turned = NULL;
	unsigned rotation = br_picture_display(picture)->rotation;
	int error;

	br_assert((unsigned)encoding < BR_ENCODING_N);
	if (rotation != 0) {
		error = br_picture_turn(picture, &turned);
		if (error < 0)
			return error;
		picture = turned;
	}
	if (encoding == BR_ENCODING_ZLIB12)
		return zlib12_encode(picture, text);
	br_text_add_str(text, br_picture_planes(picture));
	return br_text_error(text);
}

/* The planes' bytes inside a zlib12 file, unpacked into `bytes` of n + header bytes. */
static int zlib12_decode(struct br_str file, const struct br_display *buffer, unsigned char *bytes,
	size_t n, struct br_fault *fault)
{
	unsigned char wanted[ZLIB12_HEADER_BYTES];
	const unsigned char *length = (const unsigned char *)file.s;
	size_t stated;
	int error;

	br_assert(n > 0);
	if (file.n < ZLIB12_LENGTH_BYTES)
		return br_fault_set(fault, BR_E_CORRUPT, "%zu bytes; a zlib12 file has at least %d",
			file.n, ZLIB12_LENGTH_BYTES);
	stated = u16_read(length) | (size_t)u16_read(length + 2) << 16;
	if (stated != n + ZLIB12_HEADER_BYTES)
		return br_fault_set(fault, BR_E_CORRUPT,
			"the file states %zu unpacked bytes, the display needs %zu", stated,
			n + ZLIB12_HEADER_BYTES);
	error = br_inflate(
		(struct br_str){file.s + ZLIB12_LENGTH_BYTES, file.n - ZLIB12_LENGTH_BYTES}, bytes,
		n + ZLIB12_HEADER_BYTES);
	if (error < 0)
		return br_fault_set(fault, error, "the zlib stream is %s", br_error_text(error));
	zlib12_header(buffer, wanted);
	if (memcmp(bytes, wanted, sizeof(wanted)) != 0)
		return br_fault_set(fault, BR_E_CORRUPT,
			"a header of %ux%u pixels with %u planes; the display has %ux%u with %u",
			u16_read(bytes + 1), u16_read(bytes + 3), bytes[5], buffer->w, buffer->h,
			br_display_planes(buffer));
	return 0;
}

/* Colours the pixels of a white picture from planes in which nothing is known to be right. */
static int planes_take(
	struct br_picture *picture, const unsigned char *planes, size_t n, struct br_fault *fault)
{
	const struct br_display *display = br_picture_display(picture);
	size_t pixels = (size_t)display->w * display->h;
	bool two = br_display_planes(display) == 2;

	br_assert(n == br_picture_planes(picture).n);
	for (size_t i = 0; i < pixels; i++) {
		unsigned bit = 7 - i % 8;
		bool black = (planes[i / 8] >> bit & 1) != 0;
		bool red = two && (planes[n / 2 + i / 8] >> bit & 1) != 0;

		if (black && red)
			return br_fault_set(fault, BR_E_CORRUPT,
				"pixel %zu has the colour code 3, which the palette lacks", i);
		if (black || red)
			br_picture_set(picture, (int)(i % display->w), (int)(i / display->w),
				red ? BR_COLOUR_RED : BR_COLOUR_BLACK);
	}
	return 0;
}

/* Decodes into a picture that lies as the display's memory does. */
static int buffer_decode(struct br_str bytes, enum br_encoding encoding, struct br_picture *picture,
	struct br_fault *fault)
{
	const struct br_display *buffer = br_picture_display(picture);
	size_t n = br_picture_planes(picture).n;
	unsigned char *unpacked;
	int error;

	if (encoding == BR_ENCODING_RAW && bytes.n != n)
		return br_fault_set(
			fault, BR_E_CORRUPT, "%zu bytes; the display needs %zu", bytes.n, n);
	if (encoding == BR_ENCODING_RAW)
		return planes_take(picture, (const unsigned char *)bytes.s, n, fault);
	br_assert(encoding == BR_ENCODING_ZLIB12);
	unpacked = malloc(n + ZLIB12_HEADER_BYTES);
	if (unpacked == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for a picture");
	error = zlib12_decode(bytes, buffer, unpacked, n, fault);
	if (error == 0)
		error = planes_take(picture, unpacked + ZLIB12_HEADER_BYTES, n, fault);
	free(unpacked);
	return error;
}

int br_decode_picture(struct br_str bytes, enum br_encoding encoding,
	const struct br_display *display, struct br_picture **ret_picture, struct br_fault *fault)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *turned = NULL;
	struct br_display buffer;
	int error = br_display_check(display, fault);

	if (error < 0)
		return error;
	buffer = br_display_buffer(display);
	error = br_picture_create(&buffer, &turned, fault);
	if (error == 0)
		error = buffer_decode(bytes, encoding, turned, fault);
	if (error < 0)
		return error;
	br_assert(turned != NULL);
	return br_picture_unturn(turned, display, ret_picture);
}
