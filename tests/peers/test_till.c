/* peer-till: its parts, and the program against a store that is written out by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/json.h"
#include "tests/lib/broker.h"
#include "tests/lib/test.h"
#include "tests/peers/ledger.h"
#include "tests/peers/mqtt.h"
#include "tests/peers/retail.h"
#include "tests/peers/shopper.h"

static const char retail_csv[] =
	"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
	"1,A1,WHITE LANTERN,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
	"1,a1,\"LANTERN, \"\"SMALL\"\"\",2,2010-12-01 08:26:00,0.5,,United Kingdom\n"
	"1,A1,WHITE LANTERN,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
	"2,POST,POSTAGE,1,2010-12-01 09:00:00,18,17850.0,France\n"
	"C3,A1,WHITE LANTERN,-2,2010-12-01 09:10:00,2.55,17850.0,United Kingdom\n"
	"C3,a1,LANTERN,-1,2010-12-01 09:10:00,0.5,17850.0,United Kingdom\n"
	"4,B2,damaged,-80995,2010-12-01 09:20:00,0,,United Kingdom\n"
	"4,B2,,-3,2010-12-01 09:20:00,0,,United Kingdom\n"
	"5,B2,BOX,0,2010-12-01 09:30:00,1,,United Kingdom\n"
	"6,B2,BOX,80995,2010-12-01 09:40:00,1.125,,United Kingdom\n";

static const char *path_of(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, 512, "%s/%s", test_folder(), name);
	return path;
}

static void test_rows_become_what_tills_do(void)
{
	static const struct {
		enum peer_request_kind kind;
		uint32_t lines;
		int64_t row_end, first_quantity_milli;
		const char *barcode, *reason;
	} wanted[] = {
		{PEER_SALE, 3, 3, 6000, "2000000000015", ""},
		{PEER_SALE, 1, 4, 1000, "2000000000039", ""},
		{PEER_RETURN, 2, 6, 2000, "2000000000015", ""},
		{PEER_ADJUST, 1, 7, -80995000, "2000000000046", "damaged"},
		{PEER_ADJUST, 1, 8, -3000, "2000000000046", ""},
		{PEER_SALE, 1, 10, 80995000, "2000000000046", ""},
	};
	static struct peer_draft draft;
	struct peer_retail *retail = NULL;
	struct peer_draft_source source;
	struct br_fault fault = {""};

	REQUIRE(peer_retail_open(
			test_file_write(NULL, "r.csv", retail_csv), 0, 0, &retail, &fault) == 0);
	source = peer_retail_source(retail);
	for (size_t i = 0; i < BR_ARRAY_LEN(wanted); i++) {
		REQUIRE(source.next(source.context, &draft, &fault) == 1);
		CHECK_INT(draft.kind, wanted[i].kind);
		CHECK_INT(draft.line_n, wanted[i].lines);
		CHECK_INT(draft.row_end, wanted[i].row_end);
		CHECK_INT(draft.lines[0].quantity_milli, wanted[i].first_quantity_milli);
		CHECK_TEXT(draft.lines[0].barcode, wanted[i].barcode);
		CHECK_TEXT(draft.reason, wanted[i].reason);
	}
	CHECK_INT(source.next(source.context, &draft, &fault), 0);
	CHECK_INT(peer_retail_rows(retail), 10);
	CHECK_INT(peer_retail_left_out(retail), 1);
	peer_retail_close(retail);
}

static void test_a_replay_goes_on_where_it_stopped(void)
{
	static struct peer_draft draft;
	struct peer_retail *retail = NULL;
	struct peer_draft_source source;

	REQUIRE(peer_retail_open(test_file_write(NULL, "r.csv", retail_csv), 7, 4, &retail, NULL) ==
		0);
	source = peer_retail_source(retail);
	REQUIRE(source.next(source.context, &draft, NULL) == 1);
	CHECK_INT(draft.kind, PEER_RETURN);
	CHECK_TEXT(draft.lines[1].barcode, "2000000000022");
	REQUIRE(source.next(source.context, &draft, NULL) == 1);
	CHECK_INT(draft.row_end, 7);
	CHECK_INT(source.next(source.context, &draft, NULL), 0);
	peer_retail_close(retail);
}

static void test_the_products_of_a_replay(void)
{
	struct peer_retail *retail = NULL;
	char *text;

	REQUIRE(peer_retail_open(test_file_write(NULL, "r.csv", retail_csv), 0, 0, &retail, NULL) ==
		0);
	CHECK_INT(peer_retail_products(retail, path_of("p.csv"), NULL), 4);
	peer_retail_close(retail);
	text = test_file_read(path_of("p.csv"), NULL);
	CHECK_TEXT(text, "sku,name,gtins,price,currency\n"
			 "A1,WHITE LANTERN,2000000000015,2.55,GBP\n"
			 "a1,\"LANTERN, \"\"SMALL\"\"\",2000000000022,0.5,GBP\n"
			 "POST,POSTAGE,2000000000039,18,GBP\n"
			 "B2,BOX,2000000000046,1,GBP\n");
	free(text);
}

static void test_long_invoices_are_split(void)
{
	static struct peer_draft draft;
	struct peer_retail *retail = NULL;
	struct peer_draft_source source;
	FILE *file = fopen(path_of("long.csv"), "we");

	REQUIRE(file != NULL);
	(void)fputs("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice\n", file);
	for (int i = 0; i < 3100; i++)
		(void)fprintf(file, "9,S%d,x,1,2011-01-01 10:00:00,1\n", i % 50);
	REQUIRE(fclose(file) == 0);
	REQUIRE(peer_retail_open(path_of("long.csv"), 0, 0, &retail, NULL) == 0);
	source = peer_retail_source(retail);
	for (uint32_t left = 3100; left > 0; left -= draft.line_n) {
		struct peer_request request;

		REQUIRE(source.next(source.context, &draft, NULL) == 1);
		CHECK_INT(draft.line_n, left > 1500 ? 1500 : left);
		peer_request_init(&request);
		(void)snprintf(request.id, sizeof(request.id), "x");
		CHECK_INT(peer_request_write(&request, &draft), 0);
		CHECK(request.body.n < PEER_REQUEST_BYTES_MAX);
		peer_request_finish(&request);
	}
	CHECK_INT(source.next(source.context, &draft, NULL), 0);
	peer_retail_close(retail);
}

static void test_what_is_no_retailer_is_refused(void)
{
	static struct peer_draft draft;
	struct peer_retail *retail = NULL;
	struct peer_draft_source source;
	struct br_fault fault = {""};

	CHECK_INT(peer_retail_open(test_file_write(NULL, "x.csv", "a,b\n"), 0, 0, &retail, &fault),
		BR_E_INVALID);
	CHECK_HAS(fault.text, "InvoiceNo");
	REQUIRE(peer_retail_open(test_file_write(NULL, "x.csv",
					 "InvoiceNo,StockCode,Description,Quantity,"
					 "InvoiceDate,UnitPrice\n1,A,x,many,,\n"),
			0, 0, &retail, &fault) == 0);
	source = peer_retail_source(retail);
	CHECK_INT(source.next(source.context, &draft, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "line 2");
	peer_retail_close(retail);
}

static void request_make(struct peer_request *request, uint64_t number)
{
	struct peer_draft *draft = calloc(1, sizeof(*draft));

	REQUIRE(draft != NULL);
	draft->line_n = 1;
	draft->happened_ms = 1000;
	draft->row_end = (int64_t)number * 10;
	(void)snprintf(draft->lines[0].barcode, PEER_BARCODE_BYTES, "2000000000015");
	draft->lines[0].quantity_milli = 1500;
	draft->lines[0].price_milli = 2550;
	request->number = number;
	(void)snprintf(request->till, sizeof(request->till), "till-1");
	(void)snprintf(request->id, sizeof(request->id), "till-1-%d", (int)number);
	REQUIRE(peer_request_write(request, draft) == 0);
	free(draft);
}

static void test_the_ledger_remembers_what_is_unanswered(void)
{
	const char *path = path_of("ledger");
	struct peer_ledger *ledger = NULL;
	struct peer_request request, back;
	struct br_fault fault = {""};
	FILE *file;

	peer_request_init(&request);
	peer_request_init(&back);
	REQUIRE(peer_ledger_open(path, true, &ledger, &fault) == 0);
	CHECK_TEXT(peer_ledger_run(ledger), "");
	REQUIRE(peer_ledger_run_set(ledger, "abc") == 0);
	for (uint64_t i = 1; i <= 3; i++) {
		request_make(&request, i);
		REQUIRE(peer_ledger_send(ledger, &request) == 0);
	}
	REQUIRE(peer_ledger_reply(ledger, "till-1-1", BR_STR("{\"outcome\":\"accepted\"}")) == 0);
	peer_ledger_close(ledger);
	/* A kill in the middle of a line. */
	file = fopen(path, "ae");
	REQUIRE(file != NULL);
	(void)fputs("{\"reply\":\"till-1-2\",\"ans", file);
	REQUIRE(fclose(file) == 0);
	REQUIRE(peer_ledger_open(path, false, &ledger, &fault) == 0);
	CHECK_TEXT(peer_ledger_run(ledger), "abc");
	CHECK_INT(peer_ledger_number(ledger), 3);
	CHECK_INT(peer_ledger_row(ledger), 30);
	CHECK(peer_ledger_take_unanswered(ledger, &back));
	CHECK_TEXT(back.id, "till-1-2");
	CHECK(peer_ledger_take_unanswered(ledger, &back));
	CHECK_TEXT(back.id, "till-1-3");
	CHECK_TEXT(back.till, "till-1");
	/* Byte for byte what was sent: another body under the same id would be a conflict. */
	CHECK_STR(br_text_str(&back.body), request.body.bytes);
	CHECK(!peer_ledger_take_unanswered(ledger, &back));
	REQUIRE(peer_ledger_reply(ledger, "till-1-2", BR_STR("{}")) == 0);
	peer_ledger_close(ledger);
	REQUIRE(peer_ledger_open(path, false, &ledger, &fault) == 0);
	CHECK(peer_ledger_take_unanswered(ledger, &back));
	CHECK_TEXT(back.id, "till-1-3");
	peer_ledger_close(ledger);
	peer_request_finish(&request);
	peer_request_finish(&back);
}

