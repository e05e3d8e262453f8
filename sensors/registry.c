#include "sensors/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Twice the devices at least, so that chains stay short; a power of two. */
#define SLOTS 4096u
_Static_assert(SLOTS >= 2 * BR_SENSOR_DEVICES_MAX, "the hash table must stay half empty");

/* No kind's range reaches it, and differences of two do not overflow. */
#define LIMIT_MAX INT64_C(1000000000000000)

struct br_registry {
	struct br_sensor *slots[SLOTS]; /* open addressing, linear probing; owned */
	unsigned devices_max;
	struct br_registry_counts counts;
};

/* FNV-1a, 64 bits, with a zero byte between the two. */
static uint64_t key_hash(struct br_str source, struct br_str id)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);
	size_t i;

	br_assert(source.n == 0 || source.s != NULL);
	br_assert(id.n == 0 || id.s != NULL);
	for (i = 0; i < source.n; i++)
		hash = (hash ^ (unsigned char)source.s[i]) * UINT64_C(0x100000001B3);
	hash *= UINT64_C(0x100000001B3);
	for (i = 0; i < id.n; i++)
		hash = (hash ^ (unsigned char)id.s[i]) * UINT64_C(0x100000001B3);
	return hash;
}

/* The high bits are the better mixed ones. */
static unsigned home_slot(uint64_t hash)
{
	return (unsigned)(hash >> 32 ^ hash) & (SLOTS - 1);
}

static bool device_is(
	const struct br_sensor *device, uint64_t hash, struct br_str source, struct br_str id)
{
	br_assert(device != NULL);
	return device->hash == hash && br_str_is(id, device->id) &&
	       br_str_is(source, device->source);
}

/* The slot of the device, or the empty one where it belongs. */
static unsigned slot_find(
	const struct br_registry *registry, uint64_t hash, struct br_str source, struct br_str id)
{
	unsigned slot = home_slot(hash);

	br_assert(slot < SLOTS);
	while (registry->slots[slot] != NULL && !device_is(registry->slots[slot], hash, source, id))
		slot = (slot + 1) & (SLOTS - 1);
	return slot;
}

int br_registry_create(unsigned devices_max, struct br_registry **ret_registry)
{
	struct br_registry *registry = calloc(1, sizeof(*registry));

	br_assert(devices_max > 0 && devices_max <= BR_SENSOR_DEVICES_MAX);
	if (registry == NULL)
		return BR_E_MEMORY;
	registry->devices_max = devices_max;
	*ret_registry = registry;
	return 0;
}

void br_registry_destroy(struct br_registry *registry)
{
	unsigned slot;

	if (registry == NULL)
		return;
	for (slot = 0; slot < SLOTS; slot++)
		free(registry->slots[slot]);
	free(registry);
}

struct br_registry_counts br_registry_counts(const struct br_registry *registry)
{
	br_assert(registry->counts.adopted <= registry->counts.devices);
	return registry->counts;
}

void br_sensor_name(const struct br_sensor *device, char ret_name[BR_SENSOR_NAME_BYTES])
{
	int n = snprintf(ret_name, BR_SENSOR_NAME_BYTES, "%s/%s", device->source, device->id);

	br_assert(n > 0 && n < BR_SENSOR_NAME_BYTES);
}

struct br_sensor *br_registry_find(
	const struct br_registry *registry, struct br_str source, struct br_str id)
{
	return registry->slots[slot_find(registry, key_hash(source, id), source, id)];
}

struct br_sensor *br_registry_next(const struct br_registry *registry, unsigned *cursor)
{
	br_assert(cursor != NULL);
	while (*cursor < SLOTS) {
		struct br_sensor *device = registry->slots[(*cursor)++];

		if (device != NULL)
			return device;
	}
	return NULL;
}

/*
 * Takes the device out of the table and closes the gap: whatever follows moves up unless that would
 * put it before its home, so that no probe ends early.
 */
static void slot_clear(struct br_registry *registry, const struct br_sensor *device)
{
	unsigned slot = slot_find(
		registry, device->hash, br_str_from(device->source), br_str_from(device->id));
	unsigned gap = slot;

	br_assert(registry->counts.devices > 0);
	br_assert(registry->slots[slot] == device);
	for (;;) {
		slot = (slot + 1) & (SLOTS - 1);
		if (registry->slots[slot] == NULL)
			break;
		if (((slot - home_slot(registry->slots[slot]->hash)) & (SLOTS - 1)) <
			((slot - gap) & (SLOTS - 1)))
			continue;
		registry->slots[gap] = registry->slots[slot];
		gap = slot;
	}
	registry->slots[gap] = NULL;
	registry->counts.changes++;
}

