#include "esl/typeset.h"

#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

struct br_typeset {
	PangoFontMap *map; /* its own: Pango's shared one belongs to the thread that made it */
	PangoContext *context;
	PangoLayout *layout;
	PangoFontDescription *font;
	/* One byte of cover a pixel, grown to the largest text painted so far. */
	cairo_surface_t *surface;
	cairo_t *cairo;
	int surface_w, surface_h;
	struct br_type_extent extent; /* of what was set last */
};

static PangoContext *context_make(PangoFontMap *map)
{
	PangoContext *context = pango_font_map_create_context(map);
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_NONE);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_FULL);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	/* Fixed, so that the picture does not depend on the daemon's own locale. */
	pango_context_set_language(context, pango_language_from_string("en"));
	pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
	pango_context_set_round_glyph_positions(context, TRUE);
	return context;
}

/* Fontconfig always answers with some font; a label must not change its look without a word. */
static bool font_installed(struct br_typeset *typeset)
{
	PangoFont *font = pango_context_load_font(typeset->context, typeset->font);
	PangoFontDescription *found;
	const char *family;
	bool same;

	if (font == NULL)
		return false;
	br_assert(typeset->layout != NULL);
	found = pango_font_describe(font);
	family = pango_font_description_get_family(found);
	same = family != NULL && strcmp(family, BR_TYPESET_FONT) == 0;
	pango_font_description_free(found);
	g_object_unref(font);
	return same;
}

