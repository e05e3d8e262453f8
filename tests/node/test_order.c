#include "node/order.h"

#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "tests/node/bench.h"

/* The states on the way to each one, in order. */
static const char *const ways[BR_ORDER_STATE_N][5] = {
	[BR_ORDER_OFFERED] = {NULL},
	[BR_ORDER_ACCEPTED] = {"accepted", NULL},
	[BR_ORDER_PICKED] = {"accepted", "picked", NULL},
	[BR_ORDER_READY] = {"accepted", "picked", "ready", NULL},
	[BR_ORDER_HANDED_OVER] = {"accepted", "picked", "ready", "handed_over", NULL},
	[BR_ORDER_CANCELLED] = {"cancelled", NULL},
};

static struct br_order order_of(struct bench *bench, const char *name)
{
	struct br_order order;

	REQUIRE(br_order_get(bench_read(bench), br_str_from(name), &bench->arena, &order) == 0);
	return order;
}

static struct br_order_line line_of(struct bench *bench, const char *name, uint32_t index)
{
	struct br_order_line line;

	REQUIRE(br_order_line_get(
			bench_read(bench), br_str_from(name), index, &bench->arena, &line) == 0);
	return line;
}

static enum br_refusal advance(struct bench *bench, const char *name, const char *to)
{
	return bench_do(bench, "order.advance", "{'order':'%s','to':'%s'}", name, to);
}

/* Offers an order of `quantity` pieces of A and brings it into `state`. */
static void order_bring(
	struct bench *bench, const char *name, int quantity, enum br_order_state state)
{
	CHECK_INT(bench_do(bench, "order.offer",
			  "{'order':'%s','lines':[{'line':'1','sku':'A','quantity':%d}]}", name,
			  quantity),
		0);
	for (unsigned i = 0; ways[state][i] != NULL; i++)
		CHECK_INT(advance(bench, name, ways[state][i]), 0);
	CHECK_INT(order_of(bench, name).state, state);
}

static void test_an_offer_keeps_every_field(void)
{
	struct br_order_line line;
	struct br_order order;
	struct bench bench;

	bench_open(&bench, "offer");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','channel':'app','method':'curbside','customer':'c-7',"
			  "'placed':'2026-03-01T09:00:00Z','accept_by':'2026-03-01T10:00:00Z',"
			  "'ready_by':'2026-03-01T11:00:00Z','collect_by':'2026-03-01T12:00:00Z',"
			  "'note':'ring twice','lines':[{'line':'x','sku':'A','quantity':2,"
			  "'price':2.5},{'line':'y','sku':'B','quantity':0.5}]}"),
		0);
	order = order_of(&bench, "O");
	CHECK_INT(order.channel, 1);
	CHECK_INT(order.method, 1);
	CHECK_STR(order.customer, "c-7");
	CHECK_STR(order.note, "ring twice");
	CHECK_INT(order.line_n, 2);
	CHECK_INT(order.version, 1);
	CHECK_INT(order.since, BENCH_NOW_MS);
	CHECK_INT(order.ready_by - order.accept_by, 3600000);
	line = line_of(&bench, "O", 0);
	CHECK_STR(line.line, "x");
	CHECK_INT(line.ordered, 2000);
	CHECK_INT(line.price, 2500);
	CHECK_INT(line_of(&bench, "O", 1).ordered, 500);
	CHECK_INT(line.reserved + line.picked + line.handed_over, 0);
	/* An offer holds nothing back yet. */
	CHECK_INT(bench_available(&bench, "A"), 10000);
	bench_close(&bench);
}

