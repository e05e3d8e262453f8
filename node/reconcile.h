/*
 * Reconciling with the central system, as the ledger sees it: who asked for a comparison, what it
 * found, and what the store states where the other side was wrong. How the two sides compare stands
 * in cloud-sync/comparison.h.
 *
 *	link.reconcile ──► reconcile.asked      the view waits to be compared
 *	reconcile.end  ──► reconcile.ended      one session over one view: what came of it
 *	stock.state    ──► stock.stated         a product's counters, as they are here
 *	order.state    ──► order.stated …       an order's state and lines, as they are here
 *
 * What is stated changes nothing here: the store owns stock and accepted orders, so its own row is
 * right, and whoever keeps a copy replaces it by what is stated. Events before it in the journal
 * are in it, events behind it are not.
 */
#pragma once

#include "node/command.h"
#include "node/movement.h"
#include "node/order.h"

/* What is compared. Stored: never reorder, only add before BR_VIEW_N. */
enum br_view { BR_VIEW_STOCK, BR_VIEW_ORDERS, BR_VIEW_PRICES, BR_VIEW_CATALOGUE, BR_VIEW_N };
/* "stock", "orders", "prices", "catalogue" */
extern const char *const br_view_words[];
/* BR_VIEW_N for anything else. */
enum br_view br_view_named(struct br_str word);

enum br_reconcile_outcome {
	BR_RECONCILE_EQUAL,    /* nothing differed */
	BR_RECONCILE_REPAIRED, /* what differed was stated, or HQ sends its commands */
	BR_RECONCILE_FAILED    /* given up; the reason says why */
};
extern const char *const br_reconcile_outcome_words[];

/* A session's name: 16 hexadecimal digits. */
#define BR_SESSION_BYTES 16

/* link.reconcile and reconcile.asked */
struct br_reconcile_ask {
	uint8_t view; /* 0 = all, else 1 + enum br_view */
};

/* reconcile.end and reconcile.ended; the row of a view is its last one. */
struct br_reconcile_ended {
	uint8_t view; /* enum br_view */
	struct br_str session;
	uint8_t outcome;      /* enum br_reconcile_outcome */
	struct br_str reason; /* of a failure */
	uint64_t asked; /* sequence of the reconcile.asked that it answers, 0 = it ran by itself */
	uint64_t compared;  /* items of this side */
	uint64_t differing; /* keys */
	uint64_t repaired;
	uint64_t left;	   /* differ because they are on their way: for the next time */
	bool more;	   /* more differ than one session repairs: another one follows */
	uint64_t rounds;   /* messages that were answered */
	uint64_t up_bytes; /* of them */
	uint64_t dn_bytes;
};

/* BR_TABLE_RECONCILE */
struct br_reconcile_row {
	uint64_t asked;	   /* sequence of the last reconcile.asked */
	uint64_t served;   /* of the last one that a session answered */
	uint64_t sequence; /* of the last reconcile.ended; 0 = none yet */
	int64_t at_ms;	   /* unix ms of that */
	struct br_reconcile_ended last;
};

/* stock.state */
struct br_stock_state {
	struct br_str sku, session;
};

/* stock.stated */
struct br_stock_stated {
	struct br_str sku, session;
	int64_t backroom, shelf, staged, damaged, returned, in_transit_in, in_transit_out, display;
	int64_t reserved, rights;
};

/* order.state */
struct br_order_state_ask {
	struct br_str order, session;
};

struct br_order_stated_line {
	uint64_t index;
	struct br_str sku;
	struct br_order_counts counts;
};

/* Keeps the event's record under BR_RECORD_BYTES_MAX. */
#define BR_ORDER_STATED_LINES_MAX 10

/* order.stated: the first one of an order has `first` 0 and replaces whatever is known of it. */
struct br_order_stated {
	struct br_str order, session;
	bool unknown;	   /* there is no such order here: nothing else is said */
	uint8_t state;	   /* enum br_order_state */
	uint64_t version;  /* as the order's events have it */
	uint64_t sequence; /* of its last event */
	uint64_t line_n, first;
	uint64_t left;	      /* lines that follow in more events */
	struct br_list lines; /* of struct br_order_stated_line */
};

extern const struct br_shape br_reconcile_ask_shape, br_reconcile_ended_shape,
	br_reconcile_row_shape, br_stock_state_shape, br_stock_stated_shape, br_order_state_shape,
	br_order_stated_shape;

int br_reconcile_decide_ask(struct br_decision *decision, const void *body);
int br_reconcile_decide_end(struct br_decision *decision, const void *body);
int br_reconcile_decide_stock(struct br_decision *decision, const void *body);
int br_reconcile_decide_order(struct br_decision *decision, const void *body);
void br_reconcile_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* All zero before the first ask and session. Errors are kept by the transaction. */
struct br_reconcile_row br_reconcile_row_get(
	struct br_txn *txn, enum br_view view, struct br_arena *arena);