static void test_a_strange_ledger_is_refused(void)
{
	struct peer_ledger *ledger = NULL;
	struct br_fault fault = {""};

	CHECK_INT(peer_ledger_open(
			  test_file_write(NULL, "strange", "{\"run\":\"a\"}\n{\"send\":1}\n"),
			  false, &ledger, &fault),
		BR_E_INVALID);
	CHECK_HAS(fault.text, "line 2");
}

static void test_shoppers_repeat_by_seed(void)
{
	static struct peer_draft drafts[2];
	struct peer_shopper_settings settings = {.products = test_file_write(NULL, "s.csv",
							 "sku,gtins,price,currency,sold_by\n"
							 "a,2000000000015,1.99,CHF,piece\n"
							 "b,,1.99,CHF,piece\n"
							 "c,2000000000022,12.5,CHF,weight\n"),
		.seed = 5,
		.count = 500};
	struct peer_shopper *shoppers[2] = {NULL, NULL};
	unsigned kinds[PEER_REQUEST_KINDS] = {0};

	for (int i = 0; i < 2; i++)
		REQUIRE(peer_shopper_open(&settings, &shoppers[i], NULL) == 0);
	for (int n = 0; n < 500; n++) {
		for (int i = 0; i < 2; i++) {
			struct peer_draft_source source = peer_shopper_source(shoppers[i]);

			REQUIRE(source.next(source.context, &drafts[i], NULL) == 1);
		}
		kinds[drafts[0].kind]++;
		CHECK_INT(drafts[0].kind, drafts[1].kind);
		CHECK_INT(drafts[0].line_n, drafts[1].line_n);
		CHECK_INT(drafts[0].lines[0].quantity_milli, drafts[1].lines[0].quantity_milli);
		CHECK_TEXT(drafts[0].currency, "CHF");
	}
	CHECK(kinds[PEER_SALE] > 350 && kinds[PEER_RETURN] > 5 && kinds[PEER_PRICE] > 30);
	for (int i = 0; i < 2; i++) {
		struct peer_draft_source source = peer_shopper_source(shoppers[i]);

		CHECK_INT(source.next(source.context, &drafts[i], NULL), 0);
		peer_shopper_close(shoppers[i]);
	}
}

