/*
 * The link to HQ: brings the outbox, the inbox and the state of the bridge together.
 *
 *	core ── commit ──► br_link_turn() ──► backroom/up/orders|stock|telemetry  batches of events
 *	                                  └─► backroom/up/ctl          hello, answers to commands
 *	backroom/dn/ctl            ──► welcome, acks ──► outbox cursors ┐ this turn's
 *	backroom/dn/orders|catalog ──► inbox ──► commands, inbox marks  ┘ transaction
 *	$SYS/broker/connection/<name>/state ──► is the bridge up?
 *
 * The journal is the queue and the bridge a pipe that may lose, double and delay; HQ's own acks,
 * given after its own commit, are all that counts. Nothing is published while the local broker or
 * the bridge is away, and nothing but hellos before HQ has answered one: so no broker's queue fills
 * up while HQ is down.
 *
 *	off ─ not configured         down ─ no bridge, or HQ silent for 90 s         up
 *
 * How it is wired, all on the core thread: route BR_LINK_FILTER_DOWN and BR_LINK_FILTER_STATE to
 * br_link_message(), the bus's state to br_link_connected(); in the loop's turn call
 * br_core_commit(), then br_link_turn(), then br_bus_write(). Without a loop (in tests) the caller
 * also calls br_link_tick() when br_link_due_ms() has come.
 */
#pragma once

#include "cloud-sync/comparison.h"
#include "cloud-sync/hq_clock.h"
#include "cloud-sync/inbox.h"
#include "cloud-sync/outbox.h"
#include "cloud-sync/quarantine_link.h"
#include "cloud-sync/recovery.h"
#include "node/bus.h"
#include "node/core.h"

#define BR_LINK_FILTER_DOWN "backroom/dn/#"
#define BR_LINK_FILTER_STATE "$SYS/broker/connection/+/state"

#define BR_LINK_HELLO_INTERVAL_MS 30000
#define BR_LINK_SILENCE_MS 90000 /* without an answer for so long, the link is down */

struct br_link;

struct br_link_options {
	const char *store_id; /* as br_bridge_store_check() allows; copied */
	const char *gln;      /* the store's, "" for none; borrowed */
	const char *version;  /* of the program; a constant */
	struct br_dice dice;  /* for the back-off */
	bool enabled;	      /* false: the link is off, and only its state can be asked */
	struct br_comparison_settings reconcile;
	/* Gets HQ's answers about the store's certificate, as they came; NULL = nobody. */
	void (*certificate)(void *owner, struct br_str payload);
	void *certificate_owner;
	struct br_time_listener time; /* gets HQ's time: node/timekeeper.h */
};

/*
 * All borrowed; `loop` may be NULL. Listens to the core's commits. Errors: BR_E_INVALID for a store
 * id that cannot stand in a topic (when enabled), BR_E_CORRUPT for a damaged mark, BR_E_MEMORY, the
 * store's own.
 */
BR_MUST_CHECK int br_link_create(struct br_loop *loop, struct br_core *core, struct br_store *store,
	struct br_publisher publisher, const struct br_clock *clock,
	const struct br_link_options *options, struct br_link **ret_link, struct br_fault *fault);
void br_link_destroy(struct br_link *link);
BR_DEFINE_CLEANUP(link, br_link_destroy)

/* A message on one of the two filters; `owner` is the struct br_link. */
void br_link_message(void *owner, const struct br_message *message);

/* The connection to the local broker came or went; `owner` is the struct br_link. */
void br_link_connected(void *owner, bool connected);

/* After each commit: sends what is due. Negative: the store failed, the process must end. */
BR_MUST_CHECK int br_link_turn(struct br_link *link);

/*
 * The process ends on purpose, and says so in the turn that is committed next: what it is at then
 * is not blamed for its end (ordeal.h). Negative: the store failed.
 */
BR_MUST_CHECK int br_link_end(struct br_link *link);

/* Works on what waits for a turn of its own; the loop's timer calls it by itself. */
void br_link_tick(struct br_link *link);

/* Somebody has found out why HQ is away: kept as the last error. `owner` is the struct br_link. */
void br_link_told(void *owner, const char *sentence);

/* When br_link_tick() and a turn are next wanted (boot ms). */
int64_t br_link_due_ms(const struct br_link *link);

enum br_link_condition { BR_LINK_OFF, BR_LINK_DOWN, BR_LINK_UP };
/* "off", "down", "up" */
extern const char *const br_link_condition_words[];

/* Why messages from HQ were refused, and how much was done; counted since the start. */
struct br_link_figures {
	uint64_t hellos, welcomes, acks;
	uint64_t malformed;	  /* neither JSON nor what the contract says, or an unknown topic */
	uint64_t other_epoch;	  /* acks and welcomes for another epoch of this store */
	uint64_t acks_beyond;	  /* acks for more than was ever sent */
	uint64_t recovering;	  /* commands put off until the store's past has come back */
	uint64_t resting;	  /* and those put off because the process died of some before */
	uint64_t epochs_refused;  /* times HQ did not follow this store's epoch */
	uint64_t unasked;	  /* welcomes without a hello, or of an epoch HQ has left */
	uint64_t batches, resent; /* up */
	uint64_t rewinds;	  /* times HQ had less than it had confirmed */
	uint64_t clock_ahead;	  /* stamps of HQ that were too far ahead to be followed */
	struct br_inbox_figures inbox;
};

struct br_link_state {
	enum br_link_condition condition;
	int64_t since_ms;			   /* unix ms: since when it is so */
	bool connected, bridge, greeted;	   /* local broker; bridge to HQ's; HQ answered */
	char hq[BR_EPOCH_TEXT_BYTES];		   /* HQ's epoch, "" before the first welcome */
	struct br_outbox_state lanes[BR_LANES_UP]; /* by br_lane_index() */
	uint64_t down[BR_DOWN_N];		   /* last command taken */
	uint64_t down_heads[BR_DOWN_N];		   /* last command HQ has, as far as known */
	bool restored;				   /* this ledger once was; then */
	struct br_hole hole;			   /* what the restore left behind: node/hole.h */
	uint64_t backlog;			   /* events that HQ has not confirmed, all lanes */
	int64_t oldest_ms;			   /* unix ms of the oldest of them; 0 for none */
	int64_t last_ack_ms;			   /* unix ms: when HQ last confirmed; 0 = never */
	int64_t round_trip_ms;			   /* message to answer; -1 for not known */
	char last_error[BR_FAULT_BYTES_MAX];	   /* a sentence, "" for none so far */
	int64_t last_error_ms;			   /* unix ms */
	struct br_link_figures figures;
	struct br_comparison_state comparison; /* with HQ: what is going on */
};

/* On the core thread. */
void br_link_state(const struct br_link *link, struct br_link_state *ret_state);