static void slot_fill(struct br_registry *registry, struct br_sensor *device)
{
	struct br_str source = br_str_from(device->source), id = br_str_from(device->id);
	unsigned slot;

	br_assert(device->source[0] != '\0' && device->id[0] != '\0');
	device->hash = key_hash(source, id);
	slot = slot_find(registry, device->hash, source, id);
	br_assert(registry->slots[slot] == NULL);
	registry->slots[slot] = device;
	registry->counts.changes++;
}

void br_registry_forget(struct br_registry *registry, struct br_sensor *device)
{
	slot_clear(registry, device);
	br_assert(registry->counts.devices > 0);
	registry->counts.devices--;
	if (device->adopted)
		registry->counts.adopted--;
	free(device);
}

/* Makes room by forgetting the seen device that has been silent longest; false when all are ours.
 */
static bool room_make(struct br_registry *registry)
{
	struct br_sensor *device, *oldest = NULL;
	unsigned cursor = 0;

	br_assert(registry->counts.devices == registry->devices_max);
	while ((device = br_registry_next(registry, &cursor)) != NULL)
		if (!device->adopted &&
			(oldest == NULL || device->heard.boot_ms < oldest->heard.boot_ms))
			oldest = device;
	if (oldest == NULL)
		return false;
	br_registry_forget(registry, oldest);
	registry->counts.evicted++;
	return true;
}

/* Finds the device or makes a seen one of it. */
static int device_get(struct br_registry *registry, struct br_str source, struct br_str id,
	struct br_sensor_moment now, struct br_sensor **ret_device)
{
	struct br_sensor *device = br_registry_find(registry, source, id);

	br_assert(registry->counts.devices <= registry->devices_max);
	if (device != NULL) {
		*ret_device = device;
		return 0;
	}
	if (registry->counts.devices == registry->devices_max &&
		(registry->counts.adopted == registry->devices_max || !room_make(registry)))
		return BR_E_TOO_LARGE;
	device = calloc(1, sizeof(*device));
	if (device == NULL)
		return BR_E_MEMORY;
	if (!br_str_copy(source, device->source, sizeof(device->source)) ||
		!br_str_copy(id, device->id, sizeof(device->id)) || id.n == 0) {
		free(device);
		return BR_E_TOO_LARGE;
	}
	device->watch_from = now;
	device->heard = now;
	slot_fill(registry, device);
	registry->counts.devices++;
	*ret_device = device;
	return 0;
}

void br_sensor_settings_init(struct br_sensor_settings *settings)
{
	br_assert(settings != NULL);
	memset(settings, 0, sizeof(*settings));
}

int br_sensor_channel_settings_init(struct br_sensor_channel_settings *settings, struct br_str name)
{
	struct br_sensor_channel_settings made = {
		.kind = BR_SENSOR_KIND_ANY, .scale = BR_SENSOR_SCALE_ONE};

	br_assert(settings != NULL);
	if (name.n == 0 || !br_str_copy(name, made.name, sizeof(made.name)))
		return BR_E_TOO_LARGE;
	*settings = made;
	return 0;
}

static struct br_sensor_channel *channel_add(
	struct br_sensor *device, const struct br_sensor_channel_settings *settings)
{
	struct br_sensor_channel *channel = &device->channels[device->channel_n];

	br_assert(device->channel_n < BR_DEVICE_CHANNELS_MAX);
	*channel = (struct br_sensor_channel){.settings = *settings, .kind = settings->kind};
	device->channel_n++;
	return channel;
}

static int channel_settings_check(
	const struct br_sensor_channel_settings *settings, struct br_fault *fault)
{
	const struct br_sensor_limits *limits = &settings->limits;

	br_assert(memchr(settings->name, '\0', sizeof(settings->name)) != NULL);
	br_assert(memchr(settings->sku, '\0', sizeof(settings->sku)) != NULL);
	if (settings->name[0] == '\0' || (unsigned)settings->kind > BR_SENSOR_KIND_ANY)
		return br_fault_set(fault, BR_E_INVALID, "a channel needs a name and a known kind");
	if (settings->scale == 0)
		return br_fault_set(
			fault, BR_E_INVALID, "channel %s: the scale must not be 0", settings->name);
	if (limits->hysteresis < 0 || limits->delay_ms < 0 ||
		limits->delay_ms > BR_SENSOR_STALE_MAX_MS)
		return br_fault_set(fault, BR_E_INVALID,
			"channel %s: hysteresis and delay must not be negative, the delay at most "
			"a day",
			settings->name);
	if (limits->low < -LIMIT_MAX || limits->low > LIMIT_MAX || limits->high < -LIMIT_MAX ||
		limits->high > LIMIT_MAX || limits->hysteresis > LIMIT_MAX)
		return br_fault_set(fault, BR_E_INVALID,
			"channel %s: a limit lies within 10^12 of 0", settings->name);
	if (limits->has_low && limits->has_high && limits->high - limits->low <= limits->hysteresis)
		return br_fault_set(fault, BR_E_INVALID,
			"channel %s: the low and the high limit must lie farther apart than the "
			"hysteresis",
			settings->name);
	return 0;
}