/* A store in a few lines: it counts, may be deaf or busy for a while, and else accepts. */
static struct shop {
	struct peer_mqtt *mqtt;
	unsigned requests, replies;
	unsigned deaf; /* requests that get no reply */
	unsigned busy; /* requests that are told to come back */
	unsigned lines;
	char first_body[1024];
} shop;

static void reply(const char *topic, const char *text)
{
	char to[128];
	size_t n = strlen(topic) - strlen("request");

	(void)snprintf(to, sizeof(to), "%.*sreply", (int)n, topic);
	shop.replies++;
	CHECK_INT(peer_mqtt_publish(shop.mqtt, to, br_str_from(text), 1, false, NULL), 0);
}

static void on_request(void *context BR_UNUSED, const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str id, type;
	char text[256];

	REQUIRE(br_json_parse(message->payload, &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "id"), &id));
	REQUIRE(br_json_string(br_json_member(root, "type"), &type));
	CHECK_INT(message->qos, 1);
	if (shop.requests++ == 0)
		(void)snprintf(shop.first_body, sizeof(shop.first_body), "%.*s",
			BR_STR_ARG(message->payload));
	if (shop.deaf > 0) {
		shop.deaf--;
		return;
	}
	if (shop.busy > 0)
		(void)snprintf(text, sizeof(text), "{\"id\":\"%.*s\",\"outcome\":\"busy\"}",
			BR_STR_ARG(id));
	else
		(void)snprintf(text, sizeof(text),
			"{\"id\":\"%.*s\",\"outcome\":\"accepted\",\"sequence\":%u}",
			BR_STR_ARG(id), shop.requests);
	shop.lines += shop.busy == 0 ? (unsigned)br_json_count(br_json_member(root, "lines")) : 0;
	shop.busy -= shop.busy > 0;
	reply(message->topic, text);
}

