#include "tests/peers/hq_ca.h"

#include <ctype.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/json_out.h"

#define PEM_BYTES_MAX 4096
#define ID_BYTES_MAX 64

struct code {
	char shop[65], text[PEER_CA_CODE_BYTES];
	int64_t until_ms;
	unsigned tries;
	/* What it was spent on; empty before. */
	char request[PEM_BYTES_MAX], certificate[PEM_BYTES_MAX];
};

struct peer_ca {
	struct peer_ca_settings settings;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	mbedtls_x509_crt own;
	mbedtls_pk_context key;
	struct code codes[PEER_CA_CODES_MAX];
	unsigned code_n;
	int64_t minute_ms; /* when the running minute began */
	unsigned minute_n; /* requests in it */
};

int peer_ca_open(
	const struct peer_ca_settings *settings, struct peer_ca **ret_ca, struct br_fault *fault)
{
	struct peer_ca *ca = calloc(1, sizeof(*ca));
	int failed;

	if (ca == NULL)
		return BR_E_MEMORY;
	ca->settings = *settings;
	mbedtls_entropy_init(&ca->entropy);
	mbedtls_ctr_drbg_init(&ca->random);
	mbedtls_x509_crt_init(&ca->own);
	mbedtls_pk_init(&ca->key);
	failed = mbedtls_ctr_drbg_seed(
		&ca->random, mbedtls_entropy_func, &ca->entropy, (const unsigned char *)"hq", 2);
	if (failed == 0)
		failed = mbedtls_x509_crt_parse_file(&ca->own, settings->certificate);
	if (failed == 0)
		failed = mbedtls_pk_parse_keyfile(&ca->key, settings->key, NULL);
	if (failed == 0)
		failed = mbedtls_pk_check_pair(&ca->own.pk, &ca->key);
	if (failed != 0) {
		peer_ca_close(ca);
		return br_fault_set(fault, BR_E_INVALID,
			"%s and %s are no authority with its key (-0x%04x)", settings->certificate,
			settings->key, (unsigned)-failed);
	}
	*ret_ca = ca;
	return 0;
}

void peer_ca_close(struct peer_ca *ca)
{
	if (ca == NULL)
		return;
	mbedtls_pk_free(&ca->key);
	mbedtls_x509_crt_free(&ca->own);
	mbedtls_ctr_drbg_free(&ca->random);
	mbedtls_entropy_free(&ca->entropy);
	free(ca);
}

static struct code *code_of(struct peer_ca *ca, const char *shop)
{
	for (unsigned i = 0; i < ca->code_n; i++)
		if (strcmp(ca->codes[i].shop, shop) == 0)
			return &ca->codes[i];
	return NULL;
}

bool peer_ca_code_make(struct peer_ca *ca, const char *shop, int64_t minutes, int64_t now_ms,
	char ret_code[PEER_CA_CODE_BYTES])
{
	/* Without what people take for each other. */
	static const char letters[] = "ABCDEFGHJKMNPQRSTVWXYZ23456789";
	struct code *code = code_of(ca, shop);
	unsigned char bytes[PEER_CA_CODE_BYTES];

	br_assert(strlen(shop) < sizeof(code->shop));
	if (code == NULL && ca->code_n == PEER_CA_CODES_MAX)
		return false;
	if (code == NULL)
		code = &ca->codes[ca->code_n++];
	if (mbedtls_ctr_drbg_random(&ca->random, bytes, sizeof(bytes)) != 0)
		return false;
	*code = (struct code){.until_ms = now_ms + minutes * 60000};
	(void)snprintf(code->shop, sizeof(code->shop), "%s", shop);
	for (unsigned i = 0; i < PEER_CA_CODE_BYTES - 1; i++)
		code->text[i] = i == 4 || i == 9 ? '-' : letters[bytes[i] % (sizeof(letters) - 1)];
	memcpy(ret_code, code->text, PEER_CA_CODE_BYTES);
	return true;
}

