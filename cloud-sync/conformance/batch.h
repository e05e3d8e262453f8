/*
 * Batches of events as a store sends them. What is added is remembered as the store's past unless
 * the batch is one that HQ must not take.
 */
#pragma once

#include "cloud-sync/conformance/play.h"

struct conform_batch {
	enum conform_lane lane;
	char store[CONFORM_ID_BYTES], epoch[CONFORM_EPOCH_BYTES];
	uint64_t prev, first, last;
	unsigned n;
	uint64_t thinned;	   /* events between prev and last that are left out for good */
	bool wrong_crc, forgotten; /* forgotten: HQ must not take it */
	struct br_text events;
	struct br_json_out out;
};

/* Begins behind the lane's last event. */
void conform_batch_begin(
	struct conform_play *play, struct conform_batch *batch, enum conform_lane lane);

/* Adds an event of the type, such as "stock.moved"; `data` is JSON with ' for ". */
void conform_batch_add(struct conform_play *play, struct conform_batch *batch, const char *type,
	const char *subject, const char *format, ...) BR_PRINTF(5, 6);

/* `quantity` units of the SKU number `sku` come into the backroom; HQ is expected to believe it. */
void conform_batch_receive(
	struct conform_play *play, struct conform_batch *batch, unsigned sku, unsigned quantity);

/* Adds 999 units of the SKU that HQ must never count: the batch is one that it must not take. */
void conform_batch_spoil(struct conform_play *play, struct conform_batch *batch, unsigned sku);

/* Sends it, once more with each call. A batch without events covers `last` numbers alone. */
void conform_batch_send(struct conform_play *play, struct conform_batch *batch);
void conform_batch_finish(struct conform_batch *batch);

/* HQ has acknowledged it: its events must come back. */
void conform_batch_taken(struct conform_play *play, const struct conform_batch *batch);

/*
 * Sends it and waits for HQ's ack of its lane. False, with `said` set, when none comes, or when it
 * does not say that all of the batch is there.
 */
BR_MUST_CHECK bool conform_batch_acked(struct conform_play *play, struct conform_batch *batch);

/* The same, and finishes it: what a batch is that needs no second look. */
BR_MUST_CHECK bool conform_batch_deliver(struct conform_play *play, struct conform_batch *batch);

/*
 * Sends a batch that HQ must not take, and finishes it; then the welcome tells whether it was.
 * False, with `said` set, when `what` was.
 */
BR_MUST_CHECK bool conform_batch_kept_out(
	struct conform_play *play, struct conform_batch *batch, const char *what);
