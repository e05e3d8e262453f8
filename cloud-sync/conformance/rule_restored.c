/* An HQ that was itself put back to a backup: it has less, says so, and gets it again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/rule.h"

#define RESTORED_SKU 55

/* The same commands come, from the first one on, and with their answers all is over. */
static bool commands_come(struct conform_play *play, unsigned lane)
{
	const unsigned *seen = &play->commands[lane].items[0].seen;

	br_assert(lane < CONFORM_DOWNS && play->commands[lane].answered == 0);
	return conform_play_await(play, seen, 0, play->patience_ms) ||
	       conform_fail(play,
		       "HQ has another hq_epoch now, and %s 1 does not come under it: commands "
		       "begin anew",
		       conform_down_words[lane]);
}

/* What the welcome says of the lane, and what HQ has lost. */
static bool events_come_back(struct conform_play *play, struct conform_batch *batch)
{
	uint64_t has = play->has[CONFORM_STOCK].cum_seq;

	br_assert(batch->lane == CONFORM_STOCK && batch->n == 1);
	if (has < batch->prev)
		return conform_fail(play,
			"%" PRIu64 " was acknowledged before the backup, and the restored HQ has "
			"%" PRIu64,
			batch->prev, has);
	/* HQ may have more than its backup: then there is nothing to be sent again. */
	if (has < batch->last && !conform_batch_acked(play, batch))
		return false;
	play->last[CONFORM_STOCK] = batch->last;
	return true;
}

static bool restored_holds(struct conform_play *play, struct conform_batch *batch)
{
	unsigned had[CONFORM_DOWNS];
	char hq_epoch[CONFORM_EPOCH_BYTES];

	memcpy(hq_epoch, play->hq_epoch, sizeof(hq_epoch));
	for (unsigned i = 0; i < CONFORM_DOWNS; i++)
		had[i] = play->commands[i].n;
	if (!conform_play_greet_back(play))
		return false;
	br_assert(play->hq_epoch[0] != '\0');
	if (strcmp(hq_epoch, play->hq_epoch) == 0)
		return conform_fail(play,
			"hq_epoch is %s as before: no store would know that commands it has done "
			"are forgotten",
			hq_epoch);
	if (!events_come_back(play, batch))
		return false;
	for (unsigned i = 0; i < CONFORM_DOWNS; i++)
		if (had[i] > 0 && !commands_come(play, i))
			return false;
	return conform_play_drain(play);
}

/* Between the two commands HQ is told what the backup does not have. */
enum conform_outcome conform_rule_restored(struct conform_play *play)
{
	struct conform_batch batch;
	bool holds;

	if (play->backup == NULL || play->restore == NULL) {
		(void)conform_fail(play, "--backup and --restore name no commands");
		return CONFORM_UNTRIED;
	}
	if (!conform_play_drain(play))
		return play->too_many ? CONFORM_UNTRIED : CONFORM_FAILED;
	if (!conform_play_shell(play, "--backup", play->backup))
		return CONFORM_UNTRIED;
	if (!conform_play_greet_back(play))
		return CONFORM_FAILED;
	conform_batch_begin(play, &batch, CONFORM_STOCK);
	conform_batch_receive(play, &batch, RESTORED_SKU, 6);
	br_assert(batch.last > batch.prev);
	if (!conform_batch_acked(play, &batch)) {
		conform_batch_finish(&batch);
		return CONFORM_FAILED;
	}
	play->restored = true;
	if (!conform_play_shell(play, "--restore", play->restore)) {
		conform_batch_finish(&batch);
		return CONFORM_UNTRIED;
	}
	holds = restored_holds(play, &batch);
	play->restored = false;
	conform_batch_finish(&batch);
	return conform_outcome_of(holds);
}
