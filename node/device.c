#include "node/device.h"

#include "node/tables.h"

/* "<device>/<channel>/<rule>" */
#define ALARM_BYTES_MAX (BR_DEVICE_BYTES_MAX + 2 * BR_WORD_BYTES_MAX + 2)
#define VALUE_MAX INT64_C(1000000000000)

const char *const br_severity_words[] = {"attention", "problem", NULL};
static const char *const device_state_words[] = {"ok", "lost", NULL};

static const struct br_field channel_fields[] = {
	BR_MUST_TEXT(br_device_channel, channel, 1, BR_WORD_BYTES_MAX),
	BR_MILLI_OR(br_device_channel, low, -VALUE_MAX, VALUE_MAX, BR_LIMIT_NONE),
	BR_MILLI_OR(br_device_channel, high, -VALUE_MAX, VALUE_MAX, BR_LIMIT_NONE),
	BR_U64(br_device_channel, delay_s, 0, 86400),
};
static BR_DEFINE_SHAPE(channel_shape, br_device_channel, 1, channel_fields);

static const struct br_field adopt_fields[] = {
	BR_MUST_TEXT(br_device_adopt, device, 1, BR_DEVICE_BYTES_MAX),
	BR_TEXT(br_device_adopt, name, 0, BR_PATH_BYTES_MAX),
	BR_TEXT(br_device_adopt, zone, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_device_adopt, sku, 0, BR_ID_BYTES_MAX),
	BR_LIST(br_device_adopt, channels, 0, BR_DEVICE_CHANNELS_MAX, &channel_shape),
};
BR_DEFINE_SHAPE(br_device_adopt_shape, br_device_adopt, 1, adopt_fields);

static const struct br_field named_fields[] = {
	BR_MUST_TEXT(br_device_named, device, 1, BR_DEVICE_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_device_named_shape, br_device_named, 1, named_fields);

static const struct br_field device_fields[] = {
	BR_MUST_TEXT(br_device, device, 1, BR_DEVICE_BYTES_MAX),
	BR_TEXT(br_device, name, 0, BR_PATH_BYTES_MAX),
	BR_TEXT(br_device, zone, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_device, sku, 0, BR_ID_BYTES_MAX),
	BR_LIST(br_device, channels, 0, BR_DEVICE_CHANNELS_MAX, &channel_shape),
	BR_WORD(br_device, state, device_state_words),
	BR_TIME(br_device, since),
	BR_MUST_U64(br_device, sequence, 1, 0),
};
BR_DEFINE_SHAPE(br_device_shape, br_device, 1, device_fields);

static const struct br_field raise_fields[] = {
	BR_MUST_TEXT(br_alarm_raise, alarm, 1, ALARM_BYTES_MAX),
	BR_TEXT(br_alarm_raise, device, 0, BR_DEVICE_BYTES_MAX),
	BR_TEXT(br_alarm_raise, channel, 0, BR_WORD_BYTES_MAX),
	BR_MUST_TEXT(br_alarm_raise, rule, 1, BR_WORD_BYTES_MAX),
	BR_WORD(br_alarm_raise, severity, br_severity_words),
	BR_MUST_TEXT(br_alarm_raise, text, 1, BR_NAME_BYTES_MAX),
	BR_MILLI(br_alarm_raise, value, -VALUE_MAX, VALUE_MAX),
};
BR_DEFINE_SHAPE(br_alarm_raise_shape, br_alarm_raise, 1, raise_fields);

static const struct br_field alarm_named_fields[] = {
	BR_MUST_TEXT(br_alarm_named, alarm, 1, ALARM_BYTES_MAX),
	BR_TEXT(br_alarm_named, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_alarm_named_shape, br_alarm_named, 1, alarm_named_fields);

static const struct br_field alarm_fields[] = {
	BR_MUST_TEXT(br_alarm, alarm, 1, ALARM_BYTES_MAX),
	BR_TEXT(br_alarm, device, 0, BR_DEVICE_BYTES_MAX),
	BR_TEXT(br_alarm, channel, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_alarm, rule, 0, BR_WORD_BYTES_MAX),
	BR_WORD(br_alarm, severity, br_severity_words),
	BR_TEXT(br_alarm, text, 0, BR_NAME_BYTES_MAX),
	BR_MILLI(br_alarm, value, -VALUE_MAX, VALUE_MAX),
	BR_TIME(br_alarm, raised),
	BR_TIME(br_alarm, cleared),
	BR_TIME(br_alarm, acknowledged),
	BR_TEXT(br_alarm, acknowledged_by, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_alarm, reason, 0, BR_REASON_BYTES_MAX),
	BR_MUST_U64(br_alarm, sequence, 1, 0),
};
BR_DEFINE_SHAPE(br_alarm_shape, br_alarm, 1, alarm_fields);

int br_device_get(struct br_txn *txn, struct br_str device, struct br_arena *arena,
	struct br_device *ret_device)
{
	struct br_key key = br_key_of_str(device);

	return br_row_get(
		txn, BR_TABLE_DEVICE, br_key_str(&key), &br_device_shape, arena, ret_device);
}

int br_alarm_get(
	struct br_txn *txn, struct br_str alarm, struct br_arena *arena, struct br_alarm *ret_alarm)
{
	struct br_key key = br_key_of_str(alarm);

	return br_row_get(txn, BR_TABLE_ALARM, br_key_str(&key), &br_alarm_shape, arena, ret_alarm);
}

/* Limits between which no value lies would raise an alarm whatever the sensor says. */
static int channel_refuse(
	struct br_decision *decision, const struct br_device_adopt *adopt, uint32_t index)
{
	const struct br_device_channel *channel =
		BR_LIST_AT(adopt->channels, br_device_channel, index);

	br_assert(index < adopt->channels.n);
	if (channel->low != BR_LIMIT_NONE && channel->high != BR_LIMIT_NONE &&
		channel->low >= channel->high)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"channels[%u] \"%.*s\": low is %.15g and high is %.15g, allowed is a low "
			"that "
			"is below high",
			index, BR_STR_ARG(channel->channel), (double)channel->low / 1000,
			(double)channel->high / 1000);
	for (uint32_t i = 0; i < index; i++)
		if (br_str_equal(channel->channel,
			    BR_LIST_AT(adopt->channels, br_device_channel, i)->channel))
			return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
				"channels[%u] \"%.*s\": stands twice", index,
				BR_STR_ARG(channel->channel));
	return 0;
}

