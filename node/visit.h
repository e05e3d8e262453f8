/*
 * A visit: one short MQTT session with a broker, in which the caller waits for each answer. For the
 * command-line tool; the daemon has its bus.
 *
 *	open ──► listen, subscribe, publish, wait … ──► close
 *
 * Speaks MQTT 5 when it can, because a broker then says whether it lets somebody publish, and 3.1.1
 * with those that know no more. Every call ends within `wait_ms`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/str.h"

struct br_visit;

struct br_visit_options {
	const char *host;		    /* or the path of a unix socket, with port 0 */
	unsigned port;			    /* 0 = a unix socket */
	const char *ca, *certificate, *key; /* paths; "" = none, `ca` "" = no TLS */
	const char *client_id;
	bool keep; /* takes over, and leaves behind, what the broker keeps for the client id */
	int64_t wait_ms;
};

/*
 * BR_E_OFFLINE: no connection, or TLS failed; BR_E_INVALID: the broker refuses who comes; with
 * sentences. BR_E_MEMORY.
 */
BR_MUST_CHECK int br_visit_open(const struct br_visit_options *options, struct br_visit **ret_visit,
	struct br_fault *fault);
void br_visit_close(struct br_visit *visit);
BR_DEFINE_CLEANUP(visit, br_visit_close)

/* Both with QoS 1. BR_E_INVALID: the broker does not allow it; BR_E_OFFLINE: it broke off. */
BR_MUST_CHECK int br_visit_subscribe(
	struct br_visit *visit, const char *filter, struct br_fault *fault);
BR_MUST_CHECK int br_visit_publish(
	struct br_visit *visit, const char *topic, struct br_str payload, struct br_fault *fault);

/*
 * Hands each message to `take` from now on, until that says that it was the one that is waited for.
 * Called before what the message is the answer to is sent.
 */
void br_visit_listen(struct br_visit *visit,
	bool (*take)(void *context, struct br_str topic, struct br_str payload), void *context);

/*
 * Waits for that message: 0. With nothing like it BR_E_NOT_FOUND when the time is over,
 * BR_E_OFFLINE when the broker broke off.
 */
BR_MUST_CHECK int br_visit_wait(struct br_visit *visit, int64_t wait_ms);
