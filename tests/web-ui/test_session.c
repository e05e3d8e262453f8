/* One client's logic, with a host that the test plays. */
#include "web-ui/session.h"

#include <stdio.h>
#include <string.h>

#include "node/metrics.h"
#include "tests/lib/test.h"

/* The host: rows are numbered keys, and what the session asked for is kept. */
struct host {
	struct br_session_host host;
	struct br_session *session;
	struct br_text text; /* the last message written */
	uint64_t sequence;
	unsigned rows;	    /* in the table of every walked noun */
	unsigned row_bytes; /* of one row */
	int changes_result;
	const char *changed[4]; /* what a client that resumes has missed */
	int command_result;
	struct br_json *command; /* the last one */
	uint64_t request;
	unsigned rows_made;
	int64_t now_ms;
};

static int host_command(
	void *context, struct br_session *session, struct br_json *command, uint64_t request)
{
	struct host *host = context;

	CHECK(session == host->session);
	br_json_free(host->command);
	host->command = command;
	host->request = request;
	return host->command_result;
}

static int host_query(void *context BR_UNUSED, const struct br_web_query *query,
	const struct br_web_args *args BR_UNUSED, struct br_text *text,
	struct br_web_refusal *refusal)
{
	if (strcmp(query->name, "product.get") == 0)
		return br_web_refuse(
			refusal, BR_E_NOT_FOUND, 404, "unknown_product", "not in the catalogue");
	br_text_puts(text, "{\"asked\":true}");
	return 0;
}

static void host_hello(void *context BR_UNUSED, struct br_json_out *out)
{
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "store", "0412");
	br_json_out_end(out);
}

static uint64_t host_sequence(void *context)
{
	return ((struct host *)context)->sequence;
}

/* Keys "k00000" and so on, in order; the walk remembers the last one. */
static bool host_walk(
	void *context, enum br_web_noun noun, struct br_web_walk *walk, struct br_str *ret_key)
{
	const struct host *host = context;

	if (noun == BR_WEB_PRODUCT || walk->phase >= host->rows)
		return false;
	(void)snprintf(walk->key, sizeof(walk->key), "k%05u", walk->phase++);
	walk->n = strlen(walk->key);
	*ret_key = (struct br_str){walk->key, walk->n};
	return true;
}

static int host_row(
	void *context, enum br_web_noun noun BR_UNUSED, struct br_str key, struct br_str *ret_row)
{
	static char row[4096];
	struct host *host = context;

	host->rows_made++;
	if (br_str_is(key, "broken"))
		return BR_E_CORRUPT;
	(void)snprintf(row, sizeof(row), "{\"key\":\"%.*s\",\"fill\":\"%*s\"}", BR_STR_ARG(key),
		(int)host->row_bytes, "");
	*ret_row = br_str_from(row);
	return 0;
}

static int host_changes(void *context, enum br_web_noun noun BR_UNUSED, uint64_t after BR_UNUSED,
	struct br_keymap *keys)
{
	const struct host *host = context;

	for (unsigned i = 0; i < BR_ARRAY_LEN(host->changed) && host->changed[i] != NULL; i++)
		REQUIRE(br_keymap_put(keys, br_str_from(host->changed[i]), 0) == 0);
	return host->changes_result;
}

static void begin(struct host *host)
{
	*host = (struct host){.sequence = 100, .rows = 3, .now_ms = 1000};
	host->host = (struct br_session_host){
		.context = host,
		.command = host_command,
		.query = host_query,
		.hello = host_hello,
		.sequence = host_sequence,
		.walk = host_walk,
		.row = host_row,
		.changes = host_changes,
	};
	br_text_init(&host->text, 1 << 20);
	REQUIRE(br_session_create(&host->host, 7, "web", &host->session) == 0);
}

static void end(struct host *host)
{
	br_session_destroy(host->session);
	br_json_free(host->command);
	br_text_finish(&host->text);
}

static void say(struct host *host, const char *message)
{
	CHECK(br_session_receive(host->session, br_str_from(message)));
}

