/*
 * The record of the time that was last known for good: one line in a file, so that it outlives the
 * machine's clock (timekeeper.h).
 *
 *	backroom-clock 2 <unix ms> <boottime ms> <journal sequence> <open> <by> <boot id> <crc32c>
 *
 * Numbers are decimal, `open` is 0 or 1, `by` is whose word the time is, the boot id up to 40
 * letters, digits and '-' or a lone "-", and the checksum 8 hexadecimal digits over all before it.
 * Reading is total.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"

#define BR_TIME_BOOT_BYTES 41
#define BR_TIME_BY_MAX 9
#define BR_TIME_RECORD_BYTES 192

struct br_time_record {
	int64_t time_ms;	       /* unix ms */
	int64_t boot_ms;	       /* BOOTTIME it was true at, of the start `boot` */
	uint64_t journal_at;	       /* the journal's last sequence then */
	bool open;		       /* later times may have passed: see timekeeper.h */
	unsigned by;		       /* enum br_time_source, up to BR_TIME_BY_MAX */
	char boot[BR_TIME_BOOT_BYTES]; /* "" = not known */
};

/* Writes the line with its line feed and a NUL; its length. */
size_t br_time_record_write(
	const struct br_time_record *record, char ret_line[BR_TIME_RECORD_BYTES]);

/* BR_E_CORRUPT for anything else than what br_time_record_write() writes. */
BR_MUST_CHECK int br_time_record_read(struct br_str line, struct br_time_record *ret_record);

/* From the file: BR_E_NOT_FOUND without one, BR_E_CORRUPT, or another error of the system. */
BR_MUST_CHECK int br_time_record_load(const char *path, struct br_time_record *ret_record);

/* Puts the file's place whole: a crash leaves the old or the new one. */
BR_MUST_CHECK int br_time_record_keep(
	const char *path, const struct br_time_record *record, struct br_fault *fault);
