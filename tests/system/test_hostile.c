/*
 * An HQ that has gone mad, or somebody who talks in its name: whatever it says over the bridge is
 * refused with a reason, and nothing moves: no event, no cursor, no mark. The test is HQ itself, by
 * the contract alone; before, between and after the mad messages it is an honest one.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/peers/mqtt.h"
#include "tests/system/store_node.h"

#define HQ_EPOCH "00000000000000aa"
#define WAIT_MS 30000
#define PAYLOAD_BYTES 131072

static struct store_node node;
static struct peer_loop *loop;
static struct peer_mqtt *mqtt;

/* What the store has said last, and where both stand. */
static struct {
	char epoch[17];			   /* the store's */
	uint64_t orders, stock, telemetry; /* taken by this HQ */
	uint64_t catalog;		   /* commands that the store has answered */
	unsigned welcomes;
	char answer[65536]; /* the last ack of commands */
} hq;

static void say(const char *lane, const char *text, size_t n)
{
	char topic[64];

	(void)snprintf(topic, sizeof(topic), "dn/0412/%s", lane);
	REQUIRE(peer_mqtt_publish(mqtt, topic, (struct br_str){text, n}, 1, false, NULL) == 0);
}

static void said(const char *lane, const char *format, ...) BR_PRINTF(2, 3);

static void said(const char *lane, const char *format, ...)
{
	char text[2048];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	REQUIRE(n > 0 && (size_t)n < sizeof(text));
	say(lane, text, (size_t)n);
}

static void on_hello(const struct br_json *hello)
{
	struct br_str epoch, id;

	REQUIRE(br_json_string(br_json_member(hello, "id"), &id));
	REQUIRE(br_json_string(br_json_member(hello, "epoch"), &epoch));
	REQUIRE(br_str_copy(epoch, hq.epoch, sizeof(hq.epoch)));
	hq.welcomes++;
	said("ctl",
		"{\"type\":\"welcome\",\"id\":\"%.*s\",\"hq_epoch\":\"" HQ_EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":%" PRIu64 "},\"stock\":{\"cum_seq\":%" PRIu64
		"},\"telemetry\":{\"cum_seq\":%" PRIu64 "}}}",
		BR_STR_ARG(id), hq.orders, hq.stock, hq.telemetry);
}

static void on_ctl(const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str type;
	int64_t cum_seq;

	REQUIRE(br_json_parse(message->payload, &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "type"), &type));
	if (br_str_is(type, "hello")) {
		on_hello(root);
	} else if (br_str_is(type, "ack")) {
		REQUIRE(br_str_copy(message->payload, hq.answer, sizeof(hq.answer)));
		if (strstr(hq.answer, "\"lane\":\"catalog\"") != NULL &&
			br_json_i64(br_json_member(root, "cum_seq"), &cum_seq))
			hq.catalog = (uint64_t)cum_seq;
	}
}

/* Takes every batch that follows what it has, and confirms it. */
static void on_batch(const char *lane, struct br_str payload)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	uint64_t *taken = strcmp(lane, "orders") == 0  ? &hq.orders
			  : strcmp(lane, "stock") == 0 ? &hq.stock
						       : &hq.telemetry;
	int64_t prev, last;

	REQUIRE(br_json_parse(payload, &root, NULL) == 0);
	REQUIRE(br_json_i64(br_json_member(root, "prev_seq"), &prev));
	REQUIRE(br_json_i64(br_json_member(root, "last_seq"), &last));
	if ((uint64_t)prev <= *taken && (uint64_t)last > *taken)
		*taken = (uint64_t)last;
	said("ctl",
		"{\"type\":\"ack\",\"epoch\":\"%s\",\"lane\":\"%s\",\"cum_seq\":%" PRIu64
		",\"nack\":[],\"credit\":32}",
		hq.epoch, lane, *taken);
}

static void on_message(void *context BR_UNUSED, const struct peer_message *message)
{
	const char *lane = strrchr(message->topic, '/') + 1;

	if (strcmp(lane, "ctl") == 0)
		on_ctl(message);
	else
		on_batch(lane, message->payload);
}

static bool is_up(void *context BR_UNUSED)
{
	return peer_mqtt_is_up(mqtt);
}

static bool has_answer(void *context)
{
	return strstr(hq.answer, context) != NULL;
}

/* Lets the honest part of HQ do its work for a while. */
static bool never(void *context BR_UNUSED)
{
	return false;
}

static void turn(int64_t wait_ms)
{
	(void)peer_loop_until(loop, never, NULL, wait_ms);
}

