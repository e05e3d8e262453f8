#include "sensors/tasmota.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/sensors/capture.h"

static struct capture capture;

static struct br_adapter *tasmota_create(const char *full_topic, int offset_min, bool grams)
{
	struct br_tasmota_settings settings = {.source = BR_STR("tasmota"),
		.full_topic = br_str_from(full_topic),
		.utc_offset_min = offset_min,
		.weight_in_grams = grams};
	struct br_adapter *tasmota = NULL;

	REQUIRE(br_tasmota_create(&settings, &tasmota, NULL) == 0);
	capture_init(&capture);
	return tasmota;
}

static struct br_adapter *plain_create(void)
{
	return tasmota_create("", BR_TASMOTA_OFFSET_UNKNOWN, false);
}

static void test_reads_a_probe(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();
	const struct br_reading *reading;

	CHECK_INT(capture_send(&capture, tasmota, "tele/cooler/SENSOR",
			  "{\"Time\":\"2017-02-16T10:13:52\",\"DS18B20\":{\"Temperature\":20.6}}"),
		BR_ADAPTER_TAKEN);
	reading = capture_channel(&capture, "DS18B20.Temperature");
	REQUIRE(reading != NULL);
	CHECK_STR(reading->source, "tasmota");
	CHECK_STR(reading->device, "cooler");
	CHECK_INT(reading->value, 20600);
	CHECK_INT(reading->kind, BR_READING_TEMPERATURE);
	CHECK_INT(reading->observed_ms, CAPTURE_NOW_MS);
	CHECK_INT(reading->quality, BR_QUALITY_UNTIMED);
}

static void test_several_probes_are_several_channels(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/f/SENSOR",
			  "{\"DS18B20-1\":{\"Id\":\"0306964\",\"Temperature\":-18.1},"
			  "\"DS18B20-2\":{\"Id\":\"0307\",\"Temperature\":-19.3},"
			  "\"ANALOG\":{\"Temperature1\":4.5,\"Temperature2\":5.5,\"A0\":812}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 5);
	CHECK_INT(capture_value(&capture, "DS18B20-1.Temperature"), -18100);
	CHECK_INT(capture_value(&capture, "DS18B20-2.Temperature"), -19300);
	CHECK_INT(capture_value(&capture, "ANALOG.Temperature1"), 4500);
	CHECK_INT(capture_value(&capture, "ANALOG.Temperature2"), 5500);
	CHECK_INT(capture_value(&capture, "ANALOG.A0"), 812000);
}

static void test_a_dead_probe_says_nothing(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/f/SENSOR",
			  "{\"DS18B20-1\":{\"Temperature\":null},\"DS18B20-2\":{\"Temperature\":"
			  "4}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 1);
	CHECK_INT(capture.refusal_n, 0);
	CHECK_INT(capture_value(&capture, "DS18B20-2.Temperature"), 4000);
}

static int64_t observed(struct br_adapter *tasmota, const char *time, unsigned *ret_quality)
{
	char payload[200];
	const struct br_reading *reading;

	(void)snprintf(payload, sizeof(payload), "{%s,\"AM2301\":{\"Temperature\":4}}", time);
	CHECK_INT(capture_send(&capture, tasmota, "tele/f/SENSOR", payload), BR_ADAPTER_TAKEN);
	reading = capture_channel(&capture, "AM2301.Temperature");
	REQUIRE(reading != NULL);
	*ret_quality = reading->quality;
	return reading->observed_ms;
}