static void call(struct host *host, int id, const char *method, const char *params)
{
	char message[8192];

	(void)snprintf(message, sizeof(message),
		"{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}", id, method,
		params);
	say(host, message);
}

/* The next message, "" when none is due. */
static const char *next(struct host *host)
{
	int64_t wait_ms = 1000;

	br_text_clear(&host->text);
	if (!br_session_due(host->session, host->now_ms, &wait_ms))
		return "";
	CHECK(br_session_write(host->session, host->now_ms, &host->text));
	return host->text.bytes;
}

static void mark(struct host *host, enum br_web_noun noun, const char *key)
{
	br_session_mark(host->session, noun, br_str_from(key));
}

static void test_requests_are_answered_in_order(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "hello", "{}");
	call(&host, 2, "link.get", "{}");
	call(&host, 3, "product.get", "{\"sku\":\"Z\"}");
	call(&host, 4, "nothing", "{}");
	call(&host, 5, "link.get", "{\"x\":1}");
	CHECK_TEXT(next(&host), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"store\":\"0412\"}}");
	CHECK_TEXT(next(&host), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"asked\":true}}");
	CHECK_TEXT(next(&host),
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32001,\"message\":\"not in the "
		"catalogue\",\"data\":{\"code\":\"unknown_product\"}}}");
	CHECK_HAS(next(&host), "\"id\":4,\"error\":{\"code\":-32601");
	CHECK_HAS(next(&host), "\"id\":5,\"error\":{\"code\":-32602");
	CHECK_TEXT(next(&host), "");
	CHECK_INT(br_session_number(host.session), 7);
	CHECK_TEXT(br_session_actor(host.session), "web");
	end(&host);
}

static void test_a_notification_gets_no_reply(void)
{
	uint64_t refused = br_metric_get(BR_METRIC_WEB_REFUSED);
	struct host host;

	begin(&host);
	say(&host, "{\"jsonrpc\":\"2.0\",\"method\":\"hello\"}");
	CHECK_INT(br_metric_get(BR_METRIC_WEB_REFUSED), refused);
	say(&host, "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\",\"params\":{}}");
	CHECK_TEXT(next(&host), "");
	/* What is no request at all gets one, or its sender would wait for ever. */
	say(&host, "{]");
	CHECK_HAS(next(&host), "\"id\":null,\"error\":{\"code\":-32700");
	CHECK_INT(br_metric_get(BR_METRIC_WEB_REFUSED), refused + 2);
	end(&host);
}

static void test_a_command_is_answered_when_it_is_decided(void)
{
	struct br_answer answer = {.outcome = BR_OUTCOME_ACCEPTED, .sequence = 101};
	struct host host;
	int64_t n;

	begin(&host);
	call(&host, 1, "command", "{\"id\":\"c1\",\"type\":\"sale.record\",\"data\":{\"n\":1.10}}");
	/* The command travels whole. */
	CHECK_INT(br_json_count(host.command), 3);
	CHECK(br_json_milli(br_json_member(br_json_member(host.command, "data"), "n"), &n));
	CHECK_INT(n, 1100);
	CHECK_TEXT(next(&host), "");
	br_session_answer(host.session, host.request, &answer, BR_STR("c1"));
	CHECK_TEXT(next(&host), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":\"c1\","
				"\"outcome\":\"accepted\",\"sequence\":101}}");
	/* An answer nobody waits for is dropped. */
	br_session_answer(host.session, host.request, &answer, BR_STR("c1"));
	CHECK_TEXT(next(&host), "");
	call(&host, 2, "command", "[]");
	CHECK_HAS(next(&host), "-32602");
	say(&host, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"command\"}");
	CHECK_HAS(next(&host), "params: is missing");
	end(&host);
}

static void test_too_many_commands_are_told_to_come_again(void)
{
	struct host host;

	begin(&host);
	for (int i = 0; i < BR_WEB_PENDING_MAX; i++)
		call(&host, i, "command", "{\"id\":\"c\"}");
	CHECK_TEXT(next(&host), "");
	call(&host, 99, "command", "{\"id\":\"c99\"}");
	CHECK_HAS(next(&host), "\"id\":99,\"result\":{\"id\":\"c99\",\"outcome\":\"busy\",\"code\":"
			       "\"busy\"");
	end(&host);
	begin(&host);
	host.command_result = BR_E_BUSY;
	call(&host, 1, "command", "{\"id\":\"c1\"}");
	CHECK_HAS(next(&host), "\"outcome\":\"busy\"");
	end(&host);
}

