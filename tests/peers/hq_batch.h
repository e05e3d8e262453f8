/*
 * A batch of events as a store sends it to HQ, read and checked. Pure: any bytes give a batch or a
 * fault that says what is wrong with them. Events come by the million, and HQ keeps them as they
 * came: they are gone through once, without a tree of their `data`.
 *
 *	{"store","epoch","lane","prev_seq","first_seq","last_seq","n","crc32c","events":[…]}
 */
#pragma once

#include "node/json.h"

#define PEER_BATCH_EVENTS_MAX 256
#define PEER_BATCH_BYTES_MAX (64 * 1024)
#define PEER_EPOCH_BYTES 17

/* What an event says of others that HQ has. */
enum peer_about {
	PEER_ABOUT_NONE,
	PEER_ABOUT_WITHDRAWN,  /* the store takes it back */
	PEER_ABOUT_QUARANTINE, /* where the store stands with one that HQ refuses */
	PEER_ABOUT_RESTORED    /* what lies between it and this one comes back */
};

struct peer_event {
	uint64_t sequence;
	uint64_t origin; /* it came back to a restored store: HQ has had it under this sequence */
	enum peer_about about;
	uint64_t other; /* the event it is about; of a restore, the backup's last one */
	struct br_str type, subject, time, hlc; /* valid until peer_batch_finish() */
	struct br_str raw;			/* the event as it came, inside the payload */
};

struct peer_batch {
	char store[65], epoch[PEER_EPOCH_BYTES], lane[16];
	uint64_t prev_seq, first_seq, last_seq;
	uint64_t thinned; /* events between them that the store leaves out for good */
	size_t event_n;
	struct peer_event events[PEER_BATCH_EVENTS_MAX];
	struct br_json *root; /* all but the events; owned, as the next ones */
	struct br_json
		*trees[PEER_BATCH_EVENTS_MAX]; /* of events with an escape in what HQ reads */
	size_t tree_n;
};

/*
 * Reads a batch; the payload outlives it. Returns 0, BR_E_CORRUPT when only the checksum is wrong,
 * BR_E_TOO_LARGE or BR_E_INVALID with the fault set. After a failure the store, epoch and lane hold
 * what could be read of them, so that the sender can be answered; finish it in every case.
 */
BR_MUST_CHECK int peer_batch_parse(
	struct br_str payload, struct peer_batch *ret_batch, struct br_fault *fault);
void peer_batch_finish(struct peer_batch *batch);
