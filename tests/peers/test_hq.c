/* peer-hq: reading batches, and the program against a store that is written out by hand. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/json.h"
#include "tests/lib/broker.h"
#include "tests/lib/test.h"
#include "tests/peers/digest.h"
#include "tests/peers/hq.h"
#include "tests/peers/mqtt.h"

#define EPOCH "00112233445566aa"

/* Writes a batch of `n` events whose sequences are first, first + step, … */
static struct br_str batch_write(
	char *buffer, size_t size, uint64_t prev, uint64_t first, uint64_t step, unsigned n)
{
	static char events[32768];
	size_t at = 0;
	int total;

	events[at++] = '[';
	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(events + at, sizeof(events) - at,
			"%s{\"specversion\":\"1.0\",\"id\":\"%020" PRIu64
			"\",\"source\":\"/store/0412\",\"type\":\"org.backroom.stock.moved.v1\","
			"\"subject\":\"a [\\\"1\",\"time\":\"2026-03-01T10:00:00.000Z\","
			"\"data\":{\"sku\":\"a\",\"quantity\":%u}}",
			i > 0 ? "," : "", first + i * step, i);
	events[at++] = ']';
	total = snprintf(buffer, size,
		"{\"store\":\"0412\",\"epoch\":\"" EPOCH
		"\",\"lane\":\"stock\",\"prev_seq\":%" PRIu64 ",\"first_seq\":%" PRIu64
		",\"last_seq\":%" PRIu64
		",\"n\":%u,\"thinned\":7,\"crc32c\":\"%08x\",\"events\":%.*s}",
		prev, first, first + (n - 1) * step, n, peer_crc32c(events, at), (int)at, events);
	REQUIRE(total > 0 && (size_t)total < size);
	return (struct br_str){buffer, (size_t)total};
}

static void test_a_batch_is_read(void)
{
	static char text[65536];
	static struct peer_batch batch;
	struct br_fault fault = {""};

	REQUIRE(peer_batch_parse(batch_write(text, sizeof(text), 100, 101, 3, 5), &batch, &fault) ==
		0);
	CHECK_TEXT(batch.store, "0412");
	CHECK_TEXT(batch.epoch, EPOCH);
	CHECK_INT(batch.event_n, 5);
	CHECK_INT(batch.prev_seq, 100);
	CHECK_INT(batch.thinned, 7);
	CHECK_INT(batch.events[4].sequence, 113);
	CHECK_STR(batch.events[1].subject, "a [\"1");
	CHECK(br_str_starts(batch.events[1].raw, "{\"specversion\":\"1.0\""));
	CHECK(batch.events[1].raw.s[batch.events[1].raw.n - 1] == '}');
	peer_batch_finish(&batch);
}

/* Replaces `from` by `to`, of the same length, in a fresh good batch and parses it. */
static int changed(const char *from, const char *to, struct br_fault *fault)
{
	static char text[65536];
	static struct peer_batch batch;
	struct br_str payload = batch_write(text, sizeof(text), 100, 101, 3, 5);
	char *at = strstr(text, from);
	int error;

	REQUIRE(at != NULL && strlen(from) == strlen(to));
	memcpy(at, to, strlen(to));
	error = peer_batch_parse(payload, &batch, fault);
	peer_batch_finish(&batch);
	return error;
}

static void test_a_wrong_batch_is_refused(void)
{
	static const struct {
		const char *from, *to;
		int error;
		const char *says;
	} cases[] = {
		{"\"quantity\":3", "\"quantity\":9", BR_E_CORRUPT, "crc32c"},
		{"\"n\":5", "\"n\":4", BR_E_INVALID, "n is not"},
		{"\"first_seq\":101", "\"first_seq\":104", BR_E_INVALID, "first_seq"},
		{"\"prev_seq\":100", "\"prev_seq\":101", BR_E_INVALID, "does not come after"},
		{"\"epoch\":\"0", "\"epoch\":\"x", BR_E_INVALID, "epoch"},
		{"\"lane\"", "\"lain\"", BR_E_INVALID, "lane"},
		{"\"events\"", "\"evants\"", BR_E_INVALID, "events"},
		{"{\"store\"", "[\"store\"", BR_E_INVALID, "JSON"},
		{"\"data\":{", "\"data\":[", BR_E_INVALID, "not JSON: the events"},
	};
	struct br_fault fault;

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		fault.text[0] = '\0';
		CHECK_INT(changed(cases[i].from, cases[i].to, &fault), cases[i].error);
		CHECK_HAS(fault.text, cases[i].says);
	}
}

