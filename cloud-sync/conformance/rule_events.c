/* The store's events: committed, then acknowledged, once and whole, whatever the line does. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/rule.h"

#define FULL_EVENTS 256
#define THINNED 15
/* What was on its way when something was said. */
#define GRACE_MS 500

/* Sends a batch of one event that comes and is acknowledged: what every rule begins with. */
static bool one_sent(struct conform_play *play, unsigned sku, unsigned quantity)
{
	struct conform_batch batch;

	br_assert(quantity > 0);
	conform_batch_begin(play, &batch, CONFORM_STOCK);
	conform_batch_receive(play, &batch, sku, quantity);
	return conform_batch_deliver(play, &batch);
}

enum conform_outcome conform_rule_ack(struct conform_play *play)
{
	const struct conform_acked *acked = &play->acked[CONFORM_STOCK];

	if (!one_sent(play, 0, 1) || !one_sent(play, 1, 2))
		return CONFORM_FAILED;
	br_assert(acked->n > 0);
	return conform_outcome_of(acked->has.cum_seq == play->sequence ||
				  conform_fail(play, "cum_seq is beyond what was sent"));
}

enum conform_outcome conform_rule_repeat(struct conform_play *play)
{
	struct conform_acked *acked = &play->acked[CONFORM_STOCK];
	struct conform_batch batch;
	bool holds = true;

	conform_batch_begin(play, &batch, CONFORM_STOCK);
	conform_batch_receive(play, &batch, 2, 3);
	br_assert(batch.n == 1);
	holds = conform_batch_acked(play, &batch);
	for (unsigned i = 0; i < 3 && holds; i++) {
		unsigned before = acked->n;

		conform_batch_send(play, &batch);
		if (!conform_play_await(play, &acked->n, before, play->patience_ms))
			holds = conform_fail(play, "a batch that came again is not acknowledged");
		else if (acked->has.cum_seq != batch.last)
			holds = conform_fail(play, "cum_seq moved to %" PRIu64 " by a repeat",
				acked->has.cum_seq);
	}
	conform_batch_finish(&batch);
	return conform_outcome_of(holds);
}

/* What HQ says after the later one of two batches came first. */
static bool gap_holds(struct conform_play *play, const struct conform_batch *early,
	const struct conform_batch *late)
{
	const struct conform_has *has = &play->acked[CONFORM_STOCK].has;
	bool told = false;

	br_assert(early->last == late->prev);
	if (has->cum_seq > early->prev)
		return conform_fail(play,
			"cum_seq %" PRIu64 " covers events that were not sent yet, %" PRIu64
			" is expected",
			has->cum_seq, early->prev);
	for (unsigned i = 0; i < has->piece_n; i++)
		told = told || (has->after[i] == late->prev && has->until[i] == late->last);
	return told || conform_fail(play,
			       "have does not tell [%" PRIu64 ",%" PRIu64
			       "], which came before what is in front of it",
			       late->prev, late->last);
}

enum conform_outcome conform_rule_gap(struct conform_play *play)
{
	struct conform_acked *acked = &play->acked[CONFORM_STOCK];
	struct conform_batch early, late;
	int64_t end_ms = conform_now_ms() + 2 * play->patience_ms;
	unsigned before = acked->n;
	bool holds;

	conform_batch_begin(play, &early, CONFORM_STOCK);
	conform_batch_receive(play, &early, 3, 4);
	conform_batch_begin(play, &late, CONFORM_STOCK);
	conform_batch_receive(play, &late, 3, 5);
	br_assert(early.last == late.prev && late.n == 1);
	conform_batch_send(play, &late);
	holds = conform_play_await(play, &acked->n, before, play->patience_ms)
			? gap_holds(play, &early, &late)
			: conform_fail(play, "no ack for a batch that came too early");
	/* In any case the gap is closed, and both count. */
	conform_batch_send(play, &early);
	if (!holds)
		conform_batch_send(play, &late);
	while (holds && acked->has.cum_seq < late.last) {
		int64_t left_ms = end_ms - conform_now_ms();

		before = acked->n;
		if (left_ms < 0 || !conform_play_await(play, &acked->n, before, left_ms))
			holds = conform_fail(play,
				"the gap is closed, and cum_seq stays at %" PRIu64,
				acked->has.cum_seq);
	}
	if (holds) {
		conform_batch_taken(play, &early);
		conform_batch_taken(play, &late);
	}
	conform_batch_finish(&early);
	conform_batch_finish(&late);
	return conform_outcome_of(holds);
}

