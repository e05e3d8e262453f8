/*
 * `backroom import products FILE.csv`: the header names the columns, in any order.
 *
 * The whole file is read and checked against the contract's shapes before the first row is sent, so
 * nothing is half imported for a bad line; every bad line is reported with its number, column and
 * what is allowed. What only the daemon can refuse, such as another product's barcode, is reported
 * with its line, too, and the other lines go on. Importing a file again changes nothing, because
 * the daemon writes no event for a product or a price that is so already.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/csv.h"
#include "node/json_out.h"
#include "node/limits.h"
#include "node/price.h"
#include "node/product.h"
#include "node/tool.h"

#define FILE_BYTES_MAX (512u << 20)
#define BATCH_COMMANDS 200
#define BATCH_BYTES_MAX (240u << 10)
#define COMMAND_BYTES_MAX 16384
#define BAD_LINES_SHOWN 20
#define GTIN_SEPARATORS "|; "
/* A core that has no room for a batch is asked again so often, so far apart. */
#define BUSY_TRIES 100
#define BUSY_PAUSE_NS 100000000L

/* Columns: those of product.upsert, and two of price.set. */
static const char *const columns[] = {"sku", "name", "lang", "brand", "gtins", "sold_by", "content",
	"content_unit", "origin", "category", "image", "price", "currency"};
enum {
	COLUMN_GTINS = 4,
	COLUMN_CONTENT = 6,
	COLUMN_PRICE = 11,
	COLUMN_CURRENCY = 12,
	COLUMN_N = BR_ARRAY_LEN(columns)
};

struct import {
	struct br_tool *tool;
	struct br_csv csv;
	unsigned column_n; /* of the header */
	int at[COLUMN_N];  /* the column's place in the file, -1 = not there */
	struct br_text command, batch;
	char run[32]; /* begins the ids of this run's commands */
	unsigned commands, in_batch, rows, bad, sent, refused;
	unsigned lines[BATCH_COMMANDS]; /* of the file, for each command in the batch */
	struct br_arena arena;
	bool sending; /* the second reading: the first one only checks */
};

static struct br_str cell(
	const struct import *import, const struct br_str *row, unsigned n, unsigned column)
{
	int at = import->at[column];

	br_assert(column < COLUMN_N);
	return at >= 0 && (unsigned)at < n ? row[at] : (struct br_str){NULL, 0};
}

static void line_tell(unsigned count, unsigned line, const char *sentence)
{
	br_assert(line > 0);
	if (count < BAD_LINES_SHOWN)
		(void)fprintf(stderr, "line %u: %s\n", line, sentence);
	else if (count == BAD_LINES_SHOWN)
		(void)fprintf(stderr, "and more\n");
}

static int header_read(struct import *import, struct br_fault *fault)
{
	struct br_str row[BR_CSV_COLUMNS_MAX];
	unsigned n;
	int result = br_csv_next(&import->csv, row, &n, fault);

	if (result < 0)
		return result;
	if (result == 0)
		return br_fault_set(fault, BR_E_INVALID, "the file is empty");
	for (unsigned i = 0; i < COLUMN_N; i++)
		import->at[i] = -1;
	import->column_n = n;
	for (unsigned j = 0; j < n; j++) {
		unsigned i = 0;

		while (i < COLUMN_N && !br_str_is(row[j], columns[i]))
			i++;
		if (i == COLUMN_N)
			return br_fault_set(fault, BR_E_INVALID,
				"line %u: column \"%.*s\" is unknown; allowed are sku, name, lang, "
				"brand, gtins, sold_by, content, content_unit, origin, category, "
				"image, price, currency",
				import->csv.line, BR_STR_ARG(row[j]));
		if (import->at[i] >= 0)
			return br_fault_set(fault, BR_E_INVALID,
				"line %u: column \"%s\" stands twice", import->csv.line,
				columns[i]);
		import->at[i] = (int)j;
	}
	if (import->at[0] < 0 || import->at[1] < 0)
		return br_fault_set(fault, BR_E_INVALID,
			"line %u: the columns sku and name are needed", import->csv.line);
	return 0;
}

