/*
 * What HQ alone decides and every store gets alike: catalogue, prices and how stores work. Written
 * from the contract alone.
 *
 * Prices begin at a time that HQ names, also before those that it sent earlier; so both sides know
 * which counts, however late a command comes. The policy has versions: the desk also sends one that
 * is too old, as a program does that was asleep, and no store may take it.
 */
#pragma once

#include "tests/cloud-sync/fake_hq.h"

/* No price lasts longer, nor begins so much later. */
#define DESK_PRICE_MS_MAX 60000

/* "A" to "D": the stores have none of the last one, and it may leave the catalogue. */
#define DESK_SKUS 4

/* Puts one command for all stores into HQ's lane of the catalogue. */
struct desk_post {
	void (*send)(void *context, const char *type, const char *body);
	void *context;
};

/* What HQ's database holds of it. */
struct desk {
	int64_t from_ms[DESK_SKUS][2]; /* unix ms: the beginning of the last price, by kind */
	uint64_t version;	       /* of the policy that was sent last */
};

/* The catalogue, as the first contact brings it. */
void desk_open(struct desk *desk, const struct desk_post *post);

/* Something changes, by a random number; `now_ms` is HQ's time. */
void desk_work(struct desk *desk, uint64_t random, int64_t now_ms, const struct desk_post *post);

/* The policy under a version that no HQ before this `generation` has used. */
void desk_policy(struct desk *desk, unsigned generation, const struct desk_post *post);

/* The hours that a version of the policy says. */
uint64_t desk_hours(uint64_t version);
