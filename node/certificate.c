#include "node/certificate.h"

#include <fcntl.h>
#include <inttypes.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/time.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

const char *const br_certificate_state_words[] = {"good", "soon", "urgent", "over", "clock"};

int br_pem_read(const char *path, struct br_text *text, struct br_fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = 0;
	char bytes[4096];
	ssize_t n;

	br_assert(text->n == 0);
	if (fd < 0)
		return br_path_fault(fault, path);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0 && text->n <= BR_CERTIFICATE_BYTES_MAX)
		br_text_add(text, bytes, (size_t)n);
	if (n < 0)
		result = br_path_fault(fault, path);
	else if (text->n > BR_CERTIFICATE_BYTES_MAX || br_text_error(text) == BR_E_TOO_LARGE)
		result = br_fault_set(fault, BR_E_TOO_LARGE,
			"%s: has more than the %d bytes that are allowed", path,
			BR_CERTIFICATE_BYTES_MAX);
	else if (br_text_error(text) < 0)
		result = br_fault_set(fault, BR_E_MEMORY, "out of memory");
	(void)close(fd);
	return result;
}

/* Everything that the library reads must end in NUL, and counts it. */
static int chain_parse(struct br_str pem, mbedtls_x509_crt *chain, struct br_fault *fault)
{
	struct br_text text;
	int result;

	br_text_init(&text, BR_CERTIFICATE_BYTES_MAX + 1);
	br_text_add_str(&text, pem);
	br_text_putc(&text, '\0');
	result = br_text_error(&text);
	if (result < 0)
		(void)br_fault_set(fault, result, "the certificate: %s", br_error_text(result));
	/* Some that cannot be read are positive: a file with one of those is not trusted. */
	else if (mbedtls_x509_crt_parse(chain, (const unsigned char *)text.bytes, text.n) != 0 ||
		 chain->raw.len == 0)
		result = br_fault_set(fault, BR_E_INVALID,
			"no certificate that can be read: allowed is PEM, \"-----BEGIN "
			"CERTIFICATE-----\"");
	br_assert(result < 0 || chain->raw.len > 0);
	br_text_finish(&text);
	return result;
}

static void name_copy(const mbedtls_x509_name *name, char ret_name[BR_CERTIFICATE_NAME_BYTES])
{
	static const unsigned char common_name[] = {0x55, 0x04, 0x03}; /* 2.5.4.3 */

	ret_name[0] = '\0';
	for (; name != NULL; name = name->next) {
		size_t n = name->val.len;

		if (name->oid.len != sizeof(common_name) ||
			memcmp(name->oid.p, common_name, sizeof(common_name)) != 0)
			continue;
		if (n > BR_CERTIFICATE_NAME_BYTES - 1)
			n = BR_CERTIFICATE_NAME_BYTES - 1;
		/* It is shown to people and compared with ids: neither takes what is no text. */
		if (n == 0 || !br_utf8_valid((const char *)name->val.p, n) ||
			memchr(name->val.p, '\0', n) != NULL)
			return;
		memcpy(ret_name, name->val.p, n);
		ret_name[n] = '\0';
		return;
	}
}

static int64_t time_ms(const mbedtls_x509_time *time)
{
	int64_t days = br_time_days(time->year, time->mon, time->day);

	br_assert(time->mon >= 1 && time->mon <= 12 && time->day >= 1 && time->day <= 31);
	return (((days * 24 + time->hour) * 60 + time->min) * 60 + time->sec) * 1000;
}

static void certificate_copy(const mbedtls_x509_crt *from, struct br_certificate *to)
{
	size_t n = from->serial.len < 20 ? from->serial.len : 20;

	br_assert(from->raw.len > 0);
	memset(to, 0, sizeof(*to));
	name_copy(&from->subject, to->name);
	name_copy(&from->issuer, to->issuer);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(to->serial + 2 * i, 3, "%02x", from->serial.p[i]);
	to->not_before_ms = time_ms(&from->valid_from);
	to->not_after_ms = time_ms(&from->valid_to);
}

int br_certificate_parse(
	struct br_str pem, struct br_certificate *ret_certificate, struct br_fault *fault)
{
	mbedtls_x509_crt chain;
	int result;

