#include "web-ui/rpc.h"

#include <string.h>

#include "node/json_out.h"
#include "web-ui/limits.h"

/* Writes the id as JSON; false when it is none that may be (section 4: text, number or null). */
static bool id_read(const struct br_json *value, char id[BR_RPC_ID_BYTES_MAX + 1])
{
	struct br_json_out out;
	struct br_str string;
	struct br_text text;
	int64_t number;
	bool fits;

	br_assert(value != NULL);
	br_text_init(&text, BR_RPC_ID_BYTES_MAX);
	br_json_out_begin(&out, &text);
	if (br_json_kind(value) == BR_JSON_NULL)
		br_json_out_null(&out, NULL);
	else if (br_json_string(value, &string))
		br_json_out_string(&out, NULL, string);
	else if (br_json_i64(value, &number))
		br_json_out_i64(&out, NULL, number);
	fits = text.n > 0 && br_text_error(&text) == 0 &&
	       br_str_copy(br_text_str(&text), id, BR_RPC_ID_BYTES_MAX + 1);
	br_text_finish(&text);
	return fits;
}

/* Positional parameters are allowed by the specification, but nobody could read them later. */
static int params_read(struct br_rpc_request *request, struct br_fault *fault)
{
	const struct br_json *params = br_json_member(request->root, "params");

	br_assert(request->root != NULL);
	if (params == NULL)
		return 0;
	if (br_json_kind(params) != BR_JSON_OBJECT)
		return br_fault_set(fault, BR_RPC_PARAMS,
			"params: is %s, allowed is an object with named members",
			br_json_kind_text(br_json_kind(params)));
	request->params = params;
	return 0;
}

int br_rpc_parse(struct br_str message, struct br_rpc_request *ret_request, struct br_fault *fault)
{
	struct br_rpc_request request = {.id = "null"};
	const struct br_json *id;
	struct br_str version;

	br_assert(message.n == 0 || message.s != NULL);
	*ret_request = request;
	if (br_json_parse(message, &request.root, fault) < 0)
		return BR_RPC_PARSE;
	ret_request->root = request.root;
	if (br_json_kind(request.root) != BR_JSON_OBJECT)
		return br_fault_set(fault, BR_RPC_REQUEST,
			"the message is %s, allowed is one JSON-RPC object, no batch",
			br_json_kind_text(br_json_kind(request.root)));
	id = br_json_member(request.root, "id");
	request.wants_answer = id != NULL;
	if (id != NULL && !id_read(id, request.id)) {
		return br_fault_set(fault, BR_RPC_REQUEST,
			"id: allowed is a text of at most %d bytes, a whole number or null",
			BR_RPC_ID_BYTES_MAX - 2);
	}
	*ret_request = request;
	if (!br_json_string(br_json_member(request.root, "jsonrpc"), &version) ||
		!br_str_is(version, "2.0"))
		return br_fault_set(fault, BR_RPC_REQUEST, "jsonrpc: must be \"2.0\"");
	if (!br_json_string(br_json_member(request.root, "method"), &ret_request->method))
		return br_fault_set(
			fault, BR_RPC_REQUEST, "method: is missing, it must be a method's name");
	return params_read(ret_request, fault);
}

void br_rpc_request_finish(struct br_rpc_request *request)
{
	br_json_free(request->root);
	*request = (struct br_rpc_request){.id = "null"};
}

/* Written by hand, because the id is JSON already. */
static void head_write(struct br_text *text, const char *id, const char *member)
{
	br_assert(member[0] != '\0');
	br_assert(id[0] != '\0');
	br_text_puts(text, "{\"jsonrpc\":\"2.0\",\"id\":");
	br_text_puts(text, id);
	br_text_puts(text, ",\"");
	br_text_puts(text, member);
	br_text_puts(text, "\":");
}

void br_rpc_write_error(
	struct br_text *text, const char *id, int code, const char *code_word, const char *message)
{
	struct br_json_out out;

	br_assert(message != NULL);
	br_assert(code < 0);
	head_write(text, id, "error");
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_i64(&out, "code", code);
	br_json_out_puts(&out, "message", message);
	if (code_word != NULL) {
		br_json_out_object(&out, "data");
		br_json_out_puts(&out, "code", code_word);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_text_putc(text, '}');
}

void br_rpc_open_result(struct br_text *text, const char *id)
{
	br_assert(id[0] != '\0');
	head_write(text, id, "result");
}

void br_rpc_write_result(struct br_text *text, const char *id, struct br_str result)
{
	br_assert(result.n > 0);
	head_write(text, id, "result");
	br_text_add_str(text, result);
	br_text_putc(text, '}');
}

void br_rpc_open_change(struct br_text *text)
{
	br_assert(text->max > 0);
	br_text_puts(text, "{\"jsonrpc\":\"2.0\",\"method\":\"change\",\"params\":");
}
