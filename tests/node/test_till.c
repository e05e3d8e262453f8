#include "node/till.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/metrics.h"
#include "node/sale.h"
#include "tests/node/bench.h"

#define MESSAGE_SPACE (BR_TILL_MESSAGE_BYTES_MAX + 64)

static const char sale[] = "{'id':'s1','type':'sale','lines':[{'barcode':'2000000000015',"
			   "'quantity':2,'price':1.5},{'sku':'B','quantity':0.5,'price':3}]}";

/* A till's side of the broker: the last reply, and how many there were. */
struct scene {
	struct bench bench;
	struct br_clock clock;
	struct br_till *till;
	unsigned replies;
	char topic[128], reply[4096];
	int qos;
	bool retain, offline;
};

static int publish(void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	struct scene *scene = context;

	if (scene->offline)
		return BR_E_OFFLINE;
	scene->replies++;
	(void)snprintf(scene->topic, sizeof(scene->topic), "%s", topic);
	REQUIRE(br_str_copy(payload, scene->reply, sizeof(scene->reply)));
	scene->qos = qos;
	scene->retain = retain;
	return 0;
}

static bool connected(void *context)
{
	return !((const struct scene *)context)->offline;
}

static int64_t wall_ms(void *context)
{
	return ((const struct scene *)context)->bench.now_ms;
}

static void till_open(struct scene *scene)
{
	struct br_publisher publisher = {publish, connected, scene};

	REQUIRE(br_till_create(scene->bench.core, scene->bench.store, publisher, &scene->clock,
			"EUR", &scene->till) == 0);
}

static void scene_open(struct scene *scene, const char *name)
{
	memset(scene, 0, sizeof(*scene));
	bench_open(&scene->bench, name);
	bench_catalogue(&scene->bench);
	scene->clock = (struct br_clock){.wall_ms = wall_ms, .context = scene};
	till_open(scene);
}

static void scene_close(struct scene *scene)
{
	br_till_destroy(scene->till);
	bench_verify(&scene->bench);
	bench_close(&scene->bench);
}

static void message_bytes(struct scene *scene, const char *topic, struct br_str payload)
{
	struct br_message message = {.topic = br_str_from(topic), .payload = payload, .qos = 1};

	br_till_message(scene->till, &message);
}

/* Till t1 sends a request, written with ' for ", and the turn ends. */
static const char *ask(struct scene *scene, const char *json)
{
	scene->reply[0] = '\0';
	message_bytes(scene, "backroom/v1/till/t1/request", br_str_from(bench_quote(json)));
	bench_commit(&scene->bench);
	return scene->reply;
}

static const char *ask_on(struct scene *scene, const char *topic, const char *json)
{
	scene->reply[0] = '\0';
	message_bytes(scene, topic, br_str_from(bench_quote(json)));
	bench_commit(&scene->bench);
	return scene->reply;
}

static void test_a_sale_is_answered_with_lines_and_total(void)
{
	struct scene scene;

	scene_open(&scene, "sale");
	CHECK_TEXT(ask(&scene, sale), "{\"id\":\"s1\",\"outcome\":\"accepted\",\"sequence\":6,"
				      "\"lines\":2,\"total\":4.5}");
	CHECK_TEXT(scene.topic, "backroom/v1/till/t1/reply");
	CHECK_INT(scene.qos, 1);
	CHECK(!scene.retain);
	CHECK_INT(scene.replies, 1);
	CHECK_INT(bench_available(&scene.bench, "A"), 8000);
	CHECK_INT(bench_available(&scene.bench, "B"), 19500);
	scene_close(&scene);
}

static void test_no_reply_leaves_before_the_commit(void)
{
	struct scene scene;

	scene_open(&scene, "before");
	message_bytes(&scene, "backroom/v1/till/t1/request", br_str_from(bench_quote(sale)));
	CHECK_INT(scene.replies, 0);
	bench_commit(&scene.bench);
	CHECK_INT(scene.replies, 1);
	scene_close(&scene);
}

