/*
 * Stock: a ledger of typed, signed movements per SKU and bucket; the counters are its projection.
 *
 *	on_hand   = backroom + shelf + staged + display
 *	available = on_hand − staged − display − reserved − rights − safety − the channel's buffer,
 *		    never shown below 0
 *
 * What lies in `damaged` or `returned` has left on_hand already and is not taken off a second time.
 * A sale at the till is a fact: stock may become negative, which is kept and shown, never clamped.
 */
#pragma once

#include "node/channel.h"
#include "node/command.h"

enum br_move_kind {
	BR_MOVE_RECEIVE, /* goods arrive, quantity > 0, into the back room */
	BR_MOVE_ADJUST,	 /* signed correction with a reason, on the shelf */
	BR_MOVE_COUNT,	 /* quantity is what was counted; the movement is the difference */
	BR_MOVE_FILL,	 /* from the back room to the shelf, quantity > 0 */
	BR_MOVE_WASTE	 /* off the shelf for good, quantity > 0, with a reason */
};
extern const char *const br_move_kind_words[];

/* One SKU's counters in 1/1000 of its unit. */
struct br_stock {
	int64_t buckets[BR_BUCKET_N];
	int64_t reserved;
	int64_t rights;
	int64_t sold; /* by the tills, ever: what is asked for most is found first */
};

struct br_stock_move {
	struct br_str sku, barcode; /* exactly one */
	uint8_t kind;		    /* enum br_move_kind */
	uint8_t bucket;		    /* 0 = the one the kind implies, else 1 + enum br_bucket */
	int64_t quantity;
	struct br_str reason;
};

struct br_stock_moved {
	struct br_str sku;
	uint8_t kind;
	uint8_t bucket;	   /* enum br_bucket */
	int64_t quantity;  /* signed: what `bucket` gained */
	uint8_t to_bucket; /* 0 = none, else 1 + the bucket that gained what `bucket` lost */
	int64_t counted;   /* of a count */
	int64_t expected;  /* of a count: what the ledger said */
	struct br_str reason;
};

extern const struct br_shape br_stock_move_shape, br_stock_moved_shape;
/* Of a row as stored; for `backroom verify` to say what differs. */
extern const struct br_shape br_stock_row_shape;

int br_stock_decide_move(struct br_decision *decision, const void *body);
void br_stock_movements(const struct br_event *event, const struct br_movement_visit *visit);

/* Adds an event's movement to the counters; only br_event_apply() calls it. */
void br_stock_add(
	struct br_txn *txn, const struct br_event *event, const struct br_movement *movement);

/* All zero for a SKU without movements. Errors are kept by the transaction. */
struct br_stock br_stock_get(struct br_txn *txn, struct br_str sku);

int64_t br_stock_on_hand(const struct br_stock *stock);

/* In the back room and on the shelf: what could be picked, whoever it is promised to. */
int64_t br_stock_sellable(const struct br_stock *stock);

/*
 * What may still be promised to an order of that channel; BR_CHANNEL_NONE for the store as a whole,
 * without anybody's buffer. Safety and buffers are those of stock_policy.h. May be negative: then
 * more is promised than there is. Shown to people from 0 up. Errors are kept by the transaction.
 */
int64_t br_stock_available(struct br_txn *txn, struct br_str sku, const struct br_stock *stock,
	enum br_channel channel);
