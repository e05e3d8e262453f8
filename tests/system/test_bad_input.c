/*
 * Bad input of every kind gets a clear answer that names it and what is allowed, is counted,
 * changes nothing, and the daemon stays up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/store_node.h"

static struct store_node node;

/* Publishes one request as till t1 and returns the reply, which is the caller's. */
static char *till_ask(const char *payload)
{
	char command[8192], *reply = calloc(1, 65536);
	char path[TEST_PATH_BYTES];
	FILE *file, *pipe;

	REQUIRE(reply != NULL);
	(void)snprintf(path, sizeof(path), "%s/request", test_folder());
	file = fopen(path, "we");
	REQUIRE(file != NULL);
	(void)fputs(payload, file);
	(void)fclose(file);
	/* Subscribed first: the reply is not kept for who comes late. */
	(void)snprintf(command, sizeof(command),
		"mosquitto_sub --unix '%s' -t backroom/v1/till/t1/reply -C 1 -W 10 & sub=$!; sleep "
		"0.3; "
		"mosquitto_pub --unix '%s' -q 1 -t backroom/v1/till/t1/request -f '%s'; wait $sub",
		node.broker.socket, node.broker.socket, path);
	pipe = popen(command, "re");
	REQUIRE(pipe != NULL);
	reply[fread(reply, 1, 65535, pipe)] = '\0';
	(void)pclose(pipe);
	return reply;
}

static void till_refuses(const char *payload, const char *code, const char *part)
{
	char *reply = till_ask(payload), wanted[64];

	(void)snprintf(wanted, sizeof(wanted), "\"code\":\"%s\"", code);
	CHECK_HAS(reply, "\"outcome\":\"refused\"");
	CHECK_HAS(reply, wanted);
	CHECK_HAS(reply, part);
	free(reply);
}

/* What a figure of /metrics grew by since the last look at it. */
static int64_t grown(const char *name, int64_t *last)
{
	int64_t now = store_node_metric(&node, name), by = now - *last;

	CHECK(now >= 0);
	*last = now;
	return by;
}

static void test_a_till_is_told_what_is_wrong(void)
{
	int64_t malformed = 0, refused = 0;

	(void)grown("backroom_till_malformed_messages_total", &malformed);
	(void)grown("backroom_command_answers_total{outcome=\"refused\"}", &refused);
	till_refuses("{\"id\":\"1\",", "malformed", "not JSON");
	till_refuses("[]", "malformed", "is a list, allowed is an object");
	till_refuses("{\"type\":\"sale\"}", "malformed", "id: is missing");
	till_refuses("{\"id\":\"1\",\"type\":\"gift\"}", "malformed",
		"type: \\\"gift\\\" is unknown, allowed is one of: sale, return, void, adjust");
	till_refuses(
		"{\"id\":\"2\",\"type\":\"sale\",\"lines\":[]}", "malformed", "lines: is missing");
	till_refuses("{\"id\":\"3\",\"type\":\"sale\",\"lines\":[{\"barcode\":\"x\",\"quantity\":"
		     "\"many\"}]}",
		"malformed", "lines: item 0: quantity");
	till_refuses("{\"id\":\"4\",\"type\":\"sale\",\"lines\":[{\"barcode\":\"4006381333931\","
		     "\"quantity\":-1,\"price\":1}]}",
		"malformed", "out of range");
	till_refuses("{\"id\":\"5\",\"type\":\"sale\",\"lines\":[{\"barcode\":\"4006381333931\","
		     "\"quantity\":1,\"price\":1}]}",
		"unknown_barcode", "lines[0].barcode 4006381333931: not in the catalogue");
	till_refuses("{\"id\":\"6\",\"type\":\"price\",\"barcode\":\"123\"}", "malformed",
		"check digit");
	till_refuses("{\"id\":\"7\",\"type\":\"price\",\"barcode\":\"4006381333931\"}",
		"unknown_barcode", "not in the catalogue");
	till_refuses("{\"id\":\"8\",\"type\":\"sale\",\"colour\":\"red\"}", "malformed",
		"colour: unknown member");
	till_refuses("\xff\xfe", "malformed", "UTF-8");
	CHECK_INT(grown("backroom_till_malformed_messages_total", &malformed), 10);
	/* A sale is a command, and its refusal the core's. */
	CHECK_INT(grown("backroom_command_answers_total{outcome=\"refused\"}", &refused), 1);
}