static void test_the_event_names_till_and_happening(void)
{
	struct br_event event;
	struct scene scene;

	scene_open(&scene, "actor");
	CHECK_HAS(ask(&scene, "{'id':'s1','type':'sale','happened':'2026-03-01T10:09:00Z',"
			      "'lines':[{'sku':'A','quantity':1,'price':1}]}"),
		"accepted");
	event = bench_event(&scene.bench, 6);
	CHECK_STR(event.actor, "till/t1");
	CHECK_STR(event.command, "s1");
	CHECK_INT(event.happened_ms, BENCH_NOW_MS - 60000);
	CHECK_INT(event.recorded_ms, BENCH_NOW_MS);
	scene_close(&scene);
}

static void test_a_request_sent_again_gets_the_first_reply(void)
{
	char first[sizeof(((struct scene *)0)->reply)];
	struct scene scene;

	scene_open(&scene, "again");
	(void)snprintf(first, sizeof(first), "%s", ask(&scene, sale));
	CHECK_TEXT(ask(&scene, sale), first);
	/* Also after a restart of the node. */
	br_till_destroy(scene.till);
	bench_reopen(&scene.bench);
	till_open(&scene);
	CHECK_TEXT(ask(&scene, sale), first);
	CHECK_INT(bench_available(&scene.bench, "A"), 8000);
	CHECK_INT(scene.replies, 3);
	scene_close(&scene);
}

static void test_a_reply_that_could_not_leave_is_asked_for_again(void)
{
	struct scene scene;

	scene_open(&scene, "offline");
	scene.offline = true;
	CHECK_TEXT(ask(&scene, sale), "");
	scene.offline = false;
	CHECK_HAS(ask(&scene, sale), "\"outcome\":\"accepted\",\"sequence\":6");
	CHECK_INT(bench_available(&scene.bench, "A"), 8000);
	CHECK_HAS(ask(&scene, "{'id':'a3','type':'adjust','barcode':'(01)02000000000015(10)L7',"
			      "'quantity':1,'reason':'found'}"),
		"accepted");
	CHECK_INT(bench_available(&scene.bench, "A"), 9000);
	scene_close(&scene);
}

static void test_an_id_with_another_body_is_a_conflict(void)
{
	struct scene scene;

	scene_open(&scene, "conflict");
	CHECK_HAS(ask(&scene, sale), "accepted");
	CHECK_HAS(ask(&scene, "{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':1,"
			      "'price':1}]}"),
		"{\"id\":\"s1\",\"outcome\":\"conflict\",\"sequence\":6,\"code\":\"conflict\"");
	CHECK_HAS(scene.reply, "under a new id");
	/* Another till's ids are its own. */
	CHECK_HAS(ask_on(&scene, "backroom/v1/till/t2/request", sale), "accepted");
	CHECK_TEXT(scene.topic, "backroom/v1/till/t2/reply");
	scene_close(&scene);
}

static void test_a_return_brings_goods_back(void)
{
	struct scene scene;

	scene_open(&scene, "return");
	CHECK_HAS(ask(&scene, "{'id':'r1','type':'return','lines':[{'barcode':'2000000000015',"
			      "'quantity':1,'price':1.5}]}"),
		"\"outcome\":\"accepted\",\"sequence\":6,\"lines\":1,\"total\":1.5}");
	CHECK_INT(bench_event(&scene.bench, 6).kind, BR_EVENT_RETURN_RECORDED);
	scene_close(&scene);
}

static void test_an_adjustment_is_signed(void)
{
	struct scene scene;

	scene_open(&scene, "adjust");
	CHECK_HAS(ask(&scene, "{'id':'a1','type':'adjust','barcode':'2000000000015',"
			      "'quantity':-3,'reason':'damaged'}"),
		"{\"id\":\"a1\",\"outcome\":\"accepted\",\"sequence\":6");
	CHECK_INT(bench_available(&scene.bench, "A"), 7000);
	CHECK_HAS(ask(&scene, "{'id':'a2','type':'adjust','barcode':'2000000000015',"
			      "'quantity':1,'reason':'found'}"),
		"accepted");
	CHECK_INT(bench_available(&scene.bench, "A"), 8000);
	scene_close(&scene);
}

