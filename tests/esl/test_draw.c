#include "esl/draw.h"

#include <pthread.h>
#include <string.h>

#include "esl/encode.h"
#include "tests/esl/sample.h"

static struct br_draw *draw;

static struct br_fields product(void)
{
	struct br_fields fields;

	sample_fill(&fields, &sample_products[0]);
	return fields;
}

/* Draws boxes with the fields; ends the test when that fails. */
static struct br_picture *drawn(
	const char *boxes, const struct br_fields *fields, const struct br_display *display)
{
	struct br_template *template = sample_template(boxes);
	struct br_picture *picture = NULL;
	struct br_fault fault = {""};

	if (br_draw_picture(draw, template, fields, display, &picture, &fault) < 0)
		printf("%s\n", fault.text);
	REQUIRE(picture != NULL);
	br_template_destroy(template);
	return picture;
}

static void refused(
	const char *boxes, const struct br_fields *fields, int want, const char *sentence)
{
	struct br_template *template = sample_template(boxes);
	struct br_picture *picture = NULL;
	struct br_fault fault = {""};

	CHECK_INT(br_draw_picture(draw, template, fields, &sample_29, &picture, &fault), want);
	CHECK_HAS(fault.text, sentence);
	CHECK(picture == NULL);
	br_template_destroy(template);
}

#define NAME_BOX "{\"type\":\"text\",\"x\":20,\"y\":10,\"w\":120,\"h\":50,\"text\":\"{name}\","

static void test_text_stays_in_its_box_and_fills_it(void)
{
	struct br_fields fields = product();

	for (size_t i = 0; i < BR_ARRAY_LEN(sample_products); i++) {
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		struct br_area ink;

		sample_fill(&fields, &sample_products[i]);
		picture = drawn(NAME_BOX "\"size\":[10,40],\"lines\":3,\"bold\":true}", &fields,
			&sample_29);
		ink = sample_ink(picture, BR_COLOUR_BLACK);
		CHECK(ink.x >= 20 && ink.x + ink.w <= 140);
		CHECK(ink.y >= 10 && ink.y + ink.h <= 60);
		CHECK(ink.w > 40 && ink.h > 10);
	}
}

static void test_text_shrinks_until_it_fits(void)
{
	struct br_fields fields = product();
	int heights[2];

	for (int i = 0; i < 2; i++) {
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;

		sample_text(&fields, "name", i == 0 ? "HI" : "HIHIHIHIHIHIHIHI");
		picture = drawn(NAME_BOX "\"size\":[8,40]}", &fields, &sample_29);
		heights[i] = sample_ink(picture, BR_COLOUR_BLACK).h;
	}
	CHECK(heights[0] > 20);
	CHECK(heights[1] < heights[0]);
}

static void test_alignment_follows_the_script(void)
{
	struct br_fields fields = product();
	static const struct {
		const char *name, *align;
		int left, right; /* where the ink must touch; -1: nowhere */
	} cases[] = {
		{"Milk", "start", 20, -1},
		{"Milk", "end", -1, 140},
		{"Milk", "right", -1, 140},
		{"شیر", "start", -1, 140},
		{"شیر", "end", 20, -1},
		{"شیر", "left", 20, -1},
		{"۵ شیر", "start", -1, 140},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		struct br_area ink;
		char box[256];

		sample_text(&fields, "name", cases[i].name);
		(void)snprintf(
			box, sizeof(box), NAME_BOX "\"size\":16,\"align\":\"%s\"}", cases[i].align);
		picture = drawn(box, &fields, &sample_29);
		ink = sample_ink(picture, BR_COLOUR_BLACK);
		CHECK(ink.w > 5 && ink.w < 60);
		if (cases[i].left >= 0)
			CHECK(ink.x - cases[i].left <= 3);
		if (cases[i].right >= 0)
			CHECK(cases[i].right - (ink.x + ink.w) <= 3);
	}
}

