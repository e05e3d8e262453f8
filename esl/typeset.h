/*
 * The typesetter: texts in every script, set and painted at one bit a pixel.
 *
 * It is the only user of Pango and cairo. Antialiasing is off and hinting on, so glyphs are crisp
 * without grey; the font is DejaVu Sans, with whatever fontconfig offers for scripts it lacks. A
 * typesetter holds one text at a time: set it, look at its extent, paint it.
 *
 * A typesetter belongs to one thread. Several threads may each have their own.
 */
#pragma once

#include "esl/picture.h"
#include "esl/template.h"

#define BR_TYPESET_FONT "DejaVu Sans"
/* Pixels; wider than any display, for texts that must not be wrapped. */
#define BR_TYPESET_WIDTH_FREE 0

struct br_typeset;

struct br_type_style {
	unsigned size_px; /* of the em */
	bool bold;
	enum br_align align;
	int w_px;	/* room for a line, or BR_TYPESET_WIDTH_FREE */
	unsigned lines; /* at most this many */
	bool wrap;
	bool break_words; /* a word that is too long for a line is broken */
	bool ellipsis;	  /* what does not fit ends in an ellipsis */
};

/* All from the corner of the text's own area: its room's left edge and its first line's top. */
struct br_type_extent {
	int w, h;	    /* as lines are stacked */
	struct br_area ink; /* what is painted */
	int baseline;	    /* of the first line */
	bool whole;	    /* nothing was cut, broken off or beyond the lines */
	bool right_to_left; /* its first strong character is */
};

/*
 * Makes a typesetter, owned by the caller. Returns 0, BR_E_NOT_FOUND when the font is not
 * installed, or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_typeset_create(struct br_typeset **ret_typeset, struct br_fault *fault);
void br_typeset_destroy(struct br_typeset *typeset);
BR_DEFINE_CLEANUP(typeset, br_typeset_destroy)

/* Sets a text, which must be UTF-8. */
void br_typeset_set(struct br_typeset *typeset, struct br_str text,
	const struct br_type_style *style, struct br_type_extent *ret_extent);

/*
 * Paints what was set last, its corner at (x, y), as far as it lies within `clip`.
 * Returns 0 or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_typeset_paint(struct br_typeset *typeset, struct br_picture *picture, int x,
	int y, struct br_area clip, enum br_colour colour);
