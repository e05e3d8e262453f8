#include "web-ui/exchange.h"

#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/hub_bench.h"

static struct hub_bench bench;
static struct br_exchange_server server;
static struct br_exchange *exchange;

static void begin(const char *name)
{
	hub_bench_open(&bench, name);
	server = (struct br_exchange_server){.hub = bench.hub, .hosts = BR_STR("shop")};
}

static void end(void)
{
	hub_bench_close(&bench);
}

static struct br_exchange_head head_of(enum br_rest_method method, const char *path)
{
	return (struct br_exchange_head){
		.request = {.method = method, .path = br_str_from(path)},
		.guard = {.host = BR_STR("shop")},
	};
}

static enum br_exchange_step step(const struct br_exchange_head *head)
{
	REQUIRE(br_exchange_create(&server, &exchange) == 0);
	return br_exchange_begin(exchange, head);
}

/* The body of the answer as text. */
static const char *said(void)
{
	static char body[65536];

	CHECK(br_str_copy(exchange->response.body, body, sizeof(body)));
	return body;
}

static void test_a_question_is_answered_at_once(void)
{
	struct br_exchange_head head = head_of(BR_REST_GET, "/api/v1/products/A");

	begin("question");
	CHECK_INT(step(&head), BR_EXCHANGE_READY);
	CHECK_INT(exchange->response.status, 200);
	CHECK_HAS(said(), "\"key\":\"A\"");
	CHECK(!br_exchange_bare(exchange));
	br_exchange_destroy(exchange);
	head.request.method = BR_REST_HEAD;
	CHECK_INT(step(&head), BR_EXCHANGE_READY);
	CHECK(br_exchange_bare(exchange));
	br_exchange_destroy(exchange);
	end();
}

static void test_a_command_waits_for_the_core(void)
{
	static const char command[] = "{\"id\":\"e1\",\"type\":\"stock.move\",\"data\":{\"sku\":"
				      "\"A\",\"kind\":\"receive\",\"quantity\":1}}";
	struct br_exchange_head head = head_of(BR_REST_POST, "/api/v1/commands");

	begin("command");
	head.content_length = BR_STR("81");
	CHECK_INT(step(&head), BR_EXCHANGE_BODY);
	br_exchange_body(exchange, command, 10);
	br_exchange_body(exchange, command + 10, sizeof(command) - 11);
	CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_WAIT);
	CHECK(!br_exchange_poll(exchange));
	hub_bench_turn(&bench);
	CHECK(br_exchange_poll(exchange));
	CHECK(br_exchange_poll(exchange));
	CHECK_INT(exchange->response.status, 200);
	CHECK_HAS(said(), "{\"id\":\"e1\",\"outcome\":\"accepted\",\"sequence\":16}");
	br_exchange_destroy(exchange);
	end();
}

/* A check is answered at once, and the core never hears of it. */
static void test_a_command_is_checked_without_the_core(void)
{
	static const char commands[] =
		"{\"commands\":[{\"id\":\"c1\",\"type\":\"stock.set\",\"data\":{\"sku\":\"A\","
		"\"quantity\":9}},{\"id\":\"c2\",\"type\":\"stock.set\",\"data\":{\"sku\":"
		"\"none\",\"quantity\":9}},{\"id\":\"c3\",\"type\":\"stock.set\",\"data\":{}}]}";
	struct br_exchange_head head = head_of(BR_REST_POST, "/api/v1/commands/check");
	uint64_t commits;

	begin("check");
	commits = br_core_figures(bench.ledger.core).commands;
	head.content_length = BR_STR("99");
	CHECK_INT(step(&head), BR_EXCHANGE_BODY);
	br_exchange_body(exchange, commands, sizeof(commands) - 1);
	CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_READY);
	CHECK_INT(exchange->response.status, 200);
	CHECK_HAS(said(), "{\"answers\":[{\"id\":\"c1\",\"outcome\":\"accepted\"},");
	CHECK_HAS(said(), "{\"id\":\"c2\",\"outcome\":\"refused\",\"code\":\"unknown_product\"");
	CHECK_HAS(said(), "{\"id\":\"c3\",\"outcome\":\"refused\",\"code\":\"malformed\"");
	CHECK_INT(br_core_figures(bench.ledger.core).commands, commits);
	br_exchange_destroy(exchange);
	end();
}