/* People leave the dashes out and type small letters. */
static bool code_is(const struct code *code, struct br_str typed)
{
	const char *at = code->text;

	for (size_t i = 0; i < typed.n; i++) {
		if (typed.s[i] == '-' || typed.s[i] == ' ')
			continue;
		at += *at == '-';
		if (*at == '\0' || toupper((unsigned char)typed.s[i]) != *at)
			return false;
		at++;
	}
	return *at == '\0';
}

static void refuse(struct br_text *answer, struct br_str id, const char *message)
{
	struct br_json_out out;

	br_json_out_begin(&out, answer);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "certificate_refused");
	br_json_out_string(&out, "id", id);
	br_json_out_puts(&out, "message", message);
	br_json_out_end(&out);
}

static void agree(
	const struct peer_ca *ca, struct br_text *answer, struct br_str id, const char *certificate)
{
	struct br_json_out out;

	br_assert(certificate[0] != '\0');
	br_json_out_begin(&out, answer);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "certificate");
	br_json_out_string(&out, "id", id);
	br_json_out_puts(&out, "certificate", certificate);
	br_json_out_array(&out, "addresses");
	for (unsigned i = 0; i < 2; i++)
		if (ca->settings.addresses[i] != NULL)
			br_json_out_puts(&out, NULL, ca->settings.addresses[i]);
	br_json_out_end(&out);
	br_json_out_end(&out);
}

/* The sentence of why the code does not do, or NULL. */
static const char *code_refused(
	struct code *code, struct br_str typed, struct br_str request, int64_t now_ms)
{
	if (code == NULL || code->text[0] == '\0')
		return "there is no code for this store: ask for one";
	if (code->tries >= PEER_CA_TRIES_MAX)
		return "the code was guessed wrong too often: ask for a new one";
	if (!code_is(code, typed)) {
		code->tries++;
		return "the code is wrong";
	}
	if (now_ms > code->until_ms)
		return "the code has ended: ask for a new one";
	if (code->request[0] != '\0' && !br_str_is(request, code->request))
		return "the code was used already: ask for a new one";
	return NULL;
}

static void date_write(int64_t unix_s, char text[16])
{
	time_t then = (time_t)unix_s;
	struct tm parts;

	br_assert(gmtime_r(&then, &parts) != NULL);
	br_assert(strftime(text, 16, "%Y%m%d%H%M%S", &parts) == 14);
}

/* The names of both sides, in the library's own way to write them. */
static bool names_set(
	const struct peer_ca *ca, mbedtls_x509write_cert *certificate, const char *shop)
{
	char issuer[256], subject[80];

	(void)snprintf(subject, sizeof(subject), "CN=%s", shop);
	return mbedtls_x509_dn_gets(issuer, sizeof(issuer), &ca->own.subject) > 0 &&
	       mbedtls_x509write_crt_set_issuer_name(certificate, issuer) == 0 &&
	       mbedtls_x509write_crt_set_subject_name(certificate, subject) == 0;
}

static bool serial_set(struct peer_ca *ca, mbedtls_x509write_cert *certificate)
{
	unsigned char bytes[12];
	mbedtls_mpi serial;
	bool set;

	mbedtls_mpi_init(&serial);
	set = mbedtls_ctr_drbg_random(&ca->random, bytes, sizeof(bytes)) == 0;
	/* Positive, and never shorter. */
	bytes[0] = (unsigned char)((bytes[0] & 0x3F) | 0x40);
	set = set && mbedtls_mpi_read_binary(&serial, bytes, sizeof(bytes)) == 0 &&
	      mbedtls_x509write_crt_set_serial(certificate, &serial) == 0;
	mbedtls_mpi_free(&serial);
	return set;
}