static void test_no_bytes_make_the_reader_stumble(void)
{
	static char text[65536], mutated[65536];
	static struct peer_batch batch;
	struct br_str payload = batch_write(text, sizeof(text), 0, 1, 1, 3);
	unsigned bad = 0;

	for (int round = 0; round < 3000; round++) {
		size_t n = test_random() % 4 == 0 ? test_random() % payload.n : payload.n;

		memcpy(mutated, text, payload.n);
		for (uint64_t flips = test_random() % 4; flips > 0 && n > 0; flips--)
			mutated[test_random() % n] = (char)test_random();
		bad += peer_batch_parse((struct br_str){mutated, n}, &batch, NULL) < 0;
		peer_batch_finish(&batch);
	}
	CHECK(bad > 1500 && bad < 3000);
}

static void test_the_shard_comes_from_the_id(void)
{
	char shard[3];

	/* printf 0412 | sha256sum */
	peer_hq_shard("0412", shard);
	CHECK_INT(strlen(shard), 2);
	peer_hq_shard("abc", shard);
	CHECK_TEXT(shard, "ba");
}

/* The store's side of the line. */
static struct shop {
	struct peer_mqtt *mqtt;
	char shard[3], up[64], last_ctl[1024];
	unsigned ctls, batches, commands;
	int64_t cum_seq; /* as in the last ack */
	uint64_t down_seq;
	char hq_epoch[17], first_type[32];
	bool silent;
	bool earlier; /* it answers under another epoch than HQ follows */
} shop;

static void up(const char *lane, struct br_str payload)
{
	(void)snprintf(shop.up, sizeof(shop.up), "up/%s/0412/%s", shop.shard, lane);
	CHECK_INT(peer_mqtt_publish(shop.mqtt, shop.up, payload, 1, false, NULL), 0);
}

static void commands_take(const struct br_json *root)
{
	static char ack[65536];
	struct br_str text;
	int64_t hq_seq = 0;
	size_t n;

	shop.batches++;
	if (br_json_string(br_json_member(root, "hq_epoch"), &text) &&
		!br_str_copy(text, shop.hq_epoch, sizeof(shop.hq_epoch)))
		CHECK(false);
	n = (size_t)snprintf(ack, sizeof(ack),
		"{\"type\":\"ack\",\"epoch\":\"%s\",\"hq_epoch\":\"%s\",\"lane\":\"catalog\","
		"\"results\":[",
		shop.earlier ? "00000000000000ee" : EPOCH, shop.hq_epoch);
	BR_JSON_EACH (command, br_json_member(root, "commands")) {
		CHECK(br_json_i64(br_json_member(command, "hq_seq"), &hq_seq));
		n += (size_t)snprintf(ack + n, sizeof(ack) - n,
			"{\"hq_seq\":%" PRIi64 ",\"id\":\"x\",\"outcome\":\"accepted\"},", hq_seq);
		CHECK(br_json_string(br_json_member(command, "type"), &text));
		CHECK(!br_str_is(text, "price.set") ||
			br_json_member(br_json_member(command, "data"), "from") != NULL);
		if (shop.commands++ == 0 &&
			!br_str_copy(text, shop.first_type, sizeof(shop.first_type)))
			CHECK(false);
	}
	if (shop.silent)
		return;
	if (!shop.earlier && (uint64_t)hq_seq > shop.down_seq)
		shop.down_seq = (uint64_t)hq_seq;
	/* The last comma makes way. */
	n -= ack[n - 1] == ',';
	(void)snprintf(ack + n, sizeof(ack) - n, "],\"cum_seq\":%" PRIi64 "}", hq_seq);
	up("ctl", br_str_from(ack));
}

