#define SD_JOURNAL_SUPPRESS_LOCATION
#include "node/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "node/str.h"

#define SENTENCE_BYTES 512

static int level_max = BR_LOG_NOTICE;

void br_log_level_set(enum br_log_level level)
{
	br_assert(level >= BR_LOG_ERR && level <= BR_LOG_DEBUG);
	__atomic_store_n(&level_max, (int)level, __ATOMIC_RELAXED);
}

static const char *level_text(enum br_log_level level)
{
	static const char *const texts[] = {
		[BR_LOG_ERR] = "error",
		[BR_LOG_WARNING] = "warning",
		[BR_LOG_NOTICE] = "notice",
		[BR_LOG_INFO] = "info",
		[BR_LOG_DEBUG] = "debug",
	};

	br_assert((size_t)level < BR_ARRAY_LEN(texts) && texts[level] != NULL);
	return texts[level];
}

/*
 * The service manager sets JOURNAL_STREAM to device and inode of the stream it gave as standard
 * error. They are compared, because the variable may be inherited while the stream is another.
 */
static bool stderr_is_journal(void)
{
	const char *variable = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat stream;

	return variable != NULL && sscanf(variable, "%ju:%ju", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &stream) == 0 && stream.st_dev == device &&
	       stream.st_ino == inode;
}

/*
 * Texts from outside may be in the sentence: they must neither look like a further line nor steer a
 * terminal, and what leaves is UTF-8. The second block of control characters (U+0080 to U+009F),
 * which some terminals obey too, is two bytes of UTF-8.
 */
static void sentence_clean(char sentence[SENTENCE_BYTES])
{
	size_t n = strlen(sentence);

	br_assert(n < SENTENCE_BYTES);
	/* Full to the brim: it may have been cut in the middle of a character. */
	if (n == SENTENCE_BYTES - 1)
		sentence[br_utf8_cut(sentence, n - 1)] = '\0';
	br_utf8_mend(sentence);
	for (char *p = sentence; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			*p = ' ';
		if ((unsigned char)p[0] == 0xC2 && (unsigned char)p[1] < 0xA0)
			p[0] = p[1] = ' ';
	}
}

void br_log(enum br_log_level level, const char *noun, const char *format, ...)
{
	char sentence[SENTENCE_BYTES];
	va_list arguments;

	br_assert(level >= BR_LOG_ERR && level <= BR_LOG_DEBUG);
	if ((int)level > __atomic_load_n(&level_max, __ATOMIC_RELAXED))
		return;
	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	sentence_clean(sentence);
	if (stderr_is_journal() &&
		sd_journal_send("PRIORITY=%d", (int)level, "BACKROOM_NOUN=%s", noun,
			"SYSLOG_IDENTIFIER=backroomd", "MESSAGE=%s: %s", noun, sentence, NULL) >= 0)
		return;
	(void)fprintf(stderr, "%s: %s: %s\n", level_text(level), noun, sentence);
}
