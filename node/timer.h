/*
 * Timers: what begins or ends by itself at a time of day, as a view of the ledger.
 *
 * A mark (time, kind, key) says that something must be decided then. The event that plans it puts
 * the mark in its apply(), the schedule (schedule.h) submits the kind's command once the time has
 * come, and the event that this command leads to takes the mark away in its apply(), or puts a
 * later one. Because the marks stand in the ledger, what fell due while the node was down is
 * decided at the next start; because only an event removes a mark, nothing takes effect twice,
 * whatever the clock does.
 *
 *	put ── time comes ──► command {key, at} ──► event ──► deleted
 *	 └──── plan changes ──────────────────────────────► deleted
 *
 * decide() of such a command looks with br_timer_has() whether the mark still stands and refuses
 * with "already" when it does not. A command that leaves its mark standing is asked again a minute
 * later, not at once.
 */
#pragma once

#include "node/limits.h"
#include "node/record.h"
#include "node/store.h"

/* Stored in keys: never reorder, only add before BR_TIMER_N. */
enum br_timer_kind {
	BR_TIMER_PRICE,	     /* key SKU: a price begins or ends */
	BR_TIMER_PRICE_HOLD, /* key SKU: a rising price waits for its labels no longer */
	BR_TIMER_ORDER,	     /* key order: a hold ends, nobody came, nothing more to do */
	BR_TIMER_PICK_LIST,  /* key pick list: abandoned, goes back into the pool */
	BR_TIMER_CUSTOMER,   /* key customer: nothing keeps them any more */
	BR_TIMER_FORGET,     /* key order: nothing keeps whoever it was for */
	BR_TIMER_FORGET_DAY, /* key day, as "2026-03-01": nothing keeps what was said then */
	BR_TIMER_RIGHTS,     /* key "store": rights are topped up */
	BR_TIMER_N
};

/* The internal command that each kind's time submits; its shape is br_timer_fired_shape. */
extern const char *const br_timer_commands[BR_TIMER_N];

/* The body of all those commands. */
struct br_timer_fired {
	struct br_str key; /* 1 to BR_ID_BYTES_MAX bytes */
	int64_t at_ms;	   /* unix ms; as it was put */
};
extern const struct br_shape br_timer_fired_shape;

/*
 * For apply(): sets or removes a mark; both may be repeated. Several marks of one kind and key
 * stand beside each other when their times differ, so who moves a plan deletes the old mark.
 */
void br_timer_put(struct br_txn *txn, enum br_timer_kind kind, struct br_str key, int64_t at_ms);
void br_timer_delete(struct br_txn *txn, enum br_timer_kind kind, struct br_str key, int64_t at_ms);

/* For decide(): true while the mark stands. */
bool br_timer_has(struct br_txn *txn, enum br_timer_kind kind, struct br_str key, int64_t at_ms);

/* A mark as it stands in the store. */
struct br_timer {
	enum br_timer_kind kind;
	int64_t at_ms;
	char key[BR_ID_BYTES_MAX + 1]; /* a copy: it outlives the transaction's writes */
};

/*
 * The earliest mark, or the earliest behind `after` in the order of time, kind and key; false when
 * there is none. A row that is no mark is an error kept by the transaction.
 */
BR_MUST_CHECK bool br_timer_next(
	struct br_txn *txn, const struct br_timer *after, struct br_timer *ret_timer);
