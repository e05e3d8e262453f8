#include "cloud-sync/conformance/certificate.h"

#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>
#include <string.h>

#include "node/error.h"

#define KEY_BYTES_MAX 4096
#define PEM_BYTES_MAX 32768

/* The library writes a key to the end of its buffer; both buffers are zero before. */
static bool keys_equal(mbedtls_pk_context *a, mbedtls_pk_context *b)
{
	static unsigned char bytes[2][KEY_BYTES_MAX];
	int n[2];

	memset(bytes, 0, sizeof(bytes));
	n[0] = mbedtls_pk_write_pubkey_der(a, bytes[0], KEY_BYTES_MAX);
	n[1] = mbedtls_pk_write_pubkey_der(b, bytes[1], KEY_BYTES_MAX);
	br_assert(n[0] <= KEY_BYTES_MAX && n[1] <= KEY_BYTES_MAX);
	return n[0] > 0 && n[0] == n[1] && memcmp(bytes[0], bytes[1], KEY_BYTES_MAX) == 0;
}

static bool name_is(const mbedtls_x509_name *subject, const char *store)
{
	size_t n = strlen(store);

	br_assert(n > 0);
	for (const mbedtls_x509_name *at = subject; at != NULL; at = at->next)
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &at->oid) == 0 && at->val.len == n &&
			memcmp(at->val.p, store, n) == 0)
			return true;
	return false;
}

const char *conform_request_fault(const char *request, const char *store)
{
	const char *fault = NULL;
	mbedtls_x509_csr csr;

	br_assert(request != NULL && store[0] != '\0');
	mbedtls_x509_csr_init(&csr);
	if (mbedtls_x509_csr_parse(&csr, (const unsigned char *)request, strlen(request) + 1) != 0)
		fault = "is no certificate request in PEM";
	else if (!name_is(&csr.subject, store))
		fault = "is not made out to the store: its common name (CN) is not --store";
	mbedtls_x509_csr_free(&csr);
	return fault;
}

const char *conform_certificate_fault(
	const char *request, struct br_str certificate, const char *store)
{
	static char text[PEM_BYTES_MAX];
	const char *fault = NULL;
	mbedtls_x509_csr csr;
	mbedtls_x509_crt crt;

	br_assert(conform_request_fault(request, store) == NULL);
	if (!br_str_copy(certificate, text, sizeof(text)))
		return "certificate: is longer than 32767 bytes";
	mbedtls_x509_csr_init(&csr);
	mbedtls_x509_crt_init(&crt);
	/* Behind the store's own there may be those who signed it. */
	if (mbedtls_x509_csr_parse(&csr, (const unsigned char *)request, strlen(request) + 1) !=
			0 ||
		mbedtls_x509_crt_parse(&crt, (const unsigned char *)text, certificate.n + 1) != 0)
		fault = "certificate: is no certificate in PEM";
	else if (!keys_equal(&csr.pk, &crt.pk))
		fault = "certificate: has another key than the request";
	else if (!name_is(&crt.subject, store))
		fault = "certificate: its common name (CN) is not the store's id";
	else if (mbedtls_x509_time_is_past(&crt.valid_to))
		fault = "certificate: has ended already";
	mbedtls_x509_crt_free(&crt);
	mbedtls_x509_csr_free(&csr);
	return fault;
}
