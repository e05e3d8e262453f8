/* The whole server with its thread, a core in a thread of its own, and a raw client. */
#include "web-ui/server.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "tests/web-ui/web_client.h"

#define WAIT_MS 10000
#define WATCHERS 100

/* A node in small: the core's thread with its loop, and the server. */
struct node {
	struct ledger ledger;
	struct fake_live fake;
	struct br_loop *loop;
	struct br_loop_source *stopper;
	struct br_queue *queue;
	struct br_web *web;
	int stop_pipe[2];
	pthread_t core_thread;
	unsigned port;
	bool runs;
	int loop_result;
	char socket[256], root[256];
};

static int core_turn(void *owner)
{
	struct node *node = owner;

	return br_core_commit(node->ledger.core);
}

static void core_stop(void *owner, unsigned events BR_UNUSED)
{
	struct node *node = owner;

	br_loop_end(node->loop, 0);
}

static void *core_run(void *context)
{
	struct node *node = context;

	node->loop_result = br_loop_run(node->loop);
	return NULL;
}

static void app_write(const char *folder)
{
	REQUIRE(mkdir(folder, 0755) == 0);
	test_file_write(folder, "index.html", "<!doctype html><title>app</title>");
	test_file_write(folder, "app-ABC.js", "const a = 1;");
	test_file_write(folder, "app-ABC.js.gz", "gzip bytes");
	test_file_write(folder, "assets.json",
		"[{\"path\":\"/\",\"file\":\"index.html\",\"type\":\"text/html; charset=utf-8\","
		"\"hash\":\"0011223344556677889900\"},{\"path\":\"/app-ABC.js\",\"file\":"
		"\"app-ABC.js\",\"type\":\"text/javascript; charset=utf-8\",\"hash\":"
		"\"aabbccddeeff00112233\",\"gz\":\"app-ABC.js.gz\"}]");
}

static void node_create(struct node *node, const char *name, bool app)
{
	struct br_core_listener listener = {.committed = br_web_committed};
	struct br_web_options options;
	struct br_fault fault = {""};
	int result;

	memset(node, 0, sizeof(*node));
	ledger_open(&node->ledger, name);
	ledger_fill(&node->ledger);
	fake_live_init(&node->fake);
	(void)snprintf(node->socket, sizeof(node->socket), "%s/%s.sock", test_folder(), name);
	(void)snprintf(node->root, sizeof(node->root), "%s/%s-app", test_folder(), name);
	if (app)
		app_write(node->root);
	REQUIRE(br_loop_create(&node->loop) == 0);
	REQUIRE(br_queue_create(node->loop, node->ledger.core, &br_clock_system, &node->queue) ==
		0);
	options = (struct br_web_options){
		.ledger = node->ledger.store,
		.keys = node->ledger.keys,
		.queue = node->queue,
		.clock = &br_clock_system,
		.live = &node->fake.live,
		.socket = node->socket,
		.root = node->root,
		.hosts = "store.example",
		.store_id = "0412",
		.store_name = "Corner shop",
		.currency = "GBP",
		.epoch = br_core_epoch(node->ledger.core),
		.version = "0.1.0",
	};
	result = br_web_create(&options, &node->web, &fault);
	if (result < 0)
		printf("%s\n", fault.text);
	REQUIRE(result == 0);
	node->port = br_web_port(node->web);
	listener.owner = node->web;
	br_core_listen(node->ledger.core, listener);
	br_queue_on_answer(node->queue, br_web_answered, node->web);
	br_loop_on_turn(node->loop, core_turn, node);
	REQUIRE(pipe(node->stop_pipe) == 0);
	REQUIRE(br_loop_watch(node->loop, node->stop_pipe[0], BR_LOOP_READ, core_stop, node,
			&node->stopper) == 0);
}

static void node_open(struct node *node, const char *name)
{
	node_create(node, name, true);
	REQUIRE(pthread_create(&node->core_thread, NULL, core_run, node) == 0);
	node->runs = true;
	REQUIRE(br_web_start(node->web) == 0);
}

