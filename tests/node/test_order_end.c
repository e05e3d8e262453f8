/* Ends: cancelling, no-shows, putting back, closing, and the timer that does it. */
#include <stdio.h>
#include <string.h>

#include "node/timer.h"
#include "tests/node/order_bench.h"

static struct bench bench;

static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

#define HOUR_MS INT64_C(3600000)

/* The next timer of an order; whoever it was for is forgotten by another one, much later. */
static bool order_timer_next(struct br_timer *ret_timer)
{
	struct br_timer *after = NULL;

	while (br_timer_next(bench_read(&bench), after, ret_timer)) {
		if (ret_timer->kind == BR_TIMER_ORDER)
			return true;
		after = ret_timer;
	}
	return false;
}

/* Each state's timer, and that no other stands. */
static void test_the_timer_follows_the_state(void)
{
	static const struct {
		const char *way;
		int64_t after_ms; /* behind BENCH_NOW_MS; 0 = none */
	} rows[] = {
		{"", 0},
		{"accept", 0},
		{"accept pick stage", 0},
		{"accept pick ready", 26 * HOUR_MS},
		{"accept pick ready arrive", 26 * HOUR_MS},
		{"accept pick ready cancel", 0},
		{"accept pick ready cancel restock", 0},
		{"accept pick ready expire", 0},
		{"accept pick ready hand_over", 1},
		{"accept pick ready hand_over close", 0},
		{"accept hold", 0},
	};

	begin("timer");
	CHECK_INT(bench_do(&bench, "policy.set", "{'no_show_hours':24}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_timer timer;
		struct br_order order;
		char name[16];
		bool stands;

		(void)snprintf(name, sizeof(name), "O%zu", i);
		/* Two hours after the bench's clock. */
		order_offer(&bench, name, "pickup", ",'collect_by':'2026-03-01T12:10:00Z'");
		order_go(&bench, name, rows[i].way);
		order = order_of(&bench, name);
		stands = order_timer_next(&timer);
		if (!CHECK_INT(stands, rows[i].after_ms > 0))
			printf("%s\n", rows[i].way);
		CHECK_INT(order.timer, stands ? timer.at_ms : 0);
		if (rows[i].after_ms > 1)
			CHECK_INT(order.timer, BENCH_NOW_MS + rows[i].after_ms);
		if (!br_order_ended(order.state))
			order_go(&bench, name,
				order.state == BR_ORDER_OFFERED ||
						order.state == BR_ORDER_ACCEPTED ||
						order.state == BR_ORDER_ON_HOLD
					? "cancel"
				: br_order_verb_allowed(
					  BR_FLOW_COLLECT, order.state, BR_VERB_CANCEL)
					? "cancel restock"
					: "restock");
		else if (order.state == BR_ORDER_HANDED_OVER)
			order_go(&bench, name, "timer");
		CHECK(!order_timer_next(&timer));
		CHECK_INT(
			bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':3}"),
			0);
	}
	end();
}

/* A timer that was overtaken decides nothing; one that fires twice neither. */
static void test_a_timer_fires_once(void)
{
	begin("fires");
	order_offer(&bench, "O", "pickup", ",'collect_by':'2026-03-01T12:10:00Z'");
	CHECK_INT(bench_do(&bench, "order.timer", "{'key':'O','at':'2026-03-01T12:10:00Z'}"),
		BR_REFUSAL_ALREADY);
	order_go(&bench, "O", "accept pick ready expire");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_EXPIRED);
	CHECK_STR(
		bench_plain(&bench, "reason", order_of(&bench, "O").reason), "nobody came for it");
	CHECK_INT(order_do(&bench, "O", "timer"), BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "order.timer", "{'key':'X','at':'2026-03-01T12:10:00Z'}"),
		BR_REFUSAL_ALREADY);
	end();
}

static void test_a_new_deadline_moves_the_timer(void)
{
	int64_t before_ms;

	begin("moved");
	order_offer(&bench, "O", "pickup", ",'collect_by':'2026-03-01T12:10:00Z'");
	order_go(&bench, "O", "accept pick ready");
	before_ms = order_of(&bench, "O").timer;
	CHECK_INT(bench_do(&bench, "order.update",
			  "{'order':'O','collect_by':'2026-03-02T12:10:00Z'}"),
		0);
	CHECK_INT(order_of(&bench, "O").timer, before_ms + 24 * HOUR_MS);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_TIMER), 1);
	/* As late as a time can be is no overflow. */
	CHECK_INT(bench_do(&bench, "order.update",
			  "{'order':'O','collect_by':'9999-12-31T23:59:59Z'}"),
		0);
	CHECK_INT(order_of(&bench, "O").timer, BR_TIME_MAX_MS);
	end();
}

