#include <string.h>

#include "node/record.h"
#include "tests/lib/test.h"
#include "tests/node/bench.h"
#include "tests/node/shapes.h"

static const char *const colours[] = {"red", "green", NULL};

static bool vowels_check(struct br_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("aeiou", text.s[i]) == NULL)
			return false;
	return true;
}
static const struct br_text_rule vowels = {vowels_check, "made of vowels"};

struct part {
	struct br_str name;
	uint64_t size;
};
struct tag {
	struct br_str tag;
};
/* One field of every kind. */
struct sample {
	uint64_t count;
	int64_t amount, low;
	int64_t at;
	bool flag;
	uint8_t colour;
	struct br_str name, sound;
	unsigned char hash[4];
	struct br_list parts, tags;
};

static const struct br_field part_fields[] = {
	BR_MUST_TEXT(part, name, 1, 10), BR_U64(part, size, 1, 9)};
static BR_DEFINE_SHAPE(part_shape, part, 1, part_fields);
static const struct br_field tag_fields[] = {BR_TEXT(tag, tag, 1, 5)};
static BR_DEFINE_SHAPE(tag_shape, tag, 1, tag_fields);
static const struct br_field sample_fields[] = {
	BR_U64(sample, count, 0, 1000),
	BR_MILLI(sample, amount, -5000, 5000),
	BR_MILLI_OR(sample, low, -1000, 1000, INT64_MIN),
	BR_TIME(sample, at),
	BR_BOOL(sample, flag),
	BR_WORD(sample, colour, colours),
	BR_MUST_TEXT(sample, name, 1, 8),
	BR_TEXT_RULED(sample, sound, 0, 8, &vowels),
	BR_BYTES(sample, hash),
	BR_LIST(sample, parts, 0, 2, &part_shape),
	BR_LIST(sample, tags, 0, 3, &tag_shape),
};
static BR_DEFINE_SHAPE(sample_shape, sample, 1, sample_fields);

/* Reads `json` (' for ") as a sample; texts point into *ret_root. */
static int sample_read(const char *json, struct br_json **ret_root, struct br_arena *arena,
	struct sample *ret_sample, struct br_fault *fault)
{
	fault->text[0] = '\0';
	REQUIRE(br_json_parse(br_str_from(bench_quote(json)), ret_root, fault) == 0);
	return br_record_from_json(&sample_shape, *ret_root, arena, ret_sample, fault);
}

static void test_every_kind_is_read(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct sample sample;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 4096);
	CHECK_INT(sample_read("{'count':7,'amount':-2.55,'low':0.5,'at':'1970-01-01T00:00:01Z',"
			      "'flag':true,'colour':'green','name':'n\xC3\xA4me','sound':'aei',"
			      "'hash':'00fF10aB','parts':[{'name':'p','size':3},{'name':'q'}],"
			      "'tags':['x','y']}",
			  &root, &arena, &sample, &fault),
		0);
	CHECK_TEXT(fault.text, "");
	CHECK_INT(sample.count, 7);
	CHECK_INT(sample.amount, -2550);
	CHECK_INT(sample.low, 500);
	CHECK_INT(sample.at, 1000);
	CHECK(sample.flag);
	CHECK_INT(sample.colour, 1);
	CHECK_STR(sample.name, "n\xC3\xA4me");
	CHECK_STR(sample.sound, "aei");
	CHECK(memcmp(sample.hash, "\x00\xFF\x10\xAB", 4) == 0);
	REQUIRE(sample.parts.n == 2 && sample.tags.n == 2);
	CHECK_STR(BR_LIST_AT(sample.parts, part, 0)->name, "p");
	CHECK_INT(BR_LIST_AT(sample.parts, part, 0)->size, 3);
	CHECK_INT(BR_LIST_AT(sample.parts, part, 1)->size, 0);
	CHECK_STR(BR_LIST_AT(sample.tags, tag, 1)->tag, "y");
	br_arena_finish(&arena);
}

static void test_what_is_not_given_is_zero(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct sample sample;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 4096);
	memset(&sample, 0xFF, sizeof(sample));
	CHECK_INT(sample_read("{'name':'n','at':null,'sound':null,'hash':null,'parts':null}", &root,
			  &arena, &sample, &fault),
		0);
	CHECK_INT(sample.count, 0);
	CHECK_INT(sample.amount, 0);
	CHECK_INT(sample.low, INT64_MIN);
	CHECK_INT(sample.at, 0);
	CHECK(!sample.flag && sample.colour == 0);
	CHECK_INT(sample.sound.n, 0);
	CHECK(memcmp(sample.hash, "\0\0\0\0", 4) == 0);
	CHECK_INT(sample.parts.n, 0);
	CHECK_INT(sample.tags.n, 0);
	br_arena_finish(&arena);
}

