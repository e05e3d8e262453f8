/*
 * `backroom import products FILE.csv`: the header names the columns, in any order.
 *
 * The whole file is read and checked against the contract's shapes before the first row is sent, so
 * nothing is half imported for a bad line; every bad line is reported with its number, column and
 * what is allowed. Importing a file again changes nothing, because the daemon writes no event for a
 * product or a price that is so already.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	int at[COLUMN_N]; /* the column's place in the file, -1 = not there */
	struct br_text command, batch;
	char run[32]; /* begins the ids of this run's commands */
	unsigned commands, in_batch, rows, bad, sent, refused;
	struct br_arena arena;
	bool sending; /* the second reading: the first one only checks */
};

static struct br_str cell(
	const struct import *import, const struct br_str *row, unsigned n, unsigned column)
{
	int at = import->at[column];

	return at >= 0 && (unsigned)at < n ? row[at] : (struct br_str){NULL, 0};
}

static void bad_line(struct import *import, const char *sentence)
{
	if (import->bad++ < BAD_LINES_SHOWN)
		(void)fprintf(stderr, "line %u: %s\n", import->csv.line, sentence);
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
	for (unsigned j = 0; j < n; j++) {
		unsigned i = 0;

		while (i < COLUMN_N && !br_str_is(row[j], columns[i]))
			i++;
		if (i == COLUMN_N)
			return br_fault_set(fault, BR_E_INVALID,
				"line 1: column \"%.*s\" is unknown; allowed are sku, name, lang, "
				"brand, gtins, sold_by, content, content_unit, origin, category, "
				"image, price, currency",
				BR_STR_ARG(row[j]));
		import->at[i] = (int)j;
	}
	if (import->at[0] < 0 || import->at[1] < 0)
		return br_fault_set(
			fault, BR_E_INVALID, "line 1: the columns sku and name are needed");
	return 0;
}

static void gtins_write(struct br_json_out *out, struct br_str text)
{
	br_json_out_array(out, "gtins");
	while (text.n > 0) {
		size_t n = strcspn(text.s, GTIN_SEPARATORS);
		struct br_str one = {text.s, n < text.n ? n : text.n};

		if (one.n > 0)
			br_json_out_string(out, NULL, one);
		text.s += one.n;
		text.n -= one.n;
		if (text.n > 0) {
			text.s++;
			text.n--;
		}
	}
	br_json_out_end(out);
}

static void product_write(
	struct import *import, const struct br_str *row, unsigned n, struct br_json_out *out)
{
	br_json_out_object(out, "data");
	for (unsigned i = 0; i < COLUMN_PRICE; i++) {
		struct br_str value = cell(import, row, n, i);
		char copy[512];

		if (value.n == 0 && i > 1)
			continue;
		if (i == COLUMN_GTINS) {
			/* Needs a closing NUL for strcspn(). */
			if (br_str_copy(value, copy, sizeof(copy)))
				gtins_write(out, br_str_from(copy));
			continue;
		}
		br_json_out_string(out, columns[i], value);
	}
	br_json_out_end(out);
}

static void price_write(
	struct import *import, const struct br_str *row, unsigned n, struct br_json_out *out)
{
	struct br_str currency = cell(import, row, n, COLUMN_CURRENCY);

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

	(void)snprintf(id, sizeof(id), "%s-%u", import->run, ++import->commands);
	br_json_out_puts(out, "id", id);
	br_json_out_end(out);
}

/* Says what the daemon refused. */
static void answers_read(struct import *import, const struct br_json *answers)
{
	BR_JSON_EACH (answer, answers) {
		import->sent++;
		if (strcmp(br_tool_text(answer, "outcome"), "accepted") == 0)
			continue;
		if (import->refused++ < BAD_LINES_SHOWN)
			(void)fprintf(stderr, "refused: %s\n", br_tool_text(answer, "message"));
	}
}

static int batch_send(struct import *import, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	struct br_str body;
	int result;

	if (import->in_batch == 0)
		return 0;
	br_text_puts(&import->batch, "]}");
	body = br_text_str(&import->batch);
	result = br_text_error(&import->batch);
	if (result == 0)
		result = br_tool_ask(import->tool, "/commands", &body, &answer, NULL, fault);
	if (result == 0)
		answers_read(import, br_json_member(answer, "answers"));
	br_text_clear(&import->batch);
	import->in_batch = 0;
	if (!import->tool->quiet && !import->tool->json && isatty(STDERR_FILENO) != 0)
		(void)fprintf(stderr, "\r%u commands sent", import->sent);
	return result;
}

static int batch_add(struct import *import, struct br_fault *fault)
{
	if (import->in_batch == BATCH_COMMANDS ||
		import->batch.n + import->command.n > BATCH_BYTES_MAX - 64) {
		int result = batch_send(import, fault);

		if (result < 0)
			return result;
	}
	br_text_puts(&import->batch, import->in_batch == 0 ? "{\"commands\":[" : ",");
	br_text_add_str(&import->batch, br_text_str(&import->command));
	import->in_batch++;
	return br_text_error(&import->batch);
}

/* Checks one command against its shape, as the daemon will. */
static bool command_check(struct import *import, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.now_ms = 0};
	enum br_refusal refusal;

	br_arena_reset(&import->arena);
	if (br_json_parse(br_text_str(&import->command), &root, fault) < 0)
		return false;
	return br_command_from_json(root, &import->arena, &command, &refusal, fault) == 0;
}

/* Makes one command of a row, then checks it or puts it into the batch. */
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
	if (!command_check(import, fault))
		bad_line(import, fault->text);
	return 0;
}

static int rows_read(struct import *import, struct br_fault *fault)
{
	struct br_str row[BR_CSV_COLUMNS_MAX];
	unsigned n;
	int result;

	while ((result = br_csv_next(&import->csv, row, &n, fault)) > 0) {
		import->rows += !import->sending;
		result = row_command(import, row, n, "product.upsert", product_write, fault);
		if (result == 0 && cell(import, row, n, COLUMN_PRICE).n > 0)
			result = row_command(import, row, n, "price.set", price_write, fault);
		if (result < 0)
			return result;
	}
	return result;
}

/* One pass over a fresh copy of the file's bytes, which reading changes. */
static int pass(struct import *import, const char *bytes, size_t n, struct br_fault *fault)
{
	char *copy = malloc(n + 1);
	int result;

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

	if (result == 0 && import->bad > 0)
		return br_fault_set(fault, BR_E_INVALID,
			"%u of %u lines are bad; nothing was imported", import->bad, import->rows);
	import->sending = true;
	return result == 0 ? pass(import, bytes, n, fault) : result;
}

int br_tool_import_products(struct br_tool *tool)
{
	struct import import = {.tool = tool};
	struct br_fault fault;
	char *bytes = NULL;
	size_t n = 0;
	int result = file_load(tool->argv[0], &bytes, &n, &fault);

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
		return br_tool_fail(&fault);
	if (tool->json)
		(void)printf("{\"rows\":%u,\"commands\":%u,\"refused\":%u}\n", import.rows,
			import.sent, import.refused);
	else
		(void)printf("\r%u products read, %u commands sent, %u refused\n", import.rows,
			import.sent, import.refused);
	return import.refused == 0 ? 0 : 1;
}