static bool certificate_write(struct peer_ca *ca, mbedtls_x509_csr *request, const char *shop,
	int64_t now_ms, char ret_pem[PEM_BYTES_MAX])
{
	mbedtls_x509write_cert certificate;
	char from[16], until[16];
	bool written;

	/* A store whose clock is a little behind takes it, too. */
	date_write(now_ms / 1000 - 60, from);
	date_write(now_ms / 1000 + ca->settings.seconds, until);
	mbedtls_x509write_crt_init(&certificate);
	mbedtls_x509write_crt_set_version(&certificate, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(&certificate, MBEDTLS_MD_SHA256);
	mbedtls_x509write_crt_set_issuer_key(&certificate, &ca->key);
	mbedtls_x509write_crt_set_subject_key(&certificate, &request->pk);
	written = names_set(ca, &certificate, shop) && serial_set(ca, &certificate) &&
		  mbedtls_x509write_crt_set_validity(&certificate, from, until) == 0 &&
		  mbedtls_x509write_crt_set_basic_constraints(&certificate, 0, -1) == 0 &&
		  mbedtls_x509write_crt_pem(&certificate, (unsigned char *)ret_pem, PEM_BYTES_MAX,
			  mbedtls_ctr_drbg_random, &ca->random) == 0;
	mbedtls_x509write_crt_free(&certificate);
	return written;
}

/* Signs the request when it is the store's; the sentence of why not, or NULL. */
static const char *request_sign(struct peer_ca *ca, const char *shop, struct br_str pem,
	int64_t now_ms, char ret_pem[PEM_BYTES_MAX])
{
	char text[PEM_BYTES_MAX], subject[256], wanted[80];
	const char *refused = NULL;
	mbedtls_x509_csr request;

	if (!br_str_copy(pem, text, sizeof(text)))
		return "the request is too long";
	(void)snprintf(wanted, sizeof(wanted), "CN=%s", shop);
	mbedtls_x509_csr_init(&request);
	if (mbedtls_x509_csr_parse(&request, (const unsigned char *)text, pem.n + 1) != 0)
		refused = "the request cannot be read";
	else if (mbedtls_x509_dn_gets(subject, sizeof(subject), &request.subject) <= 0 ||
		 strcmp(subject, wanted) != 0)
		refused = "the request is not made out to this store";
	else if (!certificate_write(ca, &request, shop, now_ms, ret_pem))
		refused = "the authority cannot sign";
	mbedtls_x509_csr_free(&request);
	return refused;
}

static bool is_too_often(struct peer_ca *ca, int64_t now_ms)
{
	if (now_ms - ca->minute_ms >= 60000 || now_ms < ca->minute_ms) {
		ca->minute_ms = now_ms;
		ca->minute_n = 0;
	}
	return ++ca->minute_n > PEER_CA_REQUESTS_PER_MINUTE;
}

void peer_ca_answer(struct peer_ca *ca, const char *shop, const struct br_json *request,
	bool by_code, int64_t now_ms, struct br_text *answer)
{
	struct br_str id = {NULL, 0}, pem = {"", 0}, typed = {"", 0}, named = {"", 0};
	struct code *code = code_of(ca, shop);
	char certificate[PEM_BYTES_MAX] = "";
	const char *refused = NULL;

	br_text_clear(answer);
	if (!br_json_string(br_json_member(request, "id"), &id) || id.n == 0 || id.n > ID_BYTES_MAX)
		return;
	(void)!br_json_string(br_json_member(request, "request"), &pem);
	(void)!br_json_string(br_json_member(request, "code"), &typed);
	(void)!br_json_string(br_json_member(request, "store"), &named);
	if (is_too_often(ca, now_ms))
		refused = "too many requests: try again in a minute";
	else if (!br_str_is(named, shop))
		refused = "the store is not the topic's";
	else if (by_code)
		refused = code_refused(code, typed, pem, now_ms);
	if (refused == NULL && by_code && code->certificate[0] != '\0')
		(void)snprintf(certificate, sizeof(certificate), "%s", code->certificate);
	else if (refused == NULL)
		refused = request_sign(ca, shop, pem, now_ms, certificate);
	if (refused != NULL) {
		refuse(answer, id, refused);
		return;
	}
	if (by_code) {
		(void)!br_str_copy(pem, code->request, sizeof(code->request));
		(void)snprintf(code->certificate, sizeof(code->certificate), "%s", certificate);
	}
	agree(ca, answer, id, certificate);
}
