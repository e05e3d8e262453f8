/*
 * Knocking at a broker's door over the network, to learn how far one comes and what stands in the
 * way: its name, the connection, TLS. For diagnosis only: nothing is said once the door is open.
 *
 *	NAME ──► CONNECTION ──► TLS ──► OPEN
 *	   └──────────┴──────────┴──► stays there, with a sentence
 *
 * It blocks, up to the time that it is given and what the resolver needs beyond that: for the
 * command-line tool, never for the daemon.
 *
 * TLS is mbedTLS's here, which knows versions up to 1.2, while the bridge's is OpenSSL's: a broker
 * that allows 1.3 alone is told by `foreign`, and then only the bridge's own kind of connection can
 * say the rest.
 */
#pragma once

#include <stdbool.h>

#include "node/certificate.h"

enum br_knock_step { BR_KNOCK_NAME, BR_KNOCK_CONNECTION, BR_KNOCK_TLS, BR_KNOCK_OPEN };

struct br_knock_options {
	const char *host;
	unsigned port;
	/* PEM; `authorities` empty = no TLS, the others empty = none. */
	struct br_str authorities, certificate, key, crl;
	int64_t wait_ms; /* for the connection, and again for TLS */
};

struct br_knock {
	enum br_knock_step reached;
	struct br_fault fault; /* why it went no further; empty when open */
	char address[64];      /* what the name stands for, "" = not found */
	int64_t took_ms;       /* the connection */
	/* TLS */
	bool peer_known;	    /* the broker has shown this certificate */
	struct br_certificate peer; /* its dates are not judged here */
	bool foreign;		    /* speaks only versions that are not known here */
	/*
	 * The broker was all right, but did not take what it was shown of us: the alert's number
	 * (RFC 5246, 7.2, and RFC 8446, 6), else -1. `reached` is then OPEN, for the door was
	 * found, and the fault says what it means.
	 */
	int alert;
};

void br_knock(const struct br_knock_options *options, struct br_knock *ret_knock);

/* What a broker means by an alert about a client's certificate. */
const char *br_knock_alert_text(int alert);
