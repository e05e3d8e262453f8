#include "node/stock.h"

#include "node/history.h"
#include "tests/node/bench.h"

static struct br_stock_moved moved_last(struct bench *bench)
{
	struct br_event event = bench_event(bench, br_core_head(bench->core));

	REQUIRE(event.kind == BR_EVENT_STOCK_MOVED);
	return *(const struct br_stock_moved *)event.body;
}

static void test_each_kind_moves_its_buckets(void)
{
	static const struct {
		const char *kind, *rest;
		int64_t backroom, shelf;
	} rows[] = {
		{"receive", "'quantity':10", 10000, 0},
		{"fill", "'quantity':4", 6000, 4000},
		{"adjust", "'quantity':-1.5", 6000, 2500},
		{"waste", "'quantity':0.5,'reason':'broken'", 6000, 2000},
		{"count", "'quantity':7", 6000, 7000},
		{"count", "'quantity':0", 6000, 0},
		{"count", "'quantity':5,'bucket':'backroom'", 5000, 0},
		{"adjust", "'quantity':2,'bucket':'backroom'", 7000, 0},
	};
	struct bench bench;

	bench_open(&bench, "kinds");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'S','name':'s'}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'S','kind':'%s',%s}", rows[i].kind,
				  rows[i].rest),
			0);
		CHECK_INT(bench_bucket(&bench, "S", BR_BUCKET_BACKROOM), rows[i].backroom);
		CHECK_INT(bench_bucket(&bench, "S", BR_BUCKET_SHELF), rows[i].shelf);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_movements_go_by_barcode_too(void)
{
	struct bench bench;

	bench_open(&bench, "barcode");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'barcode':'2000000000015','kind':'adjust','quantity':-3,'reason':'x'}"),
		0);
	CHECK_STR(moved_last(&bench).sku, "A");
	CHECK_INT(bench_available(&bench, "A"), 7000);
	bench_close(&bench);
}

static void test_a_count_keeps_what_was_expected(void)
{
	struct br_stock_moved moved;
	struct bench bench;

	bench_open(&bench, "count");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'count','bucket':'backroom','quantity':8}"),
		0);
	moved = moved_last(&bench);
	CHECK_INT(moved.expected, 10000);
	CHECK_INT(moved.counted, 8000);
	CHECK_INT(moved.quantity, -2000);
	bench_close(&bench);
}

static void test_what_a_movement_refuses(void)
{
	static const struct {
		const char *json;
		enum br_refusal refusal;
		const char *sentence;
	} rows[] = {
		{"{'sku':'Z','kind':'receive','quantity':1}", BR_REFUSAL_UNKNOWN_PRODUCT,
			"data.sku \"Z\": not in the catalogue"},
		{"{'barcode':'4006381333931','kind':'receive','quantity':1}",
			BR_REFUSAL_UNKNOWN_BARCODE, "data.barcode 4006381333931"},
		{"{'barcode':'123','kind':'receive','quantity':1}", BR_REFUSAL_MALFORMED,
			"check digit"},
		{"{'kind':'receive','quantity':1}", BR_REFUSAL_MALFORMED,
			"exactly one of sku and barcode"},
		{"{'sku':'A','barcode':'2000000000015','kind':'receive','quantity':1}",
			BR_REFUSAL_MALFORMED, "exactly one of sku and barcode"},
		{"{'sku':'A','kind':'receive','quantity':0}", BR_REFUSAL_MALFORMED,
			"allowed for \"receive\" is more than 0"},
		{"{'sku':'A','kind':'receive','quantity':-1}", BR_REFUSAL_MALFORMED, "more than 0"},
		{"{'sku':'A','kind':'fill','quantity':-1}", BR_REFUSAL_MALFORMED, "more than 0"},
		{"{'sku':'A','kind':'waste','quantity':-1,'reason':'x'}", BR_REFUSAL_MALFORMED,
			"more than 0"},
		{"{'sku':'A','kind':'waste','quantity':1}", BR_REFUSAL_MALFORMED,
			"\"waste\" needs one"},
		{"{'sku':'A','kind':'adjust','quantity':0}", BR_REFUSAL_MALFORMED,
			"changes nothing"},
		{"{'sku':'A','kind':'count','quantity':-1}", BR_REFUSAL_MALFORMED,
			"counted is 0 or more"},
		{"{'sku':'A','kind':'adjust','quantity':1,'bucket':'staged'}", BR_REFUSAL_MALFORMED,
			"belongs to its order"},
		{"{'sku':'A','kind':'adjust','quantity':1000001}", BR_REFUSAL_MALFORMED,
			"out of range"},
		{"{'sku':'A','kind':'sale','quantity':1}", BR_REFUSAL_MALFORMED,
			"allowed is one of: receive, adjust, count, fill, waste"},
		{"{'sku':'A','quantity':1}", BR_REFUSAL_MALFORMED, "kind: is missing"},
	};
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "refuses");
	bench_catalogue(&bench);
	head = br_core_head(bench.core);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "stock.move", "%s", rows[i].json), rows[i].refusal);
		CHECK_HAS(bench.answer.message, rows[i].sentence);
	}
	CHECK_INT(br_core_head(bench.core), head);
	CHECK_INT(bench_available(&bench, "A"), 10000);
	bench_close(&bench);
}

