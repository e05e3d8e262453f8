#include "sensors/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crypto.h"
#include "node/log.h"
#include "node/metrics.h"
#include "sensors/intake_parts.h"
#include "sensors/tasmota.h"
#include "sensors/zigbee2mqtt.h"

/* After a failed commit the telemetry is left alone for so long. */
#define PAUSE_MS 60000

struct br_store_options br_telemetry_options(void)
{
	static const char *tables[BR_TELEMETRY_TABLES];

	for (unsigned i = 0; i < BR_SERIES_TABLES; i++)
		tables[i] = br_series_table_names[i];
	tables[BR_TELEMETRY_DEVICE] = "device";
	return (struct br_store_options){
		.tables = tables,
		.table_n = BR_TELEMETRY_TABLES,
		.map_bytes = BR_TELEMETRY_MAP_BYTES,
		.meta_sync_off = true,
		.layout = 1,
	};
}

struct br_sensor_moment br_intake_now(const struct br_intake *intake)
{
	const struct br_clock *clock = intake->options.clock;

	return (struct br_sensor_moment){
		clock->wall_ms(clock->context), clock->boot_ms(clock->context)};
}

bool br_intake_device_split(struct br_str device, struct br_str *ret_source, struct br_str *ret_id)
{
	struct br_str rest = device;

	*ret_source = br_str_split(&rest, '/');
	*ret_id = rest;
	return ret_source->n > 0 && rest.n > 0;
}

struct br_sensor *br_intake_device_find(struct br_intake *intake, struct br_str name)
{
	struct br_str source, id;

	if (!br_intake_device_split(name, &source, &id))
		return NULL;
	return br_registry_find(intake->registry, source, id);
}

struct br_txn *br_intake_txn(struct br_intake *intake)
{
	if (intake->txn == NULL && br_txn_begin(intake->options.telemetry, true, &intake->txn) < 0)
		return NULL;
	return intake->txn;
}

static bool is_paused(const struct br_intake *intake)
{
	return intake->pause_boot_ms > br_intake_now(intake).boot_ms;
}

static int series_put(
	void *context, enum br_series_table table, struct br_str key, struct br_str value)
{
	struct br_intake *intake = context;
	struct br_txn *txn;

	br_assert(key.n > 0);
	if (is_paused(intake))
		return 0;
	txn = br_intake_txn(intake);
	if (txn == NULL)
		return BR_E_IO;
	br_txn_put(txn, table, key, value);
	return br_txn_error(txn);
}

static int series_get(
	void *context, enum br_series_table table, struct br_str key, struct br_str *ret_value)
{
	struct br_intake *intake = context;
	struct br_txn *txn;

	br_assert(key.n > 0);
	if (is_paused(intake))
		return BR_E_NOT_FOUND;
	txn = br_intake_txn(intake);
	return txn == NULL ? BR_E_IO : br_txn_get(txn, table, key, ret_value);
}

struct br_series_sink br_intake_series_sink(struct br_intake *intake)
{
	return (struct br_series_sink){series_put, series_get, intake};
}

/* Ends the record of the message, or of the device, at hand. */
static void record_end(struct br_intake *intake)
{
	struct br_series_sink series = br_intake_series_sink(intake);

	/* Telemetry is not state: what cannot be stored is lost, and the commit says so. */
	if (intake->record_device != NULL)
		(void)!br_series_record_put(&intake->record, intake->record_device, &series);
	br_assert(intake->record.n == 0);
	intake->record_device = NULL;
}

/* A reading that the registry took: series and rules. */
static void reading_follow(struct br_intake *intake, const struct br_registry_taken *taken)
{
	struct br_series_sink series = br_intake_series_sink(intake);
	struct br_rule_sink rules = br_intake_rule_sink(intake);

	br_assert(taken->device != NULL && taken->channel != NULL);
	/* Strangers have no series, and may be forgotten at any time. */
	if (!taken->device->adopted)
		return;
	if (intake->record_device != taken->device)
		record_end(intake);
	intake->record_device = taken->device;
	(void)!br_series_add(&intake->record, taken, &series);
	if (taken->is_new)
		(void)!br_series_channels_put(taken->device, &series);
	br_rule_reading(taken, intake->message_now, &rules);
}

