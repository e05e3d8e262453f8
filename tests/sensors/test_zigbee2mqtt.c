#include "sensors/zigbee2mqtt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/sensors/capture.h"

static struct capture capture;

static struct br_adapter *bridge_create(const char *base)
{
	struct br_zigbee2mqtt_settings settings = {
		.source = BR_STR("zigbee"), .base = br_str_from(base)};
	struct br_adapter *bridge = NULL;

	REQUIRE(br_zigbee2mqtt_create(&settings, &bridge, NULL) == 0);
	capture_init(&capture);
	return bridge;
}

static int send(struct br_adapter *bridge, const char *rest, const char *payload)
{
	char topic[600];

	(void)snprintf(topic, sizeof(topic), "zigbee2mqtt/%s", rest);
	return capture_send(&capture, bridge, topic, payload);
}

#define DEVICE(NAME, ADDRESS) \
	"{\"ieee_address\":\"0x" ADDRESS "\",\"type\":\"EndDevice\",\"friendly_name\":\"" NAME \
	"\",\"definition\":{\"model\":\"WSDCGQ11LM\",\"exposes\":[]}}"
#define COORDINATOR \
	"{\"type\":\"Coordinator\",\"friendly_name\":\"Coordinator\",\"definition\":null}"

static const char list_small[] = "[" DEVICE("cooler", "00158d0000000001") "," DEVICE(
	"cooler/dairy-1", "00158d0000000002") "," DEVICE("cooler/dairy",
	"00158d0000000003") "," COORDINATOR "]";

static void list_send(struct br_adapter *bridge, const char *list)
{
	REQUIRE(send(bridge, "bridge/devices", list) == BR_ADAPTER_TAKEN);
}

