/* Picking: unit by unit, with what is missing and what takes its place. */
#include <stdio.h>

#include "node/order_inside.h"
#include "node/pick_list.h"
#include "node/product.h"
#include "node/scan.h"
#include "node/stock.h"

static int64_t left_reserved(const struct br_order_counts *counts)
{
	return counts->reserved;
}

static int64_t left_picked(const struct br_order_counts *counts)
{
	return counts->picked;
}

/* Who may pick: anybody from the pool, else only the one who has the list. */
static int picker_refuse(struct br_order_plan *plan, const struct br_order_goods *goods)
{
	struct br_str on = plan->order.list;
	struct br_pick_list list;

	if (goods->list.n > 0 && !br_str_equal(goods->list, on))
		return br_decision_refuse(plan->decision, BR_REFUSAL_ON_LIST,
			"order \"%.*s\" is not on list \"%.*s\"", BR_STR_ARG(plan->order.order),
			BR_STR_ARG(goods->list));
	if (on.n == 0)
		return 0;
	if (br_pick_list_get(plan->decision->txn, on, plan->decision->arena, &list) < 0)
		return br_txn_fail(plan->decision->txn, BR_E_CORRUPT);
	br_assert(list.order_n > 0);
	/* Two people with one list would both stand before the empty shelf for the last piece. */
	if (!br_str_equal(list.associate, goods->associate))
		return br_decision_refuse(plan->decision, BR_REFUSAL_ON_LIST,
			"order \"%.*s\" is on list \"%.*s\" of \"%.*s\", who alone picks it",
			BR_STR_ARG(plan->order.order), BR_STR_ARG(on), BR_STR_ARG(list.associate));
	return 0;
}

/* The beginning that all commands about a line's goods share. */
static int goods_begin(struct br_decision *decision, enum br_order_verb verb,
	const struct br_order_goods *goods, struct br_order_plan **ret_plan)
{
	int result = br_order_plan_begin(decision, verb, goods->order, goods->version, ret_plan);

	if (result != 0)
		return result;
	br_assert(*ret_plan != NULL);
	(*ret_plan)->event.associate = goods->associate;
	(*ret_plan)->event.reason = goods->reason;
	return 0;
}

/* The same for who stands before the shelf: what of the line is still to be picked. */
static int picker_begin(struct br_decision *decision, enum br_order_verb verb,
	const struct br_order_goods *goods, struct br_order_plan **ret_plan, uint32_t *ret_index,
	int64_t *ret_quantity)
{
	int result = goods_begin(decision, verb, goods, ret_plan);

	if (result == 0)
		result = picker_refuse(*ret_plan, goods);
	if (result == 0)
		result = br_order_goods_find(
			*ret_plan, goods, left_reserved, ret_index, ret_quantity);
	br_assert(result != 0 || *ret_quantity > 0);
	return result;
}

/* What the change took from where others could have picked it. */
static int64_t taken_by(const struct br_order_change *change)
{
	br_assert(change->shelf <= 0 && change->backroom <= 0);
	return -change->shelf - change->backroom;
}

int br_order_decide_pick(struct br_decision *decision, const void *body)
{
	const struct br_order_goods *goods = body;
	struct br_order_change *change;
	struct br_breach_shift shift;
	struct br_order_plan *plan;
	int64_t quantity;
	uint32_t index;
	int result = picker_begin(decision, BR_VERB_PICK, goods, &plan, &index, &quantity);

	if (result == 0)
		result = br_order_lot_refuse(plan, plan->lines[index].sku);
	if (result != 0)
		return result;
	change = br_order_plan_change(plan, index);
	change->counts.reserved = -quantity;
	change->counts.picked = quantity;
	change->lot = plan->lot;
	change->expiry = plan->expiry_ms;
	br_order_change_take(change, decision->txn, goods->from, quantity);
	/* Who picks first what was missing for this order leaves the next one without. */
	shift = br_order_plan_shift(plan, index, -quantity, taken_by(change));
	result = br_order_plan_end(plan);
	return result != 0 ? result : br_breach_of_shifts(decision, &shift, 1);
}

