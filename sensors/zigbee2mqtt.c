#include "sensors/zigbee2mqtt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/time.h"
#include "sensors/member.h"
#include "sensors/zigbee_list.h"

struct zigbee2mqtt {
	struct br_adapter adapter;   /* first: the two are cast into each other */
	size_t base_n;		     /* bytes of the base topic, without the '/' */
	struct br_zigbee_list *list; /* NULL until the bridge has sent it */
	bool list_complete;	     /* names outside of the list are strangers */
};

/* Sorted by name. `voltage` is in mV here; the few that send V are seen to in state_take(). */
static const struct br_member members[] = {
	{"action", BR_READING_ACTION, BR_MEMBER_EVENT, 0},
	{"battery", BR_READING_BATTERY, BR_MEMBER_NUMBER, 0},
	{"battery_low", BR_READING_BATTERY_LOW, BR_MEMBER_FLAG, 0},
	{"carbon_monoxide", BR_READING_SMOKE, BR_MEMBER_FLAG, 0},
	{"co2", BR_READING_CARBON_DIOXIDE, BR_MEMBER_NUMBER, 0},
	{"contact", BR_READING_CONTACT, BR_MEMBER_FLAG, 0},
	{"current", BR_READING_CURRENT, BR_MEMBER_NUMBER, 0},
	{"device_temperature", BR_READING_TEMPERATURE, BR_MEMBER_NUMBER, 0},
	{"energy", BR_READING_ENERGY, BR_MEMBER_NUMBER, 0},
	{"gas", BR_READING_SMOKE, BR_MEMBER_FLAG, 0},
	{"humidity", BR_READING_HUMIDITY, BR_MEMBER_NUMBER, 0},
	{"illuminance", BR_READING_ILLUMINANCE, BR_MEMBER_NUMBER, 0},
	{"illuminance_lux", BR_READING_ILLUMINANCE, BR_MEMBER_NUMBER, 0},
	{"linkquality", BR_READING_LINK_QUALITY, BR_MEMBER_NUMBER, 0},
	{"moving", BR_READING_VIBRATION, BR_MEMBER_FLAG, 0},
	{"occupancy", BR_READING_MOTION, BR_MEMBER_FLAG, 0},
	{"pm25", BR_READING_PARTICLES, BR_MEMBER_NUMBER, 0},
	{"power", BR_READING_POWER, BR_MEMBER_NUMBER, 0},
	{"presence", BR_READING_MOTION, BR_MEMBER_FLAG, 0},
	{"pressure", BR_READING_PRESSURE, BR_MEMBER_NUMBER, 0},
	{"smoke", BR_READING_SMOKE, BR_MEMBER_FLAG, 0},
	{"soil_moisture", BR_READING_MOISTURE, BR_MEMBER_NUMBER, 0},
	{"state", BR_READING_SWITCH, BR_MEMBER_STATE, 0},
	{"tamper", BR_READING_TAMPER, BR_MEMBER_FLAG, 0},
	{"temperature", BR_READING_TEMPERATURE, BR_MEMBER_NUMBER, 0},
	{"vibration", BR_READING_VIBRATION, BR_MEMBER_FLAG, 0},
	{"voc", BR_READING_ORGANIC_VAPOUR, BR_MEMBER_NUMBER, 0},
	{"voltage", BR_READING_VOLTAGE, BR_MEMBER_NUMBER, 0.001},
	{"water_leak", BR_READING_LEAK, BR_MEMBER_FLAG, 0},
};

static const struct br_member volts = {"voltage", BR_READING_VOLTAGE, BR_MEMBER_NUMBER, 0};

/* Batteries report thousands of mV and mains hundreds of V: nothing lies between. */
#define VOLTS_BELOW 500.0

static struct zigbee2mqtt *own(struct br_adapter *adapter)
{
	return (struct zigbee2mqtt *)adapter;
}

static void zigbee2mqtt_destroy(struct br_adapter *adapter)
{
	br_assert(adapter->class->destroy == zigbee2mqtt_destroy);
	br_zigbee_list_destroy(own(adapter)->list);
	free(adapter);
}

static bool value_is_null(struct br_str payload)
{
	return payload.n == 0 || br_str_is(payload, "null");
}

/* Parses the payload; false when it is not JSON, with the refusal counted. */
static bool payload_parse(struct br_adapter_call *call, struct br_json **ret_json, int *ret_error)
{
	int error = br_json_parse(call->message->payload, ret_json, NULL);

	br_assert(error <= 0);
	if (error == BR_E_INVALID)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_JSON, (struct br_str){NULL, 0});
	*ret_error = error == BR_E_INVALID ? 0 : error;
	return error == 0;
}

