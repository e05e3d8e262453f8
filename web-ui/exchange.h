/*
 * An exchange: one HTTP request and its answer, as steps without a socket.
 *
 *	begin ──► READY				the answer is there
 *	     ├──► BODY ──► complete ──► READY	a POST with its body
 *	     │                     └──► WAIT ──► poll ──► READY	  the core decides
 *	     └──► REFUSE			say the answer and end the connection
 */
#pragma once

#include "web-ui/guard.h"
#include "web-ui/rest.h"

#define BR_EXCHANGE_DISCARD_BYTES_MAX \
	(4u << 20) /* of a body that is refused, read all the same \
		    */
#define BR_EXCHANGE_HEADERS_MAX 10

/* What the request's head says. Its texts are looked at by br_exchange_begin() only. */
struct br_exchange_head {
	struct br_rest_request request;
	struct br_guard_request guard;
	struct br_str content_length; /* empty = none */
	bool chunked;		      /* has a Transfer-Encoding */
	bool address_too_long;
};

/* What all exchanges of a server share. */
struct br_exchange_server {
	struct br_hub *hub;
	const struct br_assets *assets; /* may be NULL */
	struct br_str hosts;		/* configured names */
};

enum br_exchange_step { BR_EXCHANGE_READY, BR_EXCHANGE_BODY, BR_EXCHANGE_WAIT, BR_EXCHANGE_REFUSE };

struct br_exchange {
	const struct br_exchange_server *server;
	struct br_rest_request request; /* without its texts */
	struct br_rest_response response;
	struct br_text body;
	struct br_web_job *job;
	int64_t due_ms; /* in the hub's time; later it is given up */
	size_t sent;	/* bytes of the answer's body; the caller's */
	bool complete;	/* the body is whole */
	bool ready;	/* the answer is there */
	bool head_sent; /* the caller's */
	bool discards;	/* the body is read and dropped, the answer is made */
};

BR_MUST_CHECK int br_exchange_create(
	const struct br_exchange_server *server, struct br_exchange **ret_exchange);
void br_exchange_destroy(struct br_exchange *exchange);

BR_MUST_CHECK enum br_exchange_step br_exchange_begin(
	struct br_exchange *exchange, const struct br_exchange_head *head);

/* A piece of the body; what is over the limit is dropped, and said at the end. */
void br_exchange_body(struct br_exchange *exchange, const void *bytes, size_t n);

/* The body is whole: READY or WAIT. */
BR_MUST_CHECK enum br_exchange_step br_exchange_complete(struct br_exchange *exchange);

/* True once the answer is there. */
BR_MUST_CHECK bool br_exchange_poll(struct br_exchange *exchange);

/* True when it has taken longer than BR_WEB_EXCHANGE_MS_MAX. */
bool br_exchange_late(const struct br_exchange *exchange);

/* True when the answer has a head only: to HEAD, 304, or nothing to say. */
bool br_exchange_bare(const struct br_exchange *exchange);

/*
 * Looks at Host and Origin of any request; false with the response set when it is foreign. Requests
 * by the unix socket pass: who may open it is decided by its mode.
 */
BR_MUST_CHECK bool br_exchange_guard(const struct br_exchange_server *server, bool tool,
	const struct br_guard_request *guard, struct br_rest_response *response);

#define BR_WEB_SUBPROTOCOL "backroom.v1"

/* What a request to change to another protocol says. */
struct br_exchange_upgrade {
	struct br_str protocol; /* of the Upgrade header */
	struct br_str path;
	struct br_str subprotocols; /* as offered */
	struct br_guard_request guard;
	bool tool;
};

/* True when the WebSocket may begin; else the response says why not. */
BR_MUST_CHECK bool br_exchange_upgrade(const struct br_exchange_server *server,
	const struct br_exchange_upgrade *upgrade, struct br_rest_response *response);

struct br_exchange_header {
	const char *name; /* lower case, with its colon */
	const char *value;
};

/* The headers of a response but Content-Length; returns how many. */
unsigned br_exchange_headers(const struct br_rest_response *response,
	struct br_exchange_header ret_headers[BR_EXCHANGE_HEADERS_MAX]);
