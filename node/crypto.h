/*
 * The node's own cryptography, by mbedTLS: hashes, keyed hashes, sealing and random bytes.
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

/*
 * AES-256-GCM, NIST SP 800-38D with a 96-bit nonce and a 128-bit tag. A nonce is used once with one
 * key: who seals makes it of random bytes (section 8.2.2), at most 2^32 of them for a key.
 */
#define BR_GCM_KEY_BYTES 32
#define BR_GCM_NONCE_BYTES 12
#define BR_GCM_TAG_BYTES 16

/* What is bound to a sealed text without being in it; opening wants the same. */
struct br_gcm_bound {
	const void *bytes;
	size_t n;
};

/* Writes `n` bytes of ciphertext and the tag; neither may overlap with `bytes`. */
void br_gcm_seal(const unsigned char key[BR_GCM_KEY_BYTES],
	const unsigned char nonce[BR_GCM_NONCE_BYTES], struct br_gcm_bound bound, const void *bytes,
	size_t n, void *ret_sealed, unsigned char ret_tag[BR_GCM_TAG_BYTES]);

/* 0, or BR_E_CORRUPT when anything is not as it was sealed; *ret_bytes is then all zero. */
BR_MUST_CHECK int br_gcm_open(const unsigned char key[BR_GCM_KEY_BYTES],
	const unsigned char nonce[BR_GCM_NONCE_BYTES], struct br_gcm_bound bound,
	const void *sealed, size_t n, const unsigned char tag[BR_GCM_TAG_BYTES], void *ret_bytes);

/* Overwrites what must not stay in memory; the compiler cannot leave it out. */
void br_wipe(void *bytes, size_t n);