static void test_a_client_that_reads_nothing_is_let_go(void)
{
	static const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}";
	struct host host;

	begin(&host);
	for (int i = 0; i < BR_WEB_REPLIES_MAX; i++)
		say(&host, hello);
	CHECK(!br_session_receive(host.session, br_str_from(hello)));
	end(&host);
}

static void test_a_snapshot_and_then_changes(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"label\"}");
	CHECK_TEXT(next(&host),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"noun\":\"label\",\"sequence\":100,"
		"\"reset\":true,\"rows\":[{\"key\":\"k00000\",\"fill\":\"\"},{\"key\":\"k00001\","
		"\"fill\":\"\"},{\"key\":\"k00002\",\"fill\":\"\"}]}}");
	CHECK_TEXT(next(&host), "");
	mark(&host, BR_WEB_LABEL, "k00001");
	mark(&host, BR_WEB_LABEL, "k00001");
	mark(&host, BR_WEB_ORDER, "k00001");
	host.sequence = 101;
	host.now_ms += 10;
	CHECK_TEXT(next(&host),
		"{\"jsonrpc\":\"2.0\",\"method\":\"change\",\"params\":{\"noun\":\"label\","
		"\"sequence\":101,\"rows\":[{\"key\":\"k00001\",\"fill\":\"\"}]}}");
	CHECK_TEXT(next(&host), "");
	call(&host, 2, "unsubscribe", "{\"noun\":\"label\"}");
	CHECK_HAS(next(&host), "\"id\":2,\"result\":{}");
	mark(&host, BR_WEB_LABEL, "k00001");
	host.now_ms += 100;
	CHECK_TEXT(next(&host), "");
	end(&host);
}

static void test_a_large_snapshot_comes_in_pieces(void)
{
	unsigned pieces = 0, rows = 0;
	const char *message;
	struct host host;

	begin(&host);
	host.rows = 500;
	host.row_bytes = 500;
	call(&host, 1, "subscribe", "{\"noun\":\"label\"}");
	message = next(&host);
	CHECK_HAS(message, "\"id\":1,\"result\"");
	CHECK_HAS(message, "\"reset\":true");
	for (; message[0] != '\0'; message = next(&host)) {
		bool last = strstr(message, "\"k00499\"") != NULL;

		CHECK(host.text.n < BR_WEB_FRAME_BYTES_MAX);
		CHECK_INT(strstr(message, "\"more\":true") == NULL, last);
		CHECK_HAS(message, "\"sequence\":100");
		for (const char *at = message; (at = strstr(at, "\"key\"")) != NULL; at++)
			rows++;
		/* Only the first piece replaces what the client has. */
		CHECK_INT(strstr(message, "\"reset\"") != NULL, pieces == 0);
		pieces++;
		/* Rows that change while it goes on are not lost, and not sent in between. */
		host.sequence = 150;
		mark(&host, BR_WEB_LABEL, "k00000");
		mark(&host, BR_WEB_LABEL, "k00499");
		if (last)
			break;
	}
	CHECK_INT(rows, 500);
	CHECK(pieces > 4);
	host.now_ms += 100;
	message = next(&host);
	CHECK_HAS(message, "\"sequence\":150,\"rows\":[{\"key\":\"k00000\"");
	end(&host);
}

