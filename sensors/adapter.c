#include "sensors/adapter.h"

#include <string.h>

const char *br_sensor_refusal_text(enum br_sensor_refusal reason)
{
	static const char *const texts[BR_SENSOR_REFUSALS] = {
		[BR_SENSOR_REFUSAL_SIZE] = "topic or payload over the limit",
		[BR_SENSOR_REFUSAL_JSON] = "payload is not JSON",
		[BR_SENSOR_REFUSAL_SHAPE] = "payload is not built as expected",
		[BR_SENSOR_REFUSAL_NAME] = "name is empty, too long or not UTF-8",
		[BR_SENSOR_REFUSAL_TYPE] = "value of another type",
		[BR_SENSOR_REFUSAL_NUMBER] = "number is not finite or too large",
		[BR_SENSOR_REFUSAL_DEVICE] = "device is not in the bridge's list",
		[BR_SENSOR_REFUSAL_READINGS] = "too many readings in one message",
	};

	br_assert((unsigned)reason < BR_SENSOR_REFUSALS);
	br_assert(texts[reason] != NULL);
	return texts[reason];
}

int br_adapter_init(struct br_adapter *adapter, const struct br_adapter_class *class,
	struct br_str source, struct br_fault *fault)
{
	br_assert(class->payload_bytes_max <= BR_SENSOR_LIST_BYTES_MAX);
	br_assert(class->name != NULL && class->take != NULL && class->destroy != NULL);
	if (source.n == 0 || source.n > BR_SENSOR_SOURCE_BYTES_MAX ||
		!br_utf8_valid(source.s, source.n) || memchr(source.s, '/', source.n) != NULL)
		return br_fault_set(fault, BR_E_INVALID,
			"a sensor source's name has 1 to %d bytes of UTF-8 without a /",
			BR_SENSOR_SOURCE_BYTES_MAX);
	*adapter = (struct br_adapter){.class = class};
	memcpy(adapter->source_text, source.s, source.n);
	adapter->source = (struct br_str){adapter->source_text, source.n};
	return 0;
}

void br_adapter_destroy(struct br_adapter *adapter)
{
	if (adapter != NULL)
		adapter->class->destroy(adapter);
}

const char *br_adapter_filter(const struct br_adapter *adapter, unsigned number)
{
	br_assert(adapter->filter_n <= BR_SENSOR_FILTERS_MAX);
	return number < adapter->filter_n ? adapter->filters[number] : NULL;
}

const struct br_adapter_counts *br_adapter_counts(const struct br_adapter *adapter)
{
	br_assert(adapter->class != NULL);
	return &adapter->counts;
}

void br_adapter_call_init(struct br_adapter_call *call, struct br_adapter *adapter,
	const struct br_sensor_message *message, const struct br_adapter_sink *sink)
{
	br_assert(sink->reading != NULL && sink->presence != NULL);
	*call = (struct br_adapter_call){.adapter = adapter,
		.message = message,
		.sink = sink,
		.observed_ms = message->received_ms,
		.quality = BR_QUALITY_UNTIMED | (message->retained ? BR_QUALITY_RETAINED : 0)};
}

void br_adapter_call_observed(struct br_adapter_call *call, int64_t observed_ms)
{
	br_assert(observed_ms >= 0);
	call->observed_ms = observed_ms;
	call->quality &= ~BR_QUALITY_UNTIMED;
}

/* Names end up in logs and on screens; a control byte there is an attack or a fault. */
static bool name_is_good(struct br_str name, size_t bytes_max)
{
	size_t i;

	br_assert(bytes_max > 0);
	if (name.n == 0 || name.n > bytes_max)
		return false;
	for (i = 0; i < name.n; i++)
		if ((unsigned char)name.s[i] < 0x20 || name.s[i] == 0x7F)
			return false;
	return true;
}

bool br_adapter_call_device(struct br_adapter_call *call, struct br_str device)
{
	br_assert(call->adapter != NULL);
	if (!name_is_good(device, BR_ID_BYTES_MAX)) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_NAME, device);
		return false;
	}
	call->device = device;
	return true;
}

