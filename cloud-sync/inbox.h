/*
 * The inbox: HQ's commands, taken once and in order, lane by lane.
 *
 *	{"hq_epoch":"…","lane":"catalog","prev_seq":0,"head":100000,"hlc":"…","commands":[
 *	 {"hq_seq":1,"id":"hq-1","type":"product.upsert","data":{…}},…]}
 *
 * hq_seq is dense per lane from 1. The mark (BR_TABLE_INBOX: lane -> HQ's epoch, last hq_seq) moves
 * in the transaction of the commands' own events, so after any crash a command is either applied
 * and marked, or neither. Every command has an answer that HQ gets after the commit, with this
 * ledger's epoch: what an earlier ledger has answered, a restored one may have forgotten.
 *
 *	accepted, refused, conflict    the core's decision; the mark moves on
 *	refused, malformed, …          what is no command at all is refused too and never blocks
 *	refused, poison                this program died of it some times: ordeal.h
 *	a repeat                       its first answer again, nothing is decided anew
 *	prev_seq beyond the mark       a gap: only the mark is told, HQ sends from there
 *	store_full                     held: the mark stays, HQ sends it again later
 *
 * HQ's epoch changes when its database was made anew or restored. Only its welcome, the answer to
 * this store's own hello, makes that known (br_inbox_epoch()); then all lanes begin at 0 again, and
 * the epochs left behind are remembered so that a late message cannot bring one back. Commands keep
 * their ids over epochs, so what was applied once is answered, not applied again.
 *
 * Messages wait in a short queue per lane, and a turn takes only so many commands, so that the
 * tills' sales are never far behind a whole catalogue. Core thread only.
 */
#pragma once

#include "cloud-sync/ctl.h"
#include "node/bus.h"
#include "node/core.h"

#define BR_INBOX_ACTOR BR_ACTOR_CENTRAL

/* Commands of one lane in one turn. */
#define BR_INBOX_TURN_MAX 128

/* True for the name of a command that is HQ's to send; all else is the store's own business. */
bool br_inbox_takes(const char *type);

struct br_inbox;

/* Whom the inbox tells what it found in a message; called from br_inbox_work(). */
struct br_inbox_listener {
	void (*valid)(void *owner);
	void (*refused)(void *owner, const char *text);
	/* HQ's stamp (node/hlc.h), before the commands are submitted. */
	void (*stamp)(void *owner, uint64_t stamp);
	void *owner;
};

/* All borrowed. BR_E_CORRUPT when a mark is damaged, the store's errors, BR_E_MEMORY. */
BR_MUST_CHECK int br_inbox_create(struct br_core *core, struct br_store *store,
	const struct br_clock *clock, struct br_inbox_listener listener,
	struct br_inbox **ret_inbox);
void br_inbox_destroy(struct br_inbox *inbox);
BR_DEFINE_CLEANUP(inbox, br_inbox_destroy)

/*
 * Queues one message of a lane (the payload is copied). BR_E_TOO_LARGE over
 * BR_LINK_MESSAGE_BYTES_MAX; BR_E_BUSY when BR_LINK_WINDOW_BATCHES wait already and BR_E_MEMORY:
 * dropped, HQ sends it again.
 */
BR_MUST_CHECK int br_inbox_message(
	struct br_inbox *inbox, enum br_down lane, struct br_str payload);

/*
 * Submits what the turn has room for to the core. Negative: the store failed, the process must end.
 */
BR_MUST_CHECK int br_inbox_work(struct br_inbox *inbox);

/* True when br_inbox_work() would find something to do in the next turn. */
bool br_inbox_waits(const struct br_inbox *inbox);

/*
 * This process died of HQ's commands again and again: until then (boot ms, 0 = no) none is to be
 * given to br_inbox_message(), so that the store can work.
 */
int64_t br_inbox_rest_until_ms(const struct br_inbox *inbox);

/* The process ends on purpose: kept in this turn's transaction. 0 or negative. */
BR_MUST_CHECK int br_inbox_end(struct br_inbox *inbox);

/* After the commit: the next turn has room for BR_INBOX_TURN_MAX commands of each lane again. */
void br_inbox_turn_end(struct br_inbox *inbox);

/*
 * After the commit: publishes the answers. BR_E_OFFLINE and other errors of the publisher: they are
 * kept and sent later.
 */
BR_MUST_CHECK int br_inbox_send(struct br_inbox *inbox, const struct br_publisher *publisher);

/*
 * HQ's welcome names its epoch. 0: it is the one that counts from here on, kept with this turn's
 * commit. BR_E_EXISTS: HQ has left that epoch before, nothing changes. Other errors: the process
 * must end.
 */
BR_MUST_CHECK int br_inbox_epoch(struct br_inbox *inbox, const char *hq_epoch);

/* HQ's epoch as known, "" before the first welcome; valid as long as the inbox. */
const char *br_inbox_epoch_known(const struct br_inbox *inbox);

/* The last command taken of the lane. */
uint64_t br_inbox_mark(const struct br_inbox *inbox, enum br_down lane);

/*
 * The last command that HQ has for the lane, as far as it told ("head", which HQ may leave out) or
 * sent any; the mark when it is further. What lies between is on its way: a whole catalogue, at the
 * first contact.
 */
uint64_t br_inbox_head(const struct br_inbox *inbox, enum br_down lane);

struct br_inbox_figures {
	uint64_t commands;  /* taken for the first time */
	uint64_t repeats;   /* answered again */
	uint64_t gaps;	    /* batches that came too early */
	uint64_t malformed; /* batches that were none */
	uint64_t epochs;    /* batches of another epoch */
	uint64_t held;	    /* times a lane had to wait for disk space */
	uint64_t poison;    /* refused, because the process died of them */
	uint64_t dropped;   /* messages for which the queue had no room */
};
struct br_inbox_figures br_inbox_figures(const struct br_inbox *inbox);
