#include "node/quarantine.h"

#include <inttypes.h>
#include <string.h>

#include "node/hole.h"
#include "node/tables.h"

#define EVENT(S) BR_MUST_U64(S, event, 1, 0)
#define VERDICT(S) \
	BR_MUST_TEXT(S, code, 1, BR_WORD_BYTES_MAX), BR_TEXT(S, message, 0, BR_REASON_BYTES_MAX)

static const struct br_field ask_fields[] = {
	EVENT(br_quarantine_ask),
	VERDICT(br_quarantine_ask),
};
BR_DEFINE_SHAPE(br_quarantine_ask_shape, br_quarantine_ask, 1, ask_fields);

static const struct br_field quarantined_fields[] = {
	BR_TEXT(br_quarantined, subject, 0, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_quarantined, type, 1, BR_WORD_BYTES_MAX),
	EVENT(br_quarantined),
	VERDICT(br_quarantined),
};
BR_DEFINE_SHAPE(br_quarantined_shape, br_quarantined, 1, quarantined_fields);

static const struct br_field named_fields[] = {
	EVENT(br_quarantine_step),
	BR_TEXT(br_quarantine_step, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_quarantine_named_shape, br_quarantine_step, 1, named_fields);

static const struct br_field step_fields[] = {
	BR_TEXT(br_quarantine_step, subject, 0, BR_ID_BYTES_MAX),
	EVENT(br_quarantine_step),
	BR_TEXT(br_quarantine_step, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_quarantine_step_shape, br_quarantine_step, 1, step_fields);

#define LAST(M, KIND) \
	.name = #M, .kind = (KIND), .offset = offsetof(struct br_quarantine_row, last.M)
static const struct br_field row_fields[] = {
	{LAST(event, BR_FIELD_U64)},
	{LAST(type, BR_FIELD_TEXT), .max = BR_WORD_BYTES_MAX},
	{LAST(subject, BR_FIELD_TEXT), .max = BR_ID_BYTES_MAX},
	{LAST(code, BR_FIELD_TEXT), .max = BR_WORD_BYTES_MAX},
	{LAST(message, BR_FIELD_TEXT), .max = BR_REASON_BYTES_MAX},
	{.name = "at", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_quarantine_row, at_ms)},
	BR_BOOL(br_quarantine_row, resent),
	BR_U64(br_quarantine_row, tries, 0, 0),
};
BR_DEFINE_SHAPE(br_quarantine_row_shape, br_quarantine_row, 1, row_fields);

int br_quarantine_get(struct br_txn *txn, uint64_t event, struct br_arena *arena,
	struct br_quarantine_row *ret_row)
{
	struct br_key key = br_key_of_u64(event);

	br_assert(arena != NULL);
	return br_row_get_copy(txn, BR_TABLE_QUARANTINE, br_key_str(&key), &br_quarantine_row_shape,
		arena, ret_row);
}

uint64_t br_quarantine_count(struct br_txn *txn)
{
	return br_txn_count(txn, BR_TABLE_QUARANTINE);
}

/* What is said of an event in quarantine would go round for ever if it were refused itself. */
static bool kind_is_own(enum br_event_kind kind)
{
	return kind >= BR_EVENT_EVENT_QUARANTINED && kind <= BR_EVENT_EVENT_DISMISSED;
}

/* A refusal of an event that is not in quarantine yet. */
static int refusal_judge(
	struct br_txn *txn, uint64_t sequence, struct br_arena *arena, enum br_verdict_use *ret_use)
{
	struct br_event event;
	int result = br_event_get(txn, sequence, arena, &event);

	br_assert(ret_use != NULL);
	if (result == BR_E_NOT_FOUND && br_hole_holds(txn, sequence, arena)) {
		*ret_use = BR_VERDICT_KNOWN;
		return br_txn_error(txn);
	}
	if (result == BR_E_NOT_FOUND ||
		(result == 0 && br_event_types[event.kind].lane == BR_LANE_NONE)) {
		*ret_use = BR_VERDICT_UNKNOWN;
		return 0;
	}
	if (result < 0)
		return br_txn_fail(txn, result);
	*ret_use = BR_VERDICT_NEWS;
	if (kind_is_own(event.kind))
		*ret_use = BR_VERDICT_OWN;
	else if (br_quarantine_count(txn) >= BR_QUARANTINE_MAX)
		*ret_use = BR_VERDICT_FULL;
	return 0;
}

int br_quarantine_judge(struct br_txn *txn, uint64_t event, bool accepted, struct br_arena *arena,
	enum br_verdict_use *ret_use)
{
	struct br_quarantine_row row;
	int result = br_quarantine_get(txn, event, arena, &row);

	if (result == 0)
		*ret_use = accepted || row.resent ? BR_VERDICT_NEWS : BR_VERDICT_KNOWN;
	else if (result == BR_E_NOT_FOUND && accepted)
		*ret_use = BR_VERDICT_KNOWN;
	else if (result == BR_E_NOT_FOUND)
		return refusal_judge(txn, event, arena, ret_use);
	br_assert(result <= 0);
	return result == BR_E_NOT_FOUND ? 0 : result;
}

/* HQ refuses the event: written down once, and again when it was sent again since. */
int br_quarantine_decide_add(struct br_decision *decision, const void *body)
{
	const struct br_quarantine_ask *ask = body;
	struct br_quarantined quarantined = {
		.event = ask->event, .code = ask->code, .message = ask->message};
	enum br_verdict_use use = BR_VERDICT_NEWS;
	struct br_event event;
	int result = br_quarantine_judge(decision->txn, ask->event, false, decision->arena, &use);

	if (result < 0 || use == BR_VERDICT_KNOWN)
		return result;
	if (use == BR_VERDICT_FULL)
		return br_decision_refuse(decision, BR_REFUSAL_TOO_MUCH,
			"%d events are in quarantine, no more have room", BR_QUARANTINE_MAX);
	if (use == BR_VERDICT_UNKNOWN)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_EVENT,
			"event %" PRIu64 " was never sent", ask->event);
	if (use == BR_VERDICT_OWN)
		return br_decision_refuse(decision, BR_REFUSAL_NOT_ALLOWED,
			"what is told of an event in quarantine cannot be refused");
	result = br_event_get(decision->txn, ask->event, decision->arena, &event);
	if (result < 0)
		return br_txn_fail(decision->txn, result);
	quarantined.type = br_str_from(br_event_types[event.kind].name);
	quarantined.subject = br_event_types[event.kind].subject(&event);
	br_decision_emit(decision, BR_EVENT_EVENT_QUARANTINED, &quarantined);
	return 0;
}