static void reading_take(void *context, const struct br_reading *reading)
{
	struct br_intake *intake = context;
	struct br_registry_taken taken;
	int result;

	/* One reading at a time, so that a long message keeps no other thread waiting. */
	br_mutex_lock(&intake->lock);
	result = br_registry_take(intake->registry, reading, intake->message_now, &taken);
	if (result == 0)
		reading_follow(intake, &taken);
	br_mutex_unlock(&intake->lock);
	br_metric_add(result == 0 ? BR_METRIC_SENSOR_READINGS : BR_METRIC_SENSOR_REFUSED, 1);
}

static void presence_take(void *context, const struct br_presence *presence)
{
	struct br_intake *intake = context;
	struct br_sensor *device = NULL;
	char former[BR_SENSOR_NAME_BYTES] = "";

	br_mutex_lock(&intake->lock);
	/* A device may move or go with this: what was gathered for it is put first. */
	record_end(intake);
	if (presence->change == BR_PRESENCE_RENAMED)
		device = br_registry_find(intake->registry, presence->source, presence->former);
	if (device != NULL)
		br_sensor_name(device, former);
	(void)!br_registry_presence(intake->registry, presence, intake->message_now);
	/* The one that has the new id now is the one that was renamed, or an older holder. */
	if (device != NULL && device->adopted && br_str_is(presence->device, device->id))
		br_intake_device_renamed(intake, device, former);
	br_mutex_unlock(&intake->lock);
}

static void refused_count(
	void *context BR_UNUSED, enum br_sensor_refusal reason, struct br_str what)
{
	br_metric_add(BR_METRIC_SENSOR_REFUSED, 1);
	br_log(BR_LOG_DEBUG, "sensor", "message refused: %s: %.*s", br_sensor_refusal_text(reason),
		BR_STR_ARG(what));
}

void br_intake_message(void *owner, const struct br_message *message)
{
	struct br_intake *intake = owner;
	struct br_sensor_message sensor = {
		.topic = message->topic,
		.payload = message->payload,
		.retained = message->retained,
	};
	struct br_adapter_sink sink = {reading_take, presence_take, refused_count, intake};
	int outcome = BR_ADAPTER_FOREIGN;

	intake->message_now = br_intake_now(intake);
	sensor.received_ms = intake->message_now.wall_ms;
	for (unsigned i = 0; i < intake->adapter_n && outcome == BR_ADAPTER_FOREIGN; i++)
		outcome = br_adapter_take(intake->adapters[i], &sensor, &sink);
	record_end(intake);
	/* Nothing of one message waits for the next one. */
	br_assert(intake->record_device == NULL);
	if (outcome == BR_ADAPTER_FOREIGN)
		br_metric_add(BR_METRIC_BUS_UNKNOWN_TOPIC, 1);
}

void br_intake_connected(struct br_intake *intake, bool connected)
{
	intake->hears = connected;
	if (!connected)
		return;
	br_mutex_lock(&intake->lock);
	br_registry_resume(intake->registry, br_intake_now(intake));
	br_mutex_unlock(&intake->lock);
}

/* Device by device, so that no other thread waits for all of them. */
static void rules_tick(struct br_intake *intake)
{
	struct br_rule_sink rules = br_intake_rule_sink(intake);
	struct br_sensor_moment now = br_intake_now(intake);
	struct br_sensor *device;
	unsigned cursor = 0;

	while ((device = br_registry_next(intake->registry, &cursor)) != NULL) {
		if (!device->adopted)
			continue;
		br_mutex_lock(&intake->lock);
		br_rule_device_tick(device, now, &rules);
		br_mutex_unlock(&intake->lock);
	}
}

void br_intake_tick(struct br_intake *intake)
{
	br_assert(intake->registry != NULL);
	/* While nothing can be heard, silence says nothing. */
	if (intake->hears)
		rules_tick(intake);
	if (intake->orphans)
		br_intake_orphans_clear(intake);
	if (intake->renew && !is_paused(intake))
		br_intake_renew(intake);
	br_intake_minutes_close(intake);
	br_intake_summarise(intake);
	br_intake_expire(intake);
	br_metric_set(BR_METRIC_SENSORS, br_registry_counts(intake->registry).devices);
}

void br_intake_flush(struct br_intake *intake)
{
	struct br_series_sink series = br_intake_series_sink(intake);

	br_mutex_lock(&intake->lock);
	(void)!br_series_flush(intake->registry, BR_TIME_MAX_MS, &series);
	br_mutex_unlock(&intake->lock);
	if (br_intake_commit(intake) < 0)
		br_log(BR_LOG_WARNING, "telemetry", "the last minute could not be stored");
}

