/*
 * The guard: which Host and Origin a request may carry.
 *
 * A browser sends requests to the node for any page it has open. Two things keep a foreign page
 * out: the Host must be a name of this node, because a foreign name that was made to resolve to our
 * address (DNS rebinding) still carries its own name; and an Origin, when there is one, must be the
 * page's own host (RFC 6454, section 7) or one of the configured names. Programs send no Origin.
 */
#pragma once

#include <stdbool.h>

#include "node/str.h"

enum br_guard_verdict { BR_GUARD_PASS, BR_GUARD_HOST, BR_GUARD_ORIGIN };

struct br_guard_request {
	struct br_str host;   /* as sent; empty = none */
	struct br_str origin; /* as sent; empty = none */
	struct br_str local;  /* our address of this connection, without brackets */
};

/*
 * `hosts` are the configured names, blank-separated. A Host passes when it is localhost, a loopback
 * address, `local`, or one of `hosts`; its port is not looked at.
 */
enum br_guard_verdict br_guard_check(const struct br_guard_request *request, struct br_str hosts);