void br_adapter_emit(struct br_adapter_call *call, struct br_str channel, enum br_reading_kind kind,
	int64_t value, struct br_str word)
{
	struct br_reading reading;

	br_assert((unsigned)kind < BR_READING_KINDS);
	br_assert(word.n <= BR_SENSOR_WORD_BYTES_MAX);
	br_assert(call->device.n > 0);
	if (!name_is_good(channel, BR_SENSOR_CHANNEL_BYTES_MAX)) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_NAME, channel);
		return;
	}
	if (call->readings == BR_SENSOR_READINGS_MAX) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_READINGS, channel);
		return;
	}
	reading = (struct br_reading){.source = call->adapter->source,
		.device = call->device,
		.channel = channel,
		.word = word,
		.kind = kind,
		.quality = call->quality,
		.value = value,
		.observed_ms = call->observed_ms,
		.received_ms = call->message->received_ms};
	call->readings++;
	call->adapter->counts.readings++;
	call->sink->reading(call->sink->context, &reading);
}

void br_adapter_emit_presence(struct br_adapter_call *call, const struct br_presence *presence)
{
	br_assert(presence->source.n > 0);
	br_assert(presence->change == BR_PRESENCE_RENAMED || presence->former.n == 0);
	call->presences++;
	call->adapter->counts.presences++;
	call->sink->presence(call->sink->context, presence);
}

void br_adapter_emit_state(struct br_adapter_call *call, bool online)
{
	struct br_presence presence = {.source = call->adapter->source,
		.device = call->device,
		.change = online ? BR_PRESENCE_ONLINE : BR_PRESENCE_OFFLINE,
		.received_ms = call->message->received_ms};

	br_assert(call->adapter->source.n > 0);
	br_adapter_emit_presence(call, &presence);
}

void br_adapter_refuse(
	struct br_adapter_call *call, enum br_sensor_refusal reason, struct br_str what)
{
	br_assert((unsigned)reason < BR_SENSOR_REFUSALS);
	call->refusals++;
	call->adapter->counts.refused[reason]++;
	if (call->sink->refused != NULL)
		call->sink->refused(call->sink->context, reason, what);
}

int br_adapter_call_outcome(struct br_adapter_call *call)
{
	br_assert(call->readings <= BR_SENSOR_READINGS_MAX);
	if (call->refusals > 0)
		return BR_ADAPTER_REFUSED;
	if (call->readings > 0 || call->presences > 0)
		return BR_ADAPTER_TAKEN;
	call->adapter->counts.ignored++;
	return BR_ADAPTER_IGNORED;
}

static int message_refuse(struct br_adapter *adapter, const struct br_sensor_message *message,
	const struct br_adapter_sink *sink, enum br_sensor_refusal reason, const char *what)
{
	struct br_adapter_call call;

	br_assert(what != NULL);
	br_adapter_call_init(&call, adapter, message, sink);
	br_adapter_refuse(&call, reason, br_str_from(what));
	return br_adapter_call_outcome(&call);
}

int br_adapter_take(struct br_adapter *adapter, const struct br_sensor_message *message,
	const struct br_adapter_sink *sink)
{
	int outcome;

	br_assert(adapter->class != NULL && sink->reading != NULL);
	br_assert(adapter->source.n > 0);
	if (message->topic.n > BR_SENSOR_TOPIC_BYTES_MAX)
		outcome = message_refuse(adapter, message, sink, BR_SENSOR_REFUSAL_SIZE, "topic");
	else if (message->payload.n > adapter->class->payload_bytes_max)
		outcome = message_refuse(adapter, message, sink, BR_SENSOR_REFUSAL_SIZE, "payload");
	else if (!br_utf8_valid(message->topic.s, message->topic.n))
		outcome = message_refuse(adapter, message, sink, BR_SENSOR_REFUSAL_NAME, "topic");
	else
		outcome = adapter->class->take(adapter, message, sink);
	if (outcome != BR_ADAPTER_FOREIGN)
		adapter->counts.messages++;
	return outcome;
}
