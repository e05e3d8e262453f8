/*
 * `backroom import products|prices|stock|positions FILE.csv`: the header names the columns, in any
 * order.
 *
 *	whole file: shapes looked at, asked of the daemon meanwhile ──► whole file: sent
 *
 * Nothing is sent before every line has been found good, by the contract's shapes and by the
 * daemon, which decides each command without taking it; so nothing is half imported for a bad line,
 * and every bad cell is reported with its line, column, value and what is allowed. A dry run ends
 * there. Importing a file again changes nothing, because the daemon writes no event for what is so
 * already.
 */
#include "node/tool_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/command.h"
#include "node/gtin.h"

#define BATCH_COMMANDS 200
#define BATCH_BYTES_MAX (240u << 10)
#define COMMAND_BYTES_MAX 16384
#define BAD_LINES_SHOWN 1000
#define VALUE_SHOWN_BYTES 60
/* A core that has no room for a batch is asked again so often, so far apart. */
#define BUSY_TRIES 100
#define BUSY_PAUSE_NS 100000000L

enum phase { PHASE_CHECK, PHASE_SEND };

/* Commands on their way to the daemon in one request. */
struct batch {
	struct br_text text;
	unsigned n, tries;
	unsigned lines[BATCH_COMMANDS]; /* of the file, for each command */
};

struct import {
	struct br_tool *tool;
	const struct br_import_noun *noun;
	enum phase phase;
	struct br_csv csv;
	unsigned column_n;	       /* of the header */
	unsigned price;		       /* the column of the row's second command, or behind all */
	int at[BR_IMPORT_COLUMNS_MAX]; /* the column's place in the file, -1 = not there */
	struct br_text command;
	struct batch batches[BR_TOOL_FLIGHTS];
	unsigned filling; /* the batch that commands are added to */
	struct br_tool_fleet *fleet;
	char run[32]; /* begins the ids of this run's commands */
	unsigned commands, rows, bad, sent, refused;
	struct br_import_seen keys, gtins;
	struct br_arena arena;
	/* The product whose items are gathered, with the line it began on; 0 = none. */
	char sku[BR_ID_BYTES_MAX + 1];
	struct br_text items;
	unsigned item_n, items_line;
	bool items_bad;	    /* what is wrong with them was told */
	uint32_t bad_cells; /* columns of the row at hand that were told: a bit each */
};

/* A row, cut into its cells. */
struct row {
	struct br_str cells[BR_CSV_COLUMNS_MAX];
	unsigned n, line;
};

static struct br_str cell(const struct import *import, const struct row *row, unsigned column)
{
	int at = import->at[column];

	br_assert(column < import->noun->column_n);
	return at >= 0 && (unsigned)at < row->n ? row->cells[at] : (struct br_str){NULL, 0};
}

static void line_tell(struct import *import, unsigned line, const char *sentence)
{
	br_assert(line > 0);
	if (import->bad < BAD_LINES_SHOWN)
		(void)fprintf(stderr, "line %u: %s\n", line, sentence);
	else if (import->bad == BAD_LINES_SHOWN)
		(void)fprintf(stderr, "and more\n");
	import->bad++;
}

/* Says of one cell what is wrong with it. */
static void cell_tell(struct import *import, unsigned line, const char *column, struct br_str value,
	const char *sentence)
{
	char text[BR_FAULT_BYTES_MAX + 256];
	size_t n = value.n > VALUE_SHOWN_BYTES ? br_utf8_cut(value.s, VALUE_SHOWN_BYTES) : value.n;

	br_assert(column[0] != '\0');
	(void)snprintf(text, sizeof(text), "column \"%s\", value \"%.*s\"%s: %s", column, (int)n,
		value.n > 0 ? value.s : "", n < value.n ? "…" : "", sentence);
	line_tell(import, line, text);
}

static int header_column(
	struct import *import, struct br_str name, unsigned place, struct br_fault *fault)
{
	char allowed[400];
	unsigned i = 0;