int br_typeset_create(struct br_typeset **ret_typeset, struct br_fault *fault)
{
	struct br_typeset *typeset = calloc(1, sizeof(*typeset));

	if (typeset == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for a typesetter");
	typeset->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	/* Debian builds cairo with FreeType; a build without would be another platform. */
	br_assert(typeset->map != NULL);
	typeset->context = context_make(typeset->map);
	typeset->layout = pango_layout_new(typeset->context);
	typeset->font = pango_font_description_new();
	pango_font_description_set_family(typeset->font, BR_TYPESET_FONT);
	pango_font_description_set_absolute_size(typeset->font, 16 * PANGO_SCALE);
	if (!font_installed(typeset)) {
		br_typeset_destroy(typeset);
		return br_fault_set(fault, BR_E_NOT_FOUND,
			"the font %s is not installed (package fonts-dejavu-core)",
			BR_TYPESET_FONT);
	}
	*ret_typeset = typeset;
	return 0;
}

static void surface_drop(struct br_typeset *typeset)
{
	br_assert((typeset->cairo == NULL) == (typeset->surface == NULL));
	if (typeset->cairo != NULL)
		cairo_destroy(typeset->cairo);
	if (typeset->surface != NULL)
		cairo_surface_destroy(typeset->surface);
	typeset->cairo = NULL;
	typeset->surface = NULL;
	typeset->surface_w = typeset->surface_h = 0;
}

void br_typeset_destroy(struct br_typeset *typeset)
{
	if (typeset == NULL)
		return;
	surface_drop(typeset);
	pango_font_description_free(typeset->font);
	g_object_unref(typeset->layout);
	g_object_unref(typeset->context);
	g_object_unref(typeset->map);
	free(typeset);
}

/* Pango turns left and right about in a line that runs right to left: they are start and end. */
static PangoAlignment alignment(enum br_align align, bool right_to_left)
{
	switch (align) {
	case BR_ALIGN_CENTER:
		return PANGO_ALIGN_CENTER;
	case BR_ALIGN_END:
		return PANGO_ALIGN_RIGHT;
	case BR_ALIGN_LEFT:
		return right_to_left ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
	case BR_ALIGN_RIGHT:
		return right_to_left ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT;
	case BR_ALIGN_START:
		break;
	}
	return PANGO_ALIGN_LEFT;
}

static void extent_measure(
	struct br_typeset *typeset, const struct br_type_style *style, bool right_to_left)
{
	PangoLayout *layout = typeset->layout;
	PangoRectangle ink, logical;
	bool wide;

	pango_layout_get_pixel_extents(layout, &ink, &logical);
	br_assert(logical.width >= 0 && logical.height >= 0);
	wide = style->w_px != BR_TYPESET_WIDTH_FREE && logical.width > style->w_px;
	typeset->extent = (struct br_type_extent){.w = logical.width,
		.h = logical.height,
		.ink = {ink.x, ink.y, ink.width, ink.height},
		.baseline = PANGO_PIXELS(pango_layout_get_baseline(layout)),
		.whole = !wide && !pango_layout_is_ellipsized(layout) &&
			 pango_layout_get_line_count(layout) <= (int)style->lines,
		.right_to_left = right_to_left};
}

void br_typeset_set(struct br_typeset *typeset, struct br_str text,
	const struct br_type_style *style, struct br_type_extent *ret_extent)
{
	PangoLayout *layout = typeset->layout;
	const PangoLayoutLine *line;
	bool right_to_left;
	bool free_width = style->w_px == BR_TYPESET_WIDTH_FREE;

	br_assert(style->size_px > 0 && style->lines > 0);
	pango_font_description_set_absolute_size(
		typeset->font, (double)style->size_px * PANGO_SCALE);
	pango_font_description_set_weight(
		typeset->font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, typeset->font);
	pango_layout_set_text(layout, text.s != NULL ? text.s : "", (int)text.n);
	pango_layout_set_width(layout, free_width ? -1 : style->w_px * PANGO_SCALE);
	pango_layout_set_wrap(layout, style->break_words ? PANGO_WRAP_WORD_CHAR : PANGO_WRAP_WORD);
	pango_layout_set_ellipsize(
		layout, style->ellipsis ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
	/* A negative height counts lines, of which there is one when nothing may wrap. */
	pango_layout_set_height(layout, style->wrap ? -(int)style->lines : 0);
	/* The paragraph's direction, not that of its first character, which may be a digit. */
	line = pango_layout_get_line_readonly(layout, 0);
	right_to_left = line != NULL && line->resolved_dir == PANGO_DIRECTION_RTL;
	pango_layout_set_alignment(layout, alignment(style->align, right_to_left));
	extent_measure(typeset, style, right_to_left);
	*ret_extent = typeset->extent;
}

static int surface_reserve(struct br_typeset *typeset, int w, int h)
{
	int larger_w = w > typeset->surface_w ? w : typeset->surface_w;
	int larger_h = h > typeset->surface_h ? h : typeset->surface_h;

	br_assert(w > 0 && h > 0);
	if (w <= typeset->surface_w && h <= typeset->surface_h)
		return 0;
	surface_drop(typeset);
	typeset->surface = cairo_image_surface_create(CAIRO_FORMAT_A8, larger_w, larger_h);
	typeset->cairo = cairo_create(typeset->surface);
	if (cairo_status(typeset->cairo) != CAIRO_STATUS_SUCCESS) {
		surface_drop(typeset);
		return BR_E_MEMORY;
	}
	cairo_set_antialias(typeset->cairo, CAIRO_ANTIALIAS_NONE);
	cairo_set_source_rgba(typeset->cairo, 0, 0, 0, 1);
	typeset->surface_w = larger_w;
	typeset->surface_h = larger_h;
	return 0;
}

int br_typeset_paint(struct br_typeset *typeset, struct br_picture *picture, int x, int y,
	struct br_area clip, enum br_colour colour)
{
	struct br_area ink = typeset->extent.ink;
	const struct br_display *display = br_picture_display(picture);
	unsigned char *mask;
	size_t stride;
	int error;

	/* Nothing beyond the display's own size is worth a surface. */
	ink.w = ink.w < display->w ? ink.w : display->w;
	ink.h = ink.h < display->h ? ink.h : display->h;
	if (ink.w <= 0 || ink.h <= 0)
		return 0;
	error = surface_reserve(typeset, ink.w, ink.h);
	if (error < 0)
		return error;
	br_assert(typeset->surface_w >= ink.w && typeset->surface_h >= ink.h);
	cairo_surface_flush(typeset->surface);
	mask = cairo_image_surface_get_data(typeset->surface);
	stride = (size_t)cairo_image_surface_get_stride(typeset->surface);
	memset(mask, 0, stride * (size_t)ink.h);
	cairo_surface_mark_dirty(typeset->surface);
	cairo_move_to(typeset->cairo, -ink.x, -ink.y);
	pango_cairo_show_layout(typeset->cairo, typeset->layout);
	cairo_surface_flush(typeset->surface);
	/* Only memory can fail here, and cairo then keeps the error for good. */
	if (cairo_status(typeset->cairo) != CAIRO_STATUS_SUCCESS) {
		surface_drop(typeset);
		return BR_E_MEMORY;
	}
	br_picture_stamp(picture, (struct br_area){x + ink.x, y + ink.y, ink.w, ink.h}, mask,
		stride, clip, colour);
	return 0;
}