static void node_close(struct node *node)
{
	if (node->runs) {
		REQUIRE(write(node->stop_pipe[1], "x", 1) == 1);
		(void)pthread_join(node->core_thread, NULL);
		CHECK_INT(node->loop_result, 0);
	}
	br_web_destroy(node->web);
	br_loop_source_destroy(node->stopper);
	br_queue_destroy(node->queue);
	br_loop_destroy(node->loop);
	(void)close(node->stop_pipe[0]);
	(void)close(node->stop_pipe[1]);
	ledger_close(&node->ledger);
}

static int client_open(struct node *node)
{
	int fd = web_socket_open(node->port, NULL, NULL);

	REQUIRE(fd >= 0);
	return fd;
}

static void call(int fd, int id, const char *method, const char *params)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		"{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}", id, method,
		params);
	web_socket_send(fd, text, 0);
}

static uint64_t sequence_of(const char *message)
{
	const char *at = strstr(message, "\"sequence\":");

	return at != NULL ? strtoull(at + 11, NULL, 10) : 0;
}

static void test_foreign_hosts_and_origins_are_refused(void)
{
	static const struct {
		const char *request, *code;
		int status;
	} cases[] = {
		{"GET /api/v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n", "foreign_host", 403},
		{"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "foreign_host", 403},
		{"GET / HTTP/1.1\r\n\r\n", "foreign_host", 403},
		{"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nOrigin: "
		 "http://evil.example\r\n\r\n",
			"foreign_origin", 403},
		{"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n",
			"foreign_origin", 403},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nOrigin: "
		 "http://localhost:81\r\nContent-Length: 2\r\n\r\n{}",
			"foreign_origin", 403},
		{"GET /api/v1/status HTTP/1.1\r\nHost: LocalHost:9\r\n\r\n", "\"key\"", 200},
		{"GET /api/v1/status HTTP/1.1\r\nHost: store.example\r\nOrigin: "
		 "https://store.example\r\n\r\n",
			"\"key\"", 200},
	};
	struct node node;
	int status;

	node_open(&node, "hosts");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct web_response response = web_ask(node.port, cases[i].request);

		CHECK_INT(response.status, cases[i].status);
		CHECK_HAS(response.body, cases[i].code);
	}
	CHECK(web_socket_open(node.port,
		      "Host: localhost\r\nOrigin: http://evil.example\r\n"
		      "Sec-WebSocket-Protocol: backroom.v1\r\n",
		      &status) < 0);
	CHECK_INT(status, 403);
	CHECK(web_socket_open(node.port,
		      "Host: evil.example\r\nSec-WebSocket-Protocol: backroom.v1\r\n",
		      &status) < 0);
	CHECK_INT(status, 403);
	CHECK(web_socket_open(node.port, "Host: localhost\r\n", &status) < 0);
	CHECK_INT(status, 400);
	node_close(&node);
}

static void test_every_response_carries_the_security_headers(void)
{
	static const char *const paths[] = {"/", "/api/v1/status", "/nothing.js", "/metrics"};
	struct node node;

	node_open(&node, "headers");
	for (unsigned i = 0; i < BR_ARRAY_LEN(paths); i++) {
		struct web_response response = web_get(node.port, paths[i]);

		CHECK_HAS(web_header(&response, "content-security-policy"),
			"default-src 'self'; img-src 'self' data: blob:; connect-src 'self'");
		CHECK_TEXT(web_header(&response, "x-content-type-options"), "nosniff");
		CHECK_TEXT(web_header(&response, "x-frame-options"), "deny");
		CHECK_TEXT(web_header(&response, "referrer-policy"), "no-referrer");
		CHECK_TEXT(web_header(&response, "server"), "");
	}
	node_close(&node);
}

