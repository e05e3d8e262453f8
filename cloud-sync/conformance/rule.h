/*
 * The rules: one function for each, in the order in which they are tried. The number is the clause
 * of GUIDE.md, which says the same to people.
 */
#pragma once

#include "cloud-sync/conformance/play.h"

enum conform_outcome { CONFORM_UNTRIED, CONFORM_PASSED, CONFORM_FAILED };
/* "not tried", "pass", "FAIL" */
extern const char *const conform_outcome_words[];

struct conform_rule {
	const char *clause, *name, *text;
	/* Without that nothing behind it makes sense. */
	bool needed;
	enum conform_outcome (*run)(struct conform_play *play);
};

extern const struct conform_rule conform_rules[];
extern const unsigned conform_rule_n;

/*
 * Tries them all, in their order, but those that are left out; what a needed one breaks is not
 * tried any more, nor anything once HQ answers no hello after a failure. `told` hears of each, with
 * why it failed or was not tried, "" when it passed.
 */
void conform_rules_run(struct conform_play *play, bool (*left_out)(const struct conform_rule *rule),
	void (*told)(unsigned index, enum conform_outcome outcome, const char *said));

/* What a rule is that was tried. */
static inline enum conform_outcome conform_outcome_of(bool holds)
{
	return holds ? CONFORM_PASSED : CONFORM_FAILED;
}

/* hello */
enum conform_outcome conform_rule_welcome(struct conform_play *play);
enum conform_outcome conform_rule_named(struct conform_play *play);
enum conform_outcome conform_rule_welcome_again(struct conform_play *play);
enum conform_outcome conform_rule_check(struct conform_play *play);
enum conform_outcome conform_rule_line(struct conform_play *play);
/* events */
enum conform_outcome conform_rule_ack(struct conform_play *play);
enum conform_outcome conform_rule_repeat(struct conform_play *play);
enum conform_outcome conform_rule_gap(struct conform_play *play);
enum conform_outcome conform_rule_crc(struct conform_play *play);
enum conform_outcome conform_rule_garbage(struct conform_play *play);
enum conform_outcome conform_rule_empty(struct conform_play *play);
enum conform_outcome conform_rule_future(struct conform_play *play);
enum conform_outcome conform_rule_full(struct conform_play *play);
enum conform_outcome conform_rule_stranger(struct conform_play *play);
enum conform_outcome conform_rule_telemetry(struct conform_play *play);
enum conform_outcome conform_rule_thinned(struct conform_play *play);
enum conform_outcome conform_rule_verdict(struct conform_play *play);
enum conform_outcome conform_rule_credit(struct conform_play *play);
enum conform_outcome conform_rule_only_sent(struct conform_play *play);
enum conform_outcome conform_rule_durable(struct conform_play *play);
/* commands */
enum conform_outcome conform_rule_commands(struct conform_play *play);
enum conform_outcome conform_rule_resend(struct conform_play *play);
enum conform_outcome conform_rule_results(struct conform_play *play);
enum conform_outcome conform_rule_other_ledger(struct conform_play *play);
enum conform_outcome conform_rule_moves_on(struct conform_play *play);
enum conform_outcome conform_rule_behind(struct conform_play *play);
enum conform_outcome conform_rule_same(struct conform_play *play);
/* epochs */
enum conform_outcome conform_rule_new_epoch(struct conform_play *play);
enum conform_outcome conform_rule_epoch_left(struct conform_play *play);
enum conform_outcome conform_rule_sequence_reused(struct conform_play *play);
enum conform_outcome conform_rule_recover(struct conform_play *play);
enum conform_outcome conform_rule_recover_from(struct conform_play *play);
/* comparing */
enum conform_outcome conform_rule_compare_same(struct conform_play *play);
enum conform_outcome conform_rule_compare_items(struct conform_play *play);
enum conform_outcome conform_rule_compare_split(struct conform_play *play);
enum conform_outcome conform_rule_compare_stated(struct conform_play *play);
enum conform_outcome conform_rule_compare_withdrawn(struct conform_play *play);
enum conform_outcome conform_rule_compare_repairs(struct conform_play *play);
enum conform_outcome conform_rule_compare_wait(struct conform_play *play);
/* rights and certificates */
enum conform_outcome conform_rule_recall(struct conform_play *play);
enum conform_outcome conform_rule_recall_once(struct conform_play *play);
enum conform_outcome conform_rule_certificate(struct conform_play *play);
enum conform_outcome conform_rule_code(struct conform_play *play);
/* an HQ that was restored itself */
enum conform_outcome conform_rule_restored(struct conform_play *play);
