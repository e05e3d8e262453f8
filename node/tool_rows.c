/* Answers of the API for people: a table of rows, or one thing member by member. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node/currency.h"
#include "node/time.h"
#include "node/tool.h"

#define COLUMNS_MAX 40
#define CELL_BYTES 200
#define CELL_WIDTH_MAX 40
#define SCREEN_WIDTH 160 /* where there is no terminal to ask */
#define LEVELS_MAX 4	 /* of things inside things */

struct column {
	const char *name;
	size_t width; /* characters */
	bool number;  /* all its values are numbers: aligned to the right */
	bool empty;   /* all its values are 0 or no */
	bool doubles; /* all its values are the rows' keys */
	bool left_out;
};

struct table {
	struct column columns[COLUMNS_MAX];
	unsigned n;
};

/* Characters, not bytes; a table of many scripts is aligned well enough by that. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	br_assert(text != NULL);
	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

/* A day of the calendar is no time: "2026-03-01T23:59:59.999Z" is that day in every zone. */
static bool day_write(struct br_str name, struct br_str text, char cell[CELL_BYTES])
{
	int64_t time_ms;

	br_assert(cell != NULL);
	if (!br_str_is(name, "expiry") || !br_time_parse(text, &time_ms))
		return false;
	(void)snprintf(cell, CELL_BYTES, "%.10s", text.s);
	return true;
}

/* What is money, by its name; how it is written depends on the currency that stands beside it. */
static bool is_money(struct br_str name)
{
	static const char *const names[] = {"amount", "price", "regular", "regular_price",
		"unit_price", "lowest_30d", "prior_price", "target", "sold", "given_back", "voided",
		"net", "total", "value", "deposit"};

	br_assert(name.s != NULL || name.n == 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(names); i++)
		if (br_str_is(name, names[i]))
			return true;
	return false;
}

static void number_write(
	const struct br_json *thing, struct br_str name, double number, char cell[CELL_BYTES])
{
	struct br_str currency = {NULL, 0};

	br_assert(cell != NULL);
	if (!br_json_string(br_json_member(thing, "currency"), &currency))
		currency = (struct br_str){NULL, 0};
	if (is_money(name)) {
		(void)snprintf(
			cell, CELL_BYTES, "%.*f", (int)br_currency_decimals(currency), number);
		/* A price per gram may be finer than any coin. */
		if (fabs(strtod(cell, NULL) - number) < 0.0001)
			return;
	}
	br_tool_number_write(number, cell, CELL_BYTES);
}

static void cell_write(
	const struct br_json *thing, const struct br_json *value, char cell[CELL_BYTES]);

/* Adds a part, of whole characters and as far as there is room. */
static void part_add(char cell[CELL_BYTES], struct br_str part)
{
	size_t n = strlen(cell), room = CELL_BYTES - 1 - n;

	br_assert(n < CELL_BYTES);
	if (part.n > room)
		part.n = br_utf8_cut(part.s, room);
	memcpy(cell + n, part.s, part.n);
	cell[n + part.n] = '\0';
}

#define SMALL_MEMBERS 3 /* of a thing that is said in a few words */

/* "web 1": the members of a small thing; of a price its amount and currency. */
static void thing_write(const struct br_json *thing, char cell[CELL_BYTES])
{
	const struct br_json *amount = br_json_member(thing, "amount");
	char part[CELL_BYTES];

	br_assert(br_json_kind(thing) == BR_JSON_OBJECT);
	cell[0] = '\0';
	BR_JSON_EACH (member, thing) {
		bool of_price = member == amount || br_str_is(br_json_name(member), "currency");

		if (amount != NULL ? !of_price : br_json_count(thing) > SMALL_MEMBERS)
			continue;
		cell_write(thing, member, part);
		part_add(cell, cell[0] != '\0' ? BR_STR(" ") : BR_STR(""));
		part_add(cell, br_str_from(part));
	}
}

/* "pick, hold": a list's items; those that would be long are counted. */
static void list_write(const struct br_json *list, char cell[CELL_BYTES])
{
	char part[CELL_BYTES];

	br_assert(br_json_kind(list) == BR_JSON_ARRAY);
	BR_JSON_EACH (item, list) {
		bool thing = br_json_kind(item) == BR_JSON_OBJECT;

		if (br_json_kind(item) == BR_JSON_ARRAY ||
			(thing && br_json_count(item) > SMALL_MEMBERS)) {
			(void)snprintf(cell, CELL_BYTES, "%zu", br_json_count(list));
			return;
		}
		if (thing)
			thing_write(item, part);
		else
			cell_write(NULL, item, part);
		part_add(cell, cell[0] != '\0' ? BR_STR(", ") : BR_STR(""));
		part_add(cell, br_str_from(part));
	}
}

