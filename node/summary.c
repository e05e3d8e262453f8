#include "node/summary.h"

#include "node/device.h"
#include "node/limits.h"
#include "node/tables.h"

#define VALUE_MAX INT64_C(1000000000000)
#define UNIT_BYTES_MAX 16

static const struct br_field channel_fields[] = {
	BR_MUST_TEXT(br_summary_channel, channel, 1, BR_WORD_BYTES_MAX),
	BR_TEXT(br_summary_channel, unit, 0, UNIT_BYTES_MAX),
	BR_MILLI(br_summary_channel, min, -VALUE_MAX, VALUE_MAX),
	BR_MILLI(br_summary_channel, mean, -VALUE_MAX, VALUE_MAX),
	BR_MILLI(br_summary_channel, max, -VALUE_MAX, VALUE_MAX),
	BR_MUST_U64(br_summary_channel, n, 1, 0),
};
static BR_DEFINE_SHAPE(channel_shape, br_summary_channel, 1, channel_fields);

static const struct br_field summary_fields[] = {
	BR_MUST_TEXT(br_summary, device, 1, BR_DEVICE_BYTES_MAX),
	BR_TIME(br_summary, from),
	BR_TIME(br_summary, until),
	BR_MUST_LIST(br_summary, channels, 1, BR_DEVICE_CHANNELS_MAX, &channel_shape),
};
BR_DEFINE_SHAPE(br_summary_shape, br_summary, 1, summary_fields);

static const struct br_field row_fields[] = {
	BR_TIME(br_summary_row, until),
};
BR_DEFINE_SHAPE(br_summary_row_shape, br_summary_row, 1, row_fields);

int64_t br_summary_until(
	struct br_txn *txn, struct br_str device, int64_t now_ms, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(device);
	struct br_summary_row row = {.until = 0};

	br_assert(device.n > 0);
	if (br_row_get(txn, BR_TABLE_SUMMARY, br_key_str(&key), &br_summary_row_shape, arena,
		    &row) < 0)
		return 0;
	return row.until > now_ms ? 0 : row.until;
}

int br_summary_decide(struct br_decision *decision, const void *body)
{
	const struct br_summary *summary = body;
	struct br_device device;
	int64_t until;
	int result = br_device_get(decision->txn, summary->device, decision->arena, &device);

	br_assert(summary->channels.n > 0 && summary->channels.n <= BR_DEVICE_CHANNELS_MAX);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_DEVICE,
			"device \"%.*s\" is not adopted", BR_STR_ARG(summary->device));
	if (result < 0)
		return result;
	if (summary->from >= summary->until ||
		summary->until - summary->from > BR_SUMMARY_PERIOD_MS_MAX)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"until: allowed is a time behind `from`, and at most seven days");
	until = br_summary_until(
		decision->txn, summary->device, decision->command->now_ms, decision->arena);
	if (br_txn_error(decision->txn) < 0)
		return br_txn_error(decision->txn);
	if (summary->from < until)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"device \"%.*s\" is summed up beyond that time already",
			BR_STR_ARG(summary->device));
	br_decision_emit(decision, BR_EVENT_DEVICE_SUMMARISED, summary);
	return 0;
}

void br_summary_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_summary *summary = event->body;
	struct br_key key = br_key_of_str(summary->device);

	br_assert(event->kind == BR_EVENT_DEVICE_SUMMARISED && summary->from < summary->until);
	br_row_put(txn, BR_TABLE_SUMMARY, br_key_str(&key), &br_summary_row_shape,
		&(struct br_summary_row){summary->until});
}
