#include "web-ui/hub.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/hub_bench.h"

static struct hub_bench bench;
static struct br_text text;

static void begin(const char *name)
{
	hub_bench_open(&bench, name);
	br_text_init(&text, 1 << 20);
}

static void end(void)
{
	br_text_finish(&text);
	hub_bench_close(&bench);
}

static struct br_session *client(bool tool)
{
	struct br_session *session;

	REQUIRE(br_hub_session_open(bench.hub, tool, &session) == 0);
	return session;
}

static void say(struct br_session *session, const char *message)
{
	CHECK(br_hub_receive(bench.hub, session, br_str_from(message)));
}

/* The session's next message, "" when none is due. */
static const char *next(struct br_session *session)
{
	int64_t wait_ms = 1000;

	br_text_clear(&text);
	bench.boot_ms += 60;
	if (!br_session_due(session, br_hub_now_ms(bench.hub), &wait_ms) ||
		!br_hub_write(bench.hub, session, &text))
		return "";
	return text.bytes;
}

#define SUBSCRIBE(NOUN) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"noun\":\"" NOUN "\"" \
	"}}"

static void test_a_change_reaches_all_who_follow_it(void)
{
	struct br_session *a, *b, *c;

	begin("change");
	a = client(false);
	b = client(false);
	c = client(true);
	CHECK_INT(br_hub_session_n(bench.hub), 3);
	say(a, SUBSCRIBE("order"));
	say(b, SUBSCRIBE("order"));
	say(c, SUBSCRIBE("alarm"));
	CHECK_HAS(next(a), "\"sequence\":15,\"reset\":true,\"rows\":[{\"key\":\"O-1\"");
	CHECK_HAS(next(b), "\"key\":\"O-1\"");
	CHECK_HAS(next(c), "\"noun\":\"alarm\"");
	hub_bench_run(&bench, "order.pick", "{\"order\":\"O-2\",\"line\":\"1\"}");
	CHECK_HAS(next(a), "\"noun\":\"order\",\"sequence\":16,\"rows\":[{\"key\":\"O-2\"");
	CHECK_HAS(next(b), "\"state\":\"picked\"");
	CHECK_TEXT(next(c), "");
	br_hub_session_close(bench.hub, b);
	hub_bench_run(&bench, "order.ready", "{\"order\":\"O-2\"}");
	CHECK_HAS(next(a), "\"state\":\"ready\"");
	end();
}

/* There is no log-in: a page that others can open says so to everybody. */
static void test_hello_says_who_can_open_the_page(void)
{
	static const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}";
	struct br_hub_options options;
	struct br_session *session;
	struct br_hub *closed;

	begin("hello");
	session = client(false);
	say(session, hello);
	CHECK_HAS(next(session), "\"open_to_network\":false");
	options = (struct br_hub_options){
		.ledger = bench.ledger.store,
		.keys = bench.ledger.keys,
		.queue = bench.queue,
		.clock = &bench.clock,
		.live = &bench.fake.live,
		.store_id = "0412",
		.store_name = "",
		.currency = "GBP",
		.epoch = "",
		.version = "",
		.open_to_network = true,
	};
	closed = bench.hub;
	REQUIRE(br_hub_create(&options, &bench.hub, NULL) == 0);
	session = client(false);
	say(session, hello);
	CHECK_HAS(next(session), "\"open_to_network\":true");
	br_hub_destroy(closed);
	end();
}

/* One byte of a row has changed on the disk: the page loses that row, not the others. */
static void test_a_row_that_cannot_be_read_is_left_out(void)
{
	struct br_key key = br_key_of_str(BR_STR("A"));
	struct br_session *session;
	struct br_txn *txn;

	begin("corrupt");
	txn = br_core_txn(bench.ledger.core);
	REQUIRE(txn != NULL);
	br_txn_put(txn, BR_TABLE_PRODUCT, br_key_str(&key), BR_STR("not a record"));
	REQUIRE(br_core_commit(bench.ledger.core) == 0);
	session = client(false);
	say(session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"noun\":"
		     "\"product\",\"keys\":[\"A\",\"B\"]}}");
	CHECK_HAS(next(session), "\"key\":\"B\"");
	CHECK(strstr(text.bytes, "\"key\":\"A\"") == NULL);
	hub_bench_run(&bench, "stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":1}");
	hub_bench_run(&bench, "stock.move", "{\"sku\":\"B\",\"kind\":\"receive\",\"quantity\":1}");
	CHECK_HAS(next(session), "\"key\":\"B\"");
	end();
}

