/*
 * The diagnosis: while HQ is away, why. The daemon itself knows only that the bridge is not there;
 * so it lets `backroom link check` go the way to HQ, beside itself, and tells what stands in it.
 *
 *	link down for a minute ──► check ──► its first failure in words ──► 15 minutes ──► check …
 *	link up ──► nothing
 *
 * Belongs to the core thread.
 */
#pragma once

#include "node/errand.h"
#include "node/time.h"

#define BR_DIAGNOSIS_PATIENCE_MS 60000
#define BR_DIAGNOSIS_AGAIN_MS (INT64_C(15) * 60 * 1000)
#define BR_DIAGNOSIS_WAIT_MS (INT64_C(3) * 60 * 1000) /* a check ends before */

struct br_diagnosis_options {
	struct br_loop *loop; /* borrowed, as all else */
	const struct br_clock *clock;
	const char *program, *config; /* paths: of `backroom`, and of its configuration */
	void (*told)(void *owner, const char *sentence); /* what stands in the way */
	void *owner;
};

struct br_diagnosis;

/* BR_E_MEMORY. */
BR_MUST_CHECK int br_diagnosis_create(
	const struct br_diagnosis_options *options, struct br_diagnosis **ret_diagnosis);
void br_diagnosis_destroy(struct br_diagnosis *diagnosis);
BR_DEFINE_CLEANUP(diagnosis, br_diagnosis_destroy)

/* Called about once a second; `down`: the link is configured, and HQ is away. */
void br_diagnosis_tick(struct br_diagnosis *diagnosis, bool down);

/*
 * The first failure of a report that br_check_write_json() wrote: of the first address that has
 * one, else of the node itself. When all is well, it is the bridge: mosquitto does not look whether
 * HQ's broker grants what it subscribes to (cloud-sync/README.md, "Traps"). BR_E_INVALID for no
 * report.
 */
BR_MUST_CHECK int br_diagnosis_read(struct br_str report, struct br_fault *ret_sentence);
