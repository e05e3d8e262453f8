/*
 * A verification under way: what verify.c (journal, chain) and verify_views.c (rebuilding and
 * comparing the views) share. A slice is one short read transaction's work.
 */
#pragma once

#include "node/core.h"
#include "node/verify.h"

/*
 * Records or rows in one transaction: some hundred milliseconds, in which a running daemon cannot
 * use freed pages again. Smaller ones write the scratch store's pages over and over.
 */
#define BR_VERIFY_SLICE_ROWS 20000
#define BR_VERIFY_PATH_BYTES 4096

struct br_verification {
	struct br_store *store;		   /* under test, only read */
	struct br_store *scratch;	   /* the views rebuilt */
	char folder[BR_VERIFY_PATH_BYTES]; /* of the scratch store; "" while there is none */
	const struct br_verify_options *options;
	struct br_verify_report report;
	struct br_arena arena;
	unsigned char chain[BR_HASH_BYTES];
	uint64_t applied; /* last sequence that the scratch store holds */
	unsigned table;	  /* where the comparison stands: the table and the last key compared */
	struct br_key key;
	bool key_set;
};

/* Counts a problem and keeps its sentence while there is room. */
void br_verification_found(struct br_verification *v, const char *format, ...) BR_PRINTF(2, 3);

/* Tells whoever waits how far the step has come. */
void br_verification_progress(
	const struct br_verification *v, enum br_verify_step step, uint64_t done, uint64_t total);

/* How far a walk over a table has come: the next slice begins behind that key. */
void br_verification_walked(struct br_verification *v, struct br_str key);
bool br_verification_walked_is(const struct br_verification *v, struct br_str key);
struct br_str br_verification_walked_from(const struct br_verification *v);

/*
 * The slices of a step: 1 when the step is done, 0 when it goes on, or a negative error. Both
 * expect a journal that was found sound, because applying relies on what the core let into it.
 */
BR_MUST_CHECK int br_verification_rebuild(struct br_verification *v);
BR_MUST_CHECK int br_verification_compare(struct br_verification *v);