static void test_reads_the_common_members(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	const struct br_reading *reading;

	CHECK_INT(send(bridge, "cooler/dairy-1",
			  "{\"battery\":100,\"humidity\":44.72,\"linkquality\":105,"
			  "\"pressure\":1008.2,\"temperature\":4.34,\"voltage\":3055}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 6);
	CHECK_INT(capture_value(&capture, "battery"), 100000);
	CHECK_INT(capture_value(&capture, "humidity"), 44720);
	CHECK_INT(capture_value(&capture, "linkquality"), 105000);
	CHECK_INT(capture_value(&capture, "pressure"), 1008200);
	CHECK_INT(capture_value(&capture, "temperature"), 4340);
	CHECK_INT(capture_value(&capture, "voltage"), 3055);
	reading = capture_channel(&capture, "temperature");
	REQUIRE(reading != NULL);
	CHECK_STR(reading->source, "zigbee");
	CHECK_STR(reading->device, "cooler/dairy-1");
	CHECK_INT(reading->kind, BR_READING_TEMPERATURE);
	CHECK_INT(reading->observed_ms, CAPTURE_NOW_MS);
	CHECK_INT(reading->received_ms, CAPTURE_NOW_MS);
	CHECK_INT(reading->quality, BR_QUALITY_UNTIMED);
}

static void test_an_open_contact_is_an_open_door(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "door/backroom", "{\"contact\":false}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "contact"), 0);
	CHECK_INT(send(bridge, "door/backroom", "{\"contact\":true}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "contact"), 1000);
	CHECK_INT(capture_channel(&capture, "contact")->kind, BR_READING_CONTACT);
}

static void test_a_partial_update_says_only_what_it_has(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "cooler", "{\"humidity\":50}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 1);
	CHECK_INT(capture_value(&capture, "humidity"), 50000);
}

static void test_nulls_and_unknown_members_are_passed_over(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "door",
			  "{\"battery\":null,\"some_future_field\":null,\"update\":{\"state\":"
			  "\"idle\"},\"list\":[1,2],\"contact\":true,\"text\":\"x\"}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 1);
	CHECK_INT(capture.refusal_n, 0);
	CHECK_INT(send(bridge, "door", "{\"temperature\":null}"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "door", "{}"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "door", ""), BR_ADAPTER_IGNORED);
	CHECK_INT(capture.reading_n, 0);
}

static void test_an_action_is_an_event(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	const struct br_reading *action;

	CHECK_INT(send(bridge, "button/aisle4", "{\"action\":\"single\"}"), BR_ADAPTER_TAKEN);
	action = capture_channel(&capture, "action");
	REQUIRE(action != NULL);
	CHECK_INT(action->kind, BR_READING_ACTION);
	CHECK_INT(action->value, 1000);
	CHECK_STR(action->word, "single");
}

static void test_an_empty_action_is_nothing(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "button/aisle4", "{\"action\":\"\"}"), BR_ADAPTER_IGNORED);
	CHECK_INT(capture.reading_n, 0);
	CHECK_INT(capture.refusal_n, 0);
}

static void test_a_retained_action_is_not_repeated(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	capture.retained = true;
	CHECK_INT(
		send(bridge, "button", "{\"action\":\"single\",\"battery\":90}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 1);
	CHECK_INT(capture_value(&capture, "battery"), 90000);
	CHECK_INT(capture_channel(&capture, "battery")->quality,
		BR_QUALITY_RETAINED | BR_QUALITY_UNTIMED);
}

static void test_flags_come_in_three_forms(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "m", "{\"occupancy\":true,\"water_leak\":0,\"state\":\"ON\"}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "occupancy"), 1000);
	CHECK_INT(capture_value(&capture, "water_leak"), 0);
	CHECK_INT(capture_value(&capture, "state"), 1000);
	CHECK_INT(send(bridge, "lock", "{\"state\":\"UNLOCK\"}"), BR_ADAPTER_IGNORED);
}

static void test_the_time_of_last_seen_in_all_its_forms(void)
{
	static const struct {
		const char *json;
		int64_t want_ms;
		unsigned quality;
	} forms[] = {{"\"2026-03-01T10:15:00.120Z\"", INT64_C(1772360100120), 0},
		{"\"2026-03-01T11:15:00+01:00\"", INT64_C(1772360100000), 0},
		{"\"2026-03-01T05:45:00.5-0430\"", INT64_C(1772360100500), 0},
		{"1772360100120", INT64_C(1772360100120), 0},
		{"\"yesterday\"", CAPTURE_NOW_MS, BR_QUALITY_UNTIMED},
		{"null", CAPTURE_NOW_MS, BR_QUALITY_UNTIMED},
		{"0", CAPTURE_NOW_MS, BR_QUALITY_UNTIMED},
		{"-5", CAPTURE_NOW_MS, BR_QUALITY_UNTIMED},
		{"1e300", CAPTURE_NOW_MS, BR_QUALITY_UNTIMED},
		{"{}", CAPTURE_NOW_MS, BR_QUALITY_UNTIMED}};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	char payload[128];

	for (size_t i = 0; i < BR_ARRAY_LEN(forms); i++) {
		const struct br_reading *reading;

		(void)snprintf(payload, sizeof(payload), "{\"temperature\":4.5,\"last_seen\":%s}",
			forms[i].json);
		CHECK_INT(send(bridge, "cooler", payload), BR_ADAPTER_TAKEN);
		reading = capture_channel(&capture, "temperature");
		REQUIRE(reading != NULL);
		CHECK_INT(reading->observed_ms, forms[i].want_ms);
		CHECK_INT(reading->quality, forms[i].quality);
	}
}

static void test_availability_is_bare_or_json(void)
{
	static const struct {
		const char *payload;
		enum br_presence_change change;
	} forms[] = {{"online", BR_PRESENCE_ONLINE}, {"offline", BR_PRESENCE_OFFLINE},
		{"{\"state\":\"online\"}", BR_PRESENCE_ONLINE},
		{"{\"state\":\"offline\"}", BR_PRESENCE_OFFLINE}};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	for (size_t i = 0; i < BR_ARRAY_LEN(forms); i++) {
		CHECK_INT(send(bridge, "cooler/dairy-1/availability", forms[i].payload),
			BR_ADAPTER_TAKEN);
		CHECK_INT(capture.reading_n, 0);
		REQUIRE(capture.presence_n == 1);
		CHECK_TEXT(capture.presences[0].device, "cooler/dairy-1");
		CHECK_INT(capture.presences[0].change, forms[i].change);
	}
}

static void test_the_state_of_the_bridge_has_no_device(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "bridge/state", "{\"state\":\"online\"}"), BR_ADAPTER_TAKEN);
	REQUIRE(capture.presence_n == 1);
	CHECK_TEXT(capture.presences[0].device, "");
	CHECK_INT(send(bridge, "bridge/state", "offline"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture.presences[0].change, BR_PRESENCE_OFFLINE);
}

static void test_an_unknown_availability_is_refused(void)
{
	static const char *const bad[] = {"asleep", "{\"state\":1}", "{}", "\"online\"", "[]"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		CHECK_INT(send(bridge, "x/availability", bad[i]), BR_ADAPTER_REFUSED);
		CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_SHAPE);
	}
	CHECK_INT(send(bridge, "x/availability", "{\"state\""), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_JSON);
}

static void test_the_longest_name_wins(void)
{
	static const struct {
		const char *topic, *device;
	} cases[] = {{"cooler", "cooler"}, {"cooler/dairy", "cooler/dairy"},
		{"cooler/dairy-1", "cooler/dairy-1"}};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list_small);
	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		CHECK_INT(send(bridge, cases[i].topic, "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
		REQUIRE(capture.reading_n == 1);
		CHECK_TEXT(capture.readings[0].device, cases[i].device);
	}
	CHECK_INT(send(bridge, "cooler/availability", "online"), BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.presences[0].device, "cooler");
	CHECK_INT(send(bridge, "cooler/dairy-1/availability", "online"), BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.presences[0].device, "cooler/dairy-1");
}

static void test_a_device_may_be_called_availability(void)
{
	static const char list[] = "[" DEVICE("hall", "00158d0000000001") "," DEVICE(
		"hall/availability", "00158d0000000002") "]";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list);
	CHECK_INT(send(bridge, "hall/availability", "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
	REQUIRE(capture.reading_n == 1);
	CHECK_TEXT(capture.readings[0].device, "hall/availability");
}

static void test_before_the_list_the_topic_is_the_name(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "a/b/c/d", "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.readings[0].device, "a/b/c/d");
	CHECK_INT(send(bridge, "a/b/availability", "online"), BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.presences[0].device, "a/b");
	CHECK_INT(send(bridge, "a/b/temperature", "21.5"), BR_ADAPTER_IGNORED);
}

static void test_what_is_sent_to_devices_is_not_from_them(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "lamp/set", "{\"state\":\"ON\"}"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "lamp/get", "{\"state\":\"\"}"), BR_ADAPTER_IGNORED);
	list_send(bridge, list_small);
	CHECK_INT(send(bridge, "cooler/set", "{\"state\":\"ON\"}"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "cooler/set/state", "ON"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "cooler/get", "{\"state\":\"\"}"), BR_ADAPTER_IGNORED);
	CHECK_INT(capture.reading_n, 0);
}

static void test_after_the_list_strangers_are_refused(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list_small);
	CHECK_INT(send(bridge, "all-lamps", "{\"state\":\"ON\"}"), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_DEVICE);
	CHECK_TEXT(capture.refusals[0].what, "all-lamps");
	CHECK_INT(br_adapter_counts(bridge)->refused[BR_SENSOR_REFUSAL_DEVICE], 1);
}

