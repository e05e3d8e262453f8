#include "node/hlc.h"

#include <string.h>

#include "node/time.h"
#include "tests/lib/test.h"

#define NOW_MS INT64_C(1772359800000)
#define NODES 4

static void test_a_stamp_is_the_time_and_a_counter(void)
{
	uint64_t first = br_hlc_tick(0, NOW_MS), second = br_hlc_tick(first, NOW_MS);

	CHECK_INT(br_hlc_ms(first), NOW_MS);
	CHECK(first == br_hlc_at(NOW_MS));
	CHECK(second == first + 1);
	CHECK_INT(br_hlc_ms(second), NOW_MS);
	/* Time that goes on begins anew, time that goes back does not. */
	CHECK(br_hlc_tick(second, NOW_MS + 1) == br_hlc_at(NOW_MS + 1));
	CHECK(br_hlc_tick(second, NOW_MS - 1000) == second + 1);
	/* A full counter carries. */
	CHECK_INT(br_hlc_ms(br_hlc_tick(br_hlc_at(NOW_MS) + 0xffff, NOW_MS)), NOW_MS + 1);
	CHECK(br_hlc_at(-1) == 0);
	CHECK(br_hlc_at(INT64_MAX) == br_hlc_at(BR_TIME_MAX_MS));
}

static void test_what_comes_from_elsewhere_is_before_what_follows(void)
{
	uint64_t last = br_hlc_at(NOW_MS), heard = br_hlc_at(NOW_MS + BR_HLC_AHEAD_MS) + 3;

	CHECK(br_hlc_hear(last, heard, NOW_MS) == heard);
	CHECK(br_hlc_tick(br_hlc_hear(last, heard, NOW_MS), NOW_MS) > heard);
	CHECK(br_hlc_hear(last, last - 1, NOW_MS) == last);
	/* A clock that is more than five minutes ahead is not followed. */
	heard = br_hlc_at(NOW_MS + BR_HLC_AHEAD_MS + 1);
	CHECK(br_hlc_ahead(heard, NOW_MS));
	CHECK(!br_hlc_ahead(heard - 1, NOW_MS));
	CHECK(br_hlc_hear(last, heard, NOW_MS) == last);
	CHECK(br_hlc_hear(last, UINT64_MAX, NOW_MS) == last);
	/* Nor is the own one, after a correction: then the other's still comes before the next. */
	CHECK(br_hlc_tick(heard, NOW_MS) == br_hlc_at(NOW_MS));
	last = br_hlc_at(NOW_MS + 60000) + 7;
	CHECK(br_hlc_hear(heard, last, NOW_MS) == last);
	CHECK(br_hlc_tick(br_hlc_hear(heard, last, NOW_MS), NOW_MS) > last);
}

static void test_text_is_in_the_order_of_the_stamps(void)
{
	static const char *const bad[] = {"", "0", "019ca8d0b84000000", "019ca8d0b840000G",
		"019CA8D0B8400000", "019ca8d0b840000", " 19ca8d0b8400000"};
	char a[BR_HLC_TEXT_BYTES], b[BR_HLC_TEXT_BYTES];
	uint64_t back = 7;

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t x = test_random(), y = test_random();

		br_hlc_format(x, a);
		br_hlc_format(y, b);
		CHECK((x < y) == (strcmp(a, b) < 0));
		CHECK(br_hlc_parse(br_str_from(a), &back) && back == x);
	}
	back = 7;
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_hlc_parse(br_str_from(bad[i]), &back));
	CHECK_INT(back, 7);
}

/*
 * Theorems 1 and 2 of the paper, for nodes whose clocks are off by up to a minute and jump: a cause
 * has the smaller stamp, and no stamp is further from the time than the clocks are apart.
 */
static void test_causes_are_before_their_effects(void)
{
	uint64_t stamps[NODES] = {0};
	int64_t offsets_ms[NODES] = {0}, truth_ms = NOW_MS;
	bool ordered = true, close = true;

	for (unsigned i = 0; i < 100000; i++) {
		unsigned to = (unsigned)(test_random() % NODES);
		unsigned from = (unsigned)(test_random() % NODES);
		uint64_t before = stamps[to];
		int64_t now_ms;

		truth_ms += (int64_t)(test_random() % 3);
		if (test_random() % 100 == 0)
			offsets_ms[to] = (int64_t)(test_random() % 60000);
		now_ms = truth_ms + offsets_ms[to];
		if (test_random() % 2 == 0) {
			stamps[to] = br_hlc_hear(stamps[to], stamps[from], now_ms);
			before = before > stamps[from] ? before : stamps[from];
		}
		stamps[to] = br_hlc_tick(stamps[to], now_ms);
		ordered &= stamps[to] > before;
		close &= br_hlc_ms(stamps[to]) >= now_ms &&
			 br_hlc_ms(stamps[to]) <= truth_ms + 60000 + 1;
	}
	CHECK(ordered);
	CHECK(close);
}

int main(int argc, char **argv)
{
	TEST(test_a_stamp_is_the_time_and_a_counter);
	TEST(test_what_comes_from_elsewhere_is_before_what_follows);
	TEST(test_text_is_in_the_order_of_the_stamps);
	TEST(test_causes_are_before_their_effects);
	return test_end(argc, argv);
}
