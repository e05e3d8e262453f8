/* What the rules conclude becomes commands; what stands in the ledger becomes what they know. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/device.h"
#include "node/tables.h"
#include "sensors/intake_parts.h"

/* Of one turn's commands; the rest is for tills and people. */
#define COMMANDS_MAX (BR_TURN_COMMANDS_MAX / 4 * 3)
/* The ledger keeps values up to here; a counter may pass it, and people need no more. */
#define VALUE_MAX INT64_C(1000000000000)
#define ORPHANS_MAX 32
/* "<device>/<channel>/<rule>" and the NUL. */
#define ALARM_BYTES (BR_SENSOR_NAME_BYTES + 2 * (BR_WORD_BYTES_MAX + 1))

int br_intake_submit(
	struct br_intake *intake, const char *type, const void *body, int64_t happened_ms)
{
	char id[BR_ID_BYTES_MAX + 1];
	struct br_command command = {
		.actor = BR_STR("rule"),
		.type = br_command_type_named(br_str_from(type)),
		.body = body,
		.happened_ms = happened_ms,
		.now_ms = br_intake_now(intake).wall_ms,
	};

	br_assert(command.type != NULL);
	if (br_core_turn_n(intake->options.core) >= COMMANDS_MAX ||
		br_core_sheds(intake->options.core, command.type))
		return BR_E_BUSY;
	(void)snprintf(id, sizeof(id), "%s-%" PRIu64, intake->start, ++intake->commands);
	command.id = br_str_from(id);
	return br_core_submit(intake->options.core, &command, NULL);
}

struct br_str br_intake_channel_word(const struct br_sensor_channel *channel)
{
	struct br_str word = br_str_from(channel->settings.name);

	br_assert(word.n > 0);
	if (word.n > BR_WORD_BYTES_MAX)
		word.n = br_utf8_cut(word.s, BR_WORD_BYTES_MAX);
	return word;
}

static int alarm_submit(
	struct br_intake *intake, const struct br_rule_intent *intent, struct br_str device)
{
	struct br_str channel = br_intake_channel_word(intent->channel);
	struct br_alarm_raise raise = {
		.device = device,
		.channel = channel,
		.rule = br_str_from(intent->rule_name),
		.severity = intent->rule == BR_RULE_HIGH || intent->rule == BR_RULE_LOW
				    ? BR_SEVERITY_PROBLEM
				    : BR_SEVERITY_ATTENTION,
		.text = br_str_from(intent->text),
		.value = intent->value > VALUE_MAX    ? VALUE_MAX
			 : intent->value < -VALUE_MAX ? -VALUE_MAX
						      : intent->value,
	};
	char alarm[ALARM_BYTES];
	int n = snprintf(alarm, sizeof(alarm), "%.*s/%.*s/%s", BR_STR_ARG(device),
		BR_STR_ARG(channel), intent->rule_name);
	struct br_alarm_named named = {.alarm = br_str_from(alarm)};

	br_assert(n > 0 && (size_t)n < sizeof(alarm));
	br_assert(intent->what == BR_RULE_ALARM_RAISE || intent->what == BR_RULE_ALARM_CLEAR);
	raise.alarm = named.alarm;
	if (raise.text.n > BR_NAME_BYTES_MAX)
		raise.text.n = br_utf8_cut(raise.text.s, BR_NAME_BYTES_MAX);
	if (intent->what == BR_RULE_ALARM_RAISE)
		return br_intake_submit(intake, "alarm.raise", &raise, intent->since_ms);
	return br_intake_submit(intake, "alarm.clear", &named, 0);
}

/* Without room in the turn or on the disk it comes again at the next tick. */
static int intent_take(void *context, const struct br_rule_intent *intent)
{
	struct br_intake *intake = context;
	char device[BR_SENSOR_NAME_BYTES];
	struct br_device_named named;

	br_sensor_name(intent->device, device);
	named.device = br_str_from(device);
	if (intent->what == BR_RULE_DEVICE_LOST)
		return br_intake_submit(intake, "device.lost", &named, 0);
	if (intent->what == BR_RULE_DEVICE_BACK)
		return br_intake_submit(intake, "device.back", &named, 0);
	br_assert(intent->channel != NULL);
	return alarm_submit(intake, intent, named.device);
}

