#include "esl/barcode.h"
#include "esl/draw_box.h"
#include "esl/qr.h"

#define STARS 5
/* The digits below a barcode: their size and the height they take from the bars. */
#define DIGIT_SIZE_PX 12
#define DIGIT_SIZE_TALL_PX 15
#define BARCODE_TALL_PX 60

static int digit_paint(
	struct br_drawing *drawing, char digit, unsigned size_px, int centre, int bottom)
{
	struct br_type_style style = {.size_px = size_px,
		.align = BR_ALIGN_LEFT,
		.w_px = BR_TYPESET_WIDTH_FREE,
		.lines = 1,
		.wrap = true};
	struct br_type_extent extent;
	int error;

	br_assert(digit >= '0' && digit <= '9');
	br_typeset_set(drawing->typeset, (struct br_str){&digit, 1}, &style, &extent);
	error = br_typeset_paint(drawing->typeset, drawing->picture, centre - extent.w / 2,
		bottom - extent.baseline, drawing->box->area, BR_COLOUR_BLACK);
	if (error < 0)
		return br_fault_set(drawing->fault, error, "no memory for a digit");
	return 0;
}

static int barcode_paint(struct br_drawing *drawing, const struct br_barcode *barcode)
{
	const struct br_box *box = drawing->box;
	unsigned size_px = box->area.h >= BARCODE_TALL_PX ? DIGIT_SIZE_TALL_PX : DIGIT_SIZE_PX;
	/* Digits are three quarters of their size high; a row stays white above them. */
	int digits_px = box->digits ? (int)size_px * 3 / 4 + 2 : 0;
	int room = box->area.w - (int)(barcode->quiet_left + barcode->n + barcode->quiet_right) *
					 BR_EAN_MODULE_PX;
	int x = box->area.x + (int)barcode->quiet_left * BR_EAN_MODULE_PX;
	int error = 0;

	br_assert(room >= 0);
	if (box->align == BR_ALIGN_CENTER)
		x += room / 2;
	else if (box->align == BR_ALIGN_END || box->align == BR_ALIGN_RIGHT)
		x += room;
	for (unsigned i = 0; i < barcode->n; i++) {
		int h = box->area.h - (barcode->guards[i] ? digits_px / 2 : digits_px);

		if (barcode->bars[i])
			br_picture_fill(drawing->picture,
				(struct br_area){x + (int)i * BR_EAN_MODULE_PX, box->area.y,
					BR_EAN_MODULE_PX, h},
				BR_COLOUR_BLACK);
	}
	for (unsigned i = 0; box->digits && barcode->digits[i] != '\0' && error == 0; i++)
		error = digit_paint(drawing, barcode->digits[i], size_px,
			x + barcode->centres[i] * BR_EAN_MODULE_PX / 2, box->area.y + box->area.h);
	return error;
}

int br_draw_barcode(struct br_drawing *drawing)
{
	const struct br_label_field *field;
	struct br_barcode barcode;
	int outcome = br_drawing_field(drawing, false, &field);

	if (outcome == 0)
		outcome = br_barcode_encode(field->text, &barcode, drawing->fault);
	/* Absent, or a trade unit that has no EAN symbol: the place stays white. */
	if (outcome > 0)
		return 0;
	if (outcome < 0)
		return outcome;
	br_assert(barcode.n > 0);
	return barcode_paint(drawing, &barcode);
}

/* The first pixel of `size` pixels in `room` by an alignment given as 0 start, 1 middle, 2 end. */
static int aligned(int from, int room, int size, int where)
{
	br_assert(where >= 0 && where <= 2);
	return from + (room - size) * where / 2;
}

