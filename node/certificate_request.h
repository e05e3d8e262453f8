/*
 * The node's own key and the request for a certificate of it (PKCS #10, RFC 2986).
 *
 * Keys are elliptic, on P-256 (FIPS 186-4, D.1.2.3), and are made on the node: a key never travels.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"
#include "node/text.h"

/* Appends a new private key as PEM. The text is secret; clear it before it is released. */
BR_MUST_CHECK int br_key_make(struct br_text *pem, struct br_fault *fault);

/*
 * Appends a request for the key in `key`, signed with it, for who is called `name` (1 to 64 of the
 * characters of a store id). BR_E_INVALID for a key or a name that will not do.
 */
BR_MUST_CHECK int br_request_make(
	struct br_str key, const char *name, struct br_text *pem, struct br_fault *fault);
