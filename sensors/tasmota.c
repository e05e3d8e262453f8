#include "sensors/tasmota.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "node/time.h"
#include "sensors/member.h"
#include "sensors/tasmota_topic.h"

/* The devices' own mark for a clock that was never set: 2016-01-01T00:00:00Z. */
#define CLOCK_SET_MS INT64_C(1451606400000)

#define HPA_PER_MMHG 1.33322387415
#define HPA_PER_INHG 33.8638866667

#define NAME_BYTES_MAX 192
#define LIST_ITEMS_MAX 8

struct tasmota {
	struct br_adapter adapter; /* first: the two are cast into each other */
	struct br_tasmota_pattern pattern;
	int utc_offset_min;
	bool weight_in_grams;
};

/* What the sensors wired to a device report. Sorted by name. */
static const struct br_member members[] = {
	{"A", BR_READING_RAW, BR_MEMBER_NUMBER, 0},
	{"AbsRaw", BR_READING_RAW, BR_MEMBER_NUMBER, 0},
	{"Battery", BR_READING_BATTERY, BR_MEMBER_NUMBER, 0},
	{"C", BR_READING_COUNT, BR_MEMBER_NUMBER, 0},
	{"CarbonDioxide", BR_READING_CARBON_DIOXIDE, BR_MEMBER_NUMBER, 0},
	{"Count", BR_READING_COUNT, BR_MEMBER_NUMBER, 0},
	{"Current", BR_READING_CURRENT, BR_MEMBER_NUMBER, 0},
	{"DewPoint", BR_READING_TEMPERATURE, BR_MEMBER_NUMBER, 0},
	{"Distance", BR_READING_DISTANCE, BR_MEMBER_NUMBER, 0},
	{"Humidity", BR_READING_HUMIDITY, BR_MEMBER_NUMBER, 0},
	{"Illuminance", BR_READING_ILLUMINANCE, BR_MEMBER_NUMBER, 0},
	{"Moisture", BR_READING_MOISTURE, BR_MEMBER_NUMBER, 0},
	{"PM10", BR_READING_PARTICLES, BR_MEMBER_NUMBER, 0},
	{"PM2.5", BR_READING_PARTICLES, BR_MEMBER_NUMBER, 0},
	{"Power", BR_READING_POWER, BR_MEMBER_NUMBER, 0},
	{"Pressure", BR_READING_PRESSURE, BR_MEMBER_NUMBER, 0},
	{"RSSI", BR_READING_LINK_QUALITY, BR_MEMBER_NUMBER, 0},
	{"Range", BR_READING_RAW, BR_MEMBER_NUMBER, 0},
	{"Signal", BR_READING_SIGNAL, BR_MEMBER_NUMBER, 0},
	{"TVOC", BR_READING_ORGANIC_VAPOUR, BR_MEMBER_NUMBER, 0},
	{"Temperature", BR_READING_TEMPERATURE, BR_MEMBER_NUMBER, 0},
	{"Total", BR_READING_ENERGY, BR_MEMBER_NUMBER, 0},
	{"Voltage", BR_READING_VOLTAGE, BR_MEMBER_NUMBER, 0},
	{"Weight", BR_READING_WEIGHT, BR_MEMBER_NUMBER, 0},
	{"WeightRaw", BR_READING_RAW, BR_MEMBER_NUMBER, 0},
	{"eCO2", BR_READING_CARBON_DIOXIDE, BR_MEMBER_NUMBER, 0},
};

/*
 * What devices behind the Zigbee bridge report, where the same words mean other things: `Power` is
 * a switch, and `Contact` is the zone's alarm, 1 = open (Zigbee Cluster Library, IAS Zone, 8.2).
 */
