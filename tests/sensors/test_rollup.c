#include "sensors/rollup.h"

#include <string.h>

#include "node/error.h"
#include "node/varint.h"
#include "tests/lib/test.h"

#define START INT64_C(1772360100000) /* 10:15:00 */

static void test_starts_of_minutes_and_hours(void)
{
	CHECK_INT(br_rollup_start(START + 59999, BR_MINUTE_MS), START);
	CHECK_INT(br_rollup_start(START, BR_MINUTE_MS), START);
	CHECK_INT(br_rollup_start(START, BR_HOUR_MS), START - 15 * BR_MINUTE_MS);
	CHECK_INT(br_rollup_start(-1, BR_HOUR_MS), 0);
	CHECK_INT(br_rollup_start(0, BR_HOUR_MS), 0);
}

static void test_a_minute_gathers_its_values(void)
{
	struct br_rollup open = {.n = 0}, closed = {.n = 0};

	CHECK(!br_rollup_add(&open, START, 4000, &closed));
	CHECK(!br_rollup_add(&open, START + 30000, 6000, &closed));
	CHECK(!br_rollup_add(&open, START + 59999, -1000, &closed));
	CHECK_INT(open.n, 3);
	CHECK_INT(open.min, -1000);
	CHECK_INT(open.max, 6000);
	CHECK_INT(open.sum, 9000);
	CHECK_INT(br_rollup_mean(&open), 3000);
	CHECK_INT(closed.n, 0);
}

static void test_the_next_minute_closes_the_last(void)
{
	struct br_rollup open = {.n = 0}, closed = {.n = 0};

	CHECK(!br_rollup_add(&open, START, 4000, &closed));
	CHECK(br_rollup_add(&open, START + BR_MINUTE_MS, 5000, &closed));
	CHECK_INT(closed.start_ms, START);
	CHECK_INT(closed.sum, 4000);
	CHECK_INT(open.start_ms, START + BR_MINUTE_MS);
	CHECK_INT(open.n, 1);
}

static void test_a_late_value_stands_alone(void)
{
	struct br_rollup open = {.n = 0}, closed = {.n = 0};

	CHECK(!br_rollup_add(&open, START, 4000, &closed));
	CHECK(br_rollup_add(&open, START - 1, 9000, &closed));
	CHECK_INT(closed.start_ms, START - BR_MINUTE_MS);
	CHECK_INT(closed.n, 1);
	CHECK_INT(closed.max, 9000);
	CHECK_INT(open.start_ms, START);
	CHECK_INT(open.n, 1);
}

static void test_time_closes_a_minute(void)
{
	struct br_rollup open = {.n = 0}, closed = {.n = 0};

	CHECK(!br_rollup_close(&open, START, &closed));
	CHECK(!br_rollup_add(&open, START, 4000, &closed));
	CHECK(!br_rollup_close(&open, START + BR_MINUTE_MS - 1, &closed));
	CHECK(br_rollup_close(&open, START + BR_MINUTE_MS, &closed));
	CHECK_INT(closed.n, 1);
	CHECK_INT(open.n, 0);
}

static void test_merging_is_adding_up(void)
{
	struct br_rollup a = {.start_ms = START, .min = 1, .max = 5, .sum = 6, .n = 2};
	struct br_rollup b = {.start_ms = START, .min = -3, .max = 4, .sum = 1, .n = 3};
	struct br_rollup empty = {.start_ms = START};

	br_rollup_merge(&a, &b);
	CHECK_INT(a.min, -3);
	CHECK_INT(a.max, 5);
	CHECK_INT(a.sum, 7);
	CHECK_INT(a.n, 5);
	br_rollup_merge(&a, &empty);
	CHECK_INT(a.n, 5);
	br_rollup_merge(&empty, &b);
	CHECK_INT(empty.min, -3);
	CHECK_INT(empty.max, 4);
}

static void test_sums_stop_at_their_ends(void)
{
	struct br_rollup a = {
		.min = INT64_MAX, .max = INT64_MAX, .sum = INT64_MAX, .n = UINT32_MAX};
	struct br_rollup b = a;

	br_rollup_merge(&a, &b);
	CHECK_INT(a.sum, INT64_MAX);
	CHECK_INT(a.n, UINT32_MAX);
	CHECK(br_rollup_mean(&a) > 0);
	a.sum = INT64_MIN;
	b.sum = INT64_MIN;
	br_rollup_merge(&a, &b);
	CHECK_INT(a.sum, INT64_MIN);
	CHECK(br_rollup_mean(&a) < 0);
}

static void test_means_are_rounded(void)
{
	CHECK_INT(br_rollup_mean(&(struct br_rollup){.sum = 5, .n = 2}), 3);
	CHECK_INT(br_rollup_mean(&(struct br_rollup){.sum = -5, .n = 2}), -3);
	CHECK_INT(br_rollup_mean(&(struct br_rollup){.sum = 4, .n = 3}), 1);
	CHECK_INT(br_rollup_mean(&(struct br_rollup){.sum = 7, .n = 0}), 0);
}