static void test_a_name_is_cut_but_an_amount_never(void)
{
	struct br_fields fields = product();
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;

	sample_text(&fields, "name", sample_products[4].name);
	picture = drawn(NAME_BOX "\"size\":[20,24],\"lines\":1}", &fields, &sample_29);
	CHECK(sample_ink(picture, BR_COLOUR_BLACK).w > 60);
	refused(NAME_BOX "\"size\":[20,24],\"ellipsis\":false}", &fields, BR_E_TOO_LARGE,
		"box 1 (text): \"Professional stainless");
	sample_milli(&fields, "unit_price", 1234567000);
	refused("{\"type\":\"text\",\"x\":0,\"y\":0,\"w\":60,\"h\":20,\"size\":[10,12],"
		"\"text\":\"{unit_price:currency} / {unit}\"}",
		&fields, BR_E_TOO_LARGE,
		"1,234,567.00\u00a0€ / kg\" does not fit 60x20 pixels at 10 px");
}

#define PRICE_BOX "{\"type\":\"price\",\"x\":40,\"y\":20,\"w\":%d,\"h\":%d,\"field\":\"price\","

static void test_a_price_fits_or_is_refused(void)
{
	static const int64_t prices[] = {0, 10, 990, 8490, 99990, 1234500, 1234567000, -5000};
	struct br_fields fields = product();
	char box[256];

	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":[12,90]}", 120, 60);
	for (size_t i = 0; i < BR_ARRAY_LEN(prices); i++) {
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		struct br_area ink;

		sample_milli(&fields, "price", prices[i]);
		picture = drawn(box, &fields, &sample_29);
		ink = sample_ink(picture, BR_COLOUR_BLACK);
		CHECK(ink.x >= 40 && ink.x + ink.w <= 160);
		CHECK(ink.y >= 20 && ink.y + ink.h <= 80);
		/* It is as large as one of the sides allows. */
		CHECK(ink.w > 100 || ink.h > 50);
	}
	sample_milli(&fields, "price", 1234567000);
	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":[16,90]}", 60, 20);
	refused(box, &fields, BR_E_TOO_LARGE,
		"box 1 (price): 1,234,567.00\u00a0€ does not fit 60x20 pixels at 16 px");
}

/* At the size that just fits, one pixel less of width is refused. */
static void test_the_border_of_fitting_is_sharp(void)
{
	struct br_fields fields = product();
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	struct br_area ink;
	char box[256];

	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":30}", 200, 60);
	picture = drawn(box, &fields, &sample_29);
	ink = sample_ink(picture, BR_COLOUR_BLACK);
	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":30}", ink.w, ink.h);
	br_picture_destroy(drawn(box, &fields, &sample_29));
	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":30}", ink.w - 1, ink.h);
	refused(box, &fields, BR_E_TOO_LARGE, "does not fit");
}

static void test_absent_fields(void)
{
	struct br_fields fields = {.n = 0};
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	char box[256];

	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":30}", 200, 60);
	refused(box, &fields, BR_E_INVALID,
		"box 1 (price): the field price is required, but absent");
	refused(NAME_BOX "\"size\":12,\"required\":true}", &fields, BR_E_INVALID,
		"box 1 (text): it is required, but its fields are absent");
	picture = drawn(NAME_BOX
		"\"size\":12,\"inverse\":true},"
		"{\"type\":\"price\",\"x\":0,\"y\":0,\"w\":90,\"h\":40,\"size\":20,"
		"\"field\":\"deposit\",\"required\":false},"
		"{\"type\":\"qr\",\"x\":0,\"y\":0,\"w\":90,\"h\":90,\"text\":\"{link}\"},"
		"{\"type\":\"stars\",\"x\":0,\"y\":0,\"w\":90,\"h\":20,\"field\":\"rating\"},"
		"{\"type\":\"barcode\",\"x\":0,\"y\":0,\"w\":226,\"h\":40,\"field\":\"gtin\"}",
		&fields, &sample_29);
	CHECK_INT(sample_ink(picture, BR_COLOUR_BLACK).w, 0);
}

