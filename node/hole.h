/*
 * Holes: what this store once knew and forgot, because its ledger was restored from a backup.
 *
 *	…──────────┐                        ┌──────────►
 *	  backup   │ hole: HQ may have some │ new epoch
 *	      after ┘                       └ until + 1: store.restored
 *
 * A restored ledger begins its new epoch with the event store.restored, whose sequence lies so far
 * beyond the backup's head (BR_HOLE_JUMP) that no sequence is ever given out a second time: what HQ
 * has between the two is the store's own past. It comes back event by event, in order
 * (br_hole_judge()), and is journalled again under new sequences with its `origin`:
 *
 *	merged      as it was, when nobody has touched its subject since the restore; erasures of
 *	            persons always
 *	withdrawn   event.withdrawn goes up: the command was done again, its subject has moved on
 *	            here, or HQ has it without what came before it; HQ takes the event for one that
 *	            never happened
 *
 * So both sides hold the same truth when the hole is closed (store.recovered), whatever the store
 * did in the meantime. Stock's movements commute and are always merged.
 *
 * Of telemetry what a person said comes back (devices adopted, labels bound). What was measured
 * does not, because the store measures anew: alarms, lost devices and labels that failed are
 * withdrawn, and what a label showed is passed over: HQ keeps it for what it was.
 */
#pragma once

#include "node/event.h"

/*
 * Sequences of a new epoch begin at a multiple of it, and one: at the next one, and never before
 * the multiple by the tens of seconds of unix time. So not even two restores of one backup give out
 * the same numbers, nor does a ledger that is filled from HQ alone. It is far more than a store
 * gives out between its backups, and until 2140 the numbers stay below 2^53, which JSON's readers
 * can tell apart. A restore over a ledger that can be read goes beyond its numbers, too: that may
 * have begun while the clock was ahead.
 */
#define BR_HOLE_JUMP (UINT64_C(1) << 24)
#define BR_HOLE_UNIT_MS 10000

/* The first sequence of an epoch that is begun at `now_ms` behind `head`. */
uint64_t br_hole_since(uint64_t head, int64_t now_ms);

#define BR_HOLE_EPOCH_BYTES 16 /* hexadecimal digits */

/* store.restored */
struct br_restored {
	struct br_str epoch, previous; /* the epochs: this one, and the backup's */
	uint64_t head;		       /* the backup's last sequence */
};

/* store.recovered: HQ has no more of this hole. */
struct br_recovered {
	struct br_str epoch;
	uint64_t after;
	uint64_t told; /* the highest sequence of the hole that HQ ever heard of */
};

/* Why an event is not merged. */
enum br_withdrawal {
	BR_WITHDRAWN_REPEATED,	 /* its command was done again */
	BR_WITHDRAWN_TOUCHED,	 /* its subject has moved on here, or lost an event before it */
	BR_WITHDRAWN_UNREADABLE, /* this program does not know it */
	BR_WITHDRAWN_GAP,	 /* HQ has it without what came before it */
	BR_WITHDRAWN_POISON,	 /* the process died of it */
	BR_WITHDRAWN_MEASURED,	 /* what is true now is measured anew: alarms, lost devices */
};
extern const char *const br_withdrawal_words[];

/* event.withdrawn */
struct br_withdrawn {
	/* Its subject, and what kind of thing that is (enum br_noun, 0 for a sum and for what was
	 * measured): nothing that happened to this thing behind it can be merged either. */
	struct br_str subject;
	uint64_t noun;
	struct br_str type;
	uint64_t withdrawn; /* its sequence */
	uint8_t reason;	    /* enum br_withdrawal */
};

extern const struct br_shape br_restored_shape, br_recovered_shape, br_withdrawn_shape;

/* A row of BR_TABLE_HOLE; its key is `after`. */
struct br_hole {
	uint64_t after, until;
	uint64_t reached; /* judged up to here */
	uint64_t merged, withdrawn;
	bool closed;
	uint64_t told; /* when closed: what lies in (reached, told] is lost */
	int64_t restored_ms,
		last_ms; /* unix ms: of the restore, of the last event that came back */
};
extern const struct br_shape br_hole_shape;

void br_hole_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* An event with an `origin` was journalled: its hole is filled up to there. */
void br_hole_apply_origin(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * The thing that the event changes the state of, for event.withdrawn, whose reason is set. Its name
 * may be in the arena. BR_E_MEMORY.
 */
BR_MUST_CHECK int br_hole_subject(
	const struct br_event *event, struct br_arena *arena, struct br_withdrawn *withdrawn);

/* What an event.withdrawn touches. */
void br_hole_touches(const struct br_event *event, const struct br_touch *touch);

/* The first hole that is not closed: 0, BR_E_NOT_FOUND or an error kept by the transaction. */
BR_MUST_CHECK int br_hole_open(
	struct br_txn *txn, struct br_arena *arena, struct br_hole *ret_hole);

/* The hole with the highest `after`, closed or not: what the last restore left. */
BR_MUST_CHECK int br_hole_last(
	struct br_txn *txn, struct br_arena *arena, struct br_hole *ret_hole);

/* How many events of a closed hole are lost at most: HQ had heard of them, and never got them. */
uint64_t br_hole_lost(const struct br_hole *hole);

/* The number lies in a hole, open or closed: what had it comes back, or came, under another one. */
bool br_hole_holds(struct br_txn *txn, uint64_t sequence, struct br_arena *arena);

/* What is known against an event beside itself. */
enum br_doubt {
	BR_DOUBT_NONE,
	BR_DOUBT_GAP,	 /* HQ has not all of its lane before it, or not all of its command */
	BR_DOUBT_POISON, /* the process died when it was merged */
};

enum br_judgement {
	BR_JUDGED_MERGE,
	BR_JUDGED_WITHDRAW, /* with *ret_reason */
	BR_JUDGED_KNOWN,    /* in no open hole, or judged before */
};

/*
 * What is to become of an event that came back; its sequence is the one HQ knows it by. `repeated`:
 * its command has been answered under this epoch. Pure; errors are kept by the transaction.
 */
enum br_judgement br_hole_judge(struct br_txn *txn, const struct br_event *event, bool repeated,
	enum br_doubt doubt, struct br_arena *arena, enum br_withdrawal *ret_reason);
