/* What HQ makes of each kind of event and command, alone: the values that are compared. */
#include "tests/peers/hq_projection.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

static struct peer_projection *projection;
static struct br_text text;
static uint64_t sequence;

static void begin(void)
{
	projection = peer_projection_create();
	br_text_init(&text, 1 << 16);
	sequence = 0;
}

static void end(void)
{
	peer_projection_destroy(projection);
	br_text_finish(&text);
}

/* JSON with ' for ". */
static struct br_json *parse(const char *json)
{
	static char quoted[2048];
	struct br_json *root = NULL;
	size_t n = strlen(json);

	REQUIRE(n < sizeof(quoted));
	for (size_t i = 0; i <= n; i++)
		quoted[i] = (char)(json[i] == '\'' ? '"' : json[i]);
	REQUIRE(br_json_parse(br_str_from(quoted), &root, NULL) == 0);
	return root;
}

static void event(const char *what, const char *body)
{
	struct br_json *root = parse(body);
	char type[64];

	(void)snprintf(type, sizeof(type), "org.backroom.%s.v1", what);
	peer_projection_event(projection, ++sequence, br_str_from(type), root);
	br_json_free(root);
}

static void command(const char *type, const char *body)
{
	struct br_json *root = parse(body);
	char quoted[1024];
	size_t n = strlen(body);

	REQUIRE(n < sizeof(quoted));
	for (size_t i = 0; i <= n; i++)
		quoted[i] = (char)(body[i] == '\'' ? '"' : body[i]);
	peer_projection_command(projection, br_str_from(type), root, br_str_from(quoted));
	br_json_free(root);
}

static const char *value(enum peer_view view, const char *key, int64_t at_ms)
{
	br_text_clear(&text);
	peer_projection_value(projection, view, br_str_from(key), 0, at_ms, &text);
	return text.n > 0 ? text.bytes : "";
}

/* Each row on top of those before it. */
static const struct {
	const char *what, *body, *stock;
} moves[] = {
	{"stock.moved", "{'sku':'A','bucket':'backroom','quantity':10}", "10000|0|0|0|0|0|0|0|0|0"},
	{"stock.moved", "{'sku':'A','bucket':'backroom','quantity':-4,'to_bucket':'shelf'}",
		"6000|4000|0|0|0|0|0|0|0|0"},
	{"sale.recorded", "{'lines':[{'sku':'A','quantity':1.5},{'sku':'B','quantity':1}]}",
		"6000|2500|0|0|0|0|0|0|0|0"},
	{"sale.voided", "{'lines':[{'sku':'A','quantity':0.5}]}", "6000|3000|0|0|0|0|0|0|0|0"},
	{"return.recorded", "{'lines':[{'sku':'A','quantity':1}]}", "6000|3000|0|0|1000|0|0|0|0|0"},
	{"rights.granted", "{'sku':'A','quantity':2}", "6000|3000|0|0|1000|0|0|0|0|2000"},
	{"rights.revoked", "{'sku':'A','quantity':1}", "6000|3000|0|0|1000|0|0|0|0|1000"},
	{"delivery.lines_announced", "{'lines':[{'sku':'A','quantity':8}]}",
		"6000|3000|0|0|1000|8000|0|0|0|1000"},
	{"delivery.received", "{'sku':'A','quantity':5,'damaged':1,'transit':6}",
		"11000|3000|0|1000|1000|2000|0|0|0|1000"},
	{"delivery.received", "{'sku':'A','quantity':1,'transit':1,'to':'shelf'}",
		"11000|4000|0|1000|1000|1000|0|0|0|1000"},
	{"delivery.short", "{'lines':[{'sku':'A','quantity':1}]}",
		"11000|4000|0|1000|1000|0|0|0|0|1000"},
	{"transfer.lines", "{'bucket':'backroom','lines':[{'sku':'A','transit':3,'here':-3}]}",
		"8000|4000|0|1000|1000|0|3000|0|0|1000"},
	{"count.adjusted", "{'bucket':'shelf','lines':[{'sku':'A','counted':2,'expected':4}]}",
		"8000|2000|0|1000|1000|0|3000|0|0|1000"},
	{"order.accepted",
		"{'order':'O','version':2,'state':'accepted','changes':[{'sku':'A','reserved':2,"
		"'rights':-1}]}",
		"8000|2000|0|1000|1000|0|3000|0|2000|0"},
	{"order.picked",
		"{'order':'O','version':3,'state':'picked','changes':[{'sku':'A','reserved':-2,"
		"'picked':2,'shelf':-2}]}",
		"8000|0|2000|1000|1000|0|3000|0|0|0"},
	{"order.movements",
		"{'order':'O','state':'picked','changes':[{'sku':'A','display':1,"
		"'damaged':1,'to_inspect':1,'backroom':-3}]}",
		"5000|0|2000|2000|2000|0|3000|1000|0|0"},
	{"task.created", "{'kind':'fill','key':'A'}", "5000|0|2000|2000|2000|0|3000|1000|0|0"},
	{"stock.stated", "{'sku':'A','shelf':7,'reserved':1}", "0|7000|0|0|0|0|0|0|1000|0"},
	{"stock.moved", "{'sku':'A','bucket':'shelf','quantity':-1}", "0|6000|0|0|0|0|0|0|1000|0"},
	{"stock.stated", "{'sku':'A'}", ""},
};

