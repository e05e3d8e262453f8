/*
 * Simulated tills: they draw what happened from a source, write it to their ledger, ask the store
 * over MQTT, and repeat the same request until the store's own reply is there.
 *
 *	draft ──► recorded in the ledger ──► sent ─┬─► final reply: recorded, its place is free
 *	                                      ▲    └─► no reply in time, busy, broker back ─┐
 *	                                      └──────────────── the same again ◄────────────┘
 *
 * A reply is final when its outcome is accepted, refused, conflict or found. The broker's own
 * acknowledgement counts for nothing.
 */
#pragma once

#include "tests/peers/latency.h"
#include "tests/peers/ledger.h"
#include "tests/peers/mqtt.h"
#include "tests/peers/request.h"

#define PEER_TILLS_MAX 64
#define PEER_TILL_WINDOW_MAX 1024

struct peer_till;

struct peer_till_settings {
	const char *prefix; /* tills are called <prefix>1, <prefix>2, … */
	const char *run;    /* makes the ids of this run its own */
	int64_t tills;	    /* at most PEER_TILLS_MAX */
	int64_t window;	    /* requests without a reply, at most PEER_TILL_WINDOW_MAX */
	int64_t timeout_ms; /* then the request is sent again */
	double per_minute;  /* requests begun, all tills together; 0: as the window allows */
	uint64_t seed;
};

struct peer_till_stats {
	uint64_t made[PEER_REQUEST_KINDS]; /* begun in this run, by kind */
	uint64_t accepted, found, refused, conflict;
	uint64_t lines;	  /* in accepted sales and returns */
	uint64_t busy;	  /* replies that said: later */
	uint64_t resent;  /* sent again */
	uint64_t strange; /* replies that are no JSON, or to nothing that was asked */
	uint64_t waiting; /* begun and without a final reply */
	struct peer_latency latency;
	struct peer_latency price_latency;
	char last_refusal[192];
};

struct peer_till_events {
	/* The source is empty and everything is answered, or a BR_E_* that ends the run. */
	void (*ended)(void *context, int error, const char *text);
	/* What a barcode costs, from a look-up; may be NULL. */
	void (*price)(void *context, struct br_str barcode, int64_t price_milli);
	void *context;
};

/*
 * `ledger` may be NULL; its unanswered requests go first. The caller keeps ownership of everything
 * it passes; all of it outlives the tills. Settings' texts are borrowed too.
 */
BR_MUST_CHECK int peer_till_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	const struct peer_till_settings *settings, const struct peer_draft_source *source,
	struct peer_ledger *ledger, const struct peer_till_events *events,
	struct peer_till **ret_till);
void peer_till_destroy(struct peer_till *till);

/* Begins nothing new; ended() comes when all is answered. */
void peer_till_close(struct peer_till *till);

const struct peer_till_stats *peer_till_stats(const struct peer_till *till);