static void test_every_type_says_what_it_misses(void)
{
	struct scene scene;

	scene_open(&scene, "misses");
	CHECK_HAS(ask(&scene, "{'id':'1','type':'sale'}"), "lines: is missing");
	CHECK_HAS(ask(&scene, "{'id':'2','type':'return','lines':[]}"), "lines: is missing");
	CHECK_HAS(ask(&scene, "{'id':'3','type':'adjust','barcode':'2000000000015'}"),
		"quantity: is missing or 0");
	CHECK_HAS(ask(&scene, "{'id':'4','type':'adjust','quantity':1}"), "barcode: is missing");
	CHECK_HAS(ask(&scene, "{'id':'5','type':'price'}"), "barcode: is missing");
	CHECK_HAS(scene.reply, "{\"id\":\"5\",\"outcome\":\"refused\",\"code\":\"malformed\"");
	/* Nothing of it counts as a request: the id is free. */
	CHECK_HAS(ask(&scene, "{'id':'5','type':'sale','lines':[{'sku':'A','quantity':1,"
			      "'price':1}]}"),
		"accepted");
	scene_close(&scene);
}

static void test_a_refusal_names_the_line(void)
{
	struct scene scene;

	scene_open(&scene, "line");
	CHECK_HAS(ask(&scene, "{'id':'1','type':'sale','lines':[{'sku':'A','quantity':1,'price':1},"
			      "{'barcode':'4006381333931','quantity':1,'price':1}]}"),
		"\"code\":\"unknown_barcode\",\"message\":\"lines[1].barcode 4006381333931: not in "
		"the catalogue\"");
	CHECK_INT(bench_available(&scene.bench, "A"), 10000);
	scene_close(&scene);
}

static void test_a_price_with_all_that_is_known(void)
{
	struct scene scene;

	scene_open(&scene, "price");
	CHECK_INT(bench_do(&scene.bench, "product.upsert",
			  "{'sku':'J','name':'Juice \\'x\\'','gtins':['4006381333931'],"
			  "'content':0.75,'content_unit':'l'}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'J','kind':'regular','amount':3,'currency':'EUR'}"),
		0);
	CHECK_TEXT(ask(&scene, "{'id':'p1','type':'price','barcode':'4006381333931'}"),
		"{\"id\":\"p1\",\"outcome\":\"found\",\"sku\":\"J\",\"name\":\"Juice \\\"x\\\"\","
		"\"price\":3,\"currency\":\"EUR\",\"unit_price\":4,\"unit_price_base\":\"l\","
		"\"on_hand\":0,\"available\":0,\"reserved\":0}");
	/* The answer is there at once, and nothing of it is kept. */
	CHECK_INT(br_core_figures(scene.bench.core).repeated, 0);
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'J','kind':'promotion','amount':2.4,'currency':'EUR'}"),
		0);
	CHECK_TEXT(ask(&scene, "{'id':'p1','type':'price','barcode':'4006381333931'}"),
		"{\"id\":\"p1\",\"outcome\":\"found\",\"sku\":\"J\",\"name\":\"Juice \\\"x\\\"\","
		"\"price\":2.4,\"currency\":\"EUR\",\"regular_price\":3,\"promotion\":true,"
		"\"unit_price\":3.2,\"unit_price_base\":\"l\",\"on_hand\":0,\"available\":0,"
		"\"reserved\":0}");
	scene_close(&scene);
}

