#include "sensors/registry.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

#define NOW INT64_C(1772360130000)

static struct br_sensor_moment at(int64_t ms)
{
	return (struct br_sensor_moment){.wall_ms = NOW + ms, .boot_ms = 1000000 + ms};
}

static struct br_registry *registry_create(unsigned devices_max)
{
	struct br_registry *registry = NULL;

	REQUIRE(br_registry_create(devices_max, &registry) == 0);
	return registry;
}

static struct br_reading reading_of(
	const char *device, const char *channel, int64_t value, int64_t t_ms)
{
	return (struct br_reading){.source = BR_STR("zigbee"),
		.device = br_str_from(device),
		.channel = br_str_from(channel),
		.kind = BR_READING_HUMIDITY,
		.value = value,
		.observed_ms = NOW + t_ms,
		.received_ms = NOW + t_ms};
}

static struct br_registry_taken take(struct br_registry *registry, const char *device,
	const char *channel, int64_t value, int64_t t_ms)
{
	struct br_reading reading = reading_of(device, channel, value, t_ms);
	struct br_registry_taken taken = {.device = NULL};

	REQUIRE(br_registry_take(registry, &reading, at(t_ms), &taken) == 0);
	return taken;
}

static struct br_sensor *adopt(
	struct br_registry *registry, const char *id, const struct br_sensor_settings *settings)
{
	struct br_sensor_settings plain;
	struct br_sensor *device = NULL;

	br_sensor_settings_init(&plain);
	REQUIRE(br_registry_adopt(registry, BR_STR("zigbee"), br_str_from(id), 7,
			settings != NULL ? settings : &plain, at(0), &device, NULL) == 0);
	return device;
}

static struct br_sensor_channel_settings *channel_settings(
	struct br_sensor_settings *settings, const char *name)
{
	struct br_sensor_channel_settings *channel = &settings->channels[settings->channel_n++];

	REQUIRE(br_sensor_channel_settings_init(channel, br_str_from(name)) == 0);
	return channel;
}

static void test_a_new_device_is_seen_not_adopted(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_registry_taken taken = take(registry, "cooler", "humidity", 44000, 0);

	CHECK(!taken.device->adopted);
	CHECK(taken.is_new);
	CHECK_INT(taken.verdict, BR_VERDICT_CURRENT);
	CHECK_TEXT(taken.device->id, "cooler");
	CHECK_TEXT(taken.device->source, "zigbee");
	CHECK_TEXT(taken.channel->settings.name, "humidity");
	CHECK_INT(taken.channel->value, 44000);
	CHECK(taken.channel->has_value);
	CHECK_INT(br_registry_counts(registry).devices, 1);
	CHECK_INT(br_registry_counts(registry).adopted, 0);
	CHECK(!take(registry, "cooler", "humidity", 45000, 1000).is_new);
}

static void test_source_and_id_together_are_the_key(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_reading reading = reading_of("b", "humidity", 1000, 0);
	struct br_registry_taken one, two, three;

	reading.source = BR_STR("a");
	REQUIRE(br_registry_take(registry, &reading, at(0), &one) == 0);
	reading.source = BR_STR("ab");
	REQUIRE(br_registry_take(registry, &reading, at(0), &two) == 0);
	reading.source = BR_STR("a");
	reading.device = BR_STR("bb");
	REQUIRE(br_registry_take(registry, &reading, at(0), &three) == 0);
	CHECK(one.device != two.device && two.device != three.device);
	CHECK(br_registry_find(registry, BR_STR("ab"), BR_STR("b")) == two.device);
	CHECK(br_registry_find(registry, BR_STR("a"), BR_STR("b")) == one.device);
	CHECK(br_registry_find(registry, BR_STR(""), BR_STR("ab")) == NULL);
}