	mbedtls_x509_crt_init(&chain);
	result = chain_parse(pem, &chain, fault);
	br_assert(result <= 0);
	if (result == 0)
		certificate_copy(&chain, ret_certificate);
	mbedtls_x509_crt_free(&chain);
	return result;
}

int br_certificate_first_end(
	struct br_str pem, struct br_certificate *ret_certificate, struct br_fault *fault)
{
	mbedtls_x509_crt chain;
	const mbedtls_x509_crt *first = &chain;
	int result;

	mbedtls_x509_crt_init(&chain);
	result = chain_parse(pem, &chain, fault);
	for (const mbedtls_x509_crt *at = &chain; result == 0 && at != NULL; at = at->next)
		if (time_ms(&at->valid_to) < time_ms(&first->valid_to))
			first = at;
	br_assert(result <= 0);
	if (result == 0)
		certificate_copy(first, ret_certificate);
	mbedtls_x509_crt_free(&chain);
	return result;
}

/* A key that needs a password is of no use to a machine that starts by itself. */
static int key_parse(struct br_str key, mbedtls_pk_context *pair, struct br_fault *fault)
{
	struct br_text text;
	int result;

	br_text_init(&text, BR_CERTIFICATE_BYTES_MAX + 1);
	br_text_add_str(&text, key);
	br_text_putc(&text, '\0');
	result = br_text_error(&text);
	if (result < 0)
		(void)br_fault_set(fault, result, "the key: %s", br_error_text(result));
	else if (mbedtls_pk_parse_key(pair, (const unsigned char *)text.bytes, text.n, NULL, 0) !=
		 0)
		result = br_fault_set(fault, BR_E_INVALID,
			"no private key that can be read: allowed is PEM without a password");
	if (text.bytes != NULL)
		explicit_bzero(text.bytes, text.n);
	br_assert(result <= 0);
	br_text_finish(&text);
	return result;
}

int br_certificate_key_check(struct br_str pem, struct br_str key, struct br_fault *fault)
{
	mbedtls_pk_context pair;
	mbedtls_x509_crt chain;
	int result;

	mbedtls_x509_crt_init(&chain);
	mbedtls_pk_init(&pair);
	result = chain_parse(pem, &chain, fault);
	if (result == 0)
		result = key_parse(key, &pair, fault);
	if (result == 0 && mbedtls_pk_check_pair(&chain.pk, &pair) != 0)
		result = br_fault_set(fault, BR_E_INVALID,
			"the private key is not the certificate's: they were made apart");
	br_assert(result <= 0);
	mbedtls_pk_free(&pair);
	mbedtls_x509_crt_free(&chain);
	return result;
}

static int crl_parse(struct br_str pem, mbedtls_x509_crl *crl, struct br_fault *fault)
{
	struct br_text text;
	int result;

	if (pem.n == 0)
		return 0;
	br_text_init(&text, BR_CERTIFICATE_BYTES_MAX + 1);
	br_text_add_str(&text, pem);
	br_text_putc(&text, '\0');
	result = br_text_error(&text);
	if (result == 0 &&
		mbedtls_x509_crl_parse(crl, (const unsigned char *)text.bytes, text.n) != 0)
		result = BR_E_INVALID;
	br_assert(text.n > 0 || result < 0);
	br_text_finish(&text);
	return result < 0 ? br_fault_set(fault, result,
				    "no list of revoked certificates that can be read: allowed is "
				    "PEM, \"-----BEGIN X509 CRL-----\"")
			  : 0;
}

/* The dates are told apart from this, with what the clock has to do with them. */
static int flags_say(uint32_t flags, const mbedtls_x509_crt *chain, struct br_fault *fault)
{
	char name[BR_CERTIFICATE_NAME_BYTES], issuer[BR_CERTIFICATE_NAME_BYTES];

	flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
	if (flags == 0)
		return 0;
	br_assert(chain->raw.len > 0);
	name_copy(&chain->subject, name);
	name_copy(&chain->issuer, issuer);
	if ((flags & MBEDTLS_X509_BADCERT_REVOKED) != 0)
		return br_fault_set(
			fault, BR_E_INVALID, "the certificate of \"%s\" is revoked", name);
	if ((flags & (MBEDTLS_X509_BADCRL_EXPIRED | MBEDTLS_X509_BADCRL_FUTURE |
			     MBEDTLS_X509_BADCRL_NOT_TRUSTED)) != 0)
		return br_fault_set(fault, BR_E_INVALID,
			"the list of revoked certificates is too old or of somebody else: get "
			"today's");
	return br_fault_set(fault, BR_E_INVALID,
		"the certificate of \"%s\" was signed by \"%s\", which is none of the authorities "
		"in link.ca",
		name, issuer);
}