static const struct br_member zigbee_members[] = {
	{"ActivePower", BR_READING_POWER, BR_MEMBER_NUMBER, 0},
	{"Battery", BR_READING_BATTERY, BR_MEMBER_NUMBER, 0},
	{"BatteryPercentage", BR_READING_BATTERY, BR_MEMBER_NUMBER, 0},
	{"BatteryVoltage", BR_READING_VOLTAGE, BR_MEMBER_NUMBER, 0},
	{"Contact", BR_READING_CONTACT, BR_MEMBER_UNFLAG, 0},
	{"Fire", BR_READING_SMOKE, BR_MEMBER_FLAG, 0},
	{"Humidity", BR_READING_HUMIDITY, BR_MEMBER_NUMBER, 0},
	{"Illuminance", BR_READING_ILLUMINANCE, BR_MEMBER_NUMBER, 0},
	{"LinkQuality", BR_READING_LINK_QUALITY, BR_MEMBER_NUMBER, 0},
	{"Occupancy", BR_READING_MOTION, BR_MEMBER_FLAG, 0},
	{"Power", BR_READING_SWITCH, BR_MEMBER_STATE, 0},
	{"Pressure", BR_READING_PRESSURE, BR_MEMBER_NUMBER, 0},
	{"RMSCurrent", BR_READING_CURRENT, BR_MEMBER_NUMBER, 0},
	{"RMSVoltage", BR_READING_VOLTAGE, BR_MEMBER_NUMBER, 0},
	{"Temperature", BR_READING_TEMPERATURE, BR_MEMBER_NUMBER, 0},
	{"Vibration", BR_READING_VIBRATION, BR_MEMBER_FLAG, 0},
	{"Voltage", BR_READING_VOLTAGE, BR_MEMBER_NUMBER, 0},
	{"Water", BR_READING_LEAK, BR_MEMBER_FLAG, 0},
};

static const struct br_member switch_member = {"POWER", BR_READING_SWITCH, BR_MEMBER_STATE, 0};
static const struct br_member action_member = {"Action", BR_READING_ACTION, BR_MEMBER_EVENT, 0};

static struct tasmota *own(struct br_adapter *adapter)
{
	return (struct tasmota *)adapter;
}

static void tasmota_destroy(struct br_adapter *adapter)
{
	br_assert(adapter->class->destroy == tasmota_destroy);
	free(adapter);
}

/* "POWER" and "POWER2" are `word`; "POWERONSTATE" is not. */
static bool is_numbered(struct br_str name, const char *word)
{
	size_t i = strlen(word);

	br_assert(word[0] != '\0');
	if (!br_str_starts(name, word))
		return false;
	for (; i < name.n; i++)
		if (name.s[i] < '0' || name.s[i] > '9')
			return false;
	return true;
}

/* "Temperature2" and "C1": several of one sensor are numbered. */
static const struct br_member *member_find(
	const struct br_member *table, size_t count, struct br_str name)
{
	const struct br_member *member = br_member_find(table, count, name);
	size_t n = name.n;

	br_assert(table != NULL);
	if (member != NULL)
		return member;
	while (name.n > 0 && name.s[name.n - 1] >= '0' && name.s[name.n - 1] <= '9')
		name.n--;
	return name.n < n ? br_member_find(table, count, name) : NULL;
}

/* Puts `a`, a separator and `b` together; false when they do not fit. */
static bool name_join(struct br_str a, char separator, struct br_str b, char buffer[NAME_BYTES_MAX],
	struct br_str *ret_name)
{
	if (a.n + 1 + b.n > NAME_BYTES_MAX)
		return false;
	br_assert(a.n > 0);
	memcpy(buffer, a.s, a.n);
	buffer[a.n] = separator;
	if (b.n > 0)
		memcpy(buffer + a.n + 1, b.s, b.n);
	*ret_name = (struct br_str){buffer, a.n + 1 + b.n};
	return true;
}

/* A unix time in ms from the device's own words; false when it has none that can be used. */
static bool clock_read(const struct tasmota *tasmota, const struct br_json *json, int64_t *ret_ms)
{
	const struct br_json *time = br_json_member(json, "Time");
	const struct br_json *epoch = br_json_member(json, "Epoch");
	char local[BR_TIME_TEXT_BYTES + 8];
	struct br_str text;
	double seconds;

	br_assert(tasmota->pattern.level_n > 0);
	if (br_json_number(epoch, &seconds) || br_json_number(time, &seconds)) {
		if (seconds < 0 || seconds > (double)BR_TIME_MAX_MS / 1000)
			return false;
		*ret_ms = (int64_t)(seconds * 1000);
		return true;
	}
	if (!br_json_string(time, &text))
		return false;
	if (br_time_parse(text, ret_ms))
		return true;
	/* Read as if it were UTC, then moved by the offset people configured. */
	if (tasmota->utc_offset_min == BR_TASMOTA_OFFSET_UNKNOWN || text.n + 2 > sizeof(local))
		return false;
	memcpy(local, text.s, text.n);
	local[text.n] = 'Z';
	if (!br_time_parse((struct br_str){local, text.n + 1}, ret_ms))
		return false;
	*ret_ms -= (int64_t)tasmota->utc_offset_min * 60000;
	return true;
}