static void test_assets_are_kept_by_browsers_as_their_names_allow(void)
{
	struct web_response response;
	struct node node;

	node_open(&node, "assets");
	response = web_get(node.port, "/");
	CHECK_INT(response.status, 200);
	CHECK_TEXT(web_header(&response, "cache-control"), "no-cache");
	CHECK_TEXT(web_header(&response, "etag"), "\"0011223344556677\"");
	CHECK_HAS(response.body, "<title>app</title>");
	response = web_get(node.port, "/orders");
	CHECK_HAS(response.body, "<title>app</title>");
	response = web_get(node.port, "/app-ABC.js");
	CHECK_TEXT(web_header(&response, "cache-control"), "public, max-age=31536000, immutable");
	CHECK_TEXT(web_header(&response, "content-encoding"), "");
	CHECK_TEXT(web_header(&response, "vary"), "accept-encoding");
	CHECK_HAS(response.body, "const a = 1;");
	response = web_ask(node.port, "GET /app-ABC.js HTTP/1.1\r\nHost: localhost\r\n"
				      "Accept-Encoding: br, gzip\r\n\r\n");
	CHECK_TEXT(web_header(&response, "content-encoding"), "gzip");
	CHECK_HAS(response.body, "gzip bytes");
	response = web_ask(node.port, "GET / HTTP/1.1\r\nHost: localhost\r\n"
				      "If-None-Match: W/\"x\", \"0011223344556677\"\r\n\r\n");
	CHECK_INT(response.status, 304);
	response = web_get(node.port, "/none.js");
	CHECK_INT(response.status, 404);
	response = web_ask(node.port, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	CHECK_INT(response.status, 200);
	CHECK_TEXT(web_header(&response, "content-length"), "33");
	node_close(&node);
}

static void test_a_missing_app_says_what_to_do(void)
{
	struct web_response response;
	struct node node;

	node_create(&node, "missing", false);
	REQUIRE(br_web_start(node.web) == 0);
	response = web_get(node.port, "/");
	CHECK_INT(response.status, 503);
	CHECK_HAS(response.body, "its dashboard is not installed");
	response = web_get(node.port, "/api/v1/status");
	CHECK_INT(response.status, 200);
	node_close(&node);
}

static void test_wrong_requests_are_answered_in_words(void)
{
	static const struct {
		const char *request, *code;
		int status;
	} cases[] = {
		{"GET /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", "not_found", 404},
		{"GET /api/v1/products/Z HTTP/1.1\r\nHost: localhost\r\n\r\n", "unknown_product",
			404},
		{"GET /api/v1/orders?state=x HTTP/1.1\r\nHost: localhost\r\n\r\n", "malformed",
			400},
		{"GET /api/v1/orders?stat=x HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"parameter \\\"stat\\\" is not known, allowed: state, limit", 400},
		{"GET /api/v1/products?limit=0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"limit: allowed is a whole number from 1 to 50", 400},
		{"GET /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n\r\n", "method_not_allowed",
			405},
		{"DELETE /api/v1/orders HTTP/1.1\r\nHost: localhost\r\n\r\n", "method_not_allowed",
			405},
		{"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
			"method_not_allowed", 405},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n\r\n", "length_required",
			411},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
		 "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
			"length_required", 411},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
			"malformed", 400},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
		 "9\r\n\r\n{\"id\":tru",
			"malformed", 400},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n[]",
			"the body is a list", 400},
		/* Named twice, once with an escape: the first one counts, as with any name. */
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
		 "35\r\n\r\n{\"c\\u006fmmands\":[{}],\"commands\":5}",
			"{\"answers\":[{\"id\":null,\"outcome\":\"refused\"", 200},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
		 "35\r\n\r\n{\"c\\u006fmmands\":5,\"commands\":[{}]}",
			"commands: allowed is a list", 400},
		{"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
		 "99999999\r\n\r\n",
			"too_large", 413},
		{"GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n", "upgrade_required", 426},
	};
	struct node node;

	node_open(&node, "wrong");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct web_response response = web_ask(node.port, cases[i].request);

		if (!CHECK_INT(response.status, cases[i].status))
			printf("for %s\n", cases[i].request);
		CHECK_HAS(response.body, cases[i].code);
	}
	node_close(&node);
}

static void test_a_body_over_its_limit_is_refused_with_the_limit(void)
{
	size_t n = (256u << 10) + 10;
	char *body = malloc(n + 1);
	struct web_response response;
	struct node node;

	REQUIRE(body != NULL);
	memset(body, ' ', n);
	body[n] = '\0';
	node_open(&node, "large");
	response = web_post(node.port, "/api/v1/commands", body);
	CHECK_INT(response.status, 413);
	CHECK_HAS(response.body, "allowed are 262144");
	node_close(&node);
	free(body);
}

