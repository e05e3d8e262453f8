/*
 * Devices and alarms: which sensors the store has taken on, and what is wrong with one of them.
 *
 * Readings are telemetry and live elsewhere; here is what a person decided (adopt, forget,
 * acknowledge) and what a rule concluded (lost, back, raised, cleared).
 */
#pragma once

#include "node/command.h"

#define BR_DEVICE_BYTES_MAX 100

/* A limit that is not set. */
#define BR_LIMIT_NONE INT64_MIN

struct br_device_channel {
	struct br_str channel;
	int64_t low, high; /* 1/1000 of the channel's unit, BR_LIMIT_NONE = no limit */
	uint64_t delay_s;  /* how long it must be outside before the alarm */
};

/* device.adopt, device.adopted and the row's first part. */
struct br_device_adopt {
	struct br_str device; /* "<adapter>/<its own name>" */
	struct br_str name, zone;
	struct br_str sku; /* of a weight shelf: what lies on it */
	struct br_list channels;
};

/* device.forget, device.lost, device.back and their events. */
struct br_device_named {
	struct br_str device;
};

enum br_device_state { BR_DEVICE_OK, BR_DEVICE_LOST };

struct br_device {
	struct br_str device, name, zone, sku;
	struct br_list channels;
	uint8_t state;
	int64_t since;
	uint64_t sequence;
};

enum br_severity { BR_SEVERITY_ATTENTION, BR_SEVERITY_PROBLEM };
extern const char *const br_severity_words[];

/* alarm.raise and alarm.raised. */
struct br_alarm_raise {
	struct br_str alarm; /* "<device>/<channel>/<rule>": one thing is wrong once */
	struct br_str device, channel, rule;
	uint8_t severity;
	struct br_str text;
	int64_t value;
};

/* alarm.clear and alarm.acknowledge, and their events. */
struct br_alarm_named {
	struct br_str alarm;
	struct br_str reason;
};

struct br_alarm {
	struct br_str alarm, device, channel, rule;
	uint8_t severity;
	struct br_str text;
	int64_t value;
	int64_t raised, cleared, acknowledged; /* unix ms, 0 = not */
	struct br_str acknowledged_by, reason;
	uint64_t sequence;
};

extern const struct br_shape br_device_adopt_shape, br_device_named_shape, br_device_shape,
	br_alarm_raise_shape, br_alarm_named_shape, br_alarm_shape;

int br_device_decide_adopt(struct br_decision *decision, const void *body);
int br_device_decide_forget(struct br_decision *decision, const void *body);
int br_device_decide_lost(struct br_decision *decision, const void *body);
int br_device_decide_back(struct br_decision *decision, const void *body);
int br_alarm_decide_raise(struct br_decision *decision, const void *body);
int br_alarm_decide_clear(struct br_decision *decision, const void *body);
int br_alarm_decide_acknowledge(struct br_decision *decision, const void *body);
void br_device_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_alarm_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_device_get(struct br_txn *txn, struct br_str device, struct br_arena *arena,
	struct br_device *ret_device);
BR_MUST_CHECK int br_alarm_get(struct br_txn *txn, struct br_str alarm, struct br_arena *arena,
	struct br_alarm *ret_alarm);