static void test_keys_limit_what_is_followed(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"product\",\"keys\":[\"A\",\"B\",\"A\"]}");
	CHECK_HAS(next(&host), "\"reset\":true,\"rows\":[{\"key\":\"A\",\"fill\":\"\"},{\"key\":"
			       "\"B\",\"fill\":\"\"}]");
	mark(&host, BR_WEB_PRODUCT, "C");
	host.now_ms += 100;
	CHECK_TEXT(next(&host), "");
	mark(&host, BR_WEB_PRODUCT, "B");
	CHECK_HAS(next(&host), "\"rows\":[{\"key\":\"B\"");
	br_session_mark_keys(host.session, BR_WEB_PRODUCT);
	host.now_ms += 100;
	CHECK_HAS(next(&host), "\"rows\":[{\"key\":\"A\",\"fill\":\"\"},{\"key\":\"B\"");
	/* Without keys there is no snapshot of products, but every change. */
	call(&host, 2, "subscribe", "{\"noun\":\"product\"}");
	mark(&host, BR_WEB_PRODUCT, "C");
	CHECK_HAS(next(&host), "\"id\":2,\"result\":{\"noun\":\"product\",\"sequence\":100,"
			       "\"reset\":true,\"rows\":[]}");
	host.now_ms += 100;
	CHECK_HAS(next(&host), "\"rows\":[{\"key\":\"C\"");
	end(&host);
}

static void test_wrong_subscriptions_are_refused(void)
{
	static const char *const params[] = {"{}", "{\"noun\":\"orders\"}", "{\"noun\":1}",
		"{\"noun\":\"order\",\"after\":-1}", "{\"noun\":\"order\",\"after\":\"5\"}",
		"{\"noun\":\"order\",\"keys\":\"A\"}", "{\"noun\":\"order\",\"keys\":[1]}",
		"{\"noun\":\"order\",\"keys\":[\"\"]}"};
	char many[4096] = "{\"noun\":\"order\",\"keys\":[\"0\"";
	struct host host;

	begin(&host);
	for (unsigned i = 0; i < BR_ARRAY_LEN(params); i++) {
		call(&host, (int)i, "subscribe", params[i]);
		CHECK_HAS(next(&host), "-32602");
	}
	for (int i = 1; i <= BR_WEB_KEYS_MAX; i++)
		(void)snprintf(many + strlen(many), sizeof(many) - strlen(many), ",\"%d\"", i);
	(void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "]}");
	call(&host, 50, "subscribe", many);
	CHECK_HAS(next(&host), "at most 200 texts");
	mark(&host, BR_WEB_ORDER, "0");
	CHECK_TEXT(next(&host), "");
	end(&host);
}

static void test_a_client_that_was_away_is_told_what_changed(void)
{
	struct host host;

	begin(&host);
	host.changed[0] = "k00002";
	call(&host, 1, "subscribe", "{\"noun\":\"order\",\"after\":90}");
	CHECK_TEXT(next(&host),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"noun\":\"order\",\"sequence\":100,"
		"\"reset\":false,\"rows\":[{\"key\":\"k00002\",\"fill\":\"\"}]}}");
	/* Too far behind, or a sequence that this store never had: everything. */
	host.changes_result = BR_E_TOO_LARGE;
	call(&host, 2, "subscribe", "{\"noun\":\"order\",\"after\":1}");
	CHECK_HAS(next(&host), "\"reset\":true,\"rows\":[{\"key\":\"k00000\"");
	host.changes_result = 0;
	call(&host, 3, "subscribe", "{\"noun\":\"order\",\"after\":101}");
	CHECK_HAS(next(&host), "\"reset\":true");
	/* Nothing new is an answer as well. */
	host.changed[0] = NULL;
	call(&host, 4, "subscribe", "{\"noun\":\"order\",\"after\":100}");
	CHECK_HAS(next(&host), "\"reset\":false,\"rows\":[]");
	end(&host);
}

static void test_a_subscription_that_is_replaced_is_answered(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"order\"}");
	call(&host, 2, "subscribe", "{\"noun\":\"order\"}");
	CHECK_HAS(next(&host), "\"id\":1,\"error\":{\"code\":-32600");
	CHECK_HAS(next(&host), "\"id\":2,\"result\"");
	CHECK_TEXT(next(&host), "");
	end(&host);
}

