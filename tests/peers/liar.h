/*
 * The liar: stands between a store and HQ, each with a broker of its own, carries one store's
 * messages both ways, and breaks one rule of the contract on the way.
 *
 *	conformance ──► store's broker ──► liar ──► HQ's broker ──► peer-hq
 *
 * So an HQ that is right is seen as one that is wrong in just this, and a program that looks for
 * mistakes must find it. Without a lie it only carries.
 */
#pragma once

#include "tests/peers/mqtt.h"

struct peer_liar;

/* The lies by their numbers from 0 on: the name, NULL behind the last one. */
const char *peer_lie_name(size_t lie);
/* And the rule of the conformance program that it breaks first of all. */
const char *peer_lie_rule(size_t lie);

struct peer_liar_settings {
	struct peer_mqtt_settings store, hq; /* the two brokers */
	const char *shop;
	const char *lie; /* a name, or NULL */
};

/* BR_E_NOT_FOUND for a lie that nobody knows. The loop outlives it. */
BR_MUST_CHECK int peer_liar_create(struct peer_loop *loop,
	const struct peer_liar_settings *settings, struct peer_liar **ret_liar);
void peer_liar_destroy(struct peer_liar *liar);

/* How many messages it changed, or kept back. */
uint64_t peer_liar_lies(const struct peer_liar *liar);
