/*
 * The core: the only place where the store's state changes.
 *
 *	submit ─► decide ─► journal + views ─┐ one LMDB
 *	submit ─► decide ─► journal + views ─┤ transaction
 *	  …                                  ┘ a turn
 *	commit ─► keys that are erased are destroyed ─► answers leave, consumers are told
 *
 * Everything submitted in one turn of the loop shares one transaction (group commit). No answer
 * leaves before br_core_commit() has returned 0. When a commit fails the process must end: the
 * answers are dropped unanswered, and their senders will ask again.
 *
 * Called from the core thread only.
 */
#pragma once

#include "node/command.h"
#include "node/hole.h"
#include "node/keys.h"
#include "node/tables.h"
#include "node/time.h"

/* A seal of the hash chain is kept at every so many records. */
#define BR_SEAL_INTERVAL 1024
#define BR_HASH_BYTES 32

struct br_core;

/* Whom to answer: copied into the turn, handed back to `deliver` after the commit. */
struct br_ticket {
	void (*deliver)(
		void *owner, const struct br_ticket *ticket, const struct br_answer *answer);
	void *owner;
	uint64_t number;		   /* the owner's own meaning */
	char command[BR_ID_BYTES_MAX + 1]; /* the command's id */
	char address[BR_ID_BYTES_MAX + 1]; /* the owner's own meaning: till, connection, … */
	int64_t figure;			   /* the owner's own meaning: a sale's total */
	uint32_t count;			   /* the owner's own meaning: a sale's lines */
};

/* Told after each commit that added to the journal; `head` is its last sequence. */
struct br_core_listener {
	void (*committed)(void *owner, uint64_t head);
	void *owner;
};

/*
 * `store` is the ledger, `keys` are its persons' keys (both borrowed, they outlive the core). A new
 * ledger gets a random epoch. Without keys (NULL) nothing may be submitted. Erasures that the
 * journal has and the keys do not are done first. Errors: BR_E_CORRUPT when the chain's head is
 * damaged, the store's and the keys' own.
 */
BR_MUST_CHECK int br_core_create(struct br_store *store, struct br_keys *keys,
	struct br_core **ret_core, struct br_fault *fault);
void br_core_destroy(struct br_core *core);
BR_DEFINE_CLEANUP(core, br_core_destroy)

/*
 * Decides one command inside this turn's transaction, which is begun when needed. The answer leaves
 * through the ticket after br_core_commit(); a NULL ticket wants none. When the turn holds
 * BR_TURN_COMMANDS_MAX commands the answer is "busy" and nothing was decided.
 * Returns 0, or a negative error of the store: then the turn is lost and the process must end.
 */
BR_MUST_CHECK int br_core_submit(
	struct br_core *core, const struct br_command *command, const struct br_ticket *ticket);

/*
 * Answers the command of the ticket, of `actor`, without deciding or even reading it, because that
 * is what must not happen: refused, and kept as its answer, whatever its body may be when it comes
 * again. One that was answered before keeps its first answer. As br_core_submit().
 */
BR_MUST_CHECK int br_core_refuse(struct br_core *core, struct br_str actor, enum br_refusal refusal,
	const char *message, const struct br_ticket *ticket);

/*
 * What the command `id` of `actor` was answered: 0, BR_E_NOT_FOUND when none was decided, or an
 * error kept by the transaction.
 */
BR_MUST_CHECK int br_core_answer_find(struct br_txn *txn, struct br_str actor, struct br_str id,
	struct br_arena *arena, struct br_answer *ret_answer);

/* Moves a consumer's cursor in this turn's transaction. Never backwards. */
BR_MUST_CHECK int br_core_cursor(struct br_core *core, struct br_str name, uint64_t sequence);

/* This turn's write transaction, begun when needed: for the HQ inbox mark. NULL on failure. */
struct br_txn *br_core_txn(struct br_core *core);

/*
 * Ends the turn: commits, then delivers the answers and tells the listeners. 0 when there was
 * nothing to do, too. Negative, also when a command of this turn could not be decided: end the
 * process. From then on nothing is taken any more.
 */
