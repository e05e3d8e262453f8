/*
 * The bridge's configuration, and the whole link through two real brokers: the store's with that
 * configuration, and HQ's behind a line that can be cut.
 */
#include "cloud-sync/bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/link.h"
#include "node/tables.h"
#include "tests/cloud-sync/fake_hq.h"
#include "tests/cloud-sync/shop.h"
#include "tests/lib/broker.h"
#include "tests/lib/proxy.h"

#define WAIT_MS 40000

static void config_make(struct br_config *config)
{
	br_config_init(config);
	(void)snprintf(config->store_id, sizeof(config->store_id), "0412");
	(void)snprintf(config->link_host, sizeof(config->link_host), "hq.example");
	config->link_port = 8883;
	config->link_enabled = true;
	config->link_ca[0] = config->link_certificate[0] = config->link_key[0] = '\0';
}

static int write_text(const struct br_config *config, struct br_text *text, struct br_fault *fault)
{
	br_text_init(text, 8192);
	fault->text[0] = '\0';
	return br_bridge_write(config, text, fault);
}

static void test_the_configuration_keeps_to_the_portable_profile(void)
{
	struct br_config config;
	struct br_fault fault;
	struct br_text text;

	config_make(&config);
	REQUIRE(write_text(&config, &text, &fault) == 0);
	CHECK_HAS(text.bytes, "\nconnection backroom-0412\naddress hq.example:8883\n");
	CHECK_HAS(text.bytes, "\nbridge_protocol_version mqttv311\n");
	CHECK_HAS(text.bytes, "\ntry_private false\n");
	CHECK_HAS(text.bytes, "\nnotifications_local_only true\n");
	CHECK_HAS(text.bytes, "\ncleansession false\n");
	CHECK_HAS(text.bytes, "\nrestart_timeout 2 30\n");
	CHECK_HAS(text.bytes,
		"\nremote_clientid backroom-0412\nlocal_clientid backroom-0412-bridge\n");
	CHECK_HAS(text.bytes, "\nbridge_outgoing_retain false\n");
	CHECK_HAS(text.bytes, "\ntopic catalog in 1 backroom/dn/ dn/0412/\n");
	CHECK(strstr(text.bytes, "topic #") == NULL);
	CHECK(strstr(text.bytes, "both") == NULL && strstr(text.bytes, "bridge_cafile") == NULL);
	CHECK_HAS(text.bytes, "\n# link.ca is empty: no TLS");
	br_text_finish(&text);
}

static void test_the_shard_is_of_the_store_id(void)
{
	struct br_config config;
	char shard[BR_SHARD_BYTES];
	struct br_fault fault;
	struct br_text text;

	/* printf 0412 | sha256sum; FIPS 180-2's own "abc" */
	br_link_shard("abc", shard);
	CHECK_TEXT(shard, "ba");
	br_link_shard("0412", shard);
	CHECK_INT(strlen(shard), 2);
	config_make(&config);
	REQUIRE(write_text(&config, &text, &fault) == 0);
	CHECK_HAS(text.bytes, "\ntopic stock out 1 backroom/up/ up/");
	CHECK(strncmp(strstr(text.bytes, " up/") + 4, shard, 2) == 0);
	CHECK_HAS(text.bytes, "/0412/\n");
	br_text_finish(&text);
}

static void test_tls_is_written_when_given(void)
{
	struct br_config config;
	struct br_fault fault;
	struct br_text text;

	config_make(&config);
	(void)snprintf(config.link_ca, sizeof(config.link_ca), "/etc/backroom/hq ca.pem");
	REQUIRE(write_text(&config, &text, &fault) == 0);
	CHECK_HAS(text.bytes, "\nbridge_cafile /etc/backroom/hq ca.pem\n");
	CHECK(strstr(text.bytes, "bridge_certfile") == NULL);
	CHECK(strstr(text.bytes, "no TLS") == NULL && strstr(text.bytes, "insecure") == NULL);
	br_text_finish(&text);
	(void)snprintf(config.link_certificate, sizeof(config.link_certificate), "/c.pem");
	(void)snprintf(config.link_key, sizeof(config.link_key), "/k.pem");
	REQUIRE(write_text(&config, &text, &fault) == 0);
	CHECK_HAS(text.bytes, "\nbridge_certfile /c.pem\nbridge_keyfile /k.pem\n");
	br_text_finish(&text);
	/* Both in one file, which changes in one step. */
	config.link_key[0] = '\0';
	REQUIRE(write_text(&config, &text, &fault) == 0);
	CHECK_HAS(text.bytes, "\nbridge_certfile /c.pem\nbridge_keyfile /c.pem\n");
	br_text_finish(&text);
}

