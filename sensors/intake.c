#include "sensors/intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/device.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/tables.h"
#include "sensors/intake_parts.h"
#include "sensors/tasmota.h"
#include "sensors/zigbee2mqtt.h"

/* Devices whose old series are looked at in one tick. */
#define EXPIRE_DEVICES 4
#define EXPIRE_ROWS_MAX 500

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

static struct br_txn *intake_txn(struct br_intake *intake)
{
	if (intake->txn == NULL && br_txn_begin(intake->options.telemetry, true, &intake->txn) < 0)
		return NULL;
	return intake->txn;
}

static int series_put(
	void *context, enum br_series_table table, struct br_str key, struct br_str value)
{
	struct br_txn *txn = intake_txn(context);

	if (txn == NULL)
		return BR_E_IO;
	br_txn_put(txn, table, key, value);
	return br_txn_error(txn);
}

static int series_get(
	void *context, enum br_series_table table, struct br_str key, struct br_str *ret_value)
{
	struct br_txn *txn = intake_txn(context);

	return txn == NULL ? BR_E_IO : br_txn_get(txn, table, key, ret_value);
}

struct br_series_sink br_intake_series_sink(struct br_intake *intake)
{
	return (struct br_series_sink){series_put, series_get, intake};
}

/* Submits an internal command at the moment `now`. */
static int command_submit(
	struct br_intake *intake, const char *type, const void *body, int64_t happened_ms)
{
	char id[BR_ID_BYTES_MAX + 1];
	struct br_command command = {
		.actor = BR_STR("rule"),
		.type = br_command_type_named(br_str_from(type)),
		.body = body,
		.happened_ms = happened_ms,
		.now_ms = br_intake_now(intake).wall_ms,
	};

	br_assert(command.type != NULL);
	(void)snprintf(id, sizeof(id), "%" PRId64 "-%" PRIu64, command.now_ms, ++intake->commands);
	command.id = br_str_from(id);
	return br_core_submit(intake->options.core, &command, NULL);
}

static int alarm_submit(struct br_intake *intake, const struct br_rule_intent *intent,
	const char *device, const char *alarm)
{
	struct br_alarm_named named = {.alarm = br_str_from(alarm)};
	struct br_alarm_raise raise = {
		.alarm = br_str_from(alarm),
		.device = br_str_from(device),
		.channel = br_str_from(intent->channel->settings.name),
		.rule = br_str_from(intent->rule_name),
		.severity = intent->rule == BR_RULE_HIGH || intent->rule == BR_RULE_LOW
				    ? BR_SEVERITY_PROBLEM
				    : BR_SEVERITY_ATTENTION,
		.text = br_str_from(intent->text),
		.value = intent->value,
	};

	if (raise.text.n > BR_NAME_BYTES_MAX)
		raise.text.n = br_utf8_cut(raise.text.s, BR_NAME_BYTES_MAX);
	if (raise.channel.n > BR_WORD_BYTES_MAX)
		raise.channel.n = br_utf8_cut(raise.channel.s, BR_WORD_BYTES_MAX);
	if (intent->what == BR_RULE_ALARM_RAISE)
		return command_submit(intake, "alarm.raise", &raise, intent->since_ms);
	return command_submit(intake, "alarm.clear", &named, 0);
}

/* What a rule concluded becomes a command; with a full turn it comes again at the next tick. */
static int intent_take(void *context, const struct br_rule_intent *intent)
{
	struct br_intake *intake = context;
	char device[BR_DEVICE_BYTES_MAX + 1];
	char alarm[BR_DEVICE_BYTES_MAX + BR_SENSOR_CHANNEL_BYTES_MAX + BR_WORD_BYTES_MAX];
	struct br_device_named named;

	if (br_core_turn_n(intake->options.core) >= BR_TURN_COMMANDS_MAX - 1)
		return BR_E_BUSY;
	(void)snprintf(device, sizeof(device), "%s/%s", intent->device->source, intent->device->id);
	named.device = br_str_from(device);
	if (intent->what == BR_RULE_DEVICE_LOST)
		return command_submit(intake, "device.lost", &named, 0);
	if (intent->what == BR_RULE_DEVICE_BACK)
		return command_submit(intake, "device.back", &named, 0);
	br_assert(intent->channel != NULL);
	(void)snprintf(alarm, sizeof(alarm), "%s/%.32s/%s", device, intent->channel->settings.name,
		intent->rule_name);
	return alarm_submit(intake, intent, device, alarm);
}

