#include "node/command.h"

#include <stdio.h>
#include <string.h>

#include "node/order.h"
#include "tests/node/bench.h"

struct parsed {
	struct br_json *root;
	struct br_arena arena;
	struct br_command command;
	enum br_refusal refusal;
	struct br_fault fault;
	int result;
};

static void parse(struct parsed *parsed, const char *json)
{
	*parsed = (struct parsed){.refusal = BR_REFUSAL_NONE};
	br_arena_init(&parsed->arena, 1 << 20);
	REQUIRE(br_json_parse(br_str_from(bench_quote(json)), &parsed->root, NULL) == 0);
	parsed->result = br_command_from_json(
		parsed->root, &parsed->arena, &parsed->command, &parsed->refusal, &parsed->fault);
}

static void parsed_finish(struct parsed *parsed)
{
	br_arena_finish(&parsed->arena);
	br_json_free(parsed->root);
}

static void test_a_command_is_read_whole(void)
{
	const struct br_order_step *step;
	struct parsed parsed;

	parse(&parsed, "{'id':'c-1','type':'order.ready','happened':'2026-03-01T10:10:00Z',"
		       "'data':{'order':'O','location':'rack 4','version':3}}");
	CHECK_INT(parsed.result, 0);
	CHECK_STR(parsed.command.id, "c-1");
	CHECK_TEXT(parsed.command.type->name, "order.ready");
	CHECK_INT(parsed.command.happened_ms, BENCH_NOW_MS);
	step = parsed.command.body;
	CHECK_STR(step->order, "O");
	CHECK_STR(step->location, "rack 4");
	CHECK_INT(step->version, 3);
	parsed_finish(&parsed);
	parse(&parsed, "{'id':'c-1','type':'product.remove','happened':null,'data':{'sku':'A'}}");
	CHECK_INT(parsed.result, 0);
	CHECK_INT(parsed.command.happened_ms, 0);
	parsed_finish(&parsed);
}

static void test_every_refusal_names_what_is_wrong(void)
{
	static const struct {
		const char *json;
		enum br_refusal refusal;
		const char *sentence, *id;
	} rows[] = {
		{"[]", BR_REFUSAL_MALFORMED, "a command is an object", ""},
		{"{}", BR_REFUSAL_MALFORMED, "id: is missing or not a text", ""},
		{"{'id':7}", BR_REFUSAL_MALFORMED, "id: is missing or not a text", ""},
		{"{'id':''}", BR_REFUSAL_MALFORMED, "id: has 0 bytes, allowed is 1 to 64", ""},
		{"{'id':'12345678901234567890123456789012345678901234567890123456789012345'}",
			BR_REFUSAL_MALFORMED, "id: has 65 bytes", ""},
		{"{'id':'a\\u0001'}", BR_REFUSAL_MALFORMED, "control characters", ""},
		{"{'id':'x'}", BR_REFUSAL_MALFORMED, "type: is missing or not a text", "x"},
		{"{'id':'x','type':'a.b'}", BR_REFUSAL_UNKNOWN_TYPE, "\"a.b\" is no command", "x"},
		{"{'id':'x','type':'label.want','data':{}}", BR_REFUSAL_UNKNOWN_TYPE,
			"\"label.want\" is no command", "x"},
		{"{'id':'x','happened':'now','type':'product.remove'}", BR_REFUSAL_MALFORMED,
			"happened: allowed is a time", "x"},
		{"{'id':'x','type':'product.remove'}", BR_REFUSAL_MALFORMED,
			"data: is nothing, allowed is an object", "x"},
		{"{'id':'x','type':'product.remove','data':{'sku':''}}", BR_REFUSAL_MALFORMED,
			"data: sku: has 0 bytes", "x"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct parsed parsed;

		parse(&parsed, rows[i].json);
		CHECK_INT(parsed.result, BR_E_INVALID);
		CHECK_INT(parsed.refusal, rows[i].refusal);
		CHECK_HAS(parsed.fault.text, rows[i].sentence);
		CHECK_STR(parsed.command.id, rows[i].id);
		parsed_finish(&parsed);
	}
}

static void test_what_needs_too_much_memory_is_refused(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.now_ms = 1};
	enum br_refusal refusal;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 16);
	REQUIRE(br_json_parse(BR_STR("{\"id\":\"x\",\"type\":\"product.upsert\",\"data\":{}}"),
			&root, NULL) == 0);
	CHECK_INT(br_command_from_json(root, &arena, &command, &refusal, &fault), BR_E_INVALID);
	CHECK_INT(refusal, BR_REFUSAL_TOO_LARGE);
	br_arena_finish(&arena);
}

static void test_types_are_found_by_name(void)
{
	for (unsigned i = 0; i < br_command_type_n; i++) {
		const struct br_command_type *type = &br_command_types[i];

		CHECK(br_command_type_named(br_str_from(type->name)) == type);
		CHECK(type->decide != NULL && type->shape != NULL);
	}
	CHECK(br_command_type_named(BR_STR("sale")) == NULL);
	CHECK(br_command_type_named((struct br_str){NULL, 0}) == NULL);
}

