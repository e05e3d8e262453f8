/*
 * Deliveries: goods that somebody announced (an advance shipping notice), and what came of it.
 *
 *	announced ─► receiving ─► closed
 *	    │  └──────────────────►┘
 *	    └──► cancelled
 *
 * The announcement puts its quantities in transit. Receiving takes them out of transit into the
 * back room or onto the shelf, whole or piece by piece, by several people; what is broken goes to
 * the damaged ones. More than was announced is received as well and shown as over; a product that
 * was not announced gets a line of its own. Closing says that no more comes: what is missing leaves
 * the transit and stays in the line as short. Once something was received a delivery can only be
 * closed, since those goods are here.
 *
 * A transfer from another store is a delivery, too: that store's half of it is its own transfer.
 * What comes without announcement is a stock.move "receive".
 */
#pragma once

#include "node/command.h"

enum br_delivery_state {
	BR_DELIVERY_ANNOUNCED,
	BR_DELIVERY_RECEIVING,
	BR_DELIVERY_CLOSED,
	BR_DELIVERY_CANCELLED,
	BR_DELIVERY_STATE_N
};
extern const char *const br_delivery_state_words[];

enum br_delivery_kind { BR_DELIVERY_SUPPLIER, BR_DELIVERY_TRANSFER };
extern const char *const br_delivery_kind_words[];

struct br_delivery_announce_line {
	struct br_str sku, barcode; /* exactly one */
	int64_t quantity;	    /* more than 0 */
	struct br_str lot;
	int64_t expiry; /* unix ms, 0 = not said */
};

/* delivery.announce */
struct br_delivery_announce {
	struct br_str delivery;
	uint8_t kind;	      /* enum br_delivery_kind */
	struct br_str sender; /* the supplier or the other store */
	int64_t expected;     /* unix ms, 0 = not said */
	struct br_str note;
	struct br_list lines; /* of struct br_delivery_announce_line */
	struct br_str associate;
};

/* delivery.receive: by one of sku and barcode */
struct br_delivery_receive {
	struct br_str delivery;
	struct br_str sku, barcode;
	int64_t quantity; /* that can be sold; below 0 takes back what was received too much */
	int64_t damaged;  /* that cannot; as quantity */
	uint8_t to;	  /* 0 = the back room, 1 = shelf */
	struct br_str lot;
	int64_t expiry; /* unix ms, 0 = as announced */
	struct br_str reason, associate;
};

/* delivery.close and delivery.cancel */
struct br_delivery_end {
	struct br_str delivery;
	struct br_str reason, associate;
};

/* delivery.announced: without its lines, which follow in events of their own. */
struct br_delivery_announced {
	struct br_str delivery;
	uint8_t kind;
	struct br_str sender;
	int64_t expected;
	struct br_str note, associate;
	uint64_t line_n;
};

struct br_delivery_event_line {
	struct br_str sku;
	int64_t quantity;
	struct br_str lot;
	int64_t expiry;
};

/* delivery.lines_announced, and delivery.short: what of a line did not come. */
struct br_delivery_lines {
	struct br_str delivery;
	uint64_t index;	      /* lines_announced: of the first line, from 0 */
	struct br_list lines; /* of struct br_delivery_event_line */
};

/* delivery.received */
struct br_delivery_received {
	struct br_str delivery;
	uint64_t index; /* of the line; that behind the last is a new one, not announced */
	struct br_str sku;
	int64_t quantity, damaged; /* what the buckets gained */
	int64_t transit;	   /* what left the transit; below 0 = went back */
	uint8_t to;
	struct br_str lot;
	int64_t expiry;
	struct br_str reason, associate;
};

/* delivery.closed and delivery.cancelled */
struct br_delivery_ended {
	struct br_str delivery;
	struct br_str reason, associate;
	uint64_t short_n, over_n, damaged_n; /* lines of which less, more or broken goods came */
};

struct br_delivery {
	struct br_str delivery;
	uint8_t kind, state;
	struct br_str sender;
	int64_t expected;
	struct br_str note, reason, associate;
	uint64_t line_n;
	uint64_t short_n, over_n, damaged_n; /* once it is closed */
	int64_t announced, since;	     /* unix ms: since when it is in its state */
	uint64_t sequence;		     /* of the last event */
};

struct br_delivery_line {
	struct br_str sku;
	int64_t expected; /* 0 = not announced */
	int64_t received, damaged;
	struct br_str lot;
	int64_t expiry;
};

extern const struct br_shape br_delivery_announce_shape, br_delivery_receive_shape,
	br_delivery_end_shape, br_delivery_announced_shape, br_delivery_lines_shape,
	br_delivery_received_shape, br_delivery_ended_shape, br_delivery_shape,
	br_delivery_line_shape;

int br_delivery_decide_announce(struct br_decision *decision, const void *body);
int br_delivery_decide_receive(struct br_decision *decision, const void *body);
int br_delivery_decide_close(struct br_decision *decision, const void *body);
int br_delivery_decide_cancel(struct br_decision *decision, const void *body);
void br_delivery_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_delivery_movements(const struct br_event *event, const struct br_movement_visit *visit);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_delivery_get(struct br_txn *txn, struct br_str name, struct br_arena *arena,
	struct br_delivery *ret_delivery);
BR_MUST_CHECK int br_delivery_line_get(struct br_txn *txn, struct br_str name, uint64_t index,
	struct br_arena *arena, struct br_delivery_line *ret_line);

/* What of a line has not come yet, never below 0. */
int64_t br_delivery_outstanding(const struct br_delivery_line *line);

/* The verbs that the state allows, as bits of the words announce, receive, close, cancel. */
extern const char *const br_delivery_verb_words[];
unsigned br_delivery_allowed(enum br_delivery_state state);
