#define SD_JOURNAL_SUPPRESS_LOCATION
#include "node/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

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

	return texts[level];
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
	/* The service manager sets JOURNAL_STREAM when standard error goes to the journal. */
	if (getenv("JOURNAL_STREAM") != NULL &&
		sd_journal_send("PRIORITY=%d", (int)level, "BACKROOM_NOUN=%s", noun,
			"SYSLOG_IDENTIFIER=backroomd", "MESSAGE=%s: %s", noun, sentence, NULL) >= 0)
		return;
	(void)fprintf(stderr, "%s: %s: %s\n", level_text(level), noun, sentence);
}
