/*
 * A flood of sensor messages for benchmarks: as many a second as asked, or as many as go, and the
 * broker's acknowledgements counted.
 */
#pragma once

#include "tests/peers/latency.h"
#include "tests/peers/mqtt.h"

struct peer_flood;

struct peer_flood_settings {
	int64_t per_second; /* 0: as fast as the broker takes them */
	int64_t count;	    /* messages before the end; 0: until peer_flood_close() */
	int64_t window;	    /* QoS 1 messages without PUBACK at most */
	int64_t sensors;    /* devices that take turns */
	int qos;
	const char *zigbee_base;
};

struct peer_flood_stats {
	uint64_t sent, acked;	     /* acked: PUBACKs of QoS 1 */
	int64_t first_us, last_us;   /* first send, last send or PUBACK, on CLOCK_BOOTTIME */
	struct peer_latency latency; /* from sending to PUBACK */
};

/* `ended` is called once all is sent and acknowledged. */
BR_MUST_CHECK int peer_flood_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	const struct peer_flood_settings *settings, void (*ended)(void *context), void *context,
	struct peer_flood **ret_flood);
void peer_flood_destroy(struct peer_flood *flood);

/* Sends no more; `ended` follows when the acknowledgements are there. */
void peer_flood_close(struct peer_flood *flood);

const struct peer_flood_stats *peer_flood_stats(const struct peer_flood *flood);
