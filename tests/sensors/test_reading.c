#include "sensors/reading.h"

#include <math.h>

#include "tests/lib/test.h"

#define NOW INT64_C(1772360130000)

static struct br_reading reading_at(enum br_reading_kind kind, int64_t value, int64_t t_ms)
{
	return (struct br_reading){.source = BR_STR("zigbee"),
		.device = BR_STR("cooler/dairy-1"),
		.channel = BR_STR("temperature"),
		.kind = kind,
		.value = value,
		.observed_ms = t_ms,
		.received_ms = t_ms};
}

static enum br_reading_verdict pass(struct br_reading_gate *gate, enum br_reading_kind kind,
	int64_t value, int64_t t_ms, int64_t now_ms)
{
	struct br_reading reading = reading_at(kind, value, t_ms);

	return br_reading_gate_pass(gate, &reading, now_ms);
}

static void test_every_kind_is_described(void)
{
	for (unsigned i = 0; i < BR_READING_KINDS; i++) {
		enum br_reading_kind kind = (enum br_reading_kind)i, found;
		const struct br_reading_kind_row *row = br_reading_kind_row(kind);

		CHECK(row->name != NULL && row->unit != NULL);
		CHECK(row->min <= row->max);
		CHECK(br_reading_kind_from(br_str_from(row->name), &found));
		CHECK_INT(found, kind);
	}
}

static void test_an_unknown_kind_has_no_number(void)
{
	enum br_reading_kind kind = BR_READING_WEIGHT;

	CHECK(!br_reading_kind_from(BR_STR("temperatur"), &kind));
	CHECK(!br_reading_kind_from(BR_STR(""), &kind));
	CHECK_INT(kind, BR_READING_WEIGHT);
}

static void test_numbers_become_fixed_point(void)
{
	static const struct {
		double number;
		int64_t value;
	} good[] = {{4.34, 4340}, {-19.4, -19400}, {0.0005, 1}, {-0.0005, -1}, {0.0004, 0},
		{1008.2, 1008200}, {9e12, 9000000000000000}};
	static const double bad[] = {9.1e12, -9.1e12, 1e308, -1e308, INFINITY, -INFINITY, NAN};
	int64_t value = 7;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!br_reading_value(bad[i], &value));
	CHECK_INT(value, 7);
	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++) {
		CHECK(br_reading_value(good[i].number, &value));
		CHECK_INT(value, good[i].value);
	}
}

