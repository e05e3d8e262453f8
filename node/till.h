/*
 * Tills: requests and replies over MQTT, `backroom/v1/till/<till>/request` and `…/reply`.
 *
 * A till gives every request an id and sends it until it has the reply. A sale, a return and an
 * adjustment become commands of the actor "till/<till>"; their reply leaves after the commit, and a
 * repeated id gets the first reply. A price look-up changes nothing and is answered from the store.
 * The contract is in node/asyncapi.json. Runs on the core thread.
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

/* The members of a request, for the contract's schema. */
extern const struct br_shape br_till_request_shape;

#define BR_TILL_FILTER "backroom/v1/till/+/request"

/* A message on BR_TILL_FILTER; `owner` is the struct br_till. */
void br_till_message(void *owner, const struct br_message *message);
