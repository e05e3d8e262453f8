/*
 * The two checks the contracts ask for: CRC-32C of an event batch, SHA-256 of a label's picture and
 * of a store's id. Written here, apart from the product's own, so that a mistake there shows.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PEER_SHA256_BYTES 32

/* CRC-32C (Castagnoli; RFC 3720, appendix B.4). */
uint32_t peer_crc32c(const void *bytes, size_t n);

/* SHA-256 (FIPS 180-4). */
void peer_sha256(const void *bytes, size_t n, uint8_t ret_digest[PEER_SHA256_BYTES]);

/* Writes lower-case hexadecimal and a NUL: `text` holds 2 × n + 1 bytes. */
void peer_hex(const void *bytes, size_t n, char *text);
