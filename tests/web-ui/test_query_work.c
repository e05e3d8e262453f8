/* What can be asked about the work in the store: tasks, deliveries, transfers, counts, lots. */
#include "web-ui/query.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"

static struct ledger ledger;
static struct fake_live fake;
static struct br_web_refusal refusal;

static void begin(const char *name)
{
	ledger_open(&ledger, name);
	ledger_must(&ledger, "product.upsert",
		"{\"sku\":\"A\",\"name\":\"Apple juice\",\"track_expiry\":true}");
	ledger_must(&ledger, "product.upsert", "{\"sku\":\"B\",\"name\":\"Bread\"}");
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

static void lacks(const char *text, const char *part)
{
	if (!CHECK(strstr(text, part) == NULL))
		printf("has %s: %s\n", part, text);
}

static void refused(const char *name, const char *params, const char *fault)
{
	CHECK_TEXT(ask(name, params), "");
	CHECK_INT(refusal.status, 404);
	CHECK_HAS(refusal.fault.text, fault);
}

static void test_what_is_not_there_is_not_found(void)
{
	begin("unknown");
	refused("delivery.get", "{\"delivery\":\"D\"}", "delivery \"D\"");
	refused("transfer.get", "{\"transfer\":\"T\"}", "transfer \"T\"");
	refused("count.get", "{\"count\":\"C\"}", "count \"C\"");
	refused("product.lots", "{\"sku\":\"Z\"}", "product \"Z\"");
	CHECK_TEXT(ask("delivery.list", "{}"), "{\"rows\":[],\"more\":false}");
	CHECK_TEXT(ask("transfer.list", "{}"), "{\"rows\":[],\"more\":false}");
	CHECK_TEXT(ask("count.list", "{}"), "{\"rows\":[],\"more\":false}");
	CHECK_TEXT(ask("task.list", "{}"), "{\"rows\":[],\"all\":0,\"more\":false}");
	end();
}

static void test_a_delivery_is_listed_until_it_is_closed(void)
{
	const char *text;

	begin("delivery");
	ledger_must(&ledger, "delivery.announce",
		"{\"delivery\":\"D-1\",\"sender\":\"Mill\",\"lines\":[{\"sku\":\"B\","
		"\"quantity\":5}]}");
	ledger_must(&ledger, "delivery.announce",
		"{\"delivery\":\"D-2\",\"sender\":\"Farm\",\"lines\":[{\"sku\":\"B\","
		"\"quantity\":1}]}");
	text = ask("delivery.list", "{\"limit\":1}");
	CHECK_HAS(text, "\"delivery\":\"D-1\"");
	CHECK_HAS(text, "\"more\":true}");
	lacks(text, "D-2");
	ledger_must(&ledger, "delivery.receive",
		"{\"delivery\":\"D-1\",\"sku\":\"B\",\"quantity\":3,\"damaged\":1}");
	text = ask("delivery.get", "{\"delivery\":\"D-1\"}");
	CHECK_HAS(text, "\"state\":\"receiving\"");
	CHECK_HAS(text, "\"allowed\":[\"receive\",\"close\"]");
	CHECK_HAS(text, "\"expected\":5,\"received\":3,\"damaged\":1,\"outstanding\":1,\"name\":"
			"\"Bread\",\"sold_by\":\"piece\"}]");
	ledger_must(&ledger, "delivery.close", "{\"delivery\":\"D-1\"}");
	lacks(ask("delivery.list", "{}"), "D-1");
	CHECK_HAS(ask("delivery.get", "{\"delivery\":\"D-1\"}"), "\"short_n\":1");
	end();
}

static void test_a_transfer_is_listed_until_it_is_settled(void)
{
	const char *text;

	begin("transfer");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"B\",\"kind\":\"receive\",\"quantity\":9}");
	ledger_must(&ledger, "transfer.send",
		"{\"transfer\":\"T-1\",\"to\":\"0413\",\"lines\":[{\"sku\":\"B\",\"quantity\":4}]"
		"}");
	CHECK_HAS(ask("transfer.list", "{}"), "\"to\":\"0413\",\"state\":\"sent\"");
	/* Nothing is lost before somebody says so. */
	lacks(ask("transfer.get", "{\"transfer\":\"T-1\"}"), "outcome");
	ledger_must(&ledger, "transfer.confirm",
		"{\"transfer\":\"T-1\",\"lines\":[{\"sku\":\"B\",\"quantity\":3}]}");
	text = ask("transfer.get", "{\"transfer\":\"T-1\"}");
	CHECK_HAS(text, "\"state\":\"differs\"");
	CHECK_HAS(text, "\"sent\":4,\"received\":3,\"name\":\"Bread\"");
	CHECK_HAS(ask("transfer.list", "{}"), "\"state\":\"differs\"");
	ledger_must(&ledger, "transfer.settle", "{\"transfer\":\"T-1\",\"outcome\":\"lost\"}");
	CHECK_TEXT(ask("transfer.list", "{}"), "{\"rows\":[],\"more\":false}");
	end();
}