static void test_what_an_offer_refuses(void)
{
	struct bench bench;

	bench_open(&bench, "offers");
	bench_catalogue(&bench);
	order_bring(&bench, "O", 1, BR_ORDER_ACCEPTED);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':1}]}"),
		BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "is here already and is accepted");
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'P','lines':[{'line':'1','sku':'A','quantity':1},"
			  "{'line':'2','sku':'Z','quantity':1}]}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_HAS(bench.answer.message, "lines[1].sku \"Z\"");
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'P','lines':[{'line':'1','sku':'A','quantity':1},"
			  "{'line':'1','sku':'B','quantity':1}]}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "lines[1].line \"1\": stands twice");
	CHECK_INT(
		bench_do(&bench, "order.offer", "{'order':'P','lines':[]}"), BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'P','method':'mail','lines':[{'line':'1','sku':'A','quantity':"
			  "1}]}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "allowed is one of: pickup, curbside");
	bench_close(&bench);
}

/* Every pair of states: what the table has is done, everything else refused with what is allowed.
 */
static void test_every_move_of_the_table(void)
{
	static const unsigned allowed[BR_ORDER_STATE_N] = {
		[BR_ORDER_OFFERED] = 1u << BR_ORDER_ACCEPTED | 1u << BR_ORDER_CANCELLED,
		[BR_ORDER_ACCEPTED] = 1u << BR_ORDER_PICKED | 1u << BR_ORDER_CANCELLED,
		[BR_ORDER_PICKED] = 1u << BR_ORDER_READY | 1u << BR_ORDER_CANCELLED,
		[BR_ORDER_READY] = 1u << BR_ORDER_HANDED_OVER | 1u << BR_ORDER_CANCELLED,
	};
	struct bench bench;

	bench_open(&bench, "moves");
	bench_catalogue(&bench);
	CHECK_INT(
		bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1000}"), 0);
	for (unsigned from = 0; from < BR_ORDER_STATE_N; from++)
		for (unsigned to = 0; to < BR_ORDER_STATE_N; to++) {
			bool may = (allowed[from] >> to & 1) != 0;
			char name[16];

			(void)snprintf(name, sizeof(name), "O-%u-%u", from, to);
			order_bring(&bench, name, 1, from);
			CHECK_INT(br_order_move_allowed(from, to), may);
			CHECK_INT(advance(&bench, name, br_order_state_words[to]),
				may ? 0 : BR_REFUSAL_ILLEGAL_MOVE);
			CHECK_INT(order_of(&bench, name).state, may ? to : from);
			if (may)
				continue;
			CHECK_HAS(bench.answer.message, br_order_state_words[from]);
			CHECK_HAS(bench.answer.message,
				allowed[from] != 0 ? "cancelled" : "allowed is: nothing");
		}
	for (unsigned state = 0; state < BR_ORDER_STATE_N; state++)
		CHECK_INT(br_order_ended(state), allowed[state] == 0);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Where the pieces of an order over 4 of A (10 in the back room) are in each state. */
static void test_each_unit_is_in_one_place(void)
{
	static const struct {
		enum br_order_state state;
		int64_t reserved, picked, handed_over;
		int64_t stock_reserved, staged, on_hand, available;
	} rows[] = {
		{BR_ORDER_OFFERED, 0, 0, 0, 0, 0, 10000, 10000},
		{BR_ORDER_ACCEPTED, 4000, 0, 0, 4000, 0, 10000, 6000},
		{BR_ORDER_PICKED, 0, 4000, 0, 0, 4000, 10000, 6000},
		{BR_ORDER_READY, 0, 4000, 0, 0, 4000, 10000, 6000},
		{BR_ORDER_HANDED_OVER, 0, 0, 4000, 0, 0, 6000, 6000},
		{BR_ORDER_CANCELLED, 0, 0, 0, 0, 0, 10000, 10000},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_order_line line;
		struct br_stock stock;
		struct bench bench;
		char name[32];

		(void)snprintf(name, sizeof(name), "place-%zu", i);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		order_bring(&bench, "O", 4, rows[i].state);
		line = line_of(&bench, "O", 0);
		CHECK_INT(line.reserved, rows[i].reserved);
		CHECK_INT(line.picked, rows[i].picked);
		CHECK_INT(line.handed_over, rows[i].handed_over);
		stock = br_stock_get(bench_read(&bench), BR_STR("A"));
		CHECK_INT(stock.reserved, rows[i].stock_reserved);
		CHECK_INT(stock.buckets[BR_BUCKET_STAGED], rows[i].staged);
		CHECK_INT(br_stock_on_hand(&stock), rows[i].on_hand);
		CHECK_INT(bench_available(&bench, "A"), rows[i].available);
		bench_close(&bench);
	}
}

static void test_demand_is_summed_over_the_lines_of_a_product(void)
{
	struct bench bench;

	bench_open(&bench, "sum");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':6},{'line':'2',"
			  "'sku':'B','quantity':1},{'line':'3','sku':'A','quantity':6}]}"),
		0);
	CHECK_INT(advance(&bench, "O", "accepted"), BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_HAS(bench.answer.message, "product \"A\": the order needs 12, available is 10");
	CHECK_INT(order_of(&bench, "O").state, BR_ORDER_OFFERED);
	CHECK_INT(bench_available(&bench, "B"), 20000);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':2}"), 0);
	CHECK_INT(advance(&bench, "O", "accepted"), 0);
	CHECK_INT(bench_available(&bench, "A"), 0);
	CHECK_INT(bench_available(&bench, "B"), 19000);
	bench_close(&bench);
}

static void test_what_one_order_holds_another_cannot_have(void)
{
	struct bench bench;

	bench_open(&bench, "holds");
	bench_catalogue(&bench);
	order_bring(&bench, "O1", 7, BR_ORDER_ACCEPTED);
	order_bring(&bench, "O2", 4, BR_ORDER_OFFERED);
	CHECK_INT(advance(&bench, "O2", "accepted"), BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_INT(advance(&bench, "O1", "picked"), 0);
	CHECK_INT(advance(&bench, "O2", "accepted"), BR_REFUSAL_INSUFFICIENT_STOCK);
	CHECK_INT(advance(&bench, "O1", "cancelled"), 0);
	CHECK_INT(advance(&bench, "O2", "accepted"), 0);
	bench_close(&bench);
}

/* However it ends: what was held back is given back once, and a second end is refused. */
static void test_a_reservation_is_given_back_exactly_once(void)
{
	static const enum br_order_state from[] = {
		BR_ORDER_OFFERED, BR_ORDER_ACCEPTED, BR_ORDER_PICKED, BR_ORDER_READY};
	struct bench bench;

	bench_open(&bench, "once");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(from); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "O%zu", i);
		order_bring(&bench, name, 10, from[i]);
		CHECK_INT(advance(&bench, name, "cancelled"), 0);
		CHECK_INT(bench_available(&bench, "A"), 10000);
		CHECK_INT(advance(&bench, name, "cancelled"), BR_REFUSAL_ILLEGAL_MOVE);
		CHECK_INT(bench_available(&bench, "A"), 10000);
	}
	order_bring(&bench, "H", 10, BR_ORDER_HANDED_OVER);
	CHECK_INT(advance(&bench, "H", "cancelled"), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_INT(bench_available(&bench, "A"), 0);
	bench_close(&bench);
}

static void test_picking_takes_the_shelf_first(void)
{
	struct bench bench;

	bench_open(&bench, "pick");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'fill','quantity':3}"), 0);
	order_bring(&bench, "O", 5, BR_ORDER_PICKED);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_SHELF), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_BACKROOM), 5000);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_STAGED), 5000);
	bench_close(&bench);
}