static void test_a_second_address_is_a_fallback(void)
{
	struct br_config config;
	struct br_fault fault;
	struct br_text text;

	config_make(&config);
	(void)snprintf(config.link_fallback_host, sizeof(config.link_fallback_host), "hq2.example");
	config.link_fallback_port = 8884;
	REQUIRE(write_text(&config, &text, &fault) == 0);
	CHECK_HAS(text.bytes, "\naddresses hq.example:8883 hq2.example:8884\n");
	CHECK_HAS(text.bytes, "\nround_robin false\n");
	CHECK(strstr(text.bytes, "\naddress hq") == NULL);
	br_text_finish(&text);
}

static void refused_with(const struct br_config *config, const char *says)
{
	struct br_fault fault;
	struct br_text text;

	CHECK_INT(write_text(config, &text, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, says);
	CHECK_INT(text.n, 0);
	br_text_finish(&text);
}

static void test_values_that_would_break_the_file_are_refused(void)
{
	struct br_config config;

	config_make(&config);
	(void)snprintf(config.store_id, sizeof(config.store_id), "a/b");
	refused_with(&config, "store.id");
	config_make(&config);
	config.link_host[0] = '\0';
	refused_with(&config, "link.host: is empty");
	(void)snprintf(config.link_host, sizeof(config.link_host), "a\nallow_anonymous true");
	refused_with(&config, "link.host: control characters");
	(void)snprintf(config.link_host, sizeof(config.link_host), "a b");
	refused_with(&config, "blanks");
	config_make(&config);
	config.link_port = 65536;
	refused_with(&config, "link.port: allowed is 1 to 65535");
	config_make(&config);
	(void)snprintf(config.link_fallback_host, sizeof(config.link_fallback_host), "a b");
	refused_with(&config, "link.fallback_host");
	(void)snprintf(config.link_fallback_host, sizeof(config.link_fallback_host), "a");
	config.link_fallback_port = 0;
	refused_with(&config, "link.fallback_port: allowed is 1 to 65535");
	config_make(&config);
	(void)snprintf(config.link_ca, sizeof(config.link_ca), "/a\rtopic # both");
	refused_with(&config, "link.ca");
	config_make(&config);
	(void)snprintf(config.link_key, sizeof(config.link_key), "/k");
	refused_with(&config, "link.key: is of no use without link.certificate");
	(void)snprintf(config.link_certificate, sizeof(config.link_certificate), "/c");
	refused_with(&config, "link.ca: is needed");
}

/* The node's side on the store's broker, HQ on its own, in one process and one loop. */
struct line {
	struct test_broker shop_broker, hq_broker;
	struct test_proxy *proxy, *second; /* the ways to HQ; the second may be NULL */
	struct br_loop *loop;
	struct br_bus *bus, *hq_bus;
	struct br_store *store;
	struct br_keys *keys;
	struct br_core *core;
	struct br_link *link;
	struct fake_hq hq;
	struct br_loop_source *timer;
	bool (*done)(struct line *line);
	int64_t end_ms;
	unsigned adjust_n, store_n; /* every store has a ledger of its own */
};

static struct line line;

static uint32_t roll(void *context BR_UNUSED)
{
	return 4;
}

/* As the daemon's turn: commit, then the link, then what both have for the brokers. */
static int turn(void *owner)
{
	struct line *l = owner;
	int result = br_core_commit(l->core);

	if (result == 0)
		result = br_link_turn(l->link);
	br_bus_write(l->bus);
	br_bus_write(l->hq_bus);
	return result;
}

static void hq_message(void *owner, const struct br_message *message)
{
	struct line *l = owner;
	char shard[BR_SHARD_BYTES], prefix[64];

	br_link_shard("0412", shard);
	(void)snprintf(prefix, sizeof(prefix), "up/%s/0412/", shard);
	REQUIRE(br_str_starts(message->topic, prefix));
	CHECK(!message->retained);
	fake_hq_receive(&l->hq, message->topic.s + strlen(prefix), message->payload, test_now_ms());
}

static void hq_says(void *context, const char *lane, struct br_str payload)
{
	struct line *l = context;
	struct br_publisher publisher = br_bus_publisher(l->hq_bus);
	char topic[64];

	(void)snprintf(topic, sizeof(topic), "dn/0412/%s", lane);
	(void)publisher.publish(publisher.context, topic, payload, 1, false);
}

static void look(void *owner)
{
	struct line *l = owner;

	fake_hq_tick(&l->hq, test_now_ms());
	if (l->done(l) || test_now_ms() > l->end_ms)
		br_loop_end(l->loop, 0);
	br_loop_timer_set(l->timer, 20);
}

/* Runs the loop until it holds; false when the time is over. */
static bool run_until(bool (*done)(struct line *l))
{
	line.done = done;
	line.end_ms = test_now_ms() + WAIT_MS;
	br_loop_timer_set(line.timer, 0);
	CHECK_INT(br_loop_run(line.loop), 0);
	return done(&line);
}

static void submit(const char *json)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.actor = BR_STR("test"), .now_ms = SHOP_WALL_MS};
	enum br_refusal refusal;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_json_parse(br_str_from(json), &root, &fault) == 0);
	REQUIRE(br_command_from_json(root, &arena, &command, &refusal, &fault) == 0);
	REQUIRE(br_core_submit(line.core, &command, NULL) == 0);
	br_arena_finish(&arena);
}

