/*
 * A session: one WebSocket client, what it follows and what it is still to be told.
 *
 *	subscribe ──► snapshot or changed rows, in pieces ──► live: changed rows as they come
 *	                  ▲                                      │
 *	                  └── too many rows changed unsent ◄─────┘
 *
 * What is to be sent is a set of keys and a sequence, never a queue of messages: a row that changed
 * ten times while the client was busy is sent once, as it is then. When the set runs over its limit
 * the client gets a new snapshot; one that takes nothing for BR_WEB_BLOCKED_MS_MAX is let go. A
 * slow one that goes on reading is kept, however long its snapshot takes.
 *
 * Pieces: a message has about BR_WEB_PIECE_BYTES of rows. One that does not complete what it began
 * says `more: true`; only after the last one is the client's copy true up to `sequence`.
 *
 * Pace: after a message with n changed rows the next one waits n/2 ms, at least 4 and at most 50.
 * So a single change arrives at once, and a storm becomes 20 messages a second.
 *
 * A session knows neither sockets nor the store: both are behind `struct br_session_host`. Times
 * here are those of a clock that never goes back, in ms and greater than 0.
 */
#pragma once

#include "node/command.h"
#include "web-ui/keymap.h"
#include "web-ui/query.h"
#include "web-ui/rows.h"
#include "web-ui/rpc.h"

struct br_session;

struct br_session_host {
	void *context;

	/*
	 * Puts a command to the core and takes it, whatever comes back. Its answer comes back
	 * through br_session_answer() with the same `request`. 0, or BR_E_BUSY.
	 */
	int (*command)(void *context, struct br_session *session, struct br_json *command,
		uint64_t request);

	/* As br_web_query_run(). */
	int (*query)(void *context, const struct br_web_query *query,
		const struct br_web_args *args, struct br_text *text,
		struct br_web_refusal *refusal);

	/* Writes the answer to `hello` as an element. */
	void (*hello)(void *context, struct br_json_out *out);

	/* The sequence up to which every change was given to br_session_mark(). */
	uint64_t (*sequence)(void *context);

	/* As br_web_walk_next(); the key is valid until the next call of the host. */
	bool (*walk)(void *context, enum br_web_noun noun, struct br_web_walk *walk,
		struct br_str *ret_key);

	/* The row as JSON, valid until the next call; BR_E_* when it cannot be read. */
	int (*row)(void *context, enum br_web_noun noun, struct br_str key, struct br_str *ret_row);

	/*
	 * Puts the keys of the noun's rows that changed after sequence `after`. 0, or BR_E_* when
	 * that cannot be told, and a snapshot is due.
	 */
	int (*changes)(
		void *context, enum br_web_noun noun, uint64_t after, struct br_keymap *keys);
};

/*
 * `number` is the session's own, never given again; `actor` is who its commands come from (a
 * constant text). BR_E_MEMORY.
 */
BR_MUST_CHECK int br_session_create(const struct br_session_host *host, uint64_t number,
	const char *actor, struct br_session **ret_session);
void br_session_destroy(struct br_session *session);
BR_DEFINE_CLEANUP(session, br_session_destroy)

uint64_t br_session_number(const struct br_session *session);
const char *br_session_actor(const struct br_session *session);

/*
 * Takes one whole message. False when the client must be let go, because it does not read its
 * answers: more than BR_WEB_REPLIES_MAX wait.
 */
BR_MUST_CHECK bool br_session_receive(struct br_session *session, struct br_str message);

/* A row has changed. Cheap when nobody follows it. */
void br_session_mark(struct br_session *session, enum br_web_noun noun, struct br_str key);

/* Any of the noun's rows that the client asked for by key may have changed. */
void br_session_mark_keys(struct br_session *session, enum br_web_noun noun);

/* What has changed is not known: everything that is followed is sent anew. */
void br_session_renew(struct br_session *session);

/* The core has decided the command that was sent as `request`. */
void br_session_answer(struct br_session *session, uint64_t request, const struct br_answer *answer,
	struct br_str command);

/*
 * True when there is something to write now. When there is something, but its pace says later,
 * *ret_wait_ms is lowered to that.
 */
bool br_session_due(const struct br_session *session, int64_t now_ms, int64_t *ret_wait_ms);

/* True when an answer waits to be written. */
bool br_session_answers(const struct br_session *session);

/* Appends the next message to `text`; false when there is none. */
BR_MUST_CHECK bool br_session_write(
	struct br_session *session, int64_t now_ms, struct br_text *text);

/*
 * True when the client cannot keep up and must be let go (close code 1013): it takes nothing, or an
 * answer found no place because too many wait.
 */
bool br_session_too_slow(const struct br_session *session, int64_t now_ms);

/* The socket has no room since `now_ms`; the next br_session_write() ends that. */
void br_session_blocked(struct br_session *session, int64_t now_ms);
