#include "esl/typeset.h"

#include <string.h>

#include "tests/esl/sample.h"

static struct br_typeset *typeset;

static const struct br_area everywhere = {0, 0, 296, 128};

/* A style of one free line, which single tests change. */
static struct br_type_style line_of(unsigned size_px)
{
	return (struct br_type_style){
		.size_px = size_px, .w_px = BR_TYPESET_WIDTH_FREE, .lines = 1, .wrap = true};
}

static struct br_type_extent set(const char *text, struct br_type_style style)
{
	struct br_type_extent extent;

	br_typeset_set(typeset, br_str_from(text), &style, &extent);
	return extent;
}

static struct br_picture *blank(void)
{
	struct br_picture *picture = NULL;

	REQUIRE(br_picture_create(&sample_29_red, &picture, NULL) == 0);
	return picture;
}

static void test_extents_tell_what_is_painted(void)
{
	static const char *const texts[] = {
		"Milk", "Молоко", "Γάλα", "شیر", "1,234.56", "€", "jÅq"};

	for (size_t i = 0; i < BR_ARRAY_LEN(texts); i++) {
		for (unsigned size_px = 8; size_px <= 60; size_px += 13) {
			BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = blank();
			struct br_type_extent extent = set(texts[i], line_of(size_px));
			struct br_area ink;

			CHECK_INT(br_typeset_paint(
					  typeset, picture, 10, 20, everywhere, BR_COLOUR_RED),
				0);
			ink = sample_ink(picture, BR_COLOUR_RED);
			CHECK(ink.w > 0 && extent.whole);
			/* The extent may be a pixel larger than the ink, and never smaller. */
			CHECK(ink.x >= 10 + extent.ink.x && ink.y >= 20 + extent.ink.y);
			CHECK(ink.w <= extent.ink.w && ink.w >= extent.ink.w - 2);
			CHECK(ink.h <= extent.ink.h && ink.h >= extent.ink.h - 2);
			CHECK(extent.baseline > 0 && extent.baseline <= extent.h);
			CHECK_INT(sample_ink(picture, BR_COLOUR_BLACK).w, 0);
		}
	}
}

static void test_the_clip_is_exact(void)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = blank();
	struct br_area clip = {30, 30, 25, 12}, ink;

	(void)set("WWWWWWWW", line_of(40));
	CHECK_INT(br_typeset_paint(typeset, picture, 0, 10, clip, BR_COLOUR_BLACK), 0);
	ink = sample_ink(picture, BR_COLOUR_BLACK);
	CHECK(ink.w > 0 && ink.x >= 30 && ink.y >= 30);
	CHECK(ink.x + ink.w <= 55 && ink.y + ink.h <= 42);
}

static void test_direction_is_that_of_the_paragraph(void)
{
	CHECK(!set("Milk شیر", line_of(12)).right_to_left);
	CHECK(set("شیر Milk", line_of(12)).right_to_left);
	CHECK(set("12 شیر", line_of(12)).right_to_left);
	CHECK(!set("12", line_of(12)).right_to_left);
	CHECK(!set("", line_of(12)).right_to_left);
}

static void test_lines_wrap_at_words(void)
{
	struct br_type_style style = line_of(14);
	struct br_type_extent extent;

	style.w_px = 80;
	style.lines = 3;
	extent = set("one two three four five", style);
	CHECK(extent.whole && extent.w <= 80);
	CHECK(extent.h >= 2 * 14 && extent.h <= 3 * (int)br_box_line_px(14));
	style.lines = 1;
	CHECK(!set("one two three four five", style).whole);
	style.lines = 3;
	/* A word wider than the line is not whole unless it may be broken. */
	CHECK(!set("extraordinarily", style).whole);
	style.break_words = true;
	CHECK(set("extraordinarily", style).whole);
}

static void test_ellipsis_cuts_to_the_lines(void)
{
	struct br_type_style style = line_of(14);
	struct br_type_extent extent;

	style.w_px = 80;
	style.lines = 2;
	style.ellipsis = true;
	style.break_words = true;
	extent = set("one two three four five six seven eight nine ten", style);
	CHECK(!extent.whole);
	CHECK(extent.w <= 80 && extent.h <= 2 * (int)br_box_line_px(14));
	CHECK(set("one two", style).whole);
}

static void test_line_heights_are_what_the_schema_counts_on(void)
{
	for (unsigned size_px = BR_BOX_SIZE_MIN_PX; size_px <= 120; size_px++) {
		struct br_type_style style = line_of(size_px);

		CHECK(set("Åjgq", style).h <= (int)br_box_line_px(size_px));
		style.bold = true;
		CHECK(set("Åjgq", style).h <= (int)br_box_line_px(size_px));
	}
}

static void test_bold_is_wider(void)
{
	struct br_type_style style = line_of(20);
	int w = set("Milk", style).w;

	style.bold = true;
	CHECK(set("Milk", style).w > w);
}

static void test_nothing_is_painted_of_nothing(void)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = blank();

	CHECK_INT(set("   ", line_of(20)).ink.w, 0);
	CHECK_INT(br_typeset_paint(typeset, picture, 0, 0, everywhere, BR_COLOUR_BLACK), 0);
	CHECK_INT(sample_ink(picture, BR_COLOUR_BLACK).w, 0);
}

/* A text far wider than the display costs a surface of the display's size and no more. */
static void test_huge_texts_are_bounded(void)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = blank();
	static char text[BR_EXPRESSION_RESULT_BYTES_MAX + 1];

	memset(text, 'W', sizeof(text) - 1);
	CHECK(set(text, line_of(BR_BOX_SIZE_MAX_PX)).w > 100000);
	CHECK_INT(br_typeset_paint(typeset, picture, 0, -100, everywhere, BR_COLOUR_BLACK), 0);
	CHECK(sample_ink(picture, BR_COLOUR_BLACK).w > 200);
}

int main(int argc, char **argv)
{
	struct br_fault fault = {""};
	int result;

	if (br_typeset_create(&typeset, &fault) < 0) {
		printf("%s\n", fault.text);
		return 1;
	}
	TEST(test_extents_tell_what_is_painted);
	TEST(test_the_clip_is_exact);
	TEST(test_direction_is_that_of_the_paragraph);
	TEST(test_lines_wrap_at_words);
	TEST(test_ellipsis_cuts_to_the_lines);
	TEST(test_line_heights_are_what_the_schema_counts_on);
	TEST(test_bold_is_wider);
	TEST(test_nothing_is_painted_of_nothing);
	TEST(test_huge_texts_are_bounded);
	result = test_end(argc, argv);
	br_typeset_destroy(typeset);
	br_typeset_destroy(NULL);
	return result;
}
