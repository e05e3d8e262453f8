#include "node/crypto.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "node/error.h"

void br_sha256(const void *bytes, size_t n, unsigned char ret_digest[BR_SHA256_BYTES])
{
	br_sha256_two(bytes, n, NULL, 0, ret_digest);
}

void br_sha256_two(const void *first, size_t first_n, const void *second, size_t second_n,
	unsigned char ret_digest[BR_SHA256_BYTES])
{
	mbedtls_sha256_context context;
	int failed = 0;

	br_assert((first != NULL || first_n == 0) && (second != NULL || second_n == 0));
	mbedtls_sha256_init(&context);
	failed |= mbedtls_sha256_starts_ret(&context, 0);
	if (first_n > 0)
		failed |= mbedtls_sha256_update_ret(&context, first, first_n);
	if (second_n > 0)
		failed |= mbedtls_sha256_update_ret(&context, second, second_n);
	failed |= mbedtls_sha256_finish_ret(&context, ret_digest);
	mbedtls_sha256_free(&context);
	/* The software implementation has no way to fail; a hardware one must not pass in silence.
	 */
	br_assert(failed == 0);
}

void br_hmac_sha256(const void *key, size_t key_n, const void *bytes, size_t n,
	unsigned char ret_digest[BR_SHA256_BYTES])
{
	const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	int failed;

	br_assert(sha256 != NULL && key_n > 0);
	failed = mbedtls_md_hmac(sha256, key, key_n, bytes, n, ret_digest);
	br_assert(failed == 0);
}

int br_sha256_file(int fd, unsigned char ret_digest[BR_SHA256_BYTES])
{
	unsigned char bytes[32768];
	mbedtls_sha256_context context;
	int failed = 0;
	ssize_t n;

	br_assert(fd >= 0);
	mbedtls_sha256_init(&context);
	failed |= mbedtls_sha256_starts_ret(&context, 0);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		failed |= mbedtls_sha256_update_ret(&context, bytes, (size_t)n);
	if (n == 0)
		failed |= mbedtls_sha256_finish_ret(&context, ret_digest);
	mbedtls_sha256_free(&context);
	br_assert(failed == 0);
	return n == 0 ? 0 : BR_E_IO;
}

int br_random(void *ret_bytes, size_t n)
{
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context generator;
	int failed;

	br_assert(n <= MBEDTLS_CTR_DRBG_MAX_REQUEST);
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&generator);
	failed = mbedtls_ctr_drbg_seed(&generator, mbedtls_entropy_func, &entropy, NULL, 0);
	if (failed == 0)
		failed = mbedtls_ctr_drbg_random(&generator, ret_bytes, n);
	mbedtls_ctr_drbg_free(&generator);
	mbedtls_entropy_free(&entropy);
	return failed == 0 ? 0 : BR_E_CRYPTO;
}

/* The key schedule is made anew each time: keeping schedules would keep keys that were erased. */
static void gcm_begin(mbedtls_gcm_context *context, const unsigned char key[BR_GCM_KEY_BYTES])
{
	int failed;

	mbedtls_gcm_init(context);
	failed = mbedtls_gcm_setkey(context, MBEDTLS_CIPHER_ID_AES, key, BR_GCM_KEY_BYTES * 8);
	/* The software implementation fails for lengths that no standard knows, and no other way.
	 */
	br_assert(failed == 0);
}

void br_gcm_seal(const unsigned char key[BR_GCM_KEY_BYTES],
	const unsigned char nonce[BR_GCM_NONCE_BYTES], struct br_gcm_bound bound, const void *bytes,
	size_t n, void *ret_sealed, unsigned char ret_tag[BR_GCM_TAG_BYTES])
{
	mbedtls_gcm_context context;
	int failed;

	br_assert(bytes != NULL || n == 0);
	gcm_begin(&context, key);
	failed = mbedtls_gcm_crypt_and_tag(&context, MBEDTLS_GCM_ENCRYPT, n, nonce,
		BR_GCM_NONCE_BYTES, bound.bytes, bound.n, bytes, ret_sealed, BR_GCM_TAG_BYTES,
		ret_tag);
	mbedtls_gcm_free(&context);
	br_assert(failed == 0);
}

int br_gcm_open(const unsigned char key[BR_GCM_KEY_BYTES],
	const unsigned char nonce[BR_GCM_NONCE_BYTES], struct br_gcm_bound bound,
	const void *sealed, size_t n, const unsigned char tag[BR_GCM_TAG_BYTES], void *ret_bytes)
{
	mbedtls_gcm_context context;
	int failed;

	br_assert(sealed != NULL || n == 0);
	gcm_begin(&context, key);
	failed = mbedtls_gcm_auth_decrypt(&context, n, nonce, BR_GCM_NONCE_BYTES, bound.bytes,
		bound.n, tag, BR_GCM_TAG_BYTES, sealed, ret_bytes);
	mbedtls_gcm_free(&context);
	if (failed != 0 && n > 0)
		memset(ret_bytes, 0, n);
	return failed == 0 ? 0 : BR_E_CORRUPT;
}

void br_wipe(void *bytes, size_t n)
{
	br_assert(bytes != NULL || n == 0);
	mbedtls_platform_zeroize(bytes, n);
}
