#include "node/wiring_sensor_order.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(BR_SENSOR_NAME_BYTES <= BR_DEVICE_BYTES_MAX + 1,
	"a sensor's name must be one that a device may have");

static int by_name(const void *a, const void *b)
{
	char first[BR_SENSOR_NAME_BYTES], second[BR_SENSOR_NAME_BYTES];

	br_sensor_name(*(const struct br_sensor *const *)a, first);
	br_sensor_name(*(const struct br_sensor *const *)b, second);
	return strcmp(first, second);
}

static void order_make(struct br_sensor_order *order, const struct br_registry *registry)
{
	struct br_registry_counts counts = br_registry_counts(registry);
	const struct br_sensor *sensor;
	unsigned cursor = 0;

	if (order->changes == counts.changes)
		return;
	order->n = 0;
	while ((sensor = br_registry_next(registry, &cursor)) != NULL) {
		br_assert(order->n < BR_SENSOR_DEVICES_MAX);
		order->list[order->n++] = sensor;
	}
	qsort(order->list, order->n, sizeof(*order->list), by_name);
	order->changes = counts.changes;
}

const struct br_sensor *br_sensor_order_after(
	struct br_sensor_order *order, const struct br_registry *registry, struct br_str after)
{
	unsigned first = 0, end;

	order_make(order, registry);
	end = order->n;
	while (first < end) {
		unsigned middle = first + (end - first) / 2;
		char name[BR_SENSOR_NAME_BYTES];

		br_assert(middle < order->n);
		br_sensor_name(order->list[middle], name);
		if (br_str_compare(br_str_from(name), after) <= 0)
			first = middle + 1;
		else
			end = middle;
	}
	br_assert(first <= order->n);
	return first < order->n ? order->list[first] : NULL;
}
