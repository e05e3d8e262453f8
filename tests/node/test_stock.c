#include "node/stock.h"

#include <stdio.h>
#include <string.h>

#include "node/history.h"
#include "node/task.h"
#include "tests/node/bench.h"

static struct br_stock_moved moved_last(struct bench *bench)
{
	struct br_event event = bench_event(bench, br_core_head(bench->core));

	REQUIRE(event.kind == BR_EVENT_STOCK_MOVED);
	return *(const struct br_stock_moved *)event.body;
}

/* Each row does one thing to what the rows before have left. */
static void test_each_kind_moves_its_buckets(void)
{
	static const struct {
		const char *kind, *rest;
		int64_t backroom, shelf, damaged, returned, display;
	} rows[] = {
		{"receive", "'quantity':10", 10000, 0, 0, 0, 0},
		{"receive", "'quantity':2,'bucket':'shelf'", 10000, 2000, 0, 0, 0},
		{"receive", "'quantity':1,'bucket':'damaged'", 10000, 2000, 1000, 0, 0},
		{"put_away", "'quantity':3", 7000, 5000, 1000, 0, 0},
		{"put_away", "'quantity':1,'to':'display'", 6000, 5000, 1000, 0, 1000},
		{"fill", "'quantity':4", 2000, 9000, 1000, 0, 1000},
		{"pull_back", "'quantity':5", 7000, 4000, 1000, 0, 1000},
		{"pull_back", "'quantity':0.5,'bucket':'display'", 7500, 4000, 1000, 0, 500},
		{"adjust", "'quantity':-1.5,'reason':'lost'", 7500, 2500, 1000, 0, 500},
		{"adjust", "'quantity':2,'bucket':'returned','reason':'found'", 7500, 2500, 1000,
			2000, 500},
		{"inspect", "'quantity':1", 7500, 3500, 1000, 1000, 500},
		{"inspect", "'quantity':0.25,'to':'backroom'", 7750, 3500, 1000, 750, 500},
		{"inspect", "'quantity':0.75,'to':'damaged'", 7750, 3500, 1750, 0, 500},
		{"damage", "'quantity':1,'reason':'fell'", 7750, 2500, 2750, 0, 500},
		{"damage", "'quantity':1,'reason':'fell','bucket':'backroom'", 6750, 2500, 3750, 0,
			500},
		{"waste", "'quantity':0.5,'reason':'broken'", 6750, 2000, 3750, 0, 500},
		{"waste", "'quantity':3.75,'reason':'broken','bucket':'damaged'", 6750, 2000, 0, 0,
			500},
		{"display", "'quantity':1", 6750, 1000, 0, 0, 1500},
		{"display", "'quantity':0.75,'bucket':'backroom'", 6000, 1000, 0, 0, 2250},
		{"undisplay", "'quantity':2", 6000, 3000, 0, 0, 250},
		{"undisplay", "'quantity':0.25,'to':'backroom'", 6250, 3000, 0, 0, 0},
		{"count", "'quantity':7", 6250, 7000, 0, 0, 0},
		{"count", "'quantity':0", 6250, 0, 0, 0, 0},
		{"count", "'quantity':5,'bucket':'backroom'", 5000, 0, 0, 0, 0},
		{"adjust", "'quantity':2,'bucket':'backroom','reason':'r'", 7000, 0, 0, 0, 0},
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
		CHECK_INT(bench_bucket(&bench, "S", BR_BUCKET_DAMAGED), rows[i].damaged);
		CHECK_INT(bench_bucket(&bench, "S", BR_BUCKET_RETURNED), rows[i].returned);
		CHECK_INT(bench_bucket(&bench, "S", BR_BUCKET_DISPLAY), rows[i].display);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* Every kind with every bucket at both ends: what the table does not have is refused in words. */
static void test_every_kind_knows_its_buckets(void)
{
	static const struct {
		const char *kind, *from, *to; /* allowed, each between blanks */
	} rows[BR_MOVE_N] = {
		{"receive", " backroom shelf damaged ", ""},
		{"put_away", " backroom ", " shelf display "},
		{"fill", " backroom ", " shelf "},
		{"pull_back", " shelf display ", " backroom "},
		{"adjust", " backroom shelf damaged returned display ", ""},
		{"count", " backroom shelf damaged returned display ", ""},
		{"waste", " backroom shelf damaged returned display ", ""},
		{"damage", " backroom shelf display ", " damaged "},
		{"inspect", " returned ", " shelf backroom damaged "},
		{"display", " shelf backroom ", " display "},
		{"undisplay", " display ", " shelf backroom "},
	};
	struct bench bench;
	char word[20];

	bench_open(&bench, "buckets");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'S','name':'s'}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_TEXT(br_move_kind_words[i], rows[i].kind);
		for (unsigned bucket = 0; bucket < BR_BUCKET_N; bucket++) {
			bool from, to;

			(void)snprintf(word, sizeof(word), " %s ", br_bucket_words[bucket]);
			from = strstr(rows[i].from, word) != NULL;
			to = strstr(rows[i].to, word) != NULL;
			CHECK_INT(bench_do(&bench, "stock.move",
					  "{'sku':'S','kind':'%s','quantity':1,'reason':'r',"
					  "'bucket':'%s'}",
					  rows[i].kind, br_bucket_words[bucket]),
				from ? 0 : BR_REFUSAL_MALFORMED);
			CHECK(from || strstr(bench.answer.message, "bucket: ") != NULL);
			CHECK_INT(bench_do(&bench, "stock.move",
					  "{'sku':'S','kind':'%s','quantity':1,'reason':'r',"
					  "'to':'%s'}",
					  rows[i].kind, br_bucket_words[bucket]),
				to ? 0 : BR_REFUSAL_MALFORMED);
			CHECK(to || strstr(bench.answer.message, "to: ") != NULL);
		}
	}
	CHECK_INT(bench_bucket(&bench, "S", BR_BUCKET_STAGED), 0);
	bench_verify(&bench);
	bench_close(&bench);
}