/* The capture's now is 10:15:30 UTC; the devices' clocks say 10:15:00 in their own ways. */
static void test_times_that_can_be_used(void)
{
	static const char *const times[] = {"\"Time\":\"2026-03-01T12:15:00\"",
		"\"Time\":\"2026-03-01T12:15:00+02:00\"", "\"Time\":\"2026-03-01T10:15:00Z\"",
		"\"Time\":1772360100", "\"Time\":\"2026-03-01T12:15:00\",\"Epoch\":1772360100"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = tasmota_create("", 120, false);
	unsigned quality;

	for (size_t i = 0; i < BR_ARRAY_LEN(times); i++) {
		CHECK_INT(observed(tasmota, times[i], &quality), INT64_C(1772360100000));
		CHECK_INT(quality, 0);
	}
}

static void test_times_that_cannot_be_used(void)
{
	static const char *const times[] = {"\"Time\":\"1970-01-01T00:00:21\"",
		"\"Time\":\"2015-12-31T23:59:59Z\"", "\"Time\":21", "\"Time\":\"soon\"",
		"\"Time\":null", "\"Time\":-1", "\"Time\":1e300",
		"\"Time\":\"2026-03-01T10:15:00\"", "\"Time\":\"2026-03-01T13:15:00\"",
		"\"Time\":\"2026-03-01T12:15:00 and a very long rest of the text\"",
		"\"Epoch\":\"x\""};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = tasmota_create("", 120, false);
	unsigned quality;

	for (size_t i = 0; i < BR_ARRAY_LEN(times); i++) {
		CHECK_INT(observed(tasmota, times[i], &quality), CAPTURE_NOW_MS);
		CHECK_INT(quality, BR_QUALITY_UNTIMED);
	}
}

static void test_local_time_without_an_offset_is_not_used(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();
	unsigned quality;

	CHECK_INT(observed(tasmota, "\"Time\":\"2026-03-01T10:15:00\"", &quality), CAPTURE_NOW_MS);
	CHECK_INT(quality, BR_QUALITY_UNTIMED);
}

static void test_a_retained_message_keeps_its_old_time(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = tasmota_create("", 0, false);
	unsigned quality;

	capture.retained = true;
	CHECK_INT(observed(tasmota, "\"Time\":\"2026-03-01T04:15:00\"", &quality),
		INT64_C(1772338500000));
	CHECK_INT(quality, BR_QUALITY_RETAINED);
}

static void test_units_of_the_device_are_converted(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/f/SENSOR",
			  "{\"BME280\":{\"Temperature\":41,\"Humidity\":40,\"DewPoint\":32,"
			  "\"Pressure\":29.92},\"PressureUnit\":\"inHg\",\"TempUnit\":\"F\"}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "BME280.Temperature"), 5000);
	CHECK_INT(capture_value(&capture, "BME280.DewPoint"), 0);
	CHECK_INT(capture_value(&capture, "BME280.Humidity"), 40000);
	CHECK_INT(capture_value(&capture, "BME280.Pressure"), 1013207);
	CHECK_INT(capture_send(&capture, tasmota, "tele/f/SENSOR",
			  "{\"BME280\":{\"Temperature\":-5,\"Pressure\":760},\"PressureUnit\":"
			  "\"mmHg\",\"TempUnit\":\"C\"}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "BME280.Temperature"), -5000);
	CHECK_INT(capture_value(&capture, "BME280.Pressure"), 1013250);
}

static void test_a_weighing_shelf(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/shelf-a1/SENSOR",
			  "{\"Time\":\"2026-03-01T10:15:00\",\"HX711\":{\"Count\":12,\"Weight\":"
			  "3.842,\"WeightRaw\":384217,\"AbsRaw\":8123456},\"WeightUnit\":\"kg\"}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "HX711.Weight"), 3842);
	CHECK_INT(capture_value(&capture, "HX711.Count"), 12000);
	CHECK_INT(capture_value(&capture, "HX711.WeightRaw"), 384217000);
	CHECK_INT(capture_value(&capture, "HX711.AbsRaw"), 8123456000);
	CHECK_INT(capture_channel(&capture, "HX711.Weight")->kind, BR_READING_WEIGHT);
	CHECK_INT(capture_channel(&capture, "HX711.AbsRaw")->kind, BR_READING_RAW);
}

static void test_weights_in_grams(void)
{
	static const char grams[] = "{\"HX711\":{\"Weight\":3842},\"WeightUnit\":\"g\"}";
	static const char unsaid[] = "{\"HX711\":{\"Weight\":3842}}";
	static const char kilograms[] = "{\"HX711\":{\"Weight\":3.842},\"WeightUnit\":\"kg\"}";
	BR_CLEANUP(br_adapter_cleanup)
	struct br_adapter *shelves = tasmota_create("", BR_TASMOTA_OFFSET_UNKNOWN, true);
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *plain = plain_create();

	CHECK_INT(capture_send(&capture, plain, "tele/s/SENSOR", grams), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "HX711.Weight"), 3842);
	CHECK_INT(capture_send(&capture, plain, "tele/s/SENSOR", unsaid), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "HX711.Weight"), 3842000);
	CHECK_INT(capture_send(&capture, shelves, "tele/s/SENSOR", unsaid), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "HX711.Weight"), 3842);
	CHECK_INT(capture_send(&capture, shelves, "tele/s/SENSOR", kilograms), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "HX711.Weight"), 3842);
}