static void test_settings_shape_what_is_read(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_sensor_settings settings;
	struct br_sensor_channel_settings *channel;
	struct br_registry_taken taken;

	br_sensor_settings_init(&settings);
	strcpy(settings.name, "Shelf A1");
	strcpy(settings.zone, "aisle 1");
	channel = channel_settings(&settings, "raw");
	channel->kind = BR_READING_WEIGHT;
	channel->scale = 2500000;
	channel->offset = -1000;
	strcpy(channel->sku, "85123A");
	(void)adopt(registry, "shelf", &settings);
	taken = take(registry, "shelf", "raw", 2001, 0);
	CHECK(taken.device->adopted && !taken.is_new);
	CHECK_INT(taken.reading.kind, BR_READING_WEIGHT);
	CHECK_INT(taken.reading.value, 4003);
	CHECK_INT(taken.channel->value, 4003);
	CHECK_TEXT(taken.device->zone, "aisle 1");
	CHECK_TEXT(taken.channel->settings.sku, "85123A");
	CHECK_INT(take(registry, "shelf", "raw", -2001, 1000).reading.value, -6003);
}

static void test_scaling_does_not_overflow(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_sensor_settings settings;
	struct br_sensor_channel_settings *channel;

	br_sensor_settings_init(&settings);
	channel = channel_settings(&settings, "raw");
	channel->scale = INT64_MAX;
	channel->offset = INT64_MIN;
	(void)adopt(registry, "shelf", &settings);
	CHECK_INT(take(registry, "shelf", "raw", 9000000000000000, 0).verdict, BR_VERDICT_REFUSED);
	CHECK_INT(take(registry, "shelf", "raw", -9000000000000000, 0).verdict, BR_VERDICT_REFUSED);
}

static void test_channels_keep_their_numbers(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_sensor_settings settings;
	struct br_sensor *device;

	(void)take(registry, "d", "one", 1000, 0);
	(void)take(registry, "d", "two", 1000, 0);
	br_sensor_settings_init(&settings);
	(void)channel_settings(&settings, "three");
	(void)channel_settings(&settings, "two");
	device = adopt(registry, "d", &settings);
	REQUIRE(device->channel_n == 3);
	CHECK_TEXT(device->channels[0].settings.name, "one");
	CHECK_TEXT(device->channels[1].settings.name, "two");
	CHECK_TEXT(device->channels[2].settings.name, "three");
	settings.channel_n = 0;
	CHECK(adopt(registry, "d", &settings) == device);
	CHECK_INT(device->channel_n, 3);
	CHECK_INT(br_registry_counts(registry).adopted, 1);
}

static void test_channels_are_restored_in_order(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_str zigbee = BR_STR("zigbee"), d = BR_STR("d");
	struct br_sensor *device;

	CHECK_INT(br_registry_channel_restore(registry, zigbee, d, 1, BR_STR("b"), at(0)),
		BR_E_INVALID);
	CHECK_INT(br_registry_channel_restore(registry, zigbee, d, 0, BR_STR("a"), at(0)), 0);
	CHECK_INT(br_registry_channel_restore(registry, zigbee, d, 1, BR_STR("a"), at(0)),
		BR_E_INVALID);
	CHECK_INT(br_registry_channel_restore(registry, zigbee, d, 1, BR_STR(""), at(0)),
		BR_E_INVALID);
	CHECK_INT(br_registry_channel_restore(registry, zigbee, d, 1, BR_STR("b"), at(0)), 0);
	device = adopt(registry, "d", NULL);
	CHECK_INT(device->channel_n, 2);
	CHECK_INT(br_sensor_channel_number(device, take(registry, "d", "b", 1000, 0).channel), 1);
}

static void test_new_settings_forget_what_no_longer_fits(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_sensor_settings settings;
	struct br_sensor *device;

	br_sensor_settings_init(&settings);
	(void)channel_settings(&settings, "humidity");
	device = adopt(registry, "d", &settings);
	(void)take(registry, "d", "humidity", 44000, 0);
	(void)adopt(registry, "d", &settings);
	CHECK(device->channels[0].gate.has_last);
	settings.channels[0].scale = 2 * BR_SENSOR_SCALE_ONE;
	(void)adopt(registry, "d", &settings);
	CHECK(!device->channels[0].gate.has_last);
	CHECK(!device->channels[0].has_value);
}

