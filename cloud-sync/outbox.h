/*
 * The outbox of one lane: which events HQ has, which are on their way, and when to send again.
 *
 *	journal:  …────┬──────────────┬─────────┬─────────────┬──────────┬─────────►
 *	     confirmed │ on their way │ backlog │ held by HQ, │ on their │ live:
 *	             acked            │         │ ahead of it │ way      │ not yet sent
 *
 * The journal is the queue; the outbox only remembers positions in it. `acked` moves by HQ's own
 * word (an ack, or the welcome), never because a broker took a message. The number in
 * BR_TABLE_CURSOR ("hq/orders", "hq/stock", "hq/telemetry") follows it and never goes back; when
 * HQ itself says that it has less (it was restored, or this store was), the outbox goes back and
 * sends again.
 *
 * Live goes ahead of backlog: when more than BR_OUTBOX_BEHIND_MAX numbers wait, what is new from
 * then on is sent first, and the gap behind it drains beside it. HQ takes batches in any order and
 * tells what it holds beyond `acked`; what it holds is not sent again, over any restart. The
 * backlog's batches on their way are kept to as many as come back within BACKLOG_TRIP_MAX_MS, so
 * that a slow line is never so full of old events that a new one is late.
 *
 * One timer per lane: when HQ has confirmed nothing for 2 to 60 s (doubling, with random extra, and
 * never less than twice the round trip), everything in the window counts as lost and is sent again
 * in order, first one batch, then twice as many with each answer. So a link that is only slow is
 * not flooded with repeats. A single batch that was lost while others arrive is known by those: HQ
 * confirms what was sent two seconds or more (or twice the round trip) behind it.
 *
 * Pure but for the publisher: times and randomness come in. Core thread only.
 */
#pragma once

#include "cloud-sync/batch.h"
#include "cloud-sync/stretch.h"
#include "node/bus.h"

/* So many numbers of the journal may wait before what comes behind them overtakes. */
#define BR_OUTBOX_BEHIND_MAX 1024

/*
 * So many events of telemetry may wait before the summaries among them are left out for good, and
 * before what labels showed is; what comes behind them is told again. A batch says how many were
 * left out between its numbers, so HQ has no gap. No other lane is ever thinned.
 */
#define BR_OUTBOX_THIN_SUMMARIES 4096
#define BR_OUTBOX_THIN_LABELS 16384

struct br_outbox;

/* Random numbers for the back-off: any 32 bits. */
struct br_dice {
	uint32_t (*roll)(void *context);
	void *context;
};

struct br_outbox_options {
	struct br_str store; /* borrowed, as the next ones */
	const char *epoch;   /* 16 hexadecimal digits */
	enum br_lane lane;
	uint64_t cursor; /* what BR_TABLE_CURSOR says */
	uint64_t head;	 /* the journal's last sequence: an earlier run may have sent so far */
	struct br_dice dice;
	/* More than so many events wait: of what waits that kind is left out. 0 = never. */
	uint64_t thin_backlog[BR_THIN_N];
};

BR_MUST_CHECK int br_outbox_create(
	const struct br_outbox_options *options, struct br_outbox **ret_outbox);
void br_outbox_destroy(struct br_outbox *outbox);
BR_DEFINE_CLEANUP(outbox, br_outbox_destroy)

/* The name of its number in BR_TABLE_CURSOR. */
struct br_str br_outbox_cursor_name(const struct br_outbox *outbox);

/* What came of HQ's ack; the negative ones changed nothing. */
enum br_ack_outcome {
	BR_ACK_MOVED = 1,  /* confirmed further than before: put br_outbox_acked() into the store */
	BR_ACK_REPEAT = 0, /* nothing new */
	BR_ACK_BEYOND = -1 /* more than was ever sent: the ack is wrong */
};

/* HQ has everything up to `cum_seq`, and beyond it what it holds. */
BR_MUST_CHECK enum br_ack_outcome br_outbox_ack(struct br_outbox *outbox, uint64_t cum_seq,
	const struct br_stretches *held, int64_t now_ms);

/* HQ asks for the events from `first` to `last` again. False when none of them is on its way. */
bool br_outbox_nack(struct br_outbox *outbox, uint64_t first, uint64_t last, int64_t now_ms);

/* How many batches HQ allows on their way; 0 counts as 1, so that its next answer can be heard. */
void br_outbox_credit(struct br_outbox *outbox, unsigned credit);

/*
 * While `yields` is true only one batch is on its way: this lane waits for others that have much to
 * send, and what is new in it still gets through.
 */
void br_outbox_yield(struct br_outbox *outbox, bool yields);

/*
 * HQ's welcome says it has everything up to `cum_seq` and what it holds beyond: what is on its way
 * counts as lost, and what is missing is sent, even when that was confirmed before.
 */
BR_MUST_CHECK enum br_ack_outcome br_outbox_resume(struct br_outbox *outbox, uint64_t cum_seq,
	const struct br_stretches *held, int64_t now_ms);

/*
 * Sends what is due, at most `batches` of them, by `publisher`. 1: there is more to send at once,
 * 0: not before br_outbox_due_ms() or the next event or ack. BR_E_OFFLINE: the publisher refused,
 * whatever its reason; nothing is lost, try again later. BR_E_CORRUPT, BR_E_VERSION: the lane
 * cannot go on. BR_E_MEMORY or the store's errors.
 */
BR_MUST_CHECK int br_outbox_send(struct br_outbox *outbox, struct br_txn *txn,
	struct br_batch_builder *builder, const struct br_publisher *publisher, unsigned batches,
	int64_t now_ms);

/*
 * Counts the lane's events that wait, as far as the budget goes. 1: there is more to count, 0: all
 * counted up to the journal's end, or an error.
 */
BR_MUST_CHECK int br_outbox_count(struct br_outbox *outbox, struct br_txn *txn, unsigned budget);

/* When it next wants br_outbox_send() by the clock (boot ms); INT64_MAX for not at all. */
int64_t br_outbox_due_ms(const struct br_outbox *outbox);

uint64_t br_outbox_acked(const struct br_outbox *outbox);

struct br_outbox_state {
	uint64_t acked;	       /* HQ has everything up to here */
	bool behind;	       /* there is a backlog that live events overtake */
	uint64_t head;	       /* the lane's last event, as far as counted */
	uint64_t backlog;      /* events HQ has not confirmed, as far as counted */
	bool counting;	       /* the count is still going on: backlog and head are too low */
	int64_t oldest_ms;     /* unix ms: when the oldest of them was journalled; 0 for none */
	unsigned in_flight;    /* batches on their way */
	uint64_t sent, resent; /* batches since the start */
	uint64_t thinned;      /* events left out of them */
	int64_t round_trip_ms; /* from batch to ack, smoothed; -1 for not known */
};
struct br_outbox_state br_outbox_state(const struct br_outbox *outbox);
