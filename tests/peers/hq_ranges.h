/*
 * HQ's side of the comparison with a store, written from the contract alone: items of one view, and
 * the answer to a message of type "ranges". Pure.
 *
 *	mark of an item = first 16 bytes of HMAC-SHA-256(session key, n | key | version |
 *	                                     SHA-256(value))
 *	fingerprint of a range = how many items, sum of their marks modulo 2^128
 *
 * Answers hold nothing that the message does not ask for again, so the items may be made anew for
 * every message; keeping them for a session only saves time.
 */
#pragma once

#include "node/json.h"
#include "node/text.h"

#define PEER_RANGES_BYTES_MAX 60000
#define PEER_RANGES_KEY_BYTES 16
#define PEER_RANGES_FANOUT 16
#define PEER_RANGES_LEAF 16

struct peer_ranges;

/* The session's key is copied. */
struct peer_ranges *peer_ranges_create(const unsigned char key[PEER_RANGES_KEY_BYTES]);
void peer_ranges_destroy(struct peer_ranges *ranges);

/* Adds an item, in any order. Of the same key the last one counts. */
void peer_ranges_add(
	struct peer_ranges *ranges, struct br_str key, uint64_t version, struct br_str value);
size_t peer_ranges_n(struct peer_ranges *ranges);

/* How far HQ's side is, for the answer's `at`. */
struct peer_ranges_at {
	uint64_t orders, stock;
};

/* What every message of a session says. */
struct peer_ranges_message {
	struct br_str session, view;
	uint64_t round, after;
	int64_t at_ms; /* unix ms; 0 = not said */
	unsigned char key[PEER_RANGES_KEY_BYTES];
	const struct br_json *ranges, *differ; /* lists; one of them is absent */
};

/* Reads a message of type "ranges": false when it is none. Texts live as long as `root`. */
BR_MUST_CHECK bool peer_ranges_read(
	const struct br_json *root, struct peer_ranges_message *ret_message);

/* Writes the answer to the message's ranges. False when one of them is no range. */
BR_MUST_CHECK bool peer_ranges_answer(struct peer_ranges *ranges,
	const struct peer_ranges_message *message, struct peer_ranges_at at, struct br_text *text);

/* Opens an answer of another kind up to where its own members begin. */
struct br_json_out;
void peer_ranges_answer_begin(
	struct br_json_out *out, const struct peer_ranges_message *message, struct br_text *text);