/* The till sold what an order had reserved: the order is picked all the same, the shelf shows it.
 */
static void test_picking_what_was_sold_meanwhile_shows_on_the_shelf(void)
{
	struct bench bench;

	bench_open(&bench, "oversold");
	bench_catalogue(&bench);
	order_bring(&bench, "O", 6, BR_ORDER_ACCEPTED);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':8,'price':1}]}"),
		0);
	CHECK_INT(bench_available(&bench, "A"), -4000);
	CHECK_INT(advance(&bench, "O", "picked"), 0);
	CHECK_INT(bench_bucket(&bench, "A", BR_BUCKET_STAGED), 6000);
	CHECK_INT(bench_available(&bench, "A"), -4000);
	CHECK_INT(advance(&bench, "O", "cancelled"), 0);
	CHECK_INT(bench_available(&bench, "A"), 2000);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Adds up what the journal says of a product from `from` on; what was not said is 0. */
static struct br_order_movement journal_sum(struct bench *bench, const char *sku, uint64_t from)
{
	struct br_order_movement sum = {.reserved = 0};
	uint64_t head = br_core_head(bench->core);

	for (uint64_t sequence = from; sequence <= head; sequence++) {
		struct br_event event = bench_event(bench, sequence);
		enum br_order_state to = BR_ORDER_OFFERED;
		const struct br_list *movements = br_order_event_movements(&event, &to);

		for (uint32_t i = 0; movements != NULL && i < movements->n; i++) {
			const struct br_order_movement *movement =
				BR_LIST_AT(*movements, br_order_movement, i);

			CHECK(to != BR_ORDER_OFFERED);
			if (!br_str_is(movement->sku, sku))
				continue;
			sum.reserved += movement->reserved;
			sum.backroom += movement->backroom;
			sum.shelf += movement->shelf;
			sum.staged += movement->staged;
		}
	}
	return sum;
}

