/*
 * What the files of HQ share: HQ itself with its stores, and what both of them do. Nobody else
 * includes it.
 *
 *	hq.c		events that come up, commands that go down, a turn's commit and answers
 *	hq_ctl.c	greeting, the past of a restored store, comparisons, certificates
 */
#pragma once

#include "node/json_out.h"
#include "tests/peers/hq.h"
#include "tests/peers/hq_stamp.h"

#define PEER_HQ_REPLIES_MAX 1024 /* answers waiting for the commit of this turn */

/* One lane of commands to one store. */
struct peer_hq_outbox {
	uint64_t cum_seq;		       /* the store has answered up to here */
	uint64_t sent_seq;		       /* sent up to here, cum_seq or more */
	uint64_t last_seq;		       /* the newest command */
	uint64_t ends[PEER_HQ_WINDOW_BATCHES]; /* last hq_seq of each batch on its way */
	size_t end_n;
	int64_t due_ms;	 /* without an answer until then all of it is sent again */
	int64_t wait_ms; /* how long that is; doubles while the store is silent */
};

struct peer_hq_shop_state {
	char id[65], epoch[PEER_EPOCH_BYTES], shard[3];
	struct peer_hq_outbox outboxes[PEER_DOWN_LANES];
	bool ack_due[PEER_UP_LANES]; /* something came on that lane in this turn */
};

struct peer_hq_reply {
	char topic[80];
	struct br_text text;
};

struct peer_hq {
	struct peer_loop *loop;
	struct peer_mqtt *mqtt;
	struct peer_hq_store *store;
	struct peer_ca *ca; /* NULL = signs nothing */ /* borrowed */
	struct peer_hq_events events;
	struct peer_hq_stats stats;
	struct peer_timer turn_end; /* commits and sends what the turn has gathered */
	struct peer_timer look;
	int64_t resend_ms;
	bool epcis; /* asks stores for EPCIS's words in their events */
	struct peer_hq_shop_state *shops[PEER_HQ_SHOPS_MAX];
	size_t shop_n;
	struct peer_hq_reply replies[PEER_HQ_REPLIES_MAX];
	size_t reply_n;
	struct peer_batch batch; /* large: not on the stack */
	struct peer_hq_compare *compare;
	struct peer_stamp stamp;
};

void peer_hq_turn_ends(struct peer_hq *hq);

void peer_hq_malformed(struct peer_hq *hq, const char *topic, const char *text);

/* A reply to be sent after the commit; NULL when there are too many, which resending mends. */
struct br_json_out *peer_hq_reply_begin(struct peer_hq *hq, const struct peer_hq_shop_state *shop,
	struct br_json_out *out, const char *type);

/* The members cum_seq and have. */
void peer_hq_has_write(struct peer_hq *hq, const struct peer_hq_shop_state *shop, int lane,
	struct br_json_out *out);

/* What the store has not heard yet is told again with every answer. */
void peer_hq_verdicts(struct peer_hq *hq, const struct peer_hq_shop_state *shop);

struct peer_hq_shop_state *peer_hq_shop_find(struct peer_hq *hq, const char *id);

/* The store with this id; made known under this epoch when it is new. NULL when there is no room.
 */
struct peer_hq_shop_state *peer_hq_shop_meet(
	struct peer_hq *hq, const char *id, const char *epoch, uint64_t since);

/*
 * The store greets under another epoch than before. One that was restored begins it with numbers
 * that nobody has seen; anything else would give numbers a second meaning, and is refused. NULL
 * when it may go on, else the refusal's code.
 */
const char *peer_hq_epoch_follow(
	struct peer_hq *hq, struct peer_hq_shop_state *shop, const char *epoch, uint64_t since);

/*
 * The store has taken all commands up to cum_seq. HQ moves on as far as it has their answers: one
 * that was lost on its way, or with a store that died, comes with the command's repetition.
 */
void peer_hq_outbox_answered(
	struct peer_hq *hq, struct peer_hq_shop_state *shop, int lane, uint64_t cum_seq);

/* Forgets what is on its way: it will be sent again from what the store has answered. */
void peer_hq_outbox_rewind(struct peer_hq_outbox *outbox);

void peer_hq_on_ctl(struct peer_hq *hq, const char *id, const struct peer_message *message);

/* enrol/<store>/request: from anybody, so nothing is said about what cannot be read. */
void peer_hq_on_enrol(struct peer_hq *hq, const struct peer_message *message);
