/*
 * Telling the service manager: sd_notify(3). Nothing happens where there is none.
 */
#pragma once

#include "node/attributes.h"

/* READY=1 with a status line. */
void br_notify_ready(const char *status);
void br_notify_reloading(void);
void br_notify_stopping(void);
/* STATUS= alone. */
void br_notify_status(const char *status);
