/*
 * X.509 certificates (RFC 5280) of the link to HQ: what stands in one, whether a key fits it, who
 * signed it, and how long it is good for.
 *
 * Texts are PEM (RFC 7468); a file may hold the certificate, the chain behind it and the private
 * key, in any order but for the store's own certificate, which is the first. Everything here takes
 * the time as an argument, and knows that a clock may be wrong: a certificate that is "not valid
 * yet" was made by somebody whose clock works, so it is this machine's clock that is off.
 *
 *	before it was made, or earlier than  now              30 days    7 days     not_after
 *	anything this machine has seen        │                  │          │          │
 *	◄─────────── CLOCK ───────────────────┤────── GOOD ──────┤── SOON ──┤─ URGENT ─┤── OVER ──►
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/str.h"
#include "node/text.h"

#define BR_CERTIFICATE_BYTES_MAX 65536 /* a file or a text with PEM */
#define BR_CERTIFICATE_NAME_BYTES 128
#define BR_CERTIFICATE_SERIAL_BYTES 64 /* 20 bytes (RFC 5280, 4.1.2.2) in hexadecimal, and NUL */
#define BR_CERTIFICATE_SOON_MS (INT64_C(30) * 24 * 3600 * 1000)
#define BR_CERTIFICATE_URGENT_MS (INT64_C(7) * 24 * 3600 * 1000)

struct br_certificate {
	char name[BR_CERTIFICATE_NAME_BYTES];	/* the subject's common name; cut when longer */
	char issuer[BR_CERTIFICATE_NAME_BYTES]; /* the issuer's */
	char serial[BR_CERTIFICATE_SERIAL_BYTES];
	int64_t not_before_ms, not_after_ms; /* unix ms */
};

/* From the best to what needs somebody most. */
enum br_certificate_state {
	BR_CERTIFICATE_GOOD,
	BR_CERTIFICATE_SOON,
	BR_CERTIFICATE_URGENT,
	BR_CERTIFICATE_OVER,
	BR_CERTIFICATE_CLOCK
};
/* "good", "soon", "urgent", "over", "clock" */
extern const char *const br_certificate_state_words[];

/* Reads a file of at most BR_CERTIFICATE_BYTES_MAX bytes; the text begins empty. */
BR_MUST_CHECK int br_pem_read(const char *path, struct br_text *text, struct br_fault *fault);

/* The first certificate of the text. BR_E_INVALID when there is none that can be read. */
BR_MUST_CHECK int br_certificate_parse(
	struct br_str pem, struct br_certificate *ret_certificate, struct br_fault *fault);

/* The certificate of the text that ends first: for a file with authorities. */
BR_MUST_CHECK int br_certificate_first_end(
	struct br_str pem, struct br_certificate *ret_certificate, struct br_fault *fault);

/* 0 when the private key in `key` is the first certificate's; else BR_E_INVALID. */
BR_MUST_CHECK int br_certificate_key_check(
	struct br_str pem, struct br_str key, struct br_fault *fault);

/*
 * 0 when an authority signed the first certificate, over the chain that comes with it, and none of
 * them is on the list of revoked ones (`crl`, may be empty). Dates are not looked at.
 */
BR_MUST_CHECK int br_certificate_signature_check(
	struct br_str pem, struct br_str authorities, struct br_str crl, struct br_fault *fault);

/*
 * How it stands at `now_ms`; `known_ms` is a time that has passed for certain, such as the day this
 * program was built.
 */
enum br_certificate_state br_certificate_judge(
	const struct br_certificate *certificate, int64_t now_ms, int64_t known_ms);

/* Whole days until it ends, 0 when it has. */
int64_t br_certificate_days(const struct br_certificate *certificate, int64_t now_ms);

/* The same as a sentence that says what to do; `whose` is what the certificate is called. */
void br_certificate_say(const struct br_certificate *certificate, enum br_certificate_state state,
	const char *whose, int64_t now_ms, struct br_fault *ret_sentence);
