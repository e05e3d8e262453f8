/* Each type of a till's request, from the message to the reply, beyond the sale (test_till.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/breach.h"
#include "node/metrics.h"
#include "node/parked.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/till.h"
#include "node/till_reply.h"
#include "tests/node/bench.h"

/* Two tills' side of the broker: the last reply, and how many there were. */
struct scene {
	struct bench bench;
	struct br_clock clock;
	struct br_till *till;
	unsigned replies;
	char topic[128], reply[BR_TILL_REPLY_BYTES_MAX];
};

static int publish(void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	struct scene *scene = context;

	CHECK(qos == 1 && !retain);
	scene->replies++;
	(void)snprintf(scene->topic, sizeof(scene->topic), "%s", topic);
	REQUIRE(br_str_copy(payload, scene->reply, sizeof(scene->reply)));
	return 0;
}

static bool connected(void *context BR_UNUSED)
{
	return true;
}

static int64_t wall_ms(void *context)
{
	return ((const struct scene *)context)->bench.now_ms;
}

static struct scene scene;

static void scene_open(const char *name)
{
	struct br_publisher publisher = {publish, connected, &scene};

	memset(&scene, 0, sizeof(scene));
	bench_open(&scene.bench, name);
	bench_catalogue(&scene.bench);
	scene.clock = (struct br_clock){.wall_ms = wall_ms, .context = &scene};
	REQUIRE(br_till_create(scene.bench.core, scene.bench.store, publisher, &scene.clock, "EUR",
			&scene.till) == 0);
}

static void scene_close(void)
{
	br_till_destroy(scene.till);
	bench_verify(&scene.bench);
	bench_close(&scene.bench);
}

static void send_as(const char *till, const char *json)
{
	char topic[80];
	struct br_message message = {.payload = br_str_from(bench_quote(json)), .qos = 1};

	(void)snprintf(topic, sizeof(topic), "backroom/v1/till/%s/request", till);
	message.topic = br_str_from(topic);
	br_till_message(scene.till, &message);
}

static const char *ask_as(const char *till, const char *json)
{
	scene.reply[0] = '\0';
	send_as(till, json);
	bench_commit(&scene.bench);
	return scene.reply;
}

static const char *ask(const char *json)
{
	return ask_as("t1", json);
}

static void test_a_return_and_a_void_refer_to_their_sale(void)
{
	scene_open("back");
	CHECK_HAS(ask("{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':2,'price':1.5},"
		      "{'sku':'B','quantity':1,'price':4}]}"),
		"\"lines\":2,\"total\":7");
	CHECK_HAS(ask_as("t2", "{'id':'r1','type':'return','sale':'s1','sale_till':'t1','reason':"
			       "'stale','lines':[{'sku':'B','quantity':1}]}"),
		"\"outcome\":\"accepted\"");
	/* What is given back is what was paid, which the till did not say. */
	CHECK_HAS(scene.reply, "\"lines\":1,\"total\":4}");
	CHECK_TEXT(scene.topic, "backroom/v1/till/t2/reply");
	CHECK_HAS(ask("{'id':'v1','type':'void','sale':'s1'}"), "\"code\":\"already\"");
	CHECK_HAS(ask("{'id':'s2','type':'sale','lines':[{'sku':'A','quantity':3,'price':1}]}"),
		"accepted");
	CHECK_HAS(ask("{'id':'v2','type':'void','sale':'s2'}"), "\"lines\":1,\"total\":3}");
	CHECK_HAS(ask("{'id':'v2','type':'void','sale':'s2'}"), "\"lines\":1,\"total\":3}");
	CHECK_INT(bench_available(&scene.bench, "A"), 8000);
	CHECK_HAS(ask("{'id':'t','type':'totals'}"),
		"\"totals\":[{\"currency\":\"EUR\",\"sales\":2,\"returns\":0,\"voids\":1,\"lines\":"
		"4,\"sold\":10,\"given_back\":0,\"voided\":3,\"net\":7}]");
	CHECK_HAS(ask_as("t2", "{'id':'t','type':'totals','date':'2026-03-01'}"),
		"\"date\":\"2026-03-01\",\"totals\":[{\"currency\":\"EUR\",\"sales\":0,\"returns\":"
		"1");
	CHECK_HAS(ask("{'id':'t','type':'totals','date':'2026-02-28'}"), "\"totals\":[]");
	CHECK_HAS(ask("{'id':'t','type':'totals','date':'today'}"), "allowed is a date such as");
	CHECK_HAS(ask("{'id':'t','type':'totals','date':'2026-02-30'}"), "malformed");
	scene_close();
}

