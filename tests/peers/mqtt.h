/*
 * A small MQTT 3.1.1 client in the peers' loop: connects to host:port or a unix socket, keeps its
 * subscriptions, and comes back by itself with a growing pause (100 ms to 5 s) when the broker
 * goes. A subscription that is refused is tried again every second.
 *
 * The only file of the tests that includes libmosquitto. Connecting blocks, so the broker must be
 * on loopback or a unix socket.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/str.h"
#include "tests/peers/loop.h"

struct peer_mqtt;

/* Texts are borrowed until peer_mqtt_create() returns; NULL leaves a thing out. */
struct peer_mqtt_settings {
	const char *host;   /* default 127.0.0.1 */
	unsigned port;	    /* default 1883 */
	const char *socket; /* path of a unix socket; goes before host and port */
	const char *client; /* client id; needed when `keep_session` */
	const char *user, *password;
	const char *will_topic, *will; /* QoS 1 */
	bool will_retained;
	bool keep_session; /* clean session off: the broker keeps what comes meanwhile */
};

/* Topic and payload live as long as the callback. */
struct peer_message {
	const char *topic;
	struct br_str payload;
	int qos;
	bool retained;
};

/* Every callback may be NULL; `context` goes to all of them. */
struct peer_mqtt_events {
	/* Connected, and the broker has confirmed every subscription. */
	void (*up)(void *context);
	void (*down)(void *context);
	void (*message)(void *context, const struct peer_message *message);
	/* The broker took the QoS 1 message `mid`; QoS 0: it was written to the socket. */
	void (*taken)(void *context, int mid);
	void *context;
};

/* Starts connecting in the next turn of the loop. The loop outlives the client. */
BR_MUST_CHECK int peer_mqtt_create(struct peer_loop *loop,
	const struct peer_mqtt_settings *settings, const struct peer_mqtt_events *events,
	struct peer_mqtt **ret_mqtt);

/* Says good-bye to the broker (so the will stays unsent); takes NULL. */
void peer_mqtt_destroy(struct peer_mqtt *mqtt);

/* Cuts the connection without a good-bye, as a crash would: the broker publishes the will. */
void peer_mqtt_drop(struct peer_mqtt *mqtt);

/* Subscribes now and after every reconnect; at most 64 topic filters of 255 bytes. */
#define PEER_SUBSCRIPTIONS_MAX 64
void peer_mqtt_subscribe(struct peer_mqtt *mqtt, const char *filter, int qos);

bool peer_mqtt_is_up(const struct peer_mqtt *mqtt);

/* True while bytes wait for the socket: a fast sender pauses. */
bool peer_mqtt_is_full(const struct peer_mqtt *mqtt);

/*
 * Sends, or returns BR_E_OFFLINE and forgets the message: whoever needs it delivered sends it again
 * when up. ret_mid may be NULL.
 */
int peer_mqtt_publish(struct peer_mqtt *mqtt, const char *topic, struct br_str payload, int qos,
	bool retained, int *ret_mid);
