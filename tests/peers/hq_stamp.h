/*
 * HQ's hybrid logical clock (Kulkarni et al. 2014): 48 bits of unix milliseconds, 16 of a counter,
 * as 16 hexadecimal digits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/str.h"

#define PEER_STAMP_BYTES 17

struct peer_stamp {
	uint64_t last;
	uint64_t ahead; /* stamps of stores that were more than five minutes ahead: not followed */
};

/* The next stamp of HQ's own, as text; it lives in the buffer. */
const char *peer_stamp_next(
	struct peer_stamp *stamp, int64_t now_ms, char ret_text[PEER_STAMP_BYTES]);

/* A store's; a text that is no stamp is none. */
void peer_stamp_hear(struct peer_stamp *stamp, struct br_str text, int64_t now_ms);