/* Priced as of then, however late the till tells of it. */
/* Where the smallest coins are gone the reply says what is paid in cash. */
static void test_a_store_may_round_what_is_paid_in_cash(void)
{
	scene_open("cash");
	CHECK_INT(bench_do(&scene.bench, "policy.set", "{'cash_step':0.05}"), 0);
	CHECK_HAS(ask("{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':1,'price':1.98}]}"),
		"\"total\":1.98,\"cash\":2}");
	CHECK_HAS(ask("{'id':'s2','type':'sale','lines':[{'sku':'A','quantity':1,'price':1.97}]}"),
		"\"total\":1.97,\"cash\":1.95}");
	/* Given back is what was taken. */
	CHECK_HAS(ask("{'id':'v1','type':'void','sale':'s1'}"), "\"total\":1.98,\"cash\":2}");
	CHECK_INT(bench_do(&scene.bench, "policy.set", "{'cash_step':0}"), 0);
	CHECK_HAS(ask("{'id':'s3','type':'sale','lines':[{'sku':'A','quantity':1,'price':1.98}]}"),
		"\"total\":1.98}");
	scene_close();
}

static void test_a_late_sale_is_priced_as_of_then(void)
{
	scene_open("late");
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'A','kind':'regular','amount':2,'currency':'EUR','from':"
			  "'2026-02-01T00:00:00Z'}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'A','kind':'promotion','amount':1.5,'currency':'EUR','from':"
			  "'2026-02-10T00:00:00Z','to':'2026-02-20T00:00:00Z'}"),
		0);
	CHECK_HAS(ask("{'id':'s1','type':'sale','happened':'2026-02-15T10:00:00Z','lines':[{'sku':"
		      "'A','quantity':2}]}"),
		"\"lines\":1,\"total\":3}");
	CHECK_HAS(ask("{'id':'s2','type':'sale','happened':'2026-02-25T10:00:00Z','lines':[{'sku':"
		      "'A','quantity':2},{'sku':'B','quantity':1,'price':1}]}"),
		"\"lines\":2,\"total\":5}");
	/* Before there was a price nobody can know it. */
	CHECK_HAS(ask("{'id':'s3','type':'sale','happened':'2026-01-25T10:00:00Z','lines':[{'sku':"
		      "'A','quantity':2}]}"),
		"\"code\":\"no_price\"");
	CHECK_HAS(ask("{'id':'s4','type':'sale','currency':'CHF','lines':[{'sku':'A','quantity':"
		      "2}]}"),
		"\"code\":\"currency\",\"message\":\"lines[0]: \\\"A\\\" is priced in EUR, the "
		"sale is in CHF\"");
	CHECK_INT(bench_event(&scene.bench, 8).happened_ms, INT64_C(1771149600000));
	scene_close();
}

/* While a label still shows the old price, the till charges it, whoever says the price. */
static void test_a_held_rise_is_not_charged(void)
{
	scene_open("held");
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'A','kind':'regular','amount':2,'currency':'EUR'}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "label.bind", "{'label':'0123456789AB','sku':'A'}"), 0);
	scene.bench.now_ms += 1000;
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'A','kind':'regular','amount':3,'currency':'EUR'}"),
		0);
	scene.bench.now_ms += 1000;
	CHECK_HAS(ask("{'id':'q','type':'price','sku':'A'}"), "\"price\":2,");
	CHECK_HAS(ask("{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':1}]}"),
		"\"total\":2}");
	scene_close();
}