/* Told in short: only what was not accepted, or with a warning, with its place in the list. */
static void test_a_batch_is_answered_in_short_when_asked(void)
{
#define MOVE(ID, SKU) \
	"{\"id\":\"" ID "\",\"type\":\"stock.move\",\"data\":{\"sku\":\"" SKU \
	"\",\"kind\":\"receive\",\"quantity\":1}}"
	static const char commands[] = "{\"brief\":true,\"commands\":[" MOVE("b1", "A") "," MOVE(
		"b2", "none") ",{}," MOVE("b4", "A") "]}";
	static const char each[] =
		"{\"brief\":false,\"commands\":[" MOVE("b1", "A") "," MOVE("b4", "A") "]}";
	struct br_exchange_head head = head_of(BR_REST_POST, "/api/v1/commands");

	begin("brief");
	head.content_length = BR_STR("99");
	CHECK_INT(step(&head), BR_EXCHANGE_BODY);
	br_exchange_body(exchange, commands, sizeof(commands) - 1);
	CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_WAIT);
	hub_bench_turn(&bench);
	CHECK(br_exchange_poll(exchange));
	CHECK_INT(exchange->response.status, 200);
	CHECK_HAS(said(), "{\"answers\":[{\"index\":1,\"id\":\"b2\",\"outcome\":\"refused\",");
	CHECK_HAS(said(), "{\"index\":2,\"id\":null,\"outcome\":\"refused\",");
	CHECK_HAS(said(), "}],\"accepted\":2}\n");
	CHECK(strstr(said(), "b4") == NULL);
	br_exchange_destroy(exchange);
	/* What was decided gets its first answer again, in the form that is asked for now. */
	CHECK_INT(step(&head), BR_EXCHANGE_BODY);
	br_exchange_body(exchange, each, sizeof(each) - 1);
	CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_WAIT);
	hub_bench_turn(&bench);
	CHECK(br_exchange_poll(exchange));
	CHECK_HAS(said(), "{\"answers\":[{\"id\":\"b1\",\"outcome\":\"accepted\",\"sequence\":16},"
			  "{\"id\":\"b4\",\"outcome\":\"accepted\",\"sequence\":17}]}\n");
	br_exchange_destroy(exchange);
	end();
}

static void test_a_core_that_does_not_answer_is_said(void)
{
	static const char command[] = "{\"id\":\"e1\",\"type\":\"x\",\"data\":{}}";
	struct br_exchange_head head = head_of(BR_REST_POST, "/api/v1/commands");

	begin("silent");
	head.content_length = BR_STR("1");
	CHECK_INT(step(&head), BR_EXCHANGE_BODY);
	br_exchange_body(exchange, command, sizeof(command) - 1);
	CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_WAIT);
	bench.boot_ms += BR_WEB_ANSWER_WAIT_MS;
	CHECK(br_exchange_poll(exchange));
	CHECK_INT(exchange->response.status, 504);
	CHECK_HAS(said(), "\"id\":\"e1\",\"outcome\":\"busy\"");
	CHECK_HAS(said(), "send the same command again");
	br_exchange_destroy(exchange);
	end();
}

static void test_bodies_that_are_not_taken(void)
{
	struct br_exchange_head head = head_of(BR_REST_POST, "/api/v1/commands");

	begin("bodies");
	CHECK_INT(step(&head), BR_EXCHANGE_REFUSE);
	CHECK_INT(exchange->response.status, 411);
	br_exchange_destroy(exchange);
	head.content_length = BR_STR("12");
	head.chunked = true;
	CHECK_INT(step(&head), BR_EXCHANGE_REFUSE);
	CHECK_INT(exchange->response.status, 411);
	br_exchange_destroy(exchange);
	head.chunked = false;
	head.content_length = BR_STR("-5");
	CHECK_INT(step(&head), BR_EXCHANGE_REFUSE);
	br_exchange_destroy(exchange);
	/* Too large, but small enough to be read so that the answer arrives. */
	head.content_length = BR_STR("300000");
	CHECK_INT(step(&head), BR_EXCHANGE_BODY);
	br_exchange_body(exchange, "anything", 8);
	CHECK_INT(exchange->body.n, 0);
	CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_READY);
	CHECK_INT(exchange->response.status, 413);
	br_exchange_destroy(exchange);
	head.content_length = BR_STR("9999999999");
	CHECK_INT(step(&head), BR_EXCHANGE_REFUSE);
	CHECK_INT(exchange->response.status, 413);
	br_exchange_destroy(exchange);
	head = head_of(BR_REST_GET, "/");
	head.content_length = BR_STR("2");
	CHECK_INT(step(&head), BR_EXCHANGE_REFUSE);
	CHECK_INT(exchange->response.status, 400);
	br_exchange_destroy(exchange);
	end();
}

static void test_more_body_than_was_said_is_refused(void)
{
	static char piece[65536];
	struct br_exchange_head head = head_of(BR_REST_POST, "/api/v1/commands");

	begin("more");
	head.content_length = BR_STR("10");
	CHECK_INT(step(&head), BR_EXCHANGE_BODY);
	for (int i = 0; i < 5; i++)
		br_exchange_body(exchange, piece, sizeof(piece));
	CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_READY);
	CHECK_INT(exchange->response.status, 413);
	br_exchange_destroy(exchange);
	end();
}

