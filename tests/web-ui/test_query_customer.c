/* What the dashboard shows of customers, and that it shows it no more once they are erased. */
#include "web-ui/query.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/hub_bench.h"

static struct ledger ledger;
static struct fake_live fake;
static struct br_web_refusal refusal;

static void goods_put(struct ledger *to)
{
	ledger_must(to, "product.upsert", "{\"sku\":\"A\",\"name\":\"Apple juice\"}");
	ledger_must(to, "customer.upsert",
		"{\"customer\":\"C-1\",\"name\":\"Grimhilde Q\",\"contact\":\"g@post\","
		"\"loyalty\":\"L-77\",\"consents\":[{\"purpose\":\"sms\"}]}");
	ledger_must(to, "order.offer",
		"{\"order\":\"O-7\",\"method\":\"curbside\",\"customer\":\"C-1\",\"person\":"
		"\"Kunigunde\",\"vehicle\":\"Wartburg\",\"note\":\"rings twice\",\"lines\":[{"
		"\"line\":\"1\",\"sku\":\"A\",\"quantity\":1,\"note\":\"a ripe one\"}]}");
	ledger_must(to, "order.hold", "{\"order\":\"O-7\",\"reason\":\"she called\"}");
}

static void begin(const char *name)
{
	ledger_open(&ledger, name);
	fake_live_init(&fake);
	goods_put(&ledger);
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

/* No answer has the words, nor what they were sealed as. */
static void tells_nothing(const char *text)
{
	static const char *const words[] = {
		"Grim", "g@post", "L-77", "Kuni", "Wartburg", "twice", "ripe", "called", "\\u0001"};

	CHECK(text[0] != '\0');
	for (size_t i = 0; i < BR_ARRAY_LEN(words); i++)
		lacks(text, words[i]);
}

static void test_a_customer_is_shown(void)
{
	const char *text;

	begin("shown");
	text = ask("customer.get", "{'customer':'C-1'}");
	CHECK_HAS(text, "\"name\":\"Grimhilde Q\",\"contact\":\"g@post\",\"loyalty\":\"L-77\"");
	CHECK_HAS(text, "\"purpose\":\"sms\"");
	CHECK_HAS(text, "\"orders\":[\"O-7\"]");
	CHECK_TEXT(ask("customer.get", "{'customer':'C-2'}"), "");
	CHECK_INT(refusal.status, 404);
	CHECK_HAS(refusal.fault.text, "not known here, or erased");
	ledger_close(&ledger);
}

static void test_an_order_shows_whom_it_is_for(void)
{
	const char *text;

	begin("order");
	text = ask("order.get", "{'order':'O-7'}");
	CHECK_HAS(text, "\"person\":\"Kunigunde\"");
	CHECK_HAS(text, "\"vehicle\":\"Wartburg\"");
	CHECK_HAS(text, "\"known\":{\"name\":\"Grimhilde Q\",\"contact\":\"g@post\"");
	CHECK_HAS(text, "\"note\":\"a ripe one\"");
	CHECK_HAS(ask("order.history", "{'order':'O-7'}"), "\"reason\":\"she called\"");
	ledger_close(&ledger);
}

/* Every answer that could tell anything of her. */
static void test_what_is_erased_is_shown_as_erased(void)
{
	static const struct {
		const char *query, *params;
	} asked[] = {
		{"order.get", "{'order':'O-7'}"},
		{"order.list", "{}"},
		{"order.history", "{'order':'O-7'}"},
		{"journal.tail", "{'after':0,'limit':100}"},
		{"task.list", "{}"},
		{"product.movements", "{'sku':'A'}"},
		{"product.reservations", "{'sku':'A'}"},
		{"pick_list.list", "{}"},
		{"conflict.list", "{}"},
		{"parked.list", "{}"},
	};

	begin("erased");
	CHECK_HAS(ask("journal.tail", "{'after':0,'limit':100}"), "\"person\":\"Kunigunde\"");
	ledger_must(&ledger, "customer.erase", "{\"customer\":\"C-1\",\"associate\":\"eva\"}");
	for (size_t i = 0; i < BR_ARRAY_LEN(asked); i++)
		tells_nothing(ask(asked[i].query, asked[i].params));
	CHECK_HAS(ask("order.get", "{'order':'O-7'}"), "\"person\":null,\"vehicle\":null");
	CHECK_HAS(ask("order.history", "{'order':'O-7'}"), "\"reason\":null");
	lacks(ask("order.get", "{'order':'O-7'}"), "known");
	CHECK_TEXT(ask("customer.get", "{'customer':'C-1'}"), "");
	ledger_close(&ledger);
}

/* A view without keys, such as a program of its own has: nothing unreadable comes out of it. */
static void test_without_keys_nothing_is_said(void)
{
	struct view view;

	begin("without");
	view_open(&view, &ledger, &fake.live);
	CHECK_HAS(view_row(&view, BR_WEB_ORDER, "O-7"), "\"order\":\"O-7\"");
	tells_nothing(view_row(&view, BR_WEB_ORDER, "O-7"));
	view_close(&view);
	ledger_close(&ledger);
}

static struct hub_bench bench;
static struct br_text text;

static struct br_session *follower(void)
{
	struct br_session *session;

	REQUIRE(br_hub_session_open(bench.hub, false, &session) == 0);
	CHECK(br_hub_receive(bench.hub, session,
		BR_STR("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{"
		       "\"noun\":\"order\"}}")));
	return session;
}

static const char *next(struct br_session *session)
{
	int64_t wait_ms = 1000;

	br_text_clear(&text);
	bench.boot_ms += 60;
	REQUIRE(br_session_due(session, br_hub_now_ms(bench.hub), &wait_ms));
	REQUIRE(br_hub_write(bench.hub, session, &text));
	return text.bytes;
}

/* Who looks at the order sees it go, and the next one is not given what was kept ready. */
static void test_a_page_that_shows_it_is_told(void)
{
	struct br_session *session;

	br_text_init(&text, 1 << 20);
	hub_bench_open(&bench, "page");
	goods_put(&bench.ledger);
	hub_bench_run(&bench, "order.release", "{\"order\":\"O-7\"}");
	session = follower();
	CHECK_HAS(next(session), "\"person\":\"Kunigunde\"");
	hub_bench_run(&bench, "customer.erase", "{\"customer\":\"C-1\",\"associate\":\"eva\"}");
	CHECK_HAS(next(session), "\"person\":null");
	tells_nothing(text.bytes);
	tells_nothing(next(follower()));
	hub_bench_close(&bench);
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_a_customer_is_shown);
	TEST(test_an_order_shows_whom_it_is_for);
	TEST(test_what_is_erased_is_shown_as_erased);
	TEST(test_without_keys_nothing_is_said);
	TEST(test_a_page_that_shows_it_is_told);
	return test_end(argc, argv);
}
