#include "tests/peers/flood.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/peers/sensors.h"

#define TICK_MS 5
#define BURST_MAX 1000 /* sent at once, before the socket gets its turn */
#define MIDS 65536

struct peer_flood {
	struct peer_loop *loop;
	struct peer_mqtt *mqtt;
	struct peer_flood_settings settings;
	struct peer_flood_stats stats;
	struct peer_timer tick;
	void (*ended)(void *context);
	void *context;
	char (*topics)[96];    /* one a device */
	int64_t sent_us[MIDS]; /* when the message with this id was sent */
	uint64_t in_flight;
	bool sending, closed, done;
};

static bool may_send(const struct peer_flood *flood)
{
	const struct peer_flood_settings *settings = &flood->settings;
	uint64_t due = UINT64_MAX;

	if (flood->closed || !peer_mqtt_is_up(flood->mqtt) || peer_mqtt_is_full(flood->mqtt))
		return false;
	if (settings->count > 0 && flood->stats.sent >= (uint64_t)settings->count)
		return false;
	if (settings->qos > 0 && flood->in_flight >= (uint64_t)settings->window)
		return false;
	if (settings->per_second > 0 && flood->stats.sent > 0)
		due = (uint64_t)((peer_boot_us() - flood->stats.first_us) * settings->per_second /
				 1000000);
	return flood->stats.sent < due;
}

static void send_one(struct peer_flood *flood)
{
	uint64_t number = flood->stats.sent;
	char text[160];
	int n, mid = 0;

	/* Each reading differs from the last of its device, so nobody may skip it. */
	n = snprintf(text, sizeof(text),
		"{\"battery\":97,\"humidity\":%u.%02u,\"linkquality\":105,\"pressure\":1008.2,"
		"\"temperature\":%u.%02u,\"voltage\":3055}",
		40 + (unsigned)(number / 100 % 20), (unsigned)(number % 100),
		(unsigned)(number / 97 % 8), (unsigned)(number % 97));
	if (peer_mqtt_publish(flood->mqtt,
		    flood->topics[number % (uint64_t)flood->settings.sensors],
		    (struct br_str){text, (size_t)n}, flood->settings.qos, false, &mid) < 0)
		return;
	flood->stats.last_us = peer_boot_us();
	if (flood->stats.sent++ == 0)
		flood->stats.first_us = flood->stats.last_us;
	if (flood->settings.qos > 0) {
		flood->in_flight++;
		flood->sent_us[mid % MIDS] = flood->stats.last_us;
	}
}

static void look_for_end(struct peer_flood *flood)
{
	bool all = flood->closed || (flood->settings.count > 0 &&
					    flood->stats.sent >= (uint64_t)flood->settings.count);

	if (flood->done || !all || flood->in_flight > 0 || peer_mqtt_is_full(flood->mqtt))
		return;
	flood->done = true;
	flood->ended(flood->context);
}

static void send_some(struct peer_flood *flood)
{
	if (flood->sending)
		return;
	/* Sending may call back at once, which must not send from within. */
	flood->sending = true;
	for (int i = 0; i < BURST_MAX && may_send(flood); i++)
		send_one(flood);
	flood->sending = false;
}

static void tick_fired(void *context)
{
	struct peer_flood *flood = context;

	send_some(flood);
	look_for_end(flood);
	peer_timer_set(flood->loop, &flood->tick, TICK_MS);
}

static void on_taken(void *context, int mid)
{
	struct peer_flood *flood = context;

	if (flood->settings.qos == 0)
		return;
	flood->stats.acked++;
	flood->stats.last_us = peer_boot_us();
	peer_latency_add(&flood->stats.latency, flood->stats.last_us - flood->sent_us[mid % MIDS]);
	flood->in_flight -= flood->in_flight > 0;
	if (flood->settings.per_second == 0)
		send_some(flood);
	look_for_end(flood);
}

int peer_flood_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	const struct peer_flood_settings *settings, void (*ended)(void *context), void *context,
	struct peer_flood **ret_flood)
{
	struct peer_flood *flood = calloc(1, sizeof(*flood));
	struct peer_mqtt_events events = {.taken = on_taken, .context = flood};
	int64_t found = 0;
	int error;

	if (flood == NULL)
		return BR_E_MEMORY;
	flood->loop = loop;
	flood->settings = *settings;
	flood->ended = ended;
	flood->context = context;
	flood->topics = calloc((size_t)settings->sensors, sizeof(*flood->topics));
	br_assert(flood->topics != NULL);
	for (int64_t i = 0; found < settings->sensors; i++) {
		char name[48];

		if (peer_sensor_kind_of(i) != PEER_COOLER && peer_sensor_kind_of(i) != PEER_FREEZER)
			continue;
		peer_sensor_name(i, name, sizeof(name));
		(void)snprintf(flood->topics[found++], sizeof(*flood->topics), "%.40s/%s",
			settings->zigbee_base, name);
	}
	flood->tick = (struct peer_timer){.fire = tick_fired, .context = flood};
	error = peer_mqtt_create(loop, mqtt, &events, &flood->mqtt);
	if (error < 0) {
		peer_flood_destroy(flood);
		return error;
	}
	peer_timer_set(loop, &flood->tick, TICK_MS);
	*ret_flood = flood;
	return 0;
}

void peer_flood_destroy(struct peer_flood *flood)
{
	if (flood == NULL)
		return;
	peer_mqtt_destroy(flood->mqtt);
	peer_timer_clear(flood->loop, &flood->tick);
	free(flood->topics);
	free(flood);
}

void peer_flood_close(struct peer_flood *flood)
{
	flood->closed = true;
	look_for_end(flood);
}

const struct peer_flood_stats *peer_flood_stats(const struct peer_flood *flood)
{
	return &flood->stats;
}