/* Sales and orders are never shed; timers and what tills need neither, nor who is erased, nor
 * what HQ has given up already. */
static void test_what_a_full_store_still_takes(void)
{
	static const char *const kept[] = {"sale.record", "return.record", "sale.void", "sale.park",
		"sale.unpark", "price.activate", "price.release", "price.hold_over",
		"customer.erase", "customer.timer", "customer.forget", "customer.forget_day",
		"rights.revoke", "rights.keep", "rights.sweep", "clock.correct", "clock.vouch"};
	unsigned kept_n = 0;

	for (size_t i = 0; i < BR_ARRAY_LEN(kept); i++)
		CHECK(!br_command_type_named(br_str_from(kept[i]))->sheds);
	for (unsigned i = 0; i < br_command_type_n; i++)
		if (strncmp(br_command_types[i].name, "order.", 6) == 0 ||
			strncmp(br_command_types[i].name, "pick_list.", 10) == 0)
			CHECK(!br_command_types[i].sheds);
		else
			kept_n += !br_command_types[i].sheds;
	CHECK_INT(kept_n, BR_ARRAY_LEN(kept));
}

static const char *answer_json(const struct br_answer *answer, const char *id)
{
	static char json[2 * BR_MESSAGE_BYTES_MAX];
	struct br_json_out out;
	struct br_text text;

	br_text_init(&text, sizeof(json) - 1);
	br_json_out_begin(&out, &text);
	br_answer_to_json(answer, br_str_from(id), &out, NULL);
	REQUIRE(br_text_error(&text) == 0);
	REQUIRE(br_str_copy(br_text_str(&text), json, sizeof(json)));
	br_text_finish(&text);
	return json;
}

static void test_answers_as_json(void)
{
	struct br_answer answer = {.outcome = BR_OUTCOME_ACCEPTED, .sequence = 81234};

	CHECK_TEXT(answer_json(&answer, "t1"),
		bench_quote("{'id':'t1','outcome':'accepted','sequence':81234}"));
	br_answer_refuse(&answer, BR_OUTCOME_REFUSED, BR_REFUSAL_UNKNOWN_BARCODE, "not \"known\"");
	CHECK_TEXT(answer_json(&answer, NULL),
		"{\"id\":null,\"outcome\":\"refused\",\"code\":\"unknown_barcode\",\"message\":"
		"\"not \\\"known\\\"\"}");
	br_answer_refuse(&answer, BR_OUTCOME_BUSY, BR_REFUSAL_STORE_FULL, "");
	CHECK_TEXT(answer_json(&answer, "x"),
		bench_quote("{'id':'x','outcome':'busy','code':'store_full','message':''}"));
}

static void test_every_code_has_its_word(void)
{
	unsigned n = 0;

	while (br_refusal_words[n] != NULL)
		n++;
	CHECK_INT(n, BR_REFUSAL_N);
	CHECK_TEXT(br_refusal_words[BR_REFUSAL_ALREADY], "already");
	CHECK_TEXT(br_refusal_words[BR_REFUSAL_CURRENCY], "currency");
	CHECK_TEXT(br_outcome_words[BR_OUTCOME_BUSY], "busy");
}

/* Sentences are cut at a character's border, also when the ids in them are long. */
static void test_long_sentences_are_cut_at_a_character(void)
{
	struct br_answer answer;
	struct br_decision decision = {.answer = &answer};
	char wide[3 * BR_MESSAGE_BYTES_MAX];

	for (unsigned shift = 0; shift < 3; shift++) {
		size_t n = shift;

		memset(wide, 'x', n);
		for (; n + 3 < sizeof(wide); n += 3)
			memcpy(wide + n, "\xE2\x82\xAC", 3);
		wide[n] = '\0';
		CHECK_INT(br_decision_refuse(&decision, BR_REFUSAL_ALREADY, "%s", wide),
			BR_DECIDED_NO);
		CHECK(strlen(answer.message) > BR_MESSAGE_BYTES_MAX - 5);
		CHECK(br_utf8_valid(answer.message, strlen(answer.message)));
		br_answer_refuse(&answer, BR_OUTCOME_REFUSED, BR_REFUSAL_ALREADY, wide);
		CHECK(br_utf8_valid(answer.message, strlen(answer.message)));
	}
}

int main(int argc, char **argv)
{
	TEST(test_a_command_is_read_whole);
	TEST(test_every_refusal_names_what_is_wrong);
	TEST(test_what_needs_too_much_memory_is_refused);
	TEST(test_types_are_found_by_name);
	TEST(test_what_a_full_store_still_takes);
	TEST(test_answers_as_json);
	TEST(test_every_code_has_its_word);
	TEST(test_long_sentences_are_cut_at_a_character);
	return test_end(argc, argv);
}
