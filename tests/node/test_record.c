#include "node/record.h"

#include <stdlib.h>
#include <string.h>

#include "node/device.h"
#include "tests/lib/test.h"
#include "tests/node/shapes.h"

#define ROUNDS 40

/* A shape's record in stored form, in memory of its exact size so that reads past it are seen. */
struct stored {
	unsigned char *bytes;
	size_t n;
};

static struct stored stored_random(const struct br_shape *shape, struct br_arena *arena)
{
	const void *record = shape_random(shape, arena, test_random);
	struct stored stored;
	struct br_text text;

	REQUIRE(record != NULL);
	br_text_init(&text, 1 << 20);
	br_record_encode(shape, record, &text);
	REQUIRE(br_text_error(&text) == 0);
	stored.n = text.n;
	stored.bytes = malloc(text.n);
	REQUIRE(stored.bytes != NULL);
	memcpy(stored.bytes, text.bytes, text.n);
	br_text_finish(&text);
	return stored;
}

static int decode(const struct br_shape *shape, const void *bytes, size_t n, struct br_arena *arena)
{
	void *record = br_arena_take(arena, shape->size);

	REQUIRE(record != NULL);
	return br_record_decode(shape, (struct br_str){bytes, n}, arena, record);
}

static void test_every_shape_comes_back(void)
{
	struct br_arena arena;
	bool held = true;

	br_arena_init(&arena, 16 << 20);
	for (unsigned s = 0; s < shapes_all_n * ROUNDS; s++) {
		const struct br_shape *shape = shapes_all[s % shapes_all_n];
		const void *record;
		struct br_text text;
		void *back;

		br_arena_reset(&arena);
		record = shape_random(shape, &arena, test_random);
		back = br_arena_take(&arena, shape->size);
		br_text_init(&text, 1 << 20);
		br_record_encode(shape, record, &text);
		held &= br_text_error(&text) == 0;
		held &= br_record_decode(shape, br_text_str(&text), &arena, back) == 0;
		held &= shape_equal(shape, record, back);
		br_text_finish(&text);
	}
	CHECK(held);
	br_arena_finish(&arena);
}

static void test_a_record_cut_anywhere_is_corrupt(void)
{
	struct br_arena arena;
	bool held = true;

	br_arena_init(&arena, 16 << 20);
	for (unsigned s = 0; s < shapes_all_n; s++) {
		struct stored stored = stored_random(shapes_all[s], &arena);

		for (size_t n = 0; n < stored.n; n++) {
			unsigned char *cut = malloc(n > 0 ? n : 1);

			memcpy(cut, stored.bytes, n);
			br_arena_reset(&arena);
			held &= decode(shapes_all[s], cut, n, &arena) == BR_E_CORRUPT;
			/* The same with a right checksum: the fields themselves run out. */
			if (n >= 5) {
				shape_reseal(cut, n);
				held &= decode(shapes_all[s], cut, n, &arena) == BR_E_CORRUPT;
			}
			free(cut);
		}
		free(stored.bytes);
	}
	CHECK(held);
	br_arena_finish(&arena);
}

