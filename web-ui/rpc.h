/*
 * JSON-RPC 2.0 (the specification of 2013-01-04) over the WebSocket: one object per message, no
 * batches. Requests come from the client, notifications from the node.
 */
#pragma once

#include "node/error.h"
#include "node/json.h"
#include "node/text.h"

enum br_rpc_error {
	BR_RPC_PARSE = -32700,
	BR_RPC_REQUEST = -32600,
	BR_RPC_METHOD = -32601,
	BR_RPC_PARAMS = -32602,
	BR_RPC_INTERNAL = -32603,
	BR_RPC_NOT_FOUND = -32001, /* understood, but what it names is not there */
	BR_RPC_LIMIT = -32002	   /* a limit of this connection */
};

#define BR_RPC_ID_BYTES_MAX 64

struct br_rpc_request {
	struct br_json *root; /* owned by whoever parsed; free with br_rpc_request_finish() */
	char id[BR_RPC_ID_BYTES_MAX + 1]; /* as JSON: a number, a text or null */
	bool wants_answer;		  /* false for a notification, which has no id */
	struct br_str method;		  /* in the tree */
	const struct br_json *params;	  /* an object in the tree, or NULL */
};

/*
 * Total: any bytes give 0, or a BR_RPC_* code with the fault set; `id` is "null" when it could not
 * be read. Either way *ret_request is to be finished.
 */
BR_MUST_CHECK int br_rpc_parse(
	struct br_str message, struct br_rpc_request *ret_request, struct br_fault *fault);
void br_rpc_request_finish(struct br_rpc_request *request);

/* Whole messages. `code_word` is the stable word of the API, NULL = none. */
void br_rpc_write_error(
	struct br_text *text, const char *id, int code, const char *code_word, const char *message);
void br_rpc_write_result(struct br_text *text, const char *id, struct br_str result);

/* `{"jsonrpc":"2.0","id":…,"result":` resp. the notification `change`; the caller adds "}". */
void br_rpc_open_result(struct br_text *text, const char *id);
void br_rpc_open_change(struct br_text *text);
