#include "esl/template_parse.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define BIT(KIND) (1u << BR_BOX_##KIND)
#define ALL_KINDS ((1u << BR_BOX_KIND_N) - 1)
#define SET_KINDS (BIT(TEXT) | BIT(PRICE))
#define CODE_KINDS (BIT(BARCODE) | BIT(QR))
#define FIELD_KINDS (BIT(PRICE) | BIT(BARCODE) | BIT(STARS))

static const char *const kind_texts[BR_BOX_KIND_N] = {
	"text", "price", "barcode", "qr", "line", "rect", "image", "stars"};

const char *br_box_kind_text(enum br_box_kind kind)
{
	br_assert((unsigned)kind < BR_BOX_KIND_N);
	return kind_texts[kind];
}

unsigned br_box_line_px(unsigned size_px)
{
	br_assert(size_px > 0);
	return (size_px * 928 + 999) / 1000 + (size_px * 236 + 999) / 1000;
}

/* What a box is read against. */
struct reading {
	const struct br_template *template;
	struct br_box *box;
	const struct member *member; /* the one that is read */
	struct br_fault *fault;
};

/* The schema's line for one member. */
struct member {
	const char *name;
	int (*read)(struct reading *r, const struct br_json *value);
	unsigned allowed, needed; /* bits by kind */
	size_t offset;		  /* of a plain flag, number or field within the box */
	uint16_t min, max;	  /* of a plain number */
};

int br_template_number(const struct br_json *value, const char *name, int64_t min, int64_t max,
	int64_t *ret_number, struct br_fault *fault)
{
	int64_t number = 0;

	br_assert(min <= max);
	if (!br_json_i64(value, &number))
		return br_fault_set(fault, BR_E_INVALID,
			"%s is %s; a whole number from %lld to %lld is needed", name,
			br_json_kind(value) == BR_JSON_NUMBER
				? "not whole"
				: br_json_kind_text(br_json_kind(value)),
			(long long)min, (long long)max);
	if (number < min || number > max)
		return br_fault_set(fault, BR_E_INVALID, "%s is %lld; %lld to %lld is allowed",
			name, (long long)number, (long long)min, (long long)max);
	*ret_number = number;
	return 0;
}

int br_template_word(const struct br_json *value, const char *name, const char *const *words,
	size_t n, unsigned *ret_index, struct br_fault *fault)
{
	char list[160] = "";
	struct br_str word = {NULL, 0};
	bool text = br_json_string(value, &word);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (text && br_str_is(word, words[i])) {
			*ret_index = (unsigned)i;
			return 0;
		}
		used += (size_t)snprintf(
			list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", words[i]);
		br_assert(used < sizeof(list));
	}
	if (!text)
		return br_fault_set(fault, BR_E_INVALID, "%s is %s; one of %s is needed", name,
			br_json_kind_text(br_json_kind(value)), list);
	return br_fault_set(fault, BR_E_INVALID, "%s is \"%.*s\"; one of %s is needed", name,
		BR_STR_ARG(word), list);
}

/* Where in the box a plain member goes. */
static void *place_of(const struct reading *r)
{
	br_assert(r->member->offset < sizeof(struct br_box));
	return (char *)r->box + r->member->offset;
}

static int u16_read(struct reading *r, const struct br_json *value, int64_t min, int64_t max,
	uint16_t *ret_number)
{
	int64_t number = 0;
	int error = br_template_number(value, r->member->name, min, max, &number, r->fault);

	br_assert(min >= 0 && max <= UINT16_MAX);
	if (error == 0)
		*ret_number = (uint16_t)number;
	return error;
}

static int number_read(struct reading *r, const struct br_json *value)
{
	br_assert(r->member->max > 0);
	return u16_read(r, value, r->member->min, r->member->max, place_of(r));
}

static int flag_read(struct reading *r, const struct br_json *value)
{
	br_assert(r->member->max == 0);
	if (br_json_bool(value, place_of(r)))
		return 0;
	return br_fault_set(r->fault, BR_E_INVALID, "%s is %s; true or false is needed",
		r->member->name, br_json_kind_text(br_json_kind(value)));
}

