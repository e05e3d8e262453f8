/* peer-sensors: the curves, and what the program says over a real broker. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/lib/broker.h"
#include "tests/lib/test.h"
#include "tests/peers/mqtt.h"
#include "tests/peers/sensors.h"

static const struct peer_sensor_fault none;

static void test_curves_stay_where_they_should(void)
{
	for (unsigned number = 0; number < 10; number++) {
		for (double at_s = 0; at_s < 86400; at_s += 61) {
			double cooler = peer_curve_temperature(PEER_COOLER, number, at_s, &none);
			double freezer = peer_curve_temperature(PEER_FREEZER, number, at_s, &none);
			double piece_kg;

			CHECK(cooler > 2 && cooler < 8.5);
			CHECK(freezer > -23 && freezer < -15);
			CHECK(peer_curve_pieces(number, at_s, &piece_kg) >= 8);
			CHECK(piece_kg > 0);
		}
	}
}

static void test_curves_repeat(void)
{
	for (double at_s = 0; at_s < 1000; at_s += 7) {
		double a = peer_curve_temperature(PEER_COOLER, 1, at_s, &none);
		double b = peer_curve_temperature(PEER_COOLER, 1, at_s, &none);

		CHECK(fabs(a - b) < 1e-12);
		CHECK(peer_curve_door_open(2, at_s, &none) == peer_curve_door_open(2, at_s, &none));
	}
}

static void test_a_fault_comes_and_goes(void)
{
	struct peer_sensor_fault fault = {.set = true, .from_s = 100, .length_s = 60};
	double before = peer_curve_temperature(PEER_COOLER, 0, 99, &fault);
	double top = peer_curve_temperature(PEER_COOLER, 0, 159, &fault);
	double after = peer_curve_temperature(PEER_COOLER, 0, 300, &fault);
	unsigned open = 0, open_without = 0;

	CHECK(top > before + 4 && after < before + 1.5);
	CHECK(!peer_fault_is_on(&fault, 99) && peer_fault_is_on(&fault, 100));
	CHECK(!peer_fault_is_on(&fault, 160));
	fault.length_s = 0;
	CHECK(peer_curve_temperature(PEER_COOLER, 0, 10000, &fault) > 15);
	for (double at_s = 200; at_s < 2000; at_s++) {
		open += peer_curve_door_open(0, at_s, &fault);
		open_without += peer_curve_door_open(0, at_s, &none);
	}
	CHECK_INT(open, 1800);
	CHECK(open_without > 50 && open_without < 500);
}

static void test_faults_are_read(void)
{
	struct peer_sensors_settings settings = {.sensors = 1};

	CHECK(peer_sensor_fault_read("cooler=60", &settings));
	CHECK(settings.faults[PEER_COOLER].set && settings.faults[PEER_COOLER].from_s == 60);
	CHECK(peer_sensor_fault_read("door=5:10", &settings));
	CHECK_INT(settings.faults[PEER_DOOR].length_s, 10);
	CHECK(peer_sensor_fault_read("silent=0", &settings));
	CHECK(settings.silent.set);
	CHECK(!peer_sensor_fault_read("cooler", &settings));
	CHECK(!peer_sensor_fault_read("boiler=3", &settings));
	CHECK(!peer_sensor_fault_read("cooler=x", &settings));
	CHECK(!peer_sensor_fault_read("cooler=3:x", &settings));
}

static void test_names_are_all_different(void)
{
	static char names[200][48];

	for (int64_t i = 0; i < 200; i++) {
		peer_sensor_name(i, names[i], sizeof(names[i]));
		for (int64_t j = 0; j < i; j++)
			CHECK(strcmp(names[i], names[j]) != 0);
	}
	CHECK_TEXT(names[0], "cooler/dairy-1");
	CHECK_TEXT(names[1], "shelf-1");
}

static struct heard {
	unsigned zigbee, tasmota, lwt, offline, available, lists, listed, nulls, warm, flood;
	char bridge[64];
} heard;

static void zigbee_take(const struct br_json *root)
{
	double temperature;

	heard.zigbee++;
	CHECK_INT(br_json_kind(root), BR_JSON_OBJECT);
	if (br_json_number(br_json_member(root, "temperature"), &temperature) && temperature > 9 &&
		temperature < 19)
		heard.warm++;
}

static void tasmota_take(const struct br_json *root)
{
	const struct br_json *probe = br_json_member(root, "DS18B20");
	struct br_str time;

	heard.tasmota++;
	CHECK(br_json_string(br_json_member(root, "Time"), &time) && time.n == 19);
	CHECK(probe != NULL || br_json_member(root, "HX711") != NULL);
	heard.nulls += br_json_kind(br_json_member(probe, "Temperature")) == BR_JSON_NULL;
}

static void on_message(void *context BR_UNUSED, const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const char *topic = message->topic;

	if (strstr(topic, "/LWT") != NULL) {
		heard.lwt++;
		heard.offline += br_str_is(message->payload, "Offline");
		return;
	}
	REQUIRE(br_json_parse(message->payload, &root, NULL) == 0);
	if (strncmp(topic, "flood/", 6) == 0) {
		heard.flood++;
	} else if (strstr(topic, "/SENSOR") != NULL) {
		tasmota_take(root);
	} else if (strstr(topic, "/availability") != NULL) {
		heard.available++;
	} else if (strstr(topic, "/bridge/devices") != NULL) {
		heard.lists++;
		heard.listed = (unsigned)br_json_count(root);
	} else if (strstr(topic, "/bridge/state") != NULL) {
		(void)snprintf(
			heard.bridge, sizeof(heard.bridge), "%.*s", BR_STR_ARG(message->payload));
	} else {
		zigbee_take(root);
	}
}

static bool is_up(void *context)
{
	return peer_mqtt_is_up(context);
}

static bool all_heard(void *context BR_UNUSED)
{
	return heard.zigbee > 60 && heard.tasmota > 20 && heard.lists > 0 && heard.nulls > 0 &&
	       heard.warm > 0;
}

static bool bridge_is_off(void *context BR_UNUSED)
{
	return strcmp(heard.bridge, "{\"state\":\"offline\"}") == 0;
}

static bool all_there(void *context BR_UNUSED)
{
	return heard.lwt == 6 && heard.available == 14 && heard.lists == 1;
}

static bool all_are_off(void *context BR_UNUSED)
{
	return heard.offline == 6;
}

static bool flood_is_over(void *context)
{
	return !test_process_runs(context);
}

static bool flood_heard(void *context BR_UNUSED)
{
	return heard.flood >= 5000;
}

static struct peer_mqtt *listen_to(struct peer_loop *loop, const struct test_broker *broker)
{
	struct peer_mqtt_settings settings = {.port = broker->port};
	struct peer_mqtt_events events = {.message = on_message};
	struct peer_mqtt *mqtt = NULL;

	memset(&heard, 0, sizeof(heard));
	REQUIRE(peer_mqtt_create(loop, &settings, &events, &mqtt) == 0);
	peer_mqtt_subscribe(mqtt, "#", 1);
	REQUIRE(peer_loop_until(loop, is_up, mqtt, 5000));
	return mqtt;
}

static void test_the_program_talks_like_sensors(void)
{
	struct test_broker broker;
	struct test_process sensors = {0};
	struct peer_loop *loop = NULL;
	struct peer_mqtt *mqtt;

	test_broker_start(&broker, "broker", NULL);
	REQUIRE(peer_loop_create(&loop) == 0);
	mqtt = listen_to(loop, &broker);
	{
		const char *argv[] = {test_program("tests/peers/peer-sensors"), "--socket",
			broker.socket, "--every", "0.1", "--speed", "60", "--fault", "cooler=0",
			"--fault", "probe=0", NULL};

		test_process_start(&sensors, "sensors", argv, NULL);
	}
	CHECK(peer_loop_until(loop, all_heard, NULL, 15000));
	CHECK_INT(heard.listed, 15); /* 14 of 20 are zigbee devices, and the coordinator */
	CHECK_INT(heard.available, 14);
	CHECK_INT(heard.lwt, 6);
	CHECK_TEXT(heard.bridge, "{\"state\":\"online\"}");
	test_process_kill(&sensors);
	CHECK(peer_loop_until(loop, bridge_is_off, NULL, 5000));
	peer_mqtt_destroy(mqtt);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

