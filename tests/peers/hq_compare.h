/*
 * HQ's part in a comparison with a store: answers the messages of type "ranges" from what it knows
 * (hq_projection.h), and sends commands for what differs in its own views.
 *
 * What it knows is worked out at a session's first message and kept until another session's. That
 * is only to save time: every message can be answered alone.
 */
#pragma once

#include "tests/peers/hq_ranges.h"
#include "tests/peers/hq_store.h"

struct peer_hq_compare;

struct peer_hq_compare *peer_hq_compare_create(struct peer_hq_store *store);
void peer_hq_compare_destroy(struct peer_hq_compare *compare);

struct peer_hq_compare_shop {
	const char *id;
	struct peer_ranges_at at;
	bool drained; /* the store has answered all of HQ's commands of the lane catalog */
};

/*
 * Answers one message into `text`; false for one that is none. Commands for what differs go to
 * `command`, on the lane catalog.
 */
BR_MUST_CHECK bool peer_hq_compare_answer(struct peer_hq_compare *compare,
	const struct peer_hq_compare_shop *shop, const struct br_json *root, struct br_text *text,
	void (*command)(void *context, const char *type, struct br_str body), void *context);
