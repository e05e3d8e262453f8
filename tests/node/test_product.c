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

static void test_every_field_is_kept(void)
{
	struct br_product product;
	struct bench bench;

	bench_open(&bench, "fields");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'J-1','name':'Jus de pomme','lang':'fr','brand':'Verger','gtins':"
			  "['4006381333931','2000000000015'],'sold_by':'weight','content':0.75,"
			  "'content_unit':'l','origin':'FR','category':'drinks/juice','image':"
			  "'j1.png','names':[{'lang':'en','text':'Apple juice'}],'allergens':"
			  "'sulphites','tax':'reduced','deposit':0.25,'supplier':'S-9'}"),
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
	REQUIRE(product.names.n == 1);
	CHECK_STR(BR_LIST_AT(product.names, br_product_name, 0)->lang, "en");
	CHECK_STR(BR_LIST_AT(product.names, br_product_name, 0)->text, "Apple juice");
	CHECK_STR(product.allergens, "sulphites");
	CHECK_STR(product.tax, "reduced");
	CHECK_INT(product.deposit, 250);
	CHECK_STR(product.supplier, "S-9");
	bench_close(&bench);
}

static void test_what_the_shelf_needs_to_know_is_kept(void)
{
	struct br_product product;
	struct bench bench;

	bench_open(&bench, "handling");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'R-1','name':'Rum','age':18,'fragile':true,'not_stocked':true,"
			  "'rating':4.5,'reviews':12,'case_size':6,'min':2,'max':12,"
			  "'track_expiry':true,'markdown_days':3,'positions':[{'department':"
			  "'drinks','aisle':'4','bay':'2','shelf':'1','position':'7'},{'aisle':"
			  "'till'}]}"),
		0);
	product = product_of(&bench, "R-1");
	CHECK_INT(product.age, 18);
	CHECK(product.fragile && product.not_stocked && product.track_expiry);
	CHECK_INT(product.rating, 4500);
	CHECK_INT(product.reviews, 12);
	CHECK_INT(product.case_size, 6000);
	CHECK_INT(product.min, 2000);
	CHECK_INT(product.max, 12000);
	CHECK_INT(product.markdown_days, 3);
	REQUIRE(product.positions.n == 2);
	CHECK_STR(BR_LIST_AT(product.positions, br_position, 0)->department, "drinks");
	CHECK_STR(BR_LIST_AT(product.positions, br_position, 1)->aisle, "till");
	bench_close(&bench);
}

static void test_fields_out_of_their_range_are_refused(void)
{
	static const char *const wrong[] = {"'age':100", "'rating':5.001", "'markdown_days':366",
		"'deposit':-1", "'min':-1", "'tax':'123456789012345678901234567890123'",
		"'names':[{'lang':'','text':'x'}]", "'names':[{'lang':'en'}]",
		"'positions':[{'aisle':'12345678901234567'}]", "'positions':[{}]",
		"'min':5,'max':4", "'gtins':['4006381333932']"};
	struct bench bench;

	bench_open(&bench, "ranges");
	for (size_t i = 0; i < BR_ARRAY_LEN(wrong); i++)
		CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'a',%s}", wrong[i]),
			BR_REFUSAL_MALFORMED);
	CHECK(!br_product_exists(bench_read(&bench), BR_STR("A")));
	bench_close(&bench);
}

/* The planogram and the catalogue come from different people: neither undoes the other. */
static void test_positions_stay_when_the_catalogue_says_none(void)
{
	struct br_product product;
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "positions");
	CHECK_INT(bench_do(&bench, "product.place", "{'sku':'A','positions':[{'aisle':'4'}]}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'a'}"), 0);
	CHECK_INT(bench_do(&bench, "product.place", "{'sku':'A','positions':[{'aisle':'4'}]}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'b'}"), 0);
	product = product_of(&bench, "A");
	CHECK_STR(product.name, "b");
	REQUIRE(product.positions.n == 1);
	CHECK_STR(BR_LIST_AT(product.positions, br_position, 0)->aisle, "4");
	/* Said again, nothing is written. */
	head = br_core_head(bench.core);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'b'}"), 0);
	CHECK_INT(bench_do(&bench, "product.place", "{'sku':'A','positions':[{'aisle':'4'}]}"), 0);
	CHECK_INT(br_core_head(bench.core), head);
	CHECK_INT(bench_do(&bench, "product.place", "{'sku':'A'}"), 0);
	CHECK_INT(product_of(&bench, "A").positions.n, 0);
	bench_verify(&bench);
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
	/* Its stock is history and stays. */
	CHECK_INT(bench_available(&bench, "A"), 10000);
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'A'}"), BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	bench_verify(&bench);
	bench_close(&bench);
}

/* A text of `n` bytes; it lives until the next call but seven. */
static const char *wide(size_t n)
{
	static char ring[8][256];
	static unsigned next;
	char *text = ring[next++ % BR_ARRAY_LEN(ring)];

	REQUIRE(n < sizeof(ring[0]));
	memset(text, 'w', n);
	text[n] = '\0';
	return text;
}

static enum br_refusal wide_upsert(struct bench *bench, unsigned names)
{
	static const char *const gtins =
		"'20000004','036000291452','4006381333931','2000000000015',"
		"'10614141000415','0200000000004','400000000008',"
		"'40170725'";
	struct br_text text;
	enum br_refusal refusal;

	br_text_init(&text, 4000);
	br_text_puts(&text, "{'sku':'W','name':'w','names':[");
	for (unsigned i = 0; i < names; i++)
		br_text_printf(
			&text, "%s{'lang':'%u','text':'%s'}", i > 0 ? "," : "", i, wide(200));
	br_text_printf(&text,
		"],'lang':'%s','brand':'%s','gtins':[%s],'origin':'%s','category':'%s','image':"
		"'%s','allergens':'%s'}",
		wide(32), wide(120), gtins, wide(120), wide(120), wide(120), wide(200));
	REQUIRE(br_text_error(&text) == 0);
	refusal = bench_do(bench, "product.upsert", "%s", text.bytes);
	br_text_finish(&text);
	return refusal;
}

static void test_a_product_that_fits_no_record_is_refused_with_its_size(void)
{
	struct bench bench;

	bench_open(&bench, "full");
	CHECK_INT(wide_upsert(&bench, 4), 0);
	CHECK_INT(product_of(&bench, "W").gtins.n, BR_GTINS_MAX);
	CHECK_INT(wide_upsert(&bench, 6), BR_REFUSAL_TOO_LARGE);
	CHECK_HAS(bench.answer.message, "allowed is 2000");
	CHECK_INT(product_of(&bench, "W").names.n, 4);
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_every_field_is_kept);
	TEST(test_what_the_shelf_needs_to_know_is_kept);
	TEST(test_fields_out_of_their_range_are_refused);
	TEST(test_positions_stay_when_the_catalogue_says_none);
	TEST(test_barcodes_lead_to_their_product_in_every_form);
	TEST(test_a_barcode_belongs_to_one_product);
	TEST(test_a_removed_product_is_gone_from_everywhere);
	TEST(test_a_product_that_fits_no_record_is_refused_with_its_size);
	return test_end(argc, argv);
}
