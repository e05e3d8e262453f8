#include "node/arena.h"

#include <stdint.h>
#include <string.h>

#include "tests/lib/test.h"

static void test_bytes_are_zeroed_aligned_and_apart(void)
{
	unsigned char *taken[400];
	struct br_arena arena;
	bool held = true;

	br_arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < BR_ARRAY_LEN(taken); i++) {
		taken[i] = br_arena_take(&arena, i);
		REQUIRE(taken[i] != NULL);
		held &= (uintptr_t)taken[i] % 16 == 0;
		for (size_t j = 0; j < i; j++)
			held &= taken[i][j] == 0;
		memset(taken[i], (int)i, i);
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(taken); i++)
		for (size_t j = 0; j < i; j++)
			held &= taken[i][j] == (unsigned char)i;
	CHECK(held);
	br_arena_finish(&arena);
}

static void test_the_limit_holds_to_the_byte(void)
{
	struct br_arena arena;

	br_arena_init(&arena, 64);
	CHECK(br_arena_take(&arena, 65) == NULL);
	CHECK(br_arena_take(&arena, 48) != NULL);
	CHECK(br_arena_take(&arena, 17) == NULL);
	CHECK(br_arena_take(&arena, 16) != NULL);
	CHECK(br_arena_take(&arena, 1) == NULL);
	CHECK(br_arena_take(&arena, SIZE_MAX) == NULL);
	CHECK(br_arena_take(&arena, SIZE_MAX - 14) == NULL);
	br_arena_finish(&arena);
}

static void test_a_reset_keeps_the_blocks(void)
{
	struct br_arena arena;
	struct br_arena_block *first;
	char *bytes;

	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_arena_take(&arena, 100) != NULL);
	first = arena.first;
	REQUIRE(br_arena_take(&arena, 100000) != NULL);
	for (int turn = 0; turn < 3; turn++) {
		br_arena_reset(&arena);
		CHECK_INT(arena.taken, 0);
		bytes = br_arena_take(&arena, 100);
		REQUIRE(bytes != NULL);
		CHECK(arena.first == first && bytes[0] == 0 && bytes[99] == 0);
		memset(bytes, 'x', 100);
		CHECK(br_arena_take(&arena, 100000) != NULL);
	}
	br_arena_finish(&arena);
	CHECK(arena.first == NULL);
}

int main(int argc, char **argv)
{
	TEST(test_bytes_are_zeroed_aligned_and_apart);
	TEST(test_the_limit_holds_to_the_byte);
	TEST(test_a_reset_keeps_the_blocks);
	return test_end(argc, argv);
}
