/* What people do with goods that come, go to another store, or are counted. */
#include <stdio.h>

#include "node/history.h"
#include "node/open.h"
#include "node/rights.h"
#include "node/tables.h"
#include "tests/sim/actors.h"

/* One of the open things of a noun, by chance. */
struct choice {
	struct sim *sim;
	unsigned met;
	char key[BR_ID_BYTES_MAX + 1]; /* empty = none is open */
};

static bool choice_visit(void *context, struct br_str key)
{
	struct choice *choice = context;

	/* The n-th replaces the choice with one chance in n, so all are equally likely. */
	if (sim_upto(choice->sim, ++choice->met) == 0)
		(void)!br_str_copy(key, choice->key, sizeof(choice->key));
	return true;
}

static struct choice open_any(struct sim *sim, struct br_txn *txn, enum br_noun noun)
{
	struct choice choice = {.sim = sim};

	br_open_walk(txn, noun, choice_visit, &choice);
	return choice;
}

static void delivery_announce(struct sim *sim)
{
	(void)sim_write(sim, "hq", "delivery.announce",
		"{'delivery':'D%u','kind':'%s','sender':'depot','lines':[{'sku':'%s','quantity':%u}"
		","
		"{'sku':'%s','quantity':%u}]}",
		sim->letter_n, sim_upto(sim, 2) == 0 ? "supplier" : "transfer", sim_sku(sim),
		1 + sim_upto(sim, 12), sim_sku(sim), 1 + sim_upto(sim, 6));
}

void sim_deliver(struct sim *sim, struct br_txn *txn)
{
	struct choice delivery = open_any(sim, txn, BR_NOUN_DELIVERY);

	if (delivery.key[0] == '\0' || sim_upto(sim, 6) == 0)
		delivery_announce(sim);
	else if (sim_upto(sim, 6) == 0)
		(void)sim_write(sim, "web", "delivery.close", "{'delivery':'%s'}", delivery.key);
	else if (sim_upto(sim, 20) == 0)
		(void)sim_write(sim, "hq", "delivery.cancel", "{'delivery':'%s'}", delivery.key);
	else
		(void)sim_write(sim, "web", "delivery.receive",
			"{'delivery':'%s','sku':'%s','quantity':%u,'damaged':%u}", delivery.key,
			sim_sku(sim), 1 + sim_upto(sim, 8), sim_upto(sim, 4) == 0);
}

static void transfer_confirm(struct sim *sim, const char *transfer)
{
	if (sim_upto(sim, 2) == 0)
		(void)sim_write(sim, "hq", "transfer.confirm", "{'transfer':'%s'}", transfer);
	else
		(void)sim_write(sim, "hq", "transfer.confirm",
			"{'transfer':'%s','lines':[{'sku':'%s','quantity':%u}]}", transfer,
			sim_sku(sim), sim_upto(sim, 4));
}

void sim_transfer(struct sim *sim, struct br_txn *txn)
{
	struct choice transfer = open_any(sim, txn, BR_NOUN_TRANSFER);

	if (transfer.key[0] == '\0' || sim_upto(sim, 4) == 0)
		(void)sim_write(sim, "web", "transfer.send",
			"{'transfer':'T%u','to':'store 2','lines':[{'sku':'%s','quantity':%u}]}",
			sim->letter_n, sim_sku(sim), 1 + sim_upto(sim, 3));
	else if (sim_upto(sim, 8) == 0)
		(void)sim_write(sim, "web", "transfer.cancel", "{'transfer':'%s'}", transfer.key);
	else if (sim_upto(sim, 3) == 0)
		(void)sim_write(sim, "web", "transfer.settle",
			"{'transfer':'%s','outcome':'%s','reason':'looked for it'}", transfer.key,
			sim_upto(sim, 2) == 0 ? "lost" : "found");
	else
		transfer_confirm(sim, transfer.key);
}

