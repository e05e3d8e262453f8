#include "node/wiring_sensor_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static const struct br_sensor_moment now = {1772359800000, 1000};

static void hear(struct br_registry *registry, const char *source, const char *id)
{
	struct br_sensor_settings settings;
	struct br_sensor *device;
	struct br_fault fault = {""};
	static uint32_t number;

	br_sensor_settings_init(&settings);
	if (br_registry_adopt(registry, br_str_from(source), br_str_from(id), ++number, &settings,
		    now, &device, &fault) < 0)
		printf("%s\n", fault.text);
	REQUIRE(fault.text[0] == '\0');
}

/* The names of the whole walk, each followed by a blank. */
static const char *walk(struct br_sensor_order *order, const struct br_registry *registry)
{
	static char text[4096];
	char name[BR_DEVICE_BYTES_MAX + 1] = "";
	const struct br_sensor *sensor;
	size_t n = 0;

	text[0] = '\0';
	while ((sensor = br_sensor_order_after(order, registry, br_str_from(name))) != NULL) {
		br_sensor_name(sensor, name);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", name);
		REQUIRE(n < sizeof(text));
	}
	return text;
}

static void test_sensors_come_in_the_order_of_their_names(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = NULL;
	static struct br_sensor_order order;
	const struct br_sensor *sensor;

	REQUIRE(br_registry_create(10, &registry) == 0);
	CHECK_TEXT(walk(&order, registry), "");
	hear(registry, "tasmota", "b");
	hear(registry, "a", "z");
	/* As the ledger's keys are ordered: '-' comes before the '/' behind a source. */
	hear(registry, "a-b", "x");
	hear(registry, "tasmota", "a");
	CHECK_TEXT(walk(&order, registry), "a-b/x a/z tasmota/a tasmota/b ");
	sensor = br_sensor_order_after(&order, registry, BR_STR("b"));
	REQUIRE(sensor != NULL);
	CHECK_TEXT(sensor->id, "a");
	CHECK(br_sensor_order_after(&order, registry, BR_STR("tasmota/b")) == NULL);
}

/* Whoever came, went or was renamed since is seen at once. */
static void test_the_order_follows_the_registry(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = NULL;
	static struct br_sensor_order order;
	struct br_presence renamed = {.source = BR_STR("s"),
		.device = BR_STR("new"),
		.former = BR_STR("b"),
		.change = BR_PRESENCE_RENAMED};

	REQUIRE(br_registry_create(10, &registry) == 0);
	hear(registry, "s", "b");
	CHECK_TEXT(walk(&order, registry), "s/b ");
	hear(registry, "s", "a");
	CHECK_TEXT(walk(&order, registry), "s/a s/b ");
	CHECK_INT(br_registry_presence(registry, &renamed, now), 0);
	CHECK_TEXT(walk(&order, registry), "s/a s/new ");
	br_registry_forget(registry, br_registry_find(registry, BR_STR("s"), BR_STR("a")));
	CHECK_TEXT(walk(&order, registry), "s/new ");
	br_registry_forget(registry, br_registry_find(registry, BR_STR("s"), BR_STR("new")));
	CHECK_TEXT(walk(&order, registry), "");
}

static void test_a_full_registry_is_walked_whole(void)
{
	BR_CLEANUP(br_registry_cleanup) struct br_registry *registry = NULL;
	static struct br_sensor_order order;
	char before[BR_DEVICE_BYTES_MAX + 1] = "", name[BR_DEVICE_BYTES_MAX + 1];
	const struct br_sensor *sensor;
	unsigned n = 0;

	REQUIRE(br_registry_create(BR_SENSOR_DEVICES_MAX, &registry) == 0);
	for (unsigned i = 0; i < BR_SENSOR_DEVICES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%x", i * 2654435761u);
		hear(registry, i % 2 == 0 ? "zigbee2mqtt" : "tasmota", name);
	}
	while ((sensor = br_sensor_order_after(&order, registry, br_str_from(before))) != NULL) {
		br_sensor_name(sensor, name);
		CHECK(strcmp(name, before) > 0);
		memcpy(before, name, sizeof(before));
		n++;
	}
	CHECK_INT(n, BR_SENSOR_DEVICES_MAX);
}

int main(int argc, char **argv)
{
	TEST(test_sensors_come_in_the_order_of_their_names);
	TEST(test_the_order_follows_the_registry);
	TEST(test_a_full_registry_is_walked_whole);
	return test_end(argc, argv);
}
