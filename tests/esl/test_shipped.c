#include "esl/draw.h"

#include <string.h>
#include <zbar.h>

#include "esl/encode.h"
#include "esl/png.h"
#include "tests/esl/sample.h"

/*
 * Every shipped template with products in every script, read back by a decoder that knows nothing
 * of how they were drawn. With TEST_PICTURES set to a folder the pictures are left there as PNG.
 */

static const char *const template_names[] = {"shelf-29-regular", "shelf-29-promotion",
	"shelf-42-regular", "shelf-42-promotion", "shelf-75-regular", "shelf-75-promotion"};

static struct br_draw *draw;

static struct br_template *template_load(const char *name)
{
	const char *source = getenv("BACKROOM_SOURCE");
	struct br_template *template = NULL;
	struct br_fault fault = {""};
	char path[4096], *json;
	size_t n;

	REQUIRE(source != NULL);
	(void)snprintf(path, sizeof(path), "%s/esl/templates/%s.json", source, name);
	json = test_file_read(path, &n);
	if (br_template_parse((struct br_str){json, n}, &template, &fault) < 0)
		printf("%s: %s\n", name, fault.text);
	REQUIRE(template != NULL);
	free(json);
	return template;
}

static void picture_keep(const struct br_picture *picture, const char *name, size_t product)
{
	const char *folder = getenv("TEST_PICTURES");
	struct br_text png;
	char path[4096];
	FILE *file;

	if (folder == NULL)
		return;
	br_text_init(&png, BR_PNG_BYTES_MAX);
	REQUIRE(br_png_write(picture, &png) == 0);
	(void)snprintf(path, sizeof(path), "%s/%s-%zu-%u.png", folder, name, product,
		br_display_planes(br_picture_display(picture)));
	file = fopen(path, "wb");
	REQUIRE(file != NULL);
	CHECK_INT(fwrite(png.bytes, 1, png.n, file), png.n);
	CHECK_INT(fclose(file), 0);
	br_text_finish(&png);
}

static struct br_picture *shipped_draw(const struct br_template *template,
	const struct sample_product *product, enum br_accent accent)
{
	struct br_display display = {template->w, template->h, accent, 0};
	struct br_picture *picture = NULL;
	struct br_fault fault = {""};
	struct br_fields fields;

	sample_fill(&fields, product);
	if (br_draw_picture(draw, template, &fields, &display, &picture, &fault) < 0)
		printf("%s, %s: %s\n", template->name, product->name, fault.text);
	REQUIRE(picture != NULL);
	return picture;
}

/* Every pixel becomes four by four, as a scanner's camera sees it, with a white margin around. */
#define ZOOM 4u
#define MARGIN_PX 20

static zbar_image_t *zbar_picture(const struct br_picture *picture)
{
	const struct br_display *display = br_picture_display(picture);
	unsigned w = display->w * ZOOM + 2u * MARGIN_PX, h = display->h * ZOOM + 2u * MARGIN_PX;
	unsigned char *grey = malloc((size_t)w * h);
	zbar_image_t *image = zbar_image_create();

	REQUIRE(grey != NULL && image != NULL);
	memset(grey, 255, (size_t)w * h);
	for (int y = 0; y < display->h * (int)ZOOM; y++)
		for (int x = 0; x < display->w * (int)ZOOM; x++)
			if (br_picture_get(picture, x / (int)ZOOM, y / (int)ZOOM) !=
				BR_COLOUR_WHITE)
				grey[(size_t)(y + MARGIN_PX) * w + (size_t)x + MARGIN_PX] = 0;
	zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(image, w, h);
	zbar_image_set_data(image, grey, (unsigned long)w * h, zbar_image_free_data);
	return image;
}

/* The decoder says a UPC-A and an EAN-8 in their own lengths. */
static bool barcode_matches(zbar_symbol_type_t type, const char *text, const char *gtin)
{
	size_t n = strlen(text);

	if (type != ZBAR_EAN13 && type != ZBAR_EAN8 && type != ZBAR_UPCA)
		return false;
	return n <= 14 && strspn(gtin, "0") >= 14 - n && strcmp(gtin + 14 - n, text) == 0;
}

