/* What can be asked about tills. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "web-ui/query.h"

static struct ledger ledger;
static struct fake_live fake;
static char body[1 << 16];

/* The answer to a query with parameters as REST has them: "name=value name=value". */
static const char *ask(const char *name, const char *params)
{
	const struct br_web_query *query = br_web_query_named(br_str_from(name));
	struct br_str rest = br_str_from(params);
	struct br_web_pair pairs[BR_WEB_PARAMS_MAX];
	struct br_web_refusal refusal = {.status = 0};
	struct br_web_args args;
	struct view view;
	unsigned n = 0;
	int result;

	REQUIRE(query != NULL);
	while (rest.n > 0) {
		struct br_str value = br_str_split(&rest, ' ');

		pairs[n].name = br_str_split(&value, '=');
		pairs[n++].value = value;
	}
	result = br_web_args_from_pairs(query, pairs, n, &args, &refusal);
	view_open(&view, &ledger, &fake.live);
	if (result == 0)
		result = br_web_query_run(query, &view.view, &args, &view.text, &refusal);
	(void)snprintf(body, sizeof(body), "%.*s",
		result == 0 ? (int)view.text.n : (int)strlen(refusal.fault.text),
		result == 0 ? view.text.bytes : refusal.fault.text);
	view_close(&view);
	return body;
}

static void begin(const char *name)
{
	ledger_open(&ledger, name);
	fake_live_init(&fake);
	ledger_must(&ledger, "product.upsert", "{\"sku\":\"S\",\"name\":\"Soap\"}");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"S\",\"kind\":\"receive\",\"quantity\":10}");
}

static void sell(const char *till, const char *quantity)
{
	char json[200];

	(void)snprintf(json, sizeof(json),
		"{\"till\":\"%s\",\"currency\":\"EUR\",\"lines\":[{\"sku\":\"S\",\"quantity\":%s,"
		"\"price\":2}]}",
		till, quantity);
	ledger_must(&ledger, "sale.record", json);
}

static void test_the_day_of_each_till(void)
{
	begin("day");
	CHECK_TEXT(ask("till.day", ""), "{\"date\":\"2026-03-01\",\"from\":"
					"\"2026-03-01T00:00:00.000Z\",\"to\":\"2026-03-02T00:00:"
					"00.000Z\",\"rows\":[],\"more\":false}");
	sell("t2", "1");
	sell("t1", "2");
	ledger_must(&ledger, "return.record",
		"{\"till\":\"t1\",\"currency\":\"EUR\",\"lines\":[{\"sku\":\"S\",\"quantity\":1,"
		"\"price\":2}]}");
	CHECK_HAS(ask("till.day", ""),
		"\"rows\":[{\"till\":\"t1\",\"currency\":\"EUR\",\"sales\":1,\"returns\":1,"
		"\"voids\":0,\"lines\":2,\"sold\":4,\"given_back\":2,\"voided\":0,\"net\":2},{"
		"\"till\":\"t2\"");
	CHECK_HAS(ask("till.day", "till=t2"), "\"rows\":[{\"till\":\"t2\"");
	CHECK_HAS(ask("till.day", "limit=1"), "}],\"more\":true}");
	CHECK_HAS(ask("till.day", "at=2026-03-02T00:00:00Z"), "\"rows\":[],\"more\":false");
	CHECK_HAS(ask("till.day", "at=2026-03-01T23:59:59Z"), "\"till\":\"t1\"");
	ledger_close(&ledger);
}

static void test_parked_sales_and_who_has_them(void)
{
	begin("parked");
	CHECK_TEXT(ask("parked.list", ""), "{\"rows\":[],\"more\":false}");
	ledger_must(&ledger, "sale.park",
		"{\"parked\":\"p1\",\"till\":\"t1\",\"note\":\"purse\",\"lines\":[{\"sku\":\"S\","
		"\"quantity\":2}]}");
	ledger_must(&ledger, "sale.park",
		"{\"parked\":\"p2\",\"till\":\"t1\",\"lines\":[{\"sku\":\"S\",\"quantity\":2}]}");
	ledger_must(&ledger, "sale.unpark", "{\"parked\":\"p1\",\"till\":\"t2\"}");
	CHECK_HAS(ask("parked.list", ""),
		"\"rows\":[{\"parked\":\"p1\",\"till\":\"t1\",\"note\":\"purse\",\"line_n\":1,"
		"\"since\":");
	CHECK_HAS(body, "\"taken_by\":\"t2\"},{\"parked\":\"p2\"");
	CHECK_HAS(ask("parked.list", "limit=1"), "\"more\":true");
	ledger_close(&ledger);
}

static void test_breaches_and_whom_they_hit(void)
{
	begin("breaches");
	CHECK_TEXT(ask("breach.list", ""), "{\"rows\":[],\"more\":false}");
	ledger_must(&ledger, "order.offer",
		"{\"order\":\"O\",\"lines\":[{\"line\":\"1\",\"sku\":\"S\",\"quantity\":8}]}");
	ledger_must(&ledger, "order.accept", "{\"order\":\"O\"}");
	sell("t1", "3");
	sell("t1", "1");
	CHECK_HAS(ask("breach.list", ""), "\"sku\":\"S\",\"kind\":\"reservation\",\"quantity\":1,"
					  "\"till\":\"t1\",\"orders\":[{\"order\":\"O\",\"line\":"
					  "\"1\",\"quantity\":1}],\"sale\":\"");
	CHECK_HAS(ask("breach.list", "limit=1"), "\"more\":true");
	CHECK_HAS(ask("breach.list", "limit=0"), "limit: allowed is a whole number");
	ledger_close(&ledger);
}

