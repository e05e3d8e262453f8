/*
 * A receiver: one MQTT client with a loop of its own that calls libmosquitto as the daemon's bus
 * does. It reads until the socket is empty or the turn has enough, calls `turn`, and only then lets
 * the acknowledgements out. What a bench builds on it is so the same program as the daemon but for
 * what it does with a message.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/attributes.h"

struct bench_receiver;

struct bench_message {
	const char *topic;
	const char *payload; /* not NUL-terminated */
	size_t n;
};

struct bench_receiver_options {
	const char *socket;    /* of the broker */
	const char *client_id; /* with a session that the broker keeps, but for `forget` */
	bool forget;
	const char *filter;
	int qos;
	unsigned turn_max; /* messages a turn takes at most */
	void (*message)(void *owner, const struct bench_message *message);
	/* After the messages of a turn; true ends bench_receiver_run(). May be NULL. */
	bool (*turn)(void *owner);
	void *owner;
};

/* Connects and waits until the broker has confirmed the subscription; ends the program if not. */
struct bench_receiver *bench_receiver_create(const struct bench_receiver_options *options);
void bench_receiver_destroy(struct bench_receiver *receiver);

/* Runs turns until one says it is enough (true) or `wait_ms` are over (false). */
BR_MUST_CHECK bool bench_receiver_run(struct bench_receiver *receiver, int64_t wait_ms);

/* Publishes; it leaves at the end of the turn, or with the next bench_receiver_run(). */
void bench_receiver_publish(
	struct bench_receiver *receiver, const char *topic, const char *payload, size_t n, int qos);
