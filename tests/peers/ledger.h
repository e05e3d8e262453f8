/*
 * The tills' own durable file: one JSON line for every request before it is sent, one for every
 * final answer. Tests compare it with the store, and a restarted till goes on from it.
 *
 *	{"run":"3f2a9c01"}
 *	{"n":1,"till":"till-1","row":7,"lines":7,"send":"till-1-3f2a9c01-1","request":{…}}
 *	{"reply":"till-1-3f2a9c01-1","answer":{"id":"till-1-3f2a9c01-1","outcome":"accepted",…}}
 *
 * `request` and `answer` are the very bytes that went and came, and stand last in their line. Each
 * line is one write(2), so a killed till loses nothing it has sent; a half-written last line is cut
 * off at the next start. Price look-ups change nothing and are not kept.
 */
#pragma once

#include <stdbool.h>

#include "tests/peers/request.h"

struct peer_ledger;

#define PEER_LEDGER_UNANSWERED_MAX 4096

/*
 * Opens or makes the file and reads what is there. `sync` adds an fdatasync to every line that
 * records a request. Returns 0 or a BR_E_* with the fault set.
 */
BR_MUST_CHECK int peer_ledger_open(
	const char *path, bool sync, struct peer_ledger **ret_ledger, struct br_fault *fault);
void peer_ledger_close(struct peer_ledger *ledger);

/* The word that makes this file's ids its own; "" in a new file until it is set, once. */
const char *peer_ledger_run(const struct peer_ledger *ledger);
BR_MUST_CHECK int peer_ledger_run_set(struct peer_ledger *ledger, const char *run);

/* The highest request number and source row in the file. */
uint64_t peer_ledger_number(const struct peer_ledger *ledger);
int64_t peer_ledger_row(const struct peer_ledger *ledger);

/*
 * Moves one request that was found without an answer into `ret_request` (initialised by the
 * caller); false when there are no more.
 */
BR_MUST_CHECK bool peer_ledger_take_unanswered(
	struct peer_ledger *ledger, struct peer_request *ret_request);

/* Records; 0, BR_E_IO or BR_E_DISK_FULL: then nothing may be sent. */
BR_MUST_CHECK int peer_ledger_send(struct peer_ledger *ledger, const struct peer_request *request);
BR_MUST_CHECK int peer_ledger_reply(
	struct peer_ledger *ledger, const char *id, struct br_str answer);
