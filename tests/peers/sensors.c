#include "tests/peers/sensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/json_out.h"
#include "tests/peers/random.h"

#define TOPIC_BYTES 128
#define LIST_BYTES_MAX (4 * 1024 * 1024)
#define ITEM_GRAMS_PER_RAW 10

struct device {
	struct peer_sensors *sensors;
	enum peer_sensor_kind kind;
	unsigned number; /* among its kind, from 0 */
	char name[48];
	const struct peer_sensor_fault *fault;
	bool last;     /* the last zigbee device: falls silent with that fault */
	bool was_open; /* doors report when they move */
	struct peer_timer timer;
};

struct peer_sensors {
	struct peer_loop *loop;
	struct peer_mqtt *mqtt;
	struct peer_sensors_settings settings;
	struct peer_random random;
	struct device *devices;
	int64_t start_ms;
	uint64_t sent;
	struct br_text text;
};

static const struct peer_sensor_fault no_fault;

static const struct {
	const char *word; /* in --fault, and in the names */
	const char *model, *vendor;
} kinds[PEER_SENSOR_KINDS] = {
	[PEER_COOLER] = {"cooler", "WSDCGQ11LM", "Aqara"},
	[PEER_FREEZER] = {"freezer", "SNZB-02D", "SONOFF"},
	[PEER_DOOR] = {"door", "MCCGQ11LM", "Aqara"},
	[PEER_CLIMATE] = {"room", "WSDCGQ11LM", "Aqara"},
	[PEER_PROBE] = {"probe", NULL, NULL},
	[PEER_WEIGHT] = {"shelf", NULL, NULL},
};

/* Of ten devices: three coolers, two freezers, a door, a room, a probe and two shelves. */
static const enum peer_sensor_kind dealt[10] = {PEER_COOLER, PEER_WEIGHT, PEER_FREEZER, PEER_DOOR,
	PEER_COOLER, PEER_CLIMATE, PEER_PROBE, PEER_FREEZER, PEER_COOLER, PEER_WEIGHT};

enum peer_sensor_kind peer_sensor_kind_of(int64_t i)
{
	return dealt[i % 10];
}

static unsigned number_of(int64_t i)
{
	unsigned number = 0;

	for (int64_t j = i % 10; j-- > 0;)
		number += dealt[j] == dealt[i % 10];
	for (int64_t j = 0; j < 10; j++)
		number += (unsigned)(i / 10) * (dealt[j] == dealt[i % 10]);
	return number;
}

static bool is_zigbee(enum peer_sensor_kind kind)
{
	return kind != PEER_PROBE && kind != PEER_WEIGHT;
}

void peer_sensor_name(int64_t i, char *buffer, size_t size)
{
	static const char *const goods[] = {"dairy", "meat", "fish", "drinks", "ready-meals"};
	enum peer_sensor_kind kind = peer_sensor_kind_of(i);
	unsigned number = number_of(i);

	/* zigbee2mqtt lets people put a '/' into names, and they do; Tasmota topics have none. */
	if (kind == PEER_COOLER || kind == PEER_FREEZER)
		(void)snprintf(buffer, size, "%s/%s-%u", kinds[kind].word,
			goods[number % BR_ARRAY_LEN(goods)], number / 5 + 1);
	else
		(void)snprintf(buffer, size, "%s%c%u", kinds[kind].word,
			is_zigbee(kind) ? '/' : '-', number + 1);
}

bool peer_sensor_fault_read(const char *text, struct peer_sensors_settings *settings)
{
	struct br_str rest = br_str_from(text), word = br_str_split(&rest, '=');
	struct br_str from = br_str_split(&rest, ':');
	struct peer_sensor_fault fault = {.set = true}, *place = NULL;

	if (br_str_is(word, "silent"))
		place = &settings->silent;
	for (int kind = 0; kind < PEER_SENSOR_KINDS; kind++)
		if (br_str_is(word, kinds[kind].word))
			place = &settings->faults[kind];
	if (place == NULL || !br_str_to_i64(from, &fault.from_s) || fault.from_s < 0 ||
		(rest.n > 0 && (!br_str_to_i64(rest, &fault.length_s) || fault.length_s < 1)))
		return false;
	*place = fault;
	return true;
}

static double at_s(const struct peer_sensors *sensors)
{
	return (double)(peer_loop_now(sensors->loop) - sensors->start_ms) / 1000 *
	       sensors->settings.speed;
}