/* People hold the goods in their hands: they are believed, and told that the ledger was wrong. */
static void test_more_than_there_was_is_taken_with_a_warning(void)
{
	static const struct {
		const char *data, *warning;
	} rows[] = {
		{"'kind':'fill','quantity':3", ""},
		{"'kind':'fill','quantity':1.5",
			"of \"A\" there were 0 at \"backroom\", and 1.5 were taken: count it"},
		{"'kind':'waste','bucket':'display','quantity':2,'reason':'x'",
			"of \"A\" there were 0 at \"display\", and 2 were taken: count it"},
		{"'kind':'receive','bucket':'backroom','quantity':1", ""},
		{"'kind':'count','bucket':'display','quantity':0", ""},
	};
	struct bench bench;

	bench_open(&bench, "taken");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'a'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':3}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		bench.answer.message[0] = '\0';
		CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A',%s}", rows[i].data), 0);
		CHECK_TEXT(bench.answer.message, rows[i].warning);
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
			"sku \"Z\": not in the catalogue"},
		{"{'barcode':'4006381333931','kind':'receive','quantity':1}",
			BR_REFUSAL_UNKNOWN_BARCODE, "barcode 4006381333931"},
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
		{"{'sku':'A','kind':'adjust','quantity':1}", BR_REFUSAL_MALFORMED,
			"\"adjust\" needs one"},
		{"{'sku':'A','kind':'damage','quantity':1}", BR_REFUSAL_MALFORMED,
			"\"damage\" needs one"},
		{"{'sku':'A','kind':'receive','quantity':1,'lot':'L'}", BR_REFUSAL_MALFORMED,
			"expiry: is missing"},
		{"{'sku':'A','kind':'receive','quantity':1,'to':'shelf'}", BR_REFUSAL_MALFORMED,
			"to: \"receive\" goes nowhere"},
		{"{'sku':'A','kind':'inspect','quantity':1,'to':'display'}", BR_REFUSAL_MALFORMED,
			"to: allowed for \"inspect\" is backroom, shelf or damaged"},
		{"{'sku':'A','kind':'adjust','quantity':0}", BR_REFUSAL_MALFORMED,
			"changes nothing"},
		{"{'sku':'A','kind':'count','quantity':-1}", BR_REFUSAL_MALFORMED,
			"counted is 0 or more"},
		{"{'sku':'A','kind':'adjust','quantity':1,'bucket':'staged'}", BR_REFUSAL_MALFORMED,
			"belongs to its order"},
		{"{'sku':'A','kind':'adjust','quantity':1000001}", BR_REFUSAL_MALFORMED,
			"out of range"},
		{"{'sku':'A','kind':'sale','quantity':1}", BR_REFUSAL_MALFORMED,
			"allowed is one of: receive, put_away, fill"},
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
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':-30,'reason':'r'}"),
		0);
	CHECK_INT(bench_available(&bench, "A"), -20000);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':30,'reason':'r'}"),
		0);
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
				  "{'sku':'B','kind':'adjust','quantity':%d,'reason':'r'}", i + 1),
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

