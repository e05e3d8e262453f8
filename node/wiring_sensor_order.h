/*
 * The registry's sensors in the order of their names, as the dashboard lists them.
 *
 * The registry is a hash table without an order. Looking for the next name among all of them, for
 * each of 2,000 rows, would be four million comparisons under the lock that readings wait for; so
 * the order is kept, and made anew only when a device came, went or took another name.
 *
 * Called under the intake's lock, by the web thread alone.
 */
#pragma once

#include "node/device.h"
#include "sensors/registry.h"

struct br_sensor_order {
	const struct br_sensor *list[BR_SENSOR_DEVICES_MAX]; /* the registry's own */
	unsigned n;
	uint64_t changes; /* the registry's count when the order was made; all zero: never */
};

/* The first sensor whose name is greater than `after`; NULL when there is none. */
const struct br_sensor *br_sensor_order_after(
	struct br_sensor_order *order, const struct br_registry *registry, struct br_str after);
