/*
 * A template: how one kind of label looks, as a list of boxes drawn in order.
 *
 * It is JSON, written by people, read here and drawn by draw.c. README.md in this folder describes
 * every member. What does not follow the schema is refused with a sentence that names the box:
 * `box 3 (price): size is 0; 6 to 400 is allowed`. Boxes count from 1.
 *
 * A template is read-only once parsed, so any number of threads may draw it at once.
 */
#pragma once

#include "esl/expression.h"
#include "esl/picture.h"

#define BR_TEMPLATE_BYTES_MAX (64 * 1024)
#define BR_TEMPLATE_BOXES_MAX 48
#define BR_TEMPLATE_NAME_BYTES_MAX 48
#define BR_TEMPLATE_VERSION_MAX 1000000
#define BR_BOX_TEXTS_MAX 3
#define BR_BOX_LINES_MAX 12
#define BR_BOX_SIZE_MIN_PX 6
#define BR_BOX_SIZE_MAX_PX 400
#define BR_BOX_ROWS_MAX 128
#define BR_BOX_SCALE_MAX 8

/* EAN modules are 2 px: 1 px at 112 dpi would be below the 80 % that the standard allows. */
#define BR_EAN_MODULE_PX 2
/* EAN-13 with its quiet zones is 11 + 95 + 7 modules (GS1 General Specifications 5.2.3). */
#define BR_EAN_WIDTH_MIN_PX ((11 + 95 + 7) * BR_EAN_MODULE_PX)
#define BR_EAN_HEIGHT_MIN_PX 12
/* The smallest QR symbol, 21 modules and 4 of quiet zone on either side, at 2 px a module. */
#define BR_QR_MODULE_MIN_PX 2
#define BR_QR_SIDE_MIN_PX ((21 + 8) * BR_QR_MODULE_MIN_PX)

enum br_template_state {
	BR_TEMPLATE_REGULAR,
	BR_TEMPLATE_PROMOTION,
	BR_TEMPLATE_SOLD_OUT,
	BR_TEMPLATE_NOT_FOR_SALE
};

enum br_box_kind {
	BR_BOX_TEXT,
	BR_BOX_PRICE,
	BR_BOX_BARCODE,
	BR_BOX_QR,
	BR_BOX_LINE,
	BR_BOX_RECT,
	BR_BOX_IMAGE,
	BR_BOX_STARS
};
#define BR_BOX_KIND_N 8

/* Start is the left side, or the right one where the text runs right to left. */
enum br_align { BR_ALIGN_START, BR_ALIGN_CENTER, BR_ALIGN_END, BR_ALIGN_LEFT, BR_ALIGN_RIGHT };
enum br_valign { BR_VALIGN_TOP, BR_VALIGN_MIDDLE, BR_VALIGN_BOTTOM };

struct br_box {
	enum br_box_kind kind;
	struct br_area area;
	enum br_colour colour;
	bool inverse;  /* the area is filled with the colour and the content is white */
	bool required; /* the content must be there, else drawing fails */
	struct br_str only_if, unless; /* fields; empty: always drawn */

	struct br_expression texts[BR_BOX_TEXTS_MAX]; /* the first that is whole is shown */
	unsigned text_n;
	struct br_str field; /* price, barcode, stars */

	uint16_t size_min_px, size_max_px;
	uint16_t lines;
	bool wrap, bold, strike;
	/* What does not fit is cut; never a text with an amount of money. */
	bool ellipsis, ellipsis_given;
	bool symbol; /* of the price's currency */
	bool raised; /* the decimals stand small and high */
	bool digits; /* human-readable, below a barcode */
	enum br_align align;
	enum br_valign valign;

	uint16_t dash_px;   /* line: on and off; 0 is solid */
	uint16_t border_px; /* rect: 0 is filled */
	uint16_t radius_px; /* rect */
	uint16_t scale;	    /* image: pixels per character */
	struct br_str rows[BR_BOX_ROWS_MAX];
	unsigned row_n;
};

struct br_template {
	char name[BR_TEMPLATE_NAME_BYTES_MAX + 1];
	uint32_t version;
	uint16_t w, h;
	bool red; /* it uses red; black takes its place where the display has none */
	enum br_template_state state;
	unsigned box_n;
	struct br_json *root; /* what all slices point into */
	struct br_box boxes[];
};

/*
 * Parses a template; any bytes give a template or a sentence. The caller owns it.
 * Returns 0, BR_E_INVALID, BR_E_TOO_LARGE or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_template_parse(
	struct br_str json, struct br_template **ret_template, struct br_fault *fault);

void br_template_destroy(struct br_template *template);
BR_DEFINE_CLEANUP(template, br_template_destroy)

/* 0 when the template is for a display of this size, else BR_E_INVALID naming both sizes. */
BR_MUST_CHECK int br_template_check(const struct br_template *template,
	const struct br_display *display, struct br_fault *fault);

/* "regular", "promotion", "sold_out" or "not_for_sale". */
const char *br_template_state_text(enum br_template_state state);

/* The height of a line of text at a size: DejaVu Sans's ascent and descent, each rounded up. */
unsigned br_box_line_px(unsigned size_px);

/* "text", "price", …: as in the JSON. */
const char *br_box_kind_text(enum br_box_kind kind);