static void codes_check(const struct br_picture *picture, const struct sample_product *product)
{
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	zbar_image_t *image = zbar_picture(picture);
	unsigned barcodes = 0, links = 0, others = 0;

	zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_ENABLE, 0);
	zbar_image_scanner_set_config(scanner, ZBAR_EAN13, ZBAR_CFG_ENABLE, 1);
	zbar_image_scanner_set_config(scanner, ZBAR_EAN8, ZBAR_CFG_ENABLE, 1);
	zbar_image_scanner_set_config(scanner, ZBAR_UPCA, ZBAR_CFG_ENABLE, 1);
	zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
	CHECK(zbar_scan_image(scanner, image) >= 2);
	for (const zbar_symbol_t *symbol = zbar_image_first_symbol(image); symbol != NULL;
		symbol = zbar_symbol_next(symbol)) {
		const char *text = zbar_symbol_get_data(symbol);
		zbar_symbol_type_t type = zbar_symbol_get_type(symbol);

		if (type == ZBAR_QRCODE && strcmp(text, product->link) == 0)
			links++;
		else if (barcode_matches(type, text, product->gtin))
			barcodes++;
		else
			others += printf("read \"%s\"\n", text) > 0;
	}
	CHECK_INT(links, 1);
	CHECK_INT(barcodes, 1);
	CHECK_INT(others, 0);
	zbar_image_destroy(image);
	zbar_image_scanner_destroy(scanner);
}

static void template_check(const char *name)
{
	BR_CLEANUP(br_template_cleanup) struct br_template *template = template_load(name);

	CHECK_TEXT(template->name, name);
	CHECK_INT(template->state,
		strstr(name, "promotion") != NULL ? BR_TEMPLATE_PROMOTION : BR_TEMPLATE_REGULAR);
	for (size_t i = 0; i < BR_ARRAY_LEN(sample_products); i++) {
		for (int accent = BR_ACCENT_NONE; accent <= BR_ACCENT_RED; accent++) {
			BR_CLEANUP(br_picture_cleanup)
			struct br_picture *picture =
				shipped_draw(template, &sample_products[i], (enum br_accent)accent);

			codes_check(picture, &sample_products[i]);
			picture_keep(picture, name, i);
		}
	}
}

static void test_29_regular(void)
{
	template_check("shelf-29-regular");
}

static void test_29_promotion(void)
{
	template_check("shelf-29-promotion");
}

static void test_42_regular(void)
{
	template_check("shelf-42-regular");
}

static void test_42_promotion(void)
{
	template_check("shelf-42-promotion");
}

static void test_75_regular(void)
{
	template_check("shelf-75-regular");
}

static void test_75_promotion(void)
{
	template_check("shelf-75-promotion");
}

