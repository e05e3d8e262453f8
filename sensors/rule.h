/*
 * The rules: what the store concludes from readings, and from their absence.
 *
 *	current reading of an adopted device ─► br_rule_reading() ─┐
 *	about once a second, for all devices ─► br_rule_tick() ────┴► intents ─► commands
 *
 *	high, low   beyond a limit for its delay; clear when inside again by the hysteresis
 *	silent      a channel with limits has stopped while its device goes on: a dead probe
 *	battery     at most 15 %, or the device's own warning; clear from 25 % on
 *	lost        nothing from the device for its stale time; back with the next reading
 *
 * An intent says what to do once: the caller turns it into a command and answers whether it could.
 * When it could not (its queue is full) the same intent comes again with the next reading or tick.
 */
#pragma once

#include "sensors/registry.h"

#define BR_RULE_TEXT_BYTES 384
#define BR_RULE_BATTERY_LOW INT64_C(15000)
#define BR_RULE_BATTERY_GOOD INT64_C(25000)

enum br_rule_what {
	BR_RULE_ALARM_RAISE,
	BR_RULE_ALARM_CLEAR,
	BR_RULE_DEVICE_LOST,
	BR_RULE_DEVICE_BACK
};

struct br_rule_intent {
	enum br_rule_what what;
	const struct br_sensor *device;
	const struct br_sensor_channel *channel; /* NULL for lost and back */
	enum br_rule rule;			 /* of the channel */
	const char *rule_name;			 /* "high", "low", "silent", "battery", "lost" */
	int64_t value;				 /* the channel's last; 0 for lost and back */
	int64_t limit;				 /* what it was compared with; a silence in ms */
	int64_t since_ms;			 /* unix time */
	char text[BR_RULE_TEXT_BYTES];		 /* a sentence for people, UTF-8 */
};

struct br_rule_sink {
	/* 0 when it is taken; negative when it must come again. */
	int (*intent)(void *context, const struct br_rule_intent *intent);
	void *context;
};

/* The rule's name, and the rule of a name; false when there is none. */
const char *br_rule_name(enum br_rule rule);
BR_MUST_CHECK bool br_rule_from(struct br_str name, enum br_rule *ret_rule);

/* Judges a reading that the registry took. Does nothing unless current and adopted. */
void br_rule_reading(const struct br_registry_taken *taken, struct br_sensor_moment now,
	const struct br_rule_sink *sink);

/* Judges one device, or all of them, at `now`: delays that have passed, silences. */
void br_rule_device_tick(
	struct br_sensor *device, struct br_sensor_moment now, const struct br_rule_sink *sink);
void br_rule_tick(
	struct br_registry *registry, struct br_sensor_moment now, const struct br_rule_sink *sink);

/*
 * Takes up what was raised before the program started, so that it is not raised again. For adopted
 * devices.
 */
void br_rule_restore_alarm(struct br_sensor_channel *channel, enum br_rule rule, int64_t since_ms);
void br_rule_restore_lost(struct br_sensor *device, int64_t since_ms);