static void test_an_oversize_message_names_the_limit(void)
{
	size_t n = (256u << 10) + 10;
	char *payload = malloc(n + 1);
	int64_t malformed = 0;

	REQUIRE(payload != NULL);
	(void)grown("backroom_till_malformed_messages_total", &malformed);
	memset(payload, ' ', n);
	memcpy(payload, "{}", 2);
	payload[n] = '\0';
	till_refuses(payload, "too_large", "256 KiB");
	CHECK_INT(grown("backroom_till_malformed_messages_total", &malformed), 1);
	free(payload);
}

static void publish(const char *topic, const char *payload)
{
	char command[4096];

	(void)snprintf(command, sizeof(command), "mosquitto_pub --unix '%s' -q 1 -t '%s' -m '%s'",
		node.broker.socket, topic, payload);
	CHECK_INT(system(command), 0);
}

static void test_what_nobody_can_answer_is_counted(void)
{
	int64_t malformed = 0;

	(void)grown("backroom_till_malformed_messages_total", &malformed);
	publish("backroom/v1/till/NOT A TILL/request", "{}");
	publish("zigbee2mqtt/cooler/1", "{\"temperature\":\"warm\"");
	publish("brap/1/ap-1/state", "{\"on\":7}");
	publish("brap/1/ap-1/seen", "{}");
	publish("brap/1/ap-1/ack/B0C0DE0000000000", "{\"job\":\"x\",\"st\":\"eaten\"}");
	CHECK(store_node_says(
		&node, "/metrics", "backroom_label_malformed_messages_total 3", 5000));
	CHECK(store_node_says(&node, "/metrics", "backroom_sensor_refused_messages_total 1", 5000));
	CHECK_INT(grown("backroom_till_malformed_messages_total", &malformed), 1);
}

/* The answer of curl to a request on the TCP port. */
static char *http(const char *arguments)
{
	char command[4096], *answer = calloc(1, 65536);
	FILE *pipe;

	REQUIRE(answer != NULL);
	(void)snprintf(command, sizeof(command), "curl -sS -i --noproxy '*' --max-time 5 %s 2>&1",
		arguments);
	pipe = popen(command, "re");
	REQUIRE(pipe != NULL);
	answer[fread(answer, 1, 65535, pipe)] = '\0';
	(void)pclose(pipe);
	return answer;
}

/* `path` behind the dashboard's address; `options` are curl's. */
static void http_says(const char *options, const char *path, const char *status, const char *part)
{
	char line[1024], *answer;

	(void)snprintf(
		line, sizeof(line), "%s 'http://127.0.0.1:%u%s'", options, node.web_port, path);
	answer = http(line);
	CHECK_HAS(answer, status);
	CHECK_HAS(answer, part);
	free(answer);
}

static void test_http_refuses_with_reasons(void)
{
	int64_t refused = 0;

	(void)grown("backroom_web_refused_requests_total", &refused);
	http_says("-H 'Host: evil.example'", "/api/v1/status", " 403",
		"none of this node's names; allowed are localhost, its own address");
	http_says("-H 'Origin: http://evil.example' -X POST -d '{}'", "/api/v1/commands", " 403",
		"another site's; only the node's own pages may ask");
	http_says("-X POST -d '{'", "/api/v1/commands", " 400", "malformed");
	http_says("-X DELETE", "/api/v1/status", " 405", "allowed here: ");
	http_says("-H 'Content-Length: 99999999' -d x", "/api/v1/commands", " 413",
		"the body has 99999999 bytes, allowed are ");
	CHECK_INT(grown("backroom_web_refused_requests_total", &refused), 5);
	http_says("", "/api/v1/nothing", " 404", "");
	http_says("", "/api/v1/products/none", " 404", "unknown_product");
	http_says("-X POST -d '{\"id\":\"w1\",\"type\":\"price.activate\",\"data\":{}}'",
		"/api/v1/commands", " 200", "unknown_type");
}

static void test_the_store_is_as_before(void)
{
	char *output;

	CHECK(test_process_runs(&node.daemon));
	CHECK_INT(store_node_tool(&node, &output, "verify", NULL), 0);
	CHECK_HAS(output, "0 events");
	free(output);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	store_node_start(&node, false, "");
	TEST(test_a_till_is_told_what_is_wrong);
	TEST(test_an_oversize_message_names_the_limit);
	TEST(test_what_nobody_can_answer_is_counted);
	TEST(test_http_refuses_with_reasons);
	TEST(test_the_store_is_as_before);
	return test_end(argc, argv);
}