static void test_every_refusal_names_field_and_what_is_allowed(void)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{"[]", "is a list, allowed is an object"},
		{"{}", "name: is missing"},
		{"{'nam':'x'}", "nam: unknown member, allowed are: count, amount, low, at, flag"},
		{"{'name':'x','name':'y'}", "name: stands twice"},
		{"{'name':7}", "name: is a number, allowed is a text"},
		{"{'name':null}", "name: is null, allowed is a text"},
		{"{'name':''}", "name: has 0 bytes, allowed is 1 to 8"},
		{"{'name':'123456789'}", "name: has 9 bytes, allowed is 1 to 8"},
		{"{'name':'a\\u0007'}", "name: control characters are not allowed"},
		{"{'name':'a\\u007f'}", "name: control characters are not allowed"},
		{"{'name':'x','count':1.5}", "count: is a number, allowed is a whole number"},
		{"{'name':'x','count':-1}", "count: -1 is out of range, allowed is 0 to 1000"},
		{"{'name':'x','count':1001}", "count: 1001 is out of range"},
		{"{'name':'x','count':null}", "count: is null, allowed is a whole number"},
		{"{'name':'x','amount':5.001}",
			"amount: 5.001 is out of range, allowed is -5 to 5"},
		{"{'name':'x','amount':1.0001}",
			"amount: is a number, allowed is a decimal number with at most 3 places"},
		{"{'name':'x','amount':true}", "amount: is true or false, allowed is a decimal"},
		{"{'name':'x','at':'yesterday'}", "at: allowed is a time such as"},
		{"{'name':'x','at':5}", "at: allowed is a time such as"},
		{"{'name':'x','flag':1}", "flag: is a number, allowed is true or false"},
		{"{'name':'x','colour':'blue'}",
			"colour: \"blue\" is unknown, allowed is one of: red, green"},
		{"{'name':'x','colour':0}", "colour: is a number, allowed is a text"},
		{"{'name':'x','sound':'xyz'}",
			"sound: \"xyz\" is not valid, allowed is made of vowels"},
		{"{'name':'x','hash':'00'}", "hash: has 2 digits, allowed is 8 hexadecimal digits"},
		{"{'name':'x','hash':'0011223g'}", "hash: allowed are hexadecimal digits only"},
		{"{'name':'x','hash':1}", "hash: is a number, allowed is a text"},
		{"{'name':'x','parts':{}}", "parts: is an object, allowed is a list"},
		{"{'name':'x','parts':[1]}", "parts: item 0: is a number, allowed is an object"},
		{"{'name':'x','parts':[{'name':'a'},{'name':'b','size':10}]}",
			"parts: item 1: size: 10 is out of range"},
		{"{'name':'x','parts':[{'name':'a'},{'name':'b'},{'name':'c'}]}",
			"parts: has 3 items, allowed is 0 to 2"},
		{"{'name':'x','tags':['a','toolong']}",
			"tags: item 1: has 7 bytes, allowed is 1 to 5"},
	};
	struct sample sample;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 4096);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;

		CHECK_INT(sample_read(rows[i].json, &root, &arena, &sample, &fault), BR_E_INVALID);
		CHECK_HAS(fault.text, rows[i].sentence);
	}
	br_arena_finish(&arena);
}

static void test_a_list_over_the_arena_is_too_large(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct sample sample;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 16);
	CHECK_INT(sample_read("{'name':'x','parts':[{'name':'a'},{'name':'b'}]}", &root, &arena,
			  &sample, &fault),
		BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "parts: needs more memory");
	br_arena_finish(&arena);
}

/* Writes a record as an object. */
static void json_write(const struct br_shape *shape, const void *record, struct br_text *text)
{
	struct br_json_out out;

	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_record_to_json(shape, record, &out);
	br_json_out_end(&out);
	CHECK_INT(br_text_error(text), 0);
}

static void test_what_is_written_leaves_out_what_is_not_set(void)
{
	struct sample sample = {.name = BR_STR("n"), .low = INT64_MIN};
	struct tag tags[] = {{BR_STR("a\"b")}, {BR_STR("c")}};
	struct br_text text;

	br_text_init(&text, 4096);
	json_write(&sample_shape, &sample, &text);
	CHECK_STR(br_text_str(&text), bench_quote("{'colour':'red','name':'n','hash':'00000000'}"));
	br_text_clear(&text);
	sample.low = 0;
	sample.tags = (struct br_list){tags, 2};
	json_write(&sample_shape, &sample, &text);
	CHECK_STR(br_text_str(&text),
		"{\"low\":0,\"colour\":\"red\",\"name\":\"n\",\"hash\":\"00000000\","
		"\"tags\":[\"a\\\"b\",\"c\"]}");
	br_text_finish(&text);
}

