/* How orders end: cancelled, not collected, put back, closed; and what ends them by itself. */
#include "node/order_inside.h"
#include "node/policy.h"
#include "node/timer.h"

#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)

int64_t br_order_timer_ms(struct br_txn *txn, const struct br_order *order)
{
	struct br_policy policy = br_policy_get(txn);

	br_assert(order->state < BR_ORDER_STATE_N);
	/*
	 * Who does not come is late by what was promised and not by when it became ready: a
	 * customer who was told six o'clock is not late at five.
	 */
	switch (order->state) {
	case BR_ORDER_ON_HOLD:
		return order->until;
	case BR_ORDER_READY:
	case BR_ORDER_ARRIVED:
		return order->collect_by > 0
			       ? order->collect_by + (int64_t)policy.no_show_hours * HOUR_MS
			       : 0;
	case BR_ORDER_HANDED_OVER:
	case BR_ORDER_SHIPPED:
		return order->since + (int64_t)policy.close_after_minutes * MINUTE_MS;
	default:
		return 0;
	}
}

/* Nobody's hand: the order goes on because its time has come. */
static int end_by(struct br_decision *decision, enum br_order_verb verb, struct br_str order,
	struct br_str reason)
{
	struct br_order_step step = {.order = order, .reason = reason};
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, verb, &step, &plan);

	if (result != 0)
		return result;
	br_assert(plan->change_n == 0);
	return br_order_plan_end(plan);
}

int br_order_decide_timer(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;
	struct br_str silent = {NULL, 0};
	struct br_order order;

	if (!br_timer_has(decision->txn, BR_TIMER_ORDER, fired->key, fired->at_ms) ||
		br_order_get(decision->txn, fired->key, decision->arena, &order) < 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"order \"%.*s\": this timer is over", BR_STR_ARG(fired->key));
	/*
	 * A mark that is no longer the order's own was refused above: a plan that changed leaves
	 * none behind.
	 */
	br_assert(order.timer == fired->at_ms);
	switch (order.state) {
	case BR_ORDER_ON_HOLD:
		return end_by(decision, BR_VERB_RELEASE, fired->key, BR_STR("the hold has ended"));
	case BR_ORDER_READY:
	case BR_ORDER_ARRIVED:
		return end_by(decision, BR_VERB_EXPIRE, fired->key, BR_STR("nobody came for it"));
	default:
		br_assert(order.state == BR_ORDER_HANDED_OVER || order.state == BR_ORDER_SHIPPED);
		return end_by(decision, BR_VERB_CLOSE, fired->key, silent);
	}
}

/*
 * By hand, for whoever does not want to wait for the timer; nothing of it may still be in the
 * store.
 */
int br_order_decide_close(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_CLOSE, step, &plan);

	if (result != 0)
		return result;
	br_assert(plan->order.counts.reserved == 0 && plan->order.counts.picked == 0);
	return br_order_plan_end(plan);
}

/* The goods have left with it, all or in part, and it waits for nothing more. */
static bool order_gone(
	struct br_txn *txn, struct br_str name, struct br_arena *arena, struct br_order *ret_order)
{
	br_assert(name.n > 0);
	return br_order_get(txn, name, arena, ret_order) == 0 &&
	       (ret_order->counts.handed_over > 0 || ret_order->counts.shipped > 0) &&
	       !br_order_verb_allowed(
		       br_order_flow(ret_order->method), ret_order->state, BR_VERB_CANCEL);
}

/*
 * A hand-over wins over a cancel that crossed it, as one decided while the line was down does. The
 * refusal leaves an event, whatever version the sender saw: the money may be on its way back.
 */
static int cancel_late_refuse(struct br_decision *decision, const struct br_order_step *step,
	const struct br_order *order)
{
	struct br_order_cancel_late late = {
		.order = step->order,
		.version = order->version,
		.state = order->state,
		.associate = step->associate,
		.reason = step->reason,
		.handed_over = order->counts.handed_over,
		.shipped = order->counts.shipped,
	};

	br_assert(late.handed_over > 0 || late.shipped > 0);
	br_decision_emit(decision, BR_EVENT_ORDER_CANCEL_LATE, &late);
	(void)br_order_verb_refuse(decision, order, BR_VERB_CANCEL);
	return BR_DECIDED_NO_BUT;
}

/* What is reserved is free at once; what is picked is to be carried back first. */
int br_order_decide_cancel(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	struct br_order gone;
	int result;

	if (order_gone(decision->txn, step->order, decision->arena, &gone))
		return cancel_late_refuse(decision, step, &gone);
	result = br_order_step_begin(decision, BR_VERB_CANCEL, step, &plan);
	if (result != 0)
		return result;
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		int64_t reserved = plan->lines[i].counts.reserved;

		br_assert(reserved >= 0);
		/*
		 * What was picked stays staged until somebody has carried it back: it is not on
		 * the shelf before that.
		 */
		if (reserved > 0)
			br_order_plan_change(plan, i)->counts.reserved = -reserved;
	}
	return br_order_plan_end(plan);
}

static int64_t left_picked(const struct br_order_counts *counts)
{
	return counts->picked;
}

int br_order_lines_back(struct br_decision *decision, enum br_order_verb verb,
	const struct br_order_goods *goods, int64_t (*left)(const struct br_order_counts *counts),
	void (*back)(
		struct br_order_plan *plan, uint32_t index, enum br_place to, int64_t quantity))
{
	bool all = goods->line.n == 0 && goods->sku.n == 0 && goods->barcode.n == 0;
	struct br_order_plan *plan;
	int64_t quantity;
	uint32_t index;
	int result = br_order_plan_begin(decision, verb, goods->order, goods->version, &plan);

	if (result == 0 && !all)
		result = br_order_goods_find(plan, goods, left, &index, &quantity);
	if (result != 0)
		return result;
	plan->event.associate = goods->associate;
	plan->event.reason = goods->reason;
	if (!all)
		back(plan, index, goods->to, quantity);
	/* Without a name it is the whole basket, put back in one go as it was carried. */
	for (uint32_t i = 0; all && i < plan->order.line_n; i++)
		if (left(&plan->lines[i].counts) > 0)
			back(plan, i, goods->to, left(&plan->lines[i].counts));
	br_assert(plan->change_n > 0);
	return br_order_plan_end(plan);
}

int br_order_decide_restock(struct br_decision *decision, const void *body)
{
	return br_order_lines_back(
		decision, BR_VERB_RESTOCK, body, left_picked, br_order_line_put_back);
}
