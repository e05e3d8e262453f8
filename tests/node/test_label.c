#include "node/label.h"

#include <string.h>

#include "tests/node/bench.h"

#define LABEL "00000218B3A91F01"
#define RED "'hash':'11111111111111111111111111111111'"
#define BLUE "'hash':'22222222222222222222222222222222'"

static struct br_label label_of(struct bench *bench)
{
	struct br_label label;

	REQUIRE(br_label_get(bench_read(bench), BR_STR(LABEL), &bench->arena, &label) == 0);
	return label;
}

static enum br_refusal label_do(struct bench *bench, const char *type, const char *rest)
{
	return bench_do(bench, type, "{'label':'" LABEL "'%s}", rest);
}

/* A bench with a label bound to A at its clock. */
static void bound_open(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(label_do(bench, "label.bind", ",'sku':'A','template':'promo'"), 0);
}

/* How many labels the index has for a product. */
static unsigned labels_of(struct bench *bench, const char *sku)
{
	struct br_key prefix = br_key_of_str(br_str_from(sku));
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	unsigned n = 0;

	br_scan_begin(
		&scan, bench_read(bench), BR_TABLE_LABEL_SKU, br_key_str(&prefix), none, false);
	while (br_scan_next(&scan, &key, &value))
		n++;
	br_scan_end(&scan);
	return n;
}

static void test_binding_makes_a_label_dirty(void)
{
	struct br_label label;
	struct bench bench;

	bound_open(&bench, "bind");
	label = label_of(&bench);
	CHECK_STR(label.sku, "A");
	CHECK_STR(label.template, "promo");
	CHECK_INT(label.dirty_since, BENCH_NOW_MS);
	CHECK(!br_label_clean(&label));
	CHECK_INT(labels_of(&bench, "A"), 1);
	bench_close(&bench);
}

