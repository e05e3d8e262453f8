/*
 * The drawing: a template and the fields of a product become a picture for a display.
 *
 * It is a pure function of (template, fields, display), called by the render workers, by the
 * preview and by tests. Every thread has its own br_draw, which only keeps fonts and buffers warm.
 *
 * What must be right on a shelf fails rather than looks wrong: a price that does not fit at its
 * smallest size, a GTIN with a wrong check digit, a link for which the QR code has no room.
 * Sentences name the box: "box 3 (price): 1,234,567.00 does not fit 60x20 pixels at 16 px".
 */
#pragma once

#include "esl/fields.h"
#include "esl/picture.h"
#include "esl/template.h"

struct br_draw;

/*
 * Makes a drawing context, owned by the caller; for one thread at a time.
 * Returns 0, BR_E_NOT_FOUND when the font is not installed, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_draw_create(struct br_draw **ret_draw, struct br_fault *fault);
void br_draw_destroy(struct br_draw *draw);
BR_DEFINE_CLEANUP(draw, br_draw_destroy)

/*
 * Draws; the caller owns the picture. Returns 0, BR_E_INVALID for a display of another size, a
 * field of the wrong kind, or a required field that is absent, BR_E_TOO_LARGE for what does not
 * fit, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_draw_picture(struct br_draw *draw, const struct br_template *template,
	const struct br_fields *fields, const struct br_display *display,
	struct br_picture **ret_picture, struct br_fault *fault);
