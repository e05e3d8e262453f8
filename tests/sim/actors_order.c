/*
 * What people do with orders: the next thing that is due in the order's state, mostly; a thing that
 * makes no sense there now and then; HQ cancels at any moment.
 */
#include "tests/sim/actors.h"

#include <stdio.h>

#include "node/order.h"
#include "node/tables.h"
#include "node/time.h"

#define LINES 2

static const char *const places[] = {"shelf", "backroom", "damaged"};

/* An open order, some steps from an end of the list; false when there is none. */
static bool order_any(struct sim *sim, struct br_txn *txn, struct br_order *ret_order)
{
	struct br_str none = {NULL, 0}, key, value, name;
	unsigned skip = sim_upto(sim, 8);
	struct br_scan scan;
	bool found = false;

	br_scan_begin(&scan, txn, BR_TABLE_ORDER_OPEN, none, none, sim_upto(sim, 2) == 0);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_str rest = key;

		found = br_key_take_str(&rest, &name) &&
			br_order_get(txn, name, &sim->arena, ret_order) == 0;
		if (skip-- == 0)
			break;
	}
	br_scan_end(&scan);
	return found;
}

static void offer(struct sim *sim, unsigned number)
{
	static const char *const methods[] = {
		"pickup", "pickup", "pickup", "curbside", "ship_from_store", "endless_aisle"};
	static const char *const policies[] = {"none", "any", "ask", "same_brand"};
	const char *method = methods[sim_upto(sim, BR_ARRAY_LEN(methods))];
	bool collected = method[0] == 'p' || method[0] == 'c';
	char code[80] = "";
	char collect_by[BR_TIME_TEXT_BYTES];

	br_time_format(sim->now_ms + sim_upto(sim, 86400) * INT64_C(1000), collect_by);
	if (collected)
		(void)snprintf(code, sizeof(code), "'code':'1%03u','surname':'Ann %u',",
			number % 1000, number % 7);
	(void)sim_write(sim, "hq", "order.offer",
		"{'order':'O%u','method':'%s','channel':'web',%s'priority':%u,'collect_by':'%s','"
		"lines':["
		"{'line':'1','sku':'%s','quantity':%u,'policy':'%s'},"
		"{'line':'2','sku':'%s','quantity':%u}]}",
		number, method, code, sim_upto(sim, 10), collect_by, sim_sku(sim),
		1 + sim_upto(sim, 4), policies[sim_upto(sim, BR_ARRAY_LEN(policies))], sim_sku(sim),
		1 + sim_upto(sim, 3));
}

/* Somebody brings back what he got with an order, or something that nobody here sold him. */
static void bring_back(struct sim *sim, struct br_txn *txn, unsigned number)
{
	struct br_str none = {NULL, 0}, key, value, name;
	unsigned skip = sim_upto(sim, 10);
	struct br_order_line line;
	struct br_order order;
	struct br_scan scan;
	bool found = false;

	br_scan_begin(&scan, txn, BR_TABLE_ORDER, none, none, sim_upto(sim, 2) == 0);
	while (!found && br_scan_next(&scan, &key, &value))
		found = br_key_take_str(&key, &name) &&
			br_order_get(txn, name, &sim->arena, &order) == 0 &&
			order.counts.handed_over > 0 && skip-- == 0;
	br_scan_end(&scan);
	if (found && br_order_line_get(txn, order.order, 0, &sim->arena, &line) == 0)
		(void)sim_write(sim, "web", "order.offer",
			"{'order':'R%u','method':'return','original':'%.*s','lines':["
			"{'line':'1','sku':'%.*s','quantity':1}]}",
			number, BR_STR_ARG(order.order), BR_STR_ARG(line.sku));
	else
		(void)sim_write(sim, "web", "order.offer",
			"{'order':'R%u','method':'return','original':'elsewhere','lines':["
			"{'line':'1','sku':'%s','quantity':1}]}",
			number, sim_sku(sim));
}

void sim_offer(struct sim *sim, struct br_txn *txn)
{
	if (sim_upto(sim, 6) == 0)
		bring_back(sim, txn, sim->letter_n);
	else
		offer(sim, sim->letter_n);
}

/* One verb without particulars. */
static void step(struct sim *sim, const struct br_order *order, const char *verb)
{
	char type[32];

	(void)snprintf(type, sizeof(type), "order.%s", verb);
	(void)sim_write(sim, "web", type, "{'order':'%.*s'}", BR_STR_ARG(order->order));
}

static void reason_step(struct sim *sim, const struct br_order *order, const char *verb)
{
	char type[32];

	(void)snprintf(type, sizeof(type), "order.%s", verb);
	(void)sim_write(
		sim, "hq", type, "{'order':'%.*s','reason':'so it is'}", BR_STR_ARG(order->order));
}

/* Some of one line's goods. */
static void goods(struct sim *sim, const struct br_order *order, const char *verb, const char *more)
{
	char type[32];

	(void)snprintf(type, sizeof(type), "order.%s", verb);
	(void)sim_write(sim, "web", type, "{'order':'%.*s','line':'%u','quantity':%u%s}",
		BR_STR_ARG(order->order), 1 + sim_upto(sim, LINES), 1 + sim_upto(sim, 3), more);
}

static void hold(struct sim *sim, const struct br_order *order)
{
	char until[BR_TIME_TEXT_BYTES];

	br_time_format(sim->now_ms + sim_upto(sim, 7200) * INT64_C(1000), until);
	(void)sim_write(sim, "hq", "order.hold", "{'order':'%.*s','reason':'payment','until':'%s'}",
		BR_STR_ARG(order->order), until);
}

