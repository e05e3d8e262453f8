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

/*
 * What a person can do to the stock with stock.move, with the bucket it begins at and, for what
 * goes from one bucket to another, where it ends up when the command does not say. The table with
 * what else is allowed is in stock.c.
 */
enum br_move_kind {
	BR_MOVE_RECEIVE,   /* goods arrive that nobody announced: into the back room */
	BR_MOVE_PUT_AWAY,  /* delivered goods to where they belong: back room to shelf */
	BR_MOVE_FILL,	   /* the shelf is low: back room to shelf */
	BR_MOVE_PULL_BACK, /* too much on the shelf: shelf to back room */
	BR_MOVE_ADJUST,	   /* signed correction with a reason, on the shelf */
	BR_MOVE_COUNT,	   /* quantity is what was counted; the movement is the difference */
	BR_MOVE_WASTE,	   /* off the shelf for good, with a reason */
	BR_MOVE_DAMAGE,	   /* cannot be sold any more: shelf to damaged, with a reason */
	BR_MOVE_INSPECT,   /* what came back was looked at: returned to shelf */
	BR_MOVE_DISPLAY,   /* shelf to display */
	BR_MOVE_UNDISPLAY, /* display to shelf */
	BR_MOVE_N
};
extern const char *const br_move_kind_words[];

/* Of a lot's number, as GS1 has it (General Specifications, AI 10). */
#define BR_LOT_BYTES_MAX 20

/* One SKU's counters in 1/1000 of its unit. */
struct br_stock {
	int64_t buckets[BR_BUCKET_N];
	int64_t reserved;
	int64_t rights;
	int64_t sold; /* by the tills, ever: what is asked for most is found first */
	/* Of the catalogue, kept here because every movement asks for them. */
	int64_t shelf_min; /* fewer than that on the shelf want filling; 0 = not said */
	bool track_expiry; /* it has lots: lot.h */
};

/* stock.move */
struct br_stock_move {
	struct br_str sku, barcode; /* exactly one */
	uint8_t kind;		    /* enum br_move_kind */
	uint8_t bucket;		    /* 0 = the one the kind implies, else 1 + enum br_bucket */
	int64_t quantity;	    /* more than 0; adjust: not 0; count: 0 or more */
	uint8_t to;		    /* 0 = as the kind implies, else 1 + enum br_bucket */
	struct br_str reason;
	struct br_str lot;    /* of what is moved, when it is known */
	int64_t expiry;	      /* unix ms, 0 = not known */
	struct br_str source; /* supplier, slip or whatever it belongs to */
	struct br_str associate;
};

/* stock.moved */
struct br_stock_moved {
	struct br_str sku;
	uint8_t kind;
	uint8_t bucket;	   /* enum br_bucket */
	int64_t quantity;  /* signed: what `bucket` gained */
	uint8_t to_bucket; /* 0 = none, else 1 + the bucket that gained what `bucket` lost */
	int64_t counted;   /* of a count */
	int64_t expected;  /* of a count: what the ledger said */
	struct br_str reason;
	struct br_str lot;
	int64_t expiry;
	struct br_str source, associate;
};

extern const struct br_shape br_stock_move_shape, br_stock_moved_shape;
/* Of a row as stored; for `backroom verify` to say what differs. */
extern const struct br_shape br_stock_row_shape;

int br_stock_decide_move(struct br_decision *decision, const void *body);
void br_stock_movements(const struct br_event *event, const struct br_movement_visit *visit);

/* Adds an event's movement to the counters; only br_event_apply() calls it. */
void br_stock_add(struct br_txn *txn, const struct br_event *event,
	const struct br_movement *movement, struct br_arena *arena);

/*
 * Takes from the catalogue what the stock follows of it; zero and false once a product is removed.
 * Only the product's apply calls it.
 */
void br_stock_follow(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	int64_t shelf_min, bool track_expiry);

/* All zero for a SKU without movements. Errors are kept by the transaction. */
struct br_stock br_stock_get(struct br_txn *txn, struct br_str sku);

int64_t br_stock_on_hand(const struct br_stock *stock);

/*
 * The counters as they were at `at_ms`, as the journal knows it today: what happened later, by its
 * creator's time, is undone. A till's sale that came late counts from when it was made. As far back
 * as the journal goes. Errors are kept by the transaction; the arena is reset.
 */
struct br_stock br_stock_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena);

/* In the back room and on the shelf: what could be picked, whoever it is promised to. */
int64_t br_stock_sellable(const struct br_stock *stock);
bool br_stock_bucket_sellable(enum br_bucket bucket);

/*
 * What may still be promised to an order of that channel; BR_CHANNEL_NONE for the store as a whole,
 * without anybody's buffer. Safety and buffers are those of stock_policy.h. May be negative: then
 * more is promised than there is. Shown to people from 0 up. Errors are kept by the transaction.
 */
int64_t br_stock_available(struct br_txn *txn, struct br_str sku, const struct br_stock *stock,
	enum br_channel channel);
