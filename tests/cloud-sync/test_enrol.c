/* The messages by which a store gets its certificate. */
#include "cloud-sync/enrol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static struct br_enrol_answer *answer;
static struct br_fault fault;

static int parse(const char *json)
{
	fault.text[0] = '\0';
	return br_enrol_answer_parse(br_str_from(json), answer, &fault);
}

static void test_a_request_says_who_wants_what_by_which_code(void)
{
	struct br_enrol_request request = {.store_id = "0412",
		.id = "0123456789abcdef",
		.request = BR_STR("-----BEGIN\nX"),
		.code = "ABCD"};
	struct br_text text;

	br_text_init(&text, 4096);
	br_enrol_request_write(&request, &text);
	CHECK_STR(br_text_str(&text),
		"{\"type\":\"certificate_request\",\"store\":\"0412\",\"id\":\"0123456789abcdef\","
		"\"request\":\"-----BEGIN\\nX\",\"code\":\"ABCD\"}");
	br_text_clear(&text);
	request.code = NULL;
	br_enrol_request_write(&request, &text);
	CHECK(strstr(text.bytes, "code") == NULL);
	br_text_finish(&text);
}

static void test_ids_are_random(void)
{
	char first[BR_ENROL_ID_BYTES], second[BR_ENROL_ID_BYTES];

	REQUIRE(br_enrol_id_make(first) == 0 && br_enrol_id_make(second) == 0);
	CHECK_INT(strlen(first), 16);
	CHECK_INT(strspn(first, "0123456789abcdef"), 16);
	CHECK(strcmp(first, second) != 0);
}

static void test_a_certificate_is_read(void)
{
	CHECK_INT(parse("{\"type\":\"certificate\",\"id\":\"0123456789abcdef\",\"certificate\":"
			"\"-----BEGIN\\n\",\"addresses\":[\"a:8883\",\"b:8883\"]}"),
		0);
	CHECK(!answer->refused);
	CHECK_TEXT(answer->id, "0123456789abcdef");
	CHECK_TEXT(answer->certificate, "-----BEGIN\n");
	CHECK_INT(answer->address_n, 2);
	CHECK_TEXT(answer->addresses[1], "b:8883");
	CHECK_INT(parse("{\"type\":\"certificate\",\"id\":\"1\",\"certificate\":\"x\"}"), 0);
	CHECK_INT(answer->address_n, 0);
}

static void test_a_refusal_is_read(void)
{
	CHECK_INT(parse("{\"type\":\"certificate_refused\",\"id\":\"1\",\"message\":\"no\"}"), 0);
	CHECK(answer->refused);
	CHECK_TEXT(answer->message, "no");
	CHECK_TEXT(answer->certificate, "");
}

static void test_anything_else_is_refused_with_the_member_that_is_wrong(void)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{"", ""},
		{"[]", "type: allowed is"},
		{"{\"type\":\"ack\"}", "type: allowed is"},
		{"{\"type\":\"certificate\",\"certificate\":\"x\"}", "id: allowed is a text of 1"},
		{"{\"type\":\"certificate\",\"id\":\"01234567890123456\",\"certificate\":\"x\"}",
			"id: allowed is a text of 1 to 16 bytes"},
		{"{\"type\":\"certificate\",\"id\":\"1\"}", "certificate: allowed is"},
		{"{\"type\":\"certificate\",\"id\":\"1\",\"certificate\":\"\"}", "certificate: "},
		{"{\"type\":\"certificate_refused\",\"id\":\"1\"}", "message: allowed is"},
		{"{\"type\":\"certificate\",\"id\":\"1\",\"certificate\":\"x\",\"addresses\":7}",
			"addresses: allowed are at most 2"},
		{"{\"type\":\"certificate\",\"id\":\"1\",\"certificate\":\"x\",\"addresses\":["
		 "\"a\","
		 "\"b\",\"c\"]}",
			"addresses: allowed are at most 2"},
		{"{\"type\":\"certificate\",\"id\":\"1\",\"certificate\":\"x\",\"addresses\":[1]}",
			"addresses: allowed are texts"},
		{"{\"type\":\"certificate\",\"id\":\"1\",\"certificate\":\"x\",\"addresses\":[\"a "
		 "b\"]}",
			"addresses: allowed are texts"},
	};

	answer->address_n = 9;
	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		CHECK_INT(parse(cases[i].json), BR_E_INVALID);
		CHECK_HAS(fault.text, cases[i].says);
	}
	CHECK_INT(answer->address_n, 9);
}

static void test_what_is_too_long_is_refused(void)
{
	static char json[80000];
	size_t n = (size_t)snprintf(
		json, sizeof(json), "{\"type\":\"certificate\",\"id\":\"1\",\"certificate\":\"");

	memset(json + n, 'A', BR_ENROL_CHAIN_BYTES_MAX + 1);
	(void)strcpy(json + n + BR_ENROL_CHAIN_BYTES_MAX + 1, "\"}");
	CHECK_INT(parse(json), BR_E_INVALID);
	CHECK_HAS(fault.text, "16384");
	memset(json, ' ', sizeof(json) - 1);
	CHECK_INT(parse(json), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "65536");
}

int main(int argc, char **argv)
{
	int code;

	answer = calloc(1, sizeof(*answer));
	REQUIRE(answer != NULL);
	TEST(test_a_request_says_who_wants_what_by_which_code);
	TEST(test_ids_are_random);
	TEST(test_a_certificate_is_read);
	TEST(test_a_refusal_is_read);
	TEST(test_anything_else_is_refused_with_the_member_that_is_wrong);
	TEST(test_what_is_too_long_is_refused);
	code = test_end(argc, argv);
	free(answer);
	return code;
}