static void test_a_product_without_a_price_is_found_all_the_same(void)
{
	struct scene scene;

	scene_open(&scene, "no-price");
	CHECK_TEXT(ask(&scene, "{'id':'p1','type':'price','barcode':'2000000000015'}"),
		"{\"id\":\"p1\",\"outcome\":\"found\",\"sku\":\"A\",\"name\":\"Apple juice\","
		"\"on_hand\":10,\"available\":10,\"reserved\":0}");
	scene_close(&scene);
}

/* A price that is to come does not count yet; the till's clock is the node's. */
static void test_a_price_counts_from_its_time_on(void)
{
	struct scene scene;

	scene_open(&scene, "from");
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'A','kind':'regular','amount':9,'currency':'EUR',"
			  "'from':'2026-03-01T11:00:00Z'}"),
		0);
	ask(&scene, "{'id':'p1','type':'price','barcode':'2000000000015'}");
	CHECK(strstr(scene.reply, "price\":9") == NULL);
	scene.bench.now_ms += 3600000;
	CHECK_HAS(ask(&scene, "{'id':'p2','type':'price','barcode':'2000000000015'}"),
		"\"price\":9,");
	scene_close(&scene);
}

static void test_a_price_of_what_is_not_there(void)
{
	struct scene scene;

	scene_open(&scene, "none");
	CHECK_HAS(ask(&scene, "{'id':'p1','type':'price','barcode':'4006381333931'}"),
		"{\"id\":\"p1\",\"outcome\":\"refused\",\"code\":\"unknown_barcode\"");
	CHECK_HAS(ask(&scene, "{'id':'p1','type':'price','barcode':'4006381333932'}"),
		"\"code\":\"malformed\",\"message\":\"barcode: allowed is 8, 12, 13 or 14 digits");
	/* Bought meanwhile: a look-up is no command, its answer was not final. */
	CHECK_INT(bench_do(&scene.bench, "product.upsert",
			  "{'sku':'J','name':'Juice','gtins':['4006381333931']}"),
		0);
	CHECK_HAS(ask(&scene, "{'id':'p1','type':'price','barcode':'4006381333931'}"), "found");
	scene_close(&scene);
}

static void test_the_currency_is_the_stores_unless_said(void)
{
	struct scene scene;

	scene_open(&scene, "currency");
	CHECK_HAS(ask(&scene, "{'id':'1','type':'sale','lines':[{'sku':'A','quantity':1,"
			      "'price':1}]}"),
		"accepted");
	CHECK_STR(((const struct br_sold *)bench_event(&scene.bench, 6).body)->currency, "EUR");
	CHECK_HAS(ask(&scene, "{'id':'2','type':'sale','currency':'GBP','lines':[{'sku':'A',"
			      "'quantity':1,'price':1}]}"),
		"accepted");
	CHECK_STR(((const struct br_sold *)bench_event(&scene.bench, 7).body)->currency, "GBP");
	CHECK_HAS(ask(&scene, "{'id':'3','type':'sale','currency':'euro','lines':[]}"),
		"\"code\":\"malformed\",\"message\":\"currency: ");
	CHECK_HAS(ask(&scene, "{'id':'3','type':'sale','currency':'eur','lines':[]}"),
		"currency: \\\"eur\\\" is not valid, allowed is an ISO 4217 code");
	scene_close(&scene);
}

