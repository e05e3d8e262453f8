/* Movements, the stock of a past instant, and the work of the stock in rows and on the board. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/stock.h"
#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "web-ui/query.h"
#include "web-ui/status.h"

static struct ledger ledger;
static struct fake_live fake;
static struct view view;
static struct br_web_refusal refusal;

static void begin(const char *name)
{
	ledger_open(&ledger, name);
	fake_live_init(&fake);
	ledger_must(&ledger, "product.upsert",
		"{\"sku\":\"A\",\"name\":\"Apples\",\"min\":4,\"track_expiry\":true,"
		"\"markdown_days\":2}");
	ledger_must(&ledger, "product.upsert", "{\"sku\":\"B\",\"name\":\"Bread\"}");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":10}");
}

static void end(void)
{
	ledger_close(&ledger);
}

static const char *ask(const char *name, const char *params)
{
	return ledger_ask(&ledger, &fake.live, name, params, &refusal);
}

static void must(const char *type, const char *data)
{
	char json[600];

	(void)snprintf(json, sizeof(json), "%s", data);
	for (char *p = json; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	ledger_must(&ledger, type, json);
}

/* How often a text stands in another. */
static unsigned times(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static const char *row(enum br_web_noun noun, const char *key)
{
	static char text[4000];

	view_open(&view, &ledger, &fake.live);
	(void)snprintf(text, sizeof(text), "%s", view_row(&view, noun, key));
	view_close(&view);
	return text;
}

/* Whatever moves goods tells it by itself: none of these is known to the page's code. */
static void test_all_movements_are_listed(void)
{
	static const struct {
		const char *type, *data, *row;
	} rows[] = {
		{"delivery.announce",
			"{'delivery':'D','lines':[{'sku':'A','quantity':5,'lot':'x','expiry':"
			"'2026-04-01T00:00:00Z'}]}",
			"\"kind\":\"announce\",\"bucket\":\"in_transit_in\",\"quantity\":5,"
			"\"source\":\"D\""},
		{"delivery.receive", "{'delivery':'D','sku':'A','quantity':7,'damaged':1}",
			"\"kind\":\"receive\",\"bucket\":\"in_transit_in\",\"to_bucket\":"
			"\"backroom\",\"quantity\":-5,\"lot\":\"x\",\"expiry\":\"2026-04-01T00:00:"
			"00.000Z\",\"source\":\"D\""},
		{"rights.grant", "{'sku':'A','quantity':2,'reason':'week'}",
			"\"kind\":\"grant\",\"bucket\":\"rights\",\"quantity\":2,\"reason\":"
			"\"week\""},
		{"transfer.send", "{'transfer':'T','to':'x','lines':[{'sku':'A','quantity':3}]}",
			"\"kind\":\"transfer_out\",\"bucket\":\"backroom\",\"to_bucket\":"
			"\"in_transit_out\",\"quantity\":-3,\"source\":\"T\""},
		{"transfer.confirm", "{'transfer':'T'}",
			"\"kind\":\"transfer_out\",\"bucket\":\"in_transit_out\",\"quantity\":-3"},
		{"stock.move",
			"{'sku':'A','kind':'damage','bucket':'backroom','quantity':1,'reason':'r'}",
			"\"kind\":\"damage\",\"bucket\":\"backroom\",\"to_bucket\":\"damaged\","
			"\"quantity\":-1,\"reason\":\"r\""},
		{"stock.move", "{'sku':'A','kind':'count','quantity':0}",
			"\"kind\":\"count\",\"bucket\":\"shelf\",\"quantity\":0,\"counted\":0,"
			"\"expected\":0"},
		{"count.open", "{'count':'N','skus':['A'],'bucket':'backroom'}", ""},
		{"count.enter", "{'count':'N','sku':'A','quantity':14}", ""},
		{"count.close", "{'count':'N'}",
			"\"kind\":\"count\",\"bucket\":\"backroom\",\"quantity\":1,\"counted\":14,"
			"\"expected\":13,\"source\":\"N\""},
	};
	const char *answer;

	begin("movements");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		must(rows[i].type, rows[i].data);
		answer = ask("product.movements", "{'sku':'A','limit':3}");
		if (!CHECK(strstr(answer, rows[i].row) != NULL))
			printf("row %zu: %s\n", i, answer);
	}
	end();
}

