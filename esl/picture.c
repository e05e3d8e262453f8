#include "esl/picture.h"

#include <stdlib.h>
#include <string.h>

#define COVER_HALF 128

struct br_picture {
	struct br_display display;
	size_t plane_bytes;
	unsigned char *planes[2]; /* the second is NULL without an accent; both point into bytes */
	unsigned char bytes[];
};

int br_picture_create(
	const struct br_display *display, struct br_picture **ret_picture, struct br_fault *fault)
{
	struct br_picture *picture;
	size_t plane_bytes;
	unsigned planes;
	int error = br_display_check(display, fault);

	if (error < 0)
		return error;
	planes = br_display_planes(display);
	plane_bytes = ((size_t)display->w * display->h + 7) / 8;
	picture = calloc(1, sizeof(*picture) + plane_bytes * planes);
	if (picture == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for a picture of %ux%u pixels",
			display->w, display->h);
	br_assert(plane_bytes > 0 && planes >= 1 && planes <= 2);
	picture->display = *display;
	picture->plane_bytes = plane_bytes;
	picture->planes[0] = picture->bytes;
	picture->planes[1] = planes > 1 ? picture->bytes + plane_bytes : NULL;
	*ret_picture = picture;
	return 0;
}

void br_picture_destroy(struct br_picture *picture)
{
	free(picture);
}

const struct br_display *br_picture_display(const struct br_picture *picture)
{
	br_assert(picture->plane_bytes > 0);
	return &picture->display;
}

static size_t pixel_bit(const struct br_picture *picture, int x, int y)
{
	br_assert(x >= 0 && x < picture->display.w && y >= 0 && y < picture->display.h);
	return (size_t)y * picture->display.w + (size_t)x;
}

