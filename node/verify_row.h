/*
 * How verification names rows: a key's parts and two rows' difference, in words.
 */
#pragma once

#include "node/arena.h"
#include "node/tables.h"

#define BR_VERIFY_KEY_BYTES 200

/* The key's parts, texts in quotes: `"A" 0 1772359800000 12`. Takes damaged keys, too. */
void br_verify_key_text(enum br_table table, struct br_str key, char ret_text[BR_VERIFY_KEY_BYTES]);

/* Which fields differ, the stored value first: `shelf is 3, the journal gives 4`. */
void br_verify_row_difference(enum br_table table, struct br_str key, struct br_str stored,
	struct br_str rebuilt, struct br_arena *arena, char *ret_text, size_t size);