	while (i < import->noun->column_n && !br_str_is(name, import->noun->columns[i].name))
		i++;
	br_import_columns_list(import->noun, allowed, sizeof(allowed));
	if (i == import->noun->column_n)
		return br_fault_set(fault, BR_E_INVALID,
			"line %u: column \"%.*s\" is unknown; allowed are %s", import->csv.line,
			BR_STR_ARG(name), allowed);
	if (import->at[i] >= 0)
		return br_fault_set(fault, BR_E_INVALID, "line %u: column \"%s\" stands twice",
			import->csv.line, import->noun->columns[i].name);
	br_assert(i < BR_IMPORT_COLUMNS_MAX);
	import->at[i] = (int)place;
	return 0;
}

static int header_read(struct import *import, struct br_fault *fault)
{
	const struct br_import_noun *noun = import->noun;
	struct row row;
	int result = br_csv_next(&import->csv, row.cells, &row.n, fault);

	if (result < 0)
		return result;
	if (result == 0)
		return br_fault_set(fault, BR_E_INVALID, "the file is empty");
	for (unsigned i = 0; i < noun->column_n; i++)
		import->at[i] = -1;
	import->column_n = row.n;
	result = 0;
	for (unsigned j = 0; j < row.n && result == 0; j++)
		result = header_column(import, row.cells[j], j, fault);
	for (unsigned i = 0; i < noun->column_n && result == 0; i++)
		if (noun->columns[i].required && import->at[i] < 0)
			result = br_fault_set(fault, BR_E_INVALID,
				"line %u: the column %s is needed", import->csv.line,
				noun->columns[i].name);
	br_assert(result <= 0);
	return result;
}

static void command_open(struct import *import, struct br_json_out *out, const char *type)
{
	br_assert(type[0] != '\0');
	br_text_clear(&import->command);
	br_json_out_begin(out, &import->command);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "type", type);
	br_json_out_object(out, "data");
}

/* Ids that rise keep the store's table of answers in order, which spares it work. */
static void command_close(struct import *import, struct br_json_out *out)
{
	char id[64];

	br_assert(import->run[0] != '\0');
	br_json_out_end(out);
	(void)snprintf(id, sizeof(id), "%s-%08u", import->run, ++import->commands);
	br_json_out_puts(out, "id", id);
	br_json_out_end(out);
}

static bool answer_is(const struct br_json *answer, const char *member, const char *word)
{
	return strcmp(br_tool_text(answer, member), word) == 0;
}

/* True when the core had no room for some of the batch: nothing of those was decided. */
static bool answers_busy(const struct br_json *answers)
{
	BR_JSON_EACH (answer, answers)
		if (answer_is(answer, "code", "busy"))
			return true;
	return false;
}

/* The column that a refusal is about. */
static const char *refusal_column(const struct br_json *answer)
{
	static const char *const columns[][2] = {
		{"unknown_product", "sku"}, {"barcode_taken", "gtins"}, {"currency", "currency"}};

	for (size_t i = 0; i < BR_ARRAY_LEN(columns); i++)
		if (answer_is(answer, "code", columns[i][0]))
			return columns[i][1];
	return NULL;
}

static void answer_take(struct import *import, const struct br_json *answer, unsigned line)
{
	const char *column = refusal_column(answer), *message = br_tool_text(answer, "message");
	char text[BR_MESSAGE_BYTES_MAX + 64];

	br_assert(line > 0);
	if (answer_is(answer, "outcome", "accepted")) {
		import->sent += import->phase == PHASE_SEND;
		return;
	}
	import->refused += import->phase == PHASE_SEND;
	(void)snprintf(text, sizeof(text), "%s%s%s%s", column != NULL ? "column \"" : "",
		column != NULL ? column : "", column != NULL ? "\": " : "", message);
	line_tell(import, line, text);
}