int br_certificate_signature_check(
	struct br_str pem, struct br_str authorities, struct br_str crl, struct br_fault *fault)
{
	mbedtls_x509_crt chain, roots;
	mbedtls_x509_crl revoked;
	uint32_t flags = 0;
	int result;

	mbedtls_x509_crt_init(&chain);
	mbedtls_x509_crt_init(&roots);
	mbedtls_x509_crl_init(&revoked);
	result = chain_parse(pem, &chain, fault);
	if (result == 0)
		result = chain_parse(authorities, &roots, fault);
	if (result == 0)
		result = crl_parse(crl, &revoked, fault);
	if (result == 0) {
		(void)mbedtls_x509_crt_verify(
			&chain, &roots, crl.n > 0 ? &revoked : NULL, NULL, &flags, NULL, NULL);
		result = flags_say(flags, &chain, fault);
	}
	br_assert(result <= 0);
	mbedtls_x509_crl_free(&revoked);
	mbedtls_x509_crt_free(&roots);
	mbedtls_x509_crt_free(&chain);
	return result;
}

enum br_certificate_state br_certificate_judge(
	const struct br_certificate *certificate, int64_t now_ms, int64_t known_ms)
{
	br_assert(certificate->serial[0] != '\0');
	if (now_ms < certificate->not_before_ms || now_ms < known_ms)
		return BR_CERTIFICATE_CLOCK;
	if (now_ms > certificate->not_after_ms)
		return BR_CERTIFICATE_OVER;
	if (certificate->not_after_ms - now_ms < BR_CERTIFICATE_URGENT_MS)
		return BR_CERTIFICATE_URGENT;
	return certificate->not_after_ms - now_ms < BR_CERTIFICATE_SOON_MS ? BR_CERTIFICATE_SOON
									   : BR_CERTIFICATE_GOOD;
}

int64_t br_certificate_days(const struct br_certificate *certificate, int64_t now_ms)
{
	int64_t left_ms = certificate->not_after_ms - now_ms;

	return left_ms > 0 ? left_ms / DAY_MS : 0;
}

void br_certificate_say(const struct br_certificate *certificate, enum br_certificate_state state,
	const char *whose, int64_t now_ms, struct br_fault *ret_sentence)
{
	char now[BR_TIME_TEXT_BYTES], begin[BR_TIME_TEXT_BYTES], end[BR_TIME_TEXT_BYTES];
	int64_t days = br_certificate_days(certificate, now_ms);

	br_assert((size_t)state <= BR_CERTIFICATE_CLOCK && whose[0] != '\0');
	br_time_format(now_ms, now);
	br_time_format(certificate->not_before_ms, begin);
	br_time_format(certificate->not_after_ms, end);
	/* To the minute: the seconds help nobody. */
	now[16] = begin[16] = end[16] = '\0';
	now[10] = begin[10] = end[10] = ' ';
	if (state == BR_CERTIFICATE_CLOCK)
		(void)snprintf(ret_sentence->text, sizeof(ret_sentence->text),
			"this machine's clock is wrong: it says %s UTC, which cannot be (%s was "
			"made %s); set the clock, the certificate is all right",
			now, whose, begin);
	else if (state == BR_CERTIFICATE_OVER)
		(void)snprintf(ret_sentence->text, sizeof(ret_sentence->text),
			"%s ended %s UTC, and this machine's clock says %s: unless the clock is "
			"wrong, a new certificate is needed",
			whose, end, now);
	else
		(void)snprintf(ret_sentence->text, sizeof(ret_sentence->text),
			"%s is good for %" PRId64 " day%s, until %s UTC", whose, days,
			days == 1 ? "" : "s", end);
}
