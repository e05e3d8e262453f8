/*
 * What a fuzzed adapter's readings go into: a registry, the rules and the series, with the
 * promises of sensors/adapter.h checked on every reading.
 */
#pragma once

#include <string.h>

#include "sensors/adapter.h"
#include "sensors/registry.h"
#include "sensors/rule.h"
#include "sensors/series.h"

#define FUZZ_NOW_MS INT64_C(1772360130000)

static struct br_registry *fuzz_registry;
static struct br_sensor_moment fuzz_now = {FUZZ_NOW_MS, 1000};

static int fuzz_put(void *context BR_UNUSED, enum br_series_table table BR_UNUSED,
	struct br_str key, struct br_str value)
{
	br_assert(key.n > 0 && value.n > 0 && value.n <= BR_SERIES_RECORD_BYTES_MAX);
	return 0;
}

static int fuzz_get(void *context BR_UNUSED, enum br_series_table table BR_UNUSED,
	struct br_str key BR_UNUSED, struct br_str *ret_value BR_UNUSED)
{
	return BR_E_NOT_FOUND;
}

static int fuzz_intent(void *context BR_UNUSED, const struct br_rule_intent *intent)
{
	br_assert(br_utf8_valid(intent->text, strlen(intent->text)));
	return 0;
}

static void fuzz_reading(void *context, const struct br_reading *reading)
{
	static const struct br_series_sink series = {.put = fuzz_put, .get = fuzz_get};
	static const struct br_rule_sink rules = {.intent = fuzz_intent};
	const struct br_sensor_message *message = context;
	struct br_series_record record = {.n = 0};
	struct br_registry_taken taken;

	br_assert(reading->device.n > 0 && reading->device.n <= BR_ID_BYTES_MAX);
	br_assert(reading->channel.n > 0 && reading->channel.n <= BR_SENSOR_CHANNEL_BYTES_MAX);
	br_assert(reading->word.n <= BR_SENSOR_WORD_BYTES_MAX);
	br_assert(br_utf8_valid(reading->device.s, reading->device.n));
	br_assert(reading->received_ms == message->received_ms);
	br_assert(reading->observed_ms >= 0);
	if (br_registry_take(fuzz_registry, reading, fuzz_now, &taken) != 0)
		return;
	br_rule_reading(&taken, fuzz_now, &rules);
	if (br_series_add(&record, &taken, &series) == 0)
		br_assert(br_series_record_put(&record, taken.device, &series) == 0);
}

static void fuzz_presence(void *context BR_UNUSED, const struct br_presence *presence)
{
	br_assert(presence->device.n <= BR_ID_BYTES_MAX);
	br_assert(br_registry_presence(fuzz_registry, presence, fuzz_now) <= 0);
}

/* Adopts the device with this id, with limits on one channel, so that rules and series run. */
static void fuzz_adopt(struct br_str source, struct br_str id, struct br_str channel)
{
	struct br_sensor_settings settings;
	struct br_sensor *device;

	br_sensor_settings_init(&settings);
	settings.channel_n = 1;
	br_assert(br_sensor_channel_settings_init(&settings.channels[0], channel) == 0);
	settings.channels[0].limits = (struct br_sensor_limits){
		.low = 0, .high = 7000, .hysteresis = 500, .has_low = true, .has_high = true};
	br_assert(br_registry_adopt(
			  fuzz_registry, source, id, 1, &settings, fuzz_now, &device, NULL) == 0);
}

/*
 * Sends the input as messages, cut at 0x1E: `flag topic \n payload`, the flag's lowest bit being
 * "retained". The adapter keeps its state between the messages of one input.
 */
static void fuzz_messages(struct br_adapter *adapter, const uint8_t *bytes, size_t n)
{
	struct br_str rest = {(const char *)bytes, n};

	while (rest.n > 0) {
		struct br_str payload = br_str_split(&rest, 0x1E), topic;
		struct br_sensor_message message = {.received_ms = fuzz_now.wall_ms};
		struct br_adapter_sink sink = {
			.reading = fuzz_reading, .presence = fuzz_presence, .context = &message};
		int outcome;

		if (payload.n == 0)
			continue;
		message.retained = (payload.s[0] & 1) != 0;
		payload = (struct br_str){payload.s + 1, payload.n - 1};
		topic = br_str_split(&payload, '\n');
		message.topic = topic;
		message.payload = payload;
		outcome = br_adapter_take(adapter, &message, &sink);
		br_assert(outcome <= BR_ADAPTER_FOREIGN);
		fuzz_now.wall_ms += 1000;
		fuzz_now.boot_ms += 1000;
	}
}