/* Faults are told in real seconds; the curves run on their own, faster clock. */
static struct peer_sensor_fault fault_scaled(const struct device *device)
{
	struct peer_sensor_fault fault = *device->fault;

	fault.from_s = (int64_t)((double)fault.from_s * device->sensors->settings.speed);
	fault.length_s = (int64_t)((double)fault.length_s * device->sensors->settings.speed);
	return fault;
}

static void publish(
	struct peer_sensors *sensors, const char *topic, struct br_str text, int qos, bool retained)
{
	if (peer_mqtt_is_up(sensors->mqtt) &&
		peer_mqtt_publish(sensors->mqtt, topic, text, qos, retained, NULL) == 0)
		sensors->sent++;
}

/* Two decimals, as the devices' firmware rounds. */
static void rounded(struct br_json_out *out, const char *name, double value)
{
	br_json_out_double(out, name, round(value * 100) / 100);
}

static void temperature_write(struct device *device, struct br_json_out *out, bool whole,
	double temperature, double now_s)
{
	rounded(out, "temperature", temperature);
	if (!whole)
		return;
	rounded(out, "humidity", peer_curve_humidity(device->kind, device->number, now_s));
	br_json_out_i64(out, "battery", 100 - (int64_t)(device->number * 7 % 40));
	br_json_out_i64(out, "voltage", 3005 - (int64_t)device->number % 90);
}

static void zigbee_report(struct device *device)
{
	struct peer_sensors *sensors = device->sensors;
	struct peer_sensor_fault fault = fault_scaled(device);
	double now_s = at_s(sensors);
	bool whole = peer_random_hit(&sensors->random, 0.8);
	char topic[TOPIC_BYTES];
	struct br_json_out out;

	if (device->last &&
		peer_fault_is_on(&sensors->settings.silent, now_s / sensors->settings.speed))
		return;
	br_text_clear(&sensors->text);
	br_json_out_begin(&out, &sensors->text);
	br_json_out_object(&out, NULL);
	if (device->kind == PEER_DOOR) {
		device->was_open = peer_curve_door_open(device->number, now_s, &fault);
		br_json_out_bool(&out, "contact", !device->was_open);
		if (whole)
			br_json_out_i64(&out, "battery", 91);
	} else {
		temperature_write(device, &out, whole,
			peer_curve_temperature(device->kind, device->number, now_s, &fault), now_s);
	}
	br_json_out_i64(&out, "linkquality", peer_random_range(&sensors->random, 60, 180));
	br_json_out_end(&out);
	(void)snprintf(topic, sizeof(topic), "%s/%s", sensors->settings.zigbee_base, device->name);
	publish(sensors, topic, br_text_str(&sensors->text), 0, false);
}

/* Tasmota's clock: the local time, with nothing that says which. */
static void local_time_write(struct br_json_out *out)
{
	time_t now = (time_t)(peer_wall_ms() / 1000);
	struct tm parts;
	char text[32];

	br_assert(localtime_r(&now, &parts) != NULL);
	br_assert(strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts) > 0);
	br_json_out_puts(out, "Time", text);
}

static void tasmota_report(struct device *device)
{
	struct peer_sensors *sensors = device->sensors;
	struct peer_sensor_fault fault = fault_scaled(device);
	double now_s = at_s(sensors), piece_kg;
	char topic[TOPIC_BYTES];
	struct br_json_out out;

	br_text_clear(&sensors->text);
	br_json_out_begin(&out, &sensors->text);
	br_json_out_object(&out, NULL);
	local_time_write(&out);
	if (device->kind == PEER_PROBE) {
		br_json_out_object(&out, "DS18B20");
		br_json_out_puts(&out, "Id", "3C01F0964E9D");
		/* A probe whose wire broke reports null, in good faith, for ever. */
		if (peer_fault_is_on(&fault, now_s))
			br_json_out_null(&out, "Temperature");
		else
			rounded(&out, "Temperature",
				peer_curve_temperature(
					device->kind, device->number, now_s, &no_fault));
		br_json_out_end(&out);
		br_json_out_puts(&out, "TempUnit", "C");
	} else {
		unsigned pieces = peer_curve_pieces(device->number, now_s, &piece_kg);
		double kg = pieces * piece_kg + 0.002 * (peer_random_share(&sensors->random) - 0.5);

		br_json_out_object(&out, "HX711");
		br_json_out_u64(&out, "Count", pieces);
		br_json_out_double(&out, "Weight", round(kg * 1000) / 1000);
		br_json_out_i64(&out, "WeightRaw", (int64_t)(kg * 1000 * ITEM_GRAMS_PER_RAW));
		br_json_out_i64(
			&out, "AbsRaw", 8000000 + (int64_t)(kg * 1000 * ITEM_GRAMS_PER_RAW));
		br_json_out_end(&out);
		br_json_out_puts(&out, "WeightUnit", "kg");
	}
	br_json_out_end(&out);
	(void)snprintf(topic, sizeof(topic), "tele/%s/SENSOR", device->name);
	publish(sensors, topic, br_text_str(&sensors->text), 0, false);
}

