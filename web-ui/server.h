/*
 * The web server: HTTP, WebSocket and the API, in a thread of its own.
 *
 *	browser ──► libwebsockets ──► rest.c  ──► query.c ──► rows.c ◄── read transaction
 *	            (this file)   └─► hub.c ──► session.c         └──── live values (live.h)
 *	                                  └──► br_queue ──► core thread ──► br_web_wake()
 *
 * It is the only user of libwebsockets, whose own poll loop runs the thread. It reads the ledger in
 * transactions that end before anything is written to a socket, and puts commands to the core
 * through the queue. A slow browser can only ever slow itself.
 *
 * Life: create (opens the sockets), start (the thread), stop (joins), destroy. While it runs the
 * one function that other threads may call is br_web_wake().
 */
#pragma once

#include "node/error.h"
#include "node/queue.h"
#include "node/store.h"
#include "node/time.h"
#include "web-ui/live.h"

struct br_web;

struct br_web_options {
	/* Borrowed, outlive the server. */
	struct br_store *ledger;
	struct br_keys *keys; /* what persons said is shown with them */
	struct br_queue *queue;
	const struct br_clock *clock;
	const struct br_web_live *live; /* NULL = br_web_live_null */

	const char *address; /* NULL = "127.0.0.1"; an IPv4 or IPv6 address of this machine */
	unsigned port;	     /* 0 = any free one, see br_web_port() */
	const char *socket;  /* path of a unix socket for the command-line tool, NULL or "" = none;
				made with mode 0660 */
	const char *root;    /* folder of the bundled app with its assets.json; NULL = none */
	const char *hosts;   /* further host names to answer to, blank-separated; NULL = none */
	const char *certificate, *key; /* PEM files; both set = HTTPS */

	const char *store_id, *gln, *store_name, *currency;
	const char *epoch;   /* the ledger's, 16 hexadecimal digits */
	const char *version; /* the program's */

	int send_buffer_bytes; /* of each socket; 0 = the system's choice */
	unsigned timeout_s;    /* 0 = BR_WEB_TIMEOUT_S */
};

/*
 * Opens the sockets and reads the app's files. BR_E_INVALID (options), BR_E_BUSY (the address is
 * taken), BR_E_IO, BR_E_MEMORY; the fault says which and what to do.
 */
BR_MUST_CHECK int br_web_create(
	const struct br_web_options *options, struct br_web **ret_web, struct br_fault *fault);

/* Stops when it still runs; NULL is allowed. */
void br_web_destroy(struct br_web *web);
BR_DEFINE_CLEANUP(web, br_web_destroy)

/* Starts the thread, with all signals blocked in it. */
BR_MUST_CHECK int br_web_start(struct br_web *web);

/* Ends the thread and waits for it. */
void br_web_stop(struct br_web *web);

/*
 * Any thread: there is something new in the journal, or an answer in the queue. Call it after each
 * commit (struct br_core_listener) and for each answer (br_queue_on_answer); calls are gathered.
 */
void br_web_wake(struct br_web *web);

/* The same with the signature of a core listener and of br_queue_on_answer(); `web` is the owner.
 */
void br_web_committed(void *web, uint64_t head);
void br_web_answered(void *web);

/* The TCP port it listens on. */
unsigned br_web_port(const struct br_web *web);

/* True when it listens on an address that other machines can reach. */
bool br_web_open_to_network(const struct br_web *web);
