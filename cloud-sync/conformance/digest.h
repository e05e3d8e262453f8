/* What the contract has of cryptography: the shard of a store, and the marks of a comparison. */
#pragma once

#include <stdint.h>

#include "node/str.h"

#define CONFORM_KEY_BYTES 16

/* A mark, or the sum of marks modulo 2^128. */
struct conform_mark {
	uint64_t high, low;
};

/* The first byte of the SHA-256 of the store's id, as two hexadecimal digits. */
void conform_shard(struct br_str store, char ret_shard[3]);

/* The mark of an item whose version is 0. */
struct conform_mark conform_mark_make(
	const unsigned char key[CONFORM_KEY_BYTES], struct br_str item, struct br_str value);

struct conform_mark conform_mark_add(struct conform_mark a, struct conform_mark b);

/* 32 hexadecimal digits and NUL. */
void conform_mark_text(struct conform_mark mark, char ret_text[33]);
