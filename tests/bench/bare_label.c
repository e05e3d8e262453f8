#include "tests/bench/bare_label.h"

#include <pango/pangocairo.h>
#include <stdlib.h>
#include <zlib.h>

#include "tests/bench/figure.h"

#define THRESHOLD 128
#define LEVEL 9

static void line_draw(cairo_t *cairo, const char *text, const char *font, int y, int w)
{
	PangoLayout *layout = pango_cairo_create_layout(cairo);
	PangoFontDescription *description = pango_font_description_from_string(font);

	pango_layout_set_font_description(layout, description);
	pango_layout_set_width(layout, w * PANGO_SCALE);
	pango_layout_set_text(layout, text, -1);
	cairo_move_to(cairo, 0, y);
	pango_cairo_show_layout(cairo, layout);
	pango_font_description_free(description);
	g_object_unref(layout);
}

/* One bit for each pixel that is half covered or more. */
static void bits_take(
	const unsigned char *mask, int stride, int w, int h, unsigned char *bits, size_t n)
{
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			size_t at = (size_t)y * (size_t)w + (size_t)x;

			br_assert(at / 8 < n);
			if (mask[y * stride + x] >= THRESHOLD)
				bits[at / 8] |= (unsigned char)(0x80 >> at % 8);
		}
	}
}

size_t bench_bare_label_draw(const struct bench_bare_label *label, int w, int h)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, w, h);
	cairo_t *cairo = cairo_create(surface);
	size_t n = ((size_t)w * (size_t)h + 7) / 8;
	unsigned char *bits = calloc(1, n);
	uLongf packed_n = compressBound((uLong)n);
	unsigned char *packed = malloc(packed_n);

	br_assert(bits != NULL && packed != NULL);
	line_draw(cairo, label->name, "DejaVu Sans 12", 0, w);
	line_draw(cairo, label->brand, "DejaVu Sans 8", h / 3, w);
	line_draw(cairo, label->price, "DejaVu Sans Bold 32", h / 2, w);
	cairo_surface_flush(surface);
	bits_take(cairo_image_surface_get_data(surface), cairo_image_surface_get_stride(surface), w,
		h, bits, n);
	if (compress2(packed, &packed_n, bits, (uLong)n, LEVEL) != Z_OK)
		bench_fail(NULL, "zlib fails");
	free(packed);
	free(bits);
	cairo_destroy(cairo);
	cairo_surface_destroy(surface);
	return packed_n;
}