static void adjust(unsigned n)
{
	char json[256];

	while (n-- > 0) {
		(void)snprintf(json, sizeof(json),
			"{\"id\":\"a-%u\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":"
			"\"adjust\",\"quantity\":1,\"reason\":\"found\"}}",
			++line.adjust_n);
		submit(json);
	}
	REQUIRE(br_core_commit(line.core) == 0);
}

static struct br_link_state state(void)
{
	struct br_link_state now;

	br_link_state(line.link, &now);
	return now;
}

static bool has_all(struct line *l)
{
	return l->hq.lanes[1].n == l->adjust_n && state().backlog == 0 && fake_hq_answered(&l->hq);
}

static bool is_up(struct line *l BR_UNUSED)
{
	return state().condition == BR_LINK_UP;
}

static bool is_down(struct line *l BR_UNUSED)
{
	return state().condition == BR_LINK_DOWN;
}

static struct br_bus *bus_open(const struct test_broker *broker, const char *id)
{
	struct br_bus_options options = {.socket = broker->socket, .client_id = id};
	struct br_bus *bus = NULL;

	REQUIRE(br_bus_create(line.loop, &options, &bus, NULL) == 0);
	return bus;
}

static void node_open(void)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_link_options link_options = {.store_id = "0412",
		.version = "0.1.0",
		.dice = {roll, NULL},
		.reconcile = {.hour = -1}, /* whenever the test runs */
		.enabled = true};
	struct br_keys_options keys_options = {.sync_off = true};
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/node-%u", test_folder(), line.store_n);
	REQUIRE(br_store_open(path, &options, &line.store, NULL) == 0);
	(void)snprintf(path, sizeof(path), "%s/node-keys", test_folder());
	REQUIRE(br_keys_open(path, &keys_options, &line.keys, NULL) == 0);
	REQUIRE(br_core_create(line.store, line.keys, &line.core, NULL) == 0);
	line.bus = bus_open(&line.shop_broker, "node");
	REQUIRE(br_link_create(line.loop, line.core, line.store, br_bus_publisher(line.bus),
			&br_clock_system, &link_options, &line.link, NULL) == 0);
	REQUIRE(br_bus_route(line.bus, BR_LINK_FILTER_DOWN, 1, br_link_message, line.link) == 0);
	REQUIRE(br_bus_route(line.bus, BR_LINK_FILTER_STATE, 0, br_link_message, line.link) == 0);
	br_bus_on_state(line.bus, br_link_connected, line.link);
	br_bus_start(line.bus);
}

static void node_close(void)
{
	br_bus_destroy(BR_TAKE(line.bus));
	br_link_destroy(BR_TAKE(line.link));
	br_core_destroy(BR_TAKE(line.core));
	br_keys_close(BR_TAKE(line.keys));
	br_store_close(BR_TAKE(line.store));
}

