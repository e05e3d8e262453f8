/*
 * Any bytes as a label template: they parse or are refused with a sentence, and what parses is
 * drawn for a fixed product without breaking an invariant.
 */
#include <stddef.h>
#include <stdint.h>

#include "esl/draw.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void fields_fill(struct br_fields *fields)
{
	int error = br_fields_text(fields, "name", BR_STR("Milk شیر Молоко"));

	error |= br_fields_text(fields, "gtin", BR_STR("04006381333931"));
	error |= br_fields_text(fields, "currency", BR_STR("EUR"));
	error |= br_fields_text(fields, "link", BR_STR("https://id.gs1.org/01/04006381333931"));
	error |= br_fields_text(fields, "promo_until", BR_STR("2026-03-31"));
	error |= br_fields_milli(fields, "price", 1990);
	error |= br_fields_milli(fields, "rating", 3500);
	br_assert(error == 0);
}

static void template_draw(const struct br_template *template)
{
	static struct br_draw *draw;
	struct br_display display = {template->w, template->h, BR_ACCENT_RED, 0};
	struct br_picture *picture = NULL;
	struct br_fields fields = {.n = 0};
	struct br_fault fault = {""};

	/* Sides of the largest displays only cost time here. */
	if (template->w > 400 || template->h > 400)
		return;
	fields_fill(&fields);
	if (draw == NULL && br_draw_create(&draw, &fault) < 0)
		return;
	if (br_draw_picture(draw, template, &fields, &display, &picture, &fault) < 0)
		br_assert(fault.text[0] != '\0');
	br_picture_destroy(picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_template *template = NULL;
	struct br_fault fault = {""};

	if (br_template_parse((struct br_str){(const char *)bytes, n}, &template, &fault) < 0) {
		br_assert(template == NULL && fault.text[0] != '\0');
		return 0;
	}
	template_draw(template);
	br_template_destroy(template);
	return 0;
}
