/* HQ's commands: numbered, sent again until each has its result, and never changed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/conformance/rule.h"

/* What was on its way when an answer left. */
#define GRACE_MS 500

/* The lane that has an unanswered command; CONFORM_DOWNS when none has. */
static enum conform_down lane_waiting(const struct conform_play *play)
{
	unsigned lane = CONFORM_DOWN_CATALOG;

	if (play->commands[lane].answered >= play->commands[lane].n)
		lane = CONFORM_DOWN_ORDERS;
	if (play->commands[lane].answered >= play->commands[lane].n)
		return CONFORM_DOWNS;
	br_assert(play->commands[lane].n > 0);
	return (enum conform_down)lane;
}

static enum conform_outcome untried(struct conform_play *play)
{
	(void)conform_fail(play, "HQ has no command for this store: give it some products");
	return CONFORM_UNTRIED;
}

enum conform_outcome conform_rule_commands(struct conform_play *play)
{
	if (lane_waiting(play) == CONFORM_DOWNS) {
		unsigned before = play->commands[CONFORM_DOWN_CATALOG].batches;

		(void)!conform_play_await(play, &play->commands[CONFORM_DOWN_CATALOG].batches,
			before, play->patience_ms);
	}
	if (play->command_fault[0] != '\0')
		return conform_outcome_of(conform_fail(play, "%s", play->command_fault));
	if (lane_waiting(play) == CONFORM_DOWNS)
		return untried(play);
	/* From the first one on: nothing was ever taken by this store. */
	return conform_outcome_of(play->commands[lane_waiting(play)].items[0].seen > 0 ||
				  conform_fail(play, "the first command, hq_seq 1, does not come"));
}

enum conform_outcome conform_rule_resend(struct conform_play *play)
{
	enum conform_down lane = lane_waiting(play);
	unsigned number;

	if (lane == CONFORM_DOWNS)
		return untried(play);
	number = play->commands[lane].answered + 1;
	br_assert(!play->commands[lane].items[number - 1].answered);
	return conform_outcome_of(conform_play_again(play, lane, number, "has no answer"));
}

/* A hello that says that all was taken, with no result told: the answers may have been lost. */
enum conform_outcome conform_rule_results(struct conform_play *play)
{
	struct conform_hello hello = {.epoch = play->epoch, .since = play->since};
	enum conform_down lane = lane_waiting(play);

	if (lane == CONFORM_DOWNS)
		return untried(play);
	br_assert(play->commands[lane].answered < play->commands[lane].n);
	if (play->before) {
		(void)conform_fail(play, "HQ has results of this store from an earlier run");
		return CONFORM_UNTRIED;
	}
	for (unsigned i = 0; i < CONFORM_DOWNS; i++)
		hello.down[i] = play->commands[i].n;
	conform_hello_send(play, &hello);
	conform_play_rest(play, GRACE_MS);
	return conform_outcome_of(conform_play_again(play, lane, play->commands[lane].answered + 1,
		"has no result, only a hello whose down is further on"));
}

/* A ledger that was since restored gave it, and may know nothing of it any more. */
enum conform_outcome conform_rule_other_ledger(struct conform_play *play)
{
	enum conform_down lane = lane_waiting(play);
	char epoch[CONFORM_EPOCH_BYTES];
	unsigned number;

	if (lane == CONFORM_DOWNS)
		return untried(play);
	number = play->commands[lane].answered + 1;
	br_assert(number <= play->commands[lane].n);
	conform_random_text(8, epoch);
	conform_foreign_answer_send(play, lane, number, epoch);
	conform_play_rest(play, GRACE_MS);
	return conform_outcome_of(
		conform_play_again(play, lane, number, "was answered under another epoch alone"));
}

/* Half of what came is answered, the first of it with a refusal. */
enum conform_outcome conform_rule_moves_on(struct conform_play *play)
{
	enum conform_down lane = lane_waiting(play);
	struct conform_commands *commands;
	unsigned seen[2], until;

	if (lane == CONFORM_DOWNS)
		return untried(play);
	commands = &play->commands[lane];
	until = (conform_commands_whole(commands) + 1) / 2;
	if (until == 0)
		return conform_outcome_of(
			conform_fail(play, "%s 1 never came", conform_down_words[lane]));
	conform_answers_send(play, lane, until, 1);
	conform_play_rest(play, GRACE_MS);
	seen[0] = commands->items[0].seen;
	seen[1] = commands->items[until - 1].seen;
	/* Whatever HQ sends next begins behind what was answered. */
	if (until == commands->n)
		conform_play_rest(play, play->patience_ms / 4);
	else if (!conform_play_again(play, lane, until + 1,
			 "stands behind answered ones, of which the first was refused"))
		return CONFORM_FAILED;
	return conform_outcome_of(
		(seen[0] == commands->items[0].seen &&
			seen[1] == commands->items[until - 1].seen) ||
		conform_fail(play,
			"%s 1 to %u have their results (the first was refused), and come "
			"again",
			conform_down_words[lane], until));
}

/* A store that was restored says that it stands behind what HQ knows. */
enum conform_outcome conform_rule_behind(struct conform_play *play)
{
	struct conform_hello hello = {.epoch = play->epoch, .since = play->since};
	const struct conform_command *command;
	unsigned lane = CONFORM_DOWN_CATALOG, before;

	if (!conform_play_drain(play))
		return play->too_many ? CONFORM_UNTRIED : CONFORM_FAILED;
	if (play->commands[lane].n == 0)
		lane = CONFORM_DOWN_ORDERS;
	if (play->commands[lane].n == 0)
		return untried(play);
	br_assert(play->commands[lane].answered <= play->commands[lane].n);
	command = &play->commands[lane].items[0];
	before = command->seen;
	conform_hello_send(play, &hello);
	if (!conform_play_await(play, &command->seen, before, play->patience_ms))
		return conform_outcome_of(conform_fail(play,
			"down says 0, and %s 1 does not come again", conform_down_words[lane]));
	for (unsigned i = 0; i < CONFORM_DOWNS; i++)
		play->commands[i].answered = 0;
	return conform_outcome_of(conform_play_drain(play));
}

/* Tried when they have come more than once. */
enum conform_outcome conform_rule_same(struct conform_play *play)
{
	unsigned repeated = 0;

	if (play->commands[0].n + play->commands[1].n == 0)
		return untried(play);
	if (play->changed_fault[0] != '\0')
		return conform_outcome_of(conform_fail(play, "%s", play->changed_fault));
	if (play->command_fault[0] != '\0')
		return conform_outcome_of(conform_fail(play, "%s", play->command_fault));
	for (unsigned lane = 0; lane < CONFORM_DOWNS; lane++)
		for (unsigned i = 0; i < play->commands[lane].n; i++) {
			repeated += play->commands[lane].items[i].seen > 1;
			if (play->commands[lane].items[i].seen == 0)
				return conform_outcome_of(conform_fail(
					play, "%s %u never came", conform_down_words[lane], i + 1));
		}
	if (repeated > 0)
		return CONFORM_PASSED;
	(void)conform_fail(play, "no command came a second time");
	return CONFORM_UNTRIED;
}