static void test_a_connection_has_one_request(void)
{
	static const char request[] = "GET /api/v1/products/A HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct web_response response;
	struct node node;
	int fd;

	node_open(&node, "one");
	fd = web_connect(node.port);
	response = web_ask_on(fd, request);
	CHECK_INT(response.status, 200);
	CHECK_TEXT(web_header(&response, "connection"), "close");
	CHECK_HAS(response.body, "\"name\":\"Apple juice\"");
	CHECK_INT(web_ask_on(fd, request).status, 0);
	(void)close(fd);
	node_close(&node);
}

static void test_what_follows_a_request_is_not_answered(void)
{
#define GET "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define POST "POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n"
	static const struct {
		const char *requests, *answer;
	} cases[] = {
		{GET GET GET, "ok"},
		{GET POST "{\"id\":\"p-1\"} " GET, "ok"},
		{POST "{\"id\":\"p-1\"} " GET GET, "\"p-1\""},
		{POST "{\"id\":\"p-1\"} " POST "{\"id\":\"p-2\"} ", "\"p-1\""},
		{POST "{\"id\":\"p-1\"} \r\n\r\n", "\"p-1\""},
		{POST "this is none!" POST "{\"id\":\"p-2\"} " GET, "not JSON"},
	};
	struct node node;
	int fd;

	node_open(&node, "together");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		fd = web_connect(node.port);
		CHECK_HAS(web_ask_on(fd, cases[i].requests).body, cases[i].answer);
		CHECK_INT(web_ask_on(fd, NULL).status, 0);
		(void)close(fd);
		/* Whatever became of that connection, the others are served. */
		CHECK_INT(web_get(node.port, "/healthz").status, 200);
	}
	node_close(&node);
}

static void test_commands_are_answered_after_the_commit(void)
{
	static const char sale[] = "{\"id\":\"s1\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\","
				   "\"kind\":\"receive\",\"quantity\":5}}";
	struct web_response response;
	struct node node;

	node_open(&node, "commands");
	response = web_post(node.port, "/api/v1/commands", sale);
	CHECK_INT(response.status, 200);
	CHECK_HAS(response.body, "\"id\":\"s1\",\"outcome\":\"accepted\"");
	/* The same command again gets the same answer, and moves nothing. */
	response = web_post(node.port, "/api/v1/commands", sale);
	CHECK_HAS(response.body, "\"outcome\":\"accepted\"");
	response = web_get(node.port, "/api/v1/products/A");
	CHECK_HAS(response.body, "\"on_hand\":12,");
	response = web_post(node.port, "/api/v1/commands",
		"{\"id\":\"s2\",\"type\":\"stock.move\",\"data\":{\"sku\":\"nothing\",\"kind\":"
		"\"receive\",\"quantity\":5}}");
	CHECK_INT(response.status, 200);
	CHECK_HAS(response.body, "\"code\":\"unknown_product\"");
	response = web_post(node.port, "/api/v1/commands",
		"{\"id\":\"s3\",\"type\":\"stock.move\",\"data\":{\"sku\":5}}");
	CHECK_INT(response.status, 400);
	CHECK_HAS(response.body, "\"code\":\"malformed\"");
	response = web_post(node.port, "/api/v1/commands",
		"{\"commands\":[{\"id\":\"s4\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\","
		"\"kind\":\"receive\",\"quantity\":1}}, 7 ,{\"id\":\"s5\",\"type\":\"label.want\","
		"\"data\":{}}]}");
	CHECK_INT(response.status, 200);
	CHECK_HAS(response.body, "{\"answers\":[{\"id\":\"s4\",\"outcome\":\"accepted\"");
	CHECK_HAS(response.body, "{\"id\":null,\"outcome\":\"refused\",\"code\":\"malformed\"");
	CHECK_HAS(response.body, "{\"id\":\"s5\",\"outcome\":\"refused\"");
	node_close(&node);
}

