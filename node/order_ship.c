/* What was picked is packed and leaves by a carrier; or the central system sends it. */
#include "node/order_inside.h"

int br_order_decide_pack(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_PACK, step, &plan);

	if (result != 0)
		return result;
	br_assert(plan->order.counts.picked > 0);
	/* Nobody packs nothing into no parcel. */
	plan->event.packages = step->packages > 0 ? step->packages : 1;
	return br_order_plan_end(plan);
}

/* Everything that is picked leaves; elsewhere, everything that was ordered. */
static void lines_ship(struct br_order_plan *plan)
{
	bool elsewhere = br_order_flow(plan->order.method) == BR_FLOW_ELSEWHERE;

	br_assert(plan->change_n == 0);
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		const struct br_order_counts *counts = &plan->lines[i].counts;
		int64_t quantity = elsewhere ? counts->ordered : counts->picked;
		struct br_order_change *change;

		if (quantity == 0)
			continue;
		change = br_order_plan_change(plan, i);
		change->counts.picked = -counts->picked;
		change->counts.staged = -counts->staged;
		change->counts.shipped = quantity;
	}
}

int br_order_decide_ship(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_SHIP, step, &plan);

	if (result != 0)
		return result;
	/* May be empty: some carriers give the number at the door. */
	plan->event.carrier = step->carrier;
	plan->event.tracking = step->tracking;
	lines_ship(plan);
	br_assert(plan->change_n > 0);
	return br_order_plan_end(plan);
}
