#include "web-ui/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "node/stock.h"
#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"

static struct ledger ledger;
static struct fake_live fake;
static struct view view;
static struct br_web_refusal refusal;

static void begin(const char *name)
{
	ledger_open(&ledger, name);
	ledger_fill(&ledger);
	fake_live_init(&fake);
}

static void end(void)
{
	ledger_close(&ledger);
}

static const char *ask(const char *name, const char *params)
{
	return ledger_ask(&ledger, &fake.live, name, params, &refusal);
}

static void refused(const char *name, const char *params, unsigned status, const char *fault)
{
	CHECK_TEXT(ask(name, params), "");
	CHECK_INT(refusal.status, status);
	CHECK_HAS(refusal.fault.text, fault);
	CHECK(refusal.code != NULL);
}

static void test_products_are_found_by_words_and_barcodes(void)
{
	begin("search");
	CHECK_HAS(ask("product.search", "{\"q\":\"app\"}"), "{\"rows\":[{\"key\":\"A\"");
	CHECK_HAS(ask("product.search", "{\"q\":\"2000000000015\"}"), "{\"rows\":[{\"key\":\"A\"");
	CHECK_TEXT(ask("product.search", "{\"q\":\"zzz\"}"), "{\"rows\":[]}");
	/* Without words it is the catalogue, page by page. */
	CHECK_HAS(ask("product.search", "{\"limit\":1}"), "{\"rows\":[{\"key\":\"A\"");
	CHECK(strstr(ask("product.search", "{\"limit\":1}"), "\"key\":\"B\"") == NULL);
	CHECK_HAS(ask("product.search", "{\"after\":\"A\"}"), "{\"rows\":[{\"key\":\"B\"");
	CHECK_HAS(ask("product.get", "{\"sku\":\"A\"}"), "\"name\":\"Apple juice\"");
	refused("product.get", "{\"sku\":\"Z\"}", 404, "product \"Z\": not in the catalogue");
	CHECK_HAS(ask("barcode.get", "{\"code\":\"2000000000015\"}"), "\"key\":\"A\"");
	refused("barcode.get", "{\"code\":\"4006381333931\"}", 404, "not in the catalogue");
	refused("barcode.get", "{\"code\":\"5\"}", 404, "no GTIN");
	end();
}

static void test_movements_come_newest_first(void)
{
	begin("movements");
	CHECK_TEXT(ask("product.movements", "{\"sku\":\"A\"}"),
		"{\"rows\":[{\"sequence\":15,\"time\":\"2026-03-01T10:10:00.000Z\",\"kind\":"
		"\"sale\",\"bucket\":\"shelf\",\"quantity\":-1,\"source\":\"t1\",\"actor\":"
		"\"test\"}"
		",{\"sequence\":15,\"time\":\"2026-03-01T10:10:00.000Z\",\"kind\":\"sale\","
		"\"bucket\":\"shelf\",\"quantity\":-2,\"source\":\"t1\",\"actor\":\"test\"},{"
		"\"sequence\":10,\"time\":\"2026-03-01T10:10:00.000Z\",\"kind\":\"reserve\","
		"\"bucket\":\"reserved\",\"quantity\":1,\"source\":\"O-2\",\"actor\":\"test\"},{"
		"\"sequence\":5,\"time\":\"2026-03-01T10:10:00.000Z\",\"kind\":\"fill\",\"bucket\":"
		"\"backroom\",\"to_bucket\":\"shelf\",\"quantity\":-4,\"reason\":\"morning\","
		"\"actor\":\"test\"},{\"sequence\":4,\"time\":\"2026-03-01T10:10:00.000Z\","
		"\"kind\":"
		"\"receive\",\"bucket\":\"backroom\",\"quantity\":10,\"actor\":\"test\"}],\"more\":"
		"false}");
	CHECK_HAS(ask("product.movements", "{\"sku\":\"A\",\"limit\":1}"), "\"more\":true}");
	CHECK_HAS(ask("product.movements", "{\"sku\":\"A\",\"before\":5}"),
		"{\"rows\":[{\"sequence\":4,");
	ledger_must(&ledger, "stock.move",
		"{\"sku\":\"A\",\"kind\":\"count\",\"bucket\":\"shelf\",\"quantity\":3}");
	CHECK_HAS(ask("product.movements", "{\"sku\":\"A\",\"limit\":1}"),
		"\"kind\":\"count\",\"bucket\":\"shelf\",\"quantity\":2,\"counted\":3,\"expected\":"
		"1");
	refused("product.movements", "{\"sku\":\"Z\"}", 404, "not in the catalogue");
	end();
}

