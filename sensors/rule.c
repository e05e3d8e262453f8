#include "sensors/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES_SHOWN 80

static const char *const rule_names[BR_RULES] = {[BR_RULE_HIGH] = "high",
	[BR_RULE_LOW] = "low",
	[BR_RULE_SILENT] = "silent",
	[BR_RULE_BATTERY] = "battery"};

/* One look at one rule: where the value stands, and against what. */
struct look {
	enum br_watch_zone zone;
	int64_t limit;
	int64_t delay_ms;
	struct br_sensor_moment since;
};

const char *br_rule_name(enum br_rule rule)
{
	br_assert((unsigned)rule < BR_RULES);
	return rule_names[rule];
}

bool br_rule_from(struct br_str name, enum br_rule *ret_rule)
{
	unsigned rule;

	br_assert(ret_rule != NULL);
	for (rule = 0; rule < BR_RULES; rule++) {
		if (!br_str_is(name, rule_names[rule]))
			continue;
		*ret_rule = (enum br_rule)rule;
		return true;
	}
	return false;
}

/* "-19.4 °C" with one decimal at least, three at most. */
static void value_write(char *buffer, size_t size, int64_t value, enum br_reading_kind kind)
{
	const char *unit = br_reading_kind_row(kind)->unit;
	uint64_t size_of = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	unsigned part = (unsigned)(size_of % 1000);
	int digits = part % 10 != 0 ? 3 : part % 100 != 0 ? 2 : 1;
	int length;

	br_assert(size >= 48);
	part = digits == 3 ? part : digits == 2 ? part / 10 : part / 100;
	length = snprintf(buffer, size, "%s%" PRIu64 ".%0*u%s%s", value < 0 ? "-" : "",
		size_of / 1000, digits, part, unit[0] != '\0' ? " " : "", unit);
	br_assert(length > 0 && (size_t)length < size);
}

/* What people call the device, cut between two characters when it is long. */
static struct br_str device_name(const struct br_sensor *device)
{
	struct br_str name = br_str_from(device->name[0] != '\0' ? device->name : device->id);

	br_assert(name.n > 0);
	if (name.n > NAME_BYTES_SHOWN)
		name.n = br_utf8_cut(name.s, NAME_BYTES_SHOWN);
	return name;
}

static void span_write(char *buffer, size_t size, int64_t ms)
{
	int64_t minutes = ms / 60000;

	br_assert(ms >= 0);
	if (minutes < 120)
		(void)snprintf(buffer, size, "%" PRId64 " min", minutes);
	else
		(void)snprintf(buffer, size, "%" PRId64 " h", minutes / 60);
}

static void channel_text(struct br_rule_intent *intent, const struct br_sensor_channel *channel)
{
	struct br_str device = device_name(intent->device);
	bool raise = intent->what == BR_RULE_ALARM_RAISE;
	char value[64], limit[64];
	const char *format;

	br_assert((unsigned)intent->rule < BR_RULES);
	br_assert(intent->what == BR_RULE_ALARM_RAISE || intent->what == BR_RULE_ALARM_CLEAR);
	value_write(value, sizeof(value), intent->value, channel->kind);
	value_write(limit, sizeof(limit), intent->limit, channel->kind);
	switch (intent->rule) {
	case BR_RULE_HIGH:
		format = raise ? "is above its limit of" : "is below its upper limit again,";
		break;
	case BR_RULE_LOW:
		format = raise ? "is below its limit of" : "is above its lower limit again,";
		break;
	case BR_RULE_BATTERY:
		format = raise ? "means a nearly empty battery, at most" : "is enough, more than";
		break;
	default:
		span_write(limit, sizeof(limit), intent->limit);
		(void)snprintf(intent->text, sizeof(intent->text),
			raise ? "%.*s: %s has not reported for %s" : "%.*s: %s reports again",
			BR_STR_ARG(device), channel->settings.name, limit);
		return;
	}
	(void)snprintf(intent->text, sizeof(intent->text), "%.*s: %s %s %s %s", BR_STR_ARG(device),
		channel->settings.name, value, format, limit);
}

/* Tells the sink; the watch moves only when it was taken. */
static void intent_send(
	struct br_rule_intent *intent, struct br_watch *watch, const struct br_rule_sink *sink)
{
	br_assert(sink->intent != NULL);
	br_assert(br_utf8_valid(intent->text, strlen(intent->text)));
	if (sink->intent(sink->context, intent) == 0)
		br_watch_told(watch);
}

