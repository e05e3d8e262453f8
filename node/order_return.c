/* Goods that come back: received, looked at, put where they belong, and paid back. */
#include "node/order_inside.h"

static int64_t left_to_receive(const struct br_order_counts *counts)
{
	return counts->ordered - counts->returned;
}

static int64_t left_to_inspect(const struct br_order_counts *counts)
{
	return counts->returned - counts->restocked;
}

/* What the customer of the original order has and did not bring back yet. */
static int64_t original_left(const struct br_order_counts *counts)
{
	return counts->handed_over + counts->shipped - counts->returned;
}

/* The plan of the original order, or NULL when there is none here to be counted on. */
static int original_begin(struct br_order_plan *plan, struct br_order_plan **ret_plan)
{
	struct br_str original = plan->order.original;
	struct br_order order;
	int result;

	*ret_plan = NULL;
	/*
	 * Goods bought elsewhere are taken back on trust while the central system is away; it
	 * settles the money when it hears of them.
	 */
	if (plan->order.provisional || original.n == 0)
		return 0;
	result = br_order_get(plan->decision->txn, original, plan->decision->arena, &order);
	if (result < 0)
		return br_txn_fail(plan->decision->txn, BR_E_CORRUPT);
	br_assert(order.line_n > 0);
	return br_order_plan_begin(plan->decision, BR_VERB_RETURN, original, 0, ret_plan);
}

/*
 * Counts the goods on the lines they were bought with; more than was bought there cannot come back.
 */
static int original_return(struct br_order_plan *original, struct br_str sku, int64_t quantity)
{
	int64_t rest = quantity;

	br_assert(quantity > 0);
	for (uint32_t i = 0; i < original->order.line_n && rest > 0; i++) {
		int64_t left = original_left(&original->lines[i].counts);
		int64_t taken = left < rest ? left : rest;

		if (taken <= 0 || !br_str_equal(original->lines[i].sku, sku))
			continue;
		br_order_plan_change(original, i)->counts.returned = taken;
		rest -= taken;
	}
	if (rest == 0)
		return 0;
	return br_decision_refuse(original->decision, BR_REFUSAL_TOO_MUCH,
		"quantity: %.10g of product \"%.*s\", order \"%.*s\" has %.10g left to bring back",
		(double)quantity / 1000, BR_STR_ARG(sku), BR_STR_ARG(original->order.order),
		(double)(quantity - rest) / 1000);
}

int br_order_decide_receive(struct br_decision *decision, const void *body)
{
	const struct br_order_goods *goods = body;
	struct br_order_plan *plan, *original = NULL;
	struct br_order_change *change;
	int64_t quantity;
	uint32_t index;
	int result =
		br_order_plan_begin(decision, BR_VERB_RECEIVE, goods->order, goods->version, &plan);

	if (result == 0)
		result = br_order_goods_find(plan, goods, left_to_receive, &index, &quantity);
	if (result == 0)
		result = original_begin(plan, &original);
	if (result == 0 && original != NULL)
		result = original_return(original, plan->lines[index].sku, quantity);
	if (result != 0)
		return result;
	br_assert(quantity > 0);
	change = br_order_plan_change(plan, index);
	change->counts.returned = quantity;
	change->to_inspect = quantity;
	plan->event.associate = goods->associate;
	plan->event.other = plan->order.original;
	/*
	 * Two orders change in one decision, or neither: what came back once cannot come back a
	 * second time under another return.
	 */
	result = br_order_plan_end(plan);
	if (result != 0 || original == NULL)
		return result;
	original->event.other = goods->order;
	return br_order_plan_end(original);
}

static void line_inspect(
	struct br_order_plan *plan, uint32_t index, enum br_place to, int64_t quantity)
{
	struct br_order_change *change = br_order_plan_change(plan, index);

	br_assert(quantity > 0 && quantity <= left_to_inspect(&plan->lines[index].counts));
	change->counts.restocked = quantity;
	change->to_inspect = -quantity;
	change->lot = plan->lot;
	change->expiry = plan->expiry_ms;
	br_order_change_put(change, to, quantity);
}

int br_order_decide_inspect(struct br_decision *decision, const void *body)
{
	return br_order_lines_back(decision, BR_VERB_INSPECT, body, left_to_inspect, line_inspect);
}

int br_order_decide_refund(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_REFUND, step, &plan);

	if (result != 0)
		return result;
	/*
	 * The store says what is due and never pays it: cards are the business of whoever took
	 * them.
	 */
	br_assert(plan->order.counts.returned > 0);
	plan->event.amount = step->amount;
	return br_order_plan_end(plan);
}