/* `online`, or {"state":"online"}: about the call's device, or the bridge when that is empty. */
static int availability_take(struct br_adapter_call *call)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_str state = call->message->payload;
	int error;

	br_assert(call->presences == 0);
	if (value_is_null(state))
		return 0;
	if (state.s[0] == '{') {
		if (!payload_parse(call, &json, &error))
			return error;
		if (!br_json_string(br_json_member(json, "state"), &state))
			state = (struct br_str){NULL, 0};
	}
	if (br_str_is(state, "online") || br_str_is(state, "offline"))
		br_adapter_emit_state(call, br_str_is(state, "online"));
	else
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, BR_STR("state"));
	return 0;
}

static void presence_emit(struct br_adapter_call *call, enum br_presence_change change,
	struct br_str device, struct br_str former, struct br_str model)
{
	struct br_presence presence = {.source = call->adapter->source,
		.device = device,
		.former = former,
		.model = model,
		.change = change,
		.received_ms = call->message->received_ms};

	br_assert(device.n > 0);
	br_adapter_emit_presence(call, &presence);
}

/* Tells what is new in `list`, beside the list known so far. */
static void list_announce(struct br_adapter_call *call, const struct br_zigbee_list *former,
	const struct br_zigbee_list *list)
{
	const struct br_str none = {NULL, 0};
	size_t i;

	br_assert(former != list);
	for (i = 0; i < br_zigbee_list_count(list); i++) {
		const struct br_zigbee_device *device = br_zigbee_list_at(list, i);
		const struct br_zigbee_device *old =
			former != NULL ? br_zigbee_list_find_address(former, device->address)
				       : NULL;

		if (old != NULL && strcmp(old->name, device->name) != 0)
			presence_emit(call, BR_PRESENCE_RENAMED, br_str_from(device->name),
				br_str_from(old->name), none);
		presence_emit(call, BR_PRESENCE_KNOWN, br_str_from(device->name), none,
			br_str_from(device->model));
	}
	for (i = 0; former != NULL && i < br_zigbee_list_count(former); i++) {
		const struct br_zigbee_device *old = br_zigbee_list_at(former, i);

		if (br_zigbee_list_find(list, br_str_from(old->name)) == NULL &&
			br_zigbee_list_find_address(list, old->address) == NULL)
			presence_emit(call, BR_PRESENCE_LEFT, br_str_from(old->name), none, none);
	}
}

static int list_take(struct br_adapter_call *call)
{
	struct zigbee2mqtt *bridge = own(call->adapter);
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_zigbee_list *list, *former = bridge->list;
	size_t dropped;
	int error;

	br_assert(bridge->list != NULL || !bridge->list_complete);
	if (value_is_null(call->message->payload))
		return 0;
	if (!payload_parse(call, &json, &error))
		return error;
	error = br_zigbee_list_read(json, &list, &dropped);
	if (error == BR_E_INVALID) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, BR_STR("bridge/devices"));
		return 0;
	}
	if (error != 0)
		return error;
	bridge->list = list;
	bridge->list_complete = dropped == 0;
	if (dropped > 0)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_NAME, BR_STR("bridge/devices"));
	list_announce(call, former, list);
	br_zigbee_list_destroy(former);
	return 0;
}

static int event_take(struct br_adapter_call *call)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_str type, name;
	int error;

	br_assert(call->presences == 0);
	/* A retained event is about the past, and the list already knows. */
	if (value_is_null(call->message->payload) || call->message->retained)
		return 0;
	if (!payload_parse(call, &json, &error))
		return error;
	if (!br_json_string(br_json_member(json, "type"), &type)) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, BR_STR("type"));
		return 0;
	}
	if (!br_str_is(type, "device_leave"))
		return 0;
	if (!br_json_string(br_json_member(br_json_member(json, "data"), "friendly_name"), &name))
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, BR_STR("friendly_name"));
	else if (br_adapter_call_device(call, name))
		presence_emit(call, BR_PRESENCE_LEFT, name, (struct br_str){NULL, 0},
			(struct br_str){NULL, 0});
	return 0;
}

static int bridge_take(struct br_adapter_call *call, struct br_str what)
{
	br_assert(call->device.n == 0);
	if (br_str_is(what, "devices"))
		return list_take(call);
	if (call->message->payload.n > BR_SENSOR_MESSAGE_BYTES_MAX)
		return 0;
	if (br_str_is(what, "state"))
		return availability_take(call);
	if (br_str_is(what, "event"))
		return event_take(call);
	return 0;
}