static int field_read(struct reading *r, const struct br_json *value)
{
	struct br_str field, *place = place_of(r);

	br_assert(place->n == 0);
	if (!br_json_string(value, &field))
		return br_fault_set(r->fault, BR_E_INVALID, "%s is %s; a field's name is needed",
			r->member->name, br_json_kind_text(br_json_kind(value)));
	if (!br_fields_known(field))
		return br_fault_set(r->fault, BR_E_INVALID,
			"%s names the unknown field \"%.*s\"; own fields begin with x_",
			r->member->name, BR_STR_ARG(field));
	*place = field;
	return 0;
}

/* A place or a length along one side; that the box stays inside is checked when all is read. */
static int x_read(struct reading *r, const struct br_json *value)
{
	char letter = r->member->name[0];
	bool place = letter == 'x' || letter == 'y';
	int side = letter == 'x' || letter == 'w' ? r->template->w : r->template->h;
	int64_t number = 0;
	int error = br_template_number(
		value, r->member->name, place ? 0 : 1, place ? side - 1 : side, &number, r->fault);

	if (error < 0)
		return error;
	br_assert(number <= side);
	*(int *)place_of(r) = (int)number;
	return 0;
}

static int colour_read(struct reading *r, const struct br_json *value)
{
	static const char *const names[BR_COLOUR_N] = {"white", "black", "red"};
	unsigned index = 0;
	int error = br_template_word(value, r->member->name, names, BR_COLOUR_N, &index, r->fault);

	if (error < 0)
		return error;
	if (index == BR_COLOUR_RED && !r->template->red)
		return br_fault_set(r->fault, BR_E_INVALID,
			"colour is red, which the template's colours do not list");
	br_assert(index < BR_COLOUR_N);
	r->box->colour = (enum br_colour)index;
	return 0;
}

static int one_text_read(struct reading *r, const struct br_json *value)
{
	struct br_box *box = r->box;
	struct br_str text;
	int error;

	if (!br_json_string(value, &text))
		return br_fault_set(r->fault, BR_E_INVALID,
			"text is %s; a text or a list of texts is needed",
			br_json_kind_text(br_json_kind(value)));
	if (box->text_n == BR_BOX_TEXTS_MAX)
		return br_fault_set(r->fault, BR_E_TOO_LARGE, "text has more than %d alternatives",
			BR_BOX_TEXTS_MAX);
	error = br_expression_parse(text, &box->texts[box->text_n], r->fault);
	if (error < 0)
		return error;
	box->text_n++;
	br_assert(box->text_n <= BR_BOX_TEXTS_MAX);
	return 0;
}

static int text_read(struct reading *r, const struct br_json *value)
{
	br_assert(r->box->text_n == 0);
	if (br_json_kind(value) != BR_JSON_ARRAY)
		return one_text_read(r, value);
	if (br_json_count(value) == 0)
		return br_fault_set(r->fault, BR_E_INVALID,
			"text is an empty list; at least one text is needed");
	BR_JSON_EACH (one, value) {
		int error = one_text_read(r, one);

		if (error < 0)
			return error;
	}
	return 0;
}

/* One size, or [smallest, largest]. */
static int size_read(struct reading *r, const struct br_json *value)
{
	const struct br_json *first = br_json_first(value);
	uint16_t min = 0, max = 0;
	int error;

	if (br_json_kind(value) != BR_JSON_ARRAY) {
		error = u16_read(r, value, BR_BOX_SIZE_MIN_PX, BR_BOX_SIZE_MAX_PX, &min);
		max = min;
	} else if (br_json_count(value) == 2) {
		error = u16_read(r, first, BR_BOX_SIZE_MIN_PX, BR_BOX_SIZE_MAX_PX, &min);
		if (error == 0)
			error = u16_read(r, br_json_next(first), min, BR_BOX_SIZE_MAX_PX, &max);
	} else {
		return br_fault_set(r->fault, BR_E_INVALID,
			"size is a list of %zu; one number or [smallest, largest] is needed",
			br_json_count(value));
	}
	if (error < 0)
		return error;
	br_assert(min <= max);
	r->box->size_min_px = min;
	r->box->size_max_px = max;
	return 0;
}