/* Adds `quantity` to the place's sum in `sums`: the buckets in their order, then the reserved. */
static void place_add(int64_t sums[BR_BUCKET_N + 1], struct br_str place, int64_t quantity)
{
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		if (br_str_is(place, br_bucket_words[i])) {
			sums[i] += quantity;
			return;
		}
	CHECK_STR(place, "reserved");
	sums[BR_BUCKET_N] += quantity;
}

/* Added up by place, the movements are what the product's numbers are: nothing is unexplained. */
static void movements_explain(const char *sku)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int64_t sums[BR_BUCKET_N + 1] = {0}, quantity;
	struct br_stock stock;
	struct br_str place;
	char params[64];

	(void)snprintf(params, sizeof(params), "{\"sku\":\"%s\",\"limit\":100}", sku);
	REQUIRE(br_json_parse(br_str_from(ask("product.movements", params)), &root, NULL) == 0);
	BR_JSON_EACH (row, br_json_member(root, "rows")) {
		REQUIRE(br_json_milli(br_json_member(row, "quantity"), &quantity));
		REQUIRE(br_json_string(br_json_member(row, "bucket"), &place));
		place_add(sums, place, quantity);
		if (br_json_string(br_json_member(row, "to_bucket"), &place))
			place_add(sums, place, -quantity);
	}
	view_open(&view, &ledger, &fake.live);
	stock = br_stock_get(view.view.txn, br_str_from(sku));
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		CHECK_INT(sums[i], stock.buckets[i]);
	CHECK_INT(sums[BR_BUCKET_N], stock.reserved);
	view_close(&view);
}

static void test_movements_explain_the_products_numbers(void)
{
	static const char *const ways[][4] = {{"accept", "pick", "ready", "hand_over"},
		{"accept", "pick", "cancel", "restock"}, {"accept", "cancel"}, {"cancel"}};

	begin("explained");
	movements_explain("A");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":50}");
	for (unsigned i = 0; i < BR_ARRAY_LEN(ways); i++) {
		char text[200];

		(void)snprintf(text, sizeof(text),
			"{\"order\":\"W-%u\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":"
			"3}]}",
			i);
		ledger_must(&ledger, "order.offer", text);
		for (unsigned j = 0; j < 4 && ways[i][j] != NULL; j++) {
			char type[32];

			(void)snprintf(type, sizeof(type), "order.%s", ways[i][j]);
			(void)snprintf(text, sizeof(text), "{\"order\":\"W-%u\"%s}", i,
				strcmp(ways[i][j], "pick") == 0 ? ",\"line\":\"1\"" : "");
			ledger_must(&ledger, type, text);
			movements_explain("A");
		}
	}
	CHECK_HAS(ask("product.movements", "{\"sku\":\"A\"}"),
		"\"kind\":\"hand_over\",\"bucket\":\"staged\",\"quantity\":-3,\"source\":\"W-0\"");
	CHECK_HAS(ask("product.movements", "{\"sku\":\"A\"}"),
		"\"kind\":\"restock\",\"bucket\":\"staged\",\"to_bucket\":\"shelf\",\"quantity\":-"
		"3,"
		"\"source\":\"W-1\"");
	CHECK_HAS(ask("product.movements", "{\"sku\":\"A\"}"),
		"\"kind\":\"reserve\",\"bucket\":\"reserved\",\"quantity\":3,\"source\":\"W-2\"");
	CHECK_TEXT(ask("product.movements", "{\"sku\":\"A\",\"before\":0}"),
		"{\"rows\":[],\"more\":false}");
	end();
}

