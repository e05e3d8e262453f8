/*
 * Lanes: the journal's events that HQ gets, each kind in a stream of its own (enum br_lane), so
 * that one that stands still does not hold up the other.
 *
 * A walk reads one lane's events out of the journal. It looks only at the kind of the others, and
 * at no more records than its budget, so that a turn stays short however long the journal is.
 *
 *	br_lane_walk_begin(&walk, txn, lane, after, budget);
 *	while (br_lane_walk_next(&walk, &sequence, &record)) ...
 *	result = br_lane_walk_end(&walk);     walk.at tells how far it looked
 */
#pragma once

#include "node/event.h"

/*
 * Lanes to HQ, in the order in which they are sent: orders, stock, telemetry. Telemetry is what HQ
 * likes to know and can do without (devices, alarms, labels): it waits for the others, and nothing
 * of theirs ever waits for it.
 */
#define BR_LANES_UP 3

/* "orders", "stock", "telemetry": as it stands in topics and messages. */
const char *br_lane_word(enum br_lane lane);

/* From 0 to BR_LANES_UP - 1, and back. */
unsigned br_lane_index(enum br_lane lane);
enum br_lane br_lane_at(unsigned index);

/* Reads the word; BR_LANE_NONE for anything else. */
enum br_lane br_lane_named(struct br_str word);

/*
 * Thinning: what is left out when telemetry has more to tell than it can. The summaries of the
 * sensors go first, then what labels showed; devices, alarms and bindings never do.
 */
enum br_thin { BR_THIN_SUMMARIES, BR_THIN_LABELS, BR_THIN_N };

struct br_lane_thin {
	uint64_t until[BR_THIN_N]; /* no such event up to here is told; 0 = all are */
};

struct br_lane_walk {
	struct br_scan scan;
	struct br_key from;
	enum br_lane lane;
	unsigned left; /* records it may still look at */
	bool ended;    /* it has seen the journal's end */
	int error;
	uint64_t at; /* the last sequence looked at */
	/* Set behind br_lane_walk_begin(), where something is to be left out. */
	struct br_lane_thin thin;
	uint64_t until;	  /* behind it nothing is left out */
	uint64_t thinned; /* how many were */
};

/* Begins behind `after`. Do not move the struct until the walk has ended. */
void br_lane_walk_begin(struct br_lane_walk *walk, struct br_txn *txn, enum br_lane lane,
	uint64_t after, unsigned budget);

/* The lane's next event: the record lives as br_scan_next()'s value. False at the end, when the
 * budget is used up, or on an error. */
BR_MUST_CHECK bool br_lane_walk_next(
	struct br_lane_walk *walk, uint64_t *ret_sequence, struct br_str *ret_record);

/* Gives back the event that was read last, as if it had not been looked at. */
void br_lane_walk_unread(struct br_lane_walk *walk, uint64_t sequence);

/* 0, or the first error: BR_E_CORRUPT, BR_E_VERSION, the store's own. */
BR_MUST_CHECK int br_lane_walk_end(struct br_lane_walk *walk);