static int ellipsis_read(struct reading *r, const struct br_json *value)
{
	br_assert(!r->box->ellipsis_given);
	r->box->ellipsis_given = true;
	return flag_read(r, value);
}

static int align_read(struct reading *r, const struct br_json *value)
{
	static const char *const words[] = {"start", "center", "end", "left", "right"};
	unsigned index = 0;
	int error = br_template_word(
		value, r->member->name, words, BR_ARRAY_LEN(words), &index, r->fault);

	if (error == 0)
		r->box->align = (enum br_align)index;
	return error;
}

static int valign_read(struct reading *r, const struct br_json *value)
{
	static const char *const words[] = {"top", "middle", "bottom"};
	unsigned index = 0;
	int error = br_template_word(
		value, r->member->name, words, BR_ARRAY_LEN(words), &index, r->fault);

	if (error == 0)
		r->box->valign = (enum br_valign)index;
	return error;
}

/* Image rows are texts of "." (nothing), "#" (the box's colour), "k", "r" and "w". */
static int rows_read(struct reading *r, const struct br_json *value)
{
	br_assert(r->box->row_n == 0);
	if (br_json_kind(value) != BR_JSON_ARRAY || br_json_count(value) == 0 ||
		br_json_count(value) > BR_BOX_ROWS_MAX)
		return br_fault_set(r->fault, BR_E_INVALID, "rows must be a list of 1 to %d texts",
			BR_BOX_ROWS_MAX);
	BR_JSON_EACH (one, value) {
		struct br_str row;

		if (!br_json_string(one, &row) || row.n == 0 ||
			strspn(row.s, r->template->red ? ".#kwr" : ".#kw") != row.n)
			return br_fault_set(r->fault, BR_E_INVALID,
				"row %u must be a text of the characters .#kw%s", r->box->row_n + 1,
				r->template->red ? "r" : "");
		r->box->rows[r->box->row_n++] = row;
	}
	return 0;
}

static int kind_skip(struct reading *r, const struct br_json *value)
{
	br_assert(r->member->offset == 0 && value != NULL);
	return 0;
}

/* For the table: a member that goes into the box as it is. */
#define PLAIN(FIELD) .offset = offsetof(struct br_box, FIELD)

/* The schema: which box has which member, and which it must have. */
static const struct member members[] = {
	{"type", kind_skip, ALL_KINDS, 0, 0, 0, 0},
	{"note", kind_skip, ALL_KINDS, 0, 0, 0, 0},
	{"x", x_read, ALL_KINDS, ALL_KINDS, PLAIN(area.x)},
	{"y", x_read, ALL_KINDS, ALL_KINDS, PLAIN(area.y)},
	{"w", x_read, ALL_KINDS, ALL_KINDS, PLAIN(area.w)},
	{"h", x_read, ALL_KINDS, ALL_KINDS, PLAIN(area.h)},
	{"colour", colour_read, ALL_KINDS & ~CODE_KINDS, 0, 0, 0, 0},
	{"inverse", flag_read, SET_KINDS, 0, PLAIN(inverse)},
	{"if", field_read, ALL_KINDS, 0, PLAIN(only_if)},
	{"unless", field_read, ALL_KINDS, 0, PLAIN(unless)},
	{"required", flag_read, SET_KINDS | CODE_KINDS, 0, PLAIN(required)},
	{"text", text_read, BIT(TEXT) | BIT(QR), BIT(TEXT) | BIT(QR), 0, 0, 0},
	{"field", field_read, FIELD_KINDS, FIELD_KINDS, PLAIN(field)},
	{"size", size_read, SET_KINDS, SET_KINDS, 0, 0, 0},
	{"lines", number_read, BIT(TEXT), 0, PLAIN(lines), 1, BR_BOX_LINES_MAX},
	{"wrap", flag_read, BIT(TEXT), 0, PLAIN(wrap)},
	{"ellipsis", ellipsis_read, BIT(TEXT), 0, PLAIN(ellipsis)},
	{"bold", flag_read, SET_KINDS, 0, PLAIN(bold)},
	{"strike", flag_read, SET_KINDS, 0, PLAIN(strike)},
	{"symbol", flag_read, BIT(PRICE), 0, PLAIN(symbol)},
	{"raised", flag_read, BIT(PRICE), 0, PLAIN(raised)},
	{"digits", flag_read, BIT(BARCODE), 0, PLAIN(digits)},
	{"align", align_read, SET_KINDS | CODE_KINDS | BIT(STARS), 0, 0, 0, 0},
	{"valign", valign_read, SET_KINDS | BIT(QR), 0, 0, 0, 0},
	{"dash", number_read, BIT(LINE), 0, PLAIN(dash_px), 0, 64},
	{"border", number_read, BIT(RECT), 0, PLAIN(border_px), 0, 64},
	{"radius", number_read, BIT(RECT), 0, PLAIN(radius_px), 0, 200},
	{"scale", number_read, BIT(IMAGE), 0, PLAIN(scale), 1, BR_BOX_SCALE_MAX},
	{"rows", rows_read, BIT(IMAGE), BIT(IMAGE), 0, 0, 0},
};