static void test_wrong_kinds_and_values(void)
{
	struct br_fields fields = product();
	char box[256];

	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":30}", 200, 60);
	sample_text(&fields, "price", "cheap");
	refused(box, &fields, BR_E_INVALID, "the field price is a text, not a number");
	sample_text(&fields, "gtin", "04006381333930");
	refused("{\"type\":\"barcode\",\"x\":0,\"y\":0,\"w\":226,\"h\":40,\"field\":\"gtin\"}",
		&fields, BR_E_INVALID,
		"box 1 (barcode): the GTIN 04006381333930 has a wrong check");
	sample_milli(&fields, "gtin", 5);
	refused("{\"type\":\"barcode\",\"x\":0,\"y\":0,\"w\":226,\"h\":40,\"field\":\"gtin\"}",
		&fields, BR_E_INVALID, "the field gtin is a number, not a text");
	sample_milli(&fields, "rating", 5001);
	refused("{\"type\":\"stars\",\"x\":0,\"y\":0,\"w\":90,\"h\":20,\"field\":\"rating\"}",
		&fields, BR_E_INVALID, "rating is 5.001; 0 to 5 stars");
	sample_text(&fields, "currency", "euro");
	sample_milli(&fields, "price", 1000);
	refused(box, &fields, BR_E_INVALID, "currency is \"euro\"");
	sample_text(&fields, "date_form", "x");
	refused(box, &fields, BR_E_INVALID, "date_form is \"x\"");
	sample_text(&fields, "link",
		"https://a-host-name-that-is-far-too-long-for-this.example/01/04006381333931");
	sample_text(&fields, "date_form", "");
	refused("{\"type\":\"qr\",\"x\":0,\"y\":0,\"w\":74,\"h\":74,\"text\":\"{link}\"}", &fields,
		BR_E_TOO_LARGE, "box 1 (qr): the QR code of 75 bytes needs more than the 29");
}

static void test_conditions(void)
{
	static const char box[] = "{\"type\":\"rect\",\"x\":0,\"y\":0,\"w\":10,\"h\":10,\"if\":"
				  "\"promo_until\"},{\"type\":\"rect\",\"x\":20,\"y\":0,\"w\":10,"
				  "\"h\":10,\"unless\":\"promo_until\"}";
	struct br_fields fields = product();

	for (int i = 0; i < 2; i++) {
		BR_CLEANUP(br_picture_cleanup)
		struct br_picture *picture = drawn(box, &fields, &sample_29);

		CHECK_INT(sample_ink(picture, BR_COLOUR_BLACK).x, i == 0 ? 0 : 20);
		CHECK_INT(sample_ink(picture, BR_COLOUR_BLACK).w, 10);
		sample_text(&fields, "promo_until", "");
	}
}

static void test_alternatives_take_the_first_whole_one(void)
{
	struct br_fields fields = product();
	BR_CLEANUP(br_picture_cleanup) struct br_picture *a = NULL;
	BR_CLEANUP(br_picture_cleanup) struct br_picture *b = NULL;

	a = drawn("{\"type\":\"text\",\"x\":0,\"y\":0,\"w\":200,\"h\":30,\"size\":16,\"text\":["
		  "\"{x_none} x\",\"{sku}\",\"never\"]}",
		&fields, &sample_29);
	b = drawn("{\"type\":\"text\",\"x\":0,\"y\":0,\"w\":200,\"h\":30,\"size\":16,\"text\":"
		  "\"104-2231\"}",
		&fields, &sample_29);
	CHECK(br_picture_equal(a, b));
	CHECK(sample_ink(a, BR_COLOUR_BLACK).w > 0);
}

