/*
 * The store's identity at HQ as files: its certificate with its key in one file, and what lies
 * beside that while it is replaced. Used by enrolment and by renewal, which differ only in how the
 * request reaches HQ.
 *
 *	FILE.request   the private key of a request that HQ has not answered
 *	FILE.new       a key with its certificate, not in use yet
 *	FILE           what the bridge uses: read anew at every connection of it
 *	FILE.old       what it used before, until the new one has connected
 *
 *	 begin            take             use              settle
 *	───────► .request ────► .new ─────────────► FILE ────────────► FILE
 *		                          FILE ───► .old
 *
 * Each arrow is one rename of a file that is whole and on the disk: whatever dies in between, the
 * bridge finds a key and a certificate that belong together, and the step can be done again.
 *
 * The folder's owner owns the files, and its group may read them when the folder has the
 * set-group-ID bit: so the broker reads what the daemon writes, and nobody else does. A key without
 * a certificate is its owner's alone.
 */
#pragma once

#include "node/certificate.h"

/* True when the certificate and its key are meant to be one file, which can be replaced. */
bool br_identity_is_ours(const char *certificate, const char *key);

/*
 * Appends a request for the store, of the key that waits already or of a new one. BR_E_* with the
 * path.
 */
BR_MUST_CHECK int br_identity_begin(
	const char *file, const char *store_id, struct br_text *request, struct br_fault *fault);

struct br_identity_check {
	const char *store_id, *ca, *crl; /* paths, `crl` "" = none */
	int64_t now_ms, known_ms;	 /* unix ms */
};

/*
 * Takes what HQ signed: the certificate and the chain behind it, as PEM. It must be the waiting
 * key's, made out to the store, signed by an authority in link.ca, and good now; else BR_E_INVALID
 * with the sentence, and nothing has changed. *ret_certificate (may be NULL) is what it says.
 */
BR_MUST_CHECK int br_identity_take(const char *file, struct br_str pem,
	const struct br_identity_check *check, struct br_certificate *ret_certificate,
	struct br_fault *fault);

/* A new one waits to be used. */
bool br_identity_waits(const char *file);

/* The path of the one that waits; valid until the next call. */
const char *br_identity_waiting(const char *file);

/* Puts the new one into the place of the one in use, which becomes the old one. */
BR_MUST_CHECK int br_identity_use(const char *file, struct br_fault *fault);

/* Forgets the old one: the new one has connected. */
void br_identity_settle(const char *file);
