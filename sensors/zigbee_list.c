#include "sensors/zigbee_list.h"

#include <stdlib.h>
#include <string.h>

struct br_zigbee_list {
	size_t count;
	struct br_zigbee_device devices[]; /* sorted by name */
};

static int device_compare(const void *a, const void *b)
{
	return strcmp(((const struct br_zigbee_device *)a)->name,
		((const struct br_zigbee_device *)b)->name);
}

/* "0x00158d00018255df" as a number; 0 when it is not one. */
static uint64_t address_from(const struct br_json *json)
{
	struct br_str text;
	uint64_t address = 0;
	size_t i;

	if (!br_json_string(json, &text) || text.n != 18 || !br_str_starts(text, "0x"))
		return 0;
	for (i = 2; i < text.n; i++) {
		char c = text.s[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return 0;
		address = address << 4 | (uint64_t)digit;
	}
	return address;
}

/* The units of the values that exist in several, from the device's own description. */
static void units_read(const struct br_json *exposes, struct br_zigbee_device *device)
{
	BR_JSON_EACH (expose, exposes) {
		struct br_str property, unit;

		if (!br_json_string(br_json_member(expose, "property"), &property) ||
			!br_json_string(br_json_member(expose, "unit"), &unit))
			continue;
		if (br_str_is(property, "voltage")) {
			device->in_volts = br_str_is(unit, "V");
			device->in_millivolts = br_str_is(unit, "mV");
		}
		if (br_str_is(property, "temperature"))
			device->in_fahrenheit = br_str_is(unit, "°F");
	}
	br_assert(!(device->in_volts && device->in_millivolts));
}

/* Fills `device` from one entry; false when it has no usable name. */
static bool device_read(const struct br_json *entry, struct br_zigbee_device *device)
{
	const struct br_json *definition = br_json_member(entry, "definition");
	struct br_str name, model;

	br_assert(entry != NULL);
	*device = (struct br_zigbee_device){.address = 0};
	if (!br_json_string(br_json_member(entry, "friendly_name"), &name) || name.n == 0 ||
		!br_str_copy(name, device->name, sizeof(device->name)))
		return false;
	device->address = address_from(br_json_member(entry, "ieee_address"));
	if (br_json_string(br_json_member(definition, "model"), &model)) {
		if (model.n > BR_SENSOR_MODEL_BYTES_MAX)
			model.n = br_utf8_cut(model.s, BR_SENSOR_MODEL_BYTES_MAX);
		if (!br_str_copy(model, device->model, sizeof(device->model)))
			return false;
	}
	units_read(br_json_member(definition, "exposes"), device);
	return true;
}

static bool is_coordinator(const struct br_json *entry)
{
	struct br_str type;

	br_assert(entry != NULL);
	return br_json_string(br_json_member(entry, "type"), &type) &&
	       br_str_is(type, "Coordinator");
}

/* Of devices with one name only the first counts; the list is sorted. */
static size_t doubles_remove(struct br_zigbee_list *list)
{
	size_t i, kept = 0;

	br_assert(list->count <= BR_SENSOR_DEVICES_MAX);
	for (i = 0; i < list->count; i++) {
		if (kept > 0 && strcmp(list->devices[kept - 1].name, list->devices[i].name) == 0)
			continue;
		list->devices[kept++] = list->devices[i];
	}
	i = list->count - kept;
	list->count = kept;
	return i;
}

int br_zigbee_list_read(
	const struct br_json *json, struct br_zigbee_list **ret_list, size_t *ret_dropped)
{
	struct br_zigbee_list *list;
	size_t space = br_json_count(json), dropped = 0;

	br_assert(ret_list != NULL && ret_dropped != NULL);
	if (br_json_kind(json) != BR_JSON_ARRAY)
		return BR_E_INVALID;
	if (space > BR_SENSOR_DEVICES_MAX)
		space = BR_SENSOR_DEVICES_MAX;
	list = malloc(sizeof(*list) + space * sizeof(list->devices[0]));
	if (list == NULL)
		return BR_E_MEMORY;
	list->count = 0;
	BR_JSON_EACH (entry, json) {
		if (is_coordinator(entry))
			continue;
		if (list->count == space || !device_read(entry, &list->devices[list->count]))
			dropped++;
		else
			list->count++;
	}
	br_assert(list->count <= space);
	qsort(list->devices, list->count, sizeof(list->devices[0]), device_compare);
	dropped += doubles_remove(list);
	*ret_list = list;
	*ret_dropped = dropped;
	return 0;
}

void br_zigbee_list_destroy(struct br_zigbee_list *list)
{
	free(list);
}

size_t br_zigbee_list_count(const struct br_zigbee_list *list)
{
	br_assert(list->count <= BR_SENSOR_DEVICES_MAX);
	return list->count;
}

const struct br_zigbee_device *br_zigbee_list_at(const struct br_zigbee_list *list, size_t number)
{
	br_assert(number < list->count);
	return &list->devices[number];
}

const struct br_zigbee_device *br_zigbee_list_find(
	const struct br_zigbee_list *list, struct br_str name)
{
	size_t low = 0, high = list->count;

	br_assert(list->count <= BR_SENSOR_DEVICES_MAX);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = br_str_compare(name, br_str_from(list->devices[middle].name));

		if (order == 0)
			return &list->devices[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	br_assert(low == high);
	return NULL;
}

const struct br_zigbee_device *br_zigbee_list_find_address(
	const struct br_zigbee_list *list, uint64_t address)
{
	size_t i;

	br_assert(list->count <= BR_SENSOR_DEVICES_MAX);
	for (i = 0; address != 0 && i < list->count; i++)
		if (list->devices[i].address == address)
			return &list->devices[i];
	return NULL;
}

const struct br_zigbee_device *br_zigbee_list_match(
	const struct br_zigbee_list *list, struct br_str rest, struct br_str *ret_suffix)
{
	struct br_str name = rest;

	br_assert(ret_suffix != NULL);
	while (name.n > 0) {
		const struct br_zigbee_device *device = br_zigbee_list_find(list, name);

		if (device != NULL) {
			size_t used = name.n < rest.n ? name.n + 1 : name.n;

			*ret_suffix = (struct br_str){rest.s + used, rest.n - used};
			return device;
		}
		/* Shortens the name by its last level. */
		while (name.n > 0 && name.s[name.n - 1] != '/')
			name.n--;
		if (name.n > 0)
			name.n--;
	}
	return NULL;
}