static void test_the_first_reading_is_current(void)
{
	struct br_reading_gate gate = {.has_last = false};
	struct br_reading reading = reading_at(BR_READING_TEMPERATURE, 4340, NOW);

	CHECK_INT(br_reading_gate_pass(&gate, &reading, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(reading.quality, 0);
	CHECK_INT(gate.last_value, 4340);
	CHECK_INT(gate.last_ms, NOW);
}

static void test_values_no_sensor_has_are_refused(void)
{
	static const struct {
		enum br_reading_kind kind;
		int64_t value;
	} bad[] = {{BR_READING_TEMPERATURE, -127000}, {BR_READING_TEMPERATURE, 200001},
		{BR_READING_HUMIDITY, 100001}, {BR_READING_HUMIDITY, -1}, {BR_READING_PRESSURE, 0},
		{BR_READING_BATTERY, 255000}, {BR_READING_CONTACT, 500}, {BR_READING_MOTION, 2000},
		{BR_READING_WEIGHT, INT64_MAX}, {BR_READING_POWER, INT64_MIN}};

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_reading_gate gate = {.has_last = false};
		struct br_reading reading = reading_at(bad[i].kind, bad[i].value, NOW);

		CHECK_INT(br_reading_gate_pass(&gate, &reading, NOW), BR_VERDICT_REFUSED);
		CHECK_INT(reading.quality, BR_QUALITY_RANGE);
		CHECK(!gate.has_last);
	}
}

static void test_the_ends_of_a_range_belong_to_it(void)
{
	struct br_reading_gate gate = {.has_last = false};

	CHECK_INT(pass(&gate, BR_READING_BATTERY, 0, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(pass(&gate, BR_READING_BATTERY, 100000, NOW + 1, NOW + 1), BR_VERDICT_CURRENT);
}

static void test_the_future_is_clamped_and_flagged(void)
{
	struct br_reading_gate gate = {.has_last = false};
	struct br_reading reading = reading_at(BR_READING_HUMIDITY, 44000, NOW + 5001);

	CHECK_INT(br_reading_gate_pass(&gate, &reading, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(reading.observed_ms, NOW);
	CHECK_INT(reading.quality, BR_QUALITY_CLAMPED);
}

static void test_five_seconds_of_future_are_allowed(void)
{
	struct br_reading_gate gate = {.has_last = false};
	struct br_reading reading = reading_at(BR_READING_HUMIDITY, 44000, NOW + 5000);

	CHECK_INT(br_reading_gate_pass(&gate, &reading, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(reading.observed_ms, NOW + 5000);
	CHECK_INT(reading.quality, 0);
}

static void test_older_than_the_last_is_history_only(void)
{
	struct br_reading_gate gate = {.has_last = false};
	struct br_reading late = reading_at(BR_READING_HUMIDITY, 40000, NOW - 1);

	CHECK_INT(pass(&gate, BR_READING_HUMIDITY, 44000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(br_reading_gate_pass(&gate, &late, NOW + 10), BR_VERDICT_HISTORY);
	CHECK_INT(late.quality, BR_QUALITY_LATE);
	CHECK_INT(gate.last_value, 44000);
	CHECK_INT(gate.last_ms, NOW);
}

static void test_two_of_one_time_are_both_current(void)
{
	struct br_reading_gate gate = {.has_last = false};

	CHECK_INT(pass(&gate, BR_READING_HUMIDITY, 44000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(pass(&gate, BR_READING_HUMIDITY, 45000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(gate.last_value, 45000);
}

static void test_two_days_old_is_never_current(void)
{
	struct br_reading_gate gate = {.has_last = false};

	CHECK_INT(pass(&gate, BR_READING_HUMIDITY, 44000, NOW - BR_READING_AGE_MAX_MS - 1, NOW),
		BR_VERDICT_HISTORY);
	CHECK(!gate.has_last);
	CHECK_INT(pass(&gate, BR_READING_HUMIDITY, 44000, NOW - BR_READING_AGE_MAX_MS, NOW),
		BR_VERDICT_CURRENT);
}

static void test_a_clock_set_back_does_not_deafen(void)
{
	struct br_reading_gate gate = {.has_last = false};
	int64_t earlier = NOW - 3600000;

	CHECK_INT(pass(&gate, BR_READING_HUMIDITY, 44000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(pass(&gate, BR_READING_HUMIDITY, 45000, earlier, earlier), BR_VERDICT_CURRENT);
	CHECK_INT(gate.last_ms, earlier);
}

static void test_a_wild_value_is_held_back(void)
{
	struct br_reading_gate gate = {.has_last = false};
	struct br_reading wild = reading_at(BR_READING_TEMPERATURE, 85000, NOW + 300000);

	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 4000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(br_reading_gate_pass(&gate, &wild, NOW + 300000), BR_VERDICT_SUSPECT);
	CHECK_INT(wild.quality, BR_QUALITY_JUMP);
	CHECK_INT(gate.last_value, 4000);
	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 4100, NOW + 600000, NOW + 600000),
		BR_VERDICT_CURRENT);
	CHECK(!gate.has_suspect);
}

static void test_two_wild_values_that_agree_are_believed(void)
{
	struct br_reading_gate gate = {.has_last = false};

	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 4000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 60000, NOW + 1000, NOW + 1000),
		BR_VERDICT_SUSPECT);
	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 61000, NOW + 2000, NOW + 2000),
		BR_VERDICT_CURRENT);
	CHECK_INT(gate.last_value, 61000);
}

static void test_two_wild_values_that_differ_are_not(void)
{
	struct br_reading_gate gate = {.has_last = false};

	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 4000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 60000, NOW + 1000, NOW + 1000),
		BR_VERDICT_SUSPECT);
	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, -60000, NOW + 2000, NOW + 2000),
		BR_VERDICT_SUSPECT);
	CHECK_INT(gate.last_value, 4000);
}

static void test_time_lets_a_value_move(void)
{
	struct br_reading_gate gate = {.has_last = false};

	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 4000, NOW, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(pass(&gate, BR_READING_TEMPERATURE, 24000, NOW + 20000, NOW + 20000),
		BR_VERDICT_CURRENT);
}

static void test_flags_may_change_at_once(void)
{
	struct br_reading_gate gate = {.has_last = false};

	for (int i = 0; i < 6; i++)
		CHECK_INT(pass(&gate, BR_READING_CONTACT, i % 2 * 1000, NOW, NOW),
			BR_VERDICT_CURRENT);
}

static void test_a_retained_value_without_time_is_undated(void)
{
	struct br_reading_gate gate = {.has_last = false};
	struct br_reading reading = reading_at(BR_READING_TEMPERATURE, 4340, NOW);

	reading.quality = BR_QUALITY_RETAINED | BR_QUALITY_UNTIMED;
	CHECK_INT(br_reading_gate_pass(&gate, &reading, NOW), BR_VERDICT_UNDATED);
	CHECK(!gate.has_last);
}

static void test_a_retained_value_with_time_is_dated(void)
{
	struct br_reading_gate gate = {.has_last = false};
	struct br_reading reading = reading_at(BR_READING_TEMPERATURE, 4340, NOW - 60000);

	reading.quality = BR_QUALITY_RETAINED;
	CHECK_INT(br_reading_gate_pass(&gate, &reading, NOW), BR_VERDICT_CURRENT);
	CHECK_INT(gate.last_ms, NOW - 60000);
}

/* Whatever comes, in whatever order: the newest never goes back and stays in range. */
static void test_any_sequence_keeps_the_order(void)
{
	struct br_reading_gate gate = {.has_last = false};
	int64_t newest = 0;

	for (int i = 0; i < 20000; i++) {
		int64_t t_ms = NOW + (int64_t)(test_random() % 200000) - 100000;
		int64_t value = (int64_t)(test_random() % 400000) - 200000;
		enum br_reading_verdict verdict =
			pass(&gate, BR_READING_TEMPERATURE, value, t_ms, NOW + 100000);

		if (verdict == BR_VERDICT_CURRENT) {
			CHECK(gate.last_ms >= newest);
			newest = gate.last_ms;
		}
		if (gate.has_last)
			CHECK(gate.last_value >= -90000 && gate.last_value <= 200000);
	}
	CHECK(newest > 0);
}

int main(int argc, char **argv)
{
	TEST(test_every_kind_is_described);
	TEST(test_an_unknown_kind_has_no_number);
	TEST(test_numbers_become_fixed_point);
	TEST(test_the_first_reading_is_current);
	TEST(test_values_no_sensor_has_are_refused);
	TEST(test_the_ends_of_a_range_belong_to_it);
	TEST(test_the_future_is_clamped_and_flagged);
	TEST(test_five_seconds_of_future_are_allowed);
	TEST(test_older_than_the_last_is_history_only);
	TEST(test_two_of_one_time_are_both_current);
	TEST(test_two_days_old_is_never_current);
	TEST(test_a_clock_set_back_does_not_deafen);
	TEST(test_a_wild_value_is_held_back);
	TEST(test_two_wild_values_that_agree_are_believed);
	TEST(test_two_wild_values_that_differ_are_not);
	TEST(test_time_lets_a_value_move);
	TEST(test_flags_may_change_at_once);
	TEST(test_a_retained_value_without_time_is_undated);
	TEST(test_a_retained_value_with_time_is_dated);
	TEST(test_any_sequence_keeps_the_order);
	return test_end(argc, argv);
}
