/* What the ledger says about devices, brought into the registry: at the start and after commits. */
#include <string.h>

#include "node/device.h"
#include "node/log.h"
#include "node/tables.h"
#include "sensors/intake_parts.h"

bool br_intake_device_split(struct br_str device, struct br_str *ret_source, struct br_str *ret_id)
{
	struct br_str rest = device;

	*ret_source = br_str_split(&rest, '/');
	*ret_id = rest;
	return ret_source->n > 0 && rest.n > 0;
}

/* The number of a device's series: the one it has, or a new one, which is kept. */
static int number_get(struct br_intake *intake, struct br_str device, uint32_t *ret_number)
{
	struct br_series_sink sink = br_intake_series_sink(intake);
	struct br_key key = br_key_of_str(device), value;
	struct br_str stored;
	uint64_t number;
	int result = sink.get(
		intake, (enum br_series_table)BR_TELEMETRY_DEVICE, br_key_str(&key), &stored);

	if (result == 0 && br_key_take_u64(&stored, &number)) {
		*ret_number = (uint32_t)number;
		return 0;
	}
	*ret_number = intake->number_next++;
	value = br_key_of_u64(*ret_number);
	return sink.put(intake, (enum br_series_table)BR_TELEMETRY_DEVICE, br_key_str(&key),
		br_key_str(&value));
}

static void limits_fill(const struct br_device_channel *channel, struct br_sensor_limits *limits)
{
	limits->has_low = channel->low != BR_LIMIT_NONE;
	limits->has_high = channel->high != BR_LIMIT_NONE;
	limits->low = limits->has_low ? channel->low : 0;
	limits->high = limits->has_high ? channel->high : 0;
	limits->delay_ms = (int64_t)channel->delay_s * 1000;
	/* A tenth of the span, or of the only limit, keeps an alarm from coming and going. */
	limits->hysteresis =
		limits->has_low && limits->has_high ? (limits->high - limits->low) / 10 : 500;
	if (limits->hysteresis < 0)
		limits->hysteresis = 0;
}

static int settings_fill(const struct br_device_adopt *adopt, struct br_sensor_settings *settings)
{
	br_sensor_settings_init(settings);
	if (!br_str_copy(adopt->name, settings->name, sizeof(settings->name)) ||
		!br_str_copy(adopt->zone, settings->zone, sizeof(settings->zone)))
		return BR_E_TOO_LARGE;
	for (uint32_t i = 0; i < adopt->channels.n; i++) {
		const struct br_device_channel *channel =
			BR_LIST_AT(adopt->channels, br_device_channel, i);
		struct br_sensor_channel_settings *to = &settings->channels[settings->channel_n];
		int result = br_sensor_channel_settings_init(to, channel->channel);

		if (result < 0 || !br_str_copy(adopt->sku, to->sku, sizeof(to->sku)))
			return BR_E_TOO_LARGE;
		limits_fill(channel, &to->limits);
		settings->channel_n++;
	}
	return 0;
}

static void device_adopt(struct br_intake *intake, const struct br_device_adopt *adopt)
{
	struct br_series_sink series = br_intake_series_sink(intake);
	struct br_sensor_settings settings;
	struct br_str source, id;
	struct br_sensor *device;
	struct br_fault fault = {""};
	uint32_t number;
	int result;

	if (!br_intake_device_split(adopt->device, &source, &id))
		return;
	result = settings_fill(adopt, &settings);
	if (result == 0)
		result = number_get(intake, adopt->device, &number);
	if (result == 0)
		result = br_registry_adopt(intake->registry, source, id, number, &settings,
			br_intake_now(intake), &device, &fault);
	if (result == 0)
		result = br_series_channels_put(device, &series);
	if (result < 0)
		br_log(BR_LOG_WARNING, "sensor", "%.*s cannot be watched: %s",
			BR_STR_ARG(adopt->device),
			fault.text[0] != '\0' ? fault.text : br_error_text(result));
}

static struct br_sensor *device_find(struct br_intake *intake, struct br_str name)
{
	struct br_str source, id;

	if (!br_intake_device_split(name, &source, &id))
		return NULL;
	return br_registry_find(intake->registry, source, id);
}

static void event_follow(struct br_intake *intake, const struct br_event *event)
{
	struct br_sensor *device;

	if (event->kind == BR_EVENT_DEVICE_ADOPTED) {
		device_adopt(intake, event->body);
		return;
	}
	if (event->kind != BR_EVENT_DEVICE_FORGOTTEN)
		return;
	device = device_find(intake, ((const struct br_device_named *)event->body)->device);
	if (device != NULL)
		br_registry_release(intake->registry, device);
}