/* Barcodes of one product stand in one field, apart by a bar, a semicolon or blanks. */
static void gtins_write(struct br_json_out *out, struct br_str text)
{
	br_json_out_array(out, "gtins");
	while (text.n > 0) {
		size_t n = 0;

		while (n < text.n && strchr(GTIN_SEPARATORS, text.s[n]) == NULL)
			n++;
		if (n > 0)
			br_json_out_string(out, NULL, (struct br_str){text.s, n});
		n += n < text.n;
		text.s += n;
		text.n -= n;
	}
	br_json_out_end(out);
}

static void product_write(
	struct import *import, const struct br_str *row, unsigned n, struct br_json_out *out)
{
	br_assert(import->at[0] >= 0 && import->at[1] >= 0);
	br_json_out_object(out, "data");
	for (unsigned i = 0; i < COLUMN_PRICE; i++) {
		struct br_str value = cell(import, row, n, i);

		/* The first two are told as missing when they are empty. */
		if (value.n == 0 && i > 1)
			continue;
		if (i == COLUMN_GTINS)
			gtins_write(out, value);
		else
			br_json_out_string(out, columns[i], value);
	}
	br_json_out_end(out);
}

static void price_write(
	struct import *import, const struct br_str *row, unsigned n, struct br_json_out *out)
{
	struct br_str currency = cell(import, row, n, COLUMN_CURRENCY);

	br_assert(import->at[COLUMN_PRICE] >= 0);
	br_json_out_object(out, "data");
	br_json_out_string(out, "sku", cell(import, row, n, 0));
	br_json_out_string(out, "amount", cell(import, row, n, COLUMN_PRICE));
	br_json_out_string(out, "currency",
		currency.n > 0 ? currency : br_str_from(import->tool->config.currency));
	br_json_out_end(out);
}

static void command_close(struct import *import, struct br_json_out *out)
{
	char id[64];

	br_assert(import->run[0] != '\0');
	(void)snprintf(id, sizeof(id), "%s-%u", import->run, ++import->commands);
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

/* Says what the daemon refused, with the line it came from. A full disk ends the import. */
static int answers_read(
	struct import *import, const struct br_json *answers, struct br_fault *fault)
{
	unsigned i = 0;

	if (br_json_count(answers) != import->in_batch)
		return br_fault_set(fault, BR_E_INVALID, "the daemon answered %zu of %u commands",
			br_json_count(answers), import->in_batch);
	BR_JSON_EACH (answer, answers) {
		unsigned line = import->lines[i++];

		br_assert(i <= import->in_batch);
		if (answer_is(answer, "code", "store_full"))
			return br_fault_set(fault, BR_E_DISK_FULL, "line %u: %s", line,
				br_tool_text(answer, "message"));
		if (answer_is(answer, "outcome", "accepted"))
			import->sent++;
		else
			line_tell(import->refused++, line, br_tool_text(answer, "message"));
	}
	return 0;
}

/*
 * Sends the batch until the core has taken all of it: what it took the first time gets its first
 * answer again, so a repeat does no harm.
 */
static int batch_ask(struct import *import, struct br_json **ret_answer, struct br_fault *fault)
{
	const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};
	struct br_str body = br_text_str(&import->batch);

	br_assert(import->sending && import->in_batch > 0);
	for (unsigned i = 0; i < BUSY_TRIES; i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
		int result = br_tool_ask(import->tool, "/commands", &body, &answer, NULL, fault);

		if (result < 0)
			return result;
		if (!answers_busy(br_json_member(answer, "answers"))) {
			*ret_answer = BR_TAKE(answer);
			return 0;
		}
		(void)nanosleep(&pause, NULL);
	}
	return br_fault_set(fault, BR_E_BUSY, "the daemon has too much to do: try again later");
}

