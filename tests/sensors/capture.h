/*
 * A sink that keeps what an adapter emits, as copies, so that a test can look at it afterwards; and
 * short ways to send a message to an adapter.
 */
#pragma once

#include "sensors/adapter.h"

#define CAPTURE_MAX 256
#define CAPTURE_TEXT_BYTES 160

struct captured_reading {
	struct br_reading reading; /* its texts point into the copies below */
	char source[CAPTURE_TEXT_BYTES], device[CAPTURE_TEXT_BYTES];
	char channel[CAPTURE_TEXT_BYTES], word[CAPTURE_TEXT_BYTES];
};

struct captured_presence {
	enum br_presence_change change;
	char device[CAPTURE_TEXT_BYTES], former[CAPTURE_TEXT_BYTES], model[CAPTURE_TEXT_BYTES];
};

struct capture {
	struct captured_reading readings[CAPTURE_MAX];
	struct captured_presence presences[CAPTURE_MAX];
	struct {
		enum br_sensor_refusal reason;
		char what[CAPTURE_TEXT_BYTES];
	} refusals[CAPTURE_MAX];
	unsigned reading_n, presence_n, refusal_n;
	int64_t now_ms; /* of the messages sent; 2026-03-01T10:15:30Z to begin with */
	bool retained;
};

#define CAPTURE_NOW_MS INT64_C(1772360130000)

void capture_init(struct capture *capture);
/* Forgets what was kept. */
void capture_clear(struct capture *capture);

struct br_adapter_sink capture_sink(struct capture *capture);

/* Clears, then sends one message; the outcome of br_adapter_take(). */
int capture_send(struct capture *capture, struct br_adapter *adapter, const char *topic,
	const char *payload);
int capture_send_bytes(struct capture *capture, struct br_adapter *adapter, const char *topic,
	struct br_str payload);

/* The captured reading of that channel, NULL when there is none. */
const struct br_reading *capture_channel(const struct capture *capture, const char *channel);

/* The value of that channel, INT64_MIN when there is none. */
int64_t capture_value(const struct capture *capture, const char *channel);

/* The reason of the only refusal; -1 when there is not exactly one. */
int capture_refusal(const struct capture *capture);

/*
 * Sends every message of a payload file: one JSON object a line with `topic`, `payload` and
 * `retain`; lines without a topic are passed over. Calls `check` after each; returns how many there
 * were, 0 when the file is absent.
 */
unsigned capture_file(struct capture *capture, struct br_adapter *adapter, const char *name,
	void (*check)(const struct capture *capture, const char *topic, int outcome));