/* Whoever counts must not be told what should be there. */
static void test_an_open_count_is_blind(void)
{
	const char *text;

	begin("count");
	ledger_must(&ledger, "price.set",
		"{\"sku\":\"B\",\"kind\":\"regular\",\"amount\":2.5,\"currency\":\"GBP\"}");
	ledger_must(&ledger, "stock.move",
		"{\"sku\":\"B\",\"kind\":\"receive\",\"bucket\":\"shelf\",\"quantity\":90}");
	ledger_must(&ledger, "count.open",
		"{\"count\":\"C-1\",\"scope\":\"sku\",\"skus\":[\"A\",\"B\"]}");
	ledger_must(&ledger, "count.enter",
		"{\"count\":\"C-1\",\"sku\":\"B\",\"quantity\":30,\"associate\":\"ana\"}");
	text = ask("count.get", "{\"count\":\"C-1\"}");
	CHECK_HAS(text, "\"state\":\"open\"");
	CHECK_HAS(text, "\"entries\":1,\"counted\":30");
	CHECK_HAS(text, "\"name\":\"Apple juice\",\"sold_by\":\"piece\",\"entries\":0}");
	lacks(text, "expected");
	lacks(text, "variance\"");
	ledger_must(&ledger, "count.close", "{\"count\":\"C-1\"}");
	text = ask("count.get", "{\"count\":\"C-1\"}");
	CHECK_HAS(text, "\"state\":\"closed\"");
	CHECK_HAS(text, "\"managers\":[]");
	CHECK_HAS(text, "\"expected\":90,\"variance\":-60,\"amount\":-150,\"currency\":\"GBP\"");
	CHECK_HAS(ask("count.list", "{}"), "\"allowed\":[\"approve\",\"reject\"]");
	CHECK_HAS(
		ask("task.list", "{}"), "\"kind\":\"approve\",\"noun\":\"count\",\"key\":\"C-1\"");
	ledger_must(&ledger, "policy.set", "{\"managers\":[\"anna\",\"bert\"]}");
	CHECK_HAS(ask("count.get", "{\"count\":\"C-1\"}"), "\"managers\":[\"anna\",\"bert\"]");
	ledger_must(&ledger, "count.approve", "{\"count\":\"C-1\",\"associate\":\"bert\"}");
	CHECK_TEXT(ask("count.list", "{}"), "{\"rows\":[],\"more\":false}");
	end();
}

static void test_tasks_come_most_urgent_first(void)
{
	const char *text, *first, *second;

	begin("tasks");
	ledger_must(&ledger, "delivery.announce",
		"{\"delivery\":\"D-late\",\"expected\":\"2026-03-01T09:00:00Z\",\"lines\":[{"
		"\"sku\":\"B\",\"quantity\":5}]}");
	ledger_must(&ledger, "stock.move",
		"{\"sku\":\"B\",\"kind\":\"adjust\",\"quantity\":-3,\"reason\":\"gone\"}");
	text = ask("task.list", "{}");
	first = strstr(text, "\"key\":\"D-late\"");
	second = strstr(text, "\"kind\":\"count\",\"noun\":\"product\",\"key\":\"B\"");
	CHECK(first != NULL && second != NULL && first < second);
	CHECK_HAS(text, "\"due\":\"2026-03-01T09:00:00.000Z\"");
	text = ask("task.list", "{\"limit\":1}");
	CHECK_HAS(text, "\"more\":true}");
	lacks(text, "\"kind\":\"count\"");
	end();
}

