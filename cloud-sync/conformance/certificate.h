/*
 * What HQ signs for a store (PKCS #10 in, X.509 out, both in PEM), looked at as the store would:
 * the key is the request's, the name is the store's, and it has not ended.
 */
#pragma once

#include "node/str.h"

/* The sentence of what is wrong with the certificate, or NULL. */
const char *conform_certificate_fault(
	const char *request, struct br_str certificate, const char *store);

/* True when the text is a request for a certificate in PEM. */
bool conform_certificate_asks(const char *request);