static int unknown_member(enum br_box_kind kind, struct br_str name, struct br_fault *fault)
{
	char list[240] = "";
	size_t used = 0;

	for (size_t i = 0; i < BR_ARRAY_LEN(members); i++) {
		if ((members[i].allowed & 1u << kind) == 0)
			continue;
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
			used > 0 ? ", " : "", members[i].name);
		br_assert(used < sizeof(list));
	}
	return br_fault_set(fault, BR_E_INVALID, "unknown member \"%.*s\"; allowed are %s",
		BR_STR_ARG(name), list);
}

static const struct member *member_find(enum br_box_kind kind, struct br_str name)
{
	br_assert((unsigned)kind < BR_BOX_KIND_N);
	for (size_t i = 0; i < BR_ARRAY_LEN(members); i++)
		if ((members[i].allowed & 1u << kind) != 0 && br_str_is(name, members[i].name))
			return &members[i];
	return NULL;
}

static int members_read(struct reading *r, const struct br_json *json)
{
	enum br_box_kind kind = r->box->kind;
	uint32_t seen = 0;

	static_assert(BR_ARRAY_LEN(members) <= 32, "a bit per member");
	BR_JSON_EACH (value, json) {
		const struct member *member = member_find(kind, br_json_name(value));
		int error;

		if (member == NULL)
			return unknown_member(kind, br_json_name(value), r->fault);
		if ((seen & 1u << (member - members)) != 0)
			return br_fault_set(
				r->fault, BR_E_INVALID, "%s is given twice", member->name);
		seen |= 1u << (member - members);
		br_assert(member->read != NULL);
		r->member = member;
		error = member->read(r, value);
		if (error < 0)
			return error;
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(members); i++)
		if ((members[i].needed & 1u << kind) != 0 && (seen & 1u << i) == 0)
			return br_fault_set(
				r->fault, BR_E_INVALID, "%s is missing", members[i].name);
	return 0;
}

/* An amount that is cut reads as another amount, so it is shown whole or not at all. */
static int ellipsis_check(struct br_box *box, struct br_fault *fault)
{
	bool amount = false;

	br_assert(box->text_n <= BR_BOX_TEXTS_MAX);
	for (unsigned i = 0; i < box->text_n; i++)
		amount = amount || br_expression_amount(&box->texts[i]);
	if (!amount)
		return 0;
	if (box->ellipsis_given && box->ellipsis)
		return br_fault_set(fault, BR_E_INVALID,
			"ellipsis is true; a text with an amount of money must not be cut");
	box->ellipsis = false;
	return 0;
}

static int set_check(const struct br_box *box, struct br_fault *fault)
{
	int lines = box->kind == BR_BOX_TEXT ? box->lines : 1;
	int line_px = box->kind == BR_BOX_TEXT ? (int)br_box_line_px(box->size_min_px)
					       : box->size_min_px * 7 / 10;

	br_assert(box->size_min_px <= box->size_max_px);
	if (box->area.h < lines * line_px)
		return br_fault_set(fault, BR_E_INVALID,
			"h is %d; %d line%s of %u px need at least %d", box->area.h, lines,
			lines > 1 ? "s" : "", box->size_min_px, lines * line_px);
	return 0;
}