static void channel_judge(struct br_sensor *device, struct br_sensor_channel *channel,
	enum br_rule rule, const struct look *look, struct br_sensor_moment now,
	const struct br_rule_sink *sink)
{
	struct br_watch *watch = &channel->watches[rule];
	enum br_watch_due due = br_watch_step(watch, look->zone, look->since, look->delay_ms, now);
	struct br_rule_intent intent;

	br_assert((unsigned)rule < BR_RULES && channel->settings.name[0] != '\0');
	if (due == BR_WATCH_NOTHING)
		return;
	br_assert(device->adopted);
	intent = (struct br_rule_intent){
		.what = due == BR_WATCH_RAISE ? BR_RULE_ALARM_RAISE : BR_RULE_ALARM_CLEAR,
		.device = device,
		.channel = channel,
		.rule = rule,
		.rule_name = rule_names[rule],
		.value = channel->value,
		.limit = look->limit,
		.since_ms = due == BR_WATCH_RAISE ? watch->since_ms : look->since.wall_ms};
	channel_text(&intent, channel);
	intent_send(&intent, watch, sink);
}

/* How far `value` is beyond the limit: positive beyond, and the hysteresis below zero. */
static enum br_watch_zone zone_of(int64_t beyond_by, int64_t hysteresis)
{
	br_assert(hysteresis >= 0);
	if (beyond_by > 0)
		return BR_WATCH_BEYOND;
	return beyond_by <= -hysteresis ? BR_WATCH_INSIDE : BR_WATCH_BAND;
}

static void limits_judge(struct br_sensor *device, struct br_sensor_channel *channel,
	struct br_sensor_moment now, const struct br_rule_sink *sink)
{
	const struct br_sensor_limits *limits = &channel->settings.limits;
	struct look look = {.delay_ms = limits->delay_ms, .since = channel->heard};

	br_assert(limits->delay_ms >= 0);
	/* Without a limit there is nothing to be beyond of: what was raised is cleared. */
	look.limit = limits->high;
	look.zone = limits->has_high ? zone_of(channel->value - limits->high, limits->hysteresis)
				     : BR_WATCH_INSIDE;
	channel_judge(device, channel, BR_RULE_HIGH, &look, now, sink);
	look.limit = limits->low;
	look.zone = limits->has_low ? zone_of(limits->low - channel->value, limits->hysteresis)
				    : BR_WATCH_INSIDE;
	channel_judge(device, channel, BR_RULE_LOW, &look, now, sink);
}

static void battery_judge(struct br_sensor *device, struct br_sensor_channel *channel,
	struct br_sensor_moment now, const struct br_rule_sink *sink)
{
	struct look look = {.zone = BR_WATCH_INSIDE, .since = channel->heard};

	br_assert(channel->has_value);
	if (channel->kind == BR_READING_BATTERY) {
		look.limit = BR_RULE_BATTERY_LOW;
		look.zone = channel->value <= BR_RULE_BATTERY_LOW   ? BR_WATCH_BEYOND
			    : channel->value < BR_RULE_BATTERY_GOOD ? BR_WATCH_BAND
								    : BR_WATCH_INSIDE;
	} else if (channel->kind == BR_READING_BATTERY_LOW && channel->value != 0) {
		look.zone = BR_WATCH_BEYOND;
	}
	channel_judge(device, channel, BR_RULE_BATTERY, &look, now, sink);
}

static void channel_rules(struct br_sensor *device, struct br_sensor_channel *channel,
	struct br_sensor_moment now, const struct br_rule_sink *sink)
{
	br_assert(device->adopted);
	/* A value of unknown age may be shown, but nothing follows from it. */
	if (!channel->has_value || !channel->gate.has_last)
		return;
	limits_judge(device, channel, now, sink);
	battery_judge(device, channel, now, sink);
}

/*
 * A probe that is dead while its device goes on. When the device itself is lost that alarm says it
 * all, so a raised one stays as it is and no new one is raised.
 */
static void silence_judge(struct br_sensor *device, struct br_sensor_channel *channel,
	struct br_sensor_moment now, const struct br_rule_sink *sink)
{
	const struct br_sensor_limits *limits = &channel->settings.limits;
	int64_t stale_ms = br_sensor_stale_ms(device);
	struct look look = {.zone = BR_WATCH_INSIDE, .limit = stale_ms, .since = channel->heard};

