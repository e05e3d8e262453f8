/*
 * The series: what was measured, as keys and values for the telemetry tables. Here is the
 * arithmetic; the tables are behind an interface.
 *
 *	table    key                            value                         kept
 *	raw      device u32, 255 u8, time u64   [(channel, quality, value)]   48 hours
 *	minute   device u32, channel u8, time   min, max, sum, n              13 months
 *	hour     device u32, channel u8, time   min, max, sum, n              13 months
 *	channel  device u32, channel u8         the channel's name            with the device
 *
 * Keys are big-endian, so a device's series lies together in the order of time. The time of a raw
 * key is ms * 1024 + n, where n counts the messages of one device in one millisecond; of a roll-up
 * the unix time in ms. One raw record holds the readings of one message.
 *
 * The caller opens a transaction, lets the functions below put and get through the sink, and
 * commits: a minute and its share of the hour are stored in one transaction or not at all.
 */
#pragma once

#include "node/error.h"
#include "node/key.h"
#include "sensors/sensor.h"
#include "sensors/registry.h"

enum br_series_table {
	BR_SERIES_RAW,
	BR_SERIES_MINUTE,
	BR_SERIES_HOUR,
	BR_SERIES_CHANNEL,
	BR_SERIES_TABLES
};
extern const char *const br_series_table_names[BR_SERIES_TABLES];

#define BR_SERIES_RAW_KEPT_MS (INT64_C(48) * 3600 * 1000)
#define BR_SERIES_ROLLUP_KEPT_MS (INT64_C(396) * 24 * 3600 * 1000) /* 13 months */

struct br_series_sink {
	/* Replaces what is there. 0 or negative. */
	int (*put)(
		void *context, enum br_series_table table, struct br_str key, struct br_str value);
	/* 0 with a slice valid until the next call, BR_E_NOT_FOUND, or negative. */
	int (*get)(void *context, enum br_series_table table, struct br_str key,
		struct br_str *ret_value);
	void *context;
};

/* One value of a raw record. */
struct br_series_value {
	uint8_t channel;
	uint8_t quality;
	int64_t value; /* 1/1000 */
};

#define BR_SERIES_RECORD_VALUES_MAX BR_DEVICE_CHANNELS_MAX

/* The readings of one message of one device; the caller's, all zero to begin with. */
struct br_series_record {
	int64_t t_ms;
	unsigned n;
	struct br_series_value values[BR_SERIES_RECORD_VALUES_MAX];
};

#define BR_SERIES_RECORD_BYTES_MAX 256

/* Keys. `tie` tells raw records of one millisecond apart and is 0 for roll-ups. */
void br_series_key(struct br_key *ret_key, enum br_series_table table, uint32_t device,
	uint8_t channel, int64_t t_ms, unsigned tie);

struct br_series_position {
	uint32_t device;
	uint8_t channel;
	int64_t t_ms;
	unsigned tie;
};

/* Takes a key apart. BR_E_CORRUPT when it is none of that table's. */
BR_MUST_CHECK int br_series_key_read(
	enum br_series_table table, struct br_str key, struct br_series_position *ret_position);

/* Writes a record's stored form; returns its bytes. The record must hold a value. */
size_t br_series_record_encode(
	const struct br_series_record *record, unsigned char buffer[BR_SERIES_RECORD_BYTES_MAX]);

/* Total: 0, BR_E_CORRUPT or BR_E_VERSION. The time comes from the key. */
BR_MUST_CHECK int br_series_record_decode(
	struct br_str bytes, int64_t t_ms, struct br_series_record *ret_record);

/*
 * Adds what the registry took to the record of its message, and to the channel's open minute; when
 * that closes a minute it is merged into the store. Nothing happens for devices that are not
 * adopted and readings that are not to be kept. Returns 0 or what the sink returned.
 *
 * When the reading is of another time than the record, or the record is full, the record is put
 * first and begun anew.
 */
BR_MUST_CHECK int br_series_add(struct br_series_record *record,
	const struct br_registry_taken *taken, const struct br_series_sink *sink);

/* Ends a message: puts the record when it holds anything, and empties it. */
BR_MUST_CHECK int br_series_record_put(struct br_series_record *record, struct br_sensor *device,
	const struct br_series_sink *sink);

/* Merges a closed minute into the stored minute and hour. */
BR_MUST_CHECK int br_series_minute_merge(uint32_t device, uint8_t channel,
	const struct br_rollup *minute, const struct br_series_sink *sink);

/*
 * Stores the open minutes of all adopted devices that have ended at `now_ms`; before the program
 * ends call it with BR_TIME_MAX_MS to store all. Stops at the sink's first error.
 */
BR_MUST_CHECK int br_series_flush(
	struct br_registry *registry, int64_t now_ms, const struct br_series_sink *sink);

/* Stores the names of a device's channels under their numbers; for adopted devices. */
BR_MUST_CHECK int br_series_channels_put(
	const struct br_sensor *device, const struct br_series_sink *sink);

/*
 * What is too old at `now_ms`: the keys from *ret_from up to but not including *ret_to, of one
 * channel of a device, or of all its messages in the raw table, where the channel is not looked at.
 * The channel table has nothing that ages.
 */
void br_series_expired(enum br_series_table table, uint32_t device, uint8_t channel, int64_t now_ms,
	struct br_key *ret_from, struct br_key *ret_to);