static void test_the_list_announces_its_devices(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list_small);
	REQUIRE(capture.presence_n == 3);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_INT(capture.presences[i].change, BR_PRESENCE_KNOWN);
		CHECK_TEXT(capture.presences[i].model, "WSDCGQ11LM");
	}
	CHECK_TEXT(capture.presences[0].device, "cooler");
	CHECK_TEXT(capture.presences[2].device, "cooler/dairy-1");
}

static void test_a_rename_is_recognised_by_the_hardware(void)
{
	static const char renamed[] = "[" DEVICE("freezer", "00158d0000000001") "," DEVICE(
		"cooler/dairy-1", "00158d0000000002") "]";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	unsigned renames = 0, left = 0;

	list_send(bridge, list_small);
	list_send(bridge, renamed);
	for (unsigned i = 0; i < capture.presence_n; i++) {
		if (capture.presences[i].change == BR_PRESENCE_RENAMED) {
			CHECK_TEXT(capture.presences[i].device, "freezer");
			CHECK_TEXT(capture.presences[i].former, "cooler");
			renames++;
		}
		if (capture.presences[i].change == BR_PRESENCE_LEFT) {
			CHECK_TEXT(capture.presences[i].device, "cooler/dairy");
			left++;
		}
	}
	CHECK_INT(renames, 1);
	CHECK_INT(left, 1);
	CHECK_INT(send(bridge, "freezer", "{\"temperature\":-18}"), BR_ADAPTER_TAKEN);
	CHECK_INT(send(bridge, "cooler", "{\"temperature\":4}"), BR_ADAPTER_REFUSED);
}