static void clock_take(struct br_adapter_call *call, const struct br_json *json)
{
	const struct br_sensor_message *message = call->message;
	int64_t ms = 0, skew_ms;

	br_assert(call->device.n > 0);
	if (!clock_read(own(call->adapter), json, &ms) || ms < CLOCK_SET_MS)
		return;
	skew_ms = message->received_ms - ms;
	if (message->retained || (skew_ms <= BR_TASMOTA_SKEW_MS && skew_ms >= -BR_TASMOTA_SKEW_MS))
		br_adapter_call_observed(call, ms);
}

static bool unit_is(const struct br_json *json, const char *name, const char *unit)
{
	struct br_str text;

	br_assert(unit[0] != '\0');
	return br_json_string(br_json_member(json, name), &text) && br_str_is(text, unit);
}

/* Units stand at the end of the message, beside the sensors, and hold for all of them. */
static void units_read(const struct tasmota *tasmota, const struct br_json *json,
	struct br_member_units *ret_units)
{
	br_assert(ret_units != NULL);
	ret_units->fahrenheit = unit_is(json, "TempUnit", "F");
	ret_units->pressure_factor = unit_is(json, "PressureUnit", "mmHg")   ? HPA_PER_MMHG
				     : unit_is(json, "PressureUnit", "inHg") ? HPA_PER_INHG
									     : 0;
	ret_units->weight_factor = unit_is(json, "WeightUnit", "g")    ? 0.001
				   : unit_is(json, "WeightUnit", "kg") ? 0
				   : tasmota->weight_in_grams	       ? 0.001
								       : 0;
}

/* A member with several values: one for each phase of a meter, named .1, .2 and so on. */
static void list_take(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, const struct br_json *list, const struct br_member_units *units)
{
	char buffer[NAME_BYTES_MAX], digit = '0';
	struct br_str name;

	br_assert(br_json_kind(list) == BR_JSON_ARRAY);
	BR_JSON_EACH (item, list) {
		if (digit == '0' + LIST_ITEMS_MAX ||
			!name_join(channel, '.', (struct br_str){&digit, 1}, buffer, &name)) {
			br_adapter_refuse(call, BR_SENSOR_REFUSAL_READINGS, channel);
			return;
		}
		buffer[name.n - 1] = ++digit;
		br_member_take(call, member, name, item, units);
	}
}

/* One sensor's object; its members become the channels `<sensor>.<member>`. */
static void sensor_take(struct br_adapter_call *call, struct br_str sensor,
	const struct br_json *object, const struct br_member_units *units)
{
	char buffer[NAME_BYTES_MAX];
	struct br_str channel;

	br_assert(br_json_kind(object) == BR_JSON_OBJECT);
	BR_JSON_EACH (value, object) {
		struct br_str name = br_json_name(value);
		const struct br_member *member = member_find(members, BR_ARRAY_LEN(members), name);

		if (member == NULL)
			continue;
		if (sensor.n == 0 || !name_join(sensor, '.', name, buffer, &channel))
			br_adapter_refuse(call, BR_SENSOR_REFUSAL_NAME, sensor);
		else if (br_json_kind(value) == BR_JSON_ARRAY)
			list_take(call, member, channel, value, units);
		else
			br_member_take(call, member, channel, value, units);
	}
}

/* What a device behind the bridge is called: its name is inside, else the key, else its address. */
static struct br_str zigbee_name(struct br_str key, const struct br_json *object)
{
	struct br_str name = key;

	br_assert(br_json_kind(object) == BR_JSON_OBJECT);
	if (br_json_string(br_json_member(object, "Name"), &name) || key.n > 0)
		return name;
	if (!br_json_string(br_json_member(object, "Device"), &name))
		return (struct br_str){NULL, 0};
	return name;
}

/* Makes the device behind the bridge the call's device; false, and refused, without a name. */
static bool zigbee_device_enter(
	struct br_adapter_call *call, struct br_str name, char buffer[NAME_BYTES_MAX])
{
	struct br_str id;

	br_assert(call->device.n > 0);
	if (name.n == 0 || !name_join(call->device, '/', name, buffer, &id)) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_NAME, BR_STR("ZbReceived"));
		return false;
	}
	return br_adapter_call_device(call, id);
}