/* A value in a cell; `thing` is what it is a member of, NULL for none. */
static void cell_write(
	const struct br_json *thing, const struct br_json *value, char cell[CELL_BYTES])
{
	struct br_str text, name = {NULL, 0};
	double number;
	bool truth;

	br_assert(cell != NULL);
	cell[0] = '\0';
	if (thing != NULL && value != NULL)
		name = br_json_name(value);
	if (br_json_string(value, &text) &&
		(day_write(name, text, cell) || br_tool_time_write(text, cell, CELL_BYTES)))
		return;
	if (br_json_string(value, &text)) {
		size_t n = text.n < CELL_BYTES ? text.n : br_utf8_cut(text.s, CELL_BYTES - 1);

		memcpy(cell, text.s, n);
		cell[n] = '\0';
	} else if (br_json_number(value, &number)) {
		number_write(thing, name, number, cell);
	} else if (br_json_bool(value, &truth)) {
		(void)snprintf(cell, CELL_BYTES, "%s", truth ? "yes" : "no");
	} else if (br_json_kind(value) == BR_JSON_ARRAY) {
		list_write(value, cell);
	} else if (br_json_kind(value) == BR_JSON_OBJECT) {
		thing_write(value, cell);
	}
}

static struct column *column_named(struct table *table, struct br_str name)
{
	br_assert(table->n <= COLUMNS_MAX);
	for (unsigned i = 0; i < table->n; i++)
		if (br_str_is(name, table->columns[i].name))
			return &table->columns[i];
	return NULL;
}

/* True when `columns`, with commas between, names it; NULL names all. */
static bool column_wanted(const char *columns, const char *name)
{
	struct br_str rest = br_str_from(columns);

	br_assert(name != NULL);
	if (columns == NULL)
		return true;
	while (rest.n > 0)
		if (br_call_is(name, br_str_split(&rest, ',')))
			return true;
	return false;
}

/* Takes one value into account. */
static void column_measure(
	struct column *column, const struct br_json *value, const char *cell, const char *key)
{
	enum br_json_kind kind = br_json_kind(value);
	size_t width = width_of(cell);

	br_assert(column->name != NULL);
	if (width > column->width)
		column->width = width;
	/* A list that is counted is a number, too. */
	column->number = column->number && kind != BR_JSON_STRING && kind != BR_JSON_OBJECT &&
			 strspn(cell, "-.0123456789e+") == strlen(cell);
	column->empty = column->empty && (strcmp(cell, "0") == 0 || strcmp(cell, "no") == 0);
	column->doubles = column->doubles && strcmp(cell, key) == 0;
}

/* Finds the columns with something in them, in the order in which they come. */
static void table_measure(struct table *table, const struct br_json *rows, const char *columns)
{
	char cell[CELL_BYTES], key[CELL_BYTES];

	BR_JSON_EACH (row, rows) {
		cell_write(row, br_json_member(row, "key"), key);
		BR_JSON_EACH (member, row) {
			const char *name = br_json_name(member).s;
			struct column *column = column_named(table, br_json_name(member));

			cell_write(row, member, cell);
			if (cell[0] == '\0' || !column_wanted(columns, name) ||
				(column == NULL && table->n == COLUMNS_MAX))
				continue;
			if (column == NULL) {
				column = &table->columns[table->n++];
				*column = (struct column){.name = name,
					.width = width_of(name),
					.number = true,
					.empty = true,
					.doubles = true};
			}
			column_measure(column, member, cell, key);
		}
	}
	br_assert(table->n <= COLUMNS_MAX);
}

static size_t screen_width(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
		size.ws_col > 0)
		return size.ws_col;
	return SCREEN_WIDTH;
}

/* Leaves out what says nothing: the key when a column has it by its own name, and its sequence. */
static void table_thin(struct table *table)
{
	struct column *key = column_named(table, BR_STR("key"));
	struct column *sequence = column_named(table, BR_STR("sequence"));

	br_assert(table->n > 0);
	if (key == NULL)
		return;
	if (sequence != NULL)
		sequence->left_out = true;
	for (unsigned i = 0; i < table->n; i++)
		if (&table->columns[i] != key && table->columns[i].doubles)
			key->left_out = true;
}

static size_t table_width(const struct table *table)
{
	size_t width = 0;

	br_assert(table->n <= COLUMNS_MAX);
	for (unsigned i = 0; i < table->n; i++)
		if (!table->columns[i].left_out)
			width += table->columns[i].width + 2;
	return width;
}

/* Leaves out what does not fit: what is nothing in all rows, then from the right. */
static unsigned table_fit(struct table *table)
{
	size_t screen = screen_width();
	unsigned out = 0;
	bool wide;

	for (unsigned i = 0; i < table->n; i++)
		if (table->columns[i].width > CELL_WIDTH_MAX && i + 1 < table->n)
			table->columns[i].width = CELL_WIDTH_MAX;
	wide = table_width(table) > screen;
	for (unsigned i = 1; wide && i < table->n; i++)
		if (table->columns[i].empty && !table->columns[i].left_out) {
			table->columns[i].left_out = true;
			out++;
		}
	for (unsigned i = table->n; i-- > 2 && table_width(table) > screen;)
		if (!table->columns[i].left_out) {
			table->columns[i].left_out = true;
			out++;
		}
	br_assert(out <= table->n);
	return out;
}

