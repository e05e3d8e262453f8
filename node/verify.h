/*
 * Verification: does the ledger hold what it was given?
 *
 * `backroom verify` and a start after a crash of the machine ask for it. It walks the whole journal
 * (checksums, dense sequence, every record decodes), recomputes the hash chain from the first
 * record and compares it with every seal and with the chain's head, then rebuilds all views in a
 * scratch store by applying every event and compares them row by row.
 *
 * The store under test is never written. It is read in short transactions, so that a live daemon's
 * file does not grow meanwhile. Beside a live daemon every row is compared at an instant at which
 * both sides stand at the same sequence; not all rows at the same instant.
 */
#pragma once

#include "node/error.h"
#include "node/store.h"

#define BR_VERIFY_FINDINGS_MAX 20
#define BR_VERIFY_FINDING_BYTES 320

enum br_verify_step { BR_VERIFY_JOURNAL, BR_VERIFY_REBUILD, BR_VERIFY_VIEWS };
extern const char *const br_verify_step_words[];

struct br_verify_options {
	/* An existing folder on a disk with room for the views; what is made in it is removed. */
	const char *scratch;
	/* Told now and then; `total` is an estimate beside a live daemon. May be NULL. */
	void (*progress)(void *context, enum br_verify_step step, uint64_t done, uint64_t total);
	void *context;
};

struct br_verify_report {
	uint64_t head;	   /* last sequence seen */
	uint64_t events;   /* records walked */
	uint64_t seals;	   /* seals compared */
	uint64_t rows;	   /* rows of views compared */
	uint64_t problems; /* all that were found; 0 = clean */
	bool rebuilt;	   /* false: the journal is damaged, so the views were not compared */
	unsigned finding_n;
	/* The first ones in words: table, key, what differs. */
	char findings[BR_VERIFY_FINDINGS_MAX][BR_VERIFY_FINDING_BYTES];
};

/*
 * Returns 0 when verification came to its end, whatever it found; negative when it could not (the
 * scratch folder, memory, the store's I/O), with the fault filled and *ret_report untouched.
 */
BR_MUST_CHECK int br_verify(struct br_store *store, const struct br_verify_options *options,
	struct br_verify_report *ret_report, struct br_fault *fault);
