#include "sensors/series.h"

#include <string.h>

#include "node/time.h"
#include "node/varint.h"

#define RECORD_VERSION 1
#define RAW_CHANNEL 255
#define TIES 1024

/* Channel, quality and value of the longest, between the version and the checksum. */
_Static_assert(1 + BR_SERIES_RECORD_VALUES_MAX * (2 + BR_VARINT_BYTES_MAX) + BR_CHECKSUM_BYTES <=
		       BR_SERIES_RECORD_BYTES_MAX,
	"a full record must fit its buffer");

const char *const br_series_table_names[BR_SERIES_TABLES] = {[BR_SERIES_RAW] = "raw",
	[BR_SERIES_MINUTE] = "minute",
	[BR_SERIES_HOUR] = "hour",
	[BR_SERIES_CHANNEL] = "channel"};

static int64_t time_clamp(int64_t t_ms)
{
	return t_ms < 0 ? 0 : t_ms > BR_TIME_MAX_MS ? BR_TIME_MAX_MS : t_ms;
}

void br_series_key(struct br_key *ret_key, enum br_series_table table, uint32_t device,
	uint8_t channel, int64_t t_ms, unsigned tie)
{
	uint64_t time = (uint64_t)time_clamp(t_ms);

	br_assert((unsigned)table < BR_SERIES_TABLES && tie < TIES);
	br_key_init(ret_key);
	br_key_add_u32(ret_key, device);
	br_key_add_u8(ret_key, table == BR_SERIES_RAW ? RAW_CHANNEL : channel);
	if (table == BR_SERIES_RAW)
		br_key_add_u64(ret_key, time * TIES + tie);
	else if (table != BR_SERIES_CHANNEL)
		br_key_add_u64(ret_key, time);
}

static uint64_t number_read(const char *bytes, size_t n)
{
	uint64_t number = 0;
	size_t i;

	br_assert(n <= 8);
	for (i = 0; i < n; i++)
		number = number << 8 | (unsigned char)bytes[i];
	return number;
}

int br_series_key_read(
	enum br_series_table table, struct br_str key, struct br_series_position *ret_position)
{
	size_t time_n = table == BR_SERIES_CHANNEL ? 0 : 8;
	struct br_series_position position = {.device = 0};
	uint64_t time;

	br_assert((unsigned)table < BR_SERIES_TABLES);
	br_assert(ret_position != NULL);
	if (key.n != 5 + time_n)
		return BR_E_CORRUPT;
	position.device = (uint32_t)number_read(key.s, 4);
	position.channel = (uint8_t)key.s[4];
	time = number_read(key.s + 5, time_n);
	if (table == BR_SERIES_RAW) {
		position.tie = (unsigned)(time % TIES);
		time /= TIES;
	}
	if (time > (uint64_t)BR_TIME_MAX_MS ||
		(table == BR_SERIES_RAW) != (position.channel == RAW_CHANNEL))
		return BR_E_CORRUPT;
	position.t_ms = (int64_t)time;
	*ret_position = position;
	return 0;
}

size_t br_series_record_encode(
	const struct br_series_record *record, unsigned char buffer[BR_SERIES_RECORD_BYTES_MAX])
{
	size_t n = 0;
	unsigned i;

	br_assert(record->n > 0 && record->n <= BR_SERIES_RECORD_VALUES_MAX);
	buffer[n++] = RECORD_VERSION;
	for (i = 0; i < record->n; i++) {
		buffer[n++] = record->values[i].channel;
		buffer[n++] = record->values[i].quality;
		n += br_varint_put_signed(buffer + n, record->values[i].value);
	}
	return br_checksum_put(buffer, n);
}

int br_series_record_decode(struct br_str bytes, int64_t t_ms, struct br_series_record *ret_record)
{
	struct br_series_record record = {.t_ms = t_ms};

	br_assert(ret_record != NULL);
	if (!br_checksum_take(&bytes) || bytes.n == 0)
		return BR_E_CORRUPT;
	if ((unsigned char)bytes.s[0] > RECORD_VERSION)
		return BR_E_VERSION;
	if (bytes.s[0] != RECORD_VERSION)
		return BR_E_CORRUPT;
	bytes = (struct br_str){bytes.s + 1, bytes.n - 1};
	while (bytes.n > 0) {
		struct br_series_value *value = &record.values[record.n];

		if (record.n == BR_SERIES_RECORD_VALUES_MAX || bytes.n < 3)
			return BR_E_CORRUPT;
		value->channel = (uint8_t)bytes.s[0];
		value->quality = (uint8_t)bytes.s[1];
		bytes = (struct br_str){bytes.s + 2, bytes.n - 2};
		if (!br_varint_take_signed(&bytes, &value->value))
			return BR_E_CORRUPT;
		record.n++;
	}
	if (record.n == 0)
		return BR_E_CORRUPT;
	*ret_record = record;
	return 0;
}

int br_series_record_put(struct br_series_record *record, struct br_sensor *device,
	const struct br_series_sink *sink)
{
	unsigned char bytes[BR_SERIES_RECORD_BYTES_MAX];
	struct br_key key;
	int error;

	br_assert(record->n <= BR_SERIES_RECORD_VALUES_MAX);
	if (record->n == 0)
		return 0;
	br_assert(device->adopted && device->number != 0);
	device->raw_n = device->raw_ms == record->t_ms ? (device->raw_n + 1) % TIES : 0;
	device->raw_ms = record->t_ms;
	br_series_key(
		&key, BR_SERIES_RAW, device->number, RAW_CHANNEL, record->t_ms, device->raw_n);
	error = sink->put(sink->context, BR_SERIES_RAW, br_key_str(&key),
		(struct br_str){(const char *)bytes, br_series_record_encode(record, bytes)});
	record->n = 0;
	return error;
}

