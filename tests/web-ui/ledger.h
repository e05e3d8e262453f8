/*
 * What the web tests share: a ledger that is filled by commands, as the daemon's is, and live
 * values that a test sets.
 */
#pragma once

#include "node/core.h"
#include "web-ui/live.h"
#include "web-ui/query.h"

#define LEDGER_NOW_MS INT64_C(1772359800000) /* 2026-03-01T10:10:00Z */

struct ledger {
	struct br_store *store;
	struct br_keys *keys;
	struct br_core *core;
	struct br_answer answer; /* the last one */
	int64_t now_ms;
	unsigned commands;
};

/* A new one in a folder of its own. */
void ledger_open(struct ledger *ledger, const char *name);
void ledger_close(struct ledger *ledger);

/* Runs a command and commits; `body` is the JSON of its `data`. Internal ones too. */
void ledger_run(struct ledger *ledger, const char *type, const char *body);

/* The same, and it must be accepted. */
void ledger_must(struct ledger *ledger, const char *type, const char *body);

/* A few of everything: products with prices and stock, orders, labels, a sensor with an alarm. */
void ledger_fill(struct ledger *ledger);

/* A live interface over arrays that the test sets; they must be sorted by id. */
struct fake_live {
	struct br_web_live live;
	struct br_web_live_label labels[8];
	struct br_web_live_sensor sensors[4];
	unsigned label_n, sensor_n;
	struct br_web_live_link link;
	struct br_web_live_node node;
	uint64_t version;
	char changed[64]; /* the label that changed at `version`; empty = all */
};
void fake_live_init(struct fake_live *fake);

/* A view of the ledger in a read transaction, ended by view_close(). */
struct view {
	struct br_web_view view;
	struct br_arena arena;
	struct br_text text;
};
void view_open(struct view *view, struct ledger *ledger, const struct br_web_live *live);
void view_close(struct view *view);

/* The row as text, valid until the next one. */
const char *view_row(struct view *view, enum br_web_noun noun, const char *key);

/*
 * Asks with JSON parameters, in which ' stands for ": the answer as text, valid until the next
 * question, or "" with the refusal set.
 */
const char *ledger_ask(struct ledger *ledger, const struct br_web_live *live, const char *name,
	const char *params, struct br_web_refusal *ret_refusal);