static void test_inverse_fills_its_box(void)
{
	struct br_fields fields = product();
	static const struct {
		enum br_accent accent;
		enum br_colour ground, ink;
	} cases[] = {{BR_ACCENT_NONE, BR_COLOUR_BLACK, BR_COLOUR_WHITE},
		{BR_ACCENT_RED, BR_COLOUR_RED, BR_COLOUR_WHITE},
		{BR_ACCENT_YELLOW, BR_COLOUR_RED, BR_COLOUR_BLACK}};

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_display display = {296, 128, cases[i].accent, 0};
		struct br_area box = {20, 10, 120, 50};
		BR_CLEANUP(br_picture_cleanup)
		struct br_picture *picture =
			drawn(NAME_BOX "\"size\":20,\"inverse\":true,\"colour\":\"red\"}", &fields,
				&display);

		CHECK_INT(br_picture_get(picture, 20, 10), cases[i].ground);
		CHECK_INT(br_picture_get(picture, 139, 59), cases[i].ground);
		CHECK_INT(br_picture_get(picture, 19, 10), BR_COLOUR_WHITE);
		CHECK(sample_count(picture, box, cases[i].ink) > 200);
		CHECK_INT(sample_count(picture, box, cases[i].ink) +
				  sample_count(picture, box, cases[i].ground),
			120 * 50);
	}
}

static void test_red_ink_is_red_or_black(void)
{
	struct br_fields fields = product();
	char box[256];

	(void)snprintf(box, sizeof(box), PRICE_BOX "\"size\":40,\"colour\":\"red\"}", 200, 60);
	for (int accent = BR_ACCENT_NONE; accent <= BR_ACCENT_YELLOW; accent++) {
		struct br_display display = {296, 128, (enum br_accent)accent, 0};
		BR_CLEANUP(br_picture_cleanup)
		struct br_picture *picture = drawn(box, &fields, &display);

		CHECK((sample_ink(picture, BR_COLOUR_RED).w > 0) == (accent == BR_ACCENT_RED));
		CHECK((sample_ink(picture, BR_COLOUR_BLACK).w > 0) == (accent != BR_ACCENT_RED));
	}
}

static void test_strike_adds_a_line(void)
{
	struct br_fields fields = product();
	unsigned counts[2];

	for (int i = 0; i < 2; i++) {
		BR_CLEANUP(br_picture_cleanup)
		struct br_picture *picture = drawn(
			i == 0 ? NAME_BOX "\"size\":16}" : NAME_BOX "\"size\":16,\"strike\":true}",
			&fields, &sample_29);

		counts[i] =
			sample_count(picture, (struct br_area){0, 0, 296, 128}, BR_COLOUR_BLACK);
	}
	CHECK(counts[1] > counts[0] + 30);
}

static void test_shapes(void)
{
	struct br_fields fields = product();
	BR_CLEANUP(br_picture_cleanup)
	struct br_picture *picture =
		drawn("{\"type\":\"line\",\"x\":0,\"y\":0,\"w\":20,\"h\":2,\"dash\":4},"
		      "{\"type\":\"line\",\"x\":30,\"y\":0,\"w\":1,\"h\":20,\"dash\":3},"
		      "{\"type\":\"rect\",\"x\":50,\"y\":0,\"w\":30,\"h\":20,\"border\":2},"
		      "{\"type\":\"rect\",\"x\":100,\"y\":0,\"w\":40,\"h\":40,\"radius\":20},"
		      "{\"type\":\"image\",\"x\":150,\"y\":0,\"w\":8,\"h\":8,\"scale\":2,\"rows\":["
		      "\".#kr\",\"#ww#\"]}",
			&fields, &sample_29_red);

	CHECK_INT(sample_count(picture, (struct br_area){0, 0, 20, 4}, BR_COLOUR_BLACK),
		(4 + 4 + 4) * 2);
	CHECK_INT(sample_count(picture, (struct br_area){30, 0, 1, 30}, BR_COLOUR_BLACK),
		3 + 3 + 3 + 2);
	CHECK_INT(sample_count(picture, (struct br_area){50, 0, 30, 20}, BR_COLOUR_BLACK),
		30 * 20 - 26 * 16);
	/* A full radius makes a disc: pi/4 of the square, its corners white. */
	CHECK_INT(br_picture_get(picture, 100, 0), BR_COLOUR_WHITE);
	CHECK_INT(br_picture_get(picture, 120, 0), BR_COLOUR_BLACK);
	CHECK(abs((int)sample_count(picture, (struct br_area){100, 0, 40, 40}, BR_COLOUR_BLACK) -
		      1257) < 30);
	CHECK_INT(br_picture_get(picture, 150, 0), BR_COLOUR_WHITE);
	CHECK_INT(br_picture_get(picture, 153, 1), BR_COLOUR_BLACK);
	CHECK_INT(br_picture_get(picture, 156, 1), BR_COLOUR_RED);
	CHECK_INT(br_picture_get(picture, 157, 3), BR_COLOUR_BLACK);
}