int br_draw_qr(struct br_drawing *drawing)
{
	const struct br_box *box = drawing->box;
	int side = box->area.w < box->area.h ? box->area.w : box->area.h;
	int across = box->align == BR_ALIGN_CENTER				  ? 1
		     : box->align == BR_ALIGN_END || box->align == BR_ALIGN_RIGHT ? 2
										  : 0;
	int outcome = br_drawing_text(drawing), module, x, y;
	struct br_qr qr;

	if (outcome == 0)
		outcome = br_qr_encode(br_text_str(drawing->text),
			(unsigned)side / BR_QR_MODULE_MIN_PX - 2 * BR_QR_QUIET, &qr,
			drawing->fault);
	if (outcome != 0)
		return outcome < 0 ? outcome : 0;
	module = side / (int)(qr.side + 2 * BR_QR_QUIET);
	br_assert(module >= BR_QR_MODULE_MIN_PX);
	side = module * (int)(qr.side + 2 * BR_QR_QUIET);
	x = aligned(box->area.x, box->area.w, side, across) + module * BR_QR_QUIET;
	y = aligned(box->area.y, box->area.h, side, (int)box->valign) + module * BR_QR_QUIET;
	for (unsigned i = 0; i < qr.side * qr.side; i++)
		if (qr.dark[i])
			br_picture_fill(drawing->picture,
				(struct br_area){x + (int)(i % qr.side) * module,
					y + (int)(i / qr.side) * module, module, module},
				BR_COLOUR_BLACK);
	return 0;
}

int br_draw_line(struct br_drawing *drawing)
{
	struct br_area area = drawing->box->area, dash = area;
	int on = drawing->box->dash_px;
	bool across = area.w >= area.h;
	int length = across ? area.w : area.h;

	br_assert(area.w > 0 && area.h > 0);
	if (on == 0) {
		br_picture_fill(drawing->picture, area, drawing->box->colour);
		return 0;
	}
	for (int from = 0; from < length; from += 2 * on) {
		int n = length - from < on ? length - from : on;

		if (across) {
			dash.x = area.x + from;
			dash.w = n;
		} else {
			dash.y = area.y + from;
			dash.h = n;
		}
		br_picture_fill(drawing->picture, dash, drawing->box->colour);
	}
	return 0;
}

/* How far a rounded rectangle's row is drawn in; places are doubled to stand on pixel centres. */
static int row_inset(int y, int h, int radius)
{
	int from_edge = y < h - 1 - y ? y : h - 1 - y;
	int dy = 2 * (radius - from_edge) - 1;
	int inset = 0;

	br_assert(from_edge >= 0);
	if (from_edge >= radius)
		return 0;
	while (inset < radius) {
		int dx = 2 * (radius - inset) - 1;

		if (dx * dx + dy * dy <= 4 * radius * radius)
			break;
		inset++;
	}
	return inset;
}

static void rounded_fill(
	struct br_picture *picture, struct br_area area, int radius, enum br_colour colour)
{
	int most = (area.w < area.h ? area.w : area.h) / 2;

	radius = radius < most ? radius : most;
	radius = radius > 0 ? radius : 0;
	for (int y = 0; y < area.h; y++) {
		int inset = row_inset(y, area.h, radius);

		br_assert(inset <= radius);
		br_picture_fill(picture,
			(struct br_area){area.x + inset, area.y + y, area.w - 2 * inset, 1},
			colour);
	}
}

int br_draw_rect(struct br_drawing *drawing)
{
	const struct br_box *box = drawing->box;
	int border = box->border_px;
	struct br_area inner = {box->area.x + border, box->area.y + border,
		box->area.w - 2 * border, box->area.h - 2 * border};

	br_assert(box->area.w > 0 && box->area.h > 0);
	rounded_fill(drawing->picture, box->area, box->radius_px, box->colour);
	if (border > 0 && inner.w > 0 && inner.h > 0)
		rounded_fill(drawing->picture, inner, box->radius_px - border, BR_COLOUR_WHITE);
	return 0;
}

