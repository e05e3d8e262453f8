/* A store that was restored: its new epoch, the ones it left, and what comes back to it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/rule.h"

#define EPOCH_NUMBERS (UINT64_C(1) << 20)

enum conform_outcome conform_rule_new_epoch(struct conform_play *play)
{
	unsigned refused = play->heard[CONFORM_REFUSED];
	struct conform_batch batch;

	br_assert(play->sequence < play->since + EPOCH_NUMBERS);
	conform_random_text(8, play->epoch);
	play->since += EPOCH_NUMBERS;
	play->sequence = play->since;
	if (!conform_play_greet(play))
		return CONFORM_FAILED;
	if (play->heard[CONFORM_REFUSED] > refused)
		return conform_outcome_of(
			conform_fail(play, "a new epoch with new numbers is refused"));
	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	conform_batch_add(play, &batch, "store.restored", play->epoch,
		"{'epoch':'%s','previous':'%s'}", play->epoch, play->first_epoch);
	return conform_outcome_of(conform_batch_deliver(play, &batch));
}

/* Says hello under an epoch that HQ must refuse, and looks at the code. */
static bool refused_with(
	struct conform_play *play, const char *epoch, uint64_t since, const char *code)
{
	struct conform_hello hello = {.epoch = epoch, .since = since};
	unsigned before = play->heard[CONFORM_REFUSED];
	struct br_str told_code = {NULL, 0}, told_epoch = {NULL, 0};
	const struct br_json *root;

	br_assert(since > 0 && strlen(epoch) == CONFORM_EPOCH_BYTES - 1);
	conform_hello_send(play, &hello);
	if (!conform_play_await(play, &play->heard[CONFORM_REFUSED], before, play->patience_ms))
		return conform_fail(play, "it is not refused");
	root = conform_heard(play, CONFORM_REFUSED);
	(void)!br_json_string(br_json_member(root, "code"), &told_code);
	(void)!br_json_string(br_json_member(root, "epoch"), &told_epoch);
	if (!br_str_is(told_epoch, epoch))
		return conform_fail(play, "the refusal names another epoch than the hello");
	return br_str_is(told_code, code) ||
	       conform_fail(
		       play, "code is \"%.*s\", \"%s\" is expected", BR_STR_ARG(told_code), code);
}

static enum conform_outcome untried(struct conform_play *play)
{
	(void)conform_fail(play, "there is no past: no new epoch was followed, or no event taken");
	return CONFORM_UNTRIED;
}

enum conform_outcome conform_rule_epoch_left(struct conform_play *play)
{
	struct conform_batch batch;

	if (play->since == play->first_since)
		return untried(play);
	br_assert(strcmp(play->epoch, play->first_epoch) != 0);
	if (!refused_with(play, play->first_epoch, play->first_since, "epoch_left") ||
		!conform_play_greet(play))
		return CONFORM_FAILED;
	conform_batch_begin(play, &batch, CONFORM_STOCK);
	memcpy(batch.epoch, play->first_epoch, sizeof(batch.epoch));
	conform_batch_spoil(play, &batch, 8);
	return conform_outcome_of(
		conform_batch_kept_out(play, &batch, "a batch of the epoch that was left"));
}

/* HQ has an event behind the epoch's first number. */
static bool is_used(const struct conform_play *play)
{
	br_assert(play->past_n <= CONFORM_PAST_MAX);
	for (unsigned i = play->past_n; i > 0; i--)
		if (play->past[i - 1].taken)
			return play->past[i - 1].sequence > play->since;
	return false;
}

enum conform_outcome conform_rule_sequence_reused(struct conform_play *play)
{
	char epoch[CONFORM_EPOCH_BYTES];

	if (!is_used(play)) {
		(void)conform_fail(play, "HQ has no event of this epoch");
		return CONFORM_UNTRIED;
	}
	conform_random_text(8, epoch);
	/* Later than the one that counts, and yet its numbers have been given out. */
	if (!refused_with(play, epoch, play->since + 1, "sequence_reused"))
		return CONFORM_FAILED;
	/* And the store that is alive goes on. */
	return conform_outcome_of(conform_play_greet(play));
}