static void test_settings_that_cannot_be(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_sensor_settings good, bad;
	struct br_sensor_limits *limits = &bad.channels[0].limits;
	struct br_sensor *device = NULL;
	struct br_fault fault;

	br_sensor_settings_init(&good);
	(void)channel_settings(&good, "t");
	(void)channel_settings(&good, "u");
#define REFUSED(CHANGE) \
	do { \
		bad = good; \
		CHANGE; \
		fault.text[0] = '\0'; \
		CHECK(br_registry_adopt(registry, BR_STR("z"), BR_STR("d"), 1, &bad, at(0), \
			      &device, &fault) < 0); \
		CHECK(fault.text[0] != '\0'); \
	} while (0)
	REFUSED(bad.channels[0].scale = 0);
	REFUSED(bad.channels[0].name[0] = '\0');
	REFUSED(bad.channels[0].kind = (enum br_reading_kind)99);
	REFUSED(bad.channels[1].name[0] = 't');
	REFUSED(limits->hysteresis = -1);
	REFUSED(limits->delay_ms = -1);
	REFUSED(limits->delay_ms = INT64_MAX);
	REFUSED(limits->low = INT64_MIN);
	REFUSED(limits->high = INT64_MAX);
	REFUSED((limits->has_low = limits->has_high = true, limits->low = 5, limits->high = 5));
	REFUSED(bad.interval_ms = -1);
	REFUSED(bad.interval_ms = BR_SENSOR_STALE_MAX_MS + 1);
	REFUSED(bad.channel_n = BR_DEVICE_CHANNELS_MAX + 1);
	CHECK(device == NULL);
	CHECK_INT(br_registry_counts(registry).devices, 0);
	CHECK_INT(br_registry_adopt(
			  registry, BR_STR("z"), BR_STR("d"), 1, &good, at(0), &device, &fault),
		0);
}

static void test_the_seventeenth_channel_is_refused(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(10);
	struct br_registry_taken taken = {.device = NULL};
	struct br_sensor_settings settings;
	struct br_sensor *device = NULL;
	struct br_reading reading;
	char name[16];

	for (unsigned i = 0; i < BR_DEVICE_CHANNELS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "c%u", i);
		(void)take(registry, "d", name, 1000, 0);
	}
	reading = reading_of("d", "one_more", 1000, 0);
	CHECK_INT(br_registry_take(registry, &reading, at(0), &taken), BR_E_TOO_LARGE);
	CHECK(taken.device == NULL);
	CHECK_INT(br_registry_counts(registry).channels_refused, 1);
	CHECK_INT(take(registry, "d", "c15", 2000, 1).reading.value, 2000);
	br_sensor_settings_init(&settings);
	(void)channel_settings(&settings, "one_more");
	CHECK_INT(br_registry_adopt(registry, BR_STR("zigbee"), BR_STR("d"), 1, &settings, at(0),
			  &device, NULL),
		BR_E_TOO_LARGE);
}

static void test_strangers_make_room_for_each_other(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(3);

	(void)adopt(registry, "ours", NULL);
	(void)take(registry, "old", "humidity", 1000, 1000);
	(void)take(registry, "young", "humidity", 1000, 2000);
	(void)take(registry, "new", "humidity", 1000, 3000);
	CHECK(br_registry_find(registry, BR_STR("zigbee"), BR_STR("old")) == NULL);
	CHECK(br_registry_find(registry, BR_STR("zigbee"), BR_STR("young")) != NULL);
	CHECK(br_registry_find(registry, BR_STR("zigbee"), BR_STR("ours")) != NULL);
	CHECK_INT(br_registry_counts(registry).evicted, 1);
	CHECK_INT(br_registry_counts(registry).devices, 3);
}

