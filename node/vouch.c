#include "node/vouch.h"

#include "node/policy.h"

static const char *const clock_words[] = {"", "store", "machine", NULL};

static const struct br_field vouch_fields[] = {
	BR_WORD(br_vouch, clock, clock_words),
	{.name = "time", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_vouch, time_ms)},
	BR_TEXT(br_vouch, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_vouch_shape, br_vouch, 1, vouch_fields);

static const struct br_field vouched_fields[] = {
	BR_TEXT(br_vouched, associate, 0, BR_WORD_BYTES_MAX),
	{.name = "time",
		.kind = BR_FIELD_TIME,
		.offset = offsetof(struct br_vouched, time_ms),
		.required = true},
	{.name = "before",
		.kind = BR_FIELD_TIME,
		.offset = offsetof(struct br_vouched, before_ms),
		.required = true},
};
BR_DEFINE_SHAPE(br_vouched_shape, br_vouched, 1, vouched_fields);

/* What the timekeeper would pass over is refused: nobody shall think that it counts. */
static int time_refuse(
	struct br_decision *decision, const struct br_time_state *state, int64_t time_ms)
{
	int64_t apart_ms = time_ms - decision->command->now_ms;
	char earliest[BR_TIME_TEXT_BYTES], latest[BR_TIME_TEXT_BYTES];

	br_assert(state->source < BR_TIME_SOURCE_N);
	if (state->source == BR_TIME_SERVER)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"a time server keeps this machine's clock, and is right whatever anybody "
			"says: if it is not, see to the time server");
	if (time_ms < state->earliest_ms || time_ms > BR_TIME_LATEST_MS) {
		br_time_format(state->earliest_ms, earliest);
		br_time_format(BR_TIME_LATEST_MS, latest);
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"time: allowed is %s, before which this program was not built, to %s",
			earliest, latest);
	}
	if (state->condition == BR_TIME_GOOD && apart_ms <= BR_TIME_APART_MS &&
		apart_ms >= -BR_TIME_APART_MS)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"that is the store's time already, and this machine's clock is not "
			"doubted");
	return 0;
}

int br_vouch_decide(struct br_decision *decision, const void *body)
{
	const struct br_time_state *state = decision->time;
	const struct br_vouch *vouch = body;
	struct br_vouched vouched = {.associate = vouch->associate,
		.time_ms = decision->command->now_ms,
		.before_ms = decision->command->now_ms};
	int result;

	if ((vouch->clock == BR_VOUCH_NEITHER) == (vouch->time_ms == 0))
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"clock: either the one that is right is named, or the time that it is");
	if (br_str_is(decision->command->actor, BR_ACTOR_CENTRAL))
		return br_decision_refuse(decision, BR_REFUSAL_NOT_ALLOWED,
			"only a person in the store vouches for its clock; the central system says "
			"its time in its welcome");
	result = br_policy_manager_refuse(decision, vouch->associate, "vouch for the clock");
	if (result != 0)
		return result;
	if (vouch->time_ms > 0)
		vouched.time_ms = vouch->time_ms;
	/* Without a timekeeper, as when it is only tried, nothing is known against it. */
	if (state != NULL && vouch->clock == BR_VOUCH_MACHINE)
		vouched.time_ms = state->machine_ms;
	if (state != NULL)
		result = time_refuse(decision, state, vouched.time_ms);
	if (result != 0)
		return result;
	br_assert(vouched.time_ms > 0);
	br_decision_emit(decision, BR_EVENT_CLOCK_VOUCHED, &vouched);
	return 0;
}