int br_order_decide_unpick(struct br_decision *decision, const void *body)
{
	const struct br_order_goods *goods = body;
	bool sellable = goods->to != BR_PLACE_DISPLAY;
	struct br_breach_shift shift;
	struct br_order_plan *plan;
	int64_t quantity;
	uint32_t index;
	int result = goods_begin(decision, BR_VERB_UNPICK, goods, &plan);

	if (result == 0)
		result = br_order_goods_find(plan, goods, left_picked, &index, &quantity);
	if (result != 0)
		return result;
	br_order_line_put_back(plan, index, goods->to, quantity);
	br_assert(quantity > 0);
	/* It is promised again; in the window lies nothing to keep that promise with. */
	shift = br_order_plan_shift(plan, index, quantity, sellable ? -quantity : 0);
	result = br_order_plan_end(plan);
	return result != 0 ? result : br_breach_of_shifts(decision, &shift, 1);
}

int br_order_decide_short(struct br_decision *decision, const void *body)
{
	const struct br_order_goods *goods = body;
	struct br_order_change *change;
	struct br_order_plan *plan;
	int64_t quantity;
	uint32_t index;
	int result = picker_begin(decision, BR_VERB_SHORT, goods, &plan, &index, &quantity);

	if (result != 0)
		return result;
	change = br_order_plan_change(plan, index);
	change->counts.reserved = -quantity;
	change->counts.shortage = quantity;
	br_assert(goods->outcome <= BR_SHORT_OFFERED_BACK);
	/*
	 * What is short is free again at once; the count that it asks for will say whether it is
	 * there.
	 */
	plan->event.outcome = goods->outcome;
	return br_order_plan_end(plan);
}

/* Whether the line's policy lets this product take its place. */
static int substitute_refuse(
	struct br_order_plan *plan, const struct br_order_line *line, struct br_str sku, bool asked)
{
	struct br_product wanted, other;
	struct br_txn *txn = plan->decision->txn;
	const char *why = NULL;

	br_assert(line->policy <= BR_SUBSTITUTION_ASK);
	if (br_str_equal(line->sku, sku))
		why = "it is the same product";
	else if (line->policy == BR_SUBSTITUTION_NONE)
		why = "the customer wants no other product";
	else if (line->policy == BR_SUBSTITUTION_ASK && !asked)
		why = "the customer is to be asked first";
	else if (line->policy == BR_SUBSTITUTION_SAME_BRAND &&
		 (br_product_get(txn, line->sku, plan->decision->arena, &wanted) < 0 ||
			 br_product_get(txn, sku, plan->decision->arena, &other) < 0 ||
			 wanted.brand.n == 0 || !br_str_equal(wanted.brand, other.brand)))
		why = "the customer takes the same brand only";
	else if (plan->order.line_n == BR_ORDER_LINES_MAX)
		why = "the order has as many lines as there can be";
	if (why == NULL)
		return 0;
	return br_decision_refuse(plan->decision, BR_REFUSAL_SUBSTITUTION,
		"product \"%.*s\" cannot take the place of \"%.*s\": %s", BR_STR_ARG(sku),
		BR_STR_ARG(line->sku), why);
}

/* Nobody else's piece may become the substitute. */
static int available_refuse(struct br_order_plan *plan, struct br_str sku, int64_t quantity)
{
	struct br_txn *txn = plan->decision->txn;
	struct br_stock stock = br_stock_get(txn, sku);
	int64_t available = br_stock_available(txn, sku, &stock, plan->order.channel);

	br_assert(quantity > 0);
	if (quantity <= available)
		return 0;
	return br_decision_refuse(plan->decision, BR_REFUSAL_INSUFFICIENT_STOCK,
		"product \"%.*s\": %.10g are wanted, available is %.10g", BR_STR_ARG(sku),
		(double)quantity / 1000, (double)(available > 0 ? available : 0) / 1000);
}

