/*
 * A shop in process: a ledger on disk with made-up products, and sales put straight to the core.
 *
 * For what is measured without the daemon around it, and to prepare stores for the daemon.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/core.h"

#define BENCH_CURRENCY "GBP"
#define BENCH_BARCODE_BYTES 14
#define BENCH_SALE_LINES_MAX 20 /* one event */

struct bench_shop {
	struct br_store *store;
	struct br_keys *keys;
	struct br_core *core;
	uint64_t products; /* numbered from 0 */
	uint64_t commands; /* submitted; makes their ids */
	uint64_t orders;   /* offered; makes their ids */
	uint64_t random;
	int64_t now_ms;
};

/*
 * Opens or makes the ledger in `folder` of a state directory. Without `durable` nothing is flushed,
 * which is for filling only. Ends the program on failure, as all of this does.
 */
void bench_shop_open(struct bench_shop *shop, const char *folder, bool durable);
void bench_shop_close(struct bench_shop *shop);

/* Adds products [0, n) with their regular prices; commits by itself. */
void bench_shop_stock(struct bench_shop *shop, uint64_t n);

/* Submits a sale of `lines` products by chance. Returns the sequence of its event. */
void bench_shop_sell(struct bench_shop *shop, unsigned lines);
/* Submits a delivery of one product by chance. */
void bench_shop_receive(struct bench_shop *shop);
/*
 * Submits an order of `lines` products, each received in plenty just before, and commits: what is
 * left is to accept it.
 */
void bench_shop_offer(struct bench_shop *shop, unsigned lines);
/*
 * The same with what `says` tells of a person; the milliseconds of the offer alone, committed.
 */
struct br_order_offer;
double bench_shop_offer_time(
	struct bench_shop *shop, unsigned lines, const struct br_order_offer *says);
/* Submits the acceptance of the order that was offered last. */
void bench_shop_accept(struct bench_shop *shop);
void bench_shop_commit(struct bench_shop *shop);
/* In the store everybody has heard of all this at its time; what is behind is HQ alone. Commits. */
void bench_shop_told(struct bench_shop *shop);

/* Submits a command under a new id; it must be accepted. Commits when the turn is full. */
void bench_shop_submit(
	struct bench_shop *shop, const char *type, const char *actor, const void *body);

/* The restricted GTIN-13 and the SKU of product number `index`. */
void bench_barcode(uint64_t index, char ret_barcode[BENCH_BARCODE_BYTES]);
void bench_sku(uint64_t index, char *buffer, size_t size);

/* The products as the CSV that peer-till reads: sku, gtins, price, currency. */
void bench_products_write(const char *path, uint64_t n);

/* A number below `below`, repeatable. */
uint64_t bench_random(uint64_t *state, uint64_t below);
