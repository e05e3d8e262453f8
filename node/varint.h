/*
 * Varints, which stored records, readings and the history's blocks are made of: seven bits a byte,
 * lowest first, the high bit says that more follow (LEB128); signed numbers zigzag, so that small
 * ones of either sign are short. And the CRC-32C that closes what is stored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/attributes.h"
#include "node/str.h"

#define BR_VARINT_BYTES_MAX 10

/* Writes into `bytes`, which has room; returns how many. */
size_t br_varint_put(unsigned char *bytes, uint64_t value);
size_t br_varint_put_signed(unsigned char *bytes, int64_t value);

/* Take a number off the front; false when it is cut off, longer than needed or over 64 bits. */
BR_MUST_CHECK bool br_varint_take(struct br_str *bytes, uint64_t *ret_value);
BR_MUST_CHECK bool br_varint_take_signed(struct br_str *bytes, int64_t *ret_value);

#define BR_CHECKSUM_BYTES 4

/* Writes the CRC of the `n` bytes behind them; returns the length with it. */
size_t br_checksum_put(unsigned char *bytes, size_t n);

/* Takes the CRC off the end; false when it is missing or wrong. */
BR_MUST_CHECK bool br_checksum_take(struct br_str *bytes);