static void test_a_meter_with_one_and_three_phases(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/plug1/SENSOR",
			  "{\"ENERGY\":{\"TotalStartTime\":\"2026-01-01T00:00:00\",\"Total\":3.185,"
			  "\"Yesterday\":3.058,\"Today\":0.127,\"Power\":86,\"Factor\":0.51,"
			  "\"Voltage\":235,\"Current\":0.721}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "ENERGY.Total"), 3185);
	CHECK_INT(capture_value(&capture, "ENERGY.Power"), 86000);
	CHECK_INT(capture_value(&capture, "ENERGY.Voltage"), 235000);
	CHECK_INT(capture_value(&capture, "ENERGY.Current"), 721);
	CHECK_INT(capture_send(&capture, tasmota, "tele/plug3/SENSOR",
			  "{\"ENERGY\":{\"Power\":[1,2,3],\"Voltage\":230}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "ENERGY.Power.1"), 1000);
	CHECK_INT(capture_value(&capture, "ENERGY.Power.3"), 3000);
	CHECK_INT(capture.reading_n, 4);
}

static void test_a_list_longer_than_any_meter(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/p/SENSOR",
			  "{\"ENERGY\":{\"Power\":[1,2,3,4,5,6,7,8,9,10]}}"),
		BR_ADAPTER_REFUSED);
	CHECK_INT(capture.reading_n, 8);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_READINGS);
}

static void test_counters_and_switches(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/d/SENSOR",
			  "{\"Switch1\":\"ON\",\"Switch2\":\"OFF\",\"COUNTER\":{\"C1\":5},\"Vcc\":"
			  "3}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "Switch1"), 1000);
	CHECK_INT(capture_value(&capture, "Switch2"), 0);
	CHECK_INT(capture_value(&capture, "COUNTER.C1"), 5000);
	CHECK_INT(capture_value(&capture, "Vcc"), 3000);
}

static void test_a_zigbee_bridge_names_its_devices(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/zb/SENSOR",
			  "{\"ZbReceived\":{\"0x2916\":{\"Device\":\"0x2916\",\"Name\":"
			  "\"freezer3\",\"Temperature\":-19.4,\"Humidity\":61.2,\"Endpoint\":1,"
			  "\"LinkQuality\":120}}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 3);
	CHECK_TEXT(capture.readings[0].device, "zb/freezer3");
	CHECK_INT(capture_value(&capture, "Temperature"), -19400);
	CHECK_INT(capture_value(&capture, "LinkQuality"), 120000);
}

static void test_the_forms_of_zigbee_names(void)
{
	static const struct {
		const char *topic, *payload, *device;
	} forms[] = {
		{"tele/zb/SENSOR", "{\"ZbReceived\":{\"0x29\":{\"Temperature\":1}}}", "zb/0x29"},
		{"tele/zb/SENSOR",
			"{\"ZbReceived\":{\"Kitchen\":{\"Device\":\"0x29\",\"Temperature\":1}}}",
			"zb/Kitchen"},
		{"tele/zb/2916/SENSOR",
			"{\"ZbReceived\":{\"0x2916\":{\"Name\":\"K\",\"Temperature\":1}}}", "zb/K"},
		{"tele/zb/SENSOR",
			"{\"ZbReceived\":{\"Device\":\"0x29\",\"Name\":\"D\",\"Temperature\":1}}",
			"zb/D"},
		{"tele/zb/SENSOR", "{\"ZbReceived\":{\"Device\":\"0x29\",\"Temperature\":1}}",
			"zb/0x29"},
		{"tele/zb/ZbReceived", "{\"0x29\":{\"Name\":\"E\",\"Temperature\":1}}", "zb/E"},
		{"tele/zb/29/ZbReceived", "{\"Device\":\"0x29\",\"Temperature\":1}", "zb/0x29"},
		{"tele/zb/RESULT", "{\"ZbReceived\":{\"0x29\":{\"Temperature\":1}}}", "zb/0x29"}};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	for (size_t i = 0; i < BR_ARRAY_LEN(forms); i++) {
		CHECK_INT(capture_send(&capture, tasmota, forms[i].topic, forms[i].payload),
			BR_ADAPTER_TAKEN);
		REQUIRE(capture.reading_n == 1);
		CHECK_TEXT(capture.readings[0].device, forms[i].device);
	}
}

