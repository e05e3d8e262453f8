#include "cloud-sync/quarantine_link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/ctl.h"
#include "node/metrics.h"
#include "node/quarantine.h"

#define ARENA_BYTES_MAX (1u << 20)
#define TURN_SHARE (BR_TURN_COMMANDS_MAX / 4)
#define COMMAND_ID_BYTES 64

struct verdict {
	uint64_t event;
	bool accepted;
	char code[BR_WORD_BYTES_MAX + 1], message[BR_REASON_BYTES_MAX + 1];
};

struct br_quarantine_link {
	struct br_core *core; /* borrowed, as the store, the clock and the types */
	struct br_store *store;
	const struct br_clock *clock;
	struct br_dice dice;
	const struct br_command_type *add_type, *accept_type;
	struct br_arena arena;
	struct verdict verdicts[BR_VERDICTS_MAX];
	unsigned verdict_n;
	uint64_t shown; /* the journal's head when they were counted last */
};

int br_quarantine_link_create(struct br_core *core, struct br_store *store,
	const struct br_clock *clock, struct br_dice dice,
	struct br_quarantine_link **ret_quarantine)
{
	struct br_quarantine_link *quarantine = calloc(1, sizeof(*quarantine));

	br_assert(core != NULL && store != NULL && dice.roll != NULL);
	if (quarantine == NULL)
		return BR_E_MEMORY;
	quarantine->core = core;
	quarantine->store = store;
	quarantine->clock = clock;
	quarantine->dice = dice;
	quarantine->add_type = br_command_type_named(BR_STR("event.quarantine"));
	quarantine->accept_type = br_command_type_named(BR_STR("event.accept"));
	br_arena_init(&quarantine->arena, ARENA_BYTES_MAX);
	br_assert(quarantine->add_type != NULL && quarantine->accept_type != NULL);
	*ret_quarantine = quarantine;
	return 0;
}

void br_quarantine_link_destroy(struct br_quarantine_link *quarantine)
{
	if (quarantine == NULL)
		return;
	br_arena_finish(&quarantine->arena);
	free(quarantine);
}

