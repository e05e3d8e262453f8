/* The views as they are compared: which items there are, and what their values say. */
#include "cloud-sync/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/tables.h"
#include "tests/cloud-sync/shop.h"

#define HOUR_MS INT64_C(3600000)

static struct shop shop;
static struct br_arena arena;
static struct br_text text;

static void begin(const char *name)
{
	shop_open(&shop, name);
	br_arena_init(&arena, 1 << 20);
	br_text_init(&text, 1 << 16);
	shop_catalogue(&shop);
}

static void end(void)
{
	br_text_finish(&text);
	br_arena_finish(&arena);
	shop_close(&shop);
}

static void run(const char *type, const char *data)
{
	char json[1024];

	(void)snprintf(json, sizeof(json), "{\"id\":\"v%" PRIu64 "\",\"type\":\"%s\",\"data\":%s}",
		++shop.command_n, type, data);
	shop_run(&shop, json);
	if (!CHECK_INT(shop.answer.outcome, BR_OUTCOME_ACCEPTED))
		printf("%s: %s\n", json, shop.answer.message);
}

static const char *value(enum br_view view, const char *key, int64_t at_ms)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	br_text_clear(&text);
	br_text_puts(&text, "");
	CHECK_INT(br_view_value(txn, view, br_str_from(key), at_ms, &arena, &text), 0);
	return text.n > 0 ? text.bytes : "";
}

/* Reads a view in slices of so many rows; the set is the caller's. */
static struct br_range_set *read_all(
	enum br_view view, uint64_t after, unsigned rows, unsigned *ret_slices)
{
	static const unsigned char key[BR_RANGE_KEY_BYTES] = {5};
	struct br_range_set *set = NULL;
	struct br_view_walk walk;
	int more = 1;

	*ret_slices = 0;
	REQUIRE(br_range_set_create(key, &set) == 0);
	br_view_walk_begin(&walk, view, after, SHOP_WALL_MS);
	while (more > 0) {
		BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

		REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
		more = br_view_walk_step(&walk, txn, set, rows, &arena, &text);
		++*ret_slices;
	}
	CHECK_INT(more, 0);
	return set;
}

static void test_stock_in_its_ten_counters(void)
{
	begin("stock");
	CHECK_TEXT(value(BR_VIEW_STOCK, "A", 0), "1000000|0|0|0|0|0|0|0|0|0");
	run("stock.move", "{\"sku\":\"A\",\"kind\":\"put_away\",\"quantity\":10}");
	run("stock.move", "{\"sku\":\"A\",\"kind\":\"damage\",\"quantity\":1.5,\"reason\":\"x\"}");
	run("rights.grant", "{\"sku\":\"A\",\"quantity\":7}");
	CHECK_TEXT(value(BR_VIEW_STOCK, "A", 0), "990000|8500|0|1500|0|0|0|0|0|7000");
	CHECK_TEXT(value(BR_VIEW_STOCK, "Z", 0), "");
	/* What has come to nothing is no item. */
	run("product.upsert", "{\"sku\":\"F\",\"name\":\"f\"}");
	run("stock.move", "{\"sku\":\"F\",\"kind\":\"adjust\",\"quantity\":1,\"reason\":\"x\"}");
	run("stock.move", "{\"sku\":\"F\",\"kind\":\"adjust\",\"quantity\":-1,\"reason\":\"x\"}");
	CHECK_TEXT(value(BR_VIEW_STOCK, "F", 0), "");
	end();
}

static void test_orders_with_their_lines(void)
{
	begin("orders");
	run("order.offer", "{\"order\":\"O1\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\","
			   "\"quantity\":2},{\"line\":\"2\",\"sku\":\"B\",\"quantity\":1}]}");
	CHECK_TEXT(value(BR_VIEW_ORDERS, "O1", 0),
		"offered\n0|2000|0|0|0|0|0|0|0|0|0\n1|1000|0|0|0|0|0|0|0|0|0\n");
	run("order.accept", "{\"order\":\"O1\"}");
	CHECK_TEXT(value(BR_VIEW_ORDERS, "O1", 0),
		"accepted\n0|2000|2000|0|0|0|0|0|0|0|0\n1|1000|1000|0|0|0|0|0|0|0|0\n");
	CHECK_TEXT(value(BR_VIEW_ORDERS, "O2", 0), "");
	end();
}