static void test_the_name_is_what_a_topic_may_carry(void)
{
	static const char *const wrong[] = {"backroom/v1/till//request",
		"backroom/v1/till/T1/request", "backroom/v1/till/a b/request",
		"backroom/v1/till/a/b/request", "backroom/v1/till/\xC3\xA4/request",
		"backroom/v1/till/request",
		/* 33 letters. */
		"backroom/v1/till/abcdefghijklmnopqrstuvwxyz0123456/request"};
	const struct br_message nul = {
		.topic = BR_STR("backroom/v1/till/\0t/request"), .payload = BR_STR("{}"), .qos = 1};
	uint64_t before = br_metric_get(BR_METRIC_TILL_MALFORMED);
	struct scene scene;

	scene_open(&scene, "name");
	for (unsigned i = 0; i < BR_ARRAY_LEN(wrong); i++)
		CHECK_TEXT(ask_on(&scene, wrong[i], sale), "");
	/* No broker lets a NUL pass, and no name begins with one. */
	br_till_message(scene.till, &nul);
	CHECK_INT(scene.replies, 0);
	CHECK_INT(br_metric_get(BR_METRIC_TILL_MALFORMED) - before, BR_ARRAY_LEN(wrong) + 1);
	CHECK_HAS(ask_on(&scene, "backroom/v1/till/abcdefghijklmnopqrstuvwxyz-01234/request", sale),
		"accepted");
	CHECK_TEXT(scene.topic, "backroom/v1/till/abcdefghijklmnopqrstuvwxyz-01234/reply");
	CHECK_HAS(ask_on(&scene, "backroom/v1/till/7/request", sale), "accepted");
	scene_close(&scene);
}

static void test_what_cannot_be_read_is_told_and_counted(void)
{
	uint64_t before = br_metric_get(BR_METRIC_TILL_MALFORMED);
	struct scene scene;

	scene_open(&scene, "read");
	CHECK_HAS(ask(&scene, "{'id':'1'"),
		"{\"id\":null,\"outcome\":\"refused\",\"code\":\"malformed\",\"message\":");
	CHECK_HAS(ask(&scene, ""), "{\"id\":null,\"outcome\":\"refused\"");
	CHECK_HAS(ask(&scene, "[1]"), "is a list, allowed is an object");
	CHECK_HAS(ask(&scene, "{'type':'sale'}"), "\"id\":null");
	CHECK_HAS(scene.reply, "id: is missing");
	CHECK_HAS(ask(&scene, "{'id':7,'type':'sale'}"), "{\"id\":null");
	CHECK_HAS(ask(&scene, "{'id':'','type':'sale'}"), "id: has 0 bytes, allowed is 1 to 64");
	CHECK_HAS(ask(&scene, "{'id':'x','type':'gift'}"),
		"{\"id\":\"x\",\"outcome\":\"refused\",\"code\":\"malformed\"");
	CHECK_HAS(ask(&scene, "{'id':'x','type':'sale','colour':1}"), "colour: unknown member");
	CHECK_HAS(ask(&scene, "{'id':'a\\u0007b','type':'sale'}"), "control characters");
	CHECK_INT(br_metric_get(BR_METRIC_TILL_MALFORMED) - before, 9);
	CHECK_INT(br_core_head(scene.bench.core), 5);
	scene_close(&scene);
}

static void test_an_id_has_64_bytes(void)
{
	struct scene scene;
	char json[256], id[80];

	scene_open(&scene, "id");
	memset(id, 'x', sizeof(id));
	id[64] = '\0';
	(void)snprintf(json, sizeof(json),
		"{'id':'%s','type':'sale','lines':[{'sku':'A','quantity':1,'price':1}]}", id);
	CHECK_HAS(ask(&scene, json), id);
	CHECK_HAS(scene.reply, "accepted");
	id[64] = 'x';
	id[65] = '\0';
	(void)snprintf(json, sizeof(json), "{'id':'%s','type':'sale'}", id);
	CHECK_HAS(ask(&scene, json), "{\"id\":null,");
	CHECK_HAS(scene.reply, "id: has 65 bytes, allowed is 1 to 64");
	scene_close(&scene);
}

/* Whatever a till writes into its request, the reply is well-formed and has an outcome. */
static void reply_check(const struct scene *scene)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_fault fault = {""};
	struct br_str outcome;

	CHECK(br_utf8_valid(scene->reply, strlen(scene->reply)));
	CHECK_INT(br_json_parse(br_str_from(scene->reply), &root, &fault), 0);
	CHECK_TEXT(fault.text, "");
	CHECK(br_json_string(br_json_member(root, "outcome"), &outcome));
}