/* What the shelf and the back room say about the work to be done. */
static void test_tasks_follow_the_counters(void)
{
	static const struct {
		const char *command, *data;
		bool count, inspect, fill;
	} rows[] = {
		{"product.upsert", "{'sku':'S','name':'s','min':4}", false, false, false},
		{"stock.move", "{'sku':'S','kind':'receive','quantity':6}", false, false, true},
		{"stock.move", "{'sku':'S','kind':'fill','quantity':3}", false, false, true},
		{"stock.move", "{'sku':'S','kind':'fill','quantity':1}", false, false, false},
		{"sale.record", "{'till':'t','lines':[{'sku':'S','quantity':1,'price':1}]}", false,
			false, true},
		{"stock.move", "{'sku':'S','kind':'fill','quantity':2}", false, false, false},
		{"return.record", "{'till':'t','lines':[{'sku':'S','quantity':1,'price':1}]}",
			false, true, false},
		{"stock.move", "{'sku':'S','kind':'inspect','quantity':1}", false, false, false},
		{"sale.record", "{'till':'t','lines':[{'sku':'S','quantity':9,'price':1}]}", true,
			false, false},
		{"stock.move", "{'sku':'S','kind':'receive','quantity':9}", false, false, true},
		{"product.upsert", "{'sku':'S','name':'s'}", false, false, false},
		{"product.upsert", "{'sku':'S','name':'s','min':9}", false, false, true},
		{"product.remove", "{'sku':'S'}", false, false, false},
	};
	struct bench bench;

	bench_open(&bench, "tasks");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_txn *txn;

		CHECK_INT(bench_do(&bench, rows[i].command, "%s", rows[i].data), 0);
		txn = bench_read(&bench);
		CHECK_INT(br_task_has(txn, BR_TASK_COUNT, BR_STR("S")), rows[i].count);
		CHECK_INT(br_task_has(txn, BR_TASK_INSPECT, BR_STR("S")), rows[i].inspect);
		CHECK_INT(br_task_has(txn, BR_TASK_FILL, BR_STR("S")), rows[i].fill);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* Who asked for a count keeps it until there is one, whatever the counters do. */
static void test_only_a_count_ends_what_was_asked_for(void)
{
	struct bench bench;

	bench_open(&bench, "asked");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "task.create", "{'kind':'count','key':'A','reason':'odd'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':-30,'reason':'r'}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':30,'reason':'r'}"),
		0);
	CHECK(br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("A")));
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'count','quantity':0}"), 0);
	CHECK(!br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("A")));
	/* A count of the shelf leaves what the back room lacks. */
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'sku':'A','kind':'adjust','quantity':-30,'bucket':'backroom','reason':"
			  "'r'}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'count','quantity':2}"), 0);
	CHECK(br_task_has(bench_read(&bench), BR_TASK_COUNT, BR_STR("A")));
	bench_close(&bench);
}

static struct br_stock stock_at(struct bench *bench, const char *sku, int64_t at_ms)
{
	struct br_txn *txn = bench_read(bench);
	struct br_arena arena;
	struct br_stock stock;

	br_arena_init(&arena, 1 << 20);
	stock = br_stock_at(txn, br_str_from(sku), at_ms, &arena);
	br_arena_finish(&arena);
	return stock;
}

/* A sale that a till brings late counts from when it was made. */
static void test_the_stock_of_a_past_instant(void)
{
	const int64_t minute = 60000, start = BENCH_NOW_MS;
	struct bench bench;

	bench_open(&bench, "instant");
	bench_catalogue(&bench);
	for (int i = 1; i <= 5; i++) {
		bench.now_ms = start + i * 10 * minute;
		CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'fill','quantity':1}"),
			0);
	}
	bench.happened_ms = start + 25 * minute;
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':1,'price':1},{'sku':'B','"
			  "quantity':2,'price':1}]}"),
		0);
	bench.happened_ms = 0;
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':2}"), 0);
	CHECK_INT(stock_at(&bench, "A", start - 1).buckets[BR_BUCKET_BACKROOM], 0);
	CHECK_INT(stock_at(&bench, "A", start).buckets[BR_BUCKET_BACKROOM], 10000);
	CHECK_INT(stock_at(&bench, "A", start + 20 * minute).buckets[BR_BUCKET_SHELF], 2000);
	CHECK_INT(stock_at(&bench, "A", start + 24 * minute).buckets[BR_BUCKET_SHELF], 2000);
	CHECK_INT(stock_at(&bench, "A", start + 25 * minute).buckets[BR_BUCKET_SHELF], 1000);
	CHECK_INT(stock_at(&bench, "A", start + 35 * minute).buckets[BR_BUCKET_SHELF], 2000);
	CHECK_INT(stock_at(&bench, "A", start + 35 * minute).rights, 0);
	CHECK_INT(stock_at(&bench, "A", start + 60 * minute).buckets[BR_BUCKET_SHELF], 4000);
	CHECK_INT(stock_at(&bench, "A", start + 60 * minute).rights, 2000);
	CHECK_INT(stock_at(&bench, "B", start + 24 * minute).buckets[BR_BUCKET_SHELF], 0);
	CHECK_INT(stock_at(&bench, "B", start + 25 * minute).buckets[BR_BUCKET_SHELF], -2000);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_each_kind_moves_its_buckets);
	TEST(test_every_kind_knows_its_buckets);
	TEST(test_more_than_there_was_is_taken_with_a_warning);
	TEST(test_movements_go_by_barcode_too);
	TEST(test_a_count_keeps_what_was_expected);
	TEST(test_what_a_movement_refuses);
	TEST(test_stock_may_become_negative_and_is_not_clamped);
	TEST(test_what_is_available_leaves_out_what_cannot_be_sold);
	TEST(test_an_unknown_product_has_no_stock);
	TEST(test_movements_are_the_products_history);
	TEST(test_the_event_says_what_its_kind_has);
	TEST(test_tasks_follow_the_counters);
	TEST(test_only_a_count_ends_what_was_asked_for);
	TEST(test_the_stock_of_a_past_instant);
	return test_end(argc, argv);
}