static void cell_print(const struct column *column, const char *cell, bool last)
{
	size_t width = width_of(cell), n = strlen(cell);

	br_assert(column->width > 0);
	if (width > column->width && !last) {
		/* Whole characters only, and a mark that something is missing. */
		while (width >= column->width && n > 0) {
			n = br_utf8_cut(cell, n - 1);
			width--;
		}
		(void)printf("%.*s\xE2\x80\xA6  ", (int)n, cell);
		return;
	}
	if (column->number)
		(void)printf("%*s%s%s", (int)(column->width - width), "", cell, last ? "" : "  ");
	else
		(void)printf("%s%*s", cell, last ? 0 : (int)(column->width - width) + 2, "");
}

/* One line: the columns' names for a NULL row. */
static void line_print(const struct table *table, const struct br_json *row, unsigned indent)
{
	char cell[CELL_BYTES];
	unsigned last = 0;

	br_assert(table->n > 0);
	for (unsigned i = 0; i < table->n; i++)
		if (!table->columns[i].left_out)
			last = i;
	(void)printf("%*s", (int)indent, "");
	for (unsigned i = 0; i <= last; i++) {
		const struct column *column = &table->columns[i];

		if (column->left_out)
			continue;
		if (row == NULL)
			(void)snprintf(cell, sizeof(cell), "%s", column->name);
		else
			cell_write(row, br_json_member(row, column->name), cell);
		cell_print(column, cell, i == last);
	}
	(void)putchar('\n');
}

/* A list of plain values, or of lists of them: a line each. */
static void plain_print(const struct br_json *rows, unsigned indent)
{
	char cell[CELL_BYTES];

	br_assert(indent < 80);
	BR_JSON_EACH (row, rows) {
		const char *separator = "";

		(void)printf("%*s", (int)indent, "");
		if (br_json_kind(row) != BR_JSON_ARRAY) {
			cell_write(NULL, row, cell);
			(void)printf("%s\n", cell);
			continue;
		}
		BR_JSON_EACH (value, row) {
			cell_write(NULL, value, cell);
			(void)printf("%s%s", separator, cell);
			separator = "  ";
		}
		(void)putchar('\n');
	}
}

static void rows_print(const struct br_json *rows, const char *columns, unsigned indent)
{
	struct table table = {.n = 0};
	unsigned out = 0;

	br_assert(br_json_kind(rows) == BR_JSON_ARRAY);
	if (br_json_kind(br_json_first(rows)) != BR_JSON_OBJECT) {
		plain_print(rows, indent);
		return;
	}
	table_measure(&table, rows, columns);
	if (table.n == 0)
		return;
	/* Columns that were asked for by name are all there. */
	if (columns == NULL) {
		table_thin(&table);
		out = table_fit(&table);
	}
	line_print(&table, NULL, indent);
	BR_JSON_EACH (row, rows)
		line_print(&table, row, indent);
	if (out > 0 && indent == 0)
		(void)printf(
			"(%u more columns: --columns A,B names those to see, --json has all)\n",
			out);
}

/* Name and value, and what is inside below it. */
static void thing_print(const struct br_json *thing, unsigned level)
{
	char cell[CELL_BYTES];

	br_assert(level <= LEVELS_MAX);
	BR_JSON_EACH (member, thing) {
		enum br_json_kind kind = br_json_kind(member);
		const char *name = br_json_name(member).s;
		int indent = (int)(2 * level);

		cell_write(thing, member, cell);
		if (kind == BR_JSON_NULL || br_json_count(member) == 0) {
			if (cell[0] != '\0' && kind != BR_JSON_ARRAY)
				(void)printf("%*s%-20s %s\n", indent, "", name, cell);
			continue;
		}
		(void)printf("%*s%s\n", indent, "", name);
		if (kind == BR_JSON_ARRAY)
			rows_print(member, NULL, 2 * level + 2);
		else if (level < LEVELS_MAX)
			thing_print(member, level + 1);
	}
}

void br_tool_rows_print(const struct br_json *answer, const char *columns)
{
	const struct br_json *rows = br_json_member(answer, "rows");
	bool more = false;

	if (br_json_kind(rows) != BR_JSON_ARRAY) {
		br_assert(rows == NULL);
		thing_print(answer, 0);
		return;
	}
	if (br_json_count(rows) == 0)
		(void)puts("There is nothing.");
	else
		rows_print(rows, columns, 0);
	/* What the answer says beside its rows, such as a unit or a sum. */
	BR_JSON_EACH (member, answer) {
		char cell[CELL_BYTES];

		if (member == rows || br_json_kind(member) == BR_JSON_ARRAY ||
			br_json_kind(member) == BR_JSON_OBJECT)
			continue;
		cell_write(answer, member, cell);
		if (br_str_is(br_json_name(member), "more"))
			more = strcmp(cell, "yes") == 0;
		else if (cell[0] != '\0')
			(void)printf("%s: %s\n", br_json_name(member).s, cell);
	}
	if (more)
		(void)puts("There is more: raise --limit, or go on behind the last row's key.");
}