/* The creator of an order may have called a line as ours would be called. */
static bool line_exists(const struct br_order_plan *plan, struct br_str line)
{
	br_assert(line.n > 0);
	for (uint32_t i = 0; i < plan->order.line_n; i++)
		if (br_str_equal(plan->lines[i].line, line))
			return true;
	return false;
}

/* Adds the substitute's line behind the others, under an id that none of them has. */
static int substitute_line(struct br_order_plan *plan, uint32_t index, struct br_str sku,
	int64_t quantity, uint32_t *ret_index)
{
	char *name = br_arena_take(plan->decision->arena, BR_ID_BYTES_MAX + 1);
	uint32_t n = (uint32_t)plan->order.line_n, number = n;
	struct br_order_line_offered offered = {.order = plan->order.order,
		.index = n,
		.sku = sku,
		.quantity = quantity,
		.price = plan->lines[index].price,
		.substitutes = index + 1};

	br_assert(n < BR_ORDER_LINES_MAX);
	if (name == NULL)
		return br_txn_fail(plan->decision->txn, BR_E_MEMORY);
	do
		(void)snprintf(name, BR_ID_BYTES_MAX + 1, "s%u", number++);
	while (line_exists(plan, br_str_from(name)));
	offered.line = br_str_from(name);
	plan->lines[n] = (struct br_order_line){.line = offered.line, .sku = sku};
	plan->lines[n].counts.ordered = quantity;
	plan->order.line_n = n + 1;
	plan->order.counts.ordered += quantity;
	br_decision_emit(plan->decision, BR_EVENT_ORDER_LINE_OFFERED, &offered);
	*ret_index = n;
	return 0;
}

/* The missing line's quantity that the substitute stands for. */
static int substitute_find(struct br_order_plan *plan, const struct br_order_goods *goods,
	uint32_t *ret_index, int64_t *ret_quantity, struct br_str *ret_sku)
{
	struct br_order_goods line = {.line = goods->line, .quantity = goods->quantity};
	struct br_scan_result scan;
	int result =
		br_product_resolve_scan(plan->decision, goods->sku, goods->barcode, "data", &scan);

	if (result == 0)
		result = br_order_goods_find(plan, &line, left_reserved, ret_index, ret_quantity);
	if (result != 0)
		return result;
	br_assert(*ret_index < plan->order.line_n);
	br_order_lot_scanned(plan, &scan);
	*ret_sku = scan.sku;
	/* A scan is one piece. */
	if (goods->quantity == 0 && *ret_quantity > 1000)
		*ret_quantity = 1000;
	return 0;
}

int br_order_decide_substitute(struct br_decision *decision, const void *body)
{
	const struct br_order_goods *goods = body;
	struct br_order_change *change;
	struct br_order_plan *plan;
	uint32_t missing = 0, other = 0;
	struct br_str sku;
	int64_t quantity;
	int result = goods_begin(decision, BR_VERB_SUBSTITUTE, goods, &plan);

	if (result == 0)
		result = picker_refuse(plan, goods);
	if (result == 0)
		result = substitute_find(plan, goods, &missing, &quantity, &sku);
	if (result == 0)
		result = substitute_refuse(plan, &plan->lines[missing], sku, goods->asked);
	if (result == 0)
		result = available_refuse(plan, sku, quantity);
	if (result == 0)
		result = br_order_lot_refuse(plan, sku);
	if (result == 0)
		result = substitute_line(plan, missing, sku, quantity, &other);
	if (result != 0)
		return result;
	br_assert(quantity > 0);
	/*
	 * Two lines change in one event: the missing one gives up its promise, the other one is
	 * picked at once and never reserved.
	 */
	change = br_order_plan_change(plan, missing);
	change->counts.reserved = -quantity;
	change->counts.substituted = quantity;
	change = br_order_plan_change(plan, other);
	change->counts.picked = quantity;
	change->lot = plan->lot;
	change->expiry = plan->expiry_ms;
	br_order_change_take(change, decision->txn, goods->from, quantity);
	return br_order_plan_end(plan);
}
