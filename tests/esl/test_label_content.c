#include "esl/label_content.h"

#include <stdio.h>
#include <string.h>

#include "tests/node/bench.h"

static const struct br_label_place place = {.link_host = "id.example", .utc_offset_min = 60};

/* What a label of the product shows at the bench's time. */
static int content_of(struct bench *bench, const char *sku, struct br_label_content *content)
{
	return br_label_content_read(
		bench_read(bench), br_str_from(sku), bench->now_ms, &place, &bench->arena, content);
}

static int64_t number_of(const struct br_label_content *content, const char *name)
{
	const struct br_label_field *field = br_fields_find(&content->fields, br_str_from(name));

	return field != NULL && field->number ? field->milli : -1;
}

static void test_a_product_with_everything(void)
{
	struct br_label_content content;
	struct bench bench;

	bench_open(&bench, "everything");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'Молоко','brand':'Луг','origin':'FI','gtins':["
			  "'4006381333931'],'content':0.5,'content_unit':'l'}"),
		0);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'M','amount':1.25,'currency':'EUR'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'M','kind':'receive','quantity':7}"), 0);
	CHECK_INT(content_of(&bench, "M", &content), 0);
	CHECK_INT(content.state, BR_TEMPLATE_REGULAR);
	CHECK_STR(br_fields_text_of(&content.fields, "sku"), "M");
	CHECK_STR(br_fields_text_of(&content.fields, "name"), "Молоко");
	CHECK_STR(br_fields_text_of(&content.fields, "brand"), "Луг");
	CHECK_STR(br_fields_text_of(&content.fields, "origin"), "FI");
	CHECK_STR(br_fields_text_of(&content.fields, "gtin"), "04006381333931");
	CHECK_STR(
		br_fields_text_of(&content.fields, "link"), "https://id.example/01/04006381333931");
	CHECK_STR(br_fields_text_of(&content.fields, "currency"), "EUR");
	CHECK_STR(br_fields_text_of(&content.fields, "unit"), "l");
	CHECK_INT(number_of(&content, "price"), 1250);
	CHECK_INT(number_of(&content, "unit_price"), 2500);
	CHECK_INT(number_of(&content, "stock"), 7000);
	CHECK_INT(number_of(&content, "regular_price"), -1);
	bench_close(&bench);
}

static void test_a_product_with_little(void)
{
	struct br_label_content content;
	struct bench bench;

	bench_open(&bench, "little");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'M','name':'Milk'}"), 0);
	CHECK_INT(content_of(&bench, "M", &content), 0);
	CHECK_INT(number_of(&content, "price"), -1);
	CHECK_INT(number_of(&content, "unit_price"), -1);
	CHECK_INT(number_of(&content, "stock"), 0);
	CHECK_STR(br_fields_text_of(&content.fields, "gtin"), "");
	CHECK_STR(br_fields_text_of(&content.fields, "link"), "");
	bench_close(&bench);
}

/* Directive 98/6/EC, Art. 3(3): what is sold loose shows the price of the unit. */
static void test_what_is_sold_loose_shows_its_unit(void)
{
	struct br_label_content content;
	struct bench bench;

	bench_open(&bench, "loose");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'Apples','sold_by':'weight'}"),
		0);
	CHECK_INT(bench_do(&bench, "price.set", "{'sku':'M','amount':2.99,'currency':'EUR'}"), 0);
	CHECK_INT(content_of(&bench, "M", &content), 0);
	CHECK_INT(number_of(&content, "price"), 2990);
	CHECK_INT(number_of(&content, "unit_price"), 2990);
	CHECK_STR(br_fields_text_of(&content.fields, "unit"), "kg");
	/* Of a single piece the unit price is the price: it is not told twice, Art. 3(1). */
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'Bulb','content':1,'content_unit':'piece'}"),
		0);
	CHECK_INT(content_of(&bench, "M", &content), 0);
	CHECK_INT(number_of(&content, "unit_price"), -1);
	bench_close(&bench);
}