static int batch_send(struct import *import, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	int result;

	br_assert(import->in_batch <= BATCH_COMMANDS);
	if (import->in_batch == 0)
		return 0;
	br_text_puts(&import->batch, "]}");
	result = br_text_error(&import->batch);
	if (result < 0)
		return br_fault_set(fault, result, "out of memory");
	result = batch_ask(import, &answer, fault);
	if (result == 0)
		result = answers_read(import, br_json_member(answer, "answers"), fault);
	br_text_clear(&import->batch);
	import->in_batch = 0;
	if (br_tool_progress(import->tool))
		(void)fprintf(stderr, "\r%u commands sent", import->sent);
	return result;
}

static int batch_add(struct import *import, struct br_fault *fault)
{
	br_assert(import->sending);
	if (import->in_batch == BATCH_COMMANDS ||
		import->batch.n + import->command.n > BATCH_BYTES_MAX - 64) {
		int result = batch_send(import, fault);

		if (result < 0)
			return result;
	}
	br_text_puts(&import->batch, import->in_batch == 0 ? "{\"commands\":[" : ",");
	br_text_add_str(&import->batch, br_text_str(&import->command));
	br_assert(import->in_batch < BATCH_COMMANDS);
	import->lines[import->in_batch++] = import->csv.line;
	return br_text_error(&import->batch);
}

/* Checks one command's data against its shape, as the daemon will; the fault names the column. */
static bool command_check(struct import *import, const char *type, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_shape *shape = br_command_type_named(br_str_from(type))->shape;
	struct br_fault wrong = {""};
	void *body;

	br_assert(!import->sending);
	br_arena_reset(&import->arena);
	body = br_arena_take(&import->arena, shape->size);
	if (body == NULL || br_text_error(&import->command) < 0) {
		(void)br_fault_set(fault, BR_E_TOO_LARGE, "the line is too long");
		return false;
	}
	if (br_json_parse(br_text_str(&import->command), &root, &wrong) == 0 &&
		br_record_from_json(
			shape, br_json_member(root, "data"), &import->arena, body, &wrong) == 0)
		return true;
	/* The command's word for the column. */
	if (br_str_starts(br_str_from(wrong.text), "amount:"))
		(void)br_fault_set(fault, BR_E_INVALID, "price%s", strchr(wrong.text, ':'));
	else
		*fault = wrong;
	return false;
}

/* Makes one command of a row and puts it into the batch, or only checks it: then 1 for a bad one.
 */
static int row_command(struct import *import, const struct br_str *row, unsigned n,
	const char *type,
	void (*write)(struct import *import, const struct br_str *row, unsigned n,
		struct br_json_out *out),
	struct br_fault *fault)
{
	struct br_json_out out;

	br_text_clear(&import->command);
	br_json_out_begin(&out, &import->command);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", type);
	write(import, row, n, &out);
	command_close(import, &out);
	if (import->sending)
		return batch_add(import, fault);
	return command_check(import, type, fault) ? 0 : 1;
}

/* The commands of one row: 0, 1 with the fault when the row is bad, or a negative error. */
static int row_take(
	struct import *import, const struct br_str *row, unsigned n, struct br_fault *fault)
{
	int result;

	br_assert(n > 0 && import->column_n <= BR_CSV_COLUMNS_MAX);
	if (n > import->column_n) {
		(void)br_fault_set(fault, BR_E_INVALID, "has %u columns, the header has %u", n,
			import->column_n);
		return 1;
	}
	result = row_command(import, row, n, "product.upsert", product_write, fault);
	if (result == 0 && cell(import, row, n, COLUMN_PRICE).n > 0)
		result = row_command(import, row, n, "price.set", price_write, fault);
	return result;
}

