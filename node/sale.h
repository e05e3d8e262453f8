/*
 * Sales at the till, and what takes them back: returns and voids.
 *
 *	sale.record ──► sale.recorded … ─┬─► return.recorded …	some units, to be inspected
 *					 └─► sale.voided …	all of it, as if it had not been
 *
 * A sale is a fact and is never refused for stock; what it takes from goods that are promised is
 * told right behind it (breach.h), and its answer carries a warning. A till's message is one
 * command whatever its length; its lines become events of at most BR_SALE_LINES_PER_EVENT_MAX
 * lines each, so that every record stays small. The command's id is the till's own id of the sale.
 *
 * What a scale printed says its weight or its price itself: what the till leaves out of such a line
 * is read from the code (br_sale_line_resolve()). Any other line without a price is charged what
 * counted when the sale happened, however late the till tells of it.
 *
 * A return may name the sale it gives back, a void must: then each unit of that sale comes back
 * once at most, which BR_TABLE_SALE_BACK counts.
 */
#pragma once

#include "node/command.h"

/* Of a line whose price the store is asked for. */
#define BR_PRICE_UNSAID INT64_C(-1)

struct br_sale_line {
	struct br_str barcode, sku; /* exactly one; a barcode is anything that scan.h reads */
	int64_t quantity;	    /* 1/1000 of the unit; 0 = as the code says */
	int64_t price;		    /* 1/1000 of the currency for one unit, or BR_PRICE_UNSAID */
};

/* sale.record, return.record and sale.void; each shape has the members that it needs. */
struct br_sale {
	struct br_str till;
	struct br_str associate;
	struct br_str currency; /* empty = the store's */
	struct br_list lines;	/* of struct br_sale_line; none in sale.void */
	int64_t total;		/* what the till says; kept by the till, not checked */
	struct br_str parked;	/* a sale: the parked one that it ends (parked.h); may be empty */
	struct br_str sale; /* returns and voids: the id of the sale, may be empty for returns */
	struct br_str sale_till; /* of that sale; empty = `till` */
	struct br_str reason;
};

struct br_sold_line {
	uint64_t line; /* from 1, through all events of the sale */
	struct br_str sku;
	int64_t quantity;
	int64_t price;
	uint64_t of_line; /* what comes back: the line of its sale; 0 = of no known sale */
};

/* sale.recorded, return.recorded and sale.voided. */
struct br_sold {
	struct br_str till;
	struct br_str associate;
	struct br_str currency;
	struct br_str parked;
	struct br_str sale, sale_till, reason;
	uint64_t of;	      /* what comes back: the sequence of its sale's first event, or 0 */
	struct br_list lines; /* of struct br_sold_line */
};

/* Of a line of a sale: how much of it has come back. Keyed by the sale's sequence and the line. */
struct br_sale_back {
	int64_t quantity;
};

extern const struct br_shape br_sale_line_shape, br_sale_shape, br_sale_return_shape,
	br_sale_void_shape, br_sold_shape, br_sold_back_shape, br_sale_back_shape;

int br_sale_decide(struct br_decision *decision, const void *body);
int br_sale_decide_return(struct br_decision *decision, const void *body);
int br_sale_decide_void(struct br_decision *decision, const void *body);
void br_sale_movements(const struct br_event *event, const struct br_movement_visit *visit);
void br_sale_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * quantity * price in 1/1000 of the currency. What is weighed or measured is rounded to what the
 * currency can pay, half away from 0; whole pieces come to what their price says.
 */
int64_t br_sale_line_total(struct br_str currency, int64_t quantity, int64_t price);

/*
 * The sum of all lines, each rounded by itself. False when some line has no price: then only the
 * events know.
 */
BR_MUST_CHECK bool br_sale_total(const struct br_sale *sale, int64_t *ret_total);

/*
 * What the events of the command that began with event `sequence` charged (or gave back), and how
 * many lines they have: 0, BR_E_NOT_FOUND or an error kept by the transaction.
 */
BR_MUST_CHECK int br_sale_charged(struct br_txn *txn, uint64_t sequence, struct br_arena *arena,
	int64_t *ret_total, uint32_t *ret_line_n);

/*
 * Finds the first event of the sale by the command's id: of the till, or of `sender` (the actor of
 * who takes it back). 0 with its present sequence, BR_E_NOT_FOUND, or an error kept by the
 * transaction.
 */
BR_MUST_CHECK int br_sale_find(struct br_txn *txn, struct br_str till, struct br_str sender,
	struct br_str sale, struct br_arena *arena, uint64_t *ret_sequence);

/* True for the three events that hold a struct br_sold. */
bool br_sale_event(enum br_event_kind kind);
