/*
 * What HQ signs for a store (PKCS #10 in, X.509 out, both in PEM), looked at as the store would:
 * the key is the request's, the name is the store's, and it has not ended.
 */
#pragma once

#include "node/str.h"

/* The sentence of what is wrong with a request that the store is to send, or NULL. */
const char *conform_request_fault(const char *request, const char *store);

/* The same with what HQ answers to it. */
const char *conform_certificate_fault(
	const char *request, struct br_str certificate, const char *store);
