/*
 * The wiring: makes every part of the daemon, connects them, and runs the turns.
 *
 * The only place besides the main programs that knows both the core and the adapters. A turn:
 *
 *	callbacks   messages, queued commands and timers are taken; commands are submitted
 *	keep        consumers put their cursors into the open transaction
 *	commit      ledger first, then telemetry; answers are handed out
 *	send        consumers publish what is new; the bus lets everything out
 */
#pragma once

#include "node/config.h"
#include "node/error.h"

struct br_wiring;

/* Opens the store and makes all parts. `config` is copied; `config_path` is read again on SIGHUP.
 */
BR_MUST_CHECK int br_wiring_create(const struct br_config *config, const char *config_path,
	struct br_wiring **ret_wiring, struct br_fault *fault);
void br_wiring_destroy(struct br_wiring *wiring);
BR_DEFINE_CLEANUP(wiring, br_wiring_destroy)

/* Runs until a signal ends it (0) or the store fails (negative, with the reason logged). */
BR_MUST_CHECK int br_wiring_run(struct br_wiring *wiring);
