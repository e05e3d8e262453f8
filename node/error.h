/*
 * Errors: what a function returns, and what a person reads.
 *
 * A function that can fail returns 0 or a negative BR_E_* ("failed, changed nothing"). Positive
 * returns are documented outcomes of the single function. Each library's own codes are translated
 * into these in the one .c file that includes the library.
 *
 * A `struct br_fault` carries the sentence for the person: what was wrong and what is allowed. It
 * is filled by the place that knows, and travels to whoever answers.
 */
#pragma once

#include "node/attributes.h"

enum br_error {
	BR_E_MEMORY = -1,      /* no memory */
	BR_E_IO = -2,	       /* the disk or the system failed; fatal at a commit */
	BR_E_DISK_FULL = -3,   /* no space left on the device */
	BR_E_MAP_FULL = -4,    /* the store's own limit is reached */
	BR_E_CORRUPT = -5,     /* bytes that do not decode: bad CRC, truncated, impossible value */
	BR_E_VERSION = -6,     /* written by a newer version of Backroom */
	BR_E_NOT_FOUND = -7,   /* the thing asked for does not exist */
	BR_E_EXISTS = -8,      /* the thing to be made exists already */
	BR_E_BUSY = -9,	       /* held by somebody else, or a queue is full: try again later */
	BR_E_INVALID = -10,    /* input from outside breaks a rule; the fault says which */
	BR_E_TOO_LARGE = -11,  /* input from outside is over a limit; the fault names it */
	BR_E_OFFLINE = -12,    /* the other side is not connected */
	BR_E_CRYPTO = -13,     /* the cryptographic library refused */
	BR_E_UNSUPPORTED = -14 /* understood, but not offered here */
};

/* A short constant English text for a BR_E_* code; never NULL, any int is allowed. */
const char *br_error_text(int error);

/* Translates an errno value (positive) into BR_E_*; ENOSPC and EDQUOT are BR_E_DISK_FULL. */
int br_error_from_errno(int number);

#define BR_FAULT_BYTES_MAX 320

/* The sentence for a person; empty when nothing was wrong. Cut at the end when too long. */
struct br_fault {
	char text[BR_FAULT_BYTES_MAX];
};

/*
 * Writes the sentence (UTF-8, cut at a character's border) and returns `error`, so that a refusal
 * is one line: `return br_fault_set(fault, BR_E_INVALID, "...", ...)`. A NULL fault is allowed.
 */
int br_fault_set(struct br_fault *fault, int error, const char *format, ...) BR_PRINTF(3, 4);

/* Puts "`prefix`: " before the sentence that is there, to say where it happened. */
void br_fault_prefix(struct br_fault *fault, const char *prefix);