/* What the daemon says to a batch, in short. A full disk ends the import. */
static int answers_take(
	void *context, unsigned flight, const struct br_json *root, struct br_fault *fault)
{
	struct import *import = context;
	struct batch *batch = &import->batches[flight];
	const struct br_json *answers = br_json_member(root, "answers");
	const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};
	int64_t accepted = 0, index;

	if (!br_json_i64(br_json_member(root, "accepted"), &accepted) ||
		accepted + (int64_t)br_json_count(answers) != batch->n)
		return br_fault_set(fault, BR_E_INVALID, "the daemon answered %zu of %u commands",
			(size_t)accepted + br_json_count(answers), batch->n);
	/* What was taken the first time gets its first answer again: a repeat does no harm. */
	if (answers_busy(answers)) {
		if (++batch->tries == BUSY_TRIES)
			return br_fault_set(
				fault, BR_E_BUSY, "the daemon has too much to do: try again later");
		(void)nanosleep(&pause, NULL);
		return br_tool_fleet_send(import->fleet, flight, br_text_str(&batch->text), fault);
	}
	import->sent += import->phase == PHASE_SEND ? (unsigned)accepted : 0;
	BR_JSON_EACH (answer, answers) {
		if (!br_json_i64(br_json_member(answer, "index"), &index) || index < 0 ||
			index >= batch->n)
			return br_fault_set(
				fault, BR_E_INVALID, "the daemon answers what was not asked");
		if (answer_is(answer, "code", "store_full"))
			return br_fault_set(fault, BR_E_DISK_FULL, "line %u: %s",
				batch->lines[index], br_tool_text(answer, "message"));
		answer_take(import, answer, batch->lines[index]);
	}
	batch->n = 0;
	br_text_clear(&batch->text);
	return 0;
}

static void progress_print(const struct import *import)
{
	if (br_tool_progress(import->tool))
		(void)fprintf(stderr, "\r%u lines %s", import->csv.line,
			import->phase == PHASE_SEND ? "sent   " : "checked");
}

/* Sends the batch that is full and turns to one that is free, waiting for it when none is. */
static int batch_send(struct import *import, struct br_fault *fault)
{
	struct batch *batch = &import->batches[import->filling];
	int result;

	br_assert(batch->n <= BATCH_COMMANDS);
	if (batch->n == 0)
		return 0;
	br_text_puts(&batch->text, "]}");
	batch->tries = 0;
	if (br_text_error(&batch->text) < 0)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	result = br_tool_fleet_send(
		import->fleet, import->filling, br_text_str(&batch->text), fault);
	progress_print(import);
	if (result == 0)
		result = br_tool_fleet_wait(import->fleet, &import->filling, fault);
	return result;
}

static int batch_add(struct import *import, unsigned line, struct br_fault *fault)
{
	struct batch *batch = &import->batches[import->filling];

	br_assert(import->fleet != NULL && batch->n < BATCH_COMMANDS);
	br_text_puts(&batch->text, batch->n == 0 ? "{\"brief\":true,\"commands\":[" : ",");
	br_text_add_str(&batch->text, br_text_str(&import->command));
	batch->lines[batch->n++] = line;
	return br_text_error(&batch->text) < 0 ? br_fault_set(fault, BR_E_MEMORY, "out of memory")
					       : 0;
}

/*
 * Sends the batch when a row's two commands might not fit. They stay together, because the second
 * one needs the first, and requests that are under way at once may overtake each other.
 */
static int batch_room(struct import *import, struct br_fault *fault)
{
	const struct batch *batch = &import->batches[import->filling];

	br_assert(batch->n <= BATCH_COMMANDS);
	if (batch->n + 2 <= BATCH_COMMANDS &&
		batch->text.n + 2 * COMMAND_BYTES_MAX <= BATCH_BYTES_MAX)
		return 0;
	return batch_send(import, fault);
}

static bool column_is_bad(const struct import *import, unsigned column)
{
	br_assert(column < BR_IMPORT_COLUMNS_MAX);
	return (import->bad_cells >> column & 1) != 0;
}

/* Tells of a cell once: the row's second command may have it as well. */
static void column_tell(
	struct import *import, const struct row *row, unsigned column, const char *sentence)
{
	if (column_is_bad(import, column))
		return;
	br_assert(import->phase == PHASE_CHECK);
	import->bad_cells |= UINT32_C(1) << column;
	cell_tell(import, row->line, import->noun->columns[column].name, cell(import, row, column),
		sentence);
}

/*
 * Checks the object that was written, or its member of that name, against a shape, as the daemon
 * will, and says what is wrong.
 */
