#include "web-ui/json_slice.h"

#include "tests/lib/test.h"

static void test_a_member_is_found_as_it_was_written(void)
{
	static const struct {
		const char *json, *value;
	} cases[] = {
		{"{\"params\":{\"a\":1.10}}", "{\"a\":1.10}"},
		{" { \"id\" : \"}\" , \"params\" : [1, {\"b\":\"]\"}] , \"x\":0}",
			"[1, {\"b\":\"]\"}]"},
		{"{\"x\":\"\\\"params\\\":5\",\"params\":\"te\\\"xt\"}", "\"te\\\"xt\""},
		{"{\"y\":{\"params\":1},\"params\":-2.5e3}", "-2.5e3"},
		{"{\"params\":null,\"params\":1}", "null"},
		{"{\"a\":[],\"b\":{},\"params\":true }", "true"},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_str value = {NULL, 0};

		CHECK(br_json_slice_member(br_str_from(cases[i].json), "params", &value));
		CHECK_STR(value, cases[i].value);
	}
}

static void test_what_is_not_there_is_not_found(void)
{
	static const char *const cases[] = {"", "[]", "5", "{}", "{\"a\":{\"params\":1}}",
		"{\"par\\u0061ms\":1}", "{\"a\":\"params\"}"};
	struct br_str value = BR_STR("as before");

	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++)
		CHECK(!br_json_slice_member(br_str_from(cases[i]), "params", &value));
	CHECK_STR(value, "as before");
}

static void test_elements_come_one_by_one(void)
{
	struct br_str rest = BR_STR(" [ {\"a\":[1,2]} , \"x,y\",3 ,[ ] ] ");
	static const char *const elements[] = {"{\"a\":[1,2]}", "\"x,y\"", "3", "[ ]"};
	struct br_str value;

	for (unsigned i = 0; i < BR_ARRAY_LEN(elements); i++) {
		REQUIRE(br_json_slice_element(&rest, &value));
		CHECK_STR(value, elements[i]);
	}
	CHECK(!br_json_slice_element(&rest, &value));
	rest = BR_STR("[]");
	CHECK(!br_json_slice_element(&rest, &value));
	rest = BR_STR("{}");
	CHECK(!br_json_slice_element(&rest, &value));
}

/* Text that is no JSON never comes here; cut off anywhere, it must be harmless all the same. */
static void test_a_text_that_breaks_off_is_harmless(void)
{
	static const char whole[] = "{\"a\":\"b\\\\\",\"params\":[{\"c\":\"\\\"\"},2]}";

	for (size_t n = 0; n < sizeof(whole); n++) {
		struct br_str rest = {whole, n}, value = {NULL, 0};

		(void)!br_json_slice_member(rest, "params", &value);
		CHECK(value.n == 0 || value.s + value.n <= whole + n);
		rest = (struct br_str){whole + sizeof(whole) - 1 - n, n};
		while (br_json_slice_element(&rest, &value))
			CHECK(value.n > 0);
	}
}

int main(int argc, char **argv)
{
	TEST(test_a_member_is_found_as_it_was_written);
	TEST(test_what_is_not_there_is_not_found);
	TEST(test_elements_come_one_by_one);
	TEST(test_a_text_that_breaks_off_is_harmless);
	return test_end(argc, argv);
}