/* The row of the event that a step is about. BR_DECIDED_NO when there is none. */
static int step_row(struct br_decision *decision, struct br_quarantine_step *step,
	struct br_quarantine_row *ret_row)
{
	int result = br_quarantine_get(decision->txn, step->event, decision->arena, ret_row);

	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_EVENT,
			"event %" PRIu64 " is not in quarantine", step->event);
	if (result == 0)
		step->subject = ret_row->last.subject;
	br_assert(result <= 0);
	return result;
}

int br_quarantine_decide_resend(struct br_decision *decision, const void *body)
{
	struct br_quarantine_step step = *(const struct br_quarantine_step *)body;
	struct br_quarantine_row row;
	int result = step_row(decision, &step, &row);

	if (result != 0)
		return result;
	br_assert(row.last.event == step.event);
	if (row.resent)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"event %" PRIu64 " is on its way again, HQ has not answered yet",
			step.event);
	br_decision_emit(decision, BR_EVENT_EVENT_RESENT, &step);
	return 0;
}

/* A repeat of HQ's word is no news. */
int br_quarantine_decide_accept(struct br_decision *decision, const void *body)
{
	struct br_quarantine_step step = *(const struct br_quarantine_step *)body;
	struct br_quarantine_row row;
	int result = step_row(decision, &step, &row);

	br_assert(step.event > 0);
	if (result == 0)
		br_decision_emit(decision, BR_EVENT_EVENT_ACCEPTED, &step);
	return result;
}

int br_quarantine_decide_dismiss(struct br_decision *decision, const void *body)
{
	struct br_quarantine_step step = *(const struct br_quarantine_step *)body;
	struct br_quarantine_row row;
	int result = step_row(decision, &step, &row);

	br_assert(step.event > 0);
	if (result == 0)
		br_decision_emit(decision, BR_EVENT_EVENT_DISMISSED, &step);
	return result;
}

static void quarantined_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_quarantined *quarantined = event->body;
	struct br_quarantine_row row = {.tries = 0};
	struct br_key key = br_key_of_u64(quarantined->event);

	/* The event came back under another number, and HQ judges it anew by that one. */
	if (event->origin != 0 && br_hole_holds(txn, quarantined->event, arena))
		return;
	if (br_quarantine_get(txn, quarantined->event, arena, &row) == BR_E_NOT_FOUND)
		row.tries = 0;
	row.last = *quarantined;
	row.at_ms = event->recorded_ms;
	row.resent = false;
	br_row_put(txn, BR_TABLE_QUARANTINE, br_key_str(&key), &br_quarantine_row_shape, &row);
}

void br_quarantine_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_quarantine_step *step = event->body;
	struct br_quarantine_row row;
	struct br_key key;

	br_assert(kind_is_own(event->kind));
	if (event->kind == BR_EVENT_EVENT_QUARANTINED) {
		quarantined_apply(txn, event, arena);
		return;
	}
	/* One that came back may speak of what did not. */
	if (br_quarantine_get(txn, step->event, arena, &row) < 0)
		return;
	key = br_key_of_u64(step->event);
	if (event->kind != BR_EVENT_EVENT_RESENT) {
		br_txn_delete(txn, BR_TABLE_QUARANTINE, br_key_str(&key));
		return;
	}
	row.resent = true;
	row.tries++;
	br_row_put(txn, BR_TABLE_QUARANTINE, br_key_str(&key), &br_quarantine_row_shape, &row);
}

void br_quarantine_walk(struct br_txn *txn, uint64_t after, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_quarantine_row *row), void *context)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_key from = br_key_of_u64(after + 1);
	struct br_scan scan;
	bool more = true;

	br_scan_begin(&scan, txn, BR_TABLE_QUARANTINE, none, br_key_str(&from), false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_quarantine_row row;
		int result = br_record_decode(&br_quarantine_row_shape, value, arena, &row);

		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		br_assert(row.last.event > after);
		more = visit(context, &row);
	}
	br_scan_end(&scan);
}