/* What must not move. */
struct stand {
	int64_t head;
	uint64_t catalog;
	char lanes[1024];
};

/* The part of the API's answer about the link from `from` up to `until`. */
static void link_part(const char *from, const char *until, char *ret_part, size_t size)
{
	char answer[65536];
	const char *begin, *end;

	REQUIRE(store_node_answer(&node, "/api/v1/link", answer, sizeof(answer)));
	begin = strstr(answer, from);
	REQUIRE(begin != NULL);
	end = strstr(begin, until);
	REQUIRE(end != NULL && (size_t)(end - begin) < size);
	memcpy(ret_part, begin, (size_t)(end - begin));
	ret_part[end - begin] = '\0';
}

static struct stand stand_read(void)
{
	struct stand stand = {.catalog = hq.catalog};

	stand.head = store_node_metric(&node, "backroom_journal_head");
	link_part("\"lanes\":", ",\"down\"", stand.lanes, sizeof(stand.lanes));
	return stand;
}

static bool last_error_has(const char *part)
{
	char error[2048];

	link_part("\"last_error\":", ",\"compari", error, sizeof(error));
	return strstr(error, part) != NULL;
}

/*
 * One mad message. In `text` stand @E for the store's epoch, @M for the last command's number, @N
 * and @O for the next two, @B for what HQ has of the lane stock, @C for far beyond it.
 */
struct mad {
	const char *lane, *text;
	const char *says;   /* a part of what the store's link page says of it; NULL: nothing */
	const char *answer; /* a part of what HQ is told; NULL: nothing */
	unsigned moves;	    /* by so much the mark: a command that is none is answered for good */
	unsigned events;    /* journalled: that there was a conflict is kept */
};

/* No hello had this id. */
#define WELCOME "\"type\":\"welcome\",\"id\":\"0000000000000001\","
#define ACK "{\"type\":\"ack\",\"epoch\":\"@E\",\"lane\":\"stock\","
#define BATCH "{\"hq_epoch\":\"" HQ_EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":"
#define COMMAND BATCH "@M,\"commands\":[{\"hq_seq\":@N,"
#define LANES(N) \
	"\"lanes\":{\"orders\":{\"cum_seq\":" N "},\"stock\":{\"cum_seq\":" N \
	"},\"telemetry\":{\"cum_seq\":" N "}}}"