struct br_rule_sink br_intake_rule_sink(struct br_intake *intake)
{
	return (struct br_rule_sink){intent_take, intake};
}

/* A reading of the message at hand: registry, series, rules. */
static void reading_take(void *context, const struct br_reading *reading)
{
	struct br_intake *intake = context;
	struct br_series_sink series = br_intake_series_sink(intake);
	struct br_rule_sink rules = br_intake_rule_sink(intake);
	struct br_sensor_moment now = br_intake_now(intake);
	struct br_registry_taken taken;

	if (br_registry_take(intake->registry, reading, now, &taken) < 0) {
		br_metric_add(BR_METRIC_SENSOR_REFUSED, 1);
		return;
	}
	br_metric_add(BR_METRIC_SENSOR_READINGS, 1);
	if (intake->record_device != taken.device && intake->record_device != NULL)
		(void)!br_series_record_put(&intake->record, intake->record_device, &series);
	intake->record_device = taken.device;
	/* Telemetry is not state: what cannot be stored is lost, and the commit says so. */
	(void)!br_series_add(&intake->record, &taken, &series);
	if (taken.is_new && taken.device->adopted)
		(void)!br_series_channels_put(taken.device, &series);
	br_rule_reading(&taken, now, &rules);
}

static void presence_take(void *context, const struct br_presence *presence)
{
	struct br_intake *intake = context;

	/* A device may move or go with this: what was gathered for it is put first. */
	if (intake->record_device != NULL) {
		struct br_series_sink series = br_intake_series_sink(intake);

		(void)!br_series_record_put(&intake->record, intake->record_device, &series);
		intake->record_device = NULL;
	}
	(void)!br_registry_presence(intake->registry, presence, br_intake_now(intake));
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
		.received_ms = br_intake_now(intake).wall_ms,
		.retained = message->retained,
	};
	struct br_adapter_sink sink = {reading_take, presence_take, refused_count, intake};
	struct br_series_sink series = br_intake_series_sink(intake);
	int outcome = BR_ADAPTER_FOREIGN;

	br_assert(pthread_mutex_lock(&intake->lock) == 0);
	for (unsigned i = 0; i < intake->adapter_n && outcome == BR_ADAPTER_FOREIGN; i++)
		outcome = br_adapter_take(intake->adapters[i], &sensor, &sink);
	if (intake->record_device != NULL)
		(void)!br_series_record_put(&intake->record, intake->record_device, &series);
	intake->record_device = NULL;
	br_assert(pthread_mutex_unlock(&intake->lock) == 0);
	if (outcome == BR_ADAPTER_FOREIGN)
		br_metric_add(BR_METRIC_BUS_UNKNOWN_TOPIC, 1);
}

void br_intake_resume(struct br_intake *intake)
{
	br_assert(pthread_mutex_lock(&intake->lock) == 0);
	br_registry_resume(intake->registry, br_intake_now(intake));
	br_assert(pthread_mutex_unlock(&intake->lock) == 0);
}

/* Deletes what is too old between two keys, a bounded number of rows. */
static void range_expire(struct br_intake *intake, enum br_series_table table,
	const struct br_key *from, const struct br_key *to)
{
	struct br_txn *txn = intake_txn(intake);
	struct br_key doomed[64];

	for (unsigned round = 0; txn != NULL && round < EXPIRE_ROWS_MAX / 64; round++) {
		struct br_str key, value;
		struct br_scan scan;
		unsigned n = 0;

		br_scan_begin(&scan, txn, table, (struct br_str){NULL, 0}, br_key_str(from), false);
		while (n < BR_ARRAY_LEN(doomed) && br_scan_next(&scan, &key, &value) &&
			br_str_compare(key, br_key_str(to)) < 0) {
			memcpy(doomed[n].bytes, key.s, key.n);
			doomed[n++].n = key.n;
		}
		br_scan_end(&scan);
		for (unsigned i = 0; i < n; i++)
			br_txn_delete(txn, table, br_key_str(&doomed[i]));
		if (n < BR_ARRAY_LEN(doomed))
			return;
	}
}