static void zigbee_device_take(struct br_adapter_call *call, struct br_str key,
	const struct br_json *object, const struct br_member_units *outer)
{
	struct br_member_units units = *outer;
	struct br_str bridge = call->device;
	char buffer[NAME_BYTES_MAX];

	br_assert(bridge.n > 0);
	if (!zigbee_device_enter(call, zigbee_name(key, object), buffer))
		return;
	if (unit_is(object, "PressureUnit", "mmHg"))
		units.pressure_factor = HPA_PER_MMHG;
	BR_JSON_EACH (value, object) {
		struct br_str channel = br_json_name(value);
		const struct br_member *member =
			br_member_find(zigbee_members, BR_ARRAY_LEN(zigbee_members), channel);

		if (member != NULL)
			br_member_take(call, member, channel, value, &units);
	}
	call->device = bridge;
}

/* {"<device>":{…}, …}, or with SetOption119 the device's own object. */
static void zigbee_take(struct br_adapter_call *call, const struct br_json *received,
	const struct br_member_units *units)
{
	bool inner = false;

	br_assert(call->device.n > 0);
	BR_JSON_EACH (object, received) {
		if (br_json_kind(object) != BR_JSON_OBJECT)
			continue;
		zigbee_device_take(call, br_json_name(object), object, units);
		inner = true;
	}
	if (inner)
		return;
	if (br_json_kind(br_json_member(received, "Device")) == BR_JSON_STRING ||
		br_json_kind(br_json_member(received, "Name")) == BR_JSON_STRING)
		zigbee_device_take(call, (struct br_str){NULL, 0}, received, units);
	else
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, BR_STR("ZbReceived"));
}

/*
 * A body: sensors as objects, switches and units beside them. The same walk serves SENSOR, STATE
 * (whose only object of interest is Wifi) and RESULT (switches and buttons).
 */
static void body_take(struct br_adapter_call *call, const struct br_json *body)
{
	struct br_member_units units;

	br_assert(br_json_kind(body) == BR_JSON_OBJECT);
	clock_take(call, body);
	units_read(own(call->adapter), body, &units);
	BR_JSON_EACH (value, body) {
		struct br_str name = br_json_name(value);
		const struct br_json *action = br_json_member(value, "Action");

		if (br_str_is(name, "ZbReceived"))
			zigbee_take(call, value, &units);
		else if (action != NULL)
			br_member_take(call, &action_member, name, action, NULL);
		else if (br_json_kind(value) == BR_JSON_OBJECT)
			sensor_take(call, name, value, &units);
		else if (is_numbered(name, "POWER") || is_numbered(name, "Switch"))
			br_member_take(call, &switch_member, name, value, NULL);
		else if (br_str_is(name, "Vcc"))
			br_member_take(call,
				br_member_find(members, BR_ARRAY_LEN(members), BR_STR("Voltage")),
				name, value, NULL);
	}
}

/* Parses the payload and walks the object under `wrapper`, or the whole when that is NULL. */
static int json_take(struct br_adapter_call *call, const char *wrapper)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	const struct br_json *body;
	int error;

	br_assert(call->device.n > 0);
	if (call->message->payload.n == 0)
		return 0;
	error = br_json_parse(call->message->payload, &json, NULL);
	if (error == BR_E_INVALID) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_JSON, (struct br_str){NULL, 0});
		return 0;
	}
	if (error != 0)
		return error;
	body = wrapper != NULL ? br_json_member(json, wrapper) : json;
	if (br_json_kind(body) == BR_JSON_OBJECT)
		body_take(call, body);
	else
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, br_str_from(wrapper));
	return 0;
}

/* With SetOption118 the word ZbReceived stands in the topic and the payload is its content. */
static int zigbee_topic_take(struct br_adapter_call *call)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_member_units units = {.fahrenheit = false};
	int error = br_json_parse(call->message->payload, &json, NULL);

	br_assert(error <= 0);
	if (error == BR_E_INVALID)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_JSON, (struct br_str){NULL, 0});
	else if (error == 0)
		zigbee_take(call, json, &units);
	return error == BR_E_INVALID ? 0 : error;
}

static int will_take(struct br_adapter_call *call)
{
	struct br_str payload = call->message->payload;

	br_assert(call->device.n > 0);
	if (payload.n == 6 && strncasecmp(payload.s, "online", 6) == 0)
		br_adapter_emit_state(call, true);
	else if (payload.n == 7 && strncasecmp(payload.s, "offline", 7) == 0)
		br_adapter_emit_state(call, false);
	else if (payload.n > 0)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_SHAPE, BR_STR("LWT"));
	return 0;
}

