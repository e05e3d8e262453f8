/*
 * The node's own cryptography, by mbedTLS: hashes, keyed hashes and random bytes.
 */
#pragma once

#include <stddef.h>

#include "node/attributes.h"

#define BR_SHA256_BYTES 32

/* FIPS 180-4. */
void br_sha256(const void *bytes, size_t n, unsigned char ret_digest[BR_SHA256_BYTES]);

/* The same over two pieces in a row. */
void br_sha256_two(const void *first, size_t first_n, const void *second, size_t second_n,
	unsigned char ret_digest[BR_SHA256_BYTES]);

/* RFC 2104 with SHA-256. */
void br_hmac_sha256(const void *key, size_t key_n, const void *bytes, size_t n,
	unsigned char ret_digest[BR_SHA256_BYTES]);

/* Of what the file descriptor has from its position on: 0 or BR_E_IO. */
BR_MUST_CHECK int br_sha256_file(int fd, unsigned char ret_digest[BR_SHA256_BYTES]);

/* Random bytes from the kernel by way of CTR_DRBG (NIST SP 800-90A); at most 1,024. */
BR_MUST_CHECK int br_random(void *ret_bytes, size_t n);
