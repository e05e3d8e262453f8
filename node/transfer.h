/*
 * Transfers: goods that this store sends to another one, in two phases.
 *
 *	sent ─► confirmed
 *	  ├───► differs ─► settled
 *	  └───► cancelled
 *
 * Sending takes the goods out of the back room (or off the shelf) into `in_transit_out`. The other
 * store receives them as a delivery of its own and its word comes back as the confirmation: what
 * arrived leaves the transit. When that is not what was sent, the difference stays where it is, in
 * transit, until somebody settles it: the missing goods were lost, or they are still here. What
 * arrived beyond what was sent must have been ours, so the settlement takes it off.
 *
 * Nothing is sent that is promised to orders or to the central system. A transfer that never left
 * is cancelled, which brings its goods back.
 */
#pragma once

#include "node/command.h"

enum br_transfer_state {
	BR_TRANSFER_SENT,
	BR_TRANSFER_CONFIRMED,
	BR_TRANSFER_DIFFERS,
	BR_TRANSFER_SETTLED,
	BR_TRANSFER_CANCELLED,
	BR_TRANSFER_STATE_N
};
extern const char *const br_transfer_state_words[];

struct br_transfer_send_line {
	struct br_str sku, barcode; /* exactly one */
	int64_t quantity;	    /* more than 0 */
	struct br_str lot;
	int64_t expiry; /* unix ms, 0 = not said */
};

/* transfer.send */
struct br_transfer_send {
	struct br_str transfer;
	struct br_str to; /* the other store */
	uint8_t bucket;	  /* 0 = from the back room, 1 = from the shelf */
	struct br_str note;
	struct br_list lines; /* of struct br_transfer_send_line */
	struct br_str associate;
};

struct br_transfer_confirm_line {
	struct br_str sku;
	int64_t quantity; /* that arrived, 0 or more */
};

/* transfer.confirm: without lines all arrived as it was sent; a product left out did not arrive. */
struct br_transfer_confirm {
	struct br_str transfer;
	struct br_list lines; /* of struct br_transfer_confirm_line, each product once */
	struct br_str associate;
};

/* What became of goods that did not arrive. */
enum br_transfer_outcome { BR_TRANSFER_UNSETTLED, BR_TRANSFER_LOST, BR_TRANSFER_FOUND };
extern const char *const br_transfer_outcome_words[];

/* transfer.settle and transfer.cancel */
struct br_transfer_settle {
	struct br_str transfer;
	uint8_t outcome; /* enum br_transfer_outcome: what of the missing goods */
	struct br_str reason, associate;
};
struct br_transfer_cancel {
	struct br_str transfer;
	struct br_str reason, associate;
};

/* transfer.sent, .confirmed, .settled and .cancelled; what moves follows in transfer.lines. */
struct br_transfer_moved {
	struct br_str transfer;
	uint8_t state; /* enum br_transfer_state, after it */
	struct br_str to;
	uint8_t bucket;
	uint8_t outcome;
	struct br_str note, reason, associate;
	uint64_t line_n;
};

struct br_transfer_event_line {
	struct br_str sku;
	int64_t received; /* by the other store; counts when `state` is confirmed or differs */
	int64_t transit;  /* what in_transit_out gained */
	int64_t here;	  /* what the bucket gained */
	struct br_str lot;
	int64_t expiry;
};

/* transfer.lines */
struct br_transfer_lines {
	struct br_str transfer;
	uint8_t state; /* what the transfer became with it */
	uint8_t bucket;
	uint64_t index;	      /* of the first line, from 0 */
	struct br_list lines; /* of struct br_transfer_event_line, one for each of the transfer's */
};

struct br_transfer {
	struct br_str transfer, to;
	uint8_t state, bucket, outcome;
	struct br_str note, reason, associate;
	uint64_t line_n;
	int64_t sent, since; /* unix ms: since when it is in its state */
	uint64_t sequence;
};

struct br_transfer_line {
	struct br_str sku;
	int64_t sent, received;
	struct br_str lot;
	int64_t expiry;
};

extern const struct br_shape br_transfer_send_shape, br_transfer_confirm_shape,
	br_transfer_settle_shape, br_transfer_cancel_shape, br_transfer_moved_shape,
	br_transfer_lines_shape, br_transfer_shape, br_transfer_line_shape;

int br_transfer_decide_send(struct br_decision *decision, const void *body);
int br_transfer_decide_confirm(struct br_decision *decision, const void *body);
int br_transfer_decide_settle(struct br_decision *decision, const void *body);
int br_transfer_decide_cancel(struct br_decision *decision, const void *body);
void br_transfer_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_transfer_apply_lines(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_transfer_movements(const struct br_event *event, const struct br_movement_visit *visit);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_transfer_get(struct br_txn *txn, struct br_str name, struct br_arena *arena,
	struct br_transfer *ret_transfer);
BR_MUST_CHECK int br_transfer_line_get(struct br_txn *txn, struct br_str name, uint64_t index,
	struct br_arena *arena, struct br_transfer_line *ret_line);

/* The verbs that the state allows, as bits of the words send, confirm, settle, cancel. */
extern const char *const br_transfer_verb_words[];
unsigned br_transfer_allowed(enum br_transfer_state state);
