/*
 * The conformance program's line to HQ (cloud-sync/conformance/post.h) without a broker: what HQ
 * says is what a test lets it say, and time goes only while somebody waits.
 */
#pragma once

#include "cloud-sync/conformance/post.h"

struct fake_post {
	/* Asked whenever the program waits: puts the next message into *ret_letter, or false. */
	bool (*next)(void *context, struct conform_letter *ret_letter);
	/* Hears all that the program sends; may be NULL. */
	void (*sent)(void *context, const char *topic, struct br_str payload);
	void *context;
	int64_t now_ms;
	unsigned sent_n;
};

/* There is one line. */
extern struct fake_post fake_post;
