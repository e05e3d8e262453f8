#include "node/time_record.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/crc32c.h"
#include "node/folder.h"
#include "node/time.h"

#define HEAD "backroom-clock 2 "
#define CRC_DIGITS 8

static bool boot_valid(struct br_str boot)
{
	if (boot.n == 0 || boot.n >= BR_TIME_BOOT_BYTES)
		return false;
	for (size_t i = 0; i < boot.n; i++) {
		char c = boot.s[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-'))
			return false;
	}
	return true;
}

size_t br_time_record_write(
	const struct br_time_record *record, char ret_line[BR_TIME_RECORD_BYTES])
{
	int n = snprintf(ret_line, BR_TIME_RECORD_BYTES,
		HEAD "%" PRId64 " %" PRId64 " %" PRIu64 " %d %u %s ", record->time_ms,
		record->boot_ms, record->journal_at, record->open, record->by,
		record->boot[0] != '\0' ? record->boot : "-");

	br_assert(record->time_ms >= 0 && record->boot_ms >= 0 && record->by <= BR_TIME_BY_MAX);
	br_assert(n > 0 && n + CRC_DIGITS + 2 <= BR_TIME_RECORD_BYTES);
	return (size_t)n + (size_t)snprintf(ret_line + n, BR_TIME_RECORD_BYTES - (size_t)n,
				   "%08" PRIx32 "\n", br_crc32c(ret_line, (size_t)n));
}

/* Takes a number that is not negative, with the blank behind it. */
static bool number_take(struct br_str *line, int64_t *ret_number)
{
	struct br_str word = br_str_split(line, ' ');

	return br_str_to_i64(word, ret_number) && *ret_number >= 0;
}

int br_time_record_read(struct br_str line, struct br_time_record *ret_record)
{
	const size_t tail_n = CRC_DIGITS + 1;
	struct br_time_record record = {.time_ms = 0};
	int64_t sequence = 0, open = 0, by = 0;
	struct br_str boot, rest = line;
	char crc[CRC_DIGITS + 2];

	if (line.n <= tail_n || line.n >= BR_TIME_RECORD_BYTES || !br_str_starts(line, HEAD))
		return BR_E_CORRUPT;
	(void)snprintf(crc, sizeof(crc), "%08" PRIx32 "\n", br_crc32c(line.s, line.n - tail_n));
	if (memcmp(crc, line.s + line.n - tail_n, tail_n) != 0)
		return BR_E_CORRUPT;
	rest = (struct br_str){line.s + sizeof(HEAD) - 1, line.n - sizeof(HEAD) + 1};
	if (!number_take(&rest, &record.time_ms) || !number_take(&rest, &record.boot_ms) ||
		!number_take(&rest, &sequence) || !number_take(&rest, &open) || open > 1 ||
		!number_take(&rest, &by) || by > BR_TIME_BY_MAX ||
		record.time_ms > BR_TIME_MAX_MS || record.boot_ms > BR_TIME_MAX_MS)
		return BR_E_CORRUPT;
	boot = br_str_split(&rest, ' ');
	if (!boot_valid(boot) || rest.n != tail_n)
		return BR_E_CORRUPT;
	record.journal_at = (uint64_t)sequence;
	record.open = open == 1;
	record.by = (unsigned)by;
	if (!br_str_is(boot, "-") && !br_str_copy(boot, record.boot, sizeof(record.boot)))
		return BR_E_CORRUPT;
	br_assert(record.time_ms >= 0 && record.boot_ms >= 0);
	*ret_record = record;
	return 0;
}

int br_time_record_load(const char *path, struct br_time_record *ret_record)
{
	char line[BR_TIME_RECORD_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct br_fault fault;
	ssize_t n;

	br_assert(path[0] != '\0');
	if (fd < 0)
		return br_path_fault(&fault, path);
	n = read(fd, line, sizeof(line));
	(void)close(fd);
	if (n < 0)
		return BR_E_IO;
	return br_time_record_read((struct br_str){line, (size_t)n}, ret_record);
}

int br_time_record_keep(
	const char *path, const struct br_time_record *record, struct br_fault *fault)
{
	char part[BR_PATH_BYTES], line[BR_TIME_RECORD_BYTES];
	size_t n = br_time_record_write(record, line);
	int length = snprintf(part, sizeof(part), "%s.new", path);
	int result;

	br_assert(path[0] != '\0' && n < sizeof(line));
	if (length < 0 || length >= (int)sizeof(part))
		return br_fault_set(fault, BR_E_INVALID, "%s: the path is too long", path);
	/* What a crash has left half written is nobody's. */
	(void)unlink(part);
	result = br_file_write(part, (struct br_str){line, n}, fault);
	if (result == 0 && rename(part, path) < 0)
		result = br_path_fault(fault, path);
	return result < 0 ? result : br_folder_sync(br_path_parent(path).s, fault);
}