static void test_one_change_is_told_at_once_and_a_storm_slowly(void)
{
	char key[16];
	int64_t wait_ms = 1000;
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"order\"}");
	CHECK_HAS(next(&host), "\"id\":1");
	host.now_ms += 1000;
	mark(&host, BR_WEB_ORDER, "a");
	CHECK_HAS(next(&host), "\"key\":\"a\"");
	mark(&host, BR_WEB_ORDER, "b");
	CHECK(!br_session_due(host.session, host.now_ms, &wait_ms));
	CHECK_INT(wait_ms, 4);
	host.now_ms += 4;
	CHECK_HAS(next(&host), "\"key\":\"b\"");
	host.now_ms += 4;
	for (int i = 0; i < 300; i++) {
		(void)snprintf(key, sizeof(key), "s%d", i);
		mark(&host, BR_WEB_ORDER, key);
	}
	CHECK_HAS(next(&host), "\"key\":\"s299\"");
	mark(&host, BR_WEB_ORDER, "c");
	host.now_ms += 49;
	CHECK_TEXT(next(&host), "");
	host.now_ms += 1;
	CHECK_HAS(next(&host), "\"key\":\"c\"");
	/* Questions do not wait for the pace. */
	call(&host, 2, "hello", "{}");
	CHECK_HAS(next(&host), "\"id\":2");
	end(&host);
}

/* Marks more rows than may wait. */
static void overflow(struct host *host)
{
	char key[16];

	for (int i = 0; i <= BR_WEB_DIRTY_MAX; i++) {
		(void)snprintf(key, sizeof(key), "o%d", i);
		mark(host, BR_WEB_ORDER, key);
	}
}

static void test_too_many_changes_become_a_new_snapshot(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"order\"}");
	CHECK_HAS(next(&host), "\"id\":1");
	overflow(&host);
	host.sequence = 9000;
	host.now_ms += 100;
	/* The snapshot has the sequence at which it was begun, and comes as a change. */
	CHECK_HAS(next(&host), "{\"jsonrpc\":\"2.0\",\"method\":\"change\",\"params\":{\"noun\":"
			       "\"order\",\"sequence\":100,\"reset\":true,\"rows\":[{\"key\":"
			       "\"k00000\"");
	CHECK_TEXT(next(&host), "");
	mark(&host, BR_WEB_ORDER, "x");
	host.now_ms += 100;
	CHECK_HAS(next(&host), "\"sequence\":9000,\"rows\":[{\"key\":\"x\"");
	end(&host);
}

static void test_a_walk_goes_to_its_end_before_it_begins_anew(void)
{
	const char *message;
	struct host host;

	begin(&host);
	host.rows = 200;
	host.row_bytes = 500;
	call(&host, 1, "subscribe", "{\"noun\":\"order\"}");
	CHECK_HAS(next(&host), "\"more\":true");
	overflow(&host);
	while (strstr(message = next(&host), "\"k00199\"") == NULL)
		if (!CHECK(message[0] != '\0' && strstr(message, "reset") == NULL))
			break;
	CHECK_HAS(next(&host), "\"reset\":true,\"rows\":[{\"key\":\"k00000\"");
	end(&host);
}

static void test_a_client_without_room_is_let_go_in_the_end(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"order\"}");
	CHECK_HAS(next(&host), "\"id\":1");
	br_session_blocked(host.session, host.now_ms);
	br_session_blocked(host.session, host.now_ms + 1000);
	CHECK(!br_session_too_slow(host.session, host.now_ms + BR_WEB_BLOCKED_MS_MAX));
	CHECK(br_session_too_slow(host.session, host.now_ms + BR_WEB_BLOCKED_MS_MAX + 1));
	/* As soon as it takes a message it is one of us again. */
	mark(&host, BR_WEB_ORDER, "a");
	host.now_ms += 100;
	CHECK_HAS(next(&host), "\"key\":\"a\"");
	CHECK(!br_session_too_slow(host.session, host.now_ms + BR_WEB_BLOCKED_MS_MAX + 1));
	end(&host);
}