static int least_check(
	const struct br_box *box, int w, int h, const char *what, struct br_fault *fault)
{
	br_assert(w > 0 && h > 0);
	if (box->area.w < w || box->area.h < h)
		return br_fault_set(fault, BR_E_INVALID,
			"%dx%d pixels; %s needs at least %dx%d, quiet zones included", box->area.w,
			box->area.h, what, w, h);
	return 0;
}

static int image_check(const struct br_box *box, struct br_fault *fault)
{
	br_assert(box->row_n <= BR_BOX_ROWS_MAX);
	for (unsigned i = 0; i < box->row_n; i++)
		if (box->rows[i].n * box->scale > (size_t)box->area.w)
			return br_fault_set(fault, BR_E_INVALID,
				"row %u is %zu pixels wide; w is %d", i + 1,
				box->rows[i].n * box->scale, box->area.w);
	if (box->row_n * box->scale > (unsigned)box->area.h)
		return br_fault_set(fault, BR_E_INVALID, "the rows are %u pixels high; h is %d",
			box->row_n * box->scale, box->area.h);
	return 0;
}

static int box_check(struct br_box *box, const struct br_template *template, struct br_fault *fault)
{
	int error;

	br_assert(box->area.x >= 0 && box->area.y >= 0);
	if (box->area.x + box->area.w > template->w || box->area.y + box->area.h > template->h)
		return br_fault_set(fault, BR_E_INVALID,
			"it ends at (%d, %d), outside the template's %ux%u pixels",
			box->area.x + box->area.w, box->area.y + box->area.h, template->w,
			template->h);
	switch (box->kind) {
	case BR_BOX_TEXT:
	case BR_BOX_PRICE:
		error = ellipsis_check(box, fault);
		return error < 0 ? error : set_check(box, fault);
	case BR_BOX_BARCODE:
		return least_check(
			box, BR_EAN_WIDTH_MIN_PX, BR_EAN_HEIGHT_MIN_PX, "an EAN-13", fault);
	case BR_BOX_QR:
		return least_check(box, BR_QR_SIDE_MIN_PX, BR_QR_SIDE_MIN_PX, "a QR code", fault);
	case BR_BOX_IMAGE:
		return image_check(box, fault);
	case BR_BOX_LINE:
	case BR_BOX_RECT:
	case BR_BOX_STARS:
		return 0;
	}
	return 0;
}

static void box_defaults(struct br_box *box, enum br_box_kind kind)
{
	*box = (struct br_box){.kind = kind,
		.colour = BR_COLOUR_BLACK,
		.lines = 1,
		.wrap = true,
		.ellipsis = true,
		.bold = kind == BR_BOX_PRICE,
		/* A label without its price is worse than the label it replaces. */
		.required = kind == BR_BOX_PRICE,
		.symbol = true,
		.raised = true,
		.scale = 1};
}

int br_box_parse(const struct br_json *json, unsigned number, const struct br_template *template,
	struct br_box *ret_box, struct br_fault *fault)
{
	struct reading r = {.template = template, .box = ret_box, .fault = fault};
	char prefix[48];
	unsigned kind = 0;
	int error;

	br_assert(number >= 1 && number <= BR_TEMPLATE_BOXES_MAX);
	(void)snprintf(prefix, sizeof(prefix), "box %u", number);
	error = br_json_kind(json) == BR_JSON_OBJECT
			? br_template_word(br_json_member(json, "type"), "type", kind_texts,
				  BR_BOX_KIND_N, &kind, fault)
			: br_fault_set(fault, BR_E_INVALID, "it is %s; an object is needed",
				  br_json_kind_text(br_json_kind(json)));
	if (error == 0) {
		(void)snprintf(prefix, sizeof(prefix), "box %u (%s)", number, kind_texts[kind]);
		box_defaults(ret_box, (enum br_box_kind)kind);
		error = members_read(&r, json);
	}
	if (error == 0)
		error = box_check(ret_box, template, fault);
	if (error < 0)
		br_fault_prefix(fault, prefix);
	return error;
}