static const struct mad table[] = {
	/* No message at all. */
	{"ctl", "", .says = "empty"},
	{"ctl", "{", .says = "not JSON"},
	{"ctl", "\xff\xfe\x01", .says = "not JSON"},
	{"ctl", "[]", .says = "type: allowed"},
	{"ctl", "{\"type\":\"coup\"}", .says = "type: allowed"},
	{"ctl", "{\"type\":{\"type\":\"ack\"}}", .says = "type: allowed"},
	/* Acknowledgements: another life of the store, more than was sent, old ones. */
	{"ctl",
		"{\"type\":\"ack\",\"epoch\":\"ffffffffffffffff\",\"lane\":\"stock\",\"cum_seq\":@"
		"B}",
		.says = "an answer for epoch ffffffffffffffff"},
	{"ctl", ACK "\"cum_seq\":@C}", .says = "which this store never sent"},
	{"ctl", ACK "\"cum_seq\":9007199254740992}", .says = "which this store never sent"},
	{"ctl", ACK "\"cum_seq\":9007199254740994}", .says = "cum_seq: allowed"},
	{"ctl", ACK "\"cum_seq\":@B,\"have\":[[@B,@C]]}", .says = "which this store never sent"},
	{"ctl", ACK "\"cum_seq\":0}", .says = NULL},
	{"ctl", ACK "\"cum_seq\":1}", .says = NULL},
	{"ctl", ACK "\"cum_seq\":@B}", .says = NULL},
	{"ctl", ACK "\"cum_seq\":0,\"nack\":[[1,@C]]}", .says = NULL},
	{"ctl", ACK "\"cum_seq\":-1}", .says = "cum_seq: allowed"},
	{"ctl", "{\"type\":\"ack\",\"epoch\":\"@E\",\"lane\":\"payroll\",\"cum_seq\":1}",
		.says = "lane: allowed"},
	/* A welcome that nobody asked for, of another HQ and of this one with less or more. */
	{"ctl", "{" WELCOME "\"hq_epoch\":\"00000000000000bb\"," LANES("0"), .says = NULL},
	{"ctl", "{" WELCOME "\"hq_epoch\":\"" HQ_EPOCH "\"," LANES("0"), .says = NULL},
	{"ctl", "{" WELCOME "\"hq_epoch\":\"" HQ_EPOCH "\"," LANES("@C"), .says = NULL},
	{"ctl", "{\"type\":\"refused\",\"epoch\":\"ffffffffffffffff\",\"code\":\"epoch_left\"}",
		.says = "an answer for epoch ffffffffffffffff"},
	/* Verdicts of events that there are not, or not yet, or of another life. */
	{"ctl",
		"{\"type\":\"verdict\",\"epoch\":\"ffffffffffffffff\",\"events\":[{\"event\":1,"
		"\"accepted\":false,\"code\":\"no\"}]}",
		.says = NULL},
	{"ctl",
		"{\"type\":\"verdict\",\"epoch\":\"@E\",\"events\":[{\"event\":@C,\"accepted\":"
		"false,\"code\":\"no\"}]}",
		.says = "which was never sent"},
	{"ctl", "{\"type\":\"verdict\",\"epoch\":\"@E\",\"events\":[{\"event\":1}]}",
		.says = "code: is missing"},
	{"ctl", "{\"type\":\"verdict\",\"epoch\":\"@E\",\"events\":{}}",
		.says = "events: allowed is a list"},
	/* Answers to what was never asked. */
	{"ctl",
		"{\"type\":\"recovered\",\"epoch\":\"@E\",\"after\":0,\"until\":9,\"told\":9,"
		"\"whole\":{\"orders\":9,\"stock\":9},\"events\":[],\"end\":true}",
		.says = NULL},
	{"ctl",
		"{\"type\":\"ranges\",\"session\":\"0123456789abcdef\",\"round\":1,\"view\":"
		"\"stock\",\"at\":{\"orders\":@C,\"stock\":@C},\"answers\":[true]}",
		.says = NULL},
	{"ctl", "{\"type\":\"checked\",\"id\":\"nobody\",\"time\":\"2026-03-01T00:00:00.000Z\"}",
		.says = NULL},
	/* Commands: no batch, another HQ, another lane. */
	{"catalog", "", .says = "empty"},
	{"catalog", "{\"hq_epoch\":", .says = "not JSON"},
	{"orders", "[7]", .says = "hq_epoch"},
	{"catalog",
		"{\"hq_epoch\":\"00000000000000bb\",\"lane\":\"catalog\",\"prev_seq\":@M,"
		"\"commands\":[{\"hq_seq\":@N,\"id\":\"b\",\"type\":\"product.remove\",\"data\":{"
		"\"sku\":\"A\"}}]}",
		.says = "is not the one of HQ's last welcome"},
	{"orders",
		BATCH "@M,\"commands\":[{\"hq_seq\":@N,\"id\":\"c\",\"type\":\"product.remove\","
		      "\"data\":{\"sku\":\"A\"}}]}",
		.says = "lane: allowed"},
	/* Jumps: before the batch, in it, back in it, and a number that was given before. */
	{"catalog", BATCH "@C,\"commands\":[]}", .answer = "\"results\":[]"},
	{"catalog", COMMAND "\"id\":\"d\"},{\"hq_seq\":@C,\"id\":\"e\"}]}",
		.says = "is expected, one after"},
	{"catalog", COMMAND "\"id\":\"d\"},{\"hq_seq\":@N,\"id\":\"e\"}]}",
		.says = "is expected, one after"},
	{"catalog", BATCH "-1,\"commands\":[]}", .says = "prev_seq: allowed"},
	{"catalog", BATCH "9007199254740994,\"commands\":[]}", .says = "prev_seq: allowed"},
	{"catalog",
		BATCH "0,\"commands\":[{\"hq_seq\":1,\"id\":\"other\",\"type\":\"product.remove\","
		      "\"data\":{\"sku\":\"A\"}}]}",
		.answer = "\"hq_seq\":1,\"id\":\"other\",\"outcome\":\"refused\""},
	{"catalog",
		BATCH "0,\"commands\":[{\"hq_seq\":1,\"id\":\"hq-1\",\"type\":\"product.remove\","
		      "\"data\":{\"sku\":\"A\"}}]}",
		.answer = "\"hq_seq\":1,\"id\":\"hq-1\",\"outcome\":\"conflict\"", .events = 1},
	/* Commands that are none, or not HQ's: refused with the reason, and never in the way. */
	{"catalog", COMMAND "\"id\":\"f\",\"type\":\"till.open\",\"data\":{}}]}",
		.answer = "\"code\":\"unknown_type\"", .moves = 1},
	{"catalog",
		COMMAND "\"id\":\"g\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":"
			"\"adjust\",\"quantity\":1000,\"reason\":\"HQ\"}}]}",
		.answer = "stock.move is the store's own", .moves = 1},
	{"catalog", COMMAND "\"id\":\"h\",\"type\":\"event.quarantine\",\"data\":{\"event\":1}}]}",
		.answer = "\"outcome\":\"refused\"", .moves = 1},
	{"catalog", COMMAND "\"id\":7,\"type\":\"product.remove\",\"data\":{\"sku\":\"A\"}}]}",
		.answer = "\"code\":\"malformed\"", .moves = 1},
	{"catalog", COMMAND "\"id\":\"i\",\"type\":\"product.upsert\",\"data\":[]}]}",
		.answer = "\"code\":\"malformed\"", .moves = 1},
	{"catalog",
		COMMAND "\"id\":\"0123456789012345678901234567890123456789012345678901234567890123"
			"456789\",\"type\":\"product.remove\",\"data\":{\"sku\":\"A\"}}]}",
		.answer = "\"code\":\"malformed\"", .moves = 1},
	{"catalog",
		COMMAND "\"id\":\"k\",\"type\":\"price.set\",\"data\":{\"sku\":\"A\",\"amount\":"
			"1e300}}]}",
		.answer = "\"outcome\":\"refused\"", .moves = 1},
};

