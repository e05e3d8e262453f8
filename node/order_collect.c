/* What was picked waits for its customer and goes into the right hands. */
#include "node/order_inside.h"
#include "node/pickup_code.h"

/* All that is picked lies together at one place from now on. */
static void lines_stage(struct br_order_plan *plan)
{
	br_assert(plan->change_n == 0);
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		const struct br_order_counts *counts = &plan->lines[i].counts;

		if (counts->picked > counts->staged)
			br_order_plan_change(plan, i)->counts.staged =
				counts->picked - counts->staged;
	}
}

static int stage_or_ready(
	struct br_decision *decision, enum br_order_verb verb, const struct br_order_step *step)
{
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, verb, step, &plan);

	if (result != 0)
		return result;
	br_assert(plan->order.counts.picked > 0);
	plan->event.location = step->location;
	lines_stage(plan);
	return br_order_plan_end(plan);
}

/* Staging is optional: in a small store what is picked is ready where it stands. */
int br_order_decide_stage(struct br_decision *decision, const void *body)
{
	return stage_or_ready(decision, BR_VERB_STAGE, body);
}

int br_order_decide_ready(struct br_decision *decision, const void *body)
{
	return stage_or_ready(decision, BR_VERB_READY, body);
}

/*
 * Optional, too: who stands at the desk is handed over to at once. It exists for the kerb, where
 * somebody must be sent out to the bay.
 */
int br_order_decide_arrive(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_ARRIVE, step, &plan);

	if (result != 0)
		return result;
	br_assert((plan->order.marks & BR_MARK_READY) != 0);
	plan->event.bay = step->bay;
	plan->event.vehicle = step->vehicle;
	return br_order_plan_end(plan);
}

/*
 * Whose order it is: named, or found by surname and code. A wrong pair is a wrong try of whoever
 * asks, because otherwise codes could be guessed one surname at a time.
 */
static int order_find(struct br_decision *decision, const struct br_order_hand_over *hand_over,
	struct br_str *ret_order)
{
	int result;

	if (hand_over->order.n > 0) {
		*ret_order = hand_over->order;
		return 0;
	}
	if (hand_over->surname.n == 0 || hand_over->code.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"order: is missing; allowed instead is surname and code together");
	result = br_pickup_code_find(decision, hand_over->surname, hand_over->code, ret_order);
	if (result != BR_E_NOT_FOUND)
		return result;
	result = br_pickup_code_check(decision, NULL, hand_over->associate, hand_over->code);
	br_assert(result != 0);
	return result;
}

/* The proof: the code, or the reason why a person did without it. */
static int proof_refuse(struct br_order_plan *plan, const struct br_order_hand_over *hand_over)
{
	struct br_decision *decision = plan->decision;

	br_assert(plan->verb == BR_VERB_HAND_OVER);
	/*
	 * Who placed the order decides whether it has a code; without one the order id is all
	 * there is.
	 */
	if (!br_order_has_code(&plan->order))
		return 0;
	if (hand_over->code.n > 0)
		return br_pickup_code_check(
			decision, &plan->order, hand_over->associate, hand_over->code);
	if (hand_over->waived.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_WRONG_CODE,
			"code: is missing; order \"%.*s\" has one, and `waived` says why it is "
			"handed over without",
			BR_STR_ARG(plan->order.order));
	plan->event.waived = true;
	plan->event.reason = hand_over->waived;
	return 0;
}

int br_order_decide_hand_over(struct br_decision *decision, const void *body)
{
	const struct br_order_hand_over *hand_over = body;
	struct br_order_plan *plan;
	struct br_str order;
	int result = order_find(decision, hand_over, &order);

	if (result == 0)
		result = br_order_plan_begin(
			decision, BR_VERB_HAND_OVER, order, hand_over->version, &plan);
	if (result == 0)
		result = proof_refuse(plan, hand_over);
	if (result != 0)
		return result;
	plan->event.associate = hand_over->associate;
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		const struct br_order_counts *counts = &plan->lines[i].counts;
		struct br_order_change *change;

		/* Lines that are all short or substituted have nothing to give. */
		if (counts->picked == 0)
			continue;
		change = br_order_plan_change(plan, i);
		change->counts.picked = -counts->picked;
		change->counts.staged = -counts->staged;
		change->counts.handed_over = counts->picked;
	}
	br_assert(plan->change_n > 0);
	return br_order_plan_end(plan);
}
