/*
 * A till's day: what its sales, returns and voids added up to, by currency.
 *
 * Counted by when things happened, not by when the store heard of them: a till that was offline for
 * a day adds to the day of its sales. So the totals of a day may still grow; they are what the
 * store knows now.
 *
 * When a day begins is a matter of the store's time zone, which the ledger does not know. It keeps
 * sums of quarters of an hour, of which a day in any zone is made.
 */
#pragma once

#include "node/day.h"
#include "node/event.h"

struct br_till_day {
	uint64_t sales, returns, voids;
	uint64_t lines;			  /* of all three */
	int64_t sold, given_back, voided; /* money, 1/1000 */
};

extern const struct br_shape br_till_day_shape;

/* Adds an event of a sale; only its apply calls it. */
void br_till_day_add(struct br_txn *txn, const struct br_event *event);

/*
 * Calls `visit` for each till and currency of a day, in the order of their names; `till` empty =
 * all tills. The currency is empty where neither till nor sender named one: it is the store's.
 */
void br_till_day_walk(struct br_txn *txn, const struct br_day *day, struct br_str till,
	void (*visit)(void *context, struct br_str till, struct br_str currency,
		const struct br_till_day *sums),
	void *context);

/* All tills of a day, in all currencies: the amounts are left out. */
struct br_till_day br_till_day_all(struct br_txn *txn, const struct br_day *day);
