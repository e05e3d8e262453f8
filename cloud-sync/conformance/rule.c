#include "cloud-sync/conformance/rule.h"

const char *const conform_outcome_words[] = {"not tried", "pass", "FAIL"};

const struct conform_rule conform_rules[] = {
	{"2.1", "welcome", "a hello is answered with a welcome", true, conform_rule_welcome},
	{"2.4", "named", "a welcome repeats the id of the hello that it answers", false,
		conform_rule_named},
	{"2.2", "welcome-again", "every hello is, and nothing moves by it", true,
		conform_rule_welcome_again},
	{"2.3", "check", "a check is answered", false, conform_rule_check},
	{"3.1", "ack", "a batch is acknowledged up to its last event", true, conform_rule_ack},
	{"3.2", "repeat", "a batch that comes again is acknowledged again, and moves nothing",
		false, conform_rule_repeat},
	{"3.3", "gap", "a batch that comes too early closes no gap, and is told in have", false,
		conform_rule_gap},
	{"3.4", "crc", "a batch with a wrong crc32c is not taken, the right one is", false,
		conform_rule_crc},
	{"3.5", "garbage", "what cannot be read moves nothing and stops nothing", false,
		conform_rule_garbage},
	{"3.6", "empty", "a batch without events covers its numbers", false, conform_rule_empty},
	{"3.7", "future", "events of types that HQ does not know are taken", false,
		conform_rule_future},
	{"3.8", "full", "a full batch is taken", false, conform_rule_full},
	{"3.9", "stranger", "events of an epoch that said no hello are not taken", false,
		conform_rule_stranger},
	{"3.10", "telemetry", "whoever names the lane telemetry takes its events", false,
		conform_rule_telemetry},
	{"3.13", "thinned", "left-out events of telemetry are waited for by nobody", false,
		conform_rule_thinned},
	{"3.14", "credit", "as many batches at once as the credit says are taken", false,
		conform_rule_credit},
	{"3.11", "durable", "what was acknowledged is there after a restart of HQ", false,
		conform_rule_durable},
	{"3.12", "verdict", "what HQ refuses is covered all the same, and told until it is heard",
		false, conform_rule_verdict},
	{"4.1", "commands", "commands are numbered one after the other, and complete", false,
		conform_rule_commands},
	{"4.2", "resend", "a command without an answer comes again", false, conform_rule_resend},
	{"4.3", "results", "a hello's down is no answer", false, conform_rule_results},
	{"4.7", "other-ledger", "an answer of another epoch is none", false,
		conform_rule_other_ledger},
	{"4.4", "moves-on", "with the results, refusals too, HQ moves on", false,
		conform_rule_moves_on},
	{"4.5", "behind", "a store that says it stands behind gets the commands again", false,
		conform_rule_behind},
	{"4.6", "same", "a command that comes again is the same, and none is left out", false,
		conform_rule_same},
	{"5.1", "new-epoch", "a new epoch with new numbers is followed", true,
		conform_rule_new_epoch},
	{"5.2", "epoch-left", "an epoch that was left is refused", false, conform_rule_epoch_left},
	{"5.3", "sequence-reused", "numbers given out twice are refused", false,
		conform_rule_sequence_reused},
	{"5.4", "recover", "the store's past comes back: all of it, once, in order, as it was sent",
		false, conform_rule_recover},
	{"5.5", "recover-from", "also from the middle", false, conform_rule_recover_from},
	{"6.1", "compare-same", "a range that is the same is answered with true", false,
		conform_rule_compare_same},
	{"6.2", "compare-items", "few items are told with their marks", false,
		conform_rule_compare_items},
	{"6.3", "compare-split", "many items are cut into parts with right sums", false,
		conform_rule_compare_split},
	{"6.4", "compare-stated", "a statement replaces what was before it, whatever comes first",
		false, conform_rule_compare_stated},
	{"6.5", "compare-withdrawn", "an event that was withdrawn never happened", false,
		conform_rule_compare_withdrawn},
	{"6.6", "compare-repairs", "what is missing at the store is sent", false,
		conform_rule_compare_repairs},
	{"6.7", "compare-wait", "HQ waits for the answers to its own commands", false,
		conform_rule_compare_wait},
	{"7.1", "recall", "a recall is answered once, with what is unspent", false,
		conform_rule_recall},
	{"7.2", "recall-once", "what was given back is not given back again", false,
		conform_rule_recall_once},
	{"8.1", "certificate", "a request for a certificate is answered with one", false,
		conform_rule_certificate},
	{"8.2", "code", "a one-time code gets one, again when asked again, and a wrong code none",
		false, conform_rule_code},
	{"2.5", "restored", "an HQ that was restored says so, and takes and sends anew", false,
		conform_rule_restored},
	{"3.15", "only-sent", "HQ says of nothing that it has it that was not sent", false,
		conform_rule_only_sent},
	{"1.1", "line", "all messages of HQ were JSON of the contract, QoS 1, not retained", false,
		conform_rule_line},
};
const unsigned conform_rule_n = BR_ARRAY_LEN(conform_rules);

void conform_rules_run(struct conform_play *play, bool (*left_out)(const struct conform_rule *rule),
	void (*told)(unsigned index, enum conform_outcome outcome, const char *said))
{
	const char *stop = NULL;
	bool silent = false;

	for (unsigned i = 0; i < conform_rule_n; i++) {
		const struct conform_rule *rule = &conform_rules[i];
		enum conform_outcome outcome = CONFORM_UNTRIED;

		play->said[0] = '\0';
		conform_play_check(play);
		if (left_out(rule))
			(void)conform_fail(play, "left out by --without");
		else if (play->offline)
			(void)conform_fail(play, "the broker has broken the connection off");
		else if (stop != NULL)
			(void)conform_fail(play, "makes no sense without %s", stop);
		else if (silent)
			(void)conform_fail(play, "HQ answers no hello any more");
		else
			outcome = rule->run(play);
		br_assert(outcome == CONFORM_PASSED || play->said[0] != '\0');
		told(i, outcome, outcome == CONFORM_PASSED ? "" : play->said);
		if (outcome != CONFORM_FAILED)
			continue;
		if (rule->needed)
			stop = rule->name;
		/* What follows begins where HQ stands, whatever it did not take. */
		else
			silent = !conform_play_greet(play);
	}
}