static void test_stars_fill_with_the_rating(void)
{
	struct br_fields fields = product();
	unsigned before = 0;

	for (int64_t rating = 0; rating <= 5000; rating += 500) {
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		unsigned count;

		sample_milli(&fields, "rating", rating);
		picture = drawn("{\"type\":\"stars\",\"x\":10,\"y\":10,\"w\":120,\"h\":24,"
				"\"field\":\"rating\"}",
			&fields, &sample_29);
		count = sample_count(picture, (struct br_area){10, 10, 120, 24}, BR_COLOUR_BLACK);
		CHECK(count > before);
		before = count;
		CHECK_INT(sample_count(picture, (struct br_area){0, 0, 296, 128}, BR_COLOUR_BLACK),
			count);
	}
}

static void test_ean_modules_are_two_pixels(void)
{
	struct br_fields fields = product();
	BR_CLEANUP(br_picture_cleanup)
	struct br_picture *picture = drawn(
		"{\"type\":\"barcode\",\"x\":10,\"y\":0,\"w\":226,\"h\":40,\"field\":\"gtin\"}",
		&fields, &sample_29);
	bool paired = true;

	/* The quiet zones are 11 and 7 modules of two pixels. */
	CHECK_INT(sample_ink(picture, BR_COLOUR_BLACK).x, 10 + 22);
	CHECK_INT(sample_ink(picture, BR_COLOUR_BLACK).w, 190);
	for (int x = 32; x < 32 + 190; x += 2)
		paired = paired &&
			 br_picture_get(picture, x, 20) == br_picture_get(picture, x + 1, 20);
	CHECK(paired);
}

/* A colour glyph or a script the font lacks must not break the palette or the drawing. */
static void test_any_text_can_be_drawn(void)
{
	static const char *const names[] = {"😀🛒", "牛奶", "\u202e\u2066x",
		"a\u0300\u0301\u0302", "\u200b", "     ", "\uffff", "ﷺ", "x\u2028y"};
	struct br_fields fields = product();

	for (size_t i = 0; i < BR_ARRAY_LEN(names); i++) {
		struct br_area ink;

		sample_text(&fields, "name", names[i]);
		BR_CLEANUP(br_picture_cleanup)
		struct br_picture *picture =
			drawn(NAME_BOX "\"size\":[10,30],\"lines\":2}", &fields, &sample_29_red);
		ink = sample_ink(picture, BR_COLOUR_BLACK);
		CHECK(ink.w == 0 || (ink.x >= 20 && ink.x + ink.w <= 140));
		CHECK_INT(sample_ink(picture, BR_COLOUR_RED).w, 0);
	}
}

static void test_drawing_is_deterministic(void)
{
	struct br_draw *other = NULL;

	REQUIRE(br_draw_create(&other, NULL) == 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(sample_products); i++) {
		BR_CLEANUP(br_template_cleanup)
		struct br_template *template = sample_template(
			NAME_BOX "\"size\":[8,30],\"lines\":3},{\"type\":\"price\","
				 "\"x\":150,\"y\":0,\"w\":140,\"h\":60,\"size\":[8,60],"
				 "\"field\":\"price\"}");
		struct br_picture *a = NULL, *b = NULL;
		struct br_fields fields;

		sample_fill(&fields, &sample_products[i]);
		CHECK_INT(br_draw_picture(draw, template, &fields, &sample_29, &a, NULL), 0);
		CHECK_INT(br_draw_picture(other, template, &fields, &sample_29, &b, NULL), 0);
		REQUIRE(a != NULL && b != NULL);
		CHECK(br_picture_equal(a, b));
		br_picture_destroy(a);
		br_picture_destroy(b);
	}
	br_draw_destroy(other);
	br_draw_destroy(NULL);
}

