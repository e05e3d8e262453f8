#include "node/correction.h"

#include "node/pick_list.h"
#include "node/price.h"
#include "node/rights_grant.h"

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

int br_correction_decide(struct br_decision *decision, const void *body)
{
	const struct br_correct *correct = body;
	uint64_t head = br_journal_head(decision->txn);
	struct br_corrected corrected = {
		.why = correct->why, .after_ms = decision->command->now_ms};
	struct br_event last = {.recorded_ms = 0};

	if (head > 0 && br_event_get(decision->txn, head, decision->arena, &last) < 0)
		return br_txn_error(decision->txn);
	if (!br_correction_due(last.recorded_ms, corrected.after_ms))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"nothing was recorded at a time that is still to come");
	corrected.before_ms = last.recorded_ms;
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