static void test_a_parked_sale_goes_on_at_another_till(void)
{
	scene_open("park");
	CHECK_HAS(ask("{'id':'1','type':'park','parked':'p1','note':'purse','associate':'Kim',"
		      "'lines':[{'barcode':'2000000000015','quantity':2},{'sku':'B','quantity':1,"
		      "'price':4}]}"),
		"{\"id\":\"1\",\"outcome\":\"accepted\",\"sequence\":6}");
	CHECK_HAS(ask_as("t2", "{'id':'l','type':'parked'}"),
		"\"parked\":[{\"parked\":\"p1\",\"till\":\"t1\",\"associate\":\"Kim\",\"note\":"
		"\"purse\",\"since\":\"2026-03-01T10:10:00.000Z\",\"lines\":2}]");
	CHECK_HAS(ask_as("t2", "{'id':'2','type':'unpark','parked':'p1'}"),
		"\"lines\":[{\"sku\":\"A\",\"name\":\"Apple juice\",\"quantity\":2},{\"sku\":"
		"\"B\",");
	CHECK_HAS(scene.reply, "\"quantity\":1,\"price\":4}]}");
	CHECK_HAS(ask("{'id':'3','type':'unpark','parked':'p1'}"), "\"code\":\"already\"");
	CHECK_HAS(
		ask("{'id':'l','type':'parked','parked':'p1'}"), "\"taken_by\":\"t2\",\"lines\":[");
	CHECK_HAS(ask_as("t2", "{'id':'s1','type':'sale','parked':'p1','lines':[{'sku':'A',"
			       "'quantity':2,'price':1}]}"),
		"accepted");
	CHECK_HAS(ask("{'id':'l','type':'parked','parked':'p1'}"), "\"code\":\"unknown_sale\"");
	/* The repeat of what is over says that it was so, without the lines. */
	CHECK_TEXT(ask_as("t2", "{'id':'2','type':'unpark','parked':'p1'}"),
		"{\"id\":\"2\",\"outcome\":\"accepted\",\"sequence\":8}");
	CHECK_HAS(ask("{'id':'4','type':'park','parked':'p2','lines':[{'sku':'B','quantity':1}]}"),
		"accepted");
	CHECK_HAS(ask("{'id':'5','type':'unpark','parked':'p2','drop':true}"), "accepted");
	CHECK_HAS(ask("{'id':'l','type':'parked'}"), "\"parked\":[]");
	scene_close();
}

