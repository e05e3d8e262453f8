#include <string.h>

#include "esl/draw_box.h"

/* Sizes of the small parts, in hundredths of the large digits' size. */
#define RAISED_PERCENT 52
#define SYMBOL_PERCENT 36
#define SYMBOL_ALONE_PERCENT 46
/* Smaller bold signs run together at one bit. */
#define SMALL_MIN_PX 9
/* A gap between parts, in hundredths of the size; at least one pixel. */
#define GAP_PERCENT 5
#define PIECES_MAX 4

/* One part of a price: a text at a size, placed from the price's own corner. */
struct piece {
	struct br_str text;
	unsigned size_px;
	int x, y;	    /* of its ink's corner */
	struct br_area ink; /* as the typesetter measured it */
	int baseline;
};

/* A price laid out at one size. */
struct price {
	struct br_money money;
	unsigned size_px;
	struct piece pieces[PIECES_MAX];
	unsigned n;
	int w, h;
};

static unsigned percent(unsigned size_px, unsigned part)
{
	unsigned px = (size_px * part + 50) / 100;

	br_assert(size_px > 0);
	if (px < SMALL_MIN_PX)
		px = size_px < SMALL_MIN_PX ? size_px : SMALL_MIN_PX;
	return px;
}

static void piece_set(
	struct br_drawing *drawing, const struct piece *piece, struct br_type_extent *ret_extent)
{
	struct br_type_style style = {.size_px = piece->size_px,
		.bold = drawing->box->bold,
		.align = BR_ALIGN_LEFT,
		.w_px = BR_TYPESET_WIDTH_FREE,
		.lines = 1,
		.wrap = true};

	br_assert(piece->size_px > 0 && piece->text.s != NULL);
	br_typeset_set(drawing->typeset, piece->text, &style, ret_extent);
}

static struct piece *piece_add(
	struct br_drawing *drawing, struct price *price, const char *text, unsigned size_px)
{
	struct piece *piece = &price->pieces[price->n++];
	struct br_type_extent extent;

	br_assert(price->n <= PIECES_MAX);
	*piece = (struct piece){.text = br_str_from(text), .size_px = size_px};
	piece_set(drawing, piece, &extent);
	piece->ink = extent.ink;
	piece->baseline = extent.baseline;
	return piece;
}

static int gap(const struct price *price)
{
	int px = (int)(price->size_px * GAP_PERCENT / 100);

	br_assert(price->size_px > 0);
	return px > 1 ? px : 1;
}

/* Puts a piece right of what is there, its ink's top at `top`. */
static void piece_append(struct price *price, struct piece *piece, int top)
{
	piece->x = price->w + (price->w > 0 ? gap(price) : 0);
	piece->y = top;
	price->w = piece->x + piece->ink.w;
	br_assert(piece->ink.w >= 0);
}

/* Where a piece's ink begins when it stands on the baseline of the large digits. */
static int top_on_baseline(const struct piece *piece, int baseline)
{
	br_assert(piece->baseline > 0);
	return baseline - (piece->baseline - piece->ink.y);
}

/*
 * The decimals stand high beside the large digits, the currency's symbol below them or, without
 * decimals, alone on the baseline.
 */
static void right_side_add(
	struct br_drawing *drawing, struct price *price, int baseline, bool symbol)
{
	const struct br_money *money = &price->money;
	unsigned small_px =
		drawing->box->raised ? percent(price->size_px, RAISED_PERCENT) : price->size_px;
	bool below = drawing->box->raised && money->decimals[0] != '\0';
	struct piece *mark, *decimals = NULL, *sign;
	int from = price->w;

	if (money->decimals[0] != '\0') {
		mark = piece_add(drawing, price, money->mark, price->size_px);
		piece_append(price, mark, top_on_baseline(mark, baseline));
		from = price->w;
		decimals = piece_add(drawing, price, money->decimals, small_px);
		piece_append(price, decimals, below ? 0 : top_on_baseline(decimals, baseline));
	}
	br_assert(from <= price->w);
	if (!symbol || money->before)
		return;
	sign = piece_add(drawing, price, money->symbol,
		percent(price->size_px, below ? SYMBOL_PERCENT : SYMBOL_ALONE_PERCENT));
	if (!below) {
		piece_append(price, sign, top_on_baseline(sign, baseline));
		return;
	}
	/* Centred below the decimals, clear of the mark before them. */
	sign->x = from + gap(price) + (decimals->ink.w - sign->ink.w) / 2;
	sign->x = sign->x > from + gap(price) ? sign->x : from + gap(price);
	sign->y = baseline - sign->ink.h;
	if (sign->x + sign->ink.w > price->w)
		price->w = sign->x + sign->ink.w;
}

