/*
 * The picture encodings of brap/1: what the bytes behind a job's header are.
 *
 *	raw     the planes back to back, (w·h+7)/8 bytes each, rows without padding,
 *	        most significant bit first; plane 0 is black, plane 1 the accent colour
 *	zlib12  u32 LE (6 + planes) | zlib stream with windowBits 12 of
 *	        { u8 6 | u16 LE w | u16 LE h | u8 bits a pixel | planes }
 *
 * Both hold the picture as the display's memory lies: turned by its rotation, so w and h above are
 * swapped for an odd one. zlib12 is the file that OpenEPaperLink labels unpack themselves.
 *
 * The delivery encodes; the simulated access point decodes. Decoders are total.
 */
#pragma once

#include "esl/picture.h"
#include "node/text.h"

enum br_encoding { BR_ENCODING_RAW, BR_ENCODING_ZLIB12 };
#define BR_ENCODING_N 2

/* No encoded picture is longer: zlib adds less than a thousandth to what it cannot press. */
#define BR_ENCODED_BYTES_MAX (BR_DISPLAY_AREA_MAX_PX / 8 * 2 + 4096)

/* "raw" or "zlib12", as in access points' reports. */
const char *br_encoding_text(enum br_encoding encoding);
/* The encoding of that name; false for any other. */
BR_MUST_CHECK bool br_encoding_find(struct br_str name, enum br_encoding *ret_encoding);

/*
 * Appends the encoded picture, turned by its display's rotation. The same picture always gives the
 * same bytes. Returns 0, BR_E_TOO_LARGE past the text's limit, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_encode_picture(
	const struct br_picture *picture, enum br_encoding encoding, struct br_text *text);

/*
 * Decodes what was encoded for the display into a picture as seen, owned by the caller.
 * Returns 0, BR_E_CORRUPT with the sentence, BR_E_INVALID for an impossible display, or
 * BR_E_MEMORY.
 */
BR_MUST_CHECK int br_decode_picture(struct br_str bytes, enum br_encoding encoding,
	const struct br_display *display, struct br_picture **ret_picture, struct br_fault *fault);
