#include "sensors/rule.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

#define NOW INT64_C(1772360130000)
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

/* What was told, with the n-th telling failing when asked to. */
static struct {
	struct br_rule_intent intents[64];
	char channels[64][BR_SENSOR_CHANNEL_BYTES_MAX + 1];
	unsigned n, asked, fail_at;
} told;

static int intent_keep(void *context BR_UNUSED, const struct br_rule_intent *intent)
{
	br_assert(told.n < BR_ARRAY_LEN(told.intents));
	if (++told.asked == told.fail_at)
		return BR_E_BUSY;
	told.intents[told.n] = *intent;
	(void)snprintf(told.channels[told.n], sizeof(told.channels[0]), "%s",
		intent->channel != NULL ? intent->channel->settings.name : "");
	told.n++;
	return 0;
}

static const struct br_rule_sink sink = {.intent = intent_keep};

static struct br_registry *registry;
static struct br_sensor *device;

static struct br_sensor_moment at(int64_t ms)
{
	return (struct br_sensor_moment){.wall_ms = NOW + ms, .boot_ms = 1000000 + ms};
}

/* One adopted cooler that reports every five minutes, with limits of 0 and 7 °C. */
static void cooler_create(int64_t delay_ms)
{
	struct br_sensor_settings settings;
	struct br_sensor_limits limits = {.low = 0,
		.high = 7000,
		.hysteresis = 500,
		.delay_ms = delay_ms,
		.has_low = true,
		.has_high = true};

	memset(&told, 0, sizeof(told));
	br_sensor_settings_init(&settings);
	strcpy(settings.name, "Dairy cooler");
	settings.interval_ms = 5 * MINUTE;
	settings.channel_n = 1;
	REQUIRE(br_sensor_channel_settings_init(&settings.channels[0], BR_STR("temperature")) == 0);
	settings.channels[0].limits = limits;
	REQUIRE(br_registry_create(10, &registry) == 0);
	REQUIRE(br_registry_adopt(registry, BR_STR("zigbee"), BR_STR("cooler"), 1, &settings, at(0),
			&device, NULL) == 0);
}

static void cooler_destroy(void)
{
	br_registry_destroy(registry);
	registry = NULL;
}

static void feed_at(const char *channel, enum br_reading_kind kind, int64_t value, int64_t t_ms,
	unsigned quality, int64_t now_ms)
{
	struct br_reading reading = {.source = BR_STR("zigbee"),
		.device = BR_STR("cooler"),
		.channel = br_str_from(channel),
		.kind = kind,
		.quality = quality,
		.value = value,
		.observed_ms = NOW + t_ms,
		.received_ms = NOW + now_ms};
	struct br_registry_taken taken;

	REQUIRE(br_registry_take(registry, &reading, at(now_ms), &taken) == 0);
	br_rule_reading(&taken, at(now_ms), &sink);
}

static void feed(const char *channel, enum br_reading_kind kind, int64_t value, int64_t t_ms,
	unsigned quality)
{
	feed_at(channel, kind, value, t_ms, quality, t_ms);
}

static void temperature(int64_t value, int64_t t_ms)
{
	feed("temperature", BR_READING_TEMPERATURE, value, t_ms, 0);
}

static void test_inside_the_limits_nothing_is_said(void)
{
	cooler_create(0);
	temperature(4000, 0);
	temperature(7000, MINUTE);
	temperature(0, 2 * MINUTE);
	br_rule_tick(registry, at(2 * MINUTE), &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_above_the_limit_after_the_delay(void)
{
	cooler_create(10 * MINUTE);
	temperature(8400, 0);
	temperature(8500, 5 * MINUTE);
	CHECK_INT(told.n, 0);
	temperature(8600, 10 * MINUTE);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].what, BR_RULE_ALARM_RAISE);
	CHECK_TEXT(told.intents[0].rule_name, "high");
	CHECK_INT(told.intents[0].value, 8600);
	CHECK_INT(told.intents[0].limit, 7000);
	CHECK_INT(told.intents[0].since_ms, NOW);
	CHECK(told.intents[0].device == device);
	CHECK_TEXT(told.channels[0], "temperature");
	CHECK_TEXT(told.intents[0].text,
		"Dairy cooler: temperature 8.6 °C is above its limit of 7.0 °C");
	temperature(9000, 15 * MINUTE);
	br_rule_tick(registry, at(15 * MINUTE), &sink);
	CHECK_INT(told.n, 1);
	cooler_destroy();
}