/* However far an order goes, its events alone explain what it did to the stock. */
static void test_events_say_what_a_move_did_to_the_stock(void)
{
	static const struct {
		const char *moves[5];
		int64_t reserved, backroom, shelf, staged;
	} rows[] = {
		{{"cancelled"}, 0, 0, 0, 0},
		{{"accepted"}, 5000, 0, 0, 0},
		{{"accepted", "cancelled"}, 0, 0, 0, 0},
		{{"accepted", "picked"}, 0, -2000, -3000, 5000},
		{{"accepted", "picked", "ready"}, 0, -2000, -3000, 5000},
		{{"accepted", "picked", "ready", "handed_over"}, 0, -2000, -3000, 0},
		{{"accepted", "picked", "cancelled"}, 0, -2000, 2000, 0},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_order_movement sum;
		struct br_stock stock;
		struct bench bench;
		uint64_t before;
		char name[32];

		(void)snprintf(name, sizeof(name), "explained-%zu", i);
		bench_open(&bench, name);
		bench_catalogue(&bench);
		CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'fill','quantity':3}"),
			0);
		before = br_core_head(bench.core);
		/* Two lines of one product are one movement: the shelf's three are picked once. */
		CHECK_INT(bench_do(&bench, "order.offer",
				  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':2},"
				  "{'line':'2','sku':'A','quantity':3}]}"),
			0);
		for (unsigned j = 0; j < 5 && rows[i].moves[j] != NULL; j++)
			CHECK_INT(advance(&bench, "O", rows[i].moves[j]), 0);
		sum = journal_sum(&bench, "A", before + 1);
		CHECK_INT(sum.reserved, rows[i].reserved);
		CHECK_INT(sum.backroom, rows[i].backroom);
		CHECK_INT(sum.shelf, rows[i].shelf);
		CHECK_INT(sum.staged, rows[i].staged);
		stock = br_stock_get(bench_read(&bench), BR_STR("A"));
		CHECK_INT(stock.reserved, rows[i].reserved);
		CHECK_INT(stock.buckets[BR_BUCKET_BACKROOM], 7000 + rows[i].backroom);
		CHECK_INT(stock.buckets[BR_BUCKET_SHELF], 3000 + rows[i].shelf);
		CHECK_INT(stock.buckets[BR_BUCKET_STAGED], rows[i].staged);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

/* An order of more products than one event holds says the rest right behind. */
static void test_an_order_of_many_products_says_all(void)
{
	enum { PRODUCTS = 2 * BR_ORDER_MOVEMENTS_PER_EVENT_MAX + 1 };
	enum br_order_state to = BR_ORDER_OFFERED;
	struct br_event event;
	struct bench bench;
	struct br_text text;
	uint64_t picked;

	bench_open(&bench, "many-products");
	br_text_init(&text, 1 << 20);
	br_text_puts(&text, "{'order':'O','lines':[");
	for (int i = 0; i < PRODUCTS; i++) {
		CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'P%d','name':'p'}", i), 0);
		CHECK_INT(bench_do(&bench, "stock.move",
				  "{'sku':'P%d','kind':'receive','quantity':9}", i),
			0);
		br_text_printf(&text, "%s{'line':'%d','sku':'P%d','quantity':%d}", i > 0 ? "," : "",
			i, i, 1 + i % 5);
	}
	br_text_puts(&text, "]}");
	CHECK_INT(bench_submit(&bench, "o", "order.offer", text.bytes, true), 0);
	CHECK_INT(advance(&bench, "O", "accepted"), 0);
	CHECK_INT(advance(&bench, "O", "picked"), 0);
	picked = bench.answer.sequence;
	CHECK_INT(br_core_head(bench.core), picked + 2);
	event = bench_event(&bench, picked);
	CHECK_INT(event.kind, BR_EVENT_ORDER_PICKED);
	event = bench_event(&bench, picked + 2);
	CHECK_INT(event.kind, BR_EVENT_ORDER_MOVEMENTS);
	CHECK_INT(br_order_event_movements(&event, &to)->n, 1);
	CHECK_INT(to, BR_ORDER_PICKED);
	for (int i = 0; i < PRODUCTS; i++) {
		char sku[16];

		(void)snprintf(sku, sizeof(sku), "P%d", i);
		CHECK_INT(journal_sum(&bench, sku, picked).staged, (1 + i % 5) * 1000);
		CHECK_INT(bench_bucket(&bench, sku, BR_BUCKET_STAGED), (1 + i % 5) * 1000);
		CHECK_INT(br_history_newest(bench_read(&bench), BR_NOUN_PRODUCT, br_str_from(sku)),
			picked + (uint64_t)(i / BR_ORDER_MOVEMENTS_PER_EVENT_MAX));
	}
	CHECK_INT(order_of(&bench, "O").sequence, picked);
	bench_verify(&bench);
	br_text_finish(&text);
	bench_close(&bench);
}

