/*
 * One box on its way into the picture: what the box painters of draw.c share.
 *
 * Only draw.c, draw_text.c, draw_price.c and draw_shape.c include this.
 */
#pragma once

#include "esl/draw.h"
#include "esl/format.h"
#include "esl/typeset.h"

struct br_drawing {
	const struct br_box *box;
	const struct br_fields *fields;
	const struct br_format *format;
	struct br_typeset *typeset;
	struct br_picture *picture;
	struct br_text *text; /* for the evaluated expression; cleared by its user */
	struct br_fault *fault;
};

/*
 * The colour of a box's content, and for an inverse box the fill below it. Where the glass's accent
 * is yellow, content in the accent colour and content upon it are black.
 */
enum br_colour br_drawing_ink(const struct br_drawing *drawing);
void br_drawing_ground(const struct br_drawing *drawing);

/*
 * Evaluates the box's texts into drawing->text: the first whole one. Returns 0,
 * BR_EXPRESSION_ABSENT when there is none and the box may stay empty, or an error.
 */
BR_MUST_CHECK int br_drawing_text(struct br_drawing *drawing);

/*
 * The box's field. Returns 0, BR_EXPRESSION_ABSENT when it is absent and may be, or BR_E_INVALID
 * when it is absent and may not be or is of the other kind.
 */
BR_MUST_CHECK int br_drawing_field(
	struct br_drawing *drawing, bool number, const struct br_label_field **ret_field);

/* The painters; each returns 0 or an error with the sentence (without the box's name). */
BR_MUST_CHECK int br_draw_text(struct br_drawing *drawing);
BR_MUST_CHECK int br_draw_price(struct br_drawing *drawing);
BR_MUST_CHECK int br_draw_barcode(struct br_drawing *drawing);
BR_MUST_CHECK int br_draw_qr(struct br_drawing *drawing);
BR_MUST_CHECK int br_draw_line(struct br_drawing *drawing);
BR_MUST_CHECK int br_draw_rect(struct br_drawing *drawing);
BR_MUST_CHECK int br_draw_image(struct br_drawing *drawing);
BR_MUST_CHECK int br_draw_stars(struct br_drawing *drawing);

/* The line through a text that was valid before; `ink` is the text's, in the picture. */
void br_draw_strike(
	struct br_picture *picture, struct br_area ink, struct br_area clip, enum br_colour colour);