/* A message quotes what was wrong, and may cut it: never inside a character. */
static void test_a_quoted_text_is_cut_between_characters(void)
{
	char json[512], wide[200];
	struct scene scene;

	scene_open(&scene, "cut");
	for (unsigned shift = 0; shift < 4; shift++) {
		wide[0] = '\0';
		for (unsigned i = 0; i < shift; i++)
			strcat(wide, "x");
		for (unsigned i = 0; i < 40; i++)
			strcat(wide, "\xE2\x82\xAC");
		(void)snprintf(json, sizeof(json), "{'id':'1','type':'%s'}", wide);
		ask(&scene, json);
		reply_check(&scene);
		(void)snprintf(json, sizeof(json), "{'id':'1','type':'sale','%s':1}", wide);
		ask(&scene, json);
		reply_check(&scene);
		(void)snprintf(
			json, sizeof(json), "{'id':'1','type':'price','barcode':'%.12s'}", wide);
		ask(&scene, json);
		reply_check(&scene);
		(void)snprintf(
			json, sizeof(json), "{'id':'1','type':'sale','happened':'%s'}", wide);
		ask(&scene, json);
		reply_check(&scene);
	}
	scene_close(&scene);
}

static void test_any_bytes_get_a_reply(void)
{
	static const char *const starts[] = {sale,
		"{'id':'\\u20ac','type':'price','barcode':'2000000000015'}",
		"{'id':'a','type':'adjust','barcode':'2000000000015','quantity':-1,'reason':'x'}"};
	struct scene scene;

	scene_open(&scene, "bytes");
	for (unsigned round = 0; round < 3000; round++) {
		char bytes[512];
		struct br_str payload = {bytes, 0};
		unsigned changes = 1 + (unsigned)(test_random() % 4), before = scene.replies;

		(void)snprintf(bytes, sizeof(bytes), "%s",
			bench_quote(starts[round % BR_ARRAY_LEN(starts)]));
		payload.n = strlen(bytes);
		for (unsigned i = 0; i < changes; i++)
			bytes[test_random() % payload.n] =
				round % 2 == 0
					? (char)test_random()
					: "0123456789-.\"{}[],:\\uabtrue"[test_random() % 26];
		if (round % 7 == 0)
			payload.n = test_random() % payload.n;
		message_bytes(&scene, "backroom/v1/till/t1/request", payload);
		bench_commit(&scene.bench);
		CHECK_INT(scene.replies - before, 1);
		reply_check(&scene);
	}
	scene_close(&scene);
}

static void test_the_largest_message_is_read(void)
{
	struct br_str payload;
	struct scene scene;
	char *bytes = malloc(MESSAGE_SPACE);

	REQUIRE(bytes != NULL);
	scene_open(&scene, "largest");
	memset(bytes, ' ', MESSAGE_SPACE);
	memcpy(bytes, bench_quote(sale), strlen(sale));
	payload = (struct br_str){bytes, BR_TILL_MESSAGE_BYTES_MAX};
	message_bytes(&scene, "backroom/v1/till/t1/request", payload);
	bench_commit(&scene.bench);
	CHECK_HAS(scene.reply, "accepted");
	payload.n++;
	message_bytes(&scene, "backroom/v1/till/t1/request", payload);
	CHECK_TEXT(scene.reply, "{\"id\":null,\"outcome\":\"refused\",\"code\":\"too_large\","
				"\"message\":\"the message is over 256 KiB: split the sale\"}");
	free(bytes);
	scene_close(&scene);
}

