/* What changes an order on its way: holds, splits, and what the customer says anew. */
#include <string.h>

#include "node/order_inside.h"
#include "node/pickup_code.h"

int br_order_decide_hold(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_HOLD, step, &plan);

	if (result != 0)
		return result;
	br_assert((plan->order.marks & BR_MARK_HELD) == 0);
	if (step->until > 0 && step->until <= decision->command->now_ms)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"until: a hold ends in the future, or is left without an end");
	plan->event.until = step->until;
	return br_order_plan_end(plan);
}

/* By a person at any time; by the timer when the hold has an end. */
int br_order_decide_release(struct br_decision *decision, const void *body)
{
	const struct br_order_step *step = body;
	struct br_order_plan *plan;
	int result = br_order_step_begin(decision, BR_VERB_RELEASE, step, &plan);

	if (result != 0)
		return result;
	br_assert((plan->order.marks & BR_MARK_HELD) != 0);
	return br_order_plan_end(plan);
}

/* What can still be taken out of a line: all before it is accepted, then what nobody picked. */
static int64_t line_movable(const struct br_order_plan *plan, uint32_t index)
{
	const struct br_order_counts *counts = &plan->lines[index].counts;

	br_assert(index < plan->order.line_n);
	return plan->order.state == BR_ORDER_OFFERED ? counts->ordered : counts->reserved;
}

/* Takes the named lines' quantities off the order; refuses what is not there. */
static int lines_take(struct br_order_plan *plan, const struct br_order_split *split,
	int64_t taken[BR_ORDER_LINES_MAX])
{
	br_assert(split->lines.n > 0);
	for (uint32_t i = 0; i < split->lines.n; i++) {
		const struct br_order_split_line *line =
			BR_LIST_AT(split->lines, br_order_split_line, i);
		int64_t movable, quantity;
		uint32_t at = 0;

		while (at < plan->order.line_n && !br_str_equal(plan->lines[at].line, line->line))
			at++;
		if (at == plan->order.line_n)
			return br_decision_refuse(plan->decision, BR_REFUSAL_UNKNOWN_LINE,
				"lines[%u].line \"%.*s\": order \"%.*s\" has no such line", i,
				BR_STR_ARG(line->line), BR_STR_ARG(plan->order.order));
		/*
		 * A line may be named twice; the second part comes off what the first has left.
		 */
		movable = line_movable(plan, at) - taken[at];
		quantity = line->quantity > 0 ? line->quantity : movable;
		if (quantity > movable || movable <= 0)
			return br_decision_refuse(plan->decision, BR_REFUSAL_TOO_MUCH,
				"lines[%u].quantity: %.10g of line \"%.*s\", left to split is "
				"%.10g",
				i, (double)quantity / 1000, BR_STR_ARG(line->line),
				(double)(movable > 0 ? movable : 0) / 1000);
		taken[at] += quantity;
	}
	return 0;
}

/* The new order: the old one's words, the lines that were taken. */
static void split_offer(struct br_order_plan *plan, const struct br_order_split *split,
	const int64_t taken[BR_ORDER_LINES_MAX])
{
	const struct br_order *order = &plan->order;
	struct br_order_offered event = {
		.order = split->into,
		.fo = order->fo,
		.channel = order->channel,
		.method = order->method,
		.customer = order->customer,
		.person = order->person,
		.vehicle = order->vehicle,
		.bay = order->bay,
		.placed = order->placed,
		.accept_by = order->accept_by,
		.ready_by = order->ready_by,
		.collect_by = order->collect_by,
		.priority = order->priority,
		.payment = order->payment,
		.parent = order->order,
		.note = order->note,
	};
	uint64_t index = 0;

	memcpy(event.code_hash, order->code_hash, sizeof(event.code_hash));
	memcpy(event.surname_hash, order->surname_hash, sizeof(event.surname_hash));
	/*
	 * The new order counts only what it gets: its numbers begin anew, its words are those of
	 * the old one.
	 */
	for (uint32_t i = 0; i < order->line_n; i++) {
		event.line_n += taken[i] > 0;
		event.ordered += taken[i];
	}
	br_assert(event.line_n > 0 && event.ordered > 0);
	br_decision_emit(plan->decision, BR_EVENT_ORDER_OFFERED, &event);
	for (uint32_t i = 0; i < order->line_n; i++) {
		const struct br_order_line *line = &plan->lines[i];
		struct br_order_line_offered offered = {
			.order = split->into,
			.index = index,
			.line = line->line,
			.sku = line->sku,
			.quantity = taken[i],
			.price = line->price,
			.policy = line->policy,
			.rights = line->rights,
			.note = line->note,
		};

		if (taken[i] == 0)
			continue;
		br_decision_emit(plan->decision, BR_EVENT_ORDER_LINE_OFFERED, &offered);
		index++;
	}
}

/* Who lacks what now that two orders wait for it: what one line gives up another one holds. */
static int split_breach(struct br_order_plan *plan, const struct br_order_plan *into,
	const int64_t taken[BR_ORDER_LINES_MAX])
{
	struct br_breach_shift shifts[2 * BR_ORDER_LINES_MAX];
	uint32_t to = 0;

	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		if (taken[i] == 0)
			continue;
		shifts[2 * to] = br_order_plan_shift(plan, i, -taken[i], 0);
		shifts[2 * to + 1] = br_order_plan_shift(plan, i, taken[i], 0);
		shifts[2 * to + 1].held.order = into->order.order;
		shifts[2 * to + 1].held.index = to;
		to++;
	}
	br_assert(to == into->order.line_n);
	return br_breach_of_shifts(plan->decision, shifts, 2 * to);
}