static void test_the_last_ones_are_promised(void)
{
	scene_open("promised");
	CHECK_INT(bench_do(&scene.bench, "order.offer",
			  "{'order':'W-7','priority':3,'ready_by':'2026-03-01T12:00:00Z','lines':"
			  "[{'line':'1','sku':'A','quantity':9}]}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "order.accept", "{'order':'W-7'}"), 0);
	CHECK_HAS(ask("{'id':'q','type':'stock','barcode':'2000000000015'}"),
		"\"on_hand\":10,\"available\":1,\"reserved\":9,\"promised\":[{\"order\":\"W-7\","
		"\"quantity\":9,\"ready_by\":\"2026-03-01T12:00:00.000Z\"}]}");
	CHECK_HAS(ask("{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':1,'price':1}]}"),
		"accepted");
	CHECK_HAS(ask("{'id':'q','type':'price','sku':'A'}"),
		"\"warning\":\"the last 9 are promised to order W-7\"");
	CHECK_HAS(ask("{'id':'s2','type':'sale','lines':[{'sku':'A','quantity':1,'price':1}]}"),
		"\"warning\":\"1 of \\\"A\\\" is promised to order W-7\"");
	CHECK_HAS(scene.reply, "\"outcome\":\"accepted\"");
	scene_close();
}

static void test_an_order_is_handed_over_at_the_till(void)
{
	static const char ask_order[] = "{'id':'o','type':'order','order':'W-8'}";

	scene_open("order");
	CHECK_HAS(ask(ask_order), "\"code\":\"unknown_order\"");
	CHECK_INT(bench_do(&scene.bench, "order.offer",
			  "{'order':'W-8','method':'pickup','person':'Ada L.','surname':'Lovelace',"
			  "'code':'K7Q2','payment':'due','lines':[{'line':'1','sku':'A','quantity':"
			  "2,'price':1.5},{'line':'2','sku':'B','quantity':1,'price':4}]}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "order.accept", "{'order':'W-8'}"), 0);
	CHECK_INT(bench_do(&scene.bench, "order.pick", "{'order':'W-8','line':'1'}"), 0);
	CHECK_INT(bench_do(&scene.bench, "order.short",
			  "{'order':'W-8','line':'2','quantity':1,'reason':'broken'}"),
		0);
	CHECK_HAS(ask("{'id':'h0','type':'hand_over','order':'W-8','code':'K7Q2'}"),
		"\"code\":\"illegal_move\"");
	CHECK_INT(bench_do(&scene.bench, "order.stage", "{'order':'W-8','location':'S-3'}"), 0);
	CHECK_INT(bench_do(&scene.bench, "order.ready", "{'order':'W-8'}"), 0);
	CHECK_HAS(ask(ask_order), "\"outcome\":\"found\",\"order\":\"W-8\",\"state\":\"ready\","
				  "\"method\":\"pickup\",\"payment\":\"due\",\"person\":\"Ada L.\","
				  "\"location\":\"S-3\",\"code_needed\":true,\"lines\":[{\"line\":"
				  "\"1\",\"sku\":\"A\",\"name\":\"Apple juice\",\"ordered\":2,"
				  "\"quantity\":2,\"price\":1.5}");
	/* What is short is not paid. */
	CHECK_HAS(scene.reply, "\"ordered\":1,\"quantity\":0,\"price\":4}],\"total\":3,"
			       "\"currency\":\"EUR\"}");
	CHECK_HAS(ask("{'id':'h1','type':'hand_over','order':'W-8'}"), "\"code\":\"wrong_code\"");
	CHECK_HAS(ask("{'id':'h2','type':'hand_over','order':'W-8','code':'AAAA'}"),
		"\"code\":\"wrong_code\"");
	CHECK_HAS(ask("{'id':'h3','type':'hand_over','surname':'lovelace','code':'k7q2',"
		      "'associate':'Kim'}"),
		"\"outcome\":\"accepted\"");
	CHECK_HAS(scene.reply, "\"order\":\"W-8\",\"state\":\"handed_over\"");
	CHECK_HAS(scene.reply, "\"total\":3,\"currency\":\"EUR\"}");
	CHECK_INT(bench_bucket(&scene.bench, "A", BR_BUCKET_STAGED), 0);
	/* The repeat of it is answered the same, a second one is refused. */
	CHECK_HAS(ask("{'id':'h3','type':'hand_over','surname':'lovelace','code':'k7q2',"
		      "'associate':'Kim'}"),
		"\"outcome\":\"accepted\"");
	CHECK_HAS(ask("{'id':'h4','type':'hand_over','order':'W-8','code':'K7Q2'}"),
		"\"outcome\":\"refused\"");
	scene_close();
}

static void test_each_type_takes_its_own_members(void)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{"{'id':'1','type':'price','sku':'A','lines':[{'sku':'A','quantity':1}]}",
			"lines: is no member of \\\"price\\\""},
		{"{'id':'1','type':'sale','sale':'x','lines':[{'sku':'A','quantity':1}]}",
			"sale: is no member of \\\"sale\\\""},
		{"{'id':'1','type':'void'}", "sale: is missing"},
		{"{'id':'1','type':'void','sale':'x','quantity':1}", "quantity: is no member"},
		{"{'id':'1','type':'park','lines':[{'sku':'A','quantity':1}]}",
			"parked: is missing"},
		{"{'id':'1','type':'park','parked':'p'}", "lines: is missing"},
		{"{'id':'1','type':'unpark','drop':true}", "parked: is missing"},
		{"{'id':'1','type':'adjust','sku':'A','barcode':'2000000000015','quantity':1}",
			"exactly one of barcode and sku"},
		{"{'id':'1','type':'stock'}", "barcode: is missing"},
		{"{'id':'1','type':'order'}", "order: is missing"},
		{"{'id':'1','type':'totals','order':'x'}", "order: is no member of \\\"totals\\\""},
		{"{'id':'1','type':'hand_over','order':'x','code':'abc'}", "code: has 3 bytes"},
	};
	uint64_t head;

	scene_open("members");
	head = br_core_head(scene.bench.core);
	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_HAS(ask(rows[i].json), "\"code\":\"malformed\"");
		CHECK_HAS(scene.reply, rows[i].sentence);
	}
	CHECK_INT(br_core_head(scene.bench.core), head);
	scene_close();
}

/* Wherever a person may type, no number of a card is taken, kept or repeated. */
static void test_no_number_of_a_card_is_taken(void)
{
	static const char *const rows[] = {
		"{'id':'1','type':'sale','associate':'4111111111111111','lines':[{'sku':'A',"
		"'quantity':1,'price':1}]}",
		"{'id':'1','type':'return','reason':'paid 4111 1111 1111 1111','lines':[{'sku':'A',"
		"'quantity':1,'price':1}]}",
		"{'id':'1','type':'void','sale':'s','reason':'5500-0055-5555-5559'}",
		"{'id':'1','type':'adjust','sku':'A','quantity':1,'reason':'378282246310005'}",
		"{'id':'1','type':'park','parked':'p','note':'6011000990139424','lines':[{'sku':'A'"
		","
		"'quantity':1}]}",
		"{'id':'1','type':'hand_over','order':'x','waived':'4111111111111111'}",
		"{'id':'1','type':'hand_over','surname':'4111111111111111','code':'abcd'}",
	};
	uint64_t head;

	scene_open("card");
	head = br_core_head(scene.bench.core);
	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_HAS(ask(rows[i]), "allowed is a text without the number of a payment card");
		CHECK(strstr(scene.reply, "4111") == NULL && strstr(scene.reply, "5500") == NULL);
	}
	CHECK_HAS(ask("{'id':'1','type':'sale','card':{'pan':1},'lines':[]}"),
		"card: unknown member");
	CHECK_INT(br_core_head(scene.bench.core), head);
	scene_close();
}

