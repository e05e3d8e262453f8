/*
 * The store that is played: what it has sent, and what HQ has said.
 *
 *	rules ──► hello, batches, answers, questions ──► post ──► HQ's broker
 *	      ◄── counters of what was heard         ◄──
 *
 * Whatever comes is taken in by one place, which keeps the last of each kind, counts it, and notes
 * the first breach of what holds for every message. A rule sends something, and waits until the
 * counter of the answer has moved. Nothing here is shared with the daemon's own side of the link.
 */
#pragma once

#include <stdint.h>

#include "cloud-sync/conformance/digest.h"
#include "cloud-sync/conformance/post.h"
#include "node/json.h"
#include "node/json_out.h"

#define CONFORM_ID_BYTES 65 /* with NUL */
#define CONFORM_EPOCH_BYTES 17
#define CONFORM_SAID_BYTES 320
#define CONFORM_COMMANDS_MAX 4096 /* of a lane */
#define CONFORM_PIECES_MAX 32
#define CONFORM_PAST_MAX 2048 /* events that are remembered */
#define CONFORM_SKUS 64
#define CONFORM_TAG_BYTES 7 /* 6 hexadecimal digits, new in each run, and NUL */

/* HQ must take the first two, and may do without telemetry. */
enum conform_lane { CONFORM_ORDERS, CONFORM_STOCK, CONFORM_TELEMETRY, CONFORM_LANES };
enum conform_down { CONFORM_DOWN_ORDERS, CONFORM_DOWN_CATALOG, CONFORM_DOWNS };
extern const char *const conform_lane_words[CONFORM_LANES];
extern const char *const conform_down_words[CONFORM_DOWNS];

/* HQ's messages on ctl, by their types. */
enum conform_kind {
	CONFORM_WELCOME,
	CONFORM_ACK,
	CONFORM_REFUSED,
	CONFORM_CHECKED,
	CONFORM_RECOVERED,
	CONFORM_RANGES,
	CONFORM_RECONCILE,
	CONFORM_CERTIFICATE,
	CONFORM_CERTIFICATE_REFUSED,
	CONFORM_VERDICT,
	CONFORM_KINDS
};

/* What HQ says that it has of a lane: from an ack, or a welcome. */
struct conform_has {
	uint64_t cum_seq;
	uint64_t after[CONFORM_PIECES_MAX], until[CONFORM_PIECES_MAX];
	unsigned piece_n;
};

struct conform_acked {
	unsigned n; /* acks of the lane so far */
	struct conform_has has;
	char epoch[CONFORM_EPOCH_BYTES];
	int64_t credit;
};

struct conform_command {
	unsigned seen; /* how often it came; 0 = not yet */
	bool answered;
	char id[CONFORM_ID_BYTES], type[CONFORM_ID_BYTES];
	uint32_t mark;		       /* of its data */
	char sku[CONFORM_ID_BYTES];    /* data.sku, or "" */
	char recall[CONFORM_ID_BYTES]; /* data.recall, or "" */
	int64_t quantity;	       /* data.quantity in 1/1000, or 0 */
	int64_t seen_ms;	       /* boot ms: the last time */
};

struct conform_commands {
	struct conform_command *items; /* by hq_seq - 1; CONFORM_COMMANDS_MAX of them */
	unsigned n;		       /* the highest hq_seq that came */
	unsigned batches, answered;
};

struct conform_past {
	uint64_t sequence;
	enum conform_lane lane;
	bool taken; /* HQ has acknowledged it, so it must have it */
	char *json; /* owned */
};

struct conform_play {
	struct conform_post *post;
	/* As the options say; all but the store may be NULL. */
	const char *store, *restart, *backup, *restore, *request, *code;
	const struct conform_post_options *enrol; /* how a store without a certificate comes in */
	int64_t patience_ms;
	bool trace;
	char shard[3], epoch[CONFORM_EPOCH_BYTES], first_epoch[CONFORM_EPOCH_BYTES];
	uint64_t since, first_since; /* of the epoch, and of the first one */
	uint64_t sequence;	     /* the last number given out */
	uint64_t last[CONFORM_LANES];
	uint64_t sent[CONFORM_LANES]; /* the highest number that a batch covered */

