/*
 * Which lots an order's goods are of. A scan says it at the pick; the line remembers it, so that
 * what is put back goes to the lot it came from, and so that the journal tells which customer has
 * goods of a lot that its maker calls back.
 */
#include <stdio.h>
#include <string.h>

#include "node/lot.h"
#include "node/order_inside.h"
#include "node/scan.h"
#include "node/time.h"

/* A number without a date is no lot that the store could know (lot.h). */
void br_order_lot_scanned(struct br_order_plan *plan, const struct br_scan_result *scan)
{
	br_assert(plan->verb < BR_VERB_N);
	(void)br_lot_of_scan(scan, &plan->lot, &plan->expiry_ms);
}

/* The lot in words, as it stands on the goods: its date, and its number when it has one. */
static void lot_tell(struct br_str lot, int64_t expiry_ms, char text[BR_LOT_BYTES_MAX + 40])
{
	char date[BR_TIME_TEXT_BYTES];

	br_assert(lot.n <= BR_LOT_BYTES_MAX);
	br_time_format(expiry_ms, date);
	if (lot.n > 0)
		(void)snprintf(
			text, BR_LOT_BYTES_MAX + 40, "%.10s (lot \"%.*s\")", date, BR_STR_ARG(lot));
	else
		(void)snprintf(text, BR_LOT_BYTES_MAX + 40, "%.10s", date);
}

int br_order_lot_refuse(struct br_order_plan *plan, struct br_str sku)
{
	struct br_decision *decision = plan->decision;
	int64_t now_ms = decision->command->now_ms;
	char scanned[BR_LOT_BYTES_MAX + 40], first[BR_LOT_BYTES_MAX + 40] = "";
	struct br_lot lot;

	br_assert(sku.n > 0);
	if (plan->expiry_ms == 0)
		return 0;
	lot_tell(plan->lot, plan->expiry_ms, scanned);
	if (br_lot_first(decision->txn, sku, now_ms, &lot))
		lot_tell(lot.lot, lot.expiry_ms, first);
	if (br_lot_expired(plan->expiry_ms, now_ms))
		return br_decision_refuse(decision, BR_REFUSAL_EXPIRED,
			"product \"%.*s\": this one is out of date since %s; book it off as waste "
			"and "
			"pick %s%s",
			BR_STR_ARG(sku), scanned, first[0] != '\0' ? "one of " : "another one",
			first);
	/* Who picks stands before the shelf and may be right; but it should be no oversight. */
	if (first[0] != '\0' && lot.expiry_ms < plan->expiry_ms)
		br_decision_warn(decision, "product \"%.*s\": picked is %s, but %s expires first",
			BR_STR_ARG(sku), scanned, first);
	return 0;
}

/* One change of goods that go back, all of one lot or of none that is known. */
static void part_put_back(struct br_order_plan *plan, uint32_t index, enum br_place to,
	int64_t quantity, struct br_str lot, int64_t expiry_ms)
{
	int64_t staged = br_order_plan_counts(plan, index).staged;
	struct br_order_change *change = br_order_plan_add(plan, index);

	br_assert(quantity > 0);
	change->counts.picked = -quantity;
	if (plan->verb == BR_VERB_UNPICK) {
		br_assert(staged == 0);
		change->counts.reserved = quantity;
	} else {
		change->counts.staged = -(staged < quantity ? staged : quantity);
		change->counts.restocked = quantity;
	}
	change->lot = lot;
	change->expiry = expiry_ms;
	br_order_change_put(change, to, quantity);
}

/* What the line remembers of named lots, all together. */
static int64_t lots_sum(const struct br_list *lots)
{
	int64_t sum = 0;

	br_assert(lots->n <= BR_ORDER_LOTS_MAX + 1);
	for (uint32_t i = 0; i < lots->n; i++)
		sum += BR_LIST_AT(*lots, br_order_lot, i)->quantity;
	return sum;
}

void br_order_line_put_back(
	struct br_order_plan *plan, uint32_t index, enum br_place to, int64_t quantity)
{
	const struct br_order_line *line = &plan->lines[index];
	int64_t unnamed = line->counts.picked - lots_sum(&line->lots);
	struct br_str none = {NULL, 0};

