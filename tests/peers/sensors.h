/*
 * Simulated sensors of a store: zigbee2mqtt devices (coolers, freezers, doors, rooms) and Tasmota
 * devices (wired probes, weighing shelves), with the habits of the real ones: names with '/',
 * partial updates, retained lists and availability, local times without an offset, dead probes as
 * null.
 */
#pragma once

#include "tests/peers/curve.h"
#include "tests/peers/mqtt.h"

#define PEER_SENSORS_MAX 5000

struct peer_sensors;

struct peer_sensors_settings {
	uint64_t seed;
	int64_t sensors; /* at most PEER_SENSORS_MAX */
	double every_s;	 /* mean time between two reports of one device */
	double speed;	 /* the curves' time runs so much faster */
	const char *zigbee_base;
	bool zigbee_1x; /* bare texts for state and availability, as zigbee2mqtt 1.x sends them */
	/* Of the first device of the kind: cooler warms up, door stays open, … */
	struct peer_sensor_fault faults[PEER_SENSOR_KINDS];
	/* The last zigbee device falls silent, without a word about it. */
	struct peer_sensor_fault silent;
};

BR_MUST_CHECK int peer_sensors_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	const struct peer_sensors_settings *settings, struct peer_sensors **ret_sensors);

/* Says offline for the bridge and the Tasmota devices, then good-bye. */
void peer_sensors_destroy(struct peer_sensors *sensors);

/* Messages published. */
uint64_t peer_sensors_sent(const struct peer_sensors *sensors);

/* The kind and the name of device `i`, as they are dealt: for the flood, and for lists. */
enum peer_sensor_kind peer_sensor_kind_of(int64_t i);
void peer_sensor_name(int64_t i, char *buffer, size_t size);

/* Reads "cooler=60" or "cooler=60:120" (kind, from, length in seconds); also "silent=…". */
BR_MUST_CHECK bool peer_sensor_fault_read(const char *text, struct peer_sensors_settings *settings);