	/* What was heard. */
	unsigned heard[CONFORM_KINDS];
	struct br_json *last_heard[CONFORM_KINDS]; /* owned */
	char hq_epoch[CONFORM_EPOCH_BYTES];	   /* of the last welcome */
	struct conform_has has[CONFORM_LANES];	   /* the same */
	bool telemetry;				   /* the same: it names that lane */
	struct conform_acked acked[CONFORM_LANES];
	struct conform_commands commands[CONFORM_DOWNS];
	char line_fault[CONFORM_SAID_BYTES];	/* first message that no HQ may send */
	char command_fault[CONFORM_SAID_BYTES]; /* first batch of commands that none may send */
	char changed_fault[CONFORM_SAID_BYTES]; /* first command that changed when it came again */
	char ahead_fault[CONFORM_SAID_BYTES];	/* first number of HQ's that was never sent */
	int64_t pause_ms; /* the longest between two tries with the same command */
	bool too_many;	  /* HQ has more commands than are kept here */
	bool restored;	  /* HQ may have another epoch from now on */
	bool offline;
	/* What verdicts say of one event. */
	uint64_t judged;		    /* its number; 0 = of none */
	unsigned verdict_n;		    /* how many said something of it */
	bool verdict_accepted;		    /* the last of them */
	char hello_id[CONFORM_EPOCH_BYTES]; /* of the last hello */
	unsigned named;			    /* how many welcomes had it */
	bool welcome_named;		    /* the one of the last greeting had */
	char verdict_code[CONFORM_ID_BYTES];

	/* What was told. */
	struct conform_past past[CONFORM_PAST_MAX];
	unsigned past_n;
	int64_t backroom[CONFORM_SKUS]; /* 1/1000: what HQ must believe */
	char tag[CONFORM_TAG_BYTES];
	char recalls[2][24]; /* their ids */
	char skus[8][24];    /* a ring of names */
	unsigned sku_n;
	bool before; /* HQ has known this store before this run */

	char said[CONFORM_SAID_BYTES]; /* why the rule failed, or could not be tried */
};

/* Subscribes; false with `said` set when the broker does not let us. */
BR_MUST_CHECK bool conform_play_begin(struct conform_play *play, struct conform_post *post);
void conform_play_finish(struct conform_play *play);
/* What is always true of a play between two rules. */
void conform_play_check(const struct conform_play *play);

/* Makes ret_text the hexadecimal digits of so many random bytes. */
void conform_random_text(unsigned bytes, char *ret_text);

/* Sends on the topic of the store's lane, or "ctl". */
void conform_play_send(struct conform_play *play, const char *lane, struct br_str payload);

/* Takes in what comes until *counter > above (true), or for so long (false). */
BR_MUST_CHECK bool conform_play_await(
	struct conform_play *play, const unsigned *counter, unsigned above, int64_t wait_ms);
/*
 * Waits for a command to come once more: as long as the patience, and longer when HQ has shown that
 * its pauses are, since it may double them. False with `said` set: `why` it had to come.
 */
BR_MUST_CHECK bool conform_play_again(
	struct conform_play *play, enum conform_down lane, unsigned hq_seq, const char *why);
/* Takes in what comes, for so long. */
void conform_play_rest(struct conform_play *play, int64_t wait_ms);

/* How far commands were taken is told as `down`. */
struct conform_hello {
	const char *epoch;
	uint64_t since;
	uint64_t down[CONFORM_DOWNS];
};
void conform_hello_send(struct conform_play *play, const struct conform_hello *hello);
/*
 * Says hello as the store is now, and waits for the welcome: then `has` and the lanes' last
 * numbers are as HQ has them. False, with `said` set, when none comes.
 */
BR_MUST_CHECK bool conform_play_greet(struct conform_play *play);
/* The same with an HQ that may not be back yet: hellos are sent until one is answered. */
BR_MUST_CHECK bool conform_play_greet_back(struct conform_play *play);

/*
 * Runs a command of the options by the shell, while the line is kept alive; true when it ends with
 * exit code 0, else `said` names the option.
 */
BR_MUST_CHECK bool conform_play_shell(
	struct conform_play *play, const char *option, const char *command);

/* Of commands, as the ledger of `epoch` gave them; HQ counts only those of this one. */
void conform_foreign_answer_send(
	struct conform_play *play, enum conform_down lane, unsigned hq_seq, const char *epoch);

/* How many came from the first one on without a gap. */
unsigned conform_commands_whole(const struct conform_commands *commands);

/*
 * Answers all commands of the lane up to hq_seq `until`, which have come; the one with the number
 * `refuse` is refused, 0 for none.
 */
void conform_answers_send(
	struct conform_play *play, enum conform_down lane, unsigned until, unsigned refuse);

/*
 * Answers whatever comes until nothing more does for a while. False when it does not end; with
 * `too_many` it is not HQ's fault.
 */
BR_MUST_CHECK bool conform_play_drain(struct conform_play *play);

/* The last message of a kind. */
const struct br_json *conform_heard(const struct conform_play *play, enum conform_kind kind);

/*
 * The SKU number `sku` of this run, "C<tag>-007": no other run has it. CONFORM_SKUS is the name
 * behind all of them. Valid until eight more were asked for.
 */
const char *conform_sku(struct conform_play *play, unsigned sku);

/* Sets `said` and returns false. */
bool conform_fail(struct conform_play *play, const char *format, ...) BR_PRINTF(2, 3);

/* A number that two equal JSON trees share, and two others hardly. */
uint32_t conform_json_mark(const struct br_json *json);
