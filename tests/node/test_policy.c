#include "node/policy.h"

#include <stdio.h>
#include <string.h>

#include "tests/node/bench.h"

static void test_what_was_never_set_has_a_default(void)
{
	struct br_policy policy;
	struct bench bench;

	bench_open(&bench, "default");
	policy = br_policy_get(bench_read(&bench));
	CHECK_INT(policy.code_tries, 5);
	CHECK_INT(policy.price_hold_minutes, 60);
	/* Directive 98/6/EC, Art. 6a(2): not shorter than 30 days. */
	CHECK_INT(policy.prior_price_days, 30);
	CHECK_INT(policy.prior_price_steps, BR_POLICY_STEPS_EACH);
	CHECK_INT(policy.cash_step, 0);
	bench_close(&bench);
}

static void test_a_change_keeps_what_it_does_not_name(void)
{
	struct br_policy policy;
	struct bench bench;

	bench_open(&bench, "keeps");
	CHECK_INT(bench_do(&bench, "policy.set",
			  "{'code_tries':3,'price_hold_minutes':0,'associate':'anna'}"),
		0);
	CHECK_INT(
		bench_do(&bench, "policy.set",
			"{'count_approve_above':2.5,'cash_step':0.05,'prior_price_steps':'first'}"),
		0);
	bench_reopen(&bench);
	policy = br_policy_get(bench_read(&bench));
	CHECK_INT(policy.code_tries, 3);
	CHECK_INT(policy.price_hold_minutes, 0);
	CHECK_INT(policy.count_approve_above, 2500);
	CHECK_INT(policy.cash_step, 50);
	CHECK_INT(policy.prior_price_steps, BR_POLICY_STEPS_FIRST);
	CHECK_INT(policy.no_show_hours, 24);
	bench_verify(&bench);
	bench_close(&bench);
}

/* HQ's versions: the last one wins, and a manager's change in between has none. */
static void test_the_last_version_of_hq_wins(void)
{
	struct br_policy policy;
	struct bench bench;

	bench_open(&bench, "version");
	bench.actor = "hq";
	CHECK_INT(bench_do(&bench, "policy.set", "{'version':7,'code_tries':3}"), 0);
	CHECK_INT(
		bench_do(&bench, "policy.set", "{'version':6,'code_tries':9}"), BR_REFUSAL_VERSION);
	CHECK_HAS(bench.answer.message, "is 6, and the policy has 7 already");
	CHECK_INT(
		bench_do(&bench, "policy.set", "{'version':7,'code_tries':9}"), BR_REFUSAL_VERSION);
	/* One without a number is as it was before there were any. */
	CHECK_INT(bench_do(&bench, "policy.set", "{'code_lock_minutes':20}"), 0);
	bench.actor = "web";
	CHECK_INT(bench_do(&bench, "policy.set", "{'version':7,'code_tries':4}"), 0);
	CHECK_INT(bench_do(&bench, "policy.set", "{'version':900,'code_tries':5}"), 0);
	policy = br_policy_get(bench_read(&bench));
	CHECK_INT(policy.version, 7);
	CHECK_INT(policy.code_tries, 5);
	bench.actor = "hq";
	CHECK_INT(bench_do(&bench, "policy.set", "{'version':8,'code_tries':6}"), 0);
	policy = br_policy_get(bench_read(&bench));
	CHECK_INT(policy.version, 8);
	CHECK_INT(policy.code_tries, 6);
	CHECK_INT(policy.code_lock_minutes, 20);
	bench_verify(&bench);
	bench_close(&bench);
}

/* The event tells the whole policy, so whoever reads it needs no other. */
static void test_the_event_is_complete(void)
{
	const struct br_policy *policy;
	struct br_event event;
	struct bench bench;

	bench_open(&bench, "event");
	CHECK_INT(bench_do(&bench, "policy.set", "{'no_show_hours':0,'associate':'anna'}"), 0);
	event = bench_event(&bench, br_core_head(bench.core));
	policy = event.body;
	CHECK_INT(event.kind, BR_EVENT_POLICY_CHANGED);
	CHECK_INT(policy->no_show_hours, 0);
	CHECK_INT(policy->markdown_percent, 30);
	CHECK_STR(policy->associate, "anna");
	CHECK_STR(br_event_type(&event)->subject(&event), "policy");
	bench_close(&bench);
}

