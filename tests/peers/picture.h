/*
 * A label's picture: planes of one bit a pixel, rows from top to bottom without padding, the
 * leftmost pixel in the highest bit. Plane 0: 1 is black; plane 1, where there is one: 1 is red.
 *
 * Decoded here from the bytes of a job, apart from the product's encoder.
 */
#pragma once

#include <stdint.h>

#include "node/error.h"
#include "node/str.h"

#define PEER_PICTURE_SIDE_MAX 2000

struct peer_picture {
	unsigned w, h, planes; /* 1 or 2 planes */
	size_t n;	       /* bytes of all planes */
	uint8_t *bytes;	       /* owned */
};

enum peer_colour { PEER_WHITE, PEER_BLACK, PEER_RED };

/* The bytes of all planes together. */
size_t peer_picture_bytes(unsigned w, unsigned h, unsigned planes);

/*
 * Decodes `raw` (the planes as they are) or `zlib12`: u32 LE length, then a zlib stream with a
 * window of 2^12 of {u8 6; u16 LE w; u16 LE h; u8 planes; the planes}. Returns 0, BR_E_UNSUPPORTED
 * for another encoding, BR_E_CORRUPT when the bytes are no picture of that size, or BR_E_MEMORY.
 */
BR_MUST_CHECK int peer_picture_decode(struct br_str bytes, struct br_str encoding, unsigned w,
	unsigned h, unsigned planes, struct peer_picture *ret_picture);
void peer_picture_finish(struct peer_picture *picture);

enum peer_colour peer_picture_at(const struct peer_picture *picture, unsigned x, unsigned y);

/* Writes a PNG beside `path` and renames it there, so a reader never sees half a file. */
BR_MUST_CHECK int peer_picture_write(const struct peer_picture *picture, const char *path);
