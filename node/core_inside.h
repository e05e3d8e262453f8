/*
 * What the core's two files share: the core itself, and how an event gets into the journal. Nobody
 * else includes it.
 *
 *	core.c		commands: decided, journalled, answered, committed
 *	core_recover.c	what comes back from HQ after a restore
 */
#pragma once

#include "node/core.h"
#include "node/erasure.h"

#define BR_CORE_LISTENERS_MAX 8

struct br_core_pending {
	struct br_ticket ticket;
	struct br_answer answer;
};

struct br_core {
	struct br_store *store; /* borrowed */
	struct br_keys *keys;	/* borrowed */
	struct br_txn *txn;	/* of the open turn */
	int error;		/* the first that befell the core; it never commits again */
	struct br_arena arena;	/* of the command being decided */
	struct br_text record;	/* the record being written */
	struct br_core_pending *pending;
	unsigned pending_n, turn_n;
	struct br_erasures erasures;
	struct br_core_clock clock;
	int64_t vouched_ms;	  /* for which somebody vouched in this turn, 0 = nobody */
	uint64_t head, head_turn; /* committed; with the open turn's events */
	uint64_t since;		  /* first sequence of the epoch */
	/* At which an event was recorded since the last correction; kept, with the open turn's. */
	int64_t latest_kept_ms, latest_ms;
	uint64_t hlc; /* the last stamp given out or heard */
	bool hlc_old; /* an event of this turn has another: it came back */
	unsigned char chain[BR_HASH_BYTES];
	char epoch[2 * BR_EPOCH_BYTES + 1];
	enum br_shed shed;
	struct br_core_listener listeners[BR_CORE_LISTENERS_MAX];
	unsigned listener_n;
	struct br_core_figures figures;
};

/*
 * Journals one event and applies it. It is applied as read back from its record: so what the views
 * hold is what the journal says, and no text points into pages that the writes change.
 */
void br_core_append(struct br_core *core, struct br_event event);

/* True when the command of an event that came back was done here under this epoch, by other
 * events. */
bool br_core_origin_repeated(struct br_core *core, const struct br_event *event);

/* Remembers that the command of an event that came back is done: whoever sends it again is told so.
 */
void br_core_origin_answer(struct br_core *core, const struct br_event *event);