static void test_the_stock_of_a_past_instant(void)
{
	begin("instant");
	ledger.now_ms += 3600000;
	must("stock.move", "{'sku':'A','kind':'fill','quantity':4}");
	CHECK_HAS(ask("product.stock_at", "{'sku':'A','at':'2026-03-01T10:30:00Z'}"),
		"{\"sku\":\"A\",\"at\":\"2026-03-01T10:30:00.000Z\",\"on_hand\":10,\"reserved\":0,"
		"\"rights\":0,\"buckets\":{\"backroom\":10,\"shelf\":0");
	CHECK_HAS(ask("product.stock_at", "{'sku':'A','at':'2026-03-01T11:30:00Z'}"),
		"\"backroom\":6,\"shelf\":4");
	CHECK_HAS(ask("product.stock_at", "{'sku':'A','at':'2026-03-01T09:00:00Z'}"),
		"\"on_hand\":0");
	CHECK_TEXT(ask("product.stock_at", "{'sku':'Z','at':'2026-03-01T09:00:00Z'}"), "");
	CHECK_INT(refusal.status, 404);
	CHECK_TEXT(ask("product.stock_at", "{'sku':'A'}"), "");
	CHECK_HAS(refusal.fault.text, "at: is missing");
	end();
}

/* On the first page stands what cannot wait; all else is a number. */
static void test_tasks_on_the_status_board(void)
{
	struct br_web_status status;
	char text[4000];

	begin("board");
	must("task.create", "{'kind':'call','key':'O-1','reason':'r'}");
	must("task.create", "{'kind':'count','key':'B','reason':'r'}");
	must("task.create", "{'kind':'other','key':'x','reason':'r'}");
	must("task.create", "{'kind':'other','key':'y','reason':'r','due':'2026-03-01T09:00:00Z'}");
	must("stock.move",
		"{'sku':'A','kind':'receive','quantity':2,'expiry':'2026-02-09T00:00:00Z'}");
	br_web_status_init(&status);
	view_open(&view, &ledger, &fake.live);
	view.view.status = &status;
	REQUIRE(br_web_status_load(&status, &view.view) == 0);
	(void)snprintf(text, sizeof(text), "%s", view_row(&view, BR_WEB_STATUS, "store"));
	view_close(&view);
	br_web_status_finish(&status);
	CHECK_HAS(text, "\"state\":\"attention\"");
	CHECK_HAS(text, "\"what\":\"tasks_call\",\"noun\":\"task\",\"key\":\"O-1\",\"text\":"
			"\"1 customer is to be called\"");
	CHECK_HAS(text, "\"what\":\"tasks_count\",\"noun\":\"task\",\"key\":\"B\"");
	CHECK_HAS(text, "\"what\":\"tasks_waste\",\"noun\":\"task\",\"key\":\"A\"");
	CHECK_HAS(text, "\"what\":\"tasks_overdue\",\"noun\":\"task\",\"key\":\"y\"");
	CHECK_INT(times(text, "\"key\":\"x\""), 0);
	CHECK_HAS(text, "\"tasks\":{\"fill\":1,\"count\":1,\"waste\":1,\"call\":1,\"other\":2}");
	end();
}