static void pick(struct sim *sim, const struct br_order *order)
{
	char more[64 + BR_ID_BYTES_MAX] = "";

	switch (sim_upto(sim, 14)) {
	case 0:
		goods(sim, order, "short", ",'reason':'shelf empty'");
		return;
	case 1:
		goods(sim, order, "unpick", "");
		return;
	case 2:
		(void)snprintf(more, sizeof(more), ",'sku':'%s','asked':true", sim_sku(sim));
		goods(sim, order, "substitute", more);
		return;
	case 3:
		hold(sim, order);
		return;
	case 4:
		(void)sim_write(sim, "web", "order.split",
			"{'order':'%.*s','into':'P%u','lines':[{'line':'2'}]}",
			BR_STR_ARG(order->order), sim->letter_n);
		return;
	default:
		/* What is on a list is picked by who has the list, and he says so. */
		if (order->list.n > 0)
			(void)snprintf(more, sizeof(more), ",'list':'%.*s','associate':'a%u'",
				BR_STR_ARG(order->list), sim_upto(sim, 3));
		goods(sim, order, "pick", more);
	}
}

static void hand_over(struct sim *sim, const struct br_order *order)
{
	unsigned number = 0;

	for (size_t i = 1; i < order->order.n; i++)
		number = number * 10 + (unsigned)(order->order.s[i] - '0');
	if (sim_upto(sim, 5) == 0)
		number++; /* somebody else's code */
	if (sim_upto(sim, 4) == 0)
		(void)sim_write(sim, "web", "order.hand_over",
			"{'order':'%.*s','waived':'showed the mail'}", BR_STR_ARG(order->order));
	else
		(void)sim_write(sim, "till/t1", "order.hand_over",
			"{'order':'%.*s','code':'1%03u'}", BR_STR_ARG(order->order), number % 1000);
}

static void put_back(struct sim *sim, const struct br_order *order)
{
	char more[32];

	(void)snprintf(more, sizeof(more), ",'to':'%s'", places[sim_upto(sim, 3)]);
	goods(sim, order, "restock", more);
}

static void inspect(struct sim *sim, const struct br_order *order)
{
	(void)sim_write(sim, "web", "order.inspect", "{'order':'%.*s','to':'%s','reason':'seen'}",
		BR_STR_ARG(order->order), places[sim_upto(sim, 3)]);
}

static void stage(struct sim *sim, const struct br_order *order)
{
	(void)sim_write(sim, "web", "order.stage", "{'order':'%.*s','location':'A%u'}",
		BR_STR_ARG(order->order), sim_upto(sim, 5));
}

static void ship(struct sim *sim, const struct br_order *order)
{
	(void)sim_write(sim, "web", "order.ship",
		"{'order':'%.*s','carrier':'post','tracking':'T1'}", BR_STR_ARG(order->order));
}

/* What is due with an order that was just offered. */
static void answer(struct sim *sim, const struct br_order *order)
{
	if (order->method == BR_METHOD_RETURN)
		(void)sim_write(sim, "web", "order.receive", "{'order':'%.*s','line':'1'}",
			BR_STR_ARG(order->order));
	else if (sim_upto(sim, 10) == 0)
		reason_step(sim, order, "reject");
	else
		(void)sim_write(sim, "web", "order.accept", "{'order':'%.*s','partial':%s}",
			BR_STR_ARG(order->order), sim_upto(sim, 3) == 0 ? "true" : "false");
}

/* What is due in the order's state. */
static void work(struct sim *sim, const struct br_order *order)
{
	bool ships = order->method == BR_METHOD_SHIP_FROM_STORE;

	switch ((enum br_order_state)order->state) {
	case BR_ORDER_OFFERED:
		answer(sim, order);
		return;
	case BR_ORDER_ACCEPTED:
	case BR_ORDER_PICKING:
		if (order->method == BR_METHOD_ENDLESS_AISLE)
			ship(sim, order);
		else
			pick(sim, order);
		return;
	case BR_ORDER_PICKED:
	case BR_ORDER_STAGED:
		if (sim_upto(sim, 3) == 0)
			stage(sim, order);
		else
			step(sim, order, ships ? "pack" : "ready");
		return;
	case BR_ORDER_PACKED:
		ship(sim, order);
		return;
	case BR_ORDER_READY:
	case BR_ORDER_ARRIVED:
		if (sim_upto(sim, 4) == 0)
			(void)sim_write(sim, "hq", "order.arrive", "{'order':'%.*s','bay':'3'}",
				BR_STR_ARG(order->order));
		else
			hand_over(sim, order);
		return;
	case BR_ORDER_ON_HOLD:
		step(sim, order, "release");
		return;
	case BR_ORDER_CANCELLING:
	case BR_ORDER_EXPIRED:
	case BR_ORDER_RESTOCKING:
		put_back(sim, order);
		return;
	case BR_ORDER_RECEIVED:
		inspect(sim, order);
		return;
	case BR_ORDER_INSPECTED:
	case BR_ORDER_REFUND_DUE:
		step(sim, order, "refund");
		return;
	default:
		step(sim, order, "close");
	}
}

void sim_work_order(struct sim *sim, struct br_txn *txn)
{
	struct br_order order;

	if (!order_any(sim, txn, &order))
		return;
	switch (sim_upto(sim, 24)) {
	case 0:
		reason_step(sim, &order, "cancel");
		return;
	case 1:
		(void)sim_write(sim, "hq", "order.update",
			"{'order':'%.*s','priority':%u,'note':'mind the eggs'}",
			BR_STR_ARG(order.order), 1 + sim_upto(sim, 9));
		return;
	case 2: /* he thinks of another order */
		order.state = (uint8_t)sim_upto(sim, BR_ORDER_STATE_N);
		order.method = (uint8_t)sim_upto(sim, BR_METHOD_N);
		work(sim, &order);
		return;
	default:
		work(sim, &order);
	}
}