enum conform_outcome conform_rule_crc(struct conform_play *play)
{
	struct conform_batch batch;

	conform_batch_begin(play, &batch, CONFORM_STOCK);
	batch.wrong_crc = true;
	conform_batch_spoil(play, &batch, 4);
	return conform_outcome_of(
		conform_batch_kept_out(play, &batch, "a batch with a wrong crc32c") &&
		one_sent(play, 4, 6));
}

enum conform_outcome conform_rule_garbage(struct conform_play *play)
{
	static const char *const garbage[] = {"{", "[]", "nothing",
		"{\"store\":1,\"epoch\":2,\"lane\":3,\"events\":4}", "{\"type\":\"unheard of\"}",
		"{\"type\":\"hello\"}", "{\"type\":\"ack\",\"results\":{}}", "\xff\xfe"};
	struct conform_batch batch;

	for (size_t i = 0; i < BR_ARRAY_LEN(garbage); i++) {
		conform_play_send(play, "stock", br_str_from(garbage[i]));
		conform_play_send(play, "ctl", br_str_from(garbage[i]));
	}
	conform_batch_begin(play, &batch, CONFORM_STOCK);
	(void)snprintf(batch.store, sizeof(batch.store), "another");
	conform_batch_spoil(play, &batch, 5);
	return conform_outcome_of(conform_batch_kept_out(play, &batch,
					  "a batch that names another store than its topic") &&
				  one_sent(play, 5, 7));
}

enum conform_outcome conform_rule_empty(struct conform_play *play)
{
	struct conform_batch batch;

	conform_batch_begin(play, &batch, CONFORM_STOCK);
	play->sequence += 10;
	batch.last = play->last[CONFORM_STOCK] = play->sequence;
	br_assert(batch.n == 0 && batch.last > batch.prev);
	return conform_outcome_of(conform_batch_deliver(play, &batch));
}

enum conform_outcome conform_rule_future(struct conform_play *play)
{
	struct conform_batch batch;

	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	conform_batch_add(play, &batch, "future.happened", "thing",
		"{'later':'versions have more','list':[1,{'a':null}]}");
	return conform_outcome_of(conform_batch_deliver(play, &batch));
}

enum conform_outcome conform_rule_full(struct conform_play *play)
{
	struct conform_batch batch;

	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	for (unsigned i = 0; i < FULL_EVENTS && batch.events.n < 62000; i++)
		conform_batch_add(play, &batch, "future.filled", "thing", "{}");
	/* As many as there is room for: one more and HQ may refuse it. */
	br_assert(batch.n > 1 && batch.n <= FULL_EVENTS);
	return conform_outcome_of(conform_batch_deliver(play, &batch));
}

enum conform_outcome conform_rule_telemetry(struct conform_play *play)
{
	struct conform_batch batch;

	if (!play->telemetry) {
		(void)conform_fail(play, "the welcome does not name the lane, so it is not sent");
		return CONFORM_UNTRIED;
	}
	conform_batch_begin(play, &batch, CONFORM_TELEMETRY);
	conform_batch_add(play, &batch, "device.lost", "probe-1", "{'device':'probe-1'}");
	return conform_outcome_of(conform_batch_deliver(play, &batch));
}

/* Some of a batch's events are left out for good, then all of one. */
enum conform_outcome conform_rule_thinned(struct conform_play *play)
{
	bool holds = true;

	if (!play->telemetry) {
		(void)conform_fail(play, "the welcome does not name the lane telemetry");
		return CONFORM_UNTRIED;
	}
	for (unsigned n = 0; n < 2 && holds; n++) {
		struct conform_batch batch;

		conform_batch_begin(play, &batch, CONFORM_TELEMETRY);
		batch.thinned = THINNED;
		play->sequence += THINNED;
		if (n == 0)
			conform_batch_add(
				play, &batch, "device.lost", "probe-2", "{'device':'probe-2'}");
		else
			batch.last = play->last[CONFORM_TELEMETRY] = play->sequence;
		br_assert(batch.last > batch.prev + THINNED - 1);
		holds = conform_batch_deliver(play, &batch);
	}
	return conform_outcome_of(holds);
}

/* Tells HQ what the store does with the event that it refused; false when it is not acknowledged.
 */
