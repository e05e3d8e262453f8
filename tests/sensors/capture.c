#include "tests/sensors/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/lib/test.h"

void capture_init(struct capture *capture)
{
	capture_clear(capture);
	capture->now_ms = CAPTURE_NOW_MS;
	capture->retained = false;
}

void capture_clear(struct capture *capture)
{
	capture->reading_n = capture->presence_n = capture->refusal_n = 0;
}

/* A copy cut at the buffer's end, and the slice over it. */
static struct br_str text_keep(struct br_str text, char buffer[CAPTURE_TEXT_BYTES])
{
	(void)snprintf(buffer, CAPTURE_TEXT_BYTES, "%.*s", BR_STR_ARG(text));
	return br_str_from(buffer);
}

static void reading_keep(void *context, const struct br_reading *reading)
{
	struct capture *capture = context;
	struct captured_reading *kept = &capture->readings[capture->reading_n++];

	br_assert(capture->reading_n <= CAPTURE_MAX);
	kept->reading = *reading;
	kept->reading.source = text_keep(reading->source, kept->source);
	kept->reading.device = text_keep(reading->device, kept->device);
	kept->reading.channel = text_keep(reading->channel, kept->channel);
	kept->reading.word = text_keep(reading->word, kept->word);
}

static void presence_keep(void *context, const struct br_presence *presence)
{
	struct capture *capture = context;
	struct captured_presence *kept = &capture->presences[capture->presence_n++];

	br_assert(capture->presence_n <= CAPTURE_MAX);
	kept->change = presence->change;
	(void)text_keep(presence->device, kept->device);
	(void)text_keep(presence->former, kept->former);
	(void)text_keep(presence->model, kept->model);
}

static void refusal_keep(void *context, enum br_sensor_refusal reason, struct br_str what)
{
	struct capture *capture = context;

	br_assert(capture->refusal_n < CAPTURE_MAX);
	capture->refusals[capture->refusal_n].reason = reason;
	(void)text_keep(what, capture->refusals[capture->refusal_n++].what);
}

struct br_adapter_sink capture_sink(struct capture *capture)
{
	return (struct br_adapter_sink){.reading = reading_keep,
		.presence = presence_keep,
		.refused = refusal_keep,
		.context = capture};
}

int capture_send_bytes(struct capture *capture, struct br_adapter *adapter, const char *topic,
	struct br_str payload)
{
	struct br_adapter_sink sink = capture_sink(capture);
	struct br_sensor_message message = {.topic = br_str_from(topic),
		.payload = payload,
		.received_ms = capture->now_ms,
		.retained = capture->retained};

	capture_clear(capture);
	return br_adapter_take(adapter, &message, &sink);
}

int capture_send(
	struct capture *capture, struct br_adapter *adapter, const char *topic, const char *payload)
{
	return capture_send_bytes(capture, adapter, topic, br_str_from(payload));
}

const struct br_reading *capture_channel(const struct capture *capture, const char *channel)
{
	unsigned i;

	for (i = 0; i < capture->reading_n; i++)
		if (strcmp(capture->readings[i].channel, channel) == 0)
			return &capture->readings[i].reading;
	return NULL;
}

int64_t capture_value(const struct capture *capture, const char *channel)
{
	const struct br_reading *reading = capture_channel(capture, channel);

	return reading != NULL ? reading->value : INT64_MIN;
}

int capture_refusal(const struct capture *capture)
{
	return capture->refusal_n == 1 ? (int)capture->refusals[0].reason : -1;
}

static bool line_send(struct capture *capture, struct br_adapter *adapter, struct br_str line,
	void (*check)(const struct capture *capture, const char *topic, int outcome))
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_str topic, payload;
	bool retained = false;
	int outcome;

	REQUIRE(br_json_parse(line, &json, NULL) == 0);
	if (!br_json_string(br_json_member(json, "topic"), &topic))
		return false;
	REQUIRE(br_json_string(br_json_member(json, "payload"), &payload));
	CHECK(br_json_bool(br_json_member(json, "retain"), &retained));
	capture->retained = retained;
	outcome = capture_send_bytes(capture, adapter, topic.s, payload);
	check(capture, topic.s, outcome);
	return true;
}

unsigned capture_file(struct capture *capture, struct br_adapter *adapter, const char *name,
	void (*check)(const struct capture *capture, const char *topic, int outcome))
{
	const char *path = test_data(name);
	struct br_str rest;
	unsigned sent = 0;
	size_t n;
	char *text;

	if (path == NULL)
		return 0;
	text = test_file_read(path, &n);
	rest = (struct br_str){text, n};
	while (rest.n > 0) {
		struct br_str line = br_str_split(&rest, '\n');

		if (line.n > 0)
			sent += line_send(capture, adapter, line, check);
	}
	free(text);
	capture->retained = false;
	return sent;
}