static bool bit_get(const unsigned char *plane, size_t bit)
{
	return (plane[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

/* Writes the bits [from, from + n) of a plane, whole bytes at a time where it can. */
static void bits_write(unsigned char *plane, size_t from, size_t n, bool one)
{
	size_t end = from + n;

	br_assert(end >= from);
	while (from < end) {
		unsigned at = (unsigned)(from % 8);
		unsigned run = end - from < 8 - at ? (unsigned)(end - from) : 8 - at;
		unsigned char mask = (unsigned char)((0xFFu >> at) & ~(0xFFu >> (at + run)));

		if (run == 8) {
			size_t bytes = (end - from) / 8;

			memset(plane + from / 8, one ? 0xFF : 0, bytes);
			from += bytes * 8;
			continue;
		}
		if (one)
			plane[from / 8] = (unsigned char)(plane[from / 8] | mask);
		else
			plane[from / 8] = (unsigned char)(plane[from / 8] & ~mask);
		from += run;
	}
}

/* Colours a run of pixels within one row; it must be inside. */
static void run_write(struct br_picture *picture, int x, int y, int w, enum br_colour colour)
{
	size_t from = pixel_bit(picture, x, y);
	bool red = colour == BR_COLOUR_RED && picture->planes[1] != NULL;

	br_assert(w > 0 && x + w <= picture->display.w);
	bits_write(picture->planes[0], from, (size_t)w, colour != BR_COLOUR_WHITE && !red);
	if (picture->planes[1] != NULL)
		bits_write(picture->planes[1], from, (size_t)w, red);
}

enum br_colour br_picture_get(const struct br_picture *picture, int x, int y)
{
	size_t bit = pixel_bit(picture, x, y);

	br_assert(picture->plane_bytes > bit / 8);
	if (picture->planes[1] != NULL && bit_get(picture->planes[1], bit))
		return BR_COLOUR_RED;
	return bit_get(picture->planes[0], bit) ? BR_COLOUR_BLACK : BR_COLOUR_WHITE;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static struct br_area area_common(struct br_area a, struct br_area b)
{
	struct br_area common = {.x = larger(a.x, b.x), .y = larger(a.y, b.y)};

	common.w = larger(smaller(a.x + a.w, b.x + b.w) - common.x, 0);
	common.h = larger(smaller(a.y + a.h, b.y + b.h) - common.y, 0);
	br_assert(common.w >= 0 && common.h >= 0);
	return common;
}

static struct br_area picture_area(const struct br_picture *picture)
{
	br_assert(picture->display.w > 0);
	return (struct br_area){0, 0, picture->display.w, picture->display.h};
}

void br_picture_fill(struct br_picture *picture, struct br_area area, enum br_colour colour)
{
	struct br_area inside = area_common(area, picture_area(picture));

	br_assert((unsigned)colour < BR_COLOUR_N);
	if (inside.w == 0)
		return;
	for (int y = inside.y; y < inside.y + inside.h; y++)
		run_write(picture, inside.x, y, inside.w, colour);
}

void br_picture_set(struct br_picture *picture, int x, int y, enum br_colour colour)
{
	br_picture_fill(picture, (struct br_area){x, y, 1, 1}, colour);
}

/* The first place from `x` on whose cover is on the wanted side of half; bare stretches go fast. */
static int cover_find(const unsigned char *row, int x, int end, bool covered)
{
	br_assert(x <= end);
	while (x < end) {
		uint64_t eight;

		if (covered && end - x >= 8) {
			memcpy(&eight, row + x, sizeof(eight));
			if (eight == 0) {
				x += 8;
				continue;
			}
		}
		if ((row[x] >= COVER_HALF) == covered)
			break;
		x++;
	}
	return x;
}

void br_picture_stamp(struct br_picture *picture, struct br_area area, const unsigned char *mask,
	size_t stride, struct br_area clip, enum br_colour colour)
{
	struct br_area inside = area_common(area_common(area, clip), picture_area(picture));
	int first = inside.x - area.x, end = first + inside.w;

	br_assert(area.w >= 0 && (size_t)area.w <= stride);
	for (int y = inside.y; y < inside.y + inside.h; y++) {
		const unsigned char *row = mask + (size_t)(y - area.y) * stride;
		int from = cover_find(row, first, end, true);

		while (from < end) {
			int to = cover_find(row, from, end, false);

			run_write(picture, area.x + from, y, to - from, colour);
			from = cover_find(row, to, end, true);
		}
	}
}

struct br_str br_picture_planes(const struct br_picture *picture)
{
	size_t planes = br_display_planes(&picture->display);

	br_assert(planes == 1 || picture->planes[1] != NULL);
	return (struct br_str){(const char *)picture->bytes, picture->plane_bytes * planes};
}

/* Where pixel (x, y) of the picture that is turned comes to lie in one for `display`. */
static size_t turned_bit(const struct br_display *display, unsigned turns, int x, int y)
{
	int right = display->w - 1, below = display->h - 1;
	int to_x = turns == 0 ? x : turns == 1 ? right - y : turns == 2 ? right - x : y;
	int to_y = turns == 0 ? y : turns == 1 ? x : turns == 2 ? below - y : below - x;

	br_assert(to_x >= 0 && to_x <= right && to_y >= 0 && to_y <= below);
	return (size_t)to_y * display->w + (size_t)to_x;
}

static void plane_turn(
	const struct br_picture *picture, unsigned plane, unsigned turns, struct br_picture *turned)
{
	const unsigned char *from = picture->planes[plane];
	unsigned char *to = turned->planes[plane];

	br_assert(from != NULL && to != NULL);
	for (int y = 0; y < picture->display.h; y++) {
		for (int x = 0; x < picture->display.w; x++) {
			size_t bit = pixel_bit(picture, x, y);

			/* Labels are mostly white: that goes eight pixels at a time. */
			if (bit % 8 == 0 && from[bit / 8] == 0) {
				x += 7;
			} else if (bit_get(from, bit)) {
				bit = turned_bit(&turned->display, turns, x, y);
				to[bit / 8] = (unsigned char)(to[bit / 8] | 0x80 >> bit % 8);
			}
		}
	}
}

/* A new picture for `display`, every pixel of which comes from `picture` by the turns' formula. */
static int turned_create(const struct br_picture *picture, unsigned turns,
	const struct br_display *display, struct br_picture **ret_turned)
{
	struct br_picture *turned;
	int error = br_picture_create(display, &turned, NULL);

	br_assert(turns < 4);
	if (error < 0)
		return error;
	for (unsigned plane = 0; plane < br_display_planes(display); plane++)
		plane_turn(picture, plane, turns, turned);
	*ret_turned = turned;
	return 0;
}

int br_picture_turn(const struct br_picture *picture, struct br_picture **ret_turned)
{
	struct br_display buffer = br_display_buffer(&picture->display);

	br_assert(picture->display.rotation < 4);
	br_assert(buffer.rotation == 0);
	return turned_create(picture, picture->display.rotation, &buffer, ret_turned);
}

int br_picture_unturn(const struct br_picture *turned, const struct br_display *display,
	struct br_picture **ret_picture)
{
	struct br_display buffer = br_display_buffer(display);

	br_assert(display->rotation < 4);
	br_assert(turned->display.w == buffer.w && turned->display.h == buffer.h);
	return turned_create(turned, (4u - display->rotation) % 4, display, ret_picture);
}

bool br_picture_equal(const struct br_picture *a, const struct br_picture *b)
{
	return a->display.w == b->display.w && a->display.h == b->display.h &&
	       br_str_equal(br_picture_planes(a), br_picture_planes(b));
}
