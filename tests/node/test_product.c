#include "node/product.h"

#include <stdio.h>
#include <string.h>

#include "node/text.h"
#include "tests/node/bench.h"

static struct br_product product_of(struct bench *bench, const char *sku)
{
	struct br_product product;

	REQUIRE(br_product_get(bench_read(bench), br_str_from(sku), &bench->arena, &product) == 0);
	return product;
}

/* The SKU a barcode leads to; "" when to none. */
static struct br_str scanned(struct bench *bench, const char *barcode)
{
	struct br_str sku = {NULL, 0};

	(void)!br_product_by_barcode(bench_read(bench), br_str_from(barcode), &sku);
	return sku;
}

static void hit_add(void *context, const struct br_product *product)
{
	br_text_add_str(context, product->sku);
	br_text_putc(context, ' ');
}

/* The SKUs found, in the order found, each with a blank behind it. */
static const char *searched(struct bench *bench, const char *query, unsigned limit)
{
	static char hits[4000];
	struct br_text text;

	br_text_init(&text, sizeof(hits) - 1);
	br_product_search(
		bench_read(bench), br_str_from(query), limit, &bench->arena, hit_add, &text);
	REQUIRE(br_str_copy(br_text_str(&text), hits, sizeof(hits)));
	br_text_finish(&text);
	return hits;
}

static void test_every_field_is_kept(void)
{
	struct br_product product;
	struct bench bench;

	bench_open(&bench, "fields");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'J-1','name':'Jus de pomme','lang':'fr','brand':'Verger','gtins':"
			  "['4006381333931','2000000000015'],'sold_by':'weight','content':0.75,"
			  "'content_unit':'l','origin':'FR','category':'drinks/juice','image':"
			  "'j1.png'}"),
		0);
	product = product_of(&bench, "J-1");
	CHECK_STR(product.name, "Jus de pomme");
	CHECK_STR(product.lang, "fr");
	CHECK_STR(product.brand, "Verger");
	CHECK_INT(product.gtins.n, 2);
	CHECK_INT(product.sold_by, BR_SOLD_BY_WEIGHT);
	CHECK_INT(product.content, 750);
	CHECK_INT(product.content_unit, BR_UNIT_L);
	CHECK_STR(product.category, "drinks/juice");
	CHECK_STR(product.image, "j1.png");
	bench_close(&bench);
}

static void test_barcodes_lead_to_their_product_in_every_form(void)
{
	struct bench bench;

	bench_open(&bench, "scan");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'A','name':'a','gtins':['036000291452','2000000000015']}"),
		0);
	CHECK_STR(scanned(&bench, "036000291452"), "A");
	CHECK_STR(scanned(&bench, "0036000291452"), "A");
	CHECK_STR(scanned(&bench, "00036000291452"), "A");
	CHECK_STR(scanned(&bench, "02000000000015"), "A");
	CHECK_STR(scanned(&bench, "4006381333931"), "");
	CHECK_STR(scanned(&bench, "036000291453"), "");
	bench_close(&bench);
}

static void test_a_barcode_belongs_to_one_product(void)
{
	struct bench bench;

	bench_open(&bench, "taken");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'A','name':'a','gtins':['4006381333931']}"),
		0);
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'B','name':'b','gtins':['04006381333931']}"),
		BR_REFUSAL_BARCODE_TAKEN);
	CHECK_HAS(bench.answer.message, "belongs to product \"A\" already");
	CHECK(!br_product_exists(bench_read(&bench), BR_STR("B")));
	/* Given up by the one, it is free for the other. */
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'a'}"), 0);
	CHECK_STR(scanned(&bench, "4006381333931"), "");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'B','name':'b','gtins':['4006381333931']}"),
		0);
	CHECK_STR(scanned(&bench, "4006381333931"), "B");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_removed_product_is_gone_from_everywhere(void)
{
	struct bench bench;

	bench_open(&bench, "removed");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'A'}"), 0);
	CHECK(!br_product_exists(bench_read(&bench), BR_STR("A")));
	CHECK_STR(scanned(&bench, "2000000000015"), "");
	CHECK_TEXT(searched(&bench, "apple", 10), "");
	/* Its stock is history and stays. */
	CHECK_INT(bench_available(&bench, "A"), 10000);
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'A'}"), BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	bench_verify(&bench);
	bench_close(&bench);
}