/* A few devices a tick, round and round: no table is ever walked whole. */
static void series_expire(struct br_intake *intake, int64_t now_ms)
{
	struct br_key from, to;

	for (unsigned i = 0; i < EXPIRE_DEVICES; i++) {
		const struct br_sensor *device =
			br_registry_next(intake->registry, &intake->expire_cursor);

		if (device == NULL) {
			intake->expire_cursor = 0;
			return;
		}
		if (!device->adopted)
			continue;
		br_series_expired(BR_SERIES_RAW, device->number, 0, now_ms, &from, &to);
		range_expire(intake, BR_SERIES_RAW, &from, &to);
		for (uint8_t channel = 0; channel < device->channel_n; channel++) {
			br_series_expired(
				BR_SERIES_MINUTE, device->number, channel, now_ms, &from, &to);
			range_expire(intake, BR_SERIES_MINUTE, &from, &to);
			br_series_expired(
				BR_SERIES_HOUR, device->number, channel, now_ms, &from, &to);
			range_expire(intake, BR_SERIES_HOUR, &from, &to);
		}
	}
}

void br_intake_tick(struct br_intake *intake)
{
	struct br_series_sink series = br_intake_series_sink(intake);
	struct br_rule_sink rules = br_intake_rule_sink(intake);
	struct br_sensor_moment now = br_intake_now(intake);

	br_assert(pthread_mutex_lock(&intake->lock) == 0);
	br_rule_tick(intake->registry, now, &rules);
	(void)!br_series_flush(intake->registry, now.wall_ms, &series);
	series_expire(intake, now.wall_ms);
	br_assert(pthread_mutex_unlock(&intake->lock) == 0);
	br_metric_set(BR_METRIC_SENSORS, br_registry_counts(intake->registry).devices);
}

void br_intake_flush(struct br_intake *intake)
{
	struct br_series_sink series = br_intake_series_sink(intake);

	(void)!br_series_flush(intake->registry, BR_TIME_MAX_MS, &series);
	if (br_intake_commit(intake) < 0)
		br_log(BR_LOG_WARNING, "telemetry", "the last minute could not be stored");
}

int br_intake_commit(struct br_intake *intake)
{
	if (intake->txn == NULL)
		return 0;
	return br_txn_commit(BR_TAKE(intake->txn));
}

const struct br_registry *br_intake_lock(struct br_intake *intake)
{
	br_assert(pthread_mutex_lock(&intake->lock) == 0);
	return intake->registry;
}

void br_intake_unlock(struct br_intake *intake)
{
	br_assert(pthread_mutex_unlock(&intake->lock) == 0);
}

const char *br_intake_filter(const struct br_intake *intake, unsigned number)
{
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
		.utc_offset_min = options->utc_offset_min};
	int result = 0;

	if (zigbee.base.n > 0)
		result = br_zigbee2mqtt_create(
			&zigbee, &intake->adapters[intake->adapter_n++], fault);
	if (result == 0 && tasmota.full_topic.n > 0)
		result = br_tasmota_create(&tasmota, &intake->adapters[intake->adapter_n++], fault);
	return result;
}

int br_intake_create(const struct br_intake_options *options, struct br_intake **ret_intake,
	struct br_fault *fault)
{
	BR_CLEANUP(br_intake_cleanup) struct br_intake *intake = calloc(1, sizeof(*intake));
	int result;

	if (intake == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	intake->options = *options;
	br_assert(pthread_mutex_init(&intake->lock, NULL) == 0);
	br_arena_init(&intake->arena, BR_COMMAND_ARENA_BYTES_MAX);
	result = br_registry_create(BR_SENSOR_DEVICES_MAX, &intake->registry);
	if (result < 0)
		return br_fault_set(fault, result, "out of memory");
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
	(void)pthread_mutex_destroy(&intake->lock);
	free(intake);
}
