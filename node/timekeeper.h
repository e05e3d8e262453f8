/*
 * The timekeeper: the one place that gives the store its time.
 *
 * Commands, timers, prices and everything that is shown take the time from the clock that this
 * makes (br_timekeeper_clock()). It follows the machine's clock as long as that can be right. A
 * machine whose battery is dead says 1970 after a power cut, and somebody may set the clock by
 * mistake while the store is open; then the time that was last known for good goes on, counted on
 * CLOCK_BOOTTIME, which nobody can set, until the machine's clock can be believed again.
 *
 *	               says a time that has passed for certain ─► BEHIND ┐
 *	  GOOD ────────┤                                                 ├─ the time is kept
 *	   ▲           says a time that cannot have come yet ───► AHEAD ─┘       │
 *	   └──────────────────────────────────────────────────────────────────────┘
 *	     a time server has set it; HQ or a person agrees with it; it is again where the time is
 *
 * What is known for good is an anchor: a time, and the BOOTTIME it was true at. While the machine
 * runs, its clock may leave the anchor by BR_TIME_APART_MS. After a start nobody knows how long the
 * machine was without power: then it may be up to BR_TIME_OFF_MS ahead. The kernel says whether a
 * time server keeps the clock (RFC 5905; adjtimex(2)): then it is right whatever was known before.
 *
 * The time given goes back only when it must: by a small step it stands still until it is reached.
 * By a larger one it goes back only when a time server, HQ or a person says so; then the schedule
 * tells the ledger (correction.h).
 *
 * A person (vouch.h) is believed as HQ is, and more: also when the machine was not off, and while
 * nothing speaks against its clock. Only a time server counts before anybody.
 *
 * The anchor survives in a file of the state folder, written once a minute; what the journal says
 * beyond it counts, too. Without either, the day of the program's build is a time that has passed.
 *
 * Any thread may ask for the time and the state; br_timekeeper_heard(), br_timekeeper_vouched() and
 * br_timekeeper_tick() belong to the core thread.
 */
#pragma once

#include "node/time.h"
#include "node/time_record.h"

/* So far clocks may be apart before one of them is taken for wrong. */
#define BR_TIME_APART_MS (INT64_C(5) * 60 * 1000)
/* So long a machine may have been without power. */
#define BR_TIME_OFF_MS (INT64_C(90) * 24 * 3600 * 1000)
/* 2100-01-01: no clock is believed that says more. */
#define BR_TIME_LATEST_MS INT64_C(4102444800000)
#define BR_TIME_KEEP_INTERVAL_MS 60000

/* What the machine's clock is. */
enum br_time_condition { BR_TIME_GOOD, BR_TIME_BEHIND, BR_TIME_AHEAD };
/* "good", "behind", "ahead" */
extern const char *const br_time_condition_words[];

/* Whose time is given. Stored: never reorder, only add before BR_TIME_SOURCE_N. */
enum br_time_source {
	BR_TIME_MACHINE, /* the machine's clock; nothing speaks against it */
	BR_TIME_SERVER,	 /* the machine's clock, which a time server keeps */
	BR_TIME_HQ,	 /* HQ said it, and it goes on from there */
	BR_TIME_KEPT,	 /* it goes on from what was last known */
	BR_TIME_PERSON,	 /* somebody vouched for it, and it goes on from there */
	BR_TIME_SOURCE_N
};
/* "machine", "server", "hq", "kept", "person" */
extern const char *const br_time_source_words[];

struct br_timekeeper_options {
	const struct br_clock *machine; /* borrowed */
	/* True while a time server keeps that clock; called with a lock held. */
	bool (*synchronised)(void *context);
	void *context;
	const char *path;    /* of the record; "" = none is kept; copied */
	const char *boot;    /* which start of the machine this is, "" = not known; copied */
	int64_t built_ms;    /* unix ms that has passed for certain */
	int64_t journal_ms;  /* when the journal's last event was recorded, 0 = none */
	uint64_t journal_at; /* its sequence */
};

struct br_timekeeper;

/* Reads the record and judges the machine's clock. BR_E_MEMORY, BR_E_INVALID for a path that is too
 * long; a record that cannot be read is none. */
BR_MUST_CHECK int br_timekeeper_create(
	const struct br_timekeeper_options *options, struct br_timekeeper **ret_keeper);
/* Keeps the record once more. */
void br_timekeeper_destroy(struct br_timekeeper *keeper);
BR_DEFINE_CLEANUP(timekeeper, br_timekeeper_destroy)

/* The store's clock: valid as long as the timekeeper. */
const struct br_clock *br_timekeeper_clock(struct br_timekeeper *keeper);

/*
 * HQ said its time, which was true at most `uncertain_ms` ago. What is too uncertain is not
 * listened to. `owner` is the struct br_timekeeper.
 */
void br_timekeeper_heard(void *owner, int64_t hq_ms, int64_t uncertain_ms);

/*
 * A person vouches that it is `time_ms` now. The machine's clock is followed when it says about the
 * same, else the time goes on from there. Nothing happens while a time server keeps the machine's
 * clock, or when no clock is believed that says so (br_time_state). `owner` is the struct
 * br_timekeeper.
 */
void br_timekeeper_vouched(void *owner, int64_t time_ms);

/*
 * About once a second: judges, and keeps the record when a minute has passed. `journal_at` is the
 * journal's last sequence: what was recorded up to there says nothing that is not in the anchor. A
 * negative error says that the record could not be written.
 */
BR_MUST_CHECK int br_timekeeper_tick(
	struct br_timekeeper *keeper, uint64_t journal_at, struct br_fault *fault);

struct br_time_state {
	enum br_time_condition condition;
	enum br_time_source source;
	int64_t since_ms;    /* unix ms: since when it is so */
	int64_t earliest_ms; /* no clock is believed that says less */
	int64_t machine_ms;  /* what the machine's clock says */
	int64_t apart_ms;    /* the machine's clock less the time that is given */
	bool hq_heard;	     /* HQ has said its time since the start; then */
	int64_t hq_apart_ms; /* HQ's clock less the time that was given */
};

void br_timekeeper_state(struct br_timekeeper *keeper, struct br_time_state *ret_state);

/* True when both clocks are right as far as anybody knows, but more than BR_TIME_APART_MS apart. */
bool br_time_disputed(const struct br_time_state *state);
