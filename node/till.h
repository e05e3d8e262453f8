/*
 * Tills over MQTT: requests and replies, `backroom/v1/till/<till>/request` and `…/reply`.
 *
 * A till gives every request an id and sends it until it has the reply. What a request may be is
 * till_request.h's, which HTTP shares; this is how it travels. The reply to what changes the store
 * leaves after the commit; a look-up is answered at once. The contract is in node/asyncapi.json.
 * Runs on the core thread.
 */
#pragma once

#include "node/bus.h"
#include "node/core.h"

struct br_till;

/* All borrowed; `currency` is the store's. */
BR_MUST_CHECK int br_till_create(struct br_core *core, struct br_store *store,
	struct br_publisher publisher, const struct br_clock *clock, const char *currency,
	struct br_till **ret_till);
void br_till_destroy(struct br_till *till);
BR_DEFINE_CLEANUP(till, br_till_destroy)

#define BR_TILL_FILTER "backroom/v1/till/+/request"

/* A message on BR_TILL_FILTER; `owner` is the struct br_till. */
void br_till_message(void *owner, const struct br_message *message);
