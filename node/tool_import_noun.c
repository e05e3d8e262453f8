/* The columns of each noun, and how their cells become JSON. */
#include "node/tool_import.h"

#include <stdio.h>
#include <string.h>

#include "node/command.h"
#include "node/time.h"

static const struct br_import_column product_columns[] = {
	{.name = "sku", .member = "sku", .required = true},
	{.name = "name", .member = "name", .required = true},
	{.name = "lang", .member = "lang"},
	{.name = "names", .member = "names", .cell = BR_CELL_NAMES},
	{.name = "brand", .member = "brand"},
	{.name = "gtins", .member = "gtins", .cell = BR_CELL_GTINS},
	{.name = "sold_by", .member = "sold_by"},
	{.name = "content", .member = "content", .number = true},
	{.name = "content_unit", .member = "content_unit"},
	{.name = "category", .member = "category"},
	{.name = "image", .member = "image"},
	{.name = "origin", .member = "origin"},
	{.name = "allergens", .member = "allergens"},
	{.name = "tax", .member = "tax"},
	{.name = "age", .member = "age", .number = true},
	{.name = "fragile", .member = "fragile", .cell = BR_CELL_TRUTH},
	{.name = "deposit", .member = "deposit", .number = true},
	{.name = "not_stocked", .member = "not_stocked", .cell = BR_CELL_TRUTH},
	{.name = "rating", .member = "rating", .number = true},
	{.name = "reviews", .member = "reviews", .number = true},
	{.name = "case_size", .member = "case_size", .number = true},
	{.name = "supplier", .member = "supplier"},
	{.name = "min", .member = "min", .number = true},
	{.name = "max", .member = "max", .number = true},
	{.name = "track_expiry", .member = "track_expiry", .cell = BR_CELL_TRUTH},
	{.name = "markdown_days", .member = "markdown_days", .number = true},
	{.name = "price", .member = "amount", .number = true, .price = true},
	{.name = "currency", .member = "currency", .price = true},
};

static const struct br_import_column price_columns[] = {
	{.name = "sku", .member = "sku", .required = true},
	{.name = "kind", .member = "kind"},
	{.name = "price", .member = "amount", .number = true, .required = true},
	{.name = "currency", .member = "currency"},
	{.name = "from", .member = "from", .cell = BR_CELL_TIME},
	{.name = "to", .member = "to", .cell = BR_CELL_TIME},
	{.name = "source", .member = "source"},
	{.name = "reason", .member = "reason"},
};

static const struct br_import_column stock_columns[] = {
	{.name = "sku", .member = "sku", .required = true},
	{.name = "bucket", .member = "bucket"},
	{.name = "quantity", .member = "quantity", .number = true, .required = true},
	{.name = "reason", .member = "reason"},
};

static const struct br_import_column position_columns[] = {
	{.name = "sku", .member = "sku", .required = true},
	{.name = "department", .member = "department", .item = true},
	{.name = "aisle", .member = "aisle", .item = true},
	{.name = "bay", .member = "bay", .item = true},
	{.name = "shelf", .member = "shelf", .item = true},
	{.name = "position", .member = "position", .item = true},
};

static const struct br_import_noun nouns[] = {
	{"products", "product.upsert", NULL, product_columns, BR_ARRAY_LEN(product_columns), 1},
	{"prices", "price.set", NULL, price_columns, BR_ARRAY_LEN(price_columns), 0},
	{"stock", "stock.set", NULL, stock_columns, BR_ARRAY_LEN(stock_columns), 2},
	{"positions", "product.place", "positions", position_columns,
		BR_ARRAY_LEN(position_columns), 0},
};

const struct br_import_noun *br_import_noun_named(const char *name)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(nouns); i++) {
		br_assert(nouns[i].column_n <= BR_IMPORT_COLUMNS_MAX);
		if (strcmp(nouns[i].name, name) == 0)
			return &nouns[i];
	}
	return NULL;
}

void br_import_columns_list(const struct br_import_noun *noun, char *ret_text, size_t size)
{
	size_t n = 0;

	ret_text[0] = '\0';
	for (unsigned i = 0; i < noun->column_n && n < size; i++)
		n += (size_t)snprintf(
			ret_text + n, size - n, "%s%s", i > 0 ? ", " : "", noun->columns[i].name);
	br_assert(noun->column_n > 0);
}

const struct br_shape *br_import_item_shape(const struct br_import_noun *noun)
{
	const struct br_shape *shape = br_command_type_named(br_str_from(noun->type))->shape;
	unsigned i = 0;

	br_assert(noun->list != NULL);
	while (i < shape->field_n && strcmp(shape->fields[i].name, noun->list) != 0)
		i++;
	br_assert(i < shape->field_n && shape->fields[i].item != NULL);
	return shape->fields[i].item;
}

const struct br_import_column *br_import_fault_column(
	const struct br_import_noun *noun, struct br_str fault, const char *type)
{
	bool price = strcmp(type, "price.set") == 0;
	size_t best_n = 0;
	const struct br_import_column *best = NULL;

	br_assert(noun->column_n <= BR_IMPORT_COLUMNS_MAX);
	for (unsigned i = 0; i < noun->column_n; i++) {
		const struct br_import_column *column = &noun->columns[i];
		size_t n = strlen(column->member);

		if ((column->price && !price) || !br_str_starts(fault, column->member) ||
			n <= best_n || fault.n <= n || fault.s[n] != ':')
			continue;
		best = column;
		best_n = n;
	}
	return best;
}