static void on_down(void *context BR_UNUSED, const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;

	CHECK(message->payload.n <= 65536);
	REQUIRE(br_json_parse(message->payload, &root, NULL) == 0);
	if (strstr(message->topic, "/ctl") != NULL) {
		shop.ctls++;
		(void)snprintf(
			shop.last_ctl, sizeof(shop.last_ctl), "%.*s", BR_STR_ARG(message->payload));
		(void)!br_json_i64(br_json_member(root, "cum_seq"), &shop.cum_seq);
	} else {
		commands_take(root);
	}
}

static bool shop_is_up(void *context BR_UNUSED)
{
	return peer_mqtt_is_up(shop.mqtt);
}

static bool ctls_are(void *context)
{
	return shop.ctls >= *(unsigned *)context;
}

static bool commands_are(void *context)
{
	return shop.down_seq >= *(unsigned *)context;
}

static bool commands_heard(void *context)
{
	return shop.commands >= *(unsigned *)context;
}

static struct peer_loop *loop;

/* Sends and waits for the answer on ctl; returns the cursor it tells. */
static int64_t ask(const char *lane, struct br_str payload)
{
	unsigned wanted = shop.ctls + 1;

	up(lane, payload);
	REQUIRE(peer_loop_until(loop, ctls_are, &wanted, 10000));
	return shop.cum_seq;
}

static void shop_open(unsigned port)
{
	struct peer_mqtt_settings settings = {.port = port};
	struct peer_mqtt_events events = {.message = on_down};

	memset(&shop, 0, sizeof(shop));
	peer_hq_shard("0412", shop.shard);
	REQUIRE(peer_loop_create(&loop) == 0);
	REQUIRE(peer_mqtt_create(loop, &settings, &events, &shop.mqtt) == 0);
	peer_mqtt_subscribe(shop.mqtt, "dn/0412/#", 1);
	REQUIRE(peer_loop_until(loop, shop_is_up, NULL, 5000));
}

static void shop_close(void)
{
	peer_mqtt_destroy(shop.mqtt);
	peer_loop_destroy(loop);
}

static char control_path[108], file_path[512];

static void hq_start(struct test_process *hq, unsigned port, const char *generate)
{
	static char port_text[16];
	const char *argv[] = {test_program("tests/peers/peer-hq"), "--port", port_text, "--file",
		file_path, "--control", control_path, "--generate", generate, "--resend", "700",
		NULL};

	(void)snprintf(port_text, sizeof(port_text), "%u", port);
	test_process_start(hq, "hq", argv, NULL);
	REQUIRE(test_process_says(hq, "connected", 10000));
}

