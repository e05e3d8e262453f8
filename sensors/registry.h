/*
 * The registry: all devices, found by (source, id), and the one place readings pass through.
 *
 *	adapter's reading ─► device and channel ─► kind, scale, offset ─► gate ─► last value
 *	                                                      verdict to the caller ◄──┘
 *
 * A device that was heard or listed is *seen*; one that a person has taken in is *adopted*. Seen
 * ones are kept to be offered for adoption; when the registry is full the one that has been silent
 * longest makes room, so strangers can neither exhaust the memory nor push out what is ours.
 *
 * Every device has its own staleness clock (sensors/sensor.h). It is set by readings alone: what a
 * bridge or a will claims about presence is kept for display and believed by nobody.
 *
 * Looking a device up is one hash and, nearly always, one comparison. Memory is allocated when a
 * device is first seen, never for a reading.
 */
#pragma once

#include "node/error.h"
#include "sensors/adapter.h"
#include "sensors/sensor.h"

struct br_registry;

struct br_registry_counts {
	unsigned devices, adopted;
	uint64_t evicted;	   /* seen devices that made room */
	uint64_t devices_refused;  /* readings of devices there was no room for */
	uint64_t channels_refused; /* readings of a device's seventeenth channel */
	uint64_t changes;	   /* devices that came, went or took another id */
};

/* What became of a reading. */
struct br_registry_taken {
	struct br_sensor *device;	   /* the registry's own */
	struct br_sensor_channel *channel; /* of the device */
	struct br_reading reading; /* in its final kind, scale and time; texts as they came in */
	enum br_reading_verdict verdict;
	bool is_new; /* the channel was never heard before: its number is to be kept */
};

/* `devices_max` is at most BR_SENSOR_DEVICES_MAX. BR_E_MEMORY. */
BR_MUST_CHECK int br_registry_create(unsigned devices_max, struct br_registry **ret_registry);
void br_registry_destroy(struct br_registry *registry);
BR_DEFINE_CLEANUP(registry, br_registry_destroy)

struct br_registry_counts br_registry_counts(const struct br_registry *registry);

/* NULL when there is none. Devices stay where they are until they are forgotten or evicted. */
struct br_sensor *br_registry_find(
	const struct br_registry *registry, struct br_str source, struct br_str id);

/* A device's name in the ledger and on the dashboard: "<source>/<id>", with its NUL. */
#define BR_SENSOR_NAME_BYTES (BR_SENSOR_SOURCE_BYTES_MAX + 1 + BR_ID_BYTES_MAX + 1)
void br_sensor_name(const struct br_sensor *device, char ret_name[BR_SENSOR_NAME_BYTES]);

/* Walks all devices in no order: *cursor from 0; NULL at the end. No change during the walk. */
struct br_sensor *br_registry_next(const struct br_registry *registry, unsigned *cursor);

/* The settings of nothing in particular: no name, no zone, learn the interval. */
void br_sensor_settings_init(struct br_sensor_settings *settings);
/* The settings of a channel as the adapter reports it. BR_E_TOO_LARGE for a name over its limit. */
BR_MUST_CHECK int br_sensor_channel_settings_init(
	struct br_sensor_channel_settings *settings, struct br_str name);

/*
 * Adopts a device, or changes the settings of an adopted one. `number` is that of its series, for
 * good and not 0. Channels that are known keep their numbers; new ones of the settings follow in
 * order; known channels without settings lose theirs. BR_E_INVALID with the fault saying what is
 * allowed, BR_E_TOO_LARGE when the registry or the device is full, BR_E_MEMORY.
 */
BR_MUST_CHECK int br_registry_adopt(struct br_registry *registry, struct br_str source,
	struct br_str id, uint32_t number, const struct br_sensor_settings *settings,
	struct br_sensor_moment now, struct br_sensor **ret_device, struct br_fault *fault);

/*
 * Gives a device the channel it had before the program ended, so that its series goes on under the
 * same number: call it for the numbers 0, 1, 2 … before the device is adopted or heard.
 * BR_E_INVALID when the number is not the next one or the name is there already, BR_E_TOO_LARGE,
 * BR_E_MEMORY.
 */
BR_MUST_CHECK int br_registry_channel_restore(struct br_registry *registry, struct br_str source,
	struct br_str id, unsigned number, struct br_str name, struct br_sensor_moment now);

/* Makes it a merely seen one again, without settings. */
void br_registry_release(struct br_registry *registry, struct br_sensor *device);

/* Forgets it wholly; the pointer is dead. */
void br_registry_forget(struct br_registry *registry, struct br_sensor *device);

/*
 * Takes one reading. 0 with *ret_taken set, whatever the verdict; BR_E_TOO_LARGE when the device or
 * the channel is one too many; BR_E_MEMORY.
 */
BR_MUST_CHECK int br_registry_take(struct br_registry *registry, const struct br_reading *reading,
	struct br_sensor_moment now, struct br_registry_taken *ret_taken);

/*
 * Takes what an adapter says about presence. A device that left is forgotten unless adopted, then
 * it goes silent. A rename moves the device with all it has, unless the new id is taken already.
 * 0, BR_E_TOO_LARGE, BR_E_MEMORY.
 */
BR_MUST_CHECK int br_registry_presence(struct br_registry *registry,
	const struct br_presence *presence, struct br_sensor_moment now);

/* The node itself was deaf until now (its broker was away): every silence begins anew. */
void br_registry_resume(struct br_registry *registry, struct br_sensor_moment now);
