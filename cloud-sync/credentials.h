/*
 * The credentials of the link: the certificate by which HQ knows this store, and the authorities by
 * which the store knows HQ, watched so that neither ends unnoticed.
 *
 * The bridge uses the files, not the daemon; the daemon reads them again once a minute and judges
 * what it finds there: the certificate that needs somebody most decides. What is said goes to the
 * dashboard, to /metrics and, whenever it becomes another, to the log.
 *
 *	none ─ no TLS     good ──► soon (30 days) ──► urgent (7 days) ──► over
 *	unreadable ─ a file is not there or is no certificate
 *	clock ─ the time of this machine cannot be: nothing is said about the certificate
 *
 * TLS goes by the machine's own clock, right or wrong, so that is what certificates are judged by;
 * the store may know better (node/timekeeper.h).
 *
 * Belongs to the core thread.
 */
#pragma once

#include "node/certificate.h"
#include "node/time.h"

#define BR_CREDENTIALS_INTERVAL_MS 60000

enum br_credentials_condition {
	BR_CREDENTIALS_NONE,
	BR_CREDENTIALS_GOOD,
	BR_CREDENTIALS_SOON,
	BR_CREDENTIALS_URGENT,
	BR_CREDENTIALS_OVER,
	BR_CREDENTIALS_CLOCK,
	BR_CREDENTIALS_UNREADABLE
};
/* "none", "good", "soon", "urgent", "over", "clock", "unreadable" */
extern const char *const br_credentials_words[];

struct br_credentials_state {
	enum br_credentials_condition condition;
	int64_t since_ms;     /* unix ms: since when it is so */
	int64_t not_after_ms; /* unix ms of the one that ends first, 0 = none is known */
	int64_t days;	      /* whole days until then */
	char sentence[BR_FAULT_BYTES_MAX]; /* what it is and what to do; "" for none */
};

struct br_credentials_options {
	const char *ca, *certificate; /* paths, "" = none; borrowed */
	int64_t known_ms;	      /* unix ms that has passed for certain */
	const struct br_clock *clock; /* the machine's; borrowed */
	const struct br_clock *store; /* the time the store goes by, NULL = the same; borrowed */
};

struct br_credentials;

/* Looks at the files at once. BR_E_MEMORY. */
BR_MUST_CHECK int br_credentials_create(
	const struct br_credentials_options *options, struct br_credentials **ret_credentials);
void br_credentials_destroy(struct br_credentials *credentials);
BR_DEFINE_CLEANUP(credentials, br_credentials_destroy)

/* Called about once a second; looks at the files when it is time. */
void br_credentials_tick(struct br_credentials *credentials);

/* Looks at the files now: they were just changed. */
void br_credentials_look(struct br_credentials *credentials);

void br_credentials_state(
	const struct br_credentials *credentials, struct br_credentials_state *ret_state);