static void test_a_bad_list_leaves_the_old_one(void)
{
	static const char *const bad[] = {"{\"devices\":[]}", "\"x\"", "[{\"friendly_name\"", "12"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list_small);
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		CHECK_INT(send(bridge, "bridge/devices", bad[i]), BR_ADAPTER_REFUSED);
		CHECK_INT(send(bridge, "cooler", "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
	}
	CHECK_INT(send(bridge, "bridge/devices", ""), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "cooler", "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
}

static void test_a_list_with_holes_is_used_but_not_trusted(void)
{
	static const char list[] =
		"[" DEVICE("cooler", "00158d0000000001") ",{\"friendly_name\":7},null,"
							 "{\"friendly_name\":\"\"}]";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "bridge/devices", list), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_NAME);
	CHECK_INT(send(bridge, "cooler", "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
	CHECK_INT(send(bridge, "unlisted", "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.readings[0].device, "unlisted");
}

static void test_a_device_that_leaves(void)
{
	static const char leave[] = "{\"type\":\"device_leave\",\"data\":{\"ieee_address\":"
				    "\"0x90fd9ffffe6494fc\",\"friendly_name\":\"my_bulb\"}}";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "bridge/event", leave), BR_ADAPTER_TAKEN);
	REQUIRE(capture.presence_n == 1);
	CHECK_INT(capture.presences[0].change, BR_PRESENCE_LEFT);
	CHECK_TEXT(capture.presences[0].device, "my_bulb");
	CHECK_INT(send(bridge, "bridge/event", "{\"type\":\"device_joined\"}"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "bridge/event", "{\"type\":\"device_leave\"}"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "bridge/event", "{\"data\":{}}"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "bridge/event", "{"), BR_ADAPTER_REFUSED);
	capture.retained = true;
	CHECK_INT(send(bridge, "bridge/event", leave), BR_ADAPTER_IGNORED);
}

static void test_the_rest_of_the_bridge_is_ignored(void)
{
	static const char *const topics[] = {"bridge/info", "bridge/logging", "bridge/groups",
		"bridge/response/permit_join", "bridge/request/restart", "bridge/"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	for (size_t i = 0; i < BR_ARRAY_LEN(topics); i++)
		CHECK_INT(send(bridge, topics[i], "{\"temperature\":1}"), BR_ADAPTER_IGNORED);
	CHECK_INT(br_adapter_counts(bridge)->ignored, BR_ARRAY_LEN(topics));
}

static void test_voltage_is_volts_or_millivolts(void)
{
	static const char list[] =
		"[{\"friendly_name\":\"plug\",\"definition\":{\"exposes\":[{\"property\":"
		"\"voltage\",\"unit\":\"V\"}]}},{\"friendly_name\":\"probe\",\"definition\":{"
		"\"exposes\":[{\"property\":\"voltage\",\"unit\":\"mV\"},{\"type\":\"light\","
		"\"features\":[]}]}},{\"friendly_name\":\"bare\"}]";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "plug", "{\"voltage\":231.4}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "voltage"), 231400);
	CHECK_INT(send(bridge, "probe", "{\"voltage\":2900}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "voltage"), 2900);
	list_send(bridge, list);
	CHECK_INT(send(bridge, "plug", "{\"voltage\":612}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "voltage"), 612000);
	CHECK_INT(send(bridge, "probe", "{\"voltage\":310}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "voltage"), 310);
	CHECK_INT(send(bridge, "plug/voltage", "230.5"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "voltage"), 230500);
	CHECK_INT(send(bridge, "probe/voltage", "2995"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "voltage"), 2995);
	CHECK_INT(send(bridge, "bare", "{\"voltage\":3000}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "voltage"), 3000);
}

static void test_fahrenheit_is_converted(void)
{
	static const char list[] = "[{\"friendly_name\":\"probe\",\"definition\":{\"exposes\":[{"
				   "\"property\":\"temperature\",\"unit\":\"\\u00b0F\"}]}}]";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list);
	CHECK_INT(send(bridge, "probe", "{\"temperature\":41}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "temperature"), 5000);
}

static void test_lux_of_both_versions(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "m", "{\"illuminance\":16994,\"illuminance_lux\":49}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 1);
	CHECK_INT(capture_value(&capture, "illuminance"), 49000);
	CHECK_INT(send(bridge, "m", "{\"illuminance\":50}"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "illuminance"), 50000);
}

static void test_endpoints_keep_their_own_channels(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "plug",
			  "{\"state_left\":\"ON\",\"state_right\":\"OFF\",\"power_l2\":12.5,"
			  "\"temperature_calibration\":3,\"power_on_behavior\":\"off\"}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 3);
	CHECK_INT(capture_value(&capture, "state_left"), 1000);
	CHECK_INT(capture_value(&capture, "state_right"), 0);
	CHECK_INT(capture_value(&capture, "power_l2"), 12500);
}

static void test_attributes_under_their_own_topics(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list_small);
	CHECK_INT(send(bridge, "cooler/temperature", "-3.25"), BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.readings[0].device, "cooler");
	CHECK_INT(capture_value(&capture, "temperature"), -3250);
	CHECK_INT(send(bridge, "cooler/contact", "false"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "contact"), 0);
	CHECK_INT(send(bridge, "cooler/action", "double"), BR_ADAPTER_TAKEN);
	CHECK_STR(capture_channel(&capture, "action")->word, "double");
	CHECK_INT(send(bridge, "cooler/state", "opening"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "cooler/temperature", "null"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "cooler/unknown", "4"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "cooler/temperature", "nan"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "cooler/temperature", "0x10"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "cooler/temperature", "1e999"), BR_ADAPTER_REFUSED);
}

static void test_values_of_another_type_are_refused(void)
{
	static const struct {
		const char *json;
		enum br_sensor_refusal reason;
	} bad[] = {{"{\"temperature\":\"warm\"}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"temperature\":true}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"temperature\":{}}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"temperature\":[4]}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"temperature\":\"nan\"}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"temperature\":\"inf\"}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"temperature\":\"\"}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"temperature\":1e308}", BR_SENSOR_REFUSAL_NUMBER},
		{"{\"temperature\":1e999}", BR_SENSOR_REFUSAL_NUMBER},
		{"{\"temperature\":\"1e308\"}", BR_SENSOR_REFUSAL_NUMBER},
		{"{\"contact\":\"maybe\"}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"contact\":2}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"action\":7}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"state\":[]}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"action\":\"a_word_much_too_long_to_be_a_button\"}", BR_SENSOR_REFUSAL_NAME}};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		CHECK_INT(send(bridge, "x", bad[i].json), BR_ADAPTER_REFUSED);
		CHECK_INT(capture_refusal(&capture), bad[i].reason);
		CHECK_INT(capture.reading_n, 0);
	}
}

static void test_one_bad_member_does_not_spoil_the_others(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	CHECK_INT(send(bridge, "x", "{\"temperature\":\"warm\",\"humidity\":\"44.5\"}"),
		BR_ADAPTER_REFUSED);
	CHECK_INT(capture.reading_n, 1);
	CHECK_INT(capture_value(&capture, "humidity"), 44500);
	CHECK_TEXT(capture.refusals[0].what, "temperature");
	CHECK_INT(br_adapter_counts(bridge)->refused[BR_SENSOR_REFUSAL_TYPE], 1);
	CHECK_INT(br_adapter_counts(bridge)->readings, 1);
	CHECK_INT(br_adapter_counts(bridge)->messages, 1);
}

static void test_payloads_that_are_no_object_are_refused(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	list_send(bridge, list_small);
	CHECK_INT(send(bridge, "cooler", "[1,2]"), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_SHAPE);
	CHECK_INT(send(bridge, "cooler", "21.5"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "cooler", "null"), BR_ADAPTER_IGNORED);
	CHECK_INT(send(bridge, "cooler", "{\"temperature\":4"), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_JSON);
	CHECK_INT(send(bridge, "cooler", "{\"temperature\":4}}"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "cooler", "{\"temperature\":NaN}"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "cooler", "{\"a\":\"\xC3\x28\",\"temperature\":4}"),
		BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_JSON);
}

static void test_every_truncation_is_refused(void)
{
	static const char whole[] =
		"{\"battery\":100,\"temperature\":4.34,\"last_seen\":\"2026-03-01T10:15:00Z\"}";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	for (size_t n = 1; n < sizeof(whole) - 1; n++) {
		CHECK_INT(capture_send_bytes(
				  &capture, bridge, "zigbee2mqtt/x", (struct br_str){whole, n}),
			BR_ADAPTER_REFUSED);
		CHECK_INT(capture.reading_n, 0);
	}
	CHECK_INT(send(bridge, "x", whole), BR_ADAPTER_TAKEN);
}

static void test_deep_nesting_is_refused_or_passed_over(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	size_t depth = 30000;
	char *deep = malloc(2 * depth + 1);
	int outcome;

	REQUIRE(deep != NULL);
	memset(deep, '[', depth);
	memset(deep + depth, ']', depth);
	outcome = capture_send_bytes(
		&capture, bridge, "zigbee2mqtt/bridge/devices", (struct br_str){deep, 2 * depth});
	CHECK_INT(outcome, BR_ADAPTER_REFUSED);
	for (size_t i = 0; i + 5 <= depth; i += 5)
		memcpy(deep + i, "{\"a\":", 5);
	outcome =
		capture_send_bytes(&capture, bridge, "zigbee2mqtt/x", (struct br_str){deep, depth});
	CHECK_INT(outcome, BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_JSON);
	free(deep);
}

static void test_huge_names_are_refused(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	char name[512];

	memset(name, 'n', sizeof(name));
	name[65] = '\0';
	CHECK_INT(send(bridge, name, "{\"temperature\":4}"), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_NAME);
	name[64] = '\0';
	CHECK_INT(send(bridge, name, "{\"temperature\":4}"), BR_ADAPTER_TAKEN);
	memset(name, 'n', sizeof(name));
	name[511] = '\0';
	CHECK_INT(send(bridge, name, "{\"temperature\":4}"), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_SIZE);
	CHECK_INT(send(bridge, "", "{\"temperature\":4}"), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_NAME);
	CHECK_INT(send(bridge, "a\x01z", "{\"temperature\":4}"), BR_ADAPTER_REFUSED);
	CHECK_INT(send(bridge, "a\xFFz", "{\"temperature\":4}"), BR_ADAPTER_REFUSED);
}

static void test_payloads_over_the_limit_are_refused_unread(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	size_t n = BR_SENSOR_LIST_BYTES_MAX + 1;
	char *big = malloc(n);

	REQUIRE(big != NULL);
	memset(big, ' ', n);
	big[0] = '{';
	big[BR_SENSOR_MESSAGE_BYTES_MAX - 1] = '}';
	CHECK_INT(capture_send_bytes(&capture, bridge, "zigbee2mqtt/x",
			  (struct br_str){big, BR_SENSOR_MESSAGE_BYTES_MAX}),
		BR_ADAPTER_IGNORED);
	CHECK_INT(capture_send_bytes(&capture, bridge, "zigbee2mqtt/x",
			  (struct br_str){big, BR_SENSOR_MESSAGE_BYTES_MAX + 1}),
		BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_SIZE);
	CHECK_INT(capture_send_bytes(
			  &capture, bridge, "zigbee2mqtt/bridge/devices", (struct br_str){big, n}),
		BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_SIZE);
	free(big);
}

static void test_too_many_readings_in_one_message(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	char payload[4096];
	size_t n = 1;

	/* JSON does not forbid a name twice, so one message can hold any number. */
	payload[0] = '{';
	for (unsigned i = 0; i <= BR_SENSOR_READINGS_MAX; i++)
		n += (size_t)snprintf(
			payload + n, sizeof(payload) - n, "%s\"battery\":%u", i == 0 ? "" : ",", i);
	payload[n++] = '}';
	payload[n] = '\0';
	CHECK_INT(send(bridge, "x", payload), BR_ADAPTER_REFUSED);
	CHECK_INT(capture.reading_n, BR_SENSOR_READINGS_MAX);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_READINGS);
}

static void test_foreign_topics_are_not_ours(void)
{
	static const char *const foreign[] = {"tele/x/SENSOR", "zigbee2mqtt", "zigbee2mqttx/a",
		"zigbee", "", "shop/zigbee2mqtt/x"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");

	for (size_t i = 0; i < BR_ARRAY_LEN(foreign); i++)
		CHECK_INT(capture_send(&capture, bridge, foreign[i], "{\"temperature\":4}"),
			BR_ADAPTER_FOREIGN);
	CHECK_INT(br_adapter_counts(bridge)->messages, 0);
}

static void test_a_base_of_several_levels(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("shop/zb/2");

	CHECK_TEXT(br_adapter_filter(bridge, 0), "shop/zb/2/#");
	CHECK(br_adapter_filter(bridge, 1) == NULL);
	CHECK_INT(capture_send(&capture, bridge, "shop/zb/2/a/b", "{\"temperature\":4}"),
		BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.readings[0].device, "a/b");
}

static void test_settings_that_cannot_be(void)
{
	static const char *const bases[] = {"", "a/#", "+/b", "a/", "\xFF"};
	static const char *const sources[] = {"", "a_name_that_is_much_too_long", "\xFF", "a/b"};
	struct br_adapter *bridge = NULL;
	struct br_fault fault;

	for (size_t i = 0; i < BR_ARRAY_LEN(bases); i++) {
		struct br_zigbee2mqtt_settings settings = {
			.source = BR_STR("z"), .base = br_str_from(bases[i])};

		fault.text[0] = '\0';
		CHECK_INT(br_zigbee2mqtt_create(&settings, &bridge, &fault), BR_E_INVALID);
		CHECK_HAS(fault.text, "base topic");
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(sources); i++) {
		struct br_zigbee2mqtt_settings settings = {
			.source = br_str_from(sources[i]), .base = BR_STR("b")};

		fault.text[0] = '\0';
		CHECK_INT(br_zigbee2mqtt_create(&settings, &bridge, &fault), BR_E_INVALID);
		CHECK_HAS(fault.text, "name");
	}
	CHECK(bridge == NULL);
	br_adapter_destroy(NULL);
}

static void payload_check(const struct capture *got, const char *topic, int outcome)
{
	printf("     %s: %u readings, %u presences\n", topic, got->reading_n, got->presence_n);
	CHECK(outcome == BR_ADAPTER_TAKEN || outcome == BR_ADAPTER_IGNORED);
	CHECK_INT(got->refusal_n, 0);
	/* After the list nothing of its only device is mistaken for another's. */
	if (strcmp(topic, "zigbee2mqtt/cooler/dairy-1") == 0) {
		CHECK_TEXT(got->readings[0].device, "cooler/dairy-1");
		CHECK_INT(outcome, BR_ADAPTER_TAKEN);
	}
}

static void test_every_payload_of_the_collection(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *bridge = bridge_create("zigbee2mqtt");
	unsigned sent = capture_file(&capture, bridge, "payloads/zigbee2mqtt.jsonl", payload_check);

	if (sent == 0)
		return;
	CHECK_INT(sent, 12);
	CHECK_INT(br_adapter_counts(bridge)->readings, 14);
	CHECK_INT(br_adapter_counts(bridge)->presences, 5);
}

int main(int argc, char **argv)
{
	TEST(test_reads_the_common_members);
	TEST(test_an_open_contact_is_an_open_door);
	TEST(test_a_partial_update_says_only_what_it_has);
	TEST(test_nulls_and_unknown_members_are_passed_over);
	TEST(test_an_action_is_an_event);
	TEST(test_an_empty_action_is_nothing);
	TEST(test_a_retained_action_is_not_repeated);
	TEST(test_flags_come_in_three_forms);
	TEST(test_the_time_of_last_seen_in_all_its_forms);
	TEST(test_availability_is_bare_or_json);
	TEST(test_the_state_of_the_bridge_has_no_device);
	TEST(test_an_unknown_availability_is_refused);
	TEST(test_the_longest_name_wins);
	TEST(test_a_device_may_be_called_availability);
	TEST(test_before_the_list_the_topic_is_the_name);
	TEST(test_what_is_sent_to_devices_is_not_from_them);
	TEST(test_after_the_list_strangers_are_refused);
	TEST(test_the_list_announces_its_devices);
	TEST(test_a_rename_is_recognised_by_the_hardware);
	TEST(test_a_bad_list_leaves_the_old_one);
	TEST(test_a_list_with_holes_is_used_but_not_trusted);
	TEST(test_a_device_that_leaves);
	TEST(test_the_rest_of_the_bridge_is_ignored);
	TEST(test_voltage_is_volts_or_millivolts);
	TEST(test_fahrenheit_is_converted);
	TEST(test_lux_of_both_versions);
	TEST(test_endpoints_keep_their_own_channels);
	TEST(test_attributes_under_their_own_topics);
	TEST(test_values_of_another_type_are_refused);
	TEST(test_one_bad_member_does_not_spoil_the_others);
	TEST(test_payloads_that_are_no_object_are_refused);
	TEST(test_every_truncation_is_refused);
	TEST(test_deep_nesting_is_refused_or_passed_over);
	TEST(test_huge_names_are_refused);
	TEST(test_payloads_over_the_limit_are_refused_unread);
	TEST(test_too_many_readings_in_one_message);
	TEST(test_foreign_topics_are_not_ours);
	TEST(test_a_base_of_several_levels);
	TEST(test_settings_that_cannot_be);
	TEST(test_every_payload_of_the_collection);
	return test_end(argc, argv);
}