static void test_an_ended_order_is_in_the_next_snapshot(void)
{
	struct br_session *session;

	begin("ended");
	hub_bench_run(&bench, "order.cancel", "{\"order\":\"O-1\"}");
	session = client(false);
	say(session, SUBSCRIBE("order"));
	CHECK_HAS(next(session), "\"key\":\"O-1\",");
	CHECK_HAS(text.bytes, "\"state\":\"cancelled\"");
	end();
}

static void test_a_binding_is_seen_on_both_products(void)
{
	struct br_session *session;

	begin("bind");
	session = client(false);
	say(session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"noun\":"
		     "\"product\",\"keys\":[\"A\",\"B\"]}}");
	CHECK_HAS(next(session), "\"labels\":[\"0123456789AB\"]");
	hub_bench_run(&bench, "label.bind", "{\"label\":\"0123456789AB\",\"sku\":\"B\"}");
	(void)next(session);
	CHECK_HAS(text.bytes, "\"key\":\"A\"");
	CHECK_HAS(text.bytes, "\"labels\":[],");
	CHECK_HAS(text.bytes, "\"labels\":[\"0123456789AB\"]");
	end();
}

static void test_commands_go_to_the_core_and_back(void)
{
	struct br_session *session;

	begin("command");
	session = client(true);
	say(session, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"command\",\"params\":{\"id\":"
		     "\"c-x\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":\"receive\","
		     "\"quantity\":1}}}");
	CHECK_TEXT(next(session), "");
	hub_bench_turn(&bench);
	CHECK_HAS(next(session), "\"id\":5,\"result\":{\"id\":\"c-x\",\"outcome\":\"accepted\"");
	say(session, "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"product.movements\",\"params\":{"
		     "\"sku\":\"A\",\"limit\":1}}");
	CHECK_HAS(next(session), "\"actor\":\"tool\"");
	end();
}

static void test_an_answer_for_a_client_that_left_is_dropped(void)
{
	struct br_session *session;

	begin("left");
	session = client(false);
	say(session, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"command\",\"params\":{\"id\":"
		     "\"c-y\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":\"receive\","
		     "\"quantity\":1}}}");
	br_hub_session_close(bench.hub, session);
	hub_bench_turn(&bench);
	/* The command stands all the same. */
	session = client(false);
	say(session, "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"product.get\",\"params\":{\"sku\":"
		     "\"A\"}}");
	CHECK_HAS(next(session), "\"on_hand\":8,");
	end();
}

static void test_the_status_is_told_when_it_says_something_else(void)
{
	struct br_session *session;

	begin("status");
	session = client(false);
	br_hub_tick(bench.hub);
	say(session, SUBSCRIBE("status"));
	CHECK_HAS(next(session), "\"orders_overdue\":1");
	/* Time goes on and nothing changes: nothing is told. */
	for (int i = 0; i < 10; i++) {
		bench.boot_ms += 1000;
		bench.ledger.now_ms += 1000;
		br_hub_tick(bench.hub);
	}
	CHECK_TEXT(next(session), "");
	hub_bench_run(&bench, "order.cancel", "{\"order\":\"O-1\"}");
	bench.boot_ms += 1000;
	bench.ledger.now_ms += 1000;
	br_hub_tick(bench.hub);
	CHECK_HAS(next(session), "\"orders_overdue\":0");
	end();
}

static void test_live_values_are_pushed_once_a_second(void)
{
	struct br_session *session;

	begin("live");
	bench.fake.label_n = 1;
	memcpy(bench.fake.labels[0].label, "0123456789AB", 13);
	session = client(false);
	say(session, SUBSCRIBE("label"));
	CHECK_HAS(next(session), "\"battery_mv\":0");
	bench.boot_ms += 2000;
	br_hub_tick(bench.hub);
	bench.fake.labels[0].battery_mv = 2900;
	bench.fake.version = 1;
	br_hub_tick(bench.hub);
	CHECK_TEXT(next(session), "");
	bench.boot_ms += 1000;
	br_hub_tick(bench.hub);
	CHECK_HAS(next(session), "\"battery_mv\":2900");
	end();
}

static void test_no_more_clients_than_the_limit(void)
{
	struct br_session *session;

	begin("limit");
	for (int i = 0; i < BR_WEB_CLIENTS_MAX; i++)
		(void)client(false);
	CHECK_INT(br_hub_session_open(bench.hub, false, &session), BR_E_TOO_LARGE);
	end();
}

static struct br_json *command(const char *said)
{
	struct br_json *json;

	REQUIRE(br_json_parse(br_str_from(said), &json, NULL) == 0);
	return json;
}

