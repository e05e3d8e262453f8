/*
 * The devices that a Zigbee2MQTT bridge lists on `<base>/bridge/devices`.
 *
 * A device's friendly name may contain `/`, and so may the name of another device that begins with
 * it: only the list tells where the name in a topic ends. The list also tells the unit of values
 * that come in several (voltage in mV from a battery, in V from a plug) and, by the hardware's
 * IEEE address, that a device was renamed.
 *
 * A list never changes: a new message makes a new one.
 */
#pragma once

#include "node/json.h"
#include "sensors/limits.h"

struct br_zigbee_device {
	char name[BR_ID_BYTES_MAX + 1];
	char model[BR_SENSOR_MODEL_BYTES_MAX + 1]; /* may be empty */
	uint64_t address;			   /* IEEE, 64 bits; 0 = not told */
	bool in_volts;				   /* its voltage is in V, not mV */
	bool in_millivolts;			   /* its voltage is in mV for certain */
	bool in_fahrenheit;
};

struct br_zigbee_list;

/*
 * Reads the message's JSON. Entries that are no device of ours (the coordinator) are left out;
 * entries without a usable name, doubles, and those past the limit are counted in *ret_dropped.
 * The caller owns the list. BR_E_INVALID when it is no list at all, BR_E_MEMORY.
 */
BR_MUST_CHECK int br_zigbee_list_read(
	const struct br_json *json, struct br_zigbee_list **ret_list, size_t *ret_dropped);

void br_zigbee_list_destroy(struct br_zigbee_list *list);

size_t br_zigbee_list_count(const struct br_zigbee_list *list);
const struct br_zigbee_device *br_zigbee_list_at(const struct br_zigbee_list *list, size_t number);

const struct br_zigbee_device *br_zigbee_list_find(
	const struct br_zigbee_list *list, struct br_str name);

/* The device with that address, NULL when there is none or the address is 0. O(n). */
const struct br_zigbee_device *br_zigbee_list_find_address(
	const struct br_zigbee_list *list, uint64_t address);

/*
 * The device whose name is the longest one that `rest`, a topic behind the base, begins with; what
 * follows its `/` is set in *ret_suffix (empty when nothing does). NULL when there is none.
 */
const struct br_zigbee_device *br_zigbee_list_match(
	const struct br_zigbee_list *list, struct br_str rest, struct br_str *ret_suffix);