/* Open orders always; ended ones only when their last event is behind the border. */
static void test_old_orders_are_left_out(void)
{
	struct br_range_set *set;
	uint64_t ended;
	unsigned slices;

	begin("old");
	run("order.offer", "{\"order\":\"O1\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\","
			   "\"quantity\":2}]}");
	run("order.offer", "{\"order\":\"O2\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\","
			   "\"quantity\":2}]}");
	run("order.reject", "{\"order\":\"O1\",\"reason\":\"no\"}");
	ended = shop.answer.sequence;
	set = read_all(BR_VIEW_ORDERS, ended - 1, 100, &slices);
	CHECK_INT(br_range_set_n(set), 2);
	br_range_set_destroy(set);
	set = read_all(BR_VIEW_ORDERS, ended, 100, &slices);
	CHECK_INT(br_range_set_n(set), 1);
	CHECK_STR(br_range_set_key(set, 0), "O2");
	br_range_set_destroy(set);
	end();
}

/*
 * The price that counts, without its beginning, and what is planned, with it; not what is over, was
 * taken back, or this store decided for an emergency.
 */
static void test_prices_that_count_and_are_planned(void)
{
	int64_t now_ms;

	begin("prices");
	now_ms = SHOP_WALL_MS + shop.boot_ms;
	CHECK_TEXT(value(BR_VIEW_PRICES, "A", now_ms), "");
	run("price.set", "{\"sku\":\"A\",\"amount\":2.5,\"currency\":\"EUR\"}");
	run("price.set", "{\"sku\":\"A\",\"amount\":2.49,\"currency\":\"EUR\"}");
	CHECK_TEXT(value(BR_VIEW_PRICES, "A", now_ms), "regular|2490|EUR||\n");
	run("price.set", "{\"sku\":\"A\",\"kind\":\"promotion\",\"amount\":2,\"currency\":\"EUR\","
			 "\"from\":\"2026-03-02T00:00:00Z\",\"to\":\"2026-03-03T00:00:00Z\"}");
	run("price.set", "{\"sku\":\"A\",\"amount\":3,\"currency\":\"EUR\",\"from\":"
			 "\"2026-03-05T00:00:00Z\"}");
	CHECK_TEXT(value(BR_VIEW_PRICES, "A", now_ms),
		"promotion|2000|EUR|1772409600000|1772496000000\nregular|2490|EUR||\n"
		"regular|3000|EUR|1772668800000|\n");
	/* Later it counts, and then it is over. */
	CHECK_TEXT(value(BR_VIEW_PRICES, "A", INT64_C(1772409600000)),
		"promotion|2000|EUR||1772496000000\nregular|2490|EUR||\n"
		"regular|3000|EUR|1772668800000|\n");
	CHECK_TEXT(value(BR_VIEW_PRICES, "A", INT64_C(1772668800000)), "regular|3000|EUR||\n");
	run("price.cancel", "{\"sku\":\"A\",\"kind\":\"promotion\",\"from\":"
			    "\"2026-03-02T00:00:00Z\",\"reason\":\"x\"}");
	run("price.set", "{\"sku\":\"A\",\"kind\":\"override\",\"amount\":1,\"currency\":\"EUR\","
			 "\"to\":\"2026-03-01T20:00:00Z\",\"reason\":\"x\"}");
	CHECK_TEXT(value(BR_VIEW_PRICES, "A", now_ms),
		"regular|2490|EUR||\nregular|3000|EUR|1772668800000|\n");
	end();
}

