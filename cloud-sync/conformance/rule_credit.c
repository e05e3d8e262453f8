/* What HQ promises to take at once, and that it claims nothing that it was never given. */
#include <inttypes.h>
#include <stdio.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/rule.h"

#define WINDOW 32 /* a store sends no more at once, whatever HQ's credit is */
#define LOOK_MS 500

/* With nothing on its way HQ has room; a batch that comes again asks for the credit anew. */
static bool room_comes(struct conform_play *play, struct conform_batch *batch)
{
	const struct conform_acked *acked = &play->acked[batch->lane];
	int64_t end_ms = conform_now_ms() + play->patience_ms;

	br_assert(acked->n > 0);
	while (acked->credit == 0 && conform_now_ms() < end_ms && !play->offline) {
		unsigned before = acked->n;

		conform_play_rest(play, LOOK_MS);
		conform_batch_send(play, batch);
		(void)!conform_play_await(play, &acked->n, before, play->patience_ms);
	}
	return acked->credit != 0 || conform_fail(play, "credit stays 0 with nothing on its way");
}

/* A batch of one event, sent and acknowledged; then there is room for more. */
static bool room_found(struct conform_play *play)
{
	struct conform_batch batch;
	bool found;

	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	conform_batch_add(play, &batch, "future.counted", "thing", "{}");
	br_assert(batch.n == 1);
	found = conform_batch_acked(play, &batch) && room_comes(play, &batch);
	conform_batch_finish(&batch);
	return found;
}

/* All of them at once; none is sent again. */
static bool burst_taken(
	struct conform_play *play, struct conform_batch *batches, unsigned n, int64_t credit)
{
	const struct conform_acked *acked = &play->acked[CONFORM_ORDERS];
	int64_t end_ms = conform_now_ms() + play->patience_ms;
	uint64_t last = batches[n - 1].last;

	br_assert(n > 0 && n <= WINDOW && acked->has.cum_seq < last);
	for (unsigned i = 0; i < n; i++)
		conform_batch_send(play, &batches[i]);
	while (acked->has.cum_seq < last && conform_now_ms() < end_ms && !play->offline)
		conform_play_rest(play, LOOK_MS);
	for (unsigned i = 0; i < n && acked->has.cum_seq >= last; i++)
		conform_batch_taken(play, &batches[i]);
	if (acked->has.cum_seq >= last)
		return true;
	/* As a store does: one after the other, so that what follows finds nothing missing. */
	for (unsigned i = 0; i < n && conform_batch_acked(play, &batches[i]); i++)
		continue;
	return credit < 0 ? conform_fail(play,
				    "no credit was told, which is as many as the store likes, and "
				    "of %u batches at once not all are taken",
				    n)
			  : conform_fail(play,
				    "credit was %" PRId64
				    ", and of %u batches at once not all are taken",
				    credit, n);
}

enum conform_outcome conform_rule_credit(struct conform_play *play)
{
	struct conform_batch batches[WINDOW];
	int64_t credit;
	unsigned n;
	bool holds;

	if (!room_found(play))
		return CONFORM_FAILED;
	credit = play->acked[CONFORM_ORDERS].credit;
	n = credit < 0 || credit > WINDOW ? WINDOW : (unsigned)credit;
	br_assert(n > 0);
	for (unsigned i = 0; i < n; i++) {
		conform_batch_begin(play, &batches[i], CONFORM_ORDERS);
		conform_batch_add(play, &batches[i], "future.crowded", "thing", "{}");
	}
	holds = burst_taken(play, batches, n, credit) && room_comes(play, &batches[n - 1]);
	for (unsigned i = 0; i < n; i++)
		conform_batch_finish(&batches[i]);
	return conform_outcome_of(holds);
}

/* Tried late: it has looked at every ack and welcome so far. */
enum conform_outcome conform_rule_only_sent(struct conform_play *play)
{
	unsigned acks = 0;

	for (unsigned i = 0; i < CONFORM_LANES; i++)
		acks += play->acked[i].n;
	if (play->ahead_fault[0] != '\0')
		return conform_outcome_of(conform_fail(play, "%s", play->ahead_fault));
	if (acks > 0)
		return CONFORM_PASSED;
	(void)conform_fail(play, "nothing was acknowledged");
	return CONFORM_UNTRIED;
}