static bool areas_meet(struct br_area a, struct br_area b)
{
	return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* Boxes that may be drawn together and are not grounds for others share no pixel. */
static bool boxes_may_meet(const struct br_box *a, const struct br_box *b)
{
	bool exclude = (a->only_if.n > 0 && br_str_equal(a->only_if, b->unless)) ||
		       (b->only_if.n > 0 && br_str_equal(b->only_if, a->unless));
	/* On 2.9" the quiet zones of barcode and QR code overlap; both only want white. */
	bool quiet = a->kind == BR_BOX_BARCODE && b->kind == BR_BOX_QR;
	/* A brand's line is a place that the name takes where there is no brand. */
	bool brand = a->kind == BR_BOX_TEXT && br_str_is(b->unless, "brand");

	return exclude || quiet || brand || a->kind == BR_BOX_RECT;
}

static void test_boxes_do_not_overlap(void)
{
	for (size_t t = 0; t < BR_ARRAY_LEN(template_names); t++) {
		BR_CLEANUP(br_template_cleanup)
		struct br_template *template = template_load(template_names[t]);

		for (unsigned i = 0; i < template->box_n; i++) {
			for (unsigned j = i + 1; j < template->box_n; j++) {
				const struct br_box *a = &template->boxes[i];
				const struct br_box *b = &template->boxes[j];

				if (areas_meet(a->area, b->area) && !boxes_may_meet(a, b)) {
					printf("%s: boxes %u and %u\n", template->name, i + 1,
						j + 1);
					CHECK(!areas_meet(a->area, b->area));
				}
			}
		}
	}
	CHECK(true);
}

/* The price's box, drawn alone, tells how many pixels of it the whole label must hold. */
static void test_the_price_is_the_largest_thing(void)
{
	for (size_t t = 0; t < BR_ARRAY_LEN(template_names); t++) {
		BR_CLEANUP(br_template_cleanup)
		struct br_template *template = template_load(template_names[t]);
		unsigned price_px = 0, name_px = 0;

		for (unsigned i = 0; i < template->box_n; i++) {
			const struct br_box *box = &template->boxes[i];

			if (box->kind == BR_BOX_PRICE)
				price_px = box->size_max_px;
			else if (box->kind == BR_BOX_TEXT && box->size_max_px > name_px)
				name_px = box->size_max_px;
			CHECK(box->kind != BR_BOX_BARCODE || br_str_is(box->field, "gtin"));
		}
		CHECK(price_px >= 2 * name_px);
	}
}

static void test_a_product_with_nothing_but_a_name_and_a_price(void)
{
	for (size_t t = 0; t < BR_ARRAY_LEN(template_names); t++) {
		BR_CLEANUP(br_template_cleanup)
		struct br_template *template = template_load(template_names[t]);
		struct br_display display = {template->w, template->h, BR_ACCENT_RED, 0};
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		struct br_fields fields = {.n = 0};

		sample_text(&fields, "name", "Milk");
		sample_milli(&fields, "price", 1000);
		CHECK_INT(br_draw_picture(draw, template, &fields, &display, &picture, NULL), 0);
		fields.n = 1;
		CHECK_INT(br_draw_picture(draw, template, &fields, &display, &picture, NULL),
			BR_E_INVALID);
	}
}

/* A name of random words of all scripts, as long as a careless catalogue may make it. */
static void name_random(char *name, size_t size)
{
	static const char *const words[] = {"Bio", "Donaudampfschifffahrt", "Молоко", "γάλα", "شیر",
		"500 g", "½", "l'été", "№5", "x"};
	size_t n = 0, wanted = test_random() % (size - 1);

	name[0] = '\0';
	while (n < wanted) {
		const char *word = words[test_random() % BR_ARRAY_LEN(words)];

		if (n + strlen(word) + 2 > size)
			break;
		n += (size_t)snprintf(name + n, size - n, "%s ", word);
	}
}

/* Whatever the catalogue says, a label is drawn with both codes readable, or says what is too
 * large. */
static void test_random_products(void)
{
	unsigned drawn = 0, refused = 0;

	for (int round = 0; round < 60; round++) {
		/* Every tenth has a price that no label of 2.9" can hold. */
		bool hopeless = round % 10 == 0;
		BR_CLEANUP(br_template_cleanup)
		struct br_template *template =
			template_load(template_names[hopeless ? 1 : test_random() % 6]);
		struct br_display display = {template->w, template->h,
			(enum br_accent)(test_random() % 3), (uint8_t)(test_random() % 4)};
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		struct sample_product product =
			sample_products[test_random() % BR_ARRAY_LEN(sample_products)];
		struct br_fault fault = {""};
		struct br_fields fields;
		char name[400];
		int error;

		name_random(name, sizeof(name));
		product.name = name;
		product.price = hopeless ? INT64_MAX / 2
					 : (int64_t)(test_random() >> (20 + test_random() % 44));
		product.regular_price = product.price + (int64_t)(test_random() % 100000);
		sample_fill(&fields, &product);
		error = br_draw_picture(draw, template, &fields, &display, &picture, &fault);
		if (error == 0) {
			drawn++;
			codes_check(picture, &product);
		} else {
			refused++;
			CHECK_INT(error, BR_E_TOO_LARGE);
			CHECK_HAS(fault.text, "box ");
			CHECK_HAS(fault.text, "does not fit");
		}
	}
	CHECK(drawn > 15);
	CHECK(refused >= 6);
}

/* A product that left the catalogue has nothing but its SKU, and of that any. */
static void test_not_for_sale_needs_no_product(void)
{
	static const char *const names[] = {
		"shelf-29-not-for-sale", "shelf-42-not-for-sale", "shelf-75-not-for-sale"};
	static const char *const skus[] = {"A1",
		"0123456789012345678901234567890123456789012345678901234567890123",
		"\xD8\xB4\xDB\x8C\xD8\xB1"};

	for (size_t t = 0; t < BR_ARRAY_LEN(names); t++) {
		BR_CLEANUP(br_template_cleanup)
		struct br_template *template = template_load(names[t]);
		struct br_display display = {template->w, template->h, BR_ACCENT_NONE, 0};

		CHECK_INT(template->state, BR_TEMPLATE_NOT_FOR_SALE);
		for (size_t i = 0; i < BR_ARRAY_LEN(skus); i++) {
			BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
			struct br_fields fields = {.n = 0};
			struct br_fault fault = {""};

			sample_text(&fields, "sku", skus[i]);
			CHECK_INT(br_draw_picture(
					  draw, template, &fields, &display, &picture, &fault),
				0);
			CHECK_TEXT(fault.text, "");
			REQUIRE(picture != NULL);
			picture_keep(picture, names[t], i);
		}
	}
}

/* From the template to the glass and back: what a label decodes is what was drawn. */
static void test_encoded_labels_come_back(void)
{
	BR_CLEANUP(br_template_cleanup)
	struct br_template *template = template_load("shelf-29-promotion");

	for (unsigned rotation = 0; rotation < 4; rotation++) {
		struct br_display display = {296, 128, BR_ACCENT_RED, (uint8_t)rotation};
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		BR_CLEANUP(br_picture_cleanup) struct br_picture *shown = NULL;
		struct br_fields fields;
		struct br_text bytes;

		sample_fill(&fields, &sample_products[0]);
		REQUIRE(br_draw_picture(draw, template, &fields, &display, &picture, NULL) == 0);
		br_text_init(&bytes, BR_ENCODED_BYTES_MAX);
		REQUIRE(br_encode_picture(picture, BR_ENCODING_ZLIB12, &bytes) == 0);
		/* A label is mostly white: a third of its raw bytes is far too much. */
		CHECK(bytes.n < 9472 / 3);
		REQUIRE(br_decode_picture(br_text_str(&bytes), BR_ENCODING_ZLIB12, &display, &shown,
				NULL) == 0);
		CHECK(br_picture_equal(picture, shown));
		codes_check(shown, &sample_products[0]);
		br_text_finish(&bytes);
	}
}

int main(int argc, char **argv)
{
	struct br_fault fault = {""};
	int result;

	if (br_draw_create(&draw, &fault) < 0) {
		printf("%s\n", fault.text);
		return 1;
	}
	TEST(test_29_regular);
	TEST(test_29_promotion);
	TEST(test_42_regular);
	TEST(test_42_promotion);
	TEST(test_75_regular);
	TEST(test_75_promotion);
	TEST(test_boxes_do_not_overlap);
	TEST(test_the_price_is_the_largest_thing);
	TEST(test_a_product_with_nothing_but_a_name_and_a_price);
	TEST(test_random_products);
	TEST(test_not_for_sale_needs_no_product);
	TEST(test_encoded_labels_come_back);
	result = test_end(argc, argv);
	br_draw_destroy(draw);
	return result;
}