/* Doors look at themselves every second and speak when they moved; the others speak in turn. */
static void device_fired(void *context)
{
	struct device *device = context;
	struct peer_sensors *sensors = device->sensors;
	struct peer_sensor_fault fault = fault_scaled(device);
	double mean_ms = sensors->settings.every_s * 1000;
	double next_ms = mean_ms * (0.8 + 0.4 * peer_random_share(&sensors->random));

	if (device->kind == PEER_DOOR) {
		next_ms = 1000;
		if (peer_curve_door_open(device->number, at_s(sensors), &fault) !=
				device->was_open ||
			peer_random_hit(&sensors->random, 1000 / (mean_ms + 1000)))
			zigbee_report(device);
	} else if (is_zigbee(device->kind)) {
		zigbee_report(device);
	} else {
		tasmota_report(device);
	}
	peer_timer_set(sensors->loop, &device->timer, next_ms > 1 ? (int64_t)next_ms : 1);
}

static void exposes_write(struct br_json_out *out, enum peer_sensor_kind kind)
{
	static const struct {
		const char *type, *name, *unit;
	} exposes[] = {{"numeric", "temperature",
			       "\xC2\xB0"
			       "C"},
		{"numeric", "humidity", "%"}, {"numeric", "battery", "%"},
		{"binary", "contact", NULL}};

	br_json_out_array(out, "exposes");
	for (size_t i = 0; i < BR_ARRAY_LEN(exposes); i++) {
		bool door = kind == PEER_DOOR;

		if ((i == 3) != door && !(door && i == 2))
			continue;
		br_json_out_object(out, NULL);
		br_json_out_puts(out, "type", exposes[i].type);
		br_json_out_puts(out, "name", exposes[i].name);
		br_json_out_puts(out, "property", exposes[i].name);
		if (exposes[i].unit != NULL)
			br_json_out_puts(out, "unit", exposes[i].unit);
		br_json_out_i64(out, "access", 1);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

static void coordinator_write(struct br_json_out *out)
{
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "ieee_address", "0x00124b00120144ae");
	br_json_out_puts(out, "type", "Coordinator");
	br_json_out_i64(out, "network_address", 0);
	br_json_out_bool(out, "supported", false);
	br_json_out_puts(out, "friendly_name", "Coordinator");
	br_json_out_null(out, "definition");
	br_json_out_bool(out, "interview_completed", true);
	br_json_out_end(out);
}

static void device_write(struct br_json_out *out, const struct device *device, int64_t i)
{
	char address[24];

	(void)snprintf(address, sizeof(address), "0x00158d%010" PRIx64,
		((uint64_t)i + 0x1000) & 0xFFFFFFFFFF);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "ieee_address", address);
	br_json_out_puts(out, "type", "EndDevice");
	br_json_out_i64(out, "network_address", 20000 + i);
	br_json_out_bool(out, "supported", true);
	br_json_out_puts(out, "friendly_name", device->name);
	br_json_out_object(out, "definition");
	br_json_out_puts(out, "model", kinds[device->kind].model);
	br_json_out_puts(out, "vendor", kinds[device->kind].vendor);
	exposes_write(out, device->kind);
	br_json_out_end(out);
	br_json_out_puts(out, "power_source", "Battery");
	br_json_out_bool(out, "interview_completed", true);
	br_json_out_end(out);
}

static void list_say(struct peer_sensors *sensors)
{
	char topic[TOPIC_BYTES];
	struct br_json_out out;
	struct br_text list;

	br_text_init(&list, LIST_BYTES_MAX);
	br_json_out_begin(&out, &list);
	br_json_out_array(&out, NULL);
	coordinator_write(&out);
	for (int64_t i = 0; i < sensors->settings.sensors; i++)
		if (is_zigbee(sensors->devices[i].kind))
			device_write(&out, &sensors->devices[i], i);
	br_json_out_end(&out);
	br_assert(br_text_error(&list) == 0);
	(void)snprintf(topic, sizeof(topic), "%s/bridge/devices", sensors->settings.zigbee_base);
	publish(sensors, topic, br_text_str(&list), 0, true);
	br_text_finish(&list);
}