int br_device_decide_adopt(struct br_decision *decision, const void *body)
{
	const struct br_device_adopt *adopt = body;

	br_assert(adopt->device.n > 0 && adopt->channels.n <= BR_DEVICE_CHANNELS_MAX);
	for (uint32_t i = 0; i < adopt->channels.n; i++) {
		int result = channel_refuse(decision, adopt, i);

		if (result != 0)
			return result;
	}
	br_decision_emit(decision, BR_EVENT_DEVICE_ADOPTED, body);
	return 0;
}

/* Emits `kind` for a device that is adopted and, unless `from` is negative, in state `from`. */
static int device_decide(struct br_decision *decision, const struct br_device_named *named,
	int from, enum br_event_kind kind)
{
	struct br_device device;
	int result = br_device_get(decision->txn, named->device, decision->arena, &device);

	br_assert(from < 0 || from == BR_DEVICE_OK || from == BR_DEVICE_LOST);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_DEVICE,
			"device \"%.*s\" is not adopted", BR_STR_ARG(named->device));
	if (result < 0)
		return result;
	if (from >= 0 && device.state != from)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"device \"%.*s\" is %s already", BR_STR_ARG(named->device),
			device_state_words[device.state]);
	br_decision_emit(decision, kind, named);
	return 0;
}

int br_device_decide_forget(struct br_decision *decision, const void *body)
{
	return device_decide(decision, body, -1, BR_EVENT_DEVICE_FORGOTTEN);
}

int br_device_decide_lost(struct br_decision *decision, const void *body)
{
	return device_decide(decision, body, BR_DEVICE_OK, BR_EVENT_DEVICE_LOST);
}

int br_device_decide_back(struct br_decision *decision, const void *body)
{
	return device_decide(decision, body, BR_DEVICE_LOST, BR_EVENT_DEVICE_BACK);
}

/* Reads the alarm and says whether it stands: 1, 0, or a negative error. */
static int alarm_stands(
	struct br_decision *decision, struct br_str name, struct br_alarm *ret_alarm)
{
	int result = br_alarm_get(decision->txn, name, decision->arena, ret_alarm);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND)
		return 0;
	return result < 0 ? result : ret_alarm->cleared == 0;
}

int br_alarm_decide_raise(struct br_decision *decision, const void *body)
{
	const struct br_alarm_raise *raise = body;
	struct br_alarm alarm;
	int result = alarm_stands(decision, raise->alarm, &alarm);

	br_assert(raise->rule.n > 0);
	if (result < 0)
		return result;
	if (result > 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"alarm \"%.*s\" stands already", BR_STR_ARG(raise->alarm));
	br_decision_emit(decision, BR_EVENT_ALARM_RAISED, raise);
	return 0;
}

static int alarm_decide(
	struct br_decision *decision, const struct br_alarm_named *named, enum br_event_kind kind)
{
	struct br_alarm alarm;
	int result = alarm_stands(decision, named->alarm, &alarm);

