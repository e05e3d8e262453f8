/*
 * Enrolment: how a store gets its certificate from HQ, the first and every later one, as messages.
 *
 *	                    store                                              HQ
 *	first      backroom enrol code CODE   ── enrol/<store>/request ──►  checks the code, signs
 *	                                      ◄── enrol/<store>/answer ──
 *	or         backroom enrol request F   ── a file, by hand ────────►  signs
 *	           backroom enrol certificate ◄── a file, by hand ───────
 *	later      the daemon (renewal.h)     ── up/<shard>/<store>/ctl ──► knows the store, signs
 *	                                      ◄── dn/<store>/ctl ─────────
 *
 * The first goes by MQTT over TLS, like all else between a store and HQ: HQ has that broker, its
 * name and its certificate anyway, no further server must be kept, opened in firewalls and watched,
 * and the node needs no further library. A store that has no certificate yet comes in by a listener
 * of its own (link.enrol_port), on which nobody may do more than write enrol/+/request and read
 * enrol/+/answer. The store knows HQ by link.ca; HQ knows the store by the code, which it gave to
 * the installer, which counts once, for a short time, and dies of a few wrong guesses. An answer
 * holds nothing secret: the key never leaves the node.
 *
 *	up  {"type":"certificate_request","store":…,"id":…,"request":PEM,"code":…}
 *	dn  {"type":"certificate","id":…,"certificate":PEM,"addresses":["host:port",…]}
 *	dn  {"type":"certificate_refused","id":…,"message":…}
 *
 * `code` is only in the first, and a code that was spent answers the request of the same key again,
 * since the answer may have been lost. Reading is total and pure.
 */
#pragma once

#include "node/certificate.h"

#define BR_ENROL_ID_BYTES 17 /* 16 hexadecimal digits and NUL */
#define BR_ENROL_CODE_BYTES_MAX 64
#define BR_ENROL_CHAIN_BYTES_MAX 16384 /* the certificate and what is behind it */
#define BR_ENROL_ADDRESSES_MAX 2
#define BR_ENROL_ADDRESS_BYTES 192

struct br_enrol_request {
	const char *store_id, *id;
	const char *code; /* NULL in a renewal */
	struct br_str request;
};

/* Failures stay in the text. */
void br_enrol_request_write(const struct br_enrol_request *request, struct br_text *text);

struct br_enrol_answer {
	char id[BR_ENROL_ID_BYTES];
	bool refused;
	char message[BR_FAULT_BYTES_MAX]; /* why it is refused */
	char certificate[BR_ENROL_CHAIN_BYTES_MAX + 1];
	char addresses[BR_ENROL_ADDRESSES_MAX][BR_ENROL_ADDRESS_BYTES]; /* "host:port" */
	unsigned address_n;
};

/* 0, BR_E_INVALID or BR_E_TOO_LARGE with the fault set, BR_E_MEMORY. */
BR_MUST_CHECK int br_enrol_answer_parse(
	struct br_str payload, struct br_enrol_answer *ret_answer, struct br_fault *fault);

/*
 * Sends the request of the store's waiting key to HQ with the code, at the first address that
 * answers, and waits for what HQ says. For the command-line tool: it blocks. BR_E_OFFLINE: nobody
 * to ask; BR_E_INVALID: HQ refuses, with its own words.
 */
struct br_config;
BR_MUST_CHECK int br_enrol_call(const struct br_config *config, const char *code,
	struct br_enrol_answer *ret_answer, struct br_fault *fault);

/* A random id. BR_E_CRYPTO. */
BR_MUST_CHECK int br_enrol_id_make(char ret_id[BR_ENROL_ID_BYTES]);