static void test_a_client_gets_a_snapshot_and_then_changes(void)
{
	const char *message;
	struct node node;
	int fd;

	node_open(&node, "changes");
	fd = client_open(&node);
	call(fd, 1, "hello", "{}");
	message = web_socket_expect(fd, "\"id\":1,\"result\"", WAIT_MS);
	CHECK_HAS(message, "\"store\":\"0412\",\"name\":\"Corner shop\"");
	CHECK_HAS(message, "\"open_to_network\":false");
	call(fd, 2, "subscribe", "{\"noun\":\"order\"}");
	message = web_socket_expect(fd, "\"id\":2", WAIT_MS);
	CHECK_HAS(message, "\"result\":{\"noun\":\"order\",\"sequence\":");
	CHECK_HAS(message, "\"reset\":true");
	CHECK_HAS(message, "\"key\":\"O-1\"");
	call(fd, 3, "subscribe", "{\"noun\":\"product\",\"keys\":[\"A\"]}");
	CHECK(web_socket_expect(fd, "\"id\":3", WAIT_MS) != NULL);
	call(fd, 4, "command",
		"{\"id\":\"w1\",\"type\":\"order.accept\",\"data\":{\"order\":\"O-1\"}}");
	/* The answer and the change come after the commit, in any order. */
	for (int seen = 0; seen != 7;) {
		message = web_socket_read(fd, WAIT_MS, NULL);
		if (!CHECK(message != NULL))
			break;
		if (strstr(message, "\"id\":4,\"result\":{\"id\":\"w1\"") != NULL)
			seen |= 1;
		if (strstr(message, "\"noun\":\"order\"") != NULL &&
			strstr(message, "\"state\":\"accepted\"") != NULL)
			seen |= 2;
		/* What is on an order is reserved, so its product has changed as well. */
		if (strstr(message, "\"noun\":\"product\"") != NULL &&
			strstr(message, "\"reserved\":3") != NULL)
			seen |= 4;
	}
	call(fd, 5, "unsubscribe", "{\"noun\":\"order\"}");
	CHECK(web_socket_expect(fd, "\"id\":5,\"result\":{}", WAIT_MS) != NULL);
	(void)close(fd);
	node_close(&node);
}

static void test_a_client_resumes_from_its_sequence(void)
{
	char params[128];
	uint64_t sequence;
	const char *message;
	struct node node;
	int fd;

	node_open(&node, "resume");
	fd = client_open(&node);
	call(fd, 1, "subscribe", "{\"noun\":\"order\"}");
	message = web_socket_expect(fd, "\"id\":1", WAIT_MS);
	sequence = sequence_of(message);
	CHECK(sequence > 0);
	(void)close(fd);
	CHECK_INT(web_post(node.port, "/api/v1/commands",
			  "{\"id\":\"x1\",\"type\":\"order.pick\",\"data\":{\"order\":\"O-2\","
			  "\"line\":\"1\"}}")
			  .status,
		200);
	fd = client_open(&node);
	(void)snprintf(params, sizeof(params), "{\"noun\":\"order\",\"after\":%llu}",
		(unsigned long long)sequence);
	call(fd, 2, "subscribe", params);
	message = web_socket_expect(fd, "\"id\":2", WAIT_MS);
	CHECK_HAS(message, "\"reset\":false");
	CHECK_HAS(message, "\"key\":\"O-2\"");
	CHECK(message != NULL && strstr(message, "\"key\":\"O-1\"") == NULL);
	/* A sequence of another life of the store gets a whole snapshot. */
	call(fd, 3, "subscribe", "{\"noun\":\"order\",\"after\":999999}");
	message = web_socket_expect(fd, "\"id\":3", WAIT_MS);
	CHECK_HAS(message, "\"reset\":true");
	CHECK_HAS(message, "\"key\":\"O-1\"");
	(void)close(fd);
	node_close(&node);
}