static const char *const fruits[] = {"", "apple", "pear", NULL};
struct basket {
	uint8_t fruit;
	int64_t slices; /* of a pear */
};
static const struct br_field basket_fields[] = {
	BR_WORD(basket, fruit, fruits),
	BR_MILLI_WHEN(basket, slices, 0, 9000, &basket_fields[0], 2),
};
static BR_DEFINE_SHAPE(basket_shape, basket, 1, basket_fields);

/* A word that stands for "not given" is neither written nor taken. */
static void test_a_word_may_be_none(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL, *given = NULL;
	struct basket basket = {.slices = 5};
	struct br_json_out out;
	struct br_fault fault;
	struct br_text text;

	br_text_init(&text, 4096);
	json_write(&basket_shape, &basket, &text);
	CHECK_STR(br_text_str(&text), "{}");
	REQUIRE(br_json_parse(BR_STR("{\"fruit\":\"\"}"), &root, NULL) == 0);
	CHECK_INT(br_record_from_json(&basket_shape, root, NULL, &basket, &fault), BR_E_INVALID);
	CHECK_TEXT(fault.text, "fruit: \"\" is unknown, allowed is one of: apple, pear");
	REQUIRE(br_json_parse(BR_STR("{\"fruit\":\"pear\"}"), &given, NULL) == 0);
	CHECK_INT(br_record_from_json(&basket_shape, given, NULL, &basket, &fault), 0);
	CHECK_INT(basket.fruit, 2);
	br_text_clear(&text);
	br_json_out_begin(&out, &text);
	br_record_schema(&basket_shape, NULL, "A basket.", NULL, &out);
	CHECK_HAS(text.bytes, "{\"type\":\"object\",\"description\":\"A basket.\",");
	CHECK_HAS(text.bytes, "\"enum\":[\"apple\",\"pear\"]");
	CHECK_HAS(text.bytes, "Given when fruit is pear, and only then.\"");
	br_text_finish(&text);
}

/* What belongs to one word is written with it, zero too, and never without. */
static void test_a_number_may_belong_to_a_word(void)
{
	static const char *const jsons[] = {
		"{}", "{\"fruit\":\"apple\"}", "{\"fruit\":\"pear\",\"slices\":0}"};
	struct br_text text;

	br_text_init(&text, 4096);
	for (uint8_t fruit = 0; fruit < BR_ARRAY_LEN(jsons); fruit++) {
		struct basket basket = {.fruit = fruit, .slices = fruit < 2 ? 3000 : 0};

		br_text_clear(&text);
		json_write(&basket_shape, &basket, &text);
		CHECK_STR(br_text_str(&text), jsons[fruit]);
	}
	br_text_finish(&text);
}

/* Numbers over 2^53 do not come back from JSON; nothing in the core writes such. */
static bool json_carries(const struct br_shape *shape)
{
	for (unsigned i = 0; i < shape->field_n; i++) {
		const struct br_field *field = &shape->fields[i];

		if (field->kind == BR_FIELD_MILLI &&
			(field->max > INT64_C(2000000000000000) ||
				field->min < -INT64_C(2000000000000000)))
			return false;
		if (field->rule != NULL ||
			(field->kind == BR_FIELD_LIST && !json_carries(field->item)))
			return false;
	}
	return true;
}

/* Whoever says the date, and however, it is the same day. */
static void test_a_day_is_kept_as_its_first_instant(void)
{
	static const struct {
		const char *json;
		int64_t day_ms; /* -1 = refused */
	} rows[] = {
		{"{'on':'2026-03-01'}", INT64_C(1772323200000)},
		{"{'on':'2026-03-01T00:00:00Z'}", INT64_C(1772323200000)},
		{"{'on':'2026-03-01T23:59:59.999Z'}", INT64_C(1772323200000)},
		{"{'on':'2026-03-02T00:00:00+02:00'}", INT64_C(1772323200000)},
		{"{'on':null}", 0},
		{"{'on':'2026-02-29'}", -1},
		{"{'on':'1.3.2026'}", -1},
		{"{'on':20260301}", -1},
	};
	struct dated {
		int64_t on;
	};
	static const struct br_field dated_fields[] = {BR_DAY(dated, on)};
	static BR_DEFINE_SHAPE(dated_shape, dated, 1, dated_fields);

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct dated dated = {.on = 0};
		struct br_fault fault;
		int result;

		REQUIRE(br_json_parse(br_str_from(bench_quote(rows[i].json)), &root, &fault) == 0);
		result = br_record_from_json(&dated_shape, root, NULL, &dated, &fault);
		CHECK_INT(result, rows[i].day_ms < 0 ? BR_E_INVALID : 0);
		if (result == 0)
			CHECK_INT(dated.on, rows[i].day_ms);
		else
			CHECK_TEXT(fault.text, "on: allowed is a day such as \"2026-03-01\" or a "
					       "time in it (RFC 3339)");
	}
}

