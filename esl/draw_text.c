#include "esl/draw_box.h"

/* The largest number of lines of this size that the box's height holds. */
static unsigned lines_held(const struct br_box *box, unsigned size_px)
{
	unsigned held = (unsigned)box->area.h / br_box_line_px(size_px);

	br_assert(box->lines > 0);
	return held < 1 ? 1 : held < box->lines ? held : box->lines;
}

/*
 * Sets the text at a size. While it is being fitted no word is broken, because a smaller size that
 * keeps words whole reads better; at the smallest size what does not fit is broken and cut.
 */
static void size_set(
	struct br_drawing *drawing, unsigned size_px, bool last, struct br_type_extent *ret_extent)
{
	const struct br_box *box = drawing->box;
	struct br_type_style style = {.size_px = size_px,
		.bold = box->bold,
		.align = box->align,
		.w_px = box->area.w,
		.lines = lines_held(box, size_px),
		.wrap = box->wrap,
		.break_words = last,
		.ellipsis = last && box->ellipsis};

	br_assert(size_px >= box->size_min_px && size_px <= box->size_max_px);
	if (!box->wrap || box->lines == 1) {
		/* One line: its width is measured freely, so that too long is seen as such. */
		style.lines = 1;
		style.wrap = true;
		style.w_px = last ? box->area.w : BR_TYPESET_WIDTH_FREE;
	}
	br_typeset_set(drawing->typeset, br_text_str(drawing->text), &style, ret_extent);
	if (!last && style.w_px == BR_TYPESET_WIDTH_FREE)
		ret_extent->whole = ret_extent->whole && ret_extent->w <= box->area.w;
}

static bool extent_fits(const struct br_box *box, const struct br_type_extent *extent)
{
	br_assert(box->area.w > 0);
	return extent->whole && extent->h <= box->area.h;
}

/*
 * The largest size at which all of the text fits, the smallest when there is none, and the extent
 * there. Setting a text costs more than all else of a label, and most texts fit at their largest.
 */
static unsigned size_find(struct br_drawing *drawing, struct br_type_extent *ret_extent)
{
	unsigned low = drawing->box->size_min_px, high = drawing->box->size_max_px, size_px = high;
	bool known = false; /* *ret_extent is that of `low` */

	br_assert(low <= high);
	while (low < high || !known) {
		struct br_type_extent extent;
		bool fits;

		size_set(drawing, size_px, false, &extent);
		fits = extent_fits(drawing->box, &extent);
		if (fits || size_px == low) {
			*ret_extent = extent;
			known = true;
			low = size_px;
		}
		if (!fits)
			high = size_px > low ? size_px - 1 : low;
		size_px = (low + high + 1) / 2;
	}
	return low;
}

/* Set between the fitting and the painting, where the width is the box's again. */
static void last_set(
	struct br_drawing *drawing, unsigned size_px, bool fits, struct br_type_extent *ret_extent)
{
	size_set(drawing, size_px, true, ret_extent);
	br_assert(ret_extent->h > 0);
	if (fits)
		ret_extent->whole = true;
}

/* A rising line: a level one would run through the middle of 8 and 0 and make them look alike. */
void br_draw_strike(
	struct br_picture *picture, struct br_area ink, struct br_area clip, enum br_colour colour)
{
	int thickness = ink.h / 12 > 0 ? ink.h / 12 : 1;
	int from = ink.x - 2 > clip.x ? ink.x - 2 : clip.x;
	int end = ink.x + ink.w + 2 < clip.x + clip.w ? ink.x + ink.w + 2 : clip.x + clip.w;

	br_assert(from >= clip.x && end <= clip.x + clip.w);
	for (int x = from; x < end; x++) {
		int rise = (x - from) * (ink.h - thickness) / (end - from);

		br_picture_fill(picture,
			(struct br_area){x, ink.y + ink.h - thickness - rise, 1, thickness},
			colour);
	}
}

int br_draw_text(struct br_drawing *drawing)
{
	const struct br_box *box = drawing->box;
	struct br_type_extent extent;
	unsigned size_px;
	int outcome = br_drawing_text(drawing), y, error;

	if (outcome == BR_EXPRESSION_ABSENT)
		return 0;
	if (outcome < 0)
		return outcome;
	size_px = size_find(drawing, &extent);
	last_set(drawing, size_px, extent_fits(box, &extent), &extent);
	if (!box->ellipsis && !extent_fits(box, &extent))
		return br_fault_set(drawing->fault, BR_E_TOO_LARGE,
			"\"%.*s\" does not fit %dx%d pixels at %u px",
			BR_STR_ARG(br_text_str(drawing->text)), box->area.w, box->area.h, size_px);
	y = box->area.y;
	if (box->valign == BR_VALIGN_MIDDLE)
		y += (box->area.h - extent.h) / 2;
	else if (box->valign == BR_VALIGN_BOTTOM)
		y += box->area.h - extent.h;
	br_assert(box->ellipsis || extent.whole);
	br_drawing_ground(drawing);
	error = br_typeset_paint(drawing->typeset, drawing->picture, box->area.x, y, box->area,
		br_drawing_ink(drawing));
	if (error < 0)
		return br_fault_set(drawing->fault, error, "no memory for a text");
	if (box->strike)
		br_draw_strike(drawing->picture,
			(struct br_area){box->area.x + extent.ink.x, y + extent.ink.y, extent.ink.w,
				extent.ink.h},
			box->area, br_drawing_ink(drawing));
	return 0;
}
