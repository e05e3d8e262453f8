#include "node/correction.h"

#include "node/pick_list.h"
#include "node/price.h"
#include "node/rights_grant.h"
#include "node/tables.h"

static const struct br_field correct_fields[] = {
	BR_TEXT(br_correct, why, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_correct_shape, br_correct, 1, correct_fields);

static const struct br_field corrected_fields[] = {
	BR_TEXT(br_corrected, why, 0, BR_WORD_BYTES_MAX),
	{.name = "before",
		.kind = BR_FIELD_TIME,
		.offset = offsetof(struct br_corrected, before_ms),
		.required = true},
	{.name = "after",
		.kind = BR_FIELD_TIME,
		.offset = offsetof(struct br_corrected, after_ms),
		.required = true},
};
BR_DEFINE_SHAPE(br_corrected_shape, br_corrected, 1, corrected_fields);

/* Nothing was recorded later than that; 0 = nothing at all. */
static int64_t latest_get(struct br_txn *txn)
{
	struct br_str value;
	uint64_t latest_ms;

	if (br_txn_get(txn, BR_TABLE_STATE, BR_STATE_LATEST, &value) < 0 ||
		!br_key_take_u64(&value, &latest_ms) || latest_ms > (uint64_t)BR_TIME_MAX_MS)
		return 0;
	br_assert(latest_ms < INT64_MAX - BR_CORRECTION_STEP_MS);
	return (int64_t)latest_ms + BR_CORRECTION_STEP_MS;
}

int br_correction_decide(struct br_decision *decision, const void *body)
{
	const struct br_correct *correct = body;
	struct br_corrected corrected = {.why = correct->why,
		.before_ms = latest_get(decision->txn),
		.after_ms = decision->command->now_ms};

	if (!br_correction_due(corrected.before_ms, corrected.after_ms))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"nothing was recorded at a time that is still to come");
	br_assert(corrected.before_ms > corrected.after_ms);
	br_decision_emit(decision, BR_EVENT_CLOCK_CORRECTED, &corrected);
	return 0;
}

void br_correction_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_corrected *corrected = event->body;

	/* It may come back from HQ, where anything may stand in it. */
	if (corrected->after_ms <= 0 || corrected->before_ms <= corrected->after_ms)
		return;
	br_assert(event->kind == BR_EVENT_CLOCK_CORRECTED);
	br_price_correct(txn, corrected->after_ms, corrected->before_ms, arena);
	br_pick_list_correct(txn, corrected->after_ms, arena);
	br_rights_correct(txn, corrected->after_ms, arena);
}