static void test_the_tick_ends_a_delay_in_silence(void)
{
	cooler_create(10 * MINUTE);
	temperature(8400, 0);
	br_rule_tick(registry, at(10 * MINUTE - 1), &sink);
	CHECK_INT(told.n, 0);
	br_rule_tick(registry, at(10 * MINUTE), &sink);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].rule, BR_RULE_HIGH);
	cooler_destroy();
}

static void test_a_short_excursion_is_forgiven(void)
{
	cooler_create(10 * MINUTE);
	temperature(8400, 0);
	temperature(6900, 5 * MINUTE);
	temperature(8400, 8 * MINUTE);
	br_rule_tick(registry, at(17 * MINUTE), &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_it_clears_only_beyond_the_hysteresis(void)
{
	cooler_create(0);
	temperature(8000, 0);
	temperature(6800, MINUTE);
	CHECK_INT(told.n, 1);
	temperature(6500, 2 * MINUTE);
	REQUIRE(told.n == 2);
	CHECK_INT(told.intents[1].what, BR_RULE_ALARM_CLEAR);
	CHECK_INT(told.intents[1].since_ms, NOW + 2 * MINUTE);
	CHECK_HAS(told.intents[1].text, "is below its upper limit again");
	temperature(8000, 3 * MINUTE);
	CHECK_INT(told.n, 3);
	cooler_destroy();
}

static void test_too_cold_is_its_own_alarm(void)
{
	cooler_create(0);
	temperature(-1500, 0);
	REQUIRE(told.n == 1);
	CHECK_TEXT(told.intents[0].rule_name, "low");
	CHECK_TEXT(told.intents[0].text,
		"Dairy cooler: temperature -1.5 °C is below its limit of 0.0 °C");
	temperature(8000, MINUTE);
	REQUIRE(told.n == 3);
	CHECK_TEXT(told.intents[1].rule_name, "high");
	CHECK_INT(told.intents[1].what, BR_RULE_ALARM_RAISE);
	CHECK_TEXT(told.intents[2].rule_name, "low");
	CHECK_INT(told.intents[2].what, BR_RULE_ALARM_CLEAR);
	cooler_destroy();
}

static void test_what_could_not_be_told_comes_again(void)
{
	for (unsigned fail = 1; fail <= 2; fail++) {
		cooler_create(0);
		told.fail_at = fail;
		temperature(8000, 0);
		temperature(8000, MINUTE);
		temperature(4000, 2 * MINUTE);
		temperature(4000, 3 * MINUTE);
		REQUIRE(told.n == 2);
		CHECK_INT(told.asked, 3);
		CHECK_INT(told.intents[0].what, BR_RULE_ALARM_RAISE);
		CHECK_INT(told.intents[0].since_ms, NOW);
		CHECK_INT(told.intents[1].what, BR_RULE_ALARM_CLEAR);
		cooler_destroy();
	}
}

static void test_limits_taken_away_clear_the_alarm(void)
{
	struct br_sensor_settings settings;
	struct br_sensor *same;

	cooler_create(0);
	temperature(8000, 0);
	br_sensor_settings_init(&settings);
	REQUIRE(br_registry_adopt(registry, BR_STR("zigbee"), BR_STR("cooler"), 1, &settings, at(0),
			&same, NULL) == 0);
	br_rule_tick(registry, at(1000), &sink);
	REQUIRE(told.n == 2);
	CHECK_INT(told.intents[1].what, BR_RULE_ALARM_CLEAR);
	cooler_destroy();
}

static void test_old_and_wild_values_raise_nothing(void)
{
	cooler_create(0);
	temperature(4000, 10 * MINUTE);
	feed_at("temperature", BR_READING_TEMPERATURE, 9000, 5 * MINUTE, 0, 10 * MINUTE);
	temperature(85000, 10 * MINUTE + 100);
	feed("temperature", BR_READING_TEMPERATURE, 9000, 11 * MINUTE,
		BR_QUALITY_RETAINED | BR_QUALITY_UNTIMED);
	br_rule_tick(registry, at(11 * MINUTE), &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_an_undated_value_is_not_ruled_on(void)
{
	cooler_create(0);
	feed("temperature", BR_READING_TEMPERATURE, 9000, 0,
		BR_QUALITY_RETAINED | BR_QUALITY_UNTIMED);
	br_rule_tick(registry, at(MINUTE), &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_a_stranger_raises_nothing(void)
{
	cooler_create(0);
	temperature(4000, 0);
	br_registry_release(registry, device);
	temperature(90000, MINUTE);
	br_rule_tick(registry, at(48 * HOUR), &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_a_silent_device_is_lost_and_back(void)
{
	cooler_create(0);
	temperature(4000, 0);
	br_rule_tick(registry, at(15 * MINUTE), &sink);
	CHECK_INT(told.n, 0);
	br_rule_tick(registry, at(15 * MINUTE + 1), &sink);
	br_rule_tick(registry, at(60 * MINUTE), &sink);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].what, BR_RULE_DEVICE_LOST);
	CHECK_INT(told.intents[0].since_ms, NOW);
	CHECK_TEXT(told.intents[0].rule_name, "lost");
	CHECK(told.intents[0].channel == NULL);
	CHECK_TEXT(told.intents[0].text, "Dairy cooler: nothing heard for 15 min");
	temperature(4000, 61 * MINUTE);
	REQUIRE(told.n == 2);
	CHECK_INT(told.intents[1].what, BR_RULE_DEVICE_BACK);
	CHECK_INT(told.intents[1].since_ms, NOW + 61 * MINUTE);
	br_rule_tick(registry, at(62 * MINUTE), &sink);
	CHECK_INT(told.n, 2);
	cooler_destroy();
}

static void test_claims_of_presence_change_nothing(void)
{
	struct br_presence online = {.source = BR_STR("zigbee"),
		.device = BR_STR("cooler"),
		.change = BR_PRESENCE_ONLINE};

	cooler_create(0);
	temperature(4000, 0);
	CHECK_INT(br_registry_presence(registry, &online, at(14 * MINUTE)), 0);
	br_rule_tick(registry, at(16 * MINUTE), &sink);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].what, BR_RULE_DEVICE_LOST);
	cooler_destroy();
}

static void test_a_device_never_heard_is_lost_too(void)
{
	cooler_create(0);
	br_rule_tick(registry, at(16 * MINUTE), &sink);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].what, BR_RULE_DEVICE_LOST);
	CHECK_INT(told.intents[0].since_ms, NOW);
	cooler_destroy();
}

static void test_without_a_known_interval_it_takes_a_day(void)
{
	struct br_sensor_settings settings;
	struct br_sensor *same;

	cooler_create(0);
	br_sensor_settings_init(&settings);
	REQUIRE(br_registry_adopt(registry, BR_STR("zigbee"), BR_STR("cooler"), 1, &settings, at(0),
			&same, NULL) == 0);
	br_rule_tick(registry, at(24 * HOUR), &sink);
	CHECK_INT(told.n, 0);
	br_rule_tick(registry, at(24 * HOUR + 1), &sink);
	REQUIRE(told.n == 1);
	CHECK_TEXT(told.intents[0].text, "cooler: nothing heard for 24 h");
	cooler_destroy();
}

static void test_after_a_deaf_time_nobody_is_lost(void)
{
	cooler_create(0);
	temperature(4000, 0);
	br_registry_resume(registry, at(10 * HOUR));
	br_rule_tick(registry, at(10 * HOUR + MINUTE), &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_a_lost_device_is_not_back_because_we_are(void)
{
	cooler_create(0);
	br_rule_restore_lost(device, NOW - HOUR);
	br_rule_tick(registry, at(MINUTE), &sink);
	CHECK_INT(told.n, 0);
	temperature(4000, 2 * MINUTE);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].what, BR_RULE_DEVICE_BACK);
	br_rule_tick(registry, at(30 * MINUTE), &sink);
	CHECK_INT(told.intents[1].what, BR_RULE_DEVICE_LOST);
	br_registry_resume(registry, at(31 * MINUTE));
	br_rule_tick(registry, at(32 * MINUTE), &sink);
	CHECK_INT(told.n, 2);
	cooler_destroy();
}

static void test_a_restored_alarm_is_not_raised_again(void)
{
	cooler_create(0);
	br_rule_restore_alarm(&device->channels[0], BR_RULE_HIGH, NOW - HOUR);
	temperature(9000, 0);
	CHECK_INT(told.n, 0);
	temperature(4000, MINUTE);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].what, BR_RULE_ALARM_CLEAR);
	cooler_destroy();
}