static void test_a_product_that_is_not_in_the_catalogue(void)
{
	struct br_label_content content;
	struct bench bench;

	bench_open(&bench, "absent");
	CHECK_INT(content_of(&bench, "nothing", &content), BR_E_NOT_FOUND);
	CHECK_INT(content.state, BR_TEMPLATE_NOT_FOR_SALE);
	CHECK_STR(br_fields_text_of(&content.fields, "sku"), "nothing");
	CHECK_INT(content.fields.n, 1);
	bench_close(&bench);
}

/* The label stands for a piece: a case's number has no symbol that a till reads. */
static void test_the_number_is_that_of_a_piece(void)
{
	struct br_label_content content;
	struct bench bench;

	bench_open(&bench, "pieces");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'M','name':'Milk','gtins':['14006381333938','4006381333931',"
			  "'96385074']}"),
		0);
	CHECK_INT(content_of(&bench, "M", &content), 0);
	CHECK_STR(br_fields_text_of(&content.fields, "gtin"), "04006381333931");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'N','name':'Milk, 12','gtins':['24006381333935']}"),
		0);
	CHECK_INT(content_of(&bench, "N", &content), 0);
	CHECK_STR(br_fields_text_of(&content.fields, "gtin"), "24006381333935");
	bench_close(&bench);
}

static void test_a_promotion_says_what_it_was_and_until_when(void)
{
	struct br_label_content content;
	struct bench bench;

	bench_open(&bench, "promotion");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'M','name':'Milk'}"), 0);
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'M','amount':2,'currency':'EUR','from':'2026-01-01T00:00:00Z'}"),
		0);
	/* It ends with the 31st of March, by the clock of a store an hour east of Greenwich. */
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'M','kind':'promotion','amount':1.5,'currency':'EUR','to':"
			  "'2026-03-31T23:00:00Z'}"),
		0);
	CHECK_INT(content_of(&bench, "M", &content), 0);
	CHECK_INT(content.state, BR_TEMPLATE_PROMOTION);
	CHECK_INT(number_of(&content, "price"), 1500);
	CHECK_INT(number_of(&content, "regular_price"), 2000);
	CHECK_INT(number_of(&content, "lowest_30d"), 2000);
	CHECK_STR(br_fields_text_of(&content.fields, "promo_until"), "2026-03-31");
	/* Once it is over the label is a regular one again. */
	bench.now_ms = INT64_C(1774998000000);
	CHECK_INT(content_of(&bench, "M", &content), 0);
	CHECK_INT(content.state, BR_TEMPLATE_REGULAR);
	CHECK_INT(number_of(&content, "price"), 2000);
	CHECK_STR(br_fields_text_of(&content.fields, "promo_until"), "");
	bench_close(&bench);
}

static void test_without_a_host_there_is_no_link(void)
{
	struct br_label_place nowhere = {.link_host = ""};
	struct br_label_content content;
	struct bench bench;

	bench_open(&bench, "nowhere");
	bench_catalogue(&bench);
	CHECK_INT(br_label_content_read(bench_read(&bench), BR_STR("A"), bench.now_ms, &nowhere,
			  &bench.arena, &content),
		0);
	CHECK_STR(br_fields_text_of(&content.fields, "gtin"), "02000000000015");
	CHECK_STR(br_fields_text_of(&content.fields, "link"), "");
	bench_close(&bench);
}

/* A text of so many times a character of two bytes. */
static const char *long_text(unsigned n)
{
	static char buffers[4][512];
	static unsigned next;
	char *buffer = buffers[next++ % 4];

	buffer[0] = '\0';
	while (n-- > 0)
		(void)strcat(buffer, "ß");
	return buffer;
}

