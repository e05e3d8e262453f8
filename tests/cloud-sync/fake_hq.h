/*
 * HQ for tests, in the same process: keeps what it took, answers every batch, and sends its
 * commands until each is answered. Written from the contract alone, and strict: what breaks the
 * contract is counted in `violations` and printed.
 */
#pragma once

#include "node/json.h"

#define FAKE_EVENTS_MAX 4096
#define FAKE_COMMANDS_MAX 1024
#define FAKE_LANES 3 /* up: orders, stock, telemetry */
#define FAKE_DOWN 2  /* down: orders, catalog */

struct fake_event {
	uint64_t sequence;
	uint64_t number; /* its place in history: its `origin`, else its sequence */
	uint64_t known;	 /* the store knows it by this: it came back under it, else its sequence */
	char *raw;	 /* the event as it came */
	bool gone;	 /* withdrawn, or told once more under another number */
	bool refused;	 /* kept, but it does not count */
	bool noted;	 /* it was refused once, or the store has told of it */
	bool restored;	 /* a restore: what lies between `about` and it has other numbers now */
	uint64_t about;	 /* of what is told of the quarantine: which event */
};

#define FAKE_PIECES_MAX 33
#define FAKE_EPOCHS_MAX 64

/* HQ has what is in (after, until]. */
struct fake_piece {
	uint64_t after, until;
};

struct fake_lane {
	struct fake_event events[FAKE_EVENTS_MAX]; /* ascending */
	size_t n;
	/* Ascending; the first begins at 0 and its end is the lane's cum_seq. */
	struct fake_piece pieces[FAKE_PIECES_MAX + 1];
	size_t piece_n;
};

struct fake_command {
	char id[65];
	char *json;	  /* the whole command, without hq_seq */
	char outcome[16]; /* "" until answered */
	char code[32];
	unsigned answers;
	uint64_t hq_seq; /* in HQ's present epoch */
};

struct fake_outbox {
	struct fake_command commands[FAKE_COMMANDS_MAX];
	size_t n;
	uint64_t cum_seq; /* the store has answered up to here */
	int64_t due_ms;	  /* sends again then */
};

struct fake_text;

struct fake_hq {
	char store[16]; /* "0412" unless somebody says another */
	char epoch[17];
	char store_epoch[17];
	struct fake_lane lanes[FAKE_LANES];
	struct fake_outbox outboxes[FAKE_DOWN];
	unsigned credit, batch_commands_max;
	void (*send)(void *context, const char *lane, struct br_str payload);
	void *context;
	unsigned refuse_one_in; /* so many events is one refused; 0: none */
	/* Which types it may refuse at all; NULL: each but what is told of the quarantine. */
	bool (*refuses)(void *owner, struct br_str type);
	uint64_t refusals;
	bool epcis;			/* asks for EPCIS's words in events */
	bool mute;			/* takes everything, answers nothing */
	char left[FAKE_EPOCHS_MAX][17]; /* epochs the store has had before */
	unsigned left_n;
	/*
	 * How whole HQ had each lane when each later epoch began, and where that was. The first
	 * batch of an epoch covers what lies before it, also what never came: only this tells that.
	 */
	struct {
		uint64_t since, whole[FAKE_LANES];
	} begun[FAKE_EPOCHS_MAX];
	uint64_t since, told; /* of the present epoch; the highest head a hello told before it */
	uint64_t recovered, withdrawn;
	uint64_t batches, duplicates, gaps, old_epoch, hellos, answers, violations;
	/*
	 * The store follows HQ's present epoch, and had told so much of the lane of orders when it
	 * first said so: with all that HQ knows what became of whatever an earlier epoch sent.
	 */
	bool followed;
	uint64_t followed_head;
	/* HQ's clock (unix ms): with 0 it says neither time nor stamps. */
	int64_t clock_ms;
	uint64_t stamp; /* the largest it has seen or given out: node/hlc.h */
	/*
	 * Told of each event that HQ did not know under any number, from when it counts: of one
	 * that it refused, once it takes it after all. NULL: nobody is.
	 */
	void (*took)(void *owner, const struct br_json *event);
	/* Told of each of those that the store withdraws: it never happened. NULL: nobody is. */
	void (*withdrew)(void *owner, const struct br_json *event);
	void *owner;		 /* of all three */
	struct fake_text *texts; /* owned: of all events and commands, also of copies of this HQ */
};

/* HQ has all of the lane up to here. */
uint64_t fake_hq_cum_seq(const struct fake_hq *hq, unsigned lane);

void fake_hq_init(struct fake_hq *hq, const char *epoch,
	void (*send)(void *context, const char *lane, struct br_str payload), void *context);
void fake_hq_finish(struct fake_hq *hq);

/* A message that came up on the lane "orders", "stock", "telemetry" or "ctl". */
void fake_hq_receive(struct fake_hq *hq, const char *lane, struct br_str payload, int64_t now_ms);

/* Sends commands that are due. */
void fake_hq_tick(struct fake_hq *hq, int64_t now_ms);
int64_t fake_hq_due_ms(const struct fake_hq *hq);

/* Puts a command, {"id":…,"type":…,"data":…}, into the outbox of lane 0 (orders) or 1 (catalog). */
void fake_hq_command(struct fake_hq *hq, unsigned lane, const char *id, const char *json);

/*
 * HQ's database is put back to an earlier time: it has only the first `keep` tenths of every lane's
 * events, a new epoch, and sends all its commands again from number 1.
 */
void fake_hq_restore(struct fake_hq *hq, const char *epoch, unsigned keep);

/* The same with what HQ was when somebody copied it: what came or was commanded since is gone. */
void fake_hq_return(struct fake_hq *hq, const struct fake_hq *copy, const char *epoch);

/* HQ has everything that the store had when it began to follow HQ's present epoch. */
bool fake_hq_level(const struct fake_hq *hq);

/* The store knows where HQ stands with each event that it ever refused. */
bool fake_hq_verdicts_heard(const struct fake_hq *hq);

/* HQ has refused it, and nobody has given it up: it must stand in the store's quarantine. */
bool fake_hq_sets_aside(const struct fake_hq *hq, const struct fake_event *event);

/* All commands have an answer. */
bool fake_hq_answered(const struct fake_hq *hq);
