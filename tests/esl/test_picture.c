#include "esl/picture.h"

#include <string.h>

#include "tests/lib/test.h"

static struct br_picture *picture_make(int w, int h, enum br_accent accent)
{
	struct br_display display = {(uint16_t)w, (uint16_t)h, accent, 0};
	struct br_picture *picture = NULL;

	REQUIRE(br_picture_create(&display, &picture, NULL) == 0);
	return picture;
}

static void noise_set(struct br_picture *picture)
{
	const struct br_display *display = br_picture_display(picture);

	for (int y = 0; y < display->h; y++)
		for (int x = 0; x < display->w; x++)
			br_picture_set(picture, x, y, (enum br_colour)(test_random() % 3));
}

static void test_impossible_displays_are_refused(void)
{
	static const struct {
		struct br_display display;
		const char *part;
	} bad[] = {
		{{15, 128, BR_ACCENT_NONE, 0}, "15x128"},
		{{128, 1601, BR_ACCENT_NONE, 0}, "a side is 16 to 1600"},
		{{1600, 1600, BR_ACCENT_NONE, 0}, "at most 1920000 pixels"},
		{{296, 128, (enum br_accent)3, 0}, "accent 3"},
		{{296, 128, BR_ACCENT_RED, 4}, "rotation 4"},
	};
	struct br_picture *picture = NULL;
	struct br_fault fault;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		fault.text[0] = '\0';
		CHECK_INT(br_picture_create(&bad[i].display, &picture, &fault), BR_E_INVALID);
		CHECK_HAS(fault.text, bad[i].part);
	}
	CHECK(picture == NULL);
}

static void test_planes_are_msb_first_without_row_padding(void)
{
	BR_CLEANUP(br_picture_cleanup)
	struct br_picture *picture = picture_make(17, 16, BR_ACCENT_RED);
	struct br_str planes;

	br_picture_set(picture, 0, 0, BR_COLOUR_BLACK);
	br_picture_set(picture, 16, 0, BR_COLOUR_BLACK);
	br_picture_set(picture, 0, 1, BR_COLOUR_RED);
	planes = br_picture_planes(picture);
	CHECK_INT(planes.n, 2 * 34);
	CHECK_INT((unsigned char)planes.s[0], 0x80);
	CHECK_INT((unsigned char)planes.s[2], 0x80);
	CHECK_INT((unsigned char)planes.s[34 + 2], 0x40);
	CHECK_INT(br_picture_get(picture, 16, 0), BR_COLOUR_BLACK);
	CHECK_INT(br_picture_get(picture, 0, 1), BR_COLOUR_RED);
	CHECK_INT(br_picture_get(picture, 1, 1), BR_COLOUR_WHITE);
}

static void test_red_turns_black_without_a_second_plane(void)
{
	BR_CLEANUP(br_picture_cleanup)
	struct br_picture *picture = picture_make(16, 16, BR_ACCENT_NONE);

	CHECK_INT(br_picture_planes(picture).n, 32);
	br_picture_set(picture, 3, 3, BR_COLOUR_RED);
	CHECK_INT(br_picture_get(picture, 3, 3), BR_COLOUR_BLACK);
}

static void test_colours_replace_each_other(void)
{
	BR_CLEANUP(br_picture_cleanup)
	struct br_picture *picture = picture_make(16, 16, BR_ACCENT_YELLOW);

	for (int from = 0; from < BR_COLOUR_N; from++) {
		for (int to = 0; to < BR_COLOUR_N; to++) {
			br_picture_set(picture, 5, 5, (enum br_colour)from);
			br_picture_set(picture, 5, 5, (enum br_colour)to);
			CHECK_INT(br_picture_get(picture, 5, 5), to);
		}
	}
}

static bool area_has(struct br_area area, int x, int y)
{
	return x >= area.x && x < area.x + area.w && y >= area.y && y < area.y + area.h;
}

/* Fills that begin and end anywhere in bytes, and reach over the edges, against the plain rule. */
static void test_fills_colour_exactly_their_area(void)
{
	for (int round = 0; round < 200; round++) {
		BR_CLEANUP(br_picture_cleanup)
		struct br_picture *picture =
			picture_make(16 + (int)(test_random() % 40), 16, BR_ACCENT_RED);
		BR_CLEANUP(br_picture_cleanup) struct br_picture *plain = NULL;
		struct br_area area = {(int)(test_random() % 70) - 10,
			(int)(test_random() % 20) - 2, (int)(test_random() % 50),
			(int)(test_random() % 20)};
		enum br_colour colour = (enum br_colour)(test_random() % 3);
		const struct br_display *display = br_picture_display(picture);

		noise_set(picture);
		REQUIRE(br_picture_turn(picture, &plain) == 0);
		br_picture_fill(picture, area, colour);
		for (int y = 0; y < display->h; y++)
			for (int x = 0; x < display->w; x++)
				if (area_has(area, x, y))
					br_picture_set(plain, x, y, colour);
		if (!br_picture_equal(picture, plain))
			CHECK(br_picture_equal(picture, plain));
	}
	CHECK(true);
}