/* A name's slice ends where its text ends: not a byte behind it is looked at. */
static void test_an_unknown_parameter_is_quoted_from_its_slice(void)
{
	const struct br_web_query *query = br_web_query_named(BR_STR("product.get"));

	for (size_t n = 1; n < 100; n++) {
		struct br_web_args args;
		char *name = malloc(n), wanted[48];
		struct br_web_pair pair = {{name, n}, BR_STR("x")};

		REQUIRE(query != NULL && name != NULL);
		memset(name, 'n', n);
		refusal = (struct br_web_refusal){.status = 0};
		CHECK_INT(br_web_args_from_pairs(query, &pair, 1, &args, &refusal), BR_E_INVALID);
		(void)snprintf(wanted, sizeof(wanted), "\"%.*s\"", (int)(n < 40 ? n : 40),
			"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
		CHECK_HAS(refusal.fault.text, wanted);
		free(name);
	}
}

static void test_an_export_is_made_of_commands(void)
{
	begin("export");
	CHECK_HAS(ask("export.rows", "{\"noun\":\"products\",\"limit\":1}"),
		"{\"rows\":[{\"sku\":\"A\",\"name\":\"Apple juice\",");
	CHECK_HAS(ask("export.rows", "{\"noun\":\"products\",\"limit\":1}"), "],\"next\":\"A\"}");
	CHECK_HAS(ask("export.rows", "{\"noun\":\"products\",\"after\":\"A\"}"),
		"{\"rows\":[{\"sku\":\"B\",");
	CHECK_HAS(ask("export.rows", "{\"noun\":\"prices\"}"),
		"{\"sku\":\"A\",\"kind\":\"regular\",\"amount\":2.5,\"currency\":\"GBP\",");
	CHECK_HAS(ask("export.rows", "{\"noun\":\"stock\"}"),
		"{\"sku\":\"A\",\"bucket\":\"backroom\",\"quantity\":6}");
	CHECK_TEXT(ask("export.rows", "{\"noun\":\"stock\",\"after\":\"zzz\"}"), "{\"rows\":[]}");
	refused("export.rows", "{\"noun\":\"secrets\"}", 404, "products, prices and stock");
	end();
}

static void test_rules_of_barcodes_are_listed(void)
{
	begin("rules");
	CHECK_TEXT(ask("barcode_rule.list", "{}"), "{\"rows\":[]}");
	ledger_must(&ledger, "barcode.rule",
		"{\"prefix\":\"28\",\"pattern\":\"28IIIIIWWWWWC\",\"decimals\":3}");
	CHECK_TEXT(ask("barcode_rule.list", "{}"),
		"{\"rows\":[{\"prefix\":\"28\",\"pattern\":\"28IIIIIWWWWWC\",\"decimals\":3}]}");
	end();
}

static void test_scans_are_told_apart(void)
{
	static const struct {
		const char *params, *answer;
	} cases[] = {
		{"{\"code\":\"2000000000015\"}", "{\"kind\":\"product\",\"key\":\"A\",\"form\":"
						 "\"gtin\",\"gtin\":\"02000000000015\"}"},
		{"{\"code\":\"(01)02000000000015(17)260301\"}",
			"{\"kind\":\"product\",\"key\":\"A\",\"form\":\"elements\",\"gtin\":"
			"\"02000000000015\",\"expiry\":\"2026-03-01T00:00:00.000Z\"}"},
		{"{\"code\":\"]C10102000000000015172603\"}",
			"{\"kind\":\"product\",\"key\":\"A\",\"form\":\"elements\",\"gtin\":"
			"\"02000000000015\"}"},
		{"{\"code\":\"https://example.com/01/02000000000015/10/LOT?17=260301\"}",
			"{\"kind\":\"product\",\"key\":\"A\",\"form\":\"link\",\"gtin\":"
			"\"02000000000015\",\"lot\":\"LOT\",\"expiry\":\"2026-03-01T00:00:00."
			"000Z\"}"},
		{"{\"code\":\"0123456789ab\"}", "{\"kind\":\"label\",\"key\":\"0123456789AB\"}"},
		{"{\"code\":\"O-1\"}", "{\"kind\":\"order\",\"key\":\"O-1\"}"},
		{"{\"code\":\"B\"}", "{\"kind\":\"product\",\"key\":\"B\"}"},
		{"{\"code\":\"4006381333931\"}",
			"{\"kind\":\"unknown\",\"key\":\"4006381333931\"}"},
		{"{\"code\":\"https://example.com/01/\"}",
			"{\"kind\":\"unknown\",\"key\":\"https://example.com/01/\"}"},
		{"{\"code\":\"]\"}", "{\"kind\":\"unknown\",\"key\":\"]\"}"},
	};

	begin("scan");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++)
		CHECK_TEXT(ask("scan", cases[i].params), cases[i].answer);
	end();
}