static void test_a_dead_probe_on_a_living_device(void)
{
	cooler_create(0);
	temperature(4000, 0);
	for (int64_t t = 5; t <= 15; t += 5)
		feed("signal", BR_READING_SIGNAL, -60000, t * MINUTE, 0);
	br_rule_tick(registry, at(15 * MINUTE), &sink);
	CHECK_INT(told.n, 0);
	br_rule_tick(registry, at(15 * MINUTE + 1), &sink);
	REQUIRE(told.n == 1);
	CHECK_INT(told.intents[0].what, BR_RULE_ALARM_RAISE);
	CHECK_TEXT(told.intents[0].rule_name, "silent");
	CHECK_TEXT(told.channels[0], "temperature");
	CHECK_TEXT(told.intents[0].text, "Dairy cooler: temperature has not reported for 15 min");
	temperature(4000, 16 * MINUTE);
	REQUIRE(told.n == 2);
	CHECK_INT(told.intents[1].what, BR_RULE_ALARM_CLEAR);
	CHECK_TEXT(told.intents[1].text, "Dairy cooler: temperature reports again");
	cooler_destroy();
}

static void test_a_lost_device_has_no_dead_probes(void)
{
	cooler_create(0);
	temperature(4000, 0);
	br_rule_tick(registry, at(60 * MINUTE), &sink);
	br_rule_tick(registry, at(61 * MINUTE), &sink);
	CHECK_INT(told.n, 1);
	CHECK_INT(told.intents[0].what, BR_RULE_DEVICE_LOST);
	cooler_destroy();
}

