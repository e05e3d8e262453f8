#include "node/quarantine.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/hole.h"
#include "tests/node/bench.h"

static struct bench bench;
static uint64_t adjusted; /* an event of the lane of stock */

static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':1,'reason':'found'}"),
		0);
	adjusted = bench.answer.sequence;
	REQUIRE(adjusted > 0);
}

static enum br_refusal step(const char *command, uint64_t event)
{
	return bench_do(&bench, command, "{'event':%" PRIu64 "}", event);
}

static enum br_refusal quarantine(uint64_t event)
{
	return bench_do(&bench, "event.quarantine",
		"{'event':%" PRIu64 ",'code':'unknown_sku','message':'HQ does not know A'}", event);
}

static int row(uint64_t event, struct br_quarantine_row *ret_row)
{
	return br_quarantine_get(bench_read(&bench), event, &bench.arena, ret_row);
}

static enum br_verdict_use judge(uint64_t event, bool accepted)
{
	enum br_verdict_use use = BR_VERDICT_FULL;

	CHECK_INT(br_quarantine_judge(bench_read(&bench), event, accepted, &bench.arena, &use), 0);
	return use;
}

static void test_what_hq_refuses_is_kept_and_nothing_is_undone(void)
{
	struct br_quarantine_row kept;
	struct br_event event;
	int64_t available;
	uint64_t head;

	begin("kept");
	available = bench_available(&bench, "A");
	CHECK_INT(judge(adjusted, false), BR_VERDICT_NEWS);
	bench.now_ms += 1000;
	CHECK_INT(quarantine(adjusted), 0);
	head = br_core_head(bench.core);
	event = bench_event(&bench, head);
	CHECK_INT(event.kind, BR_EVENT_EVENT_QUARANTINED);
	CHECK_INT(br_event_types[event.kind].lane, BR_LANE_ORDERS);
	CHECK_INT(row(adjusted, &kept), 0);
	CHECK_STR(kept.last.type, "stock.moved");
	CHECK_STR(kept.last.subject, "A");
	CHECK_STR(kept.last.code, "unknown_sku");
	CHECK_STR(kept.last.message, "HQ does not know A");
	CHECK_INT(kept.at_ms, BENCH_NOW_MS + 1000);
	CHECK(!kept.resent);
	CHECK_INT(bench_available(&bench, "A"), available);
	/* HQ says so again and again: written down once. */
	CHECK_INT(judge(adjusted, false), BR_VERDICT_KNOWN);
	CHECK_INT(quarantine(adjusted), 0);
	CHECK_INT(br_core_head(bench.core), head);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_sent_again_it_is_refused_again_or_taken(void)
{
	struct br_quarantine_row kept;

	begin("again");
	CHECK_INT(step("event.resend", adjusted), BR_REFUSAL_UNKNOWN_EVENT);
	CHECK_INT(quarantine(adjusted), 0);
	CHECK_INT(step("event.resend", adjusted), 0);
	CHECK_INT(row(adjusted, &kept), 0);
	CHECK(kept.resent);
	CHECK_INT(kept.tries, 1);
	/* Impatience sends nothing twice. */
	CHECK_INT(step("event.resend", adjusted), BR_REFUSAL_ALREADY);
	CHECK_INT(judge(adjusted, false), BR_VERDICT_NEWS);
	CHECK_INT(quarantine(adjusted), 0);
	CHECK_INT(row(adjusted, &kept), 0);
	CHECK(!kept.resent);
	CHECK_INT(kept.tries, 1);
	CHECK_INT(step("event.resend", adjusted), 0);
	CHECK_INT(judge(adjusted, true), BR_VERDICT_NEWS);
	CHECK_INT(step("event.accept", adjusted), 0);
	CHECK_INT(row(adjusted, &kept), BR_E_NOT_FOUND);
	CHECK_INT(judge(adjusted, true), BR_VERDICT_KNOWN);
	CHECK_INT(step("event.accept", adjusted), BR_REFUSAL_UNKNOWN_EVENT);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_person_may_give_an_event_up(void)
{
	struct br_quarantine_row kept;
	struct br_event event;

	begin("dismiss");
	CHECK_INT(quarantine(adjusted), 0);
	CHECK_INT(bench_do(&bench, "event.dismiss", "{'event':%" PRIu64 ",'reason':'by hand'}",
			  adjusted),
		0);
	event = bench_event(&bench, br_core_head(bench.core));
	CHECK_INT(event.kind, BR_EVENT_EVENT_DISMISSED);
	CHECK_STR(((const struct br_quarantine_step *)event.body)->subject, "A");
	CHECK_STR(((const struct br_quarantine_step *)event.body)->reason, "by hand");
	CHECK_INT(row(adjusted, &kept), BR_E_NOT_FOUND);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_was_never_sent_or_is_about_the_quarantine_is_not_taken(void)
{
	begin("never");
	/* The catalogue is HQ's own: its events do not go up. */
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'Z','name':'Zip'}"), 0);
	CHECK_INT(judge(bench.answer.sequence, false), BR_VERDICT_UNKNOWN);
	CHECK_INT(quarantine(br_core_head(bench.core)), BR_REFUSAL_UNKNOWN_EVENT);
	CHECK_INT(quarantine(1000000), BR_REFUSAL_UNKNOWN_EVENT);
	CHECK_INT(quarantine(adjusted), 0);
	CHECK_INT(judge(br_core_head(bench.core), false), BR_VERDICT_OWN);
	CHECK_INT(quarantine(br_core_head(bench.core)), BR_REFUSAL_NOT_ALLOWED);
	CHECK_INT(br_quarantine_count(bench_read(&bench)), 1);
	bench_close(&bench);
}

struct seen {
	unsigned n;
	uint64_t last;
};

static bool see(void *context, const struct br_quarantine_row *kept)
{
	struct seen *seen = context;

	CHECK(kept->last.event > seen->last);
	seen->last = kept->last.event;
	return ++seen->n < 10;
}

static void test_there_is_an_end_to_what_it_holds(void)
{
	struct seen seen = {.n = 0};
	uint64_t first;

	begin("full");
	first = adjusted;
	for (unsigned i = 0; i <= BR_QUARANTINE_MAX; i++)
		CHECK_INT(bench_do(&bench, "stock.move",
				  "{'sku':'A','kind':'adjust','quantity':1,'reason':'found'}"),
			0);
	for (uint64_t i = first; i < first + BR_QUARANTINE_MAX; i++)
		CHECK_INT(quarantine(i), 0);
	CHECK_INT(judge(first + BR_QUARANTINE_MAX, false), BR_VERDICT_FULL);
	CHECK_INT(quarantine(first + BR_QUARANTINE_MAX), BR_REFUSAL_TOO_MUCH);
	br_quarantine_walk(bench_read(&bench), first, &bench.arena, see, &seen);
	CHECK_INT(seen.n, 10);
	CHECK_INT(seen.last, first + 10);
	/* Somebody sees to one, and there is room. */
	CHECK_INT(step("event.dismiss", first), 0);
	CHECK_INT(quarantine(first + BR_QUARANTINE_MAX), 0);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_what_hq_refuses_is_kept_and_nothing_is_undone);
	TEST(test_sent_again_it_is_refused_again_or_taken);
	TEST(test_a_person_may_give_an_event_up);
	TEST(test_what_was_never_sent_or_is_about_the_quarantine_is_not_taken);
	TEST(test_there_is_an_end_to_what_it_holds);
	return test_end(argc, argv);
}
