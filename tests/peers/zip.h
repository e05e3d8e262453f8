/*
 * Compression for the peers: reads .gz files, unpacks a label's picture, packs a PNG.
 *
 * The only file of the peers that includes zlib.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/error.h"

struct peer_unzip;

/* Opens a plain or gzip-compressed file for reading; BR_E_NOT_FOUND or BR_E_IO. */
BR_MUST_CHECK int peer_unzip_open(const char *path, struct peer_unzip **ret_file);
void peer_unzip_close(struct peer_unzip *file);

/* The next bytes, 0 at the end, BR_E_CORRUPT when the file is damaged or cut off. */
BR_MUST_CHECK int64_t peer_unzip_read(struct peer_unzip *file, void *bytes, size_t n);

/*
 * Unpacks one whole zlib stream (RFC 1950) whose window is at most 2^12 bytes into exactly `n`
 * bytes. BR_E_CORRUPT when it is no such stream, or is shorter or longer.
 */
BR_MUST_CHECK int peer_inflate12(const void *packed, size_t packed_n, void *bytes, size_t n);

/* Packs into a new zlib stream, freed by the caller. */
BR_MUST_CHECK int peer_deflate(
	const void *bytes, size_t n, unsigned window_bits, void **ret_packed, size_t *ret_n);

/* CRC-32 as in PNG and gzip; start with 0. */
uint32_t peer_crc32(uint32_t crc, const void *bytes, size_t n);