/* What one thread does: every product many times, compared with what the main thread drew. */
struct worker {
	const struct br_template *template;
	struct br_picture *const *want;
	unsigned rounds, wrong;
};

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	struct br_draw *own = NULL;

	if (br_draw_create(&own, NULL) < 0) {
		worker->wrong++;
		return NULL;
	}
	for (unsigned i = 0; i < worker->rounds; i++) {
		size_t which = i % BR_ARRAY_LEN(sample_products);
		struct br_picture *picture = NULL;
		struct br_fields fields;

		sample_fill(&fields, &sample_products[which]);
		if (br_draw_picture(
			    own, worker->template, &fields, &sample_29_red, &picture, NULL) < 0 ||
			!br_picture_equal(picture, worker->want[which]))
			worker->wrong++;
		br_picture_destroy(picture);
	}
	br_draw_destroy(own);
	return NULL;
}

static void test_threads_draw_at_once(void)
{
	BR_CLEANUP(br_template_cleanup)
	struct br_template *template = sample_template(NAME_BOX
		"\"size\":[8,30],\"lines\":3},"
		"{\"type\":\"barcode\",\"x\":0,\"y\":90,\"w\":226,\"h\":38,\"field\":\"gtin\","
		"\"digits\":true},"
		"{\"type\":\"qr\",\"x\":200,\"y\":0,\"w\":90,\"h\":90,\"text\":\"{link}\"}");
	struct br_picture *want[BR_ARRAY_LEN(sample_products)] = {NULL};
	struct worker workers[3];
	pthread_t threads[3];

	for (size_t i = 0; i < BR_ARRAY_LEN(want); i++) {
		struct br_fields fields;

		sample_fill(&fields, &sample_products[i]);
		REQUIRE(br_draw_picture(draw, template, &fields, &sample_29_red, &want[i], NULL) ==
			0);
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(threads); i++) {
		workers[i] = (struct worker){template, want, 140, 0};
		REQUIRE(pthread_create(&threads[i], NULL, worker_run, &workers[i]) == 0);
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(threads); i++) {
		REQUIRE(pthread_join(threads[i], NULL) == 0);
		CHECK_INT(workers[i].wrong, 0);
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(want); i++)
		br_picture_destroy(want[i]);
}

int main(int argc, char **argv)
{
	struct br_fault fault = {""};
	int result;

	if (br_draw_create(&draw, &fault) < 0) {
		printf("%s\n", fault.text);
		return 1;
	}
	TEST(test_text_stays_in_its_box_and_fills_it);
	TEST(test_text_shrinks_until_it_fits);
	TEST(test_alignment_follows_the_script);
	TEST(test_a_name_is_cut_but_an_amount_never);
	TEST(test_a_price_fits_or_is_refused);
	TEST(test_the_border_of_fitting_is_sharp);
	TEST(test_absent_fields);
	TEST(test_wrong_kinds_and_values);
	TEST(test_conditions);
	TEST(test_alternatives_take_the_first_whole_one);
	TEST(test_inverse_fills_its_box);
	TEST(test_red_ink_is_red_or_black);
	TEST(test_strike_adds_a_line);
	TEST(test_shapes);
	TEST(test_stars_fill_with_the_rating);
	TEST(test_ean_modules_are_two_pixels);
	TEST(test_any_text_can_be_drawn);
	TEST(test_drawing_is_deterministic);
	TEST(test_threads_draw_at_once);
	result = test_end(argc, argv);
	br_draw_destroy(draw);
	return result;
}
