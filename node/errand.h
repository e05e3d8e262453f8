/*
 * An errand: another program that runs beside the loop, and what it says on its standard output.
 * It is for what takes its time and must not hold up the core, such as going through a network.
 *
 *	start ──► runs ──► has ended, or its time is over ──► done, once ──► destroy
 *
 * Belongs to the core thread. The program gets no input, no signal mask of ours, and /dev/null for
 * its errors.
 */
#pragma once

#include <stdint.h>

#include "node/error.h"
#include "node/loop.h"
#include "node/str.h"

#define BR_ERRAND_BYTES_MAX 65536 /* of output; more ends it */

struct br_errand;

struct br_errand_options {
	const char *const
		*argv;	 /* the program's path first, NULL at the end; used at the start only */
	int64_t wait_ms; /* then it is killed */
	/*
	 * `code` is its exit code, or -1 when it was killed or said too much; the output lives
	 * until the call returns. May start the next errand, and may not destroy this one.
	 */
	void (*done)(void *owner, int code, struct br_str output);
	void *owner;
};

/* BR_E_NOT_FOUND and others of the system: it could not be started. */
BR_MUST_CHECK int br_errand_start(struct br_loop *loop, const struct br_errand_options *options,
	struct br_errand **ret_errand);

/* Ends the program when it still runs; `done` is not called then. Takes NULL. */
void br_errand_destroy(struct br_errand *errand);
BR_DEFINE_CLEANUP(errand, br_errand_destroy)

/* False once `done` was called. */
bool br_errand_runs(const struct br_errand *errand);