static void catalogue_of_scripts(struct bench *bench)
{
	static const char *const rows[] = {
		"{'sku':'en','name':'Apple Juice pressed','brand':'Orchard'}",
		"{'sku':'de','name':'Apfelsaft naturtr\xC3\xBC"
		"b, gro\xC3\x9F'}",
		"{'sku':'fr','name':'Cr\xC3\xA8me fra\xC3\xAE"
		"che'}",
		"{'sku':'ru','name':'Яблочный сок'}",
		"{'sku':'el','name':'Χυμός Μήλου'}",
		"{'sku':'fa','name':'آب سیب'}",
		"{'sku':'ja','name':'りんごジュース'}",
		"{'sku':'X-100','name':'Apple'}",
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		CHECK_INT(bench_do(bench, "product.upsert", "%s", rows[i]), 0);
}

static void test_searching_in_many_scripts(void)
{
	static const struct {
		const char *query, *hits;
	} rows[] = {
		{"apple", "X-100 en "},
		{"APPLE JUI", "en "},
		{"jui app", "en "},
		{"orchard", "en "},
		{"apple apple", "X-100 en "},
		{"NATURTRUB", "de "},
		{"gross", "de "},
		{"creme", "fr "},
		{"яблоч", "ru "},
		{"СОК ЯБЛ", "ru "},
		{"μηλου", "el "},
		{"سیب", "fa "},
		{"りんご", "ja "},
		{"100", "X-100 "},
		{"x-100", "X-100 "},
		{"pple", ""},
		{"apple zebra", ""},
		{"", ""},
		{"-- !", ""},
	};
	struct bench bench;

	bench_open(&bench, "scripts");
	catalogue_of_scripts(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		CHECK_TEXT(searched(&bench, rows[i].query, 10), rows[i].hits);
	bench_close(&bench);
}

static void test_a_search_stops_at_its_limit(void)
{
	struct bench bench;

	bench_open(&bench, "limit");
	for (int i = 0; i < 30; i++)
		CHECK_INT(
			bench_do(&bench, "product.upsert", "{'sku':'S%02d','name':'soap'}", i), 0);
	CHECK_TEXT(searched(&bench, "soap", 2), "S00 S01 ");
	CHECK_TEXT(searched(&bench, "soap", 0), "");
	bench_close(&bench);
}

static void test_a_scanned_barcode_is_a_search(void)
{
	struct bench bench;

	bench_open(&bench, "scan-search");
	bench_catalogue(&bench);
	CHECK_TEXT(searched(&bench, "2000000000015", 10), "A ");
	bench_close(&bench);
}

/* Changing a name must not leave its old words behind, nor take away what others share. */
static void test_a_changed_name_is_found_by_its_new_words_only(void)
{
	struct bench bench;

	bench_open(&bench, "renamed");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'red soap soap'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'B','name':'red brush'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'blue soap'}"), 0);
	CHECK_TEXT(searched(&bench, "red", 10), "B ");
	CHECK_TEXT(searched(&bench, "blue", 10), "A ");
	CHECK_TEXT(searched(&bench, "soap", 10), "A ");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_product_with_every_field_full_fits_a_record(void)
{
	static const char *const gtins =
		"'20000004','036000291452','4006381333931','2000000000015',"
		"'10614141000415','0200000000004','400000000008',"
		"'40170725'";
	char wide[201];
	struct bench bench;

	memset(wide, 'w', 200);
	wide[200] = '\0';
	bench_open(&bench, "full");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'%.64s','name':'%s','lang':'%.32s','brand':'%.120s','gtins':[%s],"
			  "'content':1000000,'origin':'%.120s','category':'%.120s','image':"
			  "'%.120s'}",
			  wide, wide, wide, wide, gtins, wide, wide, wide),
		0);
	CHECK_INT(product_of(&bench, bench_quote(wide) + 136).gtins.n, BR_GTINS_MAX);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_every_field_is_kept);
	TEST(test_barcodes_lead_to_their_product_in_every_form);
	TEST(test_a_barcode_belongs_to_one_product);
	TEST(test_a_removed_product_is_gone_from_everywhere);
	TEST(test_searching_in_many_scripts);
	TEST(test_a_search_stops_at_its_limit);
	TEST(test_a_scanned_barcode_is_a_search);
	TEST(test_a_changed_name_is_found_by_its_new_words_only);
	TEST(test_a_product_with_every_field_full_fits_a_record);
	return test_end(argc, argv);
}
