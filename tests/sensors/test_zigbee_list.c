#include "sensors/zigbee_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/text.h"
#include "tests/lib/test.h"

static struct br_zigbee_list *list_read(const char *text, size_t *ret_dropped)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_zigbee_list *list = NULL;

	REQUIRE(br_json_parse(br_str_from(text), &json, NULL) == 0);
	REQUIRE(br_zigbee_list_read(json, &list, ret_dropped) == 0);
	return list;
}

static void test_reads_what_a_device_tells(void)
{
	static const char text[] =
		"[{\"ieee_address\":\"0x00158D00018255df\",\"type\":\"EndDevice\","
		"\"friendly_name\":\"cooler/dairy-1\",\"definition\":{\"model\":\"WSDCGQ11LM\","
		"\"exposes\":[{\"property\":\"temperature\",\"unit\":\"\\u00b0C\"},{\"property\":"
		"\"voltage\",\"unit\":\"mV\"}]}},{\"friendly_name\":\"Coordinator\",\"type\":"
		"\"Coordinator\",\"definition\":null}]";
	size_t dropped = 9;
	struct br_zigbee_list *list = list_read(text, &dropped);
	const struct br_zigbee_device *device;

	CHECK_INT(dropped, 0);
	REQUIRE(br_zigbee_list_count(list) == 1);
	device = br_zigbee_list_at(list, 0);
	CHECK_TEXT(device->name, "cooler/dairy-1");
	CHECK_TEXT(device->model, "WSDCGQ11LM");
	CHECK(device->address == UINT64_C(0x00158d00018255df));
	CHECK(device->in_millivolts && !device->in_volts && !device->in_fahrenheit);
	CHECK(br_zigbee_list_find_address(list, device->address) == device);
	CHECK(br_zigbee_list_find_address(list, 0) == NULL);
	br_zigbee_list_destroy(list);
}

static void test_the_order_of_the_message_does_not_matter(void)
{
	size_t dropped;
	struct br_zigbee_list *list = list_read(
		"[{\"friendly_name\":\"c\"},{\"friendly_name\":\"a\"},{\"friendly_name\":\"b\"}]",
		&dropped);

	CHECK_TEXT(br_zigbee_list_at(list, 0)->name, "a");
	CHECK_TEXT(br_zigbee_list_at(list, 2)->name, "c");
	CHECK(br_zigbee_list_find(list, BR_STR("b")) == br_zigbee_list_at(list, 1));
	CHECK(br_zigbee_list_find(list, BR_STR("d")) == NULL);
	CHECK(br_zigbee_list_find(list, BR_STR("")) == NULL);
	br_zigbee_list_destroy(list);
}

static void test_matches_the_longest_name(void)
{
	static const struct {
		const char *topic, *name, *suffix;
	} cases[] = {{"a", "a", ""}, {"a/b", "a/b", ""}, {"a/b/c", "a/b", "c"}, {"a/bc", "a", "bc"},
		{"a/availability", "a", "availability"}, {"a/b/set/state", "a/b", "set/state"},
		{"a/", "a", ""}};
	size_t dropped;
	struct br_zigbee_list *list =
		list_read("[{\"friendly_name\":\"a\"},{\"friendly_name\":\"a/b\"}]", &dropped);
	struct br_str suffix;

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		const struct br_zigbee_device *device =
			br_zigbee_list_match(list, br_str_from(cases[i].topic), &suffix);

		REQUIRE(device != NULL);
		CHECK_TEXT(device->name, cases[i].name);
		CHECK_STR(suffix, cases[i].suffix);
	}
	CHECK(br_zigbee_list_match(list, BR_STR("b/a"), &suffix) == NULL);
	CHECK(br_zigbee_list_match(list, BR_STR("ab"), &suffix) == NULL);
	CHECK(br_zigbee_list_match(list, BR_STR(""), &suffix) == NULL);
	CHECK(br_zigbee_list_match(list, BR_STR("/"), &suffix) == NULL);
	br_zigbee_list_destroy(list);
}

static void test_unusable_entries_are_counted(void)
{
	size_t dropped = 0;
	struct br_zigbee_list *list = list_read(
		"[{\"friendly_name\":\"a\"},{\"friendly_name\":\"a\"},{\"friendly_name\":\"\"},"
		"{},7,null,[],{\"friendly_name\":\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
		"nnnnnnnnnnnnnnnnn\"}]",
		&dropped);

	CHECK_INT(br_zigbee_list_count(list), 1);
	CHECK_INT(dropped, 7);
	br_zigbee_list_destroy(list);
}

static void test_wrong_types_inside_do_no_harm(void)
{
	size_t dropped = 0;
	struct br_zigbee_list *list = list_read(
		"[{\"friendly_name\":\"a\",\"ieee_address\":7,\"definition\":[{}]},"
		"{\"friendly_name\":\"b\",\"ieee_address\":\"0xzz158d00018255df\",\"definition\":{"
		"\"model\":null,\"exposes\":{\"property\":\"voltage\"}}},"
		"{\"friendly_name\":\"c\",\"ieee_address\":\"0x1\",\"definition\":{\"model\":\"a "
		"model's name far too long to be shown anywhere at all, really\",\"exposes\":[1,"
		"null,{\"property\":1,\"unit\":2},{\"property\":\"voltage\",\"unit\":\"kV\"}]}}]",
		&dropped);

	CHECK_INT(dropped, 0);
	REQUIRE(br_zigbee_list_count(list) == 3);
	for (size_t i = 0; i < 3; i++) {
		CHECK(br_zigbee_list_at(list, i)->address == 0);
		CHECK(!br_zigbee_list_at(list, i)->in_volts);
	}
	CHECK_INT(br_str_from(br_zigbee_list_at(list, 2)->model).n, BR_SENSOR_MODEL_BYTES_MAX);
	br_zigbee_list_destroy(list);
}

static void test_what_is_no_list_is_invalid(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_zigbee_list *list = NULL;
	size_t dropped = 3;

	REQUIRE(br_json_parse(BR_STR("{\"a\":[]}"), &json, NULL) == 0);
	CHECK_INT(br_zigbee_list_read(json, &list, &dropped), BR_E_INVALID);
	CHECK(list == NULL);
	CHECK_INT(dropped, 3);
	br_zigbee_list_destroy(NULL);
}

static void test_more_devices_than_the_limit(void)
{
	struct br_zigbee_list *list;
	struct br_text text;
	size_t dropped = 0;
	char name[16];

	br_text_init(&text, 1 << 20);
	br_text_putc(&text, '[');
	for (unsigned i = 0; i < BR_SENSOR_DEVICES_MAX + 5; i++)
		br_text_printf(&text, "%s{\"friendly_name\":\"d%u\"}", i > 0 ? "," : "", i);
	br_text_putc(&text, ']');
	REQUIRE(br_text_error(&text) == 0);
	list = list_read(text.bytes, &dropped);
	CHECK_INT(br_zigbee_list_count(list), BR_SENSOR_DEVICES_MAX);
	CHECK_INT(dropped, 5);
	for (unsigned i = 0; i < BR_SENSOR_DEVICES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "d%u", i);
		CHECK(br_zigbee_list_find(list, br_str_from(name)) != NULL);
	}
	br_zigbee_list_destroy(list);
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_reads_what_a_device_tells);
	TEST(test_the_order_of_the_message_does_not_matter);
	TEST(test_matches_the_longest_name);
	TEST(test_unusable_entries_are_counted);
	TEST(test_wrong_types_inside_do_no_harm);
	TEST(test_what_is_no_list_is_invalid);
	TEST(test_more_devices_than_the_limit);
	return test_end(argc, argv);
}
