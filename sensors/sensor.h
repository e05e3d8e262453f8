/*
 * A sensor: one device as the registry keeps it, what people decided about it (settings) and what
 * was last heard from it (state), with its channels.
 *
 * The structs are open so that the rules and the dashboard can read them; only sensors/registry.c
 * and sensors/rule.c write them. Texts are NUL-terminated and owned by the device.
 */
#pragma once

#include "sensors/watch.h"
#include "sensors/limits.h"
#include "sensors/reading.h"
#include "sensors/rollup.h"

/* When a channel's value is wrong; all values 1/1000 of the kind's unit. */
struct br_sensor_limits {
	int64_t low, high;  /* an alarm below `low` and above `high` */
	int64_t hysteresis; /* how far inside it must come back; not negative */
	int64_t delay_ms;   /* how long it may stay beyond; not negative */
	bool has_low, has_high;
};

#define BR_SENSOR_KIND_ANY BR_READING_KINDS /* as the adapter says */
#define BR_SENSOR_SCALE_ONE INT64_C(1000000)

/* What people decided about a channel. */
struct br_sensor_channel_settings {
	char name[BR_SENSOR_CHANNEL_BYTES_MAX + 1]; /* as the adapter calls it */
	enum br_reading_kind kind;		    /* or BR_SENSOR_KIND_ANY */
	int64_t scale;				    /* 1/1,000,000: shown = read * scale + offset */
	int64_t offset;				    /* 1/1000 */
	struct br_sensor_limits limits;
	char sku[BR_ID_BYTES_MAX + 1]; /* the product it weighs or counts; may be empty */
};

/* What people decided about a device. */
struct br_sensor_settings {
	char name[BR_NAME_BYTES_MAX + 1];
	char zone[BR_WORD_BYTES_MAX + 1];
	int64_t interval_ms; /* between check-ins; 0 = learn it */
	unsigned channel_n;  /* channels with settings, in the order of their numbers */
	struct br_sensor_channel_settings channels[BR_DEVICE_CHANNELS_MAX];
};

/* The rules a channel is watched by. */
enum br_rule {
	BR_RULE_HIGH,	 /* above its limit */
	BR_RULE_LOW,	 /* below its limit */
	BR_RULE_SILENT,	 /* has limits, but its probe has stopped while the device goes on */
	BR_RULE_BATTERY, /* a battery is nearly empty */
	BR_RULES
};

struct br_sensor_channel {
	struct br_sensor_channel_settings settings;
	struct br_reading_gate gate;
	struct br_rollup minute; /* the open one */
	struct br_watch watches[BR_RULES];
	/* The last value, for display; `has_value` false until there is one. */
	bool has_value;
	unsigned quality;
	enum br_reading_kind kind;
	int64_t value, observed_ms;
	char word[BR_SENSOR_WORD_BYTES_MAX + 1];
	struct br_sensor_moment heard; /* when a current value was last observed */
};

/* Until so many intervals were seen nothing is known about a device's habits. */
#define BR_SENSOR_GAPS_MIN 4
#define BR_SENSOR_STALE_MAX_MS (INT64_C(24) * 3600 * 1000)
#define BR_SENSOR_STALE_MIN_MS INT64_C(60000)

struct br_sensor {
	char source[BR_SENSOR_SOURCE_BYTES_MAX + 1];
	char id[BR_ID_BYTES_MAX + 1];
	char name[BR_NAME_BYTES_MAX + 1];
	char zone[BR_WORD_BYTES_MAX + 1];
	char model[BR_SENSOR_MODEL_BYTES_MAX + 1];
	bool adopted; /* a person said it is ours: rules and series apply */
	bool claims;  /* online/offline was claimed; worth showing, never believed */
	bool claims_online;
	uint32_t number; /* of its series, for good; 0 until adopted */
	uint64_t hash;	 /* of source and id; the registry's own */
	/* The staleness clock. */
	int64_t interval_set_ms; /* configured; 0 = learned */
	int64_t interval_ms;	 /* learned so far */
	unsigned gap_n;		 /* intervals learned from, stops at BR_SENSOR_GAPS_MIN */
	bool heard_ever;
	struct br_sensor_moment heard;	    /* its last check-in */
	struct br_sensor_moment watch_from; /* silence counts from here at the earliest */
	struct br_watch lost;
	/* Its series: the time of the last raw record, and how many share it. */
	int64_t raw_ms;
	unsigned raw_n;
	unsigned channel_n;
	struct br_sensor_channel
		channels[BR_DEVICE_CHANNELS_MAX]; /* the index is the channel's number */
};

/* After how long a silence the device counts as lost: three intervals, a day at most. */
int64_t br_sensor_stale_ms(const struct br_sensor *device);

/* For how long nothing was heard of the device, or of one of its channels. */
int64_t br_sensor_silence_ms(const struct br_sensor *device, struct br_sensor_moment now);
int64_t br_sensor_channel_silence_ms(const struct br_sensor *device,
	const struct br_sensor_channel *channel, struct br_sensor_moment now);

/* A check-in at `at` (not later than now): moves the clock and learns the interval. */
void br_sensor_check_in(struct br_sensor *device, struct br_sensor_moment at);

/* The channel of that name, NULL when it has none. */
struct br_sensor_channel *br_sensor_channel_find(struct br_sensor *device, struct br_str name);

/* The number of a channel of this device. */
unsigned br_sensor_channel_number(
	const struct br_sensor *device, const struct br_sensor_channel *channel);