static void test_two_zigbee_devices_in_one_message(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/zb/SENSOR",
			  "{\"ZbReceived\":{\"a\":{\"Temperature\":1},\"b\":{\"Temperature\":2}},"
			  "\"DS18B20\":{\"Temperature\":3}}"),
		BR_ADAPTER_TAKEN);
	REQUIRE(capture.reading_n == 3);
	CHECK_TEXT(capture.readings[0].device, "zb/a");
	CHECK_TEXT(capture.readings[1].device, "zb/b");
	CHECK_TEXT(capture.readings[2].device, "zb");
}

static void test_zigbee_words_have_their_own_meaning(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/zb/SENSOR",
			  "{\"ZbReceived\":{\"0x7\":{\"Contact\":1,\"Power\":1,\"Battery\":98,"
			  "\"0500<00\":\"010000010000\",\"Occupancy\":0}}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "Contact"), 0);
	CHECK_INT(capture_value(&capture, "Power"), 1000);
	CHECK_INT(capture_channel(&capture, "Power")->kind, BR_READING_SWITCH);
	CHECK_INT(capture_value(&capture, "Occupancy"), 0);
	CHECK_INT(capture_value(&capture, "Battery"), 98000);
}

static void test_a_zigbee_device_states_its_own_pressure_unit(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "tele/zb/SENSOR",
			  "{\"ZbReceived\":{\"a\":{\"Pressure\":760,\"PressureUnit\":\"mmHg\"},"
			  "\"b\":{\"Pressure\":1004.04,\"PressureUnit\":\"hPa\"}}}"),
		BR_ADAPTER_TAKEN);
	REQUIRE(capture.reading_n == 2);
	CHECK_INT(capture.readings[0].reading.value, 1013250);
	CHECK_INT(capture.readings[1].reading.value, 1004040);
}

static void test_zigbee_devices_without_a_usable_name(void)
{
	static const char *const bad[] = {"{\"ZbReceived\":7}", "{\"ZbReceived\":{}}",
		"{\"ZbReceived\":{\"\":{\"Temperature\":1}}}",
		"{\"ZbReceived\":{\"0x1\":{\"Name\":\"\",\"Temperature\":1}}}",
		"{\"ZbReceived\":{\"0x1\":{\"Name\":\"\\n\",\"Temperature\":1}}}"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		CHECK_INT(capture_send(&capture, tasmota, "tele/zb/SENSOR", bad[i]),
			BR_ADAPTER_REFUSED);
		CHECK_INT(capture.reading_n, 0);
		CHECK_INT(capture.refusal_n, 1);
	}
}

static void test_the_will_is_presence(void)
{
	static const struct {
		const char *payload;
		enum br_presence_change change;
	} forms[] = {{"Online", BR_PRESENCE_ONLINE}, {"Offline", BR_PRESENCE_OFFLINE},
		{"online", BR_PRESENCE_ONLINE}, {"OFFLINE", BR_PRESENCE_OFFLINE}};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	for (size_t i = 0; i < BR_ARRAY_LEN(forms); i++) {
		CHECK_INT(capture_send(&capture, tasmota, "tele/shelf-a1/LWT", forms[i].payload),
			BR_ADAPTER_TAKEN);
		REQUIRE(capture.presence_n == 1);
		CHECK_TEXT(capture.presences[0].device, "shelf-a1");
		CHECK_INT(capture.presences[0].change, forms[i].change);
	}
	CHECK_INT(capture_send(&capture, tasmota, "tele/x/LWT", "Sleeping"), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_send(&capture, tasmota, "tele/x/LWT", ""), BR_ADAPTER_IGNORED);
}

