/* What must hold of the orders: each unit is in one place, and nothing is held for nobody. */
#include <stdio.h>
#include <string.h>

#include "node/order.h"
#include "node/stock.h"
#include "tests/sim/sim.h"

/* What the orders hold of each product. */
struct held {
	struct sim *sim;
	int64_t reserved[SIM_SKUS], picked[SIM_SKUS];
};

static void line_check(
	struct held *held, const struct br_order *order, const struct br_order_line *line)
{
	unsigned number = 0;

	const struct br_order_counts *counts = &line->counts;

	if (counts->reserved < 0 || counts->picked < 0 || counts->handed_over < 0 ||
		counts->reserved + counts->picked + counts->shortage + counts->substituted +
				counts->handed_over + counts->shipped >
			counts->ordered)
		sim_break(
			held->sim, "order %.*s: a unit is in two places", BR_STR_ARG(order->order));
	if (br_order_ended(order->state) && counts->reserved + counts->picked != 0)
		sim_break(held->sim, "order %.*s has ended and still holds goods",
			BR_STR_ARG(order->order));
	for (size_t i = 1; i < line->sku.n; i++)
		number = number * 10 + (unsigned)(line->sku.s[i] - '0');
	br_assert(number < SIM_SKUS);
	held->reserved[number] += counts->reserved;
	held->picked[number] += counts->picked;
}

static void order_check(struct held *held, struct br_txn *txn, struct br_str key)
{
	struct br_order order;
	struct br_str name;

	if (!br_key_take_str(&key, &name) ||
		br_order_get(txn, name, &held->sim->arena, &order) < 0) {
		sim_break(held->sim, "an order cannot be read");
		return;
	}
	for (uint32_t i = 0; i < order.line_n; i++) {
		struct br_order_line line;

		if (br_order_line_get(txn, name, i, &held->sim->arena, &line) < 0)
			sim_break(
				held->sim, "a line of order %.*s cannot be read", BR_STR_ARG(name));
		else
			line_check(held, &order, &line);
	}
}

void sim_check_orders(struct sim *sim, struct br_txn *txn, bool all)
{
	struct br_str none = {NULL, 0}, key, value;
	struct held held = {.sim = sim};
	struct br_scan scan;

	br_arena_reset(&sim->arena);
	br_scan_begin(&scan, txn, all ? BR_TABLE_ORDER : BR_TABLE_ORDER_OPEN, none, none, false);
	while (sim->broken[0] == '\0' && br_scan_next(&scan, &key, &value))
		order_check(&held, txn, key);
	br_scan_end(&scan);
	for (unsigned i = 0; i < SIM_SKUS; i++)
		if (sim->broken[0] == '\0' &&
			(held.reserved[i] != sim->sums[i].reserved ||
				held.picked[i] != sim->sums[i].buckets[BR_BUCKET_STAGED]))
			sim_break(sim,
				"S%u: the orders hold %lld and %lld, the stock says %lld "
				"reserved and %lld staged",
				i, (long long)held.reserved[i], (long long)held.picked[i],
				(long long)sim->sums[i].reserved,
				(long long)sim->sums[i].buckets[BR_BUCKET_STAGED]);
}