/* The message as it goes out. */
static char *mad_write(const struct mad *mad, uint64_t mark)
{
	char *text = calloc(1, PAYLOAD_BYTES);
	size_t n = 0;

	REQUIRE(text != NULL);
	for (const char *c = mad->text; *c != '\0'; c++) {
		char letter = *c == '@' ? *++c : '\0';
		size_t left = PAYLOAD_BYTES - n;

		if (letter == 'E')
			n += (size_t)snprintf(text + n, left, "%s", hq.epoch);
		else if (letter == '\0')
			text[n++] = *c;
		else
			n += (size_t)snprintf(text + n, left, "%" PRIu64,
				letter == 'M'	? mark
				: letter == 'N' ? mark + 1
				: letter == 'B' ? hq.stock
						: hq.stock + 1000000);
	}
	return text;
}

#define MALFORMED "backroom_link_malformed_messages_total"

/* Waits until the store has refused more messages than so many. */
static void refusal_await(int64_t before, const char *text)
{
	int64_t end_ms = test_now_ms() + WAIT_MS;

	while (store_node_metric(&node, MALFORMED) <= before && test_now_ms() < end_ms)
		turn(5);
	if (!CHECK(store_node_metric(&node, MALFORMED) > before))
		printf("not refused: %.400s\n", text);
}

/* A message that is surely refused, and counted when it is: what was said before it is done. */
static void fence(void)
{
	int64_t before = store_node_metric(&node, MALFORMED);

	said("ctl", "{\"type\":\"fence\"}");
	refusal_await(before, "the fence");
}

static void stand_check(const struct stand *before, const struct mad *mad)
{
	struct stand now = stand_read();
	bool holds = CHECK_INT(now.head, before->head + mad->events);

	if (mad->events == 0)
		holds = CHECK_TEXT(now.lanes, before->lanes) && holds;
	holds = CHECK_INT(now.catalog, before->catalog + mad->moves) && holds;
	holds = CHECK(test_process_runs(&node.daemon)) && holds;
	if (!holds)
		printf("after %s: %s\n", mad->lane, mad->text);
}

static void mad_try(const struct mad *mad, const char *text)
{
	struct stand before = stand_read();
	int64_t refused = store_node_metric(&node, MALFORMED), end_ms = test_now_ms() + 5000;

	hq.answer[0] = '\0';
	say(mad->lane, text, strlen(text));
	if (mad->says != NULL) {
		refusal_await(refused, text);
		/* The page has it within a second. */
		while (!last_error_has(mad->says) && test_now_ms() < end_ms)
			turn(20);
		if (!CHECK(last_error_has(mad->says)))
			printf("%s is not said of %s: %.400s\n", mad->says, mad->lane, text);
	}
	if (mad->answer != NULL &&
		!CHECK(peer_loop_until(loop, has_answer, (void *)(uintptr_t)mad->answer, WAIT_MS)))
		printf("%s is not answered to %s: %.400s\n", mad->answer, mad->lane, text);
	if (mad->says == NULL && mad->answer == NULL)
		fence();
	stand_check(&before, mad);
	/* What was journalled goes to HQ, and then it stands again. */
	if (mad->events > 0)
		turn(2000);
}

