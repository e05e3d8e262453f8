#include "web-ui/rpc.h"

#include <string.h>

#include "tests/lib/test.h"

static void test_a_request_is_read(void)
{
	struct br_rpc_request request;
	struct br_fault fault;

	CHECK_INT(br_rpc_parse(BR_STR("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"scan\","
				      "\"params\":{\"code\": \"5\"}}"),
			  &request, &fault),
		0);
	CHECK_TEXT(request.id, "7");
	CHECK(request.wants_answer);
	CHECK_STR(request.method, "scan");
	CHECK(br_json_member(request.params, "code") != NULL);
	br_rpc_request_finish(&request);
}

static void test_ids_are_given_back_as_they_came(void)
{
	static const struct {
		const char *json, *id;
		bool wants_answer;
	} cases[] = {
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\"}", "null", false},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":null}", "null", true},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":-5}", "-5", true},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":\"a\\\"b\"}", "\"a\\\"b\"", true},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_rpc_request request;

		CHECK_INT(br_rpc_parse(br_str_from(cases[i].json), &request, NULL), 0);
		CHECK_TEXT(request.id, cases[i].id);
		CHECK_INT(request.wants_answer, cases[i].wants_answer);
		br_rpc_request_finish(&request);
	}
}

static void test_what_is_wrong_is_said(void)
{
	static const struct {
		const char *json;
		int code;
		const char *fault, *id;
	} cases[] = {
		{"", BR_RPC_PARSE, "empty text", "null"},
		{"{", BR_RPC_PARSE, "not JSON", "null"},
		{"\xFF", BR_RPC_PARSE, "UTF-8", "null"},
		{"5", BR_RPC_REQUEST, "the message is a number", "null"},
		{"[{\"jsonrpc\":\"2.0\"}]", BR_RPC_REQUEST, "no batch", "null"},
		{"{\"id\":1,\"method\":\"m\"}", BR_RPC_REQUEST, "jsonrpc", "1"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1}", BR_RPC_REQUEST, "method: is missing", "1"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", BR_RPC_REQUEST, "method", "1"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"m\"}", BR_RPC_REQUEST,
			"id:", "null"},
		{"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"m\"}", BR_RPC_REQUEST, "id:", "null"},
		{"{\"jsonrpc\":\"2.0\",\"id\":\"01234567890123456789012345678901234567890123456789"
		 "0123456789abcdef\",\"method\":\"m\"}",
			BR_RPC_REQUEST, "at most 62 bytes", "null"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[1]}", BR_RPC_PARAMS,
			"params: is a list", "1"},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_rpc_request request;
		struct br_fault fault = {""};

		CHECK_INT(
			br_rpc_parse(br_str_from(cases[i].json), &request, &fault), cases[i].code);
		CHECK_HAS(fault.text, cases[i].fault);
		CHECK_TEXT(request.id, cases[i].id);
		br_rpc_request_finish(&request);
	}
}

static void test_messages_are_written(void)
{
	struct br_text text;

	br_text_init(&text, 1000);
	br_rpc_write_error(&text, "1", BR_RPC_METHOD, NULL, "no \"x\"");
	CHECK_TEXT(text.bytes, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,"
			       "\"message\":\"no \\\"x\\\"\"}}");
	br_text_clear(&text);
	br_rpc_write_error(&text, "null", BR_RPC_PARSE, "malformed", "x");
	CHECK_HAS(text.bytes, "\"data\":{\"code\":\"malformed\"}}}");
	br_text_clear(&text);
	br_rpc_write_result(&text, "\"a\"", BR_STR("[]"));
	CHECK_TEXT(text.bytes, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":[]}");
	br_text_clear(&text);
	br_rpc_open_change(&text);
	CHECK_TEXT(text.bytes, "{\"jsonrpc\":\"2.0\",\"method\":\"change\",\"params\":");
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_a_request_is_read);
	TEST(test_ids_are_given_back_as_they_came);
	TEST(test_what_is_wrong_is_said);
	TEST(test_messages_are_written);
	return test_end(argc, argv);
}