void br_import_parts(struct br_str cell, const char *separators,
	void (*each)(void *context, struct br_str part), void *context)
{
	br_assert(separators[0] != '\0');
	while (cell.n > 0) {
		size_t n = 0;

		while (n < cell.n && (cell.s[n] == '\0' || strchr(separators, cell.s[n]) == NULL))
			n++;
		if (n > 0)
			each(context, (struct br_str){cell.s, n});
		n += n < cell.n;
		cell = (struct br_str){cell.s + n, cell.n - n};
	}
}

static void gtin_write(void *context, struct br_str part)
{
	br_json_out_string(context, NULL, part);
}

static struct br_str trimmed(struct br_str text)
{
	while (text.n > 0 && text.s[0] == ' ')
		text = (struct br_str){text.s + 1, text.n - 1};
	while (text.n > 0 && text.s[text.n - 1] == ' ')
		text.n--;
	return text;
}

/* "fr: Jus de pomme"; without a language the command's shape says what is missing. */
static void name_write(void *context, struct br_str part)
{
	struct br_json_out *out = context;
	struct br_str lang = {NULL, 0};

	br_assert(part.n > 0);
	if (memchr(part.s, ':', part.n) != NULL)
		lang = trimmed(br_str_split(&part, ':'));
	br_json_out_object(out, NULL);
	br_json_out_string(out, "lang", lang);
	br_json_out_string(out, "text", trimmed(part));
	br_json_out_end(out);
}

static bool truth_read(struct br_str cell, bool *ret_truth)
{
	static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};

	for (size_t i = 0; i < BR_ARRAY_LEN(words); i++)
		if (br_str_is(cell, words[i])) {
			*ret_truth = i % 2 == 1;
			return true;
		}
	return false;
}

/* Digits, and at most a sign and a point: what JSON has as a number. */
static bool number_is(struct br_str cell)
{
	size_t digits = 0, points = 0, from = cell.n > 0 && cell.s[0] == '-';

	for (size_t i = from; i < cell.n; i++) {
		digits += cell.s[i] >= '0' && cell.s[i] <= '9';
		points += cell.s[i] == '.';
	}
	if (digits == 0 || points > 1 || digits + points + from != cell.n || digits > 15)
		return false;
	/* JSON has no leading zeros, and a digit on both sides of the point. */
	if (cell.s[cell.n - 1] == '.' || cell.s[from] == '.')
		return false;
	return cell.s[from] != '0' || cell.n == from + 1 || cell.s[from + 1] == '.';
}

/* The digits behind a number's only comma, and those before it; false for what has no such comma.
 */
static bool comma_find(struct br_str cell, size_t *ret_before, size_t *ret_behind)
{
	size_t from = cell.n > 0 && cell.s[0] == '-', comma = cell.n, digits = 0;

	for (size_t i = from; i < cell.n; i++) {
		if (cell.s[i] == ',' && comma == cell.n)
			comma = i;
		digits += cell.s[i] >= '0' && cell.s[i] <= '9';
	}
	if (comma == cell.n || digits + 1 + from != cell.n)
		return false;
	br_assert(comma >= from && comma < cell.n);
	*ret_before = comma - from;
	*ret_behind = cell.n - comma - 1;
	return *ret_before > 0 && *ret_behind > 0;
}

bool br_import_comma_read(
	struct br_str cell, char ret_text[BR_IMPORT_NUMBER_BYTES], struct br_str *ret_cell)
{
	size_t before, behind, sign = cell.n > 0 && cell.s[0] == '-';

	if (cell.n >= BR_IMPORT_NUMBER_BYTES || !comma_find(cell, &before, &behind)) {
		*ret_cell = cell;
		return true;
	}
	br_assert(sign + before + 1 + behind == cell.n);
	/* A group of thousands never begins with 0 and has no more than three digits. */
	if (behind == 3 && before <= 3 && cell.s[sign] != '0')
		return false;
	memcpy(ret_text, cell.s, cell.n);
	ret_text[sign + before] = '.';
	*ret_cell = (struct br_str){ret_text, cell.n};
	return true;
}

bool br_import_cell_write(
	const struct br_import_column *column, struct br_str cell, struct br_json_out *out)
{
	int64_t at_ms;
	bool truth;

	br_assert(column->member != NULL);
	/* What every command needs is told as missing when it is empty. */
	if (cell.n == 0 && !column->required)
		return true;
	switch (column->cell) {
	case BR_CELL_TRUTH:
		if (!truth_read(cell, &truth))
			return false;
		br_json_out_bool(out, column->member, truth);
		return true;
	case BR_CELL_TIME:
		/* What is no time goes on as it is: the command's shape says what is allowed. */
		if (!br_call_time(cell, br_clock_system.wall_ms(br_clock_system.context), &at_ms))
			break;
		br_json_out_time(out, column->member, at_ms);
		return true;
	case BR_CELL_GTINS:
		br_json_out_array(out, column->member);
		br_import_parts(cell, "|; ", gtin_write, out);
		br_json_out_end(out);
		return true;
	case BR_CELL_NAMES:
		br_json_out_array(out, column->member);
		br_import_parts(cell, "|", name_write, out);
		br_json_out_end(out);
		return true;
	case BR_CELL_TEXT:
		break;
	}
	if (column->number && number_is(cell))
		br_json_out_raw(out, column->member, cell);
	else
		br_json_out_string(out, column->member, cell);
	return true;
}
