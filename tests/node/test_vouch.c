#include "node/vouch.h"

#include <string.h>

#include "node/timekeeper.h"
#include "tests/node/bench.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (24 * 60 * MINUTE_MS)

static struct bench bench;
static struct br_time_state clock_state;
static int64_t vouched_ms;
static unsigned vouched_n, answers_then;

static void state_tell(void *owner BR_UNUSED, struct br_time_state *ret_state)
{
	*ret_state = clock_state;
}

static void vouched(void *owner BR_UNUSED, int64_t time_ms)
{
	vouched_ms = time_ms;
	vouched_n++;
	answers_then = bench.answers;
}

/* A machine whose clock is two days behind the time that is kept. */
static void begin(const char *name)
{
	bench_open(&bench, name);
	br_core_clock_set(bench.core, (struct br_core_clock){state_tell, vouched, NULL});
	clock_state = (struct br_time_state){
		.condition = BR_TIME_BEHIND,
		.source = BR_TIME_KEPT,
		.earliest_ms = BENCH_NOW_MS - 100 * DAY_MS,
		.machine_ms = BENCH_NOW_MS - 2 * DAY_MS,
		.apart_ms = -2 * DAY_MS,
	};
	vouched_ms = 0;
	vouched_n = 0;
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_who_keeps_the_time_is_told_before_the_answer(void)
{
	const struct br_vouched *body;
	struct br_event event;

	begin("told");
	CHECK_INT(bench_do(&bench, "clock.vouch", "{'clock':'store','associate':'eva'}"), 0);
	CHECK_INT(vouched_ms, BENCH_NOW_MS);
	CHECK_INT(vouched_n, 1);
	CHECK_INT(answers_then + 1, bench.answers);
	event = bench_event(&bench, br_core_head(bench.core));
	CHECK_INT(event.kind, BR_EVENT_CLOCK_VOUCHED);
	CHECK_STR(br_event_types[event.kind].subject(&event), "clock");
	body = event.body;
	CHECK_STR(body->associate, "eva");
	CHECK_INT(body->time_ms, BENCH_NOW_MS);
	CHECK_INT(body->before_ms, BENCH_NOW_MS);
	/* A turn without one tells nobody. */
	bench_catalogue(&bench);
	CHECK_INT(vouched_n, 1);
	end();
}

static void test_the_machines_clock_and_any_other_time(void)
{
	const struct br_vouched *body;
	struct br_event event;

	begin("other");
	CHECK_INT(bench_do(&bench, "clock.vouch", "{'clock':'machine','associate':'eva'}"), 0);
	CHECK_INT(vouched_ms, BENCH_NOW_MS - 2 * DAY_MS);
	CHECK_INT(bench_do(&bench, "clock.vouch",
			  "{'time':'2026-03-05T08:00:00Z','associate':'eva'}"),
		0);
	CHECK_INT(vouched_ms, INT64_C(1772697600000));
	event = bench_event(&bench, br_core_head(bench.core));
	body = event.body;
	CHECK_INT(body->time_ms, vouched_ms);
	CHECK_INT(body->before_ms, BENCH_NOW_MS);
	/* Of a clock that nobody doubts another time may be said, too. */
	clock_state.condition = BR_TIME_GOOD;
	clock_state.source = BR_TIME_MACHINE;
	CHECK_INT(bench_do(&bench, "clock.vouch",
			  "{'time':'2026-03-01T10:15:00.001Z','associate':'eva'}"),
		0);
	CHECK_INT(vouched_n, 3);
	end();
}

static void test_what_would_not_count_is_refused(void)
{
	static const struct bench_refused rows[] = {
		{"clock.vouch", "{'associate':'eva'}", "clock: either the one that is right",
			BR_REFUSAL_MALFORMED},
		{"clock.vouch",
			"{'clock':'machine','time':'2026-03-05T08:00:00Z','associate':'eva'}",
			"clock: either the one that is right", BR_REFUSAL_MALFORMED},
		{"clock.vouch", "{'time':'1970-01-01T00:00:00Z','associate':'eva'}",
			"clock: either the one that is right", BR_REFUSAL_MALFORMED},
		{"clock.vouch", "{'time':'2025-11-21T10:09:59.999Z','associate':'eva'}",
			"time: allowed is 2025-11-21T10:10:00.000Z", BR_REFUSAL_MALFORMED},
		{"clock.vouch", "{'time':'2100-01-01T00:00:00.001Z','associate':'eva'}",
			"to 2100-01-01T00:00:00.000Z", BR_REFUSAL_MALFORMED},
		{"clock.vouch", "{'clock':'store'}", "associate: is missing", BR_REFUSAL_MALFORMED},
	};
	static const struct bench_refused good[] = {
		{"clock.vouch", "{'clock':'store','associate':'eva'}", "not doubted",
			BR_REFUSAL_ALREADY},
		{"clock.vouch", "{'time':'2026-03-01T10:15:00Z','associate':'eva'}", "not doubted",
			BR_REFUSAL_ALREADY},
		{"clock.vouch", "{'time':'2026-03-01T10:05:00Z','associate':'eva'}", "not doubted",
			BR_REFUSAL_ALREADY},
	};
	static const struct bench_refused server[] = {
		{"clock.vouch", "{'time':'2026-03-05T08:00:00Z','associate':'eva'}",
			"a time server keeps this machine's clock", BR_REFUSAL_ALREADY},
	};

	begin("refused");
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	clock_state.condition = BR_TIME_GOOD;
	clock_state.source = BR_TIME_MACHINE;
	bench_refuses(&bench, good, BR_ARRAY_LEN(good));
	clock_state.source = BR_TIME_SERVER;
	bench_refuses(&bench, server, BR_ARRAY_LEN(server));
	CHECK_INT(vouched_n, 0);
	end();
}

static void test_only_a_manager_in_the_store_may(void)
{
	begin("manager");
	CHECK_INT(bench_do(&bench, "policy.set", "{'managers':[{'name':'eva'}]}"), 0);
	CHECK_INT(bench_do(&bench, "clock.vouch", "{'clock':'store','associate':'max'}"),
		BR_REFUSAL_NOT_ALLOWED);
	CHECK_HAS(bench.answer.message, "may not vouch for the clock");
	bench.actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(&bench, "clock.vouch", "{'clock':'store','associate':'eva'}"),
		BR_REFUSAL_NOT_ALLOWED);
	CHECK_INT(vouched_n, 0);
	bench.actor = "web";
	CHECK_INT(bench_do(&bench, "clock.vouch", "{'clock':'store','associate':'eva'}"), 0);
	CHECK_INT(vouched_n, 1);
	end();
}