static void test_a_registry_full_of_ours_takes_no_more(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(2);
	struct br_reading reading = reading_of("stranger", "humidity", 1000, 0);
	struct br_registry_taken taken;
	struct br_sensor_settings settings;
	struct br_sensor *device = NULL;
	struct br_fault fault;

	(void)adopt(registry, "a", NULL);
	(void)adopt(registry, "b", NULL);
	CHECK_INT(br_registry_take(registry, &reading, at(0), &taken), BR_E_TOO_LARGE);
	CHECK_INT(br_registry_counts(registry).devices_refused, 1);
	br_sensor_settings_init(&settings);
	CHECK_INT(br_registry_adopt(
			  registry, BR_STR("z"), BR_STR("c"), 1, &settings, at(0), &device, &fault),
		BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "at most 2 devices");
}

static void test_ids_over_the_limit_are_refused(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(2);
	char id[BR_ID_BYTES_MAX + 2];
	struct br_reading reading;
	struct br_registry_taken taken;

	memset(id, 'i', sizeof(id));
	id[BR_ID_BYTES_MAX + 1] = '\0';
	reading = reading_of(id, "humidity", 1000, 0);
	CHECK_INT(br_registry_take(registry, &reading, at(0), &taken), BR_E_TOO_LARGE);
	reading = reading_of("", "humidity", 1000, 0);
	CHECK_INT(br_registry_take(registry, &reading, at(0), &taken), BR_E_TOO_LARGE);
	CHECK_INT(br_registry_counts(registry).devices, 0);
}

static void test_a_released_device_is_a_stranger_again(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(4);
	struct br_sensor_settings settings;
	struct br_sensor *device;

	br_sensor_settings_init(&settings);
	strcpy(settings.name, "Cooler");
	channel_settings(&settings, "humidity")->limits.has_high = true;
	device = adopt(registry, "d", &settings);
	br_watch_restore(&device->lost, 1);
	br_registry_release(registry, device);
	br_registry_release(registry, device);
	CHECK(!device->adopted);
	CHECK_INT(device->number, 0);
	CHECK_TEXT(device->name, "");
	CHECK_INT(device->lost.state, BR_WATCH_QUIET);
	CHECK(!device->channels[0].settings.limits.has_high);
	CHECK_INT(br_registry_counts(registry).adopted, 0);
	CHECK_INT(br_registry_counts(registry).devices, 1);
}

static void test_an_undated_value_is_shown_until_a_dated_one_comes(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(4);
	struct br_reading reading = reading_of("d", "humidity", 30000, 0);
	struct br_registry_taken taken;

	reading.quality = BR_QUALITY_RETAINED | BR_QUALITY_UNTIMED;
	REQUIRE(br_registry_take(registry, &reading, at(0), &taken) == 0);
	CHECK_INT(taken.verdict, BR_VERDICT_UNDATED);
	CHECK_INT(taken.channel->value, 30000);
	CHECK(!taken.device->heard_ever);
	(void)take(registry, "d", "humidity", 40000, 1000);
	CHECK(taken.device->heard_ever);
	REQUIRE(br_registry_take(registry, &reading, at(2000), &taken) == 0);
	CHECK_INT(taken.channel->value, 40000);
}

static void test_history_is_not_shown(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(4);
	struct br_reading late = reading_of("d", "humidity", 10000, 0);
	struct br_registry_taken taken;

	(void)take(registry, "d", "humidity", 40000, 5000);
	REQUIRE(br_registry_take(registry, &late, at(6000), &taken) == 0);
	CHECK_INT(taken.verdict, BR_VERDICT_HISTORY);
	CHECK_INT(taken.channel->value, 40000);
}

static void test_an_old_observation_is_an_old_check_in(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(4);
	struct br_reading reading = reading_of("d", "humidity", 10000, -600000);
	struct br_registry_taken taken;

	REQUIRE(br_registry_take(registry, &reading, at(0), &taken) == 0);
	CHECK_INT(taken.verdict, BR_VERDICT_CURRENT);
	CHECK_INT(taken.device->heard.boot_ms, at(-600000).boot_ms);
}