static int tele_take(struct br_adapter_call *call, struct br_str what)
{
	br_assert(call->device.n > 0);
	if (br_str_is(what, "LWT"))
		return will_take(call);
	if (br_str_is(what, "ZbReceived"))
		return zigbee_topic_take(call);
	if (br_str_is(what, "SENSOR") || br_str_is(what, "STATE") || br_str_is(what, "RESULT"))
		return json_take(call, NULL);
	return 0;
}

static int stat_take(struct br_adapter_call *call, struct br_str what)
{
	br_assert(call->device.n > 0);
	if (is_numbered(what, "POWER"))
		br_member_take_text(call, &switch_member, what, call->message->payload, NULL);
	else if (br_str_is(what, "RESULT"))
		return json_take(call, NULL);
	else if (br_str_is(what, "STATUS8") || br_str_is(what, "STATUS10"))
		return json_take(call, "StatusSNS");
	else if (br_str_is(what, "STATUS11"))
		return json_take(call, "StatusSTS");
	return 0;
}

static int tasmota_take(struct br_adapter *adapter, const struct br_sensor_message *message,
	const struct br_adapter_sink *sink)
{
	struct br_tasmota_topic topic;
	struct br_adapter_call call;
	struct br_str what;
	int error = 0;

	br_assert(adapter->class->take == tasmota_take);
	if (!br_tasmota_pattern_match(&own(adapter)->pattern, message->topic, &topic))
		return BR_ADAPTER_FOREIGN;
	/* With SetOption89 a Zigbee device's address stands before the last level. */
	do
		what = br_str_split(&topic.rest, '/');
	while (topic.rest.n > 0);
	br_adapter_call_init(&call, adapter, message, sink);
	if (!br_adapter_call_device(&call, topic.device))
		return br_adapter_call_outcome(&call);
	if (topic.prefix == BR_TASMOTA_TELE)
		error = tele_take(&call, what);
	else
		error = stat_take(&call, what);
	return error != 0 ? error : br_adapter_call_outcome(&call);
}

static const struct br_adapter_class tasmota_class = {.name = "tasmota",
	.destroy = tasmota_destroy,
	.take = tasmota_take,
	.payload_bytes_max = BR_SENSOR_MESSAGE_BYTES_MAX};

static int tasmota_init(
	struct tasmota *tasmota, const struct br_tasmota_settings *settings, struct br_fault *fault)
{
	struct br_str pattern = settings->full_topic;
	int offset = settings->utc_offset_min, error;

	br_assert(tasmota->adapter.filter_n == 0);
	if (offset != BR_TASMOTA_OFFSET_UNKNOWN && (offset < -840 || offset > 840))
		return br_fault_set(fault, BR_E_INVALID,
			"a Tasmota UTC offset lies between -840 and 840 minutes, not %d", offset);
	error = br_adapter_init(&tasmota->adapter, &tasmota_class, settings->source, fault);
	if (error != 0)
		return error;
	if (pattern.n == 0)
		pattern = BR_STR("%prefix%/%topic%/");
	error = br_tasmota_pattern_read(pattern, &tasmota->pattern, fault);
	if (error != 0)
		return error;
	tasmota->utc_offset_min = offset;
	tasmota->weight_in_grams = settings->weight_in_grams;
	tasmota->adapter.filter_n = 2;
	br_tasmota_pattern_filter(&tasmota->pattern, BR_TASMOTA_TELE, tasmota->adapter.filters[0]);
	br_tasmota_pattern_filter(&tasmota->pattern, BR_TASMOTA_STAT, tasmota->adapter.filters[1]);
	return 0;
}

int br_tasmota_create(const struct br_tasmota_settings *settings, struct br_adapter **ret_adapter,
	struct br_fault *fault)
{
	struct tasmota *tasmota = calloc(1, sizeof(*tasmota));
	int error;

	br_assert(br_member_table_is_sorted(members, BR_ARRAY_LEN(members)));
	br_assert(br_member_table_is_sorted(zigbee_members, BR_ARRAY_LEN(zigbee_members)));
	if (tasmota == NULL)
		return BR_E_MEMORY;
	error = tasmota_init(tasmota, settings, fault);
	if (error != 0) {
		free(tasmota);
		return error;
	}
	*ret_adapter = &tasmota->adapter;
	return 0;
}