static void test_what_a_scale_printed_is_sold_by_its_code(void)
{
	scene_open("scale");
	CHECK_INT(bench_do(&scene.bench, "product.upsert",
			  "{'sku':'cheese','name':'Gouda','sold_by':'weight','gtins':["
			  "'2101230000001','2301230000005']}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "price.set",
			  "{'sku':'cheese','kind':'regular','amount':12,'currency':'EUR'}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "barcode.rule",
			  "{'prefix':'21','pattern':'21IIIIIWWWWWC','decimals':3}"),
		0);
	CHECK_INT(bench_do(&scene.bench, "barcode.rule",
			  "{'prefix':'23','pattern':'23IIIIIPPPPPC','decimals':2}"),
		0);
	/* 0.355 kg at 12 a kg. */
	CHECK_HAS(ask("{'id':'q','type':'price','barcode':'2101230003552'}"), "\"quantity\":0.355");
	CHECK_HAS(ask("{'id':'s1','type':'sale','lines':[{'barcode':'2101230003552'}]}"),
		"\"lines\":1,\"total\":4.26}");
	CHECK_INT(bench_bucket(&scene.bench, "cheese", BR_BUCKET_SHELF), -355);
	/* 2.40 for the piece: at 12 a kg that is 0.2 kg. */
	CHECK_HAS(ask("{'id':'s2','type':'sale','lines':[{'barcode':'2301230002405'}]}"),
		"\"lines\":1,\"total\":2.4}");
	CHECK_INT(bench_bucket(&scene.bench, "cheese", BR_BUCKET_SHELF), -555);
	/* What the till says itself counts before what the code says. */
	CHECK_HAS(ask("{'id':'s3','type':'sale','lines':[{'barcode':'2101230003552','quantity':"
		      "0.4,'price':10}]}"),
		"\"total\":4}");
	CHECK_INT(bench_bucket(&scene.bench, "cheese", BR_BUCKET_SHELF), -955);
	CHECK_HAS(ask("{'id':'s4','type':'sale','lines':[{'barcode':'2000000000015','price':1}]}"),
		"lines[0].quantity: is missing, and the code does not say it");
	CHECK_HAS(ask("{'id':'s5','type':'sale','lines':[{'barcode':'(01)02000000000015(10)L1',"
		      "'quantity':1,'price':1}]}"),
		"accepted");
	scene_close();
}