static bool shape_check(struct import *import, const struct row *row, const struct br_shape *shape,
	const char *member, const char *type)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_import_column *column;
	struct br_fault wrong = {""};
	void *body;

	br_arena_reset(&import->arena);
	body = br_arena_take(&import->arena, shape->size);
	br_assert(import->phase == PHASE_CHECK);
	if (body == NULL || br_text_error(&import->command) < 0) {
		line_tell(import, row->line, "the line is too long");
		return false;
	}
	if (br_json_parse(br_text_str(&import->command), &root, &wrong) == 0 &&
		br_record_from_json(shape, member != NULL ? br_json_member(root, member) : root,
			&import->arena, body, &wrong) == 0)
		return true;
	column = br_import_fault_column(import->noun, br_str_from(wrong.text), type);
	if (column == NULL)
		line_tell(import, row->line, wrong.text);
	else
		column_tell(import, row, (unsigned)(column - import->noun->columns),
			wrong.text + strlen(column->member) + 2);
	return false;
}

static bool command_check(struct import *import, const struct row *row, const char *type)
{
	return shape_check(
		import, row, br_command_type_named(br_str_from(type))->shape, "data", type);
}

/*
 * Writes one cell. In place of one that was found bad stands what is good anywhere, so that the
 * cells behind it are looked at as well; such a command goes nowhere.
 */
static void cell_write(
	struct import *import, const struct row *row, unsigned number, struct br_json_out *out)
{
	const struct br_import_column *column = &import->noun->columns[number];
	struct br_str value = cell(import, row, number);
	char text[BR_IMPORT_NUMBER_BYTES];

	br_assert(import->phase == PHASE_CHECK || import->bad_cells == 0);
	if (column_is_bad(import, number)) {
		if (column->number)
			br_json_out_raw(out, column->member, BR_STR("1"));
		else if (column->required)
			br_json_out_puts(out, column->member, "x");
		return;
	}
	if (column->number && import->csv.separator != ',' &&
		!br_import_comma_read(value, text, &value))
		column_tell(import, row, number,
			"may mean thousands, allowed is a point (1.234), or other than three "
			"digits behind the comma (1,2340)");
	else if (!br_import_cell_write(column, value, out))
		column_tell(import, row, number, "allowed is yes or no, true or false, 1 or 0");
}

/* Writes the cells of the row's first command, of its second one, or of an item. */
static void cells_write(struct import *import, const struct row *row, bool price, bool item,
	struct br_json_out *out)
{
	br_assert(import->noun->column_n <= BR_IMPORT_COLUMNS_MAX);
	for (unsigned i = 0; i < import->noun->column_n; i++) {
		const struct br_import_column *column = &import->noun->columns[i];

		if (column->price == price && column->item == item)
			cell_write(import, row, i, out);
	}
}

/* The index of a column; the noun's own table has it. */
static unsigned column_of(const struct import *import, const char *name)
{
	unsigned i = 0;

	while (i < import->noun->column_n && strcmp(import->noun->columns[i].name, name) != 0)
		i++;
	br_assert(i <= import->noun->column_n);
	return i;
}

/* Prices may leave out the currency: then it is the store's. */
static void currency_write(struct import *import, const struct row *row, struct br_json_out *out)
{
	unsigned column = column_of(import, "currency");

	if (column < import->noun->column_n &&
		(column_is_bad(import, column) || cell(import, row, column).n == 0))
		br_json_out_puts(out, "currency", import->tool->config.currency);
}

/* Writes the row's first command, or its second one, the price. */
static void command_write(
	struct import *import, const struct row *row, const char *type, bool price)
{
	struct br_json_out out;

	br_assert(import->noun->list == NULL);
	command_open(import, &out, type);
	if (price)
		cell_write(import, row, 0, &out);
	cells_write(import, row, price, false, &out);
	if (strcmp(type, "price.set") == 0)
		currency_write(import, row, &out);
	command_close(import, &out);
}

/*
 * Writes the command. While the file is checked all of its bad cells are told: each one is replaced
 * and the rest looked at again. True when it is good as it stands.
 */
static bool command_make(struct import *import, const struct row *row, const char *type, bool price)
{
	uint32_t before;
	bool good;

	do {
		before = import->bad_cells;
		command_write(import, row, type, price);
		good = import->phase == PHASE_SEND ||
		       (import->bad_cells == before && command_check(import, row, type));
	} while (import->bad_cells != before);
	br_assert(good || import->bad > 0);
	return good && import->bad_cells == 0;
}