static void test_rights_and_what_was_asked_back(void)
{
	begin("rights");
	CHECK_TEXT(ask("rights.list", ""), "{\"rows\":[],\"more\":false}");
	ledger_must(&ledger, "product.upsert", "{\"sku\":\"T\",\"name\":\"Tea\"}");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"T\",\"kind\":\"receive\",\"quantity\":10}");
	ledger_must(&ledger, "rights.grant", "{\"sku\":\"S\",\"quantity\":2}");
	ledger_must(&ledger, "rights.grant", "{\"sku\":\"T\",\"quantity\":4}");
	CHECK_TEXT(ask("rights.list", ""),
		"{\"rows\":[{\"sku\":\"S\",\"rights\":2,\"demand\":0},"
		"{\"sku\":\"T\",\"rights\":4,\"demand\":0}],\"more\":false}");
	CHECK_TEXT(ask("rights.list", "limit=1"), "{\"rows\":[{\"sku\":\"S\",\"rights\":2,"
						  "\"demand\":0}],\"more\":true,\"next\":\"S\"}");
	CHECK_TEXT(ask("rights.list", "after=S"),
		"{\"rows\":[{\"sku\":\"T\",\"rights\":4,\"demand\":0}],\"more\":false}");
	CHECK_TEXT(ask("rights.list", "recalled=1"), "{\"rows\":[],\"more\":false}");
	ledger_must(&ledger, "rights.recall",
		"{\"sku\":\"T\",\"quantity\":3,\"reason\":\"party\",\"associate\":\"kim\"}");
	CHECK_HAS(ask("rights.list", "recalled=1"),
		"{\"rows\":[{\"sku\":\"T\",\"rights\":4,\"demand\":0,\"recalled\":3,\"recall\":\"");
	CHECK_HAS(body, "\"reason\":\"party\",\"associate\":\"kim\"}],\"more\":false}");
	CHECK_HAS(ask("rights.list", "recalled=2"), "recalled: allowed is a whole number");
	ledger_close(&ledger);
}

static void test_conflicts_name_sender_and_id(void)
{
	begin("conflicts");
	CHECK_TEXT(ask("conflict.list", ""), "{\"rows\":[],\"more\":false}");
	sell("t1", "1");
	ledger.commands--;
	ledger_run(&ledger, "sale.record",
		"{\"till\":\"t1\",\"lines\":[{\"sku\":\"S\",\"quantity\":9,\"price\":2}]}");
	CHECK_INT(ledger.answer.outcome, BR_OUTCOME_CONFLICT);
	CHECK_HAS(ask("conflict.list", ""), "{\"rows\":[{\"command\":\"c-3\",\"actor\":\"test\","
					    "\"type\":\"sale.record\",\"first\":3,\"at\":");
	ledger_close(&ledger);
}

static void test_what_hq_refuses_is_listed_until_it_is_seen_to(void)
{
	begin("quarantine");
	CHECK_TEXT(ask("quarantine.list", ""), "{\"rows\":[],\"more\":false,\"count\":0}");
	sell("t1", "1");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"S\",\"kind\":\"receive\",\"quantity\":1}");
	for (unsigned event = 3; event <= 4; event++) {
		char json[100];

		(void)snprintf(json, sizeof(json),
			"{\"event\":%u,\"code\":\"c%u\",\"message\":\"why\"}", event, event);
		ledger_must(&ledger, "event.quarantine", json);
	}
	ledger_must(&ledger, "event.resend", "{\"event\":4}");
	CHECK_HAS(ask("quarantine.list", ""),
		"{\"rows\":[{\"event\":3,\"type\":\"sale.recorded\",\"subject\":\"");
	CHECK_HAS(body, "\"code\":\"c3\",\"message\":\"why\",\"at\":\"");
	CHECK_HAS(body, "\"resent\":true,\"tries\":1}],\"more\":false,\"count\":2}");
	CHECK_HAS(ask("quarantine.list", "limit=1"), "}],\"more\":true,\"count\":2}");
	CHECK_HAS(ask("quarantine.list", "after=3"), "{\"rows\":[{\"event\":4,");
	CHECK_HAS(ask("quarantine.list", "limit=0"), "limit: allowed is a whole number");
	ledger_close(&ledger);
}

int main(int argc, char **argv)
{
	/* Days are the store's, and the times of these sales are UTC. */
	REQUIRE(setenv("TZ", "UTC", 1) == 0);
	TEST(test_the_day_of_each_till);
	TEST(test_parked_sales_and_who_has_them);
	TEST(test_breaches_and_whom_they_hit);
	TEST(test_rights_and_what_was_asked_back);
	TEST(test_conflicts_name_sender_and_id);
	TEST(test_what_hq_refuses_is_listed_until_it_is_seen_to);
	return test_end(argc, argv);
}
