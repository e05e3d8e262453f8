/* What a till asks over HTTP: the same contract as over MQTT, and the same ids. */
#include "web-ui/rest_till.h"

#include <stdio.h>
#include <string.h>

#include "node/sale.h"
#include "tests/lib/test.h"
#include "tests/web-ui/hub_bench.h"

static struct hub_bench bench;
static struct br_rest_response response;
static char body[1 << 17];

static void begin(const char *name)
{
	hub_bench_open(&bench, name);
	br_rest_response_init(&response);
}

static void end(void)
{
	br_rest_response_finish(&response);
	hub_bench_close(&bench);
}

/* The text with " for ', in a buffer of its own. */
static struct br_str quote(const char *json)
{
	static char buffer[1 << 16];
	size_t n = strlen(json);

	REQUIRE(n < sizeof(buffer));
	for (size_t i = 0; i <= n; i++)
		buffer[i] = json[i] == '\'' ? '"' : json[i];
	return br_str_from(buffer);
}

/* The body of the answer to a POST by this till; written with ' for ". */
static const char *post_as(const char *path, const char *json)
{
	struct br_rest_request request = {.method = BR_REST_POST, .path = br_str_from(path)};
	struct br_web_job *job = NULL;

	br_rest_response_finish(&response);
	br_rest_response_init(&response);
	if (br_rest_post_allowed(&request, &response) &&
		br_rest_post(bench.hub, &request, quote(json), &job, &response) == 0) {
		hub_bench_turn(&bench);
		CHECK(br_hub_job_done(bench.hub, job));
		br_rest_job(bench.hub, job, &response);
		br_hub_job_destroy(bench.hub, job);
	}
	REQUIRE(br_str_copy(response.body, body, sizeof(body)));
	return body;
}

static const char *post(const char *json)
{
	return post_as("/api/v1/till/t1", json);
}

static void test_a_sale_is_decided_and_told_as_over_mqtt(void)
{
	static const char sale[] = "{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':2,"
				   "'price':1.5},{'sku':'A','quantity':0.5,'price':3}]}";

	begin("sale");
	CHECK_HAS(post(sale), "{\"id\":\"s1\",\"outcome\":\"accepted\",\"sequence\":");
	CHECK_HAS(body, "\"lines\":2,\"total\":4.5}");
	CHECK_INT(response.status, 200);
	CHECK_TEXT(response.type, "application/json");
	CHECK_HAS(post(sale), "\"total\":4.5}");
	CHECK_HAS(post("{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':1,'price':1}]}"),
		"\"outcome\":\"conflict\"");
	CHECK_INT(response.status, 200);
	end();
}