/* The managers as "anna bert". */
static const char *managers(struct bench *bench)
{
	static char text[BR_MANAGERS_MAX * (BR_WORD_BYTES_MAX + 1) + 1];
	struct br_policy policy = br_policy_get_all(bench_read(bench), &bench->arena);

	text[0] = '\0';
	for (uint32_t i = 0; i < policy.managers.n; i++) {
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof(text) - n, "%s%.*s", i > 0 ? " " : "",
			BR_STR_ARG(BR_LIST_AT(policy.managers, br_policy_manager, i)->name));
	}
	return text;
}

/* Each row is one command more. */
static void test_managers_are_named_kept_and_forgotten(void)
{
	static const struct {
		const char *data, *managers;
		bool event;
	} rows[] = {
		{"{'managers':['anna','bert']}", "anna bert", true},
		{"{'code_tries':3}", "anna bert", true},
		{"{'managers':[]}", "anna bert", false},
		{"{'managers':['anna','bert']}", "anna bert", false},
		{"{'managers':['bert','anna']}", "bert anna", true},
		{"{'managers':['']}", "", true},
		{"{'managers':['']}", "", false},
		{"{'managers':['carl']}", "carl", true},
	};
	struct bench bench;

	bench_open(&bench, "managers");
	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		uint64_t head = br_core_head(bench.core);

		CHECK_INT(bench_do(&bench, "policy.set", "%s", rows[i].data), 0);
		CHECK_TEXT(managers(&bench), rows[i].managers);
		CHECK_INT(br_core_head(bench.core) - head, rows[i].event);
	}
	/* Whoever asks for limits only needs no room for names. */
	CHECK_INT(br_policy_get(bench_read(&bench)).managers.n, 0);
	CHECK_INT(br_policy_get(bench_read(&bench)).code_tries, 3);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_changes_nothing_is_no_event(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "nothing");
	CHECK_INT(bench_do(&bench, "policy.set", "{'code_tries':4}"), 0);
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "policy.set", "{'code_tries':4,'associate':'eva'}"), 0);
	CHECK_INT(bench_do(&bench, "policy.set", "{}"), 0);
	CHECK_INT(br_core_head(bench.core), head);
	bench_close(&bench);
}

static void test_what_a_policy_refuses(void)
{
	static const struct {
		const char *data, *says;
	} rows[] = {
		{"{'code_tries':0}", "code_tries: 0 is out of range, allowed is 1 to 20"},
		{"{'code_tries':null}", "code_tries"},
		{"{'prior_price_days':29}", "allowed is 30 to 365"},
		{"{'prior_price_steps':''}", "each, first"},
		{"{'cash_step':-0.05}", "cash_step"},
		{"{'markdown_percent':100}", "allowed is 1 to 99"},
		{"{'nonsense':1}", "unknown member"},
		{"{'managers':['anna','']}", "managers[1]: is empty"},
		{"{'managers':['aaaaaaaaaabbbbbbbbbbccccccccccddd']}", "managers"},
		{"{'managers':['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15',"
		 "'16','17']}",
			"managers"},
	};
	struct bench bench;

	bench_open(&bench, "refuses");
	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "policy.set", "%s", rows[i].data), BR_REFUSAL_MALFORMED);
		CHECK_HAS(bench.answer.message, rows[i].says);
	}
	CHECK_INT(br_core_head(bench.core), 0);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_what_was_never_set_has_a_default);
	TEST(test_a_change_keeps_what_it_does_not_name);
	TEST(test_the_last_version_of_hq_wins);
	TEST(test_the_event_is_complete);
	TEST(test_managers_are_named_kept_and_forgotten);
	TEST(test_what_changes_nothing_is_no_event);
	TEST(test_what_a_policy_refuses);
	return test_end(argc, argv);
}
