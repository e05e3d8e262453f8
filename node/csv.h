/*
 * CSV (RFC 4180) as people's programs write it: comma, semicolon or tab, quoted fields, CR LF, LF
 * or CR, UTF-8 with or without a byte-order mark. One row at a time out of a file in memory.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"

#define BR_CSV_COLUMNS_MAX 64

struct br_csv {
	struct br_str rest; /* what is not read yet; the caller's bytes, which reading changes */
	char separator;
	unsigned line; /* of the row that was read last, from 1 */
	unsigned next_line;
};

/*
 * Starts on `bytes`, which must stay and are changed (quotes are taken out in place). The separator
 * is the one of , ; and tab that the first line has most of outside quotes.
 */
void br_csv_init(struct br_csv *csv, char *bytes, size_t n);

/*
 * Reads the next row that is not blank: 1 with the columns, 0 at the end, or BR_E_INVALID with the
 * line in the fault: a quote that is never closed, text behind a closing quote, too many columns,
 * or bytes that are not UTF-8.
 */
BR_MUST_CHECK int br_csv_next(struct br_csv *csv, struct br_str ret_columns[BR_CSV_COLUMNS_MAX],
	unsigned *ret_n, struct br_fault *fault);
