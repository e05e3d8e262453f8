/* What holds from the first message on: the hello and its answer, the check, the line itself. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/rule.h"

enum conform_outcome conform_rule_welcome(struct conform_play *play)
{
	br_assert(play->shard[0] != '\0');
	if (!conform_play_greet(play))
		return conform_outcome_of(conform_fail(play,
			"no welcome on dn/%s/ctl within %" PRId64 " s of the hello on up/%s/%s/ctl",
			play->store, play->patience_ms / 1000, play->shard, play->store));
	if (play->line_fault[0] != '\0')
		return conform_outcome_of(conform_fail(play, "%s", play->line_fault));
	for (unsigned i = 0; i < CONFORM_LANES; i++)
		play->before = play->before || play->has[i].cum_seq > 0;
	/* Else nothing of this run could be told from what HQ has. */
	for (unsigned i = 0; i < CONFORM_LANES; i++)
		if (play->has[i].cum_seq >= play->since)
			return conform_outcome_of(conform_fail(play,
				"HQ says it has %" PRIu64 " of the lane %s, which was never sent",
				play->has[i].cum_seq, conform_lane_words[i]));
	return CONFORM_PASSED;
}

/* A welcome that was long on its way may be of an epoch that HQ has left since. */
enum conform_outcome conform_rule_named(struct conform_play *play)
{
	if (!conform_play_greet(play))
		return CONFORM_FAILED;
	br_assert(play->hello_id[0] != '\0');
	if (!play->welcome_named)
		return conform_outcome_of(conform_fail(
			play, "the welcome has not the hello's id %s", play->hello_id));
	return CONFORM_PASSED;
}

enum conform_outcome conform_rule_welcome_again(struct conform_play *play)
{
	char hq_epoch[CONFORM_EPOCH_BYTES];
	uint64_t cum_seq = play->has[CONFORM_STOCK].cum_seq;

	memcpy(hq_epoch, play->hq_epoch, sizeof(hq_epoch));
	if (!conform_play_greet(play))
		return CONFORM_FAILED;
	if (strcmp(hq_epoch, play->hq_epoch) != 0)
		return conform_outcome_of(conform_fail(
			play, "hq_epoch was %s, and now is %s", hq_epoch, play->hq_epoch));
	if (play->has[CONFORM_STOCK].cum_seq != cum_seq)
		return conform_outcome_of(conform_fail(play, "cum_seq moved without a batch"));
	return CONFORM_PASSED;
}

enum conform_outcome conform_rule_check(struct conform_play *play)
{
	unsigned before = play->heard[CONFORM_CHECKED];
	struct br_str told = {NULL, 0};
	char id[17], ask[192];

	conform_random_text(8, id);
	(void)snprintf(ask, sizeof(ask),
		"{\"type\":\"check\",\"store\":\"%s\",\"id\":\"%s\","
		"\"time\":\"2026-03-01T02:10:00.000Z\"}",
		play->store, id);
	conform_play_send(play, "ctl", br_str_from(ask));
	if (!conform_play_await(play, &play->heard[CONFORM_CHECKED], before, play->patience_ms))
		return conform_outcome_of(conform_fail(play, "no answer to a check"));
	(void)!br_json_string(br_json_member(conform_heard(play, CONFORM_CHECKED), "id"), &told);
	return conform_outcome_of(br_str_is(told, id) ||
				  conform_fail(play, "the answer has another id than the check"));
}

/* Tried last: it has looked at every message of the run. */
enum conform_outcome conform_rule_line(struct conform_play *play)
{
	if (play->line_fault[0] != '\0')
		return conform_outcome_of(conform_fail(play, "%s", play->line_fault));
	for (unsigned i = 0; i < CONFORM_KINDS; i++)
		if (play->heard[i] > 0)
			return CONFORM_PASSED;
	(void)conform_fail(play, "no message of HQ came");
	return CONFORM_UNTRIED;
}
