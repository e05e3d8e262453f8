#include "node/contract.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/command.h"
#include "node/event.h"
#include "node/json.h"
#include "tests/lib/test.h"

struct note {
	struct br_str word;
	int64_t amount;
};

static const struct br_field note_fields[] = {
	BR_MUST_TEXT(note, word, 1, 20),
	BR_MILLI(note, amount, 0, 5000),
};
static BR_DEFINE_SHAPE(note_shape, note, 1, note_fields);

static const struct br_contract_channel channels[] = {
	{"ask", "shop/{till}/ask/{part}", true, 1, false, "Somebody asks",
		"With a \"quoted\" word, a backslash \\", &note_shape, NULL},
	{"tell", "shop/tell", false, 0, true, "Something is told", "", NULL,
		"{\"type\":\"object\",\"properties\":{},\"enum\":[]}"},
	{"event", "shop/event", false, 1, false, "Events", "Everything.", NULL, NULL},
};

struct contract {
	struct br_text text;
	struct br_json *root;
};

static void contract_make(struct contract *contract)
{
	struct br_fault fault = {""};

	br_text_init(&contract->text, 4u << 20);
	br_contract_write(&contract->text, "1.2.3", channels, BR_ARRAY_LEN(channels));
	REQUIRE(br_text_error(&contract->text) == 0);
	REQUIRE(br_json_parse(br_text_str(&contract->text), &contract->root, &fault) == 0);
}

static void contract_drop(struct contract *contract)
{
	br_json_free(contract->root);
	br_text_finish(&contract->text);
}

/* The member at the end of a path such as "info/version"; names with / cannot be asked for. */
static const struct br_json *at(const struct br_json *json, const char *path)
{
	struct br_str rest = br_str_from(path);
	char name[64];

	while (rest.n > 0) {
		REQUIRE(br_str_copy(br_str_split(&rest, '/'), name, sizeof(name)));
		json = br_json_member(json, name);
	}
	return json;
}

static const char *text_at(const struct br_json *json, const char *path)
{
	struct br_str text;

	return br_json_string(at(json, path), &text) ? text.s : "(no text)";
}

static void test_it_says_what_it_is(void)
{
	struct contract contract;

	contract_make(&contract);
	CHECK_TEXT(text_at(contract.root, "asyncapi"), "3.0.0");
	CHECK_TEXT(text_at(contract.root, "info/version"), "1.2.3");
	CHECK_TEXT(text_at(contract.root, "info/license/name"), "Apache-2.0");
	CHECK_TEXT(text_at(contract.root, "servers/store/protocol"), "mqtt");
	contract_drop(&contract);
}

static void test_every_channel_has_its_operation(void)
{
	struct contract contract;
	bool retain;

	contract_make(&contract);
	CHECK_INT(br_json_count(at(contract.root, "channels")), BR_ARRAY_LEN(channels));
	CHECK_INT(br_json_count(at(contract.root, "operations")), BR_ARRAY_LEN(channels));
	CHECK_TEXT(text_at(contract.root, "channels/tell/address"), "shop/tell");
	CHECK_TEXT(text_at(contract.root, "channels/tell/title"), "Something is told");
	CHECK_TEXT(text_at(contract.root, "operations/ask/action"), "receive");
	CHECK_TEXT(text_at(contract.root, "operations/tell/action"), "send");
	CHECK_TEXT(text_at(contract.root, "operations/tell/channel/$ref"), "#/channels/tell");
	REQUIRE(br_json_bool(at(contract.root, "operations/tell/bindings/mqtt/retain"), &retain));
	CHECK(retain);
	contract_drop(&contract);
}

/* AsyncAPI demands a parameter object for every {name} in an address. */
static void test_parameters_are_those_of_the_address(void)
{
	struct contract contract;

	contract_make(&contract);
	CHECK_INT(br_json_count(at(contract.root, "channels/ask/parameters")), 2);
	CHECK_INT(br_json_kind(at(contract.root, "channels/ask/parameters/till")), BR_JSON_OBJECT);
	CHECK_INT(br_json_kind(at(contract.root, "channels/ask/parameters/part")), BR_JSON_OBJECT);
	CHECK_INT(br_json_kind(at(contract.root, "channels/tell/parameters")), BR_JSON_ABSENT);
	contract_drop(&contract);
}

static void test_payloads_come_from_shape_schema_or_events(void)
{
	static const char payload[] = "channels/ask/messages/message/payload";
	struct contract contract;
	char path[128];

	contract_make(&contract);
	CHECK_TEXT(text_at(at(contract.root, payload), "type"), "object");
	CHECK_TEXT(text_at(at(contract.root, payload), "properties/word/type"), "string");
	CHECK_INT(br_json_count(at(at(contract.root, payload), "required")), 1);
	(void)snprintf(path, sizeof(path), "channels/tell/messages/message/payload");
	CHECK_INT(br_json_kind(at(at(contract.root, path), "properties")), BR_JSON_OBJECT);
	CHECK_TEXT(text_at(contract.root, "channels/event/messages/message/payload/$ref"),
		"#/components/schemas/event");
	contract_drop(&contract);
}

