/*
 * The orders that ended last, so that a snapshot can show what was just handed over without looking
 * through all orders ever.
 */
#pragma once

#include "node/event.h"
#include "node/limits.h"

#define BR_WEB_RECENT_MAX 200
#define BR_WEB_RECENT_EVENTS_MAX 20000 /* how far back the journal is looked through at start */

struct br_web_recent {
	unsigned n, first; /* a ring, oldest at `first` */
	struct {
		char order[BR_ID_BYTES_MAX + 1];
	} orders[BR_WEB_RECENT_MAX];
};

void br_web_recent_add(struct br_web_recent *recent, struct br_str order);

/* Takes an event: orders that end are kept. */
void br_web_recent_event(struct br_web_recent *recent, const struct br_event *event);

/* Fills it from the end of the journal. */
void br_web_recent_load(struct br_web_recent *recent, struct br_txn *txn, struct br_arena *arena);

/* The order at `index`, oldest first; false past the end. */
BR_MUST_CHECK bool br_web_recent_at(
	const struct br_web_recent *recent, unsigned index, struct br_str *ret_order);