static void test_every_flipped_bit_is_found(void)
{
	struct br_arena arena;
	bool held = true;

	br_arena_init(&arena, 16 << 20);
	for (unsigned s = 0; s < shapes_all_n; s++) {
		struct stored stored = stored_random(shapes_all[s], &arena);

		for (size_t bit = 0; bit < 8 * stored.n; bit++) {
			stored.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
			br_arena_reset(&arena);
			held &= decode(shapes_all[s], stored.bytes, stored.n, &arena) ==
				BR_E_CORRUPT;
			stored.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
		free(stored.bytes);
	}
	CHECK(held);
	br_arena_finish(&arena);
}

static void test_forged_bytes_give_a_record_or_an_error(void)
{
	struct br_arena arena;
	bool held = true;

	br_arena_init(&arena, 16 << 20);
	for (unsigned s = 0; s < shapes_all_n * ROUNDS; s++) {
		const struct br_shape *shape = shapes_all[s % shapes_all_n];
		struct stored stored;
		int result;

		br_arena_reset(&arena);
		stored = stored_random(shape, &arena);
		for (unsigned i = 0; i < 3; i++)
			stored.bytes[1 + test_random() % (stored.n - 4)] =
				(unsigned char)test_random();
		shape_reseal(stored.bytes, stored.n);
		result = decode(shape, stored.bytes, stored.n, &arena);
		held &= result == 0 || result == BR_E_CORRUPT || result == BR_E_MEMORY;
		free(stored.bytes);
	}
	CHECK(held);
	br_arena_finish(&arena);
}

static void test_a_newer_version_is_told_apart_from_damage(void)
{
	struct br_arena arena;

	br_arena_init(&arena, 16 << 20);
	for (unsigned s = 0; s < shapes_all_n; s++) {
		struct stored stored = stored_random(shapes_all[s], &arena);

		stored.bytes[0] = (unsigned char)(shapes_all[s]->version + 1);
		shape_reseal(stored.bytes, stored.n);
		CHECK_INT(decode(shapes_all[s], stored.bytes, stored.n, &arena), BR_E_VERSION);
		stored.bytes[0] = 0;
		shape_reseal(stored.bytes, stored.n);
		CHECK_INT(decode(shapes_all[s], stored.bytes, stored.n, &arena), BR_E_CORRUPT);
		free(stored.bytes);
	}
	br_arena_finish(&arena);
}

/* One struct as two versions of a shape see it. */
struct grown {
	uint64_t first;
	int64_t limit;
	struct br_str later;
	bool flag;
};

static const struct br_field old_fields[] = {BR_U64(grown, first, 0, 0)};
static BR_DEFINE_SHAPE(old_shape, grown, 1, old_fields);
static const struct br_field new_fields[] = {
	BR_U64(grown, first, 0, 0),
	{.name = "limit",
		.kind = BR_FIELD_MILLI,
		.offset = offsetof(struct grown, limit),
		.since = 2,
		.min = INT64_MIN,
		.max = INT64_MAX,
		.absent = -1},
	{.name = "later",
		.kind = BR_FIELD_TEXT,
		.offset = offsetof(struct grown, later),
		.since = 2,
		.max = 10},
	{.name = "flag", .kind = BR_FIELD_BOOL, .offset = offsetof(struct grown, flag), .since = 3},
};
static BR_DEFINE_SHAPE(new_shape, grown, 3, new_fields);

static void test_fields_added_later_are_absent_in_older_records(void)
{
	struct grown row = {.first = 300}, back = {.flag = true};
	struct br_text text;

	br_text_init(&text, 100);
	br_record_encode(&old_shape, &row, &text);
	CHECK_INT(br_record_decode(&new_shape, br_text_str(&text), NULL, &back), 0);
	CHECK_INT(back.first, 300);
	CHECK_INT(back.limit, -1);
	CHECK_INT(back.later.n, 0);
	CHECK(!back.flag);
	br_text_clear(&text);
	br_record_encode(&new_shape, &row, &text);
	CHECK_INT(br_record_decode(&old_shape, br_text_str(&text), NULL, &back), BR_E_VERSION);
	br_text_finish(&text);
}

static void test_the_widest_numbers_come_back(void)
{
	struct grown row = {.first = UINT64_MAX, .limit = INT64_MIN}, back;
	struct br_text text;

	br_text_init(&text, 100);
	br_record_encode(&new_shape, &row, &text);
	CHECK_INT(br_record_decode(&new_shape, br_text_str(&text), NULL, &back), 0);
	CHECK(back.first == UINT64_MAX && back.limit == INT64_MIN);
	br_text_finish(&text);
}

static void test_a_number_too_wide_is_corrupt(void)
{
	/* Ten bytes of varint whose last one has more than the 64th bit. */
	unsigned char bytes[15] = {1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02};
	struct grown back;

	shape_reseal(bytes, sizeof(bytes));
	CHECK_INT(br_record_decode(
			  &old_shape, (struct br_str){(char *)bytes, sizeof(bytes)}, NULL, &back),
		BR_E_CORRUPT);
	bytes[10] = 0x01;
	shape_reseal(bytes, sizeof(bytes));
	CHECK_INT(br_record_decode(
			  &old_shape, (struct br_str){(char *)bytes, sizeof(bytes)}, NULL, &back),
		0);
	CHECK(back.first == UINT64_MAX);
}

static void test_a_list_over_the_arena_is_out_of_memory(void)
{
	struct br_arena arena, small;
	struct stored stored;
	int result = 0;

	br_arena_init(&arena, 16 << 20);
	br_arena_init(&small, 64);
	for (unsigned i = 0; i < 200 && result == 0; i++) {
		/* A device with channels: its list does not fit the small arena. */
		stored = stored_random(&br_device_adopt_shape, &arena);
		result = br_record_decode(&br_device_adopt_shape,
			(struct br_str){(char *)stored.bytes, stored.n}, &small,
			br_arena_take(&arena, br_device_adopt_shape.size));
		free(stored.bytes);
		br_arena_reset(&small);
	}
	CHECK_INT(result, BR_E_MEMORY);
	br_arena_finish(&arena);
	br_arena_finish(&small);
}

int main(int argc, char **argv)
{
	TEST(test_every_shape_comes_back);
	TEST(test_a_record_cut_anywhere_is_corrupt);
	TEST(test_every_flipped_bit_is_found);
	TEST(test_forged_bytes_give_a_record_or_an_error);
	TEST(test_a_newer_version_is_told_apart_from_damage);
	TEST(test_fields_added_later_are_absent_in_older_records);
	TEST(test_the_widest_numbers_come_back);
	TEST(test_a_number_too_wide_is_corrupt);
	TEST(test_a_list_over_the_arena_is_out_of_memory);
	return test_end(argc, argv);
}
