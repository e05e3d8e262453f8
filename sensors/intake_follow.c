/* What the ledger says about devices, brought into the registry: at the start and after commits. */
#include <string.h>

#include "node/device.h"
#include "node/log.h"
#include "node/tables.h"
#include "sensors/intake_parts.h"

/* Stores the number of a device's series. */
static int number_put(struct br_intake *intake, struct br_str device, uint32_t number)
{
	struct br_series_sink sink = br_intake_series_sink(intake);
	struct br_key key = br_key_of_str(device), value = br_key_of_u64(number);

	br_assert(number != 0);
	return sink.put(intake, (enum br_series_table)BR_TELEMETRY_DEVICE, br_key_str(&key),
		br_key_str(&value));
}

/*
 * The number of a device's series: the one it has, or a new one, which is kept. A telemetry that
 * cannot be read or written is no reason not to watch a device.
 */
static uint32_t number_get(struct br_intake *intake, struct br_str device)
{
	const struct br_sensor *known = br_intake_device_find(intake, device);
	struct br_txn *txn = br_intake_txn(intake);
	struct br_key key = br_key_of_str(device);
	struct br_str stored;
	uint64_t number;

	br_assert(intake->number_next > 0);
	if (known != NULL && known->number != 0)
		return known->number;
	if (txn != NULL && br_txn_get(txn, BR_TELEMETRY_DEVICE, br_key_str(&key), &stored) == 0 &&
		br_key_take_u64(&stored, &number) && number > 0 && number < UINT32_MAX)
		return (uint32_t)number;
	if (number_put(intake, device, intake->number_next) < 0)
		intake->renew = true;
	return intake->number_next++;
}

static void limits_fill(const struct br_device_channel *channel, struct br_sensor_limits *limits)
{
	bool both = channel->low != BR_LIMIT_NONE && channel->high != BR_LIMIT_NONE;

	/* A device whose limits leave nothing between them was not adopted. */
	br_assert(!both || channel->low < channel->high);
	limits->has_low = channel->low != BR_LIMIT_NONE;
	limits->has_high = channel->high != BR_LIMIT_NONE;
	limits->low = limits->has_low ? channel->low : 0;
	limits->high = limits->has_high ? channel->high : 0;
	limits->delay_ms = (int64_t)channel->delay_s * 1000;
	/* A tenth of the span, or of the only limit, keeps an alarm from coming and going. */
	limits->hysteresis = both ? (limits->high - limits->low) / 10 : 500;
	br_assert(limits->hysteresis >= 0);
}

static int settings_fill(const struct br_device_adopt *adopt, struct br_sensor_settings *settings)
{
	br_assert(adopt->channels.n <= BR_DEVICE_CHANNELS_MAX);
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

/* Watches the device from now on; NULL, and logged, when that cannot be. */
static struct br_sensor *device_adopt(struct br_intake *intake, const struct br_device_adopt *adopt)
{
	struct br_series_sink series = br_intake_series_sink(intake);
	struct br_sensor *device = NULL;
	struct br_sensor_settings settings;
	struct br_fault fault = {""};
	struct br_str source, id;
	int result;

	if (!br_intake_device_split(adopt->device, &source, &id))
		return NULL;
	result = settings_fill(adopt, &settings);
	if (result == 0)
		result = br_registry_adopt(intake->registry, source, id,
			number_get(intake, adopt->device), &settings, br_intake_now(intake),
			&device, &fault);
	if (result < 0) {
		br_log(BR_LOG_WARNING, "sensor", "%.*s cannot be watched: %s",
			BR_STR_ARG(adopt->device),
			fault.text[0] != '\0' ? fault.text : br_error_text(result));
		return NULL;
	}
	br_assert(device != NULL && device->adopted);
	if (br_series_channels_put(device, &series) < 0)
		intake->renew = true;
	return device;
}

/* Adopted, or adopted again with other settings. */
static void adopted_follow(
	struct br_intake *intake, struct br_txn *ledger, const struct br_device_adopt *adopt)
{
	struct br_sensor *device = br_intake_device_find(intake, adopt->device);

	br_assert(adopt->device.n > 0);
	/* To the ledger it is not lost any more; if it stays silent it must be told anew. */
	if (device != NULL && device->adopted && device->lost.state == BR_WATCH_RAISED)
		br_registry_release(intake->registry, device);
	if (device_adopt(intake, adopt) != NULL)
		br_intake_alarms_restore(intake, ledger, adopt->device);
}

static void event_follow(
	struct br_intake *intake, struct br_txn *ledger, const struct br_event *event)
{
	struct br_sensor *device;

	br_assert(
		event->kind == BR_EVENT_DEVICE_ADOPTED || event->kind == BR_EVENT_DEVICE_FORGOTTEN);
	(void)br_intake_lock(intake);
	if (event->kind == BR_EVENT_DEVICE_ADOPTED) {
		adopted_follow(intake, ledger, event->body);
	} else {
		device = br_intake_device_find(
			intake, ((const struct br_device_named *)event->body)->device);
		if (device != NULL)
			br_registry_release(intake->registry, device);
		intake->orphans = true;
	}
	br_intake_unlock(intake);
}

void br_intake_follow(struct br_intake *intake)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head = br_core_head(intake->options.core);
	bool news = false;

	br_assert(intake->followed <= head);
	if (intake->followed == head || br_txn_begin(intake->options.ledger, false, &txn) < 0)
		return;
	while (intake->followed < head) {
		struct br_key key = br_key_of_u64(++intake->followed);
		enum br_event_kind kind;
		struct br_event event;
		struct br_str record;

		if (br_txn_get(txn, BR_TABLE_JOURNAL, br_key_str(&key), &record) < 0 ||
			br_event_kind_peek(record, &kind) < 0 ||
			(kind != BR_EVENT_DEVICE_ADOPTED && kind != BR_EVENT_DEVICE_FORGOTTEN))
			continue;
		br_arena_reset(&intake->events);
		if (br_event_decode(intake->followed, record, &intake->events, &event) < 0)
			continue;
		event_follow(intake, txn, &event);
		news = true;
	}
	/* Numbers of series are not left open until the next turn, which may be far. */
	if (news && br_intake_commit(intake) < 0)
		br_log(BR_LOG_WARNING, "telemetry", "the number of a series is not stored");
}

