#include "esl/draw.h"

#include <stdio.h>
#include <stdlib.h>

#include "esl/draw_box.h"

struct br_draw {
	struct br_typeset *typeset;
	struct br_text text; /* reused from box to box */
};

int br_draw_create(struct br_draw **ret_draw, struct br_fault *fault)
{
	struct br_draw *draw = calloc(1, sizeof(*draw));
	int error;

	if (draw == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for a drawing");
	br_text_init(&draw->text, BR_EXPRESSION_RESULT_BYTES_MAX);
	error = br_typeset_create(&draw->typeset, fault);
	if (error < 0) {
		free(draw);
		return error;
	}
	br_assert(draw->typeset != NULL);
	*ret_draw = draw;
	return 0;
}

void br_draw_destroy(struct br_draw *draw)
{
	if (draw == NULL)
		return;
	br_typeset_destroy(draw->typeset);
	br_text_finish(&draw->text);
	free(draw);
}

enum br_colour br_drawing_ink(const struct br_drawing *drawing)
{
	const struct br_display *display = br_picture_display(drawing->picture);
	enum br_colour colour = drawing->box->colour;

	br_assert((unsigned)colour < BR_COLOUR_N);
	/* Yellow is a ground and no ink: neither yellow on white nor white on yellow can be read.
	 */
	if (colour == BR_COLOUR_RED && display->accent == BR_ACCENT_YELLOW)
		return BR_COLOUR_BLACK;
	return drawing->box->inverse ? BR_COLOUR_WHITE : colour;
}

void br_drawing_ground(const struct br_drawing *drawing)
{
	br_assert(drawing->box != NULL);
	if (drawing->box->inverse)
		br_picture_fill(drawing->picture, drawing->box->area, drawing->box->colour);
}

int br_drawing_text(struct br_drawing *drawing)
{
	const struct br_box *box = drawing->box;
	int outcome = BR_EXPRESSION_ABSENT;

	br_assert(box->text_n > 0);
	for (unsigned i = 0; i < box->text_n && outcome == BR_EXPRESSION_ABSENT; i++) {
		br_text_clear(drawing->text);
		outcome = br_expression_write(&box->texts[i], drawing->fields, drawing->format,
			drawing->text, drawing->fault);
	}
	if (outcome == 0 && drawing->text->n == 0)
		outcome = BR_EXPRESSION_ABSENT;
	if (outcome == BR_EXPRESSION_ABSENT && box->required)
		return br_fault_set(
			drawing->fault, BR_E_INVALID, "it is required, but its fields are absent");
	return outcome;
}

int br_drawing_field(
	struct br_drawing *drawing, bool number, const struct br_label_field **ret_field)
{
	struct br_str name = drawing->box->field;
	const struct br_label_field *field = br_fields_find(drawing->fields, name);

	br_assert(name.n > 0);
	if (field == NULL && drawing->box->required)
		return br_fault_set(drawing->fault, BR_E_INVALID,
			"the field %.*s is required, but absent", BR_STR_ARG(name));
	if (field == NULL)
		return BR_EXPRESSION_ABSENT;
	if (field->number != number)
		return br_fault_set(drawing->fault, BR_E_INVALID, "the field %s is a %s, not a %s",
			field->name, number ? "text" : "number", number ? "number" : "text");
	*ret_field = field;
	return 0;
}

static bool box_wanted(const struct br_box *box, const struct br_fields *fields)
{
	br_assert(fields->n <= BR_FIELDS_MAX);
	if (box->only_if.n > 0 && br_fields_find(fields, box->only_if) == NULL)
		return false;
	return box->unless.n == 0 || br_fields_find(fields, box->unless) == NULL;
}

static int box_draw(struct br_drawing *drawing, unsigned number)
{
	static int (*const painters[BR_BOX_KIND_N])(struct br_drawing * drawing) = {
		[BR_BOX_TEXT] = br_draw_text,
		[BR_BOX_PRICE] = br_draw_price,
		[BR_BOX_BARCODE] = br_draw_barcode,
		[BR_BOX_QR] = br_draw_qr,
		[BR_BOX_LINE] = br_draw_line,
		[BR_BOX_RECT] = br_draw_rect,
		[BR_BOX_IMAGE] = br_draw_image,
		[BR_BOX_STARS] = br_draw_stars,
	};
	enum br_box_kind kind = drawing->box->kind;
	char prefix[48];
	int error;

	br_assert((unsigned)kind < BR_BOX_KIND_N && painters[kind] != NULL);
	error = painters[kind](drawing);
	if (error == 0)
		return 0;
	br_assert(error < 0);
	(void)snprintf(prefix, sizeof(prefix), "box %u (%s)", number, br_box_kind_text(kind));
	br_fault_prefix(drawing->fault, prefix);
	return error;
}

int br_draw_picture(struct br_draw *draw, const struct br_template *template,
	const struct br_fields *fields, const struct br_display *display,
	struct br_picture **ret_picture, struct br_fault *fault)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	struct br_format format;
	struct br_drawing drawing = {.fields = fields,
		.format = &format,
		.typeset = draw->typeset,
		.text = &draw->text,
		.fault = fault};
	int error = br_template_check(template, display, fault);

	if (error == 0)
		error = br_format_read(fields, &format, fault);
	if (error == 0)
		error = br_picture_create(display, &picture, fault);
	for (unsigned i = 0; i < template->box_n && error == 0; i++) {
		drawing.box = &template->boxes[i];
		drawing.picture = picture;
		if (box_wanted(drawing.box, fields))
			error = box_draw(&drawing, i + 1);
	}
	if (error < 0)
		return error;
	br_assert(picture != NULL);
	*ret_picture = BR_TAKE(picture);
	return 0;
}
