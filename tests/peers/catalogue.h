/*
 * HQ's catalogue: generated or read from a CSV, kept in HQ's durable file, and told to stores as
 * commands.
 */
#pragma once

#include "tests/peers/hq.h"

struct peer_catalogue {
	struct peer_product *items; /* owned */
	size_t n;
};

void peer_catalogue_finish(struct peer_catalogue *catalogue);

/* Adds `n` generated products, continuing behind what is there. */
void peer_catalogue_generate(
	struct peer_catalogue *catalogue, uint64_t seed, size_t n, const char *currency);

/*
 * Adds the products of a CSV: sku and name, and of gtins, price, currency, lang, brand, sold_by,
 * content, content_unit, category and origin what is there. `currency` stands in for a missing one.
 */
BR_MUST_CHECK int peer_catalogue_read(struct peer_catalogue *catalogue, const char *path,
	const char *currency, struct br_fault *fault);

/* Reads what the file keeps; writes all of it. */
void peer_catalogue_load(struct peer_catalogue *catalogue, struct peer_hq_store *store);
void peer_catalogue_save(const struct peer_catalogue *catalogue, struct peer_hq_store *store);

/* The product, or NULL. */
struct peer_product *peer_catalogue_find(const struct peer_catalogue *catalogue, struct br_str sku);

/*
 * Tells one store the whole catalogue: product.upsert and, when priced, price.set for each, which
 * counts from the day's beginning (UTC), so that each price of today comes behind it.
 */
void peer_catalogue_tell(
	const struct peer_catalogue *catalogue, struct peer_hq *hq, const char *shop);

/*
 * Tells one store a price; times are unix milliseconds, 0 for now and for no end. Returns the
 * hq_seq.
 */
uint64_t peer_catalogue_tell_price(struct peer_hq *hq, const char *shop, const char *sku,
	const char *kind, int64_t amount_milli, const char *currency, int64_t from_ms,
	int64_t to_ms);