static void test_reservations_name_their_orders(void)
{
	begin("reservations");
	CHECK_TEXT(ask("product.reservations", "{\"sku\":\"B\"}"), "{\"rows\":[]}");
	CHECK_TEXT(ask("product.reservations", "{\"sku\":\"A\"}"),
		"{\"rows\":[{\"order\":\"O-2\",\"quantity\":1,\"state\":\"accepted\"}]}");
	refused("product.reservations", "{\"sku\":\"none\"}", 404, "not in the catalogue");
	end();
}

static void test_orders_are_listed_by_state(void)
{
	begin("orders");
	CHECK_HAS(ask("order.list", "{}"), "{\"rows\":[{\"key\":\"O-1\"");
	CHECK_HAS(ask("order.list", "{\"state\":\"accepted\"}"), "{\"rows\":[{\"key\":\"O-2\"");
	CHECK_TEXT(ask("order.list", "{\"state\":\"ready\"}"), "{\"rows\":[],\"more\":false}");
	CHECK_HAS(ask("order.list", "{\"limit\":1}"), "\"more\":true}");
	refused("order.list", "{\"state\":\"open\"}", 400, "state: allowed is offered");
	CHECK_HAS(ask("order.get", "{\"order\":\"O-1\"}"), "\"state\":\"offered\"");
	refused("order.get", "{\"order\":\"O-9\"}", 404, "order \"O-9\": not known");
	CHECK_TEXT(ask("order.history", "{\"order\":\"O-2\"}"),
		"{\"rows\":[{\"sequence\":8,\"time\":\"2026-03-01T10:10:00.000Z\",\"what\":"
		"\"offered\",\"actor\":\"test\"},{\"sequence\":10,\"time\":"
		"\"2026-03-01T10:10:00.000Z\",\"what\":\"accepted\",\"actor\":\"test\"}]}");
	refused("order.history", "{\"order\":\"O-9\"}", 404, "not known");
	end();
}

static void test_labels_and_sensors_are_listed_in_pages(void)
{
	begin("lists");
	ledger_must(&ledger, "label.bind", "{\"label\":\"FFFFFFFFFFFF\",\"sku\":\"B\"}");
	CHECK_HAS(ask("label.list", "{\"limit\":1}"), "\"key\":\"0123456789AB\"");
	CHECK_HAS(ask("label.list", "{\"limit\":1}"), "\"more\":true}");
	CHECK_HAS(ask("label.list", "{\"after\":\"0123456789AB\"}"),
		"{\"rows\":[{\"key\":\"FFFFFFFFFFFF\"");
	CHECK_HAS(ask("label.list", "{\"state\":\"unknown\"}"),
		"{\"rows\":[{\"key\":\"FFFFFFFFFFFF\"");
	CHECK_TEXT(ask("label.list", "{\"state\":\"lost\"}"), "{\"rows\":[],\"more\":false}");
	refused("label.list", "{\"state\":\"x\"}", 400, "state: allowed is unbound");
	CHECK_HAS(ask("label.get", "{\"label\":\"0123456789AB\"}"), "\"state\":\"dirty\"");
	refused("label.get", "{\"label\":\"AAAA\"}", 404, "label \"AAAA\": not known");
	CHECK_HAS(ask("sensor.list", "{}"), "{\"rows\":[{\"key\":\"zigbee2mqtt/cooler/dairy-1\"");
	CHECK_TEXT(ask("sensor.list", "{\"after\":\"zigbee2mqtt/cooler/dairy-1\"}"),
		"{\"rows\":[],\"more\":false}");
	CHECK_HAS(ask("sensor.get", "{\"device\":\"zigbee2mqtt/cooler/dairy-1\"}"),
		"\"zone\":\"dairy\"");
	refused("sensor.get", "{\"device\":\"x\"}", 404, "not known");
	CHECK_HAS(ask("alarm.list", "{}"), "\"rule\":\"high\"");
	CHECK_HAS(ask("link.get", "{}"), "\"state\":\"up\"");
	CHECK_HAS(ask("status.get", "{}"), "\"key\":\"store\"");
	end();
}

