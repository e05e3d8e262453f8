/*
 * Folders and files that must survive a loss of power: every function that changes the disk has
 * synced what it wrote when it returns 0. Used by backup and restore.
 *
 * Errors are BR_E_* from errno, with the path in the fault's sentence.
 */
#pragma once

#include <stdint.h>

#include "node/error.h"
#include "node/str.h"

#define BR_PATH_BYTES 4096

struct br_path {
	char s[BR_PATH_BYTES]; /* empty when it would not fit: no call of the system takes that */
};

/* `folder`/`name`. */
struct br_path br_path_in(const char *folder, const char *name);

/* The folder that `path` lies in; "." for a bare name. */
struct br_path br_path_parent(const char *path);

/* Puts the calling thread's errno and the path into the fault; returns its BR_E_* code. */
int br_path_fault(struct br_fault *fault, const char *path);

/* Makes names that were made or changed in a folder permanent. */
BR_MUST_CHECK int br_folder_sync(const char *path, struct br_fault *fault);

/* Renames a finished folder to a name that nobody may have: BR_E_EXISTS. */
BR_MUST_CHECK int br_folder_place(const char *from, const char *to, struct br_fault *fault);

/* Writes a new file (mode 0600): BR_E_EXISTS when it is there. */
BR_MUST_CHECK int br_file_write(const char *path, struct br_str bytes, struct br_fault *fault);

/* Copies a file to a new one (mode 0600): BR_E_EXISTS when it is there. */
BR_MUST_CHECK int br_file_copy(const char *from, const char *to, struct br_fault *fault);

#define BR_SHA256_TEXT_BYTES 65 /* 64 hexadecimal digits and NUL */

/* A file's size and its SHA-256 in lower-case hexadecimal. */
BR_MUST_CHECK int br_file_measure(const char *path, uint64_t *ret_bytes,
	char ret_sha256[BR_SHA256_TEXT_BYTES], struct br_fault *fault);