/* A mask anywhere over the picture, clipped anywhere, against the plain rule. */
static void test_stamps_colour_exactly_the_covered(void)
{
	unsigned char mask[40 * 64];

	for (int round = 0; round < 200; round++) {
		BR_CLEANUP(br_picture_cleanup)
		struct br_picture *picture = picture_make(40, 30, BR_ACCENT_RED);
		struct br_area area = {(int)(test_random() % 60) - 20,
			(int)(test_random() % 50) - 20, (int)(test_random() % 61),
			(int)(test_random() % 41)};
		struct br_area clip = {(int)(test_random() % 30), (int)(test_random() % 20),
			(int)(test_random() % 30), (int)(test_random() % 30)};
		bool right = true;

		for (size_t i = 0; i < sizeof(mask); i++)
			mask[i] = test_random() % 4 == 0 ? (unsigned char)test_random() : 0;
		br_picture_stamp(picture, area, mask, 64, clip, BR_COLOUR_RED);
		for (int y = 0; y < 30; y++) {
			for (int x = 0; x < 40; x++) {
				bool want = area_has(area, x, y) && area_has(clip, x, y) &&
					    mask[(y - area.y) * 64 + x - area.x] >= 128;

				right = right &&
					want == (br_picture_get(picture, x, y) == BR_COLOUR_RED);
			}
		}
		CHECK(right);
	}
}

static void test_turning_follows_the_formula(void)
{
	for (unsigned rotation = 0; rotation < 4; rotation++) {
		struct br_display display = {21, 16, BR_ACCENT_RED, (uint8_t)rotation};
		BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
		BR_CLEANUP(br_picture_cleanup) struct br_picture *turned = NULL;
		BR_CLEANUP(br_picture_cleanup) struct br_picture *back = NULL;
		int w = rotation % 2 == 0 ? 21 : 16, h = rotation % 2 == 0 ? 16 : 21;

		REQUIRE(br_picture_create(&display, &picture, NULL) == 0);
		noise_set(picture);
		REQUIRE(br_picture_turn(picture, &turned) == 0);
		CHECK_INT(br_picture_display(turned)->w, w);
		CHECK_INT(br_picture_display(turned)->h, h);
		/* The corner (0, 0) of the memory, worked out by hand for each turn. */
		CHECK_INT(br_picture_get(turned, 0, 0),
			br_picture_get(picture, rotation == 2 || rotation == 3 ? 20 : 0,
				rotation == 1 || rotation == 2 ? 15 : 0));
		REQUIRE(br_picture_unturn(turned, &display, &back) == 0);
		CHECK(br_picture_equal(picture, back));
		CHECK_INT(br_picture_display(back)->rotation, rotation);
	}
}

static void test_equal_compares_size_and_pixels(void)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *a = picture_make(32, 16, BR_ACCENT_NONE);
	BR_CLEANUP(br_picture_cleanup) struct br_picture *b = picture_make(32, 16, BR_ACCENT_NONE);
	BR_CLEANUP(br_picture_cleanup) struct br_picture *c = picture_make(16, 32, BR_ACCENT_NONE);

	CHECK(br_picture_equal(a, b));
	CHECK(!br_picture_equal(a, c));
	br_picture_set(b, 31, 15, BR_COLOUR_BLACK);
	CHECK(!br_picture_equal(a, b));
}

static void test_colour_names(void)
{
	CHECK_TEXT(br_colour_text(BR_COLOUR_WHITE), "white");
	CHECK_TEXT(br_colour_text(BR_COLOUR_BLACK), "black");
	CHECK_TEXT(br_colour_text(BR_COLOUR_RED), "red");
}

int main(int argc, char **argv)
{
	TEST(test_impossible_displays_are_refused);
	TEST(test_planes_are_msb_first_without_row_padding);
	TEST(test_red_turns_black_without_a_second_plane);
	TEST(test_colours_replace_each_other);
	TEST(test_fills_colour_exactly_their_area);
	TEST(test_stamps_colour_exactly_the_covered);
	TEST(test_turning_follows_the_formula);
	TEST(test_equal_compares_size_and_pixels);
	TEST(test_colour_names);
	return test_end(argc, argv);
}