void br_intake_follow(struct br_intake *intake)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head = br_core_head(intake->options.core);

	if (intake->followed == head || br_txn_begin(intake->options.ledger, false, &txn) < 0)
		return;
	br_assert(pthread_mutex_lock(&intake->lock) == 0);
	while (intake->followed < head) {
		struct br_event event;

		br_arena_reset(&intake->arena);
		if (br_event_get(txn, ++intake->followed, &intake->arena, &event) == 0)
			event_follow(intake, &event);
	}
	br_assert(pthread_mutex_unlock(&intake->lock) == 0);
}

/* The next number is behind the greatest that is in use. */
static void numbers_load(struct br_intake *intake, struct br_txn *txn)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	uint64_t number;

	intake->number_next = 1;
	br_scan_begin(&scan, txn, BR_TELEMETRY_DEVICE, none, none, false);
	while (br_scan_next(&scan, &key, &value))
		if (br_key_take_u64(&value, &number) && number >= intake->number_next)
			intake->number_next = (uint32_t)number + 1;
	br_scan_end(&scan);
}

/* Gives a device its channels back in the order of their numbers. */
static void channels_restore(struct br_intake *intake, struct br_txn *txn, struct br_str device)
{
	struct br_key name = br_key_of_str(device), key;
	struct br_str source, id, value;
	uint64_t number;

	if (!br_intake_device_split(device, &source, &id) ||
		br_txn_get(txn, BR_TELEMETRY_DEVICE, br_key_str(&name), &value) < 0 ||
		!br_key_take_u64(&value, &number))
		return;
	for (unsigned i = 0; i < BR_DEVICE_CHANNELS_MAX; i++) {
		br_series_key(&key, BR_SERIES_CHANNEL, (uint32_t)number, (uint8_t)i, 0, 0);
		if (br_txn_get(txn, BR_SERIES_CHANNEL, br_key_str(&key), &value) < 0 ||
			br_registry_channel_restore(
				intake->registry, source, id, i, value, br_intake_now(intake)) < 0)
			return;
	}
}

static void devices_restore(
	struct br_intake *intake, struct br_txn *ledger, struct br_txn *telemetry)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;

	br_scan_begin(&scan, ledger, BR_TABLE_DEVICE, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_device device;
		struct br_device_adopt adopt;
		struct br_sensor *sensor;

		br_arena_reset(&intake->arena);
		if (br_record_decode(&br_device_shape, value, &intake->arena, &device) < 0)
			continue;
		adopt = (struct br_device_adopt){
			device.device, device.name, device.zone, device.sku, device.channels};
		channels_restore(intake, telemetry, device.device);
		device_adopt(intake, &adopt);
		sensor = device_find(intake, device.device);
		if (sensor != NULL && device.state == BR_DEVICE_LOST)
			br_rule_restore_lost(sensor, device.since);
	}
	br_scan_end(&scan);
}

static void alarms_restore(struct br_intake *intake, struct br_txn *ledger)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;

	br_scan_begin(&scan, ledger, BR_TABLE_ALARM, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_sensor_channel *channel;
		struct br_sensor *device;
		struct br_alarm alarm;
		enum br_rule rule;

		br_arena_reset(&intake->arena);
		if (br_record_decode(&br_alarm_shape, value, &intake->arena, &alarm) < 0 ||
			alarm.cleared != 0 || !br_rule_from(alarm.rule, &rule))
			continue;
		device = device_find(intake, alarm.device);
		channel = device != NULL ? br_sensor_channel_find(device, alarm.channel) : NULL;
		if (channel != NULL)
			br_rule_restore_alarm(channel, rule, alarm.raised);
	}
	br_scan_end(&scan);
}

int br_intake_restore(struct br_intake *intake, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *ledger = NULL;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *telemetry = NULL;

	if (br_txn_begin(intake->options.ledger, false, &ledger) < 0 ||
		br_txn_begin(intake->options.telemetry, false, &telemetry) < 0)
		return br_fault_set(fault, BR_E_IO, "the store cannot be read");
	numbers_load(intake, telemetry);
	devices_restore(intake, ledger, telemetry);
	alarms_restore(intake, ledger);
	intake->followed = br_core_head(intake->options.core);
	return br_intake_commit(intake);
}
