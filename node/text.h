/*
 * A growing text with a hard limit: what messages, pages and JSON are written into.
 *
 * It keeps its first failure (no memory, or over the limit) and ignores what follows, so a writer
 * may append without looking and check once at the end with br_text_finish().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/attributes.h"
#include "node/str.h"

struct br_text {
	char *bytes;  /* owned; NUL-terminated when not NULL */
	size_t n;     /* bytes written, without the NUL */
	size_t space; /* bytes allocated */
	size_t max;   /* limit for n */
	int error;    /* first BR_E_*, 0 while all is well */
};

/* Starts an empty text of at most `max` bytes; allocates nothing yet. */
void br_text_init(struct br_text *text, size_t max);

/* Releases the bytes; takes a text that is all zero. */
void br_text_finish(struct br_text *text);

/* Forgets what was written and the error, keeps the memory. */
void br_text_clear(struct br_text *text);

void br_text_add(struct br_text *text, const void *bytes, size_t n);
void br_text_add_str(struct br_text *text, struct br_str str);
void br_text_puts(struct br_text *text, const char *literal);
void br_text_putc(struct br_text *text, char c);
void br_text_printf(struct br_text *text, const char *format, ...) BR_PRINTF(2, 3);

/* Appends a whole number in decimal digits. */
void br_text_add_u64(struct br_text *text, uint64_t value);
void br_text_add_i64(struct br_text *text, int64_t value);

/* Appends `value` / 1000 as a decimal without needless zeros: 2550 gives "2.55", 3000 gives "3". */
void br_text_add_milli(struct br_text *text, int64_t value);

/* What was written so far; valid until the next append, clear or finish. */
struct br_str br_text_str(const struct br_text *text);

/* 0, BR_E_MEMORY or BR_E_TOO_LARGE. */
BR_MUST_CHECK int br_text_error(const struct br_text *text);
