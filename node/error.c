#include "node/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/str.h"

void br_assert_failed(const char *expression, const char *file, int line)
{
	fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, expression);
	abort();
}

const char *br_error_text(int error)
{
	switch (error) {
	case BR_E_MEMORY:
		return "out of memory";
	case BR_E_IO:
		return "input/output error";
	case BR_E_DISK_FULL:
		return "no space left on the disk";
	case BR_E_MAP_FULL:
		return "the store's size limit is reached";
	case BR_E_CORRUPT:
		return "corrupt data";
	case BR_E_VERSION:
		return "written by a newer version";
	case BR_E_NOT_FOUND:
		return "not found";
	case BR_E_EXISTS:
		return "exists already";
	case BR_E_BUSY:
		return "busy";
	case BR_E_INVALID:
		return "invalid input";
	case BR_E_TOO_LARGE:
		return "too large";
	case BR_E_OFFLINE:
		return "not connected";
	case BR_E_CRYPTO:
		return "cryptographic failure";
	case BR_E_UNSUPPORTED:
		return "not supported";
	default:
		return error >= 0 ? "no error" : "unknown error";
	}
}

int br_error_from_errno(int number)
{
	br_assert(number > 0);
	switch (number) {
	case ENOMEM:
		return BR_E_MEMORY;
	case ENOSPC:
	case EDQUOT:
		return BR_E_DISK_FULL;
	case ENOENT:
		return BR_E_NOT_FOUND;
	case EEXIST:
		return BR_E_EXISTS;
	case EAGAIN:
	case EBUSY:
		return BR_E_BUSY;
	case EINVAL:
		return BR_E_INVALID;
	default:
		return BR_E_IO;
	}
}

int br_fault_set(struct br_fault *fault, int error, const char *format, ...)
{
	/* Longer than what is kept, so that a cut can see whether it would split a character. */
	char text[BR_FAULT_BYTES_MAX + 8] = "";
	size_t n = BR_FAULT_BYTES_MAX - 1;
	va_list arguments;

	br_assert(error < 0);
	if (fault == NULL)
		return error;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (strlen(text) > n)
		text[br_utf8_cut(text, n)] = '\0';
	/* A sentence quotes what came from outside, often only its first bytes. */
	br_utf8_mend(text);
	br_assert(strlen(text) < BR_FAULT_BYTES_MAX);
	memcpy(fault->text, text, BR_FAULT_BYTES_MAX);
	return error;
}

void br_fault_prefix(struct br_fault *fault, const char *prefix)
{
	struct br_fault before;

	br_assert(prefix[0] != '\0');
	if (fault == NULL)
		return;
	before = *fault;
	/* The result is always a refusal's text; the code was returned where it arose. */
	(void)br_fault_set(fault, BR_E_INVALID, "%s: %s", prefix, before.text);
}