static bool shop_is_up(void *context BR_UNUSED)
{
	return peer_mqtt_is_up(shop.mqtt);
}

static bool till_ended(void *context)
{
	return !test_process_runs(context);
}

static struct peer_loop *shop_open(const struct test_broker *broker)
{
	struct peer_mqtt_settings settings = {.port = broker->port};
	struct peer_mqtt_events events = {.message = on_request};
	struct peer_loop *loop = NULL;

	memset(&shop, 0, sizeof(shop));
	REQUIRE(peer_loop_create(&loop) == 0);
	REQUIRE(peer_mqtt_create(loop, &settings, &events, &shop.mqtt) == 0);
	peer_mqtt_subscribe(shop.mqtt, "backroom/v1/till/+/request", 1);
	REQUIRE(peer_loop_until(loop, shop_is_up, NULL, 5000));
	return loop;
}

static void till_start(struct test_process *till, unsigned port, const char *ledger)
{
	static char port_text[16];
	const char *argv[] = {test_program("tests/peers/peer-till"), "--port", port_text,
		"--replay", path_of("r.csv"), "--ledger", ledger, "--in-flight", "4", "--tills",
		"2", "--timeout", "150", "--json", NULL};

	(void)test_file_write(NULL, "r.csv", retail_csv);
	(void)snprintf(port_text, sizeof(port_text), "%u", port);
	test_process_start(till, "till", argv, NULL);
}

