/*
 * Reads JSON without making a tree of it: goes through a text once, checks every byte, and hands
 * out the members of an object or the elements of a list as they stand in it.
 *
 * For what comes in great numbers, of which HQ looks at a few members and keeps the text. Pure; any
 * bytes give values or false. Stricter than br_json_parse() in nothing that a store sends: no
 * control characters in a text, no escaped NUL, 32 levels.
 *
 *	peer_scan_begin(&scan, text);
 *	if (peer_scan_enter(&scan, '{'))
 *		while (peer_scan_member(&scan, &name, &value)) …
 *	whole = peer_scan_ended(&scan);
 */
#pragma once

#include <stdbool.h>

#include "node/str.h"

struct peer_scan {
	const char *at, *end;
	bool first; /* nothing of the object or list was read yet */
	bool closed;
	bool broken; /* it was no JSON */
};

void peer_scan_begin(struct peer_scan *scan, struct br_str text);

/* Goes into the object ('{') or list ('[') that the text is; false when it is something else. */
BR_MUST_CHECK bool peer_scan_enter(struct peer_scan *scan, char opening);

/*
 * The next member of an object: its name without the quotes, escapes left as they are, and the text
 * of its value. False behind the last one, or when the text is broken.
 */
BR_MUST_CHECK bool peer_scan_member(
	struct peer_scan *scan, struct br_str *ret_name, struct br_str *ret_value);
BR_MUST_CHECK bool peer_scan_element(struct peer_scan *scan, struct br_str *ret_value);

/* True when it was read to its end and nothing but blanks follows. */
BR_MUST_CHECK bool peer_scan_ended(struct peer_scan *scan);

/* A text's content; false when it is no text, or has escapes: then it must be parsed. */
BR_MUST_CHECK bool peer_scan_plain(struct br_str value, struct br_str *ret_text);