/* Nobody who counts is told what should be there; what was counted wrong shows afterwards. */
static void test_the_rows_of_what_is_open(void)
{
	begin("rows");
	must("policy.set", "{'count_approve_above':0}");
	must("delivery.announce",
		"{'delivery':'D','sender':'dairy','lines':[{'sku':'A','quantity':1}]}");
	CHECK_HAS(row(BR_WEB_DELIVERY, "D"), "{\"key\":\"D\",\"delivery\":\"D\"");
	CHECK_HAS(row(BR_WEB_DELIVERY, "D"), "\"allowed\":[\"receive\",\"close\",\"cancel\"]");
	must("delivery.receive", "{'delivery':'D','sku':'A','quantity':1}");
	CHECK_HAS(row(BR_WEB_DELIVERY, "D"), "\"state\":\"receiving\"");
	must("transfer.send", "{'transfer':'T','to':'0815','lines':[{'sku':'A','quantity':3}]}");
	CHECK_HAS(row(BR_WEB_TRANSFER, "T"), "\"allowed\":[\"confirm\",\"cancel\"]");
	must("count.open", "{'count':'N','skus':['A'],'bucket':'backroom'}");
	must("count.enter", "{'count':'N','sku':'A','quantity':3}");
	CHECK_HAS(row(BR_WEB_COUNT, "N"), "\"allowed\":[\"enter\",\"close\",\"cancel\"]");
	CHECK_HAS(row(BR_WEB_COUNT, "N"), "\"counted_n\":1");
	CHECK_INT(times(row(BR_WEB_COUNT, "N"), "variance"), 0);
	must("count.close", "{'count':'N'}");
	CHECK_HAS(row(BR_WEB_COUNT, "N"), "\"variance_n\":1");
	CHECK_HAS(row(BR_WEB_DELIVERY, "nothing"), "\"removed\":true");
	CHECK_HAS(row(BR_WEB_TRANSFER, "nothing"), "\"removed\":true");
	CHECK_HAS(row(BR_WEB_COUNT, "nothing"), "\"removed\":true");
	end();
}

/* A snapshot has what is open, in the order of its keys. */
static void test_the_snapshot_of_open_ones(void)
{
	struct br_web_walk walk = {.n = 0};
	struct br_str key;
	unsigned n = 0;

	begin("snapshot");
	must("delivery.announce", "{'delivery':'D','lines':[{'sku':'A','quantity':1}]}");
	must("delivery.announce", "{'delivery':'DD','lines':[{'sku':'A','quantity':1}]}");
	must("delivery.announce", "{'delivery':'E','lines':[{'sku':'A','quantity':1}]}");
	must("delivery.cancel", "{'delivery':'E'}");
	must("count.open", "{'count':'D','skus':['B']}");
	view_open(&view, &ledger, &fake.live);
	while (br_web_walk_next(&view.view, BR_WEB_DELIVERY, &walk, &key))
		CHECK_STR(key, n++ == 0 ? "D" : "DD");
	CHECK_INT(n, 2);
	walk = (struct br_web_walk){.n = 0};
	CHECK(br_web_walk_next(&view.view, BR_WEB_COUNT, &walk, &key));
	CHECK(!br_web_walk_next(&view.view, BR_WEB_COUNT, &walk, &key));
	walk = (struct br_web_walk){.n = 0};
	CHECK(!br_web_walk_next(&view.view, BR_WEB_TRANSFER, &walk, &key));
	view_close(&view);
	end();
}

static void test_what_is_available_to_whom(void)
{
	begin("available");
	must("stock.policy", "{'safety':1,'buffers':[{'channel':'web','quantity':12}]}");
	CHECK_TEXT(ask("product.available", "{'sku':'A'}"),
		"{\"sku\":\"A\",\"on_hand\":10,\"safety\":1,\"available\":9,\"channels\":{"
		"\"web\":-3,\"app\":9,\"marketplace\":9,\"phone\":9,\"kiosk\":9,\"store\":"
		"9}}");
	CHECK_TEXT(ask("product.available", "{'sku':'Z'}"), "");
	CHECK_INT(refusal.status, 404);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_all_movements_are_listed);
	TEST(test_the_stock_of_a_past_instant);
	TEST(test_tasks_on_the_status_board);
	TEST(test_the_rows_of_what_is_open);
	TEST(test_the_snapshot_of_open_ones);
	TEST(test_what_is_available_to_whom);
	return test_end(argc, argv);
}