/* One line to HQ's control, its answer back; the loop stands still meanwhile. */
static void control(const char *line, char *answer, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t n = 0;
	ssize_t got;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", control_path);
	REQUIRE(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	REQUIRE(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
	while (n + 1 < size && (got = read(fd, answer + n, size - 1 - n)) > 0) {
		n += (size_t)got;
		if (answer[n - 1] == '\n')
			break;
	}
	answer[n] = '\0';
	(void)close(fd);
}

/* Whether HQ has that many answers: they may still be on their way when the commands have been. */
static bool answers_are(void *context)
{
	static char answer[4096];
	char part[40];

	control("{\"cmd\":\"stats\"}\n", answer, sizeof(answer));
	(void)snprintf(part, sizeof(part), "\"accepted\":%u,", *(unsigned *)context);
	return strstr(answer, part) != NULL;
}

static const char hello[] = "{\"type\":\"hello\",\"store\":\"0412\",\"epoch\":\"" EPOCH
			    "\",\"since\":1,\"version\":\"0\",\"hq_epoch\":\"\","
			    "\"lanes\":{},\"down\":{}}";

static void paths_set(const char *name)
{
	(void)snprintf(control_path, sizeof(control_path), "%s/%s.sock", test_folder(), name);
	(void)snprintf(file_path, sizeof(file_path), "%s/%s.sqlite", test_folder(), name);
}

static void test_batches_are_taken_once_and_answered_always(void)
{
	static char text[65536], answer[4096];
	struct test_broker broker;
	struct test_process hq = {0};

	paths_set("up");
	test_broker_start(&broker, "hq-broker", NULL);
	hq_start(&hq, broker.port, "0");
	shop_open(broker.port);
	CHECK_INT(ask("ctl", br_str_from(hello)), 0);
	CHECK_HAS(shop.last_ctl, "\"type\":\"welcome\"");
	CHECK_HAS(shop.last_ctl, "\"lanes\":{\"orders\":{\"cum_seq\":0,\"have\":[]},"
				 "\"stock\":{\"cum_seq\":0,\"have\":[]},"
				 "\"telemetry\":{\"cum_seq\":0,\"have\":[]}}");
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 0, 2, 2, 10)), 20);
	CHECK_HAS(shop.last_ctl, "\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":20,"
				 "\"have\":[],\"nack\":[],\"credit\":32}");
	/* The same again, one that overlaps, and one that comes before what is in front of it. */
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 0, 2, 2, 10)), 20);
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 10, 12, 2, 10)), 30);
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 36, 38, 2, 3)), 30);
	CHECK_HAS(shop.last_ctl, "\"cum_seq\":30,\"have\":[[36,42]],");
	/* A batch that was damaged on its way, in its head and in its events. */
	(void)batch_write(text, sizeof(text), 30, 32, 2, 3);
	*strstr(text, "moved") = 'M';
	CHECK_INT(ask("stock", br_str_from(text)), 30);
	CHECK_INT(ask("stock", BR_STR("no JSON")), 30);
	CHECK_INT(ask("orders", batch_write(text, sizeof(text), 30, 32, 2, 3)), 0);
	/* Things nobody can be answered for must leave HQ standing. */
	CHECK_INT(
		peer_mqtt_publish(shop.mqtt, "up/zz/0412/stock", BR_STR("{}"), 1, false, NULL), 0);
	up("ctl", BR_STR("{\"type\":\"what\"}"));
	up("ctl", BR_STR("\xff"));
	up("ctl", BR_STR("{\"type\":\"ack\"}"));
	/* The gap is filled, and both ends meet. */
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 30, 32, 2, 3)), 42);
	CHECK_HAS(shop.last_ctl, "\"cum_seq\":42,\"have\":[],");
	control("{\"cmd\":\"stats\"}\n", answer, sizeof(answer));
	CHECK_HAS(
		answer, "\"events\":21,\"thinned\":28,\"duplicates\":1,\"gaps\":1,\"bad_crc\":1,");
	CHECK_HAS(answer, "\"malformed\":7,\"wrong_shard\":1,\"hellos\":1,");
	CHECK_HAS(answer, "\"stores\":[{\"store\":\"0412\",\"events\":21,");
	shop_close();
	CHECK_INT(test_process_stop(&hq), 0);
	test_broker_stop(&broker);
}

/* What never came stays known, though the next epoch's first batch covers it. */
static void test_a_restored_store_is_told_how_whole_hq_was(void)
{
	static char text[65536];
	struct test_broker broker;
	struct test_process hq = {0};
	char *epoch;

	paths_set("whole");
	test_broker_start(&broker, "hq-broker", NULL);
	hq_start(&hq, broker.port, "0");
	shop_open(broker.port);
	CHECK_INT(ask("ctl", br_str_from(hello)), 0);
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 0, 2, 2, 10)), 20);
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 36, 38, 2, 3)), 20);
	(void)ask("ctl",
		BR_STR("{\"type\":\"hello\",\"store\":\"0412\",\"epoch\":\"00000000000000ee\","
		       "\"since\":1000,\"version\":\"0\",\"hq_epoch\":\"\",\"lanes\":{},"
		       "\"down\":{}}"));
	(void)batch_write(text, sizeof(text), 10, 1000, 2, 3);
	epoch = strstr(text, EPOCH);
	REQUIRE(epoch != NULL);
	memcpy(epoch, "00000000000000ee", 16);
	CHECK_INT(ask("stock", br_str_from(text)), 1004);
	(void)ask("ctl", BR_STR("{\"type\":\"recover\",\"epoch\":\"00000000000000ee\",\"after\":10,"
				"\"until\":999}"));
	CHECK_HAS(shop.last_ctl, "\"stock\":20,");
	shop_close();
	CHECK_INT(test_process_stop(&hq), 0);
	test_broker_stop(&broker);
}