/* An event of HQ's is the one that was sent, whatever the order of its members is. */
static bool is_past(const struct conform_past *past, const struct br_json *event)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *sent = NULL;

	br_assert(past->sequence > 0);
	return past->json != NULL && br_json_parse(br_str_from(past->json), &sent, NULL) == 0 &&
	       conform_json_mark(sent) == conform_json_mark(event);
}

/*
 * The events of an answer are those of the store's past from number *at of them on. What HQ has not
 * acknowledged it need not have.
 */
static bool events_check(struct conform_play *play, const struct br_json *events, uint64_t until,
	unsigned *at, uint64_t *after)
{
	BR_JSON_EACH (event, events) {
		struct br_str id = {"?", 1};

		while (*at < play->past_n && !play->past[*at].taken &&
			!is_past(&play->past[*at], event))
			(*at)++;
		if (*at == play->past_n || play->past[*at].sequence > until)
			return conform_fail(play, "more events than were ever sent");
		if (!is_past(&play->past[*at], event)) {
			(void)!br_json_string(br_json_member(event, "id"), &id);
			return conform_fail(play,
				"event %.*s, where %020" PRIu64 " is expected as it was sent",
				BR_STR_ARG(id), play->past[*at].sequence);
		}
		*after = play->past[(*at)++].sequence;
	}
	br_assert(*at <= play->past_n);
	return true;
}

/* One answer: its events are those of the store's past behind *after, in their order. */
static bool recovered_check(
	struct conform_play *play, uint64_t *after, uint64_t until, bool *ret_end)
{
	const struct br_json *root = conform_heard(play, CONFORM_RECOVERED);
	const struct br_json *events = br_json_member(root, "events");
	int64_t told_after = -1, told_until = -1, told = -1;
	unsigned at = 0;

	br_assert(*after <= until);
	if (!br_json_i64(br_json_member(root, "after"), &told_after) ||
		!br_json_i64(br_json_member(root, "until"), &told_until) ||
		(uint64_t)told_after != *after || (uint64_t)told_until != until ||
		!br_json_i64(br_json_member(root, "told"), &told) ||
		!br_json_bool(br_json_member(root, "end"), ret_end))
		return conform_fail(play, "after or until is not the question's, or told or end is "
					  "missing");
	while (at < play->past_n && play->past[at].sequence <= *after)
		at++;
	if (!events_check(play, events, until, &at, after))
		return false;
	if (br_json_count(events) > 0 && (uint64_t)told < *after)
		return conform_fail(play, "told is less than what is there");
	for (; *ret_end && at < play->past_n && play->past[at].sequence <= until; at++)
		if (play->past[at].taken)
			return conform_fail(play,
				"event %020" PRIu64 " was acknowledged, and does not come back",
				play->past[at].sequence);
	return true;
}

/* Asks for all in (after, until], until HQ says that this is the end. */
static bool recover(struct conform_play *play, uint64_t after, uint64_t until)
{
	bool end = false;

	br_assert(after <= until);
	while (!end) {
		unsigned before = play->heard[CONFORM_RECOVERED];
		uint64_t from = after;
		char ask[192];

		(void)snprintf(ask, sizeof(ask),
			"{\"type\":\"recover\",\"epoch\":\"%s\",\"after\":%" PRIu64
			",\"until\":%" PRIu64 "}",
			play->epoch, after, until);
		conform_play_send(play, "ctl", br_str_from(ask));
		if (!conform_play_await(
			    play, &play->heard[CONFORM_RECOVERED], before, play->patience_ms))
			return conform_fail(play, "no answer to recover");
		if (!recovered_check(play, &after, until, &end))
			return false;
		if (!end && after == from)
			return conform_fail(play, "an answer without events that is not the end");
	}
	return true;
}

enum conform_outcome conform_rule_recover(struct conform_play *play)
{
	if (play->since == play->first_since)
		return untried(play);
	return conform_outcome_of(recover(play, play->first_since - 1, play->since - 1));
}

/* After a loss or a crash the store asks from the middle. */
enum conform_outcome conform_rule_recover_from(struct conform_play *play)
{
	if (play->since == play->first_since || play->past_n < 4)
		return untried(play);
	br_assert(play->past[play->past_n / 2].sequence < play->since);
	return conform_outcome_of(
		recover(play, play->past[play->past_n / 2].sequence, play->since - 1) &&
		recover(play, play->since - 1, play->since - 1));
}
