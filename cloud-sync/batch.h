/*
 * Batches: consecutive events of one lane as one message to HQ.
 *
 *	{"store":"0412","epoch":"…","lane":"stock","prev_seq":100,"first_seq":101,"last_seq":140,
 *	 "n":12,"crc32c":"…","events":[CloudEvent,…]}
 *
 * Sequences are the journal's and therefore sparse in a lane; prev_seq is the lane's event before
 * first_seq, so that HQ sees whether one is missing. crc32c (8 hexadecimal digits) is over the
 * bytes of `events` from '[' to ']'.
 *
 * A batch without events (n = 0, first_seq = last_seq) says only that between prev_seq and last_seq
 * the lane has none: after restores on both sides HQ may otherwise wait for numbers nobody has.
 *
 * "thinned":n, behind n, tells how many events between prev_seq and last_seq are left out for good
 * (lane.h); HQ has the numbers all the same, and waits for none of them.
 *
 * A batch is at most BR_LINK_BATCH_EVENTS_MAX events and BR_BATCH_BYTES_MAX bytes. One event always
 * fits: its record has less than BR_RECORD_BYTES_MAX bytes and its JSON, by the tables of its
 * shape, less than BR_BATCH_EVENT_BYTES_MAX. So no event can stop its lane by its size.
 *
 * Where EPCIS 2.0 has an event, `data` has it too when HQ's welcome asks for that (node/epcis.h):
 * not by itself, because it makes a sale twice as long and says nothing new.
 *
 * Building is pure: the journal in, bytes out. The same request gives the same bytes, which is why
 * a batch that must be sent again is not kept but built again; only what a person said who was
 * erased since is null then, and EPCIS's words follow the catalogue and what HQ asks for.
 */
#pragma once

#include "cloud-sync/lane.h"
#include "node/epcis.h"
#include "node/limits.h"

#define BR_BATCH_BYTES_MAX 64000
#define BR_BATCH_HEAD_BYTES_MAX 1000 /* all before and after `events` */
/* One event's JSON: its own, and what EPCIS makes of it. */
#define BR_BATCH_EVENT_BYTES_MAX (30000 + BR_EPCIS_BYTES_MAX)

struct br_batch_request {
	struct br_str store;
	const char *epoch;
	enum br_lane lane;
	uint64_t prev;	 /* the lane's event before; becomes prev_seq */
	uint64_t after;	 /* where to begin looking: no event of the lane is in (prev, after] */
	uint64_t until;	 /* last sequence to take, UINT64_MAX for no end */
	bool cover;	 /* a batch is wanted up to `until` even if it has no event */
	unsigned budget; /* records to look at */
	struct br_lane_thin thin;
	uint64_t thinned; /* how many are known to be left out in (prev, after] */
};

struct br_batch {
	uint64_t prev, first, last;
	unsigned n;		   /* events */
	int64_t first_recorded_ms; /* unix ms: when the first one was journalled */
	uint64_t looked;	   /* no event of the lane is in (last, looked] */
	bool cut;		   /* the budget was used up: there may be more behind `looked` */
	/* Left out: of the batch, of that before `first`, and in (last, looked]. */
	uint64_t thinned, thinned_before, thinned_behind;
};

/* The memory that batches are built in; one serves all lanes. */
struct br_batch_builder {
	struct br_text events, message;
	struct br_opener opener; /* the central system may see what persons said; all NULL: not */
	bool epcis;		 /* it wants EPCIS's words, too */
	struct br_str gln;	 /* the store's, for these; may be empty; borrowed */
	struct br_arena arena;
};
void br_batch_builder_init(struct br_batch_builder *builder);
void br_batch_builder_finish(struct br_batch_builder *builder);

/*
 * Builds the lane's next batch into builder->message. 1: there is one. 0: there is none up to
 * ret_batch->looked, and only that member and `cut` count. Negative: a record is damaged
 * (BR_E_CORRUPT) or newer than this program (BR_E_VERSION), memory, or the store's own error.
 */
BR_MUST_CHECK int br_batch_build(struct br_batch_builder *builder, struct br_txn *txn,
	const struct br_batch_request *request, struct br_batch *ret_batch);