static void test_a_killed_hq_knows_where_it_stood(void)
{
	static char text[65536];
	struct test_broker broker;
	struct test_process hq = {0};

	paths_set("killed");
	test_broker_start(&broker, "hq-broker", NULL);
	hq_start(&hq, broker.port, "0");
	shop_open(broker.port);
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 0, 1, 1, 50)), 50);
	test_process_kill(&hq);
	hq_start(&hq, broker.port, "0");
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 40, 41, 1, 10)), 50);
	CHECK_INT(ask("stock", batch_write(text, sizeof(text), 50, 51, 1, 10)), 60);
	shop_close();
	CHECK_INT(test_process_stop(&hq), 0);
	test_broker_stop(&broker);
}

static void test_commands_come_until_they_are_answered(void)
{
	static char answer[4096];
	unsigned wanted = 600, heard;
	struct test_broker broker;
	struct test_process hq = {0};

	paths_set("down");
	test_broker_start(&broker, "hq-broker", NULL);
	hq_start(&hq, broker.port, "300");
	shop_open(broker.port);
	control("{\"cmd\":\"price\",\"sku\":\"A000001\",\"amount\":1}\n", answer, sizeof(answer));
	CHECK_HAS(answer, "\"ok\":false");
	shop.silent = true;
	(void)ask("ctl", br_str_from(hello));
	/* Nobody answers: all of it comes again, from the beginning, also after a kill. */
	heard = 1200;
	CHECK(peer_loop_until(loop, commands_heard, &heard, 15000));
	test_process_kill(&hq);
	shop.silent = false;
	shop.commands = 0;
	hq_start(&hq, broker.port, "300");
	REQUIRE(peer_loop_until(loop, commands_are, &wanted, 10000));
	CHECK_TEXT(shop.first_type, "product.upsert");
	CHECK_INT(shop.commands, 600);
	CHECK(shop.batches >= 6);
	control("{\"cmd\":\"price\",\"sku\":\"A000001\",\"amount\":1.5}\n", answer, sizeof(answer));
	CHECK_HAS(answer, "{\"ok\":true,\"hq_seq\":601}");
	wanted = 601;
	CHECK(peer_loop_until(loop, commands_are, &wanted, 10000));
	control("{\"cmd\":\"order\",\"lines\":[{\"sku\":\"A000001\"}]}\n", answer, sizeof(answer));
	CHECK_HAS(answer, "\"order\":\"W10001\"");
	control("{\"cmd\":\"command\",\"lane\":\"catalog\",\"type\":\"product.remove\","
		"\"data\":{\"sku\":\"x\"}}\n",
		answer, sizeof(answer));
	CHECK_HAS(answer, "\"hq_seq\":602");
	control("{\"cmd\":\"order\"}\n", answer, sizeof(answer));
	CHECK_HAS(answer, "\"ok\":false");
	control("nonsense\n", answer, sizeof(answer));
	CHECK_HAS(answer, "\"ok\":false");
	shop_close();
	CHECK_INT(test_process_stop(&hq), 0);
	test_broker_stop(&broker);
}

/* A store that took the commands and died before it could say what became of them. */
static void test_a_lost_answer_is_asked_for_again(void)
{
	static char answer[4096], again[512];
	struct test_broker broker;
	struct test_process hq = {0};
	unsigned wanted = 10;

	paths_set("lost");
	test_broker_start(&broker, "hq-broker", NULL);
	hq_start(&hq, broker.port, "5");
	shop_open(broker.port);
	shop.silent = true;
	(void)ask("ctl", br_str_from(hello));
	REQUIRE(peer_loop_until(loop, commands_heard, &wanted, 10000));
	shop.silent = false;
	(void)snprintf(again, sizeof(again),
		"{\"type\":\"hello\",\"store\":\"0412\",\"epoch\":\"" EPOCH
		"\",\"since\":1,\"version\":\"0\",\"hq_epoch\":\"%s\",\"lanes\":{},"
		"\"down\":{\"orders\":0,\"catalog\":10}}",
		shop.hq_epoch);
	(void)ask("ctl", br_str_from(again));
	control("{\"cmd\":\"stats\"}\n", answer, sizeof(answer));
	CHECK_HAS(answer, "\"accepted\":0,");
	REQUIRE(peer_loop_until(loop, commands_are, &wanted, 10000));
	/* A price is another command; its answer comes behind those of the ten. */
	control("{\"cmd\":\"price\",\"sku\":\"A000001\",\"amount\":1.5}\n", answer, sizeof(answer));
	wanted = 11;
	CHECK(peer_loop_until(loop, commands_are, &wanted, 10000));
	(void)ask("ctl", br_str_from(again));
	control("{\"cmd\":\"stats\"}\n", answer, sizeof(answer));
	CHECK_HAS(answer, "\"accepted\":11,");
	shop_close();
	CHECK_INT(test_process_stop(&hq), 0);
	test_broker_stop(&broker);
}