/* The name in front of the marks of a device's own endpoints: `power_l1`, `state_left`. */
static struct br_str endpoint_strip(struct br_str name)
{
	static const char *const marks[] = {"_left", "_right", "_center", "_top", "_bottom", "_l1",
		"_l2", "_l3", "_l4", "_l5", "_l6", "_l7", "_l8", "_1", "_2", "_3", "_4"};
	size_t i, n;

	for (i = 0; i < BR_ARRAY_LEN(marks); i++) {
		n = strlen(marks[i]);
		if (name.n > n && memcmp(name.s + name.n - n, marks[i], n) == 0)
			return (struct br_str){name.s, name.n - n};
	}
	return (struct br_str){NULL, 0};
}

static const struct br_member *member_find(struct br_str name)
{
	const struct br_member *member = br_member_find(members, BR_ARRAY_LEN(members), name);

	if (member == NULL && name.n > 0 && memchr(name.s, '_', name.n) != NULL)
		member = br_member_find(members, BR_ARRAY_LEN(members), endpoint_strip(name));
	return member;
}

/* Which of mV and V it is: as the list says, else by its size. */
static bool voltage_in_volts(const struct br_zigbee_device *device, const struct br_json *value)
{
	double number;

	br_assert(device == NULL || !(device->in_volts && device->in_millivolts));
	if (device != NULL && (device->in_volts || device->in_millivolts))
		return device->in_volts;
	return br_json_number(value, &number) && number < VOLTS_BELOW;
}

/*
 * 1.x sent `illuminance` as the radio's logarithmic number beside the true `illuminance_lux`; 2.x
 * sends only `illuminance`, in lux. Both come out as the channel `illuminance`.
 */
static void illuminance_take(struct br_adapter_call *call, const struct br_member *member,
	const struct br_json *object, const struct br_json *value)
{
	br_assert(member->kind == BR_READING_ILLUMINANCE);
	if (strcmp(member->name, "illuminance") == 0 &&
		br_json_kind(br_json_member(object, "illuminance_lux")) == BR_JSON_NUMBER)
		return;
	br_member_take(call, member, BR_STR("illuminance"), value, NULL);
}

/* The time in any of the forms of `last_seen`; anything else is as if it were not there. */
static void last_seen_take(struct br_adapter_call *call, const struct br_json *object)
{
	const struct br_json *value = br_json_member(object, "last_seen");
	struct br_str text;
	int64_t seen_ms;

	br_assert(br_json_kind(object) == BR_JSON_OBJECT);
	if (br_json_string(value, &text)) {
		if (br_time_parse(text, &seen_ms) && seen_ms > 0)
			br_adapter_call_observed(call, seen_ms);
	} else if (br_json_i64(value, &seen_ms) && seen_ms > 0 && seen_ms <= BR_TIME_MAX_MS) {
		br_adapter_call_observed(call, seen_ms);
	}
}

static void member_take(struct br_adapter_call *call, const struct br_zigbee_device *device,
	const struct br_json *object, const struct br_json *value)
{
	struct br_str name = br_json_name(value);
	const struct br_member *member = member_find(name);
	struct br_member_units units = {.fahrenheit = device != NULL && device->in_fahrenheit};

	br_assert(call->device.n > 0);
	if (member == NULL)
		return;
	if (member->kind == BR_READING_ILLUMINANCE)
		illuminance_take(call, member, object, value);
	else if (member->kind == BR_READING_VOLTAGE && voltage_in_volts(device, value))
		br_member_take(call, &volts, name, value, &units);
	else
		br_member_take(call, member, name, value, &units);
}

static int state_take(struct br_adapter_call *call, const struct br_zigbee_device *device)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	int error;

	br_assert(call->device.n > 0);
	if (value_is_null(call->message->payload))
		return 0;
	if (!payload_parse(call, &json, &error))
		return error;
	if (br_json_kind(json) != BR_JSON_OBJECT) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, (struct br_str){NULL, 0});
		return 0;
	}
	last_seen_take(call, json);
	BR_JSON_EACH (value, json)
		member_take(call, device, json, value);
	return 0;
}

/* One value under its own topic, written without quotes. */
static void attribute_take(
	struct br_adapter_call *call, const struct br_zigbee_device *device, struct br_str name)
{
	const struct br_member *member = member_find(name);
	struct br_member_units units = {.fahrenheit = device->in_fahrenheit};

	br_assert(device != NULL && call->device.n > 0);
	if (member == NULL)
		return;
	if (member->kind == BR_READING_VOLTAGE && device->in_volts)
		member = &volts;
	br_member_take_text(call, member, name, call->message->payload, &units);
}

static bool level_strip(struct br_str *rest, const char *level)
{
	size_t n = strlen(level);

	br_assert(level[0] == '/');
	if (rest->n <= n || memcmp(rest->s + rest->n - n, level, n) != 0)
		return false;
	rest->n -= n;
	return true;
}