static void test_the_program_asks_until_it_is_answered(void)
{
	struct test_broker broker;
	struct test_process till = {0};
	struct peer_loop *loop;
	char *log;

	test_broker_start(&broker, "broker", NULL);
	loop = shop_open(&broker);
	shop.deaf = 3;
	shop.busy = 2;
	till_start(&till, broker.port, path_of("ledger-a"));
	CHECK(peer_loop_until(loop, till_ended, &till, 20000));
	CHECK_INT(till.code, 0);
	log = test_file_read(till.log, NULL);
	CHECK_HAS(log, "\"accepted\":6,");
	CHECK_HAS(log, "\"lines\":7,");
	CHECK_HAS(log, "\"busy\":2,");
	CHECK_HAS(log, "\"waiting\":0,");
	CHECK_HAS(log, "\"rows_left_out\":1,");
	free(log);
	CHECK(shop.requests >= 6 + 5);
	CHECK_INT(shop.lines, 7);
	CHECK_HAS(shop.first_body, "\"happened\":\"2010-12-01T08:26:00.000Z\",\"currency\":\"GBP\","
				   "\"lines\":[{\"barcode\":\"2000000000015\",\"quantity\":6,"
				   "\"price\":2.55}");
	peer_mqtt_destroy(shop.mqtt);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

static bool four_asked(void *context BR_UNUSED)
{
	return shop.requests >= 4;
}

static void test_a_killed_till_goes_on(void)
{
	struct test_broker broker;
	struct test_process till = {0};
	struct peer_loop *loop;
	char first[1024], *log;

	test_broker_start(&broker, "broker", NULL);
	loop = shop_open(&broker);
	shop.deaf = 1000;
	till_start(&till, broker.port, path_of("ledger-b"));
	CHECK(peer_loop_until(loop, four_asked, NULL, 10000));
	test_process_kill(&till);
	(void)snprintf(first, sizeof(first), "%s", shop.first_body);
	peer_mqtt_destroy(shop.mqtt);
	peer_loop_destroy(loop);
	loop = shop_open(&broker);
	till_start(&till, broker.port, path_of("ledger-b"));
	CHECK(peer_loop_until(loop, till_ended, &till, 20000));
	CHECK_INT(till.code, 0);
	/* Four are repeated from the ledger, byte for byte; the rest comes from the file. */
	CHECK_TEXT(shop.first_body, first);
	CHECK_INT(shop.lines, 7);
	log = test_file_read(till.log, NULL);
	CHECK_HAS(log, "\"accepted\":6,");
	free(log);
	peer_mqtt_destroy(shop.mqtt);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

static void test_a_real_retailer_is_read(void)
{
	const char *path = test_data("retail/online-retail-2010-12_2011-06.csv.gz");
	struct peer_draft *draft = calloc(1, sizeof(*draft));
	struct peer_retail *retail = NULL;
	struct peer_draft_source source;
	uint64_t kinds[PEER_REQUEST_KINDS] = {0}, lines = 0;
	int got;

	REQUIRE(draft != NULL);
	if (path != NULL) {
		REQUIRE(peer_retail_open(path, 0, 0, &retail, NULL) == 0);
		source = peer_retail_source(retail);
		while ((got = source.next(source.context, draft, NULL)) == 1) {
			kinds[draft->kind]++;
			lines += draft->line_n;
		}
		CHECK_INT(got, 0);
		CHECK_INT(lines, 245903);
		CHECK_INT(kinds[PEER_ADJUST], 758);
		CHECK_INT(peer_retail_left_out(retail), 0);
		peer_retail_close(retail);
	}
	free(draft);
}

int main(int argc, char **argv)
{
	TEST(test_rows_become_what_tills_do);
	TEST(test_a_replay_goes_on_where_it_stopped);
	TEST(test_the_products_of_a_replay);
	TEST(test_long_invoices_are_split);
	TEST(test_what_is_no_retailer_is_refused);
	TEST(test_the_ledger_remembers_what_is_unanswered);
	TEST(test_a_strange_ledger_is_refused);
	TEST(test_shoppers_repeat_by_seed);
	TEST(test_the_program_asks_until_it_is_answered);
	TEST(test_a_killed_till_goes_on);
	TEST(test_a_real_retailer_is_read);
	return test_end(argc, argv);
}