static void test_the_longest_texts_fit(void)
{
	char host[201];
	struct br_label_place far = {.link_host = host,
		.utc_offset_min = -840,
		.decimal_mark = "\xD9\xAB",
		.group_mark = "\xD9\xAC",
		.digit_zero = "\xDB\xB0",
		.date_form = "y-m-d"};
	struct br_label_content content;
	struct bench bench;

	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	bench_open(&bench, "longest");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'%s','name':'%s','brand':'%s','origin':'%s','gtins':["
			  "'4006381333931'],'content':1,'content_unit':'piece'}",
			  long_text(32), long_text(100), long_text(60), long_text(60)),
		0);
	CHECK_INT(bench_do(&bench, "price.set",
			  "{'sku':'%s','kind':'promotion','amount':1,'currency':'EUR','to':"
			  "'2026-12-31T23:00:00Z'}",
			  long_text(32)),
		0);
	CHECK_INT(br_label_content_read(bench_read(&bench), br_str_from(long_text(32)),
			  bench.now_ms, &far, &bench.arena, &content),
		0);
	CHECK_INT(br_fields_text_of(&content.fields, "name").n, 200);
	CHECK_INT(br_fields_text_of(&content.fields, "brand").n, 120);
	CHECK_INT(br_fields_text_of(&content.fields, "origin").n, 120);
	CHECK(br_fields_text_of(&content.fields, "link").n > 140);
	CHECK_STR(br_fields_text_of(&content.fields, "promo_until"), "2026-12-31");
	bench_close(&bench);
}

/* The store's way of writing comes with every product, and what cannot be is refused at the start.
 */
static void test_the_stores_way_of_writing(void)
{
	struct br_label_place german = {.link_host = "id.example",
		.decimal_mark = ",",
		.group_mark = ".",
		.digit_zero = "0",
		.date_form = "d.m.y"};
	struct br_label_content content;
	struct br_fault fault = {""};
	struct bench bench;

	bench_open(&bench, "writing");
	bench_catalogue(&bench);
	CHECK_INT(br_label_place_check(&german, &fault), 0);
	CHECK_INT(br_label_content_read(bench_read(&bench), BR_STR("A"), bench.now_ms, &german,
			  &bench.arena, &content),
		0);
	CHECK_STR(br_fields_text_of(&content.fields, "decimal_mark"), ",");
	CHECK_STR(br_fields_text_of(&content.fields, "group_mark"), ".");
	CHECK_STR(br_fields_text_of(&content.fields, "date_form"), "d.m.y");
	CHECK_INT(content_of(&bench, "A", &content), 0);
	CHECK_STR(br_fields_text_of(&content.fields, "decimal_mark"), "");
	CHECK_INT(br_label_place_check(&place, &fault), 0);
	german.date_form = "y.m.d";
	CHECK_INT(br_label_place_check(&german, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "date_form is \"y.m.d\"");
	german.date_form = "y-m-d";
	german.digit_zero = "1";
	CHECK_INT(br_label_place_check(&german, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "digit_zero");
	german.digit_zero = "\xFF";
	CHECK_INT(br_label_place_check(&german, &fault), BR_E_INVALID);
	german.digit_zero = "000000000";
	CHECK_INT(br_label_place_check(&german, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "digit_zero is too long");
	bench_close(&bench);
}

static void test_a_copy_owns_its_texts(void)
{
	struct br_label_content content, copy;
	struct bench bench;

	bench_open(&bench, "copy");
	bench_catalogue(&bench);
	CHECK_INT(content_of(&bench, "A", &content), 0);
	copy = content;
	br_label_content_moved(&copy, &content);
	memset(&content, 0xFF, sizeof(content));
	CHECK_STR(br_fields_text_of(&copy.fields, "name"), "Apple juice");
	CHECK_STR(br_fields_text_of(&copy.fields, "gtin"), "02000000000015");
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_product_with_everything);
	TEST(test_a_product_with_little);
	TEST(test_what_is_sold_loose_shows_its_unit);
	TEST(test_a_product_that_is_not_in_the_catalogue);
	TEST(test_the_number_is_that_of_a_piece);
	TEST(test_a_promotion_says_what_it_was_and_until_when);
	TEST(test_without_a_host_there_is_no_link);
	TEST(test_the_longest_texts_fit);
	TEST(test_the_stores_way_of_writing);
	TEST(test_a_copy_owns_its_texts);
	return test_end(argc, argv);
}