static void test_only_the_labels_own_report_makes_it_clean(void)
{
	struct br_label label;
	struct bench bench;

	bound_open(&bench, "clean");
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':7"), 0);
	CHECK(!br_label_clean(&(struct br_label){.wanted_rev = 7}));
	label = label_of(&bench);
	CHECK(!br_label_clean(&label));
	CHECK_INT(label.wanted_rev, 7);
	CHECK(label.dirty_since != 0);
	bench.now_ms += 1000;
	CHECK_INT(label_do(&bench, "label.report", "," RED ",'rev':7,'ap':'ap-1'"), 0);
	label = label_of(&bench);
	CHECK(br_label_clean(&label));
	CHECK_INT(label.dirty_since, 0);
	CHECK_INT(label.shown_at, BENCH_NOW_MS + 1000);
	CHECK_STR(label.ap, "ap-1");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_another_picture_on_the_glass_is_dirty(void)
{
	struct br_label label;
	struct bench bench;

	bound_open(&bench, "other");
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':7"), 0);
	CHECK_INT(label_do(&bench, "label.report", "," RED ",'rev':7"), 0);
	bench.now_ms += 5000;
	CHECK_INT(label_do(&bench, "label.report", "," BLUE), 0);
	label = label_of(&bench);
	CHECK(!br_label_clean(&label));
	CHECK_INT(label.dirty_since, BENCH_NOW_MS + 5000);
	/* A report without a revision stands in with its own sequence. */
	CHECK_INT(label.shown_rev, br_core_head(bench.core));
	bench_close(&bench);
}

static void test_wanting_what_is_shown_is_clean_at_once(void)
{
	struct br_label label;
	struct bench bench;

	bound_open(&bench, "shown");
	CHECK_INT(label_do(&bench, "label.report", "," RED), 0);
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':9"), 0);
	label = label_of(&bench);
	CHECK(br_label_clean(&label));
	CHECK_INT(label.dirty_since, 0);
	bench_close(&bench);
}

/* Bound again to the same product, its picture is the same: the label must not stay dirty. */
static void test_binding_again_ends_clean(void)
{
	struct br_label label;
	struct bench bench;

	bound_open(&bench, "again");
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':7"), 0);
	CHECK_INT(label_do(&bench, "label.report", "," RED ",'rev':7"), 0);
	CHECK_INT(label_do(&bench, "label.bind", ",'sku':'A','template':'promo'"), 0);
	label = label_of(&bench);
	CHECK(!br_label_clean(&label) && label.dirty_since != 0);
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':8"), 0);
	label = label_of(&bench);
	CHECK(br_label_clean(&label));
	CHECK_INT(label.dirty_since, 0);
	bench_close(&bench);
}

static void test_the_same_again_is_refused(void)
{
	struct bench bench;

	bound_open(&bench, "same");
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':7"), 0);
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':8"), BR_REFUSAL_ALREADY);
	CHECK_INT(label_do(&bench, "label.report", "," BLUE), 0);
	CHECK_INT(label_do(&bench, "label.report", "," BLUE ",'rev':3"), BR_REFUSAL_ALREADY);
	CHECK_INT(label_do(&bench, "label.want", "," BLUE ",'rev':9"), 0);
	bench_close(&bench);
}

static void test_failures_are_kept_until_it_shows(void)
{
	struct br_label label;
	struct bench bench;

	bound_open(&bench, "failed");
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':7"), 0);
	CHECK_INT(label_do(&bench, "label.give_up", ",'rev':7,'tries':5,'error':'no answer'"), 0);
	label = label_of(&bench);
	CHECK_STR(label.error, "no answer");
	CHECK_INT(label.tries, 5);
	CHECK_INT(label_do(&bench, "label.report", "," RED ",'rev':7"), 0);
	label = label_of(&bench);
	CHECK_INT(label.error.n, 0);
	CHECK_INT(label.tries, 0);
	CHECK(br_label_clean(&label));
	bench_close(&bench);
}

static void test_unbinding_forgets_what_was_wanted(void)
{
	struct br_label label;
	struct bench bench;

	bound_open(&bench, "unbind");
	CHECK_INT(label_do(&bench, "label.want", "," RED ",'rev':7"), 0);
	CHECK_INT(label_do(&bench, "label.report", "," RED ",'rev':7"), 0);
	CHECK_INT(label_do(&bench, "label.unbind", ""), 0);
	label = label_of(&bench);
	CHECK_INT(label.sku.n, 0);
	CHECK_INT(label.wanted_rev, 0);
	CHECK_INT(label.dirty_since, 0);
	CHECK_INT(labels_of(&bench, "A"), 0);
	/* What stands on its glass is still known. */
	CHECK_INT(label.shown_rev, 7);
	CHECK_INT(label_do(&bench, "label.unbind", ""), BR_REFUSAL_UNKNOWN_LABEL);
	CHECK_INT(label_do(&bench, "label.want", "," BLUE ",'rev':8"), BR_REFUSAL_UNKNOWN_LABEL);
	CHECK_INT(
		label_do(&bench, "label.give_up", ",'rev':7,'tries':1"), BR_REFUSAL_UNKNOWN_LABEL);
	/* And it goes on to be told of, because a shopper may still read it. */
	CHECK_INT(label_do(&bench, "label.report", "," RED), BR_REFUSAL_ALREADY);
	CHECK_INT(label_do(&bench, "label.report", "," BLUE ",'rev':9"), 0);
	label = label_of(&bench);
	CHECK_INT(label.shown_rev, 9);
	CHECK_INT(label.dirty_since, 0);
	CHECK(!br_label_clean(&label));
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_label_moves_from_product_to_product(void)
{
	struct bench bench;

	bound_open(&bench, "moves");
	CHECK_INT(label_do(&bench, "label.bind", ",'sku':'B'"), 0);
	CHECK_INT(labels_of(&bench, "A"), 0);
	CHECK_INT(labels_of(&bench, "B"), 1);
	CHECK_INT(label_of(&bench).template.n, 0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_binding_refuses(void)
{
	struct bench bench;

	bench_open(&bench, "refuses");
	bench_catalogue(&bench);
	CHECK_INT(label_do(&bench, "label.bind", ",'sku':'Z'"), BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'0000abcdef00','sku':'A'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "12 or 16 upper-case hexadecimal digits");
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'0000ABCDEF0011','sku':'A'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "label.bind", "{'label':'0000ABCDEF00','sku':'A'}"), 0);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_binding_makes_a_label_dirty);
	TEST(test_only_the_labels_own_report_makes_it_clean);
	TEST(test_another_picture_on_the_glass_is_dirty);
	TEST(test_wanting_what_is_shown_is_clean_at_once);
	TEST(test_binding_again_ends_clean);
	TEST(test_the_same_again_is_refused);
	TEST(test_failures_are_kept_until_it_shows);
	TEST(test_unbinding_forgets_what_was_wanted);
	TEST(test_a_label_moves_from_product_to_product);
	TEST(test_what_binding_refuses);
	return test_end(argc, argv);
}