static void test_a_hold_ends_by_itself(void)
{
	begin("hold");
	order_offer(&bench, "O", "pickup", "");
	order_go(&bench, "O", "accept pick1");
	CHECK_INT(bench_do(&bench, "order.hold",
			  "{'order':'O','reason':'r','until':'2026-03-01T10:00:00Z'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "ends in the future");
	CHECK_INT(bench_do(&bench, "order.hold",
			  "{'order':'O','reason':'age check','until':'2026-03-01T10:20:00Z'}"),
		0);
	CHECK_STR(bench_plain(&bench, "reason", order_of(&bench, "O").reason), "age check");
	CHECK_INT(order_of(&bench, "O").timer, BENCH_NOW_MS + 600000);
	/* It holds what it held. */
	CHECK_INT(bench_available(&bench, "A"), 7000);
	bench.now_ms += 600000;
	order_go(&bench, "O", "timer");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_PICKING);
	CHECK_INT(order_of(&bench, "O").until, 0);
	/* Nor is it said any more why it was held. */
	CHECK_STR(bench_plain(&bench, "reason", order_of(&bench, "O").reason), "");
	end();
}

static void test_goods_are_put_back_where_people_say(void)
{
	begin("back");
	order_offer(&bench, "O", "pickup", "");
	order_go(&bench, "O", "accept pick stage cancel");
	CHECK_INT(bench_do(&bench, "order.restock",
			  "{'order':'O','barcode':'2000000000015','to':'backroom'}"),
		0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 8000);
	CHECK_INT(bench_do(&bench, "order.restock",
			  "{'order':'O','line':'1','quantity':1,'to':'damaged'}"),
		0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_DAMAGED), 1000);
	CHECK_INT(bench_do(&bench, "order.restock", "{'order':'O','sku':'B'}"),
		BR_REFUSAL_WRONG_PRODUCT);
	CHECK_INT(bench_do(&bench, "order.restock", "{'order':'O','line':'1','quantity':2}"),
		BR_REFUSAL_TOO_MUCH);
	CHECK_INT(bench_do(&bench, "order.restock", "{'order':'O','line':'1','to':'vendor'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_RESTOCKING);
	order_go(&bench, "O", "restock");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_CANCELLED);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 1000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_STAGED), 0);
	end();
}

/* The hand-over wins, and whoever paid the money back already hears of it. */
static void test_a_cancel_after_the_goods_left_leaves_a_trace(void)
{
	static const struct {
		const char *method, *way;
	} ways[] = {
		{"pickup", "accept pick ready hand_over"},
		{"pickup", "accept pick ready hand_over close"},
		{"ship_from_store", "accept pick pack ship"},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(ways); i++) {
		const struct br_order_cancel_late *late;
		struct br_order before;
		struct br_event event;
		char name[16];
		uint64_t head;

		(void)snprintf(name, sizeof(name), "late-%u", i);
		begin(name);
		order_offer(&bench, "O", ways[i].method, "");
		order_go(&bench, "O", ways[i].way);
		before = order_of(&bench, "O");
		head = br_core_head(bench.core);
		/* Also when the sender's picture of the order is an old one. */
		CHECK_INT(bench_do(&bench, "order.cancel",
				  "{'order':'O','reason':'paid back','version':2}"),
			BR_REFUSAL_ILLEGAL_MOVE);
		CHECK_INT(bench.answer.outcome, BR_OUTCOME_REFUSED);
		CHECK_HAS(bench.answer.message, "cancel is not allowed");
		CHECK_INT(br_core_head(bench.core), head + 1);
		event = bench_event(&bench, head + 1);
		CHECK_INT(event.kind, BR_EVENT_ORDER_CANCEL_LATE);
		CHECK_INT(br_event_type(&event)->lane, BR_LANE_ORDERS);
		late = event.body;
		CHECK_STR(late->order, "O");
		CHECK_STR(bench_plain(&bench, "reason", late->reason), "paid back");
		CHECK_INT(late->state, before.state);
		CHECK_INT(late->version, before.version);
		CHECK_INT(late->handed_over + late->shipped, 3000);
		CHECK_INT(order_of(&bench, "O").version, before.version);
		end();
	}
}

/* What was cancelled, or is not here yet, has nothing to do with money that comes back. */
static void test_other_refused_cancels_leave_none(void)
{
	uint64_t head;

	begin("cancelled");
	order_offer(&bench, "O", "pickup", "");
	order_go(&bench, "O", "accept cancel");
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "order.cancel", "{'order':'O'}"), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_INT(bench_do(&bench, "order.cancel", "{'order':'P'}"), BR_REFUSAL_UNKNOWN_ORDER);
	CHECK_INT(br_core_head(bench.core), head);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_the_timer_follows_the_state);
	TEST(test_a_timer_fires_once);
	TEST(test_a_new_deadline_moves_the_timer);
	TEST(test_a_hold_ends_by_itself);
	TEST(test_goods_are_put_back_where_people_say);
	TEST(test_a_cancel_after_the_goods_left_leaves_a_trace);
	TEST(test_other_refused_cancels_leave_none);
	return test_end(argc, argv);
}