struct br_rule_sink br_intake_rule_sink(struct br_intake *intake)
{
	return (struct br_rule_sink){intent_take, intake};
}

/* The channel that an alarm of the ledger is about; NULL when there is none any more. */
static struct br_sensor_channel *alarm_channel(
	struct br_intake *intake, const struct br_alarm *alarm)
{
	struct br_sensor *device = br_intake_device_find(intake, alarm->device);

	if (device == NULL || !device->adopted)
		return NULL;
	br_assert(device->channel_n <= BR_DEVICE_CHANNELS_MAX);
	for (unsigned i = 0; i < device->channel_n; i++)
		if (br_str_equal(br_intake_channel_word(&device->channels[i]), alarm->channel))
			return &device->channels[i];
	return NULL;
}

/* The walk over the standing alarms that are ours. */
static bool alarm_next(struct br_intake *intake, struct br_scan *scan, struct br_alarm *ret_alarm,
	enum br_rule *ret_rule)
{
	struct br_str key, value;

	while (br_scan_next(scan, &key, &value)) {
		br_arena_reset(&intake->arena);
		if (br_record_decode(&br_alarm_shape, value, &intake->arena, ret_alarm) == 0 &&
			ret_alarm->cleared == 0 && br_rule_from(ret_alarm->rule, ret_rule))
			return true;
	}
	return false;
}

void br_intake_alarms_restore(struct br_intake *intake, struct br_txn *ledger, struct br_str device)
{
	struct br_str none = {NULL, 0};
	struct br_sensor_channel *channel;
	struct br_alarm alarm;
	struct br_scan scan;
	enum br_rule rule;

	br_scan_begin(&scan, ledger, BR_TABLE_ALARM, none, none, false);
	while (alarm_next(intake, &scan, &alarm, &rule)) {
		br_assert(alarm.cleared == 0);
		if (device.n > 0 && !br_str_equal(device, alarm.device))
			continue;
		channel = alarm_channel(intake, &alarm);
		if (channel != NULL)
			br_rule_restore_alarm(channel, rule, alarm.raised);
	}
	br_scan_end(&scan);
}

/* True when no rule will ever clear the alarm: its device is not watched, or its channel is gone.
 */
static bool is_orphan(struct br_intake *intake, struct br_txn *ledger, const struct br_alarm *alarm)
{
	const struct br_sensor *sensor = br_intake_device_find(intake, alarm->device);
	struct br_arena arena;
	struct br_device device;
	bool known;

	br_assert(alarm->cleared == 0);
	if (alarm->device.n == 0 || alarm_channel(intake, alarm) != NULL)
		return false;
	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	known = br_device_get(ledger, alarm->device, &arena, &device) == 0;
	br_arena_finish(&arena);
	/* One that is adopted but cannot be watched keeps its alarms for people to see. */
	return !known || (sensor != NULL && sensor->adopted);
}

void br_intake_orphans_clear(struct br_intake *intake)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	char names[ORPHANS_MAX][ALARM_BYTES];
	struct br_str none = {NULL, 0};
	struct br_alarm alarm;
	struct br_scan scan;
	enum br_rule rule;
	unsigned n = 0;

	if (br_txn_begin(intake->options.ledger, false, &txn) < 0)
		return;
	br_scan_begin(&scan, txn, BR_TABLE_ALARM, none, none, false);
	while (n < ORPHANS_MAX && alarm_next(intake, &scan, &alarm, &rule))
		if (is_orphan(intake, txn, &alarm) &&
			br_str_copy(alarm.alarm, names[n], sizeof(names[n])))
			n++;
	br_scan_end(&scan);
	br_assert(n <= ORPHANS_MAX);
	/* Those that are cleared now are gone at the next look. */
	intake->orphans = n == ORPHANS_MAX;
	for (unsigned i = 0; i < n; i++) {
		struct br_alarm_named named = {.alarm = br_str_from(names[i])};

		if (br_intake_submit(intake, "alarm.clear", &named, 0) < 0)
			intake->orphans = true;
	}
}
