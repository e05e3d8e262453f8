#include "node/epcis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "node/limits.h"
#include "tests/lib/process.h"
#include "tests/node/bench.h"

static struct bench bench;
static struct br_text text;

/* All that happened behind `after`, as EPCIS events in a list. */
static const char *told(uint64_t after, const char *gln)
{
	struct br_epcis_place place = {BR_STR("0412"), br_str_from(gln)};
	struct br_txn *txn = bench_read(&bench);
	struct br_json_out out;

	br_text_clear(&text);
	br_json_out_begin(&out, &text);
	br_json_out_array(&out, NULL);
	while ((after = br_journal_next(txn, after)) > 0) {
		struct br_event event;

		br_arena_reset(&bench.arena);
		REQUIRE(br_event_get(txn, after, &bench.arena, &event) == 0);
		CHECK_INT(br_epcis_write(&place, txn, &event, &bench.arena, &out), 0);
	}
	br_json_out_end(&out);
	return text.bytes;
}

static uint64_t head(void)
{
	return br_journal_head(bench_read(&bench));
}

static void begin(const char *name)
{
	bench_open(&bench, name);
	br_text_init(&text, 1 << 20);
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'A','name':'a','gtins':['2000000000015','4006381333931'],"
			  "'track_expiry':true}"),
		0);
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'B/1','name':'b','sold_by':'weight','gtins':['2000000000022']}"),
		0);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'A','amount':1,'currency':'EUR'}"), 0);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'B/1','amount':1,'currency':'EUR'}"), 0);
}

static void end(void)
{
	br_text_finish(&text);
	bench_close(&bench);
}

static void test_goods_that_come_are_received(void)
{
	const char *said;

	begin("received");
	CHECK_TEXT(told(0, ""), "[]");
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'receive','quantity':12,'lot':'L "
			  "7','expiry':'2027-03-01'}"),
		0);
	said = told(0, "9506000134352");
	CHECK_HAS(said, "[{\"type\":\"ObjectEvent\",\"eventID\":\"urn:uuid:");
	CHECK_HAS(said, "\"eventTimeZoneOffset\":\"+00:00\"");
	CHECK_HAS(said,
		"\"action\":\"OBSERVE\",\"bizStep\":\"receiving\",\"disposition\":"
		"\"in_progress\",\"readPoint\":{\"id\":\"https://id.gs1.org/414/9506000134352\"}");
	/* Its own number comes first in the catalogue, and means nothing elsewhere. */
	CHECK_HAS(said, "\"quantityList\":[{\"epcClass\":\"https://id.gs1.org/01/04006381333931/10/"
			"L%207\",\"quantity\":12}]");
	CHECK_HAS(told(0, ""), "\"readPoint\":{\"id\":\"urn:backroom:store:0412\"}");
	end();
}

static void test_what_has_no_gtin_is_named_by_the_store(void)
{
	begin("weighed");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B/1','kind':'receive','quantity':1.25}"),
		0);
	CHECK_HAS(told(0, ""),
		"[{\"epcClass\":\"urn:backroom:product:0412:B%2F1\",\"quantity\":1.25,"
		"\"uom\":\"KGM\"}]");
	end();
}

/* A count tells what was counted, also nothing; a correction of a number has no word there. */
static void test_a_count_is_no_difference(void)
{
	uint64_t before;

	begin("counted");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':5}"), 0);
	before = head();
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'count','bucket':'backroom','quantity':0}"),
		0);
	CHECK_HAS(told(before, ""), "\"bizStep\":\"cycle_counting\",\"readPoint\"");
	CHECK_HAS(told(before, ""), "\"quantity\":0}]");
	before = head();
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':2,'reason':'found'}"),
		0);
	CHECK_TEXT(told(before, ""), "[]");
	end();
}

/* The same id, so that whoever has the sale knows what did not occur. */
static void test_a_voided_sale_did_not_occur(void)
{
	char sold[64];
	uint64_t before;
	const char *at;

	begin("voided");
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'receive','bucket':'shelf','quantity':9}"),
		0);
	before = head();
	CHECK_INT(bench_submit(&bench, "s-1", "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':2,'price':1},"
			  "{'sku':'B/1','quantity':0.5,'price':1}]}",
			  true),
		0);
	at = strstr(told(before, ""), "urn:uuid:");
	REQUIRE(at != NULL);
	(void)snprintf(sold, sizeof(sold), "%.45s", at);
	CHECK_HAS(
		told(before, ""), "\"bizStep\":\"retail_selling\",\"disposition\":\"retail_sold\"");
	CHECK_HAS(told(before, ""), "\"bizTransactionList\":[{\"type\":\"inv\",\"bizTransaction\":"
				    "\"urn:backroom:inv:0412:t:");
	CHECK_HAS(told(before, ""), "\"quantity\":2},{");
	before = head();
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t','sale':'s-1'}"), 0);
	CHECK_HAS(told(before, ""), sold);
	CHECK_HAS(told(before, ""), "\"errorDeclaration\":{\"declarationTime\":");
	CHECK_HAS(told(before, ""), "\"reason\":\"did_not_occur\"},\"action\":\"OBSERVE\"");
	end();
}