static void test_a_stale_version_is_refused(void)
{
	struct bench bench;

	bench_open(&bench, "version");
	bench_catalogue(&bench);
	order_bring(&bench, "O", 1, BR_ORDER_ACCEPTED);
	CHECK_INT(order_of(&bench, "O").version, 2);
	CHECK_INT(bench_do(&bench, "order.advance", "{'order':'O','to':'picked','version':1}"),
		BR_REFUSAL_VERSION);
	CHECK_HAS(bench.answer.message, "it is accepted now (version 2, not 1)");
	CHECK_INT(bench_do(&bench, "order.advance", "{'order':'O','to':'picked','version':2}"), 0);
	CHECK_INT(bench_do(&bench, "order.advance", "{'order':'X','to':'picked'}"),
		BR_REFUSAL_UNKNOWN_ORDER);
	CHECK_INT(bench_do(&bench, "order.advance", "{'order':'O','to':'lost'}"),
		BR_REFUSAL_MALFORMED);
	bench_close(&bench);
}

static void test_open_orders_are_those_not_ended(void)
{
	struct bench bench;

	bench_open(&bench, "open");
	bench_catalogue(&bench);
	order_bring(&bench, "O1", 1, BR_ORDER_OFFERED);
	order_bring(&bench, "O2", 1, BR_ORDER_READY);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_ORDER_OPEN), 2);
	CHECK_INT(advance(&bench, "O1", "cancelled"), 0);
	CHECK_INT(advance(&bench, "O2", "handed_over"), 0);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_ORDER_OPEN), 0);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_ORDER), 2);
	bench_close(&bench);
}

static void test_the_due_time_is_that_of_the_state(void)
{
	struct br_order order = {.accept_by = 1, .ready_by = 2, .collect_by = 3};
	static const int64_t due[BR_ORDER_STATE_N] = {1, 2, 2, 3, 0, 0};

	for (unsigned state = 0; state < BR_ORDER_STATE_N; state++) {
		order.state = (uint8_t)state;
		CHECK_INT(br_order_due_ms(&order), due[state]);
	}
}

static void test_an_order_of_a_hundred_lines(void)
{
	struct bench bench;
	struct br_text text;

	bench_open(&bench, "hundred");
	bench_catalogue(&bench);
	br_text_init(&text, 1 << 20);
	br_text_puts(&text, "{'order':'O','lines':[");
	for (int i = 0; i < BR_ORDER_LINES_MAX; i++)
		br_text_printf(&text, "%s{'line':'%d','sku':'%s','quantity':0.1}", i > 0 ? "," : "",
			i, i % 2 == 0 ? "A" : "B");
	br_text_puts(&text, "]}");
	CHECK_INT(bench_submit(&bench, "o", "order.offer", text.bytes, true), 0);
	CHECK_INT(advance(&bench, "O", "accepted"), 0);
	CHECK_INT(bench_available(&bench, "A"), 5000);
	CHECK_INT(advance(&bench, "O", "picked"), 0);
	CHECK_INT(line_of(&bench, "O", 99).picked, 100);
	CHECK_INT(bench_bucket(&bench, "B", BR_BUCKET_STAGED), 5000);
	bench_verify(&bench);
	br_text_finish(&text);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_an_offer_keeps_every_field);
	TEST(test_what_an_offer_refuses);
	TEST(test_every_move_of_the_table);
	TEST(test_each_unit_is_in_one_place);
	TEST(test_demand_is_summed_over_the_lines_of_a_product);
	TEST(test_what_one_order_holds_another_cannot_have);
	TEST(test_a_reservation_is_given_back_exactly_once);
	TEST(test_picking_takes_the_shelf_first);
	TEST(test_picking_what_was_sold_meanwhile_shows_on_the_shelf);
	TEST(test_events_say_what_a_move_did_to_the_stock);
	TEST(test_an_order_of_many_products_says_all);
	TEST(test_a_stale_version_is_refused);
	TEST(test_open_orders_are_those_not_ended);
	TEST(test_the_due_time_is_that_of_the_state);
	TEST(test_an_order_of_a_hundred_lines);
	return test_end(argc, argv);
}
