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

#include "node/breach.h"
#include "node/order.h"

struct br_order_plan {
	struct br_decision *decision;
	enum br_order_verb verb;
	struct br_order order; /* as it was; br_order_plan_end() makes it what it becomes */
	struct br_order_line lines[BR_ORDER_LINES_MAX]; /* as they were */
	struct br_order_moved event;
	struct br_order_change *changes; /* in the arena, with room for change_max */
	uint32_t change_n, change_max;
	/* Of what was scanned, when it said a date: the lot of the goods that move. */
	struct br_str lot;
	int64_t expiry_ms;
};

/*
 * Reads the order and refuses what the version or the state do not allow. 0 with the plan, which
 * lives in the decision's arena; BR_DECIDED_NO, or the store's error.
 */
BR_MUST_CHECK int br_order_plan_begin(struct br_decision *decision, enum br_order_verb verb,
	struct br_str order, uint64_t version, struct br_order_plan **ret_plan);

/* The same for a step; the event keeps who did it and why. */
BR_MUST_CHECK int br_order_step_begin(struct br_decision *decision, enum br_order_verb verb,
	const struct br_order_step *step, struct br_order_plan **ret_plan);

/* Room for the changes of a plan that is made by hand: 0 or BR_E_MEMORY, kept as usual. */
BR_MUST_CHECK int br_order_plan_room(struct br_order_plan *plan, uint32_t change_max);

/* The change of the line with this index, made when there is none yet. */
struct br_order_change *br_order_plan_change(struct br_order_plan *plan, uint32_t index);

/* One change more of that line: of goods of another lot. */
struct br_order_change *br_order_plan_add(struct br_order_plan *plan, uint32_t index);

/* What a line has become by its changes so far. */
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

/* Keeps the lot that a scan names for the changes to come. */
struct br_scan_result;
void br_order_lot_scanned(struct br_order_plan *plan, const struct br_scan_result *scan);

/*
 * Refuses to pick what is out of date; 0 when it may be picked, with a warning when another lot of
 * the product expires before it.
 */
BR_MUST_CHECK int br_order_lot_refuse(struct br_order_plan *plan, struct br_str sku);

/*
 * Puts some of a line's picked goods to a place: to the lot that was scanned, else each to the one
 * it came from. order.unpick reserves them again, order.restock counts them as put back.
 */
void br_order_line_put_back(
	struct br_order_plan *plan, uint32_t index, enum br_place to, int64_t quantity);

/*
 * Decides a command that puts goods back where they belong, of the line that it means or of all:
 * `left` tells how much of a line there is to be put back, `back` adds the changes.
 */
BR_MUST_CHECK int br_order_lines_back(struct br_decision *decision, enum br_order_verb verb,
	const struct br_order_goods *goods, int64_t (*left)(const struct br_order_counts *counts),
	void (*back)(
		struct br_order_plan *plan, uint32_t index, enum br_place to, int64_t quantity));

/* What a change makes of the lots that the line remembers; its counters have changed already. */
void br_order_lots_follow(struct br_txn *txn, struct br_order_line *line,
	const struct br_order_change *change, struct br_arena *arena);

/*
 * That one line of the plan's order holds `reserved` more of its product (or less) than before, and
 * `taken` of it left the places one can pick from. Who lacks something by it is told by
 * br_breach_of_shifts() behind br_order_plan_end(), since it is the last to be told.
 */
struct br_breach_shift br_order_plan_shift(
	const struct br_order_plan *plan, uint32_t index, int64_t reserved, int64_t taken);

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
