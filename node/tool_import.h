/*
 * Imports and exports: which columns a CSV of each noun has, and what they mean in commands.
 *
 * One table serves both ways, so what was exported can be imported: `backroom export prices` writes
 * the header that `backroom import prices` reads.
 */
#pragma once

#include "node/csv.h"
#include "node/json_out.h"
#include "node/limits.h"
#include "node/tool.h"

enum br_import_cell {
	BR_CELL_TEXT,  /* as it is: also numbers and words, which commands take as texts */
	BR_CELL_TRUTH, /* yes or no, true or false, 1 or 0 */
	BR_CELL_TIME,  /* as people write times: also "2026-03-01 08:00" by the clock on the wall */
	BR_CELL_GTINS, /* barcodes, apart by a bar, a semicolon or blanks */
	BR_CELL_NAMES  /* names in other languages: "fr: Jus|de: Saft" */
};

struct br_import_column {
	const char *name;   /* in the header */
	const char *member; /* of the command's data */
	enum br_import_cell cell;
	bool required; /* the header must have it */
	bool number;   /* commands have it as a number; every other cell is a text, digits or not */
	/* A member of the row's second command, price.set, not of its first one. */
	bool price;
	/* A member of an item in the command's list: the rows of one product make one command. */
	bool item;
};

struct br_import_noun {
	const char *name; /* "products" */
	const char *type; /* of the row's command */
	const char *list; /* the member that holds the items; NULL = none */
	const struct br_import_column *columns;
	unsigned column_n;
	unsigned key_n; /* the first columns name what may stand in the file once; 0 = any */
};

/* NULL when there is none of the name. */
const struct br_import_noun *br_import_noun_named(const char *name);

#define BR_IMPORT_COLUMNS_MAX 32

/* The header's columns, for whoever misspelt one. */
void br_import_columns_list(const struct br_import_noun *noun, char *ret_text, size_t size);

/* What an item of the noun's list looks like; only for a noun that has one. */
const struct br_shape *br_import_item_shape(const struct br_import_noun *noun);

/*
 * Which cell a fault such as "gtins: item 0: …" in a command of the type is about; NULL when about
 * none.
 */
const struct br_import_column *br_import_fault_column(
	const struct br_import_noun *noun, struct br_str fault, const char *type);

/* Writes one cell as the column's member; an empty one is left out. False for what is no truth. */
BR_MUST_CHECK bool br_import_cell_write(
	const struct br_import_column *column, struct br_str cell, struct br_json_out *out);

#define BR_IMPORT_NUMBER_BYTES 24

/*
 * Reads a number of a file whose separator leaves the comma free: "2,49" is 2.49. What has no
 * decimal comma stays as it is. False for "1,234", which may mean thousands.
 */
BR_MUST_CHECK bool br_import_comma_read(
	struct br_str cell, char ret_text[BR_IMPORT_NUMBER_BYTES], struct br_str *ret_cell);

/* Calls `each` for the parts of a cell that are apart by one of `separators`. */
void br_import_parts(struct br_str cell, const char *separators,
	void (*each)(void *context, struct br_str part), void *context);

/* All of a file, at most 512 MiB, which the caller frees. BR_E_INVALID, BR_E_IO. */
BR_MUST_CHECK int br_import_file_load(
	const char *path, char **ret_bytes, size_t *ret_n, struct br_fault *fault);

/* What stood in the file already: a set of texts with the line each came from. */
struct br_import_seen {
	struct br_import_seen_slot *slots; /* owned */
	size_t n, space;
};

/* The line that had the text before, or 0, and then it is kept. BR_E_MEMORY. */
BR_MUST_CHECK int br_import_seen_add(
	struct br_import_seen *seen, struct br_str text, unsigned line, unsigned *ret_line);
void br_import_seen_finish(struct br_import_seen *seen);
