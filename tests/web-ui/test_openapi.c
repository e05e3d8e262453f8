/*
 * The API's description compared with the code: every query is described with its parameters, what
 * is described is there, and every member of every row is in its schema.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/event.h"
#include "node/till_request.h"
#include "tests/lib/test.h"
#include "tests/web-ui/ledger.h"
#include "web-ui/query.h"
#include "web-ui/status.h"

static char *file;

static void file_load(void)
{
	const char *source = getenv("BACKROOM_SOURCE");
	char path[512];

	if (file != NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/web-ui/openapi.yaml", source != NULL ? source : ".");
	file = test_file_read(path, NULL);
}

/* The lines below `head` that are indented deeper than it; "" when it is not there. */
static const char *section(const char *head)
{
	static char text[65536];
	size_t indent = strspn(head, " "), n = 0;
	char line[160];
	const char *at;

	(void)snprintf(line, sizeof(line), "\n%s\n", head);
	at = strstr(file, line);
	text[0] = '\0';
	if (at == NULL)
		return text;
	for (at += strlen(line); *at != '\0';) {
		size_t length = strcspn(at, "\n") + 1;

		if (*at != '\n' && strspn(at, " ") <= indent)
			break;
		REQUIRE(n + length < sizeof(text));
		memcpy(text + n, at, length);
		n += length;
		text[n] = '\0';
		at += length;
	}
	return text;
}

static void test_every_query_is_described(void)
{
	file_load();
	for (unsigned i = 0; i < br_web_query_n; i++) {
		const struct br_web_query *query = &br_web_queries[i];
		const char *text;
		char head[128];

		/* The tool reaches a query by its path and tells people what it is for. */
		REQUIRE(query->path != NULL && query->help != NULL);
		CHECK(query->help[0] != '\0' && query->help[strlen(query->help) - 1] == '.');
		(void)snprintf(head, sizeof(head), "  /api/v1%s:", query->path);
		text = section(head);
		if (!CHECK(text[0] != '\0'))
			printf("not described: %s\n", query->path);
		for (unsigned p = 0; query->params[p].name != NULL; p++) {
			const struct br_web_param *param = &query->params[p];
			char name[64], max[64];

			/* The device is described once for all. */
			if (strcmp(param->name, "device") == 0) {
				CHECK_HAS(text, "parameters/Device");
				continue;
			}
			(void)snprintf(name, sizeof(name), "name: %s", param->name);
			if (!CHECK(strstr(text, name) != NULL))
				printf("%s: not described: %s\n", query->path, param->name);
			if (param->kind == BR_WEB_PARAM_NUMBER && param->max <= 1000) {
				(void)snprintf(max, sizeof(max), "maximum: %lld, default: %lld",
					(long long)param->max, (long long)param->otherwise);
				CHECK_HAS(text, max);
			}
		}
	}
}

static void test_what_is_described_is_there(void)
{
	static const char *const others[] = {
		"/commands", "/commands/check", "/till/{till}", "/labels/{label}/picture.png"};
	struct br_str value;
	unsigned n = 0;

	file_load();
	for (const char *at = file; (at = strstr(at, "\n  /api/v1")) != NULL; at++) {
		struct br_str path = {at + 10, strcspn(at + 10, "\n") - 1};
		bool known = false;

		for (unsigned i = 0; i < BR_ARRAY_LEN(others); i++)
			known = known || br_str_is(path, others[i]);
		/* A path's own pattern is an address that it matches. */
		if (!CHECK(known || br_web_query_at(path, &value) != NULL))
			printf("described, but not there: %.*s\n", BR_STR_ARG(path));
		n++;
	}
	CHECK(n > 15);
}

/* Every member of the row has a line in the schema. */
static void row_compare(const char *row, const char *schema)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	char head[64], member[96];
	const char *text;

	file_load();
	(void)snprintf(head, sizeof(head), "    %s:", schema);
	text = section(head);
	CHECK(text[0] != '\0');
	REQUIRE(br_json_parse(br_str_from(row), &root, NULL) == 0);
	BR_JSON_EACH (each, root) {
		(void)snprintf(
			member, sizeof(member), "\n        %.*s:", BR_STR_ARG(br_json_name(each)));
		if (!CHECK(strstr(text, member) != NULL))
			printf("%s: not described: %.*s\n", schema, BR_STR_ARG(br_json_name(each)));
	}
}

static void test_every_member_of_a_row_is_in_its_schema(void)
{
	struct br_web_status status;
	struct fake_live fake;
	struct ledger ledger;
	struct view view;

	ledger_open(&ledger, "rows");
	ledger_fill(&ledger);
	fake_live_init(&fake);
	fake.label_n = fake.sensor_n = 1;
	fake.labels[0] = (struct br_web_live_label){
		.label = "0123456789AB", .ap = "a", .type = "t", .w = 1, .h = 1};
	memcpy(fake.sensors[0].device, "zigbee2mqtt/cooler/dairy-1", 27);
	br_web_status_init(&status);
	view_open(&view, &ledger, &fake.live);
	view.view.status = &status;
	REQUIRE(br_web_status_load(&status, &view.view) == 0);
	row_compare(view_row(&view, BR_WEB_STATUS, "store"), "Status");
	row_compare(view_row(&view, BR_WEB_PRODUCT, "A"), "Product");
	row_compare(view_row(&view, BR_WEB_ORDER, "O-1"), "Order");
	row_compare(view_row(&view, BR_WEB_LABEL, "0123456789AB"), "Label");
	row_compare(view_row(&view, BR_WEB_SENSOR, "zigbee2mqtt/cooler/dairy-1"), "Sensor");
	row_compare(view_row(&view, BR_WEB_ALARM, "zigbee2mqtt/cooler/dairy-1/temperature/high"),
		"Alarm");
	row_compare(view_row(&view, BR_WEB_LINK, "hq"), "Link");
	view_close(&view);
	br_web_status_finish(&status);
	ledger_close(&ledger);
}