static int settings_check(const struct br_sensor_settings *settings, struct br_fault *fault)
{
	unsigned i, other;
	int error;

	if (settings->channel_n > BR_DEVICE_CHANNELS_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "a device has at most %d channels",
			BR_DEVICE_CHANNELS_MAX);
	if (settings->interval_ms < 0 || settings->interval_ms > BR_SENSOR_STALE_MAX_MS)
		return br_fault_set(fault, BR_E_INVALID, "a device's interval is at most a day");
	br_assert(memchr(settings->name, '\0', sizeof(settings->name)) != NULL);
	br_assert(memchr(settings->zone, '\0', sizeof(settings->zone)) != NULL);
	for (i = 0; i < settings->channel_n; i++) {
		error = channel_settings_check(&settings->channels[i], fault);
		if (error != 0)
			return error;
		for (other = 0; other < i; other++)
			if (strcmp(settings->channels[i].name, settings->channels[other].name) == 0)
				return br_fault_set(fault, BR_E_INVALID,
					"channel %s stands there twice",
					settings->channels[i].name);
	}
	return 0;
}

/* How many channels of the settings the device has not got yet. */
static unsigned channels_missing(
	struct br_sensor *device, const struct br_sensor_settings *settings)
{
	unsigned i, missing = 0;

	br_assert(settings->channel_n <= BR_DEVICE_CHANNELS_MAX);
	for (i = 0; i < settings->channel_n; i++)
		missing += br_sensor_channel_find(
				   device, br_str_from(settings->channels[i].name)) == NULL;
	return missing;
}

/* Takes a channel's settings away; what it has measured stays. */
static void channel_settings_reset(struct br_sensor_channel *channel)
{
	struct br_sensor_channel_settings *settings = &channel->settings;

	br_assert(settings->name[0] != '\0');
	settings->kind = BR_SENSOR_KIND_ANY;
	settings->scale = BR_SENSOR_SCALE_ONE;
	settings->offset = 0;
	settings->limits = (struct br_sensor_limits){.has_low = false};
	settings->sku[0] = '\0';
}

/* With a new scale what the gate remembers and the open minute are values of another sort. */
static void channel_settings_set(
	struct br_sensor_channel *channel, const struct br_sensor_channel_settings *settings)
{
	br_assert(strcmp(channel->settings.name, settings->name) == 0);
	if (channel->settings.kind != settings->kind ||
		channel->settings.scale != settings->scale ||
		channel->settings.offset != settings->offset) {
		channel->gate = (struct br_reading_gate){.has_last = false};
		channel->minute = (struct br_rollup){.n = 0};
		channel->has_value = false;
	}
	channel->settings = *settings;
}

static const struct br_sensor_channel_settings *settings_find(
	const struct br_sensor_settings *settings, const char *name)
{
	unsigned i;

	br_assert(name[0] != '\0');
	for (i = 0; i < settings->channel_n; i++)
		if (strcmp(settings->channels[i].name, name) == 0)
			return &settings->channels[i];
	return NULL;
}

static void settings_apply(struct br_sensor *device, const struct br_sensor_settings *settings)
{
	unsigned i;

	br_assert(device->channel_n <= BR_DEVICE_CHANNELS_MAX);
	memcpy(device->name, settings->name, sizeof(device->name));
	memcpy(device->zone, settings->zone, sizeof(device->zone));
	device->interval_set_ms = settings->interval_ms;
	for (i = 0; i < device->channel_n; i++) {
		struct br_sensor_channel *channel = &device->channels[i];
		const struct br_sensor_channel_settings *own =
			settings_find(settings, channel->settings.name);

		if (own != NULL)
			channel_settings_set(channel, own);
		else
			channel_settings_reset(channel);
	}
	for (i = 0; i < settings->channel_n; i++)
		if (br_sensor_channel_find(device, br_str_from(settings->channels[i].name)) == NULL)
			(void)channel_add(device, &settings->channels[i]);
}

