/*
 * Fuzzes what is read of clocks: the record of the last time known, and stamps. Any bytes; what is
 * read is written again as it was, and a record begins with the bytes' checksum mended, too, so
 * that the rest of the reader is reached.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crc32c.h"
#include "node/hlc.h"
#include "node/time.h"
#include "node/time_record.h"

#define CRC_BYTES 9 /* with the line feed */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void record_check(struct br_str line)
{
	struct br_time_record record, again;
	char text[BR_TIME_RECORD_BYTES];
	size_t length;

	if (br_time_record_read(line, &record) < 0)
		return;
	length = br_time_record_write(&record, text);
	br_assert(br_time_record_read((struct br_str){text, length}, &again) == 0);
	br_assert(again.time_ms == record.time_ms && again.boot_ms == record.boot_ms);
	br_assert(again.journal_at == record.journal_at && again.open == record.open);
	br_assert(again.by == record.by);
	br_assert(strcmp(again.boot, record.boot) == 0);
}

static void stamp_check(struct br_str text)
{
	char again[BR_HLC_TEXT_BYTES];
	uint64_t stamp;

	if (!br_hlc_parse(text, &stamp))
		return;
	br_hlc_format(stamp, again);
	br_assert(br_str_is(text, again));
	if (br_hlc_ms(stamp) <= BR_TIME_MAX_MS)
		br_assert(br_hlc_tick(stamp, br_hlc_ms(stamp)) > stamp);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *copy = malloc(n + CRC_BYTES + 1);

	if (copy == NULL)
		return 0;
	if (n > 0)
		memcpy(copy, bytes, n);
	record_check((struct br_str){copy, n});
	stamp_check((struct br_str){copy, n});
	(void)snprintf(copy + n, CRC_BYTES + 1, "%08" PRIx32 "\n", br_crc32c(copy, n));
	record_check((struct br_str){copy, n + CRC_BYTES});
	free(copy);
	return 0;
}