static int row_command(struct import *import, const struct row *row, struct br_fault *fault)
{
	unsigned price = import->price;
	int result = batch_room(import, fault);

	if (result == 0 && command_make(import, row, import->noun->type, false))
		result = batch_add(import, row->line, fault);
	br_assert(result <= 0);
	if (result < 0 || price == import->noun->column_n || cell(import, row, price).n == 0)
		return result;
	/* The daemon is not asked: it would miss the product that the command before it brings. */
	if (command_make(import, row, "price.set", true) && import->phase == PHASE_SEND)
		result = batch_add(import, row->line, fault);
	return result;
}

/* Makes one command of the items that were gathered. */
static int items_take(struct import *import, struct br_fault *fault)
{
	struct row row = {.n = 1, .line = import->items_line};
	struct br_json_out out;
	int result;

	if (import->items_line == 0)
		return 0;
	result = batch_room(import, fault);
	if (result < 0)
		return result;
	br_assert(import->noun->list != NULL);
	command_open(import, &out, import->noun->type);
	br_json_out_puts(&out, "sku", import->sku);
	br_text_putc(&import->items, ']');
	br_json_out_raw(&out, import->noun->list, br_text_str(&import->items));
	command_close(import, &out);
	import->items_line = 0;
	if (import->items_bad ||
		(import->phase == PHASE_CHECK && !command_check(import, &row, import->noun->type)))
		return 0;
	return batch_add(import, row.line, fault);
}

/* Begins with a product's items; those of one product must stand together. */
static void items_begin(struct import *import, const struct row *row)
{
	struct br_str sku = cell(import, row, 0);
	const char *sentence = NULL;
	unsigned before = 0;

	br_assert(import->items_line == 0);
	if (import->phase == PHASE_CHECK) {
		if (sku.n == 0 || sku.n > BR_ID_BYTES_MAX)
			sentence = "allowed are 1 to 64 bytes";
		else if (br_import_seen_add(&import->keys, sku, row->line, &before) == 0 &&
			 before > 0)
			sentence = "the rows of one product must stand together";
	}
	if (sentence != NULL)
		cell_tell(import, row->line, "sku", sku, sentence);
	if (!br_str_copy(sku, import->sku, sizeof(import->sku)))
		import->sku[0] = '\0';
	import->items_line = row->line;
	import->items_bad = sentence != NULL;
	import->item_n = 0;
	br_text_clear(&import->items);
	br_text_putc(&import->items, '[');
}

/* Writes the row's item; its bad cells are told as command_make() tells a command's. */
static bool item_make(struct import *import, const struct row *row)
{
	const struct br_shape *shape = br_import_item_shape(import->noun);
	struct br_json_out out;
	uint32_t before;
	bool good;

	do {
		before = import->bad_cells;
		br_text_clear(&import->command);
		br_json_out_begin(&out, &import->command);
		br_json_out_object(&out, NULL);
		cells_write(import, row, false, true, &out);
		br_json_out_end(&out);
		good = import->phase == PHASE_SEND ||
		       shape_check(import, row, shape, NULL, import->noun->type);
	} while (import->bad_cells != before);
	br_assert(good || import->bad > 0);
	return good && import->bad_cells == 0;
}

/* A row without any part of a position takes the product off the planogram. */
static int row_item(struct import *import, const struct row *row, struct br_fault *fault)
{
	bool any = false;
	int result = 0;

	if (import->items_line > 0 && !br_str_is(cell(import, row, 0), import->sku))
		result = items_take(import, fault);
	if (result < 0)
		return result;
	if (import->items_line == 0)
		items_begin(import, row);
	for (unsigned i = 1; i < import->noun->column_n; i++)
		any |= cell(import, row, i).n > 0;
	if (!any)
		return 0;
	br_assert(import->items.n > 0);
	if (!item_make(import, row)) {
		import->items_bad = true;
		return 0;
	}
	if (import->item_n++ > 0)
		br_text_putc(&import->items, ',');
	br_text_add_str(&import->items, br_text_str(&import->command));
	return 0;
}

