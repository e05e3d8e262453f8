#include "sensors/sensor.h"

#include <string.h>

#include "tests/lib/test.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static struct br_sensor device;

static struct br_sensor_moment at(int64_t ms)
{
	return (struct br_sensor_moment){.wall_ms = 1772360000000 + ms, .boot_ms = ms};
}

static void device_reset(void)
{
	memset(&device, 0, sizeof(device));
}

/* Checks in `count` times, `gap_ms` apart, and returns the time of the last. */
static int64_t check_ins(int64_t from_ms, int64_t gap_ms, int count)
{
	for (int i = 0; i < count; i++)
		br_sensor_check_in(&device, at(from_ms += gap_ms));
	return from_ms;
}

static void test_nothing_known_means_a_day(void)
{
	device_reset();
	CHECK_INT(br_sensor_stale_ms(&device), 24 * HOUR);
	(void)check_ins(0, 5 * MINUTE, 4);
	CHECK_INT(br_sensor_stale_ms(&device), 24 * HOUR);
}

static void test_four_gaps_teach_the_interval(void)
{
	device_reset();
	(void)check_ins(0, 5 * MINUTE, 5);
	CHECK_INT(br_sensor_stale_ms(&device), 15 * MINUTE);
}

static void test_a_configured_interval_is_believed(void)
{
	device_reset();
	device.interval_set_ms = 10 * MINUTE;
	CHECK_INT(br_sensor_stale_ms(&device), 30 * MINUTE);
	(void)check_ins(0, MINUTE, 20);
	CHECK_INT(br_sensor_stale_ms(&device), 30 * MINUTE);
}

static void test_stale_is_a_minute_at_least_and_a_day_at_most(void)
{
	device_reset();
	(void)check_ins(0, 1000, 20);
	CHECK_INT(br_sensor_stale_ms(&device), MINUTE);
	device.interval_set_ms = 8 * HOUR;
	CHECK_INT(br_sensor_stale_ms(&device), 24 * HOUR);
	device.interval_set_ms = 24 * HOUR;
	CHECK_INT(br_sensor_stale_ms(&device), 24 * HOUR);
}

static void test_the_readings_of_one_message_are_one_check_in(void)
{
	device_reset();
	for (int i = 0; i < 10; i++)
		br_sensor_check_in(&device, at(1000));
	br_sensor_check_in(&device, at(1999));
	CHECK_INT(device.gap_n, 0);
	CHECK_INT(device.heard.boot_ms, 1000);
}

static void test_old_observations_do_not_turn_the_clock_back(void)
{
	device_reset();
	(void)check_ins(0, MINUTE, 10);
	br_sensor_check_in(&device, at(5 * MINUTE));
	CHECK_INT(device.heard.boot_ms, 10 * MINUTE);
}

static void test_a_busy_hour_does_not_shorten_the_interval_much(void)
{
	int64_t t;

	device_reset();
	t = check_ins(0, 50 * MINUTE, 6);
	(void)check_ins(t, 10000, 360);
	CHECK(br_sensor_stale_ms(&device) > 140 * MINUTE);
	CHECK(br_sensor_stale_ms(&device) <= 150 * MINUTE);
}

static void test_a_new_habit_is_learned_in_days(void)
{
	int64_t t;

	device_reset();
	t = check_ins(0, 60 * MINUTE, 6);
	(void)check_ins(t, MINUTE, 4 * 24 * 60);
	CHECK(br_sensor_stale_ms(&device) < 10 * MINUTE);
	CHECK(br_sensor_stale_ms(&device) >= 3 * MINUTE);
}

static void test_an_outage_is_no_habit(void)
{
	int64_t t;

	device_reset();
	t = check_ins(0, 5 * MINUTE, 10);
	br_watch_restore(&device.lost, 1);
	(void)check_ins(t, 12 * HOUR, 1);
	CHECK_INT(device.interval_ms, 10 * MINUTE);
}

static void test_a_gap_while_we_were_deaf_teaches_nothing(void)
{
	int64_t t;

	device_reset();
	t = check_ins(0, 5 * MINUTE, 10);
	device.watch_from = at(t + 9 * HOUR);
	(void)check_ins(t, 10 * HOUR, 1);
	CHECK_INT(device.interval_ms, 5 * MINUTE);
	CHECK_INT(device.heard.boot_ms, t + 10 * HOUR);
}

static void test_silence_counts_from_the_last_check_in(void)
{
	device_reset();
	device.watch_from = at(10 * MINUTE);
	CHECK_INT(br_sensor_silence_ms(&device, at(12 * MINUTE)), 2 * MINUTE);
	br_sensor_check_in(&device, at(11 * MINUTE));
	CHECK_INT(br_sensor_silence_ms(&device, at(12 * MINUTE)), MINUTE);
	device.watch_from = at(20 * MINUTE);
	CHECK_INT(br_sensor_silence_ms(&device, at(21 * MINUTE)), MINUTE);
	CHECK_INT(br_sensor_silence_ms(&device, at(0)), 0);
}

static void test_channels_are_found_by_their_whole_name(void)
{
	device_reset();
	strcpy(device.channels[0].settings.name, "temperature");
	strcpy(device.channels[1].settings.name, "temp");
	device.channel_n = 2;
	CHECK(br_sensor_channel_find(&device, BR_STR("temp")) == &device.channels[1]);
	CHECK(br_sensor_channel_find(&device, BR_STR("temperature")) == &device.channels[0]);
	CHECK(br_sensor_channel_find(&device, BR_STR("tem")) == NULL);
	CHECK(br_sensor_channel_find(&device, BR_STR("temperatures")) == NULL);
	CHECK(br_sensor_channel_find(&device,
		      BR_STR("a_name_that_is_longer_than_a_channels_name_can_ever_be")) == NULL);
	CHECK_INT(br_sensor_channel_number(&device, &device.channels[1]), 1);
}

int main(int argc, char **argv)
{
	TEST(test_nothing_known_means_a_day);
	TEST(test_four_gaps_teach_the_interval);
	TEST(test_a_configured_interval_is_believed);
	TEST(test_stale_is_a_minute_at_least_and_a_day_at_most);
	TEST(test_the_readings_of_one_message_are_one_check_in);
	TEST(test_old_observations_do_not_turn_the_clock_back);
	TEST(test_a_busy_hour_does_not_shorten_the_interval_much);
	TEST(test_a_new_habit_is_learned_in_days);
	TEST(test_an_outage_is_no_habit);
	TEST(test_a_gap_while_we_were_deaf_teaches_nothing);
	TEST(test_silence_counts_from_the_last_check_in);
	TEST(test_channels_are_found_by_their_whole_name);
	return test_end(argc, argv);
}