static const char *state_text(const struct peer_sensors *sensors, bool online)
{
	if (sensors->settings.zigbee_1x)
		return online ? "online" : "offline";
	return online ? "{\"state\":\"online\"}" : "{\"state\":\"offline\"}";
}

/* The retained words on who is there, for the bridge and for every device. */
static void presence_say(struct peer_sensors *sensors, bool online)
{
	const char *base = sensors->settings.zigbee_base;
	char topic[TOPIC_BYTES];

	(void)snprintf(topic, sizeof(topic), "%s/bridge/state", base);
	publish(sensors, topic, br_str_from(state_text(sensors, online)), 1, true);
	for (int64_t i = 0; i < sensors->settings.sensors; i++) {
		const struct device *device = &sensors->devices[i];

		if (!is_zigbee(device->kind)) {
			(void)snprintf(topic, sizeof(topic), "tele/%s/LWT", device->name);
			publish(sensors, topic, br_str_from(online ? "Online" : "Offline"), 1,
				true);
		} else if (online) {
			(void)snprintf(
				topic, sizeof(topic), "%s/%s/availability", base, device->name);
			publish(sensors, topic, br_str_from(state_text(sensors, true)), 1, true);
		}
	}
}

static void on_up(void *context)
{
	presence_say(context, true);
	list_say(context);
}

static void devices_deal(struct peer_sensors *sensors)
{
	bool seen[PEER_SENSOR_KINDS] = {false};
	struct device *last = NULL;

	for (int64_t i = 0; i < sensors->settings.sensors; i++) {
		struct device *device = &sensors->devices[i];

		device->sensors = sensors;
		device->kind = peer_sensor_kind_of(i);
		device->number = number_of(i);
		device->timer = (struct peer_timer){.fire = device_fired, .context = device};
		device->fault =
			seen[device->kind] ? &no_fault : &sensors->settings.faults[device->kind];
		seen[device->kind] = true;
		peer_sensor_name(i, device->name, sizeof(device->name));
		if (is_zigbee(device->kind))
			last = device;
		peer_timer_set(sensors->loop, &device->timer,
			(int64_t)(sensors->settings.every_s * 1000 *
				  peer_random_share(&sensors->random)));
	}
	if (last != NULL)
		last->last = true;
}

int peer_sensors_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	const struct peer_sensors_settings *settings, struct peer_sensors **ret_sensors)
{
	struct peer_sensors *sensors = calloc(1, sizeof(*sensors));
	struct peer_mqtt_events events = {.up = on_up, .context = sensors};
	struct peer_mqtt_settings with_will = *mqtt;
	char topic[TOPIC_BYTES];
	int error;

	br_assert(settings->sensors >= 1 && settings->sensors <= PEER_SENSORS_MAX);
	if (sensors == NULL)
		return BR_E_MEMORY;
	sensors->loop = loop;
	sensors->settings = *settings;
	sensors->start_ms = peer_loop_now(loop);
	sensors->devices = calloc((size_t)settings->sensors, sizeof(*sensors->devices));
	br_assert(sensors->devices != NULL);
	br_text_init(&sensors->text, 4096);
	peer_random_init(&sensors->random, settings->seed, 4);
	(void)snprintf(topic, sizeof(topic), "%s/bridge/state", settings->zigbee_base);
	with_will.will_topic = topic;
	with_will.will = state_text(sensors, false);
	with_will.will_retained = true;
	error = peer_mqtt_create(loop, &with_will, &events, &sensors->mqtt);
	if (error < 0) {
		peer_sensors_destroy(sensors);
		return error;
	}
	devices_deal(sensors);
	*ret_sensors = sensors;
	return 0;
}

void peer_sensors_destroy(struct peer_sensors *sensors)
{
	if (sensors == NULL)
		return;
	if (sensors->mqtt != NULL)
		presence_say(sensors, false);
	peer_mqtt_destroy(sensors->mqtt);
	for (int64_t i = 0; i < sensors->settings.sensors; i++)
		peer_timer_clear(sensors->loop, &sensors->devices[i].timer);
	free(sensors->devices);
	br_text_finish(&sensors->text);
	free(sensors);
}

uint64_t peer_sensors_sent(const struct peer_sensors *sensors)
{
	return sensors->sent;
}
