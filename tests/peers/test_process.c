/* The tests' own tools: programs, brokers and the line that can be cut. */
#include "tests/lib/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/broker.h"
#include "tests/lib/proxy.h"
#include "tests/lib/test.h"
#include "tests/peers/mqtt.h"

static void test_a_program_runs_and_is_stopped(void)
{
	static const char *const argv[] = {"sh", "-c",
		"echo started $WORD; trap 'exit 7' TERM; while :; do sleep 0.02; done", NULL};
	static const char *const environment[] = {"WORD=here", NULL};
	struct test_process process = {0};

	test_process_start(&process, "shell", argv, environment);
	CHECK(test_process_says(&process, "started here", 5000));
	CHECK(test_process_runs(&process));
	CHECK(!test_process_says(&process, "never", 50));
	CHECK_INT(test_process_stop(&process), 7);
	CHECK(!test_process_runs(&process));
	CHECK_INT(test_process_stop(&process), 7);
}

static void test_a_killed_program_says_by_what(void)
{
	static const char *const argv[] = {"sleep", "100", NULL};
	static const char *const none[] = {"/no/such/program", NULL};
	struct test_process process = {0};

	test_process_start(&process, "sleep", argv, NULL);
	test_process_kill(&process);
	CHECK_INT(process.code, 128 + SIGKILL);
	test_process_start(&process, "none", none, NULL);
	CHECK(test_process_wait(&process, 5000));
	CHECK_INT(process.code, 127);
}

static struct line {
	unsigned up, down, messages;
	char last[64];
} line;

static void on_up(void *context)
{
	((struct line *)context)->up++;
}

static void on_down(void *context)
{
	((struct line *)context)->down++;
}

static void on_message(void *context, const struct peer_message *message)
{
	struct line *seen = context;

	seen->messages++;
	(void)snprintf(seen->last, sizeof(seen->last), "%.*s", BR_STR_ARG(message->payload));
}

static bool is_up(void *context)
{
	return peer_mqtt_is_up(context);
}

static bool is_down(void *context)
{
	return !peer_mqtt_is_up(context);
}

static bool has_message(void *context)
{
	return ((struct line *)context)->messages > 0;
}

static struct peer_mqtt *client(struct peer_loop *loop, unsigned port, const char *socket)
{
	struct peer_mqtt_settings settings = {.port = port, .socket = socket};
	struct peer_mqtt_events events = {
		.up = on_up, .down = on_down, .message = on_message, .context = &line};
	struct peer_mqtt *mqtt = NULL;

	memset(&line, 0, sizeof(line));
	REQUIRE(peer_mqtt_create(loop, &settings, &events, &mqtt) == 0);
	return mqtt;
}

static void test_the_client_works_on_port_and_socket(void)
{
	struct test_broker broker;
	struct peer_loop *loop = NULL;

	test_broker_start(&broker, "broker", NULL);
	REQUIRE(peer_loop_create(&loop) == 0);
	for (int i = 0; i < 2; i++) {
		struct peer_mqtt *mqtt = client(loop, broker.port, i == 0 ? NULL : broker.socket);

		peer_mqtt_subscribe(mqtt, "a/#", 1);
		CHECK_INT(
			peer_mqtt_publish(mqtt, "a/b", BR_STR("x"), 1, false, NULL), BR_E_OFFLINE);
		CHECK(peer_loop_until(loop, is_up, mqtt, 5000));
		CHECK_INT(peer_mqtt_publish(mqtt, "a/b", BR_STR("hello"), 1, false, NULL), 0);
		CHECK(peer_loop_until(loop, has_message, &line, 5000));
		CHECK_TEXT(line.last, "hello");
		peer_mqtt_destroy(mqtt);
	}
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
	CHECK_INT(broker.process.code, 0);
}

