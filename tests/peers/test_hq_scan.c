/* JSON gone through without a tree: what it hands out, and that it refuses what is no JSON. */
#include "tests/peers/hq_scan.h"

#include <stdio.h>
#include <string.h>

#include "node/json.h"
#include "tests/lib/test.h"
#include "tests/peers/digest.h"

static void test_elements(void)
{
	static const char *const wanted[] = {
		"1", "{\"a\":[2,3],\"b\":\"],\\\"\"}", "[]", "\"x,y\"", "-0.5e+3", "null"};
	struct peer_scan scan;
	struct br_str value;
	size_t n = 0;

	peer_scan_begin(&scan, BR_STR(" [ 1 , {\"a\":[2,3],\"b\":\"],\\\"\"}, [] ,\"x,y\",-0.5e+3 "
				      ", null ] "));
	REQUIRE(peer_scan_enter(&scan, '['));
	while (peer_scan_element(&scan, &value) && n < BR_ARRAY_LEN(wanted))
		CHECK_STR(value, wanted[n++]);
	CHECK_INT(n, BR_ARRAY_LEN(wanted));
	CHECK(peer_scan_ended(&scan));
}

static void test_members(void)
{
	struct peer_scan scan;
	struct br_str name, value, text;

	peer_scan_begin(&scan, BR_STR("{\"a\" : \"plain\" , \"b\":\"with \\u00e4\",\"c\":{}}"));
	REQUIRE(peer_scan_enter(&scan, '{'));
	REQUIRE(peer_scan_member(&scan, &name, &value));
	CHECK_STR(name, "a");
	CHECK(peer_scan_plain(value, &text));
	CHECK_STR(text, "plain");
	REQUIRE(peer_scan_member(&scan, &name, &value));
	CHECK_STR(name, "b");
	/* An escape must be parsed by somebody who makes a tree. */
	CHECK(!peer_scan_plain(value, &text));
	REQUIRE(peer_scan_member(&scan, &name, &value));
	CHECK_STR(value, "{}");
	CHECK(!peer_scan_plain(value, &text));
	CHECK(!peer_scan_member(&scan, &name, &value));
	CHECK(peer_scan_ended(&scan));
}

static bool list_holds(struct br_str text)
{
	struct peer_scan scan;
	struct br_str value;

	peer_scan_begin(&scan, text);
	if (!peer_scan_enter(&scan, '['))
		return false;
	while (peer_scan_element(&scan, &value))
		continue;
	return peer_scan_ended(&scan);
}

static void test_empty_ones(void)
{
	struct peer_scan scan;
	struct br_str name, value;

	CHECK(list_holds(BR_STR("[]")));
	CHECK(list_holds(BR_STR(" [ ] ")));
	peer_scan_begin(&scan, BR_STR("{ }"));
	REQUIRE(peer_scan_enter(&scan, '{'));
	CHECK(!peer_scan_member(&scan, &name, &value));
	CHECK(peer_scan_ended(&scan));
}

static void test_what_is_no_json_is_refused(void)
{
	static const char *const texts[] = {"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
		"[1]]", "[1]x", "{}", "[{]}", "[{\"a\"}]", "[{\"a\":}]", "[{a:1}]", "[{\"a\":1,}]",
		"[\"]", "[\"\\x\"]", "[\"\\u12g4\"]", "[\"\\u0000\"]", "[\"\t\"]", "[01]", "[1.]",
		"[.5]", "[1e]", "[-]", "[+1]", "[tru]", "[nul]", "[falsy]", "[1:2]"};

	for (size_t i = 0; i < BR_ARRAY_LEN(texts); i++)
		if (!CHECK(!list_holds(br_str_from(texts[i]))))
			printf("taken: %s\n", texts[i]);
}

static void test_levels_have_an_end(void)
{
	char text[200];

	memset(text, '[', 100);
	memset(text + 100, ']', 100);
	CHECK(!list_holds((struct br_str){text, 200}));
	CHECK(list_holds((struct br_str){text + 80, 40}));
}

/* Whatever it takes, the parser takes too: HQ may keep the text and read it later. */
static void test_what_it_takes_is_json(void)
{
	static const char good[] = "[{\"id\":\"1\",\"data\":{\"n\":-1.5e3,\"t\":\"a\\\"\\u00e4\","
				   "\"l\":[true,null,{}]}},{\"x\":\"y\"}]";
	char text[sizeof(good)];
	unsigned taken = 0;

	for (int round = 0; round < 20000; round++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		size_t n = sizeof(good) - 1;

		memcpy(text, good, sizeof(good));
		text[test_random() % n] = "[]{}\",:\\ 019eu-x"[test_random() % 16];
		if (!list_holds((struct br_str){text, n}))
			continue;
		taken++;
		if (!CHECK(br_json_parse((struct br_str){text, n}, &root, NULL) == 0))
			printf("taken: %.*s\n", (int)n, text);
	}
	CHECK(taken > 1000);
}

/* The checksum takes eight bytes a step: every length and place must give the same as one by one.
 */
static void test_crc_of_every_length(void)
{
	unsigned char bytes[64];

	CHECK_INT(peer_crc32c("123456789", 9), 0xE3069283);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(test_random() >> 8);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		uint32_t crc = ~0u;

		for (size_t i = 0; i < n; i++) {
			crc ^= bytes[i];
			for (int bit = 0; bit < 8; bit++)
				crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
		}
		CHECK_INT(peer_crc32c(bytes, n), ~crc);
	}
}

int main(int argc, char **argv)
{
	TEST(test_elements);
	TEST(test_members);
	TEST(test_empty_ones);
	TEST(test_what_is_no_json_is_refused);
	TEST(test_levels_have_an_end);
	TEST(test_what_it_takes_is_json);
	TEST(test_crc_of_every_length);
	return test_end(argc, argv);
}
