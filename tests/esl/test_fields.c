#include "esl/fields.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

static void test_values_are_found_by_name(void)
{
	struct br_fields fields = {.n = 0};
	const struct br_label_field *field;

	CHECK_INT(br_fields_text(&fields, "name", BR_STR("Milk")), 0);
	CHECK_INT(br_fields_milli(&fields, "price", 990), 0);
	field = br_fields_find(&fields, BR_STR("price"));
	REQUIRE(field != NULL);
	CHECK(field->number && field->milli == 990);
	CHECK_STR(br_fields_text_of(&fields, "name"), "Milk");
	CHECK_INT(br_fields_text_of(&fields, "price").n, 0);
	CHECK(br_fields_find(&fields, BR_STR("brand")) == NULL);
	CHECK(br_fields_find(&fields, BR_STR("pric")) == NULL);
}

static void test_a_new_value_replaces_the_old(void)
{
	struct br_fields fields = {.n = 0};

	CHECK_INT(br_fields_text(&fields, "stock", BR_STR("none")), 0);
	CHECK_INT(br_fields_milli(&fields, "stock", 0), 0);
	CHECK_INT(fields.n, 1);
	CHECK(br_fields_find(&fields, BR_STR("stock"))->number);
}

static void test_an_empty_text_counts_as_absent_but_zero_does_not(void)
{
	struct br_fields fields = {.n = 0};

	CHECK_INT(br_fields_text(&fields, "brand", BR_STR("")), 0);
	CHECK_INT(br_fields_milli(&fields, "stock", 0), 0);
	CHECK(br_fields_find(&fields, BR_STR("brand")) == NULL);
	CHECK(br_fields_find(&fields, BR_STR("stock")) != NULL);
}

static void test_limits_and_encodings_are_enforced(void)
{
	static char long_text[BR_FIELD_BYTES_MAX + 1];
	static char names[BR_FIELDS_MAX + 1][16];
	struct br_fields fields = {.n = 0};

	memset(long_text, 'x', sizeof(long_text));
	CHECK_INT(
		br_fields_text(&fields, "name", (struct br_str){long_text, BR_FIELD_BYTES_MAX + 1}),
		BR_E_TOO_LARGE);
	CHECK_INT(
		br_fields_text(&fields, "name", (struct br_str){long_text, BR_FIELD_BYTES_MAX}), 0);
	CHECK_INT(br_fields_text(&fields, "name", BR_STR("\xC3")), BR_E_INVALID);
	fields.n = 0;
	for (int i = 0; i <= BR_FIELDS_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "x_%d", i);
		CHECK_INT(br_fields_milli(&fields, names[i], i),
			i < BR_FIELDS_MAX ? 0 : BR_E_TOO_LARGE);
	}
	/* A full list still takes a new value of an old name. */
	CHECK_INT(br_fields_milli(&fields, names[3], 7), 0);
	CHECK_INT(br_fields_text(&fields, "y", BR_STR("z")), BR_E_TOO_LARGE);
}

static void test_known_names(void)
{
	static const char *const good[] = {"name", "gtin", "lowest_30d", "x_a1", "word_until"};
	static const char *const bad[] = {"", "nmae", "Name", "x-", "1x", "_x", "xx",
		"x_a_name_that_is_longer_than_thirty_two"};

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++)
		CHECK(br_fields_known(br_str_from(good[i])));
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_fields_known(br_str_from(bad[i])));
}

int main(int argc, char **argv)
{
	TEST(test_values_are_found_by_name);
	TEST(test_a_new_value_replaces_the_old);
	TEST(test_an_empty_text_counts_as_absent_but_zero_does_not);
	TEST(test_limits_and_encodings_are_enforced);
	TEST(test_known_names);
	return test_end(argc, argv);
}
