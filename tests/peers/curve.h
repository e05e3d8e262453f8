/*
 * What sensors of a store measure over time: pure functions of the device and the moment, so a run
 * can be repeated and a test can know what should have come.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum peer_sensor_kind {
	PEER_COOLER,  /* zigbee, about +4 degrees */
	PEER_FREEZER, /* zigbee, about -20 degrees */
	PEER_DOOR,    /* zigbee, contact: false is open */
	PEER_CLIMATE, /* zigbee, the air of a room */
	PEER_PROBE,   /* tasmota, a wired DS18B20 in a cold room */
	PEER_WEIGHT   /* tasmota, an HX711 under a shelf */
};
#define PEER_SENSOR_KINDS 6

/* When a sensor fails, and how long; in seconds since the start. */
struct peer_sensor_fault {
	bool set;
	int64_t from_s, length_s; /* length 0: for ever */
};

/* True while the fault lasts. */
bool peer_fault_is_on(const struct peer_sensor_fault *fault, double at_s);

/*
 * The temperature of device `number` at `at_s` seconds since the start: a compressor's saw, a
 * defrost every six hours, a little noise. While the fault lasts it climbs by 6 degrees a minute
 * towards 18 degrees; afterwards it falls back as fast.
 */
double peer_curve_temperature(enum peer_sensor_kind kind, unsigned number, double at_s,
	const struct peer_sensor_fault *fault);

/* Relative humidity in percent. */
double peer_curve_humidity(enum peer_sensor_kind kind, unsigned number, double at_s);

/* A door is opened about every three minutes for some seconds; a fault leaves it open. */
bool peer_curve_door_open(unsigned number, double at_s, const struct peer_sensor_fault *fault);

/*
 * Pieces on a weighing shelf: shoppers take them one by one, somebody fills up below a third. The
 * weight of one piece in kg goes to *ret_piece_kg.
 */
unsigned peer_curve_pieces(unsigned number, double at_s, double *ret_piece_kg);
