/*
 * Movements: what an event does to one product's counters, typed by the event and signed.
 *
 * Stock is the ledger of these movements; the counters (stock.h) are its projection. Every type of
 * event that moves goods, promises or rights says so by one function (br_event_type.movements), and
 * whoever needs the numbers goes through it: the projection, the stock at a past instant, the list
 * of a product's movements. So nothing can change a counter without standing in the journal, and
 * nobody else knows what, say, a hand-over does to the staged goods.
 *
 * All quantities are in 1/1000 of the product's unit.
 */
#pragma once

#include "node/str.h"

/* Where goods are. Stored: never reorder, only add before BR_BUCKET_N. */
enum br_bucket {
	BR_BUCKET_BACKROOM,
	BR_BUCKET_SHELF,
	BR_BUCKET_STAGED,      /* picked for an order; only its order moves it */
	BR_BUCKET_DAMAGED,     /* cannot be sold; has left on_hand */
	BR_BUCKET_RETURNED,    /* came back, to be inspected; not on_hand yet */
	BR_BUCKET_TRANSIT_IN,  /* announced by a supplier or another store, not here yet */
	BR_BUCKET_TRANSIT_OUT, /* sent to another store, not confirmed by it yet */
	BR_BUCKET_DISPLAY,     /* in the window or a demonstration: on hand, not for sale */
	BR_BUCKET_N
};
extern const char *const br_bucket_words[];

/* What was done. Words for people and programs; not stored, the events tell it. */
enum br_movement_kind {
	BR_MOVEMENT_OTHER, /* not said: whoever shows it takes the event's name */
	BR_MOVEMENT_RECEIVE,
	BR_MOVEMENT_PUT_AWAY,
	BR_MOVEMENT_FILL,
	BR_MOVEMENT_PULL_BACK,
	BR_MOVEMENT_ADJUST,
	BR_MOVEMENT_COUNT,
	BR_MOVEMENT_WASTE,
	BR_MOVEMENT_DAMAGE,
	BR_MOVEMENT_INSPECT,
	BR_MOVEMENT_DISPLAY,
	BR_MOVEMENT_UNDISPLAY,
	BR_MOVEMENT_ANNOUNCE,
	BR_MOVEMENT_SALE,
	BR_MOVEMENT_SALE_VOID,
	BR_MOVEMENT_RETURN,
	BR_MOVEMENT_TRANSFER_OUT,
	BR_MOVEMENT_TRANSFER_IN,
	BR_MOVEMENT_RESERVE,
	BR_MOVEMENT_RELEASE,
	BR_MOVEMENT_PICK,
	BR_MOVEMENT_UNPICK,
	BR_MOVEMENT_STAGE,
	BR_MOVEMENT_HAND_OVER,
	BR_MOVEMENT_SHIP,
	BR_MOVEMENT_RESTOCK,
	BR_MOVEMENT_GRANT,
	BR_MOVEMENT_REVOKE,
	BR_MOVEMENT_SPEND,
	BR_MOVEMENT_N
};
extern const char *const br_movement_kind_words[];

struct br_movement {
	struct br_str sku;
	enum br_movement_kind kind;
	int64_t buckets[BR_BUCKET_N]; /* what each bucket gained */
	int64_t reserved;	      /* what orders hold and nobody picked yet */
	int64_t rights;		      /* what the central system may promise online, unspent */
	/* Of BR_MOVEMENT_COUNT: what was counted where; the difference is what was gained. */
	enum br_bucket bucket;
	int64_t counted, expected;
	/* Of which lot; both empty = not said: then what is first to expire goes first (lot.h). */
	struct br_str lot;
	int64_t expiry_ms;    /* unix ms, 0 = not said */
	struct br_str reason; /* as given, may be empty */
	struct br_str source; /* what it belongs to: till, order, delivery, count …; may be empty */
};

/* Called once for each movement, in the event's order; a product may come several times. */
struct br_movement_visit {
	void (*visit)(void *context, const struct br_movement *movement);
	void *context;
};
