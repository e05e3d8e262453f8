/*
 * Setting stock: what lies in one place is so much, as a list from elsewhere says.
 *
 * For taking over a store's stock and for lists that are imported again and again: a bucket that
 * holds this already gets no event. What differs is recorded as a count, with what was expected.
 */
#pragma once

#include "node/command.h"

struct br_stock_set {
	struct br_str sku, barcode; /* exactly one */
	uint8_t bucket;		    /* 0 = the shelf, else 1 + enum br_bucket */
	int64_t quantity;	    /* what lies there, 0 or more */
	struct br_str reason;
};

extern const struct br_shape br_stock_set_shape;

int br_stock_set_decide(struct br_decision *decision, const void *body);
