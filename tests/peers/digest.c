#include "tests/peers/digest.h"

#include <stdbool.h>
#include <string.h>

#include "node/attributes.h"

#define BLOCK_BYTES 64

/* Eight bytes a step (Kounavis and Berry, 2005): tables[k][b] is byte b with k zero bytes behind.
 */
static uint32_t crc_tables[8][256];

static void crc_tables_fill(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = (c & 1) != 0 ? (c >> 1) ^ 0x82F63B78u : c >> 1;
		crc_tables[0][i] = c;
	}
	for (size_t k = 1; k < 8; k++)
		for (uint32_t i = 0; i < 256; i++)
			crc_tables[k][i] = crc_tables[0][crc_tables[k - 1][i] & 0xFF] ^
					   (crc_tables[k - 1][i] >> 8);
}

uint32_t peer_crc32c(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint32_t crc = ~0u;

	if (crc_tables[0][1] == 0)
		crc_tables_fill();
	for (; n >= 8; n -= 8, p += 8) {
		uint32_t mixed = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 |
					       (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);

		crc = crc_tables[7][mixed & 0xFF] ^ crc_tables[6][mixed >> 8 & 0xFF] ^
		      crc_tables[5][mixed >> 16 & 0xFF] ^ crc_tables[4][mixed >> 24] ^
		      crc_tables[3][p[4]] ^ crc_tables[2][p[5]] ^ crc_tables[1][p[6]] ^
		      crc_tables[0][p[7]];
	}
	while (n-- > 0)
		crc = crc_tables[0][(crc ^ *p++) & 0xFF] ^ (crc >> 8);
	return ~crc;
}

/* The first 32 bits of the fractions of the cube roots of the first 64 primes (section 4.2.2). */
static const uint32_t round_words[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
	0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
	0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
	0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
	0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turned(uint32_t x, unsigned n)
{
	return (x >> n) | (x << (32 - n));
}

static void words_expand(const unsigned char block[BLOCK_BYTES], uint32_t w[64])
{
	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)block[i * 4] << 24 | (uint32_t)block[i * 4 + 1] << 16 |
		       (uint32_t)block[i * 4 + 2] << 8 | block[i * 4 + 3];
	for (size_t i = 16; i < 64; i++) {
		uint32_t s0 = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ (w[i - 15] >> 3);
		uint32_t s1 = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ (w[i - 2] >> 10);

		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
}

static void block_mix(uint32_t hash[8], const unsigned char block[BLOCK_BYTES])
{
	uint32_t w[64], v[8];

	words_expand(block, w);
	memcpy(v, hash, sizeof(v));
	for (size_t i = 0; i < 64; i++) {
		uint32_t s1 = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25);
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t t1 = v[7] + s1 + choice + round_words[i] + w[i];
		uint32_t s0 = turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22);
		uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t1;
		v[0] = t1 + s0 + majority;
	}
	for (size_t i = 0; i < 8; i++)
		hash[i] += v[i];
}

void peer_sha256(const void *bytes, size_t n, uint8_t ret_digest[PEER_SHA256_BYTES])
{
	uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
		0x1f83d9ab, 0x5be0cd19};
	unsigned char tail[2 * BLOCK_BYTES] = {0};
	const unsigned char *p = bytes;
	size_t left = n, tail_n;

	for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES, p += BLOCK_BYTES)
		block_mix(hash, p);
	if (left > 0)
		memcpy(tail, p, left);
	tail[left] = 0x80;
	tail_n = left < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES;
	for (size_t i = 0; i < 8; i++)
		tail[tail_n - 1 - i] = (unsigned char)((uint64_t)n * 8 >> (8 * i));
	for (size_t i = 0; i < tail_n; i += BLOCK_BYTES)
		block_mix(hash, tail + i);
	for (size_t i = 0; i < PEER_SHA256_BYTES; i++)
		ret_digest[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
}

void peer_hex(const void *bytes, size_t n, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		text[i * 2] = digits[p[i] >> 4];
		text[i * 2 + 1] = digits[p[i] & 15];
	}
	text[n * 2] = '\0';
}