/* A till that was alone for a day sends what it has, faster than a turn takes it. */
static void test_a_day_comes_in_one_go(void)
{
	unsigned busy = 0;

	scene_open("backlog");
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 2500; i++) {
			char json[200];
			unsigned before = scene.replies;

			(void)snprintf(json, sizeof(json),
				"{'id':'b%u','type':'sale','happened':'2026-02-28T%02u:%02u:%02uZ',"
				"'lines':[{'sku':'B','quantity':1,'price':2}]}",
				i, i / 3600 + 9, i / 60 % 60, i % 60);
			send_as("t1", json);
			/* What a turn has no room for is told at once: send it again. */
			if (scene.replies > before)
				busy += strstr(scene.reply, "\"busy\"") != NULL;
			if (i % 1500 == 1499 || i == 2499)
				bench_commit(&scene.bench);
		}
	CHECK(busy >= 500);
	CHECK_HAS(ask("{'id':'t','type':'totals','date':'2026-02-28'}"), "\"lines\":");
	for (unsigned i = 0; i < 2500; i++) {
		char json[200];

		(void)snprintf(json, sizeof(json),
			"{'id':'b%u','type':'sale','happened':'2026-02-28T%02u:%02u:%02uZ','lines':"
			"[{'sku':'B','quantity':1,'price':2}]}",
			i, i / 3600 + 9, i / 60 % 60, i % 60);
		send_as("t1", json);
		if (i % 900 == 899)
			bench_commit(&scene.bench);
	}
	bench_commit(&scene.bench);
	CHECK_HAS(ask("{'id':'t','type':'totals','date':'2026-02-28'}"),
		"\"sales\":2500,\"returns\":0,\"voids\":0,\"lines\":2500,\"sold\":5000,");
	CHECK_INT(bench_bucket(&scene.bench, "B", BR_BUCKET_SHELF), -2500000);
	CHECK_INT(br_core_figures(scene.bench.core).conflicts, 0);
	scene_close();
}

int main(int argc, char **argv)
{
	/* Days are the store's, and the times of these sales are UTC. */
	REQUIRE(setenv("TZ", "UTC", 1) == 0);
	TEST(test_a_return_and_a_void_refer_to_their_sale);
	TEST(test_a_store_may_round_what_is_paid_in_cash);
	TEST(test_a_late_sale_is_priced_as_of_then);
	TEST(test_a_held_rise_is_not_charged);
	TEST(test_a_parked_sale_goes_on_at_another_till);
	TEST(test_the_last_ones_are_promised);
	TEST(test_an_order_is_handed_over_at_the_till);
	TEST(test_each_type_takes_its_own_members);
	TEST(test_no_number_of_a_card_is_taken);
	TEST(test_what_a_scale_printed_is_sold_by_its_code);
	TEST(test_a_day_comes_in_one_go);
	return test_end(argc, argv);
}