static void test_malformed_messages_are_answered_and_the_client_stays(void)
{
	static const struct {
		const char *message, *answer;
	} cases[] = {
		{"{\"jsonrpc\":\"2.0\",", "-32700"},
		{"[]", "-32600"},
		{"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"hello\"}", "-32600"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nothing\"}", "-32601"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"scan\",\"params\":{}}", "-32602"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"noun\":5}}",
			"-32602"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"product.get\",\"params\":{\"sku\":"
		 "\"Z\"}}",
			"\"code\":-32001,\"message\":\"product \\\"Z\\\": not in the catalogue\","
			"\"data\":{\"code\":\"unknown_product\"}"},
	};
	struct node node;
	int fd;

	node_open(&node, "malformed");
	fd = client_open(&node);
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		web_socket_send(fd, cases[i].message, 3);
		CHECK(web_socket_expect(fd, cases[i].answer, WAIT_MS) != NULL);
	}
	(void)close(fd);
	node_close(&node);
}

static void test_messages_out_of_bounds_end_the_connection(void)
{
	char *large = malloc((64u << 10) + 2);
	struct node node;
	int fd, code;

	REQUIRE(large != NULL);
	memset(large, ' ', (64u << 10) + 1);
	large[(64u << 10) + 1] = '\0';
	node_open(&node, "bounds");
	fd = client_open(&node);
	web_socket_send(fd, large, 10000);
	CHECK(web_socket_read(fd, WAIT_MS, &code) == NULL);
	CHECK_INT(code, 1009);
	(void)close(fd);
	fd = client_open(&node);
	web_socket_send_frame(fd, 0x82, "{}", 2);
	CHECK(web_socket_read(fd, WAIT_MS, &code) == NULL);
	CHECK_INT(code, 1003);
	(void)close(fd);
	fd = client_open(&node);
	web_socket_send_frame(fd, 0x81, "\xC3\x28", 2);
	CHECK(web_socket_read(fd, WAIT_MS, &code) == NULL);
	CHECK_INT(code, 1007);
	(void)close(fd);
	node_close(&node);
	free(large);
}

static void test_the_unix_socket_is_the_tools(void)
{
	struct web_response response;
	struct stat status;
	struct node node;
	int fd;

	node_open(&node, "tool");
	CHECK_INT(stat(node.socket, &status), 0);
	CHECK_INT(status.st_mode & 0777, 0660);
	fd = web_connect_unix(node.socket);
	response = web_ask_on(fd, "POST /api/v1/commands HTTP/1.1\r\nHost: backroom\r\n"
				  "Content-Length: 84\r\n\r\n"
				  "{\"id\":\"t1\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\","
				  "\"kind\":\"receive\",\"quantity\":10}}   ");
	CHECK_INT(response.status, 200);
	(void)close(fd);
	fd = web_connect_unix(node.socket);
	response = web_ask_on(
		fd, "GET /api/v1/products/A/movements HTTP/1.1\r\nHost: backroom\r\n\r\n");
	CHECK_HAS(response.body, "\"actor\":\"tool\"");
	(void)close(fd);
	fd = web_socket_open_unix(node.socket);
	CHECK(fd >= 0);
	call(fd, 1, "status.get", "{}");
	CHECK(web_socket_expect(fd, "\"id\":1", WAIT_MS) != NULL);
	(void)close(fd);
	node_close(&node);
	CHECK(stat(node.socket, &status) < 0);
}

static void test_pictures_series_and_metrics_are_served(void)
{
	struct web_response response;
	struct node node;

	node_open(&node, "others");
	response = web_get(node.port, "/api/v1/labels/0123456789AB/picture.png?v=1");
	CHECK_INT(response.status, 200);
	CHECK_TEXT(web_header(&response, "content-type"), "image/png");
	CHECK_INT(response.body_n, 9);
	response = web_get(node.port, "/api/v1/labels/AAAAAAAAAAAA/picture.png");
	CHECK_INT(response.status, 404);
	CHECK_HAS(response.body, "unknown_label");
	response = web_get(node.port,
		"/api/v1/sensors/zigbee2mqtt%2Fcooler%2Fdairy-1/series?channel=temperature&from="
		"2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z&points=10");
	CHECK_INT(response.status, 200);
	CHECK_HAS(response.body,
		"{\"unit\":\"°C\",\"step_ms\":360000,\"rows\":[[1772323200000,1,1.5,2,3]]}");
	response = web_get(node.port, "/metrics");
	CHECK_INT(response.status, 200);
	CHECK_HAS(response.body, "# TYPE backroom_web_requests");
	response = web_get(node.port, "/healthz");
	CHECK_INT(response.status, 200);
	CHECK_TEXT(response.body, "ok\n");
	response = web_get(node.port, "/api/v1/journal?after=2&limit=1");
	CHECK_HAS(response.body, "\"id\":\"00000000000000000003\",\"source\":\"/store/0412\"");
	node_close(&node);
}