	br_assert(quantity > 0 && quantity <= line->counts.picked);
	br_assert(plan->verb == BR_VERB_UNPICK || plan->verb == BR_VERB_RESTOCK);
	if (plan->expiry_ms != 0) {
		part_put_back(plan, index, to, quantity, plan->lot, plan->expiry_ms);
		return;
	}
	/*
	 * Nobody scanned what goes back. When it is not all of it, it may be any of the line's
	 * goods: those of which nothing is known and those that expire first do the least harm.
	 */
	if (unnamed > 0) {
		unnamed = unnamed < quantity ? unnamed : quantity;
		part_put_back(plan, index, to, unnamed, none, 0);
		quantity -= unnamed;
	}
	for (uint32_t i = 0; i < line->lots.n && quantity > 0; i++) {
		const struct br_order_lot *lot = BR_LIST_AT(line->lots, br_order_lot, i);
		int64_t part = lot->quantity < quantity ? lot->quantity : quantity;

		part_put_back(plan, index, to, part, lot->lot, lot->expiry);
		quantity -= part;
	}
	br_assert(quantity == 0);
}

/* Where the lot stands among the line's, or where it belongs by its date. */
static uint32_t lot_place(const struct br_list *lots, const struct br_order_change *change)
{
	uint32_t at = 0;

	br_assert(change->expiry != 0);
	while (at < lots->n) {
		const struct br_order_lot *lot = BR_LIST_AT(*lots, br_order_lot, at);

		if (lot->expiry > change->expiry ||
			(lot->expiry == change->expiry &&
				br_str_compare(lot->lot, change->lot) >= 0))
			break;
		at++;
	}
	return at;
}

/* Adds to the lot or takes from it, and not more than it has. The list has room for one more. */
static void lot_gain(struct br_list *lots, const struct br_order_change *change, int64_t gained)
{
	struct br_order_lot *items = lots->items;
	uint32_t at = lot_place(lots, change);
	bool here = at < lots->n && items[at].expiry == change->expiry &&
		    br_str_equal(items[at].lot, change->lot);

	br_assert(gained != 0);
	if (here) {
		items[at].quantity += gained;
	} else if (gained > 0 && lots->n < BR_ORDER_LOTS_MAX) {
		memmove(&items[at + 1], &items[at], (lots->n++ - at) * sizeof(*items));
		items[at] = (struct br_order_lot){change->lot, change->expiry, gained};
	}
}

/* Nothing of a lot is no lot; and of all lots together there is no more than `goods`. */
static void lots_trim(struct br_list *lots, int64_t goods)
{
	struct br_order_lot *items = lots->items;
	int64_t left = goods;
	uint32_t n = 0;

	br_assert(goods >= 0);
	for (uint32_t i = 0; i < lots->n; i++) {
		int64_t quantity = items[i].quantity < left ? items[i].quantity : left;

		if (quantity <= 0)
			continue;
		items[n] = items[i];
		items[n++].quantity = quantity;
		left -= quantity;
	}
	lots->n = n;
	br_assert(lots_sum(lots) <= goods);
}

void br_order_lots_follow(struct br_txn *txn, struct br_order_line *line,
	const struct br_order_change *change, struct br_arena *arena)
{
	const struct br_order_counts *gained = &change->counts, *counts = &line->counts;
	int64_t goods = gained->picked + gained->handed_over + gained->shipped;
	struct br_order_lot *items;

	/* What leaves the store stays of its lot; nearly all lines have none. */
	if (goods == 0 || (change->expiry == 0 && line->lots.n == 0))
		return;
	items = br_arena_take(arena, (line->lots.n + 1) * sizeof(*items));
	if (items == NULL) {
		(void)br_txn_fail(txn, BR_E_MEMORY);
		return;
	}
	if (line->lots.n > 0)
		memcpy(items, line->lots.items, line->lots.n * sizeof(*items));
	line->lots.items = items;
	if (change->expiry != 0)
		lot_gain(&line->lots, change, goods);
	lots_trim(&line->lots, counts->picked + counts->handed_over + counts->shipped);
	br_assert(line->lots.n <= BR_ORDER_LOTS_MAX);
}