/* As many lines as there may be, and one more; and more money than there is. */
static void test_the_longest_sale(void)
{
	static char json[190000];
	struct scene scene;
	size_t n;

	scene_open(&scene, "longest");
	for (unsigned more = 0; more < 3; more++) {
		unsigned lines = BR_SALE_LINES_MAX + (more == 1);

		n = (size_t)snprintf(
			json, sizeof(json), "{'id':'long-%u','type':'sale','lines':[", more);
		for (unsigned i = 0; i < lines; i++)
			n += (size_t)snprintf(json + n, sizeof(json) - n,
				"%s{'sku':'A','quantity':%s,'price':%s}", i > 0 ? "," : "",
				more == 2 ? "1000000" : "1", more == 2 ? "100000000" : "0.001");
		(void)snprintf(json + n, sizeof(json) - n, "]}");
		ask(&scene, json);
		reply_check(&scene);
		if (more == 0)
			CHECK_HAS(scene.reply, "\"lines\":1500,\"total\":1.5}");
		else if (more == 1)
			CHECK_HAS(scene.reply, "lines: has 1501 items, allowed is 0 to 1500");
		else
			CHECK_HAS(scene.reply, "is over 100 million");
	}
	scene_close(&scene);
}

static void test_a_full_turn_answers_busy(void)
{
	uint64_t before = br_metric_get(BR_METRIC_COMMANDS_BUSY);
	struct scene scene;
	char id[32];

	scene_open(&scene, "busy");
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "c%u", i);
		CHECK_INT(bench_submit(&scene.bench, id, "stock.move",
				  "{'sku':'A','kind':'receive','quantity':1}", false),
			0);
	}
	ask(&scene, sale);
	CHECK_HAS(scene.reply, "{\"id\":\"s1\",\"outcome\":\"busy\",\"code\":\"busy\"");
	CHECK_INT(br_metric_get(BR_METRIC_COMMANDS_BUSY) - before, 1);
	/* Nothing was decided: the same request is a first one. */
	CHECK_HAS(ask(&scene, sale), "\"outcome\":\"accepted\",\"sequence\":1006,");
	scene_close(&scene);
}

static void test_a_full_disk_is_told_and_not_final(void)
{
	struct scene scene;

	scene_open(&scene, "full");
	br_core_shed(scene.bench.core, BR_SHED_ALL);
	CHECK_HAS(ask(&scene, sale), "\"outcome\":\"busy\",\"code\":\"store_full\"");
	/* Five of the catalogue: what was not decided does not count as answered. */
	CHECK_INT(br_core_figures(scene.bench.core).commands, 5);
	br_core_shed(scene.bench.core, BR_SHED_MOST);
	CHECK_HAS(ask(&scene, sale), "accepted");
	CHECK_HAS(ask(&scene, "{'id':'a1','type':'adjust','barcode':'2000000000015',"
			      "'quantity':-3}"),
		"only sales and orders");
	scene_close(&scene);
}

int main(int argc, char **argv)
{
	TEST(test_a_sale_is_answered_with_lines_and_total);
	TEST(test_no_reply_leaves_before_the_commit);
	TEST(test_the_event_names_till_and_happening);
	TEST(test_a_request_sent_again_gets_the_first_reply);
	TEST(test_a_reply_that_could_not_leave_is_asked_for_again);
	TEST(test_an_id_with_another_body_is_a_conflict);
	TEST(test_a_return_brings_goods_back);
	TEST(test_an_adjustment_is_signed);
	TEST(test_every_type_says_what_it_misses);
	TEST(test_a_refusal_names_the_line);
	TEST(test_a_price_with_all_that_is_known);
	TEST(test_a_product_without_a_price_is_found_all_the_same);
	TEST(test_a_price_counts_from_its_time_on);
	TEST(test_a_price_of_what_is_not_there);
	TEST(test_the_currency_is_the_stores_unless_said);
	TEST(test_the_name_is_what_a_topic_may_carry);
	TEST(test_what_cannot_be_read_is_told_and_counted);
	TEST(test_an_id_has_64_bytes);
	TEST(test_a_quoted_text_is_cut_between_characters);
	TEST(test_any_bytes_get_a_reply);
	TEST(test_the_largest_message_is_read);
	TEST(test_the_longest_sale);
	TEST(test_a_full_turn_answers_busy);
	TEST(test_a_full_disk_is_told_and_not_final);
	return test_end(argc, argv);
}