static void test_every_shape_comes_back_from_its_json(void)
{
	struct br_fault fault = {.text = ""};
	struct br_arena arena;
	unsigned carried = 0;

	br_arena_init(&arena, 16 << 20);
	for (unsigned s = 0; s < shapes_all_n * 20; s++) {
		const struct br_shape *shape = shapes_all[s % shapes_all_n];
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		const void *record;
		struct br_text text;
		void *back;

		br_arena_reset(&arena);
		if (!json_carries(shape))
			continue;
		record = shape_random(shape, &arena, test_random);
		back = br_arena_take(&arena, shape->size);
		br_text_init(&text, 1 << 20);
		json_write(shape, record, &text);
		REQUIRE(br_json_parse(br_text_str(&text), &root, &fault) == 0);
		/* A text that is not required but has a least length is left out when empty. */
		CHECK_INT(br_record_from_json(shape, root, &arena, back, &fault), 0);
		CHECK_TEXT(fault.text, "");
		CHECK(shape_equal(shape, record, back));
		br_text_finish(&text);
		carried++;
	}
	CHECK(carried > 200);
	br_arena_finish(&arena);
}

static void test_the_schema_says_what_the_reader_checks(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_json *properties, *hash;
	struct br_json_out out;
	struct br_text text;
	struct br_str word;
	int64_t number;

	br_text_init(&text, 1 << 20);
	br_json_out_begin(&out, &text);
	br_record_schema(&sample_shape, NULL, NULL, NULL, &out);
	REQUIRE(br_json_parse(br_text_str(&text), &root, NULL) == 0);
	properties = br_json_member(root, "properties");
	CHECK_INT(br_json_count(properties), BR_ARRAY_LEN(sample_fields));
	hash = br_json_member(properties, "hash");
	CHECK(br_json_i64(br_json_member(hash, "minLength"), &number) && number == 8);
	CHECK(br_json_i64(br_json_member(br_json_member(properties, "count"), "maximum"), &number));
	CHECK_INT(number, 1000);
	CHECK_INT(br_json_count(br_json_member(br_json_member(properties, "colour"), "enum")), 2);
	CHECK(br_json_string(
		br_json_member(br_json_member(br_json_member(properties, "tags"), "items"), "type"),
		&word));
	CHECK_STR(word, "string");
	CHECK(br_json_string(br_json_first(br_json_member(root, "required")), &word));
	CHECK_STR(word, "name");
	CHECK_INT(br_json_count(br_json_member(root, "required")), 1);
	br_text_finish(&text);
}

static void test_every_shape_has_a_schema(void)
{
	for (unsigned s = 0; s < shapes_all_n; s++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_json_out out;
		struct br_text text;

		br_text_init(&text, 1 << 20);
		br_json_out_begin(&out, &text);
		br_record_schema(shapes_all[s], NULL, NULL, NULL, &out);
		CHECK_INT(br_json_parse(br_text_str(&text), &root, NULL), 0);
		CHECK_INT(
			br_json_count(br_json_member(root, "properties")), shapes_all[s]->field_n);
		br_text_finish(&text);
	}
}

int main(int argc, char **argv)
{
	TEST(test_every_kind_is_read);
	TEST(test_what_is_not_given_is_zero);
	TEST(test_every_refusal_names_field_and_what_is_allowed);
	TEST(test_a_list_over_the_arena_is_too_large);
	TEST(test_what_is_written_leaves_out_what_is_not_set);
	TEST(test_a_word_may_be_none);
	TEST(test_a_number_may_belong_to_a_word);
	TEST(test_a_day_is_kept_as_its_first_instant);
	TEST(test_every_shape_comes_back_from_its_json);
	TEST(test_the_schema_says_what_the_reader_checks);
	TEST(test_every_shape_has_a_schema);
	return test_end(argc, argv);
}