void sim_count(struct sim *sim, struct br_txn *txn)
{
	static const char *const verbs[] = {
		"close", "close", "close", "approve", "reject", "reject", "reject", "cancel"};
	struct choice count = open_any(sim, txn, BR_NOUN_COUNT);
	char type[32];

	if (count.key[0] == '\0' || sim_upto(sim, 8) == 0) {
		(void)sim_write(sim, "web", "count.open",
			"{'count':'C%u','scope':'sku','skus':['%s','%s']}", sim->letter_n,
			sim_sku(sim), sim_sku(sim));
	} else if (sim_upto(sim, 3) > 0) {
		(void)sim_write(sim, "web", "count.enter",
			"{'count':'%s','sku':'%s','quantity':%u,'associate':'a%u'}", count.key,
			sim_sku(sim), sim_upto(sim, 9), sim_upto(sim, 3));
	} else {
		(void)snprintf(
			type, sizeof(type), "count.%s", verbs[sim_upto(sim, BR_ARRAY_LEN(verbs))]);
		(void)sim_write(sim, "web", type,
			"{'count':'%s','reason':'so it is','associate':'a1'}", count.key);
	}
}

/* HQ answers whatever recall is open; it believes now and then that one is. */
static void recall_answer(struct sim *sim, struct br_txn *txn, const char *sku)
{
	struct br_rights_row row = br_rights_get(txn, br_str_from(sku), &sim->arena);
	struct br_str recall;

	/* Few are: it looks a few times. */
	for (unsigned i = 0; i < 4 && row.recalled == 0; i++) {
		sku = sim_sku(sim);
		row = br_rights_get(txn, br_str_from(sku), &sim->arena);
	}
	recall = row.recalled > 0 ? row.recall : BR_STR("none");
	if (sim_upto(sim, 2) == 0)
		(void)sim_write(sim, "hq", "rights.keep", "{'sku':'%s','recall':'%.*s'}", sku,
			BR_STR_ARG(recall));
	else
		(void)sim_write(sim, "hq", "rights.revoke",
			"{'sku':'%s','quantity':%u,'recall':'%.*s'}", sku, 1 + sim_upto(sim, 3),
			BR_STR_ARG(recall));
}

void sim_rights(struct sim *sim, struct br_txn *txn)
{
	static const char *const words[] = {
		"rights.grant", "rights.recall", "rights.request", "rights.revoke"};
	const char *sku = sim_sku(sim);

	if (sim_upto(sim, 2) == 0)
		recall_answer(sim, txn, sku);
	else
		(void)sim_write(sim, sim_upto(sim, 3) == 0 ? "web" : "hq",
			words[sim_upto(sim, BR_ARRAY_LEN(words))], "{'sku':'%s','quantity':%u}",
			sku, 1 + sim_upto(sim, 3));
}

/* A pick list that somebody has, by chance; empty when nobody has one. */
static void list_any(struct sim *sim, struct br_txn *txn, char ret_list[BR_ID_BYTES_MAX + 1])
{
	struct choice choice = {.sim = sim};
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_scan scan;

	br_scan_begin(&scan, txn, BR_TABLE_PICK_LIST, none, none, false);
	while (br_scan_next(&scan, &key, &value))
		if (br_key_take_str(&key, &name))
			(void)choice_visit(&choice, name);
	br_scan_end(&scan);
	(void)snprintf(ret_list, BR_ID_BYTES_MAX + 1, "%s", choice.key);
}

void sim_pick_list(struct sim *sim, struct br_txn *txn)
{
	char list[BR_ID_BYTES_MAX + 1];

	list_any(sim, txn, list);
	if (list[0] == '\0' || sim_upto(sim, 3) == 0)
		(void)sim_write(sim, "web", "pick_list.make",
			"{'list':'L%u','associate':'a%u','kind':'wave','max':%u}", sim->letter_n,
			sim_upto(sim, 3), 1 + sim_upto(sim, 4));
	else if (sim_upto(sim, 8) > 0)
		(void)sim_write(sim, "web", "pick_list.hand_over", "{'list':'%s','to':'a%u'}", list,
			sim_upto(sim, 3));
	else
		(void)sim_write(sim, "web", "pick_list.end", "{'list':'%s'}", list);
}