/* What is looked for in the file itself: a barcode that stands in it twice. */
struct gtin_look {
	struct import *import;
	const struct row *row;
};

static void gtin_look(void *context, struct br_str part)
{
	const struct gtin_look *look = context;
	char sentence[64];
	struct br_gtin gtin;
	unsigned before = 0;

	br_assert(look->row->line > 0);
	if (!br_gtin_parse(part, &gtin) ||
		br_import_seen_add(&look->import->gtins, br_str_from(gtin.digits), look->row->line,
			&before) < 0 ||
		before == 0 || before == look->row->line)
		return;
	(void)snprintf(sentence, sizeof(sentence), "stands in line %u, too", before);
	cell_tell(look->import, look->row->line, "gtins", part, sentence);
}

/* Keys and barcodes that stand in the file twice: which of the two should count? */
static void twice_look(struct import *import, const struct row *row)
{
	char key[BR_CSV_COLUMNS_MAX + 2 * BR_ID_BYTES_MAX], sentence[64];
	unsigned gtins = column_of(import, "gtins"), before = 0;
	struct gtin_look look = {import, row};
	size_t n = 0;

	for (unsigned i = 0; i < import->noun->key_n && n < sizeof(key); i++)
		n += (size_t)snprintf(
			key + n, sizeof(key) - n, "%.*s\n", BR_STR_ARG(cell(import, row, i)));
	if (n > 0 && n < sizeof(key) &&
		br_import_seen_add(&import->keys, (struct br_str){key, n}, row->line, &before) ==
			0 &&
		before > 0) {
		(void)snprintf(sentence, sizeof(sentence), "stands in line %u, too", before);
		cell_tell(import, row->line, "sku", cell(import, row, 0), sentence);
	}
	br_assert(import->phase == PHASE_CHECK);
	if (gtins < import->noun->column_n)
		br_import_parts(cell(import, row, gtins), "|; ", gtin_look, &look);
}

static int row_take(struct import *import, const struct row *row, struct br_fault *fault)
{
	char sentence[80];

	br_assert(row->n > 0 && import->column_n <= BR_CSV_COLUMNS_MAX);
	if (row->n > import->column_n) {
		(void)snprintf(sentence, sizeof(sentence), "has %u columns, the header has %u",
			row->n, import->column_n);
		line_tell(import, row->line, sentence);
		return 0;
	}
	import->bad_cells = 0;
	if (import->noun->list != NULL)
		return row_item(import, row, fault);
	if (import->phase == PHASE_CHECK)
		twice_look(import, row);
	return row_command(import, row, fault);
}

static int rows_read(struct import *import, struct br_fault *fault)
{
	struct row row;
	int result;

	br_assert(import->column_n > 0 && import->column_n <= BR_CSV_COLUMNS_MAX);
	while ((result = br_csv_next(&import->csv, row.cells, &row.n, fault)) > 0) {
		row.line = import->csv.line;
		import->rows += import->phase == PHASE_CHECK;
		result = row_take(import, &row, fault);
		if (result < 0)
			return result;
	}
	return result < 0 ? result : items_take(import, fault);
}