	br_assert(stale_ms >= BR_SENSOR_STALE_MIN_MS && stale_ms <= BR_SENSOR_STALE_MAX_MS);
	if (!limits->has_low && !limits->has_high) {
		look.since = now;
	} else if (br_sensor_channel_silence_ms(device, channel, now) > stale_ms) {
		look.zone = device->lost.state == BR_WATCH_RAISED ? BR_WATCH_BAND : BR_WATCH_BEYOND;
		if (!channel->gate.has_last)
			look.since = device->watch_from;
	}
	channel_judge(device, channel, BR_RULE_SILENT, &look, now, sink);
}

static void lost_judge(
	struct br_sensor *device, struct br_sensor_moment now, const struct br_rule_sink *sink)
{
	int64_t silence_ms = br_sensor_silence_ms(device, now);
	int64_t stale_ms = br_sensor_stale_ms(device);
	enum br_watch_zone zone = silence_ms > stale_ms ? BR_WATCH_BEYOND : BR_WATCH_INSIDE;
	struct br_sensor_moment since = device->heard_ever ? device->heard : device->watch_from;
	struct br_str name = device_name(device);
	struct br_rule_intent intent;
	enum br_watch_due due;
	char span[32];

	br_assert(stale_ms >= BR_SENSOR_STALE_MIN_MS && stale_ms <= BR_SENSOR_STALE_MAX_MS);
	/* After a start or a deaf time a lost device is back when it is heard, not because we are.
	 */
	if (device->lost.state == BR_WATCH_RAISED && zone == BR_WATCH_INSIDE &&
		(!device->heard_ever || device->heard.boot_ms < device->watch_from.boot_ms))
		return;
	due = br_watch_step(&device->lost, zone, since, 0, now);
	if (due == BR_WATCH_NOTHING)
		return;
	intent = (struct br_rule_intent){
		.what = due == BR_WATCH_RAISE ? BR_RULE_DEVICE_LOST : BR_RULE_DEVICE_BACK,
		.device = device,
		.rule = BR_RULES,
		.rule_name = "lost",
		.limit = stale_ms,
		.since_ms = since.wall_ms};
	span_write(span, sizeof(span), silence_ms);
	(void)snprintf(intent.text, sizeof(intent.text),
		due == BR_WATCH_RAISE ? "%.*s: nothing heard for %s" : "%.*s: reports again",
		BR_STR_ARG(name), span);
	intent_send(&intent, &device->lost, sink);
}

void br_rule_reading(const struct br_registry_taken *taken, struct br_sensor_moment now,
	const struct br_rule_sink *sink)
{
	struct br_sensor *device = taken->device;

	br_assert(sink->intent != NULL);
	br_assert(br_sensor_channel_number(device, taken->channel) < device->channel_n);
	if (taken->verdict != BR_VERDICT_CURRENT || !device->adopted)
		return;
	/* The devices that are well, nearly all at any time, cost a comparison each. */
	if (device->lost.state == BR_WATCH_RAISED)
		lost_judge(device, now, sink);
	if (taken->channel->watches[BR_RULE_SILENT].state == BR_WATCH_RAISED)
		silence_judge(device, taken->channel, now, sink);
	channel_rules(device, taken->channel, now, sink);
}

void br_rule_device_tick(
	struct br_sensor *device, struct br_sensor_moment now, const struct br_rule_sink *sink)
{
	unsigned i;

	br_assert(device->channel_n <= BR_DEVICE_CHANNELS_MAX);
	if (!device->adopted)
		return;
	lost_judge(device, now, sink);
	for (i = 0; i < device->channel_n; i++) {
		silence_judge(device, &device->channels[i], now, sink);
		channel_rules(device, &device->channels[i], now, sink);
	}
}

void br_rule_tick(
	struct br_registry *registry, struct br_sensor_moment now, const struct br_rule_sink *sink)
{
	struct br_sensor *device;
	unsigned cursor = 0;

	br_assert(sink->intent != NULL);
	while ((device = br_registry_next(registry, &cursor)) != NULL)
		br_rule_device_tick(device, now, sink);
}

void br_rule_restore_alarm(struct br_sensor_channel *channel, enum br_rule rule, int64_t since_ms)
{
	br_assert((unsigned)rule < BR_RULES);
	br_watch_restore(&channel->watches[rule], since_ms);
}

void br_rule_restore_lost(struct br_sensor *device, int64_t since_ms)
{
	br_assert(device->adopted);
	br_watch_restore(&device->lost, since_ms);
}