static bool quarantine(struct conform_play *play, const char *what)
{
	struct conform_batch batch;
	char type[32];

	br_assert(play->judged > 0 && play->judged <= play->sequence);
	(void)snprintf(type, sizeof(type), "event.%s", what);
	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	if (strcmp(what, "quarantined") == 0)
		conform_batch_add(play, &batch, type, "thing",
			"{'subject':'thing','type':'future.refused','event':%" PRIu64
			",'code':'%s','message':'heard'}",
			play->judged, play->verdict_code);
	else
		conform_batch_add(play, &batch, type, "thing",
			"{'subject':'thing','event':%" PRIu64 "}", play->judged);
	return conform_batch_deliver(play, &batch);
}

/* From here on HQ says nothing more of it; what was on its way may still come. */
static bool is_silent(struct conform_play *play)
{
	unsigned before;

	br_assert(play->judged > 0);
	conform_play_rest(play, GRACE_MS);
	before = play->verdict_n;
	for (unsigned i = 0; i < 2; i++)
		if (!conform_play_greet(play))
			return false;
	conform_play_rest(play, GRACE_MS);
	return play->verdict_n == before ||
	       conform_fail(play,
		       "event %" PRIu64
		       " is in the store's quarantine, and HQ goes on telling that it "
		       "refuses it",
		       play->judged);
}

/* The refused event was acknowledged, and HQ has said that it refuses it. */
static bool verdict_holds(struct conform_play *play)
{
	unsigned before = play->verdict_n;

	br_assert(before > 0);
	if (play->verdict_accepted || play->verdict_code[0] == '\0')
		return conform_fail(play, "a refusal has accepted false, and a code");
	/* It may have been lost: it comes with the next answer, too. */
	if (!conform_play_greet(play) ||
		!conform_play_await(play, &play->verdict_n, before, play->patience_ms))
		return conform_fail(play, "the refusal is told once, and may have been lost");
	if (!quarantine(play, "quarantined") || !is_silent(play))
		return false;
	/* Somebody at the store wants it: HQ judges anew what it has kept, whatever it says. */
	before = play->verdict_n;
	if (!quarantine(play, "resent"))
		return false;
	if (!conform_play_await(play, &play->verdict_n, before, play->patience_ms))
		return conform_fail(play, "let be judged anew, the event gets no verdict");
	return quarantine(play, play->verdict_accepted ? "accepted" : "quarantined") &&
	       is_silent(play);
}

enum conform_outcome conform_rule_verdict(struct conform_play *play)
{
	struct conform_batch batch;

	conform_batch_begin(play, &batch, CONFORM_STOCK);
	conform_batch_add(play, &batch, "future.refused", "thing", "{}");
	play->judged = batch.last;
	br_assert(play->judged == play->sequence && batch.n == 1);
	play->verdict_n = 0;
	if (!conform_batch_deliver(play, &batch) || !conform_play_greet(play))
		return CONFORM_FAILED;
	conform_play_rest(play, GRACE_MS);
	if (play->verdict_n == 0) {
		(void)conform_fail(play, "HQ refuses no event of the type "
					 "org.backroom.future.refused.v1");
		return CONFORM_UNTRIED;
	}
	return conform_outcome_of(verdict_holds(play));
}

/* Of a store's epoch that HQ has not been greeted with. */
enum conform_outcome conform_rule_stranger(struct conform_play *play)
{
	struct conform_batch batch;

	conform_batch_begin(play, &batch, CONFORM_STOCK);
	conform_random_text(8, batch.epoch);
	br_assert(strcmp(batch.epoch, play->epoch) != 0);
	conform_batch_spoil(play, &batch, 6);
	return conform_outcome_of(
		conform_batch_kept_out(play, &batch, "a batch of an epoch without a hello") &&
		one_sent(play, 6, 8));
}

enum conform_outcome conform_rule_durable(struct conform_play *play)
{
	uint64_t stood;

	if (play->restart == NULL) {
		(void)conform_fail(play, "--restart names no command");
		return CONFORM_UNTRIED;
	}
	if (!one_sent(play, 7, 9))
		return CONFORM_FAILED;
	stood = play->last[CONFORM_STOCK];
	br_assert(stood >= play->first_since);
	/* The person who gave the command wants it run. */
	if (!conform_play_shell(play, "--restart", play->restart))
		return CONFORM_UNTRIED;
	if (!conform_play_greet_back(play))
		return CONFORM_FAILED;
	return conform_outcome_of(
		play->has[CONFORM_STOCK].cum_seq == stood ||
		conform_fail(play,
			"%" PRIu64 " was acknowledged, and after a restart HQ has %" PRIu64, stood,
			play->has[CONFORM_STOCK].cum_seq));
}
