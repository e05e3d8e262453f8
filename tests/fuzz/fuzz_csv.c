/*
 * Fuzzes the CSV reader and what an import makes of its cells: any bytes. A row's fields lie within
 * the bytes, one behind the other, and are UTF-8; lines only rise; the reading ends; and whatever a
 * cell of any column holds, what is written of it is JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "node/tool_import.h"

#define JSON_BYTES_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void cell_check(const struct br_import_column *column, struct br_str cell)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	char number[BR_IMPORT_NUMBER_BYTES];
	struct br_json_out out;
	struct br_fault fault;
	struct br_text text;

	if (column->number && !br_import_comma_read(cell, number, &cell))
		return;
	br_text_init(&text, JSON_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	/* Only what is a truth has words of its own. */
	br_assert(br_import_cell_write(column, cell, &out) || column->cell == BR_CELL_TRUTH);
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0);
	/* Control characters are the shapes' to refuse; here the form counts. */
	br_assert(br_json_parse(br_text_str(&text), &root, &fault) == 0 || fault.text[0] != '\0');
	br_text_finish(&text);
}

static void row_check(const char *copy, size_t n, const struct br_str *cells, unsigned cell_n)
{
	const struct br_import_noun *noun = br_import_noun_named("products");
	const char *end = copy;

	br_assert(cell_n > 0 && cell_n <= BR_CSV_COLUMNS_MAX && noun != NULL);
	for (unsigned i = 0; i < cell_n; i++) {
		br_assert(cells[i].s >= end && cells[i].s + cells[i].n <= copy + n);
		br_assert(br_utf8_valid(cells[i].s, cells[i].n));
		end = cells[i].s + cells[i].n;
		cell_check(&noun->columns[i % noun->column_n], cells[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_str cells[BR_CSV_COLUMNS_MAX];
	struct br_fault fault = {""};
	struct br_csv csv;
	unsigned cell_n = 0, line = 0;
	size_t left = n + 1;
	/* Of its exact size, so that a read behind the end is seen. */
	char *copy = malloc(n > 0 ? n : 1);
	int result;

	br_assert(copy != NULL);
	memcpy(copy, bytes, n);
	br_csv_init(&csv, copy, n);
	while ((result = br_csv_next(&csv, cells, &cell_n, &fault)) > 0) {
		br_assert(csv.line > line && csv.rest.n < left);
		line = csv.line;
		left = csv.rest.n;
		row_check(copy, n, cells, cell_n);
	}
	br_assert(result == 0 || (result == BR_E_INVALID && fault.text[0] != '\0'));
	free(copy);
	return 0;
}
