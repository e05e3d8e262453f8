/*
 * The line to HQ's broker: MQTT 3.1.1 with QoS 1, over TLS when an authority is named.
 *
 *	open ──► subscribe, send, wait … ──► close
 *
 * Everything happens inside the calls, one after the other; each ends within the time it is given.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/str.h"

struct conform_post;

/* Texts are borrowed until conform_post_open() returns; NULL leaves a thing out. */
struct conform_post_options {
	const char *host, *client;
	int port;
	const char *ca, *certificate, *key; /* paths */
	const char *user, *password;
};

/* A message from HQ; lives until the next call of conform_post_wait(). */
struct conform_letter {
	struct br_str topic, payload;
	bool retained;
	int qos;
};

/* BR_E_OFFLINE or BR_E_INVALID with the fault set, BR_E_MEMORY. The caller closes *ret_post. */
BR_MUST_CHECK int conform_post_open(const struct conform_post_options *options,
	struct conform_post **ret_post, struct br_fault *fault);
void conform_post_close(struct conform_post *post);

BR_MUST_CHECK int conform_post_subscribe(
	struct conform_post *post, const char *filter, struct br_fault *fault);

/* Hands the message to the broker; that it has come proves nothing. BR_E_OFFLINE. */
BR_MUST_CHECK int conform_post_send(
	struct conform_post *post, const char *topic, struct br_str payload);

/* 1: a message, 0: none in that time, BR_E_OFFLINE: the broker broke off. */
BR_MUST_CHECK int conform_post_wait(
	struct conform_post *post, int64_t wait_ms, struct conform_letter *ret_letter);

/* CLOCK_BOOTTIME in milliseconds. */
int64_t conform_now_ms(void);
