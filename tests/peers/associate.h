/*
 * Simulated associates, who work through the store's HTTP interface: they accept offered orders,
 * pick them, make them ready and hand them over, each after a plausible time; they take in
 * deliveries of what runs low and fill the shelves.
 *
 *	offered ─► accepted ─► picked ─► ready ─► handed_over      (a few are cancelled instead)
 *	   └─ insufficient stock: a delivery of what the order wants, then once more;
 *	      cancelled in the end
 */
#pragma once

#include "tests/peers/http.h"
#include "tests/peers/loop.h"

struct peer_associate;

struct peer_associate_settings {
	uint64_t seed;
	const char *run;     /* makes the command ids of this run its own */
	double speed;	     /* all delays are divided by it */
	double cancel;	     /* share of offered orders that are cancelled */
	double poll_s;	     /* between two looks at the orders */
	double restock_s;    /* between two walks through the catalogue; 0: none */
	int64_t low, target; /* below `low` pieces a delivery brings it to `target` */
};

struct peer_associate_stats {
	uint64_t accepted, picked, ready, handed_over, cancelled, restocked;
	uint64_t refused, short_of_stock, deliveries, fills, walks, unanswered, strange;
};

/* `http` and the settings' texts are borrowed. */
BR_MUST_CHECK int peer_associate_create(struct peer_loop *loop, struct peer_http *http,
	const struct peer_associate_settings *settings, struct peer_associate **ret_associate);
void peer_associate_destroy(struct peer_associate *associate);

const struct peer_associate_stats *peer_associate_stats(const struct peer_associate *associate);
