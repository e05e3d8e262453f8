/* What the core makes of the store's own past, which HQ tells after a restore: hole.h. */
#include "node/core_inside.h"
#include "node/discretion.h"
#include "node/hlc.h"
#include "node/text.h"

/* HQ tells what it knows of a shopper in clear: here it is kept sealed. */
static int origin_seal(struct br_core *core, struct br_event *event)
{
	struct br_discretion_world world = {core->keys, core->txn, &core->arena, core->head_turn,
		br_erasures_of, &core->erasures};
	const struct br_command_type type = {.name = br_event_types[event->kind].name,
		.shape = br_event_types[event->kind].shape};
	struct br_command command = {.id = event->command,
		.actor = event->actor,
		.type = &type,
		.body = event->body,
		.now_ms = event->recorded_ms};
	struct br_discreet discretion;
	int result = br_discretion_seal(&world, &command, &discretion);

	br_assert(event->body != NULL);
	if (result < 0)
		return br_txn_fail(core->txn, result);
	event->body = discretion.body;
	return 0;
}

/* HQ is told that the event counts no more. */
static int origin_withdraw(
	struct br_core *core, const struct br_event *event, enum br_withdrawal reason)
{
	struct br_withdrawn withdrawn = {.withdrawn = event->sequence,
		.type = br_str_from(br_event_types[event->kind].name),
		.reason = (uint8_t)reason};
	struct br_event copy = *event;
	int result = br_hole_subject(event, &core->arena, &withdrawn);

	br_assert(event->sequence > 0);
	if (result < 0)
		return br_txn_fail(core->txn, result);
	copy.kind = BR_EVENT_EVENT_WITHDRAWN;
	copy.body = &withdrawn;
	/* Its times are those of long ago; it happens now. */
	copy.hlc = br_hlc_at(event->recorded_ms);
	if (core->hlc >= copy.hlc)
		copy.hlc = ++core->hlc;
	br_core_append(core, copy);
	return 0;
}

int br_core_recover(struct br_core *core, const struct br_event *event, enum br_doubt doubt)
{
	struct br_event copy = *event;
	enum br_withdrawal reason = BR_WITHDRAWN_REPEATED;
	enum br_judgement judgement;
	int result = 0;

	br_assert(event->sequence > 0 && event->kind < BR_EVENT_N);
	if (br_core_txn(core) == NULL)
		return core->error;
	br_arena_reset(&core->arena);
	judgement = br_hole_judge(core->txn, event, br_core_origin_repeated(core, event), doubt,
		&core->arena, &reason);
	if (judgement == BR_JUDGED_KNOWN)
		return br_txn_error(core->txn);
	if (judgement == BR_JUDGED_MERGE) {
		copy.origin = event->sequence;
		result = origin_seal(core, &copy);
		br_core_origin_answer(core, event);
	}
	if (result == 0 && judgement == BR_JUDGED_MERGE)
		br_core_append(core, copy);
	else if (result == 0)
		result = origin_withdraw(core, event, reason);
	core->turn_n++;
	if (br_txn_error(core->txn) < 0)
		return core->error = br_txn_error(core->txn);
	return judgement == BR_JUDGED_MERGE ? 1 : 2;
}

int br_core_unreadable(struct br_core *core, uint64_t sequence, struct br_str type, int64_t now_ms)
{
	struct br_withdrawn withdrawn = {
		.type = {type.s, type.n < BR_WORD_BYTES_MAX ? type.n : BR_WORD_BYTES_MAX},
		.withdrawn = sequence,
		.reason = BR_WITHDRAWN_UNREADABLE};
	/* No kind touches less. */
	struct br_event event = {.sequence = sequence, .kind = BR_EVENT_EVENT_WITHDRAWN};
	enum br_withdrawal reason;

	br_assert(sequence > 0);
	if (br_core_txn(core) == NULL)
		return core->error;
	br_arena_reset(&core->arena);
	if (withdrawn.type.n == 0 || !br_utf8_valid(withdrawn.type.s, withdrawn.type.n))
		withdrawn.type = BR_STR("unknown");
	if (br_hole_judge(core->txn, &event, true, BR_DOUBT_NONE, &core->arena, &reason) ==
		BR_JUDGED_KNOWN)
		return br_txn_error(core->txn);
	br_core_append(core, (struct br_event){
				     .kind = BR_EVENT_EVENT_WITHDRAWN,
				     .happened_ms = now_ms,
				     .recorded_ms = now_ms,
				     .command = br_str_from(core->epoch),
				     .actor = BR_STR("hq"),
				     .body = &withdrawn,
			     });
	core->turn_n++;
	return br_txn_error(core->txn) < 0 ? br_txn_error(core->txn) : 2;
}

int br_core_recovered(struct br_core *core, uint64_t after, uint64_t told, int64_t now_ms)
{
	struct br_recovered recovered = {br_str_from(core->epoch), after, told};

	if (br_core_txn(core) == NULL)
		return core->error;
	br_arena_reset(&core->arena);
	br_assert(after < core->since);
	br_core_append(core, (struct br_event){
				     .kind = BR_EVENT_STORE_RECOVERED,
				     .happened_ms = now_ms,
				     .recorded_ms = now_ms,
				     .command = recovered.epoch,
				     .actor = BR_STR("hq"),
				     .body = &recovered,
			     });
	return br_txn_error(core->txn);
}