/* Lays the price out at a size; nothing is painted yet. */
static void price_measure(struct br_drawing *drawing, struct price *price, unsigned size_px)
{
	const struct br_money *money = &price->money;
	bool symbol = drawing->box->symbol && money->symbol[0] != '\0';
	struct piece *whole, *sign;
	int baseline;

	price->size_px = size_px;
	price->n = 0;
	price->w = 0;
	if (symbol && money->before) {
		sign = piece_add(
			drawing, price, money->symbol, percent(size_px, SYMBOL_ALONE_PERCENT));
		piece_append(price, sign, 0);
	}
	whole = piece_add(drawing, price, money->whole, size_px);
	piece_append(price, whole, 0);
	/* Digits stand on the baseline; a group mark may reach below it. */
	baseline = whole->baseline - whole->ink.y;
	right_side_add(drawing, price, baseline, symbol);
	price->h = 0;
	for (unsigned i = 0; i < price->n; i++) {
		const struct piece *piece = &price->pieces[i];

		if (piece->y + piece->ink.h > price->h)
			price->h = piece->y + piece->ink.h;
	}
	br_assert(price->n >= 1 && price->h > 0);
}

static bool price_fits(const struct price *price, const struct br_box *box)
{
	for (unsigned i = 0; i < price->n; i++)
		if (price->pieces[i].y < 0)
			return false;
	br_assert(price->w > 0);
	return price->w <= box->area.w && price->h <= box->area.h;
}

/*
 * The size to try next, within (low, high]. A price's sides grow nearly in step with its size, so
 * after a miss the one measured tells where the fit must be, and after a fit the next size is
 * tried.
 */
static unsigned size_next(
	const struct price *price, const struct br_box *box, unsigned low, unsigned high)
{
	unsigned by_w = price->size_px * (unsigned)box->area.w / (unsigned)price->w;
	unsigned by_h = price->size_px * (unsigned)box->area.h / (unsigned)price->h;
	unsigned guess = by_w < by_h ? by_w : by_h;

	br_assert(low < high);
	if (guess <= low)
		return low + 1;
	return guess < high ? guess : high;
}

/* Lays the price out at the largest size that fits; false when none does. */
static bool price_fit(struct br_drawing *drawing, struct price *price)
{
	unsigned low = drawing->box->size_min_px, high = drawing->box->size_max_px;
	unsigned size_px = high;
	struct price best = *price; /* its pieces point into *price */
	bool found = false;

	/* Ends, because each turn either raises `low`, or lowers `high`, or is the only one. */
	for (;;) {
		price_measure(drawing, price, size_px);
		if (price_fits(price, drawing->box)) {
			best = *price;
			found = true;
			low = size_px;
		} else if (size_px > low) {
			high = size_px - 1;
		}
		if (low == high && (found || size_px == low))
			break;
		size_px = low < high ? size_next(price, drawing->box, low, high) : low;
	}
	br_assert(!found || best.size_px == low);
	*price = best;
	return found;
}

static int price_paint(struct br_drawing *drawing, const struct price *price)
{
	const struct br_box *box = drawing->box;
	int x = box->area.x, y = box->area.y;

	if (box->align == BR_ALIGN_CENTER)
		x += (box->area.w - price->w) / 2;
	else if (box->align == BR_ALIGN_END || box->align == BR_ALIGN_RIGHT)
		x += box->area.w - price->w;
	if (box->valign == BR_VALIGN_MIDDLE)
		y += (box->area.h - price->h) / 2;
	else if (box->valign == BR_VALIGN_BOTTOM)
		y += box->area.h - price->h;
	br_assert(x >= box->area.x && y >= box->area.y);
	br_drawing_ground(drawing);
	for (unsigned i = 0; i < price->n; i++) {
		const struct piece *piece = &price->pieces[i];
		struct br_type_extent extent;
		int error;

		piece_set(drawing, piece, &extent);
		error = br_typeset_paint(drawing->typeset, drawing->picture,
			x + piece->x - piece->ink.x, y + piece->y - piece->ink.y, box->area,
			br_drawing_ink(drawing));
		if (error < 0)
			return br_fault_set(drawing->fault, error, "no memory for a price");
	}
	if (box->strike)
		br_draw_strike(drawing->picture, (struct br_area){x, y, price->w, price->h},
			box->area, br_drawing_ink(drawing));
	return 0;
}

int br_draw_price(struct br_drawing *drawing)
{
	const struct br_label_field *field;
	struct price price = {.n = 0};
	int outcome = br_drawing_field(drawing, true, &field);

	if (outcome == BR_EXPRESSION_ABSENT)
		return 0;
	if (outcome == 0)
		outcome = br_format_money(drawing->format, field->milli,
			br_fields_text_of(drawing->fields, "currency"), &price.money,
			drawing->fault);
	if (outcome < 0)
		return outcome;
	br_assert(price.money.symbol != NULL);
	/* A symbol of a script that runs right to left stands left of the digits it follows. */
	if (price.money.right_to_left)
		price.money.before = !price.money.before;
	if (!price_fit(drawing, &price)) {
		br_text_clear(drawing->text);
		br_money_write(&price.money, drawing->box->symbol, drawing->text);
		return br_fault_set(drawing->fault, BR_E_TOO_LARGE,
			"%.*s does not fit %dx%d pixels at %u px",
			BR_STR_ARG(br_text_str(drawing->text)), drawing->box->area.w,
			drawing->box->area.h, drawing->box->size_min_px);
	}
	return price_paint(drawing, &price);
}