/* More tasks than the first room for them: none is lost, and the limit says that there are more. */
static void test_many_tasks_are_all_sorted(void)
{
	char body[160];

	begin("many");
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(body, sizeof(body),
			"{\"delivery\":\"D-%u\",\"expected\":\"2026-03-01T%02u:%02u:00Z\","
			"\"lines\":[{\"sku\":\"B\",\"quantity\":1}]}",
			i, 9 - i / 60, 59 - i % 60);
		ledger_must(&ledger, "delivery.announce", body);
	}
	CHECK_HAS(ask("task.list", "{\"limit\":1}"), "\"key\":\"D-199\"");
	CHECK_HAS(ask("task.list", "{\"limit\":1}"), "\"all\":200,\"more\":true}");
	CHECK_HAS(ask("task.list", "{\"limit\":200}"), "\"more\":false}");
	end();
}

/* The walk goes past the shelves in their order, whatever the order of the lines. */
static void test_a_pick_list_is_walked_in_order(void)
{
	const char *text;

	begin("pick-list");
	ledger_must(&ledger, "product.upsert",
		"{\"sku\":\"A\",\"name\":\"Apple juice\",\"positions\":[{\"aisle\":\"10\"}]}");
	ledger_must(&ledger, "product.upsert",
		"{\"sku\":\"B\",\"name\":\"Bread\",\"positions\":[{\"aisle\":\"2\"}]}");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":5}");
	ledger_must(&ledger, "stock.move", "{\"sku\":\"B\",\"kind\":\"receive\",\"quantity\":5}");
	ledger_must(&ledger, "order.offer",
		"{\"order\":\"O-1\",\"channel\":\"web\",\"method\":\"pickup\",\"lines\":[{\"line\":"
		"\"1\",\"sku\":\"A\",\"quantity\":2,\"note\":\"cold\"},{\"line\":\"2\",\"sku\":"
		"\"B\",\"quantity\":1}]}");
	ledger_must(&ledger, "order.accept", "{\"order\":\"O-1\"}");
	CHECK_TEXT(ask("pick_list.list", "{}"), "{\"rows\":[],\"more\":false}");
	ledger_must(&ledger, "pick_list.make",
		"{\"list\":\"L-1\",\"associate\":\"ana\",\"kind\":\"single\"}");
	CHECK_HAS(ask("pick_list.list", "{}"), "\"list\":\"L-1\",\"associate\":\"ana\"");
	text = ask("pick_list.get", "{\"list\":\"L-1\"}");
	CHECK_HAS(text, "\"orders\":[\"O-1\"]");
	CHECK(strstr(text, "\"sku\":\"B\"") < strstr(text, "\"sku\":\"A\""));
	CHECK_HAS(text, "\"note\":\"cold\",\"aisle\":\"10\"}],\"more\":false}");
	CHECK_HAS(ask("pick_list.get", "{\"list\":\"L-1\",\"limit\":1}"), "\"more\":true}");
	ledger_must(&ledger, "order.pick",
		"{\"order\":\"O-1\",\"sku\":\"B\",\"list\":\"L-1\",\"associate\":\"ana\"}");
	lacks(ask("pick_list.get", "{\"list\":\"L-1\"}"), "\"sku\":\"B\"");
	refused("pick_list.get", "{\"list\":\"L-9\"}", "pick list \"L-9\"");
	end();
}

static void test_lots_come_by_their_date(void)
{
	const char *text;

	begin("lots");
	ledger_must(&ledger, "stock.move",
		"{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":5,\"lot\":\"L2\",\"expiry\":"
		"\"2026-06-01T00:00:00Z\"}");
	ledger_must(&ledger, "stock.move",
		"{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":2,\"lot\":\"L1\",\"expiry\":"
		"\"2026-05-01T00:00:00Z\"}");
	text = ask("product.lots", "{\"sku\":\"A\"}");
	CHECK(strstr(text, "\"lot\":\"L1\"") < strstr(text, "\"lot\":\"L2\""));
	CHECK_HAS(text, "\"quantity\":2,");
	CHECK_HAS(text, "\"marked_down\":false}]}");
	CHECK_TEXT(ask("product.lots", "{\"sku\":\"B\"}"), "{\"rows\":[]}");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_what_is_not_there_is_not_found);
	TEST(test_a_delivery_is_listed_until_it_is_closed);
	TEST(test_a_transfer_is_listed_until_it_is_settled);
	TEST(test_an_open_count_is_blind);
	TEST(test_tasks_come_most_urgent_first);
	TEST(test_many_tasks_are_all_sorted);
	TEST(test_a_pick_list_is_walked_in_order);
	TEST(test_lots_come_by_their_date);
	return test_end(argc, argv);
}
