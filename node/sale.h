/*
 * Sales and returns at the till. A sale is a fact and is never refused for stock.
 *
 * A till's message is one command whatever its length; its lines become events of at most
 * BR_SALE_LINES_PER_EVENT_MAX lines each, so that every record stays small. The command's id is the
 * till's own id of the sale.
 */
#pragma once

#include "node/command.h"

struct br_sale_line {
	struct br_str barcode, sku; /* exactly one */
	int64_t quantity;	    /* 1/1000 of the unit, more than 0 */
	int64_t price;		    /* 1/1000 of the currency for one unit */
};

/* sale.record and return.record. */
struct br_sale {
	struct br_str till;
	struct br_str currency; /* empty = the store's */
	struct br_list lines;	/* of struct br_sale_line */
	int64_t total;		/* what the till says; kept by the till, not checked */
};

struct br_sold_line {
	uint64_t line; /* from 1, through all events of the sale */
	struct br_str sku;
	int64_t quantity;
	int64_t price;
};

/* sale.recorded and return.recorded. */
struct br_sold {
	struct br_str till;
	struct br_str currency;
	struct br_list lines; /* of struct br_sold_line */
};

/* One day's totals, keyed by the UTC date on which things happened. */
struct br_day {
	uint64_t sales, returns, lines;
	int64_t sold, given_back; /* money, 1/1000 */
};

extern const struct br_shape br_sale_line_shape, br_sale_shape, br_sold_shape, br_day_shape;

int br_sale_decide(struct br_decision *decision, const void *body);
int br_sale_decide_return(struct br_decision *decision, const void *body);
void br_sale_movements(const struct br_event *event, const struct br_movement_visit *visit);
void br_sale_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* quantity * price of all lines, in 1/1000 of the currency, each line rounded half away from 0. */
int64_t br_sale_total(const struct br_sale *sale);

/* The totals of the UTC day that holds `at_ms`; zero when nothing happened. */
struct br_day br_day_get(struct br_txn *txn, int64_t at_ms);
