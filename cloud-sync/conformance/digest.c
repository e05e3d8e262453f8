#include "cloud-sync/conformance/digest.h"

#include <inttypes.h>
#include <mbedtls/md.h>
#include <stdio.h>
#include <string.h>

#include "node/error.h"

#define SHA256_BYTES 32
#define VERSION_BYTES 8

static void sha256(struct br_str text, unsigned char ret_bytes[SHA256_BYTES])
{
	int code = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
		(const unsigned char *)text.s, text.n, ret_bytes);

	br_assert(code == 0);
}

void conform_shard(struct br_str store, char ret_shard[3])
{
	unsigned char bytes[SHA256_BYTES];

	br_assert(store.n > 0);
	sha256(store, bytes);
	(void)snprintf(ret_shard, 3, "%02x", bytes[0]);
}

static uint64_t number_read(const unsigned char *bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

struct conform_mark conform_mark_make(
	const unsigned char key[CONFORM_KEY_BYTES], struct br_str item, struct br_str value)
{
	unsigned char text[1 + 255 + VERSION_BYTES + SHA256_BYTES], bytes[SHA256_BYTES];
	size_t n = 0;
	int code;

	br_assert(item.n > 0 && item.n <= 255);
	text[n++] = (unsigned char)item.n;
	memcpy(text + n, item.s, item.n);
	n += item.n;
	memset(text + n, 0, VERSION_BYTES);
	n += VERSION_BYTES;
	sha256(value, text + n);
	n += SHA256_BYTES;
	code = mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, CONFORM_KEY_BYTES,
		text, n, bytes);
	br_assert(code == 0);
	return (struct conform_mark){number_read(bytes), number_read(bytes + 8)};
}

struct conform_mark conform_mark_add(struct conform_mark a, struct conform_mark b)
{
	struct conform_mark sum = {a.high + b.high, a.low + b.low};

	sum.high += sum.low < a.low;
	return sum;
}

void conform_mark_text(struct conform_mark mark, char ret_text[33])
{
	int n = snprintf(ret_text, 33, "%016" PRIx64 "%016" PRIx64, mark.high, mark.low);

	br_assert(n == 32);
}