static void test_what_is_stored_comes_back(void)
{
	static const struct br_rollup cases[] = {{START, 4340, 4340, 4340, 1},
		{START, -19400, 8600, -100, 60}, {0, INT64_MIN, INT64_MAX, INT64_MIN, UINT32_MAX},
		{START, INT64_MAX, INT64_MAX, INT64_MAX, 1},
		{START, INT64_MIN, INT64_MIN, INT64_MIN, 2}};
	unsigned char bytes[BR_ROLLUP_BYTES_MAX];

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_rollup got = {.n = 0};
		size_t n = br_rollup_encode(&cases[i], bytes);
		struct br_str stored = {(const char *)bytes, n};

		REQUIRE(br_rollup_decode(stored, cases[i].start_ms, &got) == 0);
		CHECK_INT(got.start_ms, cases[i].start_ms);
		CHECK_INT(got.min, cases[i].min);
		CHECK_INT(got.max, cases[i].max);
		CHECK_INT(got.sum, cases[i].sum);
		CHECK_INT(got.n, cases[i].n);
	}
}

/* Bytes with a right checksum are as much from outside as any others. */
static int decode_sealed(const unsigned char *body, size_t n)
{
	unsigned char bytes[64];
	struct br_rollup got;

	memcpy(bytes, body, n);
	n = br_checksum_put(bytes, n);
	return br_rollup_decode((struct br_str){(const char *)bytes, n}, 0, &got);
}

static void test_damage_is_noticed(void)
{
	struct br_rollup rollup = {.start_ms = START, .min = 1, .max = 900, .sum = 901, .n = 2};
	unsigned char bytes[BR_ROLLUP_BYTES_MAX];
	size_t n = br_rollup_encode(&rollup, bytes);
	struct br_rollup got = {.n = 77};

	for (size_t cut = 0; cut < n; cut++)
		CHECK_INT(br_rollup_decode((struct br_str){(const char *)bytes, cut}, START, &got),
			BR_E_CORRUPT);
	bytes[2] ^= 1;
	CHECK_INT(br_rollup_decode((struct br_str){(const char *)bytes, n}, START, &got),
		BR_E_CORRUPT);
	CHECK_INT(got.n, 77);
}

static void test_sealed_nonsense_is_noticed(void)
{
	static const struct {
		unsigned char bytes[16];
		size_t n;
		int error;
	} bad[] = {{{0}, 0, BR_E_CORRUPT}, {{0}, 1, BR_E_CORRUPT}, {{2}, 1, BR_E_VERSION},
		{{0xFF}, 1, BR_E_VERSION}, {{1}, 1, BR_E_CORRUPT}, {{1, 1, 2, 0}, 4, BR_E_CORRUPT},
		{{1, 0, 2, 0, 2}, 5, BR_E_CORRUPT}, {{1, 1, 2, 0, 2, 9}, 6, BR_E_CORRUPT},
		{{1, 0x80, 0x80, 0x80, 0x80, 0x10, 2, 0, 2}, 9, BR_E_CORRUPT},
		{{1, 1, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2}, 14,
			BR_E_CORRUPT}};

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK_INT(decode_sealed(bad[i].bytes, bad[i].n), bad[i].error);
	CHECK_INT(decode_sealed((const unsigned char *)"\x01\x01\x02\x00\x02", 5), 0);
}

/* However values are cut into parts and merged, the whole is the same. */
static void test_parts_make_the_whole(void)
{
	struct br_rollup whole = {.start_ms = START}, parts = {.start_ms = START};
	struct br_rollup part = {.start_ms = START};

	for (int i = 0; i < 5000; i++) {
		int64_t value = (int64_t)(test_random() % 100000) - 50000;
		struct br_rollup one = {
			.start_ms = START, .min = value, .max = value, .sum = value, .n = 1};

		br_rollup_merge(&whole, &one);
		br_rollup_merge(&part, &one);
		if (test_random() % 7 == 0) {
			br_rollup_merge(&parts, &part);
			part = (struct br_rollup){.start_ms = START};
		}
	}
	br_rollup_merge(&parts, &part);
	CHECK_INT(parts.n, whole.n);
	CHECK_INT(parts.sum, whole.sum);
	CHECK_INT(parts.min, whole.min);
	CHECK_INT(parts.max, whole.max);
}

int main(int argc, char **argv)
{
	TEST(test_starts_of_minutes_and_hours);
	TEST(test_a_minute_gathers_its_values);
	TEST(test_the_next_minute_closes_the_last);
	TEST(test_a_late_value_stands_alone);
	TEST(test_time_closes_a_minute);
	TEST(test_merging_is_adding_up);
	TEST(test_sums_stop_at_their_ends);
	TEST(test_means_are_rounded);
	TEST(test_what_is_stored_comes_back);
	TEST(test_damage_is_noticed);
	TEST(test_sealed_nonsense_is_noticed);
	TEST(test_parts_make_the_whole);
	return test_end(argc, argv);
}