static void test_state_tells_of_the_radio(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(
		capture_send(&capture, tasmota, "tele/a/STATE",
			"{\"Time\":\"2026-03-01T10:15:00\",\"UptimeSec\":273906,\"POWER\":\"OFF\","
			"\"POWERONSTATE\":3,\"Wifi\":{\"AP\":1,\"SSId\":\"store\",\"RSSI\":72,"
			"\"Signal\":-64}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture.reading_n, 3);
	CHECK_INT(capture_value(&capture, "Wifi.RSSI"), 72000);
	CHECK_INT(capture_value(&capture, "Wifi.Signal"), -64000);
	CHECK_INT(capture_value(&capture, "POWER"), 0);
}

static void test_switches_and_buttons_on_stat(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "stat/plug1/RESULT", "{\"POWER\":\"ON\"}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "POWER"), 1000);
	CHECK_INT(capture_send(&capture, tasmota, "stat/plug1/POWER", "ON"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_send(&capture, tasmota, "stat/plug1/POWER2", "OFF"), BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "POWER2"), 0);
	CHECK_INT(
		capture_send(&capture, tasmota, "stat/plug1/POWER", "TOGGLE"), BR_ADAPTER_IGNORED);
	CHECK_INT(capture_send(&capture, tasmota, "stat/b/RESULT",
			  "{\"Button1\":{\"Action\":\"DOUBLE\"}}"),
		BR_ADAPTER_TAKEN);
	CHECK_STR(capture_channel(&capture, "Button1")->word, "DOUBLE");
	CHECK_INT(
		capture_send(&capture, tasmota, "stat/b/RESULT", "{\"Button1\":{\"Action\":\"\"}}"),
		BR_ADAPTER_IGNORED);
}

static void test_asked_for_status(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	CHECK_INT(capture_send(&capture, tasmota, "stat/a/STATUS8",
			  "{\"StatusSNS\":{\"DS18B20\":{\"Temperature\":4}}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_value(&capture, "DS18B20.Temperature"), 4000);
	CHECK_INT(capture_send(&capture, tasmota, "stat/a/STATUS10",
			  "{\"StatusSNS\":{\"DS18B20\":{\"Temperature\":5}}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(
		capture_send(&capture, tasmota, "stat/a/STATUS11", "{\"StatusSTS\":{\"Vcc\":3.1}}"),
		BR_ADAPTER_TAKEN);
	CHECK_INT(capture_send(&capture, tasmota, "stat/a/STATUS8", "{\"Other\":{}}"),
		BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_SHAPE);
}

static void test_other_kinds_of_message_are_ignored(void)
{
	static const char *const topics[] = {"tele/a/INFO1", "tele/a/UPTIME", "stat/a/STATUS",
		"stat/a/STATUS5", "stat/a/LOGGING", "stat/a/POWERONSTATE"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	for (size_t i = 0; i < BR_ARRAY_LEN(topics); i++)
		CHECK_INT(capture_send(&capture, tasmota, topics[i], "{\"POWER\":\"ON\"}"),
			BR_ADAPTER_IGNORED);
}

static void test_a_full_topic_of_the_users_own(void)
{
	BR_CLEANUP(br_adapter_cleanup)
	struct br_adapter *tasmota =
		tasmota_create("shop/%topic%/%prefix%/", BR_TASMOTA_OFFSET_UNKNOWN, false);

	CHECK_TEXT(br_adapter_filter(tasmota, 0), "shop/+/tele/#");
	CHECK_TEXT(br_adapter_filter(tasmota, 1), "shop/+/stat/#");
	CHECK(br_adapter_filter(tasmota, 2) == NULL);
	CHECK_INT(capture_send(&capture, tasmota, "shop/cooler/tele/SENSOR",
			  "{\"DS18B20\":{\"Temperature\":4}}"),
		BR_ADAPTER_TAKEN);
	CHECK_TEXT(capture.readings[0].device, "cooler");
	CHECK_INT(capture_send(&capture, tasmota, "shop/cooler/cmnd/POWER", "ON"),
		BR_ADAPTER_FOREIGN);
	CHECK_INT(capture_send(&capture, tasmota, "tele/cooler/SENSOR", "{}"), BR_ADAPTER_FOREIGN);
}

static void test_foreign_topics_are_not_ours(void)
{
	static const char *const foreign[] = {"zigbee2mqtt/a", "tele", "tele/a", "tele/a/", "",
		"cmnd/a/POWER", "x/tele/a/SENSOR"};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	for (size_t i = 0; i < BR_ARRAY_LEN(foreign); i++)
		CHECK_INT(capture_send(&capture, tasmota, foreign[i], "{}"), BR_ADAPTER_FOREIGN);
}

static void test_bad_payloads_are_refused_with_a_reason(void)
{
	static const struct {
		const char *payload;
		enum br_sensor_refusal reason;
	} bad[] = {{"{", BR_SENSOR_REFUSAL_JSON}, {"Offline", BR_SENSOR_REFUSAL_JSON},
		{"[]", BR_SENSOR_REFUSAL_SHAPE}, {"12", BR_SENSOR_REFUSAL_SHAPE},
		{"null", BR_SENSOR_REFUSAL_SHAPE},
		{"{\"D\":{\"Temperature\":\"nan\"}}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"D\":{\"Temperature\":{}}}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"D\":{\"Temperature\":true}}", BR_SENSOR_REFUSAL_TYPE},
		{"{\"D\":{\"Temperature\":1e308}}", BR_SENSOR_REFUSAL_NUMBER},
		{"{\"\":{\"Temperature\":1}}", BR_SENSOR_REFUSAL_NAME},
		{"{\"D\\t\":{\"Temperature\":1}}", BR_SENSOR_REFUSAL_NAME},
		{"{\"a_sensor_with_a_name_longer_than_any\":{\"Temperature\":1}}",
			BR_SENSOR_REFUSAL_NAME},
		{"{\"x\":\"\xFF\"}", BR_SENSOR_REFUSAL_JSON},
		{"{\"x\":\"\\u0000\"}", BR_SENSOR_REFUSAL_JSON}};
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		CHECK_INT(capture_send(&capture, tasmota, "tele/a/SENSOR", bad[i].payload),
			BR_ADAPTER_REFUSED);
		CHECK_INT(capture_refusal(&capture), bad[i].reason);
		CHECK_INT(capture.reading_n, 0);
	}
	CHECK_INT(capture_send(&capture, tasmota, "tele/a/SENSOR", ""), BR_ADAPTER_IGNORED);
	CHECK_INT(capture_send(&capture, tasmota, "tele/a/ZbReceived", "{"), BR_ADAPTER_REFUSED);
}

static void test_every_truncation_is_refused(void)
{
	static const char whole[] =
		"{\"Time\":\"2026-03-01T10:15:00\",\"HX711\":{\"Count\":12,\"Weight\":3.842},"
		"\"ZbReceived\":{\"0x2916\":{\"Name\":\"f\",\"Temperature\":-1}}}";
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();

	for (size_t n = 1; n < sizeof(whole) - 1; n++) {
		CHECK_INT(capture_send_bytes(
				  &capture, tasmota, "tele/a/SENSOR", (struct br_str){whole, n}),
			BR_ADAPTER_REFUSED);
		CHECK_INT(capture.reading_n, 0);
	}
	CHECK_INT(capture_send(&capture, tasmota, "tele/a/SENSOR", whole), BR_ADAPTER_TAKEN);
}

static void test_huge_names_are_refused(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();
	char topic[128], payload[512], name[300];

	memset(name, 'n', sizeof(name));
	(void)snprintf(topic, sizeof(topic), "tele/%.65s/SENSOR", name);
	CHECK_INT(capture_send(&capture, tasmota, topic, "{\"D\":{\"Temperature\":1}}"),
		BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_NAME);
	(void)snprintf(topic, sizeof(topic), "tele/%.64s/SENSOR", name);
	CHECK_INT(capture_send(&capture, tasmota, topic, "{\"D\":{\"Temperature\":1}}"),
		BR_ADAPTER_TAKEN);
	(void)snprintf(payload, sizeof(payload), "{\"%.300s\":{\"Temperature\":1}}", name);
	CHECK_INT(capture_send(&capture, tasmota, "tele/a/SENSOR", payload), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_NAME);
	(void)snprintf(
		payload, sizeof(payload), "{\"ZbReceived\":{\"%.63s\":{\"Temperature\":1}}}", name);
	CHECK_INT(capture_send(&capture, tasmota, "tele/a/SENSOR", payload), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_NAME);
	CHECK_INT(capture_send(&capture, tasmota, "tele/a/SENSOR",
			  "{\"ZbReceived\":{\"n\":{\"Temperature\":1}}}"),
		BR_ADAPTER_TAKEN);
	(void)snprintf(payload, sizeof(payload),
		"{\"ZbReceived\":{\"%.300s\":{\"Temperature\":1}}}", name);
	CHECK_INT(capture_send(&capture, tasmota, "tele/a/SENSOR", payload), BR_ADAPTER_REFUSED);
	CHECK_INT(capture_refusal(&capture), BR_SENSOR_REFUSAL_NAME);
}

static void test_settings_that_cannot_be(void)
{
	struct br_tasmota_settings settings = {.source = BR_STR("tasmota"), .utc_offset_min = 841};
	struct br_adapter *tasmota = NULL;
	struct br_fault fault;

	CHECK_INT(br_tasmota_create(&settings, &tasmota, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "-840 and 840");
	settings.utc_offset_min = 0;
	settings.full_topic = BR_STR("%topic%/");
	CHECK_INT(br_tasmota_create(&settings, &tasmota, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "FullTopic");
	settings.full_topic = BR_STR("");
	settings.source = BR_STR("");
	CHECK_INT(br_tasmota_create(&settings, &tasmota, &fault), BR_E_INVALID);
	CHECK(tasmota == NULL);
}

static void payload_check(const struct capture *got, const char *topic, int outcome)
{
	printf("     %s: %u readings, %u presences\n", topic, got->reading_n, got->presence_n);
	CHECK(outcome == BR_ADAPTER_TAKEN || outcome == BR_ADAPTER_IGNORED);
	CHECK_INT(got->refusal_n, 0);
	if (strcmp(topic, "tele/zb/SENSOR") == 0)
		CHECK_TEXT(got->readings[0].device, "zb/freezer3");
}

static void test_every_payload_of_the_collection(void)
{
	BR_CLEANUP(br_adapter_cleanup) struct br_adapter *tasmota = plain_create();
	unsigned sent = capture_file(&capture, tasmota, "payloads/tasmota.jsonl", payload_check);

	if (sent == 0)
		return;
	CHECK_INT(sent, 10);
	CHECK_INT(br_adapter_counts(tasmota)->readings, 13);
	CHECK_INT(br_adapter_counts(tasmota)->presences, 2);
}

int main(int argc, char **argv)
{
	TEST(test_reads_a_probe);
	TEST(test_several_probes_are_several_channels);
	TEST(test_a_dead_probe_says_nothing);
	TEST(test_times_that_can_be_used);
	TEST(test_times_that_cannot_be_used);
	TEST(test_local_time_without_an_offset_is_not_used);
	TEST(test_a_retained_message_keeps_its_old_time);
	TEST(test_units_of_the_device_are_converted);
	TEST(test_a_weighing_shelf);
	TEST(test_weights_in_grams);
	TEST(test_a_meter_with_one_and_three_phases);
	TEST(test_a_list_longer_than_any_meter);
	TEST(test_counters_and_switches);
	TEST(test_a_zigbee_bridge_names_its_devices);
	TEST(test_the_forms_of_zigbee_names);
	TEST(test_two_zigbee_devices_in_one_message);
	TEST(test_zigbee_words_have_their_own_meaning);
	TEST(test_a_zigbee_device_states_its_own_pressure_unit);
	TEST(test_zigbee_devices_without_a_usable_name);
	TEST(test_the_will_is_presence);
	TEST(test_state_tells_of_the_radio);
	TEST(test_switches_and_buttons_on_stat);
	TEST(test_asked_for_status);
	TEST(test_other_kinds_of_message_are_ignored);
	TEST(test_a_full_topic_of_the_users_own);
	TEST(test_foreign_topics_are_not_ours);
	TEST(test_bad_payloads_are_refused_with_a_reason);
	TEST(test_every_truncation_is_refused);
	TEST(test_huge_names_are_refused);
	TEST(test_settings_that_cannot_be);
	TEST(test_every_payload_of_the_collection);
	return test_end(argc, argv);
}