int br_registry_adopt(struct br_registry *registry, struct br_str source, struct br_str id,
	uint32_t number, const struct br_sensor_settings *settings, struct br_sensor_moment now,
	struct br_sensor **ret_device, struct br_fault *fault)
{
	struct br_sensor *device;
	int error = settings_check(settings, fault);

	br_assert(number != 0);
	if (error != 0)
		return error;
	error = device_get(registry, source, id, now, &device);
	if (error == BR_E_TOO_LARGE)
		return br_fault_set(fault, error,
			"at most %u devices with ids of 1 to %d bytes can be adopted",
			registry->devices_max, BR_ID_BYTES_MAX);
	if (error != 0)
		return error;
	if (device->channel_n + channels_missing(device, settings) > BR_DEVICE_CHANNELS_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"a device has at most %d channels, with those it has reported",
			BR_DEVICE_CHANNELS_MAX);
	settings_apply(device, settings);
	device->number = number;
	if (!device->adopted) {
		registry->counts.adopted++;
		device->adopted = true;
		/* A device heard long ago must not be lost the moment it is adopted. */
		device->watch_from = now;
	}
	*ret_device = device;
	return 0;
}

void br_registry_release(struct br_registry *registry, struct br_sensor *device)
{
	unsigned i, rule;

	br_assert(device->number != 0 || !device->adopted);
	if (!device->adopted)
		return;
	br_assert(registry->counts.adopted > 0);
	registry->counts.adopted--;
	device->adopted = false;
	device->number = 0;
	device->name[0] = '\0';
	device->zone[0] = '\0';
	device->interval_set_ms = 0;
	device->lost = (struct br_watch){.state = BR_WATCH_QUIET};
	for (i = 0; i < device->channel_n; i++) {
		channel_settings_reset(&device->channels[i]);
		device->channels[i].minute.n = 0;
		for (rule = 0; rule < BR_RULES; rule++)
			device->channels[i].watches[rule] =
				(struct br_watch){.state = BR_WATCH_QUIET};
	}
}

int br_registry_channel_restore(struct br_registry *registry, struct br_str source,
	struct br_str id, unsigned number, struct br_str name, struct br_sensor_moment now)
{
	struct br_sensor_channel_settings settings;
	struct br_sensor *device;
	int error = device_get(registry, source, id, now, &device);

	br_assert(now.boot_ms >= 0);
	if (error != 0)
		return error;
	if (number != device->channel_n || number >= BR_DEVICE_CHANNELS_MAX ||
		br_sensor_channel_find(device, name) != NULL ||
		br_sensor_channel_settings_init(&settings, name) != 0)
		return BR_E_INVALID;
	(void)channel_add(device, &settings);
	return 0;
}

/* shown = read * scale + offset, in 128 bits; clamped far outside of every kind's range. */
static int64_t value_scale(int64_t value, const struct br_sensor_channel_settings *settings)
{
	const __int128 bound = INT64_MAX / 4;
	__int128 scaled;

	if (settings->scale == BR_SENSOR_SCALE_ONE && settings->offset == 0)
		return value;
	scaled = (__int128)value * settings->scale;
	scaled += scaled < 0 ? -BR_SENSOR_SCALE_ONE / 2 : BR_SENSOR_SCALE_ONE / 2;
	scaled = scaled / BR_SENSOR_SCALE_ONE + settings->offset;
	br_assert(settings->scale != 0);
	return (int64_t)(scaled > bound ? bound : scaled < -bound ? -bound : scaled);
}

/* An undated value is shown only as long as there is no better one. */
static void channel_show(struct br_sensor_channel *channel, const struct br_registry_taken *taken)
{
	const struct br_reading *reading = &taken->reading;

	br_assert(taken->channel == channel);
	if (taken->verdict != BR_VERDICT_CURRENT &&
		(taken->verdict != BR_VERDICT_UNDATED || channel->gate.has_last))
		return;
	channel->has_value = true;
	channel->quality = reading->quality;
	channel->kind = reading->kind;
	channel->value = reading->value;
	channel->observed_ms = reading->observed_ms;
	if (!br_str_copy(reading->word, channel->word, sizeof(channel->word)))
		channel->word[0] = '\0';
}

/* When it was observed on the clock that does not jump: as long ago as by the wall. */
static struct br_sensor_moment observed_at(
	const struct br_reading *reading, struct br_sensor_moment now)
{
	int64_t age_ms = now.wall_ms - reading->observed_ms;

	br_assert(reading->observed_ms <= now.wall_ms + BR_READING_FUTURE_MS);
	if (age_ms < 0)
		age_ms = 0;
	return (struct br_sensor_moment){
		.wall_ms = reading->observed_ms, .boot_ms = now.boot_ms - age_ms};
}

