/*
 * Composite keys: parts in big-endian order, so that LMDB's byte order is the order people expect.
 * A text part is closed by a zero byte (texts hold none), so "a" sorts before "ab".
 */
#pragma once

#include <stdint.h>

#include "node/str.h"

/* LMDB's limit for a key, in bytes (MDB_MAXKEYSIZE of Debian's build). */
#define BR_KEY_BYTES_MAX 511

struct br_key {
	unsigned char bytes[BR_KEY_BYTES_MAX];
	size_t n;
};

void br_key_init(struct br_key *key);
void br_key_add_u8(struct br_key *key, uint8_t value);
void br_key_add_u32(struct br_key *key, uint32_t value);
void br_key_add_u64(struct br_key *key, uint64_t value);
/* The texts of one key together must fit BR_KEY_BYTES_MAX; callers' limits see to it. */
void br_key_add_str(struct br_key *key, struct br_str str);

struct br_str br_key_str(const struct br_key *key);

/* Reading parts back: takes the part off the front of `rest`; false when it is not there. */
BR_MUST_CHECK bool br_key_take_u64(struct br_str *rest, uint64_t *ret_value);
BR_MUST_CHECK bool br_key_take_str(struct br_str *rest, struct br_str *ret_str);

/* Key shorthands for tables keyed by one text or one number. */
struct br_key br_key_of_str(struct br_str str);
struct br_key br_key_of_u64(uint64_t value);
