/* What the files of the actors share; for them only. */
#pragma once

#include "tests/sim/sim.h"

/* A product's SKU; valid until the fourth call after it. */
const char *sim_sku(struct sim *sim);

/* HQ offers an order, or somebody announces a return. */
void sim_offer(struct sim *sim, struct br_txn *txn);

/* Somebody does something with one of the open orders. */
void sim_work_order(struct sim *sim, struct br_txn *txn);

/* Goods come, announced; go to another store; are counted; are promised to the central system. */
void sim_deliver(struct sim *sim, struct br_txn *txn);
void sim_transfer(struct sim *sim, struct br_txn *txn);
void sim_count(struct sim *sim, struct br_txn *txn);
void sim_rights(struct sim *sim, struct br_txn *txn);

/* An associate takes orders onto a pick list, gives it away or ends it. */
void sim_pick_list(struct sim *sim, struct br_txn *txn);