static void test_a_refused_value_from_the_future_is_a_check_in_now(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(4);
	struct br_reading reading = reading_of("d", "humidity", 500000, 86400000);
	struct br_registry_taken taken;

	REQUIRE(br_registry_take(registry, &reading, at(0), &taken) == 0);
	CHECK_INT(taken.verdict, BR_VERDICT_REFUSED);
	CHECK_INT(taken.device->heard.boot_ms, at(0).boot_ms);
	CHECK_INT(taken.device->heard.wall_ms, at(0).wall_ms);
}

static void test_presence_is_kept_and_not_believed(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(4);
	struct br_presence presence = {.source = BR_STR("zigbee"),
		.device = BR_STR("d"),
		.model = BR_STR("WSDCGQ11LM"),
		.change = BR_PRESENCE_KNOWN};
	struct br_sensor *device;

	CHECK_INT(br_registry_presence(registry, &presence, at(0)), 0);
	device = br_registry_find(registry, presence.source, presence.device);
	REQUIRE(device != NULL);
	CHECK_TEXT(device->model, "WSDCGQ11LM");
	CHECK(!device->claims);
	presence.change = BR_PRESENCE_ONLINE;
	CHECK_INT(br_registry_presence(registry, &presence, at(5000)), 0);
	CHECK(device->claims && device->claims_online);
	CHECK(!device->heard_ever);
	presence.change = BR_PRESENCE_OFFLINE;
	CHECK_INT(br_registry_presence(registry, &presence, at(5000)), 0);
	CHECK(!device->claims_online);
	presence.device = BR_STR("");
	CHECK_INT(br_registry_presence(registry, &presence, at(5000)), 0);
	CHECK_INT(br_registry_counts(registry).devices, 1);
}

static void test_a_device_that_leaves(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(4);
	struct br_presence presence = {
		.source = BR_STR("zigbee"), .device = BR_STR("ours"), .change = BR_PRESENCE_LEFT};
	struct br_sensor *ours = adopt(registry, "ours", NULL);

	(void)take(registry, "stranger", "humidity", 1000, 0);
	CHECK_INT(br_registry_presence(registry, &presence, at(0)), 0);
	CHECK(ours->adopted && ours->claims && !ours->claims_online);
	presence.device = BR_STR("stranger");
	CHECK_INT(br_registry_presence(registry, &presence, at(0)), 0);
	CHECK(br_registry_find(registry, presence.source, presence.device) == NULL);
	CHECK_INT(br_registry_presence(registry, &presence, at(0)), 0);
	br_registry_forget(registry, ours);
	CHECK_INT(br_registry_counts(registry).adopted, 0);
	CHECK_INT(br_registry_counts(registry).devices, 0);
}

static void test_a_rename_moves_all_it_has(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(8);
	struct br_presence rename = {.source = BR_STR("zigbee"),
		.device = BR_STR("new"),
		.former = BR_STR("old"),
		.change = BR_PRESENCE_RENAMED};
	struct br_sensor *device = adopt(registry, "old", NULL);

	(void)take(registry, "old", "humidity", 44000, 0);
	/* The bridge publishes under the new name before it publishes its list. */
	(void)take(registry, "new", "humidity", 45000, 1000);
	CHECK_INT(br_registry_presence(registry, &rename, at(2000)), 0);
	CHECK(br_registry_find(registry, BR_STR("zigbee"), BR_STR("new")) == device);
	CHECK(br_registry_find(registry, BR_STR("zigbee"), BR_STR("old")) == NULL);
	CHECK_INT(device->channels[0].value, 44000);
	CHECK_INT(br_registry_counts(registry).devices, 1);
}

static void test_a_rename_never_takes_an_adopted_id(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(8);
	struct br_presence rename = {.source = BR_STR("zigbee"),
		.device = BR_STR("b"),
		.former = BR_STR("a"),
		.change = BR_PRESENCE_RENAMED};
	struct br_sensor *a = adopt(registry, "a", NULL), *b = adopt(registry, "b", NULL);

	CHECK_INT(br_registry_presence(registry, &rename, at(0)), 0);
	CHECK(br_registry_find(registry, BR_STR("zigbee"), BR_STR("a")) == a);
	CHECK(br_registry_find(registry, BR_STR("zigbee"), BR_STR("b")) == b);
	rename.former = BR_STR("nobody");
	CHECK_INT(br_registry_presence(registry, &rename, at(0)), 0);
}

