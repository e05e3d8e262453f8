/*
 * Vouching: a person says what time it is, because nobody else can or because they are wrong.
 *
 *	clock.vouch {"clock": "store"}     the time that the store goes by is right
 *	clock.vouch {"clock": "machine"}   the machine's clock is right
 *	clock.vouch {"time": …}            neither is: it is that time now
 *	      │
 *	      ▼
 *	clock.vouched ─► commit ─► the timekeeper (timekeeper.h) ─► the answer leaves
 *
 * The event changes nothing in the ledger: it says who vouched for what. What follows from it is
 * what follows from any other's word for the time: when that goes back the schedule has
 * clock.correct put prices, pick lists and rights right (correction.h). The machine's own clock is
 * not set; who may do that does it with timedatectl(1), and it is believed again.
 *
 * Only a manager may, as for whatever moves prices. Nobody's word counts against a time server.
 */
#pragma once

#include "node/command.h"
#include "node/timekeeper.h"

/* Which clock is right. */
enum br_vouch_clock { BR_VOUCH_NEITHER, BR_VOUCH_STORE, BR_VOUCH_MACHINE };

/* clock.vouch: either a clock or a time. */
struct br_vouch {
	uint8_t clock;		 /* enum br_vouch_clock */
	struct br_str associate; /* a manager */
	int64_t time_ms;	 /* unix ms, 0 = not said */
};

/* clock.vouched */
struct br_vouched {
	struct br_str associate;
	int64_t time_ms;   /* unix ms: what it is now, as they say */
	int64_t before_ms; /* unix ms: what the store's time was */
};

extern const struct br_shape br_vouch_shape, br_vouched_shape;

int br_vouch_decide(struct br_decision *decision, const void *body);