static void test_clients_over_the_limit_are_told_so(void)
{
	int fds[BR_WEB_CLIENTS_MAX], status;
	struct node node;

	node_open(&node, "limit");
	for (unsigned i = 0; i < BR_WEB_CLIENTS_MAX; i++)
		fds[i] = client_open(&node);
	CHECK(web_socket_open(node.port,
		      "Host: localhost\r\nSec-WebSocket-Protocol: backroom.v1\r\n", &status) < 0);
	CHECK_INT(status, 503);
	/* The others are served as before. */
	call(fds[150], 1, "hello", "{}");
	CHECK(web_socket_expect(fds[150], "\"id\":1", WAIT_MS) != NULL);
	for (unsigned i = 0; i < BR_WEB_CLIENTS_MAX; i++)
		(void)close(fds[i]);
	node_close(&node);
}

/* True when one of these sockets has something to read within the time. */
static bool any_readable(const int *fds, unsigned n, int wait_ms)
{
	struct pollfd poll_fds[BR_WEB_CLIENTS_MAX];

	REQUIRE(n <= BR_WEB_CLIENTS_MAX);
	for (unsigned i = 0; i < n; i++)
		poll_fds[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	return poll(poll_fds, n, wait_ms) > 0;
}

static void test_an_answer_leaves_before_the_news_to_a_hundred_others(void)
{
	int fds[WATCHERS], commander;
	char params[256], byte;
	struct node node;

	node_open(&node, "first");
	for (unsigned i = 0; i < WATCHERS; i++) {
		fds[i] = client_open(&node);
		call(fds[i], 1, "subscribe", "{\"noun\":\"product\",\"keys\":[\"A\"]}");
		CHECK(web_socket_expect(fds[i], "\"id\":1", WAIT_MS) != NULL);
	}
	/* Sockets are served in the order in which they came, and this one came last. */
	commander = client_open(&node);
	for (int round = 0; round < 10; round++) {
		(void)snprintf(params, sizeof(params),
			"{\"id\":\"f-%d\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\","
			"\"kind\":\"receive\",\"quantity\":1}}",
			round);
		call(commander, 2, "command", params);
		CHECK(any_readable(fds, WATCHERS, WAIT_MS));
		CHECK_INT(recv(commander, &byte, 1, MSG_PEEK | MSG_DONTWAIT), 1);
		CHECK(web_socket_expect(commander, "\"id\":2", WAIT_MS) != NULL);
		for (unsigned i = 0; i < WATCHERS; i++)
			CHECK(web_socket_expect(fds[i], "\"change\"", WAIT_MS) != NULL);
	}
	for (unsigned i = 0; i < WATCHERS; i++)
		(void)close(fds[i]);
	(void)close(commander);
	node_close(&node);
}

static void test_what_cannot_be_opened_is_said(void)
{
	struct br_web_options options;
	struct br_web *second = NULL;
	struct br_fault fault;
	struct node node;
	char wrong[512];

	node_open(&node, "twice");
	options = (struct br_web_options){
		.ledger = node.ledger.store,
		.keys = node.ledger.keys,
		.queue = node.queue,
		.clock = &br_clock_system,
		.port = node.port,
		.store_id = "0412",
		.store_name = "",
		.currency = "GBP",
		.epoch = "",
		.version = "",
	};
	CHECK(br_web_create(&options, &second, &fault) < 0);
	CHECK_HAS(fault.text, "cannot listen on 127.0.0.1 port");
	options.address = "my-host";
	CHECK_INT(br_web_create(&options, &second, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "allowed is an IPv4 or IPv6 address");
	options.address = "127.0.0.1";
	options.port = 0;
	options.certificate = "/nowhere/certificate.pem";
	CHECK_INT(br_web_create(&options, &second, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "HTTPS needs both files");
	options.key = "/nowhere/key.pem";
	CHECK_INT(br_web_create(&options, &second, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "cannot read /nowhere/certificate.pem: No such file");
	/* Files that are there and no certificates: never a server without TLS. */
	test_file_write(node.root, "wrong.pem", "-----BEGIN CERTIFICATE-----\nno\n");
	(void)snprintf(wrong, sizeof(wrong), "%s/wrong.pem", node.root);
	options.certificate = options.key = wrong;
	CHECK(br_web_create(&options, &second, &fault) < 0);
	CHECK_HAS(fault.text, "or the certificate wrong?");
	options.certificate = options.key = NULL;
	options.socket = "/nowhere/at/all.sock";
	CHECK_INT(br_web_create(&options, &second, &fault), BR_E_IO);
	CHECK_HAS(fault.text, "does its folder exist?");
	CHECK(second == NULL);
	node_close(&node);
}

/* A file of this folder; the certificate and its key are made for this test and nothing else. */
static void source_path(char *path, size_t size, const char *name)
{
	const char *source = getenv("BACKROOM_SOURCE");

	(void)snprintf(path, size, "%s/tests/web-ui/%s", source != NULL ? source : ".", name);
}

static void test_with_a_certificate_there_is_only_https(void)
{
	char certificate[512], key[512], address[64];
	const char *argv[] = {
		"curl", "-sS", "--max-time", "10", "--cacert", certificate, address, NULL};
	struct test_process curl = {.pid = 0};
	struct br_web_options options;
	struct br_web *web = NULL;
	struct node node;
	char *said;

	node_open(&node, "tls");
	source_path(certificate, sizeof(certificate), "test-certificate.pem");
	source_path(key, sizeof(key), "test-key.pem");
	options = (struct br_web_options){
		.ledger = node.ledger.store,
		.keys = node.ledger.keys,
		.queue = node.queue,
		.clock = &br_clock_system,
		.certificate = certificate,
		.key = key,
		.store_id = "0412",
		.store_name = "",
		.currency = "GBP",
		.epoch = "",
		.version = "",
	};
	REQUIRE(br_web_create(&options, &web, NULL) == 0);
	REQUIRE(br_web_start(web) == 0);
	(void)snprintf(address, sizeof(address), "https://localhost:%u/healthz", br_web_port(web));
	test_process_start(&curl, "curl", argv, NULL);
	CHECK(test_process_wait(&curl, WAIT_MS));
	CHECK_INT(curl.code, 0);
	said = test_file_read(curl.log, NULL);
	CHECK_HAS(said, "ok");
	free(said);
	CHECK_INT(web_get(br_web_port(web), "/healthz").status, 0);
	br_web_destroy(web);
	node_close(&node);
}

int main(int argc, char **argv)
{
	TEST(test_foreign_hosts_and_origins_are_refused);
	TEST(test_every_response_carries_the_security_headers);
	TEST(test_assets_are_kept_by_browsers_as_their_names_allow);
	TEST(test_a_missing_app_says_what_to_do);
	TEST(test_wrong_requests_are_answered_in_words);
	TEST(test_a_body_over_its_limit_is_refused_with_the_limit);
	TEST(test_a_connection_has_one_request);
	TEST(test_what_follows_a_request_is_not_answered);
	TEST(test_commands_are_answered_after_the_commit);
	TEST(test_a_client_gets_a_snapshot_and_then_changes);
	TEST(test_a_client_resumes_from_its_sequence);
	TEST(test_malformed_messages_are_answered_and_the_client_stays);
	TEST(test_messages_out_of_bounds_end_the_connection);
	TEST(test_the_unix_socket_is_the_tools);
	TEST(test_pictures_series_and_metrics_are_served);
	TEST(test_clients_over_the_limit_are_told_so);
	TEST(test_an_answer_leaves_before_the_news_to_a_hundred_others);
	TEST(test_what_cannot_be_opened_is_said);
	TEST(test_with_a_certificate_there_is_only_https);
	return test_end(argc, argv);
}