static void test_the_actor_is_the_till(void)
{
	struct br_answer answer;
	struct br_arena arena;
	struct br_txn *txn;

	begin("actor");
	CHECK_HAS(post_as("/api/v1/till/till-7",
			  "{'id':'s1','type':'sale','lines':[{'sku':'A','quantity':1,'price':1}]}"),
		"accepted");
	br_arena_init(&arena, 1 << 16);
	REQUIRE(br_txn_begin(bench.ledger.store, false, &txn) == 0);
	CHECK_INT(
		br_core_answer_find(txn, BR_STR("till/till-7"), BR_STR("s1"), &arena, &answer), 0);
	CHECK_INT(answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(br_core_answer_find(txn, BR_STR("till/t1"), BR_STR("s1"), &arena, &answer),
		BR_E_NOT_FOUND);
	br_txn_abort(txn);
	br_arena_finish(&arena);
	end();
}

static void test_look_ups_are_answered_at_once(void)
{
	begin("look");
	CHECK_HAS(post("{'id':'p','type':'price','sku':'A'}"),
		"{\"id\":\"p\",\"outcome\":\"found\",\"sku\":\"A\"");
	CHECK_INT(response.status, 200);
	CHECK_HAS(post("{'id':'p','type':'stock','sku':'none'}"), "\"code\":\"unknown_product\"");
	CHECK_INT(response.status, 200);
	CHECK_HAS(post("{'id':'p','type':'totals'}"), "\"totals\":[");
	CHECK_HAS(post("{'id':'p','type':'parked'}"), "\"parked\":[]");
	end();
}

static void test_what_is_malformed_is_told_in_the_tills_form(void)
{
	begin("malformed");
	CHECK_HAS(post("{'id':'x'"), "{\"id\":null,\"outcome\":\"refused\",\"code\":\"malformed\"");
	CHECK_INT(response.status, 400);
	CHECK_HAS(post("{'id':'x','type':'sale'}"), "{\"id\":\"x\",\"outcome\":\"refused\"");
	CHECK_INT(response.status, 400);
	CHECK_HAS(post("[]"), "allowed is an object");
	CHECK_HAS(post("{'id':'x','type':'sale','pan':'4111111111111111'}"), "pan: unknown member");
	CHECK_HAS(post("{'requests':[]}"), "\"error\"");
	CHECK_INT(response.status, 400);
	CHECK_HAS(post("{'requests':[{}],'id':'x'}"), "nothing beside it");
	CHECK_HAS(post("{'requests':{'a':1}}"), "allowed is a list of 1 to 256 requests");
	end();
}

static void test_a_day_comes_in_one_list(void)
{
	static char json[1 << 16];
	size_t n = (size_t)snprintf(json, sizeof(json), "{'requests':[");

	begin("list");
	for (unsigned i = 0; i < 200; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n,
			"%s{'id':'l%u','type':'sale','happened':'2026-02-28T09:%02u:%02uZ',"
			"'lines':[{'sku':'A','quantity':1,'price':1.5}]}",
			i > 0 ? "," : "", i, i / 60, i % 60);
	(void)snprintf(json + n, sizeof(json) - n,
		",{'id':'look','type':'price','sku':'A'},{'id':'bad','type':'sale'}]}");
	CHECK_HAS(post(json), "{\"replies\":[{\"id\":\"l0\",\"outcome\":\"accepted\"");
	CHECK_INT(response.status, 200);
	CHECK_HAS(body, "{\"id\":\"l199\",\"outcome\":\"accepted\"");
	CHECK_HAS(body, "{\"id\":\"look\",\"outcome\":\"refused\",\"code\":\"malformed\","
			"\"message\":\"type: a look-up stands alone");
	CHECK_HAS(body, "{\"id\":\"bad\",\"outcome\":\"refused\"");
	CHECK_HAS(post("{'id':'t','type':'totals','date':'2026-02-28'}"),
		"\"sales\":200,\"returns\":0,\"voids\":0,\"lines\":200,\"sold\":300");
	/* The same list again changes nothing. */
	CHECK_HAS(post(json), "{\"id\":\"l199\",\"outcome\":\"accepted\"");
	CHECK_HAS(post("{'id':'t','type':'totals','date':'2026-02-28'}"), "\"sales\":200,");
	end();
}

static void test_a_late_decision_is_asked_for_again(void)
{
	struct br_rest_request request = {.method = BR_REST_POST, .till = "t1"};
	struct br_web_job *job;

	begin("late");
	REQUIRE(br_rest_post(bench.hub, &request, quote("{'id':'s1','type':'void','sale':'x'}"),
			&job, &response) == 0);
	bench.boot_ms += BR_WEB_ANSWER_WAIT_MS;
	REQUIRE(br_hub_job_done(bench.hub, job));
	br_rest_job(bench.hub, job, &response);
	CHECK_INT(response.status, 504);
	CHECK(br_str_starts(response.body, "{\"id\":"));
	br_hub_job_destroy(bench.hub, job);
	end();
}

static void test_addresses_that_are_no_tills(void)
{
	static const struct {
		const char *path;
		unsigned status;
	} rows[] = {
		{"/api/v1/till/", 405},
		{"/api/v1/till/T1", 404},
		{"/api/v1/till/a/b", 404},
		{"/api/v1/till/abcdefghijklmnopqrstuvwxyz0123456", 404},
		{"/api/v1/tills", 405},
	};
	struct br_rest_request get = {.method = BR_REST_GET, .path = BR_STR("/api/v1/till/t1")};

	begin("address");
	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		(void)post_as(rows[i].path, "{'id':'x','type':'totals'}");
		CHECK_INT(response.status, rows[i].status);
	}
	br_rest_get(bench.hub, NULL, &get, &response);
	CHECK_INT(response.status, 405);
	CHECK_TEXT(response.allow, "POST");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_a_sale_is_decided_and_told_as_over_mqtt);
	TEST(test_the_actor_is_the_till);
	TEST(test_look_ups_are_answered_at_once);
	TEST(test_what_is_malformed_is_told_in_the_tills_form);
	TEST(test_a_day_comes_in_one_list);
	TEST(test_a_late_decision_is_asked_for_again);
	TEST(test_addresses_that_are_no_tills);
	return test_end(argc, argv);
}
