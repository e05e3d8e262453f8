/* What all orders have in common: the counters, what is held, and what the journal says of it. */
#include "node/order.h"

#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "tests/node/order_bench.h"

/* Where the pieces of an order over 3 of A (10 in the back room) are, as far as it went. */
static void test_each_unit_is_in_one_place(void)
{
	static const struct {
		const char *method, *way;
		struct br_order_counts counts;
		int64_t stock_reserved, staged, on_hand, available;
	} rows[] = {
		{"pickup", "", {.ordered = 3000}, 0, 0, 10000, 10000},
		{"pickup", "accept", {.ordered = 3000, .reserved = 3000}, 3000, 0, 10000, 7000},
		{"pickup", "accept pick1", {.ordered = 3000, .reserved = 2000, .picked = 1000},
			2000, 1000, 10000, 7000},
		{"pickup", "accept pick", {.ordered = 3000, .picked = 3000}, 0, 3000, 10000, 7000},
		{"pickup", "accept pick2 short",
			{.ordered = 3000, .picked = 2000, .shortage = 1000}, 0, 2000, 10000, 8000},
		{"pickup", "accept pick2 substitute1",
			{.ordered = 3000, .picked = 2000, .substituted = 1000}, 0, 2000, 10000,
			8000},
		{"pickup", "accept pick stage", {.ordered = 3000, .picked = 3000, .staged = 3000},
			0, 3000, 10000, 7000},
		{"pickup", "accept pick ready", {.ordered = 3000, .picked = 3000, .staged = 3000},
			0, 3000, 10000, 7000},
		{"pickup", "accept pick ready hand_over", {.ordered = 3000, .handed_over = 3000}, 0,
			0, 7000, 7000},
		{"pickup", "accept pick ready cancel",
			{.ordered = 3000, .picked = 3000, .staged = 3000}, 0, 3000, 10000, 7000},
		{"pickup", "accept pick ready cancel restock1",
			{.ordered = 3000, .picked = 2000, .staged = 2000, .restocked = 1000}, 0,
			2000, 10000, 8000},
		{"pickup", "accept pick ready cancel restock", {.ordered = 3000, .restocked = 3000},
			0, 0, 10000, 10000},
		{"pickup", "accept cancel", {.ordered = 3000}, 0, 0, 10000, 10000},
		{"ship_from_store", "accept pick pack ship", {.ordered = 3000, .shipped = 3000}, 0,
			0, 7000, 7000},
		{"endless_aisle", "accept", {.ordered = 3000}, 0, 0, 10000, 10000},
		{"endless_aisle", "accept ship", {.ordered = 3000, .shipped = 3000}, 0, 0, 10000,
			10000},
		{"return", "receive2", {.ordered = 3000, .returned = 2000}, 0, 0, 10000, 10000},
		{"return", "receive2 inspect",
			{.ordered = 3000, .returned = 2000, .restocked = 2000}, 0, 0, 12000, 12000},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_order_counts counts, sums;
		struct br_stock stock;
		struct bench bench;
		char name[32];

		(void)snprintf(name, sizeof(name), "place-%zu", i);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		order_offer(&bench, "O", rows[i].method, "");
		order_go(&bench, "O", rows[i].way);
		counts = order_line_of(&bench, "O", 0).counts;
		if (!CHECK(memcmp(&counts, &rows[i].counts, sizeof(counts)) == 0))
			printf("%s: %s\n", rows[i].method, rows[i].way);
		sums = order_of(&bench, "O").counts;
		CHECK(order_of(&bench, "O").line_n > 1 ||
			memcmp(&sums, &counts, sizeof(counts)) == 0);
		stock = br_stock_get(bench_read(&bench), BR_STR("A"));
		CHECK_INT(stock.reserved, rows[i].stock_reserved);
		CHECK_INT(stock.buckets[BR_BUCKET_STAGED], rows[i].staged);
		CHECK_INT(br_stock_on_hand(&stock), rows[i].on_hand);
		CHECK_INT(bench_available(&bench, "A"), rows[i].available);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* However it ends: what was held back is given back once, and a second end is refused. */
static void test_a_reservation_is_given_back_exactly_once(void)
{
	static const char *const ways[] = {"reject", "cancel", "hold cancel", "accept cancel",
		"accept hold cancel", "accept short", "accept pick1 cancel restock",
		"accept pick unpick cancel", "accept pick stage cancel restock",
		"accept pick ready cancel restock1 restock", "accept pick ready expire restock",
		"accept pick ready arrive expire restock1 restock"};
	struct bench bench;

	bench_open(&bench, "once");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(ways); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "O%zu", i);
		order_offer(&bench, name, "curbside", ",'collect_by':'2026-03-01T12:00:00Z'");
		order_go(&bench, name, ways[i]);
		if (!CHECK_INT(bench_available(&bench, "A"), 10000))
			printf("%s\n", ways[i]);
		CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_RESERVATION), 0);
		CHECK_INT(order_do(&bench, name, "cancel"), BR_REFUSAL_ILLEGAL_MOVE);
		CHECK_INT(order_do(&bench, name, "restock"), BR_REFUSAL_ILLEGAL_MOVE);
		CHECK_INT(bench_available(&bench, "A"), 10000);
	}
	order_offer(&bench, "H", "pickup", "");
	order_go(&bench, "H", "accept pick ready hand_over");
	CHECK_INT(order_do(&bench, "H", "cancel"), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_HAS(bench.answer.message, "handed_over: cancel is not allowed");
	CHECK_INT(bench_available(&bench, "A"), 7000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Adds up what the journal's movements say of a product. */
struct sum {
	const char *sku;
	struct br_movement movement;
};

static void sum_add(void *context, const struct br_movement *movement)
{
	struct sum *sum = context;

	if (!br_str_is(movement->sku, sum->sku))
		return;
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		sum->movement.buckets[i] += movement->buckets[i];
	sum->movement.reserved += movement->reserved;
}

static struct br_movement journal_sum(struct bench *bench, const char *sku, uint64_t from)
{
	struct sum sum = {.sku = sku};
	struct br_movement_visit visit = {sum_add, &sum};
	uint64_t head = br_core_head(bench->core);

	for (uint64_t sequence = from; sequence <= head; sequence++) {
		struct br_event event = bench_event(bench, sequence);

		if (br_event_type(&event)->movements != NULL)
			br_event_type(&event)->movements(&event, &visit);
	}
	return sum.movement;
}

/* However far an order goes, its events alone explain what it did to the stock. */
static void test_events_say_what_an_order_did_to_the_stock(void)
{
	static const char *const ways[] = {"cancel", "accept", "accept cancel", "accept pick1",
		"accept pick", "accept pick unpick", "accept pick ready",
		"accept pick2 short ready", "accept pick ready hand_over",
		"accept pick ready cancel restock", "accept split"};

	for (size_t i = 0; i < BR_ARRAY_LEN(ways); i++) {
		struct br_stock before, after;
		struct br_movement sum;
		struct bench bench;
		uint64_t head;
		char name[32];

		(void)snprintf(name, sizeof(name), "explained-%zu", i);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'fill','quantity':2}"),
			0);
		before = br_stock_get(bench_read(&bench), BR_STR("A"));
		head = br_core_head(bench.core);
		order_offer(&bench, "O", "pickup", "");
		order_go(&bench, "O", ways[i]);
		sum = journal_sum(&bench, "A", head + 1);
		after = br_stock_get(bench_read(&bench), BR_STR("A"));
		for (unsigned j = 0; j < BR_BUCKET_N; j++)
			CHECK_INT(after.buckets[j] - before.buckets[j], sum.buckets[j]);
		CHECK_INT(after.reserved - before.reserved, sum.reserved);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* Offers an order with so many lines over alternating products P0, P1 … of 9 pieces each. */
static void many_offer(struct bench *bench, int lines, int products)
{
	struct br_text text;

	br_text_init(&text, 1 << 20);
	br_text_puts(&text, "{'order':'O','lines':[");
	for (int i = 0; i < products; i++) {
		CHECK_INT(bench_do(bench, "product.upsert", "{'sku':'P%d','name':'p'}", i), 0);
		CHECK_INT(bench_do(bench, "stock.move",
				  "{'sku':'P%d','kind':'receive','quantity':9}", i),
			0);
	}
	for (int i = 0; i < lines; i++)
		br_text_printf(&text, "%s{'line':'%d','sku':'P%d','quantity':0.%d}",
			i > 0 ? "," : "", i, i % products, 1 + i % 5);
	br_text_puts(&text, "]}");
	CHECK_INT(bench_submit(bench, "many", "order.offer", text.bytes, true), 0);
	br_text_finish(&text);
}

/* An order of more lines than one event holds says the rest right behind. */
static void test_an_order_of_many_lines_says_all(void)
{
	enum { LINES = 2 * BR_ORDER_CHANGES_PER_EVENT_MAX + 1 };
	enum br_order_verb verb = BR_VERB_N;
	const struct br_order_moved *moved;
	struct br_event event;
	struct bench bench;
	uint64_t first;

	bench_open(&bench, "many-lines");
	many_offer(&bench, LINES, LINES);
	CHECK_INT(order_do(&bench, "O", "accept"), 0);
	first = bench.answer.sequence;
	CHECK_INT(br_core_head(bench.core), first + 2);
	event = bench_event(&bench, first);
	CHECK_INT(event.kind, BR_EVENT_ORDER_ACCEPTED);
	moved = event.body;
	CHECK_INT(moved->left, LINES - BR_ORDER_CHANGES_PER_EVENT_MAX);
	CHECK_INT(moved->state, BR_ORDER_ACCEPTED);
	event = bench_event(&bench, first + 2);
	CHECK_INT(event.kind, BR_EVENT_ORDER_MOVEMENTS);
	CHECK_INT(br_order_event_changes(&event, &verb)->n, 1);
	CHECK_INT(verb, BR_VERB_ACCEPT);
	for (int i = 0; i < LINES; i++) {
		char sku[16];

		(void)snprintf(sku, sizeof(sku), "P%d", i);
		CHECK_INT(journal_sum(&bench, sku, first).reserved, (1 + i % 5) * 100);
		CHECK_INT(br_history_newest(bench_read(&bench), BR_NOUN_PRODUCT, br_str_from(sku)),
			first + (uint64_t)(i / BR_ORDER_CHANGES_PER_EVENT_MAX));
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* The largest order there can be goes all the way, each of its lines picked by itself. */
static void test_an_order_of_a_hundred_lines(void)
{
	struct bench bench;

	bench_open(&bench, "hundred");
	many_offer(&bench, BR_ORDER_LINES_MAX, 7);
	CHECK_INT(order_do(&bench, "O", "accept"), 0);
	for (int i = 0; i < BR_ORDER_LINES_MAX; i++)
		CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'%d'}", i), 0);
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_PICKED);
	CHECK_INT(order_line_of(&bench, "O", 99).counts.picked, 500);
	order_go(&bench, "O", "stage ready hand_over");
	CHECK_INT(order_of(&bench, "O").counts.handed_over, 30000);
	CHECK_INT(bench_bucket(&bench, "P3", BR_BUCKET_STAGED), 0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_stale_version_is_refused(void)
{
	struct bench bench;

	bench_open(&bench, "version");
	bench_catalogue(&bench);
	order_offer(&bench, "O", "pickup", "");
	order_go(&bench, "O", "accept");
	CHECK_INT(order_of(&bench, "O").version, 2);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1','version':1}"),
		BR_REFUSAL_VERSION);
	CHECK_HAS(bench.answer.message, "it is accepted now (version 2, not 1)");
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1','version':2}"), 0);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'X','line':'1'}"),
		BR_REFUSAL_UNKNOWN_ORDER);
	bench_close(&bench);
}

static bool walk_count(void *context, const struct br_order *order)
{
	unsigned *n = context;

	CHECK(!br_order_ended(order->state));
	return ++*n < 2;
}

static void test_open_orders_are_walked(void)
{
	unsigned n = 0;
	struct bench bench;

	bench_open(&bench, "walk");
	bench_catalogue(&bench);
	order_offer(&bench, "O1", "pickup", "");
	order_offer(&bench, "O2", "return", "");
	order_offer(&bench, "O3", "endless_aisle", "");
	order_go(&bench, "O1", "cancel");
	br_order_open_walk(bench_read(&bench), &bench.arena, walk_count, &n);
	CHECK_INT(n, 2);
	order_offer(&bench, "O4", "pickup", "");
	n = 0;
	/* The visitor ends the walk. */
	br_order_open_walk(bench_read(&bench), &bench.arena, walk_count, &n);
	CHECK_INT(n, 2);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_each_unit_is_in_one_place);
	TEST(test_a_reservation_is_given_back_exactly_once);
	TEST(test_events_say_what_an_order_did_to_the_stock);
	TEST(test_an_order_of_many_lines_says_all);
	TEST(test_an_order_of_a_hundred_lines);
	TEST(test_a_stale_version_is_refused);
	TEST(test_open_orders_are_walked);
	return test_end(argc, argv);
}
