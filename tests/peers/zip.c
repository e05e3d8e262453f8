#include "tests/peers/zip.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define LABEL_WINDOW_BITS 12

/* `struct peer_unzip` is zlib's own gzFile, never defined here. */
int peer_unzip_open(const char *path, struct peer_unzip **ret_file)
{
	gzFile file = gzopen(path, "rbe");

	if (file == NULL)
		return errno != 0 ? br_error_from_errno(errno) : BR_E_MEMORY;
	(void)gzbuffer(file, 1 << 16);
	*ret_file = (struct peer_unzip *)file;
	return 0;
}

void peer_unzip_close(struct peer_unzip *file)
{
	if (file != NULL)
		(void)gzclose_r((gzFile)file);
}

int64_t peer_unzip_read(struct peer_unzip *file, void *bytes, size_t n)
{
	int got, code = Z_OK;

	br_assert(n > 0 && n < (1u << 30));
	got = gzread((gzFile)file, bytes, (unsigned)n);
	if (got > 0)
		return got;
	/* A file that breaks off reads as an end with Z_BUF_ERROR beside it. */
	(void)gzerror((gzFile)file, &code);
	return got < 0 || (code != Z_OK && code != Z_STREAM_END) ? BR_E_CORRUPT : 0;
}

int peer_inflate12(const void *packed, size_t packed_n, void *bytes, size_t n)
{
	z_stream stream = {.next_in = (z_const Bytef *)packed,
		.avail_in = (uInt)packed_n,
		.next_out = bytes,
		.avail_out = (uInt)n};
	int code;

	br_assert(packed_n < (1u << 30) && n < (1u << 30));
	/* zlib itself refuses a stream whose window is larger than what it was opened with. */
	if (inflateInit2(&stream, LABEL_WINDOW_BITS) != Z_OK)
		return BR_E_MEMORY;
	code = inflate(&stream, Z_FINISH);
	(void)inflateEnd(&stream);
	return code == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0 ? 0
										     : BR_E_CORRUPT;
}

int peer_deflate(
	const void *bytes, size_t n, unsigned window_bits, void **ret_packed, size_t *ret_n)
{
	z_stream stream = {.next_in = (z_const Bytef *)bytes, .avail_in = (uInt)n};
	Bytef *packed;
	size_t space;
	int code;

	br_assert(window_bits >= 9 && window_bits <= 15 && n < (1u << 30));
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, (int)window_bits, 8,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return BR_E_MEMORY;
	space = deflateBound(&stream, n);
	packed = malloc(space);
	stream.next_out = packed;
	stream.avail_out = (uInt)space;
	code = packed != NULL ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
	(void)deflateEnd(&stream);
	if (code != Z_STREAM_END) {
		free(packed);
		return BR_E_MEMORY;
	}
	*ret_packed = packed;
	*ret_n = space - stream.avail_out;
	return 0;
}

uint32_t peer_crc32(uint32_t crc, const void *bytes, size_t n)
{
	br_assert(n < (1u << 30));
	return (uint32_t)crc32(crc, bytes, (uInt)n);
}