static void test_after_a_deaf_time_silence_begins_anew(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(8);
	struct br_registry_taken taken = take(registry, "d", "humidity", 1000, 0);

	CHECK_INT(br_sensor_silence_ms(taken.device, at(7200000)), 7200000);
	br_registry_resume(registry, at(7200000));
	CHECK_INT(br_sensor_silence_ms(taken.device, at(7200000)), 0);
}

/* Against a plain array: any order of arrivals, departures and renames finds the same. */
static void test_the_table_finds_what_an_array_finds(void)
{
	BR_CLEANUP(br_registry_cleanup)
	struct br_registry *registry = registry_create(BR_SENSOR_DEVICES_MAX);
	static struct br_sensor *model[BR_SENSOR_DEVICES_MAX];
	char id[16];

	memset(model, 0, sizeof(model));
	for (unsigned round = 0; round < 40000; round++) {
		unsigned i = (unsigned)(test_random() % BR_SENSOR_DEVICES_MAX);
		struct br_sensor *found;

		(void)snprintf(id, sizeof(id), "dev%u", i);
		found = br_registry_find(registry, BR_STR("zigbee"), br_str_from(id));
		if (found != model[i]) {
			CHECK(found == model[i]);
			return;
		}
		if (model[i] != NULL && test_random() % 3 == 0) {
			br_registry_forget(registry, model[i]);
			model[i] = NULL;
		} else {
			model[i] = take(registry, id, "humidity", 1000, round).device;
		}
	}
	for (unsigned i = 0; i < BR_SENSOR_DEVICES_MAX; i++) {
		(void)snprintf(id, sizeof(id), "dev%u", i);
		CHECK(br_registry_find(registry, BR_STR("zigbee"), br_str_from(id)) == model[i]);
	}
}

static void test_the_walk_meets_every_device_once(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = registry_create(100);
	unsigned cursor = 0, met = 0;
	char id[16];

	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(id, sizeof(id), "dev%u", i);
		(void)take(registry, id, "humidity", 1000, 0);
	}
	while (br_registry_next(registry, &cursor) != NULL)
		met++;
	CHECK_INT(met, 100);
	br_registry_destroy(NULL);
}

int main(int argc, char **argv)
{
	TEST(test_a_new_device_is_seen_not_adopted);
	TEST(test_source_and_id_together_are_the_key);
	TEST(test_settings_shape_what_is_read);
	TEST(test_scaling_does_not_overflow);
	TEST(test_channels_keep_their_numbers);
	TEST(test_channels_are_restored_in_order);
	TEST(test_new_settings_forget_what_no_longer_fits);
	TEST(test_settings_that_cannot_be);
	TEST(test_the_seventeenth_channel_is_refused);
	TEST(test_strangers_make_room_for_each_other);
	TEST(test_a_registry_full_of_ours_takes_no_more);
	TEST(test_ids_over_the_limit_are_refused);
	TEST(test_a_released_device_is_a_stranger_again);
	TEST(test_an_undated_value_is_shown_until_a_dated_one_comes);
	TEST(test_history_is_not_shown);
	TEST(test_an_old_observation_is_an_old_check_in);
	TEST(test_a_refused_value_from_the_future_is_a_check_in_now);
	TEST(test_presence_is_kept_and_not_believed);
	TEST(test_a_device_that_leaves);
	TEST(test_a_rename_moves_all_it_has);
	TEST(test_a_rename_never_takes_an_adopted_id);
	TEST(test_after_a_deaf_time_silence_begins_anew);
	TEST(test_the_table_finds_what_an_array_finds);
	TEST(test_the_walk_meets_every_device_once);
	return test_end(argc, argv);
}
