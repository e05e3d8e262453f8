#include "tests/peers/csv.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/peers/zip.h"

#define ROW_BYTES_MAX (64 * 1024)
#define BLOCK_BYTES (64 * 1024)

struct peer_csv {
	struct peer_unzip *file;
	char block[BLOCK_BYTES];
	size_t block_n, block_at;
	bool end;
	uint64_t line;
	char row[ROW_BYTES_MAX]; /* the row's fields, unquoted, one behind the other */
	size_t row_n;
	size_t starts[PEER_CSV_COLUMNS_MAX + 1]; /* field i is row[starts[i] … starts[i+1]) */
	size_t field_n;
	char *names; /* the first row, kept: row, starts and field_n of the names */
	size_t name_starts[PEER_CSV_COLUMNS_MAX + 1];
	size_t name_n;
};

/* The next byte, -1 at the end, BR_E_CORRUPT (which is below -1) when the file is damaged. */
static int byte_next(struct peer_csv *csv)
{
	int64_t got;

	if (csv->block_at < csv->block_n)
		return (unsigned char)csv->block[csv->block_at++];
	if (csv->end)
		return -1;
	got = peer_unzip_read(csv->file, csv->block, sizeof(csv->block));
	if (got < 0)
		return BR_E_CORRUPT;
	csv->end = got == 0;
	csv->block_n = (size_t)got;
	csv->block_at = 0;
	return got > 0 ? (unsigned char)csv->block[csv->block_at++] : -1;
}

static int byte_peek(struct peer_csv *csv)
{
	int c = byte_next(csv);

	if (c >= 0)
		csv->block_at--;
	return c;
}

static int field_end(struct peer_csv *csv, struct br_fault *fault)
{
	if (csv->field_n == PEER_CSV_COLUMNS_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "line %" PRIu64 ": over %d columns",
			csv->line, PEER_CSV_COLUMNS_MAX);
	csv->starts[++csv->field_n] = csv->row_n;
	return 0;
}

static int byte_keep(struct peer_csv *csv, int c, struct br_fault *fault)
{
	if (csv->row_n == ROW_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "line %" PRIu64 ": a row over %d bytes",
			csv->line, ROW_BYTES_MAX);
	csv->row[csv->row_n++] = (char)c;
	return 0;
}

/* Reads the inside of a quoted field, up to and with the closing quote. */
static int quoted_read(struct peer_csv *csv, struct br_fault *fault)
{
	for (;;) {
		int c = byte_next(csv), error;

		if (c < 0)
			return br_fault_set(fault, BR_E_INVALID,
				"line %" PRIu64 ": the file ends inside a quoted field", csv->line);
		if (c == '"') {
			if (byte_peek(csv) != '"')
				return 0;
			c = byte_next(csv);
		}
		if (c == '\n')
			csv->line++;
		error = byte_keep(csv, c, fault);
		if (error < 0)
			return error;
	}
}

/* Reads one row into `row` and `starts`; 1, or 0 when there is none left. */
static int row_read(struct peer_csv *csv, struct br_fault *fault)
{
	bool any = false;

	csv->row_n = csv->field_n = 0;
	csv->line++;
	for (;;) {
		int c = byte_next(csv), error = 0;

		if (c == BR_E_CORRUPT)
			return br_fault_set(
				fault, BR_E_CORRUPT, "line %" PRIu64 ": damaged file", csv->line);
		if (c == '\r' && byte_peek(csv) == '\n')
			continue;
		if (c == -1 && !any)
			return 0;
		any = true;
		if (c == -1 || c == '\n') {
			error = field_end(csv, fault);
			return error < 0 ? error : 1;
		}
		if (c == ',')
			error = field_end(csv, fault);
		else if (c == '"' && csv->row_n == csv->starts[csv->field_n])
			error = quoted_read(csv, fault);
		else
			error = byte_keep(csv, c, fault);
		if (error < 0)
			return error;
	}
}

static int names_read(struct peer_csv *csv, const char *path, struct br_fault *fault)
{
	size_t skip;
	int got = row_read(csv, fault);

	if (got < 0)
		return got;
	if (got == 0)
		return br_fault_set(fault, BR_E_INVALID, "%s: empty, column names expected", path);
	/* A byte order mark in front of the first name is no part of it. */
	skip = csv->row_n >= 3 && memcmp(csv->row, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	csv->names = malloc(csv->row_n + 1);
	if (csv->names == NULL)
		return BR_E_MEMORY;
	memcpy(csv->names, csv->row, csv->row_n);
	memcpy(csv->name_starts, csv->starts, sizeof(csv->starts));
	csv->name_starts[0] = skip;
	csv->name_n = csv->field_n;
	return 0;
}

int peer_csv_open(const char *path, struct peer_csv **ret_csv, struct br_fault *fault)
{
	struct peer_csv *csv = calloc(1, sizeof(*csv));
	int error;

	if (csv == NULL)
		return BR_E_MEMORY;
	error = peer_unzip_open(path, &csv->file);
	if (error < 0)
		error = br_fault_set(fault, error, "%s: %s", path, br_error_text(error));
	else
		error = names_read(csv, path, fault);
	if (error < 0) {
		peer_csv_close(csv);
		return error;
	}
	*ret_csv = csv;
	return 0;
}

void peer_csv_close(struct peer_csv *csv)
{
	if (csv == NULL)
		return;
	peer_unzip_close(csv->file);
	free(csv->names);
	free(csv);
}

int peer_csv_column(const struct peer_csv *csv, const char *name)
{
	for (size_t i = 0; i < csv->name_n; i++) {
		struct br_str found = {csv->names + csv->name_starts[i],
			csv->name_starts[i + 1] - csv->name_starts[i]};

		if (br_str_is(found, name))
			return (int)i;
	}
	return -1;
}

int peer_csv_next(struct peer_csv *csv, struct br_fault *fault)
{
	return row_read(csv, fault);
}

struct br_str peer_csv_field(const struct peer_csv *csv, int column)
{
	if (column < 0 || (size_t)column >= csv->field_n)
		return (struct br_str){"", 0};
	return (struct br_str){
		csv->row + csv->starts[column], csv->starts[column + 1] - csv->starts[column]};
}

uint64_t peer_csv_line(const struct peer_csv *csv)
{
	return csv->line;
}

void peer_csv_write(FILE *file, struct br_str field)
{
	bool quote = false;

	for (size_t i = 0; i < field.n; i++)
		quote = quote || strchr(",\"\r\n", field.s[i]) != NULL;
	if (!quote) {
		(void)fwrite(field.s, 1, field.n, file);
		return;
	}
	(void)fputc('"', file);
	for (size_t i = 0; i < field.n; i++) {
		if (field.s[i] == '"')
			(void)fputc('"', file);
		(void)fputc(field.s[i], file);
	}
	(void)fputc('"', file);
}
