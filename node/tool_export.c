/*
 * `backroom export products|prices|stock|positions [FILE.csv]`: the same columns that the import of
 * that noun reads, to the file or to standard output.
 *
 * A file appears when it is whole: what was there before stays until then.
 */
#include "node/tool_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_PRODUCTS 200
#define PATH_BYTES 4096

struct export
{
	struct br_tool *tool;
	const struct br_import_noun *noun;
	FILE *file;
	struct br_text line;
	unsigned rows;
};

/* Quoted where it must be; texts that a spreadsheet would take for a formula are the reader's. */
static void cell_add(struct br_text *line, struct br_str cell)
{
	bool quote = false;

	for (size_t i = 0; i < cell.n; i++)
		quote |= cell.s[i] != '\0' && strchr(",;\t\"\r\n", cell.s[i]) != NULL;
	/* Blanks at the border would look like nothing. */
	quote |= cell.n > 0 && (cell.s[0] == ' ' || cell.s[cell.n - 1] == ' ');
	br_assert(cell.n == 0 || cell.s != NULL);
	if (!quote) {
		br_text_add_str(line, cell);
		return;
	}
	br_text_putc(line, '"');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.s[i] == '"')
			br_text_putc(line, '"');
		br_text_putc(line, cell.s[i]);
	}
	br_text_putc(line, '"');
}

/* The parts of a list in one cell, as the import takes them apart. */
static void list_read(
	const struct br_import_column *column, const struct br_json *list, struct br_text *text)
{
	BR_JSON_EACH (item, list) {
		struct br_str part;

		if (text->n > 0)
			br_text_putc(text, '|');
		if (column->cell == BR_CELL_NAMES) {
			br_text_puts(text, br_tool_text(item, "lang"));
			br_text_puts(text, ": ");
			br_text_puts(text, br_tool_text(item, "text"));
		} else if (br_json_string(item, &part)) {
			br_text_add_str(text, part);
		}
	}
	br_assert(column->member != NULL);
}

static void member_add(
	const struct br_import_column *column, const struct br_json *row, struct br_text *line)
{
	const struct br_json *member = br_json_member(row, column->member);
	struct br_text text;
	struct br_str string;
	bool truth = false;
	int64_t milli;

	br_text_init(&text, 1u << 16);
	if (column->cell == BR_CELL_TRUTH)
		br_text_puts(&text, br_json_bool(member, &truth) && truth ? "yes" : "");
	else if (column->cell == BR_CELL_GTINS || column->cell == BR_CELL_NAMES)
		list_read(column, member, &text);
	else if (br_json_string(member, &string))
		br_text_add_str(&text, string);
	else if (br_json_kind(member) == BR_JSON_NUMBER && br_json_milli(member, &milli))
		br_text_add_milli(&text, milli);
	br_assert(column->member != NULL);
	cell_add(line, br_text_str(&text));
	br_text_finish(&text);
}

static int line_write(struct export *export, struct br_fault *fault)
{
	br_text_putc(&export->line, '\n');
	if (br_text_error(&export->line) < 0)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	br_assert(export->line.n > 0);
	if (fwrite(export->line.bytes, 1, export->line.n, export->file) != export->line.n)
		return br_fault_set(fault, BR_E_IO, "the file cannot be written");
	br_text_clear(&export->line);
	return 0;
}

/* Writes one line; `item` has the columns that are an item's, NULL when there are none. */
static int row_write(struct export *export, const struct br_json *row, const struct br_json *item,
	struct br_fault *fault)
{
	bool first = true;

	br_assert(export->line.n == 0);
	for (unsigned i = 0; i < export->noun->column_n; i++) {
		const struct br_import_column *column = &export->noun->columns[i];

		if (column->price)
			continue;
		if (!first)
			br_text_putc(&export->line, ',');
		first = false;
		member_add(column, column->item ? item : row, &export->line);
	}
	export->rows++;
	return line_write(export, fault);
}

