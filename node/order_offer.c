/* An order comes, is accepted with what it needs, or is rejected. */
#include <stdio.h>

#include "node/order_inside.h"
#include "node/pickup_code.h"
#include "node/product.h"
#include "node/stock.h"

/* One line as the event says it; `sku` is what its sku or barcode was found to be. */
static void line_offer(struct br_decision *decision, const struct br_order_offer *offer,
	uint32_t index, struct br_str sku)
{
	const struct br_order_offer_line *line =
		BR_LIST_AT(offer->lines, br_order_offer_line, index);
	struct br_order_line_offered event = {
		.order = offer->order,
		.index = index,
		.line = line->line,
		.sku = sku,
		.quantity = line->quantity,
		.price = line->price,
		.policy = line->policy,
		.rights = line->rights,
		.note = line->note,
	};

	br_assert(index < offer->lines.n);
	br_decision_emit(decision, BR_EVENT_ORDER_LINE_OFFERED, &event);
}

/* Finds the lines' products; refuses unknown ones and a line's id that stands twice. */
static int lines_find(struct br_decision *decision, const struct br_order_offer *offer,
	struct br_str skus[BR_ORDER_LINES_MAX])
{
	br_assert(offer->lines.n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < offer->lines.n; i++) {
		const struct br_order_offer_line *line =
			BR_LIST_AT(offer->lines, br_order_offer_line, i);
		char where[24];
		int result;

		(void)snprintf(where, sizeof(where), "lines[%u]", i);
		result = br_product_resolve(decision, line->sku, line->barcode, where, &skus[i]);
		if (result != 0)
			return result;
		for (uint32_t j = 0; j < i; j++)
			if (br_str_equal(line->line,
				    BR_LIST_AT(offer->lines, br_order_offer_line, j)->line))
				return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
					"lines[%u].line \"%.*s\": stands twice", i,
					BR_STR_ARG(line->line));
	}
	return 0;
}

/* What only one method can have. */
static int method_refuse(struct br_decision *decision, const struct br_order_offer *offer)
{
	br_assert(offer->method < BR_METHOD_N);
	if (offer->original.n > 0 && offer->method != BR_METHOD_RETURN)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"original: only a return comes from another order");
	if (offer->code.n > 0 && br_order_flow(offer->method) != BR_FLOW_COLLECT)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"code: only what is picked up has one, not %s",
			br_method_words[offer->method]);
	return 0;
}

static struct br_order_offered offered_make(
	struct br_decision *decision, const struct br_order_offer *offer)
{
	struct br_order_offered event = {
		.order = offer->order,
		.fo = offer->fo,
		.channel = offer->channel,
		.method = offer->method,
		.customer = offer->customer,
		.person = offer->person,
		.vehicle = offer->vehicle,
		.bay = offer->bay,
		.placed = offer->placed,
		.accept_by = offer->accept_by,
		.ready_by = offer->ready_by,
		.collect_by = offer->collect_by,
		.priority = offer->priority,
		.payment = offer->payment,
		.original = offer->original,
		.note = offer->note,
		.line_n = offer->lines.n,
	};
	struct br_order original;

	br_assert(offer->lines.n > 0 && offer->lines.n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < offer->lines.n; i++)
		event.ordered += BR_LIST_AT(offer->lines, br_order_offer_line, i)->quantity;
	if (offer->code.n > 0)
		br_pickup_code_hash(decision->secret, offer->code, event.code_hash);
	if (offer->surname.n > 0)
		br_pickup_surname_hash(decision->secret, offer->surname, event.surname_hash);
	/* Bought elsewhere, or the central system knows it and is away: taken all the same. */
	event.provisional = offer->method == BR_METHOD_RETURN &&
			    (offer->original.n == 0 || br_order_get(decision->txn, offer->original,
							       decision->arena, &original) != 0);
	return event;
}

/*
 * Offers are taken as they come, also for what is not in stock: whether it can be done is
 * decided by accepting, when it is also reserved.
 */
int br_order_decide_offer(struct br_decision *decision, const void *body)
{
	const struct br_order_offer *offer = body;
	struct br_str skus[BR_ORDER_LINES_MAX];
	struct br_order_offered event;
	struct br_order order;
	int result = br_order_get(decision->txn, offer->order, decision->arena, &order);

	br_assert(offer->lines.n > 0 && offer->lines.n <= BR_ORDER_LINES_MAX);
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"order \"%.*s\" is here already and is %s", BR_STR_ARG(offer->order),
			br_order_state_words[order.state]);
	if (result != BR_E_NOT_FOUND)
		return result;
	result = method_refuse(decision, offer);
	if (result == 0)
		result = lines_find(decision, offer, skus);
	if (result != 0)
		return result;
	event = offered_make(decision, offer);
	br_decision_emit(decision, BR_EVENT_ORDER_OFFERED, &event);
	for (uint32_t i = 0; i < offer->lines.n; i++)
		line_offer(decision, offer, i, skus[i]);
	return br_txn_error(decision->txn);
}

/* One product's part of an order: its lines taken together. */
struct demand {
	struct br_str sku;
	int64_t ordered; /* over all lines */
	int64_t spends;	 /* by lines that the central system holds rights for */
	int64_t rights, available;
};

