/*
 * A picture: what a label shows, as 1-bit planes.
 *
 * Plane 0 has a one for every black pixel, plane 1 (when there are two) for every red one; white is
 * zero in both. Pixel (x, y) is bit y·w + x of its plane, most significant bit first, so rows have
 * no padding and the planes, back to back, are the `raw` encoding of an unturned display.
 *
 * Drawing makes pictures, the encodings and the PNG writer read them. A picture belongs to whoever
 * created it; it is not shared between threads while it changes.
 */
#pragma once

#include "esl/display.h"
#include "node/str.h"

struct br_picture;

/* A rectangle of pixels; parts outside a picture are ignored by all that draw. */
struct br_area {
	int x, y, w, h;
};

/*
 * A white picture of the display's size and planes, owned by the caller.
 * Returns 0, BR_E_INVALID when br_display_check() refuses the display, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_picture_create(
	const struct br_display *display, struct br_picture **ret_picture, struct br_fault *fault);

void br_picture_destroy(struct br_picture *picture);
BR_DEFINE_CLEANUP(picture, br_picture_destroy)

/* The display it was made for. */
const struct br_display *br_picture_display(const struct br_picture *picture);

/* The pixel's colour; (x, y) must be inside. Red wins where both planes are set. */
enum br_colour br_picture_get(const struct br_picture *picture, int x, int y);

/* Sets one pixel; outside is ignored. Red becomes black where there is no second plane. */
void br_picture_set(struct br_picture *picture, int x, int y, enum br_colour colour);

/* Fills what of the area lies inside the picture. */
void br_picture_fill(struct br_picture *picture, struct br_area area, enum br_colour colour);

/*
 * Colours each pixel of `clip` over which the mask has half cover or more. The mask is `w`×`h`
 * bytes in rows of `stride` bytes, its corner at (area.x, area.y).
 */
void br_picture_stamp(struct br_picture *picture, struct br_area area, const unsigned char *mask,
	size_t stride, struct br_area clip, enum br_colour colour);

/* All planes back to back, (w·h+7)/8 bytes each; valid until the picture changes. */
struct br_str br_picture_planes(const struct br_picture *picture);

/*
 * A new picture as the display's memory holds it: turned by the display's rotation. Pixel (x, y) of
 * the result, of size bw×bh (swapped sides for odd ones), comes from
 * 0: (x, y)   1: (y, bw−1−x)   2: (bw−1−x, bh−1−y)   3: (bh−1−y, x).
 * The result's own display has no rotation. Returns 0 or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_picture_turn(const struct br_picture *picture, struct br_picture **ret_turned);

/* The way back: `turned` becomes a picture of `display`. Returns 0 or BR_E_MEMORY. */
BR_MUST_CHECK int br_picture_unturn(const struct br_picture *turned,
	const struct br_display *display, struct br_picture **ret_picture);

bool br_picture_equal(const struct br_picture *a, const struct br_picture *b);