static void command_accepted(const char *id, const char *type, const char *body)
{
	char part[64];

	(void)snprintf(part, sizeof(part), "\"id\":\"%s\",\"outcome\":\"accepted\"", id);
	hq.answer[0] = '\0';
	said("catalog",
		BATCH "%" PRIu64 ",\"commands\":[{\"hq_seq\":%" PRIu64
		      ",\"id\":\"%s\",\"type\":\"%s\",\"data\":%s}]}",
		hq.catalog, hq.catalog + 1, id, type, body);
	if (!CHECK(peer_loop_until(loop, has_answer, part, WAIT_MS)))
		printf("%s: %s\n", id, hq.answer);
}

/* HQ, honest, and a store that has said all it had to say. */
static void begin(void)
{
	static const struct peer_mqtt_events events = {.message = on_message};
	struct peer_mqtt_settings settings = {.client = "hq"};
	char part[64];

	store_node_prepare(&node, true, "");
	settings.port = node.hq_port;
	REQUIRE(peer_loop_create(&loop) == 0);
	REQUIRE(peer_mqtt_create(loop, &settings, &events, &mqtt) == 0);
	peer_mqtt_subscribe(mqtt, "up/+/+/orders", 1);
	peer_mqtt_subscribe(mqtt, "up/+/+/stock", 1);
	peer_mqtt_subscribe(mqtt, "up/+/+/telemetry", 1);
	peer_mqtt_subscribe(mqtt, "up/+/+/ctl", 1);
	REQUIRE(peer_loop_until(loop, is_up, NULL, WAIT_MS));
	store_node_daemon_start(&node);
	while (hq.welcomes == 0)
		turn(100);
	command_accepted("hq-1", "product.upsert", "{\"sku\":\"A\",\"name\":\"Apples\"}");
	CHECK_INT(store_node_tool(&node, NULL, "stock", "move", "A", "receive", "10", (char *)NULL),
		0);
	for (int64_t end_ms = test_now_ms() + WAIT_MS; test_now_ms() < end_ms; turn(100))
		if (hq.stock > 0 && store_node_metric(&node, "backroom_link_backlog_events") == 0)
			break;
	(void)snprintf(part, sizeof(part), "\"acked\":%" PRIu64 ",", hq.stock);
	REQUIRE(store_node_says(&node, "/api/v1/link", part, WAIT_MS));
}

static void test_nothing_moves_for_a_mad_hq(void)
{
	begin();
	for (size_t i = 0; i < BR_ARRAY_LEN(table); i++) {
		char *text = mad_write(&table[i], hq.catalog);

		mad_try(&table[i], text);
		free(text);
	}
	command_accepted("good-1", "product.upsert", "{\"sku\":\"B\",\"name\":\"Pears\"}");
}

/* What is too much: the limit is told. */
static void test_too_much_is_refused_with_its_limit(void)
{
	static const struct mad large[] = {
		{"ctl", "70,000 bytes", .says = "allowed are 65536"},
		{"catalog", "70,000 bytes", .says = "70000 bytes not taken"},
		{"catalog", "257 commands", .says = "more than the 256 that are allowed"},
		{"ctl", "20,000 lists in each other", .says = "not JSON"},
	};
	char *text = calloc(1, PAYLOAD_BYTES);
	size_t n;

	REQUIRE(text != NULL);
	memset(text, ' ', 70000);
	mad_try(&large[0], text);
	mad_try(&large[1], text);
	n = (size_t)snprintf(text, PAYLOAD_BYTES, BATCH "%" PRIu64 ",\"commands\":[", hq.catalog);
	for (uint64_t i = 1; i <= 257; i++)
		n += (size_t)snprintf(text + n, PAYLOAD_BYTES - n,
			"%s{\"hq_seq\":%" PRIu64 ",\"id\":\"x\"}", i > 1 ? "," : "",
			hq.catalog + i);
	(void)snprintf(text + n, PAYLOAD_BYTES - n, "]}");
	mad_try(&large[2], text);
	memset(text, '[', 20000);
	memset(text + 20000, ']', 20000);
	text[40000] = '\0';
	mad_try(&large[3], text);
	free(text);
	turn(500);
	command_accepted("good-2", "product.upsert", "{\"sku\":\"C\",\"name\":\"Plums\"}");
}

static void test_the_ledger_is_whole(void)
{
	char *output = NULL;

	CHECK_INT(store_node_tool(&node, &output, "verify", (char *)NULL), 0);
	CHECK_HAS(output, "clean");
	free(output);
	peer_mqtt_destroy(mqtt);
	peer_loop_destroy(loop);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_nothing_moves_for_a_mad_hq);
	TEST(test_too_much_is_refused_with_its_limit);
	TEST(test_the_ledger_is_whole);
	return test_end(argc, argv);
}