/*
 * Adds the order's lines up by product, because two lines of one item each must not both count on
 * the same piece. Lines are at most BR_ORDER_LINES_MAX, so looking back at the earlier ones is
 * cheap.
 */
static uint32_t demands_sum(
	const struct br_order_plan *plan, struct demand demands[BR_ORDER_LINES_MAX])
{
	struct br_txn *txn = plan->decision->txn;
	uint32_t n = 0;

	br_assert(plan->order.line_n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		const struct br_order_line *line = &plan->lines[i];
		uint32_t at = 0;

		while (at < n && !br_str_equal(demands[at].sku, line->sku))
			at++;
		if (at == n) {
			struct br_stock stock = br_stock_get(txn, line->sku);

			demands[n++] = (struct demand){
				.sku = line->sku,
				.rights = stock.rights,
				.available = br_stock_available(
					txn, line->sku, &stock, plan->order.channel),
			};
		}
		demands[at].ordered += line->counts.ordered;
		demands[at].spends += line->rights ? line->counts.ordered : 0;
	}
	br_assert(n <= plan->order.line_n);
	return n;
}

/*
 * What of the demand the store must find beside the rights: those were taken off what is available
 * when they were granted, so spending them takes nothing from anybody.
 */
static int64_t demand_beside_rights(const struct demand *demand)
{
	int64_t spent = demand->spends < demand->rights ? demand->spends : demand->rights;

	br_assert(demand->spends <= demand->ordered && spent >= 0);
	return demand->ordered - spent;
}

static int stock_refuse(struct br_decision *decision, const struct demand *demands, uint32_t n)
{
	br_assert(n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < n; i++) {
		int64_t wanted = demand_beside_rights(&demands[i]);
		int64_t available = demands[i].available;

		if (wanted > 0 && wanted > available)
			return br_decision_refuse(decision, BR_REFUSAL_INSUFFICIENT_STOCK,
				"product \"%.*s\": the order needs %.10g, available is %.10g",
				BR_STR_ARG(demands[i].sku), (double)demands[i].ordered / 1000,
				(double)(available > 0 ? available : 0) / 1000);
	}
	return 0;
}

/* What the line gets of its product; what is left of the demand's stock and rights goes down. */
static void line_reserve(struct br_order_plan *plan, uint32_t index, struct demand *demand)
{
	const struct br_order_line *line = &plan->lines[index];
	struct br_order_change *change = br_order_plan_change(plan, index);
	int64_t wanted = line->counts.ordered, got;

	br_assert(wanted >= 0 && demand->rights >= 0);
	if (line->rights && demand->rights > 0) {
		int64_t spent = wanted < demand->rights ? wanted : demand->rights;

		change->rights = -spent;
		change->counts.reserved = spent;
		demand->rights -= spent;
		wanted -= spent;
	}
	got = wanted < demand->available ? wanted : demand->available;
	if (got > 0) {
		change->counts.reserved += got;
		demand->available -= got;
		wanted -= got;
	}
	change->counts.shortage = wanted;
}

/* Reserves line by line. Without `partial` everything was found to be there before. */
static int order_reserve(struct br_order_plan *plan, bool partial)
{
	struct demand demands[BR_ORDER_LINES_MAX];
	uint32_t n = demands_sum(plan, demands);
	int64_t reserved = 0;
	int result = partial ? 0 : stock_refuse(plan->decision, demands, n);

	if (result != 0)
		return result;
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		uint32_t at = 0;

		while (!br_str_equal(demands[at].sku, plan->lines[i].sku))
			at++;
		br_assert(at < n);
		line_reserve(plan, i, &demands[at]);
		reserved += br_order_plan_change(plan, i)->counts.reserved;
	}
	/* A partial acceptance of nothing would be a promise without goods. */
	if (reserved == 0)
		return br_decision_refuse(plan->decision, BR_REFUSAL_INSUFFICIENT_STOCK,
			"order \"%.*s\": nothing of it is available",
			BR_STR_ARG(plan->order.order));
	return 0;
}

/*
 * Rights are spent whether or not the goods are still there. What was missing for them, which cost
 * nobody an order, is missing for this one from now on.
 */
static int rights_breach(struct br_order_plan *plan)
{
	struct br_breach_shift shifts[BR_ORDER_LINES_MAX];
	bool spent = false;

	br_assert(plan->change_n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < plan->change_n; i++) {
		const struct br_order_change *change = &plan->changes[i];

		shifts[i] = br_order_plan_shift(
			plan, (uint32_t)change->index, change->counts.reserved, 0);
		shifts[i].rights = change->rights;
		spent = spent || change->rights != 0;
	}
	return spent ? br_breach_of_shifts(plan->decision, shifts, plan->change_n) : 0;
}

int br_order_decide_accept(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_ACCEPT, step, &plan);

	if (result != 0)
		return result;
	br_assert((plan->order.marks & BR_MARK_ACCEPTED) == 0);
	if (br_order_flow(plan->order.method) != BR_FLOW_ELSEWHERE)
		result = order_reserve(plan, step->partial);
	if (result == 0)
		result = br_order_plan_end(plan);
	return result != 0 ? result : rights_breach(plan);
}

int br_order_decide_reject(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_REJECT, step, &plan);

	if (result != 0)
		return result;
	br_assert(plan->order.counts.reserved == 0);
	return br_order_plan_end(plan);
}
