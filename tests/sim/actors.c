/*
 * The people and machines around the store. Each looks at what is committed and writes one letter;
 * now and then it makes no sense, as with people.
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "node/order.h"
#include "node/time.h"

static const char *sku_any(struct sim *sim)
{
	static char texts[4][8];
	static unsigned next;
	char *text = texts[next++ % 4];

	(void)snprintf(text, sizeof(texts[0]), "S%u", sim_upto(sim, SIM_SKUS));
	return text;
}

void sim_open_store(struct sim *sim)
{
	for (unsigned i = 0; i < SIM_SKUS; i++) {
		(void)sim_write(
			sim, "hq", "product.upsert", "{'sku':'S%u','name':'thing %u'}", i, i);
		(void)sim_write(sim, "hq", "price.set",
			"{'sku':'S%u','amount':%u.99,'currency':'EUR'}", i, 1 + i);
	}
}

/* An open order, the n-th from a random place; false when there is none. */
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

static void receive(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move", "{'sku':'%s','kind':'receive','quantity':%u}",
		sku_any(sim), 1 + sim_upto(sim, 12));
}

static void fill(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move", "{'sku':'%s','kind':'fill','quantity':%u}",
		sku_any(sim), 1 + sim_upto(sim, 4));
}

static void waste(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move",
		"{'sku':'%s','kind':'waste','quantity':1,'reason':'broken'}", sku_any(sim));
}

static void count(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move", "{'sku':'%s','kind':'count','quantity':%u}",
		sku_any(sim), sim_upto(sim, 10));
}

static void sell(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	char till[8];
	struct sim_letter *letter;

	(void)snprintf(till, sizeof(till), "till/t%u", sim_upto(sim, 3));
	letter = sim_write(sim, till, "sale.record",
		"{'till':'%s','lines':[{'sku':'%s','quantity':%u,'price':1.5},"
		"{'sku':'%s','quantity':1,'price':2}]}",
		till + 5, sku_any(sim), 1 + sim_upto(sim, 3), sku_any(sim));
	/* A till that was away tells of what happened hours ago. */
	if (sim_upto(sim, 5) == 0)
		letter->happened_ms = sim->now_ms - sim_upto(sim, 86400) * INT64_C(1000);
}

static void take_back(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "till/t1", "return.record",
		"{'till':'t1','lines':[{'sku':'%s','quantity':1,'price':1.5}]}", sku_any(sim));
}

static void price(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];
	int64_t from_ms = sim->now_ms + sim_upto(sim, 7200) * INT64_C(1000);

	br_time_format(from_ms, from);
	br_time_format(from_ms + 1000 + sim_upto(sim, 7200) * INT64_C(1000), to);
	(void)sim_write(sim, "hq", "price.set",
		"{'sku':'%s','kind':'%s','amount':%u.5,'currency':'EUR','from':'%s','to':'%s'}",
		sku_any(sim), sim_upto(sim, 2) == 0 ? "regular" : "promotion", sim_upto(sim, 20),
		from, to);
}

static void offer(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "hq", "order.offer",
		"{'order':'O%u','lines':[{'line':'1','sku':'%s','quantity':%u},"
		"{'line':'2','sku':'%s','quantity':%u}]}",
		sim->letter_n, sku_any(sim), 1 + sim_upto(sim, 4), sku_any(sim),
		1 + sim_upto(sim, 3));
}

/* What is due with an order in each state; other states wait for nobody here. */
static const char *const due_verbs[BR_ORDER_STATE_N] = {
	[BR_ORDER_OFFERED] = "accept",
	[BR_ORDER_ACCEPTED] = "pick",
	[BR_ORDER_PICKING] = "pick",
	[BR_ORDER_PICKED] = "ready",
	[BR_ORDER_READY] = "hand_over",
	[BR_ORDER_ON_HOLD] = "release",
	[BR_ORDER_CANCELLING] = "restock",
	[BR_ORDER_RESTOCKING] = "restock",
};

/* The next thing that is due with some order, or something that is not. */
static void advance(struct sim *sim, struct br_txn *txn)
{
	static const char *const any[] = {
		"accept", "pick", "unpick", "short", "ready", "hand_over", "cancel", "hold"};
	struct br_order order;
	const char *verb;
	char type[32], rest[80] = "";

	if (!order_any(sim, txn, &order))
		return;
	verb = due_verbs[order.state];
	if (verb == NULL || sim_upto(sim, 6) == 0)
		verb = any[sim_upto(sim, BR_ARRAY_LEN(any))];
	(void)snprintf(type, sizeof(type), "order.%s", verb);
	if (strcmp(verb, "pick") == 0 || strcmp(verb, "unpick") == 0 || strcmp(verb, "short") == 0)
		(void)snprintf(rest, sizeof(rest), ",'line':'%u'", 1 + sim_upto(sim, 2));
	if (strcmp(verb, "short") == 0 || strcmp(verb, "hold") == 0)
		(void)strcat(rest, ",'reason':'r'");
	(void)sim_write(sim, "web", type, "{'order':'%.*s'%s}", BR_STR_ARG(order.order), rest);
}

static const struct {
	void (*act)(struct sim *sim, struct br_txn *txn);
	unsigned weight;
} acts[] = {
	{receive, 12},
	{fill, 8},
	{waste, 2},
	{count, 3},
	{sell, 20},
	{take_back, 2},
	{price, 3},
	{offer, 10},
	{advance, 40},
};

void sim_act(struct sim *sim, struct br_txn *txn)
{
	unsigned sum = 0, at;

	for (unsigned i = 0; i < BR_ARRAY_LEN(acts); i++)
		sum += acts[i].weight;
	at = sim_upto(sim, sum);
	for (unsigned i = 0; i < BR_ARRAY_LEN(acts); i++) {
		if (at < acts[i].weight) {
			acts[i].act(sim, txn);
			return;
		}
		at -= acts[i].weight;
	}
}
