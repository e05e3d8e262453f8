#include "sensors/sensor.h"

#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define GAP_MIN_MS 1000

int64_t br_sensor_stale_ms(const struct br_sensor *device)
{
	int64_t interval = device->interval_set_ms;
	int64_t stale;

	br_assert(interval >= 0);
	if (interval == 0 && device->gap_n >= BR_SENSOR_GAPS_MIN)
		interval = device->interval_ms;
	if (interval == 0 || interval > BR_SENSOR_STALE_MAX_MS / 3)
		return BR_SENSOR_STALE_MAX_MS;
	stale = 3 * interval;
	return stale < BR_SENSOR_STALE_MIN_MS ? BR_SENSOR_STALE_MIN_MS : stale;
}

static int64_t silence_ms(const struct br_sensor *device, bool heard_ever,
	struct br_sensor_moment heard, struct br_sensor_moment now)
{
	int64_t from = device->watch_from.boot_ms;

	br_assert(now.boot_ms >= 0);
	if (heard_ever && heard.boot_ms > from)
		from = heard.boot_ms;
	return now.boot_ms > from ? now.boot_ms - from : 0;
}

int64_t br_sensor_silence_ms(const struct br_sensor *device, struct br_sensor_moment now)
{
	return silence_ms(device, device->heard_ever, device->heard, now);
}

int64_t br_sensor_channel_silence_ms(const struct br_sensor *device,
	const struct br_sensor_channel *channel, struct br_sensor_moment now)
{
	br_assert(channel >= device->channels);
	return silence_ms(device, channel->gate.has_last, channel->heard, now);
}

/*
 * The interval grows at once to the longest gap and is forgotten over about a day, because sensors
 * that report on change are busy at times and silent for an hour at others. A gap that made the
 * device count as lost was no habit, so it may at most double what is known: a device whose habit
 * has really changed is learned in a few rounds.
 */
static void interval_learn(struct br_sensor *device, int64_t gap_ms)
{
	br_assert(gap_ms > 0);
	if (gap_ms > DAY_MS)
		gap_ms = DAY_MS;
	if (device->lost.state == BR_WATCH_RAISED && device->interval_ms > 0 &&
		gap_ms > 2 * device->interval_ms)
		gap_ms = 2 * device->interval_ms;
	if (gap_ms >= device->interval_ms)
		device->interval_ms = gap_ms;
	else
		device->interval_ms -= (device->interval_ms - gap_ms) * gap_ms / DAY_MS;
	if (device->gap_n < BR_SENSOR_GAPS_MIN)
		device->gap_n++;
	br_assert(device->interval_ms > 0 && device->interval_ms <= DAY_MS);
}

void br_sensor_check_in(struct br_sensor *device, struct br_sensor_moment at)
{
	int64_t gap_ms = at.boot_ms - device->heard.boot_ms;

	br_assert(device->gap_n <= BR_SENSOR_GAPS_MIN);
	/* The readings of one message, and of those that follow at once, are one check-in. */
	if (device->heard_ever && gap_ms < GAP_MIN_MS)
		return;
	/* What was sent while nobody listened is unknown: such a gap teaches nothing. */
	if (device->heard_ever && device->heard.boot_ms >= device->watch_from.boot_ms)
		interval_learn(device, gap_ms);
	device->heard = at;
	device->heard_ever = true;
}

struct br_sensor_channel *br_sensor_channel_find(struct br_sensor *device, struct br_str name)
{
	unsigned i;

	br_assert(device->channel_n <= BR_DEVICE_CHANNELS_MAX);
	for (i = 0; i < device->channel_n; i++) {
		const char *own = device->channels[i].settings.name;

		if (name.n <= BR_SENSOR_CHANNEL_BYTES_MAX && own[name.n] == '\0' &&
			memcmp(own, name.s, name.n) == 0)
			return &device->channels[i];
	}
	return NULL;
}

unsigned br_sensor_channel_number(
	const struct br_sensor *device, const struct br_sensor_channel *channel)
{
	br_assert(channel >= device->channels);
	br_assert(channel < device->channels + device->channel_n);
	return (unsigned)(channel - device->channels);
}
