#include "node/stock_policy.h"

#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "tests/node/bench.h"

static int64_t available(struct bench *bench, const char *sku, enum br_channel channel)
{
	struct br_txn *txn = bench_read(bench);
	struct br_stock stock = br_stock_get(txn, br_str_from(sku));

	return br_stock_available(txn, br_str_from(sku), &stock, channel);
}

static void begin(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	CHECK_INT(bench_do(bench, "product.upsert",
			  "{'sku':'P','name':'p','category':'food/fresh/milk'}"),
		0);
	CHECK_INT(bench_do(bench, "stock.move", "{'sku':'P','kind':'receive','quantity':100}"), 0);
}

static void test_without_a_policy_nothing_is_kept_back(void)
{
	struct bench bench;

	begin(&bench, "none");
	for (unsigned i = 0; i <= BR_CHANNEL_NONE; i++)
		CHECK_INT(available(&bench, "P", i), 100000);
	bench_close(&bench);
}

/* Each row sets one policy more; the nearest one counts as a whole. */
static void test_the_nearest_scope_counts(void)
{
	static const struct {
		const char *policy;
		int64_t none, web, store;
	} rows[] = {
		{"'safety':1", 99000, 99000, 99000},
		{"'safety':2,'buffers':[{'channel':'web','quantity':5}]", 98000, 93000, 98000},
		{"'scope':'category','key':'food','safety':10", 90000, 90000, 90000},
		{"'scope':'category','key':'food/fresh/milk','safety':3,'buffers':[{'channel':"
		 "'store','quantity':1.5},{'channel':'web','quantity':7}]",
			97000, 90000, 95500},
		{"'scope':'category','key':'food/fresh','safety':50", 97000, 90000, 95500},
		{"'scope':'category','key':'food/fresh/milky','safety':60", 97000, 90000, 95500},
		{"'scope':'sku','key':'P'", 100000, 100000, 100000},
		{"'scope':'sku','key':'P','safety':120", -20000, -20000, -20000},
		{"'scope':'sku','key':'P','remove':true", 97000, 90000, 95500},
		{"'scope':'category','key':'food/fresh/milk','remove':true", 50000, 50000, 50000},
		{"'scope':'category','key':'food/fresh','remove':true", 90000, 90000, 90000},
		{"'scope':'category','key':'food','remove':true", 98000, 93000, 98000},
		{"'remove':true", 100000, 100000, 100000},
	};
	struct bench bench;

	begin(&bench, "nearest");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "stock.policy", "{%s}", rows[i].policy), 0);
		CHECK(bench.answer.sequence > 0);
		CHECK_INT(available(&bench, "P", BR_CHANNEL_NONE), rows[i].none);
		CHECK_INT(available(&bench, "P", BR_CHANNEL_WEB), rows[i].web);
		CHECK_INT(available(&bench, "P", BR_CHANNEL_STORE), rows[i].store);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_product_without_category_takes_the_stores_policy(void)
{
	struct bench bench;

	begin(&bench, "plain");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.policy", "{'scope':'category','key':'food','safety':10}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.policy", "{'safety':4}"), 0);
	CHECK_INT(available(&bench, "A", BR_CHANNEL_APP), 6000);
	CHECK_INT(available(&bench, "never seen", BR_CHANNEL_APP), -4000);
	bench_close(&bench);
}

static void test_what_a_policy_refuses(void)
{
	static const struct {
		const char *json, *sentence;
		enum br_refusal refusal;
	} rows[] = {
		{"{'key':'x'}", "the whole store's policy has none", BR_REFUSAL_MALFORMED},
		{"{'scope':'sku'}", "a \"sku\" policy needs one", BR_REFUSAL_MALFORMED},
		{"{'scope':'category'}", "a \"category\" policy needs one", BR_REFUSAL_MALFORMED},
		{"{'scope':'sku','key':'Z'}", "not in the catalogue", BR_REFUSAL_UNKNOWN_PRODUCT},
		{"{'safety':-1}", "out of range", BR_REFUSAL_MALFORMED},
		{"{'buffers':[{'channel':'web','quantity':1},{'channel':'web','quantity':2}]}",
			"buffers[1].channel: \"web\" stands twice", BR_REFUSAL_MALFORMED},
		{"{'buffers':[{'channel':'till','quantity':1}]}", "allowed is one of: web",
			BR_REFUSAL_MALFORMED},
	};
	struct bench bench;

	begin(&bench, "refuses");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "stock.policy", "%s", rows[i].json), rows[i].refusal);
		CHECK_HAS(bench.answer.message, rows[i].sentence);
	}
	CHECK_INT(available(&bench, "P", BR_CHANNEL_WEB), 100000);
	bench_close(&bench);
}

static void test_taking_away_what_is_not_there_leaves_no_event(void)
{
	struct bench bench;
	uint64_t head;

	begin(&bench, "remove");
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "stock.policy", "{'scope':'sku','key':'Z','remove':true}"), 0);
	CHECK_INT(br_core_head(bench.core), head);
	bench_close(&bench);
}

/* The scopes and keys in the order in which they come, up to the end that the visit sets. */
struct walked {
	char text[200];
	unsigned left;
};

static bool walked_add(void *context, enum br_policy_scope scope, struct br_str key,
	const struct br_stock_kept *kept)
{
	struct walked *walked = context;
	size_t n = strlen(walked->text);

	(void)snprintf(walked->text + n, sizeof(walked->text) - n, "%s %.*s %lld;",
		br_policy_scope_words[scope], BR_STR_ARG(key), (long long)kept->safety);
	return --walked->left > 0;
}

static void test_all_policies_can_be_walked(void)
{
	struct walked all = {.left = 10}, two = {.left = 2};
	struct bench bench;

	begin(&bench, "walk");
	CHECK_INT(bench_do(&bench, "stock.policy", "{'scope':'sku','key':'P','safety':3}"), 0);
	CHECK_INT(bench_do(&bench, "stock.policy", "{'scope':'category','key':'b','safety':2}"), 0);
	CHECK_INT(bench_do(&bench, "stock.policy", "{'scope':'category','key':'a/c'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.policy", "{'safety':1}"), 0);
	br_stock_policy_walk(bench_read(&bench), walked_add, &all);
	CHECK_TEXT(all.text, "default  1000;category a/c 0;category b 2000;sku P 3000;");
	br_stock_policy_walk(bench_read(&bench), walked_add, &two);
	CHECK_TEXT(two.text, "default  1000;category a/c 0;");
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_all_policies_can_be_walked);
	TEST(test_without_a_policy_nothing_is_kept_back);
	TEST(test_the_nearest_scope_counts);
	TEST(test_a_product_without_category_takes_the_stores_policy);
	TEST(test_what_a_policy_refuses);
	TEST(test_taking_away_what_is_not_there_leaves_no_event);
	return test_end(argc, argv);
}