static void test_series_are_asked_for_by_time(void)
{
	begin("series");
	CHECK_TEXT(
		ask("sensor.series",
			"{\"device\":\"d\",\"channel\":\"temperature\",\"from\":"
			"\"2026-03-01T00:00:00Z\",\"to\":\"2026-03-01T00:00:10Z\",\"points\":10}"),
		"{\"unit\":\"°C\",\"step_ms\":1000,\"rows\":[[1772323200000,1,1.5,2,3]]}");
	CHECK_HAS(ask("sensor.series",
			  "{\"device\":\"d\",\"channel\":\"temperature\",\"from\":0,\"to\":1000}"),
		"\"rows\":[[0,1,1.5,2,3]]");
	refused("sensor.series", "{\"device\":\"d\",\"channel\":\"x\",\"from\":0,\"to\":1}", 404,
		"sensor \"d\" has no channel \"x\"");
	refused("sensor.series", "{\"device\":\"d\",\"channel\":\"x\",\"from\":5,\"to\":5}", 400,
		"earlier");
	refused("sensor.series", "{\"device\":\"d\",\"channel\":\"x\",\"from\":\"now\",\"to\":5}",
		400, "from: allowed is an RFC 3339 time");
	refused("sensor.series", "{\"device\":\"d\",\"channel\":\"x\",\"to\":5}", 400,
		"from: is missing");
	end();
}

static void test_the_journal_is_read_from_a_sequence(void)
{
	begin("journal");
	CHECK_HAS(ask("journal.tail", "{\"after\":14}"),
		"{\"rows\":[{\"specversion\":\"1.0\",\"id\":\"00000000000000000015\"");
	CHECK_HAS(ask("journal.tail", "{\"after\":14}"), "\"sequence\":15,\"head\":15}");
	CHECK_TEXT(
		ask("journal.tail", "{\"after\":15}"), "{\"rows\":[],\"sequence\":15,\"head\":15}");
	CHECK_HAS(ask("journal.tail", "{\"limit\":2}"), "\"sequence\":2,\"head\":15}");
	end();
}

static void test_parameters_are_checked_one_by_one(void)
{
	begin("params");
	refused("product.get", "{}", 400, "sku: is missing");
	refused("product.get", "{\"sku\":null}", 400, "sku: is missing");
	refused("product.get", "{\"sku\":5}", 400, "sku: is a number, allowed is a text");
	refused("product.get", "{\"sku\":\"\"}", 400, "sku: has 0 bytes, allowed is 1 to 64");
	refused("product.get", "{\"sku\":\"A\",\"all\":true}", 400,
		"parameter \"all\" is not known, allowed: sku");
	refused("status.get", "{\"x\":1}", 400, "allowed: none");
	refused("product.search", "{\"limit\":51}", 400,
		"limit: allowed is a whole number from 1 to 50");
	refused("product.search", "{\"limit\":\"5\"}", 400, "limit: allowed");
	refused("product.search", "{\"limit\":1.5}", 400, "limit: allowed");
	end();
}

static void test_pairs_are_read_as_json_is(void)
{
	const struct br_web_query *query = br_web_query_named(BR_STR("product.search"));
	struct br_web_pair pairs[] = {
		{BR_STR("q"), BR_STR("apple")}, {BR_STR("limit"), BR_STR("7")}};
	struct br_web_args args;

	CHECK_INT(br_web_args_from_pairs(query, pairs, 2, &args, &refusal), 0);
	CHECK_STR(args.texts[0], "apple");
	CHECK_INT(args.numbers[1], 7);
	CHECK_INT(br_web_args_from_pairs(query, pairs, 1, &args, &refusal), 0);
	CHECK_INT(args.numbers[1], 20);
	pairs[1].value = BR_STR("seven");
	CHECK_INT(br_web_args_from_pairs(query, pairs, 2, &args, &refusal), BR_E_INVALID);
	pairs[0].value = BR_STR("\xFF");
	CHECK_INT(br_web_args_from_pairs(query, pairs, 1, &args, &refusal), BR_E_INVALID);
	CHECK_HAS(refusal.fault.text, "is not UTF-8");
	pairs[0].name = BR_STR("\xFF");
	CHECK_INT(br_web_args_from_pairs(query, pairs, 1, &args, &refusal), BR_E_INVALID);
	CHECK_HAS(refusal.fault.text, "is not UTF-8");
}