static void test_channels_without_limits_may_be_silent(void)
{
	cooler_create(0);
	feed("button", BR_READING_ACTION, 1000, 0, 0);
	for (int64_t t = 0; t <= 60; t += 5)
		temperature(4000, t * MINUTE);
	br_rule_tick(registry, at(61 * MINUTE), &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_an_empty_battery(void)
{
	cooler_create(0);
	feed("battery", BR_READING_BATTERY, 16000, 0, 0);
	CHECK_INT(told.n, 0);
	feed("battery", BR_READING_BATTERY, 15000, MINUTE, 0);
	REQUIRE(told.n == 1);
	CHECK_TEXT(told.intents[0].rule_name, "battery");
	CHECK_TEXT(told.intents[0].text,
		"Dairy cooler: battery 15.0 % means a nearly empty battery, at most 15.0 %");
	feed("battery", BR_READING_BATTERY, 24000, 2 * MINUTE, 0);
	CHECK_INT(told.n, 1);
	feed("battery", BR_READING_BATTERY, 100000, 3 * MINUTE, 0);
	REQUIRE(told.n == 2);
	CHECK_INT(told.intents[1].what, BR_RULE_ALARM_CLEAR);
	cooler_destroy();
}

static void test_a_device_that_says_its_battery_is_low(void)
{
	cooler_create(0);
	feed("battery_low", BR_READING_BATTERY_LOW, 1000, 0, 0);
	REQUIRE(told.n == 1);
	CHECK_TEXT(told.intents[0].rule_name, "battery");
	feed("battery_low", BR_READING_BATTERY_LOW, 0, MINUTE, 0);
	CHECK_INT(told.n, 2);
	cooler_destroy();
}

static void test_a_wall_clock_that_jumps_loses_nobody(void)
{
	struct br_sensor_moment later = at(MINUTE);

	cooler_create(10 * MINUTE);
	temperature(9000, 0);
	later.wall_ms += INT64_C(365) * 24 * HOUR;
	br_rule_tick(registry, later, &sink);
	CHECK_INT(told.n, 0);
	cooler_destroy();
}

static void test_long_names_are_cut_between_characters(void)
{
	struct br_sensor_settings settings;
	struct br_sensor *same;

	cooler_create(0);
	br_sensor_settings_init(&settings);
	settings.interval_ms = MINUTE;
	for (size_t i = 0; i + 2 < sizeof(settings.name) - 1; i += 2)
		memcpy(settings.name + 1 + i, "ß", 2);
	settings.name[0] = 'x';
	REQUIRE(br_registry_adopt(registry, BR_STR("zigbee"), BR_STR("cooler"), 1, &settings, at(0),
			&same, NULL) == 0);
	br_rule_tick(registry, at(HOUR), &sink);
	REQUIRE(told.n == 1);
	CHECK(br_utf8_valid(told.intents[0].text, strlen(told.intents[0].text)));
	CHECK_HAS(told.intents[0].text, "ß: nothing heard for 60 min");
	cooler_destroy();
}

static void test_rules_have_names(void)
{
	for (unsigned i = 0; i < BR_RULES; i++) {
		enum br_rule rule;

		CHECK(br_rule_from(br_str_from(br_rule_name((enum br_rule)i)), &rule));
		CHECK_INT(rule, i);
	}
	CHECK(!br_rule_from(BR_STR("lost"), &(enum br_rule){BR_RULE_LOW}));
}

int main(int argc, char **argv)
{
	TEST(test_inside_the_limits_nothing_is_said);
	TEST(test_above_the_limit_after_the_delay);
	TEST(test_the_tick_ends_a_delay_in_silence);
	TEST(test_a_short_excursion_is_forgiven);
	TEST(test_it_clears_only_beyond_the_hysteresis);
	TEST(test_too_cold_is_its_own_alarm);
	TEST(test_what_could_not_be_told_comes_again);
	TEST(test_limits_taken_away_clear_the_alarm);
	TEST(test_old_and_wild_values_raise_nothing);
	TEST(test_an_undated_value_is_not_ruled_on);
	TEST(test_a_stranger_raises_nothing);
	TEST(test_a_silent_device_is_lost_and_back);
	TEST(test_claims_of_presence_change_nothing);
	TEST(test_a_device_never_heard_is_lost_too);
	TEST(test_without_a_known_interval_it_takes_a_day);
	TEST(test_after_a_deaf_time_nobody_is_lost);
	TEST(test_a_lost_device_is_not_back_because_we_are);
	TEST(test_a_restored_alarm_is_not_raised_again);
	TEST(test_a_dead_probe_on_a_living_device);
	TEST(test_a_lost_device_has_no_dead_probes);
	TEST(test_channels_without_limits_may_be_silent);
	TEST(test_an_empty_battery);
	TEST(test_a_device_that_says_its_battery_is_low);
	TEST(test_a_wall_clock_that_jumps_loses_nobody);
	TEST(test_long_names_are_cut_between_characters);
	TEST(test_rules_have_names);
	return test_end(argc, argv);
}
