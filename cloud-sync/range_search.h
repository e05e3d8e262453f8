/*
 * Range searches: the asking side of one comparison. It finds the keys under which this side and
 * HQ hold something else, while HQ only answers.
 *
 *	            ┌────────── a part of an answer is not the same here ──┐
 *	            ▼                                                      │
 *	all ──► waiting ── cut into 16, as many as fit ──► asked ── answer ┴─► same: done
 *	            ▲                                        │             └─► items: compared
 *	            └───────── no answer: message full ──────┘
 *
 * Both sides cut: the store cuts what differs into 16 before it asks, HQ cuts what differs into 16
 * in its answer; so each round narrows by 256. A range of at most BR_RANGE_LEAF items is told item
 * by item. What was found last is asked first, so that what waits stays little however much
 * differs. One message is on its way at a time; asked again, it is written again as it was. Without
 * differences one round is enough; a few among n items take log₂₅₆(n / 16) + 2; many take more
 * rounds because messages are bounded. Bytes grow with the differences and not with n.
 *
 * Ended: nothing waits, or BR_RANGE_DIFFERENCES_MAX were found: then `complete` is false, and after
 * the repairs another search goes on.
 *
 * Pure: messages out and in. Core thread only.
 */
#pragma once

#include "cloud-sync/range_message.h"

#define BR_RANGE_FANOUT 16
#define BR_RANGE_LEAF 16
#define BR_RANGE_DIFFERENCES_MAX 10000
#define BR_RANGE_ROUNDS_MAX 20000
#define BR_RANGE_WAITING_MAX 32768 /* ranges */

struct br_range_search;

/* `set` is borrowed. BR_E_MEMORY. */
BR_MUST_CHECK int br_range_search_create(const struct br_range_set *set,
	const struct br_range_head *head, struct br_range_search **ret_search);
void br_range_search_destroy(struct br_range_search *search);
BR_DEFINE_CLEANUP(range_search, br_range_search_destroy)

/*
 * Writes the message that waits for its answer, or the next one. 1: it is written, 0: the search
 * has ended. BR_E_TOO_LARGE: HQ's answers lead nowhere. BR_E_MEMORY.
 */
BR_MUST_CHECK int br_range_search_write(struct br_range_search *search, struct br_text *text);

/*
 * HQ's answer. 1: taken, 0: of another session or round, or nothing was asked: nothing changed.
 * BR_E_INVALID: it does not fit what was asked, with the fault set; the session is to be given up.
 * BR_E_TOO_LARGE, BR_E_MEMORY likewise.
 */
BR_MUST_CHECK int br_range_search_take(struct br_range_search *search,
	const struct br_range_reply *reply, size_t payload_n, struct br_fault *fault);

struct br_range_difference {
	struct br_str key; /* as long as the search */
	bool here, there;  /* who has an item of that key */
};
size_t br_range_search_found(const struct br_range_search *search);
struct br_range_difference br_range_search_difference(
	const struct br_range_search *search, size_t index);

struct br_range_figures {
	uint64_t rounds;	     /* messages that were answered */
	uint64_t up_bytes, dn_bytes; /* of them, without repeats */
	bool complete;		     /* nothing waits any more */
};
struct br_range_figures br_range_search_figures(const struct br_range_search *search);