/* The new order takes over what the old one held, so that nothing is free in between. */
static int split_accept(struct br_order_plan *plan, const struct br_order_split *split,
	const int64_t taken[BR_ORDER_LINES_MAX])
{
	struct br_order_plan *into =
		br_arena_take(plan->decision->arena, sizeof(struct br_order_plan));
	uint32_t n = 0;
	int result;

	if (into == NULL)
		return br_txn_fail(plan->decision->txn, BR_E_MEMORY);
	into->decision = plan->decision;
	result = br_order_plan_room(into, (uint32_t)plan->order.line_n);
	if (result != 0)
		return result;
	/*
	 * A plan made by hand: the order that it is about is only being offered, in this very
	 * decision, so there is no row to read yet.
	 */
	into->verb = BR_VERB_ACCEPT;
	into->order =
		(struct br_order){.order = split->into, .method = plan->order.method, .version = 1};
	into->event.order = split->into;
	into->event.version = 2;
	into->event.other = plan->order.order;
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		if (taken[i] == 0)
			continue;
		into->lines[n].sku = plan->lines[i].sku;
		into->lines[n].counts.ordered = taken[i];
		into->order.counts.ordered += taken[i];
		into->order.line_n = ++n;
		br_order_plan_change(into, n - 1)->counts.reserved = taken[i];
	}
	br_assert(n > 0);
	result = br_order_plan_end(into);
	return result != 0 ? result : split_breach(plan, into, taken);
}

/* True when the order keeps something that can still be handed over or sent. */
static bool split_leaves(const struct br_order_plan *plan, const int64_t taken[BR_ORDER_LINES_MAX])
{
	int64_t rest = plan->order.counts.picked;

	br_assert(plan->order.line_n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < plan->order.line_n; i++)
		rest += line_movable(plan, i) - taken[i];
	return rest > 0;
}

int br_order_decide_split(struct br_decision *decision, const void *body)
{
	const struct br_order_split *split = body;
	int64_t taken[BR_ORDER_LINES_MAX] = {0};
	struct br_order_plan *plan;
	struct br_order other;
	bool accepted;
	int result =
		br_order_plan_begin(decision, BR_VERB_SPLIT, split->order, split->version, &plan);

	if (result == 0)
		result = lines_take(plan, split, taken);
	if (result != 0)
		return result;
	result = br_order_get(decision->txn, split->into, decision->arena, &other);
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"into \"%.*s\": is here already", BR_STR_ARG(split->into));
	if (result != BR_E_NOT_FOUND)
		return result;
	/*
	 * An order without lines could neither be handed over nor cancelled with a meaning; who
	 * wants all of it elsewhere cancels it.
	 */
	if (!split_leaves(plan, taken))
		return br_decision_refuse(decision, BR_REFUSAL_TOO_MUCH,
			"lines: order \"%.*s\" would keep nothing", BR_STR_ARG(split->order));
	accepted = plan->order.state != BR_ORDER_OFFERED;
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		if (taken[i] == 0)
			continue;
		br_order_plan_change(plan, i)->counts.ordered = -taken[i];
		br_order_plan_change(plan, i)->counts.reserved = accepted ? -taken[i] : 0;
	}
	plan->event.associate = split->associate;
	plan->event.reason = split->reason;
	plan->event.other = split->into;
	/*
	 * The order of the events matters: the new one is there before the old one names it, and
	 * what one gives up the other takes with nothing decided in between.
	 */
	split_offer(plan, split, taken);
	result = br_order_plan_end(plan);
	return result != 0 || !accepted ? result : split_accept(plan, split, taken);
}

/* A more urgent order is promised more surely, and then another one is the first to lack. */
static int update_breach(struct br_order_plan *plan, const struct br_order_update *update)
{
	struct br_breach_shift shifts[2 * BR_ORDER_LINES_MAX];
	unsigned n = 0;

	br_assert(plan->verb == BR_VERB_UPDATE);
	if (update->priority == 0 && update->ready_by == 0)
		return 0;
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		int64_t reserved = plan->lines[i].counts.reserved;

		if (reserved == 0)
			continue;
		shifts[n] = br_order_plan_shift(plan, i, -reserved, 0);
		shifts[n + 1] = br_order_plan_shift(plan, i, reserved, 0);
		if (update->priority > 0)
			shifts[n + 1].held.priority = update->priority;
		if (update->ready_by > 0)
			shifts[n + 1].held.ready_by = update->ready_by;
		n += 2;
	}
	return br_breach_of_shifts(plan->decision, shifts, n);
}

int br_order_decide_update(struct br_decision *decision, const void *body)
{
	const struct br_order_update *update = body;
	struct br_order_updated event = {
		.order = update->order,
		.associate = update->associate,
		.person = update->person,
		.ready_by = update->ready_by,
		.collect_by = update->collect_by,
		.priority = update->priority,
		.payment = update->payment,
		.note = update->note,
	};
	struct br_order_plan *plan;
	int result = br_order_plan_begin(
		decision, BR_VERB_UPDATE, update->order, update->version, &plan);

	if (result != 0)
		return result;
	/*
	 * An update without a word would still count a version up, and refuse whoever had seen
	 * the one before.
	 */
	if (update->person.n == 0 && update->surname.n == 0 && update->ready_by == 0 &&
		update->collect_by == 0 && update->priority == 0 && update->payment == 0 &&
		update->note.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"data: nothing is to be changed; allowed is person, surname, ready_by, "
			"collect_by, priority, payment, note");
	br_assert(plan->change_n == 0);
	event.version = plan->event.version;
	event.state = plan->order.state;
	if (update->surname.n > 0)
		br_pickup_surname_hash(decision->secret, update->surname, event.surname_hash);
	br_decision_emit(decision, BR_EVENT_ORDER_UPDATED, &event);
	result = br_txn_error(decision->txn);
	return result != 0 ? result : update_breach(plan, update);
}