static void test_every_event_and_outside_command_has_a_schema(void)
{
	struct contract contract;
	const struct br_json *schemas;
	char name[128];

	contract_make(&contract);
	schemas = at(contract.root, "components/schemas");
	for (unsigned i = 0; i < BR_EVENT_N; i++) {
		(void)snprintf(name, sizeof(name), "event.%s", br_event_types[i].name);
		CHECK_INT(br_json_kind(br_json_member(schemas, name)), BR_JSON_OBJECT);
	}
	CHECK_INT(br_json_count(at(schemas, "event/properties/data/oneOf")), BR_EVENT_N);
	/* What only the node's own parts may send is nobody's business outside. */
	for (unsigned i = 0; i < br_command_type_n; i++) {
		(void)snprintf(name, sizeof(name), "command.%s", br_command_types[i].name);
		CHECK_INT(br_json_kind(br_json_member(schemas, name)),
			br_command_types[i].internal ? BR_JSON_ABSENT : BR_JSON_OBJECT);
	}
	contract_drop(&contract);
}

/* Every reference in the document leads to something in it. */
static void references_check(const struct br_json *root, const struct br_json *value)
{
	BR_JSON_EACH (child, value) {
		struct br_str reference;
		const struct br_json *to = root;

		references_check(root, child);
		if (!br_str_is(br_json_name(child), "$ref") || !br_json_string(child, &reference))
			continue;
		CHECK_STR(br_str_split(&reference, '/'), "#");
		while (reference.n > 0 && to != NULL) {
			char name[128];

			REQUIRE(br_str_copy(br_str_split(&reference, '/'), name, sizeof(name)));
			to = br_json_member(to, name);
		}
		CHECK(to != NULL);
	}
}

static void test_every_reference_leads_somewhere(void)
{
	struct contract contract;

	contract_make(&contract);
	references_check(contract.root, contract.root);
	contract_drop(&contract);
}

static void test_refusals_and_outcomes_are_all_listed(void)
{
	struct contract contract;
	unsigned outcomes = 0, codes = 0;

	contract_make(&contract);
	while (br_outcome_words[outcomes] != NULL)
		outcomes++;
	while (br_refusal_words[codes + 1] != NULL)
		codes++;
	CHECK_INT(br_json_count(
			  at(contract.root, "components/schemas/answer/properties/outcome/enum")),
		outcomes);
	CHECK_INT(
		br_json_count(at(contract.root, "components/schemas/answer/properties/code/enum")),
		codes);
	contract_drop(&contract);
}

/* Lines for people: indented by depth, nothing inside texts touched, and it stays the same JSON. */
static void test_it_is_laid_out_for_people(void)
{
	struct contract contract;
	struct br_str rest;
	unsigned depth = 0;

	contract_make(&contract);
	CHECK_TEXT(text_at(contract.root, "channels/ask/description"),
		"With a \"quoted\" word, a backslash \\");
	CHECK_HAS(contract.text.bytes, "\n  \"asyncapi\": \"3.0.0\",\n");
	CHECK_HAS(contract.text.bytes, "\"properties\": {},");
	CHECK_HAS(contract.text.bytes, "\"enum\": []");
	rest = br_text_str(&contract.text);
	CHECK_INT(rest.s[rest.n - 1], '\n');
	while (rest.n > 0) {
		struct br_str line = br_str_split(&rest, '\n');
		size_t blanks = 0;
		char last;

		REQUIRE(line.n > 0);
		while (line.s[blanks] == ' ')
			blanks++;
		if (line.s[blanks] == '}' || line.s[blanks] == ']')
			depth--;
		CHECK_INT(blanks, 2 * depth);
		last = line.s[line.n - 1];
		CHECK(!isspace((unsigned char)last));
		if (last == '{' || last == '[')
			depth++;
	}
	CHECK_INT(depth, 0);
	contract_drop(&contract);
}

static void test_a_text_that_is_too_small_keeps_the_error(void)
{
	struct br_text text;

	br_text_init(&text, 1000);
	br_contract_write(&text, "1", channels, BR_ARRAY_LEN(channels));
	CHECK_INT(br_text_error(&text), BR_E_TOO_LARGE);
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_it_says_what_it_is);
	TEST(test_every_channel_has_its_operation);
	TEST(test_parameters_are_those_of_the_address);
	TEST(test_payloads_come_from_shape_schema_or_events);
	TEST(test_every_event_and_outside_command_has_a_schema);
	TEST(test_every_reference_leads_somewhere);
	TEST(test_refusals_and_outcomes_are_all_listed);
	TEST(test_it_is_laid_out_for_people);
	TEST(test_a_text_that_is_too_small_keeps_the_error);
	return test_end(argc, argv);
}