/* Without the list: the whole topic is the name, but for the levels that no value has. */
static int unlisted_take(struct br_adapter_call *call, struct br_str rest)
{
	br_assert(call->device.n == 0);
	if (level_strip(&rest, "/set") || level_strip(&rest, "/get"))
		return 0;
	if (level_strip(&rest, "/availability"))
		return br_adapter_call_device(call, rest) ? availability_take(call) : 0;
	if (call->message->payload.n == 0 || call->message->payload.s[0] != '{')
		return 0;
	return br_adapter_call_device(call, rest) ? state_take(call, NULL) : 0;
}

static int device_take(struct br_adapter_call *call, struct br_str rest)
{
	struct zigbee2mqtt *bridge = own(call->adapter);
	const struct br_zigbee_device *device = NULL;
	struct br_str suffix = {NULL, 0};

	br_assert(call->device.n == 0);
	if (bridge->list != NULL)
		device = br_zigbee_list_match(bridge->list, rest, &suffix);
	if (device == NULL) {
		if (bridge->list == NULL || !bridge->list_complete)
			return unlisted_take(call, rest);
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_DEVICE, rest);
		return 0;
	}
	if (!br_adapter_call_device(call, br_str_from(device->name)))
		return 0;
	if (suffix.n == 0)
		return state_take(call, device);
	if (br_str_is(suffix, "availability"))
		return availability_take(call);
	if (memchr(suffix.s, '/', suffix.n) == NULL)
		attribute_take(call, device, suffix);
	return 0;
}

static int zigbee2mqtt_take(struct br_adapter *adapter, const struct br_sensor_message *message,
	const struct br_adapter_sink *sink)
{
	const struct zigbee2mqtt *bridge = own(adapter);
	struct br_str rest = message->topic;
	struct br_adapter_call call;
	int error = 0;

	br_assert(adapter->class->take == zigbee2mqtt_take);
	br_assert(bridge->base_n > 0);
	/* The filter without its closing "#" is the base with its '/'. */
	if (rest.n <= bridge->base_n || rest.s[bridge->base_n] != '/' ||
		memcmp(rest.s, adapter->filters[0], bridge->base_n) != 0)
		return BR_ADAPTER_FOREIGN;
	rest.s += bridge->base_n + 1;
	rest.n -= bridge->base_n + 1;
	br_adapter_call_init(&call, adapter, message, sink);
	if (br_str_starts(rest, "bridge/"))
		error = bridge_take(&call, (struct br_str){rest.s + 7, rest.n - 7});
	else if (message->payload.n > BR_SENSOR_MESSAGE_BYTES_MAX)
		br_adapter_refuse(&call, BR_SENSOR_REFUSAL_SIZE, BR_STR("payload"));
	else
		error = device_take(&call, rest);
	return error != 0 ? error : br_adapter_call_outcome(&call);
}

static const struct br_adapter_class zigbee2mqtt_class = {.name = "zigbee2mqtt",
	.destroy = zigbee2mqtt_destroy,
	.take = zigbee2mqtt_take,
	.payload_bytes_max = BR_SENSOR_LIST_BYTES_MAX};

int br_zigbee2mqtt_create(const struct br_zigbee2mqtt_settings *settings,
	struct br_adapter **ret_adapter, struct br_fault *fault)
{
	struct br_str base = settings->base;
	struct zigbee2mqtt *bridge;
	int error;

	br_assert(ret_adapter != NULL);
	br_assert(br_member_table_is_sorted(members, BR_ARRAY_LEN(members)));
	if (base.n == 0 || base.n > BR_SENSOR_FILTER_BYTES_MAX - 3 ||
		!br_utf8_valid(base.s, base.n) || memchr(base.s, '#', base.n) != NULL ||
		memchr(base.s, '+', base.n) != NULL || base.s[base.n - 1] == '/')
		return br_fault_set(fault, BR_E_INVALID,
			"a Zigbee2MQTT base topic has 1 to %d bytes, no wildcard and no closing /",
			BR_SENSOR_FILTER_BYTES_MAX - 3);
	bridge = calloc(1, sizeof(*bridge));
	if (bridge == NULL)
		return BR_E_MEMORY;
	error = br_adapter_init(&bridge->adapter, &zigbee2mqtt_class, settings->source, fault);
	if (error != 0) {
		free(bridge);
		return error;
	}
	bridge->base_n = base.n;
	bridge->adapter.filter_n = 1;
	(void)snprintf(
		bridge->adapter.filters[0], BR_SENSOR_FILTER_BYTES_MAX, "%.*s/#", BR_STR_ARG(base));
	*ret_adapter = &bridge->adapter;
	return 0;
}