static int header_write(struct export *export, struct br_fault *fault)
{
	for (unsigned i = 0; i < export->noun->column_n; i++) {
		if (export->noun->columns[i].price)
			continue;
		if (i > 0)
			br_text_putc(&export->line, ',');
		br_text_puts(&export->line, export->noun->columns[i].name);
	}
	br_assert(export->rows == 0);
	return line_write(export, fault);
}

static int page_write(struct export *export, const struct br_json *rows, struct br_fault *fault)
{
	int result = 0;

	BR_JSON_EACH (row, rows) {
		if (export->noun->list == NULL) {
			result = row_write(export, row, NULL, fault);
			if (result < 0)
				return result;
			continue;
		}
		BR_JSON_EACH (item, br_json_member(row, export->noun->list)) {
			result = row_write(export, row, item, fault);
			if (result < 0)
				return result;
		}
	}
	br_assert(result == 0);
	return 0;
}

/* Percent-encoded (RFC 3986, section 2.1). */
static void sku_add(struct br_text *path, struct br_str sku)
{
	br_assert(sku.n > 0);
	for (size_t i = 0; i < sku.n; i++) {
		unsigned char c = (unsigned char)sku.s[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			br_text_putc(path, (char)c);
		else
			br_text_printf(path, "%%%02X", c);
	}
}

/* Asks page by page; positions are the products' own. */
static int pages_write(struct export *export, struct br_fault *fault)
{
	const char *noun = export->noun->list != NULL ? "products" : export->noun->name;
	struct br_text path, after;
	bool more = true;
	int result = 0;

	br_text_init(&path, PATH_BYTES);
	br_text_init(&after, PATH_BYTES);
	while (more && result == 0) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_str next;

		br_text_clear(&path);
		br_text_printf(&path, "/export/%s?limit=%d", noun, PAGE_PRODUCTS);
		br_text_add_str(&path, br_text_str(&after));
		result = br_tool_ask(export->tool, path.bytes, NULL, &root, NULL, fault);
		if (result == 0)
			result = page_write(export, br_json_member(root, "rows"), fault);
		more = result == 0 && br_json_string(br_json_member(root, "next"), &next);
		br_text_clear(&after);
		if (more) {
			br_text_puts(&after, "&after=");
			sku_add(&after, next);
		}
		br_assert(path.n > 0);
	}
	br_text_finish(&path);
	br_text_finish(&after);
	return result;
}

/* Writes to a neighbour first, which then takes the file's name. */
static int file_write(struct export *export, const char *path, struct br_fault *fault)
{
	char part[PATH_BYTES];
	int result;

	br_assert(path[0] != '\0');
	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
		return br_fault_set(fault, BR_E_INVALID, "%s: the name is too long", path);
	export->file = fopen(part, "we");
	if (export->file == NULL)
		return br_fault_set(fault, BR_E_IO, "%s: cannot be written", part);
	result = header_write(export, fault);
	if (result == 0)
		result = pages_write(export, fault);
	if (fclose(export->file) != 0 && result == 0)
		result = br_fault_set(fault, BR_E_IO, "%s: cannot be written", part);
	if (result == 0 && rename(part, path) != 0)
		result = br_fault_set(fault, BR_E_IO, "%s: cannot be written", path);
	if (result < 0)
		(void)remove(part);
	return result;
}

int br_tool_export(struct br_tool *tool)
{
	struct export export = {.tool = tool, .noun = br_import_noun_named(tool->verb)};
	struct br_fault fault;
	int result;

	br_assert(export.noun != NULL);
	br_text_init(&export.line, 1u << 16);
	if (tool->argc == 1) {
		result = file_write(&export, tool->argv[0], &fault);
	} else {
		export.file = stdout;
		result = header_write(&export, &fault);
		if (result == 0)
			result = pages_write(&export, &fault);
		if (result == 0 && fflush(stdout) != 0)
			result = br_fault_set(&fault, BR_E_IO, "the output cannot be written");
	}
	br_text_finish(&export.line);
	if (result < 0)
		return br_tool_fail(&fault);
	if (tool->argc == 1 && !tool->quiet)
		(void)printf("%u %s written\n", export.rows, export.noun->name);
	return 0;
}