/* A ledger that was replaced by a backup is heard late: what it answered is asked again, and it is
 * followed no more, even if HQ had never heard of it. */
static void test_what_an_earlier_ledger_says_does_not_count(void)
{
	static char answer[4096];
	struct test_broker broker;
	struct test_process hq = {0};
	unsigned wanted = 10;

	paths_set("earlier");
	test_broker_start(&broker, "hq-broker", NULL);
	hq_start(&hq, broker.port, "5");
	shop_open(broker.port);
	shop.earlier = true;
	(void)ask(
		"ctl", BR_STR("{\"type\":\"hello\",\"store\":\"0412\",\"epoch\":\"" EPOCH
			      "\",\"since\":1000,\"version\":\"0\",\"hq_epoch\":\"\",\"lanes\":{},"
			      "\"down\":{\"orders\":0,\"catalog\":0}}"));
	REQUIRE(peer_loop_until(loop, commands_heard, &wanted, 10000));
	(void)ask("ctl", BR_STR("{\"type\":\"hello\",\"store\":\"0412\",\"epoch\":"
				"\"00000000000000ee\",\"since\":900,\"version\":\"0\","
				"\"hq_epoch\":\"\",\"lanes\":{},"
				"\"down\":{\"orders\":0,\"catalog\":0}}"));
	CHECK_HAS(shop.last_ctl, "\"code\":\"epoch_left\"");
	control("{\"cmd\":\"stats\"}\n", answer, sizeof(answer));
	CHECK_HAS(answer, "\"accepted\":0,");
	shop.earlier = false;
	REQUIRE(peer_loop_until(loop, commands_are, &wanted, 10000));
	CHECK(peer_loop_until(loop, answers_are, &wanted, 10000));
	shop_close();
	CHECK_INT(test_process_stop(&hq), 0);
	test_broker_stop(&broker);
}

/* Whoever hears "ok" from the control may kill HQ at once. */
static void test_what_the_control_agreed_to_is_committed(void)
{
	static char answer[4096];
	char seq[32];
	struct test_broker broker;
	struct test_process hq = {0};

	paths_set("agreed");
	test_broker_start(&broker, "hq-broker", NULL);
	hq_start(&hq, broker.port, "5");
	shop_open(broker.port);
	(void)ask("ctl", br_str_from(hello));
	for (unsigned i = 1; i <= 5; i++) {
		control("{\"cmd\":\"price\",\"sku\":\"A000001\",\"amount\":1}\n", answer,
			sizeof(answer));
		test_process_kill(&hq);
		(void)snprintf(seq, sizeof(seq), "\"hq_seq\":%u}", 10 + i);
		CHECK_HAS(answer, seq);
		hq_start(&hq, broker.port, "5");
	}
	shop_close();
	CHECK_INT(test_process_stop(&hq), 0);
	test_broker_stop(&broker);
}

int main(int argc, char **argv)
{
	TEST(test_a_batch_is_read);
	TEST(test_a_wrong_batch_is_refused);
	TEST(test_no_bytes_make_the_reader_stumble);
	TEST(test_the_shard_comes_from_the_id);
	TEST(test_batches_are_taken_once_and_answered_always);
	TEST(test_a_restored_store_is_told_how_whole_hq_was);
	TEST(test_a_killed_hq_knows_where_it_stood);
	TEST(test_commands_come_until_they_are_answered);
	TEST(test_a_lost_answer_is_asked_for_again);
	TEST(test_what_an_earlier_ledger_says_does_not_count);
	TEST(test_what_the_control_agreed_to_is_committed);
	return test_end(argc, argv);
}