static void test_paths_find_their_query(void)
{
	static const struct {
		const char *path, *name, *value;
	} cases[] = {
		{"/status", "status.get", ""},
		{"/products", "product.search", ""},
		{"/products/A", "product.get", "A"},
		{"/products/A/movements", "product.movements", "A"},
		{"/products/movements", "product.get", "movements"},
		{"/sensors/zigbee2mqtt/cooler/dairy-1", "sensor.get", "zigbee2mqtt/cooler/dairy-1"},
		{"/sensors/zigbee2mqtt/cooler/dairy-1/series", "sensor.series",
			"zigbee2mqtt/cooler/dairy-1"},
		{"/orders/O-1/history", "order.history", "O-1"},
	};
	struct br_str value;

	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		const struct br_web_query *query =
			br_web_query_at(br_str_from(cases[i].path), &value);

		REQUIRE(query != NULL);
		CHECK_TEXT(query->name, cases[i].name);
		CHECK_STR(value, cases[i].value);
	}
	CHECK(br_web_query_at(BR_STR("/products/"), &value) == NULL);
	CHECK(br_web_query_at(BR_STR("/scan"), &value) == br_web_query_named(BR_STR("scan")));
	CHECK(br_web_query_at(BR_STR("/scan/1"), &value) == NULL);
	CHECK(br_web_query_at(BR_STR(""), &value) == NULL);
}

/* A failing transaction gives an error, and what was written before it is gone. */
static void test_a_query_that_fails_leaves_no_half_answer(void)
{
	const struct br_web_query *query = br_web_query_named(BR_STR("order.list"));
	struct br_web_args args = {.numbers = {0, 100}};

	begin("fails");
	view_open(&view, &ledger, &fake.live);
	br_text_puts(&view.text, "before");
	(void)br_txn_fail(view.view.txn, BR_E_CORRUPT);
	CHECK_INT(br_web_query_run(query, &view.view, &args, &view.text, &refusal), BR_E_CORRUPT);
	CHECK_INT(refusal.status, 500);
	CHECK_INT(view.text.n, 6);
	view_close(&view);
	view_open(&view, &ledger, &fake.live);
	view.text.max = 50;
	CHECK_INT(br_web_query_run(query, &view.view, &args, &view.text, &refusal), BR_E_TOO_LARGE);
	CHECK_TEXT(refusal.code, "too_large");
	view_close(&view);
	end();
}

static void test_the_journal_in_the_words_of_gs1(void)
{
	begin("epcis");
	CHECK_HAS(ask("epcis.document", "{\"after\":3,\"limit\":1}"),
		"{\"@context\":[\"https://ref.gs1.org/standards/epcis/2.0.0/"
		"epcis-context.jsonld\",");
	CHECK_HAS(ask("epcis.document", "{\"after\":3,\"limit\":1}"),
		"\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":\"");
	CHECK_HAS(ask("epcis.document", "{\"after\":3,\"limit\":1}"), "\"bizStep\":\"receiving\"");
	CHECK_HAS(ask("epcis.document", "{\"after\":3,\"limit\":1}"),
		"]},\"backroom:sequence\":4,\"backroom:head\":15}");
	CHECK_HAS(ask("epcis.document", "{\"after\":4,\"limit\":1}"), "\"bizStep\":\"stocking\"");
	CHECK_HAS(ask("epcis.document", "{\"after\":15}"),
		"\"eventList\":[]},\"backroom:sequence\":15,\"backroom:head\":15}");
	CHECK_HAS(ask("epcis.document", "{}"), "https://id.gs1.org/414/9506000134352");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_products_are_found_by_words_and_barcodes);
	TEST(test_movements_come_newest_first);
	TEST(test_movements_explain_the_products_numbers);
	TEST(test_an_unknown_parameter_is_quoted_from_its_slice);
	TEST(test_an_export_is_made_of_commands);
	TEST(test_rules_of_barcodes_are_listed);
	TEST(test_scans_are_told_apart);
	TEST(test_reservations_name_their_orders);
	TEST(test_orders_are_listed_by_state);
	TEST(test_labels_and_sensors_are_listed_in_pages);
	TEST(test_series_are_asked_for_by_time);
	TEST(test_the_journal_is_read_from_a_sequence);
	TEST(test_the_journal_in_the_words_of_gs1);
	TEST(test_parameters_are_checked_one_by_one);
	TEST(test_pairs_are_read_as_json_is);
	TEST(test_paths_find_their_query);
	TEST(test_a_query_that_fails_leaves_no_half_answer);
	return test_end(argc, argv);
}
