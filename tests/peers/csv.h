/*
 * Reads CSV (RFC 4180: quoted fields, doubled quotes, line ends inside quotes; LF or CRLF) row by
 * row from a plain or gzip-compressed file, and finds columns by the names in the first row.
 *
 * Limits: 64 columns, 64 KiB a row.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "node/error.h"
#include "node/str.h"

#define PEER_CSV_COLUMNS_MAX 64

struct peer_csv;

/* Opens the file and reads the row of column names. The caller closes *ret_csv. */
BR_MUST_CHECK int peer_csv_open(
	const char *path, struct peer_csv **ret_csv, struct br_fault *fault);
void peer_csv_close(struct peer_csv *csv);

/* The column's place, or -1 when the file has no column of that name. */
int peer_csv_column(const struct peer_csv *csv, const char *name);

/* Reads the next row: 1, 0 at the end, BR_E_INVALID or BR_E_CORRUPT with the fault set. */
BR_MUST_CHECK int peer_csv_next(struct peer_csv *csv, struct br_fault *fault);

/* A field of the current row; empty for column -1 and for a row that is too short. */
struct br_str peer_csv_field(const struct peer_csv *csv, int column);

/* Lines read so far, for messages. */
uint64_t peer_csv_line(const struct peer_csv *csv);

/* Writes one field, quoted when it must be. */
void peer_csv_write(FILE *file, struct br_str field);
