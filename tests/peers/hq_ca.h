/*
 * HQ's authority: signs the certificates of stores (X.509, RFC 5280), the first one for a one-time
 * code, and the next ones for a store that came in with the one before.
 *
 *	control ── code ──► installer ──► store ── enrol/<store>/request ──► code right? ─► signed
 *	                                  store ── up/<shard>/<store>/ctl ───────────────► signed
 *
 * A code is for one store, counts once, ends after some minutes, and after five wrong guesses for
 * that store. Whoever sends the request that it was spent on again gets the same certificate, since
 * the first answer may have been lost. Not more than 30 requests a minute are looked at.
 */
#pragma once

#include "node/json.h"
#include "node/text.h"

#define PEER_CA_CODE_BYTES 13 /* "ABCD-EFGH-JK" and NUL */
#define PEER_CA_CODES_MAX 64
#define PEER_CA_TRIES_MAX 5
#define PEER_CA_REQUESTS_PER_MINUTE 30

struct peer_ca;

struct peer_ca_settings {
	const char *certificate, *key; /* paths of the authority's own, PEM */
	int64_t seconds;	       /* how long what it signs is good for */
	const char *addresses[2];      /* of HQ's broker, "host:port"; NULL = not told */
};

/* BR_E_INVALID with the fault for files that will not do. */
BR_MUST_CHECK int peer_ca_open(
	const struct peer_ca_settings *settings, struct peer_ca **ret_ca, struct br_fault *fault);
void peer_ca_close(struct peer_ca *ca);

/* A new code for a store, instead of any before; false when there are too many stores. */
bool peer_ca_code_make(struct peer_ca *ca, const char *shop, int64_t minutes, int64_t now_ms,
	char ret_code[PEER_CA_CODE_BYTES]);

/*
 * Answers a certificate_request of the store whose topic it came on; `by_code`: it must have one.
 * The answer is left empty for what has not even an id.
 */
void peer_ca_answer(struct peer_ca *ca, const char *shop, const struct br_json *request,
	bool by_code, int64_t now_ms, struct br_text *answer);
