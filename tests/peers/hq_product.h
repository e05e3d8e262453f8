/*
 * One product of HQ's: what the store was last told of it, and its prices. Pure.
 *
 * Of the prices of a kind that have begun, the one that began last counts, as in the store; of two
 * with one beginning, the one that was sent later. HQ gives each its `from`, so that both sides
 * know that beginning: one without it counts here as if it had begun before all others.
 */
#pragma once

#include "node/json.h"
#include "node/text.h"

struct peer_hq_product;

struct peer_hq_product *peer_hq_product_create(const char *sku);
void peer_hq_product_destroy(struct peer_hq_product *product);

/* The body of the last product.upsert; "" takes it out of the catalogue. */
void peer_hq_product_put(struct peer_hq_product *product, struct br_str body);

/* The bodies of price.set and price.cancel. */
void peer_hq_product_price(struct peer_hq_product *product, const struct br_json *body);
void peer_hq_product_price_cancel(struct peer_hq_product *product, const struct br_json *body);
void peer_hq_product_prices_clear(struct peer_hq_product *product);

/* The values as they are compared; nothing for no item. */
void peer_hq_product_value(const struct peer_hq_product *product, struct br_text *text);
void peer_hq_product_price_value(
	const struct peer_hq_product *product, int64_t at_ms, struct br_text *text);

/* The commands that bring the store's row to HQ's; how many there were. */
size_t peer_hq_product_repair(const struct peer_hq_product *product,
	void (*command)(void *context, const char *type, struct br_str body), void *context);
size_t peer_hq_product_price_repair(const struct peer_hq_product *product, struct br_str theirs,
	int64_t at_ms, void (*command)(void *context, const char *type, struct br_str body),
	void *context);
