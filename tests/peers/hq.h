/*
 * HQ's side of the link: takes batches of events from stores and answers after its own commit, and
 * keeps sending commands from its outbox until each store has answered them.
 *
 *	up/<shard>/<store>/orders|stock   batch ──► checked ──► taken after the cursor, or skipped
 *	                                            └─► dn/<store>/ctl: ack with the cursor, always
 *	up/<shard>/<store>/ctl            hello ──► welcome; ack ──► results kept, outbox moves on
 *	                            ranges ──► answers; commands for what differs (hq_compare.h)
 *	enrol/<store>/request             a store without a certificate ──► hq_ca.h
 *	dn/<store>/orders|catalog         batches of commands, a window of 32, all again after 5 s
 *
 * All that arrives in one turn of the loop shares one transaction, and what came on one lane one
 * ack; nothing is sent before it is committed. Anything malformed is counted, said on standard
 * error, and answered when it tells whom to answer.
 */
#pragma once

#include "tests/peers/hq_ca.h"
#include "tests/peers/hq_store.h"
#include "tests/peers/mqtt.h"

#define PEER_HQ_SHOPS_MAX 64
#define PEER_HQ_WINDOW_BATCHES 32

struct peer_hq;

struct peer_hq_stats {
	uint64_t batches, events, duplicates, gaps, bad_crc, old_epoch, malformed, wrong_shard;
	uint64_t thinned;   /* events of telemetry that stores have left out */
	uint64_t recovered; /* events that a restored store got back */
	uint64_t hellos, acks, sent_batches, resent, results, refused_results;
};

struct peer_hq_events {
	/* The durable file failed: HQ must end, as it would without a disk. May not be NULL. */
	void (*failed)(void *context, const char *text);
	/* The broker has confirmed the subscriptions: what stores send arrives. May be NULL. */
	void (*up)(void *context);
	/* A store was seen for the first time; its outbox is empty. May be NULL. */
	void (*new_shop)(void *context, const char *shop);
	void *context;
};

/* `store` is borrowed. Starts with the stores the file knows. */
BR_MUST_CHECK int peer_hq_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	struct peer_hq_store *store, const struct peer_hq_events *events, struct peer_hq **ret_hq);
void peer_hq_destroy(struct peer_hq *hq);

/*
 * Puts a command into the outbox of one store; it is committed and sent with this turn. Returns its
 * hq_seq. `id` NULL makes one from HQ's epoch, the lane and the number.
 */
uint64_t peer_hq_command(struct peer_hq *hq, const char *shop, int lane_down, const char *id,
	const char *type, struct br_str body);

/* Says something on the store's dn/<store>/ctl; it is sent with this turn. */
void peer_hq_say(struct peer_hq *hq, const char *shop, struct br_str message);

/* Asks the stores for EPCIS's words in their events, from their next hello on. */
void peer_hq_want_epcis(struct peer_hq *hq);

/* Instead of the 5 s without an answer after which commands are sent again. */
void peer_hq_resend_after(struct peer_hq *hq, int64_t resend_ms);

/* Who signs the stores' certificates; borrowed. Without one nobody answers for them. */
void peer_hq_sign_by(struct peer_hq *hq, struct peer_ca *ca);

/* Makes a store known before its first hello, so that commands wait for it. */
void peer_hq_expect(struct peer_hq *hq, const char *shop);

/* The stores seen so far: their number, and the id of one. */
size_t peer_hq_shops(const struct peer_hq *hq);
const char *peer_hq_shop(const struct peer_hq *hq, size_t i);

const struct peer_hq_stats *peer_hq_stats(const struct peer_hq *hq);

/* The first two hex digits of the SHA-256 of a store's id. */
void peer_hq_shard(const char *shop, char ret_shard[3]);