void br_intake_device_renamed(
	struct br_intake *intake, struct br_sensor *device, const char *former)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_device_named old = {br_str_from(former)};
	char name[BR_SENSOR_NAME_BYTES];
	struct br_device row;
	struct br_device_adopt adopt;
	struct br_key key = br_key_of_str(old.device);
	struct br_txn *telemetry = br_intake_txn(intake);

	br_assert(device->adopted && former[0] != '\0');
	br_arena_reset(&intake->arena);
	if (br_txn_begin(intake->options.ledger, false, &txn) < 0 ||
		br_device_get(txn, old.device, &intake->arena, &row) < 0)
		return;
	br_sensor_name(device, name);
	adopt = (struct br_device_adopt){
		br_str_from(name), row.name, row.zone, row.sku, row.channels};
	if (number_put(intake, adopt.device, device->number) < 0)
		intake->renew = true;
	if (telemetry != NULL)
		br_txn_delete(telemetry, BR_TELEMETRY_DEVICE, br_key_str(&key));
	if (br_intake_submit(intake, "device.adopt", &adopt, 0) < 0 ||
		br_intake_submit(intake, "device.forget", &old, 0) < 0) {
		br_log(BR_LOG_WARNING, "sensor", "%s is called %s now: adopt it anew", former,
			name);
		return;
	}
	/* Its alarms stand under the old name; under the new one the rules begin anew. */
	br_registry_release(intake->registry, device);
}

void br_intake_renew(struct br_intake *intake)
{
	struct br_series_sink series = br_intake_series_sink(intake);
	struct br_sensor *device;
	unsigned cursor = 0;
	int result = 0;

	while (result == 0 && (device = br_registry_next(intake->registry, &cursor)) != NULL) {
		char name[BR_SENSOR_NAME_BYTES];

		if (!device->adopted)
			continue;
		br_sensor_name(device, name);
		result = number_put(intake, br_str_from(name), device->number);
		if (result == 0)
			result = br_series_channels_put(device, &series);
	}
	intake->renew = result < 0;
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
		if (br_key_take_u64(&value, &number) && number >= intake->number_next &&
			number < UINT32_MAX)
			intake->number_next = (uint32_t)number + 1;
	br_scan_end(&scan);
	br_assert(intake->number_next > 0);
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

		br_arena_reset(&intake->events);
		if (br_record_decode(&br_device_shape, value, &intake->events, &device) < 0)
			continue;
		adopt = (struct br_device_adopt){
			device.device, device.name, device.zone, device.sku, device.channels};
		channels_restore(intake, telemetry, device.device);
		sensor = device_adopt(intake, &adopt);
		if (sensor != NULL && device.state == BR_DEVICE_LOST)
			br_rule_restore_lost(sensor, device.since);
	}
	br_scan_end(&scan);
}

int br_intake_restore(struct br_intake *intake, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *ledger = NULL;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *telemetry = NULL;

	br_assert(intake->followed == 0 && intake->registry != NULL);
	if (br_txn_begin(intake->options.ledger, false, &ledger) < 0 ||
		br_txn_begin(intake->options.telemetry, false, &telemetry) < 0)
		return br_fault_set(fault, BR_E_IO, "the store cannot be read");
	numbers_load(intake, telemetry);
	devices_restore(intake, ledger, telemetry);
	br_intake_alarms_restore(intake, ledger, (struct br_str){NULL, 0});
	intake->followed = br_core_head(intake->options.core);
	intake->orphans = true;
	/* The readings of this run are worth more than its start: the next tick tries again. */
	if (br_intake_commit(intake) < 0)
		br_log(BR_LOG_WARNING, "telemetry", "the numbers of series are not stored");
	return 0;
}
