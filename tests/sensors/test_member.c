#include "sensors/member.h"

#include "tests/lib/test.h"

static const struct br_member table[] = {
	{"a", BR_READING_RAW, BR_MEMBER_NUMBER, 0},
	{"ab", BR_READING_TEMPERATURE, BR_MEMBER_NUMBER, 0},
	{"abc", BR_READING_PRESSURE, BR_MEMBER_NUMBER, 0},
	{"b", BR_READING_WEIGHT, BR_MEMBER_NUMBER, 0.5},
};

static struct {
	unsigned readings, refusals;
	int64_t value;
	enum br_sensor_refusal reason;
} got;

static void reading_keep(void *context BR_UNUSED, const struct br_reading *reading)
{
	got.readings++;
	got.value = reading->value;
}

static void presence_drop(void *context BR_UNUSED, const struct br_presence *presence BR_UNUSED)
{
}

static void refusal_keep(
	void *context BR_UNUSED, enum br_sensor_refusal reason, struct br_str what BR_UNUSED)
{
	got.refusals++;
	got.reason = reason;
}

static void destroy_nothing(struct br_adapter *adapter BR_UNUSED)
{
}

static int take_nothing(struct br_adapter *adapter BR_UNUSED,
	const struct br_sensor_message *message BR_UNUSED,
	const struct br_adapter_sink *sink BR_UNUSED)
{
	return BR_ADAPTER_IGNORED;
}

static const struct br_adapter_class nothing = {
	.name = "nothing", .destroy = destroy_nothing, .take = take_nothing};

/* Gives one JSON value to one member. */
static void take(
	const struct br_member *member, const char *json, const struct br_member_units *units)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *value = NULL;
	struct br_adapter_sink sink = {
		.reading = reading_keep, .presence = presence_drop, .refused = refusal_keep};
	struct br_sensor_message message = {.received_ms = 1};
	struct br_adapter_call call;
	struct br_adapter adapter;

	got.readings = got.refusals = 0;
	got.value = INT64_MIN;
	REQUIRE(br_adapter_init(&adapter, &nothing, BR_STR("n"), NULL) == 0);
	REQUIRE(br_json_parse(br_str_from(json), &value, NULL) == 0);
	br_adapter_call_init(&call, &adapter, &message, &sink);
	REQUIRE(br_adapter_call_device(&call, BR_STR("d")));
	br_member_take(&call, member, BR_STR("c"), value, units);
}

static void test_finds_names_and_no_others(void)
{
	static const char *const absent[] = {"", "aa", "abcd", "c", "A", "ab ", "abb"};

	for (size_t i = 0; i < BR_ARRAY_LEN(table); i++)
		CHECK(br_member_find(table, BR_ARRAY_LEN(table), br_str_from(table[i].name)) ==
			&table[i]);
	for (size_t i = 0; i < BR_ARRAY_LEN(absent); i++)
		CHECK(br_member_find(table, BR_ARRAY_LEN(table), br_str_from(absent[i])) == NULL);
	CHECK(br_member_find(table, 0, BR_STR("a")) == NULL);
}

static void test_the_name_need_not_end(void)
{
	struct br_str name = {"abcdef", 2};

	CHECK(br_member_find(table, BR_ARRAY_LEN(table), name) == &table[1]);
}

static void test_an_unsorted_table_is_noticed(void)
{
	static const struct br_member doubled[] = {{"a", BR_READING_RAW, BR_MEMBER_NUMBER, 0},
		{"a", BR_READING_RAW, BR_MEMBER_NUMBER, 0}};
	static const struct br_member backwards[] = {{"b", BR_READING_RAW, BR_MEMBER_NUMBER, 0},
		{"a", BR_READING_RAW, BR_MEMBER_NUMBER, 0}};

	CHECK(br_member_table_is_sorted(table, BR_ARRAY_LEN(table)));
	CHECK(!br_member_table_is_sorted(doubled, 2));
	CHECK(!br_member_table_is_sorted(backwards, 2));
}

static void test_texts_that_are_numbers(void)
{
	static const struct {
		const char *json;
		int64_t value;
	} good[] = {{"4.5", 4500}, {"\"4.5\"", 4500}, {"\"-4.5e1\"", -45000}, {"\"+3\"", 3000},
		{"-0.0004", 0}};
	static const char *const bad[] = {"\"\"", "\"4,5\"", "\"4.5 \"", "\" 4\"", "\"nan\"",
		"\"infinity\"", "\"0x1p3\"", "\"e\"", "\"--1\"", "true", "[]", "{}",
		"\"11111111111111111111111111111111111111111111111\""};

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++) {
		take(&table[0], good[i].json, NULL);
		CHECK_INT(got.value, good[i].value);
		CHECK_INT(got.refusals, 0);
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		take(&table[0], bad[i], NULL);
		CHECK_INT(got.readings, 0);
		CHECK_INT(got.refusals, 1);
		CHECK_INT(got.reason, BR_SENSOR_REFUSAL_TYPE);
	}
}

static void test_null_is_passed_over(void)
{
	take(&table[0], "null", NULL);
	CHECK_INT(got.readings + got.refusals, 0);
}

static void test_factors_and_units(void)
{
	struct br_member_units units = {
		.fahrenheit = true, .pressure_factor = 2, .weight_factor = 0.001};

	take(&table[3], "10", NULL);
	CHECK_INT(got.value, 5000);
	take(&table[3], "10000", &units);
	CHECK_INT(got.value, 5000);
	take(&table[1], "-40", &units);
	CHECK_INT(got.value, -40000);
	take(&table[2], "500", &units);
	CHECK_INT(got.value, 1000000);
	take(&table[0], "500", &units);
	CHECK_INT(got.value, 500000);
}

static void test_flags_and_their_opposites(void)
{
	static const struct br_member flag = {"f", BR_READING_CONTACT, BR_MEMBER_FLAG, 0};
	static const struct br_member unflag = {"u", BR_READING_CONTACT, BR_MEMBER_UNFLAG, 0};
	static const char *const on[] = {"true", "1", "\"ON\"", "\"on\"", "\"true\"", "\"1\""};
	static const char *const off[] = {"false", "0", "\"OFF\"", "\"off\"", "\"false\"", "\"0\""};

	for (size_t i = 0; i < BR_ARRAY_LEN(on); i++) {
		take(&flag, on[i], NULL);
		CHECK_INT(got.value, 1000);
		take(&unflag, on[i], NULL);
		CHECK_INT(got.value, 0);
		take(&flag, off[i], NULL);
		CHECK_INT(got.value, 0);
		take(&unflag, off[i], NULL);
		CHECK_INT(got.value, 1000);
	}
	take(&flag, "0.5", NULL);
	CHECK_INT(got.reason, BR_SENSOR_REFUSAL_TYPE);
}

static void test_every_refusal_has_a_text(void)
{
	for (unsigned i = 0; i < BR_SENSOR_REFUSALS; i++)
		CHECK(br_sensor_refusal_text((enum br_sensor_refusal)i)[0] != '\0');
}

int main(int argc, char **argv)
{
	TEST(test_finds_names_and_no_others);
	TEST(test_the_name_need_not_end);
	TEST(test_an_unsorted_table_is_noticed);
	TEST(test_texts_that_are_numbers);
	TEST(test_null_is_passed_over);
	TEST(test_factors_and_units);
	TEST(test_flags_and_their_opposites);
	TEST(test_every_refusal_has_a_text);
	return test_end(argc, argv);
}