int br_draw_image(struct br_drawing *drawing)
{
	const struct br_box *box = drawing->box;

	br_assert(box->row_n > 0 && box->scale > 0);
	for (unsigned y = 0; y < box->row_n; y++) {
		for (size_t x = 0; x < box->rows[y].n; x++) {
			char c = box->rows[y].s[x];
			enum br_colour colour = c == 'k'   ? BR_COLOUR_BLACK
						: c == 'w' ? BR_COLOUR_WHITE
						: c == 'r' ? BR_COLOUR_RED
							   : box->colour;

			if (c != '.')
				br_picture_fill(drawing->picture,
					(struct br_area){box->area.x + (int)x * box->scale,
						box->area.y + (int)y * box->scale, box->scale,
						box->scale},
					colour);
		}
	}
	return 0;
}

/* A five-pointed star in a square of 2000 units, its points and its inner corners in turn. */
static const int16_t star_points[10][2] = {{1000, 50}, {1224, 692}, {1904, 706}, {1362, 1117},
	{1559, 1768}, {1000, 1380}, {441, 1768}, {638, 1117}, {96, 706}, {776, 692}};

/* Whether a pixel's centre is inside the star: edges crossed on the way left, counted. */
static bool star_covers(int x, int y, int side)
{
	int64_t px = (2 * (int64_t)x + 1) * 1000 / side, py = (2 * (int64_t)y + 1) * 1000 / side;
	bool inside = false;

	br_assert(side > 0);
	for (unsigned i = 0, j = 9; i < 10; j = i++) {
		int64_t ax = star_points[i][0], ay = star_points[i][1];
		int64_t bx = star_points[j][0], by = star_points[j][1];

		if ((ay > py) != (by > py)) {
			int64_t cross = (px - ax) * (by - ay) - (bx - ax) * (py - ay);

			inside = inside != (by > ay ? cross < 0 : cross > 0);
		}
	}
	return inside;
}

/* A pixel of the star whose neighbour is outside belongs to its outline. */
static bool star_outline(int x, int y, int side)
{
	br_assert(x >= 0 && x < side && y >= 0 && y < side);
	return !star_covers(x - 1, y, side) || !star_covers(x + 1, y, side) ||
	       !star_covers(x, y - 1, side) || !star_covers(x, y + 1, side);
}

/* Paints one star of which the left `filled` pixels are solid and the rest an outline. */
static void star_paint(struct br_drawing *drawing, int from_x, int from_y, int side, int filled)
{
	br_assert(filled >= 0 && filled <= side);
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++)
			if (star_covers(x, y, side) && (x < filled || star_outline(x, y, side)))
				br_picture_set(drawing->picture, from_x + x, from_y + y,
					drawing->box->colour);
}

int br_draw_stars(struct br_drawing *drawing)
{
	const struct br_box *box = drawing->box;
	const struct br_label_field *field;
	int outcome = br_drawing_field(drawing, true, &field);
	int side = box->area.w / STARS < box->area.h ? box->area.w / STARS : box->area.h;
	int halves, x = box->area.x;

	if (outcome != 0)
		return outcome < 0 ? outcome : 0;
	if (field->milli < 0 || field->milli > STARS * 1000)
		return br_fault_set(drawing->fault, BR_E_INVALID,
			"%s is %.3f; 0 to 5 stars are allowed", field->name,
			(double)field->milli / 1000.0);
	br_assert(side >= 0);
	if (box->align == BR_ALIGN_CENTER)
		x += (box->area.w - STARS * side) / 2;
	else if (box->align == BR_ALIGN_END || box->align == BR_ALIGN_RIGHT)
		x += box->area.w - STARS * side;
	/* To the nearest half star. */
	halves = (int)((field->milli + 250) / 500);
	for (int i = 0; i < STARS && side > 0; i++) {
		int left = halves - 2 * i;

		star_paint(drawing, x + i * side, box->area.y, side,
			left >= 2   ? side
			: left == 1 ? side / 2
				    : 0);
	}
	return 0;
}
