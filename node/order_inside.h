/*
 * What the files of the orders share: how a decision about one order is made. Nobody else includes
 * it.
 *
 *	br_order_plan_begin()	the order and its lines are read, the verb is allowed or refused
 *	br_order_plan_change()	once for each line that changes
 *	plan->event.…		what else the event says
 *	br_order_plan_end()	the state after it follows, is asserted, and the events are emitted
 */
#pragma once

#include "node/order.h"

struct br_order_plan {
	struct br_decision *decision;
	enum br_order_verb verb;
	struct br_order order; /* as it was; br_order_plan_end() makes it what it becomes */
	struct br_order_line lines[BR_ORDER_LINES_MAX]; /* as they were */
	struct br_order_moved event;
	struct br_order_change changes[BR_ORDER_LINES_MAX];
	uint32_t change_n;
};

/*
 * Reads the order and refuses what the version or the state do not allow. 0 with the plan, which
 * lives in the decision's arena; BR_DECIDED_NO, or the store's error.
 */
BR_MUST_CHECK int br_order_plan_begin(struct br_decision *decision, enum br_order_verb verb,
	struct br_str order, uint64_t version, struct br_order_plan **ret_plan);

/* The change of the line with this index, made when there is none yet. */
struct br_order_change *br_order_plan_change(struct br_order_plan *plan, uint32_t index);

/* What a line has become by its change so far. */
struct br_order_counts br_order_plan_counts(const struct br_order_plan *plan, uint32_t index);

/* Emits the event with its changes; 0 for the return statement. */
int br_order_plan_end(struct br_order_plan *plan);

/*
 * Which line and how much the command means, of what `left` tells of a line: see br_order_goods in
 * order.h. 0, BR_DECIDED_NO or the store's error.
 */
BR_MUST_CHECK int br_order_goods_find(struct br_order_plan *plan,
	const struct br_order_goods *goods, int64_t (*left)(const struct br_order_counts *counts),
	uint32_t *ret_index, int64_t *ret_quantity);

/* Takes goods from a place into the staged bucket; `picked` is counted by the caller. */
void br_order_change_take(
	struct br_order_change *change, struct br_txn *txn, enum br_place from, int64_t quantity);
/* Puts goods that come from an order or a return to a place; not given is the shelf. */
void br_order_change_put(struct br_order_change *change, enum br_place to, int64_t quantity);

/* What becomes of the marks by an event of this verb. */
uint64_t br_order_marks_after(enum br_order_verb verb, uint64_t marks);

/* The kind of event that a verb leads to; BR_VERB_UPDATE has another body. */
enum br_event_kind br_order_verb_event(enum br_order_verb verb);
/* The verb of an event from order.accepted to order.returned. */
enum br_order_verb br_order_event_verb(enum br_event_kind kind);

void br_order_counts_add(struct br_order_counts *counts, const struct br_order_counts *gained);

/* The invariant of a line: each unit is in one place. */
bool br_order_counts_hold(const struct br_order_counts *counts);

/* Refuses a verb that the state does not allow, naming those that it does. */
int br_order_verb_refuse(
	struct br_decision *decision, const struct br_order *order, enum br_order_verb verb);

/* When the order's timer is to fire in its state (unix ms), 0 = never. */
int64_t br_order_timer_ms(struct br_txn *txn, const struct br_order *order);

struct br_key br_order_line_key(struct br_str order, uint32_t index);