	br_assert(kind == BR_EVENT_ALARM_CLEARED || kind == BR_EVENT_ALARM_ACKNOWLEDGED);
	if (result < 0)
		return result;
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_ALARM,
			"alarm \"%.*s\" does not stand", BR_STR_ARG(named->alarm));
	if (kind == BR_EVENT_ALARM_ACKNOWLEDGED && alarm.acknowledged != 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"alarm \"%.*s\" was acknowledged already by %.*s", BR_STR_ARG(named->alarm),
			BR_STR_ARG(alarm.acknowledged_by));
	br_decision_emit(decision, kind, named);
	return 0;
}

int br_alarm_decide_clear(struct br_decision *decision, const void *body)
{
	return alarm_decide(decision, body, BR_EVENT_ALARM_CLEARED);
}

int br_alarm_decide_acknowledge(struct br_decision *decision, const void *body)
{
	const struct br_alarm_named *named = body;

	if (named->reason.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"reason: is missing, say what was done about it");
	br_assert(named->alarm.n > 0);
	return alarm_decide(decision, named, BR_EVENT_ALARM_ACKNOWLEDGED);
}

static void adopted_apply(struct br_txn *txn, const struct br_event *event)
{
	const struct br_device_adopt *adopt = event->body;
	struct br_key key = br_key_of_str(adopt->device);
	struct br_device device = {
		.device = adopt->device,
		.name = adopt->name,
		.zone = adopt->zone,
		.sku = adopt->sku,
		.channels = adopt->channels,
		.state = BR_DEVICE_OK,
		.since = event->happened_ms,
		.sequence = event->sequence,
	};

	br_assert(adopt->device.n > 0 && adopt->channels.n <= BR_DEVICE_CHANNELS_MAX);
	br_row_put(txn, BR_TABLE_DEVICE, br_key_str(&key), &br_device_shape, &device);
}

void br_device_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_device_named *named = event->body;
	struct br_device device;
	struct br_key key;

	if (event->kind == BR_EVENT_DEVICE_ADOPTED) {
		adopted_apply(txn, event);
		return;
	}
	key = br_key_of_str(named->device);
	if (event->kind == BR_EVENT_DEVICE_FORGOTTEN) {
		br_txn_delete(txn, BR_TABLE_DEVICE, br_key_str(&key));
		return;
	}
	br_assert(event->kind == BR_EVENT_DEVICE_LOST || event->kind == BR_EVENT_DEVICE_BACK);
	if (br_row_get_copy(
		    txn, BR_TABLE_DEVICE, br_key_str(&key), &br_device_shape, arena, &device) < 0)
		return;
	/* Lost and back take turns: deciding has seen to it in the same transaction. */
	br_assert((device.state == BR_DEVICE_OK) == (event->kind == BR_EVENT_DEVICE_LOST));
	device.state = event->kind == BR_EVENT_DEVICE_LOST ? BR_DEVICE_LOST : BR_DEVICE_OK;
	device.since = event->happened_ms;
	br_assert(device.sequence < event->sequence);
	device.sequence = event->sequence;
	br_row_put(txn, BR_TABLE_DEVICE, br_key_str(&key), &br_device_shape, &device);
}

static void raised_apply(struct br_txn *txn, const struct br_event *event)
{
	const struct br_alarm_raise *raise = event->body;
	struct br_key key = br_key_of_str(raise->alarm);
	struct br_alarm alarm = {
		.alarm = raise->alarm,
		.device = raise->device,
		.channel = raise->channel,
		.rule = raise->rule,
		.severity = raise->severity,
		.text = raise->text,
		.value = raise->value,
		.raised = event->happened_ms,
		.sequence = event->sequence,
	};

	br_assert(raise->alarm.n > 0 && raise->severity <= BR_SEVERITY_PROBLEM);
	br_row_put(txn, BR_TABLE_ALARM, br_key_str(&key), &br_alarm_shape, &alarm);
}

void br_alarm_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_alarm_named *named = event->body;
	struct br_alarm alarm;
	struct br_key key;

	if (event->kind == BR_EVENT_ALARM_RAISED) {
		raised_apply(txn, event);
		return;
	}
	br_assert(event->kind == BR_EVENT_ALARM_CLEARED ||
		  event->kind == BR_EVENT_ALARM_ACKNOWLEDGED);
	key = br_key_of_str(named->alarm);
	if (br_row_get_copy(txn, BR_TABLE_ALARM, br_key_str(&key), &br_alarm_shape, arena, &alarm) <
		0)
		return;
	br_assert(alarm.cleared == 0 && alarm.sequence < event->sequence);
	if (event->kind == BR_EVENT_ALARM_CLEARED) {
		alarm.cleared = event->happened_ms;
	} else {
		alarm.acknowledged = event->happened_ms;
		alarm.acknowledged_by = event->actor;
		alarm.reason = named->reason;
	}
	alarm.sequence = event->sequence;
	br_row_put(txn, BR_TABLE_ALARM, br_key_str(&key), &br_alarm_shape, &alarm);
}
