#include "cloud-sync/stretch.h"

#include <string.h>

#include "tests/lib/test.h"

#define WORLD 256

/* The same set told number by number. */
static bool in[WORLD];
static struct br_stretches set;

static void same(void)
{
	unsigned at = 0;

	for (unsigned number = 1; number < WORLD; number++) {
		while (at < set.n && set.pieces[at].until < number)
			at++;
		CHECK_INT(at < set.n && set.pieces[at].after < number, in[number]);
	}
}

static void mark(uint64_t after, uint64_t until, bool value)
{
	for (uint64_t number = after + 1; number <= until; number++)
		in[number] = value;
}

static void begin(void)
{
	memset(in, 0, sizeof(in));
	set.n = 0;
}

static void test_pieces_that_touch_are_one(void)
{
	begin();
	CHECK(br_stretches_add(&set, 10, 20));
	CHECK(br_stretches_add(&set, 30, 40));
	CHECK_INT(set.n, 2);
	CHECK(br_stretches_add(&set, 20, 30));
	CHECK_INT(set.n, 1);
	CHECK_INT(set.pieces[0].after, 10);
	CHECK_INT(set.pieces[0].until, 40);
	CHECK(br_stretches_cover(&set, 10, 40));
	CHECK(!br_stretches_cover(&set, 9, 11));
}

static void test_taking_out_breaks_a_piece(void)
{
	begin();
	CHECK(br_stretches_add(&set, 0, UINT64_MAX));
	CHECK(br_stretches_remove(&set, 5, 9));
	CHECK(!br_stretches_remove(&set, 6, 8));
	CHECK(!br_stretches_remove(&set, 9, 9));
	CHECK_INT(set.n, 2);
	CHECK_INT(set.pieces[0].until, 5);
	CHECK_INT(set.pieces[1].after, 9);
	CHECK(set.pieces[1].until == UINT64_MAX);
}

static void test_a_piece_can_be_parted(void)
{
	begin();
	CHECK(br_stretches_add(&set, 10, 20));
	CHECK(!br_stretches_part(&set, 10));
	CHECK(!br_stretches_part(&set, 20));
	CHECK(br_stretches_part(&set, 15));
	CHECK_INT(set.n, 2);
	CHECK_INT(set.pieces[0].until, 15);
	CHECK_INT(set.pieces[1].after, 15);
	CHECK(br_stretches_add(&set, 14, 16));
	CHECK_INT(set.n, 1);
}

static void test_a_full_set_stays_as_it_is(void)
{
	begin();
	for (uint64_t i = 0; i < BR_STRETCHES_MAX; i++)
		CHECK(br_stretches_add(&set, 10 * i, 10 * i + 5));
	CHECK(!br_stretches_add(&set, 1000, 1001));
	CHECK(!br_stretches_remove(&set, 1, 2));
	CHECK_INT(set.n, BR_STRETCHES_MAX);
	CHECK(br_stretches_remove(&set, 0, 2));
	CHECK(br_stretches_add(&set, 5, 10));
	CHECK_INT(set.n, BR_STRETCHES_MAX - 1);
}

static void test_it_is_the_set_of_its_numbers(void)
{
	for (unsigned round = 0; round < 200; round++) {
		begin();
		for (unsigned step = 0; step < 60; step++) {
			uint64_t after = test_random() % (WORLD - 2);
			uint64_t until = after + 1 + test_random() % (WORLD - 1 - after);
			bool add = test_random() % 2 == 0;

			if (add && br_stretches_add(&set, after, until))
				mark(after, until, true);
			else if (!add && br_stretches_remove(&set, after, until))
				mark(after, until, false);
		}
		same();
	}
}

int main(int argc, char **argv)
{
	TEST(test_pieces_that_touch_are_one);
	TEST(test_taking_out_breaks_a_piece);
	TEST(test_a_piece_can_be_parted);
	TEST(test_a_full_set_stays_as_it_is);
	TEST(test_it_is_the_set_of_its_numbers);
	return test_end(argc, argv);
}
