/*
 * HTTP requests to the store, one at a time, each waited for (3 s at most). The only file of the
 * tests that includes libcurl.
 */
#pragma once

#include "node/error.h"
#include "node/text.h"

#define PEER_HTTP_BYTES_MAX (4 * 1024 * 1024)

struct peer_http;

/* `base` such as http://127.0.0.1:8080 is put before every path. */
BR_MUST_CHECK int peer_http_create(const char *base, struct peer_http **ret_http);
void peer_http_destroy(struct peer_http *http);

/*
 * GET, or POST of a JSON body when `body` is not NULL. The answer's body replaces what is in
 * `answer`. Returns the HTTP status (positive), or BR_E_OFFLINE when there was no answer.
 */
BR_MUST_CHECK int peer_http_ask(struct peer_http *http, const char *path, const struct br_str *body,
	struct br_text *answer);

/* Appends `segment` to a path or a query, percent-encoded. */
void peer_http_escape(struct br_text *path, struct br_str segment);