static void test_the_client_comes_back(void)
{
	struct test_broker broker;
	struct peer_loop *loop = NULL;
	struct peer_mqtt *mqtt;

	test_broker_start(&broker, "broker", NULL);
	REQUIRE(peer_loop_create(&loop) == 0);
	mqtt = client(loop, broker.port, NULL);
	peer_mqtt_subscribe(mqtt, "a", 1);
	CHECK(peer_loop_until(loop, is_up, mqtt, 5000));
	test_broker_kill(&broker);
	CHECK(peer_loop_until(loop, is_down, mqtt, 5000));
	CHECK_INT(line.down, 1);
	test_broker_restart(&broker);
	CHECK(peer_loop_until(loop, is_up, mqtt, 8000));
	CHECK_INT(line.up, 2);
	/* The subscription is there again without anybody asking. */
	CHECK_INT(peer_mqtt_publish(mqtt, "a", BR_STR("again"), 1, false, NULL), 0);
	CHECK(peer_loop_until(loop, has_message, &line, 5000));
	peer_mqtt_destroy(mqtt);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

static void test_the_proxy_cuts_delays_and_mends(void)
{
	struct test_broker broker;
	struct test_proxy *proxy;
	struct peer_loop *loop = NULL;
	struct peer_mqtt *mqtt;
	int64_t sent_ms;

	test_broker_start(&broker, "broker", NULL);
	proxy = test_proxy_start(0, broker.port);
	REQUIRE(peer_loop_create(&loop) == 0);
	mqtt = client(loop, test_proxy_port(proxy), NULL);
	peer_mqtt_subscribe(mqtt, "a", 1);
	CHECK(peer_loop_until(loop, is_up, mqtt, 5000));
	test_proxy_delay(proxy, 100);
	sent_ms = test_now_ms();
	CHECK_INT(peer_mqtt_publish(mqtt, "a", BR_STR("slow"), 1, false, NULL), 0);
	CHECK(peer_loop_until(loop, has_message, &line, 5000));
	CHECK(test_now_ms() - sent_ms >= 200);
	test_proxy_delay(proxy, 0);
	test_proxy_cut(proxy);
	CHECK(peer_loop_until(loop, is_down, mqtt, 5000));
	CHECK(!peer_loop_until(loop, is_up, mqtt, 400));
	test_proxy_mend(proxy);
	CHECK(peer_loop_until(loop, is_up, mqtt, 8000));
	line.messages = 0;
	test_proxy_freeze(proxy);
	CHECK_INT(peer_mqtt_publish(mqtt, "a", BR_STR("frozen"), 1, false, NULL), 0);
	CHECK(!peer_loop_until(loop, has_message, &line, 300));
	test_proxy_mend(proxy);
	CHECK(peer_loop_until(loop, has_message, &line, 5000));
	CHECK(test_proxy_bytes(proxy) > 100);
	peer_mqtt_destroy(mqtt);
	test_proxy_stop(proxy);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

/* One side is closed, and the other one believes in its connection and talks to nobody. */
static void test_the_proxy_leaves_connections_half_open(void)
{
	static const enum test_proxy_side sides[] = {TEST_PROXY_TARGET, TEST_PROXY_CLIENT};
	struct test_broker broker;
	struct test_proxy *proxy;
	struct peer_loop *loop = NULL;
	struct peer_mqtt *mqtt;

	test_broker_start(&broker, "broker", NULL);
	proxy = test_proxy_start(0, broker.port);
	REQUIRE(peer_loop_create(&loop) == 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(sides); i++) {
		struct peer_mqtt *direct;

		mqtt = client(loop, test_proxy_port(proxy), NULL);
		CHECK(peer_loop_until(loop, is_up, mqtt, 5000));
		test_proxy_strand(proxy, sides[i]);
		if (sides[i] == TEST_PROXY_CLIENT) {
			CHECK(peer_loop_until(loop, is_down, mqtt, 5000));
			/* A new connection passes. */
			CHECK(peer_loop_until(loop, is_up, mqtt, 5000));
		} else {
			CHECK(!peer_loop_until(loop, is_down, mqtt, 400));
		}
		peer_mqtt_destroy(mqtt);
		direct = client(loop, broker.port, NULL);
		peer_mqtt_subscribe(direct, "a", 1);
		CHECK(peer_loop_until(loop, is_up, direct, 5000));
		mqtt = client(loop, test_proxy_port(proxy), NULL);
		CHECK(peer_loop_until(loop, is_up, mqtt, 5000));
		if (sides[i] == TEST_PROXY_TARGET)
			test_proxy_strand(proxy, sides[i]);
		line.messages = 0;
		CHECK_INT(peer_mqtt_publish(mqtt, "a", BR_STR("x"), 0, false, NULL), 0);
		CHECK_INT(peer_loop_until(loop, has_message, &line, 400),
			sides[i] == TEST_PROXY_CLIENT);
		peer_mqtt_destroy(mqtt);
		peer_mqtt_destroy(direct);
	}
	test_proxy_stop(proxy);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

int main(int argc, char **argv)
{
	TEST(test_a_program_runs_and_is_stopped);
	TEST(test_a_killed_program_says_by_what);
	TEST(test_the_client_works_on_port_and_socket);
	TEST(test_the_client_comes_back);
	TEST(test_the_proxy_cuts_delays_and_mends);
	TEST(test_the_proxy_leaves_connections_half_open);
	return test_end(argc, argv);
}
