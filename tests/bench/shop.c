#include "tests/bench/shop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/order.h"
#include "node/price.h"
#include "node/product.h"
#include "node/sale.h"
#include "node/stock.h"
#include "tests/bench/figure.h"
#include "tests/peers/products.h"

/* 2026-03-01T10:10:00Z. */
#define START_MS INT64_C(1772359800000)
#define SEED 1

uint64_t bench_random(uint64_t *state, uint64_t below)
{
	br_assert(below > 0);
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * UINT64_C(0x2545F4914F6CDD1D) >> 16) % below;
}

void bench_shop_open(struct bench_shop *shop, const char *folder, bool durable)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_fault fault = {""};
	struct br_keys_options keys_options = {.sync_off = !durable};
	char path[512], keys[512];

	*shop = (struct bench_shop){.random = SEED, .now_ms = START_MS};
	(void)mkdir(folder, 0700);
	(void)snprintf(path, sizeof(path), "%s/ledger", folder);
	(void)snprintf(keys, sizeof(keys), "%s/keys", folder);
	options.sync_off = !durable;
	if (br_store_open(path, &options, &shop->store, &fault) < 0 ||
		br_keys_open(keys, &keys_options, &shop->keys, &fault) < 0 ||
		br_core_create(shop->store, shop->keys, &shop->core, &fault) < 0)
		bench_fail(NULL, "%s: %s", path, fault.text);
	/* Ids must be new in a ledger that was filled before. */
	shop->commands = br_core_head(shop->core) * 2;
	shop->orders = shop->commands;
}

void bench_shop_close(struct bench_shop *shop)
{
	br_core_destroy(BR_TAKE(shop->core));
	br_keys_close(BR_TAKE(shop->keys));
	br_store_close(BR_TAKE(shop->store));
}

static void deliver(
	void *owner BR_UNUSED, const struct br_ticket *ticket, const struct br_answer *answer)
{
	if (answer->outcome != BR_OUTCOME_ACCEPTED)
		bench_fail(NULL, "%s was refused: %s", ticket->command, answer->message);
}

void bench_shop_submit(
	struct bench_shop *shop, const char *type, const char *actor, const void *body)
{
	char id[32];
	struct br_command command = {
		.actor = br_str_from(actor),
		.type = br_command_type_named(br_str_from(type)),
		.body = body,
		.now_ms = shop->now_ms,
	};
	struct br_ticket ticket = {.deliver = deliver};
	int result;

	br_assert(command.type != NULL);
	if (br_core_turn_n(shop->core) == BR_TURN_COMMANDS_MAX)
		bench_shop_commit(shop);
	(void)snprintf(id, sizeof(id), "b-%08" PRIu64, ++shop->commands);
	(void)snprintf(ticket.command, sizeof(ticket.command), "%s", id);
	command.id = br_str_from(id);
	shop->now_ms += 10;
	result = br_core_submit(shop->core, &command, &ticket);
	if (result < 0)
		bench_fail(NULL, "the store fails: %s", br_error_text(result));
}

void bench_shop_commit(struct bench_shop *shop)
{
	int result = br_core_commit(shop->core);

	if (result < 0)
		bench_fail(NULL, "the store fails: %s", br_error_text(result));
}

void bench_shop_told(struct bench_shop *shop)
{
	bench_shop_commit(shop);
	if (br_core_cursor(shop->core, BR_STR("feed"), br_core_head(shop->core)) < 0)
		bench_fail(NULL, "the local feed's cursor cannot be put");
	bench_shop_commit(shop);
}

void bench_barcode(uint64_t index, char ret_barcode[BENCH_BARCODE_BYTES])
{
	struct peer_product product;

	peer_product_make(SEED, index, BENCH_CURRENCY, &product);
	(void)snprintf(ret_barcode, BENCH_BARCODE_BYTES, "%.13s", product.gtin);
}

void bench_sku(uint64_t index, char *buffer, size_t size)
{
	struct peer_product product;

	peer_product_make(SEED, index, BENCH_CURRENCY, &product);
	(void)snprintf(buffer, size, "%.*s", (int)size - 1, product.sku);
}