/* GS1's own schema takes all that happened, in the data of one event. */
static void official_judge(void)
{
	const char *schema = test_data("epcis/EPCIS-JSON-Schema.json");
	const char *source = getenv("BACKROOM_SOURCE");
	struct test_process process = {0};
	char program[TEST_PATH_BYTES], path[TEST_PATH_BYTES];
	const char *argv[] = {program, "epcis", path, NULL, NULL};
	struct br_text line;

	if (schema == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s", schema);
	br_text_init(&line, 1 << 20);
	br_text_printf(&line,
		"{\"recordedtime\":\"2026-03-01T09:00:00Z\",\"data\":{\"epcis\":%s}}\n",
		told(0, "9506000134352"));
	REQUIRE(br_text_error(&line) == 0);
	argv[3] = test_file_write(NULL, "told.jsonl", line.bytes);
	br_text_finish(&line);
	(void)snprintf(
		program, sizeof(program), "%s/tests/lib/schema", source != NULL ? source : ".");
	test_process_start(&process, "schema", argv, NULL);
	CHECK(test_process_wait(&process, 60000));
	CHECK_INT(process.code, 0);
	if (process.code != 0)
		test_process_log_show(&process);
}

/* The event as HQ gets it, by the number behind `after`. */
static const char *event_after(uint64_t after)
{
	struct br_epcis_place place = {BR_STR("0412"), BR_STR("")};
	struct br_txn *txn = bench_read(&bench);
	struct br_json_out out;
	struct br_event event;

	br_text_clear(&text);
	br_json_out_begin(&out, &text);
	br_arena_reset(&bench.arena);
	REQUIRE(br_event_get(txn, br_journal_next(txn, after), &bench.arena, &event) == 0);
	CHECK_INT(br_epcis_event_to_json(&place, txn, &event, &bench.arena, &out), 0);
	return text.bytes;
}

/* A sale of several events is taken back by as many, each with the lines of its own. */
static void test_a_long_sale_is_voided_piece_by_piece(void)
{
	char sale[4000], of[46], void_of[46];
	const char *said;
	uint64_t sold, voided;
	int n;

	begin("long");
	n = snprintf(sale, sizeof(sale), "{'till':'t','lines':[");
	for (unsigned i = 0; i < BR_SALE_LINES_PER_EVENT_MAX + 1; i++)
		n += snprintf(sale + n, sizeof(sale) - (size_t)n,
			"%s{'sku':'A','quantity':%u,'price':1}", i > 0 ? "," : "", i + 1);
	(void)snprintf(sale + n, sizeof(sale) - (size_t)n, "]}");
	sold = head();
	CHECK_INT(bench_submit(&bench, "s-1", "sale.record", sale, true), 0);
	voided = head();
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t','sale':'s-1'}"), 0);
	for (unsigned i = 0; i < 2; i++) {
		said = strstr(event_after(sold + i), "urn:uuid:");
		REQUIRE(said != NULL);
		(void)snprintf(of, sizeof(of), "%s", said);
		said = strstr(event_after(voided + i), "urn:uuid:");
		REQUIRE(said != NULL);
		(void)snprintf(void_of, sizeof(void_of), "%s", said);
		CHECK_TEXT(void_of, of);
	}
	CHECK_HAS(event_after(voided), "\"errorDeclaration\":{");
	CHECK_HAS(event_after(voided), "\"quantity\":20}]");
	CHECK_HAS(event_after(voided + 1),
		"\"quantityList\":[{\"epcClass\":"
		"\"https://id.gs1.org/01/04006381333931\",\"quantity\":21}]");
	end();
}

/* It stands in `data`, beside what the store says itself, and only where there is a word. */
static void test_an_event_has_it_in_its_data(void)
{
	uint64_t before;

	begin("in data");
	CHECK(strstr(event_after(0), "epcis") == NULL);
	before = head();
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':12}"), 0);
	CHECK_HAS(event_after(before), "\"data\":{\"sku\":\"A\",");
	CHECK_HAS(event_after(before), ",\"epcis\":[{\"type\":\"ObjectEvent\",");
	CHECK_HAS(event_after(before), "\"quantity\":12}],\"backroom:type\":\"stock.moved\","
				       "\"backroom:sequence\":5}]}}");
	before = head();
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':2,'reason':'found'}"),
		0);
	CHECK(strstr(event_after(before), "epcis") == NULL);
	end();
}