static void test_an_answer_without_a_place_lets_the_client_go(void)
{
	struct br_answer answer = {.outcome = BR_OUTCOME_ACCEPTED, .sequence = 101};
	struct host host;

	begin(&host);
	call(&host, 1, "command", "{\"id\":\"c1\"}");
	for (int i = 0; i < BR_WEB_REPLIES_MAX; i++)
		say(&host, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}");
	CHECK(br_session_answers(host.session));
	CHECK(!br_session_too_slow(host.session, host.now_ms));
	br_session_answer(host.session, host.request, &answer, BR_STR("c1"));
	CHECK(br_session_too_slow(host.session, host.now_ms));
	end(&host);
}

static void test_what_is_not_known_any_more_is_sent_anew(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"label\"}");
	CHECK_HAS(next(&host), "\"id\":1");
	call(&host, 2, "subscribe", "{\"noun\":\"product\",\"keys\":[\"A\"]}");
	CHECK_HAS(next(&host), "\"id\":2");
	CHECK(!br_session_answers(host.session));
	host.sequence = 120;
	br_session_renew(host.session);
	CHECK_HAS(next(&host), "\"sequence\":120,\"reset\":true,\"rows\":[{\"key\":\"k00000\"");
	CHECK_HAS(next(&host), "\"sequence\":120,\"reset\":true,\"rows\":[{\"key\":\"A\"");
	CHECK_TEXT(next(&host), "");
	/* A walk that is under way goes to its end, and then begins anew. */
	host.rows = 200;
	host.row_bytes = 500;
	call(&host, 3, "subscribe", "{\"noun\":\"label\"}");
	CHECK_HAS(next(&host), "\"more\":true");
	br_session_renew(host.session);
	for (int i = 0; i < 10 && strstr(host.text.bytes, "\"k00199\"") == NULL; i++)
		(void)next(&host);
	CHECK_HAS(host.text.bytes, "\"k00199\"");
	CHECK_HAS(next(&host), "\"reset\":true");
	end(&host);
}

static void test_a_row_that_cannot_be_read_is_left_out(void)
{
	struct host host;

	begin(&host);
	call(&host, 1, "subscribe", "{\"noun\":\"product\",\"keys\":[\"A\",\"broken\",\"B\"]}");
	CHECK_HAS(next(&host), "\"rows\":[{\"key\":\"A\",\"fill\":\"\"},{\"key\":\"B\",\"fill\":"
			       "\"\"}]");
	end(&host);
}

static void test_nouns_take_turns(void)
{
	struct host host;

	begin(&host);
	host.rows = 1000;
	host.row_bytes = 500;
	call(&host, 1, "subscribe", "{\"noun\":\"label\"}");
	call(&host, 2, "subscribe", "{\"noun\":\"sensor\"}");
	CHECK_HAS(next(&host), "\"noun\":\"label\"");
	CHECK_HAS(next(&host), "\"noun\":\"sensor\"");
	CHECK_HAS(next(&host), "\"noun\":\"label\"");
	end(&host);
}

int main(int argc, char **argv)
{
	TEST(test_requests_are_answered_in_order);
	TEST(test_a_notification_gets_no_reply);
	TEST(test_a_command_is_answered_when_it_is_decided);
	TEST(test_too_many_commands_are_told_to_come_again);
	TEST(test_a_client_that_reads_nothing_is_let_go);
	TEST(test_a_snapshot_and_then_changes);
	TEST(test_a_large_snapshot_comes_in_pieces);
	TEST(test_keys_limit_what_is_followed);
	TEST(test_wrong_subscriptions_are_refused);
	TEST(test_a_client_that_was_away_is_told_what_changed);
	TEST(test_a_subscription_that_is_replaced_is_answered);
	TEST(test_one_change_is_told_at_once_and_a_storm_slowly);
	TEST(test_too_many_changes_become_a_new_snapshot);
	TEST(test_a_walk_goes_to_its_end_before_it_begins_anew);
	TEST(test_a_client_without_room_is_let_go_in_the_end);
	TEST(test_an_answer_without_a_place_lets_the_client_go);
	TEST(test_what_is_not_known_any_more_is_sent_anew);
	TEST(test_a_row_that_cannot_be_read_is_left_out);
	TEST(test_nouns_take_turns);
	return test_end(argc, argv);
}