static void test_a_repeat_and_the_past_move_no_clock(void)
{
	struct br_vouched body = {
		.associate = BR_STR("eva"), .time_ms = 5000, .before_ms = BENCH_NOW_MS};
	struct br_event event = {.kind = BR_EVENT_CLOCK_VOUCHED,
		.sequence = 1,
		.happened_ms = BENCH_NOW_MS,
		.recorded_ms = BENCH_NOW_MS,
		.command = BR_STR("c9"),
		.actor = BR_STR("web"),
		.body = &body};

	begin("repeat");
	CHECK_INT(bench_submit(
			  &bench, "v1", "clock.vouch", "{'clock':'store','associate':'eva'}", true),
		0);
	CHECK_INT(bench_submit(
			  &bench, "v1", "clock.vouch", "{'clock':'store','associate':'eva'}", true),
		0);
	CHECK_INT(vouched_n, 1);
	/* It comes back after a restore: what it said was true then. */
	REQUIRE(br_core_renew(bench.core, 0, bench.now_ms) == 0);
	event.sequence = br_core_head(bench.core) - 1;
	CHECK_INT(br_core_recover(bench.core, &event, BR_DOUBT_NONE), 1);
	bench_commit(&bench);
	CHECK_INT(bench_event(&bench, br_core_head(bench.core)).kind, BR_EVENT_CLOCK_VOUCHED);
	CHECK_INT(vouched_n, 1);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_who_keeps_the_time_is_told_before_the_answer);
	TEST(test_the_machines_clock_and_any_other_time);
	TEST(test_what_would_not_count_is_refused);
	TEST(test_only_a_manager_in_the_store_may);
	TEST(test_a_repeat_and_the_past_move_no_clock);
	return test_end(argc, argv);
}
