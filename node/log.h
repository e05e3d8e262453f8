/*
 * Logs: sentences for people, with fields for machines, to journald; to stderr where there is none.
 *
 * Only the edges log. The sentence says the noun, what happened and what happens next. err: a
 * person must act. warning: handled. notice: start, stop, link state. No secrets, no personal data.
 * Any thread may log.
 */
#pragma once

#include "node/attributes.h"

enum br_log_level {
	BR_LOG_ERR = 3,
	BR_LOG_WARNING = 4,
	BR_LOG_NOTICE = 5,
	BR_LOG_INFO = 6,
	BR_LOG_DEBUG = 7
};

/* What is less urgent than `level` is dropped. Default: notice. */
void br_log_level_set(enum br_log_level level);

/* `noun` becomes the field BACKROOM_NOUN. */
void br_log(enum br_log_level level, const char *noun, const char *format, ...) BR_PRINTF(3, 4);
