/*
 * Deflate: the only user of zlib. The picture encodings and the PNG writer call it.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"
#include "node/text.h"

/*
 * Appends the bytes as a zlib stream (RFC 1950) of a window of 2^window_bits bytes, 9 to 15,
 * pressed nearly as far as it goes: labels pay for every byte with their battery. The same bytes
 * always give the same stream. Returns 0, BR_E_TOO_LARGE past the text's limit or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_deflate(struct br_str bytes, int window_bits, struct br_text *text);

/*
 * Unpacks a zlib stream into exactly `n` bytes. Returns 0, BR_E_CORRUPT when it is none, is longer
 * or shorter, or has bytes behind its end, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_inflate(struct br_str stream, void *buffer, size_t n);

/* The CRC-32 of PNG chunks (ISO 3309), going on from `crc`; 0 to begin. */
uint32_t br_crc32(uint32_t crc, const void *bytes, size_t n);
