/*
 * What keeps an HQ busy: online orders that come at random, and prices that change.
 */
#pragma once

#include "tests/peers/catalogue.h"

struct peer_demand;

struct peer_demand_settings {
	uint64_t seed;
	double orders_per_minute; /* over all stores; 0: none */
	double prices_per_minute;
	int64_t orders_max; /* 0: no end */
};

/* Everything passed is borrowed and outlives the demand. */
BR_MUST_CHECK int peer_demand_create(struct peer_loop *loop,
	const struct peer_demand_settings *settings, struct peer_hq *hq,
	struct peer_hq_store *store, struct peer_catalogue *catalogue,
	struct peer_demand **ret_demand);
void peer_demand_destroy(struct peer_demand *demand);

/* One line somebody wants. */
struct peer_order_line {
	char sku[65];
	int64_t quantity_milli, price_milli;
	bool rights; /* HQ spends rights that it holds; peer_order_offer() sets it */
};

#define PEER_ORDER_LINES_MAX 100

struct peer_order {
	char id[65]; /* "" makes one */
	char channel[16], method[16], customer[65], note[128];
	size_t line_n;
	struct peer_order_line lines[PEER_ORDER_LINES_MAX];
};

/* Offers the order to the store: accepted within 15 minutes, ready within 90, collected in a day.
 */
uint64_t peer_order_offer(struct peer_hq *hq, struct peer_hq_store *store, const char *shop,
	struct peer_order *order);