int br_intake_commit(struct br_intake *intake)
{
	int result;

	if (intake->txn == NULL)
		return 0;
	result = br_txn_commit(BR_TAKE(intake->txn));
	if (result < 0) {
		/* A disk that is full is not asked at every reading; what makes room goes on. */
		intake->pause_boot_ms = br_intake_now(intake).boot_ms + PAUSE_MS;
		intake->renew = true;
	}
	return result;
}

const struct br_registry *br_intake_lock(struct br_intake *intake)
{
	br_mutex_lock(&intake->lock);
	return intake->registry;
}

void br_intake_unlock(struct br_intake *intake)
{
	br_mutex_unlock(&intake->lock);
}

const char *br_intake_filter(const struct br_intake *intake, unsigned number)
{
	br_assert(intake->adapter_n <= BR_INTAKE_ADAPTERS_MAX);
	for (unsigned i = 0; i < intake->adapter_n; i++) {
		unsigned n = intake->adapters[i]->filter_n;

		if (number < n)
			return br_adapter_filter(intake->adapters[i], number);
		number -= n;
	}
	return NULL;
}

static int adapters_create(struct br_intake *intake, struct br_fault *fault)
{
	const struct br_intake_options *options = &intake->options;
	struct br_zigbee2mqtt_settings zigbee = {
		.source = BR_STR("zigbee2mqtt"), .base = br_str_from(options->zigbee2mqtt_base)};
	struct br_tasmota_settings tasmota = {.source = BR_STR("tasmota"),
		.full_topic = br_str_from(options->tasmota_topic),
		.utc_offset_min = options->utc_offset_min,
		.weight_in_grams = options->tasmota_grams};
	int result = 0;

	br_assert(intake->adapter_n == 0);
	if (zigbee.base.n > 0) {
		result = br_zigbee2mqtt_create(&zigbee, &intake->adapters[0], fault);
		intake->adapter_n += result == 0;
	}
	if (result == 0 && tasmota.full_topic.n > 0) {
		result = br_tasmota_create(&tasmota, &intake->adapters[intake->adapter_n], fault);
		intake->adapter_n += result == 0;
	}
	br_assert(intake->adapter_n <= BR_INTAKE_ADAPTERS_MAX);
	return result;
}

/* Digits that no other start has: ids of commands begin with them. */
static int start_choose(struct br_intake *intake)
{
	unsigned char bytes[(sizeof(intake->start) - 1) / 2];
	int result = br_random(bytes, sizeof(bytes));

	for (size_t i = 0; i < sizeof(bytes) && result == 0; i++)
		(void)snprintf(intake->start + 2 * i, 3, "%02x", bytes[i]);
	br_assert(result < 0 || strlen(intake->start) == sizeof(intake->start) - 1);
	return result;
}

int br_intake_create(const struct br_intake_options *options, struct br_intake **ret_intake,
	struct br_fault *fault)
{
	BR_CLEANUP(br_intake_cleanup) struct br_intake *intake = calloc(1, sizeof(*intake));
	int result;

	br_assert(options->zigbee2mqtt_base != NULL && options->tasmota_topic != NULL);
	if (intake == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	intake->options = *options;
	br_mutex_init(&intake->lock);
	br_arena_init(&intake->arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_arena_init(&intake->events, BR_COMMAND_ARENA_BYTES_MAX);
	result = start_choose(intake);
	if (result == 0)
		result = br_registry_create(BR_SENSOR_DEVICES_MAX, &intake->registry);
	if (result < 0)
		return br_fault_set(fault, result, "sensors: %s", br_error_text(result));
	result = adapters_create(intake, fault);
	if (result == 0)
		result = br_intake_restore(intake, fault);
	if (result == 0)
		*ret_intake = BR_TAKE(intake);
	return result;
}

void br_intake_destroy(struct br_intake *intake)
{
	if (intake == NULL)
		return;
	br_txn_abort(intake->txn);
	for (unsigned i = 0; i < intake->adapter_n; i++)
		br_adapter_destroy(intake->adapters[i]);
	br_registry_destroy(intake->registry);
	br_arena_finish(&intake->arena);
	br_arena_finish(&intake->events);
	br_mutex_finish(&intake->lock);
	free(intake);
}