/* What was measured, by its unit or its name; what GS1 has no word for is left out. */
static void test_sensors_report(void)
{
	uint64_t before;
	const char *said;

	begin("sensors");
	CHECK_INT(
		bench_do(&bench, "device.adopt",
			"{'device':'z/cooler','zone':'dairy 1','channels':[{'channel':'probe'}]}"),
		0);
	before = head();
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/cooler','from':'2026-03-01T08:00:00Z',"
			  "'until':'2026-03-01T09:00:00Z','channels':["
			  "{'channel':'probe','unit':'°C','min':-1.5,'mean':4.25,'max':9,'n':60},"
			  "{'channel':'battery','unit':'%%','min':80,'mean':80,'max':80,'n':2},"
			  "{'channel':'humidity','unit':'%%','min':40,'mean':41,'max':42,'n':2}]}"),
		0);
	said = told(before, "9506000134352");
	CHECK_HAS(said,
		"\"action\":\"OBSERVE\",\"bizStep\":\"sensor_reporting\",\"readPoint\":{\"id\":"
		"\"https://id.gs1.org/414/9506000134352/254/dairy%201\"}");
	CHECK_HAS(said,
		"\"bizLocation\":{\"id\":\"https://id.gs1.org/414/9506000134352\"},"
		"\"sensorElementList\":[{\"sensorMetadata\":{\"deviceID\":"
		"\"urn:backroom:device:0412:z%2Fcooler\",\"startTime\":"
		"\"2026-03-01T08:00:00.000Z\",\"endTime\":\"2026-03-01T09:00:00.000Z\"},"
		"\"sensorReport\":[{\"type\":\"Temperature\",\"minValue\":-1.5,\"meanValue\":4.25,"
		"\"maxValue\":9,\"uom\":\"CEL\"},{\"type\":\"RelativeHumidity\",\"minValue\":40,"
		"\"meanValue\":41,\"maxValue\":42,\"uom\":\"P1\"}]}]");
	before = head();
	CHECK_INT(bench_do(&bench, "alarm.raise",
			  "{'alarm':'z/cooler/temperature/high','device':'z/cooler','channel':"
			  "'temperature','rule':'high','severity':'problem','text':'too warm',"
			  "'value':9.5}"),
		0);
	CHECK_HAS(told(before, ""), "\"readPoint\":{\"id\":\"urn:backroom:store:0412:dairy%201\"}");
	CHECK_HAS(told(before, ""), "\"sensorReport\":[{\"type\":\"Temperature\",\"exception\":"
				    "\"ALARM_CONDITION\",\"value\":9.5,\"uom\":\"CEL\"}]");
	CHECK_HAS(event_after(before), ",\"epcis\":[{\"type\":\"ObjectEvent\",");
	/* A door that stands open is no measurement, nor is a sensor that is silent. */
	before = head();
	CHECK_INT(bench_do(&bench, "alarm.raise",
			  "{'alarm':'z/cooler/contact/open','device':'z/cooler','channel':"
			  "'contact','rule':'high','severity':'problem','text':'open','value':1}"),
		0);
	CHECK_INT(bench_do(&bench, "alarm.raise",
			  "{'alarm':'z/cooler/temperature/stuck','device':'z/cooler','channel':"
			  "'temperature','rule':'stuck','severity':'problem','text':'stuck'}"),
		0);
	CHECK_TEXT(told(before, ""), "[]");
	official_judge();
	end();
}

static void test_an_order_is_a_transaction(void)
{
	uint64_t before;

	begin("ordered");
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'receive','bucket':'shelf','quantity':9}"),
		0);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O 1','lines':[{'line':'1','sku':'A','quantity':3}]}"),
		0);
	before = head();
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O 1'}"), 0);
	CHECK_HAS(told(before, ""), "{\"type\":\"TransactionEvent\",");
	CHECK_HAS(told(before, ""), "\"action\":\"ADD\",\"bizStep\":\"reserving\",\"disposition\":"
				    "\"reserved\"");
	CHECK_HAS(told(before, ""), "[{\"type\":\"po\",\"bizTransaction\":"
				    "\"urn:backroom:po:0412:O%201\"}]");
	CHECK_HAS(told(before, ""), "\"quantity\":3}]");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_goods_that_come_are_received);
	TEST(test_what_has_no_gtin_is_named_by_the_store);
	TEST(test_a_count_is_no_difference);
	TEST(test_a_voided_sale_did_not_occur);
	TEST(test_a_long_sale_is_voided_piece_by_piece);
	TEST(test_an_event_has_it_in_its_data);
	TEST(test_sensors_report);
	TEST(test_an_order_is_a_transaction);
	return test_end(argc, argv);
}