BR_MUST_CHECK int br_core_commit(struct br_core *core);

/* The keys that it was made with. */
struct br_keys *br_core_keys(struct br_core *core);

/* Commands in the open turn. */
unsigned br_core_turn_n(const struct br_core *core);

/* True while this turn has a transaction open: something waits for br_core_commit(). */
bool br_core_open(const struct br_core *core);

/* At most 8 listeners. */
void br_core_listen(struct br_core *core, struct br_core_listener listener);

/* Who keeps the store's time: for clock.vouch (vouch.h). */
struct br_core_clock {
	void (*state)(void *owner, struct br_time_state *ret_state);
	/* Behind the commit, before the answer leaves: somebody vouches that it is `time_ms`. */
	void (*vouched)(void *owner, int64_t time_ms);
	void *owner;
};

/* Once, before any command is taken; without it nothing is known of the clock. */
void br_core_clock_set(struct br_core *core, struct br_core_clock clock);

/* The last committed sequence; 0 for an empty journal. */
uint64_t br_core_head(const struct br_core *core);

/*
 * Another node's stamp was heard (hlc.h): those of the events that follow are larger. False when it
 * is too far ahead of the time here to be followed.
 */
BR_MUST_CHECK bool br_core_hear(struct br_core *core, uint64_t stamp, int64_t now_ms);

/* A stamp for a message that leaves now. */
uint64_t br_core_stamp(struct br_core *core, int64_t now_ms);

/*
 * The latest time at which an event was recorded since the clock was last corrected (correction.h),
 * the open turn's included; 0 for an empty journal.
 */
int64_t br_core_latest_ms(const struct br_core *core);

/* The store's epoch as 16 hexadecimal digits and NUL; valid as long as the core. */
const char *br_core_epoch(const struct br_core *core);

/* The epoch's first sequence: 1, or beyond all that was given out before the ledger was restored.
 */
uint64_t br_core_since(const struct br_core *core);

/*
 * Begins a new epoch, in a ledger that was just restored: with the event store.restored, under a
 * sequence beyond all that this store can have given out since its backup was made. Commits. To be
 * called before anything else is submitted. `given` is a sequence that is known to have been given
 * out, 0 = none. Negative: BR_E_IO without random bytes, the store's own.
 */
BR_MUST_CHECK int br_core_renew(struct br_core *core, uint64_t given, int64_t now_ms);

/*
 * Takes back an event that HQ has and this ledger has forgotten (hole.h); `event->sequence` is the
 * one that HQ knows it by; `doubt` is what is
 * known against it. Its times stay, since
 * deadlines hang on them. 1: merged, 2: withdrawn, 0: nothing, it is known already. Negative: the
 * store failed. Takes a place in the open turn, as a command does.
 */
BR_MUST_CHECK int br_core_recover(
	struct br_core *core, const struct br_event *event, enum br_doubt doubt);

/*
 * HQ has no more of the hole behind `after`, and never heard of more than `told`: it is closed. 0
 * or negative.
 */
BR_MUST_CHECK int br_core_recovered(
	struct br_core *core, uint64_t after, uint64_t told, int64_t now_ms);

/* An event that HQ has cannot be read: it is withdrawn. As br_core_recover(). */
BR_MUST_CHECK int br_core_unreadable(
	struct br_core *core, uint64_t sequence, struct br_str type, int64_t now_ms);

/*
 * What is refused as store_full, by the daemon's own accounting of disk and map: so that a full
 * disk is met by clear answers, and never by a commit that fails.
 */
enum br_shed {
	BR_SHED_NOTHING,
	BR_SHED_MOST, /* commands that shed: all but sales and orders */
	BR_SHED_ALL
};
void br_core_shed(struct br_core *core, enum br_shed shed);
/* True when a command of this type would be answered with store_full now. */
bool br_core_sheds(const struct br_core *core, const struct br_command_type *type);

struct br_core_figures {
	uint64_t commands, refused, repeated, conflicts, commits, events;
};
struct br_core_figures br_core_figures(const struct br_core *core);