/* Merges into one stored roll-up. What does not decode is replaced: it is of no use to anybody. */
static int rollup_merge(enum br_series_table table, const struct br_key *key, int64_t start_ms,
	const struct br_rollup *minute, const struct br_series_sink *sink)
{
	unsigned char bytes[BR_ROLLUP_BYTES_MAX];
	struct br_rollup sum = {.start_ms = start_ms};
	struct br_str stored;
	int error = sink->get(sink->context, table, br_key_str(key), &stored);

	br_assert(minute->n > 0);
	if (error != 0 && error != BR_E_NOT_FOUND)
		return error;
	if (error == 0 && br_rollup_decode(stored, start_ms, &sum) != 0)
		sum = (struct br_rollup){.start_ms = start_ms};
	br_rollup_merge(&sum, minute);
	return sink->put(sink->context, table, br_key_str(key),
		(struct br_str){(const char *)bytes, br_rollup_encode(&sum, bytes)});
}

int br_series_minute_merge(uint32_t device, uint8_t channel, const struct br_rollup *minute,
	const struct br_series_sink *sink)
{
	int64_t hour_ms = br_rollup_start(minute->start_ms, BR_HOUR_MS);
	struct br_key key;
	int error;

	br_assert(minute->n > 0 && hour_ms <= minute->start_ms);
	br_assert(device != 0);
	br_series_key(&key, BR_SERIES_MINUTE, device, channel, minute->start_ms, 0);
	error = rollup_merge(BR_SERIES_MINUTE, &key, minute->start_ms, minute, sink);
	if (error != 0)
		return error;
	br_series_key(&key, BR_SERIES_HOUR, device, channel, hour_ms, 0);
	return rollup_merge(BR_SERIES_HOUR, &key, hour_ms, minute, sink);
}

/* A suspect is kept raw, so that people can look, but must not bend a mean. */
static bool verdict_is_rolled_up(enum br_reading_verdict verdict)
{
	br_assert(verdict <= BR_VERDICT_REFUSED);
	return verdict == BR_VERDICT_CURRENT || verdict == BR_VERDICT_HISTORY;
}

int br_series_add(struct br_series_record *record, const struct br_registry_taken *taken,
	const struct br_series_sink *sink)
{
	struct br_sensor *device = taken->device;
	const struct br_reading *reading = &taken->reading;
	uint8_t channel = (uint8_t)br_sensor_channel_number(device, taken->channel);
	struct br_rollup closed;
	int error = 0;

	br_assert(sink->put != NULL && sink->get != NULL);
	if (!device->adopted ||
		(taken->verdict != BR_VERDICT_SUSPECT && !verdict_is_rolled_up(taken->verdict)))
		return 0;
	if (record->n == BR_SERIES_RECORD_VALUES_MAX ||
		(record->n > 0 && record->t_ms != reading->observed_ms))
		error = br_series_record_put(record, device, sink);
	br_assert(record->n < BR_SERIES_RECORD_VALUES_MAX);
	record->t_ms = reading->observed_ms;
	record->values[record->n++] = (struct br_series_value){
		.channel = channel, .quality = (uint8_t)reading->quality, .value = reading->value};
	if (error == 0 && verdict_is_rolled_up(taken->verdict) &&
		br_rollup_add(
			&taken->channel->minute, reading->observed_ms, reading->value, &closed))
		error = br_series_minute_merge(device->number, channel, &closed, sink);
	return error;
}

static int device_flush(struct br_sensor *device, int64_t now_ms, const struct br_series_sink *sink)
{
	struct br_rollup closed;
	unsigned i;
	int error;

	br_assert(device->number != 0);
	for (i = 0; i < device->channel_n; i++) {
		if (!br_rollup_close(&device->channels[i].minute, now_ms, &closed))
			continue;
		error = br_series_minute_merge(device->number, (uint8_t)i, &closed, sink);
		if (error != 0)
			return error;
	}
	return 0;
}

int br_series_flush(struct br_registry *registry, int64_t now_ms, const struct br_series_sink *sink)
{
	struct br_sensor *device;
	unsigned cursor = 0;
	int error;

	br_assert(sink->put != NULL && sink->get != NULL);
	while ((device = br_registry_next(registry, &cursor)) != NULL) {
		if (!device->adopted)
			continue;
		error = device_flush(device, now_ms, sink);
		if (error != 0)
			return error;
	}
	return 0;
}

int br_series_channels_put(const struct br_sensor *device, const struct br_series_sink *sink)
{
	struct br_key key;
	unsigned i;
	int error;

	br_assert(device->adopted && device->number != 0);
	for (i = 0; i < device->channel_n; i++) {
		br_series_key(&key, BR_SERIES_CHANNEL, device->number, (uint8_t)i, 0, 0);
		error = sink->put(sink->context, BR_SERIES_CHANNEL, br_key_str(&key),
			br_str_from(device->channels[i].settings.name));
		if (error != 0)
			return error;
	}
	return 0;
}

void br_series_expired(enum br_series_table table, uint32_t device, uint8_t channel, int64_t now_ms,
	struct br_key *ret_from, struct br_key *ret_to)
{
	int64_t kept_ms = table == BR_SERIES_RAW ? BR_SERIES_RAW_KEPT_MS : BR_SERIES_ROLLUP_KEPT_MS;

	br_assert(table == BR_SERIES_RAW || table == BR_SERIES_MINUTE || table == BR_SERIES_HOUR);
	br_series_key(ret_from, table, device, channel, 0, 0);
	br_series_key(ret_to, table, device, channel, time_clamp(now_ms - kept_ms), 0);
}
