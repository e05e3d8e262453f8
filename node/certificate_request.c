#include "node/certificate_request.h"

#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <string.h>

#include "node/crypto.h"

#define PEM_BYTES 4096 /* a key or a request of P-256 has less than 1,000 */

/* The library asks for random bytes by its own kind of call. */
static int bytes_roll(void *context BR_UNUSED, unsigned char *bytes, size_t n)
{
	while (n > 0) {
		size_t part = n < 1024 ? n : 1024;

		if (br_random(bytes, part) < 0)
			return MBEDTLS_ERR_PK_ALLOC_FAILED;
		bytes += part;
		n -= part;
	}
	return 0;
}

int br_key_make(struct br_text *pem, struct br_fault *fault)
{
	unsigned char bytes[PEM_BYTES];
	mbedtls_pk_context pair;
	int failed;

	br_assert(pem->max > 0);
	mbedtls_pk_init(&pair);
	failed = mbedtls_pk_setup(&pair, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
	if (failed == 0)
		failed = mbedtls_ecp_gen_key(
			MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(pair), bytes_roll, NULL);
	if (failed == 0)
		failed = mbedtls_pk_write_key_pem(&pair, bytes, sizeof(bytes));
	if (failed == 0)
		br_text_puts(pem, (const char *)bytes);
	explicit_bzero(bytes, sizeof(bytes));
	mbedtls_pk_free(&pair);
	return failed == 0 ? br_text_error(pem)
			   : br_fault_set(fault, BR_E_CRYPTO, "no key could be made");
}

static int key_read(struct br_str key, mbedtls_pk_context *pair, struct br_fault *fault)
{
	char bytes[PEM_BYTES];
	int failed = 1;

	br_assert(key.s != NULL || key.n == 0);
	if (key.n > 0 && key.n < sizeof(bytes)) {
		memcpy(bytes, key.s, key.n);
		bytes[key.n] = '\0';
		failed = mbedtls_pk_parse_key(
			pair, (const unsigned char *)bytes, key.n + 1, NULL, 0);
		explicit_bzero(bytes, sizeof(bytes));
	}
	if (failed != 0 || !mbedtls_pk_can_do(pair, MBEDTLS_PK_ECDSA))
		return br_fault_set(fault, BR_E_INVALID,
			"no private key that can be read: allowed is an elliptic one as PEM, "
			"without a password");
	return 0;
}

static int request_write(
	mbedtls_pk_context *pair, const char *name, unsigned char *bytes, size_t size)
{
	mbedtls_x509write_csr request;
	char subject[80];
	int failed;

	br_assert(strlen(name) <= 64 && size > 0);
	(void)snprintf(subject, sizeof(subject), "CN=%s", name);
	mbedtls_x509write_csr_init(&request);
	mbedtls_x509write_csr_set_md_alg(&request, MBEDTLS_MD_SHA256);
	mbedtls_x509write_csr_set_key(&request, pair);
	failed = mbedtls_x509write_csr_set_subject_name(&request, subject);
	if (failed == 0)
		failed = mbedtls_x509write_csr_pem(&request, bytes, size, bytes_roll, NULL);
	mbedtls_x509write_csr_free(&request);
	return failed;
}

int br_request_make(
	struct br_str key, const char *name, struct br_text *pem, struct br_fault *fault)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	unsigned char bytes[PEM_BYTES];
	size_t n = strspn(name, allowed);
	mbedtls_pk_context pair;
	int result = 0;

	/* A comma or an equals sign would begin another part of the subject. */
	if (n == 0 || n > 64 || name[n] != '\0')
		return br_fault_set(fault, BR_E_INVALID,
			"\"%.64s\" cannot stand in a certificate, allowed are 1 to 64 of A-Z a-z "
			"0-9 _ -",
			name);
	mbedtls_pk_init(&pair);
	result = key_read(key, &pair, fault);
	if (result == 0 && request_write(&pair, name, bytes, sizeof(bytes)) != 0)
		result = br_fault_set(fault, BR_E_CRYPTO, "no request could be made");
	if (result == 0) {
		br_text_puts(pem, (const char *)bytes);
		result = br_text_error(pem);
	}
	br_assert(result <= 0);
	mbedtls_pk_free(&pair);
	return result;
}