/* One verdict as HQ writes it. */
struct told {
	uint64_t event;
	bool accepted;
	struct br_str code, message;
};
static const struct br_field told_fields[] = {
	BR_MUST_U64(told, event, 1, 0),
	BR_BOOL(told, accepted),
	BR_TEXT(told, code, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(told, message, 0, BR_REASON_BYTES_MAX),
};
static BR_DEFINE_SHAPE(told_shape, told, 1, told_fields);

static int verdict_read(struct br_quarantine_link *quarantine, const struct br_json *json,
	struct verdict *ret_verdict, struct br_fault *fault)
{
	struct verdict verdict = {.code = ""};
	struct told told = {.event = 0};
	int result;

	br_arena_reset(&quarantine->arena);
	result = br_record_from_json(&told_shape, json, &quarantine->arena, &told, fault);
	if (result < 0)
		return result;
	if (!told.accepted && told.code.n == 0)
		return br_fault_set(
			fault, BR_E_INVALID, "code: is missing for an event that is refused");
	verdict.event = told.event;
	verdict.accepted = told.accepted;
	(void)!br_str_copy(told.code, verdict.code, sizeof(verdict.code));
	(void)!br_str_copy(told.message, verdict.message, sizeof(verdict.message));
	br_assert(strlen(verdict.code) == told.code.n);
	*ret_verdict = verdict;
	return 0;
}

int br_quarantine_link_message(
	struct br_quarantine_link *quarantine, const struct br_json *root, struct br_fault *fault)
{
	const struct br_json *events = br_json_member(root, "events");
	unsigned n = quarantine->verdict_n;
	struct verdict verdict;

	br_assert(n <= BR_VERDICTS_MAX);
	if (br_json_kind(events) != BR_JSON_ARRAY || br_json_count(events) > BR_VERDICTS_MAX)
		return br_fault_set(fault, BR_E_INVALID,
			"events: allowed is a list of at most %d verdicts", BR_VERDICTS_MAX);
	BR_JSON_EACH (json, events) {
		int result = verdict_read(quarantine, json, &verdict, fault);

		if (result < 0)
			return result;
		/* HQ says again what has no place now. */
		if (n < BR_VERDICTS_MAX)
			quarantine->verdicts[n++] = verdict;
	}
	quarantine->verdict_n = n;
	return 0;
}

static int command_submit(struct br_quarantine_link *quarantine, const struct br_command_type *type,
	uint64_t event, const void *body)
{
	char id[COMMAND_ID_BYTES];
	struct br_command command = {
		.actor = BR_STR("quarantine"),
		.type = type,
		.body = body,
		.now_ms = quarantine->clock->wall_ms(quarantine->clock->context),
	};
	int n = snprintf(id, sizeof(id), "%" PRIu64 "-%" PRIu64 "-%08" PRIx32, event,
		br_core_head(quarantine->core), quarantine->dice.roll(quarantine->dice.context));

	br_assert(n > 0 && n < (int)sizeof(id));
	command.id = (struct br_str){id, (size_t)n};
	return br_core_submit(quarantine->core, &command, NULL);
}

static int verdict_submit(struct br_quarantine_link *quarantine, const struct verdict *verdict)
{
	struct br_quarantine_ask ask = {
		.event = verdict->event,
		.code = br_str_from(verdict->code),
		.message = br_str_from(verdict->message),
	};
	struct br_quarantine_step step = {.event = verdict->event};

	br_assert(verdict->event > 0);
	if (verdict->accepted)
		return command_submit(quarantine, quarantine->accept_type, step.event, &step);
	return command_submit(quarantine, quarantine->add_type, ask.event, &ask);
}

/* What the core would only say "no" to is not given to it: each answer is kept for weeks. */
static int verdict_judge(struct br_quarantine_link *quarantine, const struct verdict *verdict,
	enum br_verdict_use *ret_use)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(quarantine->store, false, &txn);

	br_arena_reset(&quarantine->arena);
	if (result == 0)
		result = br_quarantine_judge(
			txn, verdict->event, verdict->accepted, &quarantine->arena, ret_use);
	br_assert(result <= 0);
	return result;
}

int br_quarantine_link_work(struct br_quarantine_link *quarantine, struct br_fault *fault)
{
	unsigned done = 0;
	int result = 0;

	fault->text[0] = '\0';
	while (done < quarantine->verdict_n && result == 0 &&
		br_core_turn_n(quarantine->core) < TURN_SHARE) {
		const struct verdict *verdict = &quarantine->verdicts[done++];
		enum br_verdict_use use = BR_VERDICT_KNOWN;

		result = verdict_judge(quarantine, verdict, &use);
		if (result == 0 && use == BR_VERDICT_NEWS)
			result = verdict_submit(quarantine, verdict);
		else if (use != BR_VERDICT_KNOWN)
			(void)br_fault_set(fault, BR_E_INVALID,
				"HQ refuses event %" PRIu64 ", which %s", verdict->event,
				use == BR_VERDICT_FULL
					? "has no room in the quarantine: see to what is in it "
					  "(`backroom quarantine list`)"
				: use == BR_VERDICT_OWN ? "only tells of the quarantine itself"
							: "was never sent");
	}
	quarantine->verdict_n -= done;
	memmove(quarantine->verdicts, quarantine->verdicts + done,
		quarantine->verdict_n * sizeof(quarantine->verdicts[0]));
	return result;
}

bool br_quarantine_link_waits(const struct br_quarantine_link *quarantine)
{
	return quarantine->verdict_n > 0;
}

int br_quarantine_link_show(struct br_quarantine_link *quarantine)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head = br_core_head(quarantine->core);
	int result;

	if (quarantine->shown == head)
		return 0;
	result = br_txn_begin(quarantine->store, false, &txn);
	if (result < 0)
		return result;
	quarantine->shown = head;
	br_metric_set(BR_METRIC_LINK_QUARANTINE, br_quarantine_count(txn));
	br_assert(br_txn_error(txn) <= 0);
	return br_txn_error(txn);
}