static void test_stock_may_become_negative_and_is_not_clamped(void)
{
	struct bench bench;

	bench_open(&bench, "negative");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'adjust','quantity':-30}"), 0);
	CHECK_INT(bench_available(&bench, "A"), -20000);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'adjust','quantity':30}"), 0);
	CHECK_INT(bench_available(&bench, "A"), 10000);
	bench_close(&bench);
}

static void test_what_is_available_leaves_out_what_cannot_be_sold(void)
{
	struct br_stock stock = {
		.buckets = {[BR_BUCKET_BACKROOM] = 100,
			[BR_BUCKET_SHELF] = 50,
			[BR_BUCKET_STAGED] = 20,
			[BR_BUCKET_DAMAGED] = 1000,
			[BR_BUCKET_RETURNED] = 2000,
			[BR_BUCKET_TRANSIT_IN] = 4000,
			[BR_BUCKET_TRANSIT_OUT] = 8000,
			[BR_BUCKET_DISPLAY] = 5},
		.reserved = 30,
		.rights = 7,
	};
	struct bench bench;

	CHECK_INT(br_stock_on_hand(&stock), 175);
	bench_open(&bench, "available");
	CHECK_INT(br_stock_sellable(&stock), 150);
	CHECK_INT(br_stock_available(bench_read(&bench), BR_STR("S"), &stock, BR_CHANNEL_NONE),
		175 - 20 - 5 - 30 - 7);
	bench_close(&bench);
}

static void test_an_unknown_product_has_no_stock(void)
{
	struct br_stock stock;
	struct bench bench;

	bench_open(&bench, "unknown");
	stock = br_stock_get(bench_read(&bench), BR_STR("never seen"));
	CHECK_INT(br_stock_on_hand(&stock), 0);
	CHECK_INT(bench_available(&bench, "never seen"), 0);
	bench_close(&bench);
}

/* Every movement stays in the history of its product, in order. */
static void test_movements_are_the_products_history(void)
{
	struct br_history history;
	uint64_t before, sequence;
	struct bench bench;
	unsigned n = 0;

	bench_open(&bench, "history");
	bench_catalogue(&bench);
	for (int i = 0; i < 5; i++)
		CHECK_INT(bench_do(&bench, "stock.move",
				  "{'sku':'B','kind':'adjust','quantity':%d}", i + 1),
			0);
	before = br_core_head(bench.core) + 1;
	br_history_begin(&history, bench_read(&bench), BR_NOUN_PRODUCT, BR_STR("B"), 0);
	while (br_history_next(&history, &sequence)) {
		CHECK(sequence < before);
		CHECK(n > 0 || sequence == before - 1);
		before = sequence;
		n++;
	}
	br_history_end(&history);
	/* Its product.changed, its receipt and the five. */
	CHECK_INT(n, 7);
	bench_close(&bench);
}

/* The event's body as consumers read it. */
static const char *event_data(struct bench *bench)
{
	static char json[1000];
	struct br_event event = bench_event(bench, br_core_head(bench->core));
	struct br_json_out out;
	struct br_text text;

	br_text_init(&text, sizeof(json));
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_record_to_json(br_event_type(&event)->shape, event.body, &out);
	br_json_out_end(&out);
	REQUIRE(br_str_copy(br_text_str(&text), json, sizeof(json)));
	br_text_finish(&text);
	return json;
}

/* Nothing that is not so, and a count whole, also when nothing was there or nothing expected. */
static void test_the_event_says_what_its_kind_has(void)
{
	static const struct {
		const char *command, *json;
	} rows[] = {
		{"'kind':'count','quantity':0",
			"{'sku':'C','kind':'count','bucket':'shelf','quantity':0,'counted':0,"
			"'expected':0}"},
		{"'kind':'count','quantity':4",
			"{'sku':'C','kind':'count','bucket':'shelf','quantity':4,'counted':4,"
			"'expected':0}"},
		{"'kind':'count','quantity':0",
			"{'sku':'C','kind':'count','bucket':'shelf','quantity':-4,'counted':0,"
			"'expected':4}"},
		{"'kind':'receive','quantity':9",
			"{'sku':'C','kind':'receive','bucket':'backroom','quantity':9}"},
		{"'kind':'fill','quantity':2",
			"{'sku':'C','kind':'fill','bucket':'backroom','quantity':-2,'to_bucket':"
			"'shelf'}"},
		{"'kind':'waste','quantity':1,'reason':'broken'",
			"{'sku':'C','kind':'waste','bucket':'shelf','quantity':-1,'reason':"
			"'broken'}"},
	};
	struct bench bench;

	bench_open(&bench, "json");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'C',%s}", rows[i].command), 0);
		CHECK_TEXT(event_data(&bench), bench_quote(rows[i].json));
	}
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_each_kind_moves_its_buckets);
	TEST(test_movements_go_by_barcode_too);
	TEST(test_a_count_keeps_what_was_expected);
	TEST(test_what_a_movement_refuses);
	TEST(test_stock_may_become_negative_and_is_not_clamped);
	TEST(test_what_is_available_leaves_out_what_cannot_be_sold);
	TEST(test_an_unknown_product_has_no_stock);
	TEST(test_movements_are_the_products_history);
	TEST(test_the_event_says_what_its_kind_has);
	return test_end(argc, argv);
}
