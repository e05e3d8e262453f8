/* peer-sensors: simulated sensors, see --help, sensors.h and flood.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/json_out.h"
#include "tests/peers/flood.h"
#include "tests/peers/options.h"
#include "tests/peers/sensors.h"

static const char summary[] = "Plays the sensors of a store as zigbee2mqtt and Tasmota devices "
			      "send them; with --flood, a\n"
			      "flood of readings for benchmarks.";

#define LAST_ACKS_MS 10000

static struct program {
	struct peer_broker broker;
	struct peer_sensors_settings sensors_settings;
	struct peer_flood_settings flood_settings;
	struct peer_list faults;
	int64_t seconds, qos, flood_rate;
	bool json;
	struct peer_loop *loop;
	struct peer_sensors *sensors;
	struct peer_flood *flood;
	struct peer_timer over;
	bool closing;
} program = {
	.broker = {.seed = 1},
	.sensors_settings = {.sensors = 20,
		.every_s = 10,
		.speed = 1,
		.zigbee_base = "zigbee2mqtt"},
	.flood_settings = {.window = 1000},
	.flood_rate = -1,
};

static const struct peer_option options[] = {
	PEER_BROKER_OPTIONS(program.broker),
	{"sensors", PEER_NUMBER, &program.sensors_settings.sensors, "N", "devices to play [20]", 1,
		PEER_SENSORS_MAX},
	{"every", PEER_DECIMAL, &program.sensors_settings.every_s, "S",
		"seconds between two reports of a device [10]", 0, 86400},
	{"speed", PEER_DECIMAL, &program.sensors_settings.speed, "X",
		"time in the curves runs X times as fast [1]", 0, 100000},
	{"zigbee-base", PEER_TEXT, &program.sensors_settings.zigbee_base, "TOPIC",
		"zigbee2mqtt's base topic [zigbee2mqtt]", 0, 0},
	{"zigbee-1x", PEER_FLAG, &program.sensors_settings.zigbee_1x, "",
		"say availability in bare words, as zigbee2mqtt 1.x", 0, 0},
	{"fault", PEER_LIST, &program.faults, "KIND=S[:S]",
		"from second S (for S seconds) the first cooler, freezer, room warms up, door "
		"stays "
		"open, probe is null; silent: the last zigbee device is",
		0, 0},
	{"seconds", PEER_NUMBER, &program.seconds, "N", "end after N seconds; 0: never [0]", 0,
		1000000},
	{"flood", PEER_NUMBER, &program.flood_rate, "N",
		"instead, send N readings a second; 0: as many as go", 0, 10000000},
	{"qos", PEER_NUMBER, &program.qos, "0|1", "of the flood [0]", 0, 1},
	{"count", PEER_NUMBER, &program.flood_settings.count, "N",
		"end the flood after N readings; 0: never [0]", 0, INT64_MAX},
	{"window", PEER_NUMBER, &program.flood_settings.window, "N",
		"readings without PUBACK at most [1000]", 1, 60000},
	{"json", PEER_FLAG, &program.json, "", "print the summary as JSON", 0, 0},
};

static void on_ended(void *context BR_UNUSED)
{
	peer_loop_stop(program.loop, 0);
}

static void on_over(void *context BR_UNUSED)
{
	if (program.flood == NULL || program.closing) {
		peer_loop_stop(program.loop, program.closing ? 1 : 0);
		return;
	}
	program.closing = true;
	peer_timer_set(program.loop, &program.over, LAST_ACKS_MS);
	peer_flood_close(program.flood);
}

static void flood_words(const struct peer_flood_stats *stats)
{
	double seconds = (double)(stats->last_us - stats->first_us) / 1e6;
	double rate = seconds > 0 ? (double)stats->sent / seconds : 0;
	double p50_ms = (double)peer_latency_at(&stats->latency, 0.50) / 1000;
	double p99_ms = (double)peer_latency_at(&stats->latency, 0.99) / 1000;

	if (program.json)
		printf("{\"sent\":%" PRIu64 ",\"acked\":%" PRIu64
		       ",\"seconds\":%.6f,\"per_second\":%.1f,\"puback_p50_ms\":%.3f,"
		       "\"puback_p99_ms\":%.3f}\n",
			stats->sent, stats->acked, seconds, rate, p50_ms, p99_ms);
	else
		printf("%" PRIu64 " sent, %" PRIu64
		       " acknowledged in %.3f s, %.0f/s; PUBACK p50 %.2f "
		       "ms, p99 %.2f ms\n",
			stats->sent, stats->acked, seconds, rate, p50_ms, p99_ms);
}

static int parts_create(const struct peer_mqtt_settings *mqtt)
{
	for (size_t i = 0; i < program.faults.n; i++) {
		if (peer_sensor_fault_read(program.faults.items[i], &program.sensors_settings))
			continue;
		(void)fprintf(stderr,
			"--fault %s: cooler, freezer, door, room, probe, shelf or silent, '=', and "
			"seconds go here\n",
			program.faults.items[i]);
		return BR_E_INVALID;
	}
	if (program.flood_rate < 0) {
		program.sensors_settings.seed = (uint64_t)program.broker.seed;
		return peer_sensors_create(
			program.loop, mqtt, &program.sensors_settings, &program.sensors);
	}
	program.flood_settings.per_second = program.flood_rate;
	program.flood_settings.qos = (int)program.qos;
	program.flood_settings.sensors = program.sensors_settings.sensors;
	program.flood_settings.zigbee_base = program.sensors_settings.zigbee_base;
	return peer_flood_create(
		program.loop, mqtt, &program.flood_settings, on_ended, NULL, &program.flood);
}

int main(int argc, char **argv)
{
	enum peer_options_outcome outcome;
	struct peer_mqtt_settings mqtt = {.host = NULL};
	char password[256];
	int code = 1;

	outcome = peer_options_read(argc, argv, summary, options, BR_ARRAY_LEN(options));
	if (outcome != PEER_OPTIONS_GO)
		return outcome;
	if (strlen(program.sensors_settings.zigbee_base) > 40) {
		(void)fprintf(stderr, "--zigbee-base: at most 40 bytes\n");
		return 2;
	}
	if (peer_broker_settings(&program.broker, &mqtt, password, sizeof(password)) < 0 ||
		peer_loop_create(&program.loop) < 0)
		return 1;
	program.over = (struct peer_timer){.fire = on_over};
	if (program.seconds > 0)
		peer_timer_set(program.loop, &program.over, program.seconds * 1000);
	if (parts_create(&mqtt) == 0) {
		code = peer_loop_run(program.loop);
		if (program.flood != NULL)
			flood_words(peer_flood_stats(program.flood));
		else if (program.json)
			printf("{\"sent\":%" PRIu64 "}\n", peer_sensors_sent(program.sensors));
		else
			printf("%" PRIu64 " messages\n", peer_sensors_sent(program.sensors));
	}
	peer_sensors_destroy(program.sensors);
	peer_flood_destroy(program.flood);
	peer_loop_destroy(program.loop);
	return code;
}
