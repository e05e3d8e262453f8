/*
 * The feed: every committed event, published in the store on `backroom/v1/event/<noun>/<what>`.
 *
 * For anyone in the store who wants to know: QoS 1, at least once; the event's id tells repeats. It
 * is a consumer with a cursor, which moves when the local broker has taken the event. Runs on the
 * core thread.
 */
#pragma once

#include "node/bus.h"
#include "node/core.h"
#include "node/epcis.h"

struct br_feed;

/* All borrowed. `place` is the source of the events; with `epcis` they speak its words, too. */
BR_MUST_CHECK int br_feed_create(struct br_loop *loop, struct br_core *core, struct br_store *store,
	struct br_bus *bus, const struct br_epcis_place *place, bool epcis,
	struct br_feed **ret_feed);
void br_feed_destroy(struct br_feed *feed);
BR_DEFINE_CLEANUP(feed, br_feed_destroy)

/* Before the turn's commit: keeps how far the broker has taken it. Negative: the store failed. */
BR_MUST_CHECK int br_feed_keep(struct br_feed *feed);

/* After the turn's commit: publishes what is new, as far as the window goes. */
void br_feed_send(struct br_feed *feed);