static void test_what_moves_the_stock(void)
{
	begin();
	for (size_t i = 0; i < BR_ARRAY_LEN(moves); i++) {
		event(moves[i].what, moves[i].body);
		if (!CHECK(strcmp(value(PEER_VIEW_STOCK, "A", 0), moves[i].stock) == 0))
			printf("%s: %s, wanted %s\n", moves[i].what, value(PEER_VIEW_STOCK, "A", 0),
				moves[i].stock);
	}
	CHECK_TEXT(value(PEER_VIEW_STOCK, "B", 0), "0|-1000|0|0|0|0|0|0|0|0");
	CHECK_TEXT(value(PEER_VIEW_STOCK, "C", 0), "");
	end();
}

static void test_an_orders_way(void)
{
	begin();
	event("order.offered", "{'order':'O','line_n':2}");
	event("order.line_offered", "{'order':'O','index':0,'sku':'A','quantity':2}");
	event("order.line_offered", "{'order':'O','index':1,'sku':'B','quantity':1}");
	CHECK_TEXT(value(PEER_VIEW_ORDERS, "O", 0),
		"offered\n0|2000|0|0|0|0|0|0|0|0|0\n1|1000|0|0|0|0|0|0|0|0|0\n");
	event("order.accepted", "{'order':'O','version':2,'state':'accepted','changes':[{'index':1,"
				"'sku':'B','reserved':1}]}");
	event("order.cancel_late", "{'order':'O','version':9,'state':'shipped'}");
	CHECK_TEXT(value(PEER_VIEW_ORDERS, "O", 0),
		"accepted\n0|2000|0|0|0|0|0|0|0|0|0\n1|1000|1000|0|0|0|0|0|0|0|0\n");
	/* Stated anew, in two events. */
	event("order.stated", "{'order':'O','state':'picking','version':3,'sequence':4,'line_n':2,"
			      "'left':1,'lines':[{'index':0,'sku':'A','ordered':5}]}");
	event("order.stated", "{'order':'O','state':'picking','version':3,'sequence':4,'line_n':2,"
			      "'first':1,'lines':[{'index':1,'sku':'B','ordered':6,'short':1}]}");
	CHECK_TEXT(value(PEER_VIEW_ORDERS, "O", 0),
		"picking\n0|5000|0|0|0|0|0|0|0|0|0\n1|6000|0|0|1000|0|0|0|0|0|0\n");
	event("order.stated", "{'order':'O','unknown':true}");
	CHECK_TEXT(value(PEER_VIEW_ORDERS, "O", 0), "");
	end();
}

static void test_the_catalogue_is_that_of_the_last_commands(void)
{
	begin();
	command("product.upsert",
		"{'brand':'X','sku':'A','name':'a','age':0,'fragile':true,"
		"'content':1.50,'content_unit':'kg','gtins':['4006381333931'],"
		"'positions':[{'aisle':'1'}],'names':[{'text':'b','lang':'el'}]}");
	CHECK_TEXT(value(PEER_VIEW_CATALOGUE, "A", 0),
		"{\"sku\":\"A\",\"name\":\"a\",\"names\":[{\"lang\":\"el\",\"text\":\"b\"}],"
		"\"brand\":\"X\",\"gtins\":[\"4006381333931\"],\"sold_by\":\"piece\",\"content\":"
		"1.5,\"content_unit\":\"kg\",\"fragile\":true}");
	command("price.set", "{'sku':'A','amount':2,'currency':'EUR'}");
	command("product.remove", "{'sku':'A'}");
	CHECK_TEXT(value(PEER_VIEW_CATALOGUE, "A", 0), "");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", 0), "");
	end();
}