/* One reading over a fresh copy of the file's bytes, which reading changes. */
static int pass(struct import *import, const char *bytes, size_t n, struct br_fault *fault)
{
	char *copy = malloc(n + 1);
	int result;

	br_assert(bytes != NULL);
	if (copy == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	memcpy(copy, bytes, n);
	copy[n] = '\0';
	import->items_line = 0;
	br_csv_init(&import->csv, copy, n);
	result = header_read(import, fault);
	if (result == 0)
		result = rows_read(import, fault);
	if (result == 0)
		result = batch_send(import, fault);
	if (result == 0)
		result = br_tool_fleet_finish(import->fleet, fault);
	free(copy);
	return result;
}

/* Reads all of it in one of the phases. */
static int pass_asking(struct import *import, enum phase phase, const char *bytes, size_t n,
	struct br_fault *fault)
{
	int result;

	br_assert(import->bad == 0);
	import->phase = phase;
	import->filling = 0;
	result = br_tool_fleet_create(import->tool,
		phase == PHASE_CHECK ? "/commands/check" : "/commands", answers_take, import,
		&import->fleet, fault);
	if (result == 0)
		result = pass(import, bytes, n, fault);
	br_tool_fleet_destroy(BR_TAKE(import->fleet));
	return result;
}

static int bad_fail(const struct import *import, struct br_fault *fault)
{
	return br_fault_set(fault, BR_E_INVALID, "%u fault%s in %u lines", import->bad,
		import->bad == 1 ? "" : "s", import->rows);
}

static int import_run(struct import *import, const char *bytes, size_t n, struct br_fault *fault)
{
	int result = pass_asking(import, PHASE_CHECK, bytes, n, fault);

	if (result == 0 && import->bad > 0)
		result = bad_fail(import, fault);
	if (result < 0 || import->tool->dry_run)
		return result;
	br_assert(import->bad == 0);
	return pass_asking(import, PHASE_SEND, bytes, n, fault);
}

static int import_fail(const struct import *import, const struct br_fault *fault)
{
	int code = br_tool_fail(fault);

	if (import->phase != PHASE_SEND)
		(void)fprintf(stderr, "backroom: nothing was imported\n");
	else
		(void)fprintf(stderr,
			"backroom: %u commands were taken before that; import the file again, what "
			"is there already changes nothing\n",
			import->sent);
	return code;
}

static void summary_print(const struct import *import)
{
	if (br_tool_progress(import->tool))
		(void)fprintf(stderr, "\r%40s\r", "");
	if (import->tool->json)
		(void)printf("{\"rows\":%u,\"commands\":%u,\"refused\":%u,\"dry_run\":%s}\n",
			import->rows, import->sent + import->refused, import->refused,
			import->tool->dry_run ? "true" : "false");
	else if (import->tool->dry_run)
		(void)printf("%u %s read, all are good, nothing was sent\n", import->rows,
			import->noun->name);
	else
		(void)printf("%u %s read, %u commands sent, %u refused\n", import->rows,
			import->noun->name, import->sent + import->refused, import->refused);
}

static void import_init(struct import *import)
{
	br_text_init(&import->command, COMMAND_BYTES_MAX);
	br_text_init(&import->items, COMMAND_BYTES_MAX);
	br_arena_init(&import->arena, BR_COMMAND_ARENA_BYTES_MAX);
	for (unsigned i = 0; i < BR_TOOL_FLIGHTS; i++)
		br_text_init(&import->batches[i].text, BATCH_BYTES_MAX);
	br_assert(import->noun != NULL);
}

static void import_finish(struct import *import)
{
	br_text_finish(&import->command);
	br_text_finish(&import->items);
	br_arena_finish(&import->arena);
	for (unsigned i = 0; i < BR_TOOL_FLIGHTS; i++)
		br_text_finish(&import->batches[i].text);
	br_import_seen_finish(&import->keys);
	br_import_seen_finish(&import->gtins);
	br_assert(import->fleet == NULL);
}

int br_tool_import(struct br_tool *tool)
{
	struct import *import = calloc(1, sizeof(*import));
	struct br_fault fault;
	char *bytes = NULL;
	size_t n = 0;
	int result, code;

	br_assert(tool->argc == 1);
	if (import == NULL) {
		(void)br_fault_set(&fault, BR_E_MEMORY, "out of memory");
		return br_tool_fail(&fault);
	}
	import->tool = tool;
	import->noun = br_import_noun_named(tool->verb);
	import->price = column_of(import, "price");
	if (import->price < import->noun->column_n && !import->noun->columns[import->price].price)
		import->price = import->noun->column_n;
	import_init(import);
	result = br_import_file_load(tool->argv[0], &bytes, &n, &fault);
	if (result == 0 && br_tool_id(import->run, sizeof(import->run)) < 0)
		result = br_fault_set(&fault, BR_E_CRYPTO, "no random numbers");
	if (result == 0)
		result = import_run(import, bytes, n, &fault);
	if (result < 0)
		code = import_fail(import, &fault);
	else
		code = import->refused == 0 ? 0 : 1;
	if (result == 0)
		summary_print(import);
	import_finish(import);
	free(bytes);
	free(import);
	return code;
}