static void test_an_event_is_as_its_schema_says(void)
{
	struct br_json_out out;
	struct fake_live fake;
	struct br_event event;
	struct ledger ledger;
	struct view view;

	ledger_open(&ledger, "event");
	ledger_fill(&ledger);
	fake_live_init(&fake);
	view_open(&view, &ledger, &fake.live);
	REQUIRE(br_event_get(view.view.txn, 1, &view.arena, &event) == 0);
	br_json_out_begin(&out, &view.text);
	br_event_to_json(&event, BR_STR("0412"), &out, NULL);
	row_compare(view.text.bytes, "Event");
	view_close(&view);
	ledger_close(&ledger);
}

/* A query's answer has the members of its schema. */
static void answer_compare(
	struct view *view, const char *query, const char *params, const char *schema)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_web_query *asked = br_web_query_named(br_str_from(query));
	struct br_web_refusal refusal;
	struct br_web_args args;

	REQUIRE(asked != NULL && br_json_parse(br_str_from(params), &root, NULL) == 0);
	REQUIRE(br_web_args_from_json(asked, root, &args, &refusal) == 0);
	br_text_clear(&view->text);
	REQUIRE(br_web_query_run(asked, &view->view, &args, &view->text, &refusal) == 0);
	row_compare(view->text.bytes, schema);
}

static void test_answers_are_as_their_schemas_say(void)
{
	struct fake_live fake;
	struct ledger ledger;
	struct view view;

	ledger_open(&ledger, "answers");
	ledger_fill(&ledger);
	ledger_must(&ledger, "price.set",
		"{\"sku\":\"A\",\"kind\":\"promotion\",\"amount\":2,\"currency\":\"GBP\",\"from\":"
		"\"2026-04-01T10:00:00Z\",\"to\":\"2026-04-08T00:00:00Z\"}");
	ledger_must(&ledger, "customer.upsert",
		"{\"customer\":\"C-1\",\"name\":\"Ann\",\"contact\":\"a@b\",\"loyalty\":\"7\","
		"\"version\":1,\"consents\":[{\"purpose\":\"sms\"}]}");
	fake_live_init(&fake);
	view_open(&view, &ledger, &fake.live);
	answer_compare(&view, "policy.get", "{}", "Policy");
	fake.link.hq_clock_ms = 1000;
	answer_compare(&view, "clock.get", "{}", "Clock");
	answer_compare(&view, "price.get", "{\"sku\":\"A\"}", "PriceAt");
	answer_compare(&view, "customer.get", "{\"customer\":\"C-1\"}", "Customer");
	view_close(&view);
	ledger_close(&ledger);
}

static void test_what_a_till_asks_is_described(void)
{
	char member[96];
	const char *text;

	file_load();
	text = section("    TillRequest:");
	for (unsigned i = 0; i < br_till_request_shape.field_n; i++) {
		(void)snprintf(member, sizeof(member),
			"\n        %s:", br_till_request_shape.fields[i].name);
		if (!CHECK(strstr(text, member) != NULL))
			printf("not described: %s\n", br_till_request_shape.fields[i].name);
	}
	for (unsigned i = 0; i < BR_TILL_TYPE_N; i++) {
		(void)snprintf(member, sizeof(member), "            - %s\n", br_till_type_words[i]);
		if (!CHECK(strstr(text, member) != NULL))
			printf("not described: %s\n", br_till_type_words[i]);
	}
}

static void test_command_types_and_refusals_are_listed(void)
{
	char line[96];
	const char *text;

	file_load();
	text = section("    Command:");
	for (unsigned i = 0; i < br_command_type_n; i++) {
		(void)snprintf(line, sizeof(line), "            - %s\n", br_command_types[i].name);
		/* What only the node itself may send is nobody else's business. */
		CHECK_INT(strstr(text, line) != NULL, !br_command_types[i].internal);
	}
	text = section("    Answer:");
	for (unsigned i = BR_REFUSAL_NONE + 1; i <= BR_REFUSAL_STORE_FULL; i++) {
		(void)snprintf(line, sizeof(line), "            - %s\n", br_refusal_words[i]);
		if (!CHECK(strstr(text, line) != NULL))
			printf("not described: %s\n", br_refusal_words[i]);
	}
}

int main(int argc, char **argv)
{
	int result;

	TEST(test_every_query_is_described);
	TEST(test_what_is_described_is_there);
	TEST(test_every_member_of_a_row_is_in_its_schema);
	TEST(test_an_event_is_as_its_schema_says);
	TEST(test_answers_are_as_their_schemas_say);
	TEST(test_what_a_till_asks_is_described);
	TEST(test_command_types_and_refusals_are_listed);
	result = test_end(argc, argv);
	free(file);
	return result;
}