/* 2026-03-02T00:00:00Z is 1772409600000. */
static void test_prices_that_count_and_are_planned(void)
{
	int64_t before_ms = INT64_C(1772300000000), then_ms = INT64_C(1772409600000);

	begin();
	command("product.upsert", "{'sku':'A','name':'a'}");
	command("price.set", "{'sku':'A','amount':2,'currency':'EUR'}");
	command("price.set", "{'sku':'A','amount':2.5,'currency':'EUR'}");
	command("price.set", "{'sku':'A','kind':'promotion','amount':1,'currency':'EUR','from':"
			     "'2026-03-02T00:00:00Z','to':'2026-03-03T00:00:00Z'}");
	command("price.set", "{'sku':'A','kind':'override','amount':9,'currency':'EUR'}");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", before_ms),
		"promotion|1000|EUR|1772409600000|1772496000000\nregular|2500|EUR||\n");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", then_ms),
		"promotion|1000|EUR||1772496000000\nregular|2500|EUR||\n");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", INT64_C(1772496000000)), "regular|2500|EUR||\n");
	command("price.cancel", "{'sku':'A','kind':'promotion','from':'2026-03-02T00:00:00Z'}");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", before_ms), "regular|2500|EUR||\n");
	end();
}

/* What was sent first may begin last: both count from when they say. */
static void test_the_price_that_began_last_counts(void)
{
	int64_t before_ms = INT64_C(1772300000000), then_ms = INT64_C(1772409600000);

	begin();
	command("product.upsert", "{'sku':'A','name':'a'}");
	command("price.set",
		"{'sku':'A','amount':2,'currency':'EUR','from':'2026-03-02T00:00:00Z'}");
	command("price.set",
		"{'sku':'A','amount':3,'currency':'EUR','from':'2026-02-01T00:00:00Z'}");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", before_ms),
		"regular|2000|EUR|1772409600000|\nregular|3000|EUR||\n");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", then_ms), "regular|2000|EUR||\n");
	command("price.set",
		"{'sku':'A','amount':4,'currency':'EUR','from':'2026-03-02T00:00:00Z'}");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", before_ms),
		"regular|3000|EUR||\nregular|4000|EUR|1772409600000|\n");
	CHECK_TEXT(value(PEER_VIEW_PRICES, "A", then_ms), "regular|4000|EUR||\n");
	end();
}

static char told[2048];

static void keep(void *context, const char *type, struct br_str body)
{
	size_t n = strlen(told);

	(void)context;
	(void)snprintf(told + n, sizeof(told) - n, "%s %.*s\n", type, BR_STR_ARG(body));
}

static size_t repair(enum peer_view view, const char *key, const char *theirs)
{
	told[0] = '\0';
	return peer_projection_repair(projection, view, br_str_from(key), br_str_from(theirs),
		INT64_C(1772300000000), keep, NULL);
}

static void test_commands_that_bring_the_store_back(void)
{
	begin();
	command("product.upsert", "{'sku':'A','name':'a'}");
	command("price.set", "{'sku':'A','amount':2.5,'currency':'EUR'}");
	CHECK_INT(repair(PEER_VIEW_CATALOGUE, "A", ""), 1);
	CHECK_TEXT(told, "product.upsert {\"sku\":\"A\",\"name\":\"a\"}\n");
	CHECK_INT(repair(PEER_VIEW_CATALOGUE, "Z", ""), 1);
	CHECK_TEXT(told, "product.remove {\"sku\":\"Z\"}\n");
	CHECK_INT(repair(PEER_VIEW_PRICES, "A", "regular|9000|EUR||\n"), 1);
	CHECK_TEXT(told, "price.set {\"sku\":\"A\",\"kind\":\"regular\",\"amount\":2.5,"
			 "\"currency\":\"EUR\"}\n");
	CHECK_INT(repair(PEER_VIEW_PRICES, "A",
			  "promotion|1000|EUR|1772409600000|1772496000000\nregular|2500|EUR||\n"),
		1);
	CHECK_TEXT(told,
		"price.cancel {\"sku\":\"A\",\"kind\":\"promotion\",\"from\":"
		"\"2026-03-02T00:00:00.000Z\",\"reason\":\"not of the central system\"}\n");
	/* A regular price that HQ knows nothing of cannot be taken back, only replaced. */
	CHECK_INT(repair(PEER_VIEW_PRICES, "Z", "regular|1000|EUR||\n"), 0);
	CHECK_INT(repair(PEER_VIEW_STOCK, "A", ""), 0);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_what_moves_the_stock);
	TEST(test_an_orders_way);
	TEST(test_the_catalogue_is_that_of_the_last_commands);
	TEST(test_prices_that_count_and_are_planned);
	TEST(test_the_price_that_began_last_counts);
	TEST(test_commands_that_bring_the_store_back);
	return test_end(argc, argv);
}
