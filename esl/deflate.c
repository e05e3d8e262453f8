#include "esl/deflate.h"

#include <limits.h>
#include <zlib.h>

#define CHUNK_BYTES 4096
/* Within 2 % of level 9 on labels, at a fifth of its time. */
#define LEVEL 6
/*
 * The table that finds repetitions is gone through whenever the window moves on: beside a label's
 * small window a large table costs a third of the time and finds nothing more.
 */
#define MEMORY_LEVEL 8
#define MEMORY_LEVEL_SMALL 5
#define WINDOW_BITS_SMALL 12

int br_deflate(struct br_str bytes, int window_bits, struct br_text *text)
{
	unsigned char chunk[CHUNK_BYTES];
	z_stream stream = {.next_in = (z_const Bytef *)bytes.s, .avail_in = (uInt)bytes.n};
	int result;

	br_assert(window_bits >= 9 && window_bits <= 15 && bytes.n <= UINT_MAX);
	if (deflateInit2(&stream, LEVEL, Z_DEFLATED, window_bits,
		    window_bits <= WINDOW_BITS_SMALL ? MEMORY_LEVEL_SMALL : MEMORY_LEVEL,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return BR_E_MEMORY;
	do {
		stream.next_out = chunk;
		stream.avail_out = sizeof(chunk);
		result = deflate(&stream, Z_FINISH);
		br_text_add(text, chunk, sizeof(chunk) - stream.avail_out);
	} while (result == Z_OK && br_text_error(text) == 0);
	br_assert(result == Z_STREAM_END || result == Z_OK);
	(void)deflateEnd(&stream);
	return br_text_error(text);
}

int br_inflate(struct br_str bytes, void *buffer, size_t n)
{
	unsigned char beyond;
	z_stream stream = {.next_in = (z_const Bytef *)bytes.s, .avail_in = (uInt)bytes.n};
	int result;

	br_assert(n > 0 && n <= UINT_MAX);
	if (bytes.n > UINT_MAX)
		return BR_E_CORRUPT;
	if (inflateInit(&stream) != Z_OK)
		return BR_E_MEMORY;
	stream.next_out = buffer;
	stream.avail_out = (uInt)n;
	result = inflate(&stream, Z_FINISH);
	/* One byte more of room tells a stream that ends here from one that would go on. */
	if ((result == Z_OK || result == Z_BUF_ERROR) && stream.avail_out == 0) {
		stream.next_out = &beyond;
		stream.avail_out = 1;
		result = inflate(&stream, Z_FINISH);
	}
	(void)inflateEnd(&stream);
	if (result == Z_MEM_ERROR)
		return BR_E_MEMORY;
	if (result != Z_STREAM_END || stream.total_out != n || stream.avail_in != 0)
		return BR_E_CORRUPT;
	return 0;
}

uint32_t br_crc32(uint32_t crc, const void *bytes, size_t n)
{
	br_assert(n <= UINT_MAX);
	return (uint32_t)crc32(crc, bytes, (uInt)n);
}
