/*
 * Tasks: what somebody in the store must do now, in one list.
 *
 * Nearly all of it follows from the store's state and is worked out when asked for: the orders that
 * wait for a hand, the deliveries that are on their way, the counts that wait for approval, the
 * lots that run out. Only what cannot be seen from one row is kept here, by whoever's event makes
 * it so: that a product wants counting (less than nothing in stock, a picker found the shelf
 * empty), that goods came back and want looking at, that a shelf wants filling, that somebody must
 * be called, and what people or the central system asked for in words.
 *
 * A kept task is known by its kind and the key of the thing it is about; putting it again keeps
 * when it began and takes the newer words. `count`, `inspect` and `fill` end by themselves with the
 * movement that does them, and the `call` that a breach asks for when the order has what it was
 * promised or has ended (breach.h); that one can also be said done.
 */
#pragma once

#include "node/command.h"

/* In the order of the day's work. Stored: never reorder, only add before BR_TASK_N. */
enum br_task_kind {
	BR_TASK_ANSWER,	   /* an order waits to be accepted or rejected; key order */
	BR_TASK_PICK,	   /* order */
	BR_TASK_PACK,	   /* order */
	BR_TASK_STAGE,	   /* order */
	BR_TASK_HAND_OVER, /* order: the customer is here, or late */
	BR_TASK_RESTOCK,   /* order */
	BR_TASK_INSPECT,   /* SKU, or the order of a return */
	BR_TASK_RECEIVE,   /* delivery */
	BR_TASK_FILL,	   /* SKU */
	BR_TASK_COUNT,	   /* SKU, or an open count */
	BR_TASK_APPROVE,   /* count, or a transfer with a difference */
	BR_TASK_MARKDOWN,  /* SKU: a lot is near its date */
	BR_TASK_WASTE,	   /* SKU: a lot is past its date */
	BR_TASK_CALL,	   /* order: tell the customer */
	BR_TASK_OTHER,	   /* the task's own id */
	BR_TASK_N
};
extern const char *const br_task_kind_words[];

/* What a task's key names: where a page leads to from it. */
enum br_task_noun {
	BR_TASK_OF_ITSELF,
	BR_TASK_OF_PRODUCT,
	BR_TASK_OF_ORDER,
	BR_TASK_OF_DELIVERY,
	BR_TASK_OF_COUNT,
	BR_TASK_OF_TRANSFER
};
extern const char *const br_task_noun_words[];

#define BR_TASK_PRIORITY_MAX 9

struct br_task {
	enum br_task_kind kind;
	enum br_task_noun noun;
	struct br_str key;
	struct br_str reason; /* a sentence's part: "picked short", "3 pieces came back" */
	int64_t since_ms;     /* unix ms */
	int64_t due_ms;	      /* unix ms, 0 = none */
	unsigned priority;    /* 0 to BR_TASK_PRIORITY_MAX, the highest first */
};

/* A kept task's row; its key is the kind and the thing's key. */
struct br_task_row {
	struct br_str reason;
	int64_t since, due;
	uint8_t noun;
	uint64_t priority;
	bool derived; /* by the stock's projection, which takes it away again by itself */
	uint64_t sequence;
};

/* task.create: of the kinds inspect, fill, count (key SKU), call (key order) and other. */
struct br_task_create {
	struct br_str key; /* of `other`: the task's own id */
	uint8_t kind;
	struct br_str reason;
	int64_t due;	   /* unix ms, 0 = none */
	uint64_t priority; /* 0 = as usual for the kind */
	struct br_str associate;
};

/*
 * task.done: what somebody asked for, and a markdown, whose lots are noted as marked. What follows
 * from the stock ends by itself and is refused.
 */
struct br_task_done {
	struct br_str key;
	uint8_t kind;
	struct br_str reason, associate;
};

extern const struct br_shape br_task_create_shape, br_task_done_shape, br_task_row_shape;

int br_task_decide_create(struct br_decision *decision, const void *body);
int br_task_decide_done(struct br_decision *decision, const void *body);
void br_task_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * Keeps a task; only an event's apply may call it, whose time becomes `since`. `reason` at most
 * BR_REASON_BYTES_MAX bytes. The noun follows from the kind (of the kinds with two, the product).
 */
void br_task_put(struct br_txn *txn, const struct br_event *event, enum br_task_kind kind,
	struct br_str key, struct br_str reason, int64_t due_ms);

/*
 * Keeps or takes away a task that follows from the stock's counters. One that somebody asked for
 * stays until it is done.
 */
void br_task_follow(struct br_txn *txn, const struct br_event *event, enum br_task_kind kind,
	struct br_str key, bool wanted, struct br_str reason);

/* Takes a kept task away; one that is not there is none the less done. */
void br_task_remove(struct br_txn *txn, enum br_task_kind kind, struct br_str key);

/* True when it is kept. */
bool br_task_has(struct br_txn *txn, enum br_task_kind kind, struct br_str key);

/* Called for each task; false ends the walk. Texts live until it returns. */
struct br_task_visit {
	bool (*visit)(void *context, const struct br_task *task);
	void *context;
};

/*
 * All tasks of the store as of `now_ms`, by kind, not sorted further. The arena is reset between
 * tasks, so it must hold nothing of the caller's. 0, or the transaction's error.
 */
BR_MUST_CHECK int br_task_walk(struct br_txn *txn, int64_t now_ms, struct br_arena *arena,
	const struct br_task_visit *visit);