static int rows_read(struct import *import, struct br_fault *fault)
{
	struct br_str row[BR_CSV_COLUMNS_MAX];
	unsigned n;
	int result;

	br_assert(import->column_n > 0 && import->column_n <= BR_CSV_COLUMNS_MAX);
	while ((result = br_csv_next(&import->csv, row, &n, fault)) > 0) {
		import->rows += !import->sending;
		result = row_take(import, row, n, fault);
		if (result < 0)
			return result;
		if (result > 0)
			line_tell(import->bad++, import->csv.line, fault->text);
	}
	return result;
}

/* One pass over a fresh copy of the file's bytes, which reading changes. */
static int pass(struct import *import, const char *bytes, size_t n, struct br_fault *fault)
{
	char *copy = malloc(n + 1);
	int result;

	br_assert(bytes != NULL);
	if (copy == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	memcpy(copy, bytes, n);
	copy[n] = '\0';
	br_csv_init(&import->csv, copy, n);
	result = header_read(import, fault);
	if (result == 0)
		result = rows_read(import, fault);
	if (result == 0 && import->sending)
		result = batch_send(import, fault);
	free(copy);
	return result;
}

static int file_load(const char *path, char **ret_bytes, size_t *ret_n, struct br_fault *fault)
{
	FILE *file = fopen(path, "rb");
	long size = -1;
	char *bytes;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size < 0 || size > (long)FILE_BYTES_MAX) {
		if (file != NULL)
			(void)fclose(file);
		return br_fault_set(fault, BR_E_INVALID, "%s: %s", path,
			size < 0 ? "cannot be read" : "is over 512 MiB");
	}
	rewind(file);
	bytes = malloc((size_t)size + 1);
	*ret_n = bytes != NULL ? fread(bytes, 1, (size_t)size, file) : 0;
	(void)fclose(file);
	if (bytes == NULL || *ret_n != (size_t)size) {
		free(bytes);
		return br_fault_set(fault, BR_E_IO, "%s: cannot be read", path);
	}
	*ret_bytes = bytes;
	return 0;
}

static int import_run(struct import *import, const char *bytes, size_t n, struct br_fault *fault)
{
	int result = pass(import, bytes, n, fault);

	br_assert(!import->sending);
	if (result == 0 && import->bad > 0)
		result = br_fault_set(
			fault, BR_E_INVALID, "%u of %u lines are bad", import->bad, import->rows);
	if (result < 0)
		return result;
	br_assert(import->bad == 0);
	import->sending = true;
	return pass(import, bytes, n, fault);
}

static int import_fail(const struct import *import, const struct br_fault *fault)
{
	int code = br_tool_fail(fault);

	if (!import->sending)
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
		(void)printf("{\"rows\":%u,\"commands\":%u,\"refused\":%u}\n", import->rows,
			import->sent + import->refused, import->refused);
	else
		(void)printf("%u products read, %u commands sent, %u refused\n", import->rows,
			import->sent + import->refused, import->refused);
}

int br_tool_import_products(struct br_tool *tool)
{
	struct import import = {.tool = tool};
	struct br_fault fault;
	char *bytes = NULL;
	size_t n = 0;
	int result = file_load(tool->argv[0], &bytes, &n, &fault);

	br_assert(tool->argc == 1);
	br_text_init(&import.command, COMMAND_BYTES_MAX);
	br_text_init(&import.batch, BATCH_BYTES_MAX);
	br_arena_init(&import.arena, BR_COMMAND_ARENA_BYTES_MAX);
	if (result == 0 && br_tool_id(import.run, sizeof(import.run)) < 0)
		result = br_fault_set(&fault, BR_E_CRYPTO, "no random numbers");
	if (result == 0)
		result = import_run(&import, bytes, n, &fault);
	br_arena_finish(&import.arena);
	br_text_finish(&import.command);
	br_text_finish(&import.batch);
	free(bytes);
	if (result < 0)
		return import_fail(&import, &fault);
	summary_print(&import);
	return import.refused == 0 ? 0 : 1;
}
