/* The columns of each noun, and how their cells become JSON. */
#include "node/tool_import.h"

#include <stdlib.h>
#include <string.h>

#define SEEN_MIN 1024u

static const struct br_import_column product_columns[] = {
	{.name = "sku", .member = "sku", .required = true},
	{.name = "name", .member = "name", .required = true},
	{.name = "lang", .member = "lang"},
	{.name = "names", .member = "names", .cell = BR_CELL_NAMES},
	{.name = "brand", .member = "brand"},
	{.name = "gtins", .member = "gtins", .cell = BR_CELL_GTINS},
	{.name = "sold_by", .member = "sold_by"},
	{.name = "content", .member = "content"},
	{.name = "content_unit", .member = "content_unit"},
	{.name = "category", .member = "category"},
	{.name = "image", .member = "image"},
	{.name = "origin", .member = "origin"},
	{.name = "allergens", .member = "allergens"},
	{.name = "tax", .member = "tax"},
	{.name = "age", .member = "age"},
	{.name = "fragile", .member = "fragile", .cell = BR_CELL_TRUTH},
	{.name = "deposit", .member = "deposit"},
	{.name = "not_stocked", .member = "not_stocked", .cell = BR_CELL_TRUTH},
	{.name = "rating", .member = "rating"},
	{.name = "reviews", .member = "reviews"},
	{.name = "case_size", .member = "case_size"},
	{.name = "supplier", .member = "supplier"},
	{.name = "min", .member = "min"},
	{.name = "max", .member = "max"},
	{.name = "track_expiry", .member = "track_expiry", .cell = BR_CELL_TRUTH},
	{.name = "markdown_days", .member = "markdown_days"},
	{.name = "price", .member = "amount", .price = true},
	{.name = "currency", .member = "currency", .price = true},
};

static const struct br_import_column price_columns[] = {
	{.name = "sku", .member = "sku", .required = true},
	{.name = "kind", .member = "kind"},
	{.name = "price", .member = "amount", .required = true},
	{.name = "currency", .member = "currency"},
	{.name = "from", .member = "from"},
	{.name = "to", .member = "to"},
	{.name = "source", .member = "source"},
	{.name = "reason", .member = "reason"},
};

static const struct br_import_column stock_columns[] = {
	{.name = "sku", .member = "sku", .required = true},
	{.name = "bucket", .member = "bucket"},
	{.name = "quantity", .member = "quantity", .required = true},
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

/* Members that commands have as numbers; every other cell is a text, digits or not. */
static bool member_is_number(const char *member)
{
	static const char *const members[] = {"content", "age", "deposit", "rating", "reviews",
		"case_size", "min", "max", "markdown_days", "amount", "quantity"};

	for (size_t i = 0; i < BR_ARRAY_LEN(members); i++)
		if (strcmp(member, members[i]) == 0)
			return true;
	return false;
}

bool br_import_cell_write(
	const struct br_import_column *column, struct br_str cell, struct br_json_out *out)
{
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
	if (member_is_number(column->member) && number_is(cell))
		br_json_out_raw(out, column->member, cell);
	else
		br_json_out_string(out, column->member, cell);
	return true;
}

struct br_import_seen_slot {
	uint64_t hash;
	unsigned line; /* 0 = free */
};

static uint64_t hash_of(struct br_str text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.s[i]) * UINT64_C(1099511628211);
	return hash;
}

static struct br_import_seen_slot *slot_find(const struct br_import_seen *seen, uint64_t hash)
{
	size_t at = (size_t)(hash ^ hash >> 32) & (seen->space - 1);

	br_assert(seen->n < seen->space);
	while (seen->slots[at].line != 0 && seen->slots[at].hash != hash)
		at = (at + 1) & (seen->space - 1);
	return &seen->slots[at];
}

static int seen_grow(struct br_import_seen *seen)
{
	struct br_import_seen grown = {
		.n = seen->n, .space = seen->space > 0 ? 2 * seen->space : SEEN_MIN};

	br_assert((grown.space & (grown.space - 1)) == 0);
	grown.slots = calloc(grown.space, sizeof(*grown.slots));
	if (grown.slots == NULL)
		return BR_E_MEMORY;
	for (size_t i = 0; i < seen->space; i++)
		if (seen->slots[i].line != 0)
			*slot_find(&grown, seen->slots[i].hash) = seen->slots[i];
	free(seen->slots);
	*seen = grown;
	return 0;
}

int br_import_seen_add(
	struct br_import_seen *seen, struct br_str text, unsigned line, unsigned *ret_line)
{
	struct br_import_seen_slot *slot;
	uint64_t hash = hash_of(text);

	br_assert(line > 0);
	if (2 * (seen->n + 1) > seen->space && seen_grow(seen) < 0)
		return BR_E_MEMORY;
	slot = slot_find(seen, hash);
	*ret_line = slot->line;
	if (slot->line == 0) {
		*slot = (struct br_import_seen_slot){hash, line};
		seen->n++;
	}
	return 0;
}

void br_import_seen_finish(struct br_import_seen *seen)
{
	free(seen->slots);
	*seen = (struct br_import_seen){.n = 0};
}