static int channel_get(struct br_registry *registry, struct br_sensor *device,
	const struct br_reading *reading, struct br_registry_taken *taken)
{
	struct br_sensor_channel_settings settings;

	br_assert(taken->device == device);
	taken->channel = br_sensor_channel_find(device, reading->channel);
	taken->is_new = taken->channel == NULL;
	if (!taken->is_new)
		return 0;
	if (device->channel_n == BR_DEVICE_CHANNELS_MAX ||
		br_sensor_channel_settings_init(&settings, reading->channel) != 0) {
		registry->counts.channels_refused++;
		return BR_E_TOO_LARGE;
	}
	taken->channel = channel_add(device, &settings);
	return 0;
}

int br_registry_take(struct br_registry *registry, const struct br_reading *reading,
	struct br_sensor_moment now, struct br_registry_taken *ret_taken)
{
	struct br_registry_taken taken = {.reading = *reading};
	struct br_sensor_moment at;
	int error = device_get(registry, reading->source, reading->device, now, &taken.device);

	br_assert(reading->source.n > 0);
	br_assert((unsigned)reading->kind < BR_READING_KINDS);
	if (error == BR_E_TOO_LARGE)
		registry->counts.devices_refused++;
	if (error != 0)
		return error;
	error = channel_get(registry, taken.device, reading, &taken);
	if (error != 0)
		return error;
	if (taken.channel->settings.kind != BR_SENSOR_KIND_ANY)
		taken.reading.kind = taken.channel->settings.kind;
	taken.reading.value = value_scale(reading->value, &taken.channel->settings);
	taken.verdict = br_reading_gate_pass(&taken.channel->gate, &taken.reading, now.wall_ms);
	channel_show(taken.channel, &taken);
	at = observed_at(&taken.reading, now);
	if (taken.verdict == BR_VERDICT_CURRENT)
		taken.channel->heard = at;
	if (taken.verdict != BR_VERDICT_UNDATED)
		br_sensor_check_in(taken.device, at);
	*ret_taken = taken;
	return 0;
}

/* Moves the device to its new id; a device that has the id already keeps it. */
static void device_rename(
	struct br_registry *registry, struct br_sensor *device, const struct br_presence *presence)
{
	struct br_sensor *holder = br_registry_find(registry, presence->source, presence->device);

	br_assert(presence->change == BR_PRESENCE_RENAMED);
	if (holder != NULL && (holder->adopted || !device->adopted))
		return;
	if (presence->device.n == 0 || presence->device.n > BR_ID_BYTES_MAX)
		return;
	if (holder != NULL)
		br_registry_forget(registry, holder);
	slot_clear(registry, device);
	memcpy(device->id, presence->device.s, presence->device.n);
	device->id[presence->device.n] = '\0';
	slot_fill(registry, device);
}

static void device_leave(struct br_registry *registry, struct br_sensor *device)
{
	br_assert(registry->counts.devices > 0);
	if (device->adopted) {
		device->claims = true;
		device->claims_online = false;
	} else {
		br_registry_forget(registry, device);
	}
}

int br_registry_presence(struct br_registry *registry, const struct br_presence *presence,
	struct br_sensor_moment now)
{
	struct br_sensor *device;
	int error;

	br_assert(presence->source.n > 0);
	/* About a bridge: it says nothing about any device. */
	if (presence->device.n == 0)
		return 0;
	if (presence->change == BR_PRESENCE_RENAMED || presence->change == BR_PRESENCE_LEFT) {
		device = br_registry_find(registry, presence->source,
			presence->change == BR_PRESENCE_RENAMED ? presence->former
								: presence->device);
		if (device != NULL && presence->change == BR_PRESENCE_RENAMED)
			device_rename(registry, device, presence);
		else if (device != NULL)
			device_leave(registry, device);
		return 0;
	}
	error = device_get(registry, presence->source, presence->device, now, &device);
	if (error != 0)
		return error;
	if (presence->change == BR_PRESENCE_KNOWN) {
		if (presence->model.n > 0 &&
			!br_str_copy(presence->model, device->model, sizeof(device->model)))
			device->model[0] = '\0';
		return 0;
	}
	device->claims = true;
	device->claims_online = presence->change == BR_PRESENCE_ONLINE;
	return 0;
}

void br_registry_resume(struct br_registry *registry, struct br_sensor_moment now)
{
	struct br_sensor *device;
	unsigned cursor = 0;

	while ((device = br_registry_next(registry, &cursor)) != NULL) {
		br_assert(device->watch_from.boot_ms <= now.boot_ms);
		device->watch_from = now;
	}
}