static void test_foreign_requests_are_refused_before_anything_else(void)
{
	struct br_exchange_head head = head_of(BR_REST_GET, "/api/v1/nothing");

	begin("foreign");
	head.guard.host = BR_STR("evil");
	CHECK_INT(step(&head), BR_EXCHANGE_READY);
	CHECK_INT(exchange->response.status, 403);
	br_exchange_destroy(exchange);
	/* The unix socket has its mode. */
	head.request.tool = true;
	CHECK_INT(step(&head), BR_EXCHANGE_READY);
	CHECK_INT(exchange->response.status, 404);
	br_exchange_destroy(exchange);
	head = head_of(BR_REST_POST, "/api/v1/commands");
	head.content_length = BR_STR("2");
	head.guard.origin = BR_STR("http://evil");
	CHECK_INT(step(&head), BR_EXCHANGE_REFUSE);
	CHECK_INT(exchange->response.status, 403);
	br_exchange_destroy(exchange);
	head = head_of(BR_REST_GET, "/");
	head.address_too_long = true;
	CHECK_INT(step(&head), BR_EXCHANGE_READY);
	CHECK_INT(exchange->response.status, 414);
	br_exchange_destroy(exchange);
	end();
}

static void test_batches_are_checked(void)
{
	static const char *const wrong[] = {"{\"commands\":[]}", "{\"commands\":{}}",
		"{\"commands\":5}", "{\"commands\":[{}],\"brief\":1}", "\"text\"", "nothing"};
	struct br_exchange_head head = head_of(BR_REST_POST, "/api/v1/commands");

	begin("batches");
	head.content_length = BR_STR("10");
	for (unsigned i = 0; i < BR_ARRAY_LEN(wrong); i++) {
		CHECK_INT(step(&head), BR_EXCHANGE_BODY);
		br_exchange_body(exchange, wrong[i], strlen(wrong[i]));
		CHECK_INT(br_exchange_complete(exchange), BR_EXCHANGE_READY);
		CHECK_INT(exchange->response.status, 400);
		CHECK_HAS(said(), "{\"error\":{\"code\":\"malformed\"");
		br_exchange_destroy(exchange);
	}
	end();
}

static void test_only_our_websocket_is_upgraded_to(void)
{
	static const struct {
		const char *protocol, *path, *subprotocols;
		unsigned status;
	} cases[] = {
		{"websocket", "/ws", "backroom.v1", 0},
		{"WebSocket", "/ws", "other , backroom.v1", 0},
		{"h2c", "/ws", "backroom.v1", 400},
		{"websocket", "/", "backroom.v1", 404},
		{"websocket", "/ws", "", 400},
		{"websocket", "/ws", "backroom.v10", 400},
		{NULL, "/ws", "backroom.v1", 400},
	};

	begin("upgrade");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_exchange_upgrade upgrade = {
			.protocol = br_str_from(cases[i].protocol),
			.path = br_str_from(cases[i].path),
			.subprotocols = br_str_from(cases[i].subprotocols),
			.guard = {.host = BR_STR("localhost")},
		};
		struct br_rest_response response;

		br_rest_response_init(&response);
		CHECK_INT(br_exchange_upgrade(&server, &upgrade, &response), cases[i].status == 0);
		CHECK_INT(response.status, cases[i].status);
		br_rest_response_finish(&response);
	}
	end();
}

static void test_headers_are_those_that_are_set(void)
{
	struct br_exchange_header headers[BR_EXCHANGE_HEADERS_MAX];
	struct br_rest_response response = {.status = 200,
		.type = "text/html",
		.cache = "no-cache",
		.etag = "\"a\"",
		.packed = true,
		.vary = true};

	CHECK_INT(br_exchange_headers(&response, headers), 6);
	CHECK_TEXT(headers[0].name, "content-type:");
	CHECK_TEXT(headers[3].value, "gzip");
	CHECK_TEXT(headers[5].value, "close");
	response = (struct br_rest_response){.status = 405, .type = "t", .allow = "GET"};
	CHECK_INT(br_exchange_headers(&response, headers), 3);
	CHECK_TEXT(headers[1].name, "allow:");
}

int main(int argc, char **argv)
{
	TEST(test_a_question_is_answered_at_once);
	TEST(test_a_command_waits_for_the_core);
	TEST(test_a_command_is_checked_without_the_core);
	TEST(test_a_batch_is_answered_in_short_when_asked);
	TEST(test_a_core_that_does_not_answer_is_said);
	TEST(test_bodies_that_are_not_taken);
	TEST(test_more_body_than_was_said_is_refused);
	TEST(test_foreign_requests_are_refused_before_anything_else);
	TEST(test_batches_are_checked);
	TEST(test_only_our_websocket_is_upgraded_to);
	TEST(test_headers_are_those_that_are_set);
	return test_end(argc, argv);
}