static void test_a_clean_stop_says_so(void)
{
	struct test_broker broker;
	struct test_process sensors = {0};
	struct peer_loop *loop = NULL;
	struct peer_mqtt *mqtt;

	test_broker_start(&broker, "broker", NULL);
	REQUIRE(peer_loop_create(&loop) == 0);
	mqtt = listen_to(loop, &broker);
	{
		const char *argv[] = {
			test_program("tests/peers/peer-sensors"), "--socket", broker.socket, NULL};

		test_process_start(&sensors, "sensors", argv, NULL);
	}
	CHECK(peer_loop_until(loop, all_there, NULL, 10000));
	CHECK_INT(test_process_stop(&sensors), 0);
	/* Every last word arrives, though the program ends right behind it. */
	CHECK(peer_loop_until(loop, all_are_off, NULL, 5000));
	CHECK(bridge_is_off(NULL));
	peer_mqtt_destroy(mqtt);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

static void test_a_flood_arrives_whole(void)
{
	struct test_broker broker;
	struct test_process flood = {0};
	struct peer_loop *loop = NULL;
	struct peer_mqtt *mqtt;

	test_broker_start(&broker, "broker", NULL);
	REQUIRE(peer_loop_create(&loop) == 0);
	mqtt = listen_to(loop, &broker);
	for (int qos = 0; qos < 2; qos++) {
		const char *argv[] = {test_program("tests/peers/peer-sensors"), "--socket",
			broker.socket, "--flood", qos == 0 ? "20000" : "0", "--qos",
			qos == 0 ? "0" : "1", "--count", "5000", "--zigbee-base", "flood", "--json",
			NULL};
		char *log;

		heard.flood = 0;
		test_process_start(&flood, "flood", argv, NULL);
		CHECK(peer_loop_until(loop, flood_is_over, &flood, 20000));
		CHECK_INT(flood.code, 0);
		log = test_file_read(flood.log, NULL);
		CHECK_HAS(log, "\"sent\":5000,");
		CHECK_HAS(log, qos == 0 ? "\"acked\":0," : "\"acked\":5000,");
		free(log);
		CHECK(peer_loop_until(loop, flood_heard, NULL, 5000));
		CHECK_INT(heard.flood, 5000);
	}
	peer_mqtt_destroy(mqtt);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

int main(int argc, char **argv)
{
	TEST(test_curves_stay_where_they_should);
	TEST(test_curves_repeat);
	TEST(test_a_fault_comes_and_goes);
	TEST(test_faults_are_read);
	TEST(test_names_are_all_different);
	TEST(test_the_program_talks_like_sensors);
	TEST(test_a_clean_stop_says_so);
	TEST(test_a_flood_arrives_whole);
	return test_end(argc, argv);
}