static uint8_t word_find(const char *const *words, const char *word)
{
	for (uint8_t i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return 0;
}

static void product_add(struct bench_shop *shop, uint64_t index)
{
	struct peer_product made;
	struct br_barcode barcode;
	struct br_product product;
	struct br_price price;

	peer_product_make(SEED, index, BENCH_CURRENCY, &made);
	barcode.gtin = br_str_from(made.gtin);
	product = (struct br_product){
		.sku = br_str_from(made.sku),
		.name = br_str_from(made.name),
		.lang = br_str_from(made.lang),
		.brand = br_str_from(made.brand),
		.gtins = {&barcode, 1},
		.sold_by = word_find(br_sold_by_words, made.sold_by),
		.content = made.content_milli,
		.content_unit = word_find(br_unit_words, made.content_unit),
		.origin = br_str_from(made.origin),
		.category = br_str_from(made.category),
	};
	price = (struct br_price){
		.sku = product.sku,
		.kind = BR_PRICE_REGULAR,
		.amount = made.price_milli,
		.currency = BR_STR(BENCH_CURRENCY),
	};
	bench_shop_submit(shop, "product.upsert", "hq", &product);
	bench_shop_submit(shop, "price.set", "hq", &price);
}

void bench_shop_stock(struct bench_shop *shop, uint64_t n)
{
	for (uint64_t i = shop->products; i < n; i++)
		product_add(shop, i);
	bench_shop_commit(shop);
	shop->products = n;
}

void bench_shop_sell(struct bench_shop *shop, unsigned lines)
{
	struct br_sale_line items[BENCH_SALE_LINES_MAX];
	char barcodes[BENCH_SALE_LINES_MAX][BENCH_BARCODE_BYTES];
	struct br_sale sale = {
		.till = BR_STR("till-1"),
		.currency = BR_STR(BENCH_CURRENCY),
		.lines = {items, lines},
	};

	br_assert(lines > 0 && lines <= BENCH_SALE_LINES_MAX && shop->products > 0);
	for (unsigned i = 0; i < lines; i++) {
		peer_gtin_restricted(
			PEER_PRODUCTS_GTIN_FIRST + bench_random(&shop->random, shop->products),
			barcodes[i]);
		items[i] = (struct br_sale_line){
			.barcode = br_str_from(barcodes[i]),
			.quantity = 1000,
			.price = 1990,
		};
	}
	bench_shop_submit(shop, "sale.record", "till/till-1", &sale);
}

void bench_shop_receive(struct bench_shop *shop)
{
	char barcode[BENCH_BARCODE_BYTES];
	struct br_stock_move move = {.kind = BR_MOVE_RECEIVE, .quantity = 12000};

	br_assert(shop->products > 0);
	peer_gtin_restricted(
		PEER_PRODUCTS_GTIN_FIRST + bench_random(&shop->random, shop->products), barcode);
	move.barcode = br_str_from(barcode);
	bench_shop_submit(shop, "stock.move", "web", &move);
}

void bench_shop_offer(struct bench_shop *shop, unsigned lines)
{
	static const struct br_order_offer nobody;

	(void)bench_shop_offer_time(shop, lines, &nobody);
}

double bench_shop_offer_time(
	struct bench_shop *shop, unsigned lines, const struct br_order_offer *says)
{
	struct br_order_offer_line items[BENCH_SALE_LINES_MAX];
	char names[BENCH_SALE_LINES_MAX][8], order[32];
	char skus[BENCH_SALE_LINES_MAX][BR_ID_BYTES_MAX + 1];
	struct br_order_offer offer = *says;
	int64_t start_us;

	br_assert(lines > 0 && lines <= BENCH_SALE_LINES_MAX && shop->products > 0);
	for (unsigned i = 0; i < lines; i++) {
		/* More than the sales before it took below nothing. */
		struct br_stock_move move = {.kind = BR_MOVE_RECEIVE, .quantity = 10000000};

		bench_sku(bench_random(&shop->random, shop->products), skus[i], sizeof(skus[i]));
		(void)snprintf(names[i], sizeof(names[i]), "%u", i + 1);
		move.sku = br_str_from(skus[i]);
		bench_shop_submit(shop, "stock.move", "web", &move);
		items[i] = (struct br_order_offer_line){.line = br_str_from(names[i]),
			.sku = br_str_from(skus[i]),
			.quantity = 1000,
			.price = 1990};
	}
	(void)snprintf(order, sizeof(order), "O%" PRIu64, ++shop->orders);
	offer.order = br_str_from(order);
	offer.lines = (struct br_list){items, lines};
	bench_shop_commit(shop);
	start_us = bench_now_us();
	bench_shop_submit(shop, "order.offer", "hq", &offer);
	bench_shop_commit(shop);
	return (double)(bench_now_us() - start_us) / 1000;
}

void bench_shop_accept(struct bench_shop *shop)
{
	struct br_order_step step;
	char order[32];

	br_assert(shop->orders > 0);
	(void)snprintf(order, sizeof(order), "O%" PRIu64, shop->orders);
	step = (struct br_order_step){.order = br_str_from(order)};
	bench_shop_submit(shop, "order.accept", "web", &step);
}

void bench_products_write(const char *path, uint64_t n)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		bench_fail(NULL, "%s: cannot be written", path);
	peer_product_csv_head(file);
	for (uint64_t i = 0; i < n; i++) {
		struct peer_product product;

		peer_product_make(SEED, i, BENCH_CURRENCY, &product);
		peer_product_csv(file, &product);
	}
	if (fclose(file) != 0)
		bench_fail(NULL, "%s: cannot be written", path);
}
