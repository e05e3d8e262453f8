/*
 * The people and machines around the store. Each looks at what is committed and writes one letter;
 * now and then it makes no sense, as with people.
 */
#include "tests/sim/actors.h"

#include <stdio.h>
#include <string.h>

#include "node/time.h"

const char *sim_sku(struct sim *sim)
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

static void receive(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move", "{'sku':'%s','kind':'receive','quantity':%u}",
		sim_sku(sim), 1 + sim_upto(sim, 12));
}

static void fill(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move", "{'sku':'%s','kind':'fill','quantity':%u}",
		sim_sku(sim), 1 + sim_upto(sim, 4));
}

static void waste(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move",
		"{'sku':'%s','kind':'waste','quantity':1,'reason':'broken'}", sim_sku(sim));
}

static void count(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "web", "stock.move", "{'sku':'%s','kind':'count','quantity':%u}",
		sim_sku(sim), sim_upto(sim, 10));
}

static void sell(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	char till[8];
	struct sim_letter *letter;

	(void)snprintf(till, sizeof(till), "till/t%u", sim_upto(sim, 3));
	letter = sim_write(sim, till, "sale.record",
		"{'till':'%s','lines':[{'sku':'%s','quantity':%u,'price':1.5},"
		"{'sku':'%s','quantity':1,'price':2}]}",
		till + 5, sim_sku(sim), 1 + sim_upto(sim, 3), sim_sku(sim));
	/* A till that was away tells of what happened hours ago. */
	if (sim_upto(sim, 5) == 0)
		letter->happened_ms = sim->now_ms - sim_upto(sim, 86400) * INT64_C(1000);
}

static void take_back(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	(void)sim_write(sim, "till/t1", "return.record",
		"{'till':'t1','lines':[{'sku':'%s','quantity':1,'price':1.5}]}", sim_sku(sim));
}

/* Prices and what is kept back, as the store's manager changes them. */
static void manage(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	char to[BR_TIME_TEXT_BYTES];

	br_time_format(sim->now_ms + 1000 + sim_upto(sim, 7200) * INT64_C(1000), to);
	switch (sim_upto(sim, 4)) {
	case 0:
		(void)sim_write(sim, "web", "price.set",
			"{'sku':'%s','kind':'override','amount':%u.1,'currency':'EUR',"
			"'reason':'bruised','to':'%s'}",
			sim_sku(sim), 1 + sim_upto(sim, 5), to);
		return;
	case 1:
		(void)sim_write(sim, "web", "price.cancel", "{'sku':'%s','kind':'%s'}",
			sim_sku(sim), sim_upto(sim, 2) == 0 ? "override" : "promotion");
		return;
	case 2:
		(void)sim_write(sim, "web", "stock.policy",
			"{'scope':'sku','key':'%s','safety':%u}", sim_sku(sim), sim_upto(sim, 3));
		return;
	default:
		(void)sim_write(sim, "web", "policy.set",
			"{'count_approve_above':%u,'pick_list_minutes':%u,"
			"'rights_contact_minutes':%u,'rights_stock_min':%u,"
			"'rights_top_up_minutes':10}",
			sim_upto(sim, 4), 1 + sim_upto(sim, 30), sim_upto(sim, 3) * 1440,
			sim_upto(sim, 4));
	}
}

/* A till takes one of the last sales back as a whole; mostly there was none of that name. */
static void undo(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	unsigned tries = 40;

	while (tries-- > 0 && sim->letter_n > 0) {
		/* A copy, because the new letter may take the place of this one. */
		struct sim_letter letter =
			sim->letters[sim_upto(sim, sim->letter_n) % SIM_LETTERS_MAX];

		if (strcmp(letter.type, "sale.record") != 0)
			continue;
		(void)sim_write(sim, letter.actor, "sale.void",
			"{'till':'%s','sale':'%s','reason':'wrong'}", letter.actor + 5, letter.id);
		return;
	}
}

static void park(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	if (sim_upto(sim, 2) == 0)
		(void)sim_write(sim, "till/t0", "sale.park",
			"{'parked':'K%u','till':'t0','lines':[{'sku':'%s','quantity':1}]}",
			sim_upto(sim, 6), sim_sku(sim));
	else
		(void)sim_write(sim, "till/t1", "sale.unpark",
			"{'parked':'K%u','till':'t1','drop':%s}", sim_upto(sim, 6),
			sim_upto(sim, 2) == 0 ? "true" : "false");
}

static void price(struct sim *sim, struct br_txn *txn BR_UNUSED)
{
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];
	int64_t from_ms = sim->now_ms + sim_upto(sim, 7200) * INT64_C(1000);

	br_time_format(from_ms, from);
	br_time_format(from_ms + 1000 + sim_upto(sim, 7200) * INT64_C(1000), to);
	(void)sim_write(sim, "hq", "price.set",
		"{'sku':'%s','kind':'%s','amount':%u.5,'currency':'EUR','from':'%s','to':'%s'}",
		sim_sku(sim), sim_upto(sim, 2) == 0 ? "regular" : "promotion", sim_upto(sim, 20),
		from, to);
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
	{manage, 3},
	{undo, 2},
	{park, 2},
	{sim_deliver, 6},
	{sim_transfer, 4},
	{sim_count, 6},
	{sim_rights, 3},
	{sim_offer, 10},
	{sim_pick_list, 5},
	{sim_work_order, 60},
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