static void line_open(bool two_ways)
{
	struct br_config config;
	struct br_fault fault;
	struct br_text text;

	line.adjust_n = 0;
	line.store_n++;
	REQUIRE(br_loop_create(&line.loop) == 0);
	br_loop_on_turn(line.loop, turn, &line);
	REQUIRE(br_loop_timer(line.loop, look, &line, &line.timer) == 0);
	test_broker_start(&line.hq_broker, "hq", NULL);
	line.proxy = test_proxy_start(0, line.hq_broker.port);
	config_make(&config);
	(void)snprintf(config.link_host, sizeof(config.link_host), "127.0.0.1");
	config.link_port = test_proxy_port(line.proxy);
	line.second = NULL;
	if (two_ways) {
		line.second = test_proxy_start(0, line.hq_broker.port);
		(void)snprintf(
			config.link_fallback_host, sizeof(config.link_fallback_host), "localhost");
		config.link_fallback_port = test_proxy_port(line.second);
	}
	REQUIRE(write_text(&config, &text, &fault) == 0);
	test_broker_start(&line.shop_broker, "shop", text.bytes);
	br_text_finish(&text);
	fake_hq_init(&line.hq, "00000000000000aa", hq_says, &line);
	line.hq_bus = bus_open(&line.hq_broker, "hq");
	REQUIRE(br_bus_route(line.hq_bus, "up/#", 1, hq_message, &line) == 0);
	br_bus_start(line.hq_bus);
	node_open();
}

static void line_close(void)
{
	node_close();
	br_bus_destroy(BR_TAKE(line.hq_bus));
	br_loop_source_destroy(BR_TAKE(line.timer));
	br_loop_destroy(BR_TAKE(line.loop));
	test_broker_stop(&line.shop_broker);
	test_proxy_stop(line.proxy);
	if (line.second != NULL)
		test_proxy_stop(line.second);
	test_broker_stop(&line.hq_broker);
	fake_hq_finish(&line.hq);
}

static void test_events_and_commands_cross_real_brokers(void)
{
	line_open(false);
	submit("{\"id\":\"p\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\",\"name\":\"a\"}"
	       "}");
	adjust(50);
	fake_hq_command(&line.hq, 1, "hq-1",
		"{\"id\":\"hq-1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"N\",\"name\":"
		"\"n\"}}");
	CHECK(run_until(has_all));
	CHECK_INT(state().condition, BR_LINK_UP);
	CHECK_TEXT(line.hq.outboxes[1].commands[0].outcome, "accepted");
	/* The line is cut; the store goes on; both sides have something to say. */
	test_proxy_cut(line.proxy);
	CHECK(run_until(is_down));
	adjust(300);
	fake_hq_command(&line.hq, 1, "hq-2",
		"{\"id\":\"hq-2\",\"type\":\"product.remove\",\"data\":{\"sku\":\"N\"}}");
	CHECK_INT(state().lanes[1].in_flight, 0);
	test_proxy_mend(line.proxy);
	CHECK(run_until(has_all));
	CHECK_TEXT(line.hq.outboxes[1].commands[1].outcome, "accepted");
	/* The store's broker is killed with all it had in memory. */
	adjust(20);
	test_broker_kill(&line.shop_broker);
	CHECK(run_until(is_down));
	adjust(20);
	test_broker_restart(&line.shop_broker);
	CHECK(run_until(is_up));
	CHECK(run_until(has_all));
	/* The node is killed and comes back. */
	adjust(20);
	node_close();
	node_open();
	CHECK(run_until(has_all));
	CHECK_INT(line.hq.violations, 0);
	line_close();
}

static uint64_t first_bytes;

/* Connected, and by the first way again. */
static bool is_back(struct line *l)
{
	return is_up(l) && test_proxy_bytes(l->proxy) > first_bytes + 500;
}

static void test_the_second_way_is_taken_while_the_first_is_away(void)
{
	line_open(true);
	submit("{\"id\":\"p\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\",\"name\":\"a\"}"
	       "}");
	adjust(10);
	CHECK(run_until(has_all));
	CHECK_INT(test_proxy_bytes(line.second), 0);
	test_proxy_cut(line.proxy);
	CHECK(run_until(is_down));
	adjust(20);
	CHECK(run_until(is_up));
	CHECK(run_until(has_all));
	CHECK(test_proxy_bytes(line.second) > 0);
	first_bytes = test_proxy_bytes(line.proxy);
	/* The first one is what counts: mosquitto looks for it, and goes back. */
	test_proxy_mend(line.proxy);
	CHECK(run_until(is_back));
	adjust(20);
	CHECK(run_until(has_all));
	CHECK_INT(line.hq.violations, 0);
	line_close();
}

int main(int argc, char **argv)
{
	TEST(test_the_configuration_keeps_to_the_portable_profile);
	TEST(test_the_shard_is_of_the_store_id);
	TEST(test_tls_is_written_when_given);
	TEST(test_a_second_address_is_a_fallback);
	TEST(test_values_that_would_break_the_file_are_refused);
	TEST(test_events_and_commands_cross_real_brokers);
	TEST(test_the_second_way_is_taken_while_the_first_is_away);
	return test_end(argc, argv);
}