static void test_a_job_is_done_when_all_is_answered(void)
{
	struct br_web_job *job;

	begin("job");
	REQUIRE(br_hub_job_create(bench.hub, false, true, &job) == 0);
	CHECK_INT(br_hub_job_add(bench.hub, job,
			  command("{\"id\":\"j1\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\","
				  "\"kind\":\"receive\",\"quantity\":1}}")),
		0);
	CHECK_INT(br_hub_job_add(bench.hub, job, command("{\"id\":\"j2\"}")), 0);
	CHECK(!br_hub_job_done(bench.hub, job));
	hub_bench_turn(&bench);
	CHECK(br_hub_job_done(bench.hub, job));
	CHECK_INT(br_hub_job_n(job), 2);
	CHECK(br_hub_job_batch(job));
	CHECK_INT(br_hub_job_answer(job, 0)->answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(br_hub_job_answer(job, 1)->answer.outcome, BR_OUTCOME_REFUSED);
	CHECK_TEXT(br_hub_job_answer(job, 1)->command, "j2");
	br_hub_job_destroy(bench.hub, job);
	end();
}

static void test_a_job_waits_no_longer_than_its_limit(void)
{
	struct br_web_job *job;

	begin("late");
	REQUIRE(br_hub_job_create(bench.hub, false, false, &job) == 0);
	CHECK_INT(br_hub_job_add(bench.hub, job, command("{\"id\":\"j1\"}")), 0);
	bench.boot_ms += BR_WEB_ANSWER_WAIT_MS - 1;
	CHECK(!br_hub_job_done(bench.hub, job));
	bench.boot_ms += 1;
	CHECK(br_hub_job_done(bench.hub, job));
	CHECK(!br_hub_job_answer(job, 0)->there);
	br_hub_job_destroy(bench.hub, job);
	/* The answer that comes after all finds nobody. */
	CHECK(!br_hub_wake(bench.hub));
	end();
}

/* The search has time when nobody waits for the core. */
static void test_the_search_waits_for_jobs(void)
{
	struct br_web_job *job;

	begin("search");
	CHECK(br_hub_searching(bench.hub));
	REQUIRE(br_hub_job_create(bench.hub, false, false, &job) == 0);
	CHECK(!br_hub_searching(bench.hub));
	br_hub_job_destroy(bench.hub, job);
	CHECK(br_hub_searching(bench.hub));
	br_hub_tick(bench.hub);
	CHECK(!br_hub_searching(bench.hub));
	end();
}

static void test_a_full_queue_is_busy(void)
{
	struct br_web_job *job, *last = NULL;

	begin("busy");
	for (unsigned i = 0; i * BR_WEB_BATCH_COMMANDS_MAX < BR_COMMAND_QUEUE_MAX; i++) {
		REQUIRE(br_hub_job_create(bench.hub, false, true, &job) == 0);
		for (unsigned each = 0; each < BR_WEB_BATCH_COMMANDS_MAX; each++)
			CHECK_INT(br_hub_job_add(bench.hub, job, command("{\"id\":\"x\"}")), 0);
		CHECK_INT(
			br_hub_job_add(bench.hub, job, command("{\"id\":\"x\"}")), BR_E_TOO_LARGE);
		last = job;
	}
	REQUIRE(last != NULL);
	CHECK(!br_hub_job_answer(last, BR_WEB_BATCH_COMMANDS_MAX - 1)->there);
	REQUIRE(br_hub_job_create(bench.hub, false, false, &job) == 0);
	CHECK_INT(br_hub_job_add(bench.hub, job, command("{\"id\":\"b\"}")), 0);
	CHECK(br_hub_job_done(bench.hub, job));
	CHECK_INT(br_hub_job_answer(job, 0)->answer.outcome, BR_OUTCOME_BUSY);
	CHECK_TEXT(br_hub_job_answer(job, 0)->command, "b");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_a_change_reaches_all_who_follow_it);
	TEST(test_hello_says_who_can_open_the_page);
	TEST(test_a_row_that_cannot_be_read_is_left_out);
	TEST(test_an_ended_order_is_in_the_next_snapshot);
	TEST(test_a_binding_is_seen_on_both_products);
	TEST(test_commands_go_to_the_core_and_back);
	TEST(test_an_answer_for_a_client_that_left_is_dropped);
	TEST(test_the_status_is_told_when_it_says_something_else);
	TEST(test_live_values_are_pushed_once_a_second);
	TEST(test_no_more_clients_than_the_limit);
	TEST(test_a_job_is_done_when_all_is_answered);
	TEST(test_a_job_waits_no_longer_than_its_limit);
	TEST(test_the_search_waits_for_jobs);
	TEST(test_a_full_queue_is_busy);
	return test_end(argc, argv);
}