static void test_products_without_their_places(void)
{
	begin("catalogue");
	CHECK_TEXT(value(BR_VIEW_CATALOGUE, "A", 0),
		"{\"sku\":\"A\",\"name\":\"Product A\",\"sold_by\":\"piece\",\"content_unit\":"
		"\"piece\"}");
	run("product.upsert",
		"{\"sku\":\"A\",\"name\":\"a\",\"gtins\":[\"4006381333931\"],\"content\":0.25,"
		"\"content_unit\":\"l\",\"age\":16,\"fragile\":true,\"positions\":[{\"department\":"
		"\"Z\"}]}");
	CHECK_TEXT(value(BR_VIEW_CATALOGUE, "A", 0),
		"{\"sku\":\"A\",\"name\":\"a\",\"gtins\":[\"4006381333931\"],\"sold_by\":\"piece\","
		"\"content\":0.25,\"content_unit\":\"l\",\"age\":16,\"fragile\":true}");
	end();
}

/* However small the slices, each row comes once. */
static void test_slices_of_any_size(void)
{
	static const unsigned sizes[] = {1, 2, 3, 5, 6, 1000};
	struct br_range_sum all = {0, 0};

	begin("slices");
	for (size_t i = 0; i < BR_ARRAY_LEN(sizes); i++) {
		struct br_range_set *set;
		unsigned slices;

		set = read_all(BR_VIEW_CATALOGUE, 0, sizes[i], &slices);
		CHECK_INT(br_range_set_n(set), 5);
		CHECK(slices <= 5 / sizes[i] + 2);
		if (i == 0)
			all = br_range_set_sum(set, 0, 5);
		CHECK(br_range_sum_equal(all, br_range_set_sum(set, 0, 5)));
		br_range_set_destroy(set);
	}
	end();
}

static void test_what_touched_a_key_last(void)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t moved;

	begin("touched");
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	moved = shop.answer.sequence;
	shop_adjust(&shop, "B", -1);
	shop_turn(&shop);
	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	CHECK_INT(br_view_touched(txn, BR_VIEW_STOCK, BR_STR("A")), br_core_head(shop.core) - 1);
	CHECK_INT(br_view_touched(txn, BR_VIEW_PRICES, BR_STR("B")), br_core_head(shop.core));
	CHECK_INT(br_view_touched(txn, BR_VIEW_ORDERS, BR_STR("A")), 0);
	CHECK_INT(br_view_touched(txn, BR_VIEW_STOCK, BR_STR("Z")), 0);
	CHECK(moved <= br_core_head(shop.core));
	br_txn_cleanup(&txn);
	txn = NULL;
	end();
}

/* Events an hour apart: the border lies between them, at both ends, too. */
static void test_the_sequence_of_an_instant(void)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t first;
	int64_t first_ms;

	begin("instant");
	first = br_core_head(shop.core);
	first_ms = SHOP_WALL_MS + shop.boot_ms;
	for (unsigned i = 0; i < 5; i++) {
		shop.boot_ms += HOUR_MS;
		shop_adjust(&shop, "A", -1);
		shop_turn(&shop);
	}
	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	CHECK_INT(br_view_sequence_at(txn, first_ms, &arena), 0);
	CHECK_INT(br_view_sequence_at(txn, first_ms + 1, &arena), first);
	for (unsigned i = 1; i <= 5; i++)
		CHECK_INT(br_view_sequence_at(txn, first_ms + i * HOUR_MS + 1, &arena), first + i);
	CHECK_INT(br_view_sequence_at(txn, INT64_MAX, &arena), first + 5);
	br_txn_cleanup(&txn);
	txn = NULL;
	end();
}

int main(int argc, char **argv)
{
	TEST(test_stock_in_its_ten_counters);
	TEST(test_orders_with_their_lines);
	TEST(test_old_orders_are_left_out);
	TEST(test_prices_that_count_and_are_planned);
	TEST(test_products_without_their_places);
	TEST(test_slices_of_any_size);
	TEST(test_what_touched_a_key_last);
	TEST(test_the_sequence_of_an_instant);
	return test_end(argc, argv);
}
