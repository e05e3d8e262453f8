/*
 * The store's side for tests of the link: a real ledger and core in a folder of their own, the link
 * over a publisher and a clock that the test holds.
 */
#pragma once

#include "cloud-sync/link.h"
#include "node/timekeeper.h"
#include "tests/lib/test.h"

#define SHOP_ID "0412"
#define SHOP_WALL_MS INT64_C(1772359800000) /* 2026-03-01T10:10:00Z */

/* When the process of a shop dies: the moments between which nothing else can happen. */
enum shop_fate {
	SHOP_LIVES,
	SHOP_DIES_AT_COMMIT,	 /* the turn's transaction is lost */
	SHOP_DIES_BEHIND_COMMIT, /* it is kept, and nobody hears of it */
	SHOP_DIES_BEHIND_SENDING
};
#define SHOP_FATES 4

struct shop {
	char path[512], id[16];
	struct br_store *store;
	struct br_keys *keys;
	struct br_core *core;
	struct br_link *link;
	struct br_clock machine;      /* the machine's clock, which may be wrong */
	struct br_clock clock;	      /* the store's: the machine's, or the timekeeper's over it */
	struct br_timekeeper *keeper; /* NULL until shop_time_keep() */
	int64_t skew_ms;	      /* how wrong the machine's clock is */
	bool keeps_time;
	int64_t boot_ms;
	/* HQ's time as it was last heard, and how uncertain; 0 = never. */
	int64_t hq_ms, hq_uncertain_ms;
	uint64_t dice;
	bool bus, bridge; /* the local broker; the bridge to HQ's */
	/* Where published messages go; may be NULL. */
	void (*out)(void *context, const char *topic, struct br_str payload);
	void *out_context;
	unsigned published;
	unsigned publish_fails; /* so many of the next publishes are refused */
	char last_topic[64], last_payload[65537];
	struct br_answer answer; /* of the last shop_run() */
	unsigned answers;
	uint64_t answered; /* the last sequence that somebody was told of, since the last restore */
	uint64_t command_n; /* for shop_id() */
	int64_t summary_n;
	/* Asked before each turn whether the process dies in it; NULL: never. */
	enum shop_fate (*fate)(void *context);
	void *fate_context;
	unsigned crashes;
	/* A crash leaves both files open, to save time: what is not committed is lost all the same.
	 */
	bool files_stay;
};

/*
 * For the start of a program: its ledgers lie in memory, where there is such a folder and nobody
 * named another. Nothing of them outlives the program, and a disk would only be waited for.
 */
void shop_in_memory(void);

/* A new ledger in the folder `name`, with the link wired and nothing connected. */
void shop_open(struct shop *shop, const char *name);
/* The same for another store than SHOP_ID. */
void shop_open_as(struct shop *shop, const char *name, const char *id);
void shop_close(struct shop *shop);
/* The same, and nothing of it stays on the disk. */
void shop_remove(struct shop *shop);

/* As the process dies: what is not committed is gone, and everything starts again. */
void shop_crash(struct shop *shop);

/*
 * Keeps a copy of the ledger as it is committed, and brings the last one back under a new epoch, as
 * `backroom restore` does: everything since is forgotten. False when there is none.
 */
void shop_backup(struct shop *shop);
bool shop_restore(struct shop *shop);

/* From here on the store's time is a timekeeper's, as in the daemon. */
void shop_time_keep(struct shop *shop);
/* The store's time, and what it really is; unix ms. */
int64_t shop_now_ms(const struct shop *shop);
int64_t shop_true_ms(const struct shop *shop);

/* Connects the local broker and the bridge. */
void shop_connect(struct shop *shop, bool bus, bool bridge);

/* A message to the link, without a turn. */
void shop_message(struct shop *shop, const char *topic, struct br_str payload);
/* The same by a format, with a turn behind it. */
void shop_say(struct shop *shop, const char *topic, const char *format, ...) BR_PRINTF(3, 4);

/* Commits, then lets the link send, unless the process dies on the way; ends the test on a failure.
 */
void shop_turn(struct shop *shop);

/* Lets time pass, with ticks and turns whenever the link wants them. */
void shop_wait(struct shop *shop, int64_t wait_ms);

/* Submits a command of the actor "test" without a commit; the answer comes with the next turn. */
void shop_submit(struct shop *shop, const char *json);
/* The same with a turn. */
void shop_run(struct shop *shop, const char *json);

/* Submits the commands of all timers whose time has come, and what a wrong clock must put right. */
void shop_timers(struct shop *shop);

/* Products A to E, with stock. */
void shop_catalogue(struct shop *shop);

/* Some event on the lane of stock. */
void shop_adjust(struct shop *shop, const char *sku, int quantity);

/* Something on the lane of telemetry; refused when the thing is not in that state. */
enum shop_telemetry {
	SHOP_ADOPT,
	SHOP_FORGET,
	SHOP_LOST,
	SHOP_BACK,
	SHOP_RAISE,
	SHOP_CLEAR,
	SHOP_BIND,
	SHOP_UNBIND,
	SHOP_WANT,
	SHOP_REPORT,
	SHOP_TELEMETRY_N
};
void shop_telemetry(struct shop *shop, enum shop_telemetry what);

/* What the device of the above measured in the next minute of long ago. */
void shop_summary(struct shop *shop);

struct br_link_state shop_state(const struct shop *shop);

/* The number stored as the outbox's cursor. */
uint64_t shop_cursor(struct shop *shop, const char *name);
