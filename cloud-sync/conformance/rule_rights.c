/* Rights: what the store granted comes back by HQ's word, once, and never more than was granted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/rule.h"

#define GRANTED 5
#define RIGHTS_SKU 62
#define LOOK_MS 200

/* What HQ has answered to a recall, or to any of ours for NULL. */
struct answers {
	unsigned revokes, keeps, empty; /* empty: of the revokes, those without a quantity */
	int64_t revoked;		/* 1/1000 */
};

static struct answers answers_of(struct conform_play *play, const char *recall)
{
	const char *sku = conform_sku(play, RIGHTS_SKU);
	struct answers answers = {.revokes = 0};

	for (unsigned lane = 0; lane < CONFORM_DOWNS; lane++) {
		const struct conform_commands *commands = &play->commands[lane];

		for (unsigned i = 0; i < commands->n && i < CONFORM_COMMANDS_MAX; i++) {
			const struct conform_command *command = &commands->items[i];

			if (strcmp(command->sku, sku) != 0 ||
				(recall != NULL && strcmp(command->recall, recall) != 0))
				continue;
			answers.keeps += strcmp(command->type, "rights.keep") == 0;
			if (strcmp(command->type, "rights.revoke") != 0)
				continue;
			answers.revokes++;
			answers.empty += command->quantity <= 0;
			answers.revoked += command->quantity;
		}
	}
	br_assert(answers.empty <= answers.revokes);
	return answers;
}

/* Waits until a recall has an answer. */
static bool answered(struct conform_play *play, const char *recall)
{
	int64_t end_ms = conform_now_ms() + play->patience_ms;

	br_assert(recall[0] != '\0');
	while (conform_now_ms() < end_ms && !play->offline) {
		struct answers answers = answers_of(play, recall);

		if (answers.revokes + answers.keeps > 0)
			return true;
		conform_play_rest(play, LOOK_MS);
	}
	return conform_fail(play,
		"the recall \"%s\" is answered by neither rights.revoke nor rights.keep", recall);
}

static void recall_add(struct conform_play *play, struct conform_batch *batch, const char *recall)
{
	br_assert(batch->lane == CONFORM_ORDERS && recall[0] != '\0');
	conform_batch_add(play, batch, "rights.recalled", conform_sku(play, RIGHTS_SKU),
		"{'sku':'%s','quantity':%d,'recall':'%s'}", conform_sku(play, RIGHTS_SKU), GRANTED,
		recall);
}

/* Granted and recalled in one batch, which then comes twice more: it is one recall. */
enum conform_outcome conform_rule_recall(struct conform_play *play)
{
	struct answers answers;
	struct conform_batch batch;
	bool holds;

	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	conform_batch_add(play, &batch, "rights.granted", conform_sku(play, RIGHTS_SKU),
		"{'sku':'%s','quantity':%d}", conform_sku(play, RIGHTS_SKU), GRANTED);
	recall_add(play, &batch, play->recalls[0]);
	holds = conform_batch_acked(play, &batch);
	conform_batch_send(play, &batch);
	conform_batch_send(play, &batch);
	conform_batch_finish(&batch);
	if (!holds || !answered(play, play->recalls[0]))
		return CONFORM_FAILED;
	conform_play_rest(play, 5 * LOOK_MS);
	answers = answers_of(play, play->recalls[0]);
	br_assert(answers.revokes + answers.keeps > 0);
	if (answers.revokes + answers.keeps > 1)
		return conform_outcome_of(conform_fail(
			play, "one recall is answered %u times", answers.revokes + answers.keeps));
	return conform_outcome_of(answers.revoked == INT64_C(1000) * GRANTED ||
				  conform_fail(play,
					  "%d were granted and none is spent, and %" PRId64
					  " thousandths are revoked",
					  GRANTED, answers.revoked));
}

/* Nothing is left to be recalled: HQ may not give back twice what it got once. */
enum conform_outcome conform_rule_recall_once(struct conform_play *play)
{
	struct conform_batch batch;
	struct answers answers;
	bool holds;

	br_assert(strcmp(play->recalls[0], play->recalls[1]) != 0);
	if (answers_of(play, play->recalls[0]).revokes + answers_of(play, play->recalls[0]).keeps ==
		0) {
		(void)conform_fail(play, "no recall was answered");
		return CONFORM_UNTRIED;
	}
	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	recall_add(play, &batch, play->recalls[1]);
	holds = conform_batch_deliver(play, &batch);
	if (!holds || !answered(play, play->recalls[1]))
		return CONFORM_FAILED;
	answers = answers_of(play, NULL);
	if (answers.empty > 0)
		return conform_outcome_of(conform_fail(
			play, "rights.revoke without a quantity: rights.keep is for that"));
	return conform_outcome_of(
		answers.revoked <= INT64_C(1000) * GRANTED ||
		conform_fail(play, "%d were granted, and %" PRId64 " thousandths are revoked",
			GRANTED, answers.revoked));
}
